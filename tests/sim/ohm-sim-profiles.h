/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-profile.h"

G_BEGIN_DECLS

/* The profiles below some directories, parsed when asked for. */
typedef struct _OhmSimProfiles OhmSimProfiles;

/* Finds ID.profile in the directories and below; a later directory wins. */
OhmSimProfiles *ohm_sim_profiles_new (const char *const *directories);
void ohm_sim_profiles_free (OhmSimProfiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimProfiles, ohm_sim_profiles_free)

/* (transfer none) (nullable) */
OhmProfile *ohm_sim_profiles_get (OhmSimProfiles *self, const char *id, GError **error);
/* (transfer container): ids found, sorted */
GPtrArray *ohm_sim_profiles_list (OhmSimProfiles *self);

G_END_DECLS
