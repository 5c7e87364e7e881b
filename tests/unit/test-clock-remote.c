/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ohm-error.h"
#include "ohm-watcher.h"

#define WALL_US G_GINT64_CONSTANT (1800000000000000)

/* The driver's side; core/libohm/ohm-clock-remote.c describes the lines. */
typedef struct
{
  char *dir;
  char *path;
  int listen_fd;
  int fd;
  const char *greeting;
  OhmClock *clock;
  guint64 ping;
} TestRemote;

static void
test_remote_listen (TestRemote *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  self->dir = g_dir_make_tmp ("ohm-clock-XXXXXX", NULL);
  self->path = g_build_filename (self->dir, "socket", NULL);
  g_strlcpy (address.sun_path, self->path, sizeof address.sun_path);
  self->listen_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listen_fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listen_fd, 1), ==, 0);
}

static void
test_remote_send (TestRemote *self, const char *text)
{
  g_assert_cmpint (send (self->fd, text, strlen (text), MSG_NOSIGNAL), ==, (gssize) strlen (text));
}

static gpointer
test_remote_accept (gpointer data)
{
  TestRemote *self = data;
  char hello[64] = "";

  self->fd = accept4 (self->listen_fd, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (recv (self->fd, hello, sizeof hello - 1, 0), >, 0);
  g_assert_cmpstr (hello, ==, "hello unit\n");
  if (self->greeting != NULL)
    test_remote_send (self, self->greeting);
  else
    shutdown (self->fd, SHUT_RDWR);
  return NULL;
}

static OhmClock *
test_remote_connect (TestRemote *self, const char *greeting, GError **error)
{
  GThread *thread;
  OhmClock *clock;

  test_remote_listen (self);
  self->greeting = greeting;
  thread = g_thread_new ("driver", test_remote_accept, self);
  clock = ohm_clock_new_remote (self->path, "unit", error);
  g_thread_join (thread);
  return clock;
}

static void
test_remote_clear (TestRemote *self)
{
  close (self->fd);
  close (self->listen_fd);
  g_unlink (self->path);
  g_rmdir (self->dir);
  g_free (self->path);
  g_free (self->dir);
}

static void
test_remote_setup (TestRemote *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->clock = test_remote_connect (self, "time 1800000000000000 5000 1\n", &error);
  g_assert_no_error (error);
}

static void
test_remote_teardown (TestRemote *self, gconstpointer data)
{
  g_assert_finalize_object (self->clock);
  test_remote_clear (self);
}

static char *
test_remote_receive (TestRemote *self)
{
  char text[128] = "";

  if (recv (self->fd, text, sizeof text - 1, MSG_DONTWAIT) <= 0)
    return NULL;
  return g_strdup (text);
}

static void
test_remote_spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Sends a ping and returns the activity of its answer. */
static guint64
test_remote_ping (TestRemote *self, const char *expected_next)
{
  g_autofree char *ping = g_strdup_printf ("ping %" G_GUINT64_FORMAT "\n", ++self->ping);
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, self->ping);
  g_autofree char *next = g_strconcat (expected_next, "\n", NULL);
  g_autofree char *pong = NULL;
  g_auto (GStrv) words = NULL;

  test_remote_send (self, ping);
  while ((pong = test_remote_receive (self)) == NULL)
    g_main_context_iteration (NULL, TRUE);
  words = g_strsplit (pong, " ", -1);
  g_assert_cmpuint (g_strv_length (words), ==, 4);
  g_assert_cmpstr (words[0], ==, "pong");
  g_assert_cmpstr (words[1], ==, number);
  g_assert_cmpstr (words[3], ==, next);
  return g_ascii_strtoull (words[2], NULL, 10);
}

static void
test_remote_tells_time (TestRemote *self, gconstpointer data)
{
  g_assert_false (ohm_clock_is_real (self->clock));
  g_assert_true (ohm_clock_is_synchronized (self->clock));
  g_assert_cmpint (ohm_clock_get_wall_us (self->clock), ==, WALL_US);
  g_assert_cmpint (ohm_clock_get_mono_us (self->clock), ==, 5000);
  test_remote_send (self, "nonsense\ntime 1 2\nping x\ntime -7 6000 0\n");
  while (ohm_clock_get_mono_us (self->clock) == 5000)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ohm_clock_get_wall_us (self->clock), ==, -7);
  g_assert_cmpint (ohm_clock_get_mono_us (self->clock), ==, 6000);
  g_assert_false (ohm_clock_is_synchronized (self->clock));
}

static void
test_remote_idle_is_idle (TestRemote *self, gconstpointer data)
{
  guint64 activity = test_remote_ping (self, "-1");

  for (int i = 0; i < 3; i++)
    g_assert_cmpuint (test_remote_ping (self, "-1"), ==, activity);
}

static void
test_remote_on_deadline (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_assert_cmpuint (events, ==, OHM_WATCH_DEADLINE);
  (*(guint *) user_data)++;
}

static void
test_remote_deadlines (TestRemote *self, gconstpointer data)
{
  g_autoptr (OhmWatcher) watcher = ohm_watcher_new (self->clock, NULL);
  g_autoptr (OhmWatcher) other = ohm_watcher_new (self->clock, NULL);
  guint fired = 0;
  OhmWatch *watch = ohm_watcher_add (watcher, -1, 0, test_remote_on_deadline, &fired);
  OhmWatch *later = ohm_watcher_add (other, -1, 0, test_remote_on_deadline, &fired);
  guint64 before;

  ohm_watch_set_deadline (watch, 7000);
  ohm_watch_set_deadline (later, 9000);
  before = test_remote_ping (self, "7000");
  /* the answer to a ping that came with the time comes after what the time has set off */
  test_remote_send (self, "time 1800000000002000 7000 1\n");
  g_assert_cmpuint (test_remote_ping (self, "9000"), >, before);
  g_assert_cmpuint (fired, ==, 1);
  ohm_watch_set_deadline (later, -1);
  ohm_clock_set_next (self->clock, 8000);
  test_remote_ping (self, "8000");
  ohm_clock_set_next (self->clock, -1);
  test_remote_ping (self, "-1");
}

typedef struct
{
  OhmClock *clock;
  int fd;
  gint64 mono_us; /* when it came, 0 before that */
} TestRemoteByte;

static void
test_remote_on_byte (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  TestRemoteByte *byte = user_data;
  char c;

  g_assert_cmpint (read (byte->fd, &c, 1), ==, 1);
  byte->mono_us = ohm_clock_get_mono_us (byte->clock);
}

/* What others do at a new time must not come to somebody who has not heard of that time. */
static void
test_remote_time_is_first (TestRemote *self, gconstpointer data)
{
  g_autoptr (OhmWatcher) watcher = ohm_watcher_new (self->clock, NULL);
  TestRemoteByte byte = { .clock = self->clock };
  guint64 before = test_remote_ping (self, "-1");
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  byte.fd = fds[0];
  ohm_watcher_add (watcher, fds[0], OHM_WATCH_READ, test_remote_on_byte, &byte);
  test_remote_send (self, "time 1800000000002000 7000 1\n");
  g_assert_cmpint (write (fds[1], "x", 1), ==, 1);
  g_assert_cmpuint (test_remote_ping (self, "-1"), >, before);
  g_assert_cmpint (byte.mono_us, ==, 7000);
  close (fds[0]);
  close (fds[1]);
}

static gboolean
test_remote_on_idle (gpointer user_data)
{
  guint *left = user_data;

  return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Work of low priority comes before the answer, and is counted. */
static void
test_remote_counts_work (TestRemote *self, gconstpointer data)
{
  guint64 activity = test_remote_ping (self, "-1");
  guint left = 5;

  g_idle_add_full (G_PRIORITY_LOW, test_remote_on_idle, &left, NULL);
  g_assert_cmpuint (test_remote_ping (self, "-1"), >=, activity + 5);
  g_assert_cmpuint (left, ==, 0);
  activity = test_remote_ping (self, "-1");
  g_assert_cmpuint (test_remote_ping (self, "-1"), ==, activity);
}

static gpointer
test_remote_release (gpointer clock)
{
  ohm_clock_release (clock);
  return NULL;
}

static void
test_remote_holds (TestRemote *self, gconstpointer data)
{
  g_autofree char *pong = NULL;

  ohm_clock_hold (self->clock);
  ohm_clock_hold (self->clock);
  test_remote_send (self, "ping 77\n");
  g_main_context_iteration (NULL, TRUE);
  test_remote_spin ();
  g_assert_null (test_remote_receive (self));
  g_thread_join (g_thread_new ("worker", test_remote_release, self->clock));
  test_remote_spin ();
  g_assert_null (test_remote_receive (self));
  g_thread_join (g_thread_new ("worker", test_remote_release, self->clock));
  while ((pong = test_remote_receive (self)) == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_str_has_prefix (pong, "pong 77 "));
  test_remote_ping (self, "-1");
}

static void
test_remote_driver_gone (TestRemote *self, gconstpointer data)
{
  shutdown (self->fd, SHUT_RDWR);
  g_main_context_iteration (NULL, TRUE);
  test_remote_spin ();
  g_assert_cmpint (ohm_clock_get_mono_us (self->clock), ==, 5000);
  ohm_clock_hold (self->clock);
  ohm_clock_release (self->clock);
  test_remote_spin ();
}

static void
test_remote_refused (void)
{
  static const char *const greetings[] = { "hallo\n", "time 1 x 1\n", "time 1 -1 1\n", NULL };
  g_autofree char *path = g_strnfill (200, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_clock_new_remote ("/nonexistent/socket", "unit", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "/nonexistent/socket"));
  g_clear_error (&error);
  g_assert_null (ohm_clock_new_remote (path, "unit", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
  g_clear_error (&error);
  for (gsize i = 0; i < G_N_ELEMENTS (greetings); i++)
    {
      TestRemote remote = { 0 };

      g_assert_null (test_remote_connect (&remote, greetings[i], &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_FAILED);
      g_clear_error (&error);
      test_remote_clear (&remote);
    }
}

static void
test_remote_add (const char *name, void (*func) (TestRemote *self, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/clock-remote/", name, NULL);

  g_test_add (path, TestRemote, NULL, test_remote_setup, func, test_remote_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_remote_add ("tells-time", test_remote_tells_time);
  test_remote_add ("idle-is-idle", test_remote_idle_is_idle);
  test_remote_add ("deadlines", test_remote_deadlines);
  test_remote_add ("time-is-first", test_remote_time_is_first);
  test_remote_add ("counts-work", test_remote_counts_work);
  test_remote_add ("holds", test_remote_holds);
  test_remote_add ("driver-gone", test_remote_driver_gone);
  g_test_add_func ("/clock-remote/refused", test_remote_refused);
  return g_test_run ();
}
