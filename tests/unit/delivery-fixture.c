/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"

#include <string.h>

static gboolean fixture_clock_is_unsure;

/* Goes before the library's own, whose manual clock is always sure. */
gboolean
ohm_clock_is_synchronized (OhmClock *clock)
{
  return !fixture_clock_is_unsure;
}

void
fixture_delivery_set_sure (OhmDeliveryFixture *self, gboolean is_sure)
{
  fixture_clock_is_unsure = !is_sure;
  if (self->delivery == NULL)
    return;
  ohm_delivery_go_on (self->delivery);
  fixture_delivery_settle (self);
}

void
fixture_delivery_set_flags (OhmDeliveryFixture *self, guint flags)
{
  g_clear_object (&self->engine);
  self->engine = ohm_test_engine_new ("office", self->base.clock, flags);
}

void
fixture_delivery_set_up (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_set_up (&self->base, data);
  fixture_open (&self->base);
  fixture_clock_is_unsure = FALSE;
  self->n_places = 2;
  self->slot_us = OHM_FIXTURE_T0_US;
  self->expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->settings = (OhmDeliverySettings){
    .has_overlap = TRUE,
    .has_live_first = TRUE,
    .points_max = 2000,
    .bytes_max = 1 << 20,
    .pace_us = 2 * G_USEC_PER_SEC,
    .delay_us = 60 * G_USEC_PER_SEC,
    .spread_us = 600 * G_USEC_PER_SEC,
    .fingerprint = "http://engine.example.org",
  };
  fixture_delivery_set_flags (self, OHM_FIXTURE_FLAGS);
}

void
fixture_delivery_tear_down (OhmDeliveryFixture *self, gconstpointer data)
{
  fixture_delivery_stop (self);
  g_clear_object (&self->engine);
  g_hash_table_unref (self->expected);
  fixture_tear_down (&self->base, data);
}

void
fixture_delivery_start_only (OhmDeliveryFixture *self)
{
  const OhmDeliverySetup setup = {
    .uplink = OHM_UPLINK (self->engine),
    .store = self->base.store,
    .bus = self->base.bus,
    .watcher = self->base.watcher,
    .settings = self->settings,
  };

  g_assert_null (self->delivery);
  self->delivery = ohm_delivery_new (&setup);
}

void
fixture_delivery_start (OhmDeliveryFixture *self)
{
  fixture_delivery_start_only (self);
  fixture_delivery_settle (self);
}

void
fixture_delivery_stop (OhmDeliveryFixture *self)
{
  if (self->delivery == NULL)
    return;
  ohm_delivery_stop (self->delivery);
  ohm_delivery_stop (self->delivery);
  g_clear_object (&self->delivery);
  fixture_settle (&self->base);
}

void
fixture_delivery_settle (OhmDeliveryFixture *self)
{
  while (self->delivery != NULL && (self->delivery->is_busy || self->delivery->is_counting))
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (self->delivery != NULL && (self->delivery->is_busy || self->delivery->is_counting))
    fixture_delivery_settle (self);
}

void
fixture_delivery_pass (OhmDeliveryFixture *self, gint64 us)
{
  gint64 end_us = ohm_clock_get_mono_us (self->base.clock) + us;
  gint64 now_us;

  fixture_delivery_settle (self);
  while ((now_us = ohm_clock_get_mono_us (self->base.clock)) < end_us)
    {
      gint64 next_us = ohm_clock_get_next (self->base.clock);

      next_us = next_us < 0 ? end_us : CLAMP (next_us, now_us, end_us);
      ohm_clock_move (self->base.clock, ohm_clock_get_wall_us (self->base.clock) + next_us - now_us,
                      next_us);
      fixture_delivery_settle (self);
    }
}

static void
fixture_delivery_expect (OhmDeliveryFixture *self, const OhmRecord *record)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);

  for (guint i = 0; i < n; i++)
    {
      double value = points[i].is_integer ? (double) record->cells[i].integer
                                          : record->cells[i].real;

      g_hash_table_insert (self->expected,
                           g_strdup_printf ("%s/%s/%" G_GINT64_FORMAT, record->place,
                                            points[i].name, record->slot_us),
                           g_memdup2 (&value, sizeof value));
    }
}

gboolean
fixture_delivery_try_record (OhmDeliveryFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  self->slot_us += OHM_SLOT_US;
  self->n_slots++;
  for (guint i = 0; i < self->n_places; i++)
    {
      g_autofree char *place = g_strdup_printf ("p%u", i);
      double import = 1000.0 * i + self->n_slots;
      OhmRecord *record = fixture_record (place, self->slot_us, import, 7 * (gint64) self->n_slots);

      fixture_delivery_expect (self, record);
      g_ptr_array_add (records, record);
    }
  ohm_store_append_async (self->base.store, records, fixture_on_ready, &result);
  return ohm_store_append_finish (self->base.store, fixture_wait (&result), /* error */ NULL);
}

void
fixture_delivery_record (OhmDeliveryFixture *self)
{
  g_assert_true (fixture_delivery_try_record (self));
}

void
fixture_delivery_quarter (OhmDeliveryFixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      gint64 wall_us = ohm_clock_get_wall_us (self->base.clock);

      fixture_delivery_pass (self, OHM_SLOT_US - wall_us % OHM_SLOT_US);
      fixture_delivery_record (self);
      fixture_delivery_pass (self, 14 * 60 * G_USEC_PER_SEC);
    }
}

static guint
fixture_delivery_check_row (OhmDeliveryFixture *self, const char *key, double expected)
{
  g_auto (GStrv) parts = g_strsplit (key, "/", 3);
  double value = 0;
  guint n = ohm_test_engine_get_row (self->engine, parts[0], parts[1],
                                     g_ascii_strtoll (parts[2], NULL, 10), &value);

  if (n > 0)
    g_assert_cmpfloat_with_epsilon (value, expected, 1e-9);
  return n;
}

guint
fixture_delivery_n_missing (OhmDeliveryFixture *self)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->expected);
  while (g_hash_table_iter_next (&iter, &key, &value))
    n += fixture_delivery_check_row (self, key, *(double *) value) == 0;
  return n;
}

void
fixture_delivery_assert_complete (OhmDeliveryFixture *self)
{
  g_assert_cmpuint (fixture_delivery_n_missing (self), ==, 0);
  g_assert_cmpuint (ohm_test_engine_n_rows (self->engine), ==, g_hash_table_size (self->expected));
}

void
fixture_delivery_assert_once (OhmDeliveryFixture *self)
{
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  fixture_delivery_assert_complete (self);
  g_hash_table_iter_init (&iter, self->expected);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_cmpuint (fixture_delivery_check_row (self, key, *(double *) value), ==, 1);
}

OhmDeliveryView
fixture_delivery_view (OhmDeliveryFixture *self)
{
  OhmDeliveryView view;

  fixture_delivery_settle (self);
  ohm_delivery_get_view (self->delivery, &view);
  return view;
}

const char *
fixture_delivery_code (OhmDeliveryFixture *self)
{
  OhmDeliveryView view = fixture_delivery_view (self);

  return view.message != NULL ? ohm_message_get_code (view.message) : "";
}

guint
fixture_delivery_n_events (OhmDeliveryFixture *self, const char *code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  guint n = 0;

  ohm_store_query_events_async (self->base.store, &(OhmStoreEventQuery){ .max = 1000 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->base.store, fixture_wait (&result), NULL);
  for (guint i = 0; i < events->len; i++)
    {
      const OhmStoreEvent *event = g_ptr_array_index (events, i);

      n += strcmp (ohm_message_get_code (event->message), code) == 0;
    }
  return n;
}

gint64
fixture_delivery_item_quarter (OhmBatch *batch, guint i)
{
  guint n = 0;

  return (ohm_batch_get_items (batch, &n)[i].record->slot_us - OHM_FIXTURE_T0_US) / OHM_SLOT_US;
}
