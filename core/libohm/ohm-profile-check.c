/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

typedef struct
{
  OhmProfile *self;
  OhmKeyfile *keyfile;
  GHashTable *points; /* (owned) expanded name to its row */
  GArray *spans;      /* (owned) (element-type OhmProfileSpan) */
  GPtrArray *faults;  /* (element-type utf8) */
  guint n_earlier;    /* faults before rows are compared with each other */
} OhmProfileChecking;

/* The registers of one expanded row. */
typedef struct
{
  guint function;
  guint first;
  guint last;
  const OhmProfileRow *row;
} OhmProfileSpan;

static gboolean G_GNUC_PRINTF (4, 5) ohm_profile_check_refuse (OhmProfileChecking *checking,
                                                               const char *group,
                                                               const char *key,
                                                               const char *format,
                                                               ...)
{
  g_autofree char *reason = NULL;
  GError *error = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  ohm_keyfile_set_error (checking->keyfile, OHM_ERROR_PROFILE, group, key, &error, "%s", reason);
  return ohm_keyfile_take_fault (checking->faults, error);
}

static gboolean
ohm_profile_check_block (OhmProfileChecking *checking,
                         const char *group,
                         const OhmProfileRow *row,
                         const OhmProfileRead *read)
{
  const OhmProfile *self = checking->self;
  guint registers = ohm_encoding_get_registers (&read->encoding);
  guint last_index = row->is_repeated ? self->repeat_count - 1 : 0;

  if (registers > self->limits.registers_max)
    return ohm_profile_check_refuse (checking, group, row->name,
                                     "%u registers in one block, the type's limit is %u", registers,
                                     self->limits.registers_max);
  if ((guint64) read->address + (guint64) read->stride * last_index + registers > 65536)
    return ohm_profile_check_refuse (checking, group, row->name, "ends past register 65535");
  return TRUE;
}

static gboolean
ohm_profile_check_is_stateful (OhmProfileChecking *checking, const OhmProfileRow *row)
{
  guint count = row->is_repeated ? checking->self->repeat_count : 1;

  for (guint r = 0; r < row->n_reads; r++)
    for (guint i = 0; i < count; i++)
      if (ohm_profile_limits_is_stateful (checking->self, &row->reads[r], i))
        return TRUE;
  return FALSE;
}

static gboolean
ohm_profile_check_repeated (OhmProfileChecking *checking,
                            const char *group,
                            const OhmProfileRow *row)
{
  if (row->is_repeated && checking->self->repeat_count == 0)
    return ohm_profile_check_refuse (checking, group, row->name,
                                     "+STRIDE*i needs a group [repeat]");
  return TRUE;
}

static gboolean
ohm_profile_check_reference (OhmProfileChecking *checking,
                             const OhmProfileRow *row,
                             const char *fact)
{
  GPtrArray *facts = checking->self->facts;
  g_autofree const char **names = g_new0 (const char *, facts->len + 1);
  const OhmProfileRow *found;
  const char *meant;

  if (fact == NULL)
    return TRUE;
  found = ohm_profile_find_row (facts, fact);
  if (found != NULL && found->is_repeated && !row->is_repeated)
    return ohm_profile_check_refuse (checking, "registers", row->name,
                                     "fact '%s' is a repeated one, this row is not", fact);
  if (found != NULL)
    return TRUE;
  for (guint i = 0; i < facts->len; i++)
    names[i] = ((const OhmProfileRow *) g_ptr_array_index (facts, i))->name;
  meant = ohm_suggest (fact, names);
  return ohm_profile_check_refuse (checking, "registers", row->name,
                                   "fact '%s' is not in [facts]%s%s%s", fact,
                                   meant != NULL ? "; did you mean '" : "",
                                   meant != NULL ? meant : "", meant != NULL ? "'?" : "");
}

static gboolean
ohm_profile_check_read (OhmProfileChecking *checking,
                        const OhmProfileRow *row,
                        const OhmProfileRead *read)
{
  if ((read->flags & OHM_ENTRY_RAW) != 0 && checking->self->family == NULL)
    return ohm_profile_check_refuse (checking, "registers", row->name,
                                     "raw needs a family in [profile] whose code decodes it");
  return ohm_profile_check_block (checking, "registers", row, read) &&
         ohm_profile_check_reference (checking, row, read->scale_fact) &&
         ohm_profile_check_reference (checking, row, read->unit_fact);
}

/* The name is in the error already; the vocabulary's message repeats it. */
static const char *
ohm_profile_check_skip_point (const char *message)
{
  const char *end = g_str_has_prefix (message, "point '") ? strstr (message, "': ") : NULL;

  return end != NULL ? end + strlen ("': ") : message;
}

static gboolean
ohm_profile_check_row (OhmProfileChecking *checking, const OhmProfileRow *row)
{
  g_autofree char *name = ohm_profile_row_dup_name (row, 0);
  g_autoptr (GError) local_error = NULL;
  OhmPoint point;

  if (!ohm_point_parse (name, /* unit */ NULL, /* is integer */ FALSE, &point, &local_error))
    return ohm_profile_check_refuse (checking, "registers", row->name, "%s",
                                     ohm_profile_check_skip_point (local_error->message));
  if (point.quantity->kind == OHM_KIND_TEXT)
    return ohm_profile_check_refuse (checking, "registers", row->name,
                                     "text is a fact, not a value: it belongs into [facts]");
  if (!ohm_profile_check_repeated (checking, "registers", row))
    return FALSE;
  if (point.quantity->kind == OHM_KIND_STATE && row->reads[0].encoding.terms > 0)
    return ohm_profile_check_refuse (checking, "registers", row->name, "states do not add up");
  for (guint i = 0; i < row->n_reads; i++)
    if (!ohm_profile_check_read (checking, row, &row->reads[i]))
      return FALSE;
  if (row->n_reads > 1 && ohm_profile_check_is_stateful (checking, row))
    return ohm_profile_check_refuse (checking, "registers", row->name,
                                     "a stateful register cannot be probed: no alternatives");
  return TRUE;
}

static gboolean
ohm_profile_check_rows (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;
  guint n_points = 0;
  gboolean is_right = TRUE;

  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmProfileRow *row = g_ptr_array_index (self->rows, i);

      is_right = ohm_profile_check_row (checking, row) && is_right;
      n_points += row->is_repeated ? self->repeat_count : 1;
    }
  if (n_points > OHM_POINT_SET_MAX)
    return ohm_profile_check_refuse (checking, "registers", /* key */ NULL, "%u points, at most %d",
                                     n_points, OHM_POINT_SET_MAX);
  return is_right;
}

static gboolean
ohm_profile_check_fact (OhmProfileChecking *checking, const OhmProfileRow *row)
{
  static const char *const reserved[] = { "function", "unit-id", "choice", NULL };

  if (g_strv_contains (reserved, row->name))
    return ohm_profile_check_refuse (checking, "facts", row->name,
                                     "the core sets this fact itself");
  if (row->is_of_family && checking->self->family == NULL)
    return ohm_profile_check_refuse (checking, "facts", row->name,
                                     "there is no family in [profile] that could fill it");
  if (!ohm_profile_check_repeated (checking, "facts", row))
    return FALSE;
  return row->n_reads == 0 || ohm_profile_check_block (checking, "facts", row, &row->reads[0]);
}

static gboolean
ohm_profile_check_facts (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;
  guint n_facts = 0;
  gboolean is_right = TRUE;

  for (guint i = 0; i < self->facts->len; i++)
    {
      const OhmProfileRow *row = g_ptr_array_index (self->facts, i);

      is_right = ohm_profile_check_fact (checking, row) && is_right;
      n_facts += row->is_repeated ? self->repeat_count : 1;
    }
  if (n_facts > OHM_PROFILE_FACTS_MAX)
    return ohm_profile_check_refuse (checking, "facts",
                                     /* key */ NULL, "%u facts, at most %d", n_facts,
                                     OHM_PROFILE_FACTS_MAX);
  return is_right;
}

/* Facts and alternatives are read one by one. */
static gboolean
ohm_profile_check_survey (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;
  guint n_reads = 0;

  for (guint i = 0; i < self->facts->len; i++)
    {
      const OhmProfileRow *row = g_ptr_array_index (self->facts, i);

      n_reads += row->is_repeated ? self->repeat_count : row->n_reads;
    }
  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmProfileRow *row = g_ptr_array_index (self->rows, i);

      if (row->n_reads > 1)
        n_reads += row->n_reads * (row->is_repeated ? self->repeat_count : 1);
    }
  if (n_reads > OHM_PROFILE_SURVEY_MAX)
    return ohm_profile_check_refuse (checking, "registers", /* key */ NULL,
                                     "facts and alternatives need %u requests, at most %d", n_reads,
                                     OHM_PROFILE_SURVEY_MAX);
  return TRUE;
}

static gboolean
ohm_profile_check_repeat (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;
  const OhmProfileRow *fact;

  if (self->repeat_over == NULL)
    return TRUE;
  fact = ohm_profile_find_row (self->facts, self->repeat_over);
  if (fact == NULL || fact->is_repeated)
    return ohm_profile_check_refuse (checking, "repeat", "over",
                                     "'%s' has to be a fact of [facts] that is not repeated",
                                     self->repeat_over);
  return TRUE;
}

static void
ohm_profile_check_on_row (const OhmProfileRow *row, guint index, gpointer user_data)
{
  OhmProfileChecking *checking = user_data;
  g_autofree char *name = ohm_profile_row_dup_name (row, index);
  const OhmProfileRead *read = &row->reads[0];
  const OhmProfileRow *other = g_hash_table_lookup (checking->points, name);
  OhmProfileSpan span = {
    .function = read->function,
    .first = read->address + read->stride * index,
    .row = row,
  };

  if (checking->faults->len > checking->n_earlier)
    return;
  if (other != NULL)
    {
      ohm_profile_check_refuse (checking, "registers", row->name,
                                "point '%s' is also given by '%s'", name, other->name);
      return;
    }
  g_hash_table_insert (checking->points, g_steal_pointer (&name), (gpointer) (guintptr) row);
  span.last = span.first + ohm_encoding_get_registers (&read->encoding) - 1;
  if ((read->flags & OHM_ENTRY_RAW) == 0)
    g_array_append_val (checking->spans, span);
}

static int
ohm_profile_check_compare_spans (gconstpointer a, gconstpointer b)
{
  const OhmProfileSpan *x = a;
  const OhmProfileSpan *y = b;

  if (x->function != y->function)
    return x->function < y->function ? -1 : 1;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return x->last > y->last ? -1 : x->last < y->last;
}

/*
 * Registers may be read twice (bit fields), but not in part: two values that share some registers
 * are a slip of the pen. Sorted, with the longer first, spans nest or are apart; those around the
 * present one are on the stack.
 */
static gboolean
ohm_profile_check_spans (OhmProfileChecking *checking)
{
  g_autoptr (GPtrArray) around = g_ptr_array_new ();

  g_array_sort (checking->spans, ohm_profile_check_compare_spans);
  for (guint i = 0; i < checking->spans->len; i++)
    {
      OhmProfileSpan *span = &g_array_index (checking->spans, OhmProfileSpan, i);
      const OhmProfileSpan *outer = NULL;

      while (around->len > 0)
        {
          outer = g_ptr_array_index (around, around->len - 1);
          if (outer->function == span->function && outer->last >= span->first)
            break;
          g_ptr_array_set_size (around, (int) around->len - 1);
          outer = NULL;
        }
      if (outer != NULL && span->last > outer->last)
        return ohm_profile_check_refuse (checking, "registers", span->row->name,
                                         "registers %u-%u overlap those of '%s', %u-%u",
                                         span->first, span->last, outer->row->name, outer->first,
                                         outer->last);
      g_ptr_array_add (around, span);
    }
  return TRUE;
}

static gboolean
ohm_profile_check_overlaps (OhmProfileChecking *checking)
{
  g_autoptr (GArray) indices = ohm_profile_expand_all_indices (checking->self);
  g_autoptr (GHashTable) points = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) spans = g_array_new (/* zero terminated */ FALSE, FALSE,
                                          sizeof (OhmProfileSpan));

  checking->points = points;
  checking->spans = spans;
  checking->n_earlier = checking->faults->len;
  ohm_profile_expand_each (checking->self->rows, indices, ohm_profile_check_on_row, checking);
  return checking->faults->len == checking->n_earlier && ohm_profile_check_spans (checking);
}

static gboolean
ohm_profile_check_writes (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;

  for (guint i = 0; i < self->writes->len; i++)
    {
      const OhmWrite *write = &g_array_index (self->writes, OhmWrite, i);

      if (write->fact != NULL && ohm_profile_find_row (self->facts, write->fact) == NULL)
        return ohm_profile_check_refuse (checking, "write", write->name,
                                         "fact '%s' is not in [facts]", write->fact);
      if (g_str_equal (write->name, "clock") && self->clocks->len == 0)
        return ohm_profile_check_refuse (checking, "write", write->name,
                                         "it has to be read back: there is no [clock] read");
    }
  return TRUE;
}

static gboolean
ohm_profile_check_clocks (OhmProfileChecking *checking)
{
  OhmProfile *self = checking->self;

  for (guint i = 0; i < self->clocks->len; i++)
    {
      const OhmDeviceClock *clock = &g_array_index (self->clocks, OhmDeviceClock, i);

      if (clock->fact != NULL && ohm_profile_find_row (self->facts, clock->fact) == NULL)
        return ohm_profile_check_refuse (checking, "clock", "read", "fact '%s' is not in [facts]",
                                         clock->fact);
    }
  return TRUE;
}

/* Rows can be compared although one of them is wrong by itself; not so if it may hide a parent's,
 * or if they might be too many. */
static gboolean
ohm_profile_check_can_compare (OhmProfile *self)
{
  return self->parent == NULL && self->rows->len <= OHM_POINT_SET_MAX / MAX (self->repeat_count, 1);
}

void
ohm_profile_check (OhmProfile *self, OhmKeyfile *keyfile, GPtrArray *faults)
{
  OhmProfileChecking checking = { .self = self, .keyfile = keyfile, .faults = faults };
  gboolean is_sound;

  is_sound = ohm_profile_check_facts (&checking);
  is_sound = ohm_profile_check_repeat (&checking) && is_sound;
  ohm_profile_check_rows (&checking);
  if (faults->len > 0 && is_sound && ohm_profile_check_can_compare (self))
    ohm_profile_check_overlaps (&checking);
  else if (faults->len == 0 && ohm_profile_check_survey (&checking) &&
           ohm_profile_check_overlaps (&checking) && ohm_profile_check_clocks (&checking))
    ohm_profile_check_writes (&checking);
}
