/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-model.h"

#include <math.h>

/* Millionths of the nominal power times milliseconds in a watt hour. */
#define WATT_HOUR      (3.6e6 * OHM_SIM_SHAPE_ONE)
#define WEEK_S         604800.0
#define DAY_US         (G_GINT64_CONSTANT (86400000000))
#define DEMAND_US      (G_GINT64_CONSTANT (900000000))
#define YEAR_2025_US   (G_GINT64_CONSTANT (1735689600000000))
#define VOLTAGE        230.0
#define FREQUENCY      50.0
#define HEAT_PER_POWER 3.2    /* a heat pump's coefficient of performance */
#define GAS_PER_WH     9.5e-5 /* m3 of natural gas, about 10.5 kWh each */

typedef enum
{
  OHM_SIM_CHANNEL_L1,
  OHM_SIM_CHANNEL_L2,
  OHM_SIM_CHANNEL_L3,
  OHM_SIM_CHANNEL_L4,
  OHM_SIM_CHANNEL_TOTAL,
  OHM_SIM_CHANNEL_TOTAL4,
  OHM_SIM_CHANNEL_N,
  OHM_SIM_CHANNEL_L1_L2,
  OHM_SIM_CHANNEL_L2_L3,
  OHM_SIM_CHANNEL_L3_L1,
} OhmSimChannel;

#define N_SHARES (OHM_SIM_CHANNEL_TOTAL4 + 1)

typedef enum
{
  OHM_SIM_WHAT_GAUGE,
  OHM_SIM_WHAT_COUNTER,
  OHM_SIM_WHAT_STATE,
  OHM_SIM_WHAT_VOLTAGE,
  OHM_SIM_WHAT_CURRENT,
  OHM_SIM_WHAT_POWER_ACTIVE,
  OHM_SIM_WHAT_POWER_APPARENT,
  OHM_SIM_WHAT_POWER_REACTIVE,
  OHM_SIM_WHAT_COS_PHI,
  OHM_SIM_WHAT_POWER_FACTOR,
  OHM_SIM_WHAT_FREQUENCY,
  OHM_SIM_WHAT_ROTATION,
  OHM_SIM_WHAT_THD_VOLTAGE,
  OHM_SIM_WHAT_THD_CURRENT,
  OHM_SIM_WHAT_ENERGY_NET,
  OHM_SIM_WHAT_ENERGY_IMPORT,
  OHM_SIM_WHAT_ENERGY_EXPORT,
  OHM_SIM_WHAT_ENERGY_APPARENT,
  OHM_SIM_WHAT_ENERGY_REACTIVE,
  OHM_SIM_WHAT_ENERGY_INDUCTIVE,
  OHM_SIM_WHAT_ENERGY_CAPACITIVE,
  OHM_SIM_WHAT_DEMAND,
  OHM_SIM_WHAT_PULSE_COUNT,
  OHM_SIM_WHAT_PULSE_VALUE,
  OHM_SIM_WHAT_PULSE_RATE,
  OHM_SIM_WHAT_VOLUME,
  OHM_SIM_WHAT_HEAT,
  OHM_SIM_WHAT_INPUT,
  OHM_SIM_WHAT_TEMPERATURE,
  OHM_SIM_WHAT_BATTERY,
} OhmSimWhat;

typedef struct
{
  const char *name;
  guint8 value;
} OhmSimName;

static const OhmSimName quantities[] = {
  { "voltage", OHM_SIM_WHAT_VOLTAGE },
  { "current", OHM_SIM_WHAT_CURRENT },
  { "power-active", OHM_SIM_WHAT_POWER_ACTIVE },
  { "power-apparent", OHM_SIM_WHAT_POWER_APPARENT },
  { "power-reactive", OHM_SIM_WHAT_POWER_REACTIVE },
  { "cos-phi", OHM_SIM_WHAT_COS_PHI },
  { "power-factor", OHM_SIM_WHAT_POWER_FACTOR },
  { "frequency", OHM_SIM_WHAT_FREQUENCY },
  { "rotation", OHM_SIM_WHAT_ROTATION },
  { "thd-voltage", OHM_SIM_WHAT_THD_VOLTAGE },
  { "thd-current", OHM_SIM_WHAT_THD_CURRENT },
  { "energy-active-net", OHM_SIM_WHAT_ENERGY_NET },
  { "energy-active-import", OHM_SIM_WHAT_ENERGY_IMPORT },
  { "energy-active-export", OHM_SIM_WHAT_ENERGY_EXPORT },
  { "energy-apparent", OHM_SIM_WHAT_ENERGY_APPARENT },
  { "energy-reactive", OHM_SIM_WHAT_ENERGY_REACTIVE },
  { "energy-reactive-inductive", OHM_SIM_WHAT_ENERGY_INDUCTIVE },
  { "energy-reactive-capacitive", OHM_SIM_WHAT_ENERGY_CAPACITIVE },
  { "demand-active", OHM_SIM_WHAT_DEMAND },
  { "pulse-count", OHM_SIM_WHAT_PULSE_COUNT },
  { "pulse-value", OHM_SIM_WHAT_PULSE_VALUE },
  { "pulse-rate", OHM_SIM_WHAT_PULSE_RATE },
  { "volume", OHM_SIM_WHAT_VOLUME },
  { "energy-heat", OHM_SIM_WHAT_HEAT },
  { "input-state", OHM_SIM_WHAT_INPUT },
  { "temperature", OHM_SIM_WHAT_TEMPERATURE },
  { "battery-state", OHM_SIM_WHAT_BATTERY },
};

static const OhmSimName channels[] = {
  { "l1", OHM_SIM_CHANNEL_L1 },       { "l2", OHM_SIM_CHANNEL_L2 },
  { "l3", OHM_SIM_CHANNEL_L3 },       { "l4", OHM_SIM_CHANNEL_L4 },
  { "total", OHM_SIM_CHANNEL_TOTAL }, { "total4", OHM_SIM_CHANNEL_TOTAL4 },
  { "n", OHM_SIM_CHANNEL_N },         { "n-calc", OHM_SIM_CHANNEL_N },
  { "l1-n", OHM_SIM_CHANNEL_L1 },     { "l2-n", OHM_SIM_CHANNEL_L2 },
  { "l3-n", OHM_SIM_CHANNEL_L3 },     { "l1-l2", OHM_SIM_CHANNEL_L1_L2 },
  { "l2-l3", OHM_SIM_CHANNEL_L2_L3 }, { "l3-l1", OHM_SIM_CHANNEL_L3_L1 },
  { "", OHM_SIM_CHANNEL_TOTAL },
};

struct _OhmSimModel
{
  const OhmSimShape *shape;
  double nominal_w;
  double shares[N_SHARES]; /* of the nominal power */
  double angles[3];        /* where each phase's voltage stands in its slow swing */
  gint64 shift_ms;         /* a meter is a little earlier or later than others of its shape */
  gint64 installed_us;
  gint64 origin_us; /* counters are 0 then */
  OhmSimIntegral at_origin;
  /* as of the last move */
  gint64 wall_us;
  OhmSimIntegral sums; /* since the origin */
  double power;        /* share of the nominal power */
  double tangent;
  double cosine;
  double frequency;
  double swing[3]; /* -1..1 */
  double voltage[3];
  double current[4];
};

static guint8
ohm_sim_term_find (const OhmSimName *names, gsize n, const char *name, guint8 otherwise)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (names[i].name, name))
      return names[i].value;
  return otherwise;
}

static OhmSimWhat
ohm_sim_term_default (OhmKind kind)
{
  switch (kind)
    {
    case OHM_KIND_COUNTER:
      return OHM_SIM_WHAT_COUNTER;
    case OHM_KIND_STATE:
      return OHM_SIM_WHAT_STATE;
    case OHM_KIND_GAUGE:
    case OHM_KIND_BALANCE:
    case OHM_KIND_TEXT:
    default:
      return OHM_SIM_WHAT_GAUGE;
    }
}

void
ohm_sim_term_init (OhmSimTerm *self, const OhmPoint *point)
{
  guint64 tariff = 0;

  if (point->tariff[0] == 't')
    tariff = g_ascii_strtoull (point->tariff + 1, NULL, 10);
  self->what = ohm_sim_term_find (quantities, G_N_ELEMENTS (quantities), point->quantity->id,
                                  (guint8) ohm_sim_term_default (point->quantity->kind));
  self->channel = ohm_sim_term_find (channels, G_N_ELEMENTS (channels), point->channel,
                                     OHM_SIM_CHANNEL_TOTAL);
  self->tariff = (guint8) MIN (tariff, 255);
}

/* The three phases share the load unequally, each meter in its own way. */
static void
ohm_sim_model_share (OhmSimModel *self, guint64 seed)
{
  double size = 0.85 + 0.3 * ohm_sim_hash_fraction (seed, 1);
  double l1 = 0.36 + 0.04 * ohm_sim_hash_fraction (seed, 2);
  double l2 = 0.30 + 0.02 * ohm_sim_hash_fraction (seed, 3);

  self->shares[OHM_SIM_CHANNEL_L1] = size * l1;
  self->shares[OHM_SIM_CHANNEL_L2] = size * l2;
  self->shares[OHM_SIM_CHANNEL_L3] = size * (1.0 - l1 - l2);
  self->shares[OHM_SIM_CHANNEL_L4] = size * 0.02;
  self->shares[OHM_SIM_CHANNEL_TOTAL] = size;
  self->shares[OHM_SIM_CHANNEL_TOTAL4] = size * 1.02;
}

OhmSimModel *
ohm_sim_model_new (const OhmSimShape *shape, guint64 seed, double nominal_w)
{
  OhmSimModel *self = g_new0 (OhmSimModel, 1);

  self->shape = shape;
  self->nominal_w = nominal_w;
  self->shift_ms = (gint64) (ohm_sim_hash (seed, 4) % 1200000) - 600000;
  for (guint i = 0; i < 3; i++)
    self->angles[i] = 2.0 * G_PI * ohm_sim_hash_fraction (seed, 5 + i);
  ohm_sim_model_share (self, seed);
  self->installed_us = YEAR_2025_US + (gint64) (ohm_sim_hash (seed, 8) % 365) * DAY_US;
  ohm_sim_model_set_origin (self, -1);
  return self;
}

void
ohm_sim_model_free (OhmSimModel *self)
{
  g_free (self);
}

static void
ohm_sim_model_integrate (const OhmSimModel *self, gint64 wall_us, OhmSimIntegral *ret_sums)
{
  ohm_sim_shape_integrate (self->shape, wall_us / 1000 + self->shift_ms, ret_sums);
}

void
ohm_sim_model_set_origin (OhmSimModel *self, gint64 wall_us)
{
  self->origin_us = wall_us >= 0 ? wall_us : self->installed_us;
  ohm_sim_model_integrate (self, self->origin_us, &self->at_origin);
  ohm_sim_model_move (self, MAX (self->wall_us, self->origin_us));
}

gint64
ohm_sim_model_get_origin (const OhmSimModel *self)
{
  return self->origin_us;
}

/* Sums of the origin, not of now, before the origin: a counter is never negative. */
static void
ohm_sim_model_count (const OhmSimModel *self, gint64 wall_us, OhmSimIntegral *ret_sums)
{
  ohm_sim_model_integrate (self, MAX (wall_us, self->origin_us), ret_sums);
  for (guint t = 0; t < OHM_SIM_N_TARIFFS; t++)
    for (guint p = 0; p < OHM_SIM_N_PARTS; p++)
      ret_sums->sums[t][p] -= self->at_origin.sums[t][p];
}

/* Slow swings whose periods divide the week, so that nothing jumps at its end. */
static double
ohm_sim_model_wave (double week_s, double per_week, double angle)
{
  return sin (2.0 * G_PI * per_week * week_s / WEEK_S + angle);
}

static void
ohm_sim_model_move_grid (OhmSimModel *self)
{
  double week_s = fmod ((double) self->wall_us / 1e6, WEEK_S);
  double common = ohm_sim_model_wave (week_s, 900.0, 0.0);
  double fast = ohm_sim_model_wave (week_s, 17000.0, 1.0);

  self->frequency = FREQUENCY + 0.012 * common + 0.006 * fast;
  for (guint i = 0; i < 3; i++)
    {
      double own = ohm_sim_model_wave (week_s, 43000.0, self->angles[i]);
      double drop = 2.2 * fabs (self->power);

      self->swing[i] = 0.5 * common + 0.5 * own;
      self->voltage[i] = VOLTAGE + 1.4 * common + 0.3 * fast + 0.4 * own - drop;
    }
}

void
ohm_sim_model_move (OhmSimModel *self, gint64 wall_us)
{
  double per_volt;

  self->wall_us = wall_us;
  ohm_sim_model_count (self, wall_us, &self->sums);
  self->power = ohm_sim_shape_get_power (self->shape, wall_us / 1000 + self->shift_ms,
                                         &self->tangent) /
                OHM_SIM_SHAPE_ONE;
  self->cosine = 1.0 / sqrt (1.0 + self->tangent * self->tangent);
  ohm_sim_model_move_grid (self);
  per_volt = fabs (self->power) * self->nominal_w / self->cosine;
  for (guint i = 0; i < 4; i++)
    self->current[i] = per_volt * self->shares[i] / self->voltage[i % 3];
}

static double
ohm_sim_model_watts (const OhmSimModel *self, const OhmSimTerm *term)
{
  if (term->channel >= N_SHARES)
    return 0.0;
  return self->power * self->nominal_w * self->shares[term->channel];
}

static double
ohm_sim_model_energy (const OhmSimModel *self,
                      const OhmSimTerm *term,
                      const OhmSimIntegral *sums,
                      OhmSimPart part)
{
  gint64 sum = 0;

  if (term->channel >= N_SHARES)
    return 0.0;
  for (guint t = 0; t < OHM_SIM_N_TARIFFS; t++)
    if (term->tariff == 0 || term->tariff == t + 1)
      sum += sums->sums[t][part];
  return (double) sum * (self->nominal_w * self->shares[term->channel] / WATT_HOUR);
}

static double
ohm_sim_model_difference (const OhmSimModel *self,
                          const OhmSimTerm *term,
                          const OhmSimIntegral *sums,
                          OhmSimPart more,
                          OhmSimPart less)
{
  return ohm_sim_model_energy (self, term, sums, more) -
         ohm_sim_model_energy (self, term, sums, less);
}

static double
ohm_sim_model_import (const OhmSimModel *self, const OhmSimTerm *term)
{
  return ohm_sim_model_energy (self, term, &self->sums, OHM_SIM_PART_IMPORT);
}

/* Mean power of the last quarter of an hour, from the same exact integrals. */
static double
ohm_sim_model_demand (const OhmSimModel *self, const OhmSimTerm *term)
{
  OhmSimIntegral before;
  double energy_wh;

  ohm_sim_model_count (self, self->wall_us - DEMAND_US, &before);
  energy_wh = ohm_sim_model_difference (self, term, &self->sums, OHM_SIM_PART_IMPORT,
                                        OHM_SIM_PART_EXPORT) -
              ohm_sim_model_difference (self, term, &before, OHM_SIM_PART_IMPORT,
                                        OHM_SIM_PART_EXPORT);
  return 4.0 * energy_wh;
}

/* Two phases stand 120 degrees apart. */
static double
ohm_sim_model_between (const OhmSimModel *self, guint a, guint b)
{
  double ua = self->voltage[a];
  double ub = self->voltage[b];

  return sqrt (ua * ua + ub * ub + ua * ub);
}

static double
ohm_sim_model_voltage (const OhmSimModel *self, const OhmSimTerm *term)
{
  switch (term->channel)
    {
    case OHM_SIM_CHANNEL_L1_L2:
      return ohm_sim_model_between (self, 0, 1);
    case OHM_SIM_CHANNEL_L2_L3:
      return ohm_sim_model_between (self, 1, 2);
    case OHM_SIM_CHANNEL_L3_L1:
      return ohm_sim_model_between (self, 2, 0);
    case OHM_SIM_CHANNEL_TOTAL:
    case OHM_SIM_CHANNEL_TOTAL4:
      return (self->voltage[0] + self->voltage[1] + self->voltage[2]) / 3.0;
    default:
      return self->voltage[term->channel % 3];
    }
}

static double
ohm_sim_model_current (const OhmSimModel *self, const OhmSimTerm *term)
{
  const double *i = self->current;

  switch (term->channel)
    {
    case OHM_SIM_CHANNEL_N: /* the vector sum of three currents 120 degrees apart */
      return sqrt (
        fabs (i[0] * i[0] + i[1] * i[1] + i[2] * i[2] - i[0] * i[1] - i[1] * i[2] - i[2] * i[0]));
    case OHM_SIM_CHANNEL_TOTAL:
      return i[0] + i[1] + i[2];
    case OHM_SIM_CHANNEL_TOTAL4:
      return i[0] + i[1] + i[2] + i[3];
    default:
      return i[term->channel % 4];
    }
}

static double
ohm_sim_model_get_energy (const OhmSimModel *self, const OhmSimTerm *term)
{
  const OhmSimIntegral *sums = &self->sums;

  switch (term->what)
    {
    case OHM_SIM_WHAT_ENERGY_NET:
      return ohm_sim_model_difference (self, term, sums, OHM_SIM_PART_IMPORT, OHM_SIM_PART_EXPORT);
    case OHM_SIM_WHAT_ENERGY_REACTIVE:
      return ohm_sim_model_difference (self, term, sums, OHM_SIM_PART_INDUCTIVE,
                                       OHM_SIM_PART_CAPACITIVE);
    case OHM_SIM_WHAT_ENERGY_EXPORT:
      return ohm_sim_model_energy (self, term, sums, OHM_SIM_PART_EXPORT);
    case OHM_SIM_WHAT_ENERGY_APPARENT:
      return ohm_sim_model_energy (self, term, sums, OHM_SIM_PART_APPARENT);
    case OHM_SIM_WHAT_ENERGY_INDUCTIVE:
      return ohm_sim_model_energy (self, term, sums, OHM_SIM_PART_INDUCTIVE);
    case OHM_SIM_WHAT_ENERGY_CAPACITIVE:
      return ohm_sim_model_energy (self, term, sums, OHM_SIM_PART_CAPACITIVE);
    case OHM_SIM_WHAT_DEMAND:
      return ohm_sim_model_demand (self, term);
    default:
      return ohm_sim_model_import (self, term);
    }
}

/* What is not electricity hangs on it: pulses of 1 Wh, gas burnt, heat pumped. */
static double
ohm_sim_model_get_other (const OhmSimModel *self, const OhmSimTerm *term)
{
  double import_wh = ohm_sim_model_import (self, term);

  switch (term->what)
    {
    case OHM_SIM_WHAT_PULSE_COUNT:
      return floor (import_wh);
    case OHM_SIM_WHAT_PULSE_VALUE:
      return import_wh / 1000.0;
    case OHM_SIM_WHAT_PULSE_RATE: /* kWh in a quarter of an hour */
      return fabs (ohm_sim_model_watts (self, term)) / 4000.0;
    case OHM_SIM_WHAT_BATTERY:
      return 0.0;
    case OHM_SIM_WHAT_VOLUME:
      return import_wh * GAS_PER_WH;
    case OHM_SIM_WHAT_HEAT:
      return import_wh * HEAT_PER_POWER;
    case OHM_SIM_WHAT_INPUT:
      return self->swing[0] > 0.0 ? 1.0 : 0.0;
    case OHM_SIM_WHAT_TEMPERATURE:
      return 31.0 + 12.0 * fabs (self->power) + 0.5 * self->swing[1];
    case OHM_SIM_WHAT_COUNTER:
      return (double) (MAX (self->wall_us - self->origin_us, 0) / G_USEC_PER_SEC);
    case OHM_SIM_WHAT_STATE:
      return 1.0;
    default:
      return 50.0 + self->swing[2];
    }
}

double
ohm_sim_model_get (const OhmSimModel *self, const OhmSimTerm *term)
{
  double watts = ohm_sim_model_watts (self, term);

  switch (term->what)
    {
    case OHM_SIM_WHAT_VOLTAGE:
      return ohm_sim_model_voltage (self, term);
    case OHM_SIM_WHAT_CURRENT:
      return ohm_sim_model_current (self, term);
    case OHM_SIM_WHAT_POWER_ACTIVE:
      return watts;
    case OHM_SIM_WHAT_POWER_APPARENT:
      return fabs (watts) / self->cosine;
    case OHM_SIM_WHAT_POWER_REACTIVE:
      return fabs (watts) * self->tangent;
    case OHM_SIM_WHAT_COS_PHI:
      return self->cosine;
    case OHM_SIM_WHAT_POWER_FACTOR:
      return watts < 0.0 ? -self->cosine : self->cosine;
    case OHM_SIM_WHAT_FREQUENCY:
      return self->frequency;
    case OHM_SIM_WHAT_ROTATION:
      return 1.0;
    case OHM_SIM_WHAT_THD_VOLTAGE:
      return 1.8 + 0.4 * self->swing[term->channel % 3];
    case OHM_SIM_WHAT_THD_CURRENT:
      return 14.0 - 9.0 * MIN (fabs (self->power), 1.0) + 0.6 * self->swing[term->channel % 3];
    default:
      break;
    }
  if (term->what >= OHM_SIM_WHAT_ENERGY_NET && term->what <= OHM_SIM_WHAT_DEMAND)
    return ohm_sim_model_get_energy (self, term);
  return ohm_sim_model_get_other (self, term);
}
