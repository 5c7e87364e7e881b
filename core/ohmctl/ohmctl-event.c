/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-event.h"

#include "ohmctl-connection.h"
#include "ohmctl-format.h"
#include "ohmctl-object.h"
#include "ohmctl-show.h"
#include "ohmctl-time.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

/* Shown unless --limit says otherwise, and at most: the daemon keeps no more. */
#define EVENTS_DEFAULT 50
#define EVENTS_MAX     10000

#define EVENT_TYPE "(xxssa{ss})"

/* What is asked for: 0 and NULL for all. */
typedef struct
{
  gint64 from_us;
  gint64 to_us;
  gint64 before;
  const char *about;
  const char *code;
  guint limit;
} OhmctlEventQuery;

void
ohmctl_event_free (OhmctlEvent *self)
{
  g_free (self->subject);
  ohm_message_unref (self->message);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlEvent, ohmctl_event_free)

static OhmctlEvent *
ohmctl_event_new (GVariant *row)
{
  OhmctlEvent *self = g_new0 (OhmctlEvent, 1);
  g_autoptr (GVariant) arguments = NULL;
  const char *code;

  g_variant_get (row, "(xxs&s@a{ss})", &self->id, &self->time_us, &self->subject, &code,
                 &arguments);
  self->message = ohm_message_new_from_variant (code, arguments);
  return self;
}

static GVariant *
ohmctl_event_new_options (const OhmctlEventQuery *query)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "limit", "u", query->limit);
  if (query->before > 0)
    g_variant_dict_insert (&options, "before", "x", query->before);
  if (query->about != NULL)
    g_variant_dict_insert (&options, "about", "s", query->about);
  if (query->code != NULL)
    g_variant_dict_insert (&options, "code", "s", query->code);
  return g_variant_dict_end (&options);
}

/* One answer more, the newest first. Returns: FALSE with @error set */
static gboolean
ohmctl_event_add_page (OhmctlContext *context,
                       const OhmctlEventQuery *query,
                       GPtrArray *events,
                       gboolean *ret_more,
                       GError **error)
{
  g_autoptr (GVariant) reply = ohmctl_connection_call (
    context, OHM_DBUS_PATH, "Store.GetEvents",
    g_variant_new ("(xx@a{sv})", query->from_us, query->to_us, ohmctl_event_new_options (query)),
    "(a" EVENT_TYPE "b)", error);
  g_autoptr (GVariant) rows = NULL;
  gsize n;

  if (reply == NULL)
    return FALSE;
  g_variant_get (reply, "(@a" EVENT_TYPE "b)", &rows, ret_more);
  n = g_variant_n_children (rows);
  for (gsize i = n; i > 0; i--)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i - 1);

      g_ptr_array_add (events, ohmctl_event_new (row));
    }
  *ret_more = *ret_more && n > 0;
  return TRUE;
}

/* Page after page. (transfer full) (nullable) (element-type OhmctlEvent): newest first */
static GPtrArray *
ohmctl_event_get (OhmctlContext *context,
                  const OhmctlEventQuery *query,
                  gboolean *ret_more,
                  GError **error)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohmctl_event_free);
  OhmctlEventQuery part = *query;
  gboolean has_more = TRUE;

  while (has_more && events->len < query->limit)
    {
      part.limit = query->limit - events->len;
      if (!ohmctl_event_add_page (context, &part, events, &has_more, error))
        return NULL;
      if (events->len > 0)
        part.before = ((const OhmctlEvent *) events->pdata[events->len - 1])->id;
    }
  *ret_more = has_more;
  return g_steal_pointer (&events);
}

char *
ohmctl_event_dup_newest (OhmctlContext *context, const char *subject, const char *code)
{
  const OhmctlEventQuery query = { .about = subject, .code = code, .limit = 1 };
  gboolean has_more = FALSE;
  g_autoptr (GPtrArray) events = ohmctl_event_get (context, &query, &has_more, /* error */ NULL);
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;
  const OhmctlEvent *event;

  if (events == NULL || events->len == 0)
    return NULL;
  event = events->pdata[0];
  time = ohmctl_format_minute (event->time_us, ohmctl_context_get_zone (context));
  text = ohm_message_dup_text (event->message);
  return g_strdup_printf ("%s: %s", time, text);
}

static gboolean
ohmctl_event_take_query (OhmctlContext *context,
                         OhmctlArgs *args,
                         OhmctlEventQuery *query,
                         GError **error)
{
  query->about = ohmctl_args_word (args, 0);
  query->code = ohmctl_args_get (args, "code");
  query->limit = EVENTS_DEFAULT;
  if (!ohmctl_args_get_uint (args, "limit", EVENTS_MAX, &query->limit, error) ||
      !ohmctl_time_get_option (context, args, "from", &query->from_us, error) ||
      !ohmctl_time_get_option (context, args, "to", &query->to_us, error))
    return FALSE;
  if (query->limit == 0)
    query->limit = EVENTS_MAX;
  if (query->to_us == 0 || query->from_us < query->to_us)
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "the time begins after its end");
  return FALSE;
}

static void
ohmctl_event_add_known (GPtrArray *words, GPtrArray *objects, OhmctlKind kind)
{
  for (guint i = 0; i < objects->len; i++)
    {
      const char *id = ohmctl_object_get_id (objects->pdata[i]);
      g_autofree char *subject = g_strdup_printf ("%ss/%s", ohmctl_kind_to_string (kind), id);

      ohmctl_words_add (words, id);
      ohmctl_words_add (words, subject);
    }
}

/* Nothing was found about @word: is there such a thing at all? */
static gboolean
ohmctl_event_check_word (OhmctlContext *context, const char *word, GError **error)
{
  static const OhmctlKind kinds[] = { OHMCTL_KIND_METER, OHMCTL_KIND_PLACE, OHMCTL_KIND_UPLINK };
  g_autoptr (OhmctlObjects) objects = ohmctl_objects_get (context, error);
  g_autoptr (GPtrArray) words = ohmctl_words_new ();
  const char *const *known;

  if (objects == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    ohmctl_event_add_known (words, objects->of[kinds[i]], kinds[i]);
  ohmctl_words_add (words, "clock");
  ohmctl_words_add (words, "store");
  known = ohmctl_words_end (words);
  if (g_strv_contains (known, word))
    return TRUE;
  ohmctl_error_set_unknown (error, OHMCTL_EXIT_NOT_FOUND, "meter, place or uplink", word, known);
  return FALSE;
}

static void
ohmctl_event_write_one (OhmctlJson *json, const OhmctlEvent *event)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_integer (json, "id", event->id);
  ohmctl_json_time (json, "time", event->time_us);
  ohmctl_json_string (json, "subject", event->subject);
  ohmctl_json_message (json, "message", event->message);
  ohmctl_json_end_object (json);
}

static void
ohmctl_event_write (GPtrArray *events, gboolean has_more)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, "events");
  for (guint i = events->len; i > 0; i--)
    ohmctl_event_write_one (json, events->pdata[i - 1]);
  ohmctl_json_end_array (json);
  ohmctl_json_boolean (json, "more", has_more);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static void
ohmctl_event_print (OhmctlContext *context, GPtrArray *events, gboolean has_more)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GTimeZone *zone = ohmctl_context_get_zone (context);

  ohmctl_table_add_column (table, "EVENT", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "TIME", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "WHAT", OHMCTL_ALIGN_SHRINK);
  ohmctl_table_add_column (table, "HAPPENED", OHMCTL_ALIGN_WRAP);
  for (guint i = events->len; i > 0; i--)
    {
      const OhmctlEvent *event = events->pdata[i - 1];

      ohmctl_table_add_take (table, g_strdup_printf ("%" G_GINT64_FORMAT, event->id));
      ohmctl_table_add_take (table, ohmctl_format_minute (event->time_us, zone));
      ohmctl_table_add (table, event->subject);
      ohmctl_table_add_take (table, ohm_message_dup_text (event->message));
    }
  if (events->len == 0)
    ohmctl_print ("no events\n");
  ohmctl_print_table (context, table);
  if (has_more)
    ohmctl_print ("there are older ones: '--limit=N' shows more of them, '--limit=0' all\n");
}

static gboolean
ohmctl_event_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) events = NULL;
  OhmctlEventQuery query = { 0 };
  gboolean has_more = FALSE;

  if (!ohmctl_event_take_query (context, args, &query, error))
    return FALSE;
  events = ohmctl_event_get (context, &query, &has_more, error);
  if (events == NULL || (events->len == 0 && query.about != NULL &&
                         !ohmctl_event_check_word (context, query.about, error)))
    return FALSE;
  if (context->is_json)
    ohmctl_event_write (events, has_more);
  else
    ohmctl_event_print (context, events, has_more);
  return TRUE;
}

/* The event of that number. (transfer full) (nullable) */
static OhmctlEvent *
ohmctl_event_find (OhmctlContext *context, const char *word, GError **error)
{
  g_autoptr (GPtrArray) events = NULL;
  OhmctlEventQuery query = { .limit = 1 };
  gboolean has_more = FALSE;
  guint64 id = 0;

  if (g_ascii_string_to_unsigned (word, 10, 1, G_MAXINT64 - 1, &id, NULL))
    {
      query.before = (gint64) id + 1;
      events = ohmctl_event_get (context, &query, &has_more, error);
      if (events == NULL)
        return NULL;
    }
  if (events != NULL && events->len > 0 &&
      ((const OhmctlEvent *) events->pdata[0])->id == (gint64) id)
    return g_ptr_array_steal_index (events, 0);
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND,
               "no event '%s'; 'ohmctl event list' shows their numbers", word);
  return NULL;
}

static gboolean
ohmctl_event_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlEvent) event = ohmctl_event_find (context, ohmctl_args_word (args, 0), error);
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (event == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_event_write_one (json, event);
      ohmctl_print_json (json);
      return TRUE;
    }
  ohmctl_show_line_take (table, "event", g_strdup_printf ("%" G_GINT64_FORMAT, event->id));
  ohmctl_show_line_take (table, "time",
                         ohmctl_format_time (event->time_us, ohmctl_context_get_zone (context)));
  ohmctl_show_line (table, "what", event->subject);
  ohmctl_show_line_take (table, "happened", ohm_message_dup_text (event->message));
  ohmctl_show_line_take (table, "remedy", ohm_message_dup_remedy (event->message));
  ohmctl_show_line (table, "code", ohm_message_get_code (event->message));
  ohmctl_print_table (context, table);
  return TRUE;
}

static const OhmctlOption ohmctl_event_list_options[] = {
  { "from", "TIME", "only events after this time" },
  { "to", "TIME", "only events up to this time" },
  { "code", "CODE", "only events of this kind: 'counter-reset', 'uplink-partly'" },
  { "limit", "N", "the newest N of them; 0: all (default: 50)" },
  { NULL },
};

const OhmctlVerb ohmctl_event_verbs[] = {
  {
    .object = "event",
    .verb = "list",
    .words = "[METER|PLACE|UPLINK]",
    .summary = "what happened, the newest last",
    .text =
      "What came and went: counters that fell, meters exchanged, clocks that were set, values that "
      "a destination "
      "left out or that were too old for it. What is wrong now is told by 'ohmctl alarm list'. "
      "The newest 10,000 events are kept. 'clock' and 'store' may stand for the name as "
      "well, and 'places/main' where a meter has the same.\n\n" OHMCTL_TIME_HELP,
    .examples = "ohmctl event list main --from=7d\n"
                "ohmctl event list cloud --code=uplink-partly\n",
    .options = ohmctl_event_list_options,
    .max_words = 1,
    .complete = { OHMCTL_WORD_SUBJECT },
    .run = ohmctl_event_list,
  },
  {
    .object = "event",
    .verb = "show",
    .words = "NUMBER",
    .summary = "one event, and what to do about it",
    .min_words = 1,
    .max_words = 1,
    .run = ohmctl_event_show,
  },
  { NULL },
};
