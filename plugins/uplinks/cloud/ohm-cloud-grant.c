/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-grant.h"

/* RFC 8628 3.5: slow_down adds 5 seconds, for this and all later questions. */
#define OHM_CLOUD_GRANT_SLOWER_US (5 * G_USEC_PER_SEC)

/* The same wants a back-off where no answer comes, such as doubling. */
#define OHM_CLOUD_GRANT_WAIT_MAX_US (60 * G_USEC_PER_SEC)

OhmCloudGrantStep
ohm_cloud_grant_begin (OhmCloudGrant *self)
{
  *self = (OhmCloudGrant){ 0 };
  return OHM_CLOUD_GRANT_ASK;
}

static OhmCloudGrantStep
ohm_cloud_grant_fail (OhmCloudGrant *self, const char *failure)
{
  self->failure = failure;
  return OHM_CLOUD_GRANT_FAIL;
}

/* A question that the code does not live to see is not asked; the user sees at once that it is
 * over when it is. */
static OhmCloudGrantStep
ohm_cloud_grant_wait (OhmCloudGrant *self, gint64 now_us)
{
  gint64 wait_us = self->interval_us << MIN (self->n_unanswered, 6);

  wait_us = MIN (wait_us, MAX (self->interval_us, OHM_CLOUD_GRANT_WAIT_MAX_US));
  self->next_us = MIN (now_us + wait_us, self->expires_us);
  return OHM_CLOUD_GRANT_WAIT;
}

OhmCloudGrantStep
ohm_cloud_grant_on_device (OhmCloudGrant *self, const OhmCloudDevice *device, gint64 now_us)
{
  self->interval_us = device->interval_us;
  self->expires_us = now_us + device->life_us;
  self->n_unanswered = 0;
  ohm_cloud_grant_wait (self, now_us);
  return OHM_CLOUD_GRANT_PROMPT;
}

OhmCloudGrantStep
ohm_cloud_grant_on_reply (OhmCloudGrant *self, OhmCloudReplyKind kind, gint64 now_us)
{
  if (kind != OHM_CLOUD_REPLY_BUSY && kind != OHM_CLOUD_REPLY_BROKEN)
    self->n_unanswered = 0;
  switch (kind)
    {
    case OHM_CLOUD_REPLY_TOKEN:
      return OHM_CLOUD_GRANT_KEEP;
    case OHM_CLOUD_REPLY_SLOW_DOWN:
      self->interval_us += OHM_CLOUD_GRANT_SLOWER_US;
      return ohm_cloud_grant_wait (self, now_us);
    case OHM_CLOUD_REPLY_PENDING:
      return ohm_cloud_grant_wait (self, now_us);
    case OHM_CLOUD_REPLY_DENIED:
      return ohm_cloud_grant_fail (self, "claim-denied");
    case OHM_CLOUD_REPLY_EXPIRED:
      return ohm_cloud_grant_fail (self, "claim-expired");
    case OHM_CLOUD_REPLY_INVALID:
      /* The code was used: by the question whose answer was lost. */
      return ohm_cloud_grant_fail (self, self->was_unanswered ? "claim-answer-lost"
                                                              : "claim-code-invalid");
    case OHM_CLOUD_REPLY_REFUSED:
      return ohm_cloud_grant_fail (self, "claim-refused");
    case OHM_CLOUD_REPLY_BUSY:
    case OHM_CLOUD_REPLY_BROKEN:
    default:
      return ohm_cloud_grant_on_lost (self, now_us);
    }
}

OhmCloudGrantStep
ohm_cloud_grant_on_lost (OhmCloudGrant *self, gint64 now_us)
{
  self->n_unanswered++;
  self->was_unanswered = TRUE;
  return ohm_cloud_grant_wait (self, now_us);
}

OhmCloudGrantStep
ohm_cloud_grant_on_time (OhmCloudGrant *self, gint64 now_us)
{
  if (now_us >= self->expires_us)
    return ohm_cloud_grant_fail (self, "claim-expired");
  if (now_us < self->next_us)
    return OHM_CLOUD_GRANT_WAIT;
  return OHM_CLOUD_GRANT_POLL;
}
