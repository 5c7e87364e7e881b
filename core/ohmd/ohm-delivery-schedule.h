/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * When a delivery sends: pure arithmetic. A fleet of gateways must not come all at once, neither
 * after a slot nor after an outage, so the time after a slot is a share that depends on the
 * gateway's identity, and every wait has chance in it.
 */

/* From a slot's end to this gateway's sending time: @delay_us and a share of @spread_us. */
gint64 ohm_delivery_offset_us (const char *gateway, gint64 delay_us, gint64 spread_us);

/* The newest slot end whose sending time has come. */
gint64 ohm_delivery_due_slot_us (gint64 wall_us, gint64 offset_us);

/* When the sending time of the slot after that comes. */
gint64 ohm_delivery_next_slot_us (gint64 wall_us, gint64 offset_us);

/* The newest day (days from 1970, UTC) whose slots are to have been sent again by now: at a time
 * of the day after that depends on @gateway. */
gint64 ohm_delivery_due_day (const char *gateway, gint64 wall_us);

/* When that of the day after comes. */
gint64 ohm_delivery_next_day_us (const char *gateway, gint64 wall_us);

/* Begin of a day. */
gint64 ohm_delivery_day_to_us (gint64 day);

/*
 * Wait after the @n-th failure in a row (1, 2, ...) of an outage that lasts for @outage_us: any
 * time up to min (900 s, 5 s * 2^(@n - 1)), but 1 s at least. When it lasts for more than 10
 * minutes the time is up to ohm_delivery_spread_max_us(), if that is more.
 */
gint64 ohm_delivery_back_off_us (GRand *random, guint n, gint64 outage_us);

/* What the first attempt after an outage is spread over: min (outage / 2, 3600 s); 0 if it lasted
 * for 10 minutes at most. */
gint64 ohm_delivery_spread_max_us (gint64 outage_us);

/* Any time from 0 to @max_us. */
gint64 ohm_delivery_random_us (GRand *random, gint64 max_us);

/* What an engine asked for: 1 s to 6 h, and up to 20 % more. */
gint64 ohm_delivery_retry_after_us (GRand *random, gint64 retry_after_us);

/* Attempts of a batch that the engine fails at in a way that may be the data's fault. */
#define OHM_DELIVERY_UNCLEAR_MAX 6

/* Wait after the @n-th of them (1 to 5): all together 2 h at least. */
gint64 ohm_delivery_unclear_us (GRand *random, guint n);

/* Where a person has to look: an hour, and up to 5 % more. */
gint64 ohm_delivery_hold_us (GRand *random);

/* When a record that was refused alone for the @n-th time is tried again, 0 for never: once on
 * each of the next two days. */
gint64 ohm_delivery_retry_refused_us (guint n, gint64 wall_us);

G_END_DECLS
