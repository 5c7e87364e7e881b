/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-store.h"

G_BEGIN_DECLS

/* Type of the payload of Place.GetTrend. */
#define OHM_DBUS_TREND_TYPE "(a(ss)a(xadadad))"

/* Longest time that one call asks for: 40,320 minutes. */
#define OHM_DBUS_TREND_MAX_US (G_GINT64_CONSTANT (28 * 86400) * G_USEC_PER_SEC)

/* Minutes of one place to the payload of Place.GetTrend. Knows no bus. */
typedef struct _OhmDbusTrend OhmDbusTrend;

OhmDbusTrend *ohm_dbus_trend_new (void);
void ohm_dbus_trend_free (OhmDbusTrend *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusTrend, ohm_dbus_trend_free)

void ohm_dbus_trend_add (OhmDbusTrend *self, const OhmTrendRow *row);

/* (transfer floating): the payload; nothing can be added any more */
GVariant *ohm_dbus_trend_end (OhmDbusTrend *self);

G_END_DECLS
