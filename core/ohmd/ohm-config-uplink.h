/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"

G_BEGIN_DECLS

/* (transfer full): what a file says; one that is wrong has its `reason`, and @errors gets all of
 * them. Opens the plugin. */
OhmUplinkConfig *ohm_config_uplink_load (const char *id,
                                         const char *file,
                                         OhmPluginHost *plugins,
                                         GPtrArray *errors);

/* Position and secrets are of one uplink only: what would use those of another is wrong. */
void ohm_config_uplink_check_kept (OhmConfig *config);

G_END_DECLS
