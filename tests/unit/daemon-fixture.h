/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-daemon.h"
#include "ohm-slot.h"
#include "site-fixture.h"

G_BEGIN_DECLS

/* A daemon with its store, in simulated time, whose meters are units of the station. */
typedef struct
{
  OhmSiteFixture *f; /* its site is the daemon's */
  OhmDaemon *daemon;
  void (*on_interval) (gpointer user_data, const OhmRecord *record); /* as committed */
  gpointer user_data;
} OhmDaemonFixture;

/* Not started yet; one minute after a quarter hour. */
OhmDaemonFixture *fixture_daemon_new (void);

void fixture_daemon_start (OhmDaemonFixture *self);

/* All that was recorded has been told when it returns. */
void fixture_daemon_stop (OhmDaemonFixture *self);

/* Stops it and starts another one on the same files. */
void fixture_daemon_restart (OhmDaemonFixture *self);

/* Of one that is stopped. */
void fixture_daemon_free (OhmDaemonFixture *self);

/* To @after_us after the next quarter hour. */
void fixture_daemon_go_to_slot (OhmDaemonFixture *self, gint64 after_us);

G_END_DECLS
