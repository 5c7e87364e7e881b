/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <stdio.h>
#include <string.h>

#include "ohm-parse-private.h"

/*
 * The survey is a function of its step, the last answer and the facts alone. Where it stands is
 * kept among the facts, as SCRATCH, which goes when it is done: "item tried known", that is the
 * item that was asked for, which of the functions was tried, and whether one of them is known to be
 * right.
 *
 * Items in order: facts, repeated facts, alternatives, and one row only to find out the function.
 */
#define SCRATCH            "@survey"
#define EXCEPTION_FUNCTION 1

typedef struct
{
  guint item;
  guint tried;
  gboolean is_function_known;
} OhmProfileProgress;

typedef enum
{
  OHM_PROFILE_ITEM_NONE,
  OHM_PROFILE_ITEM_FACT,
  OHM_PROFILE_ITEM_ALTERNATIVE,
  OHM_PROFILE_ITEM_FUNCTION,
} OhmProfileItemKind;

typedef struct
{
  OhmProfileItemKind kind;
  const OhmProfileRow *row;
  guint index;
  guint read;
} OhmProfileItem;

typedef struct
{
  OhmProfile *self;
  OhmFactsBuilder *facts;
  OhmProfileProgress progress;
  guint wanted; /* items to be passed over until the wanted one */
  OhmProfileItem found;
} OhmProfileSurvey;

static gboolean
ohm_profile_survey_load (OhmProfileSurvey *survey)
{
  const char *text = ohm_facts_builder_get (survey->facts, SCRATCH);
  guint known = 0;

  if (text == NULL ||
      sscanf (text, "%u %u %u", &survey->progress.item, &survey->progress.tried, &known) != 3)
    return FALSE;
  survey->progress.is_function_known = known != 0;
  survey->progress.tried = MIN (survey->progress.tried, 1);
  return TRUE;
}

static void
ohm_profile_survey_store (OhmProfileSurvey *survey)
{
  g_autofree char *text = g_strdup_printf ("%u %u %u", survey->progress.item,
                                           survey->progress.tried,
                                           survey->progress.is_function_known ? 1u : 0u);

  ohm_facts_builder_set (survey->facts, SCRATCH, text);
}

static void
ohm_profile_survey_take (OhmProfileSurvey *survey, OhmProfileItem item)
{
  if (survey->found.kind != OHM_PROFILE_ITEM_NONE)
    return;
  if (survey->wanted == 0)
    survey->found = item;
  else
    survey->wanted--;
}

static void
ohm_profile_survey_on_fact (const OhmProfileRow *row, guint index, gpointer user_data)
{
  if (!row->is_repeated && !row->is_of_family)
    ohm_profile_survey_take (user_data, (OhmProfileItem){ OHM_PROFILE_ITEM_FACT, row, index, 0 });
}

static void
ohm_profile_survey_on_repeated_fact (const OhmProfileRow *row, guint index, gpointer user_data)
{
  if (row->is_repeated)
    ohm_profile_survey_take (user_data, (OhmProfileItem){ OHM_PROFILE_ITEM_FACT, row, index, 0 });
}

static void
ohm_profile_survey_on_row (const OhmProfileRow *row, guint index, gpointer user_data)
{
  if (row->n_reads < 2)
    return;
  for (guint i = 0; i < row->n_reads; i++)
    ohm_profile_survey_take (user_data,
                             (OhmProfileItem){ OHM_PROFILE_ITEM_ALTERNATIVE, row, index, i });
}

static GArray *
ohm_profile_survey_get_indices (OhmProfileSurvey *survey)
{
  const char *over = NULL;

  if (survey->self->repeat_over != NULL)
    over = ohm_facts_builder_get (survey->facts, survey->self->repeat_over);
  return ohm_profile_expand_indices (survey->self, over);
}

/* Last of all: a row that tells the function by being answered. */
static void
ohm_profile_survey_take_function (OhmProfileSurvey *survey)
{
  OhmProfile *self = survey->self;

  if (survey->progress.is_function_known || self->limits.functions[1] == 0)
    return;
  for (guint i = 0; i < self->rows->len; i++)
    {
      const OhmProfileRow *row = g_ptr_array_index (self->rows, i);
      gboolean is_plain = !row->is_repeated && row->reads[0].function == 0;

      if (!is_plain || ohm_profile_limits_is_stateful (self, &row->reads[0], 0))
        continue;
      ohm_profile_survey_take (survey, (OhmProfileItem){ OHM_PROFILE_ITEM_FUNCTION, row, 0, 0 });
      return;
    }
}

/* The item at a position; of kind none past the end. */
static OhmProfileItem
ohm_profile_survey_get_item (OhmProfileSurvey *survey, guint position)
{
  OhmProfile *self = survey->self;
  g_autoptr (GArray) indices = ohm_profile_survey_get_indices (survey);

  survey->wanted = position;
  survey->found = (OhmProfileItem){ OHM_PROFILE_ITEM_NONE };
  ohm_profile_expand_each (self->facts, indices, ohm_profile_survey_on_fact, survey);
  ohm_profile_expand_each (self->facts, indices, ohm_profile_survey_on_repeated_fact, survey);
  ohm_profile_expand_each (self->rows, indices, ohm_profile_survey_on_row, survey);
  ohm_profile_survey_take_function (survey);
  return survey->found;
}

static char *
ohm_profile_survey_dup_choice (const OhmProfileItem *item)
{
  g_autofree char *point = ohm_profile_row_dup_name (item->row, item->index);

  return g_strconcat ("choice.", point, NULL);
}

/* A choice once made is kept: no silent switch between counters. */
static gboolean
ohm_profile_survey_is_settled (OhmProfileSurvey *survey, const OhmProfileItem *item)
{
  g_autofree char *choice = NULL;

  if (item->kind != OHM_PROFILE_ITEM_ALTERNATIVE)
    return FALSE;
  choice = ohm_profile_survey_dup_choice (item);
  return ohm_facts_builder_get (survey->facts, choice) != NULL;
}

/* The function to ask with: the remembered one first, then the other. */
static guint8
ohm_profile_survey_get_function (OhmProfileSurvey *survey)
{
  const guint8 *functions = survey->self->limits.functions;
  const char *text = ohm_facts_builder_get (survey->facts, "function");
  guint first = 0;

  if (text != NULL && functions[1] != 0 && functions[1] == g_ascii_digit_value (text[0]))
    first = 1;
  return functions[survey->progress.tried == 0 ? first : 1 - first];
}

static void
ohm_profile_survey_fill_request (OhmProfileSurvey *survey,
                                 const OhmProfileItem *item,
                                 OhmRequest *ret_next)
{
  const OhmProfileRead *read = &item->row->reads[item->read];

  ret_next->function = read->function != 0 ? read->function
                                           : ohm_profile_survey_get_function (survey);
  ret_next->address = (guint16) (read->address + read->stride * item->index);
  ret_next->count = (guint16) ohm_encoding_get_registers (&read->encoding);
}

static gboolean
ohm_profile_survey_is_whole (const OhmReply *reply, const OhmProfileRead *read)
{
  return reply != NULL && reply->exception == 0 && reply->data != NULL &&
         reply->length >= 2 * (gsize) ohm_encoding_get_registers (&read->encoding);
}

/* Illegal function, address or value: there is no such register. */
static gboolean
ohm_profile_survey_is_refused (const OhmReply *reply)
{
  return reply != NULL && reply->exception >= 1 && reply->exception <= 3;
}

static char *
ohm_profile_survey_dup_text (const OhmReply *reply, const OhmProfileRead *read)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  OhmCell cell = { 0 };

  if (!ohm_profile_survey_is_whole (reply, read))
    return NULL;
  if (read->encoding.format == OHM_FORMAT_TEXT)
    return ohm_encoding_decode_text (&read->encoding, reply->data);
  if (ohm_encoding_decode (&read->encoding, reply->data, &cell) != OHM_QUALITY_GOOD)
    return NULL;
  if (ohm_encoding_is_integer (&read->encoding))
    return g_strdup_printf ("%" G_GINT64_FORMAT, cell.integer);
  /* as many digits as the format has */
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer,
                                    read->encoding.format == OHM_FORMAT_F32 ? "%.7g" : "%.15g",
                                    cell.real));
}

static void
ohm_profile_survey_on_forget_choice (const OhmProfileRow *row, guint index, gpointer user_data)
{
  OhmProfileItem item = { OHM_PROFILE_ITEM_ALTERNATIVE, row, index, 0 };
  g_autofree char *choice = NULL;

  if (row->n_reads < 2)
    return;
  choice = ohm_profile_survey_dup_choice (&item);
  ohm_facts_builder_set (user_data, choice, NULL);
}

/* Choices belong to the device: another serial, other choices. */
static void
ohm_profile_survey_forget_choices (OhmProfileSurvey *survey)
{
  g_autoptr (GArray) indices = ohm_profile_expand_all_indices (survey->self);

  ohm_profile_expand_each (survey->self->rows, indices, ohm_profile_survey_on_forget_choice,
                           survey->facts);
}

static void
ohm_profile_survey_keep_fact (OhmProfileSurvey *survey,
                              const OhmProfileItem *item,
                              const OhmReply *reply)
{
  g_autofree char *name = ohm_profile_expand_fact_name (item->row, item->index);
  g_autofree char *text = ohm_profile_survey_dup_text (reply, &item->row->reads[0]);
  const char *former = ohm_facts_builder_get (survey->facts, name);

  /* a busy device says nothing new: what was known of it still holds */
  if (!ohm_profile_survey_is_whole (reply, &item->row->reads[0]) &&
      !ohm_profile_survey_is_refused (reply))
    return;
  if (text != NULL && text[0] == '\0')
    g_clear_pointer (&text, g_free);
  if (g_str_equal (name, "serial") && text != NULL && former != NULL && !g_str_equal (text, former))
    ohm_profile_survey_forget_choices (survey);
  ohm_facts_builder_set (survey->facts, name, text);
}

static void
ohm_profile_survey_keep_choice (OhmProfileSurvey *survey,
                                const OhmProfileItem *item,
                                const OhmReply *reply)
{
  const OhmProfileRead *read = &item->row->reads[item->read];
  g_autofree char *choice = NULL;
  g_autofree char *number = NULL;
  OhmCell cell;

  if (!ohm_profile_survey_is_whole (reply, read) ||
      ohm_encoding_decode (&read->encoding, reply->data, &cell) != OHM_QUALITY_GOOD)
    return;
  choice = ohm_profile_survey_dup_choice (item);
  number = g_strdup_printf ("%u", item->read);
  ohm_facts_builder_set (survey->facts, choice, number);
}

static void
ohm_profile_survey_keep_function (OhmProfileSurvey *survey)
{
  guint8 function = ohm_profile_survey_get_function (survey);
  char text[2] = { (char) ('0' + function), '\0' };

  survey->progress.tried = 0;
  survey->progress.is_function_known = TRUE;
  ohm_facts_builder_set (survey->facts, "function", text);
}

/* Whether the item that @reply answers is dealt with; if not it is asked for again, with the other
   function. */
static gboolean
ohm_profile_survey_judge_function (OhmProfileSurvey *survey,
                                   const OhmProfileItem *item,
                                   const OhmReply *reply,
                                   gboolean *ret_is_settled,
                                   GError **error)
{
  gboolean has_other = survey->self->limits.functions[1] != 0 && survey->progress.tried == 0;

  *ret_is_settled = TRUE;
  if (item->row->reads[item->read].function != 0 || survey->progress.is_function_known ||
      reply == NULL)
    return TRUE;
  if (reply->exception != EXCEPTION_FUNCTION)
    {
      ohm_profile_survey_keep_function (survey);
      return TRUE;
    }
  if (!has_other)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_DEVICE,
                   "the device refuses to be read with function %s",
                   survey->self->limits.functions[1] != 0   ? "3 as well as 4"
                   : survey->self->limits.functions[0] == 3 ? "3"
                                                            : "4");
      return FALSE;
    }
  survey->progress.tried = 1;
  *ret_is_settled = FALSE;
  return TRUE;
}

static gboolean
ohm_profile_survey_take_reply (OhmProfileSurvey *survey, const OhmReply *reply, GError **error)
{
  OhmProfileItem item = ohm_profile_survey_get_item (survey, survey->progress.item);
  gboolean is_settled = TRUE;

  if (item.kind == OHM_PROFILE_ITEM_NONE)
    return TRUE;
  if (!ohm_profile_survey_judge_function (survey, &item, reply, &is_settled, error))
    return FALSE;
  if (!is_settled)
    return TRUE;
  if (item.kind == OHM_PROFILE_ITEM_FACT)
    ohm_profile_survey_keep_fact (survey, &item, reply);
  else if (item.kind == OHM_PROFILE_ITEM_ALTERNATIVE)
    ohm_profile_survey_keep_choice (survey, &item, reply);
  survey->progress.item++;
  survey->progress.tried = 0;
  return TRUE;
}

/* Facts of indices that are not there any more. */
static void
ohm_profile_survey_forget_indices (OhmProfileSurvey *survey)
{
  g_autoptr (GArray) indices = ohm_profile_survey_get_indices (survey);
  guint n = 0;

  for (guint i = 0; i < survey->self->repeat_count; i++)
    {
      if (n < indices->len && g_array_index (indices, guint, n) == i)
        {
          n++;
          continue;
        }
      for (guint r = 0; r < survey->self->facts->len; r++)
        {
          const OhmProfileRow *row = g_ptr_array_index (survey->self->facts, r);
          g_autofree char *name = ohm_profile_expand_fact_name (row, i);

          if (row->is_repeated)
            ohm_facts_builder_set (survey->facts, name, NULL);
        }
    }
}

static gboolean
ohm_profile_survey_end (OhmProfileSurvey *survey)
{
  ohm_facts_builder_set (survey->facts, SCRATCH, NULL);
  ohm_profile_survey_forget_indices (survey);
  return TRUE;
}

gboolean
ohm_profile_survey (OhmProfile *self,
                    guint step,
                    const OhmReply *last,
                    OhmFactsBuilder *facts,
                    OhmRequest *ret_next,
                    gboolean *ret_done,
                    GError **error)
{
  OhmProfileSurvey survey = { .self = self, .facts = facts };
  OhmProfileItem item;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (facts != NULL, FALSE);
  g_return_val_if_fail (ret_next != NULL, FALSE);
  g_return_val_if_fail (ret_done != NULL, FALSE);

  /* past its end a family's own steps follow */
  if (step > 0 && !ohm_profile_survey_load (&survey))
    {
      *ret_done = TRUE;
      return TRUE;
    }
  if (step > 0 && !ohm_profile_survey_take_reply (&survey, last, error))
    return FALSE;
  for (;;)
    {
      item = ohm_profile_survey_get_item (&survey, survey.progress.item);
      if (!ohm_profile_survey_is_settled (&survey, &item))
        break;
      survey.progress.item++;
    }
  *ret_done = item.kind == OHM_PROFILE_ITEM_NONE;
  if (*ret_done)
    return ohm_profile_survey_end (&survey);
  ohm_profile_survey_fill_request (&survey, &item, ret_next);
  ohm_profile_survey_store (&survey);
  return TRUE;
}
