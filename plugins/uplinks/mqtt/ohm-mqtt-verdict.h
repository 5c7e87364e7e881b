/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What the library and the broker say, as verdicts in plain words. Pure. */

/*
 * OhmMqttFailure:
 * @rc: what a function of libmosquitto returned; 0 if there is nothing of it
 * @code: errno, or the resolver's code, as of that moment
 * @text: (nullable): what the library logged of it
 * @message: (nullable): what there is to be told of files of ours, before anybody was asked
 * @connack: reason in the broker's CONNACK, -1 if none came
 * @disconnect: reason in the broker's DISCONNECT (MQTT 5), 0 if none came
 * @is_v5: which numbers those are
 * @was_up: whether the connection had been accepted
 *
 * How a connection ended.
 */
typedef struct
{
  int rc;
  int code;
  char *text;
  OhmMessage *message;
  int connack;
  int disconnect;
  gboolean is_v5;
  gboolean was_up;
} OhmMqttFailure;

/* Reasons of an acknowledgement that ohm_mqtt_verdict_of_publish() has no verdict for. */
#define OHM_MQTT_REASON_NO_SUBSCRIBERS 0x10

OhmVerdict *ohm_mqtt_verdict_of_failure (const OhmMqttFailure *failure, const char *peer);

/* Whether the broker does not speak the version that was tried. */
gboolean ohm_mqtt_verdict_is_version (const OhmMqttFailure *failure);

/* Whether the broker hung up before it had said anything, as those do that do not know the version.
 */
gboolean ohm_mqtt_verdict_is_hang_up (const OhmMqttFailure *failure);

/* @reason: of an acknowledgement, 0x80 or more */
OhmVerdict *ohm_mqtt_verdict_of_publish (int reason, const char *topic, const char *peer);

/* (nullable) */
OhmVerdict *ohm_mqtt_verdict_copy (const OhmVerdict *self);

G_END_DECLS
