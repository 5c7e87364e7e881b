/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmPlausibilityLimits:
 * @dead_share: a phase below this share of the others' voltage is dead
 * @unbalance_share: how far a phase's voltage may be from the mean of all
 * @reversed_us: how long a phase may supply while the others consume
 * @stuck_wh: energy that may be missing in a counter, or be too much
 * @parts_share: how much more than their parent the parts may measure; 0 for no check
 *
 * What is plausible at this site; keys of `ohmd.conf`.
 */
typedef struct
{
  double dead_share;
  double unbalance_share;
  gint64 reversed_us;
  double stuck_wh;
  double parts_share;
} OhmPlausibilityLimits;

/* Phases of a group of points; what a meter does not have, or did not tell, is NaN. */
#define OHM_N_PHASES 3

/* Two steps of a float of 32 bits, of its value: a counter is no more exact than that. */
#define OHM_PLAUSIBILITY_FLOAT_STEP (1.0 / 4194304.0)

/* (transfer full): `230 V`, `12.3 kW`, `4.56 kWh` */
char *ohm_plausibility_dup_amount (double value, const char *unit);
/* (transfer full): `12 %` */
char *ohm_plausibility_dup_share (double share);
/* How many Wh, varh or VAh are in @unit; 0 if it is not energy's. */
double ohm_plausibility_get_energy_scale (const char *unit);

G_END_DECLS
