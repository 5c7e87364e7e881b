/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-reading.h"

G_BEGIN_DECLS

/* For the built-in decoding: index and cell type are right by construction of the plan. */
void ohm_reading_builder_set_cell (OhmReadingBuilder *self,
                                   guint index,
                                   OhmCell cell,
                                   OhmQuality quality);

G_END_DECLS
