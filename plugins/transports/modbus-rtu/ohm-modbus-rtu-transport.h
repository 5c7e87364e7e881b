/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_MODBUS_RTU_TRANSPORT (ohm_modbus_rtu_transport_get_type ())
G_DECLARE_FINAL_TYPE (OhmModbusRtuTransport,
                      ohm_modbus_rtu_transport,
                      OHM,
                      MODBUS_RTU_TRANSPORT,
                      OhmTransport)

G_END_DECLS
