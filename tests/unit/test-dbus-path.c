/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-path.h"

#include <gio/gio.h>

static void
test_dbus_path_escape (void)
{
  static const struct
  {
    const char *id;
    const char *component;
  } rows[] = {
    { "main", "main" },
    { "main-2", "main_2d2" },
    { "192.0.2.10:502", "192_2e0_2e2_2e10_3a502" },
    { "a_2db", "a_5f2db" },
    { "", "_" },
    { "_", "_5f" },
    { "z\xc3\xa4hler", "z_c3_a4hler" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *component = ohm_dbus_path_escape (rows[i].id);
      g_autofree char *id = ohm_dbus_path_unescape (component);
      g_autofree char *path = ohm_dbus_path_build ("meters", rows[i].id);

      g_assert_cmpstr (component, ==, rows[i].component);
      g_assert_cmpstr (id, ==, rows[i].id);
      g_assert_true (g_variant_is_object_path (path));
    }
}

/* Only what escaping makes is an id: each object has one path. */
static void
test_dbus_path_unescape_strict (void)
{
  static const char *const wrong[] = { "a_", "a_2", "a_2g", "a_2D", "_61", "a-b", "a_00b", "__" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_null (ohm_dbus_path_unescape (wrong[i]));
}

static void
test_dbus_path_build (void)
{
  g_autofree char *object = ohm_dbus_path_build ("meters", "main-2");
  g_autofree char *collection = ohm_dbus_path_build ("meters", NULL);

  g_assert_cmpstr (object, ==, "/org/ohmnibus/Ohmnibus1/meters/main_2d2");
  g_assert_cmpstr (collection, ==, "/org/ohmnibus/Ohmnibus1/meters");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus-path/escape", test_dbus_path_escape);
  g_test_add_func ("/dbus-path/unescape-strict", test_dbus_path_unescape_strict);
  g_test_add_func ("/dbus-path/build", test_dbus_path_build);
  return g_test_run ();
}
