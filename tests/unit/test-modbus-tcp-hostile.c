/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "modbus-tcp-fixture.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void
test_tcp_drip (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers, frame);
  for (gsize i = 0; i < length; i++)
    {
      g_assert_cmpuint (result.n_done, ==, 0);
      test_tcp_send (fixture, frame + i, 1);
      g_main_context_iteration (NULL, TRUE);
      test_tcp_spin ();
    }
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_answered (&result);
}

/* A drip slower than the deadline: the exchange ends, the rest is a late answer. */
static void
test_tcp_late_drip (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers, frame);
  test_tcp_send (fixture, frame, 5);
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->bytes_in == 5);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_send (fixture, frame + 5, length - 5);
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->late == 1);
  test_tcp_assert_usable (fixture);
}

/* The rest of a frame that nobody waits for never comes. */
static void
test_tcp_rest_missing (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers, frame);
  test_tcp_send (fixture, frame, 9);
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->bytes_in == 9);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_spin ();
  g_assert_true (ohm_transport_is_open (fixture->transport));
  test_tcp_pass (fixture, 5 * OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_PROTOCOL);
}

static void
test_tcp_timeout_and_late (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US - 1);
  test_tcp_spin ();
  g_assert_cmpuint (result.n_done, ==, 0);
  test_tcp_pass (fixture, 1);
  test_tcp_spin ();
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  g_assert_true (ohm_transport_is_open (fixture->transport));
  test_tcp_assert_usable (fixture);
  test_tcp_answer (fixture, &request, tid);
  OHM_TEST_UNTIL (counters->late == 1);
  test_tcp_assert_usable (fixture);
  g_assert_cmpuint (counters->timeouts, ==, 1);
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
}

static void
test_tcp_duplicate (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  guint8 frames[2 * OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  gsize length;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers, frames);
  memcpy (frames + length, frames, length);
  test_tcp_send (fixture, frames, 2 * length);
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->late == 1);
  test_tcp_assert_answered (&result);
  test_tcp_assert_usable (fixture);
}

/* Encodes the answer to what the server has got next, with @n bytes behind it. */
static gsize
test_tcp_encode_surplus (OhmTestTcp *fixture, gsize n, guint8 fill, guint8 *frame)
{
  OhmRequest request;
  guint16 tid = test_tcp_serve (fixture, &request);
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers,
                                          frame);

  memset (frame + length, fill, n);
  return length;
}

/* A few bytes behind each answer, with it or on their own, before or after the next question: they
 * are thrown away, and nothing else is. */
static void
test_tcp_surplus (OhmTestTcp *fixture, gconstpointer more)
{
  static const guint8 fills[] = { 0x00, 0x01, 0xee, 0xff };
  guint8 frame[OHM_MODBUS_TCP_MAX + 16];

  test_tcp_open (fixture);
  for (guint i = 0; i < 16 * 3 * G_N_ELEMENTS (fills); i++)
    {
      gsize n = i % 16 + 1;
      guint way = i / 16 % 3;
      OhmTestTcpResult result = { 0 };
      OhmTestTcpResult second = { 0 };
      OhmRequest next = test_tcp_request_b;
      gsize length;

      result.next = way == 1 ? NULL : &next;
      result.other = &second;
      test_tcp_ask (fixture, &test_tcp_request_a, &result);
      length = test_tcp_encode_surplus (fixture, n, fills[i / 48], frame);
      test_tcp_send (fixture, frame, way == 0 ? length + n : length);
      OHM_TEST_UNTIL (result.n_done > 0);
      test_tcp_assert_answered (&result);
      if (way != 0)
        test_tcp_send (fixture, frame + length, n);
      if (way == 1)
        test_tcp_ask (fixture, &next, &second);
      length = test_tcp_encode_surplus (fixture, n, fills[i / 48], frame);
      test_tcp_send (fixture, frame, length);
      OHM_TEST_UNTIL (second.n_done > 0);
      test_tcp_assert_answered (&second);
    }
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, >, 0);
}

/* The answer counts, much behind it closes; what is asked from inside the callback is told that the
 * link closed, and was never sent. */
static void
test_tcp_much_surplus (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  OhmTestTcpResult second = { 0 };
  OhmRequest next = test_tcp_request_b;
  guint8 frame[OHM_MODBUS_TCP_MAX + 17];
  gsize length;

  for (int round = 0; round < 2; round++)
    {
      result = second = (OhmTestTcpResult){ 0 };
      result.next = round == 0 ? NULL : &next;
      result.other = &second;
      test_tcp_open (fixture);
      test_tcp_ask (fixture, &test_tcp_request_a, &result);
      length = test_tcp_encode_surplus (fixture, 17, 0xee, frame);
      test_tcp_send (fixture, frame, length + 17);
      OHM_TEST_UNTIL (!ohm_transport_is_open (fixture->transport));
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
test_tcp_untrusted (OhmTestTcp *fixture, gconstpointer more)
{
  static const TestTcpMutation mutations[] = {
    { 0, 0x80 }, { 1, 1 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 6, 1 }, { 7, 1 }, { 8, 2 },
  };
  guint8 frame[OHM_MODBUS_TCP_MAX];

  for (gsize i = 0; i < G_N_ELEMENTS (mutations); i++)
    {
      OhmTestTcpResult result = { 0 };
      OhmRequest request;
      gsize length;
      guint16 tid;

      test_tcp_open (fixture);
      test_tcp_ask (fixture, &test_tcp_request_a, &result);
      tid = test_tcp_serve (fixture, &request);
      length = ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers,
                                        frame);
      frame[mutations[i].index] ^= mutations[i].flip;
      test_tcp_send (fixture, frame, length);
      if (mutations[i].index == 5 && frame[5] > length - 6)
        test_tcp_send (fixture, "x", 1);
      OHM_TEST_UNTIL (result.n_done > 0);
      g_assert_error (result.error, OHM_ERROR, OHM_ERROR_PROTOCOL);
      g_assert_true (g_str_has_prefix (result.error->message, "127.0.0.1:"));
      g_clear_error (&result.error);
      g_assert_false (ohm_transport_is_open (fixture->transport));
      g_assert_cmpuint (fixture->n_closed, ==, 0);
      g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, ==, i + 1);
    }
}

static void
test_tcp_assert_guess (OhmTestTcp *fixture,
                       const void *bytes,
                       gsize length,
                       const char *code,
                       const char *text)
{
  OhmTestTcpResult result = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_serve (fixture, &request);
  test_tcp_send (fixture, bytes, length);
  OHM_TEST_UNTIL (result.n_done > 0);
  g_assert_nonnull (strstr (result.error->message, text));
  test_tcp_assert_failed (&result, OHM_ERROR_PROTOCOL, code);
}

static void
test_tcp_other_protocols (OhmTestTcp *fixture, gconstpointer more)
{
  static const char http[] = "HTTP/1.1 400 Bad Request\r\n";
  static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
  static const char telnet[] = "login: ";
  static const guint8 noise[] = { 0xff, 0xfb, 0x01, 0xff, 0xfb, 0x03 };
  guint8 rtu[OHM_MODBUS_RTU_MAX];
  gsize length = ohm_modbus_encode_reply (OHM_FRAMING_RTU, &test_tcp_request_a, 0, 0,
                                          test_tcp_registers, rtu);

  test_tcp_assert_guess (fixture, http, sizeof http - 1, "wrong-protocol", "HTTP");
  test_tcp_assert_guess (fixture, ssh, sizeof ssh - 1, "wrong-protocol", "SSH");
  test_tcp_assert_guess (fixture, telnet, sizeof telnet - 1, "wrong-protocol", "text");
  test_tcp_assert_guess (fixture, noise, sizeof noise, "wrong-protocol", "ff fb 01");
  test_tcp_assert_guess (fixture, rtu, length, "rtu-over-tcp", "RTU frames");
  length = ohm_modbus_encode_reply (OHM_FRAMING_RTU, &test_tcp_request_b, 0, 2, NULL, rtu);
  test_tcp_assert_guess (fixture, rtu, length, "rtu-over-tcp", "RTU frames");
}

/* A banner, before anything was asked. */
static void
test_tcp_unsolicited (OhmTestTcp *fixture, gconstpointer more)
{
  static const char banner[] = "SSH-2.0-OpenSSH_9.2p1\r\n";
  g_autoptr (OhmMessage) message = NULL;

  test_tcp_open (fixture);
  test_tcp_send (fixture, banner, sizeof banner - 1);
  OHM_TEST_UNTIL (fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  message = ohm_message_new_from_error (fixture->closed_error);
  g_assert_cmpstr (ohm_message_get_argument (message, "protocol"), ==, "SSH");
}

static void
test_tcp_peer_closes (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  OhmTestTcpResult other = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_drop_peer (fixture);
  OHM_TEST_UNTIL (fixture->n_closed == 1);
  g_assert_error (fixture->closed_error, OHM_ERROR, OHM_ERROR_LINK);

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_ask (fixture, &test_tcp_request_b, &other);
  tid = test_tcp_serve (fixture, &request);
  ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 0, test_tcp_registers, frame);
  test_tcp_send (fixture, frame, 10);
  shutdown (fixture->peer_fd, SHUT_WR);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_LINK, "connection-closed");
  test_tcp_assert_failed (&other, OHM_ERROR_LINK, "connection-closed");
  g_assert_cmpuint (fixture->n_closed, ==, 1);
}

static void
test_tcp_peer_resets (OhmTestTcp *fixture, gconstpointer more)
{
  const struct linger linger = { .l_onoff = 1 };
  OhmTestTcpResult result = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_serve (fixture, &request);
  setsockopt (fixture->peer_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  test_tcp_drop_peer (fixture);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_LINK, "connection-closed");
}

/* The kernel lets a send buffer grow to megabytes; the transport's own socket is the descriptor
 * that has the port which the server sees. */
static void
test_tcp_shrink_send_buffer (OhmTestTcp *fixture)
{
  const int small = 4096;
  struct sockaddr_in client;
  struct sockaddr_in own;
  guint found = 0;

  g_assert_cmpint (getpeername (fixture->peer_fd, (struct sockaddr *) &client,
                                &(socklen_t){ sizeof client }),
                   ==, 0);
  for (int fd = 3; fd < 64; fd++)
    if (getsockname (fd, (struct sockaddr *) &own, &(socklen_t){ sizeof own }) == 0 &&
        own.sin_family == AF_INET && own.sin_port == client.sin_port)
      {
        found++;
        setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
      }
  g_assert_cmpuint (found, ==, 1);
}

/* The peer reads nothing: requests wait in memory, nothing blocks, nothing is lost. */
static void
test_tcp_full_socket (OhmTestTcp *fixture, gconstpointer more)
{
  const int small = 4096;
  const struct linger linger = { .l_onoff = 1 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest write = { .unit = 1, .function = 16, .count = OHM_WRITE_REGISTERS_MAX };
  g_autofree OhmTestTcpResult *results = g_new0 (OhmTestTcpResult, 16);

  setsockopt (fixture->listen_fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  test_tcp_open (fixture);
  test_tcp_shrink_send_buffer (fixture);
  ohm_watch_set_events (fixture->peer_watch, 0);
  for (guint round = 0; round < 300; round++)
    {
      for (guint i = 0; i < 16; i++)
        test_tcp_ask (fixture, &write, &results[i]);
      ohm_transport_cancel (fixture->transport);
    }
  g_assert_cmpuint (counters->bytes_out, ==, 300 * 16 * 259);
  test_tcp_spin ();
  g_assert_cmpuint (fixture->received->len, ==, 0);
  ohm_watch_set_events (fixture->peer_watch, OHM_WATCH_READ);
  OHM_TEST_UNTIL (fixture->received->len == counters->bytes_out);

  test_tcp_ask (fixture, &write, &results[0]);
  setsockopt (fixture->peer_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  test_tcp_drop_peer (fixture);
  OHM_TEST_UNTIL (results[0].n_done > 0);
  test_tcp_assert_failed (&results[0], OHM_ERROR_LINK, "connection-closed");
  for (guint i = 1; i < 16; i++)
    g_assert_cmpuint (results[i].n_done, ==, 0);
}

/* Devices that answer with an id of their own: only with the quirk, and never after a time-out. */
static void
test_tcp_any_tid (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask_with (fixture, &test_tcp_request_a, OHM_MODBUS_ANY_TID, &results[0]);
  test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, 0);
  OHM_TEST_UNTIL (results[0].n_done > 0);
  test_tcp_assert_answered (&results[0]);

  test_tcp_ask_with (fixture, &test_tcp_request_a, OHM_MODBUS_ANY_TID, &results[1]);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (results[1].n_done > 0);
  test_tcp_assert_failed (&results[1], OHM_ERROR_TIMEOUT, "timeout");
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 1);

  test_tcp_open (fixture);
  test_tcp_ask_with (fixture, &test_tcp_request_a, OHM_MODBUS_ANY_TID, &results[2]);
  ohm_transport_cancel (fixture->transport);
  OHM_TEST_UNTIL (fixture->n_closed == 2);

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[3]);
  test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, 0);
  OHM_TEST_UNTIL (results[3].n_done > 0);
  g_assert_error (results[3].error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_clear_error (&results[3].error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_tcp_add ("drip", NULL, test_tcp_drip);
  test_tcp_add ("late-drip", NULL, test_tcp_late_drip);
  test_tcp_add ("rest-missing", NULL, test_tcp_rest_missing);
  test_tcp_add ("timeout-and-late", NULL, test_tcp_timeout_and_late);
  test_tcp_add ("duplicate", NULL, test_tcp_duplicate);
  test_tcp_add ("surplus", NULL, test_tcp_surplus);
  test_tcp_add ("much-surplus", NULL, test_tcp_much_surplus);
  test_tcp_add ("untrusted", NULL, test_tcp_untrusted);
  test_tcp_add ("other-protocols", NULL, test_tcp_other_protocols);
  test_tcp_add ("unsolicited", NULL, test_tcp_unsolicited);
  test_tcp_add ("peer-closes", NULL, test_tcp_peer_closes);
  test_tcp_add ("peer-resets", NULL, test_tcp_peer_resets);
  test_tcp_add ("full-socket", NULL, test_tcp_full_socket);
  test_tcp_add ("any-tid", NULL, test_tcp_any_tid);
  return g_test_run ();
}
