/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/*
 * OhmMqttDevice:
 * @gateway: identity of the gateway
 * @place: the place's id
 * @name: what people call it
 * @medium: `electricity`, `water`, ...
 * @type: the meter's type; `""` if it is not known
 * @serial: (nullable): the meter's serial
 *
 * What home automations call a device: a place with the meter that measures there now.
 */
typedef struct
{
  const char *gateway;
  const char *place;
  const char *name;
  const char *medium;
  const char *type;
  const char *serial;
} OhmMqttDevice;

/* (transfer full): topic of the discovery of a point: `PREFIX/sensor/NODE/OBJECT/config` */
char *ohm_mqtt_discovery_new_topic (const char *prefix,
                                    const OhmMqttDevice *device,
                                    const OhmPoint *point,
                                    gboolean is_live);

/*
 * (transfer full): what Home Assistant's MQTT integration wants to know of a point.
 * @state_topic: where its values come; @status_topic: availability. Pure.
 */
char *ohm_mqtt_discovery_new_config (const OhmMqttDevice *device,
                                     const OhmPoint *point,
                                     gboolean is_live,
                                     const char *state_topic,
                                     const char *status_topic);

G_END_DECLS
