/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-auth.h"

#include <string.h>

#include "ohm-cloud-file.h"

const OhmUplinkSecret ohm_cloud_auth_secrets[] = {
  { "token", "for auth = bearer: what the engine gave you" },
  { "password", "for auth = basic: the password of 'user'" },
  { NULL, NULL },
};

static gboolean
ohm_cloud_auth_is (OhmUplink *uplink, const char *auth)
{
  return g_str_equal (ohm_settings_get_string (ohm_uplink_get_settings (uplink), "auth"), auth);
}

/* `user:password` or the token, as a header has it. */
static char *
ohm_cloud_auth_make_header (OhmUplink *uplink, const char *secret)
{
  OhmSettings *settings = ohm_uplink_get_settings (uplink);
  char *pair;
  char *encoded;
  char *header;

  if (ohm_cloud_auth_is (uplink, "bearer"))
    return g_strconcat (ohm_settings_get_string (settings, "token-scheme"), " ", secret, NULL);
  pair = g_strconcat (ohm_settings_get_string (settings, "user"), ":", secret, NULL);
  encoded = g_base64_encode ((const guint8 *) pair, strlen (pair));
  header = g_strconcat ("Basic ", encoded, NULL);
  ohm_secret_free (encoded);
  ohm_secret_free (pair);
  return header;
}

/* A header ends where its line does: a secret with a line break would begin another. */
static gboolean
ohm_cloud_auth_is_clean (const char *secret)
{
  for (const char *p = secret; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return TRUE;
}

gboolean
ohm_cloud_auth_check_secret (const char *name, const char *secret, GError **error)
{
  if (ohm_cloud_auth_is_clean (secret))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "the %s has a control character in it, such as a line break or a tab: it is one "
               "line of text",
               name);
  return FALSE;
}

gboolean
ohm_cloud_auth_takes_secret (OhmSettings *settings, const char *name, GError **error)
{
  const char *auth = ohm_settings_get_string (settings, "auth");
  const char *wanted = g_str_equal (name, "token") ? "bearer" : "basic";
  g_autofree char *key = g_strconcat (name, "-file", NULL);

  if (!g_str_equal (auth, wanted))
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "with 'auth = %s' no %s is sent: %sset 'auth = %s' first if that is meant", auth,
                 name, g_str_equal (auth, "claim") ? "'ohmctl claim' links it, or " : "", wanted);
  else if (ohm_settings_get_string (settings, key) != NULL)
    g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                 "the %s is read from '%s': take that key away first if another is meant", name,
                 key);
  else
    return TRUE;
  return FALSE;
}

/* @secret: (nullable) (transfer full) */
static void
ohm_cloud_auth_return (GTask *task, char *secret)
{
  OhmUplink *uplink = g_task_get_source_object (task);
  const char *name = g_task_get_task_data (task);
  GError *error = NULL;

  if (secret == NULL || !ohm_cloud_auth_is_clean (secret))
    {
      ohm_message_set_error (&error, OHM_ERROR_SECRET,
                             ohm_message_new (secret == NULL ? "cloud-token-missing"
                                                             : "cloud-token-bad",
                                              "name", name, "uplink", ohm_uplink_get_id (uplink),
                                              NULL),
                             "no usable secret '%s'", name);
      g_task_return_error (task, error);
    }
  else
    g_task_return_pointer (task, ohm_cloud_auth_make_header (uplink, secret),
                           (GDestroyNotify) ohm_secret_free);
  ohm_secret_free (secret);
}

static void
ohm_cloud_auth_on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *secret = ohm_secrets_lookup_finish (OHM_SECRETS (source), result, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    ohm_cloud_auth_return (task, secret);
}

static void
ohm_cloud_auth_on_authorized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *header = ohm_cloud_account_authorize_finish (OHM_CLOUD_ACCOUNT (source), result, &error);

  if (header == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, header, (GDestroyNotify) ohm_secret_free);
}

static void
ohm_cloud_auth_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *secret = g_task_propagate_pointer (G_TASK (result), &error);

  if (secret == NULL)
    g_task_return_error (task, error);
  else
    ohm_cloud_auth_return (task, secret);
}

/* In the worker. @data: the path */
static void
ohm_cloud_auth_read (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  char *secret = ohm_cloud_file_read_secret (data, &error);

  if (secret == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, secret, (GDestroyNotify) ohm_secret_free);
}

/* @key: the file that may hold it instead; it may be on a network that is down, and reading take
 * for ever. @task: (transfer full) */
static void
ohm_cloud_auth_look_up (GTask *task, const char *name, const char *key, OhmWorker *worker)
{
  OhmUplink *uplink = g_task_get_source_object (task);
  const char *path = ohm_settings_get_string (ohm_uplink_get_settings (uplink), key);
  g_autoptr (GTask) reading = NULL;

  g_task_set_task_data (task, g_strdup (name), g_free);
  if (path == NULL)
    {
      ohm_secrets_lookup_async (ohm_uplink_get_secrets (uplink), ohm_uplink_get_id (uplink), name,
                                g_task_get_cancellable (task), ohm_cloud_auth_on_looked_up, task);
      return;
    }
  reading = g_task_new (uplink, g_task_get_cancellable (task), ohm_cloud_auth_on_read, task);
  g_task_set_source_tag (reading, ohm_cloud_auth_look_up);
  g_task_set_task_data (reading, g_strdup (path), g_free);
  ohm_worker_run (worker, OHM_WORKER_COMMIT, reading, ohm_cloud_auth_read);
}

void
ohm_cloud_auth_async (OhmUplink *uplink,
                      OhmCloudAccount *account,
                      OhmWorker *worker,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_cloud_auth_async);
  if (ohm_cloud_auth_is (uplink, "claim"))
    ohm_cloud_account_authorize_async (account, cancellable, ohm_cloud_auth_on_authorized,
                                       g_steal_pointer (&task));
  else if (ohm_cloud_auth_is (uplink, "bearer"))
    ohm_cloud_auth_look_up (g_steal_pointer (&task), "token", "token-file", worker);
  else if (ohm_cloud_auth_is (uplink, "basic"))
    ohm_cloud_auth_look_up (g_steal_pointer (&task), "password", "password-file", worker);
  else
    g_task_return_pointer (task, NULL, NULL);
}

char *
ohm_cloud_auth_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, uplink), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
