/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define OHM_TEST_RECEIVER_PRIORITY "NORMAL"
#define OHM_TEST_RECEIVER_DRIP_MS  10
#define OHM_TEST_RECEIVER_CHUNK    16384

struct _OhmTestReceiver
{
  GMutex lock;
  int fd;
  int stop_fd; /* readable once all has to end */
  guint16 port;
  GThread *acceptor;
  GPtrArray *threads; /* (element-type GThread) */
  GQueue requests;    /* (element-type OhmTestRequest) */
  OhmTestTally tally;
  OhmTestReceiverMode mode;
  GBytes *answer;

  gboolean is_tls;
  gboolean is_strict; /* demands a client certificate */
  gnutls_certificate_credentials_t credentials;
  gnutls_priority_t priority;
  gnutls_datum_t ticket_key;
};

/* One connection, in its own thread. */
typedef struct
{
  OhmTestReceiver *receiver;
  int fd;
  gnutls_session_t session; /* (nullable) */
  GByteArray *input;
} OhmTestPeer;

static void
ohm_test_receiver_check (int result)
{
  if (result < 0)
    g_test_message ("GnuTLS: %s", gnutls_strerror (result));
  g_assert_cmpint (result, >=, 0);
}

/* Waits for the descriptor, or for the end, or for so long. Returns whether to go on. */
static gboolean
ohm_test_peer_wait (OhmTestPeer *self, short events, int ms)
{
  struct pollfd fds[] = { { self->fd, events, 0 }, { self->receiver->stop_fd, POLLIN, 0 } };

  return poll (fds, 2, ms) >= 0 && fds[1].revents == 0;
}

static ssize_t
ohm_test_peer_push (gnutls_transport_ptr_t data, const void *bytes, size_t length)
{
  OhmTestPeer *self = data;
  ssize_t n;

  while ((n = send (self->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && errno == EAGAIN)
    if (!ohm_test_peer_wait (self, POLLOUT, -1))
      return -1;
  g_mutex_lock (&self->receiver->lock);
  self->receiver->tally.n_out += n > 0 ? (guint64) n : 0;
  g_mutex_unlock (&self->receiver->lock);
  return n;
}

static ssize_t
ohm_test_peer_pull (gnutls_transport_ptr_t data, void *bytes, size_t length)
{
  OhmTestPeer *self = data;
  ssize_t n;

  while ((n = recv (self->fd, bytes, length, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
    if (!ohm_test_peer_wait (self, POLLIN, -1))
      return -1;
  g_mutex_lock (&self->receiver->lock);
  self->receiver->tally.n_in += n > 0 ? (guint64) n : 0;
  g_mutex_unlock (&self->receiver->lock);
  return n;
}

static int
ohm_test_peer_pull_timeout (gnutls_transport_ptr_t data, unsigned ms)
{
  return ohm_test_peer_wait (data, POLLIN, ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int) ms);
}

static gboolean
ohm_test_peer_send (OhmTestPeer *self, const char *bytes, gsize length)
{
  while (length > 0)
    {
      ssize_t n = self->session != NULL ? gnutls_record_send (self->session, bytes, length)
                                        : ohm_test_peer_push (self, bytes, length);

      if (n <= 0)
        return FALSE;
      bytes += n;
      length -= (gsize) n;
    }
  return TRUE;
}

static gboolean
ohm_test_peer_receive (OhmTestPeer *self)
{
  guint8 buffer[OHM_TEST_RECEIVER_CHUNK];
  ssize_t n = self->session != NULL ? gnutls_record_recv (self->session, buffer, sizeof buffer)
                                    : ohm_test_peer_pull (self, buffer, sizeof buffer);

  if (n <= 0)
    return FALSE;
  g_byte_array_append (self->input, buffer, (guint) n);
  return TRUE;
}

static gboolean
ohm_test_peer_start_tls (OhmTestPeer *self)
{
  static guint8 names[2][8] = { "h2", { 'h', 't', 't', 'p', '/', '1', '.', '1' } };
  const gnutls_datum_t protocols[] = { { names[0], 2 }, { names[1], 8 } };
  OhmTestReceiver *receiver = self->receiver;
  int result;

  ohm_test_receiver_check (gnutls_init (&self->session, GNUTLS_SERVER));
  ohm_test_receiver_check (gnutls_priority_set (self->session, receiver->priority));
  ohm_test_receiver_check (
    gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, receiver->credentials));
  /* whoever offers HTTP/2 gets it, and no answer that it understands */
  ohm_test_receiver_check (gnutls_alpn_set_protocols (self->session, protocols,
                                                      G_N_ELEMENTS (protocols),
                                                      GNUTLS_ALPN_SERVER_PRECEDENCE));
  if (receiver->is_strict)
    {
      gnutls_certificate_server_set_request (self->session, GNUTLS_CERT_REQUIRE);
      gnutls_session_set_verify_cert (self->session, NULL, 0);
    }
  if (receiver->ticket_key.data != NULL)
    ohm_test_receiver_check (
      gnutls_session_ticket_enable_server (self->session, &receiver->ticket_key));
  gnutls_transport_set_ptr (self->session, self);
  gnutls_transport_set_push_function (self->session, ohm_test_peer_push);
  gnutls_transport_set_pull_function (self->session, ohm_test_peer_pull);
  gnutls_transport_set_pull_timeout_function (self->session, ohm_test_peer_pull_timeout);
  do
    result = gnutls_handshake (self->session);
  while (result < 0 && !gnutls_error_is_fatal (result));
  if (result < 0)
    gnutls_alert_send_appropriate (self->session, result);
  g_mutex_lock (&receiver->lock);
  receiver->tally.n_handshakes += result >= 0;
  receiver->tally.n_resumed += result >= 0 && gnutls_session_is_resumed (self->session);
  g_mutex_unlock (&receiver->lock);
  return result >= 0;
}

static OhmTestRequest *
ohm_test_peer_read (OhmTestPeer *self)
{
  const char *end;
  g_autoptr (OhmTestRequest) request = g_new0 (OhmTestRequest, 1);
  g_autofree char *length = NULL;
  gsize n_head;
  gsize n_body = 0;

  while ((end = self->input->len == 0 ? NULL
                                      : g_strstr_len ((char *) self->input->data, self->input->len,
                                                      "\r\n\r\n")) == NULL)
    if (!ohm_test_peer_receive (self))
      return NULL;
  n_head = (gsize) (end - (char *) self->input->data) + 4;
  request->head = g_strndup ((char *) self->input->data, n_head - 2);
  length = ohm_test_request_dup_header (request, "Content-Length");
  if (length != NULL)
    n_body = (gsize) g_ascii_strtoull (length, NULL, 10);
  while (self->input->len < n_head + n_body)
    if (!ohm_test_peer_receive (self))
      return NULL;
  request->body = g_bytes_new (self->input->data + n_head, n_body);
  g_byte_array_remove_range (self->input, 0, (guint) (n_head + n_body));
  return g_steal_pointer (&request);
}

static gboolean
ohm_test_peer_drip (OhmTestPeer *self, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!ohm_test_peer_send (self, bytes + i, 1) ||
        !ohm_test_peer_wait (self, 0, OHM_TEST_RECEIVER_DRIP_MS))
      return FALSE;
  return TRUE;
}

static void
ohm_test_peer_flood (OhmTestPeer *self)
{
  char chunk[OHM_TEST_RECEIVER_CHUNK];

  memset (chunk, 'x', sizeof chunk);
  while (ohm_test_peer_send (self, chunk, sizeof chunk))
    continue;
}

/* Whether the connection goes on. */
static gboolean
ohm_test_peer_answer (OhmTestPeer *self)
{
  OhmTestReceiverMode mode;
  g_autoptr (GBytes) answer = NULL;
  const char *bytes;
  gsize length;

  g_mutex_lock (&self->receiver->lock);
  mode = self->receiver->mode;
  answer = g_bytes_ref (self->receiver->answer);
  g_mutex_unlock (&self->receiver->lock);
  bytes = g_bytes_get_data (answer, &length);
  if (mode == OHM_TEST_RECEIVER_MUTE)
    return ohm_test_peer_receive (self) && FALSE;
  if (mode == OHM_TEST_RECEIVER_DRIP)
    return ohm_test_peer_drip (self, bytes, length);
  if (!ohm_test_peer_send (self, bytes, length))
    return FALSE;
  if (mode == OHM_TEST_RECEIVER_FLOOD)
    ohm_test_peer_flood (self);
  return mode == OHM_TEST_RECEIVER_ANSWER || mode == OHM_TEST_RECEIVER_HASTY;
}

static OhmTestReceiverMode
ohm_test_peer_get_mode (OhmTestPeer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->receiver->lock);

  return self->receiver->mode;
}

static void
ohm_test_peer_serve (OhmTestPeer *self)
{
  OhmTestRequest *request;
  gboolean is_open = TRUE;

  while (is_open && (request = ohm_test_peer_read (self)) != NULL)
    {
      gboolean is_connect = g_str_has_prefix (request->head, "CONNECT ");

      g_mutex_lock (&self->receiver->lock);
      self->receiver->tally.n_requests++;
      g_queue_push_tail (&self->receiver->requests, request);
      g_mutex_unlock (&self->receiver->lock);
      if (!is_connect || ohm_test_peer_get_mode (self) == OHM_TEST_RECEIVER_CLOSE)
        is_open = ohm_test_peer_answer (self);
      else
        is_open = ohm_test_peer_send (self, "HTTP/1.1 200 Go on\r\n\r\n", 22) &&
                  (!self->receiver->is_tls || ohm_test_peer_start_tls (self));
    }
}

/* A proxy is spoken to in the clear first. */
static gboolean
ohm_test_peer_is_tls (OhmTestPeer *self)
{
  char first;

  if (!self->receiver->is_tls || !ohm_test_peer_wait (self, POLLIN, -1))
    return FALSE;
  return recv (self->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && first != 'C';
}

static gpointer
ohm_test_peer_thread (gpointer data)
{
  OhmTestPeer *self = data;

  if (ohm_test_peer_get_mode (self) == OHM_TEST_RECEIVER_DEAF)
    ohm_test_peer_wait (self, 0, -1);
  else if (ohm_test_peer_get_mode (self) == OHM_TEST_RECEIVER_HASTY)
    {
      if (ohm_test_peer_answer (self) && ohm_test_peer_wait (self, POLLIN, -1))
        shutdown (self->fd, SHUT_WR);
      ohm_test_peer_wait (self, 0, OHM_TEST_RECEIVER_DRIP_MS);
    }
  else if (!ohm_test_peer_is_tls (self) || ohm_test_peer_start_tls (self))
    ohm_test_peer_serve (self);
  if (self->session != NULL)
    {
      gnutls_bye (self->session, GNUTLS_SHUT_WR);
      gnutls_deinit (self->session);
    }
  close (self->fd);
  g_byte_array_unref (self->input);
  g_free (self);
  return NULL;
}

static gpointer
ohm_test_receiver_thread (gpointer data)
{
  OhmTestReceiver *self = data;

  for (;;)
    {
      struct pollfd fds[] = { { self->fd, POLLIN, 0 }, { self->stop_fd, POLLIN, 0 } };
      OhmTestPeer *peer;
      int fd;

      if (poll (fds, 2, -1) < 0 || fds[1].revents != 0)
        return NULL;
      fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC);
      if (fd < 0)
        continue;
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      peer = g_new0 (OhmTestPeer, 1);
      peer->receiver = self;
      peer->fd = fd;
      peer->input = g_byte_array_new ();
      g_mutex_lock (&self->lock);
      self->tally.n_connections++;
      g_ptr_array_add (self->threads, g_thread_new ("peer", ohm_test_peer_thread, peer));
      g_mutex_unlock (&self->lock);
    }
}

static void
ohm_test_receiver_listen (OhmTestReceiver *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  /* what is not read does not disappear in buffers */
  setsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &(int){ 65536 }, sizeof (int));
  g_assert_cmpint (bind (self->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->fd, 64), ==, 0);
  g_assert_cmpint (getsockname (self->fd, (struct sockaddr *) &address, &length), ==, 0);
  self->port = ntohs (address.sin_port);
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
}

static void
ohm_test_receiver_set_tls (OhmTestReceiver *self, const OhmTestTls *tls)
{
  gnutls_datum_t cert = { (guint8 *) tls->cert->cert, (unsigned) strlen (tls->cert->cert) };
  gnutls_datum_t key = { (guint8 *) tls->cert->key, (unsigned) strlen (tls->cert->key) };

  self->is_tls = TRUE;
  ohm_test_receiver_check (gnutls_certificate_allocate_credentials (&self->credentials));
  ohm_test_receiver_check (
    gnutls_certificate_set_x509_key_mem (self->credentials, &cert, &key, GNUTLS_X509_FMT_PEM));
  ohm_test_receiver_check (
    gnutls_priority_init (&self->priority,
                          tls->priority != NULL ? tls->priority : OHM_TEST_RECEIVER_PRIORITY,
                          NULL));
  if (tls->tickets)
    ohm_test_receiver_check (gnutls_session_ticket_key_generate (&self->ticket_key));
  if (tls->client_ca != NULL)
    {
      g_autofree char *copy = g_strdup (tls->client_ca);
      gnutls_datum_t ca = { (guint8 *) copy, (unsigned) strlen (copy) };

      self->is_strict = TRUE;
      ohm_test_receiver_check (
        gnutls_certificate_set_x509_trust_mem (self->credentials, &ca, GNUTLS_X509_FMT_PEM));
    }
}

OhmTestReceiver *
ohm_test_receiver_new (const OhmTestTls *tls)
{
  OhmTestReceiver *self = g_new0 (OhmTestReceiver, 1);

  g_mutex_init (&self->lock);
  g_queue_init (&self->requests);
  self->threads = g_ptr_array_new ();
  ohm_test_receiver_set_reply (self, 200, NULL, NULL);
  if (tls != NULL)
    ohm_test_receiver_set_tls (self, tls);
  ohm_test_receiver_listen (self);
  self->acceptor = g_thread_new ("receiver", ohm_test_receiver_thread, self);
  return self;
}

void
ohm_test_receiver_free (OhmTestReceiver *self)
{
  guint64 one = 1;

  if (self == NULL)
    return;
  g_assert_cmpint (write (self->stop_fd, &one, sizeof one), ==, sizeof one);
  g_thread_join (self->acceptor);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_unref (self->threads);
  g_queue_clear_full (&self->requests, (GDestroyNotify) ohm_test_request_free);
  g_bytes_unref (self->answer);
  if (self->is_tls)
    {
      gnutls_certificate_free_credentials (self->credentials);
      gnutls_priority_deinit (self->priority);
      gnutls_free (self->ticket_key.data);
    }
  close (self->fd);
  close (self->stop_fd);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint16
ohm_test_receiver_get_port (OhmTestReceiver *self)
{
  return self->port;
}

void
ohm_test_receiver_set_answer (OhmTestReceiver *self,
                              OhmTestReceiverMode mode,
                              const void *bytes,
                              gssize length)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_clear_pointer (&self->answer, g_bytes_unref);
  self->mode = mode;
  self->answer = g_bytes_new (bytes, length >= 0 ? (gsize) length : strlen (bytes));
}

void
ohm_test_receiver_set_reply (OhmTestReceiver *self,
                             guint status,
                             const char *headers,
                             const char *body)
{
  g_autofree char *text = NULL;

  if (headers == NULL)
    headers = "";
  if (body == NULL)
    body = "";
  text = g_strdup_printf ("HTTP/1.1 %u Status\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n%s\r\n%s",
                          status, strlen (body), headers, body);
  ohm_test_receiver_set_answer (self, OHM_TEST_RECEIVER_ANSWER, text, -1);
}

OhmTestRequest *
ohm_test_receiver_take (OhmTestReceiver *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_queue_pop_head (&self->requests);
}

void
ohm_test_request_free (OhmTestRequest *self)
{
  g_free (self->head);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_free (self);
}

char *
ohm_test_request_dup_header (OhmTestRequest *self, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (self->head, "\r\n", -1);
  gsize length = strlen (name);

  for (char **line = lines; *line != NULL; line++)
    if (g_ascii_strncasecmp (*line, name, length) == 0 && (*line)[length] == ':')
      return g_strstrip (g_strdup (*line + length + 1));
  return NULL;
}

OhmTestTally
ohm_test_receiver_get_tally (OhmTestReceiver *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->tally;
}
