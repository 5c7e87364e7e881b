/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-exchange.h"

#include <math.h>

#include "ohm-plausibility-limits.h"

#define HOUR_US (3600.0 * 1e6)

#define REMEDY "; read it again, mind its unit, or say --force if it is right"

/* How much a display cuts off, in the point's unit. */
static double
ohm_exchange_get_rounding (const OhmPoint *point)
{
  double scale = ohm_plausibility_get_energy_scale (point->unit);

  return scale > 0 ? 1000 / scale : 1;
}

/* (transfer full): `54719.25 kWh`, as people read it off */
static char *
ohm_exchange_dup_amount (const OhmPoint *point, double value)
{
  double scale = ohm_plausibility_get_energy_scale (point->unit);
  gboolean is_kilo = scale > 0 && scale < 2;
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.12g", is_kilo ? value / 1000 : value);
  return g_strconcat (number, *point->unit != '\0' ? " " : "", is_kilo ? "k" : "", point->unit,
                      NULL);
}

static gboolean
ohm_exchange_check_sign (const OhmPoint *point, double value, GError **error)
{
  g_autofree char *amount = NULL;

  if (isfinite (value) && (value >= 0 || point->quantity->kind != OHM_KIND_COUNTER))
    return TRUE;
  amount = ohm_exchange_dup_amount (point, value);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: %s is nothing that it can show" REMEDY,
               point->name, amount);
  return FALSE;
}

static gboolean
ohm_exchange_refuse (const OhmPoint *point,
                     double value,
                     double recorded,
                     const OhmExchangeLimits *limits,
                     GError **error)
{
  g_autofree char *amount = ohm_exchange_dup_amount (point, value);
  g_autofree char *known = ohm_exchange_dup_amount (point, recorded);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (limits->recorded->slot_us /
                                                              G_USEC_PER_SEC);
  g_autofree char *when = g_date_time_format (time, "%Y-%m-%d %H:%M UTC");

  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s: %s is %s the %s recorded at %s" REMEDY,
               point->name, amount,
               value < recorded ? "less than" : "more than can have been counted beyond", known,
               when);
  return FALSE;
}

/* What the meter can have counted since it was recorded. */
static double
ohm_exchange_get_possible (const OhmPoint *point, const OhmExchangeLimits *limits)
{
  double scale = ohm_plausibility_get_energy_scale (point->unit);
  gint64 since_us = MAX (limits->now_us - limits->recorded->read_us, 0);

  if (scale <= 0 || limits->max_w <= 0)
    return (double) INFINITY;
  return limits->max_w * (double) since_us / HOUR_US / scale + ohm_exchange_get_rounding (point);
}

/* @recorded: of the record before */
static gboolean
ohm_exchange_check_step (const OhmPoint *point,
                         OhmCell *cell,
                         OhmCell recorded,
                         const OhmExchangeLimits *limits,
                         GError **error)
{
  double value = ohm_point_get_real (point, *cell);
  double before = ohm_point_get_real (point, recorded);
  gboolean is_less = value < before && point->quantity->kind == OHM_KIND_COUNTER;

  if (is_less && before - value >= ohm_exchange_get_rounding (point))
    return ohm_exchange_refuse (point, value, before, limits, error);
  if (is_less)
    *cell = recorded;
  else if (fabs (value - before) > ohm_exchange_get_possible (point, limits))
    return ohm_exchange_refuse (point, value, before, limits, error);
  return TRUE;
}

/* Whether the record before has the counter, too. */
static gboolean
ohm_exchange_find (const OhmRecord *recorded, const OhmPoint *point, guint *ret_index)
{
  return recorded != NULL && ohm_point_set_find (recorded->points, point->name, ret_index) &&
         ohm_quality_has_value (recorded->qualities[*ret_index]) &&
         ohm_point_set_get_points (recorded->points, &(guint){ 0 })[*ret_index].is_integer ==
           point->is_integer;
}

static gboolean
ohm_exchange_check (OhmRecord *typed, const OhmExchangeLimits *limits, GError **error)
{
  guint n = 0;
  const OhmPoint *points = ohm_point_set_get_points (typed->points, &n);
  guint j = 0;

  for (guint i = 0; i < n; i++)
    {
      if (!ohm_quality_has_value (typed->qualities[i]))
        continue;
      if (!ohm_exchange_check_sign (&points[i], ohm_point_get_real (&points[i], typed->cells[i]),
                                    error))
        return FALSE;
      if (ohm_exchange_find (limits->recorded, &points[i], &j) &&
          !ohm_exchange_check_step (&points[i], &typed->cells[i], limits->recorded->cells[j],
                                    limits, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ohm_exchange_check_last (OhmRecord *typed, const OhmExchangeLimits *limits, GError **error)
{
  g_return_val_if_fail (typed != NULL && limits != NULL, FALSE);

  if (ohm_exchange_check (typed, limits, error))
    return TRUE;
  g_prefix_error (error, "'last': ");
  return FALSE;
}

gboolean
ohm_exchange_check_first (OhmRecord *typed, GError **error)
{
  const OhmExchangeLimits none = { NULL };

  g_return_val_if_fail (typed != NULL, FALSE);

  if (ohm_exchange_check (typed, &none, error))
    return TRUE;
  g_prefix_error (error, "'first': ");
  return FALSE;
}
