/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-pcap.h"

#define PCAP_MAGIC      0xa1b2c3d4u
#define PCAP_MAJOR      2
#define PCAP_MINOR      4
#define PCAP_LENGTH_MAX 65535
#define PCAP_UPPER_PDU  252 /* LINKTYPE_WIRESHARK_UPPER_PDU, tcpdump.org/linktypes.html */

/* Tags of an exported PDU: Wireshark's epan/exported_pdu.h. Numbers in them are big endian. */
#define TAG_END            0
#define TAG_DISSECTOR_NAME 12
#define TAG_IPV4_SOURCE    20
#define TAG_IPV4_TARGET    21
#define TAG_PORT_TYPE      24
#define TAG_SOURCE_PORT    25
#define TAG_TARGET_PORT    26
#define PORT_TYPE_TCP      2

#define MODBUS_PORT 502
#define CLIENT_PORT 49152

/* Ourselves and the device, from the block for documentation (RFC 5737). */
#define CLIENT_IPV4 0xc0000201u
#define DEVICE_IPV4 0xc0000202u

static void
ohmctl_pcap_put16 (GByteArray *array, guint16 value)
{
  g_byte_array_append (array, (const guint8 *) &value, sizeof value);
}

static void
ohmctl_pcap_put32 (GByteArray *array, guint32 value)
{
  g_byte_array_append (array, (const guint8 *) &value, sizeof value);
}

void
ohmctl_pcap_begin (GByteArray *array)
{
  ohmctl_pcap_put32 (array, PCAP_MAGIC);
  ohmctl_pcap_put16 (array, PCAP_MAJOR);
  ohmctl_pcap_put16 (array, PCAP_MINOR);
  ohmctl_pcap_put32 (array, 0); /* offset of the time zone: UTC */
  ohmctl_pcap_put32 (array, 0); /* accuracy: not used */
  ohmctl_pcap_put32 (array, PCAP_LENGTH_MAX);
  ohmctl_pcap_put32 (array, PCAP_UPPER_PDU);
}

static void
ohmctl_pcap_put_tag (GByteArray *array, guint16 tag, guint16 length)
{
  ohmctl_pcap_put16 (array, GUINT16_TO_BE (tag));
  ohmctl_pcap_put16 (array, GUINT16_TO_BE (length));
}

static void
ohmctl_pcap_put_number (GByteArray *array, guint16 tag, guint32 value)
{
  ohmctl_pcap_put_tag (array, tag, sizeof value);
  ohmctl_pcap_put32 (array, GUINT32_TO_BE (value));
}

static void
ohmctl_pcap_put_tags (GByteArray *array, OhmFraming framing, gboolean is_request)
{
  /* padded with zeros to a multiple of four */
  static const char dissectors[][8] = { [OHM_FRAMING_TCP] = "mbtcp", [OHM_FRAMING_RTU] = "mbrtu" };

  ohmctl_pcap_put_tag (array, TAG_DISSECTOR_NAME, sizeof dissectors[0]);
  g_byte_array_append (array, (const guint8 *) dissectors[framing], sizeof dissectors[0]);
  ohmctl_pcap_put_number (array, TAG_IPV4_SOURCE, is_request ? CLIENT_IPV4 : DEVICE_IPV4);
  ohmctl_pcap_put_number (array, TAG_IPV4_TARGET, is_request ? DEVICE_IPV4 : CLIENT_IPV4);
  ohmctl_pcap_put_number (array, TAG_PORT_TYPE, PORT_TYPE_TCP);
  ohmctl_pcap_put_number (array, TAG_SOURCE_PORT, is_request ? CLIENT_PORT : MODBUS_PORT);
  ohmctl_pcap_put_number (array, TAG_TARGET_PORT, is_request ? MODBUS_PORT : CLIENT_PORT);
  ohmctl_pcap_put_tag (array, TAG_END, 0);
}

static gboolean
ohmctl_pcap_is_frame (const OhmFrameEvent *event)
{
  return event->kind == OHM_FRAME_EVENT_SENT || event->kind == OHM_FRAME_EVENT_ANSWER ||
         event->kind == OHM_FRAME_EVENT_LATE || event->kind == OHM_FRAME_EVENT_BROKEN;
}

void
ohmctl_pcap_add (GByteArray *array, const OhmFrameEvent *event)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  if (!ohmctl_pcap_is_frame (event))
    return;
  ohmctl_pcap_put_tags (packet, event->framing, event->kind == OHM_FRAME_EVENT_SENT);
  g_byte_array_append (packet, event->bytes, (guint) event->length);
  ohmctl_pcap_put32 (array, (guint32) (event->time_us / G_USEC_PER_SEC));
  ohmctl_pcap_put32 (array, (guint32) (event->time_us % G_USEC_PER_SEC));
  ohmctl_pcap_put32 (array, packet->len);
  ohmctl_pcap_put32 (array, packet->len);
  g_byte_array_append (array, packet->data, packet->len);
}
