/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-place.h"
#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/**
 * OhmPlausibilityParts:
 *
 * Places against the place that they are part of (`parent`), quarter hour by quarter hour: together
 * they cannot use more than it. Less is no finding: not everything has a meter of its own. Only
 * slots of which every record is good and follows the one before count.
 */
typedef struct _OhmPlausibilityParts OhmPlausibilityParts;

OhmPlausibilityParts *ohm_plausibility_parts_new (void);
void ohm_plausibility_parts_free (OhmPlausibilityParts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlausibilityParts, ohm_plausibility_parts_free)

/* Keeps the record of @place; what it used in the slot is known if its last record was the one
 * before. */
void ohm_plausibility_parts_note (OhmPlausibilityParts *self,
                                  const OhmPlace *place,
                                  const OhmRecord *record);

/**
 * ohm_plausibility_parts_update:
 * @parent: id of a place
 * @places: (element-type OhmPlace): all of the site
 * @slot_us: a slot's end
 * @ret_message: (out): what was raised
 *
 * Compares once the parent and all its parts have been noted for the slot.
 */
OhmHoldNews ohm_plausibility_parts_update (OhmPlausibilityParts *self,
                                           const char *parent,
                                           const GPtrArray *places,
                                           gint64 slot_us,
                                           const OhmPlausibilityLimits *limits,
                                           OhmMessage **ret_message);

G_END_DECLS
