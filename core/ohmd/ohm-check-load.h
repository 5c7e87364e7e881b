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

/* (transfer full) (nullable): what a meter of a type reads; %NULL for a type that is not known, or
 * has a plan only with facts */
OhmPlan *ohm_check_load_new_plan (OhmProfile *profile, OhmPluginHost *plugins);

G_END_DECLS
