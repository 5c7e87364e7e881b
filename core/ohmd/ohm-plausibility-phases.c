/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-phases.h"

#include <math.h>

#define SECOND_US     G_GINT64_CONSTANT (1000000)
#define DEAD_US       (30 * SECOND_US)
#define UNBALANCED_US (300 * SECOND_US)
/* Below that nothing is connected; measuring inputs pick up some volts by themselves. */
#define ALIVE_V 40.0
/* What is cleared has to be better than the limit by that. */
#define DEAD_CLEAR      0.1
#define UNBALANCE_CLEAR 0.8

static double
ohm_plausibility_phases_highest (const double *voltages)
{
  return fmax (voltages[0], fmax (voltages[1], voltages[2]));
}

/* The phase with the lowest voltage. */
static guint
ohm_plausibility_phases_find_lowest (const double *voltages)
{
  guint lowest = 0;

  for (guint i = 1; i < OHM_N_PHASES; i++)
    if (voltages[i] < voltages[lowest])
      lowest = i;
  return lowest;
}

/* The phase whose voltage is furthest from the mean, and by which share of it. */
static guint
ohm_plausibility_phases_find_furthest (const double *voltages, double *ret_share)
{
  double mean = (voltages[0] + voltages[1] + voltages[2]) / OHM_N_PHASES;
  guint furthest = 0;

  for (guint i = 1; i < OHM_N_PHASES; i++)
    if (fabs (voltages[i] - mean) > fabs (voltages[furthest] - mean))
      furthest = i;
  *ret_share = mean > 0 ? fabs (voltages[furthest] - mean) / mean : 0;
  return furthest;
}

static guint
ohm_plausibility_phases_count_alive (const double *voltages, double least)
{
  guint n = 0;

  for (guint i = 0; i < OHM_N_PHASES; i++)
    n += voltages[i] >= least ? 1 : 0;
  return n;
}

/* With two phases at nothing and the third alone it is a fault only if there was a voltage before.
 */
static gboolean
ohm_plausibility_phases_is_dead (const OhmPlausibilityPhases *self,
                                 const double *voltages,
                                 guint phase,
                                 double share)
{
  double highest = ohm_plausibility_phases_highest (voltages);

  return highest >= ALIVE_V && voltages[phase] < share * highest &&
         (self->was_alive[phase] ||
          ohm_plausibility_phases_count_alive (voltages, share * highest) == OHM_N_PHASES - 1);
}

static void
ohm_plausibility_phases_say_dead (OhmPlausibilityPhases *self,
                                  const double *voltages,
                                  OhmMessage **ret_message)
{
  double highest = ohm_plausibility_phases_highest (voltages);
  g_autofree char *phase = g_strdup_printf ("L%u", self->phase + 1);
  g_autofree char *voltage = ohm_plausibility_dup_amount (voltages[self->phase], "V");
  g_autofree char *others = ohm_plausibility_dup_amount (highest, "V");

  *ret_message = ohm_message_new ("phase-dead", "phase", phase, "voltage", voltage, "others",
                                  others, NULL);
}

static OhmHoldNews
ohm_plausibility_phases_update_dead (OhmPlausibilityPhases *self,
                                     const double *voltages,
                                     const OhmPlausibilityLimits *limits,
                                     gint64 now_us,
                                     OhmMessage **ret_message)
{
  guint phase = self->dead.is_on ? self->phase : ohm_plausibility_phases_find_lowest (voltages);
  double highest = ohm_plausibility_phases_highest (voltages);
  OhmHoldNews news = ohm_hold_update (
    &self->dead, ohm_plausibility_phases_is_dead (self, voltages, phase, limits->dead_share),
    voltages[phase] >= (limits->dead_share + DEAD_CLEAR) * highest, now_us, DEAD_US);

  self->phase = phase;
  if (news == OHM_HOLD_RAISED)
    ohm_plausibility_phases_say_dead (self, voltages, ret_message);
  return news;
}

static OhmHoldNews
ohm_plausibility_phases_update_unbalanced (OhmPlausibilityPhases *self,
                                           const double *voltages,
                                           const OhmPlausibilityLimits *limits,
                                           gint64 now_us,
                                           OhmMessage **ret_message)
{
  double share = 0;
  guint phase = ohm_plausibility_phases_find_furthest (voltages, &share);
  gboolean is_whole = ohm_plausibility_phases_count_alive (voltages, ALIVE_V) == OHM_N_PHASES;
  OhmHoldNews news = ohm_hold_update (&self->unbalanced,
                                      is_whole && share > limits->unbalance_share,
                                      share < UNBALANCE_CLEAR * limits->unbalance_share, now_us,
                                      UNBALANCED_US);
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  if (news != OHM_HOLD_RAISED)
    return news;
  name = g_strdup_printf ("L%u", phase + 1);
  text = ohm_plausibility_dup_share (share);
  *ret_message = ohm_message_new ("voltage-unbalanced", "phase", name, "share", text, NULL);
  return news;
}

OhmHoldNews
ohm_plausibility_phases_update (OhmPlausibilityPhases *self,
                                const double *voltages,
                                const OhmPlausibilityLimits *limits,
                                gint64 now_us,
                                OhmMessage **ret_message)
{
  OhmHoldNews news;

  if (isnan (voltages[0] + voltages[1] + voltages[2]))
    return OHM_HOLD_SAME;
  news = ohm_plausibility_phases_update_dead (self, voltages, limits, now_us, ret_message);
  for (guint i = 0; i < OHM_N_PHASES; i++)
    self->was_alive[i] |= voltages[i] >= ALIVE_V;
  if (!self->dead.is_on && !self->dead.is_waiting && news == OHM_HOLD_SAME)
    return ohm_plausibility_phases_update_unbalanced (self, voltages, limits, now_us, ret_message);
  /* the same root cause: it is told as the dead phase that it is */
  self->unbalanced = (OhmHold){ self->unbalanced.is_on && !self->dead.is_on };
  return news;
}
