/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-profile-catalog.h"

G_BEGIN_DECLS

/*
 * Adds a finding for each place that another meter is to keep, where one of both does not name it
 * but has it because of its counters: which those are follows from the type.
 * @holders: (nullable)
 */
void ohm_check_places (OhmConfig *config,
                       OhmPluginHost *plugins,
                       OhmProfileCatalog *profiles,
                       const OhmConfigHolders *holders,
                       GStrvBuilder *findings);

G_END_DECLS
