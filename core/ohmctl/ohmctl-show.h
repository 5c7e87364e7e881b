/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"

G_BEGIN_DECLS

/* `meter show`: a property per line, cause and remedy. For programs ohmctl_json_object(). */
void ohmctl_show_line (OhmctlTable *table, const char *name, const char *value);
/* Something that a device says of itself. @unconfirmed: (nullable): `as`: names of what is read
 * where no document says that it is */
void ohmctl_show_fact (OhmctlTable *table,
                       const char *label,
                       const char *name,
                       const char *value,
                       GVariant *unconfirmed);
void ohmctl_show_line_take (OhmctlTable *table, const char *name, char *value);
OhmctlTable *ohmctl_show_new (void);
/* `STATE for 12 min`, its cause and the next attempt */
void ohmctl_show_state (OhmctlTable *table, OhmctlObject *object);

/* `{KEY:[...]}` of ohmctl_json_object() */
void ohmctl_list_print_json (const char *key, GPtrArray *objects);
/* Since when, as `12 min`. (transfer full) */
char *ohmctl_list_dup_since (OhmctlObject *object);

G_END_DECLS
