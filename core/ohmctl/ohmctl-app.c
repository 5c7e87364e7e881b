/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ohmctl-complete.h"
#include "ohmctl-format.h"
#include "ohmctl-help.h"
#include "ohmctl-man.h"

#define ERROR_WIDTH 80

static gboolean
ohmctl_app_set_unknown_command (const char *word, GError **error)
{
  g_autofree const char **commands = ohmctl_verbs_dup_commands ();

  ohmctl_error_set_unknown (error, OHMCTL_EXIT_USAGE, "command", word, commands);
  return FALSE;
}

static gboolean
ohmctl_app_set_unknown_verb (const char *object, const char *word, GError **error)
{
  g_autofree const char **verbs = ohmctl_verbs_dup_verbs (object);
  g_autofree char *what = g_strdup_printf ("verb of %s", object);

  ohmctl_error_set_unknown (error, OHMCTL_EXIT_USAGE, what, word, verbs);
  return FALSE;
}

static gboolean
ohmctl_app_take_word (OhmctlLine *line, const char *word, GError **error)
{
  if (line->verb != NULL)
    {
      ohmctl_args_add_word (line->args, word);
      return TRUE;
    }
  if (line->object == NULL && ohmctl_verbs_is_object (word))
    {
      g_autofree const char **commands = ohmctl_verbs_dup_commands ();

      for (guint i = 0; line->object == NULL; i++)
        if (strcmp (commands[i], word) == 0)
          line->object = commands[i];
      return TRUE;
    }
  line->verb = ohmctl_verbs_find (line->object, word);
  if (line->verb == NULL && line->object != NULL)
    {
      line->verb = ohmctl_verbs_find_default (line->object);
      if (line->verb != NULL)
        ohmctl_args_add_word (line->args, word);
    }
  if (line->verb == NULL)
    return line->object == NULL ? ohmctl_app_set_unknown_command (word, error)
                                : ohmctl_app_set_unknown_verb (line->object, word, error);
  ohmctl_args_add_table (line->args, line->verb->options);
  return TRUE;
}

static gboolean
ohmctl_app_check_words (OhmctlLine *line, GError **error)
{
  const OhmctlVerb *verb = line->verb;
  guint n = ohmctl_args_n_words (line->args);

  if (verb == NULL)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "what is to be done%s%s?",
                   line->object != NULL ? " with " : "", line->object != NULL ? line->object : "");
      return FALSE;
    }
  if (n >= verb->min_words && n <= verb->max_words)
    return TRUE;
  if (n > verb->max_words)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "'%s' is one word too many",
                 ohmctl_args_word (line->args, verb->max_words));
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "something is missing: ohmctl %s%s%s %s",
                 verb->object != NULL ? verb->object : "", verb->object != NULL ? " " : "",
                 verb->verb, verb->words);
  return FALSE;
}

gboolean
ohmctl_app_parse (char *const *argv, OhmctlLine *line, GError **error)
{
  gboolean has_options = TRUE;
  guint i = 1;

  line->object = NULL;
  line->verb = NULL;
  line->args = ohmctl_args_new ();
  ohmctl_args_add_table (line->args, ohmctl_common_options);
  while (argv[0] != NULL && argv[i] != NULL)
    {
      const char *word = argv[i];

      if (has_options && strcmp (word, "--") == 0)
        {
          has_options = FALSE;
          i++;
        }
      else if (has_options && word[0] == '-' && word[1] != '\0')
        {
          if (!ohmctl_args_take_option (line->args, argv, &i, error))
            return FALSE;
        }
      else if (!ohmctl_app_take_word (line, argv[i++], error))
        return FALSE;
    }
  return ohmctl_args_has (line->args, "help") || ohmctl_args_has (line->args, "version") ||
         ohmctl_app_check_words (line, error);
}

void
ohmctl_app_clear (OhmctlLine *line)
{
  g_clear_pointer (&line->args, ohmctl_args_free);
}

static void
ohmctl_app_apply_options (OhmctlContext *context, OhmctlArgs *args)
{
  context->is_json = ohmctl_args_has (args, "json");
  if (ohmctl_args_has (args, "bus-address"))
    {
      context->bus_kind = OHMCTL_BUS_ADDRESS;
      context->bus_address = g_strdup (ohmctl_args_get (args, "bus-address"));
    }
  else if (ohmctl_args_has (args, "session"))
    context->bus_kind = OHMCTL_BUS_SESSION;
}

/* The message and, in further lines, what can be done; broken into lines where people read it. */
static void
ohmctl_app_print_error (const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *clean = ohmctl_format_clean (lines[i]);
      g_autofree char *line = g_strconcat (i == 0 ? "ohmctl: " : "", clean, NULL);
      g_autofree char *wrapped = isatty (STDERR_FILENO) ? ohmctl_wrap (line, ERROR_WIDTH, 0) : NULL;

      g_printerr ("%s\n", wrapped != NULL ? wrapped : line);
    }
}

static OhmctlExit
ohmctl_app_fail (const OhmctlLine *line, const GError *error)
{
  OhmctlExit exit = ohmctl_error_get_exit (error);

  fflush (stdout);
  ohmctl_app_print_error (error->message);
  if (exit != OHMCTL_EXIT_USAGE)
    return exit;
  if (line->verb != NULL)
    g_printerr ("see 'ohmctl %s%s%s --help'\n", line->object != NULL ? line->object : "",
                line->object != NULL ? " " : "", line->verb->verb);
  else
    g_printerr ("see 'ohmctl %s%s--help'\n", line->object != NULL ? line->object : "",
                line->object != NULL ? " " : "");
  return exit;
}

static OhmctlExit
ohmctl_app_run_line (OhmctlLine *line, OhmctlContext *context)
{
  g_autoptr (GError) error = NULL;

  if (!line->verb->run (context, line->args, &error))
    return ohmctl_app_fail (line, error);
  if (fflush (stdout) == 0 && !ferror (stdout))
    return context->exit;
  if (errno != EPIPE) /* who reads it, `head` say, has enough */
    g_printerr ("ohmctl: cannot write the output: %s\n", g_strerror (errno));
  return OHMCTL_EXIT_FAILED;
}

static OhmctlExit
ohmctl_app_run_command (char *const *argv)
{
  g_autoptr (OhmctlContext) context = ohmctl_context_new ();
  g_autoptr (GError) error = NULL;
  OhmctlLine line;
  OhmctlExit exit;

  if (!ohmctl_app_parse (argv, &line, &error))
    exit = ohmctl_app_fail (&line, error);
  else if (ohmctl_args_has (line.args, "version"))
    {
      ohmctl_print ("ohmctl " PACKAGE_VERSION "\n");
      exit = OHMCTL_EXIT_DONE;
    }
  else if (ohmctl_args_has (line.args, "help"))
    {
      ohmctl_help_print (line.object, line.verb);
      exit = OHMCTL_EXIT_DONE;
    }
  else
    {
      ohmctl_app_apply_options (context, line.args);
      exit = ohmctl_app_run_line (&line, context);
    }
  ohmctl_app_clear (&line);
  return exit;
}

OhmctlExit
ohmctl_app_run (char *const *argv)
{
  if (argv[0] == NULL || argv[1] == NULL)
    {
      ohmctl_help_print_error ();
      return OHMCTL_EXIT_USAGE;
    }
  if (strcmp (argv[1], "--complete") == 0)
    return ohmctl_complete_run (argv + 2);
  if (strcmp (argv[1], "--man") == 0)
    {
      g_autofree char *page = ohmctl_man_dup ();

      ohmctl_print (page);
      return OHMCTL_EXIT_DONE;
    }
  return ohmctl_app_run_command (argv);
}
