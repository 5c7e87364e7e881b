/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-cloud-uplink.h"

OHM_PLUGIN ("cloud",
            "Records to an engine by HTTP: OTLP or line protocol",
            ohm_cloud_uplink_get_type);
