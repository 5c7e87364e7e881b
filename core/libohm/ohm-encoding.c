/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-encoding.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "ohm-text-private.h"

typedef struct
{
  const char *name;
  guint8 registers;
  gboolean is_signed;
  gboolean is_float;
} OhmFormatInfo;

static const OhmFormatInfo formats[] = {
  [OHM_FORMAT_U16] = { "u16", 1, FALSE, FALSE },
  [OHM_FORMAT_I16] = { "i16", 1, TRUE, FALSE },
  [OHM_FORMAT_U32] = { "u32", 2, FALSE, FALSE },
  [OHM_FORMAT_I32] = { "i32", 2, TRUE, FALSE },
  [OHM_FORMAT_U64] = { "u64", 4, FALSE, FALSE },
  [OHM_FORMAT_I64] = { "i64", 4, TRUE, FALSE },
  [OHM_FORMAT_F32] = { "f32", 2, TRUE, TRUE },
  [OHM_FORMAT_F64] = { "f64", 4, TRUE, TRUE },
  [OHM_FORMAT_EPOCH32] = { "epoch32", 2, FALSE, FALSE },
  [OHM_FORMAT_TEXT] = { "text", 0, FALSE, FALSE },
};

static double
ohm_encoding_get_scale (const OhmEncoding *self)
{
  return self->scale < 0 || self->scale > 0 ? self->scale : 1.0;
}

static guint
ohm_encoding_get_terms (const OhmEncoding *self)
{
  return MAX (self->terms, 1);
}

guint
ohm_encoding_get_registers (const OhmEncoding *self)
{
  g_return_val_if_fail (self != NULL, 1);
  g_return_val_if_fail (self->format <= OHM_FORMAT_TEXT, 1);

  if (self->format == OHM_FORMAT_TEXT)
    return CLAMP (self->text_registers, 1, 125);
  return formats[self->format].registers * ohm_encoding_get_terms (self);
}

static inline gboolean
ohm_encoding_is_exact (const OhmEncoding *self)
{
  double scale = ohm_encoding_get_scale (self);

  return !formats[self->format].is_float && self->format != OHM_FORMAT_TEXT && scale >= 1.0 &&
         scale <= 1.0;
}

gboolean
ohm_encoding_is_integer (const OhmEncoding *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (self->format <= OHM_FORMAT_TEXT, FALSE);

  return ohm_encoding_is_exact (self);
}

static inline guint64
ohm_encoding_load (const OhmEncoding *self, const guint8 *registers, guint n)
{
  guint64 raw = 0;

  for (guint i = 0; i < n; i++)
    {
      const guint8 *r = registers + 2 * (self->is_low_first ? n - 1 - i : i);

      raw = raw << 16 |
            (self->is_swapped ? (guint) (r[1] << 8 | r[0]) : (guint) (r[0] << 8 | r[1]));
    }
  return raw;
}

static inline void
ohm_encoding_store (const OhmEncoding *self, guint64 raw, guint8 *ret_registers, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 *r = ret_registers + 2 * (self->is_low_first ? i : n - 1 - i);
      guint8 high = (guint8) (raw >> 8);
      guint8 low = (guint8) raw;

      r[0] = self->is_swapped ? low : high;
      r[1] = self->is_swapped ? high : low;
      raw >>= 16;
    }
}

/* All ones in the lowest @bits. */
static inline guint64
ohm_encoding_mask (guint bits)
{
  return bits >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << bits) - 1;
}

static inline guint64
ohm_encoding_field_mask (const OhmEncoding *self)
{
  return self->bit_high >= self->bit_low ? ohm_encoding_mask (self->bit_high - self->bit_low + 1u)
                                         : 0;
}

static OhmQuality
ohm_encoding_set_real (double value, OhmCell *ret_cell)
{
  if (!isfinite (value))
    {
      ret_cell->integer = 0;
      return OHM_QUALITY_MISSING;
    }
  ret_cell->real = value;
  return OHM_QUALITY_GOOD;
}

static OhmQuality
ohm_encoding_decode_float (const OhmEncoding *self, guint64 raw, OhmCell *ret_cell)
{
  double value;

  G_STATIC_ASSERT (sizeof (float) == 4 && sizeof (double) == 8);
  if (self->format == OHM_FORMAT_F32)
    {
      guint32 bits = (guint32) raw;
      float narrow;

      memcpy (&narrow, &bits, sizeof narrow);
      value = (double) narrow;
    }
  else
    memcpy (&value, &raw, sizeof value);
  return ohm_encoding_set_real (value * ohm_encoding_get_scale (self), ret_cell);
}

static OhmQuality
ohm_encoding_decode_integer (const OhmEncoding *self, guint64 raw, OhmCell *ret_cell)
{
  const OhmFormatInfo *info = &formats[self->format];
  gint64 value;

  if (self->is_bit_field)
    raw = self->bit_low < 64 ? raw >> self->bit_low & ohm_encoding_field_mask (self) : 0;
  else if (info->is_signed && info->registers < 4 && raw >> (16 * info->registers - 1) != 0)
    raw |= ~ohm_encoding_mask (16u * info->registers);
  if (raw > G_MAXINT64 && (self->is_bit_field || !info->is_signed))
    {
      ret_cell->integer = 0;
      return OHM_QUALITY_MISSING;
    }
  value = (gint64) raw;
  if (!ohm_encoding_is_exact (self))
    return ohm_encoding_set_real ((double) value * ohm_encoding_get_scale (self), ret_cell);
  ret_cell->integer = value;
  return OHM_QUALITY_GOOD;
}

static OhmQuality
ohm_encoding_decode_term (const OhmEncoding *self, const guint8 *registers, OhmCell *ret_cell)
{
  guint n = formats[self->format].registers;
  guint64 raw = ohm_encoding_load (self, registers, n);

  if (self->has_missing && raw == (self->missing & ohm_encoding_mask (16 * n)))
    {
      ret_cell->integer = 0;
      return OHM_QUALITY_MISSING;
    }
  if (formats[self->format].is_float)
    return ohm_encoding_decode_float (self, raw, ret_cell);
  return ohm_encoding_decode_integer (self, raw, ret_cell);
}

static OhmQuality
ohm_encoding_add_term (const OhmEncoding *self, OhmCell term, OhmCell *sum)
{
  if (!ohm_encoding_is_exact (self))
    return ohm_encoding_set_real (sum->real + term.real, sum);
  if (!__builtin_add_overflow (sum->integer, term.integer, &sum->integer))
    return OHM_QUALITY_GOOD;
  sum->integer = 0;
  return OHM_QUALITY_MISSING;
}

OhmQuality
ohm_encoding_decode (const OhmEncoding *self, const guint8 *registers, OhmCell *ret_cell)
{
  OhmQuality quality;

  g_return_val_if_fail (self != NULL, OHM_QUALITY_MISSING);
  g_return_val_if_fail (self->format < OHM_FORMAT_TEXT, OHM_QUALITY_MISSING);

  quality = ohm_encoding_decode_term (self, registers, ret_cell);
  for (guint i = 1; quality == OHM_QUALITY_GOOD && i < ohm_encoding_get_terms (self); i++)
    {
      OhmCell term;

      registers += 2 * formats[self->format].registers;
      quality = ohm_encoding_decode_term (self, registers, &term);
      if (quality == OHM_QUALITY_GOOD)
        quality = ohm_encoding_add_term (self, term, ret_cell);
      else
        ret_cell->integer = 0;
    }
  return quality;
}

/* Control characters, and those that only steer the direction or breaking of text, could make a
 * terminal or a page show something else than was said. */
static gboolean
ohm_encoding_is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
         type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void
ohm_encoding_append_shown (GString *out, gunichar c)
{
  if (ohm_encoding_is_hidden (c))
    g_string_append_c (out, ' ');
  else
    g_string_append_unichar (out, c);
}

/* Without a character of UTF-8 that a full field cuts off at its end. */
static gsize
ohm_encoding_trim_cut (const char *bytes, gsize length, gsize size)
{
  const char *end = bytes;

  if (length == size && !g_utf8_validate (bytes, (gssize) length, &end) &&
      g_utf8_get_char_validated (end, bytes + length - end) == (gunichar) -2)
    return (gsize) (end - bytes);
  return length;
}

char *
ohm_encoding_decode_text (const OhmEncoding *self, const guint8 *registers)
{
  char bytes[2 * 125 + 1] = { 0 };
  g_autoptr (GString) out = NULL;
  gsize length;
  guint n;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (self->format == OHM_FORMAT_TEXT, NULL);

  n = ohm_encoding_get_registers (self);
  for (guint i = 0; i < 2 * n; i++)
    bytes[i] = (char) registers[self->is_swapped ? i ^ 1 : i];
  length = strlen (bytes);
  /* erased memory reads as ones */
  while (length > 0 && (guint8) bytes[length - 1] == 0xff)
    bytes[--length] = '\0';
  length = ohm_encoding_trim_cut (bytes, length, 2 * (gsize) n);
  bytes[length] = '\0';
  out = g_string_sized_new (length);
  if (g_utf8_validate (bytes, (gssize) length, NULL))
    for (char *c = bytes; *c != '\0'; c = g_utf8_next_char (c))
      ohm_encoding_append_shown (out, g_utf8_get_char (c));
  else
    for (const char *c = bytes; *c != '\0'; c++)
      ohm_encoding_append_shown (out, (guint8) *c);
  return g_strstrip (g_string_free (g_steal_pointer (&out), /* free_segment */ FALSE));
}

/* The nearest integer that @bits hold, as raw pattern. */
static guint64
ohm_encoding_clamp (double value, guint bits, gboolean is_signed)
{
  double limit = ldexp (1.0, (int) MIN (is_signed ? bits - 1 : bits, 63));

  value = rint (value);
  if (value >= limit)
    return ohm_encoding_mask (MIN (is_signed ? bits - 1 : bits, 63));
  if (!is_signed)
    return value <= 0 ? 0 : (guint64) value;
  if (value <= -limit)
    value = -limit;
  return (guint64) (gint64) value & ohm_encoding_mask (bits);
}

static guint64
ohm_encoding_clamp_exact (gint64 value, guint bits, gboolean is_signed)
{
  gint64 max = (gint64) ohm_encoding_mask (MIN (is_signed ? bits - 1 : bits, 63));

  if (value > max)
    return (guint64) max;
  if (value < (is_signed ? -max - 1 : 0))
    value = is_signed ? -max - 1 : 0;
  return (guint64) value & ohm_encoding_mask (bits);
}

static guint64
ohm_encoding_raw_float (const OhmEncoding *self, double value)
{
  guint64 raw = 0;

  if (!isfinite (value) && self->has_missing)
    return self->missing;
  if (!isfinite (value))
    value = NAN;
  if (self->format == OHM_FORMAT_F32)
    {
      float narrow = isnan (value) ? NAN
                                   : (float) CLAMP (value, -(double) FLT_MAX, (double) FLT_MAX);
      guint32 bits;

      memcpy (&bits, &narrow, sizeof bits);
      raw = bits;
    }
  else
    memcpy (&raw, &value, sizeof raw);
  return raw;
}

static guint64
ohm_encoding_raw_integer (const OhmEncoding *self, OhmCell cell)
{
  const OhmFormatInfo *info = &formats[self->format];
  guint bits = 16u * info->registers;
  gboolean is_signed = info->is_signed && !self->is_bit_field;
  guint64 raw;

  if (self->is_bit_field)
    bits = self->bit_high >= self->bit_low ? self->bit_high - self->bit_low + 1u : 1;
  if (ohm_encoding_is_exact (self))
    raw = ohm_encoding_clamp_exact (cell.integer, bits, is_signed);
  else if (isfinite (cell.real))
    raw = ohm_encoding_clamp (cell.real / ohm_encoding_get_scale (self), bits, is_signed);
  else if (self->has_missing)
    return self->missing;
  else
    /* above 2^63-1 is missing; shorter formats have no such pattern */
    raw = self->format == OHM_FORMAT_U64 ? G_MAXUINT64 : 0;
  if (self->is_bit_field)
    raw = self->bit_low < 64 ? raw << self->bit_low : 0;
  return raw;
}

void
ohm_encoding_encode (const OhmEncoding *self, OhmCell cell, guint8 *ret_registers)
{
  guint64 raw;

  g_return_if_fail (self != NULL);
  g_return_if_fail (self->format < OHM_FORMAT_TEXT);
  g_return_if_fail (ret_registers != NULL);

  if (formats[self->format].is_float)
    raw = ohm_encoding_raw_float (self, cell.real / ohm_encoding_get_scale (self));
  else
    raw = ohm_encoding_raw_integer (self, cell);
  memset (ret_registers, 0, 2 * (gsize) ohm_encoding_get_registers (self));
  ohm_encoding_store (self, raw, ret_registers, formats[self->format].registers);
}

void
ohm_encoding_encode_text (const OhmEncoding *self, const char *text, guint8 *ret_registers)
{
  g_autofree char *cut = NULL;
  gsize length;
  guint n;

  g_return_if_fail (self != NULL);
  g_return_if_fail (self->format == OHM_FORMAT_TEXT);
  g_return_if_fail (text != NULL);
  g_return_if_fail (ret_registers != NULL);

  n = ohm_encoding_get_registers (self);
  cut = ohm_text_dup_valid (text, 2 * n);
  length = strlen (cut);
  for (guint i = 0; i < 2 * n; i++)
    ret_registers[self->is_swapped ? i ^ 1 : i] = i < length ? (guint8) cut[i] : 0;
}

static gboolean
ohm_encoding_parse_text_registers (const char *digits, guint8 *ret_text_registers)
{
  guint64 n;

  if (digits[0] == '0' || !g_ascii_string_to_unsigned (digits, 10, 1, 125, &n, /* error */ NULL))
    return FALSE;
  *ret_text_registers = (guint8) n;
  return TRUE;
}

gboolean
ohm_format_parse (const char *text, OhmFormat *ret_format, guint8 *ret_text_registers)
{
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (ret_format != NULL, FALSE);
  g_return_val_if_fail (ret_text_registers != NULL, FALSE);

  for (guint i = 0; i < OHM_FORMAT_TEXT; i++)
    if (strcmp (text, formats[i].name) == 0)
      {
        *ret_format = (OhmFormat) i;
        *ret_text_registers = 0;
        return TRUE;
      }
  if (!g_str_has_prefix (text, "text") ||
      !ohm_encoding_parse_text_registers (text + 4, ret_text_registers))
    return FALSE;
  *ret_format = OHM_FORMAT_TEXT;
  return TRUE;
}

const char *
ohm_format_to_string (OhmFormat format)
{
  g_return_val_if_fail (format <= OHM_FORMAT_TEXT, NULL);

  return formats[format].name;
}
