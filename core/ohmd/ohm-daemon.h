/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-clocks.h"
#include "ohm-follow.h"
#include "ohm-job.h"
#include "ohm-recorder.h"
#include "ohm-site.h"
#include "ohm-trend.h"
#include "ohm-uplinks.h"

G_BEGIN_DECLS

#define OHM_TYPE_DAEMON (ohm_daemon_get_type ())

/* Wires the parts together: store, places, recorder, trend, site and uplinks. Knows no D-Bus. */
G_DECLARE_FINAL_TYPE (OhmDaemon, ohm_daemon, OHM, DAEMON, GObject)

/* @options: its listener is ours */
OhmDaemon *ohm_daemon_new (const OhmSiteOptions *options, OhmWatcher *watcher, OhmBus *bus);

/* Opens the store, then starts the site from what it remembers. */
void ohm_daemon_start (OhmDaemon *self);

/**
 * ohm_daemon_stop_async:
 *
 * Stops polling, gives the open slot and the trend to the store, commits and closes it.
 */
void ohm_daemon_stop_async (OhmDaemon *self, GAsyncReadyCallback callback, gpointer user_data);
void ohm_daemon_stop_finish (OhmDaemon *self, GAsyncResult *result);

OhmSite *ohm_daemon_get_site (OhmDaemon *self);
OhmStore *ohm_daemon_get_store (OhmDaemon *self);
OhmPlaces *ohm_daemon_get_places (OhmDaemon *self);
OhmRecorder *ohm_daemon_get_recorder (OhmDaemon *self);
OhmFollow *ohm_daemon_get_follow (OhmDaemon *self);
OhmClocks *ohm_daemon_get_clocks (OhmDaemon *self);
OhmJobs *ohm_daemon_get_jobs (OhmDaemon *self);
OhmUplinks *ohm_daemon_get_uplinks (OhmDaemon *self);

/* Whether polling has started; OhmDaemon::started says when. */
gboolean ohm_daemon_is_started (OhmDaemon *self);

G_END_DECLS
