/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmctlOutcome:
 * @OHMCTL_OUTCOME_VALUES: registers came
 * @OHMCTL_OUTCOME_EXCEPTION: the device refused
 * @OHMCTL_OUTCOME_TIMEOUT: nothing came in time
 * @OHMCTL_OUTCOME_CUT: the connection was closed before an answer came
 * @OHMCTL_OUTCOME_LATE: an answer that nobody waits for; there is no request
 * @OHMCTL_OUTCOME_BROKEN: bytes that were not accepted
 * @OHMCTL_OUTCOME_OPENED: no exchange: the connection was opened
 * @OHMCTL_OUTCOME_CLOSED: no exchange: it was closed
 */
typedef enum
{
  OHMCTL_OUTCOME_VALUES,
  OHMCTL_OUTCOME_EXCEPTION,
  OHMCTL_OUTCOME_TIMEOUT,
  OHMCTL_OUTCOME_CUT,
  OHMCTL_OUTCOME_LATE,
  OHMCTL_OUTCOME_BROKEN,
  OHMCTL_OUTCOME_OPENED,
  OHMCTL_OUTCOME_CLOSED,
} OhmctlOutcome;

/* `values`, as in JSON. */
const char *ohmctl_outcome_to_string (OhmctlOutcome outcome);

/**
 * OhmctlExchange:
 * @time_us: when the request was sent, or what else it is happened
 * @outcome: what came of it
 * @framing: of the frames
 * @has_request: whether @request is known
 * @request: what was asked
 * @unit: whose it is, as far as a frame says; -1 for a connection
 * @reply: answer of %OHMCTL_OUTCOME_VALUES and _EXCEPTION
 * @duration_us: from the request to its end; -1 if there was none
 * @frame: (array length=length): the answer or the bytes that came
 * @length: their number
 * @lost: events that were lost before it
 *
 * A request and what came of it: a line of a capture. Valid during the call.
 */
typedef struct
{
  gint64 time_us;
  OhmctlOutcome outcome;
  OhmFraming framing;
  gboolean has_request;
  OhmRequest request;
  int unit;
  OhmReply reply;
  gint64 duration_us;
  const guint8 *frame;
  gsize length;
  guint lost;
} OhmctlExchange;

typedef void (*OhmctlExchangeFunc) (const OhmctlExchange *exchange, gpointer data);

/* Puts requests and answers of a stream of events together. */
typedef struct _OhmctlExchanges OhmctlExchanges;

OhmctlExchanges *ohmctl_exchanges_new (OhmctlExchangeFunc func, gpointer data);
void ohmctl_exchanges_free (OhmctlExchanges *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlExchanges, ohmctl_exchanges_free)

void ohmctl_exchanges_take (OhmctlExchanges *self, const OhmFrameEvent *event);

/* The unit id that a frame names; -1 if it is too short. */
int ohmctl_frame_get_unit (OhmFraming framing, const guint8 *frame, gsize length);

/* Function and data without header, address and checksum; NULL if the frame is too short. */
const guint8 *
ohmctl_frame_get_pdu (OhmFraming framing, const guint8 *frame, gsize length, gsize *ret_length);

G_END_DECLS
