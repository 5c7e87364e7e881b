/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-calendar.h"
#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-time.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

#define OHMCTL_SLOTS_POINT "energy-active-import.total"

static OhmctlStyle
ohmctl_slots_style (const char *what)
{
  if (strcmp (what, "open") == 0)
    return OHMCTL_STYLE_DIM;
  if (strcmp (what, "computed") == 0)
    return OHMCTL_STYLE_GOOD;
  return g_str_has_suffix (what, "ed") && strchr (what, '-') != NULL &&
             strcmp (what, "meter-refused") != 0 && strcmp (what, "store-failed") != 0
           ? OHMCTL_STYLE_GOOD
           : OHMCTL_STYLE_BAD;
}

static void
ohmctl_slots_print (OhmctlContext *context, GVariant *stretches)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GTimeZone *zone = ohmctl_context_get_zone (context);
  GVariantIter iter;
  gint64 from_us, to_us;
  const char *what;
  guint n;

  ohmctl_table_add_column (table, "AFTER", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TO", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "SLOTS", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "WHAT", OHMCTL_ALIGN_LEFT);
  g_variant_iter_init (&iter, stretches);
  while (g_variant_iter_next (&iter, "(xx&su)", &from_us, &to_us, &what, &n))
    {
      ohmctl_table_add_take (table, ohmctl_format_minute (from_us, zone));
      ohmctl_table_add_take (table, ohmctl_format_minute (to_us, zone));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", n));
      ohmctl_table_add_styled (table, what, ohmctl_slots_style (what));
    }
  if (ohmctl_table_n_rows (table) == 0)
    ohmctl_print ("no slots in this time\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_slots_write (const char *place, GVariant *stretches)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  GVariantIter iter;
  gint64 from_us, to_us;
  const char *what;
  guint n;

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "place", place);
  ohmctl_json_begin_array (json, "stretches");
  g_variant_iter_init (&iter, stretches);
  while (g_variant_iter_next (&iter, "(xx&su)", &from_us, &to_us, &what, &n))
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_time (json, "from", from_us);
      ohmctl_json_time (json, "to", to_us);
      ohmctl_json_string (json, "what", what);
      ohmctl_json_unsigned (json, "slots", n);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_slots_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) stretches = NULL;
  gint64 from_us, to_us;

  if (place == NULL || !ohmctl_time_get_range (context, args, &from_us, &to_us, error))
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (place), "Place.GetSlots",
                                  g_variant_new ("(xxa{sv})", from_us, to_us, NULL), "(a(xxsu))",
                                  error);
  if (reply == NULL)
    return FALSE;
  stretches = g_variant_get_child_value (reply, 0);
  if (context->is_json)
    ohmctl_slots_write (ohmctl_object_get_id (place), stretches);
  else
    ohmctl_slots_print (context, stretches);
  return TRUE;
}

/* How likely a point is what the owner of a place wants to see: imported energy, of the meter or of
 * a group (`m1g2.`), before other amounts, before mere pulses. */
static int
ohmctl_slots_rank (const OhmctlPoint *point)
{
  if (strcmp (point->name, OHMCTL_SLOTS_POINT) == 0)
    return 3;
  if (g_str_has_suffix (point->name, "." OHMCTL_SLOTS_POINT))
    return 2;
  return *point->unit != '\0' ? 1 : 0;
}

static void
ohmctl_slots_on_set (OhmctlPointSet *set, gpointer data)
{
  const OhmctlPoint **found = data;

  for (guint i = 0; i < set->points->len; i++)
    if (*found == NULL || ohmctl_slots_rank (set->points->pdata[i]) > ohmctl_slots_rank (*found))
      *found = set->points->pdata[i];
}

/* What a name is looked for in, and what was found. */
typedef struct
{
  const char *name;
  const OhmctlPoint *point; /* (nullable) */
  GPtrArray *names;
} OhmctlSlotsSearch;

static void
ohmctl_slots_on_named_set (OhmctlPointSet *set, gpointer data)
{
  OhmctlSlotsSearch *search = data;
  guint index;

  if (ohmctl_point_set_find (set, search->name, &index))
    search->point = set->points->pdata[index];
  for (guint i = 0; i < set->points->len; i++)
    ohmctl_words_add (search->names, ((const OhmctlPoint *) set->points->pdata[i])->name);
}

/* The point that is summed up: the named one; else the likeliest. */
static gboolean
ohmctl_slots_choose (OhmctlHistory *history,
                     OhmctlArgs *args,
                     const OhmctlPoint **ret_point,
                     GError **error)
{
  g_autoptr (GPtrArray) names = ohmctl_words_new ();
  OhmctlSlotsSearch search = { .name = ohmctl_args_get (args, "point"), .names = names };

  if (search.name == NULL)
    {
      ohmctl_history_foreach_set (history, ohmctl_slots_on_set, ret_point);
      return TRUE;
    }
  ohmctl_history_foreach_set (history, ohmctl_slots_on_named_set, &search);
  *ret_point = search.point;
  if (search.point != NULL || names->len == 0)
    return TRUE;
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "recorded point", search.name,
                            ohmctl_words_end (names));
  return FALSE;
}

static void
ohmctl_slots_print_gaps (OhmctlContext *context,
                         OhmctlHistory *history,
                         const OhmctlCalendar *month)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "AFTER", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TO", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "SLOTS", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "CAUSE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "COUNTED", OHMCTL_ALIGN_UNIT);
  for (guint i = 0; i < month->gaps->len; i++)
    {
      OhmctlGap gap = { NULL };
      guint index;
      char *counted = NULL;

      ohmctl_history_get_gap (history, g_array_index (month->gaps, gsize, i), &gap);
      if (month->point != NULL && gap.deltas != NULL &&
          ohmctl_point_set_find (gap.deltas->set, month->point->name, &index) &&
          ohmctl_reading_has_value (gap.deltas, index))
        counted = ohmctl_format_value (month->point, gap.deltas->cells[index]);
      ohmctl_table_add_take (table, ohmctl_format_minute (gap.from_us, month->zone));
      ohmctl_table_add_take (table, gap.closed_us != 0
                                      ? ohmctl_format_minute (gap.to_us, month->zone)
                                      : g_strdup ("(lasts)"));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", gap.slots));
      ohmctl_table_add_styled (table, gap.cause, OHMCTL_STYLE_BAD);
      ohmctl_table_add_take (table, counted);
      ohmctl_gap_clear (&gap);
    }
  if (ohmctl_table_n_rows (table) > 0)
    ohmctl_print ("\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_slots_print_month (OhmctlContext *context,
                          OhmctlObject *place,
                          OhmctlHistory *history,
                          const OhmctlCalendar *month)
{
  const char *name = ohmctl_object_string (place, "Name");
  const char *id = ohmctl_object_get_id (place);
  g_autofree char *clean = ohmctl_format_clean (name);
  g_autofree char *days = ohmctl_calendar_render (month, context->has_color);
  g_autofree char *legend = ohmctl_calendar_render_legend (month);

  ohmctl_printf ("%s%s%s, %d-%02d, times in %s\n", id, strcmp (id, name) != 0 ? ": " : "",
                 strcmp (id, name) != 0 ? clean : "", month->year, month->month,
                 g_time_zone_get_identifier (month->zone));
  if (month->point != NULL)
    ohmctl_printf ("energy: %s\n", month->point->name);
  ohmctl_print ("\n");
  ohmctl_print (days);
  ohmctl_print ("\n");
  ohmctl_print (legend);
  ohmctl_slots_print_gaps (context, history, month);
}

static void
ohmctl_slots_write_day (OhmctlJson *json, const OhmctlCalendar *month, guint i)
{
  const OhmctlCalendarDay *day = &month->days[i];
  g_autofree char *date = g_strdup_printf ("%04d-%02d-%02u", month->year, month->month, i + 1);
  g_autofree char *marks = ohmctl_calendar_dup_marks (month, i);

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "date", date);
  ohmctl_json_unsigned (json, "slots", day->n_slots);
  ohmctl_json_unsigned (json, "recorded", day->n_recorded);
  ohmctl_json_unsigned (json, "missing", day->n_missing);
  if (month->point != NULL && day->sum.has_value)
    ohmctl_json_cell (json, "sum", month->point, day->sum.cell);
  else
    ohmctl_json_null (json, "sum");
  ohmctl_json_boolean (json, "sum_complete", !day->is_incomplete);
  ohmctl_json_boolean (json, "sum_suspect", day->sum.is_suspect);
  ohmctl_json_string (json, "marks", marks);
  ohmctl_json_end_object (json);
}

static void
ohmctl_slots_write_month (const char *place, OhmctlHistory *history, const OhmctlCalendar *month)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *name = g_strdup_printf ("%04d-%02d", month->year, month->month);

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "place", place);
  ohmctl_json_string (json, "month", name);
  ohmctl_json_string (json, "zone", g_time_zone_get_identifier (month->zone));
  ohmctl_json_time (json, "from", month->from_us);
  ohmctl_json_time (json, "to", month->to_us);
  ohmctl_json_string (json, "point", month->point != NULL ? month->point->name : NULL);
  ohmctl_json_string (json, "unit", month->point != NULL ? month->point->unit : NULL);
  ohmctl_json_begin_array (json, "days");
  for (guint i = 0; i < month->n_days; i++)
    ohmctl_slots_write_day (json, month, i);
  ohmctl_json_end_array (json);
  ohmctl_json_begin_array (json, "gaps");
  for (guint i = 0; i < month->gaps->len; i++)
    {
      OhmctlGap gap = { NULL };

      ohmctl_history_get_gap (history, g_array_index (month->gaps, gsize, i), &gap);
      ohmctl_history_write_gap (json, &gap);
      ohmctl_gap_clear (&gap);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_slots_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (OhmctlHistory) history = NULL;
  g_autoptr (OhmctlCalendar) month = NULL;
  const OhmctlPoint *point = NULL;

  if (place == NULL)
    return FALSE;
  month = ohmctl_calendar_new (ohmctl_args_word (args, 1), ohmctl_context_get_zone (context),
                               ohmctl_context_now_us (), error);
  if (month == NULL)
    return FALSE;
  history = ohmctl_history_load (context, place, month->from_us, month->to_us, error);
  if (history == NULL || !ohmctl_slots_choose (history, args, &point, error))
    return FALSE;
  ohmctl_calendar_fill (month, history, point);
  if (context->is_json)
    ohmctl_slots_write_month (ohmctl_object_get_id (place), history, month);
  else
    ohmctl_slots_print_month (context, place, history, month);
  return TRUE;
}

static const OhmctlOption ohmctl_slots_show_options[] = {
  { "point", "POINT", "counter that is summed up (default: imported active energy)" },
  { NULL },
};

static const OhmctlOption ohmctl_slots_list_options[] = {
  OHMCTL_TIME_OPTIONS,
  { NULL },
};

const OhmctlVerb ohmctl_slots_verbs[] = {
  {
    .object = "slots",
    .verb = "show",
    .words = "PLACE [YYYY-MM]",
    .summary = "a calendar of a month: what was recorded, what is missing and why",
    .text =
      "One line a day in the site's time zone, one character a half hour; the legend below names "
      "the characters, and each gap with its cause follows. 'show' may be left out.\n\n"
      "Days on which summer time begins or ends have 92 or 100 quarter hours: what comes twice "
      "stands in a line of its own, what does not come is blank. The energy of a gap counts to a "
      "day only if the gap lies in it. A '?' before an energy says that some of it failed a check "
      "of "
      "plausibility.\n\n"
      "With --json the marks of a day are one character for each quarter hour, in order of time.",
    .examples = "ohmctl slots main\n"
                "ohmctl slots main 2026-10\n"
                "ohmctl slots main --point=energy-active-export.total\n",
    .options = ohmctl_slots_show_options,
    .min_words = 1,
    .max_words = 2,
    .is_default = TRUE,
    .complete = { OHMCTL_WORD_PLACE, OHMCTL_WORD_ANY },
    .run = ohmctl_slots_show,
  },
  {
    .object = "slots",
    .verb = "list",
    .words = "PLACE",
    .summary = "which quarter hours were recorded, and why others were not",
    .text = OHMCTL_TIME_HELP,
    .examples = "ohmctl slots list main --from=7d\n",
    .options = ohmctl_slots_list_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_PLACE },
    .run = ohmctl_slots_list,
  },
  { NULL },
};
