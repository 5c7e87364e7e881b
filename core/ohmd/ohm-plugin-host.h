/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

#include "ohm-plugin-peek.h"

G_BEGIN_DECLS

#define OHM_TYPE_PLUGIN_HOST (ohm_plugin_host_get_type ())

/* Loads shared-object plugins after the checks of design 4.1; nothing is ever unloaded. Uplinks and
 * histories are opened when somebody asks for their type: when the first one is configured. */
G_DECLARE_FINAL_TYPE (OhmPluginHost, ohm_plugin_host, OHM, PLUGIN_HOST, GObject)

typedef enum
{
  OHM_PLUGIN_LOADED,
  OHM_PLUGIN_REFUSED,
  OHM_PLUGIN_RESTART_NEEDED, /* loaded, but the file has changed since */
  OHM_PLUGIN_WAITING,        /* found, and opened when it is used */
} OhmPluginState;

/**
 * OhmPluginEntry:
 * @id: file name's stem
 * @file: (nullable): path; %NULL for a built-in one
 * @state: what became of it
 * @reason: (nullable): why it was refused
 * @info: (nullable): its descriptor if loaded
 * @kinds: what it provides, by the looks of the file; 0 for a built-in one
 */
typedef struct
{
  char *id;
  char *file;
  OhmPluginState state;
  char *reason;
  const OhmPluginInfo *info;
  OhmPluginKinds kinds;
  /*< private >*/
  int fd;
  gboolean is_checked;  /* the file system had nothing against it */
  gboolean is_resident; /* its code stays in the process: so does the descriptor */
  guint64 device, inode;
  gint64 mtime_us, ctime_us, size;
  GType types[OHM_PLUGIN_TYPES_MAX];
} OhmPluginEntry;

OhmPluginHost *ohm_plugin_host_new (OhmBus *bus, const char *const *dirs);

/* Looks through the directories: loads what is new, tries again what was refused and has changed.
 * Emits plugin-changed for each. */
void ohm_plugin_host_scan (OhmPluginHost *self);

/* (element-type OhmPluginEntry): sorted by id, then file; valid until the next scan */
GPtrArray *ohm_plugin_host_get_entries (OhmPluginHost *self);

/* The first type of @id that derives from @base, or G_TYPE_INVALID. Opens a plugin that waits. */
GType ohm_plugin_host_find_type (OhmPluginHost *self, const char *id, GType base);

/* (transfer container): ids of plugins that provide a type derived from @base, those that
 * wait included, NULL-terminated */
const char **ohm_plugin_host_list_ids (OhmPluginHost *self, GType base);

G_END_DECLS
