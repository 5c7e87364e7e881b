/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* expect: has no symbol 'ohm_plugin' */

#include <ohm.h>

OHM_API int ohm_plugin_of_another_name;
int ohm_plugin_of_another_name = 1;
