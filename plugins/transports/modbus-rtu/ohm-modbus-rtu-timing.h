/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What bytes take on a serial line, and the silence between frames. */
typedef struct
{
  guint baud;
  guint bits;        /* of a character: start, data, parity and stop bits */
  gint64 silence_us; /* between two frames */
} OhmModbusRtuTiming;

void
ohm_modbus_rtu_timing_init (OhmModbusRtuTiming *self, guint baud, gboolean has_parity, guint stops);

/* What @characters take on the line, rounded up. */
gint64 ohm_modbus_rtu_timing_get_span_us (const OhmModbusRtuTiming *self, gsize characters);

/* A request, its answer, and the silence behind each of them. */
gint64 ohm_modbus_rtu_timing_get_exchange_us (const OhmModbusRtuTiming *self,
                                              const OhmRequest *request);

G_END_DECLS
