/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-profile-rows.h"

#include <string.h>

#include "ohmctl-csv.h"
#include "ohmctl-show.h"

/* A lower score is a guess, and the daemon leaves it to a person: design 4.5. */
#define SCORE_SURE 50

/* `in7.pulse-count` and `input-name.7`: what stands before and behind the number. */
typedef struct
{
  char *head;
  char *tail;
  guint64 number;
  gboolean is_numbered;
} OhmctlRowName;

typedef struct
{
  guint64 first;
  guint64 last;
} OhmctlRowSpan;

typedef struct
{
  OhmctlTable *table;
  GHashTable *spans; /* (owned) (element-type utf8 OhmctlRowSpan): by name without its number */
  gboolean is_fact;
  guint n_rows;
  guint n_unconfirmed;
} OhmctlRows;

static void
ohmctl_row_name_clear (OhmctlRowName *self)
{
  g_free (self->head);
  g_free (self->tail);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmctlRowName, ohmctl_row_name_clear)

/* The number ends the group of a point, and all of a fact's name. */
static void
ohmctl_row_name_init (OhmctlRowName *self, const char *name, gboolean is_fact)
{
  gsize end = is_fact ? strlen (name) : strcspn (name, ".");
  gsize begin = end;

  while (begin > 0 && g_ascii_isdigit (name[begin - 1]))
    begin--;
  self->is_numbered = begin < end &&
                      (is_fact ? begin > 0 && name[begin - 1] == '.' : name[end] == '.');
  if (!self->is_numbered)
    begin = end = strlen (name);
  self->head = g_strndup (name, begin);
  self->tail = g_strdup (name + end);
  self->number = self->is_numbered ? g_ascii_strtoull (name + begin, NULL, 10) : 0;
}

static char *
ohmctl_row_name_dup_key (const OhmctlRowName *self, const OhmProfileRegister *row)
{
  return g_strdup_printf ("%s#%s#%u", self->head, self->tail, row->index);
}

static void
ohmctl_rows_on_collect (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  OhmctlRows *rows = user_data;
  g_auto (OhmctlRowName) name = { 0 };
  g_autofree char *key = NULL;
  OhmctlRowSpan *span;

  rows->n_rows++;
  rows->n_unconfirmed += row->is_unconfirmed ? 1 : 0;
  ohmctl_row_name_init (&name, row->name, is_fact);
  key = ohmctl_row_name_dup_key (&name, row);
  span = g_hash_table_lookup (rows->spans, key);
  if (span != NULL)
    {
      span->first = MIN (span->first, name.number);
      span->last = MAX (span->last, name.number);
      return;
    }
  span = g_new0 (OhmctlRowSpan, 1);
  span->first = span->last = name.number;
  g_hash_table_insert (rows->spans, g_steal_pointer (&key), span);
}

/* `f32 *1000`, in the words of the grammar. */
static char *
ohmctl_rows_dup_format (const OhmProfileRegister *row)
{
  const OhmEncoding *encoding = &row->encoding;
  g_autoptr (GString) text = g_string_new (ohm_format_to_string (encoding->format));
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (encoding->format == OHM_FORMAT_TEXT)
    g_string_append_printf (text, "%u", encoding->text_registers);
  if (row->function != 0)
    g_string_append_printf (text, " fn=%u", row->function);
  if (encoding->is_low_first)
    g_string_append (text, " low-first");
  if (encoding->is_swapped)
    g_string_append (text, " swapped");
  if (encoding->is_bit_field)
    g_string_append_printf (text, " bits=%u-%u", encoding->bit_low, encoding->bit_high);
  if (encoding->terms > 1)
    g_string_append_printf (text, " sum=%u", encoding->terms);
  if (encoding->scale < 0 || encoding->scale > 0)
    g_string_append_printf (text, " *%s",
                            g_ascii_formatd (buffer, sizeof buffer, "%.7g", encoding->scale));
  return g_string_free (g_steal_pointer (&text), /* free_segment */ FALSE);
}

static char *
ohmctl_rows_dup_name (const OhmctlRowName *name,
                      const OhmctlRowSpan *span,
                      const OhmProfileRegister *row)
{
  if (row->index > 0)
    return g_strdup ("  or");
  if (span->first == span->last)
    return g_strdup (row->name);
  return g_strdup_printf ("%s%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT "%s", name->head,
                          span->first, span->last, name->tail);
}

static void
ohmctl_rows_add_unit (OhmctlRows *rows, const OhmProfileRegister *row)
{
  OhmPoint point;

  if (row->index == 0 && ohm_point_parse (row->name, /* unit */ NULL, /* is integer */ FALSE,
                                          &point, /* error */ NULL))
    ohmctl_table_add (rows->table, point.unit);
  else
    ohmctl_table_add (rows->table, NULL);
}

static void
ohmctl_rows_add_classes (OhmctlRows *rows, guint classes)
{
  g_autofree char *text = g_strconcat ((classes & OHM_READ_SLOW) != 0   ? "slow"
                                       : (classes & OHM_READ_LIVE) != 0 ? "live"
                                                                        : "",
                                       (classes & OHM_READ_SLOT) != 0 ? ", slot" : "", NULL);

  ohmctl_table_add (rows->table, text);
}

static void
ohmctl_rows_on_add (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  OhmctlRows *rows = user_data;
  g_auto (OhmctlRowName) name = { 0 };
  g_autofree char *key = NULL;
  const OhmctlRowSpan *span;

  if (is_fact != rows->is_fact)
    return;
  ohmctl_row_name_init (&name, row->name, is_fact);
  key = ohmctl_row_name_dup_key (&name, row);
  span = g_hash_table_lookup (rows->spans, key);
  if (span == NULL || name.number != span->first)
    return;
  ohmctl_table_add_take (rows->table, ohmctl_rows_dup_name (&name, span, row));
  if (!is_fact)
    ohmctl_rows_add_unit (rows, row);
  ohmctl_table_add_take (rows->table, g_strdup_printf ("%u", row->address));
  ohmctl_table_add_take (rows->table, ohmctl_rows_dup_format (row));
  if (!is_fact)
    ohmctl_rows_add_classes (rows, row->classes);
  ohmctl_table_add_styled (rows->table, row->is_unconfirmed ? "unconfirmed" : " ",
                           OHMCTL_STYLE_DIM);
}

static OhmctlRows *
ohmctl_rows_new (OhmProfile *profile)
{
  OhmctlRows *rows = g_new0 (OhmctlRows, 1);

  rows->spans = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ohm_profile_foreach_register (profile, ohmctl_rows_on_collect, rows);
  return rows;
}

static void
ohmctl_rows_free (OhmctlRows *self)
{
  g_hash_table_unref (self->spans);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlRows, ohmctl_rows_free)

static void
ohmctl_rows_print (OhmctlContext *context, OhmProfile *profile, OhmctlRows *rows, gboolean is_fact)
{
  g_autoptr (OhmctlTable) table = ohmctl_table_new ();

  ohmctl_table_add_column (table, is_fact ? "FACT" : "POINT", OHMCTL_ALIGN_LEFT);
  if (!is_fact)
    ohmctl_table_add_column (table, "UNIT", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "FIRST", OHMCTL_ALIGN_RIGHT);
  ohmctl_table_add_column (table, "FORMAT", OHMCTL_ALIGN_LEFT);
  if (!is_fact)
    ohmctl_table_add_column (table, "READ", OHMCTL_ALIGN_LEFT);
  ohmctl_table_add_column (table, "", OHMCTL_ALIGN_LEFT);
  rows->table = table;
  rows->is_fact = is_fact;
  ohm_profile_foreach_register (profile, ohmctl_rows_on_add, rows);
  if (ohmctl_table_n_rows (table) == 0)
    return;
  ohmctl_print ("\n");
  ohmctl_print_table (context, table);
}

void
ohmctl_profile_rows_print (OhmctlContext *context, OhmProfile *profile)
{
  g_autoptr (OhmctlRows) rows = ohmctl_rows_new (profile);

  ohmctl_rows_print (context, profile, rows, /* is fact */ FALSE);
  ohmctl_rows_print (context, profile, rows, /* is fact */ TRUE);
}

/* Of several rules that look at the same register only one can be met. */
static guint
ohmctl_rows_get_score (OhmProfile *profile)
{
  guint n = 0;
  const OhmIdentifyRule *rules = ohm_profile_get_identify_rules (profile, &n);
  guint score = 0;

  for (guint i = 0; i < n; i++)
    {
      gboolean is_first = TRUE;

      for (guint k = 0; k < i; k++)
        is_first = is_first &&
                   (rules[k].address != rules[i].address || rules[k].function != rules[i].function);
      score += is_first ? rules[i].score : 0;
    }
  return MIN (score, 100);
}

static void
ohmctl_rows_add_recognised (OhmctlTable *table, OhmProfile *profile)
{
  guint score = ohmctl_rows_get_score (profile);

  if (score == 0)
    ohmctl_show_line (table, "recognised", "no, it has to be named");
  else
    ohmctl_show_line_take (
      table, "recognised",
      g_strdup_printf (score >= SCORE_SURE ? "yes, by itself (up to %u of 100)"
                                           : "proposed, a person has to confirm (up to %u of 100)",
                       score));
}

static gboolean
ohmctl_rows_can_set_clock (OhmProfile *profile)
{
  guint n = 0;
  const OhmWrite *writes = ohm_profile_get_writes (profile, &n);

  for (guint i = 0; i < n; i++)
    if (strcmp (writes[i].name, "clock") == 0)
      return TRUE;
  return FALSE;
}

static void
ohmctl_rows_add_clock (OhmctlTable *table, OhmProfile *profile)
{
  guint n_clocks = 0;

  ohm_profile_get_clocks (profile, &n_clocks);
  ohmctl_show_line (table, "clock",
                    n_clocks == 0                         ? NULL
                    : ohmctl_rows_can_set_clock (profile) ? "can be read, and set on request"
                                                          : "can be read");
}

void
ohmctl_profile_rows_summarize (OhmctlTable *table, OhmProfile *profile)
{
  g_autoptr (OhmctlRows) rows = ohmctl_rows_new (profile);

  ohmctl_rows_add_recognised (table, profile);
  ohmctl_rows_add_clock (table, profile);
  ohmctl_show_line_take (table, "unconfirmed",
                         rows->n_unconfirmed > 0
                           ? g_strdup_printf ("%u of %u rows are not from the maker",
                                              rows->n_unconfirmed, rows->n_rows)
                           : NULL);
}

typedef struct
{
  GHashTable *points; /* (owned): where and how to name */
  char *text;
} OhmctlTwins;

/* Facts may well be points too, and a name may look at one register in several ways. */
static void
ohmctl_twins_on_row (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  OhmctlTwins *twins = user_data;
  const OhmEncoding *encoding = &row->encoding;
  g_autofree char *key = g_strdup_printf ("%ux%u %u", row->function, row->address,
                                          encoding->format);
  const char *other = g_hash_table_lookup (twins->points, key);

  if (is_fact || encoding->is_bit_field || twins->text != NULL)
    return;
  if (other == NULL)
    g_hash_table_insert (twins->points, g_steal_pointer (&key), g_strdup (row->name));
  else if (strcmp (other, row->name) != 0)
    twins->text = g_strdup_printf ("'%s' and '%s' read the same register, %ux%u", other, row->name,
                                   row->function, row->address);
}

char *
ohmctl_profile_rows_dup_twin (OhmProfile *profile)
{
  g_autoptr (GHashTable) points = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  OhmctlTwins twins = { points, NULL };

  ohm_profile_foreach_register (profile, ohmctl_twins_on_row, &twins);
  return twins.text;
}
