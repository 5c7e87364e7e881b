/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-app.h"

static void
test_args_parse (const char *text, OhmctlLine *line, GError **error)
{
  g_auto (GStrv) argv = g_strsplit (text, " ", -1);

  ohmctl_app_parse (argv, line, error);
}

static void
test_args_assert_wrong (const char *text, const char *message)
{
  g_autoptr (GError) error = NULL;
  OhmctlLine line;

  test_args_parse (text, &line, &error);
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
  g_assert_cmpstr (error->message, ==, message);
  ohmctl_app_clear (&line);
}

static void
test_args_line (void)
{
  g_autoptr (GError) error = NULL;
  OhmctlLine line;

  test_args_parse ("ohmctl --json meter set --session main a=1 --unset b --unset=c --bus-address x",
                   &line, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (line.object, ==, "meter");
  g_assert_cmpstr (line.verb->verb, ==, "set");
  g_assert_cmpuint (ohmctl_args_n_words (line.args), ==, 2);
  g_assert_cmpstr (ohmctl_args_word (line.args, 0), ==, "main");
  g_assert_cmpstr (ohmctl_args_word (line.args, 1), ==, "a=1");
  g_assert_null (ohmctl_args_word (line.args, 2));
  g_assert_cmpstr (ohmctl_args_words (line.args, 1)[0], ==, "a=1");
  g_assert_null (ohmctl_args_words (line.args, 7)[0]);
  g_assert_true (ohmctl_args_has (line.args, "json"));
  g_assert_true (ohmctl_args_has (line.args, "session"));
  g_assert_false (ohmctl_args_has (line.args, "system"));
  g_assert_cmpstr (ohmctl_args_get (line.args, "bus-address"), ==, "x");
  g_assert_cmpuint (ohmctl_args_get_all (line.args, "unset")->len, ==, 2);
  g_assert_cmpstr (ohmctl_args_get (line.args, "unset"), ==, "c");
  g_assert_null (ohmctl_args_get (line.args, "place"));
  ohmctl_app_clear (&line);
}

static void
test_args_end_of_options (void)
{
  g_autoptr (GError) error = NULL;
  OhmctlLine line;

  test_args_parse ("ohmctl meter rename -- --main -", &line, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ohmctl_args_word (line.args, 0), ==, "--main");
  g_assert_cmpstr (ohmctl_args_word (line.args, 1), ==, "-");
  ohmctl_app_clear (&line);
}

static void
test_args_help (void)
{
  g_autoptr (GError) error = NULL;
  OhmctlLine line;

  test_args_parse ("ohmctl meter -h", &line, &error);
  g_assert_no_error (error);
  g_assert_null (line.verb);
  g_assert_true (ohmctl_args_has (line.args, "help"));
  ohmctl_app_clear (&line);
}

static void
test_args_wrong (void)
{
  test_args_assert_wrong ("ohmctl stats", "no command 'stats'; did you mean 'status'?");
  test_args_assert_wrong ("ohmctl --json", "what is to be done?");
  test_args_assert_wrong ("ohmctl meter", "what is to be done with meter?");
  test_args_assert_wrong ("ohmctl meter rid", "no verb of meter 'rid'");
  test_args_assert_wrong ("ohmctl plan", "something is missing: ohmctl plan METER");
  test_args_assert_wrong ("ohmctl plan a b", "'b' is one word too many");
  test_args_assert_wrong ("ohmctl plan a --json=1", "option '--json' takes no value");
  test_args_assert_wrong ("ohmctl --pints plan a", "unknown option '--pints'");
  test_args_assert_wrong ("ohmctl plan a --pints",
                          "unknown option '--pints'; did you mean '--points'?");
  test_args_assert_wrong ("ohmctl watch --every", "option '--every' needs a value: --every=TIME");
}

static void
test_args_numbers (void)
{
  g_autoptr (GError) error = NULL;
  OhmctlLine line;
  guint number = 5;
  gint64 us = 7;

  test_args_parse ("ohmctl test x --unit=255", &line, &error);
  g_assert_true (ohmctl_args_get_uint (line.args, "unit", 255, &number, &error));
  g_assert_cmpuint (number, ==, 255);
  g_assert_false (ohmctl_args_get_uint (line.args, "unit", 254, &number, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
  g_clear_error (&error);
  ohmctl_app_clear (&line);

  test_args_parse ("ohmctl watch --every=250ms --timeout=-1s", &line, &error);
  g_assert_true (ohmctl_args_get_uint (line.args, "unit", 1, &number, &error));
  g_assert_cmpuint (number, ==, 255);
  g_assert_true (ohmctl_args_get_duration_us (line.args, "every", &us, &error));
  g_assert_cmpint (us, ==, 250000);
  g_assert_false (ohmctl_args_get_duration_us (line.args, "timeout", &us, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
  ohmctl_app_clear (&line);
}

/* A row without summary or without a way to run would only show when somebody uses it. */
static void
test_args_check_verb (const OhmctlVerb *verb, gpointer data)
{
  guint *n = data;

  g_assert_nonnull (verb->words);
  g_assert_nonnull (verb->summary);
  g_assert_nonnull (verb->run);
  g_assert_false (g_str_has_suffix (verb->summary, "."));
  g_assert_cmpuint (verb->min_words, <=, verb->max_words);
  g_assert_true (ohmctl_verbs_find (verb->object, verb->verb) == verb);
  for (const OhmctlOption *row = verb->options; row != NULL && row->name != NULL; row++)
    g_assert_false (g_str_has_suffix (row->help, "."));
  ++*n;
}

static void
test_args_table (void)
{
  g_autofree const char **commands = ohmctl_verbs_dup_commands ();
  guint n = 0;

  ohmctl_verbs_foreach (test_args_check_verb, &n);
  g_assert_cmpuint (n, >, 40);
  for (guint i = 0; commands[i] != NULL; i++)
    g_assert_true (ohmctl_verbs_is_object (commands[i]) ||
                   ohmctl_verbs_find (/* object */ NULL, commands[i]) != NULL);
  g_assert_false (ohmctl_verbs_is_object (NULL));
  g_assert_null (ohmctl_verbs_find ("meter", "status"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/args/line", test_args_line);
  g_test_add_func ("/ohmctl/args/end-of-options", test_args_end_of_options);
  g_test_add_func ("/ohmctl/args/help", test_args_help);
  g_test_add_func ("/ohmctl/args/wrong", test_args_wrong);
  g_test_add_func ("/ohmctl/args/numbers", test_args_numbers);
  g_test_add_func ("/ohmctl/args/table", test_args_table);
  return g_test_run ();
}
