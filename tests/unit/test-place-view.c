/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-place-view.h"

#include <math.h>

#define BIG (G_GINT64_CONSTANT (1) << 60)

/* Import 10, export 20, net 30, and pulses. */
static OhmRecord *
test_view_new_record (gint64 pulses)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-export.total",
                                       "energy-active-net.total", "pulse-count" };
  OhmPoint points[G_N_ELEMENTS (names)];
  g_autoptr (OhmPointSet) set = NULL;
  OhmRecord *record;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (ohm_point_parse (names[i], NULL, i == 3, &points[i], NULL));
  set = ohm_point_set_intern (points, G_N_ELEMENTS (points));
  record = ohm_record_new ("main", set);
  record->run = 3;
  record->seq = 4;
  record->slot_us = 5;
  record->read_us = 6;
  record->flags = OHM_RECORD_RESET;
  for (guint i = 0; i < 3; i++)
    record->cells[i].real = 10 * (i + 1);
  record->cells[3].integer = pulses;
  for (guint i = 0; i < 4; i++)
    record->qualities[i] = OHM_QUALITY_GOOD;
  return record;
}

static double
test_view_get (const OhmRecord *record, const char *name)
{
  guint n = 0;
  guint i = 0;

  g_assert_true (ohm_point_set_find (record->points, name, &i));
  if (record->qualities[i] == OHM_QUALITY_MISSING)
    return NAN;
  return ohm_point_set_get_points (record->points, &n)[i].is_integer
           ? (double) record->cells[i].integer
           : record->cells[i].real;
}

static void
test_view_plain (void)
{
  g_autoptr (OhmPlaceView) view = ohm_place_view_new (FALSE, 1);
  g_autoptr (OhmRecord) raw = test_view_new_record (BIG);
  g_autoptr (OhmRecord) shown = ohm_place_view_apply (view, raw);

  g_assert_true (ohm_place_view_get_points (view, raw->points) == raw->points);
  g_assert_true (shown->points == raw->points);
  g_assert_cmpint (shown->cells[3].integer, ==, BIG);
  g_assert_cmpint (shown->run, ==, 3);
  g_assert_cmpint (shown->seq, ==, 4);
  g_assert_cmpint (shown->slot_us, ==, 5);
  g_assert_cmpint (shown->read_us, ==, 6);
  g_assert_cmpuint (shown->flags, ==, OHM_RECORD_RESET);
}

/* Import and export change sides, a balance its sign; pulses stay whole. */
static void
test_view_inverted (void)
{
  g_autoptr (OhmPlaceView) view = ohm_place_view_new (TRUE, 2);
  g_autoptr (OhmRecord) raw = test_view_new_record (7);
  g_autoptr (OhmRecord) shown = ohm_place_view_apply (view, raw);

  g_assert_cmpfloat_with_epsilon (test_view_get (shown, "energy-active-import.total"), 40, 1e-9);
  g_assert_cmpfloat_with_epsilon (test_view_get (shown, "energy-active-export.total"), 20, 1e-9);
  g_assert_cmpfloat_with_epsilon (test_view_get (shown, "energy-active-net.total"), -60, 1e-9);
  g_assert_cmpint (shown->cells[3].integer, ==, 14);
}

/* A broken factor makes doubles of integers; what overflows or is not finite is missing. */
static void
test_view_limits (void)
{
  g_autoptr (OhmPlaceView) half = ohm_place_view_new (FALSE, 0.5);
  g_autoptr (OhmPlaceView) large = ohm_place_view_new (FALSE, 1000);
  g_autoptr (OhmRecord) raw = test_view_new_record (BIG);
  g_autoptr (OhmRecord) odd = test_view_new_record (7);
  g_autoptr (OhmRecord) halved = ohm_place_view_apply (half, odd);
  g_autoptr (OhmRecord) overflown = NULL;

  g_assert_cmpfloat_with_epsilon (test_view_get (halved, "pulse-count"), 3.5, 1e-9);
  raw->cells[0].real = 1e306;
  raw->qualities[1] = OHM_QUALITY_MISSING;
  raw->qualities[2] = OHM_QUALITY_SUSPECT;
  overflown = ohm_place_view_apply (large, raw);
  g_assert_true (isnan (test_view_get (overflown, "energy-active-import.total")) != 0);
  g_assert_true (isnan (test_view_get (overflown, "energy-active-export.total")) != 0);
  g_assert_true (isnan (test_view_get (overflown, "pulse-count")) != 0);
  g_assert_cmpint (overflown->cells[3].integer, ==, 0);
  g_assert_cmpuint (overflown->qualities[2], ==, OHM_QUALITY_SUSPECT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/place-view/plain", test_view_plain);
  g_test_add_func ("/place-view/inverted", test_view_inverted);
  g_test_add_func ("/place-view/limits", test_view_limits);

  return g_test_run ();
}
