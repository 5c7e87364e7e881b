/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-slot.h"

#define T0_US (G_GINT64_CONSTANT (1795341600) * G_USEC_PER_SEC)

static void
test_slot_bounds (void)
{
  g_assert_true (ohm_slot_is_boundary (T0_US));
  g_assert_false (ohm_slot_is_boundary (T0_US + 1));
  g_assert_cmpint (ohm_slot_at_or_before (T0_US), ==, T0_US);
  g_assert_cmpint (ohm_slot_at_or_before (T0_US + 1), ==, T0_US);
  g_assert_cmpint (ohm_slot_at_or_before (T0_US - 1), ==, T0_US - OHM_SLOT_US);
  g_assert_cmpint (ohm_slot_after (T0_US), ==, T0_US + OHM_SLOT_US);
  g_assert_cmpint (ohm_slot_after (T0_US - 1), ==, T0_US);
  g_assert_cmpint (ohm_slot_after (T0_US + OHM_SLOT_US - 1), ==, T0_US + OHM_SLOT_US);
}

static void
test_slot_before_1970 (void)
{
  g_assert_cmpint (ohm_slot_at_or_before (-1), ==, -OHM_SLOT_US);
  g_assert_cmpint (ohm_slot_at_or_before (-OHM_SLOT_US), ==, -OHM_SLOT_US);
  g_assert_cmpint (ohm_slot_after (-1), ==, 0);
}

static void
test_slot_within (void)
{
  g_assert_true (ohm_slot_is_within (T0_US, T0_US, OHM_SLOT_WINDOW_US));
  g_assert_true (ohm_slot_is_within (T0_US, T0_US + OHM_SLOT_WINDOW_US - 1, OHM_SLOT_WINDOW_US));
  g_assert_false (ohm_slot_is_within (T0_US, T0_US + OHM_SLOT_WINDOW_US, OHM_SLOT_WINDOW_US));
  g_assert_false (ohm_slot_is_within (T0_US, T0_US - 1, OHM_SLOT_WINDOW_US));
}

static void
test_slot_count (void)
{
  g_assert_cmpint (ohm_slot_count (T0_US, T0_US), ==, 0);
  g_assert_cmpint (ohm_slot_count (T0_US, T0_US + OHM_SLOT_US), ==, 1);
  g_assert_cmpint (ohm_slot_count (T0_US, T0_US + 96 * OHM_SLOT_US), ==, 96);
  g_assert_cmpint (ohm_slot_count (T0_US, T0_US - OHM_SLOT_US), ==, 0);
}

static void
test_slot_clock (void)
{
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (T0_US + 1000, 77);

  g_assert_cmpint (ohm_slot_next_us (clock), ==, T0_US + OHM_SLOT_US);
  g_assert_cmpint (ohm_slot_to_mono_us (clock, T0_US + 1000), ==, 77);
  g_assert_cmpint (ohm_slot_to_mono_us (clock, T0_US + OHM_SLOT_US), ==, 77 + OHM_SLOT_US - 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/slot/bounds", test_slot_bounds);
  g_test_add_func ("/slot/before-1970", test_slot_before_1970);
  g_test_add_func ("/slot/within", test_slot_within);
  g_test_add_func ("/slot/count", test_slot_count);
  g_test_add_func ("/slot/clock", test_slot_clock);

  return g_test_run ();
}
