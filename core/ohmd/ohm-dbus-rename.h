/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-dbus-adapter.h"
#include "ohm-place.h"

G_BEGIN_DECLS

/* New ids for places and meters: all files that name them are changed together or not at all. */

/* Place.Rename; @object is an OhmPlace. */
void ohm_dbus_rename_call_place (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);

/* Manager.RenameMeter */
void ohm_dbus_rename_call_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);

/* The meter whose file says what the place is; answers if there is none. (nullable) */
const OhmMeterConfig *
ohm_dbus_rename_find_file (OhmDbus *dbus, const OhmPlace *place, GDBusMethodInvocation *invocation);

/*
 * A place that is there because its meter has the counters is written down before it or its meter
 * is changed: with it all places of that meter that have no group, which otherwise would go.
 * @set: `a(sss)`, for ohm_dbus_config_edit()
 */
void
ohm_dbus_rename_add_siblings (OhmDbus *dbus, const OhmMeterConfig *meter, GVariantBuilder *set);

G_END_DECLS
