/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: its descriptor has 40 bytes, expected at least 104 */

#include <ohm.h>

OHM_API extern const OhmPluginInfo ohm_plugin;
const OhmPluginInfo ohm_plugin = {
  .abi = OHM_PLUGIN_ABI,
  .size = 40,
  .id = "small-size",
  .types = { ohm_meter_get_type },
};
