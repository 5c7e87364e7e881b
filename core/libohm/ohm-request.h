/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-macros.h"

G_BEGIN_DECLS

/* Most registers in one read (Modbus Application Protocol V1.1b3, 6.3) and in one write (6.12). */
#define OHM_READ_REGISTERS_MAX  125
#define OHM_WRITE_REGISTERS_MAX 123

/**
 * OhmRequest:
 * @unit: unit id (TCP) or slave address (RTU), 0..255
 * @function: 3, 4, 6 or 16
 * @address: first register as on the wire, 0-based
 * @count: registers; 1 for function 6
 * @values: register values in host order, for functions 6 and 16
 *
 * One Modbus request, as plain data.
 *
 * Since: 0.1
 */
typedef struct
{
  guint8 unit;
  guint8 function;
  guint16 address;
  guint16 count;
  guint16 values[OHM_WRITE_REGISTERS_MAX];
} OhmRequest;

/**
 * OhmReply:
 * @unit: who answered
 * @function: the request's function; 0 for a telegram that was pushed
 * @exception: 0, or the Modbus exception code of the answer
 * @address: the request's first register
 * @data: registers, big endian as on the wire, or the bytes of a telegram
 * @length: bytes in @data: twice the number of registers
 * @time_us: middle of the exchange, UTC in microseconds; of a telegram the arrival
 * @round_trip_us: from the last byte sent to the last byte received
 *
 * A checked answer: it belongs to the request, its length is right. Valid during the call it
 * is given to; copy what must live longer.
 *
 * Since: 0.1
 */
typedef struct
{
  guint8 unit;
  guint8 function;
  guint8 exception;
  guint16 address;
  const guint8 *data;
  gsize length;
  gint64 time_us;
  gint64 round_trip_us;
} OhmReply;

/**
 * ohm_reply_get_register:
 * @reply: a reply
 * @index: register, counted from the request's first
 *
 * Returns: the register, or 0 beyond the end
 *
 * Since: 0.1
 */
static inline guint16
ohm_reply_get_register (const OhmReply *reply, gsize index)
{
  if (2 * index + 1 >= reply->length)
    return 0;
  return (guint16) ((reply->data[2 * index] << 8) | reply->data[2 * index + 1]);
}

G_END_DECLS
