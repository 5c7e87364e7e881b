/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-discovery.h"

#include "ohm-mqtt-json.h"

/*
 * Home Assistant's device classes, of its sensor integration. A class that it does not know makes
 * it refuse the whole sensor, so only those stand here that every release since 2022 has; reactive
 * energy has none there.
 */
static const struct
{
  const char *quantity;
  const char *device_class;
} ohm_mqtt_device_classes[] = {
  { "cos-phi", "power_factor" },        { "current", "current" },
  { "demand-active", "power" },         { "energy-active-export", "energy" },
  { "energy-active-import", "energy" }, { "energy-active-net", "energy" },
  { "energy-heat", "energy" },          { "frequency", "frequency" },
  { "power-active", "power" },          { "power-apparent", "apparent_power" },
  { "power-factor", "power_factor" },   { "power-reactive", "reactive_power" },
  { "temperature", "temperature" },     { "voltage", "voltage" },
};

/* What the units of ours are called there. */
static const struct
{
  const char *unit;
  const char *name;
} ohm_mqtt_units[] = {
  { "m3", "m³" },
  { "degC", "°C" },
};

/* Names of topics and ids: letters, digits, `-` and `_`. Nothing that is legal in a point's name
 * falls on the same. */
static char *
ohm_mqtt_discovery_escape (const char *text)
{
  return g_strdelimit (g_strdup (text), ".", '_');
}

static char *
ohm_mqtt_discovery_make_node (const OhmMqttDevice *device)
{
  return g_strconcat ("ohmnibus_", device->gateway, "_", device->place, NULL);
}

static char *
ohm_mqtt_discovery_make_object (const OhmPoint *point, gboolean is_live)
{
  g_autofree char *name = ohm_mqtt_discovery_escape (point->name);

  return g_strconcat (name, is_live ? "_live" : NULL, NULL);
}

char *
ohm_mqtt_discovery_new_topic (const char *prefix,
                              const OhmMqttDevice *device,
                              const OhmPoint *point,
                              gboolean is_live)
{
  g_autofree char *node = ohm_mqtt_discovery_make_node (device);
  g_autofree char *object = ohm_mqtt_discovery_make_object (point, is_live);

  return g_strconcat (prefix, "/sensor/", node, "/", object, "/config", NULL);
}

static const char *
ohm_mqtt_discovery_find_class (const OhmMqttDevice *device, const OhmPoint *point)
{
  const char *quantity = point->quantity->id;

  if (strcmp (quantity, "volume") == 0 &&
      (strcmp (device->medium, "water") == 0 || strcmp (device->medium, "gas") == 0))
    return device->medium;
  for (gsize i = 0; i < G_N_ELEMENTS (ohm_mqtt_device_classes); i++)
    if (strcmp (ohm_mqtt_device_classes[i].quantity, quantity) == 0)
      return ohm_mqtt_device_classes[i].device_class;
  return NULL;
}

static const char *
ohm_mqtt_discovery_find_state_class (const OhmPoint *point)
{
  if (point->quantity->kind == OHM_KIND_COUNTER)
    return "total_increasing";
  if (point->quantity->kind == OHM_KIND_BALANCE)
    return "total";
  return point->quantity->kind == OHM_KIND_GAUGE ? "measurement" : NULL;
}

static const char *
ohm_mqtt_discovery_find_unit (const OhmPoint *point)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ohm_mqtt_units); i++)
    if (strcmp (ohm_mqtt_units[i].unit, point->unit) == 0)
      return ohm_mqtt_units[i].name;
  return point->unit[0] != '\0' ? point->unit : NULL;
}

/* `Active energy consumed, total`; group and tariff as they are */
static char *
ohm_mqtt_discovery_make_name (const OhmPoint *point)
{
  GString *name = g_string_new (point->quantity->label);

  if (point->channel[0] != '\0')
    g_string_append_printf (name, ", %s", point->channel);
  if (point->tariff[0] != '\0')
    g_string_append_printf (name, ", %s", point->tariff);
  if (point->group[0] != '\0')
    g_string_append_printf (name, " (%s)", point->group);
  return g_string_free (name, FALSE);
}

static void
ohm_mqtt_discovery_add_device (GString *json, const OhmMqttDevice *device, const char *node)
{
  ohm_mqtt_json_open (json, "device", '{');
  ohm_mqtt_json_open (json, "identifiers", '[');
  ohm_mqtt_json_add_string (json, NULL, node);
  ohm_mqtt_json_close (json, ']');
  ohm_mqtt_json_add_string (json, "name", device->name);
  ohm_mqtt_json_add_string (json, "model", device->type[0] != '\0' ? device->type : NULL);
  ohm_mqtt_json_add_string (json, "serial_number", device->serial);
  ohm_mqtt_json_close (json, '}');
}

static void
ohm_mqtt_discovery_add_origin (GString *json)
{
  ohm_mqtt_json_open (json, "origin", '{');
  ohm_mqtt_json_add_string (json, "name", "Ohmnibus");
  ohm_mqtt_json_add_string (json, "sw_version", OHM_PLUGIN_VERSION);
  ohm_mqtt_json_close (json, '}');
}

/* A record without the point (its cell was missing) leaves the value as it is. */
static char *
ohm_mqtt_discovery_make_template (const OhmPoint *point)
{
  return g_strdup_printf ("{{ value_json['values']['%s']['value'] "
                          "if '%s' in value_json['values'] else this.state }}",
                          point->name, point->name);
}

char *
ohm_mqtt_discovery_new_config (const OhmMqttDevice *device,
                               const OhmPoint *point,
                               gboolean is_live,
                               const char *state_topic,
                               const char *status_topic)
{
  g_autofree char *node = ohm_mqtt_discovery_make_node (device);
  g_autofree char *object = ohm_mqtt_discovery_make_object (point, is_live);
  g_autofree char *id = g_strconcat (node, "_", object, NULL);
  g_autofree char *name = ohm_mqtt_discovery_make_name (point);
  g_autofree char *template = ohm_mqtt_discovery_make_template (point);
  GString *json = g_string_sized_new (768);

  ohm_mqtt_json_open (json, NULL, '{');
  ohm_mqtt_json_add_string (json, "name", name);
  ohm_mqtt_json_add_string (json, "unique_id", id);
  ohm_mqtt_json_add_string (json, "state_topic", state_topic);
  ohm_mqtt_json_add_string (json, "value_template", template);
  ohm_mqtt_json_add_string (json, "availability_topic", status_topic);
  ohm_mqtt_json_add_string (json, "device_class", ohm_mqtt_discovery_find_class (device, point));
  ohm_mqtt_json_add_string (json, "state_class", ohm_mqtt_discovery_find_state_class (point));
  ohm_mqtt_json_add_string (json, "unit_of_measurement", ohm_mqtt_discovery_find_unit (point));
  ohm_mqtt_discovery_add_device (json, device, node);
  ohm_mqtt_discovery_add_origin (json);
  ohm_mqtt_json_close (json, '}');
  return g_string_free (json, FALSE);
}
