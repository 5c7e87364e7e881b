/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* Methods of the interface Uplink. */
void ohm_dbus_uplink_call_get_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_set_config (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_list_dead_letters (OhmDbus *dbus,
                                             gpointer object,
                                             GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_send_now (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_resend (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_confirm (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_set_secret (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_claim (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_unlink (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);

/* Of the Manager: methods that write whole `.uplink` files. */
void ohm_dbus_uplink_call_add (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_set (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_rename (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);
void ohm_dbus_uplink_call_remove (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *call);

G_END_DECLS
