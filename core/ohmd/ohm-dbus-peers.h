/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

#define OHM_TYPE_DBUS_PEERS (ohm_dbus_peers_get_type ())

/* Who calls, and whether they may. On the system bus root and the daemon's own user may do all,
 * others what polkit says; without polkit, nothing. On any other bus the daemon's own user only.
 * Calls of one peer are let through in their order, but for those that polkit thinks about. */
G_DECLARE_FINAL_TYPE (OhmDbusPeers, ohm_dbus_peers, OHM, DBUS_PEERS, GObject)

/**
 * OhmDbusPeers::vanished:
 * @name: unique name of a peer that had called and has left the bus
 */

/**
 * OhmDbusPeersAllowed:
 * @invocation: (transfer full): the call, to be answered
 */
typedef void (*OhmDbusPeersAllowed) (GDBusMethodInvocation *invocation, gpointer user_data);

OhmDbusPeers *ohm_dbus_peers_new (GDBusConnection *connection, gboolean is_system);

/* Calls @allowed, from inside or later, or answers @invocation (transfer full) with
 * AccessDenied. */
void ohm_dbus_peers_check (OhmDbusPeers *self,
                           GDBusMethodInvocation *invocation,
                           OhmDbusTier tier,
                           OhmDbusPeersAllowed allowed,
                           gpointer user_data);

/* User id of a peer that was let through; G_MAXUINT32 if it is gone. */
guint32 ohm_dbus_peers_get_uid (OhmDbusPeers *self, const char *name);

G_END_DECLS
