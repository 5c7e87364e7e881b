/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmModbusTcpConnector:
 *
 * One attempt to reach a host: resolves its name, then tries its addresses one after the other,
 * each for its share of the time that is left. Never blocks.
 */
typedef struct _OhmModbusTcpConnector OhmModbusTcpConnector;

/**
 * OhmModbusTcpConnected:
 * @fd: the connected socket, which is the callee's now; -1 on failure
 * @error: (nullable): why not
 * @user_data: as given
 *
 * Called once, never from inside ohm_modbus_tcp_connector_start(). The connector is gone by then.
 */
typedef void (*OhmModbusTcpConnected) (int fd, const GError *error, gpointer user_data);

OhmModbusTcpConnector *ohm_modbus_tcp_connector_start (OhmWatcher *watcher,
                                                       const char *host,
                                                       guint16 port,
                                                       gint64 deadline_us,
                                                       OhmModbusTcpConnected done,
                                                       gpointer user_data);

/* No callback follows. */
void ohm_modbus_tcp_connector_cancel (OhmModbusTcpConnector *self);

/* (transfer full): `192.0.2.10:502`, `[2001:db8::1]:502` */
char *ohm_modbus_tcp_connector_name_peer (const char *host, guint16 port);

G_END_DECLS
