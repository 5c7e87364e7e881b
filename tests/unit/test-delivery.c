/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "delivery-fixture.h"

typedef void (*DeliveryTest) (OhmDeliveryFixture *, gconstpointer);

static void
test_delivery_add (const char *path, DeliveryTest func)
{
  g_test_add (path, OhmDeliveryFixture, NULL, fixture_delivery_set_up, func,
              fixture_delivery_tear_down);
}

/* Nothing goes before the schedule says so; then each slot, and once more with the next one. */
static void
test_delivery_plain (OhmDeliveryFixture *self, gconstpointer data)
{
  OhmDeliveryView view;

  fixture_delivery_start (self);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.state, ==, OHM_DELIVERY_OK);
  g_assert_cmpint (view.acked, ==, 0);
  g_assert_cmpint (view.next_us, >, OHM_FIXTURE_T0_US + 60 * G_USEC_PER_SEC);
  g_assert_cmpint (view.next_us, <, OHM_FIXTURE_T0_US + 660 * G_USEC_PER_SEC);
  fixture_delivery_pass (self, OHM_SLOT_US);
  fixture_delivery_record (self);
  view = fixture_delivery_view (self);
  g_assert_cmpuint (view.n_pending, ==, 2);
  g_assert_cmpuint (ohm_test_engine_n_requests (self->engine), ==, 0);
  fixture_delivery_pass (self, OHM_SLOT_US - G_USEC_PER_SEC);
  fixture_delivery_assert_once (self);
  view = fixture_delivery_view (self);
  g_assert_cmpuint (view.n_pending, ==, 0);
  g_assert_cmpint (view.acked, ==, 2);
  g_assert_cmpint (view.settled, ==, 0);
  g_assert_cmpint (view.delivered_us, ==, OHM_FIXTURE_T0_US + OHM_SLOT_US);
  g_assert_cmpint (view.success_us, >, OHM_FIXTURE_T0_US);
  g_assert_cmpuint (view.n_requests, ==, 1);
  g_assert_cmpuint (view.n_points, ==, 6);
  g_assert_cmpuint (view.n_bytes, ==, 60);
  fixture_delivery_quarter (self, 1);
  view = fixture_delivery_view (self);
  g_assert_cmpint (view.acked, ==, 4);
  g_assert_cmpint (view.settled, ==, 2);
  g_assert_cmpuint (view.n_requests, ==, 2);
  fixture_delivery_assert_complete (self);
}

/* What is durable goes once. */
static void
test_delivery_durable (OhmDeliveryFixture *self, gconstpointer data)
{
  self->settings.has_overlap = FALSE;
  fixture_delivery_start (self);
  fixture_delivery_quarter (self, 5);
  fixture_delivery_assert_once (self);
  g_assert_cmpint (fixture_delivery_view (self).settled, ==, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_delivery_add ("/delivery/plain", test_delivery_plain);
  test_delivery_add ("/delivery/durable", test_delivery_durable);

  return g_test_run ();
}
