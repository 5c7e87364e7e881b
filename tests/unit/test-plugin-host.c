/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plugin-host.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "dir-fixture.h"
#include "ohm-plugin-check.h"
#include "ohm-test-log.h"

typedef struct
{
  OhmTestDir *dir;
  OhmBus *bus;
  OhmPluginHost *host;
  GString *heard;
} TestPluginHostFixture;

static void
test_plugin_host_on_changed (const OhmChange *change, gpointer owner)
{
  TestPluginHostFixture *f = g_object_get_data (owner, "fixture");

  g_string_append_printf (f->heard, "%s%s ", change->is_gone ? "-" : "", change->id);
}

static void
test_plugin_host_setup (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  const char *dirs[3] = { NULL };

  f->dir = fixture_dir_new ();
  f->heard = g_string_new (NULL);
  fixture_dir_make (f->dir, "a");
  fixture_dir_make (f->dir, "b");
  first = fixture_dir_dup_path (f->dir, "a");
  second = fixture_dir_dup_path (f->dir, "b");
  dirs[0] = first;
  dirs[1] = second;
  f->bus = ohm_bus_new ();
  f->host = ohm_plugin_host_new (f->bus, dirs);
  g_object_set_data (G_OBJECT (f->host), "fixture", f);
  ohm_bus_connect_plugin_changed (f->bus, "test", test_plugin_host_on_changed, f->host);
}

static void
test_plugin_host_teardown (TestPluginHostFixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->host);
  g_assert_finalize_object (f->bus);
  fixture_dir_free (f->dir);
  g_string_free (f->heard, TRUE);
}

static void
test_plugin_host_expect_refusal (void)
{
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "plugin * refused: *, ignoring");
}

/* (nullable): the entry of a file; built-in plugins have none */
static const OhmPluginEntry *
test_plugin_host_lookup (TestPluginHostFixture *f, const char *name)
{
  g_autofree char *path = fixture_dir_dup_path (f->dir, name);
  GPtrArray *entries = ohm_plugin_host_get_entries (f->host);

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmPluginEntry *entry = g_ptr_array_index (entries, i);

      if (g_strcmp0 (entry->file, path) == 0)
        return entry;
    }
  return NULL;
}

/* g_assert_nonnull() may return, and compilers know it. */
static const OhmPluginEntry *
test_plugin_host_find (TestPluginHostFixture *f, const char *name)
{
  const OhmPluginEntry *entry = test_plugin_host_lookup (f, name);

  g_assert (entry != NULL);
  return entry;
}

static void
test_plugin_host_assert_refused (TestPluginHostFixture *f, const char *name, const char *reason)
{
  const OhmPluginEntry *entry = test_plugin_host_find (f, name);

  g_assert_cmpint (entry->state, ==, OHM_PLUGIN_REFUSED);
  g_assert_cmpstr (entry->reason, ==, reason);
  g_assert_null (entry->info);
}

static void
test_plugin_host_assert_loaded (TestPluginHostFixture *f, const char *name)
{
  const OhmPluginEntry *entry = test_plugin_host_find (f, name);

  g_assert_cmpstr (entry->reason, ==, NULL);
  g_assert_cmpint (entry->state, ==, OHM_PLUGIN_LOADED);
  g_assert_nonnull (entry->info);
}

static void
test_plugin_host_assert_heard (TestPluginHostFixture *f, const char *expected)
{
  g_assert_cmpstr (f->heard->str, ==, expected);
  g_string_truncate (f->heard, 0);
}

static void
test_plugin_host_chmod (TestPluginHostFixture *f, const char *name, mode_t mode)
{
  g_autofree char *path = fixture_dir_dup_path (f->dir, name);

  g_assert_cmpint (chmod (path, mode), ==, 0);
}

/* Nothing there, or a folder that is not there: no plugins, no complaint. */
static void
test_plugin_host_empty (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree const char **ids = NULL;

  fixture_dir_remove (f->dir, "b");
  fixture_dir_write (f->dir, "a/readme.txt", "no plugin");
  fixture_dir_write (f->dir, "a/.hidden.so", "no plugin");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "");
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER), ==,
                    G_TYPE_INVALID);
  ids = ohm_plugin_host_list_ids (f->host, OHM_TYPE_UPLINK);
  g_assert_null (ids[0]);
}

static void
test_plugin_host_load (TestPluginHostFixture *f, gconstpointer data)
{
  const OhmPluginEntry *entry;
  g_autofree const char **meters = NULL;
  g_autofree const char **transports = NULL;

  fixture_dir_install (f->dir, "test-net", "b/test-net.so");
  fixture_dir_install (f->dir, "good", "a/good.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/good.so");
  test_plugin_host_assert_loaded (f, "b/test-net.so");
  test_plugin_host_assert_heard (f, "good test-net ");
  entry = test_plugin_host_find (f, "b/test-net.so");
  g_assert_cmpstr (entry->id, ==, "test-net");
  g_assert_cmpstr (entry->info->summary, ==, "Stations that are reached without a network");
  g_assert_cmpstr (entry->info->license, ==, "LGPL-2.1-or-later");

  g_assert_true (
    g_type_is_a (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER), OHM_TYPE_METER));
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_TRANSPORT), ==,
                    G_TYPE_INVALID);
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "test-net", OHM_TYPE_TRANSPORT), !=,
                    G_TYPE_INVALID);
  meters = ohm_plugin_host_list_ids (f->host, OHM_TYPE_METER);
  g_assert_true (g_strv_contains (meters, "good"));
  g_assert_false (g_strv_contains (meters, "test-net"));
  transports = ohm_plugin_host_list_ids (f->host, OHM_TYPE_TRANSPORT);
  g_assert_true (g_strv_contains (transports, "test-net"));

  /* nothing changed */
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "");
}

static char *
test_plugin_host_dup_expectation (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "tests", "data", "broken",
                                            "plugins", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  const char *begin, *end;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  begin = strstr (text, "expect: ");
  g_assert_nonnull (begin);
  begin += strlen ("expect: ");
  end = strstr (begin, " */");
  g_assert_nonnull (end);
  return g_strndup (begin, (gsize) (end - begin));
}

/* Every plugin of the zoo earns its own reason, and harms nobody. */
static void
test_plugin_host_zoo (TestPluginHostFixture *f, gconstpointer data)
{
  static const char *const names[] = {
    "Bad_Id",       "abstract-type", "no-gtype",   "no-id",  "no-symbol", "no-type",    "other-id",
    "small-object", "small-size",    "unresolved", "sticky", "wrong-abi", "wrong-type",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_strdup_printf ("a/%s.so", names[i]);

      fixture_dir_install (f->dir, names[i], file);
      test_plugin_host_expect_refusal ();
    }
  fixture_dir_install (f->dir, "other", "b/other.so");
  ohm_plugin_host_scan (f->host);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_strdup_printf ("a/%s.so", names[i]);
      g_autofree char *source = g_strdup_printf ("%s.c", names[i]);
      g_autofree char *reason = test_plugin_host_dup_expectation (source);

      test_plugin_host_assert_refused (f, file, reason);
      g_assert_cmpuint (ohm_plugin_host_find_type (f->host, names[i], OHM_TYPE_METER), ==,
                        G_TYPE_INVALID);
    }
  test_plugin_host_assert_loaded (f, "b/other.so");
  g_string_truncate (f->heard, 0);
  /* told once, not at every scan */
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "");
}

static void
test_plugin_host_no_modules (TestPluginHostFixture *f, gconstpointer data)
{
  fixture_dir_write (f->dir, "a/text.so", "#!/bin/sh\n");
  fixture_dir_write (f->dir, "a/void.so", "");
  fixture_dir_make (f->dir, "a/folder.so");
  for (guint i = 0; i < 3; i++)
    test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_refused (f, "a/text.so", "cannot be loaded: file too short");
  test_plugin_host_assert_refused (f, "a/void.so", "cannot be loaded: file too short");
  test_plugin_host_assert_refused (f, "a/folder.so", "not a regular file");
  g_string_truncate (f->heard, 0);

  /* what is gone is forgotten */
  fixture_dir_remove (f->dir, "a/text.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "-text ");
  g_assert_null (test_plugin_host_lookup (f, "a/text.so"));
}

static void
test_plugin_host_links (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *file = fixture_dir_dup_path (f->dir, "good.so");
  g_autofree char *soft = fixture_dir_dup_path (f->dir, "a/soft.so");
  g_autofree char *loose = fixture_dir_dup_path (f->dir, "a/loose.so");
  g_autofree char *hard = fixture_dir_dup_path (f->dir, "a/good.so");
  g_autofree char *fifo = fixture_dir_dup_path (f->dir, "a/fifo.so");

  fixture_dir_install (f->dir, "good", "good.so");
  g_assert_cmpint (symlink (file, soft), ==, 0);
  g_assert_cmpint (symlink ("/nonexistent", loose), ==, 0);
  g_assert_cmpint (link (file, hard), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);
  for (guint i = 0; i < 4; i++)
    test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_refused (f, "a/soft.so", "cannot be opened: it is a symbolic link");
  test_plugin_host_assert_refused (f, "a/loose.so", "cannot be opened: it is a symbolic link");
  test_plugin_host_assert_refused (f, "a/good.so", "has 2 hard links, expected one");
  test_plugin_host_assert_refused (f, "a/fifo.so", "not a regular file");
  g_string_truncate (f->heard, 0);
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "");

  /* the second name goes: then it is one as it should be */
  g_assert_cmpint (unlink (file), ==, 0);
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/good.so");
  test_plugin_host_assert_heard (f, "good ");
}

static void
test_plugin_host_modes (TestPluginHostFixture *f, gconstpointer data)
{
  fixture_dir_install (f->dir, "other", "a/other.so");
  fixture_dir_install (f->dir, "good", "b/good.so");
  test_plugin_host_chmod (f, "a/other.so", 0664);
  test_plugin_host_chmod (f, "b", 0777);
  test_plugin_host_expect_refusal ();
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_refused (f, "a/other.so", "the file is writable by others (mode 0664)");
  test_plugin_host_assert_refused (f, "b/good.so",
                                   "its directory is writable by others (mode 0777)");
  test_plugin_host_expect_refusal ();
  test_plugin_host_chmod (f, "a/other.so", 04755);
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_refused (f, "a/other.so", "is set-id (mode 4755)");
  g_string_truncate (f->heard, 0);

  /* mended modes are seen, though the files are the same */
  test_plugin_host_chmod (f, "a/other.so", 0644);
  test_plugin_host_chmod (f, "b", 0755);
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/other.so");
  test_plugin_host_assert_loaded (f, "b/good.so");
  test_plugin_host_assert_heard (f, "other good ");
}

static void
test_plugin_host_owner (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *file = fixture_dir_dup_path (f->dir, "a/good.so");

  fixture_dir_install (f->dir, "good", "a/good.so");
  if (geteuid () != 0 || chown (file, 65534, 65534) != 0)
    {
      g_test_skip ("only root can give a file away");
      return;
    }
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_refused (
    f, "a/good.so", "the file belongs to user 65534, expected root or the daemon's own user");
}

static void
test_plugin_host_duplicate (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *first = fixture_dir_dup_path (f->dir, "a/good.so");
  g_autofree char *reason = g_strdup_printf ("a plugin 'good' is loaded already from %s", first);

  fixture_dir_install (f->dir, "good", "a/good.so");
  fixture_dir_install (f->dir, "good", "b/good.so");
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/good.so");
  test_plugin_host_assert_refused (f, "b/good.so", reason);
  g_string_truncate (f->heard, 0);

  /* the second goes: the plugin is still there */
  fixture_dir_remove (f->dir, "b/good.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "good ");
  test_plugin_host_assert_loaded (f, "a/good.so");
}

/* A refused file that is replaced by a good one is picked up. */
static void
test_plugin_host_repaired (TestPluginHostFixture *f, gconstpointer data)
{
  static const char *const broken[] = { "other-id", "wrong-abi", "unresolved" };

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      fixture_dir_install (f->dir, broken[i], "a/good.so");
      test_plugin_host_expect_refusal ();
      ohm_plugin_host_scan (f->host);
      g_assert_cmpint (test_plugin_host_find (f, "a/good.so")->state, ==, OHM_PLUGIN_REFUSED);
    }
  fixture_dir_install (f->dir, "good", "a/good.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/good.so");
}

/* A loaded module is never closed: another file is for the next start. */
static void
test_plugin_host_changed (TestPluginHostFixture *f, gconstpointer data)
{
  const OhmPluginEntry *entry;
  GType type;

  fixture_dir_install (f->dir, "good", "a/good.so");
  ohm_plugin_host_scan (f->host);
  type = ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER);
  g_string_truncate (f->heard, 0);
  fixture_dir_install (f->dir, "good-2", "a/good.so");
  ohm_plugin_host_scan (f->host);
  entry = test_plugin_host_find (f, "a/good.so");
  g_assert_cmpint (entry->state, ==, OHM_PLUGIN_RESTART_NEEDED);
  g_assert_nonnull (entry->info);
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER), ==, type);
  test_plugin_host_assert_heard (f, "good ");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "");

  /* nor does it go with its file */
  fixture_dir_remove (f->dir, "a/good.so");
  ohm_plugin_host_scan (f->host);
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER), ==, type);
}

/* What is loaded is no longer the file: `cp` over it truncates it first. */
static void
test_plugin_host_overwritten (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GTypeClass) klass = NULL;
  FILE *file;

  fixture_dir_install (f->dir, "good", "a/good.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/good.so");
  path = fixture_dir_dup_path (f->dir, "a/good.so");
  file = fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fclose (file), ==, 0);

  /* its code runs on */
  klass = g_type_class_ref (ohm_plugin_host_find_type (f->host, "good", OHM_TYPE_METER));
  g_assert_true (OHM_IS_METER_CLASS (klass));
  g_assert_true (g_str_equal (test_plugin_host_find (f, "a/good.so")->info->id, "good"));
  ohm_plugin_host_scan (f->host);
  g_assert_cmpint (test_plugin_host_find (f, "a/good.so")->state, ==, OHM_PLUGIN_RESTART_NEEDED);
}

/* A loader knows modules by their path: a descriptor whose number is used again must not bring an
 * earlier module, whether that was refused and closed, kept by the loader all the same, or had
 * registered types already. */
static void
test_plugin_host_descriptors (TestPluginHostFixture *f, gconstpointer data)
{
  static const char *const earlier[] = { "wrong-abi", "sticky", "wrong-type" };

  for (guint i = 0; i < G_N_ELEMENTS (earlier); i++)
    {
      g_autofree char *file = g_strdup_printf ("a/%s.so", earlier[i]);

      fixture_dir_install (f->dir, earlier[i], file);
      test_plugin_host_expect_refusal ();
      ohm_plugin_host_scan (f->host);
      fixture_dir_remove (f->dir, file);
      ohm_plugin_host_scan (f->host);
    }
  fixture_dir_install (f->dir, "test-net", "a/test-net.so");
  fixture_dir_install (f->dir, "other", "a/other.so");
  fixture_dir_install (f->dir, "good", "a/good.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_loaded (f, "a/test-net.so");
  test_plugin_host_assert_loaded (f, "a/other.so");
  test_plugin_host_assert_loaded (f, "a/good.so");
  g_assert_cmpstr (test_plugin_host_find (f, "a/other.so")->info->id, ==, "other");
}

/* Entries are sorted by id, then file, as people want to see them. */
static void
test_plugin_host_order (TestPluginHostFixture *f, gconstpointer data)
{
  GPtrArray *entries;

  fixture_dir_install (f->dir, "other", "a/other.so");
  fixture_dir_install (f->dir, "good", "b/good.so");
  fixture_dir_install (f->dir, "good", "a/zoo.so");
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  entries = ohm_plugin_host_get_entries (f->host);
  for (guint i = 1; i < entries->len; i++)
    {
      const OhmPluginEntry *left = g_ptr_array_index (entries, i - 1);
      const OhmPluginEntry *right = g_ptr_array_index (entries, i);

      g_assert_cmpstr (left->id, <=, right->id);
    }
}

/* The path between check and load does not matter: what was checked is loaded. */
static void
test_plugin_host_check_open (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree char *file = fixture_dir_dup_path (f->dir, "a/good.so");
  g_autofree char *none = fixture_dir_dup_path (f->dir, "a/none.so");
  g_autoptr (GError) error = NULL;
  struct stat checked;
  struct stat now;
  int fd;

  g_assert_cmpint (ohm_plugin_check_open (none, &checked, &error), ==, -1);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PLUGIN);
  g_clear_error (&error);
  fixture_dir_install (f->dir, "good", "a/good.so");
  fd = ohm_plugin_check_open (file, &checked, &error);
  g_assert_no_error (error);
  fixture_dir_install (f->dir, "wrong-abi", "a/good.so");
  g_assert_cmpint (fstat (fd, &now), ==, 0);
  g_assert_cmpuint (now.st_ino, ==, checked.st_ino);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd);
}

static void
test_plugin_host_assert_waiting (TestPluginHostFixture *f, const char *name)
{
  const OhmPluginEntry *entry = test_plugin_host_find (f, name);

  g_assert_cmpint (entry->state, ==, OHM_PLUGIN_WAITING);
  g_assert_cmpint (entry->kinds, ==, OHM_PLUGIN_UPLINK);
  g_assert_null (entry->info);
}

/* An uplink is opened when somebody asks for its type, and for no other. */
static void
test_plugin_host_waits (TestPluginHostFixture *f, gconstpointer data)
{
  g_autofree const char **uplinks = NULL;

  fixture_dir_install (f->dir, "json-lines", "a/json-lines.so");
  fixture_dir_install (f->dir, "json-lines", "b/json-lines.so");
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_waiting (f, "a/json-lines.so");
  g_assert_cmpint (test_plugin_host_find (f, "b/json-lines.so")->state, ==, OHM_PLUGIN_REFUSED);
  uplinks = ohm_plugin_host_list_ids (f->host, OHM_TYPE_UPLINK);
  g_assert_cmpstr (uplinks[0], ==, "json-lines");
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "json-lines", OHM_TYPE_METER), ==,
                    G_TYPE_INVALID);
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_waiting (f, "a/json-lines.so");
  g_string_truncate (f->heard, 0);

  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "json-lines", OHM_TYPE_UPLINK), !=,
                    G_TYPE_INVALID);
  test_plugin_host_assert_loaded (f, "a/json-lines.so");
  test_plugin_host_assert_heard (f, "json-lines ");
}

/* What waits has run nothing yet: it may change, go, and be found wrong when it is opened. */
static void
test_plugin_host_waits_and_changes (TestPluginHostFixture *f, gconstpointer data)
{
  fixture_dir_install (f->dir, "test-account", "a/wrong.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_waiting (f, "a/wrong.so");
  test_plugin_host_expect_refusal ();
  g_assert_cmpuint (ohm_plugin_host_find_type (f->host, "wrong", OHM_TYPE_UPLINK), ==,
                    G_TYPE_INVALID);
  test_plugin_host_assert_refused (f, "a/wrong.so",
                                   "calls itself 'test-account', but the file is named 'wrong'");

  fixture_dir_install (f->dir, "good", "a/test-account.so");
  test_plugin_host_expect_refusal ();
  ohm_plugin_host_scan (f->host);
  fixture_dir_install (f->dir, "test-account", "a/test-account.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_waiting (f, "a/test-account.so");
  fixture_dir_install (f->dir, "test-account", "a/test-account.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_waiting (f, "a/test-account.so");
  g_string_truncate (f->heard, 0);
  fixture_dir_remove (f->dir, "a/test-account.so");
  ohm_plugin_host_scan (f->host);
  test_plugin_host_assert_heard (f, "-test-account ");
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestPluginHostFixture, NULL, test_plugin_host_setup, func,                     \
              test_plugin_host_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/plugin-host/empty", test_plugin_host_empty);
  TEST ("/plugin-host/load", test_plugin_host_load);
  TEST ("/plugin-host/zoo", test_plugin_host_zoo);
  TEST ("/plugin-host/no-modules", test_plugin_host_no_modules);
  TEST ("/plugin-host/links", test_plugin_host_links);
  TEST ("/plugin-host/modes", test_plugin_host_modes);
  TEST ("/plugin-host/owner", test_plugin_host_owner);
  TEST ("/plugin-host/duplicate", test_plugin_host_duplicate);
  TEST ("/plugin-host/repaired", test_plugin_host_repaired);
  TEST ("/plugin-host/changed", test_plugin_host_changed);
  TEST ("/plugin-host/overwritten", test_plugin_host_overwritten);
  TEST ("/plugin-host/descriptors", test_plugin_host_descriptors);
  TEST ("/plugin-host/order", test_plugin_host_order);
  TEST ("/plugin-host/check-open", test_plugin_host_check_open);
  TEST ("/plugin-host/waits", test_plugin_host_waits);
  TEST ("/plugin-host/waits-and-changes", test_plugin_host_waits_and_changes);
  return g_test_run ();
}
