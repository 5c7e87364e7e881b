/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

#include "ohm-parse-private.h"

#define OHM_PROFILE_INDEX_OFFSET_MAX 999

static gboolean G_GNUC_PRINTF (2, 3)
  ohm_profile_row_refuse (GError **error, const char *format, ...)
{
  va_list args;
  g_autofree char *reason = NULL;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROFILE, reason);
  return FALSE;
}

/* `N` of `{i+N}`; @end is the closing brace. */
static gboolean
ohm_profile_row_parse_index (OhmProfileRow *row, const char *text, const char *end)
{
  g_autofree char *index = g_strndup (text, (gsize) (end - text));
  guint64 offset = 0;

  if (g_str_equal (index, "i"))
    return TRUE;
  if (!g_str_has_prefix (index, "i+") || !ohm_parse_u64 (index + 2, &offset) ||
      offset > OHM_PROFILE_INDEX_OFFSET_MAX)
    return FALSE;
  row->offset = (guint) offset;
  return TRUE;
}

static gboolean
ohm_profile_row_parse_name (OhmProfileRow *row, const char *name, GError **error)
{
  const char *open = strchr (name, '{');
  const char *close = open != NULL ? strchr (open, '}') : NULL;

  if (open == NULL)
    return TRUE;
  if (close == NULL || !ohm_profile_row_parse_index (row, open + 1, close))
    return ohm_profile_row_refuse (error, "expected {i} or {i+N} with N up to %d",
                                   OHM_PROFILE_INDEX_OFFSET_MAX);
  if (strchr (close, '{') != NULL)
    return ohm_profile_row_refuse (error, "more than one {i}");
  row->is_repeated = TRUE;
  row->head = (guint) (open - name);
  row->tail = close + 1;
  return TRUE;
}

char *
ohm_profile_row_dup_name (const OhmProfileRow *row, guint index)
{
  if (row->tail == NULL)
    return g_strdup (row->name);
  return g_strdup_printf ("%.*s%u%s", (int) row->head, row->name, index + row->offset, row->tail);
}

/* ADDR[+STRIDE*i] */
static gboolean
ohm_profile_row_parse_address (OhmProfileRowParser *parser, const char *word, GError **error)
{
  const char *plus = strchr (word, '+');
  g_autofree char *first = NULL;
  g_autofree char *stride_text = NULL;
  guint64 address = 0;
  guint64 stride = 0;

  first = plus != NULL ? g_strndup (word, (gsize) (plus - word)) : g_strdup (word);
  if (!ohm_parse_u64 (first, &address) || address > G_MAXUINT16)
    return ohm_profile_row_refuse (error,
                                   "'%s': expected an address 0..65535, decimal or 0x, before the "
                                   "format",
                                   first);
  if (plus != NULL)
    {
      if (!g_str_has_suffix (plus, "*i"))
        return ohm_profile_row_refuse (error, "'%s': expected ADDR+STRIDE*i", word);
      stride_text = g_strndup (plus + 1, strlen (plus + 1) - 2);
      if (!ohm_parse_u64 (stride_text, &stride) || stride < 1 || stride > G_MAXUINT16)
        return ohm_profile_row_refuse (error, "'%s': the stride has to be 1..65535", word);
    }
  parser->read->address = (guint16) address;
  parser->read->stride = (guint16) stride;
  return TRUE;
}

static gboolean
ohm_profile_row_parse_format (OhmProfileRowParser *parser, const char *word, GError **error)
{
  const char *meant;

  /* a register for each field: OhmDeviceClock.order says which */
  if (parser->clock != NULL && g_str_equal (word, "date"))
    {
      parser->clock->order = "";
      parser->clock->zone = OHM_CLOCK_ZONE_UNKNOWN;
      return TRUE;
    }
  if (ohm_format_parse (word, &parser->read->encoding.format,
                        &parser->read->encoding.text_registers))
    return TRUE;
  meant = ohm_profile_grammar_suggest (word, parser->place, /* is format */ TRUE);
  if (meant != NULL)
    return ohm_profile_row_refuse (error, "unknown format '%s'; did you mean '%s'?", word, meant);
  return ohm_profile_row_refuse (error,
                                 "unknown format '%s'; expected u16 i16 u32 i32 u64 i64 f32 f64 "
                                 "epoch32 or text1..text125",
                                 word);
}

/* The value of @text if it is the word of @row of the table, else NULL. */
static const char *
ohm_profile_row_match_word (const OhmProfileWord *row, const char *text)
{
  gsize length = strlen (row->word);

  if (length == 0)
    return g_ascii_isdigit (text[0]) || text[0] == '-' || text[0] == '.' ? text : NULL;
  if (g_ascii_isalpha (row->word[length - 1]))
    return g_str_equal (row->word, text) ? "" : NULL;
  return g_str_has_prefix (text, row->word) ? text + length : NULL;
}

static gboolean
ohm_profile_row_parse_word (OhmProfileRowParser *parser, const char *text, GError **error)
{
  guint n = 0;
  const OhmProfileWord *words = ohm_profile_grammar_words (&n);
  const char *meant;

  for (guint i = 0; i < n; i++)
    {
      const char *value = ohm_profile_row_match_word (&words[i], text);

      if (value == NULL)
        continue;
      if ((words[i].places & parser->place) == 0)
        return ohm_profile_row_refuse (error, "%s has no meaning here", words[i].form);
      if ((parser->seen & (1u << i)) != 0)
        return ohm_profile_row_refuse (error, "%s is given twice", words[i].form);
      parser->seen |= 1u << i;
      return words[i].parse (parser, value, error);
    }
  meant = ohm_profile_grammar_suggest (text, parser->place, /* is format */ FALSE);
  if (meant != NULL)
    return ohm_profile_row_refuse (error, "unknown word '%s'; did you mean '%s'?", text, meant);
  return ohm_profile_row_refuse (error, "unknown word '%s'%s", text,
                                 text[0] == '#' ? "; a comment needs a line of its own" : "");
}

static gboolean
ohm_profile_row_parse_read (OhmProfileRowParser *parser, const char *text, GError **error)
{
  g_auto (GStrv) words = ohm_parse_words (text);

  if (g_strv_length (words) < 2)
    return ohm_profile_row_refuse (error, "expected ADDR FORMAT");
  if (!ohm_profile_row_parse_address (parser, words[0], error) ||
      !ohm_profile_row_parse_format (parser, words[1], error))
    return FALSE;
  for (guint i = 2; words[i] != NULL; i++)
    if (!ohm_profile_row_parse_word (parser, words[i], error))
      return FALSE;
  return TRUE;
}

/* What an alternative does not say is said by the first. */
static void
ohm_profile_row_complete (OhmProfileRow *row)
{
  for (guint i = 0; i < row->n_reads; i++)
    {
      OhmProfileRead *read = &row->reads[i];

      if (read->classes == 0)
        read->classes = i == 0 ? OHM_READ_LIVE : row->reads[0].classes;
      /* a counter for the slots is worth looking at in between */
      if (read->classes == OHM_READ_SLOT)
        read->classes |= OHM_READ_SLOW;
      if (read->unit_fact == NULL)
        read->unit_fact = row->reads[0].unit_fact;
      read->flags |= row->reads[0].flags;
    }
}

/* Parts of a register and what only code knows do not add up. */
static gboolean
ohm_profile_row_check_sum (const OhmProfileRead *read, GError **error)
{
  if (read->encoding.terms == 0)
    return TRUE;
  if ((read->flags & OHM_ENTRY_RAW) != 0 || read->encoding.format == OHM_FORMAT_TEXT)
    return ohm_profile_row_refuse (error, "sum= needs a format of numbers that is not raw");
  if (read->encoding.is_bit_field)
    return ohm_profile_row_refuse (error, "sum= and bits= exclude each other");
  return TRUE;
}

static gboolean
ohm_profile_row_check (const OhmProfileRow *row, OhmProfilePlaces place, GError **error)
{
  for (guint i = 0; i < row->n_reads; i++)
    {
      const OhmProfileRead *read = &row->reads[i];
      gboolean is_raw = (read->flags & OHM_ENTRY_RAW) != 0;

      if (place == OHM_PROFILE_IN_REGISTERS && !is_raw && read->encoding.format == OHM_FORMAT_TEXT)
        return ohm_profile_row_refuse (error,
                                       "text is a fact, not a value: it belongs into [facts]");
      if (!ohm_profile_row_check_sum (read, error))
        return FALSE;
      if (is_raw && row->n_reads > 1)
        return ohm_profile_row_refuse (error, "a raw row has no alternatives");
      if (row->is_repeated != (read->stride != 0))
        return ohm_profile_row_refuse (error, row->is_repeated
                                                ? "{i} in the name needs ADDR+STRIDE*i"
                                                : "+STRIDE*i needs {i} in the point's name");
    }
  return TRUE;
}

static gboolean
ohm_profile_row_is_fact_name (const char *name)
{
  return ohm_id_is_valid (name) && strlen (name) <= OHM_PROFILE_FACT_NAME_MAX &&
         g_ascii_isalpha (name[0]);
}

static gboolean
ohm_profile_row_set_name (OhmProfileRow *row,
                          const char *name,
                          OhmProfilePlaces place,
                          GStringChunk *texts,
                          GError **error)
{
  row->name = g_string_chunk_insert (texts, name);
  if (place != OHM_PROFILE_IN_FACTS)
    return ohm_profile_row_parse_name (row, row->name, error);
  if (!ohm_profile_row_is_fact_name (name))
    return ohm_profile_row_refuse (error,
                                   "a fact's name has a-z, 0-9 and '-', and begins with a letter");
  return TRUE;
}

static gboolean
ohm_profile_row_parse_reads (OhmProfileRow *row,
                             char **alternatives,
                             OhmProfilePlaces place,
                             GStringChunk *texts,
                             GError **error)
{
  for (guint i = 0; i < row->n_reads; i++)
    {
      OhmProfileRowParser parser = { .place = place, .texts = texts, .read = &row->reads[i] };

      if (!ohm_profile_row_parse_read (&parser, alternatives[i], error))
        return FALSE;
    }
  /* the name of a repeated fact has no placeholder: the index is appended */
  if (place == OHM_PROFILE_IN_FACTS)
    row->is_repeated = row->reads[0].stride != 0;
  ohm_profile_row_complete (row);
  return ohm_profile_row_check (row, place, error);
}

OhmProfileRow *
ohm_profile_row_parse (const char *name,
                       const char *value,
                       OhmProfilePlaces place,
                       GStringChunk *texts,
                       GError **error)
{
  gboolean is_of_family = place == OHM_PROFILE_IN_FACTS && g_str_equal (value, "family");
  g_auto (GStrv) alternatives = g_strsplit (value, "|", OHM_PROFILE_ALTERNATIVES_MAX + 1);
  guint n = is_of_family ? 0 : g_strv_length (alternatives);
  OhmProfileRow *row;

  if (n > OHM_PROFILE_ALTERNATIVES_MAX)
    {
      ohm_profile_row_refuse (error, "more than %d alternatives", OHM_PROFILE_ALTERNATIVES_MAX);
      return NULL;
    }
  if (n > 1 && place != OHM_PROFILE_IN_REGISTERS)
    {
      ohm_profile_row_refuse (error, "only rows of [registers] have alternatives");
      return NULL;
    }
  row = g_atomic_rc_box_alloc0 (sizeof (OhmProfileRow) + n * sizeof (OhmProfileRead));
  row->is_of_family = is_of_family;
  row->n_reads = n;
  if (ohm_profile_row_set_name (row, name, place, texts, error) &&
      (is_of_family || ohm_profile_row_parse_reads (row, alternatives, place, texts, error)))
    return row;
  g_atomic_rc_box_release (row);
  return NULL;
}

gboolean
ohm_profile_row_parse_rule (OhmIdentifyRule *rule,
                            const char *value,
                            GStringChunk *texts,
                            GError **error)
{
  OhmProfileRead read = { 0 };
  OhmProfileMatch match = { .min = 1, .max = -1 };
  OhmProfileRowParser parser = {
    .place = OHM_PROFILE_IN_IDENTIFY,
    .texts = texts,
    .read = &read,
    .match = &match,
  };

  if (!ohm_profile_row_parse_read (&parser, value, error))
    return FALSE;
  if (read.stride != 0)
    return ohm_profile_row_refuse (error, "a rule cannot be repeated");
  if (read.address + ohm_encoding_get_registers (&read.encoding) > 65536)
    return ohm_profile_row_refuse (error, "ends past register 65535");
  if (match.pattern == NULL && match.max < match.min)
    return ohm_profile_row_refuse (error, "expected MIN..MAX or ~GLOB");
  if (match.score == 0)
    return ohm_profile_row_refuse (error, "expected score=N");
  *rule = (OhmIdentifyRule){
    .address = read.address,
    .function = read.function,
    .encoding = read.encoding,
    .min = match.pattern == NULL ? match.min : 0,
    .max = match.pattern == NULL ? match.max : 0,
    .pattern = match.pattern,
    .score = match.score,
  };
  return TRUE;
}

/* What the fields of a date cannot have: they are registers, each a small number. */
static gboolean
ohm_profile_row_check_date (const OhmDeviceClock *clock,
                            const OhmEncoding *encoding,
                            GError **error)
{
  if (clock->order[0] == '\0')
    return ohm_profile_row_refuse (error, "a date needs order=");
  if (encoding->has_missing || encoding->scale > 0 || encoding->scale < 0)
    return ohm_profile_row_refuse (error, "a date has neither *SCALE nor missing=");
  return TRUE;
}

gboolean
ohm_profile_row_parse_clock (OhmDeviceClock *clock,
                             const char *value,
                             GStringChunk *texts,
                             GError **error)
{
  OhmProfileRead read = { 0 };
  OhmProfileRowParser parser = {
    .place = OHM_PROFILE_IN_CLOCK,
    .texts = texts,
    .read = &read,
    .clock = clock,
  };

  if (!ohm_profile_row_parse_read (&parser, value, error))
    return FALSE;
  if (read.stride != 0)
    return ohm_profile_row_refuse (error, "a clock cannot be repeated");
  if (clock->order != NULL && !ohm_profile_row_check_date (clock, &read.encoding, error))
    return FALSE;
  if (read.encoding.scale < 0)
    return ohm_profile_row_refuse (error, "a clock does not run backwards");
  clock->address = read.address;
  clock->function = read.function;
  clock->encoding = read.encoding;
  return TRUE;
}
