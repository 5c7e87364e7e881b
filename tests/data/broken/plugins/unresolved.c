/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: cannot be loaded: undefined symbol: ohm_zoo_nobody_has_this */

#include <ohm.h>

GType ohm_zoo_nobody_has_this (void);

OHM_PLUGIN ("unresolved", "Needs what nobody has", ohm_zoo_nobody_has_this);
