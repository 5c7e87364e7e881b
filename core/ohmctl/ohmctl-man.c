/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-man.h"

#include <string.h>

#include "ohmctl-help.h"

static const char json_text[] =
  "With --json every command prints one document per line; keys never change their meaning, new "
  "ones may come. Counters of 64 bits are integers. Times are UTC of RFC 3339 with as many digits "
  "as they need; durations are microseconds in keys that end in _us. A missing value is "
  "{\"value\":null,\"quality\":\"missing\"}, one that is too old has the quality stale. A cause "
  "has its code, its arguments, a text and, where something can be done, a remedy.\n\n"
  "{\"meter\":\"main\",\"time\":\"2026-11-22T10:15:00.123456Z\",\n"
  " \"values\":{\"power-active.total\":{\"value\":4321.5,\"unit\":\"W\",\"quality\":\"good\"}}}";

/* Text of troff: a dash stays a dash, a dot at the beginning of a line is no request. */
static char *
ohmctl_man_escape (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      gboolean is_first = p == text || p[-1] == '\n';

      if (is_first && (*p == '.' || *p == '\''))
        g_string_append (out, "\\&");
      if (*p == '\\')
        g_string_append (out, "\\e");
      else if (*p == '-')
        g_string_append (out, "\\-");
      else if (*p == '\'')
        g_string_append (out, "\\(aq");
      else
        g_string_append_c (out, *p);
    }
  return g_string_free (out, FALSE);
}

static void
ohmctl_man_append (GString *out, const char *format, const char *text)
{
  g_autofree char *escaped = ohmctl_man_escape (text);
  g_auto (GStrv) parts = g_strsplit (format, "@", 2);

  g_string_append_printf (out, "%s%s%s", parts[0], escaped, parts[1]);
}

/* Paragraphs; one with line breaks of its own is set as it is. */
static void
ohmctl_man_append_text (GString *out, const char *text)
{
  g_auto (GStrv) paragraphs = g_strsplit (text, "\n\n", -1);

  for (guint i = 0; paragraphs[i] != NULL; i++)
    if (strchr (paragraphs[i], '\n') != NULL)
      ohmctl_man_append (out, ".PP\n.nf\n@\n.fi\n", paragraphs[i]);
    else
      ohmctl_man_append (out, ".PP\n@\n", paragraphs[i]);
}

static void
ohmctl_man_append_options (GString *out, const OhmctlOption *options)
{
  for (; options != NULL && options->name != NULL; options++)
    {
      ohmctl_man_append (out, ".TP\n\\fB\\-\\-@\\fR", options->name);
      if (options->value != NULL)
        ohmctl_man_append (out, "=\\fI@\\fR", options->value);
      ohmctl_man_append (out, "\n@\n", options->help);
    }
}

static void
ohmctl_man_append_verb (const OhmctlVerb *verb, gpointer data)
{
  GString *out = data;
  g_autofree char *name = g_strdup_printf ("%s%s%s", verb->object != NULL ? verb->object : "",
                                           verb->object != NULL ? " " : "", verb->verb);
  g_autofree char *summary = g_strdup_printf ("%c%s.", g_ascii_toupper (*verb->summary),
                                              verb->summary + 1);

  ohmctl_man_append (out, ".SS \"@", name);
  ohmctl_man_append (out, " @\"\n", verb->words);
  ohmctl_man_append (out, "@\n", summary);
  if (verb->text != NULL)
    ohmctl_man_append_text (out, verb->text);
  ohmctl_man_append_options (out, verb->options);
  if (verb->examples != NULL)
    {
      g_autofree char *examples = g_strchomp (g_strdup (verb->examples));

      ohmctl_man_append (out, ".PP\n.RS\n.nf\n@\n.fi\n.RE\n", examples);
    }
}

static void
ohmctl_man_append_exits (GString *out)
{
  g_string_append (out, ".SH EXIT STATUS\n");
  for (const OhmctlHelpExit *row = ohmctl_help_exits; row->meaning != NULL; row++)
    {
      g_string_append_printf (out, ".TP\n\\fB%d\\fR\n", (int) row->code);
      ohmctl_man_append (out, "@\n", row->meaning);
    }
}

char *
ohmctl_man_dup (void)
{
  GString *out = g_string_new (
    ".TH OHMCTL 1 \"\" \"Ohmnibus " PACKAGE_VERSION "\" \"Ohmnibus\"\n"
    ".SH NAME\nohmctl \\- look after the meters that ohmd reads\n"
    ".SH SYNOPSIS\n"
    "\\fBohmctl\\fR \\fIOBJECT\\fR \\fIVERB\\fR [\\fIOPTION\\fR...]\n.br\n"
    "\\fBohmctl\\fR \\fISHORTCUT\\fR [\\fIOPTION\\fR...]\n"
    ".SH DESCRIPTION\n");

  ohmctl_man_append (out, "@\n",
                     "The command line of ohmd. It speaks to the daemon over D-Bus only; nothing "
                     "that it does needs a file of the daemon. People see times in the time zone "
                     "of the site and energies in kWh; programs ask for --json.");
  g_string_append (out, ".SH OPTIONS\nThey stand before or after the command.\n");
  ohmctl_man_append_options (out, ohmctl_common_options);
  g_string_append (out, ".SH COMMANDS\n");
  ohmctl_verbs_foreach (ohmctl_man_append_verb, out);
  g_string_append (out, ".SH MACHINE OUTPUT\n");
  ohmctl_man_append_text (out, json_text);
  ohmctl_man_append_exits (out);
  g_string_append (out, ".SH ENVIRONMENT\n.TP\n\\fBCOLUMNS\\fR\nwidth of tables\n"
                        ".TP\n\\fBNO_COLOR\\fR\nno colours if it is set\n"
                        ".SH SEE ALSO\n\\fBohmd\\fR(8), \\fBohmd.conf\\fR(5)\n");
  return g_string_free (out, FALSE);
}
