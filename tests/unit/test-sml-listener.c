/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sml-listener.h"

#include <math.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define WALL_US G_GINT64_CONSTANT (1800000000000000)

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmTransport *transport;
  OhmMeter *meter;
  OhmPlan *plan;
  int listen_fd;
  guint16 port;
  int fd; /* the sender's side */

  gboolean is_opened;
  GError *error;
  guint n_closed;
  GPtrArray *readings;
} TestSml;

static int
test_sml_listen (guint16 *ret_port)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &size), ==, 0);
  *ret_port = ntohs (address.sin_port);
  return fd;
}

static OhmTransport *
test_sml_new_transport (TestSml *self, const char *host)
{
  g_autoptr (OhmTransportClass) klass = g_type_class_ref (OHM_TYPE_SML_TRANSPORT);
  const OhmSettingSpec *tables[] = { klass->settings_table, NULL };
  g_autofree char *text = g_strdup_printf ("[link]\nhost = %s\nport = %u\n", host, self->port);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.link", text, strlen (text), NULL);
  g_autoptr (OhmSettings) settings = ohm_settings_new (keyfile, "link", tables, NULL);

  g_assert_null (klass->exchange);
  return ohm_transport_new (OHM_TYPE_SML_TRANSPORT, settings, self->watcher);
}

static void
test_sml_on_pushed (OhmTransport *transport, const OhmReply *reply, gpointer user_data)
{
  TestSml *self = user_data;
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("m",
                                                                   ohm_plan_get_points (self->plan),
                                                                   OHM_READ_LIVE, 1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (reply->function, ==, 0);
  g_assert_cmpint (reply->time_us, ==, WALL_US);
  ohm_reading_builder_begin_request (builder, reply->time_us);
  g_assert_true (ohm_meter_decode (self->meter, reply, builder, &error));
  g_assert_no_error (error);
  g_ptr_array_add (self->readings, ohm_reading_builder_end (g_steal_pointer (&builder)));
}

static void
test_sml_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_assert_error (error, OHM_ERROR, OHM_ERROR_LINK);
  ((TestSml *) user_data)->n_closed++;
}

static void
test_sml_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  TestSml *self = user_data;

  self->is_opened = TRUE;
  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
}

static void
test_sml_setup (TestSml *self, gconstpointer data)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("sml-listener", "SML");

  self->clock = ohm_clock_new_manual (WALL_US, 0);
  self->watcher = ohm_watcher_new (self->clock, NULL);
  self->listen_fd = test_sml_listen (&self->port);
  self->fd = -1;
  self->readings = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_reading_unref);
  self->meter = ohm_meter_new (OHM_TYPE_SML_METER, profile, NULL);
  self->plan = ohm_meter_plan (self->meter, NULL);
  self->transport = test_sml_new_transport (self, "127.0.0.1");
  ohm_transport_set_handlers (self->transport, test_sml_on_pushed, test_sml_on_closed, self);
}

static void
test_sml_teardown (TestSml *self, gconstpointer data)
{
  g_assert_finalize_object (self->transport);
  g_assert_finalize_object (self->watcher);
  g_assert_finalize_object (self->clock);
  g_assert_finalize_object (self->meter);
  ohm_plan_unref (self->plan);
  g_ptr_array_unref (self->readings);
  g_clear_error (&self->error);
  close (self->listen_fd);
  if (self->fd >= 0)
    close (self->fd);
}

static void
test_sml_start_open (TestSml *self)
{
  self->is_opened = FALSE;
  ohm_transport_open (self->transport, 1000, test_sml_on_opened, self);
  g_assert_false (self->is_opened);
}

static void
test_sml_open (TestSml *self)
{
  test_sml_start_open (self);
  while (!self->is_opened)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (self->error);
  self->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);
}

static void
test_sml_append_entry (GByteArray *content, guint8 c, guint8 d, gint64 value)
{
  const guint8 obis[] = { 1, 0, c, d, 0, 255 };
  const gint64 be = GINT64_TO_BE (value);

  g_byte_array_append (content, obis, sizeof obis);
  g_byte_array_append (content, (const guint8 *) &be, sizeof be);
}

/* (transfer full): a telegram of import, power and a value that the meter does not know */
static GByteArray *
test_sml_telegram (gint64 import, guint flip)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  GByteArray *telegram = g_byte_array_new ();
  guint8 tail[] = { 0x1b, 0x1b, 0x1b, 0x1b, 0x1a, 0, 0, 0 };
  guint16 crc;

  test_sml_append_entry (content, 1, 8, import);
  test_sml_append_entry (content, 16, 7, -1500);
  test_sml_append_entry (content, 99, 7, 7);
  crc = (guint16) (ohm_modbus_crc (content->data, content->len) ^ flip);
  tail[6] = (guint8) (crc >> 8);
  tail[7] = (guint8) crc;
  g_byte_array_append (telegram, (const guint8 *) "\x1b\x1b\x1b\x1b\x01\x01\x01\x01", 8);
  g_byte_array_append (telegram, content->data, content->len);
  g_byte_array_append (telegram, tail, sizeof tail);
  return telegram;
}

static void
test_sml_send (TestSml *self, GByteArray *bytes, gsize from, gsize to)
{
  g_assert_cmpint (send (self->fd, bytes->data + from, to - from, MSG_NOSIGNAL), ==,
                   (gssize) (to - from));
}

static void
test_sml_assert_reading (const OhmReading *reading, double import_wh)
{
  g_autoptr (OhmPointSet) set = ohm_point_set_ref (ohm_reading_get_points (reading));
  guint index;

  g_assert_cmpuint (ohm_point_set_get_n (set), ==, 3);
  g_assert_true (ohm_point_set_find (set, "energy-active-import.total", &index));
  g_assert_true (fabs (ohm_reading_get_real (reading, index) - import_wh) < 1e-9);
  g_assert_true (ohm_point_set_find (set, "power-active.total", &index));
  g_assert_true (fabs (ohm_reading_get_real (reading, index) + 1500) < 1e-9);
  g_assert_true (ohm_point_set_find (set, "energy-active-export.total", &index));
  g_assert_cmpint (ohm_reading_get_qualities (reading, NULL)[index], ==, OHM_QUALITY_NONE);
}

/* Whole, in pieces, behind noise, two at once; a wrong checksum is counted. */
static void
test_sml_telegrams (TestSml *self, gconstpointer data)
{
  g_autoptr (GByteArray) first = test_sml_telegram (10000, 0);
  g_autoptr (GByteArray) second = test_sml_telegram (10015, 0);
  g_autoptr (GByteArray) broken = test_sml_telegram (99999, 1);
  g_autoptr (GByteArray) both = g_byte_array_new ();
  OhmTransportCounters *counters = ohm_transport_get_counters (self->transport);

  test_sml_open (self);
  test_sml_send (self, first, 0, 20);
  while (counters->bytes_in < 20)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self->readings->len, ==, 0);
  test_sml_send (self, first, 20, first->len);
  g_byte_array_append (both, (const guint8 *) "noise", 5);
  g_byte_array_append (both, broken->data, broken->len);
  g_byte_array_append (both, second->data, second->len);
  g_byte_array_append (both, second->data, second->len);
  test_sml_send (self, both, 0, both->len);
  while (self->readings->len < 3)
    g_main_context_iteration (NULL, TRUE);
  test_sml_assert_reading (g_ptr_array_index (self->readings, 0), 1000.0);
  test_sml_assert_reading (g_ptr_array_index (self->readings, 1), 1001.5);
  test_sml_assert_reading (g_ptr_array_index (self->readings, 2), 1001.5);
  g_assert_cmpuint (counters->replies, ==, 3);
  g_assert_cmpuint (counters->broken, ==, 1);
}

static void
test_sml_noise (TestSml *self, gconstpointer data)
{
  g_autoptr (GByteArray) telegram = test_sml_telegram (10000, 0);
  g_autoptr (GByteArray) noise = g_byte_array_new ();
  OhmTransportCounters *counters = ohm_transport_get_counters (self->transport);

  test_sml_open (self);
  g_byte_array_set_size (noise, 4096);
  memset (noise->data, 0x1b, noise->len);
  test_sml_send (self, noise, 0, noise->len);
  while (counters->bytes_in < noise->len)
    g_main_context_iteration (NULL, TRUE);
  test_sml_send (self, telegram, 0, telegram->len);
  test_sml_send (self, telegram, 0, telegram->len);
  while (self->readings->len == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_sml_closed (TestSml *self, gconstpointer data)
{
  test_sml_open (self);
  shutdown (self->fd, SHUT_RDWR);
  while (self->n_closed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (ohm_transport_is_open (self->transport));
}

static void
test_sml_not_opened (TestSml *self, gconstpointer data)
{
  close (self->listen_fd);
  test_sml_start_open (self);
  while (!self->is_opened)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (self->error, OHM_ERROR, OHM_ERROR_LINK);
  g_clear_object (&self->transport);
  self->transport = test_sml_new_transport (self, "no address");
  test_sml_start_open (self);
  while (!self->is_opened)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (self->error, OHM_ERROR, OHM_ERROR_TIMEOUT);
  g_assert_cmpuint (self->n_closed, ==, 0);
  self->listen_fd = test_sml_listen (&self->port);
}

static void
test_sml_bad_length (TestSml *self, gconstpointer data)
{
  const guint8 bytes[5] = { 0 };
  const OhmReply telegram = { .data = bytes, .length = sizeof bytes };
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("m",
                                                                   ohm_plan_get_points (self->plan),
                                                                   OHM_READ_LIVE, 1);
  g_autoptr (GError) error = NULL;

  ohm_reading_builder_begin_request (builder, WALL_US);
  g_assert_false (ohm_meter_decode (self->meter, &telegram, builder, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
}

static void
test_sml_add (const char *name, void (*func) (TestSml *self, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/sml-listener/", name, NULL);

  g_test_add (path, TestSml, NULL, test_sml_setup, func, test_sml_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_sml_add ("telegrams", test_sml_telegrams);
  test_sml_add ("noise", test_sml_noise);
  test_sml_add ("closed", test_sml_closed);
  test_sml_add ("not-opened", test_sml_not_opened);
  test_sml_add ("bad-length", test_sml_bad_length);
  return g_test_run ();
}
