/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config-transport.h"

#define KEYS_GROUP "link"

const OhmSettingSpec *
ohm_config_transport_find_key (const OhmSettingSpec *table, const char *key)
{
  for (; table != NULL && table->key != NULL; table++)
    if (g_str_equal (table->key, key))
      return table;
  return NULL;
}

/* The keys of @table that @group sets, as a group of their own. */
OhmSettings *
ohm_config_transport_extract (OhmKeyfile *keyfile,
                              const char *group,
                              const OhmSettingSpec *table,
                              GError **error)
{
  const OhmSettingSpec *tables[] = { table, NULL };
  g_autoptr (GString) text = g_string_new ("[" KEYS_GROUP "]\n");
  g_autoptr (OhmKeyfile) part = NULL;

  for (const OhmSettingSpec *spec = table; spec->key != NULL; spec++)
    {
      const char *value = ohm_keyfile_get (keyfile, group, spec->key);

      if (value != NULL)
        g_string_append_printf (text, "%s=%s\n", spec->key, value);
    }
  part = ohm_keyfile_parse (ohm_keyfile_get_name (keyfile), text->str, text->len, error);
  return part != NULL ? ohm_settings_new (part, KEYS_GROUP, tables, error) : NULL;
}

static void
ohm_config_transport_append_address (GString *address,
                                     OhmSettings *settings,
                                     const OhmSettingSpec *spec)
{
  if (address->len > 0)
    g_string_append_c (address, ':');
  if (!ohm_settings_is_set (settings, spec->key) && spec->fallback == NULL)
    return;
  if (spec->type == OHM_SETTING_INTEGER)
    g_string_append_printf (address, "%" G_GINT64_FORMAT,
                            ohm_settings_get_integer (settings, spec->key));
  else
    g_string_append (address, ohm_settings_get_string (settings, spec->key));
}

/* The path that settings name, as people write it: `192.0.2.10:502`, `/dev/ttyUSB0`. */
char *
ohm_config_dup_address (GType transport, OhmSettings *settings)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (transport);
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);
  GString *address = g_string_new (NULL);

  for (guint i = 0;
       transport_class->address_keys != NULL && transport_class->address_keys[i] != NULL; i++)
    {
      const OhmSettingSpec *spec = ohm_config_transport_find_key (transport_class->settings_table,
                                                                  transport_class->address_keys[i]);

      if (spec != NULL)
        ohm_config_transport_append_address (address, settings, spec);
    }
  return g_string_free (address, FALSE);
}

const OhmSettingSpec *
ohm_config_transport_get_keys (GType transport)
{
  static const OhmSettingSpec empty[] = { { NULL } };
  g_autoptr (GTypeClass) klass = g_type_class_ref (transport);
  const OhmSettingSpec *table = OHM_TRANSPORT_CLASS (klass)->settings_table;

  return table != NULL ? table : empty;
}

GType
ohm_config_transport_find (OhmPluginHost *plugins,
                           OhmKeyfile *keyfile,
                           const char *group,
                           GError **error)
{
  const char *id = ohm_keyfile_get (keyfile, group, "transport");
  GType type = ohm_plugin_host_find_type (plugins, id, OHM_TYPE_TRANSPORT);
  g_autofree const char **known = NULL;
  const char *suggestion;

  if (type != G_TYPE_INVALID)
    return type;
  known = ohm_plugin_host_list_ids (plugins, OHM_TYPE_TRANSPORT);
  suggestion = ohm_suggest (id, known);
  if (suggestion != NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, "transport", error,
                           "no transport '%s'; did you mean '%s'?", id, suggestion);
  else
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, "transport", error,
                           "no transport '%s' is loaded", id);
  return G_TYPE_INVALID;
}

/* The transport that has most of the keys which no table of its own explains: what a group is about
 * that does not say so, or says it wrongly. */
static GType
ohm_config_transport_guess (OhmPluginHost *plugins,
                            OhmKeyfile *keyfile,
                            const char *group,
                            const OhmSettingSpec *own)
{
  g_autofree const char **ids = ohm_plugin_host_list_ids (plugins, OHM_TYPE_TRANSPORT);
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, group, &n);
  GType best = G_TYPE_INVALID;
  guint n_best = 0;

  for (guint t = 0; ids[t] != NULL; t++)
    {
      GType type = ohm_plugin_host_find_type (plugins, ids[t], OHM_TYPE_TRANSPORT);
      const OhmSettingSpec *table = ohm_config_transport_get_keys (type);
      guint n_known = 0;

      for (guint i = 0; i < n; i++)
        n_known += ohm_config_transport_find_key (own, entries[i].key) == NULL &&
                       ohm_config_transport_find_key (table, entries[i].key) != NULL
                     ? 1
                     : 0;
      if (n_known > n_best)
        {
          best = type;
          n_best = n_known;
        }
    }
  return best;
}

/* The transport that @group names; another mistake in it is told by the one that is meant. */
GType
ohm_config_transport_choose (OhmPluginHost *plugins,
                             OhmKeyfile *keyfile,
                             const char *group,
                             const OhmSettingSpec *own,
                             GPtrArray *faults)
{
  GType type = G_TYPE_INVALID;
  GError *error = NULL;

  if (ohm_keyfile_get (keyfile, group, "transport") != NULL)
    type = ohm_config_transport_find (plugins, keyfile, group, &error);
  ohm_keyfile_take_fault (faults, error);
  return type != G_TYPE_INVALID ? type : ohm_config_transport_guess (plugins, keyfile, group, own);
}

/* Keys of @own alone, where nobody knows what else may stand there. */
static void
ohm_config_transport_check_own_keys (OhmKeyfile *keyfile,
                                     const char *group,
                                     const OhmSettingSpec *own,
                                     GPtrArray *faults)
{
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, group, &n);

  for (guint i = 0; i < n; i++)
    {
      const OhmSettingSpec *spec = ohm_config_transport_find_key (own, entries[i].key);
      g_autoptr (GError) reason = NULL;
      GError *error = NULL;

      if (spec != NULL && !ohm_setting_check (spec, entries[i].value, &reason))
        ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, entries[i].key, &error, "%s",
                               reason->message);
      ohm_keyfile_take_fault (faults, error);
    }
}

/* (transfer full) (nullable): the group's keys, all in order */
OhmSettings *
ohm_config_transport_read_keys (OhmKeyfile *keyfile,
                                const char *group,
                                const OhmSettingSpec *own,
                                GType transport,
                                GPtrArray *faults)
{
  const OhmSettingSpec *tables[] = { own, NULL, NULL };

  if (transport != G_TYPE_INVALID)
    tables[1] = ohm_config_transport_get_keys (transport);
  else if (ohm_keyfile_get (keyfile, group, "transport") != NULL)
    {
      ohm_config_transport_check_own_keys (keyfile, group, own, faults);
      return NULL;
    }
  return ohm_settings_new_all (keyfile, group, tables, faults);
}
