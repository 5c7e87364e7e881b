/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"

G_BEGIN_DECLS

/* One `[place ID]` of a meter. @owners: place id to the file that names it; @faults gets all that
 * is wrong. */
void ohm_config_place_parse (OhmMeterConfig *meter,
                             OhmKeyfile *keyfile,
                             const char *group,
                             GHashTable *owners,
                             GPtrArray *faults);

/* Of two meters that want a place, whether @a keeps it: it holds it, or is called so, or names it
 * where the other one does not, or comes first. */
gboolean ohm_config_place_is_kept_by (const OhmConfigHolders *holders,
                                      const char *place,
                                      const OhmMeterConfig *a,
                                      const OhmMeterConfig *b);

/* Whether @place is one of @meter's: configured, or what may come of its groups without any. */
gboolean ohm_config_place_is_of (const char *place, const OhmMeterConfig *meter);

/* With all meters read: of those that name the same place, one keeps it, the others are wrong. */
void ohm_config_place_check_owners (OhmConfig *self, const OhmConfigHolders *holders);

/* (transfer none) (nullable): the meter that a place belongs to, as far as files tell */
OhmMeterConfig *ohm_config_place_find_owner (OhmConfig *self, const char *place);

/* (nullable): of the places that files tell of, the one that is meant */
char *ohm_config_place_dup_suggestion (OhmConfig *self, const char *place);

/* With all files at hand: tells parents that are no place, and unties circles of them. Their meters
 * are read all the same: a parent concerns what is made of the records. */
void ohm_config_place_check_parents (OhmConfig *self, GHashTable *owners);

G_END_DECLS
