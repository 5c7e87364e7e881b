/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: registers no type; if an earlier version of it did, restart ohmd */

#include <ohm.h>

static GType
ohm_zoo_no_type_get_type (void)
{
  return G_TYPE_INVALID;
}

OHM_PLUGIN ("no-gtype", "Registers nothing", ohm_zoo_no_type_get_type);
