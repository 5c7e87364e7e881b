/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-rtu-owner.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Enough to see what there is; a rack of port servers has hundreds. */
#define OHM_MODBUS_RTU_DEVICES_SHOWN 4

#define OWN_LINK "another link of this program"

static gboolean
ohm_modbus_rtu_owner_has_open (const char *process, dev_t device)
{
  g_autofree char *folder = g_build_filename ("/proc", process, "fd", NULL);
  g_autoptr (GDir) descriptors = g_dir_open (folder, 0, /* error */ NULL);
  const char *name;

  while (descriptors != NULL && (name = g_dir_read_name (descriptors)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      GStatBuf info;

      if (g_stat (path, &info) == 0 && S_ISCHR (info.st_mode) && info.st_rdev == device)
        return TRUE;
    }
  return FALSE;
}

/* (transfer full) (nullable): NULL if there is no such process any more */
static char *
ohm_modbus_rtu_owner_describe (const char *process)
{
  g_autofree char *path = g_build_filename ("/proc", process, "comm", NULL);
  g_autofree char *name = NULL;

  if (!g_file_get_contents (path, &name, /* length */ NULL, /* error */ NULL))
    return NULL;
  return g_strdup_printf ("%s (process %s)", g_strstrip (name), process);
}

/* Who holds the lock, exactly: `1: FLOCK  ADVISORY  WRITE 4711 00:18:3 0 EOF`. (transfer full)
 * (nullable) */
static char *
ohm_modbus_rtu_owner_find_lock (const GStatBuf *info)
{
  g_autofree char *file = g_strdup_printf (" %02x:%02x:%" G_GUINT64_FORMAT " ",
                                           major (info->st_dev), minor (info->st_dev),
                                           (guint64) info->st_ino);
  g_autofree char *locks = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/locks", &locks, /* length */ NULL, /* error */ NULL))
    return NULL;
  lines = g_strsplit (locks, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *end = strstr (lines[i], file);

      if (end == NULL || strstr (lines[i], "FLOCK") == NULL)
        continue;
      *end = '\0';
      return g_strdup (strrchr (lines[i], ' ') + 1);
    }
  return NULL;
}

/* (transfer full) (nullable) */
static char *
ohm_modbus_rtu_owner_find_opener (const GStatBuf *info, const char *own)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, /* error */ NULL);
  const char *name;

  while (processes != NULL && (name = g_dir_read_name (processes)) != NULL)
    if (g_ascii_isdigit (name[0]) && !g_str_equal (name, own) &&
        ohm_modbus_rtu_owner_has_open (name, info->st_rdev))
      return ohm_modbus_rtu_owner_describe (name);
  return ohm_modbus_rtu_owner_has_open (own, info->st_rdev) ? g_strdup (OWN_LINK) : NULL;
}

char *
ohm_modbus_rtu_owner_find (const char *device)
{
  g_autofree char *own = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *owner = NULL;
  g_autofree char *name = NULL;
  GStatBuf info;

  if (g_stat (device, &info) != 0)
    return NULL;
  owner = ohm_modbus_rtu_owner_find_lock (&info);
  if (g_strcmp0 (owner, own) != 0)
    name = owner != NULL ? ohm_modbus_rtu_owner_describe (owner) : NULL;
  else
    name = g_strdup (OWN_LINK);
  /* A lock outlives the process that took it, if a child has the descriptor. */
  return name != NULL ? g_steal_pointer (&name) : ohm_modbus_rtu_owner_find_opener (&info, own);
}

static void
ohm_modbus_rtu_owner_add_devices (GPtrArray *found, const char *folder, const char *const *prefixes)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, /* error */ NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    for (guint i = 0; prefixes[i] != NULL; i++)
      if (g_str_has_prefix (name, prefixes[i]))
        g_ptr_array_add (found, g_build_filename (folder, name, NULL));
}

static int
ohm_modbus_rtu_owner_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Not the /dev/ttyS: kernels make them whether there is a port or not. */
char *
ohm_modbus_rtu_owner_list_devices (void)
{
  static const char *const any[] = { "", NULL };
  static const char *const adapters[] = { "ttyUSB", "ttyACM", "ttyAMA", NULL };
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  ohm_modbus_rtu_owner_add_devices (found, "/dev/serial/by-id", any);
  if (found->len == 0)
    ohm_modbus_rtu_owner_add_devices (found, "/dev", adapters);
  if (found->len == 0)
    return NULL;
  g_ptr_array_sort (found, ohm_modbus_rtu_owner_compare);
  if (found->len > OHM_MODBUS_RTU_DEVICES_SHOWN)
    g_ptr_array_set_size (found, OHM_MODBUS_RTU_DEVICES_SHOWN);
  g_ptr_array_add (found, NULL);
  return g_strjoinv (", ", (char **) found->pdata);
}
