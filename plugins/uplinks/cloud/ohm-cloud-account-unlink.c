/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-account-private.h"
#include "ohm-cloud-form.h"

/*
 * Giving the account back: what is here is forgotten first and for sure, then the identity server
 * is told (RFC 7009), as best it can be: without a network the token ends by itself, or by the
 * account's owner.
 */

static void
ohm_cloud_unlink_end (GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
ohm_cloud_unlink_on_revoked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (OHM_CLOUD_ACCOUNT (source),
                                                                    result, /* error */ NULL);

  ohm_cloud_unlink_end (user_data);
}

static void
ohm_cloud_unlink_on_discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);
  const OhmCloudClaim *claim = g_task_get_task_data (task);
  OhmCloudIssuer *issuer = ohm_cloud_account_discover_finish (account, result, /* error */ NULL);
  SoupMessage *message = NULL;

  if (issuer != NULL && issuer->revocation != NULL)
    message = ohm_cloud_form_new (issuer->revocation, "token", claim->refresh_token,
                                  "token_type_hint", "refresh_token", "client_id", claim->client,
                                  NULL);
  if (message == NULL)
    ohm_cloud_unlink_end (task);
  else
    ohm_cloud_account_ask_async (account, message, account->life, ohm_cloud_unlink_on_revoked,
                                 task);
}

static void
ohm_cloud_unlink_on_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = g_task_get_source_object (task);
  const OhmCloudClaim *claim = g_task_get_task_data (task);
  GError *error = NULL;

  if (!ohm_secrets_clear_finish (OHM_SECRETS (source), result, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  account->is_known = TRUE;
  ohm_cloud_account_set_claim (account, /* claim */ NULL);
  ohm_cloud_account_tell (account, OHM_CLAIM_UNCLAIMED, "claim-missing");
  ohm_cloud_account_pump (account);
  if (claim == NULL || claim->refresh_token == NULL)
    ohm_cloud_unlink_end (task);
  else
    ohm_cloud_account_discover_async (account, account->life, ohm_cloud_unlink_on_discovered, task);
}

static void
ohm_cloud_unlink_on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);
  OhmCloudClaim *claim = ohm_cloud_account_find_finish (account, result, /* error */ NULL);

  if (claim != NULL)
    g_task_set_task_data (task, claim, (GDestroyNotify) ohm_cloud_claim_free);
  ohm_secrets_clear_async (account->secrets, account->id, OHM_CLOUD_CLAIM_SECRET,
                           ohm_cloud_unlink_on_cleared, task);
}

void
ohm_cloud_account_unlink_async (OhmCloudAccount *self,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task;

  g_return_if_fail (OHM_IS_CLOUD_ACCOUNT (self));

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_cloud_account_unlink_async);
  /* A renewal that is under way keeps nothing any more. */
  self->epoch++;
  g_clear_pointer (&self->unsaved, ohm_cloud_claim_free);
  g_clear_pointer (&self->unsaved_reply, ohm_cloud_reply_free);
  ohm_cloud_account_find_async (self, ohm_cloud_unlink_on_found, task);
}

gboolean
ohm_cloud_account_unlink_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
