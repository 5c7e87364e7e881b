/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * ohm_cloud_file_check_private:
 * @path: a file that holds a secret
 * @error: %OHM_ERROR_CONFIG if it is not there, no file, or open to others
 *
 * A group may read it: that is how systemd hands a credential to a service's user.
 *
 * Returns: whether only those who should can read it
 */
gboolean ohm_cloud_file_check_private (const char *path, GError **error);

/**
 * ohm_cloud_file_read_secret:
 * @path: a file that holds one secret
 * @error: as above; also if it is empty, too long or no text
 *
 * Returns: (transfer full): the secret without white space around it, to be freed with
 *   ohm_secret_free()
 */
char *ohm_cloud_file_read_secret (const char *path, GError **error);

G_END_DECLS
