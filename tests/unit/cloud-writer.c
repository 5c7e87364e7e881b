/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes a body to standard output, for readers in other languages:
 *   cloud-writer FORMAT batch PLACES SLOTS | gap | samples
 * FORMAT: otlp, json or line */

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
      fprintf (stderr, "Usage: cloud-writer otlp|json|line batch PLACES SLOTS|gap|samples\n");
      return 2;
    }
  fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
  return 0;
}
