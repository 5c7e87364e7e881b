/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus.h"

G_BEGIN_DECLS

/* Bytes of one event that are kept at most: a broken stream may bring more than any frame has. */
#define OHM_FRAME_EVENT_BYTES_MAX 1024

/* Bytes before those of the frame in a packed event. */
#define OHM_FRAME_EVENT_HEADER 16

/**
 * OhmFrameEventKind:
 * @OHM_FRAME_EVENT_OPENED: the connection was opened; no bytes
 * @OHM_FRAME_EVENT_CLOSED: it was closed; no bytes
 * @OHM_FRAME_EVENT_SENT: a request
 * @OHM_FRAME_EVENT_ANSWER: an answer that was accepted, exceptions included
 * @OHM_FRAME_EVENT_LATE: an answer to an exchange already given up, or a second one: dropped
 * @OHM_FRAME_EVENT_BROKEN: bytes that were not accepted
 * @OHM_FRAME_EVENT_TIMEOUT: no answer in time to the request whose frame this is
 *
 * What happened on a link. The numbers are part of D-Bus: Link.Capture().
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_FRAME_EVENT_OPENED,
  OHM_FRAME_EVENT_CLOSED,
  OHM_FRAME_EVENT_SENT,
  OHM_FRAME_EVENT_ANSWER,
  OHM_FRAME_EVENT_LATE,
  OHM_FRAME_EVENT_BROKEN,
  OHM_FRAME_EVENT_TIMEOUT,
} OhmFrameEventKind;

#define OHM_N_FRAME_EVENT_KINDS 7

/**
 * OhmFrameEvent:
 * @time_us: when, UTC in microseconds: the last byte sent or received
 * @kind: what
 * @framing: how @bytes are framed
 * @lost: so many events before this one could not be delivered to this reader
 * @length: number of @bytes
 * @bytes: (array length=length): the frame as it was on the wire
 *
 * Since: 0.1
 */
typedef struct
{
  gint64 time_us;
  OhmFrameEventKind kind;
  OhmFraming framing;
  guint lost;
  gsize length;
  const guint8 *bytes;
} OhmFrameEvent;

/**
 * ohm_frame_event_pack:
 * @self: an event with %OHM_FRAME_EVENT_BYTES_MAX bytes at most
 * @array: what it is appended to
 *
 * Appends the event as it goes through a descriptor: time (int64), kind, framing (a byte each),
 * length (uint16), lost (uint32), all in the byte order of the machine, then the bytes.
 *
 * Since: 0.1
 */
OHM_API void ohm_frame_event_pack (const OhmFrameEvent *self, GByteArray *array);

/**
 * ohm_frame_event_unpack:
 * @bytes: (array length=length): packed events
 * @length: their number
 * @ret_event: (out caller-allocates): the first of them, pointing into @bytes
 * @ret_used: (out): how many bytes it took; 0 if it is not whole yet
 * @error: %OHM_ERROR_PROTOCOL if these bytes are no event
 *
 * Returns: %FALSE with @error set, or %TRUE: then @ret_used says whether there is one
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_frame_event_unpack (const guint8 *bytes,
                                         gsize length,
                                         OhmFrameEvent *ret_event,
                                         gsize *ret_used,
                                         GError **error);

G_END_DECLS
