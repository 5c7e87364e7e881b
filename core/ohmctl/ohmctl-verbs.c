/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-verbs.h"

#include <string.h>

const OhmctlOption ohmctl_common_options[] = {
  { "json", NULL, "print JSON for programs" },
  { "system", NULL, "the daemon is on the system bus (default)" },
  { "session", NULL, "the daemon is on the session bus" },
  { "bus-address", "ADDRESS", "the daemon is on the bus at this D-Bus address" },
  { "help", NULL, "explain the command" },
  { "version", NULL, "print the version" },
  { NULL },
};

static const struct
{
  const char *object;
  const char *summary;
  const OhmctlVerb *verbs;
} tables[] = {
  { NULL, NULL, ohmctl_status_verbs },
  { NULL, NULL, ohmctl_watch_verbs },
  { NULL, NULL, ohmctl_read_verbs },
  { NULL, NULL, ohmctl_history_verbs },
  { NULL, NULL, ohmctl_add_verbs },
  { NULL, NULL, ohmctl_test_verbs },
  { NULL, NULL, ohmctl_plan_verbs },
  { NULL, NULL, ohmctl_capture_verbs },
  { NULL, NULL, ohmctl_probe_verbs },
  { NULL, NULL, ohmctl_claim_verbs },
  { "meter", "meters: what is read, where, and how it is doing", ohmctl_meter_verbs },
  { "place", "places where energy is measured; they own the history", ohmctl_place_verbs },
  { "link", "physical paths to meters: TCP endpoints, serial lines", ohmctl_link_verbs },
  { "uplink", "deliveries to other systems: cloud, broker, database", ohmctl_uplink_verbs },
  { "slots", "quarter hours: what was recorded and what was not", ohmctl_slots_verbs },
  { "profile", "meter types", ohmctl_profile_verbs },
  { "plugin", "plugins, loaded and refused", ohmctl_plugin_verbs },
  { "alarm", "what is wrong", ohmctl_alarm_verbs },
  { "event", "what happened, and is over", ohmctl_event_verbs },
  { "job", "work that takes a while", ohmctl_job_verbs },
  { "config", "configuration of the daemon", ohmctl_config_verbs },
  { "system", "the daemon, its store and its machine", ohmctl_system_verbs },
};

const char *
ohmctl_object_summary (const char *object)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (g_strcmp0 (tables[i].object, object) == 0)
      return tables[i].summary;
  return NULL;
}

const char **
ohmctl_verbs_dup_commands (void)
{
  const char **commands = g_new0 (const char *, G_N_ELEMENTS (tables) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    commands[i] = tables[i].object != NULL ? tables[i].object : tables[i].verbs->verb;
  return commands;
}

gboolean
ohmctl_verbs_is_object (const char *word)
{
  return word != NULL && ohmctl_object_summary (word) != NULL;
}

static const OhmctlVerb *
ohmctl_verbs_table (const char *object)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (g_strcmp0 (tables[i].object, object) == 0)
      return tables[i].verbs;
  return NULL;
}

const char **
ohmctl_verbs_dup_verbs (const char *object)
{
  const OhmctlVerb *table = ohmctl_verbs_table (object);
  const char **names;
  guint n = 0;

  while (table != NULL && table[n].verb != NULL)
    n++;
  names = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    names[i] = table[i].verb;
  return names;
}

const OhmctlVerb *
ohmctl_verbs_find (const char *object, const char *verb)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      const OhmctlVerb *row = tables[i].verbs;

      if (g_strcmp0 (tables[i].object, object) != 0)
        continue;
      for (; row->verb != NULL; row++)
        if (strcmp (row->verb, verb) == 0)
          return row;
    }
  return NULL;
}

const OhmctlVerb *
ohmctl_verbs_find_default (const char *object)
{
  for (const OhmctlVerb *row = ohmctl_verbs_table (object); row != NULL && row->verb != NULL; row++)
    if (row->is_default)
      return row;
  return NULL;
}

void
ohmctl_verbs_foreach (void (*func) (const OhmctlVerb *verb, gpointer data), gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (const OhmctlVerb *row = tables[i].verbs; row->verb != NULL; row++)
      func (row, data);
}
