/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"

G_BEGIN_DECLS

/* Applies what differs from the configuration in use; emits config-reloaded. @config: (transfer
 * full) */
void ohm_site_take_config (OhmSite *self, OhmConfig *config);

G_END_DECLS
