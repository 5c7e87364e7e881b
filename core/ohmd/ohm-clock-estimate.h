/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmClockEstimate:
 * @low_us: the clock is ahead of ours by at least this
 * @high_us: and by at most this
 * @n: reads that agree on it; 0 for none yet
 *
 * How far a clock that shows whole steps is ahead of ours. One read tells it to a step and a round
 * trip: what was shown was true at some moment between sending and receiving, and cut off to the
 * step. Reads at chosen moments, each when the clock would turn over if it were right in the middle
 * of what is still possible, halve that.
 */
typedef struct
{
  gint64 low_us;
  gint64 high_us;
  guint n;
} OhmClockEstimate;

/**
 * ohm_clock_estimate_add:
 * @shown_us: what the clock showed
 * @resolution_us: its step
 * @sent_us: our time when the request was sent
 * @received_us: our time when the answer was there
 *
 * Devices renew such a register now and then only: reads that miss each other by up to half a step
 * leave what lies between them. One that contradicts the earlier ones altogether (one of both
 * clocks was set meanwhile) begins anew.
 */
void ohm_clock_estimate_add (OhmClockEstimate *self,
                             gint64 shown_us,
                             gint64 resolution_us,
                             gint64 sent_us,
                             gint64 received_us);

gint64 ohm_clock_estimate_get_offset_us (const OhmClockEstimate *self);
/* Half of what is still possible: the offset is right to that. */
gint64 ohm_clock_estimate_get_uncertainty_us (const OhmClockEstimate *self);

/* How long to wait from @now_us (our time) for the read that tells most. */
gint64
ohm_clock_estimate_get_wait_us (const OhmClockEstimate *self, gint64 resolution_us, gint64 now_us);

G_END_DECLS
