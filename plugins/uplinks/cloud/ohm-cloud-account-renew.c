/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-account-private.h"
#include "ohm-cloud-form.h"

/*
 * One renewal of the access token, for all who wait:
 *
 *   find the claim -> where to ask -> mark it -> ask -> keep the answer -> use it
 *
 * The mark and the order of the last two are for servers that give a new refresh token with each
 * renewal and take the old one for stolen when it comes again: whenever the power goes, either the
 * old token has not been used or the new one is on disk, but for the time between asking and
 * keeping; and that is told then.
 */
typedef struct
{
  OhmCloudAccount *account; /* (owned) */
  guint epoch;
  OhmCloudClaim *claim; /* (owned) (nullable) */
  OhmCloudReply *reply; /* (owned) (nullable) */
} OhmCloudRenew;

static void
ohm_cloud_renew_free (OhmCloudRenew *self)
{
  g_clear_pointer (&self->claim, ohm_cloud_claim_free);
  g_clear_pointer (&self->reply, ohm_cloud_reply_free);
  g_object_unref (self->account);
  g_free (self);
}

/* Ends it, well or not. @error: (nullable) */
static void
ohm_cloud_renew_end (OhmCloudRenew *self, const GError *error)
{
  OhmCloudAccount *account = self->account;
  gint64 now_us = ohm_clock_get_mono_us (account->clock);
  g_autoptr (GError) gone = NULL;

  account->is_renewing = FALSE;
  if (g_cancellable_set_error_if_cancelled (account->life, &gone))
    ohm_cloud_account_answer (account, gone);
  else if (self->epoch != account->epoch)
    ohm_cloud_account_pump (account);
  else if (error == NULL || (ohm_error_is_transient (error) &&
                             ohm_cloud_renewal_on_failed (&account->renewal, now_us)))
    ohm_cloud_account_answer (account, /* error */ NULL);
  else
    ohm_cloud_account_answer (account, error);
  ohm_cloud_account_pump_others (account);
  ohm_cloud_renew_free (self);
}

/* Whether it goes on: nobody has unlinked or linked meanwhile. */
static gboolean
ohm_cloud_renew_is_current (OhmCloudRenew *self)
{
  return self->epoch == self->account->epoch && !g_cancellable_is_cancelled (self->account->life);
}

static void
ohm_cloud_renew_on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  OhmCloudAccount *account = self->account;
  g_autoptr (GError) error = NULL;

  if (!ohm_cloud_account_keep_finish (account, result, &error) && ohm_cloud_renew_is_current (self))
    {
      /* The old token may be used up: hold on to the new one until it can be kept. */
      account->unsaved = g_steal_pointer (&self->claim);
      account->unsaved_reply = g_steal_pointer (&self->reply);
    }
  else if (error == NULL && ohm_cloud_renew_is_current (self))
    {
      ohm_cloud_account_set_claim (account, self->claim);
      ohm_cloud_account_grant (account, self->reply);
    }
  ohm_cloud_renew_end (self, error);
}

static void
ohm_cloud_renew_keep (OhmCloudRenew *self)
{
  self->claim->refreshing_us = 0;
  ohm_cloud_account_keep_async (self->account, self->claim, ohm_cloud_renew_on_kept, self);
}

static void
ohm_cloud_renew_on_lost_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  OhmCloudAccount *account = self->account;
  g_autoptr (GError) error = NULL;

  /* If that could not be kept, the next start finds it out again. */
  ohm_cloud_account_keep_finish (account, result, /* error */ NULL);
  if (ohm_cloud_renew_is_current (self))
    {
      ohm_cloud_account_set_claim (account, self->claim);
      ohm_cloud_account_tell (account, OHM_CLAIM_LOST, self->claim->lost);
      ohm_message_set_error (&error, OHM_ERROR_SECRET, ohm_message_new (self->claim->lost, NULL),
                             "the account of uplink '%s' does not know it any more", account->id);
    }
  ohm_cloud_renew_end (self, error);
}

/* The token is not good any more, and nothing but linking again helps. */
static void
ohm_cloud_renew_lose (OhmCloudRenew *self)
{
  const char *code = "claim-lost";

  if (self->claim->refreshing_us != 0)
    code = !self->account->is_mark_ours    ? "claim-lost-power"
           : self->account->was_unanswered ? "claim-lost-answer"
                                           : "claim-lost";
  g_free (self->claim->lost);
  self->claim->lost = g_strdup (code);
  self->claim->refreshing_us = 0;
  ohm_cloud_claim_set_token (self->claim, NULL);
  ohm_cloud_account_keep_async (self->account, self->claim, ohm_cloud_renew_on_lost_kept, self);
}

static void
ohm_cloud_renew_refuse (OhmCloudRenew *self)
{
  const char *issuer = ohm_settings_get_string (self->account->settings, "issuer");
  const char *text = self->reply->text;
  g_autoptr (GError) error = NULL;

  self->account->was_unanswered |= self->reply->kind != OHM_CLOUD_REPLY_REFUSED;
  if (self->reply->kind == OHM_CLOUD_REPLY_BUSY)
    ohm_message_set_error (&error, OHM_ERROR_BUSY,
                           ohm_message_new ("claim-issuer-busy", "issuer", issuer, NULL),
                           "identity server %s: %s", issuer, text);
  else if (self->reply->kind == OHM_CLOUD_REPLY_BROKEN)
    {
      /* Its token endpoint may have moved: look before the next try. */
      self->account->issuer_until_us = 0;
      ohm_message_set_error (&error, OHM_ERROR_PROTOCOL,
                             ohm_message_new ("claim-answer-bad", "issuer", issuer, NULL),
                             "what identity server %s answers is not understood: %s", issuer, text);
    }
  else
    ohm_message_set_error (&error, OHM_ERROR_CONFIG,
                           ohm_message_new ("claim-refused", "issuer", issuer, "text", text, NULL),
                           "identity server %s: %s", issuer, text);
  ohm_cloud_renew_end (self, error);
}

static void
ohm_cloud_renew_on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (self->account, result, &error);

  self->account->was_unanswered |= answer == NULL;
  /* Even if nobody wants it any more: what is not kept is lost. */
  if (answer == NULL || self->epoch != self->account->epoch)
    {
      ohm_cloud_renew_end (self, error);
      return;
    }
  self->reply = ohm_cloud_account_read (answer);
  if (self->reply->kind == OHM_CLOUD_REPLY_TOKEN)
    {
      if (self->reply->refresh_token != NULL)
        ohm_cloud_claim_set_token (self->claim, self->reply->refresh_token);
      ohm_cloud_renew_keep (self);
    }
  else if (self->reply->kind == OHM_CLOUD_REPLY_INVALID)
    ohm_cloud_renew_lose (self);
  else
    ohm_cloud_renew_refuse (self);
}

static void
ohm_cloud_renew_ask (OhmCloudRenew *self)
{
  OhmCloudAccount *account = self->account;
  SoupMessage *message = ohm_cloud_form_new (account->issuer->token, "grant_type", "refresh_token",
                                             "refresh_token", self->claim->refresh_token,
                                             "client_id", self->claim->client, NULL);
  g_autoptr (GError) error = NULL;

  if (message != NULL)
    {
      /* Not given up with the uplink: the answer may have the only token that is good. */
      ohm_cloud_account_ask_async (account, message, /* cancellable */ NULL,
                                   ohm_cloud_renew_on_answered, self);
      return;
    }
  g_set_error (&error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is no address", account->issuer->token);
  ohm_cloud_renew_end (self, error);
}

static void
ohm_cloud_renew_on_marked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!ohm_cloud_account_keep_finish (self->account, result, &error) ||
      !ohm_cloud_renew_is_current (self))
    {
      ohm_cloud_renew_end (self, error);
      return;
    }
  self->account->is_mark_ours = TRUE;
  self->account->was_unanswered = FALSE;
  ohm_cloud_renew_ask (self);
}

static void
ohm_cloud_renew_on_discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  OhmCloudAccount *account = self->account;
  g_autoptr (GError) error = NULL;

  if (ohm_cloud_account_discover_finish (account, result, &error) == NULL ||
      !ohm_cloud_renew_is_current (self))
    ohm_cloud_renew_end (self, error);
  else if (self->claim->refreshing_us != 0)
    ohm_cloud_renew_ask (self);
  else
    {
      self->claim->refreshing_us = ohm_clock_get_wall_us (account->clock);
      ohm_cloud_account_keep_async (account, self->claim, ohm_cloud_renew_on_marked, self);
    }
}

static void
ohm_cloud_renew_on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudRenew *self = user_data;
  OhmCloudAccount *account = self->account;
  g_autoptr (GError) error = NULL;

  self->claim = ohm_cloud_account_find_finish (account, result, &error);
  if (error != NULL || !ohm_cloud_renew_is_current (self))
    ohm_cloud_renew_end (self, error);
  else if (self->claim == NULL || self->claim->refresh_token == NULL)
    {
      /* Somebody took it out of the keyring. */
      account->epoch++;
      account->is_known = FALSE;
      ohm_cloud_renew_end (self, /* error */ NULL);
    }
  else
    ohm_cloud_account_discover_async (account, account->life, ohm_cloud_renew_on_discovered, self);
}

void
ohm_cloud_account_renew (OhmCloudAccount *account)
{
  OhmCloudRenew *self = g_new0 (OhmCloudRenew, 1);

  self->account = g_object_ref (account);
  self->epoch = account->epoch;
  account->is_renewing = TRUE;
  if (account->unsaved != NULL)
    {
      self->claim = g_steal_pointer (&account->unsaved);
      self->reply = g_steal_pointer (&account->unsaved_reply);
      ohm_cloud_renew_keep (self);
    }
  else
    ohm_cloud_account_find_async (account, ohm_cloud_renew_on_found, self);
}
