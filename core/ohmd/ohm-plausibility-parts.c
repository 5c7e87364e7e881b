/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-parts.h"

#include <math.h>

#include "ohm-series.h"

#define SLOT_US G_GINT64_CONSTANT (900000000)
/* Slots in a row that have to say the same. */
#define SLOTS 4
/* Meters are read one after the other, and count in steps. */
#define SLACK_WH 100.0

/* What is known of a place. */
typedef struct
{
  OhmRecord *last;     /* (owned) (nullable) */
  gint64 used_slot_us; /* the slot of which @used_wh is known */
  double used_wh;      /* consumed less supplied */
  OhmHold hold;        /* as a parent */
  gint64 judged_us;    /* the last slot that was */
} OhmPart;

struct _OhmPlausibilityParts
{
  GHashTable *parts; /* (owned) (element-type utf8 OhmPart): by place */
};

static void
ohm_part_free (gpointer data)
{
  OhmPart *self = data;

  g_clear_pointer (&self->last, ohm_record_unref);
  g_free (self);
}

OhmPlausibilityParts *
ohm_plausibility_parts_new (void)
{
  OhmPlausibilityParts *self = g_new0 (OhmPlausibilityParts, 1);

  self->parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, ohm_part_free);
  return self;
}

void
ohm_plausibility_parts_free (OhmPlausibilityParts *self)
{
  g_hash_table_unref (self->parts);
  g_free (self);
}

static OhmPart *
ohm_plausibility_parts_ensure (OhmPlausibilityParts *self, const char *place)
{
  OhmPart *part = g_hash_table_lookup (self->parts, place);

  if (part != NULL)
    return part;
  part = g_new0 (OhmPart, 1);
  g_hash_table_insert (self->parts, g_strdup (place), part);
  return part;
}

/* What a counter of the place's source counted between two records; NaN if that is not certain. */
static double
ohm_plausibility_parts_count (const OhmPlace *place,
                              const OhmRecord *before,
                              const OhmRecord *after,
                              const char *quantity)
{
  g_autofree char *name = g_strconcat (place->source, place->source[0] != '\0' ? "." : "", quantity,
                                       ".total", NULL);
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (after->points, &n);
  guint index = 0;
  OhmCell difference;

  if (!ohm_point_set_find (after->points, name, &index) ||
      after->qualities[index] != OHM_QUALITY_GOOD || before->qualities[index] != OHM_QUALITY_GOOD ||
      ohm_series_difference (&points[index], before->cells[index], after->cells[index],
                             &difference) != OHM_QUALITY_GOOD)
    return (double) NAN;
  return ohm_point_get_real (&points[index], difference);
}

/* Import less export, as the place shows them; a meter that does not count exports supplies none.
 */
static double
ohm_plausibility_parts_use (const OhmPlace *place, const OhmRecord *before, const OhmRecord *after)
{
  double import_wh = ohm_plausibility_parts_count (place, before, after, "energy-active-import");
  double export_wh = ohm_plausibility_parts_count (place, before, after, "energy-active-export");
  double used_wh = import_wh - (isnan (export_wh) ? 0 : export_wh);

  return used_wh * place->factor * (place->is_inverted ? -1 : 1);
}

void
ohm_plausibility_parts_note (OhmPlausibilityParts *self,
                             const OhmPlace *place,
                             const OhmRecord *record)
{
  OhmPart *part = ohm_plausibility_parts_ensure (self, place->id);

  if (record->is_gap)
    {
      g_clear_pointer (&part->last, ohm_record_unref);
      return;
    }
  if (part->last != NULL && part->last->points == record->points &&
      ohm_series_is_next (part->last, record))
    {
      part->used_wh = ohm_plausibility_parts_use (place, part->last, record);
      part->used_slot_us = isnan (part->used_wh) ? 0 : record->slot_us;
    }
  g_clear_pointer (&part->last, ohm_record_unref);
  part->last = ohm_record_ref ((OhmRecord *) (guintptr) record);
}

static gboolean
ohm_plausibility_parts_has_any (const char *parent, const GPtrArray *places)
{
  for (guint i = 0; i < places->len; i++)
    if (g_strcmp0 (((const OhmPlace *) g_ptr_array_index (places, i))->parent, parent) == 0)
      return TRUE;
  return FALSE;
}

/* Nobody says any more that it has parts. */
static OhmHoldNews
ohm_part_end (OhmPart *self)
{
  gboolean was_on = self->hold.is_on;

  self->hold = (OhmHold){ 0 };
  return was_on ? OHM_HOLD_CLEARED : OHM_HOLD_SAME;
}

/* Sum of the parts; FALSE if one of them is not known for the slot. */
static gboolean
ohm_plausibility_parts_sum (OhmPlausibilityParts *self,
                            const char *parent,
                            const GPtrArray *places,
                            gint64 slot_us,
                            double *ret_sum_wh)
{
  *ret_sum_wh = 0;
  for (guint i = 0; i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      const OhmPart *part = g_hash_table_lookup (self->parts, place->id);

      if (g_strcmp0 (place->parent, parent) != 0)
        continue;
      if (part == NULL || part->used_slot_us != slot_us)
        return FALSE;
      *ret_sum_wh += part->used_wh;
    }
  return TRUE;
}

static OhmHoldNews
ohm_part_judge (OhmPart *self,
                double sum_wh,
                const OhmPlausibilityLimits *limits,
                OhmMessage **ret_message)
{
  double excess_wh = sum_wh - self->used_wh;
  double base_wh = fmax (fabs (self->used_wh), fabs (sum_wh));
  double limit_wh = limits->parts_share * base_wh + SLACK_WH;
  OhmHoldNews news = ohm_hold_update (&self->hold, excess_wh > limit_wh, excess_wh < 0.8 * limit_wh,
                                      self->used_slot_us, (SLOTS - 1) * SLOT_US);

  if (news == OHM_HOLD_RAISED)
    {
      g_autofree char *parts = ohm_plausibility_dup_amount (sum_wh, "Wh");
      g_autofree char *whole = ohm_plausibility_dup_amount (self->used_wh, "Wh");

      *ret_message = ohm_message_new ("parts-exceed", "parts", parts, "whole", whole, NULL);
    }
  return news;
}

OhmHoldNews
ohm_plausibility_parts_update (OhmPlausibilityParts *self,
                               const char *parent,
                               const GPtrArray *places,
                               gint64 slot_us,
                               const OhmPlausibilityLimits *limits,
                               OhmMessage **ret_message)
{
  OhmPart *whole = g_hash_table_lookup (self->parts, parent);
  double sum_wh = 0;

  if (whole == NULL)
    return OHM_HOLD_SAME;
  if (limits->parts_share <= 0 || !ohm_plausibility_parts_has_any (parent, places))
    return ohm_part_end (whole);
  if (whole->used_slot_us != slot_us || whole->judged_us == slot_us ||
      !ohm_plausibility_parts_sum (self, parent, places, slot_us, &sum_wh))
    return OHM_HOLD_SAME;
  whole->judged_us = slot_us;
  return ohm_part_judge (whole, sum_wh, limits, ret_message);
}
