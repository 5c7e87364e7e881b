/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-profile-catalog.h"

#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "dir-fixture.h"
#include "ohm-test-log.h"

/* `shipped/` is searched first, `site/` wins. */
typedef struct
{
  OhmTestDir *dir;
  OhmBus *bus;
  OhmProfileCatalog *catalog;
  GPtrArray *heard;
} TestCatalogFixture;

static void
test_catalog_on_changed (const OhmChange *change, gpointer owner)
{
  TestCatalogFixture *f = g_object_get_data (owner, "fixture");

  g_ptr_array_add (f->heard, g_strconcat (change->is_gone ? "-" : "", change->id, NULL));
}

static void
test_catalog_setup (TestCatalogFixture *f, gconstpointer data)
{
  g_autofree char *shipped = NULL;
  g_autofree char *site = NULL;
  const char *dirs[4] = { NULL };

  f->dir = fixture_dir_new ();
  f->heard = g_ptr_array_new_with_free_func (g_free);
  shipped = fixture_dir_dup_path (f->dir, "shipped");
  site = fixture_dir_dup_path (f->dir, "site");
  dirs[0] = shipped;
  dirs[1] = "/nonexistent";
  dirs[2] = site;
  f->bus = ohm_bus_new ();
  f->catalog = ohm_profile_catalog_new (f->bus, dirs);
  g_object_set_data (G_OBJECT (f->catalog), "fixture", f);
  ohm_bus_connect_profile_changed (f->bus, "test", test_catalog_on_changed, f->catalog);
}

static void
test_catalog_teardown (TestCatalogFixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->catalog);
  g_assert_finalize_object (f->bus);
  fixture_dir_free (f->dir);
  g_ptr_array_unref (f->heard);
}

/* A profile with one register; @name tells versions apart. */
static void
test_catalog_write (TestCatalogFixture *f,
                    const char *folder,
                    const char *id,
                    const char *name,
                    const char *more)
{
  g_autofree char *file = g_strdup_printf ("%s/%s.profile", folder, id);
  g_autofree char *text = g_strdup_printf ("[profile]\nid = %s\nname = %s\nrevision = 1\n%s\n"
                                           "[registers]\nvoltage.l1-n = 0 f32\n",
                                           id, name, more);

  fixture_dir_write (f->dir, file, text);
}

static int
test_catalog_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
test_catalog_assert_scan (TestCatalogFixture *f, const char *expected)
{
  g_autofree char *heard = NULL;

  ohm_profile_catalog_scan (f->catalog);
  g_ptr_array_sort (f->heard, test_catalog_compare);
  g_ptr_array_add (f->heard, NULL);
  heard = g_strjoinv (" ", (char **) f->heard->pdata);
  g_assert_cmpstr (heard, ==, expected);
  g_ptr_array_set_size (f->heard, 0);
}

/* @name: of the profile in use; NULL for none */
static void
test_catalog_assert_uses (TestCatalogFixture *f, const char *id, const char *name)
{
  OhmProfile *profile = ohm_profile_catalog_find (f->catalog, id);

  g_assert_cmpstr (profile != NULL ? ohm_profile_get_name (profile) : NULL, ==, name);
}

/* @reason: without the folder's path; NULL for none */
static void
test_catalog_assert_reason (TestCatalogFixture *f, const char *id, const char *reason)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (f->catalog);
  g_autofree char *expected = reason != NULL ? g_strdup_printf ("%s/%s", f->dir->path, reason)
                                             : NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);

      if (!g_str_equal (entry->id, id))
        continue;
      g_assert_cmpstr (entry->reason, ==, expected);
      return;
    }
  g_assert_not_reached ();
}

static void
test_catalog_expect_refusal (void)
{
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "profile refused: *");
}

static void
test_catalog_files (TestCatalogFixture *f, gconstpointer data)
{
  g_autofree const char **ids = NULL;
  OhmProfile *profile;

  test_catalog_assert_scan (f, "");
  test_catalog_assert_uses (f, "a", NULL);
  test_catalog_write (f, "shipped", "b", "B", "");
  test_catalog_write (f, "site", "a", "A", "");
  fixture_dir_write (f->dir, "site/readme.txt", "x");
  fixture_dir_write (f->dir, "site/.x.profile", "x");
  test_catalog_assert_scan (f, "a b");
  test_catalog_assert_uses (f, "a", "A");
  ids = ohm_profile_catalog_list_ids (f->catalog);
  g_assert_cmpstr (ids[0], ==, "a");
  g_assert_cmpstr (ids[1], ==, "b");
  g_assert_null (ids[2]);

  /* what says the same is the same object, even if it was written anew */
  profile = ohm_profile_catalog_find (f->catalog, "a");
  test_catalog_write (f, "site", "a", "A", "");
  test_catalog_assert_scan (f, "");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "a") == profile);

  test_catalog_write (f, "site", "a", "Another", "");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "Another");
  fixture_dir_remove (f->dir, "site/a.profile");
  test_catalog_assert_scan (f, "-a");
  test_catalog_assert_uses (f, "a", NULL);
}

static void
test_catalog_override (TestCatalogFixture *f, gconstpointer data)
{
  test_catalog_write (f, "shipped", "a", "shipped", "");
  test_catalog_assert_scan (f, "a");
  test_catalog_write (f, "site", "a", "site", "");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "site");
  test_catalog_write (f, "shipped", "a", "shipped 2", "");
  test_catalog_assert_scan (f, "");
  fixture_dir_remove (f->dir, "site/a.profile");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "shipped 2");
}

/* An empty file, or a link to the null device, masks the type. */
static void
test_catalog_mask (TestCatalogFixture *f, gconstpointer data)
{
  g_autofree char *file = fixture_dir_dup_path (f->dir, "site/a.profile");

  test_catalog_write (f, "shipped", "a", "A", "");
  fixture_dir_write (f->dir, "site/a.profile", "");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", NULL);
  test_catalog_assert_reason (f, "a", NULL);
  fixture_dir_remove (f->dir, "site/a.profile");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "A");
  g_assert_cmpint (symlink ("/dev/null", file), ==, 0);
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", NULL);
  test_catalog_assert_scan (f, "");
}

/* One bad file disables itself alone; its last good version stays. */
static void
test_catalog_refused (TestCatalogFixture *f, gconstpointer data)
{
  OhmProfile *profile;

  test_catalog_write (f, "site", "a", "A", "");
  test_catalog_write (f, "site", "bad", "Bad", "revison = 2");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "a bad");
  test_catalog_assert_uses (f, "a", "A");
  test_catalog_assert_uses (f, "bad", NULL);
  test_catalog_assert_reason (
    f, "bad", "site/bad.profile:5: [profile] revison: unknown key; did you mean 'revision'?");

  profile = ohm_profile_catalog_find (f->catalog, "a");
  test_catalog_write (f, "site", "a", "Broken", "revison = 2");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "a");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "a") == profile);
  test_catalog_assert_reason (
    f, "a", "site/a.profile:5: [profile] revison: unknown key; did you mean 'revision'?");
  test_catalog_assert_scan (f, "");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "a") == profile);

  test_catalog_write (f, "site", "a", "Mended", "");
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "Mended");
  test_catalog_assert_reason (f, "a", NULL);
}

/* A bad file of the site does not take away what was shipped and is in use. */
static void
test_catalog_refused_override (TestCatalogFixture *f, gconstpointer data)
{
  test_catalog_write (f, "shipped", "a", "shipped", "");
  test_catalog_assert_scan (f, "a");
  fixture_dir_write (f->dir, "site/a.profile", "[profile]\nid = b\n");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "a");
  test_catalog_assert_uses (f, "a", "shipped");
}

static void
test_catalog_unreadable (TestCatalogFixture *f, gconstpointer data)
{
  static const char with_nul[] = "[profile]\nid = nul\nname = N\nrevision = 1\n\0[rubbish]\n";
  g_autofree char *fifo = fixture_dir_dup_path (f->dir, "site/fifo.profile");
  g_autofree char *loose = fixture_dir_dup_path (f->dir, "site/loose.profile");
  g_autofree char *large = g_strnfill (OHM_KEYFILE_BYTES_MAX + 1, '#');
  OhmProfile *profile;

  fixture_dir_make (f->dir, "site/folder.profile");
  g_assert_cmpint (mkfifo (fifo, 0644), ==, 0);
  g_assert_cmpint (symlink ("/nonexistent", loose), ==, 0);
  fixture_dir_write (f->dir, "site/large.profile", large);
  fixture_dir_write_bytes (f->dir, "site/nul.profile", with_nul, sizeof with_nul - 1);
  for (guint i = 0; i < 5; i++)
    test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "fifo folder large loose nul");
  test_catalog_assert_reason (f, "folder", "site/folder.profile: not a regular file");
  test_catalog_assert_reason (f, "fifo", "site/fifo.profile: not a regular file");
  test_catalog_assert_reason (f, "loose", "site/loose.profile: No such file or directory");
  test_catalog_assert_reason (f, "large", "site/large.profile: larger than 1 MiB");
  test_catalog_assert_uses (f, "nul", NULL);

  /* what becomes unreadable keeps its last good version */
  fixture_dir_remove (f->dir, "site/folder.profile");
  test_catalog_write (f, "site", "folder", "Good", "");
  test_catalog_assert_scan (f, "folder");
  profile = ohm_profile_catalog_find (f->catalog, "folder");
  g_assert_nonnull (profile);
  fixture_dir_remove (f->dir, "site/folder.profile");
  fixture_dir_make (f->dir, "site/folder.profile");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "folder");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "folder") == profile);
}

static void
test_catalog_inherits (TestCatalogFixture *f, gconstpointer data)
{
  OhmProfile *child;

  test_catalog_write (f, "shipped", "base", "Base", "");
  test_catalog_write (f, "site", "child", "Child", "inherits = base");
  test_catalog_write (f, "site", "grandchild", "Grandchild", "inherits = child");
  test_catalog_write (f, "shipped", "other", "Other", "");
  test_catalog_assert_scan (f, "base child grandchild other");
  child = ohm_profile_catalog_find (f->catalog, "child");
  g_assert_cmpstr (ohm_profile_get_parent (child), ==, "base");

  /* a parent's change is a change of its children */
  test_catalog_write (f, "shipped", "base", "Base 2", "");
  test_catalog_assert_scan (f, "base child grandchild");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "child") != child);

  /* a parent that is refused is still what it was */
  child = ohm_profile_catalog_find (f->catalog, "child");
  test_catalog_write (f, "shipped", "base", "Base 3", "revison = 2");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "base");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "child") == child);

  /* a parent that goes: the children keep their last good version, and say why */
  fixture_dir_remove (f->dir, "shipped/base.profile");
  test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "-base child");
  g_assert_true (ohm_profile_catalog_find (f->catalog, "child") == child);
  test_catalog_assert_reason (
    f, "child", "site/child.profile:5: [profile] inherits: there is no profile 'base'");
  test_catalog_write (f, "site", "base", "Base 4", "");
  test_catalog_assert_scan (f, "base child grandchild");
  test_catalog_assert_reason (f, "child", NULL);
}

static void
test_catalog_loop (TestCatalogFixture *f, gconstpointer data)
{
  test_catalog_write (f, "site", "a", "A", "inherits = b");
  test_catalog_write (f, "site", "b", "B", "inherits = a");
  test_catalog_write (f, "site", "self", "Self", "inherits = self");
  for (guint i = 0; i < 3; i++)
    test_catalog_expect_refusal ();
  test_catalog_assert_scan (f, "a b self");
  test_catalog_assert_uses (f, "a", NULL);
  test_catalog_assert_uses (f, "b", NULL);
  test_catalog_assert_uses (f, "self", NULL);
}

/* Good versions that inherit from each other in a circle, step by step. */
static void
test_catalog_slow_loop (TestCatalogFixture *f, gconstpointer data)
{
  test_catalog_write (f, "site", "a", "A", "");
  test_catalog_write (f, "site", "b", "B", "inherits = a");
  test_catalog_assert_scan (f, "a b");
  test_catalog_write (f, "site", "a", "A 2", "inherits = b");
  test_catalog_expect_refusal ();
  ohm_profile_catalog_scan (f->catalog);
  for (guint i = 0; i < 3; i++)
    {
      ohm_profile_catalog_scan (f->catalog);
      g_assert_nonnull (ohm_profile_catalog_find (f->catalog, "a"));
      g_assert_nonnull (ohm_profile_catalog_find (f->catalog, "b"));
    }
  g_ptr_array_set_size (f->heard, 0);
  test_catalog_assert_scan (f, "");
  test_catalog_write (f, "site", "a", "A 3", "");
  ohm_profile_catalog_scan (f->catalog);
  test_catalog_assert_uses (f, "a", "A 3");
  test_catalog_assert_reason (f, "a", NULL);
  test_catalog_assert_reason (f, "b", NULL);
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestCatalogFixture, NULL, test_catalog_setup, func, test_catalog_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/profile-catalog/files", test_catalog_files);
  TEST ("/profile-catalog/override", test_catalog_override);
  TEST ("/profile-catalog/mask", test_catalog_mask);
  TEST ("/profile-catalog/refused", test_catalog_refused);
  TEST ("/profile-catalog/refused-override", test_catalog_refused_override);
  TEST ("/profile-catalog/unreadable", test_catalog_unreadable);
  TEST ("/profile-catalog/inherits", test_catalog_inherits);
  TEST ("/profile-catalog/loop", test_catalog_loop);
  TEST ("/profile-catalog/slow-loop", test_catalog_slow_loop);
  return g_test_run ();
}
