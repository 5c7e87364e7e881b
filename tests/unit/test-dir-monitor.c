/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dir-monitor.h"

#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "dir-fixture.h"

/* Longer than any machine needs; what must not come is proved by something that must. */
#define PATIENCE_S 20

typedef struct
{
  OhmTestDir *dir;
  char *path;
  OhmDirMonitor *monitor;
  guint n;
  gint64 called_us;
} TestMonitorFixture;

static void
test_monitor_on_changed (gpointer user_data)
{
  TestMonitorFixture *f = user_data;

  f->n++;
  f->called_us = g_get_monotonic_time ();
}

static void
test_monitor_watch (TestMonitorFixture *f, const char *first, const char *second)
{
  g_autofree char *one = fixture_dir_dup_path (f->dir, first);
  g_autofree char *two = fixture_dir_dup_path (f->dir, second);
  const char *dirs[] = { one, two, NULL };

  f->monitor = ohm_dir_monitor_new (dirs, test_monitor_on_changed, f);
}

static void
test_monitor_setup (TestMonitorFixture *f, gconstpointer data)
{
  f->dir = fixture_dir_new ();
  fixture_dir_make (f->dir, "a");
  fixture_dir_make (f->dir, "b");
}

static void
test_monitor_teardown (TestMonitorFixture *f, gconstpointer data)
{
  if (f->monitor != NULL)
    g_assert_finalize_object (f->monitor);
  fixture_dir_free (f->dir);
}

static gboolean
test_monitor_on_patience (gpointer user_data)
{
  g_assert_not_reached ();
}

/* Waits for one call; returns how long after now it came. */
static gint64
test_monitor_wait (TestMonitorFixture *f)
{
  gint64 start_us = g_get_monotonic_time ();
  guint id = g_timeout_add_seconds (PATIENCE_S, test_monitor_on_patience, NULL);
  guint n = f->n;

  while (f->n == n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (id);
  g_assert_cmpuint (f->n, ==, n + 1);
  return f->called_us - start_us;
}

static void
test_monitor_events (TestMonitorFixture *f, gconstpointer data)
{
  g_autofree char *from = fixture_dir_dup_path (f->dir, "a/x");
  g_autofree char *to = fixture_dir_dup_path (f->dir, "b/x");

  test_monitor_watch (f, "a", "b");
  fixture_dir_write (f->dir, "a/x", "new");
  test_monitor_wait (f);
  fixture_dir_write (f->dir, "a/x", "changed");
  test_monitor_wait (f);
  g_assert_cmpint (g_chmod (from, 0600), ==, 0);
  test_monitor_wait (f);
  g_assert_cmpint (g_rename (from, to), ==, 0);
  test_monitor_wait (f);
  fixture_dir_remove (f->dir, "b/x");
  test_monitor_wait (f);
  g_assert_cmpuint (f->n, ==, 5);
}

/* Many files are one change, and the first of them does not wait for ever. */
static void
test_monitor_burst (TestMonitorFixture *f, gconstpointer data)
{
  test_monitor_watch (f, "a", "b");
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *name = g_strdup_printf ("a/%u", i);

      fixture_dir_write (f->dir, name, "x");
    }
  test_monitor_wait (f);
  fixture_dir_remove (f->dir, "a/0");
  test_monitor_wait (f);
  g_assert_cmpuint (f->n, ==, 2);
}

static gboolean
test_monitor_on_drip (gpointer user_data)
{
  TestMonitorFixture *f = user_data;

  fixture_dir_write (f->dir, "a/drip", "x");
  return G_SOURCE_CONTINUE;
}

static void
test_monitor_drip (TestMonitorFixture *f, gconstpointer data)
{
  guint id;

  test_monitor_watch (f, "a", "b");
  id = g_timeout_add (50, test_monitor_on_drip, f);
  /* within the promised second, however long it goes on; a slow machine is forgiven */
  g_assert_cmpint (test_monitor_wait (f), <, 5 * G_USEC_PER_SEC);
  g_source_remove (id);
}

/* A file that is being written says nothing until it is closed. */
static void
test_monitor_half_written (TestMonitorFixture *f, gconstpointer data)
{
  g_autofree char *path = fixture_dir_dup_path (f->dir, "a/slow");
  gint64 start_us;
  int fd;

  test_monitor_watch (f, "a", "b");
  fd = g_open (path, O_WRONLY | O_CREAT, 0644);
  g_assert_cmpint (write (fd, "half", 4), ==, 4);
  /* temporary files of careful writers say nothing either */
  fixture_dir_write (f->dir, "a/.draft2", "x");
  start_us = g_get_monotonic_time ();
  while (g_get_monotonic_time () - start_us < 400 * G_TIME_SPAN_MILLISECOND)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (f->n, ==, 0);
  close (fd);
  test_monitor_wait (f);
}

/* Links are whole at once: `ln -s /dev/null x.profile` masks a profile. */
static void
test_monitor_links (TestMonitorFixture *f, gconstpointer data)
{
  g_autofree char *soft = fixture_dir_dup_path (f->dir, "a/soft");
  g_autofree char *hard = fixture_dir_dup_path (f->dir, "a/hard");
  g_autofree char *file = fixture_dir_dup_path (f->dir, "file");

  fixture_dir_write (f->dir, "file", "x");
  test_monitor_watch (f, "a", "b");
  g_assert_cmpint (symlink ("/dev/null", soft), ==, 0);
  test_monitor_wait (f);
  g_assert_cmpint (link (file, hard), ==, 0);
  test_monitor_wait (f);
}

/* Folders that come later, and that come again. */
static void
test_monitor_coming (TestMonitorFixture *f, gconstpointer data)
{
  test_monitor_watch (f, "etc/ohmnibus/meters.d", "etc/ohmnibus/links.d");
  /* no news: not one of the folders */
  fixture_dir_write (f->dir, "a/x", "x");
  fixture_dir_make (f->dir, "etc");
  test_monitor_wait (f);
  fixture_dir_make (f->dir, "etc/ohmnibus/meters.d");
  test_monitor_wait (f);
  fixture_dir_write (f->dir, "etc/ohmnibus/meters.d/a.meter", "x");
  test_monitor_wait (f);
  /* a folder that is replaced, as package managers and people do */
  fixture_dir_remove (f->dir, "etc/ohmnibus/meters.d/a.meter");
  test_monitor_wait (f);
  fixture_dir_remove (f->dir, "etc/ohmnibus/meters.d");
  test_monitor_wait (f);
  fixture_dir_write (f->dir, "etc/ohmnibus/meters.d/b.meter", "x");
  test_monitor_wait (f);
  fixture_dir_write (f->dir, "etc/ohmnibus/meters.d/b.meter", "y");
  test_monitor_wait (f);
}

/* Disposed of while something is about to be told. */
static void
test_monitor_dispose (TestMonitorFixture *f, gconstpointer data)
{
  TestMonitorFixture other = { .dir = f->dir };

  test_monitor_watch (f, "a", "b");
  test_monitor_watch (&other, "a", "b");
  fixture_dir_write (f->dir, "a/x", "x");
  g_main_context_iteration (NULL, TRUE);
  g_assert_finalize_object (f->monitor);
  f->monitor = NULL;
  test_monitor_wait (&other);
  g_assert_cmpuint (f->n, ==, 0);
  g_assert_finalize_object (other.monitor);
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestMonitorFixture, NULL, test_monitor_setup, func, test_monitor_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/dir-monitor/events", test_monitor_events);
  TEST ("/dir-monitor/burst", test_monitor_burst);
  TEST ("/dir-monitor/drip", test_monitor_drip);
  TEST ("/dir-monitor/half-written", test_monitor_half_written);
  TEST ("/dir-monitor/links", test_monitor_links);
  TEST ("/dir-monitor/coming", test_monitor_coming);
  TEST ("/dir-monitor/dispose", test_monitor_dispose);
  return g_test_run ();
}
