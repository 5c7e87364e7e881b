/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What happened: kept, found again by time, by what it is about and by its code. */

#include "config.h"

#include "ohm-store-private.h"

#include "store-fixture.h"

typedef OhmStoreFixture Fixture;

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static void
test_events_add (Fixture *self, const char *subject, const char *code, const char *text)
{
  g_autoptr (OhmMessage) message = ohm_message_new (code, "text", text, NULL);

  ohm_store_add_event (self->store, subject, message);
}

/* Ids of what is found, the newest first. */
static void
test_events_assert (Fixture *self, OhmStoreEventQuery query, const char *expected)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GString) found = g_string_new (NULL);

  if (query.max == 0)
    query.max = 10;
  ohm_store_query_events_async (self->store, &query, NULL, fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  for (guint i = 0; i < events->len; i++)
    g_string_append_printf (found, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "",
                            ((const OhmStoreEvent *) events->pdata[i])->id);
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_events_text (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const OhmStoreEvent *event;

  fixture_open (self);
  test_events_add (self, "clock", "clock-stepped", "it's \"2\"");
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 1 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (events->len, ==, 1);
  event = g_ptr_array_index (events, 0);
  g_assert_cmpint (event->time_us, ==, OHM_FIXTURE_T0_US);
  g_assert_cmpstr (event->subject, ==, "clock");
  g_assert_cmpstr (ohm_message_get_code (event->message), ==, "clock-stepped");
  g_assert_cmpstr (ohm_message_get_argument (event->message, "text"), ==, "it's \"2\"");
}

static void
test_events_fill (Fixture *self)
{
  fixture_open (self);
  test_events_add (self, "clock", "clock-stepped", "1");
  test_events_add (self, "places/main", "counter-reset", "2");
  fixture_pass (self, MINUTE_US);
  test_events_add (self, "meters/main", "clock-set", "3");
  test_events_add (self, "places/main-m1g2", "counter-reset", "4");
  fixture_pass (self, MINUTE_US);
  test_events_add (self, "uplinks/cloud", "uplink-partly", "5");
}

static void
test_events_pages (Fixture *self, gconstpointer data)
{
  test_events_fill (self);
  test_events_assert (self, (OhmStoreEventQuery){ .max = 2 }, "5 4");
  test_events_assert (self, (OhmStoreEventQuery){ .max = 2, .before = 4 }, "3 2");
  test_events_assert (self, (OhmStoreEventQuery){ .max = G_MAXUINT, .before = 2 }, "1");
  test_events_assert (self, (OhmStoreEventQuery){ .before = 1 }, "");
}

static void
test_events_filters (Fixture *self, gconstpointer data)
{
  const gint64 t0_us = OHM_FIXTURE_T0_US;

  test_events_fill (self);
  test_events_assert (self, (OhmStoreEventQuery){ .about = "main" }, "3 2");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "places/main" }, "2");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "clock" }, "1");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "cloud" }, "5");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "mai" }, "");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "%" }, "");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "" }, "");
  test_events_assert (self, (OhmStoreEventQuery){ .code = "counter-reset" }, "4 2");
  test_events_assert (self, (OhmStoreEventQuery){ .code = "counter-reset", .about = "main" }, "2");
  test_events_assert (self, (OhmStoreEventQuery){ .from_us = t0_us }, "5 4 3");
  test_events_assert (self, (OhmStoreEventQuery){ .to_us = t0_us }, "2 1");
  test_events_assert (self, (OhmStoreEventQuery){ .from_us = t0_us, .to_us = t0_us + MINUTE_US },
                      "4 3");
}

/* A new name finds what happened under the old one. */
static void
test_events_renamed (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  test_events_fill (self);
  g_assert_true (fixture_append (self, fixture_record ("main", OHM_FIXTURE_T0_US, 1, 1), NULL));
  ohm_store_rename_meter (self->store, "main", "incomer");
  ohm_store_rename_place_async (self->store, "main", "site", fixture_on_ready, &result);
  g_assert_true (ohm_store_rename_place_finish (self->store, fixture_wait (&result), NULL));
  test_events_assert (self, (OhmStoreEventQuery){ .about = "meters/incomer" }, "3");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "places/site" }, "2");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "main" }, "");
  test_events_assert (self, (OhmStoreEventQuery){ .about = "main-m1g2" }, "4");
}

/* An exchange is told of each place. */
static void
test_events_exchange (Fixture *self, gconstpointer data)
{
  const OhmReplacement replacement = { .place = "main", .serial = "it's new" };
  g_autoptr (GAsyncResult) replaced = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const OhmStoreEvent *event;
  g_autofree char *text = NULL;

  fixture_open (self);
  g_assert_true (fixture_append (self, fixture_record ("main", OHM_FIXTURE_T0_US, 1, 1), NULL));
  ohm_store_replace_async (self->store, &replacement, 1, fixture_on_ready, &replaced);
  runs = ohm_store_replace_finish (self->store, fixture_wait (&replaced), NULL);
  g_assert_cmpuint (runs->len, ==, 1);
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .about = "main", .max = 10 },
                                NULL, fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (events->len, ==, 1);
  event = g_ptr_array_index (events, 0);
  g_assert_cmpstr (event->subject, ==, "places/main");
  text = ohm_message_dup_text (event->message);
  g_assert_cmpstr (text, ==, "The meter was exchanged; the new one has serial it's new.");
}

#define ADD(path, test)                                                                            \
  g_test_add ("/store-events/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("text", test_events_text);
  ADD ("pages", test_events_pages);
  ADD ("filters", test_events_filters);
  ADD ("renamed", test_events_renamed);
  ADD ("exchange", test_events_exchange);
  return g_test_run ();
}
