/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-manager.h"

#include <string.h>

#include "ohm-dbus-add.h"
#include "ohm-dbus-config.h"
#include "ohm-dbus-explain.h"
#include "ohm-dbus-history.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-path.h"
#include "ohm-dbus-rename.h"
#include "ohm-dbus-replace.h"
#include "ohm-dbus-uplink-calls.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus-watch.h"
#include "ohm-dbus-watches.h"
#include "ohm-dbus.h"
#include "ohm-probe-job.h"
#include "ohm-test-job.h"

/* Most jobs at a time. */
#define OHM_DBUS_JOBS_MAX 16

static OhmSite *
ohm_dbus_manager_site (OhmDbus *dbus)
{
  return ohm_dbus_get_parts (dbus)->site;
}

static void
ohm_dbus_manager_call_reload (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_manager_site (dbus);

  ohm_site_reload (site);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a(susa{ss}))",
                                                        ohm_dbus_config_new_findings (
                                                          ohm_site_get_config (site)->errors)));
}

static guint
ohm_dbus_manager_count_files (OhmSite *site)
{
  return ohm_plugin_host_get_entries (ohm_site_get_plugins (site))->len +
         ohm_profile_catalog_get_entries (ohm_site_get_profiles (site))->len;
}

static void
ohm_dbus_manager_call_rescan (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmSite *site = ohm_dbus_manager_site (dbus);
  guint n_before = ohm_dbus_manager_count_files (site);
  guint n_after = 0;

  ohm_site_rescan (site);
  n_after = ohm_dbus_manager_count_files (site);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(u)", n_after > n_before
                                                                             ? n_after - n_before
                                                                             : 0));
}

static gboolean
ohm_dbus_manager_check_meter (OhmDbus *dbus, const char *id, GError **error)
{
  if (ohm_site_find_meter (ohm_dbus_manager_site (dbus), id) != NULL)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no meter '%s'", id);
  return FALSE;
}

static void
ohm_dbus_manager_call_set_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &text,
                 NULL);
  if (!ohm_dbus_manager_check_meter (dbus, id, &error) ||
      !ohm_dbus_config_check_file (id, text, &error) ||
      !ohm_site_write_meter (ohm_dbus_manager_site (dbus), id, text, /* overwrite */ TRUE, &error))
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

/* (transfer full): ids of the places that the meter measures */
static char **
ohm_dbus_manager_dup_places (OhmDbus *dbus, const char *meter)
{
  GPtrArray *places = ohm_places_of_meter (ohm_dbus_get_parts (dbus)->places, meter);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; places != NULL && i < places->len; i++)
    g_strv_builder_add (ids, ((const OhmPlace *) g_ptr_array_index (places, i))->id);
  return g_strv_builder_end (ids);
}

static void
ohm_dbus_manager_on_purged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (ohm_places_purge_finish (OHM_PLACES (source), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, error);
}

static void
ohm_dbus_manager_purge (OhmDbus *dbus,
                        const char *meter,
                        const char *const *places,
                        GDBusMethodInvocation *invocation)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);

  ohm_site_forget_meter (parts->site, meter);
  ohm_store_forget_meter (parts->store, meter);
  ohm_places_purge_async (parts->places, places, ohm_dbus_manager_on_purged, invocation);
}

/* The meter goes first: what nobody measures any more can be forgotten. */
static void
ohm_dbus_manager_call_remove_meter (OhmDbus *dbus,
                                    gpointer object,
                                    GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = NULL;
  g_auto (GStrv) places = NULL;
  const char *id = NULL;
  gboolean purges = FALSE;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s@a{sv})", &id, &options);
  g_variant_lookup (options, "purge", "b", &purges);
  places = ohm_dbus_manager_dup_places (dbus, id);
  if (!ohm_dbus_manager_check_meter (dbus, id, &error) ||
      !ohm_site_write_meter (ohm_dbus_manager_site (dbus), id,
                             /* text */ NULL,
                             /* overwrite */ TRUE, &error))
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else if (purges)
    ohm_dbus_manager_purge (dbus, id, (const char *const *) places, invocation);
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
ohm_dbus_manager_call_add_link (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &text,
                 NULL);
  if (!ohm_dbus_config_check_file (id, text, &error) ||
      !ohm_site_write_link (ohm_dbus_manager_site (dbus), id, text, /* overwrite */ FALSE, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  path = ohm_dbus_path_build ("links", id);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static void
ohm_dbus_manager_call_set_link (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &text,
                 NULL);
  if (!ohm_dbus_config_check_file (id, text, &error) ||
      !ohm_site_write_link (ohm_dbus_manager_site (dbus), id, text, /* overwrite */ TRUE, &error))
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
ohm_dbus_manager_call_remove_link (OhmDbus *dbus,
                                   gpointer object,
                                   GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *id = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s@a{sv})", &id, NULL);
  if (ohm_site_write_link (ohm_dbus_manager_site (dbus), id,
                           /* text */ NULL,
                           /* overwrite */ TRUE, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
}

static gboolean
ohm_dbus_manager_check_jobs (OhmJobs *jobs, GError **error)
{
  GPtrArray *list = ohm_jobs_list (jobs);
  guint n = 0;

  for (guint i = 0; i < list->len; i++)
    n += ohm_job_get_state (list->pdata[i]) == OHM_JOB_RUNNING;
  if (n < OHM_DBUS_JOBS_MAX)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "%u jobs are running already", n);
  return FALSE;
}

/* Answers with the path of @job. */
static void
ohm_dbus_manager_return_job (OhmJob *job, GDBusMethodInvocation *invocation)
{
  g_autofree char *number = g_strdup_printf ("%u", ohm_job_get_id (job));
  g_autofree char *path = ohm_dbus_path_build ("jobs", number);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static void
ohm_dbus_manager_call_test (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  OhmTestRequest request = { .unit = -1 };
  OhmJob *job = NULL;
  guint unit = 0;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s@a{sv})",
                 &request.target, &options);
  g_variant_lookup (options, "type", "&s", &request.type);
  if (g_variant_lookup (options, "unit", "u", &unit))
    request.unit = (int) MIN (unit, 256);
  if (request.unit > 255)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG, "unit %u is not in 0..255", unit);
  if (error != NULL || !ohm_dbus_manager_check_jobs (ohm_dbus_get_parts (dbus)->jobs, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  job = ohm_test_job_start (ohm_dbus_get_parts (dbus)->jobs, ohm_dbus_manager_site (dbus),
                            &request);
  ohm_dbus_manager_return_job (job, invocation);
}

static void
ohm_dbus_manager_call_probe (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmJobs *jobs = ohm_dbus_get_parts (dbus)->jobs;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  OhmProbe probe = { .unit = -1 };
  guint unit = 0;
  guint function = 0;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&sqq@a{sv})",
                 &probe.target, &probe.address, &probe.count, &options);
  if (g_variant_lookup (options, "unit", "u", &unit))
    probe.unit = (int) MIN (unit, 256);
  g_variant_lookup (options, "framing", "&s", &probe.framing);
  if (g_variant_lookup (options, "function", "u", &function))
    probe.function = (guint8) MIN (function, 255);
  if (ohm_probe_check (&probe, &error) && ohm_dbus_manager_check_jobs (jobs, &error))
    ohm_dbus_manager_return_job (ohm_probe_job_start (jobs, ohm_dbus_manager_site (dbus), &probe),
                                 invocation);
  else
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
}

static void
ohm_dbus_manager_call_list_points (OhmDbus *dbus,
                                   gpointer object,
                                   GDBusMethodInvocation *invocation)
{
  GPtrArray *meters = ohm_site_get_meters (ohm_dbus_manager_site (dbus));
  g_autoptr (GPtrArray) sets = g_ptr_array_new ();

  for (guint i = 0; i < meters->len; i++)
    {
      OhmPlan *plan = ohm_meter_host_get_plan (meters->pdata[i]);

      if (plan != NULL)
        g_ptr_array_add (sets, ohm_plan_get_points (plan));
    }
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a(ssssbu))",
                                                        ohm_dbus_explain_points (sets)));
}

static void
ohm_dbus_manager_call_get_point_set (OhmDbus *dbus,
                                     gpointer object,
                                     GDBusMethodInvocation *invocation)
{
  GPtrArray *meters = ohm_site_get_meters (ohm_dbus_manager_site (dbus));
  const char *id = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s)", &id);
  for (guint i = 0; i < meters->len; i++)
    {
      OhmPlan *plan = ohm_meter_host_get_plan (meters->pdata[i]);
      OhmPointSet *points = plan != NULL ? ohm_plan_get_points (plan) : NULL;

      if (points == NULL || strcmp (ohm_point_set_get_id (points), id) != 0)
        continue;
      g_dbus_method_invocation_return_value (
        invocation, g_variant_new ("(@a(ssssb))", ohm_dbus_point_set_to_variant (points)));
      return;
    }
  g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                                         "no meter has a point set '%s'", id);
}

static void
ohm_dbus_manager_call_watch (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmDbusWatches *watches = ohm_dbus_get_watches (dbus);
  OhmDbusWatchesRequest request = { 0 };
  g_autofree const char **meters = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  const char *path = NULL;
  guint min_ms = 0;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(^a&su@a{sv})", &meters,
                 &min_ms, &options);
  request.peer = g_dbus_method_invocation_get_sender (invocation);
  request.meters = meters;
  request.pause_us = (gint64) MIN (min_ms, OHM_DBUS_WATCH_PAUSE_MAX_MS) * 1000;
  g_variant_lookup (options, "point-times", "b", &request.has_point_times);
  path = ohm_dbus_watches_add (watches, &request, &error);
  if (path == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
  ohm_dbus_watches_send_all (watches, path);
}

static void
ohm_dbus_manager_call_unwatch (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  const char *path = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&o)", &path);
  if (ohm_dbus_watches_remove (ohm_dbus_get_watches (dbus),
                               g_dbus_method_invocation_get_sender (invocation), path, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
}

static const OhmDbusMethod ohm_dbus_manager_methods[] = {
  { "Reload", ohm_dbus_manager_call_reload },
  { "Rescan", ohm_dbus_manager_call_rescan },
  { "AddMeter", ohm_dbus_add_call_meter },
  { "AddMeters", ohm_dbus_add_call_meters },
  { "RenameMeter", ohm_dbus_rename_call_meter },
  { "SetMeter", ohm_dbus_manager_call_set_meter },
  { "RemoveMeter", ohm_dbus_manager_call_remove_meter },
  { "ReplaceMeter", ohm_dbus_replace_call },
  { "AddLink", ohm_dbus_manager_call_add_link },
  { "SetLink", ohm_dbus_manager_call_set_link },
  { "RemoveLink", ohm_dbus_manager_call_remove_link },
  { "AddUplink", ohm_dbus_uplink_call_add },
  { "SetUplink", ohm_dbus_uplink_call_set },
  { "RenameUplink", ohm_dbus_uplink_call_rename },
  { "RemoveUplink", ohm_dbus_uplink_call_remove },
  { "Test", ohm_dbus_manager_call_test },
  { "Probe", ohm_dbus_manager_call_probe },
  { "CheckConfig", ohm_dbus_explain_call_check_config },
  { "GetConfig", ohm_dbus_explain_call_get_config },
  { "SetConfig", ohm_dbus_explain_call_set_config },
  { "ExplainConfig", ohm_dbus_explain_call_explain_config },
  { "GetRefused", ohm_dbus_explain_call_get_refused },
  { "ListPoints", ohm_dbus_manager_call_list_points },
  { "GetPointSet", ohm_dbus_manager_call_get_point_set },
  { "Watch", ohm_dbus_manager_call_watch },
  { "Unwatch", ohm_dbus_manager_call_unwatch },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_manager_adapter = {
  .info = &org_ohmnibus_ohmnibus1_manager_interface,
  .methods = ohm_dbus_manager_methods,
};
