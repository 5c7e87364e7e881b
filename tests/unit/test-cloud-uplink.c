/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>
#include <string.h>

#include "cloud-account-stub.h"
#include "cloud-fixture.h"
#include "ohm-cloud-auth.h"
#include "ohm-cloud-format.h"
#include "ohm-cloud-uplink.h"
#include "ohm-test-batch.h"
#include "ohm-test-secrets.h"

/* A server, and an uplink that posts to it. */
typedef struct
{
  OhmTestCloud cloud;
  OhmClock *clock;
  OhmTestSecrets *secrets;
  OhmUplink *uplink;
} Fixture;

static void
test_uplink_setup (Fixture *self, gconstpointer data)
{
  fixture_cloud_setup (&self->cloud, data);
  self->clock = ohm_clock_new ();
  self->secrets = ohm_test_secrets_new ();
}

static void
test_uplink_teardown (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->uplink);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_clear_object (&self->secrets);
  g_clear_object (&self->clock);
  fixture_cloud_teardown (&self->cloud, data);
}

/* @tls: (nullable). @more: further lines of the group */
static void
test_uplink_make (Fixture *self, const OhmTestTls *tls, const char *more)
{
  g_autofree char *url = NULL;
  g_autofree char *text = NULL;
  g_autoptr (OhmSettings) settings = NULL;
  OhmUplinkSetup setup;

  g_clear_object (&self->uplink);
  g_clear_pointer (&self->cloud.receiver, ohm_test_receiver_free);
  self->cloud.receiver = ohm_test_receiver_new (tls);
  url = fixture_cloud_dup_url (&self->cloud, tls != NULL ? "https" : "http", "/take?db=x");
  text = g_strdup_printf ("url=%s\nca-file=%s\nproxy=none\n%s", url, self->cloud.ca_path, more);
  settings = fixture_cloud_parse (text);
  setup = (OhmUplinkSetup){ .id = "main",
                            .settings = settings,
                            .clock = self->clock,
                            .secrets = OHM_SECRETS (self->secrets),
                            .gateway = OHM_TEST_GATEWAY };
  self->uplink = ohm_uplink_new (OHM_TYPE_CLOUD_UPLINK, &setup);
  ohm_cloud_uplink_set_limits (OHM_CLOUD_UPLINK (self->uplink), &self->cloud.limits);
  ohm_uplink_start (self->uplink);
}

/* Waits, and demands that the uplink itself is who answers: the core casts it. */
static void
test_uplink_wait (Fixture *self, GAsyncResult **result)
{
  g_autoptr (GObject) source = NULL;

  fixture_cloud_wait (result);
  source = g_async_result_get_source_object (*result);
  g_assert_true (source == G_OBJECT (self->uplink));
}

static OhmVerdict *
test_uplink_deliver (Fixture *self, OhmBatch *batch)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmVerdict *verdict;

  ohm_uplink_deliver_async (self->uplink, batch, NULL, fixture_cloud_on_ready, &result);
  test_uplink_wait (self, &result);
  verdict = ohm_uplink_deliver_finish (self->uplink, result, &error);
  g_assert_no_error (error);
  g_assert_nonnull (verdict);
  return verdict;
}

static OhmVerdict *
test_uplink_deliver_one (Fixture *self)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);

  return test_uplink_deliver (self, batch);
}

static void
test_uplink_assert_verdict (Fixture *self, OhmVerdictKind kind, const char *message)
{
  g_autoptr (OhmVerdict) verdict = test_uplink_deliver_one (self);

  g_assert_cmpstr (ohm_verdict_kind_to_string (verdict->kind), ==,
                   ohm_verdict_kind_to_string (kind));
  g_assert_cmpstr (verdict->message != NULL ? ohm_message_get_code (verdict->message) : NULL, ==,
                   message);
}

static void
test_uplink_assert_header (OhmTestRequest *request, const char *name, const char *value)
{
  g_autofree char *found = ohm_test_request_dup_header (request, name);

  g_assert_cmpstr (found, ==, value);
}

/* (transfer full) */
static GBytes *
test_uplink_gunzip (GBytes *bytes)
{
  g_autoptr (GConverter) converter = G_CONVERTER (
    g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GInputStream) packed = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GInputStream) plain = g_converter_input_stream_new (packed, converter);
  g_autoptr (GError) error = NULL;
  GBytes *got = g_input_stream_read_bytes (plain, 1 << 20, NULL, &error);

  g_assert_no_error (error);
  return got;
}

/* What arrives is what the format makes of the batch, packed or not. */
static void
test_uplink_formats (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    OhmCloudFormat format;
    const char *text;
    const char *type;
  } rows[] = {
    { OHM_CLOUD_FORMAT_OTLP, "auth=none\n", "application/x-protobuf" },
    { OHM_CLOUD_FORMAT_OTLP, "auth=none\ngzip=false\n", "application/x-protobuf" },
    { OHM_CLOUD_FORMAT_OTLP_JSON, "auth=none\nformat=otlp-json\ntenant=t\n", "application/json" },
    { OHM_CLOUD_FORMAT_LINE, "auth=none\nformat=line\n", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gboolean is_packed = strstr (rows[i].text, "gzip=false") == NULL;
      g_autoptr (OhmBatch) batch = ohm_test_batch_new (3, 5);
      guint n_points;
      g_autoptr (GBytes) expected = ohm_cloud_format_batch (rows[i].format, batch, &n_points);
      g_autoptr (OhmVerdict) verdict = NULL;
      g_autoptr (OhmTestRequest) request = NULL;
      g_autoptr (GBytes) got = NULL;

      test_uplink_make (fixture, NULL, rows[i].text);
      verdict = test_uplink_deliver (fixture, batch);
      g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_ACCEPTED);
      g_assert_cmpuint (verdict->n_points, ==, n_points);
      request = ohm_test_receiver_take (fixture->cloud.receiver);
      g_assert_cmpuint (verdict->n_bytes, ==,
                        strlen (request->head) + 2 + g_bytes_get_size (request->body));
      g_assert_true (g_str_has_prefix (request->head, "POST /take?db=x HTTP/1.1\r\n"));
      if (rows[i].type != NULL)
        test_uplink_assert_header (request, "Content-Type", rows[i].type);
      test_uplink_assert_header (request, "Content-Encoding", is_packed ? "gzip" : NULL);
      test_uplink_assert_header (request, "Idempotency-Key", OHM_TEST_GATEWAY "-main-1-15");
      test_uplink_assert_header (request, "Authorization", NULL);
      test_uplink_assert_header (request, "X-Scope-OrgID",
                                 rows[i].format == OHM_CLOUD_FORMAT_OTLP_JSON ? "t" : NULL);
      got = is_packed ? test_uplink_gunzip (request->body) : g_bytes_ref (request->body);
      g_assert_true (g_bytes_equal (got, expected));
    }
}

static void
test_uplink_samples (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmVerdict) verdict = NULL;
  g_autoptr (OhmTestRequest) request = NULL;

  test_uplink_make (fixture, NULL, "auth=none\n");
  g_assert_true (ohm_uplink_can_send (fixture->uplink));
  ohm_uplink_send_async (fixture->uplink, samples, NULL, fixture_cloud_on_ready, &result);
  test_uplink_wait (fixture, &result);
  verdict = ohm_uplink_send_finish (fixture->uplink, result, &error);
  g_assert_no_error (error);
  g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_ACCEPTED);
  g_assert_cmpuint (verdict->n_points, ==, samples->n);
  request = ohm_test_receiver_take (fixture->cloud.receiver);
  test_uplink_assert_header (request, "Idempotency-Key", NULL);
}

/* Told to who types it, before it is kept. */
static void
test_uplink_assert_secret_checked (OhmUplink *uplink, const char *name)
{
  static const char *const bad[] = { "s3cret\r\nX-Other: 1", "s3\tcret", "\x1b", "s3cret\x7f" };
  OhmUplinkClass *klass = OHM_UPLINK_GET_CLASS (uplink);
  g_autofree char *pattern = g_strdup_printf ("the %s has a control character*", name);
  g_autoptr (GError) none = NULL;

  klass->check_secret (name, "s3cret \xc3\xa4", &none);
  g_assert_no_error (none);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (klass->check_secret (name, bad[i], &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_true (g_pattern_match_simple (pattern, error->message));
      g_assert_null (strstr (error->message, "cret"));
    }
}

/* What is never sent is not to be typed either. */
static void
test_uplink_secrets_in_use (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *name;
    const char *said; /* NULL if it is taken */
  } rows[] = {
    { "auth=bearer\n", "token", NULL },
    { "auth=basic\nuser=gateway\n", "password", NULL },
    { "auth=bearer\n", "password", "*'auth = basic' first*" },
    { "auth=bearer\ntoken-file=/etc/token\n", "token", "*read from 'token-file'*" },
    { "auth=none\n", "token", "*with 'auth = none' no token is sent: set 'auth = bearer' first*" },
    { "auth=claim\nissuer=https://id.example\nclient-id=x\n", "token",
      "*'ohmctl claim' links it*" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      test_uplink_make (fixture, NULL, rows[i].text);
      OHM_UPLINK_GET_CLASS (fixture->uplink)
        ->takes_secret (ohm_uplink_get_settings (fixture->uplink), rows[i].name, &error);
      if (rows[i].said == NULL)
        g_assert_no_error (error);
      else
        g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_true (rows[i].said == NULL || g_pattern_match_simple (rows[i].said, error->message));
    }
}

static void
test_uplink_static_credentials (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *name;
    const char *header;
  } rows[] = {
    { "auth=bearer\n", "token", "Bearer s3cret" },
    { "auth=bearer\ntoken-scheme=Token\n", "token", "Token s3cret" },
    { "auth=basic\nuser=gateway\n", "password", "Basic Z2F0ZXdheTpzM2NyZXQ=" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmTestRequest) request = NULL;

      test_uplink_make (fixture, NULL, rows[i].text);
      test_uplink_assert_secret_checked (fixture->uplink, rows[i].name);
      g_assert_false (ohm_uplink_can_claim (fixture->uplink));
      test_uplink_assert_verdict (fixture, OHM_VERDICT_AUTH, "cloud-token-missing");
      /* a line break would begin a header of its own */
      ohm_test_secrets_put (fixture->secrets, "main", rows[i].name, "s3cret\r\nX-Other: 1");
      test_uplink_assert_verdict (fixture, OHM_VERDICT_AUTH, "cloud-token-bad");
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->cloud.receiver).n_requests, ==, 0);

      ohm_test_secrets_put (fixture->secrets, "main", rows[i].name, "s3cret");
      ohm_uplink_secret_changed (fixture->uplink, rows[i].name);
      test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
      request = ohm_test_receiver_take (fixture->cloud.receiver);
      test_uplink_assert_header (request, "Authorization", rows[i].header);

      ohm_test_receiver_set_reply (fixture->cloud.receiver, 401, NULL, NULL);
      test_uplink_assert_verdict (fixture, OHM_VERDICT_AUTH, "cloud-unauthorized");
      ohm_test_secrets_set_broken (fixture->secrets, TRUE);
      test_uplink_assert_verdict (fixture, OHM_VERDICT_AUTH, "secret-failed");
      ohm_test_secrets_set_broken (fixture->secrets, FALSE);
      ohm_test_secrets_put (fixture->secrets, "main", rows[i].name, NULL);
    }
}

static void
test_uplink_token_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_dir_dup_path (fixture->cloud.dir, "token");
  g_autofree char *text = g_strdup_printf ("auth=bearer\ntoken-file=%s\n", path);
  g_autoptr (OhmTestRequest) request = NULL;

  test_uplink_make (fixture, NULL, text);
  test_uplink_assert_verdict (fixture, OHM_VERDICT_CONFIGURATION, "cloud-file");
  fixture_dir_write (fixture->cloud.dir, "token", "from-file\n");
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  test_uplink_assert_verdict (fixture, OHM_VERDICT_CONFIGURATION, "cloud-file");
  g_assert_cmpint (g_chmod (path, 0400), ==, 0);
  test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
  request = ohm_test_receiver_take (fixture->cloud.receiver);
  test_uplink_assert_header (request, "Authorization", "Bearer from-file");
}

/* In a worker: as a file on a network that is down. */
static void
test_uplink_hang (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (data);

  g_task_return_boolean (task, TRUE);
}

/* Nobody else waits for a file that does not come. */
static void
test_uplink_token_file_away (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_dir_dup_path (fixture->cloud.dir, "token");
  g_autofree char *text = g_strdup_printf ("auth=bearer\ntoken-file=%s\n", path);
  g_autoptr (OhmWorker) worker = ohm_worker_new ("test", /* clock */ NULL);
  g_autoptr (GTask) hanging = g_task_new (NULL, NULL, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GMutex network;
  char *header;

  fixture_dir_write (fixture->cloud.dir, "token", "from-file\n");
  g_assert_cmpint (g_chmod (path, 0400), ==, 0);
  test_uplink_make (fixture, NULL, text);
  g_mutex_init (&network);
  g_mutex_lock (&network);
  g_task_set_source_tag (hanging, test_uplink_hang);
  g_task_set_task_data (hanging, &network, NULL);
  ohm_worker_run (worker, OHM_WORKER_COMMIT, hanging, test_uplink_hang);
  ohm_cloud_auth_async (fixture->uplink, /* account */ NULL, worker, /* cancellable */ NULL,
                        fixture_cloud_on_ready, &result);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_null (result);
  g_mutex_unlock (&network);
  fixture_cloud_wait (&result);
  header = ohm_cloud_auth_finish (fixture->uplink, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (header, ==, "Bearer from-file");
  ohm_secret_free (header);
  g_clear_object (&worker);
  g_mutex_clear (&network);
}

/* A token that is refused is renewed once, and what was sent is sent once more. */
static void
test_uplink_account (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmTestRequest) first = NULL;
  g_autoptr (OhmTestRequest) second = NULL;

  test_uplink_make (fixture, NULL, "issuer=https://id.example\nclient-id=ohm\n");
  g_assert_cmpint (ohm_uplink_get_claim (fixture->uplink), ==, OHM_CLAIM_CLAIMED);
  test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
  first = ohm_test_receiver_take (fixture->cloud.receiver);
  test_uplink_assert_header (first, "Authorization", "Bearer token-0");

  ohm_test_receiver_set_reply (fixture->cloud.receiver, 401, NULL, "expired");
  test_uplink_assert_verdict (fixture, OHM_VERDICT_AUTH, "cloud-unauthorized");
  g_assert_cmpuint (fixture_account_n_refused (fixture_account_last ()), ==, 1);
  g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->cloud.receiver).n_requests, ==, 3);
  ohm_test_request_free (ohm_test_receiver_take (fixture->cloud.receiver));
  second = ohm_test_receiver_take (fixture->cloud.receiver);
  test_uplink_assert_header (second, "Authorization", "Bearer token-1");
  g_assert_true (g_bytes_equal (first->body, second->body));

  fixture_account_set_error (fixture_account_last (),
                             g_error_new (OHM_ERROR, OHM_ERROR_LINK, "no way to the issuer"));
  test_uplink_assert_verdict (fixture, OHM_VERDICT_TRANSIENT, "link-down");
}

static void
test_uplink_on_prompt (const OhmClaimPrompt *prompt, gpointer data)
{
  *(char **) data = g_strdup (prompt->user_code);
}

static void
test_uplink_claim (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) claimed = NULL;
  g_autoptr (GAsyncResult) unlinked = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *code = NULL;

  test_uplink_make (fixture, NULL, "issuer=https://id.example\nclient-id=ohm\n");
  g_assert_true (ohm_uplink_can_claim (fixture->uplink));
  ohm_uplink_claim_async (fixture->uplink, test_uplink_on_prompt, &code, NULL,
                          fixture_cloud_on_ready, &claimed);
  test_uplink_wait (fixture, &claimed);
  g_assert_true (ohm_uplink_claim_finish (fixture->uplink, claimed, &error));
  g_assert_cmpstr (code, ==, "FNHG-NHPC");
  ohm_uplink_unlink_async (fixture->uplink, fixture_cloud_on_ready, &unlinked);
  test_uplink_wait (fixture, &unlinked);
  g_assert_true (ohm_uplink_unlink_finish (fixture->uplink, unlinked, &error));
}

/* What it needs is not there yet; it is once somebody puts it there, without a restart. */
static void
test_uplink_no_ca (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) claimed = NULL;
  g_autoptr (GAsyncResult) unlinked = NULL;
  g_autoptr (GError) error = NULL;
  char *code = NULL;

  fixture_dir_remove (fixture->cloud.dir, "ca.pem");
  test_uplink_make (fixture, NULL, "issuer=https://id.example\nclient-id=ohm\n");
  g_assert_cmpint (ohm_uplink_get_claim (fixture->uplink), ==, OHM_CLAIM_UNKNOWN);
  g_assert_cmpstr (ohm_message_get_code (ohm_uplink_get_claim_message (fixture->uplink)), ==,
                   "cloud-file");
  test_uplink_assert_verdict (fixture, OHM_VERDICT_CONFIGURATION, "cloud-file");
  ohm_uplink_claim_async (fixture->uplink, test_uplink_on_prompt, &code, NULL,
                          fixture_cloud_on_ready, &claimed);
  test_uplink_wait (fixture, &claimed);
  g_assert_false (ohm_uplink_claim_finish (fixture->uplink, claimed, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  ohm_uplink_unlink_async (fixture->uplink, fixture_cloud_on_ready, &unlinked);
  test_uplink_wait (fixture, &unlinked);
  g_assert_false (ohm_uplink_unlink_finish (fixture->uplink, unlinked, &error));

  fixture_dir_write (fixture->cloud.dir, "ca.pem", ohm_test_ca_get_pem (fixture->cloud.ca));
  test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
}

static void
test_uplink_write_certificate (Fixture *fixture, const OhmTestCert *cert)
{
  g_autofree char *key = fixture_dir_dup_path (fixture->cloud.dir, "key.pem");

  fixture_dir_write (fixture->cloud.dir, "cert.pem", cert->cert);
  fixture_dir_write (fixture->cloud.dir, "key.pem", cert->key);
  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
}

/* With TLS 1.3 the server hangs up while the request is on its way, and its reason may be lost. */
static void
test_uplink_assert_refused (Fixture *fixture)
{
  g_autoptr (OhmVerdict) verdict = test_uplink_deliver_one (fixture);
  const char *code = ohm_message_get_code (verdict->message);

  if (verdict->kind == OHM_VERDICT_TRANSIENT)
    g_assert_cmpstr (code, ==, "cloud-certificate-cut");
  else
    g_assert_cmpstr (code, ==, "cloud-certificate-refused");
}

static void
test_uplink_client_certificate (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmTestCert) server = ohm_test_cert_new (fixture->cloud.ca, "localhost", -1, 1);
  g_autoptr (OhmTestCert) client = ohm_test_cert_new (fixture->cloud.ca, "gateway", -1, 1);
  g_autoptr (OhmTestCert) stranger = ohm_test_cert_new (NULL, "gateway", -1, 1);
  g_autofree char *cert = fixture_dir_dup_path (fixture->cloud.dir, "cert.pem");
  g_autofree char *key = fixture_dir_dup_path (fixture->cloud.dir, "key.pem");
  g_autofree char *text = g_strdup_printf ("auth=certificate\ncert-file=%s\nkey-file=%s\n", cert,
                                           key);
  static const char *const priorities[] = { "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                                            "NORMAL:-VERS-ALL:+VERS-TLS1.3" };

  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    {
      OhmTestTls tls = { .cert = server,
                         .priority = priorities[i],
                         .client_ca = ohm_test_ca_get_pem (fixture->cloud.ca) };

      test_uplink_write_certificate (fixture, client);
      test_uplink_make (fixture, &tls, text);
      test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
      /* without one, the server ends the connection */
      test_uplink_make (fixture, &tls, "auth=none\n");
      test_uplink_assert_verdict (fixture, OHM_VERDICT_CONFIGURATION, "cloud-certificate-wanted");
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->cloud.receiver).n_requests, ==, 0);
      /* nobody there has heard of whoever signed it */
      test_uplink_write_certificate (fixture, stranger);
      test_uplink_make (fixture, &tls, text);
      test_uplink_assert_refused (fixture);
      g_assert_cmpuint (ohm_test_receiver_get_tally (fixture->cloud.receiver).n_requests, ==, 0);
    }
}

/* Answers that no proper server gives; none may do harm or be taken for consent. */
static void
test_uplink_malicious (Fixture *fixture, gconstpointer data)
{
  static const char *const answers[] = {
    "",
    "\r\n\r\n",
    "\n\n\n\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 \r\n\r\n",
    "HTTP/1.1 2\r\n\r\n",
    "HTTP/1.1 20000000000 OK\r\n\r\n",
    "HTTP/1.1 -200 OK\r\n\r\n",
    "HTTP/1.1 abc OK\r\n\r\n",
    "HTTP/9.9 500 OK\r\n\r\n",
    "HTTP/0.0 500 OK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n",
    "ICY 404 OK\r\n\r\n",
    "HTTP/1.1 500 \xff\xfe\xfd\r\n\r\n",
    "HTTP/1.1 500 %n%s%n\r\n\r\n",
    "HTTP/1.1 500 No\r\n: no name\r\n\r\n",
    "HTTP/1.1 500 No\r\nno colon\r\n\r\n",
    "HTTP/1.1 500 No\r\n folded: first\r\n\r\n",
    "HTTP/1.1 500 No\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 500 No\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
    "HTTP/1.1 500 No\r\nContent-Length: 5, 6\r\n\r\n12345",
    "HTTP/1.1 500 No\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n12345",
    "HTTP/1.1 500 No\r\nContent-Length: 0x10\r\n\r\n",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 500 No\r\nTransfer-Encoding: nonsense\r\n\r\nabc",
    "HTTP/1.1 500 No\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08!",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: \r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 307 Again\r\nLocation: /take?db=x\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"\\\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 429 Wait\r\nRetry-After: 1e99\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 429 Wait\r\nRetry-After: \x01\x02\r\nDate: \xff\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 500 No\r\nDate: Thu, 99 Foo 99999 99:99:99 GMT\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 500 No\r\nSet-Cookie: a=b\r\nAlt-Svc: h3\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\":",
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 2\r\n\r\n\x0a\x7f",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
  };

  test_uplink_make (fixture, NULL, "auth=none\n");
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (OhmVerdict) verdict = NULL;

      ohm_test_receiver_set_answer (fixture->cloud.receiver, OHM_TEST_RECEIVER_CLOSE, answers[i],
                                    -1);
      verdict = test_uplink_deliver_one (fixture);
      g_test_message ("%u: %s, %d", i, ohm_verdict_kind_to_string (verdict->kind), verdict->status);
      g_assert_cmpint (verdict->kind, !=, OHM_VERDICT_ACCEPTED);
      g_assert_nonnull (verdict->message);
      g_assert_true (ohm_message_code_is_known (ohm_message_get_code (verdict->message)));
    }
  ohm_test_receiver_set_reply (fixture->cloud.receiver, 200, NULL, NULL);
  test_uplink_assert_verdict (fixture, OHM_VERDICT_ACCEPTED, NULL);
}

/* Brackets a million deep, headers without end, a gigabyte: read to the limit and given up. */
static void
test_uplink_huge (Fixture *fixture, gconstpointer data)
{
  static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n",
    "HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-Long: ",
  };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *brackets = g_strnfill (1000000, '[');
      g_autofree char *answer = g_strconcat (heads[i], brackets, NULL);
      g_autoptr (OhmVerdict) verdict = NULL;

      test_uplink_make (fixture, NULL, "auth=none\n");
      ohm_test_receiver_set_answer (fixture->cloud.receiver, OHM_TEST_RECEIVER_CLOSE, answer, -1);
      verdict = test_uplink_deliver_one (fixture);
      g_assert_cmpint (verdict->kind, !=, OHM_VERDICT_ACCEPTED);
      g_assert_cmpuint (verdict->text != NULL ? strlen (verdict->text) : 0, <=, 300);
    }
}

/* Who finds a request too large says so before it has read it all, and hangs up: whether his word
 * is heard or not, smaller ones follow. What is small is only tried again. */
static void
test_uplink_too_large (Fixture *fixture, gconstpointer data)
{
  static const char *const answers[] = {
    "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "",
  };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (100, 100);

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (OhmVerdict) verdict = NULL;

      test_uplink_make (fixture, NULL, "auth=none\ngzip=false\n");
      ohm_test_receiver_set_answer (fixture->cloud.receiver, OHM_TEST_RECEIVER_HASTY, answers[i],
                                    -1);
      verdict = test_uplink_deliver (fixture, batch);
      g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_SIZE);
      g_assert_nonnull (verdict->message);
    }
  test_uplink_assert_verdict (fixture, OHM_VERDICT_TRANSIENT, "cloud-closed");
}

static void
test_uplink_cancel (Fixture *fixture, gconstpointer data)
{
  static const guint turns[] = { 0, 1, 2, 5, 20, 100 };

  test_uplink_make (fixture, NULL, "auth=none\n");
  ohm_test_receiver_set_answer (fixture->cloud.receiver, OHM_TEST_RECEIVER_MUTE, "", 0);
  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      g_autoptr (OhmBatch) batch = ohm_test_batch_new (20, 20);
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      ohm_uplink_deliver_async (fixture->uplink, batch, cancellable, fixture_cloud_on_ready,
                                &result);
      for (guint turn = 0; turn < turns[i]; turn++)
        g_main_context_iteration (NULL, FALSE);
      if (i == G_N_ELEMENTS (turns) - 1)
        while (ohm_test_receiver_get_tally (fixture->cloud.receiver).n_requests == 0)
          g_main_context_iteration (NULL, FALSE);
      g_cancellable_cancel (cancellable);
      test_uplink_wait (fixture, &result);
      g_assert_null (ohm_uplink_deliver_finish (fixture->uplink, result, &error));
      g_assert_true (ohm_error_is_cancelled (error));
    }
}

/* The last reference goes while a batch is on its way: the task holds another until it is over. */
static void
test_uplink_dispose (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  OhmUplink *uplink;

  test_uplink_make (fixture, NULL, "auth=none\n");
  ohm_test_receiver_set_answer (fixture->cloud.receiver, OHM_TEST_RECEIVER_MUTE, "", 0);
  uplink = fixture->uplink;
  g_object_add_weak_pointer (G_OBJECT (uplink), (gpointer *) &uplink);
  ohm_uplink_deliver_async (uplink, batch, cancellable, fixture_cloud_on_ready, &result);
  g_clear_object (&fixture->uplink);
  g_assert_nonnull (uplink);
  g_cancellable_cancel (cancellable);
  fixture_cloud_wait (&result);
  g_clear_object (&result);
  while (uplink != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_uplink_flags (Fixture *fixture, gconstpointer data)
{
  OhmUplinkClass *klass;

  test_uplink_make (fixture, NULL, "auth=none\nformat=line\nengine=influxdb\n");
  klass = OHM_UPLINK_GET_CLASS (fixture->uplink);
  g_assert_cmpuint (ohm_uplink_get_flags (fixture->uplink), ==,
                    OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE);
  g_assert_cmpstr (klass->secrets[0].name, ==, "token");
  g_assert_true (g_strv_contains (klass->address_keys, "url"));
}

static void
test_uplink_add (const char *name, void (*func) (Fixture *fixture, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/cloud-uplink/", name, NULL);

  g_test_add (path, Fixture, NULL, test_uplink_setup, func, test_uplink_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_uplink_add ("formats", test_uplink_formats);
  test_uplink_add ("samples", test_uplink_samples);
  test_uplink_add ("static-credentials", test_uplink_static_credentials);
  test_uplink_add ("secrets-in-use", test_uplink_secrets_in_use);
  test_uplink_add ("token-file", test_uplink_token_file);
  test_uplink_add ("token-file-away", test_uplink_token_file_away);
  test_uplink_add ("account", test_uplink_account);
  test_uplink_add ("claim", test_uplink_claim);
  test_uplink_add ("no-ca", test_uplink_no_ca);
  test_uplink_add ("client-certificate", test_uplink_client_certificate);
  test_uplink_add ("malicious", test_uplink_malicious);
  test_uplink_add ("huge", test_uplink_huge);
  test_uplink_add ("too-large", test_uplink_too_large);
  test_uplink_add ("cancel", test_uplink_cancel);
  test_uplink_add ("dispose", test_uplink_dispose);
  test_uplink_add ("flags", test_uplink_flags);
  return g_test_run ();
}
