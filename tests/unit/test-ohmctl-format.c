/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>

#include "ohmctl-format.h"
#include "ohmctl-reading.h"
#include "ohmctl-replace.h"
#include "ohmctl-words.h"

static void
test_format_assert_real (const char *unit, double value, const char *expected)
{
  const OhmctlPoint point = { "x", unit, "gauge", "", FALSE };
  g_autofree char *text = ohmctl_format_value (&point, (OhmCell){ .real = value });

  g_assert_cmpstr (text, ==, expected);
}

static void
test_format_assert_integer (const char *name,
                            const char *unit,
                            const char *kind,
                            gint64 value,
                            const char *expected)
{
  const OhmctlPoint point = { name, unit, kind, "", TRUE };
  g_autofree char *text = ohmctl_format_value (&point, (OhmCell){ .integer = value });

  g_assert_cmpstr (text, ==, expected);
}

static void
test_format_values (void)
{
  test_format_assert_real ("W", 0, "0.0 W");
  test_format_assert_real ("W", -0.04, "0.0 W");
  test_format_assert_real ("W", 999.94, "999.9 W");
  test_format_assert_real ("W", 999.96, "1.000 kW");
  test_format_assert_real ("var", -4321.5, "-4.322 kvar");
  test_format_assert_real ("VA", 999999.6, "1.000 MVA");
  test_format_assert_real ("Wh", 133456784.5, "133456.785 kWh");
  test_format_assert_real ("varh", -500, "-0.500 kvarh");
  test_format_assert_real ("V", 230.123, "230.1 V");
  test_format_assert_real ("A", 1.23456, "1.235 A");
  test_format_assert_real ("A", 1234.56, "1234.6 A");
  test_format_assert_real ("Hz", 49.987, "49.99 Hz");
  test_format_assert_real ("%", 2.34, "2.3 %");
  test_format_assert_real ("degC", 21.55, "21.6 °C");
  test_format_assert_real ("m3", 12.3456, "12.346 m³");
  test_format_assert_real ("", 0.98765, "0.988");
  test_format_assert_real ("V", 1e300, "1e+300 V");
  test_format_assert_real ("W", -1e300, "-1e+294 MW");
}

static void
test_format_integers (void)
{
  test_format_assert_integer ("e", "Wh", "counter", 0, "0.000 kWh");
  test_format_assert_integer ("e", "Wh", "counter", 1, "0.001 kWh");
  test_format_assert_integer ("e", "Wh", "balance", -1500, "-1.500 kWh");
  test_format_assert_integer ("e", "Wh", "counter", G_MAXINT64, "9223372036854775.807 kWh");
  test_format_assert_integer ("e", "Wh", "balance", G_MININT64, "-9223372036854775.808 kWh");
  test_format_assert_integer ("in1.pulse-value", "kWh", "counter", 7, "7 kWh");
  test_format_assert_integer ("pulse-count", "", "counter", 42, "42");
  test_format_assert_integer ("in2.input-state", "", "state", 1, "1 (on)");
  test_format_assert_integer ("in2.input-state", "", "state", 5, "5");
  test_format_assert_integer ("rotation", "", "state", -1, "-1 (left)");
}

static void
test_format_states (void)
{
  const OhmctlPoint point = { "rotation", "", "state", "", FALSE };
  g_autofree char *text = ohmctl_format_value (&point, (OhmCell){ .real = 1.0 });
  g_autofree char *huge = ohmctl_format_value (&point, (OhmCell){ .real = 1e12 });

  g_assert_cmpstr (text, ==, "1 (right)");
  g_assert_cmpstr (huge, ==, "1000000000000.000");
  g_assert_true (ohmctl_point_is_state (&point));
  g_assert_false (ohmctl_point_is_counter (&point));
}

static void
test_format_assert_span (gint64 us, const char *expected)
{
  g_autofree char *text = ohmctl_format_span (us);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_format_ago (void)
{
  static const struct
  {
    gint64 us;
    const char *ago;
    const char *left;
  } rows[] = {
    { -5, "just now", "0:00" },
    { 1000, "just now", "0:00" },
    { 61 * (gint64) G_USEC_PER_SEC, "1 min ago", "1:01" },
    { 100000 * (gint64) G_USEC_PER_SEC, "1 d 3 h ago", "99:59" },
  };
  g_autofree char *none = ohmctl_format_count (0, "record");
  g_autofree char *one = ohmctl_format_count (1, "record");
  g_autofree char *many = ohmctl_format_count (42, "record");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *ago = ohmctl_format_ago (rows[i].us);
      g_autofree char *left = ohmctl_format_countdown (rows[i].us);

      g_assert_cmpstr (ago, ==, rows[i].ago);
      g_assert_cmpstr (left, ==, rows[i].left);
    }
  g_assert_cmpstr (none, ==, "0 records");
  g_assert_cmpstr (one, ==, "1 record");
  g_assert_cmpstr (many, ==, "42 records");
}

static void
test_format_spans (void)
{
  static const gint64 second = G_USEC_PER_SEC;
  g_autofree char *fresh = ohmctl_format_age (second - 1);
  g_autofree char *old = ohmctl_format_age (second);

  test_format_assert_span (-5, "0 s");
  test_format_assert_span (0, "0 s");
  test_format_assert_span (10, "1 ms");
  test_format_assert_span (999999, "999 ms");
  test_format_assert_span (59 * second, "59 s");
  test_format_assert_span (60 * second, "1 min");
  test_format_assert_span (3599 * second, "59 min");
  test_format_assert_span (7200 * second, "2 h");
  test_format_assert_span (7500 * second, "2 h 5 min");
  test_format_assert_span (86400 * second, "1 d");
  test_format_assert_span (90000 * second, "1 d 1 h");
  g_assert_cmpstr (fresh, ==, "now");
  g_assert_cmpstr (old, ==, "1 s");
}

static void
test_format_latencies_and_bytes (void)
{
  static const struct
  {
    gint64 us;
    const char *expected;
  } latencies[] = {
    { 210, "0.21 ms" }, { 12345, "12.3 ms" }, { 123456, "123 ms" }, { 1234567, "1.23 s" }
  };
  static const struct
  {
    guint64 bytes;
    const char *expected;
  } sizes[] = { { 0, "0 B" },
                { 999, "999 B" },
                { 1000, "1.0 kB" },
                { 12345678, "12.3 MB" },
                { G_MAXUINT64, "18446744.1 TB" } };

  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    {
      g_autofree char *text = ohmctl_format_latency (latencies[i].us);

      g_assert_cmpstr (text, ==, latencies[i].expected);
    }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *text = ohmctl_format_bytes (sizes[i].bytes);

      g_assert_cmpstr (text, ==, sizes[i].expected);
    }
}

/* What is to be typed can be: an address as it is, a path of somebody's own in quotes. */
static void
test_format_arguments (void)
{
  static const char *const rows[][2] = {
    { "192.0.2.10", "192.0.2.10" },
    { "[2001:db8::1%eth0]", "[2001:db8::1%eth0]" },
    { "/dev/serial/by-id/usb-FTDI_A10-if00-port0", "/dev/serial/by-id/usb-FTDI_A10-if00-port0" },
    { "/tmp/a line", "'/tmp/a line'" },
    { "x;y", "'x;y'" },
    { "", "''" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = ohmctl_format_argument (rows[i][0]);

      g_assert_cmpstr (text, ==, rows[i][1]);
    }
}

static void
test_format_numbers (void)
{
  static const struct
  {
    double value;
    const char *expected;
  } rows[] = { { 0.1, "0.1" },
               { 230.1, "230.1" },
               { 230.10000610351562, "230.10000610351562" },
               { 1.0 / 3.0, "0.3333333333333333" },
               { 4321.5, "4321.5" },
               { -2.5e-7, "-2.5e-07" },
               { 1e22, "1e+22" } };
  g_autofree char *real = ohmctl_format_real (-0.0001, 3);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = ohmctl_format_shortest (rows[i].value);

      g_assert_cmpstr (text, ==, rows[i].expected);
    }
  g_assert_cmpstr (real, ==, "0.000");
}

static void
test_format_times (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  gint64 us = G_GINT64_CONSTANT (1795342500) * G_USEC_PER_SEC;
  g_autofree char *time = ohmctl_format_time (us, zone);
  g_autofree char *minute = ohmctl_format_minute (us, zone);
  g_autofree char *name = ohmctl_format_zone (us, zone);
  g_autofree char *none = ohmctl_format_time (0, zone);

  g_assert_cmpstr (time, ==, "2026-11-22 11:15:00");
  g_assert_cmpstr (minute, ==, "2026-11-22 11:15");
  g_assert_cmpstr (name, ==, "CET");
  g_assert_cmpstr (none, ==, "-");
}

static void
test_format_texts (void)
{
  g_autofree char *clean = ohmctl_format_clean ("a\tb\nc\033[31m\x7f é \xff \xe2\x80\xae");
  const char *const words[] = { "a", "bc", NULL };
  g_autofree char *joined = ohmctl_words_join (words, ", ");
  g_auto (GStrv) copy = ohmctl_words_dup (words);

  g_assert_cmpstr (clean, ==, "a b c�[31m� é � �");
  g_assert_cmpuint (ohmctl_format_width ("kWh m³ 電e\u0301"), ==, 10);
  g_assert_cmpstr (joined, ==, "a, bc");
  g_assert_cmpuint (g_strv_length (copy), ==, 2);
  g_assert_cmpstr (ohmctl_words_next_char ("é!"), ==, "!");
}

static void
test_format_assert_counter (const char *unit,
                            gboolean is_integer,
                            const char *text,
                            double expected)
{
  const OhmctlPoint point = { "e", unit, "counter", "", is_integer };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = ohmctl_replace_parse_value (&point, text, &error);

  if (isnan (expected))
    {
      g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
      g_assert_null (value);
      return;
    }
  g_assert_no_error (error);
  if (is_integer)
    g_assert_cmpint (g_variant_get_int64 (value), ==, (gint64) expected);
  else
    g_assert_cmpfloat_with_epsilon (g_variant_get_double (value), expected, 1e-9);
}

/* Counters that people type. */
static void
test_format_counters (void)
{
  const OhmctlPoint point = { "e", "Wh", "counter", "", TRUE };
  g_autoptr (GVariant) exact = ohmctl_replace_parse_value (&point, "9007199254740993",
                                                           /* error */ NULL);

  g_assert_cmpint (g_variant_get_int64 (exact), ==, G_GINT64_CONSTANT (9007199254740993));
  test_format_assert_counter ("Wh", TRUE, "0", 0);
  test_format_assert_counter ("Wh", TRUE, "133456.784 kWh", 133456784);
  test_format_assert_counter ("Wh", TRUE, "1.5MWh", 1500000);
  test_format_assert_counter ("Wh", FALSE, "-0.25kWh", -250);
  test_format_assert_counter ("", TRUE, "12", 12);
  test_format_assert_counter ("Wh", TRUE, "", NAN);
  test_format_assert_counter ("Wh", TRUE, "kWh", NAN);
  test_format_assert_counter ("Wh", TRUE, "1,5", NAN);
  test_format_assert_counter ("Wh", TRUE, "1.5.2", NAN);
  test_format_assert_counter ("Wh", TRUE, "5 kvarh", NAN);
  test_format_assert_counter ("Wh", TRUE, "10000000000000 MWh", NAN);
  test_format_assert_counter ("Wh", TRUE, "nan", NAN);
  test_format_assert_counter ("", TRUE, "1k", NAN);
}

static OhmctlPointSet *
test_format_new_set (void)
{
  g_autoptr (GVariant) points = g_variant_ref_sink (
    g_variant_new_parsed ("[('a', 'V', 'gauge', '', false), ('b', 'Wh', 'counter', '1', true)]"));

  return ohmctl_point_set_new ("id", points);
}

static OhmctlReading *
test_format_new_reading (OhmctlPointSet *set,
                         const char *cells,
                         const char *qualities,
                         const char *times)
{
  g_autoptr (GVariant) a = g_variant_parse (G_VARIANT_TYPE ("at"), cells, NULL, NULL, NULL);
  g_autoptr (GVariant) b = g_variant_parse (G_VARIANT_TYPE ("ay"), qualities, NULL, NULL, NULL);
  g_autoptr (GVariant) c = g_variant_parse (G_VARIANT_TYPE ("ax"), times, NULL, NULL, NULL);

  return ohmctl_reading_new (set, 1000, a, b, c);
}

static void
test_format_readings (void)
{
  OhmctlPointSet *set = test_format_new_set ();
  g_autofree const char **names = ohmctl_point_set_dup_names (set);
  g_autoptr (OhmctlReading) reading = test_format_new_reading (set, "[9218868437227405312, 7]",
                                                               "[1, 1]", "[5, 6]");
  g_autoptr (OhmctlReading) timeless = test_format_new_reading (set, "[0, 7]", "[2, 3]", "[]");
  guint index = 9;

  g_assert_cmpstr (names[1], ==, "b");
  g_assert_true (ohmctl_point_set_find (set, "b", &index));
  g_assert_cmpuint (index, ==, 1);
  g_assert_false (ohmctl_point_set_find (set, "c", &index));
  /* infinite is no value, whatever its quality says */
  g_assert_false (ohmctl_reading_has_value (reading, 0));
  g_assert_true (ohmctl_reading_has_value (reading, 1));
  g_assert_cmpint (ohmctl_reading_time_us (reading, 1), ==, 6);
  g_assert_false (ohmctl_reading_has_value (timeless, 0));
  g_assert_true (ohmctl_reading_has_value (timeless, 1));
  g_assert_cmpint (ohmctl_reading_time_us (timeless, 1), ==, 1000);
  /* arrays that do not fit */
  g_assert_null (test_format_new_reading (set, "[0]", "[1, 1]", "[]"));
  g_assert_null (test_format_new_reading (set, "[0, 0]", "[1]", "[]"));
  g_assert_null (test_format_new_reading (set, "[0, 0]", "[1, 1]", "[1]"));
  g_assert_null (test_format_new_reading (set, "[]", "[]", "[]"));
  g_assert_cmpint (ohmctl_stale_after_us (G_USEC_PER_SEC), ==, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (ohmctl_stale_after_us (5 * G_USEC_PER_SEC), ==, 15 * G_USEC_PER_SEC);
  ohmctl_point_set_free (set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/format/values", test_format_values);
  g_test_add_func ("/ohmctl/format/integers", test_format_integers);
  g_test_add_func ("/ohmctl/format/states", test_format_states);
  g_test_add_func ("/ohmctl/format/spans", test_format_spans);
  g_test_add_func ("/ohmctl/format/ago", test_format_ago);
  g_test_add_func ("/ohmctl/format/latencies-and-bytes", test_format_latencies_and_bytes);
  g_test_add_func ("/ohmctl/format/numbers", test_format_numbers);
  g_test_add_func ("/ohmctl/format/arguments", test_format_arguments);
  g_test_add_func ("/ohmctl/format/times", test_format_times);
  g_test_add_func ("/ohmctl/format/texts", test_format_texts);
  g_test_add_func ("/ohmctl/format/counters", test_format_counters);
  g_test_add_func ("/ohmctl/format/readings", test_format_readings);
  return g_test_run ();
}
