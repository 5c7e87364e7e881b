/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-power.h"

#include <math.h>

#define WAIT_US (10 * G_GINT64_CONSTANT (1000000))
/* Current transformers measure a fifth more than they are rated for (IEC 61869-2, 5.6.202). */
#define OVERLOAD 1.2
/* The highest nominal voltage to the neutral that meters measure directly (IEC 60038, 400/690 V).
 */
#define VOLTAGE_MAX 400.0

OhmHoldNews
ohm_plausibility_power_update (OhmPlausibilityPower *self,
                               double power_w,
                               double max_w,
                               gint64 now_us,
                               OhmMessage **ret_message)
{
  OhmHoldNews news;

  if (isnan (power_w) || max_w <= 0)
    return OHM_HOLD_SAME;
  news = ohm_hold_update (&self->hold, fabs (power_w) > max_w, fabs (power_w) < 0.95 * max_w,
                          now_us, WAIT_US);
  if (news == OHM_HOLD_RAISED)
    {
      g_autofree char *power = ohm_plausibility_dup_amount (power_w, "W");
      g_autofree char *limit = ohm_plausibility_dup_amount (max_w, "W");

      *ret_message = ohm_message_new ("power-impossible", "power", power, "limit", limit, NULL);
    }
  return news;
}

double
ohm_plausibility_power_find_max (OhmSettings *settings, OhmFacts *facts, const double *voltages)
{
  double highest_v = fmax (fmax (voltages[0], voltages[1]), voltages[2]);
  double value = 0;

  if (settings != NULL && ohm_settings_is_set (settings, "max-power"))
    return ohm_settings_get_real (settings, "max-power");
  if (ohm_facts_get_number (facts, "max-power", &value) && value > 0)
    return value;
  if ((!ohm_facts_get_number (facts, "max-current", &value) &&
       !ohm_facts_get_number (facts, "ct-primary", &value)) ||
      value <= 0)
    return 0;
  return OVERLOAD * OHM_N_PHASES * value * (isnan (highest_v) ? VOLTAGE_MAX : fmax (highest_v, 1));
}
