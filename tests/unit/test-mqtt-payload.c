/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <json-glib/json-glib.h>
#include <math.h>

#include "mqtt-fixture.h"

#include "ohm-mqtt-discovery.h"
#include "ohm-mqtt-json.h"
#include "ohm-mqtt-options.h"
#include "ohm-mqtt-payload.h"
#include "ohm-mqtt-verdict.h"

#define GATEWAY OHM_TEST_GATEWAY

static void
test_json (void)
{
  g_autoptr (GString) json = g_string_new (NULL);

  ohm_mqtt_json_open (json, NULL, '{');
  ohm_mqtt_json_add_string (json, "a\"b", "back\\slash, \"quote\",\n\x7f \xff ü");
  ohm_mqtt_json_add_string (json, "none", NULL);
  ohm_mqtt_json_open (json, "list", '[');
  ohm_mqtt_json_add_integer (json, NULL, G_MAXINT64);
  ohm_mqtt_json_add_integer (json, NULL, G_MININT64);
  ohm_mqtt_json_add_real (json, NULL, 230.1);
  ohm_mqtt_json_add_real (json, NULL, 0.1 + 0.2);
  ohm_mqtt_json_add_real (json, NULL, 133456784);
  ohm_mqtt_json_add_real (json, NULL, -1e300);
  ohm_mqtt_json_add_real (json, NULL, (double) NAN);
  ohm_mqtt_json_add_real (json, NULL, (double) INFINITY);
  ohm_mqtt_json_close (json, ']');
  ohm_mqtt_json_add_time (json, "s", OHM_TEST_SLOT_US);
  ohm_mqtt_json_add_time (json, "ms", OHM_TEST_SLOT_US + 412000);
  ohm_mqtt_json_add_time (json, "us", OHM_TEST_SLOT_US + 412001);
  ohm_mqtt_json_close (json, '}');
  g_assert_cmpstr (json->str, ==,
                   "{\"a\\\"b\":\"back\\\\slash, \\\"quote\\\",\\u000a\\u007f \xef\xbf\xbd ü\","
                   "\"list\":[9223372036854775807,-9223372036854775808,230.1,"
                   "0.30000000000000004,133456784,-1e+300,null,null],"
                   "\"s\":\"2026-11-22T10:15:00Z\",\"ms\":\"2026-11-22T10:15:00.412Z\","
                   "\"us\":\"2026-11-22T10:15:00.412001Z\"}");
}

static void
test_slot (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);
  g_autofree char *text = NULL;

  items[0].record->qualities[1] = OHM_QUALITY_MISSING;
  items[0].record->qualities[2] = OHM_QUALITY_SUSPECT;
  items[0].record->origin = OHM_ORIGIN_GATEWAY_SAMPLED;
  items[0].record->flags = OHM_RECORD_CLOCK_UNSURE;
  text = ohm_mqtt_payload_new_slot (GATEWAY, &items[0], &n);
  g_assert_cmpstr (text, ==,
                   "{\"gateway\":\"" GATEWAY "\",\"place\":\"p0\",\"meter\":\"m0\","
                   "\"serial\":\"41000000\",\"end\":\"2026-11-22T10:15:00Z\","
                   "\"read\":\"2026-11-22T10:15:00.412Z\",\"since\":\"2026-11-22T10:00:00Z\","
                   "\"origin\":\"gateway-sampled\",\"clock\":\"unsure\",\"values\":{"
                   "\"energy-active-import.total\":{\"value\":133456784,\"unit\":\"Wh\"},"
                   "\"pulse-count\":{\"value\":9007199254740993}}}");
  g_assert_cmpuint (n, ==, 2);
}

static void
test_gap (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new_gap ();
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (batch, &n);
  g_autofree char *text = ohm_mqtt_payload_new_gap (GATEWAY, &items[0]);

  g_assert_cmpint (ohm_mqtt_payload_count_slots (items[0].record), ==, 12);
  g_assert_cmpstr (text, ==,
                   "{\"gateway\":\"" GATEWAY "\",\"place\":\"p0\",\"meter\":\"m0\","
                   "\"from\":\"2026-11-22T07:15:00Z\",\"to\":\"2026-11-22T10:15:00Z\","
                   "\"cause\":\"link-down\",\"slots\":12}");
}

static void
test_info (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (1, 1);
  guint n;
  OhmBatchRun run = *ohm_batch_get_items (batch, &n)[0].run;
  g_autofree char *name = g_strdup ("Hall \"A\"");
  g_autofree char *text = NULL;

  run.name = name;
  run.type[0] = '\0'; /* not known any more */
  run.serial = NULL;
  text = ohm_mqtt_payload_new_info (GATEWAY, &run);
  g_assert_cmpstr (text, ==,
                   "{\"gateway\":\"" GATEWAY "\",\"place\":\"p0\",\"name\":\"Hall \\\"A\\\"\","
                   "\"medium\":\"electricity\",\"meter\":\"m0\","
                   "\"since\":\"2026-11-22T10:00:00Z\"}");
}

static void
test_samples (void)
{
  g_autoptr (OhmSamples) samples = ohm_test_samples_new ();
  g_autofree char *live = NULL;
  g_autofree char *minute = NULL;

  g_assert_cmpuint (ohm_mqtt_payload_count_alike (samples->items, samples->n), ==, 3);
  g_assert_cmpuint (ohm_mqtt_payload_count_alike (&samples->items[2], 1), ==, 1);
  live = ohm_mqtt_payload_new_samples (GATEWAY, samples->items, 1);
  minute = ohm_mqtt_payload_new_samples (GATEWAY, &samples->items[3], 3);
  g_assert_cmpstr (live, ==,
                   "{\"gateway\":\"" GATEWAY "\",\"place\":\"p0\",\"meter\":\"m0\","
                   "\"time\":\"2026-11-22T10:15:00Z\",\"values\":{"
                   "\"power-active.total\":{\"value\":4321.5,\"unit\":\"W\"}}}");
  g_assert_nonnull (strstr (minute, "\"from\":\"2026-11-22T10:15:00Z\","
                                    "\"time\":\"2026-11-22T10:16:00Z\""));
  g_assert_nonnull (strstr (minute, "\"voltage.l1-n\":{\"value\":230.5,\"unit\":\"V\"}"));
}

static JsonObject *
test_parse (JsonParser *parser, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (json_parser_load_from_data (parser, text, -1, &error));
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

/* (nullable) */
static const char *
test_member (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name)
                                               : NULL;
}

static void
test_discovery_config (void)
{
  const OhmMqttDevice device = { .gateway = GATEWAY,
                                 .place = "main",
                                 .name = "Main incomer",
                                 .medium = "electricity",
                                 .type = "umg96rm",
                                 .serial = "41000000" };
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *topic = NULL;
  g_autofree char *text = NULL;
  JsonObject *object;
  OhmPoint point;

  g_assert_true (ohm_point_parse ("m1g2.energy-active-import.total.t1", NULL, FALSE, &point, NULL));
  topic = ohm_mqtt_discovery_new_topic ("homeassistant", &device, &point, FALSE);
  g_assert_cmpstr (topic, ==,
                   "homeassistant/sensor/ohmnibus_" GATEWAY
                   "_main/m1g2_energy-active-import_total_t1/config");
  text = ohm_mqtt_discovery_new_config (&device, &point, FALSE, "s/state", "s/status");
  object = test_parse (parser, text);
  g_assert_cmpstr (test_member (object, "name"), ==, "Active energy consumed, total, t1 (m1g2)");
  g_assert_cmpstr (test_member (object, "unique_id"), ==,
                   "ohmnibus_" GATEWAY "_main_m1g2_energy-active-import_total_t1");
  g_assert_cmpstr (test_member (object, "state_topic"), ==, "s/state");
  g_assert_cmpstr (test_member (object, "availability_topic"), ==, "s/status");
  g_assert_cmpstr (test_member (object, "device_class"), ==, "energy");
  g_assert_cmpstr (test_member (object, "state_class"), ==, "total_increasing");
  g_assert_cmpstr (test_member (object, "unit_of_measurement"), ==, "Wh");
  g_assert_nonnull (strstr (test_member (object, "value_template"),
                            "value_json['values']['m1g2.energy-active-import.total.t1']"));
  object = json_object_get_object_member (object, "device");
  g_assert_cmpstr (test_member (object, "name"), ==, "Main incomer");
  g_assert_cmpstr (test_member (object, "model"), ==, "umg96rm");
  g_assert_cmpstr (test_member (object, "serial_number"), ==, "41000000");
}

static void
test_discovery_classes (void)
{
  static const struct
  {
    const char *point;
    const char *medium;
    const char *device_class;
    const char *state_class;
    const char *unit;
  } rows[] = {
    { "energy-active-net.total", "electricity", "energy", "total", "Wh" },
    { "energy-reactive.total", "electricity", NULL, "total", "varh" },
    { "volume", "water", "water", "total_increasing", "m³" },
    { "volume", "heat", NULL, "total_increasing", "m³" },
    { "pulse-count", "electricity", NULL, "total_increasing", NULL },
    { "power-active.total", "electricity", "power", "measurement", "W" },
    { "temperature", "heat", "temperature", "measurement", "°C" },
    { "cos-phi.total", "electricity", "power_factor", "measurement", NULL },
    { "input-state", "electricity", NULL, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const OhmMqttDevice device = { GATEWAY, "p", "P", rows[i].medium, "", NULL };
      g_autoptr (JsonParser) parser = json_parser_new ();
      g_autofree char *text = NULL;
      JsonObject *object;
      OhmPoint point;

      g_assert_true (ohm_point_parse (rows[i].point, NULL, FALSE, &point, NULL));
      text = ohm_mqtt_discovery_new_config (&device, &point, TRUE, "s/live", "s/status");
      object = test_parse (parser, text);
      g_assert_true (g_str_has_suffix (test_member (object, "unique_id"), "_live"));
      g_assert_cmpstr (test_member (object, "device_class"), ==, rows[i].device_class);
      g_assert_cmpstr (test_member (object, "state_class"), ==, rows[i].state_class);
      g_assert_cmpstr (test_member (object, "unit_of_measurement"), ==, rows[i].unit);
    }
}

static OhmSettings *
test_settings (const char *text)
{
  const OhmSettingSpec *tables[] = { ohm_mqtt_settings, NULL };
  g_autofree char *whole = g_strconcat ("[mqtt]\n", text, NULL);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("x.uplink", whole, strlen (whole), NULL);
  g_autoptr (GError) error = NULL;
  OhmSettings *settings = ohm_settings_new (keyfile, "mqtt", tables, &error);

  g_assert_no_error (error);
  return settings;
}

static void
test_options_defaults (void)
{
  g_autoptr (OhmSettings) settings = test_settings ("host = broker.example\n");
  g_autoptr (OhmMqttOptions) options = ohm_mqtt_options_new (settings, GATEWAY, "a");
  g_autoptr (OhmMqttOptions) other = ohm_mqtt_options_new (settings, GATEWAY, "b");
  g_autofree char *topic = ohm_mqtt_options_dup_topic (options, "main", "slot");

  g_assert_true (ohm_mqtt_options_check (settings, NULL));
  g_assert_cmpuint (options->port, ==, 8883);
  g_assert_true (options->is_tls);
  g_assert_cmpstr (options->peer, ==, "broker.example:8883");
  g_assert_cmpint (options->protocol, ==, OHM_MQTT_PROTOCOL_AUTO);
  g_assert_cmpuint (options->keep_alive_s, ==, 60);
  g_assert_cmpstr (options->status_topic, ==, "ohmnibus/" GATEWAY "/status");
  g_assert_cmpstr (topic, ==, "ohmnibus/" GATEWAY "/places/main/slot");
  g_assert_null (options->discovery_prefix);
  g_assert_cmpuint (strlen (options->client_id), ==, 23);
  g_assert_cmpstr (options->client_id, !=, other->client_id);
}

static void
test_options_all (void)
{
  g_autoptr (OhmSettings) settings = test_settings (
    "host = 2001:db8::1\ntls = false\nuser = u\npassword-file = /run/p\nclient-id = me\n"
    "topic = site/{gateway}/x\nretain-info = false\ndiscovery = home-assistant\n"
    "protocol = 3.1.1\nkeep-alive = 15s\nunheard = pass\ndurable = true\n");
  g_autoptr (OhmMqttOptions) options = ohm_mqtt_options_new (settings, "gw", "a");

  g_assert_true (ohm_mqtt_options_check (settings, NULL));
  g_assert_cmpuint (options->port, ==, 1883);
  g_assert_cmpstr (options->peer, ==, "[2001:db8::1]:1883");
  g_assert_cmpint (options->protocol, ==, OHM_MQTT_PROTOCOL_3_1_1);
  g_assert_cmpuint (options->keep_alive_s, ==, 15);
  g_assert_cmpstr (options->root, ==, "site/gw/x");
  g_assert_cmpstr (options->client_id, ==, "me");
  g_assert_cmpstr (options->discovery_prefix, ==, "homeassistant");
  g_assert_false (options->has_info);
  g_assert_true (options->is_unheard_fine);
  g_assert_true (options->is_durable);
}

static void
test_options_secret (void)
{
  g_autoptr (OhmSettings) typed = test_settings ("host = h\nuser = u\n");
  g_autoptr (OhmSettings) kept = test_settings ("host = h\nuser = u\npassword-file = /run/p\n");
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_mqtt_options_takes_secret (typed, "password", NULL));
  g_assert_false (ohm_mqtt_options_takes_secret (kept, "password", &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
}

static void
test_options_clash (void)
{
  static const struct
  {
    const char *text;
    const char *error;
  } rows[] = {
    { "cert-file = /c\n", "'cert-file' needs 'key-file' too" },
    { "key-file = /c\n", "'key-file' needs 'cert-file' too" },
    { "ca-file = c\n", "'ca-file' is 'c': expected a path from the root" },
    { "ca-file = /c\ntls = false\n", "'ca-file' means nothing with 'tls = false'" },
    { "password-file = /p\n", "'password-file' needs 'user' too" },
    { "topic = a/#\n", "'topic' is 'a/#': '+' and '#' are for subscribers" },
    { "topic = a//b\n", "'topic' is 'a//b': expected names between single slashes, and none at "
                        "the ends" },
    { "topic = /a\n", "'topic' is '/a': expected names between single slashes, and none at the "
                      "ends" },
    { "discovery-prefix = +\n", "'discovery-prefix' is '+': '+' and '#' are for subscribers" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat ("host = h\n", rows[i].text, NULL);
      g_autoptr (OhmSettings) settings = test_settings (text);
      g_autoptr (GError) error = NULL;

      g_assert_false (ohm_mqtt_options_check (settings, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, rows[i].error);
    }
}

/* A pipe does not block, a folder is no file. */
static void
test_password_paths (void)
{
  OhmMqttOptions options = { 0 };

  for (guint i = 0; i < 3; i++)
    {
      static const char *const paths[] = { "/dev/null", "/", "/no/such/file" };
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_strdup (paths[i]);

      options.password_file = path;
      g_assert_null (ohm_mqtt_options_read_password (&options, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_SECRET);
    }
}

static void
test_verdict_failures (void)
{
  static const struct
  {
    OhmMqttFailure failure;
    OhmVerdictKind kind;
    const char *code;
  } rows[] = {
    { { .rc = 14, .code = 111, .connack = -1 }, OHM_VERDICT_TRANSIENT, "mqtt-unreachable" },
    { { .rc = 15, .code = -2, .connack = -1 }, OHM_VERDICT_TRANSIENT, "mqtt-unreachable" },
    { { .rc = 8, .connack = -1 }, OHM_VERDICT_CONFIGURATION, "mqtt-tls" },
    { { .rc = 3, .connack = -1 }, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
    { { .rc = 27, .connack = -1 }, OHM_VERDICT_TRANSIENT, "mqtt-no-answer" },
    { { .rc = 7, .connack = -1 }, OHM_VERDICT_TRANSIENT, "mqtt-no-answer" },
    { { .rc = 7, .was_up = TRUE }, OHM_VERDICT_TRANSIENT, "mqtt-lost" },
    { { .rc = 19, .was_up = TRUE }, OHM_VERDICT_TRANSIENT, "mqtt-lost" },
    { { .rc = 9, .was_up = TRUE }, OHM_VERDICT_TRANSIENT, "mqtt-flood" },
    { { .disconnect = 0x8e, .is_v5 = TRUE, .was_up = TRUE },
      OHM_VERDICT_TRANSIENT,
      "mqtt-taken-over" },
    { { .disconnect = 0x8b, .is_v5 = TRUE, .was_up = TRUE }, OHM_VERDICT_TRANSIENT, "mqtt-busy" },
    { { .disconnect = 0x87, .is_v5 = TRUE, .was_up = TRUE }, OHM_VERDICT_AUTH, "mqtt-refused" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (OhmVerdict) verdict = ohm_mqtt_verdict_of_failure (&rows[i].failure, "h:1");
      g_autoptr (OhmVerdict) copy = ohm_mqtt_verdict_copy (verdict);

      g_assert_cmpstr (ohm_message_get_code (copy->message), ==, rows[i].code);
      g_assert_cmpint (copy->kind, ==, rows[i].kind);
      g_assert_cmpstr (ohm_message_get_argument (copy->message, "peer"), ==, "h:1");
    }
  g_assert_null (ohm_mqtt_verdict_copy (NULL));
}

/* What others wrote is bounded and printable. */
static void
test_verdict_text (void)
{
  g_autofree char *text = g_strnfill (5000, 'x');
  OhmMqttFailure failure = { .rc = 7, .connack = -1, .text = text };
  g_autoptr (OhmVerdict) verdict = NULL;

  memcpy (text, "a\x1b[31m\n\xff", 8);
  verdict = ohm_mqtt_verdict_of_failure (&failure, "h:1");
  g_assert_true (g_utf8_validate (verdict->text, -1, NULL));
  g_assert_cmpuint (strlen (verdict->text), <, 210);
  g_assert_null (strchr (verdict->text, '\x1b'));
  g_assert_null (strchr (verdict->text, '\n'));
}

/* What the library says becomes what people may read. */
static void
test_verdict_words (void)
{
  static const struct
  {
    const char *said;
    const char *shown;
  } rows[] = {
    { "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed",
      "certificate verify failed" },
    { "host name verification failed.", "host name verification failed" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *said = g_strdup (rows[i].said);
      const OhmMqttFailure failure = { .rc = 8, .connack = -1, .text = said };
      g_autoptr (OhmVerdict) verdict = ohm_mqtt_verdict_of_failure (&failure, "h:1");

      g_assert_cmpstr (verdict->text, ==, rows[i].shown);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mqtt-payload/json", test_json);
  g_test_add_func ("/mqtt-payload/slot", test_slot);
  g_test_add_func ("/mqtt-payload/gap", test_gap);
  g_test_add_func ("/mqtt-payload/info", test_info);
  g_test_add_func ("/mqtt-payload/samples", test_samples);
  g_test_add_func ("/mqtt-payload/discovery-config", test_discovery_config);
  g_test_add_func ("/mqtt-payload/discovery-classes", test_discovery_classes);
  g_test_add_func ("/mqtt-payload/options-defaults", test_options_defaults);
  g_test_add_func ("/mqtt-payload/options-all", test_options_all);
  g_test_add_func ("/mqtt-payload/options-secret", test_options_secret);
  g_test_add_func ("/mqtt-payload/options-clash", test_options_clash);
  g_test_add_func ("/mqtt-payload/password-paths", test_password_paths);
  g_test_add_func ("/mqtt-payload/verdict-failures", test_verdict_failures);
  g_test_add_func ("/mqtt-payload/verdict-text", test_verdict_text);
  g_test_add_func ("/mqtt-payload/verdict-words", test_verdict_words);
  return g_test_run ();
}
