/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-reading.h"

#include <math.h>
#include <string.h>

#include "ohmctl-connection.h"

OhmctlPointSet *
ohmctl_point_set_new (const char *id, GVariant *points)
{
  OhmctlPointSet *self = g_new0 (OhmctlPointSet, 1);
  OhmctlPoint row = { NULL };
  GVariantIter iter;

  self->id = g_strdup (id);
  self->points = g_ptr_array_new_with_free_func (g_free);
  self->texts = g_string_chunk_new (1024);
  g_variant_iter_init (&iter, points);
  while (g_variant_iter_next (&iter, "(&s&s&s&sb)", &row.name, &row.unit, &row.kind, &row.obis,
                              &row.is_integer))
    {
      row.name = g_string_chunk_insert_const (self->texts, row.name);
      row.unit = g_string_chunk_insert_const (self->texts, row.unit);
      row.kind = g_string_chunk_insert_const (self->texts, row.kind);
      row.obis = g_string_chunk_insert_const (self->texts, row.obis);
      g_ptr_array_add (self->points, g_memdup2 (&row, sizeof row));
    }
  return self;
}

void
ohmctl_point_set_free (OhmctlPointSet *self)
{
  g_free (self->id);
  g_ptr_array_unref (self->points);
  g_string_chunk_free (self->texts);
  g_free (self);
}

OhmctlPointSet *
ohmctl_point_set_get (OhmctlContext *context, const char *id, GError **error)
{
  OhmctlPointSet *set = g_hash_table_lookup (context->point_sets, id);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) points = NULL;

  if (set != NULL)
    return set;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.GetPointSet",
                                  g_variant_new ("(s)", id), "(a(ssssb))", error);
  if (reply == NULL)
    return NULL;
  points = g_variant_get_child_value (reply, 0);
  set = ohmctl_point_set_new (id, points);
  g_hash_table_insert (context->point_sets, set->id, set);
  return set;
}

gboolean
ohmctl_point_set_find (OhmctlPointSet *self, const char *name, guint *ret_index)
{
  for (guint i = 0; i < self->points->len; i++)
    {
      const OhmctlPoint *point = self->points->pdata[i];

      if (strcmp (point->name, name) != 0)
        continue;
      *ret_index = i;
      return TRUE;
    }
  return FALSE;
}

const char **
ohmctl_point_set_dup_names (OhmctlPointSet *self)
{
  const char **names = g_new0 (const char *, self->points->len + 1);

  for (guint i = 0; i < self->points->len; i++)
    names[i] = ((const OhmctlPoint *) self->points->pdata[i])->name;
  return names;
}

OhmctlReading *
ohmctl_reading_new (OhmctlPointSet *set,
                    gint64 time_us,
                    GVariant *cells,
                    GVariant *qualities,
                    GVariant *times)
{
  gsize n_cells, n_qualities, n_times;
  const void *bits = g_variant_get_fixed_array (cells, &n_cells, sizeof (guint64));
  const void *bytes = g_variant_get_fixed_array (qualities, &n_qualities, sizeof (guint8));
  const void *stamps = g_variant_get_fixed_array (times, &n_times, sizeof (gint64));
  guint n = set->points->len;
  OhmctlReading *self;

  if (n == 0 || n_cells != n || n_qualities != n || (n_times != 0 && n_times != n))
    return NULL;
  self = g_new0 (OhmctlReading, 1);
  self->set = set;
  self->time_us = time_us;
  self->cells = g_memdup2 (bits, n * sizeof (OhmCell));
  self->qualities = g_memdup2 (bytes, n);
  self->times_us = n_times == n ? g_memdup2 (stamps, n * sizeof (gint64)) : NULL;
  return self;
}

void
ohmctl_reading_free (OhmctlReading *self)
{
  g_free (self->cells);
  g_free (self->qualities);
  g_free (self->times_us);
  g_free (self);
}

gboolean
ohmctl_reading_has_value (OhmctlReading *self, guint index)
{
  const OhmctlPoint *point = self->set->points->pdata[index];

  if (!ohm_quality_has_value (self->qualities[index]))
    return FALSE;
  return point->is_integer || isfinite (self->cells[index].real);
}

gint64
ohmctl_reading_time_us (OhmctlReading *self, guint index)
{
  return self->times_us != NULL ? self->times_us[index] : self->time_us;
}

gint64
ohmctl_stale_after_us (gint64 period_us)
{
  return MAX (3 * MIN (period_us, G_TIME_SPAN_DAY), 10 * G_TIME_SPAN_SECOND);
}

void
ohmctl_json_cell (OhmctlJson *json, const char *key, const OhmctlPoint *point, OhmCell cell)
{
  if (point->is_integer)
    ohmctl_json_integer (json, key, cell.integer);
  else if (ohmctl_point_is_state (point) && fabs (cell.real) < 1e9)
    ohmctl_json_integer (json, key, lround (cell.real));
  else
    ohmctl_json_real (json, key, cell.real);
}

static void
ohmctl_reading_write_text (OhmctlJson *json, const OhmctlPoint *point, OhmCell cell)
{
  gint64 number = point->is_integer ? cell.integer : lround (CLAMP (cell.real, -1e9, 1e9));
  const char *meaning = ohmctl_format_state (point, number);
  g_autofree char *text = meaning != NULL ? g_strdup (meaning)
                                          : g_strdup_printf ("%" G_GINT64_FORMAT, number);

  ohmctl_json_string (json, "text", text);
}

void
ohmctl_json_value (OhmctlJson *json,
                   OhmctlReading *reading,
                   guint index,
                   gboolean is_stale,
                   gint64 top_us)
{
  const OhmctlPoint *point = reading->set->points->pdata[index];
  OhmQuality quality = reading->qualities[index];
  gint64 time_us = ohmctl_reading_time_us (reading, index);

  ohmctl_json_begin_object (json, point->name);
  if (!ohmctl_reading_has_value (reading, index))
    {
      ohmctl_json_null (json, "value");
      ohmctl_json_string (json, "quality", ohm_quality_to_string (OHM_QUALITY_MISSING));
      ohmctl_json_end_object (json);
      return;
    }
  ohmctl_json_cell (json, "value", point, reading->cells[index]);
  if (ohmctl_point_is_state (point))
    ohmctl_reading_write_text (json, point, reading->cells[index]);
  ohmctl_json_string (json, "unit", point->unit);
  ohmctl_json_string (json, "quality",
                      is_stale && quality == OHM_QUALITY_GOOD ? "stale"
                                                              : ohm_quality_to_string (quality));
  if (time_us != 0 && ABS (top_us - time_us) > G_USEC_PER_SEC)
    ohmctl_json_time (json, "time", time_us);
  ohmctl_json_end_object (json);
}
