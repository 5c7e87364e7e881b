/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"
#include "ohm-dbus-peers.h"

G_BEGIN_DECLS

#define OHM_TYPE_DBUS_TREE (ohm_dbus_tree_get_type ())

/**
 * OhmDbusTree:
 *
 * All objects on one connection: dispatches calls to the adapters, answers Properties and
 * ObjectManager, and tells what came, changed and went.
 *
 * There is no GObject per exported object. A skeleton of gdbus-codegen in a
 * GDBusObjectManagerServer costs 9 kB of resident memory for one meter with its place and link,
 * before its facts are filled in: a fifth of what the whole daemon may take for 1,000 meters
 * (design 5). Here each collection is one subtree registration, the core's objects are asked when
 * somebody asks, and an object costs its row in a table: a 32-bit hash of each property, by which a
 * change is told from a rumour of one; 330 bytes for meter, place and link together (both measured
 * with GLib 2.74, 1,000 of each). The interface tables are generated, static and shared.
 */
G_DECLARE_FINAL_TYPE (OhmDbusTree, ohm_dbus_tree, OHM, DBUS_TREE, GObject)

/**
 * ohm_dbus_tree_new:
 * @dbus: (nullable): handed to the adapters
 * @adapters: (array zero-terminated=1): static; at most one per collection
 */
OhmDbusTree *ohm_dbus_tree_new (OhmDbus *dbus, const OhmDbusAdapter *const *adapters);

/* Exports everything on @connection, without announcing what is there already. Once per tree. */
gboolean ohm_dbus_tree_export (OhmDbusTree *self,
                               GDBusConnection *connection,
                               OhmDbusPeers *peers,
                               GError **error);

/* Withdraws everything; also done by dispose. */
void ohm_dbus_tree_unexport (OhmDbusTree *self);

/**
 * ohm_dbus_tree_touch:
 * @self: a tree
 * @adapter: an interface
 * @id: (nullable): one of its objects; %NULL for the root object
 *
 * Something may have changed. Looked at from the main loop, once for many touches: announces what
 * came, went or really changed.
 */
void ohm_dbus_tree_touch (OhmDbusTree *self, const OhmDbusAdapter *adapter, const char *id);

/* As ohm_dbus_tree_touch() for all objects, those that went included. */
void ohm_dbus_tree_touch_all (OhmDbusTree *self, const OhmDbusAdapter *adapter);

/* Broadcasts a signal of an interface of the root object. */
void ohm_dbus_tree_emit (OhmDbusTree *self,
                         const OhmDbusAdapter *adapter,
                         const char *signal,
                         GVariant *arguments);

G_END_DECLS
