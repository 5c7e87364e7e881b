/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-probe-job.h"

/* What cannot be read of any device is refused before a job is made of it. */
static void
test_probe_check (void)
{
  static const struct
  {
    OhmProbe probe;
    const char *message; /* (nullable): NULL if it may be read */
  } rows[] = {
    { { "main", NULL, -1, 0, 0, 1 }, NULL },
    { { "main", "tcp", 255, 4, 65411, 125 }, NULL },
    { { "main", "rtu", 1, 3, 65535, 1 }, NULL },
    { { "main", "auto", 1, 3, 0, 1 }, "framing 'auto' is not known: expected tcp or rtu" },
    { { "main", NULL, 256, 3, 0, 1 }, "unit 256 is not in 0..255" },
    { { "main", NULL, 1, 6, 0, 1 }, "function 6 does not read: expected 3 or 4" },
    { { "main", NULL, 1, 16, 0, 1 }, "function 16 does not read: expected 3 or 4" },
    { { "main", NULL, 1, 3, 0, 0 }, "0 registers: expected 1..125" },
    { { "main", NULL, 1, 3, 0, 126 }, "126 registers: expected 1..125" },
    { { "main", NULL, 1, 3, 65535, 2 }, "registers 65535..65536 end beyond 65535" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (ohm_probe_check (&rows[i].probe, &error), ==, rows[i].message == NULL);
      if (rows[i].message == NULL)
        g_assert_no_error (error);
      else
        g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, rows[i].message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/check", test_probe_check);
  return g_test_run ();
}
