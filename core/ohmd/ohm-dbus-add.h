/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* New meters: Manager.AddMeter and Manager.AddMeters */
void ohm_dbus_add_call_meter (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);
void ohm_dbus_add_call_meters (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);

/* The owner says that the meter @id goes on with the places that @text, its file, names or that
 * are called after it; until ohm_places_end_claim(). */
gboolean ohm_dbus_add_claim (OhmDbus *dbus,
                             const char *id,
                             const char *text,
                             gboolean is_same,
                             GError **error);

G_END_DECLS
