/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

#include "ohm-test-station.h"

#ifndef OHM_TEST_ID
#define OHM_TEST_ID "test-net"
#endif

OHM_PLUGIN (OHM_TEST_ID,
            "Stations that are reached without a network",
            ohm_test_transport_get_type);
