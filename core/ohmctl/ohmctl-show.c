/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-show.h"

#include <string.h>

#include "ohmctl-format.h"

OhmctlTable *
ohmctl_show_new (void)
{
  OhmctlTable *table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_WRAP);
  return table;
}

void
ohmctl_show_line (OhmctlTable *table, const char *name, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  ohmctl_table_add_styled (table, name, OHMCTL_STYLE_DIM);
  ohmctl_table_add (table, value);
}

void
ohmctl_show_line_take (OhmctlTable *table, const char *name, char *value)
{
  g_autofree char *owned = value;

  ohmctl_show_line (table, name, owned);
}

void
ohmctl_show_fact (OhmctlTable *table,
                  const char *label,
                  const char *name,
                  const char *value,
                  GVariant *unconfirmed)
{
  g_autofree const char **names = unconfirmed != NULL ? g_variant_get_strv (unconfirmed, NULL)
                                                      : NULL;

  if (names != NULL && g_strv_contains (names, name))
    ohmctl_show_line_take (table, label, g_strconcat (value, " (unconfirmed)", NULL));
  else
    ohmctl_show_line (table, label, value);
}

void
ohmctl_show_state (OhmctlTable *table, OhmctlObject *object)
{
  const char *state = ohmctl_object_string (object, "State");
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (object);
  gint64 next_us = ohmctl_object_integer (object, "NextAttempt");
  g_autofree char *since = ohmctl_list_dup_since (object);
  g_autofree char *text = g_strdup_printf ("%s, for %s", state, since);

  ohmctl_table_add_styled (table, "state", OHMCTL_STYLE_DIM);
  ohmctl_table_add_styled (table, strcmp (since, "-") == 0 ? state : text,
                           ohmctl_state_style (state));
  if (cause != NULL)
    {
      ohmctl_show_line_take (table, "cause", ohm_message_dup_text (cause));
      ohmctl_show_line_take (table, "remedy", ohm_message_dup_remedy (cause));
    }
  if (next_us != 0)
    ohmctl_show_line_take (table, "next attempt", ohmctl_context_format_next (next_us));
}

void
ohmctl_list_print_json (const char *key, GPtrArray *objects)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, key);
  for (guint i = 0; i < objects->len; i++)
    ohmctl_json_object (json, NULL, objects->pdata[i]);
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

char *
ohmctl_list_dup_since (OhmctlObject *object)
{
  gint64 since_us = ohmctl_object_integer (object, "Since");

  return since_us != 0 ? ohmctl_format_span (ohmctl_context_now_us () - since_us) : g_strdup ("-");
}
