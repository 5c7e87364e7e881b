/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "modbus-tcp-fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define START_US (1000 * OHM_TEST_SECOND_US)
#define WALL_US  (G_GINT64_CONSTANT (1800000000) * OHM_TEST_SECOND_US)

const OhmRequest test_tcp_request_a = { .unit = 5, .function = 3, .address = 100, .count = 2 };
const OhmRequest test_tcp_request_b = { .unit = 6, .function = 4, .address = 200, .count = 1 };
const guint8 test_tcp_registers[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc };

static gboolean
test_tcp_on_watchdog (gpointer user_data)
{
  g_assert_not_reached ();
}

void
test_tcp_spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
test_tcp_pass (OhmTestTcp *fixture, gint64 us)
{
  ohm_clock_move (fixture->clock, ohm_clock_get_wall_us (fixture->clock) + us,
                  ohm_clock_get_mono_us (fixture->clock) + us);
}

void
test_tcp_drop_peer (OhmTestTcp *fixture)
{
  g_clear_pointer (&fixture->peer_watch, ohm_watch_remove);
  if (fixture->peer_fd >= 0)
    close (fixture->peer_fd);
  fixture->peer_fd = -1;
  g_byte_array_set_size (fixture->received, 0);
}

static void
test_tcp_on_peer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmTestTcp *fixture = user_data;
  guint8 bytes[4096];
  gssize n = recv (fixture->peer_fd, bytes, sizeof bytes, MSG_DONTWAIT);

  if (n > 0)
    g_byte_array_append (fixture->received, bytes, (guint) n);
  else
    test_tcp_drop_peer (fixture);
}

static void
test_tcp_on_accept (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmTestTcp *fixture = user_data;
  const int yes = 1;

  test_tcp_drop_peer (fixture);
  fixture->peer_fd = accept4 (fixture->listen_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (fixture->peer_fd, >=, 0);
  setsockopt (fixture->peer_fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fixture->n_accepted++;
  fixture->peer_watch = ohm_watcher_add (fixture->watcher, fixture->peer_fd, OHM_WATCH_READ,
                                         test_tcp_on_peer, fixture);
}

void
test_tcp_listen (OhmTestTcp *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fixture->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fixture->listen_fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (fixture->listen_fd, 5), ==, 0);
  g_assert_cmpint (getsockname (fixture->listen_fd, (struct sockaddr *) &address, &size), ==, 0);
  fixture->port = ntohs (address.sin_port);
  fixture->listen_watch = ohm_watcher_add (fixture->watcher, fixture->listen_fd, OHM_WATCH_READ,
                                           test_tcp_on_accept, fixture);
}

static void
test_tcp_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmTestTcp *fixture = user_data;

  g_assert_false (ohm_transport_is_open (transport));
  fixture->n_closed++;
  g_clear_error (&fixture->closed_error);
  fixture->closed_error = g_error_copy (error);
}

OhmTransport *
test_tcp_new_transport (OhmTestTcp *fixture, const char *host, const char *more)
{
  const OhmSettingSpec *tables[] = { NULL, NULL };
  g_autoptr (OhmTransportClass) klass = g_type_class_ref (OHM_TYPE_MODBUS_TCP_TRANSPORT);
  g_autofree char *text = g_strdup_printf ("[link]\nhost = %s\nport = %u\n%s", host, fixture->port,
                                           more);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.link", text, strlen (text), NULL);
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  tables[0] = klass->settings_table;
  settings = ohm_settings_new (keyfile, "link", tables, &error);
  g_assert_no_error (error);
  return ohm_transport_new (OHM_TYPE_MODBUS_TCP_TRANSPORT, settings, fixture->watcher);
}

void
test_tcp_setup (OhmTestTcp *fixture, gconstpointer more)
{
  fixture->watchdog = g_timeout_add_seconds (20, test_tcp_on_watchdog, NULL);
  fixture->clock = ohm_clock_new_manual (WALL_US, START_US);
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
  fixture->received = g_byte_array_new ();
  fixture->peer_fd = -1;
  test_tcp_listen (fixture);
  fixture->transport = test_tcp_new_transport (fixture, "127.0.0.1", more != NULL ? more : "");
  ohm_transport_set_handlers (fixture->transport, NULL, test_tcp_on_closed, fixture);
}

void
test_tcp_teardown (OhmTestTcp *fixture, gconstpointer more)
{
  if (fixture->transport != NULL)
    g_assert_finalize_object (fixture->transport);
  test_tcp_drop_peer (fixture);
  ohm_watch_remove (fixture->listen_watch);
  close (fixture->listen_fd);
  g_assert_finalize_object (fixture->watcher);
  g_assert_finalize_object (fixture->clock);
  g_byte_array_unref (fixture->received);
  g_clear_error (&fixture->open_error);
  g_clear_error (&fixture->closed_error);
  g_source_remove (fixture->watchdog);
}

static void
test_tcp_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  OhmTestTcp *fixture = user_data;

  g_assert_false (fixture->is_opened);
  g_assert_true (ohm_transport_is_open (transport) == (error == NULL));
  fixture->is_opened = TRUE;
  if (error != NULL)
    fixture->open_error = g_error_copy (error);
}

void
test_tcp_start_open (OhmTestTcp *fixture)
{
  fixture->is_opened = FALSE;
  g_clear_error (&fixture->open_error);
  ohm_transport_open (fixture->transport,
                      ohm_clock_get_mono_us (fixture->clock) + 3 * OHM_TEST_SECOND_US,
                      test_tcp_on_opened, fixture);
  g_assert_false (fixture->is_opened);
}

void
test_tcp_open (OhmTestTcp *fixture)
{
  guint n = fixture->n_accepted + 1;

  test_tcp_start_open (fixture);
  OHM_TEST_UNTIL (fixture->is_opened && fixture->n_accepted == n);
  g_assert_no_error (fixture->open_error);
}

static void
test_tcp_on_done (OhmTransport *transport,
                  const OhmReply *reply,
                  const GError *error,
                  gpointer user_data)
{
  OhmTestTcpResult *result = user_data;
  OhmTestTcp *fixture = result->fixture;

  g_assert_true ((reply != NULL) != (error != NULL));
  result->n_done++;
  if (reply != NULL)
    {
      result->reply = *reply;
      result->first = ohm_reply_get_register (reply, 0);
    }
  else
    result->error = g_error_copy (error);
  if (result->closes)
    ohm_transport_close (transport);
  if (result->disposes)
    g_clear_object (&fixture->transport);
  if (result->next != NULL)
    test_tcp_ask (fixture, result->next, result->other);
}

void
test_tcp_ask_with (OhmTestTcp *fixture,
                   const OhmRequest *request,
                   OhmModbusQuirks quirks,
                   OhmTestTcpResult *result)
{
  const OhmTransportOptions options = { quirks };

  result->fixture = fixture;
  ohm_transport_exchange (fixture->transport, request, &options,
                          ohm_clock_get_mono_us (fixture->clock) + OHM_TEST_SECOND_US,
                          test_tcp_on_done, result);
}

void
test_tcp_ask (OhmTestTcp *fixture, const OhmRequest *request, OhmTestTcpResult *result)
{
  test_tcp_ask_with (fixture, request, OHM_MODBUS_STRICT, result);
}

guint16
test_tcp_serve_framing (OhmTestTcp *fixture, OhmFraming framing, OhmRequest *ret_request)
{
  gsize length = 0;
  guint16 tid = 0;

  OHM_TEST_UNTIL (ohm_modbus_delimit_request (framing, fixture->received->data,
                                              fixture->received->len,
                                              &length) == OHM_FRAME_COMPLETE);
  g_assert_true (
    ohm_modbus_decode_request (framing, fixture->received->data, length, ret_request, &tid, NULL));
  g_byte_array_remove_range (fixture->received, 0, (guint) length);
  return tid;
}

guint16
test_tcp_serve (OhmTestTcp *fixture, OhmRequest *ret_request)
{
  return test_tcp_serve_framing (fixture, OHM_FRAMING_TCP, ret_request);
}

void
test_tcp_send (OhmTestTcp *fixture, const void *bytes, gsize length)
{
  g_assert_cmpint (send (fixture->peer_fd, bytes, length, MSG_NOSIGNAL), ==, (gssize) length);
}

void
test_tcp_answer (OhmTestTcp *fixture, const OhmRequest *request, guint16 tid)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, request, tid, 0, test_tcp_registers,
                                          frame);

  test_tcp_send (fixture, frame, length);
}

void
test_tcp_assert_answered (const OhmTestTcpResult *result)
{
  g_assert_no_error (result->error);
  g_assert_cmpuint (result->n_done, ==, 1);
  g_assert_cmphex (result->first, ==, 0x1234);
}

void
test_tcp_assert_usable (OhmTestTcp *fixture)
{
  OhmTestTcpResult result = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_ask (fixture, &test_tcp_request_b, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, tid);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_answered (&result);
}

void
test_tcp_assert_failed (OhmTestTcpResult *result, int code, const char *message_code)
{
  g_autoptr (OhmMessage) message = NULL;

  g_assert_cmpuint (result->n_done, ==, 1);
  g_assert_error (result->error, OHM_ERROR, code);
  message = ohm_message_new_from_error (result->error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, message_code);
  g_clear_error (&result->error);
}

void
test_tcp_add (const char *name,
              const char *more,
              void (*func) (OhmTestTcp *fixture, gconstpointer more))
{
  g_autofree char *path = g_strconcat ("/modbus-tcp/", name, NULL);

  g_test_add (path, OhmTestTcp, more, test_tcp_setup, func, test_tcp_teardown);
}
