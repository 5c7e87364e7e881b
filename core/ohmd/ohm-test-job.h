/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-job.h"
#include "ohm-site.h"

G_BEGIN_DECLS

/**
 * OhmTestRequest:
 * @target: a meter's id, or `HOST`, `HOST:PORT`, `HOST:PORT/UNIT`, or a serial port's `/dev/...`
 * @unit: unit id to try; -1 for the target's, else what profiles suggest, 1 first
 * @type: (nullable): what it is to be read as; %NULL for the meter's type, or what fits best
 */
typedef struct
{
  const char *target;
  int unit;
  const char *type;
} OhmTestRequest;

/**
 * ohm_test_job_start:
 * @jobs: where the job is kept
 * @site: links, profiles and plugins
 * @request: what to test
 *
 * Connects, identifies, reads once, and says what answered and how long it took, or the likely
 * cause. Its result is documented with the property Result of the D-Bus interface Job.
 *
 * Returns: (transfer none): the job
 */
OhmJob *ohm_test_job_start (OhmJobs *jobs, OhmSite *site, const OhmTestRequest *request);

G_END_DECLS
