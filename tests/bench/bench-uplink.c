/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The delivery of an uplink: a month of 32 meters without a cloud, drained at the pace that is
 * allowed while the newest slot goes first; the same as fast as a receiver in memory takes it; and
 * when a thousand gateways would come. Time is simulated but for the rate. */

#include "config.h"

#include <glib/gstdio.h>

#include "bench-util.h"
#include "ohm-delivery-schedule.h"
#include "ohm-delivery.h"
#include "ohm-test-batch.h"
#include "ohm-test-engine.h"

#define METERS   32
#define GATEWAYS 1000
#define DELAY_US (60 * G_USEC_PER_SEC)
#define SPREAD_S 600
#define WINDOW_S 10

/* 2026-01-01T00:00:00Z */
#define FIRST_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

typedef struct
{
  char *dir;
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmBus *bus;
  OhmStore *store;
  OhmPointSet *points;
  OhmTestEngine *engine;
  OhmDelivery *delivery;
  guint n_slots;
  gboolean is_down;
  GArray *times_us; /* (element-type gint64): of what was taken; monotonic */
  gint64 live_slot_us;
  gint64 live_us; /* when it came */
} Bench;

static void
bench_uplink_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
bench_uplink_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

/* All that follows from now, on both threads: queries go behind commits. */
static void
bench_uplink_settle (Bench *self)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      OhmStoreStats stats;

      while (g_main_context_iteration (NULL, FALSE))
        ;
      ohm_store_get_stats_async (self->store, NULL, bench_uplink_on_ready, &result);
      ohm_store_get_stats_finish (self->store, bench_uplink_wait (&result), &stats, NULL);
    }
}

static void
bench_uplink_pass (Bench *self, gint64 us)
{
  gint64 end_us = ohm_clock_get_mono_us (self->clock) + us;
  gint64 now_us;

  bench_uplink_settle (self);
  while ((now_us = ohm_clock_get_mono_us (self->clock)) < end_us)
    {
      gint64 next_us = ohm_clock_get_next (self->clock);

      next_us = next_us < 0 ? end_us : CLAMP (next_us, now_us, end_us);
      ohm_clock_move (self->clock, ohm_clock_get_wall_us (self->clock) + next_us - now_us, next_us);
      bench_uplink_settle (self);
    }
}

static OhmVerdict *
bench_uplink_answer (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  Bench *self = user_data;
  gint64 now_us = ohm_clock_get_mono_us (self->clock);
  guint n = 0;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);

  *ret_is_stored = !self->is_down;
  if (self->is_down)
    return ohm_verdict_new (OHM_VERDICT_TRANSIENT, /* message */ NULL);
  g_array_append_val (self->times_us, now_us);
  if (items[0].record->slot_us == self->live_slot_us && self->live_us == 0)
    self->live_us = now_us;
  return ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
}

static OhmVerdict *
bench_uplink_answer_only (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  *ret_is_stored = FALSE;
  return ohm_verdict_new (OHM_VERDICT_ACCEPTED, /* message */ NULL);
}

static void
bench_uplink_begin_delivery (Bench *self, const char *id, gint64 pace_us)
{
  OhmDeliverySetup setup = {
    .store = self->store,
    .bus = self->bus,
    .watcher = self->watcher,
    .settings = { .has_live_first = TRUE,
                  .points_max = 2000,
                  .bytes_max = 1 << 20,
                  .pace_us = pace_us,
                  .delay_us = DELAY_US,
                  .spread_us = SPREAD_S * G_GINT64_CONSTANT (1000000),
                  .fingerprint = "memory" },
  };

  self->engine = ohm_test_engine_new (id, self->clock, OHM_UPLINK_IDEMPOTENT);
  setup.uplink = OHM_UPLINK (self->engine);
  self->delivery = ohm_delivery_new (&setup);
}

static void
bench_uplink_end_delivery (Bench *self)
{
  ohm_delivery_stop (self->delivery);
  g_clear_object (&self->delivery);
  g_clear_object (&self->engine);
}

static void
bench_uplink_begin (Bench *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autofree char *path = NULL;
  OhmPoint points[3];

  self->dir = g_dir_make_tmp ("ohm-bench-XXXXXX", NULL);
  path = g_build_filename (self->dir, "store.db", NULL);
  self->clock = ohm_clock_new_manual (FIRST_US, G_USEC_PER_SEC);
  self->watcher = ohm_watcher_new (self->clock, NULL);
  self->bus = ohm_bus_new ();
  self->times_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  ohm_point_parse ("energy-active-net.total", NULL, FALSE, &points[0], NULL);
  ohm_point_parse ("energy-active-import.total", NULL, FALSE, &points[1], NULL);
  ohm_point_parse ("energy-active-export.total", NULL, FALSE, &points[2], NULL);
  self->points = ohm_point_set_intern (points, G_N_ELEMENTS (points));
  self->store = ohm_store_new (path, self->bus, self->watcher, NULL);
  ohm_store_open_async (self->store, NULL, bench_uplink_on_ready, &result);
  content = ohm_store_open_finish (self->store, bench_uplink_wait (&result), NULL);
  g_assert_nonnull (content);
}

static void
bench_uplink_end (Bench *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  ohm_store_close_async (self->store, bench_uplink_on_ready, &result);
  ohm_store_close_finish (self->store, bench_uplink_wait (&result), NULL);
  g_clear_object (&result);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&self->store);
  g_array_unref (self->times_us);
  ohm_point_set_unref (self->points);
  g_object_unref (self->bus);
  g_object_unref (self->watcher);
  g_object_unref (self->clock);
  dir = g_dir_open (self->dir, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (self->dir, name, NULL);

      g_remove (child);
    }
  g_rmdir (self->dir);
  g_free (self->dir);
}

static void
bench_uplink_record_slot (Bench *self)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (GAsyncResult) result = NULL;

  self->n_slots++;
  for (guint meter = 0; meter < METERS; meter++)
    {
      g_autofree char *place = g_strdup_printf ("meter-%u", meter);
      OhmRecord *record = ohm_record_new (place, self->points);

      record->slot_us = FIRST_US + self->n_slots * OHM_SLOT_US;
      record->read_us = record->slot_us + 300000;
      for (guint i = 0; i < 3; i++)
        {
          record->cells[i].real = 1000.0 * self->n_slots + i;
          record->qualities[i] = OHM_QUALITY_GOOD;
        }
      g_ptr_array_add (records, record);
    }
  ohm_store_append_async (self->store, records, bench_uplink_on_ready, &result);
  g_assert_true (ohm_store_append_finish (self->store, bench_uplink_wait (&result), NULL));
}

/* Requests of the fullest second. */
static guint
bench_uplink_count_fullest (Bench *self)
{
  const gint64 *times_us = (const gint64 *) (gconstpointer) self->times_us->data;
  guint fullest = 0;
  guint first = 0;

  for (guint i = 0; i < self->times_us->len; i++)
    {
      while (times_us[i] - times_us[first] >= G_USEC_PER_SEC)
        first++;
      fullest = MAX (fullest, i + 1 - first);
    }
  return fullest;
}

/* Days without a cloud, and then it is there again, just before a slot is to be sent. */
static void
bench_uplink_drain (Bench *self, guint days)
{
  gint64 offset_us = ohm_delivery_offset_us (OHM_TEST_GATEWAY, DELAY_US,
                                             SPREAD_S * G_GINT64_CONSTANT (1000000));
  OhmDeliveryView view;
  OhmStoreStats stats;
  g_autoptr (GAsyncResult) result = NULL;
  gint64 due_us;

  self->is_down = TRUE;
  bench_uplink_begin_delivery (self, "month", 2 * G_USEC_PER_SEC);
  ohm_test_engine_set_func (self->engine, bench_uplink_answer, self);
  for (guint i = 0; i < days * 96; i++)
    {
      bench_uplink_pass (self, OHM_SLOT_US);
      bench_uplink_record_slot (self);
    }
  self->is_down = FALSE;
  self->live_slot_us = FIRST_US + self->n_slots * OHM_SLOT_US;
  bench_uplink_pass (self, offset_us - 5 * G_USEC_PER_SEC);
  due_us = ohm_clock_get_mono_us (self->clock) + 5 * G_USEC_PER_SEC;
  ohm_delivery_send_now (self->delivery);
  do
    {
      bench_uplink_pass (self, G_USEC_PER_SEC);
      ohm_delivery_get_view (self->delivery, &view);
    }
  while (view.n_pending > 0);
  g_assert_cmpint (self->live_us, >, 0);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, self->n_slots * METERS * 3);
  bench_print ("uplink.drain",
               (double) (g_array_index (self->times_us, gint64, self->times_us->len - 1) -
                         g_array_index (self->times_us, gint64, 0)) /
                 G_USEC_PER_SEC,
               "s");
  bench_print ("uplink.drain.rate", bench_uplink_count_fullest (self), "1/s");
  bench_print ("uplink.drain.live", (double) (self->live_us - due_us) / G_USEC_PER_SEC, "s");
  ohm_store_get_stats_async (self->store, NULL, bench_uplink_on_ready, &result);
  ohm_store_get_stats_finish (self->store, bench_uplink_wait (&result), &stats, NULL);
  bench_print ("uplink.disk", (double) stats.size_bytes / 1e6, "MB");
  bench_uplink_end_delivery (self);
}

/* Reading, handing over and committing, with nothing to wait for. */
static void
bench_uplink_rate (Bench *self)
{
  guint n_records = self->n_slots * METERS;
  OhmDeliveryView view;
  gint64 begin_us;

  bench_uplink_begin_delivery (self, "fast", 0);
  ohm_test_engine_set_func (self->engine, bench_uplink_answer_only, self);
  begin_us = bench_mono_us ();
  ohm_delivery_send_now (self->delivery);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      ohm_delivery_get_view (self->delivery, &view);
      if (view.acked == 0)
        ohm_delivery_send_now (self->delivery);
    }
  while (view.n_points < n_records * 3);
  bench_print ("uplink.rate", n_records / ((double) (bench_mono_us () - begin_us) / G_USEC_PER_SEC),
               "records/s");
  bench_uplink_settle (self);
  bench_uplink_end_delivery (self);
}

/* How many of a thousand gateways come within the fullest 10 s, against the mean of the spread. */
static void
bench_uplink_fleet (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  guint n_in[SPREAD_S] = { 0 };
  guint fullest = 0;

  for (guint i = 0; i < GATEWAYS; i++)
    {
      g_autofree char *gateway = g_strdup_printf ("%08x-0000-4000-8000-%08x0000",
                                                  g_rand_int (random), g_rand_int (random));
      gint64 offset_us = ohm_delivery_offset_us (gateway, DELAY_US,
                                                 SPREAD_S * G_GINT64_CONSTANT (1000000));

      n_in[(offset_us - DELAY_US) / G_USEC_PER_SEC]++;
    }
  for (guint i = 0; i + WINDOW_S <= SPREAD_S; i++)
    {
      guint n = 0;

      for (guint second = i; second < i + WINDOW_S; second++)
        n += n_in[second];
      fullest = MAX (fullest, n);
    }
  bench_print ("uplink.fleet", (double) fullest * SPREAD_S / (GATEWAYS * WINDOW_S), "times");
}

int
main (int argc, char **argv)
{
  Bench self = { 0 };

  bench_uplink_begin (&self);
  bench_uplink_drain (&self, argc > 1 ? (guint) g_ascii_strtoull (argv[1], NULL, 10) : 30);
  bench_uplink_rate (&self);
  bench_uplink_end (&self);
  bench_uplink_fleet ();
  return 0;
}
