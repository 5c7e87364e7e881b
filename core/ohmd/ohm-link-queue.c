/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The queues of a link: a ring of units per class, and what ends without having been sent. */

#include "ohm-link-private.h"

static void
ohm_link_enter_ring (OhmLink *self, OhmUnit *unit, OhmPriority priority)
{
  if (unit->is_in_ring[priority] || unit->pending[priority].length == 0)
    return;
  g_queue_push_tail_link (&self->ring[priority], &unit->ring[priority]);
  unit->is_in_ring[priority] = TRUE;
}

static void
ohm_link_leave_ring (OhmLink *self, OhmUnit *unit, OhmPriority priority)
{
  if (!unit->is_in_ring[priority])
    return;
  g_queue_unlink (&self->ring[priority], &unit->ring[priority]);
  unit->is_in_ring[priority] = FALSE;
}

gboolean
ohm_link_has_work (OhmLink *self)
{
  for (guint i = 0; i < OHM_N_PRIORITIES; i++)
    if (self->ring[i].length > 0)
      return TRUE;
  return FALSE;
}

void
ohm_link_push (OhmLink *self, OhmUnit *unit, OhmLinkExchange *exchange)
{
  ohm_unit_push (unit, exchange);
  ohm_link_enter_ring (self, unit, exchange->priority);
}

void
ohm_link_push_again (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmUnit *unit = exchange->unit;

  ohm_unit_push_again (unit, exchange);
  ohm_link_leave_ring (self, unit, exchange->priority);
  g_queue_push_head_link (&self->ring[exchange->priority], &unit->ring[exchange->priority]);
  unit->is_in_ring[exchange->priority] = TRUE;
}

void
ohm_link_take_out (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmUnit *unit = exchange->unit;

  if (unit == NULL)
    {
      g_queue_unlink (&self->bounced, &exchange->node);
      exchange->is_queued = FALSE;
      return;
    }
  ohm_unit_remove (unit, exchange);
  if (unit->pending[exchange->priority].length == 0)
    ohm_link_leave_ring (self, unit, exchange->priority);
}

void
ohm_link_bounce (OhmLink *self, OhmLinkExchange *exchange, OhmLinkRefusal refusal)
{
  exchange->is_queued = TRUE;
  exchange->refusal = refusal;
  exchange->node.data = exchange;
  exchange->unit = NULL;
  g_queue_push_tail_link (&self->bounced, &exchange->node);
  ohm_link_wake_at (self, ohm_link_now (self));
}

void
ohm_link_bounce_unit (OhmLink *self, OhmUnit *unit, OhmLinkRefusal refusal)
{
  for (guint p = 0; p < OHM_N_PRIORITIES; p++)
    {
      OhmLinkExchange *exchange;

      /* A silent unit is asked if a person wants to know. */
      if (refusal == OHM_LINK_REFUSAL_SILENT && p == OHM_PRIORITY_OPERATOR)
        continue;
      while ((exchange = ohm_unit_pop (unit, p)) != NULL)
        ohm_link_bounce (self, exchange, refusal);
      ohm_link_leave_ring (self, unit, p);
    }
}

void
ohm_link_bounce_all (OhmLink *self, OhmLinkRefusal refusal)
{
  for (guint i = 0; i < self->units->len; i++)
    ohm_link_bounce_unit (self, g_ptr_array_index (self->units, i), refusal);
}

static GError *
ohm_link_new_down_error (OhmLink *self)
{
  OhmMessage *cause = self->state.cause;
  g_autofree char *text = cause != NULL ? ohm_message_dup_text (cause) : g_strdup ("is down");
  GError *error = NULL;

  if (cause == NULL)
    return g_error_new (OHM_ERROR, OHM_ERROR_LINK, "link '%s': %s", self->id, text);
  ohm_message_set_error (&error, OHM_ERROR_LINK, ohm_message_ref (cause), "link '%s': %s", self->id,
                         text);
  return error;
}

static GError *
ohm_link_new_refusal_error (OhmLink *self, OhmLinkRefusal refusal)
{
  switch (refusal)
    {
    case OHM_LINK_REFUSAL_DOWN:
      return ohm_link_new_down_error (self);
    case OHM_LINK_REFUSAL_FORBIDDEN:
      return g_error_new (OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                          "link '%s': the meter's type does not permit this write", self->id);
    case OHM_LINK_REFUSAL_LISTENS:
      return g_error_new (OHM_ERROR, OHM_ERROR_NOT_SUPPORTED,
                          "link '%s': the transport '%s' only listens", self->id,
                          self->transport_id);
    case OHM_LINK_REFUSAL_SILENT:
    default:
      return g_error_new (OHM_ERROR, OHM_ERROR_BUSY,
                          "link '%s': the unit is silent and not asked now", self->id);
    }
}

void
ohm_link_deliver_bounced (OhmLink *self)
{
  GError *errors[OHM_N_LINK_REFUSALS] = { NULL };
  guint n = self->bounced.length;

  /* An exchange that is submitted again from its func waits for the next turn. */
  while (n-- > 0 && self->bounced.length > 0)
    {
      OhmLinkExchange *exchange = g_queue_pop_head_link (&self->bounced)->data;
      GError **error = &errors[exchange->refusal];

      if (*error == NULL)
        *error = ohm_link_new_refusal_error (self, exchange->refusal);
      exchange->is_queued = FALSE;
      exchange->func (exchange, /* reply */ NULL, *error);
    }
  for (guint i = 0; i < OHM_N_LINK_REFUSALS; i++)
    g_clear_error (&errors[i]);
}

/* Whether @unit may be asked for what is first in its queue. */
static gboolean
ohm_link_may_ask (OhmLink *self, const OhmUnit *unit, OhmLinkExchange *exchange)
{
  gint64 until_us;

  if (unit->level == 0 || exchange->priority == OHM_PRIORITY_OPERATOR)
    return TRUE;
  /* A probe does not wait for the boundary to pass, or the others would wait with it. */
  return ohm_link_may_probe (self, unit, exchange) &&
         !ohm_link_must_hold (self, unit, exchange, &until_us);
}

/* After a silent unit one that is known to answer: the others have waited, and its answer tells
 * whether the line is still held. After a connection that was lost, too: whose fault that was. */
gboolean
ohm_link_is_preferred (OhmLink *self, const OhmUnit *unit)
{
  return (self->deaf == 0 && self->barren == 0) ||
         (unit->level == 0 && unit->closes == 0 && unit->latency_us > 0);
}

/* The first of the ring that can be sent now. Silent units that cannot be asked are bounced;
 * what has to wait is passed over, so that something shorter may go before the boundary. */
static OhmUnit *
ohm_link_pick_from (OhmLink *self, OhmPriority priority, gint64 *ret_until_us)
{
  OhmUnit *second = NULL;
  GList *next;

  for (GList *node = self->ring[priority].head; node != NULL; node = next)
    {
      OhmUnit *unit = node->data;
      OhmLinkExchange *exchange = g_queue_peek_head (&unit->pending[priority]);

      next = node->next;
      if (!ohm_link_may_ask (self, unit, exchange))
        ohm_link_bounce_unit (self, unit, OHM_LINK_REFUSAL_SILENT);
      else if (ohm_link_must_hold (self, unit, exchange, ret_until_us))
        continue;
      else if (ohm_link_is_preferred (self, unit))
        return unit;
      else if (second == NULL)
        second = unit;
    }
  return second;
}

/* Who goes next, and in which class: the highest, but behind a connection that was lost whoever is
 * known to answer goes before all who may have been the cause. */
static OhmUnit *
ohm_link_pick (OhmLink *self, OhmPriority *ret_priority, gint64 *ret_until_us)
{
  OhmUnit *first = NULL;

  for (guint p = 0; p < OHM_N_PRIORITIES; p++)
    {
      OhmUnit *unit = ohm_link_pick_from (self, p, ret_until_us);
      gboolean is_better = unit != NULL && (first == NULL || ohm_link_is_preferred (self, unit));

      if (is_better)
        {
          first = unit;
          *ret_priority = p;
        }
      if (first != NULL && (self->barren == 0 || ohm_link_is_preferred (self, first)))
        break;
    }
  return first;
}

OhmLinkExchange *
ohm_link_pull (OhmLink *self, gint64 *ret_until_us)
{
  OhmPriority priority = OHM_PRIORITY_SLOT;
  OhmLinkExchange *exchange;
  OhmUnit *unit;
  gint64 start_us;

  *ret_until_us = -1;
  unit = ohm_link_pick (self, &priority, ret_until_us);
  if (unit == NULL)
    return NULL;
  exchange = g_queue_peek_head (&unit->pending[priority]);
  if (!ohm_link_may_join (self, unit, exchange))
    return NULL;
  start_us = ohm_link_get_start_us (self, exchange);
  if (ohm_link_now (self) < start_us)
    {
      *ret_until_us = start_us;
      return NULL;
    }
  ohm_unit_pop (unit, priority);
  ohm_link_leave_ring (self, unit, priority);
  ohm_link_enter_ring (self, unit, priority);
  return exchange;
}
