/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"
#include "ohmctl-reading.h"

G_BEGIN_DECLS

#define OHMCTL_HISTORY_TYPE "(a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))"

/* Flags of a slot. */
#define OHMCTL_SLOT_CLOCK_UNSURE (1 << 0)
#define OHMCTL_SLOT_RESET        (1 << 1)

/* Longest time that the daemon answers at once. */
#define OHMCTL_HISTORY_STEP_US (400 * G_TIME_SPAN_DAY)

/**
 * OhmctlHistory:
 *
 * Interval records and gaps of a time, as Place.GetHistory answers them, one part after the other.
 */
typedef struct _OhmctlHistory OhmctlHistory;

OhmctlHistory *ohmctl_history_new (void);
/* @payload: of type %OHMCTL_HISTORY_TYPE, later than those before. A gap that reaches from the
 * part before into it counts once. */
void ohmctl_history_add (OhmctlHistory *self, GVariant *payload);
/* Calls @func for every point set. */
void ohmctl_history_foreach_set (OhmctlHistory *self,
                                 void (*func) (OhmctlPointSet *set, gpointer data),
                                 gpointer data);
void ohmctl_history_free (OhmctlHistory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlHistory, ohmctl_history_free)

/**
 * OhmctlSlot:
 * @end_us: end of the slot
 * @read_us: true time of the read
 * @origin: how it came
 * @flags: see above
 * @run: number of the run that it belongs to
 * @is_new_run: the record before is known, and of another run
 * @set: (nullable): of both readings
 * @counters: (owned) (nullable): as read
 * @deltas: (owned) (nullable): differences to the slot before
 *
 * A record.
 */
typedef struct
{
  GVariant *row; /* (owned): keeps the texts */
  gint64 end_us;
  gint64 read_us;
  const char *origin;
  guint flags;
  gint64 run;
  gboolean is_new_run;
  OhmctlPointSet *set;
  OhmctlReading *counters;
  OhmctlReading *deltas;
} OhmctlSlot;

/**
 * OhmctlGap:
 * @from_us: end of the last slot before it
 * @to_us: end of the last missing slot
 * @closed_us: when good counters came again; 0 while it is open
 * @cause: why
 * @slots: how many are missing
 * @deltas: (owned) (nullable): differences over all of it
 *
 * Slots that nobody recorded.
 */
typedef struct
{
  GVariant *row; /* (owned): keeps the texts */
  gint64 from_us;
  gint64 to_us;
  gint64 closed_us;
  const char *cause;
  guint slots;
  OhmctlReading *deltas;
} OhmctlGap;

/* Asks the daemon, part by part, for slots that end in (@from_us, @to_us]. */
OhmctlHistory *ohmctl_history_load (OhmctlContext *context,
                                    OhmctlObject *place,
                                    gint64 from_us,
                                    gint64 to_us,
                                    GError **error);

gsize ohmctl_history_n_slots (OhmctlHistory *self);
gsize ohmctl_history_n_gaps (OhmctlHistory *self);
void ohmctl_history_get_slot (OhmctlHistory *self, gsize index, OhmctlSlot *slot);
void ohmctl_history_get_gap (OhmctlHistory *self, gsize index, OhmctlGap *gap);
void ohmctl_slot_clear (OhmctlSlot *slot);
void ohmctl_gap_clear (OhmctlGap *gap);

/* A member of `gaps`: from, to, cause, slots, delta. */
void ohmctl_history_write_gap (OhmctlJson *json, const OhmctlGap *gap);

G_END_DECLS
