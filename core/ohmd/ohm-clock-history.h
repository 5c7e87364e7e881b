/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock-zone.h"

G_BEGIN_DECLS

/* Checks of a meter that are kept: a month of daily ones. */
#define OHM_CLOCK_HISTORY_MAX 32

/**
 * OhmClockCheckpoint:
 * @time_us: our time
 * @offset_us: how far the meter's clock was ahead
 * @uncertainty_us: the offset is right to that
 * @fit: what the clock showed
 * @was_set: we set it just before
 * @is_unsure: our own clock was not synchronised
 *
 * One comparison of a meter's clock with ours.
 */
typedef struct
{
  gint64 time_us;
  gint64 offset_us;
  gint64 uncertainty_us;
  OhmClockFit fit;
  gboolean was_set;
  gboolean is_unsure;
} OhmClockCheckpoint;

/* (element-type OhmClockCheckpoint): oldest first */
GArray *ohm_clock_history_new (void);
void ohm_clock_history_add (GArray *self, const OhmClockCheckpoint *check);

/**
 * ohm_clock_history_get_drift:
 * @ret_drift: (out): seconds that the clock gains in a day
 *
 * From the oldest check to the newest since the clock was last set, by us or by somebody else: a
 * step that no drift explains. Checks with an unsure clock of ours do not count.
 *
 * Returns: %FALSE if they are less than six hours apart
 */
gboolean ohm_clock_history_get_drift (const GArray *self, double *ret_drift);

/* (transfer full): as stored */
GBytes *ohm_clock_history_save (const GArray *self);
/* Puts what was stored before the checks that are there; nothing if @bytes are not sound. */
void ohm_clock_history_load (GArray *self, GBytes *bytes);

G_END_DECLS
