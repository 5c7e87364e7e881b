/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"
#include "ohmctl-format.h"

G_BEGIN_DECLS

/**
 * OhmctlPointSet:
 * @id: (owned)
 * @points: (owned) (element-type OhmctlPoint)
 * @texts: (owned): texts of the points
 *
 * What the arrays of a reading mean.
 */
typedef struct
{
  char *id;
  GPtrArray *points;
  GStringChunk *texts;
} OhmctlPointSet;

void ohmctl_point_set_free (OhmctlPointSet *self);
/* @points: `a(ssssb)` */
OhmctlPointSet *ohmctl_point_set_new (const char *id, GVariant *points);

/* (transfer none) (nullable): asked for once per id */
OhmctlPointSet *ohmctl_point_set_get (OhmctlContext *context, const char *id, GError **error);
gboolean ohmctl_point_set_find (OhmctlPointSet *self, const char *name, guint *ret_index);
/* (transfer full): names, %NULL at the end, themselves owned by @self */
const char **ohmctl_point_set_dup_names (OhmctlPointSet *self);

/**
 * OhmctlReading:
 * @set: (not nullable): outlives the reading
 * @time_us: newest value
 * @cells: (owned) (array): one per point
 * @qualities: (owned) (array): #OhmQuality, one per point
 * @times_us: (owned) (array) (nullable): one per point
 *
 * Last values of a meter.
 */
typedef struct
{
  OhmctlPointSet *set;
  gint64 time_us;
  OhmCell *cells;
  guint8 *qualities;
  gint64 *times_us;
} OhmctlReading;

void ohmctl_reading_free (OhmctlReading *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlReading, ohmctl_reading_free)

/**
 * ohmctl_reading_new:
 * @set: a point set
 * @time_us: newest value
 * @cells: `at`
 * @qualities: `ay`
 * @times: `ax`; may be empty
 *
 * Returns: (transfer full) (nullable): %NULL if the arrays do not fit the set
 */
OhmctlReading *ohmctl_reading_new (OhmctlPointSet *set,
                                   gint64 time_us,
                                   GVariant *cells,
                                   GVariant *qualities,
                                   GVariant *times);

/* Whether the value at @index is there at all. */
gboolean ohmctl_reading_has_value (OhmctlReading *self, guint index);
gint64 ohmctl_reading_time_us (OhmctlReading *self, guint index);

/* Longest time that a value read every @period_us stays fresh (design 1). */
gint64 ohmctl_stale_after_us (gint64 period_us);
/* The same for what is read once a minute. */
#define OHMCTL_STALE_SLOW_US (3 * G_TIME_SPAN_MINUTE)

/* One member of `values`: name, value, unit and quality. @is_stale: shown so; @top_us: time of the
 * whole, left out if the value's own is no more than a second away */
void ohmctl_json_value (OhmctlJson *json,
                        OhmctlReading *reading,
                        guint index,
                        gboolean is_stale,
                        gint64 top_us);

/* The number alone: integer or shortest real. */
void ohmctl_json_cell (OhmctlJson *json, const char *key, const OhmctlPoint *point, OhmCell cell);

G_END_DECLS
