/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-account.h"

G_BEGIN_DECLS

/* Secrets that a person may type, ended by a row without a name. */
extern const OhmUplinkSecret ohm_cloud_auth_secrets[];

/* A secret that a person typed: one line, as it travels in a header. */
gboolean ohm_cloud_auth_check_secret (const char *name, const char *secret, GError **error);

/* Whether such a secret is sent; with what to do instead. */
gboolean ohm_cloud_auth_takes_secret (OhmSettings *settings, const char *name, GError **error);

/**
 * ohm_cloud_auth_async:
 * @uplink: whose settings and secrets
 * @account: (nullable): for `auth = claim`
 * @worker: reads files
 * @cancellable: (nullable): gives it up
 * @callback: called with what to send
 * @user_data: for @callback
 *
 * Finds out how to prove who we are. Static credentials are looked up each time, so that a new one
 * counts at once and none lies in memory longer than a request takes.
 */
void ohm_cloud_auth_async (OhmUplink *uplink,
                           OhmCloudAccount *account,
                           OhmWorker *worker,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data);

/**
 * ohm_cloud_auth_finish:
 * @uplink: the uplink
 * @result: as given to the callback
 * @error: with its cause: %OHM_ERROR_SECRET if there is no secret or it cannot be one,
 * %OHM_ERROR_CONFIG for its file, or as the account says
 *
 * Returns: (transfer full) (nullable): value of the header `Authorization`, to be freed with
 *   ohm_secret_free(); %NULL without @error if none is wanted
 */
char *ohm_cloud_auth_finish (OhmUplink *uplink, GAsyncResult *result, GError **error);

G_END_DECLS
