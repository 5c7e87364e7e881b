/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-private.h"
#include "ohm-slot.h"

/* What waits longer than this does not keep the newest slot waiting. */
#define FAR_BEHIND_US (G_GINT64_CONSTANT (7200) * G_USEC_PER_SEC)

/* Bytes of a record on the wire before anything was sent: three values, compressed. */
#define RECORD_BYTES 36

const char *
ohm_delivery_state_to_string (OhmDeliveryState state)
{
  static const char *const names[] = {
    [OHM_DELIVERY_UNCLAIMED] = "unclaimed",
    [OHM_DELIVERY_WAITING_USER] = "waiting-user",
    [OHM_DELIVERY_OK] = "ok",
    [OHM_DELIVERY_RETRYING] = "retrying",
    [OHM_DELIVERY_HELD] = "held",
    [OHM_DELIVERY_LOST] = "lost",
  };

  g_return_val_if_fail (state <= OHM_DELIVERY_LOST, NULL);

  return names[state];
}

static gboolean
ohm_delivery_on_changed (gpointer user_data)
{
  OhmDelivery *self = user_data;
  g_autoptr (OhmChange) change = ohm_change_new (self->id, FALSE);

  self->changed_id = 0;
  ohm_bus_emit_uplink_changed (self->bus, change);
  return G_SOURCE_REMOVE;
}

void
ohm_delivery_note_change (OhmDelivery *self)
{
  if (self->changed_id == 0 && !self->is_stopped)
    self->changed_id = g_idle_add (ohm_delivery_on_changed, self);
}

void
ohm_delivery_set_state (OhmDelivery *self,
                        OhmDeliveryState state,
                        OhmMessage *message,
                        const char *text)
{
  OhmMessage *old = self->message;

  if (state != self->state)
    self->since_us = ohm_clock_get_wall_us (self->clock);
  self->state = state;
  self->message = message != NULL ? ohm_message_ref (message) : NULL;
  if (old != NULL)
    ohm_message_unref (old);
  if (text != self->text)
    {
      g_free (self->text);
      self->text = g_strdup (text);
    }
  ohm_delivery_note_change (self);
}

GError *
ohm_delivery_new_error (OhmDelivery *self)
{
  GError *error = NULL;
  g_autofree char *cause = ohm_message_dup_text (self->message);

  ohm_message_set_error (&error, OHM_ERROR_FAILED, ohm_message_ref (self->message),
                         "uplink '%s': %s", self->id, cause);
  return error;
}

/* Records that are tried again are all listed: there is an end to that. */
gboolean
ohm_delivery_is_full (OhmDelivery *self)
{
  return self->count.n_held >= OHM_REFUSALS_MAX;
}

/* Of what is not sent yet but needs nobody's help. (transfer full) (nullable) */
static OhmMessage *
ohm_delivery_new_ok_message (OhmDelivery *self)
{
  guint n_refused = self->count.n_held - self->count.n_future + self->count.n_dead;
  g_autofree char *refused = g_strdup_printf ("%u", n_refused);
  g_autofree char *held = g_strdup_printf ("%u", self->count.n_held);
  g_autofree char *future = g_strdup_printf ("%u", self->count.n_future);

  if (ohm_delivery_is_full (self))
    return ohm_message_new ("uplink-refused-full", "n", held, NULL);
  if (n_refused > 0)
    return ohm_message_new ("uplink-refused", "n", refused, NULL);
  return self->count.n_future > 0 ? ohm_message_new ("uplink-future", "n", future, NULL) : NULL;
}

void
ohm_delivery_set_ok (OhmDelivery *self)
{
  g_autoptr (OhmMessage) message = ohm_delivery_new_ok_message (self);

  ohm_delivery_set_state (self, ohm_delivery_is_full (self) ? OHM_DELIVERY_HELD : OHM_DELIVERY_OK,
                          message, self->text);
}

static void
ohm_delivery_block (OhmDelivery *self,
                    OhmDeliveryState state,
                    OhmMessage *message,
                    const char *code)
{
  g_autoptr (OhmMessage) fallback = NULL;

  if (message == NULL && code != NULL)
    fallback = ohm_message_new (code, NULL);
  if (message == NULL)
    message = fallback;
  if (self->state == state && self->message != NULL && message != NULL &&
      ohm_message_equal (self->message, message))
    return;
  ohm_delivery_set_state (self, state, message, /* text */ NULL);
}

static gboolean
ohm_delivery_is_claimed (OhmDelivery *self)
{
  OhmMessage *message = ohm_uplink_get_claim_message (self->uplink);

  switch (ohm_uplink_get_claim (self->uplink))
    {
    case OHM_CLAIM_NONE:
    case OHM_CLAIM_CLAIMED:
      return TRUE;
    case OHM_CLAIM_UNKNOWN:
      /* what kept the account from being found may be over: the next try looks again */
      return message != NULL;
    case OHM_CLAIM_UNCLAIMED:
      ohm_delivery_block (self, OHM_DELIVERY_UNCLAIMED, message, "uplink-unclaimed");
      return FALSE;
    case OHM_CLAIM_LOST:
    default:
      ohm_delivery_block (self, OHM_DELIVERY_LOST, message, "uplink-lost");
      return FALSE;
    }
}

/* Why the account could not be looked up, and nothing else is known yet. (nullable) */
static OhmMessage *
ohm_delivery_get_unknown (OhmDelivery *self)
{
  return ohm_uplink_get_claim (self->uplink) == OHM_CLAIM_UNKNOWN
           ? ohm_uplink_get_claim_message (self->uplink)
           : NULL;
}

gboolean
ohm_delivery_is_free (OhmDelivery *self)
{
  if (!ohm_delivery_is_claimed (self))
    return FALSE;
  if (self->is_new_destination)
    {
      ohm_delivery_block (self, OHM_DELIVERY_HELD, NULL, "uplink-new-destination");
      return FALSE;
    }
  self->has_synced = self->has_synced || ohm_clock_is_synchronized (self->clock);
  if (!self->has_synced)
    {
      ohm_delivery_block (self, OHM_DELIVERY_RETRYING, NULL, "uplink-clock-unsure");
      return FALSE;
    }
  if (ohm_store_get_state (self->store) != OHM_STORE_OK)
    {
      ohm_delivery_block (self, OHM_DELIVERY_RETRYING, ohm_store_get_message (self->store),
                          "store-failed");
      return FALSE;
    }
  if (self->is_untried)
    ohm_delivery_block (self, OHM_DELIVERY_RETRYING, ohm_delivery_get_unknown (self),
                        "uplink-untried");
  else if (self->n_failures == 0 && !self->wants_proof &&
           self->state != (ohm_delivery_is_full (self) ? OHM_DELIVERY_HELD : OHM_DELIVERY_OK))
    ohm_delivery_set_ok (self);
  return TRUE;
}

gboolean
ohm_delivery_is_open (OhmDelivery *self)
{
  g_return_val_if_fail (OHM_IS_DELIVERY (self), FALSE);

  return !self->is_stopped && self->is_loaded &&
         ohm_clock_get_mono_us (self->clock) >= self->not_before_us && ohm_delivery_is_free (self);
}

gboolean
ohm_delivery_is_idempotent (OhmDelivery *self)
{
  return (ohm_uplink_get_flags (self->uplink) & OHM_UPLINK_IDEMPOTENT) != 0;
}

gboolean
ohm_delivery_has_overlap (OhmDelivery *self)
{
  return self->settings.has_overlap && ohm_delivery_is_idempotent (self);
}

gboolean
ohm_delivery_has_echo (OhmDelivery *self)
{
  return self->settings.has_echo && ohm_delivery_is_idempotent (self);
}

gboolean
ohm_delivery_has_live_first (OhmDelivery *self)
{
  return self->settings.has_live_first && ohm_delivery_is_idempotent (self) &&
         (ohm_uplink_get_flags (self->uplink) & OHM_UPLINK_ORDERED) == 0;
}

gboolean
ohm_delivery_is_far_behind (OhmDelivery *self)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);

  return self->count.n_pending > 0 && self->count.first_slot_us > 0 &&
         wall_us - self->count.first_slot_us > FAR_BEHIND_US;
}

void
ohm_delivery_add_event (OhmDelivery *self, OhmMessage *message_take)
{
  g_autofree char *subject = g_strdup_printf ("uplinks/%s", self->id);
  g_autoptr (OhmMessage) message = message_take;

  ohm_store_add_event (self->store, subject, message);
}

static gint64
ohm_delivery_get_delivered_us (OhmDelivery *self)
{
  gint64 delivered_us = self->position.delivered_us;

  if (self->count.n_pending == 0 || self->count.first_slot_us == 0)
    return delivered_us;
  return MIN (delivered_us, self->count.first_slot_us - OHM_SLOT_US);
}

static gint64
ohm_delivery_get_attempt_us (OhmDelivery *self)
{
  gint64 deadline_us = self->timer != NULL ? ohm_watch_get_deadline (self->timer) : -1;
  gboolean is_waiting = self->state == OHM_DELIVERY_UNCLAIMED || self->state == OHM_DELIVERY_LOST ||
                        self->is_new_destination;

  if (deadline_us < 0 || is_waiting)
    return 0;
  return deadline_us - ohm_clock_get_mono_us (self->clock) + ohm_clock_get_wall_us (self->clock);
}

void
ohm_delivery_get_view (OhmDelivery *self, OhmDeliveryView *ret_view)
{
  guint64 record_bytes;

  g_return_if_fail (OHM_IS_DELIVERY (self) && ret_view != NULL);

  record_bytes = self->n_records > 0 ? self->n_bytes / self->n_records : RECORD_BYTES;
  *ret_view = (OhmDeliveryView){
    .state = self->state,
    .since_us = self->since_us,
    .message = self->message,
    .text = self->text,
    .next_us = ohm_delivery_get_attempt_us (self),
    .delivered_us = ohm_delivery_get_delivered_us (self),
    .success_us = self->position.success_us,
    .acked = self->position.acked,
    .settled = self->position.settled,
    .n_pending = self->count.n_pending,
    .n_pending_bytes = self->count.n_pending * record_bytes,
    .room_us = self->count.room_us,
    .n_held = self->count.n_held - self->count.n_future,
    .n_future = self->count.n_future,
    .n_dead = self->count.n_dead,
    .n_forgotten = self->count.n_forgotten,
    .n_rejected = (guint64) self->position.n_rejected,
    .n_too_old = (guint64) self->position.n_too_old,
    .n_requests = self->n_requests,
    .n_points = self->n_points,
    .n_bytes = self->n_bytes,
    .is_new_destination = self->is_new_destination,
  };
}
