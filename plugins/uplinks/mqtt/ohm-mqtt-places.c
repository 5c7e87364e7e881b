/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-places.h"

#include "ohm-mqtt-discovery.h"
#include "ohm-mqtt-payload.h"

typedef struct
{
  char *id;
  char *name;
  char *medium;
  char *type;
  char *serial;  /* (nullable) */
  char *info;    /* the description, as published */
  gint64 number; /* of the run that it describes */
  gint64 newest_us;
  guint generation;   /* of the connection on which it was told; 0 if it has to be told again */
  GHashTable *points; /* (element-type utf8): told on that connection; interned, `*` for live */
} OhmMqttPlace;

struct _OhmMqttPlaces
{
  const OhmMqttOptions *options;
  char *gateway;
  GHashTable *places; /* (element-type utf8 OhmMqttPlace) */
};

void
ohm_mqtt_letter_free (OhmMqttLetter *self)
{
  ohm_mqtt_message_clear (&self->message);
  g_free (self);
}

/* @topic, @payload: (transfer full) */
static void
ohm_mqtt_places_queue (GQueue *letters, OhmMqttRole role, char *topic, char *payload)
{
  OhmMqttLetter *letter = g_new0 (OhmMqttLetter, 1);

  letter->role = role;
  letter->message.topic = topic;
  letter->message.payload = payload;
  letter->message.qos = role == OHM_MQTT_ROLE_SAMPLE ? 0 : 1;
  letter->message.is_retained = role == OHM_MQTT_ROLE_DESCRIPTION;
  g_queue_push_tail (letters, letter);
}

static void
ohm_mqtt_place_clear (OhmMqttPlace *self)
{
  g_free (self->name);
  g_free (self->medium);
  g_free (self->type);
  g_free (self->serial);
  g_free (self->info);
}

static void
ohm_mqtt_place_free (gpointer data)
{
  OhmMqttPlace *self = data;

  ohm_mqtt_place_clear (self);
  g_hash_table_unref (self->points);
  g_free (self->id);
  g_free (self);
}

/* @info: (transfer full) */
static void
ohm_mqtt_place_set_run (OhmMqttPlace *self, const OhmBatchRun *run, char *info)
{
  ohm_mqtt_place_clear (self);
  self->name = g_strdup (run->name);
  self->medium = g_strdup (run->medium);
  self->type = g_strdup (run->type);
  self->serial = g_strdup (run->serial);
  self->info = info;
  self->number = run->number;
  self->generation = 0;
}

static OhmMqttPlace *
ohm_mqtt_places_take (OhmMqttPlaces *self, const OhmBatchRun *run)
{
  OhmMqttPlace *place = g_hash_table_lookup (self->places, run->place);
  g_autofree char *info = ohm_mqtt_payload_new_info (self->gateway, run);

  if (place == NULL)
    {
      place = g_new0 (OhmMqttPlace, 1);
      place->id = g_strdup (run->place);
      place->points = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->places, place->id, place);
    }
  if (place->info == NULL || (run->number >= place->number && strcmp (info, place->info) != 0))
    ohm_mqtt_place_set_run (place, run, g_steal_pointer (&info));
  return place;
}

static void
ohm_mqtt_places_describe (OhmMqttPlaces *self,
                          OhmMqttPlace *place,
                          guint generation,
                          GQueue *letters)
{
  if (place->generation == generation)
    return;
  place->generation = generation;
  g_hash_table_remove_all (place->points);
  if (self->options->has_info)
    ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_DESCRIPTION,
                           ohm_mqtt_options_dup_topic (self->options, place->id, "info"),
                           g_strdup (place->info));
}

static void
ohm_mqtt_places_discover (OhmMqttPlaces *self,
                          OhmMqttPlace *place,
                          const OhmPoint *point,
                          gboolean is_live,
                          GQueue *letters)
{
  const OhmMqttDevice device = { .gateway = self->gateway,
                                 .place = place->id,
                                 .name = place->name,
                                 .medium = place->medium,
                                 .type = place->type,
                                 .serial = place->serial };
  g_autofree char *topic = NULL;

  if (self->options->discovery_prefix == NULL ||
      !g_hash_table_add (place->points, g_strconcat (point->name, is_live ? "*" : NULL, NULL)))
    return;
  topic = ohm_mqtt_options_dup_topic (self->options, place->id, is_live ? "live" : "state");
  ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_DESCRIPTION,
                         ohm_mqtt_discovery_new_topic (self->options->discovery_prefix, &device,
                                                       point, is_live),
                         ohm_mqtt_discovery_new_config (&device, point, is_live, topic,
                                                        self->options->status_topic));
}

static void
ohm_mqtt_places_add_gap (OhmMqttPlaces *self, const OhmBatchItem *item, GQueue *letters)
{
  ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_GAP,
                         ohm_mqtt_options_dup_topic (self->options, item->run->place, "gap"),
                         ohm_mqtt_payload_new_gap (self->gateway, item));
}

/* What is sent again would set a home automation back: it listens to the newest alone. */
static void
ohm_mqtt_places_add_state (OhmMqttPlaces *self,
                           OhmMqttPlace *place,
                           const OhmRecord *record,
                           const char *payload,
                           GQueue *letters)
{
  if (self->options->discovery_prefix == NULL || record->slot_us < place->newest_us)
    return;
  place->newest_us = record->slot_us;
  ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_DESCRIPTION,
                         ohm_mqtt_options_dup_topic (self->options, place->id, "state"),
                         g_strdup (payload));
}

static guint
ohm_mqtt_places_add_slot (OhmMqttPlaces *self,
                          OhmMqttPlace *place,
                          const OhmBatchItem *item,
                          gboolean is_last,
                          GQueue *letters)
{
  const OhmRecord *record = item->record;
  guint n_points;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n_points);
  guint n_values;
  g_autofree char *payload = ohm_mqtt_payload_new_slot (self->gateway, item, &n_values);

  for (guint i = 0; i < n_points; i++)
    if (record->qualities[i] == OHM_QUALITY_GOOD)
      ohm_mqtt_places_discover (self, place, &points[i], /* is_live */ FALSE, letters);
  ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_RECORD,
                         ohm_mqtt_options_dup_topic (self->options, place->id, "slot"),
                         g_strdup (payload));
  if (is_last)
    ohm_mqtt_places_add_state (self, place, record, payload, letters);
  return n_values;
}

guint
ohm_mqtt_places_add_item (OhmMqttPlaces *self,
                          const OhmBatchItem *item,
                          gboolean is_last,
                          guint generation,
                          GQueue *letters)
{
  OhmMqttPlace *place = ohm_mqtt_places_take (self, item->run);

  ohm_mqtt_places_describe (self, place, generation, letters);
  if (!item->record->is_gap)
    return ohm_mqtt_places_add_slot (self, place, item, is_last, letters);
  ohm_mqtt_places_add_gap (self, item, letters);
  return 1;
}

void
ohm_mqtt_places_add_samples (OhmMqttPlaces *self,
                             const OhmSample *samples,
                             guint n,
                             guint generation,
                             GQueue *letters)
{
  OhmMqttPlace *place = g_hash_table_lookup (self->places, samples[0].place);

  if (place != NULL)
    ohm_mqtt_places_describe (self, place, generation, letters);
  for (guint i = 0; place != NULL && i < n; i++)
    ohm_mqtt_places_discover (self, place, &samples[i].point, /* is_live */ TRUE, letters);
  ohm_mqtt_places_queue (letters, OHM_MQTT_ROLE_SAMPLE,
                         ohm_mqtt_options_dup_topic (self->options, samples[0].place, "live"),
                         ohm_mqtt_payload_new_samples (self->gateway, samples, n));
}

OhmMqttPlaces *
ohm_mqtt_places_new (const OhmMqttOptions *options, const char *gateway)
{
  OhmMqttPlaces *self = g_new0 (OhmMqttPlaces, 1);

  self->options = options;
  self->gateway = g_strdup (gateway);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, ohm_mqtt_place_free);
  return self;
}

void
ohm_mqtt_places_free (OhmMqttPlaces *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->places);
  g_free (self->gateway);
  g_free (self);
}
