/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-series.h"

#include <math.h>

static gboolean
ohm_series_is_lower (const OhmPoint *point, OhmCell before, OhmCell after)
{
  return point->is_integer ? after.integer < before.integer : after.real < before.real;
}

OhmQuality
ohm_series_difference (const OhmPoint *point,
                       OhmCell before,
                       OhmCell after,
                       OhmCell *ret_difference)
{
  OhmCell difference;

  g_return_val_if_fail (point != NULL && ret_difference != NULL, OHM_QUALITY_MISSING);

  if (point->quantity->kind == OHM_KIND_COUNTER && ohm_series_is_lower (point, before, after))
    return OHM_QUALITY_MISSING;
  if (point->is_integer)
    {
      if (__builtin_sub_overflow (after.integer, before.integer, &difference.integer))
        return OHM_QUALITY_MISSING;
    }
  else
    {
      difference.real = after.real - before.real;
      if (!isfinite (difference.real))
        return OHM_QUALITY_MISSING;
    }
  *ret_difference = difference;
  return OHM_QUALITY_GOOD;
}

/* Equal sets are one object, so that the names are compared only after a change. */
static gboolean
ohm_series_find (const OhmRecord *record, OhmPointSet *points, guint i, guint *ret_index)
{
  const OhmPoint *point = &ohm_point_set_get_points (points, &(guint){ 0 })[i];

  if (record->points == points)
    {
      *ret_index = i;
      return TRUE;
    }
  return ohm_point_set_find (record->points, point->name, ret_index) &&
         ohm_point_set_get_points (record->points, &(guint){ 0 })[*ret_index].is_integer ==
           point->is_integer;
}

static guint8
ohm_series_fill_point (OhmRecord *into, const OhmRecord *before, const OhmRecord *after, guint i)
{
  const OhmPoint *point = &ohm_point_set_get_points (after->points, &(guint){ 0 })[i];
  OhmQuality quality;
  guint j;

  if (before == NULL || !ohm_quality_has_value (after->qualities[i]))
    return OHM_QUALITY_MISSING;
  if (!ohm_series_find (before, after->points, i, &j) ||
      !ohm_quality_has_value (before->qualities[j]))
    return OHM_QUALITY_MISSING;
  quality = ohm_series_difference (point, before->cells[j], after->cells[i], &into->cells[i]);
  if (quality == OHM_QUALITY_GOOD &&
      (before->qualities[j] == OHM_QUALITY_SUSPECT || after->qualities[i] == OHM_QUALITY_SUSPECT))
    quality = OHM_QUALITY_SUSPECT;
  return (guint8) quality;
}

void
ohm_series_fill (OhmRecord *into, const OhmRecord *before, const OhmRecord *after)
{
  guint n;

  g_return_if_fail (into != NULL && after != NULL && into->points == after->points);

  n = ohm_point_set_get_n (after->points);
  for (guint i = 0; i < n; i++)
    into->qualities[i] = ohm_series_fill_point (into, before, after, i);
}

static guint8
ohm_series_add_point (OhmRecord *into, const OhmRecord *part, guint i)
{
  const OhmPoint *point = &ohm_point_set_get_points (into->points, &(guint){ 0 })[i];
  guint j;

  if (!ohm_quality_has_value (into->qualities[i]) || !ohm_series_find (part, into->points, i, &j) ||
      !ohm_quality_has_value (part->qualities[j]))
    return OHM_QUALITY_MISSING;
  if (!point->is_integer)
    into->cells[i].real += part->cells[j].real;
  else if (__builtin_add_overflow (into->cells[i].integer, part->cells[j].integer,
                                   &into->cells[i].integer))
    return OHM_QUALITY_MISSING;
  return MAX (into->qualities[i], part->qualities[j]);
}

void
ohm_series_add (OhmRecord *into, const OhmRecord *part)
{
  guint n;

  g_return_if_fail (into != NULL && part != NULL);

  n = ohm_point_set_get_n (into->points);
  for (guint i = 0; i < n; i++)
    into->qualities[i] = ohm_series_add_point (into, part, i);
}

int
ohm_series_find_fall (const OhmRecord *before, const OhmRecord *after)
{
  const OhmPoint *points;
  guint n;
  guint j;

  g_return_val_if_fail (before != NULL && after != NULL, -1);

  points = ohm_point_set_get_points (after->points, &n);
  for (guint i = 0; i < n; i++)
    if (points[i].quantity->kind == OHM_KIND_COUNTER &&
        ohm_quality_has_value (after->qualities[i]) &&
        ohm_series_find (before, after->points, i, &j) &&
        ohm_quality_has_value (before->qualities[j]) &&
        ohm_series_is_lower (&points[i], before->cells[j], after->cells[i]))
      return (int) i;
  return -1;
}

gboolean
ohm_series_is_next (const OhmRecord *before, const OhmRecord *after)
{
  g_return_val_if_fail (before != NULL && after != NULL, FALSE);

  return !before->is_gap && !after->is_gap && before->run == after->run &&
         after->slot_us - before->slot_us == OHM_SLOT_US;
}
