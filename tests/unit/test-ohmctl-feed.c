/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohmctl-watch.h"

#include "ohm-test-bus.h"

typedef struct
{
  OhmTestBus *bus;
  OhmctlContext *context;
  OhmctlWatchModel *model;
  OhmctlWatchFeed *feed;
  guint n_batches;
} Fixture;

static void
fixture_on_batch (gpointer data)
{
  ((Fixture *) data)->n_batches++;
}

/* A daemon without any object: each call of the feed's is refused. */
static void
fixture_set_up (Fixture *fixture, gconstpointer unused)
{
  static const OhmctlWatchEvents events = { .batch = fixture_on_batch };

  fixture->bus = ohm_test_bus_new ();
  fixture->context = ohmctl_context_new ();
  fixture->context->bus = g_object_ref (fixture->bus->client);
  fixture->context->owner = g_strdup (g_dbus_connection_get_unique_name (fixture->bus->server));
  fixture->model = ohmctl_watch_model_new (fixture->context, (const char *const[]){ NULL });
  fixture->feed = ohmctl_watch_feed_new (fixture->context, fixture->model,
                                         (const char *const[]){ NULL }, 0, &events, fixture);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer unused)
{
  ohmctl_watch_feed_free (fixture->feed);
  ohmctl_watch_model_free (fixture->model);
  ohmctl_context_free (fixture->context);
  ohm_test_bus_free (fixture->bus);
}

static void
fixture_send (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (fixture->bus->server, /* destination */ NULL, OHM_DBUS_PATH,
                                 OHM_DBUS_NAME ".Manager", "Readings",
                                 g_variant_new_parsed ("(@a(ssxatayax) [],)"), &error);
  g_assert_no_error (error);
  ohm_test_bus_settle (fixture->bus);
}

static void
test_failed_start (Fixture *fixture, gconstpointer unused)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_free (fixture->context->owner);
      fixture->context->owner = g_strdup (g_dbus_connection_get_unique_name (fixture->bus->server));
      g_assert_false (ohmctl_watch_feed_start (fixture->feed, &error));
      g_assert_nonnull (error);
      /* the next daemon has another name on the bus */
      g_assert_null (fixture->context->owner);
    }
  fixture_send (fixture);
  g_assert_cmpuint (fixture->n_batches, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/ohmctl-feed/failed-start", Fixture, NULL, fixture_set_up, test_failed_start,
              fixture_tear_down);
  return g_test_run ();
}
