/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-recorder-private.h"

/* No run has this number. */
#define OTHER_RUN -1

/* The wall clock was set if it moved this much against the monotonic one. */
#define STEP_US (1 * G_USEC_PER_SEC)

/* How soon a step of the machine's clock is noticed at the latest. */
#define LOOK_US (10 * G_USEC_PER_SEC)

/* What comes within this time is written in one transaction. */
#define GATHER_US (500 * G_TIME_SPAN_MILLISECOND)

#define WINDOW_MAX_US (600 * G_USEC_PER_SEC)

struct _OhmRecorder
{
  GObject parent_instance;

  OhmStore *store;   /* (owned) */
  OhmPlaces *places; /* (owned) */
  OhmBus *bus;       /* (owned) */
  OhmClock *clock;   /* (owned) */
  OhmRecorderHost host;
  gint64 window_us;

  OhmWatch *look;   /* (owned): the next boundary */
  OhmWatch *end;    /* (owned): end of the window */
  OhmWatch *gather; /* (owned): time to write */
  gulong moved_id;
  gboolean is_running;

  GHashTable *series;    /* (owned) (element-type utf8 OhmRecorderSeries): by place */
  GPtrArray *outbox;     /* (owned) (element-type OhmRecord) */
  gint64 slot_us;        /* the open slot; 0 if none is */
  gint64 newest_us;      /* newest slot opened or given up since the start */
  gint64 first_us;       /* the first of them */
  gint64 stored_us;      /* newest slot that the store had */
  gint64 next_us;        /* the boundary that is waited for */
  gint64 skew_us;        /* wall minus monotonic time at the last look */
  gboolean has_stepped;  /* since the last slot opened */
  gboolean is_unsure;    /* and before that, since the slot before */
  gint64 early_until_us; /* until when the clock is too early; 0 if not known, -1 if it is not */
  OhmMessage *message;   /* (owned) (nullable): the same in words */
};

G_DEFINE_FINAL_TYPE (OhmRecorder, ohm_recorder, G_TYPE_OBJECT)

static OhmRecorderSeries *
ohm_recorder_get_series (OhmRecorder *self, const char *place)
{
  OhmRecorderSeries *series = g_hash_table_lookup (self->series, place);

  if (series != NULL)
    return series;
  series = ohm_recorder_series_new ();
  ohm_recorder_series_begin (series, self->slot_us);
  series->is_done = FALSE;
  g_hash_table_insert (self->series, g_strdup (place), series);
  return series;
}

/* @until_us: the first slot that will open; 0 if that is not known, -1 if nothing is wrong */
static void
ohm_recorder_set_early (OhmRecorder *self, gint64 until_us)
{
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *until = NULL;

  if (until_us == self->early_until_us)
    return;
  self->early_until_us = until_us;
  g_clear_pointer (&self->message, ohm_message_unref);
  if (until_us > 0)
    time = g_date_time_new_from_unix_utc (until_us / G_USEC_PER_SEC);
  if (time != NULL)
    until = g_date_time_format (time, "%Y-%m-%d %H:%M UTC");
  if (until_us >= 0)
    self->message = ohm_message_new ("clock-early", "until", until, NULL);
  if (self->host.tell != NULL)
    self->host.tell (self->message, self->host.user_data);
}

static void
ohm_recorder_write (OhmRecorder *self)
{
  GPtrArray *records;

  ohm_watch_set_deadline (self->gather, -1);
  if (self->outbox->len == 0)
    return;
  records = g_steal_pointer (&self->outbox);
  self->outbox = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  ohm_store_append_async (self->store, records, /* callback */ NULL, /* user_data */ NULL);
}

/* @record: (transfer full) */
static void
ohm_recorder_send (OhmRecorder *self, OhmRecord *record)
{
  g_ptr_array_add (self->outbox, record);
  if (ohm_watch_get_deadline (self->gather) < 0)
    ohm_watch_set_deadline (self->gather, ohm_clock_get_mono_us (self->clock) + GATHER_US);
}

/* Why nothing was recorded for a place that has just come (back). */
static OhmGapCause
ohm_recorder_get_earlier_cause (OhmRecorder *self, const OhmRecorderSeries *series)
{
  gboolean was_off = series->stored_us == 0 || series->stored_us + OHM_SLOT_US < self->first_us;

  return series->handled_us == 0 && was_off ? OHM_GAP_GATEWAY_OFF : OHM_GAP_DISABLED;
}

/* The store leaves this out if nothing is missing or the place is new. */
static void
ohm_recorder_explain_earlier (OhmRecorder *self,
                              const OhmPlace *place,
                              const OhmRecorderSeries *series,
                              gint64 slot_us)
{
  gint64 before_us = slot_us - OHM_SLOT_US;

  if (MAX (series->handled_us, series->stored_us) >= before_us)
    return;
  ohm_recorder_send (self, ohm_recorder_make_gap (place, before_us,
                                                  ohm_recorder_get_earlier_cause (self, series)));
}

/* The number of the run is the place's: the store fills in that of the record on its own thread. */
static void
ohm_recorder_judge (OhmRecorder *self, const OhmPlace *place, OhmRecorderSeries *series)
{
  gint64 run = place->run != NULL ? place->run->number : 0;
  gboolean is_first = series->run != 0 && series->run != run;

  if (series->read_us != 0 && self->host.judge != NULL)
    self->host.judge (place, series->last, series->read_us, is_first, series->pending,
                      self->host.user_data);
  series->run = run;
  series->read_us = series->pending->read_us;
}

/* What was read for a place becomes its record. */
static void
ohm_recorder_commit (OhmRecorder *self, const OhmPlace *place, OhmRecorderSeries *series)
{
  if (self->has_stepped || self->is_unsure || !ohm_clock_is_synchronized (self->clock))
    series->pending->flags |= OHM_RECORD_CLOCK_UNSURE;
  ohm_recorder_judge (self, place, series);
  ohm_recorder_explain_earlier (self, place, series, self->slot_us);
  ohm_recorder_send (self, ohm_recorder_series_commit (series, self->slot_us));
}

/* What is not written yet and is doubted now waits for its meter to be confirmed: where one counter
 * fell, two meters may have changed places, and the other's rose. */
static void
ohm_recorder_hold_back (OhmRecorder *self)
{
  for (guint i = self->outbox->len; i-- > 0;)
    {
      const OhmRecord *record = g_ptr_array_index (self->outbox, i);
      const OhmPlace *place = ohm_places_get (self->places, record->place);

      if (record->is_gap || record->slot_us != self->slot_us || place == NULL ||
          place->meter == NULL || self->host.is_confirmed == NULL ||
          self->host.is_confirmed (place->meter, self->host.user_data))
        continue;
      ohm_recorder_series_take_back (ohm_recorder_get_series (self, place->id),
                                     g_ptr_array_steal_index (self->outbox, i));
    }
}

/* Whether the meter is known to be the one that the place's run belongs to. The serial that was
 * read after the values says so; where there is none, a counter that falls raises doubt. */
static gboolean
ohm_recorder_is_confirmed (OhmRecorder *self, const OhmPlace *place, OhmRecorderSeries *series)
{
  if (ohm_place_is_wrong_device (place))
    return FALSE;
  if (self->host.can_prove != NULL && self->host.can_prove (place->meter, self->host.user_data))
    return series->is_proved;
  if (!series->is_doubted && ohm_recorder_series_has_fallen (series))
    {
      series->is_doubted = TRUE;
      if (self->host.doubt != NULL)
        self->host.doubt (place->meter, self->host.user_data);
      ohm_recorder_hold_back (self);
    }
  return self->host.is_confirmed == NULL ||
         self->host.is_confirmed (place->meter, self->host.user_data);
}

static void
ohm_recorder_settle (OhmRecorder *self, const OhmPlace *place, OhmRecorderSeries *series)
{
  if (series->pending != NULL && series->is_complete &&
      ohm_recorder_is_confirmed (self, place, series))
    ohm_recorder_commit (self, place, series);
}

/* Whether a step of the clock ended the window before its time. */
static gboolean
ohm_recorder_is_cut (OhmRecorder *self)
{
  return self->has_stepped &&
         ohm_clock_get_mono_us (self->clock) < ohm_watch_get_deadline (self->end);
}

static void
ohm_recorder_give_up (OhmRecorder *self, const OhmPlace *place, OhmRecorderSeries *series)
{
  OhmGapCause cause = OHM_GAP_METER_SILENT;

  if (ohm_recorder_is_cut (self))
    cause = OHM_GAP_CLOCK_UNSURE;
  else if (ohm_place_is_wrong_device (place))
    cause = OHM_GAP_WRONG_DEVICE;
  else if (self->host.get_cause != NULL)
    cause = self->host.get_cause (place->meter, self->host.user_data);
  ohm_recorder_explain_earlier (self, place, series, self->slot_us);
  ohm_recorder_send (self, ohm_recorder_make_gap (place, self->slot_us, cause));
  g_clear_pointer (&series->pending, ohm_record_unref);
  series->handled_us = self->slot_us;
  series->is_done = TRUE;
}

/* The window is over: what is incomplete is better than nothing, what is unconfirmed is not. */
static void
ohm_recorder_close_slot (OhmRecorder *self)
{
  g_autoptr (GPtrArray) places = ohm_places_list (self->places);

  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      OhmRecorderSeries *series;

      if (!ohm_place_is_read (place))
        continue;
      series = ohm_recorder_get_series (self, place->id);
      if (series->is_done)
        continue;
      if (series->pending != NULL && ohm_recorder_is_confirmed (self, place, series))
        ohm_recorder_commit (self, place, series);
      else
        ohm_recorder_give_up (self, place, series);
    }
  self->slot_us = 0;
  ohm_watch_set_deadline (self->end, -1);
  ohm_recorder_write (self);
}

static void
ohm_recorder_open_slot (OhmRecorder *self, gint64 slot_us)
{
  gint64 until_us = slot_us + self->window_us;
  GHashTableIter iter;
  gpointer series;

  self->slot_us = slot_us;
  self->newest_us = slot_us;
  self->is_unsure = self->has_stepped;
  self->has_stepped = FALSE;
  if (self->first_us == 0)
    self->first_us = slot_us;
  g_hash_table_iter_init (&iter, self->series);
  while (g_hash_table_iter_next (&iter, NULL, &series))
    ohm_recorder_series_begin (series, slot_us);
  ohm_watch_set_deadline (self->end, ohm_slot_to_mono_us (self->clock, until_us));
  if (self->host.begin_slot != NULL)
    self->host.begin_slot (slot_us, until_us, self->host.user_data);
}

static void
ohm_recorder_miss (OhmRecorder *self, const OhmPlace *place, gint64 slot_us)
{
  OhmRecorderSeries *series = ohm_recorder_get_series (self, place->id);
  OhmGapCause cause = self->has_stepped ? OHM_GAP_CLOCK_UNSURE : OHM_GAP_GATEWAY_OFF;

  if (MAX (series->handled_us, series->stored_us) >= slot_us)
    return;
  if (series->handled_us < self->newest_us)
    ohm_recorder_explain_earlier (self, place, series, self->newest_us + OHM_SLOT_US);
  ohm_recorder_send (self, ohm_recorder_make_gap (place, slot_us, cause));
  series->handled_us = slot_us;
}

/* Slots up to this one went by without having been open: the clock jumped over them, or we slept.
 */
static void
ohm_recorder_miss_slots (OhmRecorder *self, gint64 slot_us)
{
  g_autoptr (GPtrArray) places = ohm_places_list (self->places);

  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if (ohm_place_is_read (place))
        ohm_recorder_miss (self, place, slot_us);
    }
  self->newest_us = slot_us;
}

static gboolean
ohm_recorder_may_open (OhmRecorder *self, gint64 wall_us, gint64 slot_us)
{
  gint64 known_us = MAX (self->stored_us, self->newest_us);
  gboolean is_early = wall_us < OHM_SLOT_EARLIEST_US;

  if (is_early || slot_us < known_us - OHM_SLOT_US)
    ohm_recorder_set_early (self, known_us != 0 ? known_us + OHM_SLOT_US : 0);
  else
    ohm_recorder_set_early (self, -1);
  return !is_early && slot_us >= known_us && slot_us > self->newest_us;
}

static void
ohm_recorder_notice_step (OhmRecorder *self, gint64 wall_us, gint64 mono_us)
{
  gint64 step_us = wall_us - mono_us - self->skew_us;
  g_autofree char *text = NULL;
  g_autoptr (OhmMessage) message = NULL;

  if (ABS (step_us) <= STEP_US)
    return;
  self->skew_us = wall_us - mono_us;
  self->has_stepped = TRUE;
  text = g_strdup_printf ("%+.3f s", (double) step_us / G_USEC_PER_SEC);
  message = ohm_message_new ("clock-stepped", "step", text, NULL);
  ohm_store_add_event (self->store, "clock", message);
}

static void
ohm_recorder_arm (OhmRecorder *self, gint64 wall_us, gint64 mono_us)
{
  gint64 wait_us;

  self->next_us = ohm_slot_after (wall_us);
  wait_us = self->next_us - wall_us;
  if (ohm_clock_is_real (self->clock))
    wait_us = MIN (wait_us, LOOK_US);
  ohm_watch_set_deadline (self->look, mono_us + wait_us);
}

/* A slot that has not been before. */
static void
ohm_recorder_reach_slot (OhmRecorder *self, gint64 wall_us, gint64 slot_us)
{
  gboolean is_open = ohm_slot_is_within (slot_us, wall_us, self->window_us);
  gint64 missed_us = is_open ? slot_us - OHM_SLOT_US : slot_us;

  if (self->newest_us != 0 && missed_us > self->newest_us)
    ohm_recorder_miss_slots (self, missed_us);
  if (is_open)
    ohm_recorder_open_slot (self, slot_us);
  self->newest_us = slot_us;
}

/* What time is it? Opens and closes slots accordingly. */
static void
ohm_recorder_look (OhmRecorder *self)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 mono_us = ohm_clock_get_mono_us (self->clock);
  gint64 slot_us = ohm_slot_at_or_before (wall_us);

  if (!self->is_running)
    return;
  ohm_recorder_notice_step (self, wall_us, mono_us);
  if (self->slot_us != 0 && !ohm_slot_is_within (self->slot_us, wall_us, self->window_us))
    ohm_recorder_close_slot (self);
  if (slot_us != self->slot_us && ohm_recorder_may_open (self, wall_us, slot_us))
    ohm_recorder_reach_slot (self, wall_us, slot_us);
  ohm_recorder_arm (self, wall_us, mono_us);
}

static void
ohm_recorder_on_look (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_recorder_look (user_data);
}

static void
ohm_recorder_on_gather (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_recorder_write (user_data);
}

static void
ohm_recorder_on_moved (OhmClock *clock, gpointer user_data)
{
  OhmRecorder *self = user_data;
  gint64 skew_us = ohm_clock_get_wall_us (clock) - ohm_clock_get_mono_us (clock);

  if (self->is_running && ABS (skew_us - self->skew_us) > STEP_US)
    ohm_recorder_look (self);
}

static void
ohm_recorder_take (OhmRecorder *self, const OhmPlace *place, const OhmReading *reading)
{
  OhmRecorderSeries *series = ohm_recorder_get_series (self, place->id);

  if (place->points == NULL || place->is_virtual ||
      !ohm_recorder_series_take (series, place, reading, self->slot_us, self->window_us))
    return;
  ohm_recorder_settle (self, place, series);
}

static void
ohm_recorder_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmRecorder *self = owner;
  GPtrArray *places;

  if (!self->is_running)
    return;
  if (ohm_clock_get_wall_us (self->clock) >= self->next_us)
    ohm_recorder_look (self);
  if (self->slot_us == 0)
    return;
  places = ohm_places_of_meter (self->places, ohm_reading_get_meter (reading));
  for (guint i = 0; places != NULL && i < places->len; i++)
    ohm_recorder_take (self, g_ptr_array_index (places, i), reading);
}

static void
ohm_recorder_load_one (OhmRecorder *self, const OhmStorePlace *stored)
{
  OhmRecorderSeries *series = ohm_recorder_get_series (self, stored->place->id);

  series->stored_us = stored->slot_us;
  if (series->handled_us >= stored->slot_us)
    return;
  g_clear_pointer (&series->last, ohm_record_unref);
  if (stored->last != NULL)
    series->last = ohm_record_ref (stored->last);
  series->run = stored->last != NULL && stored->place->run != NULL ? stored->place->run->number
                                                                   : OTHER_RUN;
  series->read_us = stored->read_us;
  if (self->slot_us != 0 && stored->slot_us >= self->slot_us)
    series->is_done = TRUE;
}

void
ohm_recorder_load (OhmRecorder *self, const OhmStoreContent *content)
{
  g_return_if_fail (OHM_IS_RECORDER (self) && content != NULL);

  self->stored_us = content->newest_slot_us;
  for (guint i = 0; i < content->places->len; i++)
    ohm_recorder_load_one (self, g_ptr_array_index (content->places, i));
}

void
ohm_recorder_set_window_us (OhmRecorder *self, gint64 window_us)
{
  g_return_if_fail (OHM_IS_RECORDER (self));

  self->window_us = CLAMP (window_us, OHM_SLOT_LIVE_US + 1, WINDOW_MAX_US);
}

void
ohm_recorder_start (OhmRecorder *self)
{
  g_return_if_fail (OHM_IS_RECORDER (self));

  if (self->is_running)
    return;
  self->is_running = TRUE;
  self->skew_us = ohm_clock_get_wall_us (self->clock) - ohm_clock_get_mono_us (self->clock);
  ohm_recorder_look (self);
}

/* What is there is recorded; what is not is no gap yet: the next start may still be in time. */
void
ohm_recorder_stop (OhmRecorder *self)
{
  g_autoptr (GPtrArray) places = NULL;

  g_return_if_fail (OHM_IS_RECORDER (self));

  self->is_running = FALSE;
  places = ohm_places_list (self->places);
  for (guint i = 0; self->slot_us != 0 && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      if (ohm_place_is_read (place))
        ohm_recorder_settle (self, place, ohm_recorder_get_series (self, place->id));
    }
  self->slot_us = 0;
  ohm_watch_set_deadline (self->look, -1);
  ohm_watch_set_deadline (self->end, -1);
  ohm_recorder_write (self);
}

void
ohm_recorder_confirm (OhmRecorder *self, const char *meter)
{
  GPtrArray *places;

  g_return_if_fail (OHM_IS_RECORDER (self) && meter != NULL);

  places = ohm_places_of_meter (self->places, meter);
  for (guint i = 0; self->slot_us != 0 && places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      OhmRecorderSeries *series = ohm_recorder_get_series (self, place->id);

      series->is_proved = TRUE;
      ohm_recorder_settle (self, place, series);
    }
}

void
ohm_recorder_flush (OhmRecorder *self)
{
  g_return_if_fail (OHM_IS_RECORDER (self));

  ohm_recorder_write (self);
}

gint64
ohm_recorder_drop (OhmRecorder *self, const char *meter)
{
  GPtrArray *places;

  g_return_val_if_fail (OHM_IS_RECORDER (self) && meter != NULL, 0);

  if (self->slot_us == 0)
    return 0;
  places = ohm_places_of_meter (self->places, meter);
  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);

      ohm_recorder_series_drop (ohm_recorder_get_series (self, place->id));
    }
  return ohm_slot_to_mono_us (self->clock, self->slot_us + self->window_us);
}

gint64
ohm_recorder_get_slot_us (OhmRecorder *self)
{
  g_return_val_if_fail (OHM_IS_RECORDER (self), 0);

  return self->slot_us;
}

gboolean
ohm_recorder_is_wanted (OhmRecorder *self, const char *meter)
{
  GPtrArray *places;

  g_return_val_if_fail (OHM_IS_RECORDER (self) && meter != NULL, FALSE);

  places = ohm_places_of_meter (self->places, meter);
  for (guint i = 0; self->slot_us != 0 && places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      const OhmRecorderSeries *series = ohm_recorder_get_series (self, place->id);

      if (!series->is_done && !series->is_complete)
        return TRUE;
    }
  return FALSE;
}

OhmMessage *
ohm_recorder_get_message (OhmRecorder *self)
{
  g_return_val_if_fail (OHM_IS_RECORDER (self), NULL);

  return self->message;
}

static void
ohm_recorder_dispose (GObject *object)
{
  OhmRecorder *self = OHM_RECORDER (object);

  if (self->bus != NULL)
    ohm_bus_disconnect (self->bus, self);
  g_clear_signal_handler (&self->moved_id, self->clock);
  g_clear_pointer (&self->look, ohm_watch_remove);
  g_clear_pointer (&self->end, ohm_watch_remove);
  g_clear_pointer (&self->gather, ohm_watch_remove);
  g_clear_object (&self->bus);
  g_clear_object (&self->clock);
  g_clear_object (&self->places);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ohm_recorder_parent_class)->dispose (object);
}

static void
ohm_recorder_finalize (GObject *object)
{
  OhmRecorder *self = OHM_RECORDER (object);

  g_hash_table_unref (self->series);
  g_ptr_array_unref (self->outbox);
  g_clear_pointer (&self->message, ohm_message_unref);

  G_OBJECT_CLASS (ohm_recorder_parent_class)->finalize (object);
}

static void
ohm_recorder_class_init (OhmRecorderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_recorder_dispose;
  object_class->finalize = ohm_recorder_finalize;
}

static void
ohm_recorder_init (OhmRecorder *self)
{
  self->window_us = OHM_SLOT_WINDOW_US;
  self->early_until_us = -1;
  self->series = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) ohm_recorder_series_free);
  self->outbox = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
}

OhmRecorder *
ohm_recorder_new (OhmStore *store,
                  OhmPlaces *places,
                  OhmBus *bus,
                  OhmWatcher *watcher,
                  const OhmRecorderHost *host)
{
  OhmRecorder *self;

  g_return_val_if_fail (OHM_IS_STORE (store) && OHM_IS_PLACES (places), NULL);
  g_return_val_if_fail (OHM_IS_BUS (bus) && OHM_IS_WATCHER (watcher), NULL);

  self = g_object_new (OHM_TYPE_RECORDER, NULL);
  self->store = g_object_ref (store);
  self->places = g_object_ref (places);
  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  if (host != NULL)
    self->host = *host;
  self->look = ohm_watcher_add (watcher, -1, 0, ohm_recorder_on_look, self);
  self->end = ohm_watcher_add (watcher, -1, 0, ohm_recorder_on_look, self);
  self->gather = ohm_watcher_add (watcher, -1, 0, ohm_recorder_on_gather, self);
  self->moved_id = g_signal_connect (self->clock, "moved", G_CALLBACK (ohm_recorder_on_moved),
                                     self);
  ohm_bus_connect_reading (bus, "recorder", ohm_recorder_on_reading, self);
  return self;
}
