/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * OhmCloudFormat:
 * @OHM_CLOUD_FORMAT_OTLP: OTLP metrics, protobuf
 * @OHM_CLOUD_FORMAT_OTLP_JSON: OTLP metrics, JSON
 * @OHM_CLOUD_FORMAT_LINE: InfluxDB line protocol; times are seconds
 *
 * What a body looks like.
 */
typedef enum
{
  OHM_CLOUD_FORMAT_OTLP,
  OHM_CLOUD_FORMAT_OTLP_JSON,
  OHM_CLOUD_FORMAT_LINE,
} OhmCloudFormat;

/**
 * ohm_cloud_format_batch:
 * @format: how
 * @batch: interval records and closed gaps
 * @ret_n_points: (out) (optional): values in it; a gap counts as one
 *
 * Encodes all that may travel: cells of quality good that are finite. Equal batches give equal
 * bytes. Pure, any thread.
 *
 * Returns: (transfer full) (nullable): a request's body, or %NULL if nothing in @batch may travel
 */
GBytes *ohm_cloud_format_batch (OhmCloudFormat format, OhmBatch *batch, guint *ret_n_points);

/* As above, for live values and means of a minute. */
GBytes *ohm_cloud_format_samples (OhmCloudFormat format, OhmSamples *samples, guint *ret_n_points);

/* Value of the header `Content-Type`. */
const char *ohm_cloud_format_get_media_type (OhmCloudFormat format);

/* (transfer full): @bytes as gzip, level 6; NULL with an error of GIO. Any thread. */
GBytes *ohm_cloud_gzip (GBytes *bytes, GError **error);

/**
 * ohm_cloud_otlp_read_answer:
 * @media_type: (nullable): the answer's `Content-Type`, parameters and all
 * @body: the body of a 2xx answer; what is behind 64 KiB is refused
 * @ret_rejected: (out): data points that were refused; 0 for none, or if only @ret_text says so
 * @ret_text: (out) (transfer full) (nullable): the engine's words about it, one printable line of
 *   at most 500 bytes
 *
 * Reads OTLP's answer, `ExportMetricsServiceResponse`, in either encoding. An empty body says that
 * all was taken, and so does plain text (some receivers answer a word). What is neither, the page
 * of a captive portal above all, is no answer of a receiver: nothing has been taken.
 *
 * Returns: whether @body is an answer; else nothing is set
 */
gboolean ohm_cloud_otlp_read_answer (const char *media_type,
                                     GBytes *body,
                                     guint64 *ret_rejected,
                                     char **ret_text);

G_END_DECLS
