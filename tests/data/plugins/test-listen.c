/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <ohm.h>

#include "ohm-test-station.h"

OHM_PLUGIN ("test-listen", "Stations that are only listened to", ohm_test_listener_get_type);
