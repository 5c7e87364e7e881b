/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-tcp-connector.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* A peer that has vanished is noticed after at most this, also while nothing is asked. */
#define OHM_MODBUS_TCP_IDLE_S     30
#define OHM_MODBUS_TCP_PROBE_S    10
#define OHM_MODBUS_TCP_PROBES     3
#define OHM_MODBUS_TCP_UNACKED_MS 30000

struct _OhmModbusTcpConnector
{
  OhmWatcher *watcher; /* (owned) */
  char *host;
  guint16 port;
  char *peer;
  gint64 deadline_us;
  OhmModbusTcpConnected done;
  gpointer user_data;

  gboolean is_started;
  gboolean is_over;
  GCancellable *cancellable; /* (owned): of the name look-up */
  GQueue addresses;          /* (element-type GSocketAddress): not tried yet */
  OhmWatch *timer;
  OhmWatch *watch; /* (nullable): of the socket that is being connected */
  int fd;
  GError *error; /* (owned) (nullable): of the address tried last */
};

char *
ohm_modbus_tcp_connector_name_peer (const char *host, guint16 port)
{
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}

static void
ohm_modbus_tcp_connector_clear (gpointer data)
{
  OhmModbusTcpConnector *self = data;

  g_clear_object (&self->watcher);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_free (self->host);
  g_free (self->peer);
}

static void
ohm_modbus_tcp_connector_unref (OhmModbusTcpConnector *self)
{
  g_atomic_rc_box_release_full (self, ohm_modbus_tcp_connector_clear);
}

static void
ohm_modbus_tcp_connector_drop_socket (OhmModbusTcpConnector *self)
{
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/* Only a name look-up that cannot be stopped at once may outlive this. */
static void
ohm_modbus_tcp_connector_end (OhmModbusTcpConnector *self)
{
  self->is_over = TRUE;
  g_cancellable_cancel (self->cancellable);
  ohm_modbus_tcp_connector_drop_socket (self);
  g_clear_pointer (&self->timer, ohm_watch_remove);
  g_queue_clear_full (&self->addresses, g_object_unref);
}

void
ohm_modbus_tcp_connector_cancel (OhmModbusTcpConnector *self)
{
  ohm_modbus_tcp_connector_end (self);
  ohm_modbus_tcp_connector_unref (self);
}

static void
ohm_modbus_tcp_connector_finish (OhmModbusTcpConnector *self, int fd)
{
  g_autoptr (GError) error = g_steal_pointer (&self->error);
  OhmModbusTcpConnected done = self->done;
  gpointer user_data = self->user_data;

  ohm_modbus_tcp_connector_cancel (self);
  done (fd, fd >= 0 ? NULL : error, user_data);
}

static void
ohm_modbus_tcp_connector_note_errno (OhmModbusTcpConnector *self, int code)
{
  g_clear_error (&self->error);
  ohm_message_set_error_errno (&self->error, self->peer, code);
}

/* Options that fail cost comfort, not function. */
static void
ohm_modbus_tcp_connector_set_options (int fd)
{
  static const struct
  {
    int level;
    int option;
    int value;
  } options[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 },
    { SOL_SOCKET, SO_KEEPALIVE, 1 },
    { IPPROTO_TCP, TCP_KEEPIDLE, OHM_MODBUS_TCP_IDLE_S },
    { IPPROTO_TCP, TCP_KEEPINTVL, OHM_MODBUS_TCP_PROBE_S },
    { IPPROTO_TCP, TCP_KEEPCNT, OHM_MODBUS_TCP_PROBES },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, OHM_MODBUS_TCP_UNACKED_MS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    if (setsockopt (fd, options[i].level, options[i].option, &options[i].value,
                    sizeof options[i].value) != 0)
      g_debug ("socket option %d: %s, ignoring", options[i].option, g_strerror (errno));
}

static void
ohm_modbus_tcp_connector_on_socket (OhmWatch *watch, OhmWatchEvents events, gpointer user_data);

/* Returns FALSE if the address failed at once. */
static gboolean
ohm_modbus_tcp_connector_try (OhmModbusTcpConnector *self, GSocketAddress *address)
{
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (address);

  if (size < 0 || !g_socket_address_to_native (address, &native, sizeof native, NULL))
    {
      ohm_modbus_tcp_connector_note_errno (self, EAFNOSUPPORT);
      return FALSE;
    }
  self->fd = socket (native.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    {
      ohm_modbus_tcp_connector_note_errno (self, errno);
      return FALSE;
    }
  ohm_modbus_tcp_connector_set_options (self->fd);
  if (connect (self->fd, (struct sockaddr *) &native, (socklen_t) size) != 0 &&
      errno != EINPROGRESS)
    {
      ohm_modbus_tcp_connector_note_errno (self, errno);
      ohm_modbus_tcp_connector_drop_socket (self);
      return FALSE;
    }
  self->watch = ohm_watcher_add (self->watcher, self->fd, OHM_WATCH_WRITE,
                                 ohm_modbus_tcp_connector_on_socket, self);
  return TRUE;
}

static void
ohm_modbus_tcp_connector_try_next (OhmModbusTcpConnector *self)
{
  gint64 now_us = ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher));
  guint left = g_queue_get_length (&self->addresses);

  ohm_modbus_tcp_connector_drop_socket (self);
  for (; left > 0; left--)
    {
      g_autoptr (GSocketAddress) address = g_queue_pop_head (&self->addresses);

      ohm_watch_set_deadline (self->timer, now_us + (self->deadline_us - now_us) / left);
      if (ohm_modbus_tcp_connector_try (self, address))
        return;
    }
  ohm_modbus_tcp_connector_finish (self, -1);
}

static void
ohm_modbus_tcp_connector_on_socket (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmModbusTcpConnector *self = user_data;
  int code = 0;
  socklen_t size = sizeof code;

  if (getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    code = errno;
  if (code != 0)
    {
      ohm_modbus_tcp_connector_note_errno (self, code);
      ohm_modbus_tcp_connector_try_next (self);
      return;
    }
  g_clear_pointer (&self->watch, ohm_watch_remove);
  ohm_modbus_tcp_connector_finish (self, g_steal_fd (&self->fd));
}

static void
ohm_modbus_tcp_connector_on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmModbusTcpConnector *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autolist (GInetAddress) found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result,
                                                                      &error);

  ohm_clock_release (ohm_watcher_get_clock (self->watcher));
  if (!self->is_over)
    {
      for (GList *item = found; item != NULL; item = item->next)
        g_queue_push_tail (&self->addresses, g_inet_socket_address_new (item->data, self->port));
      if (error != NULL)
        ohm_message_set_error (&self->error, OHM_ERROR_LINK,
                               ohm_message_new ("host-unknown", "host", self->host, NULL), "%s: %s",
                               self->peer, error->message);
      ohm_modbus_tcp_connector_try_next (self);
    }
  ohm_modbus_tcp_connector_unref (self);
}

static void
ohm_modbus_tcp_connector_begin (OhmModbusTcpConnector *self)
{
  g_autoptr (GResolver) resolver = NULL;
  GSocketAddress *numeric = g_inet_socket_address_new_from_string (self->host, self->port);

  self->is_started = TRUE;
  if (numeric != NULL)
    {
      g_queue_push_tail (&self->addresses, numeric);
      ohm_modbus_tcp_connector_try_next (self);
      return;
    }
  ohm_watch_set_deadline (self->timer, self->deadline_us);
  ohm_clock_hold (ohm_watcher_get_clock (self->watcher));
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (resolver, self->host, self->cancellable,
                                   ohm_modbus_tcp_connector_on_resolved,
                                   g_atomic_rc_box_acquire (self));
}

static void
ohm_modbus_tcp_connector_on_timer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmModbusTcpConnector *self = user_data;

  if (!self->is_started)
    {
      ohm_modbus_tcp_connector_begin (self);
      return;
    }
  if (self->watch == NULL)
    ohm_message_set_error (&self->error, OHM_ERROR_TIMEOUT,
                           ohm_message_new ("host-unknown", "host", self->host, NULL),
                           "%s: name not resolved in time", self->peer);
  else
    ohm_modbus_tcp_connector_note_errno (self, ETIMEDOUT);
  ohm_modbus_tcp_connector_try_next (self);
}

OhmModbusTcpConnector *
ohm_modbus_tcp_connector_start (OhmWatcher *watcher,
                                const char *host,
                                guint16 port,
                                gint64 deadline_us,
                                OhmModbusTcpConnected done,
                                gpointer user_data)
{
  OhmModbusTcpConnector *self = g_atomic_rc_box_new0 (OhmModbusTcpConnector);

  self->watcher = g_object_ref (watcher);
  self->host = g_strdup (host);
  self->port = port;
  self->peer = ohm_modbus_tcp_connector_name_peer (host, port);
  self->deadline_us = deadline_us;
  self->done = done;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  self->fd = -1;
  g_queue_init (&self->addresses);
  self->timer = ohm_watcher_add (watcher, -1, 0, ohm_modbus_tcp_connector_on_timer, self);
  ohm_watch_set_deadline (self->timer, 0); /* nothing is called back from inside here */
  return self;
}
