/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"
#include "ohm-dbus-adapter.h"

G_BEGIN_DECLS

/* What adapters share about configuration files. */

/* Longest text of a file that is taken over D-Bus. */
#define OHM_DBUS_FILE_MAX 65536

/* %OHM_ERROR_CONFIG: @id is no id, or @text is too long. */
gboolean ohm_dbus_config_check_file (const char *id, const char *text, GError **error);

/**
 * ohm_dbus_config_edit:
 * @text: text of a keyfile
 * @set: `a(sss)`: group, key, value
 * @unset: `a(ss)`: group, key; an empty key takes out the whole group
 * @error: %OHM_ERROR_CONFIG
 *
 * Comments and order stay. What the keys may be is not checked here.
 *
 * Returns: (transfer full) (nullable): the new text
 */
char *ohm_dbus_config_edit (const char *text, GVariant *set, GVariant *unset, GError **error);

/* Renames a group; an @old that is not there is added as @new. */
char *ohm_dbus_config_rename_group (const char *text,
                                    const char *old_name,
                                    const char *new_name,
                                    GError **error);

/* (transfer floating): `a(susa{ss})`, from texts `file:line: [group] key: reason` */
GVariant *ohm_dbus_config_new_findings (GPtrArray *texts);

/* (transfer full): the file that `file:line: reason` is about; empty for none */
char *ohm_dbus_config_dup_file (const char *text);

/* `runtime`, `site`, or `""` for NULL */
const char *ohm_dbus_config_get_layer (OhmDbus *dbus, const char *file);

/* Answers with text, path and layer of @file, all empty for NULL. */
void
ohm_dbus_config_return_file (OhmDbus *dbus, const char *file, GDBusMethodInvocation *invocation);

/* Edits a meter's file as ohm_dbus_config_edit() does and writes it; @meter may be gone then. */
gboolean ohm_dbus_config_write_meter (OhmDbus *dbus,
                                      const OhmMeterConfig *meter,
                                      GVariant *set,
                                      GVariant *unset,
                                      GError **error);

/* The same, and answers. */
void ohm_dbus_config_edit_meter (OhmDbus *dbus,
                                 const OhmMeterConfig *meter,
                                 GVariant *set,
                                 GVariant *unset,
                                 GDBusMethodInvocation *invocation);

G_END_DECLS
