/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-tcp-window.h"

#define OHM_MODBUS_TCP_EXCEPTION 0x80

void
ohm_modbus_tcp_window_init (OhmModbusTcpWindow *self)
{
  *self = (OhmModbusTcpWindow){ .framing = OHM_FRAMING_TCP, .tid = (guint16) g_random_int () };
}

void
ohm_modbus_tcp_window_clear (OhmModbusTcpWindow *self)
{
  g_clear_pointer (&self->items, g_free);
  self->n = 0;
  self->allocated = 0;
}

void
ohm_modbus_tcp_window_forget (OhmModbusTcpWindow *self)
{
  self->n_given_up = 0;
  self->n_completed = 0;
}

static gboolean
ohm_modbus_tcp_window_uses (OhmModbusTcpWindow *self, guint16 tid)
{
  guint n = MIN (self->n_given_up, OHM_MODBUS_TCP_GIVEN_UP);

  for (guint i = 0; i < self->n; i++)
    if (self->items[i].tid == tid)
      return TRUE;
  for (guint i = 0; i < n; i++)
    if (self->given_up[i].tid == tid)
      return TRUE;
  return FALSE;
}

/* Never 0: that is what devices answer that do not echo the id. */
OhmModbusTcpExchange *
ohm_modbus_tcp_window_add (OhmModbusTcpWindow *self, const OhmRequest *request)
{
  OhmModbusTcpExchange *exchange;

  do
    self->tid++;
  while (self->tid == 0 || ohm_modbus_tcp_window_uses (self, self->tid));
  if (self->n == self->allocated)
    {
      self->allocated = MAX (1, 2 * self->allocated);
      self->items = g_renew (OhmModbusTcpExchange, self->items, self->allocated);
    }
  exchange = &self->items[self->n++];
  exchange->request = *request;
  exchange->tid = self->tid;
  exchange->serial = ++self->serial;
  exchange->is_sent = FALSE;
  exchange->is_refused = FALSE;
  return exchange;
}

/* On a line without transaction ids there is one exchange at a time. */
OhmModbusTcpExchange *
ohm_modbus_tcp_window_find (OhmModbusTcpWindow *self, const guint8 *frame)
{
  if (self->framing == OHM_FRAMING_RTU)
    return self->n > 0 ? &self->items[0] : NULL;
  for (guint i = 0; i < self->n; i++)
    if (self->items[i].tid == ohm_modbus_get_tid (frame))
      return &self->items[i];
  return NULL;
}

OhmModbusTcpExchange *
ohm_modbus_tcp_window_find_oldest (OhmModbusTcpWindow *self)
{
  for (guint i = 0; i < self->n; i++)
    if (self->items[i].quirks & OHM_MODBUS_ANY_TID)
      return &self->items[i];
  return self->n > 0 ? &self->items[0] : NULL;
}

OhmModbusTcpExchange
ohm_modbus_tcp_window_take (OhmModbusTcpWindow *self, OhmModbusTcpExchange *exchange)
{
  OhmModbusTcpExchange taken = *exchange;
  guint index = (guint) (exchange - self->items);

  self->n--;
  memmove (exchange, exchange + 1, (self->n - index) * sizeof *exchange);
  return taken;
}

void
ohm_modbus_tcp_window_remember (OhmModbusTcpWindow *self,
                                const OhmModbusTcpExchange *exchange,
                                gboolean is_completed)
{
  OhmModbusTcpPast past = { exchange->tid, exchange->request.unit, exchange->request.function };

  if (is_completed)
    self->completed[self->n_completed++ % OHM_MODBUS_TCP_COMPLETED] = past;
  else
    self->given_up[self->n_given_up++ % OHM_MODBUS_TCP_GIVEN_UP] = past;
}

OhmModbusTcpExchange *
ohm_modbus_tcp_window_find_due (OhmModbusTcpWindow *self, gint64 now_us, guint64 serial)
{
  for (guint i = 0; i < self->n; i++)
    if (self->items[i].deadline_us <= now_us && self->items[i].serial <= serial)
      return &self->items[i];
  return NULL;
}

gint64
ohm_modbus_tcp_window_get_deadline (OhmModbusTcpWindow *self)
{
  gint64 first_us = -1;

  for (guint i = 0; i < self->n; i++)
    if (first_us < 0 || self->items[i].deadline_us < first_us)
      first_us = self->items[i].deadline_us;
  return first_us;
}

/* The head of its answers: transaction id, protocol id, length below 256, unit, function; for RTU
 * unit and function. */
static gboolean
ohm_modbus_tcp_window_fits (OhmModbusTcpWindow *self,
                            const OhmModbusTcpPast *past,
                            const guint8 *bytes,
                            gsize length)
{
  const guint8 tcp[] = { (guint8) (past->tid >> 8), (guint8) past->tid, 0, 0, 0, 0, past->unit };
  gsize n = 1;
  gsize at = 0;

  if (self->framing == OHM_FRAMING_TCP)
    {
      n = sizeof tcp;
      for (gsize i = 0; i < MIN (n, length); i++)
        if (i != 5 && bytes[i] != tcp[i]) /* 5 is the length's low byte */
          return FALSE;
    }
  else if (bytes[0] != past->unit)
    return FALSE;
  at = n;
  return length <= at || (bytes[at] & ~OHM_MODBUS_TCP_EXCEPTION) == past->function;
}

gboolean
ohm_modbus_tcp_window_is_past (OhmModbusTcpWindow *self, const guint8 *bytes, gsize length)
{
  guint n_given_up = MIN (self->n_given_up, OHM_MODBUS_TCP_GIVEN_UP);
  guint n_completed = MIN (self->n_completed, OHM_MODBUS_TCP_COMPLETED);

  for (guint i = 0; i < n_completed; i++)
    if (ohm_modbus_tcp_window_fits (self, &self->completed[i], bytes, length))
      return TRUE;
  for (guint i = 0; i < n_given_up; i++)
    if (ohm_modbus_tcp_window_fits (self, &self->given_up[i], bytes, length))
      return TRUE;
  return FALSE;
}

gboolean
ohm_modbus_tcp_window_is_known (OhmModbusTcpWindow *self, const guint8 *bytes, gsize length)
{
  for (guint i = 0; i < self->n; i++)
    {
      const OhmModbusTcpExchange *item = &self->items[i];
      OhmModbusTcpPast present = { item->tid, item->request.unit, item->request.function };

      if (ohm_modbus_tcp_window_fits (self, &present, bytes, length))
        return TRUE;
    }
  return ohm_modbus_tcp_window_is_past (self, bytes, length);
}

gboolean
ohm_modbus_tcp_window_is_strict (const OhmModbusTcpWindow *self)
{
  for (guint i = 0; i < self->n; i++)
    if (self->items[i].quirks & (OHM_MODBUS_ANY_TID | OHM_MODBUS_ANY_UNIT))
      return FALSE;
  return TRUE;
}
