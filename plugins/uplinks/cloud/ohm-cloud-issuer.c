/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-issuer.h"

#include <string.h>

#include "ohm-cloud-document.h"

#define OHM_CLOUD_ISSUER_ADDRESS_MAX 2000

void
ohm_cloud_issuer_free (OhmCloudIssuer *self)
{
  g_free (self->token);
  g_free (self->device);
  g_free (self->revocation);
  g_free (self->userinfo);
  g_free (self);
}

static gsize
ohm_cloud_issuer_length (const char *issuer)
{
  gsize length = strlen (issuer);

  return length > 0 && issuer[length - 1] == '/' ? length - 1 : length;
}

gboolean
ohm_cloud_issuer_equal (const char *a, const char *b)
{
  gsize length = ohm_cloud_issuer_length (a);

  return ohm_cloud_issuer_length (b) == length && strncmp (a, b, length) == 0;
}

char *
ohm_cloud_issuer_dup_address (const char *issuer)
{
  return g_strdup_printf ("%.*s/.well-known/openid-configuration",
                          (int) ohm_cloud_issuer_length (issuer), issuer);
}

gboolean
ohm_cloud_issuer_is_safe (const char *address, gboolean is_insecure)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GInetAddress) inet = NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0' || g_uri_get_userinfo (uri) != NULL)
    return FALSE;
  if (g_str_equal (g_uri_get_scheme (uri), "https"))
    return TRUE;
  if (!g_str_equal (g_uri_get_scheme (uri), "http"))
    return FALSE;
  inet = g_inet_address_new_from_string (host);
  return is_insecure || g_ascii_strcasecmp (host, "localhost") == 0 ||
         (inet != NULL && g_inet_address_get_is_loopback (inet));
}

static gboolean
ohm_cloud_issuer_refuse (const char *issuer, const char *text, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("claim-issuer-bad", "issuer", issuer, "text", text, NULL),
                         "identity server %s: %s", issuer, text);
  return FALSE;
}

/* Where the two differ, a token could end up with somebody else than the one who was asked. */
static gboolean
ohm_cloud_issuer_check_name (JsonObject *document, const char *issuer, GError **error)
{
  const char *found = ohm_cloud_document_get_text (document, "issuer",
                                                   OHM_CLOUD_ISSUER_ADDRESS_MAX);

  if (found != NULL && ohm_cloud_issuer_equal (found, issuer))
    return TRUE;
  return ohm_cloud_issuer_refuse (issuer, "its document names another issuer", error);
}

static gboolean
ohm_cloud_issuer_take (JsonObject *document,
                       const char *member,
                       gboolean is_insecure,
                       char **ret_address)
{
  const char *address = ohm_cloud_document_get_text (document, member,
                                                     OHM_CLOUD_ISSUER_ADDRESS_MAX);

  if (!json_object_has_member (document, member))
    return TRUE;
  if (address == NULL || !ohm_cloud_issuer_is_safe (address, is_insecure))
    return FALSE;
  *ret_address = g_strdup (address);
  return TRUE;
}

OhmCloudIssuer *
ohm_cloud_issuer_parse (GBytes *body, const char *issuer, gboolean is_insecure, GError **error)
{
  g_autoptr (OhmCloudIssuer) self = g_new0 (OhmCloudIssuer, 1);
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonObject) document = ohm_cloud_document_parse (body, &reason);

  if (document == NULL)
    ohm_cloud_issuer_refuse (issuer, reason->message, error);
  else if (!ohm_cloud_issuer_check_name (document, issuer, error))
    return NULL;
  else if (!ohm_cloud_issuer_take (document, "token_endpoint", is_insecure, &self->token) ||
           !ohm_cloud_issuer_take (document, "device_authorization_endpoint", is_insecure,
                                   &self->device) ||
           !ohm_cloud_issuer_take (document, "revocation_endpoint", is_insecure,
                                   &self->revocation) ||
           !ohm_cloud_issuer_take (document, "userinfo_endpoint", is_insecure, &self->userinfo))
    ohm_cloud_issuer_refuse (issuer, "its document names an address without TLS", error);
  else if (self->token == NULL)
    ohm_cloud_issuer_refuse (issuer, "its document names no token endpoint", error);
  else
    return g_steal_pointer (&self);
  return NULL;
}
