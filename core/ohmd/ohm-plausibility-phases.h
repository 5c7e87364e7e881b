/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityPhases:
 *
 * The three voltages of a group against each other: a dead phase, else an unbalance. One finding at
 * a time: a dead phase unbalances by itself. A phase that never had a voltage is dead only if both
 * others have one: three-phase meters are used for one phase, too.
 */
typedef struct
{
  OhmHold dead;
  OhmHold unbalanced;
  guint phase; /* what the finding is about */
  gboolean was_alive[OHM_N_PHASES];
} OhmPlausibilityPhases;

/**
 * ohm_plausibility_phases_update:
 * @voltages: (array fixed-size=3): to the neutral, in V; with a NaN among them nothing is said
 * @ret_message: (out) (optional): what was raised
 */
OhmHoldNews ohm_plausibility_phases_update (OhmPlausibilityPhases *self,
                                            const double *voltages,
                                            const OhmPlausibilityLimits *limits,
                                            gint64 now_us,
                                            OhmMessage **ret_message);

G_END_DECLS
