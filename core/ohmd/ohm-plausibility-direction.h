/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityDirection:
 *
 * A current transformer the wrong way round: its phase supplies whenever the others consume. So may
 * a phase that a generator feeds, but not for a whole day and night: the time counts during which
 * the phase supplied and both others consumed, and begins anew as soon as the phase consumes.
 */
typedef struct
{
  gboolean is_on;
  guint phase;
  gint64 last_us;
  gint64 supplied_us[OHM_N_PHASES];
} OhmPlausibilityDirection;

/* @powers: (array fixed-size=3): active powers in W, positive for consumption; with a NaN among
 * them nothing is said */
OhmHoldNews ohm_plausibility_direction_update (OhmPlausibilityDirection *self,
                                               const double *powers,
                                               const OhmPlausibilityLimits *limits,
                                               gint64 now_us,
                                               OhmMessage **ret_message);

G_END_DECLS
