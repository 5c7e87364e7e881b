/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-jump.h"

#include <math.h>

#define HOUR_US (3600.0 * 1e6)
/* Two readings may be this much further apart in the meter than here. */
#define LATE_US (5 * G_GINT64_CONSTANT (1000000))
/* A finding is over when nothing has jumped for so long. */
#define CALM_US (15 * G_GINT64_CONSTANT (60000000))

/* What the step may be beyond the power's energy. Nobody knows how coarse a counter is before it
 * moved for the first time: none is coarser than an hour at full power. */
static double
ohm_plausibility_jump_slack (const OhmPlausibilityJump *self, double value, double max_w)
{
  double coarse = self->step > 0 ? 2 * self->step : max_w;

  return coarse + max_w * (double) LATE_US / HOUR_US + fabs (value) * OHM_PLAUSIBILITY_FLOAT_STEP;
}

static OhmMessage *
ohm_plausibility_jump_say (const OhmPoint *point, double step, double possible)
{
  const char *unit = g_str_has_suffix (point->unit, "varh")  ? "varh"
                     : g_str_has_suffix (point->unit, "VAh") ? "VAh"
                                                             : "Wh";
  g_autofree char *energy = ohm_plausibility_dup_amount (step, unit);
  g_autofree char *limit = ohm_plausibility_dup_amount (possible, unit);

  return ohm_message_new ("counter-jumped", "point", point->name, "energy", energy, "possible",
                          limit, NULL);
}

static OhmHoldNews
ohm_plausibility_jump_calm_down (OhmPlausibilityJump *self, gint64 now_us)
{
  if (!self->is_on || now_us - self->jumped_us < CALM_US)
    return OHM_HOLD_SAME;
  self->is_on = FALSE;
  return OHM_HOLD_CLEARED;
}

OhmHoldNews
ohm_plausibility_jump_update (OhmPlausibilityJump *self,
                              const OhmPoint *point,
                              double value,
                              double max_w,
                              gint64 now_us,
                              OhmMessage **ret_message)
{
  gboolean may_fall = point->quantity->kind == OHM_KIND_BALANCE;
  gboolean is_first = !self->has_value || (value < self->value && !may_fall);
  double step = fabs (value - self->value);
  double possible = max_w * (double) (now_us - self->value_us) / HOUR_US;
  double slack = ohm_plausibility_jump_slack (self, value, max_w);
  double from = self->value;
  OhmHoldNews news;

  self->has_value = TRUE;
  self->value = value;
  self->value_us = now_us;
  if (is_first || max_w <= 0 || step <= possible + slack)
    {
      if (!is_first && step > 0)
        self->step = self->step > 0 ? fmin (self->step, step) : step;
      return ohm_plausibility_jump_calm_down (self, now_us);
    }
  news = self->is_on ? OHM_HOLD_SAME : OHM_HOLD_RAISED;
  self->is_on = TRUE;
  self->jumped_us = MAX (now_us, 1);
  self->from = from;
  self->to = value;
  if (news == OHM_HOLD_RAISED)
    *ret_message = ohm_plausibility_jump_say (point, step, possible);
  return news;
}

gboolean
ohm_plausibility_jump_is_between (const OhmPlausibilityJump *self, double before, double after)
{
  return self->jumped_us != 0 && fabs (before - self->from) < fabs (before - self->to) &&
         fabs (after - self->to) < fabs (after - self->from);
}
