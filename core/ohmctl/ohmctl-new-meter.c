/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-add.h"
#include "ohmctl-object.h"
#include "ohmctl-spec.h"
#include "ohmctl-words.h"

#define TYPE_VIRTUAL "virtual"

/* Columns of the place, and their keys in its group. */
static const struct
{
  const char *column;
  const char *key;
} place_columns[] = {
  { "place", "" },        { "place-name", "name" }, { "source", "source" },
  { "medium", "medium" }, { "parent", "parent" },   { "direction", "direction" },
  { "factor", "factor" },
};

/* What the files of meters are checked against. */
typedef struct
{
  const char *file;
  GPtrArray *specs;
  GHashTable *meters;  /* (element-type utf8): ids that are taken */
  GHashTable *places;  /* (element-type utf8) */
  GPtrArray *profiles; /* (element-type OhmctlObject) */
  GPtrArray *findings; /* (element-type utf8) */
} OhmctlCheck;

OhmctlNewMeter *
ohmctl_new_meter_new (const char *id, guint line)
{
  OhmctlNewMeter *self = g_new0 (OhmctlNewMeter, 1);

  self->id = g_strdup (id);
  self->line = line;
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
ohmctl_new_meter_free (OhmctlNewMeter *self)
{
  g_free (self->id);
  g_hash_table_unref (self->keys);
  g_free (self->text);
  g_free (self);
}

const char *
ohmctl_new_meter_place_key (const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (place_columns); i++)
    if (strcmp (place_columns[i].column, column) == 0)
      return place_columns[i].key;
  return NULL;
}

/* `--host=192.0.2.10:5020`, as `ohmctl test` takes it. With a port of its own it stays, and is
 * told. */
static void
ohmctl_new_meter_split_host (OhmctlNewMeter *self)
{
  const char *host = g_hash_table_lookup (self->keys, "host");
  const char *colon = host != NULL ? strchr (host, ':') : NULL;

  if (colon == NULL || strchr (colon + 1, ':') != NULL ||
      g_hash_table_contains (self->keys, "port"))
    return;
  g_hash_table_replace (self->keys, g_strdup ("port"), g_strdup (colon + 1));
  g_hash_table_replace (self->keys, g_strdup ("host"), g_strndup (host, (gsize) (colon - host)));
}

/* A sum of places has neither address nor link. */
static gboolean
ohmctl_new_meter_is_virtual (const OhmctlNewMeter *self)
{
  return g_hash_table_contains (self->keys, "sum") ||
         g_strcmp0 (g_hash_table_lookup (self->keys, "type"), TYPE_VIRTUAL) == 0;
}

/* The transport follows from the address: HOST is Modbus TCP, a device Modbus RTU. */
static const char *
ohmctl_new_meter_get_transport (const OhmctlNewMeter *self)
{
  if (g_hash_table_contains (self->keys, "transport"))
    return g_hash_table_lookup (self->keys, "transport");
  if (g_hash_table_contains (self->keys, "link") || ohmctl_new_meter_is_virtual (self))
    return NULL;
  return g_hash_table_contains (self->keys, "device") ? "modbus-rtu" : "modbus-tcp";
}

static char *
ohmctl_new_meter_make_text (const OhmctlNewMeter *self)
{
  GString *text = g_string_new ("[meter]\n");
  const char *transport = ohmctl_new_meter_get_transport (self);
  const char *place = g_hash_table_lookup (self->keys, "place");
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->keys), (GCompareFunc) strcmp);

  if (!g_hash_table_contains (self->keys, "type"))
    g_string_append_printf (text, "type = %s\n",
                            ohmctl_new_meter_is_virtual (self) ? TYPE_VIRTUAL : "auto");
  if (transport != NULL && !g_hash_table_contains (self->keys, "transport"))
    g_string_append_printf (text, "transport = %s\n", transport);
  for (GList *l = keys; l != NULL; l = l->next)
    if (ohmctl_new_meter_place_key (l->data) == NULL)
      g_string_append_printf (text, "%s = %s\n", (const char *) l->data,
                              (const char *) g_hash_table_lookup (self->keys, l->data));
  if (place != NULL)
    g_string_append_printf (text, "\n[place %s]\n", place);
  for (guint i = 1; place != NULL && i < G_N_ELEMENTS (place_columns); i++)
    {
      const char *value = g_hash_table_lookup (self->keys, place_columns[i].column);

      if (value != NULL)
        g_string_append_printf (text, "%s = %s\n", place_columns[i].key, value);
    }
  return g_string_free (text, FALSE);
}

char *
ohmctl_new_meter_dup_text (const OhmctlNewMeter *self)
{
  return self->text != NULL ? g_strdup (self->text) : ohmctl_new_meter_make_text (self);
}

static void
ohmctl_check_add (OhmctlCheck *self,
                  const OhmctlNewMeter *meter,
                  const char *column,
                  const char *reason)
{
  if (meter->line > 0)
    g_ptr_array_add (self->findings,
                     g_strdup_printf ("%s:%u: %s: %s", self->file, meter->line, column, reason));
  else
    g_ptr_array_add (self->findings, g_strdup_printf ("%s: %s", column, reason));
}

/* (nullable): the declaration of a column of this meter */
static const OhmctlSpecRow *
ohmctl_check_find_spec (OhmctlCheck *self, const OhmctlNewMeter *meter, const char *column)
{
  const char *place_key = ohmctl_new_meter_place_key (column);
  const char *transport = ohmctl_new_meter_get_transport (meter);
  const OhmctlSpecRow *row;

  if (place_key != NULL)
    return ohmctl_spec_find (self->specs, "place", place_key);
  row = ohmctl_spec_find (self->specs, "meter", column);
  if (row == NULL && transport != NULL)
    row = ohmctl_spec_find (self->specs, transport, column);
  return row;
}

/* Whether it is a key of a meter, or of some transport. */
static gboolean
ohmctl_check_is_key (OhmctlCheck *self, const char *column)
{
  for (guint i = 0; i < self->specs->len; i++)
    {
      const OhmctlSpecRow *row = self->specs->pdata[i];

      if (strcmp (row->group, "meter") == 0 && strcmp (row->setting.key, column) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A name that no meter could have is the header's mistake, and told once. */
static void
ohmctl_check_add_unknown (OhmctlCheck *self,
                          const OhmctlNewMeter *meter,
                          const char *column,
                          const char *reason)
{
  g_autofree char *text = g_strdup_printf ("%s:%u: %s: %s", self->file, meter->header_line, column,
                                           reason);

  if (meter->line == 0 || ohmctl_check_is_key (self, column))
    ohmctl_check_add (self, meter, column, reason);
  else if (!g_ptr_array_find_with_equal_func (self->findings, text, g_str_equal, NULL))
    g_ptr_array_add (self->findings, g_steal_pointer (&text));
}

static void
ohmctl_check_set_unknown (OhmctlCheck *self, const OhmctlNewMeter *meter, const char *column)
{
  g_autoptr (GPtrArray) known = ohmctl_words_new ();
  const char *transport = ohmctl_new_meter_get_transport (meter);
  g_autofree char *reason = NULL;
  const char *near;

  for (guint i = 0; i < self->specs->len; i++)
    {
      const OhmctlSpecRow *row = self->specs->pdata[i];

      if (strcmp (row->scope, "meter") == 0 || g_strcmp0 (row->scope, transport) == 0)
        ohmctl_words_add (known, row->setting.key);
    }
  for (guint i = 0; i < G_N_ELEMENTS (place_columns); i++)
    ohmctl_words_add (known, place_columns[i].column);
  near = ohm_suggest (column, ohmctl_words_end (known));
  reason = near != NULL ? g_strdup_printf ("no such key; did you mean '%s'?", near)
                        : g_strdup ("no such key");
  ohmctl_check_add_unknown (self, meter, column, reason);
}

static void
ohmctl_check_value (OhmctlCheck *self,
                    const OhmctlNewMeter *meter,
                    const char *column,
                    const char *value)
{
  const OhmctlSpecRow *row = ohmctl_check_find_spec (self, meter, column);
  g_autoptr (GError) error = NULL;

  if (strpbrk (value, "\r\n") != NULL)
    ohmctl_check_add (self, meter, column, "a value has one line");
  else if (strcmp (column, "place") == 0)
    {
      if (!ohm_id_is_valid (value))
        ohmctl_check_add (self, meter, column,
                          "an id has only a-z, 0-9 and '-', at most 63 of them");
      else if (!g_hash_table_add (self->places, g_strdup (value)))
        ohmctl_check_add (self, meter, column, "there is such a place already");
    }
  else if (row == NULL && g_hash_table_contains (meter->keys, "link") &&
           ohmctl_check_is_key (self, column))
    ohmctl_check_add (self, meter, column,
                      "the link has its own; give either a link or an address");
  else if (row == NULL)
    ohmctl_check_set_unknown (self, meter, column);
  else if (!ohm_setting_check (&row->setting, value, &error))
    ohmctl_check_add (self, meter, column, error->message);
}

static void
ohmctl_check_type (OhmctlCheck *self, const OhmctlNewMeter *meter)
{
  const char *type = g_hash_table_lookup (meter->keys, "type");
  g_autoptr (GPtrArray) ids = ohmctl_words_new ();
  g_autofree char *reason = NULL;
  const char *near;

  if (type == NULL || strcmp (type, "auto") == 0 || strcmp (type, TYPE_VIRTUAL) == 0)
    return;
  for (guint i = 0; i < self->profiles->len; i++)
    {
      const char *id = ohmctl_object_get_id (self->profiles->pdata[i]);

      if (strcmp (id, type) == 0)
        return;
      ohmctl_words_add (ids, id);
    }
  near = ohm_suggest (type, ohmctl_words_end (ids));
  reason = near != NULL ? g_strdup_printf ("no type '%s'; did you mean '%s'?", type, near)
                        : g_strdup_printf ("no type '%s'", type);
  ohmctl_check_add (self, meter, "type", reason);
}

/* Keys that must be there, and are not. */
static void
ohmctl_check_required (OhmctlCheck *self, const OhmctlNewMeter *meter)
{
  const char *transport = ohmctl_new_meter_get_transport (meter);

  for (guint i = 0; i < self->specs->len; i++)
    {
      const OhmctlSpecRow *row = self->specs->pdata[i];

      if (row->setting.is_required && transport != NULL && strcmp (row->scope, transport) == 0 &&
          !g_hash_table_contains (meter->keys, row->setting.key))
        ohmctl_check_add (self, meter, row->setting.key, "is missing");
    }
}

static void
ohmctl_check_id (OhmctlCheck *self, const OhmctlNewMeter *meter)
{
  if (!ohm_id_is_valid (meter->id))
    ohmctl_check_add (self, meter, "id", "an id has only a-z, 0-9 and '-', at most 63 of them");
  else if (!g_hash_table_add (self->meters, g_strdup (meter->id)))
    ohmctl_check_add (self, meter, "id", "there is such a meter already");
}

static void
ohmctl_check_meter (OhmctlCheck *self, const OhmctlNewMeter *meter)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (meter->keys), (GCompareFunc) strcmp);

  ohmctl_check_id (self, meter);
  if (meter->text != NULL)
    return;
  for (GList *l = keys; l != NULL; l = l->next)
    ohmctl_check_value (self, meter, l->data, g_hash_table_lookup (meter->keys, l->data));
  for (GList *l = keys; l != NULL; l = l->next)
    if (ohmctl_new_meter_place_key (l->data) != NULL &&
        !g_hash_table_contains (meter->keys, "place"))
      {
        ohmctl_check_add (self, meter, l->data, "belongs to a place: name one with 'place'");
        break;
      }
  ohmctl_check_type (self, meter);
  ohmctl_check_required (self, meter);
}

/* One without a meter may be gone on with: the daemon knows whether, and says how. */
static GHashTable *
ohmctl_check_collect_places (GPtrArray *objects)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < objects->len; i++)
    if (*ohmctl_object_string (objects->pdata[i], "Meter") != '\0')
      g_hash_table_add (ids, g_strdup (ohmctl_object_get_id (objects->pdata[i])));
  return ids;
}

static GHashTable *
ohmctl_check_collect_ids (GPtrArray *objects)
{
  GHashTable *ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < objects->len; i++)
    g_hash_table_add (ids, g_strdup (ohmctl_object_get_id (objects->pdata[i])));
  return ids;
}

gboolean
ohmctl_new_meters_check (OhmctlContext *context,
                         GPtrArray *meters,
                         const char *file,
                         GPtrArray **ret_findings,
                         GError **error)
{
  g_autoptr (GPtrArray) specs = ohmctl_spec_get (context, "", error);
  g_autoptr (OhmctlObjects) objects = specs != NULL ? ohmctl_objects_get (context, error) : NULL;
  g_autoptr (GHashTable) taken = NULL;
  g_autoptr (GHashTable) places = NULL;
  OhmctlCheck check = { .file = file, .specs = specs };

  if (objects == NULL)
    return FALSE;
  taken = ohmctl_check_collect_ids (objects->of[OHMCTL_KIND_METER]);
  places = ohmctl_check_collect_places (objects->of[OHMCTL_KIND_PLACE]);
  check.meters = taken;
  check.places = places;
  check.profiles = objects->of[OHMCTL_KIND_PROFILE];
  check.findings = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < meters->len; i++)
    ohmctl_new_meter_split_host (meters->pdata[i]);
  for (guint i = 0; i < meters->len; i++)
    ohmctl_check_meter (&check, meters->pdata[i]);
  *ret_findings = check.findings;
  return TRUE;
}
