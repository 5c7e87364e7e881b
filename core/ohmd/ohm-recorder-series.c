/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-recorder-private.h"

#include "ohm-series.h"

OhmRecorderSeries *
ohm_recorder_series_new (void)
{
  return g_new0 (OhmRecorderSeries, 1);
}

void
ohm_recorder_series_free (OhmRecorderSeries *self)
{
  g_clear_pointer (&self->last, ohm_record_unref);
  g_clear_pointer (&self->before, ohm_record_unref);
  g_clear_pointer (&self->pending, ohm_record_unref);
  g_free (self->answered);
  g_free (self);
}

void
ohm_recorder_series_begin (OhmRecorderSeries *self, gint64 slot_us)
{
  g_clear_pointer (&self->pending, ohm_record_unref);
  g_clear_pointer (&self->before, ohm_record_unref);
  self->n_good = 0;
  self->is_complete = FALSE;
  self->is_proved = FALSE;
  self->is_doubted = FALSE;
  self->is_done = MAX (self->handled_us, self->stored_us) >= slot_us;
}

/* A slot's own read counts while the window is open, any other only right at the boundary. */
static gboolean
ohm_recorder_series_is_in_time (const OhmReading *reading,
                                gint64 time_us,
                                gint64 slot_us,
                                gint64 window_us)
{
  gboolean is_slot = (ohm_reading_get_class (reading) & OHM_READ_SLOT) != 0;

  return ohm_slot_is_within (slot_us, time_us, is_slot ? window_us : OHM_SLOT_LIVE_US + 1);
}

/* What one reading has for a slot. */
typedef struct
{
  OhmRecord *record; /* (owned) */
  guint8 *answered;  /* (owned): by point */
  guint n_points;
  guint n_good;
  guint n_answered;
  gboolean is_covered; /* every point was asked for */
} OhmRecorderTake;

static void
ohm_recorder_take_clear (OhmRecorderTake *self)
{
  g_clear_pointer (&self->record, ohm_record_unref);
  g_clear_pointer (&self->answered, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmRecorderTake, ohm_recorder_take_clear)

static void
ohm_recorder_series_fill (OhmRecorderTake *take,
                          const OhmPlace *place,
                          const OhmReading *reading,
                          gint64 slot_us,
                          gint64 window_us)
{
  const OhmCell *cells = ohm_reading_get_cells (reading, NULL);
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);
  OhmRecord *record = take->record;

  for (guint i = 0; i < place->n_points; i++)
    {
      guint index = place->indices[i];
      gint64 time_us = ohm_reading_get_point_time_us (reading, index);

      if (qualities[index] == OHM_QUALITY_NONE)
        take->is_covered = FALSE;
      if (time_us == 0 || !ohm_recorder_series_is_in_time (reading, time_us, slot_us, window_us))
        continue;
      take->answered[i] = 1;
      take->n_answered++;
      if (!ohm_quality_has_value (qualities[index]))
        continue;
      record->cells[i] = cells[index];
      record->qualities[i] = qualities[index];
      if (take->n_good++ == 0)
        record->read_us = time_us;
    }
}

/* What an earlier read of the slot brought stays: it was nearer to the boundary. */
static void
ohm_recorder_series_add_earlier (const OhmRecorderSeries *self, OhmRecorderTake *take)
{
  const OhmRecord *earlier = self->pending;

  if (earlier == NULL || earlier->points != take->record->points)
    return;
  for (guint i = 0; i < take->n_points; i++)
    {
      take->n_answered += self->answered[i] && !take->answered[i];
      take->answered[i] |= self->answered[i];
      if (!ohm_quality_has_value (earlier->qualities[i]))
        continue;
      take->n_good += !ohm_quality_has_value (take->record->qualities[i]);
      take->record->cells[i] = earlier->cells[i];
      take->record->qualities[i] = earlier->qualities[i];
    }
  if (self->n_good > 0)
    take->record->read_us = earlier->read_us;
}

gboolean
ohm_recorder_series_take (OhmRecorderSeries *self,
                          const OhmPlace *place,
                          const OhmReading *reading,
                          gint64 slot_us,
                          gint64 window_us)
{
  gboolean is_slot = (ohm_reading_get_class (reading) & OHM_READ_SLOT) != 0;
  g_auto (OhmRecorderTake) take = { .n_points = place->n_points, .is_covered = TRUE };
  gboolean is_whole;
  gboolean is_complete;

  if (self->is_done || place->meter_points != ohm_reading_get_points (reading))
    return FALSE;
  take.record = ohm_record_new (place->id, place->points);
  take.record->slot_us = slot_us;
  take.record->profile_revision = place->profile_revision;
  take.answered = g_new0 (guint8, place->n_points + 1);
  ohm_recorder_series_fill (&take, place, reading, slot_us, window_us);
  is_whole = take.n_answered == take.n_points && take.is_covered;
  if (!is_slot && !is_whole)
    return FALSE;
  if (!is_whole || take.n_good < self->n_good)
    ohm_recorder_series_add_earlier (self, &take);
  is_complete = take.n_answered == take.n_points;
  if (take.n_good <= self->n_good &&
      (take.n_good < self->n_good || take.n_good == 0 || !is_complete || self->is_complete))
    return FALSE;
  g_clear_pointer (&self->pending, ohm_record_unref);
  g_clear_pointer (&self->answered, g_free);
  self->pending = g_steal_pointer (&take.record);
  self->answered = g_steal_pointer (&take.answered);
  self->n_good = take.n_good;
  self->is_complete = is_complete;
  self->is_proved = FALSE;
  return TRUE;
}

OhmRecord *
ohm_recorder_series_commit (OhmRecorderSeries *self, gint64 slot_us)
{
  OhmRecord *record = g_steal_pointer (&self->pending);

  g_clear_pointer (&self->before, ohm_record_unref);
  self->before = g_steal_pointer (&self->last);
  self->before_us = self->handled_us;
  self->last = ohm_record_ref (record);
  self->handled_us = slot_us;
  self->is_done = TRUE;
  return record;
}

void
ohm_recorder_series_drop (OhmRecorderSeries *self)
{
  g_clear_pointer (&self->pending, ohm_record_unref);
  self->n_good = 0;
  self->is_complete = self->is_done;
  self->is_doubted = FALSE;
}

void
ohm_recorder_series_take_back (OhmRecorderSeries *self, OhmRecord *record)
{
  g_clear_pointer (&self->last, ohm_record_unref);
  self->last = g_steal_pointer (&self->before);
  self->handled_us = self->before_us;
  self->is_done = FALSE;
  self->is_complete = TRUE;
  g_clear_pointer (&self->pending, ohm_record_unref);
  self->pending = record;
}

gboolean
ohm_recorder_series_has_fallen (const OhmRecorderSeries *self)
{
  return self->last != NULL && self->pending != NULL &&
         ohm_series_find_fall (self->last, self->pending) >= 0;
}

OhmRecord *
ohm_recorder_make_gap (const OhmPlace *place, gint64 slot_us, OhmGapCause cause)
{
  g_autoptr (OhmPointSet) none = ohm_point_set_intern (NULL, 0);
  OhmRecord *gap = ohm_record_new (place->id, none);

  gap->is_gap = TRUE;
  gap->slot_us = slot_us;
  gap->cause = cause;
  return gap;
}
