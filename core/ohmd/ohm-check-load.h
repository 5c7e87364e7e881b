/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-profile-catalog.h"

G_BEGIN_DECLS

/* Adds a finding for each serial line whose meters ask for more than its time, as far as that
 * follows from the files: known types, without what a survey would find. */
void ohm_check_load (OhmConfig *config,
                     OhmPluginHost *plugins,
                     OhmProfileCatalog *profiles,
                     GStrvBuilder *findings);

G_END_DECLS
