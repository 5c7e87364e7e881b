/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* as plugins/meters/sample/ohm-sample-meter.h */

#pragma once

#include <ohm.h>

#include "ohm-sample-table.h"
