/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: framing; then what a client sent. */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "ohm-modbus.h"

static void
fuzz_answer (OhmFraming framing, const OhmRequest *request, guint16 tid)
{
  static const guint8 registers[2 * OHM_READ_REGISTERS_MAX] = { 1, 2, 3 };
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_reply (framing, request, tid, 0, registers, bytes);
  OhmReply reply;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (length, ==, ohm_modbus_reply_bytes (framing, request));
  ohm_modbus_check_reply (framing, request, tid, bytes, length, OHM_MODBUS_STRICT, &reply, &error);
  g_assert_no_error (error);
}

static void
fuzz_decode (OhmFraming framing, const guint8 *frame, gsize length)
{
  guint8 again[OHM_MODBUS_TCP_MAX];
  OhmRequest request = { 0 };
  guint16 tid = 0;
  g_autoptr (GError) error = NULL;

  if (ohm_modbus_decode_request (framing, frame, length, &request, &tid, &error))
    {
      g_assert_no_error (error);
      g_assert_cmpuint (ohm_modbus_encode_request (framing, &request, tid, again), ==, length);
      g_assert_true (memcmp (again, frame, length) == 0);
      fuzz_answer (framing, &request, tid);
      return;
    }
  g_assert_nonnull (error);
  if (g_error_matches (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED))
    g_assert_cmpuint (ohm_modbus_encode_reply (framing, &request, tid, 1, NULL, again), >, 0);
  else
    g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  OhmFraming framing;
  OhmFrameState state;
  gsize length;

  if (size < 1)
    return 0;
  framing = (data[0] & 1) != 0 ? OHM_FRAMING_RTU : OHM_FRAMING_TCP;
  data++;
  size--;
  state = ohm_modbus_delimit_request (framing, data, size, &length);
  if (state == OHM_FRAME_INCOMPLETE)
    g_assert_cmpuint (length, >, size);
  if (state == OHM_FRAME_COMPLETE)
    {
      g_assert_cmpuint (length, <=, MIN (size, OHM_MODBUS_TCP_MAX));
      fuzz_decode (framing, data, length);
    }
  fuzz_decode (framing, data, size);
  return 0;
}
