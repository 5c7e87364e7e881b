/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-object.h"

#include <string.h>

#include "ohmctl-connection.h"
#include "ohmctl-result.h"
#include "ohmctl-words.h"

struct _OhmctlObject
{
  char *path;             /* (owned) */
  GHashTable *properties; /* (owned): name to GVariant */
};

static const struct
{
  const char *name;
  const char *folder;
  const char *interface;
} kinds[] = {
  [OHMCTL_KIND_METER] = { "meter", "meters", OHM_DBUS_NAME ".Meter" },
  [OHMCTL_KIND_PLACE] = { "place", "places", OHM_DBUS_NAME ".Place" },
  [OHMCTL_KIND_LINK] = { "link", "links", OHM_DBUS_NAME ".Link" },
  [OHMCTL_KIND_UPLINK] = { "uplink", "uplinks", OHM_DBUS_NAME ".Uplink" },
  [OHMCTL_KIND_PLUGIN] = { "plugin", "plugins", OHM_DBUS_NAME ".Plugin" },
  [OHMCTL_KIND_PROFILE] = { "profile", "profiles", OHM_DBUS_NAME ".Profile" },
  [OHMCTL_KIND_JOB] = { "job", "jobs", OHM_DBUS_NAME ".Job" },
};

const char *
ohmctl_kind_to_string (OhmctlKind kind)
{
  return kinds[kind].name;
}

const char *
ohmctl_kind_get_interface (OhmctlKind kind)
{
  return kinds[kind].interface;
}

OhmctlObject *
ohmctl_object_new (const char *path, GVariant *properties)
{
  OhmctlObject *self = g_new0 (OhmctlObject, 1);

  self->path = g_strdup (path);
  self->properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_variant_unref);
  ohmctl_object_update (self, properties);
  return self;
}

void
ohmctl_object_free (OhmctlObject *self)
{
  g_free (self->path);
  g_hash_table_unref (self->properties);
  g_free (self);
}

OhmctlObject *
ohmctl_object_copy (OhmctlObject *self)
{
  OhmctlObject *copy = g_new0 (OhmctlObject, 1);
  GHashTableIter iter;
  gpointer name, value;

  copy->path = g_strdup (self->path);
  copy->properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_variant_unref);
  g_hash_table_iter_init (&iter, self->properties);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_hash_table_insert (copy->properties, g_strdup (name), g_variant_ref (value));
  return copy;
}

void
ohmctl_object_update (OhmctlObject *self, GVariant *properties)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, properties);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    g_hash_table_replace (self->properties, g_strdup (name), value);
}

GVariant *
ohmctl_object_variant (OhmctlObject *self, const char *property, const char *type)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    return NULL;
  return g_variant_ref (value);
}

const char *
ohmctl_object_string (OhmctlObject *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return "";
  return g_variant_get_string (value, NULL);
}

gint64
ohmctl_object_integer (OhmctlObject *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  if (value == NULL)
    return 0;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_variant_get_uint32 (value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    return (gint64) MIN (g_variant_get_uint64 (value), (guint64) G_MAXINT64);
  return g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) ? g_variant_get_int64 (value) : 0;
}

double
ohmctl_object_real (OhmctlObject *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  if (value == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return 0;
  return g_variant_get_double (value);
}

gboolean
ohmctl_object_boolean (OhmctlObject *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) &&
         g_variant_get_boolean (value);
}

char *
ohmctl_object_join (OhmctlObject *self, const char *property)
{
  g_autoptr (GVariant) value = ohmctl_object_variant (self, property, "as");
  g_autofree const char **words = value != NULL ? g_variant_get_strv (value, NULL) : NULL;

  return words != NULL ? ohmctl_words_join (words, ", ") : g_strdup ("");
}

OhmMessage *
ohmctl_object_dup_cause (OhmctlObject *self)
{
  gboolean is_job = g_hash_table_contains (self->properties, "MessageCode");
  const char *code = ohmctl_object_string (self, is_job ? "MessageCode" : "CauseCode");
  g_autoptr (GVariant) arguments = ohmctl_object_variant (self,
                                                          is_job ? "MessageArguments"
                                                                 : "CauseArguments",
                                                          "a{ss}");

  if (*code == '\0')
    return NULL;
  if (arguments == NULL)
    arguments = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
  return ohm_message_new_from_variant (code, arguments);
}

const char *
ohmctl_object_get_path (OhmctlObject *self)
{
  return self->path;
}

const char *
ohmctl_object_get_id (OhmctlObject *self)
{
  return ohmctl_object_string (self, "Id");
}

static int
ohmctl_object_compare (const void *a, const void *b)
{
  const char *first = ohmctl_object_get_id (*(OhmctlObject *const *) a);
  const char *second = ohmctl_object_get_id (*(OhmctlObject *const *) b);
  g_autofree char *first_key = g_utf8_collate_key_for_filename (first, -1);
  g_autofree char *second_key = g_utf8_collate_key_for_filename (second, -1);

  return strcmp (first_key, second_key);
}

static void
ohmctl_object_parse (OhmctlObjects *objects, const char *path, GVariant *interfaces)
{
  for (guint i = 0; i < OHMCTL_N_KINDS; i++)
    {
      g_autoptr (GVariant) properties = g_variant_lookup_value (interfaces, kinds[i].interface,
                                                                G_VARIANT_TYPE_VARDICT);

      if (properties != NULL)
        g_ptr_array_add (objects->of[i], ohmctl_object_new (path, properties));
    }
}

OhmctlObjects *
ohmctl_objects_new (GVariant *managed)
{
  OhmctlObjects *self = g_new0 (OhmctlObjects, 1);
  GVariantIter iter;
  const char *path;
  GVariant *interfaces;

  for (guint i = 0; i < OHMCTL_N_KINDS; i++)
    self->of[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) ohmctl_object_free);
  g_variant_iter_init (&iter, managed);
  while (g_variant_iter_next (&iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      ohmctl_object_parse (self, path, interfaces);
      g_variant_unref (interfaces);
    }
  for (guint i = 0; i < OHMCTL_N_KINDS; i++)
    g_ptr_array_sort (self->of[i], ohmctl_object_compare);
  return self;
}

void
ohmctl_objects_free (OhmctlObjects *self)
{
  for (guint i = 0; i < OHMCTL_N_KINDS; i++)
    g_ptr_array_unref (self->of[i]);
  g_free (self);
}

OhmctlObjects *
ohmctl_objects_get (OhmctlContext *context, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) managed = NULL;

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH,
                                  "org.freedesktop.DBus.ObjectManager.GetManagedObjects",
                                  /* arguments */ NULL, "(a{oa{sa{sv}}})", error);
  if (reply == NULL)
    return NULL;
  managed = g_variant_get_child_value (reply, 0);
  return ohmctl_objects_new (managed);
}

GPtrArray *
ohmctl_object_list (OhmctlContext *context, OhmctlKind kind, GError **error)
{
  g_autoptr (OhmctlObjects) objects = ohmctl_objects_get (context, error);

  return objects != NULL ? g_ptr_array_ref (objects->of[kind]) : NULL;
}

/* Says what there is instead of @id. */
static void
ohmctl_object_set_unknown (OhmctlContext *context, OhmctlKind kind, const char *id, GError **error)
{
  g_autoptr (GPtrArray) list = ohmctl_object_list (context, kind, error);
  g_autoptr (GPtrArray) ids = ohmctl_words_new ();

  if (list == NULL)
    return;
  for (guint i = 0; i < list->len; i++)
    ohmctl_words_add (ids, ohmctl_object_get_id (list->pdata[i]));
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, kinds[kind].name, id,
                            ohmctl_words_end (ids));
}

static OhmctlObject *
ohmctl_object_get_at (OhmctlContext *context,
                      const char *path,
                      const char *interface,
                      GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) properties = NULL;

  reply = ohmctl_connection_call (context, path, "org.freedesktop.DBus.Properties.GetAll",
                                  g_variant_new ("(s)", interface), "(a{sv})", error);
  if (reply == NULL)
    return NULL;
  properties = g_variant_get_child_value (reply, 0);
  return ohmctl_object_new (path, properties);
}

OhmctlObject *
ohmctl_object_get (OhmctlContext *context, OhmctlKind kind, const char *id, GError **error)
{
  g_autofree char *path = ohmctl_connection_dup_path (kinds[kind].folder, id);
  g_autoptr (OhmctlObject) object = NULL;
  GError *local = NULL;

  if (*id == '\0')
    {
      ohmctl_object_set_unknown (context, kind, id, error);
      return NULL;
    }
  object = ohmctl_object_get_at (context, path, kinds[kind].interface, &local);
  if (object != NULL)
    return g_steal_pointer (&object);
  if (!ohmctl_connection_is_unknown_object (local) &&
      !g_error_matches (local, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS))
    {
      g_propagate_error (error, local);
      return NULL;
    }
  g_clear_error (&local);
  ohmctl_object_set_unknown (context, kind, id, error);
  return NULL;
}

OhmctlObject *
ohmctl_object_get_root (OhmctlContext *context, const char *interface, GError **error)
{
  g_autofree char *name = g_strconcat (OHM_DBUS_NAME ".", interface, NULL);

  return ohmctl_object_get_at (context, OHM_DBUS_PATH, name, error);
}

/* `ProfileRevision` becomes `profile_revision`. */
static char *
ohmctl_object_dup_key (const char *property)
{
  GString *key = g_string_new (NULL);

  for (const char *p = property; *p != '\0'; p++)
    {
      if (g_ascii_isupper (*p) && p > property)
        g_string_append_c (key, '_');
      g_string_append_c (key, g_ascii_tolower (*p));
    }
  return g_string_free (key, FALSE);
}

/* Below 0 it is not known. */
static void
ohmctl_object_write_room (OhmctlJson *json, gint64 room_us)
{
  if (room_us >= 0)
    ohmctl_json_integer (json, "room_us", room_us);
  else
    ohmctl_json_null (json, "room_us");
}

static void
ohmctl_object_write_property (OhmctlJson *json, OhmctlObject *object, const char *property)
{
  static const char *const times[] = {
    "Since",         "NextAttempt", "Started",      "Ended", "LastSlot",
    "DeliveredUpTo", "LastSuccess", "ClaimExpires", "Now",   NULL,
  };
  g_autofree char *key = ohmctl_object_dup_key (property);
  GVariant *value = g_hash_table_lookup (object->properties, property);

  if (g_strv_contains (times, property))
    ohmctl_json_time (json, key, ohmctl_object_integer (object, property));
  else if (strcmp (property, "Result") == 0 && g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT))
    ohmctl_result_write (json, key, value);
  else if (strcmp (property, "PollPeriod") == 0)
    ohmctl_json_integer (json, "poll_us", ohmctl_object_integer (object, property));
  else if (strcmp (property, "Room") == 0)
    ohmctl_object_write_room (json, ohmctl_object_integer (object, property));
  else
    ohmctl_json_variant (json, key, value);
}

void
ohmctl_json_object (OhmctlJson *json, const char *key, OhmctlObject *object)
{
  static const char *const skipped[] = { "Id",          "CauseCode",        "CauseArguments",
                                         "MessageCode", "MessageArguments", NULL };
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (object);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (object->properties),
                                         (GCompareFunc) strcmp);
  gboolean is_job = g_hash_table_contains (object->properties, "MessageCode");
  gboolean has_cause = is_job || g_hash_table_contains (object->properties, "CauseCode");

  ohmctl_json_begin_object (json, key);
  if (g_hash_table_contains (object->properties, "Id"))
    ohmctl_json_string (json, "id", ohmctl_object_get_id (object));
  for (GList *l = names; l != NULL; l = l->next)
    if (!g_strv_contains (skipped, l->data))
      ohmctl_object_write_property (json, object, l->data);
  if (has_cause)
    ohmctl_json_message (json, is_job ? "message" : "cause", cause);
  ohmctl_json_end_object (json);
}

OhmctlStyle
ohmctl_state_style (const char *state)
{
  static const char *const good[] = { "ok",     "up",   "loaded",    "builtin",
                                      "active", "done", "recording", NULL };
  static const char *const calm[] = { "starting", "connecting", "waiting", "running",
                                      "disabled", "orphaned",   "closed",  NULL };
  static const char *const odd[] = { "partial",        "overloaded", "gap",
                                     "restart-needed", "cancelled",  "retrying",
                                     "waiting-user",   "unclaimed",  NULL };

  if (g_strv_contains (good, state))
    return OHMCTL_STYLE_GOOD;
  if (g_strv_contains (calm, state))
    return OHMCTL_STYLE_DIM;
  return g_strv_contains (odd, state) ? OHMCTL_STYLE_WARNING : OHMCTL_STYLE_BAD;
}
