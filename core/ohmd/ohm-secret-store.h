/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_SECRET_STORE (ohm_secret_store_get_type ())

/*
 * Secrets by libsecret (data/systemd/README.md says where they are). Making one costs nothing; the
 * library and a thread come with the first secret.
 */
G_DECLARE_FINAL_TYPE (OhmSecretStore, ohm_secret_store, OHM, SECRET_STORE, GObject)

/* (transfer full): one in a process, made before there are threads: it prepares the environment
 * (ohm-secret-key.h) */
OhmSecrets *ohm_secret_store_new (const char *state_dir);

/* Holds @clock while a secret is looked up or kept, so that a test clock does not run on. Before
 * the first secret. */
void ohm_secret_store_set_clock (OhmSecretStore *self, OhmClock *clock);

G_END_DECLS
