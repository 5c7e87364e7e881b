/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-spec.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

#define DAEMON_SCOPE "ohmd.conf"

/* A line each, as editors and other tools expect it. */
static void
ohmctl_config_print_finding (const char *file, guint line, OhmMessage *message)
{
  g_autofree char *text = ohm_message_dup_text (message);
  g_autofree char *whole = NULL;
  g_autofree char *clean = NULL;

  if (*file == '\0')
    whole = g_strdup (text);
  else if (line == 0)
    whole = g_strdup_printf ("%s: %s", file, text);
  else
    whole = g_strdup_printf ("%s:%u: %s", file, line, text);
  clean = ohmctl_format_clean (whole);
  ohmctl_printf ("%s\n", clean);
}

/* What is wrong with the configuration. @findings: `a(susa{ss})` */
static void
ohmctl_config_print_findings (OhmctlContext *context, GVariant *findings, const char *none)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  GVariantIter iter;
  const char *file;
  const char *code;
  guint line;
  GVariant *arguments;

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, "findings");
  g_variant_iter_init (&iter, findings);
  while (g_variant_iter_next (&iter, "(&su&s@a{ss})", &file, &line, &code, &arguments))
    {
      g_autoptr (OhmMessage) message = ohm_message_new_from_variant (code, arguments);

      context->exit = OHMCTL_EXIT_FINDINGS;
      g_variant_unref (arguments);
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "file", *file != '\0' ? file : NULL);
      ohmctl_json_unsigned (json, "line", line);
      ohmctl_json_message (json, "message", message);
      ohmctl_json_end_object (json);
      if (!context->is_json)
        ohmctl_config_print_finding (file, line, message);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  if (context->is_json)
    ohmctl_print_json (json);
  else if (context->exit != OHMCTL_EXIT_FINDINGS)
    ohmctl_printf ("%s\n", none);
}

static gboolean
ohmctl_config_check (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) findings = NULL;

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.CheckConfig",
                                  /* arguments */ NULL, "(a(susa{ss}))", error);
  if (reply == NULL)
    return FALSE;
  findings = g_variant_get_child_value (reply, 0);
  ohmctl_config_print_findings (context, findings, "the configuration is right");
  return TRUE;
}

static gboolean
ohmctl_config_reload (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) findings = NULL;

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.Reload",
                                  g_variant_new ("(a{sv})", NULL), "(a(susa{ss}))", error);
  if (reply == NULL)
    return FALSE;
  findings = g_variant_get_child_value (reply, 0);
  ohmctl_config_print_findings (context, findings, "the configuration is read again");
  return TRUE;
}

static gboolean
ohmctl_config_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) iter = NULL;
  const char *texts[5];

  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.GetConfig",
                                  /* arguments */ NULL, "(a(sssss))", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_table_add_column (table, "KEY", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "VALUE", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "FROM", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "FILE", OHMCTL_ALIGN_SHRINK);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, "keys");
  g_variant_get (reply, "(a(sssss))", &iter);
  while (g_variant_iter_next (iter, "(&s&s&s&s&s)", &texts[0], &texts[1], &texts[2], &texts[3],
                              &texts[4]))
    {
      static const char *const members[] = { "group", "key", "value", "layer", "file" };

      ohmctl_json_begin_object (json, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (members); i++)
        ohmctl_json_string (json, members[i], i == 4 && *texts[i] == '\0' ? NULL : texts[i]);
      ohmctl_json_end_object (json);
      for (guint i = 1; i < G_N_ELEMENTS (members); i++)
        ohmctl_table_add (table, texts[i]);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  if (context->is_json)
    ohmctl_print_json (json);
  else
    ohmctl_print_table (context, table);
  return TRUE;
}

/* Whether @word names the scope, the key, or both as `SCOPE.KEY`. */
static gboolean
ohmctl_config_row_matches (const OhmctlSpecRow *row, const char *word)
{
  g_autofree char *whole = g_strdup_printf ("%s.%s", row->scope, row->setting.key);

  return word == NULL || strcmp (row->scope, word) == 0 || strcmp (row->setting.key, word) == 0 ||
         strcmp (whole, word) == 0;
}

static void
ohmctl_config_write_row (OhmctlJson *json, const OhmctlSpecRow *row)
{
  const OhmSettingSpec *setting = &row->setting;
  gboolean has_range = setting->min != 0 || setting->max != 0;
  gboolean is_time = strcmp (row->type_name, "duration") == 0;

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "scope", row->scope);
  ohmctl_json_string (json, "group", row->group);
  ohmctl_json_string (json, "key", setting->key);
  ohmctl_json_string (json, "type", row->type_name);
  if (has_range)
    {
      ohmctl_json_integer (json, is_time ? "min_us" : "min", setting->min);
      ohmctl_json_integer (json, is_time ? "max_us" : "max", setting->max);
    }
  ohmctl_json_string (json, "default", *setting->fallback != '\0' ? setting->fallback : NULL);
  if (*setting->choices != '\0')
    {
      g_auto (GStrv) choices = g_strsplit (setting->choices, "|", -1);

      ohmctl_json_strv (json, "choices", (const char *const *) choices);
    }
  ohmctl_json_string (json, "help", setting->help);
  ohmctl_json_boolean (json, "required", setting->is_required);
  ohmctl_json_end_object (json);
}

static void
ohmctl_config_print_row (OhmctlContext *context, const OhmctlSpecRow *row, const char *last_scope)
{
  g_autofree char *range = ohmctl_spec_dup_range (row);
  g_autoptr (GString) head = g_string_new (NULL);

  if (g_strcmp0 (last_scope, row->scope) != 0)
    ohmctl_printf ("%s%s, group [%s]\n", last_scope != NULL ? "\n" : "", row->scope, row->group);
  g_string_append_printf (head, "%s (%s%s%s", row->setting.key, row->type_name,
                          *range != '\0' ? ", " : "", range);
  if (*row->setting.fallback != '\0')
    g_string_append_printf (head, "; default %s", row->setting.fallback);
  if (row->setting.is_required)
    g_string_append (head, "; required");
  g_string_append_c (head, ')');
  ohmctl_print_paragraph (context, 2, head->str);
  ohmctl_print_paragraph (context, 6, row->setting.help);
}

static gboolean
ohmctl_config_set_unknown_key (GPtrArray *rows, const char *word, GError **error)
{
  g_autoptr (GPtrArray) known = ohmctl_words_new ();

  for (guint i = 0; i < rows->len; i++)
    {
      const OhmctlSpecRow *row = rows->pdata[i];

      ohmctl_words_add (known, row->setting.key);
      ohmctl_words_add (known, row->scope);
    }
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "key", word, ohmctl_words_end (known));
  return FALSE;
}

static gboolean
ohmctl_config_has_match (GPtrArray *rows, const char *word)
{
  for (guint i = 0; i < rows->len; i++)
    if (ohmctl_config_row_matches (rows->pdata[i], word))
      return TRUE;
  return FALSE;
}

/* Plugins that are opened only when they are used tell their keys only when they are asked for. */
static GPtrArray *
ohmctl_config_get_rows (OhmctlContext *context, const char *word, GError **error)
{
  g_autoptr (GPtrArray) rows = ohmctl_spec_get (context, "", error);
  g_autoptr (GPtrArray) own = NULL;
  g_autofree char *scope = NULL;

  if (rows == NULL || word == NULL || ohmctl_config_has_match (rows, word))
    return g_steal_pointer (&rows);
  scope = g_strndup (word, strcspn (word, "."));
  own = ohmctl_spec_get (context, scope, /* error */ NULL);
  return own != NULL && ohmctl_config_has_match (own, word) ? g_steal_pointer (&own)
                                                            : g_steal_pointer (&rows);
}

static gboolean
ohmctl_config_explain (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *word = ohmctl_args_word (args, 0);
  g_autoptr (GPtrArray) rows = ohmctl_config_get_rows (context, word, error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  const char *last_scope = NULL;
  guint n = 0;

  if (rows == NULL)
    return FALSE;
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, "keys");
  for (guint i = 0; i < rows->len; i++)
    {
      const OhmctlSpecRow *row = rows->pdata[i];

      if (!ohmctl_config_row_matches (row, word))
        continue;
      ohmctl_config_write_row (json, row);
      if (!context->is_json)
        ohmctl_config_print_row (context, row, last_scope);
      last_scope = row->scope;
      n++;
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  if (n == 0 && word != NULL)
    return ohmctl_config_set_unknown_key (rows, word, error);
  if (context->is_json)
    ohmctl_print_json (json);
  return TRUE;
}

/* The declaration of a key of `ohmd.conf`, which @word names as KEY or GROUP.KEY. */
static const OhmctlSpecRow *
ohmctl_config_find (GPtrArray *rows, const char *word, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const OhmctlSpecRow *row = rows->pdata[i];
      g_autofree char *whole = g_strdup_printf ("%s.%s", row->group, row->setting.key);

      if (strcmp (row->setting.key, word) == 0 || strcmp (whole, word) == 0)
        return row;
    }
  ohmctl_config_set_unknown_key (rows, word, error);
  return NULL;
}

static gboolean
ohmctl_config_take_set (GPtrArray *rows, OhmctlArgs *args, GVariantBuilder *set, GError **error)
{
  for (guint i = 0; i < ohmctl_args_n_words (args); i++)
    {
      g_autofree char *key = NULL;
      const char *value;
      const OhmctlSpecRow *row;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return FALSE;
      row = ohmctl_config_find (rows, key, error);
      if (row == NULL)
        return FALSE;
      if (!ohm_setting_check (&row->setting, value, error))
        {
          g_prefix_error (error, "%s: ", key);
          return FALSE;
        }
      g_variant_builder_add (set, "(sss)", row->group, row->setting.key, value);
    }
  return TRUE;
}

static gboolean
ohmctl_config_take_unset (GPtrArray *rows, OhmctlArgs *args, GVariantBuilder *unset, GError **error)
{
  GPtrArray *keys = ohmctl_args_get_all (args, "unset");

  for (guint i = 0; keys != NULL && i < keys->len; i++)
    {
      const OhmctlSpecRow *row = ohmctl_config_find (rows, keys->pdata[i], error);

      if (row == NULL)
        return FALSE;
      g_variant_builder_add (unset, "(ss)", row->group, row->setting.key);
    }
  return TRUE;
}

static gboolean
ohmctl_config_set (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_auto (GVariantBuilder) set = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_auto (GVariantBuilder) unset = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (ohmctl_args_n_words (args) == 0 && !ohmctl_args_has (args, "unset"))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "nothing to change: write KEY=VALUE or --unset=KEY");
      return FALSE;
    }
  rows = ohmctl_spec_get (context, DAEMON_SCOPE, error);
  if (rows == NULL || !ohmctl_config_take_set (rows, args, &set, error) ||
      !ohmctl_config_take_unset (rows, args, &unset, error))
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.SetConfig",
                                  g_variant_new ("(a(sss)a(ss)a{sv})", &set, &unset, NULL), "()",
                                  error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "config", DAEMON_SCOPE, "the configuration is changed");
  return TRUE;
}

static const OhmctlOption ohmctl_config_set_options[] = {
  { "unset", "KEY", "go back to the configured or default value", OHMCTL_WORD_KEY },
  { NULL },
};

const OhmctlVerb ohmctl_config_verbs[] = {
  {
    .object = "config",
    .verb = "show",
    .words = "",
    .summary = "the daemon's keys in force, and where each comes from",
    .run = ohmctl_config_show,
  },
  {
    .object = "config",
    .verb = "explain",
    .words = "[KEY]",
    .summary = "what may stand in configuration files",
    .text = "KEY is a key, or 'ohmd.conf', 'meter', 'place', 'link', 'uplink', a transport or an "
            "uplink plugin for all keys of one kind of file.",
    .examples = "ohmctl config explain meter\n"
                "ohmctl config explain poll\n"
                "ohmctl config explain cloud\n",
    .max_words = 1,
    .complete = { OHMCTL_WORD_KEY },
    .run = ohmctl_config_explain,
  },
  {
    .object = "config",
    .verb = "check",
    .words = "",
    .summary = "check all files as they are now, and apply nothing",
    .text = "Ends with exit code 7 if something is wrong.",
    .run = ohmctl_config_check,
  },
  {
    .object = "config",
    .verb = "reload",
    .words = "",
    .summary = "read the files again and apply what changed",
    .text =
      "Changed files are noticed anyway; this forces it. Ends with exit code 7 if something is "
      "wrong; what it concerns keeps its last good version.",
    .run = ohmctl_config_reload,
  },
  {
    .object = "config",
    .verb = "set",
    .words = "[KEY=VALUE...]",
    .summary = "change keys of the daemon, all or none",
    .text =
      "'ohmctl config explain ohmd.conf' lists the keys. What is set here stands in the state "
      "directory and counts before /etc/ohmnibus/ohmd.conf and its conf.d.",
    .examples = "ohmctl config set slot-window=90s\n"
                "ohmctl config set --unset=slot-window\n",
    .options = ohmctl_config_set_options,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_KEY, OHMCTL_WORD_KEY, OHMCTL_WORD_KEY },
    .run = ohmctl_config_set,
  },
  { NULL },
};
