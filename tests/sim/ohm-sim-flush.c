/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-flush.h"

#include <poll.h>
#include <sys/ioctl.h>

typedef struct
{
  GSource source;
  struct pollfd ends[2];
} OhmSimFlush;

/* poll() of a terminal that has no input waits for the kernel's thread (n_tty_poll,
 * tty_buffer_flush_work). Input that it finds may be so new that nobody was woken yet: FIONREAD
 * takes a lock that the thread holds until it has (n_tty_ioctl, termios_rwsem). The loop checks
 * sources after it has polled and before it dispatches, so between a ping and its answer. */
static gboolean
ohm_sim_flush_check (GSource *source)
{
  OhmSimFlush *self = (OhmSimFlush *) source;
  int n_bytes;

  poll (self->ends, G_N_ELEMENTS (self->ends), 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->ends); i++)
    ioctl (self->ends[i].fd, FIONREAD, &n_bytes);
  return FALSE;
}

GSource *
ohm_sim_flush_new (int fd, int other_fd)
{
  static GSourceFuncs funcs = { .check = ohm_sim_flush_check };
  GSource *source = g_source_new (&funcs, sizeof (OhmSimFlush));
  OhmSimFlush *self = (OhmSimFlush *) source;

  self->ends[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
  self->ends[1] = (struct pollfd){ .fd = other_fd, .events = POLLIN };
  g_source_set_static_name (source, "OhmSimFlush");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}
