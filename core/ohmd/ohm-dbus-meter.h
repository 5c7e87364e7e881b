/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* org.ohmnibus.Ohmnibus1.Meter: one meter */
extern const OhmDbusAdapter ohm_dbus_meter_adapter;

G_END_DECLS
