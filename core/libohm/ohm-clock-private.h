/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clock.h"

G_BEGIN_DECLS

/**
 * OhmClockKind:
 * @OHM_CLOCK_REAL: the machine's time
 * @OHM_CLOCK_MANUAL: stands still until ohm_clock_move()
 * @OHM_CLOCK_REMOTE: driven over a socket
 */
typedef enum
{
  OHM_CLOCK_REAL,
  OHM_CLOCK_MANUAL,
  OHM_CLOCK_REMOTE,
} OhmClockKind;

typedef struct _OhmClockRemote OhmClockRemote;

OhmClock *ohm_clock_new_of_kind (OhmClockKind kind);

/* Takes over what the driver says; emits "moved" unless it is the first time. */
void ohm_clock_set (OhmClock *self, gint64 wall_us, gint64 mono_us, gboolean is_synchronized);

/* One of several watchers of a clock says what it waits for; -1 for nothing. */
void ohm_clock_set_next_of (OhmClock *self, gconstpointer watcher, gint64 mono_us);

void ohm_clock_attach_remote (OhmClock *self, OhmClockRemote *remote);
void ohm_clock_remote_free (OhmClockRemote *remote);
/* Any thread. */
void ohm_clock_remote_hold (OhmClockRemote *remote);
void ohm_clock_remote_release (OhmClockRemote *remote);

G_END_DECLS
