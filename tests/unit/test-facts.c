/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-facts.h"
#include "ohm-test-log.h"

static OhmFacts *
fixture_make_facts (void)
{
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (/* base */ NULL);

  ohm_facts_builder_set (builder, "serial", "41000017");
  ohm_facts_builder_set (builder, "input-unit.0", "kWh");
  ohm_facts_builder_set (builder, "firmware", "1.2");
  ohm_facts_builder_set (builder, "choice.energy-active-import.total", "1");
  return ohm_facts_builder_end (g_steal_pointer (&builder));
}

static guint
fixture_count (const char *const *names)
{
  guint n = 0;

  while (names[n] != NULL)
    n++;
  return n;
}

static void
test_facts_get (void)
{
  g_autoptr (OhmFacts) facts = fixture_make_facts ();

  g_assert_cmpstr (ohm_facts_get (facts, "serial"), ==, "41000017");
  g_assert_cmpstr (ohm_facts_get (facts, "input-unit.0"), ==, "kWh");
  g_assert_null (ohm_facts_get (facts, "input-unit.1"));
  g_assert_null (ohm_facts_get (facts, ""));
  g_assert_null (ohm_facts_get (NULL, "serial"));
}

static void
test_facts_number (void)
{
  static const struct
  {
    const char *text;
    gboolean is_number;
    double value;
  } texts[] = {
    { "41000017", TRUE, 41000017 },
    { "-1.5e3", TRUE, -1500 },
    { "0", TRUE, 0 },
    { "", FALSE },
    { " 1", FALSE },
    { "1 ", FALSE },
    { "1,5", FALSE },
    { "0x10", FALSE },
    { "nan", FALSE },
    { "inf", FALSE },
    { "1e999", FALSE },
    { "1e", FALSE },
    { "--1", FALSE },
    { "e", FALSE },
  };
  double value = 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
      g_autoptr (OhmFacts) facts = NULL;

      ohm_facts_builder_set (builder, "x", texts[i].text);
      facts = ohm_facts_builder_end (g_steal_pointer (&builder));
      value = 77;
      g_assert_cmpint (ohm_facts_get_number (facts, "x", &value), ==, texts[i].is_number);
      g_assert_cmpfloat_with_epsilon (value, texts[i].is_number ? texts[i].value : 77, 1e-9);
      g_assert_false (ohm_facts_get_number (facts, "y", &value));
    }
  g_assert_false (ohm_facts_get_number (NULL, "x", &value));
}

static void
test_facts_names (void)
{
  g_autoptr (OhmFacts) facts = fixture_make_facts ();
  g_autofree const char **names = ohm_facts_get_names (facts);
  g_autofree const char **none = ohm_facts_get_names (NULL);

  g_assert_cmpuint (fixture_count (names), ==, 4);
  g_assert_cmpstr (names[0], ==, "choice.energy-active-import.total");
  g_assert_cmpstr (names[1], ==, "firmware");
  g_assert_cmpstr (names[2], ==, "input-unit.0");
  g_assert_cmpstr (names[3], ==, "serial");
  g_assert_null (none[0]);
}

static void
test_facts_equal (void)
{
  g_autoptr (OhmFacts) a = fixture_make_facts ();
  g_autoptr (OhmFacts) b = fixture_make_facts ();
  g_autoptr (OhmFacts) empty = ohm_facts_builder_end (ohm_facts_builder_new (NULL));
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (a);
  g_autoptr (OhmFacts) other = NULL;

  ohm_facts_builder_set (builder, "serial", "2");
  other = ohm_facts_builder_end (g_steal_pointer (&builder));
  g_assert_true (ohm_facts_equal (a, b));
  g_assert_true (ohm_facts_equal (NULL, NULL));
  g_assert_true (ohm_facts_equal (NULL, empty));
  g_assert_true (ohm_facts_equal (empty, NULL));
  g_assert_false (ohm_facts_equal (a, other));
  g_assert_false (ohm_facts_equal (a, empty));
  g_assert_false (ohm_facts_equal (NULL, a));
}

static void
test_facts_builder (void)
{
  g_autoptr (OhmFacts) base = fixture_make_facts ();
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (base);
  g_autoptr (OhmFacts) facts = NULL;

  g_assert_cmpstr (ohm_facts_builder_get (builder, "serial"), ==, "41000017");
  ohm_facts_builder_set (builder, "serial", "2");
  ohm_facts_builder_set (builder, "firmware", NULL);
  ohm_facts_builder_set (builder, "never-there", NULL);
  ohm_facts_builder_set (builder, "name", "");
  g_assert_cmpstr (ohm_facts_builder_get (builder, "serial"), ==, "2");
  g_assert_null (ohm_facts_builder_get (builder, "firmware"));
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  g_assert_cmpstr (ohm_facts_get (facts, "serial"), ==, "2");
  g_assert_null (ohm_facts_get (facts, "firmware"));
  g_assert_cmpstr (ohm_facts_get (facts, "name"), ==, "");
  g_assert_cmpstr (ohm_facts_get (base, "serial"), ==, "41000017");
}

/* What a device says is bounded and valid, whatever it is. */
static void
test_facts_bounds (void)
{
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
  g_autofree char *endless = g_strnfill (2 * OHM_FACT_VALUE_MAX, 'x');
  g_autoptr (OhmFacts) facts = NULL;
  g_autofree const char **names = NULL;

  memcpy (endless + OHM_FACT_VALUE_MAX - 1, "\303\274", 2);
  ohm_facts_builder_set (builder, "long", endless);
  g_assert_cmpuint (strlen (ohm_facts_builder_get (builder, "long")), ==, OHM_FACT_VALUE_MAX - 1);
  ohm_facts_builder_set (builder, "broken", "a\xff\xfe");
  g_assert_true (g_utf8_validate (ohm_facts_builder_get (builder, "broken"), -1, NULL));
  for (guint i = 0; i < 2 * OHM_FACTS_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("name.%u", i);

      ohm_facts_builder_set (builder, name, "1");
    }
  ohm_facts_builder_set (builder, "long", "still changes");
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  names = ohm_facts_get_names (facts);
  g_assert_cmpuint (fixture_count (names), ==, OHM_FACTS_MAX);
  g_assert_cmpstr (ohm_facts_get (facts, "long"), ==, "still changes");
}

static void
test_facts_bad_names (void)
{
  g_autofree char *endless = g_strnfill (128, 'x');
  const char *const names[] = { "", "Serial", "a b", "a/b", "\303\274", endless };
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*ohm_facts_is_name*");
      ohm_facts_builder_set (builder, names[i], "x");
    }
  endless[127] = '\0';
  ohm_facts_builder_set (builder, endless, "x");
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  g_assert_cmpstr (ohm_facts_get (facts, endless), ==, "x");
}

static void
test_facts_variant (void)
{
  g_autoptr (OhmFacts) facts = fixture_make_facts ();
  g_autoptr (GVariant) variant = g_variant_ref_sink (ohm_facts_to_variant (facts));
  g_autoptr (GVariant) none = g_variant_ref_sink (ohm_facts_to_variant (NULL));
  g_autoptr (OhmFacts) back = ohm_facts_new_from_variant (variant);
  g_autoptr (OhmFacts) empty = ohm_facts_new_from_variant (none);

  g_assert_true (g_variant_is_of_type (variant, G_VARIANT_TYPE ("a{ss}")));
  g_assert_cmpuint (g_variant_n_children (variant), ==, 4);
  g_assert_true (ohm_facts_equal (facts, back));
  g_assert_true (ohm_facts_equal (NULL, empty));
}

static void
test_facts_variant_bounds (void)
{
  g_autofree char *endless = g_strnfill (OHM_FACT_VALUE_MAX + 1, 'x');
  g_autoptr (GVariant) variant = g_variant_ref_sink (
    g_variant_new_parsed ("{'good': 'x', 'Bad': 'x', 'long': %s}", endless));
  g_autoptr (OhmFacts) facts = ohm_facts_new_from_variant (variant);
  g_autofree const char **names = ohm_facts_get_names (facts);

  g_assert_cmpuint (fixture_count (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "good");
}

static void
test_facts_boxed (void)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, OHM_TYPE_FACTS);
  g_value_take_boxed (&value, fixture_make_facts ());
  g_assert_cmpstr (ohm_facts_get (g_value_get_boxed (&value), "firmware"), ==, "1.2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/get", test_facts_get);
  g_test_add_func ("/facts/number", test_facts_number);
  g_test_add_func ("/facts/names", test_facts_names);
  g_test_add_func ("/facts/equal", test_facts_equal);
  g_test_add_func ("/facts/builder", test_facts_builder);
  g_test_add_func ("/facts/bounds", test_facts_bounds);
  g_test_add_func ("/facts/bad-names", test_facts_bad_names);
  g_test_add_func ("/facts/variant", test_facts_variant);
  g_test_add_func ("/facts/variant-bounds", test_facts_variant_bounds);
  g_test_add_func ("/facts/boxed", test_facts_boxed);
  return g_test_run ();
}
