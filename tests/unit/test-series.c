/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-crc32c.h"
#include "ohm-series.h"

#include <math.h>
#include <string.h>

static OhmPoint
test_point (const char *name, gboolean is_integer)
{
  OhmPoint point;

  g_assert_true (ohm_point_parse (name, NULL, is_integer, &point, NULL));
  return point;
}

static void
test_series_difference_integer (void)
{
  OhmPoint count = test_point ("pulse-count", TRUE);
  OhmCell before = { .integer = G_GINT64_CONSTANT (9007199254740993) };
  OhmCell after = { .integer = G_GINT64_CONSTANT (9007199254740996) };
  OhmCell difference = { .integer = -1 };

  g_assert_cmpint (ohm_series_difference (&count, before, after, &difference), ==,
                   OHM_QUALITY_GOOD);
  g_assert_cmpint (difference.integer, ==, 3);

  difference.integer = -1;
  g_assert_cmpint (ohm_series_difference (&count, after, before, &difference), ==,
                   OHM_QUALITY_MISSING);
  g_assert_cmpint (difference.integer, ==, -1);

  before.integer = G_MININT64;
  after.integer = 1;
  g_assert_cmpint (ohm_series_difference (&count, before, after, &difference), ==,
                   OHM_QUALITY_MISSING);
}

static void
test_series_difference_real (void)
{
  OhmPoint import = test_point ("energy-active-import.total", FALSE);
  OhmPoint net = test_point ("energy-active-net.total", FALSE);
  OhmCell before = { .real = 1000.5 };
  OhmCell after = { .real = 1000.25 };
  OhmCell difference = { .real = 0 };

  g_assert_cmpint (ohm_series_difference (&import, before, after, &difference), ==,
                   OHM_QUALITY_MISSING);
  g_assert_cmpint (ohm_series_difference (&net, before, after, &difference), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (difference.real, -0.25, 1e-9);

  before.real = -1.7e308;
  after.real = 1.7e308;
  g_assert_cmpint (ohm_series_difference (&net, before, after, &difference), ==,
                   OHM_QUALITY_MISSING);
}

static OhmRecord *
test_record (const char *first, double a, const char *second, double b)
{
  OhmPoint points[2] = { test_point (first, FALSE), test_point (second, FALSE) };
  g_autoptr (OhmPointSet) set = ohm_point_set_intern (points, 2);
  OhmRecord *record = ohm_record_new ("main", set);

  record->cells[0].real = a;
  record->cells[1].real = b;
  memset (record->qualities, OHM_QUALITY_GOOD, 2);
  return record;
}

#define IMPORT "energy-active-import.total"
#define EXPORT "energy-active-export.total"
#define NET    "energy-active-net.total"

static void
test_series_fill (void)
{
  g_autoptr (OhmRecord) before = test_record (IMPORT, 10, EXPORT, 20);
  g_autoptr (OhmRecord) after = test_record (EXPORT, 25, NET, 7);
  g_autoptr (OhmRecord) into = ohm_record_new ("main", after->points);

  ohm_series_fill (into, before, after);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (into->cells[0].real, 5, 1e-9);
  g_assert_cmpint (into->qualities[1], ==, OHM_QUALITY_MISSING);

  before->qualities[1] = OHM_QUALITY_SUSPECT;
  ohm_series_fill (into, before, after);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_SUSPECT);

  before->qualities[1] = OHM_QUALITY_MISSING;
  ohm_series_fill (into, before, after);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_MISSING);

  ohm_series_fill (into, NULL, after);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_MISSING);
}

static void
test_series_add (void)
{
  g_autoptr (OhmRecord) into = test_record (IMPORT, 10, EXPORT, 20);
  g_autoptr (OhmRecord) part = test_record (EXPORT, 5, NET, 1);

  ohm_series_add (into, part);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (into->qualities[1], ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (into->cells[1].real, 25, 1e-9);
}

static void
test_series_add_integers (void)
{
  OhmPoint count = test_point ("pulse-count", TRUE);
  g_autoptr (OhmPointSet) set = ohm_point_set_intern (&count, 1);
  g_autoptr (OhmRecord) into = ohm_record_new ("main", set);
  g_autoptr (OhmRecord) part = ohm_record_new ("main", set);

  into->cells[0].integer = 1;
  part->cells[0].integer = 2;
  into->qualities[0] = part->qualities[0] = OHM_QUALITY_GOOD;
  ohm_series_add (into, part);
  g_assert_cmpint (into->cells[0].integer, ==, 3);

  part->cells[0].integer = G_MAXINT64;
  ohm_series_add (into, part);
  g_assert_cmpint (into->qualities[0], ==, OHM_QUALITY_MISSING);
}

static void
test_series_fall (void)
{
  g_autoptr (OhmRecord) before = test_record (IMPORT, 10, NET, 20);
  g_autoptr (OhmRecord) after = test_record (NET, 5, IMPORT, 10);

  /* a balance may fall */
  g_assert_cmpint (ohm_series_find_fall (before, after), ==, -1);
  after->cells[1].real = 9.5;
  g_assert_cmpint (ohm_series_find_fall (before, after), ==, 1);
  after->qualities[1] = OHM_QUALITY_MISSING;
  g_assert_cmpint (ohm_series_find_fall (before, after), ==, -1);
}

static void
test_series_next (void)
{
  g_autoptr (OhmRecord) before = test_record (IMPORT, 10, NET, 20);
  g_autoptr (OhmRecord) after = test_record (IMPORT, 11, NET, 21);

  before->slot_us = OHM_SLOT_US;
  after->slot_us = 2 * OHM_SLOT_US;
  g_assert_true (ohm_series_is_next (before, after));
  after->run = 2;
  g_assert_false (ohm_series_is_next (before, after));
  after->run = 0;
  after->slot_us = 3 * OHM_SLOT_US;
  g_assert_false (ohm_series_is_next (before, after));
  after->slot_us = 2 * OHM_SLOT_US;
  after->is_gap = TRUE;
  g_assert_false (ohm_series_is_next (before, after));
}

/* Check values of RFC 3720 appendix B.4 and the common one of "123456789". */
static void
test_series_crc32c (void)
{
  guint8 bytes[32] = { 0 };

  g_assert_cmphex (ohm_crc32c (0, bytes, sizeof bytes), ==, 0x8a9136aa);
  memset (bytes, 0xff, sizeof bytes);
  g_assert_cmphex (ohm_crc32c (0, bytes, sizeof bytes), ==, 0x62a8ab43);
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) i;
  g_assert_cmphex (ohm_crc32c (0, bytes, sizeof bytes), ==, 0x46dd794e);
  g_assert_cmphex (ohm_crc32c (0, "123456789", 9), ==, 0xe3069283);
  g_assert_cmphex (ohm_crc32c (ohm_crc32c (0, "1234", 4), "56789", 5), ==, 0xe3069283);
  g_assert_cmphex (ohm_crc32c (0, "", 0), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/series/difference/integer", test_series_difference_integer);
  g_test_add_func ("/series/difference/real", test_series_difference_real);
  g_test_add_func ("/series/fill", test_series_fill);
  g_test_add_func ("/series/add", test_series_add);
  g_test_add_func ("/series/add-integers", test_series_add_integers);
  g_test_add_func ("/series/fall", test_series_fall);
  g_test_add_func ("/series/next", test_series_next);
  g_test_add_func ("/series/crc32c", test_series_crc32c);

  return g_test_run ();
}
