/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Identity of this gateway at every destination: a random UUID in STATE_DIR/gateway, made when it
 * is first asked for. No address and no serial of the machine: it survives a new network card, and
 * tells a destination nothing of the machine.
 *
 * Returns: (transfer full): also if it cannot be written, with @error set: then it is another one
 * after a restart
 */
char *ohm_gateway_load (const char *state_dir, GError **error);

G_END_DECLS
