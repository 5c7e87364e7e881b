/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>
#include <string.h>

#include "ohm-sim-device.h"
#include "ohm-sim-profiles.h"

/* 2026-03-16, 08:00 UTC */
#define NOW_S    (G_GINT64_CONSTANT (1773648000))
#define SERIAL   41000017u
#define SECOND   (G_GINT64_CONSTANT (1000000))
#define NOT_READ (-1e300)

typedef struct
{
  OhmSimProfiles *profiles;
  OhmSimLayout *layout;
  OhmSimShape *shape;
  OhmSimDevice *device;
  OhmSimNow now;
} Fixture;

static OhmSimDevice *
test_sim_device_new (const OhmSimLayout *layout, const OhmSimShape *shape, const char *name)
{
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  OhmSimIdentity identity = {
    .serial = SERIAL, .seed = 1, .power_w = 20000.0, .name = name, .facts = facts
  };

  g_hash_table_insert (facts, g_strdup ("input-unit.1"), g_strdup ("m3"));
  return ohm_sim_device_new (layout, shape, &identity);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "tests", "sim",
                                                 "data", NULL);
  const char *directories[] = { directory, NULL };
  OhmProfile *profile;

  fixture->profiles = ohm_sim_profiles_new (directories);
  profile = ohm_sim_profiles_get (fixture->profiles, "sim-zoo", &error);
  g_assert_no_error (error);
  fixture->layout = ohm_sim_layout_new (profile);
  fixture->shape = ohm_sim_shape_new (OHM_SIM_LOAD_SITE, 1);
  fixture->device = test_sim_device_new (fixture->layout, fixture->shape, "Cellar");
  fixture->now = (OhmSimNow){ NOW_S * SECOND, 5 * SECOND };
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  ohm_sim_device_free (fixture->device);
  ohm_sim_shape_free (fixture->shape);
  ohm_sim_layout_free (fixture->layout);
  ohm_sim_profiles_free (fixture->profiles);
}

static guint8
test_sim_device_read (Fixture *fixture, guint8 function, guint16 address, guint16 count)
{
  const OhmRequest request = {
    .unit = 1, .function = function, .address = address, .count = count
  };
  const guint8 *registers = NULL;
  guint8 exception = ohm_sim_device_read (fixture->device, &request, fixture->now, FALSE,
                                          &registers);

  g_assert_cmpint (registers != NULL, ==, exception == 0);
  return exception;
}

/* (nullable): the registers of a row */
static const guint8 *
test_sim_device_read_row (Fixture *fixture, const OhmProfileRegister *row)
{
  const OhmLimits *limits = ohm_profile_get_limits (fixture->layout->profile);
  const OhmRequest request = { .unit = 1,
                               .function = row->function != 0 ? row->function
                                                              : limits->functions[0],
                               .address = row->address,
                               .count = (guint16) ohm_encoding_get_registers (&row->encoding) };
  const guint8 *registers = NULL;

  ohm_sim_device_read (fixture->device, &request, fixture->now, TRUE, &registers);
  return registers;
}

typedef struct
{
  Fixture *fixture;
  const char *name;
  double number; /* of the last row of that name */
  OhmQuality quality;
  char *text;
  guint n;
} Wanted;

static void
test_sim_device_on_row (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  Wanted *wanted = user_data;
  const guint8 *registers;
  OhmCell cell;

  if (!g_str_equal (row->name, wanted->name))
    return;
  registers = test_sim_device_read_row (wanted->fixture, row);
  g_assert_nonnull (registers);
  wanted->n++;
  if (row->encoding.format == OHM_FORMAT_TEXT)
    {
      g_free (wanted->text);
      wanted->text = ohm_encoding_decode_text (&row->encoding, registers);
      return;
    }
  wanted->quality = ohm_encoding_decode (&row->encoding, registers, &cell);
  wanted->number = ohm_encoding_is_integer (&row->encoding) ? (double) cell.integer : cell.real;
}

static double
test_sim_device_get (Fixture *fixture, const char *name)
{
  Wanted wanted = { .fixture = fixture, .name = name, .number = NOT_READ };

  ohm_profile_foreach_register (fixture->layout->profile, test_sim_device_on_row, &wanted);
  g_assert_cmpuint (wanted.n, >, 0);
  return wanted.quality == OHM_QUALITY_GOOD ? wanted.number : NOT_READ;
}

static char *
test_sim_device_get_text (Fixture *fixture, const char *name)
{
  Wanted wanted = { .fixture = fixture, .name = name };

  ohm_profile_foreach_register (fixture->layout->profile, test_sim_device_on_row, &wanted);
  g_assert_nonnull (wanted.text);
  return wanted.text;
}

static void
test_sim_device_assert_text (Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *text = test_sim_device_get_text (fixture, name);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_sim_device_set (Fixture *fixture, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_sim_device_set (fixture->device, name, value, &error));
  g_assert_no_error (error);
}

static void
test_sim_device_values (Fixture *fixture, gconstpointer data)
{
  double p = test_sim_device_get (fixture, "power-active.total");
  double q = test_sim_device_get (fixture, "power-reactive.total");

  g_assert_cmpfloat (p, >, -20000.0);
  g_assert_cmpfloat (fabs (q), >, 1.0);
  for (guint i = 1; i <= 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("voltage.l%u-n", i);

      g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, name), 230.0, 10.0);
    }
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "frequency"), 50.0, 0.1);
  g_assert_cmpfloat (test_sim_device_get (fixture, "energy-active-import.total"), >, 1e5);
  g_assert_cmpfloat (test_sim_device_get (fixture, "energy-active-export.total"), >, 1e5);
  g_assert_cmpfloat (test_sim_device_get (fixture, "current.l1"), >, 1e-9);
  g_assert_cmpfloat (fabs (test_sim_device_get (fixture, "in1.pulse-count") -
                           test_sim_device_get (fixture, "in2.pulse-count")),
                     >, 1.0);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "in3.pulse-count"),
                                  1000.0 * test_sim_device_get (fixture, "in3.pulse-value"), 1.0);
}

static void
test_sim_device_facts (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "serial"), SERIAL, 1e-9);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "clock"), (double) NOW_S, 1e-9);
  g_assert_cmpuint (ohm_sim_device_get_serial (fixture->device), ==, SERIAL);
  test_sim_device_assert_text (fixture, "firmware", "1.0.7");
  test_sim_device_assert_text (fixture, "name", "Cellar");
  test_sim_device_assert_text (fixture, "input-unit.0", "kWh");
  test_sim_device_assert_text (fixture, "input-unit.1", "m3");
}

static void
test_sim_device_bits (Fixture *fixture, gconstpointer data)
{
  test_sim_device_set (fixture, "phases", "3");
  test_sim_device_set (fixture, "wiring", "9");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "phases"), 3.0, 1e-9);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "wiring"), 9.0, 1e-9);
  test_sim_device_set (fixture, "wiring", "0");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "phases"), 3.0, 1e-9);
}

static void
test_sim_device_refresh (Fixture *fixture, gconstpointer data)
{
  double before = test_sim_device_get (fixture, "power-reactive.total");

  fixture->now.wall_us += 100000;
  fixture->now.mono_us += 100000;
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "power-reactive.total"), before,
                                  1e-9);
  fixture->now.wall_us += 100000;
  fixture->now.mono_us += 100000;
  g_assert_cmpfloat (fabs (test_sim_device_get (fixture, "power-reactive.total") - before), >,
                     1e-9);
}

static void
test_sim_device_exceptions (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint8 function;
    guint16 address;
    guint16 count;
    guint8 exception;
  } rows[] = {
    { 3, 100, 11, 0 }, { 3, 112, 4, 0 },  { 4, 100, 11, 0 }, { 4, 300, 2, 0 },
    { 3, 300, 2, 2 },  { 3, 129, 2, 2 },  { 3, 132, 2, 0 },  { 3, 0, 2, 2 },
    { 3, 9, 2, 2 },    { 3, 10, 100, 0 }, { 3, 10, 101, 3 }, { 3, 65535, 2, 2 },
    { 1, 100, 2, 1 },  { 3, 100, 0, 3 },  { 3, 212, 1, 2 },  { 3, 2101, 1, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("function %u, %u registers from %u", rows[i].function, rows[i].count,
                      rows[i].address);
      g_assert_cmpuint (test_sim_device_read (fixture, rows[i].function, rows[i].address,
                                              rows[i].count),
                        ==, rows[i].exception);
    }
  g_assert_cmpuint (ohm_sim_device_get_reads (fixture->device), ==, G_N_ELEMENTS (rows));
}

static void
test_sim_device_only_named (Fixture *fixture, gconstpointer data)
{
  const OhmRequest request = { .unit = 1, .function = 3, .address = 110, .count = 2 };
  const guint8 *registers = NULL;

  g_assert_cmpuint (ohm_sim_device_read (fixture->device, &request, fixture->now, TRUE, &registers),
                    ==, 2);
}

static void
test_sim_device_fixed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  double before = test_sim_device_get (fixture, "energy-active-export.total");

  test_sim_device_set (fixture, "energy-active-export.total", "7000");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "energy-active-export.total"),
                                  7000.0, 1e-9);
  test_sim_device_set (fixture, "energy-active-export.total", "auto");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "energy-active-export.total"),
                                  before, 1e-9);
  test_sim_device_set (fixture, "voltage.l1-n", "nan");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "voltage.l1-n"), NOT_READ, 1e-9);
  test_sim_device_set (fixture, "name", "Attic");
  test_sim_device_assert_text (fixture, "name", "Attic");
  test_sim_device_set (fixture, "name", "auto");
  test_sim_device_assert_text (fixture, "name", "Cellar");
  test_sim_device_set (fixture, "serial", "9007199254740995");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "serial"), 9007199254740995.0,
                                  1e-9);

  g_assert_false (ohm_sim_device_set (fixture->device, "frequency", "5x", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_false (ohm_sim_device_set (fixture->device, "volume", "5", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}

/* 64 bits to the last digit, and negative ones: in1.pulse-count is register 200. */
static void
test_sim_device_fixed_exact (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *value;
    guint8 registers[8];
  } cases[] = {
    { "9223372036854775807", { 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } },
    { "9007199254740993", { 0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01 } },
    { "-5", { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfb } },
    { "2.75", { 0, 0, 0, 0, 0, 0, 0, 2 } },
  };
  const OhmRequest request = { .unit = 1, .function = 3, .address = 200, .count = 4 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 *registers = NULL;

      test_sim_device_set (fixture, "in1.pulse-count", cases[i].value);
      g_assert_cmpuint (ohm_sim_device_read (fixture->device, &request, fixture->now, FALSE,
                                             &registers),
                        ==, 0);
      g_assert_true (memcmp (registers, cases[i].registers, 8) == 0);
    }
}

static void
test_sim_device_missing (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "power-active.total", "power-reactive.total", "voltage.l1-n",
                                       "voltage.l2-n" };

  ohm_sim_device_set_missing (fixture->device, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, names[i]), NOT_READ, 1e-9);
  g_assert_cmpfloat (test_sim_device_get (fixture, "frequency"), >, 49.0); /* cannot say so */
  ohm_sim_device_set_missing (fixture->device, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpfloat (test_sim_device_get (fixture, names[i]), >, NOT_READ);
}

static void
test_sim_device_reset (Fixture *fixture, gconstpointer data)
{
  double before = test_sim_device_get (fixture, "energy-active-import.total");

  ohm_sim_device_set_reset (fixture->device, TRUE, fixture->now);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "energy-active-import.total"), 0.0,
                                  1e-9);
  fixture->now.wall_us += 3600 * SECOND;
  fixture->now.mono_us += 3600 * SECOND;
  g_assert_cmpfloat (test_sim_device_get (fixture, "energy-active-import.total"), >, 100.0);
  ohm_sim_device_set_reset (fixture->device, FALSE, fixture->now);
  g_assert_cmpfloat (test_sim_device_get (fixture, "energy-active-import.total"), >, before);
}

static void
test_sim_device_clock (Fixture *fixture, gconstpointer data)
{
  OhmRequest request = { .unit = 1, .function = 16, .address = 30, .count = 2 };
  guint32 time = (guint32) NOW_S + 60;

  ohm_sim_device_set_drift (fixture->device, -30 * SECOND);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "clock"), NOW_S - 30.0, 1e-9);
  request.values[0] = (guint16) (time >> 16);
  request.values[1] = (guint16) time;
  g_assert_cmpuint (ohm_sim_device_write (fixture->device, &request, fixture->now), ==, 0);
  g_assert_cmpint (ohm_sim_device_get_drift (fixture->device), ==, 60 * SECOND);
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "clock"), NOW_S + 60.0, 1e-9);
}

static void
test_sim_device_other_writes (Fixture *fixture, gconstpointer data)
{
  OhmRequest request = { .unit = 1, .function = 16, .address = 30, .count = 2 };

  g_assert_cmpuint (ohm_sim_device_write (fixture->device, &request, fixture->now), ==, 3);
  request.address = 10;
  g_assert_cmpuint (ohm_sim_device_write (fixture->device, &request, fixture->now), ==, 2);
  g_assert_cmpuint (ohm_sim_device_get_writes (fixture->device), ==, 2);
  request.function = 5;
  g_assert_cmpuint (ohm_sim_device_write (fixture->device, &request, fixture->now), ==, 1);
}

static void
test_sim_device_continues (Fixture *fixture, gconstpointer data)
{
  double before = test_sim_device_get (fixture, "energy-active-import.total");

  ohm_sim_device_free (fixture->device);
  fixture->device = test_sim_device_new (fixture->layout, fixture->shape, "Cellar");
  g_assert_cmpfloat_with_epsilon (test_sim_device_get (fixture, "energy-active-import.total"),
                                  before, 1e-9);
}

static gboolean
test_sim_device_meets (Fixture *fixture, const OhmIdentifyRule *rule)
{
  OhmProfileRegister row = { .function = rule->function,
                             .address = rule->address,
                             .encoding = rule->encoding };
  const guint8 *registers = test_sim_device_read_row (fixture, &row);
  OhmCell cell;

  g_assert_nonnull (registers);
  if (rule->pattern != NULL)
    {
      g_autofree char *text = ohm_encoding_decode_text (&row.encoding, registers);

      return g_pattern_match_simple (rule->pattern, text);
    }
  g_assert_cmpint (ohm_encoding_decode (&row.encoding, registers, &cell), ==, OHM_QUALITY_GOOD);
  if (ohm_encoding_is_integer (&row.encoding))
    cell.real = (double) cell.integer;
  return cell.real >= rule->min && cell.real <= rule->max;
}

/* Whether a type's own rules recognise its simulated meter: of those that look at the same register
 * one is enough. */
static void
test_sim_device_assert_identity (Fixture *fixture)
{
  guint n = 0;
  const OhmIdentifyRule *rules = ohm_profile_get_identify_rules (fixture->layout->profile, &n);

  for (guint i = 0; i < n; i++)
    {
      gboolean is_met = FALSE;

      for (guint k = 0; k < n; k++)
        if (rules[k].address == rules[i].address && rules[k].function == rules[i].function)
          is_met = is_met || test_sim_device_meets (fixture, &rules[k]);
      g_test_message ("rule at %u", rules[i].address);
      g_assert_true (is_met);
    }
}

static void
test_sim_device_identity (Fixture *fixture, gconstpointer data)
{
  test_sim_device_assert_identity (fixture);
}

/* Sets a row to a number that fits any format, and reads it back through its encoding. */
static void
test_sim_device_on_any_row (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  Fixture *fixture = user_data;
  gboolean is_text = row->encoding.format == OHM_FORMAT_TEXT;
  double scale = row->encoding.scale > 0.0 ? row->encoding.scale : 1.0;
  g_autofree char *value = is_text ? g_strdup ("ab")
                                   : g_strdup_printf ("%d", scale >= 1.0 ? (int) scale : 1);
  const guint8 *registers;
  OhmCell cell;

  registers = test_sim_device_read_row (fixture, row);
  g_assert_nonnull (registers);
  if (!is_text)
    g_assert_cmpint (ohm_encoding_decode (&row->encoding, registers, &cell), ==, OHM_QUALITY_GOOD);
  if (row->encoding.format == OHM_FORMAT_EPOCH32)
    return;
  test_sim_device_set (fixture, row->name, value);
  registers = test_sim_device_read_row (fixture, row);
  if (is_text)
    {
      g_autofree char *text = ohm_encoding_decode_text (&row->encoding, registers);

      g_assert_cmpstr (text, ==, value);
      return;
    }
  ohm_encoding_decode (&row->encoding, registers, &cell);
  if (ohm_encoding_is_integer (&row->encoding))
    g_assert_cmpint (cell.integer, ==, 1);
  else
    g_assert_cmpfloat_with_epsilon (cell.real, MAX (scale, 1.0), scale + 1e-6);
}

/* Every profile of the project is a simulated meter, every row of it has a value. */
static void
test_sim_device_shipped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *directory = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "plugins", NULL);
  const char *directories[] = { directory, NULL };
  g_autoptr (OhmSimProfiles) profiles = ohm_sim_profiles_new (directories);
  g_autoptr (GPtrArray) ids = ohm_sim_profiles_list (profiles);

  g_assert_cmpuint (ids->len, >, 0);
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GError) error = NULL;
      Fixture shipped = *fixture;
      OhmProfile *profile = ohm_sim_profiles_get (profiles, g_ptr_array_index (ids, i), &error);

      g_assert_no_error (error);
      shipped.layout = ohm_sim_layout_new (profile);
      shipped.device = test_sim_device_new (shipped.layout, fixture->shape, /* name */ NULL);
      /* as many as there are registers for */
      if (shipped.layout->has_modules)
        g_assert_true (
          ohm_sim_device_set (shipped.device, "modules", "CT24-LP+CT24-LP+CT24-LP+CT8-A", &error));
      test_sim_device_assert_identity (&shipped);
      ohm_profile_foreach_register (profile, test_sim_device_on_any_row, &shipped);
      ohm_sim_device_free (shipped.device);
      ohm_sim_layout_free (shipped.layout);
    }
}

static void
test_sim_profiles_unknown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ids = ohm_sim_profiles_list (fixture->profiles);

  g_assert_cmpuint (ids->len, ==, 1);
  g_assert_null (ohm_sim_profiles_get (fixture->profiles, "sim-zo", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==,
                   "no profile 'sim-zo', did you mean 'sim-zoo'?; see --profile-dir");
}

/* Rows of both functions and of one alone, of facts and points, of values that share a register. */
static void
test_sim_device_dump (Fixture *fixture, gconstpointer data)
{
  static const char *const rows[] = { "fact serial 34 10 0000000002719c51\n",
                                      "fact phases 34 60 0011\n",
                                      "fact wiring 34 60 0011\n",
                                      "point energy-active-export.total 34 124 ",
                                      "point energy-active-export.total 34 140 ",
                                      "point in3.pulse-count 34 208 ",
                                      "point current.l1 4 300 " };
  g_autoptr (GString) text = g_string_new (NULL);

  ohm_sim_device_dump (fixture->device, fixture->now, text);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i]);
      g_assert_nonnull (strstr (text->str, rows[i]));
    }
}

static guint16
test_sim_device_read_one (Fixture *fixture, guint16 address)
{
  const OhmRequest request = { .unit = 1, .function = 3, .address = address, .count = 1 };
  const guint8 *registers = NULL;

  g_assert_cmpuint (ohm_sim_device_read (fixture->device, &request, fixture->now, FALSE,
                                         &registers),
                    ==, 0);
  return (guint16) (registers[0] << 8 | registers[1]);
}

/* A recording is played as it was made, and stays at its end. */
static void
test_sim_device_plays (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "capture 1\nprofile sim-zoo\norigin test\n"
                             "0.0 > 03 000a0001\n0.0 < 03 02 0001\n"
                             "5.0 > 03 000a0001\n5.0 < 03 02 0002\n"
                             "9.0 > 03 000b0001\n9.0 < 03 02 0003\n"
                             "9.5 > 03 000c0001\n9.5 < 83 02\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCapture) capture = ohm_capture_parse (text, &error);

  g_assert_no_error (error);
  g_assert_true (ohm_sim_device_play (fixture->device, capture, fixture->now, &error));
  g_assert_cmpuint (test_sim_device_read_one (fixture, 10), ==, 1);
  g_assert_cmpuint (test_sim_device_read_one (fixture, 11), ==, 3);
  g_assert_cmpuint (test_sim_device_read (fixture, 3, 12, 1), ==, 2);
  g_assert_cmpuint (test_sim_device_read (fixture, 3, 10, 3), ==, 2);
  fixture->now.mono_us += 6 * SECOND;
  g_assert_cmpuint (test_sim_device_read_one (fixture, 10), ==, 2);
  fixture->now.mono_us += 100 * SECOND;
  g_assert_cmpuint (test_sim_device_read_one (fixture, 10), ==, 2);
  g_assert_cmpuint (ohm_sim_device_get_reads (fixture->device), ==, 6);
}

static void
test_sim_device_add (const char *name, void (*func) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/sim/device/", name, NULL);

  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_sim_device_add ("values", test_sim_device_values);
  test_sim_device_add ("facts", test_sim_device_facts);
  test_sim_device_add ("bits", test_sim_device_bits);
  test_sim_device_add ("refresh", test_sim_device_refresh);
  test_sim_device_add ("exceptions", test_sim_device_exceptions);
  test_sim_device_add ("only-named", test_sim_device_only_named);
  test_sim_device_add ("fixed", test_sim_device_fixed);
  test_sim_device_add ("fixed-exact", test_sim_device_fixed_exact);
  test_sim_device_add ("missing", test_sim_device_missing);
  test_sim_device_add ("reset", test_sim_device_reset);
  test_sim_device_add ("dump", test_sim_device_dump);
  test_sim_device_add ("clock", test_sim_device_clock);
  test_sim_device_add ("plays", test_sim_device_plays);
  test_sim_device_add ("other-writes", test_sim_device_other_writes);
  test_sim_device_add ("continues", test_sim_device_continues);
  test_sim_device_add ("identity", test_sim_device_identity);
  test_sim_device_add ("shipped", test_sim_device_shipped);
  test_sim_device_add ("unknown-profile", test_sim_profiles_unknown);
  return g_test_run ();
}
