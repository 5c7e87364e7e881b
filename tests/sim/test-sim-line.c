/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line in simulated time: bytes are there as soon as they were written. */

#include "config.h"

#include "ohm-sim-line.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#define ROUNDS 300

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmSimLine *line;
  guint n_heard;
  int fd;    /* the master's */
  int epoll; /* of it */
} OhmTestLine;

static void
test_line_on_heard (const guint8 *bytes,
                    gsize length,
                    gint64 began_us,
                    gint64 ended_us,
                    gpointer user_data)
{
  OhmTestLine *fixture = user_data;

  fixture->n_heard += (guint) length;
}

static void
test_line_setup (OhmTestLine *fixture, gconstpointer data)
{
  struct epoll_event event = { .events = EPOLLIN };
  g_autoptr (GError) error = NULL;

  fixture->clock = ohm_clock_new_manual (/* wall_us */ 0, /* mono_us */ G_USEC_PER_SEC);
  fixture->watcher = ohm_watcher_new (fixture->clock, /* context */ NULL);
  fixture->line = ohm_sim_line_new (fixture->watcher, test_line_on_heard, fixture);
  ohm_sim_line_plug (fixture->line, /* link */ NULL, &error);
  g_assert_no_error (error);
  fixture->fd = open (ohm_sim_line_get_device (fixture->line),
                      O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  g_assert_cmpint (fixture->fd, >=, 0);
  fixture->epoll = epoll_create1 (EPOLL_CLOEXEC);
  g_assert_cmpint (epoll_ctl (fixture->epoll, EPOLL_CTL_ADD, fixture->fd, &event), ==, 0);
}

static void
test_line_teardown (OhmTestLine *fixture, gconstpointer data)
{
  close (fixture->epoll);
  close (fixture->fd);
  ohm_sim_line_free (fixture->line);
  g_object_unref (fixture->watcher);
  g_object_unref (fixture->clock);
}

static void
test_line_turn (guint n)
{
  for (guint i = 0; i < n; i++)
    g_main_context_iteration (/* context */ NULL, /* may_block */ FALSE);
}

/* One turn of the loop brings it over, one takes it, and one gives it to the meters. */
static void
test_line_to_meters (OhmTestLine *fixture, gconstpointer data)
{
  for (guint i = 0; i < ROUNDS; i++)
    {
      g_assert_cmpint (write (fixture->fd, "abc", 3), ==, 3);
      test_line_turn (3);
      g_assert_cmpuint (fixture->n_heard, ==, 3 * (i + 1));
    }
}

/* One turn of the loop gives it to the device, the next one brings it over. */
static void
test_line_to_master (OhmTestLine *fixture, gconstpointer data)
{
  struct epoll_event event;
  guint8 bytes[16];

  for (guint i = 0; i < ROUNDS; i++)
    {
      ohm_sim_line_send (fixture->line, (const guint8 *) "abc", 3, G_USEC_PER_SEC);
      test_line_turn (2);
      g_assert_cmpint (epoll_wait (fixture->epoll, &event, 1, 0), ==, 1);
      g_assert_cmpint (read (fixture->fd, bytes, sizeof bytes), ==, 3);
      /* or the next one would look by itself, and find it */
      g_assert_cmpint (epoll_wait (fixture->epoll, &event, 1, 0), ==, 0);
    }
}

/* Bytes come in lumps, as from an adapter, and the last one in time. */
static void
test_line_hand_over (OhmTestLine *fixture, gconstpointer data)
{
  OhmSimLineTraits *traits = ohm_sim_line_get_traits (fixture->line);
  const int at_ms[] = { 15, 16, 29, 30 };
  const gssize lumps[] = { -1, 16, -1, 14 };
  guint8 bytes[64] = { 0 };
  g_autoptr (GError) error = NULL;

  traits->baud = 10000; /* a byte a millisecond */
  g_assert_true (ohm_sim_line_set (traits, "hand-over-ms", "16", &error));
  ohm_sim_line_send (fixture->line, bytes, 30, G_USEC_PER_SEC);
  for (guint i = 0; i < G_N_ELEMENTS (at_ms); i++)
    {
      ohm_clock_move (fixture->clock, 0, G_USEC_PER_SEC + at_ms[i] * 1000);
      test_line_turn (2);
      g_assert_cmpint (read (fixture->fd, bytes, sizeof bytes), ==, lumps[i]);
    }
}

static void
test_line_add (const char *path, void (*func) (OhmTestLine *, gconstpointer))
{
  g_test_add (path, OhmTestLine, NULL, test_line_setup, func, test_line_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_line_add ("/sim-line/to-meters", test_line_to_meters);
  test_line_add ("/sim-line/to-master", test_line_to_master);
  test_line_add ("/sim-line/hand-over", test_line_hand_over);
  return g_test_run ();
}
