/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-explain.h"
#include "ohm-dbus.h"

#include <string.h>

/* What the documented interfaces promise is there, and nothing else is. */
static void
test_dbus_adapters_complete (void)
{
  const OhmDbusAdapter *const *adapters = ohm_dbus_get_adapters ();

  for (guint i = 0; adapters[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      ohm_dbus_adapter_check (adapters[i], &error);
      g_assert_no_error (error);
    }
}

static gboolean
test_dbus_adapters_takes_options (const GDBusMethodInfo *method)
{
  guint n = 0;

  while (method->in_args != NULL && method->in_args[n] != NULL)
    n++;
  return n > 0 && strcmp (method->in_args[n - 1]->signature, "a{sv}") == 0 &&
         strcmp (method->in_args[n - 1]->name, "options") == 0;
}

/* Design 4.9: every non-view method ends in options; values are never properties. */
static void
test_dbus_adapters_rules (void)
{
  const OhmDbusAdapter *const *adapters = ohm_dbus_get_adapters ();

  for (guint i = 0; adapters[i] != NULL; i++)
    {
      const GDBusInterfaceInfo *info = adapters[i]->info;

      for (guint j = 0; info->methods != NULL && info->methods[j] != NULL; j++)
        if (ohm_dbus_adapter_get_tier (adapters[i], info->methods[j]->name) != OHM_DBUS_TIER_VIEW &&
            !test_dbus_adapters_takes_options (info->methods[j]))
          g_assert_cmpstr (info->methods[j]->name, ==, "a method that ends in options");
      for (guint j = 0; info->properties != NULL && info->properties[j] != NULL; j++)
        g_assert_cmpint (info->properties[j]->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
    }
}

static void
test_dbus_adapters_collections (void)
{
  const OhmDbusAdapter *const *adapters = ohm_dbus_get_adapters ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; adapters[i] != NULL; i++)
    if (adapters[i]->collection != NULL)
      {
        g_assert_true (g_hash_table_add (seen, (gpointer) (gsize) adapters[i]->collection));
        g_assert_nonnull (adapters[i]->find);
        g_assert_nonnull (adapters[i]->list);
      }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 7);
}

static void
test_dbus_adapters_points (void)
{
  OhmPoint points[2] = { 0 };
  g_autoptr (OhmPointSet) one = NULL;
  g_autoptr (OhmPointSet) two = NULL;
  g_autoptr (GPtrArray) sets = g_ptr_array_new ();
  g_autoptr (GVariant) rows = NULL;
  g_autofree char *printed = NULL;

  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("frequency", NULL, FALSE, &points[1], NULL));
  one = ohm_point_set_intern (points, 1);
  two = ohm_point_set_intern (points, 2);
  g_ptr_array_add (sets, one);
  g_ptr_array_add (sets, two);
  g_ptr_array_add (sets, two);
  rows = g_variant_ref_sink (ohm_dbus_explain_points (sets));
  printed = g_variant_print (rows, /* type_annotate */ FALSE);
  g_assert_cmpstr (printed, ==,
                   "[('frequency', 'Hz', 'gauge', '1-0:14.7.0', false, 2), "
                   "('voltage.l1-n', 'V', 'gauge', '1-0:32.7.0', false, 3)]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus-adapters/complete", test_dbus_adapters_complete);
  g_test_add_func ("/dbus-adapters/rules", test_dbus_adapters_rules);
  g_test_add_func ("/dbus-adapters/collections", test_dbus_adapters_collections);
  g_test_add_func ("/dbus-adapters/points", test_dbus_adapters_points);
  return g_test_run ();
}
