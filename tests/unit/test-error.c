/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-error.h"
#include "ohm-names.h"

static void
test_error_names (void)
{
  static const char *const names[] = {
    "Failed",       "Config", "Profile", "Plugin",   "Abi",    "NotFound", "Exists", "Busy",
    "NotSupported", "Link",   "Timeout", "Protocol", "Device", "Store",    "Secret",
  };

  g_assert_cmpuint (G_N_ELEMENTS (names), ==, OHM_ERROR_LAST + 1);
  for (int code = 0; code <= OHM_ERROR_LAST; code++)
    {
      g_autoptr (GError) error = g_error_new (OHM_ERROR, code, "code %d", code);
      g_autoptr (GError) back = NULL;
      g_autofree char *name = g_dbus_error_encode_gerror (error);
      g_autofree char *expected = g_strconcat (OHM_DBUS_ERROR_PREFIX, names[code], NULL);

      g_assert_cmpstr (name, ==, expected);
      back = g_dbus_error_new_for_dbus_error (name, "text");
      g_assert_error (back, OHM_ERROR, code);
    }
}

static void
test_error_predicates (void)
{
  g_autoptr (GError) cancelled = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "gone");

  for (int code = 0; code <= OHM_ERROR_LAST; code++)
    {
      g_autoptr (GError) error = g_error_new (OHM_ERROR, code, "code %d", code);
      gboolean is_transient = code == OHM_ERROR_LINK || code == OHM_ERROR_TIMEOUT ||
                              code == OHM_ERROR_PROTOCOL || code == OHM_ERROR_BUSY;
      gboolean is_config = code >= OHM_ERROR_CONFIG && code <= OHM_ERROR_ABI;

      g_assert_cmpint (ohm_error_is_transient (error), ==, is_transient);
      g_assert_cmpint (ohm_error_is_config (error), ==, is_config);
      g_assert_cmpint (ohm_error_is_not_found (error), ==, code == OHM_ERROR_NOT_FOUND);
      g_assert_false (ohm_error_is_cancelled (error));
    }
  g_assert_true (ohm_error_is_cancelled (cancelled));
  g_assert_false (ohm_error_is_transient (cancelled));
  g_assert_false (ohm_error_is_config (cancelled));
}

static void
test_error_null (void)
{
  g_assert_false (ohm_error_is_transient (NULL));
  g_assert_false (ohm_error_is_config (NULL));
  g_assert_false (ohm_error_is_cancelled (NULL));
  g_assert_false (ohm_error_is_not_found (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/names", test_error_names);
  g_test_add_func ("/error/predicates", test_error_predicates);
  g_test_add_func ("/error/null", test_error_null);
  return g_test_run ();
}
