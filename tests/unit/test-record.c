/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-record.h"

static void
test_record_new (void)
{
  OhmPoint points[2];
  g_autoptr (OhmPointSet) set = NULL;
  g_autoptr (OhmRecord) record = NULL;
  g_autoptr (OhmRecord) copy = NULL;

  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, TRUE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("energy-active-export.total", NULL, FALSE, &points[1], NULL));
  set = ohm_point_set_intern (points, 2);
  record = ohm_record_new ("main", set);
  g_assert_cmpstr (record->place, ==, "main");
  g_assert_true (record->points == set);
  g_assert_cmpint (record->seq, ==, 0);
  g_assert_false (record->is_gap);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (record->qualities[i], ==, OHM_QUALITY_MISSING);
      g_assert_cmpint (record->cells[i].integer, ==, 0);
    }
  record->cells[0].integer = G_MAXINT64;
  copy = g_boxed_copy (OHM_TYPE_RECORD, record);
  g_assert_true (copy == record);
}

static void
test_record_no_points (void)
{
  g_autoptr (OhmPointSet) set = ohm_point_set_intern (NULL, 0);
  g_autoptr (OhmRecord) record = ohm_record_new ("gap", set);

  record->is_gap = TRUE;
  g_assert_cmpuint (ohm_point_set_get_n (record->points), ==, 0);
}

static void
test_record_names (void)
{
  static const char *const causes[] = { "unknown",      "gateway-off",    "link-down",
                                        "meter-silent", "meter-refused",  "wrong-device",
                                        "clock-unsure", "store-failed",   "disabled",
                                        "part-missing", "values-missing", "unknown" };
  static const char *const origins[] = { "unknown",  "gateway-sampled", "meter-recorded",
                                         "imported", "computed",        "unknown" };

  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    g_assert_cmpstr (ohm_gap_cause_to_string ((OhmGapCause) i), ==, causes[i]);
  for (guint i = 0; i < G_N_ELEMENTS (origins); i++)
    g_assert_cmpstr (ohm_origin_to_string ((OhmOrigin) i), ==, origins[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/new", test_record_new);
  g_test_add_func ("/record/no-points", test_record_no_points);
  g_test_add_func ("/record/names", test_record_names);
  return g_test_run ();
}
