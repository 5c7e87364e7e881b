/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

/* Slots of one place in stretches of equal state, from pages of records and gaps in order of
 * time. Knows no bus. */
typedef struct _OhmDbusStretches OhmDbusStretches;

/* Slots that end in (@from_us, @to_us] count. */
OhmDbusStretches *ohm_dbus_stretches_new (gint64 from_us, gint64 to_us);
void ohm_dbus_stretches_free (OhmDbusStretches *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusStretches, ohm_dbus_stretches_free)

void ohm_dbus_stretches_add_page (OhmDbusStretches *self, const OhmStorePage *page);

/* (transfer floating): `a(xxsu)`: from, to, state, slots */
GVariant *ohm_dbus_stretches_end (OhmDbusStretches *self);

G_END_DECLS
