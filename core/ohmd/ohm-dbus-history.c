/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-history.h"

#include <math.h>
#include <string.h>

#include "ohm-dbus-value.h"
#include "ohm-series.h"
#include "ohm-slot.h"

struct _OhmDbusHistory
{
  OhmPlace *place;   /* (owned) */
  gint64 multiplier; /* the factor if it is whole, else 0 */
  GHashTable *seen;  /* (owned) (element-type OhmPointSet): sets that are in `sets` */
  GVariantBuilder sets;
  GVariantBuilder slots;
  GVariantBuilder gaps;
};

OhmDbusHistory *
ohm_dbus_history_new (OhmPlace *place)
{
  OhmDbusHistory *self = g_new0 (OhmDbusHistory, 1);
  double whole = nearbyint (place->factor);

  self->place = ohm_place_ref (place);
  if (whole >= 1 && whole <= G_MAXINT32 && !islessgreater (whole, place->factor))
    self->multiplier = (gint64) whole;
  self->seen = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) ohm_point_set_unref, NULL);
  g_variant_builder_init (&self->sets, G_VARIANT_TYPE ("a{sa(ssssb)}"));
  g_variant_builder_init (&self->slots, G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_variant_builder_init (&self->gaps, G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  return self;
}

void
ohm_dbus_history_free (OhmDbusHistory *self)
{
  ohm_place_unref (self->place);
  g_hash_table_unref (self->seen);
  g_variant_builder_clear (&self->sets);
  g_variant_builder_clear (&self->slots);
  g_variant_builder_clear (&self->gaps);
  g_free (self);
}

static GVariant *
ohm_dbus_history_new_point (const OhmPoint *point, const char *name, gboolean is_integer)
{
  g_autofree char *obis = NULL;
  g_autoptr (GError) error = NULL;
  OhmPoint renamed = *point;

  if (strcmp (name, point->name) != 0 &&
      !ohm_point_parse (name, point->unit, is_integer, &renamed, &error))
    renamed = *point;
  obis = ohm_point_dup_obis (&renamed);
  return g_variant_new ("(ssssb)", renamed.name, renamed.unit,
                        ohm_kind_to_string (renamed.quantity->kind), obis != NULL ? obis : "",
                        is_integer);
}

GVariant *
ohm_dbus_point_set_to_variant (OhmPointSet *set)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (set, &n);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssb)"));

  for (guint i = 0; i < n; i++)
    g_variant_builder_add_value (&builder, ohm_dbus_history_new_point (&points[i], points[i].name,
                                                                       points[i].is_integer));
  return g_variant_builder_end (&builder);
}

/* Seen from an inverted place, what the meter calls import is export. */
static char *
ohm_dbus_history_dup_name (OhmDbusHistory *self, const OhmPoint *point)
{
  static const char *const import = "energy-active-import";
  static const char *const export = "energy-active-export";
  GString *name = g_string_new (point->name);

  if (self->place->is_inverted && strcmp (point->quantity->id, import) == 0)
    g_string_replace (name, import, export, /* limit */ 1);
  else if (self->place->is_inverted && strcmp (point->quantity->id, export) == 0)
    g_string_replace (name, export, import, /* limit */ 1);
  return g_string_free (name, /* free_segment */ FALSE);
}

static gboolean
ohm_dbus_history_is_integer (OhmDbusHistory *self, const OhmPoint *point)
{
  return point->is_integer && self->multiplier != 0;
}

/* The id by which rows name their set; the set is described once. */
static const char *
ohm_dbus_history_use_set (OhmDbusHistory *self, OhmPointSet *set)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (set, &n);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssb)"));

  if (g_hash_table_contains (self->seen, set))
    return ohm_point_set_get_id (set);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = ohm_dbus_history_dup_name (self, &points[i]);

      g_variant_builder_add_value (
        &builder, ohm_dbus_history_new_point (&points[i], name,
                                              ohm_dbus_history_is_integer (self, &points[i])));
    }
  g_hash_table_add (self->seen, ohm_point_set_ref (set));
  g_variant_builder_add (&self->sets, "{s@a(ssssb)}", ohm_point_set_get_id (set),
                         g_variant_builder_end (&builder));
  return ohm_point_set_get_id (set);
}

static gboolean
ohm_dbus_history_convert (OhmDbusHistory *self, const OhmPoint *point, OhmCell *cell)
{
  gboolean is_negated = self->place->is_inverted && point->quantity->kind == OHM_KIND_BALANCE;

  if (!ohm_dbus_history_is_integer (self, point))
    {
      cell->real = point->is_integer ? (double) cell->integer : cell->real;
      cell->real *= is_negated ? -self->place->factor : self->place->factor;
      return isfinite (cell->real) != 0;
    }
  return !__builtin_mul_overflow (cell->integer, is_negated ? -self->multiplier : self->multiplier,
                                  &cell->integer);
}

/* Adds cells and qualities as the place shows them. */
static void
ohm_dbus_history_add_cells (OhmDbusHistory *self, GVariantBuilder *row, const OhmRecord *record)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n);
  g_autofree OhmCell *cells = g_memdup2 (record->cells, n * sizeof (OhmCell));
  g_autofree guint8 *qualities = g_memdup2 (record->qualities, n);

  for (guint i = 0; i < n; i++)
    {
      gboolean has_value = qualities[i] == OHM_QUALITY_GOOD || qualities[i] == OHM_QUALITY_SUSPECT;

      if (has_value && ohm_dbus_history_convert (self, &points[i], &cells[i]))
        continue;
      cells[i].integer = 0;
      qualities[i] = OHM_QUALITY_MISSING;
    }
  g_variant_builder_add_value (row, g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, cells, n, 8));
  g_variant_builder_add_value (row,
                               g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, qualities, n, 1));
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

static void
ohm_dbus_history_add_slot (OhmDbusHistory *self, const OhmRecord *previous, const OhmRecord *record)
{
  g_auto (GVariantBuilder) row = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(xxxxsuusatayatay)"));
  g_autoptr (OhmRecord) difference = ohm_record_new (record->place, record->points);
  gboolean is_next = previous != NULL && ohm_series_is_next (previous, record);

  ohm_series_fill (difference, is_next ? previous : NULL, record);
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

      ohm_dbus_history_add_slot (self, previous, record);
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
