/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-exchange.h"

#define MBAP_BYTES 7
#define CRC_BYTES  2

/* More requests without an end than a transport ever has under way: older ones are forgotten. */
#define WAITING_MAX 64

/* A request whose end is still to come. */
typedef struct
{
  gint64 time_us;
  OhmFraming framing;
  guint16 tid;
  OhmRequest request;
} OhmctlWaiting;

struct _OhmctlExchanges
{
  OhmctlExchangeFunc func;
  gpointer data;
  GArray *waiting; /* (owned) (element-type OhmctlWaiting): oldest first */
};

const char *
ohmctl_outcome_to_string (OhmctlOutcome outcome)
{
  static const char *const names[] = { "values", "exception", "timeout", "cut",
                                       "late",   "broken",    "opened",  "closed" };

  return names[outcome];
}

int
ohmctl_frame_get_unit (OhmFraming framing, const guint8 *frame, gsize length)
{
  gsize at = framing == OHM_FRAMING_TCP ? MBAP_BYTES - 1 : 0;

  return length > at ? frame[at] : -1;
}

const guint8 *
ohmctl_frame_get_pdu (OhmFraming framing, const guint8 *frame, gsize length, gsize *ret_length)
{
  gsize head = framing == OHM_FRAMING_TCP ? MBAP_BYTES : 1;
  gsize tail = framing == OHM_FRAMING_TCP ? 0 : CRC_BYTES;

  if (length < head + tail + 2)
    return NULL;
  *ret_length = length - head - tail;
  return frame + head;
}

OhmctlExchanges *
ohmctl_exchanges_new (OhmctlExchangeFunc func, gpointer data)
{
  OhmctlExchanges *self = g_new0 (OhmctlExchanges, 1);

  self->func = func;
  self->data = data;
  self->waiting = g_array_new (FALSE, FALSE, sizeof (OhmctlWaiting));
  return self;
}

void
ohmctl_exchanges_free (OhmctlExchanges *self)
{
  g_array_unref (self->waiting);
  g_free (self);
}

static void
ohmctl_exchanges_remember (OhmctlExchanges *self, const OhmFrameEvent *event)
{
  OhmctlWaiting waiting = { .time_us = event->time_us, .framing = event->framing };

  if (!ohm_modbus_decode_request (event->framing, event->bytes, event->length, &waiting.request,
                                  &waiting.tid, /* error */ NULL))
    return;
  if (self->waiting->len >= WAITING_MAX)
    g_array_remove_index (self->waiting, 0);
  g_array_append_val (self->waiting, waiting);
}

/* By transaction id; where there is none or it does not fit (quirk `tid-echo = no`), the oldest. */
static gboolean
ohmctl_exchanges_recall (OhmctlExchanges *self,
                         const OhmFrameEvent *event,
                         OhmctlWaiting *ret_waiting)
{
  guint index = 0;

  if (self->waiting->len == 0)
    return FALSE;
  if (event->framing == OHM_FRAMING_TCP && event->length >= 2)
    for (guint i = 0; i < self->waiting->len; i++)
      if (g_array_index (self->waiting, OhmctlWaiting, i).tid == ohm_modbus_get_tid (event->bytes))
        index = i;
  *ret_waiting = g_array_index (self->waiting, OhmctlWaiting, index);
  g_array_remove_index (self->waiting, index);
  return TRUE;
}

static OhmctlExchange
ohmctl_exchange_of (const OhmFrameEvent *event, OhmctlOutcome outcome)
{
  return (OhmctlExchange){
    .time_us = event->time_us,
    .outcome = outcome,
    .framing = event->framing,
    .unit = ohmctl_frame_get_unit (event->framing, event->bytes, event->length),
    .duration_us = -1,
    .frame = event->bytes,
    .length = event->length,
    .lost = event->lost,
  };
}

static void
ohmctl_exchange_add_request (OhmctlExchange *exchange, const OhmctlWaiting *waiting)
{
  exchange->has_request = TRUE;
  exchange->request = waiting->request;
  exchange->unit = waiting->request.unit;
  exchange->duration_us = exchange->time_us - waiting->time_us;
  exchange->time_us = waiting->time_us;
}

/* Whatever the daemon accepted is read leniently: it knows which quirks the meter has. */
static void
ohmctl_exchanges_tell_answer (OhmctlExchanges *self, const OhmFrameEvent *event)
{
  OhmctlExchange exchange = ohmctl_exchange_of (event, OHMCTL_OUTCOME_LATE);
  OhmctlWaiting waiting;

  if (ohmctl_exchanges_recall (self, event, &waiting))
    {
      ohmctl_exchange_add_request (&exchange, &waiting);
      exchange.outcome = OHMCTL_OUTCOME_BROKEN;
      if (ohm_modbus_check_reply (event->framing, &waiting.request, waiting.tid, event->bytes,
                                  event->length, OHM_MODBUS_ANY_UNIT | OHM_MODBUS_ANY_TID,
                                  &exchange.reply, /* error */ NULL))
        exchange.outcome = exchange.reply.exception != 0 ? OHMCTL_OUTCOME_EXCEPTION
                                                         : OHMCTL_OUTCOME_VALUES;
    }
  self->func (&exchange, self->data);
}

/* An end without an answer: the request, if it is known, and the bytes, if there are any. */
static void
ohmctl_exchanges_tell_end (OhmctlExchanges *self, const OhmFrameEvent *event, OhmctlOutcome outcome)
{
  OhmctlExchange exchange = ohmctl_exchange_of (event, outcome);
  OhmctlWaiting waiting;

  if (ohmctl_exchanges_recall (self, event, &waiting))
    ohmctl_exchange_add_request (&exchange, &waiting);
  if (outcome == OHMCTL_OUTCOME_TIMEOUT)
    exchange.length = 0; /* those are the request's */
  self->func (&exchange, self->data);
}

static void
ohmctl_exchanges_tell_connection (OhmctlExchanges *self,
                                  const OhmFrameEvent *event,
                                  OhmctlOutcome outcome)
{
  OhmctlExchange exchange = ohmctl_exchange_of (event, outcome);

  while (self->waiting->len > 0)
    ohmctl_exchanges_tell_end (self, event, OHMCTL_OUTCOME_CUT);
  self->func (&exchange, self->data);
}

void
ohmctl_exchanges_take (OhmctlExchanges *self, const OhmFrameEvent *event)
{
  OhmctlExchange late = ohmctl_exchange_of (event, OHMCTL_OUTCOME_LATE);

  switch (event->kind)
    {
    case OHM_FRAME_EVENT_SENT:
      ohmctl_exchanges_remember (self, event);
      break;
    case OHM_FRAME_EVENT_ANSWER:
      ohmctl_exchanges_tell_answer (self, event);
      break;
    case OHM_FRAME_EVENT_TIMEOUT:
      ohmctl_exchanges_tell_end (self, event, OHMCTL_OUTCOME_TIMEOUT);
      break;
    case OHM_FRAME_EVENT_BROKEN:
      ohmctl_exchanges_tell_end (self, event, OHMCTL_OUTCOME_BROKEN);
      break;
    case OHM_FRAME_EVENT_OPENED:
      ohmctl_exchanges_tell_connection (self, event, OHMCTL_OUTCOME_OPENED);
      break;
    case OHM_FRAME_EVENT_CLOSED:
      ohmctl_exchanges_tell_connection (self, event, OHMCTL_OUTCOME_CLOSED);
      break;
    case OHM_FRAME_EVENT_LATE:
    default:
      self->func (&late, self->data);
      break;
    }
}
