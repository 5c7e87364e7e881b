/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-macros.h"

G_BEGIN_DECLS

#define OHM_TYPE_SECRETS (ohm_secrets_get_type ())

/* Most bytes of one secret. */
#define OHM_SECRET_MAX 16384

/**
 * OhmSecrets:
 *
 * Where secrets are kept, given to an uplink by the core. A secret has an owner (the uplink's id)
 * and a name. Main thread. The functions fail with %OHM_ERROR_SECRET if secrets cannot be kept or
 * read here and now; the cause attached says what to do.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_INTERFACE (OhmSecrets, ohm_secrets, OHM, SECRETS, GObject)

/**
 * OhmSecretsInterface:
 * @lookup_async: starts looking up a secret
 * @lookup_finish: (transfer full) (nullable): the secret, to be freed with ohm_secret_free(); %NULL
 *   without @error if there is none
 * @store_async: starts keeping a secret; done once it is on disk, the old one is there until then
 * @store_finish: whether it is kept
 * @clear_async: starts forgetting a secret, or all of the owner's if `name` is %NULL; it need not
 *   be there
 * @clear_finish: whether it is gone
 *
 * Since: 0.1
 */
struct _OhmSecretsInterface
{
  GTypeInterface parent_interface;

  void (*lookup_async) (OhmSecrets *self,
                        const char *owner,
                        const char *name,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
  char *(*lookup_finish) (OhmSecrets *self, GAsyncResult *result, GError **error);
  void (*store_async) (OhmSecrets *self,
                       const char *owner,
                       const char *name,
                       const char *secret,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*store_finish) (OhmSecrets *self, GAsyncResult *result, GError **error);
  void (*clear_async) (OhmSecrets *self,
                       const char *owner,
                       const char *name,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*clear_finish) (OhmSecrets *self, GAsyncResult *result, GError **error);

  /*< private >*/
  gpointer padding[4];
};

/**
 * ohm_secrets_lookup_async:
 * @self: where secrets are
 * @owner: the uplink's id
 * @name: the secret's
 * @cancellable: (nullable): gives up waiting
 * @callback: called once
 * @user_data: for @callback
 *
 * Looks a secret up.
 *
 * Since: 0.1
 */
OHM_API void ohm_secrets_lookup_async (OhmSecrets *self,
                                       const char *owner,
                                       const char *name,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/**
 * ohm_secrets_lookup_finish:
 * @self: where secrets are
 * @result: the result
 *
 * Returns: (transfer full) (nullable): the secret, to be freed with ohm_secret_free(); %NULL
 *   without @error if there is none
 *
 * Since: 0.1
 */
OHM_API char *ohm_secrets_lookup_finish (OhmSecrets *self, GAsyncResult *result, GError **error);

/**
 * ohm_secrets_store_async:
 * @self: where secrets are
 * @owner: the uplink's id
 * @name: the secret's
 * @secret: the secret
 * @callback: called once it is on disk
 * @user_data: for @callback
 *
 * Keeps a secret; the old one is there until then.
 *
 * Since: 0.1
 */
OHM_API void ohm_secrets_store_async (OhmSecrets *self,
                                      const char *owner,
                                      const char *name,
                                      const char *secret,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/**
 * ohm_secrets_store_finish:
 * @self: where secrets are
 * @result: the result
 *
 * Returns: whether it is kept
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_secrets_store_finish (OhmSecrets *self, GAsyncResult *result, GError **error);

/**
 * ohm_secrets_clear_async:
 * @self: where secrets are
 * @owner: the uplink's id
 * @name: (nullable): the secret's; %NULL for all that the owner has
 * @callback: called once
 * @user_data: for @callback
 *
 * Forgets a secret; it need not be there.
 *
 * Since: 0.1
 */
OHM_API void ohm_secrets_clear_async (OhmSecrets *self,
                                      const char *owner,
                                      const char *name,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);

/**
 * ohm_secrets_clear_finish:
 * @self: where secrets are
 * @result: the result
 *
 * Returns: whether it is gone
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_secrets_clear_finish (OhmSecrets *self, GAsyncResult *result, GError **error);

/**
 * ohm_secret_free:
 * @secret: (nullable) (transfer full): a secret
 *
 * Overwrites a secret before its memory is given back.
 *
 * Since: 0.1
 */
OHM_API void ohm_secret_free (char *secret);

/**
 * ohm_secret_forbid_dumps:
 *
 * From here on the process writes no core file, and only root may look into its memory: secrets
 * are in buffers of TLS, JSON and D-Bus libraries too, which no wiping reaches. For programs,
 * before the first secret. (A build with sanitizers may be looked into, as its leak checker does
 * that.)
 *
 * Since: 0.1
 */
OHM_API void ohm_secret_forbid_dumps (void);

G_END_DECLS
