/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-renewal.h"

/* A request that is under way at the end of the life should still be taken. */
#define OHM_CLOUD_RENEWAL_MARGIN_US (10 * G_USEC_PER_SEC)

/* How long a token that should have been renewed is used before the next try. */
#define OHM_CLOUD_RENEWAL_AGAIN_US (60 * G_USEC_PER_SEC)

void
ohm_cloud_renewal_on_granted (OhmCloudRenewal *self, gint64 life_us, double jitter, gint64 now_us)
{
  gint64 margin_us = MIN (OHM_CLOUD_RENEWAL_MARGIN_US, life_us / 4);
  gint64 share_us = life_us / 3 * 2;

  self->has_token = TRUE;
  self->is_refused = FALSE;
  self->expires_us = now_us + life_us - margin_us;
  self->due_us = now_us + share_us + (gint64) (jitter * 0.1 * (double) share_us);
  self->due_us = MIN (self->due_us, self->expires_us);
}

gboolean
ohm_cloud_renewal_on_failed (OhmCloudRenewal *self, gint64 now_us)
{
  if (!self->has_token || self->is_refused || now_us >= self->expires_us)
    return FALSE;
  self->due_us = MIN (now_us + OHM_CLOUD_RENEWAL_AGAIN_US, self->expires_us);
  return TRUE;
}

void
ohm_cloud_renewal_on_refused (OhmCloudRenewal *self)
{
  self->is_refused = TRUE;
}

void
ohm_cloud_renewal_reset (OhmCloudRenewal *self)
{
  *self = (OhmCloudRenewal){ 0 };
}

OhmCloudRenewalStep
ohm_cloud_renewal_decide (const OhmCloudRenewal *self, gint64 now_us)
{
  return self->has_token && !self->is_refused && now_us < self->due_us ? OHM_CLOUD_RENEWAL_USE
                                                                       : OHM_CLOUD_RENEWAL_RENEW;
}
