/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ohm_dbus_path_escape:
 * @id: any text
 *
 * An id as a component of an object path: every byte but letters and digits becomes `_` and two
 * hex digits, and nothing at all becomes `_`. Different ids give different components.
 *
 * Returns: (transfer full): the component
 */
char *ohm_dbus_path_escape (const char *id);

/**
 * ohm_dbus_path_unescape:
 * @component: last component of an object path
 *
 * Returns: (transfer full) (nullable): the id, or %NULL if ohm_dbus_path_escape() makes no such
 * component
 */
char *ohm_dbus_path_unescape (const char *component);

/**
 * ohm_dbus_path_build:
 * @collection: `meters`
 * @id: (nullable): the object's id; %NULL for the collection itself
 *
 * Returns: (transfer full): the object path
 */
char *ohm_dbus_path_build (const char *collection, const char *id);

G_END_DECLS
