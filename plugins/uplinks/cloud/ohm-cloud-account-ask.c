/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-account-private.h"

/* Answers of identity servers have a few kilobytes. */
#define OHM_CLOUD_ACCOUNT_BODY_MAX (64 * 1024)

/* Identity servers move their addresses once in years. */
#define OHM_CLOUD_ACCOUNT_ISSUER_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)

static void
ohm_cloud_account_on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmCloudAccount *self = g_task_get_source_object (task);
  GError *error = NULL;
  OhmCloudAnswer *answer = ohm_cloud_fetch_finish (SOUP_SESSION (source), result, &error);

  ohm_clock_release (self->clock);
  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, (GDestroyNotify) ohm_cloud_answer_free);
}

void
ohm_cloud_account_ask_async (OhmCloudAccount *self,
                             SoupMessage *message,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  const OhmCloudLimits limits = {
    .body_max = OHM_CLOUD_ACCOUNT_BODY_MAX,
    .connect_us = 10 * G_USEC_PER_SEC,
    .total_us = 30 * G_USEC_PER_SEC,
    .setting = "issuer",
  };
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_cloud_account_ask_async);
  /* An answer that has come counts, whoever gave up waiting. */
  g_task_set_check_cancellable (task, FALSE);
  ohm_clock_hold (self->clock);
  ohm_cloud_fetch_async (self->session, message, &limits, cancellable, ohm_cloud_account_on_asked,
                         task);
  g_object_unref (message);
}

OhmCloudAnswer *
ohm_cloud_account_ask_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

OhmCloudReply *
ohm_cloud_account_read (const OhmCloudAnswer *answer)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  const char *type = soup_message_headers_get_content_type (answer->headers, NULL);

  return ohm_cloud_reply_parse (answer->status, type, answer->is_cut ? nothing : answer->body);
}

static gboolean
ohm_cloud_account_is_insecure (OhmCloudAccount *self)
{
  return ohm_settings_get_boolean (self->settings, "insecure");
}

static void
ohm_cloud_account_on_discovered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmCloudAccount *self = OHM_CLOUD_ACCOUNT (source);
  g_autoptr (GTask) task = user_data;
  const char *name = ohm_settings_get_string (self->settings, "issuer");
  GError *error = NULL;
  g_autoptr (OhmCloudAnswer) answer = ohm_cloud_account_ask_finish (self, result, &error);
  OhmCloudIssuer *issuer = NULL;

  if (answer != NULL && answer->status == 200 && !answer->is_cut)
    issuer = ohm_cloud_issuer_parse (answer->body, name, ohm_cloud_account_is_insecure (self),
                                     &error);
  else if (answer != NULL && (answer->status >= 500 || answer->status == 429))
    ohm_message_set_error (&error, OHM_ERROR_BUSY,
                           ohm_message_new ("claim-issuer-busy", "issuer", name, NULL),
                           "identity server %s answers HTTP %u", name, answer->status);
  else if (answer != NULL)
    {
      g_autofree char *text = g_strdup_printf ("HTTP %u", answer->status);

      ohm_message_set_error (&error, OHM_ERROR_CONFIG,
                             ohm_message_new ("claim-issuer-bad", "issuer", name, "text", text,
                                              NULL),
                             "identity server %s has no document of its own: HTTP %u", name,
                             answer->status);
    }
  if (issuer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&self->issuer, ohm_cloud_issuer_free);
  self->issuer = issuer;
  self->issuer_until_us = ohm_clock_get_mono_us (self->clock) + OHM_CLOUD_ACCOUNT_ISSUER_US;
  g_task_return_boolean (task, TRUE);
}

void
ohm_cloud_account_discover_async (OhmCloudAccount *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *address = ohm_cloud_issuer_dup_address (
    ohm_settings_get_string (self->settings, "issuer"));
  SoupMessage *message;

  g_task_set_source_tag (task, ohm_cloud_account_discover_async);
  if (self->issuer != NULL && ohm_clock_get_mono_us (self->clock) < self->issuer_until_us)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  message = soup_message_new ("GET", address);
  if (message == NULL)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_CONFIG, "issuer: '%s' is no address",
                               address);
      return;
    }
  ohm_cloud_account_ask_async (self, message, cancellable, ohm_cloud_account_on_discovered,
                               g_steal_pointer (&task));
}

OhmCloudIssuer *
ohm_cloud_account_discover_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_boolean (G_TASK (result), error) ? self->issuer : NULL;
}

static void
ohm_cloud_account_on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (ohm_secrets_store_finish (OHM_SECRETS (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
ohm_cloud_account_keep_async (OhmCloudAccount *self,
                              const OhmCloudClaim *claim,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  char *text = ohm_cloud_claim_dup_text (claim);

  g_task_set_source_tag (task, ohm_cloud_account_keep_async);
  ohm_secrets_store_async (self->secrets, self->id, OHM_CLOUD_CLAIM_SECRET, text,
                           ohm_cloud_account_on_kept, task);
  ohm_secret_free (text);
}

gboolean
ohm_cloud_account_keep_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* A claim on another account server than the one that the settings name is none. */
static OhmCloudClaim *
ohm_cloud_account_check_claim (OhmCloudAccount *self, OhmCloudClaim *claim)
{
  if (claim == NULL ||
      (ohm_cloud_issuer_equal (claim->issuer, ohm_settings_get_string (self->settings, "issuer")) &&
       g_str_equal (claim->client, ohm_settings_get_string (self->settings, "client-id"))))
    return claim;
  ohm_cloud_claim_free (claim);
  return NULL;
}

static void
ohm_cloud_account_on_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *text = ohm_secrets_lookup_finish (OHM_SECRETS (source), result, &error);

  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_pointer (task,
                         text == NULL
                           ? NULL
                           : ohm_cloud_account_check_claim (g_task_get_source_object (task),
                                                            ohm_cloud_claim_parse (text)),
                         (GDestroyNotify) ohm_cloud_claim_free);
  ohm_secret_free (text);
}

void
ohm_cloud_account_find_async (OhmCloudAccount *self,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_cloud_account_find_async);
  ohm_secrets_lookup_async (self->secrets, self->id, OHM_CLOUD_CLAIM_SECRET,
                            /* cancellable */ NULL, ohm_cloud_account_on_found, task);
}

OhmCloudClaim *
ohm_cloud_account_find_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
