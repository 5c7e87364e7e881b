/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

#define OHM_TYPE_MQTT_UPLINK (ohm_mqtt_uplink_get_type ())

/* Delivers records to an MQTT broker: README.md. */
G_DECLARE_FINAL_TYPE (OhmMqttUplink, ohm_mqtt_uplink, OHM, MQTT_UPLINK, OhmUplink)

G_END_DECLS
