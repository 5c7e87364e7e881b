/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/**
 * OhmctlSpecRow:
 * @scope: (owned): `ohmd.conf`, `meter`, `place`, `link` or a transport's id
 * @group: (owned): group of the file
 * @type_name: (owned): `integer`
 * @key: (owned): and the following: texts of @setting
 * @setting: the declaration itself
 *
 * A key of a configuration file as the daemon declares it.
 */
typedef struct
{
  char *scope;
  char *group;
  char *type_name;
  char *key;
  char *fallback;
  char *choices;
  char *help;
  OhmSettingSpec setting;
} OhmctlSpecRow;

/**
 * ohmctl_spec_get:
 * @scope: see above; `""` for all
 *
 * Returns: (transfer full) (nullable) (element-type OhmctlSpecRow): the daemon's spec tables
 */
GPtrArray *ohmctl_spec_get (OhmctlContext *context, const char *scope, GError **error);

/* (nullable) */
const OhmctlSpecRow *ohmctl_spec_find (GPtrArray *rows, const char *scope, const char *key);

/* `1..247`, `100ms..1d`, `tcp|rtu|auto`; `""` for any value. (transfer full) */
char *ohmctl_spec_dup_range (const OhmctlSpecRow *row);

/* Splits `KEY=VALUE`. (transfer full) both */
gboolean
ohmctl_spec_split (const char *word, char **ret_key, const char **ret_value, GError **error);

G_END_DECLS
