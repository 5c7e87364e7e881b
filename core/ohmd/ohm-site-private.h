/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-site.h"

G_BEGIN_DECLS

/* Applies what differs from the configuration in use; emits config-reloaded. @config: (transfer
 * full) */
void ohm_site_take_config (OhmSite *self, OhmConfig *config);

/* What is known of a meter is known of it under another id; tells the listener. */
void ohm_site_note_renamed (OhmSite *self, const char *id, const char *new_id);

G_END_DECLS
