/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The uplink to the cloud against a receiver on loopback: records a second, how long the main loop
 * was kept from anything else, and what TLS adds to the bytes of a request. */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ohm-cloud-uplink.h"
#include "ohm-test-batch.h"
#include "ohm-test-receiver.h"
#include "ohm-test-secrets.h"

#include "bench-util.h"

/* 500 records of four values: the most that a request carries. */
#define PLACES 20u
#define SLOTS  25u
/* One after the other, for the bytes of each. */
#define CONNECTIONS 4u

typedef struct
{
  char *dir;
  OhmTestCa *ca;
  OhmTestCert *cert;
  OhmTestReceiver *receiver;
  OhmClock *clock;
  OhmTestSecrets *secrets;
  OhmUplink *uplink;

  gint64 longest_us;
  gint64 turn_us; /* when the running turn began; -1 while waiting */
} Bench;

static Bench *bench_cloud;

/* Stands between the main loop and its waiting: what lies between two calls is one turn. */
static int
bench_cloud_poll (GPollFD *fds, guint n, int timeout)
{
  int result;

  if (bench_cloud->turn_us >= 0)
    bench_cloud->longest_us = MAX (bench_cloud->longest_us,
                                   bench_mono_us () - bench_cloud->turn_us);
  result = g_poll (fds, n, timeout);
  bench_cloud->turn_us = bench_mono_us ();
  return result;
}

static void
bench_cloud_open (Bench *self, gboolean is_tls, gboolean tickets, const char *more)
{
  static const OhmSettingSpec *tables[2];
  OhmTestTls tls = { .cert = self->cert, .tickets = tickets };
  OhmUplinkSetup setup = { .id = "main", .gateway = OHM_TEST_GATEWAY };
  g_autoptr (OhmUplinkClass) klass = g_type_class_ref (OHM_TYPE_CLOUD_UPLINK);
  g_autofree char *text = NULL;
  g_autoptr (OhmKeyfile) keyfile = NULL;
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  self->receiver = ohm_test_receiver_new (is_tls ? &tls : NULL);
  text = g_strdup_printf ("[cloud]\nurl=%s://localhost:%u/take?precision=s\nca-file=%s/ca.pem\n"
                          "proxy=none\nauth=none\n%s",
                          is_tls ? "https" : "http", ohm_test_receiver_get_port (self->receiver),
                          self->dir, more);
  keyfile = ohm_keyfile_parse ("bench.uplink", text, strlen (text), &error);
  tables[0] = klass->settings_table;
  settings = ohm_settings_new (keyfile, "cloud", tables, &error);
  g_assert_no_error (error);
  setup.settings = settings;
  setup.clock = self->clock;
  setup.secrets = OHM_SECRETS (self->secrets);
  self->uplink = ohm_uplink_new (OHM_TYPE_CLOUD_UPLINK, &setup);
  ohm_uplink_start (self->uplink);
}

static void
bench_cloud_close (Bench *self)
{
  g_clear_object (&self->uplink);
  g_clear_pointer (&self->receiver, ohm_test_receiver_free);
}

static void
bench_cloud_on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gsize
bench_cloud_deliver (Bench *self, OhmBatch *batch)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmVerdict) verdict = NULL;

  ohm_uplink_deliver_async (self->uplink, batch, NULL, bench_cloud_on_ready, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  verdict = ohm_uplink_deliver_finish (self->uplink, result, NULL);
  g_assert_nonnull (verdict);
  g_assert_cmpint (verdict->kind, ==, OHM_VERDICT_ACCEPTED);
  return verdict->n_bytes;
}

static void
bench_cloud_rate (Bench *self, const char *name, gboolean is_tls, const char *more, guint n_batches)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (PLACES, SLOTS);
  g_autofree char *rate = g_strdup_printf ("cloud.send.%s.rate", name);
  g_autofree char *cpu = g_strdup_printf ("cloud.send.%s.cpu", name);
  g_autofree char *turn = g_strdup_printf ("cloud.send.%s.turn", name);
  gint64 start_us;
  gint64 start_ns;

  bench_cloud_open (self, is_tls, TRUE, more);
  self->turn_us = -1;
  self->longest_us = 0;
  start_us = bench_mono_us ();
  start_ns = bench_cpu_ns ();
  for (guint i = 0; i < n_batches; i++)
    bench_cloud_deliver (self, batch);
  bench_print (rate,
               (double) n_batches * PLACES * SLOTS * G_USEC_PER_SEC /
                 (double) (bench_mono_us () - start_us),
               "records/s");
  bench_print (cpu, (double) (bench_cpu_ns () - start_ns) / 1000 / (n_batches * PLACES * SLOTS),
               "us/record");
  bench_print (turn, (double) self->longest_us / 1000, "ms");
  bench_cloud_close (self);
}

/* One slot of 20 meters, as sent each quarter hour: all bytes on the wire, both ways. Whether a
 * session is resumed is seen here, as glib-networking never does so in a program of GTest's. */
static void
bench_cloud_bytes (Bench *self, const char *name, gboolean tickets, gboolean is_kept)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (PLACES, 1);
  g_autofree char *title = g_strdup_printf ("cloud.slot.%s", name);
  OhmTestTally before;
  OhmTestTally after;

  bench_cloud_open (self, TRUE, tickets, "");
  ohm_test_receiver_set_reply (self->receiver, 200, is_kept ? NULL : "Connection: close\r\n", NULL);
  bench_cloud_deliver (self, batch);
  before = ohm_test_receiver_get_tally (self->receiver);
  for (guint i = 0; i < CONNECTIONS; i++)
    bench_cloud_deliver (self, batch);
  after = ohm_test_receiver_get_tally (self->receiver);
  bench_print (title,
               (double) (after.n_in + after.n_out - before.n_in - before.n_out) / CONNECTIONS,
               "bytes");
  g_assert_cmpuint (after.n_handshakes - before.n_handshakes, ==, is_kept ? 0 : CONNECTIONS);
  g_assert_cmpuint (after.n_resumed - before.n_resumed, ==, tickets && !is_kept ? CONNECTIONS : 0);
  bench_cloud_close (self);
}

int
main (int argc, char **argv)
{
  Bench self = { .turn_us = -1 };
  guint n_batches = argc > 1 ? (guint) g_ascii_strtoull (argv[1], NULL, 10) : 200;
  g_autofree char *path = NULL;

  bench_cloud = &self;
  self.dir = g_dir_make_tmp ("ohm-bench-XXXXXX", NULL);
  self.ca = ohm_test_ca_new ();
  self.cert = ohm_test_cert_new (self.ca, "localhost", -1, 1);
  path = g_build_filename (self.dir, "ca.pem", NULL);
  g_file_set_contents (path, ohm_test_ca_get_pem (self.ca), -1, NULL);
  self.clock = ohm_clock_new ();
  self.secrets = ohm_test_secrets_new ();
  g_main_context_set_poll_func (NULL, bench_cloud_poll);

  bench_cloud_rate (&self, "plain", FALSE, "", n_batches);
  bench_cloud_rate (&self, "otlp", TRUE, "", n_batches);
  bench_cloud_rate (&self, "json", TRUE, "format=otlp-json\n", n_batches);
  bench_cloud_rate (&self, "line", TRUE, "format=line\n", n_batches);
  bench_cloud_bytes (&self, "kept", TRUE, TRUE);
  bench_cloud_bytes (&self, "resumed", TRUE, FALSE);
  bench_cloud_bytes (&self, "full", FALSE, FALSE);

  g_object_unref (self.secrets);
  g_object_unref (self.clock);
  ohm_test_cert_free (self.cert);
  ohm_test_ca_free (self.ca);
  g_remove (path);
  g_rmdir (self.dir);
  g_free (self.dir);
  return 0;
}
