/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-manager.h"

#include <string.h>

#include "ohm-dbus-config.h"
#include "ohm-dbus-explain.h"
#include "ohm-dbus-history.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-path.h"
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
ohm_dbus_manager_check_file (const char *id, const char *text, GError **error)
{
  if (!ohm_id_is_valid (id))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s' is no id; use a-z, 0-9 and -, at most 63", id);
      return FALSE;
    }
  if (strlen (text) > OHM_DBUS_FILE_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "the file for '%s' is longer than %d bytes",
                   id, OHM_DBUS_FILE_MAX);
      return FALSE;
    }
  return TRUE;
}

/* (transfer full): ids of the places that a meter's file names */
static char **
ohm_dbus_manager_find_places (const char *text)
{
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("", text, strlen (text), /* error */ NULL);
  const char *const *groups = keyfile != NULL ? ohm_keyfile_get_groups (keyfile) : NULL;
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (guint i = 0; groups != NULL && groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], OHM_PLACE_PREFIX))
      g_strv_builder_add (ids, groups[i] + strlen (OHM_PLACE_PREFIX));
  return g_strv_builder_end (ids);
}

/* A file that is wrong is told by ohm_site_write_meter(). */
static gboolean
ohm_dbus_manager_claim (OhmDbus *dbus,
                        const char *id,
                        const char *text,
                        GVariant *options,
                        GError **error)
{
  g_auto (GStrv) places = ohm_dbus_manager_find_places (text);
  gboolean is_same = FALSE;

  g_variant_lookup (options, "same-meter", "b", &is_same);
  return ohm_places_claim (ohm_dbus_get_parts (dbus)->places, id, (const char *const *) places,
                           is_same, error);
}

static void
ohm_dbus_manager_call_add_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autofree char *path = NULL;
  const char *id = NULL;
  const char *text = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s&s@a{sv})", &id, &text,
                 &options);
  if (!ohm_dbus_manager_check_file (id, text, &error) ||
      !ohm_dbus_manager_claim (dbus, id, text, options, &error) ||
      !ohm_site_write_meter (ohm_dbus_manager_site (dbus), id, text, /* overwrite */ FALSE, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  path = ohm_dbus_path_build ("meters", id);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
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
      !ohm_dbus_manager_check_file (id, text, &error) ||
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
  if (!ohm_dbus_manager_check_file (id, text, &error) ||
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
  if (!ohm_dbus_manager_check_file (id, text, &error) ||
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
ohm_dbus_manager_fill_counter (OhmRecord *record, const char *name, GVariant *value, GError **error)
{
  const OhmPoint *points = NULL;
  guint n = 0;
  guint i = 0;
  double real = 0;

  points = ohm_point_set_get_points (record->points, &n);
  if (!ohm_point_set_find (record->points, name, &i))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "place '%s' has no counter '%s'",
                   record->place, name);
      return FALSE;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) &&
      !g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "counter '%s' is no int64 or double", name);
      return FALSE;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    real = (double) g_variant_get_int64 (value);
  else
    real = g_variant_get_double (value);
  if (!points[i].is_integer)
    record->cells[i].real = real;
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    record->cells[i].integer = g_variant_get_int64 (value);
  else
    record->cells[i].integer = (gint64) CLAMP (real, -9e18, 9e18);
  record->qualities[i] = OHM_QUALITY_GOOD;
  return TRUE;
}

/* Typed counters under @key; none is fine. */
static gboolean
ohm_dbus_manager_read_counters (GVariant *options,
                                const char *key,
                                OhmPlace *place,
                                OhmRecord **ret_record,
                                GError **error)
{
  g_autoptr (GVariant) counters = g_variant_lookup_value (options, key, G_VARIANT_TYPE_VARDICT);
  g_autoptr (OhmRecord) record = NULL;
  GVariantIter iter;
  const char *name = NULL;
  GVariant *value = NULL;

  *ret_record = NULL;
  if (counters == NULL || g_variant_n_children (counters) == 0)
    return TRUE;
  if (place == NULL || place->points == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s': counters can be given for a meter with one place only", key);
      return FALSE;
    }
  record = ohm_record_new (place->id, place->points);
  g_variant_iter_init (&iter, counters);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean is_good = ohm_dbus_manager_fill_counter (record, name, value, error);

      g_variant_unref (value);
      if (!is_good)
        return FALSE;
    }
  *ret_record = g_steal_pointer (&record);
  return TRUE;
}

typedef struct
{
  OhmDbus *dbus; /* (owned) */
  GDBusMethodInvocation *invocation;
  char *meter; /* (owned) */
} OhmDbusReplace;

static void
ohm_dbus_manager_replace_free (OhmDbusReplace *self)
{
  g_object_unref (self->dbus);
  g_free (self->meter);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusReplace, ohm_dbus_manager_replace_free)

/* A serial in the file is the old device's. */
static gboolean
ohm_dbus_manager_drop_serial (OhmDbus *dbus, const char *id, GError **error)
{
  OhmMeterHost *meter = ohm_site_find_meter (ohm_dbus_manager_site (dbus), id);
  const OhmMeterConfig *config = meter != NULL ? ohm_meter_host_get_config (meter) : NULL;
  g_autoptr (GVariant) set = g_variant_ref_sink (g_variant_new ("a(sss)", NULL));
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new_parsed ("[('meter', 'serial')]"));

  if (config == NULL || config->settings == NULL ||
      !ohm_settings_is_set (config->settings, "serial"))
    return TRUE;
  return ohm_dbus_config_write_meter (dbus, config, set, unset, error);
}

/* The new device is met without prejudice: what was learned of the old one is forgotten last, since
 * a changed file starts the meter from what is remembered. */
static void
ohm_dbus_manager_on_replaced (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDbusReplace) self = user_data;
  OhmMeterHost *meter = NULL;
  GError *error = NULL;

  if (!ohm_places_replace_finish (OHM_PLACES (source), result, &error) ||
      !ohm_dbus_manager_drop_serial (self->dbus, self->meter, &error))
    {
      g_dbus_method_invocation_take_error (self->invocation, error);
      return;
    }
  meter = ohm_site_find_meter (ohm_dbus_manager_site (self->dbus), self->meter);
  if (meter != NULL)
    ohm_meter_host_forget (meter);
  g_dbus_method_invocation_return_value (self->invocation, NULL);
}

static void
ohm_dbus_manager_call_replace_meter (OhmDbus *dbus,
                                     gpointer object,
                                     GDBusMethodInvocation *invocation)
{
  OhmPlaces *places = ohm_dbus_get_parts (dbus)->places;
  GPtrArray *of_meter = NULL;
  OhmPlace *place = NULL;
  OhmDbusReplace *self = NULL;
  g_autoptr (OhmRecord) last = NULL;
  g_autoptr (OhmRecord) first = NULL;
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  const char *id = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&s@a{sv})", &id, &options);
  of_meter = ohm_places_of_meter (places, id);
  place = of_meter != NULL && of_meter->len == 1 ? of_meter->pdata[0] : NULL;
  if (!ohm_dbus_manager_check_meter (dbus, id, &error) ||
      !ohm_dbus_manager_read_counters (options, "last", place, &last, &error) ||
      !ohm_dbus_manager_read_counters (options, "first", place, &first, &error))
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  self = g_new0 (OhmDbusReplace, 1);
  self->dbus = g_object_ref (dbus);
  self->invocation = invocation;
  self->meter = g_strdup (id);
  ohm_places_replace_async (places, id, last, first, ohm_dbus_manager_on_replaced, self);
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
  { "AddMeter", ohm_dbus_manager_call_add_meter },
  { "SetMeter", ohm_dbus_manager_call_set_meter },
  { "RemoveMeter", ohm_dbus_manager_call_remove_meter },
  { "ReplaceMeter", ohm_dbus_manager_call_replace_meter },
  { "AddLink", ohm_dbus_manager_call_add_link },
  { "SetLink", ohm_dbus_manager_call_set_link },
  { "RemoveLink", ohm_dbus_manager_call_remove_link },
  { "AddUplink", ohm_dbus_uplink_call_add },
  { "SetUplink", ohm_dbus_uplink_call_set },
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
