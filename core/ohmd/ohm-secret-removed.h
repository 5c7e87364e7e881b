/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Below the state directory. */
#define OHM_SECRET_REMOVED "secrets.removed"

/*
 * Whose secrets are still to be forgotten: they could not be opened when it was removed, and
 * another one of its name is not to find them. A file with an owner a line; there is none as long
 * as there is nobody.
 */

/* Adds @owner, unless it is in it; on disk once this returns. %OHM_ERROR_SECRET */
gboolean ohm_secret_removed_add (const char *path, const char *owner, GError **error);

/* (transfer full) (nullable): the owners; %NULL with @error if it cannot be read */
char **ohm_secret_removed_load (const char *path, GError **error);

/* They are forgotten. %OHM_ERROR_SECRET */
gboolean ohm_secret_removed_clear (const char *path, GError **error);

G_END_DECLS
