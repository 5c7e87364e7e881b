/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "mqtt-fixture.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define START_US (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC)

static gboolean
test_mqtt_on_watchdog (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_mqtt_publish_free (gpointer data)
{
  OhmTestPublish *publish = data;

  g_free (publish->topic);
  g_free (publish->payload);
  g_free (publish);
}

void
test_mqtt_drop_peer (OhmTestMqtt *fixture)
{
  g_clear_pointer (&fixture->peer_watch, ohm_watch_remove);
  if (fixture->peer_fd >= 0)
    close (fixture->peer_fd);
  fixture->peer_fd = -1;
  g_byte_array_set_size (fixture->input, 0);
}

static void
test_mqtt_cut (OhmTestMqtt *fixture)
{
  fixture->n_cuts++;
  test_mqtt_drop_peer (fixture);
}

void
test_mqtt_send (OhmTestMqtt *fixture, const guint8 *bytes, gsize n)
{
  gsize rest = fixture->cut_sent >= 0 ? (gsize) fixture->cut_sent - fixture->n_sent : n;

  if (fixture->peer_fd < 0)
    return;
  while (n > 0 && rest > 0)
    {
      gssize sent = send (fixture->peer_fd, bytes, MIN (n, rest), MSG_NOSIGNAL);

      if (sent <= 0)
        return;
      bytes += sent;
      n -= (gsize) sent;
      rest -= (gsize) sent;
      fixture->n_sent += (gsize) sent;
    }
  if (fixture->cut_sent >= 0 && fixture->n_sent >= (gsize) fixture->cut_sent)
    test_mqtt_cut (fixture);
}

static guint
test_mqtt_read_u16 (const guint8 **at)
{
  guint value = (guint) ((*at)[0] << 8 | (*at)[1]);

  *at += 2;
  return value;
}

static char *
test_mqtt_read_text (const guint8 **at)
{
  guint n = test_mqtt_read_u16 (at);
  char *text = g_strndup ((const char *) *at, n);

  *at += n;
  return text;
}

/* Properties are passed over: their length is one byte in all that libmosquitto sends here. */
static void
test_mqtt_skip_properties (OhmTestMqtt *fixture, const guint8 **at)
{
  if (fixture->level != 5)
    return;
  g_assert_cmpuint (**at, <, 128);
  *at += **at + 1;
}

static void
test_mqtt_answer_connect (OhmTestMqtt *fixture)
{
  const guint8 refusal[] = { 0x20, 2, 0, 1 };
  const guint8 v3[] = { 0x20, 2, 0, (guint8) fixture->connack };
  const guint8 v5[] = { 0x20, 3, 0, (guint8) fixture->connack, 0 };

  if (fixture->connack < 0)
    return;
  if (fixture->level > fixture->level_max)
    test_mqtt_send (fixture, refusal, sizeof refusal);
  else if (fixture->level == 5)
    test_mqtt_send (fixture, v5, sizeof v5);
  else
    test_mqtt_send (fixture, v3, sizeof v3);
  if (fixture->connack > 0 || fixture->level > fixture->level_max)
    test_mqtt_drop_peer (fixture);
}

static void
test_mqtt_take_connect (OhmTestMqtt *fixture, const guint8 *at)
{
  g_autofree char *name = test_mqtt_read_text (&at);
  g_autofree char *will = NULL;
  guint8 flags;

  g_assert_cmpstr (name, ==, "MQTT");
  g_clear_pointer (&fixture->client_id, g_free);
  g_clear_pointer (&fixture->user, g_free);
  g_clear_pointer (&fixture->password, g_free);
  g_clear_pointer (&fixture->will_topic, g_free);
  fixture->n_connects++;
  fixture->level = *at++;
  flags = *at++;
  at += 2;
  test_mqtt_skip_properties (fixture, &at);
  fixture->client_id = test_mqtt_read_text (&at);
  g_assert_cmpuint (flags & 0x04, !=, 0);
  test_mqtt_skip_properties (fixture, &at);
  fixture->will_topic = test_mqtt_read_text (&at);
  will = test_mqtt_read_text (&at);
  g_assert_cmpstr (will, ==, "offline");
  if (flags & 0x80)
    fixture->user = test_mqtt_read_text (&at);
  if (flags & 0x40)
    fixture->password = test_mqtt_read_text (&at);
  test_mqtt_answer_connect (fixture);
}

static void
test_mqtt_acknowledge (OhmTestMqtt *fixture, guint mid, const char *topic)
{
  int reason = fixture->info_reason != 0 && g_str_has_suffix (topic, "/info") ? fixture->info_reason
                                                                              : fixture->reason;
  gboolean has_reason = fixture->level == 5 && reason != 0 &&
                        (fixture->reason_at == NULL ||
                         g_str_has_suffix (topic, fixture->reason_at));
  guint8 bytes[5] = { 0x40, has_reason ? 3 : 2 };

  if (fixture->is_mute)
    return;
  mid += (guint) fixture->mid_offset;
  bytes[2] = (guint8) (mid >> 8);
  bytes[3] = (guint8) mid;
  bytes[4] = (guint8) reason;
  test_mqtt_send (fixture, bytes, has_reason ? 5 : 4);
}

static void
test_mqtt_take_publish (OhmTestMqtt *fixture, guint8 command, const guint8 *at, const guint8 *end)
{
  OhmTestPublish *publish = g_new0 (OhmTestPublish, 1);
  guint mid = 0;

  publish->qos = command >> 1 & 3;
  publish->is_retained = command & 1;
  publish->topic = test_mqtt_read_text (&at);
  if (publish->qos > 0)
    mid = test_mqtt_read_u16 (&at);
  test_mqtt_skip_properties (fixture, &at);
  publish->payload = g_strndup ((const char *) at, (gsize) (end - at));
  g_ptr_array_add (fixture->published, publish);
  if (publish->qos > 0)
    test_mqtt_acknowledge (fixture, mid, publish->topic);
}

static void
test_mqtt_take_packet (OhmTestMqtt *fixture, guint8 command, const guint8 *at, gsize n)
{
  const guint8 pong[] = { 0xd0, 0 };

  if (command >> 4 == 1)
    test_mqtt_take_connect (fixture, at);
  else if (command >> 4 == 3)
    test_mqtt_take_publish (fixture, command, at, at + n);
  else if (command >> 4 == 12)
    test_mqtt_send (fixture, pong, sizeof pong);
  else if (command >> 4 == 14)
    fixture->n_goodbyes++;
  else
    g_assert_not_reached ();
}

/* Returns the bytes of the first whole packet, 0 if there is none. */
static gsize
test_mqtt_find_packet (OhmTestMqtt *fixture, gsize *ret_header)
{
  const GByteArray *input = fixture->input;
  gsize length = 0;

  for (guint i = 1; i < input->len && i < 5; i++)
    {
      length |= (gsize) (input->data[i] & 0x7f) << 7 * (i - 1);
      *ret_header = i + 1;
      if ((input->data[i] & 0x80) == 0)
        return input->len >= i + 1 + length ? i + 1 + length : 0;
    }
  return 0;
}

static void
test_mqtt_on_peer (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmTestMqtt *fixture = user_data;
  guint8 bytes[4096];
  gsize limit = sizeof bytes;
  gsize header, size;
  gssize n;

  if (fixture->cut_received >= 0)
    limit = MIN (limit, (gsize) fixture->cut_received - fixture->n_received);
  n = recv (fixture->peer_fd, bytes, limit, MSG_DONTWAIT);
  if (n <= 0)
    {
      test_mqtt_drop_peer (fixture);
      return;
    }
  fixture->n_received += (gsize) n;
  g_byte_array_append (fixture->input, bytes, (guint) n);
  while (fixture->peer_fd >= 0 && (size = test_mqtt_find_packet (fixture, &header)) > 0)
    {
      g_autofree guint8 *packet = g_memdup2 (fixture->input->data, size);

      g_byte_array_remove_range (fixture->input, 0, (guint) size);
      test_mqtt_take_packet (fixture, packet[0], packet + header, size - header);
    }
  if (fixture->cut_received >= 0 && fixture->n_received >= (gsize) fixture->cut_received)
    test_mqtt_cut (fixture);
}

static void
test_mqtt_on_accept (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmTestMqtt *fixture = user_data;
  const int yes = 1;

  test_mqtt_drop_peer (fixture);
  fixture->peer_fd = accept4 (fixture->listen_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (fixture->peer_fd, >=, 0);
  setsockopt (fixture->peer_fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fixture->n_accepted++;
  fixture->n_sent = 0;
  fixture->n_received = 0;
  fixture->peer_watch = ohm_watcher_add (fixture->watcher, fixture->peer_fd, OHM_WATCH_READ,
                                         test_mqtt_on_peer, fixture);
  if (fixture->cut_received == 0 || fixture->cut_sent == 0)
    test_mqtt_cut (fixture);
}

void
test_mqtt_start_broker (OhmTestMqtt *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (fixture->port) };
  socklen_t size = sizeof address;
  const int yes = 1;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fixture->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (fixture->listen_fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  g_assert_cmpint (bind (fixture->listen_fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (fixture->listen_fd, 64), ==, 0);
  g_assert_cmpint (getsockname (fixture->listen_fd, (struct sockaddr *) &address, &size), ==, 0);
  fixture->port = ntohs (address.sin_port);
  fixture->listen_watch = ohm_watcher_add (fixture->watcher, fixture->listen_fd, OHM_WATCH_READ,
                                           test_mqtt_on_accept, fixture);
}

void
test_mqtt_stop_broker (OhmTestMqtt *fixture)
{
  test_mqtt_drop_peer (fixture);
  g_clear_pointer (&fixture->listen_watch, ohm_watch_remove);
  if (fixture->listen_fd >= 0)
    close (fixture->listen_fd);
  fixture->listen_fd = -1;
}

static void
test_mqtt_setup (OhmTestMqtt *fixture, gconstpointer data)
{
  fixture->watchdog = g_timeout_add_seconds (20, test_mqtt_on_watchdog, NULL);
  fixture->clock = ohm_clock_new_manual (OHM_TEST_SLOT_US, START_US);
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
  fixture->secrets = ohm_test_secrets_new ();
  fixture->input = g_byte_array_new ();
  fixture->published = g_ptr_array_new_with_free_func (test_mqtt_publish_free);
  fixture->peer_fd = -1;
  fixture->level_max = 5;
  fixture->cut_sent = -1;
  fixture->cut_received = -1;
  test_mqtt_start_broker (fixture);
}

static void
test_mqtt_teardown (OhmTestMqtt *fixture, gconstpointer data)
{
  if (fixture->uplink != NULL)
    g_assert_finalize_object (fixture->uplink);
  /* threads that still connect give their clients back; then the broker's watcher alone is left */
  OHM_TEST_UNTIL (G_OBJECT (fixture->clock)->ref_count == 2);
  test_mqtt_stop_broker (fixture);
  g_assert_finalize_object (fixture->secrets);
  g_assert_finalize_object (fixture->watcher);
  g_assert_finalize_object (fixture->clock);
  g_ptr_array_unref (fixture->published);
  g_byte_array_unref (fixture->input);
  g_free (fixture->client_id);
  g_free (fixture->user);
  g_free (fixture->password);
  g_free (fixture->will_topic);
  g_source_remove (fixture->watchdog);
}

void
test_mqtt_start (OhmTestMqtt *fixture, const char *more)
{
  const OhmSettingSpec *tables[] = { NULL, NULL };
  g_autoptr (OhmUplinkClass) klass = g_type_class_ref (OHM_TYPE_MQTT_UPLINK);
  g_autofree char *text = NULL;
  g_autoptr (OhmKeyfile) keyfile = NULL;
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) error = NULL;
  OhmUplinkSetup setup = { .id = "broker",
                           .clock = fixture->clock,
                           .secrets = OHM_SECRETS (fixture->secrets),
                           .gateway = OHM_TEST_GATEWAY };

  text = g_strdup_printf ("[mqtt]\nhost = 127.0.0.1\nport = %u\ntls = false\n%s", fixture->port,
                          more);
  keyfile = ohm_keyfile_parse ("broker.uplink", text, strlen (text), NULL);
  tables[0] = klass->settings_table;
  settings = setup.settings = ohm_settings_new (keyfile, "mqtt", tables, &error);
  g_assert_no_error (error);
  g_assert_true (klass->check (settings, &error));
  fixture->uplink = ohm_uplink_new (OHM_TYPE_MQTT_UPLINK, &setup);
  ohm_uplink_start (fixture->uplink);
}

void
test_mqtt_pass (OhmTestMqtt *fixture, gint64 us)
{
  ohm_clock_move (fixture->clock, ohm_clock_get_wall_us (fixture->clock) + us,
                  ohm_clock_get_mono_us (fixture->clock) + us);
}

static gboolean
test_mqtt_on_quiet (gpointer user_data)
{
  gboolean *is_quiet = user_data;

  *is_quiet = TRUE;
  return G_SOURCE_REMOVE;
}

void
test_mqtt_spin (void)
{
  gboolean is_quiet = FALSE;

  g_timeout_add_full (G_PRIORITY_LOW, 20, test_mqtt_on_quiet, &is_quiet, NULL);
  while (!is_quiet || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_mqtt_on_delivered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmTestDelivery *delivery = user_data;

  delivery->verdict = ohm_uplink_deliver_finish (OHM_UPLINK (source), result, &delivery->error);
  delivery->n_done++;
}

void
test_mqtt_deliver (OhmTestMqtt *fixture, OhmBatch *batch, OhmTestDelivery *delivery)
{
  delivery->cancellable = g_cancellable_new ();
  ohm_uplink_deliver_async (fixture->uplink, batch, delivery->cancellable, test_mqtt_on_delivered,
                            delivery);
}

static void
test_mqtt_on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmTestDelivery *delivery = user_data;

  delivery->verdict = ohm_uplink_send_finish (OHM_UPLINK (source), result, &delivery->error);
  delivery->n_done++;
}

void
test_mqtt_begin_samples (OhmTestMqtt *fixture, OhmTestDelivery *delivery)
{
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();

  ohm_uplink_send_async (fixture->uplink, samples, /* cancellable */ NULL, test_mqtt_on_sent,
                         delivery);
}

void
test_mqtt_send_samples (OhmTestMqtt *fixture, OhmTestDelivery *delivery)
{
  test_mqtt_begin_samples (fixture, delivery);
  OHM_TEST_UNTIL (delivery->n_done > 0);
}

void
test_mqtt_clear (OhmTestDelivery *delivery)
{
  g_clear_object (&delivery->cancellable);
  g_clear_pointer (&delivery->verdict, ohm_verdict_free);
  g_clear_error (&delivery->error);
  delivery->n_done = 0;
}

void
test_mqtt_deliver_wait (OhmTestMqtt *fixture, OhmBatch *batch, OhmTestDelivery *delivery)
{
  test_mqtt_clear (delivery);
  test_mqtt_deliver (fixture, batch, delivery);
  OHM_TEST_UNTIL (delivery->n_done > 0);
}

void
test_mqtt_assert (OhmTestDelivery *delivery, OhmVerdictKind kind, const char *code)
{
  g_assert_no_error (delivery->error);
  g_assert_cmpuint (delivery->n_done, ==, 1);
  g_assert_cmpstr (delivery->verdict->message != NULL
                     ? ohm_message_get_code (delivery->verdict->message)
                     : NULL,
                   ==, code);
  g_assert_cmpint (delivery->verdict->kind, ==, kind);
  if (code != NULL)
    g_assert_true (ohm_message_code_is_known (code));
}

void
test_mqtt_expect (OhmTestMqtt *fixture, OhmBatch *batch, OhmVerdictKind kind, const char *code)
{
  OhmTestDelivery delivery = { 0 };

  test_mqtt_deliver_wait (fixture, batch, &delivery);
  test_mqtt_assert (&delivery, kind, code);
  test_mqtt_clear (&delivery);
}

guint
test_mqtt_count (OhmTestMqtt *fixture, const char *suffix)
{
  guint n = 0;

  for (guint i = 0; i < fixture->published->len; i++)
    {
      const OhmTestPublish *publish = g_ptr_array_index (fixture->published, i);

      n += g_str_has_suffix (publish->topic, suffix) ? 1 : 0;
    }
  return n;
}

const OhmTestPublish *
test_mqtt_find (OhmTestMqtt *fixture, const char *suffix)
{
  for (guint i = fixture->published->len; i > 0; i--)
    {
      const OhmTestPublish *publish = g_ptr_array_index (fixture->published, i - 1);

      if (g_str_has_suffix (publish->topic, suffix))
        return publish;
    }
  return NULL;
}

int
test_mqtt_run (int argc, char **argv, const OhmTestMqttCase *cases, guint n)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n; i++)
    g_test_add (cases[i].path, OhmTestMqtt, NULL, test_mqtt_setup, cases[i].run,
                test_mqtt_teardown);
  return g_test_run ();
}
