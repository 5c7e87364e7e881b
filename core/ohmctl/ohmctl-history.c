/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-history.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-time.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

/* JSON is written out in pieces of this size. */
#define PIECE_BYTES (256 * 1024)

/* Points whose differences a table shows if none are named. */
#define COLUMNS_DEFAULT 2
#define COLUMNS_MAX     12

/* The worst of a record: one suspect value or an unsure clock makes it suspect. */
static OhmQuality
ohmctl_history_quality (const OhmctlSlot *slot)
{
  guint n = slot->counters != NULL ? slot->counters->set->points->len : 0;
  guint there = 0;
  gboolean is_suspect = (slot->flags & OHMCTL_SLOT_CLOCK_UNSURE) != 0;

  for (guint i = 0; i < n; i++)
    {
      there += ohmctl_reading_has_value (slot->counters, i) ? 1 : 0;
      is_suspect = is_suspect || slot->counters->qualities[i] == OHM_QUALITY_SUSPECT;
    }
  if (there == 0)
    return OHM_QUALITY_MISSING;
  return is_suspect ? OHM_QUALITY_SUSPECT : OHM_QUALITY_GOOD;
}

static void
ohmctl_history_write_value (OhmctlJson *json, const OhmctlSlot *slot, guint index)
{
  const OhmctlPoint *point = slot->set->points->pdata[index];

  ohmctl_json_begin_object (json, point->name);
  if (!ohmctl_reading_has_value (slot->counters, index))
    {
      ohmctl_json_null (json, "value");
      ohmctl_json_string (json, "quality", ohm_quality_to_string (OHM_QUALITY_MISSING));
      ohmctl_json_end_object (json);
      return;
    }
  ohmctl_json_cell (json, "value", point, slot->counters->cells[index]);
  if (slot->deltas != NULL && ohmctl_reading_has_value (slot->deltas, index))
    ohmctl_json_cell (json, "delta", point, slot->deltas->cells[index]);
  else
    ohmctl_json_null (json, "delta");
  ohmctl_json_string (json, "unit", point->unit);
  if (slot->counters->qualities[index] == OHM_QUALITY_SUSPECT)
    ohmctl_json_string (json, "quality", ohm_quality_to_string (OHM_QUALITY_SUSPECT));
  ohmctl_json_end_object (json);
}

static void
ohmctl_history_write_slot (OhmctlJson *json, const OhmctlSlot *slot)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_time (json, "end", slot->end_us);
  ohmctl_json_time (json, "read", slot->read_us);
  ohmctl_json_string (json, "origin", slot->origin);
  ohmctl_json_string (json, "quality", ohm_quality_to_string (ohmctl_history_quality (slot)));
  if (slot->flags & OHMCTL_SLOT_CLOCK_UNSURE)
    ohmctl_json_boolean (json, "clock_unsure", TRUE);
  if (slot->flags & OHMCTL_SLOT_RESET)
    ohmctl_json_boolean (json, "reset", TRUE);
  if (slot->is_new_run)
    ohmctl_json_boolean (json, "new_run", TRUE);
  ohmctl_json_begin_object (json, "values");
  for (guint i = 0; slot->counters != NULL && i < slot->set->points->len; i++)
    ohmctl_history_write_value (json, slot, i);
  ohmctl_json_end_object (json);
  ohmctl_json_end_object (json);
}

/* `part-missing main` of a virtual meter names the part. */
static void
ohmctl_history_write_cause (OhmctlJson *json, const char *cause)
{
  const char *part = strchr (cause, ' ');
  g_autofree char *word = part != NULL ? g_strndup (cause, (gsize) (part - cause)) : NULL;

  ohmctl_json_string (json, "cause", word != NULL ? word : cause);
  if (part != NULL)
    ohmctl_json_string (json, "part", part + 1);
}

/* Whether what was counted over a gap cannot be: the record that closed it is suspect, or the one
 * before it. */
static gboolean
ohmctl_history_is_gap_suspect (const OhmctlGap *gap)
{
  guint n = gap->deltas != NULL ? gap->deltas->set->points->len : 0;

  for (guint i = 0; i < n; i++)
    if (gap->deltas->qualities[i] == OHM_QUALITY_SUSPECT)
      return TRUE;
  return FALSE;
}

void
ohmctl_history_write_gap (OhmctlJson *json, const OhmctlGap *gap)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_time (json, "from", gap->from_us);
  ohmctl_json_time (json, "to", gap->to_us);
  ohmctl_history_write_cause (json, gap->cause);
  ohmctl_json_unsigned (json, "slots", gap->slots);
  if (ohmctl_history_is_gap_suspect (gap))
    ohmctl_json_string (json, "quality", ohm_quality_to_string (OHM_QUALITY_SUSPECT));
  ohmctl_json_begin_object (json, "delta");
  for (guint i = 0; gap->deltas != NULL && i < gap->deltas->set->points->len; i++)
    {
      const OhmctlPoint *point = gap->deltas->set->points->pdata[i];

      if (ohmctl_reading_has_value (gap->deltas, i))
        ohmctl_json_cell (json, point->name, point, gap->deltas->cells[i]);
    }
  ohmctl_json_end_object (json);
  ohmctl_json_end_object (json);
}

static void
ohmctl_history_write (OhmctlHistory *history, const char *place)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "place", place);
  ohmctl_json_begin_array (json, "slots");
  for (gsize i = 0; i < ohmctl_history_n_slots (history); i++)
    {
      OhmctlSlot slot = { NULL };

      ohmctl_history_get_slot (history, i, &slot);
      ohmctl_history_write_slot (json, &slot);
      ohmctl_slot_clear (&slot);
      if (ohmctl_json_get_pending (json) > PIECE_BYTES)
        ohmctl_print_json (json);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_begin_array (json, "gaps");
  for (gsize i = 0; i < ohmctl_history_n_gaps (history); i++)
    {
      OhmctlGap gap = { NULL };

      ohmctl_history_get_gap (history, i, &gap);
      ohmctl_history_write_gap (json, &gap);
      ohmctl_gap_clear (&gap);
    }
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

/**
 * OhmctlColumns:
 * @place: (not owned): whose history it is
 * @points: (owned) (element-type OhmctlPoint): what the table shows; the points are the history's
 * @zone: the site's
 * @is_two_zones: whether summer time begins or ends within the table: each time then names its own
 * @sums: sum of the differences, integers exactly
 * @n_known: how many differences it is made of
 * @n_rows: how many there should be: every row's but the first, which has nothing before it
 * @is_suspect: whether one of the differences is
 *
 * Columns of the table.
 */
typedef struct
{
  OhmctlObject *place;
  GPtrArray *points;
  GTimeZone *zone;
  gboolean is_two_zones;
  OhmCell sums[COLUMNS_MAX];
  guint n_known[COLUMNS_MAX];
  guint n_rows[COLUMNS_MAX];
  gboolean is_suspect;
} OhmctlColumns;

static gboolean
ohmctl_history_has_column (const OhmctlColumns *columns, const char *name)
{
  for (guint i = 0; i < columns->points->len; i++)
    if (strcmp (((const OhmctlPoint *) columns->points->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
ohmctl_history_wants (const OhmctlPoint *point, OhmctlArgs *args)
{
  const char *const *words = ohmctl_args_words (args, 1);

  if (words[0] == NULL)
    return g_str_has_suffix (point->name, "energy-active-import.total") ||
           g_str_has_suffix (point->name, "energy-active-export.total");
  for (guint i = 0; words[i] != NULL; i++)
    if (g_pattern_match_simple (words[i], point->name))
      return TRUE;
  return FALSE;
}

static void
ohmctl_history_add_columns (OhmctlColumns *columns, OhmctlPointSet *set, OhmctlArgs *args)
{
  for (guint i = 0; i < set->points->len && columns->points->len < COLUMNS_MAX; i++)
    {
      const OhmctlPoint *point = set->points->pdata[i];

      if ((args == NULL || ohmctl_history_wants (point, args)) &&
          !ohmctl_history_has_column (columns, point->name))
        g_ptr_array_add (columns->points, set->points->pdata[i]);
      if (args == NULL && columns->points->len >= COLUMNS_DEFAULT)
        return;
    }
}

/* What looks through the point sets. */
typedef struct
{
  OhmctlColumns *columns;
  OhmctlArgs *args; /* (nullable): %NULL takes whatever is recorded first */
  GPtrArray *names; /* (element-type utf8): of all points */
} OhmctlChoice;

static void
ohmctl_history_on_set (OhmctlPointSet *set, gpointer data)
{
  OhmctlChoice *choice = data;

  ohmctl_history_add_columns (choice->columns, set, choice->args);
  for (guint i = 0; i < set->points->len; i++)
    ohmctl_words_add (choice->names, ((const OhmctlPoint *) set->points->pdata[i])->name);
}

/* One order for all types, whatever their profiles begin with: import, export, net. */
static int
ohmctl_history_compare_points (gconstpointer a, gconstpointer b)
{
  static const char *const order[] = { "-import", "-export", "-net" };
  const OhmctlPoint *points[] = { *(OhmctlPoint *const *) a, *(OhmctlPoint *const *) b };
  int ranks[2];

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      ranks[i] = 0;
      while (ranks[i] < (int) G_N_ELEMENTS (order) &&
             strstr (points[i]->name, order[ranks[i]]) == NULL)
        ranks[i]++;
    }
  return ranks[0] - ranks[1];
}

/* Named points; else active energy; else whatever is recorded first. */
static gboolean
ohmctl_history_choose (OhmctlHistory *history,
                       OhmctlArgs *args,
                       OhmctlColumns *columns,
                       GError **error)
{
  g_autoptr (GPtrArray) names = ohmctl_words_new ();
  OhmctlChoice choice = { columns, args, names };
  const char *word = ohmctl_args_word (args, 1);

  ohmctl_history_foreach_set (history, ohmctl_history_on_set, &choice);
  if (columns->points->len == 0 && word != NULL && names->len > 0)
    {
      ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "recorded point like", word,
                                ohmctl_words_end (names));
      return FALSE;
    }
  choice.args = NULL;
  if (columns->points->len == 0)
    ohmctl_history_foreach_set (history, ohmctl_history_on_set, &choice);
  g_ptr_array_sort (columns->points, ohmctl_history_compare_points);
  return TRUE;
}

/* (transfer full) */
static char *
ohmctl_history_dup_time (const OhmctlColumns *columns, gint64 us)
{
  g_autofree char *minute = ohmctl_format_minute (us, columns->zone);
  g_autofree char *name = ohmctl_format_zone (us, columns->zone);

  return columns->is_two_zones ? g_strdup_printf ("%s %s", minute, name)
                               : g_steal_pointer (&minute);
}

/* The difference of a column's point, added to its sum. (transfer full) (nullable) */
static char *
ohmctl_history_take_delta (OhmctlColumns *columns, guint column, OhmctlReading *deltas)
{
  const OhmctlPoint *point = columns->points->pdata[column];
  guint index;

  columns->n_rows[column]++;
  if (deltas == NULL || !ohmctl_point_set_find (deltas->set, point->name, &index) ||
      !ohmctl_reading_has_value (deltas, index))
    return NULL;
  columns->n_known[column]++;
  columns->is_suspect = columns->is_suspect || deltas->qualities[index] == OHM_QUALITY_SUSPECT;
  if (point->is_integer)
    columns->sums[column].integer += deltas->cells[index].integer;
  else
    columns->sums[column].real += deltas->cells[index].real;
  return ohmctl_format_value (point, deltas->cells[index]);
}

/* The counter of a column's point. (transfer full) (nullable) */
static char *
ohmctl_history_dup_counter (OhmctlColumns *columns, guint column, OhmctlReading *counters)
{
  const OhmctlPoint *point = columns->points->pdata[column];
  guint index;

  if (counters == NULL || !ohmctl_point_set_find (counters->set, point->name, &index) ||
      !ohmctl_reading_has_value (counters, index))
    return NULL;
  return ohmctl_format_value (point, counters->cells[index]);
}

/* What is not as usual about a record. (transfer full) */
static char *
ohmctl_history_dup_note (const OhmctlSlot *slot)
{
  g_autoptr (GPtrArray) notes = ohmctl_words_new ();
  OhmQuality quality = ohmctl_history_quality (slot);

  if (strcmp (slot->origin, "gateway-sampled") != 0 && strcmp (slot->origin, "computed") != 0)
    ohmctl_words_add (notes, slot->origin);
  if (slot->is_new_run)
    ohmctl_words_add (notes, "another meter or counter");
  if (slot->flags & OHMCTL_SLOT_RESET)
    ohmctl_words_add (notes, "a counter fell");
  if (slot->flags & OHMCTL_SLOT_CLOCK_UNSURE)
    ohmctl_words_add (notes, "clock unsure");
  else if (quality != OHM_QUALITY_GOOD)
    ohmctl_words_add (notes, ohm_quality_to_string (quality));
  if (notes->len == 0)
    return g_strdup (" ");
  return ohmctl_words_join (ohmctl_words_end (notes), ", ");
}

static void
ohmctl_history_add_slot (OhmctlTable *table, OhmctlColumns *columns, const OhmctlSlot *slot)
{
  ohmctl_table_add_take (table, ohmctl_history_dup_time (columns, slot->end_us));
  for (guint i = 0; i < columns->points->len; i++)
    ohmctl_table_add_take (table, ohmctl_history_take_delta (columns, i, slot->deltas));
  if (columns->points->len > 0)
    ohmctl_table_add_take (table, ohmctl_history_dup_counter (columns, 0, slot->counters));
  ohmctl_table_add_take (table, ohmctl_history_dup_note (slot));
}

static void
ohmctl_history_add_gap (OhmctlTable *table, OhmctlColumns *columns, const OhmctlGap *gap)
{
  g_autofree char *note = g_strdup_printf ("gap of %u slot%s: %s%s%s", gap->slots,
                                           gap->slots == 1 ? "" : "s", gap->cause,
                                           gap->closed_us == 0 ? ", lasts" : "",
                                           ohmctl_history_is_gap_suspect (gap) ? ", suspect" : "");

  ohmctl_table_add_take (table, ohmctl_history_dup_time (columns, gap->to_us));
  for (guint i = 0; i < columns->points->len; i++)
    ohmctl_table_add_take (table, ohmctl_history_take_delta (columns, i, gap->deltas));
  if (columns->points->len > 0)
    ohmctl_table_add (table, " ");
  ohmctl_table_add_styled (table, note, OHMCTL_STYLE_BAD);
}

static void
ohmctl_history_add_sums (OhmctlTable *table, const OhmctlColumns *columns)
{
  gboolean is_incomplete = FALSE;

  if (columns->points->len == 0 || ohmctl_table_n_rows (table) < 2)
    return;
  ohmctl_table_add_styled (table, "sum", OHMCTL_STYLE_BOLD);
  for (guint i = 0; i < columns->points->len; i++)
    {
      g_autofree char *sum = columns->n_known[i] > 0
                               ? ohmctl_format_value (columns->points->pdata[i], columns->sums[i])
                               : NULL;

      is_incomplete = is_incomplete || columns->n_known[i] + 1 < columns->n_rows[i];
      ohmctl_table_add_styled (table, sum, OHMCTL_STYLE_BOLD);
    }
  ohmctl_table_add (table, " ");
  if (columns->is_suspect)
    ohmctl_table_add_styled (table, is_incomplete ? "incomplete, suspect" : "suspect",
                             OHMCTL_STYLE_WARNING);
  else
    ohmctl_table_add (table, is_incomplete ? "incomplete" : " ");
}

/* `import`, `export.l1`: a title for a narrow column. (transfer full) */
static char *
ohmctl_history_dup_title (const OhmctlPoint *point)
{
  const char *name = point->name;
  g_autoptr (GString) title = NULL;

  if (g_str_has_prefix (name, "energy-active-"))
    name += strlen ("energy-active-");
  else if (g_str_has_prefix (name, "energy-"))
    name += strlen ("energy-");
  title = g_string_new (name);
  if (g_str_has_suffix (title->str, ".total"))
    g_string_truncate (title, title->len - strlen (".total"));
  return g_ascii_strup (title->str, -1);
}

static OhmctlTable *
ohmctl_history_new_table (const OhmctlColumns *columns)
{
  OhmctlTable *table = ohmctl_table_new ();

  ohmctl_table_add_column (table, "SLOT END", OHMCTL_ALIGN_LEFT);
  for (guint i = 0; i < columns->points->len; i++)
    {
      g_autofree char *title = ohmctl_history_dup_title (columns->points->pdata[i]);

      ohmctl_table_add_column (table, title, OHMCTL_ALIGN_UNIT);
    }
  if (columns->points->len > 0)
    {
      g_autofree char *title = ohmctl_history_dup_title (columns->points->pdata[0]);
      g_autofree char *counter = g_strdup_printf ("%s COUNTER", title);

      ohmctl_table_add_column (table, counter, OHMCTL_ALIGN_UNIT);
    }
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_WRAP);
  return table;
}

/* Slots and gaps in one order of time. */
static void
ohmctl_history_add_rows (OhmctlHistory *history, OhmctlTable *table, OhmctlColumns *columns)
{
  gsize n_slots = ohmctl_history_n_slots (history);
  gsize n_gaps = ohmctl_history_n_gaps (history);
  gsize s = 0;
  gsize g = 0;

  while (s < n_slots || g < n_gaps)
    {
      OhmctlSlot slot = { NULL };
      OhmctlGap gap = { NULL };

      if (s < n_slots)
        ohmctl_history_get_slot (history, s, &slot);
      if (g < n_gaps)
        ohmctl_history_get_gap (history, g, &gap);
      if (s < n_slots && (g >= n_gaps || slot.end_us <= gap.to_us))
        {
          ohmctl_history_add_slot (table, columns, &slot);
          s++;
        }
      else
        {
          ohmctl_history_add_gap (table, columns, &gap);
          g++;
        }
      ohmctl_slot_clear (&slot);
      ohmctl_gap_clear (&gap);
    }
}

/* A place that has a name besides its id. */
static void
ohmctl_history_print_head (OhmctlContext *context, OhmctlObject *place)
{
  const char *id = ohmctl_object_get_id (place);
  const char *name = ohmctl_object_string (place, "Name");
  g_autofree char *head = g_strdup_printf ("%s: %s", id, name);

  if (*name != '\0' && strcmp (name, id) != 0)
    ohmctl_print_paragraph (context, 0, head);
}

static void
ohmctl_history_print (OhmctlContext *context, OhmctlHistory *history, OhmctlColumns *columns)
{
  g_autoptr (OhmctlTable) table = ohmctl_history_new_table (columns);

  ohmctl_history_print_head (context, columns->place);
  ohmctl_history_add_rows (history, table, columns);
  if (ohmctl_table_n_rows (table) == 0)
    {
      ohmctl_print ("nothing was recorded in this time\n");
      return;
    }
  ohmctl_history_add_sums (table, columns);
  ohmctl_print_table (context, table);
  ohmctl_printf ("times in %s\n", g_time_zone_get_identifier (columns->zone));
}

static gboolean
ohmctl_history_print_chosen (OhmctlContext *context,
                             OhmctlHistory *history,
                             OhmctlArgs *args,
                             OhmctlColumns *columns,
                             GError **error)
{
  g_autoptr (GPtrArray) points = g_ptr_array_new ();

  columns->points = points;
  if (!ohmctl_history_choose (history, args, columns, error))
    return FALSE;
  ohmctl_history_print (context, history, columns);
  return TRUE;
}

/* Whether summer time begins or ends within a time. */
static gboolean
ohmctl_history_is_two_zones (GTimeZone *zone, gint64 from_us, gint64 to_us)
{
  g_autofree char *first = ohmctl_format_zone (from_us, zone);
  g_autofree char *last = ohmctl_format_zone (to_us, zone);

  return strcmp (first, last) != 0;
}

OhmctlHistory *
ohmctl_history_load (OhmctlContext *context,
                     OhmctlObject *place,
                     gint64 from_us,
                     gint64 to_us,
                     GError **error)
{
  g_autoptr (OhmctlHistory) history = ohmctl_history_new ();

  for (gint64 part_us = from_us; part_us < to_us; part_us += OHMCTL_HISTORY_STEP_US)
    {
      gint64 end_us = MIN (to_us, part_us + OHMCTL_HISTORY_STEP_US);
      g_autoptr (GVariant) payload = ohmctl_connection_call_fd (context,
                                                                ohmctl_object_get_path (place),
                                                                "Place.GetHistory",
                                                                g_variant_new ("(xxa{sv})", part_us,
                                                                               end_us, NULL),
                                                                OHMCTL_HISTORY_TYPE, error);

      if (payload == NULL)
        return NULL;
      ohmctl_history_add (history, payload);
    }
  return g_steal_pointer (&history);
}

static gboolean
ohmctl_history_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_change_get_object (context, OHMCTL_KIND_PLACE, args,
                                                             error);
  g_autoptr (OhmctlHistory) history = NULL;
  OhmctlColumns columns = { .place = place, .zone = ohmctl_context_get_zone (context) };
  gint64 from_us, to_us;

  if (place == NULL || !ohmctl_time_get_range (context, args, &from_us, &to_us, error))
    return FALSE;
  columns.is_two_zones = ohmctl_history_is_two_zones (columns.zone, from_us, to_us);
  history = ohmctl_history_load (context, place, from_us, to_us, error);
  if (history == NULL)
    return FALSE;
  if (!context->is_json)
    return ohmctl_history_print_chosen (context, history, args, &columns, error);
  ohmctl_history_write (history, ohmctl_object_get_id (place));
  return TRUE;
}

static const OhmctlOption ohmctl_history_options[] = {
  OHMCTL_TIME_OPTIONS,
  { NULL },
};

const OhmctlVerb ohmctl_history_verbs[] = {
  {
    .verb = "history",
    .words = "PLACE [POINT...]",
    .summary = "what was recorded at each quarter hour, with gaps and their causes",
    .text =
      "Shows the energy of each quarter hour, named by its end, and the counter at that time. "
      "A gap is one line with what was counted over all of it: it is never spread over its "
      "slots. Where a meter was exchanged, the slot has what both have counted for it if 'meter "
      "replace' was told the counters of both. Points may be patterns with '*' and '?'; --json "
      "tells all of "
      "them.\n\n" OHMCTL_TIME_HELP,
    .examples = "ohmctl history main\n"
                "ohmctl history main --from=yesterday --to=today\n"
                "ohmctl history main 'energy-*' --from='2026-11-22 06:00' --to=now\n",
    .options = ohmctl_history_options,
    .min_words = 1,
    .max_words = 33,
    .complete = { OHMCTL_WORD_PLACE, OHMCTL_WORD_ANY },
    .run = ohmctl_history_run,
  },
  { NULL },
};
