/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <libsoup/soup.h>
#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_CLOUD_ACCOUNT (ohm_cloud_account_get_type ())

/**
 * OhmCloudAccount:
 *
 * The account that an uplink with `auth = claim` is linked to: finds out whether it is, links it
 * (OAuth 2.0 device authorization grant, RFC 8628), and hands out access tokens, which live in
 * memory alone. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmCloudAccount, ohm_cloud_account, OHM, CLOUD_ACCOUNT, GObject)

/**
 * ohm_cloud_account_new:
 * @uplink: whose account; it owns the account and is not referenced. Settings (`issuer`,
 *   `client-id`, `scope`), secrets, clock and identity are its own
 * @session: for requests to the identity server
 *
 * Returns: (transfer full): an account that has not been looked up
 */
OhmCloudAccount *ohm_cloud_account_new (OhmUplink *uplink, SoupSession *session);

/* Looks up what was linked; tells by ohm_uplink_set_claim(). */
void ohm_cloud_account_start (OhmCloudAccount *self);

/**
 * ohm_cloud_account_authorize_async:
 * @self: an account
 * @cancellable: (nullable): gives up waiting; a renewal that is under way goes on
 * @callback: called with the token
 * @user_data: for @callback
 *
 * Asks for a token that is good for a while; renewed first if it is due, once for all who ask.
 */
void ohm_cloud_account_authorize_async (OhmCloudAccount *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);

/* (transfer full): value of the header `Authorization`: `Bearer ...`, to be freed with
 * ohm_secret_free(); NULL with an error that carries its cause */
char *
ohm_cloud_account_authorize_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

/* The engine answered 401 to the last token: the next authorize renews. */
void ohm_cloud_account_refused (OhmCloudAccount *self);

/* As in OhmUplinkClass. */
void ohm_cloud_account_claim_async (OhmCloudAccount *self,
                                    OhmClaimPromptFunc prompt,
                                    gpointer prompt_data,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean
ohm_cloud_account_claim_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);
void ohm_cloud_account_unlink_async (OhmCloudAccount *self,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
ohm_cloud_account_unlink_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

G_END_DECLS
