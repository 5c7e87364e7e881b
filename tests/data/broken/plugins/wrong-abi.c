/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: built for plugin ABI 2, this daemon has 1; build it again */

#include <ohm.h>

OHM_API extern const OhmPluginInfo ohm_plugin;
const OhmPluginInfo ohm_plugin = {
  .abi = OHM_PLUGIN_ABI + 1,
  .size = sizeof (OhmPluginInfo),
  .id = "wrong-abi",
  .types = { ohm_meter_get_type },
};
