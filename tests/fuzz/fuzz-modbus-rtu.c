/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: quirks, function, address (2), count, unit; then what came over a serial line. */

#include "config.h"

#include "fuzz.h"
#include "ohm-modbus-rtu-find.h"

#define HEAD 6

/* What is taken for an answer is one by the codec, wherever it begins. */
static void
fuzz_check_answer (const OhmRequest *request,
                   OhmModbusQuirks quirks,
                   const guint8 *bytes,
                   gsize end,
                   const OhmReply *reply)
{
  gsize length = reply->exception != 0 ? 5 : ohm_modbus_reply_bytes (OHM_FRAMING_RTU, request);
  OhmReply again = { 0 };

  g_assert_cmpuint (length, <=, end);
  g_assert_cmpuint (end - length, <=, OHM_MODBUS_RTU_NOISE_MAX);
  g_assert_true (ohm_modbus_check_reply (OHM_FRAMING_RTU, request, 0, bytes + end - length, length,
                                         quirks, &again, NULL));
  g_assert_cmpuint (again.exception, ==, reply->exception);
  g_assert_true (again.data == reply->data);
  g_assert_true (reply->data == NULL || reply->data + reply->length <= bytes + end);
}

/* More bytes never bring back what was lost, and an answer is found as soon as it is whole. */
static void
fuzz_check_growth (const OhmRequest *request,
                   OhmModbusQuirks quirks,
                   const guint8 *bytes,
                   gsize size)
{
  gboolean is_lost = FALSE;

  for (gsize n = 0; n <= MIN (size, 32); n++)
    {
      OhmReply reply = { 0 };
      gsize end = 0;
      OhmModbusRtuVerdict verdict = ohm_modbus_rtu_find (request, quirks, bytes, n, &reply, &end);

      g_assert_true (!is_lost || verdict == OHM_MODBUS_RTU_LOST);
      is_lost = verdict == OHM_MODBUS_RTU_LOST;
      if (verdict != OHM_MODBUS_RTU_ANSWER)
        continue;
      g_assert_cmpuint (end, <=, n);
      fuzz_check_answer (request, quirks, bytes, end, &reply);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  OhmModbusQuirks quirks;
  OhmRequest request;
  OhmReply reply = { 0 };
  gsize end = 0;

  if (size < HEAD)
    return 0;
  quirks = (OhmModbusQuirks) (data[0] & OHM_MODBUS_ANY_UNIT);
  request = (OhmRequest){ .unit = data[5],
                          .function = data[1],
                          .address = (guint16) (data[2] << 8 | data[3]),
                          .count = data[4] };
  data += HEAD;
  size -= HEAD;
  fuzz_check_growth (&request, quirks, data, size);
  if (ohm_modbus_rtu_find (&request, quirks, data, size, &reply, &end) == OHM_MODBUS_RTU_ANSWER)
    fuzz_check_answer (&request, quirks, data, end, &reply);
  g_assert_cmpuint (ohm_modbus_rtu_find_whole (data, size), <=, size);
  ohm_modbus_rtu_find_explain ("line", &request, quirks, data, size, &error);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  return 0;
}
