/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-modbus-rtu-timing.h"

/* Modbus over serial line V1.02, 2.5.1.1: frames are parted by 3.5 characters of silence, above
 * 19200 baud by 1.75 ms. */
#define OHM_MODBUS_RTU_FAST_BAUD       19200
#define OHM_MODBUS_RTU_FAST_SILENCE_US 1750
#define OHM_MODBUS_RTU_DATA_BITS       8

gint64
ohm_modbus_rtu_timing_get_span_us (const OhmModbusRtuTiming *self, gsize characters)
{
  gint64 bits = (gint64) characters * self->bits;

  return (bits * G_USEC_PER_SEC + self->baud - 1) / self->baud;
}

void
ohm_modbus_rtu_timing_init (OhmModbusRtuTiming *self, guint baud, gboolean has_parity, guint stops)
{
  self->baud = baud;
  self->bits = 1 + OHM_MODBUS_RTU_DATA_BITS + (has_parity ? 1u : 0u) + stops;
  if (baud > OHM_MODBUS_RTU_FAST_BAUD)
    self->silence_us = OHM_MODBUS_RTU_FAST_SILENCE_US;
  else
    self->silence_us = (ohm_modbus_rtu_timing_get_span_us (self, 7) + 1) / 2;
}

gint64
ohm_modbus_rtu_timing_get_exchange_us (const OhmModbusRtuTiming *self, const OhmRequest *request)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize asked = ohm_modbus_encode_request (OHM_FRAMING_RTU, request, /* tid */ 0, frame);
  gsize answered = ohm_modbus_reply_bytes (OHM_FRAMING_RTU, request);

  return ohm_modbus_rtu_timing_get_span_us (self, asked + answered) + 2 * self->silence_us;
}
