/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The position moves after the answer and never before: what was sent and not answered goes again,
 * with the same keys. Records that were refused alone are remembered in the same transaction that
 * moves past them.
 */

#include "config.h"

#include "ohm-delivery-private.h"

static void
ohm_delivery_forget_limit (OhmDelivery *self)
{
  guint n = ohm_delivery_limit_get (&self->limit, &self->settings,
                                    ohm_clock_get_wall_us (self->clock));

  if (self->limit.points_max == 0 || n < self->settings.points_max)
    return;
  self->limit.points_max = 0;
  self->position.points_max = 0;
}

static gboolean
ohm_delivery_job_has_refused (const OhmDeliveryJob *job, gint64 seq)
{
  for (guint i = 0; i < job->refused->len; i++)
    if (((const OhmRefusal *) g_ptr_array_index (job->refused, i))->seq == seq)
      return TRUE;
  return FALSE;
}

/* What people are told of: how many wait, from when on. */
static void
ohm_delivery_note_passed (OhmDelivery *self, OhmDeliveryJob *job)
{
  guint n = 0;
  const OhmBatchItem *items = job->batch != NULL ? ohm_batch_get_items (job->batch, &n) : NULL;

  for (; job->n_passed < job->parts->first; job->n_passed++)
    {
      const OhmRecord *record = items[job->n_passed].record;

      if (!ohm_delivery_job_has_refused (job, record->seq))
        self->position.delivered_us = MAX (self->position.delivered_us, record->slot_us);
      if (record->seq > self->position.acked && self->count.n_pending > 0)
        self->count.n_pending--;
      if (record->seq > self->position.acked)
        self->count.first_slot_us = record->slot_us;
    }
}

/* Of those that were left out for their age, the ones that are passed only now. */
static void
ohm_delivery_count_old (OhmDelivery *self, const OhmDeliveryJob *job, gint64 before)
{
  guint n = 0;

  for (guint i = 0; i < job->old->len; i++)
    {
      gint64 seq = g_array_index (job->old, gint64, i);

      n += seq > before && seq <= self->position.acked;
    }
  self->n_old += n;
  self->position.n_too_old += n;
}

/* Returns: whether there is something new to remember */
static gboolean
ohm_delivery_advance (OhmDelivery *self, OhmDeliveryJob *job)
{
  gboolean is_done = ohm_bisection_get_length (job->parts) == 0;
  gint64 acked = self->position.acked;
  gint64 settled = self->position.settled;
  guint n = 0;

  ohm_delivery_note_passed (self, job);
  if (is_done)
    self->cursor = job->portion->reached;
  else if (job->parts->first > 0)
    self->cursor = ohm_batch_get_items (job->batch, &n)[job->parts->first - 1].record->seq;
  self->position.acked = MAX (acked, self->cursor);
  ohm_delivery_count_old (self, job, acked);
  self->position.settled = ohm_delivery_has_overlap (self)
                             ? MAX (settled, MIN (self->cursor, self->mark))
                             : self->position.acked;
  ohm_delivery_forget_limit (self);
  return self->position.acked != acked || self->position.settled != settled;
}

static void
ohm_delivery_end_main (OhmDelivery *self, const OhmDeliveryJob *job)
{
  g_autofree char *n = g_strdup_printf ("%u", self->n_old);

  self->main_before_us = 0;
  if (job->portion->has_more)
    return;
  self->in_cycle = FALSE;
  self->wants_count = TRUE;
  if (self->n_old > 0)
    ohm_delivery_add_event (self, ohm_message_new ("uplink-too-old", "n", n, NULL));
  self->n_old = 0;
}

static void
ohm_delivery_end_live (OhmDelivery *self, const OhmDeliveryJob *job)
{
  self->wants_live = job->portion->has_more && !self->wants_proof;
  /* there is nothing else that it could take */
  if (self->wants_proof && job->batch == NULL)
    ohm_delivery_prove (self);
}

/* Everything of the portion is settled and remembered. */
static void
ohm_delivery_end_job (OhmDelivery *self, OhmDeliveryKind kind)
{
  g_autoptr (OhmDeliveryJob) job = g_steal_pointer (&self->jobs[kind]);

  self->cursors[kind] = job->portion->cursor;
  switch (kind)
    {
    case OHM_DELIVERY_SEND_MAIN:
      ohm_delivery_end_main (self, job);
      break;
    case OHM_DELIVERY_SEND_LIVE:
      ohm_delivery_end_live (self, job);
      break;
    case OHM_DELIVERY_SEND_HELD:
      self->count.held_us = 0;
      self->wants_count = TRUE;
      break;
    case OHM_DELIVERY_SEND_RESEND:
      self->resend_progress = job->portion->progress;
      self->resent.n_too_old += job->old->len;
      if (!job->portion->has_more)
        ohm_delivery_end_resend (self, /* error */ NULL);
      break;
    case OHM_DELIVERY_SEND_ECHO:
    default:
      self->in_echo = job->portion->has_more;
      if (!self->in_echo)
        self->position.echo_day = self->echo_day;
    }
}

static void
ohm_delivery_settle (OhmDelivery *self, OhmDeliveryKind kind)
{
  if (self->jobs[kind] != NULL && ohm_bisection_get_length (self->jobs[kind]->parts) == 0)
    ohm_delivery_end_job (self, kind);
  ohm_delivery_go_on (self);
}

void
ohm_delivery_end_commit (OhmDelivery *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;

  /* what could not be written now waits in the store, in order */
  ohm_store_commit_uplink_finish (self->store, result, &error);
  self->is_busy = FALSE;
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_FOUND))
    self->is_loaded = FALSE;
}

static void
ohm_delivery_on_committed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;

  ohm_delivery_end_commit (self, result);
  if (!self->is_stopped)
    ohm_delivery_settle (self, self->kind);
}

static void
ohm_delivery_tell_refused (OhmDelivery *self, const OhmDeliveryJob *job)
{
  GPtrArray *refused = job->refused;
  guint n_held = 0;
  guint n_dead = 0;
  g_autofree char *held = NULL;
  g_autofree char *dead = NULL;

  for (guint i = 0; i < refused->len; i++)
    {
      const OhmRefusal *refusal = g_ptr_array_index (refused, i);

      n_held += job->kind == OHM_DELIVERY_SEND_MAIN && refusal->n_tries == 1;
      n_dead += refusal->retry_us == 0;
    }
  held = g_strdup_printf ("%u", n_held);
  dead = g_strdup_printf ("%u", n_dead);
  if (n_held > 0)
    ohm_delivery_add_event (self, ohm_message_new ("uplink-refused", "n", held, NULL));
  if (n_dead > 0)
    ohm_delivery_add_event (self, ohm_message_new ("uplink-refused-finally", "n", dead, NULL));
}

/* (transfer full) (nullable): nothing if nothing changed */
static OhmUplinkCommit *
ohm_delivery_new_commit (OhmDelivery *self, OhmDeliveryJob *job)
{
  gboolean has_moved = job->kind == OHM_DELIVERY_SEND_MAIN && ohm_delivery_advance (self, job);
  gboolean has_refused = self->count.n_held + self->count.n_dead > 0;
  OhmUplinkCommit *commit;

  if (job->kind == OHM_DELIVERY_SEND_HELD && job->batch == NULL && job->refused->len == 0)
    g_array_append_val (job->taken, job->portion->reached);
  if (!has_moved && job->refused->len == 0 && !(has_refused && job->taken->len > 0))
    return NULL;
  commit = ohm_uplink_commit_new (ohm_uplink_get_id (self->uplink), &self->position);
  if (has_refused)
    g_array_append_vals (commit->cleared, job->taken->data, job->taken->len);
  self->wants_count = self->wants_count || job->refused->len > 0 || commit->cleared->len > 0;
  ohm_delivery_tell_refused (self, job);
  g_ptr_array_extend_and_steal (commit->refused, g_ptr_array_ref (job->refused));
  return commit;
}

void
ohm_delivery_commit (OhmDelivery *self, OhmDeliveryJob *job)
{
  OhmUplinkCommit *commit = ohm_delivery_new_commit (self, job);
  OhmDeliveryKind kind = job->kind;

  g_array_set_size (job->taken, 0);
  job->is_settled = FALSE;
  if (commit == NULL)
    {
      ohm_delivery_settle (self, kind);
      return;
    }
  self->is_busy = TRUE;
  self->kind = kind;
  ohm_delivery_note_change (self);
  ohm_store_commit_uplink_async (self->store, commit, ohm_delivery_on_committed,
                                 g_object_ref (self));
}
