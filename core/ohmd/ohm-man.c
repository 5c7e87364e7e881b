/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints ohmd.conf(5) from the spec tables, so that page and daemon cannot differ. */

#include <stdio.h>

#include "ohm-config.h"

static const char *
ohm_man_type (OhmSettingType type)
{
  static const char *const names[] = {
    [OHM_SETTING_STRING] = "text",
    [OHM_SETTING_BOOLEAN] = "true or false",
    [OHM_SETTING_INTEGER] = "number",
    [OHM_SETTING_REAL] = "number",
    [OHM_SETTING_DURATION] = "duration",
    [OHM_SETTING_CHOICE] = "choice",
    [OHM_SETTING_LIST] = "list, separated by semicolons",
    [OHM_SETTING_HOST] = "name or address",
  };

  return names[type];
}

static char *
ohm_man_range (const OhmSettingSpec *spec)
{
  g_autofree char *min = NULL;
  g_autofree char *max = NULL;

  if (spec->type == OHM_SETTING_CHOICE)
    return g_strdup_printf (": %s", spec->choices);
  if (spec->type == OHM_SETTING_STRING || spec->type == OHM_SETTING_LIST ||
      spec->type == OHM_SETTING_BOOLEAN || (spec->min == 0 && spec->max == 0))
    return g_strdup ("");
  if (spec->type != OHM_SETTING_DURATION)
    return g_strdup_printf (", %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, spec->min, spec->max);
  min = ohm_duration_to_string (spec->min);
  max = ohm_duration_to_string (spec->max);
  return g_strdup_printf (", %s to %s", min, max);
}

static void
ohm_man_print_table (const char *title, const char *intro, const OhmSettingSpec *table)
{
  printf (".SH %s\n%s\n", title, intro);
  for (const OhmSettingSpec *spec = table; spec->key != NULL; spec++)
    {
      g_autofree char *range = ohm_man_range (spec);

      printf (".TP\n.B %s\n(%s%s", spec->key, ohm_man_type (spec->type), range);
      if (spec->fallback != NULL && spec->fallback[0] != '\0')
        printf ("; default %s", spec->fallback);
      printf (")\n%s\n", spec->help);
    }
}

int
main (void)
{
  printf (".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n"
          ".TH OHMD.CONF 5 \"\" \"Ohmnibus\" \"File formats\"\n"
          ".SH NAME\nohmd.conf \\- configuration of the energy meter collector\n"
          ".SH DESCRIPTION\nFiles are groups of keys. A # begins a comment only at the start of a "
          "line. Durations carry a unit: us ms s min h d. An unknown key is an error; \n"
          ".B ohmd \\-\\-check\\-config\nsays all that is wrong.\n");
  ohm_man_print_table ("OHMD.CONF", "Group [ohmd] of ohmd.conf and conf.d/*.conf.",
                       ohm_config_daemon_table);
  ohm_man_print_table (
    "METERS.D/ID.METER",
    "Group [meter]. The keys of the transport's address, as host and port for modbus-tcp, "
    "stand in the same group.",
    ohm_config_meter_table);
  ohm_man_print_table (
    "PLACES",
    "Groups [place ID] of a meter's file, optional: without any, each group or input with "
    "energy counters is a place.",
    ohm_config_place_table);
  ohm_man_print_table ("LINKS.D/ID.LINK", "Group [link], together with the transport's keys.",
                       ohm_config_link_table);
  ohm_man_print_table (
    "UPLINKS.D/ID.UPLINK",
    "Group [uplink]. The plugin's own keys stand in a group that is named after it, as [cloud]; "
    "\n.B ohmctl config explain\nlists them. Passwords and tokens do not stand in files: "
    "\n.B ohmctl uplink secret\nor\n.B ohmctl claim\nkeep them.",
    ohm_config_uplink_table);
  printf (".SH SEE ALSO\n.BR ohmd (8),\n.BR ohmctl (1)\n");
  return 0;
}
