/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "modbus-rtu-fixture.h"

#include "ohm-modbus-rtu-timing.h"

/* Modbus over serial line V1.02, 2.5.1.1: 3.5 characters, above 19200 baud 1.75 ms. */
static void
test_rtu_timing (void)
{
  static const struct
  {
    guint baud;
    gboolean has_parity;
    guint stops;
    gint64 character_us;
    gint64 silence_us;
    gint64 exchange_us; /* of the common block: 8 + 249 characters */
  } rows[] = {
    { 9600, FALSE, 1, 1042, 3646, 267709 + 2 * 3646 },
    { 9600, TRUE, 1, 1146, 4011, 294480 + 2 * 4011 },
    { 9600, FALSE, 2, 1146, 4011, 294480 + 2 * 4011 },
    { 19200, TRUE, 1, 573, 2006, 147240 + 2 * 2006 },
    { 38400, TRUE, 1, 287, 1750, 73620 + 2 * 1750 },
    { 115200, FALSE, 1, 87, 1750, 22310 + 2 * 1750 },
  };
  const OhmRequest request = { .unit = 1, .function = 3, .address = 19000, .count = 122 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmModbusRtuTiming timing;

      ohm_modbus_rtu_timing_init (&timing, rows[i].baud, rows[i].has_parity, rows[i].stops);
      g_assert_cmpint (ohm_modbus_rtu_timing_get_span_us (&timing, 1), ==, rows[i].character_us);
      g_assert_cmpint (timing.silence_us, ==, rows[i].silence_us);
      g_assert_cmpint (ohm_modbus_rtu_timing_get_exchange_us (&timing, &request), ==,
                       rows[i].exchange_us);
    }
}

static void
test_rtu_exchanges (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  for (guint i = 0; i < 5; i++)
    {
      OhmRequest request;
      gint64 answered_us;

      test_rtu_ask (fixture, &test_rtu_request, &result);
      request = test_rtu_serve (fixture);
      g_assert_cmpuint (request.unit, ==, 5);
      g_assert_cmpuint (request.address, ==, 100);
      g_assert_cmpuint (request.count, ==, 2);
      answered_us = fixture->heard_us;
      test_rtu_answer (fixture, &request);
      test_rtu_assert_answered (fixture, &result);
      g_assert_cmpuint (result.reply.unit, ==, 5);
      g_assert_cmpuint (result.reply.address, ==, 100);
      g_assert_cmpint (ABS (result.reply.round_trip_us - (result.done_us - answered_us)), <, 20);
      g_assert_cmpint (ABS (result.reply.time_us + result.reply.round_trip_us / 2 -
                            ohm_test_time_wall (fixture->time)),
                       <, 20);
    }
  g_assert_cmpuint (ohm_sim_line_get_counters (fixture->line)->hasty, ==, 0);
  g_assert_cmpuint (counters->requests, ==, 5);
  g_assert_cmpuint (counters->replies, ==, 5);
  g_assert_cmpuint (counters->connects, ==, 1);
  g_assert_cmpuint (counters->bytes_out, ==, 5 * 8);
  g_assert_cmpuint (counters->bytes_in, ==, 5 * 9);
  g_assert_cmpuint (counters->timeouts + counters->late + counters->broken, ==, 0);
}

/* A request goes out as soon as the silence is over, not a character earlier or much later. */
static void
test_rtu_silence (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };
  OhmRequest request;
  gint64 ended_us;
  gint64 began_us;

  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
  ended_us = result.done_us;
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  began_us = fixture->heard_us -
             ohm_sim_line_get_span_us (ohm_sim_line_get_traits (fixture->line), 8);
  /* the character's time is rounded on its way */
  g_assert_cmpint (began_us - ended_us, >=,
                   ohm_sim_line_get_silence_us (ohm_sim_line_get_traits (fixture->line)) - 10);
  g_assert_cmpint (began_us - ended_us, <,
                   ohm_sim_line_get_silence_us (ohm_sim_line_get_traits (fixture->line)) + 1000);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
  g_assert_cmpuint (ohm_sim_line_get_counters (fixture->line)->hasty, ==, 0);
}

static void
test_rtu_line_figures (OhmTestRtu *fixture, gconstpointer more)
{
  g_assert_cmpuint (ohm_transport_get_baud (fixture->transport), ==, 19200);
  /* 8 + 9 characters of 11 bits, and two silences */
  g_assert_cmpint (ohm_transport_get_line_us (fixture->transport, &test_rtu_request), ==,
                   9740 + 2 * 2006);
  g_assert_cmpuint (ohm_transport_get_outstanding (fixture->transport), ==, 1);
}

static void
test_rtu_exception (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  test_rtu_send (fixture, frame,
                 ohm_modbus_encode_reply (OHM_FRAMING_RTU, &request, 0, 2, NULL, frame));
  test_rtu_wait (fixture, &result);
  g_assert_no_error (result.error);
  g_assert_cmpuint (result.reply.exception, ==, 2);
  test_rtu_assert_usable (fixture);
}

static void
test_rtu_write (OhmTestRtu *fixture, gconstpointer more)
{
  const OhmRequest write = {
    .unit = 5, .function = 6, .address = 7, .count = 1, .values = { 0x1234 }
  };
  OhmTestRtuResult result = { 0 };
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &write, &result);
  request = test_rtu_serve (fixture);
  g_assert_cmpuint (request.function, ==, 6);
  g_assert_cmphex (request.values[0], ==, 0x1234);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
}

/* An adapter that hears what it sends; writes, whose answer is equal to the request, included. */
static void
test_rtu_echo (OhmTestRtu *fixture, gconstpointer more)
{
  const OhmRequest write = {
    .unit = 5, .function = 6, .address = 7, .count = 1, .values = { 0x1234 }
  };
  OhmTestRtuResult result = { 0 };
  OhmRequest request;

  ohm_sim_line_get_traits (fixture->line)->echoes = TRUE;
  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
  test_rtu_ask (fixture, &write, &result);
  request = test_rtu_serve (fixture);
  test_rtu_pass (fixture, 100 * OHM_TEST_RTU_MS);
  g_assert_cmpuint (result.n_done, ==, 0);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
  test_rtu_ask (fixture, &write, &result);
  test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_TIMEOUT, "timeout");
}

static void
test_rtu_timeout (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };
  gint64 asked_us;

  test_rtu_open (fixture);
  test_rtu_pass (fixture, 10 * OHM_TEST_RTU_MS);
  asked_us = ohm_test_time_mono (fixture->time);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_TIMEOUT, "timeout");
  g_assert_cmpint (result.done_us, ==, asked_us + G_USEC_PER_SEC);
  g_assert_true (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->timeouts, ==, 1);
  test_rtu_assert_usable (fixture);
}

/* The late answer of a unit that was given up is not the answer of the next one. */
static void
test_rtu_late (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult results[2] = { 0 };
  OhmRequest late;
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_other, &results[0]);
  late = test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &results[0], OHM_ERROR_TIMEOUT, "timeout");
  test_rtu_ask (fixture, &test_rtu_request, &results[1]);
  request = test_rtu_serve (fixture);
  test_rtu_answer (fixture, &late);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &results[1]);
  g_assert_cmpuint (results[1].reply.unit, ==, 5);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->late, ==, 1);
}

/* Frames carry no mark of the request: a unit that was given up is left alone for a while, so that
 * its late answer is not taken for the answer to another question. */
static void
test_rtu_hold (OhmTestRtu *fixture, gconstpointer more)
{
  const OhmRequest second = { .unit = 5, .function = 3, .address = 300, .count = 2 };
  OhmTestRtuResult result = { 0 };
  OhmRequest late;
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  late = test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_TIMEOUT, "timeout");
  test_rtu_ask (fixture, &second, &result);
  test_rtu_pass (fixture, 100 * OHM_TEST_RTU_MS);
  test_rtu_answer (fixture, &late);
  test_rtu_pass (fixture, 100 * OHM_TEST_RTU_MS);
  g_assert_cmpuint (fixture->heard->len, ==, 0);
  g_assert_cmpuint (result.n_done, ==, 0);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->late, ==, 1);
  request = test_rtu_serve (fixture);
  g_assert_cmpuint (request.address, ==, 300);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
}

static void
test_rtu_on_tap (OhmTransport *transport, const OhmFrameEvent *event, gpointer user_data)
{
  static const char *const names[] = {
    [OHM_FRAME_EVENT_SENT] = "sent",       [OHM_FRAME_EVENT_ANSWER] = "answer",
    [OHM_FRAME_EVENT_LATE] = "late",       [OHM_FRAME_EVENT_BROKEN] = "broken",
    [OHM_FRAME_EVENT_TIMEOUT] = "timeout",
  };
  GString *seen = user_data;

  g_assert_cmpint (event->framing, ==, OHM_FRAMING_RTU);
  g_assert_cmpuint (event->kind, <, G_N_ELEMENTS (names));
  g_string_append_printf (seen, "%s/%u ", names[event->kind], (guint) event->length);
}

static void
test_rtu_tap (OhmTestRtu *fixture, gconstpointer more)
{
  static const guint8 noise[] = { 0x00, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a };
  g_autoptr (GString) seen = g_string_new (NULL);
  OhmTestRtuResult result = { 0 };
  guint8 bytes[OHM_MODBUS_TCP_MAX] = { 0 };
  OhmRequest late;

  test_rtu_open (fixture);
  ohm_transport_set_tap (fixture->transport, test_rtu_on_tap, seen);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_send (fixture, bytes, 1 + test_rtu_make_answer (&test_rtu_request, bytes + 1));
  test_rtu_assert_answered (fixture, &result);
  test_rtu_ask (fixture, &test_rtu_other, &result);
  late = test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_TIMEOUT, "timeout");
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_answer (fixture, &late);
  test_rtu_send (fixture, noise, sizeof noise);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_PROTOCOL, "line-disturbed");
  g_assert_cmpstr (seen->str, ==, "sent/8 answer/9 sent/8 timeout/8 sent/8 late/7 broken/6 ");
  ohm_transport_set_tap (fixture->transport, NULL, NULL);
}

static void
test_rtu_cancel (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  ohm_transport_cancel (fixture->transport);
  test_rtu_answer (fixture, &request);
  test_rtu_pass (fixture, 50 * OHM_TEST_RTU_MS);
  g_assert_cmpuint (result.n_done, ==, 0);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->late, ==, 1);
  test_rtu_assert_usable (fixture);
}

static void
test_rtu_next_in_callback (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult second = { 0 };
  OhmTestRtuResult first = { .next = &test_rtu_request, .other = &second };
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &first);
  request = test_rtu_serve (fixture);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &first);
  request = test_rtu_serve (fixture);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &second);
  g_assert_cmpuint (ohm_sim_line_get_counters (fixture->line)->hasty, ==, 0);
}

static void
test_rtu_closes_in_callback (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { .closes = TRUE };
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  request = test_rtu_serve (fixture);
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
  g_assert_false (ohm_transport_is_open (fixture->transport));
  g_assert_cmpuint (fixture->n_closed, ==, 0);
  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
}

static void
test_rtu_disposed_in_callback (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { .disposes = TRUE };

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_TIMEOUT, "timeout");
  g_assert_null (fixture->transport);
}

static void
test_rtu_disposed_while_pending (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  g_assert_finalize_object (g_steal_pointer (&fixture->transport));
  test_rtu_pass (fixture, G_USEC_PER_SEC);
  g_assert_cmpuint (result.n_done, ==, 0);
}

G_NORETURN static void
test_rtu_on_never (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_rtu_closed_while_opening (OhmTestRtu *fixture, gconstpointer more)
{
  ohm_transport_open (fixture->transport, G_MAXINT64, test_rtu_on_never, NULL);
  ohm_transport_close (fixture->transport);
  test_rtu_pass (fixture, OHM_TEST_RTU_MS);
  g_assert_false (ohm_transport_is_open (fixture->transport));
}

static void
test_rtu_invalid_request (OhmTestRtu *fixture, gconstpointer more)
{
  const OhmRequest nothing = { .unit = 1, .function = 3, .count = 0 };
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  test_rtu_ask (fixture, &nothing, &result);
  test_rtu_wait (fixture, &result);
  g_assert_error (result.error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&result.error);
  g_assert_cmpuint (fixture->heard->len, ==, 0);
  test_rtu_assert_usable (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/modbus-rtu/timing", test_rtu_timing);
  test_rtu_add ("exchanges", NULL, test_rtu_exchanges);
  test_rtu_add ("exchanges/115200", "baud = 115200\n", test_rtu_exchanges);
  test_rtu_add ("silence/1200", "baud = 1200\n", test_rtu_silence);
  test_rtu_add ("silence/9600", "baud = 9600\n", test_rtu_silence);
  test_rtu_add ("silence/19200", "baud = 19200\n", test_rtu_silence);
  test_rtu_add ("silence/38400", "baud = 38400\n", test_rtu_silence);
  test_rtu_add ("silence/115200", "baud = 115200\n", test_rtu_silence);
  test_rtu_add ("line-figures", "baud = 19200\nparity = even\n", test_rtu_line_figures);
  test_rtu_add ("exception", NULL, test_rtu_exception);
  test_rtu_add ("write", NULL, test_rtu_write);
  test_rtu_add ("echo", NULL, test_rtu_echo);
  test_rtu_add ("timeout", NULL, test_rtu_timeout);
  test_rtu_add ("late", NULL, test_rtu_late);
  test_rtu_add ("hold", NULL, test_rtu_hold);
  test_rtu_add ("tap", NULL, test_rtu_tap);
  test_rtu_add ("cancel", NULL, test_rtu_cancel);
  test_rtu_add ("next-in-callback", NULL, test_rtu_next_in_callback);
  test_rtu_add ("closes-in-callback", NULL, test_rtu_closes_in_callback);
  test_rtu_add ("disposed-in-callback", NULL, test_rtu_disposed_in_callback);
  test_rtu_add ("disposed-while-pending", NULL, test_rtu_disposed_while_pending);
  test_rtu_add ("closed-while-opening", NULL, test_rtu_closed_while_opening);
  test_rtu_add ("invalid-request", NULL, test_rtu_invalid_request);
  return g_test_run ();
}
