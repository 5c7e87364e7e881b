/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-account-private.h"
#include "ohm-cloud-form.h"
#include "ohm-cloud-grant.h"

#define OHM_CLOUD_DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

/*
 * One linking to an account, as OhmCloudGrant says:
 *
 *   where to ask -> ask for a code -> prompt -> wait and poll -> who is it -> keep -> linked
 *
 * The code lives in memory alone: whoever restarts the daemon meanwhile links again.
 */
typedef struct
{
  OhmClaimPromptFunc prompt;
  gpointer prompt_data;
  OhmCloudGrant grant;
  OhmCloudDevice *device; /* (owned) (nullable) */
  OhmCloudReply *reply;   /* (owned) (nullable) */
  OhmCloudClaim *claim;   /* (owned) (nullable) */
  OhmWatcher *watcher;    /* (owned) */
  OhmWatch *timer;        /* (nullable) */
  GCancellable *inner;    /* (owned): of the caller and of the uplink's end */
  GCancellable *outer;    /* (owned) (nullable) */
  gulong outer_id;
  gulong life_id;
} OhmCloudLink;

static void ohm_cloud_link_step (GTask *task, OhmCloudGrantStep step);

static void
ohm_cloud_link_free (OhmCloudLink *self)
{
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_clear_object (&self->watcher);
  g_clear_pointer (&self->device, ohm_cloud_device_free);
  g_clear_pointer (&self->reply, ohm_cloud_reply_free);
  g_clear_pointer (&self->claim, ohm_cloud_claim_free);
  g_cancellable_disconnect (self->outer, self->outer_id);
  g_clear_object (&self->outer);
  g_clear_object (&self->inner);
  g_free (self);
}

static gint64
ohm_cloud_link_now (GTask *task)
{
  OhmCloudAccount *account = g_task_get_source_object (task);

  return ohm_clock_get_mono_us (account->clock);
}

/* @error: (transfer full) (nullable): %NULL if it is linked. Takes @task over. */
static void
ohm_cloud_link_end (GTask *task, GError *error)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  OhmCloudLink *self = g_task_get_task_data (task);

  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_cancellable_disconnect (account->life, self->life_id);
  account->is_linking = FALSE;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* @text: (nullable): the server's own words. Takes @task over. */
static void
ohm_cloud_link_fail (GTask *task, OhmError kind, const char *code, const char *text)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  const char *issuer = ohm_settings_get_string (account->settings, "issuer");
  GError *error = NULL;

  ohm_message_set_error (&error, kind,
                         text == NULL
                           ? ohm_message_new (code, "issuer", issuer, NULL)
                           : ohm_message_new (code, "issuer", issuer, "text", text, NULL),
                         "linking uplink '%s' at %s: %s%s%s", account->id, issuer, code,
                         text == NULL ? "" : ": ", text == NULL ? "" : text);
  ohm_cloud_link_end (task, error);
}

static void
ohm_cloud_link_on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);
  OhmCloudLink *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!ohm_cloud_account_keep_finish (account, result, &error))
    {
      ohm_cloud_link_end (task, error);
      return;
    }
  account->is_known = TRUE;
  g_clear_pointer (&account->unsaved, ohm_cloud_claim_free);
  g_clear_pointer (&account->unsaved_reply, ohm_cloud_reply_free);
  ohm_cloud_account_set_claim (account, self->claim);
  ohm_cloud_account_grant (account, self->reply);
  ohm_cloud_account_tell (account, OHM_CLAIM_CLAIMED, /* code */ NULL);
  ohm_cloud_link_end (task, /* error */ NULL);
}

static void
ohm_cloud_link_keep (GTask *task)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  OhmCloudLink *self = g_task_get_task_data (task);

  /* A renewal of the former claim that ends now is not to be kept over this one. */
  account->epoch++;
  ohm_cloud_account_keep_async (account, self->claim, ohm_cloud_link_on_kept, task);
}

static void
ohm_cloud_link_on_userinfo (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudLink *self = g_task_get_task_data (task);
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (OHM_CLOUD_ACCOUNT (source),
                                                                    result, /* error */ NULL);

  /* A name for people: without it, it is linked all the same. */
  if (answer != NULL && answer->status == 200 && !answer->is_cut)
    ohm_cloud_claim_read_userinfo (self->claim, answer->body);
  ohm_cloud_link_keep (task);
}

static void
ohm_cloud_link_ask_userinfo (GTask *task)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  OhmCloudLink *self = g_task_get_task_data (task);
  const char *address = account->issuer->userinfo;
  SoupMessage *message = address == NULL ? NULL : soup_message_new ("GET", address);
  char *bearer;

  if (message == NULL)
    {
      ohm_cloud_link_keep (task);
      return;
    }
  bearer = g_strconcat ("Bearer ", self->reply->access_token, NULL);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                bearer);
  ohm_secret_free (bearer);
  ohm_cloud_account_ask_async (account, message, self->inner, ohm_cloud_link_on_userinfo, task);
}

/* There are tokens. */
static void
ohm_cloud_link_take (GTask *task)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  OhmCloudLink *self = g_task_get_task_data (task);

  if (self->reply->refresh_token == NULL)
    {
      ohm_cloud_link_fail (task, OHM_ERROR_CONFIG, "claim-no-refresh", /* text */ NULL);
      return;
    }
  self->claim = ohm_cloud_claim_new (ohm_settings_get_string (account->settings, "issuer"),
                                     ohm_settings_get_string (account->settings, "client-id"));
  ohm_cloud_claim_set_token (self->claim, self->reply->refresh_token);
  self->claim->linked_us = ohm_clock_get_wall_us (account->clock);
  if (self->reply->id_token != NULL &&
      !ohm_cloud_claim_read_identity (self->claim, self->reply->id_token))
    ohm_cloud_link_fail (task, OHM_ERROR_PROTOCOL, "claim-answer-bad", /* text */ NULL);
  else if (self->claim->account == NULL)
    ohm_cloud_link_ask_userinfo (task);
  else
    ohm_cloud_link_keep (task);
}

static void
ohm_cloud_link_on_polled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudLink *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (OHM_CLOUD_ACCOUNT (source),
                                                                    result, &error);

  if (ohm_error_is_cancelled (error))
    ohm_cloud_link_end (task, error);
  else if (answer == NULL)
    {
      g_error_free (error);
      ohm_cloud_link_step (task, ohm_cloud_grant_on_lost (&self->grant, ohm_cloud_link_now (task)));
    }
  else
    {
      g_clear_pointer (&self->reply, ohm_cloud_reply_free);
      self->reply = ohm_cloud_account_read (answer);
      ohm_cloud_link_step (task, ohm_cloud_grant_on_reply (&self->grant, self->reply->kind,
                                                           ohm_cloud_link_now (task)));
    }
}

static void
ohm_cloud_link_poll (GTask *task)
{
  OhmCloudAccount *account = g_task_get_source_object (task);
  OhmCloudLink *self = g_task_get_task_data (task);
  SoupMessage *message = ohm_cloud_form_new (account->issuer->token, "grant_type",
                                             OHM_CLOUD_DEVICE_GRANT, "device_code",
                                             self->device->code, "client_id",
                                             ohm_settings_get_string (account->settings,
                                                                      "client-id"),
                                             NULL);

  ohm_cloud_account_ask_async (account, message, self->inner, ohm_cloud_link_on_polled, task);
}

static void
ohm_cloud_link_prompt (GTask *task)
{
  OhmCloudLink *self = g_task_get_task_data (task);
  const OhmClaimPrompt prompt = {
    .user_code = self->device->user_code,
    .uri = self->device->uri,
    .uri_complete = self->device->uri_complete,
    .expires_us = self->grant.expires_us,
  };

  if (self->prompt != NULL)
    self->prompt (&prompt, self->prompt_data);
}

static void
ohm_cloud_link_on_time (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudLink *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_cancellable_set_error_if_cancelled (self->inner, &error))
    ohm_cloud_link_end (task, error);
  else
    ohm_cloud_link_step (task, ohm_cloud_grant_on_time (&self->grant, ohm_cloud_link_now (task)));
}

static void
ohm_cloud_link_wait (GTask *task)
{
  OhmCloudLink *self = g_task_get_task_data (task);

  if (self->timer == NULL)
    self->timer = ohm_watcher_add (self->watcher, -1, 0, ohm_cloud_link_on_time, task);
  ohm_watch_set_deadline (self->timer, g_cancellable_is_cancelled (self->inner)
                                         ? ohm_cloud_link_now (task)
                                         : self->grant.next_us);
}

static OhmError
ohm_cloud_link_error_of (const char *failure)
{
  if (g_str_equal (failure, "claim-expired"))
    return OHM_ERROR_TIMEOUT;
  return g_str_equal (failure, "claim-refused") ? OHM_ERROR_CONFIG : OHM_ERROR_FAILED;
}

static void
ohm_cloud_link_step (GTask *task, OhmCloudGrantStep step)
{
  OhmCloudLink *self = g_task_get_task_data (task);

  switch (step)
    {
    case OHM_CLOUD_GRANT_PROMPT:
      ohm_cloud_link_prompt (task);
      ohm_cloud_link_wait (task);
      break;
    case OHM_CLOUD_GRANT_WAIT:
      ohm_cloud_link_wait (task);
      break;
    case OHM_CLOUD_GRANT_POLL:
      ohm_cloud_link_poll (task);
      break;
    case OHM_CLOUD_GRANT_KEEP:
      ohm_cloud_link_take (task);
      break;
    case OHM_CLOUD_GRANT_ASK:
    case OHM_CLOUD_GRANT_FAIL:
    default:
      ohm_cloud_link_fail (task, ohm_cloud_link_error_of (self->grant.failure), self->grant.failure,
                           self->reply == NULL ? NULL : self->reply->text);
    }
}

/* What an endpoint says that gives no code. */
static void
ohm_cloud_link_refuse (GTask *task, const OhmCloudAnswer *answer)
{
  g_autoptr (OhmCloudReply) reply = ohm_cloud_account_read (answer);

  if (reply->kind == OHM_CLOUD_REPLY_BUSY)
    ohm_cloud_link_fail (task, OHM_ERROR_BUSY, "claim-issuer-busy", reply->text);
  else if (reply->kind == OHM_CLOUD_REPLY_TOKEN || reply->kind == OHM_CLOUD_REPLY_BROKEN)
    ohm_cloud_link_fail (task, OHM_ERROR_PROTOCOL, "claim-answer-bad", /* text */ NULL);
  else
    ohm_cloud_link_fail (task, OHM_ERROR_CONFIG, "claim-refused", reply->text);
}

static gboolean
ohm_cloud_link_is_json (const OhmCloudAnswer *answer)
{
  const char *type = soup_message_headers_get_content_type (answer->headers, NULL);

  return type != NULL && g_ascii_strcasecmp (type, "application/json") == 0;
}

static void
ohm_cloud_link_on_device (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);
  OhmCloudLink *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (account, result, &error);

  if (answer == NULL)
    {
      ohm_cloud_link_end (task, error);
      return;
    }
  if (answer->status == 200 && !answer->is_cut && ohm_cloud_link_is_json (answer))
    self->device = ohm_cloud_device_parse (answer->body,
                                           ohm_settings_get_boolean (account->settings,
                                                                     "insecure"));
  if (self->device == NULL)
    ohm_cloud_link_refuse (task, answer);
  else
    ohm_cloud_link_step (task, ohm_cloud_grant_on_device (&self->grant, self->device,
                                                          ohm_cloud_link_now (task)));
}

static void
ohm_cloud_link_on_discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  OhmCloudAccount *account = OHM_CLOUD_ACCOUNT (source);
  OhmCloudLink *self = g_task_get_task_data (task);
  GError *error = NULL;
  OhmCloudIssuer *issuer = ohm_cloud_account_discover_finish (account, result, &error);
  SoupMessage *message;

  if (issuer == NULL)
    {
      ohm_cloud_link_end (task, error);
      return;
    }
  if (issuer->device == NULL)
    {
      ohm_cloud_link_fail (task, OHM_ERROR_CONFIG, "claim-not-offered", /* text */ NULL);
      return;
    }
  message = ohm_cloud_form_new (issuer->device, "client_id",
                                ohm_settings_get_string (account->settings, "client-id"), "scope",
                                ohm_settings_get_string (account->settings, "scope"), NULL);
  ohm_cloud_account_ask_async (account, message, self->inner, ohm_cloud_link_on_device, task);
}

/* Waiting ends at once; an exchange that is under way is cancelled with it, and ends by itself. */
static void
ohm_cloud_link_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  OhmCloudLink *self = user_data;

  g_cancellable_cancel (self->inner);
  if (self->timer != NULL && ohm_watch_get_deadline (self->timer) >= 0)
    ohm_watch_set_deadline (self->timer, 0);
}

void
ohm_cloud_account_claim_async (OhmCloudAccount *self,
                               OhmClaimPromptFunc prompt,
                               gpointer prompt_data,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmCloudLink *link;
  GTask *task;

  g_return_if_fail (OHM_IS_CLOUD_ACCOUNT (self));

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_cloud_account_claim_async);
  if (self->is_linking)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_BUSY, "it is being linked already");
      g_object_unref (task);
      return;
    }
  self->is_linking = TRUE;
  link = g_new0 (OhmCloudLink, 1);
  link->prompt = prompt;
  link->prompt_data = prompt_data;
  link->watcher = ohm_watcher_new (self->clock, /* context */ NULL);
  link->inner = g_cancellable_new ();
  g_task_set_task_data (task, link, (GDestroyNotify) ohm_cloud_link_free);
  if (cancellable != NULL)
    {
      link->outer = g_object_ref (cancellable);
      link->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (ohm_cloud_link_on_cancelled),
                                              link, NULL);
    }
  link->life_id = g_cancellable_connect (self->life, G_CALLBACK (ohm_cloud_link_on_cancelled), link,
                                         NULL);
  ohm_cloud_grant_begin (&link->grant);
  ohm_cloud_account_discover_async (self, link->inner, ohm_cloud_link_on_discovered, task);
}

gboolean
ohm_cloud_account_claim_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
