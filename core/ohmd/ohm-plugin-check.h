/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <sys/stat.h>

#include <ohm.h>

G_BEGIN_DECLS

/* Opens a plugin file for loading after checking what the file system says of it: a regular file
 * with one link, owned by root or by us, writable by nobody else, in a directory of the same kind.
 * Returns the descriptor, or -1 with OHM_ERROR_PLUGIN. */
int ohm_plugin_check_open (const char *path, struct stat *ret_stat, GError **error);

/* Checks that the object behind the symbol is as large as a descriptor has to be, before any of it
 * is read. */
gboolean ohm_plugin_check_symbol (gconstpointer symbol, GError **error);

/* Checks a descriptor against its file's stem and our ABI, before any of its code runs. */
gboolean ohm_plugin_check_info (const OhmPluginInfo *info, const char *stem, GError **error);

G_END_DECLS
