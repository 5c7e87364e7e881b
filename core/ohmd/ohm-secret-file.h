/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Looks at libsecret's file before libsecret does, which ends the process at one that was cut
 * (0.20.5). @ret_exists: whether there is one. %OHM_ERROR_SECRET if it cannot be read or is
 * damaged. */
gboolean ohm_secret_file_check (const char *path, gboolean *ret_exists, GError **error);

/* After libsecret has replaced the file: on disk is what a power cut cannot take, which GLib does
 * not see to for a new file; and libsecret's copy of the former one, with secrets that were
 * replaced or cleared, is gone. */
gboolean ohm_secret_file_settle (const char *path, GError **error);

G_END_DECLS
