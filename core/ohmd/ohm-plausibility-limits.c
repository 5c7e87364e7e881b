/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-limits.h"

#include <math.h>

char *
ohm_plausibility_dup_amount (double value, const char *unit)
{
  static const struct
  {
    double factor;
    const char *prefix;
  } prefixes[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (fabs (value) >= prefixes[i].factor)
      {
        g_ascii_formatd (number, sizeof number, "%.3g", value / prefixes[i].factor);
        return g_strconcat (number, " ", prefixes[i].prefix, unit, NULL);
      }
  g_ascii_formatd (number, sizeof number, "%.0f", value);
  return g_strconcat (number, " ", unit, NULL);
}

char *
ohm_plausibility_dup_share (double share)
{
  return g_strdup_printf ("%d %%", (int) CLAMP (round (100 * share), -9999.0, 9999.0));
}

double
ohm_plausibility_get_energy_scale (const char *unit)
{
  static const struct
  {
    const char *unit;
    double scale;
  } units[] = {
    { "Wh", 1 },      { "kWh", 1e3 },   { "MWh", 1e6 }, { "GWh", 1e9 },  { "varh", 1 },
    { "kvarh", 1e3 }, { "Mvarh", 1e6 }, { "VAh", 1 },   { "kVAh", 1e3 }, { "MVAh", 1e6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_strcmp0 (unit, units[i].unit) == 0)
      return units[i].scale;
  return 0;
}
