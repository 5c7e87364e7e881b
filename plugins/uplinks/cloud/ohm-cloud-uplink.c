/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-uplink.h"

#include "ohm-cloud-account.h"
#include "ohm-cloud-auth.h"
#include "ohm-cloud-send.h"
#include "ohm-cloud-session.h"
#include "ohm-cloud-settings.h"
#include "ohm-cloud-verdict.h"

struct _OhmCloudUplink
{
  OhmUplink parent_instance;

  SoupSession *session;     /* (owned) (nullable): until what it needs can be read */
  OhmCloudAccount *account; /* (owned) (nullable): only for `auth = claim` */
  OhmWorker *worker;        /* (owned) (nullable): from the first sending on */
  OhmCloudLimits limits;
};

G_DEFINE_FINAL_TYPE (OhmCloudUplink, ohm_cloud_uplink, OHM_TYPE_UPLINK)

void
ohm_cloud_uplink_set_limits (OhmCloudUplink *self, const OhmCloudLimits *limits)
{
  self->limits = *limits;
}

static gboolean
ohm_cloud_uplink_is_claimed_here (OhmCloudUplink *self)
{
  OhmSettings *settings = ohm_uplink_get_settings (OHM_UPLINK (self));

  return g_str_equal (ohm_settings_get_string (settings, "auth"), "claim");
}

/* A file that cannot be read now may be there at the next try. */
static gboolean
ohm_cloud_uplink_ensure_session (OhmCloudUplink *self, GError **error)
{
  if (self->session != NULL)
    return TRUE;
  self->session = ohm_cloud_session_new (ohm_uplink_get_settings (OHM_UPLINK (self)), error);
  if (self->session == NULL)
    return FALSE;
  if (ohm_cloud_uplink_is_claimed_here (self))
    {
      self->account = ohm_cloud_account_new (OHM_UPLINK (self), self->session);
      ohm_cloud_account_start (self->account);
    }
  return TRUE;
}

static void
ohm_cloud_uplink_start (OhmUplink *uplink)
{
  OhmCloudUplink *self = OHM_CLOUD_UPLINK (uplink);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmMessage) message = NULL;

  if (ohm_cloud_uplink_ensure_session (self, &error))
    return;
  message = ohm_message_new_from_error (error);
  if (ohm_cloud_uplink_is_claimed_here (self))
    ohm_uplink_set_claim (uplink, OHM_CLAIM_UNKNOWN, /* account */ NULL, message);
}

static void
ohm_cloud_uplink_send (OhmCloudUplink *self,
                       OhmBatch *batch,
                       OhmSamples *samples,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  OhmCloudSender sender = { .uplink = OHM_UPLINK (self), .limits = self->limits };

  if (!ohm_cloud_uplink_ensure_session (self, &error))
    {
      task = g_task_new (self, cancellable, callback, user_data);
      g_task_set_source_tag (task, ohm_cloud_uplink_send);
      g_task_return_pointer (task, ohm_cloud_verdict_new_from_error (error),
                             (GDestroyNotify) ohm_verdict_free);
      return;
    }
  if (self->worker == NULL)
    self->worker = ohm_worker_new ("cloud", ohm_uplink_get_clock (OHM_UPLINK (self)));
  sender.session = self->session;
  sender.account = self->account;
  sender.worker = self->worker;
  ohm_cloud_send_async (&sender, batch, samples, cancellable, callback, user_data);
}

static void
ohm_cloud_uplink_deliver_async (OhmUplink *uplink,
                                OhmBatch *batch,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  ohm_cloud_uplink_send (OHM_CLOUD_UPLINK (uplink), batch, /* samples */ NULL, cancellable,
                         callback, user_data);
}

static void
ohm_cloud_uplink_send_async (OhmUplink *uplink,
                             OhmSamples *samples,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  ohm_cloud_uplink_send (OHM_CLOUD_UPLINK (uplink), /* batch */ NULL, samples, cancellable,
                         callback, user_data);
}

/* Who asked the uplink gets its answer from the uplink. */
static void
ohm_cloud_uplink_on_claimed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ohm_cloud_account_claim_finish (OHM_CLOUD_ACCOUNT (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
ohm_cloud_uplink_claim_async (OhmUplink *uplink,
                              OhmClaimPromptFunc prompt,
                              gpointer prompt_data,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  OhmCloudUplink *self = OHM_CLOUD_UPLINK (uplink);
  g_autoptr (GTask) task = g_task_new (uplink, /* cancellable */ NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, ohm_cloud_uplink_claim_async);
  if (!ohm_cloud_uplink_ensure_session (self, &error))
    g_task_return_error (task, error);
  else
    ohm_cloud_account_claim_async (self->account, prompt, prompt_data, cancellable,
                                   ohm_cloud_uplink_on_claimed, g_steal_pointer (&task));
}

static void
ohm_cloud_uplink_on_unlinked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ohm_cloud_account_unlink_finish (OHM_CLOUD_ACCOUNT (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
ohm_cloud_uplink_unlink_async (OhmUplink *uplink, GAsyncReadyCallback callback, gpointer user_data)
{
  OhmCloudUplink *self = OHM_CLOUD_UPLINK (uplink);
  g_autoptr (GTask) task = g_task_new (uplink, /* cancellable */ NULL, callback, user_data);
  GError *error = NULL;

  g_task_set_source_tag (task, ohm_cloud_uplink_unlink_async);
  if (!ohm_cloud_uplink_ensure_session (self, &error))
    g_task_return_error (task, error);
  else
    ohm_cloud_account_unlink_async (self->account, ohm_cloud_uplink_on_unlinked,
                                    g_steal_pointer (&task));
}

/* Of claiming and of unlinking. */
static gboolean
ohm_cloud_uplink_link_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, uplink), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static guint
ohm_cloud_uplink_get_flags (OhmUplink *uplink)
{
  return ohm_cloud_settings_get_flags (ohm_uplink_get_settings (uplink));
}

static void
ohm_cloud_uplink_dispose (GObject *object)
{
  OhmCloudUplink *self = OHM_CLOUD_UPLINK (object);

  g_clear_object (&self->account);
  g_clear_object (&self->session);
  g_clear_object (&self->worker);
  G_OBJECT_CLASS (ohm_cloud_uplink_parent_class)->dispose (object);
}

static void
ohm_cloud_uplink_class_init (OhmCloudUplinkClass *klass)
{
  static const char *const address_keys[] = {
    "url", "user", "issuer", "client-id", "tenant", NULL
  };
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ohm_cloud_uplink_dispose;
  uplink_class->settings_table = ohm_cloud_settings_table;
  uplink_class->secrets = ohm_cloud_auth_secrets;
  uplink_class->address_keys = address_keys;
  uplink_class->check = ohm_cloud_settings_check;
  uplink_class->check_secret = ohm_cloud_auth_check_secret;
  uplink_class->takes_secret = ohm_cloud_auth_takes_secret;
  uplink_class->get_flags = ohm_cloud_uplink_get_flags;
  uplink_class->start = ohm_cloud_uplink_start;
  uplink_class->deliver_async = ohm_cloud_uplink_deliver_async;
  uplink_class->deliver_finish = ohm_cloud_send_finish;
  uplink_class->send_async = ohm_cloud_uplink_send_async;
  uplink_class->send_finish = ohm_cloud_send_finish;
  uplink_class->claim_async = ohm_cloud_uplink_claim_async;
  uplink_class->claim_finish = ohm_cloud_uplink_link_finish;
  uplink_class->unlink_async = ohm_cloud_uplink_unlink_async;
  uplink_class->unlink_finish = ohm_cloud_uplink_link_finish;
}

static void
ohm_cloud_uplink_init (OhmCloudUplink *self)
{
  self->limits = (OhmCloudLimits) OHM_CLOUD_LIMITS_INIT;
}
