/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-frame-log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MINUTE_US (60 * SECOND_US)

/* A transport that does nothing: the test says what happens on it. */
#define TEST_TYPE_WIRE (test_wire_get_type ())
G_DECLARE_FINAL_TYPE (TestWire, test_wire, TEST, WIRE, OhmTransport)

struct _TestWire
{
  OhmTransport parent_instance;
};

G_DEFINE_FINAL_TYPE (TestWire, test_wire, OHM_TYPE_TRANSPORT)

static void
test_wire_close (OhmTransport *transport)
{
}

static void
test_wire_class_init (TestWireClass *klass)
{
  OHM_TRANSPORT_CLASS (klass)->close = test_wire_close;
}

static void
test_wire_init (TestWire *self)
{
}

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmFrameLog *log;
  OhmTransport *wires[2];
  gint64 now_us;
} TestFrameLog;

static void
test_frame_log_setup (TestFrameLog *fixture, gconstpointer more)
{
  static const OhmSettingSpec specs[] = { { NULL } };
  const OhmSettingSpec *tables[] = { specs, NULL };
  g_autoptr (OhmSettings) settings = ohm_settings_new (NULL, "link", tables, NULL);

  fixture->clock = ohm_clock_new_manual (0, 0);
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
  fixture->log = ohm_frame_log_new (fixture->watcher);
  ohm_frame_log_set_limits (fixture->log, 16 * 1024, 10 * MINUTE_US);
  for (guint i = 0; i < 2; i++)
    {
      fixture->wires[i] = ohm_transport_new (TEST_TYPE_WIRE, settings, fixture->watcher);
      ohm_frame_log_attach (fixture->log, fixture->wires[i]);
    }
}

static void
test_frame_log_teardown (TestFrameLog *fixture, gconstpointer more)
{
  g_assert_finalize_object (fixture->log);
  for (guint i = 0; i < 2; i++)
    if (fixture->wires[i] != NULL)
      g_assert_finalize_object (fixture->wires[i]);
  g_assert_finalize_object (fixture->watcher);
  g_assert_finalize_object (fixture->clock);
}

static void
test_frame_log_say (TestFrameLog *fixture, guint wire, guint length)
{
  static const guint8 bytes[OHM_FRAME_EVENT_BYTES_MAX];

  fixture->now_us += SECOND_US;
  ohm_clock_move (fixture->clock, fixture->now_us, fixture->now_us);
  ohm_transport_tap (fixture->wires[wire], OHM_FRAME_EVENT_ANSWER, OHM_FRAMING_TCP, bytes, length);
}

static int
test_frame_log_open (TestFrameLog *fixture, guint wire, gint64 last_us, gboolean is_live)
{
  g_autoptr (GError) error = NULL;
  int fd = ohm_frame_log_open (fixture->log, fixture->wires[wire], last_us, is_live, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
test_frame_log_spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Reads what there is: lengths of the events, `+N` before one that tells of N lost ones, `.` at the
 * end of the stream. */
static char *
test_frame_log_read (int fd)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  GString *seen = g_string_new (NULL);
  guint8 buffer[4096];
  gssize n;

  do
    {
      test_frame_log_spin ();
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0)
        g_byte_array_append (array, buffer, (guint) n);
    }
  while (n > 0);
  for (gsize at = 0; at < array->len;)
    {
      OhmFrameEvent event;
      gsize used = 0;

      g_assert_true (
        ohm_frame_event_unpack (array->data + at, array->len - at, &event, &used, NULL));
      g_assert_cmpuint (used, >, 0);
      if (event.lost > 0)
        g_string_append_printf (seen, "+%u ", event.lost);
      g_string_append_printf (seen, "%" G_GSIZE_FORMAT " ", event.length);
      at += used;
    }
  if (n == 0)
    g_string_append_c (seen, '.');
  return g_string_free (seen, FALSE);
}

static void
test_frame_log_assert (int fd, const char *expected)
{
  g_autofree char *seen = test_frame_log_read (fd);

  g_assert_cmpstr (seen, ==, expected);
}

static void
test_frame_log_past_and_live (TestFrameLog *fixture, gconstpointer more)
{
  int fd;

  test_frame_log_say (fixture, 0, 1);
  test_frame_log_say (fixture, 1, 99); /* another link's */
  test_frame_log_say (fixture, 0, 2);
  fd = test_frame_log_open (fixture, 0, MINUTE_US, TRUE);
  test_frame_log_assert (fd, "1 2 ");
  test_frame_log_say (fixture, 0, 3);
  test_frame_log_say (fixture, 1, 98);
  test_frame_log_assert (fd, "3 ");
  g_assert_cmpuint (ohm_frame_log_get_n_readers (fixture->log), ==, 1);
  close (fd);
  test_frame_log_spin ();
  g_assert_cmpuint (ohm_frame_log_get_n_readers (fixture->log), ==, 0);
}

static void
test_frame_log_past_only (TestFrameLog *fixture, gconstpointer more)
{
  int fd;

  for (guint i = 1; i <= 5; i++)
    test_frame_log_say (fixture, 0, i);
  fd = test_frame_log_open (fixture, 0, 2 * SECOND_US, FALSE);
  test_frame_log_say (fixture, 0, 6);
  test_frame_log_assert (fd, "3 4 5 .");
  g_assert_cmpuint (ohm_frame_log_get_n_readers (fixture->log), ==, 0);
  close (fd);
  /* nothing was asked for: an empty stream that ends */
  fd = test_frame_log_open (fixture, 0, 0, FALSE);
  test_frame_log_assert (fd, ".");
  close (fd);
}

/* A busy link washes away its own frames, not the one that a quiet link said. */
static void
test_frame_log_budget (TestFrameLog *fixture, gconstpointer more)
{
  g_autofree char *seen = NULL;
  int fd;

  test_frame_log_say (fixture, 1, 77);
  for (guint i = 0; i < 500; i++)
    test_frame_log_say (fixture, 0, 260);
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, 16 * 1024);
  fd = test_frame_log_open (fixture, 1, 10 * MINUTE_US, FALSE);
  test_frame_log_assert (fd, "77 .");
  close (fd);
  fd = test_frame_log_open (fixture, 0, 10 * MINUTE_US, FALSE);
  seen = test_frame_log_read (fd);
  g_assert_cmpuint (strlen (seen) / 4, >, 42); /* 6 full chunks of 7 frames, and a new one */
  close (fd);
  /* each link that speaks keeps its minimum */
  ohm_frame_log_set_limits (fixture->log, 2048, 10 * MINUTE_US);
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, 2 * OHM_FRAME_LOG_LINK_MIN);
  ohm_frame_log_set_limits (fixture->log, 0, 10 * MINUTE_US);
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, 0);
}

static void
test_frame_log_age (TestFrameLog *fixture, gconstpointer more)
{
  gsize full;
  int fd;

  ohm_frame_log_set_limits (fixture->log, 1024 * 1024, 5 * SECOND_US);
  for (guint i = 0; i < 50; i++)
    test_frame_log_say (fixture, 0, OHM_FRAME_EVENT_BYTES_MAX);
  full = ohm_frame_log_get_bytes (fixture->log);
  g_assert_cmpuint (full, <=, 8 * 2048);
  for (guint i = 0; i < 50; i++)
    test_frame_log_say (fixture, 0, OHM_FRAME_EVENT_BYTES_MAX);
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, full);
  fd = test_frame_log_open (fixture, 0, MINUTE_US, FALSE);
  test_frame_log_assert (fd, "1024 1024 1024 1024 1024 1024 .");
  close (fd);
}

/* Without a log the tap is closed while nobody looks. */
static void
test_frame_log_off (TestFrameLog *fixture, gconstpointer more)
{
  int fd;

  ohm_frame_log_set_limits (fixture->log, 0, MINUTE_US);
  test_frame_log_say (fixture, 0, 1);
  fd = test_frame_log_open (fixture, 0, MINUTE_US, TRUE);
  test_frame_log_say (fixture, 0, 2);
  test_frame_log_assert (fd, "2 ");
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, 0);
  close (fd);
  test_frame_log_spin ();
  test_frame_log_say (fixture, 0, 3);
}

/* Who does not read misses frames and is told how many; the link does not wait. */
static void
test_frame_log_slow_reader (TestFrameLog *fixture, gconstpointer more)
{
  g_autofree char *seen = NULL;
  g_autofree char *after = NULL;
  int fd = test_frame_log_open (fixture, 0, 0, TRUE);

  for (guint i = 0; i < 4000; i++)
    test_frame_log_say (fixture, 0, OHM_FRAME_EVENT_BYTES_MAX);
  seen = test_frame_log_read (fd);
  g_assert_null (strchr (seen, '+'));
  test_frame_log_say (fixture, 0, 5);
  after = test_frame_log_read (fd);
  g_assert_cmpint (after[0], ==, '+');
  g_assert_true (g_str_has_suffix (after, " 5 "));
  g_assert_cmpuint (strlen (seen) / 5 + (guint) g_ascii_strtoull (after + 1, NULL, 10), ==, 4000);
  close (fd);
  test_frame_log_spin ();
}

static void
test_frame_log_link_gone (TestFrameLog *fixture, gconstpointer more)
{
  int fd;

  test_frame_log_say (fixture, 0, 4);
  fd = test_frame_log_open (fixture, 0, MINUTE_US, TRUE);
  g_assert_finalize_object (fixture->wires[0]);
  fixture->wires[0] = NULL;
  g_assert_cmpuint (ohm_frame_log_get_bytes (fixture->log), ==, 0);
  test_frame_log_assert (fd, "4 .");
  g_assert_cmpuint (ohm_frame_log_get_n_readers (fixture->log), ==, 0);
  close (fd);
  g_assert_finalize_object (fixture->wires[1]); /* nobody looks at this one */
  fixture->wires[1] = NULL;
}

static void
test_frame_log_refusals (TestFrameLog *fixture, gconstpointer more)
{
  g_autoptr (OhmFrameLog) empty = ohm_frame_log_new (fixture->watcher);
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GError) busy = NULL;
  int fds[OHM_FRAME_LOG_READERS_MAX];

  g_assert_cmpint (ohm_frame_log_open (empty, fixture->wires[0], 0, TRUE, &unknown), ==, -1);
  g_assert_error (unknown, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  for (guint i = 0; i < OHM_FRAME_LOG_READERS_MAX; i++)
    fds[i] = test_frame_log_open (fixture, i % 2, 0, TRUE);
  g_assert_cmpint (ohm_frame_log_open (fixture->log, fixture->wires[0], 0, TRUE, &busy), ==, -1);
  g_assert_error (busy, OHM_ERROR, OHM_ERROR_BUSY);
  for (guint i = 0; i < OHM_FRAME_LOG_READERS_MAX; i++)
    close (fds[i]);
  test_frame_log_spin ();
  g_assert_cmpuint (ohm_frame_log_get_n_readers (fixture->log), ==, 0);
}

static void
test_frame_log_add (const char *name, void (*func) (TestFrameLog *fixture, gconstpointer more))
{
  g_autofree char *path = g_strconcat ("/frame-log/", name, NULL);

  g_test_add (path, TestFrameLog, NULL, test_frame_log_setup, func, test_frame_log_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_frame_log_add ("past-and-live", test_frame_log_past_and_live);
  test_frame_log_add ("past-only", test_frame_log_past_only);
  test_frame_log_add ("budget", test_frame_log_budget);
  test_frame_log_add ("age", test_frame_log_age);
  test_frame_log_add ("off", test_frame_log_off);
  test_frame_log_add ("slow-reader", test_frame_log_slow_reader);
  test_frame_log_add ("link-gone", test_frame_log_link_gone);
  test_frame_log_add ("refusals", test_frame_log_refusals);
  return g_test_run ();
}
