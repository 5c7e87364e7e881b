/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-bus.h"
#include "ohm-signals.h"

typedef struct
{
  OhmBus *bus;
  GString *heard;
  GObject *other; /* (nullable): used by some handlers */
} TestBusFixture;

static TestBusFixture fixture;

static GObject *
test_bus_new_owner (const char *name)
{
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);

  g_object_set_data (owner, "name", (gpointer) (guintptr) name);
  return owner;
}

static void
test_bus_setup (void)
{
  fixture.bus = ohm_bus_new ();
  fixture.heard = g_string_new (NULL);
  fixture.other = NULL;
}

static void
test_bus_assert_heard (const char *expected)
{
  g_assert_cmpstr (fixture.heard->str, ==, expected);
  g_string_truncate (fixture.heard, 0);
}

static void
test_bus_teardown (void)
{
  g_clear_object (&fixture.other);
  g_assert_finalize_object (fixture.bus);
  g_string_free (fixture.heard, TRUE);
}

static void
test_bus_note (const OhmChange *change, gpointer owner)
{
  g_string_append_printf (fixture.heard, "%s:%s ", (const char *) g_object_get_data (owner, "name"),
                          change->id);
}

static void
test_bus_emit (const char *id)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, FALSE);

  ohm_bus_emit_meter_changed (fixture.bus, change);
}

static void
test_bus_delivers (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GObject) b = test_bus_new_owner ("b");
  g_autoptr (OhmChange) link = ohm_change_new ("l", TRUE);

  test_bus_setup ();
  test_bus_emit ("0");
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_note, a);
  ohm_bus_connect_meter_changed (fixture.bus, "b", test_bus_note, b);
  test_bus_emit ("1");
  ohm_bus_emit_link_changed (fixture.bus, link);
  test_bus_assert_heard ("a:1 b:1 ");
  ohm_bus_connect_link_changed (fixture.bus, "b", test_bus_note, b);
  ohm_bus_emit_link_changed (fixture.bus, link);
  test_bus_emit ("2");
  test_bus_assert_heard ("b:l a:2 b:2 ");
  ohm_bus_disconnect (fixture.bus, b);
  ohm_bus_emit_link_changed (fixture.bus, link);
  test_bus_emit ("3");
  test_bus_assert_heard ("a:3 ");
  test_bus_teardown ();
}

static void
test_bus_ends_with_owner (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  GObject *b = test_bus_new_owner ("b");

  test_bus_setup ();
  ohm_bus_connect_meter_changed (fixture.bus, "b", test_bus_note, b);
  ohm_bus_connect_meter_changed (fixture.bus, "b again", test_bus_note, b);
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_note, a);
  test_bus_emit ("1");
  test_bus_assert_heard ("b:1 b:1 a:1 ");
  g_assert_finalize_object (b);
  test_bus_emit ("2");
  test_bus_assert_heard ("a:2 ");
  test_bus_teardown ();
}

/* The bus goes first: its owners must not call back into it. */
static void
test_bus_owner_outlives (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");

  test_bus_setup ();
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_note, a);
  test_bus_teardown ();
}

static void
test_bus_on_drop_other (const OhmChange *change, gpointer owner)
{
  test_bus_note (change, owner);
  g_clear_object (&fixture.other);
}

static void
test_bus_on_drop_self (const OhmChange *change, gpointer owner)
{
  test_bus_note (change, owner);
  ohm_bus_disconnect (fixture.bus, owner);
}

static void
test_bus_ends_during_emission (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GObject) b = test_bus_new_owner ("b");
  g_autoptr (GObject) d = test_bus_new_owner ("d");

  test_bus_setup ();
  fixture.other = test_bus_new_owner ("c");
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_on_drop_self, a);
  ohm_bus_connect_meter_changed (fixture.bus, "b", test_bus_on_drop_other, b);
  ohm_bus_connect_meter_changed (fixture.bus, "c", test_bus_note, fixture.other);
  ohm_bus_connect_link_changed (fixture.bus, "c", test_bus_note, fixture.other);
  ohm_bus_connect_meter_changed (fixture.bus, "d", test_bus_note, d);
  test_bus_emit ("1");
  test_bus_assert_heard ("a:1 b:1 d:1 ");
  test_bus_emit ("2");
  test_bus_assert_heard ("b:2 d:2 ");
  test_bus_teardown ();
}

static void
test_bus_on_connect_many (const OhmChange *change, gpointer owner)
{
  test_bus_note (change, owner);
  for (int i = 0; i < 40; i++)
    ohm_bus_connect_meter_changed (fixture.bus, "late", test_bus_note, fixture.other);
}

/* The array of subscribers moves while it is walked; who comes late hears the next event. */
static void
test_bus_connects_during_emission (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GObject) b = test_bus_new_owner ("b");

  test_bus_setup ();
  fixture.other = test_bus_new_owner ("c");
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_on_connect_many, a);
  ohm_bus_connect_meter_changed (fixture.bus, "b", test_bus_note, b);
  test_bus_emit ("1");
  test_bus_assert_heard ("a:1 b:1 ");
  ohm_bus_disconnect (fixture.bus, a);
  test_bus_emit ("2");
  g_assert_true (g_str_has_prefix (fixture.heard->str, "b:2 c:2 c:2 "));
  g_assert_cmpuint (fixture.heard->len, ==, 41 * 4);
  test_bus_teardown ();
}

static void
test_bus_on_emit_more (const OhmChange *change, gpointer owner)
{
  test_bus_note (change, owner);
  if (g_str_equal (change->id, "1"))
    {
      test_bus_emit ("2"); /* its only other reference ends here */
      test_bus_emit ("3");
    }
  if (g_str_equal (change->id, "2"))
    test_bus_emit ("4");
}

static void
test_bus_queues (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GObject) b = test_bus_new_owner ("b");

  test_bus_setup ();
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_on_emit_more, a);
  ohm_bus_connect_meter_changed (fixture.bus, "b", test_bus_note, b);
  test_bus_emit ("1");
  test_bus_assert_heard ("a:1 b:1 a:2 b:2 a:3 b:3 a:4 b:4 ");
  test_bus_teardown ();
}

static gpointer
test_bus_post_many (gpointer data)
{
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *id = g_strdup_printf ("%d", i);
      g_autoptr (OhmChange) change = ohm_change_new (id, FALSE);

      ohm_bus_post_meter_changed (data, change);
    }
  return NULL;
}

static void
test_bus_on_count (const OhmChange *change, gpointer owner)
{
  guint *next = g_object_get_data (owner, "next");
  g_autofree char *expected = g_strdup_printf ("%u", *next);

  g_assert_cmpstr (change->id, ==, expected);
  (*next)++;
}

static void
test_bus_posts (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GThread) thread = NULL;
  guint next = 0;

  test_bus_setup ();
  g_object_set_data (a, "next", &next);
  ohm_bus_connect_meter_changed (fixture.bus, "a", test_bus_on_count, a);
  thread = g_thread_new ("poster", test_bus_post_many, fixture.bus);
  while (next < 1000)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (g_steal_pointer (&thread));
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  test_bus_post_many (fixture.bus); /* what nobody waits for is freed with the bus */
  test_bus_teardown ();
}

static void
test_bus_counts (void)
{
  g_autoptr (GObject) a = test_bus_new_owner ("a");
  g_autoptr (GArray) rows = NULL;
  const OhmBusStats *row;

  test_bus_setup ();
  ohm_bus_connect_meter_changed (fixture.bus, "noter", test_bus_note, a);
  ohm_bus_connect_alarm (fixture.bus, "alarms", (OhmBusHandler_alarm) test_bus_note, a);
  for (int i = 0; i < 130; i++)
    test_bus_emit ("1");
  rows = ohm_bus_get_stats (fixture.bus);
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < rows->len; i++)
    {
      row = &g_array_index (rows, OhmBusStats, i);
      if (g_str_equal (row->signal, "alarm"))
        {
          g_assert_cmpstr (row->subscriber, ==, "alarms");
          g_assert_cmpuint (row->deliveries, ==, 0);
          g_assert_cmpuint (row->mean_ns, ==, 0);
          continue;
        }
      g_assert_cmpstr (row->signal, ==, "meter-changed");
      g_assert_cmpstr (row->subscriber, ==, "noter");
      g_assert_cmpuint (row->deliveries, ==, 130);
      g_assert_cmpuint (row->mean_ns, >, 0);
      g_assert_cmpuint (row->mean_ns, <, 1000000000);
    }
  test_bus_teardown ();
}

static void
test_bus_static_payload (void)
{
  static const OhmChange change = { "s", FALSE };
  static guint slot;
  const OhmSignal signal = { "static", NULL, NULL, &slot };
  g_autoptr (GObject) a = test_bus_new_owner ("a");

  test_bus_setup ();
  ohm_bus_connect (fixture.bus, &signal, "a", (OhmBusHandler) test_bus_note, a);
  ohm_bus_post (fixture.bus, &signal, (gpointer) (guintptr) &change);
  g_main_context_iteration (NULL, FALSE);
  test_bus_assert_heard ("a:s ");
  test_bus_teardown ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/delivers", test_bus_delivers);
  g_test_add_func ("/bus/ends-with-owner", test_bus_ends_with_owner);
  g_test_add_func ("/bus/owner-outlives", test_bus_owner_outlives);
  g_test_add_func ("/bus/ends-during-emission", test_bus_ends_during_emission);
  g_test_add_func ("/bus/connects-during-emission", test_bus_connects_during_emission);
  g_test_add_func ("/bus/queues", test_bus_queues);
  g_test_add_func ("/bus/posts", test_bus_posts);
  g_test_add_func ("/bus/counts", test_bus_counts);
  g_test_add_func ("/bus/static-payload", test_bus_static_payload);
  return g_test_run ();
}
