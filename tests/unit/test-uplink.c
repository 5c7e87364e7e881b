/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-history.h"
#include "ohm-uplink.h"

#define TEST_TYPE_FAKE_UPLINK (test_fake_uplink_get_type ())
G_DECLARE_FINAL_TYPE (TestFakeUplink, test_fake_uplink, TEST, FAKE_UPLINK, OhmUplink)

struct _TestFakeUplink
{
  OhmUplink parent_instance;
};

G_DEFINE_FINAL_TYPE (TestFakeUplink, test_fake_uplink, OHM_TYPE_UPLINK)

static void
test_fake_uplink_free_verdict (gpointer verdict)
{
  ohm_verdict_free (verdict);
}

static void
test_fake_uplink_deliver_async (OhmUplink *uplink,
                                const OhmBatch *batch,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);
  OhmVerdict *verdict = g_new0 (OhmVerdict, 1);

  g_task_set_source_tag (task, test_fake_uplink_deliver_async);
  verdict->kind = OHM_VERDICT_PARTLY;
  verdict->n_accepted = batch->n_records;
  verdict->text = g_strdup (batch->records[0]->place);
  g_task_return_pointer (task, verdict, test_fake_uplink_free_verdict);
}

static OhmVerdict *
test_fake_uplink_deliver_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  g_assert_true (g_task_is_valid (result, uplink));
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_fake_uplink_class_init (TestFakeUplinkClass *klass)
{
  OHM_UPLINK_CLASS (klass)->deliver_async = test_fake_uplink_deliver_async;
  OHM_UPLINK_CLASS (klass)->deliver_finish = test_fake_uplink_deliver_finish;
}

static void
test_fake_uplink_init (TestFakeUplink *self)
{
}

static void
test_uplink_on_delivered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(OhmVerdict **) user_data = ohm_uplink_deliver_finish (OHM_UPLINK (source), result, &error);
  g_assert_no_error (error);
}

static void
test_uplink_delivers (void)
{
  g_autoptr (OhmUplink) uplink = g_object_new (TEST_TYPE_FAKE_UPLINK, NULL);
  g_autoptr (OhmPointSet) set = ohm_point_set_intern (NULL, 0);
  g_autoptr (OhmRecord) record = ohm_record_new ("main", set);
  g_autoptr (OhmVerdict) verdict = NULL;
  const OhmBatch batch = { .records = &record, .n_records = 1 };

  ohm_uplink_deliver_async (uplink, &batch,
                            /* cancellable */ NULL, test_uplink_on_delivered, &verdict);
  while (verdict == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_PARTLY);
  g_assert_cmpuint (verdict->n_accepted, ==, 1);
  g_assert_cmpstr (verdict->text, ==, "main");
  ohm_verdict_free (NULL);
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
  g_test_add_func ("/history/page", test_uplink_history_page);
  return g_test_run ();
}
