/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-value.h"

G_BEGIN_DECLS

/**
 * OhmFormat:
 *
 * How a value lies in registers: `u16 i16 u32 i32 u64 i64 f32 f64`, `epoch32` (seconds since
 * 1970, unsigned), `textN` (N registers of two bytes).
 *
 * Since: 0.1
 */
typedef enum
{
  OHM_FORMAT_U16,
  OHM_FORMAT_I16,
  OHM_FORMAT_U32,
  OHM_FORMAT_I32,
  OHM_FORMAT_U64,
  OHM_FORMAT_I64,
  OHM_FORMAT_F32,
  OHM_FORMAT_F64,
  OHM_FORMAT_EPOCH32,
  OHM_FORMAT_TEXT,
} OhmFormat;

/**
 * OhmEncoding:
 * @format: the format
 * @text_registers: for text: registers, 1..125
 * @is_low_first: low word first (`words=low-first`)
 * @is_swapped: low byte first within each register (`bytes=swapped`)
 * @has_missing: whether @missing means "no value"
 * @missing: raw pattern that means "no value"
 * @bit_high: highest bit of a field, with @bit_low; both 0 for the whole value
 * @bit_low: lowest bit of a field
 * @terms: how many values of the format, one behind the other, add up; 0 is read as 1
 * @is_bit_field: whether the bits count
 * @scale: factor into the point's unit; 0 is read as 1
 *
 * Registers to value and back, pure.
 *
 * Since: 0.1
 */
typedef struct
{
  OhmFormat format;
  guint8 text_registers;
  gboolean is_low_first;
  gboolean is_swapped;
  gboolean has_missing;
  gboolean is_bit_field;
  guint8 bit_high;
  guint8 bit_low;
  guint8 terms;
  guint64 missing;
  double scale;
} OhmEncoding;

/**
 * ohm_encoding_get_registers:
 * @self: an encoding
 *
 * Returns: registers of the value, of a sum those of all its terms; 1..125 of what a profile says
 *
 * Since: 0.1
 */
OHM_API guint ohm_encoding_get_registers (const OhmEncoding *self);

/**
 * ohm_encoding_is_integer:
 * @self: an encoding
 *
 * Returns: %TRUE if values stay exact integers: an integer format that is not scaled
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_encoding_is_integer (const OhmEncoding *self);

/**
 * ohm_encoding_decode:
 * @self: an encoding that is not text
 * @registers: at least ohm_encoding_get_registers() big endian registers
 * @ret_cell: (out): the value, integer or real as ohm_encoding_is_integer() says
 *
 * A u64 above 2^63-1 is missing, as are NaN, infinity and the missing pattern; a sum is if one of
 * its terms is, or if an integer overflows.
 *
 * Returns: %OHM_QUALITY_GOOD or %OHM_QUALITY_MISSING
 *
 * Since: 0.1
 */
OHM_API OhmQuality ohm_encoding_decode (const OhmEncoding *self,
                                        const guint8 *registers,
                                        OhmCell *ret_cell);

/**
 * ohm_encoding_decode_text:
 * @self: a text encoding
 * @registers: its registers
 *
 * Cuts at the first NUL and before trailing 0xff (erased memory), trims blanks. What is not UTF-8
 * is read as Latin-1. Control and format characters become blanks. Word order means nothing to
 * text.
 *
 * Returns: (transfer full): valid UTF-8, perhaps empty
 *
 * Since: 0.1
 */
OHM_API char *ohm_encoding_decode_text (const OhmEncoding *self, const guint8 *registers);

/**
 * ohm_encoding_encode:
 * @self: an encoding that is not text
 * @cell: the value, integer or real as ohm_encoding_is_integer() says
 * @ret_registers: (out caller-allocates): the registers
 *
 * The way back, for simulators: clamps to the format's range. What is not finite becomes the
 * missing pattern, else the format's own NaN, else (u64) a number that reads as missing, else 0.
 * The bits beside a bit field are 0, and all terms of a sum but the first.
 *
 * Since: 0.1
 */
OHM_API void ohm_encoding_encode (const OhmEncoding *self, OhmCell cell, guint8 *ret_registers);

/**
 * ohm_encoding_encode_text:
 * @self: a text encoding
 * @text: UTF-8
 * @ret_registers: (out caller-allocates): the registers, padded with NUL
 *
 * Since: 0.1
 */
OHM_API void
ohm_encoding_encode_text (const OhmEncoding *self, const char *text, guint8 *ret_registers);

/**
 * ohm_format_parse:
 * @text: `f32`, `text16`, ...
 * @ret_format: (out): the format
 * @ret_text_registers: (out): N of `textN`, else 0
 *
 * Returns: %TRUE if @text is a format
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_format_parse (const char *text,
                                   OhmFormat *ret_format,
                                   guint8 *ret_text_registers);

/**
 * ohm_format_to_string:
 * @format: a format
 *
 * Returns: its name; `text` for text
 *
 * Since: 0.1
 */
OHM_API const char *ohm_format_to_string (OhmFormat format);

G_END_DECLS
