/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_TEST_SECRETS (ohm_test_secrets_get_type ())

/* Secrets in memory. Each call ends in a later turn of the main loop. */
G_DECLARE_FINAL_TYPE (OhmTestSecrets, ohm_test_secrets, OHM, TEST_SECRETS, GObject)

OhmTestSecrets *ohm_test_secrets_new (void);

/* From now on every call fails with %OHM_ERROR_SECRET; FALSE: works again. */
void ohm_test_secrets_set_broken (OhmTestSecrets *self, gboolean is_broken);

/* (transfer none) (nullable): what is kept */
const char *ohm_test_secrets_peek (OhmTestSecrets *self, const char *owner, const char *name);

/* Puts one there at once. @secret: (nullable): takes it away */
void ohm_test_secrets_put (OhmTestSecrets *self,
                           const char *owner,
                           const char *name,
                           const char *secret);

/* How often something was stored. */
guint ohm_test_secrets_n_stored (OhmTestSecrets *self);

G_END_DECLS
