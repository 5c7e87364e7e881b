/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-counters.h"

#include <string.h>

/* In place of the address; its guards may be known later than the rest. */
#define MOVES "moves "

/* What means "no value" is left out: it does not change what the values are. */
static void
ohm_counters_append_encoding (GString *text, const OhmEncoding *encoding)
{
  char scale[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, ohm_format_to_string (encoding->format));
  if (encoding->is_low_first)
    g_string_append (text, " words=low-first");
  if (encoding->is_swapped)
    g_string_append (text, " bytes=swapped");
  if (encoding->is_bit_field)
    g_string_append_printf (text, " bits=%u-%u", encoding->bit_high, encoding->bit_low);
  if (encoding->terms > 1)
    g_string_append_printf (text, " sum=%u", encoding->terms);
  g_ascii_formatd (scale, sizeof scale, "%.15g", encoding->scale);
  if (!g_str_equal (scale, "0") && !g_str_equal (scale, "1"))
    g_string_append_printf (text, " *%s", scale);
}

/* A device that has its plan guarded moves the registers of its groups about: at another address
 * it is the same counter. */
static gboolean
ohm_counters_moves (OhmPlan *plan, const OhmPoint *point)
{
  guint n = 0;

  ohm_plan_get_guards (plan, &n);
  return n > 0 && *point->group != '\0';
}

static void
ohm_counters_append (GString *text, OhmPlan *plan, const OhmPoint *point, const OhmEntry *entry)
{
  g_string_append_printf (text, "%s ", point->name);
  if (ohm_counters_moves (plan, point))
    g_string_append (text, MOVES);
  else
    g_string_append_printf (text, "%u ", entry->address);
  ohm_counters_append_encoding (text, &entry->encoding);
  if (entry->function != 0)
    g_string_append_printf (text, " fn=%u", entry->function);
  if ((entry->flags & OHM_ENTRY_RAW) != 0)
    g_string_append (text, " raw");
  g_string_append_printf (text, " unit=%s\n", point->unit);
}

/* Where it would be if it were there says nothing of it. */
static const OhmEntry *
ohm_counters_find_entry (OhmPlan *plan, guint point)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);

  for (guint i = 0; i < n; i++)
    if (entries[i].point == point && (entries[i].flags & OHM_ENTRY_ABSENT) == 0)
      return &entries[i];
  return NULL;
}

char *
ohm_counters_describe (OhmPlan *plan, const guint *indices, guint n)
{
  const OhmPoint *points;
  GString *text;

  g_return_val_if_fail (plan != NULL && (indices != NULL || n == 0), NULL);

  points = ohm_point_set_get_points (ohm_plan_get_points (plan), &(guint){ 0 });
  text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    {
      const OhmEntry *entry = ohm_counters_find_entry (plan, indices[i]);

      if (entry != NULL)
        ohm_counters_append (text, plan, &points[indices[i]], entry);
    }
  return g_string_free (text, text->len == 0);
}

/* (element-type utf8 utf8): how it is read by point, in @lines, which is cut up for that */
static GHashTable *
ohm_counters_parse (char **lines)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *blank = strchr (lines[i], ' ');

      if (blank == NULL)
        continue;
      *blank = '\0';
      g_hash_table_insert (table, lines[i], blank + 1);
    }
  return table;
}

static gboolean
ohm_counters_is_same (const char *before, const char *now)
{
  if (g_str_has_prefix (before, MOVES) || g_str_has_prefix (now, MOVES))
    return g_strcmp0 (strchr (before, ' '), strchr (now, ' ')) == 0;
  return g_str_equal (before, now);
}

OhmMessage *
ohm_counters_compare (const char *before, const char *now)
{
  g_auto (GStrv) old = g_strsplit (before != NULL ? before : "", "\n", -1);
  g_auto (GStrv) lines = g_strsplit (now != NULL ? now : "", "\n", -1);
  g_autoptr (GHashTable) was = NULL;
  g_autoptr (GHashTable) is = NULL;

  if (g_strcmp0 (before, now) == 0)
    return NULL;
  was = ohm_counters_parse (old);
  is = ohm_counters_parse (lines);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *of_run = g_hash_table_lookup (was, lines[i]);
      const char *of_place = g_hash_table_lookup (is, lines[i]);

      if (of_run != NULL && of_place != NULL && !ohm_counters_is_same (of_run, of_place))
        return ohm_message_new ("counter-changed", "point", lines[i], "before", of_run, "now",
                                of_place, NULL);
    }
  return NULL;
}

char *
ohm_counters_merge (const char *before, const char *now)
{
  g_auto (GStrv) old = g_strsplit (before != NULL ? before : "", "\n", -1);
  g_auto (GStrv) lines = g_strsplit (now != NULL ? now : "", "\n", -1);
  g_autoptr (GHashTable) is = ohm_counters_parse (lines);
  GString *text = g_string_new (now);

  for (guint i = 0; old[i] != NULL; i++)
    {
      g_autofree char *point = g_strndup (old[i], strcspn (old[i], " "));

      if (*point != '\0' && !g_hash_table_contains (is, point))
        g_string_append_printf (text, "%s\n", old[i]);
    }
  return g_string_free (text, text->len == 0);
}
