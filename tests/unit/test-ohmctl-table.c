/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-screen.h"
#include "ohmctl-table.h"

static void
test_table_assert (OhmctlTable *table, guint width, gboolean has_color, const char *expected)
{
  g_autofree char *text = ohmctl_table_render (table, width, has_color);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_table_add_all (OhmctlTable *table, const char *const *cells, guint n)
{
  for (guint i = 0; i < n; i++)
    ohmctl_table_add (table, cells[i]);
}

static void
test_table_alignment (void)
{
  static const char *const cells[] = { "a",     "7",  "4.321 kW", "x",  "long",      "1234",
                                       "0.5 W", "yy", "",         NULL, "-12.25 kW", "z" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "NAME", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "N", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "P", OHMCTL_ALIGN_UNIT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  g_assert_cmpuint (ohmctl_table_n_rows (table), ==, 0);
  test_table_assert (table, 80, FALSE, "");
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  g_assert_cmpuint (ohmctl_table_n_rows (table), ==, 3);
  test_table_assert (table, 80, FALSE,
                     "NAME     N       P\n"
                     "a        7   4.321 kW  x\n"
                     "long  1234     0.5 W   yy\n"
                     "-        -  -12.25 kW  z\n");
}

static void
test_table_shrinks (void)
{
  static const char *const cells[] = { "a", "this is quite long", "end" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "A", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TEXT", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 0, FALSE, "A  TEXT\na  this is quite long  end\n");
  test_table_assert (table, 20, FALSE, "A  TEXT\na  this is qui…  end\n");
  /* never narrower than eight columns, whatever the terminal is */
  test_table_assert (table, 5, FALSE, "A  TEXT\na  this is…  end\n");
}

/* An address is cut only where nothing else can be. */
static void
test_table_shrinks_last (void)
{
  static const char *const cells[] = { "a rather long name", "/dev/serial/by-id/usb" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "NAME", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "LINK", OHMCTL_ALIGN_SHRINK_LAST);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 33, FALSE, "NAME        LINK\na rather …  /dev/serial/by-id/usb\n");
  test_table_assert (table, 22, FALSE, "NAME      LINK\na rathe…  /dev/serial…\n");
}

/* What can be asked for elsewhere gives way to what names the thing. */
static void
test_table_spares (void)
{
  static const char *const cells[] = { "a-rather-long-name", "ok", "1234 days",
                                       "jane@example.org" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "NAME", OHMCTL_ALIGN_SHRINK_LAST);
  ohmctl_table_add_column (table, "STATE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "ROOM", OHMCTL_ALIGN_SPARE);
  ohmctl_table_add_column (table, "ACCOUNT", OHMCTL_ALIGN_SPARE);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 48, FALSE,
                     "NAME                STATE  ROOM       ACCOUNT\n"
                     "a-rather-long-name  ok     1234 days  jane@exam…\n");
  test_table_assert (table, 40, FALSE,
                     "NAME                STATE  ROOM\n"
                     "a-rather-long-name  ok     1234 da…\n");
  test_table_assert (table, 25, FALSE, "NAME                STATE\na-rather-long-name  ok\n");
  test_table_assert (table, 20, FALSE, "NAME           STATE\na-rather-lon…  ok\n");
  test_table_assert (table, 0, FALSE,
                     "NAME                STATE  ROOM       ACCOUNT\n"
                     "a-rather-long-name  ok     1234 days  jane@example.org\n");
}

static void
test_table_wraps (void)
{
  static const char *const cells[] = { "a", "one two three four five six", "bb", "-" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_set_indent (table, 2);
  ohmctl_table_add_column (table, "A", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TEXT", OHMCTL_ALIGN_WRAP);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 28, FALSE,
                     "  A   TEXT\n"
                     "  a   one two three four\n"
                     "      five six\n"
                     "  bb  -\n");
}

static void
test_table_untitled (void)
{
  static const char *const cells[] = { "key", "value" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  ohmctl_table_set_min_width (table, 6);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 80, FALSE, "key     value\n");
}

static void
test_table_styles (void)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "S", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "T", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_styled (table, "ok", OHMCTL_STYLE_GOOD);
  ohmctl_table_add_take (table, g_strdup ("x\033[2Jy"));
  test_table_assert (table, 80, FALSE, "S   T\nok  x�[2Jy\n");
  test_table_assert (table, 80, TRUE, "\033[1mS   T\033[0m\n\033[32mok\033[0m  x�[2Jy\n");
}

static void
test_table_wide_characters (void)
{
  static const char *const cells[] = { "電力", "1", "e\u0301", "2" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  test_table_add_all (table, cells, G_N_ELEMENTS (cells));
  test_table_assert (table, 80, FALSE, "電力  1\ne\u0301     2\n");
}

static void
test_table_texts (void)
{
  static const struct
  {
    const char *text;
    guint width;
    const char *expected;
  } cut[] = { { "abc", 3, "abc" },
              { "abcd", 3, "ab…" },
              { "電力", 3, "電…" },
              { "abc", 1, "…" },
              { "", 0, "" } };
  g_autofree char *wrapped = ohmctl_wrap ("  a  bb ccc averylongword d", 6, 2);
  g_autofree char *empty = ohmctl_wrap ("", 10, 0);

  for (guint i = 0; i < G_N_ELEMENTS (cut); i++)
    {
      g_autofree char *text = ohmctl_ellipsize (cut[i].text, cut[i].width);

      g_assert_cmpstr (text, ==, cut[i].expected);
    }
  g_assert_cmpstr (wrapped, ==, "a bb\n  ccc\n  averylongword\n  d");
  g_assert_cmpstr (empty, ==, "");
}

static void
test_table_keys (void)
{
  static const struct
  {
    const char *bytes;
    gsize used;
    int key;
  } rows[] = {
    { "q", 1, OHMCTL_KEY_QUIT },
    { "\003", 1, OHMCTL_KEY_QUIT },
    { "jj", 1, OHMCTL_KEY_DOWN },
    { "\033[A", 3, OHMCTL_KEY_UP },
    { "\033OB", 3, OHMCTL_KEY_DOWN },
    { "\033[5~x", 4, OHMCTL_KEY_PAGE_UP },
    { "\033[6~", 4, OHMCTL_KEY_PAGE_DOWN },
    { "\033[H", 3, OHMCTL_KEY_HOME },
    { "G", 1, OHMCTL_KEY_END },
    { "x", 1, -1 },
    { "\033[99;5u", 7, -1 },
    { "\033", 1, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gsize used = 0;
      OhmctlKey key = OHMCTL_KEY_RESIZE;
      gboolean is_key = ohmctl_screen_parse_key (rows[i].bytes, strlen (rows[i].bytes), &used,
                                                 &key);

      g_assert_cmpint (is_key ? (int) key : -1, ==, rows[i].key);
      g_assert_cmpuint (used, ==, rows[i].used);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/table/alignment", test_table_alignment);
  g_test_add_func ("/ohmctl/table/shrinks", test_table_shrinks);
  g_test_add_func ("/ohmctl/table/shrinks-last", test_table_shrinks_last);
  g_test_add_func ("/ohmctl/table/spares", test_table_spares);
  g_test_add_func ("/ohmctl/table/wraps", test_table_wraps);
  g_test_add_func ("/ohmctl/table/untitled", test_table_untitled);
  g_test_add_func ("/ohmctl/table/styles", test_table_styles);
  g_test_add_func ("/ohmctl/table/wide-characters", test_table_wide_characters);
  g_test_add_func ("/ohmctl/table/texts", test_table_texts);
  g_test_add_func ("/ohmctl/table/keys", test_table_keys);
  return g_test_run ();
}
