/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-device.h"

#include <stdlib.h>

static gboolean
ohmctl_device_is_same (const char *path, const char *device)
{
  g_autofree char *a = realpath (path, NULL);
  g_autofree char *b = realpath (device, NULL);

  return a != NULL && g_strcmp0 (a, b) == 0;
}

char *
ohmctl_device_find_stable (const char *folder, const char *device)
{
  g_autoptr (GDir) names = g_dir_open (folder, 0, /* error */ NULL);
  g_autofree char *given = g_path_get_dirname (device);
  const char *name;

  if (names == NULL || g_str_has_prefix (given, "/dev/serial") || g_str_equal (given, folder))
    return NULL;
  while ((name = g_dir_read_name (names)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (ohmctl_device_is_same (path, device))
        return g_steal_pointer (&path);
    }
  return NULL;
}
