/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-device-clock.h"

#include <math.h>
#include <string.h>

/* The last second that 32 bits count (2106-02-07); before 1970 no meter was read. */
#define LAST_S ((double) G_MAXUINT32)
/* A day: coarser ones are dates. */
#define STEP_MAX_US (86400.0 * 1e6)

typedef struct
{
  guint year;
  guint month;
  guint day;
  guint hour;
  guint minute;
  guint second;
} OhmDeviceClockFields;

guint
ohm_device_clock_get_registers (const OhmDeviceClock *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->order != NULL ? (guint) strlen (self->order)
                             : ohm_encoding_get_registers (&self->encoding);
}

static double
ohm_device_clock_get_scale (const OhmDeviceClock *self)
{
  return fpclassify (self->encoding.scale) != FP_ZERO ? self->encoding.scale : 1.0;
}

gint64
ohm_device_clock_get_resolution_us (const OhmDeviceClock *self)
{
  g_return_val_if_fail (self != NULL, 1);

  if (self->order != NULL)
    return strchr (self->order, 's') != NULL ? G_USEC_PER_SEC
                                             : G_GINT64_CONSTANT (60) * G_USEC_PER_SEC;
  if (self->encoding.format == OHM_FORMAT_F64)
    return 1;
  return (gint64) CLAMP (ohm_device_clock_get_scale (self) * (double) G_USEC_PER_SEC, 1.0,
                         STEP_MAX_US);
}

static guint *
ohm_device_clock_find_field (OhmDeviceClockFields *fields, char letter)
{
  switch (letter)
    {
    case 'y':
      return &fields->year;
    case 'm':
      return &fields->month;
    case 'd':
      return &fields->day;
    case 'h':
      return &fields->hour;
    case 'n':
      return &fields->minute;
    case 's':
      return &fields->second;
    default:
      return NULL;
    }
}

static guint
ohm_device_clock_get_register (const OhmDeviceClock *self, const guint8 *registers, gsize index)
{
  guint first = registers[2 * index];
  guint second = registers[2 * index + 1];

  return self->encoding.is_swapped ? second << 8 | first : first << 8 | second;
}

static gboolean
ohm_device_clock_decode_fields (const OhmDeviceClock *self,
                                const guint8 *registers,
                                gint64 *ret_shown_us)
{
  OhmDeviceClockFields fields = { 0 };
  g_autoptr (GDateTime) time = NULL;

  for (gsize i = 0; self->order[i] != '\0'; i++)
    {
      guint *field = ohm_device_clock_find_field (&fields, self->order[i]);

      if (field != NULL)
        *field = ohm_device_clock_get_register (self, registers, i);
    }
  fields.year += fields.year < 100 ? 2000 : 0;
  fields.month += self->is_month_from_zero ? 1 : 0;
  if (fields.year < 1970 || fields.year > 2105)
    return FALSE;
  time = g_date_time_new_utc ((int) fields.year, (int) MIN (fields.month, 99),
                              (int) MIN (fields.day, 99), (int) MIN (fields.hour, 99),
                              (int) MIN (fields.minute, 99), (double) MIN (fields.second, 99));
  if (time == NULL)
    return FALSE;
  *ret_shown_us = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
ohm_device_clock_decode_number (const OhmDeviceClock *self,
                                const guint8 *registers,
                                gint64 *ret_shown_us)
{
  OhmCell cell = { 0 };
  double seconds;

  if (ohm_encoding_decode (&self->encoding, registers, &cell) != OHM_QUALITY_GOOD)
    return FALSE;
  seconds = ohm_encoding_is_integer (&self->encoding) ? (double) cell.integer : cell.real;
  if (seconds < 0 || seconds > LAST_S)
    return FALSE;
  *ret_shown_us = (gint64) round (seconds * (double) G_USEC_PER_SEC);
  return TRUE;
}

gboolean
ohm_device_clock_decode (const OhmDeviceClock *self, const guint8 *registers, gint64 *ret_shown_us)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (registers != NULL, FALSE);
  g_return_val_if_fail (ret_shown_us != NULL, FALSE);

  return self->order != NULL ? ohm_device_clock_decode_fields (self, registers, ret_shown_us)
                             : ohm_device_clock_decode_number (self, registers, ret_shown_us);
}

static void
ohm_device_clock_encode_fields (const OhmDeviceClock *self, gint64 shown_us, guint8 *ret_registers)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (shown_us / G_USEC_PER_SEC);
  OhmDeviceClockFields fields = {
    .year = (guint) g_date_time_get_year (time) % 100,
    .month = (guint) g_date_time_get_month (time) - (self->is_month_from_zero ? 1 : 0),
    .day = (guint) g_date_time_get_day_of_month (time),
    .hour = (guint) g_date_time_get_hour (time),
    .minute = (guint) g_date_time_get_minute (time),
    .second = (guint) g_date_time_get_second (time),
  };

  for (gsize i = 0; self->order[i] != '\0'; i++)
    {
      guint *field = ohm_device_clock_find_field (&fields, self->order[i]);
      guint8 low = (guint8) (field != NULL ? *field : 0);

      ret_registers[2 * i] = self->encoding.is_swapped ? low : 0;
      ret_registers[2 * i + 1] = self->encoding.is_swapped ? 0 : low;
    }
}

void
ohm_device_clock_encode (const OhmDeviceClock *self, gint64 shown_us, guint8 *ret_registers)
{
  OhmCell cell = { 0 };

  g_return_if_fail (self != NULL);
  g_return_if_fail (shown_us >= 0);
  g_return_if_fail (ret_registers != NULL);

  if (self->order != NULL)
    {
      ohm_device_clock_encode_fields (self, shown_us, ret_registers);
      return;
    }
  if (ohm_encoding_is_integer (&self->encoding))
    cell.integer = shown_us / G_USEC_PER_SEC;
  else
    cell.real = (double) shown_us / (double) G_USEC_PER_SEC;
  ohm_encoding_encode (&self->encoding, cell, ret_registers);
}

const char *
ohm_clock_zone_to_string (OhmClockZone zone)
{
  static const char *const names[] = {
    [OHM_CLOCK_ZONE_UTC] = "utc",
    [OHM_CLOCK_ZONE_LOCAL] = "local",
    [OHM_CLOCK_ZONE_UNKNOWN] = "unknown",
  };

  g_return_val_if_fail ((guint) zone < G_N_ELEMENTS (names), NULL);

  return names[zone];
}
