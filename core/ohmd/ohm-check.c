/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-check.h"

#include <stdio.h>

#include "ohm-check-load.h"
#include "ohm-check-places.h"

static void
ohm_check_plugins (OhmPluginHost *plugins, GStrvBuilder *findings)
{
  GPtrArray *entries = ohm_plugin_host_get_entries (plugins);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmPluginEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *line = NULL;

      if (entry->reason == NULL)
        continue;
      line = g_strdup_printf ("%s: %s", entry->file, entry->reason);
      g_strv_builder_add (findings, line);
    }
}

const char *
ohm_check_get_missing_family (const OhmProfileEntry *entry, OhmPluginHost *plugins)
{
  const char *family = entry->profile != NULL ? ohm_profile_get_family (entry->profile) : NULL;
  gboolean is_there = family == NULL ||
                      ohm_plugin_host_find_type (plugins, family, OHM_TYPE_METER) != G_TYPE_INVALID;

  return is_there ? NULL : family;
}

/* A type whose code is not there is of no use. */
static void
ohm_check_family (const OhmProfileEntry *entry, OhmPluginHost *plugins, GStrvBuilder *findings)
{
  const char *family = ohm_check_get_missing_family (entry, plugins);
  g_autofree const char **known = NULL;
  g_autofree char *line = NULL;
  const char *meant;

  if (family == NULL || entry->reason != NULL)
    return;
  known = ohm_plugin_host_list_ids (plugins, OHM_TYPE_METER);
  meant = ohm_suggest (family, known);
  line = g_strdup_printf ("%s: [profile] family: no meter plugin '%s' is loaded%s%s%s", entry->file,
                          family, meant != NULL ? "; did you mean '" : "",
                          meant != NULL ? meant : "", meant != NULL ? "'?" : "");
  g_strv_builder_add (findings, line);
}

static void
ohm_check_profiles (OhmPluginHost *plugins, OhmProfileCatalog *profiles, GStrvBuilder *findings)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (profiles);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);

      g_auto (GStrv) more = g_strsplit (entry->more != NULL ? entry->more : "", "\n", -1);

      if (entry->reason != NULL)
        g_strv_builder_add (findings, entry->reason);
      for (guint k = 0; more[k] != NULL; k++)
        g_strv_builder_add (findings, more[k]);
      ohm_check_family (entry, plugins, findings);
    }
}

static void
ohm_check_type (const OhmMeterConfig *meter,
                OhmPluginHost *plugins,
                OhmProfileCatalog *profiles,
                GStrvBuilder *findings)
{
  const char *type = meter->type;
  g_autofree const char **known = NULL;
  g_autofree char *line = NULL;
  const char *suggestion;

  if (g_str_equal (type, "auto") || g_str_equal (type, "virtual") ||
      ohm_profile_catalog_find (profiles, type) != NULL ||
      ohm_plugin_host_find_type (plugins, type, OHM_TYPE_METER) != G_TYPE_INVALID)
    return;
  known = ohm_profile_catalog_list_ids (profiles);
  suggestion = ohm_suggest (type, known);
  line = g_strdup_printf ("%s:%u: [meter] type: no type '%s'%s%s%s", meter->file, meter->type_line,
                          type, suggestion != NULL ? "; did you mean '" : "",
                          suggestion != NULL ? suggestion : "", suggestion != NULL ? "'?" : "");
  g_strv_builder_add (findings, line);
}

static void
ohm_check_on_register (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  gboolean *tells_serial = user_data;

  *tells_serial = *tells_serial || (is_fact && g_str_equal (row->name, "serial"));
}

/* Code of a family may read it without a row. */
static gboolean
ohm_check_tells_serial (OhmProfile *profile)
{
  gboolean tells_serial = ohm_profile_get_family (profile) != NULL;

  ohm_profile_foreach_register (profile, ohm_check_on_register, &tells_serial);
  return tells_serial;
}

/* Who names a serial relies on another device being noticed. */
static void
ohm_check_serial (const OhmMeterConfig *meter, OhmProfileCatalog *profiles, GStrvBuilder *findings)
{
  const char *type = ohm_settings_get_string (meter->settings, "type");
  OhmProfile *profile = ohm_profile_catalog_find (profiles, type);
  g_autofree char *line = NULL;

  if (ohm_settings_get_string (meter->settings, "serial") == NULL || profile == NULL ||
      ohm_check_tells_serial (profile))
    return;
  line =
    g_strdup_printf ("%s: [meter] serial: cannot be checked, as meters of type '%s' tell none; "
                     "leave it out",
                     meter->file, type);
  g_strv_builder_add (findings, line);
}

/* The unit that is asked first; -1 if nobody knows before the type is found. */
static int
ohm_check_get_unit (const OhmMeterConfig *meter, OhmProfileCatalog *profiles)
{
  OhmProfile *profile = ohm_profile_catalog_find (profiles, meter->type);
  const OhmLimits *limits = profile != NULL ? ohm_profile_get_limits (profile) : NULL;

  if (meter->unit >= 0 || limits == NULL)
    return meter->unit;
  return limits->n_units > 0 ? limits->units[0] : 1;
}

/* Two that read the same unit: one device under two names, which counts its energy twice. */
void
ohm_check_twins (OhmConfig *config, OhmProfileCatalog *profiles, GStrvBuilder *findings)
{
  g_autoptr (GHashTable) readers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < config->meters->len; i++)
    {
      OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);
      int unit = ohm_check_get_unit (meter, profiles);
      g_autofree char *address = g_strdup_printf ("%d of '%s'", unit, meter->link);
      const OhmMeterConfig *other = g_hash_table_lookup (readers, address);
      g_autofree char *line = NULL;

      if (meter->link == NULL || meter->settings == NULL || unit < 0 ||
          !ohm_meter_config_is_enabled (meter))
        continue;
      if (other == NULL)
        {
          g_hash_table_insert (readers, g_steal_pointer (&address), meter);
          continue;
        }
      line = g_strdup_printf ("%s: [meter] unit: meter '%s' reads unit %s too", meter->file,
                              other->id, address);
      g_strv_builder_add (findings, line);
    }
}

char **
ohm_check_list (OhmConfig *config,
                OhmPluginHost *plugins,
                OhmProfileCatalog *profiles,
                const OhmConfigHolders *holders)
{
  g_autoptr (GStrvBuilder) findings = g_strv_builder_new ();

  ohm_check_plugins (plugins, findings);
  ohm_check_profiles (plugins, profiles, findings);
  for (guint i = 0; i < config->errors->len; i++)
    g_strv_builder_add (findings, g_ptr_array_index (config->errors, i));
  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);

      ohm_check_type (meter, plugins, profiles, findings);
      if (meter->settings != NULL)
        ohm_check_serial (meter, profiles, findings);
    }
  ohm_check_twins (config, profiles, findings);
  ohm_check_places (config, plugins, profiles, holders, findings);
  ohm_check_load (config, plugins, profiles, findings);
  return g_strv_builder_end (findings);
}

static GLogWriterOutput
ohm_check_write_nothing (GLogLevelFlags level,
                         const GLogField *fields,
                         gsize n_fields,
                         gpointer user_data)
{
  return G_LOG_WRITER_HANDLED;
}

int
ohm_check_config (const char *config_dir, const char *state_dir, const char *const *plugin_dirs)
{
  g_autofree char *runtime_dir = g_build_filename (state_dir, "config", NULL);
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autoptr (OhmPluginHost) plugins = ohm_plugin_host_new (bus, plugin_dirs);
  g_autoptr (OhmProfileCatalog) profiles = ohm_profile_catalog_new (bus, plugin_dirs);
  g_autoptr (OhmConfig) config = NULL;
  g_auto (GStrv) findings = NULL;

  /* The findings say it all; the log would say it twice. */
  g_log_set_writer_func (ohm_check_write_nothing, NULL, NULL);
  ohm_plugin_host_scan (plugins);
  ohm_profile_catalog_scan (profiles);
  config = ohm_config_load (config_dir, runtime_dir, plugins, /* holders */ NULL);
  findings = ohm_check_list (config, plugins, profiles, /* holders */ NULL);
  for (guint i = 0; findings[i] != NULL; i++)
    printf ("%s\n", findings[i]);
  if (findings[0] == NULL)
    {
      printf ("%u meters on %u links", config->meters->len, config->links->len);
      if (config->uplinks->len > 0)
        printf (", %u uplinks", config->uplinks->len);
      printf (": nothing is wrong\n");
    }
  return findings[0] == NULL ? 0 : 1;
}
