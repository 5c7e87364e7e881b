/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-secrets.h"

struct _OhmTestSecrets
{
  GObject parent_instance;

  GHashTable *kept; /* (owned) (element-type utf8 utf8): by owner and name */
  gboolean is_broken;
  guint n_stored;
};

static void ohm_test_secrets_iface_init (OhmSecretsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (OhmTestSecrets,
                               ohm_test_secrets,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (OHM_TYPE_SECRETS,
                                                      ohm_test_secrets_iface_init))

OhmTestSecrets *
ohm_test_secrets_new (void)
{
  return g_object_new (OHM_TYPE_TEST_SECRETS, NULL);
}

void
ohm_test_secrets_set_broken (OhmTestSecrets *self, gboolean is_broken)
{
  self->is_broken = is_broken;
}

const char *
ohm_test_secrets_peek (OhmTestSecrets *self, const char *owner, const char *name)
{
  g_autofree char *key = g_strjoin ("/", owner, name, NULL);

  return g_hash_table_lookup (self->kept, key);
}

void
ohm_test_secrets_put (OhmTestSecrets *self, const char *owner, const char *name, const char *secret)
{
  g_autofree char *key = g_strjoin ("/", owner, name, NULL);

  if (secret == NULL)
    g_hash_table_remove (self->kept, key);
  else
    g_hash_table_insert (self->kept, g_steal_pointer (&key), g_strdup (secret));
}

guint
ohm_test_secrets_n_stored (OhmTestSecrets *self)
{
  return self->n_stored;
}

static gboolean
ohm_test_secrets_fail (OhmTestSecrets *self, GTask *task)
{
  if (!self->is_broken)
    return FALSE;
  g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_SECRET, "secrets are out of reach");
  return TRUE;
}

static void
ohm_test_secrets_lookup_async (OhmSecrets *secrets,
                               const char *owner,
                               const char *name,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmTestSecrets *self = OHM_TEST_SECRETS (secrets);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ohm_test_secrets_lookup_async);
  if (!ohm_test_secrets_fail (self, task))
    g_task_return_pointer (task, g_strdup (ohm_test_secrets_peek (self, owner, name)), g_free);
}

static char *
ohm_test_secrets_lookup_finish (OhmSecrets *secrets, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_test_secrets_store_async (OhmSecrets *secrets,
                              const char *owner,
                              const char *name,
                              const char *secret,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  OhmTestSecrets *self = OHM_TEST_SECRETS (secrets);
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, user_data);

  g_task_set_source_tag (task, ohm_test_secrets_store_async);
  if (ohm_test_secrets_fail (self, task))
    return;
  ohm_test_secrets_put (self, owner, name, secret);
  self->n_stored++;
  g_task_return_boolean (task, TRUE);
}

static gboolean
ohm_test_secrets_is_owned (gpointer key, gpointer value, gpointer user_data)
{
  return g_str_has_prefix (key, user_data);
}

static void
ohm_test_secrets_clear_async (OhmSecrets *secrets,
                              const char *owner,
                              const char *name,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  OhmTestSecrets *self = OHM_TEST_SECRETS (secrets);
  g_autoptr (GTask) task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_autofree char *prefix = g_strconcat (owner, "/", NULL);

  g_task_set_source_tag (task, ohm_test_secrets_clear_async);
  if (ohm_test_secrets_fail (self, task))
    return;
  if (name != NULL)
    ohm_test_secrets_put (self, owner, name, NULL);
  else
    g_hash_table_foreach_remove (self->kept, ohm_test_secrets_is_owned, prefix);
  g_task_return_boolean (task, TRUE);
}

static gboolean
ohm_test_secrets_done_finish (OhmSecrets *secrets, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
ohm_test_secrets_iface_init (OhmSecretsInterface *iface)
{
  iface->lookup_async = ohm_test_secrets_lookup_async;
  iface->lookup_finish = ohm_test_secrets_lookup_finish;
  iface->store_async = ohm_test_secrets_store_async;
  iface->store_finish = ohm_test_secrets_done_finish;
  iface->clear_async = ohm_test_secrets_clear_async;
  iface->clear_finish = ohm_test_secrets_done_finish;
}

static void
ohm_test_secrets_finalize (GObject *object)
{
  g_hash_table_unref (OHM_TEST_SECRETS (object)->kept);
  G_OBJECT_CLASS (ohm_test_secrets_parent_class)->finalize (object);
}

static void
ohm_test_secrets_class_init (OhmTestSecretsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ohm_test_secrets_finalize;
}

static void
ohm_test_secrets_init (OhmTestSecrets *self)
{
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
