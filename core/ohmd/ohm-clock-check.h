/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock-estimate.h"
#include "ohm-link.h"

G_BEGIN_DECLS

/* Reads that one check may make. */
#define OHM_CLOCK_CHECK_READS_MAX 6

/**
 * OhmClockDevice:
 * @watcher: time
 * @link: its link
 * @unit: its unit on it
 * @profile: its type
 * @clock: its clock, of @profile
 * @function: 3 or 4, for what names none
 *
 * Where a meter's clock is found. Borrowed: a check takes what it needs.
 */
typedef struct
{
  OhmWatcher *watcher;
  OhmLink *link;
  guint8 unit;
  OhmProfile *profile;
  const OhmDeviceClock *clock;
  guint8 function;
} OhmClockDevice;

/* Reads a clock until it is known how far it is ahead of ours. */
typedef struct _OhmClockCheck OhmClockCheck;

/**
 * OhmClockCheckFunc:
 * @estimate: (nullable): how far what the clock shows is ahead of our UTC
 * @error: (nullable): the link's; %OHM_ERROR_DEVICE with a message if it was refused, if what is
 *   there is no time, or if the reads contradict each other
 *
 * Called once, never from inside ohm_clock_check_start(); the check is over then.
 */
typedef void (*OhmClockCheckFunc) (const OhmClockEstimate *estimate,
                                   const GError *error,
                                   gpointer user_data);

OhmClockCheck *ohm_clock_check_start (const OhmClockDevice *device,
                                      OhmPriority priority,
                                      OhmClockCheckFunc func,
                                      gpointer user_data);

/* Ends it without a call of its function, or frees it after. */
void ohm_clock_check_free (OhmClockCheck *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmClockCheck, ohm_clock_check_free)

/* What the last read took from request to answer. */
gint64 ohm_clock_check_get_round_trip_us (const OhmClockCheck *self);

G_END_DECLS
