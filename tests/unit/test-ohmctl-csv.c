/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ohmctl-csv.h"

static GPtrArray *
test_csv_parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = ohmctl_csv_parse ("f", text, strlen (text), &error);

  g_assert_no_error (error);
  return rows;
}

/* @expected: fields joined by `|` */
static void
test_csv_assert_row (GPtrArray *rows, guint index, guint line, const char *expected)
{
  const OhmctlCsvRow *row = rows->pdata[index];
  g_autoptr (GString) joined = g_string_new (NULL);

  for (guint i = 0; i < row->fields->len; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? "|" : "", (const char *) row->fields->pdata[i]);
  g_assert_cmpstr (joined->str, ==, expected);
  g_assert_cmpuint (row->line, ==, line);
}

static void
test_csv_assert_wrong (const char *text, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ohmctl_csv_parse ("f", text, length, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_csv_plain (void)
{
  g_autoptr (GPtrArray) rows = test_csv_parse ("id,name\r\n a , b c\r\n\r\nd,\n e,f");

  g_assert_cmpuint (rows->len, ==, 4);
  test_csv_assert_row (rows, 0, 1, "id|name");
  test_csv_assert_row (rows, 1, 2, "a|b c");
  test_csv_assert_row (rows, 2, 4, "d|");
  test_csv_assert_row (rows, 3, 5, "e|f");
}

static void
test_csv_quotes (void)
{
  g_autoptr (GPtrArray) rows = test_csv_parse (
    "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",z\n,\"\"\n");

  g_assert_cmpuint (rows->len, ==, 4);
  test_csv_assert_row (rows, 1, 2, "x,y|say \"hi\"");
  test_csv_assert_row (rows, 2, 3, "two\nlines|z");
  test_csv_assert_row (rows, 3, 5, "|");
}

static void
test_csv_separators (void)
{
  g_autoptr (GPtrArray) semicolons = test_csv_parse ("\xef\xbb\xbfid;name;unit\na;b,c;1\n");
  g_autoptr (GPtrArray) tabs = test_csv_parse ("id\tname\na\tb;c,d\n");

  test_csv_assert_row (semicolons, 0, 1, "id|name|unit");
  test_csv_assert_row (semicolons, 1, 2, "a|b,c|1");
  test_csv_assert_row (tabs, 1, 2, "a|b;c,d");
}

static void
test_csv_wrong (void)
{
  test_csv_assert_wrong ("", 0, "f:1: there is no header line");
  test_csv_assert_wrong ("\n\n", 2, "f:1: there is no header line");
  test_csv_assert_wrong ("a,b\nc\nd,e\nf,g,h\n", 16,
                         "f:2: 1 field, but the header has 2\nf:4: 3 fields, but the header has 2");
  test_csv_assert_wrong ("a\n\"b\nc", 6, "f:2: a quote is not closed");
  test_csv_assert_wrong ("a\xff,b\n", 5, "f:1: the text is not UTF-8: save it as UTF-8");
  test_csv_assert_wrong ("a\0b\n", 4, "f:1: the text is not UTF-8: save it as UTF-8");
}

/* What a hostile file can make us keep is bounded. */
static void
test_csv_bounds (void)
{
  g_autofree char *field = g_strnfill (OHMCTL_CSV_FIELD_MAX + 1, 'x');
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", field);
  g_autofree char *columns = g_strnfill (OHMCTL_CSV_COLUMNS_MAX + 1, ',');
  g_autofree char *large = g_malloc0 (OHMCTL_CSV_BYTES_MAX + 1);
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 0; i < OHMCTL_CSV_ROWS_MAX + 2; i++)
    g_string_append (rows, "x\n");
  test_csv_assert_wrong (field, strlen (field), "f:1: a field is too long");
  test_csv_assert_wrong (quoted, strlen (quoted), "f:1: a field is too long");
  test_csv_assert_wrong (columns, strlen (columns), "f:1: too many columns");
  test_csv_assert_wrong (rows->str, rows->len, "f:10002: too many lines");
  test_csv_assert_wrong (large, OHMCTL_CSV_BYTES_MAX + 1, "f:1: the file is too large");
}

/* Whatever bytes come: rows with as many fields as the header, or one error. */
static void
test_csv_mutations (void)
{
  static const char alphabet[] = "\",;\t\r\n aé\xff";
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261122);

  for (guint run = 0; run < 20000; run++)
    {
      char text[40];
      gsize n = (gsize) g_rand_int_range (rand, 0, sizeof text);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) rows = NULL;

      for (gsize i = 0; i < n; i++)
        text[i] = alphabet[g_rand_int_range (rand, 0, sizeof alphabet)];
      rows = ohmctl_csv_parse ("f", text, n, &error);
      g_assert_true ((rows == NULL) == (error != NULL));
      for (guint i = 0; rows != NULL && i < rows->len; i++)
        g_assert_cmpuint (((OhmctlCsvRow *) rows->pdata[i])->fields->len, ==,
                          ((OhmctlCsvRow *) rows->pdata[0])->fields->len);
    }
}

static void
test_csv_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *dir = g_dir_make_tmp ("ohm-csv-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.csv", NULL);
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_set_contents (path, "id\nmain\n", -1, NULL));
  rows = ohmctl_csv_load (path, &error);
  g_assert_no_error (error);
  test_csv_assert_row (rows, 1, 2, "main");

  g_assert_null (ohmctl_read_file (path, 7, &length, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED);
  g_clear_error (&error);
  text = ohmctl_read_file (path, 8, &length, &error);
  g_assert_cmpstr (text, ==, "id\nmain\n");
  g_assert_cmpuint (length, ==, 8);

  g_unlink (path);
  g_assert_null (ohmctl_csv_load (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/csv/plain", test_csv_plain);
  g_test_add_func ("/ohmctl/csv/quotes", test_csv_quotes);
  g_test_add_func ("/ohmctl/csv/separators", test_csv_separators);
  g_test_add_func ("/ohmctl/csv/wrong", test_csv_wrong);
  g_test_add_func ("/ohmctl/csv/bounds", test_csv_bounds);
  g_test_add_func ("/ohmctl/csv/mutations", test_csv_mutations);
  g_test_add_func ("/ohmctl/csv/file", test_csv_file);
  return g_test_run ();
}
