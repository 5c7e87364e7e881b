/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Kinds of types that a module may provide. */
typedef enum
{
  OHM_PLUGIN_METER = 1 << 0,
  OHM_PLUGIN_TRANSPORT = 1 << 1,
  OHM_PLUGIN_UPLINK = 1 << 2,
  OHM_PLUGIN_HISTORY = 1 << 3,
} OhmPluginKinds;

/*
 * What a module provides, told without loading it: who derives from a base type asks libohm for it
 * by name, and the name stands in the file. 0 for what is no module of ours: loading it will say
 * why.
 */
OhmPluginKinds ohm_plugin_peek (int fd);

/* Whether such a module may wait until something of it is configured: its libraries cost memory
 * that a site without an uplink need not spend. */
gboolean ohm_plugin_kinds_can_wait (OhmPluginKinds kinds);

G_END_DECLS
