/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-trend.h"

#include <math.h>

struct _OhmDbusTrend
{
  GHashTable *columns; /* (owned) (element-type utf8 guint+1): by a point's interned name */
  GVariantBuilder points;
  GVariantBuilder minutes;
};

OhmDbusTrend *
ohm_dbus_trend_new (void)
{
  OhmDbusTrend *self = g_new0 (OhmDbusTrend, 1);

  self->columns = g_hash_table_new (NULL, NULL);
  g_variant_builder_init (&self->points, G_VARIANT_TYPE ("a(ss)"));
  g_variant_builder_init (&self->minutes, G_VARIANT_TYPE ("a(xadadad)"));
  return self;
}

void
ohm_dbus_trend_free (OhmDbusTrend *self)
{
  g_hash_table_unref (self->columns);
  g_variant_builder_clear (&self->points);
  g_variant_builder_clear (&self->minutes);
  g_free (self);
}

static guint
ohm_dbus_trend_get_column (OhmDbusTrend *self, const OhmPoint *point)
{
  guint column = GPOINTER_TO_UINT (g_hash_table_lookup (self->columns, point->name));

  if (column == 0)
    {
      column = g_hash_table_size (self->columns) + 1;
      g_hash_table_insert (self->columns, (gpointer) (gsize) point->name,
                           GUINT_TO_POINTER (column));
      g_variant_builder_add (&self->points, "(ss)", point->name, point->unit);
    }
  return column - 1;
}

static GVariant *
ohm_dbus_trend_new_array (const GArray *values)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, values->data, values->len,
                                    sizeof (double));
}

static void
ohm_dbus_trend_put (GArray *values, guint column, double value)
{
  const double nothing = NAN;

  while (values->len <= column)
    g_array_append_val (values, nothing);
  g_array_index (values, double, column) = value;
}

/* Serialised at once, as the rows of a history are. */
void
ohm_dbus_trend_add (OhmDbusTrend *self, const OhmTrendRow *row)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (row->points, &n);
  g_autoptr (GArray) means = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) least = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) most = g_array_new (FALSE, FALSE, sizeof (double));
  GVariant *minute = NULL;

  for (guint i = 0; i < MIN (n, row->n); i++)
    {
      const OhmTrendPoint *value = &row->values[i];
      guint column = ohm_dbus_trend_get_column (self, &points[i]);

      ohm_dbus_trend_put (means, column, value->count > 0 ? (double) value->mean : NAN);
      ohm_dbus_trend_put (least, column, value->count > 0 ? (double) value->min : NAN);
      ohm_dbus_trend_put (most, column, value->count > 0 ? (double) value->max : NAN);
    }
  minute = g_variant_new ("(x@ad@ad@ad)", row->minute_us, ohm_dbus_trend_new_array (means),
                          ohm_dbus_trend_new_array (least), ohm_dbus_trend_new_array (most));
  g_variant_get_data (minute);
  g_variant_builder_add_value (&self->minutes, minute);
}

GVariant *
ohm_dbus_trend_end (OhmDbusTrend *self)
{
  return g_variant_new (OHM_DBUS_TREND_TYPE, &self->points, &self->minutes);
}
