/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "dir-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

OhmTestDir *
fixture_dir_new (void)
{
  OhmTestDir *self = g_new0 (OhmTestDir, 1);
  g_autoptr (GError) error = NULL;

  self->path = g_dir_make_tmp ("ohm-test-XXXXXX", &error);
  g_assert_no_error (error);
  return self;
}

static void
fixture_dir_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_chmod (path, 0700);
  dir = g_dir_open (path, 0, /* error */ NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        fixture_dir_remove_tree (child);
      else
        g_assert_cmpint (g_unlink (child), ==, 0);
    }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

void
fixture_dir_free (OhmTestDir *self)
{
  fixture_dir_remove_tree (self->path);
  g_free (self->path);
  g_free (self);
}

char *
fixture_dir_dup_path (OhmTestDir *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

void
fixture_dir_make (OhmTestDir *self, const char *name)
{
  g_autofree char *path = fixture_dir_dup_path (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

void
fixture_dir_write_bytes (OhmTestDir *self, const char *name, gconstpointer bytes, gsize length)
{
  g_autofree char *path = fixture_dir_dup_path (self, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *draft = g_strconcat (folder, "/.draft", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_file_set_contents_full (draft, bytes, (gssize) length, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (draft, 0644), ==, 0);
  g_assert_cmpint (g_rename (draft, path), ==, 0);
}

void
fixture_dir_write (OhmTestDir *self, const char *name, const char *text)
{
  fixture_dir_write_bytes (self, name, text, strlen (text));
}

void
fixture_dir_remove (OhmTestDir *self, const char *name)
{
  g_autofree char *path = fixture_dir_dup_path (self, name);

  g_assert_cmpint (g_remove (path), ==, 0);
}

void
fixture_dir_install (OhmTestDir *self, const char *plugin, const char *name)
{
  const char *build_dir = g_getenv ("OHM_BUILD_DIR");
  g_autofree char *file = g_strconcat (plugin, ".so", NULL);
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  g_assert_nonnull (build_dir);
  path = g_build_filename (build_dir, "tests", "data", file, NULL);
  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  fixture_dir_write_bytes (self, name, bytes, length);
}
