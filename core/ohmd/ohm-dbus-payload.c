/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-payload.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#include <ohm.h>

static gboolean
ohm_dbus_payload_write (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize written = write (fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return FALSE;
      data += written;
      size -= (gsize) written;
    }
  /* The receiver shares the offset: it reads from the beginning. */
  if (lseek (fd, 0, SEEK_SET) != 0)
    return FALSE;
  return fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

int
ohm_dbus_payload_new_fd (const char *name, GVariant *payload, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (payload);
  int fd = memfd_create (name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (fd < 0 ||
      !ohm_dbus_payload_write (fd, g_variant_get_data (owned), g_variant_get_size (owned)))
    {
      int number = errno;

      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED,
                   "cannot write a memory file of %" G_GSIZE_FORMAT " bytes for %s: %s",
                   g_variant_get_size (owned), name, g_strerror (number));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

void
ohm_dbus_payload_return (GDBusMethodInvocation *invocation, const char *name, GVariant *payload)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUnixFDList) list = NULL;
  int fd = ohm_dbus_payload_new_fd (name, payload, &error);

  if (fd < 0)
    {
      g_dbus_method_invocation_take_error (invocation, g_steal_pointer (&error));
      return;
    }
  list = g_unix_fd_list_new_from_array (&fd, 1);
  g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, g_variant_new ("(h)", 0),
                                                           list);
}
