/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-counter.h"
#include "ohm-plausibility-counters.h"
#include "ohm-plausibility-direction.h"
#include "ohm-plausibility-parts.h"
#include "ohm-plausibility-phases.h"
#include "ohm-plausibility-power.h"

#include <math.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define SLOT   (15 * MINUTE)
#define BEGIN  (1000 * SECOND)

static const OhmPlausibilityLimits limits = {
  .dead_share = 0.5,
  .unbalance_share = 0.1,
  .reversed_us = 24 * HOUR,
  .stuck_wh = 2500,
  .parts_share = 0.05,
};

static void
test_check_message (OhmMessage *message, const char *code, const char *name, const char *value)
{
  g_autofree char *text = NULL;

  g_assert_nonnull (message);
  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
  g_assert_cmpstr (ohm_message_get_argument (message, name), ==, value);
  g_assert_true (ohm_message_code_is_known (code));
  text = ohm_message_dup_text (message);
  g_assert_null (strchr (text, '?'));
  ohm_message_unref (message);
}

static void
test_hold (void)
{
  OhmHold hold = { 0 };

  g_assert_cmpint (ohm_hold_update (&hold, TRUE, FALSE, 0, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, TRUE, FALSE, 9, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, FALSE, TRUE, 10, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, TRUE, FALSE, 11, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, TRUE, FALSE, 21, 10), ==, OHM_HOLD_RAISED);
  /* between the limits, and good for a moment only */
  g_assert_cmpint (ohm_hold_update (&hold, FALSE, FALSE, 40, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, FALSE, TRUE, 41, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, TRUE, FALSE, 50, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, FALSE, TRUE, 51, 10), ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_hold_update (&hold, FALSE, TRUE, 61, 10), ==, OHM_HOLD_CLEARED);
  g_assert_false (hold.is_on);
}

static void
test_amounts (void)
{
  static const struct
  {
    double value;
    const char *unit;
    const char *text;
  } cases[] = {
    { 0, "V", "0 V" },          { 230.4, "V", "230 V" }, { -12345, "W", "-12.3 kW" },
    { 4.5e6, "Wh", "4.5 MWh" }, { 2e9, "Wh", "2 GWh" },
  };
  g_autofree char *share = ohm_plausibility_dup_share (0.127);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = ohm_plausibility_dup_amount (cases[i].value, cases[i].unit);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
  g_assert_cmpstr (share, ==, "13 %");
}

/* --- voltages --- */

/* The news of @us with these voltages, a reading a second. */
static OhmHoldNews
test_phases_run (OhmPlausibilityPhases *phases,
                 const double *voltages,
                 gint64 *now_us,
                 gint64 us,
                 OhmMessage **ret_message)
{
  OhmHoldNews last = OHM_HOLD_SAME;

  for (gint64 end_us = *now_us + us; *now_us < end_us; *now_us += SECOND)
    {
      OhmHoldNews news = ohm_plausibility_phases_update (phases, voltages, &limits, *now_us,
                                                         ret_message);

      if (news != OHM_HOLD_SAME)
        last = news;
    }
  return last;
}

static void
test_phases_dead (void)
{
  static const double alive[] = { 230, 231, 229 };
  static const double weak[] = { 230, 231, 116 };
  static const double dead[] = { 230, 231, 115 };
  static const double better[] = { 230, 231, 138 };
  OhmPlausibilityPhases phases = { 0 };
  OhmMessage *message = NULL;
  gint64 now_us = BEGIN;

  g_assert_cmpint (test_phases_run (&phases, alive, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  /* just above half of the others */
  g_assert_cmpint (test_phases_run (&phases, weak, &now_us, 4 * MINUTE, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, dead, &now_us, 30 * SECOND, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, dead, &now_us, SECOND, &message), ==, OHM_HOLD_RAISED);
  test_check_message (message, "phase-dead", "phase", "L3");
  message = NULL;
  g_assert_cmpint (test_phases_run (&phases, dead, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, better, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, alive, &now_us, 31 * SECOND, &message), ==,
                   OHM_HOLD_CLEARED);
  g_assert_null (message);
}

/* A three-phase meter on one phase is no fault; one that lost two is. */
static void
test_phases_single (void)
{
  static const double single[] = { 230, 0.4, 0.3 };
  static const double alive[] = { 230, 231, 229 };
  static const double off[] = { 0, 0, 0 };
  OhmPlausibilityPhases phases = { 0 };
  OhmMessage *message = NULL;
  gint64 now_us = BEGIN;

  g_assert_cmpint (test_phases_run (&phases, single, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, alive, &now_us, MINUTE, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, off, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, single, &now_us, MINUTE, &message), ==,
                   OHM_HOLD_RAISED);
  test_check_message (message, "phase-dead", "others", "230 V");
}

static void
test_phases_unbalanced (void)
{
  static const double slightly[] = { 230, 230, 198 };
  static const double badly[] = { 230, 230, 190 };
  static const double missing[] = { 230, (double) NAN, 190 };
  OhmPlausibilityPhases phases = { 0 };
  OhmMessage *message = NULL;
  gint64 now_us = BEGIN;

  /* 9.7 % and 12.3 % from the mean */
  g_assert_cmpint (test_phases_run (&phases, slightly, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, badly, &now_us, 5 * MINUTE, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, badly, &now_us, SECOND, &message), ==,
                   OHM_HOLD_RAISED);
  test_check_message (message, "voltage-unbalanced", "share", "12 %");
  message = NULL;
  g_assert_cmpint (test_phases_run (&phases, missing, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, slightly, &now_us, HOUR, &message), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_phases_run (&phases, (const double[]){ 230, 230, 229 }, &now_us, 6 * MINUTE,
                                    &message),
                   ==, OHM_HOLD_CLEARED);
}

/* --- directions --- */

static OhmHoldNews
test_direction_run (OhmPlausibilityDirection *direction,
                    const double *powers,
                    gint64 *now_us,
                    gint64 us,
                    OhmMessage **ret_message)
{
  OhmHoldNews last = OHM_HOLD_SAME;

  for (gint64 end_us = *now_us + us; *now_us < end_us; *now_us += MINUTE)
    {
      OhmHoldNews news = ohm_plausibility_direction_update (direction, powers, &limits, *now_us,
                                                            ret_message);

      if (news != OHM_HOLD_SAME)
        last = news;
    }
  return last;
}

static void
test_direction (void)
{
  static const double reversed[] = { 3000, -2500, 2800 };
  static const double right[] = { 3000, 2500, 2800 };
  static const double night[] = { 30, 5, 25 };
  OhmPlausibilityDirection direction = { 0 };
  OhmMessage *message = NULL;
  gint64 now_us = BEGIN;

  /* a generator on one phase, by day */
  for (guint day = 0; day < 3; day++)
    {
      g_assert_cmpint (test_direction_run (&direction, reversed, &now_us, 14 * HOUR, &message), ==,
                       OHM_HOLD_SAME);
      g_assert_cmpint (test_direction_run (&direction, right, &now_us, 10 * HOUR, &message), ==,
                       OHM_HOLD_SAME);
    }
  g_assert_cmpint (test_direction_run (&direction, reversed, &now_us, 14 * HOUR, &message), ==,
                   OHM_HOLD_SAME);
  /* too little power to tell anything: neither counts nor begins anew */
  g_assert_cmpint (test_direction_run (&direction, night, &now_us, 10 * HOUR, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_direction_run (&direction, reversed, &now_us, 9 * HOUR, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_direction_run (&direction, reversed, &now_us, 70 * MINUTE, &message), ==,
                   OHM_HOLD_RAISED);
  test_check_message (message, "current-reversed", "phase", "L2");
  message = NULL;
  g_assert_cmpint (test_direction_run (&direction, reversed, &now_us, 30 * HOUR, &message), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (test_direction_run (&direction, right, &now_us, MINUTE, &message), ==,
                   OHM_HOLD_CLEARED);
}

static void
test_direction_unknown (void)
{
  static const double unknown[] = { 3000, (double) NAN, 2800 };
  OhmPlausibilityDirection direction = { 0 };
  gint64 now_us = BEGIN;

  g_assert_cmpint (test_direction_run (&direction, unknown, &now_us, 30 * HOUR, NULL), ==,
                   OHM_HOLD_SAME);
}

/* --- power --- */

static void
test_power (void)
{
  OhmPlausibilityPower power = { 0 };
  OhmMessage *message = NULL;

  g_assert_cmpint (ohm_plausibility_power_update (&power, 1e9, 0, BEGIN, &message), ==,
                   OHM_HOLD_SAME);
  for (gint64 i = 0; i < 60; i++)
    g_assert_cmpint (ohm_plausibility_power_update (&power, 30000, 30000, BEGIN + i * SECOND,
                                                    &message),
                     ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_plausibility_power_update (&power, -30001, 30000, BEGIN + MINUTE, &message),
                   ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_plausibility_power_update (&power, (double) NAN, 30000,
                                                  BEGIN + MINUTE + 5 * SECOND, &message),
                   ==, OHM_HOLD_SAME);
  g_assert_cmpint (ohm_plausibility_power_update (&power, -40000, 30000,
                                                  BEGIN + MINUTE + 10 * SECOND, &message),
                   ==, OHM_HOLD_RAISED);
  test_check_message (message, "power-impossible", "power", "-40 kW");
  g_assert_cmpint (ohm_plausibility_power_update (&power, 100, 30000, BEGIN + 2 * MINUTE, NULL), ==,
                   OHM_HOLD_SAME);
  g_assert_cmpint (ohm_plausibility_power_update (&power, 100, 30000, BEGIN + 3 * MINUTE, NULL), ==,
                   OHM_HOLD_CLEARED);
}

static OhmFacts *
test_power_facts (const char *name, const char *value)
{
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);

  ohm_facts_builder_set (builder, name, value);
  return ohm_facts_builder_end (builder);
}

static void
test_power_max (void)
{
  static const OhmSettingSpec table[] = {
    { "max-power", OHM_SETTING_REAL, .min = 1, .max = 1000000, .help = "x" }, { NULL }
  };
  static const char text[] = "[meter]\nmax-power = 5000\n";
  const OhmSettingSpec *tables[] = { table, NULL };
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("m", text, strlen (text), NULL);
  g_autoptr (OhmSettings) settings = ohm_settings_new (keyfile, "meter", tables, NULL);
  g_autoptr (OhmFacts) watts = test_power_facts ("max-power", "24000");
  g_autoptr (OhmFacts) ampere = test_power_facts ("ct-primary", "100");
  const double unknown[] = { (double) NAN, (double) NAN, (double) NAN };
  const double known[] = { 0, 230, (double) NAN };

  g_assert_nonnull (settings);
  g_assert_cmpfloat_with_epsilon (ohm_plausibility_power_find_max (settings, watts, known), 5000,
                                  1e-9);
  g_assert_cmpfloat_with_epsilon (ohm_plausibility_power_find_max (NULL, watts, known), 24000,
                                  1e-9);
  g_assert_cmpfloat_with_epsilon (ohm_plausibility_power_find_max (NULL, ampere, known), 82800,
                                  1e-6);
  g_assert_cmpfloat_with_epsilon (ohm_plausibility_power_find_max (NULL, ampere, unknown), 144000,
                                  1e-6);
  g_assert_cmpfloat_with_epsilon (ohm_plausibility_power_find_max (NULL, NULL, known), 0, 1e-9);
}

/* --- counters --- */

typedef struct
{
  OhmPlausibilityCounter counter;
  gint64 now_us;
  double counter_wh;
  OhmMessage *message;
} Counter;

static const OhmPoint *
test_counter_point (void)
{
  static OhmPoint point;

  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, FALSE, &point, NULL));
  return &point;
}

/* A minute of power, then the counter. */
static OhmHoldNews
test_counter_minute (Counter *self, double power_w, double counted_wh)
{
  const double phases[] = { power_w / 3, power_w / 3, power_w / 3 };

  for (guint i = 0; i < 12; i++)
    {
      ohm_plausibility_counter_note_power (&self->counter, power_w, phases, self->now_us);
      self->now_us += 5 * SECOND;
    }
  self->counter_wh += counted_wh;
  return ohm_plausibility_counter_update (&self->counter, test_counter_point (), self->counter_wh,
                                          &limits, self->now_us, &self->message);
}

/* How many minutes until there is news, or 0. */
static guint
test_counter_run (Counter *self, guint minutes, double power_w, double counted_wh, OhmHoldNews news)
{
  for (guint i = 1; i <= minutes; i++)
    if (test_counter_minute (self, power_w, counted_wh) == news)
      return i;
  return 0;
}

static void
test_counter_right (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1e6 };

  /* a kilowatt hour at a time, too */
  g_assert_cmpuint (test_counter_run (&self, 2000, 6000, 100, OHM_HOLD_RAISED), ==, 0);
  for (guint i = 0; i < 100; i++)
    {
      g_assert_cmpuint (test_counter_run (&self, 9, 6000, 0, OHM_HOLD_RAISED), ==, 0);
      g_assert_cmpuint (test_counter_run (&self, 1, 6000, 1000, OHM_HOLD_RAISED), ==, 0);
    }
  /* nothing flows, nothing is counted; another meter's counter falls */
  g_assert_cmpuint (test_counter_run (&self, 2000, 0, 0, OHM_HOLD_RAISED), ==, 0);
  g_assert_cmpuint (test_counter_run (&self, 1, 0, -5e5, OHM_HOLD_RAISED), ==, 0);
  g_assert_null (self.message);
}

static void
test_counter_stuck (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1000 };

  test_counter_minute (&self, 6000, 0);
  /* 98 Wh a minute: 2500 Wh are just not exceeded after 25 minutes */
  g_assert_cmpuint (test_counter_run (&self, 100, 5900, 0, OHM_HOLD_RAISED), ==, 26);
  g_assert_cmpstr (ohm_message_get_argument (self.message, "point"), ==,
                   "energy-active-import.total");
  test_check_message (self.message, "counter-stuck", "energy", "2.56 kWh");
  g_assert_cmpuint (test_counter_run (&self, 500, 6000, 0, OHM_HOLD_RAISED), ==, 0);
  g_assert_cmpuint (test_counter_run (&self, 100, 6000, 100, OHM_HOLD_CLEARED), >, 0);
}

static void
test_counter_runs (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1000 };

  test_counter_minute (&self, 0, 0);
  g_assert_cmpuint (test_counter_run (&self, 25, 0, 100, OHM_HOLD_RAISED), ==, 0);
  g_assert_cmpuint (test_counter_run (&self, 1, 0, 100, OHM_HOLD_RAISED), ==, 1);
  test_check_message (self.message, "counter-runs", "energy", "2.6 kWh");
  g_assert_cmpuint (test_counter_run (&self, 100, 6000, 100, OHM_HOLD_CLEARED), >, 0);
}

/* A few watts that are shown but too small to be counted are no fault, however long. */
static void
test_counter_trickle (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1000 };

  test_counter_minute (&self, 20, 0);
  g_assert_cmpuint (test_counter_run (&self, 20 * 24 * 60, 20, 0, OHM_HOLD_RAISED), ==, 0);
}

/* One phase supplies what the others consume: a meter that adds phase by phase counts on. */
static void
test_counter_phases (void)
{
  static const double phases[] = { 6000, -3000, -3000 };
  OhmPlausibilityCounter counter = { 0 };
  OhmMessage *message = NULL;

  for (gint64 i = 0; i < 600; i++)
    {
      gint64 now_us = BEGIN + i * MINUTE;

      ohm_plausibility_counter_note_power (&counter, 0, phases, now_us);
      g_assert_cmpint (ohm_plausibility_counter_update (&counter, test_counter_point (),
                                                        100.0 * (double) i, &limits, now_us,
                                                        &message),
                       ==, OHM_HOLD_SAME);
    }
}

/* Nobody knows the power of a long pause. */
static void
test_counter_pause (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1000 };

  test_counter_minute (&self, 6000, 0);
  for (guint i = 0; i < 50; i++)
    {
      self.now_us += 6 * MINUTE;
      g_assert_cmpint (test_counter_minute (&self, 6000, 0), ==, OHM_HOLD_SAME);
    }
}

/* What was counted while nobody asked, or nobody was told the power, is nothing that runs. */
static void
test_counter_outage (void)
{
  Counter self = { .now_us = BEGIN, .counter_wh = 1000 };
  const double none[] = { (double) NAN, (double) NAN, (double) NAN };

  test_counter_minute (&self, 6000, 100);
  self.now_us += 360 * MINUTE;
  g_assert_cmpuint (test_counter_run (&self, 1, 6000, 36100, OHM_HOLD_RAISED), ==, 0);
  g_assert_cmpuint (test_counter_run (&self, 60, 6000, 100, OHM_HOLD_RAISED), ==, 0);

  for (guint i = 0; i < 120; i++)
    {
      self.now_us += 3 * MINUTE;
      ohm_plausibility_counter_note_power (&self.counter, (double) NAN, none, self.now_us);
    }
  g_assert_cmpuint (test_counter_run (&self, 1, 6000, 36100, OHM_HOLD_RAISED), ==, 0);
  g_assert_cmpuint (test_counter_run (&self, 60, 6000, 100, OHM_HOLD_RAISED), ==, 0);
  /* and is found where it does run */
  g_assert_cmpuint (test_counter_run (&self, 60, 6000, 3600, OHM_HOLD_RAISED), >, 0);
  ohm_message_unref (self.message);
}

/* --- all counters of a group --- */

typedef struct
{
  OhmPointSet *points;
  OhmPlausibilityCounters *counters;
  double values[16];
  double max_w;
  gint64 now_us;
  OhmMessage *message;
} Counters;

/* @names: (array zero-terminated=1); each counts 1 MWh at the begin */
static void
test_counters_begin (Counters *self, const char *const *names, const char *unit, const char *group)
{
  OhmPoint points[16];
  guint n = 0;

  for (; names[n] != NULL; n++)
    {
      g_assert_true (ohm_point_parse (names[n], unit, FALSE, &points[n], NULL));
      self->values[n] = 1e6;
    }
  self->points = ohm_point_set_intern (points, n);
  self->counters = ohm_plausibility_counters_new (self->points, group);
  self->max_w = 60000;
  self->now_us = BEGIN;
}

static void
test_counters_end (Counters *self)
{
  g_clear_pointer (&self->counters, ohm_plausibility_counters_free);
  g_clear_pointer (&self->message, ohm_message_unref);
  ohm_point_set_unref (self->points);
}

/* That @point was told last, with @amount. */
static void
test_counters_check (Counters *self, const char *code, const char *point, const char *amount)
{
  g_assert_nonnull (self->message);
  g_assert_cmpstr (ohm_message_get_argument (self->message, "point"), ==, point);
  test_check_message (g_steal_pointer (&self->message), code, "energy", amount);
}

/* Ten seconds at @power_w, then the counters as they are. */
static OhmHoldNews
test_counters_read (Counters *self, double power_w)
{
  const double phases[] = { power_w / 3, power_w / 3, power_w / 3 };
  OhmReadingBuilder *builder = ohm_reading_builder_new ("main", self->points, OHM_READ_LIVE, 1);
  g_autoptr (OhmReading) reading = NULL;
  OhmMessage *message = NULL;
  OhmHoldNews news;
  guint n = 0;

  ohm_point_set_get_points (self->points, &n);
  ohm_plausibility_counters_note_power (self->counters, power_w, phases, self->now_us);
  self->now_us += 10 * SECOND;
  ohm_reading_builder_begin_request (builder, self->now_us);
  for (guint i = 0; i < n; i++)
    ohm_reading_builder_set_real (builder, i, self->values[i]);
  reading = ohm_reading_builder_end (builder);
  news = ohm_plausibility_counters_update (self->counters, reading, self->max_w, &limits,
                                           self->now_us, &message);
  g_assert_true ((message != NULL) == (news == OHM_HOLD_RAISED));
  if (message != NULL)
    {
      g_clear_pointer (&self->message, ohm_message_unref);
      self->message = message;
    }
  return news;
}

/* Each counter of a group for itself jumps, and is told by its name and in its unit. */
static void
test_counters_jump (void)
{
  static const struct
  {
    const char *name;
    const char *amount;
  } cases[] = {
    { "m1g2.energy-active-import.total", "9 MWh" },
    { "m1g2.energy-active-export.total", "9 MWh" },
    { "m1g2.energy-active-net.total", "9 MWh" },
    { "m1g2.energy-active-import.total.t2", "9 MWh" },
    { "m1g2.energy-active-import.l3", "9 MWh" },
    { "m1g2.energy-reactive-inductive.total", "9 Mvarh" },
    { "m1g2.energy-apparent.total", "9 MVAh" },
  };
  const char *names[G_N_ELEMENTS (cases) + 1] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    names[i] = cases[i].name;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Counters self = { NULL };

      test_counters_begin (&self, names, NULL, "m1g2");
      for (guint k = 0; k < 20; k++)
        {
          for (guint p = 0; p < G_N_ELEMENTS (cases); p++)
            self.values[p] += 20;
          g_assert_cmpint (test_counters_read (&self, 7200), ==, OHM_HOLD_SAME);
        }
      self.values[i] += 9e6;
      g_assert_cmpint (test_counters_read (&self, 7200), ==, OHM_HOLD_RAISED);
      test_counters_check (&self, "counter-jumped", cases[i].name, cases[i].amount);
      test_counters_end (&self);
    }
}

/* (transfer full): what both counters show now */
static OhmRecord *
test_counters_record (const Counters *self)
{
  OhmRecord *record = ohm_record_new ("main", self->points);

  for (guint i = 0; i < 2; i++)
    {
      record->cells[i].real = self->values[i];
      record->qualities[i] = OHM_QUALITY_GOOD;
    }
  return record;
}

/* What is recorded after it jumped is suspect, once, and stays as it is. */
static void
test_counters_judge (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-net.total",
                                       NULL };
  static const struct
  {
    double import;
    double net;
    OhmQuality import_is;
    OhmQuality net_is;
  } slots[] = {
    { 1020, 4990, OHM_QUALITY_GOOD, OHM_QUALITY_GOOD },
    { 9001040, -8990000, OHM_QUALITY_SUSPECT, OHM_QUALITY_SUSPECT },
    { 9001060, -8990010, OHM_QUALITY_GOOD, OHM_QUALITY_GOOD },
    /* one that falls is reset; a balance has jumped again */
    { 1080, 4970, OHM_QUALITY_GOOD, OHM_QUALITY_SUSPECT },
  };
  Counters self = { NULL };

  test_counters_begin (&self, names, NULL, "");
  self.values[0] = 1000;
  self.values[1] = 5000;
  test_counters_read (&self, 7200);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      g_autoptr (OhmRecord) before = test_counters_record (&self);
      g_autoptr (OhmRecord) record = NULL;
      gint64 from_us = self.now_us;

      self.values[0] = slots[i].import;
      self.values[1] = slots[i].net;
      test_counters_read (&self, 7200);
      record = test_counters_record (&self);
      ohm_plausibility_counters_judge (self.counters, before, from_us, record);
      g_assert_cmpint (record->qualities[0], ==, slots[i].import_is);
      g_assert_cmpint (record->qualities[1], ==, slots[i].net_is);
      g_assert_cmpfloat_with_epsilon (record->cells[0].real, slots[i].import, 1e-9);
    }
  test_counters_end (&self);
}

/* One that jumped long ago passes the middle of it as it counts. */
static void
test_counters_judge_later (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-net.total",
                                       NULL };
  Counters self = { NULL };
  g_autoptr (OhmRecord) before = NULL;
  g_autoptr (OhmRecord) record = NULL;
  gint64 from_us;

  test_counters_begin (&self, names, NULL, "");
  self.values[0] = 0;
  test_counters_read (&self, 7200);
  from_us = self.now_us;
  self.values[0] = 5000000;
  test_counters_read (&self, 7200);
  self.values[0] = 2400000;
  before = test_counters_record (&self);
  self.values[0] = 2600000;
  record = test_counters_record (&self);
  ohm_plausibility_counters_judge (self.counters, before, self.now_us + 1, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  ohm_plausibility_counters_judge (self.counters, before, from_us, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_SUSPECT);
  test_counters_end (&self);
}

/* What jumped while nobody looked is in the records alone. A fall is a reset, and by a clock that
 * was set nothing can be said. */
static void
test_counters_judge_since (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-export.total",
                                       NULL };
  Counters self = { NULL };
  g_autoptr (OhmRecord) before = NULL;
  g_autoptr (OhmRecord) record = NULL;

  test_counters_begin (&self, names, NULL, "");
  self.values[1] = 5000000;
  before = test_counters_record (&self);
  self.values[0] += 1.2 * self.max_w;
  self.values[1] = 0;
  record = test_counters_record (&self);
  record->read_us = 15 * MINUTE;
  ohm_plausibility_counters_judge_since (self.counters, before, 0, self.max_w, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  g_clear_pointer (&record, ohm_record_unref);
  self.values[0] += 0.1 * self.max_w;
  record = test_counters_record (&self);
  record->read_us = 15 * MINUTE;
  record->flags = OHM_RECORD_CLOCK_UNSURE;
  ohm_plausibility_counters_judge_since (self.counters, before, 0, self.max_w, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  record->flags = 0;
  ohm_plausibility_counters_judge_since (self.counters, before, 0, 0, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  ohm_plausibility_counters_judge_since (self.counters, before, 0, self.max_w, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_SUSPECT);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  test_counters_end (&self);
}

/* A meter that was used before it was put in, and typed as a new one. */
static void
test_counters_judge_first (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-net.total",
                                       NULL };
  Counters self = { NULL };
  g_autoptr (OhmRecord) first = NULL;
  g_autoptr (OhmRecord) record = NULL;

  test_counters_begin (&self, names, NULL, "");
  self.values[0] = 0;
  self.values[1] = 49991000;
  first = test_counters_record (&self);
  self.values[0] = self.values[1] = 50000000;
  record = test_counters_record (&self);
  record->read_us = 15 * MINUTE;
  /* nobody knows how much is too much */
  ohm_plausibility_counters_judge_first (self.counters, first, 0, 0, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_GOOD);
  ohm_plausibility_counters_judge_first (self.counters, first, 0, self.max_w, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_SUSPECT);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  /* it shows less than was typed: nobody needs to know its power for that */
  self.values[0] = 50002000;
  g_clear_pointer (&first, ohm_record_unref);
  first = test_counters_record (&self);
  record->qualities[0] = record->qualities[1] = OHM_QUALITY_GOOD;
  ohm_plausibility_counters_judge_first (self.counters, first, 0, 0, record);
  g_assert_cmpint (record->qualities[0], ==, OHM_QUALITY_SUSPECT);
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_GOOD);
  test_counters_end (&self);
}

/* Coarse ones, read quickly; the first step of one that was never seen to move; what may fall. */
static void
test_counters_no_jump (void)
{
  static const char *const names[] = { "energy-active-export.total", "energy-active-net.total",
                                       NULL };
  Counters self = { NULL };

  test_counters_begin (&self, names, NULL, "");
  for (guint i = 1; i <= 1000; i++)
    {
      if (i % 36 == 0)
        self.values[0] += 1000;
      self.values[1] += i % 2 == 0 ? 150 : -150;
      g_assert_cmpint (test_counters_read (&self, -10000), ==, OHM_HOLD_SAME);
    }
  self.values[0] = 0;
  g_assert_cmpint (test_counters_read (&self, -10000), ==, OHM_HOLD_SAME);
  self.max_w = 0;
  self.values[1] += 9e6;
  g_assert_cmpint (test_counters_read (&self, -10000), ==, OHM_HOLD_SAME);
  test_counters_end (&self);
}

/* All jump by the same cause: one alarm, which ends when nothing has jumped for a while. */
static void
test_counters_one_alarm (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-apparent.total",
                                       NULL };
  Counters self = { NULL };
  guint n_cleared = 0;

  test_counters_begin (&self, names, NULL, "");
  for (guint i = 0; i < 100; i++)
    {
      self.values[0] += i == 20 ? 9e6 : 20;
      self.values[1] += i == 21 ? 9e6 : 20;
      g_assert_cmpint (test_counters_read (&self, 7200), ==,
                       i == 20 ? OHM_HOLD_RAISED : OHM_HOLD_SAME);
    }
  for (guint i = 0; i < 100; i++, self.values[0] += 20, self.values[1] += 20)
    n_cleared += test_counters_read (&self, 7200) == OHM_HOLD_CLEARED;
  g_assert_cmpuint (n_cleared, ==, 1);
  test_counters_end (&self);
}

/* A counter of what is supplied stands while power is supplied; of what is consumed it may. */
static void
test_counters_export_stuck (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-export.total",
                                       NULL };
  Counters self = { NULL };
  guint i = 0;

  test_counters_begin (&self, names, NULL, "");
  while (test_counters_read (&self, -6000) == OHM_HOLD_SAME && i < 1000)
    i++;
  /* 2500 Wh at 6 kW: 25 minutes of six readings */
  g_assert_cmpuint (i, ==, 150);
  test_counters_check (&self, "counter-stuck", names[1], "2.52 kWh");
  test_counters_end (&self);
}

/* Pulses are energy by their unit; of others nobody knows a limit. */
static void
test_counters_pulses (void)
{
  static const char *const names[] = { "in3.pulse-value", NULL };
  Counters self = { NULL };

  test_counters_begin (&self, names, "m3", "in3");
  g_assert_null (self.counters);
  ohm_point_set_unref (self.points);
  test_counters_begin (&self, names, "kWh", "in3");
  for (guint i = 0; i < 10; i++)
    {
      self.values[0] += 0.1;
      g_assert_cmpint (test_counters_read (&self, 0), ==, OHM_HOLD_SAME);
    }
  self.values[0] += 9000;
  g_assert_cmpint (test_counters_read (&self, 0), ==, OHM_HOLD_RAISED);
  test_counters_check (&self, "counter-jumped", names[0], "9 MWh");
  test_counters_end (&self);
  test_counters_begin (&self, names, "Mvarh", "in3");
  for (guint i = 0; i < 10; i++, self.values[0] += 0.0001)
    g_assert_cmpint (test_counters_read (&self, 0), ==, OHM_HOLD_SAME);
  self.values[0] += 9;
  g_assert_cmpint (test_counters_read (&self, 0), ==, OHM_HOLD_RAISED);
  test_counters_check (&self, "counter-jumped", names[0], "9 Mvarh");
  test_counters_end (&self);
}

/* --- parts --- */

typedef struct
{
  OhmPlausibilityParts *parts;
  GPtrArray *places;
  OhmPointSet *points;
  double counters[3];
  gint64 slot_us;
  OhmMessage *message;
} Parts;

static void
test_parts_add_place (Parts *self, const char *id, const char *parent, double factor)
{
  OhmPlace fields = {
    .id = (char *) (gsize) id,
    .name = (char *) (gsize) id,
    .source = (char[]){ "" },
    .medium = (char[]){ "electricity" },
    .parent = (char *) (gsize) parent,
    .factor = factor,
  };

  g_ptr_array_add (self->places, ohm_place_new (&fields));
}

static void
test_parts_set_up (Parts *self, gconstpointer data)
{
  OhmPoint point;

  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, FALSE, &point, NULL));
  self->points = ohm_point_set_intern (&point, 1);
  self->parts = ohm_plausibility_parts_new ();
  self->places = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_unref);
  test_parts_add_place (self, "main", NULL, 1);
  test_parts_add_place (self, "hall", "main", 1);
  test_parts_add_place (self, "lift", "main", 2);
  self->slot_us = 1000 * SLOT;
}

static void
test_parts_tear_down (Parts *self, gconstpointer data)
{
  ohm_plausibility_parts_free (self->parts);
  g_ptr_array_unref (self->places);
  ohm_point_set_unref (self->points);
}

/* A quarter hour of all three; @skip is not recorded. */
static OhmHoldNews
test_parts_slot (Parts *self, const double *used, int skip)
{
  OhmHoldNews last = OHM_HOLD_SAME;

  self->slot_us += SLOT;
  for (int i = 0; i < 3; i++)
    {
      const OhmPlace *place = g_ptr_array_index (self->places, (guint) i);
      g_autoptr (OhmRecord) record = ohm_record_new (place->id, self->points);
      OhmHoldNews news;

      self->counters[i] += used[i];
      record->slot_us = self->slot_us;
      record->run = i + 1;
      record->cells[0].real = self->counters[i];
      record->qualities[0] = OHM_QUALITY_GOOD;
      if (i == skip)
        continue;
      ohm_plausibility_parts_note (self->parts, place, record);
      news = ohm_plausibility_parts_update (self->parts, "main", self->places, self->slot_us,
                                            &limits, &self->message);
      last = news != OHM_HOLD_SAME ? news : last;
    }
  return last;
}

static void
test_parts_exceed (Parts *self, gconstpointer data)
{
  /* the lift has a factor of 2; 5 % of 10,600 Wh and 100 Wh are forgiven */
  static const double fits[] = { 10000, 4600, 3000 };
  static const double exceeds[] = { 10000, 4800, 3000 };

  for (guint i = 0; i < 20; i++)
    g_assert_cmpint (test_parts_slot (self, fits, -1), ==, OHM_HOLD_SAME);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (test_parts_slot (self, exceeds, -1), ==, OHM_HOLD_SAME);
  g_assert_cmpint (test_parts_slot (self, exceeds, -1), ==, OHM_HOLD_RAISED);
  test_check_message (self->message, "parts-exceed", "parts", "10.8 kWh");
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (test_parts_slot (self, fits, -1), ==, OHM_HOLD_SAME);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (test_parts_slot (self, (const double[]){ 10000, 100, 100 }, -1), ==,
                     OHM_HOLD_SAME);
  g_assert_cmpint (test_parts_slot (self, (const double[]){ 10000, 100, 100 }, -1), ==,
                   OHM_HOLD_CLEARED);
}

/* Once nobody names it as parent any more, nothing is found of it. */
static void
test_parts_gone (Parts *self, gconstpointer data)
{
  static const double exceeds[] = { 10000, 9000, 3000 };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  for (guint i = 0; i < 5; i++)
    test_parts_slot (self, exceeds, -1);
  g_assert_nonnull (self->message);
  g_clear_pointer (&self->message, ohm_message_unref);
  g_assert_cmpint (ohm_plausibility_parts_update (self->parts, "main", none, self->slot_us, &limits,
                                                  NULL),
                   ==, OHM_HOLD_CLEARED);
  g_assert_cmpint (ohm_plausibility_parts_update (self->parts, "other", none, self->slot_us,
                                                  &limits, NULL),
                   ==, OHM_HOLD_SAME);
}

/* A slot that is not known of everybody says nothing. */
static void
test_parts_incomplete (Parts *self, gconstpointer data)
{
  static const double exceeds[] = { 10000, 9000, 3000 };

  for (int i = 0; i < 30; i++)
    g_assert_cmpint (test_parts_slot (self, exceeds, i % 2 == 0 ? 1 : -1), ==, OHM_HOLD_SAME);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plausibility/hold", test_hold);
  g_test_add_func ("/plausibility/amounts", test_amounts);
  g_test_add_func ("/plausibility/phases/dead", test_phases_dead);
  g_test_add_func ("/plausibility/phases/single", test_phases_single);
  g_test_add_func ("/plausibility/phases/unbalanced", test_phases_unbalanced);
  g_test_add_func ("/plausibility/direction/reversed", test_direction);
  g_test_add_func ("/plausibility/direction/unknown", test_direction_unknown);
  g_test_add_func ("/plausibility/power/impossible", test_power);
  g_test_add_func ("/plausibility/power/max", test_power_max);
  g_test_add_func ("/plausibility/counter/right", test_counter_right);
  g_test_add_func ("/plausibility/counter/stuck", test_counter_stuck);
  g_test_add_func ("/plausibility/counter/runs", test_counter_runs);
  g_test_add_func ("/plausibility/counter/trickle", test_counter_trickle);
  g_test_add_func ("/plausibility/counters/jump", test_counters_jump);
  g_test_add_func ("/plausibility/counters/judge", test_counters_judge);
  g_test_add_func ("/plausibility/counters/judge-first", test_counters_judge_first);
  g_test_add_func ("/plausibility/counters/judge-since", test_counters_judge_since);
  g_test_add_func ("/plausibility/counters/judge-later", test_counters_judge_later);
  g_test_add_func ("/plausibility/counters/no-jump", test_counters_no_jump);
  g_test_add_func ("/plausibility/counters/one-alarm", test_counters_one_alarm);
  g_test_add_func ("/plausibility/counters/export-stuck", test_counters_export_stuck);
  g_test_add_func ("/plausibility/counters/pulses", test_counters_pulses);
  g_test_add_func ("/plausibility/counter/phases", test_counter_phases);
  g_test_add_func ("/plausibility/counter/pause", test_counter_pause);
  g_test_add_func ("/plausibility/counter/outage", test_counter_outage);
  g_test_add ("/plausibility/parts/exceed", Parts, NULL, test_parts_set_up, test_parts_exceed,
              test_parts_tear_down);
  g_test_add ("/plausibility/parts/gone", Parts, NULL, test_parts_set_up, test_parts_gone,
              test_parts_tear_down);
  g_test_add ("/plausibility/parts/incomplete", Parts, NULL, test_parts_set_up,
              test_parts_incomplete, test_parts_tear_down);
  return g_test_run ();
}
