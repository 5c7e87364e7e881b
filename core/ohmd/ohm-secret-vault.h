/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Below the state directory. */
#define OHM_SECRET_FILE "secrets.keyring"

/*
 * OhmSecretVault: libsecret, asked in a thread that may wait: for the disk, for the 100,000 rounds
 * that make a key, for a person who unlocks a keyring. Where the secrets are is decided at the
 * first call: with a key given by systemd in libsecret's encrypted file, else with the Secret
 * Service of the session; without either nothing is kept. One thread, and one vault in a process,
 * as libsecret has one file.
 */
typedef struct _OhmSecretVault OhmSecretVault;

OhmSecretVault *ohm_secret_vault_new (const char *state_dir);
void ohm_secret_vault_free (OhmSecretVault *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSecretVault, ohm_secret_vault_free)

/* (transfer full) (nullable): for ohm_secret_free(); %NULL without @error if there is none */
char *ohm_secret_vault_lookup (OhmSecretVault *self,
                               const char *owner,
                               const char *name,
                               GCancellable *cancellable,
                               GError **error);

/* @secret: (nullable): %NULL forgets it; with a @name of %NULL all that @owner has: if that cannot
 * be opened now, it is an error, and made good before anything is asked for by that name. On disk
 * once this returns. */
gboolean ohm_secret_vault_put (OhmSecretVault *self,
                               const char *owner,
                               const char *name,
                               const char *secret,
                               GCancellable *cancellable,
                               GError **error);

G_END_DECLS
