/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-identify.h"

/* One read of the union, and what came of it. */
typedef struct
{
  guint8 function; /* as asked by the rule: 0, 3 or 4 */
  guint16 address;
  guint16 count;
  guint users;
  gboolean is_answered;
  guint8 data[2 * OHM_READ_REGISTERS_MAX];
} OhmIdentifyRead;

/* Task data. */
typedef struct
{
  OhmLink *link;
  OhmProfileCatalog *profiles;
  GArray *reads; /* (element-type OhmIdentifyRead) */
  guint index;
  guint8 function; /* what function 0 means; 4 after the device refused 3 */
  guint n_answers;
  gint64 sum_us;
  OhmLinkExchange exchange;
} OhmIdentifyState;

static void ohm_identify_next (GTask *task);

void
ohm_candidate_free (OhmCandidate *self)
{
  g_free (self->id);
  g_free (self->name);
  g_strfreev (self->evidence);
  g_free (self);
}

void
ohm_identification_free (OhmIdentification *self)
{
  g_ptr_array_unref (self->candidates);
  g_free (self);
}

static void
ohm_identify_state_free (OhmIdentifyState *self)
{
  g_object_unref (self->link);
  g_object_unref (self->profiles);
  g_array_unref (self->reads);
  g_free (self);
}

static OhmIdentifyRead *
ohm_identify_find_read (GArray *reads, const OhmIdentifyRule *rule)
{
  guint count = ohm_encoding_get_registers (&rule->encoding);

  for (guint i = 0; i < reads->len; i++)
    {
      OhmIdentifyRead *read = &g_array_index (reads, OhmIdentifyRead, i);

      if (read->function == rule->function && read->address == rule->address &&
          read->count == count)
        return read;
    }
  return NULL;
}

static void
ohm_identify_collect_rule (GArray *reads, const OhmIdentifyRule *rule)
{
  OhmIdentifyRead *known = ohm_identify_find_read (reads, rule);
  OhmIdentifyRead read = {
    .function = rule->function,
    .address = rule->address,
    .count = (guint16) ohm_encoding_get_registers (&rule->encoding),
    .users = 1,
  };

  if (known != NULL)
    known->users++;
  else
    g_array_append_val (reads, read);
}

static int
ohm_identify_compare_reads (gconstpointer a, gconstpointer b)
{
  const OhmIdentifyRead *left = a;
  const OhmIdentifyRead *right = b;

  return left->users != right->users ? (int) right->users - (int) left->users
                                     : left->address - right->address;
}

/* The reads that serve most types first; what is over the limit is not asked. */
static GArray *
ohm_identify_collect (OhmProfileCatalog *profiles)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (profiles);
  GArray *reads = g_array_new (FALSE, TRUE, sizeof (OhmIdentifyRead));

  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);
      const OhmIdentifyRule *rules;
      guint n = 0;

      if (entry->profile == NULL)
        continue;
      rules = ohm_profile_get_identify_rules (entry->profile, &n);
      for (guint k = 0; k < n; k++)
        ohm_identify_collect_rule (reads, &rules[k]);
    }
  g_array_sort (reads, ohm_identify_compare_reads);
  if (reads->len > OHM_IDENTIFY_READS_MAX)
    g_array_set_size (reads, OHM_IDENTIFY_READS_MAX);
  return reads;
}

static char *
ohm_identify_match_text (const OhmIdentifyRule *rule, const OhmIdentifyRead *read)
{
  g_autofree char *text = ohm_encoding_decode_text (&rule->encoding, read->data);

  if (text[0] == '\0' || (rule->pattern != NULL && !g_pattern_match_simple (rule->pattern, text)))
    return NULL;
  return g_strdup_printf ("'%s' at %u", text, rule->address);
}

/* (transfer full) (nullable): the evidence, if the rule is met */
static char *
ohm_identify_match (const OhmIdentifyRule *rule, const OhmIdentifyRead *read)
{
  OhmCell cell;
  double value;

  if (read == NULL || !read->is_answered)
    return NULL;
  if (rule->encoding.format == OHM_FORMAT_TEXT)
    return ohm_identify_match_text (rule, read);
  if (ohm_encoding_decode (&rule->encoding, read->data, &cell) != OHM_QUALITY_GOOD)
    return NULL;
  value = ohm_encoding_is_integer (&rule->encoding) ? (double) cell.integer : cell.real;
  if (value < rule->min || value > rule->max)
    return NULL;
  return g_strdup_printf ("%.10g at %u", value, rule->address);
}

static OhmCandidate *
ohm_identify_judge (OhmProfile *profile, GArray *reads)
{
  guint n;
  const OhmIdentifyRule *rules = ohm_profile_get_identify_rules (profile, &n);
  g_autoptr (GStrvBuilder) evidence = g_strv_builder_new ();
  OhmCandidate *candidate;
  guint score = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *match = ohm_identify_match (&rules[i],
                                                   ohm_identify_find_read (reads, &rules[i]));

      if (match == NULL)
        continue;
      score += rules[i].score;
      g_strv_builder_add (evidence, match);
    }
  if (score == 0)
    return NULL;
  candidate = g_new0 (OhmCandidate, 1);
  candidate->id = g_strdup (ohm_profile_get_id (profile));
  candidate->name = g_strdup (ohm_profile_get_name (profile));
  candidate->score = MIN (score, 100);
  candidate->evidence = g_strv_builder_end (evidence);
  return candidate;
}

static int
ohm_identify_compare_candidates (gconstpointer a, gconstpointer b)
{
  const OhmCandidate *left = *(OhmCandidate *const *) a;
  const OhmCandidate *right = *(OhmCandidate *const *) b;

  return left->score != right->score ? (int) right->score - (int) left->score
                                     : strcmp (left->id, right->id);
}

static OhmIdentification *
ohm_identify_rank (OhmIdentifyState *state)
{
  GPtrArray *entries = ohm_profile_catalog_get_entries (state->profiles);
  OhmIdentification *result = g_new0 (OhmIdentification, 1);

  result->candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_candidate_free);
  result->function = state->function;
  result->latency_us = state->n_answers > 0 ? state->sum_us / state->n_answers : 0;
  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);
      OhmCandidate *candidate = entry->profile != NULL
                                  ? ohm_identify_judge (entry->profile, state->reads)
                                  : NULL;

      if (candidate != NULL)
        g_ptr_array_add (result->candidates, candidate);
    }
  g_ptr_array_sort (result->candidates, ohm_identify_compare_candidates);
  return result;
}

static void
ohm_identify_take (OhmIdentifyState *state, OhmIdentifyRead *read, const OhmReply *reply)
{
  state->n_answers++;
  state->sum_us += reply->round_trip_us;
  if (reply->exception != 0 || reply->length != 2 * (gsize) read->count)
    return;
  memcpy (read->data, reply->data, reply->length);
  read->is_answered = TRUE;
}

/* A device that has answered and now does not just lacks the register. What it is not asked for
 * after that (it is in back-off) counts as lacking too. */
static gboolean
ohm_identify_may_go_on (const OhmIdentifyState *state, const GError *error)
{
  return state->n_answers > 0 && (g_error_matches (error, OHM_ERROR, OHM_ERROR_TIMEOUT) ||
                                  g_error_matches (error, OHM_ERROR, OHM_ERROR_BUSY));
}

static void
ohm_identify_on_exchanged (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  g_autoptr (GTask) task = exchange->user_data;
  OhmIdentifyState *state = g_task_get_task_data (task);
  OhmIdentifyRead *read = &g_array_index (state->reads, OhmIdentifyRead, state->index);

  if (reply == NULL && !ohm_identify_may_go_on (state, error))
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  if (reply == NULL)
    {
      state->index++;
      ohm_identify_next (g_steal_pointer (&task));
      return;
    }
  if (reply->exception == 0x0A || reply->exception == 0x0B)
    {
      g_task_return_new_error (task, OHM_ERROR, OHM_ERROR_TIMEOUT, "unit %u: %s", reply->unit,
                               ohm_modbus_exception_to_string (reply->exception));
      return;
    }
  /* Function 3 is refused as such: the same again with 4, and so all that follow. */
  if (reply->exception == 1 && read->function == 0 && state->function == 3)
    {
      state->function = 4;
    }
  else
    {
      ohm_identify_take (state, read, reply);
      state->index++;
    }
  ohm_identify_next (g_steal_pointer (&task));
}

/* @task: (transfer full) */
static void
ohm_identify_next (GTask *task)
{
  OhmIdentifyState *state = g_task_get_task_data (task);
  const OhmIdentifyRead *read;

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (state->index >= state->reads->len)
    {
      g_task_return_pointer (task, ohm_identify_rank (state),
                             (GDestroyNotify) ohm_identification_free);
      g_object_unref (task);
      return;
    }
  read = &g_array_index (state->reads, OhmIdentifyRead, state->index);
  state->exchange.request.function = read->function != 0 ? read->function : state->function;
  state->exchange.request.address = read->address;
  state->exchange.request.count = read->count;
  ohm_link_submit (state->link, &state->exchange);
}

void
ohm_identify_async (OhmLink *link,
                    const OhmIdentifyTarget *target,
                    OhmProfileCatalog *profiles,
                    GCancellable *cancellable,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  GTask *task = g_task_new (link, cancellable, callback, user_data);
  OhmIdentifyState *state = g_new0 (OhmIdentifyState, 1);

  g_task_set_source_tag (task, ohm_identify_async);
  g_task_set_task_data (task, state, (GDestroyNotify) ohm_identify_state_free);
  state->link = g_object_ref (link);
  state->profiles = g_object_ref (profiles);
  state->reads = ohm_identify_collect (profiles);
  state->function = 3;
  state->exchange.request.unit = target->unit;
  state->exchange.priority = target->priority;
  state->exchange.func = ohm_identify_on_exchanged;
  state->exchange.user_data = task;
  ohm_identify_next (task);
}

OhmIdentification *
ohm_identify_finish (OhmLink *link, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, link), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
