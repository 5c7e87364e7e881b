/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-places.h"
#include "ohm-slot.h"
#include "ohm-store.h"

G_BEGIN_DECLS

#define OHM_TYPE_RECORDER (ohm_recorder_get_type ())

/*
 * The interval recorder (design 4.4): opens a slot at its boundary, makes a record of the first
 * good read of each place, and at the end of the window a gap of what is missing. It owns the
 * time of slots and tells its host when one opens. Main thread.
 */
G_DECLARE_FINAL_TYPE (OhmRecorder, ohm_recorder, OHM, RECORDER, GObject)

/*
 * OhmRecorderHost:
 * @begin_slot: (nullable): a slot opened: read the slot entries of all meters now; nothing that
 *   comes after @until_us (UTC) counts
 * @is_confirmed: (nullable): whether the meter's identity was confirmed since the last
 *   interruption or doubt; while it is not, what was read waits (at most for the window)
 * @can_prove: (nullable): whether ohm_recorder_confirm() follows each read of a slot, once the
 *   serial was read after it: nothing of such a meter is recorded before that
 * @get_cause: (nullable): why the meter brought nothing for the slot; default meter-silent
 * @doubt: (nullable): a counter fell: confirm the identity (survey), then call
 *   ohm_recorder_confirm(); @is_confirmed must say %FALSE until then, also of other meters that
 *   may have changed places with it: what was read of them and is not written yet waits too
 * @judge: (nullable): @record is what follows @before (nullable: none of this run is known), read
 *   at @since_us (UTC), at @place; @is_first: in its run. Marks what cannot be in it
 * @tell: (nullable): why no slot opens, with another message than before; %NULL: they do again
 * @user_data: for all of them
 *
 * What the recorder asks of the daemon's meters.
 */
typedef struct
{
  void (*begin_slot) (gint64 slot_us, gint64 until_us, gpointer user_data);
  gboolean (*is_confirmed) (const char *meter, gpointer user_data);
  gboolean (*can_prove) (const char *meter, gpointer user_data);
  OhmGapCause (*get_cause) (const char *meter, gpointer user_data);
  void (*doubt) (const char *meter, gpointer user_data);
  void (*judge) (const OhmPlace *place,
                 const OhmRecord *before,
                 gint64 since_us,
                 gboolean is_first,
                 OhmRecord *record,
                 gpointer user_data);
  void (*tell) (OhmMessage *message, gpointer user_data);
  gpointer user_data;
} OhmRecorderHost;

/* @host: copied; what it points to must outlive the recorder or ohm_recorder_stop() */
OhmRecorder *ohm_recorder_new (OhmStore *store,
                               OhmPlaces *places,
                               OhmBus *bus,
                               OhmWatcher *watcher,
                               const OhmRecorderHost *host);

/* Takes over the newest slots and counters; before start, or late if the store was. */
void ohm_recorder_load (OhmRecorder *self, const OhmStoreContent *content);

/* How long after a boundary a read still counts; default %OHM_SLOT_WINDOW_US, at most 600 s. */
void ohm_recorder_set_window_us (OhmRecorder *self, gint64 window_us);

void ohm_recorder_start (OhmRecorder *self);

/* What was read for the open slot is given to the store; no slot opens any more. */
void ohm_recorder_stop (OhmRecorder *self);

/* The identity of @meter is confirmed, now: what waits for it is recorded. */
void ohm_recorder_confirm (OhmRecorder *self, const char *meter);

/* Gives the store what is recorded: it belongs to the places as they are now. */
void ohm_recorder_flush (OhmRecorder *self);

/*
 * What waits for the identity of @meter was read of another device: it is forgotten.
 * Returns: until when it may be read again for the open slot, monotonic; 0 if none is open
 */
gint64 ohm_recorder_drop (OhmRecorder *self, const char *meter);

/* The open slot, UTC; 0 if none is. */
gint64 ohm_recorder_get_slot_us (OhmRecorder *self);

/* Whether @meter has still to be read for the open slot. */
gboolean ohm_recorder_is_wanted (OhmRecorder *self, const char *meter);

/* (transfer none) (nullable): `clock-early`, `until` when: why no slot opens, if that is for longer
 * than the slot that a clock loses when it is put right */
OhmMessage *ohm_recorder_get_message (OhmRecorder *self);

G_END_DECLS
