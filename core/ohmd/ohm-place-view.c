/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-place-view.h"

#include <math.h>
#include <string.h>

struct _OhmPlaceView
{
  gboolean is_inverted;
  double factor;
  gint64 multiplier; /* the factor if it is whole, else 0 */
  GHashTable *shown; /* (owned) (element-type OhmPointSet OhmPointSet): by the raw set */
};

OhmPlaceView *
ohm_place_view_new (gboolean is_inverted, double factor)
{
  OhmPlaceView *self = g_new0 (OhmPlaceView, 1);
  double whole = nearbyint (factor);

  self->is_inverted = is_inverted;
  self->factor = factor;
  if (whole >= 1 && whole <= G_MAXINT32 && !islessgreater (whole, factor))
    self->multiplier = (gint64) whole;
  self->shown = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) ohm_point_set_unref,
                                       (GDestroyNotify) ohm_point_set_unref);
  return self;
}

void
ohm_place_view_free (OhmPlaceView *self)
{
  g_hash_table_unref (self->shown);
  g_free (self);
}

/* Seen from an inverted place, what the meter calls import is export. */
static char *
ohm_place_view_dup_name (OhmPlaceView *self, const OhmPoint *point)
{
  static const char *const import = "energy-active-import";
  static const char *const export = "energy-active-export";
  GString *name = g_string_new (point->name);

  if (self->is_inverted && strcmp (point->quantity->id, import) == 0)
    g_string_replace (name, import, export, /* limit */ 1);
  else if (self->is_inverted && strcmp (point->quantity->id, export) == 0)
    g_string_replace (name, export, import, /* limit */ 1);
  return g_string_free (name, /* free_segment */ FALSE);
}

static gboolean
ohm_place_view_is_integer (OhmPlaceView *self, const OhmPoint *point)
{
  return point->is_integer && self->multiplier != 0;
}

static OhmPointSet *
ohm_place_view_make_points (OhmPlaceView *self, OhmPointSet *raw)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (raw, &n);
  g_autofree OhmPoint *shown = g_memdup2 (points, n * sizeof (OhmPoint));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = ohm_place_view_dup_name (self, &points[i]);
      gboolean is_integer = ohm_place_view_is_integer (self, &points[i]);
      OhmPoint renamed;

      if (ohm_point_parse (name, points[i].unit, is_integer, &renamed, /* error */ NULL))
        shown[i] = renamed;
    }
  return ohm_point_set_intern (shown, n);
}

OhmPointSet *
ohm_place_view_get_points (OhmPlaceView *self, OhmPointSet *raw)
{
  OhmPointSet *shown;

  g_return_val_if_fail (self != NULL && raw != NULL, NULL);

  shown = g_hash_table_lookup (self->shown, raw);
  if (shown != NULL)
    return shown;
  shown = ohm_place_view_make_points (self, raw);
  g_hash_table_insert (self->shown, ohm_point_set_ref (raw), shown);
  return shown;
}

static gboolean
ohm_place_view_convert (OhmPlaceView *self, const OhmPoint *point, OhmCell *cell)
{
  gboolean is_negated = self->is_inverted && point->quantity->kind == OHM_KIND_BALANCE;

  if (!ohm_place_view_is_integer (self, point))
    {
      cell->real = ohm_point_get_real (point, *cell);
      cell->real *= is_negated ? -self->factor : self->factor;
      return isfinite (cell->real) != 0;
    }
  return !__builtin_mul_overflow (cell->integer, is_negated ? -self->multiplier : self->multiplier,
                                  &cell->integer);
}

static void
ohm_place_view_copy_facts (OhmRecord *into, const OhmRecord *raw)
{
  into->run = raw->run;
  into->seq = raw->seq;
  into->is_gap = raw->is_gap;
  into->slot_us = raw->slot_us;
  into->from_us = raw->from_us;
  into->read_us = raw->read_us;
  into->origin = raw->origin;
  into->cause = raw->cause;
  into->flags = raw->flags;
  into->profile_revision = raw->profile_revision;
  into->part = g_strdup (raw->part);
}

OhmRecord *
ohm_place_view_apply (OhmPlaceView *self, const OhmRecord *raw)
{
  const OhmPoint *points;
  OhmRecord *record;
  guint n = 0;

  g_return_val_if_fail (self != NULL && raw != NULL, NULL);

  record = ohm_record_new (raw->place, ohm_place_view_get_points (self, raw->points));
  ohm_place_view_copy_facts (record, raw);
  points = ohm_point_set_get_points (raw->points, &n);
  for (guint i = 0; i < n; i++)
    {
      guint8 quality = raw->qualities[i];

      record->cells[i] = raw->cells[i];
      record->qualities[i] = quality;
      if (ohm_quality_has_value (quality) &&
          ohm_place_view_convert (self, &points[i], &record->cells[i]))
        continue;
      record->cells[i].integer = 0;
      record->qualities[i] = OHM_QUALITY_MISSING;
    }
  return record;
}
