/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture-profile.h"

#define SECOND G_USEC_PER_SEC
/* 2026-11-22 10:15:30 UTC */
#define MOMENT (G_GINT64_CONSTANT (1795342530) * SECOND)

static OhmDeviceClock
test_device_clock_read (OhmProfile *profile, OhmFacts *facts)
{
  const OhmDeviceClock *clock = ohm_profile_find_clock (profile, facts);

  g_assert_nonnull (clock);
  return *clock;
}

/* What is encoded is decoded: cut off to what the clock can show. */
static void
test_device_clock_turn (const char *row, guint registers, gint64 resolution_us)
{
  g_autofree char *groups = g_strconcat ("[clock]\nread = ", row, "\n", NULL);
  g_autoptr (OhmProfile) profile = fixture_profile_new (groups);
  OhmDeviceClock clock = test_device_clock_read (profile, NULL);
  guint8 bytes[2 * OHM_DEVICE_CLOCK_FIELDS_MAX] = { 0 };
  gint64 moment_us = MOMENT + 123456;
  gint64 shown_us = 0;

  g_assert_cmpuint (ohm_device_clock_get_registers (&clock), ==, registers);
  g_assert_cmpint (ohm_device_clock_get_resolution_us (&clock), ==, resolution_us);
  ohm_device_clock_encode (&clock, moment_us, bytes);
  g_assert_true (ohm_device_clock_decode (&clock, bytes, &shown_us));
  g_assert_cmpint (shown_us, <=, moment_us + 1);
  g_assert_cmpint (moment_us - shown_us, <, resolution_us + 1);
}

static void
test_device_clock_formats (void)
{
  test_device_clock_turn ("4 epoch32", 2, SECOND);
  test_device_clock_turn ("4 u32 words=low-first bytes=swapped", 2, SECOND);
  test_device_clock_turn ("4 i64", 4, SECOND);
  test_device_clock_turn ("4 u64 *0.001", 4, 1000);
  test_device_clock_turn ("0 i64 *2e-9", 4, 1);
  test_device_clock_turn ("0 f64", 4, 1);
  test_device_clock_turn ("512 date order=ymdhns", 6, SECOND);
  test_device_clock_turn ("6 date order=dmyhnsx month=0", 7, SECOND);
  test_device_clock_turn ("6 date order=xymdhn bytes=swapped", 6, 60 * SECOND);
}

static void
test_device_clock_fields (void)
{
  static const struct
  {
    const char *row;
    guint16 fields[7];
    gboolean is_time;
  } cases[] = {
    { "512 date order=ymdhns", { 26, 11, 22, 10, 15, 30 }, TRUE },
    { "512 date order=ymdhns", { 2026, 11, 22, 10, 15, 30 }, TRUE },
    { "6 date order=dmyhnsx month=0", { 22, 10, 26, 10, 15, 30, 6 }, TRUE },
    { "512 date order=ymdhns", { 26, 0, 22, 10, 15, 30 }, FALSE },
    { "512 date order=ymdhns", { 26, 11, 31, 10, 15, 30 }, FALSE },
    { "512 date order=ymdhns", { 26, 11, 22, 24, 15, 30 }, FALSE },
    { "512 date order=ymdhns", { 126, 11, 22, 10, 15, 30 }, FALSE },
    { "512 date order=ymdhns", { 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff }, FALSE },
    { "512 date order=ymdhns", { 0, 0, 0, 0, 0, 0 }, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *groups = g_strconcat ("[clock]\nread = ", cases[i].row, "\n", NULL);
      g_autoptr (OhmProfile) profile = fixture_profile_new (groups);
      OhmDeviceClock clock = test_device_clock_read (profile, NULL);
      guint8 bytes[14];
      gint64 shown_us = 0;

      for (guint f = 0; f < 7; f++)
        {
          bytes[2 * f] = (guint8) (cases[i].fields[f] >> 8);
          bytes[2 * f + 1] = (guint8) cases[i].fields[f];
        }
      g_assert_true (ohm_device_clock_decode (&clock, bytes, &shown_us) == cases[i].is_time);
      g_assert_cmpint (shown_us, ==, cases[i].is_time ? MOMENT : 0);
    }
}

static void
test_device_clock_no_time (void)
{
  g_autoptr (OhmProfile) seconds = fixture_profile_new ("[clock]\nread = 4 i32\n");
  g_autoptr (OhmProfile) erased = fixture_profile_new (
    "[clock]\nread = 4 u32 missing=0xffffffff\n");
  g_autoptr (OhmProfile) wide = fixture_profile_new ("[clock]\nread = 4 i64\n");
  static const guint8 ones[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
  static const guint8 late[8] = { 0, 0, 0, 1, 0, 0, 0, 0 };
  OhmDeviceClock clock = test_device_clock_read (seconds, NULL);
  gint64 shown_us = 7;

  g_assert_false (ohm_device_clock_decode (&clock, ones, &shown_us));
  clock = test_device_clock_read (erased, NULL);
  g_assert_false (ohm_device_clock_decode (&clock, ones, &shown_us));
  clock = test_device_clock_read (wide, NULL);
  g_assert_false (ohm_device_clock_decode (&clock, late, &shown_us));
  g_assert_cmpint (shown_us, ==, 7);
}

static void
test_device_clock_conditions (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new (
    "[facts]\nmodule = 761 u16\n"
    "[clock]\nread = 20001 epoch32 fn=4 @module=1,2 | 512 date order=ymdhns zone=local "
    "@module=3\n");
  g_autoptr (OhmFacts) counts = fixture_profile_facts ("module", "2", NULL);
  g_autoptr (OhmFacts) dates = fixture_profile_facts ("module", "3", NULL);
  g_autoptr (OhmFacts) none = fixture_profile_facts ("module", "0", NULL);
  OhmDeviceClock clock = test_device_clock_read (profile, counts);
  guint n = 0;

  g_assert_cmpuint (clock.address, ==, 20001);
  g_assert_cmpuint (clock.function, ==, 4);
  g_assert_cmpint (clock.zone, ==, OHM_CLOCK_ZONE_UTC);
  g_assert_null (clock.order);
  clock = test_device_clock_read (profile, dates);
  g_assert_cmpuint (clock.address, ==, 512);
  g_assert_cmpint (clock.zone, ==, OHM_CLOCK_ZONE_LOCAL);
  g_assert_cmpstr (clock.order, ==, "ymdhns");
  g_assert_null (ohm_profile_find_clock (profile, none));
  g_assert_null (ohm_profile_find_clock (profile, NULL));
  ohm_profile_get_clocks (profile, &n);
  g_assert_cmpuint (n, ==, 2);
}

static OhmProfile *
test_device_clock_on_lookup (const char *id, gpointer user_data)
{
  return user_data;
}

static OhmProfile *
test_device_clock_child (OhmProfile *parent, const char *groups)
{
  g_autofree char *text = g_strconcat ("[profile]\nid = y\nname = Y\nrevision = 1\ninherits = x\n",
                                       groups, NULL);
  g_autoptr (GError) error = NULL;
  OhmProfile *child = ohm_profile_parse ("y.profile", text, strlen (text),
                                         test_device_clock_on_lookup, parent, &error);

  g_assert_no_error (error);
  return child;
}

static void
test_device_clock_inherited (void)
{
  g_autoptr (OhmProfile) parent = fixture_profile_new ("[clock]\nread = 4 epoch32\n");
  g_autoptr (OhmProfile) same = test_device_clock_child (parent, "");
  g_autoptr (OhmProfile) other = test_device_clock_child (parent, "[clock]\nread = 8 epoch32\n");
  g_autoptr (OhmProfile) none = test_device_clock_child (parent, "[clock]\nread =\n");
  g_autoptr (OhmProfile) date = fixture_profile_new ("[clock]\nread = 6 date order=dmyhns\n");

  g_assert_cmpuint (test_device_clock_read (same, NULL).address, ==, 4);
  g_assert_cmpuint (test_device_clock_read (other, NULL).address, ==, 8);
  g_assert_null (ohm_profile_find_clock (none, NULL));
  g_assert_cmpint (test_device_clock_read (date, NULL).zone, ==, OHM_CLOCK_ZONE_UNKNOWN);
}

static void
test_device_clock_zones (void)
{
  g_assert_cmpstr (ohm_clock_zone_to_string (OHM_CLOCK_ZONE_UTC), ==, "utc");
  g_assert_cmpstr (ohm_clock_zone_to_string (OHM_CLOCK_ZONE_LOCAL), ==, "local");
  g_assert_cmpstr (ohm_clock_zone_to_string (OHM_CLOCK_ZONE_UNKNOWN), ==, "unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/device-clock/formats", test_device_clock_formats);
  g_test_add_func ("/device-clock/fields", test_device_clock_fields);
  g_test_add_func ("/device-clock/no-time", test_device_clock_no_time);
  g_test_add_func ("/device-clock/conditions", test_device_clock_conditions);
  g_test_add_func ("/device-clock/inherited", test_device_clock_inherited);
  g_test_add_func ("/device-clock/zones", test_device_clock_zones);
  return g_test_run ();
}
