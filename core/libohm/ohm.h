/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

/* Everything that a plugin may use. */

#include "ohm-bus.h"
#include "ohm-clock.h"
#include "ohm-encoding.h"
#include "ohm-error.h"
#include "ohm-facts.h"
#include "ohm-history.h"
#include "ohm-keyfile.h"
#include "ohm-macros.h"
#include "ohm-merge.h"
#include "ohm-message.h"
#include "ohm-meter.h"
#include "ohm-modbus.h"
#include "ohm-names.h"
#include "ohm-plan.h"
#include "ohm-plugin.h"
#include "ohm-point-set.h"
#include "ohm-point.h"
#include "ohm-profile.h"
#include "ohm-quantity.h"
#include "ohm-reading.h"
#include "ohm-record.h"
#include "ohm-request.h"
#include "ohm-settings.h"
#include "ohm-signals.h"
#include "ohm-transport.h"
#include "ohm-uplink.h"
#include "ohm-value.h"
#include "ohm-watcher.h"
