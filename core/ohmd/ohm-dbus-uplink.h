/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

extern const OhmDbusAdapter ohm_dbus_uplink_adapter;

G_END_DECLS
