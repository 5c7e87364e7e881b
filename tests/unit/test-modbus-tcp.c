/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-modbus-tcp-transport.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define START_US  (1000 * SECOND_US)
#define WALL_US   (G_GINT64_CONSTANT (1800000000) * SECOND_US)

/* A server that does what the test says, and a transport, on one main loop. Time stands still but
 * for test_tcp_pass(), so that nothing depends on how fast the machine is. */
typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmTransport *transport;
  int listen_fd;
  guint16 port;
  OhmWatch *listen_watch;
  int peer_fd; /* the server's side; -1: none */
  OhmWatch *peer_watch;
  GByteArray *received; /* by the server */
  guint n_accepted;

  gboolean is_opened;
  GError *open_error;
  GError *closed_error;
  guint n_closed;
  guint watchdog;
} TestTcpFixture;

typedef struct
{
  TestTcpFixture *fixture;
  guint n_done;
  guint16 first; /* register of the answer */
  OhmReply reply;
  GError *error;
  OhmRequest *next; /* (nullable): asked from inside the callback */
  struct _TestTcpCall *call;
  gboolean closes;
  gboolean disposes;
} TestTcpResult;

static const OhmRequest request_a = { .unit = 5, .function = 3, .address = 100, .count = 2 };
static const OhmRequest request_b = { .unit = 6, .function = 4, .address = 200, .count = 1 };
static const guint8 registers[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc };

static gboolean
test_tcp_on_watchdog (gpointer user_data)
{
  g_assert_not_reached ();
}

#define TEST_TCP_UNTIL(fixture, condition)                                                         \
  while (!(condition))                                                                             \
  g_main_context_iteration (NULL, TRUE)

static void
test_tcp_spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_tcp_pass (TestTcpFixture *fixture, gint64 us)
{
  ohm_clock_move (fixture->clock, ohm_clock_get_wall_us (fixture->clock) + us,
                  ohm_clock_get_mono_us (fixture->clock) + us);
}

static void
test_tcp_drop_peer (TestTcpFixture *fixture)
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
  TestTcpFixture *fixture = user_data;
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
  TestTcpFixture *fixture = user_data;

  test_tcp_drop_peer (fixture);
  fixture->peer_fd = accept4 (fixture->listen_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (fixture->peer_fd, >=, 0);
  fixture->n_accepted++;
  fixture->peer_watch = ohm_watcher_add (fixture->watcher, fixture->peer_fd, OHM_WATCH_READ,
                                         test_tcp_on_peer, fixture);
}

static void
test_tcp_listen (TestTcpFixture *fixture)
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
  TestTcpFixture *fixture = user_data;

  g_assert_false (ohm_transport_is_open (transport));
  fixture->n_closed++;
  g_clear_error (&fixture->closed_error);
  fixture->closed_error = g_error_copy (error);
}

static OhmTransport *
test_tcp_new_transport (TestTcpFixture *fixture, const char *host, const char *more)
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

static void
test_tcp_setup (TestTcpFixture *fixture, gconstpointer more)
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

static void
test_tcp_teardown (TestTcpFixture *fixture, gconstpointer more)
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
  TestTcpFixture *fixture = user_data;

  g_assert_false (fixture->is_opened);
  g_assert_true (ohm_transport_is_open (transport) == (error == NULL));
  fixture->is_opened = TRUE;
  if (error != NULL)
    fixture->open_error = g_error_copy (error);
}

static void
test_tcp_start_open (TestTcpFixture *fixture)
{
  fixture->is_opened = FALSE;
  g_clear_error (&fixture->open_error);
  ohm_transport_open (fixture->transport, ohm_clock_get_mono_us (fixture->clock) + 3 * SECOND_US,
                      test_tcp_on_opened, fixture);
  g_assert_false (fixture->is_opened);
}

static void
test_tcp_open (TestTcpFixture *fixture)
{
  guint n = fixture->n_accepted + 1;

  test_tcp_start_open (fixture);
  TEST_TCP_UNTIL (fixture, fixture->is_opened && fixture->n_accepted == n);
  g_assert_no_error (fixture->open_error);
}

static void
test_tcp_ask (TestTcpFixture *fixture, const OhmRequest *request, TestTcpResult *result);

static void
test_tcp_on_done (OhmTransport *transport,
                  const OhmReply *reply,
                  const GError *error,
                  gpointer user_data)
{
  TestTcpResult *result = user_data;
  TestTcpFixture *fixture = result->fixture;

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
    {
      TestTcpResult *other = (TestTcpResult *) result->call;

      test_tcp_ask (fixture, result->next, other);
    }
}

static void
test_tcp_ask_with (TestTcpFixture *fixture,
                   const OhmRequest *request,
                   OhmModbusQuirks quirks,
                   TestTcpResult *result)
{
  const OhmTransportOptions options = { quirks };

  result->fixture = fixture;
  ohm_transport_exchange (fixture->transport, request, &options,
                          ohm_clock_get_mono_us (fixture->clock) + SECOND_US, test_tcp_on_done,
                          result);
}

static void
test_tcp_ask (TestTcpFixture *fixture, const OhmRequest *request, TestTcpResult *result)
{
  test_tcp_ask_with (fixture, request, OHM_MODBUS_STRICT, result);
}

/* Waits for the next request and takes it out of what the server has received. */
static guint16
test_tcp_serve_framing (TestTcpFixture *fixture, OhmFraming framing, OhmRequest *ret_request)
{
  gsize length = 0;
  guint16 tid = 0;

  TEST_TCP_UNTIL (fixture, ohm_modbus_delimit_request (framing, fixture->received->data,
                                                       fixture->received->len,
                                                       &length) == OHM_FRAME_COMPLETE);
  g_assert_true (
    ohm_modbus_decode_request (framing, fixture->received->data, length, ret_request, &tid, NULL));
  g_byte_array_remove_range (fixture->received, 0, (guint) length);
  return tid;
}

static guint16
test_tcp_serve (TestTcpFixture *fixture, OhmRequest *ret_request)
{
  return test_tcp_serve_framing (fixture, OHM_FRAMING_TCP, ret_request);
}

static void
test_tcp_send (TestTcpFixture *fixture, const void *bytes, gsize length)
{
  g_assert_cmpint (send (fixture->peer_fd, bytes, length, MSG_NOSIGNAL), ==, (gssize) length);
}

static void
test_tcp_answer (TestTcpFixture *fixture, const OhmRequest *request, guint16 tid)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, request, tid, 0, registers, frame);

  test_tcp_send (fixture, frame, length);
}

static void
test_tcp_assert_answered (const TestTcpResult *result)
{
  g_assert_no_error (result->error);
  g_assert_cmpuint (result->n_done, ==, 1);
  g_assert_cmphex (result->first, ==, 0x1234);
}

/* The connection works: one more exchange on it. */
static void
test_tcp_assert_usable (TestTcpFixture *fixture)
{
  TestTcpResult result = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_ask (fixture, &request_b, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, tid);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_answered (&result);
}

static void
test_tcp_assert_failed (TestTcpResult *result, int code, const char *message_code)
{
  g_autoptr (OhmMessage) message = NULL;

  g_assert_cmpuint (result->n_done, ==, 1);
  g_assert_error (result->error, OHM_ERROR, code);
  message = ohm_message_new_from_error (result->error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, message_code);
  g_clear_error (&result->error);
}

static void
test_tcp_exchanges (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest request;
  guint16 tid;
  guint16 last = 0;

  test_tcp_open (fixture);
  for (guint i = 0; i < 3; i++)
    {
      result.n_done = 0;
      test_tcp_ask (fixture, &request_a, &result);
      tid = test_tcp_serve (fixture, &request);
      g_assert_cmpuint (tid, !=, 0);
      g_assert_cmpuint (tid, !=, last);
      last = tid;
      g_assert_cmpuint (request.unit, ==, 5);
      g_assert_cmpuint (request.address, ==, 100);
      test_tcp_pass (fixture, SECOND_US / 2);
      test_tcp_answer (fixture, &request, tid);
      TEST_TCP_UNTIL (fixture, result.n_done > 0);
      test_tcp_assert_answered (&result);
      g_assert_cmpuint (result.reply.unit, ==, 5);
      g_assert_cmpuint (result.reply.address, ==, 100);
      g_assert_cmpint (result.reply.round_trip_us, ==, SECOND_US / 2);
      g_assert_cmpint (result.reply.time_us, ==,
                       ohm_clock_get_wall_us (fixture->clock) - SECOND_US / 4);
    }
  g_assert_cmpuint (counters->requests, ==, 3);
  g_assert_cmpuint (counters->replies, ==, 3);
  g_assert_cmpuint (counters->connects, ==, 1);
  g_assert_cmpuint (counters->bytes_out, ==, 3 * 12);
  g_assert_cmpuint (counters->bytes_in, ==, 3 * 13);
  g_assert_cmpuint (counters->timeouts + counters->late + counters->broken, ==, 0);
  g_assert_cmpint (ohm_transport_get_line_us (fixture->transport, &request_a), ==, 0);
  g_assert_cmpuint (ohm_transport_get_baud (fixture->transport), ==, 0);
}

static void
test_tcp_exception (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_send (fixture, frame,
                 ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 2, NULL, frame));
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.reply.exception, ==, 2);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_drip (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
  for (gsize i = 0; i < length; i++)
    {
      g_assert_cmpuint (result.n_done, ==, 0);
      test_tcp_send (fixture, frame + i, 1);
      g_main_context_iteration (NULL, TRUE);
      test_tcp_spin ();
    }
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_answered (&result);
}

/* A drip slower than the deadline: the exchange ends, the rest is a late answer. */
static void
test_tcp_late_drip (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
  test_tcp_send (fixture, frame, 5);
  TEST_TCP_UNTIL (fixture, ohm_transport_get_counters (fixture->transport)->bytes_in == 5);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_send (fixture, frame + 5, length - 5);
  TEST_TCP_UNTIL (fixture, ohm_transport_get_counters (fixture->transport)->late == 1);
  test_tcp_assert_usable (fixture);
}

/* The rest of a frame that nobody waits for never comes. */
static void
test_tcp_rest_missing (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
  test_tcp_send (fixture, frame, 9);
  TEST_TCP_UNTIL (fixture, ohm_transport_get_counters (fixture->transport)->bytes_in == 9);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_spin ();
  g_assert_true (ohm_transport_is_open (fixture->transport));
  test_tcp_pass (fixture, 5 * SECOND_US);
  TEST_TCP_UNTIL (fixture, fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_PROTOCOL);
}

static void
test_tcp_timeout_and_late (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_pass (fixture, SECOND_US - 1);
  test_tcp_spin ();
  g_assert_cmpuint (result.n_done, ==, 0);
  test_tcp_pass (fixture, 1);
  test_tcp_spin ();
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  g_assert_true (ohm_transport_is_open (fixture->transport));
  test_tcp_assert_usable (fixture);
  test_tcp_answer (fixture, &request, tid);
  TEST_TCP_UNTIL (fixture, counters->late == 1);
  test_tcp_assert_usable (fixture);
  g_assert_cmpuint (counters->timeouts, ==, 1);
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
}

static void
test_tcp_duplicate (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  guint8 frames[2 * OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frames);
  memcpy (frames + length, frames, length);
  test_tcp_send (fixture, frames, 2 * length);
  TEST_TCP_UNTIL (fixture, ohm_transport_get_counters (fixture->transport)->late == 1);
  test_tcp_assert_answered (&result);
  test_tcp_assert_usable (fixture);
}

/* The answer counts, what follows it closes; what is asked from inside the callback is told that
 * the link closed, and was never sent. */
static void
test_tcp_surplus (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  TestTcpResult second = { 0 };
  OhmRequest next = request_b;
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  for (int round = 0; round < 2; round++)
    {
      result = second = (TestTcpResult){ 0 };
      result.next = round == 0 ? NULL : &next;
      result.call = (struct _TestTcpCall *) &second;
      test_tcp_open (fixture);
      test_tcp_ask (fixture, &request_a, &result);
      tid = test_tcp_serve (fixture, &request);
      length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
      frame[length] = (guint8) ~frame[0];
      test_tcp_send (fixture, frame, length + 1);
      TEST_TCP_UNTIL (fixture, !ohm_transport_is_open (fixture->transport));
      test_tcp_assert_answered (&result);
      g_assert_cmpuint (fixture->n_closed, ==, 1);
    }
  test_tcp_assert_failed (&second, OHM_ERROR_LINK, "surplus-bytes");
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->requests, ==, 2);
  test_tcp_open (fixture);
  test_tcp_assert_usable (fixture);
}

typedef struct
{
  gsize index;
  guint8 flip;
} TestTcpMutation;

static void
test_tcp_untrusted (TestTcpFixture *fixture, gconstpointer more)
{
  static const TestTcpMutation mutations[] = {
    { 0, 0x80 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 6, 1 }, { 7, 1 }, { 8, 2 },
  };
  guint8 frame[OHM_MODBUS_TCP_MAX];

  for (gsize i = 0; i < G_N_ELEMENTS (mutations); i++)
    {
      TestTcpResult result = { 0 };
      OhmRequest request;
      gsize length;
      guint16 tid;

      test_tcp_open (fixture);
      test_tcp_ask (fixture, &request_a, &result);
      tid = test_tcp_serve (fixture, &request);
      length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
      frame[mutations[i].index] ^= mutations[i].flip;
      test_tcp_send (fixture, frame, length);
      if (mutations[i].index == 5 && frame[5] > length - 6)
        test_tcp_send (fixture, "x", 1);
      TEST_TCP_UNTIL (fixture, result.n_done > 0);
      g_assert_error (result.error, OHM_ERROR, OHM_ERROR_PROTOCOL);
      g_assert_true (g_str_has_prefix (result.error->message, "127.0.0.1:"));
      g_clear_error (&result.error);
      g_assert_false (ohm_transport_is_open (fixture->transport));
      g_assert_cmpuint (fixture->n_closed, ==, 0);
      g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, ==, i + 1);
    }
}

static void
test_tcp_assert_guess (TestTcpFixture *fixture,
                       const void *bytes,
                       gsize length,
                       const char *code,
                       const char *text)
{
  TestTcpResult result = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  test_tcp_serve (fixture, &request);
  test_tcp_send (fixture, bytes, length);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  g_assert_nonnull (strstr (result.error->message, text));
  test_tcp_assert_failed (&result, OHM_ERROR_PROTOCOL, code);
}

static void
test_tcp_other_protocols (TestTcpFixture *fixture, gconstpointer more)
{
  static const char http[] = "HTTP/1.1 400 Bad Request\r\n";
  static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
  static const char telnet[] = "login: ";
  static const guint8 noise[] = { 0xff, 0xfb, 0x01, 0xff, 0xfb, 0x03 };
  guint8 rtu[OHM_MODBUS_RTU_MAX];
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_RTU, &request_a, 0, 0, registers, rtu);

  test_tcp_assert_guess (fixture, http, sizeof http - 1, "wrong-protocol", "HTTP");
  test_tcp_assert_guess (fixture, ssh, sizeof ssh - 1, "wrong-protocol", "SSH");
  test_tcp_assert_guess (fixture, telnet, sizeof telnet - 1, "wrong-protocol", "text");
  test_tcp_assert_guess (fixture, noise, sizeof noise, "wrong-protocol", "ff fb 01");
  test_tcp_assert_guess (fixture, rtu, length, "rtu-over-tcp", "RTU frames");
  length = ohm_modbus_encode_reply (OHM_FRAMING_RTU, &request_b, 0, 2, NULL, rtu);
  test_tcp_assert_guess (fixture, rtu, length, "rtu-over-tcp", "RTU frames");
}

/* A banner, before anything was asked. */
static void
test_tcp_unsolicited (TestTcpFixture *fixture, gconstpointer more)
{
  static const char banner[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
  g_autoptr (OhmMessage) message = NULL;

  test_tcp_open (fixture);
  test_tcp_send (fixture, banner, sizeof banner - 1);
  TEST_TCP_UNTIL (fixture, fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  message = ohm_message_new_from_error (fixture->closed_error);
  g_assert_cmpstr (ohm_message_get_argument (message, "protocol"), ==, "SSH");
}

static void
test_tcp_peer_closes (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  TestTcpResult other = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_drop_peer (fixture);
  TEST_TCP_UNTIL (fixture, fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_LINK);

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  test_tcp_ask (fixture, &request_b, &other);
  tid = test_tcp_serve (fixture, &request);
  ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, registers, frame);
  test_tcp_send (fixture, frame, 10);
  shutdown (fixture->peer_fd, SHUT_WR);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_LINK, "connection-closed");
  test_tcp_assert_failed (&other, OHM_ERROR_LINK, "connection-closed");
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static void
test_tcp_peer_resets (TestTcpFixture *fixture, gconstpointer more)
{
  const struct linger linger = { .l_onoff = 1 };
  TestTcpResult result = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  test_tcp_serve (fixture, &request);
  setsockopt (fixture->peer_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  test_tcp_drop_peer (fixture);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_LINK, "connection-closed");
}

/* The peer reads nothing: requests wait, nothing blocks, no signal kills. */
static void
test_tcp_full_socket (TestTcpFixture *fixture, gconstpointer more)
{
  const struct linger linger = { .l_onoff = 1 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest write = { .unit = 1, .function = 16, .count = OHM_WRITE_REGISTERS_MAX };
  TestTcpResult *results = g_new0 (TestTcpResult, 16);
  gboolean was_open = TRUE;

  test_tcp_open (fixture);
  ohm_watch_set_events (fixture->peer_watch, 0);
  for (guint round = 0; round < 40000 / 16; round++)
    {
      for (guint i = 0; i < 16; i++)
        test_tcp_ask (fixture, &write, &results[i]);
      ohm_transport_cancel (fixture->transport);
    }
  g_assert_cmpuint (counters->bytes_out, >, 5000000);
  test_tcp_spin ();
  g_assert_true (ohm_transport_is_open (fixture->transport));
  test_tcp_ask (fixture, &write, &results[0]);
  setsockopt (fixture->peer_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  test_tcp_drop_peer (fixture);
  while (was_open)
    {
      g_main_context_iteration (NULL, TRUE);
      was_open = ohm_transport_is_open (fixture->transport);
    }
  test_tcp_assert_failed (&results[0], OHM_ERROR_LINK, "connection-closed");
  for (guint i = 1; i < 16; i++)
    g_assert_cmpuint (results[i].n_done, ==, 0);
  g_free (results);
}

static void
test_tcp_outstanding (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[17] = { 0 };
  OhmRequest requests[16];
  guint16 tids[16];

  test_tcp_open (fixture);
  for (guint i = 0; i < 17; i++)
    test_tcp_ask (fixture, &request_a, &results[i]);
  for (guint i = 0; i < 16; i++)
    tids[i] = test_tcp_serve (fixture, &requests[i]);
  TEST_TCP_UNTIL (fixture, results[16].n_done > 0);
  g_assert_error (results[16].error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&results[16].error);
  for (guint i = 16; i-- > 1;)
    test_tcp_answer (fixture, &requests[i], tids[i]);
  TEST_TCP_UNTIL (fixture, results[1].n_done > 0);
  for (guint i = 1; i < 16; i++)
    test_tcp_assert_answered (&results[i]);
  g_assert_cmpuint (results[0].n_done, ==, 0);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, results[0].n_done > 0);
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
}

static void
test_tcp_invalid_request (TestTcpFixture *fixture, gconstpointer more)
{
  const OhmRequest nothing = { .unit = 1, .function = 3, .count = 0 };
  TestTcpResult result = { 0 };

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &nothing, &result);
  g_assert_cmpuint (result.n_done, ==, 0);
  TEST_TCP_UNTIL (fixture, result.n_done > 0);
  g_assert_error (result.error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&result.error);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_cancel (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  ohm_transport_cancel (fixture->transport);
  test_tcp_answer (fixture, &request, tid);
  test_tcp_assert_usable (fixture);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->late, ==, 1);
  g_assert_cmpuint (result.n_done, ==, 0);
}

/* Devices that answer with an id of their own: only with the quirk, and never after a time-out. */
static void
test_tcp_any_tid (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask_with (fixture, &request_a, OHM_MODBUS_ANY_TID, &results[0]);
  test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, 0);
  TEST_TCP_UNTIL (fixture, results[0].n_done > 0);
  test_tcp_assert_answered (&results[0]);

  test_tcp_ask_with (fixture, &request_a, OHM_MODBUS_ANY_TID, &results[1]);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, results[1].n_done > 0);
  test_tcp_assert_failed (&results[1], OHM_ERROR_TIMEOUT, "timeout");
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 1);

  test_tcp_open (fixture);
  test_tcp_ask_with (fixture, &request_a, OHM_MODBUS_ANY_TID, &results[2]);
  ohm_transport_cancel (fixture->transport);
  TEST_TCP_UNTIL (fixture, fixture->n_closed == 2);

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &results[3]);
  test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, 0);
  TEST_TCP_UNTIL (fixture, results[3].n_done > 0);
  g_assert_error (results[3].error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_clear_error (&results[3].error);
}

static void
test_tcp_closes_in_callback (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[3] = { 0 };

  test_tcp_open (fixture);
  for (int i = 0; i < 3; i++)
    test_tcp_ask (fixture, &request_a, &results[i]);
  results[0].closes = TRUE;
  test_tcp_pass (fixture, SECOND_US);
  test_tcp_spin ();
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
  g_assert_cmpuint (results[1].n_done + results[2].n_done, ==, 0);
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 0);
}

static void
test_tcp_disposed_in_callback (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[2] = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &results[0]);
  test_tcp_ask (fixture, &request_a, &results[1]);
  results[0].disposes = TRUE;
  tid = test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, tid);
  TEST_TCP_UNTIL (fixture, results[0].n_done > 0);
  g_assert_null (fixture->transport);
  test_tcp_spin ();
  g_assert_cmpuint (results[1].n_done, ==, 0);
}

static void
test_tcp_disposed_while_pending (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult result = { 0 };

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &result);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_tcp_pass (fixture, SECOND_US);
  test_tcp_spin ();
  g_assert_cmpuint (result.n_done, ==, 0);
}

static void
test_tcp_disposed_while_opening (TestTcpFixture *fixture, gconstpointer more)
{
  test_tcp_start_open (fixture);
  g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_tcp_spin ();
  g_assert_false (fixture->is_opened);
}

/* A name look-up goes on in a thread when the transport has gone. */
static void
test_tcp_disposed_while_resolving (TestTcpFixture *fixture, gconstpointer more)
{
  ohm_transport_close (fixture->transport);
  g_clear_object (&fixture->transport);
  fixture->transport = test_tcp_new_transport (fixture, "localhost", "");
  test_tcp_start_open (fixture);
  g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  while (G_OBJECT (fixture->watcher)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (fixture->is_opened);
}

static void
test_tcp_resolves (TestTcpFixture *fixture, gconstpointer more)
{
  g_clear_object (&fixture->transport);
  fixture->transport = test_tcp_new_transport (fixture, "localhost", "");
  test_tcp_open (fixture);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_assert_not_opened (TestTcpFixture *fixture, int code, const char *message_code)
{
  g_autoptr (OhmMessage) message = NULL;

  TEST_TCP_UNTIL (fixture, fixture->is_opened);
  g_assert_error (fixture->open_error, OHM_ERROR, code);
  message = ohm_message_new_from_error (fixture->open_error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, message_code);
}

static void
test_tcp_refused (TestTcpFixture *fixture, gconstpointer more)
{
  ohm_watch_remove (fixture->listen_watch);
  close (fixture->listen_fd);
  for (int i = 0; i < 2; i++)
    {
      test_tcp_start_open (fixture);
      test_tcp_assert_not_opened (fixture, OHM_ERROR_LINK, "connection-refused");
    }
  test_tcp_listen (fixture);
}

static void
test_tcp_unknown_host (TestTcpFixture *fixture, gconstpointer more)
{
  g_clear_object (&fixture->transport);
  fixture->transport = test_tcp_new_transport (fixture, "no such host", "");
  test_tcp_start_open (fixture);
  test_tcp_assert_not_opened (fixture, OHM_ERROR_LINK, "host-unknown");
}

/* A listener whose queue is full does not answer: the connect runs into its deadline. */
static void
test_tcp_connect_times_out (TestTcpFixture *fixture, gconstpointer more)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (fixture->port) };
  int fds[64];
  gsize n = 0;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  ohm_watch_set_events (fixture->listen_watch, 0);
  g_assert_cmpint (listen (fixture->listen_fd, 0), ==, 0);
  for (; n < G_N_ELEMENTS (fds); n++)
    {
      fds[n] = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      connect (fds[n], (struct sockaddr *) &address, sizeof address);
    }
  test_tcp_start_open (fixture);
  test_tcp_spin ();
  g_assert_false (fixture->is_opened);
  test_tcp_pass (fixture, 3 * SECOND_US);
  test_tcp_assert_not_opened (fixture, OHM_ERROR_TIMEOUT, "no-answer");
  while (n > 0)
    close (fds[--n]);
}

static void
test_tcp_answer_rtu (TestTcpFixture *fixture, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_RTU_MAX];

  test_tcp_send (fixture, frame,
                 ohm_modbus_encode_reply (OHM_FRAMING_RTU, request, 0, 0, registers, frame));
}

/* RTU frames through TCP: after a time-out nothing is sent before the line is silent, and what
 * comes meanwhile is thrown away. */
static void
test_tcp_rtu (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &results[0]);
  test_tcp_ask (fixture, &request_a, &results[1]); /* one at a time */
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_answer_rtu (fixture, &request);
  TEST_TCP_UNTIL (fixture, results[0].n_done > 0 && results[1].n_done > 0);
  test_tcp_assert_answered (&results[0]);
  g_assert_error (results[1].error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&results[1].error);

  test_tcp_ask (fixture, &request_a, &results[2]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, results[2].n_done > 0);
  test_tcp_assert_failed (&results[2], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_ask (fixture, &request_b, &results[3]);
  test_tcp_answer_rtu (fixture, &request);
  TEST_TCP_UNTIL (fixture, ohm_transport_get_counters (fixture->transport)->late > 0);
  test_tcp_pass (fixture, SECOND_US / 20);
  test_tcp_spin ();
  g_assert_cmpuint (fixture->received->len, ==, 0);
  test_tcp_pass (fixture, SECOND_US / 20);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  g_assert_cmpuint (request.unit, ==, 6);
  test_tcp_answer_rtu (fixture, &request);
  TEST_TCP_UNTIL (fixture, results[3].n_done > 0);
  test_tcp_assert_answered (&results[3]);
  ohm_transport_cancel (fixture->transport);
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
}

/* framing = auto: TCP is not answered, RTU is, and stays. */
static void
test_tcp_auto (TestTcpFixture *fixture, gconstpointer more)
{
  TestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &request_a, &results[0]);
  test_tcp_serve (fixture, &request);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, results[0].n_done > 0);
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_ask (fixture, &request_a, &results[1]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_answer_rtu (fixture, &request);
  TEST_TCP_UNTIL (fixture, results[1].n_done > 0);
  test_tcp_assert_answered (&results[1]);
  test_tcp_ask (fixture, &request_a, &results[2]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_pass (fixture, SECOND_US);
  TEST_TCP_UNTIL (fixture, results[2].n_done > 0);
  test_tcp_assert_failed (&results[2], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_pass (fixture, SECOND_US / 10);
  test_tcp_spin ();
  test_tcp_ask (fixture, &request_a, &results[3]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
}

static void
test_tcp_add (const char *name,
              const char *more,
              void (*func) (TestTcpFixture *fixture, gconstpointer more))
{
  g_autofree char *path = g_strconcat ("/modbus-tcp/", name, NULL);

  g_test_add (path, TestTcpFixture, more, test_tcp_setup, func, test_tcp_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_tcp_add ("exchanges", NULL, test_tcp_exchanges);
  test_tcp_add ("exception", NULL, test_tcp_exception);
  test_tcp_add ("drip", NULL, test_tcp_drip);
  test_tcp_add ("late-drip", NULL, test_tcp_late_drip);
  test_tcp_add ("rest-missing", NULL, test_tcp_rest_missing);
  test_tcp_add ("timeout-and-late", NULL, test_tcp_timeout_and_late);
  test_tcp_add ("duplicate", NULL, test_tcp_duplicate);
  test_tcp_add ("surplus", NULL, test_tcp_surplus);
  test_tcp_add ("untrusted", NULL, test_tcp_untrusted);
  test_tcp_add ("other-protocols", NULL, test_tcp_other_protocols);
  test_tcp_add ("unsolicited", NULL, test_tcp_unsolicited);
  test_tcp_add ("peer-closes", NULL, test_tcp_peer_closes);
  test_tcp_add ("peer-resets", NULL, test_tcp_peer_resets);
  test_tcp_add ("full-socket", NULL, test_tcp_full_socket);
  test_tcp_add ("outstanding", NULL, test_tcp_outstanding);
  test_tcp_add ("invalid-request", NULL, test_tcp_invalid_request);
  test_tcp_add ("cancel", NULL, test_tcp_cancel);
  test_tcp_add ("any-tid", NULL, test_tcp_any_tid);
  test_tcp_add ("closes-in-callback", NULL, test_tcp_closes_in_callback);
  test_tcp_add ("disposed-in-callback", NULL, test_tcp_disposed_in_callback);
  test_tcp_add ("disposed-while-pending", NULL, test_tcp_disposed_while_pending);
  test_tcp_add ("disposed-while-opening", NULL, test_tcp_disposed_while_opening);
  test_tcp_add ("disposed-while-resolving", NULL, test_tcp_disposed_while_resolving);
  test_tcp_add ("resolves", NULL, test_tcp_resolves);
  test_tcp_add ("refused", NULL, test_tcp_refused);
  test_tcp_add ("unknown-host", NULL, test_tcp_unknown_host);
  test_tcp_add ("connect-times-out", NULL, test_tcp_connect_times_out);
  test_tcp_add ("rtu", "framing = rtu\n", test_tcp_rtu);
  test_tcp_add ("auto", "framing = auto\n", test_tcp_auto);
  return g_test_run ();
}
