/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"
#include "ohm-delivery-samples.h"

#define S(n)  ((gint64) (n) *G_USEC_PER_SEC)
#define T0_US OHM_FIXTURE_T0_US

static const char *const test_points[] = { "voltage.l1-n", "power-active.total", "current.l1",
                                           "energy-active-import.total" };
static const char *const test_wanted[] = { "power-active.total", "voltage.l1-n", "frequency",
                                           NULL };

#define POWER 1

typedef struct
{
  OhmDeliveryFixture base;
  OhmPlaces *places;
  OhmPlan *plan;
  OhmTestEngine *engine; /* the base's */
  OhmDeliverySamples *samples;
} Fixture;

static void
fixture_begin (Fixture *self, gconstpointer data)
{
  OhmPlacesMeter meter = { .id = "main" };
  const OhmPlaceSpec spec = { .id = "incomer", .factor = 1 };

  fixture_delivery_set_up (&self->base, NULL);
  self->plan = ohm_plan_new ();
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    {
      OhmRegister row = { test_points[i], (guint16) (i * 2), OHM_FORMAT_F32,
                          .classes = OHM_READ_LIVE | OHM_READ_SLOT };

      g_assert_true (ohm_plan_add_register (self->plan, &row, NULL));
    }
  ohm_plan_seal (self->plan);
  self->places = ohm_places_new (self->base.base.store, self->base.base.bus);
  meter.plan = self->plan;
  meter.specs = &spec;
  meter.n_specs = 1;
  g_assert_true (ohm_places_update_meter (self->places, &meter, NULL));
  self->engine = self->base.engine;
}

static void
fixture_end (Fixture *self, gconstpointer data)
{
  if (self->samples != NULL)
    ohm_delivery_samples_stop (self->samples);
  g_clear_object (&self->samples);
  g_clear_object (&self->places);
  fixture_delivery_tear_down (&self->base, NULL);
  ohm_plan_unref (self->plan);
}

/* With a delivery that has nothing to deliver, unless there is one. */
static void
fixture_begin_samples (Fixture *self, gboolean is_live)
{
  OhmDeliverySamplesSetup setup = {
    .places = self->places,
    .bus = self->base.base.bus,
    .watcher = self->base.base.watcher,
    .settings = { .is_live = is_live,
                  .points = test_wanted,
                  .period_us = S (10),
                  .points_max = 100 },
  };

  if (self->base.delivery == NULL)
    fixture_delivery_start (&self->base);
  setup.delivery = self->base.delivery;
  self->samples = ohm_delivery_samples_new (&setup);
}

static void
test_emit (Fixture *self, double power)
{
  OhmReadingBuilder *builder = ohm_reading_builder_new ("main", ohm_plan_get_points (self->plan),
                                                        OHM_READ_LIVE, 1);
  g_autoptr (OhmReading) reading = NULL;

  ohm_reading_builder_begin_request (builder, ohm_clock_get_wall_us (self->base.base.clock));
  for (guint i = 0; i < G_N_ELEMENTS (test_points); i++)
    ohm_reading_builder_set_real (builder, i, i == POWER ? power : 230);
  reading = ohm_reading_builder_end (builder);
  ohm_bus_emit_reading (self->base.base.bus, reading);
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
  fixture_pass (&self->base.base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  fixture_pass (&self->base.base, S (10));
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
      fixture_pass (&self->base.base, S (10));
    }
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 0);
  fixture_pass (&self->base.base, S (6));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
  for (guint i = 0; i < 5; i++)
    {
      test_emit (self, 100 + i);
      fixture_pass (&self->base.base, S (20));
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
      fixture_pass (&self->base.base, S (10));
    }
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
  test_samples_assert_counts (self, 0, 4);
  ohm_test_engine_set_hanging (self->engine, FALSE);
  fixture_settle (&self->base.base);
  test_emit (self, 1);
  fixture_pass (&self->base.base, S (10));
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
  fixture_pass (&self->base.base, S (10));
  ohm_delivery_samples_stop (self->samples);
  g_clear_object (&self->samples);
  ohm_test_engine_set_hanging (self->engine, FALSE);
  fixture_pass (&self->base.base, S (60));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 1);
}

/* Not linked, or a place that is gone: nothing. */
static void
test_samples_nobody (Fixture *self, gconstpointer data)
{
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_UNCLAIMED, NULL, NULL);
  fixture_begin_samples (self, TRUE);
  test_emit (self, 1);
  fixture_pass (&self->base.base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
  ohm_uplink_set_claim (OHM_UPLINK (self->engine), OHM_CLAIM_CLAIMED, NULL, NULL);
  test_emit (self, 1);
  ohm_places_remove_meter (self->places, "main");
  fixture_pass (&self->base.base, S (10));
  test_emit (self, 1);
  fixture_pass (&self->base.base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
}

/* A reading every ten seconds. */
static void
test_samples_emit_for (Fixture *self, gint64 us)
{
  gint64 end_us = ohm_clock_get_mono_us (self->base.base.clock) + us;

  while (ohm_clock_get_mono_us (self->base.base.clock) < end_us)
    {
      test_emit (self, 1);
      fixture_delivery_pass (&self->base, S (10));
    }
}

/* A clock that was never sure: values of that time never go, and be it later. */
static void
test_samples_clock (Fixture *self, gconstpointer data)
{
  fixture_delivery_set_sure (&self->base, FALSE);
  fixture_begin_samples (self, TRUE);
  test_samples_emit_for (self, S (60));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 0);
  test_emit (self, 1);
  fixture_set_wall (&self->base.base, T0_US - S (17 * 86400));
  fixture_delivery_set_sure (&self->base, TRUE);
  fixture_delivery_pass (&self->base, S (60));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 0);
  test_emit (self, 1);
  fixture_set_wall (&self->base.base, T0_US);
  fixture_delivery_pass (&self->base, S (60));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 0);
  test_samples_emit_for (self, S (10));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
}

/* The same with means: a minute that began before the clock was set back. */
static void
test_samples_clock_trend (Fixture *self, gconstpointer data)
{
  fixture_begin_samples (self, FALSE);
  test_emit (self, 1);
  fixture_set_wall (&self->base.base, T0_US - S (17 * 86400));
  test_emit (self, 1);
  fixture_delivery_pass (&self->base, S (70));
  g_assert_cmpuint (ohm_test_engine_n_samples (self->engine), ==, 2);
  test_samples_assert_counts (self, 2, 2);
}

/* Nothing goes to a changed destination before a person said what it gets. */
static void
test_samples_destination (Fixture *self, gconstpointer data)
{
  fixture_delivery_start (&self->base);
  fixture_delivery_quarter (&self->base, 1);
  fixture_delivery_stop (&self->base);
  self->base.settings.fingerprint = "http://other.example.org";
  fixture_begin_samples (self, TRUE);
  test_samples_emit_for (self, S (60));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 0);
  ohm_delivery_confirm (self->base.delivery, /* is_from_start */ FALSE);
  fixture_delivery_settle (&self->base);
  test_samples_emit_for (self, S (10));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 1);
}

/* Quarter hours are answered so, and values would be taken. */
static OhmVerdict *
test_samples_refuse (OhmBatch *batch, gboolean *ret_is_stored, gpointer user_data)
{
  const OhmVerdict *meant = user_data;
  OhmVerdict *verdict = ohm_verdict_new (meant->kind, /* message */ NULL);

  verdict->retry_after_us = meant->retry_after_us;
  *ret_is_stored = FALSE;
  return verdict;
}

/* Returns: messages within 45 minutes after a quarter hour was answered so */
static guint
test_samples_count_after (Fixture *self, OhmVerdictKind kind, gint64 retry_after_us)
{
  OhmVerdict meant = { .kind = kind, .retry_after_us = retry_after_us };
  guint n;

  ohm_test_engine_set_func (self->engine, test_samples_refuse, &meant);
  fixture_begin_samples (self, TRUE);
  fixture_delivery_quarter (&self->base, 1);
  n = ohm_test_engine_n_messages (self->engine);
  test_samples_emit_for (self, S (2700));
  n = ohm_test_engine_n_messages (self->engine) - n;
  test_samples_emit_for (self, S (3600));
  ohm_test_engine_set_func (self->engine, NULL, NULL);
  return n;
}

static void
test_samples_asked (Fixture *self, gconstpointer data)
{
  g_assert_cmpuint (test_samples_count_after (self, OHM_VERDICT_TRANSIENT, S (7200)), ==, 0);
}

static void
test_samples_held (Fixture *self, gconstpointer data)
{
  g_assert_cmpuint (test_samples_count_after (self, OHM_VERDICT_AUTH, 0), ==, 0);
}

/* Values that are refused: an hour, unless a person stands by. */
static void
test_samples_refused (Fixture *self, gconstpointer data)
{
  fixture_begin_samples (self, TRUE);
  ohm_test_engine_set_samples_verdict (self->engine, OHM_VERDICT_AUTH, 0);
  test_samples_emit_for (self, S (3600));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 1);
  ohm_delivery_samples_send_now (self->samples);
  test_samples_emit_for (self, S (60));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 2);
  test_samples_emit_for (self, S (3900));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 3);
}

/* What the engine asked for is kept, whoever is in a hurry. */
static void
test_samples_refused_asked (Fixture *self, gconstpointer data)
{
  fixture_begin_samples (self, TRUE);
  ohm_test_engine_set_samples_verdict (self->engine, OHM_VERDICT_TRANSIENT, S (3600));
  test_samples_emit_for (self, S (60));
  ohm_delivery_samples_send_now (self->samples);
  test_samples_emit_for (self, S (3500));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 1);
  test_samples_emit_for (self, S (900));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 2);
}

/* How much waits is no reason. */
static void
test_samples_far_behind (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    fixture_delivery_record (&self->base);
  fixture_pass (&self->base.base, 20 * OHM_SLOT_US);
  fixture_begin_samples (self, TRUE);
  g_assert_cmpuint (fixture_delivery_view (&self->base).n_pending, >, 0);
  test_emit (self, 1);
  fixture_pass (&self->base.base, S (10));
  g_assert_cmpuint (ohm_test_engine_n_messages (self->engine), ==, 1);
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
  test_samples_add ("/delivery-samples/clock", test_samples_clock);
  test_samples_add ("/delivery-samples/clock-trend", test_samples_clock_trend);
  test_samples_add ("/delivery-samples/destination", test_samples_destination);
  test_samples_add ("/delivery-samples/asked", test_samples_asked);
  test_samples_add ("/delivery-samples/held", test_samples_held);
  test_samples_add ("/delivery-samples/refused", test_samples_refused);
  test_samples_add ("/delivery-samples/refused-asked", test_samples_refused_asked);
  test_samples_add ("/delivery-samples/far-behind", test_samples_far_behind);

  return g_test_run ();
}
