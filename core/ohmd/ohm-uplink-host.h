/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-delivery.h"
#include "ohm-job.h"
#include "ohm-places.h"

G_BEGIN_DECLS

#define OHM_TYPE_UPLINK_HOST (ohm_uplink_host_get_type ())

/*
 * One configured uplink: the plugin's object, its delivery, and what people do with it: link it to
 * an account, type a secret, send again. One whose file is wrong, or that is switched off, has
 * neither object nor delivery. Main thread.
 *
 * Each change of what ohm_uplink_host_get_view() tells is emitted as `uplink-changed`.
 */
G_DECLARE_FINAL_TYPE (OhmUplinkHost, ohm_uplink_host, OHM, UPLINK_HOST, GObject)

/*
 * OhmUplinkHostSetup:
 * @config: what its file says
 * @store: what it delivers
 * @bus: for its changes
 * @watcher: time
 * @places: where its values are of
 * @secrets: where its secrets are
 * @gateway: (nullable): identity of this gateway; may be NULL for one that does not run
 */
typedef struct
{
  OhmUplinkConfig *config;
  OhmStore *store;
  OhmBus *bus;
  OhmWatcher *watcher;
  OhmPlaces *places;
  OhmSecrets *secrets;
  const char *gateway;
} OhmUplinkHostSetup;

/* Starts delivering, if it is to run. */
OhmUplinkHost *ohm_uplink_host_new (const OhmUplinkHostSetup *setup);

/* Ends it; jobs are cancelled. It may be unreferenced at once. */
void ohm_uplink_host_stop (OhmUplinkHost *self);

/* Takes over a changed file without losing the connection. FALSE if that cannot be: another plugin,
 * other keys of its own, on or off. */
gboolean ohm_uplink_host_set_config (OhmUplinkHost *self, OhmUplinkConfig *config);

const char *ohm_uplink_host_get_id (OhmUplinkHost *self);
OhmUplinkConfig *ohm_uplink_host_get_config (OhmUplinkHost *self);
/* (transfer none) (nullable): NULL if it does not run */
OhmUplink *ohm_uplink_host_get_uplink (OhmUplinkHost *self);
/* (transfer none) (nullable): likewise */
OhmDelivery *ohm_uplink_host_get_delivery (OhmUplinkHost *self);

/* What a person is asked to do; all empty if nobody is. */
typedef struct
{
  const char *user_code;
  const char *uri;
  const char *uri_complete;
  gint64 expires_us; /* UTC */
} OhmUplinkPrompt;

/*
 * OhmUplinkHostView:
 * @state: as ohm_delivery_state_to_string(), or `misconfigured`, `disabled`
 * @message: (nullable): why
 * @delivery: as the delivery tells it; all zero without one
 * @prompt: what a person is asked to do
 * @claim_job: (nullable): the job that waits for that person
 *
 * How it is. Strings and messages belong to the host until the next turn.
 */
typedef struct
{
  const char *state;
  OhmMessage *message;
  OhmDeliveryView delivery;
  OhmUplinkPrompt prompt;
  OhmJob *claim_job;
} OhmUplinkHostView;

void ohm_uplink_host_get_view (OhmUplinkHost *self, OhmUplinkHostView *ret_view);

/*
 * Tries at once, quarter hours and values, whatever the schedule says.
 *
 * %OHM_ERROR_BUSY if it does not run; %OHM_ERROR_FAILED with cause and remedy if something keeps it
 * from sending all the same.
 */
gboolean ohm_uplink_host_send_now (OhmUplinkHost *self, GError **error);

/**
 * ohm_uplink_host_confirm:
 * @is_from_start: whether a changed destination gets all that is stored, else what comes from now
 * on
 * @error: %OHM_ERROR_EXISTS if it has not changed
 *
 * Says what a changed destination gets, and begins at once.
 */
gboolean ohm_uplink_host_confirm (OhmUplinkHost *self, gboolean is_from_start, GError **error);

/*
 * Links it to an account: a job of kind `claim`, whose prompt is in the view as long as it runs.
 * One that runs already is returned: whoever asks sees the same code. Result: `account` (s).
 *
 * %OHM_ERROR_NOT_SUPPORTED if there is nothing to link, %OHM_ERROR_EXISTS if it is linked,
 * %OHM_ERROR_BUSY if it does not run.
 *
 * Returns: (transfer none) (nullable)
 */
OhmJob *ohm_uplink_host_claim (OhmUplinkHost *self, OhmJobs *jobs, GError **error);

/* Gives the account back. %OHM_ERROR_NOT_SUPPORTED, %OHM_ERROR_BUSY as above. */
void ohm_uplink_host_unlink_async (OhmUplinkHost *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean ohm_uplink_host_unlink_finish (OhmUplinkHost *self, GAsyncResult *result, GError **error);

/*
 * Keeps a secret that a person typed, or forgets it if it is empty, and tells the plugin.
 * %OHM_ERROR_NOT_FOUND if the plugin asks for none of that name, %OHM_ERROR_CONFIG if it is too
 * long or of no use with its settings, %OHM_ERROR_SECRET if it cannot be kept here.
 */
void ohm_uplink_host_set_secret_async (OhmUplinkHost *self,
                                       const char *name,
                                       const char *secret,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean
ohm_uplink_host_set_secret_finish (OhmUplinkHost *self, GAsyncResult *result, GError **error);

/* Forgets all its secrets, its account as well: the uplink was removed. It need not run. */
void ohm_uplink_host_forget_secrets (OhmUplinkHost *self);

/* The same of one that has no file any more. @kept: under which id they are; @id: for the log */
void ohm_uplink_secrets_forget (OhmSecrets *secrets, const char *kept, const char *id);

/* Forgets how far it was: the uplink was removed, and another of its name is another one. */
void ohm_uplink_host_forget_position (OhmUplinkHost *self);

/* (transfer none) (nullable): the secrets that a person may type, ended by a row without a name */
const OhmUplinkSecret *ohm_uplink_host_get_secrets (OhmUplinkHost *self);

/* Whether one of them is of use as its settings are. %OHM_ERROR_CONFIG */
gboolean ohm_uplink_host_takes_secret (OhmUplinkHost *self, const char *name, GError **error);

/*
 * Sends what is stored of (from, to] again: a job of kind `resend`. Result: `records` (t),
 * `refused` (t), `rejected` (t) and `too_old` (t): see OhmDeliveryResent.
 * %OHM_ERROR_CONFIG if there is no time between, %OHM_ERROR_BUSY if it does not run or does this
 * already.
 *
 * Returns: (transfer none) (nullable)
 */
OhmJob *ohm_uplink_host_resend (OhmUplinkHost *self,
                                OhmJobs *jobs,
                                gint64 from_us,
                                gint64 to_us,
                                GError **error);

G_END_DECLS
