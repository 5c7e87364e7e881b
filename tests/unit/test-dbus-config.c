/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-config.h"

#include "ohm-dbus-value.h"

static const char meter_text[] = "# the street\n"
                                 "[meter]\n"
                                 "name=Main\n"
                                 "# in the cellar\n"
                                 "unit=1\n"
                                 "\n"
                                 "[place main]\n"
                                 "name=Main\n";

static char *
test_dbus_config_edit_text (const char *text, const char *set, const char *unset, GError **error)
{
  g_autoptr (GVariant) set_rows = g_variant_parse (G_VARIANT_TYPE ("a(sss)"), set, NULL, NULL,
                                                   NULL);
  g_autoptr (GVariant) unset_rows = g_variant_parse (G_VARIANT_TYPE ("a(ss)"), unset, NULL, NULL,
                                                     NULL);

  return ohm_dbus_config_edit (text, set_rows, unset_rows, error);
}

static void
test_dbus_config_edit (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *edited = test_dbus_config_edit_text (
    meter_text, "[('meter', 'unit', '2'), ('meter', 'poll', '1s'), ('place new', 'source', 'g2')]",
    "[('meter', 'name'), ('place main', '')]", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (edited, ==,
                   "# the street\n"
                   "[meter]\n"
                   "# in the cellar\n"
                   "unit=2\n"
                   "poll=1s\n"
                   "\n"
                   "[place new]\n"
                   "source=g2\n");
}

static void
test_dbus_config_edit_refuses (void)
{
  static const struct
  {
    const char *set;
    const char *unset;
  } rows[] = {
    { "[('meter', 'name', 'two\\nlines=1')]", "[]" },
    { "[('meter', 'na\\nme', 'x')]", "[]" },
    { "[('me]ter', 'name', 'x')]", "[]" },
    { "[('', 'name', 'x')]", "[]" },
    { "[('meter', '', 'x')]", "[]" },
    { "[('meter', 'a=b', 'x')]", "[]" },
    { "[]", "[('meter', 'colour')]" },
    { "[]", "[('place other', '')]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (test_dbus_config_edit_text (meter_text, rows[i].set, rows[i].unset, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
    }
}

/* A file that is wrong can be put right. */
static void
test_dbus_config_edit_any_file (void)
{
  g_autofree char *empty = test_dbus_config_edit_text ("", "[('ohmd', 'a', '1')]", "[]", NULL);
  g_autofree char *wrong = test_dbus_config_edit_text ("[meter\nx=1\n [b] \n b = 2",
                                                       "[('b', 'b', '3'), ('b', 'c', '4')]", "[]",
                                                       NULL);

  g_assert_cmpstr (empty, ==, "[ohmd]\na=1\n");
  g_assert_cmpstr (wrong, ==, "[meter\nx=1\n [b] \nb=3\nc=4\n");
}

static void
test_dbus_config_rename_group (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *renamed = ohm_dbus_config_rename_group (meter_text, "place main", "place street",
                                                           &error);
  g_autofree char *added = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (strstr (renamed, "\n[place street]\nname=Main\n"));
  g_assert_null (strstr (renamed, "[place main]"));

  added = ohm_dbus_config_rename_group ("[meter]\nunit=1", "place x", "place y", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (added, ==, "[meter]\nunit=1\n\n[place y]\n");

  g_assert_null (ohm_dbus_config_rename_group (meter_text, "meter", "place main", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_EXISTS);
}

static void
test_dbus_config_findings (void)
{
  static const char *const texts[] = {
    "/etc/ohmnibus/meters.d/main.meter:7: [meter] host: is missing",
    "etc/meters.d/10.0.0.1.meter: '10.0.0.1' is no id",
    "something else: 5: it is",
  };
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  g_autoptr (GVariant) findings = NULL;
  g_autofree char *printed = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_ptr_array_add (list, (gpointer) (gsize) texts[i]);
  findings = g_variant_ref_sink (ohm_dbus_config_new_findings (list));
  printed = g_variant_print (findings, /* type_annotate */ FALSE);
  g_assert_cmpstr (
    printed, ==,
    "[('/etc/ohmnibus/meters.d/main.meter', 7, 'misconfigured', "
    "{'text': '[meter] host: is missing'}), "
    "('etc/meters.d/10.0.0.1.meter', 0, 'misconfigured', {'text': \"'10.0.0.1' is no id\"}), "
    "('', 0, 'misconfigured', {'text': 'something else: 5: it is'})]");
}

static void
test_dbus_config_assert_value (GVariant *value, const char *expected)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autofree char *printed = g_variant_print (owned, /* type_annotate */ TRUE);

  g_assert_cmpstr (printed, ==, expected);
}

static void
test_dbus_config_values (void)
{
  static const char *const texts[] = { "a", "b", NULL };
  g_autoptr (OhmMessage) message = ohm_message_new ("no-answer", "unit", "3", NULL);
  OhmState state = { OHM_STATE_SILENT, 5, message, 9 };
  g_autofree char *classes = ohm_dbus_dup_classes (OHM_READ_LIVE | OHM_READ_SLOT);
  g_autofree char *none = ohm_dbus_dup_classes (0);

  test_dbus_config_assert_value (ohm_dbus_string (NULL), "''");
  test_dbus_config_assert_value (ohm_dbus_strings (texts), "['a', 'b']");
  test_dbus_config_assert_value (ohm_dbus_strings (NULL), "@as []");
  test_dbus_config_assert_value (ohm_dbus_message_code (NULL), "''");
  test_dbus_config_assert_value (ohm_dbus_message_arguments (NULL), "@a{ss} {}");
  test_dbus_config_assert_value (ohm_dbus_state_code (&state), "'silent'");
  test_dbus_config_assert_value (ohm_dbus_state_since (&state), "int64 5");
  test_dbus_config_assert_value (ohm_dbus_state_cause_code (&state), "'no-answer'");
  test_dbus_config_assert_value (ohm_dbus_state_cause_arguments (&state), "{'unit': '3'}");
  test_dbus_config_assert_value (ohm_dbus_state_next_attempt (&state), "int64 9");
  test_dbus_config_assert_value (ohm_dbus_reason_code ("failed", NULL), "''");
  test_dbus_config_assert_value (ohm_dbus_reason_code ("failed", "why"), "'failed'");
  test_dbus_config_assert_value (ohm_dbus_reason_arguments ("why"), "{'text': 'why'}");
  g_assert_cmpstr (classes, ==, "live slot");
  g_assert_cmpstr (none, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus-config/edit", test_dbus_config_edit);
  g_test_add_func ("/dbus-config/edit-refuses", test_dbus_config_edit_refuses);
  g_test_add_func ("/dbus-config/edit-any-file", test_dbus_config_edit_any_file);
  g_test_add_func ("/dbus-config/rename-group", test_dbus_config_rename_group);
  g_test_add_func ("/dbus-config/findings", test_dbus_config_findings);
  g_test_add_func ("/dbus-config/values", test_dbus_config_values);
  return g_test_run ();
}
