/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/* The verbs of `uplink` that change something. */
gboolean ohmctl_uplink_add (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_set (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_rename (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_remove (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_send (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_resend (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_secret (OhmctlContext *context, OhmctlArgs *args, GError **error);
gboolean ohmctl_uplink_confirm (OhmctlContext *context, OhmctlArgs *args, GError **error);

G_END_DECLS
