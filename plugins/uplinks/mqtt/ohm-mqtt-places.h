/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-mqtt-connection.h"

G_BEGIN_DECLS

/*
 * OhmMqttLetter: a message and what it is to its job.
 */
typedef struct
{
  OhmMqttMessage message;
  OhmMqttRole role;
} OhmMqttLetter;

void ohm_mqtt_letter_free (OhmMqttLetter *self);

/*
 * The places that were delivered so far, and what was told of them on this connection: a
 * description, and for each point what a home automation wants to know. A broker may have
 * forgotten what it had retained, so both are told again with the first record or value after each
 * connection, and when a description changes (a name, an exchanged meter). What an older run says
 * does not replace what a newer one has said.
 */
typedef struct _OhmMqttPlaces OhmMqttPlaces;

/* @options: must live as long as the places */
OhmMqttPlaces *ohm_mqtt_places_new (const OhmMqttOptions *options, const char *gateway);
void ohm_mqtt_places_free (OhmMqttPlaces *self);

/*
 * Queues the letters of a record: what has to be told of its place first, and itself.
 * @is_last: no newer record of this place follows in the batch: it becomes the place's state, if it
 *   is the newest that was ever sent. @letters: (element-type OhmMqttLetter). Returns the number
 *   of values in it
 */
guint ohm_mqtt_places_add_item (OhmMqttPlaces *self,
                                const OhmBatchItem *item,
                                gboolean is_last,
                                guint generation,
                                GQueue *letters);

/* The same for @n samples that share place, meter and time. Places that no record has told of yet
 * are not described. */
void ohm_mqtt_places_add_samples (OhmMqttPlaces *self,
                                  const OhmSample *samples,
                                  guint n,
                                  guint generation,
                                  GQueue *letters);

G_END_DECLS
