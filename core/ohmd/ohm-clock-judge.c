/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-judge.h"

gboolean
ohm_clock_judge (const OhmClockCheckpoint *check, gint64 limit_us, gboolean was_off)
{
  gint64 away_us = ABS (check->offset_us);

  if (check->is_unsure)
    return was_off;
  if (was_off)
    return away_us >= limit_us - limit_us / 5;
  return away_us - check->uncertainty_us > limit_us;
}

char *
ohm_clock_judge_dup_span (gint64 offset_us, gboolean has_sign)
{
  static const struct
  {
    gint64 seconds;
    const char *unit;
  } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
  const char *sign = !has_sign ? "" : offset_us < 0 ? "-" : "+";
  gint64 seconds = (ABS (offset_us) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (seconds >= 2 * units[i].seconds || units[i].seconds == 1)
      return g_strdup_printf ("%s%" G_GINT64_FORMAT " %s", sign,
                              (seconds + units[i].seconds / 2) / units[i].seconds, units[i].unit);
  return NULL;
}

OhmMessage *
ohm_clock_judge_message (const OhmClockCheckpoint *check, const char *meter)
{
  g_autofree char *offset = ohm_clock_judge_dup_span (check->offset_us, /* has_sign */ FALSE);

  return ohm_message_new (check->offset_us < 0 ? "clock-behind" : "clock-ahead", "meter", meter,
                          "offset", offset, NULL);
}
