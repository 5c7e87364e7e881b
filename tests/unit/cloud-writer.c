/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes a body to standard output, for readers in other languages:
 *   cloud-writer [--gzip] FORMAT batch PLACES SLOTS | gap | samples | awkward | extremes
 * FORMAT: otlp, json or line; awkward: names and numbers that are hard to write; extremes: the
 * first and last that 64 bits hold, and text that is not ASCII */

#include "config.h"

#include <stdio.h>

#include "ohm-cloud-format.h"
#include "ohm-test-batch.h"

typedef struct
{
  const char *point;
  const char *unit;
  gboolean is_integer;
  OhmCell value;
} OhmCloudWriterRow;

static gboolean
ohm_cloud_writer_find_format (const char *name, OhmCloudFormat *ret_format)
{
  static const char *const names[] = { "otlp", "json", "line" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *ret_format = (OhmCloudFormat) i;
        return TRUE;
      }
  return FALSE;
}

/* One record in which all is good. */
static OhmBatch *
ohm_cloud_writer_new_batch (const OhmBatchRun *run,
                            const OhmCloudWriterRow *rows,
                            guint n,
                            gint64 slot_us)
{
  g_autofree OhmPoint *points = g_new0 (OhmPoint, n);
  g_autoptr (OhmPointSet) set = NULL;
  g_autoptr (OhmRecord) record = NULL;

  for (guint i = 0; i < n; i++)
    g_assert_true (ohm_point_parse (rows[i].point, rows[i].unit, rows[i].is_integer, &points[i],
                                    /* error */ NULL));
  set = ohm_point_set_intern (points, n);
  record = ohm_record_new (run->place, set);
  record->slot_us = slot_us;
  for (guint i = 0; i < n; i++)
    {
      record->cells[i] = rows[i].value;
      record->qualities[i] = OHM_QUALITY_GOOD;
    }
  return ohm_batch_new (OHM_TEST_GATEWAY, &(OhmBatchItem){ record, run, 1 }, 1);
}

static OhmBatch *
ohm_cloud_writer_new_awkward (void)
{
  static char place[] = "p0";
  static char serial[] = "a b,c=d\"\303\251#'{}\\";
  static const OhmCloudWriterRow rows[] = {
    { "energy-active-import.total", NULL, FALSE, { .real = 1.7976931348623157e308 } },
    { "energy-active-export.total", NULL, FALSE, { .real = 1e15 } },
    { "energy-active-net.total", NULL, FALSE, { .real = -123456.789012345678 } },
    { "energy-apparent.total", NULL, FALSE, { .real = 0.1 } },
    { "energy-reactive.total", NULL, FALSE, { .real = -1e-7 } },
    { "energy-heat", NULL, FALSE, { .real = 999999999999999.0 } },
    { "volume", NULL, FALSE, { .real = 1.0 / 3.0 } },
  };
  const OhmBatchRun run = { place, place, place, place, place, serial };

  return ohm_cloud_writer_new_batch (&run, rows, G_N_ELEMENTS (rows), OHM_TEST_SLOT_US);
}

static OhmBatch *
ohm_cloud_writer_new_extremes (void)
{
  static char place[] = "k\303\274che";
  static char meter[] = "\345\215\203";
  static char serial[] = "\360\237\224\214";
  static const OhmCloudWriterRow rows[] = {
    { "in1.pulse-count", NULL, TRUE, { .integer = G_MAXINT64 } },
    { "in2.pulse-count", NULL, TRUE, { .integer = G_MININT64 } },
    { "in3.pulse-count", NULL, TRUE, { .integer = 0 } },
    { "in4.pulse-value", "St\303\274ck", FALSE, { .real = -1.7976931348623157e308 } },
    { "energy-active-net.total", NULL, FALSE, { .real = 5e-324 } },
    { "energy-active-import.total.t1", NULL, FALSE, { .real = 0 } },
  };
  const OhmBatchRun run = { place, place, place, meter, place, serial };

  return ohm_cloud_writer_new_batch (&run, rows, G_N_ELEMENTS (rows), G_MAXINT64 / 1000 - 1);
}

static GBytes *
ohm_cloud_writer_format (OhmCloudFormat format, int argc, char **argv)
{
  g_autoptr (OhmBatch) batch = NULL;
  g_autoptr (OhmSamples) samples = NULL;

  if (g_str_equal (argv[2], "samples"))
    {
      samples = ohm_test_samples_new ();
      return ohm_cloud_format_samples (format, samples, NULL);
    }
  if (g_str_equal (argv[2], "gap"))
    batch = ohm_test_batch_new_gap ();
  else if (g_str_equal (argv[2], "awkward"))
    batch = ohm_cloud_writer_new_awkward ();
  else if (g_str_equal (argv[2], "extremes"))
    batch = ohm_cloud_writer_new_extremes ();
  else if (argc == 5)
    batch = ohm_test_batch_new ((guint) g_ascii_strtoull (argv[3], NULL, 10),
                                (guint) g_ascii_strtoull (argv[4], NULL, 10));
  return batch != NULL ? ohm_cloud_format_batch (format, batch, NULL) : NULL;
}

int
main (int argc, char **argv)
{
  OhmCloudFormat format;
  gboolean is_packed = argc > 1 && g_str_equal (argv[1], "--gzip");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) packed = NULL;

  argc -= is_packed;
  argv += is_packed;
  if (argc >= 3 && ohm_cloud_writer_find_format (argv[1], &format))
    bytes = ohm_cloud_writer_format (format, argc, argv);
  if (bytes == NULL)
    {
      fprintf (stderr, "Usage: cloud-writer [--gzip] otlp|json|line "
                       "batch PLACES SLOTS|gap|samples|awkward|extremes\n");
      return 2;
    }
  packed = is_packed ? ohm_cloud_gzip (bytes, /* error */ NULL) : g_bytes_ref (bytes);
  fwrite (g_bytes_get_data (packed, NULL), 1, g_bytes_get_size (packed), stdout);
  return 0;
}
