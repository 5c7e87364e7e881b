/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

#include "ohm-test-station.h"

OHM_PLUGIN ("test-net", "Stations that are reached without a network", ohm_test_transport_get_type)
