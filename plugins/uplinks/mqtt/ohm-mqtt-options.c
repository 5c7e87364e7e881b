/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-options.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OHM_MQTT_PORT_PLAIN 1883
#define OHM_MQTT_PORT_TLS   8883
/* Longest topic that is left room for: root, `places`, an id of 63 bytes and a kind; MQTT itself
 * allows 65535, brokers as little as 256. */
#define OHM_MQTT_ROOT_MAX 128
#define OHM_MQTT_GATEWAY  "{gateway}"
#define OHM_MQTT_HOUR_US  (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

/* clang-format off */
const OhmSettingSpec ohm_mqtt_settings[] = {
  { "host", OHM_SETTING_HOST, 0, 0, NULL, NULL, "name or address of the broker", TRUE },
  { "port", OHM_SETTING_INTEGER, 1, 65535, NULL, NULL,
    "port of the broker; 8883 with TLS and 1883 without, if it is left out", FALSE },
  { "tls", OHM_SETTING_BOOLEAN, 0, 0, "true", NULL, "encrypt, and verify the broker", FALSE },
  { "ca-file", OHM_SETTING_STRING, 0, 4095, NULL, NULL,
    "PEM file of the certificates to trust, instead of the system's", FALSE },
  { "cert-file", OHM_SETTING_STRING, 0, 4095, NULL, NULL,
    "PEM file of our own certificate, for brokers that ask for one", FALSE },
  { "key-file", OHM_SETTING_STRING, 0, 4095, NULL, NULL,
    "PEM file of its key, not encrypted and readable by the daemon alone", FALSE },
  { "user", OHM_SETTING_STRING, 0, 0, NULL, NULL, "user name at the broker", FALSE },
  { "password-file", OHM_SETTING_STRING, 0, 4095, NULL, NULL,
    "file whose first line is the password; without it the secret 'password' is used", FALSE },
  { "client-id", OHM_SETTING_STRING, 0, 128, NULL, NULL,
    "what the broker knows this uplink by; made of the gateway's identity if it is left out",
    FALSE },
  { "topic", OHM_SETTING_STRING, 0, OHM_MQTT_ROOT_MAX, "ohmnibus/{gateway}", NULL,
    "what all topics begin with; {gateway} stands for the gateway's identity", FALSE },
  { "retain-info", OHM_SETTING_BOOLEAN, 0, 0, "true", NULL,
    "publish a retained description of each place", FALSE },
  { "discovery", OHM_SETTING_CHOICE, 0, 0, "off", "off|home-assistant",
    "publish what makes the places appear in a home automation by themselves", FALSE },
  { "discovery-prefix", OHM_SETTING_STRING, 0, OHM_MQTT_ROOT_MAX, "homeassistant", NULL,
    "what topics of discovery begin with", FALSE },
  { "protocol", OHM_SETTING_CHOICE, 0, 0, "auto", "auto|3.1.1|5",
    "version of MQTT; auto begins with 5 and falls back to 3.1.1", FALSE },
  { "keep-alive", OHM_SETTING_DURATION, 10 * G_USEC_PER_SEC, OHM_MQTT_HOUR_US, "60s", NULL,
    "after how much silence both sides take the other for gone", FALSE },
  { "unheard", OHM_SETTING_CHOICE, 0, 0, "wait", "wait|pass",
    "what to do with quarter hours to which nobody has subscribed, where the broker tells (MQTT 5)",
    FALSE },
  { "durable", OHM_SETTING_BOOLEAN, 0, 0, "false", NULL,
    "the broker acknowledges only what is on its disk: nothing is sent a second time", FALSE },
  { NULL },
};
/* clang-format on */

const char *const ohm_mqtt_address_keys[] = { "host", "port", "topic", NULL };

static gboolean
ohm_mqtt_options_check_needs (OhmSettings *settings,
                              const char *key,
                              const char *needed,
                              GError **error)
{
  if (!ohm_settings_is_set (settings, key) || ohm_settings_is_set (settings, needed))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' needs '%s' too", key, needed);
  return FALSE;
}

static gboolean
ohm_mqtt_options_check_file (OhmSettings *settings, const char *key, GError **error)
{
  const char *path = ohm_settings_get_string (settings, key);

  if (path == NULL || g_path_is_absolute (path))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is '%s': expected a path from the root",
               key, path);
  return FALSE;
}

static gboolean
ohm_mqtt_options_check_tls (OhmSettings *settings, GError **error)
{
  static const char *const keys[] = { "ca-file", "cert-file", "key-file" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!ohm_mqtt_options_check_file (settings, keys[i], error))
        return FALSE;
      if (!ohm_settings_is_set (settings, keys[i]) || ohm_settings_get_boolean (settings, "tls"))
        continue;
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' means nothing with 'tls = false'",
                   keys[i]);
      return FALSE;
    }
  return ohm_mqtt_options_check_needs (settings, "cert-file", "key-file", error) &&
         ohm_mqtt_options_check_needs (settings, "key-file", "cert-file", error);
}

/* MQTT 3.1.1, 4.7: wildcards are for subscribing; an empty level is allowed there and no good. */
static gboolean
ohm_mqtt_options_check_topic (OhmSettings *settings, const char *key, GError **error)
{
  const char *topic = ohm_settings_get_string (settings, key);
  const char *reason = NULL;

  if (*topic == '\0' || g_str_has_prefix (topic, "/") || g_str_has_suffix (topic, "/") ||
      strstr (topic, "//") != NULL)
    reason = "expected names between single slashes, and none at the ends";
  else if (strpbrk (topic, "+#") != NULL)
    reason = "'+' and '#' are for subscribers";
  else if (!g_utf8_validate (topic, -1, NULL))
    reason = "expected UTF-8";
  if (reason == NULL)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is '%s': %s", key, topic, reason);
  return FALSE;
}

gboolean
ohm_mqtt_options_check (OhmSettings *settings, GError **error)
{
  return ohm_mqtt_options_check_tls (settings, error) &&
         ohm_mqtt_options_check_file (settings, "password-file", error) &&
         ohm_mqtt_options_check_needs (settings, "password-file", "user", error) &&
         ohm_mqtt_options_check_topic (settings, "topic", error) &&
         ohm_mqtt_options_check_topic (settings, "discovery-prefix", error);
}

gboolean
ohm_mqtt_options_takes_secret (OhmSettings *settings, const char *name, GError **error)
{
  if (!ohm_settings_is_set (settings, "password-file"))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "the %s is read from 'password-file': take that key away first if another is meant",
               name);
  return FALSE;
}

/* At most 23 letters and digits: what every server of MQTT 3.1.1 has to take (3.1.3.1). Begins like
 * the gateway's identity, so that it is recognised in the broker's log; the rest tells uplinks of
 * one gateway apart. */
static char *
ohm_mqtt_options_make_client_id (const char *gateway, const char *id)
{
  g_autofree char *whole = g_strconcat (gateway, "/", id, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, whole, -1);
  g_autoptr (GString) name = g_string_new ("ohm");

  for (const char *p = gateway; *p != '\0' && name->len < 15; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (name, *p);
  g_string_append_len (name, hash, 8);
  return g_strdup (name->str);
}

static char *
ohm_mqtt_options_expand (const char *topic, const char *gateway)
{
  g_autoptr (GString) text = g_string_new (topic);

  g_string_replace (text, OHM_MQTT_GATEWAY, gateway, 0);
  return g_strdup (text->str);
}

static OhmMqttProtocol
ohm_mqtt_options_get_protocol (OhmSettings *settings)
{
  const char *text = ohm_settings_get_string (settings, "protocol");

  if (strcmp (text, "5") == 0)
    return OHM_MQTT_PROTOCOL_5;
  return strcmp (text, "auto") == 0 ? OHM_MQTT_PROTOCOL_AUTO : OHM_MQTT_PROTOCOL_3_1_1;
}

static guint16
ohm_mqtt_options_get_port (OhmSettings *settings)
{
  if (ohm_settings_is_set (settings, "port"))
    return (guint16) ohm_settings_get_integer (settings, "port");
  return ohm_settings_get_boolean (settings, "tls") ? OHM_MQTT_PORT_TLS : OHM_MQTT_PORT_PLAIN;
}

OhmMqttOptions *
ohm_mqtt_options_new (OhmSettings *settings, const char *gateway, const char *id)
{
  OhmMqttOptions *self = g_rc_box_new0 (OhmMqttOptions);
  const char *client_id = ohm_settings_get_string (settings, "client-id");

  self->host = g_strdup (ohm_settings_get_string (settings, "host"));
  self->port = ohm_mqtt_options_get_port (settings);
  self->peer = g_strdup_printf (strchr (self->host, ':') != NULL ? "[%s]:%u" : "%s:%u", self->host,
                                self->port);
  self->is_tls = ohm_settings_get_boolean (settings, "tls");
  self->ca_file = g_strdup (ohm_settings_get_string (settings, "ca-file"));
  self->cert_file = g_strdup (ohm_settings_get_string (settings, "cert-file"));
  self->key_file = g_strdup (ohm_settings_get_string (settings, "key-file"));
  self->user = g_strdup (ohm_settings_get_string (settings, "user"));
  self->password_file = g_strdup (ohm_settings_get_string (settings, "password-file"));
  self->client_id = client_id != NULL ? g_strdup (client_id)
                                      : ohm_mqtt_options_make_client_id (gateway, id);
  self->protocol = ohm_mqtt_options_get_protocol (settings);
  self->keep_alive_s = (guint) (ohm_settings_get_duration_us (settings, "keep-alive") /
                                G_USEC_PER_SEC);
  self->root = ohm_mqtt_options_expand (ohm_settings_get_string (settings, "topic"), gateway);
  self->status_topic = g_strconcat (self->root, "/status", NULL);
  self->has_info = ohm_settings_get_boolean (settings, "retain-info");
  if (strcmp (ohm_settings_get_string (settings, "discovery"), "off") != 0)
    self->discovery_prefix = g_strdup (ohm_settings_get_string (settings, "discovery-prefix"));
  self->is_unheard_fine = strcmp (ohm_settings_get_string (settings, "unheard"), "pass") == 0;
  self->is_durable = ohm_settings_get_boolean (settings, "durable");
  return self;
}

static void
ohm_mqtt_options_clear (gpointer data)
{
  OhmMqttOptions *self = data;

  g_free (self->host);
  g_free (self->peer);
  g_free (self->ca_file);
  g_free (self->cert_file);
  g_free (self->key_file);
  g_free (self->user);
  g_free (self->password_file);
  g_free (self->client_id);
  g_free (self->root);
  g_free (self->status_topic);
  g_free (self->discovery_prefix);
}

OhmMqttOptions *
ohm_mqtt_options_ref (OhmMqttOptions *self)
{
  return g_rc_box_acquire (self);
}

void
ohm_mqtt_options_unref (OhmMqttOptions *self)
{
  g_rc_box_release_full (self, ohm_mqtt_options_clear);
}

char *
ohm_mqtt_options_dup_topic (const OhmMqttOptions *self, const char *place, const char *kind)
{
  return g_strconcat (self->root, "/places/", place, "/", kind, NULL);
}

static void
ohm_mqtt_options_fail_password (const char *path, const char *text, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new ("mqtt-password-file", "path", path, "text", text, NULL),
                         "%s: %s", path, text);
}

/* (nullable): why a descriptor is no place for a password */
static const char *
ohm_mqtt_options_judge_file (int fd)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return g_strerror (errno);
  if (!S_ISREG (status.st_mode))
    return "it is no regular file";
  if (status.st_mode & (S_IRWXO | S_IWGRP))
    return "others may read or change it";
  return NULL;
}

/* Anything may stand at that path: a pipe must not block, and a huge file not fill the memory. */
char *
ohm_mqtt_options_read_password (const OhmMqttOptions *self, GError **error)
{
  int fd = open (self->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  const char *text = fd < 0 ? g_strerror (errno) : ohm_mqtt_options_judge_file (fd);
  char *password = NULL;
  gssize n = 0;

  if (text == NULL)
    {
      password = g_malloc0 (OHM_SECRET_MAX);
      n = read (fd, password, OHM_SECRET_MAX - 1);
      if (n < 0)
        text = g_strerror (errno);
    }
  if (fd >= 0)
    close (fd);
  if (text != NULL)
    {
      ohm_mqtt_options_fail_password (self->password_file, text, error);
      g_clear_pointer (&password, ohm_secret_free);
      return NULL;
    }
  password[strcspn (password, "\r\n")] = '\0';
  return password;
}
