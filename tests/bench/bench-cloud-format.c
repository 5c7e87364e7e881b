/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What it costs to make a request's body: 20 meters, a day of quarter hours, 80 values a slot. */

#include "config.h"

#include "ohm-cloud-format.h"
#include "ohm-test-batch.h"

#include "bench-util.h"

#define METERS 20
#define SLOTS  96
#define RUNS   3

typedef struct
{
  OhmCloudFormat format;
  OhmBatch *batch;
  GBytes *body;
} Bench;

static void
bench_cloud_run_encode (guint n, gpointer data)
{
  Bench *bench = data;

  for (guint i = 0; i < n; i++)
    {
      g_clear_pointer (&bench->body, g_bytes_unref);
      bench->body = ohm_cloud_format_batch (bench->format, bench->batch, NULL);
    }
}

static void
bench_cloud_run_gzip (guint n, gpointer data)
{
  Bench *bench = data;

  for (guint i = 0; i < n; i++)
    g_bytes_unref (ohm_cloud_gzip (bench->body, NULL));
}

static void
bench_cloud_print (const char *format, const char *what, double value, const char *unit)
{
  g_autofree char *name = g_strdup_printf ("cloud.%s.%s", format, what);

  bench_print (name, value, unit);
}

static double
bench_cloud_bytes_per_value (OhmCloudFormat format, guint n_slots)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (METERS, n_slots);
  guint n;
  g_autoptr (GBytes) body = ohm_cloud_format_batch (format, batch, &n);
  g_autoptr (GBytes) packed = ohm_cloud_gzip (body, NULL);

  return (double) g_bytes_get_size (packed) / n;
}

int
main (void)
{
  static const char *const names[] = { "otlp", "json", "line" };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (METERS, SLOTS);

  for (guint f = 0; f < G_N_ELEMENTS (names); f++)
    {
      Bench bench = { .format = (OhmCloudFormat) f, .batch = batch };
      double encode_ns = bench_least_ns (bench_cloud_run_encode, RUNS, &bench);
      double gzip_ns = bench_least_ns (bench_cloud_run_gzip, RUNS, &bench);

      bench_cloud_print (names[f], "encode", encode_ns / (METERS * SLOTS), "ns/record");
      bench_cloud_print (names[f], "gzip", gzip_ns / (METERS * SLOTS), "ns/record");
      bench_cloud_print (names[f], "slot", bench_cloud_bytes_per_value (bench.format, 1),
                         "bytes/value");
      bench_cloud_print (names[f], "day", bench_cloud_bytes_per_value (bench.format, SLOTS),
                         "bytes/value");
      g_bytes_unref (bench.body);
    }
  return 0;
}
