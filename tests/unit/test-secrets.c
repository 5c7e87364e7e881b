/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "ohm-secret-store.h"
#include "ohm-test-keyring.h"
#include "secret-fixture.h"

typedef struct
{
  GAsyncResult *result;
} Waiter;

static void
fixture_on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Waiter *self = user_data;

  self->result = g_object_ref (result);
}

static GAsyncResult *
fixture_wait (Waiter *self)
{
  while (self->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&self->result);
}

static gboolean
fixture_store (OhmSecrets *secrets, const char *secret, GError **error)
{
  Waiter waiter = { NULL };
  g_autoptr (GAsyncResult) result = NULL;

  if (secret == NULL)
    ohm_secrets_clear_async (secrets, "cloud", "claim", fixture_on_done, &waiter);
  else
    ohm_secrets_store_async (secrets, "cloud", "claim", secret, fixture_on_done, &waiter);
  result = fixture_wait (&waiter);
  return secret == NULL ? ohm_secrets_clear_finish (secrets, result, error)
                        : ohm_secrets_store_finish (secrets, result, error);
}

static char *
fixture_lookup (OhmSecrets *secrets, GCancellable *cancellable, GError **error)
{
  Waiter waiter = { NULL };
  g_autoptr (GAsyncResult) result = NULL;

  ohm_secrets_lookup_async (secrets, "cloud", "claim", cancellable, fixture_on_done, &waiter);
  result = fixture_wait (&waiter);
  return ohm_secrets_lookup_finish (secrets, result, error);
}

static void
fixture_clear_all (OhmSecrets *secrets, const char *owner)
{
  Waiter waiter = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_secrets_clear_async (secrets, owner, /* name */ NULL, fixture_on_done, &waiter);
  result = fixture_wait (&waiter);
  g_assert_true (ohm_secrets_clear_finish (secrets, result, &error));
  g_assert_no_error (error);
}

static void
test_store (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  g_autoptr (OhmSecrets) secrets = ohm_secret_store_new (self->state);
  g_autoptr (OhmClock) clock = ohm_clock_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  char *secret;

  ohm_secret_store_set_clock (OHM_SECRET_STORE (secrets), clock);
  g_assert_null (fixture_lookup (secrets, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_store (secrets, "first", &error));
  secret = fixture_lookup (secrets, cancellable, &error);
  g_assert_cmpstr (secret, ==, "first");
  ohm_secret_free (secret);
  g_assert_true (fixture_store (secrets, NULL, &error));
  g_assert_null (fixture_lookup (secrets, NULL, &error));
  g_assert_no_error (error);

  g_cancellable_cancel (cancellable);
  g_assert_null (fixture_lookup (secrets, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_store_refused (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new ("short");
  g_autoptr (OhmSecrets) secrets = ohm_secret_store_new (self->state);
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_store (secrets, "first", &error));
  fixture_assert_refused (error, "secret-key-unreadable");
  g_clear_error (&error);
  g_assert_null (fixture_lookup (secrets, NULL, &error));
  fixture_assert_refused (error, "secret-key-unreadable");
}

static void
test_store_dropped (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (OHM_SECRET_FIXTURE_KEY);
  OhmSecrets *secrets = ohm_secret_store_new (self->state);
  Waiter waiter = { NULL };
  g_autoptr (GAsyncResult) result = NULL;
  gpointer weak = secrets;

  g_object_add_weak_pointer (G_OBJECT (secrets), &weak);
  ohm_secrets_store_async (secrets, "cloud", "claim", "first", fixture_on_done, &waiter);
  g_object_unref (secrets);
  result = fixture_wait (&waiter);
  g_assert_true (ohm_secrets_store_finish (weak, result, NULL));
  g_clear_object (&result);
  while (weak != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static char *
fixture_first_key (OhmTestKeyring *keyring)
{
  GHashTableIter iter;
  gpointer key = NULL;

  g_hash_table_iter_init (&iter, keyring->items);
  g_hash_table_iter_next (&iter, &key, NULL);
  return key;
}

/* A desktop: no key, but a keyring. */
static void
test_keyring (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (NULL);
  g_autoptr (OhmTestKeyring) keyring = ohm_test_keyring_new ();
  g_autoptr (OhmSecrets) secrets = ohm_secret_store_new (self->state);
  g_autoptr (GError) error = NULL;
  char *secret;

  g_assert_null (fixture_lookup (secrets, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (fixture_store (secrets, "first", &error));
  g_assert_true (fixture_store (secrets, "second", &error));
  secret = fixture_lookup (secrets, NULL, &error);
  g_assert_cmpstr (secret, ==, "second");
  ohm_secret_free (secret);
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 1);
  /* Another gateway of the same person has another state directory. */
  g_assert_nonnull (strstr (fixture_first_key (keyring), self->state));
  g_assert_cmpstr (keyring->label, ==, "Ohmnibus: claim of cloud");
  g_assert_false (g_file_test (self->file, G_FILE_TEST_EXISTS));

  keyring->is_broken = TRUE;
  g_assert_false (fixture_store (secrets, "third", &error));
  fixture_assert_refused (error, "secret-service-failed");
  g_clear_error (&error);
  g_assert_true (fixture_store (secrets, NULL, &error));
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 0);
  keyring->is_broken = FALSE;
  g_assert_true (fixture_store (secrets, "first", &error));
  fixture_clear_all (secrets, "mqtt");
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 1);
  fixture_clear_all (secrets, "cloud");
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 0);
}

/* A closed keyring says that it has nothing, and that it cleared it. */
static void
test_keyring_locked (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (NULL);
  g_autoptr (OhmTestKeyring) keyring = ohm_test_keyring_new ();
  g_autoptr (OhmSecrets) secrets = ohm_secret_store_new (self->state);
  g_autoptr (GError) error = NULL;
  Waiter waiter = { NULL };
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_true (fixture_store (secrets, "first", &error));
  keyring->is_locked = TRUE;
  g_assert_null (fixture_lookup (secrets, NULL, &error));
  fixture_assert_refused (error, "secret-locked");
  g_clear_error (&error);
  g_assert_false (fixture_store (secrets, NULL, &error));
  fixture_assert_refused (error, "secret-locked");
  g_clear_error (&error);
  ohm_secrets_clear_async (secrets, "cloud", /* name */ NULL, fixture_on_done, &waiter);
  result = fixture_wait (&waiter);
  g_assert_false (ohm_secrets_clear_finish (secrets, result, &error));
  fixture_assert_refused (error, "secret-locked");
  g_clear_error (&error);
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 1);

  keyring->is_locked = FALSE;
  g_assert_null (fixture_lookup (secrets, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (keyring->items), ==, 0);
}

static gboolean
fixture_on_patience_ends (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

/* It waits for somebody who is not there: who asked may give up. */
static void
test_keyring_mute (void)
{
  g_autoptr (OhmSecretFixture) self = fixture_new (NULL);
  g_autoptr (OhmTestKeyring) keyring = ohm_test_keyring_new ();
  g_autoptr (OhmSecrets) secrets = ohm_secret_store_new (self->state);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  keyring->is_mute = TRUE;
  g_timeout_add (20, fixture_on_patience_ends, cancellable);
  g_assert_null (fixture_lookup (secrets, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  keyring->is_mute = FALSE;
  g_clear_error (&error);
  fixture_store (secrets, "first", &error);
  g_assert_no_error (error);
}

static const OhmSecretCase cases[] = {
  { "/secrets/store", test_store },
  { "/secrets/store-refused", test_store_refused },
  { "/secrets/store-dropped", test_store_dropped },
  { "/secrets/keyring", test_keyring },
  { "/secrets/keyring-locked", test_keyring_locked },
  { "/secrets/keyring-mute", test_keyring_mute },
  { NULL },
};

int
main (int argc, char **argv)
{
  return fixture_run_cases (argc, argv, cases);
}
