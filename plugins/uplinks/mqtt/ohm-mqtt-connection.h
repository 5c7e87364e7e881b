/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-mqtt-client.h"

G_BEGIN_DECLS

/*
 * The connection of an uplink: opened at once, opened again by itself when it is lost, so that the
 * broker knows that the gateway is there. It carries jobs: messages that are made one by one as
 * the broker acknowledges, so that nothing is encoded that cannot be sent, and no turn of the main
 * loop takes long. Main thread.
 */
typedef struct _OhmMqttConnection OhmMqttConnection;

/*
 * OhmMqttRole:
 * @OHM_MQTT_ROLE_RECORD: a quarter hour: somebody should hear it
 * @OHM_MQTT_ROLE_GAP: a gap: whoever does not want it need not subscribe to it
 * @OHM_MQTT_ROLE_DESCRIPTION: a description: its refusal is told and harms no record
 * @OHM_MQTT_ROLE_SAMPLE: sent without acknowledgement
 *
 * What a message is to its job.
 */
typedef enum
{
  OHM_MQTT_ROLE_RECORD,
  OHM_MQTT_ROLE_GAP,
  OHM_MQTT_ROLE_DESCRIPTION,
  OHM_MQTT_ROLE_SAMPLE,
} OhmMqttRole;

/*
 * OhmMqttSource:
 * @next: fills the next message; returns FALSE when there is none left. Called only while the
 *   connection is up
 * @done: all was acknowledged, or the job was given up. @verdict: (transfer full)
 *
 * Where the messages of a job come from, and what became of them. Neither is called from inside
 * ohm_mqtt_connection_send().
 */
typedef struct
{
  gboolean (*next) (OhmMqttMessage *ret_message, OhmMqttRole *ret_role, gpointer user_data);
  void (*done) (OhmVerdict *verdict, gpointer user_data);
} OhmMqttSource;

typedef struct _OhmMqttJob OhmMqttJob;

/* @options: must live as long as the connection */
OhmMqttConnection *ohm_mqtt_connection_new (OhmMqttOptions *options, OhmWatcher *watcher);

/* Gives up all jobs without a word, and says goodbye to the broker. */
void ohm_mqtt_connection_free (OhmMqttConnection *self);

/* Opens nothing anew before ohm_mqtt_connection_open(): another password is being looked up. */
void ohm_mqtt_connection_wait (OhmMqttConnection *self);

/*
 * Opens it, with @password: (nullable). Again: forgets the connection and opens it with the new
 * one; jobs of which something was sent are answered as transient.
 */
void ohm_mqtt_connection_open (OhmMqttConnection *self, const char *password);

/*
 * Starts a job. @source must live as long as the job, which ends with `done` or
 * ohm_mqtt_connection_cancel(). A connection that is down is opened at once, whatever its own
 * pace; with @is_patient FALSE the job is answered at once if it is not up.
 */
OhmMqttJob *ohm_mqtt_connection_send (OhmMqttConnection *self,
                                      const OhmMqttSource *source,
                                      gboolean is_patient,
                                      gpointer user_data);

/* Gives a job up: what is on its way may arrive. `done` is not called. */
void ohm_mqtt_connection_cancel (OhmMqttConnection *self, OhmMqttJob *job);

/* Grows with each time that the broker accepted us: what was told before may be forgotten. */
guint ohm_mqtt_connection_get_generation (OhmMqttConnection *self);

G_END_DECLS
