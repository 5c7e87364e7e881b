/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which read to ask for next. Types are many and reads few, so the next is always the one that most
 * of the types still in question look at. A type is in question while it could come up with the
 * best one; it weighs more the more speaks for it, and little once its device would have answered
 * where this one refused.
 */

#include "ohm-identify-reads.h"

/* Weights are doubled so often: types that speak against themselves still weigh something. */
#define WEIGHT_SHIFT       16
#define WEIGHT_SHIFT_MATCH 1 /* an answer that does not fit: a dead feeder, another firmware */
#define WEIGHT_SHIFT_THERE 8 /* no such register */
#define WEIGHT_SHIFT_GUESS 2 /* a type that is never sure of itself */

typedef struct
{
  OhmProfile *profile; /* (owned) */
  const OhmIdentifyRule *rules;
  guint *reads; /* (owned): of each rule, its index among the reads */
  guint n_rules;
} OhmIdentifyType;

/* Where a type stands. */
typedef struct
{
  guint score;
  guint left;   /* what the reads to come may add */
  guint missed; /* what was looked for and not found */
  guint n_unlike;
  guint n_refused;
} OhmIdentifyStanding;

static void
ohm_identify_type_clear (gpointer data)
{
  OhmIdentifyType *type = data;

  ohm_profile_unref (type->profile);
  g_free (type->reads);
}

static guint
ohm_identify_reads_collect (OhmIdentifyReads *self, const OhmIdentifyRule *rule)
{
  OhmIdentifyRead fresh = {
    .function = rule->function,
    .address = rule->address,
    .count = (guint16) ohm_encoding_get_registers (&rule->encoding),
  };

  for (guint i = 0; i < self->reads->len; i++)
    {
      const OhmIdentifyRead *read = &g_array_index (self->reads, OhmIdentifyRead, i);

      if (read->function == fresh.function && read->address == fresh.address &&
          read->count == fresh.count)
        return i;
    }
  g_array_append_val (self->reads, fresh);
  return self->reads->len - 1;
}

static void
ohm_identify_reads_add_type (OhmIdentifyReads *self, OhmProfile *profile)
{
  OhmIdentifyType type = { .profile = ohm_profile_ref (profile) };

  type.rules = ohm_profile_get_identify_rules (profile, &type.n_rules);
  type.reads = g_new (guint, type.n_rules + 1);
  for (guint i = 0; i < type.n_rules; i++)
    type.reads[i] = ohm_identify_reads_collect (self, &type.rules[i]);
  g_array_append_val (self->types, type);
}

OhmIdentifyReads *
ohm_identify_reads_new (OhmProfileCatalog *profiles)
{
  OhmIdentifyReads *self = g_new0 (OhmIdentifyReads, 1);
  GPtrArray *entries = ohm_profile_catalog_get_entries (profiles);

  self->reads = g_array_new (FALSE, TRUE, sizeof (OhmIdentifyRead));
  self->types = g_array_new (FALSE, TRUE, sizeof (OhmIdentifyType));
  g_array_set_clear_func (self->types, ohm_identify_type_clear);
  for (guint i = 0; i < entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (entries, i);

      if (entry->profile != NULL)
        ohm_identify_reads_add_type (self, entry->profile);
    }
  return self;
}

void
ohm_identify_reads_free (OhmIdentifyReads *self)
{
  g_array_unref (self->reads);
  g_array_unref (self->types);
  g_free (self);
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
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double value;

  if (read->progress != OHM_IDENTIFY_ANSWERED)
    return NULL;
  if (rule->encoding.format == OHM_FORMAT_TEXT)
    return ohm_identify_match_text (rule, read);
  if (ohm_encoding_decode (&rule->encoding, read->data, &cell) != OHM_QUALITY_GOOD)
    return NULL;
  value = ohm_encoding_is_integer (&rule->encoding) ? (double) cell.integer : cell.real;
  if (value < rule->min || value > rule->max)
    return NULL;
  g_ascii_formatd (number, sizeof number, "%.10g", value);
  return g_strdup_printf ("%s at %u", number, rule->address);
}

/* Of several rules that look at the same register, those with other values than it has are no
 * surprise once one is met. */
static gboolean
ohm_identify_type_is_met_at (const OhmIdentifyType *type,
                             guint index,
                             const OhmIdentifyReads *reads)
{
  for (guint i = 0; i < type->n_rules; i++)
    {
      g_autofree char *match = NULL;

      if (type->reads[i] != index)
        continue;
      match = ohm_identify_match (&type->rules[i],
                                  &g_array_index (reads->reads, OhmIdentifyRead, index));
      if (match != NULL)
        return TRUE;
    }
  return FALSE;
}

/* @evidence: (nullable): gets what matched, in words */
static void
ohm_identify_type_count (const OhmIdentifyType *type,
                         guint i,
                         const OhmIdentifyReads *reads,
                         OhmIdentifyStanding *standing,
                         GStrvBuilder *evidence)
{
  const OhmIdentifyRule *rule = &type->rules[i];
  const OhmIdentifyRead *read = &g_array_index (reads->reads, OhmIdentifyRead, type->reads[i]);
  g_autofree char *match = ohm_identify_match (rule, read);

  if (match != NULL)
    {
      standing->score += rule->score;
      if (evidence != NULL)
        g_strv_builder_add (evidence, match);
    }
  else if (read->progress == OHM_IDENTIFY_UNASKED)
    standing->left += rule->score;
  else if (!ohm_identify_type_is_met_at (type, type->reads[i], reads))
    {
      standing->missed += rule->score;
      standing->n_refused += read->progress == OHM_IDENTIFY_REFUSED;
      standing->n_unlike += read->progress == OHM_IDENTIFY_ANSWERED;
    }
}

static OhmIdentifyStanding
ohm_identify_type_judge (const OhmIdentifyType *type,
                         const OhmIdentifyReads *reads,
                         GStrvBuilder *evidence)
{
  OhmIdentifyStanding standing = { 0 };

  for (guint i = 0; i < type->n_rules; i++)
    ohm_identify_type_count (type, i, reads, &standing, evidence);
  return standing;
}

static guint64
ohm_identify_standing_get_weight (const OhmIdentifyStanding *standing)
{
  guint shift = WEIGHT_SHIFT_MATCH * standing->n_unlike + WEIGHT_SHIFT_THERE * standing->n_refused;

  if (standing->score + standing->left < OHM_IDENTIFY_SURE)
    shift += WEIGHT_SHIFT_GUESS;
  return MAX ((guint64) (1 + standing->score) << WEIGHT_SHIFT >> MIN (shift, 40), 1);
}

/* Adds what a type in question gives to each read that it still waits for. */
static void
ohm_identify_type_weigh (const OhmIdentifyType *type,
                         const OhmIdentifyReads *reads,
                         guint64 *weights,
                         guint best)
{
  OhmIdentifyStanding standing = ohm_identify_type_judge (type, reads, /* evidence */ NULL);
  guint64 weight = ohm_identify_standing_get_weight (&standing);

  if (standing.left == 0 || standing.score + standing.left < best)
    return;
  for (guint i = 0; i < type->n_rules; i++)
    {
      guint index = type->reads[i];

      if (g_array_index (reads->reads, OhmIdentifyRead, index).progress == OHM_IDENTIFY_UNASKED)
        weights[index] += weight;
    }
}

static guint
ohm_identify_reads_get_best (const OhmIdentifyReads *self)
{
  guint best = 0;

  for (guint i = 0; i < self->types->len; i++)
    {
      const OhmIdentifyType *type = &g_array_index (self->types, OhmIdentifyType, i);
      OhmIdentifyStanding standing = ohm_identify_type_judge (type, self, /* evidence */ NULL);

      best = MAX (best, standing.score);
    }
  return best;
}

static gboolean
ohm_identify_reads_is_better (const OhmIdentifyReads *self,
                              const guint64 *weights,
                              guint a,
                              guint b)
{
  if (weights[a] != weights[b])
    return weights[a] > weights[b];
  return g_array_index (self->reads, OhmIdentifyRead, a).address <
         g_array_index (self->reads, OhmIdentifyRead, b).address;
}

OhmIdentifyRead *
ohm_identify_reads_next (OhmIdentifyReads *self)
{
  g_autofree guint64 *weights = g_new0 (guint64, self->reads->len + 1);
  guint best = ohm_identify_reads_get_best (self);
  guint next = 0;

  if (self->reads->len == 0 || self->n_asked >= OHM_IDENTIFY_READS_MAX)
    return NULL;
  for (guint i = 0; i < self->types->len; i++)
    ohm_identify_type_weigh (&g_array_index (self->types, OhmIdentifyType, i), self, weights, best);
  for (guint i = 1; i < self->reads->len; i++)
    if (ohm_identify_reads_is_better (self, weights, i, next))
      next = i;
  if (weights[next] == 0)
    return NULL;
  self->n_asked++;
  return &g_array_index (self->reads, OhmIdentifyRead, next);
}

void
ohm_identify_read_take (OhmIdentifyRead *read, const guint8 *data)
{
  read->progress = data != NULL ? OHM_IDENTIFY_ANSWERED : OHM_IDENTIFY_REFUSED;
  if (data != NULL)
    memcpy (read->data, data, 2 * (gsize) read->count);
}

static OhmCandidate *
ohm_identify_type_make_candidate (const OhmIdentifyType *type, const OhmIdentifyReads *reads)
{
  g_autoptr (GStrvBuilder) evidence = g_strv_builder_new ();
  OhmIdentifyStanding standing = ohm_identify_type_judge (type, reads, evidence);
  OhmCandidate *candidate;

  if (standing.score == 0)
    return NULL;
  candidate = g_new0 (OhmCandidate, 1);
  candidate->id = g_strdup (ohm_profile_get_id (type->profile));
  candidate->name = g_strdup (ohm_profile_get_name (type->profile));
  candidate->score = MIN (standing.score, 100);
  candidate->missed = standing.missed + standing.left;
  candidate->evidence = g_strv_builder_end (evidence);
  return candidate;
}

/* What promised less and kept it stands before what was expected to show more. */
static int
ohm_identify_compare_candidates (gconstpointer a, gconstpointer b)
{
  const OhmCandidate *left = *(OhmCandidate *const *) a;
  const OhmCandidate *right = *(OhmCandidate *const *) b;

  if (left->score != right->score)
    return (int) right->score - (int) left->score;
  if (left->missed != right->missed)
    return (int) left->missed - (int) right->missed;
  return strcmp (left->id, right->id);
}

GPtrArray *
ohm_identify_reads_rank (const OhmIdentifyReads *self)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_candidate_free);

  for (guint i = 0; i < self->types->len; i++)
    {
      OhmCandidate *candidate =
        ohm_identify_type_make_candidate (&g_array_index (self->types, OhmIdentifyType, i), self);

      if (candidate != NULL)
        g_ptr_array_add (candidates, candidate);
    }
  g_ptr_array_sort (candidates, ohm_identify_compare_candidates);
  return candidates;
}
