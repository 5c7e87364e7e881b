/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-vault.h"

#include "ohm-secret-file.h"
#include "ohm-secret-key.h"
#include "ohm-secret-library.h"
#include "ohm-secret-removed.h"

/* A wrong key finds nothing and says nothing: only a secret that has to be there tells. */
#define CANARY_OWNER "."
#define CANARY_NAME  "canary"

/* Below the state directory. */
#define OHM_SECRET_SERVICE "secrets.session"

struct _OhmSecretVault
{
  char *state_dir; /* (owned) */
  char *path;      /* (owned) */
  char *removed;   /* (owned): path */
  char *service;   /* (owned): path, there once the Secret Service was given something */
  const OhmSecretLibrary *library;
  gboolean is_file; /* else the Secret Service */
  gboolean is_lent; /* what libsecret works on is the file */
  gboolean is_open;
};

static const SecretSchema ohm_secret_vault_schema = {
  .name = "org.ohmnibus.Secret",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = {
    { "owner", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
    { "state-dir", SECRET_SCHEMA_ATTRIBUTE_STRING },
  },
};

OhmSecretVault *
ohm_secret_vault_new (const char *state_dir)
{
  OhmSecretVault *self = g_new0 (OhmSecretVault, 1);

  self->state_dir = g_canonicalize_filename (state_dir, /* relative to */ NULL);
  self->path = g_build_filename (self->state_dir, OHM_SECRET_FILE, NULL);
  self->removed = g_build_filename (self->state_dir, OHM_SECRET_REMOVED, NULL);
  self->service = g_build_filename (self->state_dir, OHM_SECRET_SERVICE, NULL);
  return self;
}

void
ohm_secret_vault_free (OhmSecretVault *self)
{
  g_free (self->state_dir);
  g_free (self->path);
  g_free (self->removed);
  g_free (self->service);
  g_free (self);
}

/* A keyring is shared by all programs of a person, perhaps by two gateways on a desk; the file is
 * ours alone, and stays readable when the state directory moves. */
static GHashTable *
ohm_secret_vault_make_attributes (OhmSecretVault *self, const char *owner, const char *name)
{
  GHashTable *attributes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_hash_table_insert (attributes, g_strdup ("owner"), g_strdup (owner));
  if (name != NULL)
    g_hash_table_insert (attributes, g_strdup ("name"), g_strdup (name));
  if (!self->is_file)
    g_hash_table_insert (attributes, g_strdup ("state-dir"), g_strdup (self->state_dir));
  return attributes;
}

/* Takes @reason over. */
static gboolean
ohm_secret_vault_fail (OhmSecretVault *self, const char *code, GError *reason, GError **error)
{
  if (ohm_error_is_cancelled (reason))
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new (code, "path", self->path, "text", reason->message, NULL),
                         "%s: %s", self->is_file ? self->path : "secret service", reason->message);
  g_error_free (reason);
  return FALSE;
}

/* A closed keyring of a session looks like an empty one: libsecret finds nothing in it if nobody
 * unlocks it, and clears what is open only. */
static gboolean
ohm_secret_vault_check_locked (OhmSecretVault *self,
                               GHashTable *attributes,
                               GCancellable *cancellable,
                               GError **error)
{
  GError *reason = NULL;
  gboolean is_locked = FALSE;
  GList *found;

  if (self->is_file)
    return TRUE;
  found = self->library->search (&ohm_secret_vault_schema, attributes, SECRET_SEARCH_ALL,
                                 cancellable, &reason);
  for (GList *item = found; item != NULL && !is_locked; item = item->next)
    g_object_get (item->data, "locked", &is_locked, NULL);
  g_list_free_full (found, g_object_unref);
  if (reason != NULL)
    return ohm_secret_vault_fail (self, "secret-service-failed", reason, error);
  if (is_locked)
    ohm_message_set_error (error, OHM_ERROR_SECRET, ohm_message_new ("secret-locked", NULL),
                           "the keyring of the session was not unlocked");
  return !is_locked;
}

static gboolean
ohm_secret_vault_find (OhmSecretVault *self,
                       GHashTable *attributes,
                       char **ret_secret,
                       GCancellable *cancellable,
                       GError **error)
{
  GError *reason = NULL;
  char *found = self->library->lookup (&ohm_secret_vault_schema, attributes, cancellable, &reason);

  if (reason != NULL)
    return ohm_secret_vault_fail (self,
                                  self->is_file ? "secret-file-unreadable"
                                                : "secret-service-failed",
                                  reason, error);
  *ret_secret = g_strdup (found);
  self->library->free (found);
  return found != NULL || ohm_secret_vault_check_locked (self, attributes, cancellable, error);
}

static gboolean
ohm_secret_vault_clear (OhmSecretVault *self,
                        GHashTable *attributes,
                        GCancellable *cancellable,
                        GError **error)
{
  GError *reason = NULL;

  /* It says FALSE without an error for one that was not there. */
  self->library->clear (&ohm_secret_vault_schema, attributes, cancellable, &reason);
  if (reason == NULL)
    return TRUE;
  g_propagate_error (error, reason);
  return FALSE;
}

/* Looking something up asks a person to unlock it. */
static gboolean
ohm_secret_vault_unlock (OhmSecretVault *self,
                         GHashTable *attributes,
                         GCancellable *cancellable,
                         GError **error)
{
  char *secret = NULL;
  gboolean is_open = ohm_secret_vault_find (self, attributes, &secret, cancellable, error) &&
                     ohm_secret_vault_check_locked (self, attributes, cancellable, error);

  ohm_secret_free (secret);
  return is_open;
}

static gboolean
ohm_secret_vault_write (OhmSecretVault *self,
                        GHashTable *attributes,
                        const char *secret,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autofree char *label = g_strdup_printf ("Ohmnibus: %s of %s",
                                            (const char *) g_hash_table_lookup (attributes, "name"),
                                            (const char *) g_hash_table_lookup (attributes,
                                                                                "owner"));

  if (secret == NULL)
    return ohm_secret_vault_clear (self, attributes, cancellable, error);
  return self->library->store (&ohm_secret_vault_schema, attributes, SECRET_COLLECTION_DEFAULT,
                               label, secret, cancellable, error);
}

/* @reason: (transfer full): why it was not written */
static gboolean
ohm_secret_vault_give_up_file (OhmSecretVault *self, GError *reason, GError **error)
{
  ohm_secret_file_give_up (self->path);
  return ohm_secret_vault_fail (self, "secret-not-kept", reason, error);
}

static gboolean
ohm_secret_vault_try_file (OhmSecretVault *self,
                           GHashTable *attributes,
                           const char *secret,
                           GError **error)
{
  GError *reason = NULL;

  self->is_lent = FALSE;
  if (!ohm_secret_vault_write (self, attributes, secret, /* cancellable */ NULL, &reason))
    return ohm_secret_vault_give_up_file (self, reason, error);
  self->is_lent = ohm_secret_file_take (self->path, error);
  return self->is_lent;
}

/* libsecret changes what it has in memory, then writes the file: where that fails, what it says it
 * has would be gone with the next start. */
static gboolean
ohm_secret_vault_write_file (OhmSecretVault *self,
                             GHashTable *attributes,
                             const char *secret,
                             GError **error)
{
  char *former = NULL;
  gboolean is_written;

  if (!ohm_secret_vault_find (self, attributes, &former, /* cancellable */ NULL, error))
    return FALSE;
  if (former == NULL && secret == NULL)
    return TRUE;
  is_written = ohm_secret_vault_try_file (self, attributes, secret, error);
  if (!is_written)
    ohm_secret_vault_try_file (self, attributes, former, /* error */ NULL);
  ohm_secret_free (former);
  return is_written;
}

/* What cannot be written now is out of memory at least, and no longer there to be cleared: so the
 * file is written again in any case. */
static gboolean
ohm_secret_vault_clear_file (OhmSecretVault *self, GHashTable *attributes, GError **error)
{
  g_autoptr (GHashTable) canary = ohm_secret_vault_make_attributes (self, CANARY_OWNER,
                                                                    CANARY_NAME);
  GError *reason = NULL;

  self->is_lent = FALSE;
  if (!ohm_secret_vault_clear (self, attributes, /* cancellable */ NULL, &reason))
    return ohm_secret_vault_give_up_file (self, reason, error);
  return ohm_secret_vault_try_file (self, canary, CANARY_NAME, error);
}

static gboolean
ohm_secret_vault_clear_all (OhmSecretVault *self,
                            GHashTable *attributes,
                            GCancellable *cancellable,
                            GError **error)
{
  GError *reason = NULL;

  if (self->is_file)
    return ohm_secret_vault_clear_file (self, attributes, error);
  if (!ohm_secret_vault_unlock (self, attributes, cancellable, error))
    return FALSE;
  return ohm_secret_vault_clear (self, attributes, cancellable, &reason) ||
         ohm_secret_vault_fail (self, "secret-service-failed", reason, error);
}

static gboolean
ohm_secret_vault_open_file (OhmSecretVault *self, gboolean exists, GError **error)
{
  g_autoptr (GHashTable) attributes = ohm_secret_vault_make_attributes (self, CANARY_OWNER,
                                                                        CANARY_NAME);
  g_autofree char *work = ohm_secret_file_dup_work (self->path);
  g_autofree char *canary = NULL;
  gboolean is_found;

  if (!ohm_secret_key_lend (work, error))
    return FALSE;
  is_found = ohm_secret_vault_find (self, attributes, &canary, /* cancellable */ NULL, error);
  ohm_secret_key_take_back ();
  if (!is_found)
    return FALSE;
  if (canary != NULL)
    return TRUE;
  if (!exists)
    return ohm_secret_vault_write_file (self, attributes, CANARY_NAME, error);
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new ("secret-key-wrong", "path", self->path, NULL),
                         "the key does not open %s", self->path);
  return FALSE;
}

/* There is no key; where there is a file, only its own helps. */
static gboolean
ohm_secret_vault_fail_service (OhmSecretVault *self, const GError *reason, GError **error)
{
  const char *code = g_file_test (self->path, G_FILE_TEST_EXISTS) ? "secret-key-missing"
                                                                  : "secret-no-place";

  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new (code, "path", self->path, "text", reason->message, NULL),
                         "no key for a file of secrets, and %s", reason->message);
  return FALSE;
}

static gboolean
ohm_secret_vault_open_service (OhmSecretVault *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) attributes = ohm_secret_vault_make_attributes (self, CANARY_OWNER,
                                                                        CANARY_NAME);
  g_autofree char *canary = NULL;
  g_autoptr (GError) reason = NULL;
  gboolean is_open = ohm_secret_vault_find (self, attributes, &canary, cancellable, &reason);

  /* libsecret lets who comes next join what somebody has just given up */
  if (ohm_error_is_cancelled (reason) && !g_cancellable_is_cancelled (cancellable))
    {
      g_clear_error (&reason);
      is_open = ohm_secret_vault_find (self, attributes, &canary, cancellable, &reason);
    }
  if (is_open)
    return TRUE;
  if (!ohm_error_is_cancelled (reason))
    return ohm_secret_vault_fail_service (self, reason, error);
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

/* Of those that were removed while nothing could be opened, before anybody of their name asks.
 * Nobody else waits for that. */
static gboolean
ohm_secret_vault_forget_removed (OhmSecretVault *self,
                                 const char *owner,
                                 GCancellable *cancellable,
                                 GError **error)
{
  g_auto (GStrv) owners = ohm_secret_removed_load (self->removed, error);
  GError *reason = NULL;

  if (owners == NULL)
    return FALSE;
  for (guint i = 0; owners[i] != NULL && reason == NULL; i++)
    {
      g_autoptr (GHashTable) attributes = ohm_secret_vault_make_attributes (self, owners[i], NULL);

      ohm_secret_vault_clear_all (self, attributes, cancellable, &reason);
    }
  if (owners[0] == NULL || (reason == NULL && ohm_secret_removed_clear (self->removed, &reason)))
    return TRUE;
  if (g_strv_contains ((const char *const *) owners, owner))
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  g_error_free (reason);
  return TRUE;
}

static gboolean
ohm_secret_vault_lend_file (OhmSecretVault *self, gboolean exists, GError **error)
{
  if (!self->is_lent)
    self->is_lent = ohm_secret_file_lend (self->path, exists, error);
  return self->is_lent;
}

static gboolean
ohm_secret_vault_reach (OhmSecretVault *self, GCancellable *cancellable, GError **error)
{
  gboolean exists = FALSE;

  if (!self->is_open)
    {
      ohm_secret_key_prepare ();
      self->is_file = ohm_secret_key_is_given ();
    }
  /* Each time: newer releases of libsecret read a file again that somebody else has changed. */
  if (self->is_file && (!ohm_secret_file_check (self->path, &exists, error) ||
                        !ohm_secret_vault_lend_file (self, exists, error)))
    return FALSE;
  if (self->is_open)
    return TRUE;
  self->library = ohm_secret_library_get (error);
  if (self->library == NULL)
    return FALSE;
  self->is_open = self->is_file ? ohm_secret_vault_open_file (self, exists, error)
                                : ohm_secret_vault_open_service (self, cancellable, error);
  return self->is_open;
}

static gboolean
ohm_secret_vault_open (OhmSecretVault *self,
                       const char *owner,
                       GCancellable *cancellable,
                       GError **error)
{
  return ohm_secret_vault_reach (self, cancellable, error) &&
         ohm_secret_vault_forget_removed (self, owner, cancellable, error);
}

char *
ohm_secret_vault_lookup (OhmSecretVault *self,
                         const char *owner,
                         const char *name,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autoptr (GHashTable) attributes = NULL;
  char *secret = NULL;

  if (!ohm_secret_vault_open (self, owner, cancellable, error))
    return NULL;
  attributes = ohm_secret_vault_make_attributes (self, owner, name);
  ohm_secret_vault_find (self, attributes, &secret, cancellable, error);
  return secret;
}

/* Without, there is nothing to forget, and nobody to be asked to. */
static gboolean
ohm_secret_vault_was_used (OhmSecretVault *self)
{
  return g_file_test (self->path, G_FILE_TEST_EXISTS) ||
         g_file_test (self->service, G_FILE_TEST_EXISTS);
}

static gboolean
ohm_secret_vault_forget (OhmSecretVault *self,
                         const char *owner,
                         GCancellable *cancellable,
                         GError **error)
{
  return !ohm_secret_vault_was_used (self) ||
         (ohm_secret_removed_add (self->removed, owner, error) &&
          ohm_secret_vault_open (self, owner, cancellable, error));
}

static gboolean
ohm_secret_vault_put_service (OhmSecretVault *self,
                              GHashTable *attributes,
                              const char *secret,
                              GCancellable *cancellable,
                              GError **error)
{
  GError *reason = NULL;

  if (secret == NULL && !ohm_secret_vault_unlock (self, attributes, cancellable, error))
    return FALSE;
  if ((secret == NULL || g_file_test (self->service, G_FILE_TEST_EXISTS) ||
       g_file_set_contents_full (self->service, "", 0, G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &reason)) &&
      ohm_secret_vault_write (self, attributes, secret, cancellable, &reason))
    return TRUE;
  return ohm_secret_vault_fail (self, "secret-service-failed", reason, error);
}

gboolean
ohm_secret_vault_put (OhmSecretVault *self,
                      const char *owner,
                      const char *name,
                      const char *secret,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (GHashTable) attributes = NULL;

  if (name == NULL)
    return ohm_secret_vault_forget (self, owner, cancellable, error);
  if (!ohm_secret_vault_open (self, owner, cancellable, error))
    return FALSE;
  attributes = ohm_secret_vault_make_attributes (self, owner, name);
  return self->is_file
           ? ohm_secret_vault_write_file (self, attributes, secret, error)
           : ohm_secret_vault_put_service (self, attributes, secret, cancellable, error);
}
