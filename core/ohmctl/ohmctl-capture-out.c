/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-capture-out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-error.h"

#define FILE_MODE 0666

/* Neither empties what is there, nor takes it for its own. */
static int
ohmctl_capture_out_open_fd (const char *name, gboolean *ret_is_new)
{
  int fd = open (name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

  *ret_is_new = fd >= 0;
  return fd < 0 && errno == EEXIST ? open (name, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE) : fd;
}

gboolean
ohmctl_capture_out_open (OhmctlCaptureOut *self, const char *name, GError **error)
{
  int fd;

  if (strcmp (name, "-") == 0)
    {
      self->file = stdout;
      return TRUE;
    }
  fd = ohmctl_capture_out_open_fd (name, &self->is_new);
  self->file = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (self->file == NULL)
    {
      int number = errno;

      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "cannot write '%s': %s", name,
                   g_strerror (number));
      return FALSE;
    }
  self->name = g_strdup (name);
  return TRUE;
}

void
ohmctl_capture_out_begin (OhmctlCaptureOut *self, gconstpointer header, gsize length)
{
  self->is_new = FALSE;
  /* a pipe has nothing to be emptied of; what else fails shows when it is written */
  if (self->name != NULL && ftruncate (fileno (self->file), 0) < 0 && errno != EINVAL)
    return;
  fwrite (header, 1, length, self->file);
}

gboolean
ohmctl_capture_out_flush (OhmctlCaptureOut *self)
{
  return self->file == NULL || (fflush (self->file) == 0 && !ferror (self->file));
}

void
ohmctl_capture_out_clear (OhmctlCaptureOut *self)
{
  if (self->name != NULL)
    fclose (self->file);
  if (self->is_new)
    unlink (self->name);
  self->file = NULL;
  self->is_new = FALSE;
  g_clear_pointer (&self->name, g_free);
}
