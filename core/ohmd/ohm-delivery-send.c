/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-private.h"
#include "ohm-delivery-schedule.h"
#include "ohm-slot.h"

/* How soon a store that failed is read again. */
#define READ_AGAIN_US (60 * G_USEC_PER_SEC)

/* The engine's clock may differ by this. */
#define CLOCK_OFF_US (60 * G_USEC_PER_SEC)

OhmDeliveryJob *
ohm_delivery_job_new (OhmDeliveryKind kind, OhmUplinkPortion *portion_take)
{
  OhmDeliveryJob *self = g_new0 (OhmDeliveryJob, 1);

  self->kind = kind;
  self->portion = portion_take;
  self->refused = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_refusal_free);
  self->taken = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->old = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
ohm_delivery_job_free (OhmDeliveryJob *self)
{
  g_clear_pointer (&self->portion, ohm_uplink_portion_free);
  g_clear_pointer (&self->batch, ohm_batch_unref);
  g_clear_pointer (&self->parts, ohm_bisection_free);
  g_clear_pointer (&self->part, ohm_batch_unref);
  g_ptr_array_unref (self->refused);
  g_array_unref (self->taken);
  g_array_unref (self->old);
  g_free (self);
}

void
ohm_delivery_drop_job (OhmDelivery *self, OhmDeliveryKind kind)
{
  g_clear_pointer (&self->jobs[kind], ohm_delivery_job_free);
}

static void
ohm_delivery_note_engine_clock (OhmDelivery *self, gint64 engine_us)
{
  gint64 off_us = engine_us - ohm_clock_get_wall_us (self->clock);
  gboolean is_off = engine_us > 0 && ABS (off_us) > CLOCK_OFF_US;
  g_autofree char *seconds = NULL;

  if (is_off && !self->is_clock_off)
    {
      seconds = g_strdup_printf ("%+" G_GINT64_FORMAT " s", off_us / G_USEC_PER_SEC);
      ohm_delivery_add_event (self,
                              ohm_message_new ("uplink-clock-differs", "offset", seconds, NULL));
    }
  if (engine_us > 0)
    self->is_clock_off = is_off;
}

/* What records take on the wire; a request that never left says nothing of that. */
static void
ohm_delivery_note_sent (OhmDelivery *self, const OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  guint n = 0;

  if (verdict->n_bytes == 0)
    return;
  ohm_batch_get_items (job->part, &n);
  self->n_records += n;
  self->n_bytes += verdict->n_bytes;
}

static void
ohm_delivery_on_delivered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmVerdict) verdict = ohm_uplink_deliver_finish (OHM_UPLINK (source), result, &error);
  OhmDeliveryJob *job = self->jobs[self->kind];

  self->is_busy = FALSE;
  if (self->is_stopped)
    return;
  if (verdict == NULL)
    verdict = ohm_verdict_new (OHM_VERDICT_TRANSIENT, ohm_message_new_from_error (error));
  self->is_untried = FALSE;
  ohm_delivery_note_sent (self, job, verdict);
  ohm_delivery_limit_learn (&self->limit, verdict->n_points, verdict->n_bytes);
  ohm_delivery_note_engine_clock (self, verdict->engine_us);
  ohm_delivery_note_change (self);
  ohm_delivery_judge (self, job, verdict);
}

static void
ohm_delivery_send_part (OhmDelivery *self, OhmDeliveryJob *job)
{
  guint n = ohm_bisection_get_length (job->parts);

  g_clear_pointer (&job->part, ohm_batch_unref);
  job->part = ohm_batch_slice (job->batch, job->parts->first, n);
  if (job->kind != OHM_DELIVERY_SEND_LIVE)
    self->sent_us = ohm_clock_get_mono_us (self->clock);
  if (job->kind == OHM_DELIVERY_SEND_MAIN)
    self->is_hurried = FALSE;
  self->turns[job->kind] = ++self->n_requests;
  self->is_busy = TRUE;
  ohm_uplink_deliver_async (self->uplink, job->part, self->cancellable, ohm_delivery_on_delivered,
                            g_object_ref (self));
}

/* What was written while the clock was ahead waits until its time has come. */
static void
ohm_delivery_hold_future (OhmDelivery *self, OhmDeliveryJob *job, GPtrArray *records)
{
  g_autofree char *n = g_strdup_printf ("%u", records->len);

  if (records->len == 0 || job->kind == OHM_DELIVERY_SEND_LIVE ||
      job->kind == OHM_DELIVERY_SEND_ECHO)
    return;
  for (guint i = 0; i < records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (records, i);
      OhmRefusal *refusal = g_new0 (OhmRefusal, 1);

      refusal->seq = record->seq;
      refusal->place = g_strdup (record->place);
      refusal->slot_us = record->slot_us;
      refusal->n_tries = job->portion->n_tries;
      refusal->refused_us = ohm_clock_get_wall_us (self->clock);
      refusal->retry_us = record->slot_us;
      refusal->text = g_strdup ("later than now");
      g_ptr_array_add (job->refused, refusal);
    }
  ohm_delivery_add_event (self, ohm_message_new ("uplink-future", "n", n, NULL));
}

/* What was refused is tried again on two days, however old it is by then: that has an end by
 * itself, and what is left out is forgotten. */
static void
ohm_delivery_guard (OhmDelivery *self, OhmDeliveryJob *job)
{
  gint64 age_max_us = job->kind == OHM_DELIVERY_SEND_HELD ? 0 : self->settings.age_max_us;
  g_autoptr (GPtrArray) future = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  guint n = 0;

  if (job->portion->batch != NULL)
    {
      job->batch = ohm_delivery_guard_batch (job->portion->batch,
                                             ohm_clock_get_wall_us (self->clock), age_max_us,
                                             future, job->old);
      ohm_delivery_hold_future (self, job, future);
    }
  if (job->batch != NULL)
    ohm_batch_get_items (job->batch, &n);
  job->parts = ohm_bisection_new (n);
}

static void
ohm_delivery_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;
  g_autoptr (GError) error = NULL;
  OhmUplinkPortion *portion = ohm_store_read_uplink_finish (OHM_STORE (source), result, &error);
  OhmDeliveryJob *job;

  self->is_busy = FALSE;
  if (self->is_stopped)
    {
      g_clear_pointer (&portion, ohm_uplink_portion_free);
      return;
    }
  if (portion == NULL)
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

      self->not_before_us = ohm_clock_get_mono_us (self->clock) + READ_AGAIN_US;
      ohm_delivery_set_state (self, OHM_DELIVERY_RETRYING, message, /* text */ NULL);
      ohm_delivery_go_on (self);
      return;
    }
  job = ohm_delivery_job_new (self->kind, portion);
  self->jobs[self->kind] = job;
  if (job->kind == OHM_DELIVERY_SEND_MAIN && self->is_suspected)
    {
      job->is_suspect = TRUE;
      job->has_proof = TRUE;
      job->n_unclear = OHM_DELIVERY_UNCLEAR_MAX;
      self->is_suspected = FALSE;
    }
  ohm_delivery_guard (self, job);
  if (ohm_bisection_get_length (job->parts) > 0)
    ohm_delivery_send_part (self, job);
  else
    ohm_delivery_commit (self, job);
}

static void
ohm_delivery_read (OhmDelivery *self, OhmDeliveryKind kind)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  OhmUplinkQuery query = {
    .id = ohm_uplink_get_id (self->uplink),
    .gateway = ohm_uplink_get_gateway (self->uplink),
    .select = OHM_UPLINK_SELECT_SLOTS,
    .cursor = self->cursors[kind],
    .points_max = ohm_delivery_limit_get (&self->limit, &self->settings, wall_us),
  };

  switch (kind)
    {
    case OHM_DELIVERY_SEND_LIVE:
      query.from_us = self->cycle_slot_us - OHM_SLOT_US;
      query.to_us = self->cycle_slot_us;
      break;
    case OHM_DELIVERY_SEND_HELD:
      query.select = OHM_UPLINK_SELECT_HELD;
      query.to_us = wall_us;
      break;
    case OHM_DELIVERY_SEND_RESEND:
      query.from_us = self->resend_from_us;
      query.to_us = self->resend_to_us;
      query.with_refused = TRUE;
      break;
    case OHM_DELIVERY_SEND_ECHO:
      query.from_us = ohm_delivery_day_to_us (self->echo_day);
      query.to_us = ohm_delivery_day_to_us (self->echo_day + 1);
      break;
    case OHM_DELIVERY_SEND_MAIN:
    default:
      query.select = OHM_UPLINK_SELECT_AFTER;
      query.after = self->cursor;
    }
  self->is_busy = TRUE;
  ohm_store_read_uplink_async (self->store, &query, self->cancellable, ohm_delivery_on_read,
                               g_object_ref (self));
}

void
ohm_delivery_run (OhmDelivery *self, OhmDeliveryKind kind)
{
  OhmDeliveryJob *job = self->jobs[kind];

  self->kind = kind;
  self->is_asked = FALSE;
  if (job == NULL)
    ohm_delivery_read (self, kind);
  else if (ohm_bisection_get_length (job->parts) > 0 && !job->is_settled)
    ohm_delivery_send_part (self, job);
  else
    ohm_delivery_commit (self, job);
}
