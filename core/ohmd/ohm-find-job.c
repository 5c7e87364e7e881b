/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-find-job.h"

#include "ohm-trial.h"

/* Time that the link is left to others, for each that was taken: most units are silent, and a
 * silent one holds the line until its timeout. */
#define PAUSE_SHARE 3

typedef struct
{
  OhmSite *site;     /* (owned) */
  OhmFollow *follow; /* (not owned): outlives jobs */
  OhmJob *job;       /* (owned) */
  OhmLink *link;     /* (owned) */
  OhmWatch *pause;   /* (owned) */
  gulong cancelled;  /* handler */
  gboolean is_trying;
  char *meter;
  char *type;
  char *serial;
  guint first;
  guint last;
  guint unit; /* that is asked */
  guint n_tried;
  gint64 asked_us;
  GByteArray *answered; /* (owned) */
} OhmFindJob;

static void
ohm_find_job_free (OhmFindJob *self)
{
  g_signal_handler_disconnect (ohm_job_get_cancellable (self->job), self->cancelled);
  ohm_watch_remove (self->pause);
  g_clear_object (&self->link);
  g_clear_object (&self->job);
  g_clear_object (&self->site);
  g_byte_array_unref (self->answered);
  g_free (self->meter);
  g_free (self->type);
  g_free (self->serial);
  g_free (self);
}

/* @message: (transfer full) (nullable) */
static void
ohm_find_job_end (OhmFindJob *self, OhmJobState state, OhmMessage *message)
{
  g_autoptr (OhmMessage) owned = message;
  g_auto (GVariantDict) result = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&result, "address", "s", ohm_link_get_id (self->link));
  g_variant_dict_insert (&result, "tried", "u", self->n_tried);
  g_variant_dict_insert_value (&result, "answered",
                               g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, self->answered->data,
                                                          self->answered->len, 1));
  if (state == OHM_JOB_DONE)
    g_variant_dict_insert (&result, "unit", "y", (guint8) self->unit);
  ohm_job_end (self->job, state, message, g_variant_dict_end (&result));
  ohm_find_job_free (self);
}

static gint64
ohm_find_job_now (OhmFindJob *self)
{
  return ohm_clock_get_mono_us (ohm_site_get_clock (self->site));
}

/* Whether a meter is read there, or expected: its survey says what it is. */
static gboolean
ohm_find_job_is_taken (OhmFindJob *self, guint unit)
{
  GPtrArray *meters = ohm_site_get_meters (self->site);

  for (guint i = 0; i < meters->len; i++)
    if (ohm_meter_host_get_link (meters->pdata[i]) == self->link &&
        ohm_meter_host_get_unit (meters->pdata[i]) == unit)
      return TRUE;
  return FALSE;
}

static OhmMessage *
ohm_find_job_new_message (OhmFindJob *self, const char *code)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);
  g_autofree char *tried = g_strdup_printf ("%u", self->n_tried);

  return ohm_message_new (code, "meter", self->meter, "serial", self->serial, "address",
                          ohm_link_get_id (self->link), "unit", unit, "tried", tried, NULL);
}

static void
ohm_find_job_succeed (OhmFindJob *self)
{
  OhmMeterHost *host = ohm_site_find_meter (self->site, self->meter);

  if (host != NULL)
    ohm_follow_take (self->follow, host, self->link, (guint8) self->unit);
  ohm_find_job_end (self, OHM_JOB_DONE, ohm_find_job_new_message (self, "meter-found"));
}

static void
ohm_find_job_give_up (OhmFindJob *self)
{
  const OhmState *state = ohm_link_get_state (self->link);

  if (state->code == OHM_STATE_DOWN && state->cause != NULL)
    ohm_find_job_end (self, OHM_JOB_FAILED, ohm_message_ref (state->cause));
  else
    ohm_find_job_end (self, OHM_JOB_FAILED, ohm_find_job_new_message (self, "meter-not-found"));
}

static void
ohm_find_job_on_tried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmFindJob *self = user_data;
  g_autoptr (OhmMeterHost) host = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_read = ohm_trial_finish (OHM_LINK (source), result, &host, &error);
  OhmFacts *facts = host != NULL ? ohm_meter_host_get_facts (host) : NULL;
  const char *serial = facts != NULL ? ohm_facts_get (facts, "serial") : NULL;
  guint8 unit = (guint8) self->unit;

  self->is_trying = FALSE;
  self->n_tried++;
  if (ohm_error_is_cancelled (error))
    ohm_find_job_end (self, OHM_JOB_CANCELLED, /* message */ NULL);
  else if (g_strcmp0 (serial, self->serial) == 0)
    ohm_find_job_succeed (self);
  else
    {
      gint64 now_us = ohm_find_job_now (self);

      if (is_read || serial != NULL)
        g_byte_array_append (self->answered, &unit, 1);
      ohm_watch_set_deadline (self->pause, now_us + PAUSE_SHARE * (now_us - self->asked_us));
    }
}

static void
ohm_find_job_try (OhmFindJob *self)
{
  g_autoptr (OhmMessage) message = ohm_find_job_new_message (self, "asking");
  const OhmTrialSetup setup = {
    .link = self->link,
    .unit = (guint8) self->unit,
    .type = self->type,
    .profiles = ohm_site_get_profiles (self->site),
    .plugins = ohm_site_get_plugins (self->site),
    .watcher = ohm_site_get_watcher (self->site),
  };

  ohm_job_set_progress (self->job,
                        (double) (self->unit - self->first) / (self->last - self->first + 1),
                        message);
  self->asked_us = ohm_find_job_now (self);
  self->is_trying = TRUE;
  ohm_trial_async (&setup, ohm_job_get_cancellable (self->job), ohm_find_job_on_tried, self);
}

static void
ohm_find_job_on_pause (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmFindJob *self = user_data;

  ohm_watch_set_deadline (watch, -1);
  while (++self->unit <= self->last && ohm_find_job_is_taken (self, self->unit))
    ;
  if (self->unit > self->last || ohm_link_get_state (self->link)->code == OHM_STATE_DOWN)
    ohm_find_job_give_up (self);
  else
    ohm_find_job_try (self);
}

static void
ohm_find_job_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OhmFindJob *self = user_data;

  /* a trial under way ends by itself */
  if (!self->is_trying)
    ohm_find_job_end (self, OHM_JOB_CANCELLED, /* message */ NULL);
}

static gboolean
ohm_find_job_check (const OhmFindSetup *setup, GError **error)
{
  const char *id = ohm_meter_host_get_id (setup->host);

  if (ohm_meter_host_get_link (setup->host) == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED, "meter '%s' has no address", id);
  else if (ohm_meter_host_get_expected (setup->host) == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                 "no serial of meter '%s' is known: it cannot be recognized elsewhere", id);
  else if (ohm_meter_host_is_confirmed (setup->host) &&
           ohm_meter_host_get_state (setup->host)->code != OHM_STATE_SILENT)
    g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS,
                 "meter '%s' answers at %s unit %u, with its serial", id,
                 ohm_link_get_id (ohm_meter_host_get_link (setup->host)),
                 ohm_meter_host_get_unit (setup->host));
  else if (setup->first > setup->last)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "there is no unit in %u..%u", setup->first,
                 setup->last);
  else
    return TRUE;
  return FALSE;
}

OhmJob *
ohm_find_job_start (const OhmFindSetup *setup, GError **error)
{
  OhmFindJob *self;
  OhmJob *job;

  if (!ohm_find_job_check (setup, error))
    return NULL;
  job = ohm_jobs_start (setup->jobs, "find", ohm_meter_host_get_id (setup->host));
  self = g_new0 (OhmFindJob, 1);
  self->site = g_object_ref (setup->site);
  self->follow = setup->follow;
  self->job = g_object_ref (job);
  self->link = g_object_ref (setup->link != NULL ? setup->link
                                                 : ohm_meter_host_get_link (setup->host));
  self->meter = g_strdup (ohm_meter_host_get_id (setup->host));
  self->type = g_strdup (ohm_meter_host_get_type_id (setup->host));
  self->serial = g_strdup (ohm_meter_host_get_expected (setup->host));
  self->first = setup->first;
  self->last = setup->last;
  self->unit = self->first - 1u;
  self->answered = g_byte_array_new ();
  self->pause = ohm_watcher_add (ohm_site_get_watcher (self->site), -1, 0, ohm_find_job_on_pause,
                                 self);
  self->cancelled = g_signal_connect (ohm_job_get_cancellable (job), "cancelled",
                                      G_CALLBACK (ohm_find_job_on_cancelled), self);
  ohm_watch_set_deadline (self->pause, ohm_find_job_now (self));
  return job;
}
