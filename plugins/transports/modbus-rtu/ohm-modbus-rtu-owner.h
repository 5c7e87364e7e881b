/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Who holds @device: `mbpoll (process 4711)`, or another link of this process. Who has locked it is
 * told for certain; else who has it open, as far as processes of other users may be seen. (transfer
 * full) (nullable) */
char *ohm_modbus_rtu_owner_find (const char *device);

/* The serial lines that this machine has, best names first: `/dev/serial/by-id/...`, else
 * `/dev/ttyUSB0`; comma separated. (transfer full) (nullable): NULL if there is none */
char *ohm_modbus_rtu_owner_list_devices (void);

G_END_DECLS
