/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

#define OHM_TYPE_SML_TRANSPORT (ohm_sml_transport_get_type ())
G_DECLARE_FINAL_TYPE (OhmSmlTransport, ohm_sml_transport, OHM, SML_TRANSPORT, OhmTransport)

#define OHM_TYPE_SML_METER (ohm_sml_meter_get_type ())
G_DECLARE_FINAL_TYPE (OhmSmlMeter, ohm_sml_meter, OHM, SML_METER, OhmMeter)
