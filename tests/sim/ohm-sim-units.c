/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-units.h"

#include <string.h>

static gboolean
ohm_sim_units_parse_range (const char *text, OhmSimUnits *units, GError **error)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  guint64 first;
  guint64 last;

  if (!g_ascii_string_to_unsigned (text[0] == '\0' ? "" : ends[0], 10, 0, 255, &first, NULL) ||
      !g_ascii_string_to_unsigned (ends[1] != NULL ? ends[1] : ends[0], 10, first, 255, &last,
                                   NULL))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s' is not a unit id from 0 to 255 or a range of them", text);
      return FALSE;
    }
  for (guint64 unit = first; unit <= last; unit++)
    ohm_sim_units_add (units, (guint8) unit);
  return TRUE;
}

gboolean
ohm_sim_units_parse (const char *text, OhmSimUnits *ret_units, GError **error)
{
  g_auto (GStrv) ranges = g_strsplit (text, ",", -1);
  OhmSimUnits units = { 0 };

  if (g_str_equal (text, "*"))
    {
      memset (ret_units, 0xff, sizeof *ret_units);
      return TRUE;
    }
  if (ranges[0] == NULL)
    return ohm_sim_units_parse_range (text, &units, error);
  for (guint i = 0; ranges[i] != NULL; i++)
    if (!ohm_sim_units_parse_range (ranges[i], &units, error))
      return FALSE;
  *ret_units = units;
  return TRUE;
}

gboolean
ohm_sim_units_is_all (const OhmSimUnits *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->bits); i++)
    if (self->bits[i] != G_MAXUINT32)
      return FALSE;
  return TRUE;
}

char *
ohm_sim_units_to_string (const OhmSimUnits *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint unit = 0;

  if (ohm_sim_units_is_all (self))
    return g_strdup ("*");
  while (unit < 256)
    {
      guint first = unit;

      while (unit < 256 && ohm_sim_units_has (self, (guint8) unit))
        unit++;
      if (unit > first)
        g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", first);
      if (unit > first + 1)
        g_string_append_printf (text, "-%u", unit - 1);
      unit++;
    }
  return g_strdup (text->str);
}
