/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-payload.h"

#include "ohm-mqtt-json.h"

#define OHM_MQTT_SLOT_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)

static GString *
ohm_mqtt_payload_begin (const char *gateway, const char *place)
{
  GString *json = g_string_sized_new (512);

  ohm_mqtt_json_open (json, NULL, '{');
  ohm_mqtt_json_add_string (json, "gateway", gateway);
  ohm_mqtt_json_add_string (json, "place", place);
  return json;
}

static char *
ohm_mqtt_payload_end (GString *json)
{
  ohm_mqtt_json_close (json, '}');
  return g_string_free (json, FALSE);
}

static void
ohm_mqtt_payload_begin_value (GString *json, const OhmPoint *point)
{
  ohm_mqtt_json_open (json, point->name, '{');
}

static void
ohm_mqtt_payload_end_value (GString *json, const OhmPoint *point)
{
  if (point->unit[0] != '\0')
    ohm_mqtt_json_add_string (json, "unit", point->unit);
  ohm_mqtt_json_close (json, '}');
}

static guint
ohm_mqtt_payload_add_cells (GString *json, const OhmRecord *record)
{
  guint n_points;
  const OhmPoint *points = ohm_point_set_get_points (record->points, &n_points);
  guint n = 0;

  ohm_mqtt_json_open (json, "values", '{');
  for (guint i = 0; i < n_points; i++)
    {
      if (record->qualities[i] != OHM_QUALITY_GOOD)
        continue;
      ohm_mqtt_payload_begin_value (json, &points[i]);
      if (points[i].is_integer)
        ohm_mqtt_json_add_integer (json, "value", record->cells[i].integer);
      else
        ohm_mqtt_json_add_real (json, "value", record->cells[i].real);
      ohm_mqtt_payload_end_value (json, &points[i]);
      n++;
    }
  ohm_mqtt_json_close (json, '}');
  return n;
}

char *
ohm_mqtt_payload_new_slot (const char *gateway, const OhmBatchItem *item, guint *ret_n)
{
  const OhmRecord *record = item->record;
  GString *json = ohm_mqtt_payload_begin (gateway, item->run->place);

  ohm_mqtt_json_add_string (json, "meter", item->run->meter);
  ohm_mqtt_json_add_string (json, "serial", item->run->serial);
  ohm_mqtt_json_add_time (json, "end", record->slot_us);
  ohm_mqtt_json_add_time (json, "read", record->read_us);
  ohm_mqtt_json_add_time (json, "since", item->since_us);
  ohm_mqtt_json_add_string (json, "origin", ohm_origin_to_string (record->origin));
  if (record->flags & OHM_RECORD_CLOCK_UNSURE)
    ohm_mqtt_json_add_string (json, "clock", "unsure");
  *ret_n = ohm_mqtt_payload_add_cells (json, record);
  return ohm_mqtt_payload_end (json);
}

gint64
ohm_mqtt_payload_count_slots (const OhmRecord *gap)
{
  return (gap->slot_us - gap->from_us) / OHM_MQTT_SLOT_US;
}

char *
ohm_mqtt_payload_new_gap (const char *gateway, const OhmBatchItem *item)
{
  const OhmRecord *record = item->record;
  GString *json = ohm_mqtt_payload_begin (gateway, item->run->place);

  ohm_mqtt_json_add_string (json, "meter", item->run->meter);
  ohm_mqtt_json_add_time (json, "from", record->from_us);
  ohm_mqtt_json_add_time (json, "to", record->slot_us);
  ohm_mqtt_json_add_string (json, "cause", ohm_gap_cause_to_string (record->cause));
  ohm_mqtt_json_add_string (json, "part", record->part);
  ohm_mqtt_json_add_integer (json, "slots", ohm_mqtt_payload_count_slots (record));
  return ohm_mqtt_payload_end (json);
}

char *
ohm_mqtt_payload_new_info (const char *gateway, const OhmBatchRun *run)
{
  GString *json = ohm_mqtt_payload_begin (gateway, run->place);

  ohm_mqtt_json_add_string (json, "name", run->name);
  ohm_mqtt_json_add_string (json, "medium", run->medium);
  ohm_mqtt_json_add_string (json, "meter", run->meter);
  ohm_mqtt_json_add_string (json, "type", run->type[0] != '\0' ? run->type : NULL);
  ohm_mqtt_json_add_string (json, "serial", run->serial);
  ohm_mqtt_json_add_time (json, "since", run->opened_us);
  return ohm_mqtt_payload_end (json);
}

guint
ohm_mqtt_payload_count_alike (const OhmSample *samples, guint n)
{
  guint alike = 1;

  while (alike < n && strcmp (samples[alike].place, samples[0].place) == 0 &&
         strcmp (samples[alike].meter, samples[0].meter) == 0 &&
         samples[alike].time_us == samples[0].time_us &&
         samples[alike].from_us == samples[0].from_us)
    alike++;
  return alike;
}

static void
ohm_mqtt_payload_add_sample (GString *json, const OhmSample *sample)
{
  ohm_mqtt_payload_begin_value (json, &sample->point);
  ohm_mqtt_json_add_real (json, "value", sample->value);
  ohm_mqtt_payload_end_value (json, &sample->point);
}

char *
ohm_mqtt_payload_new_samples (const char *gateway, const OhmSample *samples, guint n)
{
  GString *json = ohm_mqtt_payload_begin (gateway, samples[0].place);

  ohm_mqtt_json_add_string (json, "meter", samples[0].meter);
  if (samples[0].from_us != 0)
    ohm_mqtt_json_add_time (json, "from", samples[0].from_us);
  ohm_mqtt_json_add_time (json, "time", samples[0].time_us);
  ohm_mqtt_json_open (json, "values", '{');
  for (guint i = 0; i < n; i++)
    ohm_mqtt_payload_add_sample (json, &samples[i]);
  ohm_mqtt_json_close (json, '}');
  return ohm_mqtt_payload_end (json);
}
