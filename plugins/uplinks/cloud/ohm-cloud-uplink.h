/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

#include "ohm-cloud-fetch.h"

G_BEGIN_DECLS

#define OHM_TYPE_CLOUD_UPLINK (ohm_cloud_uplink_get_type ())

/**
 * OhmCloudUplink:
 *
 * Posts records to an engine by HTTP.
 */
G_DECLARE_FINAL_TYPE (OhmCloudUplink, ohm_cloud_uplink, OHM, CLOUD_UPLINK, OhmUplink)

/* Other limits than %OHM_CLOUD_LIMITS_INIT, for tests. */
void ohm_cloud_uplink_set_limits (OhmCloudUplink *self, const OhmCloudLimits *limits);

G_END_DECLS
