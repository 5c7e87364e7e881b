/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * Counters that somebody read off a meter when it was exchanged, held against what can be. Pure,
 * any thread.
 */

/*
 * OhmExchangeLimits:
 * @recorded: (nullable): newest record of the run that ends
 * @max_w: largest power that its meter can measure; 0 if that is not known
 * @now_us: UTC
 */
typedef struct
{
  const OhmRecord *recorded;
  double max_w;
  gint64 now_us;
} OhmExchangeLimits;

/*
 * Last counters of the old meter: %OHM_ERROR_CONFIG for one that is negative, less than was
 * recorded, or more than the meter can have counted since.
 *
 * Displays show whole kWh, and cut off the rest: one that is less by no more than that is set to
 * what was recorded.
 */
gboolean
ohm_exchange_check_last (OhmRecord *typed, const OhmExchangeLimits *limits, GError **error);

/* First counters of the new meter: %OHM_ERROR_CONFIG for a negative one. */
gboolean ohm_exchange_check_first (OhmRecord *typed, GError **error);

G_END_DECLS
