/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-watches.h"

#include <string.h>

#include "ohm-dbus-path.h"
#include "ohm-dbus-watch.h"

struct _OhmDbusWatches
{
  GObject parent_instance;

  OhmSite *site;               /* (owned) */
  GDBusConnection *connection; /* (owned) */
  GPtrArray *rows;             /* (owned) (element-type OhmDbusWatchesRow) */
  guint last_number;
};

typedef struct
{
  OhmDbusWatches *owner;
  char *peer;          /* (owned) */
  char *path;          /* (owned) */
  OhmDbusWatch *watch; /* (owned) */
} OhmDbusWatchesRow;

G_DEFINE_FINAL_TYPE (OhmDbusWatches, ohm_dbus_watches, G_TYPE_OBJECT)

static void
ohm_dbus_watches_row_free (gpointer data)
{
  OhmDbusWatchesRow *row = data;

  g_clear_pointer (&row->watch, ohm_dbus_watch_free);
  g_free (row->peer);
  g_free (row->path);
  g_free (row);
}

static gboolean
ohm_dbus_watches_on_last (const char *meter, OhmLastValues *ret_last, gpointer user_data)
{
  OhmDbusWatchesRow *row = user_data;
  OhmMeterHost *host = ohm_site_find_meter (row->owner->site, meter);

  if (host == NULL)
    return FALSE;
  ohm_meter_host_get_last (host, ret_last);
  return ret_last->points != NULL;
}

static void
ohm_dbus_watches_on_send (GVariant *readings, gpointer user_data)
{
  OhmDbusWatchesRow *row = user_data;
  g_autoptr (GVariant) owned = g_variant_ref_sink (readings);

  g_dbus_connection_emit_signal (row->owner->connection, row->peer, row->path,
                                 OHM_DBUS_NAME ".Manager", "Readings", owned,
                                 /* error: closed, which is noticed elsewhere */ NULL);
}

static void
ohm_dbus_watches_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmDbusWatches *self = owner;

  for (guint i = 0; i < self->rows->len; i++)
    {
      OhmDbusWatchesRow *row = self->rows->pdata[i];

      ohm_dbus_watch_note (row->watch, ohm_reading_get_meter (reading));
    }
}

static gboolean
ohm_dbus_watches_check (OhmDbusWatches *self, const OhmDbusWatchesRequest *request, GError **error)
{
  guint n_meters = g_strv_length ((char **) (gsize) request->meters);
  guint n_of_peer = 0;

  for (guint i = 0; i < self->rows->len; i++)
    n_of_peer += strcmp (((OhmDbusWatchesRow *) self->rows->pdata[i])->peer, request->peer) == 0;
  if (n_of_peer >= OHM_DBUS_WATCHES_PER_PEER_MAX || self->rows->len >= OHM_DBUS_WATCHES_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY,
                   "%u watches, %u of this caller: at most %u and %u", self->rows->len, n_of_peer,
                   (guint) OHM_DBUS_WATCHES_MAX, (guint) OHM_DBUS_WATCHES_PER_PEER_MAX);
      return FALSE;
    }
  /* More names than meters cannot be right, and each one is looked for. */
  if (n_meters > ohm_site_get_meters (self->site)->len)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "there are no %u meters", n_meters);
      return FALSE;
    }
  for (guint i = 0; i < n_meters; i++)
    if (ohm_site_find_meter (self->site, request->meters[i]) == NULL)
      {
        g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no meter '%s'", request->meters[i]);
        return FALSE;
      }
  return TRUE;
}

const char *
ohm_dbus_watches_add (OhmDbusWatches *self, const OhmDbusWatchesRequest *request, GError **error)
{
  OhmDbusWatchesRow *row = NULL;
  OhmDbusWatchOptions options = { 0 };
  g_autofree char *number = NULL;

  g_return_val_if_fail (OHM_IS_DBUS_WATCHES (self), NULL);

  if (!ohm_dbus_watches_check (self, request, error))
    return NULL;
  row = g_new0 (OhmDbusWatchesRow, 1);
  number = g_strdup_printf ("%u", ++self->last_number);
  row->owner = self;
  row->peer = g_strdup (request->peer);
  row->path = ohm_dbus_path_build ("watches", number);
  options.meters = request->meters;
  options.pause_us = request->pause_us;
  options.has_point_times = request->has_point_times;
  options.last = ohm_dbus_watches_on_last;
  options.send = ohm_dbus_watches_on_send;
  options.user_data = row;
  row->watch = ohm_dbus_watch_new (ohm_site_get_watcher (self->site), &options);
  if (self->rows->len == 0)
    ohm_bus_connect_reading (ohm_site_get_bus (self->site), "dbus-watches",
                             ohm_dbus_watches_on_reading, self);
  g_ptr_array_add (self->rows, row);
  return row->path;
}

static OhmDbusWatchesRow *
ohm_dbus_watches_find (OhmDbusWatches *self, const char *path)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      OhmDbusWatchesRow *row = self->rows->pdata[i];

      if (strcmp (row->path, path) == 0)
        return row;
    }
  return NULL;
}

void
ohm_dbus_watches_send_all (OhmDbusWatches *self, const char *path)
{
  OhmDbusWatchesRow *row = NULL;
  GPtrArray *meters = NULL;

  g_return_if_fail (OHM_IS_DBUS_WATCHES (self));

  row = ohm_dbus_watches_find (self, path);
  g_return_if_fail (row != NULL);
  meters = ohm_site_get_meters (self->site);
  for (guint i = 0; i < meters->len; i++)
    ohm_dbus_watch_mark (row->watch, g_intern_string (ohm_meter_host_get_id (meters->pdata[i])));
  ohm_dbus_watch_flush (row->watch);
}

static void
ohm_dbus_watches_forget (OhmDbusWatches *self, OhmDbusWatchesRow *row)
{
  g_ptr_array_remove (self->rows, row);
  if (self->rows->len == 0)
    ohm_bus_disconnect (ohm_site_get_bus (self->site), self);
}

gboolean
ohm_dbus_watches_remove (OhmDbusWatches *self, const char *peer, const char *path, GError **error)
{
  OhmDbusWatchesRow *row = NULL;

  g_return_val_if_fail (OHM_IS_DBUS_WATCHES (self), FALSE);

  row = ohm_dbus_watches_find (self, path);
  if (row == NULL || strcmp (row->peer, peer) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "the caller has no watch '%s'", path);
      return FALSE;
    }
  ohm_dbus_watches_forget (self, row);
  return TRUE;
}

void
ohm_dbus_watches_remove_peer (OhmDbusWatches *self, const char *peer)
{
  g_return_if_fail (OHM_IS_DBUS_WATCHES (self));

  for (guint i = self->rows->len; i > 0; i--)
    {
      OhmDbusWatchesRow *row = self->rows->pdata[i - 1];

      if (strcmp (row->peer, peer) == 0)
        ohm_dbus_watches_forget (self, row);
    }
}

guint
ohm_dbus_watches_get_n (OhmDbusWatches *self)
{
  g_return_val_if_fail (OHM_IS_DBUS_WATCHES (self), 0);
  return self->rows->len;
}

static void
ohm_dbus_watches_dispose (GObject *object)
{
  OhmDbusWatches *self = OHM_DBUS_WATCHES (object);

  if (self->site != NULL)
    ohm_bus_disconnect (ohm_site_get_bus (self->site), self);
  g_ptr_array_set_size (self->rows, 0);
  g_clear_object (&self->site);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (ohm_dbus_watches_parent_class)->dispose (object);
}

static void
ohm_dbus_watches_finalize (GObject *object)
{
  g_ptr_array_unref (OHM_DBUS_WATCHES (object)->rows);
  G_OBJECT_CLASS (ohm_dbus_watches_parent_class)->finalize (object);
}

static void
ohm_dbus_watches_class_init (OhmDbusWatchesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_dbus_watches_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_dbus_watches_finalize;
}

static void
ohm_dbus_watches_init (OhmDbusWatches *self)
{
  self->rows = g_ptr_array_new_with_free_func (ohm_dbus_watches_row_free);
}

OhmDbusWatches *
ohm_dbus_watches_new (OhmSite *site, GDBusConnection *connection)
{
  OhmDbusWatches *self = NULL;

  g_return_val_if_fail (OHM_IS_SITE (site), NULL);

  self = g_object_new (OHM_TYPE_DBUS_WATCHES, NULL);
  self->site = g_object_ref (site);
  self->connection = g_object_ref (connection);
  return self;
}
