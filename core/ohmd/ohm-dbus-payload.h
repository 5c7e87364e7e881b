/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What goes through a message at most; more goes through a descriptor (design 4.9). */
#define OHM_DBUS_INLINE_MAX 65536

/**
 * ohm_dbus_payload_new_fd:
 * @name: shown in /proc: `history`
 * @payload: any value; consumed if floating
 * @error: %OHM_ERROR_FAILED
 *
 * Serialises @payload into a sealed memory file.
 *
 * Returns: the descriptor, or -1
 */
int ohm_dbus_payload_new_fd (const char *name, GVariant *payload, GError **error);

/* Answers @invocation (transfer full) with one argument of type `h` that holds @payload. */
void
ohm_dbus_payload_return (GDBusMethodInvocation *invocation, const char *name, GVariant *payload);

G_END_DECLS
