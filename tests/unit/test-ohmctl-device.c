/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "ohmctl-device.h"

static void
test_device_stable (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("ohm-device-XXXXXX", &error);
  g_autofree char *by_id = g_build_filename (folder, "by-id", NULL);
  g_autofree char *first = g_build_filename (folder, "ttyUSB0", NULL);
  g_autofree char *second = g_build_filename (folder, "ttyUSB1", NULL);
  g_autofree char *name = g_build_filename (by_id, "usb-FTDI-if00", NULL);
  g_autofree char *found = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (by_id, 0700), ==, 0);
  g_assert_true (g_file_set_contents (first, "", 0, NULL));
  g_assert_true (g_file_set_contents (second, "", 0, NULL));
  g_assert_cmpint (symlink ("../ttyUSB0", name), ==, 0);
  found = ohmctl_device_find_stable (by_id, first);
  g_assert_cmpstr (found, ==, name);
  g_assert_null (ohmctl_device_find_stable (by_id, second));
  /* one that stays needs no other */
  g_assert_null (ohmctl_device_find_stable (by_id, name));
  g_assert_null (ohmctl_device_find_stable (by_id, "/dev/serial/by-path/x"));
  g_assert_null (ohmctl_device_find_stable ("/nonexistent", first));
  g_unlink (name);
  g_unlink (first);
  g_unlink (second);
  g_rmdir (by_id);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/device/stable", test_device_stable);
  return g_test_run ();
}
