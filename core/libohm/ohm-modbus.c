/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus.h"

#include <string.h>

/* Function codes, Modbus Application Protocol V1.1b3, section 6 */
#define READ_HOLDING   3
#define READ_INPUT     4
#define WRITE_SINGLE   6
#define WRITE_MULTIPLE 16
#define EXCEPTION_BIT  0x80

#define MBAP_BYTES 7
#define CRC_BYTES  2
#define PDU_MAX    253

static guint16
ohm_modbus_get16 (const guint8 *bytes)
{
  return (guint16) (bytes[0] << 8 | bytes[1]);
}

static void
ohm_modbus_put16 (guint8 *bytes, guint value)
{
  bytes[0] = (guint8) (value >> 8);
  bytes[1] = (guint8) value;
}

static gboolean
ohm_modbus_is_read (guint8 function)
{
  return function == READ_HOLDING || function == READ_INPUT;
}

static gboolean
ohm_modbus_is_known (guint8 function)
{
  return ohm_modbus_is_read (function) || function == WRITE_SINGLE || function == WRITE_MULTIPLE;
}

/* Bytes in front of and behind the PDU, the unit id counted in. */
static gsize
ohm_modbus_head (OhmFraming framing)
{
  return framing == OHM_FRAMING_TCP ? MBAP_BYTES : 1;
}

static gsize
ohm_modbus_tail (OhmFraming framing)
{
  return framing == OHM_FRAMING_TCP ? 0 : CRC_BYTES;
}

guint16
ohm_modbus_crc (const guint8 *bytes, gsize length)
{
  /* the remainders of the sixteen values of a nibble */
  static const guint16 remainders[16] = {
    0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
    0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
  };
  guint crc = 0xffff;

  g_return_val_if_fail (bytes != NULL || length == 0, 0);

  for (gsize i = 0; i < length; i++)
    {
      crc ^= bytes[i];
      crc = crc >> 4 ^ remainders[crc & 15];
      crc = crc >> 4 ^ remainders[crc & 15];
    }
  return (guint16) crc;
}

static gboolean
ohm_modbus_is_valid (const OhmRequest *request)
{
  guint max;

  if (!ohm_modbus_is_known (request->function))
    return FALSE;
  if (request->function == WRITE_SINGLE)
    max = 1;
  else
    max = ohm_modbus_is_read (request->function) ? OHM_READ_REGISTERS_MAX : OHM_WRITE_REGISTERS_MAX;
  return request->count >= 1 && request->count <= max && request->address + request->count <= 65536;
}

/* Puts what surrounds a PDU that lies behind the head already. */
static gsize
ohm_modbus_frame (OhmFraming framing, guint8 unit, guint16 tid, guint8 *bytes, gsize pdu_length)
{
  gsize length = ohm_modbus_head (framing) + pdu_length;

  if (framing == OHM_FRAMING_TCP)
    {
      ohm_modbus_put16 (bytes, tid);
      ohm_modbus_put16 (bytes + 2, 0);
      ohm_modbus_put16 (bytes + 4, (guint) pdu_length + 1);
      bytes[6] = unit;
      return length;
    }
  bytes[0] = unit;
  ohm_modbus_put16 (bytes + length, GUINT16_SWAP_LE_BE (ohm_modbus_crc (bytes, length)));
  return length + CRC_BYTES;
}

gsize
ohm_modbus_encode_request (OhmFraming framing,
                           const OhmRequest *request,
                           guint16 tid,
                           guint8 *ret_bytes)
{
  guint8 *pdu;
  gsize length = 5;

  g_return_val_if_fail (request != NULL, 0);
  g_return_val_if_fail (ret_bytes != NULL, 0);

  if (!ohm_modbus_is_valid (request))
    return 0;
  pdu = ret_bytes + ohm_modbus_head (framing);
  pdu[0] = request->function;
  ohm_modbus_put16 (pdu + 1, request->address);
  if (request->function == WRITE_SINGLE)
    ohm_modbus_put16 (pdu + 3, request->values[0]);
  else
    ohm_modbus_put16 (pdu + 3, request->count);
  if (request->function == WRITE_MULTIPLE)
    {
      pdu[length++] = (guint8) (2 * request->count);
      for (guint i = 0; i < request->count; i++, length += 2)
        ohm_modbus_put16 (pdu + length, request->values[i]);
    }
  return ohm_modbus_frame (framing, request->unit, tid, ret_bytes, length);
}

/* MBAP: needs 6 bytes to tell; @pdu_min is the shortest PDU that makes sense. */
static OhmFrameState
ohm_modbus_delimit_tcp (const guint8 *bytes, gsize length, gsize pdu_min, gsize *ret_frame_length)
{
  gsize field;

  *ret_frame_length = MBAP_BYTES + pdu_min;
  if ((length > 2 && bytes[2] != 0) || (length > 3 && bytes[3] != 0))
    return OHM_FRAME_BROKEN;
  if (length < 6)
    return OHM_FRAME_INCOMPLETE;
  field = ohm_modbus_get16 (bytes + 4);
  if (field < pdu_min + 1 || field > PDU_MAX + 1)
    return OHM_FRAME_BROKEN;
  *ret_frame_length = 6 + field;
  return length < 6 + field ? OHM_FRAME_INCOMPLETE : OHM_FRAME_COMPLETE;
}

/* Whether a byte count is one of whole registers within bounds. */
static gboolean
ohm_modbus_is_count (guint8 count, guint registers_max)
{
  return count >= 2 && count % 2 == 0 && count <= 2 * registers_max;
}

static OhmFrameState
ohm_modbus_delimit_rtu_reply (const guint8 *bytes, gsize length, gsize *ret_frame_length)
{
  guint8 function;

  *ret_frame_length = 5; /* an exception */
  if (length < 2)
    return OHM_FRAME_INCOMPLETE;
  function = bytes[1];
  if (!ohm_modbus_is_known (function & (guint8) ~EXCEPTION_BIT))
    return OHM_FRAME_BROKEN;
  if (function == WRITE_SINGLE || function == WRITE_MULTIPLE)
    *ret_frame_length = 8;
  else if (ohm_modbus_is_read (function))
    {
      if (length < 3)
        return OHM_FRAME_INCOMPLETE;
      if (!ohm_modbus_is_count (bytes[2], OHM_READ_REGISTERS_MAX))
        return OHM_FRAME_BROKEN;
      *ret_frame_length = 5 + (gsize) bytes[2];
    }
  return length < *ret_frame_length ? OHM_FRAME_INCOMPLETE : OHM_FRAME_COMPLETE;
}

OhmFrameState
ohm_modbus_delimit_reply (OhmFraming framing,
                          const guint8 *bytes,
                          gsize length,
                          gsize *ret_frame_length)
{
  g_return_val_if_fail (bytes != NULL || length == 0, OHM_FRAME_BROKEN);
  g_return_val_if_fail (ret_frame_length != NULL, OHM_FRAME_BROKEN);

  if (framing == OHM_FRAMING_TCP)
    return ohm_modbus_delimit_tcp (bytes, length, /* pdu_min */ 2, ret_frame_length);
  return ohm_modbus_delimit_rtu_reply (bytes, length, ret_frame_length);
}

static gboolean
ohm_modbus_mismatch (const char *field, guint expected, guint found, GError **error)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "%s is %u, not %u as expected", field, found,
               expected);
  return FALSE;
}

static gboolean
ohm_modbus_match (const char *field, guint expected, guint found, GError **error)
{
  return expected == found || ohm_modbus_mismatch (field, expected, found, error);
}

/* CRC or header: what is not the PDU and not the unit. */
static gboolean
ohm_modbus_check_envelope (OhmFraming framing, const guint8 *frame, gsize length, GError **error)
{
  gsize min = ohm_modbus_head (framing) + ohm_modbus_tail (framing) + 1;

  if (length < min || length > min - 1 + PDU_MAX)
    return ohm_modbus_mismatch ("frame length", (guint) min, (guint) length, error);
  if (framing == OHM_FRAMING_TCP)
    return ohm_modbus_match ("protocol id", 0, ohm_modbus_get16 (frame + 2), error) &&
           ohm_modbus_match ("length field", (guint) length - 6, ohm_modbus_get16 (frame + 4),
                             error);
  return ohm_modbus_match ("crc", ohm_modbus_crc (frame, length - CRC_BYTES),
                           (guint) (frame[length - 2] | frame[length - 1] << 8), error);
}

static gboolean
ohm_modbus_check_pdu (const OhmRequest *request,
                      const guint8 *pdu,
                      gsize length,
                      OhmReply *reply,
                      GError **error)
{
  gsize expected = ohm_modbus_is_read (request->function) ? 2u + 2u * request->count : 5;
  guint echo = request->function == WRITE_SINGLE ? request->values[0] : request->count;

  if (pdu[0] == (request->function | EXCEPTION_BIT))
    {
      if (!ohm_modbus_match ("length of the exception", 2, (guint) length, error))
        return FALSE;
      reply->exception = pdu[1];
      return pdu[1] != 0 || ohm_modbus_mismatch ("exception code", 1, 0, error);
    }
  if (!ohm_modbus_match ("function", request->function, pdu[0], error) ||
      !ohm_modbus_match ("length of the answer", (guint) expected, (guint) length, error))
    return FALSE;
  if (ohm_modbus_is_read (request->function))
    {
      reply->data = pdu + 2;
      reply->length = 2 * (gsize) request->count;
      return ohm_modbus_match ("byte count", 2u * request->count, pdu[1], error);
    }
  if (request->function == WRITE_SINGLE)
    {
      reply->data = pdu + 3;
      reply->length = 2;
    }
  return ohm_modbus_match ("echoed address", request->address, ohm_modbus_get16 (pdu + 1), error) &&
         ohm_modbus_match (request->function == WRITE_SINGLE ? "echoed value" : "echoed count",
                           echo, ohm_modbus_get16 (pdu + 3), error);
}

gboolean
ohm_modbus_check_reply (OhmFraming framing,
                        const OhmRequest *request,
                        guint16 tid,
                        const guint8 *frame,
                        gsize length,
                        OhmModbusQuirks quirks,
                        OhmReply *ret_reply,
                        GError **error)
{
  OhmReply reply = { 0 };
  gsize head = ohm_modbus_head (framing);

  g_return_val_if_fail (request != NULL, FALSE);
  g_return_val_if_fail (frame != NULL, FALSE);
  g_return_val_if_fail (ret_reply != NULL, FALSE);

  if (!ohm_modbus_is_valid (request))
    {
      g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "the request itself is not valid");
      return FALSE;
    }
  if (framing == OHM_FRAMING_TCP && length >= MBAP_BYTES && (quirks & OHM_MODBUS_ANY_TID) == 0 &&
      !ohm_modbus_match ("transaction id", tid, ohm_modbus_get_tid (frame), error))
    return FALSE;
  if (!ohm_modbus_check_envelope (framing, frame, length, error))
    return FALSE;
  reply.unit = frame[head - 1];
  reply.function = request->function;
  reply.address = request->address;
  if ((quirks & OHM_MODBUS_ANY_UNIT) == 0 &&
      !ohm_modbus_match ("unit", request->unit, reply.unit, error))
    return FALSE;
  if (!ohm_modbus_check_pdu (request, frame + head, length - head - ohm_modbus_tail (framing),
                             &reply, error))
    return FALSE;
  *ret_reply = reply;
  return TRUE;
}

OhmFrameState
ohm_modbus_delimit_request (OhmFraming framing,
                            const guint8 *bytes,
                            gsize length,
                            gsize *ret_frame_length)
{
  g_return_val_if_fail (bytes != NULL || length == 0, OHM_FRAME_BROKEN);
  g_return_val_if_fail (ret_frame_length != NULL, OHM_FRAME_BROKEN);

  if (framing == OHM_FRAMING_TCP)
    return ohm_modbus_delimit_tcp (bytes, length, /* pdu_min */ 1, ret_frame_length);
  *ret_frame_length = 8;
  if (length < 2)
    return OHM_FRAME_INCOMPLETE;
  if (!ohm_modbus_is_known (bytes[1]))
    return OHM_FRAME_BROKEN;
  if (bytes[1] == WRITE_MULTIPLE)
    {
      *ret_frame_length = 11; /* one register */
      if (length < 7)
        return OHM_FRAME_INCOMPLETE;
      if (!ohm_modbus_is_count (bytes[6], OHM_WRITE_REGISTERS_MAX))
        return OHM_FRAME_BROKEN;
      *ret_frame_length = 9 + (gsize) bytes[6];
    }
  return length < *ret_frame_length ? OHM_FRAME_INCOMPLETE : OHM_FRAME_COMPLETE;
}

static gboolean
ohm_modbus_decode_pdu (const guint8 *pdu, gsize length, OhmRequest *request, GError **error)
{
  if (length < 5)
    return ohm_modbus_mismatch ("length of the request", 5, (guint) length, error);
  request->address = ohm_modbus_get16 (pdu + 1);
  request->count = request->function == WRITE_SINGLE ? 1 : ohm_modbus_get16 (pdu + 3);
  if (!ohm_modbus_is_valid (request))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL, "no function takes %u registers from %u",
                   request->count, request->address);
      return FALSE;
    }
  if (request->function == WRITE_SINGLE)
    request->values[0] = ohm_modbus_get16 (pdu + 3);
  if (request->function != WRITE_MULTIPLE)
    return ohm_modbus_match ("length of the request", 5, (guint) length, error);
  if (!ohm_modbus_match ("length of the request", 6u + 2u * request->count, (guint) length,
                         error) ||
      !ohm_modbus_match ("byte count", 2u * request->count, pdu[5], error))
    return FALSE;
  for (guint i = 0; i < request->count; i++)
    request->values[i] = ohm_modbus_get16 (pdu + 6 + 2 * i);
  return TRUE;
}

gboolean
ohm_modbus_decode_request (OhmFraming framing,
                           const guint8 *frame,
                           gsize length,
                           OhmRequest *ret_request,
                           guint16 *ret_tid,
                           GError **error)
{
  OhmRequest request = { 0 };
  gsize head = ohm_modbus_head (framing);
  guint16 tid;

  g_return_val_if_fail (frame != NULL, FALSE);
  g_return_val_if_fail (ret_request != NULL, FALSE);
  g_return_val_if_fail (ret_tid != NULL, FALSE);

  if (!ohm_modbus_check_envelope (framing, frame, length, error))
    return FALSE;
  tid = framing == OHM_FRAMING_TCP ? ohm_modbus_get_tid (frame) : 0;
  request.unit = frame[head - 1];
  request.function = frame[head];
  if (!ohm_modbus_is_known (request.function))
    {
      ret_request->unit = request.unit;
      ret_request->function = request.function;
      *ret_tid = tid;
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED, "function %u is not served",
                   request.function);
      return FALSE;
    }
  if (!ohm_modbus_decode_pdu (frame + head, length - head - ohm_modbus_tail (framing), &request,
                              error))
    return FALSE;
  *ret_request = request;
  *ret_tid = tid;
  return TRUE;
}

gsize
ohm_modbus_encode_reply (OhmFraming framing,
                         const OhmRequest *request,
                         guint16 tid,
                         guint8 exception,
                         const guint8 *registers,
                         guint8 *ret_bytes)
{
  guint8 *pdu;
  gsize length = 5;

  g_return_val_if_fail (request != NULL, 0);
  g_return_val_if_fail (ret_bytes != NULL, 0);
  g_return_val_if_fail (exception != 0 || ohm_modbus_is_valid (request), 0);

  pdu = ret_bytes + ohm_modbus_head (framing);
  if (exception != 0)
    {
      pdu[0] = request->function | EXCEPTION_BIT;
      pdu[1] = exception;
      return ohm_modbus_frame (framing, request->unit, tid, ret_bytes, 2);
    }
  pdu[0] = request->function;
  if (ohm_modbus_is_read (request->function))
    {
      g_return_val_if_fail (registers != NULL, 0);
      length = 2u * request->count;
      pdu[1] = (guint8) length;
      memcpy (pdu + 2, registers, length);
      return ohm_modbus_frame (framing, request->unit, tid, ret_bytes, 2 + length);
    }
  ohm_modbus_put16 (pdu + 1, request->address);
  if (request->function == WRITE_SINGLE)
    ohm_modbus_put16 (pdu + 3, request->values[0]);
  else
    ohm_modbus_put16 (pdu + 3, request->count);
  return ohm_modbus_frame (framing, request->unit, tid, ret_bytes, length);
}

gsize
ohm_modbus_reply_bytes (OhmFraming framing, const OhmRequest *request)
{
  gsize pdu;

  g_return_val_if_fail (request != NULL, 0);

  pdu = ohm_modbus_is_read (request->function) ? 2u + 2u * request->count : 5;
  return ohm_modbus_head (framing) + pdu + ohm_modbus_tail (framing);
}

/* Modbus Application Protocol V1.1b3, section 7 */
const char *
ohm_modbus_exception_to_string (guint8 exception)
{
  static const char *const names[] = {
    [1] = "illegal function",
    [2] = "illegal data address",
    [3] = "illegal data value",
    [4] = "server device failure",
    [5] = "acknowledge",
    [6] = "server device busy",
    [8] = "memory parity error",
    [10] = "gateway path unavailable",
    [11] = "gateway target device failed to respond",
  };

  if (exception >= G_N_ELEMENTS (names) || names[exception] == NULL)
    return "exception code unknown";
  return names[exception];
}
