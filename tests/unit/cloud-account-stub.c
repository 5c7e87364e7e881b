/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "cloud-account-stub.h"

struct _OhmCloudAccount
{
  GObject parent_instance;

  OhmUplink *uplink;
  GError *error;
  guint n_refused;
};

G_DEFINE_FINAL_TYPE (OhmCloudAccount, ohm_cloud_account, G_TYPE_OBJECT)

static OhmCloudAccount *fixture_account;

OhmCloudAccount *
fixture_account_last (void)
{
  return fixture_account;
}

void
fixture_account_set_error (OhmCloudAccount *self, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
}

guint
fixture_account_n_refused (OhmCloudAccount *self)
{
  return self->n_refused;
}

OhmCloudAccount *
ohm_cloud_account_new (OhmUplink *uplink, SoupSession *session)
{
  OhmCloudAccount *self = g_object_new (OHM_TYPE_CLOUD_ACCOUNT, NULL);

  g_assert_true (SOUP_IS_SESSION (session));
  self->uplink = uplink;
  fixture_account = self;
  return self;
}

void
ohm_cloud_account_start (OhmCloudAccount *self)
{
  ohm_uplink_set_claim (self->uplink, OHM_CLAIM_CLAIMED, "somebody", NULL);
}

void
ohm_cloud_account_authorize_async (OhmCloudAccount *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_cloud_account_authorize_async);
  if (self->error != NULL)
    g_task_return_error (task, g_error_copy (self->error));
  else
    g_task_return_pointer (task, g_strdup_printf ("Bearer token-%u", self->n_refused),
                           (GDestroyNotify) ohm_secret_free);
}

char *
ohm_cloud_account_authorize_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
ohm_cloud_account_refused (OhmCloudAccount *self)
{
  self->n_refused++;
}

void
ohm_cloud_account_claim_async (OhmCloudAccount *self,
                               OhmClaimPromptFunc prompt,
                               gpointer prompt_data,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  OhmClaimPrompt asked = { "FNHG-NHPC", "https://id.example.org/device", NULL, 0 };

  g_task_set_source_tag (task, ohm_cloud_account_claim_async);
  prompt (&asked, prompt_data);
  g_task_return_boolean (task, TRUE);
}

gboolean
ohm_cloud_account_claim_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ohm_cloud_account_unlink_async (OhmCloudAccount *self,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_cloud_account_unlink_async);
  g_task_return_boolean (task, TRUE);
}

gboolean
ohm_cloud_account_unlink_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_cloud_account_finalize (GObject *object)
{
  OhmCloudAccount *self = OHM_CLOUD_ACCOUNT (object);

  g_clear_error (&self->error);
  if (fixture_account == self)
    fixture_account = NULL;
  G_OBJECT_CLASS (ohm_cloud_account_parent_class)->finalize (object);
}

static void
ohm_cloud_account_class_init (OhmCloudAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_cloud_account_finalize;
}

static void
ohm_cloud_account_init (OhmCloudAccount *self)
{
}
