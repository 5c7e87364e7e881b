/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>

#include "ohm-reading.h"
#include "ohm-test-log.h"

enum
{
  VOLTAGE,
  CURRENT,
  COUNTER,
  PULSES,
  N_POINTS,
};

static OhmPointSet *
fixture_make_set (void)
{
  OhmPoint points[N_POINTS];

  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &points[VOLTAGE], NULL));
  g_assert_true (ohm_point_parse ("current.l1", NULL, FALSE, &points[CURRENT], NULL));
  g_assert_true (
    ohm_point_parse ("energy-active-import.total", NULL, TRUE, &points[COUNTER], NULL));
  g_assert_true (ohm_point_parse ("pulse-count", NULL, TRUE, &points[PULSES], NULL));
  return ohm_point_set_intern (points, N_POINTS);
}

static OhmReading *
fixture_make_reading (OhmPointSet *set)
{
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("main", set,
                                                                   OHM_READ_LIVE | OHM_READ_SLOT,
                                                                   3);

  g_assert_true (ohm_reading_builder_get_points (builder) == set);
  ohm_reading_builder_begin_request (builder, 0);
  ohm_reading_builder_set_quality (builder, PULSES, OHM_QUALITY_MISSING);
  ohm_reading_builder_begin_request (builder, 2000);
  ohm_reading_builder_set_real (builder, VOLTAGE, 230.5);
  ohm_reading_builder_begin_request (builder, 3000);
  ohm_reading_builder_set_integer (builder, COUNTER, G_MAXINT64);
  ohm_reading_builder_set_quality (builder, COUNTER, OHM_QUALITY_SUSPECT);
  return ohm_reading_builder_end (g_steal_pointer (&builder));
}

static void
test_reading_contents (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set ();
  g_autoptr (OhmReading) reading = fixture_make_reading (set);
  const OhmCell *cells;
  const guint8 *qualities;
  guint n = 0;

  g_assert_true (ohm_reading_get_meter (reading) == g_intern_string ("main"));
  g_assert_true (ohm_reading_get_points (reading) == set);
  g_assert_cmpint (ohm_reading_get_class (reading), ==, OHM_READ_LIVE | OHM_READ_SLOT);
  g_assert_cmpint (ohm_reading_get_time_us (reading), ==, 2000);
  cells = ohm_reading_get_cells (reading, &n);
  g_assert_cmpuint (n, ==, N_POINTS);
  g_assert_true (cells == ohm_reading_get_cells (reading, NULL));
  qualities = ohm_reading_get_qualities (reading, &n);
  g_assert_cmpuint (n, ==, N_POINTS);
  g_assert_true (qualities == ohm_reading_get_qualities (reading, NULL));
  g_assert_cmpint (qualities[VOLTAGE], ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (qualities[CURRENT], ==, OHM_QUALITY_NONE);
  g_assert_cmpint (qualities[COUNTER], ==, OHM_QUALITY_SUSPECT);
  g_assert_cmpint (qualities[PULSES], ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (cells[COUNTER].integer, ==, G_MAXINT64);
}

static void
test_reading_times (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set ();
  g_autoptr (OhmReading) reading = fixture_make_reading (set);

  g_assert_cmpint (ohm_reading_get_point_time_us (reading, VOLTAGE), ==, 2000);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, CURRENT), ==, 0);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, COUNTER), ==, 3000);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, PULSES), ==, 0);
}

static void
test_reading_real (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set ();
  g_autoptr (OhmReading) reading = fixture_make_reading (set);

  g_assert_cmpfloat_with_epsilon (ohm_reading_get_real (reading, VOLTAGE), 230.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (ohm_reading_get_real (reading, COUNTER), 9223372036854775807., 1);
  g_assert_true (isnan (ohm_reading_get_real (reading, CURRENT)));
  g_assert_true (isnan (ohm_reading_get_real (reading, PULSES)));
}

static void
test_reading_not_finite (void)
{
  static const double values[] = { NAN, INFINITY, -INFINITY };
  g_autoptr (OhmPointSet) set = fixture_make_set ();

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("main", set, OHM_READ_LIVE,
                                                                       1);
      g_autoptr (OhmReading) reading = NULL;

      ohm_reading_builder_begin_request (builder, 1);
      ohm_reading_builder_set_real (builder, VOLTAGE, values[i]);
      reading = ohm_reading_builder_end (g_steal_pointer (&builder));
      g_assert_cmpint (ohm_reading_get_qualities (reading, NULL)[VOLTAGE], ==, OHM_QUALITY_MISSING);
      g_assert_cmpint (ohm_reading_get_cells (reading, NULL)[VOLTAGE].integer, ==, 0);
    }
}

/* As many requests as there may be, and a set that is only held by the reading. */
static void
test_reading_most (void)
{
  g_autoptr (OhmReading) reading = NULL;
  g_autoptr (OhmReading) second = NULL;

  {
    g_autoptr (OhmPointSet) set = fixture_make_set ();
    g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("main", set, OHM_READ_SLOW,
                                                                     OHM_READING_REQUESTS_MAX);

    for (gint64 i = 0; i < OHM_READING_REQUESTS_MAX; i++)
      ohm_reading_builder_begin_request (builder, 10 + i);
    ohm_reading_builder_set_real (builder, CURRENT, 1);
    reading = ohm_reading_builder_end (g_steal_pointer (&builder));
  }
  second = ohm_reading_ref (reading);
  g_assert_cmpint (ohm_reading_get_time_us (second), ==, 10);
  g_assert_cmpint (ohm_reading_get_point_time_us (second, CURRENT), ==,
                   9 + OHM_READING_REQUESTS_MAX);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_reading_get_points (second)), ==, N_POINTS);
}

static void
test_reading_boxed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (OhmPointSet) set = fixture_make_set ();

  g_value_init (&value, OHM_TYPE_READING);
  g_value_take_boxed (&value, fixture_make_reading (set));
  g_assert_cmpstr (ohm_reading_get_meter (g_value_get_boxed (&value)), ==, "main");
}

/* What a plugin could get wrong changes nothing. */
static void
test_reading_misuse (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set ();
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("main", set, OHM_READ_LIVE, 1);
  g_autoptr (OhmReading) reading = NULL;

  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_reading_builder_takes*");
  ohm_reading_builder_set_real (builder, COUNTER, 1);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_reading_builder_takes*");
  ohm_reading_builder_set_integer (builder, VOLTAGE, 1);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_reading_builder_takes*");
  ohm_reading_builder_set_real (builder, N_POINTS, 1);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*index*");
  ohm_reading_builder_set_quality (builder, N_POINTS, OHM_QUALITY_GOOD);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*quality*");
  ohm_reading_builder_set_quality (builder, VOLTAGE, (OhmQuality) 4);
  ohm_reading_builder_begin_request (builder, 5);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*n_requests*");
  ohm_reading_builder_begin_request (builder, 6);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*n_requests*");
  g_assert_null (ohm_reading_builder_new ("main", set, OHM_READ_LIVE, 256));
  reading = ohm_reading_builder_end (g_steal_pointer (&builder));
  for (guint i = 0; i < N_POINTS; i++)
    g_assert_cmpint (ohm_reading_get_qualities (reading, NULL)[i], ==, OHM_QUALITY_NONE);
  g_assert_cmpint (ohm_reading_get_time_us (reading), ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reading/contents", test_reading_contents);
  g_test_add_func ("/reading/times", test_reading_times);
  g_test_add_func ("/reading/real", test_reading_real);
  g_test_add_func ("/reading/not-finite", test_reading_not_finite);
  g_test_add_func ("/reading/most", test_reading_most);
  g_test_add_func ("/reading/boxed", test_reading_boxed);
  g_test_add_func ("/reading/misuse", test_reading_misuse);
  return g_test_run ();
}
