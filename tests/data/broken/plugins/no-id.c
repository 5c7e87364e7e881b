/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: calls itself '', but the file is named 'no-id' */

#include <ohm.h>

OHM_API extern const OhmPluginInfo ohm_plugin;
const OhmPluginInfo ohm_plugin = {
  .abi = OHM_PLUGIN_ABI,
  .size = sizeof (OhmPluginInfo),
  .types = { ohm_meter_get_type },
};
