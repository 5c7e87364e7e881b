/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-tcp-guess.h"

#define OHM_MODBUS_TCP_SHOWN 16

static gboolean
ohm_modbus_tcp_guess_is_rtu (const OhmRequest *request, const guint8 *bytes, gsize length)
{
  gsize frame = 0;

  if (request != NULL && length >= 2 && bytes[0] == request->unit &&
      (bytes[1] & 0x7f) == request->function)
    return TRUE;
  return ohm_modbus_delimit_reply (OHM_FRAMING_RTU, bytes, length, &frame) == OHM_FRAME_COMPLETE &&
         ohm_modbus_crc (bytes, frame) == 0; /* the CRC of a frame with its CRC is 0 */
}

static gboolean
ohm_modbus_tcp_guess_is_text (const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint ((char) bytes[i]) && !g_ascii_isspace ((char) bytes[i]))
      return FALSE;
  return length >= 4;
}

static const char *
ohm_modbus_tcp_guess_text (const guint8 *bytes)
{
  if (memcmp (bytes, "HTTP", 4) == 0)
    return "HTTP";
  if (memcmp (bytes, "SSH-", 4) == 0)
    return "SSH";
  return "text";
}

static char *
ohm_modbus_tcp_guess_dump (const guint8 *bytes, gsize length)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < MIN (length, OHM_MODBUS_TCP_SHOWN); i++)
    g_string_append_printf (out, i == 0 ? "%02x" : " %02x", bytes[i]);
  return g_string_free (out, FALSE);
}

void
ohm_modbus_tcp_guess (GError **error,
                      const char *peer,
                      const OhmRequest *request,
                      const guint8 *bytes,
                      gsize length)
{
  g_autofree char *dump = ohm_modbus_tcp_guess_dump (bytes, length);
  const char *protocol;

  if (ohm_modbus_tcp_guess_is_text (bytes, MIN (length, OHM_MODBUS_TCP_SHOWN)))
    {
      protocol = ohm_modbus_tcp_guess_text (bytes);
      ohm_message_set_error (error, OHM_ERROR_PROTOCOL,
                             ohm_message_new ("wrong-protocol", "peer", peer, "protocol", protocol,
                                              NULL),
                             "%s: answers %s, not Modbus TCP", peer, protocol);
      return;
    }
  if (ohm_modbus_tcp_guess_is_rtu (request, bytes, length))
    {
      ohm_message_set_error (error, OHM_ERROR_PROTOCOL,
                             ohm_message_new ("rtu-over-tcp", "peer", peer, NULL),
                             "%s: answers RTU frames, not Modbus TCP (%s)", peer, dump);
      return;
    }
  ohm_message_set_error (error, OHM_ERROR_PROTOCOL,
                         ohm_message_new ("wrong-protocol", "peer", peer, NULL),
                         "%s: bytes that are no Modbus TCP frame (%s)", peer, dump);
}
