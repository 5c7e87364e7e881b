/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/* `ohmctl meter backfill` */
extern const char ohmctl_backfill_text[];
extern const char ohmctl_backfill_examples[];
extern const OhmctlOption ohmctl_backfill_options[];
gboolean ohmctl_backfill_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

G_END_DECLS
