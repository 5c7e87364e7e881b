/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-parse-private.h"

#include <math.h>
#include <string.h>

gboolean
ohm_parse_u64 (const char *text, guint64 *ret_value)
{
  guint base = 10;

  if (g_str_has_prefix (text, "0x"))
    {
      base = 16;
      text += 2;
    }
  if (text[0] == '+' || text[0] == '-')
    return FALSE;
  return g_ascii_string_to_unsigned (text, base, 0, G_MAXUINT64, ret_value, /* error */ NULL);
}

gboolean
ohm_parse_i64 (const char *text, gint64 *ret_value)
{
  gboolean is_negative = text[0] == '-';
  guint64 value = 0;

  if (!ohm_parse_u64 (is_negative ? text + 1 : text, &value))
    return FALSE;
  if (value > (guint64) G_MAXINT64)
    return FALSE;
  *ret_value = is_negative ? -(gint64) value : (gint64) value;
  return TRUE;
}

gboolean
ohm_parse_real (const char *text, double *ret_value)
{
  char *end = NULL;
  double value;

  /* the C library would also read hexadecimal, infinity, NaN and leading blanks */
  if (text[0] == '\0' || text[strspn (text, "0123456789.eE+-")] != '\0')
    return FALSE;
  if (text[0] == '+')
    return FALSE;
  value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !isfinite (value))
    return FALSE;
  *ret_value = value;
  return TRUE;
}

gboolean
ohm_parse_i64_range (const char *text, gint64 *ret_min, gint64 *ret_max)
{
  const char *dots = strstr (text, "..");
  g_autofree char *first = NULL;
  gint64 min = 0;
  gint64 max = 0;

  if (dots == NULL)
    return FALSE;
  first = g_strndup (text, (gsize) (dots - text));
  if (!ohm_parse_i64 (first, &min) || !ohm_parse_i64 (dots + 2, &max) || max < min)
    return FALSE;
  *ret_min = min;
  *ret_max = max;
  return TRUE;
}

/* Bytes up to the next blank outside of double quotes. */
static gsize
ohm_parse_word_length (const char *text)
{
  gboolean is_quoted = FALSE;
  gsize length = 0;

  for (; text[length] != '\0'; length++)
    {
      if (text[length] == '"')
        is_quoted = !is_quoted;
      if (!is_quoted && (text[length] == ' ' || text[length] == '\t'))
        break;
    }
  return length;
}

GStrv
ohm_parse_words (const char *text)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (text += strspn (text, " \t"); *text != '\0'; text += strspn (text, " \t"))
    {
      gsize length = ohm_parse_word_length (text);
      g_autofree char *word = g_strndup (text, length);

      g_strv_builder_add (words, word);
      text += length;
    }
  return g_strv_builder_end (words);
}
