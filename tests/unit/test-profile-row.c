/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture-profile.h"

/* The entry of `POINT = VALUE`, after @groups. */
static OhmEntry
test_profile_row_entry (const char *groups, const char *point, const char *value)
{
  g_autofree char *text = g_strconcat (groups, "[registers]\n", point, " = ", value, "\n", NULL);
  g_autoptr (OhmProfile) profile = fixture_profile_new (text);
  g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, NULL);

  return fixture_profile_entry (plan, point);
}

static void
test_profile_row_plain (void)
{
  OhmEntry entry = test_profile_row_entry ("", "voltage.l1-n", "19000 f32");

  g_assert_cmpuint (entry.address, ==, 19000);
  g_assert_cmpint (entry.encoding.format, ==, OHM_FORMAT_F32);
  g_assert_cmpuint (entry.function, ==, 0);
  g_assert_cmpuint (entry.classes, ==, OHM_READ_LIVE);
  g_assert_cmpuint (entry.flags, ==, 0);
  g_assert_false (entry.encoding.is_low_first);
  g_assert_false (entry.encoding.is_swapped);
  g_assert_false (entry.encoding.has_missing);
  g_assert_false (entry.encoding.is_bit_field);
}

static void
test_profile_row_formats (void)
{
  static const struct
  {
    const char *text;
    OhmFormat format;
  } cases[] = {
    { "0x10 u16", OHM_FORMAT_U16 },       { "0x10 i16", OHM_FORMAT_I16 },
    { "0x10 u32", OHM_FORMAT_U32 },       { "0x10 i32", OHM_FORMAT_I32 },
    { "0x10 u64", OHM_FORMAT_U64 },       { "0x10 i64", OHM_FORMAT_I64 },
    { "0x10 f32", OHM_FORMAT_F32 },       { "0x10 f64", OHM_FORMAT_F64 },
    { "16 epoch32", OHM_FORMAT_EPOCH32 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OhmEntry entry = test_profile_row_entry ("", "current.l1", cases[i].text);

      g_assert_cmpuint (entry.address, ==, 16);
      g_assert_cmpint (entry.encoding.format, ==, cases[i].format);
    }
}

/* What one term takes says what fits into missing=, wherever that word stands. */
static void
test_profile_row_sum (void)
{
  OhmEntry entry = test_profile_row_entry ("", "energy-active-import.total",
                                           "10 u32 sum=3 missing=0xffffffff slow slot");

  g_assert_cmpuint (entry.encoding.terms, ==, 3);
  g_assert_cmpuint (ohm_encoding_get_registers (&entry.encoding), ==, 6);
  g_assert_cmpuint (entry.encoding.missing, ==, 0xffffffff);
  g_assert_cmpuint (entry.classes, ==, OHM_READ_SLOW | OHM_READ_SLOT);
}

static void
test_profile_row_words (void)
{
  OhmEntry entry = test_profile_row_entry (
    "", "energy-active-import.total",
    "100 u32 slot bytes=swapped missing=0xffffffff *0.1 fn=4 words=low-first slow");

  g_assert_cmpuint (entry.function, ==, 4);
  g_assert_true (entry.encoding.is_low_first);
  g_assert_true (entry.encoding.is_swapped);
  g_assert_true (entry.encoding.has_missing);
  g_assert_cmpuint (entry.encoding.missing, ==, 0xffffffff);
  g_assert_cmpfloat_with_epsilon (entry.encoding.scale, 0.1, 1e-12);
  g_assert_cmpuint (entry.classes, ==, OHM_READ_SLOW | OHM_READ_SLOT);
}

static void
test_profile_row_classes (void)
{
  static const struct
  {
    const char *text;
    guint classes;
  } cases[] = {
    { "0 f32", OHM_READ_LIVE },
    { "0 f32 live", OHM_READ_LIVE },
    { "0 f32 slow", OHM_READ_SLOW },
    { "0 f32 slot", OHM_READ_SLOT | OHM_READ_SLOW },
    { "0 f32 live slot", OHM_READ_SLOT | OHM_READ_LIVE },
    { "0 f32 slot slow", OHM_READ_SLOT | OHM_READ_SLOW },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (test_profile_row_entry ("", "voltage.l1-n", cases[i].text).classes, ==,
                      cases[i].classes);
}

static void
test_profile_row_bits (void)
{
  static const struct
  {
    const char *text;
    guint low;
    guint high;
  } cases[] = {
    { "0 u16 bits=0-3", 0, 3 },
    { "0 u16 bits=15-8", 8, 15 },
    { "0 u16 bits=4", 4, 4 },
    { "0 u64 bits=63-32", 32, 63 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OhmEntry entry = test_profile_row_entry ("", "input-state", cases[i].text);

      g_assert_true (entry.encoding.is_bit_field);
      g_assert_cmpuint (entry.encoding.bit_low, ==, cases[i].low);
      g_assert_cmpuint (entry.encoding.bit_high, ==, cases[i].high);
    }
}

static void
test_profile_row_missing (void)
{
  static const struct
  {
    const char *text;
    guint64 missing;
  } cases[] = {
    { "0 i16 missing=-1", 0xffff },
    { "0 i16 missing=-32768", 0x8000 },
    { "0 u16 missing=65535", 0xffff },
    { "0 f32 missing=0x7fc00000", 0x7fc00000 },
    { "0 i64 missing=-9223372036854775807", G_GUINT64_CONSTANT (0x8000000000000001) },
    { "0 u64 missing=0xffffffffffffffff", G_MAXUINT64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OhmEntry entry = test_profile_row_entry ("", "voltage.l1-n", cases[i].text);

      g_assert_true (entry.encoding.has_missing);
      g_assert_cmpuint (entry.encoding.missing, ==, cases[i].missing);
    }
}

static void
test_profile_row_flags (void)
{
  static const char family[] = "[limits]\nstateful = 500-505;4:600\n[facts]\nvariant = family\n";
  g_autofree char *text = g_strconcat ("[profile]\nid = x\nname = X\nrevision = 1\nfamily = f\n",
                                       family,
                                       "[registers]\n"
                                       "voltage.l1-n = 0 text4 raw slow\n"
                                       "voltage.l2-n = 504 u32\n"
                                       "voltage.l3-n = 600 u16 fn=3\n"
                                       "voltage.l1-l2 = 600 u16 fn=4\n"
                                       "voltage.l2-l3 = 506 u16\n",
                                       NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) profile = fixture_profile_parse (text, &error);
  g_autoptr (OhmPlan) plan = NULL;

  g_assert_no_error (error);
  plan = fixture_profile_plan (profile, NULL);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l1-n").flags, ==, OHM_ENTRY_RAW);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l2-n").flags, ==, OHM_ENTRY_STATEFUL);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l3-n").flags, ==, 0);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l1-l2").flags, ==, OHM_ENTRY_STATEFUL);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l2-l3").flags, ==, 0);
}

static void
test_profile_row_repeat (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new (
    "[facts]\n"
    "input-unit = 440+16*i text16\n"
    "factor = 40 f32\n"
    "[repeat]\n"
    "count = 3\n"
    "[registers]\n"
    "frequency = 10 f32\n"
    "in{i+1}.pulse-count = 2000+4*i i64 slot\n"
    "in{i+1}.pulse-value = 2090+4*i f64 unit=@input-unit scale=@factor slow\n");
  g_autoptr (OhmFacts) facts = fixture_profile_facts ("input-unit.0", "m3", "input-unit.2", "Wh",
                                                      "factor", "0.5", NULL);
  g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, facts);
  const OhmPoint *points;
  guint n = 0;

  points = ohm_point_set_get_points (ohm_plan_get_points (plan), &n);
  g_assert_cmpuint (n, ==, 7);
  g_assert_cmpstr (points[0].name, ==, "frequency");
  g_assert_cmpstr (points[1].name, ==, "in1.pulse-count");
  g_assert_true (points[1].is_integer);
  g_assert_cmpstr (points[2].name, ==, "in1.pulse-value");
  g_assert_cmpstr (points[2].unit, ==, "m3");
  g_assert_cmpstr (points[4].unit, ==, "");
  g_assert_cmpstr (points[6].unit, ==, "Wh");
  g_assert_cmpuint (fixture_profile_entry (plan, "in3.pulse-count").address, ==, 2008);
  g_assert_cmpfloat_with_epsilon (fixture_profile_entry (plan, "in2.pulse-value").encoding.scale,
                                  0.5, 1e-12);
}

static void
test_profile_row_over (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\nmodules = 40 text4\n"
                                                        "[repeat]\nover = @modules\ncount = 5\n"
                                                        "[registers]\n"
                                                        "m{i}.power-active = 100+10*i f32\n");
  static const struct
  {
    const char *modules;
    guint n;
    guint last_address;
  } cases[] = {
    { "1;3;4", 3, 140 }, { "4;1;1;3;", 3, 140 }, { "2;77;x;;-1", 1, 120 },
    { "3", 3, 120 },     { "99", 5, 140 },       { "2;", 1, 120 },
    { "0", 0, 0 },       { "none", 0, 0 },
  };
  g_autoptr (OhmPlan) unknown = fixture_profile_plan (profile, NULL);

  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (unknown)), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OhmFacts) facts = fixture_profile_facts ("modules", cases[i].modules, NULL);
      g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, facts);
      guint n = 0;
      const OhmEntry *entries = ohm_plan_get_entries (plan, &n);

      g_assert_cmpuint (n, ==, cases[i].n);
      if (n > 0)
        g_assert_cmpuint (entries[n - 1].address, ==, cases[i].last_address);
    }
}

static void
test_profile_row_alternatives (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new (
    "[registers]\n"
    "energy-active-import.total = 5352 f32 slow slot"
    " | 19068 f32 *1000 | 100 u32 fn=4 live\n");
  static const struct
  {
    const char *choice;
    guint address;
    guint classes;
  } cases[] = {
    { NULL, 5352, OHM_READ_SLOW | OHM_READ_SLOT }, { "0", 5352, OHM_READ_SLOW | OHM_READ_SLOT },
    { "1", 19068, OHM_READ_SLOW | OHM_READ_SLOT }, { "2", 100, OHM_READ_LIVE },
    { "3", 5352, OHM_READ_SLOW | OHM_READ_SLOT },  { "x", 5352, OHM_READ_SLOW | OHM_READ_SLOT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OhmFacts) facts = cases[i].choice != NULL
                                     ? fixture_profile_facts ("choice.energy-active-import.total",
                                                              cases[i].choice, NULL)
                                     : NULL;
      g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, facts);
      OhmEntry entry = fixture_profile_entry (plan, "energy-active-import.total");

      g_assert_cmpuint (entry.address, ==, cases[i].address);
      g_assert_cmpuint (entry.classes, ==, cases[i].classes);
    }
}

static void
test_profile_row_scale_fact (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\nct = 10 f32\n"
                                                        "[registers]\n"
                                                        "current.l1 = 0 u16 scale=@ct\n"
                                                        "voltage.l1-n = 1 u16\n");
  static const char *const unusable[] = { "0", "nan", "x", "" };
  g_autoptr (OhmFacts) facts = fixture_profile_facts ("ct", "20", NULL);
  g_autoptr (OhmPlan) known = fixture_profile_plan (profile, facts);
  g_autoptr (OhmPlan) unknown = fixture_profile_plan (profile, NULL);

  g_assert_cmpfloat_with_epsilon (fixture_profile_entry (known, "current.l1").encoding.scale, 20,
                                  1e-12);
  g_assert_false (fixture_profile_has (unknown, "current.l1"));
  g_assert_true (fixture_profile_has (unknown, "voltage.l1-n"));
  for (guint i = 0; i < G_N_ELEMENTS (unusable); i++)
    {
      g_autoptr (OhmFacts) wrong = fixture_profile_facts ("ct", unusable[i], NULL);
      g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, wrong);

      g_assert_false (fixture_profile_has (plan, "current.l1"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-row/plain", test_profile_row_plain);
  g_test_add_func ("/profile-row/formats", test_profile_row_formats);
  g_test_add_func ("/profile-row/sum", test_profile_row_sum);
  g_test_add_func ("/profile-row/words", test_profile_row_words);
  g_test_add_func ("/profile-row/classes", test_profile_row_classes);
  g_test_add_func ("/profile-row/bits", test_profile_row_bits);
  g_test_add_func ("/profile-row/missing", test_profile_row_missing);
  g_test_add_func ("/profile-row/flags", test_profile_row_flags);
  g_test_add_func ("/profile-row/repeat", test_profile_row_repeat);
  g_test_add_func ("/profile-row/over", test_profile_row_over);
  g_test_add_func ("/profile-row/alternatives", test_profile_row_alternatives);
  g_test_add_func ("/profile-row/scale-fact", test_profile_row_scale_fact);
  return g_test_run ();
}
