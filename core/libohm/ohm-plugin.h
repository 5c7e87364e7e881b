/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-history.h"
#include "ohm-meter.h"
#include "ohm-transport.h"
#include "ohm-uplink.h"

G_BEGIN_DECLS

/**
 * OHM_PLUGIN_ABI:
 *
 * Changes only when something old breaks; additions are appended to structures and told by their
 * size, so that last year's plugin loads.
 *
 * Since: 0.1
 */
#define OHM_PLUGIN_ABI 1

/* Most types that one plugin may provide. */
#define OHM_PLUGIN_TYPES_MAX 8

/**
 * OhmPluginInfo:
 * @abi: %OHM_PLUGIN_ABI as compiled
 * @size: size of this structure as compiled
 * @id: equals the file name's stem
 * @summary: one line
 * @version: the plugin's version
 * @license: SPDX expression
 * @types: getters of the types it provides, %NULL-terminated; each derives from meter, transport,
 *   uplink or history
 *
 * The one exported symbol of a plugin, `ohm_plugin`: data, not code, so that it can be checked
 * before anything runs.
 *
 * Since: 0.1
 */
typedef struct
{
  guint32 abi;
  guint32 size;
  const char *id;
  const char *summary;
  const char *version;
  const char *license;
  GType (*types[OHM_PLUGIN_TYPES_MAX]) (void);
} OhmPluginInfo;

#ifndef OHM_PLUGIN_VERSION
#define OHM_PLUGIN_VERSION "0"
#endif
#ifndef OHM_PLUGIN_LICENSE
#define OHM_PLUGIN_LICENSE "LGPL-2.1-or-later"
#endif
/* Linked in statically, each plugin needs a name of its own for the symbol. */
#ifndef OHM_PLUGIN_SYMBOL
#define OHM_PLUGIN_SYMBOL ohm_plugin
#endif

/**
 * OHM_PLUGIN:
 * @plugin_id: the id: `"modbus-tcp"`
 * @plugin_summary: one line
 * @...: getters of the types
 *
 * Writes the descriptor. Use it once, at the end of a plugin's main source, with a semicolon behind
 * it.
 *
 * Since: 0.1
 */
#define OHM_PLUGIN(plugin_id, plugin_summary, ...)                                                 \
  OHM_API extern const OhmPluginInfo OHM_PLUGIN_SYMBOL;                                            \
  const OhmPluginInfo OHM_PLUGIN_SYMBOL = {                                                        \
    .abi = OHM_PLUGIN_ABI,                                                                         \
    .size = sizeof (OhmPluginInfo),                                                                \
    .id = plugin_id,                                                                               \
    .summary = plugin_summary,                                                                     \
    .version = OHM_PLUGIN_VERSION,                                                                 \
    .license = OHM_PLUGIN_LICENSE,                                                                 \
    .types = { __VA_ARGS__ },                                                                      \
  }

G_END_DECLS
