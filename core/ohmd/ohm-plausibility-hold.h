/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What a look at a value brought. */
typedef enum
{
  OHM_HOLD_SAME,
  OHM_HOLD_RAISED,
  OHM_HOLD_CLEARED,
} OhmHoldNews;

/**
 * OhmHold:
 * @is_on: whether the finding is raised
 * @is_waiting: whether the other is the case, but not for long enough yet
 * @since_us: since when, monotonic
 *
 * Keeps a finding from flapping: it has to last before it is raised, and to be gone, beyond a
 * second limit, before it is cleared.
 */
typedef struct
{
  gboolean is_on;
  gboolean is_waiting;
  gint64 since_us;
} OhmHold;

/**
 * ohm_hold_update:
 * @is_bad: beyond the limit
 * @is_good: clearly within it; between the two nothing changes
 * @now_us: monotonic
 * @wait_us: how long either has to last
 */
OhmHoldNews
ohm_hold_update (OhmHold *self, gboolean is_bad, gboolean is_good, gint64 now_us, gint64 wait_us);

G_END_DECLS
