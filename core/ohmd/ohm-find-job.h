/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-follow.h"
#include "ohm-job.h"

G_BEGIN_DECLS

/**
 * OhmFindSetup:
 * @jobs: where the job is kept
 * @site: meters and links
 * @follow: told where the meter is
 * @host: the meter that is looked for
 * @link: (nullable): where; its own link
 * @first: first unit that is asked
 * @last: last one
 */
typedef struct
{
  OhmJobs *jobs;
  OhmSite *site;
  OhmFollow *follow;
  OhmMeterHost *host;
  OhmLink *link;
  guint8 first;
  guint8 last;
} OhmFindSetup;

/**
 * ohm_find_job_start:
 * @setup: what is looked for, and where
 * @error: %OHM_ERROR_NOT_SUPPORTED for a meter without address or without a serial that it is
 *   recognized by, %OHM_ERROR_EXISTS while it answers where it is read, %OHM_ERROR_CONFIG for an
 *   empty range
 *
 * Asks the units of a link one after the other, as the meter's type, for its serial; those of other
 * meters are left out, since surveys look at them anyhow. It takes a quarter of the link's time at
 * most. Once found the meter is read there, as if a survey had met it (#OhmFollow). Result
 * (`a{sv}`): `address` s, `tried` u, `answered` ay (units at which something else is), and once
 * found `unit` y.
 *
 * Returns: (transfer none) (nullable): the job
 */
OhmJob *ohm_find_job_start (const OhmFindSetup *setup, GError **error);

G_END_DECLS
