/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-branches.h"

struct _OhmSimBranches
{
  const OhmSimLayout *layout;
  const OhmSimShape *shape;
  guint64 seed;
  double power_w;
  GHashTable *models; /* (owned) (element-type utf8 OhmSimModel): by the group's own name */
  GPtrArray *shown;   /* (owned) (element-type OhmSimModel) (nullable): of each group */
};

/* Further groups and inputs are smaller branches. Those of modules go by their names, which stay
 * when their numbers change. */
static OhmSimModel *
ohm_sim_branches_make (const OhmSimBranches *self, const char *name, guint group)
{
  gboolean is_module = g_str_has_prefix (name, "m");
  guint index = is_module ? g_str_hash (name) : group;
  double part = 0.05 + 0.3 * ohm_sim_hash_fraction (self->seed, 100 + (guint64) index);

  return ohm_sim_model_new (self->shape, ohm_sim_hash (self->seed, index),
                            index == 0 ? self->power_w : part * self->power_w);
}

static OhmSimModel *
ohm_sim_branches_find (OhmSimBranches *self, const char *name, guint group)
{
  OhmSimModel *model = g_hash_table_lookup (self->models, name);

  if (model != NULL)
    return model;
  model = ohm_sim_branches_make (self, name, group);
  g_hash_table_insert (self->models, g_strdup (name), model);
  return model;
}

void
ohm_sim_branches_set_modules (OhmSimBranches *self, const OhmSimModules *modules)
{
  const GPtrArray *groups = self->layout->groups;

  g_ptr_array_set_size (self->shown, 0);
  for (guint i = 0; i < groups->len; i++)
    {
      const char *group = g_ptr_array_index (groups, i);
      g_autofree char *name = modules != NULL ? ohm_sim_modules_name_group (modules, group)
                                              : g_strdup (group);

      g_ptr_array_add (self->shown, name != NULL ? ohm_sim_branches_find (self, name, i) : NULL);
    }
}

OhmSimBranches *
ohm_sim_branches_new (const OhmSimLayout *layout,
                      const OhmSimShape *shape,
                      guint64 seed,
                      double power_w,
                      const OhmSimModules *modules)
{
  OhmSimBranches *self = g_new0 (OhmSimBranches, 1);

  self->layout = layout;
  self->shape = shape;
  self->seed = seed;
  self->power_w = power_w;
  self->models = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) ohm_sim_model_free);
  self->shown = g_ptr_array_new ();
  ohm_sim_branches_set_modules (self, modules);
  return self;
}

void
ohm_sim_branches_free (OhmSimBranches *self)
{
  g_ptr_array_unref (self->shown);
  g_hash_table_unref (self->models);
  g_free (self);
}

OhmSimModel *
ohm_sim_branches_get (const OhmSimBranches *self, guint group)
{
  return g_ptr_array_index (self->shown, group);
}

void
ohm_sim_branches_move (OhmSimBranches *self, gint64 wall_us)
{
  GHashTableIter iter;
  gpointer model;

  g_hash_table_iter_init (&iter, self->models);
  while (g_hash_table_iter_next (&iter, /* name */ NULL, &model))
    ohm_sim_model_move (model, wall_us);
}

void
ohm_sim_branches_set_origin (OhmSimBranches *self, gint64 wall_us)
{
  GHashTableIter iter;
  gpointer model;

  g_hash_table_iter_init (&iter, self->models);
  while (g_hash_table_iter_next (&iter, /* name */ NULL, &model))
    ohm_sim_model_set_origin (model, wall_us);
}
