/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-error.h"

G_BEGIN_DECLS

/**
 * ohmctl_secret_read:
 * @prompt: what is asked for, on a terminal
 * @error: code %OHMCTL_EXIT_USAGE for an empty or too long one, %OHMCTL_EXIT_FAILED
 *
 * Reads a secret without showing it, from the terminal or from standard input up to its end.
 *
 * Returns: (transfer full) (nullable): to be freed with ohm_secret_free()
 */
char *ohmctl_secret_read (const char *prompt, GError **error);

G_END_DECLS
