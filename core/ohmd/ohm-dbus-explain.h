/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* The part of Manager that says what is configured, what may be, and what is wrong. */

void ohm_dbus_explain_call_check_config (OhmDbus *dbus,
                                         gpointer object,
                                         GDBusMethodInvocation *invocation);
void ohm_dbus_explain_call_get_config (OhmDbus *dbus,
                                       gpointer object,
                                       GDBusMethodInvocation *invocation);
void ohm_dbus_explain_call_set_config (OhmDbus *dbus,
                                       gpointer object,
                                       GDBusMethodInvocation *invocation);
void ohm_dbus_explain_call_explain_config (OhmDbus *dbus,
                                           gpointer object,
                                           GDBusMethodInvocation *invocation);
void ohm_dbus_explain_call_get_refused (OhmDbus *dbus,
                                        gpointer object,
                                        GDBusMethodInvocation *invocation);

/* (transfer floating): `a(ssssbu)`, each point of @sets (element-type OhmPointSet, one per meter)
 * once per unit and cell type, with the number of meters that have it */
GVariant *ohm_dbus_explain_points (GPtrArray *sets);

G_END_DECLS
