/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudIssuer:
 * @token: where tokens are asked for
 * @device: (nullable): where a device asks to be linked; %NULL if it does not offer that
 * @revocation: (nullable): where tokens are given back (RFC 7009)
 * @userinfo: (nullable): who the account belongs to
 *
 * What an identity server says of itself (OpenID Connect Discovery 1.0, RFC 8414).
 */
typedef struct
{
  char *token;
  char *device;
  char *revocation;
  char *userinfo;
} OhmCloudIssuer;

void ohm_cloud_issuer_free (OhmCloudIssuer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudIssuer, ohm_cloud_issuer_free)

/* (transfer full): where it says so */
char *ohm_cloud_issuer_dup_address (const char *issuer);

/* Whether both name the same, but for a slash at the end. */
gboolean ohm_cloud_issuer_equal (const char *a, const char *b);

/* Whether tokens and codes may go there: https, or a server on this machine. */
gboolean ohm_cloud_issuer_is_safe (const char *address, gboolean is_insecure);

/**
 * ohm_cloud_issuer_parse:
 * @body: its document
 * @issuer: whom we asked: the document has to speak of the same
 * @is_insecure: whether http:// to other hosts is allowed
 * @error: %OHM_ERROR_CONFIG with its cause
 *
 * Returns: (transfer full): what it says
 */
OhmCloudIssuer *
ohm_cloud_issuer_parse (GBytes *body, const char *issuer, gboolean is_insecure, GError **error);

G_END_DECLS
