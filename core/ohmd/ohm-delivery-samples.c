/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-samples.h"

#include "ohm-delivery-limit.h"
#include "ohm-delivery-schedule.h"

#define MINUTE_US (60 * G_USEC_PER_SEC)

/* After a minute's end the last reading of it has come. */
#define MINUTE_DELAY_US (5 * G_USEC_PER_SEC)

/* One chosen point of one place. */
typedef struct
{
  OhmPoint point;
  guint index; /* in the meter's point set */
  guint count; /* values that are not sent yet */
  double value;
  double sum;
  gint64 time_us;
} OhmSampleCell;

/* One place. */
typedef struct
{
  OhmPlace *place; /* (owned): what the cells were chosen for */
  GArray *cells;   /* (owned) (element-type OhmSampleCell) */
  gint64 minute_us;
} OhmSampleLine;

struct _OhmDeliverySamples
{
  GObject parent_instance;

  OhmDelivery *delivery; /* (owned) */
  OhmUplink *uplink;     /* (owned) */
  OhmPlaces *places;     /* (owned) */
  OhmBus *bus;           /* (owned) */
  OhmClock *clock;       /* (owned) */
  GRand *random;         /* (owned) */
  OhmDeliverySamplesSettings settings;
  GStrv points;              /* (owned) */
  OhmWatch *timer;           /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  GHashTable *lines;         /* (owned) (element-type utf8 OhmSampleLine): by place */
  GArray *outbox;            /* (owned) (element-type OhmSample): minutes that are over */
  gboolean is_busy;
  guint n_on_way;
  guint n_failures;
  gint64 not_before_us; /* monotonic */
  gboolean is_asked;    /* ... because the engine said so */
  guint64 n_sent;
  guint64 n_dropped;
};

G_DEFINE_FINAL_TYPE (OhmDeliverySamples, ohm_delivery_samples, G_TYPE_OBJECT)

static void
ohm_sample_line_free (OhmSampleLine *self)
{
  ohm_place_unref (self->place);
  g_array_unref (self->cells);
  g_free (self);
}

static void
ohm_sample_line_add (OhmSampleLine *self, const char *name)
{
  OhmPointSet *points = self->place->meter_points;
  const char *group = self->place->source;
  g_autofree char *full = *group == '\0' ? g_strdup (name) : g_strjoin (".", group, name, NULL);
  OhmSampleCell cell = { 0 };
  guint n = 0;

  if (!ohm_point_set_find (points, full, &cell.index) ||
      self->cells->len == OHM_DELIVERY_SAMPLES_MAX)
    return;
  cell.point = ohm_point_set_get_points (points, &n)[cell.index];
  g_array_append_val (self->cells, cell);
}

static OhmSampleLine *
ohm_sample_line_new (OhmPlace *place, GStrv points)
{
  OhmSampleLine *self = g_new0 (OhmSampleLine, 1);

  self->place = ohm_place_ref (place);
  self->cells = g_array_new (FALSE, FALSE, sizeof (OhmSampleCell));
  for (guint i = 0; points[i] != NULL; i++)
    ohm_sample_line_add (self, points[i]);
  return self;
}

/* What is not sent yet becomes samples. */
static void
ohm_sample_line_take (OhmSampleLine *self, gboolean is_live, GArray *into)
{
  for (guint i = 0; i < self->cells->len; i++)
    {
      OhmSampleCell *cell = &g_array_index (self->cells, OhmSampleCell, i);
      OhmSample sample = {
        .place = g_intern_string (self->place->id),
        .meter = g_intern_string (self->place->meter != NULL ? self->place->meter : ""),
        .point = cell->point,
        .from_us = is_live ? 0 : self->minute_us,
        .time_us = is_live ? cell->time_us : self->minute_us + MINUTE_US,
        .value = is_live ? cell->value : cell->sum / cell->count,
      };

      if (cell->count == 0)
        continue;
      g_array_append_val (into, sample);
      cell->count = 0;
      cell->sum = 0;
    }
}

static void
ohm_sample_line_feed (OhmSampleLine *self, const OhmReading *reading)
{
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);

  for (guint i = 0; i < self->cells->len; i++)
    {
      OhmSampleCell *cell = &g_array_index (self->cells, OhmSampleCell, i);

      if (qualities[cell->index] != OHM_QUALITY_GOOD)
        continue;
      cell->value = ohm_reading_get_real (reading, cell->index);
      cell->sum += cell->value;
      cell->count++;
      cell->time_us = ohm_reading_get_point_time_us (reading, cell->index);
    }
}

static OhmSampleLine *
ohm_delivery_samples_get_line (OhmDeliverySamples *self, OhmPlace *place)
{
  OhmSampleLine *line = g_hash_table_lookup (self->lines, place->id);

  if (line != NULL && line->place->meter_points == place->meter_points &&
      g_str_equal (line->place->source, place->source) &&
      g_strcmp0 (line->place->meter, place->meter) == 0)
    return line;
  line = ohm_sample_line_new (place, self->points);
  g_hash_table_insert (self->lines, g_strdup (place->id), line);
  return line;
}

static void
ohm_delivery_samples_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmDeliverySamples *self = owner;
  GPtrArray *places = ohm_places_of_meter (self->places, ohm_reading_get_meter (reading));
  gint64 time_us = ohm_reading_get_time_us (reading);
  gint64 minute_us = time_us - time_us % MINUTE_US;

  for (guint i = 0; places != NULL && time_us > 0 && i < places->len; i++)
    {
      OhmPlace *place = g_ptr_array_index (places, i);
      OhmSampleLine *line;

      if (place->meter_points != ohm_reading_get_points (reading))
        continue;
      line = ohm_delivery_samples_get_line (self, place);
      if (!self->settings.is_live && line->minute_us != minute_us)
        ohm_sample_line_take (line, FALSE, self->outbox);
      line->minute_us = minute_us;
      ohm_sample_line_feed (line, reading);
    }
}

static void
ohm_delivery_samples_on_place_changed (const OhmChange *change, gpointer owner)
{
  OhmDeliverySamples *self = owner;
  const OhmPlace *place = ohm_places_get (self->places, change->id);

  if (place == NULL || place->meter == NULL)
    g_hash_table_remove (self->lines, change->id);
}

/* As with quarter hours: what the engine asks for is kept, and what a person has to mend first is
 * not tried all the time. @verdict: (nullable) */
static gint64
ohm_delivery_samples_get_wait_us (OhmDeliverySamples *self, const OhmVerdict *verdict)
{
  if (self->is_asked)
    return ohm_delivery_retry_after_us (self->random, verdict->retry_after_us);
  if (verdict != NULL &&
      (verdict->kind == OHM_VERDICT_AUTH || verdict->kind == OHM_VERDICT_CONFIGURATION))
    return ohm_delivery_hold_us (self->random);
  return ohm_delivery_back_off_us (self->random, self->n_failures, 0);
}

static void
ohm_delivery_samples_on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmDeliverySamples) self = user_data;
  g_autoptr (OhmVerdict) verdict = ohm_uplink_send_finish (OHM_UPLINK (source), result,
                                                           /* error */ NULL);
  gboolean is_taken = verdict != NULL && (verdict->kind == OHM_VERDICT_ACCEPTED ||
                                          verdict->kind == OHM_VERDICT_PARTLY);

  self->is_busy = FALSE;
  self->n_sent += is_taken ? self->n_on_way : 0;
  self->n_dropped += is_taken ? 0 : self->n_on_way;
  self->n_failures = is_taken ? 0 : self->n_failures + 1;
  self->is_asked = !is_taken && verdict != NULL && verdict->retry_after_us > 0;
  if (!is_taken)
    self->not_before_us = ohm_clock_get_mono_us (self->clock) +
                          ohm_delivery_samples_get_wait_us (self, verdict);
}

/* What is over of minutes, or the newest values; the queue is empty then. */
static GArray *
ohm_delivery_samples_take (OhmDeliverySamples *self)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  GArray *samples = g_steal_pointer (&self->outbox);
  GHashTableIter iter;
  gpointer value;

  self->outbox = g_array_new (FALSE, FALSE, sizeof (OhmSample));
  g_hash_table_iter_init (&iter, self->lines);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmSampleLine *line = value;

      if (self->settings.is_live || line->minute_us + MINUTE_US <= wall_us)
        ohm_sample_line_take (line, self->settings.is_live, samples);
    }
  return samples;
}

static int
ohm_delivery_samples_compare (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const OhmSample *) a)->time_us;
  gint64 y = ((const OhmSample *) b)->time_us;

  return x < y ? -1 : x > y;
}

static gboolean
ohm_delivery_samples_is_free (OhmDeliverySamples *self)
{
  return !self->is_busy && ohm_clock_get_mono_us (self->clock) >= self->not_before_us &&
         ohm_delivery_is_open (self->delivery);
}

/* What was read before the clock was set is of another time. */
static void
ohm_delivery_samples_guard (OhmDeliverySamples *self, GArray *samples)
{
  gint64 wall_us = ohm_clock_get_wall_us (self->clock);
  gint64 age_max_us = 2 * MAX (self->settings.period_us, MINUTE_US);

  for (guint i = samples->len; i-- > 0;)
    if (ohm_delivery_guard_slot (g_array_index (samples, OhmSample, i).time_us, wall_us,
                                 age_max_us) != OHM_DELIVERY_GUARD_SEND)
      g_array_remove_index_fast (samples, i);
}

/* (transfer full): what may go now, by time; all else is dropped */
static GArray *
ohm_delivery_samples_choose (OhmDeliverySamples *self)
{
  GArray *samples = ohm_delivery_samples_take (self);
  guint n = samples->len;

  if (ohm_delivery_samples_is_free (self))
    ohm_delivery_samples_guard (self, samples);
  else
    g_array_set_size (samples, 0);
  g_array_sort (samples, ohm_delivery_samples_compare);
  if (samples->len > self->settings.points_max)
    g_array_remove_range (samples, 0, samples->len - self->settings.points_max);
  self->n_dropped += n - samples->len;
  return samples;
}

static void
ohm_delivery_samples_send (OhmDeliverySamples *self)
{
  g_autoptr (GArray) samples = ohm_delivery_samples_choose (self);
  g_autoptr (OhmSamples) message = NULL;

  if (samples->len == 0)
    return;
  message = ohm_samples_new (ohm_uplink_get_gateway (self->uplink),
                             (const OhmSample *) (gconstpointer) samples->data, samples->len);
  self->n_on_way = samples->len;
  self->is_busy = TRUE;
  ohm_uplink_send_async (self->uplink, message, self->cancellable, ohm_delivery_samples_on_sent,
                         g_object_ref (self));
}

static void
ohm_delivery_samples_arm (OhmDeliverySamples *self)
{
  gint64 wait_us = self->settings.period_us;
  gint64 wall_us = ohm_clock_get_wall_us (self->clock) - MINUTE_DELAY_US;

  if (!self->settings.is_live)
    wait_us = MINUTE_US - wall_us % MINUTE_US;
  ohm_watch_set_deadline (self->timer, ohm_clock_get_mono_us (self->clock) + wait_us);
}

static void
ohm_delivery_samples_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmDeliverySamples *self = user_data;

  ohm_delivery_samples_send (self);
  ohm_delivery_samples_arm (self);
}

void
ohm_delivery_samples_send_now (OhmDeliverySamples *self)
{
  g_return_if_fail (OHM_IS_DELIVERY_SAMPLES (self));

  if (!self->is_asked)
    self->not_before_us = 0;
}

void
ohm_delivery_samples_get_counts (OhmDeliverySamples *self,
                                 guint64 *ret_n_sent,
                                 guint64 *ret_n_dropped)
{
  g_return_if_fail (OHM_IS_DELIVERY_SAMPLES (self));
  g_return_if_fail (ret_n_sent != NULL && ret_n_dropped != NULL);

  *ret_n_sent = self->n_sent;
  *ret_n_dropped = self->n_dropped;
}

void
ohm_delivery_samples_stop (OhmDeliverySamples *self)
{
  g_return_if_fail (OHM_IS_DELIVERY_SAMPLES (self));

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  ohm_bus_disconnect (self->bus, self);
}

static void
ohm_delivery_samples_dispose (GObject *object)
{
  OhmDeliverySamples *self = OHM_DELIVERY_SAMPLES (object);

  if (self->bus != NULL)
    ohm_delivery_samples_stop (self);
  g_clear_object (&self->delivery);
  g_clear_object (&self->uplink);
  g_clear_object (&self->places);
  g_clear_object (&self->bus);
  g_clear_object (&self->clock);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (ohm_delivery_samples_parent_class)->dispose (object);
}

static void
ohm_delivery_samples_finalize (GObject *object)
{
  OhmDeliverySamples *self = OHM_DELIVERY_SAMPLES (object);

  g_hash_table_unref (self->lines);
  g_array_unref (self->outbox);
  g_strfreev (self->points);
  g_rand_free (self->random);

  G_OBJECT_CLASS (ohm_delivery_samples_parent_class)->finalize (object);
}

static void
ohm_delivery_samples_class_init (OhmDeliverySamplesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_delivery_samples_dispose;
  object_class->finalize = ohm_delivery_samples_finalize;
}

static void
ohm_delivery_samples_init (OhmDeliverySamples *self)
{
  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) ohm_sample_line_free);
  self->outbox = g_array_new (FALSE, FALSE, sizeof (OhmSample));
  self->cancellable = g_cancellable_new ();
  self->random = g_rand_new ();
}

OhmDeliverySamples *
ohm_delivery_samples_new (const OhmDeliverySamplesSetup *setup)
{
  OhmDeliverySamples *self;

  g_return_val_if_fail (setup != NULL && setup->settings.points != NULL, NULL);
  g_return_val_if_fail (OHM_IS_DELIVERY (setup->delivery) && OHM_IS_PLACES (setup->places), NULL);
  g_return_val_if_fail (OHM_IS_BUS (setup->bus) && OHM_IS_WATCHER (setup->watcher), NULL);
  g_return_val_if_fail (ohm_uplink_can_send (ohm_delivery_get_uplink (setup->delivery)), NULL);

  self = g_object_new (OHM_TYPE_DELIVERY_SAMPLES, NULL);
  self->delivery = g_object_ref (setup->delivery);
  self->uplink = g_object_ref (ohm_delivery_get_uplink (setup->delivery));
  self->places = g_object_ref (setup->places);
  self->bus = g_object_ref (setup->bus);
  self->clock = g_object_ref (ohm_watcher_get_clock (setup->watcher));
  self->settings = setup->settings;
  self->points = g_strdupv ((char **) (guintptr) setup->settings.points);
  self->timer = ohm_watcher_add (setup->watcher, -1, 0, ohm_delivery_samples_on_timer, self);
  ohm_bus_connect_reading (self->bus, "samples", ohm_delivery_samples_on_reading, self);
  ohm_bus_connect_place_changed (self->bus, "samples", ohm_delivery_samples_on_place_changed, self);
  ohm_delivery_samples_arm (self);
  return self;
}
