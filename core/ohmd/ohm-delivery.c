/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-private.h"
#include "ohm-delivery-schedule.h"

#include <string.h>

/* How soon what keeps it from sending is looked at again, if nothing tells of a change. */
#define LOOK_AGAIN_US (60 * G_USEC_PER_SEC)

G_DEFINE_FINAL_TYPE (OhmDelivery, ohm_delivery, G_TYPE_OBJECT)

static gint64
ohm_delivery_offset (OhmDelivery *self)
{
  return ohm_delivery_offset_us (ohm_uplink_get_gateway (self->uplink), self->settings.delay_us,
                                 self->settings.spread_us);
}

/* Between two slots only what is new goes: a record that is sent again at once would fall to the
 * same crash of the engine. */
static void
ohm_delivery_begin_cycle (OhmDelivery *self, gboolean is_slot)
{
  if (self->in_cycle)
    return;
  self->in_cycle = TRUE;
  if (!ohm_delivery_has_overlap (self))
    self->position.settled = self->position.acked;
  self->mark = is_slot ? self->position.acked : self->position.settled;
  self->cursor = is_slot ? self->position.settled : self->position.acked;
}

static void
ohm_delivery_want_live (OhmDelivery *self)
{
  if (self->wants_live)
    return;
  self->wants_live = TRUE;
  self->cursors[OHM_DELIVERY_SEND_LIVE] = (OhmUplinkCursor){ 0 };
}

/* A batch that may be the cause waits for the engine to take something else. */
static void
ohm_delivery_note_proof_time (OhmDelivery *self)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);

  if (!self->wants_proof || now_us < self->main_before_us || self->wants_live)
    return;
  self->main_before_us = now_us + ohm_delivery_hold_us (self->random);
  ohm_delivery_want_live (self);
}

/* What the time of the day asks for. */
static void
ohm_delivery_note_time (OhmDelivery *self)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 slot_us = ohm_delivery_due_slot_us (wall_us, ohm_delivery_offset (self));
  gint64 day = ohm_delivery_due_day (ohm_uplink_get_gateway (self->uplink), wall_us);

  if (slot_us != self->cycle_slot_us)
    {
      self->cycle_slot_us = slot_us;
      if (ohm_delivery_is_far_behind (self) && ohm_delivery_has_live_first (self) &&
          !self->wants_proof)
        {
          ohm_delivery_drop_job (self, OHM_DELIVERY_SEND_LIVE);
          self->wants_live = FALSE;
          ohm_delivery_want_live (self);
        }
      ohm_delivery_begin_cycle (self, /* is_slot */ TRUE);
    }
  ohm_delivery_note_proof_time (self);
  if (!self->in_echo && ohm_delivery_has_echo (self) && self->position.echo_day < day)
    {
      self->in_echo = TRUE;
      self->echo_day = day;
      self->cursors[OHM_DELIVERY_SEND_ECHO] = (OhmUplinkCursor){ 0 };
    }
  /* the clock was ahead for days */
  self->position.echo_day = MIN (self->position.echo_day, day);
}

/* When a batch of @kind may go, monotonic; -1 if none is wanted. */
static gint64
ohm_delivery_get_due_us (OhmDelivery *self, OhmDeliveryKind kind)
{
  gint64 pace_us = self->sent_us < 0 ? 0 : self->sent_us + self->settings.pace_us;
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);

  switch (kind)
    {
    case OHM_DELIVERY_SEND_LIVE:
      return self->wants_live ? 0 : -1;
    case OHM_DELIVERY_SEND_HELD:
      return self->count.held_us > 0 && self->count.held_us <= wall_us ? pace_us : -1;
    case OHM_DELIVERY_SEND_MAIN:
      return self->in_cycle && !self->wants_proof && !ohm_delivery_is_full (self)
               ? MAX (pace_us, self->main_before_us)
               : -1;
    case OHM_DELIVERY_SEND_RESEND:
      return self->resend != NULL ? pace_us : -1;
    case OHM_DELIVERY_SEND_ECHO:
    default:
      /* a way that is full may stay so for days */
      return self->in_echo && (!self->in_cycle || ohm_delivery_is_full (self)) ? pace_us : -1;
    }
}

/* Whether @kind goes before @other, both being due: the newest slot always; what was never sent
 * before the echo of what was; of the others the one that has waited longest. So none keeps another
 * from its turn, and a backlog is not slowed by copies. */
static gboolean
ohm_delivery_is_before (OhmDelivery *self, OhmDeliveryKind kind, OhmDeliveryKind other)
{
  if (kind == OHM_DELIVERY_SEND_LIVE || other == OHM_DELIVERY_SEND_LIVE)
    return kind == OHM_DELIVERY_SEND_LIVE;
  if (kind == OHM_DELIVERY_SEND_MAIN && other == OHM_DELIVERY_SEND_ECHO)
    return TRUE;
  if (kind == OHM_DELIVERY_SEND_ECHO && other == OHM_DELIVERY_SEND_MAIN)
    return FALSE;
  return self->turns[kind] < self->turns[other];
}

/* Whose turn it is of those that may go now, or else the one that may go first. @ret_at_us: -1 if
 * there is none */
static OhmDeliveryKind
ohm_delivery_choose (OhmDelivery *self, gint64 *ret_at_us)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);
  OhmDeliveryKind best = OHM_DELIVERY_SEND_MAIN;

  *ret_at_us = -1;
  for (guint i = 0; i < OHM_DELIVERY_KINDS; i++)
    {
      OhmDeliveryKind kind = (OhmDeliveryKind) i;
      gint64 at_us = ohm_delivery_get_due_us (self, kind);

      if (at_us < 0)
        continue;
      at_us = MAX (at_us, now_us);
      if (*ret_at_us >= 0 && (at_us > *ret_at_us ||
                              (at_us == *ret_at_us && !ohm_delivery_is_before (self, kind, best))))
        continue;
      *ret_at_us = at_us;
      best = kind;
    }
  return best;
}

/* Wakes at a wall-clock time; a clock that is set wakes by itself. */
static gint64
ohm_delivery_to_mono_us (OhmDelivery *self, gint64 wall_us)
{
  return ohm_clock_get_mono_us (self->clock) + wall_us - ohm_clock_get_wall_us (self->clock);
}

/* When there is something to do again, monotonic. */
static gint64
ohm_delivery_get_next_us (OhmDelivery *self)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 next_us = ohm_delivery_next_slot_us (wall_us, ohm_delivery_offset (self));

  if (ohm_delivery_has_echo (self))
    next_us = MIN (next_us,
                   ohm_delivery_next_day_us (ohm_uplink_get_gateway (self->uplink), wall_us));
  if (self->count.held_us > wall_us)
    next_us = MIN (next_us, self->count.held_us);
  next_us = ohm_delivery_to_mono_us (self, next_us);
  return self->wants_proof ? MIN (next_us, self->main_before_us) : next_us;
}

static void
ohm_delivery_arm (OhmDelivery *self, gint64 mono_us)
{
  if (ohm_watch_get_deadline (self->timer) == mono_us)
    return;
  ohm_watch_set_deadline (self->timer, mono_us);
  ohm_delivery_note_change (self);
}

static void
ohm_delivery_send_or_wait (OhmDelivery *self)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);
  OhmDeliveryKind kind;
  gint64 at_us;

  if (self->resend != NULL && g_cancellable_is_cancelled (g_task_get_cancellable (self->resend)))
    ohm_delivery_end_resend (self, /* error */ NULL);
  ohm_delivery_note_time (self);
  kind = ohm_delivery_choose (self, &at_us);
  if (at_us < 0)
    at_us = ohm_delivery_get_next_us (self);
  else if (MAX (at_us, self->not_before_us) <= now_us)
    {
      ohm_watch_set_deadline (self->timer, -1);
      ohm_delivery_run (self, kind);
      return;
    }
  ohm_delivery_arm (self, MAX (at_us, self->not_before_us));
}

/* Somebody asked for it: also if that was while an answer was awaited, which then tells nothing of
 * what was mended meanwhile. */
static void
ohm_delivery_hurry (OhmDelivery *self)
{
  if (!self->is_hurried)
    return;
  self->is_hurried = FALSE;
  if (!self->is_asked)
    self->not_before_us = 0;
  if (!self->wants_proof)
    self->main_before_us = 0;
  ohm_delivery_begin_cycle (self, /* is_slot */ FALSE);
}

void
ohm_delivery_go_on (OhmDelivery *self)
{
  gint64 now_us = ohm_clock_get_mono_us (self->clock);

  if (self->is_stopped || self->is_busy)
    return;
  if (!self->is_loaded)
    {
      if (now_us >= self->not_before_us)
        ohm_delivery_load (self);
      else
        ohm_delivery_arm (self, self->not_before_us);
      return;
    }
  if (self->wants_count)
    ohm_delivery_recount (self);
  ohm_delivery_hurry (self);
  if (ohm_delivery_is_free (self))
    {
      ohm_delivery_send_or_wait (self);
      return;
    }
  ohm_delivery_end_kept_resend (self);
  ohm_delivery_arm (self, now_us + LOOK_AGAIN_US);
}

static void
ohm_delivery_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_delivery_go_on (user_data);
}

static void
ohm_delivery_on_moved (OhmClock *clock, gpointer user_data)
{
  ohm_delivery_go_on (user_data);
}

/* A database that was closed meanwhile may have been put aside: nothing of it is taken for granted.
 */
static void
ohm_delivery_on_store (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  OhmDelivery *self = user_data;

  if (ohm_store_get_state (self->store) != OHM_STORE_OK)
    {
      ohm_delivery_go_on (self);
      return;
    }
  /* a corrupt database was put aside: its numbers mean nothing in the fresh one */
  if (self->is_loaded && g_strcmp0 (self->position.epoch, ohm_store_get_epoch (self->store)) != 0)
    self->is_loaded = FALSE;
  if (!self->is_loaded)
    self->not_before_us = 0;
  ohm_delivery_go_on (self);
}

static void
ohm_delivery_on_claim (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  OhmDelivery *self = user_data;
  gboolean was_waiting = self->state == OHM_DELIVERY_UNCLAIMED ||
                         self->state == OHM_DELIVERY_WAITING_USER ||
                         self->state == OHM_DELIVERY_LOST;

  /* who has just linked it wants to see something */
  if (was_waiting && ohm_uplink_get_claim (self->uplink) == OHM_CLAIM_CLAIMED)
    ohm_delivery_send_now (self);
  else
    ohm_delivery_go_on (self);
}

static void
ohm_delivery_on_interval (const OhmRecord *record, gpointer owner)
{
  OhmDelivery *self = owner;

  if (record->is_gap && record->read_us == 0)
    return;
  if (self->count.n_pending == 0)
    self->count.first_slot_us = record->slot_us;
  self->count.n_pending++;
  ohm_delivery_note_change (self);
}

static void
ohm_delivery_take_settings (OhmDelivery *self, const OhmDeliverySettings *settings)
{
  self->settings = *settings;
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (settings->fingerprint);
  self->settings.fingerprint = self->fingerprint;
  g_free (self->id);
  self->id = g_strdup (settings->id != NULL ? settings->id : ohm_uplink_get_id (self->uplink));
  self->settings.id = self->id;
}

OhmDelivery *
ohm_delivery_new (const OhmDeliverySetup *setup)
{
  OhmDelivery *self;

  g_return_val_if_fail (setup != NULL && setup->settings.fingerprint != NULL, NULL);
  g_return_val_if_fail (OHM_IS_UPLINK (setup->uplink) && OHM_IS_STORE (setup->store), NULL);
  g_return_val_if_fail (OHM_IS_BUS (setup->bus) && OHM_IS_WATCHER (setup->watcher), NULL);

  self = g_object_new (OHM_TYPE_DELIVERY, NULL);
  self->uplink = g_object_ref (setup->uplink);
  self->store = g_object_ref (setup->store);
  self->bus = g_object_ref (setup->bus);
  self->watcher = g_object_ref (setup->watcher);
  self->clock = g_object_ref (ohm_watcher_get_clock (setup->watcher));
  ohm_delivery_take_settings (self, &setup->settings);
  self->since_us = ohm_clock_get_wall_us (self->clock);
  self->timer = ohm_watcher_add (self->watcher, -1, 0, ohm_delivery_on_timer, self);
  g_signal_connect (self->clock, "moved", G_CALLBACK (ohm_delivery_on_moved), self);
  g_signal_connect (self->store, "notify::state", G_CALLBACK (ohm_delivery_on_store), self);
  g_signal_connect (self->uplink, "notify::claim", G_CALLBACK (ohm_delivery_on_claim), self);
  ohm_bus_connect_interval (self->bus, "delivery", ohm_delivery_on_interval, G_OBJECT (self));
  ohm_delivery_go_on (self);
  return self;
}

void
ohm_delivery_stop (OhmDelivery *self)
{
  g_return_if_fail (OHM_IS_DELIVERY (self));

  if (self->is_stopped)
    return;
  self->is_stopped = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_clear_handle_id (&self->changed_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->clock, self);
  g_signal_handlers_disconnect_by_data (self->store, self);
  g_signal_handlers_disconnect_by_data (self->uplink, self);
  ohm_bus_disconnect (self->bus, G_OBJECT (self));
  ohm_delivery_end_resend (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                      "the uplink was stopped"));
}

void
ohm_delivery_set_settings (OhmDelivery *self, const OhmDeliverySettings *settings)
{
  gboolean is_same;

  g_return_if_fail (OHM_IS_DELIVERY (self));
  g_return_if_fail (settings != NULL && settings->fingerprint != NULL);

  is_same = strcmp (settings->fingerprint, self->fingerprint) == 0;
  ohm_delivery_take_settings (self, settings);
  if (!is_same)
    {
      self->is_loaded = FALSE;
      self->is_confirmed = FALSE;
      self->not_before_us = 0;
    }
  ohm_delivery_note_change (self);
  ohm_delivery_go_on (self);
}

OhmUplink *
ohm_delivery_get_uplink (OhmDelivery *self)
{
  g_return_val_if_fail (OHM_IS_DELIVERY (self), NULL);

  return self->uplink;
}

void
ohm_delivery_send_now (OhmDelivery *self)
{
  g_return_if_fail (OHM_IS_DELIVERY (self));

  self->is_hurried = TRUE;
  if (!self->is_loaded)
    self->not_before_us = 0;
  ohm_delivery_go_on (self);
}

void
ohm_delivery_confirm (OhmDelivery *self, gboolean is_from_start)
{
  g_return_if_fail (OHM_IS_DELIVERY (self));

  if (!self->is_new_destination)
    return;
  self->is_confirmed = TRUE;
  self->is_confirmed_from_start = is_from_start;
  self->is_loaded = FALSE;
  self->not_before_us = 0;
  ohm_delivery_go_on (self);
}

static void
ohm_delivery_dispose (GObject *object)
{
  OhmDelivery *self = OHM_DELIVERY (object);

  if (self->bus != NULL)
    ohm_delivery_stop (self);
  for (guint i = 0; i < OHM_DELIVERY_KINDS; i++)
    ohm_delivery_drop_job (self, (OhmDeliveryKind) i);
  g_clear_object (&self->uplink);
  g_clear_object (&self->store);
  g_clear_object (&self->bus);
  g_clear_object (&self->watcher);
  g_clear_object (&self->clock);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (ohm_delivery_parent_class)->dispose (object);
}

static void
ohm_delivery_finalize (GObject *object)
{
  OhmDelivery *self = OHM_DELIVERY (object);

  ohm_uplink_position_clear (&self->position);
  g_clear_pointer (&self->message, ohm_message_unref);
  g_rand_free (self->random);
  g_free (self->fingerprint);
  g_free (self->id);
  g_free (self->text);

  G_OBJECT_CLASS (ohm_delivery_parent_class)->finalize (object);
}

static void
ohm_delivery_class_init (OhmDeliveryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_delivery_dispose;
  object_class->finalize = ohm_delivery_finalize;
}

static void
ohm_delivery_init (OhmDelivery *self)
{
  self->cancellable = g_cancellable_new ();
  self->random = g_rand_new ();
  self->sent_us = -1;
  self->state = OHM_DELIVERY_OK;
  self->count.room_us = -1;
}
