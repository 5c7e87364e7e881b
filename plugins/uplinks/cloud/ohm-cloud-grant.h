/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-reply.h"

G_BEGIN_DECLS

/**
 * OhmCloudGrantStep:
 * @OHM_CLOUD_GRANT_ASK: ask the device authorization endpoint for a code
 * @OHM_CLOUD_GRANT_PROMPT: show the user what to do, then wait as for @OHM_CLOUD_GRANT_WAIT
 * @OHM_CLOUD_GRANT_WAIT: wait until `next_us`
 * @OHM_CLOUD_GRANT_POLL: ask the token endpoint
 * @OHM_CLOUD_GRANT_KEEP: there are tokens: keep them, never ask again with this code
 * @OHM_CLOUD_GRANT_FAIL: it is over, `failure` says why
 *
 * What has to be done next.
 */
typedef enum
{
  OHM_CLOUD_GRANT_ASK,
  OHM_CLOUD_GRANT_PROMPT,
  OHM_CLOUD_GRANT_WAIT,
  OHM_CLOUD_GRANT_POLL,
  OHM_CLOUD_GRANT_KEEP,
  OHM_CLOUD_GRANT_FAIL,
} OhmCloudGrantStep;

/**
 * OhmCloudGrant:
 * @interval_us: least time between two questions
 * @expires_us: end of the code's life, monotonic
 * @next_us: when to go on
 * @n_unanswered: questions in a row that got no answer
 * @was_unanswered: whether an answer was ever lost: with it, perhaps, the tokens
 * @failure: code of the message that says why it failed
 *
 * The device authorization grant (RFC 8628) as a state machine without input and output: events in,
 * the next step out. Time is monotonic and given by the caller. ASK begins, and comes again while
 * nobody answers; POLL and WAIT take turns until KEEP or FAIL.
 */
typedef struct
{
  gint64 interval_us;
  gint64 expires_us;
  gint64 next_us;
  guint n_unanswered;
  gboolean was_unanswered;
  const char *failure;
} OhmCloudGrant;

/* Returns ASK. */
OhmCloudGrantStep ohm_cloud_grant_begin (OhmCloudGrant *self);

/* The device authorization endpoint said @device. */
OhmCloudGrantStep
ohm_cloud_grant_on_device (OhmCloudGrant *self, const OhmCloudDevice *device, gint64 now_us);

/* The token endpoint said @kind. */
OhmCloudGrantStep
ohm_cloud_grant_on_reply (OhmCloudGrant *self, OhmCloudReplyKind kind, gint64 now_us);

/* A question got no answer: no connection, cut off, too late. */
OhmCloudGrantStep ohm_cloud_grant_on_lost (OhmCloudGrant *self, gint64 now_us);

/* `next_us` has come. */
OhmCloudGrantStep ohm_cloud_grant_on_time (OhmCloudGrant *self, gint64 now_us);

G_END_DECLS
