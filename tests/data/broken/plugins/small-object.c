/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: its descriptor has 8 bytes, expected at least 104 */

#include <ohm.h>

/* says that it is large, and is not */
OHM_API extern const guint32 ohm_plugin[2];
const guint32 ohm_plugin[2] = { OHM_PLUGIN_ABI, sizeof (OhmPluginInfo) };
