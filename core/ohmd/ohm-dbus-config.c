/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-config.h"

#include <string.h>

#include "ohm-dbus-value.h"
#include "ohm-dbus.h"

gboolean
ohm_dbus_config_check_file (const char *id, const char *text, GError **error)
{
  if (!ohm_id_is_valid (id))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s' is no id; use a-z, 0-9 and -, at most 63", id);
      return FALSE;
    }
  if (strlen (text) > OHM_DBUS_FILE_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "the file for '%s' is longer than %d bytes",
                   id, OHM_DBUS_FILE_MAX);
      return FALSE;
    }
  return TRUE;
}

static gboolean
ohm_dbus_config_is_one_line (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return FALSE;
  return TRUE;
}

static gboolean
ohm_dbus_config_check_name (const char *name, GError **error)
{
  if (*name != '\0' && ohm_dbus_config_is_one_line (name) && strpbrk (name, "[]=#") == NULL)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is no name of a group or key", name);
  return FALSE;
}

/* The lines of a file: what is not touched stays as a person wrote it. */
static GPtrArray *
ohm_dbus_config_split (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text, "\n", /* max_tokens */ -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i + 1] != NULL || *parts[i] != '\0')
      g_ptr_array_add (lines, g_strdup (parts[i]));
  return lines;
}

static char *
ohm_dbus_config_join (GPtrArray *lines)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) lines->pdata[i]);
  return g_strdup (text->str);
}

static gboolean
ohm_dbus_config_is_header (const char *line, const char *group)
{
  g_autofree char *stripped = g_strstrip (g_strdup (line));
  gsize length = strlen (stripped);

  if (length < 2 || stripped[0] != '[' || stripped[length - 1] != ']')
    return FALSE;
  return group == NULL ||
         (strlen (group) == length - 2 && strncmp (stripped + 1, group, length - 2) == 0);
}

static gboolean
ohm_dbus_config_is_key (const char *line, const char *key)
{
  const char *equals = strchr (line, '=');
  g_autofree char *name = equals != NULL ? g_strndup (line, (gsize) (equals - line)) : NULL;

  return name != NULL && strcmp (g_strstrip (name), key) == 0;
}

/* The lines of a group: its header and the first line that is not of it any more. */
static gboolean
ohm_dbus_config_find_group (GPtrArray *lines, const char *group, guint *ret_header, guint *ret_end)
{
  guint header = 0;
  guint end = 0;

  while (header < lines->len && !ohm_dbus_config_is_header (lines->pdata[header], group))
    header++;
  if (header == lines->len)
    return FALSE;
  end = header + 1;
  while (end < lines->len && !ohm_dbus_config_is_header (lines->pdata[end], /* group */ NULL))
    end++;
  *ret_header = header;
  *ret_end = end;
  return TRUE;
}

static gboolean
ohm_dbus_config_find_key (GPtrArray *lines, const char *group, const char *key, guint *ret_line)
{
  guint header = 0;
  guint end = 0;

  if (!ohm_dbus_config_find_group (lines, group, &header, &end))
    return FALSE;
  for (guint i = header + 1; i < end; i++)
    if (ohm_dbus_config_is_key (lines->pdata[i], key))
      {
        *ret_line = i;
        return TRUE;
      }
  return FALSE;
}

static void
ohm_dbus_config_add_group (GPtrArray *lines, const char *group)
{
  if (lines->len > 0)
    g_ptr_array_add (lines, g_strdup (""));
  g_ptr_array_add (lines, g_strdup_printf ("[%s]", group));
}

static void
ohm_dbus_config_put (GPtrArray *lines, const char *group, const char *key, const char *value)
{
  g_autofree char *line = g_strdup_printf ("%s=%s", key, value);
  guint header = 0;
  guint end = 0;
  guint at = 0;

  if (ohm_dbus_config_find_key (lines, group, key, &at))
    {
      g_free (lines->pdata[at]);
      lines->pdata[at] = g_steal_pointer (&line);
      return;
    }
  if (!ohm_dbus_config_find_group (lines, group, &header, &end))
    {
      ohm_dbus_config_add_group (lines, group);
      end = lines->len;
    }
  while (end > 0 && *(const char *) lines->pdata[end - 1] == '\0')
    end--;
  g_ptr_array_insert (lines, (int) end, g_steal_pointer (&line));
}

static gboolean
ohm_dbus_config_take_out (GPtrArray *lines, const char *group, const char *key, GError **error)
{
  guint first = 0;
  guint end = 0;

  if (*key == '\0' ? ohm_dbus_config_find_group (lines, group, &first, &end)
                   : ohm_dbus_config_find_key (lines, group, key, &first))
    {
      g_ptr_array_remove_range (lines, first, *key == '\0' ? end - first : 1);
      return TRUE;
    }
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "[%s] %s: is not set", group, key);
  return FALSE;
}

static gboolean
ohm_dbus_config_apply_set (GPtrArray *lines, GVariant *set, GError **error)
{
  GVariantIter iter;
  const char *group = NULL;
  const char *key = NULL;
  const char *value = NULL;

  g_variant_iter_init (&iter, set);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &group, &key, &value))
    {
      if (!ohm_dbus_config_check_name (group, error) || !ohm_dbus_config_check_name (key, error))
        return FALSE;
      if (!ohm_dbus_config_is_one_line (value))
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "[%s] %s: the value is not one line",
                       group, key);
          return FALSE;
        }
      ohm_dbus_config_put (lines, group, key, value);
    }
  return TRUE;
}

static gboolean
ohm_dbus_config_apply_unset (GPtrArray *lines, GVariant *unset, GError **error)
{
  GVariantIter iter;
  const char *group = NULL;
  const char *key = NULL;

  g_variant_iter_init (&iter, unset);
  while (g_variant_iter_next (&iter, "(&s&s)", &group, &key))
    if (!ohm_dbus_config_take_out (lines, group, key, error))
      return FALSE;
  return TRUE;
}

char *
ohm_dbus_config_edit (const char *text, GVariant *set, GVariant *unset, GError **error)
{
  g_autoptr (GPtrArray) lines = ohm_dbus_config_split (text);

  if (!ohm_dbus_config_apply_set (lines, set, error) ||
      !ohm_dbus_config_apply_unset (lines, unset, error))
    return NULL;
  return ohm_dbus_config_join (lines);
}

char *
ohm_dbus_config_rename_group (const char *text,
                              const char *old_name,
                              const char *new_name,
                              GError **error)
{
  g_autoptr (GPtrArray) lines = ohm_dbus_config_split (text);
  guint header = 0;
  guint end = 0;

  if (ohm_dbus_config_find_group (lines, new_name, &header, &end))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "[%s] is there already", new_name);
      return NULL;
    }
  if (!ohm_dbus_config_find_group (lines, old_name, &header, &end))
    ohm_dbus_config_add_group (lines, new_name);
  else
    {
      g_free (lines->pdata[header]);
      lines->pdata[header] = g_strdup_printf ("[%s]", new_name);
    }
  return ohm_dbus_config_join (lines);
}

/* Where the file ends in `FILE:LINE: REASON` or `FILE: REASON`; NULL if neither is there. */
static const char *
ohm_dbus_config_find_file_end (const char *text)
{
  static const char *const suffixes[] = {
    OHM_METER_SUFFIX, OHM_LINK_SUFFIX, OHM_UPLINK_SUFFIX, OHM_PROFILE_SUFFIX, ".conf", ".so",
  };
  const char *end = strchr (text, ':');

  for (guint i = 0; end != NULL && i < G_N_ELEMENTS (suffixes); i++)
    {
      gsize length = strlen (suffixes[i]);

      if ((gsize) (end - text) > length && strncmp (end - length, suffixes[i], length) == 0)
        return end;
    }
  return NULL;
}

char *
ohm_dbus_config_dup_file (const char *text)
{
  const char *end = ohm_dbus_config_find_file_end (text);

  return end != NULL ? g_strndup (text, (gsize) (end - text)) : g_strdup ("");
}

static GVariant *
ohm_dbus_config_new_finding (const char *text)
{
  const char *end = ohm_dbus_config_find_file_end (text);
  g_autofree char *file = ohm_dbus_config_dup_file (text);
  const char *reason = end != NULL ? strstr (end, ": ") : NULL;
  guint64 line = end != NULL ? g_ascii_strtoull (end + 1, /* endptr */ NULL, 10) : 0;

  return g_variant_new ("(sus@a{ss})", file, (guint32) MIN (line, G_MAXUINT32), "misconfigured",
                        ohm_dbus_reason_arguments (reason != NULL ? reason + 2 : text));
}

GVariant *
ohm_dbus_config_new_findings (GPtrArray *texts)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(susa{ss})"));

  for (guint i = 0; i < texts->len; i++)
    g_variant_builder_add_value (&builder, ohm_dbus_config_new_finding (texts->pdata[i]));
  return g_variant_builder_end (&builder);
}

const char *
ohm_dbus_config_get_layer (OhmDbus *dbus, const char *file)
{
  const char *runtime = ohm_site_get_runtime_dir (ohm_dbus_get_parts (dbus)->site);

  if (file == NULL)
    return "";
  if (g_str_has_prefix (file, runtime) && file[strlen (runtime)] == '/')
    return "runtime";
  return "site";
}

void
ohm_dbus_config_return_file (OhmDbus *dbus, const char *file, GDBusMethodInvocation *invocation)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (file != NULL && !g_file_get_contents (file, &text, NULL, &error))
    {
      g_dbus_method_invocation_return_error (invocation, OHM_ERROR, OHM_ERROR_NOT_FOUND, "%s",
                                             error->message);
      return;
    }
  if (text != NULL && !g_utf8_validate (text, -1, NULL))
    g_clear_pointer (&text, g_free);
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(sss)", text != NULL ? text : "",
                                                        file != NULL ? file : "",
                                                        ohm_dbus_config_get_layer (dbus, file)));
}

gboolean
ohm_dbus_config_write_meter (OhmDbus *dbus,
                             const OhmMeterConfig *meter,
                             GVariant *set,
                             GVariant *unset,
                             GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *edited = NULL;
  g_autofree char *id = g_strdup (meter->id);

  if (g_file_get_contents (meter->file, &text, NULL, error))
    edited = ohm_dbus_config_edit (text, set, unset, error);
  return edited != NULL && ohm_site_write_meter (ohm_dbus_get_parts (dbus)->site, id, edited,
                                                 /* overwrite */ TRUE, error);
}

void
ohm_dbus_config_edit_meter (OhmDbus *dbus,
                            const OhmMeterConfig *meter,
                            GVariant *set,
                            GVariant *unset,
                            GDBusMethodInvocation *invocation)
{
  GError *error = NULL;

  if (ohm_dbus_config_write_meter (dbus, meter, set, unset, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    g_dbus_method_invocation_take_error (invocation, error);
}
