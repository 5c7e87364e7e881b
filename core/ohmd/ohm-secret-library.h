/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsecret/secret.h>

#include <ohm.h>

G_BEGIN_DECLS

/*
 * OhmSecretLibrary: what is called of libsecret. It is loaded when the first secret is wanted:
 * linked, it and libgcrypt cost every daemon 490 KB of memory, also those without an uplink.
 */
typedef struct
{
  __typeof__ (&secret_password_storev_sync) store;
  __typeof__ (&secret_password_lookupv_sync) lookup;
  __typeof__ (&secret_password_searchv_sync) search;
  __typeof__ (&secret_password_clearv_sync) clear;
  __typeof__ (&secret_password_free) free;
} OhmSecretLibrary;

/* (transfer none): for the life of the process; %OHM_ERROR_SECRET if it is not installed. */
const OhmSecretLibrary *ohm_secret_library_get (GError **error);

G_END_DECLS
