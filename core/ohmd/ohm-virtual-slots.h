/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-places.h"
#include "ohm-virtual-sum.h"

G_BEGIN_DECLS

#define OHM_TYPE_VIRTUAL_SLOTS (ohm_virtual_slots_get_type ())

/*
 * Quarter hours of one virtual meter: from the committed records of its parts, whatever was
 * running when they came. What the store has of the parts and not of the sum is computed,
 * however long ago; a part that changed has its slot computed again. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmVirtualSlots, ohm_virtual_slots, OHM, VIRTUAL_SLOTS, GObject)

/* @place: the sum's place; @terms: (element-type OhmVirtualTerm): copied; @window_us: how long
 * after its boundary a slot of a part may still be recorded */
OhmVirtualSlots *ohm_virtual_slots_new (OhmStore *store,
                                        OhmPlaces *places,
                                        OhmClock *clock,
                                        const char *place,
                                        GPtrArray *terms);

void ohm_virtual_slots_set_window_us (OhmVirtualSlots *self, gint64 window_us);

/* Computes what is missing up to now. */
void ohm_virtual_slots_catch_up (OhmVirtualSlots *self);

/* A part was recorded: its slot is computed, perhaps again. */
void ohm_virtual_slots_take (OhmVirtualSlots *self, const OhmRecord *record);

/* Nothing is computed any more; what is under way is dropped. */
void ohm_virtual_slots_stop (OhmVirtualSlots *self);

/* Whether nothing is under way, for tests. */
gboolean ohm_virtual_slots_is_idle (OhmVirtualSlots *self);

G_END_DECLS
