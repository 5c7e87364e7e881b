/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-session.h"

#include "ohm-cloud-file.h"
#include "ohm-cloud-trust.h"

/* A connection is kept for the batches that follow at once, not for the next quarter hour: until
 * then a router may have forgotten it, and finding that out costs a time-out. */
#define OHM_CLOUD_SESSION_IDLE 30
/* A batch, samples and the account may be under way at one host; waiting for a place would count as
 * waiting for a connection. */
#define OHM_CLOUD_SESSION_CONNECTIONS 4

static void
ohm_cloud_session_set_error (GError **error, const char *path, const GError *cause)
{
  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("cloud-file", "path", path, "text", cause->message, NULL),
                         "file '%s': %s", path, cause->message);
}

/* `system`, `none` or its address; for no proxy at all, the resolver is NULL. */
static void
ohm_cloud_session_set_proxy (SoupSession *session, const char *proxy)
{
  g_autoptr (GProxyResolver) resolver = NULL;

  if (g_str_equal (proxy, "system"))
    return;
  if (!g_str_equal (proxy, "none"))
    resolver = g_simple_proxy_resolver_new (proxy, NULL);
  soup_session_set_proxy_resolver (session, resolver);
}

SoupSession *
ohm_cloud_session_new (OhmSettings *settings, GError **error)
{
  const char *path = ohm_settings_get_string (settings, "ca-file");
  g_autoptr (SoupSession) session = NULL;
  g_autoptr (GTlsDatabase) trusted = NULL;
  g_autoptr (GError) cause = NULL;

  ohm_cloud_trust_install ();
  if (path != NULL && (trusted = g_tls_file_database_new (path, &cause)) == NULL)
    {
      ohm_cloud_session_set_error (error, path, cause);
      return NULL;
    }
  /* the deadlines are the fetch's: a time-out of the socket would start anew with every byte */
  session = soup_session_new_with_options ("user-agent", "ohm/" PACKAGE_VERSION, "timeout", 0,
                                           "idle-timeout", OHM_CLOUD_SESSION_IDLE,
                                           "max-conns-per-host", OHM_CLOUD_SESSION_CONNECTIONS,
                                           NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  if (trusted != NULL)
    soup_session_set_tls_database (session, trusted);
  ohm_cloud_session_set_proxy (session, ohm_settings_get_string (settings, "proxy"));
  return g_steal_pointer (&session);
}

static GTlsCertificate *
ohm_cloud_session_load_files (const char *cert, const char *key, GError **error)
{
  GTlsCertificate *certificate;
  g_autoptr (GError) cause = NULL;

  if (!ohm_cloud_file_check_private (key, error))
    return NULL;
  certificate = g_tls_certificate_new_from_files (cert, key, &cause);
  if (certificate == NULL)
    ohm_cloud_session_set_error (error, cert, cause);
  return certificate;
}

GTlsCertificate *
ohm_cloud_session_load_certificate (OhmSettings *settings, GError **error)
{
  const char *cert = ohm_settings_get_string (settings, "cert-file");
  const char *key = ohm_settings_get_string (settings, "key-file");
  GTlsCertificate *certificate;
  g_autoptr (GError) cause = NULL;

  if (!g_str_has_prefix (cert, "pkcs11:"))
    return ohm_cloud_session_load_files (cert, key != NULL ? key : cert, error);
  certificate = g_tls_certificate_new_from_pkcs11_uris (cert, key, &cause);
  if (certificate == NULL)
    ohm_cloud_session_set_error (error, cert, cause);
  return certificate;
}

static void
ohm_cloud_session_on_event (SoupMessage *message,
                            GSocketClientEvent event,
                            GIOStream *connection,
                            gpointer user_data)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING && G_IS_TLS_CONNECTION (connection))
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), user_data);
}

static void
ohm_cloud_session_forget_certificate (gpointer certificate, GClosure *closure)
{
  g_object_unref (certificate);
}

void
ohm_cloud_session_show_certificate (SoupMessage *message, GTlsCertificate *certificate)
{
  g_signal_connect_data (message, "network-event", G_CALLBACK (ohm_cloud_session_on_event),
                         g_object_ref (certificate), ohm_cloud_session_forget_certificate, 0);
}
