/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <json-glib/json-glib.h>

#include "ohm-cloud-model.h"

/*
 * OTLP's own mapping of JSON: camelCase, 64-bit integers as decimal strings, enums as numbers.
 * json-glib writes what holds text, once a series; the rest is numbers between fixed words, and
 * written here: a tree of json-glib would hold objects for each attribute of each data point, and
 * it does not know the shortest form of a double.
 */

static void
ohm_cloud_otlp_json_build_attributes (JsonBuilder *builder,
                                      const OhmCloudAttribute *attributes,
                                      guint n)
{
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "key");
      json_builder_add_string_value (builder, attributes[i].key);
      json_builder_set_member_name (builder, "value");
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "stringValue");
      json_builder_add_string_value (builder, attributes[i].value);
      json_builder_end_object (builder);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static char *
ohm_cloud_otlp_json_to_text (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, /* pretty */ FALSE);
}

static char *
ohm_cloud_otlp_json_dup_attributes (const OhmCloudAttribute *attributes, guint n)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  ohm_cloud_otlp_json_build_attributes (builder, attributes, n);
  return ohm_cloud_otlp_json_to_text (builder);
}

static char *
ohm_cloud_otlp_json_dup_string (const char *string)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), string);

  return json_to_string (node, /* pretty */ FALSE);
}

static void
ohm_cloud_otlp_json_append_time (GString *out, const char *name, gint64 time_us)
{
  g_string_append_printf (out, "\"%s\":\"%" G_GINT64_FORMAT "000\",", name, time_us);
}

static void
ohm_cloud_otlp_json_append_point (GString *out, const OhmCloudPoint *point, const char *attributes)
{
  g_string_append_printf (out, "{\"attributes\":%s,", attributes);
  if (point->from_us != 0)
    ohm_cloud_otlp_json_append_time (out, "startTimeUnixNano", point->from_us);
  ohm_cloud_otlp_json_append_time (out, "timeUnixNano", point->time_us);
  if (point->series->metric->is_integer)
    {
      g_string_append_printf (out, "\"asInt\":\"%" G_GINT64_FORMAT "\"}", point->value.integer);
      return;
    }
  g_string_append (out, "\"asDouble\":");
  ohm_cloud_append_double (out, point->value.real);
  g_string_append_c (out, '}');
}

/* Whether there was any. */
static gboolean
ohm_cloud_otlp_json_append_points (GString *out,
                                   OhmCloudModel *model,
                                   const OhmCloudMetric *metric,
                                   GPtrArray *attributes)
{
  gboolean is_any = FALSE;

  for (guint i = 0; i < model->points->len; i++)
    {
      const OhmCloudPoint *point = &g_array_index (model->points, OhmCloudPoint, i);

      if (point->series->metric != metric)
        continue;
      if (is_any)
        g_string_append_c (out, ',');
      ohm_cloud_otlp_json_append_point (out, point, attributes->pdata[point->series->index]);
      is_any = TRUE;
    }
  return is_any;
}

/* Whether it had points: else nothing is left behind. */
static gboolean
ohm_cloud_otlp_json_append_metric (GString *out,
                                   OhmCloudModel *model,
                                   const OhmCloudMetric *metric,
                                   GPtrArray *attributes)
{
  g_autofree char *name = ohm_cloud_otlp_json_dup_string (metric->name);
  g_autofree char *unit = ohm_cloud_otlp_json_dup_string (metric->unit);
  gsize before = out->len;

  g_string_append_printf (out, "{\"name\":%s,\"unit\":%s,\"%s\":{\"dataPoints\":[", name, unit,
                          metric->is_sum ? "sum" : "gauge");
  if (!ohm_cloud_otlp_json_append_points (out, model, metric, attributes))
    {
      g_string_truncate (out, before);
      return FALSE;
    }
  g_string_append_c (out, ']');
  if (metric->is_sum)
    g_string_append (out, ",\"aggregationTemporality\":2");
  if (metric->is_monotonic)
    g_string_append (out, ",\"isMonotonic\":true");
  g_string_append (out, "}}");
  return TRUE;
}

static GPtrArray *
ohm_cloud_otlp_json_encode_attributes (OhmCloudModel *model)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < model->series->len; i++)
    {
      OhmCloudAttribute attributes[OHM_CLOUD_ATTRIBUTES_MAX];
      guint n = ohm_cloud_model_list_attributes (model, model->series->pdata[i], attributes);

      g_ptr_array_add (all, ohm_cloud_otlp_json_dup_attributes (attributes, n));
    }
  return all;
}

GBytes *
ohm_cloud_otlp_json_encode (OhmCloudModel *model)
{
  const OhmCloudAttribute resource[] = {
    { "service.name", "ohmnibus" },
    { "service.instance.id", model->gateway },
  };
  g_autofree char *text = ohm_cloud_otlp_json_dup_attributes (resource, G_N_ELEMENTS (resource));
  g_autoptr (GPtrArray) attributes = ohm_cloud_otlp_json_encode_attributes (model);
  GString *out = g_string_new (NULL);
  gboolean is_any = FALSE;

  g_string_append_printf (out,
                          "{\"resourceMetrics\":[{\"resource\":{\"attributes\":%s},"
                          "\"scopeMetrics\":[{\"scope\":{\"name\":\"ohm.uplink\"},\"metrics\":[",
                          text);
  for (guint i = 0; i < model->metrics->len; i++)
    {
      gsize before = out->len;

      if (is_any)
        g_string_append_c (out, ',');
      if (ohm_cloud_otlp_json_append_metric (out, model, model->metrics->pdata[i], attributes))
        is_any = TRUE;
      else
        g_string_truncate (out, before);
    }
  g_string_append (out, "]}]}]}");
  return g_string_free_to_bytes (out);
}
