/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-site.h"

G_BEGIN_DECLS

#define OHM_DBUS_WATCHES_MAX          64
#define OHM_DBUS_WATCHES_PER_PEER_MAX 8

#define OHM_TYPE_DBUS_WATCHES (ohm_dbus_watches_get_type ())

/* All watches of all callers on one connection. Hears readings only while there is one. */
G_DECLARE_FINAL_TYPE (OhmDbusWatches, ohm_dbus_watches, OHM, DBUS_WATCHES, GObject)

OhmDbusWatches *ohm_dbus_watches_new (OhmSite *site, GDBusConnection *connection);

/**
 * OhmDbusWatchesRequest:
 * @peer: unique name of who watches
 * @meters: (array zero-terminated=1): ids; none for all
 * @pause_us: shortest time between two signals
 * @has_point_times: whether each point's time is sent
 */
typedef struct
{
  const char *peer;
  const char *const *meters;
  gint64 pause_us;
  gboolean has_point_times;
} OhmDbusWatchesRequest;

/* Path of the new watch, or NULL: %OHM_ERROR_NOT_FOUND (a meter), %OHM_ERROR_BUSY (too many). */
const char *
ohm_dbus_watches_add (OhmDbusWatches *self, const OhmDbusWatchesRequest *request, GError **error);

/* Sends the last values of all meters that the watch at @path is for. */
void ohm_dbus_watches_send_all (OhmDbusWatches *self, const char *path);

/* %OHM_ERROR_NOT_FOUND if @peer has no watch at @path. */
gboolean
ohm_dbus_watches_remove (OhmDbusWatches *self, const char *peer, const char *path, GError **error);

/* @peer has left the bus. */
void ohm_dbus_watches_remove_peer (OhmDbusWatches *self, const char *peer);

guint ohm_dbus_watches_get_n (OhmDbusWatches *self);

G_END_DECLS
