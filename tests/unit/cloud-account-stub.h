/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-account.h"

G_BEGIN_DECLS

/* An account that is linked already, for tests of who uses it. */

/* The next authorize fails with this; NULL: hands out `Bearer token-N`. (transfer full) */
void fixture_account_set_error (OhmCloudAccount *self, GError *error);

/* N: how often it was told that its token was refused. */
guint fixture_account_n_refused (OhmCloudAccount *self);

/* (transfer none): the one that was made last */
OhmCloudAccount *fixture_account_last (void);

G_END_DECLS
