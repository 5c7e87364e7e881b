/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: built for plugin ABI 0, this daemon has 1; build it again */

#include <ohm.h>

/* linked so that the loader keeps it after it was closed */
OHM_API extern const OhmPluginInfo ohm_plugin;
const OhmPluginInfo ohm_plugin = {
  .abi = 0,
  .size = sizeof (OhmPluginInfo),
  .id = "sticky",
  .types = { ohm_meter_get_type },
};
