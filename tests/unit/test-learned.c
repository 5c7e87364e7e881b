/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-learned.h"

static void
test_learned_assert_says (const OhmLearned *learned, const char *expected)
{
  g_auto (GStrv) lines = ohm_learned_describe (learned);
  g_autofree char *text = g_strjoinv ("; ", lines);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_learned_empty (void)
{
  g_autoptr (OhmLearned) learned = ohm_learned_new ();
  guint n = 99;

  g_assert_true (ohm_learned_is_empty (learned));
  ohm_learned_get_holes (learned, &n);
  g_assert_cmpuint (n, ==, 0);
  g_assert_false (ohm_learned_is_refused (learned, 3, 0, 65535));
  test_learned_assert_says (learned, "");
}

static void
test_learned_add (void)
{
  g_autoptr (OhmLearned) learned = ohm_learned_new ();
  const OhmRange gap = { 3, 100, 109 };
  const OhmRange refused = { 3, 104, 105 };
  const OhmRange any = { 0, 200, 201 };
  const OhmRange reversed = { 3, 9, 8 };
  guint n;

  ohm_learned_add_hole (learned, &gap, 0);
  ohm_learned_add_hole (learned, &gap, 0);
  ohm_learned_add_hole (learned, &reversed, 0);
  ohm_learned_get_holes (learned, &n);
  g_assert_cmpuint (n, ==, 1);
  /* what is not read along is not refused itself */
  g_assert_false (ohm_learned_is_refused (learned, 3, 104, 105));

  ohm_learned_add_refused (learned, &refused, 2, 0);
  ohm_learned_add_refused (learned, &refused, 3, 0);
  ohm_learned_get_holes (learned, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (ohm_learned_is_refused (learned, 3, 104, 105));
  g_assert_true (ohm_learned_is_refused (learned, 3, 105, 105));
  g_assert_false (ohm_learned_is_refused (learned, 3, 104, 106));
  g_assert_false (ohm_learned_is_refused (learned, 4, 104, 105));

  ohm_learned_add_refused (learned, &any, 3, 0);
  g_assert_true (ohm_learned_is_refused (learned, 3, 200, 201));
  g_assert_true (ohm_learned_is_refused (learned, 4, 200, 201));
  test_learned_assert_says (learned, "registers 100..109: not read along; "
                                     "registers 104..105: illegal data address; "
                                     "registers 200..201: illegal data value");
  ohm_learned_forget (learned);
  g_assert_true (ohm_learned_is_empty (learned));
  g_assert_false (ohm_learned_is_refused (learned, 3, 200, 201));
}

static void
test_learned_limit (void)
{
  g_autoptr (OhmLearned) learned = ohm_learned_new ();
  guint n;

  for (guint i = 0; i < 2 * OHM_LEARNED_MAX; i++)
    {
      const OhmRange range = { 3, (guint16) (2 * i), (guint16) (2 * i) };

      ohm_learned_add_refused (learned, &range, 2, 0);
    }
  ohm_learned_get_holes (learned, &n);
  g_assert_cmpuint (n, ==, OHM_LEARNED_MAX);
}

static void
test_learned_save (void)
{
  g_autoptr (OhmLearned) learned = ohm_learned_new ();
  g_autoptr (OhmLearned) again = NULL;
  g_autoptr (GVariant) saved = NULL;
  g_autoptr (GVariant) twice = NULL;
  const OhmRange gap = { 4, 65530, 65535 };
  const OhmRange refused = { 0, 0, 0 };

  ohm_learned_add_hole (learned, &gap, 0);
  ohm_learned_add_refused (learned, &refused, 2, 0);
  saved = g_variant_ref_sink (ohm_learned_save (learned));
  again = ohm_learned_new_from_variant (saved);
  twice = g_variant_ref_sink (ohm_learned_save (again));
  g_assert_true (g_variant_equal (saved, twice));
  g_assert_true (ohm_learned_is_refused (again, 4, 0, 0));
  test_learned_assert_says (again, "registers 65530..65535: not read along; "
                                   "registers 0..0: illegal data address");
}

static void
test_learned_length (void)
{
  g_autoptr (OhmLearned) learned = ohm_learned_new ();
  g_autoptr (OhmLearned) again = NULL;
  g_autoptr (GVariant) saved = NULL;
  g_autoptr (GArray) times = NULL;
  const OhmRange gap = { 3, 10, 11 };

  g_assert_cmpuint (ohm_learned_get_length (learned, 125), ==, 125);
  ohm_learned_add_hole (learned, &gap, 5);
  ohm_learned_set_length (learned, 62, 7);
  g_assert_cmpuint (ohm_learned_get_length (learned, 125), ==, 62);
  g_assert_cmpuint (ohm_learned_get_length (learned, 40), ==, 40);
  saved = g_variant_ref_sink (ohm_learned_save (learned));
  again = ohm_learned_new_from_variant (saved);
  g_assert_cmpuint (ohm_learned_get_length (again, 125), ==, 62);
  test_learned_assert_says (again, "registers 10..11: not read along; "
                                   "more than 62 registers at once: refused");
  times = ohm_learned_get_times (again);
  g_assert_cmpuint (times->len, ==, 2);
  g_assert_cmpint (g_array_index (times, gint64, 0), ==, 5);
  g_assert_cmpint (g_array_index (times, gint64, 1), ==, 7);
  ohm_learned_forget (again);
  g_assert_true (ohm_learned_is_empty (again));
  g_assert_cmpuint (ohm_learned_get_length (again, 125), ==, 125);
}

/* What an older or newer release, or a broken database, has left behind. */
static void
test_learned_load (void)
{
  static const char *const texts[] = {
    "@a{sv} {}",
    "{'refused': <'text'>}",
    "{'other': <@a(yqqy) [(3, 1, 2, 2)]>}",
    "{'refused': <@a(yqqy) [(3, 2, 1, 2)]>}",
    "@a{sv} {'refused': <@a(yqq) [(3, 1, 2)]>}",
    "'nothing like it'",
    "{'length': <(uint32 126, int64 1)>}",
    "{'length': <uint32 9>, 'times': <[int64 1]>}",
  };
  g_autoptr (OhmLearned) none = ohm_learned_new_from_variant (NULL);

  g_assert_true (ohm_learned_is_empty (none));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) variant = g_variant_parse (NULL, texts[i], NULL, NULL, &error);
      g_autoptr (OhmLearned) learned = NULL;

      g_assert_no_error (error);
      learned = ohm_learned_new_from_variant (variant);
      g_assert_true (ohm_learned_is_empty (learned));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learned/empty", test_learned_empty);
  g_test_add_func ("/learned/add", test_learned_add);
  g_test_add_func ("/learned/limit", test_learned_limit);
  g_test_add_func ("/learned/save", test_learned_save);
  g_test_add_func ("/learned/length", test_learned_length);
  g_test_add_func ("/learned/load", test_learned_load);
  return g_test_run ();
}
