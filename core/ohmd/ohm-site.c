/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * All meters and links. A reload builds the new configuration beside the old one and compares: a
 * meter whose file says the same keeps running untouched, one whose name or places changed keeps
 * polling, everything else is stopped and started.
 */

#include "ohm-site-private.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "ohm-check.h"
#include "ohm-dir-monitor.h"
#include "ohm-log.h"

struct _OhmSite
{
  GObject parent_instance;

  char *config_dir;              /* (owned) */
  char *runtime_dir;             /* (owned) */
  char **plugin_dirs;            /* (owned) */
  OhmWatcher *watcher;           /* (owned) */
  OhmBus *bus;                   /* (owned) */
  OhmPluginHost *plugins;        /* (owned) */
  OhmProfileCatalog *profiles;   /* (owned) */
  OhmAlarms *alarms;             /* (owned) */
  OhmFrameLog *frames;           /* (owned) */
  OhmConfig *config;             /* (owned) (nullable) */
  GPtrArray *meters;             /* (owned) (element-type OhmMeterHost) */
  GPtrArray *links;              /* (owned) (element-type OhmLink) */
  GHashTable *meter_index;       /* (owned) (element-type utf8 OhmMeterHost): of `meters`, by id */
  GHashTable *link_index;        /* (owned) (element-type utf8 OhmLink): of `links`, by id */
  OhmDirMonitor *config_monitor; /* (owned) (nullable) */
  OhmDirMonitor *plugin_monitor; /* (owned) (nullable) */
  GHashTable *logged;            /* (owned) (element-type utf8): errors of the last load */
  GHashTable *memories;          /* (owned) (element-type utf8 OhmSiteMemory) */
  OhmSiteListener listener;
  gboolean is_running;
  gboolean has_new_types; /* while it reloads after a rescan */
};

/* What is known of a meter from before the restart. */
typedef struct
{
  char *type;
  char *address;
  OhmFacts *facts;
  GVariant *learned;
} OhmSiteMemory;

G_DEFINE_FINAL_TYPE (OhmSite, ohm_site, G_TYPE_OBJECT)

static void
ohm_site_memory_free (OhmSiteMemory *self)
{
  g_free (self->type);
  g_free (self->address);
  g_clear_pointer (&self->facts, ohm_facts_unref);
  g_clear_pointer (&self->learned, g_variant_unref);
  g_free (self);
}

/* --- what meters say --- */

static void
ohm_site_on_planned (OhmMeterHost *host, gpointer user_data)
{
  OhmSite *self = user_data;

  if (self->listener.planned != NULL)
    self->listener.planned (host, self->listener.user_data);
}

static void
ohm_site_remember (OhmSite *self, OhmMeterHost *host)
{
  OhmSiteMemory *memory = g_new0 (OhmSiteMemory, 1);
  OhmFacts *facts = ohm_meter_host_get_facts (host);

  memory->type = g_strdup (ohm_meter_host_get_type_id (host));
  memory->address = ohm_meter_host_dup_address (host);
  memory->facts = facts != NULL ? ohm_facts_ref (facts) : NULL;
  memory->learned = g_variant_ref_sink (ohm_meter_host_save_learned (host));
  g_hash_table_replace (self->memories, g_strdup (ohm_meter_host_get_id (host)), memory);
}

static void
ohm_site_on_surveyed (OhmMeterHost *host, gpointer user_data)
{
  OhmSite *self = user_data;

  ohm_site_remember (self, host);
  if (self->listener.surveyed != NULL)
    self->listener.surveyed (host, self->listener.user_data);
}

static void
ohm_site_on_learned (OhmMeterHost *host, gpointer user_data)
{
  OhmSite *self = user_data;

  ohm_site_remember (self, host);
  if (self->listener.learned != NULL)
    self->listener.learned (host, self->listener.user_data);
}

static void
ohm_site_on_proved (OhmMeterHost *host, gboolean is_right, gpointer user_data)
{
  OhmSite *self = user_data;

  if (self->listener.proved != NULL)
    self->listener.proved (host, is_right, self->listener.user_data);
}

/* --- alarms: one per root cause --- */

static void
ohm_site_raise_or_end (OhmSite *self, const char *kind, const char *id, const OhmState *state)
{
  g_autofree char *subject = g_strdup_printf ("%s/%s", kind, id);

  /* A link that is down is raised once, on the link. */
  if (state != NULL && ohm_state_is_bad (state->code) && state->code != OHM_STATE_UNREACHABLE &&
      state->code != OHM_STATE_PARTIAL && state->cause != NULL)
    ohm_alarms_raise (self->alarms, subject, state->cause);
  else
    ohm_alarms_end (self->alarms, subject);
}

/* One that is read, but in vain. */
static void
ohm_site_tell_barren (OhmSite *self, const char *id, OhmMeterHost *host)
{
  g_autofree char *subject = g_strdup_printf ("meters/%s/values", id);
  OhmMessage *barren = host != NULL ? ohm_meter_host_get_barren (host) : NULL;

  if (barren != NULL)
    ohm_alarms_raise (self->alarms, subject, barren);
  else
    ohm_alarms_end (self->alarms, subject);
}

static void
ohm_site_on_meter_changed (const OhmChange *change, gpointer owner)
{
  OhmSite *self = owner;
  OhmMeterHost *host = change->is_gone ? NULL : ohm_site_find_meter (self, change->id);

  ohm_site_raise_or_end (self, "meters", change->id,
                         host != NULL ? ohm_meter_host_get_state (host) : NULL);
  ohm_site_tell_barren (self, change->id, host);
}

static void
ohm_site_on_link_changed (const OhmChange *change, gpointer owner)
{
  OhmSite *self = owner;
  OhmLink *link = change->is_gone ? NULL : ohm_site_find_link (self, change->id);

  ohm_site_raise_or_end (self, "links", change->id,
                         link != NULL ? ohm_link_get_state (link) : NULL);
}

/* --- links --- */

static void
ohm_site_announce_link (OhmSite *self, const char *id, gboolean is_gone)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, is_gone);

  ohm_bus_emit_link_changed (self->bus, change);
}

static gboolean
ohm_site_link_is_same (OhmLink *link, const OhmLinkConfig *config)
{
  return g_str_equal (ohm_link_get_transport_id (link), config->transport) &&
         ohm_settings_equal (ohm_link_get_settings (link), config->settings);
}

static OhmLinkConfig *
ohm_site_find_link_config (OhmConfig *config, const char *id)
{
  for (guint i = 0; i < config->links->len; i++)
    {
      OhmLinkConfig *link = g_ptr_array_index (config->links, i);

      if (g_str_equal (link->id, id))
        return link;
    }
  return NULL;
}

static int
ohm_site_compare_links (gconstpointer a, gconstpointer b)
{
  return strcmp (ohm_link_get_id (*(OhmLink *const *) a), ohm_link_get_id (*(OhmLink *const *) b));
}

static double
ohm_site_on_link_planned (OhmLink *link, gpointer user_data)
{
  OhmSite *self = OHM_SITE (user_data);
  double share = 0;

  for (guint i = 0; i < self->meters->len; i++)
    if (ohm_meter_host_get_link (self->meters->pdata[i]) == link)
      share += ohm_meter_host_get_link_share (self->meters->pdata[i]);
  return share;
}

static void
ohm_site_add_link (OhmSite *self, const OhmLinkConfig *config)
{
  OhmLink *link = ohm_link_new (config, self->watcher, self->bus);

  ohm_link_set_planned_func (link, ohm_site_on_link_planned, self);
  ohm_frame_log_attach (self->frames, ohm_link_get_transport (link));
  g_ptr_array_add (self->links, link);
  g_hash_table_insert (self->link_index, (gpointer) (guintptr) ohm_link_get_id (link), link);
}

static void
ohm_site_remove_link_at (OhmSite *self, guint index)
{
  OhmLink *link = g_ptr_array_index (self->links, index);

  ohm_link_set_planned_func (link, NULL, NULL);
  g_hash_table_remove (self->link_index, ohm_link_get_id (link));
  g_ptr_array_remove_index (self->links, index);
}

static void
ohm_site_apply_links (OhmSite *self, OhmConfig *config)
{
  g_autoptr (GPtrArray) fresh = g_ptr_array_new ();

  for (guint i = self->links->len; i-- > 0;)
    {
      g_autoptr (OhmLink) link = g_object_ref (g_ptr_array_index (self->links, i));
      const OhmLinkConfig *wanted = ohm_site_find_link_config (config, ohm_link_get_id (link));

      if (wanted != NULL && ohm_site_link_is_same (link, wanted))
        continue;
      ohm_site_remove_link_at (self, i);
      if (wanted == NULL)
        ohm_site_announce_link (self, ohm_link_get_id (link), /* is_gone */ TRUE);
    }
  for (guint i = 0; i < config->links->len; i++)
    {
      const OhmLinkConfig *wanted = g_ptr_array_index (config->links, i);

      if (ohm_site_find_link (self, wanted->id) != NULL)
        continue;
      ohm_site_add_link (self, wanted);
      g_ptr_array_add (fresh, wanted->id);
    }
  g_ptr_array_sort (self->links, ohm_site_compare_links);
  for (guint i = 0; i < fresh->len; i++)
    ohm_site_announce_link (self, g_ptr_array_index (fresh, i), /* is_gone */ FALSE);
}

/* --- meters --- */

static void
ohm_site_announce_meter (OhmSite *self, const char *id, gboolean is_gone)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, is_gone);

  ohm_bus_emit_meter_changed (self->bus, change);
}

static OhmMeterHost *
ohm_site_make_meter (OhmSite *self, OhmMeterConfig *config)
{
  const OhmSiteMemory *memory = g_hash_table_lookup (self->memories, config->id);
  const char *type = config->settings != NULL ? ohm_settings_get_string (config->settings, "type")
                                              : "";
  OhmMeterHostListener listener = {
    .planned = ohm_site_on_planned,
    .surveyed = ohm_site_on_surveyed,
    .learned = ohm_site_on_learned,
    .proved = ohm_site_on_proved,
    .user_data = self,
  };
  OhmMeterHostSetup setup = {
    .config = config,
    .link = config->link != NULL ? ohm_site_find_link (self, config->link) : NULL,
    .profiles = self->profiles,
    .plugins = self->plugins,
    .watcher = self->watcher,
    .bus = self->bus,
    .listener = &listener,
  };

  /* Facts of another type say nothing of this one. */
  if (memory != NULL && (g_strcmp0 (type, memory->type) == 0 || g_str_equal (type, "auto")))
    {
      setup.facts = memory->facts;
      setup.learned = memory->learned;
    }
  return ohm_meter_host_new (&setup);
}

/* Whether the host can stay as it is: same link object, same keys. Names and places may differ. */
static gboolean
ohm_site_meter_can_stay (OhmSite *self, OhmMeterHost *host, const OhmMeterConfig *wanted)
{
  const OhmMeterConfig *config = ohm_meter_host_get_config (host);
  OhmLink *link = wanted->link != NULL ? ohm_site_find_link (self, wanted->link) : NULL;

  if (config->reason != NULL || wanted->reason != NULL)
    return g_strcmp0 (config->reason, wanted->reason) == 0 &&
           ohm_meter_host_get_link (host) == link;
  /* where it was followed to may be gone */
  if (ohm_meter_host_is_followed (host) &&
      !g_ptr_array_find (self->links, ohm_meter_host_get_link (host), NULL))
    return FALSE;
  return ohm_meter_host_get_home (host) == link && ohm_meter_config_is_read_alike (config, wanted);
}

/* Profiles may have changed under a meter that uses them; one that failed for want of its type
 * tries again when there may be new ones. */
static gboolean
ohm_site_type_is_same (OhmSite *self, OhmMeterHost *host)
{
  OhmMeter *meter = ohm_meter_host_get_meter (host);
  OhmProfile *profile = ohm_profile_catalog_find (self->profiles,
                                                  ohm_meter_host_get_type_id (host));

  if (ohm_meter_host_get_state (host)->code == OHM_STATE_MISCONFIGURED)
    return ohm_meter_host_get_config (host)->reason != NULL || !self->has_new_types;
  return meter == NULL || profile == NULL || ohm_meter_get_profile (meter) == profile;
}

static int
ohm_site_compare_meters (gconstpointer a, gconstpointer b)
{
  return strcmp (ohm_meter_host_get_id (*(OhmMeterHost *const *) a),
                 ohm_meter_host_get_id (*(OhmMeterHost *const *) b));
}

static void
ohm_site_remove_meter_at (OhmSite *self, guint index, gboolean is_gone)
{
  g_autoptr (OhmMeterHost) host = g_object_ref (g_ptr_array_index (self->meters, index));

  if (ohm_meter_host_get_link (host) != NULL)
    ohm_meter_host_stop (host);
  g_hash_table_remove (self->meter_index, ohm_meter_host_get_id (host));
  g_ptr_array_remove_index (self->meters, index);
  if (!is_gone)
    return;
  if (self->listener.removed != NULL)
    self->listener.removed (ohm_meter_host_get_id (host), self->listener.user_data);
  ohm_site_announce_meter (self, ohm_meter_host_get_id (host), /* is_gone */ TRUE);
}

/* The meter goes on polling, under another name perhaps, or for other places. */
static void
ohm_site_keep_meter (OhmSite *self, OhmMeterHost *host, OhmMeterConfig *wanted)
{
  gboolean is_same = ohm_meter_config_equal (ohm_meter_host_get_config (host), wanted);

  ohm_meter_host_set_config (host, wanted);
  if (is_same)
    return;
  if (ohm_meter_host_get_plan (host) != NULL)
    ohm_site_on_planned (host, self);
  ohm_site_announce_meter (self, ohm_meter_host_get_id (host), /* is_gone */ FALSE);
}

static void
ohm_site_drop_changed_meters (OhmSite *self, OhmConfig *config)
{
  for (guint i = self->meters->len; i-- > 0;)
    {
      OhmMeterHost *host = g_ptr_array_index (self->meters, i);
      OhmMeterConfig *wanted = ohm_config_find_meter (config, ohm_meter_host_get_id (host));

      if (wanted != NULL && ohm_site_meter_can_stay (self, host, wanted) &&
          ohm_site_type_is_same (self, host))
        ohm_site_keep_meter (self, host, wanted);
      else
        ohm_site_remove_meter_at (self, i, wanted == NULL);
    }
}

static void
ohm_site_add_new_meters (OhmSite *self, OhmConfig *config)
{
  g_autoptr (GPtrArray) fresh = g_ptr_array_new ();

  for (guint i = 0; i < config->meters->len; i++)
    {
      OhmMeterConfig *wanted = g_ptr_array_index (config->meters, i);
      OhmMeterHost *host;

      if (ohm_site_find_meter (self, wanted->id) != NULL)
        continue;
      host = ohm_site_make_meter (self, wanted);
      g_ptr_array_add (self->meters, host);
      g_hash_table_insert (self->meter_index, (gpointer) (guintptr) ohm_meter_host_get_id (host),
                           host);
      g_ptr_array_add (fresh, host);
    }
  g_ptr_array_sort (self->meters, ohm_site_compare_meters);
  for (guint i = 0; i < fresh->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (fresh, i);

      ohm_site_announce_meter (self, ohm_meter_host_get_id (host), /* is_gone */ FALSE);
      ohm_meter_host_start (host);
    }
}

static void
ohm_site_apply (OhmSite *self, OhmConfig *config)
{
  g_autoptr (OhmConfig) earlier = self->config;

  ohm_frame_log_set_limits (self->frames,
                            (gsize) ohm_settings_get_integer (config->daemon, "frame-log-limit") *
                              1024,
                            ohm_settings_get_duration_us (config->daemon, "frame-log-time"));
  /* Links that changed take their meters with them: meters that stay hold the same link object. */
  ohm_site_apply_links (self, config);
  /* whose a place is goes by what the files say now */
  self->config = config;
  ohm_site_drop_changed_meters (self, config);
  ohm_site_add_new_meters (self, config);
}

/* --- files --- */

/* What is wrong, and what is allowed but rarely meant. What was so at the last load has been said.
 */
static void
ohm_site_log_errors (OhmSite *self)
{
  GPtrArray *errors = self->config->errors;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) texts = NULL;

  for (guint i = 0; i < errors->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (errors, i));
  ohm_check_twins (self->config, self->profiles, builder);
  texts = g_strv_builder_end (builder);
  for (guint i = 0; texts[i] != NULL; i++)
    if (!g_hash_table_contains (self->logged, texts[i]))
      ohm_log_warning ("config", "", "%s", texts[i]);
  g_hash_table_remove_all (self->logged);
  for (guint i = 0; texts[i] != NULL; i++)
    g_hash_table_add (self->logged, g_strdup (texts[i]));
}

void
ohm_site_take_config (OhmSite *self, OhmConfig *config)
{
  g_autoptr (OhmChange) change = ohm_change_new ("", FALSE);

  ohm_site_apply (self, config);
  ohm_site_log_errors (self);
  ohm_bus_emit_config_reloaded (self->bus, change);
}

static const char *
ohm_site_on_holder_asked (const char *place, gpointer user_data)
{
  OhmSite *self = user_data;

  return self->listener.get_holder != NULL
           ? self->listener.get_holder (place, self->listener.user_data)
           : NULL;
}

OhmConfigHolders
ohm_site_get_holders (OhmSite *self)
{
  return (OhmConfigHolders){ ohm_site_on_holder_asked, self };
}

OhmConfig *
ohm_site_load_config (OhmSite *self)
{
  OhmConfigHolders holders = ohm_site_get_holders (self);

  return ohm_config_load (self->config_dir, self->runtime_dir, self->plugins, &holders);
}

void
ohm_site_reload (OhmSite *self)
{
  g_return_if_fail (OHM_IS_SITE (self));

  ohm_site_take_config (self, ohm_site_load_config (self));
}

void
ohm_site_rescan (OhmSite *self)
{
  g_return_if_fail (OHM_IS_SITE (self));

  ohm_plugin_host_scan (self->plugins);
  ohm_profile_catalog_scan (self->profiles);
  self->has_new_types = TRUE;
  ohm_site_reload (self);
  self->has_new_types = FALSE;
}

static void
ohm_site_on_config_files (gpointer user_data)
{
  ohm_site_reload (user_data);
}

static void
ohm_site_on_plugin_files (gpointer user_data)
{
  ohm_site_rescan (user_data);
}

static void
ohm_site_watch_files (OhmSite *self)
{
  const char *folders[] = { "", "conf.d", "meters.d", "links.d", "uplinks.d" };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) dirs = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *site = g_build_filename (self->config_dir, folders[i], NULL);
      g_autofree char *runtime = g_build_filename (self->runtime_dir, folders[i], NULL);

      /* A folder that comes later must be seen: what does not exist is made in the runtime layer.
       */
      g_mkdir_with_parents (runtime, 0750);
      g_strv_builder_add (builder, site);
      g_strv_builder_add (builder, runtime);
    }
  dirs = g_strv_builder_end (builder);
  self->config_monitor = ohm_dir_monitor_new ((const char *const *) dirs, ohm_site_on_config_files,
                                              self);
  self->plugin_monitor = ohm_dir_monitor_new ((const char *const *) self->plugin_dirs,
                                              ohm_site_on_plugin_files, self);
}

void
ohm_site_start (OhmSite *self)
{
  g_return_if_fail (OHM_IS_SITE (self) && !self->is_running);

  self->is_running = TRUE;
  ohm_plugin_host_scan (self->plugins);
  ohm_profile_catalog_scan (self->profiles);
  ohm_site_watch_files (self);
  ohm_site_reload (self);
}

void
ohm_site_stop (OhmSite *self)
{
  g_return_if_fail (OHM_IS_SITE (self));

  self->is_running = FALSE;
  g_clear_object (&self->config_monitor);
  g_clear_object (&self->plugin_monitor);
  while (self->meters->len > 0)
    ohm_site_remove_meter_at (self, self->meters->len - 1, /* is_gone */ FALSE);
  while (self->links->len > 0)
    ohm_site_remove_link_at (self, self->links->len - 1);
}

void
ohm_site_remember_meter (OhmSite *self, const OhmSiteMeterMemory *meter)
{
  OhmSiteMemory *memory = g_new0 (OhmSiteMemory, 1);

  memory->type = g_strdup (meter->type);
  memory->address = g_strdup (meter->address);
  memory->facts = meter->facts != NULL ? ohm_facts_ref (meter->facts) : NULL;
  memory->learned = meter->learned != NULL ? g_variant_ref (meter->learned) : NULL;
  g_hash_table_replace (self->memories, g_strdup (meter->id), memory);
}

void
ohm_site_forget_meter (OhmSite *self, const char *id)
{
  g_hash_table_remove (self->memories, id);
}

void
ohm_site_plan_meter (OhmSite *self, const char *id)
{
  OhmMeterHost *host;

  g_return_if_fail (OHM_IS_SITE (self) && id != NULL);

  host = ohm_site_find_meter (self, id);
  if (host != NULL && ohm_meter_host_get_plan (host) != NULL)
    ohm_site_on_planned (host, self);
}

void
ohm_site_note_renamed (OhmSite *self, const char *id, const char *new_id)
{
  gpointer key = NULL;
  gpointer memory = NULL;

  if (g_hash_table_steal_extended (self->memories, id, &key, &memory))
    {
      g_free (key);
      g_hash_table_replace (self->memories, g_strdup (new_id), memory);
    }
  if (self->listener.renamed != NULL)
    self->listener.renamed (id, new_id, self->listener.user_data);
}

void
ohm_site_read_slots (OhmSite *self, gint64 deadline_us)
{
  g_return_if_fail (OHM_IS_SITE (self));

  /* Units that answer go first: a silent one must not push them away from the boundary. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < self->meters->len; i++)
      {
        OhmMeterHost *host = g_ptr_array_index (self->meters, i);
        gboolean is_bad = ohm_state_is_bad (ohm_meter_host_get_state (host)->code);

        if (is_bad == (pass == 1))
          ohm_meter_host_read_slot (host, deadline_us);
      }
}

OhmMeterHost *
ohm_site_find_meter (OhmSite *self, const char *id)
{
  return g_hash_table_lookup (self->meter_index, id);
}

OhmLink *
ohm_site_find_link (OhmSite *self, const char *id)
{
  return g_hash_table_lookup (self->link_index, id);
}

OhmBus *
ohm_site_get_bus (OhmSite *self)
{
  return self->bus;
}

OhmClock *
ohm_site_get_clock (OhmSite *self)
{
  return ohm_watcher_get_clock (self->watcher);
}

OhmWatcher *
ohm_site_get_watcher (OhmSite *self)
{
  return self->watcher;
}

OhmPluginHost *
ohm_site_get_plugins (OhmSite *self)
{
  return self->plugins;
}

OhmProfileCatalog *
ohm_site_get_profiles (OhmSite *self)
{
  return self->profiles;
}

OhmAlarms *
ohm_site_get_alarms (OhmSite *self)
{
  return self->alarms;
}

OhmFrameLog *
ohm_site_get_frames (OhmSite *self)
{
  return self->frames;
}

OhmConfig *
ohm_site_get_config (OhmSite *self)
{
  return self->config;
}

const char *
ohm_site_get_config_dir (OhmSite *self)
{
  return self->config_dir;
}

const char *
ohm_site_get_runtime_dir (OhmSite *self)
{
  return self->runtime_dir;
}

GPtrArray *
ohm_site_get_meters (OhmSite *self)
{
  return self->meters;
}

GPtrArray *
ohm_site_get_links (OhmSite *self)
{
  return self->links;
}

OhmSite *
ohm_site_new (const OhmSiteOptions *options, OhmWatcher *watcher, OhmBus *bus)
{
  OhmSite *self = g_object_new (OHM_TYPE_SITE, NULL);

  self->config_dir = g_strdup (options->config_dir);
  self->runtime_dir = g_build_filename (options->state_dir, "config", NULL);
  self->plugin_dirs = g_boxed_copy (G_TYPE_STRV, options->plugin_dirs);
  self->watcher = g_object_ref (watcher);
  self->bus = g_object_ref (bus);
  self->plugins = ohm_plugin_host_new (bus, options->plugin_dirs);
  self->profiles = ohm_profile_catalog_new (bus, options->plugin_dirs);
  self->alarms = ohm_alarms_new (bus, ohm_watcher_get_clock (watcher));
  self->frames = ohm_frame_log_new (watcher);
  if (options->listener != NULL)
    self->listener = *options->listener;
  ohm_bus_connect_meter_changed (bus, "site alarms", ohm_site_on_meter_changed, self);
  ohm_bus_connect_link_changed (bus, "site alarms", ohm_site_on_link_changed, self);
  return self;
}

static void
ohm_site_dispose (GObject *object)
{
  OhmSite *self = OHM_SITE (object);

  if (self->meters != NULL)
    ohm_site_stop (self);
  g_clear_object (&self->frames);
  g_clear_object (&self->alarms);
  g_clear_object (&self->profiles);
  g_clear_object (&self->plugins);
  g_clear_object (&self->bus);
  g_clear_object (&self->watcher);
  G_OBJECT_CLASS (ohm_site_parent_class)->dispose (object);
}

static void
ohm_site_finalize (GObject *object)
{
  OhmSite *self = OHM_SITE (object);

  g_free (self->config_dir);
  g_free (self->runtime_dir);
  g_strfreev (self->plugin_dirs);
  g_ptr_array_unref (self->meters);
  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->meter_index);
  g_hash_table_unref (self->link_index);
  g_hash_table_unref (self->memories);
  g_hash_table_unref (self->logged);
  g_clear_pointer (&self->config, ohm_config_free);
  G_OBJECT_CLASS (ohm_site_parent_class)->finalize (object);
}

static void
ohm_site_class_init (OhmSiteClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_site_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_site_finalize;
}

static void
ohm_site_init (OhmSite *self)
{
  self->meters = g_ptr_array_new_with_free_func (g_object_unref);
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->meter_index = g_hash_table_new (g_str_hash, g_str_equal);
  self->link_index = g_hash_table_new (g_str_hash, g_str_equal);
  self->logged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->memories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) ohm_site_memory_free);
}
