/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock.h"

static void
test_clock_real (void)
{
  g_autoptr (OhmClock) clock = ohm_clock_new ();
  gint64 wall_us = g_get_real_time ();
  gint64 mono_us = g_get_monotonic_time ();

  g_assert_true (ohm_clock_is_real (clock));
  g_assert_cmpint (ohm_clock_get_wall_us (clock) - wall_us, <, 60 * G_USEC_PER_SEC);
  g_assert_cmpint (ohm_clock_get_mono_us (clock), >=, mono_us);
  g_assert_cmpint (ohm_clock_get_mono_us (clock) - mono_us, <, 60 * G_USEC_PER_SEC);
  (void) ohm_clock_is_synchronized (clock); /* either, by the machine */
  ohm_clock_hold (clock);
  ohm_clock_release (clock);
  ohm_clock_set_next (clock, 5);
}

static void
test_clock_on_moved (OhmClock *clock, gpointer user_data)
{
  *(gint64 *) user_data = ohm_clock_get_wall_us (clock);
}

static void
test_clock_manual (void)
{
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (1000, 10);
  gint64 seen_us = 0;

  g_assert_false (ohm_clock_is_real (clock));
  g_assert_true (ohm_clock_is_synchronized (clock));
  g_assert_cmpint (ohm_clock_get_wall_us (clock), ==, 1000);
  g_assert_cmpint (ohm_clock_get_mono_us (clock), ==, 10);
  g_signal_connect (clock, "moved", G_CALLBACK (test_clock_on_moved), &seen_us);
  ohm_clock_move (clock, 500, 20);
  g_assert_cmpint (seen_us, ==, 500);
  g_assert_cmpint (ohm_clock_get_mono_us (clock), ==, 20);
  ohm_clock_move (clock, 2000, 20);
  g_assert_cmpint (seen_us, ==, 2000);

  g_assert_cmpint (ohm_clock_get_next (clock), ==, -1);
  ohm_clock_set_next (clock, 30);
  g_assert_cmpint (ohm_clock_get_next (clock), ==, 30);
  ohm_clock_set_next (clock, -1);
  g_assert_cmpint (ohm_clock_get_next (clock), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/real", test_clock_real);
  g_test_add_func ("/clock/manual", test_clock_manual);
  return g_test_run ();
}
