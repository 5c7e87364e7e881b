/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-fetch.h"

#include <string.h>

#include "ohm-cloud-cause.h"

/* Read at once; most answers are shorter. */
#define OHM_CLOUD_FETCH_READ 8192

#define OHM_CLOUD_FETCH_TOO_MANY 429

typedef struct
{
  OhmCloudLimits limits;
  SoupMessage *message; /* (owned) */
  char *peer;           /* (owned) */
  char *proxy;          /* (owned) (nullable): to which there is no connection yet */
  gint64 start_us;
  GSource *timer; /* (owned): of the deadline that is next */
  gboolean is_late;
  gboolean is_sent;

  /* What the parts below listen to: the caller's cancellable, the timer and the checks all end in
   * it. */
  GCancellable *inner; /* (owned) */
  GCancellable *outer; /* (owned) (nullable) */
  gulong outer_id;

  GTlsCertificate *certificate; /* (owned) (nullable): refused */
  GTlsCertificateFlags flags;
  GTlsProtocolVersion version; /* refused */
  GTlsConnection *tls;         /* (owned) (nullable) */
  gboolean is_asked;

  GInputStream *stream; /* (owned) (nullable) */
  GByteArray *body;     /* (owned) */
  GError *cause;        /* (owned) (nullable): while the proxy is looked up */
} OhmCloudFetch;

void
ohm_cloud_answer_free (OhmCloudAnswer *self)
{
  if (self == NULL)
    return;
  soup_message_headers_unref (self->headers);
  g_bytes_unref (self->body);
  g_free (self);
}

static void
ohm_cloud_fetch_free (OhmCloudFetch *self)
{
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_cancellable_disconnect (self->outer, self->outer_id);
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_clear_object (&self->inner);
  g_clear_object (&self->outer);
  g_clear_object (&self->certificate);
  g_clear_object (&self->tls);
  g_clear_error (&self->cause);
  g_byte_array_unref (self->body);
  g_free (self->peer);
  g_free (self->proxy);
  g_free (self);
}

/* Nobody waits for the rest: closing a stream that is cancelled closes its connection. */
static void
ohm_cloud_fetch_abandon (OhmCloudFetch *self)
{
  g_cancellable_cancel (self->inner);
  if (self->stream != NULL)
    g_input_stream_close_async (self->stream, G_PRIORITY_DEFAULT, self->inner, NULL, NULL);
}

/* Whether both sides have shown a certificate. */
static gboolean
ohm_cloud_fetch_is_shown (OhmCloudFetch *self)
{
  return self->tls != NULL && g_tls_connection_get_certificate (self->tls) != NULL &&
         g_tls_connection_get_peer_certificate (self->tls) != NULL;
}

static void
ohm_cloud_fetch_fail (GTask *task, const GError *cause)
{
  OhmCloudFetch *self = g_task_get_task_data (task);
  GError *error = NULL;
  OhmCloudTrouble trouble = {
    .host = g_uri_get_host (soup_message_get_uri (self->message)),
    .peer = self->peer,
    .setting = self->limits.setting,
    .proxy = self->proxy,
    .version = self->version,
    .certificate = self->certificate,
    .flags = self->flags,
    .is_asked = self->is_asked,
    .is_shown = ohm_cloud_fetch_is_shown (self),
    .is_late = self->is_late,
    .is_sent = self->is_sent,
  };

  ohm_cloud_fetch_abandon (self);
  ohm_cloud_cause_set_error (&error, &trouble, cause);
  g_task_return_error (task, error);
}

static void
ohm_cloud_fetch_succeed (GTask *task)
{
  OhmCloudFetch *self = g_task_get_task_data (task);
  OhmCloudAnswer *answer = g_new0 (OhmCloudAnswer, 1);

  answer->status = soup_message_get_status (self->message);
  answer->headers = soup_message_headers_ref (soup_message_get_response_headers (self->message));
  answer->is_cut = self->body->len > self->limits.body_max;
  if (answer->is_cut)
    g_byte_array_set_size (self->body, (guint) self->limits.body_max);
  answer->body = g_bytes_new (self->body->data, self->body->len);
  g_task_return_pointer (task, answer, (GDestroyNotify) ohm_cloud_answer_free);
}

static void
ohm_cloud_fetch_on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
  ohm_cloud_fetch_succeed (task);
}

/* The last byte is there. Only a stream that is closed gives its connection back, and the next
 * request may follow at once. @task: (transfer full) */
static void
ohm_cloud_fetch_complete (GTask *task)
{
  OhmCloudFetch *self = g_task_get_task_data (task);

  g_input_stream_close_async (self->stream, G_PRIORITY_DEFAULT, self->inner,
                              ohm_cloud_fetch_on_closed, task);
}

static void ohm_cloud_fetch_read (GTask *task);

static void
ohm_cloud_fetch_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudFetch *self = g_task_get_task_data (task);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result,
                                                               &cause);

  if (bytes == NULL)
    {
      ohm_cloud_fetch_fail (task, cause);
      return;
    }
  g_byte_array_append (self->body, g_bytes_get_data (bytes, NULL),
                       (guint) g_bytes_get_size (bytes));
  if (self->body->len > self->limits.body_max)
    {
      ohm_cloud_fetch_abandon (self);
      ohm_cloud_fetch_succeed (task);
    }
  else if (g_bytes_get_size (bytes) == 0)
    ohm_cloud_fetch_complete (g_steal_pointer (&task));
  else
    ohm_cloud_fetch_read (g_steal_pointer (&task));
}

/* @task: (transfer full) */
static void
ohm_cloud_fetch_read (GTask *task)
{
  OhmCloudFetch *self = g_task_get_task_data (task);
  gsize room = self->limits.body_max + 1 - self->body->len;

  g_input_stream_read_bytes_async (self->stream, MIN (room, OHM_CLOUD_FETCH_READ),
                                   G_PRIORITY_DEFAULT, self->inner, ohm_cloud_fetch_on_read, task);
}

/* (transfer full) (nullable): without credentials, which may stand in the system's settings. */
static char *
ohm_cloud_fetch_dup_shown_proxy (const char *address)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);

  return uri != NULL ? g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO) : NULL;
}

static void
ohm_cloud_fetch_on_ways (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudFetch *self = g_task_get_task_data (task);
  g_auto (GStrv) ways = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source), result, NULL);

  if (ways != NULL && ways[0] != NULL && !g_strv_contains ((const char *const *) ways, "direct://"))
    self->proxy = ohm_cloud_fetch_dup_shown_proxy (ways[0]);
  ohm_cloud_fetch_fail (task, self->cause);
}

/* A name is not known: it may be that of the system's proxy, which nobody has told us. */
static gboolean
ohm_cloud_fetch_has_other_name (OhmCloudFetch *self, SoupSession *session)
{
  return self->proxy == NULL && !self->is_sent &&
         soup_session_get_proxy_resolver (session) != NULL &&
         (self->cause->domain == G_RESOLVER_ERROR ||
          g_error_matches (self->cause, G_IO_ERROR, G_IO_ERROR_HOST_NOT_FOUND));
}

/* The proxy has answered instead of going on: no word of it is the engine's. */
static void
ohm_cloud_fetch_fail_proxy (GTask *task)
{
  OhmCloudFetch *self = g_task_get_task_data (task);
  guint status = soup_message_get_status (self->message);
  int code = G_IO_ERROR_PROXY_NOT_ALLOWED;
  g_autoptr (GError) cause = NULL;

  if (status == SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED)
    code = G_IO_ERROR_PROXY_NEED_AUTH;
  else if (status >= 500 || status == SOUP_STATUS_REQUEST_TIMEOUT ||
           status == OHM_CLOUD_FETCH_TOO_MANY)
    code = G_IO_ERROR_PROXY_FAILED;
  cause = g_error_new (G_IO_ERROR, code, "HTTP %u", status);
  ohm_cloud_fetch_fail (task, cause);
}

static void
ohm_cloud_fetch_on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudFetch *self = g_task_get_task_data (task);

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &self->cause);
  if (self->stream == NULL && ohm_cloud_fetch_has_other_name (self, SOUP_SESSION (source)))
    {
      GProxyResolver *resolver = soup_session_get_proxy_resolver (SOUP_SESSION (source));
      g_autofree char *uri = g_uri_to_string (soup_message_get_uri (self->message));

      g_proxy_resolver_lookup_async (resolver, uri, self->inner, ohm_cloud_fetch_on_ways,
                                     g_steal_pointer (&task));
    }
  else if (self->stream == NULL)
    ohm_cloud_fetch_fail (task, self->cause);
  else if (!self->is_sent)
    ohm_cloud_fetch_fail_proxy (task);
  else
    ohm_cloud_fetch_read (g_steal_pointer (&task));
}

static gboolean
ohm_cloud_fetch_on_late (gpointer user_data)
{
  OhmCloudFetch *self = user_data;

  self->is_late = TRUE;
  g_cancellable_cancel (self->inner);
  return G_SOURCE_REMOVE;
}

static void
ohm_cloud_fetch_on_cancelled (GCancellable *outer, gpointer user_data)
{
  OhmCloudFetch *self = user_data;

  g_cancellable_cancel (self->inner);
}

/* The connection stands: from here on it is the answer that is waited for. */
static void
ohm_cloud_fetch_on_starting (SoupMessage *message, gpointer user_data)
{
  OhmCloudFetch *self = user_data;

  self->is_sent = TRUE;
  g_clear_pointer (&self->proxy, g_free);
  g_source_set_ready_time (self->timer, self->start_us + self->limits.total_us);
}

static gboolean
ohm_cloud_fetch_on_certificate (SoupMessage *message,
                                GTlsCertificate *certificate,
                                GTlsCertificateFlags flags,
                                gpointer user_data)
{
  OhmCloudFetch *self = user_data;

  g_set_object (&self->certificate, certificate);
  self->flags = flags;
  return FALSE;
}

/* 204 has no body and names no length: libsoup 3.2 takes that for one that ends with the
 * connection, and would close it after each batch. */
static void
ohm_cloud_fetch_on_headers (SoupMessage *message, gpointer user_data)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);

  if (soup_message_get_status (message) == SOUP_STATUS_NO_CONTENT)
    soup_message_headers_set_content_length (headers, 0);
}

/* The message has its answer, or none. */
static gboolean
ohm_cloud_fetch_on_asked (SoupMessage *message,
                          GTlsClientConnection *connection,
                          gpointer user_data)
{
  OhmCloudFetch *self = user_data;

  self->is_asked = TRUE;
  return FALSE;
}

/* A session that was resumed was verified by whoever began it, and that may have been an uplink
 * that trusts others than this one: glib-networking says what our own database says of it, and goes
 * on. */
static void
ohm_cloud_fetch_check_resumed (OhmCloudFetch *self, GTlsConnection *connection)
{
  GTlsCertificateFlags flags = g_tls_connection_get_peer_certificate_errors (connection);

  if (flags == G_TLS_CERTIFICATE_NO_FLAGS)
    return;
  g_set_object (&self->certificate, g_tls_connection_get_peer_certificate (connection));
  self->flags = flags;
  g_cancellable_cancel (self->inner);
}

/* Which one it is goes by the system's settings too, and is known once an address of it is tried.
 */
static void
ohm_cloud_fetch_note_proxy (OhmCloudFetch *self, GSocketClientEvent event, GIOStream *connection)
{
  g_autoptr (GSocketAddress) address = NULL;

  if (event == G_SOCKET_CLIENT_CONNECTED)
    g_clear_pointer (&self->proxy, g_free);
  if (event != G_SOCKET_CLIENT_CONNECTING)
    return;
  address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  if (!G_IS_PROXY_ADDRESS (address))
    return;
  g_free (self->proxy);
  self->proxy = ohm_cloud_fetch_dup_shown_proxy (
    g_proxy_address_get_uri (G_PROXY_ADDRESS (address)));
}

/* GLib has no setting for the least version of TLS, so what was agreed upon is looked at before
 * anything is sent. HTTP/2 would bring nothing to one request at a time. */
static void
ohm_cloud_fetch_on_event (SoupMessage *message,
                          GSocketClientEvent event,
                          GIOStream *connection,
                          gpointer user_data)
{
  static const char *const protocols[] = { "http/1.1", NULL };
  OhmCloudFetch *self = user_data;
  GTlsProtocolVersion version;

  ohm_cloud_fetch_note_proxy (self, event, connection);
  if (!G_IS_TLS_CONNECTION (connection))
    return;
  g_set_object (&self->tls, G_TLS_CONNECTION (connection));
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_tls_connection_set_advertised_protocols (self->tls, protocols);
  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKED)
    return;
  ohm_cloud_fetch_check_resumed (self, G_TLS_CONNECTION (connection));
  version = g_tls_connection_get_protocol_version (G_TLS_CONNECTION (connection));
  if (version >= G_TLS_PROTOCOL_VERSION_TLS_1_2)
    return;
  self->version = version;
  g_cancellable_cancel (self->inner);
}

/* `engine.example:443`, `[2001:db8::1]:443` */
static char *
ohm_cloud_fetch_name_peer (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  int port = g_uri_get_port (uri);

  if (port < 0)
    port = g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80;
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port);
}

/* (transfer full) (nullable): the one of our own settings; its name may have no address. */
static char *
ohm_cloud_fetch_dup_proxy (SoupSession *session)
{
  GProxyResolver *resolver = soup_session_get_proxy_resolver (session);
  char *proxy = NULL;

  if (G_IS_SIMPLE_PROXY_RESOLVER (resolver))
    g_object_get (resolver, "default-proxy", &proxy, NULL);
  return proxy;
}

static OhmCloudFetch *
ohm_cloud_fetch_new (SoupSession *session,
                     SoupMessage *message,
                     const OhmCloudLimits *limits,
                     GCancellable *outer)
{
  static const OhmCloudLimits usual = OHM_CLOUD_LIMITS_INIT;
  OhmCloudFetch *self = g_new0 (OhmCloudFetch, 1);

  self->limits = limits != NULL ? *limits : usual;
  self->message = g_object_ref (message);
  self->peer = ohm_cloud_fetch_name_peer (soup_message_get_uri (message));
  self->body = g_byte_array_new ();
  self->proxy = ohm_cloud_fetch_dup_proxy (session);
  self->start_us = g_get_monotonic_time ();
  self->inner = g_cancellable_new ();
  self->timer = g_timeout_source_new (0);
  g_source_set_ready_time (self->timer, self->start_us + self->limits.connect_us);
  g_source_set_callback (self->timer, ohm_cloud_fetch_on_late, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  if (outer != NULL)
    {
      self->outer = g_object_ref (outer);
      self->outer_id = g_cancellable_connect (outer, G_CALLBACK (ohm_cloud_fetch_on_cancelled),
                                              self, NULL);
    }
  g_signal_connect (message, "starting", G_CALLBACK (ohm_cloud_fetch_on_starting), self);
  g_signal_connect (message, "got-headers", G_CALLBACK (ohm_cloud_fetch_on_headers), self);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (ohm_cloud_fetch_on_certificate),
                    self);
  g_signal_connect (message, "request-certificate", G_CALLBACK (ohm_cloud_fetch_on_asked), self);
  g_signal_connect (message, "network-event", G_CALLBACK (ohm_cloud_fetch_on_event), self);
  return self;
}

void
ohm_cloud_fetch_async (SoupSession *session,
                       SoupMessage *message,
                       const OhmCloudLimits *limits,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (session, cancellable, callback, user_data);
  OhmCloudFetch *self = ohm_cloud_fetch_new (session, message, limits, cancellable);

  g_task_set_source_tag (task, ohm_cloud_fetch_async);
  g_task_set_task_data (task, self, (GDestroyNotify) ohm_cloud_fetch_free);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, self->inner,
                           ohm_cloud_fetch_on_sent, task);
}

OhmCloudAnswer *
ohm_cloud_fetch_finish (SoupSession *session, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, session), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
