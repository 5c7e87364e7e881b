/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-alarm.h"

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
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

static void
ohmctl_alarm_write_one (OhmctlJson *json, const OhmctlAlarm *alarm)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_unsigned (json, "id", alarm->id);
  ohmctl_json_string (json, "subject", alarm->subject);
  ohmctl_json_message (json, "message", alarm->message);
  ohmctl_json_time (json, "since", alarm->since_us);
  ohmctl_json_time (json, "until", alarm->until_us);
  ohmctl_json_end_object (json);
}

void
ohmctl_alarm_write (OhmctlJson *json, const char *key, GPtrArray *alarms)
{
  ohmctl_json_begin_array (json, key);
  for (guint i = 0; i < alarms->len; i++)
    ohmctl_alarm_write_one (json, alarms->pdata[i]);
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

/* The newest one of that number or subject; those that last stand first. */
static const OhmctlAlarm *
ohmctl_alarm_find (GPtrArray *alarms, const char *word, GError **error)
{
  for (guint i = 0; i < alarms->len; i++)
    {
      const OhmctlAlarm *alarm = alarms->pdata[i];
      g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT, alarm->id);

      if (g_str_equal (alarm->subject, word) || g_str_equal (id, word))
        return alarm;
    }
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND,
               "no alarm '%s'; 'ohmctl alarm list --ended' shows all", word);
  return NULL;
}

/* (transfer full) (nullable): with the name of the meter that it is about, as it is to be typed */
static char *
ohmctl_alarm_dup_remedy (const OhmctlAlarm *alarm)
{
  g_autofree char *remedy = ohm_message_dup_remedy (alarm->message);
  g_auto (GStrv) subject = g_strsplit (alarm->subject, "/", 3);
  g_autoptr (GString) text = NULL;

  if (remedy == NULL || g_strv_length (subject) < 2 || !g_str_equal (subject[0], "meters"))
    return g_steal_pointer (&remedy);
  text = g_string_new (remedy);
  g_string_replace (text, "METER", subject[1], /* limit */ 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
ohmctl_alarm_print (OhmctlContext *context, const OhmctlAlarm *alarm)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  GTimeZone *zone = ohmctl_context_get_zone (context);
  gint64 end_us = alarm->until_us != 0 ? alarm->until_us : ohmctl_context_now_us ();
  g_autofree char *span = ohmctl_format_span (end_us - alarm->since_us);
  g_autofree char *since = ohmctl_format_minute (alarm->since_us, zone);

  ohmctl_show_line_take (table, "alarm", g_strdup_printf ("%" G_GUINT64_FORMAT, alarm->id));
  ohmctl_show_line (table, "what", alarm->subject);
  ohmctl_show_line_take (table, "why", ohm_message_dup_text (alarm->message));
  ohmctl_show_line_take (table, "remedy", ohmctl_alarm_dup_remedy (alarm));
  ohmctl_show_line_take (table, "since", g_strdup_printf ("%s, for %s", since, span));
  if (alarm->until_us != 0)
    ohmctl_show_line_take (table, "until", ohmctl_format_minute (alarm->until_us, zone));
  ohmctl_show_line (table, "code", ohm_message_get_code (alarm->message));
  ohmctl_print_table (context, table);
}

static gboolean
ohmctl_alarm_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) alarms = ohmctl_alarm_get (context, /* is_ended */ TRUE, error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  const OhmctlAlarm *alarm;

  if (alarms == NULL)
    return FALSE;
  alarm = ohmctl_alarm_find (alarms, ohmctl_args_word (args, 0), error);
  if (alarm == NULL)
    return FALSE;
  if (!context->is_json)
    {
      ohmctl_alarm_print (context, alarm);
      return TRUE;
    }
  ohmctl_alarm_write_one (json, alarm);
  ohmctl_print_json (json);
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
  {
    .object = "alarm",
    .verb = "show",
    .words = "ALARM",
    .summary = "one alarm, and what to do about it",
    .text = "ALARM is what 'ohmctl alarm list' shows under WHAT, or the alarm's number.",
    .examples = "ohmctl alarm show meters/main/voltage\n",
    .min_words = 1,
    .max_words = 1,
    .run = ohmctl_alarm_show,
  },
  { NULL },
};
