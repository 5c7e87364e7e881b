/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-verbs.h"

G_BEGIN_DECLS

/* `meter rename` */
gboolean ohmctl_rename_run (OhmctlContext *context, OhmctlArgs *args, GError **error);

G_END_DECLS
