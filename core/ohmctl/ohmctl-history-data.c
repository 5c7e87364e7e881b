/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-history.h"

/**
 * OhmctlHistoryPart:
 * @sets: (owned): id to #OhmctlPointSet; ids are valid in this part only
 * @slots: (owned): `a(xxxxsuusatayatay)`
 * @gaps: (owned): `a(xxxxxsusatay)`
 * @first_slot: number of slots before it
 * @first_gap: number of gaps before it
 * @skipped_gaps: gaps at its begin that were told before
 */
typedef struct
{
  GHashTable *sets;
  GVariant *slots;
  GVariant *gaps;
  gsize first_slot;
  gsize first_gap;
  gsize skipped_gaps;
} OhmctlHistoryPart;

struct _OhmctlHistory
{
  GPtrArray *parts; /* (owned) (element-type OhmctlHistoryPart) */
  gsize n_slots;
  gsize n_gaps;
  gint64 told_us; /* end of the last gap */
};

static void
ohmctl_history_free_part (gpointer data)
{
  OhmctlHistoryPart *part = data;

  g_hash_table_unref (part->sets);
  g_variant_unref (part->slots);
  g_variant_unref (part->gaps);
  g_free (part);
}

OhmctlHistory *
ohmctl_history_new (void)
{
  OhmctlHistory *self = g_new0 (OhmctlHistory, 1);

  self->parts = g_ptr_array_new_with_free_func (ohmctl_history_free_part);
  return self;
}

void
ohmctl_history_free (OhmctlHistory *self)
{
  g_ptr_array_unref (self->parts);
  g_free (self);
}

static GHashTable *
ohmctl_history_take_sets (GVariant *sets)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                             (GDestroyNotify) ohmctl_point_set_free);
  GVariantIter iter;
  const char *id;
  GVariant *points;

  g_variant_iter_init (&iter, sets);
  while (g_variant_iter_next (&iter, "{&s@a(ssssb)}", &id, &points))
    {
      OhmctlPointSet *set = ohmctl_point_set_new (id, points);

      g_hash_table_replace (table, set->id, set);
      g_variant_unref (points);
    }
  return table;
}

static gint64
ohmctl_history_gap_end (GVariant *gaps, gsize index)
{
  gint64 to_us;

  g_variant_get_child (gaps, index, "(xxxxx&su&s@at@ay)", NULL, &to_us, NULL, NULL, NULL, NULL,
                       NULL, NULL, NULL, NULL);
  return to_us;
}

void
ohmctl_history_add (OhmctlHistory *self, GVariant *payload)
{
  g_autoptr (GVariant) sets = g_variant_get_child_value (payload, 0);
  OhmctlHistoryPart *part = g_new0 (OhmctlHistoryPart, 1);
  gsize n_gaps;

  part->sets = ohmctl_history_take_sets (sets);
  part->slots = g_variant_get_child_value (payload, 1);
  part->gaps = g_variant_get_child_value (payload, 2);
  part->first_slot = self->n_slots;
  part->first_gap = self->n_gaps;
  n_gaps = g_variant_n_children (part->gaps);
  while (part->skipped_gaps < n_gaps &&
         ohmctl_history_gap_end (part->gaps, part->skipped_gaps) <= self->told_us)
    part->skipped_gaps++;
  self->n_slots += g_variant_n_children (part->slots);
  self->n_gaps += n_gaps - part->skipped_gaps;
  if (n_gaps > 0)
    self->told_us = MAX (self->told_us, ohmctl_history_gap_end (part->gaps, n_gaps - 1));
  g_ptr_array_add (self->parts, part);
}

void
ohmctl_history_foreach_set (OhmctlHistory *self,
                            void (*func) (OhmctlPointSet *set, gpointer data),
                            gpointer data)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const OhmctlHistoryPart *part = self->parts->pdata[i];
      GHashTableIter iter;
      gpointer set;

      g_hash_table_iter_init (&iter, part->sets);
      while (g_hash_table_iter_next (&iter, NULL, &set))
        func (set, data);
    }
}

gsize
ohmctl_history_n_slots (OhmctlHistory *self)
{
  return self->n_slots;
}

gsize
ohmctl_history_n_gaps (OhmctlHistory *self)
{
  return self->n_gaps;
}

static const OhmctlHistoryPart *
ohmctl_history_find_slot_part (OhmctlHistory *self, gsize index)
{
  guint i = self->parts->len - 1;

  while (i > 0 && ((OhmctlHistoryPart *) self->parts->pdata[i])->first_slot > index)
    i--;
  return self->parts->pdata[i];
}

static const OhmctlHistoryPart *
ohmctl_history_find_gap_part (OhmctlHistory *self, gsize index)
{
  guint i = self->parts->len - 1;

  while (i > 0 && ((OhmctlHistoryPart *) self->parts->pdata[i])->first_gap > index)
    i--;
  return self->parts->pdata[i];
}

/* (nullable): %NULL if the set is not known or does not fit */
static OhmctlReading *
ohmctl_history_make_reading (OhmctlPointSet *set,
                             gint64 time_us,
                             GVariant *cells,
                             GVariant *qualities)
{
  g_autoptr (GVariant) times = g_variant_ref_sink (g_variant_new ("ax", NULL));

  return set != NULL ? ohmctl_reading_new (set, time_us, cells, qualities, times) : NULL;
}

static gint64
ohmctl_history_get_run (OhmctlHistory *self, gsize index)
{
  const OhmctlHistoryPart *part = ohmctl_history_find_slot_part (self, index);
  gint64 run;

  g_variant_get_child (part->slots, index - part->first_slot, "(xxxx&suu&s@at@ay@at@ay)", NULL,
                       NULL, &run, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  return run;
}

void
ohmctl_history_get_slot (OhmctlHistory *self, gsize index, OhmctlSlot *slot)
{
  g_autoptr (GVariant) cells = NULL;
  g_autoptr (GVariant) qualities = NULL;
  g_autoptr (GVariant) deltas = NULL;
  g_autoptr (GVariant) delta_qualities = NULL;
  const OhmctlHistoryPart *part = ohmctl_history_find_slot_part (self, index);
  const char *set_id;

  slot->row = g_variant_get_child_value (part->slots, index - part->first_slot);
  g_variant_get (slot->row, "(xxxx&suu&s@at@ay@at@ay)", &slot->end_us, &slot->read_us, &slot->run,
                 NULL, &slot->origin, &slot->flags, NULL, &set_id, &cells, &qualities, &deltas,
                 &delta_qualities);
  slot->is_new_run = index > 0 && ohmctl_history_get_run (self, index - 1) != slot->run;
  slot->set = g_hash_table_lookup (part->sets, set_id);
  slot->counters = ohmctl_history_make_reading (slot->set, slot->read_us, cells, qualities);
  slot->deltas = ohmctl_history_make_reading (slot->set, slot->read_us, deltas, delta_qualities);
}

void
ohmctl_history_get_gap (OhmctlHistory *self, gsize index, OhmctlGap *gap)
{
  g_autoptr (GVariant) deltas = NULL;
  g_autoptr (GVariant) qualities = NULL;
  const OhmctlHistoryPart *part = ohmctl_history_find_gap_part (self, index);
  const char *set_id;

  gap->row = g_variant_get_child_value (part->gaps, index - part->first_gap + part->skipped_gaps);
  g_variant_get (gap->row, "(xxxxx&su&s@at@ay)", &gap->from_us, &gap->to_us, &gap->closed_us, NULL,
                 NULL, &gap->cause, &gap->slots, &set_id, &deltas, &qualities);
  gap->deltas = ohmctl_history_make_reading (g_hash_table_lookup (part->sets, set_id),
                                             gap->closed_us, deltas, qualities);
}

void
ohmctl_slot_clear (OhmctlSlot *slot)
{
  g_clear_pointer (&slot->counters, ohmctl_reading_free);
  g_clear_pointer (&slot->deltas, ohmctl_reading_free);
  g_clear_pointer (&slot->row, g_variant_unref);
}

void
ohmctl_gap_clear (OhmctlGap *gap)
{
  g_clear_pointer (&gap->deltas, ohmctl_reading_free);
  g_clear_pointer (&gap->row, g_variant_unref);
}
