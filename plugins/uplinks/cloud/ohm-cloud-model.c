/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-model.h"

#include <math.h>

#include "ohm-cloud-names.h"

#define OHM_CLOUD_SLOT_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)

/* What a group of series was made of: addresses of things that live as long as the model is being
 * made. */
typedef struct
{
  gconstpointer parts[4];
} OhmCloudKey;

static guint
ohm_cloud_key_hash (gconstpointer data)
{
  const OhmCloudKey *key = data;
  guint hash = 0;

  for (guint i = 0; i < G_N_ELEMENTS (key->parts); i++)
    hash = hash * 31 + g_direct_hash (key->parts[i]);
  return hash;
}

static gboolean
ohm_cloud_key_equal (gconstpointer a, gconstpointer b)
{
  const OhmCloudKey *left = a;
  const OhmCloudKey *right = b;

  for (guint i = 0; i < G_N_ELEMENTS (left->parts); i++)
    if (left->parts[i] != right->parts[i])
      return FALSE;
  return TRUE;
}

static void
ohm_cloud_metric_free (gpointer data)
{
  OhmCloudMetric *self = data;

  g_free (self->name);
  g_free (self->unit);
  g_free (self);
}

static void
ohm_cloud_series_free (gpointer data)
{
  OhmCloudSeries *self = data;

  g_free (self->field);
  g_free (self->place);
  g_free (self->meter);
  g_free (self->serial);
  g_free (self->obis);
  g_free (self);
}

static OhmCloudModel *
ohm_cloud_model_new (const char *gateway)
{
  OhmCloudModel *self = g_new0 (OhmCloudModel, 1);

  self->gateway = g_utf8_make_valid (gateway, -1);
  self->metrics = g_ptr_array_new_with_free_func (ohm_cloud_metric_free);
  self->series = g_ptr_array_new_with_free_func (ohm_cloud_series_free);
  self->points = g_array_new (FALSE, FALSE, sizeof (OhmCloudPoint));
  self->known = g_hash_table_new_full (ohm_cloud_key_hash, ohm_cloud_key_equal, g_free,
                                       /* values */ NULL);
  return self;
}

void
ohm_cloud_model_free (OhmCloudModel *self)
{
  g_hash_table_unref (self->known);
  g_array_unref (self->points);
  g_ptr_array_unref (self->series);
  g_ptr_array_unref (self->metrics);
  g_free (self->gateway);
  g_free (self);
}

/* The number of the first series made of @key; %FALSE if that is the next one, to be made now. */
static gboolean
ohm_cloud_model_find (OhmCloudModel *self, const OhmCloudKey *key, guint *ret_first)
{
  gpointer first;

  if (g_hash_table_lookup_extended (self->known, key, NULL, &first))
    {
      *ret_first = GPOINTER_TO_UINT (first);
      return TRUE;
    }
  *ret_first = self->series->len;
  g_hash_table_insert (self->known, g_memdup2 (key, sizeof *key),
                       GUINT_TO_POINTER (self->series->len));
  return FALSE;
}

/* @name and @unit: (transfer full) */
static const OhmCloudMetric *
ohm_cloud_model_take_metric (OhmCloudModel *self, char *name, char *unit, const OhmCloudMetric *row)
{
  OhmCloudMetric *metric;

  for (guint i = 0; i < self->metrics->len; i++)
    {
      metric = self->metrics->pdata[i];
      if (!g_str_equal (metric->name, name) || !g_str_equal (metric->unit, unit))
        continue;
      g_free (name);
      g_free (unit);
      return metric;
    }
  metric = g_memdup2 (row, sizeof *row);
  metric->name = name;
  metric->unit = unit;
  g_ptr_array_add (self->metrics, metric);
  return metric;
}

static OhmCloudSeries *
ohm_cloud_model_add_series (OhmCloudModel *self, const char *place, const char *meter)
{
  OhmCloudSeries *series = g_new0 (OhmCloudSeries, 1);

  series->index = self->series->len;
  series->place = g_utf8_make_valid (place, -1);
  series->meter = meter != NULL ? g_utf8_make_valid (meter, -1) : NULL;
  series->channel = series->tariff = series->group = "";
  g_ptr_array_add (self->series, series);
  return series;
}

static void
ohm_cloud_series_set_point (OhmCloudSeries *series, const OhmPoint *point)
{
  series->field = ohm_cloud_names_dup_field (point);
  series->obis = ohm_point_dup_obis (point);
  series->channel = point->channel;
  series->tariff = point->tariff;
  series->group = point->group;
}

/* Overflows nothing, neither in nanoseconds. */
static gboolean
ohm_cloud_model_is_time (gint64 time_us)
{
  return time_us > 0 && time_us < G_MAXINT64 / 1000;
}

/* @value in the type that its metric has for ever; %FALSE if it has none there. */
static gboolean
ohm_cloud_model_convert (const OhmCloudMetric *metric,
                         gboolean is_integer,
                         OhmCell value,
                         OhmCell *ret_value)
{
  *ret_value = value;
  if (!is_integer && !isfinite (value.real))
    return FALSE;
  if (metric->is_integer == is_integer)
    return TRUE;
  if (is_integer)
    ret_value->real = (double) value.integer;
  else if (fabs (value.real) < 0x1p63)
    ret_value->integer = (gint64) nearbyint (value.real);
  else
    return FALSE;
  return TRUE;
}

static void
ohm_cloud_model_add (OhmCloudModel *self,
                     const OhmCloudSeries *series,
                     gint64 from_us,
                     gint64 time_us,
                     OhmCell value)
{
  OhmCloudPoint point = { .series = series, .time_us = time_us, .value = value };

  if (!ohm_cloud_model_is_time (time_us))
    return;
  if (from_us > 0 && from_us < time_us)
    point.from_us = from_us;
  g_array_append_val (self->points, point);
}

static void
ohm_cloud_model_add_run (OhmCloudModel *self, const OhmBatchRun *run, OhmPointSet *set)
{
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (set, &n);

  for (guint i = 0; i < n; i++)
    {
      const OhmQuantity *quantity = points[i].quantity;
      const OhmCloudMetric row = { .is_sum = TRUE,
                                   .is_monotonic = quantity->kind == OHM_KIND_COUNTER,
                                   .is_integer = ohm_cloud_names_is_integer (quantity) };
      OhmCloudSeries *series = ohm_cloud_model_add_series (self, run->place, run->meter);

      series->metric = ohm_cloud_model_take_metric (self, ohm_cloud_names_dup_metric (&points[i]),
                                                    ohm_cloud_names_dup_ucum (points[i].unit),
                                                    &row);
      series->measurement = "energy";
      if (run->serial != NULL && *run->serial != '\0')
        series->serial = g_utf8_make_valid (run->serial, -1);
      ohm_cloud_series_set_point (series, &points[i]);
    }
}

static void
ohm_cloud_model_add_record (OhmCloudModel *self, const OhmBatchItem *item)
{
  const OhmRecord *record = item->record;
  const OhmCloudKey key = { { item->run, record->points } };
  guint first;
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);

  if (!ohm_cloud_model_find (self, &key, &first))
    ohm_cloud_model_add_run (self, item->run, record->points);
  for (guint i = 0; i < n; i++)
    {
      const OhmCloudSeries *series = self->series->pdata[first + i];
      OhmCell value;

      if (record->qualities[i] == OHM_QUALITY_GOOD && ohm_point_is_energy (&points[i]) &&
          ohm_cloud_model_convert (series->metric, points[i].is_integer, record->cells[i], &value))
        ohm_cloud_model_add (self, series, item->since_us, record->slot_us, value);
    }
}

static void
ohm_cloud_model_add_gap (OhmCloudModel *self, const OhmBatchItem *item)
{
  static const OhmCloudMetric row = { .is_integer = TRUE };
  const OhmRecord *record = item->record;
  const char *cause = ohm_gap_cause_to_string (record->cause);
  const OhmCloudKey key = { { item->run, cause } };
  const OhmCell value = { .integer = (record->slot_us - record->from_us) / OHM_CLOUD_SLOT_US };
  guint first;

  if (record->read_us == 0 || value.integer <= 0)
    return;
  if (!ohm_cloud_model_find (self, &key, &first))
    {
      OhmCloudSeries *series = ohm_cloud_model_add_series (self, item->run->place,
                                                           /* meter */ NULL);

      series->metric = ohm_cloud_model_take_metric (self, g_strdup ("ohm.gap"), g_strdup ("{slot}"),
                                                    &row);
      series->measurement = "gap";
      series->field = g_strdup ("slots");
      series->cause = cause;
    }
  ohm_cloud_model_add (self, self->series->pdata[first], record->from_us, record->slot_us, value);
}

OhmCloudModel *
ohm_cloud_model_new_batch (OhmBatch *batch)
{
  OhmCloudModel *self = ohm_cloud_model_new (ohm_batch_get_gateway (batch));
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  for (guint i = 0; i < n; i++)
    if (items[i].record->is_gap)
      ohm_cloud_model_add_gap (self, &items[i]);
    else
      ohm_cloud_model_add_record (self, &items[i]);
  return self;
}

/* A counter that is looked at between its slots has a name of its own: else its values would stand
 * among those of the slots, which are counted and subtracted. */
static char *
ohm_cloud_model_dup_live_metric (const OhmPoint *point)
{
  g_autofree char *name = ohm_cloud_names_dup_metric (point);

  return ohm_point_is_energy (point) ? g_strconcat (name, ".live", NULL) : g_steal_pointer (&name);
}

OhmCloudModel *
ohm_cloud_model_new_samples (OhmSamples *samples)
{
  OhmCloudModel *self = ohm_cloud_model_new (samples->gateway);

  for (guint i = 0; i < samples->n; i++)
    {
      const OhmSample *sample = &samples->items[i];
      const OhmPoint *point = &sample->point;
      const OhmCloudMetric row = { .is_integer = ohm_cloud_names_is_integer (point->quantity) };
      const OhmCloudKey key = { { sample->place, sample->meter, point->name, point->unit } };
      OhmCloudSeries *series;
      OhmCell value = { .real = sample->value };
      guint first;

      if (!ohm_cloud_model_find (self, &key, &first))
        {
          series = ohm_cloud_model_add_series (self, sample->place, sample->meter);
          series->metric = ohm_cloud_model_take_metric (self,
                                                        ohm_cloud_model_dup_live_metric (point),
                                                        ohm_cloud_names_dup_ucum (point->unit),
                                                        &row);
          series->measurement = "live";
          ohm_cloud_series_set_point (series, point);
        }
      series = self->series->pdata[first];
      if (ohm_cloud_model_convert (series->metric, /* is_integer */ FALSE, value, &value))
        ohm_cloud_model_add (self, series, sample->from_us, sample->time_us, value);
    }
  return self;
}

/* In an order that packs well: what differs from point to point stands together. */
guint
ohm_cloud_model_list_attributes (OhmCloudModel *self,
                                 const OhmCloudSeries *series,
                                 OhmCloudAttribute attributes[OHM_CLOUD_ATTRIBUTES_MAX])
{
  const OhmCloudAttribute all[OHM_CLOUD_ATTRIBUTES_MAX] = {
    { "serial", series->serial }, { "place", series->place }, { "meter", series->meter },
    { "gateway", self->gateway }, { "obis", series->obis },   { "channel", series->channel },
    { "tariff", series->tariff }, { "group", series->group }, { "cause", series->cause },
  };
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].value != NULL && *all[i].value != '\0')
      attributes[n++] = all[i];
  return n;
}
