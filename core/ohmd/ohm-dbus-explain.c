/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-explain.h"

#include <string.h>

#include "ohm-check.h"
#include "ohm-dbus-config.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

#define OHM_DBUS_DAEMON_GROUP "ohmd"
#define OHM_DBUS_DAEMON_FILE  "ohmd.conf"

static OhmSite *
ohm_dbus_explain_site (OhmDbus *dbus)
{
  return ohm_dbus_get_parts (dbus)->site;
}

void
ohm_dbus_explain_call_check_config (OhmDbus *dbus,
                                    gpointer object,
                                    GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_explain_site (dbus);
  g_autoptr (OhmConfig) config = ohm_site_load_config (site);
  OhmConfigHolders holders = ohm_site_get_holders (site);
  g_auto (GStrv) findings = ohm_check_list (config, ohm_site_get_plugins (site),
                                            ohm_site_get_profiles (site), &holders);
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();

  for (guint i = 0; findings[i] != NULL; i++)
    g_ptr_array_add (texts, findings[i]);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a(susa{ss}))",
                                                        ohm_dbus_config_new_findings (texts)));
}

/* A key of `ohmd.conf` where it stands last: TRUE if it is in @file. */
static gboolean
ohm_dbus_explain_find_key (const char *file, const char *key, char **ret_value)
{
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_load (file, /* error */ NULL);
  const char *value = keyfile != NULL ? ohm_keyfile_get (keyfile, OHM_DBUS_DAEMON_GROUP, key)
                                      : NULL;

  if (value == NULL)
    return FALSE;
  g_free (*ret_value);
  *ret_value = g_strdup (value);
  return TRUE;
}

static int
ohm_dbus_explain_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (element-type utf8): the daemon's own files in the order in which they override each other */
static GPtrArray *
ohm_dbus_explain_list_files (OhmSite *site)
{
  const char *layers[] = { ohm_site_get_config_dir (site), ohm_site_get_runtime_dir (site) };
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    {
      g_autofree char *folder = g_build_filename (layers[i], "conf.d", NULL);
      g_autoptr (GDir) dir = g_dir_open (folder, 0, /* error */ NULL);
      g_autoptr (GPtrArray) drop_ins = g_ptr_array_new ();
      const char *name = NULL;

      g_ptr_array_add (files, g_build_filename (layers[i], OHM_DBUS_DAEMON_FILE, NULL));
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (name, ".conf"))
          g_ptr_array_add (drop_ins, g_build_filename (folder, name, NULL));
      g_ptr_array_sort (drop_ins, ohm_dbus_explain_compare);
      g_ptr_array_extend_and_steal (files, g_steal_pointer (&drop_ins));
    }
  return files;
}

void
ohm_dbus_explain_call_get_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GPtrArray) files = ohm_dbus_explain_list_files (ohm_dbus_explain_site (dbus));
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sssss)"));

  for (const OhmSettingSpec *spec = ohm_config_daemon_table; spec->key != NULL; spec++)
    {
      g_autofree char *value = g_strdup (spec->fallback != NULL ? spec->fallback : "");
      const char *file = NULL;

      for (guint i = 0; i < files->len; i++)
        if (ohm_dbus_explain_find_key (files->pdata[i], spec->key, &value))
          file = files->pdata[i];
      g_variant_builder_add (&builder, "(sssss)", OHM_DBUS_DAEMON_GROUP, spec->key, value,
                             file != NULL ? ohm_dbus_config_get_layer (dbus, file) : "default",
                             file != NULL ? file : "");
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(sssss))", &builder));
}

void
ohm_dbus_explain_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_explain_site (dbus);
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  g_autoptr (GVariant) set = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) unset = g_variant_get_child_value (arguments, 1);
  g_autofree char *file = g_build_filename (ohm_site_get_runtime_dir (site), OHM_DBUS_DAEMON_FILE,
                                            NULL);
  g_autofree char *text = NULL;
  g_autofree char *edited = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (file, &text, NULL, /* error: begun anew */ NULL);
  edited = ohm_dbus_config_edit (text != NULL ? text : "", set, unset, &error);
  if (edited != NULL && ohm_site_write_daemon (site, edited, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
}

static const char *
ohm_dbus_explain_type (OhmSettingType type)
{
  static const char *const names[] = {
    [OHM_SETTING_STRING] = "string",     [OHM_SETTING_BOOLEAN] = "boolean",
    [OHM_SETTING_INTEGER] = "integer",   [OHM_SETTING_REAL] = "real",
    [OHM_SETTING_DURATION] = "duration", [OHM_SETTING_CHOICE] = "choice",
    [OHM_SETTING_LIST] = "list",         [OHM_SETTING_HOST] = "host",
  };

  return (guint) type < G_N_ELEMENTS (names) ? names[type] : "string";
}

static void
ohm_dbus_explain_add_table (GVariantBuilder *builder,
                            const char *scope,
                            const char *group,
                            const OhmSettingSpec *table)
{
  for (const OhmSettingSpec *spec = table; spec != NULL && spec->key != NULL; spec++)
    g_variant_builder_add (builder, "(ssssxxsssb)", scope, group, spec->key,
                           ohm_dbus_explain_type (spec->type), spec->min, spec->max,
                           spec->fallback != NULL ? spec->fallback : "",
                           spec->choices != NULL ? spec->choices : "",
                           spec->help != NULL ? spec->help : "", spec->is_required);
}

static void
ohm_dbus_explain_add_transports (OhmDbus *dbus, GVariantBuilder *builder, const char *scope)
{
  OhmPluginHost *plugins = ohm_site_get_plugins (ohm_dbus_explain_site (dbus));
  g_autofree const char **ids = ohm_plugin_host_list_ids (plugins, OHM_TYPE_TRANSPORT);

  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (GTypeClass) klass = g_type_class_ref (
        ohm_plugin_host_find_type (plugins, ids[i], OHM_TYPE_TRANSPORT));

      if (*scope == '\0' || strcmp (scope, ids[i]) == 0)
        ohm_dbus_explain_add_table (builder, ids[i], "meter",
                                    OHM_TRANSPORT_CLASS (klass)->settings_table);
    }
}

/* Of one that is asked for: to ask all would open them all. */
static void
ohm_dbus_explain_add_uplink (OhmDbus *dbus, GVariantBuilder *builder, const char *scope)
{
  OhmPluginHost *plugins = ohm_site_get_plugins (ohm_dbus_explain_site (dbus));
  GType type = *scope != '\0' ? ohm_plugin_host_find_type (plugins, scope, OHM_TYPE_UPLINK)
                              : G_TYPE_INVALID;
  g_autoptr (GTypeClass) klass = type != G_TYPE_INVALID ? g_type_class_ref (type) : NULL;

  if (klass != NULL)
    ohm_dbus_explain_add_table (builder, scope, scope, OHM_UPLINK_CLASS (klass)->settings_table);
}

void
ohm_dbus_explain_call_explain_config (OhmDbus *dbus,
                                      gpointer object,
                                      GDBusMethodInvocation *invocation)
{
  static const struct
  {
    const char *scope;
    const char *group;
    const OhmSettingSpec *table;
  } tables[] = {
    { OHM_DBUS_DAEMON_FILE, OHM_DBUS_DAEMON_GROUP, ohm_config_daemon_table },
    { "meter", "meter", ohm_config_meter_table },
    { "place", "place ID", ohm_config_place_table },
    { "history", "history", ohm_config_history_table },
    { "link", "link", ohm_config_link_table },
    { "uplink", "uplink", ohm_config_uplink_table },
  };
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssxxsssb)"));
  g_autoptr (GVariant) keys = NULL;
  const char *scope = NULL;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &scope);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (*scope == '\0' || strcmp (scope, tables[i].scope) == 0)
      ohm_dbus_explain_add_table (&builder, tables[i].scope, tables[i].group, tables[i].table);
  ohm_dbus_explain_add_transports (dbus, &builder, scope);
  ohm_dbus_explain_add_uplink (dbus, &builder, scope);
  keys = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (g_variant_n_children (keys) > 0)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a(ssssxxsssb))", keys));
  else
    g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                           "no keys are known of '%s'", scope);
}

static void
ohm_dbus_explain_add_refused (GVariantBuilder *builder,
                              const char *kind,
                              const char *id,
                              const char *file,
                              const char *reason)
{
  static const struct
  {
    const char *kind;
    const char *code;
  } codes[] = { { "plugin", "plugin-refused" }, { "profile", "profile-refused" } };
  const char *code = "misconfigured";

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (strcmp (codes[i].kind, kind) == 0)
      code = codes[i].code;
  g_variant_builder_add (builder, "(ssss@a{ss})", kind, id, file != NULL ? file : "", code,
                         ohm_dbus_reason_arguments (reason));
}

static void
ohm_dbus_explain_add_refused_files (OhmSite *site, GVariantBuilder *builder)
{
  GPtrArray *plugins = ohm_plugin_host_get_entries (ohm_site_get_plugins (site));
  GPtrArray *profiles = ohm_profile_catalog_get_entries (ohm_site_get_profiles (site));

  for (guint i = 0; i < plugins->len; i++)
    {
      const OhmPluginEntry *entry = plugins->pdata[i];

      if (entry->reason != NULL)
        ohm_dbus_explain_add_refused (builder, "plugin", entry->id, entry->file, entry->reason);
    }
  for (guint i = 0; i < profiles->len; i++)
    {
      const OhmProfileEntry *entry = profiles->pdata[i];

      if (entry->reason != NULL)
        ohm_dbus_explain_add_refused (builder, "profile", entry->id, entry->file, entry->reason);
    }
}

static char *
ohm_dbus_explain_dup_file (const char *text)
{
  g_autofree char *file = ohm_dbus_config_dup_file (text);

  return *file != '\0' ? g_steal_pointer (&file) : g_strdup (text);
}

/* The first fault of a file that is no meter's and no uplink's. */
static void
ohm_dbus_explain_add_refused_file (GVariantBuilder *builder, const char *text)
{
  g_autofree char *file = ohm_dbus_config_dup_file (text);
  g_autofree char *name = *file != '\0' ? g_path_get_basename (file) : g_strdup ("");
  gboolean is_link = g_str_has_suffix (name, OHM_LINK_SUFFIX);

  if (is_link)
    name[strlen (name) - strlen (OHM_LINK_SUFFIX)] = '\0';
  ohm_dbus_explain_add_refused (builder, is_link ? "link" : "config", name, file, text);
}

/* Meters and uplinks that cannot run, then which other files of the configuration are wrong. */
static void
ohm_dbus_explain_add_refused_config (OhmConfig *config, GVariantBuilder *builder)
{
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = config->meters->pdata[i];

      if (meter->reason == NULL)
        continue;
      ohm_dbus_explain_add_refused (builder, "meter", meter->id, meter->file, meter->reason);
      g_hash_table_add (told, g_strdup (meter->file));
    }
  for (guint i = 0; i < config->uplinks->len; i++)
    {
      const OhmUplinkConfig *uplink = config->uplinks->pdata[i];

      if (uplink->reason == NULL)
        continue;
      ohm_dbus_explain_add_refused (builder, "uplink", uplink->id, uplink->file, uplink->reason);
      g_hash_table_add (told, g_strdup (uplink->file));
    }
  for (guint i = 0; i < config->errors->len; i++)
    if (g_hash_table_add (told, ohm_dbus_explain_dup_file (config->errors->pdata[i])))
      ohm_dbus_explain_add_refused_file (builder, config->errors->pdata[i]);
}

void
ohm_dbus_explain_call_get_refused (OhmDbus *dbus,
                                   gpointer object,
                                   GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_explain_site (dbus);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssa{ss})"));

  ohm_dbus_explain_add_refused_files (site, &builder);
  ohm_dbus_explain_add_refused_config (ohm_site_get_config (site), &builder);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(ssssa{ss}))", &builder));
}

typedef struct
{
  const OhmPoint *point;
  guint n_meters;
} OhmDbusPointUse;

static void
ohm_dbus_explain_count_points (GHashTable *uses, OhmPointSet *set, guint n_meters)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (set, &n);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("%s %s %d", points[i].name, points[i].unit,
                                              points[i].is_integer);
      OhmDbusPointUse *use = g_hash_table_lookup (uses, key);

      if (use == NULL)
        {
          use = g_new0 (OhmDbusPointUse, 1);
          use->point = &points[i];
          g_hash_table_insert (uses, g_steal_pointer (&key), use);
        }
      use->n_meters += n_meters;
    }
}

static int
ohm_dbus_explain_compare_uses (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const OhmDbusPointUse *const *) a)->point->name,
                 (*(const OhmDbusPointUse *const *) b)->point->name);
}

GVariant *
ohm_dbus_explain_points (GPtrArray *sets)
{
  g_autoptr (GHashTable) meters_of_set = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) uses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GPtrArray) sorted = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssbu)"));
  GHashTableIter iter;
  gpointer set = NULL;
  gpointer n = NULL;

  for (guint i = 0; i < sets->len; i++)
    {
      n = g_hash_table_lookup (meters_of_set, sets->pdata[i]);
      g_hash_table_insert (meters_of_set, sets->pdata[i],
                           GUINT_TO_POINTER (GPOINTER_TO_UINT (n) + 1));
    }
  g_hash_table_iter_init (&iter, meters_of_set);
  while (g_hash_table_iter_next (&iter, &set, &n))
    ohm_dbus_explain_count_points (uses, set, GPOINTER_TO_UINT (n));
  sorted = g_ptr_array_sized_new (g_hash_table_size (uses));
  g_hash_table_iter_init (&iter, uses);
  while (g_hash_table_iter_next (&iter, NULL, &n))
    g_ptr_array_add (sorted, n);
  g_ptr_array_sort (sorted, ohm_dbus_explain_compare_uses);
  for (guint i = 0; i < sorted->len; i++)
    {
      const OhmDbusPointUse *use = sorted->pdata[i];
      g_autofree char *obis = ohm_point_dup_obis (use->point);

      g_variant_builder_add (&builder, "(ssssbu)", use->point->name, use->point->unit,
                             ohm_kind_to_string (use->point->quantity->kind),
                             obis != NULL ? obis : "", use->point->is_integer, use->n_meters);
    }
  return g_variant_builder_end (&builder);
}
