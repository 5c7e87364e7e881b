/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-spec.h"

#include <string.h>

#include "ohmctl-connection.h"

static void
ohmctl_spec_free_row (gpointer data)
{
  OhmctlSpecRow *row = data;

  g_free (row->scope);
  g_free (row->group);
  g_free (row->type_name);
  g_free (row->key);
  g_free (row->fallback);
  g_free (row->choices);
  g_free (row->help);
  g_free (row);
}

static OhmSettingType
ohmctl_spec_type (const char *name)
{
  static const char *const names[] = { "string",   "boolean", "integer", "real",
                                       "duration", "choice",  "list",    "host" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], name) == 0)
      return (OhmSettingType) i;
  return OHM_SETTING_STRING;
}

GPtrArray *
ohmctl_spec_get (OhmctlContext *context, const char *scope, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) iter = NULL;
  GPtrArray *rows;
  OhmctlSpecRow row = { 0 };

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.ExplainConfig",
                                  g_variant_new ("(s)", scope), "(a(ssssxxsssb))", error);
  if (reply == NULL)
    return NULL;
  rows = g_ptr_array_new_with_free_func (ohmctl_spec_free_row);
  g_variant_get (reply, "(a(ssssxxsssb))", &iter);
  while (g_variant_iter_next (iter, "(ssssxxsssb)", &row.scope, &row.group, &row.key,
                              &row.type_name, &row.setting.min, &row.setting.max, &row.fallback,
                              &row.choices, &row.help, &row.setting.is_required))
    {
      row.setting.type = ohmctl_spec_type (row.type_name);
      row.setting.key = row.key;
      row.setting.fallback = row.fallback;
      row.setting.choices = row.choices;
      row.setting.help = row.help;
      g_ptr_array_add (rows, g_memdup2 (&row, sizeof row));
    }
  return rows;
}

const OhmctlSpecRow *
ohmctl_spec_find (GPtrArray *rows, const char *scope, const char *key)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const OhmctlSpecRow *row = rows->pdata[i];

      if (strcmp (row->scope, scope) == 0 && strcmp (row->setting.key, key) == 0)
        return row;
    }
  return NULL;
}

char *
ohmctl_spec_dup_range (const OhmctlSpecRow *row)
{
  const OhmSettingSpec *setting = &row->setting;
  g_autofree char *min = NULL;
  g_autofree char *max = NULL;

  if (setting->type == OHM_SETTING_CHOICE)
    return g_strdup (setting->choices);
  if (setting->min == 0 && setting->max == 0)
    return g_strdup ("");
  if (setting->type == OHM_SETTING_STRING || setting->type == OHM_SETTING_LIST)
    return g_strdup_printf ("at most %" G_GINT64_FORMAT " bytes", setting->max);
  if (setting->type != OHM_SETTING_DURATION)
    return g_strdup_printf ("%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, setting->min, setting->max);
  min = ohm_duration_to_string (setting->min);
  max = ohm_duration_to_string (setting->max);
  return g_strdup_printf ("%s..%s", min, max);
}

gboolean
ohmctl_spec_split (const char *word, char **ret_key, const char **ret_value, GError **error)
{
  const char *equals = strchr (word, '=');

  if (equals == NULL || equals == word)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "'%s' is not KEY=VALUE", word);
      return FALSE;
    }
  *ret_key = g_strstrip (g_strndup (word, (gsize) (equals - word)));
  *ret_value = equals + 1;
  return TRUE;
}
