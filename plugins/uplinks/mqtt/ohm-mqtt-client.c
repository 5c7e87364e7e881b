/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ohm-mqtt-payload.h"

/* From the connected socket to the broker's word that we are welcome. */
#define OHM_MQTT_CLIENT_PATIENCE_US (30 * G_USEC_PER_SEC)
/* Most bytes that a broker may send without acknowledging anything of ours: we have subscribed to
 * nothing. libmosquitto itself would take a packet of 256 MB. */
#define OHM_MQTT_CLIENT_UNASKED_MAX (64 * 1024)
/* The kernel's share of that: what is not read yet. */
#define OHM_MQTT_CLIENT_RECEIVE_BYTES (16 * 1024)
/* More than the connection ever has under way: libmosquitto's own limit is the broker's. */
#define OHM_MQTT_CLIENT_SEND_MAX    1024
#define OHM_MQTT_CLIENT_CA_PATH     "/etc/ssl/certs"
#define OHM_MQTT_CLIENT_VERIFY_PEER 1 /* SSL_VERIFY_PEER of OpenSSL */

typedef struct
{
  int mid;
  int reason;
} OhmMqttAck;

struct _OhmMqttClient
{
  struct mosquitto *mosq; /* (owned); the worker's as long as there is one */
  OhmMqttFailure failure;
  OhmWatcher *watcher;     /* (owned) */
  OhmWorker *worker;       /* (owned) (nullable): while it connects */
  OhmMqttOptions *options; /* (owned) */
  char *password;          /* (owned) (nullable): until it is set up */
  const OhmMqttClientEvents *events;
  gpointer user_data;

  OhmWatch *watch;    /* (nullable) */
  int fd;             /* a duplicate of libmosquitto's: that one may be closed at any call */
  gboolean is_closed; /* by its owner */
  gboolean is_over;
  gboolean is_announced; /* `up` was told */
  gboolean is_unasked;   /* the broker sends messages */
  GArray *acks;          /* (owned) (element-type OhmMqttAck): not told yet */
  guint64 received;      /* bytes at the last acknowledgement */
};

void
ohm_mqtt_message_clear (OhmMqttMessage *self)
{
  g_clear_pointer (&self->topic, g_free);
  g_clear_pointer (&self->payload, g_free);
}

static gpointer
ohm_mqtt_client_init_library (gpointer data)
{
  mosquitto_lib_init ();
  /* OpenSSL writes with write(): a broker that has gone must not end the process. GIO ignores the
   * signal from its first socket on. */
  g_type_class_unref (g_type_class_ref (G_TYPE_SOCKET));
  return NULL;
}

static void
ohm_mqtt_client_clear (gpointer data)
{
  OhmMqttClient *self = data;

  if (self->mosq != NULL)
    mosquitto_destroy (self->mosq);
  if (self->fd >= 0)
    close (self->fd);
  g_clear_object (&self->worker);
  g_clear_object (&self->watcher);
  g_array_unref (self->acks);
  g_clear_pointer (&self->failure.message, ohm_message_unref);
  g_free (self->failure.text);
  g_clear_pointer (&self->password, ohm_secret_free);
  g_clear_pointer (&self->options, ohm_mqtt_options_unref);
}

static void
ohm_mqtt_client_unref (OhmMqttClient *self)
{
  g_rc_box_release_full (self, ohm_mqtt_client_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMqttClient, ohm_mqtt_client_unref)

/* The callbacks of libmosquitto only take notes: what they mean is told once it has returned. */

static void
ohm_mqtt_client_on_connect (struct mosquitto *mosq,
                            void *data,
                            int reason,
                            int flags,
                            const mosquitto_property *properties)
{
  OhmMqttClient *self = data;

  self->failure.connack = reason;
}

static void
ohm_mqtt_client_on_disconnect (struct mosquitto *mosq,
                               void *data,
                               int reason,
                               const mosquitto_property *properties)
{
  OhmMqttClient *self = data;

  if (reason >= MQTT_RC_UNSPECIFIED)
    self->failure.disconnect = reason;
}

static void
ohm_mqtt_client_on_publish (struct mosquitto *mosq,
                            void *data,
                            int mid,
                            int reason,
                            const mosquitto_property *properties)
{
  OhmMqttClient *self = data;
  OhmMqttAck ack = { .mid = mid, .reason = reason };

  g_array_append_val (self->acks, ack);
}

static void
ohm_mqtt_client_on_message (struct mosquitto *mosq,
                            void *data,
                            const struct mosquitto_message *message)
{
  OhmMqttClient *self = data;

  self->is_unasked = TRUE;
}

/* The first complaint is the cause; those that follow are its consequences. */
static void
ohm_mqtt_client_on_log (struct mosquitto *mosq, void *data, int level, const char *text)
{
  OhmMqttClient *self = data;

  if (level == MOSQ_LOG_ERR && self->failure.text == NULL)
    self->failure.text = g_strdup (g_str_has_prefix (text, "Error: ") ? text + 7 : text);
}

/* OpenSSL would ask at the terminal for the password of an encrypted key. */
static int
ohm_mqtt_client_on_key_password (char *buffer, int size, int is_writing, void *data)
{
  return 0;
}

/* The system's certificates, or those of a file alone; TLS 1.2 or newer; the name is verified. */
static int
ohm_mqtt_client_set_tls (OhmMqttClient *self, const OhmMqttOptions *options)
{
  int rc = MOSQ_ERR_SUCCESS;

  if (!options->is_tls)
    return rc;
  if (options->ca_file == NULL)
    rc = mosquitto_int_option (self->mosq, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_tls_set (self->mosq, options->ca_file,
                            options->ca_file == NULL ? OHM_MQTT_CLIENT_CA_PATH : NULL,
                            options->cert_file, options->key_file, ohm_mqtt_client_on_key_password);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_tls_opts_set (self->mosq, OHM_MQTT_CLIENT_VERIFY_PEER, "tlsv1.2",
                                 /* ciphers */ NULL);
  if (rc == MOSQ_ERR_INVAL && self->failure.text == NULL)
    self->failure.text = g_strdup ("a certificate or key file cannot be read");
  return rc;
}

static void
ohm_mqtt_client_set_callbacks (OhmMqttClient *self)
{
  mosquitto_connect_v5_callback_set (self->mosq, ohm_mqtt_client_on_connect);
  mosquitto_disconnect_v5_callback_set (self->mosq, ohm_mqtt_client_on_disconnect);
  mosquitto_publish_v5_callback_set (self->mosq, ohm_mqtt_client_on_publish);
  mosquitto_message_callback_set (self->mosq, ohm_mqtt_client_on_message);
  mosquitto_log_callback_set (self->mosq, ohm_mqtt_client_on_log);
}

/* Read anew for each connection. Returns: %FALSE with the failure noted */
static gboolean
ohm_mqtt_client_read_password (OhmMqttClient *self)
{
  g_autoptr (GError) error = NULL;

  if (self->options->password_file == NULL)
    return TRUE;
  g_clear_pointer (&self->password, ohm_secret_free);
  self->password = ohm_mqtt_options_read_password (self->options, &error);
  if (error != NULL)
    self->failure.message = ohm_message_new_from_error (error);
  return error == NULL;
}

static int
ohm_mqtt_client_set_up (OhmMqttClient *self)
{
  const OhmMqttOptions *options = self->options;
  int rc;

  if (!ohm_mqtt_client_read_password (self))
    return MOSQ_ERR_INVAL;
  self->mosq = mosquitto_new (options->client_id, /* clean_session */ true, self);
  if (self->mosq == NULL)
    return MOSQ_ERR_INVAL;
  ohm_mqtt_client_set_callbacks (self);
  rc = mosquitto_int_option (self->mosq, MOSQ_OPT_PROTOCOL_VERSION,
                             self->failure.is_v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_int_option (self->mosq, MOSQ_OPT_SEND_MAXIMUM, OHM_MQTT_CLIENT_SEND_MAX);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_int_option (self->mosq, MOSQ_OPT_TCP_NODELAY, 1);
  if (rc == MOSQ_ERR_SUCCESS && options->user != NULL)
    rc = mosquitto_username_pw_set (self->mosq, options->user, self->password);
  g_clear_pointer (&self->password, ohm_secret_free);
  if (rc == MOSQ_ERR_SUCCESS)
    rc = mosquitto_will_set (self->mosq, options->status_topic, strlen (OHM_MQTT_OFFLINE),
                             OHM_MQTT_OFFLINE, 1, /* retain */ true);
  return rc == MOSQ_ERR_SUCCESS ? ohm_mqtt_client_set_tls (self, options) : rc;
}

/* Says that it is over; not from inside a function that the owner called. */
static void
ohm_mqtt_client_end (OhmMqttClient *self)
{
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->is_closed || self->is_over)
    return;
  self->is_over = TRUE;
  self->events->down (&self->failure, self->user_data);
}

/* @rc: what libmosquitto just returned; errno is still of that. The first failure counts. */
static void
ohm_mqtt_client_note (OhmMqttClient *self, int rc)
{
  int code = rc == MOSQ_ERR_ERRNO ? errno : 0;

  if (rc == MOSQ_ERR_SUCCESS || self->failure.rc != MOSQ_ERR_SUCCESS)
    return;
  self->failure.rc = rc;
  self->failure.code = code;
}

/* Bytes that came since the connection began, TLS included. */
static guint64
ohm_mqtt_client_count_received (OhmMqttClient *self)
{
  struct tcp_info info = { 0 };
  socklen_t size = sizeof info;

  return getsockopt (self->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_bytes_received
                                                                         : self->received;
}

static gboolean
ohm_mqtt_client_is_flooded (OhmMqttClient *self)
{
  return ohm_mqtt_client_count_received (self) - self->received > OHM_MQTT_CLIENT_UNASKED_MAX;
}

static void
ohm_mqtt_client_tell_acks (OhmMqttClient *self)
{
  g_autoptr (GArray) acks = g_steal_pointer (&self->acks);

  self->acks = g_array_new (FALSE, FALSE, sizeof (OhmMqttAck));
  if (acks->len > 0)
    self->received = ohm_mqtt_client_count_received (self);
  for (guint i = 0; i < acks->len && !self->is_closed; i++)
    {
      const OhmMqttAck *ack = &g_array_index (acks, OhmMqttAck, i);

      self->events->acked (ack->mid, ack->reason, self->user_data);
    }
}

/* libmosquitto looks at its own clock then, and sends a ping or gives up. Often enough for a broker
 * of MQTT 5 that told it a third of our time. */
static gint64
ohm_mqtt_client_next_tick (OhmMqttClient *self)
{
  return ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher)) +
         self->options->keep_alive_s * G_USEC_PER_SEC / 6;
}

/* Availability first: what follows is read by those who know that we are there. */
static void
ohm_mqtt_client_announce (OhmMqttClient *self)
{
  self->is_announced = TRUE;
  self->failure.was_up = TRUE;
  g_clear_pointer (&self->failure.text, g_free);
  ohm_mqtt_client_note (self,
                        mosquitto_publish (self->mosq, /* mid */ NULL, self->options->status_topic,
                                           strlen (OHM_MQTT_ONLINE), OHM_MQTT_ONLINE,
                                           /* qos */ 1, /* retain */ true));
  ohm_watch_set_deadline (self->watch, ohm_mqtt_client_next_tick (self));
  self->events->up (self->user_data);
}

/* After each call into libmosquitto: tells what its callbacks noted. */
static void
ohm_mqtt_client_settle (OhmMqttClient *self)
{
  if (self->is_unasked)
    ohm_mqtt_client_note (self, MOSQ_ERR_PAYLOAD_SIZE);
  if (!self->is_announced && self->failure.connack == 0 && self->failure.rc == MOSQ_ERR_SUCCESS)
    ohm_mqtt_client_announce (self);
  if (!self->is_closed)
    ohm_mqtt_client_tell_acks (self);
  if (self->is_closed)
    return;
  if (self->failure.rc != MOSQ_ERR_SUCCESS || mosquitto_socket (self->mosq) < 0)
    ohm_mqtt_client_end (self);
  else
    ohm_watch_set_events (self->watch, mosquitto_want_write (self->mosq)
                                         ? OHM_WATCH_READ | OHM_WATCH_WRITE
                                         : OHM_WATCH_READ);
}

static void
ohm_mqtt_client_on_deadline (OhmMqttClient *self)
{
  if (!self->is_announced)
    {
      ohm_mqtt_client_note (self, MOSQ_ERR_TIMEOUT);
      return;
    }
  ohm_mqtt_client_note (self, mosquitto_loop_misc (self->mosq));
  ohm_watch_set_deadline (self->watch, ohm_mqtt_client_next_tick (self));
}

static void
ohm_mqtt_client_on_readable (OhmMqttClient *self)
{
  if (!ohm_mqtt_client_is_flooded (self))
    ohm_mqtt_client_note (self, mosquitto_loop_read (self->mosq, /* max_packets */ 1));
  else
    ohm_mqtt_client_note (self, MOSQ_ERR_PAYLOAD_SIZE);
}

static void
ohm_mqtt_client_on_watch (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  g_autoptr (OhmMqttClient) self = g_rc_box_acquire (user_data);

  if (events & OHM_WATCH_DEADLINE)
    ohm_mqtt_client_on_deadline (self);
  if (events & (OHM_WATCH_READ | OHM_WATCH_ERROR) && self->failure.rc == MOSQ_ERR_SUCCESS)
    ohm_mqtt_client_on_readable (self);
  if (events & OHM_WATCH_WRITE && self->failure.rc == MOSQ_ERR_SUCCESS)
    ohm_mqtt_client_note (self, mosquitto_loop_write (self->mosq, /* max_packets */ 1));
  ohm_mqtt_client_settle (self);
}

/* The socket is connected: the main loop drives it from here on. */
static void
ohm_mqtt_client_adopt (OhmMqttClient *self)
{
  const int bytes = OHM_MQTT_CLIENT_RECEIVE_BYTES;
  int fd = mosquitto_socket (self->mosq);

  fcntl (fd, F_SETFD, FD_CLOEXEC);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  if (self->fd < 0)
    {
      ohm_mqtt_client_note (self, MOSQ_ERR_ERRNO);
      ohm_mqtt_client_end (self);
      return;
    }
  self->watch = ohm_watcher_add (self->watcher, self->fd, OHM_WATCH_READ, ohm_mqtt_client_on_watch,
                                 self);
  ohm_watch_set_deadline (self->watch,
                          ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher)) +
                            OHM_MQTT_CLIENT_PATIENCE_US);
  ohm_mqtt_client_settle (self);
}

/* On the worker's thread, which owns the instance meanwhile. */
static void
ohm_mqtt_client_connect (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmMqttClient *self = data;

  self->failure.rc = ohm_mqtt_client_set_up (self);
  if (self->failure.rc == MOSQ_ERR_SUCCESS)
    {
      self->failure.rc = mosquitto_connect (self->mosq, self->options->host, self->options->port,
                                            (int) self->options->keep_alive_s);
      self->failure.code = errno; /* of MOSQ_ERR_EAI the resolver's own */
    }
  g_task_return_boolean (task, TRUE);
}

static void
ohm_mqtt_client_on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (OhmMqttClient) self = user_data;

  g_clear_object (&self->worker);
  if (self->is_closed)
    return;
  if (self->failure.rc == MOSQ_ERR_SUCCESS)
    ohm_mqtt_client_adopt (self);
  else
    ohm_mqtt_client_end (self);
}

/* A worker of its own for each attempt: idle, an uplink has no thread, and an attempt that hangs in
 * a name server holds up nobody else. */
static void
ohm_mqtt_client_start (OhmMqttClient *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, /* cancellable */ NULL, ohm_mqtt_client_on_connected,
                                       g_rc_box_acquire (self));

  g_task_set_source_tag (task, ohm_mqtt_client_start);
  g_task_set_task_data (task, self, NULL);
  self->worker = ohm_worker_new ("ohm-mqtt", ohm_watcher_get_clock (self->watcher));
  ohm_worker_run (self->worker, OHM_WORKER_COMMIT, task, ohm_mqtt_client_connect);
}

OhmMqttClient *
ohm_mqtt_client_new (OhmMqttOptions *options,
                     const char *password,
                     gboolean is_v5,
                     OhmWatcher *watcher,
                     const OhmMqttClientEvents *events,
                     gpointer user_data)
{
  static GOnce once = G_ONCE_INIT;
  OhmMqttClient *self = g_rc_box_new0 (OhmMqttClient);

  g_once (&once, ohm_mqtt_client_init_library, NULL);
  self->fd = -1;
  self->failure.is_v5 = is_v5;
  self->failure.connack = -1;
  self->watcher = g_object_ref (watcher);
  self->events = events;
  self->user_data = user_data;
  self->acks = g_array_new (FALSE, FALSE, sizeof (OhmMqttAck));
  self->options = ohm_mqtt_options_ref (options);
  self->password = g_strdup (password);
  ohm_mqtt_client_start (self);
  return self;
}

/* With a broker that does not read, the goodbye is not sent, and the broker publishes the will. */
static void
ohm_mqtt_client_say_goodbye (OhmMqttClient *self)
{
  mosquitto_publish (self->mosq, /* mid */ NULL, self->options->status_topic,
                     strlen (OHM_MQTT_OFFLINE), OHM_MQTT_OFFLINE, /* qos */ 0, /* retain */ true);
  mosquitto_disconnect (self->mosq);
}

void
ohm_mqtt_client_close (OhmMqttClient *self)
{
  g_return_if_fail (!self->is_closed);

  self->is_closed = TRUE;
  g_clear_pointer (&self->watch, ohm_watch_remove);
  if (self->is_announced && self->failure.rc == MOSQ_ERR_SUCCESS)
    ohm_mqtt_client_say_goodbye (self);
  ohm_mqtt_client_unref (self);
}

OhmMqttClientSent
ohm_mqtt_client_publish (OhmMqttClient *self, const OhmMqttMessage *message, int *ret_mid)
{
  gsize size = strlen (message->payload);
  int rc;

  g_return_val_if_fail (self->is_announced && size <= G_MAXINT, OHM_MQTT_CLIENT_OVER);

  if (self->failure.rc != MOSQ_ERR_SUCCESS)
    return OHM_MQTT_CLIENT_OVER;
  rc = mosquitto_publish (self->mosq, ret_mid, message->topic, (int) size, message->payload,
                          message->qos, message->is_retained);
  if (rc == MOSQ_ERR_OVERSIZE_PACKET || rc == MOSQ_ERR_RETAIN_NOT_SUPPORTED ||
      rc == MOSQ_ERR_QOS_NOT_SUPPORTED || rc == MOSQ_ERR_PAYLOAD_SIZE)
    return OHM_MQTT_CLIENT_REFUSED;
  ohm_mqtt_client_note (self, rc);
  /* what is noted now is told in the next turn */
  ohm_watch_set_events (self->watch, OHM_WATCH_READ | OHM_WATCH_WRITE);
  return rc == MOSQ_ERR_SUCCESS ? OHM_MQTT_CLIENT_SENT : OHM_MQTT_CLIENT_OVER;
}

gboolean
ohm_mqtt_client_is_congested (OhmMqttClient *self)
{
  return mosquitto_want_write (self->mosq);
}
