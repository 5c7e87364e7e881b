/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
ohm_cloud_file_set_error (GError **error, const char *path, const char *reason)
{
  ohm_message_set_error (error, OHM_ERROR_CONFIG,
                         ohm_message_new ("cloud-file", "path", path, "text", reason, NULL),
                         "file '%s': %s", path, reason);
}

/* Returns a descriptor, or -1. What is checked is what is read: the name may come to mean another
 * file in between. */
static int
ohm_cloud_file_open_private (const char *path, GError **error)
{
  struct stat info;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      ohm_cloud_file_set_error (error, path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (S_ISREG (info.st_mode) && (info.st_mode & (S_IRWXO | S_IWGRP)) == 0)
    return fd;
  close (fd);
  ohm_cloud_file_set_error (error, path,
                            S_ISREG (info.st_mode) ? "others can read it: run 'chmod 600'"
                                                   : "it is no regular file");
  return -1;
}

gboolean
ohm_cloud_file_check_private (const char *path, GError **error)
{
  int fd = ohm_cloud_file_open_private (path, error);

  if (fd < 0)
    return FALSE;
  close (fd);
  return TRUE;
}

static gsize
ohm_cloud_file_read_all (int fd, char *buffer, gsize size)
{
  gsize length = 0;

  while (length < size)
    {
      ssize_t n = read (fd, buffer + length, size - length);

      if (n <= 0)
        break;
      length += (gsize) n;
    }
  return length;
}

char *
ohm_cloud_file_read_secret (const char *path, GError **error)
{
  char *buffer;
  gsize length;
  int fd = ohm_cloud_file_open_private (path, error);

  if (fd < 0)
    return NULL;
  buffer = g_malloc0 (OHM_SECRET_MAX + 2);
  length = ohm_cloud_file_read_all (fd, buffer, OHM_SECRET_MAX + 1);
  close (fd);
  if (length <= OHM_SECRET_MAX && strlen (buffer) == length &&
      g_utf8_validate (buffer, (gssize) length, NULL) && *g_strstrip (buffer) != '\0')
    return buffer;
  explicit_bzero (buffer, OHM_SECRET_MAX + 2);
  g_free (buffer);
  ohm_cloud_file_set_error (error, path, "it does not hold one line of text");
  return NULL;
}
