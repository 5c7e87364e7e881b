/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-alarm.h"

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-verbs.h"

GPtrArray *
ohmctl_alarm_get (OhmctlContext *context, gboolean is_ended, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) iter = NULL;
  GVariantDict options;
  GPtrArray *alarms;
  OhmctlAlarm row = { 0 };
  const char *code;
  GVariant *arguments;

  g_variant_dict_init (&options, NULL);
  if (is_ended)
    g_variant_dict_insert (&options, "ended", "b", TRUE);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Alarm.GetAlarms",
                                  g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                                  "(a(tssa{ss}xx))", error);
  if (reply == NULL)
    return NULL;
  alarms = g_ptr_array_new_with_free_func ((GDestroyNotify) ohmctl_alarm_free);
  g_variant_get (reply, "(a(tssa{ss}xx))", &iter);
  while (g_variant_iter_next (iter, "(ts&s@a{ss}xx)", &row.id, &row.subject, &code, &arguments,
                              &row.since_us, &row.until_us))
    {
      row.message = ohm_message_new_from_variant (code, arguments);
      g_variant_unref (arguments);
      g_ptr_array_add (alarms, g_memdup2 (&row, sizeof row));
    }
  return alarms;
}

void
ohmctl_alarm_free (OhmctlAlarm *self)
{
  g_free (self->subject);
  ohm_message_unref (self->message);
  g_free (self);
}

void
ohmctl_alarm_write (OhmctlJson *json, const char *key, GPtrArray *alarms)
{
  ohmctl_json_begin_array (json, key);
  for (guint i = 0; i < alarms->len; i++)
    {
      const OhmctlAlarm *alarm = alarms->pdata[i];

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_unsigned (json, "id", alarm->id);
      ohmctl_json_string (json, "subject", alarm->subject);
      ohmctl_json_message (json, "message", alarm->message);
      ohmctl_json_time (json, "since", alarm->since_us);
      ohmctl_json_time (json, "until", alarm->until_us);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

static gboolean
ohmctl_alarm_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) alarms = ohmctl_alarm_get (context, ohmctl_args_has (args, "ended"), error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GTimeZone *zone;

  if (alarms == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_alarm_write (json, "alarms", alarms);
      ohmctl_json_end_object (json);
      ohmctl_print_json (json);
      return TRUE;
    }
  zone = ohmctl_context_get_zone (context);
  ohmctl_table_add_column (table, "SINCE", OHMCTL_ALIGN_LEFT);
  if (ohmctl_args_has (args, "ended"))
    ohmctl_table_add_column (table, "UNTIL", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "WHAT", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "WHY", OHMCTL_ALIGN_WRAP);
  for (guint i = 0; i < alarms->len; i++)
    {
      const OhmctlAlarm *alarm = alarms->pdata[i];

      ohmctl_table_add_take (table, ohmctl_format_minute (alarm->since_us, zone));
      if (ohmctl_args_has (args, "ended"))
        ohmctl_table_add_take (table, ohmctl_format_minute (alarm->until_us, zone));
      ohmctl_table_add (table, alarm->subject);
      ohmctl_table_add_take (table, ohm_message_dup_text (alarm->message));
    }
  if (alarms->len == 0)
    ohmctl_print ("no alarms\n");
  ohmctl_print_table (context, table);
  return TRUE;
}

static const OhmctlOption ohmctl_alarm_list_options[] = {
  { "ended", NULL, "also the last ones that have ended" },
  { NULL },
};

const OhmctlVerb ohmctl_alarm_verbs[] = {
  {
    .object = "alarm",
    .verb = "list",
    .words = "",
    .summary = "what is wrong, and since when",
    .options = ohmctl_alarm_list_options,
    .run = ohmctl_alarm_list,
  },
  { NULL },
};
