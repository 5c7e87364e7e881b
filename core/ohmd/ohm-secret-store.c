/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-store.h"

#include "ohm-secret-key.h"
#include "ohm-secret-vault.h"
#include "ohm-worker.h"

/* How long a person may take to unlock a keyring. */
#define LIMIT_S 120

struct _OhmSecretStore
{
  GObject parent_instance;

  OhmSecretVault *vault; /* (owned): the worker's, once there is one */
  OhmClock *clock;       /* (owned) (nullable) */
  OhmWorker *worker;     /* (owned) (nullable) */
};

/* One call. Its cancellable ends the waiting for a person; the caller's ends it too. */
typedef struct
{
  char *owner;
  char *name;
  char *secret;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  GCancellable *from;        /* (owned) (nullable) */
  gulong from_id;
  guint limit_id;
  int is_late; /* atomic */
} OhmSecretCall;

static void ohm_secret_store_secrets_init (OhmSecretsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OhmSecretStore,
                               ohm_secret_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OHM_TYPE_SECRETS,
                                                      ohm_secret_store_secrets_init))

static void
ohm_secret_call_free (OhmSecretCall *self)
{
  g_clear_handle_id (&self->limit_id, g_source_remove);
  if (self->from != NULL)
    g_cancellable_disconnect (self->from, self->from_id);
  g_clear_object (&self->from);
  g_object_unref (self->cancellable);
  g_free (self->owner);
  g_free (self->name);
  ohm_secret_free (self->secret);
  g_free (self);
}

static gboolean
ohm_secret_call_on_late (gpointer user_data)
{
  OhmSecretCall *self = user_data;

  self->limit_id = 0;
  g_atomic_int_set (&self->is_late, TRUE);
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
ohm_secret_call_on_cancelled (GCancellable *from, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static OhmSecretCall *
ohm_secret_call_new (const char *owner, const char *name, const char *secret, GCancellable *from)
{
  OhmSecretCall *self = g_new0 (OhmSecretCall, 1);

  self->owner = g_strdup (owner);
  self->name = g_strdup (name);
  self->secret = g_strdup (secret);
  self->cancellable = g_cancellable_new ();
  if (from != NULL)
    {
      self->from = g_object_ref (from);
      self->from_id = g_cancellable_connect (from, G_CALLBACK (ohm_secret_call_on_cancelled),
                                             g_object_ref (self->cancellable), g_object_unref);
    }
  self->limit_id = g_timeout_add_seconds (LIMIT_S, ohm_secret_call_on_late, self);
  return self;
}

static void
ohm_secret_call_return_error (OhmSecretCall *self, GTask *task, GError *error)
{
  GError *late = NULL;

  if (!ohm_error_is_cancelled (error) || !g_atomic_int_get (&self->is_late))
    {
      g_task_return_error (task, error);
      return;
    }
  g_error_free (error);
  ohm_message_set_error (&late, OHM_ERROR_SECRET, ohm_message_new ("secret-locked", NULL),
                         "the keyring was not unlocked in time");
  g_task_return_error (task, late);
}

static void
ohm_secret_store_run_lookup (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmSecretStore *self = source;
  OhmSecretCall *call = data;
  GError *error = NULL;
  char *secret = ohm_secret_vault_lookup (self->vault, call->owner, call->name, call->cancellable,
                                          &error);

  if (error != NULL)
    ohm_secret_call_return_error (call, task, error);
  else
    g_task_return_pointer (task, secret, (GDestroyNotify) ohm_secret_free);
}

static void
ohm_secret_store_run_put (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmSecretStore *self = source;
  OhmSecretCall *call = data;
  GError *error = NULL;

  if (ohm_secret_vault_put (self->vault, call->owner, call->name, call->secret, call->cancellable,
                            &error))
    g_task_return_boolean (task, TRUE);
  else
    ohm_secret_call_return_error (call, task, error);
}

/* @call: (transfer full) */
static void
ohm_secret_store_run (OhmSecretStore *self, GTask *task, OhmSecretCall *call, GTaskThreadFunc func)
{
  g_task_set_task_data (task, call, (GDestroyNotify) ohm_secret_call_free);
  if (self->worker == NULL)
    self->worker = ohm_worker_new ("secrets", self->clock);
  ohm_worker_run (self->worker, OHM_WORKER_COMMIT, task, func);
}

static void
ohm_secret_store_lookup_async (OhmSecrets *secrets,
                               const char *owner,
                               const char *name,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_secret_store_lookup_async);
  ohm_secret_store_run (OHM_SECRET_STORE (secrets), task,
                        ohm_secret_call_new (owner, name, NULL, cancellable),
                        ohm_secret_store_run_lookup);
}

static char *
ohm_secret_store_lookup_finish (OhmSecrets *secrets, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, secrets), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_secret_store_store_async (OhmSecrets *secrets,
                              const char *owner,
                              const char *name,
                              const char *secret,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_secret_store_store_async);
  ohm_secret_store_run (OHM_SECRET_STORE (secrets), task,
                        ohm_secret_call_new (owner, name, secret, NULL), ohm_secret_store_run_put);
}

static void
ohm_secret_store_clear_async (OhmSecrets *secrets,
                              const char *owner,
                              const char *name,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (secrets, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_secret_store_clear_async);
  ohm_secret_store_run (OHM_SECRET_STORE (secrets), task,
                        ohm_secret_call_new (owner, name, NULL, NULL), ohm_secret_store_run_put);
}

static gboolean
ohm_secret_store_put_finish (OhmSecrets *secrets, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, secrets), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_secret_store_secrets_init (OhmSecretsInterface *iface)
{
  iface->lookup_async = ohm_secret_store_lookup_async;
  iface->lookup_finish = ohm_secret_store_lookup_finish;
  iface->store_async = ohm_secret_store_store_async;
  iface->store_finish = ohm_secret_store_put_finish;
  iface->clear_async = ohm_secret_store_clear_async;
  iface->clear_finish = ohm_secret_store_put_finish;
}

static void
ohm_secret_store_finalize (GObject *object)
{
  OhmSecretStore *self = OHM_SECRET_STORE (object);

  /* First the thread, which uses the rest. */
  g_clear_object (&self->worker);
  g_clear_object (&self->clock);
  ohm_secret_vault_free (self->vault);

  G_OBJECT_CLASS (ohm_secret_store_parent_class)->finalize (object);
}

static void
ohm_secret_store_class_init (OhmSecretStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_secret_store_finalize;
}

static void
ohm_secret_store_init (OhmSecretStore *self)
{
}

OhmSecrets *
ohm_secret_store_new (const char *state_dir)
{
  OhmSecretStore *self;

  g_return_val_if_fail (state_dir != NULL, NULL);

  ohm_secret_key_prepare ();
  self = g_object_new (OHM_TYPE_SECRET_STORE, NULL);
  self->vault = ohm_secret_vault_new (state_dir);
  return OHM_SECRETS (self);
}

void
ohm_secret_store_set_clock (OhmSecretStore *self, OhmClock *clock)
{
  g_return_if_fail (OHM_IS_SECRET_STORE (self));
  g_return_if_fail (self->worker == NULL);

  g_set_object (&self->clock, clock);
}
