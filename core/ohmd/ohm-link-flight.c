/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Exchanges under way. Most links have one at a time. Where types permit more (`outstanding`) and
 * the transport can tell answers apart, healthy units are asked together; whoever is silent, not
 * known yet or may have cost a connection is asked alone, so that it says nothing of others.
 */

#include "ohm-link-private.h"

/* How often an exchange is sent again after its answer was disturbed, or lost with a connection
 * that it shared. */
#define REPEATS_MAX 2

gboolean
ohm_link_is_read (const OhmRequest *request)
{
  return request->function == 3 || request->function == 4;
}

/* Whether @exchange of @unit can be under way together with others at all. */
static gboolean
ohm_link_is_sociable (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  return exchange->outstanding > 1 && unit->level == 0 && unit->latency_us > 0 &&
         unit->closes == 0 && ohm_link_is_read (&exchange->request) && !exchange->is_once &&
         MAX (exchange->pause_us, self->pause_us) == 0;
}

gboolean
ohm_link_has_room (OhmLink *self)
{
  guint most = ohm_transport_get_outstanding (self->transport);

  if (self->n_flights == 0)
    return TRUE;
  for (guint i = 0; i < OHM_LINK_FLIGHTS_MAX; i++)
    if (self->flights[i].unit != NULL)
      most = MIN (most, self->flights[i].most);
  return self->n_flights < MIN (most, OHM_LINK_FLIGHTS_MAX);
}

gboolean
ohm_link_may_join (OhmLink *self, const OhmUnit *unit, const OhmLinkExchange *exchange)
{
  return self->n_flights == 0 ||
         (self->n_flights < exchange->outstanding && ohm_link_is_sociable (self, unit, exchange));
}

/* The answer's share of the time on a serial line. */
static gint64
ohm_link_get_answer_us (OhmLink *self, const OhmRequest *request)
{
  gint64 line_us = ohm_transport_get_line_us (self->transport, request);
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize asked;
  gsize answered;

  if (line_us == 0)
    return 0;
  asked = ohm_modbus_encode_request (OHM_FRAMING_RTU, request, /* tid */ 0, frame);
  answered = ohm_modbus_reply_bytes (OHM_FRAMING_RTU, request);
  return line_us * (gint64) answered / (gint64) (asked + answered);
}

OhmLinkFlight *
ohm_link_take_off (OhmLink *self, OhmLinkExchange *exchange)
{
  OhmLinkFlight *flight = self->flights;

  while (flight->unit != NULL)
    flight++;
  self->n_flights++;
  flight->link = self;
  flight->exchange = exchange;
  flight->unit = exchange->unit;
  flight->start_us = ohm_link_now (self);
  flight->answer_us = ohm_link_get_answer_us (self, &exchange->request);
  flight->most = ohm_link_is_sociable (self, flight->unit, exchange) ? exchange->outstanding : 1;
  exchange->is_in_flight = TRUE;
  exchange->sent_us = flight->start_us;
  flight->unit->requests++;
  return flight;
}

OhmLinkFlight
ohm_link_land (OhmLink *self, OhmLinkFlight *flight)
{
  OhmLinkFlight landed = *flight;

  flight->unit = NULL;
  flight->exchange = NULL;
  self->n_flights--;
  self->free_us = ohm_link_now (self);
  ohm_link_count_busy (self, MAX (landed.start_us, self->counted_us), self->free_us);
  self->counted_us = self->free_us;
  if (landed.exchange != NULL)
    landed.exchange->is_in_flight = FALSE;
  return landed;
}

gboolean
ohm_link_repeat (OhmLink *self, OhmLinkExchange *exchange)
{
  if (exchange->is_once || exchange->repeats >= REPEATS_MAX ||
      !ohm_link_is_read (&exchange->request))
    return FALSE;
  exchange->repeats++;
  ohm_link_push_again (self, exchange);
  return TRUE;
}

/* What shared a connection that was closed is nobody's fault: it is asked again on the next one. */
void
ohm_link_recall (OhmLink *self)
{
  for (guint i = 0; i < OHM_LINK_FLIGHTS_MAX && self->n_flights > 0; i++)
    {
      OhmLinkExchange *exchange;

      if (self->flights[i].unit == NULL)
        continue;
      exchange = ohm_link_land (self, &self->flights[i]).exchange;
      if (exchange != NULL && !ohm_link_repeat (self, exchange))
        ohm_link_bounce (self, exchange, OHM_LINK_REFUSAL_DOWN);
    }
}

void
ohm_link_forget_flight (OhmLink *self, OhmLinkExchange *exchange)
{
  for (guint i = 0; i < OHM_LINK_FLIGHTS_MAX; i++)
    if (self->flights[i].exchange == exchange)
      self->flights[i].exchange = NULL;
  exchange->is_in_flight = FALSE;
}
