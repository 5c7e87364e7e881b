/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is stored of a record out of a meter's memory. */

#include "ohm-backfill-merge.h"

#include "ohm-slot.h"

#define SLOT(n) (OHM_SLOT_EARLIEST_US + (n) *OHM_SLOT_US)
#define IMPORT  "energy-active-import.total"
#define NET     "energy-active-net.total"

typedef struct
{
  OhmPlace *place;
  OhmPointSet *told_points;
  OhmStorePage page;
  OhmBackfillTally tally;
  OhmBackfillDifference difference;
} Fixture;

static OhmPointSet *
fixture_new_points (const char *const *names, guint n, gboolean is_integer)
{
  OhmPoint points[4];

  for (guint i = 0; i < n; i++)
    g_assert_true (ohm_point_parse (names[i], NULL, is_integer, &points[i], NULL));
  return ohm_point_set_intern (points, n);
}

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { NET, IMPORT };
  static const char *const told[] = { IMPORT };
  g_autoptr (OhmPointSet) points = fixture_new_points (names, 2, /* is_integer */ FALSE);
  guint indices[] = { 0, 1 };
  OhmPlace fields = {
    .id = (char[]){ "main" },
    .source = (char[]){ "" },
    .points = points,
    .n_points = 2,
    .indices = indices,
    .profile_revision = 3,
  };

  self->place = ohm_place_new (&fields);
  self->told_points = fixture_new_points (told, 1, /* is_integer */ TRUE);
  self->page.records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  ohm_place_unref (self->place);
  ohm_point_set_unref (self->told_points);
  g_ptr_array_unref (self->page.records);
}

static OhmRecord *
fixture_add_sampled (Fixture *self, guint n, double import, gint64 late_us)
{
  OhmRecord *record = ohm_record_new ("main", self->place->points);

  record->slot_us = SLOT (n);
  record->read_us = SLOT (n) + late_us;
  record->origin = OHM_ORIGIN_GATEWAY_SAMPLED;
  record->cells[0].real = import - 100;
  record->cells[1].real = import;
  record->qualities[0] = record->qualities[1] = OHM_QUALITY_GOOD;
  g_ptr_array_add (self->page.records, record);
  return record;
}

static OhmRecord *
fixture_merge (Fixture *self, guint n, gint64 import)
{
  g_autoptr (OhmRecord) told = ohm_record_new ("main", self->told_points);

  told->slot_us = told->read_us = SLOT (n);
  told->origin = OHM_ORIGIN_METER_RECORDED;
  told->cells[0].integer = import;
  told->qualities[0] = OHM_QUALITY_GOOD;
  return ohm_backfill_merge (self->place, &self->page, told, &self->tally, &self->difference);
}

static void
test_backfill_merge_fills (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmRecord) record = fixture_merge (self, 5, 123456);

  g_assert_nonnull (record);
  g_assert_cmpstr (record->place, ==, "main");
  g_assert_true (record->points == self->place->points);
  g_assert_cmpint (record->slot_us, ==, SLOT (5));
  g_assert_cmpint (record->origin, ==, OHM_ORIGIN_METER_RECORDED);
  g_assert_cmpuint (record->profile_revision, ==, 3);
  g_assert_cmpuint (record->qualities[0], ==, OHM_QUALITY_MISSING);
  g_assert_cmpfloat_with_epsilon (record->cells[1].real, 123456, 1e-9);
  g_assert_cmpuint (self->tally.n_filled, ==, 1);
  g_assert_null (self->difference.point);
}

/* The memory's counter counts; what it does not keep stays as it was sampled. */
static void
test_backfill_merge_replaces (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmRecord) record = NULL;

  fixture_add_sampled (self, 4, 1000, 0);
  fixture_add_sampled (self, 5, 1900, 400000)->flags = OHM_RECORD_RESET | OHM_RECORD_CLOCK_UNSURE;
  record = fixture_merge (self, 5, 1899);
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, 1800, 1e-9);
  g_assert_cmpfloat_with_epsilon (record->cells[1].real, 1899, 1e-9);
  g_assert_cmpuint (record->flags, ==, OHM_RECORD_RESET);
  g_assert_cmpuint (self->tally.n_replaced, ==, 1);
  g_assert_cmpuint (self->tally.n_differing, ==, 0);
}

static void
test_backfill_merge_keeps (Fixture *self, gconstpointer data)
{
  fixture_add_sampled (self, 5, 1900, 0)->origin = OHM_ORIGIN_IMPORTED;
  g_assert_null (fixture_merge (self, 5, 1));
  g_assert_cmpuint (self->tally.n_kept, ==, 1);
  g_assert_cmpuint (self->tally.n_read, ==, 1);
}

/* 1 Wh each second: what was read 30 s late may be 30 Wh more, and not 500. */
static void
test_backfill_merge_differs (Fixture *self, gconstpointer data)
{
  static const struct
  {
    gint64 told;
    gboolean is_differing;
  } cases[] = {
    { 100900 - 30, FALSE },
    { 100900 + 30, FALSE },
    { 100900 - 500, TRUE },
    { 50, TRUE },
  };

  fixture_add_sampled (self, 4, 100000, 30 * G_USEC_PER_SEC);
  fixture_add_sampled (self, 5, 100900, 30 * G_USEC_PER_SEC);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OhmRecord) record = fixture_merge (self, 5, cases[i].told);

      g_assert_nonnull (record);
      g_assert_cmpint (self->difference.point != NULL, ==, cases[i].is_differing);
    }
  g_assert_cmpuint (self->tally.n_differing, ==, 2);
  g_assert_cmpstr (self->difference.point, ==, IMPORT);
  g_assert_cmpfloat_with_epsilon (self->difference.sampled, 100900, 1e-9);
  g_assert_cmpfloat_with_epsilon (self->difference.told, 50, 1e-9);
  g_assert_cmpint (self->difference.slot_us, ==, SLOT (5));
}

/* A float counter at 1 GWh steps by 64 Wh: that is no difference. */
static void
test_backfill_merge_floats (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmRecord) record = NULL;

  fixture_add_sampled (self, 5, 1e9, 0);
  record = fixture_merge (self, 5, 1000000064);
  g_assert_nonnull (record);
  g_assert_cmpuint (self->tally.n_differing, ==, 0);
}

static void
fixture_add_run (GPtrArray *runs,
                 int number,
                 const char *serial,
                 gint64 opened_us,
                 gint64 closed_us)
{
  const OhmRun fields = {
    .number = number,
    .meter = (char[]){ "main" },
    .serial = (char *) (guintptr) serial,
    .source = (char[]){ "" },
    .opened_us = opened_us,
    .closed_us = closed_us,
  };

  g_ptr_array_add (runs, ohm_run_new (&fields));
}

static gboolean
fixture_is_foreign (Fixture *self, const GPtrArray *runs, const char *serial, guint n)
{
  g_autoptr (OhmRecord) told = ohm_record_new ("main", self->told_points);

  told->slot_us = SLOT (n);
  return ohm_backfill_is_foreign (&self->page, runs, serial, told);
}

/* What the meter measured before it came here is not the place's. */
static void
test_backfill_merge_foreign (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_run_unref);
  g_autoptr (GPtrArray) nameless = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_run_unref);

  g_assert_false (fixture_is_foreign (self, runs, "7", 5));
  fixture_add_run (runs, 1, "6", SLOT (3), SLOT (8) + 1);
  fixture_add_run (runs, 2, "7", SLOT (8) + 1, 0);
  g_assert_true (fixture_is_foreign (self, runs, "7", 1));
  g_assert_true (fixture_is_foreign (self, runs, "7", 8));
  g_assert_false (fixture_is_foreign (self, runs, "7", 9));
  g_assert_false (fixture_is_foreign (self, runs, "6", 8));
  /* what is stored knows its run, whenever that began */
  fixture_add_sampled (self, 8, 1000, 0)->run = 2;
  g_assert_false (fixture_is_foreign (self, runs, "7", 8));
  /* who tells no serial can only have measured since the last exchange */
  g_assert_true (fixture_is_foreign (self, runs, NULL, 5));
  g_assert_false (fixture_is_foreign (self, runs, NULL, 9));
  fixture_add_run (nameless, 1, NULL, SLOT (3), SLOT (8) + 1);
  fixture_add_run (nameless, 2, NULL, SLOT (8) + 1, 0);
  g_assert_true (fixture_is_foreign (self, nameless, "7", 5));
  g_assert_false (fixture_is_foreign (self, nameless, "7", 9));
}

static void
test_backfill_merge_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_backfill_merge_add ("/backfill-merge/fills", test_backfill_merge_fills);
  test_backfill_merge_add ("/backfill-merge/replaces", test_backfill_merge_replaces);
  test_backfill_merge_add ("/backfill-merge/keeps", test_backfill_merge_keeps);
  test_backfill_merge_add ("/backfill-merge/differs", test_backfill_merge_differs);
  test_backfill_merge_add ("/backfill-merge/floats", test_backfill_merge_floats);
  test_backfill_merge_add ("/backfill-merge/foreign", test_backfill_merge_foreign);
  return g_test_run ();
}
