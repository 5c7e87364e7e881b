/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-model.h"
#include "ohm-cloud-proto.h"

/* Numbers of fields: opentelemetry-proto, metrics.proto, common.proto, resource.proto and
 * metrics_service.proto of OTLP 1. */
enum
{
  OHM_CLOUD_REQUEST_RESOURCE_METRICS = 1,
  OHM_CLOUD_RESOURCE_METRICS_RESOURCE = 1,
  OHM_CLOUD_RESOURCE_METRICS_SCOPE_METRICS = 2,
  OHM_CLOUD_RESOURCE_ATTRIBUTES = 1,
  OHM_CLOUD_SCOPE_METRICS_SCOPE = 1,
  OHM_CLOUD_SCOPE_METRICS_METRICS = 2,
  OHM_CLOUD_SCOPE_NAME = 1,
  OHM_CLOUD_METRIC_NAME = 1,
  OHM_CLOUD_METRIC_UNIT = 3,
  OHM_CLOUD_METRIC_GAUGE = 5,
  OHM_CLOUD_METRIC_SUM = 7,
  OHM_CLOUD_DATA_POINTS = 1, /* of gauge and sum */
  OHM_CLOUD_SUM_TEMPORALITY = 2,
  OHM_CLOUD_SUM_IS_MONOTONIC = 3,
  OHM_CLOUD_POINT_START = 2,
  OHM_CLOUD_POINT_TIME = 3,
  OHM_CLOUD_POINT_AS_DOUBLE = 4,
  OHM_CLOUD_POINT_AS_INT = 6,
  OHM_CLOUD_POINT_ATTRIBUTES = 7,
  OHM_CLOUD_KEY_VALUE_KEY = 1,
  OHM_CLOUD_KEY_VALUE_VALUE = 2,
  OHM_CLOUD_ANY_VALUE_STRING = 1,
};

#define OHM_CLOUD_CUMULATIVE   2
#define OHM_CLOUD_FIXED64_SIZE 9 /* with its tag, which is one byte for all numbers here */

static void
ohm_cloud_otlp_put_attribute (GByteArray *out, guint field, const OhmCloudAttribute *attribute)
{
  g_autoptr (GByteArray) value = g_byte_array_new ();
  g_autoptr (GByteArray) pair = g_byte_array_new ();

  ohm_cloud_proto_put_text (value, OHM_CLOUD_ANY_VALUE_STRING, attribute->value);
  ohm_cloud_proto_put_text (pair, OHM_CLOUD_KEY_VALUE_KEY, attribute->key);
  ohm_cloud_proto_put_message (pair, OHM_CLOUD_KEY_VALUE_VALUE, value);
  ohm_cloud_proto_put_message (out, field, pair);
}

/* (transfer full) (element-type GByteArray): the attributes of each series, as they stand in each
 * of its data points */
static GPtrArray *
ohm_cloud_otlp_encode_attributes (OhmCloudModel *model)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);

  for (guint i = 0; i < model->series->len; i++)
    {
      OhmCloudAttribute attributes[OHM_CLOUD_ATTRIBUTES_MAX];
      guint n = ohm_cloud_model_list_attributes (model, model->series->pdata[i], attributes);
      GByteArray *bytes = g_byte_array_new ();

      for (guint k = 0; k < n; k++)
        ohm_cloud_otlp_put_attribute (bytes, OHM_CLOUD_POINT_ATTRIBUTES, &attributes[k]);
      g_ptr_array_add (all, bytes);
    }
  return all;
}

static void
ohm_cloud_otlp_put_point (GByteArray *out, const OhmCloudPoint *point, const GByteArray *attributes)
{
  OhmCell value = point->value;
  guint n_fixed = point->from_us != 0 ? 3 : 2;
  guint field = point->series->metric->is_integer ? OHM_CLOUD_POINT_AS_INT
                                                  : OHM_CLOUD_POINT_AS_DOUBLE;

  ohm_cloud_proto_put_head (out, OHM_CLOUD_DATA_POINTS,
                            n_fixed * OHM_CLOUD_FIXED64_SIZE + attributes->len);
  if (point->from_us != 0)
    ohm_cloud_proto_put_fixed64 (out, OHM_CLOUD_POINT_START, (guint64) point->from_us * 1000);
  ohm_cloud_proto_put_fixed64 (out, OHM_CLOUD_POINT_TIME, (guint64) point->time_us * 1000);
  /* both members of the cell are the 64 bits that travel */
  ohm_cloud_proto_put_fixed64 (out, field, (guint64) value.integer);
  g_byte_array_append (out, attributes->data, attributes->len);
}

static void
ohm_cloud_otlp_put_metric (GByteArray *out,
                           OhmCloudModel *model,
                           const OhmCloudMetric *metric,
                           GPtrArray *attributes)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GByteArray) message = g_byte_array_new ();

  for (guint i = 0; i < model->points->len; i++)
    {
      const OhmCloudPoint *point = &g_array_index (model->points, OhmCloudPoint, i);

      if (point->series->metric == metric)
        ohm_cloud_otlp_put_point (data, point, attributes->pdata[point->series->index]);
    }
  if (data->len == 0)
    return;
  if (metric->is_sum)
    ohm_cloud_proto_put_number (data, OHM_CLOUD_SUM_TEMPORALITY, OHM_CLOUD_CUMULATIVE);
  if (metric->is_monotonic)
    ohm_cloud_proto_put_number (data, OHM_CLOUD_SUM_IS_MONOTONIC, TRUE);
  ohm_cloud_proto_put_text (message, OHM_CLOUD_METRIC_NAME, metric->name);
  ohm_cloud_proto_put_text (message, OHM_CLOUD_METRIC_UNIT, metric->unit);
  ohm_cloud_proto_put_message (message,
                               metric->is_sum ? OHM_CLOUD_METRIC_SUM : OHM_CLOUD_METRIC_GAUGE,
                               data);
  ohm_cloud_proto_put_message (out, OHM_CLOUD_SCOPE_METRICS_METRICS, message);
}

static void
ohm_cloud_otlp_put_resource (GByteArray *out, OhmCloudModel *model)
{
  const OhmCloudAttribute attributes[] = {
    { "service.name", "ohmnibus" },
    { "service.instance.id", model->gateway },
  };
  g_autoptr (GByteArray) resource = g_byte_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
    ohm_cloud_otlp_put_attribute (resource, OHM_CLOUD_RESOURCE_ATTRIBUTES, &attributes[i]);
  ohm_cloud_proto_put_message (out, OHM_CLOUD_RESOURCE_METRICS_RESOURCE, resource);
}

/* The scope has no version: some receivers make a label of it, and every release would begin all
 * series anew. */
static void
ohm_cloud_otlp_put_scope (GByteArray *out, OhmCloudModel *model)
{
  g_autoptr (GPtrArray) attributes = ohm_cloud_otlp_encode_attributes (model);
  g_autoptr (GByteArray) scope = g_byte_array_new ();
  g_autoptr (GByteArray) metrics = g_byte_array_new ();

  ohm_cloud_proto_put_text (scope, OHM_CLOUD_SCOPE_NAME, "ohm.uplink");
  ohm_cloud_proto_put_message (metrics, OHM_CLOUD_SCOPE_METRICS_SCOPE, scope);
  for (guint i = 0; i < model->metrics->len; i++)
    ohm_cloud_otlp_put_metric (metrics, model, model->metrics->pdata[i], attributes);
  ohm_cloud_proto_put_message (out, OHM_CLOUD_RESOURCE_METRICS_SCOPE_METRICS, metrics);
}

GBytes *
ohm_cloud_otlp_encode (OhmCloudModel *model)
{
  g_autoptr (GByteArray) resource_metrics = g_byte_array_new ();
  GByteArray *request = g_byte_array_new ();

  ohm_cloud_otlp_put_resource (resource_metrics, model);
  ohm_cloud_otlp_put_scope (resource_metrics, model);
  ohm_cloud_proto_put_message (request, OHM_CLOUD_REQUEST_RESOURCE_METRICS, resource_metrics);
  return g_byte_array_free_to_bytes (request);
}
