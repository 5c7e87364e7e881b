/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What hangs on a meter: how its power runs through a week. */
typedef enum
{
  OHM_SIM_LOAD_OFFICE,
  OHM_SIM_LOAD_HOUSE,
  OHM_SIM_LOAD_HEAT_PUMP,
  OHM_SIM_LOAD_PV,
  OHM_SIM_LOAD_SITE, /* an office with photovoltaics on its roof: imports and exports */
  OHM_SIM_LOAD_CONSTANT,
} OhmSimLoad;

#define OHM_SIM_N_LOADS (OHM_SIM_LOAD_CONSTANT + 1)

/* 1 is Monday to Friday from 6:00 to 22:00 UTC, 2 all other time. */
#define OHM_SIM_N_TARIFFS 2

/* Power that stands for the nominal power, and the tangent of phi that stands for 1. */
#define OHM_SIM_SHAPE_ONE 1000000

/* Parts of energy that a meter counts, in millionths of nominal power times milliseconds: whole
 * numbers, so that a counter never falls by a rounding error. */
typedef enum
{
  OHM_SIM_PART_IMPORT,
  OHM_SIM_PART_EXPORT,
  OHM_SIM_PART_INDUCTIVE,
  OHM_SIM_PART_CAPACITIVE,
  OHM_SIM_PART_APPARENT,
} OhmSimPart;

#define OHM_SIM_N_PARTS (OHM_SIM_PART_APPARENT + 1)

typedef struct
{
  gint64 sums[OHM_SIM_N_TARIFFS][OHM_SIM_N_PARTS];
} OhmSimIntegral;

/* A week of power, repeated for ever: straight lines between one knot a minute. Immutable. */
typedef struct _OhmSimShape OhmSimShape;

OhmSimShape *ohm_sim_shape_new (OhmSimLoad load, guint64 seed);
void ohm_sim_shape_free (OhmSimShape *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmSimShape, ohm_sim_shape_free)

/* Power in millionths of the nominal power, positive for import, and the tangent of phi, positive
 * for inductive. */
double ohm_sim_shape_get_power (const OhmSimShape *self, gint64 wall_ms, double *ret_tangent);

/* The exact integrals of what ohm_sim_shape_get_power() tells, from a fixed origin. */
void
ohm_sim_shape_integrate (const OhmSimShape *self, gint64 wall_ms, OhmSimIntegral *ret_integral);

gboolean ohm_sim_load_parse (const char *text, OhmSimLoad *ret_load);
const char *ohm_sim_load_to_string (OhmSimLoad load);

/* A well mixed number, the same on every machine. */
guint64 ohm_sim_hash (guint64 a, guint64 b);
/* The same as a fraction of one. */
double ohm_sim_hash_fraction (guint64 a, guint64 b);

G_END_DECLS
