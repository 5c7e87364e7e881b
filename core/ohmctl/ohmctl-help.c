/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-help.h"

#include <string.h>

#include "ohmctl-format.h"

#define WIDTH 80

const OhmctlHelpExit ohmctl_help_exits[] = {
  { OHMCTL_EXIT_DONE, "done" },
  { OHMCTL_EXIT_FAILED, "failed" },
  { OHMCTL_EXIT_USAGE, "the command line is wrong" },
  { OHMCTL_EXIT_NOT_FOUND, "no such object" },
  { OHMCTL_EXIT_NO_DAEMON, "no daemon" },
  { OHMCTL_EXIT_NOT_ALLOWED, "not allowed" },
  { OHMCTL_EXIT_NO_ANSWER, "no answer from the meter" },
  { OHMCTL_EXIT_FINDINGS, "done, with findings" },
  { OHMCTL_EXIT_DONE, NULL },
};

/* `meter add` */
static char *
ohmctl_help_dup_name (const OhmctlVerb *verb)
{
  return verb->object == NULL ? g_strdup (verb->verb)
                              : g_strdup_printf ("%s %s", verb->object, verb->verb);
}

static void
ohmctl_help_append_pair (GString *out, guint width, const char *name, const char *text)
{
  guint column = width + 4;
  g_autofree char *wrapped = ohmctl_wrap (text, WIDTH - column, column);
  guint used = ohmctl_format_width (name) + 2;

  g_string_append_printf (out, "  %s", name);
  if (used + 2 > column)
    g_string_append_printf (out, "\n%*s", (int) column, "");
  else
    g_string_append_printf (out, "%*s", (int) (column - used), "");
  g_string_append_printf (out, "%s\n", wrapped);
}

static char *
ohmctl_help_dup_option (const OhmctlOption *option)
{
  return option->value == NULL ? g_strdup_printf ("--%s", option->name)
                               : g_strdup_printf ("--%s=%s", option->name, option->value);
}

static void
ohmctl_help_append_options (GString *out, const char *title, const OhmctlOption *options)
{
  guint width = 0;

  if (options == NULL || options->name == NULL)
    return;
  for (const OhmctlOption *row = options; row->name != NULL; row++)
    {
      g_autofree char *name = ohmctl_help_dup_option (row);

      width = MAX (width, ohmctl_format_width (name));
    }
  g_string_append_printf (out, "\n%s\n", title);
  for (const OhmctlOption *row = options; row->name != NULL; row++)
    {
      g_autofree char *name = ohmctl_help_dup_option (row);

      ohmctl_help_append_pair (out, MIN (width, 24), name, row->help);
    }
}

static void
ohmctl_help_append_paragraphs (GString *out, const char *text)
{
  g_auto (GStrv) paragraphs = g_strsplit (text, "\n\n", -1);

  for (guint i = 0; paragraphs[i] != NULL; i++)
    {
      g_autofree char *wrapped = NULL;

      if (strchr (paragraphs[i], '\n') != NULL)
        wrapped = g_strdup (paragraphs[i]);
      else
        wrapped = ohmctl_wrap (paragraphs[i], WIDTH, 0);
      g_string_append_printf (out, "\n%s\n", wrapped);
    }
}

static void
ohmctl_help_append_examples (GString *out, const char *examples)
{
  g_auto (GStrv) lines = g_strsplit (examples, "\n", -1);

  g_string_append (out, "\nExamples\n");
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      g_string_append_printf (out, "  %s\n", lines[i]);
}

static void
ohmctl_help_append_verb (GString *out, const OhmctlVerb *verb)
{
  g_autofree char *name = ohmctl_help_dup_name (verb);

  g_string_append_printf (out, "Usage: ohmctl %s%s%s [OPTION...]\n\n", name,
                          *verb->words != '\0' ? " " : "", verb->words);
  g_string_append_printf (out, "%c%s.\n", g_ascii_toupper (*verb->summary), verb->summary + 1);
  if (verb->text != NULL)
    ohmctl_help_append_paragraphs (out, verb->text);
  ohmctl_help_append_options (out, "Options", verb->options);
  ohmctl_help_append_options (out, "Common options", ohmctl_common_options);
  if (verb->examples != NULL)
    ohmctl_help_append_examples (out, verb->examples);
}

typedef struct
{
  GString *out;
  const char *object;
  guint width;
} OhmctlHelpList;

static char *
ohmctl_help_dup_usage (const OhmctlVerb *verb)
{
  return *verb->words != '\0' ? g_strdup_printf ("%s %s", verb->verb, verb->words)
                              : g_strdup (verb->verb);
}

static void
ohmctl_help_list_verb (const OhmctlVerb *verb, gpointer data)
{
  OhmctlHelpList *list = data;
  g_autofree char *usage = ohmctl_help_dup_usage (verb);

  if (g_strcmp0 (verb->object, list->object) == 0)
    ohmctl_help_append_pair (list->out, list->width, usage, verb->summary);
}

static void
ohmctl_help_append_verbs (GString *out, const char *object, guint width)
{
  OhmctlHelpList list = { out, object, width };

  ohmctl_verbs_foreach (ohmctl_help_list_verb, &list);
}

static void
ohmctl_help_append_object (GString *out, const char *object)
{
  const char *summary = ohmctl_object_summary (object);

  g_string_append_printf (out, "Usage: ohmctl %s VERB [OPTION...]\n\n%c%s.\n\nVerbs\n", object,
                          g_ascii_toupper (*summary), summary + 1);
  ohmctl_help_append_verbs (out, object, 26);
  ohmctl_help_append_options (out, "Common options", ohmctl_common_options);
  g_string_append_printf (out, "\n'ohmctl %s VERB --help' explains one.\n", object);
}

static void
ohmctl_help_append_exits (GString *out)
{
  g_string_append (out, "\nExit codes\n");
  for (const OhmctlHelpExit *row = ohmctl_help_exits; row->meaning != NULL; row++)
    g_string_append_printf (out, "  %d  %s\n", (int) row->code, row->meaning);
}

static void
ohmctl_help_append_overview (GString *out)
{
  g_autofree const char **commands = ohmctl_verbs_dup_commands ();

  g_string_append (out, "Usage: ohmctl OBJECT VERB [OPTION...]\n"
                        "       ohmctl SHORTCUT [OPTION...]\n\n"
                        "Looks after the meters that ohmd reads.\n\nShortcuts\n");
  ohmctl_help_append_verbs (out, /* object */ NULL, 26);
  g_string_append (out, "\nObjects\n");
  for (guint i = 0; commands[i] != NULL; i++)
    if (ohmctl_verbs_is_object (commands[i]))
      ohmctl_help_append_pair (out, 10, commands[i], ohmctl_object_summary (commands[i]));
  ohmctl_help_append_options (out, "Common options, before or after the command",
                              ohmctl_common_options);
  ohmctl_help_append_exits (out);
  g_string_append (out, "\n'ohmctl OBJECT --help' lists its verbs,\n"
                        "'ohmctl OBJECT VERB --help' explains one.\n");
}

char *
ohmctl_help_dup (const char *object, const OhmctlVerb *verb)
{
  GString *out = g_string_new (NULL);

  if (verb != NULL)
    ohmctl_help_append_verb (out, verb);
  else if (object != NULL)
    ohmctl_help_append_object (out, object);
  else
    ohmctl_help_append_overview (out);
  return g_string_free (out, FALSE);
}

void
ohmctl_help_print (const char *object, const OhmctlVerb *verb)
{
  g_autofree char *text = ohmctl_help_dup (object, verb);

  ohmctl_print (text);
}

void
ohmctl_help_print_error (void)
{
  g_autofree char *text = ohmctl_help_dup (/* object */ NULL, /* verb */ NULL);

  g_printerr ("%s", text);
}
