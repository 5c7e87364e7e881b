/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <glib/gstdio.h>

#include "ohm-sim-spec.h"

static void
test_sim_units_round_trip (void)
{
  static const char *const texts[] = { "1", "0,255", "1,3,5-8", "1-247", "*" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      OhmSimUnits units;

      g_assert_true (ohm_sim_units_parse (texts[i], &units, &error));
      g_assert_no_error (error);
      text = ohm_sim_units_to_string (&units);
      g_assert_cmpstr (text, ==, texts[i]);
      g_assert_cmpint (ohm_sim_units_is_all (&units), ==, g_str_equal (texts[i], "*"));
    }
}

static void
test_sim_units_refused (void)
{
  static const char *const texts[] = { "", "x", "256", "5-3", "1,,2", "1-", "-1", "1-2-3" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      OhmSimUnits units;

      g_assert_false (ohm_sim_units_parse (texts[i], &units, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
    }
}

static OhmSimSpec *
test_sim_spec_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  OhmSimSpec *spec = ohm_sim_spec_parse (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (spec);
  return spec;
}

static void
test_sim_spec_line (void)
{
  g_autoptr (OhmSimSpec) spec = test_sim_spec_parse (
    "janitza-common@1-8:line=/tmp/x,baud=19200,noise=flip:500,noise=strict:on,noise=echo:on");
  g_autoptr (OhmSimSpec) converter = test_sim_spec_parse ("janitza-common:framing=rtu,baud=9600");
  g_autoptr (OhmSimSpec) plain = test_sim_spec_parse ("janitza-common");

  g_assert_cmpstr (spec->line, ==, "/tmp/x");
  g_assert_cmpuint (spec->traits.baud, ==, 19200);
  g_assert_cmpuint (spec->traits.bits, ==, 10);
  g_assert_cmpuint (spec->traits.flip, ==, 500);
  g_assert_true (spec->traits.is_strict);
  g_assert_true (spec->traits.echoes);
  g_assert_null (converter->line);
  g_assert_cmpint (converter->framing, ==, OHM_FRAMING_RTU);
  g_assert_cmpuint (converter->traits.baud, ==, 9600);
  g_assert_cmpint (plain->framing, ==, OHM_FRAMING_TCP);
  g_assert_cmpuint (plain->traits.baud, ==, 0);
}

static void
test_sim_spec_line_refused (void)
{
  static const char *const texts[] = {
    "x:line=relative", "x:baud=fast", "x:noise=flip", "x:noise=sparks:1", "x:framing=ascii",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ohm_sim_spec_parse (texts[i], &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
    }
}

static void
test_sim_spec_plain (void)
{
  g_autoptr (OhmSimSpec) spec = test_sim_spec_parse ("janitza-common");
  g_autofree char *units = ohm_sim_units_to_string (&spec->units);

  g_assert_cmpstr (spec->type, ==, "janitza-common");
  g_assert_cmpstr (units, ==, "1");
  g_assert_cmpuint (spec->count, ==, 1);
  g_assert_cmpuint (spec->port, ==, 0);
  g_assert_cmpuint (spec->serial, ==, 0);
  g_assert_cmpuint (spec->faults->len, ==, 0);
  g_assert_null (spec->name);
}

static void
test_sim_spec_full (void)
{
  g_autoptr (OhmSimSpec) spec = test_sim_spec_parse (
    "umg801@1,3,5-8*12:port=5020,serial=41000017,name=Main incomer,"
    "power=1.5e5,load=site,latency=2,connections=4,fault=hold=1000,10@3,5%20,"
    "fault=nan,fact.input-unit.0=m3");
  const OhmSimFault *fault = &g_array_index (spec->faults, OhmSimFault, 0);
  g_autofree char *units = ohm_sim_units_to_string (&spec->units);
  g_autofree char *text = ohm_sim_fault_to_string (fault);

  g_assert_cmpstr (units, ==, "1,3,5-8");
  g_assert_cmpuint (spec->count, ==, 12);
  g_assert_cmpuint (spec->port, ==, 5020);
  g_assert_cmpuint (spec->serial, ==, 41000017);
  g_assert_cmpstr (spec->name, ==, "Main incomer");
  g_assert_cmpfloat_with_epsilon (spec->power_w, 150000.0, 1e-9);
  g_assert_cmpint (spec->load, ==, OHM_SIM_LOAD_SITE);
  g_assert_cmpint (spec->latency_us, ==, 2000);
  g_assert_cmpuint (spec->connections_max, ==, 4);
  g_assert_cmpuint (spec->faults->len, ==, 2);
  g_assert_cmpstr (text, ==, "hold=1000,10@3,5%20");
  g_assert_cmpstr (g_hash_table_lookup (spec->facts, "input-unit.0"), ==, "m3");
}

static void
test_sim_spec_any_unit (void)
{
  g_autoptr (OhmSimSpec) one = test_sim_spec_parse ("prodata2@*");
  g_autoptr (OhmSimSpec) many = test_sim_spec_parse ("prodata2@**7");

  g_assert_true (ohm_sim_units_is_all (&one->units));
  g_assert_cmpuint (one->count, ==, 1);
  g_assert_true (ohm_sim_units_is_all (&many->units));
  g_assert_cmpuint (many->count, ==, 7);
}

static void
test_sim_spec_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } rows[] = {
    { "", "meter '': '' is not a type id" },
    { "UMG", "meter 'UMG': 'UMG' is not a type id" },
    { "a*0", "meter 'a*0': count: expected a number from 1 to 10000, found '0'" },
    { "a@300", "meter 'a@300': '300' is not a unit id from 0 to 255 or a range of them" },
    { "a:port", "meter 'a:port': expected KEY=VALUE, found 'port'" },
    { "a:port=", "meter 'a:port=': expected KEY=VALUE, found 'port='" },
    { "a:port=0", "meter 'a:port=0': port: expected a number from 1 to 65535, found '0'" },
    { "a:serail=1", "meter 'a:serail=1': serail: unknown key; did you mean 'serial'?" },
    { "a:power=x", "meter 'a:power=x': power: expected watts from 0 to 1e9, found 'x'" },
    { "a:load=x",
      "meter 'a:load=x': load: expected office, house, heat-pump, pv, site or constant, "
      "found 'x'" },
    { "a:latency=x", "meter 'a:latency=x': latency: expected a number from 0 to 3600000, "
                     "found 'x'" },
    { "a:connections=0",
      "meter 'a:connections=0': connections: expected a number from 1 to 65535, found '0'" },
    { "a:serial=-1",
      "meter 'a:serial=-1': serial: expected a number from 1 to 9223372036854775807, "
      "found '-1'" },
    { "a:fault=silnt", "meter 'a:fault=silnt': fault: unknown fault 'silnt'; did you mean "
                       "'silent'?" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ohm_sim_spec_parse (rows[i].text, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
}

static void
test_sim_spec_files (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) specs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_spec_free);
  g_autofree char *path = NULL;
  g_autofree char *argument = NULL;
  int fd = g_file_open_tmp ("specs-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_assert_true (g_close (fd, NULL));
  g_assert_true (g_file_set_contents (path, "# a house\n\n  a@1-3 \nb\n", -1, NULL));
  argument = g_strconcat ("@", path, NULL);
  g_assert_true (ohm_sim_specs_add (specs, "c", &error));
  g_assert_true (ohm_sim_specs_add (specs, argument, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (specs->len, ==, 3);
  g_assert_cmpstr (((OhmSimSpec *) specs->pdata[1])->type, ==, "a");

  g_assert_true (g_file_set_contents (path, "a\nB\n", -1, NULL));
  g_assert_false (ohm_sim_specs_add (specs, argument, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_nonnull (g_strstr_len (error->message, -1, ":2: meter 'B'"));
  g_clear_error (&error);
  g_unlink (path);
  g_assert_false (ohm_sim_specs_add (specs, argument, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_false (ohm_sim_specs_add (specs, "!", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
}

static void
test_sim_spec_capture (void)
{
  static const char text[] = "capture 1\nprofile umg96rm\norigin test\nunit 7\n"
                             "0 > 03 000a0001\n0 < 03 02 0001\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("specs-XXXXXX", &error);
  g_autofree char *path = g_build_filename (dir, "main.capture", NULL);
  g_autofree char *other = g_strconcat (path, "@3", NULL);
  g_autoptr (OhmSimSpec) spec = NULL;
  g_autoptr (OhmSimSpec) moved = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, &error));
  spec = ohm_sim_spec_parse (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (spec->type, ==, "umg96rm");
  g_assert_nonnull (spec->capture);
  g_assert_true (ohm_sim_units_has (&spec->units, 7));
  moved = ohm_sim_spec_parse (other, &error);
  g_assert_no_error (error);
  g_assert_true (ohm_sim_units_has (&moved->units, 3));
  g_assert_false (ohm_sim_units_has (&moved->units, 7));

  g_assert_true (g_file_set_contents (path, "capture 1\nprofile x\n", -1, &error));
  g_assert_null (ohm_sim_spec_parse (path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path,
                                      "capture 1\nprofile x\norigin y\n"
                                      "0 > 03 000a0001\n0 < 03 04 0001\n",
                                      -1, &error));
  g_assert_null (ohm_sim_spec_parse (path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_clear_error (&error);
  g_unlink (path);
  g_rmdir (dir);
  g_assert_null (ohm_sim_spec_parse (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
test_sim_spec_help (void)
{
  g_autofree char *help = ohm_sim_spec_help ();

  g_assert_nonnull (g_strstr_len (help, -1, "latency=MS"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/units/round-trip", test_sim_units_round_trip);
  g_test_add_func ("/sim/units/refused", test_sim_units_refused);
  g_test_add_func ("/sim/spec/plain", test_sim_spec_plain);
  g_test_add_func ("/sim/spec/line", test_sim_spec_line);
  g_test_add_func ("/sim/spec/line-refused", test_sim_spec_line_refused);
  g_test_add_func ("/sim/spec/full", test_sim_spec_full);
  g_test_add_func ("/sim/spec/any-unit", test_sim_spec_any_unit);
  g_test_add_func ("/sim/spec/refused", test_sim_spec_refused);
  g_test_add_func ("/sim/spec/files", test_sim_spec_files);
  g_test_add_func ("/sim/spec/capture", test_sim_spec_capture);
  g_test_add_func ("/sim/spec/help", test_sim_spec_help);
  return g_test_run ();
}
