/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>
#include <string.h>

#include "ohm-encoding.h"

typedef struct
{
  const char *label;
  OhmEncoding encoding;
  guint8 bytes[8];
  OhmQuality quality;
  gint64 integer;
  double real;
} Case;

/* Reals where ohm_encoding_is_integer() says so. */
static const Case cases[] = {
  { "u16", { .format = OHM_FORMAT_U16 }, { 0xff, 0xfe }, OHM_QUALITY_GOOD, 65534 },
  { "i16", { .format = OHM_FORMAT_I16 }, { 0xff, 0xfe }, OHM_QUALITY_GOOD, -2 },
  { "u32", { .format = OHM_FORMAT_U32 }, { 0xff, 0xff, 0xff, 0xfe }, OHM_QUALITY_GOOD, 4294967294 },
  { "i32", { .format = OHM_FORMAT_I32 }, { 0xff, 0xff, 0xff, 0xfe }, OHM_QUALITY_GOOD, -2 },
  { "i32 positive", { .format = OHM_FORMAT_I32 }, { 0x7f, 0, 0, 1 }, OHM_QUALITY_GOOD, 0x7f000001 },
  { "u64",
    { .format = OHM_FORMAT_U64 },
    { 0, 1, 2, 3, 4, 5, 6, 7 },
    OHM_QUALITY_GOOD,
    0x1020304050607 },
  { "u64 largest",
    { .format = OHM_FORMAT_U64 },
    { 0x7f, 255, 255, 255, 255, 255, 255, 255 },
    OHM_QUALITY_GOOD,
    G_MAXINT64 },
  { "u64 too large", { .format = OHM_FORMAT_U64 }, { 0x80 }, OHM_QUALITY_MISSING },
  { "u64 too large, scaled",
    { .format = OHM_FORMAT_U64, .scale = 0.1 },
    { 0x80 },
    OHM_QUALITY_MISSING },
  { "i64",
    { .format = OHM_FORMAT_I64 },
    { 255, 255, 255, 255, 255, 255, 255, 0xfe },
    OHM_QUALITY_GOOD,
    -2 },
  { "i64 smallest", { .format = OHM_FORMAT_I64 }, { 0x80 }, OHM_QUALITY_GOOD, G_MININT64 },
  { "epoch32", { .format = OHM_FORMAT_EPOCH32 }, { 0x80, 0, 0, 1 }, OHM_QUALITY_GOOD, 2147483649 },
  { "f32", { .format = OHM_FORMAT_F32 }, { 0x43, 0x66, 0x80, 0 }, OHM_QUALITY_GOOD, 0, 230.5 },
  { "f32 scaled",
    { .format = OHM_FORMAT_F32, .scale = 1000 },
    { 0x3f, 0xc0, 0, 0 },
    OHM_QUALITY_GOOD,
    0,
    1500 },
  { "f32 nan", { .format = OHM_FORMAT_F32 }, { 0x7f, 0xc0 }, OHM_QUALITY_MISSING },
  { "f32 infinity", { .format = OHM_FORMAT_F32 }, { 0x7f, 0x80 }, OHM_QUALITY_MISSING },
  { "f32 -infinity", { .format = OHM_FORMAT_F32 }, { 0xff, 0x80 }, OHM_QUALITY_MISSING },
  { "f64",
    { .format = OHM_FORMAT_F64 },
    { 0x40, 0x6c, 0xd0, 0, 0, 0, 0, 0 },
    OHM_QUALITY_GOOD,
    0,
    230.5 },
  { "f64 nan", { .format = OHM_FORMAT_F64 }, { 0x7f, 0xf8 }, OHM_QUALITY_MISSING },
  { "f64 infinity", { .format = OHM_FORMAT_F64 }, { 0x7f, 0xf0 }, OHM_QUALITY_MISSING },
  { "f64 scaled past the largest",
    { .format = OHM_FORMAT_F64, .scale = 1e10 },
    { 0x7f, 0xef, 255, 255, 255, 255, 255, 255 },
    OHM_QUALITY_MISSING },
  { "low word first",
    { .format = OHM_FORMAT_U32, .is_low_first = TRUE },
    { 3, 4, 1, 2 },
    OHM_QUALITY_GOOD,
    0x01020304 },
  { "swapped bytes",
    { .format = OHM_FORMAT_U32, .is_swapped = TRUE },
    { 2, 1, 4, 3 },
    OHM_QUALITY_GOOD,
    0x01020304 },
  { "little endian",
    { .format = OHM_FORMAT_U64, .is_swapped = TRUE, .is_low_first = TRUE },
    { 8, 7, 6, 5, 4, 3, 2, 1 },
    OHM_QUALITY_GOOD,
    0x0102030405060708 },
  { "f32 low word first",
    { .format = OHM_FORMAT_F32, .is_low_first = TRUE },
    { 0x80, 0, 0x43, 0x66 },
    OHM_QUALITY_GOOD,
    0,
    230.5 },
  { "missing",
    { .format = OHM_FORMAT_U16, .has_missing = TRUE, .missing = 0xffff },
    { 0xff, 0xff },
    OHM_QUALITY_MISSING },
  { "missing, sign extended",
    { .format = OHM_FORMAT_I16,
      .has_missing = TRUE,
      .missing = (guint64) G_GINT64_CONSTANT (-32768) },
    { 0x80, 0 },
    OHM_QUALITY_MISSING },
  { "missing not met",
    { .format = OHM_FORMAT_U16, .has_missing = TRUE, .missing = 0xffff },
    { 0xff, 0xfe },
    OHM_QUALITY_GOOD,
    65534 },
  { "missing f32",
    { .format = OHM_FORMAT_F32, .has_missing = TRUE, .missing = 0xc479c000 },
    { 0xc4, 0x79, 0xc0, 0 },
    OHM_QUALITY_MISSING },
  { "scale of one",
    { .format = OHM_FORMAT_I16, .scale = 1 },
    { 0xff, 0xfe },
    OHM_QUALITY_GOOD,
    -2 },
  { "scaled",
    { .format = OHM_FORMAT_I16, .scale = 0.1 },
    { 0xff, 0xfe },
    OHM_QUALITY_GOOD,
    0,
    -0.2 },
  { "scaled, negative",
    { .format = OHM_FORMAT_U16, .scale = -1 },
    { 0, 5 },
    OHM_QUALITY_GOOD,
    0,
    -5 },
  { "bits",
    { .format = OHM_FORMAT_U16, .is_bit_field = TRUE, .bit_high = 11, .bit_low = 4 },
    { 0x1a, 0xbc },
    OHM_QUALITY_GOOD,
    0xab },
  { "bit 0",
    { .format = OHM_FORMAT_U16, .is_bit_field = TRUE },
    { 0xff, 0xff },
    OHM_QUALITY_GOOD,
    1 },
  { "bits of a signed format are not signed",
    { .format = OHM_FORMAT_I16, .is_bit_field = TRUE, .bit_high = 15, .bit_low = 15 },
    { 0x80, 0 },
    OHM_QUALITY_GOOD,
    1 },
  { "all bits",
    { .format = OHM_FORMAT_U64, .is_bit_field = TRUE, .bit_high = 63, .bit_low = 0 },
    { 0x80 },
    OHM_QUALITY_MISSING },
  { "bits beyond the format",
    { .format = OHM_FORMAT_U16, .is_bit_field = TRUE, .bit_high = 200, .bit_low = 100 },
    { 0xff, 0xff },
    OHM_QUALITY_GOOD,
    0 },
  { "bits the wrong way round",
    { .format = OHM_FORMAT_U16, .is_bit_field = TRUE, .bit_high = 1, .bit_low = 5 },
    { 0xff, 0xff },
    OHM_QUALITY_GOOD,
    0 },
};

static void
test_encoding_decode (gconstpointer data)
{
  const Case *c = data;
  OhmCell cell;

  g_assert_cmpint (ohm_encoding_decode (&c->encoding, c->bytes, &cell), ==, c->quality);
  if (c->quality != OHM_QUALITY_GOOD)
    g_assert_cmpint (cell.integer, ==, 0);
  else if (ohm_encoding_is_integer (&c->encoding))
    g_assert_cmpint (cell.integer, ==, c->integer);
  else
    g_assert_cmpfloat_with_epsilon (cell.real, c->real, fabs (c->real) * 1e-12);
}

static gboolean
fixture_is_odd (const Case *c)
{
  return c->quality != OHM_QUALITY_GOOD || c->encoding.bit_low > c->encoding.bit_high ||
         c->encoding.bit_high > 63;
}

/* What was decoded encodes to the same registers, bits beside a field apart. */
static void
test_encoding_round_trip (gconstpointer data)
{
  const Case *c = data;
  guint8 bytes[8] = { 0 };
  OhmCell cell;
  OhmCell again;

  ohm_encoding_decode (&c->encoding, c->bytes, &cell);
  ohm_encoding_encode (&c->encoding, cell, bytes);
  if (!c->encoding.is_bit_field)
    g_assert_true (memcmp (bytes, c->bytes, sizeof bytes) == 0);
  g_assert_cmpint (ohm_encoding_decode (&c->encoding, bytes, &again), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (again.integer, ==, cell.integer);
}

/* Tariffs of a counter that has no total. */
static void
test_encoding_sum (void)
{
  OhmEncoding encoding = { .format = OHM_FORMAT_I16, .terms = 3 };
  guint8 shorts[6] = { 0x7f, 0xff, 0xff, 0xfe, 0, 5 };
  guint8 longs[16] = { 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 1 };
  guint8 doubles[16] = { 0x40, 0x6c, 0xd0, 0, 0, 0, 0, 0, 0x40, 0x6c, 0xd0 };
  OhmCell cell;

  g_assert_cmpuint (ohm_encoding_get_registers (&encoding), ==, 3);
  g_assert_true (ohm_encoding_is_integer (&encoding));
  g_assert_cmpint (ohm_encoding_decode (&encoding, shorts, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cell.integer, ==, 32767 - 2 + 5);
  encoding.scale = 0.5;
  g_assert_cmpint (ohm_encoding_decode (&encoding, shorts, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cell.real, 16385, 1e-9);

  /* one of them missing is all missing; so is what 64 bits do not hold */
  encoding.has_missing = TRUE;
  encoding.missing = 5;
  g_assert_cmpint (ohm_encoding_decode (&encoding, shorts, &cell), ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (cell.integer, ==, 0);
  encoding = (OhmEncoding){ .format = OHM_FORMAT_I64, .terms = 2 };
  g_assert_cmpint (ohm_encoding_decode (&encoding, longs, &cell), ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (cell.integer, ==, 0);
  longs[15] = 0;
  g_assert_cmpint (ohm_encoding_decode (&encoding, longs, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cell.integer, ==, G_MAXINT64);
  encoding.format = OHM_FORMAT_F64;
  g_assert_cmpint (ohm_encoding_decode (&encoding, doubles, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cell.real, 461, 1e-9);
  doubles[8] = 0x7f;
  doubles[9] = 0xf8;
  g_assert_cmpint (ohm_encoding_decode (&encoding, doubles, &cell), ==, OHM_QUALITY_MISSING);

  /* the way back: nobody knows the terms */
  ohm_encoding_encode (&encoding, (OhmCell){ .real = 230.5 }, longs);
  g_assert_cmpint (ohm_encoding_decode (&encoding, longs, &cell), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cell.real, 230.5, 1e-9);
}

static guint64
fixture_encode (OhmFormat format, double scale, OhmCell cell)
{
  OhmEncoding encoding = { .format = format, .scale = scale };
  guint8 bytes[8] = { 0 };
  guint64 raw = 0;

  ohm_encoding_encode (&encoding, cell, bytes);
  for (guint i = 0; i < 2 * ohm_encoding_get_registers (&encoding); i++)
    raw = raw << 8 | bytes[i];
  return raw;
}

#define INTEGER(value) ((OhmCell){ .integer = (value) })
#define REAL(value)    ((OhmCell){ .real = (value) })

static void
test_encoding_clamp (void)
{
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0, INTEGER (70000)), ==, 0xffff);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0, INTEGER (-1)), ==, 0);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I16, 0, INTEGER (70000)), ==, 0x7fff);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I16, 0, INTEGER (-70000)), ==, 0x8000);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I32, 0, INTEGER (G_MININT64)), ==, 0x80000000);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I64, 0, INTEGER (G_MININT64)), ==,
                   (guint64) G_MININT64);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U64, 0, INTEGER (G_MAXINT64)), ==, G_MAXINT64);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U64, 0, INTEGER (-5)), ==, 0);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0.5, REAL (1e9)), ==, 0xffff);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0.5, REAL (-3)), ==, 0);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0.1, REAL (1.26)), ==, 13);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I16, 0.5, REAL (-1e9)), ==, 0x8000);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I16, 0.5, REAL (-1)), ==, 0xfffe);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I64, 0.5, REAL (1e300)), ==, G_MAXINT64);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_I64, 0.5, REAL (-1e300)), ==, (guint64) G_MININT64);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U64, 0.5, REAL (1e300)), ==, G_MAXINT64);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_F32, 0, REAL (1e300)), ==, 0x7f7fffff);
  g_assert_cmphex (fixture_encode (OHM_FORMAT_F32, 0, REAL (-1e300)), ==, 0xff7fffff);
}

static void
test_encoding_not_finite (void)
{
  static const double values[] = { NAN, INFINITY, -INFINITY };
  static const OhmEncoding encodings[] = {
    { .format = OHM_FORMAT_F32 },
    { .format = OHM_FORMAT_F64 },
    { .format = OHM_FORMAT_U64, .scale = 0.5 },
    { .format = OHM_FORMAT_I16, .scale = 0.5, .has_missing = TRUE, .missing = 0x8000 },
    { .format = OHM_FORMAT_F32, .has_missing = TRUE, .missing = 0xc479c000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (encodings); i++)
    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      {
        guint8 bytes[8] = { 0 };
        OhmCell cell;

        ohm_encoding_encode (&encodings[i], REAL (values[j]), bytes);
        g_assert_cmpint (ohm_encoding_decode (&encodings[i], bytes, &cell), ==,
                         OHM_QUALITY_MISSING);
      }
  g_assert_cmphex (fixture_encode (OHM_FORMAT_U16, 0.5, REAL (NAN)), ==, 0);
}

/* Every encoding, with random registers: decoding what decoding brought encodes to a fixed point.
 */
static void
test_encoding_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260101);

  for (guint i = 0; i < 100000; i++)
    {
      OhmEncoding encoding = {
        .format = (OhmFormat) g_rand_int_range (rand, 0, OHM_FORMAT_TEXT),
        .is_low_first = g_rand_boolean (rand),
        .is_swapped = g_rand_boolean (rand),
      };
      guint8 bytes[8] = { 0 };
      guint8 again[8] = { 0 };
      OhmCell cell;

      for (guint j = 0; j < 2 * ohm_encoding_get_registers (&encoding); j++)
        bytes[j] = (guint8) g_rand_int (rand);
      if (ohm_encoding_decode (&encoding, bytes, &cell) != OHM_QUALITY_GOOD)
        continue;
      ohm_encoding_encode (&encoding, cell, again);
      g_assert_true (memcmp (bytes, again, sizeof bytes) == 0);
    }
}

static char *
fixture_decode_text (const char *bytes, gsize length, gboolean is_swapped)
{
  OhmEncoding encoding = { .format = OHM_FORMAT_TEXT,
                           .text_registers = 8,
                           .is_swapped = is_swapped };
  guint8 registers[16] = { 0 };

  memcpy (registers, bytes, MIN (length, sizeof registers));
  return ohm_encoding_decode_text (&encoding, registers);
}

static void
test_encoding_text (void)
{
  static const struct
  {
    const char *bytes;
    gboolean is_swapped;
    const char *text;
  } texts[] = {
    { "UMG 96RM", FALSE, "UMG 96RM" },
    { "MU G69MR", TRUE, "UMG 96RM" },
    { "  padded   ", FALSE, "padded" },
    { "", FALSE, "" },
    { "    ", FALSE, "" },
    { "K\303\274che", FALSE, "K\303\274che" },
    { "K\374che", FALSE, "K\303\274che" },
    { "a\tb\nc\033[2J", FALSE, "a b c [2J" },
    { "a\342\200\256b", FALSE, "a b" },
    { "a\342\200\250b", FALSE, "a b" },
    { "a\205b", FALSE, "a b" },
    { "abc\377\377\377\377\377\377\377\377\377\377\377\377\377", FALSE, "abc" },
    { "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", FALSE, "" },
    { "sixteen letters!", FALSE, "sixteen letters!" },
    { "fifteen letters\303", FALSE, "fifteen letters" },
    { "fourteen lett \342\202", FALSE, "fourteen lett" },
    { "not at end \303", FALSE, "not at end \303\203" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = fixture_decode_text (texts[i].bytes, strlen (texts[i].bytes),
                                                   texts[i].is_swapped);

      g_assert_cmpstr (text, ==, texts[i].text);
    }
}

static void
test_encoding_text_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 100000; i++)
    {
      char bytes[16];
      g_autofree char *text = NULL;

      for (guint j = 0; j < sizeof bytes; j++)
        bytes[j] = (char) g_rand_int (rand);
      text = fixture_decode_text (bytes, sizeof bytes, g_rand_boolean (rand));
      g_assert_true (g_utf8_validate (text, -1, NULL));
      for (char *c = text; *c != '\0'; c = g_utf8_next_char (c))
        g_assert_cmpint (g_unichar_type (g_utf8_get_char (c)), !=, G_UNICODE_CONTROL);
    }
}

static void
test_encoding_text_back (void)
{
  static const char *const texts[] = { "", "abc", "abcd", "K\303\274che" };
  OhmEncoding encoding = { .format = OHM_FORMAT_TEXT, .text_registers = 4 };
  guint8 registers[8];

  for (guint i = 0; i < 2 * G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = NULL;

      encoding.is_swapped = i % 2 != 0;
      ohm_encoding_encode_text (&encoding, texts[i / 2], registers);
      text = ohm_encoding_decode_text (&encoding, registers);
      g_assert_cmpstr (text, ==, texts[i / 2]);
    }
  encoding.is_swapped = FALSE;
  ohm_encoding_encode_text (&encoding, "1234567\303\274", registers);
  g_assert_true (memcmp (registers, "1234567\0", 8) == 0);
}

static void
test_encoding_registers (void)
{
  static const guint registers[] = { 1, 1, 2, 2, 4, 4, 2, 4, 2 };

  for (guint i = 0; i < OHM_FORMAT_TEXT; i++)
    g_assert_cmpuint (ohm_encoding_get_registers (&(OhmEncoding){ .format = (OhmFormat) i }), ==,
                      registers[i]);
  for (guint n = 0; n < 256; n++)
    {
      OhmEncoding encoding = { .format = OHM_FORMAT_TEXT, .text_registers = (guint8) n };

      g_assert_cmpuint (ohm_encoding_get_registers (&encoding), ==, CLAMP (n, 1, 125));
    }
}

static void
test_encoding_integer (void)
{
  for (guint i = 0; i <= OHM_FORMAT_TEXT; i++)
    {
      OhmEncoding encoding = { .format = (OhmFormat) i };
      gboolean is_integer = i != OHM_FORMAT_F32 && i != OHM_FORMAT_F64 && i != OHM_FORMAT_TEXT;

      g_assert_cmpint (ohm_encoding_is_integer (&encoding), ==, is_integer);
      encoding.scale = 1;
      g_assert_cmpint (ohm_encoding_is_integer (&encoding), ==, is_integer);
      encoding.scale = 10;
      g_assert_false (ohm_encoding_is_integer (&encoding));
      encoding.scale = -1;
      g_assert_false (ohm_encoding_is_integer (&encoding));
    }
}

static void
test_encoding_formats (void)
{
  static const char *const bad[] = { "",       "u8",      "U16",    "u16 ",  "text",  "text0",
                                     "text01", "text126", "text-1", "textx", "text1x" };
  OhmFormat format;
  guint8 n;

  for (guint i = 0; i < OHM_FORMAT_TEXT; i++)
    {
      n = 99;
      g_assert_true (ohm_format_parse (ohm_format_to_string ((OhmFormat) i), &format, &n));
      g_assert_cmpint (format, ==, i);
      g_assert_cmpint (n, ==, 0);
    }
  g_assert_true (ohm_format_parse ("text16", &format, &n));
  g_assert_cmpint (format, ==, OHM_FORMAT_TEXT);
  g_assert_cmpint (n, ==, 16);
  g_assert_true (ohm_format_parse ("text125", &format, &n));
  g_assert_cmpint (n, ==, 125);
  g_assert_cmpstr (ohm_format_to_string (OHM_FORMAT_TEXT), ==, "text");
  g_assert_cmpstr (ohm_format_to_string (OHM_FORMAT_EPOCH32), ==, "epoch32");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (ohm_format_parse (bad[i], &format, &n));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *decode = g_strconcat ("/encoding/decode/", cases[i].label, NULL);
      g_autofree char *back = g_strconcat ("/encoding/round-trip/", cases[i].label, NULL);

      g_test_add_data_func (decode, &cases[i], test_encoding_decode);
      if (!fixture_is_odd (&cases[i]))
        g_test_add_data_func (back, &cases[i], test_encoding_round_trip);
    }
  g_test_add_func ("/encoding/sum", test_encoding_sum);
  g_test_add_func ("/encoding/clamp", test_encoding_clamp);
  g_test_add_func ("/encoding/not-finite", test_encoding_not_finite);
  g_test_add_func ("/encoding/random", test_encoding_random);
  g_test_add_func ("/encoding/text", test_encoding_text);
  g_test_add_func ("/encoding/text-random", test_encoding_text_random);
  g_test_add_func ("/encoding/text-back", test_encoding_text_back);
  g_test_add_func ("/encoding/registers", test_encoding_registers);
  g_test_add_func ("/encoding/integer", test_encoding_integer);
  g_test_add_func ("/encoding/formats", test_encoding_formats);
  return g_test_run ();
}
