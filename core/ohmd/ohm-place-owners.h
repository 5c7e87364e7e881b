/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-places.h"
#include "ohm-site.h"

G_BEGIN_DECLS

/*
 * Gives meters the places that they claim, by their files or by their counters. A meter whose
 * places another one has goes without, which an alarm tells, and is tried again whenever places may
 * have become free. Main thread.
 */
typedef struct _OhmPlaceOwners OhmPlaceOwners;

/* @site, @places: must outlive it */
OhmPlaceOwners *ohm_place_owners_new (OhmSite *site, OhmPlaces *places);
void ohm_place_owners_free (OhmPlaceOwners *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlaceOwners, ohm_place_owners_free)

/*
 * It is known what @host measures. Nothing that was read of it may wait for a record meanwhile.
 *
 * Returns: whether its counters are read in another way than before: what was read until now must
 *   not be held against what comes
 */
gboolean ohm_place_owners_update (OhmPlaceOwners *self, OhmMeterHost *host);

/* Places may have become free. */
void ohm_place_owners_try_again (OhmPlaceOwners *self);

/* A meter is gone. */
void ohm_place_owners_remove (OhmPlaceOwners *self, const char *meter);

G_END_DECLS
