/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"
#include "ohm-uplink-host.h"

G_BEGIN_DECLS

#define OHM_TYPE_UPLINKS (ohm_uplinks_get_type ())

/*
 * All uplinks: applies the configuration, touching only what changed, and raises their alarms. The
 * gateway's identity is made when the first one runs. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmUplinks, ohm_uplinks, OHM, UPLINKS, GObject)

/*
 * OhmUplinksSetup:
 * @site: whose configuration, alarms and time
 * @store: what is delivered
 * @places: where it was measured
 * @secrets: where secrets are
 * @state_dir: where the gateway's identity is
 */
typedef struct
{
  OhmSite *site;
  OhmStore *store;
  OhmPlaces *places;
  OhmSecrets *secrets;
  const char *state_dir;
} OhmUplinksSetup;

OhmUplinks *ohm_uplinks_new (const OhmUplinksSetup *setup);

/* Ends all of them. */
void ohm_uplinks_stop (OhmUplinks *self);

/* (transfer none) (element-type OhmUplinkHost): sorted by id */
GPtrArray *ohm_uplinks_list (OhmUplinks *self);
/* (transfer none) (nullable) */
OhmUplinkHost *ohm_uplinks_find (OhmUplinks *self, const char *id);

/*
 * Forgets what is kept under @id although no file names it: position, what was refused, secrets and
 * account, as if it had been removed. %OHM_ERROR_NOT_FOUND if nothing is, or another uplink goes on
 * with it; %OHM_ERROR_BUSY if one may, whose file is wrong; %OHM_ERROR_STORE.
 */
void ohm_uplinks_forget_async (OhmUplinks *self,
                               const char *id,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean ohm_uplinks_forget_finish (OhmUplinks *self, GAsyncResult *result, GError **error);

/* (transfer none) (nullable): identity of this gateway; NULL as long as there is no uplink */
const char *ohm_uplinks_get_gateway (OhmUplinks *self);

G_END_DECLS
