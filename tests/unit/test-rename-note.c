/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A place whose new id the store has, and the files have not: the daemon was killed in between. */

#include "daemon-fixture.h"
#include "ohm-rename-note.h"

#define FILE_NAME "etc/meters.d/a.meter"
#define HEAD      "[meter]\ntransport = test-net\nhost = station\ntype = box\nunit = 1\npoll = 1h\n"

static const char old_text[] = HEAD "[place old]\n";
static const char new_text[] = HEAD "[place new]\n";

static OhmDaemonFixture *
test_rename_new (void)
{
  OhmDaemonFixture *self = fixture_daemon_new ();

  fixture_site_make_box (self->f->station, 1, 41000017);
  fixture_dir_write (self->f->dir, FILE_NAME, old_text);
  fixture_daemon_start (self);
  fixture_site_run (self->f, 20 * OHM_S);
  g_assert_nonnull (ohm_places_get (ohm_daemon_get_places (self->daemon), "old"));
  return self;
}

static void
test_rename_write_note (OhmDaemonFixture *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autofree char *var = fixture_dir_dup_path (self->f->dir, "var");
  OhmSiteText text = { (char *) (guintptr) "a", (char *) (guintptr) new_text };
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (texts, &text);
  g_assert_true (ohm_rename_note_write (var, self->f->site, "new", texts, &error));
  g_assert_no_error (error);
}

static void
test_rename_on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_places_rename_finish (OHM_PLACES (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_rename_store (OhmDaemonFixture *self)
{
  gboolean is_stored = FALSE;

  ohm_places_rename_async (ohm_daemon_get_places (self->daemon), "old", "new",
                           test_rename_on_stored, &is_stored);
  while (!is_stored)
    g_main_context_iteration (NULL, TRUE);
}

/* Starts again, and tells what the file holds, and whether the place has an id. */
static void
test_rename_assert (OhmDaemonFixture *self, const char *text, const char *place, gboolean has_note)
{
  g_autofree char *file = fixture_dir_dup_path (self->f->dir, FILE_NAME);
  g_autofree char *note = fixture_dir_dup_path (self->f->dir, "var/place-rename");
  g_autofree char *present = NULL;
  const OhmPlace *found;

  fixture_daemon_restart (self);
  g_assert_true (g_file_get_contents (file, &present, NULL, NULL));
  g_assert_cmpstr (present, ==, text);
  found = ohm_places_get (ohm_daemon_get_places (self->daemon), place);
  g_assert_nonnull (found);
  g_assert_cmpstr (found->meter, ==, "a");
  g_assert_true (g_file_test (note, G_FILE_TEST_EXISTS) == has_note);
  fixture_daemon_stop (self);
  fixture_daemon_free (self);
}

static void
test_rename_finished (void)
{
  OhmDaemonFixture *self = test_rename_new ();

  test_rename_write_note (self);
  test_rename_store (self);
  test_rename_assert (self, new_text, "new", FALSE);
}

/* The store was not told either: all is as it was. */
static void
test_rename_never_begun (void)
{
  OhmDaemonFixture *self = test_rename_new ();

  test_rename_write_note (self);
  test_rename_assert (self, old_text, "old", FALSE);
}

/* The owner has found it, and put it right in a way of his own. */
static void
test_rename_changed (void)
{
  OhmDaemonFixture *self = test_rename_new ();

  test_rename_write_note (self);
  test_rename_store (self);
  fixture_dir_write (self->f->dir, FILE_NAME, HEAD "[place new]\nname = Mine\n");
  test_rename_assert (self, HEAD "[place new]\nname = Mine\n", "new", FALSE);
}

/* Rubbish stays and harms nobody. */
static void
test_rename_rubbish (void)
{
  OhmDaemonFixture *self = test_rename_new ();
  g_autofree char *var = fixture_dir_dup_path (self->f->dir, "var");

  fixture_dir_write (self->f->dir, "var/place-rename", "rubbish");
  test_rename_assert (self, old_text, "old", TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rename-note/finished", test_rename_finished);
  g_test_add_func ("/rename-note/never-begun", test_rename_never_begun);
  g_test_add_func ("/rename-note/changed", test_rename_changed);
  g_test_add_func ("/rename-note/rubbish", test_rename_rubbish);
  return g_test_run ();
}
