/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-reading.h"

#include <math.h>

#include "ohm-reading-private.h"

/* Header, request times, cells, qualities and each point's request in one allocation. */
struct _OhmReading
{
  gatomicrefcount ref_count;
  guint n_points;
  guint n_requests;
  OhmReadClass read_class;
  const char *meter;   /* interned */
  OhmPointSet *points; /* (owned) */
  gint64 time_us;
  OhmCell *cells;
  guint8 *qualities;
  guint8 *requests; /* number of the request, counted from 1; 0 if none set the point */
  gint64 times_us[];
};

/* A builder is the reading to be: ending it costs nothing. */
struct _OhmReadingBuilder
{
  OhmReading reading;
};

G_DEFINE_BOXED_TYPE (OhmReading, ohm_reading, ohm_reading_ref, ohm_reading_unref)

OhmReading *
ohm_reading_ref (OhmReading *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ohm_reading_unref (OhmReading *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  ohm_point_set_unref (self->points);
  g_free (self);
}

const char *
ohm_reading_get_meter (const OhmReading *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->meter;
}

OhmPointSet *
ohm_reading_get_points (const OhmReading *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->points;
}

OhmReadClass
ohm_reading_get_class (const OhmReading *self)
{
  g_return_val_if_fail (self != NULL, (OhmReadClass) 0);

  return self->read_class;
}

gint64
ohm_reading_get_time_us (const OhmReading *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->time_us;
}

gint64
ohm_reading_get_point_time_us (const OhmReading *self, guint index)
{
  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (index < self->n_points, 0);

  if (self->requests[index] == 0)
    return 0;
  return self->times_us[self->requests[index] - 1];
}

const OhmCell *
ohm_reading_get_cells (const OhmReading *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (ret_n != NULL)
    *ret_n = self->n_points;
  return self->cells;
}

const guint8 *
ohm_reading_get_qualities (const OhmReading *self, guint *ret_n)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (ret_n != NULL)
    *ret_n = self->n_points;
  return self->qualities;
}

double
ohm_reading_get_real (const OhmReading *self, guint index)
{
  const OhmPoint *points;
  guint n;

  g_return_val_if_fail (self != NULL, NAN);
  g_return_val_if_fail (index < self->n_points, NAN);

  if (!ohm_quality_has_value (self->qualities[index]))
    return NAN;
  points = ohm_point_set_get_points (self->points, &n);
  return ohm_point_get_real (&points[index], self->cells[index]);
}

OhmReadingBuilder *
ohm_reading_builder_new (const char *meter,
                         OhmPointSet *points,
                         OhmReadClass read_class,
                         guint n_requests)
{
  OhmReading *reading;
  guint n;

  g_return_val_if_fail (meter != NULL, NULL);
  g_return_val_if_fail (points != NULL, NULL);
  g_return_val_if_fail (n_requests <= OHM_READING_REQUESTS_MAX, NULL);

  n = ohm_point_set_get_n (points);
  reading = g_malloc0 (sizeof (OhmReading) + n_requests * sizeof (gint64) +
                       n * (sizeof (OhmCell) + 2 * sizeof (guint8)));
  g_atomic_ref_count_init (&reading->ref_count);
  reading->n_points = n;
  reading->n_requests = 0;
  reading->read_class = read_class;
  reading->meter = g_intern_string (meter);
  reading->points = ohm_point_set_ref (points);
  reading->cells = (OhmCell *) (void *) &reading->times_us[n_requests];
  reading->qualities = (guint8 *) &reading->cells[n];
  reading->requests = reading->qualities + n;
  return (OhmReadingBuilder *) reading;
}

void
ohm_reading_builder_begin_request (OhmReadingBuilder *self, gint64 time_us)
{
  OhmReading *reading = &self->reading;

  g_return_if_fail (self != NULL);
  g_return_if_fail ((gpointer) &reading->times_us[reading->n_requests] < (gpointer) reading->cells);

  reading->times_us[reading->n_requests++] = time_us;
  if (reading->time_us == 0)
    reading->time_us = time_us;
}

void
ohm_reading_builder_set_cell (OhmReadingBuilder *self,
                              guint index,
                              OhmCell cell,
                              OhmQuality quality)
{
  self->reading.cells[index] = cell;
  self->reading.qualities[index] = (guint8) quality;
  self->reading.requests[index] = (guint8) self->reading.n_requests;
}

static gboolean
ohm_reading_builder_takes (OhmReadingBuilder *self, guint index, gboolean is_integer)
{
  const OhmPoint *points;
  guint n;

  points = ohm_point_set_get_points (self->reading.points, &n);
  return index < n && points[index].is_integer == is_integer;
}

void
ohm_reading_builder_set_real (OhmReadingBuilder *self, guint index, double value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (ohm_reading_builder_takes (self, index, /* is_integer */ FALSE));

  if (isfinite (value))
    ohm_reading_builder_set_cell (self, index, (OhmCell){ .real = value }, OHM_QUALITY_GOOD);
  else
    ohm_reading_builder_set_cell (self, index, (OhmCell){ 0 }, OHM_QUALITY_MISSING);
}

void
ohm_reading_builder_set_integer (OhmReadingBuilder *self, guint index, gint64 value)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (ohm_reading_builder_takes (self, index, /* is_integer */ TRUE));

  ohm_reading_builder_set_cell (self, index, (OhmCell){ .integer = value }, OHM_QUALITY_GOOD);
}

void
ohm_reading_builder_set_quality (OhmReadingBuilder *self, guint index, OhmQuality quality)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (index < self->reading.n_points);
  g_return_if_fail (quality <= OHM_QUALITY_SUSPECT);

  ohm_reading_builder_set_cell (self, index, self->reading.cells[index], quality);
}

OhmPointSet *
ohm_reading_builder_get_points (OhmReadingBuilder *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->reading.points;
}

OhmReading *
ohm_reading_builder_end (OhmReadingBuilder *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return &self->reading;
}

void
ohm_reading_builder_free (OhmReadingBuilder *self)
{
  g_return_if_fail (self != NULL);

  ohm_reading_unref (&self->reading);
}
