/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-object.h"

G_BEGIN_DECLS

/* For `status`: up to when it has delivered, what waits, and for how long there is room. (transfer
 * full) */
char *ohmctl_uplink_dup_summary (OhmctlContext *context, OhmctlObject *uplink);

G_END_DECLS
