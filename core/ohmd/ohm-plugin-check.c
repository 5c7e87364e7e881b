/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plugin-check.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* The descriptor as it was in the first ABI 1: what is appended later may be missing. */
#define INFO_SIZE_MIN                                                                              \
  (G_STRUCT_OFFSET (OhmPluginInfo, types) + sizeof ((OhmPluginInfo *) NULL)->types)

static gboolean
ohm_plugin_check_owner (const struct stat *info, const char *what, GError **error)
{
  if (info->st_uid != 0 && info->st_uid != geteuid ())
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
                   "%s belongs to user %u, expected root or the daemon's own user", what,
                   info->st_uid);
      return FALSE;
    }
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "%s is writable by others (mode %04o)", what,
                   info->st_mode & 07777);
      return FALSE;
    }
  return TRUE;
}

static gboolean
ohm_plugin_check_file (const struct stat *info, GError **error)
{
  if (!S_ISREG (info->st_mode))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "not a regular file");
      return FALSE;
    }
  if (info->st_nlink != 1)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "has %u hard links, expected one",
                   (guint) info->st_nlink);
      return FALSE;
    }
  if ((info->st_mode & (S_ISUID | S_ISGID)) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "is set-id (mode %04o)",
                   info->st_mode & 07777);
      return FALSE;
    }
  return ohm_plugin_check_owner (info, "the file", error);
}

static gboolean
ohm_plugin_check_dir (const char *path, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (path);
  struct stat info;

  if (stat (dir, &info) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "cannot look at its directory: %s",
                   g_strerror (errno));
      return FALSE;
    }
  return ohm_plugin_check_owner (&info, "its directory", error);
}

int
ohm_plugin_check_open (const char *path, struct stat *ret_stat, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat info;

  if (fd < 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "cannot be opened: %s",
                   errno == ELOOP ? "it is a symbolic link" : g_strerror (errno));
      return -1;
    }
  if (fstat (fd, &info) != 0 || !ohm_plugin_check_file (&info, error) ||
      !ohm_plugin_check_dir (path, error))
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "cannot be looked at: %s",
                     g_strerror (errno));
      close (fd);
      return -1;
    }
  *ret_stat = info;
  return fd;
}

static gboolean
ohm_plugin_check_size (guint64 size, GError **error)
{
  if (size >= INFO_SIZE_MIN)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_ABI,
               "its descriptor has %" G_GUINT64_FORMAT " bytes, expected at least %" G_GSIZE_FORMAT,
               size, INFO_SIZE_MIN);
  return FALSE;
}

gboolean
ohm_plugin_check_symbol (gconstpointer symbol, GError **error)
{
  void *found = NULL;
  const ElfW (Sym) * entry;
  Dl_info info;

  if (dladdr1 (symbol, &info, &found, RTLD_DL_SYMENT) == 0 || found == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "its symbol 'ohm_plugin' is not its own");
      return FALSE;
    }
  entry = found;
  return ohm_plugin_check_size (entry->st_size, error);
}

gboolean
ohm_plugin_check_info (const OhmPluginInfo *info, const char *stem, GError **error)
{
  if (info->abi != OHM_PLUGIN_ABI)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_ABI,
                   "built for plugin ABI %u, this daemon has %d; build it again", info->abi,
                   OHM_PLUGIN_ABI);
      return FALSE;
    }
  if (!ohm_plugin_check_size (info->size, error))
    return FALSE;
  if (g_strcmp0 (info->id, stem) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
                   "calls itself '%s', but the file is named '%s'",
                   info->id != NULL ? info->id : "", stem);
      return FALSE;
    }
  if (!ohm_id_is_valid (info->id) || info->types[0] == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
                   "its descriptor has no valid id or provides no type");
      return FALSE;
    }
  return TRUE;
}
