/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

/* Type of the payload of Place.GetHistory. */
#define OHM_DBUS_HISTORY_TYPE "(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))"

/* Longest time that one call asks for: a year with some days, 38,400 slots of each place. */
#define OHM_DBUS_HISTORY_MAX_US (G_GINT64_CONSTANT (400 * 86400) * G_USEC_PER_SEC)

/* Records and gaps of one place, page by page, to the payload of Place.GetHistory: differences
 * worked out, direction and factor applied. Knows no bus. */
typedef struct _OhmDbusHistory OhmDbusHistory;

OhmDbusHistory *ohm_dbus_history_new (OhmPlace *place);
void ohm_dbus_history_free (OhmDbusHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusHistory, ohm_dbus_history_free)

void ohm_dbus_history_add_page (OhmDbusHistory *self, const OhmStorePage *page);

/* (transfer floating): the payload; nothing can be added any more */
GVariant *ohm_dbus_history_end (OhmDbusHistory *self);

/* (transfer floating): `a(ssssb)`, as Manager.GetPointSet answers */
GVariant *ohm_dbus_point_set_to_variant (OhmPointSet *points);

G_END_DECLS
