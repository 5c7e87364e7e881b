/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-job.h"
#include "ohm-site.h"

G_BEGIN_DECLS

/**
 * ohm_test_job_start:
 * @jobs: where the job is kept
 * @site: links, profiles and plugins
 * @target: a meter's id, or `HOST`, `HOST:PORT`, `HOST:PORT/UNIT`
 * @unit: unit id to try; -1 for what profiles suggest, then 1
 *
 * Connects, identifies, and says what answered and how long it took, or the likely cause. Result
 * (`a{sv}`): `address` s, `connect-us` x, `unit` y, `latency-us` x, `candidates`
 * `a(ssuas)` (type id, name, score 0..100, evidence), `facts` `a{ss}`, `values` `a(sdsy)` (point,
 * value, unit, quality).
 *
 * Returns: (transfer none): the job
 */
OhmJob *ohm_test_job_start (OhmJobs *jobs, OhmSite *site, const char *target, int unit);

G_END_DECLS
