/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What a virtual meter's run has in place of a serial begins so. */
#define OHM_RUN_OF_PARTS "runs "

#define OHM_TYPE_RUN (ohm_run_get_type ())

/*
 * OhmRun:
 * @number: its number in the store; 0 until stored
 * @meter: id of the meter
 * @serial: (nullable): the meter's serial; unknown may become known later
 * @source: the meter's group or input; `""` for none
 * @opened_us: when it began, UTC: the first record's slot, or the exchange
 * @closed_us: when it ended, UTC; 0 while it is open
 * @first: (nullable): counters at its begin
 * @last: (nullable): counters at its end
 *
 * One stretch of a place's series, measured by one counter. Immutable, reference counted, any
 * thread.
 */
typedef struct
{
  gint64 number;
  char *meter;
  char *serial;
  char *source;
  gint64 opened_us;
  gint64 closed_us;
  OhmRecord *first;
  OhmRecord *last;
} OhmRun;

GType ohm_run_get_type (void);
/* Takes nothing: strings are copied, records referenced. */
OhmRun *ohm_run_new (const OhmRun *fields);
OhmRun *ohm_run_ref (OhmRun *self);
void ohm_run_unref (OhmRun *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmRun, ohm_run_unref)

#define OHM_TYPE_PLACE (ohm_place_get_type ())

/*
 * OhmPlace:
 * @id: unique in the site
 * @name: what people call it
 * @source: the meter's group or input; `""` for none
 * @medium: `electricity`, `water`, ...
 * @parent: (nullable): id of the place that contains it
 * @is_virtual: its meter is computed from others: nobody reads it at slots
 * @is_inverted: import and export change sides when shown
 * @factor: what counters are multiplied with when shown
 * @meter: (nullable): id of its meter; %NULL if it has none (any more)
 * @serial: (nullable): serial of the meter, as last surveyed
 * @address: (nullable): link and unit of the meter: who it is while it tells no serial
 * @profile_revision: of the profile that reads it
 * @points: (nullable): its counters; %NULL while its meter's plan is unknown
 * @n_points: their number
 * @indices: (array length=n_points): where they are in the meter's point set
 * @meter_points: (nullable): the meter's point set that @indices are for
 * @counters: (nullable): how they are read, see ohm_counters_describe()
 * @run: (nullable): the open run
 *
 * Where energy is measured (design 1). Records hold raw counters: direction and factor are
 * applied when they are shown. Immutable, reference counted, any thread.
 */
typedef struct
{
  char *id;
  char *name;
  char *source;
  char *medium;
  char *parent;
  gboolean is_virtual;
  gboolean is_inverted;
  double factor;
  char *meter;
  char *serial;
  char *address;
  guint profile_revision;
  OhmPointSet *points;
  guint n_points;
  guint *indices;
  OhmPointSet *meter_points;
  char *counters;
  OhmRun *run;
} OhmPlace;

GType ohm_place_get_type (void);
/* Takes nothing: strings and arrays are copied, the rest is referenced. */
OhmPlace *ohm_place_new (const OhmPlace *fields);
OhmPlace *ohm_place_ref (OhmPlace *self);
void ohm_place_unref (OhmPlace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPlace, ohm_place_unref)

/* Whether both say the same, the open run apart. */
gboolean ohm_place_equal (const OhmPlace *a, const OhmPlace *b);

/* Whether there is a meter whose counters are read for it. */
gboolean ohm_place_is_read (const OhmPlace *self);

/* Whether its meter tells another serial than the one its open run belongs to. */
gboolean ohm_place_is_wrong_device (const OhmPlace *self);

G_END_DECLS
