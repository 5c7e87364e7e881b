/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-prodata2-unit.h"

#define WH_PER_MJ (1e6 / 3600)

/*
 * Spelt exactly so: "KWH" may be anything. A kWh is electricity consumed, supplied or heat, which
 * the device does not know: it stays the value of an input. Nobody counts electricity in joules.
 */
static const OhmProdata2Unit units[] = {
  { "Wh", "Wh", NULL, 1 },
  { "kWh", "kWh", NULL, 1 },
  { "MWh", "MWh", NULL, 1 },
  { "GWh", "GWh", NULL, 1 },
  { "varh", "varh", NULL, 1 },
  { "kvarh", "kvarh", NULL, 1 },
  { "Mvarh", "Mvarh", NULL, 1 },
  { "VAh", "VAh", NULL, 1 },
  { "kVAh", "kVAh", NULL, 1 },
  { "MVAh", "MVAh", NULL, 1 },
  { "m3", "m3", "volume", 1 },
  { "m\302\263", "m3", "volume", 1 },
  { "m^3", "m3", "volume", 1 },
  { "l", "l", "volume", 0.001 },
  { "L", "l", "volume", 0.001 },
  { "hl", "hl", "volume", 0.1 },
  { "MJ", "MJ", "energy-heat", WH_PER_MJ },
  { "GJ", "GJ", "energy-heat", 1000 * WH_PER_MJ },
};

const OhmProdata2Unit *
ohm_prodata2_unit_find (const char *text)
{
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (units[i].text, text))
      return &units[i];
  return NULL;
}
