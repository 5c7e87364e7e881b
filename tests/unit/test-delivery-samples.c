/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-samples.h"
#include "ohm-test-engine.h"
#include "store-fixture.h"

#define S(n)  ((gint64) (n) *G_USEC_PER_SEC)
#define T0_US OHM_FIXTURE_T0_US

static const char *const test_points[] = { "voltage.l1-n", "power-active.total", "current.l1",
                                           "energy-active-import.total" };
static const char *const test_wanted[] = { "power-active.total", "voltage.l1-n", "frequency",
                                           NULL };

#define POWER 1

typedef struct
{
  OhmStoreFixture base;
  OhmPlaces *places;
  OhmPlan *plan;
  OhmTestEngine *engine;
  OhmDeliverySamples *samples;
} Fixture;

static void
fixture_begin (Fixture *self, gconstpointer data)
{
  OhmPlacesMeter meter = { .id = "main" };
  const OhmPlaceSpec spec = { .id = "incomer", .factor = 1 };

  fixture_set_up (&self->base, NULL);
  fixture_open (&self->base);
  self->plan = ohm_plan_new ();
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    {
      OhmRegister row = { test_points[i], (guint16) (i * 2), OHM_FORMAT_F32,
                          .classes = OHM_READ_LIVE | OHM_READ_SLOT };

      g_assert_true (ohm_plan_add_register (self->plan, &row, NULL));
    }
  ohm_plan_seal (self->plan);
  self->places = ohm_places_new (self->base.store, self->base.bus);
  meter.plan = self->plan;
  meter.specs = &spec;
  meter.n_specs = 1;
  g_assert_true (ohm_places_update_meter (self->places, &meter, NULL));
  self->engine = ohm_test_engine_new ("office", self->base.clock, OHM_UPLINK_IDEMPOTENT);
}

static void
fixture_end (Fixture *self, gconstpointer data)
{
  if (self->samples != NULL)
    ohm_delivery_samples_stop (self->samples);
  g_clear_object (&self->samples);
  g_clear_object (&self->engine);
  g_clear_object (&self->places);
  fixture_tear_down (&self->base, NULL);
  ohm_plan_unref (self->plan);
}

static void
fixture_begin_samples (Fixture *self, gboolean is_live)
{
  const OhmDeliverySamplesSetup setup = {
    .uplink = OHM_UPLINK (self->engine),
    .places = self->places,
    .bus = self->base.bus,
    .watcher = self->base.watcher,
    .settings = { .is_live = is_live,
                  .points = test_wanted,
                  .period_us = S (10),
                  .points_max = 100 },
  };

  self->samples = ohm_delivery_samples_new (&setup);
}

static void
test_emit (Fixture *self, double power)
{
  OhmReadingBuilder *builder = ohm_reading_builder_new ("main", ohm_plan_get_points (self->plan),
                                                        OHM_READ_LIVE, 1);
  g_autoptr (OhmReading) reading = NULL;

  ohm_reading_builder_begin_request (builder, ohm_clock_get_wall_us (self->base.clock));
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    ohm_reading_builder_set_real (builder, i, i == POWER ? power : 230);
  reading = ohm_reading_builder_end (builder);
  ohm_bus_emit_reading (self->base.bus, reading);
}

static void
test_samples_assert_counts (Fixture *self, guint64 n_sent, guint64 n_dropped)
{
  guint64 sent = 0;
  guint64 dropped = 0;

  ohm_delivery_samples_get_counts (self->samples, &sent, &dropped);
  g_assert_cmpuint (sent, ==, n_sent);
  g_assert_cmpuint (dropped, ==, n_dropped);
}

/* The newest value of each chosen point, once a period; nothing where nothing came. */
static void
test_samples_live (Fixture *self, gconstpointer data)
{
  fixture_begin_samples (self, TRUE);
  for (guint i = 0; i < 4; i++)
    test_emit (self, 100 + i);
  fixture_pass (&self->base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  fixture_pass (&self->base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  test_samples_assert_counts (self, 2, 0);
}

/* The mean of each minute, shortly after its end. */
static void
test_samples_trend (Fixture *self, gconstpointer data)
{
  fixture_begin_samples (self, FALSE);
  for (guint i = 0; i < 6; i++)
    {
      test_emit (self, 100 + i);
      fixture_pass (&self->base, S (10));
    }
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 0);
  fixture_pass (&self->base, S (6));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
  for (guint i = 0; i < 5; i++)
    {
      test_emit (self, 100 + i);
      fixture_pass (&self->base, S (20));
    }
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 4);
  test_samples_assert_counts (self, 4, 0);
}

/* One message on its way: what comes meanwhile is dropped. */
static void
test_samples_busy (Fixture *self, gconstpointer data)
{
  ohm_test_engine_set_hanging (self->engine, TRUE);
  fixture_begin_samples (self, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      test_emit (self, 100 + i);
      fixture_pass (&self->base, S (10));
    }
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  test_samples_assert_counts (self, 0, 4);
  ohm_test_engine_set_hanging (self->engine, FALSE);
  fixture_settle (&self->base);
  test_emit (self, 1);
  fixture_pass (&self->base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 2);
  test_samples_assert_counts (self, 4, 4);
}

/* Ended with a message on its way. */
static void
test_samples_stop (Fixture *self, gconstpointer data)
{
  ohm_test_engine_set_hanging (self->engine, TRUE);
  fixture_begin_samples (self, TRUE);
  test_emit (self, 1);
  fixture_pass (&self->base, S (10));
  ohm_delivery_samples_stop (self->samples);
  g_clear_object (&self->samples);
  ohm_test_engine_set_hanging (self->engine, FALSE);
  fixture_pass (&self->base, S (60));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
}

/* Not linked, or a place that is gone: nothing. */
static void
test_samples_nobody (Fixture *self, gconstpointer data)
{
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_UNCLAIMED, NULL, NULL);
  fixture_begin_samples (self, TRUE);
  test_emit (self, 1);
  fixture_pass (&self->base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_CLAIMED, NULL, NULL);
  test_emit (self, 1);
  ohm_places_remove_meter (self->places, "main");
  fixture_pass (&self->base, S (10));
  test_emit (self, 1);
  fixture_pass (&self->base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
}

static void
test_samples_add (const char *path, void (*func) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_begin, func, fixture_end);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_samples_add ("/delivery-samples/live", test_samples_live);
  test_samples_add ("/delivery-samples/trend", test_samples_trend);
  test_samples_add ("/delivery-samples/busy", test_samples_busy);
  test_samples_add ("/delivery-samples/stop", test_samples_stop);
  test_samples_add ("/delivery-samples/nobody", test_samples_nobody);

  return g_test_run ();
}
