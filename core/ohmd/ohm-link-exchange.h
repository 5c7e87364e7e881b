/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Who goes first on a link (design 4.3). */
typedef enum
{
  OHM_PRIORITY_SLOT,
  OHM_PRIORITY_OPERATOR,
  OHM_PRIORITY_LIVE,
  OHM_PRIORITY_SLOW,
  OHM_PRIORITY_BACKGROUND,
} OhmPriority;

#define OHM_N_PRIORITIES 5

typedef struct _OhmLinkExchange OhmLinkExchange;

/**
 * OhmLinkExchangeFunc:
 * @exchange: the exchange, free to be submitted again
 * @reply: (nullable): the checked answer; an exception is one
 * @error: (nullable): time-out, link down, protocol error; or nothing was sent: %OHM_ERROR_BUSY,
 * the unit is in back-off; %OHM_ERROR_NOT_SUPPORTED, a write that is not on the list or a link that
 *   only listens
 */
typedef void (*OhmLinkExchangeFunc) (OhmLinkExchange *exchange,
                                     const OhmReply *reply,
                                     const GError *error);

/**
 * OhmLinkExchange:
 * @request: what to ask
 * @priority: its class
 * @quirks: what is forgiven in the answer
 * @timeout_us: longest wait; 0 for the link's
 * @pause_us: shortest pause before it since the last answer on the link
 * @connect_pause_us: shortest pause before it since the connection was opened
 * @outstanding: exchanges at a time that the unit takes on the connection; 0 and 1: it alone
 * @is_once: an answer that was disturbed on the line is not asked for again
 * @writes: (nullable): allow-list that a write must be in
 * @n_writes: its length
 * @func: called once, on the main thread, never from inside ohm_link_submit()
 * @user_data: the caller's
 *
 * One exchange, a member of its caller's own structure: a poll costs no allocation. The caller
 * keeps it alive until @func is called or it is withdrawn.
 */
struct _OhmLinkExchange
{
  OhmRequest request;
  OhmPriority priority;
  OhmModbusQuirks quirks;
  gint64 timeout_us;
  gint64 pause_us;
  gint64 connect_pause_us;
  guint outstanding;
  gboolean is_once;
  const OhmWrite *writes;
  guint n_writes;
  OhmLinkExchangeFunc func;
  gpointer user_data;

  /*< private >*/
  gboolean is_queued;
  gboolean is_in_flight;
  guint refusal;
  guint repeats; /* after disturbed answers */
  gint64 sent_us;
  GList node;
  gpointer unit;
};

/* Whether @self still waits for its turn: nothing of it was sent. */
static inline gboolean
ohm_link_exchange_is_waiting (const OhmLinkExchange *self)
{
  return self->is_queued && !self->is_in_flight;
}

G_END_DECLS
