/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"
#include "ohm-meter-host.h"

G_BEGIN_DECLS

/* org.ohmnibus.Ohmnibus1.Meter: one meter */
extern const OhmDbusAdapter ohm_dbus_meter_adapter;

/* FALSE after having answered that there is no device: the meter is made of places. */
gboolean ohm_dbus_meter_check_device (OhmMeterHost *meter, GDBusMethodInvocation *invocation);

G_END_DECLS
