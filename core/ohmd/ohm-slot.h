/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * Slots are UTC quarter hours named by their end (design 1). All times are UTC in microseconds
 * since 1970; pure functions, any thread.
 */

/* How long after a boundary a read still becomes the slot's record (`slot-window`). */
#define OHM_SLOT_WINDOW_US (60 * G_USEC_PER_SEC)

/* A live read whose middle is this near after a boundary serves as the slot's read. */
#define OHM_SLOT_LIVE_US (1 * G_USEC_PER_SEC)

/* No clock that is right shows an earlier time: 2026-01-01T00:00:00Z, before the first release. */
#define OHM_SLOT_EARLIEST_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

/* The first slot end later than @wall_us. */
gint64 ohm_slot_after (gint64 wall_us);

/* The last slot end not later than @wall_us. */
gint64 ohm_slot_at_or_before (gint64 wall_us);

gboolean ohm_slot_is_boundary (gint64 wall_us);

/* Whether @wall_us lies in [@slot_us, @slot_us + @window_us). */
gboolean ohm_slot_is_within (gint64 slot_us, gint64 wall_us, gint64 window_us);

/* Slots that end in (@from_us, @to_us], both slot ends; 0 if @to_us is not later. */
gint64 ohm_slot_count (gint64 from_us, gint64 to_us);

/* The next slot end by @clock's wall time: a link starts nothing that would run across it. */
gint64 ohm_slot_next_us (OhmClock *clock);

/* The monotonic time at which @clock will show @wall_us, if it is not set meanwhile. */
gint64 ohm_slot_to_mono_us (OhmClock *clock, gint64 wall_us);

G_END_DECLS
