/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-shape.h"

#include <math.h>

#define DAY_MINUTES  1440
#define WEEK_MINUTES (7 * DAY_MINUTES)
#define MINUTE_MS    60000
#define WEEK_MS      ((gint64) WEEK_MINUTES * MINUTE_MS)
/* 1970-01-05 was a Monday. */
#define MONDAY_MS ((gint64) 4 * DAY_MINUTES * MINUTE_MS)

/* A minute, and what the parts have grown to before it. */
typedef struct
{
  gint32 power;
  double tangent;
  double apparent; /* per active power: 1 / cos phi */
  guint tariff;
  OhmSimIntegral before;
} OhmSimKnot;

struct _OhmSimShape
{
  OhmSimKnot knots[WEEK_MINUTES];
  OhmSimIntegral week;
};

typedef struct
{
  double hour;
  double value;
} OhmSimCorner;

static const char *const load_names[OHM_SIM_N_LOADS] = {
  [OHM_SIM_LOAD_OFFICE] = "office",       [OHM_SIM_LOAD_HOUSE] = "house",
  [OHM_SIM_LOAD_HEAT_PUMP] = "heat-pump", [OHM_SIM_LOAD_PV] = "pv",
  [OHM_SIM_LOAD_SITE] = "site",           [OHM_SIM_LOAD_CONSTANT] = "constant",
};

static const OhmSimCorner office_day[] = {
  { 0.0, 0.12 },  { 5.5, 0.14 },  { 7.0, 0.40 },  { 9.0, 0.78 },  { 11.5, 0.82 },
  { 12.5, 0.66 }, { 13.5, 0.80 }, { 16.0, 0.70 }, { 18.0, 0.35 }, { 21.0, 0.16 },
};
static const OhmSimCorner office_weekend[] = { { 0.0, 0.11 }, { 10.0, 0.17 }, { 18.0, 0.12 } };
static const OhmSimCorner house_day[] = {
  { 0.0, 0.10 },  { 5.5, 0.12 },  { 7.0, 0.48 },  { 9.0, 0.22 },  { 12.0, 0.42 },
  { 14.0, 0.20 }, { 18.0, 0.68 }, { 20.5, 0.55 }, { 23.0, 0.18 },
};

/* The finalizer of splitmix64 (public domain algorithm). */
guint64
ohm_sim_hash (guint64 a, guint64 b)
{
  guint64 z = a + 0x9e3779b97f4a7c15u * (b + 1);

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double
ohm_sim_hash_fraction (guint64 a, guint64 b)
{
  return (double) (ohm_sim_hash (a, b) >> 11) / 9007199254740992.0;
}

gboolean
ohm_sim_load_parse (const char *text, OhmSimLoad *ret_load)
{
  for (guint i = 0; i < OHM_SIM_N_LOADS; i++)
    if (g_str_equal (text, load_names[i]))
      {
        *ret_load = (OhmSimLoad) i;
        return TRUE;
      }
  return FALSE;
}

const char *
ohm_sim_load_to_string (OhmSimLoad load)
{
  return load_names[load];
}

/* Straight lines between corners; the last one leads back to the first. */
static double
ohm_sim_shape_day (const OhmSimCorner *corners, gsize n, double hour)
{
  for (gsize i = n; i-- > 0;)
    if (hour >= corners[i].hour)
      {
        const OhmSimCorner *from = &corners[i];
        double next_hour = i + 1 < n ? corners[i + 1].hour : 24.0;
        double next_value = corners[(i + 1) % n].value;

        return from->value +
               (next_value - from->value) * (hour - from->hour) / (next_hour - from->hour);
      }
  return corners[0].value;
}

static gboolean
ohm_sim_shape_is_weekday (guint minute)
{
  return minute < 5 * DAY_MINUTES;
}

static double
ohm_sim_shape_office (guint64 seed, guint minute)
{
  double hour = (minute % DAY_MINUTES) / 60.0;
  double load = ohm_sim_shape_is_weekday (minute)
                  ? ohm_sim_shape_day (office_day, G_N_ELEMENTS (office_day), hour)
                  : ohm_sim_shape_day (office_weekend, G_N_ELEMENTS (office_weekend), hour);
  double compressor = minute % 23 < 9 ? 0.05 : 0.0;

  return load + compressor + 0.06 * ohm_sim_hash_fraction (seed, minute);
}

static double
ohm_sim_shape_house (guint64 seed, guint minute)
{
  double load = ohm_sim_shape_day (house_day, G_N_ELEMENTS (house_day),
                                   (minute % DAY_MINUTES) / 60.0);
  double kettle = ohm_sim_hash (seed, minute / 4) % 23 == 0 ? 0.20 : 0.0;
  double fridge = minute % 47 < 14 ? 0.03 : 0.0;

  return load * (0.75 + 0.25 * ohm_sim_hash_fraction (seed, minute)) + kettle + fridge;
}

static double
ohm_sim_shape_heat_pump (guint64 seed, guint minute)
{
  double hour = (minute % DAY_MINUTES) / 60.0;
  guint on = hour >= 5.0 && hour < 21.0 ? 26 : 12;

  if (minute % 48 >= on)
    return 0.008;
  return 0.80 + 0.04 * ohm_sim_hash_fraction (seed, minute) - 0.006 * (minute % 48);
}

static double
ohm_sim_shape_pv (guint64 seed, guint minute)
{
  double hour = (minute % DAY_MINUTES) / 60.0;
  double height = sin (G_PI * (hour - 5.0) / 14.0);
  double clear = 0.55 + 0.45 * ohm_sim_hash_fraction (seed, minute / DAY_MINUTES);
  double clouds = 0.25 * ohm_sim_hash_fraction (seed, minute / 7);

  if (hour <= 5.0 || hour >= 19.0 || height <= 0.0)
    return 0.0;
  return -height * sqrt (height) * (clear - clouds);
}

static double
ohm_sim_shape_power (OhmSimLoad load, guint64 seed, guint minute)
{
  switch (load)
    {
    case OHM_SIM_LOAD_OFFICE:
      return ohm_sim_shape_office (seed, minute);
    case OHM_SIM_LOAD_HOUSE:
      return ohm_sim_shape_house (seed, minute);
    case OHM_SIM_LOAD_HEAT_PUMP:
      return ohm_sim_shape_heat_pump (seed, minute);
    case OHM_SIM_LOAD_PV:
      return ohm_sim_shape_pv (seed, minute);
    case OHM_SIM_LOAD_SITE:
      return 0.7 * ohm_sim_shape_office (seed, minute) +
             0.9 * ohm_sim_shape_pv (ohm_sim_hash (seed, 1), minute);
    case OHM_SIM_LOAD_CONSTANT:
    default:
      return 1.0;
    }
}

/* One tangent a quarter of an hour; lamps and computers are capacitive when all else sleeps. */
static double
ohm_sim_shape_tangent (OhmSimLoad load, guint64 seed, guint minute)
{
  double wobble = ohm_sim_hash_fraction (seed, 77000 + minute / 15) - 0.5;
  guint hour = (minute % DAY_MINUTES) / 60;
  gboolean is_night = hour < 5 || hour >= 22;

  switch (load)
    {
    case OHM_SIM_LOAD_OFFICE:
    case OHM_SIM_LOAD_SITE:
      return (is_night ? -0.14 : 0.31) + 0.06 * wobble;
    case OHM_SIM_LOAD_HOUSE:
      return (is_night ? -0.08 : 0.17) + 0.08 * wobble;
    case OHM_SIM_LOAD_HEAT_PUMP:
      return 0.45 + 0.04 * wobble;
    case OHM_SIM_LOAD_PV:
      return -0.05 + 0.02 * wobble;
    case OHM_SIM_LOAD_CONSTANT:
    default:
      return 0.329; /* cos phi 0.95 */
    }
}

/* No line may cross zero between two knots: import and export part there. */
static void
ohm_sim_shape_fill_power (OhmSimShape *self, OhmSimLoad load, guint64 seed)
{
  for (guint i = 0; i < WEEK_MINUTES; i++)
    {
      double power = ohm_sim_shape_power (load, seed, i);

      self->knots[i].power = (gint32) lrint (power * OHM_SIM_SHAPE_ONE);
    }
  for (guint i = 0; i < WEEK_MINUTES; i++)
    {
      OhmSimKnot *next = &self->knots[(i + 1) % WEEK_MINUTES];

      if ((gint64) self->knots[i].power * next->power < 0)
        next->power = 0;
    }
}

/* Energy of the first @ms milliseconds of a minute. Rounded down from an integral that never
 * falls, hence never falling itself, and exact at the end of the minute. */
static void
ohm_sim_shape_add (const OhmSimShape *self, guint minute, gint64 ms, OhmSimIntegral *sum)
{
  const OhmSimKnot *knot = &self->knots[minute];
  gint64 from = ABS (knot->power);
  gint64 to = ABS (self->knots[(minute + 1) % WEEK_MINUTES].power);
  gboolean is_export = knot->power < 0 || self->knots[(minute + 1) % WEEK_MINUTES].power < 0;
  gint64 area = (2 * MINUTE_MS * from * ms + (to - from) * ms * ms) / (2 * MINUTE_MS);
  gint64 reactive = (gint64) (fabs (knot->tangent) * (double) area);
  gint64 *sums = sum->sums[knot->tariff];

  sums[is_export ? OHM_SIM_PART_EXPORT : OHM_SIM_PART_IMPORT] += area;
  sums[knot->tangent < 0 ? OHM_SIM_PART_CAPACITIVE : OHM_SIM_PART_INDUCTIVE] += reactive;
  sums[OHM_SIM_PART_APPARENT] += (gint64) (knot->apparent * (double) area);
}

OhmSimShape *
ohm_sim_shape_new (OhmSimLoad load, guint64 seed)
{
  OhmSimShape *self = g_new0 (OhmSimShape, 1);

  ohm_sim_shape_fill_power (self, load, seed);
  for (guint i = 0; i < WEEK_MINUTES; i++)
    {
      OhmSimKnot *knot = &self->knots[i];
      guint hour = (i % DAY_MINUTES) / 60;

      knot->tangent = ohm_sim_shape_tangent (load, seed, i);
      knot->apparent = sqrt (1.0 + knot->tangent * knot->tangent);
      knot->tariff = ohm_sim_shape_is_weekday (i) && hour >= 6 && hour < 22 ? 0 : 1;
      knot->before = self->week;
      ohm_sim_shape_add (self, i, MINUTE_MS, &self->week);
    }
  return self;
}

void
ohm_sim_shape_free (OhmSimShape *self)
{
  g_free (self);
}

/* Splits a time into whole weeks, the minute of the week and milliseconds of the minute. */
static gint64
ohm_sim_shape_split (gint64 wall_ms, guint *ret_minute, gint64 *ret_ms)
{
  gint64 since = wall_ms - MONDAY_MS;
  gint64 weeks = since / WEEK_MS;
  gint64 rest = since % WEEK_MS;

  if (rest < 0)
    {
      rest += WEEK_MS;
      weeks--;
    }
  *ret_minute = (guint) (rest / MINUTE_MS);
  *ret_ms = rest % MINUTE_MS;
  return weeks;
}

double
ohm_sim_shape_get_power (const OhmSimShape *self, gint64 wall_ms, double *ret_tangent)
{
  guint minute;
  gint64 ms;
  double from;
  double to;

  ohm_sim_shape_split (wall_ms, &minute, &ms);
  from = self->knots[minute].power;
  to = self->knots[(minute + 1) % WEEK_MINUTES].power;
  *ret_tangent = self->knots[minute].tangent;
  return from + (to - from) * (double) ms / MINUTE_MS;
}

void
ohm_sim_shape_integrate (const OhmSimShape *self, gint64 wall_ms, OhmSimIntegral *ret_integral)
{
  guint minute;
  gint64 ms;
  gint64 weeks = ohm_sim_shape_split (wall_ms, &minute, &ms);
  const OhmSimIntegral *before = &self->knots[minute].before;

  for (guint t = 0; t < OHM_SIM_N_TARIFFS; t++)
    for (guint p = 0; p < OHM_SIM_N_PARTS; p++)
      ret_integral->sums[t][p] = weeks * self->week.sums[t][p] + before->sums[t][p];
  ohm_sim_shape_add (self, minute, ms, ret_integral);
}
