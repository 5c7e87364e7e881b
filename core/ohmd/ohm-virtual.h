/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"
#include "ohm-virtual-slots.h"

G_BEGIN_DECLS

#define OHM_TYPE_VIRTUAL (ohm_virtual_get_type ())

/*
 * One virtual meter at work: its points follow those of its parts, its values are made of their
 * last ones once a period, its quarter hours of their records. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmVirtual, ohm_virtual, OHM, VIRTUAL, GObject)

/* @meter: id of a meter of the site; @sum: what its file says */
OhmVirtual *ohm_virtual_new (OhmSite *site,
                             OhmPlaces *places,
                             OhmStore *store,
                             const char *meter,
                             const char *sum);

const char *ohm_virtual_get_sum (OhmVirtual *self);

/* Looks at its parts again: one was planned, renamed, or is gone. Returns: whether the sum is older
 * or newer by that than it was, and with it every sum that has it as a part. */
gboolean ohm_virtual_refresh (OhmVirtual *self);

/* A record or gap of any place was committed. */
void ohm_virtual_take_record (OhmVirtual *self, const OhmRecord *record);

/* Computes the quarter hours that are missing. */
void ohm_virtual_catch_up (OhmVirtual *self);

G_END_DECLS
