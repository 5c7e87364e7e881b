/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-settings.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)

static const OhmSettingSpec meter_specs[] = {
  { "name", OHM_SETTING_STRING, 1, 20, NULL, NULL, "what people call it", TRUE },
  { "poll", OHM_SETTING_DURATION, 100000, 3600 * SECOND_US, "5s", NULL, "live period", FALSE },
  { "unit", OHM_SETTING_INTEGER, 0, 255, NULL, NULL, "unit id", FALSE },
  { "enabled", OHM_SETTING_BOOLEAN, 0, 0, "true", NULL, "whether it is read", FALSE },
  { NULL },
};

static const OhmSettingSpec link_specs[] = {
  { "framing", OHM_SETTING_CHOICE, 0, 0, "auto", "tcp|rtu|auto", "how frames are told", FALSE },
  { "factor", OHM_SETTING_REAL, -10, 10, "1", NULL, "factor", FALSE },
  { "tags", OHM_SETTING_LIST, 0, 3, NULL, NULL, "tags", FALSE },
  { NULL },
};

static const OhmSettingSpec *const tables[] = { meter_specs, link_specs, NULL };

static OhmSettings *
test_settings_read (const char *text, GError **error)
{
  g_autofree char *whole = g_strconcat ("[meter]\n", text, NULL);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.meter", whole, strlen (whole), error);

  g_assert_nonnull (keyfile);
  return ohm_settings_new (keyfile, "meter", tables, error);
}

static void
test_settings_assert_refused (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (test_settings_read (text, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_settings_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmSettings) settings = test_settings_read ("name = Main\n"
                                                         "poll = 250ms\n"
                                                         "unit = 0x10\n"
                                                         "enabled = false\n"
                                                         "framing = rtu\n"
                                                         "factor = -1.5\n"
                                                         "tags = a; b ;c;\n",
                                                         &error);
  const char *const *tags;

  g_assert_no_error (error);
  g_assert_cmpstr (ohm_settings_get_string (settings, "name"), ==, "Main");
  g_assert_cmpint (ohm_settings_get_duration_us (settings, "poll"), ==, 250000);
  g_assert_cmpint (ohm_settings_get_integer (settings, "unit"), ==, 16);
  g_assert_false (ohm_settings_get_boolean (settings, "enabled"));
  g_assert_cmpstr (ohm_settings_get_string (settings, "framing"), ==, "rtu");
  g_assert_cmpfloat_with_epsilon (ohm_settings_get_real (settings, "factor"), -1.5, 1e-12);
  tags = ohm_settings_get_list (settings, "tags");
  g_assert_cmpstr (tags[0], ==, "a");
  g_assert_cmpstr (tags[1], ==, "b");
  g_assert_cmpstr (tags[2], ==, "c");
  g_assert_null (tags[3]);
}

static void
test_settings_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmSettings) settings = test_settings_read ("name = Main\n", &error);
  static const OhmSettingSpec *const optional[] = { link_specs, NULL };
  g_autoptr (OhmSettings) nothing = ohm_settings_new (NULL, "meter", optional, &error);

  g_assert_no_error (error);
  g_assert_true (ohm_settings_is_set (settings, "name"));
  g_assert_false (ohm_settings_is_set (settings, "poll"));
  g_assert_false (ohm_settings_is_set (settings, "unit"));
  g_assert_cmpint (ohm_settings_get_duration_us (settings, "poll"), ==, 5 * SECOND_US);
  g_assert_true (ohm_settings_get_boolean (settings, "enabled"));
  g_assert_cmpfloat_with_epsilon (ohm_settings_get_real (settings, "factor"), 1.0, 1e-12);
  g_assert_cmpint (ohm_settings_get_integer (settings, "unit"), ==, 0);
  g_assert_null (ohm_settings_get_string (settings, "unit"));
  g_assert_null (ohm_settings_get_list (settings, "tags")[0]);
  g_assert_cmpstr (ohm_settings_get_string (nothing, "framing"), ==, "auto");

  g_assert_null (ohm_settings_new (NULL, "meter", tables, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, "[meter] name: the key is missing");
}

static void
test_settings_refused (void)
{
  test_settings_assert_refused ("unit = 1\n", "x.meter:1: [meter] name: the key is missing");
  test_settings_assert_refused ("name = x\npol = 5s\n",
                                "x.meter:3: [meter] pol: unknown key; did you mean 'poll'?");
  test_settings_assert_refused ("name = x\nzebra = 5s\n", "x.meter:3: [meter] zebra: unknown key");
  test_settings_assert_refused ("name =\n",
                                "x.meter:2: [meter] name: '': expected text of 1..20 bytes");
  test_settings_assert_refused ("unit = 256\n",
                                "x.meter:2: [meter] unit: '256': expected an integer 0..255");
  test_settings_assert_refused ("unit = 1.0\n",
                                "x.meter:2: [meter] unit: '1.0': expected an integer 0..255");
  test_settings_assert_refused (
    "unit = 1 # first\n",
    "x.meter:2: [meter] unit: '1 # first': expected an integer 0..255; a '#' within "
    "a value is part of it, a comment needs a line of its own");
  test_settings_assert_refused (
    "poll = 5\n", "x.meter:2: [meter] poll: '5': expected a duration 100ms..1h with its unit: us "
                  "ms s min h d");
  test_settings_assert_refused ("enabled = yes\n",
                                "x.meter:2: [meter] enabled: 'yes': expected true or false");
  test_settings_assert_refused (
    "framing = rtuu\n",
    "x.meter:2: [meter] framing: 'rtuu': expected one of tcp|rtu|auto; did you mean "
    "'rtu'?");
  test_settings_assert_refused (
    "factor = 1,5\n", "x.meter:2: [meter] factor: '1,5': expected a number -10..10 with a decimal "
                      "point");
  test_settings_assert_refused (
    "factor = 10.5\n",
    "x.meter:2: [meter] factor: '10.5': expected a number -10..10 with a decimal "
    "point");
  test_settings_assert_refused (
    "tags = a;b;c;d\n",
    "x.meter:2: [meter] tags: 'a;b;c;d': expected at most 3 texts separated by ';'");
  test_settings_assert_refused (
    "tags = a;;b\n", "x.meter:2: [meter] tags: 'a;;b': expected at most 3 texts separated by ';'");
}

static void
test_settings_all_faults (void)
{
  static const char text[] = "[meter]\nunit = 256\nzebra = 1\npoll = 5\n";
  static const char *const told[] = { "x.meter:2: [meter] unit: *", "x.meter:3: [meter] zebra: *",
                                      "x.meter:4: [meter] poll: *",
                                      "x.meter:1: [meter] name: the key is missing" };
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.meter", text, strlen (text), NULL);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);

  g_assert_null (ohm_settings_new_all (keyfile, "meter", tables, faults));
  g_assert_cmpuint (faults->len, ==, G_N_ELEMENTS (told));
  for (guint i = 0; i < faults->len; i++)
    g_assert_true (g_pattern_match_simple (told[i], faults->pdata[i]));
}

static void
test_settings_equal (void)
{
  g_autoptr (OhmSettings) a = test_settings_read ("name = x\npoll = 5s\ntags = a;b\n", NULL);
  g_autoptr (OhmSettings) same = test_settings_read ("name = x\npoll = 5000ms\ntags = a; b;\n",
                                                     NULL);
  g_autoptr (OhmSettings) unit = test_settings_read ("name = x\nunit = 0\ntags = a;b\n", NULL);
  g_autoptr (OhmSettings) name = test_settings_read ("name = y\ntags = a;b\n", NULL);
  g_autoptr (OhmSettings) tags = test_settings_read ("name = x\ntags = a;c\n", NULL);
  g_autoptr (OhmSettings) factor = test_settings_read ("name = x\ntags = a;b\nfactor = 2\n", NULL);
  OhmSettings *reference = g_boxed_copy (OHM_TYPE_SETTINGS, a);

  g_assert_true (ohm_settings_equal (a, reference));
  g_boxed_free (OHM_TYPE_SETTINGS, reference);
  g_assert_true (ohm_settings_equal (a, same));
  g_assert_true (ohm_settings_equal (NULL, NULL));
  g_assert_false (ohm_settings_equal (a, NULL));
  g_assert_false (ohm_settings_equal (a, unit));
  g_assert_false (ohm_settings_equal (a, name));
  g_assert_false (ohm_settings_equal (a, tags));
  g_assert_false (ohm_settings_equal (a, factor));
  g_assert_true (ohm_settings_equal_but (a, name, "name"));
  g_assert_false (ohm_settings_equal_but (a, tags, "name"));
  g_assert_false (ohm_settings_equal_but (a, name, NULL));
}

static void
test_settings_check (void)
{
  g_autoptr (GError) error = NULL;
  static const OhmSettingSpec any = { "any", OHM_SETTING_INTEGER };

  g_assert_true (ohm_setting_check (&meter_specs[2], "255", &error));
  g_assert_no_error (error);
  g_assert_false (ohm_setting_check (&meter_specs[2], "-1", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, "'-1': expected an integer 0..255");
  g_assert_true (ohm_setting_check (&any, "-9223372036854775807", NULL));
  g_assert_false (ohm_setting_check (&any, "9223372036854775808", NULL));
  g_assert_false (ohm_setting_check (&any, "+1", NULL));
  g_assert_false (ohm_setting_check (&any, "--1", NULL));
  g_assert_false (ohm_setting_check (&any, "0x", NULL));
  g_assert_false (ohm_setting_check (&any, "", NULL));
  g_assert_true (ohm_setting_check (&link_specs[1], "1e0", NULL));
  g_assert_false (ohm_setting_check (&link_specs[1], "nan", NULL));
  g_assert_false (ohm_setting_check (&link_specs[1], "0x1", NULL));
  g_assert_false (ohm_setting_check (&link_specs[1], "1e999", NULL));
}

static void
test_settings_hosts (void)
{
  static const OhmSettingSpec host = { "host", OHM_SETTING_HOST };
  static const char *const good[] = { "192.0.2.10",  "gateway",      "gateway.example.",
                                      "2001:db8::1", "fe80::1%eth0", "meter_7" };
  static const char *const wrong[] = {
    "", " a", "a b", "192.0.2.10:502", "[2001:db8::1]", "a/b", "user@host", "a:b:c"
  };
  g_autofree char *longest = g_strnfill (253, 'a');
  g_autofree char *longer = g_strnfill (254, 'a');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (ohm_setting_check (&host, good[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (ohm_setting_check (&host, wrong[i], NULL));
  g_assert_true (ohm_setting_check (&host, longest, NULL));
  g_assert_false (ohm_setting_check (&host, longer, NULL));
  g_assert_false (ohm_setting_check (&host, "192.0.2.10:5020", &error));
  g_assert_cmpstr (error->message, ==,
                   "'192.0.2.10:5020': expected a name or an address, without a port; did you mean "
                   "'192.0.2.10' and port = 5020?");
}

static void
test_settings_durations (void)
{
  static const struct
  {
    const char *text;
    gint64 us;
    const char *canonical;
  } good[] = {
    { "250ms", 250000, "250ms" },          { "5s", 5 * SECOND_US, "5s" },
    { "15min", 900 * SECOND_US, "15min" }, { "1500 us", 1500, "1500us" },
    { "1.5s", 1500000, "1500ms" },         { "0.000001s", 1, "1us" },
    { "24h", 86400 * SECOND_US, "1d" },    { "0ms", 0, "0s" },
    { "90s", 90 * SECOND_US, "90s" },
  };
  static const char *const bad[] = { "",
                                     "5",
                                     "s",
                                     "5 sec",
                                     "-5s",
                                     "5s ",
                                     "1..5s",
                                     "5.",
                                     "5.s",
                                     "0.0001ms",
                                     "1.5us",
                                     "1e3s",
                                     "5S",
                                     "99999999999999999999s",
                                     "9999999999999d" };
  gint64 us = 77;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *canonical = NULL;

      g_assert_true (ohm_duration_parse (good[i].text, &us));
      g_assert_cmpint (us, ==, good[i].us);
      canonical = ohm_duration_to_string (us);
      g_assert_cmpstr (canonical, ==, good[i].canonical);
    }
  us = 77;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ohm_duration_parse (bad[i], &us));
  g_assert_cmpint (us, ==, 77);
}

static void
test_settings_ids (void)
{
  g_autofree char *longest = g_strnfill (63, 'a');
  g_autofree char *longer = g_strnfill (64, 'a');

  g_assert_true (ohm_id_is_valid ("a"));
  g_assert_true (ohm_id_is_valid ("0-main-2"));
  g_assert_true (ohm_id_is_valid (longest));
  g_assert_false (ohm_id_is_valid (longer));
  g_assert_false (ohm_id_is_valid (NULL));
  g_assert_false (ohm_id_is_valid (""));
  g_assert_false (ohm_id_is_valid ("-a"));
  g_assert_false (ohm_id_is_valid ("A"));
  g_assert_false (ohm_id_is_valid ("a.b"));
  g_assert_false (ohm_id_is_valid ("ä"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/settings/values", test_settings_values);
  g_test_add_func ("/settings/defaults", test_settings_defaults);
  g_test_add_func ("/settings/refused", test_settings_refused);
  g_test_add_func ("/settings/all-faults", test_settings_all_faults);
  g_test_add_func ("/settings/equal", test_settings_equal);
  g_test_add_func ("/settings/check", test_settings_check);
  g_test_add_func ("/settings/hosts", test_settings_hosts);
  g_test_add_func ("/settings/durations", test_settings_durations);
  g_test_add_func ("/settings/ids", test_settings_ids);
  return g_test_run ();
}
