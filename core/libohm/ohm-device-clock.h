/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-encoding.h"

G_BEGIN_DECLS

/* Most registers of a clock that counts its fields: `order=` has at most one letter for each. */
#define OHM_DEVICE_CLOCK_FIELDS_MAX 12

/**
 * OhmClockZone:
 * @OHM_CLOCK_ZONE_UTC: the clock shows UTC
 * @OHM_CLOCK_ZONE_LOCAL: it shows the time of the site
 * @OHM_CLOCK_ZONE_UNKNOWN: its maker does not say: found out by comparing
 *
 * What a device's clock shows.
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_CLOCK_ZONE_UTC,
  OHM_CLOCK_ZONE_LOCAL,
  OHM_CLOCK_ZONE_UNKNOWN,
} OhmClockZone;

/**
 * OhmDeviceClock:
 * @address: first register
 * @function: 3, 4 or 0 for what the type uses
 * @encoding: of a clock that counts from 1970: how its number lies there; the scale leads to
 *   seconds
 * @order: (nullable): of a clock that counts its fields, a letter for each register:
 *   `y m d h n s` for year, month, day, hour, minute and second, `x` for one that does not matter
 * @is_month_from_zero: January is 0
 * @zone: what it shows
 * @fact: (nullable): a fact that has to have one of @fact_values
 * @fact_values: (nullable): texts separated by `,`
 *
 * How a device's clock is read: `[clock]` of a profile.
 *
 * Since: 0.1
 */
typedef struct
{
  guint16 address;
  guint8 function;
  OhmEncoding encoding;
  const char *order;
  gboolean is_month_from_zero;
  OhmClockZone zone;
  const char *fact;
  const char *fact_values;
} OhmDeviceClock;

/**
 * ohm_device_clock_get_registers:
 * @self: a clock
 *
 * Returns: registers that are read
 *
 * Since: 0.1
 */
OHM_API guint ohm_device_clock_get_registers (const OhmDeviceClock *self);

/**
 * ohm_device_clock_get_resolution_us:
 * @self: a clock
 *
 * What it shows is cut off to multiples of this.
 *
 * Returns: the smallest step that it can show, at least 1 us
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_device_clock_get_resolution_us (const OhmDeviceClock *self);

/**
 * ohm_device_clock_decode:
 * @self: a clock
 * @registers: as many registers as it has, big endian
 * @ret_shown_us: (out): what it shows, as if it were UTC, in microseconds since 1970
 *
 * Years below 100 are those from 2000 on.
 *
 * Returns: %FALSE if that is no time, or one before 1970 or after 2105
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_device_clock_decode (const OhmDeviceClock *self,
                                          const guint8 *registers,
                                          gint64 *ret_shown_us);

/**
 * ohm_device_clock_encode:
 * @self: a clock
 * @shown_us: what it is to show, as if it were UTC
 * @ret_registers: (out caller-allocates): its registers
 *
 * The way back, for simulators. Years are written as two digits, the day of the week and the like
 * as 0.
 *
 * Since: 0.1
 */
OHM_API void
ohm_device_clock_encode (const OhmDeviceClock *self, gint64 shown_us, guint8 *ret_registers);

/**
 * ohm_clock_zone_to_string:
 * @zone: a zone
 *
 * Returns: `utc`, `local` or `unknown`
 *
 * Since: 0.1
 */
OHM_API const char *ohm_clock_zone_to_string (OhmClockZone zone);

G_END_DECLS
