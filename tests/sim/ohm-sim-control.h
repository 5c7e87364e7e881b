/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-server.h"

G_BEGIN_DECLS

/* The Unix socket over which faults are switched while the simulator runs. */
typedef struct _OhmSimControl OhmSimControl;

/* @server stays the caller's and must live as long. */
OhmSimControl *
ohm_sim_control_new (OhmSimServer *server, OhmWatcher *watcher, const char *path, GError **error);
void ohm_sim_control_free (OhmSimControl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimControl, ohm_sim_control_free)

G_END_DECLS
