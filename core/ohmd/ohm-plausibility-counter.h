/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityCounter:
 *
 * The import or export counter of a group against the power that the meter shows: a counter that
 * stands while power flows, and one that runs while none does. The power between two readings is
 * taken for what it was at the first: good enough for a factor, which is all that is judged.
 */
typedef struct
{
  const char *code; /* (nullable): static; what is raised */
  gboolean has_power;
  double power_w;
  double
    phases_w; /* sum of the phases that add to it: what a meter counts that adds phase by phase */
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

/* Powers in W, positive for what is counted; phases may be NaN. A NaN as total ends the window. */
void ohm_plausibility_counter_note_power (OhmPlausibilityCounter *self,
                                          double total_w,
                                          const double *phases_w,
                                          gint64 now_us);

/* What was is of no use any more: the counter jumped. */
void ohm_plausibility_counter_restart (OhmPlausibilityCounter *self);

/* @point: the counter, for people */
OhmHoldNews ohm_plausibility_counter_update (OhmPlausibilityCounter *self,
                                             const OhmPoint *point,
                                             double counter_wh,
                                             const OhmPlausibilityLimits *limits,
                                             gint64 now_us,
                                             OhmMessage **ret_message);

G_END_DECLS
