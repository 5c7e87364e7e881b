/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-alarms.h"
#include "ohm-frame-log.h"
#include "ohm-meter-host.h"

G_BEGIN_DECLS

#define OHM_TYPE_SITE (ohm_site_get_type ())

/* All meters and links: applies the configuration, touching only what changed. */
G_DECLARE_FINAL_TYPE (OhmSite, ohm_site, OHM, SITE, GObject)

/**
 * OhmSiteListener:
 * @planned: a meter has a new plan: its places may differ
 * @surveyed: a meter's facts were read, its identity is confirmed or refuted
 * @learned: a meter refused a register
 * @proved: what was read of a meter for the open slot is its own, or another device's
 * @removed: a meter is gone
 * @renamed: a meter gets another id: told before the old one is gone and the new one begins
 * @get_holder: asks who holds a place: (transfer none) (nullable)
 * @user_data: for all
 */
typedef struct
{
  void (*planned) (OhmMeterHost *host, gpointer user_data);
  void (*surveyed) (OhmMeterHost *host, gpointer user_data);
  void (*learned) (OhmMeterHost *host, gpointer user_data);
  void (*proved) (OhmMeterHost *host, gboolean is_right, gpointer user_data);
  void (*removed) (const char *id, gpointer user_data);
  void (*renamed) (const char *id, const char *new_id, gpointer user_data);
  OhmConfigHolderFunc get_holder;
  gpointer user_data;
} OhmSiteListener;

/* What is known of a meter from before the restart. */
typedef struct
{
  const char *id;
  const char *type;
  const char *address;
  OhmFacts *facts;   /* (nullable) */
  GVariant *learned; /* (nullable): `a{sv}` */
} OhmSiteMeterMemory;

/**
 * OhmSiteOptions:
 * @config_dir: site configuration
 * @state_dir: state; `config/` below it is the runtime layer
 * @plugin_dirs: (array zero-terminated=1): plugins and profiles
 */
typedef struct
{
  const char *config_dir;
  const char *state_dir;
  const char *const *plugin_dirs;
  const OhmSiteListener *listener; /* (nullable): copied */
} OhmSiteOptions;

OhmSite *ohm_site_new (const OhmSiteOptions *options, OhmWatcher *watcher, OhmBus *bus);

/* Before the start: what the store remembers. */
void ohm_site_remember_meter (OhmSite *self, const OhmSiteMeterMemory *meter);

/* Nothing is remembered of a meter that is gone. */
void ohm_site_forget_meter (OhmSite *self, const char *id);

/* Says the plan of a meter again: its places may be taken differently now. */
void ohm_site_plan_meter (OhmSite *self, const char *id);

/* Loads plugins, profiles and configuration, and starts polling. */
void ohm_site_start (OhmSite *self);

/* Stops polling and closes all links. */
void ohm_site_stop (OhmSite *self);

/* Reads files again and applies the difference; emits config-reloaded. */
void ohm_site_reload (OhmSite *self);

/* Looks for new plugins and profiles, then reloads. */
void ohm_site_rescan (OhmSite *self);

OhmBus *ohm_site_get_bus (OhmSite *self);
OhmClock *ohm_site_get_clock (OhmSite *self);
OhmWatcher *ohm_site_get_watcher (OhmSite *self);
OhmPluginHost *ohm_site_get_plugins (OhmSite *self);
OhmProfileCatalog *ohm_site_get_profiles (OhmSite *self);
OhmAlarms *ohm_site_get_alarms (OhmSite *self);
OhmFrameLog *ohm_site_get_frames (OhmSite *self);
OhmConfig *ohm_site_get_config (OhmSite *self);
/* (transfer full): what the files say at this moment */
OhmConfig *ohm_site_load_config (OhmSite *self);

/* Knows who holds a place. */
OhmConfigHolders ohm_site_get_holders (OhmSite *self);
const char *ohm_site_get_config_dir (OhmSite *self);
const char *ohm_site_get_runtime_dir (OhmSite *self);

/* (transfer none) (element-type OhmMeterHost): sorted by id */
GPtrArray *ohm_site_get_meters (OhmSite *self);
/* (transfer none) (element-type OhmLink): sorted by id */
GPtrArray *ohm_site_get_links (OhmSite *self);
/* (nullable) */
OhmMeterHost *ohm_site_find_meter (OhmSite *self, const char *id);
/* (nullable) */
OhmLink *ohm_site_find_link (OhmSite *self, const char *id);

/**
 * ohm_site_write_meter:
 * @id: the meter's id
 * @text: (nullable): the whole `.meter` file; %NULL removes it
 * @overwrite: whether an existing one is meant; %FALSE for a new one
 * @error: %OHM_ERROR_EXISTS, %OHM_ERROR_NOT_FOUND, %OHM_ERROR_CONFIG (checked before it is written)
 *
 * Writes to the layer the meter is in (a new one: the runtime layer), atomically, and reloads.
 *
 * Returns: %TRUE on success
 */
gboolean ohm_site_write_meter (OhmSite *self,
                               const char *id,
                               const char *text,
                               gboolean overwrite,
                               GError **error);

/* Text of a `.meter` file. */
typedef struct
{
  char *id;
  char *text;
} OhmSiteText;

void ohm_site_text_free (OhmSiteText *self);

/* Writes several meters' files (element-type OhmSiteText), together or not at all; one reload.
 * Errors as ohm_site_write_meter(). */
gboolean
ohm_site_write_meters (OhmSite *self, GPtrArray *texts, gboolean overwrite, GError **error);

/**
 * ohm_site_rename_meter:
 * @text: what the file is to say from now on; under the old id it means the same
 * @error: %OHM_ERROR_EXISTS, %OHM_ERROR_NOT_FOUND, %OHM_ERROR_CONFIG (it is wrong under @new_id)
 *
 * Gives a meter another id: renames its file in the layer where it is, and reloads. What is known
 * of the device goes along.
 *
 * Returns: %TRUE on success; else everything is as before
 */
gboolean ohm_site_rename_meter (OhmSite *self,
                                const char *id,
                                const char *new_id,
                                const char *text,
                                GError **error);

/* The same for a `.link` file; %OHM_ERROR_BUSY if one that a meter names is to be removed. */
gboolean ohm_site_write_link (OhmSite *self,
                              const char *id,
                              const char *text,
                              gboolean overwrite,
                              GError **error);

/* The same for an `.uplink` file. */
gboolean ohm_site_write_uplink (OhmSite *self,
                                const char *id,
                                const char *text,
                                gboolean overwrite,
                                GError **error);

/* Gives an uplink another id, as ohm_site_rename_meter() does. */
gboolean ohm_site_rename_uplink (OhmSite *self,
                                 const char *id,
                                 const char *new_id,
                                 const char *text,
                                 GError **error);

/* The same for `ohmd.conf` of the runtime layer. */
gboolean ohm_site_write_daemon (OhmSite *self, const char *text, GError **error);

/* Slot boundary: every meter reads its slot entries, in order of id, link by link. */
void ohm_site_read_slots (OhmSite *self, gint64 deadline_us);

G_END_DECLS
