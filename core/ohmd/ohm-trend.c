/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-trend.h"

#include <math.h>

#define MINUTE_US (60 * G_USEC_PER_SEC)

/* How many points of a place have a trend by default. */
#define POINTS_DEFAULT 4

/* What is kept of a place if its meter has it; the rest is filled up with its first gauges. */
static const char *const ohm_trend_wanted[] = {
  "power-active.total", "current.l1", "current.l2", "current.l3", NULL,
};

struct _OhmTrend
{
  GObject parent_instance;

  OhmStore *store;   /* (owned) */
  OhmPlaces *places; /* (owned) */
  OhmBus *bus;       /* (owned) */
  OhmClock *clock;   /* (owned) */
  OhmWatch *commit;  /* (owned): when the running minutes are written */

  GHashTable *lines; /* (owned) (element-type utf8 OhmTrendLine): by place */
  GPtrArray *outbox; /* (owned) (element-type OhmTrendRow) */
};

G_DEFINE_FINAL_TYPE (OhmTrend, ohm_trend, G_TYPE_OBJECT)

/* The running minute of one point. */
typedef struct
{
  guint index; /* in the meter's point set */
  guint32 count;
  double sum;
  double min;
  double max;
} OhmTrendCell;

/* The running minute of one place. */
typedef struct
{
  OhmPlace *place;     /* (owned): what the cells were chosen for */
  OhmPointSet *points; /* (owned) (nullable) */
  gint64 minute_us;
  guint n;
  gboolean is_empty;
  OhmTrendCell cells[OHM_TREND_POINTS_MAX];
} OhmTrendLine;

static void
ohm_trend_line_free (OhmTrendLine *self)
{
  ohm_place_unref (self->place);
  g_clear_pointer (&self->points, ohm_point_set_unref);
  g_free (self);
}

static gboolean
ohm_trend_is_candidate (const OhmPoint *point, const OhmPlace *place)
{
  return point->quantity->kind == OHM_KIND_GAUGE && g_str_equal (point->group, place->source);
}

static void
ohm_trend_line_add (OhmTrendLine *self, OhmPoint *chosen, const OhmPoint *point, guint index)
{
  for (guint i = 0; i < self->n; i++)
    if (self->cells[i].index == index)
      return;
  if (self->n == POINTS_DEFAULT)
    return;
  chosen[self->n] = *point;
  self->cells[self->n++].index = index;
}

static void
ohm_trend_line_choose (OhmTrendLine *self, OhmPointSet *points)
{
  OhmPoint chosen[POINTS_DEFAULT];
  guint n;
  const OhmPoint *all = ohm_point_set_get_points (points, &n);
  const char *group = self->place->source;

  for (guint i = 0; ohm_trend_wanted[i] != NULL; i++)
    {
      g_autofree char *name = *group == '\0' ? g_strdup (ohm_trend_wanted[i])
                                             : g_strjoin (".", group, ohm_trend_wanted[i], NULL);
      guint index;

      if (ohm_point_set_find (points, name, &index) &&
          ohm_trend_is_candidate (&all[index], self->place))
        ohm_trend_line_add (self, chosen, &all[index], index);
    }
  for (guint i = 0; i < n && self->n < POINTS_DEFAULT; i++)
    if (ohm_trend_is_candidate (&all[i], self->place))
      ohm_trend_line_add (self, chosen, &all[i], i);
  self->points = ohm_point_set_intern (chosen, self->n);
}

static OhmTrendLine *
ohm_trend_line_new (OhmPlace *place)
{
  OhmTrendLine *self = g_new0 (OhmTrendLine, 1);

  self->place = ohm_place_ref (place);
  self->is_empty = TRUE;
  if (place->meter_points != NULL)
    ohm_trend_line_choose (self, place->meter_points);
  return self;
}

/* (transfer full): what came since the last time, which is forgotten */
static OhmTrendRow *
ohm_trend_line_take (OhmTrendLine *self)
{
  OhmTrendRow *row = g_new0 (OhmTrendRow, 1);

  row->place = g_strdup (self->place->id);
  row->minute_us = self->minute_us;
  row->points = ohm_point_set_ref (self->points);
  row->n = self->n;
  for (guint i = 0; i < self->n; i++)
    {
      OhmTrendCell *cell = &self->cells[i];

      if (cell->count > 0)
        row->values[i] = (OhmTrendPoint){
          .count = cell->count,
          .min = (float) cell->min,
          .mean = (float) (cell->sum / cell->count),
          .max = (float) cell->max,
        };
      *cell = (OhmTrendCell){ .index = cell->index };
    }
  self->is_empty = TRUE;
  return row;
}

static void
ohm_trend_write_line (OhmTrend *self, OhmTrendLine *line)
{
  if (!line->is_empty)
    g_ptr_array_add (self->outbox, ohm_trend_line_take (line));
}

static gboolean
ohm_trend_line_put (OhmTrendLine *self, guint i, double value)
{
  OhmTrendCell *cell = &self->cells[i];

  if (!isfinite (value))
    return FALSE;
  cell->min = cell->count == 0 ? value : MIN (cell->min, value);
  cell->max = cell->count == 0 ? value : MAX (cell->max, value);
  cell->sum += value;
  cell->count++;
  self->is_empty = FALSE;
  return TRUE;
}

static void
ohm_trend_feed (OhmTrend *self, OhmTrendLine *line, const OhmReading *reading)
{
  gint64 time_us = ohm_reading_get_time_us (reading);
  gint64 minute_us = time_us - time_us % MINUTE_US;
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);

  if (time_us == 0)
    return;
  if (minute_us != line->minute_us)
    ohm_trend_write_line (self, line);
  line->minute_us = minute_us;
  for (guint i = 0; i < line->n; i++)
    if (qualities[line->cells[i].index] == OHM_QUALITY_GOOD)
      ohm_trend_line_put (line, i, ohm_reading_get_real (reading, line->cells[i].index));
  if (!line->is_empty && ohm_watch_get_deadline (self->commit) < 0)
    ohm_watch_set_deadline (self->commit,
                            ohm_clock_get_mono_us (self->clock) + OHM_TREND_COMMIT_US);
}

static OhmTrendLine *
ohm_trend_get_line (OhmTrend *self, OhmPlace *place)
{
  OhmTrendLine *line = g_hash_table_lookup (self->lines, place->id);

  if (line != NULL && line->place->meter_points == place->meter_points &&
      g_str_equal (line->place->source, place->source))
    return line;
  if (line != NULL)
    ohm_trend_write_line (self, line);
  line = ohm_trend_line_new (place);
  g_hash_table_insert (self->lines, g_strdup (place->id), line);
  return line;
}

static void
ohm_trend_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmTrend *self = owner;
  GPtrArray *places = ohm_places_of_meter (self->places, ohm_reading_get_meter (reading));

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      OhmPlace *place = g_ptr_array_index (places, i);

      if (place->meter_points == ohm_reading_get_points (reading))
        ohm_trend_feed (self, ohm_trend_get_line (self, place), reading);
    }
}

void
ohm_trend_flush (OhmTrend *self)
{
  GHashTableIter iter;
  gpointer line;
  GPtrArray *rows;

  g_return_if_fail (OHM_IS_TREND (self));

  ohm_watch_set_deadline (self->commit, -1);
  g_hash_table_iter_init (&iter, self->lines);
  while (g_hash_table_iter_next (&iter, NULL, &line))
    ohm_trend_write_line (self, line);
  if (self->outbox->len == 0)
    return;
  rows = g_steal_pointer (&self->outbox);
  self->outbox = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);
  ohm_store_append_trend (self->store, rows);
}

static void
ohm_trend_on_commit (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_trend_flush (user_data);
}

/* The store would begin a place anew that is gone, or has another id. */
static void
ohm_trend_forget (OhmTrend *self, const char *place)
{
  g_hash_table_remove (self->lines, place);
  for (guint i = self->outbox->len; i-- > 0;)
    {
      const OhmTrendRow *row = g_ptr_array_index (self->outbox, i);

      if (g_str_equal (row->place, place))
        g_ptr_array_remove_index (self->outbox, i);
    }
}

/* A place that lost its meter has no running minute. */
static void
ohm_trend_on_place_changed (const OhmChange *change, gpointer owner)
{
  OhmTrend *self = owner;
  OhmTrendLine *line = g_hash_table_lookup (self->lines, change->id);
  const OhmPlace *place = ohm_places_get (self->places, change->id);

  if (place == NULL)
    {
      ohm_trend_forget (self, change->id);
      return;
    }
  if (line == NULL || place->meter != NULL)
    return;
  ohm_trend_write_line (self, line);
  g_hash_table_remove (self->lines, change->id);
}

static void
ohm_trend_dispose (GObject *object)
{
  OhmTrend *self = OHM_TREND (object);

  if (self->bus != NULL)
    ohm_bus_disconnect (self->bus, self);
  g_clear_pointer (&self->commit, ohm_watch_remove);
  g_clear_object (&self->bus);
  g_clear_object (&self->clock);
  g_clear_object (&self->places);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (ohm_trend_parent_class)->dispose (object);
}

static void
ohm_trend_finalize (GObject *object)
{
  OhmTrend *self = OHM_TREND (object);

  g_hash_table_unref (self->lines);
  g_ptr_array_unref (self->outbox);

  G_OBJECT_CLASS (ohm_trend_parent_class)->finalize (object);
}

static void
ohm_trend_class_init (OhmTrendClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_trend_dispose;
  object_class->finalize = ohm_trend_finalize;
}

static void
ohm_trend_init (OhmTrend *self)
{
  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) ohm_trend_line_free);
  self->outbox = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);
}

OhmTrend *
ohm_trend_new (OhmStore *store, OhmPlaces *places, OhmBus *bus, OhmWatcher *watcher)
{
  OhmTrend *self;

  g_return_val_if_fail (OHM_IS_STORE (store) && OHM_IS_PLACES (places), NULL);
  g_return_val_if_fail (OHM_IS_BUS (bus) && OHM_IS_WATCHER (watcher), NULL);

  self = g_object_new (OHM_TYPE_TREND, NULL);
  self->store = g_object_ref (store);
  self->places = g_object_ref (places);
  self->bus = g_object_ref (bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  self->commit = ohm_watcher_add (watcher, -1, 0, ohm_trend_on_commit, self);
  ohm_bus_connect_reading (bus, "trend", ohm_trend_on_reading, self);
  ohm_bus_connect_place_changed (bus, "trend", ohm_trend_on_place_changed, self);
  return self;
}
