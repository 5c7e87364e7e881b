/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohmctl-error.h"
#include "ohmctl-guess-walk.h"
#include "ohmctl-guess.h"
#include "ohmctl-new-profile.h"
#include "ohmctl-register.h"

/* 2026-11-22T10:15:00Z */
#define NOW_S 1795342500

typedef struct
{
  const char *name;
  guint16 registers[8];
  guint n;
  const char *format; /* of the likely one */
  const char *value;
} TestGuess;

/* What the values are is known by where they were read: address lists of the meters in plugins/,
 * values of their simulated recordings. */
static const TestGuess cases[] = {
  { "f32 voltage", { 0x4366, 0x6664 }, 2, "f32", "230.4" },
  { "f32 low word first", { 0x6664, 0x4366 }, 2, "f32 words=low-first", "230.4" },
  { "f32 swapped bytes", { 0x6643, 0x6466 }, 2, "f32 bytes=swapped", "230.4" },
  { "f32 all swapped", { 0x6466, 0x6643 }, 2, "f32 words=low-first bytes=swapped", "230.4" },
  { "f32 between phases", { 0x43c7, 0xcccd }, 2, "f32", "399.6" },
  { "f32 frequency", { 0x4247, 0xef9e }, 2, "f32", "49.984" },
  { "f32 current", { 0x4144, 0x0000 }, 2, "f32", "12.25" },
  { "f32 two currents", { 0x406c, 0xcccd, 0x40a3, 0x3333 }, 4, "f32", "3.7" },
  { "f32 negative power", { 0xc540, 0xec00 }, 2, "f32", "-3086.75" },
  { "f32 power factor", { 0x3f78, 0xa71e }, 2, "f32", "0.9713" },
  { "f32 energy", { 0x4b2b, 0x7570 }, 2, "f32", "11236720" },
  { "f32 of several", { 0x4366, 0x6664, 0x4367, 0x199a, 0x4365, 0xcccd }, 6, "f32", "230.4" },
  { "f32 no value", { 0x7fc0, 0x0000 }, 2, "f32", "nan" },
  { "f64 voltage", { 0x406c, 0xcccc, 0xcccc, 0xcccd }, 4, "f64", "230.4" },
  { "f64 low word first", { 0xcccd, 0xcccc, 0xcccc, 0x406c }, 4, "f64 words=low-first", "230.4" },
  { "f64 round", { 0x406c, 0xc000, 0x0000, 0x0000 }, 4, "f64", "230" },
  { "u16 volts", { 230, 231, 229 }, 3, "u16", "230" },
  { "u16 tenths of a volt", { 2304, 2311, 2298 }, 3, "u16 *0.1", "230.4" },
  { "u16 hundredths of a hertz", { 4998, 0, 0 }, 3, "u16 *0.01", "49.98" },
  { "u16 alone", { 1234 }, 1, "u16", "1234" },
  { "i16 alone", { 0xfff6 }, 1, "i16", "-10" },
  { "u16 no value", { 0xffff }, 1, "u16", "65535" },
  { "u32 counter", { 0x0001, 0xe240 }, 2, "u32", "123456" },
  { "u32 low word first", { 0xe240, 0x0001 }, 2, "u32 words=low-first", "123456" },
  { "u32 small", { 0, 4660 }, 2, "u32", "4660" },
  { "u32 two small ones", { 0, 1000, 0, 2000 }, 4, "u32", "1000" },
  { "i32 negative", { 0xffff, 0xd8f0 }, 2, "i32", "-10000" },
  { "u64 past 32 bits", { 0, 0x0012, 0x3456, 0x789a }, 4, "u64", "78187493530" },
  { "u64 low word first", { 0x789a, 0x3456, 0x0012, 0 }, 4, "u64 words=low-first", "78187493530" },
  { "u64 small", { 0, 0, 1, 0xe240 }, 4, "u64", "123456" },
  { "i64 negative", { 0xffff, 0xffff, 0xffff, 0xd8f0 }, 4, "i64", "-10000" },
  { "epoch", { 0x6b02, 0xc0a4 }, 2, "epoch32", "2026-11-22 10:15:00" },
  { "text", { 0x554d, 0x4720, 0x3936, 0x524d, 0x2d45, 0x0000 }, 6, "text5", "UMG 96RM-E" },
  { "text of six", { 0x5044, 0x3230, 0x3030, 0x0000 }, 4, "text3", "PD2000" },
  { "zero", { 0, 0, 0, 0 }, 4, "u16", "0" },
};

static void
test_guess_pack (const TestGuess *row, guint8 *bytes)
{
  for (guint i = 0; i < row->n; i++)
    {
      bytes[2 * i] = (guint8) (row->registers[i] >> 8);
      bytes[2 * i + 1] = (guint8) row->registers[i];
    }
}

static void
test_guess_likely (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 bytes[16];
      g_autoptr (GPtrArray) guesses = NULL;
      g_autofree char *format = NULL;

      g_test_message ("%s", cases[i].name);
      test_guess_pack (&cases[i], bytes);
      guesses = ohmctl_guess_list (bytes, cases[i].n, NOW_S * (gint64) G_USEC_PER_SEC);
      g_assert_cmpuint (guesses->len, >, 0);
      format = ohmctl_guess_dup_format (guesses->pdata[0]);
      g_assert_cmpstr (format, ==, cases[i].format);
      g_assert_cmpstr (((OhmctlGuess *) guesses->pdata[0])->value, ==, cases[i].value);
    }
}

/* All of them are sorted, fit the registers there are, and say why. */
static void
test_guess_all (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 bytes[16];
      g_autoptr (GPtrArray) guesses = NULL;
      guint last = 100;

      test_guess_pack (&cases[i], bytes);
      guesses = ohmctl_guess_list (bytes, cases[i].n, NOW_S * (gint64) G_USEC_PER_SEC);
      for (guint k = 0; k < guesses->len; k++)
        {
          const OhmctlGuess *guess = guesses->pdata[k];

          g_assert_cmpuint (guess->score, <=, last);
          g_assert_cmpuint (guess->score, >, 0);
          g_assert_cmpuint (guess->registers, <=, cases[i].n);
          g_assert_true (guess->reason[0] != '\0' && guess->value[0] != '\0');
          last = guess->score;
        }
    }
}

/* Denormal and huge numbers are no readings at all. */
static void
test_guess_out (void)
{
  const guint8 denormal[] = { 0x00, 0x01, 0xe2, 0x40 };
  const guint8 huge[] = { 0x7e, 0x66, 0x43, 0x66 };
  const guint8 *both[] = { denormal, huge };

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) guesses = ohmctl_guess_list (both[i], 2, 0);

      for (guint k = 0; k < guesses->len; k++)
        {
          g_autofree char *format = ohmctl_guess_dup_format (guesses->pdata[k]);

          g_assert_cmpstr (format, !=, "f32");
        }
    }
}

/* `FORMAT VALUE` of values in a row. */
static void
test_guess_assert_walk (const guint16 *words, guint n, const char *expected)
{
  g_autofree guint8 *bytes = g_malloc0 (2 * n);
  g_autoptr (GPtrArray) steps = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  guint next = 0;

  for (guint i = 0; i < n; i++)
    {
      bytes[2 * i] = (guint8) (words[i] >> 8);
      bytes[2 * i + 1] = (guint8) words[i];
    }
  steps = ohmctl_guess_walk (bytes, n, (gint64) NOW_S * G_USEC_PER_SEC);
  for (guint i = 0; i < steps->len; i++)
    {
      const OhmctlGuessStep *step = steps->pdata[i];
      const OhmctlGuess *guess = step->guesses->pdata[0];
      g_autofree char *format = ohmctl_guess_dup_format (guess);

      g_assert_cmpuint (step->index, ==, next);
      next += guess->registers;
      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", format, guess->value);
    }
  g_assert_cmpuint (next, ==, n);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Values of one block have one width: zeros and letters among them do not shift it. */
static void
test_guess_walk (void)
{
  static const guint16 zeros[] = {
    0x4365, 0x0211, 0, 0, 0, 0, 0x4365, 0xae13, 0, 0, 0x4b79, 0x77b1
  };
  static const guint16 first[] = { 0, 0, 0x4365, 0x0211, 0x4365, 0xae13 };
  static const guint16 letters[] = { 0x4247, 0xfe98, 0x4b6f, 0x6632, 0x4b37,
                                     0x5551, 0x4b37, 0x4b58, 0x4c61, 0x81b7 };
  static const guint16 text[] = { 0x4365, 0x0211, 0x4a61, 0x6e69, 0x747a, 0x6120,
                                  0x5547, 0x3936, 0x0000, 0x0000, 0x4365, 0xae13 };
  static const guint16 counters[] = { 0x4365, 0x0211, 0x0001, 0xe240, 0x4365, 0xae13 };
  static const guint16 words[] = { 0x4365, 0x0211, 230, 231, 229 };

  test_guess_assert_walk (zeros, G_N_ELEMENTS (zeros),
                          "f32 229.0081, f32 0, f32 0, f32 229.68, f32 0, f32 16349105");
  test_guess_assert_walk (first, G_N_ELEMENTS (first), "u16 0, f32 229.0081, f32 229.68");
  test_guess_assert_walk (letters, G_N_ELEMENTS (letters),
                          "f32 49.99863, f32 15689266, f32 12014929, f32 12012376, f32 59115228");
  test_guess_assert_walk (text, G_N_ELEMENTS (text),
                          "f32 229.0081, text6 Janitza UG96, f32 0, f32 229.68");
  test_guess_assert_walk (counters, G_N_ELEMENTS (counters),
                          "f32 229.0081, u32 123456, f32 229.68");
  test_guess_assert_walk (words, G_N_ELEMENTS (words), "f32 229.0081, u16 230, u16 231, u16 229");
}

static void
test_register_notations (void)
{
  static const struct
  {
    const char *text;
    gboolean is_modicon;
    guint address;
    guint function;
  } rows[] = {
    { "0", FALSE, 0, 0 },           { "19000", FALSE, 19000, 0 },  { "65535", FALSE, 65535, 0 },
    { "0x4a38", FALSE, 19000, 0 },  { "0X4A38", FALSE, 19000, 0 }, { "40001", FALSE, 40001, 0 },
    { "4x19001", FALSE, 19000, 3 }, { "3x1", FALSE, 0, 4 },        { "4X65536", FALSE, 65535, 3 },
    { "40001", TRUE, 0, 3 },        { "49999", TRUE, 9998, 3 },    { "30001", TRUE, 0, 4 },
    { "419001", TRUE, 19000, 3 },   { "465536", TRUE, 65535, 3 },  { "300001", TRUE, 0, 4 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      guint16 address = 0;
      guint8 function = 0;

      g_assert_true (
        ohmctl_register_parse (rows[i].text, rows[i].is_modicon, &address, &function, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (address, ==, rows[i].address);
      g_assert_cmpuint (function, ==, rows[i].function);
    }
}

static void
test_register_refused (void)
{
  static const struct
  {
    const char *text;
    gboolean is_modicon;
  } rows[] = {
    { "", FALSE },     { "-1", FALSE },  { "65536", FALSE },   { "0x10000", FALSE },
    { "0x", FALSE },   { "4x0", FALSE }, { "4x65537", FALSE }, { "2x1", FALSE },
    { "4x", FALSE },   { "12a", FALSE }, { "40000", TRUE },    { "10001", TRUE },
    { "19000", TRUE }, { "4001", TRUE }, { "465537", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      guint16 address;
      guint8 function;

      g_assert_false (
        ohmctl_register_parse (rows[i].text, rows[i].is_modicon, &address, &function, &error));
      g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
    }
}

static void
test_register_texts (void)
{
  g_autofree char *holding = ohmctl_register_dup_notations (19000, 3);
  g_autofree char *input = ohmctl_register_dup_notations (0, 4);
  g_autofree char *doubt = ohmctl_register_dup_doubt ("40001");
  g_autofree char *sure = ohmctl_register_dup_doubt ("19000");

  g_assert_cmpstr (holding, ==, "19000 (0x4a38; 4x19001 counted from 1)");
  g_assert_cmpstr (input, ==, "0 (0x0000; 3x1 counted from 1)");
  g_assert_nonnull (strstr (doubt, "holding register number 1"));
  g_assert_null (sure);
}

static void
test_new_profile_add (OhmctlNewProfile *profile, const char *name, guint first, guint8 *bytes)
{
  const OhmctlRegisters registers = { NULL, 1, 4, first, 2, bytes };

  ohmctl_new_profile_add (profile, name, &registers);
}

/* What is written loads, and says again what was guessed. */
static void
test_new_profile_loads (void)
{
  g_autoptr (OhmctlNewProfile) profile = ohmctl_new_profile_new ("acme-42");
  guint8 voltage[] = { 0x43, 0x66, 0x66, 0x64 };
  guint8 counter[] = { 0x00, 0x01, 0xe2, 0x40 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  test_new_profile_add (profile, "voltage.l1-n", 0, voltage);
  test_new_profile_add (profile, "energy-active-import.total", 72, counter);
  test_new_profile_add (profile, "serial", 100, counter);
  text = ohmctl_new_profile_end (profile, "192.0.2.10", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "of the device at 192.0.2.10"));
  g_assert_nonnull (strstr (text, "functions = 4\n"));
  g_assert_nonnull (strstr (text, "told 4366 6664: 230.4, a mains voltage\n"));
  g_assert_nonnull (strstr (text, "voltage.l1-n = 0 f32 fn=4\n"));
  g_assert_nonnull (strstr (text, "energy-active-import.total = 72 u32 fn=4 slot\n"));
  g_assert_nonnull (strstr (text, "serial = 100 u32 fn=4\n"));
}

static void
test_new_profile_refused (void)
{
  g_autoptr (OhmctlNewProfile) empty = ohmctl_new_profile_new ("acme-42");
  g_autoptr (OhmctlNewProfile) twice = ohmctl_new_profile_new ("acme-42");
  guint8 voltage[] = { 0x43, 0x66, 0x66, 0x64 };
  g_autoptr (GError) error = NULL;
  g_autofree char *text = ohmctl_new_profile_end (empty, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (text);
  test_new_profile_add (twice, "voltage.l1-n", 0, voltage);
  test_new_profile_add (twice, "voltage.l1-n", 2, voltage);
  g_assert_null (ohmctl_new_profile_end (twice, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_clear_error (&error);
  g_assert_true (ohmctl_new_profile_check_name ("firmware", &error));
  g_assert_true (ohmctl_new_profile_check_name ("in3.pulse-count", &error));
  g_assert_false (ohmctl_new_profile_check_name ("voltag.l1", &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl-guess/likely", test_guess_likely);
  g_test_add_func ("/ohmctl-guess/all", test_guess_all);
  g_test_add_func ("/ohmctl-guess/walk", test_guess_walk);
  g_test_add_func ("/ohmctl-guess/out", test_guess_out);
  g_test_add_func ("/ohmctl-register/notations", test_register_notations);
  g_test_add_func ("/ohmctl-register/refused", test_register_refused);
  g_test_add_func ("/ohmctl-register/texts", test_register_texts);
  g_test_add_func ("/ohmctl-new-profile/loads", test_new_profile_loads);
  g_test_add_func ("/ohmctl-new-profile/refused", test_new_profile_refused);
  return g_test_run ();
}
