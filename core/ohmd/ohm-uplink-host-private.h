/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-delivery-samples.h"
#include "ohm-store-uplink.h"
#include "ohm-uplink-host.h"

G_BEGIN_DECLS

struct _OhmUplinkHost
{
  GObject parent_instance;

  OhmUplinkConfig *config;     /* (owned) */
  OhmStore *store;             /* (owned) */
  OhmBus *bus;                 /* (owned) */
  OhmWatcher *watcher;         /* (owned) */
  OhmPlaces *places;           /* (owned) */
  OhmSecrets *secrets;         /* (owned) */
  char *reason;                /* (owned) (nullable): why it cannot run */
  gint64 since_us;             /* of a state without a delivery */
  OhmUplink *uplink;           /* (owned) (nullable) */
  OhmDelivery *delivery;       /* (owned) (nullable) */
  OhmDeliverySamples *samples; /* (owned) (nullable): if its file wants values */
  OhmMessage *shown;           /* (owned) (nullable): lent by the last view */

  OhmJob *claim_job;   /* (owned) (nullable): while it runs */
  char *user_code;     /* (owned) (nullable): what a person is asked to do */
  char *uri;           /* (owned) (nullable) */
  char *uri_complete;  /* (owned) (nullable) */
  gint64 expires_us;   /* UTC */
  gint64 asked_us;     /* UTC: since when */
  OhmClaimState claim; /* as last seen */
};

/* Emits `uplink-changed`. */
void ohm_uplink_host_announce (OhmUplinkHost *self);
void ohm_uplink_host_add_event (OhmUplinkHost *self, OhmMessage *message);
/* Remedies name the uplink in the commands that they tell. (transfer full) */
OhmMessage *ohm_uplink_host_name_message (OhmUplinkHost *self, OhmMessage *message);
gboolean ohm_uplink_host_check_runs (OhmUplinkHost *self, GError **error);

/* ohm-uplink-claim.c */
void ohm_uplink_host_note_claim (OhmUplinkHost *self, OhmClaimState claim);
void ohm_uplink_host_drop_prompt (OhmUplinkHost *self);

G_END_DECLS
