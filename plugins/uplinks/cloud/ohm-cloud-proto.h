/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * As much of protobuf's wire format as OTLP needs. protobuf-c would bring generated code, a tree of
 * objects for each data point and a library on every gateway for what is a hundred lines here; the
 * fields are few, and fixed for ever by the standard. The tests decode with protoc.
 */

typedef enum
{
  OHM_CLOUD_WIRE_VARINT = 0,
  OHM_CLOUD_WIRE_FIXED64 = 1,
  OHM_CLOUD_WIRE_BYTES = 2,
  OHM_CLOUD_WIRE_FIXED32 = 5,
} OhmCloudWire;

void ohm_cloud_proto_put_number (GByteArray *out, guint field, guint64 number);
void ohm_cloud_proto_put_fixed64 (GByteArray *out, guint field, guint64 bits);
/* Begins a field of @length bytes; the caller appends them. */
void ohm_cloud_proto_put_head (GByteArray *out, guint field, gsize length);
void ohm_cloud_proto_put_text (GByteArray *out, guint field, const char *text);
void ohm_cloud_proto_put_message (GByteArray *out, guint field, const GByteArray *message);

/**
 * OhmCloudProtoField:
 * @field: its number
 * @wire: what it is
 * @number: of a varint
 * @data: of bytes
 * @length: of bytes
 *
 * A field that was read.
 */
typedef struct
{
  guint64 field;
  OhmCloudWire wire;
  guint64 number;
  const guint8 *data;
  gsize length;
} OhmCloudProtoField;

/* Takes one field off the front of @data; %FALSE if it is broken. Numbers of fixed length are
 * passed over without being read. */
gboolean ohm_cloud_proto_take (const guint8 **data, gsize *length, OhmCloudProtoField *ret_field);

G_END_DECLS
