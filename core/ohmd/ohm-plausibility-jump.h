/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityJump:
 * @has_value: whether it was read before
 * @value: as it was read last
 * @value_us: when that was, monotonic
 * @step: smallest step so far, as a measure of how coarse it is; 0 before it moved
 * @is_on: whether a jump is raised
 * @jumped_us: when it jumped last; 0 for never
 * @from: what it showed before that
 * @to: and what then
 *
 * A counter of any energy against the largest possible power: one that moves further than that.
 */
typedef struct
{
  gboolean has_value;
  double value;
  gint64 value_us;
  double step;
  gboolean is_on;
  gint64 jumped_us;
  double from;
  double to;
} OhmPlausibilityJump;

/**
 * ohm_plausibility_jump_update:
 * @point: the counter, for people
 * @value: in Wh, varh or VAh
 * @max_w: largest possible power, in W, var or VA; 0 if that is not known
 *
 * One that falls begins anew, unless it is a balance.
 */
OhmHoldNews ohm_plausibility_jump_update (OhmPlausibilityJump *self,
                                          const OhmPoint *point,
                                          double value,
                                          double max_w,
                                          gint64 now_us,
                                          OhmMessage **ret_message);

/* Whether the last jump lies between two values: the later one is what it jumped to. */
gboolean
ohm_plausibility_jump_is_between (const OhmPlausibilityJump *self, double before, double after);

G_END_DECLS
