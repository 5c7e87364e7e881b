/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* Methods of the interface Meter that are about its clock; @object is an OhmMeterHost. */
void ohm_dbus_clock_call_get (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);
void ohm_dbus_clock_call_check (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);
void ohm_dbus_clock_call_set (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);

G_END_DECLS
