/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An uplink that has to be linked to an account, which a file grants: `yes NAME` or `no`. It takes
 * every record and keeps none. */

#include <ohm.h>

/* How often the file is looked at. */
#define LOOK_MS 20

/* How long people have. */
#define EXPIRES_US (300 * G_USEC_PER_SEC)

#define OHM_TYPE_TEST_ACCOUNT (ohm_test_account_get_type ())
G_DECLARE_FINAL_TYPE (OhmTestAccount, ohm_test_account, OHM, TEST_ACCOUNT, OhmUplink)

struct _OhmTestAccount
{
  OhmUplink parent_instance;

  GTask *claim; /* (owned) (nullable) */
  guint look_id;
};

G_DEFINE_FINAL_TYPE (OhmTestAccount, ohm_test_account, OHM_TYPE_UPLINK)

static const OhmSettingSpec settings[] = {
  { "answer", OHM_SETTING_STRING, .max = 4096, .is_required = TRUE, .help = "Who grants it." },
  { NULL },
};

static void
ohm_test_account_start (OhmUplink *self)
{
  ohm_uplink_set_claim (self, OHM_CLAIM_UNCLAIMED, NULL, NULL);
}

static void
ohm_test_account_end (OhmTestAccount *self, const char *account, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->claim);

  g_clear_handle_id (&self->look_id, g_source_remove);
  if (error == NULL)
    ohm_uplink_set_claim (OHM_UPLINK (self), OHM_CLAIM_CLAIMED, account, NULL);
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
ohm_test_account_on_look (gpointer user_data)
{
  OhmTestAccount *self = user_data;
  OhmSettings *own = ohm_uplink_get_settings (user_data);
  g_autofree char *text = NULL;
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (g_task_get_cancellable (self->claim), &error))
    ohm_test_account_end (self, NULL, error);
  else if (!g_file_get_contents (ohm_settings_get_string (own, "answer"), &text, NULL, NULL))
    return G_SOURCE_CONTINUE;
  else if (g_str_has_prefix (text, "yes "))
    ohm_test_account_end (self, g_strstrip (text) + strlen ("yes "), NULL);
  else
    {
      g_set_error (&error, OHM_ERROR, OHM_ERROR_DEVICE, "the account said no");
      ohm_test_account_end (self, NULL, error);
    }
  return G_SOURCE_REMOVE;
}

static void
ohm_test_account_claim_async (OhmUplink *uplink,
                              OhmClaimPromptFunc prompt,
                              gpointer prompt_data,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  OhmTestAccount *self = OHM_TEST_ACCOUNT (uplink);
  const OhmClaimPrompt shown = {
    .user_code = "WDJB-MJHT",
    .uri = "https://id.example.org/device",
    .uri_complete = "https://id.example.org/device?user_code=WDJB-MJHT",
    .expires_us = ohm_clock_get_mono_us (ohm_uplink_get_clock (uplink)) + EXPIRES_US,
  };

  self->claim = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->claim, ohm_test_account_claim_async);
  prompt (&shown, prompt_data);
  self->look_id = g_timeout_add (LOOK_MS, ohm_test_account_on_look, self);
}

static void
ohm_test_account_unlink_async (OhmUplink *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_test_account_unlink_async);
  ohm_uplink_set_claim (self, OHM_CLAIM_UNCLAIMED, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
ohm_test_account_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_test_account_deliver_async (OhmUplink *self,
                                OhmBatch *batch,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_test_account_deliver_async);
  g_task_return_pointer (task, ohm_verdict_new (OHM_VERDICT_ACCEPTED, NULL),
                         (GDestroyNotify) ohm_verdict_free);
}

static OhmVerdict *
ohm_test_account_deliver_finish (OhmUplink *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_test_account_class_init (OhmTestAccountClass *klass)
{
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  uplink_class->settings_table = settings;
  uplink_class->start = ohm_test_account_start;
  uplink_class->deliver_async = ohm_test_account_deliver_async;
  uplink_class->deliver_finish = ohm_test_account_deliver_finish;
  uplink_class->claim_async = ohm_test_account_claim_async;
  uplink_class->claim_finish = ohm_test_account_finish;
  uplink_class->unlink_async = ohm_test_account_unlink_async;
  uplink_class->unlink_finish = ohm_test_account_finish;
}

static void
ohm_test_account_init (OhmTestAccount *self)
{
}

OHM_PLUGIN ("test-account", "Has to be linked to an account", ohm_test_account_get_type);
