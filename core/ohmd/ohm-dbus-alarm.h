/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* org.ohmnibus.Ohmnibus1.Alarm: what is wrong */
extern const OhmDbusAdapter ohm_dbus_alarm_adapter;

/* (transfer floating): `(tssa{ss}xx)`, arguments of the signal Changed */
GVariant *ohm_dbus_alarm_to_variant (const OhmAlarm *alarm);

G_END_DECLS
