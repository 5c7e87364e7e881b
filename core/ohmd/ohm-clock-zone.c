/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-zone.h"

/* Zones differ by a quarter of an hour at least, by an hour mostly. */
#define FIT_MAX_US (G_GINT64_CONSTANT (1800) * G_USEC_PER_SEC)
#define HALF_YEAR  (182 * G_GINT64_CONSTANT (86400))

const char *
ohm_clock_fit_to_string (OhmClockFit fit)
{
  static const char *const names[] = {
    [OHM_CLOCK_FIT_NONE] = "unknown",
    [OHM_CLOCK_FIT_UTC] = "utc",
    [OHM_CLOCK_FIT_LOCAL] = "local",
    [OHM_CLOCK_FIT_STANDARD] = "standard",
  };

  return names[fit];
}

static gint64
ohm_clock_zone_offset_us (GTimeZone *site, gint64 time_s)
{
  int interval = g_time_zone_find_interval (site, G_TIME_TYPE_UNIVERSAL, time_s);

  return g_time_zone_get_offset (site, interval) * (gint64) G_USEC_PER_SEC;
}

/* Summer time is ahead: the lesser offset of now and of the other half of the year. */
static gint64
ohm_clock_zone_standard_us (GTimeZone *site, gint64 time_s)
{
  return MIN (ohm_clock_zone_offset_us (site, time_s),
              ohm_clock_zone_offset_us (site, time_s + HALF_YEAR));
}

OhmClockFit
ohm_clock_fit (OhmClockZone zone,
               GTimeZone *site,
               gint64 now_us,
               gint64 ahead_us,
               gint64 *ret_offset_us)
{
  gint64 now_s = now_us / G_USEC_PER_SEC;
  gint64 expected_us[] = {
    [OHM_CLOCK_FIT_UTC] = 0,
    [OHM_CLOCK_FIT_LOCAL] = ohm_clock_zone_offset_us (site, now_s),
    [OHM_CLOCK_FIT_STANDARD] = ohm_clock_zone_standard_us (site, now_s),
  };
  OhmClockFit best = zone == OHM_CLOCK_ZONE_LOCAL ? OHM_CLOCK_FIT_LOCAL : OHM_CLOCK_FIT_UTC;

  if (zone == OHM_CLOCK_ZONE_UNKNOWN)
    for (guint i = OHM_CLOCK_FIT_LOCAL; i < G_N_ELEMENTS (expected_us); i++)
      if (ABS (ahead_us - expected_us[i]) < ABS (ahead_us - expected_us[best]))
        best = (OhmClockFit) i;
  *ret_offset_us = ahead_us - expected_us[best];
  if (zone == OHM_CLOCK_ZONE_UNKNOWN && ABS (*ret_offset_us) > FIT_MAX_US)
    return OHM_CLOCK_FIT_NONE;
  return best;
}
