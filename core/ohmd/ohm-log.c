/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-log.h"

#include <stdio.h>
#include <unistd.h>

static gboolean log_is_verbose;

static const char *
ohm_log_priority (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_WARNING)
    return "4";
  return level & G_LOG_LEVEL_MESSAGE ? "5" : "6";
}

static void
ohm_log_clean (char *line)
{
  for (char *c = line; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
}

void
ohm_log (GLogLevelFlags level, const char *kind, const char *id, const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autofree char *upper = g_ascii_strup (kind != NULL ? kind : "part", -1);
  g_autofree char *field = g_strconcat ("OHM_", upper, NULL);
  GLogField fields[4];
  va_list arguments;

  va_start (arguments, format);
  line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  ohm_log_clean (line);
  fields[0] = (GLogField){ "PRIORITY", ohm_log_priority (level), -1 };
  fields[1] = (GLogField){ "MESSAGE", line, -1 };
  fields[2] = (GLogField){ "GLIB_DOMAIN", "ohmd", -1 };
  fields[3] = (GLogField){ field, id != NULL ? id : "", -1 };
  g_log_structured_array (level, fields, G_N_ELEMENTS (fields));
}

static const char *
ohm_log_find (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key))
      return fields[i].value;
  return "";
}

static const char *
ohm_log_word (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "critical: ";
  return level & G_LOG_LEVEL_WARNING ? "warning: " : "";
}

/* One line each: domain, how bad, what. The journal has the fields as well. */
static GLogWriterOutput
ohm_log_write (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_INFO) != 0 && !log_is_verbose)
    return G_LOG_WRITER_HANDLED;
  /* Debug lines are for developers, who name the domains in G_MESSAGES_DEBUG. */
  if ((level & G_LOG_LEVEL_DEBUG) != 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  if (g_log_writer_is_journald (STDERR_FILENO) &&
      g_log_writer_journald (level, fields, n_fields, user_data) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  fprintf (stderr, "%s: %s%s\n", ohm_log_find (fields, n_fields, "GLIB_DOMAIN"),
           ohm_log_word (level), ohm_log_find (fields, n_fields, "MESSAGE"));
  fflush (stderr);
  return G_LOG_WRITER_HANDLED;
}

void
ohm_log_init (gboolean is_verbose)
{
  log_is_verbose = is_verbose;
  g_log_set_writer_func (ohm_log_write, /* user_data */ NULL, /* user_data_free */ NULL);
}
