/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config-uplink.h"

#include <string.h>

#define UPLINK_GROUP "uplink"
#define POINTS_KEY   "points"
#define KEPT_KEY     "kept-as"

OhmUplinkConfig *
ohm_uplink_config_ref (OhmUplinkConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  self->n_refs++;
  return self;
}

void
ohm_uplink_config_unref (OhmUplinkConfig *self)
{
  g_return_if_fail (self != NULL);

  if (--self->n_refs > 0)
    return;
  g_free (self->id);
  g_free (self->file);
  g_free (self->reason);
  g_clear_pointer (&self->settings, ohm_settings_unref);
  g_clear_pointer (&self->own, ohm_settings_unref);
  g_free (self);
}

const char *
ohm_uplink_config_get_name (const OhmUplinkConfig *self)
{
  const char *name = self->settings != NULL ? ohm_settings_get_string (self->settings, "name")
                                            : NULL;

  return name != NULL ? name : self->id;
}

const char *
ohm_uplink_config_get_plugin (const OhmUplinkConfig *self)
{
  return self->settings != NULL ? ohm_settings_get_string (self->settings, "plugin") : "";
}

static gboolean
ohm_uplink_config_was_renamed (const OhmUplinkConfig *self)
{
  return self->settings != NULL && ohm_settings_is_set (self->settings, KEPT_KEY);
}

const char *
ohm_uplink_config_get_kept (const OhmUplinkConfig *self)
{
  return ohm_uplink_config_was_renamed (self) ? ohm_settings_get_string (self->settings, KEPT_KEY)
                                              : self->id;
}

gboolean
ohm_uplink_config_is_enabled (const OhmUplinkConfig *self)
{
  return self->reason == NULL && ohm_settings_get_boolean (self->settings, "enabled");
}

static const OhmSettingSpec *
ohm_config_uplink_find_key (const OhmSettingSpec *table, const char *key)
{
  for (; table != NULL && table->key != NULL; table++)
    if (g_str_equal (table->key, key))
      return table;
  return NULL;
}

static void
ohm_config_uplink_append_value (GString *text, OhmSettings *settings, const OhmSettingSpec *spec)
{
  g_string_append_printf (text, "\n%s=", spec->key);
  if (!ohm_settings_is_set (settings, spec->key) && spec->fallback == NULL)
    return;
  if (spec->type == OHM_SETTING_INTEGER)
    g_string_append_printf (text, "%" G_GINT64_FORMAT,
                            ohm_settings_get_integer (settings, spec->key));
  else if (spec->type == OHM_SETTING_STRING || spec->type == OHM_SETTING_HOST ||
           spec->type == OHM_SETTING_CHOICE)
    g_string_append (text, ohm_settings_get_string (settings, spec->key));
}

char *
ohm_uplink_config_dup_fingerprint (const OhmUplinkConfig *self)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (self->type);
  const OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);
  GString *text = g_string_new (ohm_uplink_config_get_plugin (self));

  for (guint i = 0; uplink_class->address_keys != NULL && uplink_class->address_keys[i] != NULL;
       i++)
    {
      const OhmSettingSpec *spec = ohm_config_uplink_find_key (uplink_class->settings_table,
                                                               uplink_class->address_keys[i]);

      if (spec != NULL)
        ohm_config_uplink_append_value (text, self->own, spec);
    }
  return g_string_free (text, FALSE);
}

/* Why a plugin that is there cannot be used. */
static const char *
ohm_config_uplink_find_refusal (OhmPluginHost *plugins, const char *id)
{
  GPtrArray *entries = ohm_plugin_host_get_entries (plugins);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmPluginEntry *entry = g_ptr_array_index (entries, i);

      if (g_str_equal (entry->id, id) && entry->reason != NULL)
        return entry->reason;
    }
  return NULL;
}

static void
ohm_config_uplink_set_no_plugin (OhmKeyfile *keyfile,
                                 const char *id,
                                 OhmPluginHost *plugins,
                                 GError **error)
{
  const char *refusal = ohm_config_uplink_find_refusal (plugins, id);
  g_autofree const char **known = ohm_plugin_host_list_ids (plugins, OHM_TYPE_UPLINK);
  const char *meant = ohm_suggest (id, known);

  if (refusal != NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, UPLINK_GROUP, "plugin", error,
                           "the plugin '%s' was refused: %s", id, refusal);
  else if (meant != NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, UPLINK_GROUP, "plugin", error,
                           "no uplink '%s'; did you mean '%s'?", id, meant);
  else
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, UPLINK_GROUP, "plugin", error,
                           "no uplink '%s' is there", id);
}

static void
ohm_config_uplink_check_groups (OhmKeyfile *keyfile, const char *plugin, GPtrArray *faults)
{
  const char *const *groups = ohm_keyfile_get_groups (keyfile);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      GError *error = NULL;

      if (!g_str_equal (groups[i], UPLINK_GROUP) && !g_str_equal (groups[i], plugin))
        ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, groups[i], /* key */ NULL, &error,
                               "unknown group; expected [" UPLINK_GROUP "] or [%s]", plugin);
      ohm_keyfile_take_fault (faults, error);
    }
}

/* What the plugin says of its keys together has no line: the group's own is the nearest. */
static void
ohm_config_uplink_check_own (OhmUplinkConfig *self,
                             const OhmUplinkClass *klass,
                             OhmKeyfile *keyfile,
                             const char *plugin,
                             GPtrArray *faults)
{
  g_autoptr (GError) inner = NULL;
  GError *error = NULL;

  if (klass->check == NULL || klass->check (self->own, &inner))
    return;
  ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, plugin, /* key */ NULL, &error, "%s",
                         inner->message);
  ohm_keyfile_take_fault (faults, error);
}

static void
ohm_config_uplink_parse_own (OhmUplinkConfig *self,
                             OhmKeyfile *keyfile,
                             const char *plugin,
                             GPtrArray *faults)
{
  static const OhmSettingSpec empty[] = { { NULL } };
  g_autoptr (GTypeClass) klass = g_type_class_ref (self->type);
  const OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);
  const OhmSettingSpec *tables[] = { uplink_class->settings_table, NULL };

  if (tables[0] == NULL)
    tables[0] = empty;
  self->own = ohm_settings_new_all (keyfile, plugin, tables, faults);
  if (self->own != NULL)
    ohm_config_uplink_check_own (self, uplink_class, keyfile, plugin, faults);
}

/* Returns: (transfer full) (nullable): why no meter could ever have a point of that name */
static char *
ohm_config_uplink_find_point_fault (const char *name)
{
  g_autoptr (GError) error = NULL;
  OhmPoint point;

  if (strchr (name, ',') != NULL)
    return g_strdup_printf ("'%s' is no point; the separator is ;", name);
  return ohm_point_parse (name, /* unit */ NULL, /* is_integer */ FALSE, &point, &error)
           ? NULL
           : g_strdup (error->message);
}

static void
ohm_config_uplink_check_points (OhmUplinkConfig *self, OhmKeyfile *keyfile, GPtrArray *faults)
{
  const char *const *points = ohm_settings_get_list (self->settings, POINTS_KEY);

  for (guint i = 0; points[i] != NULL; i++)
    {
      g_autofree char *fault = ohm_config_uplink_find_point_fault (points[i]);
      GError *error = NULL;

      if (fault != NULL)
        ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, UPLINK_GROUP, POINTS_KEY, &error, "%s",
                               fault);
      ohm_keyfile_take_fault (faults, error);
    }
}

static void
ohm_config_uplink_check_settings (OhmUplinkConfig *self, OhmKeyfile *keyfile, GPtrArray *faults)
{
  GError *error = NULL;

  ohm_config_uplink_check_points (self, keyfile, faults);
  if (!ohm_id_is_valid (ohm_uplink_config_get_kept (self)))
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, UPLINK_GROUP, KEPT_KEY, &error,
                           "'%s' is no id", ohm_uplink_config_get_kept (self));
  ohm_keyfile_take_fault (faults, error);
}

/* The group that is named after the plugin, and what stands beside it. */
static void
ohm_config_uplink_parse_plugin (OhmUplinkConfig *self,
                                OhmKeyfile *keyfile,
                                OhmPluginHost *plugins,
                                GPtrArray *faults)
{
  const char *plugin = ohm_keyfile_get (keyfile, UPLINK_GROUP, "plugin");
  GError *error = NULL;

  /* that it is missing has been told */
  if (plugin == NULL || *plugin == '\0')
    return;
  ohm_config_uplink_check_groups (keyfile, plugin, faults);
  self->type = ohm_plugin_host_find_type (plugins, plugin, OHM_TYPE_UPLINK);
  if (self->type != G_TYPE_INVALID)
    ohm_config_uplink_parse_own (self, keyfile, plugin, faults);
  else
    ohm_config_uplink_set_no_plugin (keyfile, plugin, plugins, &error);
  ohm_keyfile_take_fault (faults, error);
}

static void
ohm_config_uplink_parse (OhmUplinkConfig *self, OhmPluginHost *plugins, GPtrArray *faults)
{
  const OhmSettingSpec *tables[] = { ohm_config_uplink_table, NULL };
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_load_all (self->file, faults);

  if (keyfile == NULL)
    return;
  if (!ohm_id_is_valid (self->id))
    g_ptr_array_add (faults, g_strdup_printf ("%s: '%s' is no id; use a-z, 0-9 and -, at most 63",
                                              self->file, self->id));
  if (!g_strv_contains (ohm_keyfile_get_groups (keyfile), UPLINK_GROUP))
    {
      /* a group that is wrong may be the one that is missing */
      if (faults->len == 0)
        g_ptr_array_add (faults,
                         g_strdup_printf ("%s:1: has no group [" UPLINK_GROUP "]", self->file));
      return;
    }
  self->settings = ohm_settings_new_all (keyfile, UPLINK_GROUP, tables, faults);
  if (self->settings != NULL)
    ohm_config_uplink_check_settings (self, keyfile, faults);
  ohm_config_uplink_parse_plugin (self, keyfile, plugins, faults);
}

OhmUplinkConfig *
ohm_config_uplink_load (const char *id, const char *file, OhmPluginHost *plugins, GPtrArray *errors)
{
  OhmUplinkConfig *self = g_new0 (OhmUplinkConfig, 1);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);

  self->n_refs = 1;
  self->id = g_strdup (id);
  self->file = g_strdup (file);
  self->type = G_TYPE_INVALID;
  ohm_config_uplink_parse (self, plugins, faults);
  if (faults->len > 0)
    self->reason = g_strdup (g_ptr_array_index (faults, 0));
  for (guint i = 0; i < faults->len; i++)
    g_ptr_array_add (errors, g_strdup (g_ptr_array_index (faults, i)));
  return self;
}

static const OhmUplinkConfig *
ohm_config_uplink_find_rival (OhmConfig *config, const OhmUplinkConfig *self)
{
  for (guint i = 0; i < config->uplinks->len; i++)
    {
      const OhmUplinkConfig *other = g_ptr_array_index (config->uplinks, i);

      if (other != self && other->reason == NULL &&
          g_str_equal (ohm_uplink_config_get_kept (other), ohm_uplink_config_get_kept (self)))
        return other;
    }
  return NULL;
}

void
ohm_config_uplink_check_kept (OhmConfig *config)
{
  for (guint i = 0; i < config->uplinks->len; i++)
    {
      OhmUplinkConfig *self = g_ptr_array_index (config->uplinks, i);
      const OhmUplinkConfig *rival = ohm_config_uplink_find_rival (config, self);

      /* of one that was renamed and one that has its id now, the first was there before */
      if (self->reason != NULL || rival == NULL ||
          (ohm_uplink_config_was_renamed (self) && !ohm_uplink_config_was_renamed (rival)))
        continue;
      self->reason =
        g_strdup_printf ("%s: what is kept under the id '%s' is of uplink '%s'; choose "
                         "another one",
                         self->file, ohm_uplink_config_get_kept (self), rival->id);
      g_ptr_array_add (config->errors, g_strdup (self->reason));
    }
}
