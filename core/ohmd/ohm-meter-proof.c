/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The proof that a meter still is the one that was surveyed: the bytes of its serial, read again
 * after what is to be recorded. Whatever was read before belongs to the device that answers with
 * them, however much got lost in between; only one that was away and is back has escaped it.
 */

#include "ohm-meter-host-private.h"

#include <string.h>

void
ohm_proof_clear (OhmProof *self)
{
  g_clear_pointer (&self->answer, g_bytes_unref);
}

void
ohm_proof_set (OhmProof *self, const OhmRequest *request, const OhmReply *reply)
{
  ohm_proof_clear (self);
  self->request = (OhmMerged){
    .function = request->function,
    .address = request->address,
    .count = request->count,
  };
  self->answer = g_bytes_new (reply->data, reply->length);
}

void
ohm_proof_take (OhmProof *self, OhmProof *other)
{
  ohm_proof_clear (self);
  self->request = other->request;
  self->answer = g_steal_pointer (&other->answer);
}

gboolean
ohm_proof_fits (const OhmProof *self, const OhmReply *reply)
{
  gsize length = 0;
  const void *answer = self->answer != NULL ? g_bytes_get_data (self->answer, &length) : NULL;

  return answer != NULL && reply->exception == 0 && reply->length == length &&
         memcmp (reply->data, answer, length) == 0;
}

gboolean
ohm_meter_host_can_prove (OhmMeterHost *self)
{
  return self->proof.answer != NULL && self->plan != NULL &&
         ohm_meter_host_has_class (self, OHM_READ_SLOT);
}

/* What was read for the open slot is of another device: it is not asked any more before the right
 * one is there. */
void
ohm_meter_host_forget_slot (OhmMeterHost *self)
{
  g_clear_pointer (&self->slot_came, g_free);
  self->slot_until_us = 0;
  self->has_slot_value = FALSE;
  self->is_slot_denied = TRUE;
}

void
ohm_meter_host_resume_slot (OhmMeterHost *self)
{
  gint64 now_us = ohm_meter_host_now (self);

  if (!self->is_slot_denied || now_us >= self->slot_closes_us)
    return;
  self->is_slot_denied = FALSE;
  self->slot_until_us = self->slot_closes_us;
  self->slot_retry_us = now_us;
}

void
ohm_meter_host_deny (OhmMeterHost *self)
{
  ohm_meter_host_forget_slot (self);
  if (self->is_confirmed)
    ohm_survey_stop (self);
  self->is_confirmed = FALSE;
  ohm_meter_host_plan_survey (self);
  ohm_meter_host_tell_proof (self, /* is_right */ FALSE);
}

void
ohm_meter_host_tell_proof (OhmMeterHost *self, gboolean is_right)
{
  if (self->listener.proved != NULL)
    self->listener.proved (self, is_right, self->listener.user_data);
}
