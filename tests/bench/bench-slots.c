/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Quarter hours in the store: a year of 32 meters written, a month of one read, and the start from
 * what is there. A bare scan of the same rows by SQLite stands beside the reading. */

#include "config.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "ohm-store.h"

#include "bench-util.h"

#define METERS     32
#define YEAR       (365 * 96)
#define MONTH      (31 * 96)
#define BATCH_DAYS 4
#define RUNS       5

/* 2026-01-01T00:00:00Z */
#define FIRST_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

typedef struct
{
  char *dir;
  char *path;
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmBus *bus;
  OhmStore *store;
  OhmPointSet *points;
  guint year;
} Bench;

static void
bench_slots_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
bench_slots_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
bench_slots_open (Bench *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmStoreContent) content = NULL;

  self->store = ohm_store_new (self->path, self->bus, self->watcher, NULL);
  ohm_store_open_async (self->store, NULL, bench_slots_on_ready, &result);
  content = ohm_store_open_finish (self->store, bench_slots_wait (&result), NULL);
  g_assert_nonnull (content);
}

static void
bench_slots_close (Bench *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_store_close_async (self->store, bench_slots_on_ready, &result);
  g_assert_true (ohm_store_close_finish (self->store, bench_slots_wait (&result), NULL));
  g_clear_object (&self->store);
}

/* Net, import and export, as the common block of a meter has them. */
static OhmPointSet *
bench_slots_make_points (void)
{
  OhmPoint points[3];

  ohm_point_parse ("energy-active-net.total", NULL, FALSE, &points[0], NULL);
  ohm_point_parse ("energy-active-import.total", NULL, FALSE, &points[1], NULL);
  ohm_point_parse ("energy-active-export.total", NULL, FALSE, &points[2], NULL);
  return ohm_point_set_intern (points, G_N_ELEMENTS (points));
}

static OhmRecord *
bench_slots_make_record (Bench *self, guint meter, guint slot)
{
  g_autofree char *place = g_strdup_printf ("meter-%u", meter);
  OhmRecord *record = ohm_record_new (place, self->points);

  record->slot_us = FIRST_US + (slot + 1) * OHM_SLOT_US;
  record->read_us = record->slot_us + 300000;
  for (guint i = 0; i < 3; i++)
    {
      record->cells[i].real = 1000.0 * slot + i;
      record->qualities[i] = OHM_QUALITY_GOOD;
    }
  return record;
}

/* In the order of a site's life: all meters of a slot, then the next slot. */
static void
bench_slots_write (Bench *self)
{
  guint batch = BATCH_DAYS * 96;

  for (guint slot = 0; slot < self->year; slot += batch)
    {
      GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
      g_autoptr (GAsyncResult) result = NULL;

      for (guint i = slot; i < MIN (slot + batch, self->year); i++)
        for (guint meter = 0; meter < METERS; meter++)
          g_ptr_array_add (records, bench_slots_make_record (self, meter, i));
      ohm_store_append_async (self->store, records, bench_slots_on_ready, &result);
      g_assert_true (ohm_store_append_finish (self->store, bench_slots_wait (&result), NULL));
    }
}

static guint
bench_slots_read_month (Bench *self, guint meter)
{
  g_autofree char *place = g_strdup_printf ("meter-%u", meter);
  guint first = (self->year - MIN (MONTH, self->year)) / 2;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmStorePage) page = NULL;
  const OhmStoreQuery query = {
    .place = place,
    .from_us = FIRST_US + first * OHM_SLOT_US,
    .to_us = FIRST_US + (first + MONTH) * OHM_SLOT_US,
  };

  ohm_store_query_async (self->store, &query, NULL, bench_slots_on_ready, &result);
  page = ohm_store_query_finish (self->store, bench_slots_wait (&result), NULL);
  g_assert_nonnull (page);
  return page->records->len;
}

/* The same rows and columns, and nothing done with them. */
static guint
bench_slots_scan_month (Bench *self, guint meter)
{
  guint first = (self->year - MIN (MONTH, self->year)) / 2;
  gint64 begin = FIRST_US / OHM_SLOT_US + first;
  sqlite3_stmt *rows = NULL;
  sqlite3 *file = NULL;
  guint n = 0;

  g_assert_cmpint (sqlite3_open_v2 (self->path, &file, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (
    sqlite3_prepare_v2 (file,
                        "SELECT i.* FROM intervals AS i JOIN runs AS r ON r.number = i.run"
                        " JOIN places AS p ON p.number = r.place"
                        " WHERE p.id = 'meter-' || ? AND i.slot > ? AND i.slot <= ?",
                        -1, &rows, NULL),
    ==, SQLITE_OK);
  sqlite3_bind_int64 (rows, 1, meter);
  sqlite3_bind_int64 (rows, 2, begin);
  sqlite3_bind_int64 (rows, 3, begin + MONTH);
  while (sqlite3_step (rows) == SQLITE_ROW)
    {
      for (int i = 0; i < sqlite3_column_count (rows); i++)
        sqlite3_column_blob (rows, i);
      n++;
    }
  sqlite3_finalize (rows);
  sqlite3_close (file);
  return n;
}

/* Least time of one month of one meter, a different one each time. */
static double
bench_slots_measure (Bench *self, guint (*func) (Bench *self, guint meter))
{
  double least_ms = G_MAXDOUBLE;

  for (guint i = 0; i < RUNS; i++)
    {
      gint64 begin_us = bench_mono_us ();

      g_assert_cmpuint (func (self, i * 6), ==, MIN (MONTH, self->year));
      least_ms = MIN (least_ms, (double) (bench_mono_us () - begin_us) / 1e3);
    }
  return least_ms;
}

static void
bench_slots_run (Bench *self)
{
  gint64 begin_us;
  double query_ms;
  double scan_ms;
  double first_ms;

  bench_slots_open (self);
  begin_us = bench_mono_us ();
  bench_slots_write (self);
  bench_print ("slots.write",
               (double) METERS * self->year * 1e6 / (double) (bench_mono_us () - begin_us),
               "records/s");
  bench_slots_close (self);

  begin_us = bench_mono_us ();
  bench_slots_open (self);
  bench_print ("slots.open", (double) (bench_mono_us () - begin_us) / 1e3, "ms");
  begin_us = bench_mono_us ();
  bench_slots_read_month (self, METERS - 1);
  first_ms = (double) (bench_mono_us () - begin_us) / 1e3;
  query_ms = bench_slots_measure (self, bench_slots_read_month);
  bench_slots_close (self);
  /* the store has its file for itself */
  scan_ms = bench_slots_measure (self, bench_slots_scan_month);
  bench_print ("slots.month.first", first_ms, "ms");
  bench_print ("slots.month", query_ms, "ms");
  bench_print ("slots.month.scan", scan_ms, "ms");
  bench_print ("slots.month.ratio", query_ms / scan_ms, "times");
}

static void
bench_slots_remove (Bench *self)
{
  static const char *const ends[] = { "", "-wal", "-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *file = g_strconcat (self->path, ends[i], NULL);

      g_unlink (file);
    }
  g_rmdir (self->dir);
}

/* An argument is the number of days instead of a year, for a run that only has to work. */
int
main (int argc, char **argv)
{
  Bench bench = { .year = YEAR };
  guint64 days;

  if (argc > 1 && g_ascii_string_to_unsigned (argv[1], 10, 1, 365, &days, NULL))
    bench.year = (guint) days * 96;
  bench.dir = g_dir_make_tmp ("ohm-bench-XXXXXX", NULL);
  bench.path = g_build_filename (bench.dir, "slots.db", NULL);
  bench.clock = ohm_clock_new_manual (FIRST_US + (YEAR + 96) * OHM_SLOT_US, G_USEC_PER_SEC);
  bench.watcher = ohm_watcher_new (bench.clock, NULL);
  bench.bus = ohm_bus_new ();
  bench.points = bench_slots_make_points ();
  bench_slots_run (&bench);
  bench_slots_remove (&bench);
  g_object_unref (bench.bus);
  g_object_unref (bench.watcher);
  g_object_unref (bench.clock);
  ohm_point_set_unref (bench.points);
  g_free (bench.path);
  g_free (bench.dir);
  return 0;
}
