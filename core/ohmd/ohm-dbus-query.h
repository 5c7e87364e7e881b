/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-store.h"

G_BEGIN_DECLS

/* What Place asks of the store, a few calls at a time. */
typedef struct _OhmDbusQueries OhmDbusQueries;

OhmDbusQueries *ohm_dbus_queries_new (OhmStore *store);
void ohm_dbus_queries_unref (OhmDbusQueries *self);

/* Answers those that wait with an error; those that are worked on are answered as ever. */
void ohm_dbus_queries_stop (OhmDbusQueries *self);

/* Page by page, each with the first two arguments of @invocation (transfer full) as its time. */
void ohm_dbus_query_history (OhmDbusQueries *queries,
                             OhmPlace *place,
                             GDBusMethodInvocation *invocation);
void
ohm_dbus_query_trend (OhmDbusQueries *queries, OhmPlace *place, GDBusMethodInvocation *invocation);
void
ohm_dbus_query_slots (OhmDbusQueries *queries, OhmPlace *place, GDBusMethodInvocation *invocation);

G_END_DECLS
