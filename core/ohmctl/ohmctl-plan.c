/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>
#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"
#include "ohmctl-dependents.h"
#include "ohmctl-format.h"
#include "ohmctl-verbs.h"

/* `4`; `-` for what the device answers to. (transfer full) (nullable) */
static char *
ohmctl_plan_dup_function (guint function)
{
  return function != 0 ? g_strdup_printf ("%u", function) : NULL;
}

static void
ohmctl_plan_print_requests (OhmctlContext *context, GVariant *requests)
{
  static const char *const titles[] = { "REQUEST", "CLASSES", "FC",    "FIRST",
                                        "COUNT",   "POINTS",  "BYTES", "TIME" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GVariantIter iter;
  const char *classes;
  guint function, first, count, bytes, entries;
  gint64 time_us;
  gboolean has_proof = FALSE;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i],
                             i == 1   ? OHMCTL_ALIGN_LEFT
                             : i == 7 ? OHMCTL_ALIGN_UNIT
                                      : OHMCTL_ALIGN_RIGHT);
  g_variant_iter_init (&iter, requests);
  while (g_variant_iter_next (&iter, "(&suuuuxu)", &classes, &function, &first, &count, &bytes,
                              &time_us, &entries))
    {
      ohmctl_table_add_take (table, g_strdup_printf ("%u", ++n));
      ohmctl_table_add (table, classes);
      ohmctl_table_add_take (table, ohmctl_plan_dup_function (function));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", first));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", count));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", entries));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", bytes));
      ohmctl_table_add_take (table, time_us > 0 ? ohmctl_format_latency (time_us) : NULL);
      has_proof = has_proof || entries == 0;
    }
  ohmctl_print_table (context, table);
  if (has_proof)
    ohmctl_print ("requests of 0 points prove that the device is still the same one\n");
}

static void
ohmctl_plan_print_totals (GVariant *totals)
{
  double requests = 0;
  double bytes = 0;
  double share = NAN;
  guint gap = 0;
  g_autofree char *requests_text = NULL;
  g_autofree char *bytes_text = NULL;

  g_variant_lookup (totals, "requests_per_second", "d", &requests);
  g_variant_lookup (totals, "bytes_per_second", "d", &bytes);
  g_variant_lookup (totals, "link_share", "d", &share);
  g_variant_lookup (totals, "gap_max", "u", &gap);
  requests_text = ohmctl_format_real (requests, 2);
  bytes_text = ohmctl_format_real (bytes, 0);
  ohmctl_printf ("in all %s requests and %s bytes a second", requests_text, bytes_text);
  if (isfinite (share))
    {
      g_autofree char *share_text = ohmctl_format_real (share * 100, share < 0.01 ? 2 : 1);

      ohmctl_printf (", %s %% of the time of the link", share_text);
    }
  ohmctl_printf ("\ngaps of up to %u registers are read along\n", gap);
}

/* What one round of live values takes. */
static void
ohmctl_plan_print_cycle (GVariant *requests)
{
  GVariantIter iter;
  const char *classes;
  guint bytes, all = 0, n = 0;
  gint64 time_us, sum_us = 0;
  g_autofree char *took = NULL;

  g_variant_iter_init (&iter, requests);
  while (
    g_variant_iter_next (&iter, "(&suuuuxu)", &classes, NULL, NULL, NULL, &bytes, &time_us, NULL))
    if (strstr (classes, "live") != NULL)
      {
        n++;
        all += bytes;
        sum_us += time_us;
      }
  took = ohmctl_format_latency (sum_us);
  ohmctl_printf ("\na live cycle: %u request%s, %u bytes, %s on the link\n", n, n == 1 ? "" : "s",
                 all, took);
}

/* What was found out of the device besides refusals: facts that a survey tells. */
static void
ohmctl_plan_print_found (OhmctlObject *meter)
{
  g_autoptr (GVariant) facts = ohmctl_object_variant (meter, "Facts", "a{ss}");
  const char *text;

  if (facts == NULL)
    return;
  if (g_variant_lookup (facts, "function", "&s", &text))
    ohmctl_printf ("  it answers read function %s\n", text);
  if (g_variant_lookup (facts, "unit-id", "&s", &text))
    ohmctl_printf ("  it answers as unit %s\n", text);
}

static void
ohmctl_plan_print_learned (OhmctlContext *context,
                           OhmctlObject *meter,
                           const char *const *learned,
                           GVariant *totals)
{
  g_autoptr (GVariant) times = g_variant_lookup_value (totals, "learned_times",
                                                       G_VARIANT_TYPE ("ax"));
  const gint64 *known = NULL;
  gsize n = 0;

  if (times != NULL)
    known = g_variant_get_fixed_array (times, &n, sizeof (gint64));
  ohmctl_print (
    "\nlearned of the device, forgotten by 'ohmctl meter forget' and with a new serial\n");
  ohmctl_plan_print_found (meter);
  for (guint i = 0; learned[i] != NULL; i++)
    {
      g_autofree char *when = i < n && known[i] > 0
                                ? ohmctl_format_minute (known[i], ohmctl_context_get_zone (context))
                                : NULL;
      g_autofree char *line = g_strconcat (learned[i], when != NULL ? ", since " : "", when, NULL);

      ohmctl_print_paragraph (context, 2, line);
    }
}

static void
ohmctl_plan_print_entries (OhmctlContext *context, GVariant *entries)
{
  static const char *const titles[] = { "POINT", "FC",   "REGISTER", "FORMAT",
                                        "SCALE", "UNIT", "CLASSES" };
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();
  GVariantIter iter;
  const char *point;
  const char *format;
  const char *unit;
  const char *classes;
  guint function, first, count;
  double scale;

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    ohmctl_table_add_column (table, titles[i],
                             i == 1 || i == 2 || i == 4 ? OHMCTL_ALIGN_RIGHT : OHMCTL_ALIGN_LEFT);
  g_variant_iter_init (&iter, entries);
  while (g_variant_iter_next (&iter, "(&suuu&s&sd&s)", &point, &function, &first, &count, &format,
                              &unit, &scale, &classes))
    {
      ohmctl_table_add (table, point);
      ohmctl_table_add_take (table, ohmctl_plan_dup_function (function));
      ohmctl_table_add_take (table, g_strdup_printf ("%u", first));
      ohmctl_table_add (table, format);
      ohmctl_table_add_take (table, ohmctl_format_shortest (scale));
      ohmctl_table_add (table, unit);
      ohmctl_table_add (table, classes);
    }
  ohmctl_print ("\n");
  ohmctl_print_table (context, table);
}

static void
ohmctl_plan_write_requests (OhmctlJson *json, GVariant *requests)
{
  GVariantIter iter;
  const char *classes;
  guint function, first, count, bytes, entries;
  gint64 time_us;

  ohmctl_json_begin_array (json, "requests");
  g_variant_iter_init (&iter, requests);
  while (g_variant_iter_next (&iter, "(&suuuuxu)", &classes, &function, &first, &count, &bytes,
                              &time_us, &entries))
    {
      g_auto (GStrv) words = g_strsplit (classes, " ", -1);

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_strv (json, "classes", (const char *const *) words);
      ohmctl_json_unsigned (json, "function", function);
      ohmctl_json_unsigned (json, "first", first);
      ohmctl_json_unsigned (json, "count", count);
      ohmctl_json_unsigned (json, "bytes", bytes);
      ohmctl_json_integer (json, "time_us", time_us);
      ohmctl_json_unsigned (json, "entries", entries);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

static void
ohmctl_plan_write_entries (OhmctlJson *json, GVariant *entries)
{
  GVariantIter iter;
  const char *point;
  const char *format;
  const char *unit;
  const char *classes;
  guint function, first, count;
  double scale;

  ohmctl_json_begin_array (json, "entries");
  g_variant_iter_init (&iter, entries);
  while (g_variant_iter_next (&iter, "(&suuu&s&sd&s)", &point, &function, &first, &count, &format,
                              &unit, &scale, &classes))
    {
      g_auto (GStrv) words = g_strsplit (classes, " ", -1);

      ohmctl_json_begin_object (json, NULL);
      ohmctl_json_string (json, "point", point);
      ohmctl_json_unsigned (json, "function", function);
      ohmctl_json_unsigned (json, "first", first);
      ohmctl_json_unsigned (json, "count", count);
      ohmctl_json_string (json, "format", format);
      ohmctl_json_string (json, "unit", unit);
      ohmctl_json_real (json, "scale", scale);
      ohmctl_json_strv (json, "classes", (const char *const *) words);
      ohmctl_json_end_object (json);
    }
  ohmctl_json_end_array (json);
}

/* Nothing is asked of a meter that is made of others. */
static gboolean
ohmctl_plan_print_sum (OhmctlContext *context, OhmctlObject *meter, const char *sum)
{
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autofree char *period = ohm_duration_to_string (ohmctl_object_integer (meter, "PollPeriod"));

  if (!context->is_json)
    {
      ohmctl_printf ("nothing is read for '%s': every %s it is made of\n  %s\n",
                     ohmctl_object_get_id (meter), period, sum);
      return TRUE;
    }
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "meter", ohmctl_object_get_id (meter));
  ohmctl_json_string (json, "sum", sum);
  ohmctl_json_begin_array (json, "requests");
  ohmctl_json_end_array (json);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
  return TRUE;
}

static void
ohmctl_plan_print (OhmctlContext *context, OhmctlArgs *args, OhmctlObject *meter, GVariant *reply)
{
  g_autoptr (GVariant) requests = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) totals = g_variant_get_child_value (reply, 1);
  g_autoptr (GVariant) entries = g_variant_get_child_value (reply, 2);
  g_autofree const char **learned = NULL;

  g_variant_get_child (reply, 3, "^a&s", &learned);
  ohmctl_plan_print_requests (context, requests);
  ohmctl_plan_print_cycle (requests);
  ohmctl_plan_print_totals (totals);
  ohmctl_plan_print_learned (context, meter, learned, totals);
  if (ohmctl_args_has (args, "points"))
    ohmctl_plan_print_entries (context, entries);
}

static void
ohmctl_plan_write (OhmctlObject *meter, GVariant *reply)
{
  static const char *const times[] = { "learned_times", NULL };
  g_autoptr (OhmctlJson) json = ohmctl_json_new ();
  g_autoptr (GVariant) requests = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) totals = g_variant_get_child_value (reply, 1);
  g_autoptr (GVariant) entries = g_variant_get_child_value (reply, 2);
  g_autofree const char **learned = NULL;

  g_variant_get_child (reply, 3, "^a&s", &learned);
  ohmctl_json_begin_object (json, NULL);
  ohmctl_json_string (json, "meter", ohmctl_object_get_id (meter));
  ohmctl_plan_write_requests (json, requests);
  ohmctl_json_statistics (json, "totals", totals, times);
  ohmctl_plan_write_entries (json, entries);
  ohmctl_json_strv (json, "learned", learned);
  ohmctl_json_end_object (json);
  ohmctl_print_json (json);
}

static gboolean
ohmctl_plan_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *sum = NULL;

  if (meter == NULL)
    return FALSE;
  sum = ohmctl_dependents_dup_sum (context, meter, /* error */ NULL);
  if (sum != NULL)
    return ohmctl_plan_print_sum (context, meter, sum);
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetPlan",
                                  g_variant_new ("(a{sv})", NULL), "(a(suuuuxu)a{sv}a(suuussds)as)",
                                  error);
  if (reply == NULL)
    return FALSE;
  if (context->is_json)
    ohmctl_plan_write (meter, reply);
  else
    ohmctl_plan_print (context, args, meter, reply);
  return TRUE;
}

static const OhmctlOption ohmctl_plan_options[] = {
  { "points", NULL, "also list every point with its register" },
  { NULL },
};

const OhmctlVerb ohmctl_plan_verbs[] = {
  {
    .verb = "plan",
    .words = "METER",
    .summary = "what is read of a meter, when, and what it costs",
    .text =
      "Shows the requests that the registers of the meter's type are merged into, the bytes of "
      "each, and, where the line is the limit, the time and the share of the line that they "
      "take. Requests of 0 points are sent with the others of their class to prove that the "
      "device is still the same one.",
    .examples = "ohmctl plan main --points\n",
    .options = ohmctl_plan_options,
    .min_words = 1,
    .max_words = 1,
    .complete = { OHMCTL_WORD_METER },
    .run = ohmctl_plan_run,
  },
  { NULL },
};
