/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-error.h"
#include "ohm-plan.h"
#include "ohm-test-log.h"

static const OhmEntry voltage = { .address = 100,
                                  .classes = OHM_READ_LIVE,
                                  .encoding = { .format = OHM_FORMAT_F32 } };

static void
test_plan_order (void)
{
  static const OhmRegister rows[] = {
    { "voltage.l1-n", 200, OHM_FORMAT_F32, .function = 4 },
    { "energy-active-import.total", 300, OHM_FORMAT_F32, 1000.0, .classes = OHM_READ_SLOT },
    { "current.l1", 100, OHM_FORMAT_I32 },
    { "pulse-value", 50, OHM_FORMAT_U64, .unit = "kWh", .is_low_first = TRUE },
  };
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;
  const OhmPoint *points;
  const OhmEntry *entries;
  guint n;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (ohm_plan_add_register (plan, &rows[i], &error));
      g_assert_no_error (error);
    }
  ohm_plan_seal (plan);
  points = ohm_point_set_get_points (ohm_plan_get_points (plan), &n);
  g_assert_cmpuint (n, ==, 4);
  for (guint i = 0; i < n; i++)
    g_assert_cmpstr (points[i].name, ==, rows[i].point);
  g_assert_cmpstr (points[3].unit, ==, "kWh");
  g_assert_false (points[0].is_integer);
  g_assert_false (points[1].is_integer);
  g_assert_true (points[2].is_integer);
  g_assert_true (points[3].is_integer);

  entries = ohm_plan_get_entries (plan, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (entries[0].point, ==, 3);
  g_assert_true (entries[0].encoding.is_low_first);
  g_assert_cmpint (entries[0].classes, ==, OHM_READ_LIVE);
  g_assert_cmpuint (entries[1].point, ==, 2);
  g_assert_cmpuint (entries[2].point, ==, 1);
  g_assert_cmpint (entries[2].classes, ==, OHM_READ_SLOT);
  g_assert_cmpfloat_with_epsilon (entries[2].encoding.scale, 1000, 1e-9);
  g_assert_cmpuint (entries[3].point, ==, 0);
  g_assert_cmpint (entries[3].function, ==, 4);
}

static void
test_plan_refuse (const char *point, const OhmEntry *entry, const char *message)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;
  guint n;

  g_assert_true (ohm_plan_add (plan, "voltage.l1-n", NULL, &voltage, NULL));
  g_assert_false (ohm_plan_add (plan, point, NULL, entry, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (message, error->message));
  ohm_plan_seal (plan);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 1);
  ohm_plan_get_entries (plan, &n);
  g_assert_cmpuint (n, ==, 1);
}

static void
test_plan_errors (void)
{
  OhmEntry entry = voltage;

  test_plan_refuse ("voltage.l1-n", &entry, "point 'voltage.l1-n': is there already");
  test_plan_refuse ("volt", &entry, "*unknown quantity*");
  entry.address = 65535;
  test_plan_refuse ("current", &entry, "*past register 65535*");
  entry = voltage;
  entry.classes = 0;
  test_plan_refuse ("current", &entry, "*of no class*");
  entry.classes = 8;
  test_plan_refuse ("current", &entry, "*of no class*");
  entry = voltage;
  entry.function = 6;
  test_plan_refuse ("current", &entry, "*neither 3 nor 4*");
  entry = voltage;
  entry.encoding.format = OHM_FORMAT_TEXT;
  entry.encoding.text_registers = 4;
  test_plan_refuse ("current", &entry, "*text is a fact*");
  entry.encoding.format = (OhmFormat) 99;
  test_plan_refuse ("current", &entry, "*unknown format*");
  entry = voltage;
  entry.encoding.terms = 100;
  test_plan_refuse ("current", &entry, "*longer than one request*");
}

static void
test_plan_edges (void)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  OhmEntry entry = voltage;

  entry.address = 65534;
  g_assert_true (ohm_plan_add (plan, "voltage", NULL, &entry, NULL));
  entry.flags = OHM_ENTRY_RAW;
  entry.address = 65411;
  entry.encoding.format = OHM_FORMAT_TEXT;
  entry.encoding.text_registers = 125;
  g_assert_true (ohm_plan_add (plan, "current", NULL, &entry, NULL));
  entry.address++;
  g_assert_false (ohm_plan_add (plan, "frequency", NULL, &entry, NULL));
}

static void
test_plan_pushed (void)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;
  const OhmPoint *points;
  guint n;

  g_assert_true (ohm_plan_add_pushed (plan, "energy-active-import.total", NULL, TRUE, &error));
  g_assert_true (ohm_plan_add_pushed (plan, "pulse-value", "m3", FALSE, &error));
  g_assert_false (ohm_plan_add_pushed (plan, "pulse-value", "m3", FALSE, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  ohm_plan_seal (plan);
  points = ohm_point_set_get_points (ohm_plan_get_points (plan), &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (points[0].is_integer);
  g_assert_cmpstr (points[1].unit, ==, "m3");
  ohm_plan_get_entries (plan, &n);
  g_assert_cmpuint (n, ==, 0);
}

static void
test_plan_most (void)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < OHM_POINT_SET_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("in%u.pulse-count", i);

      g_assert_true (ohm_plan_add_pushed (plan, name, NULL, TRUE, NULL));
    }
  g_assert_false (ohm_plan_add (plan, "voltage", NULL, &voltage, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_assert_true (g_str_has_suffix (error->message, "more than 8192 points"));
  ohm_plan_seal (plan);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, OHM_POINT_SET_MAX);
}

static void
test_plan_guards (void)
{
  static const OhmGuard guard = { .address = 4246, .count = 82 };
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  const OhmGuard *guards;
  guint n = 7;

  ohm_plan_get_guards (plan, &n);
  g_assert_cmpuint (n, ==, 0);
  ohm_plan_add_guard (plan, &guard);
  ohm_plan_seal (plan);
  guards = ohm_plan_get_guards (plan, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (guards[0].address, ==, 4246);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*self->set == NULL*");
  ohm_plan_add_guard (plan, &guard);
}

/* Two meters of a type share their points. */
static void
test_plan_shared (void)
{
  g_autoptr (OhmPlan) a = ohm_plan_new ();
  g_autoptr (OhmPlan) b = ohm_plan_new ();

  g_assert_true (ohm_plan_add (a, "voltage", NULL, &voltage, NULL));
  g_assert_true (ohm_plan_add (b, "voltage", NULL, &voltage, NULL));
  ohm_plan_seal (a);
  ohm_plan_seal (b);
  g_assert_true (ohm_plan_get_points (a) == ohm_plan_get_points (b));
}

static void
test_plan_sealed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (OhmPlan) plan = ohm_plan_new ();

  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*self->set != NULL*");
  g_assert_null (ohm_plan_get_points (plan));
  ohm_plan_seal (plan);
  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*self->set == NULL*");
  g_assert_false (ohm_plan_add (plan, "voltage", NULL, &voltage, NULL));
  g_value_init (&value, OHM_TYPE_PLAN);
  g_value_set_boxed (&value, plan);
  g_assert_true (g_value_get_boxed (&value) == plan);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/order", test_plan_order);
  g_test_add_func ("/plan/errors", test_plan_errors);
  g_test_add_func ("/plan/edges", test_plan_edges);
  g_test_add_func ("/plan/pushed", test_plan_pushed);
  g_test_add_func ("/plan/most", test_plan_most);
  g_test_add_func ("/plan/guards", test_plan_guards);
  g_test_add_func ("/plan/shared", test_plan_shared);
  g_test_add_func ("/plan/sealed", test_plan_sealed);
  return g_test_run ();
}
