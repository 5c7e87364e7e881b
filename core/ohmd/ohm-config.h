/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-plugin-host.h"

G_BEGIN_DECLS

/* Of a group that configures a place: `[place ID]`. */
#define OHM_PLACE_PREFIX "place "

/* The spec tables (design 4.7): the only place where a key's type, range, default and meaning
 * stand. */
extern const OhmSettingSpec ohm_config_daemon_table[];
extern const OhmSettingSpec ohm_config_meter_table[];
extern const OhmSettingSpec ohm_config_place_table[];
extern const OhmSettingSpec ohm_config_history_table[];
extern const OhmSettingSpec ohm_config_link_table[];
extern const OhmSettingSpec ohm_config_uplink_table[];

/**
 * OhmPlaceConfig:
 * @id: unique in the site
 * @settings: keys of ohm_config_place_table
 * @parent: (nullable): the place it is a part of; %NULL too for one that would be a part of itself
 * @parent_line: where the file says so
 * @line: where its group begins
 */
typedef struct
{
  char *id;
  OhmSettings *settings;
  char *parent;
  guint parent_line;
  guint line;
} OhmPlaceConfig;

/* Who holds a place by what is stored: (transfer none) (nullable) */
typedef const char *(*OhmConfigHolderFunc) (const char *place, gpointer user_data);

typedef struct
{
  OhmConfigHolderFunc get;
  gpointer user_data;
} OhmConfigHolders;

/**
 * OhmLinkConfig:
 * @id: its own, or made of transport and address: `192.0.2.10:502`
 * @transport: plugin id
 * @transport_type: the plugin's type
 * @settings: keys of the transport's table
 * @file: (nullable): the `.link` file; %NULL for one that meters name by its address
 * @is_trial: it is made for one test or probe, whose answer tells how it went
 */
typedef struct
{
  char *id;
  char *transport;
  GType transport_type;
  OhmSettings *settings;
  char *file;
  gboolean is_trial;
} OhmLinkConfig;

/**
 * OhmMeterConfig:
 * @id: base name of the file
 * @file: path
 * @settings: (nullable): keys of ohm_config_meter_table; %NULL if they are wrong
 * @type: what the file says, right or not: `auto` if it says nothing
 * @type_line: where the file names its type; the group's line if it does not
 * @link: (nullable): id of its link
 * @unit: unit id, or -1 for the profile's
 * @places: (element-type OhmPlaceConfig)
 * @history_type: the plugin that reads its memory; %G_TYPE_INVALID for none
 * @history: (nullable): its keys
 * @reason: (nullable): why it cannot run: `file:line: [group] key: reason`, the first if there are
 *   more
 */
typedef struct
{
  char *id;
  char *file;
  OhmSettings *settings;
  char *type;
  guint type_line;
  char *link;
  int unit;
  GPtrArray *places;
  GType history_type;
  OhmSettings *history;
  char *reason;
  /*< private >*/
  guint n_refs;
} OhmMeterConfig;

/* (transfer full): a meter that no file describes, to be tried: of type @type at @unit */
OhmMeterConfig *ohm_meter_config_new_trial (const char *type, guint8 unit);

/* Reference counted, so that a meter at work may outlive the configuration it came from. */
OhmMeterConfig *ohm_meter_config_ref (OhmMeterConfig *self);
void ohm_meter_config_unref (OhmMeterConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmMeterConfig, ohm_meter_config_unref)

/**
 * OhmUplinkConfig:
 * @id: base name of the file
 * @file: path
 * @settings: (nullable): keys of ohm_config_uplink_table; %NULL if they are wrong
 * @type: the plugin's type; %G_TYPE_INVALID if there is none
 * @own: (nullable): keys of the group that is named after the plugin; %NULL if they are wrong
 * @reason: (nullable): why it cannot run: `file:line: [group] key: reason`
 */
typedef struct
{
  char *id;
  char *file;
  OhmSettings *settings;
  GType type;
  OhmSettings *own;
  char *reason;
  /*< private >*/
  guint n_refs;
} OhmUplinkConfig;

OhmUplinkConfig *ohm_uplink_config_ref (OhmUplinkConfig *self);
void ohm_uplink_config_unref (OhmUplinkConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmUplinkConfig, ohm_uplink_config_unref)

/* What people call it: its name, else its id. */
const char *ohm_uplink_config_get_name (const OhmUplinkConfig *self);

/* Id of its plugin; empty if the file does not say. */
const char *ohm_uplink_config_get_plugin (const OhmUplinkConfig *self);

/* The id under which its position and secrets are kept: the first one it had. No two have the same,
 * unless one of them is wrong. */
const char *ohm_uplink_config_get_kept (const OhmUplinkConfig *self);

/* Whether it is to run: right, and not switched off. */
gboolean ohm_uplink_config_is_enabled (const OhmUplinkConfig *self);

/* (transfer full): which destination it is: a text that changes with it, and with nothing else */
char *ohm_uplink_config_dup_fingerprint (const OhmUplinkConfig *self);

/**
 * OhmConfig:
 * @daemon: keys of `ohmd.conf`
 * @meters: (element-type OhmMeterConfig): sorted by id
 * @links: (element-type OhmLinkConfig): sorted by id
 * @uplinks: (element-type OhmUplinkConfig): sorted by id
 * @errors: (element-type utf8): everything that is wrong, in order of files
 *
 * All that the files say, checked. Immutable once loaded.
 */
typedef struct
{
  OhmSettings *daemon;
  GPtrArray *meters;
  GPtrArray *links;
  GPtrArray *uplinks;
  GPtrArray *errors;
} OhmConfig;

/**
 * ohm_config_load:
 * @config_dir: site configuration
 * @runtime_dir: (nullable): what D-Bus set, `STATE_DIR/config`; files there have the same layout
 * @plugins: knows transports, histories and uplinks, and their keys
 * @holders: (nullable): knows which of two meters that name a place keeps it
 *
 * Never fails: what is wrong is in `errors`, and a wrong meter has its `reason`.
 *
 * Returns: (transfer full): the configuration
 */
OhmConfig *ohm_config_load (const char *config_dir,
                            const char *runtime_dir,
                            OhmPluginHost *plugins,
                            const OhmConfigHolders *holders);

/* Only the keys of `ohmd.conf`, for what must be known before anything runs. A wrong file counts as
 * none: ohm_config_load() reports it. */
OhmSettings *ohm_config_load_daemon (const char *config_dir, const char *runtime_dir);

void ohm_config_free (OhmConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmConfig, ohm_config_free)

/* (transfer full): a link's name by its address keys: `192.0.2.10:502` */
char *ohm_config_dup_address (GType transport, OhmSettings *settings);

OhmMeterConfig *ohm_config_find_meter (OhmConfig *self, const char *id);
OhmUplinkConfig *ohm_config_find_uplink (OhmConfig *self, const char *id);

/* (transfer none) (nullable): the uplink whose position and secrets are kept under this id */
OhmUplinkConfig *ohm_config_find_kept_uplink (OhmConfig *self, const char *kept);
gboolean ohm_meter_config_equal (const OhmMeterConfig *a, const OhmMeterConfig *b);

/* Whether it is to run, were there nothing wrong with it. */
gboolean ohm_meter_config_is_enabled (const OhmMeterConfig *self);

/* Whether it has parts instead of a device: `type = virtual`. */
gboolean ohm_meter_config_is_virtual (const OhmMeterConfig *self);

/* Whether both are read in the same way: name and places may differ. */
gboolean ohm_meter_config_is_read_alike (const OhmMeterConfig *a, const OhmMeterConfig *b);

G_END_DECLS
