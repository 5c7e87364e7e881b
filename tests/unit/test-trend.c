/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-trend.h"

#include "store-fixture.h"

#include <math.h>
#include <string.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MINUTE_US (60 * SECOND_US)
#define T0_US     OHM_FIXTURE_T0_US

typedef struct
{
  OhmStoreFixture base;
  OhmPlaces *places;
  OhmTrend *trend;
  OhmPlan *plan;
} Fixture;

static const char *const test_points[] = {
  "voltage.l1-n", "power-active.total",         "current.l3",
  "current.l1",   "energy-active-import.total", "in1.power-active.total",
  "in1.volume",
};

#define VOLTAGE 0
#define POWER   1

static void
fixture_make_plan (Fixture *self)
{
  self->plan = ohm_plan_new ();
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    {
      OhmRegister row = { test_points[i], (guint16) (i * 2), OHM_FORMAT_F32,
                          .classes = OHM_READ_LIVE | OHM_READ_SLOT };

      g_assert_true (ohm_plan_add_register (self->plan, &row, NULL));
    }
  ohm_plan_seal (self->plan);
}

static void
fixture_add_meter (Fixture *self)
{
  OhmPlacesMeter meter = { .id = "main", .plan = self->plan };

  g_assert_true (ohm_places_update_meter (self->places, &meter, NULL));
}

static void
fixture_begin (Fixture *self, gconstpointer data)
{
  fixture_set_up (&self->base, NULL);
  fixture_make_plan (self);
  fixture_open (&self->base);
  self->places = ohm_places_new (self->base.store, self->base.bus);
  self->trend = ohm_trend_new (self->base.store, self->places, self->base.bus, self->base.watcher);
  fixture_add_meter (self);
}

static void
fixture_end (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->trend);
  g_clear_object (&self->places);
  fixture_tear_down (&self->base, NULL);
  ohm_plan_unref (self->plan);
}

/* All points of a meter, of which power has its own value. */
static void
test_emit (Fixture *self, gint64 time_us, double power)
{
  OhmReadingBuilder *builder = ohm_reading_builder_new ("main", ohm_plan_get_points (self->plan),
                                                        OHM_READ_LIVE, 1);
  g_autoptr (OhmReading) reading = NULL;

  ohm_reading_builder_begin_request (builder, time_us);
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    ohm_reading_builder_set_real (builder, i, i == POWER ? power : i);
  reading = ohm_reading_builder_end (builder);
  ohm_bus_emit_reading (self->base.bus, reading);
}

static GPtrArray *
test_query_range (Fixture *self, const char *place, gint64 from_us, gint64 to_us, guint max)
{
  OhmStoreQuery query = { place, from_us, to_us, max };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *rows;

  fixture_settle (&self->base);
  ohm_store_query_trend_async (self->base.store, &query, NULL, fixture_on_ready, &result);
  rows = ohm_store_query_trend_finish (self->base.store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return rows;
}

static GPtrArray *
test_query (Fixture *self, const char *place)
{
  return test_query_range (self, place, 0, T0_US * 2, 0);
}

static void
test_assert_point (const OhmTrendRow *row, guint i, guint count, const float *values)
{
  g_assert_cmpuint (row->values[i].count, ==, count);
  g_assert_cmpfloat_with_epsilon (row->values[i].min, values[0], 1e-4);
  g_assert_cmpfloat_with_epsilon (row->values[i].mean, values[1], 1e-4);
  g_assert_cmpfloat_with_epsilon (row->values[i].max, values[2], 1e-4);
}

static void
test_trend_minute (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  const OhmTrendRow *row;

  test_emit (self, T0_US, 100);
  test_emit (self, T0_US + 20 * SECOND_US, 400);
  test_emit (self, T0_US + 59 * SECOND_US, 250);
  test_emit (self, T0_US + 60 * SECOND_US, 7);
  ohm_trend_flush (self->trend);
  rows = test_query (self, "main");
  g_assert_cmpuint (rows->len, ==, 2);
  row = g_ptr_array_index (rows, 0);
  g_assert_cmpstr (row->place, ==, "main");
  g_assert_cmpint (row->minute_us, ==, T0_US);
  g_assert_cmpuint (row->n, ==, 4);
  test_assert_point (row, 0, 3, (const float[]){ 100, 250, 400 });
  row = g_ptr_array_index (rows, 1);
  g_assert_cmpint (row->minute_us, ==, T0_US + MINUTE_US);
  test_assert_point (row, 0, 1, (const float[]){ 7, 7, 7 });
}

/* Power and the phase currents first, then what gauges there are; never counters. */
static void
test_trend_chosen (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) inputs = NULL;
  const OhmTrendRow *row;
  const OhmPoint *points;
  guint n;

  test_emit (self, T0_US, 100);
  ohm_trend_flush (self->trend);
  rows = test_query (self, "main");
  row = g_ptr_array_index (rows, 0);
  points = ohm_point_set_get_points (row->points, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpstr (points[0].name, ==, "power-active.total");
  g_assert_cmpstr (points[1].name, ==, "current.l1");
  g_assert_cmpstr (points[2].name, ==, "current.l3");
  g_assert_cmpstr (points[3].name, ==, "voltage.l1-n");
  test_assert_point (row, 3, 1, (const float[]){ VOLTAGE, VOLTAGE, VOLTAGE });

  inputs = test_query (self, "main-in1");
  row = g_ptr_array_index (inputs, 0);
  points = ohm_point_set_get_points (row->points, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (points[0].name, ==, "in1.power-active.total");
}

/* At most ten seconds are lost at a power cut: what is written in between adds up. */
static void
test_trend_every_ten_seconds (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) early = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  test_emit (self, T0_US + SECOND_US, 100);
  fixture_pass (&self->base, 9 * SECOND_US);
  early = test_query_range (self, "main", 0, T0_US * 2, 0);
  g_assert_cmpuint (early->len, ==, 0);
  fixture_pass (&self->base, 2 * SECOND_US);
  g_clear_pointer (&early, g_ptr_array_unref);
  early = test_query (self, "main");
  g_assert_cmpuint (early->len, ==, 1);

  test_emit (self, T0_US + 11 * SECOND_US, 50);
  test_emit (self, T0_US + 12 * SECOND_US, 300);
  fixture_pass (&self->base, 11 * SECOND_US);
  rows = test_query (self, "main");
  g_assert_cmpuint (rows->len, ==, 1);
  test_assert_point (g_ptr_array_index (rows, 0), 0, 3, (const float[]){ 50, 150, 300 });
}

static void
test_trend_missing (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;

  test_emit (self, T0_US, (double) NAN);
  test_emit (self, T0_US + SECOND_US, 5);
  /* a reading that nobody answered */
  test_emit (self, 0, 1000);
  ohm_trend_flush (self->trend);
  rows = test_query (self, "main");
  g_assert_cmpuint (rows->len, ==, 1);
  test_assert_point (g_ptr_array_index (rows, 0), 0, 1, (const float[]){ 5, 5, 5 });
  test_assert_point (g_ptr_array_index (rows, 0), 3, 2, (const float[]){ 0, 0, 0 });
}

static void
test_trend_meter_gone (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;

  test_emit (self, T0_US, 100);
  ohm_places_remove_meter (self->places, "main");
  test_emit (self, T0_US + SECOND_US, 200);
  ohm_trend_flush (self->trend);
  rows = test_query (self, "main");
  g_assert_cmpuint (rows->len, ==, 1);
  test_assert_point (g_ptr_array_index (rows, 0), 0, 1, (const float[]){ 100, 100, 100 });
}

/* What waits for its commit does not bring a place back. */
static void
test_trend_place_purged (Fixture *self, gconstpointer data)
{
  const char *const ids[] = { "main", NULL };
  OhmStoreQuery query = { "main", 0, T0_US + MINUTE_US, 0 };
  g_autoptr (GAsyncResult) purged = NULL;
  g_autoptr (GAsyncResult) queried = NULL;
  g_autoptr (GError) error = NULL;

  test_emit (self, T0_US, 100);
  test_emit (self, T0_US + MINUTE_US, 200);
  ohm_places_remove_meter (self->places, "main");
  ohm_places_purge_async (self->places, ids, fixture_on_ready, &purged);
  g_assert_true (ohm_places_purge_finish (self->places, fixture_wait (&purged), &error));
  ohm_trend_flush (self->trend);
  fixture_settle (&self->base);
  ohm_store_query_trend_async (self->base.store, &query, NULL, fixture_on_ready, &queried);
  g_assert_null (ohm_store_query_trend_finish (self->base.store, fixture_wait (&queried), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}

static void
test_trend_pages (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;

  for (gint64 i = 0; i < 3000; i++)
    test_emit (self, T0_US + i * MINUTE_US, (double) i);
  ohm_trend_flush (self->trend);
  first = test_query_range (self, "main", T0_US + 1, T0_US + 2990 * MINUTE_US, 2000);
  g_assert_cmpuint (first->len, ==, 2000);
  g_assert_cmpint (((OhmTrendRow *) g_ptr_array_index (first, 0))->minute_us, ==,
                   T0_US + MINUTE_US);
  second = test_query_range (self, "main", T0_US + 2001 * MINUTE_US, T0_US + 2990 * MINUTE_US,
                             2000);
  g_assert_cmpuint (second->len, ==, 989);
}

static void
test_trend_unknown (Fixture *self, gconstpointer data)
{
  OhmStoreQuery query = { "nowhere", 0, T0_US, 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_store_query_trend_async (self->base.store, &query, NULL, fixture_on_ready, &result);
  g_assert_null (ohm_store_query_trend_finish (self->base.store, fixture_wait (&result), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}

static void
test_trend_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_begin, test, fixture_end);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_trend_add ("/trend/minute", test_trend_minute);
  test_trend_add ("/trend/chosen", test_trend_chosen);
  test_trend_add ("/trend/every-ten-seconds", test_trend_every_ten_seconds);
  test_trend_add ("/trend/missing", test_trend_missing);
  test_trend_add ("/trend/meter-gone", test_trend_meter_gone);
  test_trend_add ("/trend/place-purged", test_trend_place_purged);
  test_trend_add ("/trend/pages", test_trend_pages);
  test_trend_add ("/trend/unknown", test_trend_unknown);

  return g_test_run ();
}
