/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * Counters as people see them at a place: the store keeps what the meter says, direction and
 * factor are applied when something is shown or delivered. Integers stay integers while the factor
 * is whole. Plain data; one thread at a time.
 */
typedef struct _OhmPlaceView OhmPlaceView;

/* @is_inverted: import and export change sides, balances their sign */
OhmPlaceView *ohm_place_view_new (gboolean is_inverted, double factor);
void ohm_place_view_free (OhmPlaceView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlaceView, ohm_place_view_free)

/* (transfer none): what the points of @raw are called here */
OhmPointSet *ohm_place_view_get_points (OhmPlaceView *self, OhmPointSet *raw);

/*
 * (transfer full): @raw with direction and factor applied. What has no value, or none that can be
 * told, is missing and its cell 0.
 */
OhmRecord *ohm_place_view_apply (OhmPlaceView *self, const OhmRecord *raw);

G_END_DECLS
