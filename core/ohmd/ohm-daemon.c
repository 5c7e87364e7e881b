/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-daemon.h"

#include "ohm-log.h"
#include "ohm-place-owners.h"
#include "ohm-plausibility.h"
#include "ohm-rename-note.h"
#include "ohm-secret-store.h"
#include "ohm-virtuals.h"

struct _OhmDaemon
{
  GObject parent_instance;

  char *state_dir;               /* (owned) */
  OhmWatcher *watcher;           /* (owned) */
  OhmBus *bus;                   /* (owned) */
  OhmSite *site;                 /* (owned) */
  OhmStore *store;               /* (owned) */
  OhmPlaces *places;             /* (owned) */
  OhmPlaceOwners *owners;        /* (owned) */
  OhmRecorder *recorder;         /* (owned) */
  OhmTrend *trend;               /* (owned) */
  OhmClocks *clocks;             /* (owned) */
  OhmVirtuals *virtuals;         /* (owned) */
  OhmFollow *follow;             /* (owned) */
  OhmPlausibility *plausibility; /* (owned) */
  OhmJobs *jobs;                 /* (owned) */
  OhmSecrets *secrets;           /* (owned) */
  OhmUplinks *uplinks;           /* (owned) */
  gboolean is_started;
  gboolean is_stopping;
  GTask *stop_task; /* (owned) (nullable): it holds us */
  guint n_stopping; /* what it waits for */
};

/* How long stopping waits for who uses the secrets, within what main gives all of it. */
#define SECRETS_LIMIT_US (1500 * G_TIME_SPAN_MILLISECOND)

G_DEFINE_FINAL_TYPE (OhmDaemon, ohm_daemon, G_TYPE_OBJECT)

static guint daemon_signal_started;

/* --- meters to places --- */

static void
ohm_daemon_on_moved (OhmMeterHost *host, gpointer user_data)
{
  OhmDaemon *self = user_data;
  gint64 until_us = ohm_recorder_drop (self->recorder, ohm_meter_host_get_id (host));

  if (until_us != 0)
    ohm_meter_host_read_slot (host, until_us);
}

static const char *
ohm_daemon_get_holder (const char *place, gpointer user_data)
{
  return ohm_places_get_holder (((OhmDaemon *) user_data)->places, place);
}

static void
ohm_daemon_on_planned (OhmMeterHost *host, gpointer user_data)
{
  OhmDaemon *self = user_data;

  if (!ohm_meter_host_is_virtual (host))
    ohm_clocks_add (self->clocks, host);
  ohm_recorder_flush (self->recorder);
  if (ohm_place_owners_update (self->owners, host))
    {
      ohm_plausibility_remove_meter (self->plausibility, ohm_meter_host_get_id (host));
      ohm_daemon_on_moved (host, self);
    }
  ohm_place_owners_try_again (self->owners);
}

static void
ohm_daemon_on_config_reloaded (const OhmChange *change, gpointer owner)
{
  ohm_place_owners_try_again (OHM_DAEMON (owner)->owners);
}

/* --- meters to the store --- */

static void
ohm_daemon_save_meter (OhmDaemon *self, OhmMeterHost *host)
{
  OhmFacts *facts = ohm_meter_host_get_facts (host);
  g_autoptr (GVariant) learned = g_variant_ref_sink (ohm_meter_host_save_learned (host));
  g_autofree char *address = ohm_meter_host_dup_address (host);
  g_autofree char *id = g_strdup (ohm_meter_host_get_id (host));
  g_autofree char *type = g_strdup (ohm_meter_host_get_type_id (host));
  g_autofree char *serial = g_strdup (ohm_facts_get (facts, "serial"));
  OhmStoreMeter row = {
    .id = id,
    .type = type,
    .address = address,
    .serial = serial,
    .facts = facts,
    .limits = learned,
    .updated_us = ohm_clock_get_wall_us (ohm_watcher_get_clock (self->watcher)),
  };

  ohm_store_save_meter (self->store, &row);
}

/* A clock without a battery shows a time that is plausible and wrong after the next power cut. */
static void
ohm_daemon_watch_battery (OhmDaemon *self, OhmMeterHost *host)
{
  const char *battery = ohm_facts_get (ohm_meter_host_get_facts (host), "battery");
  g_autofree char *subject = g_strdup_printf ("meters/%s/battery", ohm_meter_host_get_id (host));
  g_autoptr (OhmMessage) message = NULL;

  if (g_strcmp0 (battery, "low") == 0)
    message = ohm_message_new ("battery-low", NULL);
  else if (g_strcmp0 (battery, "empty") == 0)
    message = ohm_message_new ("battery-empty", NULL);
  if (message != NULL)
    ohm_alarms_raise (ohm_site_get_alarms (self->site), subject, message);
  else
    ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
}

static void
ohm_daemon_on_surveyed (OhmMeterHost *host, gpointer user_data)
{
  OhmDaemon *self = user_data;

  if (!ohm_meter_host_is_confirmed (host))
    ohm_recorder_drop (self->recorder, ohm_meter_host_get_id (host));
  /* what was read before it was noticed may be the other one's */
  if (ohm_meter_host_get_state (host)->code == OHM_STATE_WRONG_DEVICE)
    ohm_plausibility_remove_meter (self->plausibility, ohm_meter_host_get_id (host));
  ohm_follow_surveyed (self->follow, host);
  if (!ohm_meter_host_is_confirmed (host))
    return;
  ohm_daemon_save_meter (self, host);
  ohm_daemon_watch_battery (self, host);
  ohm_recorder_confirm (self->recorder, ohm_meter_host_get_id (host));
  ohm_clocks_note_survey (self->clocks, host);
}

static void
ohm_daemon_on_learned (OhmMeterHost *host, gpointer user_data)
{
  OhmDaemon *self = user_data;

  /* nothing is known of it any more: its counters may be another device's */
  if (ohm_meter_host_get_facts (host) == NULL)
    ohm_plausibility_remove_meter (self->plausibility, ohm_meter_host_get_id (host));
  ohm_daemon_save_meter (self, host);
}

static void
ohm_daemon_on_proved (OhmMeterHost *host, gboolean is_right, gpointer user_data)
{
  OhmDaemon *self = user_data;

  if (is_right)
    ohm_recorder_confirm (self->recorder, ohm_meter_host_get_id (host));
  else
    ohm_recorder_drop (self->recorder, ohm_meter_host_get_id (host));
}

static void
ohm_daemon_on_removed (const char *id, gpointer user_data)
{
  OhmDaemon *self = user_data;
  g_autofree char *battery = g_strdup_printf ("meters/%s/battery", id);

  ohm_place_owners_remove (self->owners, id);
  ohm_alarms_end (ohm_site_get_alarms (self->site), battery);
  ohm_follow_removed (self->follow, id);
  ohm_clocks_remove (self->clocks, id);
  ohm_plausibility_remove_meter (self->plausibility, id);
}

static void
ohm_daemon_on_renamed (const char *id, const char *new_id, gpointer user_data)
{
  OhmDaemon *self = user_data;

  ohm_store_rename_meter (self->store, id, new_id);
  ohm_places_follow_meter (self->places, id, new_id);
}

/* --- what the recorder asks --- */

static void
ohm_daemon_begin_slot (gint64 slot_us, gint64 until_us, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmClock *clock = ohm_watcher_get_clock (self->watcher);

  ohm_site_read_slots (self->site,
                       ohm_clock_get_mono_us (clock) + until_us - ohm_clock_get_wall_us (clock));
}

static gboolean
ohm_daemon_is_confirmed (const char *meter, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);

  return host != NULL && ohm_meter_host_is_confirmed (host);
}

static gboolean
ohm_daemon_can_prove (const char *meter, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);

  return host != NULL && ohm_meter_host_can_prove (host);
}

static OhmGapCause
ohm_daemon_get_cause (const char *meter, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);

  return host != NULL ? ohm_meter_host_get_gap_cause (host) : OHM_GAP_DISABLED;
}

static void
ohm_daemon_doubt (const char *meter, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);
  OhmLink *link = host != NULL ? ohm_meter_host_get_link (host) : NULL;
  GPtrArray *meters = ohm_site_get_meters (self->site);

  /* what fell may be the counter of another meter on the line: whose, then, is its own? */
  for (guint i = 0; link != NULL && i < meters->len; i++)
    {
      OhmMeterHost *other = g_ptr_array_index (meters, i);

      if (ohm_meter_host_get_link (other) == link &&
          ohm_facts_get (ohm_meter_host_get_facts (other), "serial") != NULL)
        ohm_meter_host_survey (other);
    }
  if (host != NULL && ohm_meter_host_is_confirmed (host))
    ohm_meter_host_survey (host);
}

static void
ohm_daemon_judge (const OhmPlace *place,
                  const OhmRecord *before,
                  gint64 since_us,
                  gboolean is_first,
                  OhmRecord *record,
                  gpointer user_data)
{
  ohm_plausibility_judge (((OhmDaemon *) user_data)->plausibility, place, before, since_us,
                          is_first, record);
}

static void
ohm_daemon_tell_clock (OhmMessage *message, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmAlarms *alarms = ohm_site_get_alarms (self->site);
  g_autofree char *text = message != NULL ? ohm_message_dup_text (message) : NULL;

  if (message == NULL)
    {
      ohm_alarms_end (alarms, "clock");
      return;
    }
  ohm_log_warning ("clock", "", "%s", text);
  ohm_alarms_raise (alarms, "clock", message);
}

/* --- what the plausibility checks ask --- */

static void
ohm_daemon_get_limits (OhmPlausibilityLimits *ret_limits, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmSettings *settings = ohm_site_get_config (self->site)->daemon;

  *ret_limits = (OhmPlausibilityLimits){
    .dead_share = (double) ohm_settings_get_integer (settings, "dead-phase-limit") / 100,
    .unbalance_share = (double) ohm_settings_get_integer (settings, "unbalance-limit") / 100,
    .reversed_us = ohm_settings_get_duration_us (settings, "reversed-after"),
    .stuck_wh = (double) ohm_settings_get_integer (settings, "stuck-energy"),
    .parts_share = (double) ohm_settings_get_integer (settings, "parts-limit") / 100,
  };
}

static gboolean
ohm_daemon_get_meter (const char *meter, OhmPlausibilityMeter *ret_meter, gpointer user_data)
{
  OhmDaemon *self = user_data;
  OhmMeterHost *host = ohm_site_find_meter (self->site, meter);
  OhmSettings *settings;

  if (host == NULL)
    return FALSE;
  settings = ohm_meter_host_get_config (host)->settings;
  *ret_meter = (OhmPlausibilityMeter){
    .is_checked = (settings == NULL || ohm_settings_get_boolean (settings, "plausibility")) &&
                  !g_str_equal (ohm_meter_host_get_type_id (host), "virtual"),
    .settings = settings,
    .facts = ohm_meter_host_get_facts (host),
  };
  return TRUE;
}

static GPtrArray *
ohm_daemon_list_places (gpointer user_data)
{
  OhmDaemon *self = user_data;

  return ohm_places_list (self->places);
}

/* --- start and stop --- */

static void
ohm_daemon_on_store_state (OhmStore *store, GParamSpec *pspec, OhmDaemon *self)
{
  OhmAlarms *alarms = ohm_site_get_alarms (self->site);
  OhmMessage *message = ohm_store_get_message (store);
  OhmStoreState state = ohm_store_get_state (store);

  if (ohm_store_get_quarantine (store) != NULL)
    ohm_alarms_raise (alarms, "store/quarantine", ohm_store_get_quarantine (store));
  if (state == OHM_STORE_OK || state == OHM_STORE_CLOSED || message == NULL)
    {
      ohm_alarms_end (alarms, "store");
    }
  else
    {
      g_autofree char *text = ohm_message_dup_text (message);

      ohm_log_warning ("store", "", "the store is %s: %s", ohm_store_state_to_string (state), text);
      ohm_alarms_raise (alarms, "store", message);
    }
}

static void
ohm_daemon_remember (OhmDaemon *self, OhmStoreContent *content)
{
  for (guint i = 0; i < content->meters->len; i++)
    {
      const OhmStoreMeter *row = g_ptr_array_index (content->meters, i);
      OhmSiteMeterMemory memory = { row->id, row->type, row->address, row->facts, row->limits };

      ohm_site_remember_meter (self->site, &memory);
    }
  ohm_places_load (self->places, content);
  ohm_recorder_load (self->recorder, content);
  ohm_rename_note_finish (self->state_dir, content);
}

static gboolean
ohm_daemon_is_there (const char *meter, gpointer user_data)
{
  return ohm_site_find_meter (((OhmDaemon *) user_data)->site, meter) != NULL;
}

/* The store was opened late, or again, or is a fresh one that has to be told everything. */
static void
ohm_daemon_on_store_content (const OhmStoreContent *content, gpointer user_data)
{
  OhmDaemon *self = user_data;
  GPtrArray *meters = ohm_site_get_meters (self->site);

  ohm_places_load (self->places, content);
  ohm_places_forget_gone (self->places, ohm_daemon_is_there, self);
  ohm_place_owners_try_again (self->owners);
  ohm_recorder_load (self->recorder, content);
  for (guint i = 0; i < meters->len; i++)
    if (ohm_meter_host_is_confirmed (g_ptr_array_index (meters, i)))
      ohm_daemon_save_meter (self, g_ptr_array_index (meters, i));
}

static void
ohm_daemon_begin (OhmDaemon *self)
{
  if (self->is_stopping || self->is_started)
    return;
  self->is_started = TRUE;
  ohm_site_start (self->site);
  ohm_places_forget_gone (self->places, ohm_daemon_is_there, self);
  ohm_place_owners_try_again (self->owners);
  ohm_recorder_set_window_us (
    self->recorder,
    ohm_settings_get_duration_us (ohm_site_get_config (self->site)->daemon, "slot-window"));
  ohm_recorder_start (self->recorder);
  g_signal_emit (self, daemon_signal_started, 0);
}

static void
ohm_daemon_on_store_open (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDaemon) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmStoreContent) content = ohm_store_open_finish (OHM_STORE (source), result, &error);

  /* Without a store collecting goes on; the store's state says what is wrong. */
  if (content != NULL)
    ohm_daemon_remember (self, content);
  else
    ohm_log_warning ("store", "", "%s, collecting without it", error->message);
  ohm_daemon_begin (self);
}

void
ohm_daemon_start (OhmDaemon *self)
{
  g_return_if_fail (OHM_IS_DAEMON (self));

  ohm_store_open_async (self->store, /* cancellable */ NULL, ohm_daemon_on_store_open,
                        g_object_ref (self));
}

static void
ohm_daemon_end_stopping (OhmDaemon *self)
{
  g_autoptr (GTask) task = NULL;

  if (--self->n_stopping > 0)
    return;
  task = g_steal_pointer (&self->stop_task);
  g_task_return_boolean (task, TRUE);
}

static void
ohm_daemon_on_store_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!ohm_store_close_finish (OHM_STORE (source), result, &error))
    ohm_log_warning ("store", "", "not everything could be written: %s", error->message);
  ohm_daemon_end_stopping (user_data);
}

/* Secrets that stopping waits for. */
typedef struct
{
  OhmDaemon *daemon;
  OhmSecrets *secrets; /* (weak) */
  OhmWatch *limit;
} OhmDaemonSecrets;

static void
ohm_daemon_end_secrets (gpointer user_data, GObject *secrets)
{
  g_autofree OhmDaemonSecrets *self = user_data;

  ohm_watch_remove (self->limit);
  ohm_daemon_end_stopping (self->daemon);
}

static void
ohm_daemon_on_secrets_limit (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmDaemonSecrets *self = user_data;

  ohm_log_warning ("secrets", "", "an uplink still waits for a secret, ending without it");
  g_object_weak_unref (G_OBJECT (self->secrets), ohm_daemon_end_secrets, self);
  ohm_daemon_end_secrets (self, G_OBJECT (self->secrets));
}

/* Who renews a token holds the secrets until the new one is on disk. Where the old one is used up
 * then, the account would be lost with the answer. */
static void
ohm_daemon_release_secrets (OhmDaemon *self)
{
  OhmDaemonSecrets *watched = g_new0 (OhmDaemonSecrets, 1);
  OhmClock *clock = ohm_watcher_get_clock (self->watcher);

  watched->daemon = self;
  watched->secrets = self->secrets;
  watched->limit = ohm_watcher_add (self->watcher, -1, 0, ohm_daemon_on_secrets_limit, watched);
  ohm_watch_set_deadline (watched->limit, ohm_clock_get_mono_us (clock) + SECRETS_LIMIT_US);
  g_object_weak_ref (G_OBJECT (self->secrets), ohm_daemon_end_secrets, watched);
  g_clear_object (&self->secrets);
}

void
ohm_daemon_stop_async (OhmDaemon *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (OHM_IS_DAEMON (self));
  g_return_if_fail (!self->is_stopping);

  self->stop_task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (self->stop_task, ohm_daemon_stop_async);
  self->n_stopping = 2;
  self->is_stopping = TRUE;
  ohm_jobs_stop (self->jobs);
  ohm_virtuals_stop (self->virtuals);
  ohm_recorder_stop (self->recorder);
  ohm_trend_flush (self->trend);
  ohm_clocks_stop (self->clocks);
  ohm_uplinks_stop (self->uplinks);
  ohm_site_stop (self->site);
  ohm_store_close_async (self->store, ohm_daemon_on_store_closed, self);
  ohm_daemon_release_secrets (self);
}

void
ohm_daemon_stop_finish (OhmDaemon *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), /* error */ NULL);
}

OhmSite *
ohm_daemon_get_site (OhmDaemon *self)
{
  return self->site;
}

OhmStore *
ohm_daemon_get_store (OhmDaemon *self)
{
  return self->store;
}

OhmPlaces *
ohm_daemon_get_places (OhmDaemon *self)
{
  return self->places;
}

OhmRecorder *
ohm_daemon_get_recorder (OhmDaemon *self)
{
  return self->recorder;
}

OhmFollow *
ohm_daemon_get_follow (OhmDaemon *self)
{
  return self->follow;
}

OhmClocks *
ohm_daemon_get_clocks (OhmDaemon *self)
{
  return self->clocks;
}

OhmJobs *
ohm_daemon_get_jobs (OhmDaemon *self)
{
  return self->jobs;
}

OhmUplinks *
ohm_daemon_get_uplinks (OhmDaemon *self)
{
  return self->uplinks;
}

gboolean
ohm_daemon_is_started (OhmDaemon *self)
{
  return self->is_started;
}

static void
ohm_daemon_make_site (OhmDaemon *self, const OhmSiteOptions *options)
{
  OhmSiteListener listener = {
    .planned = ohm_daemon_on_planned,
    .surveyed = ohm_daemon_on_surveyed,
    .learned = ohm_daemon_on_learned,
    .proved = ohm_daemon_on_proved,
    .removed = ohm_daemon_on_removed,
    .renamed = ohm_daemon_on_renamed,
    .get_holder = ohm_daemon_get_holder,
    .user_data = self,
  };
  OhmSiteOptions ours = *options;

  ours.listener = &listener;
  self->site = ohm_site_new (&ours, self->watcher, self->bus);
}

/* Before there are threads. */
static OhmSecrets *
ohm_daemon_make_secrets (const OhmSiteOptions *options, OhmWatcher *watcher)
{
  OhmSecrets *secrets = ohm_secret_store_new (options->state_dir);

  ohm_secret_store_set_clock (OHM_SECRET_STORE (secrets), ohm_watcher_get_clock (watcher));
  return secrets;
}

static OhmStore *
ohm_daemon_make_store (const OhmSiteOptions *options, OhmWatcher *watcher, OhmBus *bus)
{
  g_autofree char *runtime_dir = g_build_filename (options->state_dir, "config", NULL);
  g_autofree char *database = g_build_filename (options->state_dir, "ohmnibus.db", NULL);
  g_autoptr (OhmSettings) settings = ohm_config_load_daemon (options->config_dir, runtime_dir);
  OhmStoreLimits limits = ohm_store_limits_default;

  limits.size_max_bytes = ohm_settings_get_integer (settings, "store-limit") * 1024 * 1024;
  limits.trend_keep_us = ohm_settings_get_integer (settings, "trend-days") * 24 * 3600 *
                         G_USEC_PER_SEC;
  return ohm_store_new (database, bus, watcher, &limits);
}

static void
ohm_daemon_make_plausibility (OhmDaemon *self)
{
  OhmPlausibilityHost host = {
    .get_limits = ohm_daemon_get_limits,
    .get_meter = ohm_daemon_get_meter,
    .is_confirmed = ohm_daemon_is_confirmed,
    .list_places = ohm_daemon_list_places,
    .user_data = self,
  };

  self->plausibility = ohm_plausibility_new (self->bus, ohm_watcher_get_clock (self->watcher),
                                             ohm_site_get_alarms (self->site), &host);
}

static void
ohm_daemon_make_uplinks (OhmDaemon *self, const OhmSiteOptions *options)
{
  OhmUplinksSetup setup = {
    .site = self->site,
    .store = self->store,
    .places = self->places,
    .secrets = self->secrets,
    .state_dir = options->state_dir,
  };

  self->uplinks = ohm_uplinks_new (&setup);
}

OhmDaemon *
ohm_daemon_new (const OhmSiteOptions *options, OhmWatcher *watcher, OhmBus *bus)
{
  OhmDaemon *self = g_object_new (OHM_TYPE_DAEMON, NULL);
  OhmRecorderHost host = {
    .begin_slot = ohm_daemon_begin_slot,
    .is_confirmed = ohm_daemon_is_confirmed,
    .can_prove = ohm_daemon_can_prove,
    .get_cause = ohm_daemon_get_cause,
    .doubt = ohm_daemon_doubt,
    .judge = ohm_daemon_judge,
    .tell = ohm_daemon_tell_clock,
    .user_data = self,
  };

  self->state_dir = g_strdup (options->state_dir);
  self->watcher = g_object_ref (watcher);
  self->bus = g_object_ref (bus);
  self->secrets = ohm_daemon_make_secrets (options, watcher);
  self->store = ohm_daemon_make_store (options, watcher, bus);
  self->places = ohm_places_new (self->store, bus);
  ohm_bus_connect_config_reloaded (bus, "places", ohm_daemon_on_config_reloaded, self);
  self->trend = ohm_trend_new (self->store, self->places, bus, watcher);
  self->jobs = ohm_jobs_new (ohm_watcher_get_clock (watcher));
  ohm_daemon_make_site (self, options);
  self->owners = ohm_place_owners_new (self->site, self->places);
  self->clocks = ohm_clocks_new (self->site, self->store);
  self->follow = ohm_follow_new (self->site, self->store, ohm_daemon_on_moved, self);
  self->virtuals = ohm_virtuals_new (self->site, self->places, self->store);
  ohm_daemon_make_plausibility (self);
  /* behind the checks: what they find of a reading is known when it is recorded */
  self->recorder = ohm_recorder_new (self->store, self->places, bus, watcher, &host);
  ohm_daemon_make_uplinks (self, options);
  g_signal_connect_object (self->store, "notify::state", G_CALLBACK (ohm_daemon_on_store_state),
                           self, 0);
  ohm_store_set_content_func (self->store, ohm_daemon_on_store_content, self);
  return self;
}

static void
ohm_daemon_dispose (GObject *object)
{
  OhmDaemon *self = OHM_DAEMON (object);

  if (self->store != NULL)
    ohm_store_set_content_func (self->store, NULL, NULL);
  if (self->bus != NULL)
    ohm_bus_disconnect (self->bus, self);
  g_clear_pointer (&self->owners, ohm_place_owners_free);
  g_clear_pointer (&self->state_dir, g_free);
  g_clear_object (&self->uplinks);
  g_clear_object (&self->secrets);
  g_clear_object (&self->jobs);
  g_clear_object (&self->plausibility);
  g_clear_object (&self->clocks);
  g_clear_object (&self->virtuals);
  g_clear_pointer (&self->follow, ohm_follow_free);
  g_clear_object (&self->site);
  g_clear_object (&self->trend);
  g_clear_object (&self->recorder);
  g_clear_object (&self->places);
  g_clear_object (&self->store);
  g_clear_object (&self->bus);
  g_clear_object (&self->watcher);
  G_OBJECT_CLASS (ohm_daemon_parent_class)->dispose (object);
}

static void
ohm_daemon_class_init (OhmDaemonClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_daemon_dispose;
  daemon_signal_started = g_signal_new ("started", OHM_TYPE_DAEMON, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
}

static void
ohm_daemon_init (OhmDaemon *self)
{
}
