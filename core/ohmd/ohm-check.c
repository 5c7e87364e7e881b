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

static void
ohm_check_profiles (OhmProfileCatalog *profiles, GStrvBuilder *findings)
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
    }
}

static void
ohm_check_type (const OhmMeterConfig *meter,
                OhmPluginHost *plugins,
                OhmProfileCatalog *profiles,
                GStrvBuilder *findings)
{
  const char *type = ohm_settings_get_string (meter->settings, "type");
  g_autofree const char **known = NULL;
  g_autofree char *line = NULL;
  const char *suggestion;

  if (g_str_equal (type, "auto") || ohm_meter_config_is_virtual (meter) ||
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

/* Two that read the same unit: one device under two names, which counts its energy twice. */
static gboolean
ohm_check_is_twin (const OhmMeterConfig *a, const OhmMeterConfig *b)
{
  return a->settings != NULL && b->settings != NULL && a->link != NULL && a->unit >= 0 &&
         a->unit == b->unit && g_strcmp0 (a->link, b->link) == 0 &&
         ohm_meter_config_is_enabled (a) && ohm_meter_config_is_enabled (b);
}

static void
ohm_check_twins (OhmConfig *config, GStrvBuilder *findings)
{
  for (guint i = 0; i < config->meters->len; i++)
    for (guint k = 0; k < i; k++)
      {
        const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);
        const OhmMeterConfig *other = g_ptr_array_index (config->meters, k);
        g_autofree char *line = NULL;

        if (!ohm_check_is_twin (meter, other))
          continue;
        line = g_strdup_printf ("%s: [meter] unit: meter '%s' reads unit %d of '%s' too",
                                meter->file, other->id, meter->unit, meter->link);
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
  ohm_check_profiles (profiles, findings);
  for (guint i = 0; i < config->errors->len; i++)
    g_strv_builder_add (findings, g_ptr_array_index (config->errors, i));
  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);

      if (meter->settings == NULL)
        continue;
      ohm_check_type (meter, plugins, profiles, findings);
      ohm_check_serial (meter, profiles, findings);
    }
  ohm_check_twins (config, findings);
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
