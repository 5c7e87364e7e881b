/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-unit.h"

/* Back-off steps of a silent unit in seconds: recovery is noticed within 15 s at the first levels
 * and 5 minutes at worst (design 4.3); the next poll has to come within these, too. */
static const guint steps[] = { 2, 5, 10, 15, 30, 60, 120, 240 };

OhmUnit *
ohm_unit_new (guint8 id)
{
  OhmUnit *self = g_new0 (OhmUnit, 1);

  self->id = id;
  for (guint i = 0; i < OHM_N_PRIORITIES; i++)
    {
      g_queue_init (&self->pending[i]);
      self->ring[i].data = self;
    }
  return self;
}

void
ohm_unit_free (OhmUnit *self)
{
  g_free (self);
}

void
ohm_unit_note_answer (OhmUnit *self, gint64 round_trip_us)
{
  self->trouble = OHM_UNIT_ANSWERS;
  self->failures = 0;
  self->closes = 0;
  self->level = 0;
  self->is_doubtful = FALSE;
  self->retry_us = 0;
  self->latency_us = self->latency_us == 0 ? round_trip_us
                                           : (7 * self->latency_us + round_trip_us) / 8;
  /* The worst fades by a hundredth per answer: it stands for about the last hundred. */
  self->worst_latency_us = MAX (round_trip_us,
                                self->worst_latency_us - self->worst_latency_us / 100);
}

void
ohm_unit_note_silence (OhmUnit *self, OhmUnitTrouble trouble, gint64 cost_us, gint64 now_us)
{
  gboolean was_backing_off = ohm_unit_is_backing_off (self, now_us - cost_us);
  guint step = MIN (self->level, G_N_ELEMENTS (steps) - 1);

  self->trouble = trouble;
  self->cost_us = cost_us;
  self->failed_us = now_us;
  self->failures++;
  self->timeouts++;
  /* A person or a slot that asked out of turn does not put the next turn off. */
  if (was_backing_off)
    return;
  self->level++;
  self->retry_us = now_us + (gint64) steps[step] * G_USEC_PER_SEC;
}

gboolean
ohm_unit_is_backing_off (const OhmUnit *self, gint64 now_us)
{
  return now_us < self->retry_us;
}

OhmLinkExchange *
ohm_unit_pop (OhmUnit *self, OhmPriority priority)
{
  GList *node = g_queue_pop_head_link (&self->pending[priority]);
  OhmLinkExchange *exchange = node != NULL ? node->data : NULL;

  if (exchange != NULL)
    exchange->is_queued = FALSE;
  return exchange;
}

static void
ohm_unit_adopt (OhmUnit *self, OhmLinkExchange *exchange)
{
  exchange->unit = self;
  exchange->is_queued = TRUE;
  exchange->node.data = exchange;
}

void
ohm_unit_push (OhmUnit *self, OhmLinkExchange *exchange)
{
  ohm_unit_adopt (self, exchange);
  g_queue_push_tail_link (&self->pending[exchange->priority], &exchange->node);
}

void
ohm_unit_push_again (OhmUnit *self, OhmLinkExchange *exchange)
{
  ohm_unit_adopt (self, exchange);
  g_queue_push_head_link (&self->pending[exchange->priority], &exchange->node);
}

void
ohm_unit_remove (OhmUnit *self, OhmLinkExchange *exchange)
{
  g_queue_unlink (&self->pending[exchange->priority], &exchange->node);
  exchange->is_queued = FALSE;
}

void
ohm_unit_get_stats (const OhmUnit *self, OhmUnitStats *ret_stats)
{
  *ret_stats = (OhmUnitStats){
    .unit = self->id,
    .latency_us = self->latency_us,
    .worst_latency_us = self->worst_latency_us,
    .failures = self->failures,
    .level = self->level,
    .retry_us = self->retry_us,
    .lossy_until_us = self->lossy_until_us,
    .requests = self->requests,
    .timeouts = self->timeouts,
  };
}
