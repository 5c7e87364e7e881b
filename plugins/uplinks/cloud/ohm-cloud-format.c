/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-format.h"

#include <string.h>

#include "ohm-cloud-model.h"

#define OHM_CLOUD_GZIP_LEVEL 6

static const struct
{
  const char *media_type;
  GBytes *(*encode) (OhmCloudModel *model);
} formats[] = {
  [OHM_CLOUD_FORMAT_OTLP] = { "application/x-protobuf", ohm_cloud_otlp_encode },
  [OHM_CLOUD_FORMAT_OTLP_JSON] = { "application/json", ohm_cloud_otlp_json_encode },
  [OHM_CLOUD_FORMAT_LINE] = { "text/plain; charset=utf-8", ohm_cloud_line_encode },
};

static GBytes *
ohm_cloud_format_encode (OhmCloudFormat format, OhmCloudModel *model, guint *ret_n_points)
{
  if (ret_n_points != NULL)
    *ret_n_points = model->points->len;
  return model->points->len > 0 ? formats[format].encode (model) : NULL;
}

GBytes *
ohm_cloud_format_batch (OhmCloudFormat format, OhmBatch *batch, guint *ret_n_points)
{
  g_autoptr (OhmCloudModel) model = NULL;

  g_return_val_if_fail (format < G_N_ELEMENTS (formats), NULL);
  g_return_val_if_fail (batch != NULL, NULL);

  model = ohm_cloud_model_new_batch (batch);
  return ohm_cloud_format_encode (format, model, ret_n_points);
}

GBytes *
ohm_cloud_format_samples (OhmCloudFormat format, OhmSamples *samples, guint *ret_n_points)
{
  g_autoptr (OhmCloudModel) model = NULL;

  g_return_val_if_fail (format < G_N_ELEMENTS (formats), NULL);
  g_return_val_if_fail (samples != NULL, NULL);

  model = ohm_cloud_model_new_samples (samples);
  return ohm_cloud_format_encode (format, model, ret_n_points);
}

const char *
ohm_cloud_format_get_media_type (OhmCloudFormat format)
{
  g_return_val_if_fail (format < G_N_ELEMENTS (formats), NULL);

  return formats[format].media_type;
}

GBytes *
ohm_cloud_gzip (GBytes *bytes, GError **error)
{
  g_autoptr (GConverter) compressor = G_CONVERTER (
    g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, OHM_CLOUD_GZIP_LEVEL));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, compressor);
  gsize length;
  const void *data;

  g_return_val_if_fail (bytes != NULL, NULL);

  data = g_bytes_get_data (bytes, &length);
  if (!g_output_stream_write_all (stream, data, length, NULL, /* cancellable */ NULL, error) ||
      !g_output_stream_close (stream, /* cancellable */ NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

void
ohm_cloud_append_double (GString *text, double value)
{
  static const char *const digits[] = { "%.15g", "%.16g", "%.17g" };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  /* counters are whole numbers most of the time */
  if (value > -1e15 && value < 1e15)
    {
      gint64 whole = (gint64) value;
      double rest = value - (double) whole;

      if (!(rest < 0.0) && !(rest > 0.0))
        {
          g_string_append_printf (text, "%" G_GINT64_FORMAT, whole);
          return;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (digits); i++)
    {
      double again;

      g_ascii_formatd (buffer, sizeof buffer, digits[i], value);
      again = g_ascii_strtod (buffer, NULL);
      if (memcmp (&again, &value, sizeof value) == 0)
        break;
    }
  g_string_append (text, buffer);
}
