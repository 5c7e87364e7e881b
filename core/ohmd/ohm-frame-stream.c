/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-frame-stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

struct _OhmFrameStream
{
  int fd;
  OhmWatch *watch;
  GByteArray *output; /* (owned): packed events */
  guint sent;         /* of these, how many bytes have gone */
  guint lost;
  gboolean is_ending;
  OhmFrameStreamEnded ended;
  gpointer user_data;
};

static void
ohm_frame_stream_want_write (OhmFrameStream *self)
{
  ohm_watch_set_events (self->watch, OHM_WATCH_READ | OHM_WATCH_WRITE);
}

/* A reader that is always a little late must not let the output grow for ever. */
static void
ohm_frame_stream_compact (OhmFrameStream *self)
{
  if (self->sent < self->output->len / 2)
    return;
  g_byte_array_remove_range (self->output, 0, self->sent);
  self->sent = 0;
}

/* Returns FALSE if the reader has left. */
static gboolean
ohm_frame_stream_send (OhmFrameStream *self)
{
  gssize n;

  do
    n = send (self->fd, self->output->data + self->sent, self->output->len - self->sent,
              MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return errno == EAGAIN;
  self->sent += (guint) n;
  return TRUE;
}

/* Returns FALSE if there is nothing left to do: the reader has left, or has got all. */
static gboolean
ohm_frame_stream_flush (OhmFrameStream *self)
{
  if (self->sent < self->output->len && !ohm_frame_stream_send (self))
    return FALSE;
  if (self->sent < self->output->len)
    {
      ohm_frame_stream_compact (self);
      return TRUE;
    }
  g_byte_array_set_size (self->output, 0);
  self->sent = 0;
  ohm_watch_set_events (self->watch, OHM_WATCH_READ);
  return !self->is_ending;
}

/* The reader has nothing to say: whatever comes from it is its end. */
static void
ohm_frame_stream_on_socket (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmFrameStream *self = user_data;

  if ((events & (OHM_WATCH_READ | OHM_WATCH_ERROR)) || !ohm_frame_stream_flush (self))
    self->ended (self, self->user_data);
}

void
ohm_frame_stream_add_past (OhmFrameStream *self, const OhmFrameEvent *event)
{
  ohm_frame_event_pack (event, self->output);
  ohm_frame_stream_want_write (self);
}

void
ohm_frame_stream_add (OhmFrameStream *self, const OhmFrameEvent *event)
{
  OhmFrameEvent told = *event;

  if (self->is_ending)
    return;
  if (self->output->len - self->sent > OHM_FRAME_STREAM_WAITING_MAX)
    {
      self->lost++;
      return;
    }
  told.lost = self->lost;
  self->lost = 0;
  ohm_frame_event_pack (&told, self->output);
  ohm_frame_stream_want_write (self);
}

void
ohm_frame_stream_end (OhmFrameStream *self)
{
  self->is_ending = TRUE;
  ohm_frame_stream_want_write (self);
}

OhmFrameStream *
ohm_frame_stream_new (OhmWatcher *watcher,
                      OhmFrameStreamEnded ended,
                      gpointer user_data,
                      int *ret_fd,
                      GError **error)
{
  OhmFrameStream *self;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      int number = errno;

      g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "no socket for a capture: %s",
                   g_strerror (number));
      return NULL;
    }
  self = g_new0 (OhmFrameStream, 1);
  self->fd = fds[0];
  self->output = g_byte_array_new ();
  self->ended = ended;
  self->user_data = user_data;
  self->watch = ohm_watcher_add (watcher, self->fd, OHM_WATCH_READ, ohm_frame_stream_on_socket,
                                 self);
  *ret_fd = fds[1];
  return self;
}

void
ohm_frame_stream_free (OhmFrameStream *self)
{
  ohm_watch_remove (self->watch);
  close (self->fd);
  g_byte_array_unref (self->output);
  g_free (self);
}
