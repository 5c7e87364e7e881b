/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-direction.h"

#include <math.h>

#include "ohm-clock-judge.h"

/* A longer pause between two readings is not time that was looked at. */
#define PAUSE_MAX_US (15 * G_GINT64_CONSTANT (60000000))
/* Less than this share of all power is noise, as is less than some watts. */
#define NOISE_SHARE 0.03
#define NOISE_W     20.0

/* Whether @phase supplies while both others consume. */
static gboolean
ohm_plausibility_direction_is_reversed (const double *powers, guint phase, double noise_w)
{
  for (guint i = 0; i < OHM_N_PHASES; i++)
    if (i == phase ? powers[i] > -noise_w : powers[i] < noise_w)
      return FALSE;
  return TRUE;
}

static void
ohm_plausibility_direction_say (OhmPlausibilityDirection *self, OhmMessage **ret_message)
{
  g_autofree char *phase = g_strdup_printf ("L%u", self->phase + 1);
  g_autofree char *span = ohm_clock_judge_dup_span (self->supplied_us[self->phase],
                                                    /* has_sign */ FALSE);

  *ret_message = ohm_message_new ("current-reversed", "phase", phase, "time", span, NULL);
}

OhmHoldNews
ohm_plausibility_direction_update (OhmPlausibilityDirection *self,
                                   const double *powers,
                                   const OhmPlausibilityLimits *limits,
                                   gint64 now_us,
                                   OhmMessage **ret_message)
{
  double all_w = fabs (powers[0]) + fabs (powers[1]) + fabs (powers[2]);
  double noise_w = fmax (NOISE_W, NOISE_SHARE * all_w);
  gint64 passed_us = self->last_us > 0 ? MIN (now_us - self->last_us, PAUSE_MAX_US) : 0;

  if (isnan (all_w))
    return OHM_HOLD_SAME;
  self->last_us = now_us;
  for (guint i = 0; i < OHM_N_PHASES; i++)
    {
      if (powers[i] > noise_w)
        self->supplied_us[i] = 0;
      else if (ohm_plausibility_direction_is_reversed (powers, i, noise_w))
        self->supplied_us[i] += passed_us;
    }
  if (self->is_on && self->supplied_us[self->phase] == 0)
    {
      self->is_on = FALSE;
      return OHM_HOLD_CLEARED;
    }
  for (guint i = 0; !self->is_on && i < OHM_N_PHASES; i++)
    if (self->supplied_us[i] >= limits->reversed_us)
      {
        self->is_on = TRUE;
        self->phase = i;
        ohm_plausibility_direction_say (self, ret_message);
        return OHM_HOLD_RAISED;
      }
  return OHM_HOLD_SAME;
}
