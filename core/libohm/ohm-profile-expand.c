/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <math.h>
#include <string.h>

#include "ohm-parse-private.h"

static void
ohm_profile_expand_add_index (GArray *indices, guint8 *seen, guint64 index, guint count)
{
  guint value = (guint) index;

  if (index >= count || seen[value] != 0)
    return;
  seen[value] = 1;
  g_array_append_val (indices, value);
}

static int
ohm_profile_expand_compare (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a;
  guint y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

GArray *
ohm_profile_expand_all_indices (const OhmProfile *self)
{
  GArray *indices = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->repeat_count; i++)
    g_array_append_val (indices, i);
  return indices;
}

GArray *
ohm_profile_expand_indices (const OhmProfile *self, const char *over_text)
{
  guint8 seen[OHM_PROFILE_REPEAT_MAX] = { 0 };
  g_auto (GStrv) texts = NULL;
  GArray *indices;
  guint64 value = 0;

  if (self->repeat_over == NULL)
    return ohm_profile_expand_all_indices (self);
  indices = g_array_new (/* zero terminated */ FALSE, FALSE, sizeof (guint));
  if (over_text == NULL)
    return indices;
  texts = g_strsplit (over_text, ";", OHM_PROFILE_REPEAT_MAX);
  if (texts[0] != NULL && texts[1] == NULL && ohm_parse_u64 (texts[0], &value))
    for (guint64 i = 0; i < MIN (value, self->repeat_count); i++)
      ohm_profile_expand_add_index (indices, seen, i, self->repeat_count);
  else
    for (guint i = 0; texts[i] != NULL; i++)
      if (ohm_parse_u64 (g_strstrip (texts[i]), &value))
        ohm_profile_expand_add_index (indices, seen, value, self->repeat_count);
  g_array_sort (indices, ohm_profile_expand_compare);
  return indices;
}

char *
ohm_profile_expand_fact_name (const OhmProfileRow *row, guint index)
{
  return row->is_repeated ? g_strdup_printf ("%s.%u", row->name, index) : g_strdup (row->name);
}

static gboolean
ohm_profile_expand_is_repeated (GPtrArray *rows, guint position)
{
  return position < rows->len &&
         ((const OhmProfileRow *) g_ptr_array_index (rows, position))->is_repeated;
}

void
ohm_profile_expand_each (GPtrArray *rows, GArray *indices, OhmProfileEach func, gpointer user_data)
{
  guint end = 0;

  for (guint first = 0; first < rows->len; first = end)
    {
      end = first;
      if (!ohm_profile_expand_is_repeated (rows, end))
        {
          func (g_ptr_array_index (rows, end++), 0, user_data);
          continue;
        }
      while (ohm_profile_expand_is_repeated (rows, end))
        end++;
      for (guint i = 0; i < indices->len; i++)
        for (guint r = first; r < end; r++)
          func (g_ptr_array_index (rows, r), g_array_index (indices, guint, i), user_data);
    }
}

typedef struct
{
  OhmProfile *self;
  OhmFacts *facts;
  OhmPlan *plan;
  GError *error;
} OhmProfilePlanning;

/* What a fact says to a row: its own index first. */
static const char *
ohm_profile_expand_get_fact (OhmFacts *facts,
                             const OhmProfileRow *row,
                             const char *fact,
                             guint index)
{
  g_autofree char *name = g_strdup_printf ("%s.%u", fact, index);
  const char *text = row->is_repeated ? ohm_facts_get (facts, name) : NULL;

  return text != NULL ? text : ohm_facts_get (facts, fact);
}

static const OhmProfileRead *
ohm_profile_expand_choose (OhmFacts *facts, const OhmProfileRow *row, const char *point)
{
  g_autofree char *name = g_strconcat ("choice.", point, NULL);
  const char *text = ohm_facts_get (facts, name);
  guint64 choice = 0;

  if (text == NULL || !ohm_parse_u64 (text, &choice) || choice >= row->n_reads)
    choice = 0;
  return &row->reads[choice];
}

/* FALSE if the scale is not known: then a value would be wrong */
static gboolean
ohm_profile_expand_get_scale (OhmFacts *facts,
                              const OhmProfileRow *row,
                              const char *fact,
                              guint index,
                              double *ret_scale)
{
  const char *text = ohm_profile_expand_get_fact (facts, row, fact, index);

  return text != NULL && ohm_parse_real (text, ret_scale) && fpclassify (*ret_scale) != FP_ZERO;
}

static void
ohm_profile_expand_on_plan (const OhmProfileRow *row, guint index, gpointer user_data)
{
  OhmProfilePlanning *planning = user_data;
  g_autofree char *point = NULL;
  const OhmProfileRead *read;
  const char *unit = NULL;
  OhmEntry entry = { 0 };

  if (planning->error != NULL)
    return;
  point = ohm_profile_row_dup_name (row, index);
  read = ohm_profile_expand_choose (planning->facts, row, point);
  entry.address = (guint16) (read->address + read->stride * index);
  entry.function = read->function;
  entry.classes = read->classes;
  entry.flags = read->flags;
  entry.encoding = read->encoding;
  if (ohm_profile_limits_is_stateful (planning->self, read, index))
    entry.flags |= OHM_ENTRY_STATEFUL;
  if (read->scale_fact != NULL &&
      !ohm_profile_expand_get_scale (planning->facts, row, read->scale_fact, index,
                                     &entry.encoding.scale))
    return;
  if (read->unit_fact != NULL)
    unit = ohm_profile_expand_get_fact (planning->facts, row, read->unit_fact, index);
  ohm_plan_add (planning->plan, point, unit, &entry, &planning->error);
}

gboolean
ohm_profile_plan (OhmProfile *self, OhmFacts *facts, OhmPlan *plan, GError **error)
{
  OhmProfilePlanning planning = { .self = self, .facts = facts, .plan = plan };
  g_autoptr (GArray) indices = NULL;
  const char *over = NULL;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (plan != NULL, FALSE);

  if (self->repeat_over != NULL)
    over = ohm_facts_get (facts, self->repeat_over);
  indices = ohm_profile_expand_indices (self, over);
  ohm_profile_expand_each (self->rows, indices, ohm_profile_expand_on_plan, &planning);
  if (planning.error == NULL)
    return TRUE;
  g_propagate_prefixed_error (error, planning.error, "profile '%s': ", self->id);
  return FALSE;
}

typedef struct
{
  void (*func) (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data);
  gpointer user_data;
  gboolean is_fact;
} OhmProfileVisit;

static void
ohm_profile_expand_on_visit (const OhmProfileRow *row, guint index, gpointer user_data)
{
  const OhmProfileVisit *visit = user_data;
  g_autofree char *name = visit->is_fact ? ohm_profile_expand_fact_name (row, index)
                                         : ohm_profile_row_dup_name (row, index);

  for (guint i = 0; i < row->n_reads; i++)
    {
      const OhmProfileRead *read = &row->reads[i];
      OhmProfileRegister shown = {
        .name = name,
        .function = read->function,
        .address = (guint16) (read->address + read->stride * index),
        .encoding = read->encoding,
        .is_unconfirmed = read->is_unconfirmed,
        .classes = visit->is_fact ? 0 : read->classes,
        .index = i,
      };

      visit->func (&shown, visit->is_fact, visit->user_data);
    }
}

void
ohm_profile_foreach_register (OhmProfile *self,
                              void (*func) (const OhmProfileRegister *row,
                                            gboolean is_fact,
                                            gpointer user_data),
                              gpointer user_data)
{
  OhmProfileVisit visit = { .func = func, .user_data = user_data };
  g_autoptr (GArray) indices = NULL;

  g_return_if_fail (self != NULL);
  g_return_if_fail (func != NULL);

  indices = ohm_profile_expand_all_indices (self);
  ohm_profile_expand_each (self->rows, indices, ohm_profile_expand_on_visit, &visit);
  visit.is_fact = TRUE;
  ohm_profile_expand_each (self->facts, indices, ohm_profile_expand_on_visit, &visit);
}
