/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-quantity.h"

G_BEGIN_DECLS

/* (array zero-terminated=1): the channels that a quantity has; none for one that is not measured
 * per conductor. A point may always leave its channel out. */
const char *const *ohm_quantity_get_channels (const OhmQuantity *quantity);

G_END_DECLS
