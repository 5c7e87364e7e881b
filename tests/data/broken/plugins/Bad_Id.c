/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: its descriptor has no valid id or provides no type */

#include <ohm.h>

OHM_API extern const OhmPluginInfo ohm_plugin;
const OhmPluginInfo ohm_plugin = {
  .abi = OHM_PLUGIN_ABI,
  .size = sizeof (OhmPluginInfo),
  .id = "Bad_Id",
  .types = { ohm_meter_get_type },
};
