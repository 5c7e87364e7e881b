/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-rtu-find.h"

#define OHM_MODBUS_RTU_EXCEPTION 0x80
#define OHM_MODBUS_RTU_SHOWN     16

/* Whether an answer may begin here, as far as there are bytes. A line has no other mark of a frame:
 * the CRC alone would let one of 65536 wrong frames pass. */
static gboolean
ohm_modbus_rtu_find_fits (const OhmRequest *request,
                          OhmModbusQuirks quirks,
                          const guint8 *bytes,
                          gsize length)
{
  gboolean is_read = request->function == 3 || request->function == 4;

  if (!(quirks & OHM_MODBUS_ANY_UNIT) && bytes[0] != request->unit)
    return FALSE;
  if (length > 1 && (bytes[1] & ~OHM_MODBUS_RTU_EXCEPTION) != request->function)
    return FALSE;
  return !is_read || length < 3 || bytes[1] != request->function || bytes[2] == 2 * request->count;
}

OhmModbusRtuVerdict
ohm_modbus_rtu_find (const OhmRequest *request,
                     OhmModbusQuirks quirks,
                     const guint8 *bytes,
                     gsize length,
                     OhmReply *ret_reply,
                     gsize *ret_length)
{
  OhmModbusRtuVerdict verdict = length <= OHM_MODBUS_RTU_NOISE_MAX ? OHM_MODBUS_RTU_WAIT
                                                                   : OHM_MODBUS_RTU_LOST;

  for (gsize at = 0; at < length && at <= OHM_MODBUS_RTU_NOISE_MAX; at++)
    {
      gsize frame = 0;
      OhmFrameState state;

      if (!ohm_modbus_rtu_find_fits (request, quirks, bytes + at, length - at))
        continue;
      state = ohm_modbus_delimit_reply (OHM_FRAMING_RTU, bytes + at, length - at, &frame);
      if (state == OHM_FRAME_INCOMPLETE)
        verdict = OHM_MODBUS_RTU_WAIT;
      if (state != OHM_FRAME_COMPLETE ||
          !ohm_modbus_check_reply (OHM_FRAMING_RTU, request, /* tid */ 0, bytes + at, frame, quirks,
                                   ret_reply, /* error */ NULL))
        continue;
      *ret_length = at + frame;
      return OHM_MODBUS_RTU_ANSWER;
    }
  return verdict;
}

gsize
ohm_modbus_rtu_find_whole (const guint8 *bytes, gsize length)
{
  gsize frame = 0;

  if (ohm_modbus_delimit_reply (OHM_FRAMING_RTU, bytes, length, &frame) != OHM_FRAME_COMPLETE)
    return 0;
  return ohm_modbus_crc (bytes, frame) == 0 ? frame : 0; /* of a frame with its CRC it is 0 */
}

static char *
ohm_modbus_rtu_find_dump (const guint8 *bytes, gsize length)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < MIN (length, OHM_MODBUS_RTU_SHOWN); i++)
    g_string_append_printf (out, i == 0 ? "%02x" : " %02x", bytes[i]);
  if (length > OHM_MODBUS_RTU_SHOWN)
    g_string_append_printf (out, " and %" G_GSIZE_FORMAT " more", length - OHM_MODBUS_RTU_SHOWN);
  return g_string_free (out, FALSE);
}

void
ohm_modbus_rtu_find_explain (const char *device,
                             const OhmRequest *request,
                             OhmModbusQuirks quirks,
                             const guint8 *bytes,
                             gsize length,
                             GError **error)
{
  g_autofree char *dump = ohm_modbus_rtu_find_dump (bytes, length);
  g_autoptr (GError) mismatch = NULL;
  g_autofree char *text = NULL;
  OhmReply reply = { 0 };
  gsize frame = 0;

  if (ohm_modbus_delimit_reply (OHM_FRAMING_RTU, bytes, length, &frame) == OHM_FRAME_COMPLETE &&
      !ohm_modbus_check_reply (OHM_FRAMING_RTU, request, /* tid */ 0, bytes, frame, quirks, &reply,
                               &mismatch))
    text = g_strdup_printf ("unit %u: %s", request->unit, mismatch->message);
  else
    text = g_strdup_printf ("unit %u: bytes that are no whole answer (%s)", request->unit, dump);
  ohm_message_set_error (error, OHM_ERROR_PROTOCOL,
                         ohm_message_new ("line-disturbed", "device", device, "text", text, NULL),
                         "%s %s", device, text);
}
