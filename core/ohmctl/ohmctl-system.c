/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
#include "ohmctl-verbs.h"

static GVariant *
ohmctl_system_get_statistics (OhmctlContext *context, const char *method, GError **error)
{
  g_autoptr (GVariant) reply = NULL;

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, method, g_variant_new ("(a{sv})", NULL),
                                  "(a{sv})", error);
  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static void
ohmctl_system_show_process (OhmctlTable *table, OhmctlObject *system, GVariant *statistics)
{
  gint64 up_us = ohmctl_context_now_us () - ohmctl_object_integer (system, "Started");
  guint64 rss;
  guint64 values;
  gint64 cpu_us;

  if (g_variant_lookup (statistics, "rss_bytes", "t", &rss))
    ohmctl_show_line_take (table, "memory", ohmctl_format_bytes (rss));
  if (g_variant_lookup (statistics, "cpu_us", "x", &cpu_us) && up_us > 0)
    {
      g_autofree char *percent = ohmctl_format_real ((double) cpu_us * 100 /
                                                       (double) MAX (up_us, 1),
                                                     2);

      ohmctl_show_line_take (table, "processor",
                             g_strdup_printf ("%s %% of one core since the start", percent));
    }
  if (g_variant_lookup (statistics, "values", "t", &values))
    ohmctl_show_line_take (table, "values read", g_strdup_printf ("%" G_GUINT64_FORMAT, values));
}

static void
ohmctl_system_show_store (OhmctlContext *context,
                          OhmctlTable *table,
                          OhmctlObject *store,
                          GVariant *statistics)
{
  gint64 size = 0;
  gint64 limit = 0;
  gint64 newest_us = 0;
  g_autofree char *size_text = NULL;
  g_autofree char *limit_text = NULL;

  g_variant_lookup (statistics, "size_bytes", "x", &size);
  g_variant_lookup (statistics, "limit_bytes", "x", &limit);
  g_variant_lookup (statistics, "newest_us", "x", &newest_us);
  size_text = ohmctl_format_bytes ((guint64) MAX (size, 0));
  limit_text = ohmctl_format_bytes ((guint64) MAX (limit, 0));
  ohmctl_show_line (table, "store", ohmctl_object_string (store, "Path"));
  ohmctl_show_state (table, store);
  ohmctl_show_line_take (table, "size",
                         g_strdup_printf ("%s of at most %s", size_text, limit_text));
  ohmctl_show_line_take (table, "newest slot",
                         ohmctl_format_minute (newest_us, ohmctl_context_get_zone (context)));
  ohmctl_show_line (table, "put aside", ohmctl_object_string (store, "Quarantine"));
}

static void
ohmctl_system_print (OhmctlContext *context,
                     OhmctlObject *system,
                     OhmctlObject *store,
                     GVariant *process,
                     GVariant *statistics)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();

  ohmctl_show_line_take (table, "ohmd",
                         g_strdup_printf ("%s, plugin ABI %" G_GINT64_FORMAT,
                                          ohmctl_object_string (system, "Version"),
                                          ohmctl_object_integer (system, "Abi")));
  ohmctl_show_line (table, "host", ohmctl_object_string (system, "Hostname"));
  ohmctl_show_line_take (table, "started",
                         ohmctl_format_time (ohmctl_object_integer (system, "Started"),
                                             ohmctl_context_get_zone (context)));
  ohmctl_show_line (table, "clock", ohmctl_object_string (system, "ClockState"));
  ohmctl_show_line (table, "time zone", ohmctl_object_string (system, "TimeZone"));
  ohmctl_show_line (table, "configuration", ohmctl_object_string (system, "ConfigDir"));
  ohmctl_show_line (table, "state", ohmctl_object_string (system, "StateDir"));
  ohmctl_show_line_take (table, "plugins", ohmctl_object_join (system, "PluginDirs"));
  ohmctl_system_show_process (table, system, process);
  ohmctl_system_show_store (context, table, store, statistics);
  ohmctl_print_table (context, table);
}

static void
ohmctl_system_write_bus (OhmctlJson *json, const char *key, GVariant *rows)
{
  GVariantIter iter;
  const char *name;
  const char *subscriber;
  guint64 deliveries, mean_ns;

  ohmctl_json_begin_array (json, key);
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&s&stt)", &name, &subscriber, &deliveries, &mean_ns))
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "signal", name);
      ohmctl_json_string (json, "subscriber", subscriber);
      ohmctl_json_unsigned (json, "deliveries", deliveries);
      ohmctl_json_unsigned (json, "mean_ns", mean_ns);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_system_write_process (OhmctlJson *json, GVariant *statistics)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;

  ohmctl_json_begin_object (json, "statistics");
  g_variant_iter_init (&iter, statistics);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a(sstt)")))
        ohmctl_system_write_bus (json, key, value);
      else
        ohmctl_json_variant (json, key, value);
      g_variant_unref (value);
    }
  ohmctl_json_end_object (json);
}

static gboolean
ohmctl_system_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  static const char *const times[] = { "oldest_us", "newest_us", NULL };
  g_autoptr (OhmctlObject) system = ohmctl_object_get_root (context, "System", error);
  g_autoptr (OhmctlObject) store = NULL;
  g_autoptr (GVariant) process = NULL;
  g_autoptr (GVariant) statistics = NULL;
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (system == NULL)
    return FALSE;
  store = ohmctl_object_get_root (context, "Store", error);
  if (store == NULL)
    return FALSE;
  process = ohmctl_system_get_statistics (context, "System.GetStatistics", error);
  if (process == NULL)
    return FALSE;
  statistics = ohmctl_system_get_statistics (context, "Store.GetStatistics", /* error */ NULL);
  if (statistics == NULL)
    statistics = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  if (!context->is_json)
    {
      ohmctl_system_print (context, system, store, process, statistics);
      return TRUE;
    }
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_object (json, "system", system);
  ohmctl_system_write_process (json, process);
  ohmctl_json_object (json, "store", store);
  ohmctl_json_statistics (json, "store_statistics", statistics, times);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
  return TRUE;
}

const OhmctlVerb ohmctl_system_verbs[] = {
  {
    .object = "system",
    .verb = "show",
    .words = "",
    .summary = "version, folders, clock, store and what the daemon costs",
    .run = ohmctl_system_show,
  },
  { NULL },
};
