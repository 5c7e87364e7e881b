/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_MODBUS_TCP_TRANSPORT (ohm_modbus_tcp_transport_get_type ())
G_DECLARE_FINAL_TYPE (OhmModbusTcpTransport,
                      ohm_modbus_tcp_transport,
                      OHM,
                      MODBUS_TCP_TRANSPORT,
                      OhmTransport)

G_END_DECLS
