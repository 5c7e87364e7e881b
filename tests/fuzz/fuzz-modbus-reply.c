/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: framing and quirks, function, address (2), count, unit; then what a server sent. */

#include "config.h"

#include "fuzz.h"
#include "ohm-modbus.h"

#define HEAD 6
#define TID  0x0102

static OhmRequest
fuzz_make_request (const guint8 *data)
{
  OhmRequest request = {
    .unit = data[5],
    .function = data[1],
    .address = (guint16) (data[2] << 8 | data[3]),
    .count = data[4],
    .values = { (guint16) (data[2] << 8 | data[3]) },
  };

  return request;
}

/* A stream says the same of its first frame however many bytes of it came at once. */
static void
fuzz_check_prefixes (OhmFraming framing,
                     const guint8 *bytes,
                     gsize size,
                     OhmFrameState whole,
                     gsize frame_length)
{
  gsize needed;

  for (gsize n = 0; n < MIN (size, 20); n++)
    {
      OhmFrameState state = ohm_modbus_delimit_reply (framing, bytes, n, &needed);

      g_assert_true (state != OHM_FRAME_BROKEN || whole == OHM_FRAME_BROKEN);
      g_assert_true (state != OHM_FRAME_COMPLETE || (whole == state && needed == frame_length));
      g_assert_true (state != OHM_FRAME_INCOMPLETE || needed > n);
    }
}

static void
fuzz_check (OhmFraming framing,
            OhmModbusQuirks quirks,
            const OhmRequest *request,
            const guint8 *frame,
            gsize length)
{
  g_autoptr (GError) error = NULL;
  OhmReply reply = { 0 };

  if (!ohm_modbus_check_reply (framing, request, TID, frame, length, quirks, &reply, &error))
    {
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpint (reply.function, ==, request->function);
  g_assert_true ((quirks & OHM_MODBUS_ANY_UNIT) != 0 || reply.unit == request->unit);
  if (reply.exception != 0)
    {
      g_assert_cmpuint (reply.length, ==, 0);
      return;
    }
  g_assert_cmpuint (length, ==, ohm_modbus_reply_bytes (framing, request));
  if (request->function == 3 || request->function == 4)
    g_assert_cmpuint (reply.length, ==, 2u * request->count);
  if (reply.length > 0)
    g_assert_true (reply.data > frame && reply.data + reply.length <= frame + length);
  for (guint i = 0; i <= request->count; i++)
    ohm_reply_get_register (&reply, i);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  OhmFraming framing;
  OhmModbusQuirks quirks;
  OhmRequest request;
  OhmFrameState state;
  gsize length;

  if (size < HEAD)
    return 0;
  framing = (data[0] & 1) != 0 ? OHM_FRAMING_RTU : OHM_FRAMING_TCP;
  quirks = (OhmModbusQuirks) (data[0] >> 1 & 3);
  request = fuzz_make_request (data);
  data += HEAD;
  size -= HEAD;
  state = ohm_modbus_delimit_reply (framing, data, size, &length);
  fuzz_check_prefixes (framing, data, size, state, length);
  if (state == OHM_FRAME_COMPLETE)
    {
      g_assert_cmpuint (length, <=, MIN (size, OHM_MODBUS_TCP_MAX));
      fuzz_check (framing, quirks, &request, data, length);
    }
  /* a frame that nobody delimited must do no harm either */
  fuzz_check (framing, quirks, &request, data, size);
  return 0;
}
