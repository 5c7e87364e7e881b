/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-places.h"

G_BEGIN_DECLS

/*
 * The places that a meter's configuration and plan make: (transfer full) (element-type OhmPlace),
 * or %NULL with %OHM_ERROR_CONFIG. Pure.
 */
GPtrArray *ohm_places_make (const OhmPlacesMeter *meter, GError **error);
/* %OHM_ERROR_CONFIG names all whose source the meter does not have. */
gboolean ohm_places_check_sources (const OhmPlacesMeter *meter, GPtrArray *places, GError **error);

OhmStore *ohm_places_get_store (OhmPlaces *self);

/* After an exchange the place @id goes on with @run. */
void ohm_places_follow_new_run (OhmPlaces *self, const char *id, OhmRun *run);

/* The owner says that the place @id goes on with the meter that it gets next. */
void ohm_places_set_kept (OhmPlaces *self, const char *id, gboolean is_kept);

/* (element-type utf8): places of a claim that did not end yet */
GPtrArray *ohm_places_get_claimed (OhmPlaces *self);

/* Takes a place off the list; %OHM_ERROR_NOT_FOUND, %OHM_ERROR_BUSY if a meter measures it. */
gboolean ohm_places_forget (OhmPlaces *self, const char *id, GError **error);

G_END_DECLS
