/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-job.h"
#include "ohm-site.h"

G_BEGIN_DECLS

/**
 * OhmProbe:
 * @target: a meter's or link's id, or `HOST`, `HOST:PORT`, `HOST:PORT/UNIT`
 * @unit: unit id; -1 for the target's, else 1
 * @framing: (nullable): `tcp` or `rtu`, of a host that no link leads to; %NULL for `tcp`
 * @function: 3 or 4; 0 for the one that the device takes
 * @address: first register, as on the wire
 * @count: registers, 1..125
 *
 * What is to be read of an unknown device.
 */
typedef struct
{
  const char *target;
  const char *framing;
  int unit;
  guint8 function;
  guint16 address;
  guint16 count;
} OhmProbe;

/* %OHM_ERROR_CONFIG if nothing like @probe can be read of any device. */
gboolean ohm_probe_check (const OhmProbe *probe, GError **error);

/**
 * ohm_probe_job_start:
 * @jobs: where the job is kept
 * @site: meters and links; a target that no meter uses gets a link of its own
 * @probe: what passed ohm_probe_check()
 *
 * Reads registers once, with an operator's priority. Registers whose reading has side effects by
 * the profile of a meter at the same unit are refused. Result (`a{sv}`): `address` s, `unit` y,
 * `function` y, `first` q, `registers` aq, `latency-us` x.
 *
 * Returns: (transfer none): the job
 */
OhmJob *ohm_probe_job_start (OhmJobs *jobs, OhmSite *site, const OhmProbe *probe);

G_END_DECLS
