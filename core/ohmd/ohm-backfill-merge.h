/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-place.h"
#include "ohm-store.h"

G_BEGIN_DECLS

/*
 * OhmBackfillTally:
 * @n_read: records that came out of the memory
 * @n_filled: of these for slots that nobody had recorded
 * @n_replaced: of these in the place of sampled ones
 * @n_kept: of these for slots that have an equal or better record already
 * @n_foreign: of these for slots that another meter measured, before an exchange
 * @n_differing: of the replaced ones, those whose counters differ from the sampled ones by more
 * than the time of the sampling explains
 */
typedef struct
{
  guint n_read;
  guint n_filled;
  guint n_replaced;
  guint n_kept;
  guint n_foreign;
  guint n_differing;
} OhmBackfillTally;

/*
 * OhmBackfillDifference:
 * @slot_us: end of the slot
 * @point: (nullable): name of the first counter that differs; %NULL if none does
 * @sampled: what was sampled
 * @told: what the memory says
 */
typedef struct
{
  gint64 slot_us;
  const char *point;
  double sampled;
  double told;
} OhmBackfillDifference;

/*
 * Whether the slot of @told is not the meter's: what is in its memory from before it came here
 * measured something else. Pure.
 *
 * @stored: what the store holds around it
 * @runs: (element-type OhmRun): of the place, oldest first
 * @serial: (nullable): that the meter has told; without one only the open run can be its own
 */
gboolean ohm_backfill_is_foreign (const OhmStorePage *stored,
                                  const GPtrArray *runs,
                                  const char *serial,
                                  const OhmRecord *told);

/*
 * What is to be stored of @told, a record out of a memory: its counters in the points of the place,
 * counters that the memory does not keep as they were sampled. Pure.
 *
 * @stored: what the store holds around it
 *
 * Returns: (transfer full) (nullable): %NULL if the slot needs nothing
 */
OhmRecord *ohm_backfill_merge (const OhmPlace *place,
                               const OhmStorePage *stored,
                               const OhmRecord *told,
                               OhmBackfillTally *tally,
                               OhmBackfillDifference *ret_difference);

G_END_DECLS
