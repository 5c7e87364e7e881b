/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* Manager.ReplaceMeter */
void ohm_dbus_replace_call (OhmDbus *dbus, gpointer object, GDBusMethodInvocation *invocation);

G_END_DECLS
