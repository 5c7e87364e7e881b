/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-account-private.h"

/* Somebody who wants a token. */
typedef struct
{
  OhmCloudAccount *account;
  GTask *task;     /* (owned) */
  GSource *source; /* (owned) (nullable): of its cancellable */
} OhmCloudWaiter;

G_DEFINE_FINAL_TYPE (OhmCloudAccount, ohm_cloud_account, G_TYPE_OBJECT)

/* All there are, on the main thread. An uplink whose settings change is made anew while its former
 * self may still wait for a token: two renewals at once look like a theft to a server that rotates.
 */
static GPtrArray *ohm_cloud_accounts; /* (element-type OhmCloudAccount) (nullable) */

static void
ohm_cloud_waiter_free (OhmCloudWaiter *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_object_unref (self->task);
  g_free (self);
}

void
ohm_cloud_account_tell (OhmCloudAccount *self, OhmClaimState state, const char *code)
{
  const char *account = NULL;
  g_autoptr (OhmMessage) message = code == NULL ? NULL : ohm_message_new (code, NULL);

  if (self->uplink == NULL)
    return;
  if (self->claim != NULL)
    account = self->claim->account != NULL ? self->claim->account : self->claim->subject;
  ohm_uplink_set_claim (self->uplink, state, account, message);
}

void
ohm_cloud_account_set_claim (OhmCloudAccount *self, const OhmCloudClaim *claim)
{
  OhmCloudClaim *copy = NULL;

  if (claim != NULL)
    {
      copy = ohm_cloud_claim_new (claim->issuer, claim->client);
      copy->subject = g_strdup (claim->subject);
      copy->account = g_strdup (claim->account);
      copy->linked_us = claim->linked_us;
      copy->refreshing_us = claim->refreshing_us;
      copy->lost = g_strdup (claim->lost);
    }
  g_clear_pointer (&self->claim, ohm_cloud_claim_free);
  self->claim = copy;
  if (copy == NULL || copy->lost != NULL)
    {
      ohm_cloud_renewal_reset (&self->renewal);
      g_clear_pointer (&self->access_token, ohm_secret_free);
    }
}

void
ohm_cloud_account_grant (OhmCloudAccount *self, const OhmCloudReply *reply)
{
  g_clear_pointer (&self->access_token, ohm_secret_free);
  self->access_token = g_strdup (reply->access_token);
  ohm_cloud_renewal_on_granted (&self->renewal, reply->life_us, g_random_double_range (-1, 1),
                                ohm_clock_get_mono_us (self->clock));
}

void
ohm_cloud_account_answer (OhmCloudAccount *self, const GError *error)
{
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&self->waiters);

  self->waiters = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_cloud_waiter_free);
  for (guint i = 0; i < waiters->len; i++)
    {
      OhmCloudWaiter *waiter = g_ptr_array_index (waiters, i);

      if (error != NULL)
        g_task_return_error (waiter->task, g_error_copy (error));
      else
        g_task_return_pointer (waiter->task, g_strconcat ("Bearer ", self->access_token, NULL),
                               (GDestroyNotify) ohm_secret_free);
    }
}

static void
ohm_cloud_account_on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudAccount *self = OHM_CLOUD_ACCOUNT (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudClaim) claim = ohm_cloud_account_find_finish (self, result, &error);

  self->is_looking = FALSE;
  if (GPOINTER_TO_UINT (user_data) != self->epoch)
    return;
  if (error != NULL)
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

      if (self->uplink != NULL)
        ohm_uplink_set_claim (self->uplink, OHM_CLAIM_UNKNOWN, NULL, message);
      ohm_cloud_account_answer (self, error);
      return;
    }
  self->is_known = TRUE;
  ohm_cloud_account_set_claim (self, claim);
  if (claim == NULL)
    ohm_cloud_account_tell (self, OHM_CLAIM_UNCLAIMED, "claim-missing");
  else if (claim->lost != NULL)
    ohm_cloud_account_tell (self, OHM_CLAIM_LOST, claim->lost);
  else
    ohm_cloud_account_tell (self, OHM_CLAIM_CLAIMED, NULL);
  ohm_cloud_account_pump (self);
}

static void
ohm_cloud_account_look_up (OhmCloudAccount *self)
{
  if (self->is_looking)
    return;
  self->is_looking = TRUE;
  ohm_cloud_account_find_async (self, ohm_cloud_account_on_looked_up,
                                GUINT_TO_POINTER (self->epoch));
}

void
ohm_cloud_account_start (OhmCloudAccount *self)
{
  g_return_if_fail (OHM_IS_CLOUD_ACCOUNT (self));

  ohm_cloud_account_tell (self, OHM_CLAIM_UNKNOWN, NULL);
  ohm_cloud_account_look_up (self);
}

/* Not transient: nothing but a person changes it. */
static void
ohm_cloud_account_answer_unlinked (OhmCloudAccount *self)
{
  const char *code = self->claim != NULL ? self->claim->lost : "claim-missing";
  g_autoptr (GError) error = NULL;

  ohm_message_set_error (&error, OHM_ERROR_SECRET, ohm_message_new (code, NULL),
                         "uplink '%s' is not linked to an account (%s)", self->id, code);
  ohm_cloud_account_answer (self, error);
}

static gboolean
ohm_cloud_account_is_former_renewing (OhmCloudAccount *self)
{
  for (guint i = 0; i < ohm_cloud_accounts->len; i++)
    {
      OhmCloudAccount *other = g_ptr_array_index (ohm_cloud_accounts, i);

      if (other != self && other->is_renewing && g_str_equal (other->id, self->id))
        return TRUE;
    }
  return FALSE;
}

void
ohm_cloud_account_pump_others (OhmCloudAccount *self)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < ohm_cloud_accounts->len; i++)
    if (ohm_cloud_accounts->pdata[i] != self)
      g_ptr_array_add (others, g_object_ref (ohm_cloud_accounts->pdata[i]));
  for (guint i = 0; i < others->len; i++)
    ohm_cloud_account_pump (others->pdata[i]);
}

void
ohm_cloud_account_pump (OhmCloudAccount *self)
{
  if (self->waiters->len == 0 || self->is_renewing || ohm_cloud_account_is_former_renewing (self))
    return;
  if (!self->is_known)
    ohm_cloud_account_look_up (self);
  else if (self->claim == NULL || self->claim->lost != NULL)
    ohm_cloud_account_answer_unlinked (self);
  else if (ohm_cloud_renewal_decide (&self->renewal, ohm_clock_get_mono_us (self->clock)) ==
           OHM_CLOUD_RENEWAL_USE)
    ohm_cloud_account_answer (self, /* error */ NULL);
  else
    ohm_cloud_account_renew (self);
}

static gboolean
ohm_cloud_waiter_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OhmCloudWaiter *waiter = user_data;
  g_autoptr (GTask) task = g_object_ref (waiter->task);

  g_ptr_array_remove (waiter->account->waiters, waiter);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

void
ohm_cloud_account_authorize_async (OhmCloudAccount *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  OhmCloudWaiter *waiter;

  g_return_if_fail (OHM_IS_CLOUD_ACCOUNT (self));

  waiter = g_new0 (OhmCloudWaiter, 1);
  waiter->account = self;
  waiter->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (waiter->task, ohm_cloud_account_authorize_async);
  if (cancellable != NULL)
    {
      waiter->source = g_cancellable_source_new (cancellable);
      g_source_set_callback (waiter->source, G_SOURCE_FUNC (ohm_cloud_waiter_on_cancelled), waiter,
                             NULL);
      g_source_attach (waiter->source, g_main_context_get_thread_default ());
    }
  g_ptr_array_add (self->waiters, waiter);
  ohm_cloud_account_pump (self);
}

char *
ohm_cloud_account_authorize_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
ohm_cloud_account_refused (OhmCloudAccount *self)
{
  g_return_if_fail (OHM_IS_CLOUD_ACCOUNT (self));

  ohm_cloud_renewal_on_refused (&self->renewal);
}

static void
ohm_cloud_account_on_uplink_gone (gpointer data, GObject *uplink)
{
  OhmCloudAccount *self = data;

  self->uplink = NULL;
  g_cancellable_cancel (self->life);
}

static void
ohm_cloud_account_dispose (GObject *object)
{
  OhmCloudAccount *self = OHM_CLOUD_ACCOUNT (object);

  if (self->uplink != NULL)
    g_object_weak_unref (G_OBJECT (self->uplink), ohm_cloud_account_on_uplink_gone, self);
  self->uplink = NULL;
  g_ptr_array_remove_fast (ohm_cloud_accounts, self);
  g_clear_object (&self->session);
  g_clear_object (&self->secrets);
  g_clear_object (&self->clock);

  G_OBJECT_CLASS (ohm_cloud_account_parent_class)->dispose (object);
}

static void
ohm_cloud_account_finalize (GObject *object)
{
  OhmCloudAccount *self = OHM_CLOUD_ACCOUNT (object);

  g_free (self->id);
  g_clear_pointer (&self->settings, ohm_settings_unref);
  g_clear_object (&self->life);
  g_clear_pointer (&self->issuer, ohm_cloud_issuer_free);
  g_clear_pointer (&self->claim, ohm_cloud_claim_free);
  g_clear_pointer (&self->unsaved, ohm_cloud_claim_free);
  g_clear_pointer (&self->unsaved_reply, ohm_cloud_reply_free);
  ohm_secret_free (self->access_token);
  g_ptr_array_unref (self->waiters);

  G_OBJECT_CLASS (ohm_cloud_account_parent_class)->finalize (object);
}

static void
ohm_cloud_account_class_init (OhmCloudAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_cloud_account_dispose;
  object_class->finalize = ohm_cloud_account_finalize;
}

static void
ohm_cloud_account_init (OhmCloudAccount *self)
{
  if (ohm_cloud_accounts == NULL)
    ohm_cloud_accounts = g_ptr_array_new ();
  g_ptr_array_add (ohm_cloud_accounts, self);
  self->life = g_cancellable_new ();
  self->waiters = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_cloud_waiter_free);
}

OhmCloudAccount *
ohm_cloud_account_new (OhmUplink *uplink, SoupSession *session)
{
  OhmCloudAccount *self;

  g_return_val_if_fail (OHM_IS_UPLINK (uplink), NULL);
  g_return_val_if_fail (SOUP_IS_SESSION (session), NULL);

  self = g_object_new (OHM_TYPE_CLOUD_ACCOUNT, NULL);
  self->uplink = uplink;
  g_object_weak_ref (G_OBJECT (uplink), ohm_cloud_account_on_uplink_gone, self);
  self->id = g_strdup (ohm_uplink_get_id (uplink));
  self->session = g_object_ref (session);
  self->settings = ohm_settings_ref (ohm_uplink_get_settings (uplink));
  self->clock = g_object_ref (ohm_uplink_get_clock (uplink));
  self->secrets = g_object_ref (ohm_uplink_get_secrets (uplink));
  return self;
}
