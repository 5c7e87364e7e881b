/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/* `ohmctl meter find` */
extern const char ohmctl_find_text[];
extern const char ohmctl_find_examples[];
extern const OhmctlOption ohmctl_find_options[];
gboolean ohmctl_find_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

G_END_DECLS
