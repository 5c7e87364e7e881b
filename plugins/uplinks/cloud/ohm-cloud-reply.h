/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudReplyKind:
 * @OHM_CLOUD_REPLY_TOKEN: here they are
 * @OHM_CLOUD_REPLY_PENDING: the user has not answered yet
 * @OHM_CLOUD_REPLY_SLOW_DOWN: the same, and we ask too often
 * @OHM_CLOUD_REPLY_DENIED: the user said no
 * @OHM_CLOUD_REPLY_EXPIRED: the time for it is over
 * @OHM_CLOUD_REPLY_INVALID: the code or token is not, or no longer, good
 * @OHM_CLOUD_REPLY_REFUSED: this client may not do that
 * @OHM_CLOUD_REPLY_BUSY: not now
 * @OHM_CLOUD_REPLY_BROKEN: no answer of an identity server: HTML, another type, nonsense
 *
 * What a token endpoint answered (RFC 6749 5, RFC 8628 3.5).
 */
typedef enum
{
  OHM_CLOUD_REPLY_TOKEN,
  OHM_CLOUD_REPLY_PENDING,
  OHM_CLOUD_REPLY_SLOW_DOWN,
  OHM_CLOUD_REPLY_DENIED,
  OHM_CLOUD_REPLY_EXPIRED,
  OHM_CLOUD_REPLY_INVALID,
  OHM_CLOUD_REPLY_REFUSED,
  OHM_CLOUD_REPLY_BUSY,
  OHM_CLOUD_REPLY_BROKEN,
} OhmCloudReplyKind;

/**
 * OhmCloudReply:
 * @kind: what it is
 * @access_token: for a token: fit for a header
 * @refresh_token: (nullable): ditto
 * @id_token: (nullable): ditto
 * @life_us: how long the access token is good
 * @text: (nullable): otherwise: what it said, fit to be shown
 *
 * All strings are owned, tokens wiped when freed.
 */
typedef struct
{
  OhmCloudReplyKind kind;
  char *access_token;
  char *refresh_token;
  char *id_token;
  gint64 life_us;
  char *text;
} OhmCloudReply;

void ohm_cloud_reply_free (OhmCloudReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudReply, ohm_cloud_reply_free)

/**
 * OhmCloudDevice:
 * @code: what we ask with; secret
 * @user_code: what the user compares
 * @uri: where he goes
 * @uri_complete: (nullable): the same with the code in it
 * @life_us: how long he has
 * @interval_us: least time between two questions of ours
 *
 * What a device authorization endpoint answered (RFC 8628 3.2). All strings are owned.
 */
typedef struct
{
  char *code;
  char *user_code;
  char *uri;
  char *uri_complete;
  gint64 life_us;
  gint64 interval_us;
} OhmCloudDevice;

void ohm_cloud_device_free (OhmCloudDevice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudDevice, ohm_cloud_device_free)

/**
 * ohm_cloud_reply_parse:
 * @status: HTTP status
 * @type: (nullable): media type of the body, without parameters
 * @body: the body, all of it
 *
 * Returns: (transfer full): what it means; never %NULL
 */
OhmCloudReply *ohm_cloud_reply_parse (guint status, const char *type, GBytes *body);

/**
 * ohm_cloud_device_parse:
 * @body: body of an answer 200 of type JSON
 * @is_insecure: whether links to http:// on other hosts are shown
 *
 * Returns: (transfer full) (nullable): what it says; %NULL if anything of it is missing or odd
 */
OhmCloudDevice *ohm_cloud_device_parse (GBytes *body, gboolean is_insecure);

G_END_DECLS
