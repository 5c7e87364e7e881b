/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Keys of `[mqtt]`; those that say which destination it is. */
extern const OhmSettingSpec ohm_mqtt_settings[];
extern const char *const ohm_mqtt_address_keys[];

/* What of `[mqtt]` cannot go together; the vfunc `check`. */
gboolean ohm_mqtt_options_check (OhmSettings *settings, GError **error);

/* Whether a secret that a person types is sent, with what to do instead; likewise. */
gboolean ohm_mqtt_options_takes_secret (OhmSettings *settings, const char *name, GError **error);

/*
 * OhmMqttProtocol: which MQTT is spoken. `auto` begins with 5, and falls back for good once the
 * broker does not know it.
 */
typedef enum
{
  OHM_MQTT_PROTOCOL_AUTO,
  OHM_MQTT_PROTOCOL_3_1_1,
  OHM_MQTT_PROTOCOL_5,
} OhmMqttProtocol;

/*
 * OhmMqttOptions:
 * @host: the broker
 * @port: its port
 * @peer: both, for people
 * @ca_file: (nullable): certificates that are trusted instead of the system's
 * @cert_file: (nullable): our certificate
 * @key_file: (nullable): ... and its key
 * @user: (nullable): user name
 * @password_file: (nullable): file with the password, instead of a secret
 * @client_id: what the broker knows us by
 * @root: what all our topics begin with, without a slash at the end
 * @status_topic: topic of availability
 * @discovery_prefix: (nullable): of Home Assistant's discovery; %NULL for none
 *
 * The settings of `[mqtt]`, ready to use.
 */
typedef struct
{
  char *host;
  guint16 port;
  char *peer;
  gboolean is_tls;
  char *ca_file;
  char *cert_file;
  char *key_file;
  char *user;
  char *password_file;
  char *client_id;
  OhmMqttProtocol protocol;
  guint keep_alive_s;
  char *root;
  char *status_topic;
  gboolean has_info;
  char *discovery_prefix;
  gboolean is_unheard_fine;
  gboolean is_durable;
} OhmMqttOptions;

/* @gateway and @id: of the uplink */
OhmMqttOptions *ohm_mqtt_options_new (OhmSettings *settings, const char *gateway, const char *id);
/* Held on the main thread; read anywhere. */
OhmMqttOptions *ohm_mqtt_options_ref (OhmMqttOptions *self);
void ohm_mqtt_options_unref (OhmMqttOptions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMqttOptions, ohm_mqtt_options_unref)

/* (transfer full): `ROOT/places/PLACE/KIND` */
char *ohm_mqtt_options_dup_topic (const OhmMqttOptions *self, const char *place, const char *kind);

/* (transfer full) (nullable): the password in the file, to be freed with ohm_secret_free(). The
 * error carries its cause. */
char *ohm_mqtt_options_read_password (const OhmMqttOptions *self, GError **error);

G_END_DECLS
