/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-alarms.h"
#include "ohm-place.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

#define OHM_TYPE_PLAUSIBILITY (ohm_plausibility_get_type ())

/*
 * Looks at every reading and record as it goes by, and raises an alarm where a meter shows what
 * cannot be: a dead phase, an unbalance, a reversed current, an impossible power, a counter that
 * stands, runs or jumps, parts that use more than their whole. All counters of energy are looked
 * at, by direction, phase and tariff; pulses only if their unit is an energy's, since otherwise
 * nobody knows how many are too many.
 *
 * Values stay as they are. So does their quality while they are shown: a finding concerns a meter
 * over some time, which of the values before it were wrong already nobody knows, a counter that
 * stands is still what the meter shows, and a reading is shared. What is recorded is judged once,
 * before it is: a counter that jumped since the record before, or since it was typed at an
 * exchange, is `suspect` in that record, and so are the differences to it.
 *
 * One alarm at a time of each kind and group: what follows from another finding (the unbalance of a
 * dead phase, parts that exceed a whole whose counter stands) is not told by itself.
 */
G_DECLARE_FINAL_TYPE (OhmPlausibility, ohm_plausibility, OHM, PLAUSIBILITY, GObject)

/**
 * OhmPlausibilityMeter:
 * @is_checked: whether the meter is to be looked at
 * @settings: (nullable): of its file
 * @facts: (nullable): what the device says of itself
 */
typedef struct
{
  gboolean is_checked;
  OhmSettings *settings;
  OhmFacts *facts;
} OhmPlausibilityMeter;

/**
 * OhmPlausibilityHost:
 * @get_limits: asked once a minute at most
 * @get_meter: asked when a meter's points are new, and once a minute; %FALSE if there is no such
 * one
 * @list_places: (transfer container) (element-type OhmPlace): all places
 * @is_confirmed: (nullable): whether a meter is known to be itself: what an unproved one tells may
 *   be another device's, and is not looked at
 *
 * What is asked of whoever knows.
 */
typedef struct
{
  void (*get_limits) (OhmPlausibilityLimits *ret_limits, gpointer user_data);
  gboolean (*get_meter) (const char *meter, OhmPlausibilityMeter *ret_meter, gpointer user_data);
  GPtrArray *(*list_places) (gpointer user_data);
  gpointer user_data;
  gboolean (*is_confirmed) (const char *meter, gpointer user_data);
} OhmPlausibilityHost;

/* @host: copied */
OhmPlausibility *ohm_plausibility_new (OhmBus *bus,
                                       OhmClock *clock,
                                       OhmAlarms *alarms,
                                       const OhmPlausibilityHost *host);

/*
 * Marks what cannot be in @record, which follows @before (nullable: none of its run is known), read
 * at @since_us (UTC), at @place, as suspect: what jumped between both; or, if it @is_first in its
 * run, what can never have been counted since the counters were typed that the run begins with. Its
 * only owner calls.
 */
void ohm_plausibility_judge (OhmPlausibility *self,
                             const OhmPlace *place,
                             const OhmRecord *before,
                             gint64 since_us,
                             gboolean is_first,
                             OhmRecord *record);

/* A meter is gone: so is what was found of it. */
void ohm_plausibility_remove_meter (OhmPlausibility *self, const char *meter);

G_END_DECLS
