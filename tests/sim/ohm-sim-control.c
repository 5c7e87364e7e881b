/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#define LINE_MAX_BYTES 4096

struct _OhmSimControl
{
  OhmSimServer *server;
  OhmWatcher *watcher;
  char *path;
  GSocket *listener;
  OhmWatch *watch;
  GPtrArray *peers; /* (element-type OhmSimPeer) */
};

typedef struct
{
  OhmSimControl *control;
  int fd;
  OhmWatch *watch;
  GString *input;
} OhmSimPeer;

static void
ohm_sim_peer_free (gpointer data)
{
  OhmSimPeer *self = data;

  ohm_watch_remove (self->watch);
  close (self->fd);
  g_string_free (self->input, TRUE);
  g_free (self);
}

/* Answers are short and the peer is a test that waits for them. */
static gboolean
ohm_sim_peer_send (OhmSimPeer *self, const char *text)
{
  gsize length = strlen (text);
  gsize sent = 0;

  while (sent < length)
    {
      gssize n = send (self->fd, text + sent, length - sent, MSG_NOSIGNAL);

      if (n < 0 && errno != EINTR)
        return FALSE;
      sent += (gsize) MAX (n, 0);
    }
  return TRUE;
}

static gboolean
ohm_sim_peer_serve (OhmSimPeer *self)
{
  char *end;

  while ((end = strchr (self->input->str, '\n')) != NULL)
    {
      g_autofree char *line = g_strndup (self->input->str, (gsize) (end - self->input->str));
      g_autofree char *answer = ohm_sim_server_command (self->control->server, line);

      g_string_erase (self->input, 0, (gssize) strlen (line) + 1);
      if (!ohm_sim_peer_send (self, answer))
        return FALSE;
    }
  return self->input->len < LINE_MAX_BYTES;
}

static void
ohm_sim_peer_on_event (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimPeer *self = user_data;
  char bytes[LINE_MAX_BYTES];
  gssize n = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n > 0)
    g_string_append_len (self->input, bytes, n);
  if (n <= 0 || !ohm_sim_peer_serve (self))
    g_ptr_array_remove_fast (self->control->peers, self);
}

static void
ohm_sim_control_on_accept (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmSimControl *self = user_data;
  int fd = accept4 (g_socket_get_fd (self->listener), NULL, NULL, SOCK_CLOEXEC);
  OhmSimPeer *peer;

  if (fd < 0)
    return;
  peer = g_new0 (OhmSimPeer, 1);
  peer->control = self;
  peer->fd = fd;
  peer->input = g_string_new (NULL);
  peer->watch = ohm_watcher_add (self->watcher, fd, OHM_WATCH_READ, ohm_sim_peer_on_event, peer);
  g_ptr_array_add (self->peers, peer);
}

static GSocket *
ohm_sim_control_listen (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);

  if (socket == NULL || !g_socket_bind (socket, address, /* allow_reuse */ TRUE, error) ||
      !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

OhmSimControl *
ohm_sim_control_new (OhmSimServer *server, OhmWatcher *watcher, const char *path, GError **error)
{
  g_autoptr (GSocket) listener = ohm_sim_control_listen (path, error);
  OhmSimControl *self;

  if (listener == NULL)
    {
      g_prefix_error (error, "control socket '%s': ", path);
      return NULL;
    }
  self = g_new0 (OhmSimControl, 1);
  self->server = server;
  self->watcher = g_object_ref (watcher);
  self->path = g_strdup (path);
  self->listener = g_steal_pointer (&listener);
  self->peers = g_ptr_array_new_with_free_func (ohm_sim_peer_free);
  self->watch = ohm_watcher_add (watcher, g_socket_get_fd (self->listener), OHM_WATCH_READ,
                                 ohm_sim_control_on_accept, self);
  return self;
}

void
ohm_sim_control_free (OhmSimControl *self)
{
  ohm_watch_remove (self->watch);
  g_ptr_array_unref (self->peers);
  g_socket_close (self->listener, NULL);
  g_object_unref (self->listener);
  g_unlink (self->path);
  g_object_unref (self->watcher);
  g_free (self->path);
  g_free (self);
}
