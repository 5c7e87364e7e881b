/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-watch-model.h"

G_BEGIN_DECLS

/**
 * OhmctlWatchEvents:
 * @readings: meters have new values; @id names one of them, called for each
 * @state: the meter entered another state
 * @batch: all of one signal was told
 * @gone: the daemon left the bus
 * @back: there is a daemon again, and it is watched again
 *
 * What a feed tells; each may be %NULL.
 */
typedef struct
{
  void (*reading) (const char *id, gpointer data);
  void (*state) (const char *id, gpointer data);
  void (*batch) (gpointer data);
  void (*gone) (gpointer data);
  void (*back) (gpointer data);
} OhmctlWatchEvents;

/**
 * OhmctlWatchFeed:
 *
 * Keeps a model up to date by `Manager.Watch` and the signals of properties, over restarts of the
 * daemon.
 */
typedef struct _OhmctlWatchFeed OhmctlWatchFeed;

OhmctlWatchFeed *ohmctl_watch_feed_new (OhmctlContext *context,
                                        OhmctlWatchModel *model,
                                        const char *const *ids,
                                        guint min_ms,
                                        const OhmctlWatchEvents *events,
                                        gpointer data);
void ohmctl_watch_feed_free (OhmctlWatchFeed *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlWatchFeed, ohmctl_watch_feed_free)

/* Subscribes and lists the meters. */
gboolean ohmctl_watch_feed_start (OhmctlWatchFeed *self, GError **error);

G_END_DECLS
