/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What becomes of a part that was sent. Its verdict decides: it is settled (taken, or refused
 * alone), it is halved, or it waits. An engine that fails unclearly may mean the data or itself:
 * after six attempts the data is suspected, but nothing is given up before the engine has taken
 * something else, because then it is the data indeed.
 */

#include "config.h"

#include "ohm-delivery-private.h"
#include "ohm-delivery-schedule.h"

/* Single records that may be refused, and none taken, before something else is tried. */
#define TENTATIVE_MAX 16

/* Something taken this lately says that the engine works: two cycles. */
#define PROOF_US (2 * OHM_SLOT_US)

static void
ohm_delivery_retry (OhmDelivery *self, const OhmVerdict *verdict, OhmDeliveryState state)
{
  g_autoptr (OhmMessage) fallback = NULL;
  OhmMessage *message = verdict->message;

  if (message == NULL)
    message = fallback = ohm_message_new ("uplink-failed", NULL);
  if (self->outage_since_us == 0)
    self->outage_since_us = ohm_clock_get_wall_us (self->clock);
  self->n_failures++;
  ohm_delivery_set_state (self, state, message, verdict->text);
}

/* A portion that is still whole is read afresh, with what came meanwhile. */
static void
ohm_delivery_drop_whole (OhmDelivery *self, OhmDeliveryJob *job)
{
  if (job->parts->first == 0 && job->parts->parts->len == 1 && job->n_unclear == 0)
    ohm_delivery_drop_job (self, job->kind);
}

static void
ohm_delivery_fail (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);
  gint64 outage_us;
  gint64 wait_us;

  ohm_delivery_retry (self, verdict, OHM_DELIVERY_RETRYING);
  outage_us = ohm_clock_get_wall_us (self->clock) - self->outage_since_us;
  wait_us = ohm_delivery_back_off_us (self->random, self->n_failures, outage_us);
  self->is_asked = verdict->retry_after_us > 0;
  if (self->is_asked)
    wait_us = ohm_delivery_retry_after_us (self->random, verdict->retry_after_us);
  self->not_before_us = now_us + wait_us;
  ohm_delivery_drop_whole (self, job);
  ohm_delivery_go_on (self);
}

static void
ohm_delivery_hold (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  ohm_delivery_retry (self, verdict, OHM_DELIVERY_HELD);
  self->not_before_us = ohm_clock_get_mono_us (self->clock) + ohm_delivery_hold_us (self->random);
  ohm_delivery_drop_whole (self, job);
  ohm_delivery_end_resend (self, ohm_delivery_new_error (self));
  ohm_delivery_go_on (self);
}

static void
ohm_delivery_settle_refused (OhmDelivery *self, OhmDeliveryJob *job)
{
  job->has_proof = TRUE;
  job->n_refused = 0;
  job->is_settled = TRUE;
}

/* What was refused so far may have been the engine's fault: from the beginning. */
static void
ohm_delivery_suspect_anew (OhmDelivery *self)
{
  ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_MAIN);
  self->is_suspected = TRUE;
}

static void
ohm_delivery_wait_for_proof (OhmDelivery *self, OhmDeliveryJob *job)
{
  if (ohm_delivery_has_live_first (self))
    {
      self->wants_proof = TRUE;
      self->main_before_us = ohm_clock_get_mono_us (self->clock);
    }
  else
    {
      ohm_delivery_settle_refused (self, job);
    }
  ohm_delivery_go_on (self);
}

void
ohm_delivery_prove (OhmDelivery *self)
{
  OhmDeliveryJob *job = self->jobs[OHM_DELIVERY_SEND_MAIN];

  self->wants_proof = FALSE;
  self->main_before_us = 0;
  if (job != NULL && job->has_proof)
    ohm_delivery_settle_refused (self, job);
  else
    ohm_delivery_suspect_anew (self);
}

static void
ohm_delivery_note_taken (OhmDelivery *self, OhmDeliveryJob *job)
{
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (job->part, &n);

  job->n_taken += n;
  if (job->kind == OHM_DELIVERY_SEND_RESEND)
    self->resent.n_sent += n;
  if (job->kind == OHM_DELIVERY_SEND_MAIN || job->kind == OHM_DELIVERY_SEND_LIVE)
    return;
  for (guint i = 0; i < n; i++)
    {
      g_array_append_val (job->taken, items[i].record->seq);
      if (items[i].record->seq <= self->position.acked)
        self->position.delivered_us = MAX (self->position.delivered_us, items[i].record->slot_us);
    }
}

static void
ohm_delivery_pass_suspect (OhmDelivery *self, OhmDeliveryJob *job, gboolean is_taken)
{
  if (is_taken && job->n_refused > 0 && !job->has_proof && ohm_delivery_is_idempotent (self))
    {
      ohm_delivery_suspect_anew (self);
      ohm_delivery_go_on (self);
    }
  else if (is_taken)
    {
      ohm_delivery_settle_refused (self, job);
      ohm_delivery_commit (self, job);
    }
  else if (ohm_bisection_get_length (job->parts) == 0 || job->n_refused >= TENTATIVE_MAX)
    {
      ohm_delivery_wait_for_proof (self, job);
    }
  else
    {
      ohm_delivery_go_on (self);
    }
}

/* The part is settled: moves on, and remembers how far. */
static void
ohm_delivery_pass (OhmDelivery *self, OhmDeliveryJob *job, gboolean is_taken)
{
  ohm_bisection_pass (job->parts);
  if (job->is_suspect && job->kind == OHM_DELIVERY_SEND_MAIN)
    ohm_delivery_pass_suspect (self, job, is_taken);
  else
    ohm_delivery_commit (self, job);
}

static void
ohm_delivery_succeed (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  OhmDeliveryJob *suspect = self->jobs[OHM_DELIVERY_SEND_MAIN];
  g_autofree char *n = g_strdup_printf ("%u", verdict->n_rejected);

  self->n_points += verdict->n_points - MIN (verdict->n_rejected, verdict->n_points);
  self->position.n_rejected += verdict->n_rejected;
  self->resent.n_rejected += job->kind == OHM_DELIVERY_SEND_RESEND ? verdict->n_rejected : 0;
  self->position.success_us = ohm_clock_get_wall_us (self->clock);
  self->outage_since_us = 0;
  self->not_before_us = 0;
  if (self->wants_proof && job != suspect)
    {
      ohm_delivery_prove (self);
      suspect = self->jobs[OHM_DELIVERY_SEND_MAIN];
    }
  if (suspect == NULL || suspect == job || suspect->n_unclear == 0)
    {
      self->n_failures = 0;
      g_clear_pointer (&self->text, g_free);
      ohm_delivery_set_ok (self);
    }
  if (verdict->kind == OHM_VERDICT_PARTLY)
    ohm_delivery_add_event (self, ohm_message_new ("uplink-partly", "n", n,
                                                   verdict->text != NULL ? "text" : NULL,
                                                   verdict->text, NULL));
  ohm_delivery_note_taken (self, job);
  ohm_delivery_pass (self, job, /* is_taken */ TRUE);
}

/* (transfer full): a record that was refused alone, by what it was sent for */
static OhmRefusal *
ohm_delivery_new_refusal (OhmDelivery *self, const OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  OhmRefusal *refusal = g_new0 (OhmRefusal, 1);
  guint n = 0;
  const OhmRecord *record = ohm_batch_get_items (job->part, &n)[0].record;

  refusal->seq = record->seq;
  refusal->place = g_strdup (record->place);
  refusal->slot_us = record->slot_us;
  refusal->n_tries = job->portion->n_tries + 1;
  refusal->refused_us = ohm_clock_get_wall_us (self->clock);
  refusal->retry_us = ohm_delivery_retry_refused_us (refusal->n_tries, refusal->refused_us);
  refusal->status = verdict->status;
  refusal->text = g_strdup (verdict->text);
  return refusal;
}

/* Refused: halves, or if it is alone then that is that. Echo and newest slot leave it to the main
 * way, which sends the same record. */
static void
ohm_delivery_refuse (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  if (ohm_bisection_split (job->parts))
    {
      ohm_delivery_go_on (self);
      return;
    }
  g_free (self->text);
  self->text = g_strdup (verdict->text);
  job->n_refused++;
  self->resent.n_refused += job->kind == OHM_DELIVERY_SEND_RESEND;
  if (job->kind == OHM_DELIVERY_SEND_MAIN || job->kind == OHM_DELIVERY_SEND_HELD)
    g_ptr_array_add (job->refused, ohm_delivery_new_refusal (self, job, verdict));
  if (job->kind == OHM_DELIVERY_SEND_LIVE && job->n_taken == 0 && job->n_refused >= TENTATIVE_MAX)
    {
      self->wants_live = FALSE;
      ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_LIVE);
      ohm_delivery_go_on (self);
      return;
    }
  ohm_delivery_pass (self, job, /* is_taken */ FALSE);
}

/* Where nothing was ever taken the destination may be wrong, not the data: nothing is given up
 * before something else was taken, and people are told. */
static void
ohm_delivery_refuse_data (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  if (job->kind == OHM_DELIVERY_SEND_MAIN && self->position.success_us == 0 &&
      ohm_delivery_has_live_first (self))
    {
      job->is_suspect = TRUE;
      ohm_delivery_retry (self, verdict, OHM_DELIVERY_HELD);
    }
  ohm_delivery_refuse (self, job, verdict);
}

static void
ohm_delivery_shrink (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  guint n = 0;
  guint n_whole = 0;
  guint n_points = verdict->n_points;

  ohm_batch_get_items (job->part, &n);
  ohm_batch_get_items (job->batch, &n_whole);
  if (n_points == 0)
    n_points = (guint) ((guint64) job->portion->n_points * n / n_whole);
  /* a single record that is too large says nothing of others */
  if (n > 1)
    ohm_delivery_limit_halve (&self->limit, n_points, ohm_clock_get_wall_us (self->clock));
  self->position.points_max = self->limit.points_max;
  self->position.points_us = self->limit.points_us;
  ohm_delivery_refuse (self, job, verdict);
}

static void
ohm_delivery_suspect (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);

  if (!job->is_suspect)
    ohm_delivery_retry (self, verdict, OHM_DELIVERY_RETRYING);
  if (!job->is_suspect && ++job->n_unclear < OHM_DELIVERY_UNCLEAR_MAX)
    {
      self->main_before_us = now_us + ohm_delivery_unclear_us (self->random, job->n_unclear);
      ohm_delivery_go_on (self);
      return;
    }
  job->is_suspect = TRUE;
  ohm_delivery_refuse (self, job, verdict);
}

/* An engine that has taken nothing for a while may be the cause: that is no try. */
static void
ohm_delivery_postpone (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  OhmRefusal *refusal = ohm_delivery_new_refusal (self, job, verdict);

  refusal->n_tries--;
  refusal->retry_us = refusal->refused_us + ohm_delivery_hold_us (self->random);
  g_ptr_array_add (job->refused, refusal);
  ohm_delivery_pass (self, job, /* is_taken */ FALSE);
}

static void
ohm_delivery_doubt (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  gint64 age_us = ohm_clock_get_wall_us (self->clock) - self->position.success_us;

  switch (job->kind)
    {
    case OHM_DELIVERY_SEND_MAIN:
      ohm_delivery_suspect (self, job, verdict);
      break;
    case OHM_DELIVERY_SEND_HELD:
      if (age_us > PROOF_US)
        ohm_delivery_postpone (self, job, verdict);
      else
        ohm_delivery_refuse (self, job, verdict);
      break;
    case OHM_DELIVERY_SEND_LIVE:
      if (self->wants_proof)
        {
          ohm_delivery_refuse (self, job, verdict);
          break;
        }
      self->wants_live = FALSE;
      ohm_delivery_fail (self, job, verdict);
      ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_LIVE);
      break;
    case OHM_DELIVERY_SEND_ECHO:
      self->in_echo = FALSE;
      self->position.echo_day = self->echo_day;
      ohm_delivery_fail (self, job, verdict);
      ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_ECHO);
      break;
    case OHM_DELIVERY_SEND_RESEND:
    default:
      ohm_delivery_retry (self, verdict, OHM_DELIVERY_RETRYING);
      ohm_delivery_end_resend (self, ohm_delivery_new_error (self));
      self->n_failures = 0;
      ohm_delivery_go_on (self);
    }
}

void
ohm_delivery_judge (OhmDelivery *self, OhmDeliveryJob *job, const OhmVerdict *verdict)
{
  switch (verdict->kind)
    {
    case OHM_VERDICT_ACCEPTED:
    case OHM_VERDICT_PARTLY:
      ohm_delivery_succeed (self, job, verdict);
      break;
    case OHM_VERDICT_TRANSIENT:
      ohm_delivery_fail (self, job, verdict);
      break;
    case OHM_VERDICT_UNCLEAR:
      ohm_delivery_doubt (self, job, verdict);
      break;
    case OHM_VERDICT_DATA:
      ohm_delivery_refuse_data (self, job, verdict);
      break;
    case OHM_VERDICT_SIZE:
      ohm_delivery_shrink (self, job, verdict);
      break;
    case OHM_VERDICT_AUTH:
    case OHM_VERDICT_CONFIGURATION:
    default:
      ohm_delivery_hold (self, job, verdict);
    }
}
