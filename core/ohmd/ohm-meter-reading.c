/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of a poll: last values, the reading on the bus, answers to operators. */

#include "ohm-meter-host-private.h"

void
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
void
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

void
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
  gboolean is_wrong = self->state.code == OHM_STATE_WRONG_DEVICE;

  /* Whoever hears that it is ok finds the values. */
  if (!is_wrong)
    ohm_meter_host_keep (self, result->reading);
  ohm_meter_host_note_success (self, result);
  if (is_wrong)
    return;
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

/* Counters that have no value right now, all of them, are asked again: the next answer may have. */
static gboolean
ohm_meter_host_lacks_slot (OhmMeterHost *self, const OhmReading *reading)
{
  const guint8 *qualities;
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (self->plan, &n);

  if (reading == NULL)
    return FALSE;
  qualities = ohm_reading_get_qualities (reading, NULL);
  for (guint i = 0; i < n && !self->has_slot_value; i++)
    self->has_slot_value = (entries[i].classes & OHM_READ_SLOT) != 0 &&
                           ohm_quality_has_value (qualities[entries[i].point]);
  return !self->has_slot_value;
}

static OhmGapCause
ohm_meter_host_name_slot_cause (const OhmPollResult *result, gboolean is_whole, gboolean is_empty)
{
  /* nothing to ask: all that the slot would need was refused before */
  gboolean is_idle = result->reading == NULL && result->error == NULL;

  if (result->exception != 0 || is_idle)
    return OHM_GAP_METER_REFUSED;
  if (!is_whole)
    return OHM_GAP_METER_SILENT;
  return is_empty ? OHM_GAP_VALUES_MISSING : OHM_GAP_METER_REFUSED;
}

/* What is missing may come with a retry, or with the next poll, which may split what was refused.
 */
static void
ohm_meter_host_end_slot_poll (OhmMeterHost *self, const OhmPollResult *result)
{
  gboolean is_learning = (self->learning_kinds & (1u << OHM_POLL_SLOT)) != 0;
  gboolean is_whole = !result->is_partial && (result->reading != NULL || result->is_proved);
  gboolean is_empty = is_whole && ohm_meter_host_lacks_slot (self, result->reading);

  self->slot_misses = result->has_values ? 0 : self->slot_misses + 1;
  self->slot_cause = ohm_meter_host_name_slot_cause (result, is_whole, is_empty);
  if (is_empty)
    g_clear_pointer (&self->slot_came, g_free);
  if (is_whole && !is_empty && !is_learning)
    self->slot_until_us = 0;
  else
    self->slot_retry_us = ohm_meter_host_now (self) + (self->slot_cause == OHM_GAP_METER_SILENT
                                                         ? OHM_SLOT_AGAIN_US
                                                         : OHM_SLOT_RETRY_US);
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
  else if (result->is_proved)
    {
      ohm_meter_host_note_success (self, result);
    }
  else
    {
      ohm_meter_host_note_idle (self);
    }
  if (result->is_proved)
    ohm_meter_host_tell_proof (self, /* is_right */ TRUE);
  if (result->kind == OHM_POLL_OPERATOR)
    ohm_meter_host_end_operator_poll (self, result);
  ohm_meter_host_reschedule (self);
}

void
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

/* --- operators --- */

void
ohm_meter_host_start_operator (OhmMeterHost *self)
{
  if (!ohm_poll_is_running (self, OHM_POLL_OPERATOR))
    ohm_poll_start (self, OHM_POLL_OPERATOR, OHM_READ_LIVE | OHM_READ_SLOW,
                    ohm_meter_host_now (self));
}

/* (transfer full): why nobody can be asked for values */
static GError *
ohm_meter_host_unreadable_error (OhmMeterHost *self)
{
  const char *type = ohm_meter_host_get_type_id (self);
  GError *error = NULL;

  if (!self->is_running || self->plan == NULL)
    g_set_error (&error, OHM_ERROR, OHM_ERROR_BUSY, "meter '%s' is %s", self->id,
                 ohm_state_to_string (self->state.code));
  else if (ohm_point_set_get_n (ohm_plan_get_points (self->plan)) == 0)
    ohm_message_set_error (&error, OHM_ERROR_NOT_SUPPORTED,
                           ohm_message_new ("type-has-no-values", "type", type, NULL),
                           "meter '%s': the type '%s' names no values; a profile that inherits it "
                           "adds them",
                           self->id, type);
  else
    ohm_message_set_error (&error, OHM_ERROR_NOT_SUPPORTED, ohm_message_new ("only-sends", NULL),
                           "meter '%s' sends its values by itself and cannot be asked", self->id);
  return error;
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
      g_task_return_error (task, ohm_meter_host_unreadable_error (self));
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
