/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
#include "ohmctl-verbs.h"

static void
ohmctl_plugin_print_causes (OhmctlContext *context, GPtrArray *plugins)
{
  for (guint i = 0; i < plugins->len; i++)
    {
      OhmctlObject *plugin = plugins->pdata[i];
      g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (plugin);

      if (cause == NULL)
        continue;
      ohmctl_printf ("\n%s (%s)\n", ohmctl_object_get_id (plugin),
                     ohmctl_object_string (plugin, "File"));
      ohmctl_print_message (context, 2, cause);
    }
}

static gboolean
ohmctl_plugin_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) plugins = ohmctl_object_list (context, OHMCTL_KIND_PLUGIN, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (plugins == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("plugins", plugins);
      return TRUE;
    }
  ohmctl_table_add_column (table, "PLUGIN", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "VERSION", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "PROVIDES", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "STATE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "SUMMARY", OHMCTL_ALIGN_SHRINK);
  for (guint i = 0; i < plugins->len; i++)
    {
      OhmctlObject *plugin = plugins->pdata[i];
      const char *state = ohmctl_object_string (plugin, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (plugin));
      ohmctl_table_add (table, ohmctl_object_string (plugin, "Version"));
      ohmctl_table_add_take (table, ohmctl_object_join (plugin, "Kinds"));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add (table, ohmctl_object_string (plugin, "Summary"));
    }
  ohmctl_print_table (context, table);
  ohmctl_plugin_print_causes (context, plugins);
  return TRUE;
}

static gboolean
ohmctl_plugin_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) plugin = ohmctl_change_get_object (context, OHMCTL_KIND_PLUGIN, args,
                                                              error);
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (plugin == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_json_object (json, NULL, plugin);
      ohmctl_print_json (json);
      return TRUE;
    }
  ohmctl_show_line (table, "plugin", ohmctl_object_get_id (plugin));
  ohmctl_show_line (table, "summary", ohmctl_object_string (plugin, "Summary"));
  ohmctl_show_line (table, "version", ohmctl_object_string (plugin, "Version"));
  ohmctl_show_line (table, "license", ohmctl_object_string (plugin, "License"));
  ohmctl_show_line_take (table, "provides", ohmctl_object_join (plugin, "Kinds"));
  ohmctl_show_line_take (table, "types", ohmctl_object_join (plugin, "Types"));
  ohmctl_show_line (table, "file", ohmctl_object_string (plugin, "File"));
  ohmctl_show_state (table, plugin);
  ohmctl_print_table (context, table);
  return TRUE;
}

static gboolean
ohmctl_plugin_rescan (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) reply = NULL;
  guint found;

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.Rescan",
                                  g_variant_new ("(a{sv})", NULL), "(u)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(u)", &found);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_unsigned (json, "found", found);
  ohmctl_json_end_object (json);
  if (context->is_json)
    ohmctl_print_json (json);
  else
    ohmctl_printf (found == 1 ? "%u new file\n" : "%u new files\n", found);
  return TRUE;
}

const OhmctlVerb ohmctl_plugin_verbs[] = {
  {
    .object = "plugin",
    .verb = "list",
    .words = "",
    .summary = "all plugins; why some were refused",
    .run = ohmctl_plugin_list,
  },
  {
    .object = "plugin",
    .verb = "show",
    .words = "PLUGIN",
    .summary = "everything known of a plugin",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_PLUGIN },
    .run = ohmctl_plugin_show,
  },
  {
    .object = "plugin",
    .verb = "rescan",
    .words = "",
    .summary = "look for new plugins and profiles, and try refused ones again",
    .run = ohmctl_plugin_rescan,
  },
  { NULL },
};
