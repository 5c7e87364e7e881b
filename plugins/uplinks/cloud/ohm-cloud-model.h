/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudMetric:
 * @name: `energy.active.import`
 * @unit: in UCUM: `W.h`
 * @is_sum: a counter or balance, else a gauge
 * @is_monotonic: a sum that never falls
 * @is_integer: which member of its points' values counts, for ever
 *
 * What is measured, as OTLP names it. An engine must never see one name with two types: they hang
 * on the quantity alone, whatever a meter's registers are.
 */
typedef struct
{
  char *name;
  char *unit;
  gboolean is_sum;
  gboolean is_monotonic;
  gboolean is_integer;
} OhmCloudMetric;

/**
 * OhmCloudSeries:
 * @index: its position in the model
 * @metric: what is measured
 * @measurement: the same for line protocol: `energy`, `live`, `gap`
 * @field: the same for line protocol: `energy_active_import_total_wh`
 * @place: where
 * @meter: (nullable): by which meter; not for gaps
 * @serial: (nullable): its serial
 * @obis: (nullable): OBIS code
 * @channel: `""` for none
 * @tariff: `""` for none
 * @group: `""` for none
 * @cause: (nullable): of a gap
 *
 * A sequence of values. All text is valid UTF-8.
 */
typedef struct
{
  guint index;
  const OhmCloudMetric *metric;
  const char *measurement;
  char *field;
  char *place;
  char *meter;
  char *serial;
  char *obis;
  const char *channel;
  const char *tariff;
  const char *group;
  const char *cause;
} OhmCloudSeries;

/**
 * OhmCloudPoint:
 * @series: whose value
 * @from_us: since when a counter counts, begin of the mean or of the gap, UTC; 0 for none; always
 *   before @time_us
 * @time_us: when, UTC
 * @value: the value, finite
 *
 * One value.
 */
typedef struct
{
  const OhmCloudSeries *series;
  gint64 from_us;
  gint64 time_us;
  OhmCell value;
} OhmCloudPoint;

/**
 * OhmCloudModel:
 * @gateway: identity of this gateway
 * @metrics: (element-type OhmCloudMetric): in order of appearance
 * @series: (element-type OhmCloudSeries): in order of appearance
 * @points: (element-type OhmCloudPoint): in the order of the batch; those of a record in a row
 *
 * What all formats are made of: names, units, attributes, types and what may travel at all are
 * decided here and nowhere else.
 */
typedef struct
{
  char *gateway;
  GPtrArray *metrics;
  GPtrArray *series;
  GArray *points;
  GHashTable *known; /*< private >*/
} OhmCloudModel;

OhmCloudModel *ohm_cloud_model_new_batch (OhmBatch *batch);
OhmCloudModel *ohm_cloud_model_new_samples (OhmSamples *samples);
void ohm_cloud_model_free (OhmCloudModel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmCloudModel, ohm_cloud_model_free)

#define OHM_CLOUD_ATTRIBUTES_MAX 9

typedef struct
{
  const char *key;
  const char *value;
} OhmCloudAttribute;

/* Those of a data point, without empty ones; returns their number. */
guint ohm_cloud_model_list_attributes (OhmCloudModel *self,
                                       const OhmCloudSeries *series,
                                       OhmCloudAttribute attributes[OHM_CLOUD_ATTRIBUTES_MAX]);

/* Encoders: (transfer full): the body; the model has at least one point. */
GBytes *ohm_cloud_otlp_encode (OhmCloudModel *model);
GBytes *ohm_cloud_otlp_json_encode (OhmCloudModel *model);
GBytes *ohm_cloud_line_encode (OhmCloudModel *model);

/* Appends the shortest text of up to 17 digits that reads back as @value, the same in every
 * locale. @value is finite. */
void ohm_cloud_append_double (GString *text, double value);

G_END_DECLS
