/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-point-set.h"
#include "ohm-value.h"

G_BEGIN_DECLS

/**
 * OhmOrigin:
 * @OHM_ORIGIN_GATEWAY_SAMPLED: read by us at the boundary
 * @OHM_ORIGIN_METER_RECORDED: from the meter's own memory
 * @OHM_ORIGIN_IMPORTED: from another system
 * @OHM_ORIGIN_COMPUTED: of a virtual meter: from the records of its parts
 *
 * The numbers are stored: never change them.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_ORIGIN_GATEWAY_SAMPLED = 1,
  OHM_ORIGIN_METER_RECORDED = 2,
  OHM_ORIGIN_IMPORTED = 3,
  OHM_ORIGIN_COMPUTED = 4,
} OhmOrigin;

/**
 * OhmRecordFlags:
 * @OHM_RECORD_CLOCK_UNSURE: our clock was not synchronised
 * @OHM_RECORD_RESET: a counter fell since the record before
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_RECORD_CLOCK_UNSURE = 1 << 0,
  OHM_RECORD_RESET = 1 << 1,
} OhmRecordFlags;

/**
 * OhmGapCause:
 *
 * Why nobody recorded (design 1); %OHM_GAP_PART_MISSING is of a virtual meter. The numbers are
 * stored.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_GAP_GATEWAY_OFF = 1,
  OHM_GAP_LINK_DOWN = 2,
  OHM_GAP_METER_SILENT = 3,
  OHM_GAP_METER_REFUSED = 4,
  OHM_GAP_WRONG_DEVICE = 5,
  OHM_GAP_CLOCK_UNSURE = 6,
  OHM_GAP_STORE_FAILED = 7,
  OHM_GAP_DISABLED = 8,
  OHM_GAP_PART_MISSING = 9,
  OHM_GAP_VALUES_MISSING = 10,
} OhmGapCause;

/**
 * ohm_origin_to_string:
 * @origin: an origin
 *
 * Returns: its name, as in history: `gateway-sampled`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_origin_to_string (OhmOrigin origin);

/**
 * ohm_gap_cause_to_string:
 * @cause: a cause
 *
 * Returns: its name, as in history: `link-down`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_gap_cause_to_string (OhmGapCause cause);

#define OHM_TYPE_RECORD (ohm_record_get_type ())

/**
 * OhmRecord:
 * @place: (not nullable): the place's id
 * @run: number of the run that it belongs to; 0 until stored
 * @seq: its place in the one growing order; 0 until stored
 * @is_gap: a gap record: slots that nobody recorded
 * @slot_us: the slot's end, UTC; of a gap the last missing slot's end
 * @from_us: of a gap: end of the last slot before it; else 0
 * @read_us: true time of the read, UTC; of a gap that of the counters that closed it, 0 while open
 * @origin: where it is from
 * @cause: of a gap
 * @flags: a set of %OhmRecordFlags
 * @profile_revision: revision of the profile that decoded it
 * @points: the counters; owned
 * @cells: raw counters; of a gap the differences over it; owned
 * @qualities: an %OhmQuality each; owned
 * @part: (nullable): of a gap with cause %OHM_GAP_PART_MISSING the place that is missing; owned
 *
 * An interval record or a gap record, as announced and delivered. Immutable once announced.
 * Reference counted, any thread.
 *
 * Since: 0.1
 */
typedef struct
{
  char *place;
  gint64 run;
  gint64 seq;
  gboolean is_gap;
  gint64 slot_us;
  gint64 from_us;
  gint64 read_us;
  OhmOrigin origin;
  OhmGapCause cause;
  guint flags;
  guint profile_revision;
  OhmPointSet *points;
  OhmCell *cells;
  guint8 *qualities;
  char *part;
} OhmRecord;

OHM_API GType ohm_record_get_type (void);

/**
 * ohm_record_new:
 * @place: the place's id
 * @points: the counters
 *
 * Returns: (transfer full): a record with all cells missing, to be filled by its only owner
 *
 * Since: 0.1
 */
OHM_API OhmRecord *ohm_record_new (const char *place, OhmPointSet *points);
OHM_API OhmRecord *ohm_record_ref (OhmRecord *self);
OHM_API void ohm_record_unref (OhmRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmRecord, ohm_record_unref)

G_END_DECLS
