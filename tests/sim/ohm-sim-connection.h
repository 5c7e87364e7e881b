/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-endpoint.h"

G_BEGIN_DECLS

/* One client of an endpoint. Requests are served one after the other, as by a gateway with one
 * serial line. */
typedef struct _OhmSimConnection OhmSimConnection;

/* Takes @fd. */
OhmSimConnection *ohm_sim_connection_new_take (OhmSimEndpoint *endpoint, int fd);
void ohm_sim_connection_free (OhmSimConnection *self);

G_END_DECLS
