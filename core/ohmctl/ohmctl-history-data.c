/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-history.h"

OhmctlHistory *
ohmctl_history_new (GVariant *payload)
{
  OhmctlHistory *self = g_new0 (OhmctlHistory, 1);
  g_autoptr (GVariant) sets = g_variant_get_child_value (payload, 0);
  GVariantIter iter;
  const char *id;
  GVariant *points;

  self->sets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                      (GDestroyNotify) ohmctl_point_set_free);
  self->slots = g_variant_get_child_value (payload, 1);
  self->gaps = g_variant_get_child_value (payload, 2);
  g_variant_iter_init (&iter, sets);
  while (g_variant_iter_next (&iter, "{&s@a(ssssb)}", &id, &points))
    {
      OhmctlPointSet *set = ohmctl_point_set_new (id, points);

      g_hash_table_replace (self->sets, set->id, set);
      g_variant_unref (points);
    }
  return self;
}

void
ohmctl_history_free (OhmctlHistory *self)
{
  g_hash_table_unref (self->sets);
  g_variant_unref (self->slots);
  g_variant_unref (self->gaps);
  g_free (self);
}

gsize
ohmctl_history_n_slots (OhmctlHistory *self)
{
  return g_variant_n_children (self->slots);
}

gsize
ohmctl_history_n_gaps (OhmctlHistory *self)
{
  return g_variant_n_children (self->gaps);
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

void
ohmctl_history_get_slot (OhmctlHistory *self, gsize index, OhmctlSlot *slot)
{
  g_autoptr (GVariant) cells = NULL;
  g_autoptr (GVariant) qualities = NULL;
  g_autoptr (GVariant) deltas = NULL;
  g_autoptr (GVariant) delta_qualities = NULL;
  const char *set_id;

  slot->row = g_variant_get_child_value (self->slots, index);
  g_variant_get (slot->row, "(xxxx&suu&s@at@ay@at@ay)", &slot->end_us, &slot->read_us, NULL, NULL,
                 &slot->origin, &slot->flags, NULL, &set_id, &cells, &qualities, &deltas,
                 &delta_qualities);
  slot->set = g_hash_table_lookup (self->sets, set_id);
  slot->counters = ohmctl_history_make_reading (slot->set, slot->read_us, cells, qualities);
  slot->deltas = ohmctl_history_make_reading (slot->set, slot->read_us, deltas, delta_qualities);
}

void
ohmctl_history_get_gap (OhmctlHistory *self, gsize index, OhmctlGap *gap)
{
  g_autoptr (GVariant) deltas = NULL;
  g_autoptr (GVariant) qualities = NULL;
  const char *set_id;

  gap->row = g_variant_get_child_value (self->gaps, index);
  g_variant_get (gap->row, "(xxxxx&su&s@at@ay)", &gap->from_us, &gap->to_us, &gap->closed_us, NULL,
                 NULL, &gap->cause, &gap->slots, &set_id, &deltas, &qualities);
  gap->deltas = ohmctl_history_make_reading (g_hash_table_lookup (self->sets, set_id),
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
