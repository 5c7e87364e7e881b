/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/**
 * ohm_modbus_tcp_guess:
 * @error: (out): %OHM_ERROR_PROTOCOL with a cause
 * @peer: the other side
 * @request: (nullable): what had been asked
 * @bytes: (array length=length): what came, and is no Modbus TCP
 * @length: number of bytes
 *
 * Says what speaks there instead: RTU frames, HTTP, SSH, some other text, or no idea.
 */
void ohm_modbus_tcp_guess (GError **error,
                           const char *peer,
                           const OhmRequest *request,
                           const guint8 *bytes,
                           gsize length);

G_END_DECLS
