/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <math.h>
#include <string.h>

#include "ohm-parse-private.h"

#define REGISTERS OHM_PROFILE_IN_REGISTERS
#define FACTS     OHM_PROFILE_IN_FACTS
#define IDENTIFY  OHM_PROFILE_IN_IDENTIFY
#define CLOCK     OHM_PROFILE_IN_CLOCK
#define ANYWHERE  (REGISTERS | FACTS | IDENTIFY | CLOCK)
#define NUMBERS   (REGISTERS | FACTS | IDENTIFY)
/* as many of the longest numbers as one request reads */
#define SUM_MAX 31

static gboolean
ohm_profile_grammar_refuse (GError **error, const char *reason)
{
  g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROFILE, reason);
  return FALSE;
}

static guint
ohm_profile_grammar_bits (const OhmEncoding *encoding)
{
  OhmEncoding term = { .format = encoding->format };

  return encoding->format == OHM_FORMAT_TEXT ? 0 : 16 * ohm_encoding_get_registers (&term);
}

static gboolean
ohm_profile_grammar_is_unsigned (const OhmEncoding *encoding)
{
  return encoding->format == OHM_FORMAT_U16 || encoding->format == OHM_FORMAT_U32 ||
         encoding->format == OHM_FORMAT_U64;
}

static gboolean
ohm_profile_grammar_parse_function (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if (!g_str_equal (value, "3") && !g_str_equal (value, "4"))
    return ohm_profile_grammar_refuse (error, "function is neither 3 nor 4");
  parser->read->function = value[0] == '3' ? 3 : 4;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_words (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if (!g_str_equal (value, "low-first"))
    return ohm_profile_grammar_refuse (error, "expected words=low-first");
  if (ohm_profile_grammar_bits (&parser->read->encoding) < 32)
    return ohm_profile_grammar_refuse (error, "words=low-first needs a format of two registers");
  parser->read->encoding.is_low_first = TRUE;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_bytes (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if (!g_str_equal (value, "swapped"))
    return ohm_profile_grammar_refuse (error, "expected bytes=swapped");
  parser->read->encoding.is_swapped = TRUE;
  return TRUE;
}

static gboolean
ohm_profile_grammar_set_scale (OhmProfileRowParser *parser, GError **error)
{
  if (parser->read->scale_fact != NULL || fpclassify (parser->read->encoding.scale) != FP_ZERO)
    return ohm_profile_grammar_refuse (error, "two scales");
  if (parser->read->encoding.format == OHM_FORMAT_TEXT)
    return ohm_profile_grammar_refuse (error, "text cannot be scaled");
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_factor (OhmProfileRowParser *parser, const char *value, GError **error)
{
  double scale = 0;

  if (!ohm_parse_real (value, &scale) || fpclassify (scale) == FP_ZERO)
    return ohm_profile_grammar_refuse (error,
                                       "the scale after '*' has to be a number other than 0");
  if (!ohm_profile_grammar_set_scale (parser, error))
    return FALSE;
  parser->read->encoding.scale = scale;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_fact (OhmProfileRowParser *parser,
                                const char *value,
                                const char **ret_fact,
                                GError **error)
{
  if (value[0] != '@' || !ohm_id_is_valid (value + 1) ||
      strlen (value + 1) > OHM_PROFILE_FACT_NAME_MAX)
    return ohm_profile_grammar_refuse (error, "expected a fact's name after '@'");
  *ret_fact = g_string_chunk_insert (parser->texts, value + 1);
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_scale (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if (!ohm_profile_grammar_set_scale (parser, error))
    return FALSE;
  return ohm_profile_grammar_parse_fact (parser, value, &parser->read->scale_fact, error);
}

static gboolean
ohm_profile_grammar_parse_unit (OhmProfileRowParser *parser, const char *value, GError **error)
{
  return ohm_profile_grammar_parse_fact (parser, value, &parser->read->unit_fact, error);
}

static gboolean
ohm_profile_grammar_parse_missing (OhmProfileRowParser *parser, const char *value, GError **error)
{
  OhmEncoding *encoding = &parser->read->encoding;
  guint bits = ohm_profile_grammar_bits (encoding);
  guint64 mask = bits >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << bits) - 1;
  guint64 pattern = 0;
  gint64 negative = 0;

  if (bits == 0)
    return ohm_profile_grammar_refuse (error, "text has no missing=");
  if (value[0] == '-' && ohm_parse_i64 (value, &negative))
    {
      if (bits < 64 && negative < -(G_GINT64_CONSTANT (1) << (bits - 1)))
        return ohm_profile_grammar_refuse (error, "missing= does not fit into the format");
      pattern = (guint64) negative & mask;
    }
  else if (!ohm_parse_u64 (value, &pattern))
    return ohm_profile_grammar_refuse (error, "missing= wants a raw pattern, decimal or 0x");
  if (pattern > mask)
    return ohm_profile_grammar_refuse (error, "missing= does not fit into the format");
  encoding->has_missing = TRUE;
  encoding->missing = pattern;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_bits (OhmProfileRowParser *parser, const char *value, GError **error)
{
  OhmEncoding *encoding = &parser->read->encoding;
  g_auto (GStrv) ends = g_strsplit (value, "-", /* max tokens */ 3);
  guint n = g_strv_length (ends);
  guint64 first = 0;
  guint64 last = 0;

  if (!ohm_profile_grammar_is_unsigned (encoding))
    return ohm_profile_grammar_refuse (error, "bits= needs u16, u32 or u64");
  if (n < 1 || n > 2 || !ohm_parse_u64 (ends[0], &first) || !ohm_parse_u64 (ends[n - 1], &last))
    return ohm_profile_grammar_refuse (error, "expected bits=FIRST-LAST");
  if (MAX (first, last) >= ohm_profile_grammar_bits (encoding))
    return ohm_profile_grammar_refuse (error, "bits= lies outside of the format");
  encoding->is_bit_field = TRUE;
  encoding->bit_low = (guint8) MIN (first, last);
  encoding->bit_high = (guint8) MAX (first, last);
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_sum (OhmProfileRowParser *parser, const char *value, GError **error)
{
  OhmEncoding *encoding = &parser->read->encoding;
  guint64 terms = 0;

  if (!ohm_parse_u64 (value, &terms) || terms < 2 || terms > SUM_MAX)
    return ohm_profile_grammar_refuse (error, "sum= wants 2..31, the number of values that add up");
  encoding->terms = (guint8) terms;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_live (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if ((parser->read->classes & OHM_READ_SLOW) != 0)
    return ohm_profile_grammar_refuse (error, "live and slow exclude each other");
  parser->read->classes |= OHM_READ_LIVE;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_slow (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if ((parser->read->classes & OHM_READ_LIVE) != 0)
    return ohm_profile_grammar_refuse (error, "live and slow exclude each other");
  parser->read->classes |= OHM_READ_SLOW;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_slot (OhmProfileRowParser *parser, const char *value, GError **error)
{
  parser->read->classes |= OHM_READ_SLOT;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_raw (OhmProfileRowParser *parser, const char *value, GError **error)
{
  parser->read->flags |= OHM_ENTRY_RAW;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_unconfirmed (OhmProfileRowParser *parser,
                                       const char *value,
                                       GError **error)
{
  parser->read->is_unconfirmed = TRUE;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_range (OhmProfileRowParser *parser, const char *value, GError **error)
{
  const char *dots = strstr (value, "..");
  g_autofree char *first = NULL;
  const char *last = value;
  double min = 0;
  double max = 0;

  if (parser->read->encoding.format == OHM_FORMAT_TEXT)
    return ohm_profile_grammar_refuse (error, "text is matched by ~GLOB, not by a range");
  first = dots != NULL ? g_strndup (value, (gsize) (dots - value)) : g_strdup (value);
  if (dots != NULL)
    last = dots + 2;
  if (!ohm_parse_real (first, &min) || !ohm_parse_real (last, &max) || max < min)
    return ohm_profile_grammar_refuse (error, "expected a range MIN..MAX");
  parser->match->min = min;
  parser->match->max = max;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_glob (OhmProfileRowParser *parser, const char *value, GError **error)
{
  gsize length = strlen (value);
  g_autofree char *glob = NULL;

  if (parser->read->encoding.format != OHM_FORMAT_TEXT)
    return ohm_profile_grammar_refuse (error, "~GLOB needs a format of text");
  if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
    glob = g_strndup (value + 1, length - 2);
  else
    glob = g_strdup (value);
  if (glob[0] == '\0' || strchr (glob, '"') != NULL)
    return ohm_profile_grammar_refuse (error, "expected ~GLOB or ~\"GLOB\"");
  parser->match->pattern = g_string_chunk_insert (parser->texts, glob);
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_score (OhmProfileRowParser *parser, const char *value, GError **error)
{
  guint64 score = 0;

  if (!ohm_parse_u64 (value, &score) || score < 1 || score > 100)
    return ohm_profile_grammar_refuse (error, "score= wants 1..100");
  parser->match->score = (guint) score;
  return TRUE;
}

/* A date without a day is none; seconds alone may be missing. */
static gboolean
ohm_profile_grammar_parse_order (OhmProfileRowParser *parser, const char *value, GError **error)
{
  gsize length = strlen (value);
  gsize n_known = 0;

  if (parser->clock->order == NULL)
    return ohm_profile_grammar_refuse (error, "order= needs the format date");
  for (const char *letter = "ymdhns"; *letter != '\0'; letter++)
    {
      const char *at = strchr (value, *letter);

      if (at != NULL && strchr (at + 1, *letter) != NULL)
        return ohm_profile_grammar_refuse (error, "order= names a field twice");
      if (at == NULL && *letter != 's')
        return ohm_profile_grammar_refuse (
          error, "order= needs y m d h n (minute) and s, in the order of the registers");
      n_known += at != NULL ? 1 : 0;
    }
  for (const char *at = strchr (value, 'x'); at != NULL; at = strchr (at + 1, 'x'))
    n_known++;
  if (n_known != length || length > OHM_DEVICE_CLOCK_FIELDS_MAX)
    return ohm_profile_grammar_refuse (error, "order= has letters other than y m d h n s x");
  parser->clock->order = g_string_chunk_insert (parser->texts, value);
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_month (OhmProfileRowParser *parser, const char *value, GError **error)
{
  if (!g_str_equal (value, "0") || parser->clock->order == NULL)
    return ohm_profile_grammar_refuse (error, "expected month=0, with the format date");
  parser->clock->is_month_from_zero = TRUE;
  return TRUE;
}

static gboolean
ohm_profile_grammar_parse_zone (OhmProfileRowParser *parser, const char *value, GError **error)
{
  static const OhmClockZone zones[] = { OHM_CLOCK_ZONE_UTC, OHM_CLOCK_ZONE_LOCAL,
                                        OHM_CLOCK_ZONE_UNKNOWN };

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++)
    if (g_str_equal (value, ohm_clock_zone_to_string (zones[i])))
      {
        parser->clock->zone = zones[i];
        return TRUE;
      }
  return ohm_profile_grammar_refuse (error, "expected zone=utc, zone=local or zone=unknown");
}

static gboolean
ohm_profile_grammar_parse_condition (OhmProfileRowParser *parser, const char *value, GError **error)
{
  g_autofree char *word = g_strconcat ("@", value, NULL);

  if (ohm_profile_limits_parse_condition (word, parser->texts, &parser->clock->fact,
                                          &parser->clock->fact_values))
    return TRUE;
  return ohm_profile_grammar_refuse (error, "expected @FACT=VALUE,VALUE");
}

/* The order is that of the design's one-line grammar. A word that ends in a letter stands alone,
   others are followed by a value; the empty one is a range of numbers. */
static const OhmProfileWord words[] = {
  { "fn=", "fn=3|4", "the read function; without it what the type uses ([limits] functions)",
    ANYWHERE, ohm_profile_grammar_parse_function },
  { "words=", "words=low-first", "the low word stands first; without it the high one", ANYWHERE,
    ohm_profile_grammar_parse_words },
  { "bytes=", "bytes=swapped", "the low byte stands first in each register", ANYWHERE,
    ohm_profile_grammar_parse_bytes },
  { "*", "*SCALE", "factor into the quantity's unit: *1000 for kWh; of a clock into seconds: *2e-9",
    ANYWHERE, ohm_profile_grammar_parse_factor },
  { "scale=", "scale=@FACT", "the factor is a fact; while it is not known the point is left out",
    REGISTERS, ohm_profile_grammar_parse_scale },
  { "unit=", "unit=@FACT", "the unit is a fact", REGISTERS, ohm_profile_grammar_parse_unit },
  { "missing=", "missing=VALUE", "raw pattern that means 'no value', decimal or 0x", ANYWHERE,
    ohm_profile_grammar_parse_missing },
  { "bits=", "bits=A-B", "only these bits of an unsigned value, 0 is the lowest", NUMBERS,
    ohm_profile_grammar_parse_bits },
  { "sum=", "sum=N",
    "N values of the format, one behind the other, add up to the point: the tariffs of a counter "
    "that has no total; missing if one of them is",
    REGISTERS, ohm_profile_grammar_parse_sum },
  { "live", "live", "read at the meter's live period; the default", REGISTERS,
    ohm_profile_grammar_parse_live },
  { "slow", "slow", "read once a minute, first with the first poll", REGISTERS,
    ohm_profile_grammar_parse_slow },
  { "slot", "slot", "read at quarter-hour boundaries and, without live, at the slow pace too",
    REGISTERS, ohm_profile_grammar_parse_slot },
  { "raw", "raw", "decoded by the family's code; needs family in [profile]", REGISTERS,
    ohm_profile_grammar_parse_raw },
  { "unconfirmed", "unconfirmed",
    "not from the maker: a driver in the field reads it so, or it is inferred; read all the same, "
    "and shown as such",
    REGISTERS | FACTS, ohm_profile_grammar_parse_unconfirmed },
  { "score=", "score=N", "what a match is worth, 1..100", IDENTIFY,
    ohm_profile_grammar_parse_score },
  { "~", "~GLOB", "the text has to match; in double quotes if it holds blanks", IDENTIFY,
    ohm_profile_grammar_parse_glob },
  { "", "MIN..MAX", "the number has to lie there; a single number has to be met", IDENTIFY,
    ohm_profile_grammar_parse_range },
  { "order=", "order=ymdhns",
    "of a date: a letter for each register, n the minute, x for one that does not matter", CLOCK,
    ohm_profile_grammar_parse_order },
  { "month=", "month=0", "of a date: January is 0", CLOCK, ohm_profile_grammar_parse_month },
  { "zone=", "zone=utc|local|unknown",
    "what the clock shows; without it utc, and of a date unknown: UTC and the site's time are "
    "compared, and what fits is shown",
    CLOCK, ohm_profile_grammar_parse_zone },
  { "@", "@FACT=VALUE,VALUE", "only in devices whose fact says so", CLOCK,
    ohm_profile_grammar_parse_condition },
};
G_STATIC_ASSERT (G_N_ELEMENTS (words) <= 32);

static const OhmSettingSpec profile_keys[] = {
  { "id", OHM_SETTING_STRING, 1, 63, NULL, NULL, "the type; equal to the file name's stem", TRUE },
  { "name", OHM_SETTING_STRING, 1, 100, NULL, NULL, "what people call it", TRUE },
  { "revision", OHM_SETTING_INTEGER, 1, 1000000, NULL, NULL,
    "grows with every change of a row; stored with each record", TRUE },
  { "family", OHM_SETTING_STRING, 0, 63, NULL, NULL,
    "the plugin whose code refines this type; empty for none", FALSE },
  { "inherits", OHM_SETTING_STRING, 1, 63, NULL, NULL,
    "the type to start from: keys given here replace its own, an empty value removes a row",
    FALSE },
  { "source", OHM_SETTING_STRING, 1, 1000, NULL, NULL,
    "where the numbers come from: document and revision", FALSE },
  { NULL },
};

static const OhmSettingSpec repeat_keys[] = {
  { "count", OHM_SETTING_INTEGER, 1, OHM_PROFILE_REPEAT_MAX, NULL, NULL,
    "i runs from 0 to count-1; with `over` every index has to be below it (default 32)", FALSE },
  { "over", OHM_SETTING_STRING, 2, 63, NULL, NULL,
    "@FACT: i takes the values of a fact, either a number (0 to N-1) or a list `1;3;4`", FALSE },
  { NULL },
};

static const OhmSettingSpec limits_keys[] = {
  { "registers", OHM_SETTING_INTEGER, 1, OHM_READ_REGISTERS_MAX, "125", NULL,
    "most registers in one request", FALSE },
  { "functions", OHM_SETTING_LIST, 0, 2, "3;4", NULL,
    "read functions in the order they are tried: 3, 4", FALSE },
  { "units", OHM_SETTING_LIST, 0, 8, "1", NULL,
    "unit ids in the order they are tried if the meter's file names none", FALSE },
  { "timeout", OHM_SETTING_DURATION, 10000, G_GINT64_CONSTANT (60000000), NULL, NULL,
    "longest wait for an answer, if not the link's", FALSE },
  { "pause", OHM_SETTING_DURATION, 0, G_GINT64_CONSTANT (10000000), "0s", NULL,
    "shortest pause between two requests", FALSE },
  { "connect-pause", OHM_SETTING_DURATION, 0, G_GINT64_CONSTANT (60000000), "0s", NULL,
    "pause after connecting", FALSE },
  { "outstanding", OHM_SETTING_INTEGER, 1, 16, "1", NULL,
    "most reads under way at a time on the connection, those of other meters on it included: as "
    "many as the most sparing of them permits. Over Modbus TCP alone, without a pause, and only "
    "among units that answer; whoever is silent or new is asked alone",
    FALSE },
  { "unit-echo", OHM_SETTING_CHOICE, 0, 0, "same", "same|any",
    "whether an answer may come from another unit id", FALSE },
  { "tid-echo", OHM_SETTING_CHOICE, 0, 0, "yes", "yes|no",
    "whether an answer has to repeat the transaction id", FALSE },
  { "stateful", OHM_SETTING_LIST, 0, OHM_PROFILE_RANGES_MAX, NULL, NULL,
    "registers whose reading has side effects: never merged, probed or retried blindly", FALSE },
  { "holes", OHM_SETTING_LIST, 0, OHM_PROFILE_RANGES_MAX, NULL, NULL,
    "registers that must not be read along", FALSE },
  { NULL },
};

static const OhmSettingSpec clock_keys[] = {
  { "read", OHM_SETTING_STRING, 0, 1000, NULL, NULL,
    "where the time is; of several alternatives the first whose condition holds", FALSE },
  { NULL },
};

static const OhmSettingSpec write_keys[] = {
  { "clock", OHM_SETTING_STRING, 0, 255, NULL, NULL,
    "the meter's clock: seconds since 1970 (UTC), high word first. MIN..MAX is what the type takes "
    "at all; what is sent is never further than 2 s from our own time",
    FALSE },
  { NULL },
};

static const struct
{
  const char *name;
  const OhmSettingSpec *keys; /* (nullable): keys of one's own */
  const char *help;
} groups[] = {
  { "profile", profile_keys, "What the type is." },
  { "facts", NULL,
    "What the survey reads and stores, `NAME = ADDR[+STRIDE*i] FORMAT [WORD...]`. "
    "A repeated fact becomes `NAME.0`, `NAME.1` and so on. `NAME = family` declares a fact that "
    "the family's code fills. `serial`, `firmware`, `model`, `variant`, `name` and `battery` "
    "(`good`, "
    "`low`, `empty`) have a meaning to the core, as has `name.GROUP`, by which a family names the "
    "place of a group or input, and `ct-primary`, `max-current` (A) and `max-power` (W), the most "
    "that it can measure." },
  { "repeat", repeat_keys,
    "What `i` runs over, in rows with `+STRIDE*i` and a name with `{i}` or "
    "`{i+N}`." },
  { "registers", NULL,
    "What is measured, `POINT = ADDR[+STRIDE*i] FORMAT [WORD...] [| ALTERNATIVE]`. An alternative "
    "is written like the row itself; words for class, unit and raw are taken over from the first "
    "if it gives none. The survey chooses the first that answers with a value, and keeps to it." },
  { "identify", NULL,
    "Reads and predicates that tell the type, `NAME = ADDR FORMAT MIN..MAX score=N` or "
    "`NAME = ADDR textN ~GLOB score=N`; at most 12." },
  { "limits", limits_keys,
    "What the device can take. Ranges are written `500-505;4:100-110`, the latter for function 4 "
    "alone." },
  { "clock", clock_keys,
    "The meter's own clock, `read = ADDR FORMAT [WORD...] [| ALTERNATIVE]`: it is compared with "
    "ours daily and after each survey. FORMAT is one of `epoch32 u32 i32 u64 i64 f64` for seconds "
    "since 1970, with `*SCALE` for other units (`0 i64 *2e-9`), or `date` for one register per "
    "field (`512 date order=ymdhns`; years below 100 are from 2000 on). Without this group the "
    "meter has no clock. Setting it is a row of [write], read back here." },
  { "write", write_keys,
    "The only writes that can be encoded, `NAME = ADDR COUNT MIN..MAX [@FACT=VALUE,VALUE]`: first "
    "register, registers, permitted values of the whole, and what a fact has to be." },
  { "family", NULL, "Keys that the family's code has declared." },
};

const OhmProfileWord *
ohm_profile_grammar_words (guint *ret_n)
{
  *ret_n = G_N_ELEMENTS (words);
  return words;
}

const OhmSettingSpec *
ohm_profile_grammar_keys (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (g_str_equal (groups[i].name, group))
      return groups[i].keys;
  return NULL;
}

const char *const *
ohm_profile_grammar_groups (void)
{
  static const char *names[G_N_ELEMENTS (groups) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    names[i] = groups[i].name;
  return names;
}

const char *
ohm_profile_grammar_suggest (const char *text, OhmProfilePlaces place, gboolean is_format)
{
  static const char *const formats[] = { "u16", "i16", "u32",     "i32",    "u64", "i64",
                                         "f32", "f64", "epoch32", "text16", NULL };
  const char *candidates[G_N_ELEMENTS (words) + 1] = { NULL };
  guint n = 0;

  if (is_format)
    return ohm_suggest (text, formats);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if ((words[i].places & place) != 0)
      candidates[n++] = words[i].form;
  return ohm_suggest (text, candidates);
}

static const char *
ohm_profile_grammar_type_name (OhmSettingType type)
{
  static const char *const names[] = {
    [OHM_SETTING_STRING] = "text",        [OHM_SETTING_BOOLEAN] = "true or false",
    [OHM_SETTING_INTEGER] = "integer",    [OHM_SETTING_REAL] = "number",
    [OHM_SETTING_DURATION] = "duration",  [OHM_SETTING_CHOICE] = "choice",
    [OHM_SETTING_LIST] = "list with `;`", [OHM_SETTING_HOST] = "name or address",
  };

  return names[type];
}

static void
ohm_profile_grammar_append_range (GString *page, const OhmSettingSpec *spec)
{
  if (spec->type == OHM_SETTING_CHOICE)
    {
      g_auto (GStrv) choices = g_strsplit (spec->choices, "|", /* max tokens */ 0);
      g_autofree char *text = g_strjoinv ("`, `", choices);

      g_string_append_printf (page, "`%s`", text);
    }
  else if (spec->type == OHM_SETTING_DURATION)
    {
      g_autofree char *min = ohm_duration_to_string (spec->min);
      g_autofree char *max = ohm_duration_to_string (spec->max);

      g_string_append_printf (page, "duration %s..%s", min, max);
    }
  else if (spec->type == OHM_SETTING_INTEGER)
    g_string_append_printf (page, "%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, spec->min, spec->max);
  else
    g_string_append (page, ohm_profile_grammar_type_name (spec->type));
}

static void
ohm_profile_grammar_append_keys (GString *page, const OhmSettingSpec *keys)
{
  g_string_append (page, "| key | value | default | meaning |\n|---|---|---|---|\n");
  for (; keys->key != NULL; keys++)
    {
      g_string_append_printf (page, "| `%s` | ", keys->key);
      ohm_profile_grammar_append_range (page, keys);
      if (keys->fallback != NULL)
        g_string_append_printf (page, " | `%s`", keys->fallback);
      else
        g_string_append_printf (page, " | %s", keys->is_required ? "required" : "");
      g_string_append_printf (page, " | %s |\n", keys->help);
    }
  g_string_append_c (page, '\n');
}

static void
ohm_profile_grammar_append_places (GString *page, OhmProfilePlaces places)
{
  const char *separator = "";

  if ((places & REGISTERS) != 0)
    {
      g_string_append (page, "registers");
      separator = ", ";
    }
  if ((places & FACTS) != 0)
    {
      g_string_append_printf (page, "%sfacts", separator);
      separator = ", ";
    }
  if ((places & IDENTIFY) != 0)
    {
      g_string_append_printf (page, "%sidentify", separator);
      separator = ", ";
    }
  if ((places & CLOCK) != 0)
    g_string_append_printf (page, "%sclock", separator);
}

static void
ohm_profile_grammar_append_words (GString *page)
{
  g_string_append (page, "## Words after FORMAT\n\n"
                         "In any order, each at most once.\n\n"
                         "| word | in | meaning |\n|---|---|---|\n");
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_auto (GStrv) parts = g_strsplit (words[i].form, "|", /* max tokens */ 0);
      g_autofree char *form = g_strjoinv ("\\|", parts);

      g_string_append_printf (page, "| `%s` | ", form);
      ohm_profile_grammar_append_places (page, words[i].places);
      g_string_append_printf (page, " | %s |\n", words[i].help);
    }
  g_string_append_c (page, '\n');
}

static void
ohm_profile_grammar_append_formats (GString *page)
{
  g_string_append (page, "## Formats\n\n| format | registers |\n|---|---|\n");
  for (guint i = 0; i < OHM_FORMAT_TEXT; i++)
    {
      OhmEncoding encoding = { .format = (OhmFormat) i };

      g_string_append_printf (page, "| `%s` | %u |\n", ohm_format_to_string (encoding.format),
                              ohm_encoding_get_registers (&encoding));
    }
  g_string_append (page, "| `textN` | N, two bytes each |\n\n");
}

static void
ohm_profile_grammar_append_quantities (GString *page)
{
  guint n = 0;
  const OhmQuantity *quantities = ohm_quantity_table (&n);

  g_string_append (page,
                   "## Points\n\n"
                   "`[GROUP.]QUANTITY[.CHANNEL][.TARIFF]`. A group ends in a digit: `in7`, `m1g2`. "
                   "Channels are `l1 l2 l3 l4 total total4 n n-calc`, of voltages "
                   "`l1-n l2-n l3-n l4-n l1-l2 l2-l3 l3-l1`; `total` is that of L1 to L3, `n-calc` "
                   "a vector sum. Tariffs are `t1` to `t99`. Powers and net energies are positive "
                   "when energy is consumed (`import`).\n\n"
                   "| quantity | unit | kind |\n|---|---|---|\n");
  for (guint i = 0; i < n; i++)
    {
      const char *unit = quantities[i].unit != NULL ? quantities[i].unit : "a fact's";

      g_string_append_printf (page, "| `%s` | %s | %s |\n", quantities[i].id,
                              unit[0] != '\0' ? unit : "none",
                              ohm_kind_to_string (quantities[i].kind));
    }
  g_string_append_c (page, '\n');
}

char *
ohm_profile_grammar_markdown (void)
{
  g_autoptr (GString) page = g_string_new (
    "# Profiles: reference\n\n"
    "Generated from the parser's tables; `plugins/README.md` teaches how to write one.\n\n"
    "A profile describes a meter type: strict keyfile text, `ID.profile`. Comments start with `#` "
    "on a line of their own. Addresses are those on the wire, 0-based, decimal or `0x`. Unknown "
    "and repeated keys, bad numbers, points that overlap or are not in the vocabulary are errors "
    "that disable the file alone.\n\n"
    "```\n"
    "POINT = ADDR[+STRIDE*i] FORMAT [WORD...] [| ALTERNATIVE]\n"
    "```\n\n");

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_string_append_printf (page, "## [%s]\n\n%s\n\n", groups[i].name, groups[i].help);
      if (groups[i].keys != NULL)
        ohm_profile_grammar_append_keys (page, groups[i].keys);
    }
  ohm_profile_grammar_append_quantities (page);
  ohm_profile_grammar_append_formats (page);
  ohm_profile_grammar_append_words (page);
  g_string_append_printf (
    page,
    "## Bounds\n\n"
    "%d rows, %d points once repeated, %d facts, %d alternatives of a row, %d "
    "facts and alternatives together.\n",
    OHM_PROFILE_ROWS_MAX, OHM_POINT_SET_MAX, OHM_PROFILE_FACTS_MAX, OHM_PROFILE_ALTERNATIVES_MAX,
    OHM_PROFILE_SURVEY_MAX);
  return g_string_free (g_steal_pointer (&page), /* free segment */ FALSE);
}
