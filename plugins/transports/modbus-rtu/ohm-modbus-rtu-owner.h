/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Who has @device open: `mbpoll (process 4711)`, or that this process has. Processes of other users
 * are not seen without the right to. (transfer full) (nullable) */
char *ohm_modbus_rtu_owner_find (const char *device);

/* The serial lines that this machine has, best names first: `/dev/serial/by-id/...`, else
 * `/dev/ttyUSB0`; comma separated. (transfer full) (nullable): NULL if there is none */
char *ohm_modbus_rtu_owner_list_devices (void);

G_END_DECLS
