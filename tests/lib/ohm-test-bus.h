/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * OhmTestBus:
 * @bus: a message bus of its own
 * @server: connection of what is tested
 * @client: connection of who calls it
 *
 * A private bus with both ends in one process: calls run the main loop until they are answered.
 */
typedef struct
{
  GTestDBus *bus;
  GDBusConnection *server;
  GDBusConnection *client;
} OhmTestBus;

OhmTestBus *ohm_test_bus_new (void);
void ohm_test_bus_free (OhmTestBus *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmTestBus, ohm_test_bus_free)

/* Another connection to the same bus. */
GDBusConnection *ohm_test_bus_connect (OhmTestBus *self);

/**
 * ohm_test_bus_call:
 * @self: a bus
 * @path: object path of the server
 * @method: `INTERFACE.METHOD`
 * @arguments: (nullable) (transfer floating): a tuple
 * @ret_fds: (out) (optional): descriptors of the answer
 * @error: the remote error, stripped of its D-Bus prefix
 *
 * Returns: (transfer full) (nullable): the answer
 */
GVariant *ohm_test_bus_call (OhmTestBus *self,
                             const char *path,
                             const char *method,
                             GVariant *arguments,
                             GUnixFDList **ret_fds,
                             GError **error);

/* The same to whoever owns @name; the error comes in its own domain if that is registered. */
GVariant *ohm_test_bus_call_name (OhmTestBus *self,
                                  const char *name,
                                  const char *path,
                                  const char *method,
                                  GVariant *arguments,
                                  GError **error);

/* Keeps what the server sends to the client; @member: (nullable): one signal only. Freed with
 * @self. (element-type GVariant): `(sss@v)`: path, interface, member, arguments */
GPtrArray *ohm_test_bus_record (OhmTestBus *self, const char *interface, const char *member);

/* Runs the main loop until all that the server has sent so far has reached the client. */
void ohm_test_bus_settle (OhmTestBus *self);

G_END_DECLS
