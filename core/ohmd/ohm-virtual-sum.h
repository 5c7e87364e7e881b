/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-place.h"

G_BEGIN_DECLS

/* Most parts of a virtual meter. */
#define OHM_VIRTUAL_PARTS_MAX 64

/*
 * OhmVirtualTerm:
 * @place: id of a place
 * @is_negative: it is subtracted
 */
typedef struct
{
  char *place;
  gboolean is_negative;
} OhmVirtualTerm;

/*
 * Reads `sum = main, solar, -heat`: places with an optional sign, separated by commas. Pure.
 *
 * Returns: (transfer full) (element-type OhmVirtualTerm): or %NULL with %OHM_ERROR_CONFIG
 */
GPtrArray *ohm_virtual_sum_parse (const char *text, GError **error);

/* (transfer full): the same text with another id for a place */
char *ohm_virtual_sum_dup_renamed (const char *text, const char *id, const char *new_id);

gboolean ohm_virtual_sum_contains (const char *text, const char *id);

/*
 * OhmVirtualPart:
 * @place: says group, direction and factor
 * @is_negative: it is subtracted
 * @points: its counters or values, of which those of the place's group count
 *
 * One part with what it brings.
 */
typedef struct
{
  const OhmPlace *place;
  gboolean is_negative;
  OhmPointSet *points;
} OhmVirtualPart;

/*
 * Which points a sum has, and what each is made of: what all parts have, as their places show it,
 * and what can be added: power and energies. A difference of counters may fall; so a sum with a
 * negative part tells active energy as net, made of import and export where there is no net.
 * Immutable, reference counted.
 */
typedef struct _OhmVirtualLayout OhmVirtualLayout;

OhmVirtualLayout *ohm_virtual_layout_new (const OhmVirtualPart *parts, guint n_parts);
OhmVirtualLayout *ohm_virtual_layout_ref (OhmVirtualLayout *self);
void ohm_virtual_layout_unref (OhmVirtualLayout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmVirtualLayout, ohm_virtual_layout_unref)

/* (transfer none): perhaps none */
OhmPointSet *ohm_virtual_layout_get_points (OhmVirtualLayout *self);

/* Index of the point of part @part that @point is made of. */
guint ohm_virtual_layout_get_source (OhmVirtualLayout *self, guint point, guint part);

/*
 * OhmVirtualValues:
 * @cells: in the order of the part's points
 * @qualities: an %OhmQuality each
 * @times_us: (nullable): when each was read
 */
typedef struct
{
  const OhmCell *cells;
  const guint8 *qualities;
  const gint64 *times_us;
} OhmVirtualValues;

/*
 * The sum at a point: missing if a part is, with the worst quality and the oldest time of its
 * parts. @parts: (array): one for each part. @ret_time_us: (nullable)
 */
OhmQuality ohm_virtual_layout_add_up (OhmVirtualLayout *self,
                                      guint point,
                                      const OhmVirtualValues *parts,
                                      OhmCell *ret_cell,
                                      gint64 *ret_time_us);

G_END_DECLS
