/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-virtual.h"

G_BEGIN_DECLS

#define OHM_TYPE_VIRTUALS (ohm_virtuals_get_type ())

/* All virtual meters of the site: follows the configuration, and passes on what happens to parts.
 * Main thread. */
G_DECLARE_FINAL_TYPE (OhmVirtuals, ohm_virtuals, OHM, VIRTUALS, GObject)

OhmVirtuals *ohm_virtuals_new (OhmSite *site, OhmPlaces *places, OhmStore *store);

/* Nothing is computed any more. */
void ohm_virtuals_stop (OhmVirtuals *self);

G_END_DECLS
