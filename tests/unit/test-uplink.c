/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "ohm-history.h"
#include "ohm-test-batch.h"
#include "ohm-test-secrets.h"

#define TEST_TYPE_FAKE_UPLINK (test_fake_uplink_get_type ())
G_DECLARE_FINAL_TYPE (TestFakeUplink, test_fake_uplink, TEST, FAKE_UPLINK, OhmUplink)

struct _TestFakeUplink
{
  OhmUplink parent_instance;

  gboolean is_started;
  char *changed;
};

G_DEFINE_FINAL_TYPE (TestFakeUplink, test_fake_uplink, OHM_TYPE_UPLINK)

#define TEST_TYPE_BARE_UPLINK (test_bare_uplink_get_type ())
G_DECLARE_FINAL_TYPE (TestBareUplink, test_bare_uplink, TEST, BARE_UPLINK, OhmUplink)

struct _TestBareUplink
{
  OhmUplink parent_instance;
};

G_DEFINE_FINAL_TYPE (TestBareUplink, test_bare_uplink, OHM_TYPE_UPLINK)

static const OhmSettingSpec test_uplink_table[] = { { NULL } };

static void
test_fake_uplink_free_verdict (gpointer verdict)
{
  ohm_verdict_free (verdict);
}

static void
test_fake_uplink_answer (OhmUplink *uplink,
                         guint n,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, /* cancellable */ NULL, callback, user_data);
  OhmVerdict *verdict = ohm_verdict_new (OHM_VERDICT_PARTLY, /* message */ NULL);

  g_task_set_source_tag (task, test_fake_uplink_answer);
  verdict->n_points = n;
  verdict->text = g_strdup ("one was too old");
  g_task_return_pointer (task, verdict, test_fake_uplink_free_verdict);
}

static void
test_fake_uplink_deliver_async (OhmUplink *uplink,
                                OhmBatch *batch,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  guint n;

  ohm_batch_get_items (batch, &n);
  test_fake_uplink_answer (uplink, n, callback, user_data);
}

static void
test_fake_uplink_send_async (OhmUplink *uplink,
                             OhmSamples *samples,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  test_fake_uplink_answer (uplink, samples->n, callback, user_data);
}

static OhmVerdict *
test_fake_uplink_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_fake_uplink_start (OhmUplink *uplink)
{
  TEST_FAKE_UPLINK (uplink)->is_started = TRUE;
  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNCLAIMED, /* account */ NULL, /* message */ NULL);
}

static void
test_fake_uplink_secret_changed (OhmUplink *uplink, const char *name)
{
  g_free (TEST_FAKE_UPLINK (uplink)->changed);
  TEST_FAKE_UPLINK (uplink)->changed = g_strdup (name);
}

static void
test_fake_uplink_claim_async (OhmUplink *uplink,
                              OhmClaimPromptFunc prompt,
                              gpointer prompt_data,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);
  const OhmClaimPrompt shown = { .user_code = "FNHG-NHPC", .uri = "https://id.example.org/device" };

  g_task_set_source_tag (task, test_fake_uplink_claim_async);
  prompt (&shown, prompt_data);
  ohm_uplink_set_claim (uplink, OHM_CLAIM_CLAIMED, "main@example.org", /* message */ NULL);
  g_task_return_boolean (task, TRUE);
}

static void
test_fake_uplink_unlink_async (OhmUplink *uplink, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, test_fake_uplink_unlink_async);
  ohm_uplink_set_claim (uplink, OHM_CLAIM_UNCLAIMED, /* account */ NULL, /* message */ NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
test_fake_uplink_done_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static guint
test_fake_uplink_get_flags (OhmUplink *uplink)
{
  return OHM_UPLINK_IDEMPOTENT;
}

static void
test_fake_uplink_finalize (GObject *object)
{
  g_free (TEST_FAKE_UPLINK (object)->changed);
  G_OBJECT_CLASS (test_fake_uplink_parent_class)->finalize (object);
}

static void
test_fake_uplink_class_init (TestFakeUplinkClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_fake_uplink_finalize;
  uplink_class->get_flags = test_fake_uplink_get_flags;
  uplink_class->start = test_fake_uplink_start;
  uplink_class->deliver_async = test_fake_uplink_deliver_async;
  uplink_class->deliver_finish = test_fake_uplink_finish;
  uplink_class->send_async = test_fake_uplink_send_async;
  uplink_class->send_finish = test_fake_uplink_finish;
  uplink_class->secret_changed = test_fake_uplink_secret_changed;
  uplink_class->claim_async = test_fake_uplink_claim_async;
  uplink_class->claim_finish = test_fake_uplink_done_finish;
  uplink_class->unlink_async = test_fake_uplink_unlink_async;
  uplink_class->unlink_finish = test_fake_uplink_done_finish;
}

static void
test_fake_uplink_init (TestFakeUplink *self)
{
}

static void
test_bare_uplink_class_init (TestBareUplinkClass *klass)
{
  OHM_UPLINK_CLASS (klass)->deliver_async = test_fake_uplink_deliver_async;
  OHM_UPLINK_CLASS (klass)->deliver_finish = test_fake_uplink_finish;
}

static void
test_bare_uplink_init (TestBareUplink *self)
{
}

static OhmUplink *
test_uplink_new (GType type, OhmTestSecrets *secrets)
{
  const OhmSettingSpec *const tables[] = { test_uplink_table, NULL };
  g_autoptr (OhmSettings) settings = ohm_settings_new (NULL, "fake", tables, /* error */ NULL);
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (OHM_TEST_SLOT_US, 0);

  return ohm_uplink_new (type, &(OhmUplinkSetup){ .id = "office",
                                                  .settings = settings,
                                                  .clock = clock,
                                                  .secrets = OHM_SECRETS (secrets),
                                                  .gateway = OHM_TEST_GATEWAY });
}

static void
test_uplink_on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_uplink_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_uplink_delivers (void)
{
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  g_autoptr (OhmUplink) uplink = test_uplink_new (TEST_TYPE_FAKE_UPLINK, secrets);
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (3, 2);
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();
  g_autoptr (GAsyncResult) delivered = NULL;
  g_autoptr (GAsyncResult) sent = NULL;
  g_autoptr (OhmVerdict) verdict = NULL;
  g_autoptr (OhmVerdict) other = NULL;

  ohm_uplink_deliver_async (uplink, batch, NULL, test_uplink_on_result, &delivered);
  test_uplink_wait (&delivered);
  verdict = ohm_uplink_deliver_finish (uplink, delivered, /* error */ NULL);
  g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_PARTLY);
  g_assert_cmpuint (verdict->n_points, ==, 6);
  g_assert_cmpstr (verdict->text, ==, "one was too old");

  g_assert_true (ohm_uplink_can_send (uplink));
  ohm_uplink_send_async (uplink, samples, NULL, test_uplink_on_result, &sent);
  test_uplink_wait (&sent);
  other = ohm_uplink_send_finish (uplink, sent, /* error */ NULL);
  g_assert_cmpuint (other->n_points, ==, 6);
  ohm_verdict_free (NULL);
}

static void
test_uplink_setup (void)
{
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  g_autoptr (OhmUplink) uplink = test_uplink_new (TEST_TYPE_FAKE_UPLINK, secrets);
  TestFakeUplink *fake = TEST_FAKE_UPLINK (uplink);

  g_assert_cmpstr (ohm_uplink_get_id (uplink), ==, "office");
  g_assert_cmpstr (ohm_uplink_get_gateway (uplink), ==, OHM_TEST_GATEWAY);
  g_assert_nonnull (ohm_uplink_get_settings (uplink));
  g_assert_cmpint (ohm_clock_get_wall_us (ohm_uplink_get_clock (uplink)), ==, OHM_TEST_SLOT_US);
  g_assert_true (ohm_uplink_get_secrets (uplink) == OHM_SECRETS (secrets));
  g_assert_cmpuint (ohm_uplink_get_flags (uplink), ==, OHM_UPLINK_IDEMPOTENT);
  ohm_uplink_start (uplink);
  g_assert_true (fake->is_started);
  ohm_uplink_secret_changed (uplink, "token");
  g_assert_cmpstr (fake->changed, ==, "token");
}

static void
test_uplink_on_notify (GObject *object, GParamSpec *spec, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_uplink_on_prompt (const OhmClaimPrompt *prompt, gpointer user_data)
{
  *(char **) user_data = g_strdup (prompt->user_code);
}

static void
test_uplink_claim (void)
{
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  g_autoptr (OhmUplink) uplink = test_uplink_new (TEST_TYPE_FAKE_UPLINK, secrets);
  g_autoptr (GAsyncResult) claimed = NULL;
  g_autoptr (GAsyncResult) unlinked = NULL;
  g_autofree char *code = NULL;
  guint n_notified = 0;
  guint claim = 0;

  g_assert_false (ohm_uplink_can_claim (uplink));
  g_signal_connect (uplink, "notify::claim", G_CALLBACK (test_uplink_on_notify), &n_notified);
  ohm_uplink_start (uplink);
  g_assert_true (ohm_uplink_can_claim (uplink));
  ohm_uplink_claim_async (uplink, test_uplink_on_prompt, &code, NULL, test_uplink_on_result,
                          &claimed);
  test_uplink_wait (&claimed);
  g_assert_true (ohm_uplink_claim_finish (uplink, claimed, /* error */ NULL));
  g_assert_cmpstr (code, ==, "FNHG-NHPC");
  g_assert_cmpstr (ohm_uplink_get_account (uplink), ==, "main@example.org");
  g_object_get (uplink, "claim", &claim, NULL);
  g_assert_cmpuint (claim, ==, OHM_CLAIM_CLAIMED);
  ohm_uplink_unlink_async (uplink, test_uplink_on_result, &unlinked);
  test_uplink_wait (&unlinked);
  g_assert_true (ohm_uplink_unlink_finish (uplink, unlinked, /* error */ NULL));
  g_assert_cmpint (ohm_uplink_get_claim (uplink), ==, OHM_CLAIM_UNCLAIMED);
  g_assert_null (ohm_uplink_get_account (uplink));
  g_assert_null (ohm_uplink_get_claim_message (uplink));
  g_assert_cmpuint (n_notified, ==, 3);
}

/* An uplink that does the least: no flags, nothing to start, claim or send. */
static void
test_uplink_least (void)
{
  g_autoptr (OhmTestSecrets) secrets = ohm_test_secrets_new ();
  g_autoptr (OhmUplink) uplink = test_uplink_new (TEST_TYPE_BARE_UPLINK, secrets);

  ohm_uplink_start (uplink);
  ohm_uplink_secret_changed (uplink, "token");
  g_assert_cmpuint (ohm_uplink_get_flags (uplink), ==, 0);
  g_assert_false (ohm_uplink_can_send (uplink));
  g_assert_false (ohm_uplink_can_claim (uplink));
  g_assert_cmpint (ohm_uplink_get_claim (uplink), ==, OHM_CLAIM_NONE);
}

static void
test_uplink_names (void)
{
  g_assert_cmpstr (ohm_verdict_kind_to_string (OHM_VERDICT_ACCEPTED), ==, "accepted");
  g_assert_cmpstr (ohm_verdict_kind_to_string (OHM_VERDICT_CONFIGURATION), ==, "configuration");
  g_assert_cmpstr (ohm_claim_state_to_string (OHM_CLAIM_NONE), ==, "none");
  g_assert_cmpstr (ohm_claim_state_to_string (OHM_CLAIM_LOST), ==, "lost");
}

static void
test_uplink_batch (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 3);
  g_autoptr (OhmBatch) half = ohm_batch_slice (batch, 2, 4);
  g_autoptr (OhmBatch) one = ohm_batch_slice (half, 3, 1);
  const OhmBatchItem *items;
  guint n;

  g_clear_pointer (&batch, ohm_batch_unref);
  items = ohm_batch_get_items (half, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpstr (items[0].record->place, ==, "p0");
  g_assert_cmpint (items[0].record->seq, ==, 3);
  g_assert_true (items[0].run == items[2].run);
  g_clear_pointer (&half, ohm_batch_unref);
  items = ohm_batch_get_items (one, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpint (items[0].record->seq, ==, 6);
  g_assert_cmpstr (items[0].run->serial, ==, "41000001");
  g_assert_cmpstr (ohm_batch_get_gateway (one), ==, OHM_TEST_GATEWAY);
}

static void
test_uplink_samples (void)
{
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();
  g_autoptr (OhmSamples) again = ohm_samples_ref (samples);

  g_assert_cmpuint (again->n, ==, 6);
  g_assert_cmpstr (again->items[0].point.name, ==, "power-active.total");
  g_assert_cmpint (again->items[3].from_us, ==, OHM_TEST_SLOT_US);
}

static void
test_uplink_secrets (void)
{
  g_autoptr (OhmTestSecrets) kept = ohm_test_secrets_new ();
  OhmSecrets *secrets = OHM_SECRETS (kept);
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GAsyncResult) found = NULL;
  g_autoptr (GAsyncResult) cleared = NULL;
  g_autoptr (GAsyncResult) failed = NULL;
  g_autoptr (GError) error = NULL;
  char *secret;

  ohm_secrets_store_async (secrets, "office", "token", "s3cret", test_uplink_on_result, &stored);
  test_uplink_wait (&stored);
  g_assert_true (ohm_secrets_store_finish (secrets, stored, NULL));
  ohm_secrets_lookup_async (secrets, "office", "token", NULL, test_uplink_on_result, &found);
  test_uplink_wait (&found);
  secret = ohm_secrets_lookup_finish (secrets, found, NULL);
  g_assert_cmpstr (secret, ==, "s3cret");
  ohm_secret_free (secret);
  ohm_secret_free (NULL);
  ohm_secrets_clear_async (secrets, "office", "token", test_uplink_on_result, &cleared);
  test_uplink_wait (&cleared);
  g_assert_true (ohm_secrets_clear_finish (secrets, cleared, NULL));
  g_assert_null (ohm_test_secrets_peek (kept, "office", "token"));
  ohm_test_secrets_set_broken (kept, TRUE);
  ohm_secrets_lookup_async (secrets, "office", "token", NULL, test_uplink_on_result, &failed);
  test_uplink_wait (&failed);
  g_assert_null (ohm_secrets_lookup_finish (secrets, failed, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
}

static void
test_uplink_history_page (void)
{
  OhmHistoryPage *page = g_new0 (OhmHistoryPage, 1);

  page->records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  page->token = g_strdup ("next");
  ohm_history_page_free (page);
  ohm_history_page_free (NULL);
  ohm_history_page_free (g_new0 (OhmHistoryPage, 1));
  g_assert_true (G_TYPE_IS_ABSTRACT (OHM_TYPE_HISTORY));
  g_assert_true (G_TYPE_IS_ABSTRACT (OHM_TYPE_UPLINK));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uplink/delivers", test_uplink_delivers);
  g_test_add_func ("/uplink/setup", test_uplink_setup);
  g_test_add_func ("/uplink/claim", test_uplink_claim);
  g_test_add_func ("/uplink/least", test_uplink_least);
  g_test_add_func ("/uplink/names", test_uplink_names);
  g_test_add_func ("/uplink/batch", test_uplink_batch);
  g_test_add_func ("/uplink/samples", test_uplink_samples);
  g_test_add_func ("/uplink/secrets", test_uplink_secrets);
  g_test_add_func ("/history/page", test_uplink_history_page);
  return g_test_run ();
}
