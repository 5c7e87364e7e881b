/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-proto.h"

#include <string.h>

#define OHM_CLOUD_VARINT_MAX 10

static void
ohm_cloud_proto_put_varint (GByteArray *out, guint64 number)
{
  guint8 bytes[OHM_CLOUD_VARINT_MAX];
  guint n = 0;

  do
    {
      bytes[n] = (guint8) ((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
      number >>= 7;
      n++;
    }
  while (number != 0);
  g_byte_array_append (out, bytes, n);
}

static void
ohm_cloud_proto_put_tag (GByteArray *out, guint field, OhmCloudWire wire)
{
  ohm_cloud_proto_put_varint (out, (guint64) field << 3 | wire);
}

void
ohm_cloud_proto_put_number (GByteArray *out, guint field, guint64 number)
{
  ohm_cloud_proto_put_tag (out, field, OHM_CLOUD_WIRE_VARINT);
  ohm_cloud_proto_put_varint (out, number);
}

void
ohm_cloud_proto_put_fixed64 (GByteArray *out, guint field, guint64 bits)
{
  guint64 little = GUINT64_TO_LE (bits);

  ohm_cloud_proto_put_tag (out, field, OHM_CLOUD_WIRE_FIXED64);
  g_byte_array_append (out, (const guint8 *) &little, sizeof little);
}

void
ohm_cloud_proto_put_head (GByteArray *out, guint field, gsize length)
{
  ohm_cloud_proto_put_tag (out, field, OHM_CLOUD_WIRE_BYTES);
  ohm_cloud_proto_put_varint (out, length);
}

void
ohm_cloud_proto_put_text (GByteArray *out, guint field, const char *text)
{
  gsize length = strlen (text);

  ohm_cloud_proto_put_head (out, field, length);
  g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

void
ohm_cloud_proto_put_message (GByteArray *out, guint field, const GByteArray *message)
{
  ohm_cloud_proto_put_head (out, field, message->len);
  g_byte_array_append (out, message->data, message->len);
}

static gboolean
ohm_cloud_proto_take_varint (const guint8 **data, gsize *length, guint64 *ret_number)
{
  guint64 number = 0;

  for (guint n = 0; n < OHM_CLOUD_VARINT_MAX && n < *length; n++)
    {
      guint8 byte = (*data)[n];

      number |= (guint64) (byte & 0x7f) << (7 * n);
      if ((byte & 0x80) != 0)
        continue;
      *data += n + 1;
      *length -= n + 1;
      *ret_number = number;
      return TRUE;
    }
  return FALSE;
}

static gboolean
ohm_cloud_proto_take_bytes (const guint8 **data,
                            gsize *length,
                            guint64 wanted,
                            OhmCloudProtoField *field)
{
  if (wanted > *length)
    return FALSE;
  field->data = *data;
  field->length = (gsize) wanted;
  *data += wanted;
  *length -= (gsize) wanted;
  return TRUE;
}

gboolean
ohm_cloud_proto_take (const guint8 **data, gsize *length, OhmCloudProtoField *ret_field)
{
  OhmCloudProtoField field = { 0 };
  guint64 tag;

  if (!ohm_cloud_proto_take_varint (data, length, &tag) || tag >> 3 == 0)
    return FALSE;
  field.field = tag >> 3;
  field.wire = (OhmCloudWire) (tag & 7);
  *ret_field = field;
  switch (field.wire)
    {
    case OHM_CLOUD_WIRE_VARINT:
      return ohm_cloud_proto_take_varint (data, length, &ret_field->number);
    case OHM_CLOUD_WIRE_FIXED64:
      return ohm_cloud_proto_take_bytes (data, length, 8, ret_field);
    case OHM_CLOUD_WIRE_BYTES:
      return ohm_cloud_proto_take_varint (data, length, &ret_field->number) &&
             ohm_cloud_proto_take_bytes (data, length, ret_field->number, ret_field);
    case OHM_CLOUD_WIRE_FIXED32:
      return ohm_cloud_proto_take_bytes (data, length, 4, ret_field);
    default:
      return FALSE;
    }
}
