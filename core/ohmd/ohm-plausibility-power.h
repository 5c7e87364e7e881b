/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/* The power of a group against the largest that its meter can measure. */
typedef struct
{
  OhmHold hold;
} OhmPlausibilityPower;

/* @power_w: NaN says nothing. @max_w: 0 if that is not known */
OhmHoldNews ohm_plausibility_power_update (OhmPlausibilityPower *self,
                                           double power_w,
                                           double max_w,
                                           gint64 now_us,
                                           OhmMessage **ret_message);

/**
 * ohm_plausibility_power_find_max:
 * @settings: (nullable): of the meter's file: `max-power`
 * @facts: (nullable): what the device says: `max-power` in W, or `max-current` or `ct-primary` in A
 * @voltages: (array fixed-size=3): to the neutral, as far as they are known
 *
 * Returns: the largest power that the meter can measure, in W, with a fifth on top of what a
 * current rating makes; 0 if nothing tells
 */
double
ohm_plausibility_power_find_max (OhmSettings *settings, OhmFacts *facts, const double *voltages);

G_END_DECLS
