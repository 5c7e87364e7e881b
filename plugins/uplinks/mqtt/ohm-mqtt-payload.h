/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What is published, as JSON. Pure. All return (transfer full) text. */

/* What stands in the topic of availability. */
#define OHM_MQTT_ONLINE  "online"
#define OHM_MQTT_OFFLINE "offline"

/* A quarter hour: its good cells. @ret_n: (out): their number; a record may have none */
char *ohm_mqtt_payload_new_slot (const char *gateway, const OhmBatchItem *item, guint *ret_n);

/* A stretch that nobody recorded. */
char *ohm_mqtt_payload_new_gap (const char *gateway, const OhmBatchItem *item);

/* Whose counters they are. */
char *ohm_mqtt_payload_new_info (const char *gateway, const OhmBatchRun *run);

/* @n samples that share place, meter and time. */
char *ohm_mqtt_payload_new_samples (const char *gateway, const OhmSample *samples, guint n);

/* How many from @samples on share place, meter and time; at least 1. @n: at least 1 */
guint ohm_mqtt_payload_count_alike (const OhmSample *samples, guint n);

/* Missing quarter hours of a gap record. */
gint64 ohm_mqtt_payload_count_slots (const OhmRecord *gap);

G_END_DECLS
