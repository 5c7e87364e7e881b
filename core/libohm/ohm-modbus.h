/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-error.h"
#include "ohm-request.h"

G_BEGIN_DECLS

/* Longest application data units: MBAP 7 + PDU 253; address 1 + PDU 253 + CRC 2. */
#define OHM_MODBUS_TCP_MAX 260
#define OHM_MODBUS_RTU_MAX 256

/**
 * OhmFraming:
 * @OHM_FRAMING_TCP: MBAP header (Modbus Messaging on TCP/IP V1.0b, 3.1.3)
 * @OHM_FRAMING_RTU: address and CRC (Modbus over serial line V1.02, 2.5.1)
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_FRAMING_TCP,
  OHM_FRAMING_RTU,
} OhmFraming;

/**
 * OhmFrameState:
 * @OHM_FRAME_INCOMPLETE: more bytes are needed
 * @OHM_FRAME_COMPLETE: a whole frame is there
 * @OHM_FRAME_BROKEN: no frame can begin with these bytes; the stream is lost
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_FRAME_INCOMPLETE,
  OHM_FRAME_COMPLETE,
  OHM_FRAME_BROKEN,
} OhmFrameState;

/**
 * OhmModbusQuirks:
 * @OHM_MODBUS_STRICT: nothing is forgiven
 * @OHM_MODBUS_ANY_UNIT: the answer's unit id may differ (`unit-echo = any`)
 * @OHM_MODBUS_ANY_TID: the answer's transaction id may differ (`tid-echo = no`)
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_MODBUS_STRICT = 0,
  OHM_MODBUS_ANY_UNIT = 1 << 0,
  OHM_MODBUS_ANY_TID = 1 << 1,
} OhmModbusQuirks;

/**
 * ohm_modbus_encode_request:
 * @framing: how frames are delimited
 * @request: what to ask
 * @tid: transaction id, ignored for RTU
 * @ret_bytes: (out caller-allocates) (array fixed-size=260): the frame
 *
 * Returns: length of the frame, or 0 if @request is not valid (unknown function, count 0 or
 *   too large, addresses past 65535): nothing invalid can be encoded
 *
 * Since: 0.1
 */
OHM_API gsize ohm_modbus_encode_request (OhmFraming framing,
                                         const OhmRequest *request,
                                         guint16 tid,
                                         guint8 *ret_bytes);

/**
 * ohm_modbus_delimit_reply:
 * @framing: how frames are delimited
 * @bytes: (array length=length): received bytes
 * @length: their number
 * @ret_frame_length: (out): length of the first frame if complete; while incomplete the number of
 *   bytes that are needed at least
 *
 * Finds the end of the first reply in a stream. Looks only at what delimits: for TCP the
 * protocol id and length field, for RTU function and byte count (the CRC is checked later).
 *
 * Returns: whether there is a frame
 *
 * Since: 0.1
 */
OHM_API OhmFrameState ohm_modbus_delimit_reply (OhmFraming framing,
                                                const guint8 *bytes,
                                                gsize length,
                                                gsize *ret_frame_length);

/**
 * ohm_modbus_get_tid:
 * @frame: a complete TCP frame
 *
 * Returns: its transaction id
 *
 * Since: 0.1
 */
static inline guint16
ohm_modbus_get_tid (const guint8 *frame)
{
  return (guint16) ((frame[0] << 8) | frame[1]);
}

/**
 * ohm_modbus_check_reply:
 * @framing: how frames are delimited
 * @request: what was asked
 * @tid: the request's transaction id, ignored for RTU
 * @frame: (array length=length): one complete frame
 * @length: its length
 * @quirks: what is forgiven
 * @ret_reply: (out caller-allocates): the answer, pointing into @frame; times are not set
 * @error: %OHM_ERROR_PROTOCOL naming the first field that does not match
 *
 * Transaction id, protocol id, length, unit, function, byte count, echoed address and count,
 * and for RTU the CRC must match. A Modbus exception is a valid answer: `ret_reply->exception`.
 *
 * Returns: %TRUE if the frame answers the request
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_modbus_check_reply (OhmFraming framing,
                                         const OhmRequest *request,
                                         guint16 tid,
                                         const guint8 *frame,
                                         gsize length,
                                         OhmModbusQuirks quirks,
                                         OhmReply *ret_reply,
                                         GError **error);

/**
 * ohm_modbus_delimit_request:
 * @framing: how frames are delimited
 * @bytes: (array length=length): received bytes
 * @length: their number
 * @ret_frame_length: (out): as ohm_modbus_delimit_reply()
 *
 * The server's side, for simulators.
 *
 * Returns: whether there is a frame
 *
 * Since: 0.1
 */
OHM_API OhmFrameState ohm_modbus_delimit_request (OhmFraming framing,
                                                  const guint8 *bytes,
                                                  gsize length,
                                                  gsize *ret_frame_length);

/**
 * ohm_modbus_decode_request:
 * @framing: how frames are delimited
 * @frame: (array length=length): one complete frame
 * @length: its length
 * @ret_request: (out caller-allocates): what is asked
 * @ret_tid: (out): transaction id, 0 for RTU
 * @error: %OHM_ERROR_PROTOCOL, or %OHM_ERROR_NOT_SUPPORTED for a function we do not serve
 *   (then unit, function and @ret_tid are set all the same, so that exception 1 can be answered)
 *
 * Returns: %TRUE if it is a valid request
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_modbus_decode_request (OhmFraming framing,
                                            const guint8 *frame,
                                            gsize length,
                                            OhmRequest *ret_request,
                                            guint16 *ret_tid,
                                            GError **error);

/**
 * ohm_modbus_encode_reply:
 * @framing: how frames are delimited
 * @request: the request that is answered
 * @tid: its transaction id
 * @exception: 0, or an exception code
 * @registers: (nullable): big endian registers for functions 3 and 4
 * @ret_bytes: (out caller-allocates) (array fixed-size=260): the frame
 *
 * Returns: length of the frame
 *
 * Since: 0.1
 */
OHM_API gsize ohm_modbus_encode_reply (OhmFraming framing,
                                       const OhmRequest *request,
                                       guint16 tid,
                                       guint8 exception,
                                       const guint8 *registers,
                                       guint8 *ret_bytes);

/**
 * ohm_modbus_crc:
 * @bytes: (array length=length): bytes
 * @length: their number
 *
 * CRC-16 of Modbus over serial line V1.02, 6.2.2 (polynomial 0xA001, start 0xFFFF); sent low byte
 * first.
 *
 * Returns: the CRC
 *
 * Since: 0.1
 */
OHM_API guint16 ohm_modbus_crc (const guint8 *bytes, gsize length);

/**
 * ohm_modbus_reply_bytes:
 * @framing: how frames are delimited
 * @request: a request
 *
 * Returns: length of the frame that answers it without an exception
 *
 * Since: 0.1
 */
OHM_API gsize ohm_modbus_reply_bytes (OhmFraming framing, const OhmRequest *request);

/**
 * ohm_modbus_exception_to_string:
 * @exception: an exception code
 *
 * Returns: its name in lower case, "exception code unknown" if it has none
 *
 * Since: 0.1
 */
OHM_API const char *ohm_modbus_exception_to_string (guint8 exception);

G_END_DECLS
