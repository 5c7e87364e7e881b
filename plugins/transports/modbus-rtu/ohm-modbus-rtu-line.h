/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-modbus-rtu-timing.h"

G_BEGIN_DECLS

/* A serial line, opened and set up by libmodbus, and ours alone. */
typedef struct _OhmModbusRtuLine OhmModbusRtuLine;

/* Keys of a serial line; its values are what ohm_modbus_rtu_line_open() takes. */
extern const OhmSettingSpec ohm_modbus_rtu_line_settings[];

/* The timing that @settings give. */
void ohm_modbus_rtu_line_get_timing (OhmSettings *settings, OhmModbusRtuTiming *ret_timing);

/* (nullable): NULL with %OHM_ERROR_LINK, %OHM_ERROR_BUSY, %OHM_ERROR_NOT_SUPPORTED and a message
 * that says what to do */
OhmModbusRtuLine *ohm_modbus_rtu_line_open (OhmSettings *settings, GError **error);
void ohm_modbus_rtu_line_close (OhmModbusRtuLine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmModbusRtuLine, ohm_modbus_rtu_line_close)

/* The descriptor, which does not block. */
int ohm_modbus_rtu_line_get_fd (const OhmModbusRtuLine *self);

G_END_DECLS
