/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-mqtt-options.h"
#include "ohm-mqtt-verdict.h"

G_BEGIN_DECLS

/*
 * OhmMqttMessage:
 * @topic: (owned): where
 * @payload: (owned): what
 * @qos: 0 or 1
 * @is_retained: whether the broker keeps it for those who subscribe later
 */
typedef struct
{
  char *topic;
  char *payload;
  int qos;
  gboolean is_retained;
} OhmMqttMessage;

void ohm_mqtt_message_clear (OhmMqttMessage *self);

/*
 * One connection to a broker, from the first look-up of its name to its end, by libmosquitto.
 *
 * libmosquitto is driven by the main loop: its socket is watched, and one deadline stands for its
 * timer. So there is no lock and no second thread while messages travel, and an acknowledgement is
 * handled where the message was made. The one thing that libmosquitto cannot do without blocking is
 * to look up a name and to connect by TCP (also its "async" variant looks names up in place), and
 * to read certificates and keys, which may lie on a network that is down, as the password's file:
 * that runs on a worker's thread, which owns the instance until it has been connected. Whoever
 * gives up before does not wait: what the worker brings then is thrown away.
 *
 * Nothing of libmosquitto survives the connection: it queues nothing and repeats nothing, that is
 * the core's.
 */
typedef struct _OhmMqttClient OhmMqttClient;

/*
 * OhmMqttClientEvents:
 * @up: the broker has accepted the connection
 * @acked: a message of QoS 1 was acknowledged, or one of QoS 0 is on its way; @reason as of MQTT 5,
 *   0 with 3.1.1
 * @down: the connection is over, once and for all; nothing follows
 *
 * Each is called from the main loop, never from inside a function of the client. The client may be
 * closed inside.
 */
typedef struct
{
  void (*up) (gpointer user_data);
  void (*acked) (int mid, int reason, gpointer user_data);
  void (*down) (const OhmMqttFailure *failure, gpointer user_data);
} OhmMqttClientEvents;

/*
 * Begins. @password: (nullable): where no file has it; @events must live as long as the client.
 */
OhmMqttClient *ohm_mqtt_client_new (OhmMqttOptions *options,
                                    const char *password,
                                    gboolean is_v5,
                                    OhmWatcher *watcher,
                                    const OhmMqttClientEvents *events,
                                    gpointer user_data);

/*
 * Ends it, at any moment, without waiting: says goodbye if it was accepted. Frees the client; no
 * event follows.
 */
void ohm_mqtt_client_close (OhmMqttClient *self);

/* OhmMqttClientSent: the connection is over (`down` follows), or the message is not for this broker
 * (too large, no retained messages). */
typedef enum
{
  OHM_MQTT_CLIENT_SENT,
  OHM_MQTT_CLIENT_OVER,
  OHM_MQTT_CLIENT_REFUSED,
} OhmMqttClientSent;

/* Only while it is up. @ret_mid: (out): what `acked` will name */
OhmMqttClientSent
ohm_mqtt_client_publish (OhmMqttClient *self, const OhmMqttMessage *message, int *ret_mid);

/* Whether bytes wait because the broker does not read. */
gboolean ohm_mqtt_client_is_congested (OhmMqttClient *self);

G_END_DECLS
