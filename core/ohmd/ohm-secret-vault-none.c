/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-vault.h"

/* Built without libsecret: an uplink that wants a secret hears why there is none. */

OhmSecretVault *
ohm_secret_vault_new (const char *state_dir)
{
  return NULL;
}

void
ohm_secret_vault_free (OhmSecretVault *self)
{
}

static gboolean
ohm_secret_vault_refuse (GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_SECRET, ohm_message_new ("secret-not-built", NULL),
                         "this build keeps no secrets");
  return FALSE;
}

char *
ohm_secret_vault_lookup (OhmSecretVault *self,
                         const char *owner,
                         const char *name,
                         GCancellable *cancellable,
                         GError **error)
{
  ohm_secret_vault_refuse (error);
  return NULL;
}

gboolean
ohm_secret_vault_put (OhmSecretVault *self,
                      const char *owner,
                      const char *name,
                      const char *secret,
                      GCancellable *cancellable,
                      GError **error)
{
  /* There is nothing to forget. */
  return name == NULL || ohm_secret_vault_refuse (error);
}
