/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-watch.h"

#include <string.h>

#include "ohm-dbus-payload.h"

#define MS G_GINT64_CONSTANT (1000)

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmDbusWatch *watch;
  GPtrArray *sent; /* (element-type GVariant) */
  OhmPointSet *points;
  OhmCell cells[2];
  guint8 qualities[2];
  gint64 times_us[2];
  gint64 read_us;
  const char *gone;
  guint n_asked;
} Fixture;

static gboolean
fixture_on_last (const char *meter, OhmLastValues *ret_last, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_asked++;
  if (g_strcmp0 (meter, fixture->gone) == 0)
    return FALSE;
  ret_last->points = fixture->points;
  ret_last->cells = fixture->cells;
  ret_last->qualities = fixture->qualities;
  ret_last->times_us = fixture->times_us;
  ret_last->read_us = fixture->read_us;
  return TRUE;
}

static void
fixture_on_send (GVariant *readings, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->sent, g_variant_ref_sink (readings));
}

static void
fixture_watch (Fixture *fixture, const char *const *meters, gint64 pause_us, gboolean has_times)
{
  const OhmDbusWatchOptions options = {
    .meters = meters,
    .pause_us = pause_us,
    .has_point_times = has_times,
    .last = fixture_on_last,
    .send = fixture_on_send,
    .user_data = fixture,
  };

  fixture->watch = ohm_dbus_watch_new (fixture->watcher, &options);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  OhmPoint points[2] = { 0 };

  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, TRUE, &points[1], NULL));
  fixture->points = ohm_point_set_intern (points, 2);
  fixture->cells[0].real = 230.5;
  fixture->cells[1].integer = 1234;
  fixture->qualities[0] = OHM_QUALITY_GOOD;
  fixture->qualities[1] = OHM_QUALITY_MISSING;
  fixture->times_us[0] = 100;
  fixture->times_us[1] = 90;
  fixture->read_us = 100;
  fixture->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  fixture->clock = ohm_clock_new_manual (0, 1000 * MS);
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->watch, ohm_dbus_watch_free);
  g_object_unref (fixture->watcher);
  g_object_unref (fixture->clock);
  ohm_point_set_unref (fixture->points);
  g_ptr_array_unref (fixture->sent);
}

static void
fixture_pass (Fixture *fixture, gint64 us)
{
  ohm_clock_move (fixture->clock, 0, ohm_clock_get_mono_us (fixture->clock) + us);
  while (g_main_context_iteration (NULL, /* may_block */ FALSE))
    ;
}

static void
fixture_note (Fixture *fixture, const char *meter)
{
  ohm_dbus_watch_note (fixture->watch, g_intern_string (meter));
}

static guint
fixture_count_meters (Fixture *fixture, guint signal)
{
  g_autoptr (GVariant) readings = g_variant_get_child_value (fixture->sent->pdata[signal], 0);

  return (guint) g_variant_n_children (readings);
}

/* Without a pause each reading is sent when it comes. */
static void
test_dbus_watch_every (Fixture *fixture, gconstpointer data)
{
  fixture_watch (fixture, NULL, 0, FALSE);
  fixture_note (fixture, "a");
  fixture_note (fixture, "a");
  fixture_note (fixture, "b");
  g_assert_cmpuint (fixture->sent->len, ==, 3);
  g_assert_cmpuint (fixture_count_meters (fixture, 2), ==, 1);
}

static void
test_dbus_watch_contents (Fixture *fixture, gconstpointer data)
{
  g_autofree char *expected = NULL;
  g_autofree char *printed = NULL;

  fixture_watch (fixture, NULL, 0, GPOINTER_TO_INT (data));
  fixture_note (fixture, "a");
  g_assert_cmpuint (fixture->sent->len, ==, 1);
  printed = g_variant_print (fixture->sent->pdata[0], TRUE);
  expected = g_strdup_printf ("([('a', '%s', int64 100, [uint64 %" G_GUINT64_FORMAT ", 1234], "
                              "[byte 0x01, 0x02], %s)],)",
                              ohm_point_set_get_id (fixture->points),
                              (guint64) fixture->cells[0].integer,
                              GPOINTER_TO_INT (data) ? "[int64 100, 90]" : "@ax []");
  g_assert_cmpstr (printed, ==, expected);
}

/* The first reading goes at once, those of the pause together after it, each meter once. */
static void
test_dbus_watch_coalesces (Fixture *fixture, gconstpointer data)
{
  fixture_watch (fixture, NULL, 500 * MS, FALSE);
  fixture_note (fixture, "a");
  g_assert_cmpuint (fixture->sent->len, ==, 1);
  fixture_note (fixture, "a");
  fixture_note (fixture, "b");
  fixture_pass (fixture, 499 * MS);
  fixture_note (fixture, "a");
  g_assert_cmpuint (fixture->sent->len, ==, 1);
  g_assert_cmpuint (fixture->n_asked, ==, 1);
  fixture_pass (fixture, 1 * MS);
  g_assert_cmpuint (fixture->sent->len, ==, 2);
  g_assert_cmpuint (fixture_count_meters (fixture, 1), ==, 2);
  g_assert_cmpuint (fixture->n_asked, ==, 3);

  fixture_pass (fixture, 10000 * MS);
  g_assert_cmpuint (fixture->sent->len, ==, 2);
  fixture_note (fixture, "b");
  g_assert_cmpuint (fixture->sent->len, ==, 3);
}

static void
test_dbus_watch_selects (Fixture *fixture, gconstpointer data)
{
  static const char *const meters[] = { "a", "c", NULL };

  fixture_watch (fixture, meters, 0, FALSE);
  fixture_note (fixture, "b");
  g_assert_cmpuint (fixture->sent->len, ==, 0);
  g_assert_cmpuint (fixture->n_asked, ==, 0);
  fixture_note (fixture, "c");
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

static void
test_dbus_watch_empty_selection (Fixture *fixture, gconstpointer data)
{
  static const char *const meters[] = { NULL };

  fixture_watch (fixture, meters, 0, FALSE);
  fixture_note (fixture, "b");
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

/* A meter that went meanwhile is left out; nothing at all is not sent. */
static void
test_dbus_watch_gone (Fixture *fixture, gconstpointer data)
{
  fixture_watch (fixture, NULL, 500 * MS, FALSE);
  fixture->gone = "a";
  fixture_note (fixture, "a");
  g_assert_cmpuint (fixture->sent->len, ==, 0);
  fixture_note (fixture, "a");
  fixture_note (fixture, "b");
  fixture_pass (fixture, 500 * MS);
  g_assert_cmpuint (fixture->sent->len, ==, 1);
  g_assert_cmpuint (fixture_count_meters (fixture, 0), ==, 1);
  ohm_dbus_watch_flush (fixture->watch);
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

/* Many meters are split over several signals. */
static void
test_dbus_watch_splits (Fixture *fixture, gconstpointer data)
{
  guint n_meters = 0;

  fixture_watch (fixture, NULL, 500 * MS, TRUE);
  ohm_dbus_watch_flush (fixture->watch);
  for (guint i = 0; i < 1200; i++)
    {
      g_autofree char *meter = g_strdup_printf ("meter-%u", i);

      fixture_note (fixture, meter);
    }
  fixture_pass (fixture, 500 * MS);
  g_assert_cmpuint (fixture->sent->len, >, 1);
  for (guint i = 0; i < fixture->sent->len; i++)
    {
      n_meters += fixture_count_meters (fixture, i);
      g_assert_cmpuint (g_variant_get_size (fixture->sent->pdata[i]), <, 2 * OHM_DBUS_INLINE_MAX);
    }
  g_assert_cmpuint (n_meters, ==, 1200);
}

static void
test_dbus_watch_free_pending (Fixture *fixture, gconstpointer data)
{
  fixture_watch (fixture, NULL, 500 * MS, FALSE);
  fixture_note (fixture, "a");
  fixture_note (fixture, "a");
  g_clear_pointer (&fixture->watch, ohm_dbus_watch_free);
  fixture_pass (fixture, 1000 * MS);
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

static void
test_dbus_watch_reading (Fixture *fixture, gconstpointer data)
{
  const OhmLastValues nothing = { 0 };
  OhmLastValues last = { 0 };
  g_autoptr (GVariant) empty = g_variant_ref_sink (ohm_dbus_reading_new (&nothing));
  g_autoptr (GVariant) reading = NULL;
  g_autofree char *printed = g_variant_print (empty, TRUE);

  g_assert_cmpstr (printed, ==, "('', int64 0, @at [], @ay [], @ax [])");
  fixture_on_last ("a", &last, fixture);
  reading = g_variant_ref_sink (ohm_dbus_reading_new (&last));
  g_assert_cmpstr (g_variant_get_type_string (reading), ==, "(sxatayax)");
}

#define ADD(name, data)                                                                            \
  g_test_add ("/dbus-watch/" #name, Fixture, data, fixture_set_up, test_dbus_watch_##name,         \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (every, NULL);
  ADD (contents, GINT_TO_POINTER (FALSE));
  g_test_add ("/dbus-watch/contents-with-times", Fixture, GINT_TO_POINTER (TRUE), fixture_set_up,
              test_dbus_watch_contents, fixture_tear_down);
  ADD (coalesces, NULL);
  ADD (selects, NULL);
  ADD (empty_selection, NULL);
  ADD (gone, NULL);
  ADD (splits, NULL);
  ADD (free_pending, NULL);
  ADD (reading, NULL);
  return g_test_run ();
}
