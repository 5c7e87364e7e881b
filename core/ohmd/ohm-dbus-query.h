/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-store.h"

G_BEGIN_DECLS

/* What Place asks of the store, answered page by page, each with the first two arguments of
 * @invocation (transfer full) as its time. */
void ohm_dbus_query_history (OhmStore *store, OhmPlace *place, GDBusMethodInvocation *invocation);
void ohm_dbus_query_trend (OhmStore *store, OhmPlace *place, GDBusMethodInvocation *invocation);
void ohm_dbus_query_slots (OhmStore *store, OhmPlace *place, GDBusMethodInvocation *invocation);

G_END_DECLS
