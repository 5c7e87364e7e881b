/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>
#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-csv.h"
#include "ohmctl-format.h"
#include "ohmctl-link.h"
#include "ohmctl-show.h"
#include "ohmctl-spec.h"
#include "ohmctl-verbs.h"
#include "ohmctl-words.h"

#define FILE_MAX (64 * 1024)

/* Meters of a link that its row in the list names; of more it tells how many. */
#define METERS_SHOWN 6

/* From here on a schedule is tight: probes of silent units may take 5 %, and answers vary. */
#define PLANNED_FULL 0.8

/* Share of the link's time that the plans of its meters take; below 0 if it cannot be told. */
static double
ohmctl_link_get_planned (OhmctlContext *context, const char *path)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) statistics = NULL;
  double load = -1;

  reply = ohmctl_connection_call (context, path, "Link.GetStatistics",
                                  g_variant_new ("(a{sv})", NULL), "(a{sv})", /* error */ NULL);
  if (reply == NULL)
    return load;
  statistics = g_variant_get_child_value (reply, 0);
  g_variant_lookup (statistics, "planned_load", "d", &load);
  return load;
}

static void
ohmctl_link_add_planned (OhmctlTable *table, double load)
{
  OhmctlStyle style = OHMCTL_STYLE_PLAIN;
  g_autofree char *text = NULL;

  if (load >= 0)
    text = g_strdup_printf ("%.*f %%", load < 0.1 ? 1 : 0, 100 * load);
  if (load > 1)
    style = OHMCTL_STYLE_BAD;
  else if (load > PLANNED_FULL)
    style = OHMCTL_STYLE_WARNING;
  ohmctl_table_add_styled (table, text, style);
}

void
ohmctl_link_warn (OhmctlContext *context, const char *id, const char *path)
{
  double load = ohmctl_link_get_planned (context, path);
  g_autofree char *text = NULL;

  if (load <= PLANNED_FULL)
    return;
  if (load > 1)
    text = g_strdup_printf ("link '%s': its meters ask for %.0f %% of its time: polls will be "
                            "missed. Poll less often, raise the baud rate or use more lines.",
                            id, 100 * load);
  else
    text = g_strdup_printf ("link '%s': its meters ask for %.0f %% of its time: little is left for "
                            "retries and silent meters.",
                            id, 100 * load);
  ohmctl_print_paragraph (context, 0, text);
}

/* (transfer full): `a, b`, or `50: a, b, c, ...` */
static char *
ohmctl_link_dup_meters (OhmctlObject *link)
{
  g_autoptr (GVariant) value = ohmctl_object_variant (link, "Meters", "as");
  g_autofree const char **words = NULL;
  g_autofree char *text = NULL;
  gsize n = 0;

  if (value == NULL)
    return NULL;
  words = g_variant_get_strv (value, &n);
  if (n > METERS_SHOWN)
    words[METERS_SHOWN] = NULL;
  text = ohmctl_words_join (words, ", ");
  return n > METERS_SHOWN ? g_strdup_printf ("%" G_GSIZE_FORMAT ": %s, \u2026", n, text)
                          : g_steal_pointer (&text);
}

static gboolean
ohmctl_link_list (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (GPtrArray) links = ohmctl_object_list (context, OHMCTL_KIND_LINK, error);
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  if (links == NULL)
    return FALSE;
  if (context->is_json)
    {
      ohmctl_list_print_json ("links", links);
      return TRUE;
    }
  ohmctl_table_add_column (table, "LINK", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "ADDRESS", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "TRANSPORT", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "STATE", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "FOR", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "PLANNED", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "METERS", OHMCTL_ALIGN_SHRINK);
  for (guint i = 0; i < links->len; i++)
    {
      OhmctlObject *link = links->pdata[i];
      const char *state = ohmctl_object_string (link, "State");

      ohmctl_table_add (table, ohmctl_object_get_id (link));
      ohmctl_table_add (table, ohmctl_object_string (link, "Address"));
      ohmctl_table_add (table, ohmctl_object_string (link, "Transport"));
      ohmctl_table_add_styled (table, state, ohmctl_state_style (state));
      ohmctl_table_add_take (table, ohmctl_list_dup_since (link));
      ohmctl_link_add_planned (table,
                               ohmctl_link_get_planned (context, ohmctl_object_get_path (link)));
      ohmctl_table_add_take (table, ohmctl_link_dup_meters (link));
    }
  if (links->len == 0)
    ohmctl_print ("no links yet; they come with the meters\n");
  ohmctl_print_table (context, table);
  for (guint i = 0; i < links->len; i++)
    ohmctl_link_warn (context, ohmctl_object_get_id (links->pdata[i]),
                      ohmctl_object_get_path (links->pdata[i]));
  return TRUE;
}

/* `exceptions` of statistics: their number, or -1 */
static gint64
ohmctl_link_count (GVariant *statistics, const char *key)
{
  guint64 count;

  return g_variant_lookup (statistics, key, "t", &count) ? (gint64) count : -1;
}

static void
ohmctl_link_show_count (OhmctlTable *table,
                        GVariant *statistics,
                        const char *key,
                        const char *label)
{
  gint64 count = ohmctl_link_count (statistics, key);

  if (count >= 0)
    ohmctl_show_line_take (table, label, g_strdup_printf ("%" G_GINT64_FORMAT, count));
}

static void
ohmctl_link_show_statistics (OhmctlTable *table, GVariant *statistics)
{
  static const struct
  {
    const char *key;
    const char *label;
  } counts[] = {
    { "requests", "requests" },         { "replies", "replies" },      { "timeouts", "time-outs" },
    { "late", "late answers" },         { "broken", "broken frames" }, { "connects", "connects" },
    { "missed_polls", "missed polls" },
  };
  guint64 sent, received;
  double load;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    ohmctl_link_show_count (table, statistics, counts[i].key, counts[i].label);
  if (g_variant_lookup (statistics, "bytes_out", "t", &sent) &&
      g_variant_lookup (statistics, "bytes_in", "t", &received))
    {
      g_autofree char *out = ohmctl_format_bytes (sent);
      g_autofree char *in = ohmctl_format_bytes (received);

      ohmctl_show_line_take (table, "bytes", g_strdup_printf ("%s sent, %s received", out, in));
    }
  if (g_variant_lookup (statistics, "load", "d", &load) && isfinite (load))
    {
      g_autofree char *percent = ohmctl_format_real (load * 100, 1);

      ohmctl_show_line_take (table, "load",
                             g_strdup_printf ("%s %% of the last ten seconds", percent));
    }
  if (g_variant_lookup (statistics, "planned_load", "d", &load) && isfinite (load))
    {
      g_autofree char *percent = ohmctl_format_real (load * 100, 1);

      ohmctl_show_line_take (table, "planned load",
                             g_strdup_printf ("%s %% of its time, by the plans of its meters",
                                              percent));
    }
}

/**
 * OhmctlUnit:
 *
 * What is known of a unit on a link, as Link.GetUnits says it.
 */
typedef struct
{
  guint unit;
  char **meters;
  gint64 mean_us;
  gint64 worst_us;
  guint64 requests;
  guint64 unanswered;
  guint failures;
  guint level;
  gint64 next_us;
} OhmctlUnit;

#define UNIT_TYPE   "(uasxxttuux)"
#define UNIT_FORMAT "(u^asxxttuux)"

static gboolean
ohmctl_link_next_unit (GVariantIter *iter, OhmctlUnit *unit)
{
  return g_variant_iter_next (iter, UNIT_FORMAT, &unit->unit, &unit->meters, &unit->mean_us,
                              &unit->worst_us, &unit->requests, &unit->unanswered, &unit->failures,
                              &unit->level, &unit->next_us);
}

static void
ohmctl_link_add_unit (OhmctlTable *table, const OhmctlUnit *unit)
{
  ohmctl_table_add_take (table, g_strdup_printf ("%u", unit->unit));
  ohmctl_table_add_take (table, g_strjoinv (", ", unit->meters));
  if (unit->level > 0)
    ohmctl_table_add_styled (table, "silent", OHMCTL_STYLE_BAD);
  else
    ohmctl_table_add_styled (table, "answers", OHMCTL_STYLE_GOOD);
  ohmctl_table_add_take (table, unit->mean_us > 0 ? ohmctl_format_latency (unit->mean_us) : NULL);
  ohmctl_table_add_take (table, unit->worst_us > 0 ? ohmctl_format_latency (unit->worst_us) : NULL);
  ohmctl_table_add_take (table, g_strdup_printf ("%" G_GUINT64_FORMAT, unit->requests));
  ohmctl_table_add_take (table, g_strdup_printf ("%" G_GUINT64_FORMAT, unit->unanswered));
  ohmctl_table_add_take (table, ohmctl_context_format_next (unit->next_us));
}

static void
ohmctl_link_print_units (OhmctlContext *context, GVariant *units)
{
  static const char *const titles[] = { "UNIT",  "METERS",   "STATE",      "LATENCY",
                                        "WORST", "REQUESTS", "UNANSWERED", "NEXT ATTEMPT" };
  static const OhmctlAlign aligns[] = { OHMCTL_ALIGN_RIGHT, OHMCTL_ALIGN_SHRINK, OHMCTL_ALIGN_LEFT,
                                        OHMCTL_ALIGN_UNIT,  OHMCTL_ALIGN_UNIT,   OHMCTL_ALIGN_RIGHT,
                                        OHMCTL_ALIGN_RIGHT, OHMCTL_ALIGN_LEFT };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GVariantIter iter;
  OhmctlUnit unit;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i], aligns[i]);
  g_variant_iter_init (&iter, units);
  while (ohmctl_link_next_unit (&iter, &unit))
    {
      ohmctl_link_add_unit (table, &unit);
      g_strfreev (unit.meters);
    }
  if (ohmctl_table_n_rows (table) > 0)
    ohmctl_print ("\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_link_print (OhmctlContext *context,
                   OhmctlObject *link,
                   GVariant *statistics,
                   GVariant *units)
{
  g_autoptr (OhmctlTable) table = ohmctl_show_new ();

  ohmctl_show_line (table, "link", ohmctl_object_get_id (link));
  ohmctl_show_line (table, "transport", ohmctl_object_string (link, "Transport"));
  ohmctl_show_line (table, "address", ohmctl_object_string (link, "Address"));
  ohmctl_show_line (table, "file", ohmctl_object_string (link, "File"));
  ohmctl_show_line_take (table, "meters", ohmctl_object_join (link, "Meters"));
  ohmctl_show_state (table, link);
  ohmctl_link_show_statistics (table, statistics);
  ohmctl_print_table (context, table);
  ohmctl_link_print_units (context, units);
}

static void
ohmctl_link_write_units (OhmctlJson *json, GVariant *units)
{
  GVariantIter iter;
  OhmctlUnit unit;

  ohmctl_json_begin_array (json, "units");
  g_variant_iter_init (&iter, units);
  while (ohmctl_link_next_unit (&iter, &unit))
    {
      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_unsigned (json, "unit", unit.unit);
      ohmctl_json_strv (json, "meters", (const char *const *) unit.meters);
      ohmctl_json_integer (json, "latency_us", unit.mean_us);
      ohmctl_json_integer (json, "latency_max_us", unit.worst_us);
      ohmctl_json_unsigned (json, "requests", unit.requests);
      ohmctl_json_unsigned (json, "unanswered", unit.unanswered);
      ohmctl_json_unsigned (json, "failures", unit.failures);
      ohmctl_json_unsigned (json, "back_off", unit.level);
      ohmctl_json_time (json, "next_attempt", unit.next_us);
      ohmctl_json_end_object (json);
      g_strfreev (unit.meters);
    }
  ohmctl_json_end_array (json);
}

static gboolean
ohmctl_link_show (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) link = ohmctl_change_get_object (context, OHMCTL_KIND_LINK, args, error);
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;
  g_autoptr (GVariant) statistics = NULL;
  g_autoptr (GVariant) units = NULL;

  if (link == NULL)
    return FALSE;
  first = ohmctl_connection_call (context, ohmctl_object_get_path (link), "Link.GetStatistics",
                                  g_variant_new ("(a{sv})", NULL), "(a{sv})", error);
  if (first == NULL)
    return FALSE;
  second = ohmctl_connection_call (context, ohmctl_object_get_path (link), "Link.GetUnits",
                                   g_variant_new ("(a{sv})", NULL), "(a" UNIT_TYPE ")", error);
  if (second == NULL)
    return FALSE;
  statistics = g_variant_get_child_value (first, 0);
  units = g_variant_get_child_value (second, 0);
  if (!context->is_json)
    {
      ohmctl_link_print (context, link, statistics, units);
      return TRUE;
    }
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_object (json, "link", link);
  ohmctl_json_variant (json, "statistics", statistics);
  ohmctl_link_write_units (json, units);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
  return TRUE;
}

/* `[link]` and a line per KEY=VALUE, or a whole file. (transfer full) (nullable) */
static char *
ohmctl_link_dup_text (OhmctlArgs *args, GError **error)
{
  g_autoptr (GString) text = g_string_new ("[link]\n");
  const char *file = ohmctl_args_get (args, "file");
  gsize length;

  if (file != NULL)
    return ohmctl_read_file (file, FILE_MAX, &length, error);
  for (guint i = 1; i < ohmctl_args_n_words (args); i++)
    {
      g_autofree char *key = NULL;
      const char *value;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return NULL;
      g_string_append_printf (text, "%s = %s\n", key, value);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
ohmctl_link_add (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  const char *id = ohmctl_args_word (args, 0);
  g_autofree char *text = ohmctl_link_dup_text (args, error);
  g_autoptr (GVariant) reply = NULL;

  if (text == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.AddLink",
                                  g_variant_new ("(ssa{sv})", id, text, NULL), "(o)", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "link", id, "link '%s' is added", id);
  return TRUE;
}

/* The keys of one group in @text changed: comments and order stay. (transfer full) (nullable) */
static char *
ohmctl_link_edit (const char *text, OhmctlArgs *args, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  GPtrArray *unset = ohmctl_args_get_all (args, "unset");

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_KEEP_COMMENTS, error))
    return NULL;
  for (guint i = 1; i < ohmctl_args_n_words (args); i++)
    {
      g_autofree char *key = NULL;
      const char *value;

      if (!ohmctl_spec_split (ohmctl_args_word (args, i), &key, &value, error))
        return NULL;
      g_key_file_set_value (file, "link", key, value);
    }
  for (guint i = 0; unset != NULL && i < unset->len; i++)
    g_key_file_remove_key (file, "link", unset->pdata[i], /* error */ NULL);
  return g_key_file_to_data (file, /* length */ NULL, error);
}

static gboolean
ohmctl_link_set (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) link = ohmctl_change_get_object (context, OHMCTL_KIND_LINK, args, error);
  g_autoptr (GVariant) config = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *edited = NULL;
  const char *text;
  const char *id;

  if (link == NULL)
    return FALSE;
  id = ohmctl_object_get_id (link);
  config = ohmctl_connection_call (context, ohmctl_object_get_path (link), "Link.GetConfig",
                                   /* arguments */ NULL, "(sss)", error);
  if (config == NULL)
    return FALSE;
  g_variant_get (config, "(&s&s&s)", &text, NULL, NULL);
  if (*text == '\0')
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                   "link '%s' has no file: it comes from the addresses of its meters", id);
      return FALSE;
    }
  edited = ohmctl_link_edit (text, args, error);
  if (edited == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.SetLink",
                                  g_variant_new ("(ssa{sv})", id, edited, NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "link", id, "link '%s' is changed", id);
  return TRUE;
}

static gboolean
ohmctl_link_remove (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) link = ohmctl_change_get_object (context, OHMCTL_KIND_LINK, args, error);
  g_autoptr (GVariant) reply = NULL;
  const char *id;

  if (link == NULL)
    return FALSE;
  id = ohmctl_object_get_id (link);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.RemoveLink",
                                  g_variant_new ("(sa{sv})", id, NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "link", id, "link '%s' is removed", id);
  return TRUE;
}

static gboolean
ohmctl_link_reconnect (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) link = ohmctl_change_get_object (context, OHMCTL_KIND_LINK, args, error);
  g_autoptr (GVariant) reply = NULL;

  if (link == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (link), "Link.Reconnect",
                                  g_variant_new ("(a{sv})", NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  ohmctl_change_print (context, "link", ohmctl_object_get_id (link), "link '%s' is opened again",
                       ohmctl_object_get_id (link));
  return TRUE;
}

static const OhmctlOption ohmctl_link_add_options[] = {
  { "file", "FILE", "take the whole .link file from here ('-': standard input)", OHMCTL_WORD_FILE },
  { NULL },
};

static const OhmctlOption ohmctl_link_set_options[] = {
  { "unset", "KEY", "take the key out; may be given more than once" },
  { NULL },
};

const OhmctlVerb ohmctl_link_verbs[] = {
  {
    .object = "link",
    .verb = "list",
    .words = "",
    .summary = "all links with address, state and meters; what does not fit",
    .text = "PLANNED is the share of the link's time that the plans of its meters take, by what is "
            "known of line speed and latency: above 100 % polls will be missed, and a warning says "
            "so before they are.",
    .run = ohmctl_link_list,
  },
  {
    .object = "link",
    .verb = "show",
    .words = "LINK",
    .summary = "state, counters and units of a link",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_LINK },
    .run = ohmctl_link_show,
  },
  {
    .object = "link",
    .verb = "add",
    .words = "ID [KEY=VALUE...]",
    .summary = "write a .link file",
    .text = "Meters then name it with 'link = ID'. Most links need no file: meters that give the "
            "same address share one.",
    .examples = "ohmctl link add gateway transport=modbus-tcp host=192.0.2.20 framing=rtu\n",
    .options = ohmctl_link_add_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_ANY, OHMCTL_WORD_KEY },
    .run = ohmctl_link_add,
  },
  {
    .object = "link",
    .verb = "set",
    .words = "LINK [KEY=VALUE...]",
    .summary = "change keys of a .link file, all or none",
    .text = "'ohmctl config explain modbus-tcp' and 'modbus-rtu' list the keys. A link that meters "
            "name by their address has no file: change their keys with 'ohmctl meter set'.",
    .examples = "ohmctl link set gateway port=1502\n",
    .options = ohmctl_link_set_options,
    .min_words = 1,
    .max_words = OHMCTL_WORDS_MAX,
    .complete = { OHMCTL_WORD_LINK, OHMCTL_WORD_KEY },
    .run = ohmctl_link_set,
  },
  {
    .object = "link",
    .verb = "remove",
    .words = "LINK",
    .summary = "remove a .link file that no meter names",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_LINK },
    .run = ohmctl_link_remove,
  },
  {
    .object = "link",
    .verb = "reconnect",
    .words = "LINK",
    .summary = "close the connection and open it at once",
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_LINK },
    .run = ohmctl_link_reconnect,
  },
  { NULL },
};
