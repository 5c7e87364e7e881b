/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-history.h"

#include "ohm-dbus-value.h"
#include "ohm-place-view.h"
#include "ohm-series.h"
#include "ohm-slot.h"

struct _OhmDbusHistory
{
  OhmPlaceView *view; /* (owned) */
  GHashTable *seen;   /* (owned) (element-type OhmPointSet): sets that are in `sets` */
  GVariantBuilder sets;
  GVariantBuilder slots;
  GVariantBuilder gaps;
};

OhmDbusHistory *
ohm_dbus_history_new (OhmPlace *place)
{
  OhmDbusHistory *self = g_new0 (OhmDbusHistory, 1);

  self->view = ohm_place_view_new (place->is_inverted, place->factor);
  self->seen = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) ohm_point_set_unref, NULL);
  g_variant_builder_init (&self->sets, G_VARIANT_TYPE ("a{sa(ssssb)}"));
  g_variant_builder_init (&self->slots, G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_variant_builder_init (&self->gaps, G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  return self;
}

void
ohm_dbus_history_free (OhmDbusHistory *self)
{
  ohm_place_view_free (self->view);
  g_hash_table_unref (self->seen);
  g_variant_builder_clear (&self->sets);
  g_variant_builder_clear (&self->slots);
  g_variant_builder_clear (&self->gaps);
  g_free (self);
}

static GVariant *
ohm_dbus_history_new_point (const OhmPoint *point)
{
  g_autofree char *obis = ohm_point_dup_obis (point);

  return g_variant_new ("(ssssb)", point->name, point->unit,
                        ohm_kind_to_string (point->quantity->kind), obis != NULL ? obis : "",
                        point->is_integer);
}

GVariant *
ohm_dbus_point_set_to_variant (OhmPointSet *set)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (set, &n);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssb)"));

  for (guint i = 0; i < n; i++)
    g_variant_builder_add_value (&builder, ohm_dbus_history_new_point (&points[i]));
  return g_variant_builder_end (&builder);
}

/* The id by which rows name their set, as seen at the place; the set is described once. */
static const char *
ohm_dbus_history_use_set (OhmDbusHistory *self, OhmPointSet *raw)
{
  OhmPointSet *set = ohm_place_view_get_points (self->view, raw);

  if (!g_hash_table_contains (self->seen, set))
    {
      g_hash_table_add (self->seen, ohm_point_set_ref (set));
      g_variant_builder_add (&self->sets, "{s@a(ssssb)}", ohm_point_set_get_id (set),
                             ohm_dbus_point_set_to_variant (set));
    }
  return ohm_point_set_get_id (set);
}

/* Adds cells and qualities as the place shows them. */
static void
ohm_dbus_history_add_cells (OhmDbusHistory *self, GVariantBuilder *row, const OhmRecord *raw)
{
  g_autoptr (OhmRecord) shown = ohm_place_view_apply (self->view, raw);
  guint n = ohm_point_set_get_n (shown->points);

  g_variant_builder_add_value (row, g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, shown->cells,
                                                               n, 8));
  g_variant_builder_add_value (row, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE,
                                                               shown->qualities, n, 1));
}

/* Serialised at once: a tree of small values for each of 38,400 slots would take many times the
 * memory. */
static void
ohm_dbus_history_add_row (GVariantBuilder *rows, GVariantBuilder *row)
{
  GVariant *value = g_variant_builder_end (row);

  g_variant_get_data (value);
  g_variant_builder_add_value (rows, value);
}

/* (transfer full): what was counted for the slot of @record */
static OhmRecord *
ohm_dbus_history_new_difference (const OhmStorePage *page,
                                 const OhmRecord *previous,
                                 const OhmRecord *record)
{
  gboolean is_next = previous != NULL && ohm_series_is_next (previous, record);
  OhmRecord *difference;

  for (guint i = 0; page->exchanges != NULL && i < page->exchanges->len; i++)
    {
      difference = g_ptr_array_index (page->exchanges, i);
      if (difference->slot_us == record->slot_us)
        return ohm_record_ref (difference);
    }
  difference = ohm_record_new (record->place, record->points);
  ohm_series_fill (difference, is_next ? previous : NULL, record);
  return difference;
}

static void
ohm_dbus_history_add_slot (OhmDbusHistory *self,
                           const OhmStorePage *page,
                           const OhmRecord *previous,
                           const OhmRecord *record)
{
  g_auto (GVariantBuilder) row = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(xxxxsuusatayatay)"));
  g_autoptr (OhmRecord) difference = ohm_dbus_history_new_difference (page, previous, record);

  g_variant_builder_add (&row, "x", record->slot_us);
  g_variant_builder_add (&row, "x", record->read_us);
  g_variant_builder_add (&row, "x", record->run);
  g_variant_builder_add (&row, "x", record->seq);
  g_variant_builder_add (&row, "s", ohm_origin_to_string (record->origin));
  g_variant_builder_add (&row, "u", record->flags);
  g_variant_builder_add (&row, "u", record->profile_revision);
  g_variant_builder_add (&row, "s", ohm_dbus_history_use_set (self, record->points));
  ohm_dbus_history_add_cells (self, &row, record);
  ohm_dbus_history_add_cells (self, &row, difference);
  ohm_dbus_history_add_row (&self->slots, &row);
}

static void
ohm_dbus_history_add_gap (OhmDbusHistory *self, const OhmRecord *gap)
{
  g_auto (GVariantBuilder) row = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(xxxxxsusatay)"));

  g_variant_builder_add (&row, "x", gap->from_us);
  g_variant_builder_add (&row, "x", gap->slot_us);
  g_variant_builder_add (&row, "x", gap->read_us);
  g_variant_builder_add (&row, "x", gap->run);
  g_variant_builder_add (&row, "x", gap->seq);
  g_variant_builder_add (&row, "s", ohm_dbus_gap_cause (gap));
  g_variant_builder_add (&row, "u", (guint) ohm_slot_count (gap->from_us, gap->slot_us));
  g_variant_builder_add (&row, "s", ohm_dbus_history_use_set (self, gap->points));
  ohm_dbus_history_add_cells (self, &row, gap);
  ohm_dbus_history_add_row (&self->gaps, &row);
}

void
ohm_dbus_history_add_page (OhmDbusHistory *self, const OhmStorePage *page)
{
  const OhmRecord *previous = page->previous;

  for (guint i = 0; i < page->records->len; i++)
    {
      const OhmRecord *record = page->records->pdata[i];

      ohm_dbus_history_add_slot (self, page, previous, record);
      previous = record;
    }
  for (guint i = 0; i < page->gaps->len; i++)
    ohm_dbus_history_add_gap (self, page->gaps->pdata[i]);
}

GVariant *
ohm_dbus_history_end (OhmDbusHistory *self)
{
  return g_variant_new (OHM_DBUS_HISTORY_TYPE, &self->sets, &self->slots, &self->gaps);
}
