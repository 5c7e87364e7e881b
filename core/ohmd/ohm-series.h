/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Arithmetic on raw counters. Pure, any thread; integers stay exact. */

/*
 * What a counter counted from @before to @after. A counter that fell, an overflow or a missing
 * side is missing, never negative energy; a balance may fall.
 */
OhmQuality ohm_series_difference (const OhmPoint *point,
                                  OhmCell before,
                                  OhmCell after,
                                  OhmCell *ret_difference);

/*
 * Fills @into (a record with the points of @after) with the differences from @before, point by
 * point, matched by name; what @before does not have is missing. @before: (nullable).
 */
void ohm_series_fill (OhmRecord *into, const OhmRecord *before, const OhmRecord *after);

/* Adds the cells of @part to those of @into, matched by name; missing if either is. */
void ohm_series_add (OhmRecord *into, const OhmRecord *part);

/* The first point, as index in @after, whose counter is lower than in @before; -1 if none. */
int ohm_series_find_fall (const OhmRecord *before, const OhmRecord *after);

/*
 * Whether @after directly follows @before: the next slot of the same run, so that their
 * difference is the slot's energy.
 */
gboolean ohm_series_is_next (const OhmRecord *before, const OhmRecord *after);

G_END_DECLS
