/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-json.h"

#include <math.h>
#include <string.h>

#include "ohmctl-format.h"

struct _OhmctlJson
{
  GString *text; /* (owned) */
  guint depth;
  gboolean has_members[OHMCTL_JSON_DEPTH_MAX];
};

OhmctlJson *
ohmctl_json_new (void)
{
  OhmctlJson *self = g_new0 (OhmctlJson, 1);

  self->text = g_string_new (NULL);
  return self;
}

void
ohmctl_json_free (OhmctlJson *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
ohmctl_json_append_string (OhmctlJson *self, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (self->text, '"');
  for (const char *p = valid; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_printf (self->text, "\\%c", *p);
      else if ((guchar) *p < 0x20 || *p == 0x7f)
        g_string_append_printf (self->text, "\\u%04x", (guint) (guchar) *p);
      else
        g_string_append_c (self->text, *p);
    }
  g_string_append_c (self->text, '"');
}

static void
ohmctl_json_begin_value (OhmctlJson *self, const char *key)
{
  if (self->has_members[self->depth])
    g_string_append_c (self->text, ',');
  self->has_members[self->depth] = TRUE;
  if (key != NULL)
    {
      ohmctl_json_append_string (self, key);
      g_string_append_c (self->text, ':');
    }
}

static void
ohmctl_json_begin (OhmctlJson *self, const char *key, char bracket)
{
  g_return_if_fail (self->depth + 1 < OHMCTL_JSON_DEPTH_MAX);

  ohmctl_json_begin_value (self, key);
  g_string_append_c (self->text, bracket);
  self->has_members[++self->depth] = FALSE;
}

static void
ohmctl_json_end (OhmctlJson *self, char bracket)
{
  g_return_if_fail (self->depth > 0);

  g_string_append_c (self->text, bracket);
  self->depth--;
  if (self->depth > 0)
    return;
  g_string_append_c (self->text, '\n');
  self->has_members[0] = FALSE;
}

void
ohmctl_json_begin_object (OhmctlJson *self, const char *key)
{
  ohmctl_json_begin (self, key, '{');
}

void
ohmctl_json_end_object (OhmctlJson *self)
{
  ohmctl_json_end (self, '}');
}

void
ohmctl_json_begin_array (OhmctlJson *self, const char *key)
{
  ohmctl_json_begin (self, key, '[');
}

void
ohmctl_json_end_array (OhmctlJson *self)
{
  ohmctl_json_end (self, ']');
}

void
ohmctl_json_null (OhmctlJson *self, const char *key)
{
  ohmctl_json_begin_value (self, key);
  g_string_append (self->text, "null");
}

void
ohmctl_json_string (OhmctlJson *self, const char *key, const char *value)
{
  if (value == NULL)
    {
      ohmctl_json_null (self, key);
      return;
    }
  ohmctl_json_begin_value (self, key);
  ohmctl_json_append_string (self, value);
}

void
ohmctl_json_integer (OhmctlJson *self, const char *key, gint64 value)
{
  ohmctl_json_begin_value (self, key);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
ohmctl_json_unsigned (OhmctlJson *self, const char *key, guint64 value)
{
  ohmctl_json_begin_value (self, key);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

void
ohmctl_json_real (OhmctlJson *self, const char *key, double value)
{
  g_autofree char *text = isfinite (value) ? ohmctl_format_shortest (value) : NULL;

  ohmctl_json_begin_value (self, key);
  g_string_append (self->text, text != NULL ? text : "null");
}

void
ohmctl_json_boolean (OhmctlJson *self, const char *key, gboolean value)
{
  ohmctl_json_begin_value (self, key);
  g_string_append (self->text, value ? "true" : "false");
}

char *
ohmctl_json_format_time (gint64 us)
{
  gint64 seconds = us / G_USEC_PER_SEC - (us % G_USEC_PER_SEC < 0 ? 1 : 0);
  gint64 fraction = us - seconds * G_USEC_PER_SEC;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (seconds);
  g_autofree char *text = NULL;

  if (time == NULL)
    return NULL;
  text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  if (fraction == 0)
    return g_strdup_printf ("%sZ", text);
  if (fraction % 1000 == 0)
    return g_strdup_printf ("%s.%03dZ", text, (int) (fraction / 1000));
  return g_strdup_printf ("%s.%06dZ", text, (int) fraction);
}

void
ohmctl_json_time (OhmctlJson *self, const char *key, gint64 us)
{
  g_autofree char *text = us != 0 ? ohmctl_json_format_time (us) : NULL;

  ohmctl_json_string (self, key, text);
}

void
ohmctl_json_strv (OhmctlJson *self, const char *key, const char *const *values)
{
  ohmctl_json_begin_array (self, key);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    ohmctl_json_string (self, NULL, values[i]);
  ohmctl_json_end_array (self);
}

static void
ohmctl_json_dictionary (OhmctlJson *self, const char *key, GVariant *value)
{
  gsize n = g_variant_n_children (value);

  ohmctl_json_begin_object (self, key);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (value, i);
      g_autoptr (GVariant) name = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) member = g_variant_get_child_value (entry, 1);

      ohmctl_json_variant (self, g_variant_get_string (name, NULL), member);
    }
  ohmctl_json_end_object (self);
}

static void
ohmctl_json_container (OhmctlJson *self, const char *key, GVariant *value)
{
  gsize n = g_variant_n_children (value);

  ohmctl_json_begin_array (self, key);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      ohmctl_json_variant (self, NULL, child);
    }
  ohmctl_json_end_array (self);
}

static void
ohmctl_json_number (OhmctlJson *self, const char *key, GVariant *value)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      ohmctl_json_unsigned (self, key, g_variant_get_byte (value));
      break;
    case G_VARIANT_CLASS_INT16:
      ohmctl_json_integer (self, key, g_variant_get_int16 (value));
      break;
    case G_VARIANT_CLASS_UINT16:
      ohmctl_json_unsigned (self, key, g_variant_get_uint16 (value));
      break;
    case G_VARIANT_CLASS_INT32:
      ohmctl_json_integer (self, key, g_variant_get_int32 (value));
      break;
    case G_VARIANT_CLASS_UINT32:
      ohmctl_json_unsigned (self, key, g_variant_get_uint32 (value));
      break;
    case G_VARIANT_CLASS_INT64:
      ohmctl_json_integer (self, key, g_variant_get_int64 (value));
      break;
    case G_VARIANT_CLASS_UINT64:
      ohmctl_json_unsigned (self, key, g_variant_get_uint64 (value));
      break;
    case G_VARIANT_CLASS_DOUBLE:
      ohmctl_json_real (self, key, g_variant_get_double (value));
      break;
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      ohmctl_json_null (self, key);
      break;
    }
}

void
ohmctl_json_variant (OhmctlJson *self, const char *key, GVariant *value)
{
  if (self->depth + 2 >= OHMCTL_JSON_DEPTH_MAX)
    ohmctl_json_null (self, key);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ||
           g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH) ||
           g_variant_is_of_type (value, G_VARIANT_TYPE_SIGNATURE))
    ohmctl_json_string (self, key, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    ohmctl_json_boolean (self, key, g_variant_get_boolean (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      ohmctl_json_variant (self, key, inner);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{s*}")))
    ohmctl_json_dictionary (self, key, value);
  else if (g_variant_is_container (value))
    ohmctl_json_container (self, key, value);
  else
    ohmctl_json_number (self, key, value);
}

/* @value: `x` or `ax` */
static void
ohmctl_json_times (OhmctlJson *self, const char *key, GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    {
      ohmctl_json_time (self, key, g_variant_get_int64 (value));
      return;
    }
  ohmctl_json_begin_array (self, key);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      gint64 us;

      g_variant_get_child (value, i, "x", &us);
      ohmctl_json_time (self, NULL, us);
    }
  ohmctl_json_end_array (self);
}

void
ohmctl_json_statistics (OhmctlJson *self,
                        const char *key,
                        GVariant *statistics,
                        const char *const *times)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  ohmctl_json_begin_object (self, key);
  g_variant_iter_init (&iter, statistics);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *plain = g_str_has_suffix (name, "_us") ? g_strndup (name, strlen (name) - 3)
                                                              : g_strdup (name);

      if (g_strv_contains (times, name))
        ohmctl_json_times (self, plain, value);
      else
        ohmctl_json_variant (self, name, value);
      g_variant_unref (value);
    }
  ohmctl_json_end_object (self);
}

gsize
ohmctl_json_get_pending (OhmctlJson *self)
{
  return self->text->len;
}

char *
ohmctl_json_steal (OhmctlJson *self)
{
  char *text = g_strndup (self->text->str, self->text->len);

  g_string_truncate (self->text, 0);
  return text;
}
