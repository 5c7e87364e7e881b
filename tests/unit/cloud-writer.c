/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes a body to standard output, for readers in other languages:
 *   cloud-writer FORMAT batch PLACES SLOTS | gap | samples | awkward
 * FORMAT: otlp, json or line; awkward: names and numbers that are hard to write */

#include "config.h"

#include <stdio.h>

#include "ohm-cloud-format.h"
#include "ohm-test-batch.h"

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

static OhmBatch *
ohm_cloud_writer_new_awkward (void)
{
  static char place[] = "p0";
  static char serial[] = "a b,c=d\"\303\251#'{}\\";
  static const struct
  {
    const char *point;
    double value;
  } rows[] = {
    { "energy-active-import.total", 1.7976931348623157e308 },
    { "energy-active-export.total", 1e15 },
    { "energy-active-net.total", -123456.789012345678 },
    { "energy-apparent.total", 0.1 },
    { "energy-reactive.total", -1e-7 },
    { "energy-heat", 999999999999999.0 },
    { "volume", 1.0 / 3.0 },
  };
  const OhmBatchRun run = { place, place, place, place, place, serial };
  OhmPoint points[G_N_ELEMENTS (rows)];
  g_autoptr (OhmPointSet) set = NULL;
  g_autoptr (OhmRecord) record = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    ohm_point_parse (rows[i].point, /* unit */ NULL, /* is_integer */ FALSE, &points[i],
                     /* error */ NULL);
  set = ohm_point_set_intern (points, G_N_ELEMENTS (rows));
  record = ohm_record_new (place, set);
  record->slot_us = OHM_TEST_SLOT_US;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      record->cells[i].real = rows[i].value;
      record->qualities[i] = OHM_QUALITY_GOOD;
    }
  return ohm_batch_new (OHM_TEST_GATEWAY, &(OhmBatchItem){ record, &run, 1 }, 1);
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
  else if (argc == 5)
    batch = ohm_test_batch_new ((guint) g_ascii_strtoull (argv[3], NULL, 10),
                                (guint) g_ascii_strtoull (argv[4], NULL, 10));
  return batch != NULL ? ohm_cloud_format_batch (format, batch, NULL) : NULL;
}

int
main (int argc, char **argv)
{
  OhmCloudFormat format;
  g_autoptr (GBytes) bytes = NULL;

  if (argc >= 3 && ohm_cloud_writer_find_format (argv[1], &format))
    bytes = ohm_cloud_writer_format (format, argc, argv);
  if (bytes == NULL)
    {
      fprintf (stderr,
               "Usage: cloud-writer otlp|json|line batch PLACES SLOTS|gap|samples|awkward\n");
      return 2;
    }
  fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
  return 0;
}
