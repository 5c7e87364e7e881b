/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-meter.h"

#include "ohm-backfill.h"
#include "ohm-dbus-add.h"
#include "ohm-dbus-clock.h"
#include "ohm-dbus-config.h"
#include "ohm-dbus-info.h"
#include "ohm-dbus-path.h"
#include "ohm-dbus-value.h"
#include "ohm-dbus-watch.h"
#include "ohm-dbus.h"
#include "ohm-find-job.h"

/* Highest address of a device on a line (MODBUS over serial line V1.02, 2.2). */
#define OHM_DBUS_UNIT_MAX 247
#define OHM_DBUS_SLOW_US  (60 * G_USEC_PER_SEC)

static gpointer
ohm_dbus_meter_find (OhmDbus *dbus, const char *id)
{
  return ohm_site_find_meter (ohm_dbus_get_parts (dbus)->site, id);
}

static void
ohm_dbus_meter_list (OhmDbus *dbus, GPtrArray *ids)
{
  GPtrArray *meters = ohm_site_get_meters (ohm_dbus_get_parts (dbus)->site);

  for (guint i = 0; i < meters->len; i++)
    g_ptr_array_add (ids, g_strdup (ohm_meter_host_get_id (meters->pdata[i])));
}

static GVariant *
ohm_dbus_meter_get_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_meter_host_get_id (object));
}

static GVariant *
ohm_dbus_meter_get_name (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_meter_host_get_name (object));
}

static GVariant *
ohm_dbus_meter_get_type_id (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (ohm_meter_host_get_type_id (object));
}

static GVariant *
ohm_dbus_meter_get_profile_revision (OhmDbus *dbus, gpointer object)
{
  OhmMeter *meter = ohm_meter_host_get_meter (object);
  OhmProfile *profile = meter != NULL ? ohm_meter_get_profile (meter) : NULL;

  return g_variant_new_uint32 (profile != NULL ? ohm_profile_get_revision (profile) : 0);
}

static GVariant *
ohm_dbus_meter_get_link (OhmDbus *dbus, gpointer object)
{
  OhmLink *link = ohm_meter_host_get_link (object);

  return ohm_dbus_string (link != NULL ? ohm_link_get_id (link) : NULL);
}

static GVariant *
ohm_dbus_meter_get_unit (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_uint32 (ohm_meter_host_get_unit (object));
}

static GVariant *
ohm_dbus_meter_get_places (OhmDbus *dbus, gpointer object)
{
  GPtrArray *places = ohm_places_of_meter (ohm_dbus_get_parts (dbus)->places,
                                           ohm_meter_host_get_id (object));
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; places != NULL && i < places->len; i++)
    g_variant_builder_add (&builder, "s", ((OhmPlace *) places->pdata[i])->id);
  return g_variant_builder_end (&builder);
}

static GVariant *
ohm_dbus_meter_get_point_set (OhmDbus *dbus, gpointer object)
{
  OhmPlan *plan = ohm_meter_host_get_plan (object);

  return ohm_dbus_string (plan != NULL ? ohm_point_set_get_id (ohm_plan_get_points (plan)) : NULL);
}

static GVariant *
ohm_dbus_meter_get_poll_period (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_int64 (ohm_meter_host_get_period_us (object));
}

static GVariant *
ohm_dbus_meter_get_enabled (OhmDbus *dbus, gpointer object)
{
  OhmSettings *settings = ohm_meter_host_get_config (object)->settings;

  return g_variant_new_boolean (settings == NULL || ohm_settings_get_boolean (settings, "enabled"));
}

static GVariant *
ohm_dbus_meter_get_identity (OhmDbus *dbus, gpointer object)
{
  OhmFacts *facts = ohm_meter_host_get_facts (object);

  if (ohm_facts_get (facts, "serial") != NULL)
    return g_variant_new_string ("serial");
  return g_variant_new_string (facts != NULL ? "unprovable" : "unknown");
}

static GVariant *
ohm_dbus_meter_get_serial (OhmDbus *dbus, gpointer object)
{
  OhmSettings *settings = ohm_meter_host_get_config (object)->settings;
  const char *serial = settings != NULL ? ohm_settings_get_string (settings, "serial") : NULL;

  if (serial == NULL)
    serial = ohm_facts_get (ohm_meter_host_get_facts (object), "serial");
  return ohm_dbus_string (serial);
}

static GVariant *
ohm_dbus_meter_get_facts (OhmDbus *dbus, gpointer object)
{
  return ohm_facts_to_variant (ohm_meter_host_get_facts (object));
}

static GVariant *
ohm_dbus_meter_get_unconfirmed_facts (OhmDbus *dbus, gpointer object)
{
  g_auto (GStrv) names = ohm_meter_host_dup_unconfirmed (object);

  return g_variant_new_strv ((const char *const *) names, -1);
}

static GVariant *
ohm_dbus_meter_get_file (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_string (ohm_meter_host_get_config (object)->file);
}

static GVariant *
ohm_dbus_meter_get_layer (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_string (
    ohm_dbus_config_get_layer (dbus, ohm_meter_host_get_config (object)->file));
}

static GVariant *
ohm_dbus_meter_get_state (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_code (ohm_meter_host_get_state (object));
}

static GVariant *
ohm_dbus_meter_get_since (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_since (ohm_meter_host_get_state (object));
}

static GVariant *
ohm_dbus_meter_get_cause_code (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_cause_code (ohm_meter_host_get_state (object));
}

static GVariant *
ohm_dbus_meter_get_cause_arguments (OhmDbus *dbus, gpointer object)
{
  return ohm_dbus_state_cause_arguments (ohm_meter_host_get_state (object));
}

static GVariant *
ohm_dbus_meter_get_next_attempt (OhmDbus *dbus, gpointer object)
{
  return g_variant_new_int64 (ohm_meter_host_get_next_attempt_us (object));
}

static void
ohm_dbus_meter_return_reading (OhmMeterHost *meter, GDBusMethodInvocation *invocation)
{
  OhmLastValues last = { 0 };

  ohm_meter_host_get_last (meter, &last);
  g_dbus_method_invocation_return_value (invocation, ohm_dbus_reading_new (&last));
}

static void
ohm_dbus_meter_call_get_reading (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_meter_return_reading (object, invocation);
}

gboolean
ohm_dbus_meter_check_device (OhmMeterHost *meter, GDBusMethodInvocation *invocation)
{
  if (!ohm_meter_host_is_virtual (meter))
    return TRUE;
  g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                                         "meter '%s' is computed from places: it has no device",
                                         ohm_meter_host_get_id (meter));
  return FALSE;
}

/* FALSE after having answered that the meter is not at work. */
static gboolean
ohm_dbus_meter_check_works (OhmMeterHost *meter, GDBusMethodInvocation *invocation)
{
  const OhmState *state = ohm_meter_host_get_state (meter);
  OhmStateCode code = state->code;
  g_autofree char *text = NULL;

  if (!ohm_dbus_meter_check_device (meter, invocation))
    return FALSE;
  if (code != OHM_STATE_MISCONFIGURED && code != OHM_STATE_DISABLED &&
      ohm_meter_host_get_link (meter) != NULL)
    return TRUE;
  text = state->cause != NULL ? ohm_message_dup_text (state->cause) : NULL;
  g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_CONFIG,
                                         "meter '%s' is %s%s%s", ohm_meter_host_get_id (meter),
                                         ohm_state_to_string (code), text != NULL ? ": " : "",
                                         text != NULL ? text : "");
  return FALSE;
}

static void
ohm_dbus_meter_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmReading) reading = ohm_meter_host_read_finish (OHM_METER_HOST (source), result,
                                                               &error);

  if (reading == NULL)
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
  else
    ohm_dbus_meter_return_reading (OHM_METER_HOST (source), invocation);
}

static void
ohm_dbus_meter_call_read (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  /* nobody is to be asked: the sum is as new as its parts */
  if (ohm_meter_host_is_virtual (object))
    ohm_dbus_meter_return_reading (object, invocation);
  else if (ohm_dbus_meter_check_works (object, invocation))
    ohm_meter_host_read_async (object, /* cancellable */ NULL, ohm_dbus_meter_on_read, invocation);
}

/* What ages as slow values do; those of a sum are in no entry. */
static GVariant *
ohm_dbus_meter_new_slow (OhmMeterHost *meter)
{
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (
                                                       ohm_meter_host_get_plan (meter)),
                                                     &n);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("as"));

  for (guint i = 0; i < n; i++)
    if (ohm_meter_host_is_slow (meter, i))
      g_variant_builder_add (&builder, "s", points[i].name);
  return g_variant_builder_end (&builder);
}

static GVariant *
ohm_dbus_meter_new_requests (OhmMeterHost *meter, GVariant **ret_totals)
{
  g_autoptr (GArray) requests = ohm_meter_host_get_requests (meter);
  g_autoptr (GArray) times = ohm_meter_host_get_learned_times (meter);
  OhmLink *link = ohm_meter_host_get_link (meter);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(suuuuxu)"));
  g_auto (GVariantDict) totals = G_VARIANT_DICT_INIT (NULL);
  double n_per_second = 0;
  double bytes_per_second = 0;

  for (guint i = 0; i < requests->len; i++)
    {
      const OhmPlannedRequest *request = &g_array_index (requests, OhmPlannedRequest, i);
      g_autofree char *classes = ohm_dbus_dup_classes (request->classes);
      double rate = ohm_meter_host_get_rate (meter, request->classes);

      g_variant_builder_add (&builder, "(suuuuxu)", classes, (guint) request->function,
                             (guint) request->address, (guint) request->count, request->bytes,
                             request->time_us, request->n_points);
      n_per_second += rate;
      bytes_per_second += rate * request->bytes;
    }
  g_variant_dict_insert (&totals, "requests_per_second", "d", n_per_second);
  g_variant_dict_insert (&totals, "bytes_per_second", "d", bytes_per_second);
  g_variant_dict_insert (&totals, "link_share", "d", ohm_meter_host_get_link_share (meter));
  g_variant_dict_insert_value (&totals, "learned_times",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_INT64, times->data,
                                                          times->len, sizeof (gint64)));
  g_variant_dict_insert (&totals, "gap_max", "u", link != NULL ? ohm_link_get_gap_max (link) : 0);
  g_variant_dict_insert_value (&totals, "slow_points", ohm_dbus_meter_new_slow (meter));
  *ret_totals = g_variant_dict_end (&totals);
  return g_variant_builder_end (&builder);
}

/* 0 is read as 1 (OhmEncoding). */
static double
ohm_dbus_meter_get_scale (const OhmEncoding *encoding)
{
  return encoding->scale > 0 || encoding->scale < 0 ? encoding->scale : 1.0;
}

static GVariant *
ohm_dbus_meter_new_entries (OhmPlan *plan)
{
  guint n_points = 0;
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (ohm_plan_get_points (plan), &n_points);
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(suuussds)"));

  for (guint i = 0; i < n; i++)
    {
      const OhmEntry *entry = &entries[i];
      g_autofree char *classes = ohm_dbus_dup_classes (entry->classes);

      g_variant_builder_add (&builder, "(suuussds)", points[entry->point].name,
                             (guint) entry->function, (guint) entry->address,
                             ohm_encoding_get_registers (&entry->encoding),
                             ohm_format_to_string (entry->encoding.format),
                             points[entry->point].unit, ohm_dbus_meter_get_scale (&entry->encoding),
                             classes);
    }
  return g_variant_builder_end (&builder);
}

static void
ohm_dbus_meter_call_get_plan (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  OhmPlan *plan = ohm_meter_host_get_plan (object);
  g_auto (GStrv) learned = NULL;
  GVariant *requests = NULL;
  GVariant *totals = NULL;

  if (plan == NULL)
    {
      g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_BUSY,
                                             "meter '%s' has no plan yet: it is %s",
                                             ohm_meter_host_get_id (object),
                                             ohm_state_to_string (
                                               ohm_meter_host_get_state (object)->code));
      return;
    }
  learned = ohm_meter_host_get_learned (object);
  requests = ohm_dbus_meter_new_requests (object, &totals);
  g_dbus_method_invocation_return_value (
    invocation, g_variant_new ("(@a(suuuuxu)@a{sv}@a(suuussds)@as)", requests, totals,
                               ohm_dbus_meter_new_entries (plan),
                               ohm_dbus_strings ((const char *const *) learned)));
}

static void
ohm_dbus_meter_call_get_statistics (OhmDbus *dbus,
                                    gpointer object,
                                    GDBusMethodInvocation *invocation)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "polls", "t", ohm_meter_host_get_polls (object));
  g_variant_dict_insert (&dict, "failures", "t", ohm_meter_host_get_failures (object));
  g_variant_dict_insert (&dict, "missed", "t", ohm_meter_host_get_missed (object));
  g_variant_dict_insert (&dict, "jitter_us", "x", ohm_meter_host_get_jitter_us (object));
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
ohm_dbus_meter_call_get_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  ohm_dbus_config_return_file (dbus, ohm_meter_host_get_config (object)->file, invocation);
}

/* The owner says that the places of @meter go on with it: those that it has, and those that were
 * refused to it because a meter that is gone recorded them. */
static gboolean
ohm_dbus_meter_claim (OhmDbus *dbus, const OhmMeterConfig *meter, GError **error)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (meter->file, &text, /* length */ NULL, error) &&
         ohm_dbus_add_claim (dbus, meter->id, text, /* is_same */ TRUE, error);
}

static void
ohm_dbus_meter_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  GVariant *arguments = g_dbus_method_invocation_get_parameters (invocation);
  g_autoptr (GVariant) set = g_variant_get_child_value (arguments, 0);
  g_autoptr (GVariant) unset = g_variant_get_child_value (arguments, 1);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 2);
  const OhmMeterConfig *meter = ohm_meter_host_get_config (object);
  g_autofree char *id = g_strdup (meter->id);
  g_autoptr (GError) error = NULL;
  gboolean is_same = FALSE;
  gboolean is_done;

  g_variant_lookup (options, "same-meter", "b", &is_same);
  is_done = (!is_same || ohm_dbus_meter_claim (dbus, meter, &error)) &&
            ohm_dbus_config_write_meter (dbus, meter, set, unset, &error);
  ohm_places_end_claim (parts->places, is_done);
  if (!is_done)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  if (is_same)
    {
      ohm_site_plan_meter (parts->site, id);
      ohm_places_keep_runs (parts->places, id);
    }
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
ohm_dbus_meter_call_set_enabled (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  g_autoptr (GVariant) set = NULL;
  g_autoptr (GVariant) unset = g_variant_ref_sink (g_variant_new ("a(ss)", NULL));
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  gboolean is_enabled = FALSE;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "b", &is_enabled);
  g_variant_builder_add (&builder, "(sss)", "meter", "enabled", is_enabled ? "true" : "false");
  set = g_variant_ref_sink (g_variant_builder_end (&builder));
  ohm_dbus_config_edit_meter (dbus, ohm_meter_host_get_config (object), set, unset, invocation);
}

static void
ohm_dbus_meter_call_survey (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  if (!ohm_dbus_meter_check_works (object, invocation))
    return;
  ohm_meter_host_survey (object);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
ohm_dbus_meter_call_forget_learned (OhmDbus *dbus,
                                    gpointer object,
                                    GDBusMethodInvocation *invocation)
{
  if (!ohm_dbus_meter_check_works (object, invocation))
    return;
  ohm_meter_host_forget (object);
  ohm_dbus_return_kept (dbus, invocation);
}

static const OhmDbusProperty ohm_dbus_meter_properties[] = {
  { "Id", ohm_dbus_meter_get_id },
  { "Name", ohm_dbus_meter_get_name },
  { "Type", ohm_dbus_meter_get_type_id },
  { "ProfileRevision", ohm_dbus_meter_get_profile_revision },
  { "Link", ohm_dbus_meter_get_link },
  { "Unit", ohm_dbus_meter_get_unit },
  { "Places", ohm_dbus_meter_get_places },
  { "PointSet", ohm_dbus_meter_get_point_set },
  { "PollPeriod", ohm_dbus_meter_get_poll_period },
  { "Enabled", ohm_dbus_meter_get_enabled },
  { "Identity", ohm_dbus_meter_get_identity },
  { "Serial", ohm_dbus_meter_get_serial },
  { "Facts", ohm_dbus_meter_get_facts },
  { "UnconfirmedFacts", ohm_dbus_meter_get_unconfirmed_facts },
  { "File", ohm_dbus_meter_get_file },
  { "Layer", ohm_dbus_meter_get_layer },
  { "State", ohm_dbus_meter_get_state },
  { "Since", ohm_dbus_meter_get_since },
  { "CauseCode", ohm_dbus_meter_get_cause_code },
  { "CauseArguments", ohm_dbus_meter_get_cause_arguments },
  { "NextAttempt", ohm_dbus_meter_get_next_attempt },
  { NULL },
};

static void
ohm_dbus_meter_return_job (OhmJob *job, GDBusMethodInvocation *invocation)
{
  g_autofree char *number = g_strdup_printf ("%u", ohm_job_get_id (job));
  g_autofree char *path = ohm_dbus_path_build ("jobs", number);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
}

static void
ohm_dbus_meter_call_backfill (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  OhmBackfillSetup setup = {
    .jobs = parts->jobs,
    .store = parts->store,
    .places = parts->places,
    .alarms = ohm_site_get_alarms (parts->site),
    .clock = ohm_site_get_clock (parts->site),
    .host = object,
  };
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  OhmJob *job;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(xx@a{sv})", &setup.from_us,
                 &setup.to_us, &options);
  g_variant_lookup (options, "restart", "b", &setup.is_fresh);
  g_variant_lookup (options, "accept", "b", &setup.is_accepting);
  job = ohm_backfill_start (&setup, &error);
  if (job == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  ohm_dbus_meter_return_job (job, invocation);
}

static gboolean
ohm_dbus_meter_fill_find (OhmFindSetup *setup, GVariant *options, GError **error)
{
  const char *link = NULL;

  g_variant_lookup (options, "first", "y", &setup->first);
  g_variant_lookup (options, "last", "y", &setup->last);
  if (!g_variant_lookup (options, "link", "&s", &link))
    return TRUE;
  setup->link = ohm_site_find_link (setup->site, link);
  if (setup->link == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no link '%s'", link);
  return setup->link != NULL;
}

static void
ohm_dbus_meter_call_find (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation)
{
  const OhmDbusParts *parts = ohm_dbus_get_parts (dbus);
  OhmFindSetup setup = {
    .jobs = parts->jobs,
    .site = parts->site,
    .follow = parts->follow,
    .host = object,
    .first = 1,
    .last = OHM_DBUS_UNIT_MAX,
  };
  g_autoptr (GVariant) options = NULL;
  g_autoptr (GError) error = NULL;
  OhmJob *job = NULL;

  g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(@a{sv})", &options);
  if (ohm_dbus_meter_fill_find (&setup, options, &error))
    job = ohm_find_job_start (&setup, &error);
  if (job != NULL)
    ohm_dbus_meter_return_job (job, invocation);
  else
    g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
}

static const OhmDbusMethod ohm_dbus_meter_methods[] = {
  { "GetReading", ohm_dbus_meter_call_get_reading },
  { "Read", ohm_dbus_meter_call_read },
  { "GetPlan", ohm_dbus_meter_call_get_plan },
  { "GetStatistics", ohm_dbus_meter_call_get_statistics },
  { "GetConfig", ohm_dbus_meter_call_get_config },
  { "SetConfig", ohm_dbus_meter_call_set_config },
  { "SetEnabled", ohm_dbus_meter_call_set_enabled },
  { "Survey", ohm_dbus_meter_call_survey },
  { "GetClock", ohm_dbus_clock_call_get },
  { "CheckClock", ohm_dbus_clock_call_check },
  { "SetClock", ohm_dbus_clock_call_set },
  { "Backfill", ohm_dbus_meter_call_backfill },
  { "Find", ohm_dbus_meter_call_find },
  { "ForgetLearned", ohm_dbus_meter_call_forget_learned },
  { NULL },
};

const OhmDbusAdapter ohm_dbus_meter_adapter = {
  .info = &org_ohmnibus_ohmnibus1_meter_interface,
  .properties = ohm_dbus_meter_properties,
  .methods = ohm_dbus_meter_methods,
  .collection = "meters",
  .find = ohm_dbus_meter_find,
  .list = ohm_dbus_meter_list,
};
