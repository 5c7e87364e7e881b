/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual-sum.h"

#define IMPORT "energy-active-import.total"
#define EXPORT "energy-active-export.total"
#define NET    "energy-active-net.total"

static char *
test_describe (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) terms = ohm_virtual_sum_parse (text, &error);
  GString *out = g_string_new (NULL);

  if (terms == NULL)
    {
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_string_append (out, error->message);
    }
  for (guint i = 0; terms != NULL && i < terms->len; i++)
    {
      const OhmVirtualTerm *term = g_ptr_array_index (terms, i);

      g_string_append_printf (out, "%c%s", term->is_negative ? '-' : '+', term->place);
    }
  return g_string_free (out, FALSE);
}

static void
test_sum_parse (void)
{
  static const char *const rows[][2] = {
    { "main", "+main" },
    { "main, solar,-heat", "+main+solar-heat" },
    { " + main ,- heat-2 ", "+main-heat-2" },
    { "-main", "-main" },
    { "", "expected 1 to 64 places, found 0" },
    { "main,", "'' is no place; write places with commas between them, as in 'main, -heat'" },
    { "main solar",
      "'main solar' is no place; write places with commas between them, as in 'main, -heat'" },
    { "--main", "'-main' is no place; write places with commas between them, as in 'main, -heat'" },
    { "main, -main", "place 'main' comes twice" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *found = test_describe (rows[i][0]);

      g_assert_cmpstr (found, ==, rows[i][1]);
    }
}

static void
test_sum_too_many (void)
{
  g_autoptr (GString) text = g_string_new ("p0");
  g_autofree char *found = NULL;

  for (guint i = 1; i <= OHM_VIRTUAL_PARTS_MAX; i++)
    g_string_append_printf (text, ", p%u", i);
  found = test_describe (text->str);
  g_assert_cmpstr (found, ==, "expected 1 to 64 places, found 65");
}

static void
test_sum_rename (void)
{
  g_autofree char *renamed = ohm_virtual_sum_dup_renamed ("main,-heat , main-2", "main", "house");

  g_assert_cmpstr (renamed, ==, "house, -heat, main-2");
  g_assert_true (ohm_virtual_sum_contains ("main, -heat", "heat"));
  g_assert_false (ohm_virtual_sum_contains ("main, -heat", "hea"));
  g_assert_false (ohm_virtual_sum_contains ("main,,", "main"));
}

/* --- layouts --- */

/* (transfer full): points by name; a trailing '#' makes an integer */
static OhmPointSet *
test_points (const char *const *names)
{
  OhmPoint points[16];
  guint n = 0;

  for (; names[n] != NULL; n++)
    {
      gboolean is_integer = g_str_has_suffix (names[n], "#");
      g_autofree char *name = g_strndup (names[n], strlen (names[n]) - (is_integer ? 1 : 0));

      g_assert_true (ohm_point_parse (g_intern_string (name), NULL, is_integer, &points[n], NULL));
    }
  return ohm_point_set_intern (points, n);
}

typedef struct
{
  OhmPlace *place;
  OhmPointSet *points;
  OhmCell cells[16];
  guint8 qualities[16];
  gint64 times_us[16];
} TestPart;

static void
test_part_init (TestPart *self, const OhmPlace *fields, const char *const *names)
{
  OhmPlace place = *fields;
  char id[] = "place";
  char none[] = "";

  place.id = id;
  if (place.source == NULL)
    place.source = none;
  if (!(place.factor < 0) && !(place.factor > 0))
    place.factor = 1;
  self->place = ohm_place_new (&place);
  self->points = test_points (names);
  for (guint i = 0; i < 16; i++)
    self->qualities[i] = OHM_QUALITY_GOOD;
}

static void
test_part_clear (TestPart *self)
{
  ohm_place_unref (self->place);
  ohm_point_set_unref (self->points);
}

static OhmVirtualLayout *
test_layout (const TestPart *a, const TestPart *b, gboolean is_difference)
{
  const OhmVirtualPart parts[] = { { a->place, FALSE, a->points },
                                   { b->place, is_difference, b->points } };

  return ohm_virtual_layout_new (parts, 2);
}

static char *
test_names (OhmVirtualLayout *layout)
{
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (ohm_virtual_layout_get_points (layout), &n);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (names, "%s%s%s", i > 0 ? " " : "", points[i].name,
                            points[i].is_integer ? "#" : "");
  return g_string_free (names, FALSE);
}

static OhmQuality
test_add (OhmVirtualLayout *layout,
          guint point,
          const TestPart *a,
          const TestPart *b,
          OhmCell *ret_cell)
{
  const OhmVirtualValues values[] = { { a->cells, a->qualities, a->times_us },
                                      { b->cells, b->qualities, b->times_us } };

  return ohm_virtual_layout_add_up (layout, point, values, ret_cell, NULL);
}

/* Only what all parts have and what adds up; groups are taken off. */
static void
test_layout_common (void)
{
  static const char *const all[] = { "voltage.l1-n",          "current.l1", "power-active.total",
                                     "power-apparent.total",  IMPORT "#",   EXPORT "#",
                                     "energy-apparent.total", "frequency",  NULL };
  static const char *const grouped[] = { "m1g2.power-active.total", "m1g2." IMPORT "#",
                                         "m1g3." EXPORT "#", "power-active.l1", NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  g_autoptr (OhmVirtualLayout) layout = NULL;
  g_autofree char *names = NULL;

  test_part_init (&a, &(OhmPlace){ 0 }, all);
  test_part_init (&b, &(OhmPlace){ .source = (char[]){ "m1g2" } }, grouped);
  layout = test_layout (&a, &b, FALSE);
  names = test_names (layout);
  g_assert_cmpstr (names, ==, "power-active.total " IMPORT "#");
  test_part_clear (&a);
  test_part_clear (&b);
}

static void
test_layout_sum (void)
{
  static const char *const names[] = { IMPORT "#", "power-active.total", NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  g_autoptr (OhmVirtualLayout) layout = NULL;
  OhmCell cell;

  test_part_init (&a, &(OhmPlace){ 0 }, names);
  test_part_init (&b, &(OhmPlace){ 0 }, names);
  layout = test_layout (&a, &b, FALSE);
  /* exact where a double is not */
  a.cells[0].integer = G_GINT64_CONSTANT (9007199254740993);
  b.cells[0].integer = 2;
  a.cells[1].real = 1.5;
  b.cells[1].real = -4;
  g_assert_cmpint (test_add (layout, 0, &a, &b, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cell.integer, ==, G_GINT64_CONSTANT (9007199254740995));
  g_assert_cmpint (test_add (layout, 1, &a, &b, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cell.real, -2.5, 1e-9);
  b.cells[0].integer = G_MAXINT64;
  g_assert_cmpint (test_add (layout, 0, &a, &b, &cell), ==, OHM_QUALITY_MISSING);
  test_part_clear (&a);
  test_part_clear (&b);
}

/* The worst quality and the oldest time count. */
static void
test_layout_quality (void)
{
  static const char *const names[] = { "power-active.total", NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  g_autoptr (OhmVirtualLayout) layout = NULL;
  OhmVirtualValues values[2];
  OhmCell cell;
  gint64 time_us = 0;

  test_part_init (&a, &(OhmPlace){ 0 }, names);
  test_part_init (&b, &(OhmPlace){ 0 }, names);
  layout = test_layout (&a, &b, FALSE);
  a.times_us[0] = 500;
  b.times_us[0] = 300;
  a.qualities[0] = OHM_QUALITY_SUSPECT;
  values[0] = (OhmVirtualValues){ a.cells, a.qualities, a.times_us };
  values[1] = (OhmVirtualValues){ b.cells, b.qualities, b.times_us };
  g_assert_cmpint (ohm_virtual_layout_add_up (layout, 0, values, &cell, &time_us), ==,
                   OHM_QUALITY_SUSPECT);
  g_assert_cmpint (time_us, ==, 300);
  b.qualities[0] = OHM_QUALITY_MISSING;
  g_assert_cmpint (test_add (layout, 0, &a, &b, &cell), ==, OHM_QUALITY_MISSING);
  b.qualities[0] = OHM_QUALITY_NONE;
  g_assert_cmpint (test_add (layout, 0, &a, &b, &cell), ==, OHM_QUALITY_MISSING);
  test_part_clear (&a);
  test_part_clear (&b);
}

/* A difference of counters may fall: it is told as net energy, made of import and export. */
static void
test_layout_difference (void)
{
  static const char *const both[] = { IMPORT "#", EXPORT "#", "volume", NULL };
  static const char *const net[] = { NET, IMPORT, "volume", NULL };
  static const char *const import_only[] = { IMPORT "#", NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  TestPart c = { NULL };
  g_autoptr (OhmVirtualLayout) mixed = NULL;
  g_autoptr (OhmVirtualLayout) exact = NULL;
  g_autofree char *mixed_names = NULL;
  g_autofree char *exact_names = NULL;
  OhmCell cell;

  test_part_init (&a, &(OhmPlace){ 0 }, both);
  test_part_init (&b, &(OhmPlace){ 0 }, net);
  test_part_init (&c, &(OhmPlace){ 0 }, import_only);
  mixed = test_layout (&a, &b, TRUE);
  exact = test_layout (&a, &c, TRUE);
  mixed_names = test_names (mixed);
  exact_names = test_names (exact);
  g_assert_cmpstr (mixed_names, ==, NET);
  g_assert_cmpstr (exact_names, ==, NET "#");
  a.cells[0].integer = 1000;
  a.cells[1].integer = 300;
  b.cells[0].real = 50.5;
  c.cells[0].integer = 800;
  g_assert_cmpint (test_add (mixed, 0, &a, &b, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cell.real, 649.5, 1e-9);
  g_assert_cmpint (test_add (exact, 0, &a, &c, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cell.integer, ==, -100);
  a.qualities[1] = OHM_QUALITY_MISSING;
  g_assert_cmpint (test_add (exact, 0, &a, &c, &cell), ==, OHM_QUALITY_MISSING);
  test_part_clear (&a);
  test_part_clear (&b);
  test_part_clear (&c);
}

/* As the place shows it: the other way round, and times its factor. */
static void
test_layout_place (void)
{
  static const char *const names[] = { IMPORT "#", EXPORT "#", NET "#", "power-active.total",
                                       NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  g_autoptr (OhmVirtualLayout) layout = NULL;
  g_autofree char *found = NULL;
  OhmCell cell;

  test_part_init (&a, &(OhmPlace){ 0 }, names);
  test_part_init (&b, &(OhmPlace){ .is_inverted = TRUE, .factor = 40 }, names);
  layout = test_layout (&a, &b, FALSE);
  found = test_names (layout);
  g_assert_cmpstr (found, ==, IMPORT "# " EXPORT "# " NET "# power-active.total");
  for (guint i = 0; i < 3; i++)
    a.cells[i].integer = b.cells[i].integer = 1 + i;
  a.cells[3].real = b.cells[3].real = 10;
  test_add (layout, 0, &a, &b, &cell);
  g_assert_cmpint (cell.integer, ==, 1 + 40 * 2);
  test_add (layout, 1, &a, &b, &cell);
  g_assert_cmpint (cell.integer, ==, 2 + 40 * 1);
  test_add (layout, 2, &a, &b, &cell);
  g_assert_cmpint (cell.integer, ==, 3 - 40 * 3);
  test_add (layout, 3, &a, &b, &cell);
  g_assert_cmpfloat_with_epsilon (cell.real, 10 - 400, 1e-9);
  test_part_clear (&b);
  g_clear_pointer (&layout, ohm_virtual_layout_unref);

  /* a factor that is not whole makes reals */
  test_part_init (&b, &(OhmPlace){ .factor = 0.5 }, names);
  layout = test_layout (&a, &b, FALSE);
  b.cells[0].integer = 3;
  test_add (layout, 0, &a, &b, &cell);
  g_assert_cmpfloat_with_epsilon (cell.real, 2.5, 1e-9);
  test_part_clear (&a);
  test_part_clear (&b);
}

static void
test_layout_nothing (void)
{
  static const char *const some[] = { "voltage.l1-n", "volume", NULL };
  static const char *const others[] = { "voltage.l1-n", IMPORT, NULL };
  TestPart a = { NULL };
  TestPart b = { NULL };
  g_autoptr (OhmVirtualLayout) layout = NULL;

  test_part_init (&a, &(OhmPlace){ 0 }, some);
  test_part_init (&b, &(OhmPlace){ 0 }, others);
  layout = test_layout (&a, &b, FALSE);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_virtual_layout_get_points (layout)), ==, 0);
  test_part_clear (&a);
  test_part_clear (&b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/virtual-sum/parse", test_sum_parse);
  g_test_add_func ("/virtual-sum/too-many", test_sum_too_many);
  g_test_add_func ("/virtual-sum/rename", test_sum_rename);
  g_test_add_func ("/virtual-sum/common", test_layout_common);
  g_test_add_func ("/virtual-sum/sum", test_layout_sum);
  g_test_add_func ("/virtual-sum/quality", test_layout_quality);
  g_test_add_func ("/virtual-sum/difference", test_layout_difference);
  g_test_add_func ("/virtual-sum/place", test_layout_place);
  g_test_add_func ("/virtual-sum/nothing", test_layout_nothing);
  return g_test_run ();
}
