/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-plugin.h"

#include <string.h>

#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static GPtrArray *
ohm_dbus_plugin_entries (OhmDbus *dbus)
{
  return ohm_plugin_host_get_entries (ohm_site_get_plugins (ohm_dbus_get_parts (dbus)->site));
}

/* An id may be there twice, once refused as a duplicate: the loaded one is the plugin. */
static gpointer
ohm_dbus_plugin_find (OhmDbus *dbus, const char *id)
{
  GPtrArray *entries = ohm_dbus_plugin_entries (dbus);
  OhmPluginEntry *found = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      OhmPluginEntry *entry = entries->pdata[i];

      if (strcmp (entry->id, id) == 0 && (found == NULL || found->info == NULL))
        found = entry;
    }
  return found;
}

static void
ohm_dbus_plugin_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *entries = ohm_dbus_plugin_entries (dbus);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmPluginEntry *entry = entries->pdata[i];

      /* sorted by id */
      if (ids->len == 0 || strcmp (ids->pdata[ids->len - 1], entry->id) != 0)
        g_ptr_array_add (ids, g_strdup (entry->id));
    }
}

static GVariant *
ohm_dbus_plugin_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (((OhmPluginEntry *) object)->id);
}

static GVariant *
ohm_dbus_plugin_get_summary (OhmDbus *dbus, gpointer object)
{
  const OhmPluginInfo *info = ((OhmPluginEntry *) object)->info;

  return ohm_dbus_string (info != NULL ? info->summary : NULL);
}

static GVariant *
ohm_dbus_plugin_get_version (OhmDbus *dbus, gpointer object)
{
  const OhmPluginInfo *info = ((OhmPluginEntry *) object)->info;

  return ohm_dbus_string (info != NULL ? info->version : NULL);
}

static GVariant *
ohm_dbus_plugin_get_license (OhmDbus *dbus, gpointer object)
{
  const OhmPluginInfo *info = ((OhmPluginEntry *) object)->info;

  return ohm_dbus_string (info != NULL ? info->license : NULL);
}

static GVariant *
ohm_dbus_plugin_get_file (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (((OhmPluginEntry *) object)->file);
}

static const char *
ohm_dbus_plugin_kind_of (GType type)
{
  if (g_type_is_a (type, OHM_TYPE_METER))
    return "meter";
  if (g_type_is_a (type, OHM_TYPE_TRANSPORT))
    return "transport";
  if (g_type_is_a (type, OHM_TYPE_UPLINK))
    return "uplink";
  return "history";
}

/* By the looks of its file, of one that waits. */
static void
ohm_dbus_plugin_add_promised (const OhmPluginEntry *entry, GPtrArray *kinds)
{
  static const struct
  {
    OhmPluginKinds kind;
    const char *name;
  } names[] = { { OHM_PLUGIN_UPLINK, "uplink" }, { OHM_PLUGIN_HISTORY, "history" } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if ((entry->kinds & names[i].kind) != 0)
      g_ptr_array_add (kinds, (gpointer) (gsize) names[i].name);
}

static GVariant *
ohm_dbus_plugin_get_kinds (OhmDbus *dbus, gpointer object)
{
  const OhmPluginEntry *entry = object;
  g_autoptr (GPtrArray) kinds = g_ptr_array_new ();

  if (entry->state == OHM_PLUGIN_WAITING)
    ohm_dbus_plugin_add_promised (entry, kinds);
  for (guint i = 0; i < OHM_PLUGIN_TYPES_MAX; i++)
    if (entry->info != NULL && entry->types[i] != 0)
      {
        const char *kind = ohm_dbus_plugin_kind_of (entry->types[i]);

        if (!g_ptr_array_find (kinds, kind, /* index */ NULL))
          g_ptr_array_add (kinds, (gpointer) (gsize) kind);
      }
  return g_variant_new_strv ((const char *const *) kinds->pdata, (gssize) kinds->len);
}

static GVariant *
ohm_dbus_plugin_get_types (OhmDbus *dbus, gpointer object)
{
  const OhmPluginEntry *entry = object;
  const char *names[OHM_PLUGIN_TYPES_MAX] = { NULL };
  gssize n = 0;

  for (guint i = 0; i < OHM_PLUGIN_TYPES_MAX; i++)
    if (entry->info != NULL && entry->types[i] != 0)
      names[n++] = g_type_name (entry->types[i]);
  return g_variant_new_strv (names, n);
}

static GVariant *
ohm_dbus_plugin_get_state (OhmDbus *dbus, gpointer object)
{
  const OhmPluginEntry *entry = object;

  switch (entry->state)
    {
    case OHM_PLUGIN_LOADED:
      return g_variant_new_string (entry->file != NULL ? "loaded" : "builtin");
    case OHM_PLUGIN_RESTART_NEEDED:
      return g_variant_new_string ("restart-needed");
    case OHM_PLUGIN_WAITING:
      return g_variant_new_string ("waiting");
    case OHM_PLUGIN_REFUSED:
    default:
      return g_variant_new_string ("refused");
    }
}

static GVariant *
ohm_dbus_plugin_get_cause_code (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_reason_code ("plugin-refused", ((OhmPluginEntry *) object)->reason);
}

static GVariant *
ohm_dbus_plugin_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_reason_arguments (((OhmPluginEntry *) object)->reason);
}

static const OhmDbusProperty ohm_dbus_plugin_properties[] = {
  { "Id", ohm_dbus_plugin_get_id },
  { "Summary", ohm_dbus_plugin_get_summary },
  { "Version", ohm_dbus_plugin_get_version },
  { "License", ohm_dbus_plugin_get_license },
  { "File", ohm_dbus_plugin_get_file },
  { "Kinds", ohm_dbus_plugin_get_kinds },
  { "Types", ohm_dbus_plugin_get_types },
  { "State", ohm_dbus_plugin_get_state },
  { "CauseCode", ohm_dbus_plugin_get_cause_code },
  { "CauseArguments", ohm_dbus_plugin_get_cause_arguments },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_plugin_adapter = {
  .info = &org_ohmnibus_ohmnibus1_plugin_interface,
  .properties = ohm_dbus_plugin_properties,
  .collection = "plugins",
  .find = ohm_dbus_plugin_find,
  .list = ohm_dbus_plugin_list,
};
