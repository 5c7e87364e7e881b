/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-alarms.h"
#include "ohm-job.h"
#include "ohm-meter-host.h"
#include "ohm-places.h"
#include "ohm-store.h"

G_BEGIN_DECLS

/**
 * OhmBackfillSetup:
 * @jobs: where the job comes to
 * @store: where the records go
 * @places: who measures what
 * @alarms: raised on `meters/ID/memory` if it says something else than what was sampled
 * @clock: for ends that nobody gave
 * @host: the meter; its `[history]` names the plugin that reads its memory
 * @from_us: slots that end after this; 0 for all that the memory holds
 * @to_us: and not after this; 0 for now
 * @is_accepting: store the memory's counters even where they agree with nothing that was sampled
 * @is_fresh: begin anew, even if an earlier job for the same time was left half done
 */
typedef struct
{
  OhmJobs *jobs;
  OhmStore *store;
  OhmPlaces *places;
  OhmAlarms *alarms;
  OhmClock *clock;
  OhmMeterHost *host;
  gint64 from_us;
  gint64 to_us;
  gboolean is_accepting;
  gboolean is_fresh;
} OhmBackfillSetup;

/**
 * ohm_backfill_start:
 * @setup: what and whereto
 * @error: %OHM_ERROR_NOT_SUPPORTED (no `[history]`), %OHM_ERROR_BUSY (the meter is not at work, or
 *   being read already), %OHM_ERROR_CONFIG (no time between from and to)
 *
 * Reads the meter's memory, page by page. What comes out replaces sampled slots and fills gaps
 * under a new `seq`; where it differs from what was sampled by more than the time of sampling
 * explains, an event says so; a page that agrees with none of
 * three samples or more ends the job unstored, unless that is accepted. After each page the place
 * in the memory is stored: a job that was cancelled, or ended with the daemon, goes on from there
 * when the same time is asked for again.
 *
 * Slots that another meter measured, before an
 * exchange, are left alone.
 *
 * Result: `read filled replaced kept foreign differing` (u), `resumed` (b).
 *
 * Returns: (transfer none) (nullable): the job, of kind `backfill`
 */
OhmJob *ohm_backfill_start (const OhmBackfillSetup *setup, GError **error);

G_END_DECLS
