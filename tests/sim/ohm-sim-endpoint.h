/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>
#include <stdio.h>

#include "ohm-watcher.h"

#include "ohm-sim-device.h"
#include "ohm-sim-spec.h"

G_BEGIN_DECLS

/* One listening TCP port with the meters behind it. */
typedef struct _OhmSimEndpoint OhmSimEndpoint;

/* What all endpoints share. */
typedef struct
{
  OhmWatcher *watcher;
  GInetAddress *host;
  guint64 seed;
  FILE *journal; /* (nullable): gets a line for each request */
} OhmSimSite;

/* Meters get serial numbers from @serial up. @layout and @shape stay the caller's and must live as
 * long, as must @spec's facts. Does not listen yet. */
OhmSimEndpoint *ohm_sim_endpoint_new (const OhmSimSite *site,
                                      const OhmSimSpec *spec,
                                      guint64 serial,
                                      const OhmSimLayout *layout,
                                      const OhmSimShape *shape);
void ohm_sim_endpoint_free (OhmSimEndpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimEndpoint, ohm_sim_endpoint_free)

/* It is reached over a serial line, and only has a number. */
void ohm_sim_endpoint_set_number (OhmSimEndpoint *self, guint16 number, const char *line);
/* (nullable): the serial line that leads to it */
const char *ohm_sim_endpoint_get_line (const OhmSimEndpoint *self);

/* With port 0 at any free one, which is kept from then on. */
gboolean ohm_sim_endpoint_listen (OhmSimEndpoint *self, guint16 port, GError **error);

guint16 ohm_sim_endpoint_get_port (const OhmSimEndpoint *self);
const OhmSimUnits *ohm_sim_endpoint_get_units (const OhmSimEndpoint *self);
const char *ohm_sim_endpoint_get_type (const OhmSimEndpoint *self);
const OhmSimFaults *ohm_sim_endpoint_get_faults (const OhmSimEndpoint *self);
guint ohm_sim_endpoint_get_n_connections (const OhmSimEndpoint *self);
/* Connections accepted since the start, those closed at once included. */
guint ohm_sim_endpoint_get_n_accepted (const OhmSimEndpoint *self);
/* (nullable) */
OhmSimDevice *ohm_sim_endpoint_get_device (const OhmSimEndpoint *self, guint8 unit);

/* Switches a fault on or off while meters are being read. */
gboolean ohm_sim_endpoint_set_fault (OhmSimEndpoint *self,
                                     const OhmSimFault *fault,
                                     gboolean is_on,
                                     GError **error);

/* For connections and lines: the answer to a request, faults and all, in the endpoint's framing. */
OhmFraming ohm_sim_endpoint_get_framing (const OhmSimEndpoint *self);
void ohm_sim_endpoint_answer (OhmSimEndpoint *self,
                              const OhmRequest *request,
                              guint16 tid,
                              OhmSimAnswer *ret_answer);
OhmWatcher *ohm_sim_endpoint_get_watcher (const OhmSimEndpoint *self);
/* Frees a connection. */
void ohm_sim_endpoint_drop (OhmSimEndpoint *self, gpointer connection);

/* Closes all connections; new ones are accepted. */
void ohm_sim_endpoint_drop_all (OhmSimEndpoint *self);

G_END_DECLS
