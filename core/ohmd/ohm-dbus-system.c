/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-system.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ohm-dbus-info.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

static OhmSite *
ohm_dbus_system_site (OhmDbus *dbus)
{
  return ohm_dbus_get_parts (dbus)->site;
}

static GVariant *
ohm_dbus_system_get_version (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (PACKAGE_VERSION);
}

static GVariant *
ohm_dbus_system_get_abi (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_uint32 (OHM_PLUGIN_ABI);
}

static GVariant *
ohm_dbus_system_get_hostname (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (g_get_host_name ());
}

static GVariant *
ohm_dbus_system_get_started (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_int64 (ohm_dbus_get_started_us (dbus));
}

static GVariant *
ohm_dbus_system_get_now (OhmDbus *dbus, gpointer object)
{
  OhmClock *clock = ohm_site_get_clock (ohm_dbus_system_site (dbus));

  return g_variant_new_int64 (ohm_clock_get_wall_us (clock));
}

static GVariant *
ohm_dbus_system_get_clock_state (OhmDbus *dbus, gpointer object)
{
  OhmClock *clock = ohm_site_get_clock (ohm_dbus_system_site (dbus));
  OhmRecorder *recorder = ohm_dbus_get_parts (dbus)->recorder;

  if (recorder != NULL && ohm_recorder_get_message (recorder) != NULL)
    return g_variant_new_string ("unsure");
  if (!ohm_clock_is_real (clock))
    return g_variant_new_string ("test");
  return g_variant_new_string (ohm_clock_is_synchronized (clock) ? "synchronized"
                                                                 : "unsynchronized");
}

static GVariant *
ohm_dbus_system_get_time_zone (OhmDbus *dbus, gpointer object)
{
  OhmConfig *config = ohm_site_get_config (ohm_dbus_system_site (dbus));
  const char *name = config != NULL ? ohm_settings_get_string (config->daemon, "time-zone") : NULL;
  g_autoptr (GTimeZone) local = NULL;

  if (name != NULL && *name != '\0')
    return g_variant_new_string (name);
  local = g_time_zone_new_local ();
  return g_variant_new_string (g_time_zone_get_identifier (local));
}

static GVariant *
ohm_dbus_system_get_config_dir (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_site_get_config_dir (ohm_dbus_system_site (dbus)));
}

static GVariant *
ohm_dbus_system_get_state_dir (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_dbus_get_parts (dbus)->state_dir);
}

static GVariant *
ohm_dbus_system_get_plugin_dirs (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_strings (ohm_dbus_get_parts (dbus)->plugin_dirs);
}

static gint64
ohm_dbus_system_get_cpu_us (void)
{
  struct rusage usage = { 0 };

  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

/* /proc/self/statm: size, resident, ... in pages (proc(5)) */
static guint64
ohm_dbus_system_get_rss_bytes (void)
{
  g_autofree char *text = NULL;
  guint64 pages = 0;
  char *end = NULL;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, /* error */ NULL))
    return 0;
  g_ascii_strtoull (text, &end, 10);
  pages = g_ascii_strtoull (end, NULL, 10);
  return pages * (guint64) sysconf (_SC_PAGESIZE);
}

static GVariant *
ohm_dbus_system_new_bus (OhmBus *bus)
{
  g_autoptr (GArray) rows = ohm_bus_get_stats (bus);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sstt)"));

  for (guint i = 0; i < rows->len; i++)
    {
      const OhmBusStats *row = &g_array_index (rows, OhmBusStats, i);

      g_variant_builder_add (&builder, "(sstt)", row->signal, row->subscriber, row->deliveries,
                             row->mean_ns);
    }
  return g_variant_builder_end (&builder);
}

static guint
ohm_dbus_system_count_running (OhmJobs *jobs)
{
  GPtrArray *list = ohm_jobs_list (jobs);
  guint n = 0;

  for (guint i = 0; i < list->len; i++)
    n += ohm_job_get_state (list->pdata[i]) == OHM_JOB_RUNNING;
  return n;
}

static void
ohm_dbus_system_call_get_statistics (OhmDbus *dbus,
                                     gpointer object,
                                     GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_system_site (dbus);
  GPtrArray *meters = ohm_site_get_meters (site);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  guint64 n_polls = 0;

  for (guint i = 0; i < meters->len; i++)
    n_polls += ohm_meter_host_get_polls (meters->pdata[i]);
  g_variant_dict_insert (&dict, "cpu_us", "x", ohm_dbus_system_get_cpu_us ());
  g_variant_dict_insert (&dict, "rss_bytes", "t", ohm_dbus_system_get_rss_bytes ());
  g_variant_dict_insert (&dict, "meters", "u", meters->len);
  g_variant_dict_insert (&dict, "links", "u", ohm_site_get_links (site)->len);
  g_variant_dict_insert (&dict, "watches", "u",
                         ohm_dbus_watches_get_n (ohm_dbus_get_watches (dbus)));
  g_variant_dict_insert (&dict, "jobs", "u",
                         ohm_dbus_system_count_running (ohm_dbus_get_parts (dbus)->jobs));
  g_variant_dict_insert (&dict, "polls", "t", n_polls);
  g_variant_dict_insert_value (&dict, "bus", ohm_dbus_system_new_bus (ohm_site_get_bus (site)));
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static const OhmDbusProperty ohm_dbus_system_properties[] = {
  { "Version", ohm_dbus_system_get_version },
  { "Abi", ohm_dbus_system_get_abi },
  { "Hostname", ohm_dbus_system_get_hostname },
  { "Started", ohm_dbus_system_get_started },
  { "Now", ohm_dbus_system_get_now },
  { "ClockState", ohm_dbus_system_get_clock_state },
  { "TimeZone", ohm_dbus_system_get_time_zone },
  { "ConfigDir", ohm_dbus_system_get_config_dir },
  { "StateDir", ohm_dbus_system_get_state_dir },
  { "PluginDirs", ohm_dbus_system_get_plugin_dirs },
  { NULL },
};

static const OhmDbusMethod ohm_dbus_system_methods[] = {
  { "GetStatistics", ohm_dbus_system_call_get_statistics },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_system_adapter = {
  .info = &org_ohmnibus_ohmnibus1_system_interface,
  .properties = ohm_dbus_system_properties,
  .methods = ohm_dbus_system_methods,
};
