/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/* Prints a warning if the plans of the meters on the link at @path hardly fit into its time. */
void ohmctl_link_warn (OhmctlContext *context, const char *id, const char *path);

G_END_DECLS
