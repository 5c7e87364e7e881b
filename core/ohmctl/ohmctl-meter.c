/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-add.h"
#include "ohmctl-backfill.h"
#include "ohmctl-change.h"
#include "ohmctl-clock.h"
#include "ohmctl-connection.h"
#include "ohmctl-dependents.h"
#include "ohmctl-find.h"
#include "ohmctl-format.h"
#include "ohmctl-replace.h"
#include "ohmctl-show.h"
#include "ohmctl-words.h"

static gboolean
ohmctl_meter_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  static const char *const titles[] = { "METER", "NAME", "TYPE", "LINK", "UNIT", "STATE", "FOR" };
  static const OhmctlAlign aligns[] = { OHMCTL_ALIGN_LEFT,   OHMCTL_ALIGN_SHRINK,
                                        OHMCTL_ALIGN_SHRINK, OHMCTL_ALIGN_SHRINK_LAST,
                                        OHMCTL_ALIGN_RIGHT,  OHMCTL_ALIGN_LEFT,
                                        OHMCTL_ALIGN_LEFT };
  g_autoptr (GPtrArray) meters = ohmctl_object_list (context, OHMCTL_KIND_METER, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (meters == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("meters", meters);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], aligns[i]);
  for (guint i = 0; i < meters->len; i++)
    {
      OhmctlObject *meter = meters->pdata[i];
      const char *state = ohmctl_object_string (meter, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (meter));
      ohmctl_table_add (table, ohmctl_object_string (meter, "Name"));
      ohmctl_table_add (table, ohmctl_object_string (meter, "Type"));
      ohmctl_table_add (table, ohmctl_object_string (meter, "Link"));
      ohmctl_table_add_take (table, g_strdup_printf ("%" G_GINT64_FORMAT,
                                                     ohmctl_object_integer (meter, "Unit")));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add_take (table, ohmctl_list_dup_since (meter));
    }
  if (meters->len == 0)
    ohmctl_print ("no meters yet; 'ohmctl add --help' tells how to add one\n");
  ohmctl_print_table (context, table);
  return TRUE;
}

static void
ohmctl_meter_show_facts (OhmctlTable *table, OhmctlObject *meter)
{
  g_autoptr (GVariant) facts = ohmctl_object_variant (meter, "Facts", "a{ss}");
  g_autoptr (GVariant) unconfirmed = ohmctl_object_variant (meter, "UnconfirmedFacts", "as");
  GVariantIter iter;
  const char *name;
  const char *value;

  if (facts == NULL)
    return;
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    {
      g_autofree char *label = g_strconcat ("  ", name, NULL);

      /* which of several registers was chosen: for programs */
      if (!g_str_has_prefix (name, "choice."))
        ohmctl_show_fact (table, label, name, value, unconfirmed);
    }
}

static void
ohmctl_meter_show_identity (OhmctlTable *table, OhmctlObject *meter)
{
  const char *identity = ohmctl_object_string (meter, "Identity");
  const char *serial = ohmctl_object_string (meter, "Serial");

  ohmctl_show_line (table, "serial", serial);
  if (strcmp (identity, "unprovable") == 0)
    ohmctl_show_line (table, "identity", "not provable: the type tells no serial");
  else if (strcmp (identity, "unknown") == 0)
    ohmctl_show_line (table, "identity", "not known yet");
}

static void
ohmctl_meter_print (OhmctlContext *context, OhmctlObject *meter)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  gint64 revision = ohmctl_object_integer (meter, "ProfileRevision");

  ohmctl_show_line (table, "meter", ohmctl_object_get_id (meter));
  ohmctl_show_line (table, "name", ohmctl_object_string (meter, "Name"));
  ohmctl_show_line_take (table, "type",
                         revision > 0
                           ? g_strdup_printf ("%s, revision %" G_GINT64_FORMAT,
                                              ohmctl_object_string (meter, "Type"), revision)
                           : g_strdup (ohmctl_object_string (meter, "Type")));
  ohmctl_show_line (table, "link", ohmctl_object_string (meter, "Link"));
  ohmctl_show_line_take (table, "unit",
                         g_strdup_printf ("%" G_GINT64_FORMAT,
                                          ohmctl_object_integer (meter, "Unit")));
  ohmctl_show_line_take (table, "poll",
                         ohm_duration_to_string (ohmctl_object_integer (meter, "PollPeriod")));
  ohmctl_show_line_take (table, "places", ohmctl_object_join (meter, "Places"));
  ohmctl_show_state (table, meter);
  ohmctl_meter_show_identity (table, meter);
  ohmctl_clock_show_line (context, meter, table);
  ohmctl_show_line_take (table, "file",
                         g_strdup_printf ("%s (%s)", ohmctl_object_string (meter, "File"),
                                          ohmctl_object_string (meter, "Layer")));
  ohmctl_print_table (context, table);
}

static void
ohmctl_meter_print_facts (OhmctlContext *context, OhmctlObject *meter)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();

  ohmctl_meter_show_facts (table, meter);
  if (ohmctl_table_n_rows (table) == 0)
    return;
  ohmctl_print ("facts\n");
  ohmctl_print_table (context, table);
}

/* Its `.meter` file as it is. */
static gboolean
ohmctl_meter_print_file (OhmctlContext *context, OhmctlObject *meter, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  const char *text;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetConfig",
                                  /* arguments */ NULL, "(sss)", error);
  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(&s&s&s)", &text, NULL, NULL);
  ohmctl_print (text);
  return TRUE;
}

static gboolean
ohmctl_meter_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (meter == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_json_object (json, NULL, meter);
      ohmctl_print_json (json);
      return TRUE;
    }
  if (ohmctl_args_has (args, "file"))
    return ohmctl_meter_print_file (context, meter, error);
  ohmctl_meter_print (context, meter);
  ohmctl_meter_print_facts (context, meter);
  return TRUE;
}

/* Calls a method of a meter and says that it is done. @arguments: floating */
static gboolean
ohmctl_meter_change (OhmctlContext *context,
                     OhmctlArgs *args,
                     const char *method,
                     GVariant *arguments,
                     const char *done,
                     GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_autoptr (GVariant) reply = NULL;

  if (meter == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), method, owned, "()",
                                  error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "meter", ohmctl_object_get_id (meter), "meter '%s' %s",
                       ohmctl_object_get_id (meter), done);
  return TRUE;
}

static gboolean
ohmctl_meter_set (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *place = ohmctl_args_get (args, "place");
  gboolean is_same = ohmctl_args_has (args, "same-meter");
  g_autofree char *group = place != NULL ? g_strdup_printf ("place %s", place) : g_strdup ("meter");
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GVariant *set = NULL;
  GVariant *unset = NULL;

  if (is_same)
    g_variant_dict_insert (&options, "same-meter", "b", TRUE);
  if (!ohmctl_change_take_keys (args, group, is_same, &set, &unset, error))
    return FALSE;
  return ohmctl_meter_change (context, args, "Meter.SetConfig",
                              g_variant_new ("(@a(sss)@a(ss)@a{sv})", set, unset,
                                             g_variant_dict_end (&options)),
                              "is changed", error);
}

static gboolean
ohmctl_meter_enable (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_meter_change (context, args, "Meter.SetEnabled",
                              g_variant_new ("(ba{sv})", TRUE, NULL), "is read again", error);
}

static gboolean
ohmctl_meter_disable (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_meter_change (context, args, "Meter.SetEnabled",
                              g_variant_new ("(ba{sv})", FALSE, NULL), "is no longer read", error);
}

static gboolean
ohmctl_meter_forget (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_meter_change (context, args, "Meter.ForgetLearned", g_variant_new ("(a{sv})", NULL),
                              "is surveyed anew", error);
}

static gboolean
ohmctl_meter_remove_one (OhmctlContext *context, const char *id, gboolean is_purge, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (is_purge)
    g_variant_dict_insert (&options, "purge", "b", TRUE);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.RemoveMeter",
                                  g_variant_new ("(s@a{sv})", id, g_variant_dict_end (&options)),
                                  "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "meter", id, "meter '%s' is removed; its history %s", id,
                       is_purge ? "is forgotten" : "stays");
  return TRUE;
}

/* What others need is not removed without a word, nor what cannot be had back. */
static gboolean
ohmctl_meter_confirm_remove (OhmctlArgs *args,
                             const char *const *ids,
                             GPtrArray *dependents,
                             GError **error)
{
  g_autofree char *names = ohmctl_words_join (ids, "', '");
  gboolean is_purge = ohmctl_args_has (args, "purge");
  g_autoptr (GString) question = g_string_new (NULL);

  if (!is_purge && dependents->len == 0)
    return TRUE;
  for (guint i = 0; i < dependents->len; i++)
    g_string_append_printf (question, "%s\n", (const char *) dependents->pdata[i]);
  g_string_append_printf (question, "Remove '%s'%s%s?", names,
                          dependents->len > 0 ? " all the same" : "",
                          is_purge ? " and forget all that was recorded for ever" : "");
  return ohmctl_change_confirm (args, question->str, error);
}

static gboolean
ohmctl_meter_remove (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *const *ids = ohmctl_args_words (args, 0);
  g_autoptr (GPtrArray) dependents = NULL;

  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (OhmctlObject) meter = ohmctl_object_get (context, OHMCTL_KIND_METER, ids[i],
                                                          error);

      if (meter == NULL)
        return FALSE;
    }
  if (!ohmctl_dependents_find (context, ids, &dependents, error) ||
      !ohmctl_meter_confirm_remove (args, ids, dependents, error))
    return FALSE;
  for (guint i = 0; ids[i] != NULL; i++)
    if (!ohmctl_meter_remove_one (context, ids[i], ohmctl_args_has (args, "purge"), error))
      return FALSE;
  return TRUE;
}

static gboolean
ohmctl_meter_rename (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_change_rename (context, args, OHMCTL_KIND_METER, "Manager.RenameMeter", error);
}

static gboolean
ohmctl_meter_survey (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  return ohmctl_meter_change (context, args, "Meter.Survey", g_variant_new ("(a{sv})", NULL),
                              "is asked what it is", error);
}

static const OhmctlOption ohmctl_meter_show_options[] = {
  { "file", NULL, "print its .meter file instead" },
  { NULL },
};

static const OhmctlOption ohmctl_meter_set_options[] = {
  { "place", "PLACE", "change the keys of this place in the file", OHMCTL_WORD_PLACE },
  { "unset", "KEY", "take the key out; may be given more than once" },
  { "same-meter", NULL,
    "it is the same meter, at a new address or back again: its series goes on" },
  { NULL },
};

static const OhmctlOption ohmctl_meter_remove_options[] = {
  { "purge", NULL, "also forget the history of its places; asks first" },
  { "yes", NULL, "do not ask" },
  { NULL },
};

const OhmctlVerb ohmctl_meter_verbs[] = {
  {
    .object = "meter",
    .verb = "list",
    .words = "",
    .summary = "all meters with type, address and state",
    .run = ohmctl_meter_list,
  },
  {
    .object = "meter",
    .verb = "show",
    .words = "METER",
    .summary = "everything known of a meter",
    .options = ohmctl_meter_show_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_meter_show,
  },
  {
    .object = "meter",
    .verb = "add",
    .words = OHMCTL_ADD_WORDS,
    .summary = "the same as 'ohmctl add'",
    .text = ohmctl_add_text,
    .examples = ohmctl_add_examples,
    .options = ohmctl_add_options,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_ANY, OHMCTL_WORD_KEY },
    .run = ohmctl_add_run,
  },
  {
    .object = "meter",
    .verb = "set",
    .words = "METER [KEY=VALUE...]",
    .summary = "change keys of a meter's file, all or none",
    .text = "'ohmctl config explain meter' lists the keys. Comments in the file stay.\n\n"
            "A meter whose type tells no serial is known by its address: after another link or "
            "unit its counters begin a new run, and the quarter hour between counts for neither, "
            "unless --same-meter says that only the address is another.",
    .examples = "ohmctl meter set main poll=1s unit=3\n"
                "ohmctl meter set main --place=main factor=40\n",
    .options = ohmctl_meter_set_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_METER, OHMCTL_WORD_KEY },
    .run = ohmctl_meter_set,
  },
  {
    .object = "meter",
    .verb = "rename",
    .words = "METER NEW-ID",
    .summary = "give a meter another id",
    .text =
      "Its file is renamed, in one step; its places keep their ids and their history, and are "
      "written into the file if they were not. The name that people see is a key: 'ohmctl meter "
      "set METER name=NAME'.",
    .min_words = 2,
    .max_words = 2,
    .complete = { OHMCTL_WORD_METER, OHMCTL_WORD_ANY },
    .run = ohmctl_meter_rename,
  },
  {
    .object = "meter",
    .verb = "remove",
    .words = "METER...",
    .summary = "stop reading meters and remove their files",
    .text =
      "What was recorded stays with their places, unless --purge is given. If a virtual meter "
      "has one of their places as a part, or another place names one as its parent, that is "
      "told, and asked first.",
    .options = ohmctl_meter_remove_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_METER, OHMCTL_WORD_METER, OHMCTL_WORD_METER },
    .run = ohmctl_meter_remove,
  },
  {
    .object = "meter",
    .verb = "replace",
    .words = "METER",
    .summary = "the device was exchanged for another one",
    .text = ohmctl_replace_text,
    .examples = ohmctl_replace_examples,
    .options = ohmctl_replace_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_replace_run,
  },
  {
    .object = "meter",
    .verb = "enable",
    .words = "METER",
    .summary = "read a meter again",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_meter_enable,
  },
  {
    .object = "meter",
    .verb = "disable",
    .words = "METER",
    .summary = "stop reading a meter, over restarts",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_meter_disable,
  },
  {
    .object = "meter",
    .verb = "survey",
    .words = "METER",
    .summary = "ask the device anew what it is",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_meter_survey,
  },
  {
    .object = "meter",
    .verb = "clock",
    .words = "METER",
    .summary = "the meter's own clock against ours; set it on request",
    .text = ohmctl_clock_text,
    .examples = ohmctl_clock_examples,
    .options = ohmctl_clock_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_clock_run,
  },
  {
    .object = "meter",
    .verb = "backfill",
    .words = "METER",
    .summary = "read the memory that the meter keeps by itself",
    .text = ohmctl_backfill_text,
    .examples = ohmctl_backfill_examples,
    .options = ohmctl_backfill_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_backfill_run,
  },
  {
    .object = "meter",
    .verb = "find",
    .words = "METER",
    .summary = "look for a meter at other addresses, by its serial",
    .text = ohmctl_find_text,
    .examples = ohmctl_find_examples,
    .options = ohmctl_find_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_find_run,
  },
  {
    .object = "meter",
    .verb = "forget",
    .words = "METER",
    .summary = "forget what was learned of the device, and survey it anew",
    .text = "Facts, serial, refused registers and limits are forgotten; history is not.",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_meter_forget,
  },
  { NULL },
};
