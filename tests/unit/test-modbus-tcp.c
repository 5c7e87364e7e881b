/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "modbus-tcp-fixture.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void
test_tcp_exchanges (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmRequest request;
  guint16 tid;
  guint16 last = 0;

  test_tcp_open (fixture);
  for (guint i = 0; i < 3; i++)
    {
      result.n_done = 0;
      test_tcp_ask (fixture, &test_tcp_request_a, &result);
      tid = test_tcp_serve (fixture, &request);
      g_assert_cmpuint (tid, !=, 0);
      g_assert_cmpuint (tid, !=, last);
      last = tid;
      g_assert_cmpuint (request.unit, ==, 5);
      g_assert_cmpuint (request.address, ==, 100);
      test_tcp_pass (fixture, OHM_TEST_SECOND_US / 2);
      test_tcp_answer (fixture, &request, tid);
      OHM_TEST_UNTIL (result.n_done > 0);
      test_tcp_assert_answered (&result);
      g_assert_cmpuint (result.reply.unit, ==, 5);
      g_assert_cmpuint (result.reply.address, ==, 100);
      g_assert_cmpint (result.reply.round_trip_us, ==, OHM_TEST_SECOND_US / 2);
      g_assert_cmpint (result.reply.time_us, ==,
                       ohm_clock_get_wall_us (fixture->clock) - OHM_TEST_SECOND_US / 4);
    }
  g_assert_cmpuint (counters->requests, ==, 3);
  g_assert_cmpuint (counters->replies, ==, 3);
  g_assert_cmpuint (counters->connects, ==, 1);
  g_assert_cmpuint (counters->bytes_out, ==, 3 * 12);
  g_assert_cmpuint (counters->bytes_in, ==, 3 * 13);
  g_assert_cmpuint (counters->timeouts + counters->late + counters->broken, ==, 0);
  g_assert_cmpint (ohm_transport_get_line_us (fixture->transport, &test_tcp_request_a), ==, 0);
  g_assert_cmpuint (ohm_transport_get_baud (fixture->transport), ==, 0);
}

static void
test_tcp_exception (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_send (fixture, frame,
                 ohm_modbus_encode_reply (OHM_FRAMING_TCP, &request, tid, 2, NULL, frame));
  OHM_TEST_UNTIL (result.n_done > 0);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.reply.exception, ==, 2);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_outstanding (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[17] = { 0 };
  OhmRequest requests[16];
  guint16 tids[16];

  test_tcp_open (fixture);
  for (guint i = 0; i < 17; i++)
    test_tcp_ask (fixture, &test_tcp_request_a, &results[i]);
  for (guint i = 0; i < 16; i++)
    tids[i] = test_tcp_serve (fixture, &requests[i]);
  OHM_TEST_UNTIL (results[16].n_done > 0);
  g_assert_error (results[16].error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&results[16].error);
  for (guint i = 16; i-- > 1;)
    test_tcp_answer (fixture, &requests[i], tids[i]);
  OHM_TEST_UNTIL (results[1].n_done > 0);
  for (guint i = 1; i < 16; i++)
    test_tcp_assert_answered (&results[i]);
  g_assert_cmpuint (results[0].n_done, ==, 0);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (results[0].n_done > 0);
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
}

static void
test_tcp_on_tap (OhmTransport *transport, const OhmFrameEvent *event, gpointer user_data)
{
  static const char *const names[] = { "opened", "closed", "sent",   "answer",
                                       "late",   "broken", "timeout" };
  GString *heard = user_data;

  g_string_append_printf (heard, "%s %" G_GSIZE_FORMAT ";", names[event->kind], event->length);
}

/* What the frame log sees of a connection: each frame once, with what became of it. */
static void
test_tcp_taps (OhmTestTcp *fixture, gconstpointer more)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  OhmTestTcpResult result = { 0 };
  OhmRequest request;
  guint16 tid;

  ohm_transport_set_tap (fixture->transport, test_tcp_on_tap, heard);
  test_tcp_open (fixture);
  test_tcp_assert_usable (fixture);
  g_assert_cmpstr (heard->str, ==, "opened 0;sent 12;answer 11;");
  g_string_truncate (heard, 0);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_answer (fixture, &request, tid);
  result.n_done = 0;
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_serve (fixture, &request);
  test_tcp_send (fixture, "SSH-2.0-OpenSSH_9.2p1\r\n", 23);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_failed (&result, OHM_ERROR_PROTOCOL, "wrong-protocol");
  g_assert_cmpstr (heard->str, ==, "sent 12;timeout 12;sent 12;late 13;broken 23;closed 0;");
  ohm_transport_set_tap (fixture->transport, NULL, NULL);
}

static void
test_tcp_invalid_request (OhmTestTcp *fixture, gconstpointer more)
{
  const OhmRequest nothing = { .unit = 1, .function = 3, .count = 0 };
  OhmTestTcpResult result = { 0 };

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &nothing, &result);
  g_assert_cmpuint (result.n_done, ==, 0);
  OHM_TEST_UNTIL (result.n_done > 0);
  g_assert_error (result.error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&result.error);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_cancel (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  tid = test_tcp_serve (fixture, &request);
  ohm_transport_cancel (fixture->transport);
  test_tcp_answer (fixture, &request, tid);
  test_tcp_assert_usable (fixture);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->late, ==, 1);
  g_assert_cmpuint (result.n_done, ==, 0);
}

static void
test_tcp_closes_in_callback (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[3] = { 0 };

  test_tcp_open (fixture);
  for (int i = 0; i < 3; i++)
    test_tcp_ask (fixture, &test_tcp_request_a, &results[i]);
  results[0].closes = TRUE;
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  test_tcp_spin ();
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
  g_assert_cmpuint (results[1].n_done + results[2].n_done, ==, 0);
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 0);
}

static void
test_tcp_disposed_in_callback (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[2] = { 0 };
  OhmRequest request;
  guint16 tid;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[0]);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[1]);
  results[0].disposes = TRUE;
  tid = test_tcp_serve (fixture, &request);
  test_tcp_answer (fixture, &request, tid);
  OHM_TEST_UNTIL (results[0].n_done > 0);
  g_assert_null (fixture->transport);
  test_tcp_spin ();
  g_assert_cmpuint (results[1].n_done, ==, 0);
}

static void
test_tcp_disposed_while_pending (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult result = { 0 };

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  test_tcp_spin ();
  g_assert_cmpuint (result.n_done, ==, 0);
}

static void
test_tcp_disposed_while_opening (OhmTestTcp *fixture, gconstpointer more)
{
  test_tcp_start_open (fixture);
  g_main_context_iteration (NULL, FALSE);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_tcp_spin ();
  g_assert_false (fixture->is_opened);
}

/* A resolver that answers when the test says so, and asks no network. */
#define TEST_TYPE_RESOLVER (test_resolver_get_type ())
G_DECLARE_FINAL_TYPE (TestResolver, test_resolver, TEST, RESOLVER, GResolver)

struct _TestResolver
{
  GResolver parent_instance;

  GTask *task; /* (owned) (nullable): of the look-up under way */
};

G_DEFINE_FINAL_TYPE (TestResolver, test_resolver, G_TYPE_RESOLVER)

static void
test_resolver_lookup_async (GResolver *resolver,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  TestResolver *self = TEST_RESOLVER (resolver);

  g_assert_cmpstr (name, ==, "meter.example");
  g_assert_null (self->task);
  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, test_resolver_lookup_async);
}

static GList *
test_resolver_lookup_finish (GResolver *resolver, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
test_resolver_class_init (TestResolverClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = test_resolver_lookup_async;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = test_resolver_lookup_finish;
}

static void
test_resolver_init (TestResolver *self)
{
}

static void
test_resolver_free_list (gpointer list)
{
  g_list_free_full (list, g_object_unref);
}

/* Answers with the addresses, or with none: an error. */
static void
test_resolver_answer (TestResolver *self, const char *first, const char *second)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  GList *list = NULL;

  if (second != NULL)
    list = g_list_prepend (list, g_inet_address_new_from_string (second));
  if (first != NULL)
    list = g_list_prepend (list, g_inet_address_new_from_string (first));
  if (list != NULL)
    g_task_return_pointer (task, list, test_resolver_free_list);
  else
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
}

static TestResolver *
test_tcp_start_resolving (OhmTestTcp *fixture)
{
  TestResolver *resolver = g_object_new (TEST_TYPE_RESOLVER, NULL);

  g_resolver_set_default (G_RESOLVER (resolver));
  g_clear_object (&fixture->transport);
  fixture->transport = test_tcp_new_transport (fixture, "meter.example", "");
  test_tcp_start_open (fixture);
  OHM_TEST_UNTIL (resolver->task != NULL);
  return resolver;
}

/* A look-up cannot always be stopped at once: it ends when the transport has gone. */
static void
test_tcp_disposed_while_resolving (OhmTestTcp *fixture, gconstpointer more)
{
  g_autoptr (TestResolver) resolver = test_tcp_start_resolving (fixture);

  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_resolver_answer (resolver, "127.0.0.1", NULL);
  test_tcp_spin ();
  g_assert_false (fixture->is_opened);
}

/* The first address refuses, the second is right. */
static void
test_tcp_resolves (OhmTestTcp *fixture, gconstpointer more)
{
  g_autoptr (TestResolver) resolver = test_tcp_start_resolving (fixture);

  test_resolver_answer (resolver, "127.0.0.2", "127.0.0.1");
  OHM_TEST_UNTIL (fixture->is_opened && fixture->n_accepted == 1);
  g_assert_no_error (fixture->open_error);
  test_tcp_assert_usable (fixture);
}

static void
test_tcp_assert_not_opened (OhmTestTcp *fixture, int code, const char *message_code)
{
  g_autoptr (OhmMessage) message = NULL;

  OHM_TEST_UNTIL (fixture->is_opened);
  g_assert_error (fixture->open_error, OHM_ERROR, code);
  message = ohm_message_new_from_error (fixture->open_error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, message_code);
}

static void
test_tcp_refused (OhmTestTcp *fixture, gconstpointer more)
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
test_tcp_unknown_host (OhmTestTcp *fixture, gconstpointer more)
{
  g_autoptr (TestResolver) resolver = test_tcp_start_resolving (fixture);

  test_resolver_answer (resolver, NULL, NULL);
  test_tcp_assert_not_opened (fixture, OHM_ERROR_LINK, "host-unknown");
}

static void
test_tcp_slow_resolver (OhmTestTcp *fixture, gconstpointer more)
{
  g_autoptr (TestResolver) resolver = test_tcp_start_resolving (fixture);

  test_tcp_pass (fixture, 3 * OHM_TEST_SECOND_US);
  test_tcp_assert_not_opened (fixture, OHM_ERROR_TIMEOUT, "host-unknown");
  test_resolver_answer (resolver, "127.0.0.1", NULL);
  test_tcp_spin ();
}

/* A listener whose queue is full does not answer: the connect runs into its deadline. */
static void
test_tcp_connect_times_out (OhmTestTcp *fixture, gconstpointer more)
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
  test_tcp_pass (fixture, 3 * OHM_TEST_SECOND_US);
  test_tcp_assert_not_opened (fixture, OHM_ERROR_TIMEOUT, "no-answer");
  while (n > 0)
    close (fds[--n]);
}

static void
test_tcp_answer_rtu (OhmTestTcp *fixture, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_RTU_MAX];

  test_tcp_send (fixture, frame,
                 ohm_modbus_encode_reply (OHM_FRAMING_RTU, request, 0, 0, test_tcp_registers,
                                          frame));
}

/* RTU frames through TCP: after a time-out nothing is sent before the line is silent, and what
 * comes meanwhile is thrown away. */
static void
test_tcp_rtu (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[0]);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[1]); /* one at a time */
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (results[0].n_done > 0 && results[1].n_done > 0);
  test_tcp_assert_answered (&results[0]);
  g_assert_error (results[1].error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&results[1].error);

  test_tcp_ask (fixture, &test_tcp_request_a, &results[2]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (results[2].n_done > 0);
  test_tcp_assert_failed (&results[2], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_ask (fixture, &test_tcp_request_b, &results[3]);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->late > 0);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US / 20);
  test_tcp_spin ();
  g_assert_cmpuint (fixture->received->len, ==, 0);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US / 20);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  g_assert_cmpuint (request.unit, ==, 6);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (results[3].n_done > 0);
  test_tcp_assert_answered (&results[3]);
  ohm_transport_cancel (fixture->transport);
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
}

/* Bytes behind an answer: the line has to fall silent after it, and from then on after each. */
static void
test_tcp_rtu_surplus (OhmTestTcp *fixture, gconstpointer more)
{
  static const guint8 surplus[] = { 0, 0xff, 0 };
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);

  test_tcp_open (fixture);
  for (guint i = 0; i < 4; i++)
    {
      OhmTestTcpResult result = { 0 };
      OhmTestTcpResult second = { 0 };
      OhmRequest next = test_tcp_request_b;
      OhmRequest request;
      guint8 frame[OHM_MODBUS_RTU_MAX + sizeof surplus];
      gsize length;

      result.next = &next;
      result.other = &second;
      test_tcp_ask (fixture, &test_tcp_request_a, &result);
      if (i > 0)
        test_tcp_pass (fixture, OHM_TEST_SECOND_US / 10);
      test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
      length = ohm_modbus_encode_reply (OHM_FRAMING_RTU, &request, 0, 0, test_tcp_registers, frame);
      memcpy (frame + length, surplus, sizeof surplus);
      test_tcp_send (fixture, frame, length + (i < 2 ? sizeof surplus : 0));
      OHM_TEST_UNTIL (result.n_done > 0);
      test_tcp_assert_answered (&result);
      test_tcp_pass (fixture, OHM_TEST_SECOND_US / 20);
      if (i >= 2) /* in a segment of its own */
        {
          test_tcp_send (fixture, surplus, sizeof surplus);
          OHM_TEST_UNTIL (counters->late == i - 1);
        }
      test_tcp_pass (fixture, OHM_TEST_SECOND_US / 20 - 1);
      test_tcp_spin ();
      g_assert_cmpuint (fixture->received->len, ==, 0);
      test_tcp_pass (fixture, i >= 2 ? OHM_TEST_SECOND_US / 20 + 1 : 1);
      test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
      g_assert_cmpuint (request.unit, ==, test_tcp_request_b.unit);
      test_tcp_answer_rtu (fixture, &request);
      OHM_TEST_UNTIL (second.n_done > 0);
      test_tcp_assert_answered (&second);
    }
  g_assert_cmpuint (fixture->n_accepted, ==, 1);
  g_assert_cmpuint (fixture->n_closed, ==, 0);
}

/* The surplus meets a request that is under way already: that one is lost, no other is. */
static void
test_tcp_rtu_surplus_meets (OhmTestTcp *fixture, gconstpointer more)
{
  static const guint8 surplus[] = { 0xff, 0xff, 0xff };
  OhmTestTcpResult result = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_answered (&result);
  result = (OhmTestTcpResult){ 0 };
  test_tcp_ask (fixture, &test_tcp_request_b, &result);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_send (fixture, surplus, sizeof surplus);
  OHM_TEST_UNTIL (result.n_done > 0);
  g_assert_error (result.error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_clear_error (&result.error);
  result = (OhmTestTcpResult){ 0 };

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &result);
  test_tcp_answer_rtu (fixture, &request); /* to the one that was lost */
  OHM_TEST_UNTIL (ohm_transport_get_counters (fixture->transport)->late == 1);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US / 10);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  g_assert_cmpuint (request.unit, ==, test_tcp_request_a.unit);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (result.n_done > 0);
  test_tcp_assert_answered (&result);
}

/* framing = auto: TCP is not answered, RTU is, and stays. */
static void
test_tcp_auto (OhmTestTcp *fixture, gconstpointer more)
{
  OhmTestTcpResult results[4] = { 0 };
  OhmRequest request;

  test_tcp_open (fixture);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[0]);
  test_tcp_serve (fixture, &request);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (results[0].n_done > 0);
  test_tcp_assert_failed (&results[0], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_ask (fixture, &test_tcp_request_a, &results[1]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_answer_rtu (fixture, &request);
  OHM_TEST_UNTIL (results[1].n_done > 0);
  test_tcp_assert_answered (&results[1]);
  test_tcp_ask (fixture, &test_tcp_request_a, &results[2]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
  test_tcp_pass (fixture, OHM_TEST_SECOND_US);
  OHM_TEST_UNTIL (results[2].n_done > 0);
  test_tcp_assert_failed (&results[2], OHM_ERROR_TIMEOUT, "timeout");
  test_tcp_pass (fixture, OHM_TEST_SECOND_US / 10);
  test_tcp_spin ();
  test_tcp_ask (fixture, &test_tcp_request_a, &results[3]);
  test_tcp_serve_framing (fixture, OHM_FRAMING_RTU, &request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_tcp_add ("exchanges", NULL, test_tcp_exchanges);
  test_tcp_add ("exception", NULL, test_tcp_exception);
  test_tcp_add ("outstanding", NULL, test_tcp_outstanding);
  test_tcp_add ("taps", NULL, test_tcp_taps);
  test_tcp_add ("invalid-request", NULL, test_tcp_invalid_request);
  test_tcp_add ("cancel", NULL, test_tcp_cancel);
  test_tcp_add ("closes-in-callback", NULL, test_tcp_closes_in_callback);
  test_tcp_add ("disposed-in-callback", NULL, test_tcp_disposed_in_callback);
  test_tcp_add ("disposed-while-pending", NULL, test_tcp_disposed_while_pending);
  test_tcp_add ("disposed-while-opening", NULL, test_tcp_disposed_while_opening);
  test_tcp_add ("disposed-while-resolving", NULL, test_tcp_disposed_while_resolving);
  test_tcp_add ("resolves", NULL, test_tcp_resolves);
  test_tcp_add ("refused", NULL, test_tcp_refused);
  test_tcp_add ("slow-resolver", NULL, test_tcp_slow_resolver);
  test_tcp_add ("unknown-host", NULL, test_tcp_unknown_host);
  test_tcp_add ("connect-times-out", NULL, test_tcp_connect_times_out);
  test_tcp_add ("rtu", "framing = rtu\n", test_tcp_rtu);
  test_tcp_add ("rtu-surplus", "framing = rtu\n", test_tcp_rtu_surplus);
  test_tcp_add ("rtu-surplus-meets", "framing = rtu\n", test_tcp_rtu_surplus_meets);
  test_tcp_add ("auto", "framing = auto\n", test_tcp_auto);
  return g_test_run ();
}
