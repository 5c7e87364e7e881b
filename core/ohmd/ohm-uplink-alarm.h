/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-alarms.h"
#include "ohm-uplink-host.h"

G_BEGIN_DECLS

/* Raises or ends the alarms of an uplink by what its view says: one about its state, one about
 * what its destination refused for good. */
void ohm_uplink_alarm_update (OhmAlarms *alarms, OhmUplinkHost *host, gint64 now_us);

/* It is gone. */
void ohm_uplink_alarm_end (OhmAlarms *alarms, const char *id);

G_END_DECLS
