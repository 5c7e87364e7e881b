/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-verbs.h"

G_BEGIN_DECLS

/* `add` and `meter add` are one: what their rows share. */
#define OHMCTL_ADD_WORDS "[ID] [KEY=VALUE...]"

extern const OhmctlOption ohmctl_add_options[];
extern const char ohmctl_add_text[];
extern const char ohmctl_add_examples[];

gboolean ohmctl_add_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

/**
 * OhmctlNewMeter:
 * @line: in the file; 0 if it was not in one
 * @header_line: where its columns are named
 * @id: (owned)
 * @keys: (owned): name of a column to its value
 * @text: (owned) (nullable): its whole file, if it was given instead of keys
 *
 * A meter that is to be added.
 */
typedef struct
{
  guint line;
  guint header_line;
  char *id;
  GHashTable *keys;
  char *text;
} OhmctlNewMeter;

OhmctlNewMeter *ohmctl_new_meter_new (const char *id, guint line);
void ohmctl_new_meter_free (OhmctlNewMeter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlNewMeter, ohmctl_new_meter_free)

/* A column of the group `[place ID]`, or %NULL if @column belongs to `[meter]`: the key there. */
const char *ohmctl_new_meter_place_key (const char *column);

/* (transfer full): its `.meter` file */
char *ohmctl_new_meter_dup_text (const OhmctlNewMeter *self);

/**
 * ohmctl_new_meters_check:
 * @meters: (element-type OhmctlNewMeter)
 * @ret_findings: (out): (element-type utf8): everything that is wrong with them, in order
 * @error: the daemon cannot be asked
 *
 * Splits HOST:PORT, then compares them with the daemon's tables of keys, with what there is, and
 * with one another.
 *
 * Returns: %TRUE if it could be checked
 */
gboolean ohmctl_new_meters_check (OhmctlContext *context,
                                  GPtrArray *meters,
                                  const char *file,
                                  GPtrArray **ret_findings,
                                  GError **error);

G_END_DECLS
