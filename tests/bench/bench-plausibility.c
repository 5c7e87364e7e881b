/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the plausibility checks add to a reading on the bus. */

#include "config.h"

#include "ohm-place.h"
#include "ohm-plausibility.h"

#include "bench-util.h"

#define READINGS 100000

typedef struct
{
  OhmBus *bus;
  OhmClock *clock;
  OhmReading *reading;
} Bench;

static void
bench_get_limits (OhmPlausibilityLimits *ret_limits, gpointer user_data)
{
  *ret_limits = (OhmPlausibilityLimits){ 0.5, 0.1, G_GINT64_CONSTANT (86400000000), 2500, 0.05 };
}

static gboolean
bench_get_meter (const char *meter, OhmPlausibilityMeter *ret_meter, gpointer user_data)
{
  ret_meter->is_checked = TRUE;
  return TRUE;
}

static GPtrArray *
bench_list_places (gpointer user_data)
{
  return g_ptr_array_new ();
}

static OhmPointSet *
bench_load_points (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (OhmProfile) profile = NULL;
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL))
    return NULL;
  profile = ohm_profile_parse (path, text, length, NULL, NULL, NULL);
  if (profile == NULL || !ohm_profile_plan (profile, NULL, plan, NULL))
    return NULL;
  ohm_plan_seal (plan);
  return ohm_point_set_ref (ohm_plan_get_points (plan));
}

/* A meter on which nothing is wrong: the common case. */
static OhmReading *
bench_new_reading (OhmPointSet *points)
{
  guint n = 0;
  const OhmPoint *list = ohm_point_set_get_points (points, &n);
  OhmReadingBuilder *builder = ohm_reading_builder_new ("main", points, OHM_READ_LIVE, 1);

  ohm_reading_builder_begin_request (builder, 1);
  for (guint i = 0; i < n; i++)
    ohm_reading_builder_set_real (builder, i,
                                  g_str_equal (list[i].quantity->id, "voltage") ? 230.0 : 0.0);
  return ohm_reading_builder_end (builder);
}

static void
bench_emit (guint n, gpointer data)
{
  Bench *bench = data;

  for (guint i = 0; i < n; i++)
    {
      ohm_clock_move (bench->clock, ohm_clock_get_wall_us (bench->clock) + G_USEC_PER_SEC,
                      ohm_clock_get_mono_us (bench->clock) + G_USEC_PER_SEC);
      ohm_bus_emit_reading (bench->bus, bench->reading);
    }
}

static double
bench_measure (Bench *bench, OhmAlarms *alarms)
{
  const OhmPlausibilityHost host = { bench_get_limits, bench_get_meter, bench_list_places, NULL };
  double without_ns = bench_least_ns (bench_emit, READINGS, bench);
  g_autoptr (OhmPlausibility) plausibility = ohm_plausibility_new (bench->bus, bench->clock, alarms,
                                                                   &host);

  return bench_least_ns (bench_emit, READINGS, bench) - without_ns;
}

int
main (int argc, char **argv)
{
  g_autoptr (OhmPointSet) points = argc == 2 ? bench_load_points (argv[1]) : NULL;
  Bench bench = { .bus = ohm_bus_new (), .clock = ohm_clock_new_manual (1, 1) };
  g_autoptr (OhmAlarms) alarms = ohm_alarms_new (bench.bus, bench.clock);
  double ns;

  if (points == NULL)
    {
      fprintf (stderr, "Usage: bench-plausibility PROFILE\n");
      return 2;
    }
  bench.reading = bench_new_reading (points);
  ns = bench_measure (&bench, alarms);
  bench_print ("plausibility.reading", ns, "ns");
  bench_print ("plausibility.value", ns / ohm_point_set_get_n (points), "ns/value");
  ohm_reading_unref (bench.reading);
  g_object_unref (bench.clock);
  g_object_unref (bench.bus);
  return 0;
}
