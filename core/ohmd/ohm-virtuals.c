/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtuals.h"

#include "ohm-slot.h"

/* After the window of a slot: gaps that grow are not announced, so they are looked for. */
#define SWEEP_US (40 * G_USEC_PER_SEC)

struct _OhmVirtuals
{
  GObject parent_instance;

  OhmSite *site;     /* (owned) */
  OhmPlaces *places; /* (owned) */
  OhmStore *store;   /* (owned) */
  GHashTable *all;   /* (owned) (element-type utf8 OhmVirtual): by meter */
  OhmWatch *refresh; /* (owned): what is known changed in this turn */
  OhmWatch *sweep;   /* (owned) */
  gboolean is_stopped;
};

G_DEFINE_FINAL_TYPE (OhmVirtuals, ohm_virtuals, G_TYPE_OBJECT)

static void
ohm_virtuals_schedule (OhmVirtuals *self)
{
  if (!self->is_stopped)
    ohm_watch_set_deadline (self->refresh, ohm_clock_get_mono_us (ohm_site_get_clock (self->site)));
}

/* (nullable): what the meter is a sum of */
static const char *
ohm_virtuals_get_sum (OhmMeterHost *host)
{
  return host != NULL && ohm_meter_host_is_virtual (host)
           ? ohm_settings_get_string (ohm_meter_host_get_config (host)->settings, "sum")
           : NULL;
}

/* Forgets those that are gone, or a sum of something else. */
static void
ohm_virtuals_drop (OhmVirtuals *self)
{
  GHashTableIter iter;
  gpointer id, virtual;

  g_hash_table_iter_init (&iter, self->all);
  while (g_hash_table_iter_next (&iter, &id, &virtual))
    if (g_strcmp0 (ohm_virtuals_get_sum (ohm_site_find_meter (self->site, id)),
                   ohm_virtual_get_sum (virtual)) != 0)
      g_hash_table_iter_remove (&iter);
}

static void
ohm_virtuals_add (OhmVirtuals *self)
{
  GPtrArray *meters = ohm_site_get_meters (self->site);

  for (guint i = 0; i < meters->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (meters, i);
      const char *sum = ohm_virtuals_get_sum (host);
      const char *id = ohm_meter_host_get_id (host);

      if (sum != NULL && !g_hash_table_contains (self->all, id))
        g_hash_table_insert (self->all, g_strdup (id),
                             ohm_virtual_new (self->site, self->places, self->store, id, sum));
    }
}

static void
ohm_virtuals_on_refresh (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmVirtuals *self = user_data;
  GHashTableIter iter;
  gpointer virtual;

  ohm_virtuals_drop (self);
  ohm_virtuals_add (self);
  g_hash_table_iter_init (&iter, self->all);
  while (g_hash_table_iter_next (&iter, NULL, &virtual))
    if (ohm_virtual_refresh (virtual))
      ohm_virtuals_schedule (self);
}

static void
ohm_virtuals_arm_sweep (OhmVirtuals *self)
{
  OhmClock *clock = ohm_site_get_clock (self->site);
  const OhmConfig *config = ohm_site_get_config (self->site);
  gint64 after_us = SWEEP_US + OHM_SLOT_WINDOW_US;
  gint64 wall_us = ohm_clock_get_wall_us (clock);

  if (config != NULL)
    after_us = SWEEP_US + ohm_settings_get_duration_us (config->daemon, "slot-window");
  ohm_watch_set_deadline (self->sweep,
                          ohm_slot_to_mono_us (clock,
                                               ohm_slot_after (wall_us - after_us) + after_us));
}

static void
ohm_virtuals_on_sweep (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmVirtuals *self = user_data;
  GHashTableIter iter;
  gpointer virtual;

  ohm_virtuals_arm_sweep (self);
  g_hash_table_iter_init (&iter, self->all);
  while (g_hash_table_iter_next (&iter, NULL, &virtual))
    ohm_virtual_catch_up (virtual);
}

static void
ohm_virtuals_on_change (const OhmChange *change, gpointer owner)
{
  ohm_virtuals_schedule (owner);
}

static void
ohm_virtuals_on_interval (const OhmRecord *record, gpointer owner)
{
  OhmVirtuals *self = owner;
  GHashTableIter iter;
  gpointer virtual;

  g_hash_table_iter_init (&iter, self->all);
  while (g_hash_table_iter_next (&iter, NULL, &virtual))
    ohm_virtual_take_record (virtual, record);
}

void
ohm_virtuals_stop (OhmVirtuals *self)
{
  g_return_if_fail (OHM_IS_VIRTUALS (self));

  self->is_stopped = TRUE;
  ohm_watch_set_deadline (self->refresh, -1);
  ohm_watch_set_deadline (self->sweep, -1);
  g_hash_table_remove_all (self->all);
}

static void
ohm_virtuals_dispose (GObject *object)
{
  OhmVirtuals *self = OHM_VIRTUALS (object);

  if (self->site != NULL)
    ohm_bus_disconnect (ohm_site_get_bus (self->site), self);
  g_hash_table_remove_all (self->all);
  g_clear_pointer (&self->refresh, ohm_watch_remove);
  g_clear_pointer (&self->sweep, ohm_watch_remove);
  g_clear_object (&self->places);
  g_clear_object (&self->store);
  g_clear_object (&self->site);

  G_OBJECT_CLASS (ohm_virtuals_parent_class)->dispose (object);
}

static void
ohm_virtuals_finalize (GObject *object)
{
  g_hash_table_unref (OHM_VIRTUALS (object)->all);

  G_OBJECT_CLASS (ohm_virtuals_parent_class)->finalize (object);
}

static void
ohm_virtuals_class_init (OhmVirtualsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ohm_virtuals_dispose;
  object_class->finalize = ohm_virtuals_finalize;
}

static void
ohm_virtuals_init (OhmVirtuals *self)
{
  self->all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

OhmVirtuals *
ohm_virtuals_new (OhmSite *site, OhmPlaces *places, OhmStore *store)
{
  OhmBus *bus;
  OhmVirtuals *self;

  g_return_val_if_fail (OHM_IS_SITE (site) && OHM_IS_PLACES (places), NULL);
  g_return_val_if_fail (OHM_IS_STORE (store), NULL);

  bus = ohm_site_get_bus (site);
  self = g_object_new (OHM_TYPE_VIRTUALS, NULL);
  self->site = g_object_ref (site);
  self->places = g_object_ref (places);
  self->store = g_object_ref (store);
  self->refresh = ohm_watcher_add (ohm_site_get_watcher (site), -1, 0, ohm_virtuals_on_refresh,
                                   self);
  self->sweep = ohm_watcher_add (ohm_site_get_watcher (site), -1, 0, ohm_virtuals_on_sweep, self);
  ohm_bus_connect_interval (bus, "virtual meters", ohm_virtuals_on_interval, self);
  ohm_bus_connect_config_reloaded (bus, "virtual meters", ohm_virtuals_on_change, self);
  ohm_bus_connect_place_changed (bus, "virtual meters", ohm_virtuals_on_change, self);
  ohm_virtuals_arm_sweep (self);
  return self;
}
