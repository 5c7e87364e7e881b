/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Secrets that people type for an uplink: they go to where secrets are kept and never come back
 * over an interface. */

#include "ohm-uplink-host-private.h"

#include <string.h>

#include "ohm-log.h"

const OhmUplinkSecret *
ohm_uplink_host_get_secrets (OhmUplinkHost *self)
{
  g_autoptr (GTypeClass) klass = NULL;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self), NULL);

  if (self->config->type == G_TYPE_INVALID)
    return NULL;
  klass = g_type_class_ref (self->config->type);
  return OHM_UPLINK_CLASS (klass)->secrets;
}

gboolean
ohm_uplink_host_takes_secret (OhmUplinkHost *self, const char *name, GError **error)
{
  g_autoptr (GTypeClass) klass = NULL;
  g_autoptr (GError) problem = NULL;

  g_return_val_if_fail (OHM_IS_UPLINK_HOST (self) && name != NULL, FALSE);

  if (self->config->own == NULL || self->config->type == G_TYPE_INVALID)
    return TRUE;
  klass = g_type_class_ref (self->config->type);
  if (OHM_UPLINK_CLASS (klass)->takes_secret == NULL ||
      OHM_UPLINK_CLASS (klass)->takes_secret (self->config->own, name, &problem))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&problem), "uplink '%s': ", self->config->id);
  return FALSE;
}

/* Returns: %FALSE with @error set if the plugin asks for no such secret */
static gboolean
ohm_uplink_host_find_secret (OhmUplinkHost *self, const char *name, GError **error)
{
  const OhmUplinkSecret *row = ohm_uplink_host_get_secrets (self);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *meant;

  for (; row != NULL && row->name != NULL; row++)
    if (g_str_equal (row->name, name))
      break;
    else
      g_ptr_array_add (names, (gpointer) (gsize) row->name);
  if (row != NULL && row->name != NULL)
    return TRUE;
  g_ptr_array_add (names, NULL);
  meant = ohm_suggest (name, (const char *const *) names->pdata);
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "uplink '%s' has no secret '%s'%s%s%s",
               self->config->id, name, meant != NULL ? "; did you mean '" : "",
               meant != NULL ? meant : "", meant != NULL ? "'?" : "");
  return FALSE;
}

/* @secret: empty to forget it */
static gboolean
ohm_uplink_host_check_secret (OhmUplinkHost *self,
                              const char *name,
                              const char *secret,
                              GError **error)
{
  OhmUplinkClass *klass;

  if (!ohm_uplink_host_check_runs (self, error) || !ohm_uplink_host_find_secret (self, name, error))
    return FALSE;
  if (strlen (secret) > OHM_SECRET_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "the secret is longer than %d bytes",
                   OHM_SECRET_MAX);
      return FALSE;
    }
  klass = OHM_UPLINK_GET_CLASS (self->uplink);
  return *secret == '\0' ||
         (ohm_uplink_host_takes_secret (self, name, error) &&
          (klass->check_secret == NULL || klass->check_secret (name, secret, error)));
}

static void
ohm_uplink_host_end_secret (GTask *task, gboolean is_done, GError *error_take)
{
  OhmUplinkHost *self = g_task_get_source_object (task);

  if (!is_done)
    {
      g_task_return_error (task, error_take);
      return;
    }
  if (self->uplink != NULL)
    ohm_uplink_secret_changed (self->uplink, g_task_get_task_data (task));
  /* a person stands by who wants to know whether it is the right one */
  ohm_uplink_host_send_now (self, /* error */ NULL);
  g_task_return_boolean (task, TRUE);
}

static void
ohm_uplink_host_on_secret_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gboolean is_done = ohm_secrets_store_finish (OHM_SECRETS (source), result, &error);

  ohm_uplink_host_end_secret (task, is_done, error);
}

static void
ohm_uplink_host_on_secret_cleared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gboolean is_done = ohm_secrets_clear_finish (OHM_SECRETS (source), result, &error);

  ohm_uplink_host_end_secret (task, is_done, error);
}

void
ohm_uplink_host_set_secret_async (OhmUplinkHost *self,
                                  const char *name,
                                  const char *secret,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task;
  GError *error = NULL;

  g_return_if_fail (OHM_IS_UPLINK_HOST (self) && name != NULL && secret != NULL);

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_uplink_host_set_secret_async);
  g_task_set_task_data (task, g_strdup (name), g_free);
  if (!ohm_uplink_host_check_secret (self, name, secret, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
    }
  else if (*secret == '\0')
    {
      ohm_secrets_clear_async (self->secrets, ohm_uplink_config_get_kept (self->config), name,
                               ohm_uplink_host_on_secret_cleared, task);
    }
  else
    {
      ohm_secrets_store_async (self->secrets, ohm_uplink_config_get_kept (self->config), name,
                               secret, ohm_uplink_host_on_secret_stored, task);
    }
}

gboolean
ohm_uplink_host_set_secret_finish (OhmUplinkHost *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_uplink_host_on_forgotten (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *id = user_data;
  g_autoptr (GError) error = NULL;

  if (!ohm_secrets_clear_finish (OHM_SECRETS (source), result, &error))
    ohm_log_warning ("uplink", id,
                     "uplink '%s' is removed, but its secrets stay until they can be opened: %s",
                     id, error->message);
}

/* Also what it is linked to: another uplink of that name is not to find itself linked. By owner,
 * not by name: one that is switched off, or whose plugin is gone, has nobody to ask for names. */
void
ohm_uplink_secrets_forget (OhmSecrets *secrets, const char *kept, const char *id)
{
  g_return_if_fail (OHM_IS_SECRETS (secrets) && kept != NULL && id != NULL);

  ohm_secrets_clear_async (secrets, kept, /* name */ NULL, ohm_uplink_host_on_forgotten,
                           g_strdup (id));
}

void
ohm_uplink_host_forget_secrets (OhmUplinkHost *self)
{
  g_return_if_fail (OHM_IS_UPLINK_HOST (self));

  if (self->claim_job != NULL)
    ohm_job_cancel (self->claim_job);
  ohm_uplink_secrets_forget (self->secrets, ohm_uplink_config_get_kept (self->config),
                             self->config->id);
}
