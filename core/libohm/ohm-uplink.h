/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-batch.h"
#include "ohm-clock.h"
#include "ohm-message.h"
#include "ohm-secrets.h"
#include "ohm-settings.h"

G_BEGIN_DECLS

#define OHM_TYPE_UPLINK (ohm_uplink_get_type ())

/**
 * OhmUplink:
 *
 * Delivers records to another system. It gets a batch as plain immutable data and answers one
 * verdict; position, pacing, retry, bisection and dead letters are the core's, so that an uplink is
 * little more than a format and a connection. Main thread: what takes longer than a millisecond
 * (encoding, compressing) goes to a thread.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_DERIVABLE_TYPE (OhmUplink, ohm_uplink, OHM, UPLINK, GObject)

/**
 * OhmVerdictKind:
 * @OHM_VERDICT_ACCEPTED: all is there
 * @OHM_VERDICT_PARTLY: the engine took the batch and refused something of it; not to be repeated
 * @OHM_VERDICT_TRANSIENT: not now: no connection, overload
 * @OHM_VERDICT_UNCLEAR: the engine failed in a way that may be the data's fault or its own
 * @OHM_VERDICT_DATA: something in the batch is refused, and the rest was not taken for sure
 * @OHM_VERDICT_SIZE: the batch is too large
 * @OHM_VERDICT_AUTH: the engine does not believe who we are; the uplink has renewed what it can
 * @OHM_VERDICT_CONFIGURATION: wrong address, path, certificate: a person has to look
 *
 * What became of a batch (design 4.11).
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_VERDICT_ACCEPTED,
  OHM_VERDICT_PARTLY,
  OHM_VERDICT_TRANSIENT,
  OHM_VERDICT_UNCLEAR,
  OHM_VERDICT_DATA,
  OHM_VERDICT_SIZE,
  OHM_VERDICT_AUTH,
  OHM_VERDICT_CONFIGURATION,
} OhmVerdictKind;

/**
 * OhmVerdict:
 * @kind: the verdict
 * @message: (nullable): the cause in plain words; owned. Not for accepted
 * @text: (nullable): the engine's own words, cut and made printable; owned
 * @status: the engine's number for it, as of HTTP; 0 if there is none
 * @n_rejected: for partly: how many it refused; 0 if it only said so
 * @retry_after_us: for transient: when the engine wants us back; 0 if it did not say
 * @engine_us: the engine's clock as it answered, UTC; 0 if it did not say
 * @n_points: values that were sent
 * @n_bytes: bytes that were sent for them, as on the wire
 *
 * Since: 0.1
 */
typedef struct
{
  OhmVerdictKind kind;
  OhmMessage *message;
  char *text;
  int status;
  guint n_rejected;
  gint64 retry_after_us;
  gint64 engine_us;
  guint n_points;
  gsize n_bytes;
} OhmVerdict;

/**
 * ohm_verdict_new:
 * @kind: what became of the batch
 * @message: (nullable) (transfer full): why
 *
 * Returns: (transfer full): the verdict
 *
 * Since: 0.1
 */
OHM_API OhmVerdict *ohm_verdict_new (OhmVerdictKind kind, OhmMessage *message);
OHM_API void ohm_verdict_free (OhmVerdict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmVerdict, ohm_verdict_free)

/**
 * ohm_verdict_kind_to_string:
 * @kind: a kind
 *
 * Returns: `accepted`, `partly`, `transient`, `unclear`, `data`, `size`, `auth` or
 *   `configuration`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_verdict_kind_to_string (OhmVerdictKind kind);

/**
 * OhmUplinkFlags:
 * @OHM_UPLINK_IDEMPOTENT: sending a record twice leaves one row
 * @OHM_UPLINK_DURABLE: accepted means on disk
 * @OHM_UPLINK_ORDERED: needs records of a place in order of time
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_UPLINK_IDEMPOTENT = 1 << 0,
  OHM_UPLINK_DURABLE = 1 << 1,
  OHM_UPLINK_ORDERED = 1 << 2,
} OhmUplinkFlags;

/**
 * OhmClaimState:
 * @OHM_CLAIM_NONE: nothing to claim: the settings say all
 * @OHM_CLAIM_UNKNOWN: what was linked is being looked up; with a message, it could not be, and the
 *   next delivery has to try it again
 * @OHM_CLAIM_UNCLAIMED: not linked to an account yet
 * @OHM_CLAIM_CLAIMED: linked
 * @OHM_CLAIM_LOST: was linked; the account does not know us any more
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_CLAIM_NONE,
  OHM_CLAIM_UNKNOWN,
  OHM_CLAIM_UNCLAIMED,
  OHM_CLAIM_CLAIMED,
  OHM_CLAIM_LOST,
} OhmClaimState;

/**
 * ohm_claim_state_to_string:
 * @state: a state
 *
 * Returns: `none`, `unknown`, `unclaimed`, `claimed` or `lost`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_claim_state_to_string (OhmClaimState state);

/**
 * OhmClaimPrompt:
 * @user_code: what the user compares or types: `FNHG-NHPC`
 * @uri: where: `https://id.example.org/device`
 * @uri_complete: (nullable): the same with the code in it, for a QR code
 * @expires_us: until when, monotonic
 *
 * What a person is asked to do (RFC 8628 3.2).
 *
 * Since: 0.1
 */
typedef struct
{
  const char *user_code;
  const char *uri;
  const char *uri_complete;
  gint64 expires_us;
} OhmClaimPrompt;

/**
 * OhmClaimPromptFunc:
 * @prompt: what to show; valid during the call
 * @user_data: as given to ohm_uplink_claim_async()
 *
 * Since: 0.1
 */
typedef void (*OhmClaimPromptFunc) (const OhmClaimPrompt *prompt, gpointer user_data);

/**
 * OhmUplinkSetup:
 * @id: its first id: stays when people give it another one
 * @settings: keys of the class's table, of the group `[PLUGIN]`
 * @clock: wall and monotonic time
 * @secrets: where its secrets are kept
 * @gateway: identity of this gateway, a UUID
 *
 * What an uplink is given at construction. All is copied or referenced.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *id;
  OhmSettings *settings;
  OhmClock *clock;
  OhmSecrets *secrets;
  const char *gateway;
} OhmUplinkSetup;

/**
 * OhmUplinkSecret:
 * @name: as in `ohmctl uplink secret ID NAME`: `token`
 * @help: one sentence
 *
 * A secret that a person may type.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  const char *help;
} OhmUplinkSecret;

/**
 * OhmUplinkClass:
 * @settings_table: keys of `[PLUGIN]` in its `.uplink` file
 * @secrets: (nullable): secrets that a person may type; ended by a row without a name
 * @get_flags: a set of %OhmUplinkFlags, as its settings say
 * @start: looks up what it needs (claim, secrets); called once, before anything else
 * @deliver_async: starts delivering one batch; one in flight. Cancelling gives up waiting: what is
 *   on its way may arrive
 * @deliver_finish: (transfer full): its verdict; %NULL only with %G_IO_ERROR_CANCELLED
 * @send_async: (nullable): starts sending samples; one in flight, beside a batch
 * @send_finish: (nullable) (transfer full): its verdict, as above
 * @secret_changed: (nullable): a person typed another secret: look it up again
 * @check: (nullable): what cannot go together in its settings; %OHM_ERROR_CONFIG
 * @claim_async: (nullable): starts linking to an account; the prompt may come more than once.
 *   Ends when the user said yes or no, or the time is over
 * @claim_finish: (nullable): whether it is linked; the cause is attached to the error
 * @unlink_async: (nullable): starts giving the account back: forgets first, then tells the other
 * side as best it can
 * @unlink_finish: (nullable): whether nothing is left here
 * @address_keys: (nullable) (array zero-terminated=1): keys that say which destination it is
 *   (`url`, `bucket`): what was acknowledged belongs to it, so that a change of one is asked about
 * @check_secret: (nullable): whether what a person typed can be that secret; %OHM_ERROR_CONFIG,
 *   without a word of it
 * @takes_secret: (nullable): whether it has a use for that secret with these settings; what is
 *   typed otherwise lies idle. %OHM_ERROR_CONFIG, with what to do instead
 *
 * Since: 0.1
 */
struct _OhmUplinkClass
{
  GObjectClass parent_class;

  const OhmSettingSpec *settings_table;
  const OhmUplinkSecret *secrets;
  guint (*get_flags) (OhmUplink *self);
  void (*start) (OhmUplink *self);
  void (*deliver_async) (OhmUplink *self,
                         OhmBatch *batch,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
  OhmVerdict *(*deliver_finish) (OhmUplink *self, GAsyncResult *result, GError **error);
  void (*send_async) (OhmUplink *self,
                      OhmSamples *samples,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
  OhmVerdict *(*send_finish) (OhmUplink *self, GAsyncResult *result, GError **error);
  void (*secret_changed) (OhmUplink *self, const char *name);
  gboolean (*check) (OhmSettings *settings, GError **error);
  void (*claim_async) (OhmUplink *self,
                       OhmClaimPromptFunc prompt,
                       gpointer prompt_data,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*claim_finish) (OhmUplink *self, GAsyncResult *result, GError **error);
  void (*unlink_async) (OhmUplink *self, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*unlink_finish) (OhmUplink *self, GAsyncResult *result, GError **error);
  const char *const *address_keys;
  gboolean (*check_secret) (const char *name, const char *secret, GError **error);
  gboolean (*takes_secret) (OhmSettings *settings, const char *name, GError **error);

  /*< private >*/
  gpointer padding[9];
};

/**
 * ohm_uplink_new:
 * @type: a type derived from %OHM_TYPE_UPLINK
 * @setup: what it is given
 *
 * Returns: (transfer full): an instance that has not been started
 *
 * Since: 0.1
 */
OHM_API OhmUplink *ohm_uplink_new (GType type, const OhmUplinkSetup *setup);

/**
 * ohm_uplink_get_id:
 * @self: an uplink
 *
 * Returns: (not nullable): its first id; what is kept for it, secrets too, is kept under this
 *
 * Since: 0.1
 */
OHM_API const char *ohm_uplink_get_id (OhmUplink *self);

/**
 * ohm_uplink_get_gateway:
 * @self: an uplink
 *
 * Returns: (not nullable): the id of this gateway
 *
 * Since: 0.1
 */
OHM_API const char *ohm_uplink_get_gateway (OhmUplink *self);

/**
 * ohm_uplink_get_settings:
 * @self: an uplink
 *
 * Returns: (transfer none): the keys of `[PLUGIN]` in its file
 *
 * Since: 0.1
 */
OHM_API OhmSettings *ohm_uplink_get_settings (OhmUplink *self);

/**
 * ohm_uplink_get_clock:
 * @self: an uplink
 *
 * Returns: (transfer none): the time
 *
 * Since: 0.1
 */
OHM_API OhmClock *ohm_uplink_get_clock (OhmUplink *self);

/**
 * ohm_uplink_get_secrets:
 * @self: an uplink
 *
 * Returns: (transfer none): where its secrets are
 *
 * Since: 0.1
 */
OHM_API OhmSecrets *ohm_uplink_get_secrets (OhmUplink *self);

/**
 * ohm_uplink_get_flags:
 * @self: an uplink
 *
 * Returns: a set of %OhmUplinkFlags, as its settings say
 *
 * Since: 0.1
 */
OHM_API guint ohm_uplink_get_flags (OhmUplink *self);

/**
 * ohm_uplink_start:
 * @self: an uplink
 *
 * Lets it look up what it needs; once, before anything else. For the core.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_start (OhmUplink *self);

/**
 * ohm_uplink_deliver_async:
 * @self: an uplink
 * @batch: what to deliver
 * @cancellable: (nullable): gives up waiting: what is on its way may arrive
 * @callback: called once
 * @user_data: for @callback
 *
 * Delivers one batch; one is in flight at a time.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_deliver_async (OhmUplink *self,
                                       OhmBatch *batch,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);

/**
 * ohm_uplink_deliver_finish:
 * @self: an uplink
 * @result: the result
 *
 * Returns: (transfer full): its verdict; %NULL only with %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
OHM_API OhmVerdict *
ohm_uplink_deliver_finish (OhmUplink *self, GAsyncResult *result, GError **error);

/**
 * ohm_uplink_can_send:
 * @self: an uplink
 *
 * Returns: whether it takes samples at all
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_uplink_can_send (OhmUplink *self);

/**
 * ohm_uplink_send_async:
 * @self: an uplink
 * @samples: what to send
 * @cancellable: (nullable): gives up waiting
 * @callback: called once
 * @user_data: for @callback
 *
 * Sends samples as best it can; once in flight, beside a batch.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_send_async (OhmUplink *self,
                                    OhmSamples *samples,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/**
 * ohm_uplink_send_finish:
 * @self: an uplink
 * @result: the result
 *
 * Returns: (transfer full): its verdict; %NULL only with %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
OHM_API OhmVerdict *ohm_uplink_send_finish (OhmUplink *self, GAsyncResult *result, GError **error);

/**
 * ohm_uplink_secret_changed:
 * @self: an uplink
 * @name: a secret of its
 *
 * Tells it that a person typed another secret.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_secret_changed (OhmUplink *self, const char *name);

/**
 * ohm_uplink_can_claim:
 * @self: an uplink
 *
 * Returns: whether it can be linked to an account at all
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_uplink_can_claim (OhmUplink *self);

/**
 * ohm_uplink_claim_async:
 * @self: an uplink
 * @prompt: told what to show to the user, perhaps more than once
 * @prompt_data: for @prompt
 * @cancellable: (nullable): ends it
 * @callback: called once: the user said yes or no, or the time is over
 * @user_data: for @callback
 *
 * Links it to an account.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_claim_async (OhmUplink *self,
                                     OhmClaimPromptFunc prompt,
                                     gpointer prompt_data,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

/**
 * ohm_uplink_claim_finish:
 * @self: an uplink
 * @result: the result
 *
 * Returns: whether it is linked; the cause is attached to @error
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_uplink_claim_finish (OhmUplink *self, GAsyncResult *result, GError **error);

/**
 * ohm_uplink_unlink_async:
 * @self: an uplink
 * @callback: called once
 * @user_data: for @callback
 *
 * Gives the account back: forgets first, then tells the other side as best it can.
 *
 * Since: 0.1
 */
OHM_API void
ohm_uplink_unlink_async (OhmUplink *self, GAsyncReadyCallback callback, gpointer user_data);

/**
 * ohm_uplink_unlink_finish:
 * @self: an uplink
 * @result: the result
 *
 * Returns: whether nothing is left here
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_uplink_unlink_finish (OhmUplink *self, GAsyncResult *result, GError **error);

/**
 * ohm_uplink_set_claim:
 * @self: an uplink
 * @state: how it is linked
 * @account: (nullable): to which account, as people know it
 * @message: (nullable): why, for unclaimed and lost
 *
 * For derived classes. Notifies the property `claim`.
 *
 * Since: 0.1
 */
OHM_API void ohm_uplink_set_claim (OhmUplink *self,
                                   OhmClaimState state,
                                   const char *account,
                                   OhmMessage *message);

/**
 * ohm_uplink_get_claim:
 * @self: an uplink
 *
 * Returns: how it stands with its account
 *
 * Since: 0.1
 */
OHM_API OhmClaimState ohm_uplink_get_claim (OhmUplink *self);

/**
 * ohm_uplink_get_account:
 * @self: an uplink
 *
 * Returns: (transfer none) (nullable): what people call the account; %NULL if it is not known
 *
 * Since: 0.1
 */
OHM_API const char *ohm_uplink_get_account (OhmUplink *self);

/**
 * ohm_uplink_get_claim_message:
 * @self: an uplink
 *
 * Returns: (transfer none) (nullable): why it stands so
 *
 * Since: 0.1
 */
OHM_API OhmMessage *ohm_uplink_get_claim_message (OhmUplink *self);

G_END_DECLS
