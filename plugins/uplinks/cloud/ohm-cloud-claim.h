/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Name of the secret. */
#define OHM_CLOUD_CLAIM_SECRET "claim"

/**
 * OhmCloudClaim:
 * @issuer: who knows the account
 * @client: what it calls us
 * @subject: (nullable): its name for the account
 * @account: (nullable): the account as people know it
 * @refresh_token: (nullable): what access tokens are got with; %NULL once it is lost
 * @linked_us: since when, UTC
 * @refreshing_us: since when a renewal is under way, UTC; 0 for none. Set before the identity
 * server is asked: if it is found at a start, the power went away in between, and the token may be
 * used up
 * @lost: (nullable): code of the message that says why it is lost
 *
 * All that is known of being linked, as one secret: one write that happens or does not. A row in
 * the database beside it could be there without its token, or the token without it.
 */
typedef struct
{
  char *issuer;
  char *client;
  char *subject;
  char *account;
  char *refresh_token;
  gint64 linked_us;
  gint64 refreshing_us;
  char *lost;
} OhmCloudClaim;

OhmCloudClaim *ohm_cloud_claim_new (const char *issuer, const char *client);
void ohm_cloud_claim_free (OhmCloudClaim *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudClaim, ohm_cloud_claim_free)

/* @token: (nullable) */
void ohm_cloud_claim_set_token (OhmCloudClaim *self, const char *token);

/* (transfer full): JSON, for ohm_secret_free() */
char *ohm_cloud_claim_dup_text (const OhmCloudClaim *self);

/* (transfer full) (nullable): %NULL if @text is none of ours */
OhmCloudClaim *ohm_cloud_claim_parse (const char *text);

/**
 * ohm_cloud_claim_read_identity:
 * @self: a claim
 * @id_token: as the token endpoint gave it
 *
 * Takes subject and account from an ID token. Its signature need not be checked, as it came from
 * the issuer over TLS (OpenID Connect Core 1.0, 3.1.3.7, item 6).
 *
 * Returns: whether it is the issuer's, for us
 */
gboolean ohm_cloud_claim_read_identity (OhmCloudClaim *self, const char *id_token);

/* Takes the account from the answer of the userinfo endpoint, if it speaks of the same subject. */
gboolean ohm_cloud_claim_read_userinfo (OhmCloudClaim *self, GBytes *body);

G_END_DECLS
