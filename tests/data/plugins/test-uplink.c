/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-uplink.h"

OHM_PLUGIN ("test-uplink", "Does what a test says", ohm_test_uplink_get_type);
