/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * `ohmctl test`: connect, identify, read once. A configured meter is asked over its own link, with
 * an operator's priority, and read as what it is; anything else is tried as what fits best.
 */

#include "ohm-test-job.h"

#include "ohm-test-result.h"
#include "ohm-test-target.h"
#include "ohm-trial.h"

/* Units that are tried if none is named. */
#define UNITS_MAX 4

typedef struct
{
  OhmSite *site; /* (owned) */
  OhmJob *job;   /* (owned) */
  OhmTestTarget target;
  char *type;    /* (owned) (nullable): what it is to be read as */
  GArray *units; /* (owned) (element-type guint8): to be tried each way */
  guint next;    /* index of the unit that comes next */
  guint8 unit;
  GError *error;            /* (owned) (nullable): of the first that was tried */
  guint8 error_unit;        /* which unit that was */
  OhmIdentification *found; /* (owned) (nullable) */
} OhmTestJob;

static void ohm_test_job_try_next (OhmTestJob *self, const GError *error);

static void
ohm_test_job_free (OhmTestJob *self)
{
  if (self->target.is_own_link)
    ohm_link_remove_unit (self->target.link, self->unit, self);
  ohm_test_target_clear (&self->target);
  g_clear_pointer (&self->found, ohm_identification_free);
  g_clear_error (&self->error);
  g_clear_object (&self->site);
  g_clear_object (&self->job);
  g_array_unref (self->units);
  g_free (self->type);
  g_free (self);
}

static void
ohm_test_job_add_path (OhmTestJob *self, guint8 unit, GVariantBuilder *builder)
{
  gint64 connect_us = ohm_link_get_connect_us (self->target.link);
  /* what was tried last is no more right than what was tried first */
  const char *settings = self->found != NULL ? ohm_test_target_get_settings (&self->target) : "";

  g_variant_builder_add (builder, "{sv}", "address",
                         g_variant_new_string (ohm_link_get_id (self->target.link)));
  g_variant_builder_add (builder, "{sv}", "unit", g_variant_new_byte (unit));
  g_variant_builder_add (builder, "{sv}", "settings", g_variant_new_string (settings));
  /* A connection that others use was there before. */
  if (self->target.is_own_link && connect_us >= 0)
    g_variant_builder_add (builder, "{sv}", "connect-us", g_variant_new_int64 (connect_us));
}

static void
ohm_test_job_end (OhmTestJob *self, OhmJobState state, OhmMessage *message, GVariant *result)
{
  ohm_job_end (self->job, state, message, result);
  ohm_test_job_free (self);
}

static OhmMessage *
ohm_test_job_describe (OhmTestJob *self)
{
  const OhmCandidate *best;

  if (self->found->candidates->len == 0)
    return ohm_message_new ("no-type-fits", "address", ohm_link_get_id (self->target.link), NULL);
  best = g_ptr_array_index (self->found->candidates, 0);
  return ohm_message_new (best->score >= OHM_IDENTIFY_SURE ? "identified" : "guessed", "type",
                          best->id, "name", best->name, NULL);
}

/* (transfer full) (nullable): why it was not read, or what of it */
static OhmMessage *
ohm_test_job_find_trouble (OhmMeterHost *host, const GError *error)
{
  const OhmState *state = host != NULL ? ohm_meter_host_get_state (host) : NULL;

  if (error != NULL)
    return ohm_message_new_from_error (error);
  if (state != NULL && state->code == OHM_STATE_PARTIAL)
    return ohm_message_ref (state->cause);
  /* a register that has another meaning in another type may answer all the same */
  if (host != NULL && ohm_test_result_lacks_values (host))
    return ohm_message_new ("values-missing", NULL);
  return NULL;
}

/* @host: (nullable): as it was read; @error: (nullable): why it was not */
static void
ohm_test_job_succeed (OhmTestJob *self, OhmMeterHost *host, const GError *error)
{
  g_autoptr (OhmMessage) trouble = ohm_test_job_find_trouble (host, error);
  g_autoptr (OhmMessage) message = ohm_test_job_describe (self);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  ohm_test_job_add_path (self, self->unit, &builder);
  g_variant_builder_add (&builder, "{sv}", "latency-us",
                         g_variant_new_int64 (self->found->latency_us));
  g_variant_builder_add (&builder, "{sv}", "function", g_variant_new_byte (self->found->function));
  ohm_test_result_add_candidates (&builder, self->found);
  if (self->type != NULL)
    g_variant_builder_add (&builder, "{sv}", "type", g_variant_new_string (self->type));
  if (host != NULL)
    ohm_test_result_add_meter (&builder, host);
  if (trouble != NULL)
    ohm_test_result_add_trouble (&builder, trouble);
  ohm_test_job_end (self, OHM_JOB_DONE, message, g_variant_builder_end (&builder));
}

static void
ohm_test_job_fail (OhmTestJob *self, const GError *error)
{
  const OhmState *state = ohm_link_get_state (self->target.link);
  g_autoptr (OhmMessage) message = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  /* what is told is what became of the first */
  ohm_test_job_add_path (self, self->error != NULL ? self->error_unit : self->unit, &builder);
  if (ohm_error_is_cancelled (error))
    {
      ohm_test_job_end (self, OHM_JOB_CANCELLED, NULL, g_variant_builder_end (&builder));
      return;
    }
  if (self->error == NULL && state->code == OHM_STATE_DOWN && state->cause != NULL)
    message = ohm_message_ref (state->cause);
  else
    message = ohm_test_target_explain (&self->target, self->error != NULL ? self->error : error);
  ohm_test_job_end (self, OHM_JOB_FAILED, message, g_variant_builder_end (&builder));
}

/* --- reading --- */

/* What answers is known by now: that it cannot be read is a finding, not a failure. */
static void
ohm_test_job_take_reading (OhmTestJob *self, OhmMeterHost *host, const GError *error)
{
  if (ohm_error_is_cancelled (error))
    ohm_test_job_fail (self, error);
  else
    ohm_test_job_succeed (self, host, error);
}

static void
ohm_test_job_on_tried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmMeterHost) host = NULL;
  g_autoptr (GError) error = NULL;

  ohm_trial_finish (OHM_LINK (source), result, &host, &error);
  ohm_test_job_take_reading (user_data, host, error);
}

static void
ohm_test_job_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmMeterHost *host = OHM_METER_HOST (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmReading) reading = ohm_meter_host_read_finish (host, result, &error);

  ohm_test_job_take_reading (user_data, host, error);
}

static void
ohm_test_job_try_as (OhmTestJob *self)
{
  const OhmTrialSetup setup = {
    .link = self->target.link,
    .unit = self->unit,
    .type = self->type,
    .profiles = ohm_site_get_profiles (self->site),
    .plugins = ohm_site_get_plugins (self->site),
    .watcher = ohm_site_get_watcher (self->site),
  };

  ohm_trial_async (&setup, ohm_job_get_cancellable (self->job), ohm_test_job_on_tried, self);
}

/* A meter at work is read as it is; it may have been told another type, or unit. */
static gboolean
ohm_test_job_is_meter (OhmTestJob *self)
{
  OhmMeterHost *host = self->target.host;

  return host != NULL && ohm_meter_host_get_plan (host) != NULL &&
         ohm_meter_host_get_unit (host) == self->unit &&
         (self->type == NULL || g_str_equal (self->type, ohm_meter_host_get_type_id (host)));
}

static void
ohm_test_job_read (OhmTestJob *self)
{
  gboolean is_meter = ohm_test_job_is_meter (self);
  g_autoptr (OhmMessage) message = NULL;

  if (self->type == NULL && is_meter)
    self->type = g_strdup (ohm_meter_host_get_type_id (self->target.host));
  else if (self->type == NULL && self->found->candidates->len > 0)
    self->type = g_strdup (
      ((const OhmCandidate *) g_ptr_array_index (self->found->candidates, 0))->id);
  if (self->type == NULL)
    {
      ohm_test_job_succeed (self, /* host */ NULL, /* error */ NULL);
      return;
    }
  message = ohm_message_new ("reading", "address", ohm_link_get_id (self->target.link), "type",
                             self->type, NULL);
  ohm_job_set_progress (self->job, 0.7, message);
  if (is_meter)
    ohm_meter_host_read_async (self->target.host, ohm_job_get_cancellable (self->job),
                               ohm_test_job_on_read, self);
  else
    ohm_test_job_try_as (self);
}

/* --- identifying --- */

static void
ohm_test_job_on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmTestJob *self = user_data;
  g_autoptr (GError) error = NULL;

  self->found = ohm_identify_finish (OHM_LINK (source), result, &error);
  if (self->found != NULL)
    ohm_test_job_read (self);
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
           ohm_test_target_has_next_way (&self->target, error))
    ohm_test_job_try_next (self, error);
  else
    ohm_test_job_fail (self, error);
}

static void
ohm_test_job_switch_unit (OhmTestJob *self, guint8 unit)
{
  if (self->target.is_own_link)
    {
      ohm_link_add_unit (self->target.link, unit, NULL, self);
      ohm_link_remove_unit (self->target.link, self->unit, self);
    }
  self->unit = unit;
}

/* Nothing has answered this way: other settings, and all units again. */
static void
ohm_test_job_change_way (OhmTestJob *self)
{
  ohm_link_remove_unit (self->target.link, self->unit, self);
  ohm_test_target_take_next_way (&self->target, self->site);
  self->next = 0;
  self->unit = g_array_index (self->units, guint8, 0);
  ohm_link_add_unit (self->target.link, self->unit, NULL, self);
}

static void
ohm_test_job_tell_progress (OhmTestJob *self)
{
  const char *settings = ohm_test_target_get_settings (&self->target);
  guint tried = self->target.way * self->units->len + self->next;
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);
  g_autoptr (OhmMessage) message = ohm_message_new ("asking", "address",
                                                    ohm_link_get_id (self->target.link), "unit",
                                                    unit, "settings",
                                                    *settings != '\0' ? settings : NULL, NULL);

  ohm_job_set_progress (self->job, 0.7 - 0.7 / (1 + tried), message);
}

/* A silent unit may just have another number, or be spoken to the wrong way. */
static void
ohm_test_job_try_next (OhmTestJob *self, const GError *error)
{
  OhmIdentifyTarget target = { .priority = OHM_PRIORITY_OPERATOR };
  gboolean is_mute = error == NULL || g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT);

  if (error != NULL && self->error == NULL)
    {
      self->error = g_error_copy (error);
      self->error_unit = self->unit;
    }
  if (self->next >= self->units->len || !is_mute)
    {
      if (!ohm_test_target_has_next_way (&self->target, error))
        {
          ohm_test_job_fail (self, error);
          return;
        }
      ohm_test_job_change_way (self);
    }
  ohm_test_job_switch_unit (self, g_array_index (self->units, guint8, self->next++));
  target.unit = self->unit;
  ohm_test_job_tell_progress (self);
  ohm_identify_async (self->target.link, &target, ohm_site_get_profiles (self->site),
                      ohm_job_get_cancellable (self->job), ohm_test_job_on_identified, self);
}

static void
ohm_test_job_suggest_unit (OhmTestJob *self, guint8 unit)
{
  for (guint i = 0; i < self->units->len; i++)
    if (g_array_index (self->units, guint8, i) == unit)
      return;
  if (self->units->len < UNITS_MAX)
    g_array_append_val (self->units, unit);
}

/* Unit 1 first, then what profiles say their devices listen to. */
static void
ohm_test_job_suggest_units (OhmTestJob *self)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (ohm_site_get_profiles (self->site));

  ohm_test_job_suggest_unit (self, 1);
  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);
      const OhmLimits *limits = entry->profile != NULL ? ohm_profile_get_limits (entry->profile)
                                                       : NULL;

      for (guint k = 0; limits != NULL && k < limits->n_units; k++)
        ohm_test_job_suggest_unit (self, limits->units[k]);
    }
}

static gboolean
ohm_test_job_check_type (OhmTestJob *self, GError **error)
{
  if (self->type == NULL ||
      ohm_profile_catalog_find (ohm_site_get_profiles (self->site), self->type) != NULL ||
      ohm_plugin_host_find_type (ohm_site_get_plugins (self->site), self->type, OHM_TYPE_METER) !=
        G_TYPE_INVALID)
    return TRUE;
  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("type-unknown", "type", self->type, NULL), "no type '%s'",
                         self->type);
  return FALSE;
}

OhmJob *
ohm_test_job_start (OhmJobs *jobs, OhmSite *site, const OhmTestRequest *request)
{
  OhmTestJob *self = g_new0 (OhmTestJob, 1);
  OhmJob *job = ohm_jobs_start (jobs, "test", request->target);
  g_autoptr (GError) error = NULL;
  int unit;

  self->site = g_object_ref (site);
  self->job = g_object_ref (job);
  self->type = g_strdup (request->type);
  self->units = g_array_new (FALSE, FALSE, sizeof (guint8));
  if (!ohm_test_job_check_type (self, &error) ||
      !ohm_test_target_open (site, request->target, &self->target, &error))
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

      ohm_test_job_end (self, OHM_JOB_FAILED, message, NULL);
      return job;
    }
  unit = request->unit >= 0 ? request->unit : self->target.unit;
  if (unit >= 0)
    ohm_test_job_suggest_unit (self, (guint8) unit);
  else
    ohm_test_job_suggest_units (self);
  self->unit = g_array_index (self->units, guint8, 0);
  if (self->target.is_own_link)
    ohm_link_add_unit (self->target.link, self->unit, NULL, self);
  ohm_test_job_try_next (self, /* error */ NULL);
  return job;
}
