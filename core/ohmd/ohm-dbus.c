/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus.h"

#include "ohm-dbus-alarm.h"
#include "ohm-dbus-job.h"
#include "ohm-dbus-link.h"
#include "ohm-dbus-manager.h"
#include "ohm-dbus-meter.h"
#include "ohm-dbus-peers.h"
#include "ohm-dbus-place.h"
#include "ohm-dbus-plugin.h"
#include "ohm-dbus-profile.h"
#include "ohm-dbus-store.h"
#include "ohm-dbus-system.h"
#include "ohm-dbus-tree.h"
#include "ohm-dbus-uplink.h"
#include "ohm-log.h"

#define OHM_DBUS_RETRY_US (2 * G_USEC_PER_SEC)

/* Answers of org.freedesktop.DBus.RequestName, and its flag (D-Bus Specification 0.41). */
#define OHM_DBUS_NAME_DO_NOT_QUEUE  4
#define OHM_DBUS_NAME_PRIMARY_OWNER 1
#define OHM_DBUS_NAME_ALREADY_OWNER 4

struct _OhmDbus
{
  GObject parent_instance;

  OhmDbusParts parts; /* objects, strings and list owned */
  char *state_dir;    /* (owned) */
  char **plugin_dirs; /* (owned) */
  OhmBus *bus;        /* (owned) */
  gint64 started_us;
  char *address; /* (owned) (nullable) */
  gboolean is_system;
  GTask *start;              /* (owned) (nullable): until the name is owned */
  GCancellable *cancellable; /* (owned) (nullable): of the present attempt */
  OhmWatch *retry;           /* (owned) */

  GDBusConnection *connection; /* (owned) (nullable) */
  gulong closed_id;
  OhmDbusPeers *peers;     /* (owned) (nullable) */
  OhmDbusWatches *watches; /* (owned) (nullable) */
  OhmDbusQueries *queries; /* (owned) (nullable) */
  OhmDbusTree *tree;       /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (OhmDbus, ohm_dbus, G_TYPE_OBJECT)

static const OhmDbusAdapter *const ohm_dbus_adapters[] = {
  &ohm_dbus_manager_adapter, &ohm_dbus_alarm_adapter,  &ohm_dbus_store_adapter,
  &ohm_dbus_system_adapter,  &ohm_dbus_meter_adapter,  &ohm_dbus_place_adapter,
  &ohm_dbus_link_adapter,    &ohm_dbus_uplink_adapter, &ohm_dbus_plugin_adapter,
  &ohm_dbus_profile_adapter, &ohm_dbus_job_adapter,    NULL,
};

const OhmDbusAdapter *const *
ohm_dbus_get_adapters (void)
{
  return ohm_dbus_adapters;
}

const OhmDbusParts *
ohm_dbus_get_parts (OhmDbus *self)
{
  return &self->parts;
}

OhmDbusWatches *
ohm_dbus_get_watches (OhmDbus *self)
{
  return self->watches;
}

OhmDbusQueries *
ohm_dbus_get_queries (OhmDbus *self)
{
  return self->queries;
}

static void
ohm_dbus_on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (ohm_store_sync_finish (OHM_STORE (source), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, error);
}

void
ohm_dbus_return_kept (OhmDbus *self, GDBusMethodInvocation *invocation)
{
  ohm_store_sync_async (self->parts.store, ohm_dbus_on_kept, invocation);
}

gint64
ohm_dbus_get_started_us (OhmDbus *self)
{
  return self->started_us;
}

static void
ohm_dbus_on_meter_changed (const OhmChange *change, gpointer owner)
{
  OhmDbus *self = owner;
  GPtrArray *places = ohm_places_of_meter (self->parts.places, change->id);

  ohm_dbus_tree_touch (self->tree, &ohm_dbus_meter_adapter, change->id);
  /* what a wrong device measures is not recorded */
  for (guint i = 0; places != NULL && i < places->len; i++)
    ohm_dbus_tree_touch (self->tree, &ohm_dbus_place_adapter,
                         ((const OhmPlace *) g_ptr_array_index (places, i))->id);
}

/* The meter's list of places may have changed with it. */
static void
ohm_dbus_on_place_changed (const OhmChange *change, gpointer owner)
{
  OhmDbus *self = owner;
  OhmPlace *place = ohm_places_get (self->parts.places, change->id);

  ohm_dbus_tree_touch (self->tree, &ohm_dbus_place_adapter, change->id);
  if (place != NULL && place->meter != NULL)
    ohm_dbus_tree_touch (self->tree, &ohm_dbus_meter_adapter, place->meter);
}

static void
ohm_dbus_on_link_changed (const OhmChange *change, gpointer owner)
{
  ohm_dbus_tree_touch (((OhmDbus *) owner)->tree, &ohm_dbus_link_adapter, change->id);
}

static void
ohm_dbus_on_uplink_changed (const OhmChange *change, gpointer owner)
{
  ohm_dbus_tree_touch (((OhmDbus *) owner)->tree, &ohm_dbus_uplink_adapter, change->id);
}

/* A family that comes brings its profiles to life. */
static void
ohm_dbus_on_plugin_changed (const OhmChange *change, gpointer owner)
{
  OhmDbus *self = owner;

  ohm_dbus_tree_touch (self->tree, &ohm_dbus_plugin_adapter, change->id);
  ohm_dbus_tree_touch_all (self->tree, &ohm_dbus_profile_adapter);
}

static void
ohm_dbus_on_profile_changed (const OhmChange *change, gpointer owner)
{
  ohm_dbus_tree_touch (((OhmDbus *) owner)->tree, &ohm_dbus_profile_adapter, change->id);
}

static void
ohm_dbus_on_alarm (const OhmAlarm *alarm, gpointer owner)
{
  OhmDbus *self = owner;

  ohm_dbus_tree_emit (self->tree, &ohm_dbus_alarm_adapter, "Changed",
                      ohm_dbus_alarm_to_variant (alarm));
  ohm_dbus_tree_touch (self->tree, &ohm_dbus_alarm_adapter, /* id */ NULL);
}

/* Names, files and who is on which link change without a word of the meter itself. */
static void
ohm_dbus_announce_reload (OhmDbus *self)
{
  OhmConfig *config = ohm_site_get_config (self->parts.site);

  ohm_dbus_tree_touch_all (self->tree, &ohm_dbus_meter_adapter);
  ohm_dbus_tree_touch_all (self->tree, &ohm_dbus_link_adapter);
  ohm_dbus_tree_touch_all (self->tree, &ohm_dbus_uplink_adapter);
  ohm_dbus_tree_emit (self->tree, &ohm_dbus_manager_adapter, "ConfigReloaded",
                      g_variant_new ("(u)", config->errors->len));
}

static void
ohm_dbus_on_job_changed (OhmJobs *jobs, OhmJob *job, gboolean is_gone, gpointer user_data)
{
  OhmDbus *self = user_data;
  g_autofree char *id = g_strdup_printf ("%u", ohm_job_get_id (job));

  ohm_dbus_tree_touch (self->tree, &ohm_dbus_job_adapter, id);
}

static void
ohm_dbus_on_store_state (OhmStore *store, GParamSpec *pspec, gpointer user_data)
{
  ohm_dbus_tree_touch (((OhmDbus *) user_data)->tree, &ohm_dbus_store_adapter, /* id */ NULL);
}

static void
ohm_dbus_listen (OhmDbus *self)
{
  ohm_bus_connect_meter_changed (self->bus, "dbus", ohm_dbus_on_meter_changed, self);
  ohm_bus_connect_place_changed (self->bus, "dbus", ohm_dbus_on_place_changed, self);
  ohm_bus_connect_link_changed (self->bus, "dbus", ohm_dbus_on_link_changed, self);
  ohm_bus_connect_uplink_changed (self->bus, "dbus", ohm_dbus_on_uplink_changed, self);
  ohm_bus_connect_plugin_changed (self->bus, "dbus", ohm_dbus_on_plugin_changed, self);
  ohm_bus_connect_profile_changed (self->bus, "dbus", ohm_dbus_on_profile_changed, self);
  ohm_bus_connect_alarm (self->bus, "dbus", ohm_dbus_on_alarm, self);
  g_signal_connect (self->parts.jobs, "changed", G_CALLBACK (ohm_dbus_on_job_changed), self);
  g_signal_connect (self->parts.store, "notify::state", G_CALLBACK (ohm_dbus_on_store_state), self);
}

static void
ohm_dbus_on_vanished (OhmDbusPeers *peers, const char *name, gpointer user_data)
{
  ohm_dbus_watches_remove_peer (((OhmDbus *) user_data)->watches, name);
}

static void
ohm_dbus_leave (OhmDbus *self)
{
  if (self->tree != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->parts.jobs, self);
      g_signal_handlers_disconnect_by_data (self->parts.store, self);
    }
  ohm_bus_disconnect (self->bus, self);
  ohm_watch_set_deadline (self->retry, -1);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  /* Calls that wait for polkit hold nothing of us, but are answered by the dispose of the peers. */
  if (self->tree != NULL)
    ohm_dbus_tree_unexport (self->tree);
  if (self->queries != NULL)
    ohm_dbus_queries_stop (self->queries);
  if (self->watches != NULL)
    g_object_run_dispose (G_OBJECT (self->watches));
  if (self->peers != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->peers, self);
      g_object_run_dispose (G_OBJECT (self->peers));
    }
  g_clear_object (&self->tree);
  g_clear_object (&self->watches);
  g_clear_pointer (&self->queries, ohm_dbus_queries_unref);
  g_clear_object (&self->peers);
  if (self->connection != NULL)
    {
      g_clear_signal_handler (&self->closed_id, self->connection);
      g_dbus_connection_close (self->connection, NULL, NULL, NULL);
    }
  g_clear_object (&self->connection);
}

/* Nobody waits for a later attempt: it is made again until it works. */
static void
ohm_dbus_fail_take (OhmDbus *self, GError *error_take)
{
  g_autoptr (GError) error = error_take;
  g_autoptr (GTask) start = g_steal_pointer (&self->start);

  ohm_dbus_leave (self);
  if (start != NULL)
    {
      g_task_return_error (start, g_steal_pointer (&error));
      return;
    }
  ohm_log_info (NULL, NULL, "not on the bus: %s, retrying in 2 s", error->message);
  ohm_watch_set_deadline (self->retry,
                          ohm_clock_get_mono_us (ohm_site_get_clock (self->parts.site)) +
                            OHM_DBUS_RETRY_US);
}

static void
ohm_dbus_on_name (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmDbus *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result,
                                                               &error);
  g_autoptr (GTask) start = NULL;
  guint code = 0;

  if (ohm_error_is_cancelled (error))
    return;
  if (answer != NULL)
    g_variant_get (answer, "(u)", &code);
  if (code == OHM_DBUS_NAME_PRIMARY_OWNER || code == OHM_DBUS_NAME_ALREADY_OWNER)
    {
      start = g_steal_pointer (&self->start);
      if (start != NULL)
        g_task_return_boolean (start, TRUE);
      else
        ohm_log_message (NULL, NULL, "on the bus again");
      return;
    }
  if (error == NULL)
    error = g_error_new (OHM_ERROR, OHM_ERROR_EXISTS, "another ohmd has the name %s on this bus",
                         OHM_DBUS_NAME);
  ohm_dbus_fail_take (self, g_steal_pointer (&error));
}

static void
ohm_dbus_take_name (OhmDbus *self)
{
  GError *error = NULL;

  self->peers = ohm_dbus_peers_new (self->connection, self->is_system);
  g_signal_connect (self->peers, "vanished", G_CALLBACK (ohm_dbus_on_vanished), self);
  self->watches = ohm_dbus_watches_new (self->parts.site, self->connection);
  self->queries = ohm_dbus_queries_new (self->parts.store);
  self->tree = ohm_dbus_tree_new (self, ohm_dbus_adapters);
  ohm_dbus_listen (self);
  if (!ohm_dbus_tree_export (self->tree, self->connection, self->peers, &error))
    {
      ohm_dbus_fail_take (self, error);
      return;
    }
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "RequestName",
                          g_variant_new ("(su)", OHM_DBUS_NAME, OHM_DBUS_NAME_DO_NOT_QUEUE),
                          G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE,
                          /* timeout_msec */ -1, self->cancellable, ohm_dbus_on_name, self);
}

static void
ohm_dbus_on_config_reloaded (const OhmChange *change, gpointer owner)
{
  OhmDbus *self = owner;

  if (self->tree != NULL)
    ohm_dbus_announce_reload (self);
  else if (self->connection != NULL)
    ohm_dbus_take_name (self);
}

static void
ohm_dbus_on_closed (GDBusConnection *connection,
                    gboolean is_remote,
                    GError *error,
                    gpointer user_data)
{
  ohm_log_warning (NULL, NULL, "the bus went away, collecting without it and retrying");
  ohm_dbus_fail_take (user_data, error != NULL ? g_error_copy (error)
                                               : g_error_new (OHM_ERROR, OHM_ERROR_FAILED,
                                                              "the bus went away"));
}

static void
ohm_dbus_on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmDbus *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_for_address_finish (result,
                                                                                     &error);

  if (ohm_error_is_cancelled (error))
    return;
  if (connection == NULL)
    {
      g_prefix_error (&error, "no bus at %s: ", self->address);
      ohm_dbus_fail_take (self, g_error_new (OHM_ERROR, OHM_ERROR_FAILED, "%s", error->message));
      return;
    }
  self->connection = g_steal_pointer (&connection);
  self->closed_id = g_signal_connect (self->connection, "closed", G_CALLBACK (ohm_dbus_on_closed),
                                      self);
  ohm_bus_connect_config_reloaded (self->bus, "dbus", ohm_dbus_on_config_reloaded, self);
  if (ohm_site_get_config (self->parts.site) != NULL)
    ohm_dbus_take_name (self);
}

static void
ohm_dbus_connect (OhmDbus *self)
{
  self->cancellable = g_cancellable_new ();
  g_dbus_connection_new_for_address (self->address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     /* observer */ NULL, self->cancellable, ohm_dbus_on_connected,
                                     self);
}

static void
ohm_dbus_on_retry (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  ohm_dbus_connect (user_data);
}

/* As libdbus finds them, but without starting a bus that is not there. */
static char *
ohm_dbus_dup_address (OhmDbusBus bus, const char *address)
{
  const char *variable = bus == OHM_DBUS_SYSTEM ? "DBUS_SYSTEM_BUS_ADDRESS"
                                                : "DBUS_SESSION_BUS_ADDRESS";

  if (bus == OHM_DBUS_ADDRESS)
    return g_strdup (address);
  if (g_getenv (variable) != NULL)
    return g_strdup (g_getenv (variable));
  if (bus == OHM_DBUS_SYSTEM)
    return g_strdup ("unix:path=/run/dbus/system_bus_socket");
  return g_strdup_printf ("unix:path=%s/bus", g_get_user_runtime_dir ());
}

void
ohm_dbus_start_async (OhmDbus *self,
                      OhmDbusBus bus,
                      const char *address,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (OHM_IS_DBUS (self) && self->start == NULL && self->address == NULL);
  g_return_if_fail (bus != OHM_DBUS_ADDRESS || address != NULL);

  self->start = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (self->start, ohm_dbus_start_async);
  self->address = ohm_dbus_dup_address (bus, address);
  self->is_system = bus == OHM_DBUS_SYSTEM;
  ohm_dbus_connect (self);
}

gboolean
ohm_dbus_start_finish (OhmDbus *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
ohm_dbus_stop (OhmDbus *self)
{
  g_autoptr (GTask) start = NULL;

  g_return_if_fail (OHM_IS_DBUS (self));

  start = g_steal_pointer (&self->start);
  ohm_dbus_leave (self);
  if (start != NULL)
    g_task_return_new_error (start, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
}

static void
ohm_dbus_dispose (GObject *object)
{
  OhmDbus *self = OHM_DBUS (object);

  if (self->bus != NULL)
    ohm_dbus_stop (self);
  g_clear_pointer (&self->retry, ohm_watch_remove);
  g_clear_object (&self->bus);
  g_clear_object (&self->parts.site);
  g_clear_object (&self->parts.jobs);
  g_clear_object (&self->parts.store);
  g_clear_object (&self->parts.places);
  g_clear_object (&self->parts.recorder);
  g_clear_object (&self->parts.clocks);
  g_clear_object (&self->parts.uplinks);
  G_OBJECT_CLASS (ohm_dbus_parent_class)->dispose (object);
}

static void
ohm_dbus_finalize (GObject *object)
{
  OhmDbus *self = OHM_DBUS (object);

  g_free (self->state_dir);
  g_strfreev (self->plugin_dirs);
  g_free (self->address);
  G_OBJECT_CLASS (ohm_dbus_parent_class)->finalize (object);
}

static void
ohm_dbus_class_init (OhmDbusClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_dbus_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_dbus_finalize;
}

static void
ohm_dbus_init (OhmDbus *self)
{
}

OhmDbus *
ohm_dbus_new (const OhmDbusParts *parts)
{
  OhmDbus *self = NULL;
  OhmWatcher *watcher = NULL;

  g_return_val_if_fail (parts->site != NULL && parts->jobs != NULL, NULL);
  g_return_val_if_fail (parts->store != NULL && parts->places != NULL, NULL);
  g_return_val_if_fail (parts->clocks != NULL && parts->uplinks != NULL, NULL);
  g_return_val_if_fail (parts->follow != NULL, NULL);

  self = g_object_new (OHM_TYPE_DBUS, NULL);
  watcher = ohm_site_get_watcher (parts->site);
  self->state_dir = g_strdup (parts->state_dir);
  self->plugin_dirs = g_strdupv ((char **) (gsize) parts->plugin_dirs);
  self->parts.site = g_object_ref (parts->site);
  self->parts.jobs = g_object_ref (parts->jobs);
  self->parts.store = g_object_ref (parts->store);
  self->parts.places = g_object_ref (parts->places);
  self->parts.recorder = parts->recorder != NULL ? g_object_ref (parts->recorder) : NULL;
  self->parts.clocks = g_object_ref (parts->clocks);
  self->parts.follow = parts->follow;
  self->parts.uplinks = g_object_ref (parts->uplinks);
  self->parts.state_dir = self->state_dir;
  self->parts.plugin_dirs = (const char *const *) self->plugin_dirs;
  self->bus = g_object_ref (ohm_site_get_bus (parts->site));
  self->retry = ohm_watcher_add (watcher, -1, 0, ohm_dbus_on_retry, self);
  self->started_us = ohm_clock_get_wall_us (ohm_watcher_get_clock (watcher));
  return self;
}
