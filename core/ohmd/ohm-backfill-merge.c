/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-backfill-merge.h"

#include <float.h>
#include <math.h>

#include "ohm-slot.h"

/* The meter's clock and ours differ, and its read takes a moment. */
#define SLACK_US (2 * G_USEC_PER_SEC)

/* The record at or before @slot_us; NULL if the page has none. */
static const OhmRecord *
ohm_backfill_find (const OhmStorePage *stored, gint64 slot_us, gboolean is_exact)
{
  const OhmRecord *found = is_exact ? NULL : stored->previous;

  for (guint i = 0; i < stored->records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (stored->records, i);

      if (record->slot_us > slot_us)
        break;
      if (!is_exact || record->slot_us == slot_us)
        found = record;
    }
  return found;
}

static gboolean
ohm_backfill_get_value (const OhmRecord *record, const char *point, double *ret_value)
{
  guint index = 0;

  if (record == NULL || !ohm_point_set_find (record->points, point, &index) ||
      record->qualities[index] != OHM_QUALITY_GOOD)
    return FALSE;
  *ret_value = ohm_point_get_real (&ohm_point_set_get_points (record->points, &(guint){ 0 })[index],
                                   record->cells[index]);
  return TRUE;
}

/* What a counter may have moved by between the boundary and our read, and what a float cannot tell
 * apart. */
static double
ohm_backfill_get_tolerance (const OhmStorePage *stored,
                            const OhmRecord *sampled,
                            const char *point,
                            double value)
{
  const OhmRecord *before = ohm_backfill_find (stored, sampled->slot_us - OHM_SLOT_US,
                                               /* is_exact */ FALSE);
  double late_us = (double) (ABS (sampled->read_us - sampled->slot_us) + SLACK_US);
  double rate = 0;
  double former = 0;

  if (ohm_backfill_get_value (before, point, &former) && before->read_us < sampled->read_us)
    rate = fabs (value - former) / (double) (sampled->read_us - before->read_us);
  return 1 + 2 * fabs (value) * (double) FLT_EPSILON + 2 * rate * late_us;
}

static void
ohm_backfill_compare (const OhmStorePage *stored,
                      const OhmRecord *sampled,
                      const OhmRecord *told,
                      OhmBackfillDifference *ret_difference)
{
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (told->points, &n);

  for (guint i = 0; i < n && ret_difference->point == NULL; i++)
    {
      double a = 0;
      double b = 0;

      if (!ohm_backfill_get_value (sampled, points[i].name, &a) ||
          !ohm_backfill_get_value (told, points[i].name, &b) ||
          fabs (a - b) <= ohm_backfill_get_tolerance (stored, sampled, points[i].name, a))
        continue;
      *ret_difference = (OhmBackfillDifference){ told->slot_us, points[i].name, a, b };
    }
}

static void
ohm_backfill_overlay (OhmRecord *record, const OhmRecord *from)
{
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);

  for (guint i = 0; i < n; i++)
    {
      double value = 0;
      guint index = 0;

      if (!ohm_backfill_get_value (from, points[i].name, &value))
        continue;
      ohm_point_set_find (from->points, points[i].name, &index);
      record->qualities[i] = OHM_QUALITY_GOOD;
      if (ohm_point_set_get_points (from->points, &(guint){ 0 })[index].is_integer ==
          points[i].is_integer)
        record->cells[i] = from->cells[index];
      else if (points[i].is_integer)
        record->cells[i].integer = llround (CLAMP (value, -9e18, 9e18));
      else
        record->cells[i].real = value;
    }
}

/* (nullable): the run that the store has, or would put, the slot in */
static const OhmRun *
ohm_backfill_find_run (const GPtrArray *runs, const OhmRecord *former, gint64 slot_us)
{
  const OhmRun *found = NULL;

  for (guint i = 0; i < runs->len; i++)
    {
      const OhmRun *run = g_ptr_array_index (runs, i);

      if (former != NULL && run->number == former->run)
        return run;
      if (found == NULL || run->opened_us <= slot_us)
        found = run;
    }
  return found;
}

gboolean
ohm_backfill_is_foreign (const OhmStorePage *stored,
                         const GPtrArray *runs,
                         const char *serial,
                         const OhmRecord *told)
{
  const OhmRecord *former = ohm_backfill_find (stored, told->slot_us, /* is_exact */ TRUE);
  const OhmRun *run = ohm_backfill_find_run (runs, former, told->slot_us);

  if (run == NULL)
    return FALSE;
  if (run->serial != NULL && serial != NULL)
    return !g_str_equal (run->serial, serial);
  return run->closed_us != 0;
}

OhmRecord *
ohm_backfill_merge (const OhmPlace *place,
                    const OhmStorePage *stored,
                    const OhmRecord *told,
                    OhmBackfillTally *tally,
                    OhmBackfillDifference *ret_difference)
{
  const OhmRecord *former = ohm_backfill_find (stored, told->slot_us, /* is_exact */ TRUE);
  OhmRecord *record;

  *ret_difference = (OhmBackfillDifference){ .slot_us = told->slot_us };
  tally->n_read++;
  if (former != NULL && former->origin != OHM_ORIGIN_GATEWAY_SAMPLED)
    {
      tally->n_kept++;
      return NULL;
    }
  record = ohm_record_new (place->id, former != NULL ? former->points : place->points);
  record->slot_us = told->slot_us;
  record->read_us = told->read_us;
  record->origin = told->origin;
  record->profile_revision = place->profile_revision;
  if (former == NULL)
    {
      tally->n_filled++;
    }
  else
    {
      tally->n_replaced++;
      record->flags = former->flags & OHM_RECORD_RESET;
      ohm_backfill_overlay (record, former);
      ohm_backfill_compare (stored, former, told, ret_difference);
    }
  ohm_backfill_overlay (record, told);
  tally->n_differing += ret_difference->point != NULL ? 1 : 0;
  return record;
}
