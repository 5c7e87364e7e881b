/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "cloud-issuer.h"

#define S(n) ((gint64) (n) *G_USEC_PER_SEC)

static void
test_account_assert_code (const GError *error, int kind, const char *code)
{
  g_autoptr (OhmMessage) message = NULL;
  g_autofree char *text = NULL;

  g_assert_error (error, OHM_ERROR, kind);
  message = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
  text = ohm_message_dup_text (message);
  g_assert_null (strpbrk (text, "{}"));
}

static void
test_account_assert_token (OhmTestIssuer *self, const char *expected)
{
  g_autoptr (GError) error = NULL;
  char *token = fixture_issuer_authorize (self, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (token, ==, expected);
  ohm_secret_free (token);
}

static void
test_account_assert_no_token (OhmTestIssuer *self, int kind, const char *code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fixture_issuer_authorize (self, &error));
  test_account_assert_code (error, kind, code);
}

static void
test_account_assert_claimed (OhmTestIssuer *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (fixture_issuer_claim (self, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_CLAIMED);
}

/* A claim that fails as the token endpoint says. */
static void
test_account_assert_declined (const OhmTestAnswer *answer, int kind, const char *code)
{
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  g_autoptr (GError) error = NULL;

  self->tokens = answer;
  self->n_tokens = 1;
  g_assert_false (fixture_issuer_claim (self, NULL, &error));
  test_account_assert_code (error, kind, code);
  g_assert_null (fixture_issuer_kept (self));
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
}

static void
test_claim_approved (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_REFUSAL ("authorization_pending"),
                                          OHM_TEST_REFUSAL ("slow_down"),
                                          OHM_TEST_REFUSAL ("authorization_pending"),
                                          OHM_TEST_TOKENS ("at-1", "rt-1") };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  const gint64 *times;

  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
  g_assert_cmpstr (fixture_issuer_code (self), ==, "claim-missing");
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-missing");
  ohm_test_issuer_set_tokens (self, tokens);
  test_account_assert_claimed (self);

  g_assert_cmpuint (self->n_prompts, ==, 1);
  g_assert_cmpstr (self->prompt, ==, "FNHG-NHPC https://id.example.org/device - 600");
  g_assert_cmpstr (self->forms->pdata[0], ==,
                   "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&"
                   "device_code=dc-1&client_id=gateway");
  times = (const gint64 *) (const void *) self->times->data;
  g_assert_cmpint (times[1] - times[0], ==, S (5));
  g_assert_cmpint (times[2] - times[1], ==, S (10));
  g_assert_cmpint (times[3] - times[2], ==, S (10));

  g_assert_cmpstr (ohm_uplink_get_account (self->uplink), ==, "owner@example.org");
  g_assert_nonnull (strstr (fixture_issuer_kept (self), "\"refresh-token\":\"rt-1\""));
  g_assert_null (strstr (fixture_issuer_kept (self), "at-1"));
  test_account_assert_token (self, "Bearer at-1");
  g_assert_cmpuint (self->forms->len, ==, 4);
}

/* What a person has to correct is 'issuer', wherever records go. */
static void
test_claim_without_issuer (void)
{
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) message = NULL;
  g_autofree char *remedy = NULL;

  soup_server_disconnect (self->server);
  g_assert_false (fixture_issuer_claim (self, NULL, &error));
  test_account_assert_code (error, OHM_ERROR_LINK, "cloud-refused");
  message = ohm_message_new_from_error (error);
  remedy = ohm_message_dup_remedy (message);
  g_assert_nonnull (strstr (remedy, "check the port in 'issuer'"));
}

static void
test_claim_declined (void)
{
  static const struct
  {
    OhmTestAnswer answer;
    int kind;
    const char *code;
  } rows[] = {
    { OHM_TEST_REFUSAL ("access_denied"), OHM_ERROR_FAILED, "claim-denied" },
    { OHM_TEST_REFUSAL ("expired_token"), OHM_ERROR_TIMEOUT, "claim-expired" },
    { OHM_TEST_REFUSAL ("invalid_grant"), OHM_ERROR_FAILED, "claim-code-invalid" },
    { OHM_TEST_REFUSAL ("unauthorized_client"), OHM_ERROR_CONFIG, "claim-refused" },
    { OHM_TEST_REFUSAL ("authorization_pending"), OHM_ERROR_TIMEOUT, "claim-expired" },
    { { 200, OHM_TEST_JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}" },
      OHM_ERROR_CONFIG,
      "claim-no-refresh" },
    { { 200, OHM_TEST_JSON,
        "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"refresh_token\":\"r\","
        "\"id_token\":\"e30.e30.x\"}" },
      OHM_ERROR_PROTOCOL,
      "claim-answer-bad" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    test_account_assert_declined (&rows[i].answer, rows[i].kind, rows[i].code);
}

static void
test_claim_lost_answers (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_LOST,
                                          { 200, "text/html", "<html>guest network</html>" },
                                          OHM_TEST_TOKENS ("a", "r") };
  static const OhmTestAnswer too_late[] = { OHM_TEST_LOST, OHM_TEST_REFUSAL ("invalid_grant") };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  g_autoptr (OhmTestIssuer) other = fixture_issuer_new ();
  g_autoptr (GError) error = NULL;
  const gint64 *times;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_assert_claimed (self);
  times = (const gint64 *) (const void *) self->times->data;
  g_assert_cmpint (times[1] - times[0], ==, S (10));
  g_assert_cmpint (times[2] - times[1], ==, S (20));

  ohm_test_issuer_set_tokens (other, too_late);
  g_assert_false (fixture_issuer_claim (other, NULL, &error));
  test_account_assert_code (error, OHM_ERROR_FAILED, "claim-answer-lost");
}

static void
test_claim_bad_issuer (void)
{
  static const OhmTestAnswer documents[] = {
    { 200, "text/html", "<html>" },
    { 200, OHM_TEST_JSON,
      "{\"issuer\":\"http://127.0.0.1:1\",\"token_endpoint\":\"https://x/t\"}" },
    { 404, OHM_TEST_JSON, "{}" },
    { 302, OHM_TEST_JSON, "{}" },
  };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  g_autoptr (GError) busy = NULL;
  g_autoptr (GError) none = NULL;
  g_autofree char *no_device = g_strdup_printf (
    "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/token\"}", self->issuer, self->issuer);

  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (GError) error = NULL;

      self->document = documents[i];
      g_assert_false (fixture_issuer_claim (self, NULL, &error));
      test_account_assert_code (error, OHM_ERROR_CONFIG, "claim-issuer-bad");
    }
  self->document = (OhmTestAnswer){ 503, "text/plain", "later" };
  g_assert_false (fixture_issuer_claim (self, NULL, &busy));
  test_account_assert_code (busy, OHM_ERROR_BUSY, "claim-issuer-busy");
  self->document = (OhmTestAnswer){ 200, OHM_TEST_JSON, no_device };
  g_assert_false (fixture_issuer_claim (self, NULL, &none));
  test_account_assert_code (none, OHM_ERROR_CONFIG, "claim-not-offered");
}

static void
test_claim_bad_device (void)
{
  static const struct
  {
    OhmTestAnswer answer;
    int kind;
    const char *code;
  } rows[] = {
    { { 200, "text/html", "<html>" }, OHM_ERROR_PROTOCOL, "claim-answer-bad" },
    { { 200, OHM_TEST_JSON, "{}" }, OHM_ERROR_PROTOCOL, "claim-answer-bad" },
    { { 401, OHM_TEST_JSON, "{\"error\":\"invalid_client\"}" }, OHM_ERROR_CONFIG, "claim-refused" },
    { { 429, OHM_TEST_JSON, "{}" }, OHM_ERROR_BUSY, "claim-issuer-busy" },
  };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      self->device = rows[i].answer;
      g_assert_false (fixture_issuer_claim (self, NULL, &error));
      test_account_assert_code (error, rows[i].kind, rows[i].code);
    }
  g_assert_cmpuint (self->n_prompts, ==, 0);
  g_assert_cmpuint (self->n_documents, ==, 1);
}

typedef struct
{
  GCancellable *cancellable;
  guint n_left;
} TestCancel;

static void
test_account_on_cancel (SoupSession *session, SoupMessage *message, gpointer user_data)
{
  TestCancel *self = user_data;

  if (--self->n_left == 0)
    g_cancellable_cancel (self->cancellable);
}

/* At the beginning, while it asks for a code, while it waits, while it polls. */
static void
test_claim_cancelled (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_REFUSAL ("authorization_pending") };
  static const struct
  {
    const char *signal;
    guint n;
  } moments[] = {
    { "request-queued", 1 },   { "request-unqueued", 1 }, { "request-queued", 2 },
    { "request-unqueued", 2 }, { "request-queued", 4 },   { "request-unqueued", 4 },
  };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();

  ohm_test_issuer_set_tokens (self, tokens);
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TestCancel cancel = { cancellable, moments[i].n };
      gulong id = g_signal_connect (self->session, moments[i].signal,
                                    G_CALLBACK (test_account_on_cancel), &cancel);
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_issuer_claim (self, cancellable, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_signal_handler_disconnect (self->session, id);
    }
}

static void
test_claim_not_kept (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-1", "rt-1") };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  g_autoptr (GError) error = NULL;

  ohm_test_issuer_set_tokens (self, tokens);
  ohm_test_secrets_set_broken (self->secrets, TRUE);
  g_assert_false (fixture_issuer_claim (self, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
}

/* Linked, with a token that is good for an hour. */
static OhmTestIssuer *
test_account_new_claimed (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-1", "rt-1") };
  OhmTestIssuer *self = fixture_issuer_new ();

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_assert_claimed (self);
  g_ptr_array_set_size (self->forms, 0);
  return self;
}

static void
test_account_pass (OhmTestIssuer *self, gint64 seconds)
{
  ohm_clock_move (self->time->clock, ohm_test_time_wall (self->time) + S (seconds),
                  ohm_test_time_mono (self->time) + S (seconds));
}

static void
test_renew_rotated (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2"),
                                          OHM_TEST_TOKENS ("at-3", "rt-3") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  guint n_stored = ohm_test_secrets_n_stored (self->secrets);

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 2100);
  test_account_assert_token (self, "Bearer at-1");
  test_account_pass (self, 600);
  test_account_assert_token (self, "Bearer at-2");
  g_assert_cmpstr (self->forms->pdata[0], ==,
                   "grant_type=refresh_token&refresh_token=rt-1&client_id=gateway");
  g_assert_nonnull (strstr (fixture_issuer_kept (self), "\"rt-2\""));
  g_assert_null (strstr (fixture_issuer_kept (self), "refreshing-since"));
  /* the mark, the answer */
  g_assert_cmpuint (ohm_test_secrets_n_stored (self->secrets), ==, n_stored + 2);

  ohm_cloud_account_refused (self->account);
  test_account_assert_token (self, "Bearer at-3");
  test_account_assert_token (self, "Bearer at-3");
  g_assert_cmpuint (self->forms->len, ==, 2);
}

typedef struct
{
  guint n_done;
  gboolean is_done;
} TestCrowd;

static void
test_account_on_one (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TestCrowd *crowd = user_data;
  char *token = ohm_cloud_account_authorize_finish (OHM_CLOUD_ACCOUNT (source), result, NULL);

  g_assert_cmpstr (token, ==, "Bearer at-2");
  ohm_secret_free (token);
  crowd->is_done = ++crowd->n_done == 5;
}

static void
test_account_on_given_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_cloud_account_authorize_finish (OHM_CLOUD_ACCOUNT (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) user_data = TRUE;
}

static void
test_renew_once_for_all (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_given_up = FALSE;
  TestCrowd crowd = { 0 };

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 3000);
  ohm_cloud_account_authorize_async (self->account, cancellable, test_account_on_given_up,
                                     &is_given_up);
  for (guint i = 0; i < 5; i++)
    ohm_cloud_account_authorize_async (self->account, NULL, test_account_on_one, &crowd);
  g_cancellable_cancel (cancellable);
  fixture_issuer_wait (self, &crowd.is_done);
  g_assert_true (is_given_up);
  g_assert_cmpuint (self->forms->len, ==, 1);
}

/* The settings change while a token is renewed: there is another account before the first is done.
 */
static void
test_renew_while_replaced (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2"),
                                          OHM_TEST_TOKENS ("at-3", "rt-3") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  gboolean is_given_up = FALSE;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  ohm_cloud_account_authorize_async (self->account, /* cancellable */ NULL,
                                     test_account_on_given_up, &is_given_up);
  while (self->n_queued == 0)
    g_main_context_iteration (NULL, TRUE);
  fixture_issuer_replace (self);
  test_account_assert_token (self, "Bearer at-3");
  g_assert_true (is_given_up);
  g_assert_cmpuint (self->forms->len, ==, 2);
  g_assert_nonnull (strstr (self->forms->pdata[0], "refresh_token=rt-1"));
  g_assert_nonnull (strstr (self->forms->pdata[1], "refresh_token=rt-2"));
}

static void
test_renew_server_away (void)
{
  static const OhmTestAnswer tokens[] = { { 503, "text/plain", "" },
                                          OHM_TEST_LOST,
                                          { 503, "text/plain", "" },
                                          OHM_TEST_TOKENS ("at-2", "rt-1") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 3000);
  test_account_assert_token (self, "Bearer at-1"); /* good for a while yet */
  test_account_assert_token (self, "Bearer at-1");
  g_assert_cmpuint (self->forms->len, ==, 1);
  test_account_pass (self, 60);
  test_account_assert_token (self, "Bearer at-1");
  test_account_pass (self, 600);
  test_account_assert_no_token (self, OHM_ERROR_BUSY, "claim-issuer-busy");
  g_assert_nonnull (strstr (fixture_issuer_kept (self), "refreshing-since"));
  test_account_assert_token (self, "Bearer at-2");
  g_assert_null (strstr (fixture_issuer_kept (self), "refreshing-since"));
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_CLAIMED);
}

static void
test_renew_lost (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_REFUSAL ("invalid_grant") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-lost");
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_LOST);
  g_assert_cmpstr (fixture_issuer_code (self), ==, "claim-lost");
  g_assert_cmpstr (ohm_uplink_get_account (self->uplink), ==, "owner@example.org");
  g_assert_null (strstr (fixture_issuer_kept (self), "rt-1"));
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-lost");
  g_assert_cmpuint (self->forms->len, ==, 1);

  fixture_issuer_restart (self);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_LOST);
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-lost");
  g_assert_cmpuint (self->forms->len, ==, 1);
}

static void
test_renew_lost_answer (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_LOST, OHM_TEST_REFUSAL ("invalid_grant") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GError) error = NULL;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  g_assert_null (fixture_issuer_authorize (self, &error));
  g_assert_true (ohm_error_is_transient (error));
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-lost-answer");
}

/* The power goes between the question and the keeping of its answer. */
static void
test_renew_power_loss (void)
{
  static const OhmTestAnswer lost[] = { OHM_TEST_LOST };
  static const OhmTestAnswer good[] = { OHM_TEST_TOKENS ("at-2", "rt-2") };
  static const OhmTestAnswer used[] = { OHM_TEST_REFUSAL ("invalid_grant") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autofree char *marked = NULL;
  g_autoptr (GError) error = NULL;

  ohm_test_issuer_set_tokens (self, lost);
  test_account_pass (self, 4000);
  g_assert_null (fixture_issuer_authorize (self, &error));
  marked = g_strdup (fixture_issuer_kept (self));
  g_assert_nonnull (strstr (marked, "refreshing-since"));

  fixture_issuer_restart (self);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_CLAIMED);
  ohm_test_issuer_set_tokens (self, good);
  test_account_assert_token (self, "Bearer at-2");
  g_assert_null (strstr (fixture_issuer_kept (self), "refreshing-since"));

  ohm_test_secrets_put (self->secrets, "cloud", "claim", marked);
  fixture_issuer_restart (self);
  ohm_test_issuer_set_tokens (self, used);
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-lost-power");
  g_assert_cmpstr (fixture_issuer_code (self), ==, "claim-lost-power");
}

static void
test_renew_refused (void)
{
  static const OhmTestAnswer tokens[] = { { 401, OHM_TEST_JSON, "{\"error\":\"invalid_client\"}" },
                                          { 200, "text/html", "<html>" },
                                          OHM_TEST_TOKENS ("at-2", "rt-2") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  test_account_assert_no_token (self, OHM_ERROR_CONFIG, "claim-refused");
  test_account_assert_no_token (self, OHM_ERROR_PROTOCOL, "claim-answer-bad");
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_CLAIMED);
  g_assert_cmpuint (self->n_documents, ==, 1);
  test_account_assert_token (self, "Bearer at-2");
  g_assert_cmpuint (self->n_documents, ==, 2);
}

/* A new account is kept, and a renewal of the former one ends after it. */
static void
test_claim_while_renewing (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2"),
                                          OHM_TEST_TOKENS ("at-3", "rt-3") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_given_up = FALSE;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  ohm_cloud_account_authorize_async (self->account, cancellable, test_account_on_given_up,
                                     &is_given_up);
  g_cancellable_cancel (cancellable);
  test_account_assert_claimed (self);
  fixture_issuer_settle (self);
  g_assert_cmpuint (self->forms->len, ==, 2);
  g_assert_nonnull (strstr (self->forms->pdata[1], "device_code"));
  g_assert_nonnull (strstr (fixture_issuer_kept (self), "\"rt-3\""));
  test_account_assert_token (self, "Bearer at-3");
}

static void
test_account_on_break (SoupSession *session, SoupMessage *message, gpointer user_data)
{
  ohm_test_secrets_set_broken (user_data, TRUE);
}

/* A new refresh token that cannot be kept is not used before it can. */
static void
test_renew_not_kept (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GError) error = NULL;
  gulong id;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  id = g_signal_connect (self->session, "request-unqueued", G_CALLBACK (test_account_on_break),
                         self->secrets);
  g_assert_null (fixture_issuer_authorize (self, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
  g_signal_handler_disconnect (self->session, id);
  ohm_test_secrets_set_broken (self->secrets, FALSE);
  test_account_assert_token (self, "Bearer at-2");
  g_assert_cmpuint (self->forms->len, ==, 1);
  g_assert_nonnull (strstr (fixture_issuer_kept (self), "\"rt-2\""));
}

static void
test_unlink (void)
{
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GError) error = NULL;

  ohm_test_secrets_set_broken (self->secrets, TRUE);
  g_assert_false (fixture_issuer_unlink (self, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
  g_clear_error (&error);
  ohm_test_secrets_set_broken (self->secrets, FALSE);

  g_assert_true (fixture_issuer_unlink (self, &error));
  g_assert_null (fixture_issuer_kept (self));
  g_assert_cmpstr (self->revoked, ==, "token=rt-1&token_type_hint=refresh_token&client_id=gateway");
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
  g_assert_null (ohm_uplink_get_account (self->uplink));
  test_account_assert_no_token (self, OHM_ERROR_SECRET, "claim-missing");

  /* Nothing there, and no network: it is unlinked all the same. */
  g_clear_pointer (&self->revoked, g_free);
  g_assert_true (fixture_issuer_unlink (self, &error));
  g_assert_null (self->revoked);
}

static void
test_unlink_while_renewing (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_given_up = FALSE;
  g_autoptr (GError) error = NULL;

  ohm_test_issuer_set_tokens (self, tokens);
  test_account_pass (self, 4000);
  ohm_cloud_account_authorize_async (self->account, cancellable, test_account_on_given_up,
                                     &is_given_up);
  while (self->n_queued == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  g_assert_true (fixture_issuer_unlink (self, &error));
  fixture_issuer_settle (self);
  g_assert_null (fixture_issuer_kept (self));
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
}

static void
test_other_issuer (void)
{
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();

  ohm_test_secrets_put (self->secrets, "cloud", "claim",
                        "{\"issuer\":\"https://id.example.org\",\"client\":\"gateway\","
                        "\"refresh-token\":\"rt\"}");
  fixture_issuer_restart (self);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNCLAIMED);
}

static void
test_secrets_away (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_TOKENS ("at-2", "rt-2") };
  g_autoptr (OhmTestIssuer) self = test_account_new_claimed ();
  g_autoptr (GError) error = NULL;

  ohm_test_secrets_set_broken (self->secrets, TRUE);
  fixture_issuer_restart (self);
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_UNKNOWN);
  g_assert_cmpstr (fixture_issuer_code (self), ==, "secret-failed");
  g_assert_null (fixture_issuer_authorize (self, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
  ohm_test_secrets_set_broken (self->secrets, FALSE);
  ohm_test_issuer_set_tokens (self, tokens);
  test_account_assert_token (self, "Bearer at-2");
  g_assert_cmpint (ohm_uplink_get_claim (self->uplink), ==, OHM_CLAIM_CLAIMED);
}

static void
test_account_on_dropped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (ohm_cloud_account_claim_finish (OHM_CLOUD_ACCOUNT (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) user_data = TRUE;
}

/* The uplink goes while it is being linked. */
static void
test_dropped (void)
{
  static const OhmTestAnswer tokens[] = { OHM_TEST_REFUSAL ("authorization_pending") };
  g_autoptr (OhmTestIssuer) self = fixture_issuer_new ();
  gboolean is_dropped = FALSE;

  ohm_test_issuer_set_tokens (self, tokens);
  ohm_cloud_account_claim_async (self->account, NULL, NULL, NULL, test_account_on_dropped,
                                 &is_dropped);
  fixture_issuer_settle (self);
  g_clear_object (&self->account);
  g_clear_object (&self->uplink);
  fixture_issuer_wait (self, &is_dropped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud-account/claim/approved", test_claim_approved);
  g_test_add_func ("/cloud-account/claim/without-issuer", test_claim_without_issuer);
  g_test_add_func ("/cloud-account/claim/declined", test_claim_declined);
  g_test_add_func ("/cloud-account/claim/lost-answers", test_claim_lost_answers);
  g_test_add_func ("/cloud-account/claim/bad-issuer", test_claim_bad_issuer);
  g_test_add_func ("/cloud-account/claim/bad-device", test_claim_bad_device);
  g_test_add_func ("/cloud-account/claim/cancelled", test_claim_cancelled);
  g_test_add_func ("/cloud-account/claim/while-renewing", test_claim_while_renewing);
  g_test_add_func ("/cloud-account/claim/not-kept", test_claim_not_kept);
  g_test_add_func ("/cloud-account/renew/rotated", test_renew_rotated);
  g_test_add_func ("/cloud-account/renew/once-for-all", test_renew_once_for_all);
  g_test_add_func ("/cloud-account/renew/while-replaced", test_renew_while_replaced);
  g_test_add_func ("/cloud-account/renew/server-away", test_renew_server_away);
  g_test_add_func ("/cloud-account/renew/lost", test_renew_lost);
  g_test_add_func ("/cloud-account/renew/lost-answer", test_renew_lost_answer);
  g_test_add_func ("/cloud-account/renew/power-loss", test_renew_power_loss);
  g_test_add_func ("/cloud-account/renew/refused", test_renew_refused);
  g_test_add_func ("/cloud-account/renew/not-kept", test_renew_not_kept);
  g_test_add_func ("/cloud-account/unlink/plain", test_unlink);
  g_test_add_func ("/cloud-account/unlink/while-renewing", test_unlink_while_renewing);
  g_test_add_func ("/cloud-account/other-issuer", test_other_issuer);
  g_test_add_func ("/cloud-account/secrets-away", test_secrets_away);
  g_test_add_func ("/cloud-account/dropped", test_dropped);
  return g_test_run ();
}
