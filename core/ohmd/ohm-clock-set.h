/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock-check.h"

G_BEGIN_DECLS

/* What is written is never further than this from our own time. */
#define OHM_CLOCK_SET_REACH_US (2 * G_GINT64_CONSTANT (1000000))

/* Writes our time into a clock, once, at the turn of a second. */
typedef struct _OhmClockSet OhmClockSet;

/**
 * OhmClockSetFunc:
 * @error: (nullable): the link's; %OHM_ERROR_DEVICE, the device refused; %OHM_ERROR_BUSY, the
 *   link had no time for it: nothing was sent
 *
 * Called once, never from inside ohm_clock_set_start(); it is over then. After %OHM_ERROR_TIMEOUT
 * it is not known whether the clock was set.
 */
typedef void (*OhmClockSetFunc) (const GError *error, gpointer user_data);

/**
 * ohm_clock_set_start:
 * @write: of the type's allow-list; its range is narrowed to @OHM_CLOCK_SET_REACH_US around the
 *   second that is written, and the link's gate sees only that
 * @round_trip_us: what an exchange with the device takes
 */
OhmClockSet *ohm_clock_set_start (const OhmClockDevice *device,
                                  const OhmWrite *write,
                                  gint64 round_trip_us,
                                  OhmClockSetFunc func,
                                  gpointer user_data);

void ohm_clock_set_free (OhmClockSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmClockSet, ohm_clock_set_free)

G_END_DECLS
