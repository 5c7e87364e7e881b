/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-settings.h"

#include <string.h>

#include "ohm-setting-private.h"

typedef struct
{
  const OhmSettingSpec *spec;
  gboolean is_set; /* the file says so, not the default */
  OhmSettingValue value;
} OhmSettingsItem;

struct _OhmSettings
{
  gatomicrefcount refs;
  GArray *items; /* (owned) (element-type OhmSettingsItem) in the order of the tables */
};

G_DEFINE_BOXED_TYPE (OhmSettings, ohm_settings, ohm_settings_ref, ohm_settings_unref)

static void
ohm_settings_item_clear (gpointer data)
{
  OhmSettingsItem *item = data;

  ohm_setting_value_clear (&item->value);
}

static OhmSettings *
ohm_settings_alloc (const OhmSettingSpec *const *tables)
{
  OhmSettings *self = g_new0 (OhmSettings, 1);

  g_atomic_ref_count_init (&self->refs);
  self->items = g_array_new (/* zero terminated */ FALSE, TRUE, sizeof (OhmSettingsItem));
  g_array_set_clear_func (self->items, ohm_settings_item_clear);
  for (guint t = 0; tables[t] != NULL; t++)
    for (const OhmSettingSpec *spec = tables[t]; spec->key != NULL; spec++)
      {
        OhmSettingsItem item = { .spec = spec };
        g_array_append_val (self->items, item);
      }
  return self;
}

OhmSettings *
ohm_settings_ref (OhmSettings *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
ohm_settings_unref (OhmSettings *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->items);
  g_free (self);
}

static OhmSettingsItem *
ohm_settings_find (OhmSettings *self, const char *key)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      OhmSettingsItem *item = &g_array_index (self->items, OhmSettingsItem, i);

      if (g_str_equal (item->spec->key, key))
        return item;
    }
  return NULL;
}

static void
ohm_settings_set_unknown_key_error (OhmSettings *self,
                                    OhmKeyfile *keyfile,
                                    const char *group,
                                    const char *key,
                                    GError **error)
{
  g_autofree const char **keys = g_new0 (const char *, self->items->len + 1);
  const char *meant;

  for (guint i = 0; i < self->items->len; i++)
    keys[i] = g_array_index (self->items, OhmSettingsItem, i).spec->key;
  meant = ohm_suggest (key, keys);
  if (meant != NULL)
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, key, error,
                           "unknown key; did you mean '%s'?", meant);
  else
    ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, key, error, "unknown key");
}

static gboolean
ohm_settings_read_key (OhmSettings *self,
                       OhmKeyfile *keyfile,
                       const char *group,
                       const OhmKeyfileEntry *entry,
                       GError **error)
{
  OhmSettingsItem *item = ohm_settings_find (self, entry->key);
  g_autoptr (GError) local_error = NULL;

  if (item == NULL)
    {
      ohm_settings_set_unknown_key_error (self, keyfile, group, entry->key, error);
      return FALSE;
    }
  item->is_set = TRUE;
  if (ohm_setting_value_parse (item->spec, entry->value, &item->value, &local_error))
    return TRUE;
  ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, entry->key, error, "%s",
                         local_error->message);
  return FALSE;
}

static void
ohm_settings_read (OhmSettings *self, OhmKeyfile *keyfile, const char *group, GPtrArray *faults)
{
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, group, &n);

  for (guint i = 0; i < n && faults->len < OHM_KEYFILE_FAULTS_MAX; i++)
    {
      GError *error = NULL;

      ohm_settings_read_key (self, keyfile, group, &entries[i], &error);
      ohm_keyfile_take_fault (faults, error);
    }
}

static gboolean
ohm_settings_complete_key (OhmSettingsItem *item,
                           OhmKeyfile *keyfile,
                           const char *group,
                           GError **error)
{
  const OhmSettingSpec *spec = item->spec;

  if (spec->is_required && keyfile != NULL)
    {
      ohm_keyfile_set_error (keyfile, OHM_ERROR_CONFIG, group, spec->key, error,
                             "the key is missing");
      return FALSE;
    }
  if (spec->is_required)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "[%s] %s: the key is missing", group,
                   spec->key);
      return FALSE;
    }
  if (spec->fallback == NULL || ohm_setting_value_parse (spec, spec->fallback, &item->value, error))
    return TRUE;
  g_prefix_error (error, "default of '%s': ", spec->key);
  return FALSE;
}

static void
ohm_settings_complete (OhmSettings *self, OhmKeyfile *keyfile, const char *group, GPtrArray *faults)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      OhmSettingsItem *item = &g_array_index (self->items, OhmSettingsItem, i);
      GError *error = NULL;

      if (!item->is_set)
        ohm_settings_complete_key (item, keyfile, group, &error);
      ohm_keyfile_take_fault (faults, error);
    }
}

OhmSettings *
ohm_settings_new_all (OhmKeyfile *keyfile,
                      const char *group,
                      const OhmSettingSpec *const *tables,
                      GPtrArray *faults)
{
  g_autoptr (OhmSettings) self = NULL;
  guint n_before;

  g_return_val_if_fail (group != NULL, NULL);
  g_return_val_if_fail (tables != NULL, NULL);
  g_return_val_if_fail (faults != NULL, NULL);

  n_before = faults->len;
  self = ohm_settings_alloc (tables);
  if (keyfile != NULL)
    ohm_settings_read (self, keyfile, group, faults);
  ohm_settings_complete (self, keyfile, group, faults);
  return faults->len == n_before && n_before < OHM_KEYFILE_FAULTS_MAX ? g_steal_pointer (&self)
                                                                      : NULL;
}

OhmSettings *
ohm_settings_new (OhmKeyfile *keyfile,
                  const char *group,
                  const OhmSettingSpec *const *tables,
                  GError **error)
{
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (OhmSettings) self = ohm_settings_new_all (keyfile, group, tables, faults);

  if (self == NULL && faults->len > 0)
    g_set_error_literal (error, OHM_ERROR, OHM_ERROR_CONFIG, g_ptr_array_index (faults, 0));
  return g_steal_pointer (&self);
}

gboolean
ohm_settings_is_set (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL, FALSE);
  return item->is_set;
}

const char *
ohm_settings_get_string (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (key != NULL, NULL);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL, NULL);
  return item->value.text;
}

gboolean
ohm_settings_get_boolean (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL && item->spec->type == OHM_SETTING_BOOLEAN, FALSE);
  return item->value.integer != 0;
}

gint64
ohm_settings_get_integer (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (key != NULL, 0);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL && item->spec->type == OHM_SETTING_INTEGER, 0);
  return item->value.integer;
}

double
ohm_settings_get_real (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (key != NULL, 0);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL && item->spec->type == OHM_SETTING_REAL, 0);
  return item->value.real;
}

gint64
ohm_settings_get_duration_us (OhmSettings *self, const char *key)
{
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, 0);
  g_return_val_if_fail (key != NULL, 0);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL && item->spec->type == OHM_SETTING_DURATION, 0);
  return item->value.integer;
}

const char *const *
ohm_settings_get_list (OhmSettings *self, const char *key)
{
  static const char *const empty[] = { NULL };
  const OhmSettingsItem *item;

  g_return_val_if_fail (self != NULL, empty);
  g_return_val_if_fail (key != NULL, empty);

  item = ohm_settings_find (self, key);
  g_return_val_if_fail (item != NULL && item->spec->type == OHM_SETTING_LIST, empty);
  return item->value.list != NULL ? (const char *const *) item->value.list : empty;
}

static const char *
ohm_settings_find_other (OhmSettings *a, OhmSettings *b, const char *ignored)
{
  for (guint i = 0; i < a->items->len; i++)
    {
      const OhmSettingsItem *item = &g_array_index (a->items, OhmSettingsItem, i);
      const OhmSettingsItem *other = ohm_settings_find (b, item->spec->key);

      if (g_strcmp0 (item->spec->key, ignored) == 0)
        continue;
      if (other == NULL || !ohm_setting_value_equal (item->spec, &item->value, &other->value))
        return item->spec->key;
    }
  return NULL;
}

const char *
ohm_settings_find_difference (OhmSettings *a, OhmSettings *b)
{
  g_return_val_if_fail (a != NULL && b != NULL, NULL);

  return ohm_settings_find_other (a, b, /* ignored */ NULL);
}

gboolean
ohm_settings_equal (OhmSettings *a, OhmSettings *b)
{
  return ohm_settings_equal_but (a, b, /* ignored */ NULL);
}

gboolean
ohm_settings_equal_but (OhmSettings *a, OhmSettings *b, const char *ignored)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL || a->items->len != b->items->len)
    return FALSE;
  return ohm_settings_find_other (a, b, ignored) == NULL;
}
