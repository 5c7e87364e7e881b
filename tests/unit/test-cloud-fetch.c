/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "cloud-fixture.h"
#include "ohm-cloud-cause.h"

#define TEST_BODY "one request of a few bytes"

/* Stands for the settings of the system. */
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GObject)

struct _TestResolver
{
  GObject parent_instance;

  const char *via;
};

static char **
test_resolver_dup (GProxyResolver *self)
{
  return g_strsplit (TEST_RESOLVER (self)->via, " ", -1);
}

static char **
test_resolver_lookup (GProxyResolver *self,
                      const char *uri,
                      GCancellable *cancellable,
                      GError **error)
{
  return test_resolver_dup (self);
}

static void
test_resolver_lookup_async (GProxyResolver *self,
                            const char *uri,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, test_resolver_lookup_async);
  g_task_return_pointer (task, test_resolver_dup (self), (GDestroyNotify) g_strfreev);
}

static char **
test_resolver_lookup_finish (GProxyResolver *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_init_interface (GProxyResolverInterface *iface)
{
  iface->lookup = test_resolver_lookup;
  iface->lookup_async = test_resolver_lookup_async;
  iface->lookup_finish = test_resolver_lookup_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestResolver,
                               test_resolver,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_PROXY_RESOLVER,
                                                      test_resolver_init_interface))

static void
test_resolver_class_init (TestResolverClass *klass)
{
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_cloud_add (const char *name, void (*func) (OhmTestCloud *fixture, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/cloud-fetch/", name, NULL);

  g_test_add (path, OhmTestCloud, NULL, fixture_cloud_setup, func, fixture_cloud_teardown);
}

static void
test_cloud_assert_bytes (GBytes *bytes, const char *text)
{
  g_autoptr (GBytes) expected = g_bytes_new_static (text, strlen (text));

  g_assert_true (g_bytes_equal (bytes, expected));
}

static void
test_cloud_assert_answers (OhmTestCloud *fixture, const char *scheme, guint status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudAnswer) answer = fixture_cloud_post (fixture, scheme, TEST_BODY, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, status);
}

static void
test_cloud_plain (OhmTestCloud *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudAnswer) answer = NULL;
  g_autoptr (OhmTestRequest) request = NULL;
  g_autofree char *agent = NULL;
  g_autofree char *encoding = NULL;

  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_test_receiver_set_reply (fixture->receiver, 207, "X-Told: yes\r\n", "some words");
  answer = fixture_cloud_post (fixture, "http", TEST_BODY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, 207);
  g_assert_cmpstr (soup_message_headers_get_one (answer->headers, "x-told"), ==, "yes");
  test_cloud_assert_bytes (answer->body, "some words");
  g_assert_false (answer->is_cut);

  request = ohm_test_receiver_take (fixture->receiver);
  g_assert_true (g_str_has_prefix (request->head, "POST /take HTTP/1.1\r\n"));
  test_cloud_assert_bytes (request->body, TEST_BODY);
  agent = ohm_test_request_dup_header (request, "User-Agent");
  g_assert_true (g_str_has_prefix (agent, "ohm/"));
  encoding = ohm_test_request_dup_header (request, "Accept-Encoding");
  g_assert_null (encoding);
}

static void
test_cloud_tls (OhmTestCloud *fixture, gconstpointer data)
{
  fixture_cloud_serve_tls (fixture);
  test_cloud_assert_answers (fixture, "https", 200);
  test_cloud_assert_answers (fixture, "https", 200);
  g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_connections, ==, 1);
}

/* One connection for all: 204 says nothing of its length. */
static void
test_cloud_kept (OhmTestCloud *fixture, gconstpointer data)
{
  static const char *const answers[] = {
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno",
    "HTTP/1.1 503 Later\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
  };
  static const guint statuses[] = { 204, 204, 400, 503 };

  fixture_cloud_serve_tls (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_ANSWER, answers[i], -1);
      test_cloud_assert_answers (fixture, "https", statuses[i]);
    }
  g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_connections, ==, 1);
}

/* What a certificate may have wrong. */
static void
test_cloud_certificates (OhmTestCloud *fixture, gconstpointer data)
{
  static const struct
  {
    gboolean is_signed;
    const char *name;
    int from_days;
    int until_days;
    const char *message;
  } rows[] = {
    { FALSE, "localhost", -1, 1, "cloud-certificate-unknown" },
    { TRUE, "example.org", -1, 1, "cloud-certificate-name" },
    { TRUE, "localhost", -9, -1, "cloud-certificate-expired" },
    { TRUE, "localhost", 1, 9, "cloud-certificate-early" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmTestCert) cert = ohm_test_cert_new (rows[i].is_signed ? fixture->ca : NULL,
                                                        rows[i].name, rows[i].from_days,
                                                        rows[i].until_days);
      OhmTestTls tls = { .cert = cert };

      fixture_cloud_serve (fixture, &tls, "proxy=none");
      fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_CONFIG, rows[i].message);
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_requests, ==, 0);
    }
}

/* Without `ca-file` the system's authorities count, and ours is none of them. */
static void
test_cloud_system (OhmTestCloud *fixture, gconstpointer data)
{
  g_autoptr (OhmTestCert) cert = ohm_test_cert_new (fixture->ca, "localhost", -1, 1);
  OhmTestTls tls = { .cert = cert };

  fixture_cloud_serve (fixture, &tls, NULL);
  fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_CONFIG, "cloud-certificate-unknown");
}

static void
test_cloud_tls_versions (OhmTestCloud *fixture, gconstpointer data)
{
  static const struct
  {
    const char *priority;
    gboolean is_good;
  } rows[] = {
    { "NORMAL:-VERS-ALL:+VERS-TLS1.3", TRUE },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2", TRUE },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.1", FALSE },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.0", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmTestCert) cert = ohm_test_cert_new (fixture->ca, "localhost", -1, 1);
      OhmTestTls tls = { .cert = cert, .priority = rows[i].priority };

      fixture_cloud_serve (fixture, &tls, "proxy=none");
      if (rows[i].is_good)
        test_cloud_assert_answers (fixture, "https", 200);
      else
        fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_CONFIG, "cloud-tls-old");
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_requests, ==,
                        rows[i].is_good ? 1 : 0);
    }
}

/* The other side has no TLS, or we should have used it. */
static void
test_cloud_no_tls (OhmTestCloud *fixture, gconstpointer data)
{
  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_CLOSE, "", 0);
  fixture->limits.connect_us = G_USEC_PER_SEC / 20;
  fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_TIMEOUT, "cloud-no-connection");

  fixture->limits.connect_us = 10 * G_USEC_PER_SEC;
  ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_HASTY,
                                "HTTP/1.1 400 Bad Request\r\n\r\n", -1);
  fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_CONFIG, "cloud-no-tls");

  ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_CLOSE,
                                "SSH-2.0-OpenSSH_9.2\r\n", -1);
  fixture_cloud_assert_fails (fixture, "http", OHM_ERROR_PROTOCOL, "cloud-no-http");
}

static void
test_cloud_not_there (OhmTestCloud *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://nowhere.invalid/");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmMessage) cause = NULL;

  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_cloud_fetch_async (fixture->session, message, NULL, NULL, fixture_cloud_on_ready, &result);
  fixture_cloud_wait (&result);
  g_assert_null (ohm_cloud_fetch_finish (fixture->session, result, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_LINK);
  cause = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (cause), ==, "host-unknown");
  g_assert_true (g_str_has_prefix (error->message, "nowhere.invalid:80: "));
}

static void
test_cloud_refused (OhmTestCloud *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) holder = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (holder, NULL, NULL);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/", port);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) cause = NULL;

  g_socket_listener_close (holder);
  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_cloud_fetch_async (fixture->session, message, NULL, NULL, fixture_cloud_on_ready, &result);
  fixture_cloud_wait (&result);
  g_assert_null (ohm_cloud_fetch_finish (fixture->session, result, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_LINK);
  cause = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (cause), ==, "cloud-refused");
}

static void
test_cloud_late (OhmTestCloud *fixture, gconstpointer data)
{
  static const OhmTestReceiverMode modes[] = { OHM_TEST_RECEIVER_MUTE, OHM_TEST_RECEIVER_DRIP };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      gint64 start_us;

      fixture_cloud_serve (fixture, NULL, "proxy=none");
      ohm_test_receiver_set_answer (
        fixture->receiver, modes[i],
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n a slow body that never ends", -1);
      fixture->limits.total_us = G_USEC_PER_SEC / 20;
      start_us = g_get_monotonic_time ();
      fixture_cloud_assert_fails (fixture, "http", OHM_ERROR_TIMEOUT, "cloud-no-answer");
      g_assert_cmpint (g_get_monotonic_time () - start_us, <, 8 * G_USEC_PER_SEC);
    }

  fixture_cloud_serve_tls (fixture);
  ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_DEAF, "", 0);
  fixture->limits.connect_us = G_USEC_PER_SEC / 20;
  fixture_cloud_assert_fails (fixture, "https", OHM_ERROR_TIMEOUT, "cloud-no-connection");
}

/* An endless body is read to its limit, and the connection closed, whatever length it names. */
static void
test_cloud_flood (OhmTestCloud *fixture, gconstpointer data)
{
  static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 50000000000\r\n\r\n",
    "HTTP/1.1 400 No\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmCloudAnswer) answer = NULL;

      fixture_cloud_serve_tls (fixture);
      ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_FLOOD, heads[i], -1);
      fixture->limits.body_max = 1000;
      answer = fixture_cloud_post (fixture, "https", TEST_BODY, &error);
      g_assert_no_error (error);
      g_assert_true (answer->is_cut);
      g_assert_cmpuint (g_bytes_get_size (answer->body), ==, 1000);
      /* a new one, as the old one is full of what nobody wants */
      ohm_test_receiver_set_reply (fixture->receiver, 200, NULL, NULL);
      test_cloud_assert_answers (fixture, "https", 200);
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_connections, ==, 2);
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_out, <, 16 << 20);
    }
}

/* An answer that ends anywhere. Among the headers libsoup takes the end for that of an answer: its
 * status has been said, so it counts; a body is never taken for whole. */
static void
test_cloud_cut_by (OhmTestCloud *fixture, const char *scheme)
{
  static const char status_line[] = "HTTP/1.1 200 OK\r\n";
  static const char header[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n";
  static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world";

  for (gsize i = 0; i <= strlen (whole); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmCloudAnswer) answer = NULL;

      ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_CLOSE, whole, (gssize) i);
      answer = fixture_cloud_post (fixture, scheme, TEST_BODY, &error);
      g_assert_true ((answer != NULL) == (error == NULL));
      if (i < strlen (status_line) || (i >= strlen (header) && i < strlen (whole)))
        g_assert_true (ohm_error_is_transient (error));
      else
        g_assert_true (answer != NULL || ohm_error_is_transient (error));
      if (answer != NULL)
        g_assert_cmpuint (answer->status, ==, 200);
    }
}

static void
test_cloud_cut (OhmTestCloud *fixture, gconstpointer data)
{
  fixture_cloud_serve (fixture, NULL, "proxy=none");
  test_cloud_cut_by (fixture, "http");
  fixture_cloud_serve_tls (fixture);
  test_cloud_cut_by (fixture, "https");
}

static void
test_cloud_redirect (OhmTestCloud *fixture, gconstpointer data)
{
  static const guint statuses[] = { 301, 302, 303, 307, 308 };

  fixture_cloud_serve (fixture, NULL, "proxy=none");
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      ohm_test_receiver_set_reply (fixture->receiver, statuses[i],
                                   "Location: http://elsewhere.invalid/\r\n", NULL);
      test_cloud_assert_answers (fixture, "http", statuses[i]);
    }
  g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_requests, ==, 5);
}

/* It is asked for a password, but nobody answers by himself. */
static void
test_cloud_challenge (OhmTestCloud *fixture, gconstpointer data)
{
  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_test_receiver_set_reply (fixture->receiver, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n",
                               NULL);
  test_cloud_assert_answers (fixture, "http", 401);
  g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->receiver).n_requests, ==, 1);
}

static void
test_cloud_proxy (OhmTestCloud *fixture, gconstpointer data)
{
  g_autoptr (OhmTestCert) cert = ohm_test_cert_new (fixture->ca, "engine.example", -1, 1);
  OhmTestTls tls = { .cert = cert };
  g_autoptr (SoupMessage) message = soup_message_new ("POST", "https://engine.example/write");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudAnswer) answer = NULL;
  g_autoptr (OhmTestRequest) request = NULL;
  g_autoptr (GProxyResolver) resolver = NULL;
  g_autofree char *address = NULL;

  fixture_cloud_serve (fixture, &tls, "proxy=http://127.0.0.1:1");
  g_object_get (fixture->session, "proxy-resolver", &resolver, NULL);
  g_assert_true (G_IS_SIMPLE_PROXY_RESOLVER (resolver));
  address = g_strdup_printf ("http://127.0.0.1:%u", ohm_test_receiver_get_port (fixture->receiver));
  g_simple_proxy_resolver_set_default_proxy (G_SIMPLE_PROXY_RESOLVER (resolver), address);
  ohm_cloud_fetch_async (fixture->session, message, NULL, NULL, fixture_cloud_on_ready, &result);
  fixture_cloud_wait (&result);
  answer = ohm_cloud_fetch_finish (fixture->session, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, 200);
  request = ohm_test_receiver_take (fixture->receiver);
  g_assert_true (g_str_has_prefix (request->head, "CONNECT engine.example:443 "));
}

static void
test_cloud_assert_proxy_fails (OhmTestCloud *fixture,
                               const char *url,
                               int expected,
                               const char *code,
                               const char *words)
{
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) cause = NULL;
  g_autofree char *text = NULL;

  ohm_cloud_fetch_async (fixture->session, message, NULL, NULL, fixture_cloud_on_ready, &result);
  fixture_cloud_wait (&result);
  g_assert_null (ohm_cloud_fetch_finish (fixture->session, result, &error));
  g_assert_error (error, OHM_ERROR, expected);
  cause = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (cause), ==, code);
  text = ohm_message_dup_text (cause);
  g_assert_nonnull (strstr (text, words));
}

/* What a server does that does not like our certificate, as GLib tells it. */
static void
test_cloud_shown (OhmTestCloud *fixture, gconstpointer data)
{
  static const struct
  {
    int code;
    gboolean is_tls;
    gboolean is_shown;
    const char *message;
  } rows[] = {
    { G_TLS_ERROR_MISC, TRUE, TRUE, "cloud-certificate-refused" },
    { G_TLS_ERROR_HANDSHAKE, TRUE, TRUE, "cloud-certificate-refused" },
    { G_TLS_ERROR_NOT_TLS, TRUE, TRUE, "cloud-certificate-refused" },
    { G_TLS_ERROR_NOT_TLS, TRUE, FALSE, "cloud-no-tls" },
    { G_TLS_ERROR_MISC, TRUE, FALSE, "cloud-tls" },
    { G_IO_ERROR_CONNECTION_CLOSED, FALSE, TRUE, "cloud-certificate-cut" },
    { G_IO_ERROR_BROKEN_PIPE, FALSE, TRUE, "cloud-certificate-cut" },
    { G_IO_ERROR_BROKEN_PIPE, FALSE, FALSE, "cloud-closed" },
    { G_IO_ERROR_CONNECTION_REFUSED, FALSE, TRUE, "cloud-refused" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmCloudTrouble trouble = { .host = "engine.example",
                                  .peer = "engine.example:443",
                                  .is_shown = rows[i].is_shown };
      g_autoptr (GError) cause = g_error_new_literal (rows[i].is_tls ? G_TLS_ERROR : G_IO_ERROR,
                                                      rows[i].code, "as it is");
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmMessage) message = NULL;

      ohm_cloud_cause_set_error (&error, &trouble, cause);
      message = ohm_message_new_from_error (error);
      g_assert_cmpstr (ohm_message_get_code (message), ==, rows[i].message);
    }
}

/* What a proxy answers instead of going on is no answer of the engine, whose records could be
 * taken for bad ones. */
static void
test_cloud_proxy_refuses (OhmTestCloud *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    int error;
    const char *code;
    const char *words;
  } rows[] = {
    { 400, OHM_ERROR_CONFIG, "cloud-proxy", "HTTP 400" },
    { 401, OHM_ERROR_CONFIG, "cloud-proxy", "HTTP 401" },
    { 403, OHM_ERROR_CONFIG, "cloud-proxy", "HTTP 403" },
    { 407, OHM_ERROR_CONFIG, "cloud-proxy-asks", "who we are" },
    { 429, OHM_ERROR_LINK, "cloud-proxy", "HTTP 429" },
    { 500, OHM_ERROR_LINK, "cloud-proxy", "HTTP 500" },
    { 502, OHM_ERROR_LINK, "cloud-proxy", "engine.example:443" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %u No\r\nContent-Length: 2\r\n\r\nno",
                                                 rows[i].status);
      g_autoptr (GProxyResolver) resolver = NULL;
      g_autofree char *address = NULL;

      fixture_cloud_serve (fixture, NULL, "proxy=http://127.0.0.1:1");
      ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_CLOSE, answer, -1);
      address = g_strdup_printf ("http://127.0.0.1:%u",
                                 ohm_test_receiver_get_port (fixture->receiver));
      resolver = g_simple_proxy_resolver_new (address, NULL);
      soup_session_set_proxy_resolver (fixture->session, resolver);
      test_cloud_assert_proxy_fails (fixture, "https://engine.example/write", rows[i].error,
                                     rows[i].code, rows[i].words);
    }
}

/* A proxy that is not there is no fault of the engine, of which nothing is known yet. */
static void
test_cloud_assert_proxy_down (OhmTestCloud *fixture, const char *url, const char *proxy)
{
  test_cloud_assert_proxy_fails (fixture, url, OHM_ERROR_LINK, "cloud-proxy-down", proxy);
}

static void
test_cloud_proxy_down (OhmTestCloud *fixture, gconstpointer data)
{
  fixture_cloud_serve (fixture, NULL, "proxy=http://127.0.0.1:1");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write", "http://127.0.0.1:1");
  test_cloud_assert_proxy_down (fixture, "http://engine.example/write", "http://127.0.0.1:1");
  fixture_cloud_serve (fixture, NULL, "proxy=socks5://127.0.0.1:1");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write", "socks5://127.0.0.1:1");
  fixture_cloud_serve (fixture, NULL, "proxy=http://proxy.invalid:3128");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write",
                                "http://proxy.invalid:3128");
}

/* The system's own, whose name nobody knows; @via: what it says for every host. */
static void
test_cloud_serve_system (OhmTestCloud *fixture, const char *via)
{
  g_autoptr (GProxyResolver) resolver = g_object_new (test_resolver_get_type (), NULL);

  TEST_RESOLVER (resolver)->via = via;
  fixture_cloud_serve (fixture, NULL, "proxy=system");
  soup_session_set_proxy_resolver (fixture->session, resolver);
}

static void
test_cloud_proxy_unknown (OhmTestCloud *fixture, gconstpointer data)
{
  test_cloud_serve_system (fixture, "http://proxy.invalid:3128");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write",
                                "http://proxy.invalid:3128");
  /* whatever else stands in its address is nobody's business */
  test_cloud_serve_system (fixture, "http://joe:s3cret@proxy.invalid:3128");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write",
                                "http://proxy.invalid:3128");
  test_cloud_serve_system (fixture, "http://joe:s3cret@127.0.0.1:1");
  test_cloud_assert_proxy_down (fixture, "https://engine.example/write", "http://127.0.0.1:1");
  test_cloud_serve_system (fixture, "direct://");
  test_cloud_assert_proxy_fails (fixture, "https://engine.invalid/write", OHM_ERROR_LINK,
                                 "host-unknown", "engine.invalid");
}

typedef struct
{
  GCancellable *cancellable;
  guint turns;
} TestCloudCancel;

static gboolean
test_cloud_on_turn (gpointer data)
{
  TestCloudCancel *self = data;

  if (self->turns-- > 0)
    return G_SOURCE_CONTINUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

/* Cancelled before, during and after, each turn of the main loop a little later. */
static void
test_cloud_cancel (OhmTestCloud *fixture, gconstpointer data)
{
  guint n_cancelled = 0;
  guint n_answered = 0;

  fixture_cloud_serve_tls (fixture);
  for (guint i = 0; i < 200 && n_answered < 3; i++)
    {
      g_autofree char *url = fixture_cloud_dup_url (fixture, "https", "/");
      g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmCloudAnswer) answer = NULL;
      TestCloudCancel cancel = { cancellable, i * i };
      guint source = 0;

      soup_message_add_flags (message, SOUP_MESSAGE_NEW_CONNECTION);
      if (i == 0)
        g_cancellable_cancel (cancellable);
      else
        source = g_timeout_add (0, test_cloud_on_turn, &cancel);
      ohm_cloud_fetch_async (fixture->session, message, NULL, cancellable, fixture_cloud_on_ready,
                             &result);
      fixture_cloud_wait (&result);
      if (source != 0 && !g_cancellable_is_cancelled (cancellable))
        g_source_remove (source);
      answer = ohm_cloud_fetch_finish (fixture->session, result, &error);
      n_answered += answer != NULL ? 1 : 0;
      n_cancelled += ohm_error_is_cancelled (error) ? 1 : 0;
      g_assert_cmpuint (n_answered + n_cancelled, ==, i + 1);
    }
  g_assert_cmpuint (n_answered, ==, 3);
  g_assert_cmpuint (n_cancelled, >, 1);
  test_cloud_assert_answers (fixture, "https", 200);
}

/* Whoever asked is gone: nothing is called, nothing leaks. */
static void
test_cloud_dispose (OhmTestCloud *fixture, gconstpointer data)
{
  g_autofree char *url = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture_cloud_serve (fixture, NULL, "proxy=none");
  ohm_test_receiver_set_answer (fixture->receiver, OHM_TEST_RECEIVER_MUTE, "", 0);
  url = fixture_cloud_dup_url (fixture, "http", "/");
  message = soup_message_new ("GET", url);
  ohm_cloud_fetch_async (fixture->session, message, NULL, NULL, fixture_cloud_on_ready, &result);
  while (ohm_test_receiver_get_tally (fixture->receiver).n_requests == 0)
    g_main_context_iteration (NULL, FALSE);
  soup_session_abort (fixture->session);
  fixture_cloud_wait (&result);
  g_assert_null (ohm_cloud_fetch_finish (fixture->session, result, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_cloud_add ("plain", test_cloud_plain);
  test_cloud_add ("tls", test_cloud_tls);
  test_cloud_add ("kept", test_cloud_kept);
  test_cloud_add ("certificates", test_cloud_certificates);
  test_cloud_add ("system", test_cloud_system);
  test_cloud_add ("tls-versions", test_cloud_tls_versions);
  test_cloud_add ("no-tls", test_cloud_no_tls);
  test_cloud_add ("not-there", test_cloud_not_there);
  test_cloud_add ("refused", test_cloud_refused);
  test_cloud_add ("late", test_cloud_late);
  test_cloud_add ("flood", test_cloud_flood);
  test_cloud_add ("cut", test_cloud_cut);
  test_cloud_add ("redirect", test_cloud_redirect);
  test_cloud_add ("challenge", test_cloud_challenge);
  test_cloud_add ("shown", test_cloud_shown);
  test_cloud_add ("proxy", test_cloud_proxy);
  test_cloud_add ("proxy-down", test_cloud_proxy_down);
  test_cloud_add ("proxy-refuses", test_cloud_proxy_refuses);
  test_cloud_add ("proxy-unknown", test_cloud_proxy_unknown);
  test_cloud_add ("cancel", test_cloud_cancel);
  test_cloud_add ("dispose", test_cloud_dispose);
  return g_test_run ();
}
