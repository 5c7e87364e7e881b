/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-connection.h"
#include "ohmctl-watch.h"
#include "ohmctl-words.h"

/* Meters come and go in bursts: the list is asked for once per burst. */
#define LIST_DELAY_MS 50

#define N_SUBSCRIPTIONS 4

struct _OhmctlWatchFeed
{
  OhmctlContext *context;
  OhmctlWatchModel *model;
  char **ids; /* (owned) */
  guint min_ms;
  const OhmctlWatchEvents *events;
  gpointer data;
  guint subscriptions[N_SUBSCRIPTIONS];
  guint name_watch;
  guint list_id;
  gboolean is_started;
};

OhmctlWatchFeed *
ohmctl_watch_feed_new (OhmctlContext *context,
                       OhmctlWatchModel *model,
                       const char *const *ids,
                       guint min_ms,
                       const OhmctlWatchEvents *events,
                       gpointer data)
{
  OhmctlWatchFeed *self = g_new0 (OhmctlWatchFeed, 1);

  self->context = context;
  self->model = model;
  self->ids = ohmctl_words_dup (ids);
  self->min_ms = min_ms;
  self->events = events;
  self->data = data;
  return self;
}

static void
ohmctl_watch_feed_unsubscribe (OhmctlWatchFeed *self)
{
  for (guint i = 0; i < N_SUBSCRIPTIONS; i++)
    {
      if (self->subscriptions[i] != 0)
        g_dbus_connection_signal_unsubscribe (self->context->bus, self->subscriptions[i]);
      self->subscriptions[i] = 0;
    }
  g_clear_handle_id (&self->list_id, g_source_remove);
}

void
ohmctl_watch_feed_free (OhmctlWatchFeed *self)
{
  ohmctl_watch_feed_unsubscribe (self);
  g_clear_handle_id (&self->name_watch, g_bus_unwatch_name);
  g_strfreev (self->ids);
  g_free (self);
}

static void
ohmctl_watch_feed_tell_batch (OhmctlWatchFeed *self)
{
  if (self->events->batch != NULL)
    self->events->batch (self->data);
}

static void
ohmctl_watch_feed_on_readings (GDBusConnection *bus,
                               const char *sender,
                               const char *path,
                               const char *interface,
                               const char *name,
                               GVariant *arguments,
                               gpointer data)
{
  OhmctlWatchFeed *self = data;
  g_autoptr (GVariant) readings = NULL;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(a(ssxatayax))")))
    return;
  readings = g_variant_get_child_value (arguments, 0);
  ohmctl_watch_model_take (self->model, readings, self->events->reading, self->data);
  ohmctl_watch_feed_tell_batch (self);
}

static void
ohmctl_watch_feed_on_changed (GDBusConnection *bus,
                              const char *sender,
                              const char *path,
                              const char *interface,
                              const char *name,
                              GVariant *arguments,
                              gpointer data)
{
  OhmctlWatchFeed *self = data;
  g_autoptr (GVariant) changed = NULL;
  const char *id;

  if (!g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(sa{sv}as)")))
    return;
  changed = g_variant_get_child_value (arguments, 1);
  id = ohmctl_watch_model_update (self->model, path, changed);
  if (id != NULL && self->events->state != NULL)
    self->events->state (id, self->data);
  ohmctl_watch_feed_tell_batch (self);
}

static gboolean
ohmctl_watch_feed_on_list (gpointer data)
{
  OhmctlWatchFeed *self = data;

  self->list_id = 0;
  if (ohmctl_watch_model_list (self->model, /* error */ NULL))
    ohmctl_watch_feed_tell_batch (self);
  return G_SOURCE_REMOVE;
}

static void
ohmctl_watch_feed_on_objects (GDBusConnection *bus,
                              const char *sender,
                              const char *path,
                              const char *interface,
                              const char *name,
                              GVariant *arguments,
                              gpointer data)
{
  OhmctlWatchFeed *self = data;

  if (self->list_id == 0)
    self->list_id = g_timeout_add (LIST_DELAY_MS, ohmctl_watch_feed_on_list, self);
}

static guint
ohmctl_watch_feed_subscribe (OhmctlWatchFeed *self,
                             const char *interface,
                             const char *name,
                             const char *argument,
                             GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->context->bus, self->context->owner, interface,
                                             name,
                                             /* path */ NULL, argument, G_DBUS_SIGNAL_FLAGS_NONE,
                                             callback, self, /* free */ NULL);
}

static void
ohmctl_watch_feed_subscribe_all (OhmctlWatchFeed *self)
{
  self->subscriptions[0] = ohmctl_watch_feed_subscribe (self, OHM_DBUS_NAME ".Manager", "Readings",
                                                        /* argument */ NULL,
                                                        ohmctl_watch_feed_on_readings);
  self->subscriptions[1] = ohmctl_watch_feed_subscribe (self, "org.freedesktop.DBus.Properties",
                                                        "PropertiesChanged", OHM_DBUS_NAME ".Meter",
                                                        ohmctl_watch_feed_on_changed);
  self->subscriptions[2] = ohmctl_watch_feed_subscribe (self, "org.freedesktop.DBus.ObjectManager",
                                                        "InterfacesAdded", /* argument */ NULL,
                                                        ohmctl_watch_feed_on_objects);
  self->subscriptions[3] = ohmctl_watch_feed_subscribe (self, "org.freedesktop.DBus.ObjectManager",
                                                        "InterfacesRemoved", /* argument */ NULL,
                                                        ohmctl_watch_feed_on_objects);
}

static gboolean
ohmctl_watch_feed_ask (OhmctlWatchFeed *self, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (!ohmctl_watch_model_list (self->model, error))
    return FALSE;
  g_variant_builder_add (&options, "{sv}", "point-times", g_variant_new_boolean (TRUE));
  reply = ohmctl_connection_call (self->context, OHM_DBUS_PATH, "Manager.Watch",
                                  g_variant_new ("(^asua{sv})", self->ids, self->min_ms, &options),
                                  "(o)", error);
  return reply != NULL;
}

/* Subscribes first, so that nothing is missed. After a failure nothing stays of it, and the next
 * daemon is looked for anew. */
static gboolean
ohmctl_watch_feed_open (OhmctlWatchFeed *self, GError **error)
{
  if (!ohmctl_connection_open (self->context, error))
    return FALSE;
  ohmctl_watch_feed_subscribe_all (self);
  if (ohmctl_watch_feed_ask (self, error))
    return TRUE;
  ohmctl_watch_feed_unsubscribe (self);
  g_clear_pointer (&self->context->owner, g_free);
  return FALSE;
}

static void
ohmctl_watch_feed_on_vanished (GDBusConnection *bus, const char *name, gpointer data)
{
  OhmctlWatchFeed *self = data;

  if (!self->is_started)
    return;
  self->is_started = FALSE;
  ohmctl_watch_feed_unsubscribe (self);
  g_clear_pointer (&self->context->owner, g_free);
  if (self->events->gone != NULL)
    self->events->gone (self->data);
}

static void
ohmctl_watch_feed_on_appeared (GDBusConnection *bus,
                               const char *name,
                               const char *owner,
                               gpointer data)
{
  OhmctlWatchFeed *self = data;

  if (self->is_started)
    return;
  self->is_started = ohmctl_watch_feed_open (self, /* error */ NULL);
  if (self->is_started && self->events->back != NULL)
    self->events->back (self->data);
}

gboolean
ohmctl_watch_feed_start (OhmctlWatchFeed *self, GError **error)
{
  if (!ohmctl_watch_feed_open (self, error))
    return FALSE;
  self->is_started = TRUE;
  self->name_watch = g_bus_watch_name_on_connection (self->context->bus, OHM_DBUS_NAME,
                                                     G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                     ohmctl_watch_feed_on_appeared,
                                                     ohmctl_watch_feed_on_vanished, self,
                                                     /* free */ NULL);
  return TRUE;
}
