/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A place that is forgotten for good: gone at once for everybody, and then from the disk. */

#include "config.h"

#include "ohm-store-private.h"

#include "store-fixture.h"

typedef OhmStoreFixture Fixture;

#define SLOT(n)   (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define HOUR_US   (60 * MINUTE_US)

/* More than a step takes. */
#define N_SLOTS   1100
#define N_MINUTES 90

/* Two runs with a gap in each, and a trend. */
static void
test_purge_fill (Fixture *self, const char *place)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);
  const OhmReplacement replacement = { .place = place };
  g_autoptr (GAsyncResult) stored = NULL;
  g_autoptr (GAsyncResult) replaced = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  for (gint64 i = 0; i < N_SLOTS; i++)
    if (i != 7)
      g_ptr_array_add (records, fixture_record (place, SLOT (i), (double) i, i));
  ohm_store_append_async (self->store, records, fixture_on_ready, &stored);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&stored), NULL));
  ohm_store_replace_async (self->store, &replacement, 1, fixture_on_ready, &replaced);
  runs = ohm_store_replace_finish (self->store, fixture_wait (&replaced), NULL);
  g_assert_cmpuint (runs->len, ==, 1);
  g_assert_true (fixture_append (self, fixture_record (place, SLOT (N_SLOTS + 3), 1, 1), NULL));
  for (gint64 i = 0; i < N_MINUTES; i++)
    g_ptr_array_add (rows, fixture_trend_row (place, OHM_FIXTURE_T0_US + i * MINUTE_US));
  ohm_store_append_trend (self->store, rows);
  fixture_settle (self);
}

static gboolean
test_purge_place (Fixture *self, const char *place, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_store_purge_place_async (self->store, place, fixture_on_ready, &result);
  return ohm_store_purge_place_finish (self->store, fixture_wait (&result), error);
}

static gint64
test_purge_count (Fixture *self, const char *sql)
{
  gint64 n = -1;

  fixture_settle (self);
  g_assert_true (
    ohm_database_get_integer (ohm_store_get_backend (self->store)->database, sql, &n, NULL));
  return n;
}

#define GONE " IN (SELECT number FROM places WHERE instr (id, '/') > 0)"

/* Rows that belong to places without an id, as they lie on the disk. */
static gint64
test_purge_count_all (Fixture *self)
{
  return test_purge_count (self, "SELECT count (*) FROM intervals AS i JOIN runs AS r"
                                 " ON r.number = i.run WHERE r.place" GONE) +
         test_purge_count (self, "SELECT count (*) FROM gaps WHERE place" GONE) +
         test_purge_count (self, "SELECT count (*) FROM trend WHERE place" GONE) +
         test_purge_count (self, "SELECT count (*) FROM runs WHERE place" GONE);
}

/* Until all has been looked through that is to go. */
static void
test_purge_sweep (Fixture *self)
{
  OhmStoreStats stats;
  guint64 n_sweeps;

  fixture_get_stats (self, &stats);
  n_sweeps = stats.n_sweeps;
  /* one comes each hour, whatever was before */
  fixture_pass (self, HOUR_US);
  while (stats.n_sweeps == n_sweeps)
    fixture_get_stats (self, &stats);
}

static guint
test_purge_count_after (Fixture *self, const char *place)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) records = NULL;
  guint n = 0;

  ohm_store_read_after_async (self->store, 0, OHM_STORE_PAGE_MAX, NULL, fixture_on_ready, &result);
  records = ohm_store_read_after_finish (self->store, fixture_wait (&result), NULL);
  for (guint i = 0; i < records->len; i++)
    n += g_str_equal (((OhmRecord *) g_ptr_array_index (records, i))->place, place);
  g_assert_cmpuint (n == 0 || n == records->len, ==, TRUE);
  return n;
}

static void
test_purge_gone (Fixture *self, gconstpointer data)
{
  OhmStoreQuery query = { "main", SLOT (-1), SLOT (N_SLOTS), 0 };
  g_autoptr (GAsyncResult) queried = NULL;
  g_autoptr (GAsyncResult) events = NULL;
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  const OhmStoreEvent *event;

  fixture_open (self);
  test_purge_fill (self, "main");
  g_assert_true (fixture_append (self, fixture_record ("other", SLOT (1), 5, 5), NULL));
  g_assert_true (test_purge_place (self, "main", &error));
  g_assert_no_error (error);

  /* at once, for every question */
  ohm_store_query_async (self->store, &query, NULL, fixture_on_ready, &queried);
  page = ohm_store_query_finish (self->store, fixture_wait (&queried), &error);
  g_assert_null (page);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_assert_cmpuint (test_purge_count_after (self, "main"), ==, 0);
  g_assert_cmpuint (test_purge_count_after (self, "other"), ==, 1);
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 1 }, NULL,
                                fixture_on_ready, &events);
  list = ohm_store_query_events_finish (self->store, fixture_wait (&events), NULL);
  g_assert_cmpuint (list->len, ==, 1);
  event = g_ptr_array_index (list, 0);
  g_assert_cmpstr (event->subject, ==, "places/main");
  g_assert_cmpstr (ohm_message_get_code (event->message), ==, "place-purged");

  /* and then from the disk */
  test_purge_sweep (self);
  g_assert_cmpint (test_purge_count_all (self), ==, 0);
  fixture_assert_series (self, "other", "1:5");
}

static void
test_purge_unknown (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  g_assert_false (test_purge_place (self, "main", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}

/* The daemon ends in between: nothing comes back, and the rest is deleted after the start. */
static void
test_purge_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStoreContent) content = NULL;

  fixture_open (self);
  test_purge_fill (self, "main");
  g_assert_true (fixture_append (self, fixture_record ("other", SLOT (1), 5, 5), NULL));
  g_assert_true (test_purge_place (self, "main", NULL));
  g_assert_true (fixture_close (self));

  /* slots of the future would be put aside */
  fixture_set_wall (self, SLOT (N_SLOTS + 3));
  fixture_make_store (self, NULL);
  content = fixture_try_open (self, NULL);
  g_assert_cmpuint (content->places->len, ==, 1);
  g_assert_cmpstr (((OhmStorePlace *) g_ptr_array_index (content->places, 0))->place->id, ==,
                   "other");
  /* how much was left to do when it closed is a matter of luck */
  fixture_pass (self, 60 * G_USEC_PER_SEC);
  test_purge_sweep (self);
  g_assert_cmpint (test_purge_count_all (self), ==, 0);
  fixture_assert_series (self, "other", "1:5");
}

/* Two at a time, and one that begins anew under the same id. */
static void
test_purge_again (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_purge_fill (self, "main");
  test_purge_fill (self, "sub");
  g_assert_true (test_purge_place (self, "main", NULL));
  g_assert_true (test_purge_place (self, "sub", NULL));
  g_assert_true (fixture_append (self, fixture_record ("main", SLOT (2), 9, 9), NULL));
  test_purge_sweep (self);
  g_assert_cmpint (test_purge_count_all (self), ==, 0);
  fixture_assert_series (self, "main", "2:9");
  g_assert_true (test_purge_place (self, "main", NULL));
  test_purge_sweep (self);
  g_assert_cmpint (test_purge_count_all (self), ==, 0);
}

#define ADD(path, test)                                                                            \
  g_test_add ("/store-purge/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("gone", test_purge_gone);
  ADD ("unknown", test_purge_unknown);
  ADD ("restart", test_purge_restart);
  ADD ("again", test_purge_again);
  return g_test_run ();
}
