/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
#include "ohmctl-verbs.h"

static gboolean
ohmctl_place_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  static const char *const titles[] = { "PLACE", "NAME",   "METER",    "SOURCE",
                                        "STATE", "PARENT", "LAST SLOT" };
  g_autoptr (GPtrArray) places = ohmctl_object_list (context, OHMCTL_KIND_PLACE, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (places == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("places", places);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], i == 1 ? OHMCTL_ALIGN_SHRINK : OHMCTL_ALIGN_LEFT);
  for (guint i = 0; i < places->len; i++)
    {
      OhmctlObject *place = places->pdata[i];
      const char *state = ohmctl_object_string (place, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (place));
      ohmctl_table_add (table, ohmctl_object_string (place, "Name"));
      ohmctl_table_add (table, ohmctl_object_string (place, "Meter"));
      ohmctl_table_add (table, ohmctl_object_string (place, "Source"));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add (table, ohmctl_object_string (place, "Parent"));
      ohmctl_table_add_take (table, ohmctl_format_minute (ohmctl_object_integer (place, "LastSlot"),
                                                          ohmctl_context_get_zone (context)));
    }
  if (places->len == 0)
    ohmctl_print ("no places yet; they come with the meters\n");
  ohmctl_print_table (context, table);
  return TRUE;
}

static void
ohmctl_place_print (OhmctlContext *context, OhmctlObject *place)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  const char *direction = ohmctl_object_string (place, "Direction");
  double factor = ohmctl_object_real (place, "Factor");
  gint64 last_us = ohmctl_object_integer (place, "LastSlot");

  ohmctl_show_line (table, "place", ohmctl_object_get_id (place));
  ohmctl_show_line (table, "name", ohmctl_object_string (place, "Name"));
  ohmctl_show_line (table, "meter", ohmctl_object_string (place, "Meter"));
  ohmctl_show_line (table, "source", ohmctl_object_string (place, "Source"));
  ohmctl_show_line (table, "medium", ohmctl_object_string (place, "Medium"));
  ohmctl_show_line (table, "parent", ohmctl_object_string (place, "Parent"));
  if (strcmp (direction, "normal") != 0)
    ohmctl_show_line (table, "direction", direction);
  if (factor < 1 || factor > 1)
    ohmctl_show_line_take (table, "factor", ohmctl_format_shortest (factor));
  ohmctl_show_state (table, place);
  if (last_us != 0)
    ohmctl_show_line_take (table, "last slot",
                           ohmctl_format_minute (last_us, ohmctl_context_get_zone (context)));
  ohmctl_print_table (context, table);
}

/* What a run is told by: the first that it has. The unit of pulses is their own. */
static const OhmctlPoint ohmctl_place_main_points[] = {
  { "energy-active-import.total", "Wh", "counter", "", FALSE },
  { "energy-active-net.total", "Wh", "balance", "", FALSE },
  { "pulse-value", "", "counter", "", FALSE },
  { "volume", "m3", "counter", "", FALSE },
  { "energy-heat", "Wh", "counter", "", FALSE },
};

/* The main counter of a run in its own unit. (transfer full) (nullable) */
static char *
ohmctl_place_dup_counter (GVariant *counters, const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (ohmctl_place_main_points); i++)
    {
      OhmctlPoint point = ohmctl_place_main_points[i];
      g_autofree char *name = g_strconcat (group, *group != '\0' ? "." : "", point.name, NULL);
      OhmCell cell;

      point.is_integer = g_variant_lookup (counters, name, "x", &cell.integer);
      if (point.is_integer || g_variant_lookup (counters, name, "d", &cell.real))
        return ohmctl_format_value (&point, cell);
    }
  return NULL;
}

static void
ohmctl_place_add_run (OhmctlTable *table, GVariant *run, gboolean has_meter, GTimeZone *zone)
{
  const char *meter;
  const char *serial;
  const char *group;
  gint64 from_us, to_us;
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) last = NULL;

  g_variant_get (run, "(x&s&s&sxx@a{sv}@a{sv})", NULL, &meter, &serial, &group, &from_us, &to_us,
                 &first, &last);
  if (has_meter)
    ohmctl_table_add (table, meter);
  ohmctl_table_add (table, serial);
  ohmctl_table_add_take (table, ohmctl_format_minute (from_us, zone));
  ohmctl_table_add_take (table, ohmctl_format_minute (to_us, zone));
  ohmctl_table_add_take (table, ohmctl_place_dup_counter (first, group));
  ohmctl_table_add_take (table, ohmctl_place_dup_counter (last, group));
}

/* Whether another meter than @meter has measured here. */
static gboolean
ohmctl_place_has_other_meter (GVariant *runs, const char *meter)
{
  for (gsize i = 0; i < g_variant_n_children (runs); i++)
    {
      g_autoptr (GVariant) run = g_variant_get_child_value (runs, i);
      const char *of_run;

      g_variant_get_child (run, 1, "&s", &of_run);
      if (strcmp (of_run, meter) != 0)
        return TRUE;
    }
  return FALSE;
}

static void
ohmctl_place_print_runs (OhmctlContext *context, GVariant *runs, const char *meter)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  gsize n = g_variant_n_children (runs);
  gboolean has_meter = ohmctl_place_has_other_meter (runs, meter);

  if (has_meter)
    ohmctl_table_add_column (table, "METER", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "SERIAL", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "FROM", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TO", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "FIRST", OHMCTL_ALIGN_UNIT);
  ohmctl_table_add_column (table, "LAST", OHMCTL_ALIGN_UNIT);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) run = g_variant_get_child_value (runs, i);

      ohmctl_place_add_run (table, run, has_meter, ohmctl_context_get_zone (context));
    }
  if (n > 0)
    ohmctl_print ("\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_place_write_run (OhmctlJson *json, GVariant *run)
{
  gint64 number, from_us, to_us;
  const char *meter;
  const char *serial;
  const char *group;
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) last = NULL;

  g_variant_get (run, "(x&s&s&sxx@a{sv}@a{sv})", &number, &meter, &serial, &group, &from_us, &to_us,
                 &first, &last);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_integer (json, "run", number);
  ohmctl_json_string (json, "meter", meter);
  ohmctl_json_string (json, "serial", *serial != '\0' ? serial : NULL);
  ohmctl_json_string (json, "group", group);
  ohmctl_json_time (json, "from", from_us);
  ohmctl_json_time (json, "to", to_us);
  ohmctl_json_variant (json, "first", first);
  ohmctl_json_variant (json, "last", last);
  ohmctl_json_end_object (json);
}

static gboolean
ohmctl_place_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) runs = NULL;

  if (place == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (place), "Place.GetRuns",
                                  /* arguments */ NULL, "(a(xsssxxa{sv}a{sv}))", error);
  if (reply == NULL)
    return FALSE;
  runs = g_variant_get_child_value (reply, 0);
  if (!context->is_json)
    {
      ohmctl_place_print (context, place);
      ohmctl_place_print_runs (context, runs, ohmctl_object_string (place, "Meter"));
      return TRUE;
    }
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_object (json, "place", place);
  ohmctl_json_begin_array (json, "runs");
  for (gsize i = 0; i < g_variant_n_children (runs); i++)
    {
      g_autoptr (GVariant) run = g_variant_get_child_value (runs, i);

      ohmctl_place_write_run (json, run);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
  return TRUE;
}

/* Calls a method of a place and says that it is done. @arguments: floating */
static gboolean
ohmctl_place_change (OhmctlContext *context,
                     OhmctlArgs *args,
                     const char *method,
                     GVariant *arguments,
                     const char *done,
                     GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (GVariant) reply = NULL;

  if (place == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (place), method, owned, "()",
                                  error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "place", ohmctl_object_get_id (place), "place '%s' %s",
                       ohmctl_object_get_id (place), done);
  return TRUE;
}

static gboolean
ohmctl_place_set (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  GVariant *set = NULL;
  GVariant *unset = NULL;

  return ohmctl_change_take_keys (args, /* group */ NULL, /* may_be_none */ FALSE, &set, &unset,
                                  error) &&
         ohmctl_place_change (context, args, "Place.SetConfig",
                              g_variant_new ("(@a{ss}@asa{sv})", set, unset, NULL), "is changed",
                              error);
}

static gboolean
ohmctl_place_rename (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_args_word (args, 1);
  g_autofree char *done = g_strdup_printf ("is '%s' now", id);

  return ohmctl_place_change (context, args, "Place.Rename", g_variant_new ("(sa{sv})", id, NULL),
                              done, error);
}

static const OhmctlOption ohmctl_place_set_options[] = {
  { "unset", "KEY", "take the key out; may be given more than once" },
  { NULL },
};

const OhmctlVerb ohmctl_place_verbs[] = {
  {
    .object = "place",
    .verb = "list",
    .words = "",
    .summary = "all places with their meter and last slot",
    .run = ohmctl_place_list,
  },
  {
    .object = "place",
    .verb = "show",
    .words = "PLACE",
    .summary = "everything known of a place, and the meters that measured it",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_PLACE },
    .run = ohmctl_place_show,
  },
  {
    .object = "place",
    .verb = "set",
    .words = "PLACE [KEY=VALUE...]",
    .summary = "change keys of a place, all or none",
    .text = "'ohmctl config explain place' lists the keys.",
    .examples = "ohmctl place set lift parent=main factor=40\n",
    .options = ohmctl_place_set_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_PLACE, OHMCTL_WORD_KEY },
    .run = ohmctl_place_set,
  },
  {
    .object = "place",
    .verb = "rename",
    .words = "PLACE NEW-ID",
    .summary = "give a place another id",
    .text = "Its history stays. The name that people see is a key: 'ohmctl place set PLACE "
            "name=NAME'.",
    .min_words = 2,
    .max_words = 2,
    .complete = { OHMCTL_WORD_PLACE, OHMCTL_WORD_ANY },
    .run = ohmctl_place_rename,
  },
  { NULL },
};
