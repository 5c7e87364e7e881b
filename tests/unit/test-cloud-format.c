/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What leaves the gateway, byte for byte. tests/unit/test-cloud-otlp.py reads the same with an
 * implementation of somebody else. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "ohm-cloud-format.h"
#include "ohm-cloud-model.h"
#include "ohm-cloud-names.h"
#include "ohm-test-batch.h"

typedef struct
{
  const char *name;
  const char *unit;
  gboolean is_integer;
  OhmCell cell;
  OhmQuality quality;
} TestCell;

static OhmBatchRun
test_run_make (const char *serial)
{
  static char place[] = "p0";
  static char medium[] = "electricity";
  static char meter[] = "m0";
  static char type[] = "umg96rm";

  return (OhmBatchRun){ .place = place,
                        .name = place,
                        .medium = medium,
                        .meter = meter,
                        .type = type,
                        .serial = (char *) (guintptr) serial };
}

/* One record of @cells at OHM_TEST_SLOT_US. */
static OhmBatch *
test_batch_new (const char *serial, const TestCell *cells, guint n)
{
  g_autofree OhmPoint *points = g_new (OhmPoint, n);
  g_autoptr (OhmPointSet) set = NULL;
  g_autoptr (OhmRecord) record = NULL;
  const OhmBatchRun run = test_run_make (serial);

  for (guint i = 0; i < n; i++)
    g_assert_true (ohm_point_parse (cells[i].name, cells[i].unit, cells[i].is_integer, &points[i],
                                    /* error */ NULL));
  set = ohm_point_set_intern (points, n);
  record = ohm_record_new (run.place, set);
  record->slot_us = OHM_TEST_SLOT_US;
  record->read_us = OHM_TEST_SLOT_US;
  for (guint i = 0; i < n; i++)
    {
      record->cells[i] = cells[i].cell;
      record->qualities[i] = (guint8) cells[i].quality;
    }
  return ohm_batch_new (OHM_TEST_GATEWAY,
                        &(OhmBatchItem){ record, &run, OHM_TEST_SLOT_US - G_USEC_PER_SEC }, 1);
}

static char *
test_text (GBytes *bytes)
{
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  return g_strndup (data, length);
}

static char *
test_format (OhmCloudFormat format, OhmBatch *batch, guint n_expected)
{
  guint n = 99;
  g_autoptr (GBytes) bytes = ohm_cloud_format_batch (format, batch, &n);

  g_assert_cmpuint (n, ==, n_expected);
  return bytes != NULL ? test_text (bytes) : NULL;
}

static void
test_line (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 1);
  g_autofree char *text = test_format (OHM_CLOUD_FORMAT_LINE, batch, 8);

  g_assert_cmpstr (text, ==,
                   "energy,gw=" OHM_TEST_GATEWAY
                   ",meter=41000000,place=p0 energy_active_import_total_wh=133456784,"
                   "energy_active_export_total_wh=0,energy_active_net_total_wh=133456784,"
                   "pulse_count=9007199254740993i 1795342500\n"
                   "energy,gw=" OHM_TEST_GATEWAY
                   ",meter=41000001,place=p1 energy_active_import_total_wh=133457784,"
                   "energy_active_export_total_wh=0,energy_active_net_total_wh=133457784,"
                   "pulse_count=9007199254740993i 1795342500\n");
}

static void
test_line_gap (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new_gap ();
  g_autofree char *text = test_format (OHM_CLOUD_FORMAT_LINE, batch, 1);

  g_assert_cmpstr (text, ==,
                   "gap,cause=link-down,gw=" OHM_TEST_GATEWAY
                   ",place=p0 slots=12i,from=1795331700i 1795342500\n");
}

static void
test_line_samples (void)
{
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();
  guint n;
  g_autoptr (GBytes) bytes = ohm_cloud_format_samples (OHM_CLOUD_FORMAT_LINE, samples, &n);
  g_autofree char *text = test_text (bytes);

  g_assert_cmpuint (n, ==, 6);
  g_assert_cmpstr (text, ==,
                   "live,gw=" OHM_TEST_GATEWAY ",meter=m0,place=p0 power_active_total_w=4321.5,"
                   "voltage_l1_n_v=231.25,current_l1_a=6.5 1795342500\n"
                   "live,gw=" OHM_TEST_GATEWAY ",meter=m0,place=p0 power_active_total_w=4300,"
                   "voltage_l1_n_v=230.5,current_l1_a=6.25 1795342560\n");
}

/* What a serial may hold, and what it must not become. */
static void
test_line_escape (void)
{
  static const struct
  {
    const char *serial;
    const char *expected;
  } rows[] = {
    { "a b,c=d", "meter=a\\ b\\,c\\=d," },
    { "ends\\", "meter=ends_," },
    { "two\nlines\r\t", "meter=two_lines__," },
    { "\303\204\"'#", "meter=\303\204\"'#," },
    { "bad\377utf", "meter=bad\357\277\275utf," },
    { "", "meter=m0," },
    { NULL, "meter=m0," },
  };
  const TestCell cell = { "volume", NULL, FALSE, { .real = 1.5 }, OHM_QUALITY_GOOD };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmBatch) batch = NULL;
      g_autofree char *text = NULL;
      g_autofree char *expected = g_strconcat ("energy,gw=" OHM_TEST_GATEWAY ",", rows[i].expected,
                                               "place=p0 volume_m3=1.5 1795342500\n", NULL);

      batch = test_batch_new (rows[i].serial, &cell, 1);
      text = test_format (OHM_CLOUD_FORMAT_LINE, batch, 1);
      g_assert_cmpstr (text, ==, expected);
    }
}

/* The same record, with all attributes that there are, in a file for each format. */
static OhmBatch *
test_batch_new_record (void)
{
  const TestCell cells[] = {
    { "g2.energy-active-import.l1.t2", NULL, FALSE, { .real = 0.1 }, OHM_QUALITY_GOOD },
    { "g2.energy-active-net.total", NULL, FALSE, { .real = -2.5 }, OHM_QUALITY_GOOD },
    { "g2.pulse-count", NULL, TRUE, { .integer = 7 }, OHM_QUALITY_GOOD },
  };

  return test_batch_new ("41000000", cells, G_N_ELEMENTS (cells));
}

static char *
test_read (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "tests", "data", "uplink",
                                            name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_json (void)
{
  g_autoptr (OhmBatch) batch = test_batch_new_record ();
  g_autofree char *text = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, batch, 3);
  g_autofree char *expected = test_read ("record.json");

  g_assert_cmpstr (text, ==, g_strchomp (expected));
}

/* Hexadecimal digits; `#` begins a comment. */
static GByteArray *
test_read_hex (const char *name)
{
  g_autofree char *text = test_read (name);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    for (const char *c = lines[i]; *c != '\0' && *c != '#'; c++)
      if (g_ascii_isxdigit (c[0]))
        {
          guint8 byte = (guint8) (g_ascii_xdigit_value (c[0]) << 4 | g_ascii_xdigit_value (c[1]));

          g_byte_array_append (bytes, &byte, 1);
          c++;
        }
  return bytes;
}

static void
test_protobuf (void)
{
  g_autoptr (OhmBatch) batch = test_batch_new_record ();
  g_autoptr (GBytes) bytes = ohm_cloud_format_batch (OHM_CLOUD_FORMAT_OTLP, batch, NULL);
  g_autoptr (GByteArray) expected = test_read_hex ("record.hex");

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, expected->len);
  g_assert_true (memcmp (g_bytes_get_data (bytes, NULL), expected->data, expected->len) == 0);
}

/* What may not travel leaves no trace, and nothing at all makes no request. */
static void
test_left_out (void)
{
  const TestCell cells[] = {
    { "energy-active-import.total", NULL, FALSE, { .real = 1 }, OHM_QUALITY_SUSPECT },
    { "energy-active-export.total", NULL, FALSE, { .real = 2 }, OHM_QUALITY_MISSING },
    { "energy-apparent.total", NULL, FALSE, { .real = NAN }, OHM_QUALITY_GOOD },
    { "energy-heat", NULL, FALSE, { .real = -INFINITY }, OHM_QUALITY_GOOD },
    { "energy-reactive.total", NULL, FALSE, { .real = 3 }, OHM_QUALITY_NONE },
    { "pulse-count", NULL, FALSE, { .real = 1e19 }, OHM_QUALITY_GOOD },
    { "voltage.l1-n", NULL, FALSE, { .real = 230 }, OHM_QUALITY_GOOD },
    { "volume", NULL, FALSE, { .real = 4 }, OHM_QUALITY_GOOD },
  };
  g_autoptr (OhmBatch) none = test_batch_new ("41000000", cells, G_N_ELEMENTS (cells) - 1);
  g_autoptr (OhmBatch) one = test_batch_new ("41000000", cells, G_N_ELEMENTS (cells));
  g_autofree char *json = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, one, 1);
  g_autofree char *line = test_format (OHM_CLOUD_FORMAT_LINE, one, 1);

  for (guint f = OHM_CLOUD_FORMAT_OTLP; f <= OHM_CLOUD_FORMAT_LINE; f++)
    g_assert_null (test_format ((OhmCloudFormat) f, none, 0));
  g_assert_nonnull (strstr (json, "\"metrics\":[{\"name\":\"volume\""));
  g_assert_null (strstr (json, "energy"));
  g_assert_nonnull (strstr (line, " volume_m3=4 "));
}

/* The quantity decides, whatever a meter's registers and a place's factor make of it. */
static void
test_types (void)
{
  const TestCell cells[] = {
    { "energy-active-import.total", NULL, TRUE, { .integer = 12 }, OHM_QUALITY_GOOD },
    { "pulse-count", NULL, FALSE, { .real = 12.6 }, OHM_QUALITY_GOOD },
  };
  g_autoptr (OhmBatch) batch = test_batch_new ("41000000", cells, G_N_ELEMENTS (cells));
  g_autofree char *json = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, batch, 2);
  g_autofree char *line = test_format (OHM_CLOUD_FORMAT_LINE, batch, 2);

  g_assert_nonnull (strstr (json, "\"asDouble\":12}"));
  g_assert_nonnull (strstr (json, "\"asInt\":\"13\"}"));
  g_assert_nonnull (strstr (line, " energy_active_import_total_wh=12,pulse_count=13i "));
}

/* Neither an open gap nor one without a slot travels; times that no engine can hold do not. */
static void
test_times (void)
{
  g_autoptr (OhmBatch) gaps = ohm_test_batch_new_gap ();
  guint n;
  OhmBatchItem item = ohm_batch_get_items (gaps, &n)[0];
  g_autoptr (OhmBatch) none = NULL;
  g_autofree char *json = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, gaps, 1);

  g_assert_nonnull (strstr (json, "{\"name\":\"ohm.gap\",\"unit\":\"{slot}\",\"gauge\":{"));
  g_assert_nonnull (strstr (json, "\"startTimeUnixNano\":\"1795331700000000000\",\"timeUnixNano\":"
                                  "\"1795342500000000000\",\"asInt\":\"12\"}]}}"));
  item.record->read_us = 0;
  none = ohm_batch_new (OHM_TEST_GATEWAY, &item, 1);
  g_assert_null (test_format (OHM_CLOUD_FORMAT_LINE, none, 0));
  item.record->read_us = 1;
  item.record->from_us = item.record->slot_us;
  g_assert_null (test_format (OHM_CLOUD_FORMAT_LINE, none, 0));
  item.record->is_gap = FALSE;
  item.record->slot_us = G_MAXINT64 / 1000;
  g_assert_null (test_format (OHM_CLOUD_FORMAT_LINE, none, 0));
  item.record->slot_us = 0;
  g_assert_null (test_format (OHM_CLOUD_FORMAT_LINE, none, 0));
}

/* A begin that is not before the value is none. */
static void
test_no_start (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  guint n;
  OhmBatchItem item = ohm_batch_get_items (batch, &n)[0];
  g_autoptr (OhmBatch) other = NULL;
  g_autofree char *json = NULL;

  item.since_us = item.record->slot_us;
  other = ohm_batch_new (OHM_TEST_GATEWAY, &item, 1);
  json = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, other, 4);
  g_assert_null (strstr (json, "startTimeUnixNano"));
}

/* Live values of counters do not stand among those of the slots; states are integers. */
static void
test_samples (void)
{
  OhmSample items[2] = {
    { .place = "p0", .meter = "m0", .time_us = OHM_TEST_SLOT_US, .value = 5 },
    { .place = "p0", .meter = "m0", .time_us = OHM_TEST_SLOT_US, .value = 1 },
  };
  g_autoptr (OhmSamples) samples = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *json = NULL;
  guint n;

  ohm_point_parse ("energy-active-import.total", NULL, FALSE, &items[0].point, NULL);
  ohm_point_parse ("rotation", NULL, TRUE, &items[1].point, NULL);
  samples = ohm_samples_new (OHM_TEST_GATEWAY, items, G_N_ELEMENTS (items));
  bytes = ohm_cloud_format_samples (OHM_CLOUD_FORMAT_OTLP_JSON, samples, &n);
  g_assert_cmpuint (n, ==, 2);
  json = test_text (bytes);
  g_assert_nonnull (strstr (json, "\"energy.active.import.live\",\"unit\":\"W.h\",\"gauge\""));
  g_assert_nonnull (strstr (json, "\"rotation\",\"unit\":\"1\",\"gauge\""));
  g_assert_nonnull (strstr (json, "\"asInt\":\"1\"}"));
  g_assert_null (strstr (json, "aggregationTemporality"));
}

/* Another meter at the place: another series with a start of its own, in each format. */
static void
test_exchange (void)
{
  const TestCell cell = { "volume", NULL, FALSE, { .real = 1.5 }, OHM_QUALITY_GOOD };
  g_autoptr (OhmBatch) old = test_batch_new ("1", &cell, 1);
  g_autoptr (OhmBatch) new = test_batch_new ("2", &cell, 1);
  guint n;
  OhmBatchItem items[] = { ohm_batch_get_items (old, &n)[0], ohm_batch_get_items (new, &n)[0] };
  g_autoptr (OhmBatch) both = NULL;
  g_autofree char *line = NULL;
  g_autofree char *json = NULL;

  items[1].record->slot_us += 900 * G_USEC_PER_SEC;
  items[1].since_us = OHM_TEST_SLOT_US + G_USEC_PER_SEC;
  both = ohm_batch_new (OHM_TEST_GATEWAY, items, G_N_ELEMENTS (items));
  line = test_format (OHM_CLOUD_FORMAT_LINE, both, 2);
  json = test_format (OHM_CLOUD_FORMAT_OTLP_JSON, both, 2);
  g_assert_cmpstr (line, ==,
                   "energy,gw=" OHM_TEST_GATEWAY ",meter=1,place=p0 volume_m3=1.5 1795342500\n"
                   "energy,gw=" OHM_TEST_GATEWAY ",meter=2,place=p0 volume_m3=1.5 1795343400\n");
  g_assert_nonnull (strstr (json, "{\"key\":\"serial\",\"value\":{\"stringValue\":\"1\"}}"));
  g_assert_nonnull (strstr (json, "{\"key\":\"serial\",\"value\":{\"stringValue\":\"2\"}}"));
  g_assert_nonnull (strstr (json, "\"startTimeUnixNano\":\"1795342499000000000\""));
  g_assert_nonnull (strstr (json, "\"startTimeUnixNano\":\"1795342501000000000\""));
}

/* All points of a series are of one metric and one set of attributes, however far apart. */
static void
test_grouping (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (3, 4);
  g_autoptr (OhmCloudModel) model = ohm_cloud_model_new_batch (batch);

  g_assert_cmpuint (model->metrics->len, ==, 4);
  g_assert_cmpuint (model->series->len, ==, 12);
  g_assert_cmpuint (model->points->len, ==, 48);
}

static void
test_doubles (void)
{
  static const struct
  {
    double value;
    const char *text;
  } rows[] = {
    { 0.0, "0" },
    { -0.0, "0" },
    { 1.0, "1" },
    { -12.5, "-12.5" },
    { 0.1, "0.1" },
    { 1.0 / 3.0, "0.3333333333333333" },
    { 5e-324, "4.94065645841247e-324" },
    { 999999999999999.0, "999999999999999" },
    { 1e15, "1e+15" },
    { 9007199254740993.0, "9007199254740992" },
    { 1.7976931348623157e308, "1.7976931348623157e+308" },
    { 123456.789012345678, "123456.78901234567" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      ohm_cloud_append_double (text, rows[i].value);
      g_assert_cmpstr (text->str, ==, rows[i].text);
    }
}

/* Whatever 64 bits make a finite number come back the same. */
static void
test_doubles_random (void)
{
  for (guint i = 0; i < 20000; i++)
    {
      guint64 bits = (guint64) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      g_autoptr (GString) text = g_string_new (NULL);
      double value;
      double again;

      memcpy (&value, &bits, sizeof value);
      if (!isfinite (value))
        continue;
      ohm_cloud_append_double (text, value);
      again = g_ascii_strtod (text->str, NULL);
      g_assert_true (memcmp (&value, &again, sizeof value) == 0);
    }
}

static void
test_names (void)
{
  static const struct
  {
    const char *point;
    const char *unit;
    const char *ucum;
    const char *field;
  } rows[] = {
    { "energy-apparent.total", NULL, "V.A.h", "energy_apparent_total_vah" },
    { "energy-reactive-inductive.l2", NULL, "var.h", "energy_reactive_inductive_l2_varh" },
    { "m1g2.energy-active-import.total.t12", NULL, "W.h", "energy_active_import_total_wh_t12" },
    { "temperature", NULL, "Cel", "temperature_degc" },
    { "thd-voltage.l1", NULL, "%", "thd_voltage_l1_percent" },
    { "in3.pulse-value", "m\302\263", "m3", "pulse_value_m3" },
    { "in3.pulse-value", "kWh", "kW.h", "pulse_value_kwh" },
    { "in3.pulse-value", "St\303\274ck {1}", "{St__ck__1_}", "pulse_value_st_ck_1_" },
    { "in3.pulse-value", "", "1", "pulse_value" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmPoint point;
      g_autofree char *ucum = NULL;
      g_autofree char *field = NULL;

      g_assert_true (ohm_point_parse (rows[i].point, rows[i].unit, FALSE, &point, NULL));
      ucum = ohm_cloud_names_dup_ucum (point.unit);
      field = ohm_cloud_names_dup_field (&point);
      g_assert_cmpstr (ucum, ==, rows[i].ucum);
      g_assert_cmpstr (field, ==, rows[i].field);
    }
}

/* Each unit of the vocabulary has a name that is not made up. */
static void
test_vocabulary (void)
{
  guint n;
  const OhmQuantity *table = ohm_quantity_table (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *ucum = NULL;

      if (table[i].unit == NULL)
        continue;
      ucum = ohm_cloud_names_dup_ucum (table[i].unit);
      g_assert_cmpint (ucum[0], !=, '{');
    }
}

static GBytes *
test_gunzip (GBytes *packed)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
    g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (packed);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, converter);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = g_input_stream_read_bytes (stream, 1 << 24, NULL, &error);

  g_assert_no_error (error);
  return bytes;
}

/* The promise of 12 bytes a value: 20 meters, one slot and a day. JSON's keys cost a bit more while
 * there is little to pack. */
static void
test_size (void)
{
  static const struct
  {
    OhmCloudFormat format;
    guint n_slots;
    guint max;
  } rows[] = {
    { OHM_CLOUD_FORMAT_OTLP, 1, 12 },      { OHM_CLOUD_FORMAT_OTLP, 96, 6 },
    { OHM_CLOUD_FORMAT_OTLP_JSON, 1, 14 }, { OHM_CLOUD_FORMAT_OTLP_JSON, 96, 6 },
    { OHM_CLOUD_FORMAT_LINE, 1, 6 },       { OHM_CLOUD_FORMAT_LINE, 96, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmBatch) batch = ohm_test_batch_new (20, rows[i].n_slots);
      guint n;
      g_autoptr (GBytes) bytes = ohm_cloud_format_batch (rows[i].format, batch, &n);
      g_autoptr (GBytes) packed = ohm_cloud_gzip (bytes, NULL);
      g_autoptr (GBytes) again = test_gunzip (packed);

      g_assert_cmpuint (n, ==, 80 * rows[i].n_slots);
      g_assert_true (g_bytes_equal (bytes, again));
      g_assert_cmpuint (g_bytes_get_size (packed), <=, rows[i].max * n);
    }
}

static void
test_media_types (void)
{
  g_assert_cmpstr (ohm_cloud_format_get_media_type (OHM_CLOUD_FORMAT_OTLP), ==,
                   "application/x-protobuf");
  g_assert_cmpstr (ohm_cloud_format_get_media_type (OHM_CLOUD_FORMAT_OTLP_JSON), ==,
                   "application/json");
  g_assert_cmpstr (ohm_cloud_format_get_media_type (OHM_CLOUD_FORMAT_LINE), ==,
                   "text/plain; charset=utf-8");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-format/line", test_line);
  g_test_add_func ("/cloud-format/line-gap", test_line_gap);
  g_test_add_func ("/cloud-format/line-samples", test_line_samples);
  g_test_add_func ("/cloud-format/line-escape", test_line_escape);
  g_test_add_func ("/cloud-format/json", test_json);
  g_test_add_func ("/cloud-format/protobuf", test_protobuf);
  g_test_add_func ("/cloud-format/left-out", test_left_out);
  g_test_add_func ("/cloud-format/types", test_types);
  g_test_add_func ("/cloud-format/times", test_times);
  g_test_add_func ("/cloud-format/no-start", test_no_start);
  g_test_add_func ("/cloud-format/samples", test_samples);
  g_test_add_func ("/cloud-format/exchange", test_exchange);
  g_test_add_func ("/cloud-format/grouping", test_grouping);
  g_test_add_func ("/cloud-format/doubles", test_doubles);
  g_test_add_func ("/cloud-format/doubles-random", test_doubles_random);
  g_test_add_func ("/cloud-format/names", test_names);
  g_test_add_func ("/cloud-format/vocabulary", test_vocabulary);
  g_test_add_func ("/cloud-format/size", test_size);
  g_test_add_func ("/cloud-format/media-types", test_media_types);
  return g_test_run ();
}
