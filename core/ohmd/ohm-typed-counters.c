/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-typed-counters.h"

#include <math.h>

static gboolean
ohm_typed_counters_check (const char *name, GVariant *value, GError **error)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ||
      (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) &&
       fabs (g_variant_get_double (value)) < 9e18))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "counter '%s' is no int64 or double below 9e18",
               name);
  return FALSE;
}

static void
ohm_typed_counters_fill (OhmRecord *record, guint index, GVariant *value)
{
  const OhmPoint *point = &ohm_point_set_get_points (record->points, &(guint){ 0 })[index];
  gboolean is_whole = g_variant_is_of_type (value, G_VARIANT_TYPE_INT64);

  if (!point->is_integer)
    record->cells[index].real = is_whole ? (double) g_variant_get_int64 (value)
                                         : g_variant_get_double (value);
  else
    record->cells[index].integer = is_whole ? g_variant_get_int64 (value)
                                            : (gint64) llround (g_variant_get_double (value));
  record->qualities[index] = OHM_QUALITY_GOOD;
}

/* (transfer none): the record of @place; appended if it is the place's first counter */
static OhmRecord *
ohm_typed_counters_ensure (GPtrArray *records, const OhmPlace *place)
{
  OhmRecord *record;

  for (guint i = 0; i < records->len; i++)
    {
      record = g_ptr_array_index (records, i);
      if (g_str_equal (record->place, place->id))
        return record;
    }
  record = ohm_record_new (place->id, place->points);
  g_ptr_array_add (records, record);
  return record;
}

/* What the places count, and what was meant most likely. */
static void
ohm_typed_counters_set_unknown (const char *name,
                                const char *meter,
                                GPtrArray *places,
                                GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *near = NULL;

  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      guint n = 0;
      const OhmPoint *points = place->points != NULL ? ohm_point_set_get_points (place->points, &n)
                                                     : NULL;

      for (guint k = 0; k < n; k++)
        g_ptr_array_add (names, (gpointer) (guintptr) points[k].name);
    }
  g_ptr_array_add (names, NULL);
  near = ohm_suggest (name, (const char *const *) names->pdata);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "no place of meter '%s' counts '%s'%s%s%s",
               meter, name, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
               near != NULL ? "'?" : "");
}

static gboolean
ohm_typed_counters_take (GPtrArray *records,
                         const char *name,
                         GVariant *value,
                         const char *meter,
                         GPtrArray *places,
                         GError **error)
{
  gboolean is_known = FALSE;

  if (!ohm_typed_counters_check (name, value, error))
    return FALSE;
  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const OhmPlace *place = g_ptr_array_index (places, i);
      guint index;

      if (place->points == NULL || !ohm_point_set_find (place->points, name, &index))
        continue;
      ohm_typed_counters_fill (ohm_typed_counters_ensure (records, place), index, value);
      is_known = TRUE;
    }
  if (!is_known)
    ohm_typed_counters_set_unknown (name, meter, places, error);
  return is_known;
}

GPtrArray *
ohm_typed_counters_parse (GVariant *counters, const char *meter, GPtrArray *places, GError **error)
{
  g_autoptr (GPtrArray) records = NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_return_val_if_fail (counters != NULL && meter != NULL, NULL);

  records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_variant_iter_init (&iter, counters);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      gboolean is_good = ohm_typed_counters_take (records, name, value, meter, places, error);

      g_variant_unref (value);
      if (!is_good)
        return NULL;
    }
  return g_steal_pointer (&records);
}
