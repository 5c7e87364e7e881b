/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-change.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-connection.h"
#include "ohmctl-spec.h"

void
ohmctl_change_print (OhmctlContext *context,
                     const char *kind,
                     const char *id,
                     const char *format,
                     ...)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *text = NULL;
  va_list arguments;

  if (context->is_json)
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, kind, id);
      ohmctl_json_end_object (json);
      ohmctl_print_json (json);
      return;
    }
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  ohmctl_printf ("%s\n", text);
}

gboolean
ohmctl_change_confirm (OhmctlArgs *args, const char *question, GError **error)
{
  char answer[16] = "";

  if (ohmctl_args_has (args, "yes"))
    return TRUE;
  if (!isatty (STDIN_FILENO))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "%s nobody can be asked here: add --yes",
                   question);
      return FALSE;
    }
  fflush (stdout);
  g_printerr ("%s Type 'yes': ", question);
  if (fgets (answer, sizeof answer, stdin) != NULL && strcmp (g_strstrip (answer), "yes") == 0)
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "nothing was done");
  return FALSE;
}

static void
ohmctl_change_add_pair (GVariantBuilder *builder,
                        const char *group,
                        const char *key,
                        const char *value)
{
  if (group == NULL)
    g_variant_builder_add (builder, "{ss}", key, value);
  else
    g_variant_builder_add (builder, "(sss)", group, key, value);
}

static GVariant *
ohmctl_change_take_unset (OhmctlArgs *args, const char *group)
{
  GPtrArray *keys = ohmctl_args_get_all (args, "unset");
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (group == NULL ? "as" : "a(ss)"));
  for (guint i = 0; keys != NULL && i < keys->len; i++)
    {
      if (group == NULL)
        g_variant_builder_add (&builder, "s", keys->pdata[i]);
      else
        g_variant_builder_add (&builder, "(ss)", group, keys->pdata[i]);
    }
  return g_variant_builder_end (&builder);
}

gboolean
ohmctl_change_take_keys (OhmctlArgs *args,
                         const char *group,
                         gboolean may_be_none,
                         GVariant **ret_set,
                         GVariant **ret_unset,
                         GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (
    G_VARIANT_TYPE (group == NULL ? "a{ss}" : "a(sss)"));
  guint n = ohmctl_args_n_words (args);

  if (n < 2 && !may_be_none && !ohmctl_args_has (args, "unset"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "nothing to change: write KEY=VALUE or --unset=KEY");
      return FALSE;
    }
  for (guint i = 1; i < n; i++)
    {
      g_autofree char *key = NULL;
      const char *value;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return FALSE;
      ohmctl_change_add_pair (&builder, group, key, value);
    }
  *ret_set = g_variant_builder_end (&builder);
  *ret_unset = ohmctl_change_take_unset (args, group);
  return TRUE;
}

OhmctlObject *
ohmctl_change_get_object (OhmctlContext *context, OhmctlKind kind, OhmctlArgs *args, GError **error)
{
  return ohmctl_object_get (context, kind, ohmctl_args_word (args, 0), error);
}

gboolean
ohmctl_change_rename (OhmctlContext *context,
                      OhmctlArgs *args,
                      OhmctlKind kind,
                      const char *method,
                      GError **error)
{
  g_autoptr (OhmctlObject) object = ohmctl_change_get_object (context, kind, args, error);
  const char *new_id = ohmctl_args_word (args, 1);
  const char *word = ohmctl_kind_to_string (kind);
  g_autoptr (GVariant) reply = NULL;

  if (object == NULL)
    return FALSE;
  if (!ohm_id_is_valid (new_id))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is no id: it has only a-z, 0-9 and '-', at most 63 of them", new_id);
      return FALSE;
    }
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, method,
                                  g_variant_new ("(ssa{sv})", ohmctl_object_get_id (object), new_id,
                                                 NULL),
                                  "(o)", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, word, new_id, "%s '%s' is '%s' now", word,
                       ohmctl_object_get_id (object), new_id);
  return TRUE;
}
