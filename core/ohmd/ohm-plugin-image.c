/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plugin-image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ohm.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Returns: whether all that the file held at the begin has been copied */
static gboolean
ohm_plugin_image_copy (int image, int fd)
{
  struct stat info;
  off_t at = 0;

  if (fstat (fd, &info) != 0)
    return FALSE;
  while (at < info.st_size)
    {
      gssize n = sendfile (image, fd, &at, (gsize) (info.st_size - at));

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = EBUSY;
      if (n <= 0)
        return FALSE;
    }
  return TRUE;
}

int
ohm_plugin_image_new (int fd, const char *id, GError **error)
{
  g_autofree char *name = g_strconcat (id, ".so", NULL);
  int image = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  int number;

  if (image >= 0 && ohm_plugin_image_copy (image, fd) && fcntl (image, F_ADD_SEALS, SEALS) == 0)
    return image;
  number = errno;
  g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "cannot be copied into memory: %s",
               g_strerror (number));
  if (image >= 0)
    close (image);
  return -1;
}
