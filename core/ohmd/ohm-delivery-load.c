/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-private.h"
#include "ohm-delivery-schedule.h"

#include <string.h>

/* How soon a store that failed is asked again. */
#define LOAD_AGAIN_US (60 * G_USEC_PER_SEC)

static void
ohm_delivery_on_begun (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;

  ohm_delivery_end_commit (self, result);
  ohm_delivery_go_on (self);
}

/* A destination that has nothing yet: gets all that is stored, or what comes from now on. */
static void
ohm_delivery_begin (OhmDelivery *self, gint64 from)
{
  gint64 now_us = ohm_clock_get_wall_us (self->clock);
  char *epoch = g_steal_pointer (&self->position.epoch);
  OhmUplinkCommit *commit;

  ohm_uplink_position_clear (&self->position);
  self->position = (OhmUplinkPosition){
    .is_known = TRUE,
    .epoch = epoch,
    .fingerprint = g_strdup (self->fingerprint),
    .acked = from,
    .settled = from,
    .created_us = now_us,
    .echo_day = ohm_delivery_due_day (ohm_uplink_get_gateway (self->uplink), now_us),
  };
  commit = ohm_uplink_commit_new (ohm_uplink_get_id (self->uplink), &self->position);
  commit->is_fresh = TRUE;
  self->is_busy = TRUE;
  ohm_store_commit_uplink_async (self->store, commit, ohm_delivery_on_begun, g_object_ref (self));
}

/* After an outage, and if it was ours, not everybody comes at once. */
static void
ohm_delivery_spread (OhmDelivery *self)
{
  gint64 success_us = self->position.success_us;
  gint64 outage_us = ohm_clock_get_wall_us (self->clock) - success_us;
  gint64 spread_us = success_us > 0 ? ohm_delivery_spread_max_us (outage_us) : 0;

  if (spread_us > 0)
    self->not_before_us = ohm_clock_get_mono_us (self->clock) +
                          ohm_delivery_random_us (self->random, spread_us);
}

static void
ohm_delivery_take_position (OhmDelivery *self, gint64 last_seq)
{
  gboolean is_same = self->position.is_known &&
                     g_strcmp0 (self->position.fingerprint, self->fingerprint) == 0;
  gboolean is_corrected;
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 offset_us = ohm_delivery_offset_us (ohm_uplink_get_gateway (self->uplink),
                                             self->settings.delay_us, self->settings.spread_us);

  self->limit.points_max = self->position.points_max;
  self->limit.points_us = self->position.points_us;
  self->is_loaded = TRUE;
  self->in_cycle = FALSE;
  self->in_echo = FALSE;
  self->wants_live = FALSE;
  self->wants_proof = FALSE;
  self->wants_count = TRUE;
  self->is_counted = FALSE;
  self->is_untried = FALSE;
  self->cycle_slot_us = ohm_delivery_due_slot_us (wall_us, offset_us);
  /* an address that never took anything was a wrong one, and nobody has to say what it had */
  is_corrected = self->position.is_known && !is_same && self->position.success_us == 0;
  self->is_new_destination = self->position.is_known && !is_same && !is_corrected &&
                             !self->is_confirmed;
  for (guint i = 0; i < OHM_DELIVERY_KINDS; i++)
    ohm_delivery_drop_job (self, (OhmDeliveryKind) i);
  if (!self->position.is_known)
    ohm_delivery_begin (self, self->settings.is_from_now ? last_seq : 0);
  else if (self->is_confirmed)
    ohm_delivery_begin (self, self->is_confirmed_from_start ? 0 : last_seq);
  else if (is_corrected)
    ohm_delivery_begin (self, self->position.acked);
  else if (!self->is_hurried)
    ohm_delivery_spread (self);
  self->is_confirmed = FALSE;
}

static void
ohm_delivery_on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;
  g_auto (OhmUplinkPosition) position = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 last_seq = 0;

  self->is_busy = FALSE;
  ohm_store_load_uplink_finish (OHM_STORE (source), result, &position, &last_seq, &error);
  if (self->is_stopped)
    return;
  if (error != NULL)
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

      self->not_before_us = ohm_clock_get_mono_us (self->clock) + LOAD_AGAIN_US;
      ohm_delivery_set_state (self, OHM_DELIVERY_RETRYING, message, /* text */ NULL);
    }
  else
    {
      ohm_uplink_position_clear (&self->position);
      self->position = position;
      position = (OhmUplinkPosition){ 0 };
      ohm_delivery_take_position (self, last_seq);
    }
  ohm_delivery_go_on (self);
}

void
ohm_delivery_load (OhmDelivery *self)
{
  self->is_busy = TRUE;
  ohm_store_load_uplink_async (self->store, ohm_uplink_get_id (self->uplink), self->cancellable,
                               ohm_delivery_on_loaded, g_object_ref (self));
}

static void
ohm_delivery_note_forgotten (OhmDelivery *self, guint n)
{
  g_autofree char *more = g_strdup_printf ("%u", n - self->count.n_forgotten);

  if (self->is_counted && n > self->count.n_forgotten)
    ohm_delivery_add_event (self, ohm_message_new ("uplink-refused-unlisted", "n", more, NULL));
  self->is_counted = TRUE;
}

/* Whether we come back into an outage is known once it was tried, and that may be an hour away; or
 * never, if all that waited is left out for its age. */
static void
ohm_delivery_note_untried (OhmDelivery *self, gboolean is_first)
{
  gint64 age_us = ohm_clock_get_wall_us (self->clock) - self->position.success_us;

  if (!is_first)
    {
      self->is_untried = self->is_untried && self->count.n_pending > 0;
      return;
    }
  self->is_untried = self->count.n_pending > 0 && self->n_failures == 0 && !self->in_cycle &&
                     !ohm_delivery_is_full (self) && ohm_delivery_spread_max_us (age_us) > 0;
}

static void
ohm_delivery_on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDelivery) self = user_data;
  gboolean is_first = !self->is_counted;
  OhmUplinkCount count;

  self->is_counting = FALSE;
  if (!ohm_store_count_uplink_finish (OHM_STORE (source), result, &count, /* error */ NULL) ||
      self->is_stopped)
    return;
  ohm_delivery_note_forgotten (self, count.n_forgotten);
  self->count = count;
  ohm_delivery_note_untried (self, is_first);
  if (self->state == OHM_DELIVERY_OK)
    ohm_delivery_set_ok (self);
  ohm_delivery_note_change (self);
  ohm_delivery_go_on (self);
}

void
ohm_delivery_recount (OhmDelivery *self)
{
  if (self->is_counting)
    return;
  self->is_counting = TRUE;
  self->wants_count = FALSE;
  ohm_store_count_uplink_async (self->store, ohm_uplink_get_id (self->uplink), self->position.acked,
                                self->cancellable, ohm_delivery_on_counted, g_object_ref (self));
}
