/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-watch.h"

#include "ohm-dbus-payload.h"

struct _OhmDbusWatch
{
  OhmClock *clock;     /* (owned) */
  OhmWatch *timer;     /* (owned) */
  GHashTable *meters;  /* (owned) (nullable) (element-type utf8): interned; NULL for all */
  GHashTable *noted;   /* (owned) (element-type utf8): interned */
  gint64 last_sent_us; /* monotonic; -1 before the first */
  OhmDbusWatchOptions options;
};

static void
ohm_dbus_watch_on_timer (OhmWatch *timer, OhmWatchEvents events, gpointer user_data)
{
  ohm_dbus_watch_flush (user_data);
}

OhmDbusWatch *
ohm_dbus_watch_new (OhmWatcher *watcher, const OhmDbusWatchOptions *options)
{
  OhmDbusWatch *self = NULL;

  g_return_val_if_fail (OHM_IS_WATCHER (watcher), NULL);
  g_return_val_if_fail (options->last != NULL && options->send != NULL, NULL);

  self = g_new0 (OhmDbusWatch, 1);
  self->clock = g_object_ref (ohm_watcher_get_clock (watcher));
  self->timer = ohm_watcher_add (watcher, -1, 0, ohm_dbus_watch_on_timer, self);
  self->noted = g_hash_table_new (NULL, NULL);
  self->last_sent_us = -1;
  self->options = *options;
  self->options.meters = NULL;
  if (options->meters != NULL && options->meters[0] != NULL)
    {
      self->meters = g_hash_table_new (NULL, NULL);
      for (guint i = 0; options->meters[i] != NULL; i++)
        g_hash_table_add (self->meters, (gpointer) (gsize) g_intern_string (options->meters[i]));
    }
  return self;
}

void
ohm_dbus_watch_free (OhmDbusWatch *self)
{
  ohm_watch_remove (self->timer);
  g_clear_pointer (&self->meters, g_hash_table_unref);
  g_hash_table_unref (self->noted);
  g_object_unref (self->clock);
  g_free (self);
}

static GVariant *
ohm_dbus_watch_new_array (const char *type, gconstpointer data, gsize n, gsize size)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE (type), n > 0 ? data : NULL, n, size);
}

static void
ohm_dbus_watch_add_arrays (GVariantBuilder *builder,
                           const OhmLastValues *last,
                           gboolean has_point_times)
{
  gsize n = last->points != NULL ? ohm_point_set_get_n (last->points) : 0;

  g_variant_builder_add (builder, "s", n > 0 ? ohm_point_set_get_id (last->points) : "");
  g_variant_builder_add (builder, "x", last->read_us);
  g_variant_builder_add_value (builder, ohm_dbus_watch_new_array ("t", last->cells, n, 8));
  g_variant_builder_add_value (builder, ohm_dbus_watch_new_array ("y", last->qualities, n, 1));
  g_variant_builder_add_value (builder, ohm_dbus_watch_new_array ("x", last->times_us,
                                                                  has_point_times ? n : 0, 8));
}

GVariant *
ohm_dbus_reading_new (const OhmLastValues *last)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("(sxatayax)"));

  ohm_dbus_watch_add_arrays (&builder, last, /* has_point_times */ TRUE);
  return g_variant_builder_end (&builder);
}

static gsize
ohm_dbus_watch_add_meter (OhmDbusWatch *self, GVariantBuilder *builder, const char *meter)
{
  OhmLastValues last = { 0 };

  if (!self->options.last (meter, &last, self->options.user_data))
    return 0;
  g_variant_builder_open (builder, G_VARIANT_TYPE ("(ssxatayax)"));
  g_variant_builder_add (builder, "s", meter);
  ohm_dbus_watch_add_arrays (builder, &last, self->options.has_point_times);
  g_variant_builder_close (builder);
  return 64 + (last.points != NULL ? ohm_point_set_get_n (last.points) : 0) *
                (self->options.has_point_times ? 17u : 9u);
}

/* Sends the first meters of @ids, as many as fit, and returns their number. */
static guint
ohm_dbus_watch_send_some (OhmDbusWatch *self, const char *const *ids, guint n)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssxatayax)"));
  gsize bytes = 0;
  guint i = 0;

  while (i < n && bytes < OHM_DBUS_INLINE_MAX)
    bytes += ohm_dbus_watch_add_meter (self, &builder, ids[i++]);
  if (bytes > 0)
    self->options.send (g_variant_new ("(a(ssxatayax))", &builder), self->options.user_data);
  return i;
}

void
ohm_dbus_watch_flush (OhmDbusWatch *self)
{
  g_autofree gpointer *ids = NULL;
  guint n = 0;

  g_return_if_fail (self != NULL);

  ohm_watch_set_deadline (self->timer, -1);
  self->last_sent_us = ohm_clock_get_mono_us (self->clock);
  ids = g_hash_table_get_keys_as_array (self->noted, &n);
  g_hash_table_remove_all (self->noted);
  for (guint sent = 0; sent < n;)
    sent += ohm_dbus_watch_send_some (self, (const char *const *) ids + sent, n - sent);
}

void
ohm_dbus_watch_mark (OhmDbusWatch *self, const char *meter)
{
  if (self->meters == NULL || g_hash_table_contains (self->meters, meter))
    g_hash_table_add (self->noted, (gpointer) (gsize) meter);
}

void
ohm_dbus_watch_note (OhmDbusWatch *self, const char *meter)
{
  gint64 due_us = 0;

  ohm_dbus_watch_mark (self, meter);
  if (g_hash_table_size (self->noted) == 0 || ohm_watch_get_deadline (self->timer) >= 0)
    return;
  due_us = self->last_sent_us + self->options.pause_us;
  if (self->last_sent_us < 0 || due_us <= ohm_clock_get_mono_us (self->clock))
    ohm_dbus_watch_flush (self);
  else
    ohm_watch_set_deadline (self->timer, due_us);
}
