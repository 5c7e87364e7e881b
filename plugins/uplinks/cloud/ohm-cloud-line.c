/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-model.h"

/*
 * InfluxDB line protocol, one line a record: `energy,gw=G,meter=S,place=P field=1.5,... SECONDS`.
 * Measurements and fields have nothing to escape. Values of tags may: a comma, a space, an equals
 * sign. A line's end cannot be written there, and a backslash before a comma would escape it:
 * neither is in any id, and of a serial they become `_`.
 */

static void
ohm_cloud_line_append_tag (GString *out, const char *name, const char *value)
{
  g_string_append_printf (out, ",%s=", name);
  for (const char *c = value; *c != '\0'; c++)
    {
      if (g_ascii_iscntrl (*c) || *c == '\\')
        {
          g_string_append_c (out, '_');
          continue;
        }
      if (*c == ',' || *c == ' ' || *c == '=')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *c);
    }
}

/* Tags in the order of their names: engines need not sort them. A meter's serial is its name where
 * there is one, so that an exchange begins a new series. */
static void
ohm_cloud_line_append_head (GString *out, OhmCloudModel *model, const OhmCloudSeries *series)
{
  g_string_append (out, series->measurement);
  if (series->cause != NULL)
    ohm_cloud_line_append_tag (out, "cause", series->cause);
  ohm_cloud_line_append_tag (out, "gw", model->gateway);
  if (series->serial != NULL)
    ohm_cloud_line_append_tag (out, "meter", series->serial);
  else if (series->meter != NULL)
    ohm_cloud_line_append_tag (out, "meter", series->meter);
  ohm_cloud_line_append_tag (out, "place", series->place);
  g_string_append_c (out, ' ');
}

static void
ohm_cloud_line_append_field (GString *out, const OhmCloudPoint *point)
{
  const OhmCloudSeries *series = point->series;

  g_string_append (out, series->field);
  g_string_append_c (out, '=');
  if (series->metric->is_integer)
    g_string_append_printf (out, "%" G_GINT64_FORMAT "i", point->value.integer);
  else
    ohm_cloud_append_double (out, point->value.real);
  if (series->cause != NULL)
    g_string_append_printf (out, ",from=%" G_GINT64_FORMAT "i", point->from_us / G_USEC_PER_SEC);
}

/* Whether @point stands in the line of the one before it. */
static gboolean
ohm_cloud_line_is_same (const OhmCloudPoint *before, const OhmCloudPoint *point)
{
  const OhmCloudSeries *a = before->series;
  const OhmCloudSeries *b = point->series;

  return a != b && before->time_us == point->time_us && a->cause == NULL && b->cause == NULL &&
         g_str_equal (a->place, b->place) && g_strcmp0 (a->meter, b->meter) == 0 &&
         g_strcmp0 (a->serial, b->serial) == 0;
}

static void
ohm_cloud_line_append_end (GString *out, const OhmCloudPoint *point)
{
  g_string_append_printf (out, " %" G_GINT64_FORMAT "\n", point->time_us / G_USEC_PER_SEC);
}

GBytes *
ohm_cloud_line_encode (OhmCloudModel *model)
{
  GString *out = g_string_new (NULL);
  const OhmCloudPoint *before = NULL;

  for (guint i = 0; i < model->points->len; i++)
    {
      const OhmCloudPoint *point = &g_array_index (model->points, OhmCloudPoint, i);

      if (before != NULL && ohm_cloud_line_is_same (before, point))
        g_string_append_c (out, ',');
      else
        {
          if (before != NULL)
            ohm_cloud_line_append_end (out, before);
          ohm_cloud_line_append_head (out, model, point->series);
        }
      ohm_cloud_line_append_field (out, point);
      before = point;
    }
  if (before != NULL)
    ohm_cloud_line_append_end (out, before);
  return g_string_free_to_bytes (out);
}
