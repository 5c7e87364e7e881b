/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plausibility-hold.h"
#include "ohm-plausibility-limits.h"

G_BEGIN_DECLS

/*
 * OhmPlausibilityCounters:
 *
 * All that counts energy in a group of a meter: net, import, export, reactive, apparent, by phase
 * and by tariff, and pulses that stand for energy. Each is held against the largest possible power;
 * import and export in total against the power that is shown, too. What has no energy's unit has no
 * limit that could be known.
 *
 * One finding at a time: what a counter that jumps does to the others is no other cause.
 */
typedef struct _OhmPlausibilityCounters OhmPlausibilityCounters;

/* Returns: (nullable): %NULL if the group counts no energy */
OhmPlausibilityCounters *ohm_plausibility_counters_new (OhmPointSet *points, const char *group);
void ohm_plausibility_counters_free (OhmPlausibilityCounters *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlausibilityCounters, ohm_plausibility_counters_free)

/* The power that the group shows, as ohm_plausibility_counter_note_power(). */
void ohm_plausibility_counters_note_power (OhmPlausibilityCounters *self,
                                           double total_w,
                                           const double *phases_w,
                                           gint64 now_us);

/**
 * ohm_plausibility_counters_update:
 * @reading: of the points that it was made with
 * @max_w: largest possible power; 0 if that is not known
 */
OhmHoldNews ohm_plausibility_counters_update (OhmPlausibilityCounters *self,
                                              const OhmReading *reading,
                                              double max_w,
                                              const OhmPlausibilityLimits *limits,
                                              gint64 now_us,
                                              OhmMessage **ret_message);

/* Marks the counters in @record that jumped since @before, read at @from_us (monotonic), as
 * suspect; they stay as they are. */
void ohm_plausibility_counters_judge (const OhmPlausibilityCounters *self,
                                      const OhmRecord *before,
                                      gint64 from_us,
                                      OhmRecord *record);

/*
 * The same by the records alone, for what happened while nobody looked: those that cannot have
 * counted so much since @before was read, at @from_us (UTC). None is coarser than an hour at full
 * power. A counter that falls was reset, which is told elsewhere.
 */
void ohm_plausibility_counters_judge_since (const OhmPlausibilityCounters *self,
                                            const OhmRecord *before,
                                            gint64 from_us,
                                            double max_w,
                                            OhmRecord *record);

/*
 * The same for the first record of a meter that was put in after @from_us, UTC, with the counters
 * @first, as somebody read them off: one that cannot have counted so much since, or shows less.
 */
void ohm_plausibility_counters_judge_first (const OhmPlausibilityCounters *self,
                                            const OhmRecord *first,
                                            gint64 from_us,
                                            double max_w,
                                            OhmRecord *record);

G_END_DECLS
