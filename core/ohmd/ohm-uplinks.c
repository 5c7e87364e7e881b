/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-uplinks.h"

#include "ohm-gateway.h"
#include "ohm-log.h"
#include "ohm-store-uplink.h"
#include "ohm-uplink-alarm.h"

struct _OhmUplinks
{
  GObject parent_instance;

  OhmSite *site;       /* (owned) */
  OhmStore *store;     /* (owned) */
  char *state_dir;     /* (owned) */
  OhmPlaces *places;   /* (owned) */
  OhmSecrets *secrets; /* (owned) */
  char *gateway;       /* (owned) (nullable) */
  GPtrArray *hosts;    /* (owned) (element-type OhmUplinkHost) */
  gboolean was_loaded; /* what is new from now on was written by somebody just now */
};

G_DEFINE_FINAL_TYPE (OhmUplinks, ohm_uplinks, G_TYPE_OBJECT)

static void
ohm_uplinks_announce (OhmUplinks *self, const char *id, gboolean is_gone)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, is_gone);

  ohm_bus_emit_uplink_changed (ohm_site_get_bus (self->site), change);
}

static const char *
ohm_uplinks_need_gateway (OhmUplinks *self)
{
  g_autoptr (GError) error = NULL;

  if (self->gateway == NULL)
    self->gateway = ohm_gateway_load (self->state_dir, &error);
  if (error != NULL)
    ohm_log_warning ("uplink", "", "the identity of this gateway is not kept: %s", error->message);
  return self->gateway;
}

static OhmUplinkHost *
ohm_uplinks_make_host (OhmUplinks *self, OhmUplinkConfig *config)
{
  OhmUplinkHostSetup setup = {
    .config = config,
    .store = self->store,
    .bus = ohm_site_get_bus (self->site),
    .watcher = ohm_site_get_watcher (self->site),
    .places = self->places,
    .secrets = self->secrets,
  };

  if (ohm_uplink_config_is_enabled (config))
    setup.gateway = ohm_uplinks_need_gateway (self);
  return ohm_uplink_host_new (&setup);
}

static int
ohm_uplinks_compare (gconstpointer a, gconstpointer b)
{
  return strcmp (ohm_uplink_host_get_id (*(OhmUplinkHost *const *) a),
                 ohm_uplink_host_get_id (*(OhmUplinkHost *const *) b));
}

static void
ohm_uplinks_forget_id (OhmUplinks *self, const char *id)
{
  ohm_uplink_alarm_end (ohm_site_get_alarms (self->site), id);
  ohm_uplinks_announce (self, id, /* is_gone */ TRUE);
}

/* One that was renamed goes on at work, with what is on its way. */
static gboolean
ohm_uplinks_rename (OhmUplinks *self, OhmUplinkHost *host, OhmConfig *config)
{
  const char *kept = ohm_uplink_config_get_kept (ohm_uplink_host_get_config (host));
  OhmUplinkConfig *renamed = ohm_config_find_kept_uplink (config, kept);

  if (renamed == NULL || ohm_uplinks_find (self, renamed->id) != NULL ||
      !ohm_uplink_host_set_config (host, renamed))
    return FALSE;
  ohm_uplinks_announce (self, renamed->id, /* is_gone */ FALSE);
  return TRUE;
}

static void
ohm_uplinks_drop_changed (OhmUplinks *self, OhmConfig *config)
{
  for (guint i = self->hosts->len; i-- > 0;)
    {
      g_autoptr (OhmUplinkHost) host = g_object_ref (g_ptr_array_index (self->hosts, i));
      g_autofree char *id = g_strdup (ohm_uplink_host_get_id (host));
      OhmUplinkConfig *wanted = ohm_config_find_uplink (config, id);
      gboolean stays = wanted != NULL ? ohm_uplink_host_set_config (host, wanted)
                                      : ohm_uplinks_rename (self, host, config);

      if (!stays)
        {
          ohm_uplink_host_stop (host);
          g_ptr_array_remove_index (self->hosts, i);
        }
      if (wanted == NULL)
        ohm_uplinks_forget_id (self, id);
    }
}

static void
ohm_uplinks_add_new (OhmUplinks *self, OhmConfig *config)
{
  for (guint i = 0; i < config->uplinks->len; i++)
    {
      OhmUplinkConfig *wanted = g_ptr_array_index (config->uplinks, i);

      OhmUplinkHost *host;

      if (ohm_uplinks_find (self, wanted->id) != NULL)
        continue;
      host = ohm_uplinks_make_host (self, wanted);
      g_ptr_array_add (self->hosts, host);
      /* who has just written its file stands by */
      if (self->was_loaded)
        ohm_uplink_host_send_now (host, /* error */ NULL);
      ohm_uplinks_announce (self, wanted->id, /* is_gone */ FALSE);
    }
  g_ptr_array_sort (self->hosts, ohm_uplinks_compare);
}

static void
ohm_uplinks_on_config_reloaded (const OhmChange *change, gpointer owner)
{
  OhmUplinks *self = owner;
  OhmConfig *config = ohm_site_get_config (self->site);

  ohm_uplinks_drop_changed (self, config);
  ohm_uplinks_add_new (self, config);
  self->was_loaded = TRUE;
}

static void
ohm_uplinks_on_uplink_changed (const OhmChange *change, gpointer owner)
{
  OhmUplinks *self = owner;
  OhmUplinkHost *host = ohm_uplinks_find (self, change->id);

  if (host != NULL)
    ohm_uplink_alarm_update (ohm_site_get_alarms (self->site), host,
                             ohm_clock_get_wall_us (ohm_site_get_clock (self->site)));
}

OhmUplinks *
ohm_uplinks_new (const OhmUplinksSetup *setup)
{
  OhmUplinks *self = g_object_new (OHM_TYPE_UPLINKS, NULL);
  OhmBus *bus = ohm_site_get_bus (setup->site);

  self->site = g_object_ref (setup->site);
  self->store = g_object_ref (setup->store);
  self->places = g_object_ref (setup->places);
  self->secrets = g_object_ref (setup->secrets);
  self->state_dir = g_strdup (setup->state_dir);
  ohm_bus_connect_config_reloaded (bus, "uplinks", ohm_uplinks_on_config_reloaded, self);
  ohm_bus_connect_uplink_changed (bus, "uplink alarms", ohm_uplinks_on_uplink_changed, self);
  return self;
}

void
ohm_uplinks_stop (OhmUplinks *self)
{
  g_return_if_fail (OHM_IS_UPLINKS (self));

  ohm_bus_disconnect (ohm_site_get_bus (self->site), self);
  for (guint i = 0; i < self->hosts->len; i++)
    ohm_uplink_host_stop (g_ptr_array_index (self->hosts, i));
  g_ptr_array_set_size (self->hosts, 0);
  /* what an uplink still has to keep holds them itself */
  g_clear_object (&self->secrets);
}

GPtrArray *
ohm_uplinks_list (OhmUplinks *self)
{
  return self->hosts;
}

OhmUplinkHost *
ohm_uplinks_find (OhmUplinks *self, const char *id)
{
  for (guint i = 0; i < self->hosts->len; i++)
    {
      OhmUplinkHost *host = g_ptr_array_index (self->hosts, i);

      if (g_str_equal (ohm_uplink_host_get_id (host), id))
        return host;
    }
  return NULL;
}

/* One that was renamed is kept under the id that it had. Where its file is wrong nobody knows. */
static gboolean
ohm_uplinks_check_free (OhmUplinks *self, const char *id, GError **error)
{
  GPtrArray *uplinks = ohm_site_get_config (self->site)->uplinks;

  for (guint i = 0; i < uplinks->len; i++)
    {
      const OhmUplinkConfig *uplink = g_ptr_array_index (uplinks, i);

      if (g_str_equal (ohm_uplink_config_get_kept (uplink), id))
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND,
                       "no uplink '%s' is configured: what is kept under that id is of uplink '%s'",
                       id, uplink->id);
          return FALSE;
        }
      if (uplink->settings == NULL)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY,
                       "what is kept of '%s' may be of uplink '%s', whose file is wrong: correct "
                       "that first",
                       id, uplink->id);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
ohm_uplinks_forget (OhmUplinks *self, const char *id, gboolean is_known, GError **error)
{
  if (!is_known)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no uplink '%s' is configured", id);
      return FALSE;
    }
  /* its file may be back meanwhile */
  if (!ohm_uplinks_check_free (self, id, error))
    return FALSE;
  ohm_store_drop_uplink (self->store, id);
  if (self->secrets != NULL)
    ohm_uplink_secrets_forget (self->secrets, id, id);
  return TRUE;
}

static void
ohm_uplinks_on_position (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_auto (OhmUplinkPosition) position = { 0 };
  gint64 last_seq = 0;
  GError *error = NULL;

  if (ohm_store_load_uplink_finish (OHM_STORE (source), result, &position, &last_seq, &error) &&
      ohm_uplinks_forget (g_task_get_source_object (task), g_task_get_task_data (task),
                          position.is_known, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
ohm_uplinks_forget_async (OhmUplinks *self,
                          const char *id,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  g_return_if_fail (OHM_IS_UPLINKS (self) && id != NULL);

  task = g_task_new (self, /* cancellable */ NULL, callback, user_data);
  g_task_set_source_tag (task, ohm_uplinks_forget_async);
  g_task_set_task_data (task, g_strdup (id), g_free);
  if (!ohm_uplinks_check_free (self, id, &error))
    g_task_return_error (task, error);
  else
    ohm_store_load_uplink_async (self->store, id, /* cancellable */ NULL, ohm_uplinks_on_position,
                                 g_steal_pointer (&task));
}

gboolean
ohm_uplinks_forget_finish (OhmUplinks *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
ohm_uplinks_get_gateway (OhmUplinks *self)
{
  return self->gateway;
}

static void
ohm_uplinks_dispose (GObject *object)
{
  OhmUplinks *self = OHM_UPLINKS (object);

  if (self->site != NULL)
    ohm_uplinks_stop (self);
  g_clear_object (&self->secrets);
  g_clear_object (&self->places);
  g_clear_object (&self->store);
  g_clear_object (&self->site);
  G_OBJECT_CLASS (ohm_uplinks_parent_class)->dispose (object);
}

static void
ohm_uplinks_finalize (GObject *object)
{
  OhmUplinks *self = OHM_UPLINKS (object);

  g_ptr_array_unref (self->hosts);
  g_free (self->state_dir);
  g_free (self->gateway);
  G_OBJECT_CLASS (ohm_uplinks_parent_class)->finalize (object);
}

static void
ohm_uplinks_class_init (OhmUplinksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_uplinks_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_uplinks_finalize;
}

static void
ohm_uplinks_init (OhmUplinks *self)
{
  self->hosts = g_ptr_array_new_with_free_func (g_object_unref);
}
