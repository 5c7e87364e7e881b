/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock-history.h"

G_BEGIN_DECLS

/**
 * ohm_clock_judge:
 * @check: a comparison of a meter's clock with ours
 * @limit_us: how far off it may be
 * @was_off: what the last judgement was
 *
 * Off once it is further away than the limit beyond doubt; right again below four fifths of it. A
 * comparison with an unsure clock of our own changes nothing.
 *
 * Returns: whether the clock is off
 */
gboolean ohm_clock_judge (const OhmClockCheckpoint *check, gint64 limit_us, gboolean was_off);

/* (transfer full): `clock-ahead` or `clock-behind` of @meter */
OhmMessage *ohm_clock_judge_message (const OhmClockCheckpoint *check, const char *meter);

/* (transfer full): `+45 s`, `-12 min`, `+3 h`, `-20 d`: without its sign if @has_sign is %FALSE */
char *ohm_clock_judge_dup_span (gint64 offset_us, gboolean has_sign);

G_END_DECLS
