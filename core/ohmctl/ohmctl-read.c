/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-reading.h"
#include "ohmctl-verbs.h"

/* How often a meter is asked whose points change meanwhile. */
#define ASKED_MAX 3

/**
 * OhmctlRead:
 * @meter: (owned): what is read
 * @reading: (owned): its last values
 * @slow: (owned) (nullable) (element-type utf8): names of points that are read once a minute; %NULL
 *   if that is not known
 * @shown: (owned): per point whether it was asked for
 * @facts: (owned) (nullable): what the meter says of itself
 */
typedef struct
{
  OhmctlObject *meter;
  OhmctlReading *reading;
  GHashTable *slow;
  gboolean *shown;
  GVariant *facts;
} OhmctlRead;

static void
ohmctl_read_free (OhmctlRead *self)
{
  g_clear_pointer (&self->meter, ohmctl_object_free);
  g_clear_pointer (&self->reading, ohmctl_reading_free);
  g_clear_pointer (&self->slow, g_hash_table_unref);
  g_free (self->shown);
  g_clear_pointer (&self->facts, g_variant_unref);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlRead, ohmctl_read_free)

/* Nothing was ever read: says why. */
static gboolean
ohmctl_read_set_no_answer (OhmctlObject *meter, GError **error)
{
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (meter);
  g_autofree char *text = NULL;
  g_autofree char *remedy = NULL;

  /* whoever is ok has been read, unless there is nothing to read */
  if (cause == NULL && strcmp (ohmctl_object_string (meter, "State"), "ok") == 0)
    cause = ohm_message_new ("type-has-no-values", "type", ohmctl_object_string (meter, "Type"),
                             NULL);
  text = cause != NULL ? ohm_message_dup_text (cause) : NULL;
  remedy = cause != NULL ? ohm_message_dup_remedy (cause) : NULL;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NO_ANSWER,
               "meter '%s' has not been read yet (%s)%s%s%s%s", ohmctl_object_get_id (meter),
               ohmctl_object_string (meter, "State"), text != NULL ? ": " : "",
               text != NULL ? text : "", remedy != NULL ? "\n" : "", remedy != NULL ? remedy : "");
  return FALSE;
}

/* Which points are read once a minute; an unknown plan is no error. */
static GHashTable *
ohmctl_read_get_slow (OhmctlContext *context, OhmctlObject *meter)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) totals = NULL;
  g_autoptr (GVariantIter) iter = NULL;
  const char *point;
  GHashTable *slow;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetPlan",
                                  g_variant_new ("(a{sv})", NULL), "(a(suuuuxu)a{sv}a(suuussds)as)",
                                  /* error */ NULL);
  if (reply == NULL)
    return NULL;
  slow = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  totals = g_variant_get_child_value (reply, 1);
  if (g_variant_lookup (totals, "slow_points", "as", &iter))
    while (g_variant_iter_next (iter, "&s", &point))
      g_hash_table_add (slow, g_strdup (point));
  return slow;
}

static gboolean
ohmctl_read_ask_once (OhmctlContext *context, OhmctlRead *self, gboolean is_now, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) cells = NULL;
  g_autoptr (GVariant) qualities = NULL;
  g_autoptr (GVariant) times = NULL;
  OhmctlPointSet *set;
  const char *set_id;
  gint64 time_us;

  reply = ohmctl_connection_call (context, ohmctl_object_get_path (self->meter),
                                  is_now ? "Meter.Read" : "Meter.GetReading",
                                  g_variant_new ("(a{sv})", NULL), "(sxatayax)", error);
  if (reply == NULL)
    {
      g_autofree char *prefix = g_strdup_printf ("meter '%s'", ohmctl_object_get_id (self->meter));

      if (error != NULL && !g_str_has_prefix ((*error)->message, prefix))
        g_prefix_error (error, "%s: ", prefix);
      return FALSE;
    }
  g_variant_get (reply, "(&sx@at@ay@ax)", &set_id, &time_us, &cells, &qualities, &times);
  if (*set_id == '\0' || time_us == 0)
    return ohmctl_read_set_no_answer (self->meter, error);
  set = ohmctl_point_set_get (context, set_id, error);
  if (set == NULL)
    return FALSE;
  self->reading = ohmctl_reading_new (set, time_us, cells, qualities, times);
  if (self->reading == NULL)
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "the reading does not fit its points");
  return self->reading != NULL;
}

/* A survey gives a meter other points: those of a reading may be gone when they are asked for. */
static gboolean
ohmctl_read_ask (OhmctlContext *context, OhmctlRead *self, gboolean is_now, GError **error)
{
  g_autoptr (GError) local = NULL;

  for (guint i = 1; !ohmctl_read_ask_once (context, self, is_now, &local); i++)
    {
      if (i == ASKED_MAX || !g_error_matches (local, OHM_ERROR, OHM_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_clear_error (&local);
    }
  return TRUE;
}

static gboolean
ohmctl_read_is_pattern (const char *word)
{
  return strpbrk (word, "*?") != NULL;
}

/* Who says 'voltage' means all of them: the pattern is told. FALSE if it would match nothing. */
static gboolean
ohmctl_read_set_pattern (const char *const *names,
                         const char *what,
                         const char *word,
                         GError **error)
{
  g_autofree char *pattern = g_strconcat (word, ".*", NULL);

  for (guint i = 0; names[i] != NULL; i++)
    if (!ohmctl_read_is_pattern (word) && g_pattern_match_simple (pattern, names[i]))
      {
        g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND, "no %s '%s'; did you mean '%s'?",
                     what, word, pattern);
        return TRUE;
      }
  return FALSE;
}

/* Marks the points that @word names, by name or pattern. */
static gboolean
ohmctl_read_choose_one (OhmctlRead *self, const char *word, GError **error)
{
  GPtrArray *points = self->reading->set->points;
  g_autofree const char **names = ohmctl_point_set_dup_names (self->reading->set);
  g_autofree char *what = g_strdup_printf ("point of meter '%s' like",
                                           ohmctl_object_get_id (self->meter));
  gboolean is_found = FALSE;

  for (guint i = 0; i < points->len; i++)
    if (ohmctl_read_is_pattern (word) ? g_pattern_match_simple (word, names[i])
                                      : strcmp (word, names[i]) == 0)
      is_found = self->shown[i] = TRUE;
  if (!is_found && !ohmctl_read_set_pattern (names, what, word, error))
    ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, what, word, names);
  return is_found;
}

static gboolean
ohmctl_read_choose (OhmctlRead *self, OhmctlArgs *args, GError **error)
{
  guint n = self->reading->set->points->len;

  self->shown = g_new0 (gboolean, n);
  if (ohmctl_args_n_words (args) < 2)
    for (guint i = 0; i < n; i++)
      self->shown[i] = TRUE;
  for (guint i = 1; i < ohmctl_args_n_words (args); i++)
    if (!ohmctl_read_choose_one (self, ohmctl_args_word (args, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
ohmctl_read_is_stale (OhmctlRead *self, guint index, gint64 now_us)
{
  const OhmctlPoint *point = self->reading->set->points->pdata[index];
  gint64 time_us = ohmctl_reading_time_us (self->reading, index);
  gint64 live_us = ohmctl_stale_after_us (ohmctl_object_integer (self->meter, "PollPeriod"));
  gint64 limit_us = live_us;

  if (self->slow == NULL || g_hash_table_contains (self->slow, point->name))
    limit_us = MAX (OHMCTL_STALE_SLOW_US, live_us);
  return time_us == 0 || now_us - time_us > limit_us ||
         (self->slow == NULL && now_us - self->reading->time_us > live_us);
}

static void
ohmctl_read_write (OhmctlRead *self)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  gint64 now_us = ohmctl_context_now_us ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "meter", ohmctl_object_get_id (self->meter));
  ohmctl_json_time (json, "time", self->reading->time_us);
  ohmctl_json_begin_object (json, "values");
  for (guint i = 0; i < self->reading->set->points->len; i++)
    if (self->shown[i])
      ohmctl_json_value (json, self->reading, i, ohmctl_read_is_stale (self, i, now_us),
                         self->reading->time_us);
  ohmctl_json_end_object (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

/* (transfer full) (nullable): what the meter calls the input or group of a point */
static char *
ohmctl_read_dup_label (OhmctlRead *self, guint index)
{
  const OhmctlPoint *point = self->reading->set->points->pdata[index];
  const char *dot = strchr (point->name, '.');
  g_autofree char *fact = NULL;
  char *label = NULL;

  if (dot == NULL || self->facts == NULL)
    return NULL;
  fact = g_strdup_printf ("name.%.*s", (int) (dot - point->name), point->name);
  g_variant_lookup (self->facts, fact, "s", &label);
  return label;
}

static gboolean
ohmctl_read_has_labels (OhmctlRead *self)
{
  for (guint i = 0; i < self->reading->set->points->len; i++)
    {
      g_autofree char *label = self->shown[i] ? ohmctl_read_dup_label (self, i) : NULL;

      if (label != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
ohmctl_read_add_row (OhmctlRead *self,
                     OhmctlTable *table,
                     guint index,
                     gboolean has_labels,
                     gint64 now_us)
{
  OhmctlReading *reading = self->reading;
  const OhmctlPoint *point = reading->set->points->pdata[index];
  gboolean is_there = ohmctl_reading_has_value (reading, index);
  gboolean is_stale = ohmctl_read_is_stale (self, index, now_us);
  gint64 time_us = ohmctl_reading_time_us (reading, index);
  g_autofree char *value = is_there ? ohmctl_format_value (point, reading->cells[index]) : NULL;
  g_autofree char *label = ohmctl_read_dup_label (self, index);
  g_autofree char *age = time_us != 0 ? ohmctl_format_age (now_us - time_us) : g_strdup ("never");

  ohmctl_table_add (table, point->name);
  if (has_labels)
    ohmctl_table_add (table, label != NULL ? label : " ");
  ohmctl_table_add_styled (table, value, is_stale ? OHMCTL_STYLE_DIM : OHMCTL_STYLE_PLAIN);
  ohmctl_table_add (table, age);
  if (!is_there)
    ohmctl_table_add_styled (table, "missing", OHMCTL_STYLE_WARNING);
  else if (reading->qualities[index] == OHM_QUALITY_SUSPECT)
    ohmctl_table_add_styled (table, "suspect", OHMCTL_STYLE_WARNING);
  else if (is_stale)
    ohmctl_table_add_styled (table, "stale", OHMCTL_STYLE_WARNING);
  else
    ohmctl_table_add (table, " ");
}

static void
ohmctl_read_print (OhmctlContext *context, OhmctlRead *self)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (self->meter);
  const char *state = ohmctl_object_string (self->meter, "State");
  gint64 now_us = ohmctl_context_now_us ();
  gboolean has_labels = ohmctl_read_has_labels (self);
  g_autofree char *time = ohmctl_format_time (self->reading->time_us,
                                              ohmctl_context_get_zone (context));
  g_autofree char *head = g_strdup_printf ("%s: %s, %s at %s", ohmctl_object_get_id (self->meter),
                                           ohmctl_object_string (self->meter, "Name"), state, time);

  ohmctl_print_paragraph (context, 0, head);
  if (cause != NULL && strcmp (state, "ok") != 0)
    ohmctl_print_message (context, 6, cause);
  ohmctl_table_add_column (table, "POINT", OHMCTL_ALIGN_LEFT);
  if (has_labels)
    ohmctl_table_add_column (table, "NAME", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "VALUE", OHMCTL_ALIGN_UNIT);
  ohmctl_table_add_column (table, "AGE", OHMCTL_ALIGN_UNIT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  for (guint i = 0; i < self->reading->set->points->len; i++)
    if (self->shown[i])
      ohmctl_read_add_row (self, table, i, has_labels, now_us);
  ohmctl_print_table (context, table);
}

/* Who names a place means the group of its meter. */
static void
ohmctl_read_explain_place (OhmctlContext *context, const char *id, GError **error)
{
  g_autoptr (OhmctlObject) place = ohmctl_object_get (context, OHMCTL_KIND_PLACE, id,
                                                      /* error */ NULL);
  const char *meter = place != NULL ? ohmctl_object_string (place, "Meter") : "";
  const char *source = place != NULL ? ohmctl_object_string (place, "Source") : "";

  if (error == NULL || !g_error_matches (*error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND) ||
      *meter == '\0')
    return;
  g_clear_error (error);
  if (*source != '\0')
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 "'%s' is a place, no meter; its values: ohmctl read %s '%s.*'", id, meter, source);
  else
    g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND,
                 "'%s' is a place, no meter; its values: ohmctl read %s", id, meter);
}

static gboolean
ohmctl_read_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlRead) self = g_new0 (OhmctlRead, 1);

  self->meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args, error);
  if (self->meter == NULL)
    ohmctl_read_explain_place (context, ohmctl_args_word (args, 0), error);
  if (self->meter == NULL ||
      !ohmctl_read_ask (context, self, ohmctl_args_has (args, "now"), error) ||
      !ohmctl_read_choose (self, args, error))
    return FALSE;
  self->slow = ohmctl_read_get_slow (context, self->meter);
  self->facts = ohmctl_object_variant (self->meter, "Facts", "a{ss}");
  if (context->is_json)
    ohmctl_read_write (self);
  else
    ohmctl_read_print (context, self);
  return TRUE;
}

static const OhmctlOption ohmctl_read_options[] = {
  { "now", NULL, "ask the meter now instead of showing the last values" },
  { NULL },
};

const OhmctlVerb ohmctl_read_verbs[] = {
  {
    .verb = "read",
    .words = "METER [POINT...]",
    .summary = "last values of a meter with their age",
    .text =
      "Without --now no meter is asked. A value that is too old is marked stale, one that the "
      "meter did not tell is missing; zero is never shown for either. Points may be patterns "
      "with '*' and '?'. Ends with exit code 6 if the meter was never read, or does not answer "
      "now.",
    .examples = "ohmctl read main\n"
                "ohmctl read main 'power-active.*' --now\n"
                "ohmctl --json read main energy-active-import.total\n",
    .options = ohmctl_read_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_METER, OHMCTL_WORD_POINT, OHMCTL_WORD_POINT },
    .run = ohmctl_read_run,
  },
  { NULL },
};
