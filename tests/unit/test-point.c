/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-error.h"
#include "ohm-point.h"

static const struct
{
  const char *name;
  const char *group;
  const char *quantity;
  const char *channel;
  const char *tariff;
  const char *obis;
} good[] = {
  { "energy-active-import.total", "", "energy-active-import", "total", "", "1-0:1.8.0" },
  { "energy-active-import.total.t1", "", "energy-active-import", "total", "t1", "1-0:1.8.1" },
  { "energy-active-import.t2", "", "energy-active-import", "", "t2", "1-0:1.8.2" },
  { "energy-active-import.t63", "", "energy-active-import", "", "t63", "1-0:1.8.63" },
  { "energy-active-import.t64", "", "energy-active-import", "", "t64", NULL },
  { "energy-active-import.t99", "", "energy-active-import", "", "t99", NULL },
  { "energy-active-import.l1", "", "energy-active-import", "l1", "", "1-0:21.8.0" },
  { "energy-active-export.l3", "", "energy-active-export", "l3", "", "1-0:62.8.0" },
  { "energy-active-net.total", "", "energy-active-net", "total", "", "1-0:16.8.0" },
  { "energy-reactive.total", "", "energy-reactive", "total", "", NULL },
  { "m1g2.power-active.l3", "m1g2", "power-active", "l3", "", "1-0:76.7.0" },
  { "power-active.l4", "", "power-active", "l4", "", NULL },
  { "power-active.total4", "", "power-active", "total4", "", NULL },
  { "power-active.total.t1", "", "power-active", "total", "t1", NULL },
  { "power-factor.total", "", "power-factor", "total", "", "1-0:13.7.0" },
  { "voltage", "", "voltage", "", "", "1-0:12.7.0" },
  { "voltage.l1-n", "", "voltage", "l1-n", "", "1-0:32.7.0" },
  { "voltage.l2-n", "", "voltage", "l2-n", "", "1-0:52.7.0" },
  { "voltage.l3-n", "", "voltage", "l3-n", "", "1-0:72.7.0" },
  { "voltage.l3-l1", "", "voltage", "l3-l1", "", NULL },
  { "voltage.l4-n", "", "voltage", "l4-n", "", NULL },
  { "current.l2", "", "current", "l2", "", "1-0:51.7.0" },
  { "current.n", "", "current", "n", "", "1-0:91.7.0" },
  { "current.n-calc", "", "current", "n-calc", "", NULL },
  { "current.total", "", "current", "total", "", NULL },
  { "frequency", "", "frequency", "", "", "1-0:14.7.0" },
  { "in7.pulse-count", "in7", "pulse-count", "", "", NULL },
  { "ch20.current", "ch20", "current", "", "", "1-0:11.7.0" },
  { "g2.thd-current.l1", "g2", "thd-current", "l1", "", NULL },
};

static void
test_point_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      OhmPoint point;
      OhmPoint again;
      g_autofree char *obis = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (ohm_point_parse (good[i].name, /* unit */ NULL, i % 2 == 0, &point, &error));
      g_assert_no_error (error);
      g_assert_cmpstr (point.name, ==, good[i].name);
      g_assert_cmpstr (point.group, ==, good[i].group);
      g_assert_cmpstr (point.quantity->id, ==, good[i].quantity);
      g_assert_cmpstr (point.channel, ==, good[i].channel);
      g_assert_cmpstr (point.tariff, ==, good[i].tariff);
      g_assert_cmpint (point.is_integer, ==, i % 2 == 0);
      g_assert_true (ohm_point_parse (good[i].name, NULL, FALSE, &again, NULL));
      g_assert_true (point.name == again.name && point.group == again.group);
      obis = ohm_point_dup_obis (&point);
      g_assert_cmpstr (obis, ==, good[i].obis);
    }
}

static const struct
{
  const char *name;
  const char *message;
} bad[] = {
  { "", "*unknown quantity ''*" },
  { ".", "*unknown quantity ''*" },
  { "g2", "*unknown quantity ''*" },
  { "g2.", "*unknown quantity ''*" },
  { "volatge.l1-n", "*did you mean 'voltage'?*" },
  { "Voltage", "*unknown quantity*" },
  { "voltage.", "*'' is no channel and no tariff*" },
  { "voltage.l5", "*'l5' is no channel*" },
  { "voltage.l1-n.l2-n", "*'l2-n' is no channel*" },
  { "voltage.t0", "*'t0' is no channel*" },
  { "voltage.t01", "*'t01' is no channel*" },
  { "voltage.t100", "*'t100' is no channel*" },
  { "voltage.t1.total", "*'total' is no channel*" },
  { "current.total.t1.x", "*'x' is no channel*" },
  { "voltage.l1",
    "point 'voltage.l1': 'voltage' has no channel 'l1', did you mean 'voltage.l1-n'?" },
  { "current.l2-n", "*'current' has no channel 'l2-n', did you mean 'current.l2'?" },
  { "g2.power-active.n", "*'power-active' has no channel 'n'" },
  { "thd-voltage.l1-n", "*did you mean 'thd-voltage.l1'?" },
  { "voltage.total", "*'voltage' has no channel 'total'" },
  { "frequency.l1", "point 'frequency.l1': 'frequency' has no channel" },
  { "main.voltage", "*unknown quantity 'main'*" },
  { "M1.voltage", "*unknown quantity 'M1'*" },
  { "1.voltage", "*unknown quantity '1'*" },
  { "a/1.voltage", "*unknown quantity*" },
  { "a-1.voltage", "*unknown quantity*" },
  { "g2.g3.voltage", "*unknown quantity 'g3'*" },
  { "volt\303\244ge", "*only ASCII*" },
};

static void
test_point_bad (void)
{
  g_autofree char *endless = g_strnfill (200, 'a');

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      OhmPoint point = { .name = "untouched" };
      g_autoptr (GError) error = NULL;

      g_assert_false (ohm_point_parse (bad[i].name, NULL, FALSE, &point, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
      g_test_message ("%s", error->message);
      g_assert_true (g_pattern_match_simple (bad[i].message, error->message));
      g_assert_cmpstr (point.name, ==, "untouched");
    }
  endless[199] = '1';
  g_assert_false (ohm_point_parse (endless, NULL, FALSE, &(OhmPoint){ 0 }, NULL));
}

static void
test_point_unit (void)
{
  g_autofree char *endless = g_strnfill (100, 'k');
  OhmPoint point;

  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &point, NULL));
  g_assert_cmpstr (point.unit, ==, "V");
  g_assert_true (ohm_point_parse ("in1.pulse-value", NULL, FALSE, &point, NULL));
  g_assert_cmpstr (point.unit, ==, "");
  g_assert_true (ohm_point_parse ("in1.pulse-value", "kWh", FALSE, &point, NULL));
  g_assert_cmpstr (point.unit, ==, "kWh");
  g_assert_true (ohm_point_parse ("in1.pulse-value", endless, FALSE, &point, NULL));
  g_assert_cmpuint (strlen (point.unit), ==, 32);
  endless[31] = '\303';
  endless[32] = '\244';
  g_assert_true (ohm_point_parse ("in1.pulse-value", endless, FALSE, &point, NULL));
  g_assert_cmpuint (strlen (point.unit), ==, 31);
  g_assert_true (ohm_point_parse ("in1.pulse-value", "m\xff", FALSE, &point, NULL));
  g_assert_true (g_utf8_validate (point.unit, -1, NULL));
}

static void
test_point_energy (void)
{
  static const char *const names[] = { "energy-active-import.total", "energy-active-net.total",
                                       "volume", "in1.pulse-count" };
  OhmPoint point;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (ohm_point_parse (names[i], NULL, TRUE, &point, NULL));
      g_assert_true (ohm_point_is_energy (&point));
    }
  g_assert_true (ohm_point_parse ("power-active.total", NULL, FALSE, &point, NULL));
  g_assert_false (ohm_point_is_energy (&point));
  g_assert_true (ohm_point_parse ("rotation", NULL, FALSE, &point, NULL));
  g_assert_false (ohm_point_is_energy (&point));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/point/good", test_point_good);
  g_test_add_func ("/point/bad", test_point_bad);
  g_test_add_func ("/point/unit", test_point_unit);
  g_test_add_func ("/point/energy", test_point_energy);
  return g_test_run ();
}
