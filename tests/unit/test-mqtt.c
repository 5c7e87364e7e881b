/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>

#include "mqtt-fixture.h"

#define SECOND_US ((gint64) G_USEC_PER_SEC)

#define ROOT "ohmnibus/" OHM_TEST_GATEWAY

static void
test_delivers (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 100);
  OhmTestDelivery d = { 0 };
  const OhmTestPublish *first;

  test_mqtt_start (f, "");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (d.verdict->n_points, ==, 800);
  g_assert_cmpuint (d.verdict->n_bytes, >, 200 * 300);
  g_assert_cmpint (f->level, ==, 5);
  g_assert_cmpstr (f->will_topic, ==, ROOT "/status");
  g_assert_cmpstr (f->client_id, >=, "ohm4f6e2c1a9d1b");
  g_assert_cmpuint (strlen (f->client_id), ==, 23);
  g_assert_null (f->user);
  first = g_ptr_array_index (f->published, 0);
  g_assert_cmpstr (first->topic, ==, ROOT "/status");
  g_assert_cmpstr (first->payload, ==, "online");
  g_assert_true (first->is_retained);
  g_assert_cmpuint (test_mqtt_count (f, "/places/p0/slot"), ==, 100);
  g_assert_cmpuint (test_mqtt_count (f, "/places/p1/slot"), ==, 100);
  g_assert_cmpuint (test_mqtt_count (f, "/info"), ==, 2);
  g_assert_cmpuint (f->published->len, ==, 203);
  g_assert_true (test_mqtt_find (f, "/places/p1/info")->is_retained);
  g_assert_false (test_mqtt_find (f, "/slot")->is_retained);
  g_assert_cmpint (test_mqtt_find (f, "/slot")->qos, ==, 1);
  test_mqtt_clear (&d);
}

/* A second batch goes over the same connection and describes nothing again; after another
 * connection everything is described again. */
static void
test_describes_once (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  g_autoptr (OhmBatch) gap = ohm_test_batch_new_gap ();
  OhmTestDelivery d = { 0 };

  test_mqtt_start (f, "");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_expect (f, gap, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (f->n_connects, ==, 1);
  g_assert_cmpuint (test_mqtt_count (f, "/info"), ==, 1);
  g_assert_cmpuint (test_mqtt_count (f, "/places/p0/gap"), ==, 1);
  test_mqtt_drop_peer (f);
  OHM_TEST_UNTIL (ohm_clock_get_next (f->clock) >= 0 && test_mqtt_count (f, "/info") == 1);
  test_mqtt_deliver_wait (f, batch, &d);
  if (d.verdict->kind == OHM_VERDICT_TRANSIENT) /* it had not seen the end yet */
    test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (test_mqtt_count (f, "/info"), ==, 2);
  test_mqtt_clear (&d);
}

static void
test_says_goodbye (OhmTestMqtt *f, gconstpointer data)
{
  test_mqtt_start (f, "");
  OHM_TEST_UNTIL (f->published->len > 0);
  test_mqtt_spin ();
  g_assert_finalize_object (f->uplink);
  f->uplink = NULL;
  OHM_TEST_UNTIL (f->n_goodbyes == 1);
  g_assert_cmpstr (test_mqtt_find (f, "/status")->payload, ==, "offline");
  g_assert_true (test_mqtt_find (f, "/status")->is_retained);
}

/* 3.1.1 is found out, with the same words that a broker of 3.1.1 has for it. */
static void
test_falls_back (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);

  f->level_max = 4;
  test_mqtt_start (f, "");
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (f->n_connects, ==, 2);
  g_assert_cmpint (f->level, ==, 4);
}

static void
test_keeps_to_version (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);

  f->level_max = 4;
  test_mqtt_start (f, "protocol = 5\n");
  test_mqtt_expect (f, batch, OHM_VERDICT_CONFIGURATION, "mqtt-set-up");
}

static void
test_is_refused (OhmTestMqtt *f, gconstpointer data)
{
  static const struct
  {
    const char *more;
    int connack;
    OhmVerdictKind kind;
    const char *code;
  } rows[] = {
    { "protocol = 3.1.1\n", 2, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
    { "protocol = 3.1.1\n", 3, OHM_VERDICT_TRANSIENT, "mqtt-busy" },
    { "protocol = 3.1.1\n", 4, OHM_VERDICT_AUTH, "mqtt-refused" },
    { "protocol = 3.1.1\n", 5, OHM_VERDICT_AUTH, "mqtt-refused" },
    { "protocol = 3.1.1\n", 77, OHM_VERDICT_TRANSIENT, "mqtt-busy" },
    { "", 0x85, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
    { "", 0x86, OHM_VERDICT_AUTH, "mqtt-refused" },
    { "", 0x87, OHM_VERDICT_AUTH, "mqtt-refused" },
    { "", 0x88, OHM_VERDICT_TRANSIENT, "mqtt-busy" },
    { "", 0x9a, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      f->connack = rows[i].connack;
      test_mqtt_start (f, rows[i].more);
      test_mqtt_deliver_wait (f, batch, &d);
      test_mqtt_assert (&d, rows[i].kind, rows[i].code);
      g_assert_cmpint (d.verdict->status, ==, rows[i].connack);
      g_assert_nonnull (d.verdict->text);
      g_assert_finalize_object (f->uplink);
    }
  f->uplink = NULL;
  test_mqtt_clear (&d);
}

static void
test_user_and_secret (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);

  ohm_test_secrets_put (f->secrets, "broker", "password", "old one");
  f->connack = 0x86;
  test_mqtt_start (f, "user = gateway\n");
  test_mqtt_expect (f, batch, OHM_VERDICT_AUTH, "mqtt-refused");
  g_assert_cmpstr (f->user, ==, "gateway");
  g_assert_cmpstr (f->password, ==, "old one");
  f->connack = 0;
  ohm_test_secrets_put (f->secrets, "broker", "password", "new one");
  ohm_uplink_secret_changed (f->uplink, "other");
  ohm_uplink_secret_changed (f->uplink, "password");
  /* what is sent at once waits for it, and is not tried with the old one */
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpstr (f->password, ==, "new one");
  g_assert_cmpuint (f->n_connects, ==, 2);
  ohm_uplink_secret_changed (f->uplink, "password");
  OHM_TEST_UNTIL (f->n_connects == 3);
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
}

/* Nothing is tried without the password; the next delivery looks again. */
static void
test_no_secret_service (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  ohm_test_secrets_set_broken (f->secrets, TRUE);
  test_mqtt_start (f, "user = gateway\n");
  test_mqtt_spin ();
  test_mqtt_deliver_wait (f, batch, &d);
  g_assert_cmpint (d.verdict->kind, ==, OHM_VERDICT_AUTH);
  g_assert_nonnull (d.verdict->message);
  g_assert_cmpuint (f->n_accepted, ==, 0);
  ohm_test_secrets_set_broken (f->secrets, FALSE);
  test_mqtt_spin ();
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_null (f->password);
  test_mqtt_clear (&d);
}

static void
test_password_file (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  g_autofree char *folder = g_dir_make_tmp ("mqtt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "password", NULL);
  g_autofree char *more = g_strdup_printf ("user = u\npassword-file = %s\n", path);

  test_mqtt_start (f, more);
  test_mqtt_expect (f, batch, OHM_VERDICT_CONFIGURATION, "mqtt-password-file");
  g_assert_true (g_file_set_contents_full (path, "from a file\nand more", -1, 0, 0644, NULL));
  test_mqtt_expect (f, batch, OHM_VERDICT_CONFIGURATION, "mqtt-password-file");
  g_assert_cmpuint (f->n_accepted, ==, 0);
  g_assert_cmpint (g_chmod (path, 0600), ==, 0);
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpstr (f->password, ==, "from a file");
  g_unlink (path);
  g_rmdir (folder);
}

/* It may lie on a network that is down: another thread reads it, of which the kernel says in a file
 * of the reader's own that it has read next to nothing so far. */
static void
test_password_file_is_read_apart (OhmTestMqtt *f, gconstpointer data)
{
  static const char path[] = "/proc/thread-self/io";
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  g_autofree char *text = NULL;
  gint64 n_main = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      g_test_skip ("the kernel does not count what a thread reads");
      return;
    }
  n_main = g_ascii_strtoll (text + strlen ("rchar: "), NULL, 10);
  test_mqtt_start (f, "user = u\npassword-file = /proc/thread-self/io\n");
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_true (g_str_has_prefix (f->password, "rchar: "));
  g_assert_cmpint (g_ascii_strtoll (f->password + strlen ("rchar: "), NULL, 10), <, n_main);
}

/* MQTT 5 tells that nobody heard: of all, it waits; of some, that is the subscribers' choice. */
static void
test_unheard (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 3);
  g_autoptr (OhmBatch) gap = ohm_test_batch_new_gap ();
  OhmTestDelivery d = { 0 };

  f->reason = 0x10;
  test_mqtt_start (f, "");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-unheard");
  g_assert_cmpint (d.verdict->status, ==, 0x10);
  g_assert_cmpstr (ohm_message_get_argument (d.verdict->message, "n"), ==, "6");
  test_mqtt_expect (f, gap, OHM_VERDICT_ACCEPTED, NULL);
  f->reason_at = "p1/slot";
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_PARTLY, "mqtt-unheard-some");
  g_assert_cmpuint (d.verdict->n_rejected, ==, 3);
  f->reason_at = "info";
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  test_mqtt_clear (&d);
}

/* A description that is refused does not hide that nobody heard. */
static void
test_unheard_and_refused (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 3);

  f->reason = 0x10;
  f->info_reason = 0x87;
  test_mqtt_start (f, "");
  test_mqtt_expect (f, batch, OHM_VERDICT_TRANSIENT, "mqtt-unheard");
}

/* A broker that hangs up at MQTT 5 is tried with 3.1.1; one that has spoken it is not. */
static void
test_hangs_up_at_version (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      f->cut_received = 1;
      test_mqtt_start (f, "");
      test_mqtt_deliver_wait (f, batch, &d);
      g_assert_cmpint (d.verdict->kind, ==, OHM_VERDICT_TRANSIENT);
      f->cut_received = -1;
      test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
      g_assert_cmpint (f->level, ==, 4);
      g_assert_finalize_object (f->uplink);
    }
  test_mqtt_start (f, "");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_drop_peer (f);
  f->cut_received = 1;
  do
    test_mqtt_deliver_wait (f, batch, &d);
  while (f->n_received != 1);
  f->cut_received = -1;
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpint (f->level, ==, 5);
  test_mqtt_clear (&d);
}

static void
test_unheard_is_fine (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 3);
  OhmTestDelivery d = { 0 };

  f->reason = 0x10;
  test_mqtt_start (f, "unheard = pass\n");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_PARTLY, "mqtt-unheard-some");
  g_assert_true (g_str_has_prefix (d.verdict->text, "nobody has subscribed to "));
  test_mqtt_clear (&d);
}

static void
test_publish_refused (OhmTestMqtt *f, gconstpointer data)
{
  static const struct
  {
    int reason;
    OhmVerdictKind kind;
  } rows[] = {
    { 0x80, OHM_VERDICT_UNCLEAR },       { 0x83, OHM_VERDICT_UNCLEAR },
    { 0x87, OHM_VERDICT_CONFIGURATION }, { 0x90, OHM_VERDICT_CONFIGURATION },
    { 0x97, OHM_VERDICT_TRANSIENT },     { 0x99, OHM_VERDICT_DATA },
  };
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 3);
  OhmTestDelivery d = { 0 };

  f->reason_at = "/slot";
  test_mqtt_start (f, "");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      f->reason = rows[i].reason;
      test_mqtt_deliver_wait (f, batch, &d);
      test_mqtt_assert (&d, rows[i].kind, "mqtt-publish-refused");
      g_assert_cmpint (d.verdict->status, ==, rows[i].reason);
    }
  f->reason = 0;
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  test_mqtt_clear (&d);
}

/* A description that may not be published harms no record, and is told. */
static void
test_description_refused (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 3);

  f->reason = 0x87;
  f->reason_at = "/info";
  test_mqtt_start (f, "");
  test_mqtt_expect (f, batch, OHM_VERDICT_PARTLY, "mqtt-publish-refused");
  g_assert_cmpuint (test_mqtt_count (f, "/slot"), ==, 3);
}

static void
test_samples (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  f->connack = -1;
  test_mqtt_start (f, "discovery = home-assistant\n");
  test_mqtt_send_samples (f, &d);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-not-now");
  test_mqtt_clear (&d);
  OHM_TEST_UNTIL (f->n_connects == 1);
  f->connack = 0;
  test_mqtt_drop_peer (f);
  test_mqtt_spin ();
  test_mqtt_pass (f, 5 * SECOND_US);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 1);
  test_mqtt_send_samples (f, &d);
  test_mqtt_assert (&d, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (d.verdict->n_points, ==, 6);
  test_mqtt_clear (&d);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/places/p0/live") == 2);
  g_assert_cmpuint (test_mqtt_count (f, "/config"), ==, 0);
  g_assert_cmpint (test_mqtt_find (f, "/live")->qos, ==, 0);
  g_assert_false (test_mqtt_find (f, "/live")->is_retained);
  /* once a record has told of the place, its live values are discovered too */
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_clear (&d);
  g_assert_cmpuint (test_mqtt_count (f, "/config"), ==, 4);
  test_mqtt_send_samples (f, &d);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/places/p0/live") == 4);
  g_assert_cmpuint (test_mqtt_count (f, "/config"), ==, 7);
  test_mqtt_clear (&d);
  /* after another connection with the first value already */
  test_mqtt_drop_peer (f);
  test_mqtt_spin ();
  test_mqtt_pass (f, 5 * SECOND_US);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 2);
  test_mqtt_send_samples (f, &d);
  test_mqtt_assert (&d, OHM_VERDICT_ACCEPTED, NULL);
  test_mqtt_clear (&d);
  g_assert_cmpuint (test_mqtt_count (f, "/info"), ==, 2);
  g_assert_cmpuint (test_mqtt_count (f, "/config"), ==, 10);
}

/* Home Assistant listens to the newest record alone: what is sent again must not set it back. */
static void
test_state_is_newest (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 5);
  g_autoptr (OhmBatch) older = ohm_batch_slice (batch, 0, 4);
  OhmTestDelivery d = { 0 };
  g_autofree char *state = NULL;

  test_mqtt_start (f, "discovery = home-assistant\ndiscovery-prefix = ha\n");
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  g_assert_cmpuint (test_mqtt_count (f, "/state"), ==, 2);
  state = g_strdup (test_mqtt_find (f, "/p1/state")->payload);
  g_assert_cmpstr (state, ==, test_mqtt_find (f, "/p1/slot")->payload);
  g_assert_true (test_mqtt_find (f, "/p1/state")->is_retained);
  g_assert_true (g_str_has_prefix (test_mqtt_find (f, "/config")->topic, "ha/sensor/ohmnibus_"));
  test_mqtt_deliver_wait (f, older, &d);
  g_assert_cmpuint (test_mqtt_count (f, "/state"), ==, 2);
  test_mqtt_clear (&d);
}

static void
test_unreachable (OhmTestMqtt *f, gconstpointer data)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  OhmTestDelivery d = { 0 };

  test_mqtt_stop_broker (f);
  test_mqtt_start (f, "");
  test_mqtt_deliver_wait (f, batch, &d);
  test_mqtt_assert (&d, OHM_VERDICT_TRANSIENT, "mqtt-unreachable");
  g_assert_cmpstr (d.verdict->text, ==, g_strerror (ECONNREFUSED));
  /* it comes back by itself, and a delivery does not wait for that */
  test_mqtt_start_broker (f);
  test_mqtt_expect (f, batch, OHM_VERDICT_ACCEPTED, NULL);
  test_mqtt_stop_broker (f);
  test_mqtt_spin ();
  test_mqtt_start_broker (f);
  test_mqtt_pass (f, 3 * SECOND_US);
  OHM_TEST_UNTIL (test_mqtt_count (f, "/status") == 2);
  test_mqtt_clear (&d);
}

int
main (int argc, char **argv)
{
  static const OhmTestMqttCase cases[] = {
    { "/mqtt/delivers", test_delivers },
    { "/mqtt/describes-once", test_describes_once },
    { "/mqtt/says-goodbye", test_says_goodbye },
    { "/mqtt/falls-back", test_falls_back },
    { "/mqtt/keeps-to-version", test_keeps_to_version },
    { "/mqtt/is-refused", test_is_refused },
    { "/mqtt/user-and-secret", test_user_and_secret },
    { "/mqtt/no-secret-service", test_no_secret_service },
    { "/mqtt/password-file", test_password_file },
    { "/mqtt/password-file-is-read-apart", test_password_file_is_read_apart },
    { "/mqtt/unheard", test_unheard },
    { "/mqtt/unheard-and-refused", test_unheard_and_refused },
    { "/mqtt/hangs-up-at-version", test_hangs_up_at_version },
    { "/mqtt/unheard-is-fine", test_unheard_is_fine },
    { "/mqtt/publish-refused", test_publish_refused },
    { "/mqtt/description-refused", test_description_refused },
    { "/mqtt/samples", test_samples },
    { "/mqtt/state-is-newest", test_state_is_newest },
    { "/mqtt/unreachable", test_unreachable },
  };

  return test_mqtt_run (argc, argv, cases, G_N_ELEMENTS (cases));
}
