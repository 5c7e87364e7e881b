/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-profiles.h"

#include <string.h>

#include "ohm-error.h"
#include "ohm-keyfile.h"
#include "ohm-names.h"

/* Deep enough for plugins/meters/FAMILY/. */
#define DEPTH_MAX 3
/* A profile that inherits itself ends here. */
#define INHERIT_MAX 8

struct _OhmSimProfiles
{
  GHashTable *paths;    /* (element-type utf8 utf8): by id */
  GHashTable *profiles; /* (element-type utf8 OhmProfile): those parsed */
  guint n_loading;
};

static void
ohm_sim_profiles_scan (OhmSimProfiles *self, const char *directory, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  if (dir == NULL)
    return;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR) && depth < DEPTH_MAX)
        ohm_sim_profiles_scan (self, path, depth + 1);
      else if (g_str_has_suffix (name, OHM_PROFILE_SUFFIX))
        g_hash_table_replace (self->paths,
                              g_strndup (name, strlen (name) - strlen (OHM_PROFILE_SUFFIX)),
                              g_steal_pointer (&path));
    }
}

OhmSimProfiles *
ohm_sim_profiles_new (const char *const *directories)
{
  OhmSimProfiles *self = g_new0 (OhmSimProfiles, 1);

  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->profiles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) ohm_profile_unref);
  for (guint i = 0; directories[i] != NULL; i++)
    ohm_sim_profiles_scan (self, directories[i], 0);
  return self;
}

void
ohm_sim_profiles_free (OhmSimProfiles *self)
{
  g_hash_table_unref (self->paths);
  g_hash_table_unref (self->profiles);
  g_free (self);
}

static OhmProfile *
ohm_sim_profiles_on_lookup (const char *id, gpointer user_data)
{
  return ohm_sim_profiles_get (user_data, id, NULL);
}

static OhmProfile *
ohm_sim_profiles_load (OhmSimProfiles *self, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  return ohm_profile_parse (path, text, length, ohm_sim_profiles_on_lookup, self, error);
}

static void
ohm_sim_profiles_set_unknown (OhmSimProfiles *self, const char *id, GError **error)
{
  g_autoptr (GPtrArray) ids = ohm_sim_profiles_list (self);
  const char *near;

  g_ptr_array_add (ids, NULL);
  near = ohm_suggest (id, (const char *const *) ids->pdata);
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no profile '%s'%s%s%s; see --profile-dir",
               id, near != NULL ? ", did you mean '" : "", near != NULL ? near : "",
               near != NULL ? "'?" : "");
}

OhmProfile *
ohm_sim_profiles_get (OhmSimProfiles *self, const char *id, GError **error)
{
  OhmProfile *profile = g_hash_table_lookup (self->profiles, id);
  const char *path = g_hash_table_lookup (self->paths, id);

  if (profile != NULL)
    return profile;
  if (path == NULL || self->n_loading > INHERIT_MAX)
    {
      ohm_sim_profiles_set_unknown (self, id, error);
      return NULL;
    }
  self->n_loading++;
  profile = ohm_sim_profiles_load (self, path, error);
  self->n_loading--;
  if (profile != NULL)
    g_hash_table_replace (self->profiles, g_strdup (id), profile);
  return profile;
}

static int
ohm_sim_profiles_compare (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
ohm_sim_profiles_list (OhmSimProfiles *self)
{
  GPtrArray *ids = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->paths);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, id);
  g_ptr_array_sort (ids, ohm_sim_profiles_compare);
  return ids;
}
