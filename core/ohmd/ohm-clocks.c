/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clocks.h"

#include "ohm-clock-check.h"
#include "ohm-clock-judge.h"
#include "ohm-clock-set.h"
#include "ohm-log.h"

/* A meter that is surveyed again and again is not asked for the time each time; a check that told
 * nothing is repeated after as long. */
#define PAUSE_US (10 * G_GINT64_CONSTANT (60000000))
/* A clock that was set and is further off than this was not set. */
#define SET_MAX_US (2 * G_GINT64_CONSTANT (1000000))

/* One meter's clock. */
typedef struct
{
  OhmClocks *clocks; /* (not owned) */
  char *meter;
  GArray *checks;       /* (owned) (element-type OhmClockCheckpoint) */
  OhmMessage *problem;  /* (owned) (nullable) */
  OhmClockCheck *check; /* (owned) (nullable): under way */
  OhmClockSet *set;     /* (owned) (nullable): under way */
  GTask *task;          /* (owned) (nullable): somebody waits */
  OhmClockCheckpoint before;
  gboolean is_after;  /* what is under way is the reading back */
  gboolean is_off;    /* the alarm is raised */
  gint64 checked_us;  /* monotonic; when the last check began */
  gboolean was_tried; /* since the start */
  gboolean is_moot;   /* the last one told nothing: no answer, or our own clock was not sure */
} OhmMeterClock;

struct _OhmClocks
{
  GObject parent_instance;

  OhmSite *site;      /* (not owned): ended by ohm_clocks_stop() before the site goes */
  OhmStore *store;    /* (owned) */
  OhmClock *time;     /* (owned) */
  OhmWatch *retry;    /* (owned): when moot checks are repeated */
  GHashTable *clocks; /* (owned) (element-type utf8 OhmMeterClock) */
};

G_DEFINE_FINAL_TYPE (OhmClocks, ohm_clocks, G_TYPE_OBJECT)

/* What a task brings. */
typedef struct
{
  gboolean is_setting;
  OhmClockCheckpoint before;
  OhmClockCheckpoint now;
} OhmClockTask;

static void
ohm_meter_clock_end_task (OhmMeterClock *self, const OhmClockCheckpoint *now, const GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  OhmClockTask *data;

  self->is_after = FALSE;
  if (task == NULL)
    return;
  if (error != NULL)
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  data = g_task_get_task_data (task);
  g_return_if_fail (data != NULL && now != NULL);
  data->before = data->is_setting ? self->before : *now;
  data->now = *now;
  g_task_return_boolean (task, TRUE);
}

static void
ohm_meter_clock_set_moot (OhmMeterClock *self, gboolean is_moot)
{
  OhmClocks *clocks = self->clocks;

  self->is_moot = is_moot;
  if (is_moot && ohm_watch_get_deadline (clocks->retry) < 0)
    ohm_watch_set_deadline (clocks->retry, ohm_clock_get_mono_us (clocks->time) + PAUSE_US);
}

static void
ohm_meter_clock_stop (OhmMeterClock *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->check, ohm_clock_check_free);
  g_clear_pointer (&self->set, ohm_clock_set_free);
  g_set_error (&error, OHM_ERROR, OHM_ERROR_BUSY, "meter '%s' is no longer at work", self->meter);
  ohm_meter_clock_end_task (self, /* now */ NULL, error);
}

static void
ohm_meter_clock_free (gpointer data)
{
  OhmMeterClock *self = data;

  ohm_meter_clock_stop (self);
  g_free (self->meter);
  g_array_unref (self->checks);
  g_clear_pointer (&self->problem, ohm_message_unref);
  g_free (self);
}

/* --- what was found --- */

static GTimeZone *
ohm_clocks_dup_zone (OhmClocks *self)
{
  const char *name = ohm_settings_get_string (ohm_site_get_config (self->site)->daemon,
                                              "time-zone");
  GTimeZone *zone = name != NULL ? g_time_zone_new_identifier (name) : NULL;

  return zone != NULL ? zone : g_time_zone_new_local ();
}

static gint64
ohm_clocks_get_limit_us (OhmClocks *self)
{
  return ohm_settings_get_duration_us (ohm_site_get_config (self->site)->daemon, "clock-limit");
}

static char *
ohm_meter_clock_dup_subject (OhmMeterClock *self)
{
  return g_strdup_printf ("meters/%s/clock", self->meter);
}

static void
ohm_meter_clock_judge (OhmMeterClock *self, const OhmClockCheckpoint *check)
{
  OhmAlarms *alarms = ohm_site_get_alarms (self->clocks->site);
  g_autofree char *subject = ohm_meter_clock_dup_subject (self);
  g_autoptr (OhmMessage) message = NULL;

  self->is_off = ohm_clock_judge (check, ohm_clocks_get_limit_us (self->clocks), self->is_off);
  if (!self->is_off)
    {
      ohm_alarms_end (alarms, subject);
      return;
    }
  message = ohm_clock_judge_message (check, self->meter);
  ohm_alarms_raise (alarms, subject, message);
}

static void
ohm_meter_clock_save (OhmMeterClock *self)
{
  g_autofree char *key = g_strconcat ("clock/", self->meter, NULL);
  g_autoptr (GBytes) bytes = ohm_clock_history_save (self->checks);

  ohm_store_set_value (self->clocks->store, key, bytes);
}

static OhmClockCheckpoint
ohm_meter_clock_record (OhmMeterClock *self,
                        const OhmDeviceClock *clock,
                        const OhmClockEstimate *estimate)
{
  g_autoptr (GTimeZone) site = ohm_clocks_dup_zone (self->clocks);
  OhmClockCheckpoint check = {
    .time_us = ohm_clock_get_wall_us (self->clocks->time),
    .uncertainty_us = ohm_clock_estimate_get_uncertainty_us (estimate),
    .was_set = self->is_after,
    .is_unsure = !ohm_clock_is_synchronized (self->clocks->time),
  };

  check.fit = ohm_clock_fit (clock->zone, site, check.time_us,
                             ohm_clock_estimate_get_offset_us (estimate), &check.offset_us);
  ohm_clock_history_add (self->checks, &check);
  g_clear_pointer (&self->problem, ohm_message_unref);
  ohm_meter_clock_set_moot (self, check.is_unsure);
  ohm_meter_clock_judge (self, &check);
  ohm_meter_clock_save (self);
  return check;
}

/* What the meter answered, but no time; that nothing answered is told by the meter's state. */
static void
ohm_meter_clock_note_problem (OhmMeterClock *self, const OhmDeviceClock *clock, const GError *error)
{
  g_autofree char *subject = ohm_meter_clock_dup_subject (self);

  ohm_meter_clock_set_moot (self, !g_error_matches (error, OHM_ERROR, OHM_ERROR_DEVICE));
  if (self->is_moot)
    return;
  g_clear_pointer (&self->problem, ohm_message_unref);
  self->problem = ohm_message_new_from_error (error);
  /* where the zone is not documented, it is not sure either that this is a clock */
  if (g_str_equal (ohm_message_get_code (self->problem), "clock-no-time") &&
      clock->zone != OHM_CLOCK_ZONE_UNKNOWN)
    ohm_alarms_raise (ohm_site_get_alarms (self->clocks->site), subject, self->problem);
}

/* --- checking and setting --- */

static gboolean
ohm_clocks_find_device (OhmClocks *self, OhmMeterHost *host, OhmClockDevice *ret_device)
{
  OhmMeter *meter = ohm_meter_host_get_meter (host);
  OhmFacts *facts = ohm_meter_host_get_facts (host);
  double function = 0;

  if (meter == NULL || ohm_meter_host_get_link (host) == NULL)
    return FALSE;
  *ret_device = (OhmClockDevice){
    .watcher = ohm_site_get_watcher (self->site),
    .link = ohm_meter_host_get_link (host),
    .unit = ohm_meter_host_get_unit (host),
    .profile = ohm_meter_get_profile (meter),
  };
  ret_device->clock = ohm_profile_find_clock (ret_device->profile, facts);
  ret_device->function = ohm_profile_get_limits (ret_device->profile)->functions[0];
  if (ohm_facts_get_number (facts, "function", &function) && (function >= 3 && function <= 4))
    ret_device->function = (guint8) function;
  return ret_device->clock != NULL;
}

/* Setting is seconds since 1970 in UTC, and has to be read back as such. */
static const OhmWrite *
ohm_clocks_find_write (OhmMeterHost *host, const OhmClockDevice *device)
{
  const OhmWrite *write = ohm_profile_find_write (device->profile, ohm_meter_host_get_facts (host),
                                                  "clock");

  return device->clock->zone == OHM_CLOCK_ZONE_UTC && write != NULL && write->count == 2 ? write
                                                                                         : NULL;
}

static void ohm_meter_clock_on_checked (const OhmClockEstimate *estimate,
                                        const GError *error,
                                        gpointer user_data);

static void
ohm_meter_clock_begin (OhmMeterClock *self, const OhmClockDevice *device, OhmPriority priority)
{
  self->was_tried = TRUE;
  self->checked_us = ohm_clock_get_mono_us (self->clocks->time);
  self->check = ohm_clock_check_start (device, priority, ohm_meter_clock_on_checked, self);
}

static gboolean
ohm_meter_clock_find_device (OhmMeterClock *self,
                             OhmClockDevice *ret_device,
                             OhmMeterHost **ret_host)
{
  OhmMeterHost *host = ohm_site_find_meter (self->clocks->site, self->meter);

  *ret_host = host;
  return host != NULL && ohm_clocks_find_device (self->clocks, host, ret_device);
}

static void
ohm_meter_clock_fail (OhmMeterClock *self, OhmError code, const char *reason)
{
  g_autoptr (GError) error = g_error_new (OHM_ERROR, (int) code, "meter '%s': %s", self->meter,
                                          reason);

  ohm_meter_clock_end_task (self, /* now */ NULL, error);
}

static void
ohm_meter_clock_on_set (const GError *error, gpointer user_data)
{
  OhmMeterClock *self = user_data;
  g_autoptr (OhmClockSet) done = g_steal_pointer (&self->set);
  OhmClockDevice device;
  OhmMeterHost *host;

  /* Without an answer it may have been set all the same: reading back tells. */
  if (error != NULL && !g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT))
    ohm_meter_clock_end_task (self, /* now */ NULL, error);
  else if (!ohm_meter_clock_find_device (self, &device, &host))
    ohm_meter_clock_fail (self, OHM_ERROR_BUSY, "it is no longer at work");
  else
    {
      self->is_after = TRUE;
      ohm_meter_clock_begin (self, &device, OHM_PRIORITY_OPERATOR);
    }
}

static void
ohm_meter_clock_start_setting (OhmMeterClock *self, gint64 round_trip_us)
{
  const OhmWrite *write;
  OhmClockDevice device;
  OhmMeterHost *host;

  if (!ohm_meter_clock_find_device (self, &device, &host))
    {
      ohm_meter_clock_fail (self, OHM_ERROR_BUSY, "it is no longer at work");
      return;
    }
  write = ohm_clocks_find_write (host, &device);
  if (write == NULL)
    ohm_meter_clock_fail (self, OHM_ERROR_NOT_SUPPORTED, "its clock cannot be set");
  else
    self->set = ohm_clock_set_start (&device, write, round_trip_us, ohm_meter_clock_on_set, self);
}

static void
ohm_meter_clock_report_setting (OhmMeterClock *self, const OhmClockCheckpoint *now)
{
  g_autofree char *subject = g_strconcat ("meters/", self->meter, NULL);
  g_autofree char *from = ohm_clock_judge_dup_span (self->before.offset_us, /* has_sign */ TRUE);
  g_autofree char *to = ohm_clock_judge_dup_span (now->offset_us, /* has_sign */ TRUE);
  g_autofree char *reason = NULL;
  g_autoptr (OhmMessage) event = NULL;

  if (ABS (now->offset_us) - now->uncertainty_us > SET_MAX_US)
    {
      reason = g_strdup_printf ("it was told the time, but is still %s off", to);
      ohm_meter_clock_fail (self, OHM_ERROR_DEVICE, reason);
      return;
    }
  event = ohm_message_new ("clock-set", "offset", from, NULL);
  ohm_store_add_event (self->clocks->store, subject, event);
  ohm_log_message ("meter", self->meter, "meter '%s': its clock was set, it was %s off",
                   self->meter, from);
  ohm_meter_clock_end_task (self, now, /* error */ NULL);
}

static void
ohm_meter_clock_on_found (OhmMeterClock *self,
                          const OhmDeviceClock *clock,
                          const OhmClockEstimate *estimate,
                          gint64 round_trip_us)
{
  OhmClockCheckpoint now = ohm_meter_clock_record (self, clock, estimate);
  const OhmClockTask *data = self->task != NULL ? g_task_get_task_data (self->task) : NULL;

  if (data == NULL || !data->is_setting)
    {
      ohm_meter_clock_end_task (self, &now, /* error */ NULL);
    }
  else if (self->is_after)
    {
      ohm_meter_clock_report_setting (self, &now);
    }
  else
    {
      self->before = now;
      ohm_meter_clock_start_setting (self, round_trip_us);
    }
}

static void
ohm_meter_clock_on_checked (const OhmClockEstimate *estimate,
                            const GError *error,
                            gpointer user_data)
{
  OhmMeterClock *self = user_data;
  g_autoptr (OhmClockCheck) done = g_steal_pointer (&self->check);
  OhmClockDevice device;
  OhmMeterHost *host;

  if (!ohm_meter_clock_find_device (self, &device, &host))
    {
      ohm_meter_clock_fail (self, OHM_ERROR_BUSY, "it is no longer at work");
    }
  else if (estimate != NULL)
    {
      ohm_meter_clock_on_found (self, device.clock, estimate,
                                ohm_clock_check_get_round_trip_us (done));
    }
  else
    {
      ohm_meter_clock_note_problem (self, device.clock, error);
      ohm_meter_clock_end_task (self, /* now */ NULL, error);
    }
}

static gboolean
ohm_meter_clock_is_busy (const OhmMeterClock *self)
{
  return self->check != NULL || self->set != NULL;
}

/* A meter that is not there is checked after the survey that comes with its return. */
static void
ohm_clocks_on_retry (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmClocks *self = user_data;
  OhmMeterClock *clock;
  OhmClockDevice device;
  OhmMeterHost *host;
  GHashTableIter iter;

  ohm_watch_set_deadline (watch, -1);
  g_hash_table_iter_init (&iter, self->clocks);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &clock))
    if (clock->is_moot && !ohm_meter_clock_is_busy (clock) &&
        ohm_meter_clock_find_device (clock, &device, &host) && ohm_meter_host_is_confirmed (host))
      ohm_meter_clock_begin (clock, &device, OHM_PRIORITY_BACKGROUND);
}

/* --- the public part --- */

static OhmMeterClock *
ohm_clocks_ensure (OhmClocks *self, const char *meter)
{
  OhmMeterClock *clock = g_hash_table_lookup (self->clocks, meter);

  if (clock != NULL)
    return clock;
  clock = g_new0 (OhmMeterClock, 1);
  clock->clocks = self;
  clock->meter = g_strdup (meter);
  clock->checks = ohm_clock_history_new ();
  g_hash_table_insert (self->clocks, clock->meter, clock);
  return clock;
}

typedef struct
{
  OhmClocks *clocks; /* (owned) */
  char *meter;
} OhmClockLoad;

static void
ohm_clocks_on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree OhmClockLoad *load = user_data;
  g_autoptr (OhmClocks) self = load->clocks;
  g_autofree char *meter = load->meter;
  OhmMeterClock *clock = g_hash_table_lookup (self->clocks, meter);
  g_autoptr (GBytes) bytes = ohm_store_get_value_finish (OHM_STORE (source), result,
                                                         /* error */ NULL);

  if (bytes != NULL && clock != NULL)
    ohm_clock_history_load (clock->checks, bytes);
}

void
ohm_clocks_add (OhmClocks *self, OhmMeterHost *host)
{
  const char *meter = ohm_meter_host_get_id (host);
  g_autofree char *key = g_strconcat ("clock/", meter, NULL);
  OhmClockLoad *load;

  if (g_hash_table_contains (self->clocks, meter))
    return;
  ohm_clocks_ensure (self, meter);
  load = g_new0 (OhmClockLoad, 1);
  load->clocks = g_object_ref (self);
  load->meter = g_strdup (meter);
  ohm_store_get_value_async (self->store, key, /* cancellable */ NULL, ohm_clocks_on_loaded, load);
}

void
ohm_clocks_remove (OhmClocks *self, const char *meter)
{
  OhmMeterClock *clock = g_hash_table_lookup (self->clocks, meter);
  g_autofree char *subject = NULL;

  if (clock == NULL)
    return;
  subject = ohm_meter_clock_dup_subject (clock);
  ohm_alarms_end (ohm_site_get_alarms (self->site), subject);
  g_hash_table_remove (self->clocks, meter);
}

void
ohm_clocks_note_survey (OhmClocks *self, OhmMeterHost *host)
{
  OhmMeterClock *clock = ohm_clocks_ensure (self, ohm_meter_host_get_id (host));
  gint64 now_us = ohm_clock_get_mono_us (self->time);
  OhmClockDevice device;

  if (ohm_meter_clock_is_busy (clock) ||
      (clock->was_tried && now_us - clock->checked_us < PAUSE_US) ||
      !ohm_clocks_find_device (self, host, &device))
    return;
  ohm_meter_clock_begin (clock, &device, OHM_PRIORITY_BACKGROUND);
}

void
ohm_clocks_look (OhmClocks *self, OhmMeterHost *host, OhmClockView *ret_view)
{
  OhmMeterClock *clock = ohm_clocks_ensure (self, ohm_meter_host_get_id (host));
  OhmClockDevice device;

  *ret_view = (OhmClockView){
    .checks = clock->checks,
    .problem = clock->problem,
    .limit_us = ohm_clocks_get_limit_us (self),
    .is_off = clock->is_off,
  };
  if (!ohm_clocks_find_device (self, host, &device))
    return;
  ret_view->clock = device.clock;
  ret_view->write = ohm_clocks_find_write (host, &device);
}

static gboolean
ohm_clocks_may_check (OhmClocks *self,
                      OhmMeterHost *host,
                      gboolean is_setting,
                      OhmClockDevice *ret_device,
                      GError **error)
{
  const char *id = ohm_meter_host_get_id (host);
  OhmStateCode state = ohm_meter_host_get_state (host)->code;

  if (!ohm_clocks_find_device (self, host, ret_device))
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                 "meter '%s': no clock is known of its type or variant", id);
  else if (is_setting && ohm_clocks_find_write (host, ret_device) == NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                 "meter '%s': no register is documented that would set its clock", id);
  else if ((state != OHM_STATE_OK && state != OHM_STATE_PARTIAL) ||
           !ohm_meter_host_is_confirmed (host))
    g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "meter '%s' is %s", id,
                 state == OHM_STATE_OK || state == OHM_STATE_PARTIAL ? "not confirmed by its serial"
                                                                     : ohm_state_to_string (state));
  else if (is_setting && !ohm_clock_is_synchronized (self->time))
    ohm_message_set_error (error, OHM_ERROR_BUSY, ohm_message_new ("clock-unsure", NULL),
                           "our own clock is not synchronised: the meter's would be set wrong");
  else
    return TRUE;
  return FALSE;
}

void
ohm_clocks_check_async (OhmClocks *self,
                        OhmMeterHost *host,
                        gboolean is_setting,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  OhmClockTask *data = g_new0 (OhmClockTask, 1);
  OhmMeterClock *clock = ohm_clocks_ensure (self, ohm_meter_host_get_id (host));
  GError *error = NULL;
  OhmClockDevice device;

  data->is_setting = is_setting;
  g_task_set_source_tag (task, ohm_clocks_check_async);
  g_task_set_task_data (task, data, g_free);
  if (!ohm_clocks_may_check (self, host, is_setting, &device, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (clock->task != NULL)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY,
                               "meter '%s': its clock is being checked", clock->meter);
      return;
    }
  /* one of ours in the background is begun anew, at once */
  g_clear_pointer (&clock->check, ohm_clock_check_free);
  clock->task = g_steal_pointer (&task);
  ohm_meter_clock_begin (clock, &device, OHM_PRIORITY_OPERATOR);
}

gboolean
ohm_clocks_check_finish (OhmClocks *self,
                         GAsyncResult *result,
                         OhmClockCheckpoint *ret_before,
                         OhmClockCheckpoint *ret_now,
                         GError **error)
{
  const OhmClockTask *data;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  data = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (ret_before != NULL)
    *ret_before = data->before;
  *ret_now = data->now;
  return TRUE;
}

void
ohm_clocks_stop (OhmClocks *self)
{
  g_return_if_fail (OHM_IS_CLOCKS (self));

  g_hash_table_remove_all (self->clocks);
  ohm_watch_set_deadline (self->retry, -1);
}

OhmClocks *
ohm_clocks_new (OhmSite *site, OhmStore *store)
{
  OhmClocks *self = g_object_new (OHM_TYPE_CLOCKS, NULL);

  self->site = site;
  self->store = g_object_ref (store);
  self->time = g_object_ref (ohm_site_get_clock (site));
  self->retry = ohm_watcher_add (ohm_site_get_watcher (site), /* fd */ -1, 0, ohm_clocks_on_retry,
                                 self);
  return self;
}

static void
ohm_clocks_dispose (GObject *object)
{
  OhmClocks *self = OHM_CLOCKS (object);

  g_hash_table_remove_all (self->clocks);
  g_clear_pointer (&self->retry, ohm_watch_remove);
  g_clear_object (&self->store);
  g_clear_object (&self->time);
  G_OBJECT_CLASS (ohm_clocks_parent_class)->dispose (object);
}

static void
ohm_clocks_finalize (GObject *object)
{
  g_hash_table_unref (OHM_CLOCKS (object)->clocks);
  G_OBJECT_CLASS (ohm_clocks_parent_class)->finalize (object);
}

static void
ohm_clocks_class_init (OhmClocksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_clocks_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_clocks_finalize;
}

static void
ohm_clocks_init (OhmClocks *self)
{
  self->clocks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, ohm_meter_clock_free);
}
