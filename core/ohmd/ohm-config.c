/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-config.h"

#include <errno.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "ohm-config-place.h"
#include "ohm-config-transport.h"
#include "ohm-config-uplink.h"
#include "ohm-config-virtual.h"

#define DAEMON_GROUP  "ohmd"
#define METER_GROUP   "meter"
#define LINK_GROUP    "link"
#define HISTORY_GROUP "history"

/* What one load works on. */
typedef struct
{
  OhmConfig *config;
  OhmPluginHost *plugins;
  GHashTable *meter_files; /* (element-type utf8 utf8): id to file */
  GPtrArray *shares;       /* (element-type OhmConfigShare): in the order of meter ids */
  GHashTable *place_owner; /* (element-type utf8 utf8): place id to file */
  GString *daemon_lines;   /* key and value of `ohmd.conf` and drop-ins, a line each */
} OhmConfigLoad;

/* What a meter says of the link whose address it names. */
typedef struct
{
  OhmMeterConfig *meter; /* (owned) */
  OhmKeyfile *keyfile;   /* (owned) */
  GType type;
  OhmSettings *settings; /* (owned) */
} OhmConfigShare;

typedef void (*OhmConfigFileFunc) (OhmConfigLoad *load, const char *id, const char *file);

static void
ohm_place_config_free (OhmPlaceConfig *self)
{
  g_free (self->id);
  g_free (self->parent);
  ohm_settings_unref (self->settings);
  g_free (self);
}

static void
ohm_link_config_free (OhmLinkConfig *self)
{
  g_free (self->id);
  g_free (self->transport);
  g_free (self->file);
  ohm_settings_unref (self->settings);
  g_free (self);
}

OhmMeterConfig *
ohm_meter_config_ref (OhmMeterConfig *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  self->n_refs++;
  return self;
}

void
ohm_meter_config_unref (OhmMeterConfig *self)
{
  g_return_if_fail (self != NULL);

  if (--self->n_refs > 0)
    return;
  g_free (self->id);
  g_free (self->file);
  g_free (self->type);
  g_free (self->link);
  g_free (self->reason);
  g_clear_pointer (&self->settings, ohm_settings_unref);
  g_clear_pointer (&self->history, ohm_settings_unref);
  g_ptr_array_unref (self->places);
  g_free (self);
}

OhmMeterConfig *
ohm_meter_config_new_trial (const char *type, guint8 unit)
{
  const OhmSettingSpec *tables[] = { ohm_config_meter_table, NULL };
  OhmMeterConfig *self = g_new0 (OhmMeterConfig, 1);
  g_autofree char *text = g_strdup_printf ("[%s]\ntype=%s\nunit=%u\n", METER_GROUP, type, unit);
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("trial", text, strlen (text),
                                                      /* error */ NULL);

  self->n_refs = 1;
  self->id = g_strdup ("trial");
  self->file = g_strdup ("");
  self->type = g_strdup (type);
  self->unit = unit;
  self->settings = ohm_settings_new (keyfile, METER_GROUP, tables, /* error */ NULL);
  self->places = g_ptr_array_new ();
  return self;
}

void
ohm_config_free (OhmConfig *self)
{
  g_clear_pointer (&self->daemon, ohm_settings_unref);
  g_ptr_array_unref (self->meters);
  g_ptr_array_unref (self->links);
  g_ptr_array_unref (self->uplinks);
  g_ptr_array_unref (self->errors);
  g_free (self);
}

static void
ohm_config_share_free (OhmConfigShare *self)
{
  ohm_meter_config_unref (self->meter);
  ohm_keyfile_unref (self->keyfile);
  ohm_settings_unref (self->settings);
  g_free (self);
}

static void
ohm_config_add_error (OhmConfigLoad *load, const char *text)
{
  g_ptr_array_add (load->config->errors, g_strdup (text));
}

static void
ohm_config_add_errors (OhmConfigLoad *load, GPtrArray *faults)
{
  for (guint i = 0; i < faults->len; i++)
    ohm_config_add_error (load, g_ptr_array_index (faults, i));
}

static char *
ohm_config_dup_no_id (const char *file, const char *id)
{
  return g_strdup_printf ("%s: '%s' is no id; use a-z, 0-9 and -, at most 63", file, id);
}

static int
ohm_config_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Calls @func for each file of @dir with @suffix, sorted, so that messages come in one order. */
static void
ohm_config_foreach_file (OhmConfigLoad *load,
                         const char *dir,
                         const char *suffix,
                         OhmConfigFileFunc func)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) handle = g_dir_open (dir, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (handle == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    ohm_config_add_error (load, error->message);
  while (handle != NULL && (name = g_dir_read_name (handle)) != NULL)
    if (g_str_has_suffix (name, suffix) && name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, ohm_config_compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (dir, g_ptr_array_index (names, i), NULL);
      g_autofree char *id = g_strdup (g_ptr_array_index (names, i));

      id[strlen (id) - strlen (suffix)] = '\0';
      func (load, id, file);
    }
}

static OhmLinkConfig *
ohm_config_find_link (OhmConfig *self, const char *id)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      OhmLinkConfig *link = g_ptr_array_index (self->links, i);

      if (g_str_equal (link->id, id))
        return link;
    }
  return NULL;
}

static void
ohm_config_add_link (OhmConfigLoad *load,
                     const char *id,
                     const char *transport,
                     GType type,
                     OhmSettings *settings,
                     const char *file)
{
  OhmLinkConfig *link = g_new0 (OhmLinkConfig, 1);

  link->id = g_strdup (id);
  link->transport = g_strdup (transport);
  link->transport_type = type;
  link->settings = ohm_settings_ref (settings);
  link->file = g_strdup (file);
  g_ptr_array_add (load->config->links, link);
}

static void
ohm_config_check_groups (OhmKeyfile *keyfile, const char *group, GPtrArray *faults)
{
  const char *const *groups = ohm_keyfile_get_groups (keyfile);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      GError *error = NULL;

      if (!g_str_equal (groups[i], group))
        ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, groups[i], /* key */ NULL, &error,
                               "unknown group; expected [%s]", group);
      ohm_keyfile_take_fault (faults, error);
    }
}

static void
ohm_config_parse_link (OhmConfigLoad *load, const char *id, const char *file, GPtrArray *faults)
{
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_load_all (file, faults);
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (OhmSettings) own = NULL;
  GType type;

  if (keyfile == NULL)
    return;
  if (!ohm_id_is_valid (id))
    g_ptr_array_add (faults, ohm_config_dup_no_id (file, id));
  ohm_config_check_groups (keyfile, LINK_GROUP, faults);
  type = ohm_config_transport_choose (load->plugins, keyfile, LINK_GROUP, ohm_config_link_table,
                                      faults);
  settings = ohm_config_transport_read_keys (keyfile, LINK_GROUP, ohm_config_link_table, type,
                                             faults);
  if (faults->len > 0)
    return;
  own = ohm_config_transport_extract (keyfile, LINK_GROUP, ohm_config_transport_get_keys (type),
                                      /* error */ NULL);
  ohm_config_add_link (load, id, ohm_settings_get_string (settings, "transport"), type, own, file);
}

static void
ohm_config_on_link_file (OhmConfigLoad *load, const char *id, const char *file)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);

  if (ohm_config_find_link (load->config, id) != NULL)
    g_ptr_array_add (faults,
                     g_strdup_printf ("%s: a link '%s' is configured in another layer already",
                                      file, id));
  else
    ohm_config_parse_link (load, id, file, faults);
  ohm_config_add_errors (load, faults);
}

/* A link that meters name by its address; which settings it gets is told when all have spoken. */
static void
ohm_config_share_link (OhmConfigLoad *load, OhmMeterConfig *meter, OhmKeyfile *keyfile, GType type)
{
  OhmConfigShare *share = g_new0 (OhmConfigShare, 1);

  share->meter = ohm_meter_config_ref (meter);
  share->keyfile = ohm_keyfile_ref (keyfile);
  share->type = type;
  share->settings = ohm_config_transport_extract (keyfile, METER_GROUP,
                                                  ohm_config_transport_get_keys (type),
                                                  /* error */ NULL);
  meter->link = ohm_config_dup_address (type, share->settings);
  g_ptr_array_add (load->shares, share);
}

static gboolean
ohm_config_share_agrees (const OhmConfigShare *a, const OhmConfigShare *b)
{
  return g_str_equal (a->meter->link, b->meter->link) && a->type == b->type &&
         ohm_settings_equal (a->settings, b->settings);
}

/* Whose settings a link gets: those that most of its meters give, or those of the first. */
static const OhmConfigShare *
ohm_config_elect_share (OhmConfigLoad *load, const OhmConfigShare *first)
{
  const char *link = first->meter->link;
  const OhmConfigShare *best = first;
  guint n_best = 0;

  for (guint i = 0; i < load->shares->len; i++)
    {
      const OhmConfigShare *share = g_ptr_array_index (load->shares, i);
      guint n = 0;

      for (guint k = 0; g_str_equal (share->meter->link, link) && k < load->shares->len; k++)
        n += ohm_config_share_agrees (share, g_ptr_array_index (load->shares, k)) ? 1 : 0;
      if (n > n_best)
        {
          best = share;
          n_best = n;
        }
    }
  return best;
}

/* What the file says, or means where it says nothing. */
static const char *
ohm_config_share_get_text (const OhmConfigShare *share, const char *key)
{
  const OhmSettingSpec *spec = ohm_config_transport_get_keys (share->type);
  const char *text = ohm_keyfile_get (share->keyfile, METER_GROUP, key);

  for (; text == NULL && spec->key != NULL; spec++)
    if (g_str_equal (spec->key, key))
      text = spec->fallback;
  return text != NULL ? text : "";
}

static void
ohm_config_refuse_share (OhmConfigLoad *load,
                         const OhmConfigShare *share,
                         const OhmConfigShare *elected)
{
  OhmMeterConfig *meter = share->meter;
  const char *key = share->type != elected->type
                      ? "transport"
                      : ohm_settings_find_difference (share->settings, elected->settings);
  g_autoptr (GError) error = NULL;

  ohm_keyfile_set_error (share->keyfile, OHM_ERROR_CONFIG, METER_GROUP, key, &error,
                         "'%s' here, but '%s' in %s, which shares the link '%s'",
                         ohm_config_share_get_text (share, key),
                         ohm_config_share_get_text (elected, key), elected->meter->file,
                         meter->link);
  g_clear_pointer (&meter->link, g_free);
  meter->reason = g_strdup (error->message);
  ohm_config_add_error (load, error->message);
}

static int
ohm_config_compare_shares (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(OhmConfigShare *const *) a)->meter->id,
                 (*(OhmConfigShare *const *) b)->meter->id);
}

/* One file that is wrong must not stop the meters that agree about their link. */
static void
ohm_config_settle_shares (OhmConfigLoad *load)
{
  g_autoptr (GHashTable) elected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  /* of a meter that is wrong beside the others nothing counts */
  for (guint i = load->shares->len; i-- > 0;)
    if (((OhmConfigShare *) g_ptr_array_index (load->shares, i))->meter->reason != NULL)
      g_ptr_array_remove_index (load->shares, i);
  g_ptr_array_sort (load->shares, ohm_config_compare_shares);
  for (guint i = 0; i < load->shares->len; i++)
    {
      const OhmConfigShare *share = g_ptr_array_index (load->shares, i);
      const OhmConfigShare *best = g_hash_table_lookup (elected, share->meter->link);

      if (best == NULL)
        {
          best = ohm_config_elect_share (load, share);
          g_hash_table_insert (elected, g_strdup (share->meter->link), (gpointer) (guintptr) best);
          ohm_config_add_link (load, share->meter->link,
                               ohm_keyfile_get (best->keyfile, METER_GROUP, "transport"),
                               best->type, best->settings, /* file */ NULL);
        }
    }
  for (guint i = 0; i < load->shares->len; i++)
    {
      const OhmConfigShare *share = g_ptr_array_index (load->shares, i);
      const OhmConfigShare *best = g_hash_table_lookup (elected, share->meter->link);

      if (!ohm_config_share_agrees (share, best))
        ohm_config_refuse_share (load, share, best);
    }
}

/* The keys of an address beside a link, which has its own. */
static void
ohm_config_check_address_keys (OhmKeyfile *keyfile, const OhmSettingSpec *table, GPtrArray *faults)
{
  const char *link = ohm_keyfile_get (keyfile, METER_GROUP, "link");
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, METER_GROUP, &n);

  for (guint i = 0; i < n; i++)
    {
      GError *error = NULL;

      if (ohm_config_transport_find_key (ohm_config_meter_table, entries[i].key) != NULL ||
          ohm_config_transport_find_key (table, entries[i].key) == NULL)
        continue;
      ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, entries[i].key, &error,
                             "the link '%s' has its own; give either a link or a transport with "
                             "its address, not both",
                             link);
      ohm_keyfile_take_fault (faults, error);
    }
}

/* Either a link or a transport, and a link that is there. */
static void
ohm_config_check_way (OhmConfigLoad *load, OhmKeyfile *keyfile, GType type, GPtrArray *faults)
{
  const char *link = ohm_keyfile_get (keyfile, METER_GROUP, "link");
  gboolean has_transport = ohm_keyfile_get (keyfile, METER_GROUP, "transport") != NULL;
  GError *error = NULL;

  if (link != NULL && has_transport)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, "link", &error,
                           "give either a link or a transport with its address, not both");
  else if (link == NULL && !has_transport)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, /* key */ NULL, &error,
                           "give a transport with its address, or a link");
  else if (link != NULL && ohm_config_find_link (load->config, link) == NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, "link", &error,
                           "no link '%s' is configured", link);
  ohm_keyfile_take_fault (faults, error);
  if (link != NULL && !has_transport && type != G_TYPE_INVALID)
    ohm_config_check_address_keys (keyfile, ohm_config_transport_get_keys (type), faults);
}

static void
ohm_config_parse_meter_group (OhmConfigLoad *load,
                              OhmMeterConfig *meter,
                              OhmKeyfile *keyfile,
                              GPtrArray *faults)
{
  const char *said = ohm_keyfile_get (keyfile, METER_GROUP, "type");
  GError *error = NULL;
  GType type;

  if (said != NULL && *said != '\0')
    {
      g_free (meter->type);
      meter->type = g_strdup (said);
    }
  meter->type_line = ohm_keyfile_get_line (keyfile, METER_GROUP, "type");
  if (ohm_config_virtual_is_meant (keyfile, METER_GROUP))
    {
      ohm_config_virtual_parse (meter, keyfile, METER_GROUP, faults);
      return;
    }
  if (ohm_keyfile_get (keyfile, METER_GROUP, "sum") != NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, METER_GROUP, "sum", &error,
                           "only a virtual meter has one: type = virtual");
  ohm_keyfile_take_fault (faults, error);
  type = ohm_config_transport_choose (load->plugins, keyfile, METER_GROUP, ohm_config_meter_table,
                                      faults);
  ohm_config_check_way (load, keyfile, type, faults);
  meter->settings = ohm_config_transport_read_keys (keyfile, METER_GROUP, ohm_config_meter_table,
                                                    type, faults);
}

/* Of a meter with nothing wrong in its file. */
static void
ohm_config_join_link (OhmConfigLoad *load, OhmMeterConfig *meter, OhmKeyfile *keyfile)
{
  if (ohm_settings_is_set (meter->settings, "unit"))
    meter->unit = (int) ohm_settings_get_integer (meter->settings, "unit");
  if (ohm_settings_is_set (meter->settings, "link"))
    meter->link = g_strdup (ohm_settings_get_string (meter->settings, "link"));
  else if (!ohm_meter_config_is_virtual (meter))
    ohm_config_share_link (load, meter, keyfile,
                           ohm_config_transport_find (load->plugins, keyfile, METER_GROUP,
                                                      /* error */ NULL));
}

static const OhmSettingSpec *
ohm_config_get_history_keys (GType type)
{
  g_autoptr (GTypeClass) klass = g_type_class_ref (type);

  return OHM_HISTORY_CLASS (klass)->settings_table;
}

/* Who reads the meter's own memory, and how. */
static void
ohm_config_parse_history (OhmConfigLoad *load,
                          OhmMeterConfig *meter,
                          OhmKeyfile *keyfile,
                          GPtrArray *faults)
{
  const char *id = ohm_keyfile_get (keyfile, HISTORY_GROUP, "plugin");
  const OhmSettingSpec *tables[] = { ohm_config_history_table, NULL, NULL };
  g_autofree const char **known = NULL;
  GError *error = NULL;
  const char *meant;

  if (id != NULL)
    meter->history_type = ohm_plugin_host_find_type (load->plugins, id, OHM_TYPE_HISTORY);
  if (id != NULL && meter->history_type == G_TYPE_INVALID)
    {
      known = ohm_plugin_host_list_ids (load->plugins, OHM_TYPE_HISTORY);
      meant = ohm_suggest (id, known);
      ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, HISTORY_GROUP, "plugin", &error,
                             "no history '%s' is loaded%s%s%s", id,
                             meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                             meant != NULL ? "'?" : "");
      ohm_keyfile_take_fault (faults, error);
      /* whose keys these are nobody knows */
      return;
    }
  if (meter->history_type != G_TYPE_INVALID)
    tables[1] = ohm_config_get_history_keys (meter->history_type);
  meter->history = ohm_settings_new_all (keyfile, HISTORY_GROUP, tables, faults);
}

static void
ohm_config_parse_group (OhmConfigLoad *load,
                        OhmMeterConfig *meter,
                        OhmKeyfile *keyfile,
                        const char *group,
                        GPtrArray *faults)
{
  GError *error = NULL;

  if (g_str_equal (group, METER_GROUP))
    ohm_config_parse_meter_group (load, meter, keyfile, faults);
  else if (g_str_equal (group, HISTORY_GROUP))
    ohm_config_parse_history (load, meter, keyfile, faults);
  else if (g_str_has_prefix (group, OHM_PLACE_PREFIX))
    ohm_config_place_parse (meter, keyfile, group, load->place_owner, faults);
  else
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, /* key */ NULL, &error,
                           "unknown group; expected [" METER_GROUP "], [" OHM_PLACE_PREFIX
                           "ID] or [" HISTORY_GROUP "]");
  ohm_keyfile_take_fault (faults, error);
}

static void
ohm_config_parse_groups (OhmConfigLoad *load,
                         OhmMeterConfig *meter,
                         OhmKeyfile *keyfile,
                         GPtrArray *faults)
{
  const char *const *groups = ohm_keyfile_get_groups (keyfile);

  /* a group that is wrong may be the one that is missing */
  if (!g_strv_contains (groups, METER_GROUP) && faults->len == 0)
    g_ptr_array_add (faults, g_strdup_printf ("%s:1: has no group [" METER_GROUP "]", meter->file));
  for (guint i = 0; groups[i] != NULL; i++)
    ohm_config_parse_group (load, meter, keyfile, groups[i], faults);
  if (faults->len == 0)
    ohm_config_join_link (load, meter, keyfile);
}

/* @faults gets all that is wrong with its file. */
static void
ohm_config_parse_meter (OhmConfigLoad *load, OhmMeterConfig *meter, GPtrArray *faults)
{
  const char *other = g_hash_table_lookup (load->meter_files, meter->id);
  g_autoptr (OhmKeyfile) keyfile = NULL;

  if (!ohm_id_is_valid (meter->id))
    {
      g_ptr_array_add (faults, ohm_config_dup_no_id (meter->file, meter->id));
      return;
    }
  if (other != NULL)
    {
      g_ptr_array_add (faults, g_strdup_printf ("%s: meter '%s' is configured in %s already",
                                                meter->file, meter->id, other));
      return;
    }
  g_hash_table_replace (load->meter_files, g_strdup (meter->id), g_strdup (meter->file));
  keyfile = ohm_keyfile_load_all (meter->file, faults);
  if (keyfile != NULL)
    ohm_config_parse_groups (load, meter, keyfile, faults);
}

static void
ohm_config_on_meter_file (OhmConfigLoad *load, const char *id, const char *file)
{
  g_autoptr (OhmMeterConfig) meter = g_new0 (OhmMeterConfig, 1);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  gboolean is_second = g_hash_table_contains (load->meter_files, id);

  meter->n_refs = 1;
  meter->id = g_strdup (id);
  meter->file = g_strdup (file);
  meter->type = g_strdup ("auto");
  meter->unit = -1;
  meter->places = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_place_config_free);
  ohm_config_parse_meter (load, meter, faults);
  ohm_config_add_errors (load, faults);
  if (faults->len > 0)
    meter->reason = g_strdup (g_ptr_array_index (faults, 0));
  /* The same id in a second layer is reported; the first one runs. */
  if (!is_second)
    g_ptr_array_add (load->config->meters, g_steal_pointer (&meter));
}

static void
ohm_config_on_uplink_file (OhmConfigLoad *load, const char *id, const char *file)
{
  OhmUplinkConfig *earlier = ohm_config_find_uplink (load->config, id);
  g_autoptr (OhmUplinkConfig) uplink = NULL;

  if (earlier != NULL)
    {
      g_autofree char *text = g_strdup_printf ("%s: uplink '%s' is configured in %s already", file,
                                               id, earlier->file);

      ohm_config_add_error (load, text);
      return;
    }
  uplink = ohm_config_uplink_load (id, file, load->plugins, load->config->errors);
  g_ptr_array_add (load->config->uplinks, g_steal_pointer (&uplink));
}

/* Keys of `ohmd.conf` and its drop-ins: the last file that sets a key wins. */
static void
ohm_config_merge_daemon (OhmConfigLoad *load, const char *file)
{
  const OhmSettingSpec *tables[] = { ohm_config_daemon_table, NULL };
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (OhmKeyfile) keyfile = NULL;
  g_autoptr (OhmSettings) settings = NULL;

  if (g_access (file, F_OK) != 0 && errno == ENOENT)
    return;
  keyfile = ohm_keyfile_load_all (file, faults);
  if (keyfile != NULL)
    {
      ohm_config_check_groups (keyfile, DAEMON_GROUP, faults);
      settings = ohm_settings_new_all (keyfile, DAEMON_GROUP, tables, faults);
    }
  ohm_config_add_errors (load, faults);
  for (const OhmSettingSpec *spec = ohm_config_daemon_table; settings != NULL && spec->key != NULL;
       spec++)
    {
      const char *value = ohm_keyfile_get (keyfile, DAEMON_GROUP, spec->key);

      if (value != NULL)
        g_string_append_printf (load->daemon_lines, "%s\n%s\n", spec->key, value);
    }
}

/* From alternating lines of key and value; the last value of a key counts. */
static OhmSettings *
ohm_config_build_daemon (const char *daemon_lines)
{
  const OhmSettingSpec *tables[] = { ohm_config_daemon_table, NULL };
  g_auto (GStrv) lines = g_strsplit (daemon_lines, "\n", -1);
  g_autoptr (GHashTable) last = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) text = g_string_new ("[" DAEMON_GROUP "]\n");
  g_autoptr (OhmKeyfile) keyfile = NULL;
  GHashTableIter iter;
  gpointer key, value;

  for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i += 2)
    g_hash_table_replace (last, lines[i], lines[i + 1]);
  g_hash_table_iter_init (&iter, last);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_string_append_printf (text, "%s=%s\n", (const char *) key, (const char *) value);
  keyfile = ohm_keyfile_parse ("ohmd.conf", text->str, text->len, /* error */ NULL);
  return ohm_settings_new (keyfile, DAEMON_GROUP, tables, /* error */ NULL);
}

static void
ohm_config_on_conf_file (OhmConfigLoad *load, const char *id, const char *file)
{
  ohm_config_merge_daemon (load, file);
}

static int
ohm_config_compare_meters (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(OhmMeterConfig *const *) a)->id, (*(OhmMeterConfig *const *) b)->id);
}

static int
ohm_config_compare_links (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(OhmLinkConfig *const *) a)->id, (*(OhmLinkConfig *const *) b)->id);
}

static int
ohm_config_compare_uplinks (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(OhmUplinkConfig *const *) a)->id, (*(OhmUplinkConfig *const *) b)->id);
}

static void
ohm_config_load_layer_daemon (OhmConfigLoad *load, const char *dir)
{
  g_autofree char *file = g_build_filename (dir, "ohmd.conf", NULL);
  g_autofree char *drop_ins = g_build_filename (dir, "conf.d", NULL);

  ohm_config_merge_daemon (load, file);
  ohm_config_foreach_file (load, drop_ins, ".conf", ohm_config_on_conf_file);
}

static void
ohm_config_load_layer (OhmConfigLoad *load,
                       const char *dir,
                       const char *folder,
                       const char *suffix,
                       OhmConfigFileFunc func)
{
  g_autofree char *path = g_build_filename (dir, folder, NULL);

  ohm_config_foreach_file (load, path, suffix, func);
}

OhmSettings *
ohm_config_load_daemon (const char *config_dir, const char *runtime_dir)
{
  g_autoptr (GString) daemon_lines = g_string_new (NULL);
  g_autoptr (GPtrArray) errors = g_ptr_array_new_with_free_func (g_free);
  OhmConfig scratch = { .errors = errors };
  OhmConfigLoad load = { .config = &scratch, .daemon_lines = daemon_lines };

  ohm_config_load_layer_daemon (&load, config_dir);
  ohm_config_load_layer_daemon (&load, runtime_dir);
  return ohm_config_build_daemon (daemon_lines->str);
}

OhmConfig *
ohm_config_load (const char *config_dir,
                 const char *runtime_dir,
                 OhmPluginHost *plugins,
                 const OhmConfigHolders *holders)
{
  g_autoptr (GHashTable) meter_files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                              g_free);
  g_autoptr (GPtrArray) shares = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_config_share_free);
  g_autoptr (GHashTable) place_owner = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                              g_free);
  g_autoptr (GString) daemon_lines = g_string_new (NULL);
  const char *layers[] = { config_dir, runtime_dir, NULL };
  OhmConfig *self = g_new0 (OhmConfig, 1);
  OhmConfigLoad load = { self, plugins, meter_files, shares, place_owner, daemon_lines };

  self->meters = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_meter_config_unref);
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_link_config_free);
  self->uplinks = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_uplink_config_unref);
  self->errors = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; layers[i] != NULL; i++)
    {
      ohm_config_load_layer_daemon (&load, layers[i]);
      ohm_config_load_layer (&load, layers[i], "links.d", OHM_LINK_SUFFIX, ohm_config_on_link_file);
    }
  for (guint i = 0; layers[i] != NULL; i++)
    ohm_config_load_layer (&load, layers[i], "meters.d", OHM_METER_SUFFIX,
                           ohm_config_on_meter_file);
  ohm_config_place_check_owners (self, holders);
  ohm_config_settle_shares (&load);
  for (guint i = 0; layers[i] != NULL; i++)
    ohm_config_load_layer (&load, layers[i], "uplinks.d", OHM_UPLINK_SUFFIX,
                           ohm_config_on_uplink_file);
  self->daemon = ohm_config_build_daemon (daemon_lines->str);
  g_ptr_array_sort (self->meters, ohm_config_compare_meters);
  g_ptr_array_sort (self->links, ohm_config_compare_links);
  g_ptr_array_sort (self->uplinks, ohm_config_compare_uplinks);
  ohm_config_uplink_check_kept (self);
  ohm_config_virtual_check (self);
  ohm_config_place_check_parents (self, place_owner);
  return self;
}

OhmMeterConfig *
ohm_config_find_meter (OhmConfig *self, const char *id)
{
  for (guint i = 0; i < self->meters->len; i++)
    {
      OhmMeterConfig *meter = g_ptr_array_index (self->meters, i);

      if (g_str_equal (meter->id, id))
        return meter;
    }
  return NULL;
}

OhmUplinkConfig *
ohm_config_find_uplink (OhmConfig *self, const char *id)
{
  for (guint i = 0; i < self->uplinks->len; i++)
    {
      OhmUplinkConfig *uplink = g_ptr_array_index (self->uplinks, i);

      if (g_str_equal (uplink->id, id))
        return uplink;
    }
  return NULL;
}

static gboolean
ohm_config_places_equal (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const OhmPlaceConfig *left = g_ptr_array_index (a, i);
      const OhmPlaceConfig *right = g_ptr_array_index (b, i);

      if (!g_str_equal (left->id, right->id) || g_strcmp0 (left->parent, right->parent) != 0 ||
          !ohm_settings_equal (left->settings, right->settings))
        return FALSE;
    }
  return TRUE;
}

static gboolean
ohm_config_is_history_equal (const OhmMeterConfig *a, const OhmMeterConfig *b)
{
  if (a->history == NULL || b->history == NULL)
    return a->history == b->history;
  return ohm_settings_equal (a->history, b->history);
}

gboolean
ohm_meter_config_equal (const OhmMeterConfig *a, const OhmMeterConfig *b)
{
  return ohm_meter_config_is_read_alike (a, b) && ohm_settings_equal (a->settings, b->settings) &&
         a->history_type == b->history_type && ohm_config_is_history_equal (a, b) &&
         ohm_config_places_equal (a->places, b->places);
}

gboolean
ohm_meter_config_is_enabled (const OhmMeterConfig *self)
{
  return self->settings == NULL || ohm_settings_get_boolean (self->settings, "enabled");
}

gboolean
ohm_meter_config_is_read_alike (const OhmMeterConfig *a, const OhmMeterConfig *b)
{
  return g_str_equal (a->id, b->id) && g_strcmp0 (a->link, b->link) == 0 && a->unit == b->unit &&
         g_strcmp0 (a->reason, b->reason) == 0 &&
         ohm_settings_equal_but (a->settings, b->settings, "name");
}

OhmUplinkConfig *
ohm_config_find_kept_uplink (OhmConfig *self, const char *kept)
{
  for (guint i = 0; i < self->uplinks->len; i++)
    {
      OhmUplinkConfig *uplink = g_ptr_array_index (self->uplinks, i);

      if (uplink->reason == NULL && g_str_equal (ohm_uplink_config_get_kept (uplink), kept))
        return uplink;
    }
  return NULL;
}
