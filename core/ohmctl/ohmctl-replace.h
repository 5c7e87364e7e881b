/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-format.h"
#include "ohmctl-verbs.h"

G_BEGIN_DECLS

/* `meter replace` */
extern const OhmctlOption ohmctl_replace_options[];
extern const char ohmctl_replace_text[];
extern const char ohmctl_replace_examples[];

gboolean ohmctl_replace_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

/**
 * ohmctl_replace_parse_value:
 * @point: tells unit and cell type
 * @text: `133456784`, `133456.8 kWh`; without a unit that of the point
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: (transfer floating) (nullable): int64 or double in the point's unit
 */
GVariant *ohmctl_replace_parse_value (const OhmctlPoint *point, const char *text, GError **error);

G_END_DECLS
