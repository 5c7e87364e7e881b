/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-cloud-document.h"
#include "ohm-cloud-format.h"
#include "ohm-cloud-proto.h"
#include "ohm-cloud-text.h"

#define OHM_CLOUD_ANSWER_MAX (64 * 1024)
#define OHM_CLOUD_TEXT_MAX   500

enum
{
  OHM_CLOUD_RESPONSE_PARTIAL_SUCCESS = 1,
  OHM_CLOUD_PARTIAL_SUCCESS_REJECTED = 1,
  OHM_CLOUD_PARTIAL_SUCCESS_MESSAGE = 2,
};

typedef struct
{
  guint64 rejected;
  char *text; /* (owned) (nullable) */
} OhmCloudPartial;

static void
ohm_cloud_partial_clear (OhmCloudPartial *self)
{
  g_free (self->text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmCloudPartial, ohm_cloud_partial_clear)

static void
ohm_cloud_partial_set_rejected (OhmCloudPartial *self, gint64 rejected)
{
  self->rejected = rejected > 0 ? (guint64) rejected : 0;
}

static gboolean
ohm_cloud_otlp_read_partial (OhmCloudPartial *self, const guint8 *data, gsize length)
{
  OhmCloudProtoField field;

  while (length > 0)
    {
      if (!ohm_cloud_proto_take (&data, &length, &field))
        return FALSE;
      if (field.field == OHM_CLOUD_PARTIAL_SUCCESS_REJECTED && field.wire == OHM_CLOUD_WIRE_VARINT)
        ohm_cloud_partial_set_rejected (self, (gint64) field.number);
      if (field.field != OHM_CLOUD_PARTIAL_SUCCESS_MESSAGE || field.wire != OHM_CLOUD_WIRE_BYTES)
        continue;
      g_free (self->text);
      self->text = ohm_cloud_text_new (field.data, field.length, OHM_CLOUD_TEXT_MAX);
    }
  return TRUE;
}

static gboolean
ohm_cloud_otlp_read_proto (OhmCloudPartial *self, const guint8 *data, gsize length)
{
  OhmCloudProtoField field;

  while (length > 0)
    {
      if (!ohm_cloud_proto_take (&data, &length, &field))
        return FALSE;
      if (field.field == OHM_CLOUD_RESPONSE_PARTIAL_SUCCESS &&
          (field.wire != OHM_CLOUD_WIRE_BYTES ||
           !ohm_cloud_otlp_read_partial (self, field.data, field.length)))
        return FALSE;
    }
  return TRUE;
}

/* A member that is a value of @type; %NULL if there is none, or it is something else. */
static JsonNode *
ohm_cloud_otlp_get_value (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

/* 64-bit integers are strings in OTLP's JSON; numbers are taken as well. */
static void
ohm_cloud_otlp_read_json_partial (OhmCloudPartial *self, JsonObject *object)
{
  JsonNode *rejected = ohm_cloud_otlp_get_value (object, "rejectedDataPoints");
  JsonNode *message = ohm_cloud_otlp_get_value (object, "errorMessage");
  gint64 number = 0;

  if (rejected != NULL && json_node_get_value_type (rejected) == G_TYPE_STRING)
    number = g_ascii_strtoll (json_node_get_string (rejected), NULL, 10);
  else if (rejected != NULL && json_node_get_value_type (rejected) == G_TYPE_INT64)
    number = json_node_get_int (rejected);
  ohm_cloud_partial_set_rejected (self, number);
  if (message != NULL && json_node_get_value_type (message) == G_TYPE_STRING)
    self->text = ohm_cloud_text_new (json_node_get_string (message),
                                     strlen (json_node_get_string (message)), OHM_CLOUD_TEXT_MAX);
}

static gboolean
ohm_cloud_otlp_read_json (OhmCloudPartial *self, GBytes *body)
{
  g_autoptr (JsonObject) answer = ohm_cloud_document_parse (body, /* error */ NULL);
  JsonNode *partial;

  if (answer == NULL)
    return FALSE;
  partial = json_object_get_member (answer, "partialSuccess");
  if (partial != NULL && JSON_NODE_HOLDS_OBJECT (partial))
    ohm_cloud_otlp_read_json_partial (self, json_node_get_object (partial));
  return TRUE;
}

static gboolean
ohm_cloud_otlp_is_type (const char *media_type, const char *wanted)
{
  gsize length = strlen (wanted);

  return media_type != NULL && g_ascii_strncasecmp (media_type, wanted, length) == 0 &&
         (media_type[length] == '\0' || media_type[length] == ';' || media_type[length] == ' ');
}

static gboolean
ohm_cloud_otlp_read (OhmCloudPartial *self, const char *media_type, GBytes *body)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (body, &length);

  if (length == 0)
    return TRUE;
  if (length > OHM_CLOUD_ANSWER_MAX)
    return FALSE;
  if (ohm_cloud_otlp_is_type (media_type, "application/json"))
    return ohm_cloud_otlp_read_json (self, body);
  if (ohm_cloud_otlp_is_type (media_type, "application/x-protobuf") ||
      ohm_cloud_otlp_is_type (media_type, "application/protobuf"))
    return ohm_cloud_otlp_read_proto (self, data, length);
  return ohm_cloud_otlp_is_type (media_type, "text/plain") && memchr (data, '<', length) == NULL;
}

gboolean
ohm_cloud_otlp_read_answer (const char *media_type,
                            GBytes *body,
                            guint64 *ret_rejected,
                            char **ret_text)
{
  g_auto (OhmCloudPartial) partial = { 0 };

  g_return_val_if_fail (body != NULL, FALSE);
  g_return_val_if_fail (ret_rejected != NULL && ret_text != NULL, FALSE);

  if (!ohm_cloud_otlp_read (&partial, media_type, body))
    return FALSE;
  *ret_rejected = partial.rejected;
  *ret_text = g_steal_pointer (&partial.text);
  return TRUE;
}
