/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityCounter:
 *
 * The import counter of a group against the power that the meter shows: a counter that stands while
 * power flows, one that runs while none does, and one that jumps further than the largest possible
 * power allows. The power between two readings is taken for what it was at the first: good enough
 * for a factor, which is all that is judged.
 */
typedef struct
{
  const char *code; /* (nullable): static; what is raised */
  gboolean has_power;
  double power_w;
  double
    phases_w; /* sum of the phases that consume: what a meter counts that adds phase by phase */
  gint64 power_us;
  gboolean has_counter;
  double counter_wh;
  gint64 counter_us; /* when it was read */
  double begin_wh;   /* counter when the window began, and when that was */
  gint64 begin_us;
  double most_wh;  /* energy that the power can have made since then */
  double still_wh; /* and what it made since the counter moved last */
  double step_wh;  /* largest plausible step of the counter so far: its resolution is no coarser */
} OhmPlausibilityCounter;

/* Powers in W, positive for consumption; phases may be NaN. A NaN as total ends the window. */
void ohm_plausibility_counter_note_power (OhmPlausibilityCounter *self,
                                          double total_w,
                                          const double *phases_w,
                                          gint64 now_us);

/**
 * ohm_plausibility_counter_update:
 * @counter_wh: the import counter
 * @max_w: largest possible power; 0 if that is not known
 */
OhmHoldNews ohm_plausibility_counter_update (OhmPlausibilityCounter *self,
                                             double counter_wh,
                                             double max_w,
                                             const OhmPlausibilityLimits *limits,
                                             gint64 now_us,
                                             OhmMessage **ret_message);

G_END_DECLS
