/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-uplink.h"

#include "ohm-mqtt-payload.h"
#include "ohm-mqtt-places.h"

#define OHM_MQTT_SECRET_PASSWORD "password"

struct _OhmMqttUplink
{
  OhmUplink parent_instance;

  OhmMqttOptions *options;       /* (owned) */
  OhmWatcher *watcher;           /* (owned) */
  OhmMqttConnection *connection; /* (owned) */
  OhmMqttPlaces *places;         /* (owned) */
  GError *secret_error;          /* (owned) (nullable): why the password could not be looked up */
  guint n_lookups;               /* the newest one counts */
};

/* A batch or samples on their way. */
typedef struct
{
  OhmMqttUplink *uplink; /* (unowned): the task's source */
  OhmBatch *batch;       /* (owned) (nullable) */
  OhmSamples *samples;   /* (owned) (nullable) */
  guint next;            /* item that is made into letters next */
  GHashTable *last;      /* (owned) (nullable) (element-type utf8 guint): newest item of a place */
  GQueue letters;        /* (element-type OhmMqttLetter) */
  guint n_points;
  OhmMqttJob *job;
  GSource *cancel; /* (owned) (nullable) */
} OhmMqttShipment;

G_DEFINE_FINAL_TYPE (OhmMqttUplink, ohm_mqtt_uplink, OHM_TYPE_UPLINK)

static void
ohm_mqtt_shipment_free (gpointer data)
{
  OhmMqttShipment *self = data;

  if (self->cancel != NULL)
    {
      g_source_destroy (self->cancel);
      g_source_unref (self->cancel);
    }
  g_clear_pointer (&self->batch, ohm_batch_unref);
  g_clear_pointer (&self->samples, ohm_samples_unref);
  g_clear_pointer (&self->last, g_hash_table_unref);
  g_queue_clear_full (&self->letters, (GDestroyNotify) ohm_mqtt_letter_free);
  g_free (self);
}

/* The newest quarter hour of each place: what Home Assistant shall show once all is sent. */
static void
ohm_mqtt_shipment_find_last (OhmMqttShipment *self)
{
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (self->batch, &n);

  self->last = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n; i++)
    {
      gpointer other;

      if (items[i].record->is_gap)
        continue;
      if (!g_hash_table_lookup_extended (self->last, items[i].run->place, NULL, &other) ||
          items[GPOINTER_TO_UINT (other)].record->slot_us <= items[i].record->slot_us)
        g_hash_table_insert (self->last, items[i].run->place, GUINT_TO_POINTER (i));
    }
}

static gboolean
ohm_mqtt_shipment_is_last (OhmMqttShipment *self, const OhmBatchItem *item)
{
  gpointer last;

  return !item->record->is_gap &&
         g_hash_table_lookup_extended (self->last, item->run->place, NULL, &last) &&
         GPOINTER_TO_UINT (last) == self->next;
}

/* Returns FALSE when there is none left. */
static gboolean
ohm_mqtt_shipment_add_item (OhmMqttShipment *self, guint generation)
{
  guint n;
  const OhmBatchItem *items = ohm_batch_get_items (self->batch, &n);

  if (self->next >= n)
    return FALSE;
  self->n_points += ohm_mqtt_places_add_item (self->uplink->places, &items[self->next],
                                              ohm_mqtt_shipment_is_last (self, &items[self->next]),
                                              generation, &self->letters);
  self->next++;
  return TRUE;
}

static gboolean
ohm_mqtt_shipment_add_samples (OhmMqttShipment *self, guint generation)
{
  const OhmSample *first = &self->samples->items[self->next];
  guint n;

  if (self->next >= self->samples->n)
    return FALSE;
  n = ohm_mqtt_payload_count_alike (first, self->samples->n - self->next);
  ohm_mqtt_places_add_samples (self->uplink->places, first, n, generation, &self->letters);
  self->next += n;
  self->n_points += n;
  return TRUE;
}

static gboolean
ohm_mqtt_shipment_next (OhmMqttMessage *ret_message, OhmMqttRole *ret_role, gpointer user_data)
{
  OhmMqttShipment *self = g_task_get_task_data (user_data);
  guint generation = ohm_mqtt_connection_get_generation (self->uplink->connection);
  g_autofree OhmMqttLetter *letter = NULL;

  if (g_queue_is_empty (&self->letters) &&
      !(self->batch != NULL ? ohm_mqtt_shipment_add_item (self, generation)
                            : ohm_mqtt_shipment_add_samples (self, generation)))
    return FALSE;
  letter = g_queue_pop_head (&self->letters);
  *ret_message = letter->message;
  *ret_role = letter->role;
  return TRUE;
}

static void
ohm_mqtt_shipment_done (OhmVerdict *verdict, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmMqttShipment *self = g_task_get_task_data (task);

  verdict->n_points = self->n_points;
  if (self->cancel != NULL)
    g_source_destroy (self->cancel);
  g_task_return_pointer (task, verdict, (GDestroyNotify) ohm_verdict_free);
}

static gboolean
ohm_mqtt_shipment_on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmMqttShipment *self = g_task_get_task_data (task);

  ohm_mqtt_connection_cancel (self->uplink->connection, self->job);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static const OhmMqttSource ohm_mqtt_shipment_source = {
  .next = ohm_mqtt_shipment_next,
  .done = ohm_mqtt_shipment_done,
};

/* The task lives as long as its job; @self is its data. */
static void
ohm_mqtt_shipment_start (OhmMqttShipment *self, GTask *task, gboolean is_patient)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  g_task_set_task_data (task, self, ohm_mqtt_shipment_free);
  self->uplink = g_task_get_source_object (task);
  self->job = ohm_mqtt_connection_send (self->uplink->connection, &ohm_mqtt_shipment_source,
                                        is_patient, task);
  if (cancellable == NULL)
    return;
  self->cancel = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancel, G_SOURCE_FUNC (ohm_mqtt_shipment_on_cancelled), task, NULL);
  g_source_attach (self->cancel, g_task_get_context (task));
}

static void ohm_mqtt_uplink_look_up (OhmMqttUplink *self);

/* Returns TRUE if the password could not be looked up: it is tried again for the next time. */
static gboolean
ohm_mqtt_uplink_fail_secret (OhmMqttUplink *self, GTask *task)
{
  if (self->secret_error == NULL)
    return FALSE;
  g_task_return_pointer (task,
                         ohm_verdict_new (OHM_VERDICT_AUTH,
                                          ohm_message_new_from_error (self->secret_error)),
                         (GDestroyNotify) ohm_verdict_free);
  ohm_mqtt_uplink_look_up (self);
  return TRUE;
}

static void
ohm_mqtt_uplink_deliver_async (OhmUplink *uplink,
                               OhmBatch *batch,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  OhmMqttUplink *self = OHM_MQTT_UPLINK (uplink);
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);
  OhmMqttShipment *shipment;

  g_task_set_source_tag (task, ohm_mqtt_uplink_deliver_async);
  if (ohm_mqtt_uplink_fail_secret (self, task))
    return;
  shipment = g_new0 (OhmMqttShipment, 1);
  shipment->batch = ohm_batch_ref (batch);
  ohm_mqtt_shipment_find_last (shipment);
  ohm_mqtt_shipment_start (shipment, g_steal_pointer (&task), /* is_patient */ TRUE);
}

static void
ohm_mqtt_uplink_send_async (OhmUplink *uplink,
                            OhmSamples *samples,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (uplink, cancellable, callback, user_data);
  OhmMqttShipment *shipment = g_new0 (OhmMqttShipment, 1);

  g_task_set_source_tag (task, ohm_mqtt_uplink_send_async);
  shipment->samples = ohm_samples_ref (samples);
  ohm_mqtt_shipment_start (shipment, g_steal_pointer (&task), /* is_patient */ FALSE);
}

static OhmVerdict *
ohm_mqtt_uplink_finish (OhmUplink *uplink, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, uplink), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
ohm_mqtt_uplink_on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  OhmMqttUplink *self = g_task_get_source_object (task);
  guint number = GPOINTER_TO_UINT (g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;
  char *password = ohm_secrets_lookup_finish (OHM_SECRETS (source), result, &error);

  if (number == self->n_lookups && error != NULL)
    self->secret_error = g_steal_pointer (&error);
  else if (number == self->n_lookups)
    ohm_mqtt_connection_open (self->connection, password);
  ohm_secret_free (password);
  g_task_return_boolean (task, TRUE);
}

/* Without a user name there is nothing to look up, and nothing to unlock. The task keeps the
 * uplink until its secret has come. */
static void
ohm_mqtt_uplink_look_up (OhmMqttUplink *self)
{
  OhmUplink *uplink = OHM_UPLINK (self);
  GTask *task;

  g_clear_error (&self->secret_error);
  self->n_lookups++;
  if (self->options->user == NULL || self->options->password_file != NULL)
    {
      ohm_mqtt_connection_open (self->connection, /* password */ NULL);
      return;
    }
  ohm_mqtt_connection_wait (self->connection);
  task = g_task_new (self, /* cancellable */ NULL, /* callback */ NULL, NULL);
  g_task_set_source_tag (task, ohm_mqtt_uplink_look_up);
  g_task_set_task_data (task, GUINT_TO_POINTER (self->n_lookups), NULL);
  ohm_secrets_lookup_async (ohm_uplink_get_secrets (uplink), ohm_uplink_get_id (uplink),
                            OHM_MQTT_SECRET_PASSWORD, /* cancellable */ NULL,
                            ohm_mqtt_uplink_on_looked_up, task);
}

static void
ohm_mqtt_uplink_start (OhmUplink *uplink)
{
  OhmMqttUplink *self = OHM_MQTT_UPLINK (uplink);
  const char *gateway = ohm_uplink_get_gateway (uplink);

  self->options = ohm_mqtt_options_new (ohm_uplink_get_settings (uplink), gateway,
                                        ohm_uplink_get_id (uplink));
  self->watcher = ohm_watcher_new (ohm_uplink_get_clock (uplink), /* context */ NULL);
  self->places = ohm_mqtt_places_new (self->options, gateway);
  self->connection = ohm_mqtt_connection_new (self->options, self->watcher);
  ohm_mqtt_uplink_look_up (self);
}

static void
ohm_mqtt_uplink_secret_changed (OhmUplink *uplink, const char *name)
{
  OhmMqttUplink *self = OHM_MQTT_UPLINK (uplink);

  if (strcmp (name, OHM_MQTT_SECRET_PASSWORD) == 0)
    ohm_mqtt_uplink_look_up (self);
}

/* A consumer keeps one row per gateway, place and slot end: sending a record twice is harmless. */
static guint
ohm_mqtt_uplink_get_flags (OhmUplink *uplink)
{
  OhmSettings *settings = ohm_uplink_get_settings (uplink);

  return ohm_settings_get_boolean (settings, "durable") ? OHM_UPLINK_IDEMPOTENT | OHM_UPLINK_DURABLE
                                                        : OHM_UPLINK_IDEMPOTENT;
}

static void
ohm_mqtt_uplink_dispose (GObject *object)
{
  OhmMqttUplink *self = OHM_MQTT_UPLINK (object);

  g_clear_pointer (&self->connection, ohm_mqtt_connection_free);
  g_clear_object (&self->watcher);
  g_clear_error (&self->secret_error);
  G_OBJECT_CLASS (ohm_mqtt_uplink_parent_class)->dispose (object);
}

static void
ohm_mqtt_uplink_finalize (GObject *object)
{
  OhmMqttUplink *self = OHM_MQTT_UPLINK (object);

  ohm_mqtt_places_free (self->places);
  g_clear_pointer (&self->options, ohm_mqtt_options_unref);
  G_OBJECT_CLASS (ohm_mqtt_uplink_parent_class)->finalize (object);
}

static void
ohm_mqtt_uplink_class_init (OhmMqttUplinkClass *klass)
{
  static const OhmUplinkSecret secrets[] = {
    { OHM_MQTT_SECRET_PASSWORD, "password of the user at the broker" },
    { NULL },
  };
  OhmUplinkClass *uplink_class = OHM_UPLINK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ohm_mqtt_uplink_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_mqtt_uplink_finalize;
  uplink_class->settings_table = ohm_mqtt_settings;
  uplink_class->address_keys = ohm_mqtt_address_keys;
  uplink_class->secrets = secrets;
  uplink_class->check = ohm_mqtt_options_check;
  uplink_class->takes_secret = ohm_mqtt_options_takes_secret;
  uplink_class->get_flags = ohm_mqtt_uplink_get_flags;
  uplink_class->start = ohm_mqtt_uplink_start;
  uplink_class->secret_changed = ohm_mqtt_uplink_secret_changed;
  uplink_class->deliver_async = ohm_mqtt_uplink_deliver_async;
  uplink_class->deliver_finish = ohm_mqtt_uplink_finish;
  uplink_class->send_async = ohm_mqtt_uplink_send_async;
  uplink_class->send_finish = ohm_mqtt_uplink_finish;
}

static void
ohm_mqtt_uplink_init (OhmMqttUplink *self)
{
}

OHM_PLUGIN ("mqtt", "MQTT brokers, and Home Assistant", ohm_mqtt_uplink_get_type);
