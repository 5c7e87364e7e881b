/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-endpoint.h"
#include "ohm-sim-profiles.h"
#include "ohm-sim-serial.h"

G_BEGIN_DECLS

/* All endpoints of a simulator. */
typedef struct _OhmSimServer OhmSimServer;

/* @profiles stays the caller's and must live as long. */
OhmSimServer *ohm_sim_server_new (const OhmSimSite *site, OhmSimProfiles *profiles);
void ohm_sim_server_free (OhmSimServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimServer, ohm_sim_server_free)

/* Opens the endpoints of a spec, which stays the caller's and must live as long. @port is the first
 * one, unless the spec names its own; 0 for any. */
gboolean
ohm_sim_server_add (OhmSimServer *self, const OhmSimSpec *spec, guint16 port, GError **error);

/* (transfer none) (nullable): the serial line that leads to @endpoint */
OhmSimSerial *ohm_sim_server_find_serial (OhmSimServer *self, const OhmSimEndpoint *endpoint);

/* (transfer none) (element-type OhmSimEndpoint) */
GPtrArray *ohm_sim_server_get_endpoints (OhmSimServer *self);

/* The answer to one line of the control protocol (README.md), ending in "ok\n" or "error TEXT\n".
 */
char *ohm_sim_server_command (OhmSimServer *self, const char *line);

G_END_DECLS
