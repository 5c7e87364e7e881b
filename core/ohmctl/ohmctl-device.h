/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define OHMCTL_DEVICE_STABLE_DIR "/dev/serial/by-id"

/* The name in @folder of the serial line @device, which stays the same when adapters are found in
 * another order. (transfer full) (nullable): NULL if it has none, or is given by such a name. */
char *ohmctl_device_find_stable (const char *folder, const char *device);

G_END_DECLS
