/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: flags with terms in the upper half, format, text registers, bit high, bit low, scale (2,
 * thousandths, signed), missing pattern (8); then registers. */

#include "config.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "ohm-encoding.h"

#define HEAD 15

static OhmEncoding
fuzz_make_encoding (const guint8 *data)
{
  OhmEncoding encoding = {
    .format = (OhmFormat) (data[1] % (OHM_FORMAT_TEXT + 1)),
    .text_registers = data[2],
    .is_low_first = (data[0] & 1) != 0,
    .is_swapped = (data[0] & 2) != 0,
    .has_missing = (data[0] & 4) != 0,
    .is_bit_field = (data[0] & 8) != 0,
    .terms = data[0] >> 4,
    .bit_high = data[3],
    .bit_low = data[4],
    .scale = (double) (gint16) (guint16) (data[5] << 8 | data[6]) / 1000.0,
  };

  memcpy (&encoding.missing, data + 7, sizeof encoding.missing);
  return encoding;
}

static void
fuzz_value (const OhmEncoding *encoding, const guint8 *registers)
{
  gsize length = 2 * ohm_encoding_get_registers (encoding);
  g_autofree guint8 *again = g_malloc (length);
  gboolean is_integer = ohm_encoding_is_integer (encoding);
  OhmCell cell;
  OhmCell cell_again;

  if (ohm_encoding_decode (encoding, registers, &cell) != OHM_QUALITY_GOOD)
    {
      g_assert_cmpint (cell.integer, ==, 0);
      ohm_encoding_encode (encoding, is_integer ? cell : (OhmCell){ .real = NAN }, again);
      return;
    }
  g_assert_true (is_integer || isfinite (cell.real));
  ohm_encoding_encode (encoding, cell, again);
  if (!is_integer || encoding->is_bit_field || encoding->terms > 1)
    return;
  g_assert_cmpint (ohm_encoding_decode (encoding, again, &cell_again), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cell.integer, ==, cell_again.integer);
  g_assert_true (memcmp (registers, again, length) == 0);
}

static void
fuzz_text (const OhmEncoding *encoding, const guint8 *registers)
{
  g_autofree guint8 *again = g_malloc (2 * ohm_encoding_get_registers (encoding));
  g_autofree char *text = ohm_encoding_decode_text (encoding, registers);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <=, 4 * ohm_encoding_get_registers (encoding));
  ohm_encoding_encode_text (encoding, text, again);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree guint8 *registers = NULL;
  OhmEncoding encoding;
  gsize length;

  if (size < HEAD)
    return 0;
  encoding = fuzz_make_encoding (data);
  length = 2 * ohm_encoding_get_registers (&encoding);
  /* exactly as long as the encoding says */
  registers = g_malloc0 (length);
  memcpy (registers, data + HEAD, MIN (length, size - HEAD));
  if (encoding.format == OHM_FORMAT_TEXT)
    fuzz_text (&encoding, registers);
  else
    fuzz_value (&encoding, registers);
  return 0;
}
