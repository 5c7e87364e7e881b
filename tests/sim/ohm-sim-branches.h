/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-sim-layout.h"
#include "ohm-sim-modules.h"

G_BEGIN_DECLS

/* What a meter measures: a branch for each of its groups, with a load of its own. A module takes
 * its branches with it when its groups get other numbers. */
typedef struct _OhmSimBranches OhmSimBranches;

/* @layout and @shape stay the caller's and must live as long. @modules: (nullable) */
OhmSimBranches *ohm_sim_branches_new (const OhmSimLayout *layout,
                                      const OhmSimShape *shape,
                                      guint64 seed,
                                      double power_w,
                                      const OhmSimModules *modules);
void ohm_sim_branches_free (OhmSimBranches *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimBranches, ohm_sim_branches_free)

/* Other modules sit in the slots. */
void ohm_sim_branches_set_modules (OhmSimBranches *self, const OhmSimModules *modules);

/* (nullable): of a group, by its index in the layout; %NULL if nothing is connected to it */
OhmSimModel *ohm_sim_branches_get (const OhmSimBranches *self, guint group);

void ohm_sim_branches_move (OhmSimBranches *self, gint64 wall_us);
/* Counters start at 0 at a time, or with -1 are what they would have been. */
void ohm_sim_branches_set_origin (OhmSimBranches *self, gint64 wall_us);

G_END_DECLS
