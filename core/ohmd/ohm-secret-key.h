/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Name of the systemd credential with the key of the file of secrets. */
#define OHM_SECRET_CREDENTIAL "ohmnibus-secrets"

/*
 * The key of the file of secrets, and its way to libsecret. libsecret takes it from the
 * environment and from nowhere else. Three variables are therefore put there once, empty, in memory
 * of our own; ohm_secret_key_lend() writes into that memory and ohm_secret_key_take_back() wipes
 * it. So nothing of the key is in what setenv() keeps for ever, nor in /proc/PID/environ, and the
 * environment itself never changes while another thread reads it.
 */

/* Puts the variables there, in place of any that were inherited. Once, before there are threads. */
void ohm_secret_key_prepare (void);

/* Whether systemd, or who started us, gave a key. */
gboolean ohm_secret_key_is_given (void);

/* Lets libsecret see the key, and that it keeps its secrets in the file @path. Until it is taken
 * back, a child would inherit it: the daemon starts none. %OHM_ERROR_SECRET if it cannot be read or
 * is none. */
gboolean ohm_secret_key_lend (const char *path, GError **error);
void ohm_secret_key_take_back (void);

G_END_DECLS
