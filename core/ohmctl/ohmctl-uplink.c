/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-uplink.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-event.h"
#include "ohmctl-format.h"
#include "ohmctl-show.h"
#include "ohmctl-time.h"
#include "ohmctl-uplink-change.h"
#include "ohmctl-verbs.h"

/* Most dead letters asked for at once. */
#define DEAD_PAGE 1000

/* A day of records that can still be kept is told in days. */
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* `3 wait` or `-`. (transfer full) */
static char *
ohmctl_uplink_dup_waiting (OhmctlObject *uplink)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, ohmctl_object_integer (uplink, "Pending"));
}

/* `412 days`; NULL if that is not known. (transfer full) (nullable) */
static char *
ohmctl_uplink_dup_room (OhmctlObject *uplink)
{
  gint64 room_us = ohmctl_object_integer (uplink, "Room");

  if (room_us < 0 || *ohmctl_object_string (uplink, "Plugin") == '\0')
    return NULL;
  if (room_us < 2 * DAY_US)
    return ohmctl_format_span (room_us);
  return g_strdup_printf ("%" G_GINT64_FORMAT " days", room_us / DAY_US);
}

static char *
ohmctl_uplink_dup_delivered (OhmctlContext *context, OhmctlObject *uplink)
{
  gint64 delivered_us = ohmctl_object_integer (uplink, "DeliveredUpTo");

  return delivered_us != 0 ? ohmctl_format_minute (delivered_us, ohmctl_context_get_zone (context))
                           : NULL;
}

/* Records that it was sent and does not have. */
static gint64
ohmctl_uplink_count_refused (OhmctlObject *uplink)
{
  return ohmctl_object_integer (uplink, "Held") + ohmctl_object_integer (uplink, "Dead") +
         ohmctl_object_integer (uplink, "Unlisted");
}

char *
ohmctl_uplink_dup_summary (OhmctlContext *context, OhmctlObject *uplink)
{
  g_autofree char *delivered = ohmctl_uplink_dup_delivered (context, uplink);
  g_autofree char *room = ohmctl_uplink_dup_room (uplink);
  gint64 pending = ohmctl_object_integer (uplink, "Pending");
  g_autofree char *records = ohmctl_format_count (pending, "record");
  gint64 refused = ohmctl_uplink_count_refused (uplink);
  gint64 future = ohmctl_object_integer (uplink, "Future");
  GString *line = g_string_new (NULL);

  g_string_append_printf (line, "%s%s",
                          delivered != NULL ? "delivered up to " : "nothing delivered yet",
                          delivered != NULL ? delivered : "");
  if (pending > 0)
    g_string_append_printf (line, ", %s wait%s", records, pending == 1 ? "s" : "");
  if (pending > 0 && room != NULL)
    g_string_append_printf (line, ", room for %s", room);
  if (refused > 0)
    g_string_append_printf (line, ", %" G_GINT64_FORMAT " refused", refused);
  if (future > 0)
    g_string_append_printf (line, ", %" G_GINT64_FORMAT " later than now", future);
  return g_string_free (line, FALSE);
}

static void
ohmctl_uplink_print_causes (OhmctlContext *context, GPtrArray *uplinks)
{
  for (guint i = 0; i < uplinks->len; i++)
    {
      OhmctlObject *uplink = uplinks->pdata[i];
      g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (uplink);

      if (cause == NULL)
        continue;
      ohmctl_printf ("\n%s\n", ohmctl_object_get_id (uplink));
      ohmctl_print_message (context, 2, cause);
    }
}

static gboolean
ohmctl_uplink_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  static const char *const titles[] = { "UPLINK",  "STATE", "FOR",    "DELIVERED UP TO",
                                        "WAITING", "ROOM",  "ACCOUNT" };
  static const OhmctlAlign aligns[] = { OHMCTL_ALIGN_SHRINK_LAST, OHMCTL_ALIGN_LEFT,
                                        OHMCTL_ALIGN_LEFT,        OHMCTL_ALIGN_LEFT,
                                        OHMCTL_ALIGN_RIGHT,       OHMCTL_ALIGN_SPARE,
                                        OHMCTL_ALIGN_SPARE };
  g_autoptr (GPtrArray) uplinks = ohmctl_object_list (context, OHMCTL_KIND_UPLINK, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (uplinks == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("uplinks", uplinks);
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], aligns[i]);
  for (guint i = 0; i < uplinks->len; i++)
    {
      OhmctlObject *uplink = uplinks->pdata[i];
      const char *state = ohmctl_object_string (uplink, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (uplink));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add_take (table, ohmctl_list_dup_since (uplink));
      ohmctl_table_add_take (table, ohmctl_uplink_dup_delivered (context, uplink));
      ohmctl_table_add_take (table, ohmctl_uplink_dup_waiting (uplink));
      ohmctl_table_add_take (table, ohmctl_uplink_dup_room (uplink));
      ohmctl_table_add (table, ohmctl_object_string (uplink, "Account"));
    }
  if (uplinks->len == 0)
    ohmctl_print ("no uplinks yet; 'ohmctl uplink add' makes one\n");
  ohmctl_print_table (context, table);
  ohmctl_uplink_print_causes (context, uplinks);
  return TRUE;
}

static void
ohmctl_uplink_show_waiting (OhmctlTable *table, OhmctlObject *uplink)
{
  gint64 pending = ohmctl_object_integer (uplink, "Pending");
  gint64 bytes = ohmctl_object_integer (uplink, "PendingBytes");
  g_autofree char *size = ohmctl_format_bytes ((guint64) bytes);
  g_autofree char *records = ohmctl_format_count (pending, "record");

  if (pending == 0)
    ohmctl_show_line (table, "waiting", "nothing");
  else
    ohmctl_show_line_take (table, "waiting",
                           g_strconcat (records, bytes > 0 ? ", about " : "", bytes > 0 ? size : "",
                                        NULL));
  ohmctl_show_line_take (table, "room left", ohmctl_uplink_dup_room (uplink));
}

/* How many, and the newest event that says why. @last: (nullable) */
static void
ohmctl_uplink_show_left_out (OhmctlTable *table,
                             const char *name,
                             char *count_take,
                             char *last_take)
{
  g_autofree char *count = count_take;
  g_autofree char *last = last_take;

  ohmctl_show_line_take (table, name, g_strjoin ("; ", count, last, NULL));
}

static void
ohmctl_uplink_show_refused (OhmctlContext *context, OhmctlTable *table, OhmctlObject *uplink)
{
  g_autofree char *subject = g_strconcat ("uplinks/", ohmctl_object_get_id (uplink), NULL);
  gint64 held = ohmctl_object_integer (uplink, "Held");
  gint64 dead = ohmctl_object_integer (uplink, "Dead");
  gint64 future = ohmctl_object_integer (uplink, "Future");
  gint64 unlisted = ohmctl_object_integer (uplink, "Unlisted");
  gint64 rejected = ohmctl_object_integer (uplink, "Rejected");
  gint64 too_old = ohmctl_object_integer (uplink, "TooOld");

  if (unlisted > 0)
    ohmctl_show_line_take (table, "refused before",
                           g_strdup_printf ("%" G_GINT64_FORMAT " more, too many to be listed",
                                            unlisted));
  if (rejected > 0)
    ohmctl_uplink_show_left_out (table, "left out by it",
                                 g_strdup_printf ("%" G_GINT64_FORMAT
                                                  " values of batches whose rest it took",
                                                  rejected),
                                 ohmctl_event_dup_newest (context, subject, "uplink-partly"));
  if (too_old > 0)
    ohmctl_uplink_show_left_out (table, "too old for it",
                                 g_strdup_printf ("%" G_GINT64_FORMAT
                                                  " records, left out for their 'max-age'",
                                                  too_old),
                                 ohmctl_event_dup_newest (context, subject, "uplink-too-old"));
  if (future > 0)
    ohmctl_show_line_take (table, "later than now",
                           g_strdup_printf ("%" G_GINT64_FORMAT
                                            " records, sent once their time has come",
                                            future));
  if (held + dead > 0)
    ohmctl_show_line_take (table, "refused",
                           g_strdup_printf ("%" G_GINT64_FORMAT " tried again, %" G_GINT64_FORMAT
                                            " for good: 'ohmctl uplink dead %s'",
                                            held, dead, ohmctl_object_get_id (uplink)));
}

static void
ohmctl_uplink_show_sent (OhmctlTable *table, OhmctlObject *uplink)
{
  gint64 n = ohmctl_object_integer (uplink, "Requests");
  g_autofree char *requests = ohmctl_format_count (n, "request");
  g_autofree char *values = ohmctl_format_count (ohmctl_object_integer (uplink, "Points"), "value");
  g_autofree char *bytes = ohmctl_format_bytes ((guint64) ohmctl_object_integer (uplink, "Bytes"));

  if (n > 0)
    ohmctl_show_line_take (table, "since the start",
                           g_strjoin (", ", requests, values, bytes, NULL));
}

/* (transfer full): `token, password` */
static char *
ohmctl_uplink_dup_secrets (OhmctlObject *uplink)
{
  g_autoptr (GVariant) secrets = ohmctl_object_variant (uplink, "Secrets", "a{ss}");
  g_autoptr (GString) text = g_string_new (NULL);
  GVariantIter iter;
  const char *name;

  if (secrets == NULL)
    return NULL;
  g_variant_iter_init (&iter, secrets);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, NULL))
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Where a person is asked: how long yet. */
static void
ohmctl_uplink_show_asked (OhmctlTable *table, OhmctlObject *uplink)
{
  gint64 expires_us = ohmctl_object_integer (uplink, "ClaimExpires");

  if (expires_us != 0)
    ohmctl_show_line_take (table, "time left",
                           ohmctl_format_countdown (expires_us - ohmctl_context_now_us ()));
}

/* The destination's own words, unless the cause has them already. */
static void
ohmctl_uplink_show_answer (OhmctlTable *table, OhmctlObject *uplink)
{
  g_autoptr (OhmMessage) cause = ohmctl_object_dup_cause (uplink);
  g_autofree char *text = cause != NULL ? ohm_message_dup_text (cause) : NULL;
  const char *answer = ohmctl_object_string (uplink, "EngineText");

  if (text == NULL || strstr (text, answer) == NULL)
    ohmctl_show_line (table, "its answer", answer);
}

static void
ohmctl_uplink_print (OhmctlContext *context, OhmctlObject *uplink)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();
  gint64 success_us = ohmctl_object_integer (uplink, "LastSuccess");

  ohmctl_show_line (table, "uplink", ohmctl_object_get_id (uplink));
  ohmctl_show_line (table, "name", ohmctl_object_string (uplink, "Name"));
  ohmctl_show_line (table, "plugin", ohmctl_object_string (uplink, "Plugin"));
  ohmctl_show_line (table, "account", ohmctl_object_string (uplink, "Account"));
  ohmctl_show_state (table, uplink);
  ohmctl_uplink_show_asked (table, uplink);
  ohmctl_uplink_show_answer (table, uplink);
  ohmctl_show_line_take (table, "delivered up to", ohmctl_uplink_dup_delivered (context, uplink));
  if (success_us != 0)
    ohmctl_show_line_take (table, "last success",
                           ohmctl_format_ago (ohmctl_context_now_us () - success_us));
  ohmctl_uplink_show_waiting (table, uplink);
  ohmctl_uplink_show_refused (context, table, uplink);
  ohmctl_uplink_show_sent (table, uplink);
  ohmctl_show_line_take (table, "takes secrets", ohmctl_uplink_dup_secrets (uplink));
  ohmctl_show_line (table, "this gateway", ohmctl_object_string (uplink, "Gateway"));
  ohmctl_show_line (table, "file", ohmctl_object_string (uplink, "File"));
  ohmctl_print_table (context, table);
}

static gboolean
ohmctl_uplink_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  if (uplink == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_json_object (json, NULL, uplink);
      ohmctl_print_json (json);
    }
  else
    {
      ohmctl_uplink_print (context, uplink);
    }
  return TRUE;
}

/* --- what was refused --- */

/* As Uplink.ListDeadLetters says it. */
typedef struct
{
  gint64 seq;
  const char *place;
  gint64 slot_us;
  gboolean is_final;
  guint n_tries;
  gint64 refused_us;
  int status;
  const char *text;
} OhmctlDeadLetter;

#define DEAD_TYPE   "(xsxbuxis)"
#define DEAD_FORMAT "(x&sxbuxi&s)"

static gboolean
ohmctl_uplink_next_dead (GVariantIter *iter, OhmctlDeadLetter *letter)
{
  return g_variant_iter_next (iter, DEAD_FORMAT, &letter->seq, &letter->place, &letter->slot_us,
                              &letter->is_final, &letter->n_tries, &letter->refused_us,
                              &letter->status, &letter->text);
}

static void
ohmctl_uplink_add_dead (OhmctlContext *context, OhmctlTable *table, const OhmctlDeadLetter *letter)
{
  GTimeZone *zone = ohmctl_context_get_zone (context);

  ohmctl_table_add_take (table, ohmctl_format_minute (letter->slot_us, zone));
  ohmctl_table_add (table, letter->place);
  ohmctl_table_add_take (table, g_strdup_printf ("%u", letter->n_tries));
  ohmctl_table_add (table, letter->is_final ? "no" : "yes");
  ohmctl_table_add_take (table,
                         letter->status != 0 ? g_strdup_printf ("%d", letter->status) : NULL);
  ohmctl_table_add (table, letter->text);
}

static void
ohmctl_uplink_write_dead (OhmctlJson *json, const OhmctlDeadLetter *letter)
{
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_integer (json, "seq", letter->seq);
  ohmctl_json_string (json, "place", letter->place);
  ohmctl_json_time (json, "end", letter->slot_us);
  ohmctl_json_boolean (json, "final", letter->is_final);
  ohmctl_json_unsigned (json, "tries", letter->n_tries);
  ohmctl_json_time (json, "refused", letter->refused_us);
  ohmctl_json_integer (json, "status", letter->status);
  ohmctl_json_string (json, "answer", letter->text);
  ohmctl_json_end_object (json);
}

/* Calls for page after page. Returns: FALSE with @error set */
static gboolean
ohmctl_uplink_collect_dead (OhmctlContext *context,
                            OhmctlObject *uplink,
                            OhmctlTable *table,
                            OhmctlJson *json,
                            GError **error)
{
  gint64 after = 0;
  guint n = DEAD_PAGE;

  while (n == DEAD_PAGE)
    {
      g_autoptr (GVariant) reply = ohmctl_connection_call (context, ohmctl_object_get_path (uplink),
                                                           "Uplink.ListDeadLetters",
                                                           g_variant_new ("(xua{sv})", after,
                                                                          DEAD_PAGE, NULL),
                                                           "(a" DEAD_TYPE ")", error);
      g_autoptr (GVariantIter) iter = NULL;
      OhmctlDeadLetter letter;

      if (reply == NULL)
        return FALSE;
      g_variant_get (reply, "(a" DEAD_TYPE ")", &iter);
      for (n = 0; ohmctl_uplink_next_dead (iter, &letter); n++)
        {
          ohmctl_uplink_add_dead (context, table, &letter);
          ohmctl_uplink_write_dead (json, &letter);
          after = letter.seq;
        }
    }
  return TRUE;
}

static gboolean
ohmctl_uplink_dead (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) uplink = ohmctl_change_get_object (context, OHMCTL_KIND_UPLINK, args,
                                                              error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();

  ohmctl_table_add_column (table, "SLOT", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "PLACE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TRIES", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "AGAIN", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "STATUS", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "ANSWER", OHMCTL_ALIGN_WRAP);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_begin_array (json, "records");
  if (uplink == NULL || !ohmctl_uplink_collect_dead (context, uplink, table, json, error))
    return FALSE;
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  if (context->is_json)
    ohmctl_print_json (json);
  else if (ohmctl_table_n_rows (table) == 0)
    ohmctl_print ("nothing was refused\n");
  else
    ohmctl_print_table (context, table);
  return TRUE;
}

static const OhmctlOption ohmctl_uplink_add_options[] = {
  { "file", "FILE", "take the whole .uplink file from here ('-': standard input)",
    OHMCTL_WORD_FILE },
  { NULL },
};

static const OhmctlOption ohmctl_uplink_set_options[] = {
  { "unset", "KEY", "take the key out; may be given more than once" },
  { NULL },
};

static const OhmctlOption ohmctl_uplink_remove_options[] = {
  { "yes", NULL, "do not ask" },
  { NULL },
};

static const OhmctlOption ohmctl_uplink_resend_options[] = {
  { "from", "TIME", "slots that end after this time" },
  { "to", "TIME", "and not after this one (default: now)" },
  { NULL },
};

static const OhmctlOption ohmctl_uplink_secret_options[] = {
  { "forget", NULL, "take it away instead" },
  { NULL },
};

static const OhmctlOption ohmctl_uplink_confirm_options[] = {
  { "all", NULL, "it gets all that is stored" },
  { "new", NULL, "it gets what is recorded from now on" },
  { NULL },
};

const OhmctlVerb ohmctl_uplink_verbs[] = {
  {
    .object = "uplink",
    .verb = "list",
    .words = "",
    .summary = "all uplinks: state, what is delivered, what waits",
    .text = "ROOM is how long records can still be kept at this rate before the database drops the "
            "oldest. Nothing is lost before that, however long a destination is away.",
    .run = ohmctl_uplink_list,
  },
  {
    .object = "uplink",
    .verb = "show",
    .words = "UPLINK",
    .summary = "all that is known of an uplink",
    .text = "With --json: delivered_up_to, pending, room_us (null if not known), held and dead "
            "(refused records that are and are not tried again), unlisted (more of the latter, too "
            "many to be listed), rejected (values left out of batches whose rest was taken), "
            "too_old (records older than 'max-age'), cause, next_attempt.",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_show,
  },
  {
    .object = "uplink",
    .verb = "add",
    .words = "ID PLUGIN [KEY=VALUE...]",
    .summary = "deliver to another system",
    .text = "Writes an .uplink file. Keys are those of 'ohmctl config explain uplink' and of "
            "'ohmctl config explain PLUGIN'. Passwords and tokens do not belong there: 'ohmctl "
            "uplink secret' and 'ohmctl claim' keep them.",
    .examples = "ohmctl uplink add cloud cloud url=https://ingest.example.org/v1/metrics\n"
                "ohmctl uplink add broker mqtt host=broker.example.org start=now\n",
    .options = ohmctl_uplink_add_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_ANY, OHMCTL_WORD_PLUGIN, OHMCTL_WORD_KEY },
    .run = ohmctl_uplink_add,
  },
  {
    .object = "uplink",
    .verb = "set",
    .words = "UPLINK [KEY=VALUE...]",
    .summary = "change keys of an .uplink file, all or none",
    .text = "Comments stay. A changed address makes it another destination: nothing is sent before "
            "'ohmctl uplink confirm' says what it gets.",
    .examples = "ohmctl uplink set cloud enabled=false\n",
    .options = ohmctl_uplink_set_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_UPLINK, OHMCTL_WORD_KEY },
    .run = ohmctl_uplink_set,
  },
  {
    .object = "uplink",
    .verb = "rename",
    .words = "UPLINK NEW-ID",
    .summary = "give an uplink another id",
    .text =
      "Its file is renamed, in one step, and it goes on where it is, with its account, its secrets "
      "and what was refused: they are kept under its first id, which comes into the file as "
      "'kept-as'. The name that people see is a key: 'ohmctl uplink set UPLINK name=NAME'.",
    .min_words = 2,
    .max_words = 2,
    .complete = { OHMCTL_WORD_UPLINK, OHMCTL_WORD_ANY },
    .run = ohmctl_uplink_rename,
  },
  {
    .object = "uplink",
    .verb = "remove",
    .words = "UPLINK",
    .summary = "remove an .uplink file, its account and its secrets",
    .text = "What was delivered stays there, and what is recorded stays here. How far it was is "
            "forgotten: another uplink of that id begins anew. Also if its file was deleted by "
            "hand, which leaves all that so that it can be put back (of one that was renamed, "
            "give the id that it had first); its account is not told then.",
    .options = ohmctl_uplink_remove_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_remove,
  },
  {
    .object = "uplink",
    .verb = "send",
    .words = "UPLINK",
    .summary = "try at once, whatever the schedule says",
    .text = "Only a time that the destination asked for is waited for all the same. Where nothing "
            "can be sent yet it says why, and what to do.",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_send,
  },
  {
    .object = "uplink",
    .verb = "resend",
    .words = "UPLINK",
    .summary = "send what is stored of a time again",
    .text = "Beside what is new; also what was refused. For a destination that lost something. "
            "Ends with exit code 7 if some of it was refused, or left out for its 'max-age'. "
            "Ctrl-C cancels. It ends with ohmd: after a restart give the same command again, which "
            "does no harm.\n\n" OHMCTL_TIME_HELP,
    .examples = "ohmctl uplink resend cloud --from=2026-11-01 --to=2026-11-03\n"
                "ohmctl uplink resend cloud --from=7d\n",
    .options = ohmctl_uplink_resend_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_resend,
  },
  {
    .object = "uplink",
    .verb = "secret",
    .words = "UPLINK NAME",
    .summary = "type a password or token for an uplink",
    .text = "Asks on the terminal without showing what is typed, or reads it from standard input "
            "(a line break at the end does not count). It is kept where ohmd keeps secrets, and "
            "nobody is ever told what it is. 'ohmctl uplink show' says which ones there are.",
    .examples = "ohmctl uplink secret cloud token\n",
    .options = ohmctl_uplink_secret_options,
    .min_words = 2,
    .max_words = 2,
    .complete = { OHMCTL_WORD_UPLINK, OHMCTL_WORD_SECRET },
    .run = ohmctl_uplink_secret,
  },
  {
    .object = "uplink",
    .verb = "dead",
    .words = "UPLINK",
    .summary = "records that the destination refused, and its answers",
    .text = "They hold nothing else up, and stay in the database. Those that are not tried AGAIN "
            "by themselves wait for 'ohmctl uplink resend'.",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_dead,
  },
  {
    .object = "uplink",
    .verb = "confirm",
    .words = "UPLINK",
    .summary = "say what a changed destination gets",
    .text = "Needed once the address in its file has changed: what was delivered so far went "
            "elsewhere.",
    .examples = "ohmctl uplink confirm cloud --all\n",
    .options = ohmctl_uplink_confirm_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_UPLINK },
    .run = ohmctl_uplink_confirm,
  },
  { NULL },
};
