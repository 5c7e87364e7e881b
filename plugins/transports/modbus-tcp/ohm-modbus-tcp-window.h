/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Most exchanges at a time on a connection (limit `outstanding` of a profile). */
#define OHM_MODBUS_TCP_OUTSTANDING_MAX 16

/* So many past exchanges are remembered: those that got no answer, as that may come any time
 * later; and those that did, as a second answer follows soon or never. */
#define OHM_MODBUS_TCP_GIVEN_UP  32
#define OHM_MODBUS_TCP_COMPLETED 8

typedef struct
{
  OhmRequest request;
  guint16 tid;
  OhmModbusQuirks quirks;
  gint64 deadline_us;
  gint64 sent_us;
  guint64 serial; /* counts up, never reused */
  gboolean is_sent;
  gboolean is_refused; /* never sent; told at the next turn */
  OhmExchangeDone done;
  gpointer user_data;
} OhmModbusTcpExchange;

/* What is left of an exchange when it is over; the unit and function of its answers. */
typedef struct
{
  guint16 tid;
  guint8 unit;
  guint8 function;
} OhmModbusTcpPast;

/**
 * OhmModbusTcpWindow:
 *
 * The exchanges under way on one connection, oldest first, and the memory of past ones.
 */
typedef struct
{
  OhmFraming framing;
  OhmModbusTcpExchange *items; /* (owned) (array length=n) */
  guint n;
  guint allocated;
  guint16 tid;    /* given out last */
  guint64 serial; /* of the exchange added last */
  OhmModbusTcpPast given_up[OHM_MODBUS_TCP_GIVEN_UP];
  OhmModbusTcpPast completed[OHM_MODBUS_TCP_COMPLETED];
  guint n_given_up; /* so many ever */
  guint n_completed;
} OhmModbusTcpWindow;

void ohm_modbus_tcp_window_init (OhmModbusTcpWindow *self);
void ohm_modbus_tcp_window_clear (OhmModbusTcpWindow *self);
/* A new connection: what was asked on the last one is not answered on this. */
void ohm_modbus_tcp_window_forget (OhmModbusTcpWindow *self);

/* The new exchange has a transaction id; valid until the window changes. */
OhmModbusTcpExchange *ohm_modbus_tcp_window_add (OhmModbusTcpWindow *self,
                                                 const OhmRequest *request);

/* The exchange that @frame answers by its transaction id; or NULL. */
OhmModbusTcpExchange *ohm_modbus_tcp_window_find (OhmModbusTcpWindow *self, const guint8 *frame);

/* The oldest of those whose answers need no matching transaction id, else the oldest; or NULL. */
OhmModbusTcpExchange *ohm_modbus_tcp_window_find_oldest (OhmModbusTcpWindow *self);

/* Takes an exchange out. */
OhmModbusTcpExchange ohm_modbus_tcp_window_take (OhmModbusTcpWindow *self,
                                                 OhmModbusTcpExchange *exchange);

/* Another answer to @exchange, which was taken out, is no surprise. */
void ohm_modbus_tcp_window_remember (OhmModbusTcpWindow *self,
                                     const OhmModbusTcpExchange *exchange,
                                     gboolean is_completed);

/* The first whose deadline has passed and that was not added after @serial; or NULL. */
OhmModbusTcpExchange *
ohm_modbus_tcp_window_find_due (OhmModbusTcpWindow *self, gint64 now_us, guint64 serial);

/* Earliest deadline, or -1. */
gint64 ohm_modbus_tcp_window_get_deadline (OhmModbusTcpWindow *self);

/* Whether these bytes are, as far as they go, an answer to a past exchange. */
gboolean
ohm_modbus_tcp_window_is_past (OhmModbusTcpWindow *self, const guint8 *bytes, gsize length);

/* Whether they are, as far as they go, an answer to an exchange under way or past. */
gboolean
ohm_modbus_tcp_window_is_known (OhmModbusTcpWindow *self, const guint8 *bytes, gsize length);

/* Whether the head of an answer says for sure which of those under way it belongs to. */
gboolean ohm_modbus_tcp_window_is_strict (const OhmModbusTcpWindow *self);

G_END_DECLS
