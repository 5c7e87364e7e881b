/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-verdict.h"

#include <string.h>

#include "ohm-cloud-document.h"
#include "ohm-cloud-proto.h"
#include "ohm-cloud-text.h"

/* google.rpc.Status: receivers of OTLP refuse with it. */
#define OHM_CLOUD_VERDICT_STATUS_MESSAGE 2

/* Of a sentence that much is looked at. */
#define OHM_CLOUD_VERDICT_SENTENCE_MAX 4096

typedef struct
{
  guint first;
  guint last;
  OhmVerdictKind kind;
  const char *code;
} OhmCloudVerdictRow;

/* The first row that fits counts. */
/* clang-format off */
static const OhmCloudVerdictRow ohm_cloud_verdict_rows[] = {
  { 200, 202, OHM_VERDICT_ACCEPTED, NULL },
  { 204, 204, OHM_VERDICT_ACCEPTED, NULL },
  { 300, 399, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
  { 400, 400, OHM_VERDICT_DATA, "cloud-data" },
  { 401, 401, OHM_VERDICT_AUTH, "cloud-unauthorized" },
  { 403, 403, OHM_VERDICT_CONFIGURATION, "cloud-forbidden" },
  { 404, 405, OHM_VERDICT_CONFIGURATION, "cloud-path" },
  { 407, 407, OHM_VERDICT_CONFIGURATION, "cloud-proxy-asks" },
  { 408, 408, OHM_VERDICT_TRANSIENT, "cloud-busy" },
  { 413, 413, OHM_VERDICT_SIZE, "cloud-size" },
  { 415, 415, OHM_VERDICT_CONFIGURATION, "cloud-path" },
  { 422, 422, OHM_VERDICT_DATA, "cloud-data" },
  { 425, 425, OHM_VERDICT_TRANSIENT, "cloud-busy" },
  { 429, 429, OHM_VERDICT_TRANSIENT, "cloud-busy" },
  { 502, 504, OHM_VERDICT_TRANSIENT, "cloud-busy" },
  { 511, 511, OHM_VERDICT_CONFIGURATION, "cloud-redirect" },
  { 500, 599, OHM_VERDICT_UNCLEAR, "cloud-server-error" },
  { 0, G_MAXUINT, OHM_VERDICT_CONFIGURATION, "cloud-status" },
};
/* clang-format on */

/* What engines say with 400 where 404 or 415 is meant: no record is at fault (seen at
 * VictoriaMetrics 1.79 and 1.112, and InfluxDB 1.6). */
static const char *const ohm_cloud_verdict_path_words[] = {
  "unsupported path",
  "database is required",
  "json encoding isn't supported",
  NULL,
};

static const OhmCloudVerdictRow *
ohm_cloud_verdict_find (guint status)
{
  const OhmCloudVerdictRow *row = ohm_cloud_verdict_rows;

  while (status < row->first || status > row->last)
    row++;
  return row;
}

static gboolean
ohm_cloud_verdict_is_page (const OhmCloudAnswer *answer)
{
  const char *type = soup_message_headers_get_content_type (answer->headers, NULL);

  return type != NULL && g_ascii_strcasecmp (type, "text/html") == 0;
}

/* (transfer full) (nullable): of `{"error":"..."}` the sentence, if that is all that it says. */
static char *
ohm_cloud_verdict_dup_sentence (const OhmCloudAnswer *answer)
{
  static const char *const members[] = { "error", "message", NULL };
  g_autoptr (JsonObject) document = ohm_cloud_document_parse (answer->body, /* error */ NULL);
  const char *sentence = NULL;

  if (document == NULL || json_object_has_member (document, "data"))
    return NULL;
  for (guint i = 0; sentence == NULL && members[i] != NULL; i++)
    sentence = ohm_cloud_document_get_text (document, members[i], OHM_CLOUD_VERDICT_SENTENCE_MAX);
  if (sentence == NULL)
    return NULL;
  return ohm_cloud_text_new (sentence, strlen (sentence), OHM_CLOUD_VERDICT_TEXT_MAX);
}

/* (transfer full) (nullable): of a status in protobuf the sentence. */
static char *
ohm_cloud_verdict_dup_status (const OhmCloudAnswer *answer)
{
  const char *type = soup_message_headers_get_content_type (answer->headers, NULL);
  gsize length;
  const guint8 *data = g_bytes_get_data (answer->body, &length);
  OhmCloudProtoField field;

  if (g_strcmp0 (type, "application/x-protobuf") != 0)
    return NULL;
  while (length > 0 && ohm_cloud_proto_take (&data, &length, &field))
    if (field.field == OHM_CLOUD_VERDICT_STATUS_MESSAGE && field.wire == OHM_CLOUD_WIRE_BYTES)
      return ohm_cloud_text_new (field.data, field.length, OHM_CLOUD_VERDICT_TEXT_MAX);
  return NULL;
}

/* (transfer full) (nullable): the engine's words; of a page, what stands between its tags. */
static char *
ohm_cloud_verdict_dup_text (const OhmCloudAnswer *answer)
{
  gsize length;
  const char *bytes = g_bytes_get_data (answer->body, &length);
  g_autoptr (GString) text = NULL;
  g_autofree char *status = ohm_cloud_verdict_dup_status (answer);
  g_autofree char *sentence = ohm_cloud_verdict_dup_sentence (answer);
  gboolean is_tag = FALSE;

  if (status != NULL)
    return g_steal_pointer (&status);
  if (sentence != NULL)
    return g_steal_pointer (&sentence);
  if (!ohm_cloud_verdict_is_page (answer))
    return ohm_cloud_text_new (bytes, length, OHM_CLOUD_VERDICT_TEXT_MAX);
  text = g_string_new (NULL);
  for (gsize i = 0; i < length; i++)
    {
      if (bytes[i] == '<')
        is_tag = TRUE;
      if (!is_tag)
        g_string_append_c (text, bytes[i]);
      else if (bytes[i] == '>')
        {
          is_tag = FALSE;
          g_string_append_c (text, ' ');
        }
    }
  return ohm_cloud_text_new (text->str, text->len, OHM_CLOUD_VERDICT_TEXT_MAX);
}

/* A date as of HTTP; 0 for none. */
static gint64
ohm_cloud_verdict_read_date (const OhmCloudAnswer *answer, const char *header)
{
  const char *text = soup_message_headers_get_one (answer->headers, header);
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;

  return date != NULL ? g_date_time_to_unix (date) * G_USEC_PER_SEC : 0;
}

/* A date is meant by the clock of who wrote it. */
static gint64
ohm_cloud_verdict_read_wait (const OhmCloudAnswer *answer, gint64 engine_us, gint64 now_us)
{
  const char *text = soup_message_headers_get_one (answer->headers, "Retry-After");
  gint64 wait_us;

  if (text == NULL)
    return 0;
  if (g_ascii_isdigit (*text))
    {
      guint64 most = OHM_CLOUD_VERDICT_WAIT_MAX_US / G_USEC_PER_SEC;

      wait_us = (gint64) MIN (g_ascii_strtoull (text, NULL, 10), most) * G_USEC_PER_SEC;
    }
  else
    {
      wait_us = ohm_cloud_verdict_read_date (answer, "Retry-After");
      if (wait_us == 0)
        return 0;
      wait_us -= engine_us != 0 ? engine_us : now_us;
    }
  return CLAMP (wait_us, OHM_CLOUD_VERDICT_WAIT_MIN_US, OHM_CLOUD_VERDICT_WAIT_MAX_US);
}

static void
ohm_cloud_verdict_refuse (OhmVerdict *self, const char *code, const OhmCloudAnswer *answer)
{
  const char *location = soup_message_headers_get_one (answer->headers, "Location");
  g_autofree char *where = location != NULL ? ohm_cloud_text_new (location, strlen (location),
                                                                  OHM_CLOUD_VERDICT_TEXT_MAX)
                                            : NULL;
  g_autofree char *status = g_strdup_printf ("%u", answer->status);

  self->message = ohm_message_new (code, "status", status, "text", self->text, "location", where,
                                   NULL);
}

/* 2xx: the engine may have refused a part, and it may be no engine at all. */
static void
ohm_cloud_verdict_accept (OhmVerdict *self, OhmCloudFormat format, const OhmCloudAnswer *answer)
{
  const char *type = soup_message_headers_get_one (answer->headers, "Content-Type");
  guint64 rejected = 0;
  g_autofree char *text = NULL;
  g_autofree char *number = NULL;
  g_autofree char *total = g_strdup_printf ("%u", self->n_points);

  if (format == OHM_CLOUD_FORMAT_LINE
        ? ohm_cloud_verdict_is_page (answer)
        : !ohm_cloud_otlp_read_answer (type, answer->body, &rejected, &text))
    {
      self->kind = OHM_VERDICT_CONFIGURATION;
      ohm_cloud_verdict_refuse (self, "cloud-status", answer);
      return;
    }
  g_free (self->text);
  self->text = text != NULL ? ohm_cloud_text_new (text, strlen (text), OHM_CLOUD_VERDICT_TEXT_MAX)
                            : NULL;
  if (rejected == 0 && self->text == NULL)
    return;
  self->kind = OHM_VERDICT_PARTLY;
  self->n_rejected = (guint) MIN (rejected, self->n_points);
  number = g_strdup_printf ("%u", self->n_rejected);
  self->message = ohm_message_new (rejected > 0 ? "cloud-partly" : "cloud-partly-unsaid",
                                   "rejected", number, "points", total, "text", self->text, NULL);
}

static gboolean
ohm_cloud_verdict_is_path (const char *text)
{
  for (guint i = 0; text != NULL && ohm_cloud_verdict_path_words[i] != NULL; i++)
    if (strstr (text, ohm_cloud_verdict_path_words[i]) != NULL)
      return TRUE;
  return FALSE;
}

OhmVerdict *
ohm_cloud_verdict_new (OhmCloudFormat format,
                       const OhmCloudAnswer *answer,
                       guint n_points,
                       gint64 now_us)
{
  const OhmCloudVerdictRow *row = ohm_cloud_verdict_find (answer->status);
  OhmVerdict *self = ohm_verdict_new (row->kind, NULL);

  self->status = (int) answer->status;
  self->n_points = n_points;
  self->engine_us = ohm_cloud_verdict_read_date (answer, "Date");
  self->text = ohm_cloud_verdict_dup_text (answer);
  if (row->kind == OHM_VERDICT_ACCEPTED)
    ohm_cloud_verdict_accept (self, format, answer);
  else if (row->kind == OHM_VERDICT_DATA && ohm_cloud_verdict_is_path (self->text))
    {
      self->kind = OHM_VERDICT_CONFIGURATION;
      ohm_cloud_verdict_refuse (self, "cloud-path", answer);
    }
  else
    ohm_cloud_verdict_refuse (self, row->code, answer);
  if (self->kind == OHM_VERDICT_TRANSIENT)
    self->retry_after_us = ohm_cloud_verdict_read_wait (answer, self->engine_us, now_us);
  return self;
}

OhmVerdict *
ohm_cloud_verdict_new_from_error (const GError *error)
{
  OhmVerdictKind kind = OHM_VERDICT_UNCLEAR;

  if (ohm_error_is_transient (error))
    kind = OHM_VERDICT_TRANSIENT;
  else if (ohm_error_is_config (error))
    kind = OHM_VERDICT_CONFIGURATION;
  else if (g_error_matches (error, OHM_ERROR, OHM_ERROR_SECRET))
    kind = OHM_VERDICT_AUTH;
  return ohm_verdict_new (kind, ohm_message_new_from_error (error));
}
