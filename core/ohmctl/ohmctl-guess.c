/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What distinguishes the right reading from wrong ones is that it gives something that a meter
 * would say. Exponents of floats are strong evidence: 32 random bits are a number between a
 * hundredth and a hundred thousand in one case of twelve, and integers read as floats are nearly
 * always denormal. Integers tell less of themselves: they win where no float is plausible.
 *
 * Scores are ranks, tried on the registers of real address lists: near mains values 88 and more, a
 * plausible float 70, scaled integers near mains values 50 to 60, other integers below 50.
 */

#include "config.h"

#include "ohmctl-guess.h"

#include <math.h>
#include <string.h>

#include "ohmctl-format.h"

#define LOW_FIRST_COST 4u
#define SWAPPED_COST   30u

/* Only these mains values are looked for in scaled integers: there are many integers. */
#define SCALED_MIN 88

/* Shortest run of characters that may be a text, and the run that hardly can be anything else: the
 * bytes of floats near mains values are letters too. */
#define TEXT_MIN    4
#define TEXT_LONG   6
#define TEXT_SURE   8
#define DAY_S       86400.0
#define TEN_YEARS_S (3653 * DAY_S)

typedef struct
{
  double min;
  double max;
  guint score;
  const char *reason;
} OhmctlRange;

/* 230 V, 400 V and 50 Hz with the tolerances of EN 50160; 120 V and 60 Hz alike. */
static const OhmctlRange mains[] = {
  { 49.5, 50.5, 92, "a mains frequency" },      { 59.5, 60.5, 91, "a mains frequency" },
  { 207, 253, 90, "a mains voltage" },          { 108, 132, 80, "a mains voltage" },
  { 358, 440, 88, "a voltage between phases" },
};

/* By magnitude. */
static const OhmctlRange magnitudes[] = {
  { 0.01, 1e5, 70, "a plausible number" },
  { 1e5, 1e9, 60, "a plausible number" },
  { 1e9, 1e12, 34, "a large number" },
  { 1e-6, 0.01, 24, "a small number" },
};

static void
ohmctl_guess_free (gpointer data)
{
  OhmctlGuess *self = data;

  g_free (self->value);
  g_free (self);
}

static gboolean
ohmctl_range_has (const OhmctlRange *self, double value)
{
  return value >= self->min && value < self->max;
}

static const OhmctlRange *
ohmctl_range_find (const OhmctlRange *ranges, guint n, double value)
{
  for (guint i = 0; i < n; i++)
    if (ohmctl_range_has (&ranges[i], value))
      return &ranges[i];
  return NULL;
}

/* --- numbers --- */

static guint
ohmctl_guess_rate_real (double value, const char **ret_reason)
{
  const OhmctlRange *range = ohmctl_range_find (mains, G_N_ELEMENTS (mains), value);

  if (range == NULL && fabs (value) >= 0.1 && fabs (value) <= 1)
    {
      *ret_reason = "a power factor";
      return 72;
    }
  if (range == NULL)
    range = ohmctl_range_find (magnitudes, G_N_ELEMENTS (magnitudes), fabs (value));
  if (range == NULL)
    return 0;
  *ret_reason = range->reason;
  return range->score;
}

static guint
ohmctl_guess_rate_f64 (const guint8 *registers, double value, const char **ret_reason)
{
  static const OhmEncoding half = { .format = OHM_FORMAT_F32 };
  guint score = ohmctl_guess_rate_real (value, ret_reason);
  const char *ignored;
  OhmCell cell = { 0 };

  /* Two plausible floats in a row are more likely than one double that is made of them. */
  if (ohm_encoding_decode (&half, registers + 4, &cell) == OHM_QUALITY_GOOD &&
      ohmctl_guess_rate_real (cell.real, &ignored) >= 70)
    return MIN (score, 55);
  return score > 0 ? score + 3 : 0;
}

static guint
ohmctl_guess_rate_16 (gint64 value, const char **ret_reason)
{
  *ret_reason = "a whole number";
  if (value == 0xffff || value == 0x7fff || value == -32768)
    {
      *ret_reason = "often means: no value";
      return 15;
    }
  if (value == -1)
    return 14; /* the same bits as 0xffff */
  if (ohmctl_range_find (mains, G_N_ELEMENTS (mains), (double) value) != NULL)
    return 50;
  if (value < 0)
    return value > -1000 ? 32 : 20;
  return value < 0x8000 ? 36 : 22;
}

static guint
ohmctl_guess_rate_32 (gint64 value, const char **ret_reason)
{
  *ret_reason = value < 0 ? "a small negative number" : "a counter or a whole number";
  if (value < 0)
    return value > -10000000 ? 47 : 12;
  if (value < G_MAXUINT16)
    return 44;
  if (value < 1 << 27)
    return 46;
  return value <= G_MAXINT32 ? 24 : 12;
}

/* Of a counter that has passed 32 bits, the lower half is anything but small. */
static guint
ohmctl_guess_rate_64 (gint64 value, const char **ret_reason)
{
  guint32 low = (guint32) value;

  *ret_reason = value < 0 ? "a small negative number" : "a 64-bit counter";
  if (value < 0)
    return value > -((gint64) 1 << 32) ? 57 : 0;
  if (value <= G_MAXUINT32)
    return 47;
  if (value >= (gint64) 1 << 48 || low <= G_MAXUINT16)
    return 18;
  return 56;
}

static guint
ohmctl_guess_rate_epoch (gint64 value, gint64 now_us, const char **ret_reason)
{
  double away_s = fabs ((double) value - (double) now_us / G_USEC_PER_SEC);

  if (away_s > TEN_YEARS_S)
    return 0;
  *ret_reason = away_s < 2 * DAY_S ? "a clock: the time now" : "a time";
  return away_s < 2 * DAY_S ? 94 : 40;
}

static guint
ohmctl_guess_rate (const OhmEncoding *encoding,
                   const guint8 *registers,
                   OhmCell cell,
                   gint64 now_us,
                   const char **ret_reason)
{
  switch (encoding->format)
    {
    case OHM_FORMAT_U16:
    case OHM_FORMAT_I16:
      return ohmctl_guess_rate_16 (cell.integer, ret_reason);
    case OHM_FORMAT_U32:
    case OHM_FORMAT_I32:
      return ohmctl_guess_rate_32 (cell.integer, ret_reason);
    case OHM_FORMAT_U64:
    case OHM_FORMAT_I64:
      return ohmctl_guess_rate_64 (cell.integer, ret_reason);
    case OHM_FORMAT_F32:
      return ohmctl_guess_rate_real (cell.real, ret_reason);
    case OHM_FORMAT_F64:
      return ohmctl_guess_rate_f64 (registers, cell.real, ret_reason);
    case OHM_FORMAT_EPOCH32:
      return ohmctl_guess_rate_epoch (cell.integer, now_us, ret_reason);
    case OHM_FORMAT_TEXT:
    default:
      return 0;
    }
}

static char *
ohmctl_guess_dup_value (const OhmEncoding *encoding, OhmCell cell)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (encoding->format == OHM_FORMAT_EPOCH32)
    return ohmctl_format_time (cell.integer * G_USEC_PER_SEC, utc);
  if (ohm_encoding_is_integer (encoding))
    return g_strdup_printf ("%" G_GINT64_FORMAT, cell.integer);
  /* as many digits as a float has; no exponent where people expect none */
  if (fabs (cell.real) >= 1e6 && fabs (cell.real) < 1e15)
    return g_strdup_printf ("%.0f", cell.real);
  return g_strdup (g_ascii_formatd (number, sizeof number, "%.7g", cell.real));
}

static OhmctlGuess *
ohmctl_guess_new (const OhmEncoding *encoding, guint score, const char *reason, char *value)
{
  OhmctlGuess *self = g_new0 (OhmctlGuess, 1);

  self->encoding = *encoding;
  self->registers = ohm_encoding_get_registers (encoding);
  self->score = score;
  self->reason = reason;
  self->value = value;
  return self;
}

/* Signed and unsigned readings of the same bits agree but for the highest: the signed one is shown
 * only where it differs. Zero is zero in every format and says nothing of it. */
static gboolean
ohmctl_guess_is_shown (const OhmEncoding *encoding, OhmCell cell)
{
  gboolean is_signed = encoding->format == OHM_FORMAT_I16 || encoding->format == OHM_FORMAT_I32 ||
                       encoding->format == OHM_FORMAT_I64;

  if (!ohm_encoding_is_integer (encoding))
    return fabs (cell.real) > 0;
  return cell.integer != 0 && (!is_signed || cell.integer < 0);
}

static void
ohmctl_guess_add_number (GPtrArray *guesses,
                         const OhmEncoding *encoding,
                         const guint8 *registers,
                         gint64 now_us)
{
  guint cost = (encoding->is_low_first ? LOW_FIRST_COST : 0u) +
               (encoding->is_swapped ? SWAPPED_COST : 0u);
  const char *reason = "";
  OhmCell cell = { 0 };
  guint score;

  if (ohm_encoding_decode (encoding, registers, &cell) != OHM_QUALITY_GOOD ||
      !ohmctl_guess_is_shown (encoding, cell))
    return;
  score = ohmctl_guess_rate (encoding, registers, cell, now_us, &reason);
  if (score > cost)
    g_ptr_array_add (guesses, ohmctl_guess_new (encoding, score - cost, reason,
                                                ohmctl_guess_dup_value (encoding, cell)));
}

/* A number of 16 bits that is a mains value times ten or a hundred. */
static void
ohmctl_guess_add_scaled (GPtrArray *guesses, const guint8 *registers)
{
  static const struct
  {
    double scale;
    guint score;
  } scales[] = { { 0.01, 58 }, { 0.1, 60 } };

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      const OhmEncoding encoding = { .format = OHM_FORMAT_U16, .scale = scales[i].scale };
      const OhmctlRange *range;
      OhmCell cell = { 0 };

      ohm_encoding_decode (&encoding, registers, &cell);
      range = ohmctl_range_find (mains, G_N_ELEMENTS (mains), cell.real);
      if (range != NULL && range->score >= SCALED_MIN)
        g_ptr_array_add (guesses,
                         ohmctl_guess_new (&encoding, scales[i].score - (92 - range->score),
                                           range->reason,
                                           ohmctl_guess_dup_value (&encoding, cell)));
    }
}

static void
ohmctl_guess_add_numbers (GPtrArray *guesses, const guint8 *registers, guint n, gint64 now_us)
{
  for (OhmFormat format = OHM_FORMAT_U16; format < OHM_FORMAT_TEXT; format++)
    for (guint order = 0; order < 4; order++)
      {
        const OhmEncoding encoding = {
          .format = format,
          .is_low_first = (order & 1) != 0,
          .is_swapped = (order & 2) != 0,
        };
        guint needed = ohm_encoding_get_registers (&encoding);

        /* one register has no word order, and its bytes are hardly ever swapped */
        if (needed <= n && (needed > 1 || order == 0))
          ohmctl_guess_add_number (guesses, &encoding, registers, now_us);
      }
  ohmctl_guess_add_scaled (guesses, registers);
}

/* --- text --- */

static gboolean
ohmctl_guess_is_letter (guint8 byte)
{
  return g_ascii_isalnum (byte) || (byte != 0 && strchr (" .-_/", byte) != NULL);
}

/* Characters from the beginning on that are likely ones, as far as the text goes. */
static guint
ohmctl_guess_measure_text (const guint8 *registers, guint n, gboolean is_swapped)
{
  guint length = 0;

  while (length < 2 * n && ohmctl_guess_is_letter (registers[is_swapped ? length ^ 1 : length]))
    length++;
  return length;
}

/* Texts are padded with zeros, blanks aside. */
static gboolean
ohmctl_guess_is_padded (const guint8 *registers, guint n, guint length, gboolean is_swapped)
{
  return length < 2 * n && registers[is_swapped ? length ^ 1 : length] == 0;
}

static guint
ohmctl_guess_rate_text (guint length, gboolean is_padded)
{
  guint score = length >= TEXT_LONG ? 63 : 46;

  if (length >= TEXT_SURE)
    return 95;
  return is_padded ? score + 25 : score;
}

static void
ohmctl_guess_add_text (GPtrArray *guesses, const guint8 *registers, guint n, gboolean is_swapped)
{
  guint length = ohmctl_guess_measure_text (registers, n, is_swapped);
  gboolean is_padded = ohmctl_guess_is_padded (registers, n, length, is_swapped);
  OhmEncoding encoding = { .format = OHM_FORMAT_TEXT, .is_swapped = is_swapped };
  guint score = ohmctl_guess_rate_text (length, is_padded);

  if (length < TEXT_MIN)
    return;
  encoding.text_registers = (guint8) MIN ((length + 1) / 2, OHM_READ_REGISTERS_MAX);
  g_ptr_array_add (guesses, ohmctl_guess_new (&encoding, is_swapped ? score - SWAPPED_COST : score,
                                              "readable text",
                                              ohm_encoding_decode_text (&encoding, registers)));
}

/* --- all --- */

static int
ohmctl_guess_compare (gconstpointer a, gconstpointer b)
{
  const OhmctlGuess *left = *(OhmctlGuess *const *) a;
  const OhmctlGuess *right = *(OhmctlGuess *const *) b;

  if (left->score != right->score)
    return (int) right->score - (int) left->score;
  /* what needs less to be said comes first */
  return (int) left->encoding.format - (int) right->encoding.format;
}

/* The quiet NaN and the infinities, which devices use; other NaNs are integers. */
static gboolean
ohmctl_guess_is_nan (const guint8 *registers, guint n)
{
  return n >= 2 && (registers[0] & 0x7f) == 0x7f &&
         (registers[1] == 0xc0 || registers[1] == 0x80) && registers[2] == 0 && registers[3] == 0;
}

GPtrArray *
ohmctl_guess_list (const guint8 *registers, guint n, gint64 now_us)
{
  static const OhmEncoding word = { .format = OHM_FORMAT_U16 };
  static const OhmEncoding real = { .format = OHM_FORMAT_F32 };
  GPtrArray *guesses = g_ptr_array_new_with_free_func (ohmctl_guess_free);

  g_return_val_if_fail (n >= 1, guesses);

  if (registers[0] == 0 && registers[1] == 0)
    g_ptr_array_add (guesses, ohmctl_guess_new (&word, 10, "zero in any format", g_strdup ("0")));
  if (ohmctl_guess_is_nan (registers, n))
    g_ptr_array_add (guesses,
                     ohmctl_guess_new (&real, 80, "no value (not a number)", g_strdup ("nan")));
  ohmctl_guess_add_text (guesses, registers, n, /* is_swapped */ FALSE);
  ohmctl_guess_add_text (guesses, registers, n, /* is_swapped */ TRUE);
  ohmctl_guess_add_numbers (guesses, registers, n, now_us);
  g_ptr_array_sort (guesses, ohmctl_guess_compare);
  return guesses;
}

char *
ohmctl_guess_dup_format (const OhmctlGuess *self)
{
  const OhmEncoding *encoding = &self->encoding;
  GString *text = g_string_new (ohm_format_to_string (encoding->format));

  if (encoding->format == OHM_FORMAT_TEXT)
    g_string_append_printf (text, "%u", encoding->text_registers);
  if (encoding->is_low_first)
    g_string_append (text, " words=low-first");
  if (encoding->is_swapped)
    g_string_append (text, " bytes=swapped");
  if (encoding->scale > 0)
    {
      g_autofree char *scale = ohmctl_format_shortest (encoding->scale);

      g_string_append_printf (text, " *%s", scale);
    }
  return g_string_free (text, FALSE);
}
