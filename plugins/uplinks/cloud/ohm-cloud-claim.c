/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-claim.h"

#include <string.h>

#include "ohm-cloud-document.h"
#include "ohm-cloud-issuer.h"

#define OHM_CLOUD_CLAIM_TEXT_MAX    2000
#define OHM_CLOUD_CLAIM_TOKEN_MAX   8192
#define OHM_CLOUD_CLAIM_ACCOUNT_MAX 120
#define OHM_CLOUD_CLAIM_SUBJECT_MAX 255

OhmCloudClaim *
ohm_cloud_claim_new (const char *issuer, const char *client)
{
  OhmCloudClaim *self = g_new0 (OhmCloudClaim, 1);

  self->issuer = g_strdup (issuer);
  self->client = g_strdup (client);
  return self;
}

void
ohm_cloud_claim_free (OhmCloudClaim *self)
{
  g_free (self->issuer);
  g_free (self->client);
  g_free (self->subject);
  g_free (self->account);
  ohm_secret_free (self->refresh_token);
  g_free (self->lost);
  g_free (self);
}

void
ohm_cloud_claim_set_token (OhmCloudClaim *self, const char *token)
{
  char *former = self->refresh_token;

  self->refresh_token = g_strdup (token);
  ohm_secret_free (former);
}

static void
ohm_cloud_claim_add (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
}

char *
ohm_cloud_claim_dup_text (const OhmCloudClaim *self)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  json_object_set_int_member (object, "version", 1);
  ohm_cloud_claim_add (object, "issuer", self->issuer);
  ohm_cloud_claim_add (object, "client", self->client);
  ohm_cloud_claim_add (object, "subject", self->subject);
  ohm_cloud_claim_add (object, "account", self->account);
  ohm_cloud_claim_add (object, "refresh-token", self->refresh_token);
  json_object_set_int_member (object, "linked", self->linked_us);
  if (self->refreshing_us != 0)
    json_object_set_int_member (object, "refreshing-since", self->refreshing_us);
  ohm_cloud_claim_add (object, "lost", self->lost);
  return json_to_string (node, /* pretty */ FALSE);
}

OhmCloudClaim *
ohm_cloud_claim_parse (const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new_static (text, strlen (text));
  g_autoptr (JsonObject) object = ohm_cloud_document_parse (body, /* error */ NULL);
  g_autoptr (OhmCloudClaim) self = NULL;

  if (object == NULL)
    return NULL;
  self = ohm_cloud_claim_new (ohm_cloud_document_get_text (object, "issuer",
                                                           OHM_CLOUD_CLAIM_TEXT_MAX),
                              ohm_cloud_document_get_text (object, "client",
                                                           OHM_CLOUD_CLAIM_TEXT_MAX));
  self->subject = g_strdup (
    ohm_cloud_document_get_text (object, "subject", OHM_CLOUD_CLAIM_SUBJECT_MAX));
  self->account = g_strdup (
    ohm_cloud_document_get_text (object, "account", OHM_CLOUD_CLAIM_ACCOUNT_MAX));
  self->refresh_token = g_strdup (
    ohm_cloud_document_get_text (object, "refresh-token", OHM_CLOUD_CLAIM_TOKEN_MAX));
  self->linked_us = ohm_cloud_document_get_number (object, "linked", 0, G_MAXINT64, 0);
  self->refreshing_us = ohm_cloud_document_get_number (object, "refreshing-since", 0, G_MAXINT64,
                                                       0);
  self->lost = g_strdup (ohm_cloud_document_get_text (object, "lost", 100));
  if (self->issuer == NULL || self->client == NULL ||
      (self->refresh_token == NULL && self->lost == NULL))
    return NULL;
  return g_steal_pointer (&self);
}

/* What people call their account, best first. */
static const char *
ohm_cloud_claim_find_account (JsonObject *payload)
{
  static const char *const members[] = { "email", "preferred_username", "name" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      const char *text = ohm_cloud_document_get_text (payload, members[i],
                                                      OHM_CLOUD_CLAIM_ACCOUNT_MAX);

      if (text != NULL)
        return text;
    }
  return NULL;
}

/* (transfer full) (nullable): the middle of HEADER.PAYLOAD.SIGNATURE, in base64url (RFC 7515) */
static JsonObject *
ohm_cloud_claim_decode (const char *id_token)
{
  g_auto (GStrv) parts = g_strsplit (id_token, ".", 4);
  g_autofree char *padded = NULL;
  g_autofree guchar *data = NULL;
  g_autoptr (GBytes) body = NULL;
  gsize length = 0;

  if (g_strv_length (parts) != 3)
    return NULL;
  g_strdelimit (parts[1], "-", '+');
  g_strdelimit (parts[1], "_", '/');
  padded = g_strdup_printf ("%s%.*s", parts[1], (int) ((4 - strlen (parts[1]) % 4) % 4), "===");
  data = g_base64_decode (padded, &length);
  body = g_bytes_new (data, length);
  return ohm_cloud_document_parse (body, /* error */ NULL);
}

gboolean
ohm_cloud_claim_read_identity (OhmCloudClaim *self, const char *id_token)
{
  g_autoptr (JsonObject) payload = ohm_cloud_claim_decode (id_token);
  const char *issuer;
  const char *subject;

  if (payload == NULL)
    return FALSE;
  issuer = ohm_cloud_document_get_text (payload, "iss", OHM_CLOUD_CLAIM_TEXT_MAX);
  subject = ohm_cloud_document_get_text (payload, "sub", OHM_CLOUD_CLAIM_SUBJECT_MAX);
  if (issuer == NULL || subject == NULL || !ohm_cloud_issuer_equal (issuer, self->issuer) ||
      !ohm_cloud_document_has_word (payload, "aud", self->client))
    return FALSE;
  g_free (self->subject);
  self->subject = g_strdup (subject);
  g_free (self->account);
  self->account = g_strdup (ohm_cloud_claim_find_account (payload));
  return TRUE;
}

gboolean
ohm_cloud_claim_read_userinfo (OhmCloudClaim *self, GBytes *body)
{
  g_autoptr (JsonObject) payload = ohm_cloud_document_parse (body, /* error */ NULL);
  const char *subject = payload == NULL ? NULL
                                        : ohm_cloud_document_get_text (payload, "sub",
                                                                       OHM_CLOUD_CLAIM_SUBJECT_MAX);

  if (subject == NULL || (self->subject != NULL && !g_str_equal (subject, self->subject)))
    return FALSE;
  if (self->subject == NULL)
    self->subject = g_strdup (subject);
  g_free (self->account);
  self->account = g_strdup (ohm_cloud_claim_find_account (payload));
  return TRUE;
}
