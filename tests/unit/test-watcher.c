/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-watcher.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS G_GINT64_CONSTANT (1000)

typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  GString *heard;
} TestWatcherFixture;

typedef struct
{
  TestWatcherFixture *fixture;
  const char *name;
  OhmWatch *watch;
  OhmWatch *victim; /* (nullable): removed in the callback */
  gint64 again_us;  /* deadline set in the callback, -1 for none */
  gboolean reads;
  guint n;
} TestWatcherUser;

static void
test_watcher_setup (TestWatcherFixture *fixture, gconstpointer is_real)
{
  fixture->clock = is_real != NULL ? ohm_clock_new () : ohm_clock_new_manual (0, 1000 * MS);
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
  fixture->heard = g_string_new (NULL);
}

static void
test_watcher_teardown (TestWatcherFixture *fixture, gconstpointer is_real)
{
  g_assert_finalize_object (fixture->watcher);
  g_assert_finalize_object (fixture->clock);
  g_string_free (fixture->heard, TRUE);
}

static void
test_watcher_assert_heard (TestWatcherFixture *fixture, const char *expected)
{
  g_assert_cmpstr (fixture->heard->str, ==, expected);
  g_string_truncate (fixture->heard, 0);
}

static void
test_watcher_spin (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_watcher_move (TestWatcherFixture *fixture, gint64 ms)
{
  ohm_clock_move (fixture->clock, 0, ohm_clock_get_mono_us (fixture->clock) + ms * MS);
  test_watcher_spin ();
}

static void
test_watcher_on_event (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  TestWatcherUser *user = user_data;
  char byte;

  user->n++;
  g_string_append_printf (user->fixture->heard, "%s%s%s%s%s ", user->name,
                          events & OHM_WATCH_READ ? "r" : "", events & OHM_WATCH_WRITE ? "w" : "",
                          events & OHM_WATCH_ERROR ? "e" : "",
                          events & OHM_WATCH_DEADLINE ? "d" : "");
  if (user->reads && (events & OHM_WATCH_READ))
    g_assert_cmpint (read (GPOINTER_TO_INT (
                             g_object_get_data (G_OBJECT (user->fixture->clock), user->name)),
                           &byte, 1),
                     >=, 0);
  if (events & OHM_WATCH_DEADLINE)
    g_assert_cmpint (ohm_watch_get_deadline (watch), ==, -1);
  if (user->again_us >= 0)
    ohm_watch_set_deadline (watch, user->again_us);
  if (user->victim != NULL)
    ohm_watch_remove (g_steal_pointer (&user->victim));
}

static TestWatcherUser
test_watcher_user (TestWatcherFixture *fixture, const char *name)
{
  return (TestWatcherUser){ .fixture = fixture, .name = name, .again_us = -1 };
}

static void
test_watcher_add (TestWatcherUser *user, int fd, OhmWatchEvents events)
{
  user->watch = ohm_watcher_add (user->fixture->watcher, fd, events, test_watcher_on_event, user);
  if (fd >= 0)
    g_object_set_data (G_OBJECT (user->fixture->clock), user->name, GINT_TO_POINTER (fd));
}

static void
test_watcher_deadlines (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser a = test_watcher_user (fixture, "a");
  TestWatcherUser b = test_watcher_user (fixture, "b");
  TestWatcherUser c = test_watcher_user (fixture, "c");

  test_watcher_add (&a, -1, 0);
  test_watcher_add (&b, -1, 0);
  test_watcher_add (&c, -1, 0);
  g_assert_true (ohm_watcher_get_clock (fixture->watcher) == fixture->clock);
  g_assert_cmpint (ohm_watch_get_deadline (a.watch), ==, -1);
  ohm_watch_set_deadline (a.watch, 1030 * MS);
  ohm_watch_set_deadline (b.watch, 1010 * MS);
  ohm_watch_set_deadline (c.watch, 1010 * MS);
  g_assert_cmpint (ohm_watch_get_deadline (a.watch), ==, 1030 * MS);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "");
  test_watcher_move (fixture, 10);
  test_watcher_assert_heard (fixture, "bd cd ");
  test_watcher_move (fixture, 10);
  test_watcher_assert_heard (fixture, "");
  ohm_watch_set_deadline (a.watch, 1050 * MS);
  test_watcher_move (fixture, 20);
  test_watcher_assert_heard (fixture, "");
  ohm_watch_set_deadline (a.watch, 5);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "ad ");
  ohm_watch_set_deadline (a.watch, 1100 * MS);
  ohm_watch_set_deadline (a.watch, -1);
  ohm_watch_set_deadline (b.watch, 1100 * MS);
  ohm_watch_remove (b.watch);
  test_watcher_move (fixture, 1000);
  test_watcher_assert_heard (fixture, "");
}

static void
test_watcher_many_deadlines (TestWatcherFixture *fixture, gconstpointer is_real)
{
  enum
  {
    N = 1000
  };
  g_autofree TestWatcherUser *users = g_new0 (TestWatcherUser, N);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  guint expected = 0;

  for (int i = 0; i < N; i++)
    {
      users[i] = test_watcher_user (fixture, "x");
      test_watcher_add (&users[i], -1, 0);
    }
  for (int i = 0; i < 20 * N; i++)
    {
      gint64 deadline_us = g_rand_int_range (rand, -1, 900) * MS;

      ohm_watch_set_deadline (users[g_rand_int_range (rand, 0, N)].watch,
                              deadline_us < 0 ? -1 : 1001 * MS + deadline_us);
    }
  for (int ms = 0; ms < 1000; ms++)
    {
      test_watcher_move (fixture, 1);
      for (int i = 0; i < N; i++)
        {
          gint64 deadline_us = ohm_watch_get_deadline (users[i].watch);

          g_assert_true (deadline_us == -1 || deadline_us > ohm_clock_get_mono_us (fixture->clock));
        }
    }
  for (int i = 0; i < N; i++)
    {
      g_assert_cmpuint (users[i].n, <=, 1);
      expected += users[i].n;
    }
  g_assert_cmpuint (fixture->heard->len, ==, 3 * expected);
  g_assert_cmpuint (expected, >, N * 9 / 10);
}

/* A timer that sets itself in the past gets a turn per dispatch, and others theirs. */
static void
test_watcher_busy_timer (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser busy = test_watcher_user (fixture, "b");
  TestWatcherUser calm = test_watcher_user (fixture, "c");

  busy.again_us = 0;
  test_watcher_add (&busy, -1, 0);
  test_watcher_add (&calm, -1, 0);
  ohm_watch_set_deadline (busy.watch, 0);
  ohm_watch_set_deadline (calm.watch, 1000 * MS);
  for (int i = 0; i < 10; i++)
    g_assert_true (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (busy.n, ==, 10);
  g_assert_cmpuint (calm.n, ==, 1);
}

static void
test_watcher_descriptors (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser a = test_watcher_user (fixture, "a");
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), ==, 0);
  a.reads = TRUE;
  test_watcher_add (&a, fds[0], OHM_WATCH_READ);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "");
  g_assert_cmpint (write (fds[1], "xy", 2), ==, 2);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "ar ar ");
  ohm_watch_set_events (a.watch, OHM_WATCH_READ | OHM_WATCH_WRITE);
  g_main_context_iteration (NULL, FALSE);
  test_watcher_assert_heard (fixture, "aw ");
  ohm_watch_set_events (a.watch, OHM_WATCH_READ);
  ohm_watch_set_events (a.watch, OHM_WATCH_READ);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "");
  ohm_watch_set_deadline (a.watch, 1000 * MS);
  g_assert_cmpint (write (fds[1], "z", 1), ==, 1);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "ar ad ");
  close (fds[1]);
  g_main_context_iteration (NULL, FALSE);
  test_watcher_assert_heard (fixture, "are ");
  ohm_watch_remove (a.watch);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "");
  close (fds[0]);
}

static void
test_watcher_removes_during_dispatch (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser users[4];
  int fds[4];

  for (int i = 0; i < 4; i++)
    {
      static const char *const names[] = { "0", "1", "2", "3" };

      users[i] = test_watcher_user (fixture, names[i]);
      fds[i] = open ("/dev/null", O_RDWR | O_CLOEXEC);
      test_watcher_add (&users[i], -1, 0);
      ohm_watch_set_deadline (users[i].watch, 1000 * MS + i);
    }
  users[0].victim = users[1].watch;
  users[2].victim = users[2].watch;
  test_watcher_move (fixture, 1);
  test_watcher_assert_heard (fixture, "0d 2d 3d ");
  for (int i = 0; i < 4; i++)
    close (fds[i]);
}

static void
test_watcher_removes_ready (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser a = test_watcher_user (fixture, "a");
  TestWatcherUser b = test_watcher_user (fixture, "b");
  int first[2];
  int second[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, first), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, second), ==, 0);
  a.reads = b.reads = TRUE;
  test_watcher_add (&a, first[0], OHM_WATCH_READ);
  test_watcher_add (&b, second[0], OHM_WATCH_READ);
  a.victim = b.watch;
  b.victim = a.watch;
  g_assert_cmpint (write (first[1], "x", 1), ==, 1);
  g_assert_cmpint (write (second[1], "x", 1), ==, 1);
  test_watcher_spin ();
  g_assert_cmpuint (a.n + b.n, ==, 1); /* whoever was first has removed the other */
  close (first[0]);
  close (first[1]);
  close (second[0]);
  close (second[1]);
}

/* A regular file cannot be watched: that is told as an error, once. */
static void
test_watcher_refused (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser a = test_watcher_user (fixture, "a");
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("ohm-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  test_watcher_add (&a, fd, OHM_WATCH_READ);
  ohm_watch_set_deadline (a.watch, 5000 * MS);
  g_assert_cmpint (ohm_watch_get_deadline (a.watch), ==, -1);
  ohm_watch_set_events (a.watch, OHM_WATCH_WRITE);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "ae ");
  ohm_watch_set_deadline (a.watch, 0);
  test_watcher_spin ();
  test_watcher_assert_heard (fixture, "ad ");
  ohm_watch_remove (a.watch);
  close (fd);
  unlink (path);
}

static void
test_watcher_on_flood (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* More ready descriptors than one dispatch takes: none starves, nor does a deadline. */
static void
test_watcher_fair (TestWatcherFixture *fixture, gconstpointer is_real)
{
  enum
  {
    N = 150
  };
  TestWatcherUser timer = test_watcher_user (fixture, "t");
  OhmWatch *watches[N];
  guint counts[N] = { 0 };
  int fds[N][2];

  for (int i = 0; i < N; i++)
    {
      g_assert_cmpint (pipe2 (fds[i], O_CLOEXEC), ==, 0);
      watches[i] = ohm_watcher_add (fixture->watcher, fds[i][1], OHM_WATCH_WRITE,
                                    test_watcher_on_flood, &counts[i]);
    }
  test_watcher_add (&timer, -1, 0);
  ohm_watch_set_deadline (timer.watch, 0);
  for (int i = 0; i < 60; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (timer.n, ==, 1);
  for (int i = 0; i < N; i++)
    {
      g_assert_cmpuint (counts[i], >=, 60 * 64 / N - 1);
      ohm_watch_remove (watches[i]);
      close (fds[i][0]);
      close (fds[i][1]);
    }
}

static void
test_watcher_on_dispose (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  TestWatcherFixture *fixture = user_data;

  g_clear_object (&fixture->watcher);
}

static void
test_watcher_dropped_during_dispatch (TestWatcherFixture *fixture, gconstpointer is_real)
{
  OhmWatch *watch = ohm_watcher_add (fixture->watcher, -1, 0, test_watcher_on_dispose, fixture);

  ohm_watch_set_deadline (watch, 0);
  test_watcher_spin ();
  g_assert_null (fixture->watcher);
  fixture->watcher = ohm_watcher_new (fixture->clock, g_main_context_default ());
}

static void
test_watcher_real_timer (TestWatcherFixture *fixture, gconstpointer is_real)
{
  TestWatcherUser a = test_watcher_user (fixture, "a");
  TestWatcherUser b = test_watcher_user (fixture, "b");
  gint64 begin_us = ohm_clock_get_mono_us (fixture->clock);
  guint turns = 0;

  test_watcher_add (&a, -1, 0);
  test_watcher_add (&b, -1, 0);
  ohm_watch_set_deadline (a.watch, begin_us + 20 * MS);
  ohm_watch_set_deadline (b.watch, begin_us + 10 * MS);
  ohm_watch_set_deadline (b.watch, begin_us + 30 * MS);
  for (; b.n == 0; turns++)
    g_main_context_iteration (NULL, TRUE);
  test_watcher_assert_heard (fixture, "ad bd ");
  g_assert_cmpint (ohm_clock_get_mono_us (fixture->clock), >=, begin_us + 30 * MS);
  g_assert_cmpuint (turns, <=, 6); /* nothing spins */
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  ohm_watch_set_deadline (a.watch, 0);
  g_main_context_iteration (NULL, TRUE);
  test_watcher_assert_heard (fixture, "ad ");
  g_assert_false (g_main_context_iteration (NULL, FALSE));
}

static void
test_watcher_add_case (const char *name,
                       gboolean is_real,
                       void (*func) (TestWatcherFixture *fixture, gconstpointer is_real))
{
  g_autofree char *path = g_strconcat ("/watcher/", name, NULL);

  g_test_add (path, TestWatcherFixture, GINT_TO_POINTER (is_real), test_watcher_setup, func,
              test_watcher_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_watcher_add_case ("deadlines", FALSE, test_watcher_deadlines);
  test_watcher_add_case ("many-deadlines", FALSE, test_watcher_many_deadlines);
  test_watcher_add_case ("busy-timer", FALSE, test_watcher_busy_timer);
  test_watcher_add_case ("descriptors", FALSE, test_watcher_descriptors);
  test_watcher_add_case ("removes-during-dispatch", FALSE, test_watcher_removes_during_dispatch);
  test_watcher_add_case ("removes-ready", FALSE, test_watcher_removes_ready);
  test_watcher_add_case ("refused", FALSE, test_watcher_refused);
  test_watcher_add_case ("fair", FALSE, test_watcher_fair);
  test_watcher_add_case ("fair-real", TRUE, test_watcher_fair);
  test_watcher_add_case ("dropped-during-dispatch", FALSE, test_watcher_dropped_during_dispatch);
  test_watcher_add_case ("real-timer", TRUE, test_watcher_real_timer);
  return g_test_run ();
}
