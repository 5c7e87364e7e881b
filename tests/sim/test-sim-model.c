/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>

#include "ohm-sim-model.h"

/* Monday, 2026-03-16, 07:58:20 UTC: before a full hour of a working day. */
#define MONDAY_US  (G_GINT64_CONSTANT (1773647900000000))
#define SECOND_US  (G_GINT64_CONSTANT (1000000))
#define HOUR_US    (3600 * SECOND_US)
#define WEEK_US    (7 * 24 * HOUR_US)
#define NOMINAL_W  20000.0
#define SEED       7u
#define OTHER_SEED 8u

typedef struct
{
  OhmSimShape *shape;
  OhmSimModel *model;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer load)
{
  fixture->shape = ohm_sim_shape_new ((OhmSimLoad) GPOINTER_TO_INT (load), SEED);
  fixture->model = ohm_sim_model_new (fixture->shape, SEED, NOMINAL_W);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer load)
{
  ohm_sim_model_free (fixture->model);
  ohm_sim_shape_free (fixture->shape);
}

static double
test_sim_model_get (OhmSimModel *model, gint64 wall_us, const char *name)
{
  g_autoptr (GError) error = NULL;
  OhmPoint point;
  OhmSimTerm term;

  g_assert_true (ohm_point_parse (name, "1", FALSE, &point, &error));
  g_assert_no_error (error);
  ohm_sim_term_init (&term, &point);
  ohm_sim_model_move (model, wall_us);
  return ohm_sim_model_get (model, &term);
}

/* The integral of one point over @hours by trapezoids of 10 s, only its positive or negative part
 * with @sign. */
static double
test_sim_model_integrate (OhmSimModel *model, const char *name, guint hours, int sign)
{
  double sum = 0.0;
  guint n = hours * 360;

  for (guint i = 0; i <= n; i++)
    {
      double value = test_sim_model_get (model, MONDAY_US + i * 10 * SECOND_US, name) * sign;

      if (value > 0.0)
        sum += (i == 0 || i == n ? 0.5 : 1.0) * value;
    }
  return sum / 360.0;
}

static double
test_sim_model_grown (OhmSimModel *model, const char *name, guint hours)
{
  double before = test_sim_model_get (model, MONDAY_US, name);

  return test_sim_model_get (model, MONDAY_US + hours * HOUR_US, name) - before;
}

static void
test_sim_model_assert_near (double a, double b, double share, double least)
{
  double most = MAX (fabs (a), fabs (b)) * share + least;

  if (fabs (a - b) > most)
    g_test_message ("%.9g is not near %.9g", a, b);
  g_assert_cmpfloat (fabs (a - b), <=, most);
}

static void
test_sim_model_energy (Fixture *fixture, gconstpointer load)
{
  static const char *const channels[] = { "l1", "l2", "l3", "total", "total4" };
  OhmSimModel *model = fixture->model;

  for (guint i = 0; i < G_N_ELEMENTS (channels); i++)
    {
      g_autofree char *power = g_strconcat ("power-active.", channels[i], NULL);
      g_autofree char *import = g_strconcat ("energy-active-import.", channels[i], NULL);
      g_autofree char *export = g_strconcat ("energy-active-export.", channels[i], NULL);
      g_autofree char *net = g_strconcat ("energy-active-net.", channels[i], NULL);
      double imported = test_sim_model_grown (model, import, 26);
      double exported = test_sim_model_grown (model, export, 26);

      test_sim_model_assert_near (imported, test_sim_model_integrate (model, power, 26, 1), 1e-3,
                                  0.1);
      test_sim_model_assert_near (exported, test_sim_model_integrate (model, power, 26, -1), 1e-3,
                                  0.1);
      test_sim_model_assert_near (test_sim_model_grown (model, net, 26), imported - exported, 1e-9,
                                  1e-3);
    }
}

static void
test_sim_model_reactive_energy (Fixture *fixture, gconstpointer load)
{
  OhmSimModel *model = fixture->model;
  double inductive = test_sim_model_grown (model, "energy-reactive-inductive.total", 26);
  double capacitive = test_sim_model_grown (model, "energy-reactive-capacitive.total", 26);

  test_sim_model_assert_near (inductive,
                              test_sim_model_integrate (model, "power-reactive.total", 26, 1), 3e-3,
                              1.0);
  test_sim_model_assert_near (capacitive,
                              test_sim_model_integrate (model, "power-reactive.total", 26, -1),
                              3e-3, 1.0);
  test_sim_model_assert_near (test_sim_model_grown (model, "energy-reactive.total", 26),
                              inductive - capacitive, 1e-9, 1e-3);
  test_sim_model_assert_near (test_sim_model_grown (model, "energy-apparent.total", 26),
                              test_sim_model_integrate (model, "power-apparent.total", 26, 1), 3e-3,
                              1.0);
}

/* S2 = P2 + Q2, I = S / U, and the sums are sums, at any moment. */
static void
test_sim_model_triangle (Fixture *fixture, gconstpointer load)
{
  for (guint i = 0; i < 200; i++)
    {
      gint64 at_us = MONDAY_US + i * 53 * 60 * SECOND_US;
      double p = test_sim_model_get (fixture->model, at_us, "power-active.l2");
      double q = test_sim_model_get (fixture->model, at_us, "power-reactive.l2");
      double s = test_sim_model_get (fixture->model, at_us, "power-apparent.l2");
      double u = test_sim_model_get (fixture->model, at_us, "voltage.l2-n");
      double cos_phi = test_sim_model_get (fixture->model, at_us, "cos-phi.l2");
      double factor = test_sim_model_get (fixture->model, at_us, "power-factor.l2");
      double sum = 0.0;

      test_sim_model_assert_near (s * s, p * p + q * q, 1e-9, 1e-9);
      test_sim_model_assert_near (test_sim_model_get (fixture->model, at_us, "current.l2"), s / u,
                                  1e-9, 1e-9);
      test_sim_model_assert_near (cos_phi * s, fabs (p), 1e-9, 1e-9);
      test_sim_model_assert_near (factor * s, p, 1e-9, 1e-9);
      for (guint phase = 1; phase <= 3; phase++)
        {
          g_autofree char *name = g_strdup_printf ("power-active.l%u", phase);

          sum += test_sim_model_get (fixture->model, at_us, name);
        }
      test_sim_model_assert_near (test_sim_model_get (fixture->model, at_us, "power-active.total"),
                                  sum, 1e-9, 1e-9);
    }
}

/* To the last bit: a counter that falls by rounding would be a reset to whoever reads it. */
static void
test_sim_model_monotone (Fixture *fixture, gconstpointer load)
{
  static const char *const counters[] = {
    "energy-active-import.total",
    "energy-active-export.l1",
    "energy-active-import.total4.t1",
    "energy-apparent.total",
    "pulse-count",
    "volume",
  };

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    {
      double last = 0.0;

      for (gint64 at_us = MONDAY_US; at_us < MONDAY_US + 30 * 60 * SECOND_US; at_us += 7919123 / 8)
        {
          double value = test_sim_model_get (fixture->model, at_us, counters[i]);

          g_assert_cmpfloat (value, >=, last);
          last = value;
        }
      for (guint hour = 1; hour < 400; hour++)
        {
          double value = test_sim_model_get (fixture->model, MONDAY_US + hour * HOUR_US,
                                             counters[i]);

          g_assert_cmpfloat (value, >=, last);
          last = value;
        }
    }
}

static void
test_sim_model_tariffs (Fixture *fixture, gconstpointer load)
{
  OhmSimModel *model = fixture->model;
  double total = test_sim_model_get (model, MONDAY_US, "energy-active-import.total");
  double t1 = test_sim_model_get (model, MONDAY_US, "energy-active-import.total.t1");
  double t2 = test_sim_model_get (model, MONDAY_US, "energy-active-import.total.t2");

  test_sim_model_assert_near (t1 + t2, total, 1e-12, 1e-6);
  g_assert_cmpfloat (test_sim_model_get (model, MONDAY_US, "energy-active-import.total.t3"), <=, 0);
  /* eight in the morning of a Monday */
  g_assert_cmpfloat (test_sim_model_grown (model, "energy-active-import.total.t2", 4), <=, 1e-6);
}

static void
test_sim_model_demand (Fixture *fixture, gconstpointer load)
{
  OhmSimModel *model = fixture->model;
  gint64 at_us = MONDAY_US + 3 * HOUR_US;
  double grown = test_sim_model_get (model, at_us, "energy-active-net.total") -
                 test_sim_model_get (model, at_us - HOUR_US / 4, "energy-active-net.total");

  test_sim_model_assert_near (test_sim_model_get (model, at_us, "demand-active.total"), 4.0 * grown,
                              1e-6, 1e-2);
}

static void
test_sim_model_origin (Fixture *fixture, gconstpointer load)
{
  OhmSimModel *model = fixture->model;
  const char *import = "energy-active-import.total";
  gint64 installed_us = ohm_sim_model_get_origin (model);
  double before = test_sim_model_get (model, MONDAY_US, import);

  g_assert_cmpint (installed_us, <, MONDAY_US);
  ohm_sim_model_set_origin (model, MONDAY_US);
  g_assert_cmpfloat (test_sim_model_get (model, MONDAY_US, import), <=, 0.0);
  g_assert_cmpfloat (test_sim_model_get (model, MONDAY_US - HOUR_US, import), <=, 0.0);
  test_sim_model_assert_near (test_sim_model_get (model, MONDAY_US + HOUR_US, import),
                              test_sim_model_integrate (model, "power-active.total", 1, 1), 1e-3,
                              0.1);
  ohm_sim_model_set_origin (model, -1);
  g_assert_cmpint (ohm_sim_model_get_origin (model), ==, installed_us);
  test_sim_model_assert_near (test_sim_model_get (model, MONDAY_US, import), before, 1e-12, 0.0);
}

/* The same after a restart, another for another meter. */
static void
test_sim_model_repeatable (Fixture *fixture, gconstpointer load)
{
  g_autoptr (OhmSimShape) shape = ohm_sim_shape_new ((OhmSimLoad) GPOINTER_TO_INT (load), SEED);
  g_autoptr (OhmSimModel) same = ohm_sim_model_new (shape, SEED, NOMINAL_W);
  g_autoptr (OhmSimModel) other = ohm_sim_model_new (shape, OTHER_SEED, NOMINAL_W);
  const char *apparent = "energy-apparent.total";
  double value = test_sim_model_get (fixture->model, MONDAY_US, apparent);

  test_sim_model_assert_near (test_sim_model_get (same, MONDAY_US, apparent), value, 0.0, 0.0);
  g_assert_cmpfloat (fabs (test_sim_model_get (other, MONDAY_US, apparent) - value), >, 1.0);
}

/* Everything that has a name has a value, of the order that a building has. */
static void
test_sim_model_vocabulary (void)
{
  g_autoptr (OhmSimShape) shape = ohm_sim_shape_new (OHM_SIM_LOAD_SITE, SEED);
  g_autoptr (OhmSimModel) model = ohm_sim_model_new (shape, SEED, NOMINAL_W);
  guint n = 0;
  const OhmQuantity *quantities = ohm_quantity_table (&n);

  for (guint i = 0; i < n; i++)
    {
      static const char *const channels[] = { "",      "l1",     "l4", "l1-n",  "l3-l1",
                                              "total", "total4", "n",  "n-calc" };

      for (guint j = 0; j < G_N_ELEMENTS (channels); j++)
        {
          g_autofree char *name = g_strconcat (quantities[i].id,
                                               channels[j][0] != '\0' ? "." : NULL, channels[j],
                                               NULL);
          double value;
          OhmPoint point;

          if (!ohm_point_parse (name, "1", FALSE, &point, /* error */ NULL))
            continue; /* a channel that this quantity does not have */
          value = test_sim_model_get (model, MONDAY_US, name);
          g_assert_true (isfinite (value));
          if (quantities[i].kind == OHM_KIND_COUNTER)
            g_assert_cmpfloat (value, >=, 0.0);
        }
    }
}

static void
test_sim_model_plausible (void)
{
  static const struct
  {
    const char *name;
    double min;
    double max;
  } ranges[] = {
    { "voltage.l1-n", 215.0, 240.0 }, { "voltage.l2-l3", 372.0, 416.0 },
    { "frequency", 49.9, 50.1 },      { "rotation", 1.0, 1.0 },
    { "cos-phi.l1", 0.9, 1.0 },       { "thd-voltage.l1", 1.0, 3.0 },
    { "thd-current.l1", 3.0, 16.0 },  { "temperature", 25.0, 50.0 },
    { "input-state", 0.0, 1.0 },      { "power-active.total", 1500.0, 25000.0 },
    { "current.n", 0.1, 20.0 },       { "energy-active-import.total", 1e6, 4e8 },
  };
  g_autoptr (OhmSimShape) shape = ohm_sim_shape_new (OHM_SIM_LOAD_OFFICE, SEED);
  g_autoptr (OhmSimModel) model = ohm_sim_model_new (shape, SEED, NOMINAL_W);

  for (guint i = 0; i < G_N_ELEMENTS (ranges); i++)
    for (guint hour = 0; hour < 168; hour++)
      {
        double value = test_sim_model_get (model, MONDAY_US + hour * HOUR_US, ranges[i].name);

        g_assert_cmpfloat (value, >=, ranges[i].min);
        g_assert_cmpfloat (value, <=, ranges[i].max);
      }
}

static void
test_sim_model_pv_exports (void)
{
  g_autoptr (OhmSimShape) shape = ohm_sim_shape_new (OHM_SIM_LOAD_PV, SEED);
  g_autoptr (OhmSimModel) model = ohm_sim_model_new (shape, SEED, NOMINAL_W);

  g_assert_cmpfloat (test_sim_model_get (model, MONDAY_US + 4 * HOUR_US, "power-active.total"), <,
                     -1000.0);
  g_assert_cmpfloat (test_sim_model_grown (model, "energy-active-export.total", 24), >, 10000.0);
  g_assert_cmpfloat (test_sim_model_grown (model, "energy-active-import.total", 24), <=, 0.0);
}

static void
test_sim_shape_weeks (void)
{
  g_autoptr (OhmSimShape) shape = ohm_sim_shape_new (OHM_SIM_LOAD_SITE, SEED);
  OhmSimIntegral first;
  OhmSimIntegral second;
  OhmSimIntegral third;

  ohm_sim_shape_integrate (shape, MONDAY_US / 1000, &first);
  ohm_sim_shape_integrate (shape, (MONDAY_US + WEEK_US) / 1000, &second);
  ohm_sim_shape_integrate (shape, (MONDAY_US - WEEK_US) / 1000, &third);
  for (guint p = 0; p < OHM_SIM_N_PARTS; p++)
    g_assert_cmpint (second.sums[0][p] - first.sums[0][p], ==, first.sums[0][p] - third.sums[0][p]);
  ohm_sim_shape_integrate (shape, -1, &first);
  ohm_sim_shape_integrate (shape, 0, &second);
  g_assert_cmpint (first.sums[1][0], <=, second.sums[1][0]);
}

static void
test_sim_load_names (void)
{
  OhmSimLoad load;

  for (guint i = 0; i < OHM_SIM_N_LOADS; i++)
    {
      g_assert_true (ohm_sim_load_parse (ohm_sim_load_to_string ((OhmSimLoad) i), &load));
      g_assert_cmpuint (load, ==, i);
    }
  g_assert_false (ohm_sim_load_parse ("factory", &load));
}

static void
test_sim_hash_spreads (void)
{
  double sum = 0.0;

  for (guint i = 0; i < 10000; i++)
    sum += ohm_sim_hash_fraction (SEED, i);
  g_assert_cmpfloat (fabs (sum / 10000.0 - 0.5), <, 0.02);
  g_assert_cmpuint (ohm_sim_hash (1, 2), !=, ohm_sim_hash (2, 1));
}

static void
test_sim_model_add (const char *name, OhmSimLoad load, void (*func) (Fixture *, gconstpointer))
{
  g_autofree char *path = g_strdup_printf ("/sim/model/%s/%s", ohm_sim_load_to_string (load), name);

  g_test_add (path, Fixture, GINT_TO_POINTER (load), fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < OHM_SIM_N_LOADS; i++)
    {
      OhmSimLoad load = (OhmSimLoad) i;

      test_sim_model_add ("energy", load, test_sim_model_energy);
      test_sim_model_add ("reactive-energy", load, test_sim_model_reactive_energy);
      test_sim_model_add ("triangle", load, test_sim_model_triangle);
      test_sim_model_add ("monotone", load, test_sim_model_monotone);
      test_sim_model_add ("tariffs", load, test_sim_model_tariffs);
      test_sim_model_add ("demand", load, test_sim_model_demand);
      test_sim_model_add ("repeatable", load, test_sim_model_repeatable);
    }
  test_sim_model_add ("origin", OHM_SIM_LOAD_OFFICE, test_sim_model_origin);
  g_test_add_func ("/sim/model/vocabulary", test_sim_model_vocabulary);
  g_test_add_func ("/sim/model/plausible", test_sim_model_plausible);
  g_test_add_func ("/sim/model/pv-exports", test_sim_model_pv_exports);
  g_test_add_func ("/sim/shape/weeks", test_sim_shape_weeks);
  g_test_add_func ("/sim/load/names", test_sim_load_names);
  g_test_add_func ("/sim/hash", test_sim_hash_spreads);
  return g_test_run ();
}
