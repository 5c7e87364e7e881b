/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mqtt-fixture.h"

#define SECOND_US ((gint64) G_USEC_PER_SEC)

/* Delivers until the broker has cut once more; returns whether it was accepted before that. */
static gboolean
test_hostile_cut (OhmTestMqtt *f, OhmBatch *batch)
{
  OhmTestDelivery d = { 0 };
  gboolean is_accepted;

  test_mqtt_start (f, "protocol = 3.1.1\n");
  test_mqtt_deliver_wait (f, batch, &d);
  g_assert_no_error (d.error);
  is_accepted = d.verdict->kind == OHM_VERDICT_ACCEPTED;
  if (!is_accepted)
    g_assert_cmpint (d.verdict->kind, ==, OHM_VERDICT_TRANSIENT);
  test_mqtt_clear (&d);
  g_assert_finalize_object (f->uplink);
  f->uplink = NULL;
  return is_accepted;
}

static void
test_cut_after_each_byte_sent (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);

  /* CONNACK of 4 bytes, and three acknowledgements of 4: status, description, record */
  for (gssize i = 0; i < 16; i++)
    {
      f->cut_sent = i;
      g_assert_false (test_hostile_cut (f, batch));
      g_assert_cmpint (f->n_cuts, ==, i + 1);
    }
  f->cut_sent = 17;
  g_assert_true (test_hostile_cut (f, batch));
}

static void
test_cut_after_each_byte_received (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  gssize n = 0;

  do
    f->cut_received = n++;
  while (!test_hostile_cut (f, batch));
  g_assert_cmpint (n, >, 700);
}

static void
test_never_acknowledges (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (10, 100);
  OhmTestDelivery d = { 0 };

  f->is_mute = TRUE;
  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  OHM_TEST_UNTIL (f->published->len >= 65);
  test_mqtt_spin ();
  g_assert_cmpuint (f->published->len, ==, 65); /* no more than the window, and the status */
  test_mqtt_pass (f, 59 * SECOND_US);
  test_mqtt_spin ();
  g_assert_cmpuint (d.n_done, ==, 0);
  test_mqtt_pass (f, 2 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-no-ack");
  test_mqtt_clear (&d);
  f->is_mute = FALSE;
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (f->n_accepted, ==, 2);
}

/* What samples write proves nothing: a mute broker is found out beside them. */
static void
test_samples_hide_nothing (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };
  OhmTestDelivery samples = { 0 };

  f->is_mute = TRUE;
  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/slot") == 1);
  for (guint i = 0; i < 7; i++)
    {
      test_mqtt_pass (f, 8 * SECOND_US);
      test_mqtt_send_samples (f, &samples);
      test_mqtt_clear (&samples);
    }
  g_assert_cmpuint (d.n_done, ==, 0);
  test_mqtt_pass (f, 8 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-no-ack");
  test_mqtt_clear (&d);
}

static void
test_accepts_and_is_silent (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  f->connack = -1;
  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  OHM_TEST_UNTIL (f->n_connects == 1);
  test_mqtt_spin ();
  test_mqtt_pass (f, 31 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-no-answer");
  test_mqtt_clear (&d);
  f->connack = 0;
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
}

/* Acknowledgements of what was never sent mean nothing. */
static void
test_wrong_numbers (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 2);
  OhmTestDelivery d = { 0 };

  f->mid_offset = 500;
  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/slot") == 2 || d.n_done > 0);
  test_mqtt_spin ();
  test_mqtt_pass (f, 61 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0);
  g_assert_cmpint (d.verdict->kind, ==, OHM_VERDICT_TRANSIENT);
  test_mqtt_clear (&d);
  f->mid_offset = 0;
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
}

static void
test_sends_garbage (OhmTestMqtt *f, gconstpointer data)
{
  static const struct
  {
    guint8 bytes[8];
    gsize n;
  } rows[] = {
    { "HTTP/1.", 7 },                           /* another protocol */
    { { 0x20, 0xff, 0xff, 0xff, 0xff, 1 }, 6 }, /* a length of five bytes */
    { { 0x20, 0 }, 2 },                         /* an empty CONNACK */
    { { 0x40, 2, 0, 1 }, 4 },                   /* PUBACK before CONNACK */
    { { 0x50, 2, 0, 1 }, 4 },                   /* PUBREC: we never sent QoS 2 */
    { { 0x90, 3, 0, 1, 0 }, 5 },                /* SUBACK: we never subscribed */
    { { 0x00, 0 }, 2 },                         /* no such packet */
    { { 0x10, 2, 0, 4 }, 4 },                   /* CONNECT, to a client */
    { { 0xe0, 0 }, 2 },                         /* DISCONNECT */
  };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  for (gsize i = 0; i < 2 * G_N_ELEMENTS (rows); i++)
    {
      f->connack = -1;
      test_mqtt_start (f, i % 2 == 0 ? "protocol = 5\n" : "protocol = 3.1.1\n");
      test_mqtt_deliver (f, batch, &d);
      OHM_TEST_UNTIL (f->peer_fd >= 0 && f->level != 0);
      test_mqtt_send (f, rows[i / 2].bytes, rows[i / 2].n);
      test_mqtt_spin ();
      if (d.n_done == 0)
        test_mqtt_pass (f, 31 * SECOND_US);
      OHM_TEST_UNTIL (d.n_done > 0);
      g_assert_cmpint (d.verdict->kind, ==, OHM_VERDICT_TRANSIENT);
      test_mqtt_clear (&d);
      f->level = 0;
      g_assert_finalize_object (f->uplink);
      f->uplink = NULL;
    }
}

/* Sends @n bytes to a connection that is up and waits for its end; returns how many were taken. */
static gsize
test_hostile_flood (OhmTestMqtt *f, const guint8 *bytes, gsize n)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };
  const int small = 32 * 1024; /* what waits in the broker's kernel was not taken by us */
  gsize taken = 0;

  test_mqtt_start (f, "");
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 1);
  setsockopt (f->peer_fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  f->is_mute = TRUE;
  test_mqtt_deliver (f, batch, &d);
  while (d.n_done == 0)
    {
      gssize sent = f->peer_fd < 0 ? -1
                                   : send (f->peer_fd, bytes + taken % n, n - taken % n,
                                           MSG_NOSIGNAL | MSG_DONTWAIT);

      taken += sent > 0 ? (gsize) sent : 0;
      g_main_context_iteration (NULL, sent < 0);
    }
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-flood");
  test_mqtt_clear (&d);
  return taken;
}

/* A packet that claims 4 MB: it is not waited for. */
static void
test_oversized_packet (OhmTestMqtt *f, gconstpointer data)
{
  const gsize n = 4 * 1024 * 1024;
  g_autofree guint8 *bytes = g_malloc0 (n + 5);

  bytes[0] = 0x30;
  bytes[1] = bytes[2] = bytes[3] = 0x80;
  bytes[4] = 2;
  g_assert_cmpuint (test_hostile_flood (f, bytes, n + 5), <, 1024 * 1024);
}

/* Small packets without end, each of which is allowed. */
static void
test_flood_of_pongs (OhmTestMqtt *f, gconstpointer data)
{
  g_autofree guint8 *bytes = g_malloc0 (8192);

  for (gsize i = 0; i < 8192; i += 2)
    bytes[i] = 0xd0;
  g_assert_cmpuint (test_hostile_flood (f, bytes, 8192), <, 1024 * 1024);
}

/* A message, though we never subscribed. */
static void
test_unasked_message (OhmTestMqtt *f, gconstpointer data)
{
  static const guint8 message[] = { 0x30, 5, 0, 1, 'a', 0, 'b' };

  test_hostile_flood (f, message, sizeof message);
}

/* Another broker's goodbye, of MQTT 5: somebody has our client id. */
static void
test_taken_over (OhmTestMqtt *f, gconstpointer data)
{
  static const guint8 goodbye[] = { 0xe0, 2, 0x8e, 0 };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  test_mqtt_start (f, "");
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 1);
  f->is_mute = TRUE;
  test_mqtt_deliver (f, batch, &d);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/slot") == 1);
  test_mqtt_send (f, goodbye, sizeof goodbye);
  OHM_TEST_UNTIL (d.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-taken-over");
  test_mqtt_clear (&d);
}

static void
test_hostile_cancel (OhmTestMqtt *f, OhmTestDelivery *d)
{
  g_cancellable_cancel (d->cancellable);
  OHM_TEST_UNTIL (d->n_done > 0);
  g_assert_error (d->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (d->verdict);
  g_assert_cmpuint (d->n_done, ==, 1);
  test_mqtt_clear (d);
}

/* Cancelled before anything, while it connects, and with messages on their way. */
static void
test_cancel_at_any_moment (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (10, 20);
  OhmTestDelivery d = { 0 };

  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  test_hostile_cancel (f, &d);
  for (guint turns = 1; turns < 40; turns++)
    {
      test_mqtt_deliver (f, batch, &d);
      for (guint i = 0; i < turns && d.n_done == 0; i++)
        g_main_context_iteration (NULL, FALSE);
      if (d.n_done == 0)
        test_hostile_cancel (f, &d);
      else
        test_mqtt_clear (&d);
    }
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
}

/* Cancelled again and again at a broker that never acknowledges: the window stays the window. */
static void
test_cancel_fills_nothing (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (10, 20);
  OhmTestDelivery d = { 0 };

  f->is_mute = TRUE;
  test_mqtt_start (f, "");
  for (guint i = 0; i < 5; i++)
    {
      test_mqtt_deliver (f, batch, &d);
      OHM_TEST_UNTIL (f->published->len >= 65);
      test_mqtt_spin ();
      test_hostile_cancel (f, &d);
    }
  g_assert_cmpuint (f->published->len, ==, 65);
}

/* The uplink goes while its thread still connects, or right after. */
static void
test_dispose_while_connecting (OhmTestMqtt *f, gconstpointer data)
{
  for (guint turns = 0; turns < 20; turns++)
    {
      test_mqtt_start (f, "");
      for (guint i = 0; i < turns; i++)
        g_main_context_iteration (NULL, FALSE);
      g_assert_finalize_object (f->uplink);
      f->uplink = NULL;
    }
}

/* A host that drops what is sent to it: the thread hangs in connect(), the main loop does not, and
 * nobody waits for the thread. */
static void
test_connecting_hangs (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (f->port) };
  int fds[8];

  /* a queue that is full and that nobody empties: the kernel answers no more */
  g_clear_pointer (&f->listen_watch, ohm_watch_remove);
  g_assert_cmpint (listen (f->listen_fd, 0), ==, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      connect (fds[i], (struct sockaddr *) &address, sizeof address);
    }
  test_mqtt_start (f, "");
  test_mqtt_deliver (f, batch, &d);
  test_mqtt_spin ();
  g_assert_cmpuint (d.n_done, ==, 0);
  test_mqtt_pass (f, 61 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-no-answer");
  test_mqtt_clear (&d);
  g_assert_finalize_object (f->uplink);
  f->uplink = NULL;
  g_assert_cmpuint (G_OBJECT (f->clock)->ref_count, >, 2); /* the thread's client still has it */
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  test_mqtt_stop_broker (f); /* the next try of the kernel is refused */
}

/* The broker stops reading: the main loop goes on, and in the end the connection is given up. */
static void
test_broker_does_not_read (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (10, 2000);
  OhmTestDelivery d = { 0 };
  OhmTestDelivery samples = { 0 };

  test_mqtt_start (f, "");
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 1);
  test_mqtt_spin ();
  f->is_mute = TRUE;
  g_clear_pointer (&f->peer_watch, ohm_watch_remove);
  do
    {
      test_mqtt_clear (&samples);
      test_mqtt_begin_samples (f, &samples);
      for (guint i = 0; i < 100 && samples.n_done == 0; i++)
        g_main_context_iteration (NULL, FALSE);
      if (samples.n_done == 0)
        test_mqtt_spin ();
    }
  while (samples.n_done > 0 && samples.verdict->kind == OHM_VERDICT_ACCEPTED);
  test_mqtt_deliver (f, batch, &d);
  test_mqtt_spin ();
  g_assert_cmpuint (d.n_done, ==, 0);
  test_mqtt_pass (f, 61 * SECOND_US);
  OHM_TEST_UNTIL (d.n_done > 0 && samples.n_done > 0);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-no-ack");
  test_mqtt_clear (&samples); /* taken if the kernel found room after all, else left out */
  test_mqtt_clear (&d);
}

int
main (int argc, char **argv)
{
  static const OhmTestMqttCase cases[] = {
    { "/mqtt-hostile/cut-after-each-byte-sent", test_cut_after_each_byte_sent },
    { "/mqtt-hostile/cut-after-each-byte-received", test_cut_after_each_byte_received },
    { "/mqtt-hostile/never-acknowledges", test_never_acknowledges },
    { "/mqtt-hostile/samples-hide-nothing", test_samples_hide_nothing },
    { "/mqtt-hostile/accepts-and-is-silent", test_accepts_and_is_silent },
    { "/mqtt-hostile/wrong-numbers", test_wrong_numbers },
    { "/mqtt-hostile/sends-garbage", test_sends_garbage },
    { "/mqtt-hostile/oversized-packet", test_oversized_packet },
    { "/mqtt-hostile/flood-of-pongs", test_flood_of_pongs },
    { "/mqtt-hostile/unasked-message", test_unasked_message },
    { "/mqtt-hostile/taken-over", test_taken_over },
    { "/mqtt-hostile/cancel-at-any-moment", test_cancel_at_any_moment },
    { "/mqtt-hostile/cancel-fills-nothing", test_cancel_fills_nothing },
    { "/mqtt-hostile/dispose-while-connecting", test_dispose_while_connecting },
    { "/mqtt-hostile/connecting-hangs", test_connecting_hangs },
    { "/mqtt-hostile/broker-does-not-read", test_broker_does_not_read },
  };

  return test_mqtt_run (argc, argv, cases, G_N_ELEMENTS (cases));
}
