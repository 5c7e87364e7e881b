/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-place.h"
#include "ohm-plausibility.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)

static const char *const names[] = {
  "voltage.l1-n",    "voltage.l2-n",    "voltage.l3-n",       "power-active.l1",
  "power-active.l2", "power-active.l3", "power-active.total", "energy-active-import.total",
};

typedef struct
{
  OhmBus *bus;
  OhmClock *clock;
  OhmAlarms *alarms;
  OhmPlausibility *plausibility;
  gboolean is_checked;
  guint n_asked;
  double values[2 * G_N_ELEMENTS (names)];
} Fixture;

static void
fixture_get_limits (OhmPlausibilityLimits *ret_limits, gpointer user_data)
{
  *ret_limits = (OhmPlausibilityLimits){
    .dead_share = 0.5,
    .unbalance_share = 0.1,
    .reversed_us = 10 * MINUTE,
    .stuck_wh = 1000,
    .parts_share = 0.05,
  };
}

static gboolean
fixture_get_meter (const char *meter, OhmPlausibilityMeter *ret_meter, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_cmpstr (meter, ==, "main");
  f->n_asked++;
  ret_meter->is_checked = f->is_checked;
  return TRUE;
}

static GPtrArray *
fixture_list_places (gpointer user_data)
{
  return g_ptr_array_new ();
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  static const double calm[G_N_ELEMENTS (names)] = { 230, 230, 230, 2000, 2000, 2000, 6000, 1000 };
  const OhmPlausibilityHost host = {
    .get_limits = fixture_get_limits,
    .get_meter = fixture_get_meter,
    .list_places = fixture_list_places,
    .user_data = f,
  };

  f->bus = ohm_bus_new ();
  f->clock = ohm_clock_new_manual (1772445600 * SECOND, 1000 * SECOND);
  f->alarms = ohm_alarms_new (f->bus, f->clock);
  f->plausibility = ohm_plausibility_new (f->bus, f->clock, f->alarms, &host);
  f->is_checked = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (f->values); i++)
    f->values[i] = calm[i % G_N_ELEMENTS (names)];
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->plausibility);
  g_assert_finalize_object (f->alarms);
  g_assert_finalize_object (f->clock);
  g_assert_finalize_object (f->bus);
}

/* Points of a meter, and of a second group `m1g2` of it. */
static OhmPointSet *
fixture_new_points (void)
{
  OhmPoint points[2 * G_N_ELEMENTS (names)];

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      const char *name = names[i % G_N_ELEMENTS (names)];
      g_autofree char *full = g_strconcat (i < G_N_ELEMENTS (names) ? "" : "m1g2.", name, NULL);

      g_assert_true (ohm_point_parse (full, NULL, FALSE, &points[i], NULL));
    }
  return ohm_point_set_intern (points, G_N_ELEMENTS (points));
}

/* @us of readings, one in five seconds, with energies that fit the power. */
static void
fixture_run (Fixture *f, gint64 us, gboolean is_counting)
{
  g_autoptr (OhmPointSet) points = fixture_new_points ();

  for (gint64 i = 0; i < us / (5 * SECOND); i++)
    {
      OhmReadingBuilder *builder = ohm_reading_builder_new ("main", points, OHM_READ_LIVE, 1);
      g_autoptr (OhmReading) reading = NULL;

      ohm_clock_move (f->clock, ohm_clock_get_wall_us (f->clock) + 5 * SECOND,
                      ohm_clock_get_mono_us (f->clock) + 5 * SECOND);
      ohm_reading_builder_begin_request (builder, ohm_clock_get_wall_us (f->clock));
      for (guint p = 0; p < G_N_ELEMENTS (f->values); p++)
        {
          if (is_counting && p % G_N_ELEMENTS (names) == 7)
            f->values[p] += f->values[p - 1] / 720;
          ohm_reading_builder_set_real (builder, p, f->values[p]);
        }
      reading = ohm_reading_builder_end (builder);
      ohm_bus_emit_reading (f->bus, reading);
    }
}

/* @expected: `SUBJECT=CODE` of what lasts, newest first, separated by blanks */
static void
fixture_assert_alarms (Fixture *f, const char *expected)
{
  GPtrArray *list = ohm_alarms_list (f->alarms);
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    {
      const OhmAlarm *alarm = g_ptr_array_index (list, i);

      if (alarm->until_us == 0)
        g_string_append_printf (found, "%s%s=%s", found->len > 0 ? " " : "", alarm->subject,
                                ohm_message_get_code (alarm->message));
    }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_calm (Fixture *f, gconstpointer data)
{
  fixture_run (f, 120 * MINUTE, TRUE);
  fixture_assert_alarms (f, "");
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 0);
  g_assert_cmpuint (f->n_asked, <=, 121);
}

/* The unbalance that a dead phase makes is not told as well; each group has its own. */
static void
test_dead (Fixture *f, gconstpointer data)
{
  fixture_run (f, MINUTE, TRUE);
  f->values[1] = 3;
  fixture_run (f, 10 * MINUTE, TRUE);
  fixture_assert_alarms (f, "meters/main/voltage=phase-dead");
  f->values[9] = 180;
  fixture_run (f, 10 * MINUTE, TRUE);
  fixture_assert_alarms (
    f, "meters/main/m1g2/voltage=voltage-unbalanced meters/main/voltage=phase-dead");
  f->values[1] = 230;
  f->values[9] = 230;
  fixture_run (f, 10 * MINUTE, TRUE);
  fixture_assert_alarms (f, "");
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 2);
}

static void
test_reversed_and_stuck (Fixture *f, gconstpointer data)
{
  f->values[4] = -2000;
  f->values[6] = 2000;
  fixture_run (f, 12 * MINUTE, TRUE);
  fixture_assert_alarms (f, "meters/main/direction=current-reversed");
  fixture_run (f, 40 * MINUTE, FALSE);
  fixture_assert_alarms (f, "meters/main/counter=counter-stuck "
                            "meters/main/m1g2/counter=counter-stuck "
                            "meters/main/direction=current-reversed");
  f->values[4] = 2000;
  f->values[6] = 6000;
  fixture_run (f, 40 * MINUTE, TRUE);
  fixture_assert_alarms (f, "");
}

/* Switched off, or gone: what was found is over. */
static void
test_unchecked (Fixture *f, gconstpointer data)
{
  f->values[0] = 3;
  fixture_run (f, 2 * MINUTE, TRUE);
  fixture_assert_alarms (f, "meters/main/voltage=phase-dead");
  f->is_checked = FALSE;
  fixture_run (f, 2 * MINUTE, TRUE);
  fixture_assert_alarms (f, "");
  fixture_run (f, 20 * MINUTE, FALSE);
  fixture_assert_alarms (f, "");
  f->is_checked = TRUE;
  fixture_run (f, 3 * MINUTE, TRUE);
  fixture_assert_alarms (f, "meters/main/voltage=phase-dead");
  ohm_plausibility_remove_meter (f->plausibility, "main");
  ohm_plausibility_remove_meter (f->plausibility, "other");
  fixture_assert_alarms (f, "");
}

/* A record of a place that nobody knows any more. */
static void
test_unknown_place (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmPointSet) points = fixture_new_points ();
  g_autoptr (OhmRecord) record = ohm_record_new ("gone", points);

  ohm_bus_emit_interval (f->bus, record);
  fixture_assert_alarms (f, "");
}

#define TEST(path, func)                                                                           \
  g_test_add ("/plausibility/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("calm", test_calm);
  TEST ("dead", test_dead);
  TEST ("reversed-and-stuck", test_reversed_and_stuck);
  TEST ("unchecked", test_unchecked);
  TEST ("unknown-place", test_unknown_place);
  return g_test_run ();
}
