/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-config.h"

G_BEGIN_DECLS

/* Whether the file says `type = virtual`. */
gboolean ohm_config_virtual_is_meant (OhmKeyfile *keyfile, const char *group);

/* The keys of a virtual meter: it has parts and no link. @faults gets all that is wrong. */
void ohm_config_virtual_parse (OhmMeterConfig *meter,
                               OhmKeyfile *keyfile,
                               const char *group,
                               GPtrArray *faults);

/* With all files at hand: refuses parts that nobody measures and sums that contain themselves. */
void ohm_config_virtual_check (OhmConfig *self);

G_END_DECLS
