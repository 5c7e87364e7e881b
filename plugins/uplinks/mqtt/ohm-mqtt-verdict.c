/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-verdict.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>

/* Most bytes of the other side's words that are kept. */
#define OHM_MQTT_TEXT_MAX 200

typedef struct
{
  int reason;
  OhmVerdictKind kind;
  const char *code;
} OhmMqttReason;

/* CONNACK of MQTT 3.1.1, 3.2.2.3 */
static const OhmMqttReason ohm_mqtt_connack_3[] = {
  { CONNACK_REFUSED_PROTOCOL_VERSION, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { CONNACK_REFUSED_IDENTIFIER_REJECTED, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { CONNACK_REFUSED_SERVER_UNAVAILABLE, OHM_VERDICT_TRANSIENT, "mqtt-busy" },
  { CONNACK_REFUSED_BAD_USERNAME_PASSWORD, OHM_VERDICT_AUTH, "mqtt-refused" },
  { CONNACK_REFUSED_NOT_AUTHORIZED, OHM_VERDICT_AUTH, "mqtt-refused" },
};

/* CONNACK and DISCONNECT of MQTT 5, 2.4; what is not here is transient */
static const OhmMqttReason ohm_mqtt_reasons_5[] = {
  { MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_CLIENTID_NOT_VALID, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_BAD_USERNAME_OR_PASSWORD, OHM_VERDICT_AUTH, "mqtt-refused" },
  { MQTT_RC_NOT_AUTHORIZED, OHM_VERDICT_AUTH, "mqtt-refused" },
  { MQTT_RC_BANNED, OHM_VERDICT_AUTH, "mqtt-refused" },
  { MQTT_RC_BAD_AUTHENTICATION_METHOD, OHM_VERDICT_AUTH, "mqtt-refused" },
  { MQTT_RC_SESSION_TAKEN_OVER, OHM_VERDICT_TRANSIENT, "mqtt-taken-over" },
  { MQTT_RC_TOPIC_NAME_INVALID, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_PACKET_TOO_LARGE, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_RETAIN_NOT_SUPPORTED, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_QOS_NOT_SUPPORTED, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_USE_ANOTHER_SERVER, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
  { MQTT_RC_SERVER_MOVED, OHM_VERDICT_CONFIGURATION, "mqtt-set-up" },
};

/* PUBACK of MQTT 5, 3.4.2.1; what is not here is the broker's own trouble */
static const OhmMqttReason ohm_mqtt_puback[] = {
  { MQTT_RC_NOT_AUTHORIZED, OHM_VERDICT_CONFIGURATION, "mqtt-publish-refused" },
  { MQTT_RC_TOPIC_NAME_INVALID, OHM_VERDICT_CONFIGURATION, "mqtt-publish-refused" },
  { MQTT_RC_PACKET_ID_IN_USE, OHM_VERDICT_TRANSIENT, "mqtt-publish-refused" },
  { MQTT_RC_QUOTA_EXCEEDED, OHM_VERDICT_TRANSIENT, "mqtt-publish-refused" },
  { MQTT_RC_PACKET_TOO_LARGE, OHM_VERDICT_DATA, "mqtt-publish-refused" },
  { MQTT_RC_PAYLOAD_FORMAT_INVALID, OHM_VERDICT_DATA, "mqtt-publish-refused" },
};

static const OhmMqttReason *
ohm_mqtt_verdict_find (const OhmMqttReason *rows, gsize n, int reason)
{
  for (gsize i = 0; i < n; i++)
    if (rows[i].reason == reason)
      return &rows[i];
  return NULL;
}

/* What others wrote is cut and made printable before a person sees it. Of OpenSSL's
 * `error:0A000086:SSL routines::certificate verify failed` only the end is for people. */
static char *
ohm_mqtt_verdict_clean (const char *text)
{
  const char *routines = strstr (text, "routines::");
  g_autofree char *cut = g_strndup (routines != NULL ? strchr (routines, ':') + 2 : text,
                                    OHM_MQTT_TEXT_MAX);
  char *valid = g_utf8_make_valid (cut, -1);

  for (char *p = valid; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  g_strchomp (valid);
  if (g_str_has_suffix (valid, "."))
    valid[strlen (valid) - 1] = '\0'; /* the sentence that it goes into has its own */
  return valid;
}

static OhmVerdict *
ohm_mqtt_verdict_new (OhmVerdictKind kind, const char *code, const char *peer, const char *text)
{
  g_autofree char *clean = text != NULL ? ohm_mqtt_verdict_clean (text) : NULL;
  OhmVerdict *self;

  self = ohm_verdict_new (kind, ohm_message_new (code, "peer", peer, clean != NULL ? "text" : NULL,
                                                 clean, NULL));
  self->text = g_steal_pointer (&clean);
  return self;
}

static OhmVerdict *
ohm_mqtt_verdict_of_reason (const OhmMqttReason *row, int reason, gboolean is_v5, const char *peer)
{
  const char *text = is_v5 ? mosquitto_reason_string (reason) : mosquitto_connack_string (reason);
  OhmVerdict *self;

  if (row != NULL)
    self = ohm_mqtt_verdict_new (row->kind, row->code, peer, text);
  else
    self = ohm_mqtt_verdict_new (OHM_VERDICT_TRANSIENT, "mqtt-busy", peer, text);
  self->status = reason;
  return self;
}

static OhmVerdict *
ohm_mqtt_verdict_of_answer (const OhmMqttFailure *failure, int reason, const char *peer)
{
  const OhmMqttReason *row;

  if (failure->is_v5)
    row = ohm_mqtt_verdict_find (ohm_mqtt_reasons_5, G_N_ELEMENTS (ohm_mqtt_reasons_5), reason);
  else
    row = ohm_mqtt_verdict_find (ohm_mqtt_connack_3, G_N_ELEMENTS (ohm_mqtt_connack_3), reason);
  return ohm_mqtt_verdict_of_reason (row, reason, failure->is_v5, peer);
}

/* A broken handshake is a matter of certificates, or of what listens there: a person has to look.
 */
static gboolean
ohm_mqtt_verdict_is_tls (const OhmMqttFailure *failure)
{
  return failure->rc == MOSQ_ERR_TLS || failure->rc == MOSQ_ERR_TLS_HANDSHAKE ||
         (failure->text != NULL && strstr (failure->text, "SSL routines") != NULL &&
          !failure->was_up);
}

static const char *
ohm_mqtt_verdict_describe (const OhmMqttFailure *failure)
{
  if (failure->text != NULL)
    return failure->text;
  if (failure->rc == MOSQ_ERR_EAI)
    return gai_strerror (failure->code);
  if (failure->rc == MOSQ_ERR_ERRNO)
    return failure->code != 0 ? g_strerror (failure->code) : NULL;
  if (failure->rc == MOSQ_ERR_TIMEOUT || failure->rc == MOSQ_ERR_SUCCESS)
    return NULL;
  return mosquitto_strerror (failure->rc);
}

OhmVerdict *
ohm_mqtt_verdict_of_failure (const OhmMqttFailure *failure, const char *peer)
{
  const char *text = ohm_mqtt_verdict_describe (failure);

  if (failure->message != NULL)
    return ohm_verdict_new (OHM_VERDICT_CONFIGURATION, ohm_message_ref (failure->message));
  if (failure->connack > 0)
    return ohm_mqtt_verdict_of_answer (failure, failure->connack, peer);
  if (failure->disconnect >= 0x80)
    return ohm_mqtt_verdict_of_answer (failure, failure->disconnect, peer);
  if (ohm_mqtt_verdict_is_tls (failure))
    return ohm_mqtt_verdict_new (OHM_VERDICT_CONFIGURATION, "mqtt-tls", peer, text);
  if (failure->rc == MOSQ_ERR_PAYLOAD_SIZE)
    return ohm_mqtt_verdict_new (OHM_VERDICT_TRANSIENT, "mqtt-flood", peer, NULL);
  if (failure->rc == MOSQ_ERR_INVAL)
    return ohm_mqtt_verdict_new (OHM_VERDICT_CONFIGURATION, "mqtt-set-up", peer, text);
  if (failure->was_up)
    return ohm_mqtt_verdict_new (OHM_VERDICT_TRANSIENT, "mqtt-lost", peer, text);
  if (failure->rc == MOSQ_ERR_ERRNO || failure->rc == MOSQ_ERR_EAI)
    return ohm_mqtt_verdict_new (OHM_VERDICT_TRANSIENT, "mqtt-unreachable", peer, text);
  return ohm_mqtt_verdict_new (OHM_VERDICT_TRANSIENT, "mqtt-no-answer", peer, text);
}

gboolean
ohm_mqtt_verdict_is_version (const OhmMqttFailure *failure)
{
  return failure->connack == CONNACK_REFUSED_PROTOCOL_VERSION ||
         failure->connack == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION;
}

gboolean
ohm_mqtt_verdict_is_hang_up (const OhmMqttFailure *failure)
{
  return failure->rc == MOSQ_ERR_CONN_LOST && failure->connack < 0 && !failure->was_up;
}

OhmVerdict *
ohm_mqtt_verdict_of_publish (int reason, const char *topic, const char *peer)
{
  const OhmMqttReason *row = ohm_mqtt_verdict_find (ohm_mqtt_puback, G_N_ELEMENTS (ohm_mqtt_puback),
                                                    reason);
  OhmVerdictKind kind = row != NULL ? row->kind : OHM_VERDICT_UNCLEAR;
  g_autofree char *text = ohm_mqtt_verdict_clean (mosquitto_reason_string (reason));
  OhmVerdict *self;

  self = ohm_verdict_new (kind, ohm_message_new ("mqtt-publish-refused", "peer", peer, "topic",
                                                 topic, "text", text, NULL));
  self->text = g_steal_pointer (&text);
  self->status = reason;
  return self;
}

OhmVerdict *
ohm_mqtt_verdict_copy (const OhmVerdict *self)
{
  OhmVerdict *copy;

  if (self == NULL)
    return NULL;
  copy = g_new0 (OhmVerdict, 1);
  *copy = *self;
  copy->message = self->message != NULL ? ohm_message_ref (self->message) : NULL;
  copy->text = g_strdup (self->text);
  return copy;
}
