/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-record.h"

G_BEGIN_DECLS

#define OHM_TYPE_BATCH   (ohm_batch_get_type ())
#define OHM_TYPE_SAMPLES (ohm_samples_get_type ())

/**
 * OhmBatchRun:
 * @place: (not nullable): the place's id: the identity of its series
 * @name: (not nullable): what people call it
 * @medium: (not nullable): `electricity`, `water`, ...
 * @meter: (not nullable): the meter's id
 * @type: (not nullable): the meter's type; `""` if it is not known any more
 * @serial: (nullable): the meter's serial
 * @number: the run's number in the store
 * @opened_us: when the run began, UTC
 *
 * Whose counters a record holds: one stretch of a place's series, measured by one counter.
 *
 * Since: 0.1
 */
typedef struct
{
  char *place;
  char *name;
  char *medium;
  char *meter;
  char *type;
  char *serial;
  gint64 number;
  gint64 opened_us;
} OhmBatchRun;

/**
 * OhmBatchItem:
 * @record: an interval record, or a gap that is closed (its `read_us` is not 0). Direction and
 *   factor of the place are applied, as people see them
 * @run: whose counters it holds; owned by the batch
 * @since_us: when these counters began, UTC: the begin of the run, or one second after the slot
 *   before the newest reset. Always before `record->slot_us`, the same at every sending
 *
 * Since: 0.1
 */
typedef struct
{
  OhmRecord *record;
  const OhmBatchRun *run;
  gint64 since_us;
} OhmBatchItem;

/**
 * OhmBatch:
 *
 * What an uplink delivers at once: records in the order of `seq`, with all that an engine wants to
 * know of them, as plain data. Immutable, reference counted, any thread.
 *
 * Since: 0.1
 */
typedef struct _OhmBatch OhmBatch;

OHM_API GType ohm_batch_get_type (void);

/**
 * ohm_batch_new:
 * @gateway: identity of this gateway: a random UUID, made once
 * @items: (array length=n): records are referenced, runs copied (once for equal pointers)
 * @n: their number, at least 1
 *
 * Returns: (transfer full): a batch
 *
 * Since: 0.1
 */
OHM_API OhmBatch *ohm_batch_new (const char *gateway, const OhmBatchItem *items, guint n);

/**
 * ohm_batch_slice:
 * @self: a batch
 * @first: index of an item
 * @n: number of items, at least 1
 *
 * A part of a batch, for engines that refuse the whole.
 *
 * Returns: (transfer full): a batch that shares the items of @self
 *
 * Since: 0.1
 */
OHM_API OhmBatch *ohm_batch_slice (OhmBatch *self, guint first, guint n);

OHM_API OhmBatch *ohm_batch_ref (OhmBatch *self);
OHM_API void ohm_batch_unref (OhmBatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmBatch, ohm_batch_unref)

/**
 * ohm_batch_get_gateway:
 * @self: a batch
 *
 * Returns: (transfer none) (not nullable): the id of the gateway whose records these are
 *
 * Since: 0.1
 */
OHM_API const char *ohm_batch_get_gateway (OhmBatch *self);

/**
 * ohm_batch_get_items:
 * @self: a batch
 * @ret_n: (out): number of items
 *
 * Returns: (transfer none) (array length=ret_n): the items, valid as long as @self
 *
 * Since: 0.1
 */
OHM_API const OhmBatchItem *ohm_batch_get_items (OhmBatch *self, guint *ret_n);

/**
 * OhmSample:
 * @place: (not nullable): the place's id
 * @meter: (not nullable): the meter's id
 * @point: (not nullable): what was measured
 * @from_us: begin of the minute that @value is the mean of, UTC; 0 for a live value
 * @time_us: when it was read, or the end of that minute, UTC
 * @value: the value
 *
 * One good value. Strings are interned: nothing to free.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *place;
  const char *meter;
  OhmPoint point;
  gint64 from_us;
  gint64 time_us;
  double value;
} OhmSample;

/**
 * OhmSamples:
 * @gateway: identity of this gateway
 * @items: (array length=n): in order of time
 * @n: their number
 *
 * One-minute means or live values, sent as best one can and never twice. Immutable, reference
 * counted, any thread.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *gateway;
  const OhmSample *items;
  guint n;
} OhmSamples;

OHM_API GType ohm_samples_get_type (void);

/**
 * ohm_samples_new:
 * @gateway: id of this gateway
 * @items: (array length=n): values; copied
 * @n: their number
 *
 * Returns: (transfer full): the samples, immutable
 *
 * Since: 0.1
 */
OHM_API OhmSamples *ohm_samples_new (const char *gateway, const OhmSample *items, guint n);
OHM_API OhmSamples *ohm_samples_ref (OhmSamples *self);
OHM_API void ohm_samples_unref (OhmSamples *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSamples, ohm_samples_unref)

G_END_DECLS
