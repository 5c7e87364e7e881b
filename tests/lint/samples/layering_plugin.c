/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as plugins/meters/sample/ohm-sample.c */

#include <ohm.h>

#include "../../../core/ohmd/ohm-store.h"
