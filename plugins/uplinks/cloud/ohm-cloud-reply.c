/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-reply.h"

#include <string.h>

#include "ohm-cloud-document.h"
#include "ohm-cloud-issuer.h"
#include "ohm-cloud-text.h"

#define OHM_CLOUD_REPLY_TOKEN_MAX 8192
#define OHM_CLOUD_REPLY_TEXT_MAX  200

/* RFC 6749 leaves it open how long a token is good if nothing is said. */
#define OHM_CLOUD_REPLY_LIFE_S 300

/* RFC 8628 3.2 */
#define OHM_CLOUD_DEVICE_INTERVAL_S     5
#define OHM_CLOUD_DEVICE_INTERVAL_MAX_S 300
#define OHM_CLOUD_DEVICE_LIFE_MAX_S     86400
#define OHM_CLOUD_DEVICE_CODE_MAX       40

void
ohm_cloud_reply_free (OhmCloudReply *self)
{
  ohm_secret_free (self->access_token);
  ohm_secret_free (self->refresh_token);
  ohm_secret_free (self->id_token);
  g_free (self->text);
  g_free (self);
}

void
ohm_cloud_device_free (OhmCloudDevice *self)
{
  ohm_secret_free (self->code);
  g_free (self->user_code);
  g_free (self->uri);
  g_free (self->uri_complete);
  g_free (self);
}

/* (nullable): a token is visible ASCII (RFC 6749 A.12): what is not would end up in a header */
static const char *
ohm_cloud_reply_get_token (JsonObject *document, const char *member)
{
  const char *token = ohm_cloud_document_get_text (document, member, OHM_CLOUD_REPLY_TOKEN_MAX);

  for (const char *at = token; at != NULL && *at != '\0'; at++)
    if (!g_ascii_isgraph (*at))
      return NULL;
  return token;
}

static char *
ohm_cloud_reply_dup_text (JsonObject *document, guint status)
{
  const char *error = document == NULL ? NULL
                                       : ohm_cloud_document_get_text (document, "error", 100);
  const char *more = document == NULL
                       ? NULL
                       : ohm_cloud_document_get_text (document, "error_description", 1000);
  g_autofree char *text = error == NULL  ? g_strdup_printf ("HTTP %u", status)
                          : more == NULL ? g_strdup (error)
                                         : g_strdup_printf ("%s: %s", error, more);

  return ohm_cloud_text_new (text, strlen (text), OHM_CLOUD_REPLY_TEXT_MAX);
}

static OhmCloudReplyKind
ohm_cloud_reply_kind_of_error (const char *error)
{
  static const struct
  {
    const char *error;
    OhmCloudReplyKind kind;
  } kinds[] = {
    { "authorization_pending", OHM_CLOUD_REPLY_PENDING },
    { "slow_down", OHM_CLOUD_REPLY_SLOW_DOWN },
    { "access_denied", OHM_CLOUD_REPLY_DENIED },
    { "expired_token", OHM_CLOUD_REPLY_EXPIRED },
    { "invalid_grant", OHM_CLOUD_REPLY_INVALID },
    { "temporarily_unavailable", OHM_CLOUD_REPLY_BUSY },
    { "server_error", OHM_CLOUD_REPLY_BUSY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (error, kinds[i].error))
      return kinds[i].kind;
  return OHM_CLOUD_REPLY_REFUSED;
}

static gboolean
ohm_cloud_reply_take_tokens (OhmCloudReply *self, JsonObject *document)
{
  const char *type = ohm_cloud_document_get_text (document, "token_type", 100);
  gint64 life_s = ohm_cloud_document_get_number (document, "expires_in", 1, G_MAXINT32,
                                                 OHM_CLOUD_REPLY_LIFE_S);

  self->access_token = g_strdup (ohm_cloud_reply_get_token (document, "access_token"));
  self->refresh_token = g_strdup (ohm_cloud_reply_get_token (document, "refresh_token"));
  self->id_token = g_strdup (ohm_cloud_reply_get_token (document, "id_token"));
  self->life_us = life_s * G_USEC_PER_SEC;
  return self->access_token != NULL && life_s > 0 && type != NULL &&
         g_ascii_strcasecmp (type, "Bearer") == 0;
}

static OhmCloudReplyKind
ohm_cloud_reply_judge (OhmCloudReply *self, guint status, JsonObject *document)
{
  const char *error = document == NULL ? NULL
                                       : ohm_cloud_document_get_text (document, "error", 100);

  if (status == 429 || status == 408 || status >= 500)
    return OHM_CLOUD_REPLY_BUSY;
  if (document == NULL)
    return OHM_CLOUD_REPLY_BROKEN;
  if (status == 200)
    return ohm_cloud_reply_take_tokens (self, document) ? OHM_CLOUD_REPLY_TOKEN
                                                        : OHM_CLOUD_REPLY_BROKEN;
  if ((status != 400 && status != 401 && status != 403) || error == NULL)
    return OHM_CLOUD_REPLY_BROKEN;
  return ohm_cloud_reply_kind_of_error (error);
}

OhmCloudReply *
ohm_cloud_reply_parse (guint status, const char *type, GBytes *body)
{
  OhmCloudReply *self = g_new0 (OhmCloudReply, 1);
  g_autoptr (JsonObject) document = NULL;

  if (type != NULL && g_ascii_strcasecmp (type, "application/json") == 0)
    document = ohm_cloud_document_parse (body, /* error */ NULL);
  self->kind = ohm_cloud_reply_judge (self, status, document);
  if (self->kind != OHM_CLOUD_REPLY_TOKEN)
    self->text = ohm_cloud_reply_dup_text (document, status);
  return self;
}

static gboolean
ohm_cloud_device_take (OhmCloudDevice *self, JsonObject *document, gboolean is_insecure)
{
  gint64 life_s = ohm_cloud_document_get_number (document, "expires_in", 1,
                                                 OHM_CLOUD_DEVICE_LIFE_MAX_S, -1);
  gint64 interval_s = ohm_cloud_document_get_number (document, "interval", 0,
                                                     OHM_CLOUD_DEVICE_INTERVAL_MAX_S,
                                                     OHM_CLOUD_DEVICE_INTERVAL_S);

  self->code = g_strdup (ohm_cloud_reply_get_token (document, "device_code"));
  self->user_code = g_strdup (
    ohm_cloud_document_get_text (document, "user_code", OHM_CLOUD_DEVICE_CODE_MAX));
  self->uri = g_strdup (ohm_cloud_reply_get_token (document, "verification_uri"));
  self->uri_complete = g_strdup (ohm_cloud_reply_get_token (document, "verification_uri_complete"));
  self->life_us = life_s * G_USEC_PER_SEC;
  self->interval_us = MAX (interval_s, 1) * G_USEC_PER_SEC;
  return self->code != NULL && self->user_code != NULL && self->uri != NULL && life_s > 0 &&
         interval_s >= 0 && ohm_cloud_issuer_is_safe (self->uri, is_insecure) &&
         (self->uri_complete == NULL || ohm_cloud_issuer_is_safe (self->uri_complete, is_insecure));
}

OhmCloudDevice *
ohm_cloud_device_parse (GBytes *body, gboolean is_insecure)
{
  g_autoptr (OhmCloudDevice) self = g_new0 (OhmCloudDevice, 1);
  g_autoptr (JsonObject) document = ohm_cloud_document_parse (body, /* error */ NULL);

  if (document == NULL || !ohm_cloud_device_take (self, document, is_insecure))
    return NULL;
  return g_steal_pointer (&self);
}
