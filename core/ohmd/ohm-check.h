/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-profile-catalog.h"

G_BEGIN_DECLS

/* (transfer full): all that is wrong with configuration, profiles and plugins, a line each.
 * @holders: (nullable): knows who holds a place */
char **ohm_check_list (OhmConfig *config,
                       OhmPluginHost *plugins,
                       OhmProfileCatalog *profiles,
                       const OhmConfigHolders *holders);

/* (nullable): the family of a profile whose plugin is not loaded */
const char *ohm_check_get_missing_family (const OhmProfileEntry *entry, OhmPluginHost *plugins);

/* Which meters read a device that another one reads already: both run. */
void ohm_check_twins (OhmConfig *config, OhmProfileCatalog *profiles, GStrvBuilder *findings);

/* `ohmd --check-config`: prints the list; returns the exit status, 1 if anything is wrong. */
int
ohm_check_config (const char *config_dir, const char *state_dir, const char *const *plugin_dirs);

G_END_DECLS
