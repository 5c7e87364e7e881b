/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A meter at work. What it does when is in one place, ohm_meter_host_on_timer(): live polls at
 * multiples of the period, slow ones each minute, slot retries inside the window, surveys at first
 * contact, after an interruption and daily. Polls and surveys are files of their own.
 */

#include "ohm-meter-host-private.h"

#include "ohm-log.h"

#define SECOND_US      G_GINT64_CONSTANT (1000000)
#define SLOW_PERIOD_US (60 * SECOND_US)
/* A device that closes the connection all the time is not surveyed all the time. */
#define SURVEY_PAUSE_US (5 * SECOND_US)
/* A device whose type is not known yet, that refuses to tell what it is, or that is another one, is
 * asked again after this. */
#define SURVEY_RETRY_US  (15 * SECOND_US)
#define SURVEY_PERIOD_US (24 * 3600 * SECOND_US)
/* A slot read that failed is tried again after this. */
#define SLOT_RETRY_US (2 * SECOND_US)
/* A meter that was fine is silent after so many requests in a row without an answer, or this time.
 */
#define LOSSES_MAX 2
#define LOST_US    (10 * SECOND_US)
/* First polls are spread over this, so that a thousand meters do not start at once. */
#define START_SPREAD_US (1 * SECOND_US)

G_DEFINE_FINAL_TYPE (OhmMeterHost, ohm_meter_host, G_TYPE_OBJECT)

static gint64
ohm_meter_host_now (OhmMeterHost *self)
{
  return ohm_clock_get_mono_us (self->clock);
}

/* --- state --- */

static void
ohm_meter_host_announce (OhmMeterHost *self)
{
  g_autoptr (OhmChange) change = ohm_change_new (self->id, FALSE);

  ohm_bus_emit_meter_changed (self->bus, change);
}

static void
ohm_meter_host_log_transition (OhmMeterHost *self, gboolean was_bad, gboolean is_bad)
{
  g_autofree char *text = self->state.cause != NULL ? ohm_message_dup_text (self->state.cause)
                                                    : NULL;

  if (is_bad && !was_bad)
    ohm_log_warning ("meter", self->id, "meter '%s' is %s: %s", self->id,
                     ohm_state_to_string (self->state.code), text != NULL ? text : "unknown cause");
  else if (was_bad && self->state.code == OHM_STATE_OK)
    ohm_log_message ("meter", self->id, "meter '%s' is ok again after %u failures in %.0f s",
                     self->id, self->failures_in_row,
                     (double) (ohm_meter_host_now (self) - self->failing_us) / SECOND_US);
}

void
ohm_meter_host_set_state (OhmMeterHost *self, OhmStateCode code, OhmMessage *cause)
{
  gboolean was_bad = ohm_state_is_bad (self->state.code);

  if (!ohm_state_set (&self->state, code, cause, ohm_clock_get_wall_us (self->clock)))
    return;
  /* A link that is down is told once, by the link; a wrong file when it was read. */
  if (code != OHM_STATE_UNREACHABLE && self->config->reason == NULL)
    ohm_meter_host_log_transition (self, was_bad, ohm_state_is_bad (code));
  ohm_meter_host_announce (self);
}

GError *
ohm_meter_host_exception_error (OhmMeterHost *self, const OhmReply *reply)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);
  GError *error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_DEVICE,
                         ohm_message_new (reply->exception == 0x0A ? "gateway-path"
                                                                   : "gateway-no-target",
                                          "unit", unit, NULL),
                         "meter '%s': the gateway answered for unit %u: %s", self->id, self->unit,
                         ohm_modbus_exception_to_string (reply->exception));
  return error;
}

static OhmMessage *
ohm_meter_host_silence_message (OhmMeterHost *self, const GError *error)
{
  g_autofree char *unit = g_strdup_printf ("%u", self->unit);

  /* not asked any more, because nothing came before */
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
      g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY))
    return ohm_message_new ("timeout", "unit", unit, NULL);
  return ohm_message_new_from_error (error);
}

static gboolean
ohm_meter_host_is_fine (OhmMeterHost *self)
{
  return self->state.code == OHM_STATE_OK || self->state.code == OHM_STATE_PARTIAL;
}

/* One lost frame, or a connection that had to be opened anew, is no silence. */
static gboolean
ohm_meter_host_is_lost (OhmMeterHost *self, gboolean is_busy)
{
  if (!ohm_meter_host_is_fine (self))
    return !is_busy;
  return self->losses_in_row >= LOSSES_MAX ||
         ohm_meter_host_now (self) - self->failing_us >= LOST_US;
}

void
ohm_meter_host_note_failure (OhmMeterHost *self, const GError *error)
{
  const OhmState *link = ohm_link_get_state (self->link);
  gboolean is_busy = g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_autoptr (OhmMessage) cause = NULL;
  OhmUnitStats stats;

  if (self->failures_in_row++ == 0)
    self->failing_us = ohm_meter_host_now (self);
  self->losses_in_row += is_busy ? 0 : 1;
  if (ohm_link_get_unit_stats (self->link, self->unit, &stats) && stats.retry_us > 0)
    self->state.next_attempt_us = ohm_clock_get_wall_us (self->clock) +
                                  MAX (0, stats.retry_us - ohm_meter_host_now (self));
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  if (link->code == OHM_STATE_DOWN)
    {
      self->is_confirmed = FALSE;
      self->state.next_attempt_us = link->next_attempt_us;
      ohm_meter_host_set_state (self, OHM_STATE_UNREACHABLE, link->cause);
    }
  else if (ohm_meter_host_is_lost (self, is_busy))
    {
      self->is_confirmed = FALSE;
      cause = ohm_meter_host_silence_message (self, error);
      ohm_meter_host_set_state (self, OHM_STATE_SILENT, cause);
    }
}

static OhmMessage *
ohm_meter_host_partial_message (const OhmPollResult *result)
{
  if (result->has_values)
    return ohm_message_new ("partial", NULL);
  switch (result->exception)
    {
    case 1:
      return ohm_message_new ("illegal-function", NULL);
    case 2:
      return ohm_message_new ("illegal-address", NULL);
    case 3:
      return ohm_message_new ("illegal-value", NULL);
    case 4:
      return ohm_message_new ("device-failure", NULL);
    case 6:
      return ohm_message_new ("device-busy", NULL);
    default:
      return ohm_message_new ("partial", NULL);
    }
}

/* Each kind of poll speaks for what it reads: live values that come leave it at partial while the
 * slow ones, a minute apart, do not. An operator's poll reads both. */
static void
ohm_meter_host_note_parts (OhmMeterHost *self, const OhmPollResult *result)
{
  guint parts = 1u << result->kind;

  if (result->kind == OHM_POLL_OPERATOR)
    parts = result->is_partial ? 0 : 1u << OHM_POLL_LIVE | 1u << OHM_POLL_SLOW;
  else if (result->classes & OHM_READ_SLOW)
    parts |= 1u << OHM_POLL_SLOW;
  if (result->is_partial)
    self->partial_kinds |= parts;
  else
    self->partial_kinds &= ~parts;
}

static void
ohm_meter_host_note_connection (OhmMeterHost *self)
{
  guint64 connects = ohm_transport_get_counters (ohm_link_get_transport (self->link))->connects;

  /* Behind a new connection there may be another device. */
  if (connects != self->connects_seen)
    self->is_confirmed = FALSE;
  self->connects_seen = connects;
}

static void
ohm_meter_host_note_success (OhmMeterHost *self, const OhmPollResult *result)
{
  gint64 pause_us = self->state.code == OHM_STATE_WRONG_DEVICE || self->survey_error != NULL
                      ? SURVEY_RETRY_US
                      : SURVEY_PAUSE_US;

  ohm_meter_host_note_connection (self);
  if (!self->is_confirmed && self->survey == NULL)
    self->survey_due_us = MAX (ohm_meter_host_now (self), self->surveyed_us + pause_us);
  self->state.next_attempt_us = 0;
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  ohm_meter_host_note_parts (self, result);
  if (self->survey_error != NULL)
    {
      ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, self->survey_error);
    }
  else if (self->partial_kinds == 0)
    {
      ohm_meter_host_set_state (self, OHM_STATE_OK, /* cause */ NULL);
    }
  else if (self->state.code != OHM_STATE_PARTIAL)
    {
      g_autoptr (OhmMessage) cause = ohm_meter_host_partial_message (result);

      ohm_meter_host_set_state (self, OHM_STATE_PARTIAL, cause);
    }
  self->failures_in_row = 0;
  self->losses_in_row = 0;
}

/* --- values --- */

static void
ohm_meter_host_reset_values (OhmMeterHost *self)
{
  guint n = self->plan != NULL ? ohm_point_set_get_n (ohm_plan_get_points (self->plan)) : 0;

  g_clear_pointer (&self->cells, g_free);
  g_clear_pointer (&self->qualities, g_free);
  g_clear_pointer (&self->times_us, g_free);
  self->cells = g_new0 (OhmCell, n);
  self->qualities = g_new0 (guint8, n);
  self->times_us = g_new0 (gint64, n);
  /* nothing of these points was read: slow ones come with the next poll */
  self->read_us = 0;
}

/* A request that got no answer leaves the last value shown; it grows stale by itself. */
static void
ohm_meter_host_keep (OhmMeterHost *self, OhmReading *reading)
{
  guint n;
  const OhmCell *cells = ohm_reading_get_cells (reading, &n);
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);

  if (ohm_reading_get_points (reading) != ohm_plan_get_points (self->plan))
    return;
  for (guint i = 0; i < n; i++)
    {
      gint64 time_us;

      if (qualities[i] == OHM_QUALITY_NONE)
        continue;
      time_us = ohm_reading_get_point_time_us (reading, i);
      if (qualities[i] == OHM_QUALITY_MISSING && time_us == 0)
        continue;
      self->cells[i] = cells[i];
      self->qualities[i] = qualities[i];
      self->times_us[i] = time_us;
    }
  self->read_us = ohm_reading_get_time_us (reading);
}

static void
ohm_meter_host_end_operator_reads (OhmMeterHost *self, OhmReading *reading, const GError *error)
{
  g_autoptr (GPtrArray) tasks = self->operator_tasks;

  self->operator_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (tasks, i);

      if (reading != NULL)
        g_task_return_pointer (task, ohm_reading_ref (reading), (GDestroyNotify) ohm_reading_unref);
      else
        g_task_return_error (task, error != NULL
                                     ? g_error_copy (error)
                                     : g_error_new (OHM_ERROR, OHM_ERROR_FAILED,
                                                    "meter '%s': nothing was read", self->id));
    }
}

/* What another device answers is not this meter's. */
static GError *
ohm_meter_host_wrong_device_error (OhmMeterHost *self)
{
  g_autofree char *text = ohm_message_dup_text (self->state.cause);
  GError *error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_DEVICE, ohm_message_ref (self->state.cause),
                         "meter '%s': %s", self->id, text);
  return error;
}

static void
ohm_meter_host_take_reading (OhmMeterHost *self, const OhmPollResult *result)
{
  ohm_meter_host_note_success (self, result);
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    return;
  ohm_meter_host_keep (self, result->reading);
  ohm_bus_emit_reading (self->bus, result->reading);
}

static void
ohm_meter_host_end_operator_poll (OhmMeterHost *self, const OhmPollResult *result)
{
  g_autoptr (GError) error = NULL;

  if (result->reading == NULL || self->state.code != OHM_STATE_WRONG_DEVICE)
    {
      ohm_meter_host_end_operator_reads (self, result->reading, result->error);
      return;
    }
  error = ohm_meter_host_wrong_device_error (self);
  ohm_meter_host_end_operator_reads (self, /* reading */ NULL, error);
}

/* What is missing may come with a retry, or with the next poll, which may split what was refused.
 */
static void
ohm_meter_host_end_slot_poll (OhmMeterHost *self, const OhmPollResult *result)
{
  gboolean is_learning = (self->learning_kinds & (1u << OHM_POLL_SLOT)) != 0;

  if (result->reading != NULL && !result->is_partial && !is_learning)
    self->slot_until_us = 0;
  else
    self->slot_retry_us = ohm_meter_host_now (self) + SLOT_RETRY_US;
}

/* Handlers of the bus may stop or replace the meter: what follows an emission must bear it. */
void
ohm_meter_host_poll_ended (OhmMeterHost *self, const OhmPollResult *result)
{
  self->polls_done++;
  if (result->kind == OHM_POLL_SLOT)
    ohm_meter_host_end_slot_poll (self, result);
  if (result->reading != NULL)
    {
      ohm_meter_host_take_reading (self, result);
    }
  else if (result->error != NULL)
    {
      self->polls_failed++;
      ohm_meter_host_note_failure (self, result->error);
    }
  if (result->kind == OHM_POLL_OPERATOR)
    ohm_meter_host_end_operator_poll (self, result);
  ohm_meter_host_reschedule (self);
}

static void
ohm_meter_host_on_telegram (OhmLink *link, const OhmReply *reply, gpointer user_data)
{
  g_autoptr (OhmMeterHost) self = g_object_ref (user_data);
  g_autoptr (OhmReadingBuilder) builder = NULL;
  g_autoptr (OhmReading) reading = NULL;
  g_autoptr (GError) error = NULL;
  OhmPollResult result = { .kind = OHM_POLL_LIVE, .classes = OHM_READ_LIVE, .has_values = TRUE };

  if (self->plan == NULL)
    return;
  builder = ohm_reading_builder_new (self->id, ohm_plan_get_points (self->plan),
                                     OHM_READ_LIVE | OHM_READ_SLOT,
                                     /* n_requests */ 1);
  ohm_reading_builder_begin_request (builder, reply->time_us);
  if (!ohm_meter_decode (self->meter, reply, builder, &error))
    {
      g_debug ("meter '%s': telegram dropped: %s", self->id, error->message);
      return;
    }
  ohm_meter_host_note_connection (self);
  self->is_confirmed = TRUE;
  reading = ohm_reading_builder_end (g_steal_pointer (&builder));
  result.reading = reading;
  ohm_meter_host_take_reading (self, &result);
}

/* --- the instance --- */

static OhmProfile *
ohm_meter_host_dup_profile (OhmMeterHost *self, GError **error)
{
  const char *id = ohm_meter_host_get_type_id (self);
  OhmProfile *profile = ohm_profile_catalog_find (self->profiles, id);
  g_autofree const char **known = NULL;
  const char *suggestion;

  if (profile != NULL)
    return ohm_profile_ref (profile);
  /* A plugin without a profile provides the type of its own id (design 4.2). */
  if (ohm_plugin_host_find_type (self->plugins, id, OHM_TYPE_METER) != G_TYPE_INVALID)
    return ohm_profile_new_empty (id, id);
  known = ohm_profile_catalog_list_ids (self->profiles);
  suggestion = ohm_suggest (id, known);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: [meter] type: no type '%s'%s%s%s",
               self->config->file, id, suggestion != NULL ? "; did you mean '" : "",
               suggestion != NULL ? suggestion : "", suggestion != NULL ? "'?" : "");
  return NULL;
}

static OhmMeter *
ohm_meter_host_make_meter (OhmMeterHost *self, OhmProfile *profile, GError **error)
{
  const char *id = ohm_profile_get_id (profile);
  const char *family = ohm_profile_get_family (profile);
  GType type = OHM_TYPE_METER;

  if (ohm_profile_catalog_find (self->profiles, id) != profile)
    family = id;
  if (family != NULL)
    type = ohm_plugin_host_find_type (self->plugins, family, OHM_TYPE_METER);
  if (type != G_TYPE_INVALID)
    return ohm_meter_new (type, profile, self->facts);
  g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
               "%s: [meter] type: '%s' needs the plugin '%s', which is not loaded",
               self->config->file, id, family);
  return NULL;
}

static void
ohm_meter_host_drop_instance (OhmMeterHost *self)
{
  ohm_poll_stop_all (self);
  g_clear_pointer (&self->live, ohm_request_list_free);
  g_clear_pointer (&self->profile, ohm_profile_unref);
  g_clear_pointer (&self->plan, ohm_plan_unref);
  g_clear_object (&self->meter);
}

static gboolean
ohm_meter_host_has_requests (OhmMeterHost *self)
{
  guint n = 0;

  if (self->plan != NULL)
    ohm_plan_get_entries (self->plan, &n);
  return n > 0;
}

static void
ohm_meter_host_start_operator (OhmMeterHost *self)
{
  if (!ohm_poll_is_running (self, OHM_POLL_OPERATOR))
    ohm_poll_start (self, OHM_POLL_OPERATOR, OHM_READ_LIVE | OHM_READ_SLOW,
                    ohm_meter_host_now (self));
}

/* Slow entries are first read with the first poll (design 4.2). */
static void
ohm_meter_host_poll_live (OhmMeterHost *self, gint64 due_us)
{
  ohm_poll_start (self, OHM_POLL_LIVE,
                  self->read_us == 0 ? OHM_READ_LIVE | OHM_READ_SLOW : OHM_READ_LIVE, due_us);
}

/* What the old instance was asked for is asked of the new one; who waits for an answer waits on. */
static void
ohm_meter_host_resume (OhmMeterHost *self, gboolean was_polling)
{
  gint64 now_us = ohm_meter_host_now (self);

  if (!self->is_running || !ohm_meter_host_has_requests (self))
    return;
  if (was_polling)
    ohm_meter_host_poll_live (self, now_us);
  if (self->operator_tasks->len > 0)
    ohm_meter_host_start_operator (self);
  self->slot_retry_us = now_us;
  ohm_meter_host_reschedule (self);
}

/* Makes instance and plan from profile and facts, swapped in one turn; answers that are still on
 * their way to the old one are dropped. If it fails, the old one is untouched. */
gboolean
ohm_meter_host_build (OhmMeterHost *self, GError **error)
{
  g_autoptr (OhmProfile) profile = ohm_meter_host_dup_profile (self, error);
  g_autoptr (OhmMeter) meter = profile != NULL ? ohm_meter_host_make_meter (self, profile, error)
                                               : NULL;
  g_autoptr (OhmPlan) plan = meter != NULL ? ohm_meter_plan (meter, error) : NULL;
  gboolean was_polling = ohm_poll_is_running (self, OHM_POLL_LIVE);
  gboolean has_same_points;

  if (plan == NULL)
    return FALSE;
  has_same_points = self->plan != NULL &&
                    ohm_plan_get_points (self->plan) == ohm_plan_get_points (plan);
  ohm_meter_host_drop_instance (self);
  self->profile = g_steal_pointer (&profile);
  self->meter = g_steal_pointer (&meter);
  self->plan = g_steal_pointer (&plan);
  if (!has_same_points)
    ohm_meter_host_reset_values (self);
  self->partial_kinds = 0;
  self->learning_kinds = OHM_POLL_ALL_KINDS;
  if (self->listener.planned != NULL)
    self->listener.planned (self, self->listener.user_data);
  ohm_meter_host_resume (self, was_polling);
  return TRUE;
}

static void
ohm_meter_host_refuse (OhmMeterHost *self, const char *reason)
{
  g_autoptr (OhmMessage) cause = ohm_message_new ("misconfigured", "text", reason, NULL);

  ohm_meter_host_set_state (self, OHM_STATE_MISCONFIGURED, cause);
}

/* What it was is wrong now, and what it should be cannot be made: nothing is read. */
static void
ohm_meter_host_rebuild (OhmMeterHost *self)
{
  g_autoptr (GError) error = NULL;

  if (ohm_meter_host_build (self, &error))
    return;
  ohm_meter_host_stop (self);
  ohm_meter_host_refuse (self, error->message);
}

void
ohm_meter_host_take_facts (OhmMeterHost *self, OhmFacts *facts)
{
  gboolean is_new = !ohm_facts_equal (self->facts, facts);

  g_clear_pointer (&self->facts, ohm_facts_unref);
  self->facts = ohm_facts_ref (facts);
  if (is_new || self->meter == NULL)
    ohm_meter_host_rebuild (self);
  ohm_meter_host_announce (self);
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_register_unit (OhmMeterHost *self, guint8 unit)
{
  if (self->has_unit)
    ohm_link_remove_unit (self->link, self->unit, self);
  self->unit = unit;
  self->has_unit = TRUE;
  ohm_link_add_unit (self->link, unit, ohm_meter_host_on_telegram, self);
}

static guint8
ohm_meter_host_choose_unit (OhmMeterHost *self)
{
  const OhmLimits *limits;
  double known;

  if (self->config->unit >= 0)
    return (guint8) self->config->unit;
  if (ohm_facts_get_number (self->facts, "unit-id", &known) && known >= 0 && known <= 255)
    return (guint8) known;
  if (self->profile == NULL)
    return 1;
  limits = ohm_profile_get_limits (self->profile);
  return limits->n_units > 0 ? limits->units[0] : 1;
}

/* --- time --- */

static gint64
ohm_meter_host_earliest (gint64 a, gint64 b)
{
  if (a < 0)
    return b;
  return b < 0 ? a : MIN (a, b);
}

void
ohm_meter_host_reschedule (OhmMeterHost *self)
{
  gint64 next_us = -1;

  if (!self->is_running || self->timer == NULL)
    return;
  if (self->survey == NULL)
    next_us = ohm_meter_host_earliest (next_us, self->survey_due_us);
  if (ohm_meter_host_has_requests (self))
    {
      next_us = ohm_meter_host_earliest (next_us, self->live_due_us);
      next_us = ohm_meter_host_earliest (next_us, self->slow_due_us);
      if (self->slot_until_us > 0 && !ohm_poll_is_running (self, OHM_POLL_SLOT))
        next_us = ohm_meter_host_earliest (next_us, self->slot_retry_us);
    }
  ohm_watch_set_deadline (self->timer, next_us);
}

static void
ohm_meter_host_start_live (OhmMeterHost *self, gint64 now_us)
{
  gint64 due_us = self->live_due_us;

  /* Multiples of the period stay where they are, however late this one is. */
  self->live_due_us += self->period_us * ((now_us - due_us) / self->period_us + 1);
  if (ohm_poll_is_running (self, OHM_POLL_LIVE))
    {
      self->polls_missed++;
      ohm_link_count_missed (self->link);
      return;
    }
  ohm_meter_host_poll_live (self, due_us);
}

static gboolean
ohm_meter_host_has_class (OhmMeterHost *self, guint class)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->plan, &n);

  for (guint i = 0; i < n; i++)
    if (entries[i].classes & class)
      return TRUE;
  return FALSE;
}

static void
ohm_meter_host_start_slow (OhmMeterHost *self, gint64 now_us)
{
  self->slow_due_us += SLOW_PERIOD_US * ((now_us - self->slow_due_us) / SLOW_PERIOD_US + 1);
  if (self->read_us != 0 && ohm_meter_host_has_class (self, OHM_READ_SLOW) &&
      !ohm_poll_is_running (self, OHM_POLL_SLOW))
    ohm_poll_start (self, OHM_POLL_SLOW, OHM_READ_SLOW, now_us);
}

static void
ohm_meter_host_start_slot (OhmMeterHost *self, gint64 now_us)
{
  self->slot_retry_us = now_us + SLOT_RETRY_US;
  if (now_us >= self->slot_until_us)
    self->slot_until_us = 0;
  else if (!ohm_poll_is_running (self, OHM_POLL_SLOT) &&
           ohm_meter_host_has_class (self, OHM_READ_SLOT))
    ohm_poll_start (self, OHM_POLL_SLOT, OHM_READ_SLOT, now_us);
}

static void
ohm_meter_host_start_survey (OhmMeterHost *self, gint64 now_us)
{
  if (self->meter == NULL)
    {
      self->survey_due_us = now_us + SURVEY_RETRY_US;
      ohm_meter_host_identify (self);
      return;
    }
  /* A refused register is tried again daily (design 4.3). */
  if (self->is_confirmed && !ohm_learned_is_empty (self->learned))
    {
      ohm_learned_forget (self->learned);
      ohm_poll_forget_list (self);
      self->learning_kinds = OHM_POLL_ALL_KINDS;
    }
  self->survey_due_us = now_us + SURVEY_PERIOD_US;
  self->surveyed_us = now_us;
  /* On an overloaded link the background is never reached, but without a confirmed identity nothing
   * is recorded. */
  ohm_survey_start (self, self->is_confirmed ? OHM_PRIORITY_BACKGROUND : OHM_PRIORITY_LIVE);
}

/* The survey runs behind the first poll if what it will find is known already. */
static void
ohm_meter_host_check_survey (OhmMeterHost *self, gint64 now_us)
{
  if (self->survey == NULL && self->survey_due_us >= 0 && now_us >= self->survey_due_us)
    ohm_meter_host_start_survey (self, now_us);
}

static void
ohm_meter_host_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMeterHost) self = g_object_ref (user_data);
  gint64 now_us = ohm_meter_host_now (self);

  if (self->facts == NULL)
    ohm_meter_host_check_survey (self, now_us);
  if (ohm_meter_host_has_requests (self))
    {
      if (self->slot_until_us > 0 && now_us >= self->slot_retry_us)
        ohm_meter_host_start_slot (self, now_us);
      if (self->live_due_us >= 0 && now_us >= self->live_due_us)
        ohm_meter_host_start_live (self, now_us);
      if (self->slow_due_us >= 0 && now_us >= self->slow_due_us)
        ohm_meter_host_start_slow (self, now_us);
    }
  ohm_meter_host_check_survey (self, now_us);
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_read_slot (OhmMeterHost *self, gint64 deadline_us)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  if (!self->is_running || !ohm_meter_host_has_requests (self))
    return;
  self->slot_until_us = deadline_us;
  ohm_meter_host_start_slot (self, ohm_meter_host_now (self));
  ohm_meter_host_reschedule (self);
}

/* --- life --- */

/* A place of its own in [0, range) for each id. The hash of ids that count up counts up too: the
 * golden ratio's multiplication (Knuth, TAOCP 6.4) spreads it over all bits. */
static gint64
ohm_meter_host_spread (OhmMeterHost *self, gint64 range_us)
{
  guint32 mixed = g_str_hash (self->id) * 2654435769u;

  return (gint64) (((guint64) mixed * (guint64) range_us) >> 32);
}

static void
ohm_meter_host_begin (OhmMeterHost *self)
{
  gint64 now_us = ohm_meter_host_now (self);
  gint64 spread_us = ohm_meter_host_spread (self, MIN (self->period_us, START_SPREAD_US));

  self->is_running = TRUE;
  self->live_due_us = now_us + spread_us;
  self->slow_due_us = self->live_due_us + SLOW_PERIOD_US;
  self->survey_due_us = self->live_due_us;
  ohm_meter_host_register_unit (self, ohm_meter_host_choose_unit (self));
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_start (OhmMeterHost *self)
{
  g_autoptr (GError) error = NULL;

  g_return_if_fail (OHM_IS_METER_HOST (self) && !self->is_running);

  if (self->config->reason != NULL || self->link == NULL)
    {
      ohm_meter_host_refuse (self, self->config->reason != NULL ? self->config->reason
                                                                : "its link is not configured");
      return;
    }
  if (!ohm_settings_get_boolean (self->config->settings, "enabled"))
    {
      g_autoptr (OhmMessage) cause = ohm_message_new ("disabled", NULL);

      ohm_meter_host_set_state (self, OHM_STATE_DISABLED, cause);
      return;
    }
  if (!g_str_equal (ohm_meter_host_get_type_id (self), "auto") &&
      !ohm_meter_host_build (self, &error))
    {
      ohm_meter_host_refuse (self, error->message);
      return;
    }
  ohm_meter_host_begin (self);
}

void
ohm_meter_host_stop (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  ohm_poll_stop_all (self);
  ohm_survey_stop (self);
  g_cancellable_cancel (self->identifying);
  g_clear_object (&self->identifying);
  if (self->has_unit)
    ohm_link_remove_unit (self->link, self->unit, self);
  self->has_unit = FALSE;
  self->is_running = FALSE;
  if (self->timer != NULL)
    ohm_watch_set_deadline (self->timer, -1);
  ohm_meter_host_end_operator_reads (self, NULL, NULL);
}

static void
ohm_meter_host_apply_settings (OhmMeterHost *self)
{
  const char *serial;

  if (self->config->settings == NULL)
    return;
  self->period_us = ohm_settings_get_duration_us (self->config->settings, "poll");
  serial = ohm_settings_get_string (self->config->settings, "serial");
  if (serial == NULL)
    serial = ohm_facts_get (self->facts, "serial");
  g_free (self->expected);
  self->expected = g_strdup (serial);
}

OhmMeterHost *
ohm_meter_host_new (const OhmMeterHostSetup *setup)
{
  OhmMeterHost *self = g_object_new (OHM_TYPE_METER_HOST, NULL);

  self->id = g_strdup (setup->config->id);
  self->config = ohm_meter_config_ref (setup->config);
  self->link = setup->link != NULL ? g_object_ref (setup->link) : NULL;
  self->profiles = g_object_ref (setup->profiles);
  self->plugins = g_object_ref (setup->plugins);
  self->bus = g_object_ref (setup->bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (setup->watcher));
  self->facts = setup->facts != NULL ? ohm_facts_ref (setup->facts) : NULL;
  self->learned = ohm_learned_new_from_variant (setup->learned);
  self->listener = *setup->listener;
  self->timer = ohm_watcher_add (setup->watcher, /* fd */ -1, 0, ohm_meter_host_on_timer, self);
  ohm_state_set (&self->state, OHM_STATE_STARTING, NULL, ohm_clock_get_wall_us (self->clock));
  ohm_meter_host_apply_settings (self);
  return self;
}

void
ohm_meter_host_set_config (OhmMeterHost *self, OhmMeterConfig *config)
{
  ohm_meter_config_ref (config);
  ohm_meter_config_unref (self->config);
  self->config = config;
}

void
ohm_meter_host_survey (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  self->survey_due_us = ohm_meter_host_now (self);
  self->is_confirmed = FALSE;
  ohm_meter_host_reschedule (self);
}

void
ohm_meter_host_forget (OhmMeterHost *self)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  ohm_survey_stop (self);
  ohm_learned_forget (self->learned);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->survey_error, ohm_message_unref);
  ohm_meter_host_apply_settings (self);
  if (self->state.code == OHM_STATE_WRONG_DEVICE)
    ohm_meter_host_set_state (self, OHM_STATE_STARTING, /* cause */ NULL);
  if (!self->is_running)
    return;
  if (g_str_equal (ohm_meter_host_get_type_id (self), "auto"))
    ohm_meter_host_drop_instance (self);
  else
    ohm_meter_host_rebuild (self);
  ohm_meter_host_survey (self);
}

void
ohm_meter_host_read_async (OhmMeterHost *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_meter_host_read_async);
  if (!self->is_running || !ohm_meter_host_has_requests (self))
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY, "meter '%s' is %s", self->id,
                               ohm_state_to_string (self->state.code));
      return;
    }
  g_ptr_array_add (self->operator_tasks, g_steal_pointer (&task));
  ohm_meter_host_start_operator (self);
}

OhmReading *
ohm_meter_host_read_finish (OhmMeterHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_meter_host_dispose (GObject *object)
{
  OhmMeterHost *self = OHM_METER_HOST (object);

  if (self->link != NULL)
    ohm_meter_host_stop (self);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_clear_object (&self->link);
  g_clear_object (&self->profiles);
  g_clear_object (&self->plugins);
  g_clear_object (&self->bus);
  g_clear_object (&self->meter);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (ohm_meter_host_parent_class)->dispose (object);
}

static void
ohm_meter_host_finalize (GObject *object)
{
  OhmMeterHost *self = OHM_METER_HOST (object);

  g_clear_pointer (&self->config, ohm_meter_config_unref);
  g_clear_pointer (&self->survey_error, ohm_message_unref);
  g_free (self->id);
  g_free (self->expected);
  g_free (self->cells);
  g_free (self->qualities);
  g_free (self->times_us);
  g_ptr_array_unref (self->operator_tasks);
  g_clear_pointer (&self->live, ohm_request_list_free);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->learned, ohm_learned_free);
  g_clear_pointer (&self->profile, ohm_profile_unref);
  g_clear_pointer (&self->plan, ohm_plan_unref);
  ohm_state_clear (&self->state);
  G_OBJECT_CLASS (ohm_meter_host_parent_class)->finalize (object);
}

static void
ohm_meter_host_class_init (OhmMeterHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_meter_host_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_meter_host_finalize;
}

static void
ohm_meter_host_init (OhmMeterHost *self)
{
  self->live_due_us = -1;
  self->slow_due_us = -1;
  self->survey_due_us = -1;
  self->operator_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}
