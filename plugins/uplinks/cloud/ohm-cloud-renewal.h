/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * OhmCloudRenewal:
 * @has_token: whether there is an access token
 * @due_us: from when on it is renewed before it is used, monotonic
 * @expires_us: until when it is good
 * @is_refused: whether the engine did not take it
 *
 * When an access token is renewed: at 2/3 of its life, more or less, the next time that it is
 * wanted; not by a timer, so that a gateway without records asks for nothing. All times are given
 * by the caller.
 */
typedef struct
{
  gboolean has_token;
  gint64 due_us;
  gint64 expires_us;
  gboolean is_refused;
} OhmCloudRenewal;

/**
 * OhmCloudRenewalStep:
 * @OHM_CLOUD_RENEWAL_USE: the token at hand is good
 * @OHM_CLOUD_RENEWAL_RENEW: a new one has to be got first
 *
 * What to do for who wants a token.
 */
typedef enum
{
  OHM_CLOUD_RENEWAL_USE,
  OHM_CLOUD_RENEWAL_RENEW,
} OhmCloudRenewalStep;

/* @jitter: -1..1, so that gateways that were linked or cut off together do not renew together */
void
ohm_cloud_renewal_on_granted (OhmCloudRenewal *self, gint64 life_us, double jitter, gint64 now_us);

/* Renewing failed in a way that passes. Returns whether the token at hand may still be used; it is
 * not tried again for a while then. */
gboolean ohm_cloud_renewal_on_failed (OhmCloudRenewal *self, gint64 now_us);

/* The engine answered 401. */
void ohm_cloud_renewal_on_refused (OhmCloudRenewal *self);

/* Unlinked, or lost. */
void ohm_cloud_renewal_reset (OhmCloudRenewal *self);

OhmCloudRenewalStep ohm_cloud_renewal_decide (const OhmCloudRenewal *self, gint64 now_us);

G_END_DECLS
