/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-recorder.h"

G_BEGIN_DECLS

/*
 * OhmRecorderSeries:
 * @last: (owned) (nullable): newest record of the open run
 * @run: number of the run of the newest record, as it was when that was read: 0 if the run was not
 *   stored yet, -1 if it was another than the open one
 * @read_us: when the newest record of any run was read, UTC; 0 if there is none
 * @before: (owned) (nullable): what @last was before the record of the open slot
 * @before_us: what @handled_us was
 * @stored_us: newest slot that the store had at the start
 * @handled_us: newest slot that was recorded or given up since the start; 0 if none was
 * @is_done: nothing more is wanted for the open slot
 * @is_doubted: a fall was seen for the open slot
 * @pending: (owned) (nullable): what was read for the open slot
 * @answered: (owned) (nullable): by point of @pending, whether it was asked for and answered
 * @n_good: good values in it
 * @is_complete: no request for it failed
 * @is_proved: the meter's identity was confirmed after it was read
 *
 * What the recorder knows of one place.
 */
typedef struct
{
  OhmRecord *last;
  gint64 run;
  gint64 read_us;
  OhmRecord *before;
  gint64 before_us;
  gint64 stored_us;
  gint64 handled_us;
  gboolean is_done;
  gboolean is_doubted;
  OhmRecord *pending;
  guint8 *answered;
  guint n_good;
  gboolean is_complete;
  gboolean is_proved;
} OhmRecorderSeries;

OhmRecorderSeries *ohm_recorder_series_new (void);
void ohm_recorder_series_free (OhmRecorderSeries *self);

/* Forgets the slot before. */
void ohm_recorder_series_begin (OhmRecorderSeries *self, gint64 slot_us);

/*
 * Takes what @reading has of @place for the slot, if it is in time and better than what there is
 * already (design 4.4), or has what is missing there. Returns: whether it was taken
 */
gboolean ohm_recorder_series_take (OhmRecorderSeries *self,
                                   const OhmPlace *place,
                                   const OhmReading *reading,
                                   gint64 slot_us,
                                   gint64 window_us);

/* What was read becomes the newest record. Returns: (transfer full): it */
OhmRecord *ohm_recorder_series_commit (OhmRecorderSeries *self, gint64 slot_us);

/* Forgets what was read and not recorded. */
void ohm_recorder_series_drop (OhmRecorderSeries *self);

/* Undoes that before it was written: it may be another meter's. @record: (transfer full) */
void ohm_recorder_series_take_back (OhmRecorderSeries *self, OhmRecord *record);

/* Whether a counter in what was read is lower than in the last record. */
gboolean ohm_recorder_series_has_fallen (const OhmRecorderSeries *self);

/* (transfer full): "nobody recorded up to and with @slot_us" */
OhmRecord *ohm_recorder_make_gap (const OhmPlace *place, gint64 slot_us, OhmGapCause cause);

G_END_DECLS
