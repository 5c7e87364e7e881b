/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "ohm-secrets.h"

G_DEFINE_INTERFACE (OhmSecrets, ohm_secrets, G_TYPE_OBJECT)

static void
ohm_secrets_default_init (OhmSecretsInterface *iface)
{
}

void
ohm_secrets_lookup_async (OhmSecrets *self,
                          const char *owner,
                          const char *name,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_return_if_fail (OHM_IS_SECRETS (self));
  g_return_if_fail (owner != NULL && name != NULL);

  OHM_SECRETS_GET_IFACE (self)->lookup_async (self, owner, name, cancellable, callback, user_data);
}

char *
ohm_secrets_lookup_finish (OhmSecrets *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_SECRETS (self), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  return OHM_SECRETS_GET_IFACE (self)->lookup_finish (self, result, error);
}

void
ohm_secrets_store_async (OhmSecrets *self,
                         const char *owner,
                         const char *name,
                         const char *secret,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (OHM_IS_SECRETS (self));
  g_return_if_fail (owner != NULL && name != NULL && secret != NULL);
  g_return_if_fail (strlen (secret) <= OHM_SECRET_MAX);

  OHM_SECRETS_GET_IFACE (self)->store_async (self, owner, name, secret, callback, user_data);
}

gboolean
ohm_secrets_store_finish (OhmSecrets *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_SECRETS (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return OHM_SECRETS_GET_IFACE (self)->store_finish (self, result, error);
}

void
ohm_secrets_clear_async (OhmSecrets *self,
                         const char *owner,
                         const char *name,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_return_if_fail (OHM_IS_SECRETS (self));
  g_return_if_fail (owner != NULL);

  OHM_SECRETS_GET_IFACE (self)->clear_async (self, owner, name, callback, user_data);
}

gboolean
ohm_secrets_clear_finish (OhmSecrets *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (OHM_IS_SECRETS (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return OHM_SECRETS_GET_IFACE (self)->clear_finish (self, result, error);
}

void
ohm_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

void
ohm_secret_forbid_dumps (void)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
#if !HAVE_SANITIZER
  /* also where a program is told of crashes, which no limit keeps from getting the memory */
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
