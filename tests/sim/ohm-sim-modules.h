/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-profile.h"

G_BEGIN_DECLS

/*
 * What sits in the slots of a UMG 801, which no profile can say: the module table, and to which
 * module each of the groups belongs that the device counts through. Known here a second time, apart
 * from the plugin that reads it.
 */

#define OHM_SIM_MODULE_SLOTS 20

typedef struct
{
  guint8 types[OHM_SIM_MODULE_SLOTS]; /* 0 for an empty slot */
  gboolean is_active[OHM_SIM_MODULE_SLOTS];
} OhmSimModules;

/* What sits in a meter that was told nothing. */
#define OHM_SIM_MODULES_DEFAULT "CT8-A+DI14+CT24-LP"

/* Whether the meters of a type have modules. */
gboolean ohm_sim_modules_are_in (OhmProfile *profile);

/* "CT8-A+DI14+none+CT24-LP/off": slot by slot from the first; `/off` is there, but not active. */
gboolean ohm_sim_modules_parse (const char *text, OhmSimModules *ret_modules, GError **error);

/* Calls @func for each register of the module table, facts named `module-name.SLOT`,
 * `module-state.SLOT` and `module-type.SLOT`. */
void ohm_sim_modules_foreach_register (void (*func) (const OhmProfileRegister *row,
                                                     gboolean is_fact,
                                                     gpointer user_data),
                                       gpointer user_data);

/* (transfer full) (nullable): what such a fact says */
char *ohm_sim_modules_dup_fact (const OhmSimModules *self, const char *name);

/* (transfer full) (nullable): whose group `g7` is: `m3g1`; itself if it is no module's; %NULL if it
 * is nobody's */
char *ohm_sim_modules_name_group (const OhmSimModules *self, const char *group);

G_END_DECLS
