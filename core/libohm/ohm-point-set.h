/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib-object.h>

#include "ohm-point.h"

G_BEGIN_DECLS

#define OHM_TYPE_POINT_SET (ohm_point_set_get_type ())

/* Most points that one meter may have; a UMG 801 with 20 modules has about 3,000. */
#define OHM_POINT_SET_MAX 8192

/**
 * OhmPointSet:
 *
 * An immutable, ordered, shared list of points. Readings, records and watchers address its
 * points by index. Equal lists are one object (interned), so that a thousand meters of a
 * type share one. References may be taken and dropped in any thread.
 *
 * Since: 0.1
 */
typedef struct _OhmPointSet OhmPointSet;

OHM_API GType ohm_point_set_get_type (void);

/**
 * ohm_point_set_intern:
 * @points: (array length=n): points in order; copied
 * @n: their number, at most %OHM_POINT_SET_MAX
 *
 * The names must differ from one another (programmer error otherwise).
 *
 * Returns: (transfer full): the one set with these points
 *
 * Since: 0.1
 */
OHM_API OhmPointSet *ohm_point_set_intern (const OhmPoint *points, guint n);

OHM_API OhmPointSet *ohm_point_set_ref (OhmPointSet *self);
OHM_API void ohm_point_set_unref (OhmPointSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmPointSet, ohm_point_set_unref)

/**
 * ohm_point_set_get_id:
 * @self: a point set
 *
 * Returns: (transfer none): 16 hex digits, a hash of names, units and cell types: equal sets
 *   have equal ids on every machine and in every release
 *
 * Since: 0.1
 */
OHM_API const char *ohm_point_set_get_id (OhmPointSet *self);

/**
 * ohm_point_set_get_points:
 * @self: a point set
 * @ret_n: (out): number of points
 *
 * Returns: (transfer none) (array length=ret_n): the points, valid as long as @self
 *
 * Since: 0.1
 */
OHM_API const OhmPoint *ohm_point_set_get_points (OhmPointSet *self, guint *ret_n);

/**
 * ohm_point_set_get_n:
 * @self: a point set
 *
 * Returns: number of points
 *
 * Since: 0.1
 */
OHM_API guint ohm_point_set_get_n (OhmPointSet *self);

/**
 * ohm_point_set_find:
 * @self: a point set
 * @name: a point's name
 * @ret_index: (out) (optional): where it is
 *
 * Returns: %TRUE if there is such a point
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_point_set_find (OhmPointSet *self, const char *name, guint *ret_index);

G_END_DECLS
