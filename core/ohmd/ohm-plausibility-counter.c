/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-counter.h"

#include <math.h>

#define HOUR_US (3600.0 * 1e6)
/* Nobody knows what the power was during a longer pause. */
#define PAUSE_MAX_US (5 * G_GINT64_CONSTANT (60000000))
/* The power is looked at now and then only: a counter that is right can differ by a factor. */
#define RUNS_FACTOR 3.0
/* What a meter counts of powers too small to be shown, or shows of ones too small to be counted,
 * adds up over days. */
#define WINDOW_MAX_US (24 * G_GINT64_CONSTANT (3600000000))
/* Two steps of a float of 32 bits. */
#define FLOAT_STEP (1.0 / 4194304.0)

/* Where the phases are not known they may cancel out in the total by any amount; as much as that is
 * a fair guess. */
static double
ohm_plausibility_counter_sum_phases (double total_w, const double *phases_w)
{
  double sum_w = 0;

  if (isnan (phases_w[0] + phases_w[1] + phases_w[2]))
    return fabs (total_w);
  for (guint i = 0; i < OHM_N_PHASES; i++)
    sum_w += fmax (phases_w[i], 0);
  return sum_w;
}

static void
ohm_plausibility_counter_begin (OhmPlausibilityCounter *self)
{
  self->begin_wh = self->counter_wh;
  self->begin_us = self->counter_us;
  self->most_wh = 0;
}

/* Nothing that was before counts any more. */
static void
ohm_plausibility_counter_forget (OhmPlausibilityCounter *self)
{
  ohm_plausibility_counter_begin (self);
  self->still_wh = 0;
}

/* Nobody knows the power: what the counter shows next is the begin, whatever it counted meanwhile.
 */
static void
ohm_plausibility_counter_lose_power (OhmPlausibilityCounter *self)
{
  self->has_power = FALSE;
  self->has_counter = FALSE;
  ohm_plausibility_counter_forget (self);
}

/* The energy since the last look at the power. */
static void
ohm_plausibility_counter_integrate (OhmPlausibilityCounter *self, gint64 now_us)
{
  double hours = (double) (now_us - self->power_us) / HOUR_US;

  if (!self->has_power)
    return;
  if (now_us - self->power_us > PAUSE_MAX_US)
    {
      ohm_plausibility_counter_lose_power (self);
      return;
    }
  self->still_wh += fmax (self->power_w, 0) * hours;
  self->most_wh += fmax (fmax (self->power_w, self->phases_w), 0) * hours;
  self->power_us = now_us;
}

void
ohm_plausibility_counter_note_power (OhmPlausibilityCounter *self,
                                     double total_w,
                                     const double *phases_w,
                                     gint64 now_us)
{
  ohm_plausibility_counter_integrate (self, now_us);
  self->has_power = !isnan (total_w);
  self->power_w = total_w;
  self->phases_w = ohm_plausibility_counter_sum_phases (total_w, phases_w);
  self->power_us = now_us;
  if (!self->has_power)
    ohm_plausibility_counter_lose_power (self);
}

/* What may be missing or too much without anybody having to look. */
static double
ohm_plausibility_counter_slack_wh (const OhmPlausibilityCounter *self,
                                   const OhmPlausibilityLimits *limits)
{
  double step_wh = fmax (self->step_wh, fabs (self->counter_wh) * FLOAT_STEP);

  return fmax (limits->stuck_wh, 3 * step_wh);
}

static OhmMessage *
ohm_plausibility_counter_say (const char *code,
                              const OhmPoint *point,
                              double energy_wh,
                              double possible_wh)
{
  g_autofree char *energy = ohm_plausibility_dup_amount (energy_wh, "Wh");
  g_autofree char *possible = ohm_plausibility_dup_amount (possible_wh, "Wh");

  return ohm_message_new (code, "point", point->name, "energy", energy, "possible", possible, NULL);
}

static OhmHoldNews
ohm_plausibility_counter_raise (OhmPlausibilityCounter *self,
                                const char *code,
                                OhmMessage *message,
                                OhmMessage **ret_message)
{
  ohm_plausibility_counter_forget (self);
  if (g_strcmp0 (self->code, code) == 0)
    {
      ohm_message_unref (message);
      return OHM_HOLD_SAME;
    }
  self->code = code;
  *ret_message = message;
  return OHM_HOLD_RAISED;
}

/* A window in which counter and power agree is over as soon as it says so beyond doubt; one that
 * says nothing in a day, too. */
static OhmHoldNews
ohm_plausibility_counter_settle (OhmPlausibilityCounter *self, double slack_wh)
{
  double counted_wh = self->counter_wh - self->begin_wh;

  if (self->counter_us - self->begin_us > WINDOW_MAX_US)
    ohm_plausibility_counter_forget (self);
  if (counted_wh <= 0 || counted_wh > RUNS_FACTOR * self->most_wh ||
      counted_wh + self->most_wh < slack_wh)
    return OHM_HOLD_SAME;
  ohm_plausibility_counter_begin (self);
  if (self->code == NULL)
    return OHM_HOLD_SAME;
  self->code = NULL;
  return OHM_HOLD_CLEARED;
}

static OhmHoldNews
ohm_plausibility_counter_judge (OhmPlausibilityCounter *self,
                                const OhmPoint *point,
                                const OhmPlausibilityLimits *limits,
                                OhmMessage **ret_message)
{
  double counted_wh = self->counter_wh - self->begin_wh;
  double slack_wh = ohm_plausibility_counter_slack_wh (self, limits);
  OhmMessage *message;

  if (self->still_wh > slack_wh)
    {
      message = ohm_plausibility_counter_say ("counter-stuck", point, self->still_wh, 0);
      return ohm_plausibility_counter_raise (self, "counter-stuck", message, ret_message);
    }
  if (counted_wh > RUNS_FACTOR * self->most_wh + slack_wh)
    {
      message = ohm_plausibility_counter_say ("counter-runs", point, counted_wh, self->most_wh);
      return ohm_plausibility_counter_raise (self, "counter-runs", message, ret_message);
    }
  return ohm_plausibility_counter_settle (self, slack_wh);
}

/* How coarse a counter is, is learned from steps that are plausible themselves. */
static void
ohm_plausibility_counter_learn (OhmPlausibilityCounter *self,
                                double step_wh,
                                const OhmPlausibilityLimits *limits)
{
  if (step_wh <= RUNS_FACTOR * self->most_wh + limits->stuck_wh)
    self->step_wh = fmax (self->step_wh, step_wh);
}

void
ohm_plausibility_counter_restart (OhmPlausibilityCounter *self)
{
  self->has_counter = FALSE;
  self->code = NULL;
}

OhmHoldNews
ohm_plausibility_counter_update (OhmPlausibilityCounter *self,
                                 const OhmPoint *point,
                                 double counter_wh,
                                 const OhmPlausibilityLimits *limits,
                                 gint64 now_us,
                                 OhmMessage **ret_message)
{
  double former_wh = self->counter_wh;
  gboolean is_first = !self->has_counter || counter_wh < former_wh;

  self->has_counter = TRUE;
  self->counter_wh = counter_wh;
  self->counter_us = now_us;
  if (is_first)
    {
      /* a counter that fell is told as a reset by the recorder */
      ohm_plausibility_counter_forget (self);
      return OHM_HOLD_SAME;
    }
  ohm_plausibility_counter_integrate (self, now_us);
  if (counter_wh > former_wh)
    self->still_wh = 0;
  if (!self->has_power)
    return OHM_HOLD_SAME;
  ohm_plausibility_counter_learn (self, counter_wh - former_wh, limits);
  return ohm_plausibility_counter_judge (self, point, limits, ret_message);
}
