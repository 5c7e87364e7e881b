/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-endpoint.h"
#include "ohm-sim-line.h"

G_BEGIN_DECLS

/* A serial line with the meters on it. */
typedef struct _OhmSimSerial OhmSimSerial;

/* @path: the link that leads to the line */
OhmSimSerial *ohm_sim_serial_new (OhmWatcher *watcher, const char *path);
void ohm_sim_serial_free (OhmSimSerial *self);

const char *ohm_sim_serial_get_path (const OhmSimSerial *self);
OhmSimLine *ohm_sim_serial_get_line (OhmSimSerial *self);

/* @endpoint stays the caller's and must live as long. */
void ohm_sim_serial_add (OhmSimSerial *self, OhmSimEndpoint *endpoint);
gboolean ohm_sim_serial_has (const OhmSimSerial *self, const OhmSimEndpoint *endpoint);

gboolean ohm_sim_serial_plug (OhmSimSerial *self, GError **error);

G_END_DECLS
