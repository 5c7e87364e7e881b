/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "ohm-keyfile.h"

static OhmKeyfile *
test_keyfile_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  OhmKeyfile *keyfile = ohm_keyfile_parse ("x.meter", text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_nonnull (keyfile);
  return keyfile;
}

static void
test_keyfile_assert_refused (const char *text, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_keyfile_parse ("x.meter", text, length, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_keyfile_content (void)
{
  g_autoptr (OhmKeyfile) keyfile = test_keyfile_parse ("# a comment\n"
                                                       "\n"
                                                       "[meter]\r\n"
                                                       "  name = Main incomer  \r\n"
                                                       "empty =\n"
                                                       "\tformula=a = b # c\n"
                                                       "[ place main ]\n"
                                                       "name=x");
  const OhmKeyfileEntry *entries;
  const char *const *groups;
  guint n = 0;

  g_assert_cmpstr (ohm_keyfile_get_name (keyfile), ==, "x.meter");
  groups = ohm_keyfile_get_groups (keyfile);
  g_assert_cmpstr (groups[0], ==, "meter");
  g_assert_cmpstr (groups[1], ==, "place main");
  g_assert_null (groups[2]);

  entries = ohm_keyfile_get_entries (keyfile, "meter", &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpstr (entries[0].key, ==, "name");
  g_assert_cmpstr (entries[0].value, ==, "Main incomer");
  g_assert_cmpuint (entries[0].line, ==, 4);
  g_assert_cmpstr (entries[1].value, ==, "");
  g_assert_cmpstr (entries[2].value, ==, "a = b # c");
  g_assert_null (ohm_keyfile_get_entries (keyfile, "link", &n));
  g_assert_cmpuint (n, ==, 0);

  g_assert_cmpstr (ohm_keyfile_get (keyfile, "place main", "name"), ==, "x");
  g_assert_null (ohm_keyfile_get (keyfile, "place main", "factor"));
  g_assert_null (ohm_keyfile_get (keyfile, "link", "name"));
  g_assert_cmpuint (ohm_keyfile_get_line (keyfile, "place main", "name"), ==, 8);
  g_assert_cmpuint (ohm_keyfile_get_line (keyfile, "place main", NULL), ==, 7);
  g_assert_cmpuint (ohm_keyfile_get_line (keyfile, "place main", "factor"), ==, 0);
  g_assert_cmpuint (ohm_keyfile_get_line (keyfile, "link", NULL), ==, 0);
}

static void
test_keyfile_empty (void)
{
  g_autoptr (OhmKeyfile) nothing = ohm_keyfile_parse ("x", NULL, 0, NULL);
  g_autoptr (OhmKeyfile) mark = test_keyfile_parse ("\xef\xbb\xbf[meter]\nname = x\n");
  OhmKeyfile *reference;

  g_assert_nonnull (nothing);
  g_assert_null (ohm_keyfile_get_groups (nothing)[0]);
  g_assert_cmpstr (ohm_keyfile_get (mark, "meter", "name"), ==, "x");

  reference = g_boxed_copy (OHM_TYPE_KEYFILE, mark);
  g_assert_true (reference == mark);
  g_boxed_free (OHM_TYPE_KEYFILE, reference);
}

static void
test_keyfile_refused (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "name = x\n", "x.meter:1: name: the key stands before any [group]" },
    { "[a]\n[b]\n[a]\n", "x.meter:3: [a]: the group stands twice, first in line 1" },
    { "[a]\nk = 1\n\nk = 2\n", "x.meter:4: [a] k: the key stands twice, first in line 2" },
    { "[a]\nword\n", "x.meter:2: expected 'key = value', found 'word'" },
    { "[a]\n= 1\n", "x.meter:2: [a] : bad key" },
    { "[a]\nk k = 1\n", "x.meter:2: [a] k k: bad key" },
    { "[a]\nk[de] = 1\n", "x.meter:2: [a] k[de]: bad key" },
    { "[a\n", "x.meter:1: expected a group as '[name]', found '[a'" },
    { "[a] # c\n", "x.meter:1: expected a group as '[name]', found '[a] # c'" },
    { "[ ]\n", "x.meter:1: bad group name ''" },
    { "[a[b]\n", "x.meter:1: bad group name 'a[b'" },
    { "[a]\nk = \x01\n", "x.meter:2: control character 0x01" },
    { "[a]\nk = x\ry\n", "x.meter:2: control character 0x0d" },
    { "[a]\nk = \x7f\n", "x.meter:2: control character 0x7f" },
    { "[a]\n\nk = \xff\n", "x.meter:3: byte 0xff is not UTF-8 text" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    test_keyfile_assert_refused (cases[i].text, strlen (cases[i].text), cases[i].message);
  test_keyfile_assert_refused ("[a]\nk = \0\n", 10, "x.meter:2: byte 0x00 is not UTF-8 text");
}

static void
test_keyfile_bounds (void)
{
  g_autofree char *large = g_strnfill (OHM_KEYFILE_BYTES_MAX + 1, '\n');
  g_autofree char *wide = g_strnfill (5000, 'k');
  g_autoptr (GString) many = g_string_new ("[a]\n");
  g_autofree char *too_many = g_strdup_printf ("x.meter:%d: more than %d keys",
                                               OHM_KEYFILE_KEYS_MAX + 2, OHM_KEYFILE_KEYS_MAX);

  test_keyfile_assert_refused (large, OHM_KEYFILE_BYTES_MAX + 1,
                               "x.meter:1: 1048577 bytes, at most 1048576 are read");
  test_keyfile_assert_refused (wide, 5000, "x.meter:1: line is longer than 4096 bytes");
  for (int i = 0; i < OHM_KEYFILE_KEYS_MAX + 1; i++)
    g_string_append_printf (many, "k%d = 1\n", i);
  test_keyfile_assert_refused (many->str, many->len, too_many);
}

static void
test_keyfile_load (void)
{
  g_autofree char *dir = g_dir_make_tmp ("ohm-keyfile-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.meter", NULL);
  g_autofree char *pipe_path = g_build_filename (dir, "pipe.meter", NULL);
  g_autofree char *null_path = g_build_filename (dir, "null.meter", NULL);
  g_autofree char *loop_path = g_build_filename (dir, "loop.meter", NULL);
  g_autoptr (OhmKeyfile) keyfile = NULL;
  g_autoptr (OhmKeyfile) masked = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_keyfile_load (path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, "[a]\nk = 1\n", -1, NULL));
  keyfile = ohm_keyfile_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ohm_keyfile_get (keyfile, "a", "k"), ==, "1");

  g_assert_null (ohm_keyfile_load (dir, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_clear_error (&error);

  g_assert_cmpint (mkfifo (pipe_path, 0600), ==, 0);
  g_assert_null (ohm_keyfile_load (pipe_path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
  g_assert_true (g_str_has_suffix (error->message, ": not a regular file"));
  g_clear_error (&error);

  g_assert_cmpint (symlink (loop_path, loop_path), ==, 0);
  g_assert_null (ohm_keyfile_load (loop_path, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);

  g_assert_cmpint (symlink ("/dev/null", null_path), ==, 0);
  masked = ohm_keyfile_load (null_path, NULL);
  g_assert_nonnull (masked);
  g_assert_null (ohm_keyfile_get_groups (masked)[0]);

  g_unlink (path);
  g_unlink (pipe_path);
  g_unlink (null_path);
  g_unlink (loop_path);
  g_rmdir (dir);
}

/* Of who tells all that is wrong: the lines that are right are there, and nothing is told twice. */
static void
test_keyfile_load_all (void)
{
  static const char *const told[] = {
    "a.meter:1: early: the key stands before any [group]",
    "a.meter:5: expected 'key = value', found 'word'",
    "a.meter:6: [a] k: the key stands twice, first in line 4",
    "a.meter:7: expected a group as '[name]', found '[b'",
    "a.meter:11: [a]: the group stands twice, first in line 3",
    "more",
  };
  g_autofree char *dir = g_dir_make_tmp ("ohm-keyfile-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.meter", NULL);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (OhmKeyfile) keyfile = NULL;

  g_assert_true (g_file_set_contents (path,
                                      "early = 1\nlater = 1\n[a]\nk = 1\nword\nk = 2\n[b\n"
                                      "lost = 1\n[c]\nl = 2\n[a]\nm = 1\n",
                                      -1, NULL));
  keyfile = ohm_keyfile_load_all (path, faults);
  g_assert_true (ohm_keyfile_take_fault (faults, NULL));
  g_assert_false (
    ohm_keyfile_take_fault (faults, g_error_new (OHM_ERROR, OHM_ERROR_CONFIG, "more")));
  g_assert_cmpuint (faults->len, ==, G_N_ELEMENTS (told));
  for (guint i = 0; i < faults->len; i++)
    g_assert_true (g_str_has_suffix (faults->pdata[i], told[i]));
  g_assert_cmpstr (ohm_keyfile_get (keyfile, "a", "k"), ==, "1");
  g_assert_null (ohm_keyfile_get (keyfile, "a", "m"));
  g_assert_cmpstr (ohm_keyfile_get (keyfile, "c", "l"), ==, "2");

  g_ptr_array_set_size (faults, 0);
  g_unlink (path);
  g_assert_null (ohm_keyfile_load_all (path, faults));
  g_assert_cmpuint (faults->len, ==, 1);
  g_rmdir (dir);
}

static void
test_keyfile_set_error (void)
{
  g_autoptr (OhmKeyfile) keyfile = test_keyfile_parse ("[a]\n\nk = 1\n");
  static const struct
  {
    const char *group;
    const char *key;
    const char *message;
  } cases[] = {
    { "a", "k", "x.meter:3: [a] k: bad 7" }, { "a", "missing", "x.meter:1: [a] missing: bad 7" },
    { "a", NULL, "x.meter:1: [a]: bad 7" },  { "b", "k", "x.meter: [b] k: bad 7" },
    { NULL, NULL, "x.meter: bad 7" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      ohm_keyfile_set_error (keyfile, OHM_ERROR_PROFILE, cases[i].group, cases[i].key, &error,
                             "bad %d", 7);
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_keyfile_suggest (void)
{
  static const char *const words[] = { "voltage", "current", "power-active", "unit", NULL };
  g_autofree char *huge = g_strnfill (100000, 'v');

  g_assert_cmpstr (ohm_suggest ("voltgae", words), ==, "voltage");
  g_assert_cmpstr (ohm_suggest ("volage", words), ==, "voltage");
  g_assert_cmpstr (ohm_suggest ("power_active", words), ==, "power-active");
  g_assert_cmpstr (ohm_suggest ("units", words), ==, "unit");
  g_assert_cmpstr (ohm_suggest ("unit", words), ==, "unit");
  g_assert_null (ohm_suggest ("temperature", words));
  g_assert_null (ohm_suggest ("xy", words));
  g_assert_null (ohm_suggest ("", words));
  g_assert_null (ohm_suggest (huge, words));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keyfile/content", test_keyfile_content);
  g_test_add_func ("/keyfile/empty", test_keyfile_empty);
  g_test_add_func ("/keyfile/refused", test_keyfile_refused);
  g_test_add_func ("/keyfile/bounds", test_keyfile_bounds);
  g_test_add_func ("/keyfile/load", test_keyfile_load);
  g_test_add_func ("/keyfile/load-all", test_keyfile_load_all);
  g_test_add_func ("/keyfile/set-error", test_keyfile_set_error);
  g_test_add_func ("/keyfile/suggest", test_keyfile_suggest);
  return g_test_run ();
}
