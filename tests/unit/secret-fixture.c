/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "secret-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

#include <ohm.h>

#include "ohm-secret-key.h"
#include "ohm-secret-vault.h"

void
fixture_give_key (OhmSecretFixture *self, const char *key)
{
  g_autofree char *path = g_build_filename (self->credentials, OHM_SECRET_CREDENTIAL, NULL);

  if (key == NULL)
    g_unlink (path);
  else
    g_assert_true (g_file_set_contents (path, key, -1, NULL));
}

OhmSecretFixture *
fixture_new (const char *key)
{
  OhmSecretFixture *self = g_new0 (OhmSecretFixture, 1);

  self->root = g_dir_make_tmp ("test-secrets-XXXXXX", NULL);
  self->state = g_build_filename (self->root, "state", NULL);
  self->credentials = g_build_filename (self->root, "credentials", NULL);
  self->file = g_build_filename (self->state, OHM_SECRET_FILE, NULL);
  g_mkdir (self->state, 0700);
  g_mkdir (self->credentials, 0700);
  g_setenv ("CREDENTIALS_DIRECTORY", self->credentials, TRUE);
  fixture_give_key (self, key);
  return self;
}

static void
fixture_clear_dir (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
  g_rmdir (path);
}

void
fixture_free (OhmSecretFixture *self)
{
  fixture_clear_dir (self->state);
  fixture_clear_dir (self->credentials);
  fixture_clear_dir (self->root);
  g_free (self->state);
  g_free (self->credentials);
  g_free (self->file);
  g_free (self->root);
  g_free (self);
}

void
fixture_assert_refused (GError *error, const char *code)
{
  g_autoptr (OhmMessage) message = NULL;
  g_autofree char *text = NULL;
  g_autofree char *remedy = NULL;

  g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
  message = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
  text = ohm_message_dup_text (message);
  remedy = ohm_message_dup_remedy (message);
  g_assert_null (strchr (text, '{'));
  g_assert_nonnull (remedy);
}

/* libsecret has one file in a process: each case runs in one of its own. */
static void
fixture_run_apart (gconstpointer data)
{
  const OhmSecretCase *item = data;

  if (g_test_subprocess ())
    {
      item->body ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

int
fixture_run_cases (int argc, char **argv, const OhmSecretCase *cases)
{
  g_test_init (&argc, &argv, NULL);
  for (; cases->path != NULL; cases++)
    g_test_add_data_func (cases->path, cases, fixture_run_apart);
  return g_test_run ();
}
