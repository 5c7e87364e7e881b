/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-point-set.h"
#include "ohm-test-log.h"

static const char *const names[] = { "voltage.l1-n", "current.l1", "energy-active-import.total" };

static void
fixture_make_points (OhmPoint *ret_points, const char *unit, gboolean is_integer)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (ohm_point_parse (names[i], unit, is_integer, &ret_points[i], NULL));
}

static OhmPointSet *
fixture_make_set (const char *unit, gboolean is_integer)
{
  OhmPoint points[G_N_ELEMENTS (names)];

  fixture_make_points (points, unit, is_integer);
  return ohm_point_set_intern (points, G_N_ELEMENTS (points));
}

static void
test_point_set_intern (void)
{
  g_autoptr (OhmPointSet) a = fixture_make_set (NULL, FALSE);
  g_autoptr (OhmPointSet) b = fixture_make_set (NULL, FALSE);
  g_autoptr (OhmPointSet) other_unit = fixture_make_set ("kV", FALSE);
  g_autoptr (OhmPointSet) other_type = fixture_make_set (NULL, TRUE);
  g_autoptr (OhmPointSet) empty = ohm_point_set_intern (NULL, 0);

  g_assert_true (a == b);
  g_assert_true (a != other_unit);
  g_assert_true (a != other_type);
  g_assert_cmpstr (ohm_point_set_get_id (a), !=, ohm_point_set_get_id (other_unit));
  g_assert_cmpstr (ohm_point_set_get_id (a), !=, ohm_point_set_get_id (other_type));
  g_assert_cmpuint (ohm_point_set_get_n (a), ==, 3);
  g_assert_cmpuint (ohm_point_set_get_n (empty), ==, 0);
  g_assert_false (ohm_point_set_find (empty, "voltage", NULL));
}

/* Ids are stored: another release must compute the same. The digits are those of
 * printf 'voltage.l1-n\0V\0rcurrent.l1\0A\0renergy-active-import.total\0Wh\0r' | sha256sum */
static void
test_point_set_id (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set (NULL, FALSE);

  g_assert_cmpstr (ohm_point_set_get_id (set), ==, "9be7e11d02df94e4");
}

static void
test_point_set_order (void)
{
  OhmPoint points[G_N_ELEMENTS (names)];
  OhmPoint turned[G_N_ELEMENTS (names)];
  g_autoptr (OhmPointSet) a = NULL;
  g_autoptr (OhmPointSet) b = NULL;

  fixture_make_points (points, NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    turned[i] = points[G_N_ELEMENTS (names) - 1 - i];
  a = ohm_point_set_intern (points, G_N_ELEMENTS (points));
  b = ohm_point_set_intern (turned, G_N_ELEMENTS (turned));
  g_assert_true (a != b);
  g_assert_cmpstr (ohm_point_set_get_id (a), !=, ohm_point_set_get_id (b));
}

static void
test_point_set_find (void)
{
  g_autoptr (OhmPointSet) set = fixture_make_set (NULL, FALSE);
  const OhmPoint *points;
  guint n;
  guint index = 99;

  points = ohm_point_set_get_points (set, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpstr (points[i].name, ==, names[i]);
      g_assert_true (ohm_point_set_find (set, names[i], &index));
      g_assert_cmpuint (index, ==, i);
      g_assert_true (ohm_point_set_find (set, names[i], NULL));
    }
  g_assert_false (ohm_point_set_find (set, "voltage.l2-n", &index));
  g_assert_cmpuint (index, ==, n - 1);
}

/* A set that nobody holds is gone, and comes back under the same id. */
static void
test_point_set_weak (void)
{
  g_autofree char *id = NULL;

  {
    g_autoptr (OhmPointSet) set = fixture_make_set ("mV", FALSE);

    id = g_strdup (ohm_point_set_get_id (set));
  }
  {
    g_autoptr (OhmPointSet) set = fixture_make_set ("mV", FALSE);

    g_assert_cmpstr (ohm_point_set_get_id (set), ==, id);
  }
}

static void
test_point_set_boxed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (OhmPointSet) set = fixture_make_set (NULL, FALSE);

  g_value_init (&value, OHM_TYPE_POINT_SET);
  g_value_set_boxed (&value, set);
  g_assert_true (g_value_get_boxed (&value) == set);
}

static gpointer
test_point_set_worker (gpointer data)
{
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr (OhmPointSet) a = fixture_make_set (NULL, FALSE);
      g_autoptr (OhmPointSet) b = ohm_point_set_ref (a);

      g_assert_cmpuint (ohm_point_set_get_n (b), ==, G_N_ELEMENTS (names));
    }
  return NULL;
}

static void
test_point_set_threads (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("intern", test_point_set_worker, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

static void
test_point_set_twice (void)
{
  OhmPoint points[2];

  for (guint i = 0; i < 2; i++)
    g_assert_true (ohm_point_parse ("voltage", NULL, FALSE, &points[i], NULL));
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_point_set_is_unique*");
  g_assert_null (ohm_point_set_intern (points, 2));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/point-set/intern", test_point_set_intern);
  g_test_add_func ("/point-set/id", test_point_set_id);
  g_test_add_func ("/point-set/order", test_point_set_order);
  g_test_add_func ("/point-set/find", test_point_set_find);
  g_test_add_func ("/point-set/weak", test_point_set_weak);
  g_test_add_func ("/point-set/boxed", test_point_set_boxed);
  g_test_add_func ("/point-set/threads", test_point_set_threads);
  g_test_add_func ("/point-set/twice", test_point_set_twice);
  return g_test_run ();
}
