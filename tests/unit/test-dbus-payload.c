/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-payload.h"

#include <ohm.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static void
test_dbus_payload_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) payload = g_variant_ref_sink (
    g_variant_new_parsed ("([int64 1, 2], 'text')"));
  g_autoptr (GVariant) copy = NULL;
  int fd = ohm_dbus_payload_new_fd ("test", payload, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  file = g_mapped_file_new_from_fd (fd, /* writable */ FALSE, &error);
  g_assert_no_error (error);
  bytes = g_mapped_file_get_bytes (file);
  copy = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("(axs)"), bytes, FALSE));
  g_assert_true (g_variant_equal (payload, copy));
  g_assert_cmpint (lseek (fd, 0, SEEK_CUR), ==, 0);

  /* sealed: the receiver sees what was sent, for ever */
  g_assert_cmpint (pwrite (fd, "x", 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
  close (fd);
}

static void
test_dbus_payload_large (void)
{
  g_autofree guint8 *data = g_malloc0 (5000000);
  GVariant *payload = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, 5000000, 1);
  int fd = ohm_dbus_payload_new_fd ("test", payload, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, 5000000);
  close (fd);
}

/* memfd_create() refuses names of more than 249 bytes. */
static void
test_dbus_payload_fails (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (300, 'x');

  g_assert_cmpint (ohm_dbus_payload_new_fd (name, g_variant_new_string ("x"), &error), ==, -1);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dbus-payload/round-trip", test_dbus_payload_round_trip);
  g_test_add_func ("/dbus-payload/large", test_dbus_payload_large);
  g_test_add_func ("/dbus-payload/fails", test_dbus_payload_fails);
  return g_test_run ();
}
