/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-merge.h"

#include <math.h>
#include <stdlib.h>

/* One selected entry: where it lies, and its index in the plan. */
typedef struct
{
  guint8 function;
  gboolean is_stateful;
  guint first;
  guint end; /* first register behind it */
  guint index;
} OhmSpan;

static int
ohm_merge_compare (const void *a, const void *b)
{
  const OhmSpan *x = a;
  const OhmSpan *y = b;

  if (x->function != y->function)
    return x->function < y->function ? -1 : 1;
  if (x->first != y->first)
    return x->first < y->first ? -1 : 1;
  return x->index < y->index ? -1 : x->index > y->index;
}

static OhmSpan
ohm_merge_make_span (const OhmEntry *entry, guint index, guint8 function)
{
  return (OhmSpan){
    .function = entry->function != 0 ? entry->function : function,
    .is_stateful = (entry->flags & OHM_ENTRY_STATEFUL) != 0,
    .first = entry->address,
    .end = entry->address + ohm_encoding_get_registers (&entry->encoding),
    .index = index,
  };
}

/* Registers that nobody may read along: the rules' holes, everything stateful, everything refused.
 * (transfer full) (element-type OhmRange) */
static GArray *
ohm_merge_collect_holes (const OhmEntry *entries, guint n, const OhmMergeRules *rules)
{
  GArray *holes = g_array_new (/* zero_terminated */ FALSE, /* clear */ FALSE, sizeof (OhmRange));

  if (rules->n_holes > 0)
    g_array_append_vals (holes, rules->holes, rules->n_holes);
  for (guint i = 0; i < n; i++)
    {
      OhmSpan span = ohm_merge_make_span (&entries[i], i, rules->function);
      OhmRange hole = { span.function, (guint16) span.first, (guint16) (span.end - 1) };

      if (span.is_stateful || (rules->refused != NULL && rules->refused[i] != 0))
        g_array_append_val (holes, hole);
    }
  return holes;
}

static gboolean
ohm_merge_is_free (const GArray *holes, guint8 function, guint first, guint end)
{
  for (guint i = 0; i < holes->len; i++)
    {
      const OhmRange *hole = &g_array_index (holes, OhmRange, i);

      if ((hole->function == 0 || hole->function == function) && hole->first < end &&
          hole->last >= first)
        return FALSE;
    }
  return TRUE;
}

/* Whether @span can join the request that begins with @head and reaches to @end. */
static gboolean
ohm_merge_joins (const OhmSpan *head,
                 guint end,
                 const OhmSpan *span,
                 const OhmMergeRules *rules,
                 const GArray *holes)
{
  if (span->function != head->function || span->is_stateful || head->is_stateful ||
      MAX (end, span->end) - head->first > rules->registers_max)
    return FALSE;
  return span->first <= end || (span->first - end <= rules->gap_max &&
                                ohm_merge_is_free (holes, span->function, end, span->first));
}

static gboolean
ohm_merge_is_wanted (const OhmEntry *entry, guint classes)
{
  return (entry->classes & classes) != 0 && (entry->flags & OHM_ENTRY_ABSENT) == 0;
}

static guint
ohm_merge_select (const OhmEntry *entries,
                  guint n,
                  guint classes,
                  const OhmMergeRules *rules,
                  OhmSpan *ret_spans)
{
  guint n_spans = 0;

  for (guint i = 0; i < n; i++)
    if (ohm_merge_is_wanted (&entries[i], classes) &&
        (rules->refused == NULL || rules->refused[i] == 0))
      ret_spans[n_spans++] = ohm_merge_make_span (&entries[i], i, rules->function);
  if (n_spans > 1)
    qsort (ret_spans, n_spans, sizeof (OhmSpan), ohm_merge_compare);
  return n_spans;
}

static OhmRequestList *
ohm_merge_list_new (guint n_entries)
{
  OhmRequestList *self = g_new0 (OhmRequestList, 1);

  self->requests = g_new0 (OhmMerged, n_entries);
  self->entries = g_new0 (guint, n_entries);
  return self;
}

static void
ohm_merge_list_add (OhmRequestList *list, const OhmSpan *spans, guint n)
{
  OhmMerged *request = &list->requests[list->n_requests++];
  guint end = 0;

  request->function = spans[0].function;
  request->is_stateful = spans[0].is_stateful;
  request->address = (guint16) spans[0].first;
  request->first = list->n_entries;
  request->n = n;
  for (guint i = 0; i < n; i++)
    {
      end = MAX (end, spans[i].end);
      list->entries[list->n_entries++] = spans[i].index;
    }
  request->count = (guint16) (end - spans[0].first);
}

OhmRequestList *
ohm_merge (OhmPlan *plan, guint classes, const OhmMergeRules *rules)
{
  g_autofree OhmSpan *spans = NULL;
  g_autoptr (GArray) holes = NULL;
  OhmRequestList *list;
  const OhmEntry *entries;
  guint n;
  guint n_spans;
  guint end = 0;

  g_return_val_if_fail (plan != NULL, NULL);
  g_return_val_if_fail (rules != NULL, NULL);
  g_return_val_if_fail (rules->registers_max >= 1 && rules->registers_max <= 125, NULL);
  g_return_val_if_fail (rules->function == 3 || rules->function == 4, NULL);

  entries = ohm_plan_get_entries (plan, &n);
  spans = g_new (OhmSpan, n);
  n_spans = ohm_merge_select (entries, n, classes, rules, spans);
  holes = ohm_merge_collect_holes (entries, n, rules);
  list = ohm_merge_list_new (n_spans);
  /* spans are sorted by their start: extending each request as far as it goes leaves the fewest */
  for (guint i = 0, head = 0; i < n_spans; i++)
    {
      end = MAX (end, spans[i].end);
      if (i + 1 < n_spans && ohm_merge_joins (&spans[head], end, &spans[i + 1], rules, holes))
        continue;
      ohm_merge_list_add (list, &spans[head], i + 1 - head);
      head = i + 1;
      end = 0;
    }
  return list;
}

void
ohm_request_list_free (OhmRequestList *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->requests);
  g_free (self->entries);
  g_free (self);
}

guint
ohm_merge_gap_cost (OhmFraming framing, guint baud, gint64 latency_us)
{
  double character_us;
  double silence_us;
  double gap;

  if (framing == OHM_FRAMING_TCP || baud == 0)
    return 125;
  /* Modbus over serial line V1.02, 2.5.1.1: 11 bits a character; a silence of 3.5 characters, of
   * 1.75 ms above 19200 baud */
  character_us = 11e6 / baud;
  silence_us = baud > 19200 ? 1750.0 : 3.5 * character_us;
  gap = (13 * character_us + 2 * silence_us + (double) MAX (latency_us, 0)) / (2 * character_us);
  return (guint) MIN (gap, 125.0);
}

/* Where to cut: at the widest gap, else between entries that share no register, as near to the
 * middle as can be; entries of one register are parted last. Returns the number of entries in
 * front. */
static guint
ohm_merge_find_cut (const OhmSpan *spans, guint n, OhmRange *ret_gap)
{
  guint cut = n / 2;
  guint widest = 0;
  guint nearest = G_MAXUINT;
  guint end = spans[0].end;

  for (guint i = 1; i < n; i++)
    {
      guint distance = (guint) abs ((int) (2 * i) - (int) n);

      if (spans[i].first > end && spans[i].first - end > widest)
        {
          widest = spans[i].first - end;
          cut = i;
          *ret_gap = (OhmRange){ spans[i].function, (guint16) end, (guint16) (spans[i].first - 1) };
        }
      else if (widest == 0 && spans[i].first >= end && distance < nearest)
        {
          nearest = distance;
          cut = i;
        }
      end = MAX (end, spans[i].end);
    }
  return cut;
}

OhmRequestList *
ohm_merge_split (OhmPlan *plan,
                 const OhmRequestList *list,
                 const OhmMerged *request,
                 OhmRange *ret_gap)
{
  g_autofree OhmSpan *spans = NULL;
  OhmRequestList *halves;
  OhmRange gap = { 0 };
  const OhmEntry *entries;
  guint n;
  guint cut;

  g_return_val_if_fail (plan != NULL, NULL);
  g_return_val_if_fail (list != NULL, NULL);
  g_return_val_if_fail (request != NULL && request->first + request->n <= list->n_entries, NULL);

  if (request->n < 2)
    return NULL;
  entries = ohm_plan_get_entries (plan, &n);
  spans = g_new (OhmSpan, request->n);
  for (guint i = 0; i < request->n; i++)
    {
      guint index = list->entries[request->first + i];

      spans[i] = ohm_merge_make_span (&entries[index], index, request->function);
    }
  cut = ohm_merge_find_cut (spans, request->n, &gap);
  halves = ohm_merge_list_new (request->n);
  ohm_merge_list_add (halves, spans, cut);
  ohm_merge_list_add (halves, spans + cut, request->n - cut);
  if (ret_gap != NULL)
    *ret_gap = gap;
  return halves;
}
