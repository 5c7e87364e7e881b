/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-cloud-account.h"
#include "ohm-cloud-claim.h"
#include "ohm-cloud-fetch.h"
#include "ohm-cloud-issuer.h"
#include "ohm-cloud-renewal.h"
#include "ohm-cloud-reply.h"

G_BEGIN_DECLS

/* Shared by the files of the account alone: looking up and handing out (ohm-cloud-account.c),
 * linking (-link.c), renewing (-renew.c), unlinking (-unlink.c), and how all of them talk to the
 * identity server and keep the claim (-ask.c). */
struct _OhmCloudAccount
{
  GObject parent_instance;

  OhmUplink *uplink;     /* (weak) (nullable) */
  char *id;              /* (owned): of the uplink */
  SoupSession *session;  /* (owned) */
  OhmSettings *settings; /* (owned) */
  OhmClock *clock;       /* (owned) */
  OhmSecrets *secrets;   /* (owned) */
  GCancellable *life;    /* (owned): cancelled when the uplink goes */

  OhmCloudIssuer *issuer; /* (owned) (nullable) */
  gint64 issuer_until_us; /* monotonic */

  gboolean is_known;    /* what was linked has been looked up */
  gboolean is_looking;  /* ... is being */
  OhmCloudClaim *claim; /* (owned) (nullable): without its token */
  guint epoch;          /* counts claims and unlinks: what began before does not end after */

  OhmCloudRenewal renewal;
  char *access_token; /* (owned) (nullable) */
  gboolean is_renewing;
  gboolean is_mark_ours;        /* the mark of a renewal was set in this run */
  gboolean was_unanswered;      /* ... and the renewal got no answer that can be understood */
  OhmCloudClaim *unsaved;       /* (owned) (nullable): renewed, and not yet kept */
  OhmCloudReply *unsaved_reply; /* (owned) (nullable) */
  GPtrArray *waiters;           /* (owned) (element-type OhmCloudWaiter) */

  gboolean is_linking;
};

/* -- ohm-cloud-account.c -- */

/* Tells the uplink, and with it everybody else. @code: (nullable): why */
void ohm_cloud_account_tell (OhmCloudAccount *self, OhmClaimState state, const char *code);

/* Goes on for who waits for a token. */
void ohm_cloud_account_pump (OhmCloudAccount *self);

/* A renewal is over: another account of the same uplink may have waited for that. */
void ohm_cloud_account_pump_others (OhmCloudAccount *self);

/* Answers all who wait. @error: (nullable): %NULL for the token at hand */
void ohm_cloud_account_answer (OhmCloudAccount *self, const GError *error);

/* @claim: (nullable): what we are linked to from now on; its token is not taken along */
void ohm_cloud_account_set_claim (OhmCloudAccount *self, const OhmCloudClaim *claim);

/* Takes a new access token into use. */
void ohm_cloud_account_grant (OhmCloudAccount *self, const OhmCloudReply *reply);

/* -- ohm-cloud-account-renew.c -- */

void ohm_cloud_account_renew (OhmCloudAccount *self);

/* -- ohm-cloud-account-ask.c -- */

/* One exchange with the identity server; time stands still meanwhile for a test clock.
 * @message: (transfer full) */
void ohm_cloud_account_ask_async (OhmCloudAccount *self,
                                  SoupMessage *message,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
OhmCloudAnswer *
ohm_cloud_account_ask_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

/* (transfer full): what a token endpoint said */
OhmCloudReply *ohm_cloud_account_read (const OhmCloudAnswer *answer);

/* Looks up where the identity server wants to be asked, once a day. */
void ohm_cloud_account_discover_async (OhmCloudAccount *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
/* (transfer none) */
OhmCloudIssuer *
ohm_cloud_account_discover_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

/* Keeps @claim. */
void ohm_cloud_account_keep_async (OhmCloudAccount *self,
                                   const OhmCloudClaim *claim,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean
ohm_cloud_account_keep_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

/* The claim that is kept, with its token. */
void ohm_cloud_account_find_async (OhmCloudAccount *self,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/* (transfer full) (nullable): %NULL without an error if there is none */
OhmCloudClaim *
ohm_cloud_account_find_finish (OhmCloudAccount *self, GAsyncResult *result, GError **error);

G_END_DECLS
