/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-point-set.h"
#include "ohm-value.h"

G_BEGIN_DECLS

#define OHM_TYPE_READING (ohm_reading_get_type ())

/* Most requests that one poll of one class may need. */
#define OHM_READING_REQUESTS_MAX 255

/**
 * OhmReading:
 *
 * What one poll of one class brought (design 1): the instance's point set, a cell and a
 * quality per point, and the middle time of each request, in one allocation. Points that the
 * class does not read have quality none. Immutable and reference counted; any thread.
 *
 * Since: 0.1
 */
typedef struct _OhmReading OhmReading;

OHM_API GType ohm_reading_get_type (void);
OHM_API OhmReading *ohm_reading_ref (OhmReading *self);
OHM_API void ohm_reading_unref (OhmReading *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmReading, ohm_reading_unref)

/**
 * ohm_reading_get_meter:
 * @self: a reading
 *
 * Returns: (transfer none): the meter's id, interned
 *
 * Since: 0.1
 */
OHM_API const char *ohm_reading_get_meter (const OhmReading *self);

/**
 * ohm_reading_get_points:
 * @self: a reading
 *
 * Returns: (transfer none): the meter's points
 *
 * Since: 0.1
 */
OHM_API OhmPointSet *ohm_reading_get_points (const OhmReading *self);

/**
 * ohm_reading_get_class:
 * @self: a reading
 *
 * Returns: the class, or for the first poll the classes, that were read
 *
 * Since: 0.1
 */
OHM_API OhmReadClass ohm_reading_get_class (const OhmReading *self);

/**
 * ohm_reading_get_time_us:
 * @self: a reading
 *
 * Returns: the middle of the first answered request, UTC in microseconds since 1970
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_reading_get_time_us (const OhmReading *self);

/**
 * ohm_reading_get_point_time_us:
 * @self: a reading
 * @index: a point
 *
 * Returns: the middle of the request that brought this point, UTC in microseconds; 0 if none did
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_reading_get_point_time_us (const OhmReading *self, guint index);

/**
 * ohm_reading_get_cells:
 * @self: a reading
 * @ret_n: (out) (optional): number of cells
 *
 * Returns: (transfer none) (array length=ret_n): the cells
 *
 * Since: 0.1
 */
OHM_API const OhmCell *ohm_reading_get_cells (const OhmReading *self, guint *ret_n);

/**
 * ohm_reading_get_qualities:
 * @self: a reading
 * @ret_n: (out) (optional): number of qualities
 *
 * Returns: (transfer none) (array length=ret_n): an %OhmQuality in a byte for each point
 *
 * Since: 0.1
 */
OHM_API const guint8 *ohm_reading_get_qualities (const OhmReading *self, guint *ret_n);

/**
 * ohm_reading_get_real:
 * @self: a reading
 * @index: a point
 *
 * Returns: the value as a double (integers converted), NaN unless good or suspect
 *
 * Since: 0.1
 */
OHM_API double ohm_reading_get_real (const OhmReading *self, guint index);

/**
 * OhmReadingBuilder:
 *
 * Fills a reading, request by request. One owner, one thread.
 *
 * Since: 0.1
 */
typedef struct _OhmReadingBuilder OhmReadingBuilder;

/**
 * ohm_reading_builder_new:
 * @meter: the meter's id; interned
 * @points: the meter's points
 * @read_class: what is being read
 * @n_requests: how many requests will be begun, at most %OHM_READING_REQUESTS_MAX
 *
 * Returns: (transfer full): a builder whose points are all of quality none
 *
 * Since: 0.1
 */
OHM_API OhmReadingBuilder *ohm_reading_builder_new (const char *meter,
                                                    OhmPointSet *points,
                                                    OhmReadClass read_class,
                                                    guint n_requests);

/**
 * ohm_reading_builder_begin_request:
 * @self: a builder
 * @time_us: the middle of the exchange, UTC in microseconds; 0 if it got no answer
 *
 * What is set from now on belongs to this request.
 *
 * Since: 0.1
 */
OHM_API void ohm_reading_builder_begin_request (OhmReadingBuilder *self, gint64 time_us);

/**
 * ohm_reading_builder_set_real:
 * @self: a builder
 * @index: a point that is not an integer
 * @value: the value in the point's unit; NaN and infinity become missing
 *
 * Since: 0.1
 */
OHM_API void ohm_reading_builder_set_real (OhmReadingBuilder *self, guint index, double value);

/**
 * ohm_reading_builder_set_integer:
 * @self: a builder
 * @index: a point that is an integer
 * @value: the value in the point's unit
 *
 * Since: 0.1
 */
OHM_API void ohm_reading_builder_set_integer (OhmReadingBuilder *self, guint index, gint64 value);

/**
 * ohm_reading_builder_set_quality:
 * @self: a builder
 * @index: a point
 * @quality: its quality
 *
 * Since: 0.1
 */
OHM_API void
ohm_reading_builder_set_quality (OhmReadingBuilder *self, guint index, OhmQuality quality);

/**
 * ohm_reading_builder_get_points:
 * @self: a builder
 *
 * Returns: (transfer none): the points being filled
 *
 * Since: 0.1
 */
OHM_API OhmPointSet *ohm_reading_builder_get_points (OhmReadingBuilder *self);

/**
 * ohm_reading_builder_end:
 * @self: (transfer full): a builder
 *
 * Returns: (transfer full): the reading
 *
 * Since: 0.1
 */
OHM_API OhmReading *ohm_reading_builder_end (OhmReadingBuilder *self);

OHM_API void ohm_reading_builder_free (OhmReadingBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmReadingBuilder, ohm_reading_builder_free)

G_END_DECLS
