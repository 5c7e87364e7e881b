/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Copies a plugin file that was checked into memory that nobody can change. What is mapped from a
 * file is the file: copying another version over it would take the code away under our feet.
 *
 * Returns: a descriptor of the copy, named @id; or -1 with %OHM_ERROR_PLUGIN
 */
int ohm_plugin_image_new (int fd, const char *id, GError **error);

G_END_DECLS
