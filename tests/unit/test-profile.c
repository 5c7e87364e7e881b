/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture-profile.h"

static const char parent_text[] = "[profile]\n"
                                  "id = parent\n"
                                  "name = Parent\n"
                                  "revision = 7\n"
                                  "family = umg96rm\n"
                                  "source = list 1.2\n"
                                  "[limits]\n"
                                  "registers = 60\n"
                                  "functions = 4;3\n"
                                  "units = 2;1\n"
                                  "timeout = 250ms\n"
                                  "pause = 5ms\n"
                                  "connect-pause = 1s\n"
                                  "outstanding = 4\n"
                                  "unit-echo = any\n"
                                  "tid-echo = no\n"
                                  "stateful = 500-505;4:600\n"
                                  "holes = 700\n"
                                  "[facts]\n"
                                  "serial = 754 u32\n"
                                  "variant = family\n"
                                  "[identify]\n"
                                  "serial = 754 u32 fn=3 1..10 score=40\n"
                                  "name = 100 text8 ~\"UMG 96*\" score=60\n"
                                  "exact = 761 u16 -2.5 score=1\n"
                                  "[write]\n"
                                  "clock = 20003 2 0..4294967295 @variant=P,CBM\n"
                                  "[clock]\n"
                                  "read = 20001 epoch32\n"
                                  "[family]\n"
                                  "mode = fast\n"
                                  "[registers]\n"
                                  "voltage.l1-n = 0 f32\n"
                                  "voltage.l2-n = 2 f32\n"
                                  "voltage.l3-n = 4 f32\n";

static OhmProfile *
test_profile_on_lookup (const char *id, gpointer user_data)
{
  OhmProfile *parent = user_data;

  return g_str_equal (id, ohm_profile_get_id (parent)) ? parent : NULL;
}

static OhmProfile *
test_profile_parent (void)
{
  g_autoptr (GError) error = NULL;
  OhmProfile *parent = ohm_profile_parse ("/any/where/parent.profile", parent_text,
                                          strlen (parent_text), NULL, NULL, &error);

  g_assert_no_error (error);
  return parent;
}

static OhmProfile *
test_profile_child (const char *groups, GError **error)
{
  g_autoptr (OhmProfile) parent = test_profile_parent ();
  g_autofree char *text =
    g_strconcat ("[profile]\nid = x\nname = X\nrevision = 1\ninherits = parent\n", groups, NULL);

  /* the child keeps what it needs of a parent that is replaced meanwhile */
  return ohm_profile_parse ("x.profile", text, strlen (text), test_profile_on_lookup, parent,
                            error);
}

static void
test_profile_accessors (void)
{
  g_autoptr (OhmProfile) profile = test_profile_parent ();
  const OhmIdentifyRule *rules;
  OhmProfile *reference;
  guint n = 0;

  g_assert_cmpstr (ohm_profile_get_id (profile), ==, "parent");
  g_assert_cmpstr (ohm_profile_get_name (profile), ==, "Parent");
  g_assert_cmpuint (ohm_profile_get_revision (profile), ==, 7);
  g_assert_cmpstr (ohm_profile_get_family (profile), ==, "umg96rm");
  g_assert_cmpstr (ohm_profile_get_source (profile), ==, "list 1.2");
  g_assert_null (ohm_profile_get_parent (profile));
  g_assert_cmpstr (ohm_profile_get_file (profile), ==, "/any/where/parent.profile");
  g_assert_cmpstr (ohm_profile_get_extra (profile, "mode"), ==, "fast");
  g_assert_null (ohm_profile_get_extra (profile, "pace"));

  rules = ohm_profile_get_identify_rules (profile, &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpuint (rules[0].address, ==, 754);
  g_assert_cmpuint (rules[0].function, ==, 3);
  g_assert_cmpfloat_with_epsilon (rules[0].min, 1, 1e-12);
  g_assert_cmpfloat_with_epsilon (rules[0].max, 10, 1e-12);
  g_assert_null (rules[0].pattern);
  g_assert_cmpuint (rules[0].score, ==, 40);
  g_assert_cmpstr (rules[1].pattern, ==, "UMG 96*");
  g_assert_cmpuint (rules[1].encoding.text_registers, ==, 8);
  g_assert_cmpfloat_with_epsilon (rules[2].min, -2.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (rules[2].max, -2.5, 1e-12);

  reference = g_boxed_copy (OHM_TYPE_PROFILE, profile);
  g_assert_true (reference == profile);
  g_boxed_free (OHM_TYPE_PROFILE, reference);
}

static void
test_profile_limits (void)
{
  g_autoptr (OhmProfile) profile = test_profile_parent ();
  g_autoptr (OhmProfile) plain = fixture_profile_new ("");
  const OhmLimits *limits = ohm_profile_get_limits (profile);
  const OhmLimits *defaults = ohm_profile_get_limits (plain);

  g_assert_cmpuint (limits->registers_max, ==, 60);
  g_assert_cmpuint (limits->functions[0], ==, 4);
  g_assert_cmpuint (limits->functions[1], ==, 3);
  g_assert_cmpuint (limits->functions[2], ==, 0);
  g_assert_cmpuint (limits->n_units, ==, 2);
  g_assert_cmpuint (limits->units[0], ==, 2);
  g_assert_cmpuint (limits->units[1], ==, 1);
  g_assert_cmpint (limits->timeout_us, ==, 250000);
  g_assert_cmpint (limits->pause_us, ==, 5000);
  g_assert_cmpint (limits->connect_pause_us, ==, 1000000);
  g_assert_cmpuint (limits->outstanding_max, ==, 4);
  g_assert_cmpuint (limits->quirks, ==, OHM_MODBUS_ANY_UNIT | OHM_MODBUS_ANY_TID);
  g_assert_cmpuint (limits->n_stateful, ==, 2);
  g_assert_cmpuint (limits->stateful[0].first, ==, 500);
  g_assert_cmpuint (limits->stateful[0].last, ==, 505);
  g_assert_cmpuint (limits->stateful[0].function, ==, 0);
  g_assert_cmpuint (limits->stateful[1].function, ==, 4);
  g_assert_cmpuint (limits->n_holes, ==, 1);
  g_assert_cmpuint (limits->holes[0].first, ==, 700);
  g_assert_cmpuint (limits->holes[0].last, ==, 700);

  g_assert_cmpuint (defaults->registers_max, ==, 125);
  g_assert_cmpuint (defaults->functions[0], ==, 3);
  g_assert_cmpuint (defaults->functions[1], ==, 4);
  g_assert_cmpuint (defaults->n_units, ==, 0);
  g_assert_cmpint (defaults->timeout_us, ==, 0);
  g_assert_cmpuint (defaults->outstanding_max, ==, 1);
  g_assert_cmpuint (defaults->quirks, ==, OHM_MODBUS_STRICT);
}

static void
test_profile_inherit (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) child = test_profile_child ("[limits]\n"
                                                     "registers = 30\n"
                                                     "tid-echo = yes\n"
                                                     "stateful =\n"
                                                     "[identify]\n"
                                                     "serial =\n"
                                                     "name = 200 text4 ~A score=5\n"
                                                     "[family]\n"
                                                     "mode =\n"
                                                     "pace = 2\n"
                                                     "[registers]\n"
                                                     "voltage.l2-n = 20 i16 *0.1\n"
                                                     "voltage.l1-n =\n"
                                                     "frequency = 22 f32\n",
                                                     &error);
  g_autoptr (OhmPlan) plan = NULL;
  const OhmLimits *limits;
  guint n = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (ohm_profile_get_parent (child), ==, "parent");
  g_assert_cmpstr (ohm_profile_get_family (child), ==, "umg96rm");
  g_assert_cmpstr (ohm_profile_get_source (child), ==, "list 1.2");
  g_assert_cmpuint (ohm_profile_get_revision (child), ==, 1);
  g_assert_null (ohm_profile_get_extra (child, "mode"));
  g_assert_cmpstr (ohm_profile_get_extra (child, "pace"), ==, "2");

  limits = ohm_profile_get_limits (child);
  g_assert_cmpuint (limits->registers_max, ==, 30);
  g_assert_cmpuint (limits->functions[0], ==, 4);
  g_assert_cmpuint (limits->quirks, ==, OHM_MODBUS_ANY_UNIT);
  g_assert_cmpuint (limits->n_stateful, ==, 0);
  g_assert_cmpuint (limits->n_holes, ==, 1);

  g_assert_cmpstr (ohm_profile_get_identify_rules (child, &n)[1].pattern, ==, "A");
  g_assert_cmpuint (n, ==, 2);

  plan = fixture_profile_plan (child, NULL);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 3);
  g_assert_false (fixture_profile_has (plan, "voltage.l1-n"));
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l2-n").address, ==, 20);
  g_assert_cmpuint (fixture_profile_entry (plan, "voltage.l3-n").address, ==, 4);
  g_assert_cmpuint (fixture_profile_entry (plan, "frequency").address, ==, 22);
}

static void
test_profile_inherit_errors (void)
{
  static const struct
  {
    const char *groups;
    const char *message;
  } cases[] = {
    /* an inherited row has no line: the group is told, or the file */
    { "[limits]\nregisters = 1\n",
      "x.profile: [facts] serial: 2 registers in one block, the type's limit is 1" },
    { "[registers]\nvoltage.l2-n =\nvoltage.l1-l2 = 3 f32\n",
      "x.profile:6: [registers] voltage.l3-n: registers 4-5 overlap those of 'voltage.l1-l2', "
      "3-4" },
    { "[registers]\nvoltage.l1-l2 = 3 f32\n",
      "x.profile:7: [registers] voltage.l1-l2: registers 3-4 overlap those of 'voltage.l2-n', "
      "2-3" },
    { "[facts]\nvariant =\n", "x.profile: [write] clock: fact 'variant' is not in [facts]" },
    { "[registers]\nvoltage.l1-n =\nvoltage.l1-n =\n",
      "x.profile:8: [registers] voltage.l1-n: the key stands twice, first in line 7" },
    { "[registers]\nfrequency =\n",
      "x.profile:7: [registers] frequency: there is no inherited row to remove" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (test_profile_child (cases[i].groups, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_profile_family_removed (void)
{
  g_autoptr (OhmProfile) parent = test_profile_parent ();
  static const char text[] = "[profile]\nid = x\nname = X\nrevision = 1\ninherits = parent\n"
                             "family =\n[facts]\nvariant =\n[write]\nclock =\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) child = ohm_profile_parse ("x.profile", text, strlen (text),
                                                    test_profile_on_lookup, parent, &error);
  guint n = 1;

  g_assert_no_error (error);
  g_assert_null (ohm_profile_get_family (child));
  ohm_profile_get_writes (child, &n);
  g_assert_cmpuint (n, ==, 0);
}

static void
test_profile_writes (void)
{
  g_autoptr (OhmProfile) profile = test_profile_parent ();
  g_autoptr (OhmFacts) allowed = fixture_profile_facts ("variant", "CBM", NULL);
  g_autoptr (OhmFacts) other = fixture_profile_facts ("variant", "E", NULL);
  const OhmWrite *writes;
  guint n = 0;

  writes = ohm_profile_get_writes (profile, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (writes[0].name, ==, "clock");
  g_assert_cmpuint (writes[0].address, ==, 20003);
  g_assert_cmpuint (writes[0].count, ==, 2);
  g_assert_cmpuint (writes[0].min, ==, 0);
  g_assert_cmpuint (writes[0].max, ==, G_MAXUINT32);
  g_assert_true (ohm_profile_find_write (profile, allowed, "clock") == writes);
  g_assert_null (ohm_profile_find_write (profile, other, "clock"));
  g_assert_null (ohm_profile_find_write (profile, NULL, "clock"));
  g_assert_null (ohm_profile_find_write (profile, allowed, "reset"));
}

static void
test_profile_writes_plain (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[clock]\nread = 8 epoch32\n"
                                                        "[write]\nclock = 4 2 10..20\n");

  g_assert_nonnull (ohm_profile_find_write (profile, NULL, "clock"));
}

static void
test_profile_new_empty (void)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("sdm", "An SDM");
  g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, NULL);
  guint n = 1;

  g_assert_cmpstr (ohm_profile_get_id (profile), ==, "sdm");
  g_assert_cmpstr (ohm_profile_get_name (profile), ==, "An SDM");
  g_assert_cmpstr (ohm_profile_get_family (profile), ==, "sdm");
  g_assert_cmpuint (ohm_profile_get_revision (profile), ==, 1);
  g_assert_null (ohm_profile_get_source (profile));
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 0);
  ohm_profile_get_identify_rules (profile, &n);
  g_assert_cmpuint (n, ==, 0);
}

static void
test_profile_on_register (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  g_string_append_printf (user_data, "%s%s %u %u\n", is_fact ? "@" : "", row->name, row->function,
                          row->address);
}

/* The sample of the design, as it stands there. */
static void
test_profile_sample (void)
{
  static const char text[] = "[profile]\n"
                             "id = prodata2\n"
                             "name = ProData 2\n"
                             "revision = 1\n"
                             "# facts are read by the survey and stored\n"
                             "[facts]\n"
                             "serial      = 100 u32\n"
                             "input-unit  = 440+16*i text16\n"
                             "# i = 0..count-1; or over = @modules\n"
                             "[repeat]\n"
                             "count = 15\n"
                             "[registers]\n"
                             "in{i+1}.pulse-count = 2000+4*i i64 slot\n"
                             "in{i+1}.pulse-value = 2090+4*i f64 unit=@input-unit slow\n"
                             "# [identify]: reads and predicates, data only\n"
                             "[limits]\n"
                             "registers = 120\n"
                             "functions = 3;4\n"
                             "units = 1;2\n"
                             "stateful = 500-505\n"
                             "# [write]: the only writes that can be encoded\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) profile = ohm_profile_parse ("prodata2.profile", text, strlen (text), NULL,
                                                      NULL, &error);
  g_autoptr (OhmPlan) plan = NULL;

  g_assert_no_error (error);
  plan = fixture_profile_plan (profile, NULL);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 30);
  g_assert_cmpuint (fixture_profile_entry (plan, "in15.pulse-value").address, ==, 2146);
}

static void
test_profile_foreach (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\n"
                                                        "serial = 754 u32 fn=4\n"
                                                        "input-unit = 440+16*i text16\n"
                                                        "[repeat]\n"
                                                        "count = 2\n"
                                                        "[registers]\n"
                                                        "frequency = 10 f32 | 20 f32\n"
                                                        "in{i+1}.pulse-count = 2000+4*i i64\n");
  g_autoptr (GString) seen = g_string_new ("");

  ohm_profile_foreach_register (profile, test_profile_on_register, seen);
  g_assert_cmpstr (seen->str, ==,
                   "frequency 0 10\nfrequency 0 20\n"
                   "in1.pulse-count 0 2000\nin2.pulse-count 0 2004\n"
                   "@serial 4 754\n@input-unit.0 0 440\n@input-unit.1 0 456\n");
}

typedef struct
{
  guint n_unconfirmed;
  guint n_second;
  guint classes;
} Confidence;

static void
test_profile_on_confidence (const OhmProfileRegister *row, gboolean is_fact, gpointer user_data)
{
  Confidence *seen = user_data;

  seen->n_unconfirmed += row->is_unconfirmed ? 1 : 0;
  seen->n_second += row->index == 1 ? 1 : 0;
  seen->classes |= row->classes;
}

/* What is not from the maker is known as such, and read all the same. */
static void
test_profile_unconfirmed (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\n"
                                                        "serial = 754 u32 unconfirmed\n"
                                                        "firmware = 750 u16\n"
                                                        "[registers]\n"
                                                        "frequency = 10 f32 slow | 20 f32 "
                                                        "unconfirmed\n");
  g_autoptr (OhmPlan) plan = fixture_profile_plan (profile, NULL);
  Confidence seen = { 0 };

  ohm_profile_foreach_register (profile, test_profile_on_confidence, &seen);
  g_assert_cmpuint (seen.n_unconfirmed, ==, 2);
  g_assert_cmpuint (seen.n_second, ==, 1);
  g_assert_cmpuint (seen.classes, ==, OHM_READ_SLOW);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 1);
  g_assert_null (fixture_profile_parse ("[profile]\nid = x\nname = X\nrevision = 1\n[identify]\n"
                                        "serial = 754 u32 1..9 score=9 unconfirmed\n",
                                        &error));
  g_assert_cmpstr (error->message, ==,
                   "x.profile:6: [identify] serial: unconfirmed has no meaning here");
}

static void
test_profile_plan_error (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[registers]\nfrequency = 10 f32\n");
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_profile_plan (profile, NULL, plan, &error));
  g_assert_false (ohm_profile_plan (profile, NULL, plan, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_assert_cmpstr (error->message, ==, "profile 'x': point 'frequency': is there already");
}

/* Each broken file says in its first line what is to be said of it. */
static void
test_profile_zoo_one (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (GError) error = NULL;
  const char *says;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_true (g_str_has_prefix (text, "# expect: "));
  says = text + strlen ("# expect: ");
  expected = g_strdup_printf ("%s:%s%.*s", name, g_ascii_isdigit (says[0]) ? "" : " ",
                              (int) strcspn (says, "\n"), says);
  g_assert_null (ohm_profile_parse (name, text, length, NULL, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_profile_zoo (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "tests", "data", "broken",
                                            "profiles", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (dir);
  for (; (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_suffix (name, ".profile"))
      {
        test_profile_zoo_one (path, name);
        n++;
      }
  g_test_message ("%u broken profiles", n);
  g_assert_cmpuint (n, >, 80);
}

/* Any text, cut anywhere: an error or a profile, never a crash. */
static void
test_profile_cut (void)
{
  for (gsize length = 0; length < strlen (parent_text); length++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmProfile) profile = ohm_profile_parse ("parent.profile", parent_text, length,
                                                          NULL, NULL, &error);

      g_assert_true ((profile != NULL) != (error != NULL));
    }
}

static void
test_profile_bounds (void)
{
  g_autoptr (GString) rows = g_string_new (OHM_TEST_PROFILE_HEAD "[registers]\n");
  g_autoptr (GString) choices = g_string_new (OHM_TEST_PROFILE_HEAD "[registers]\n");
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 4097; i++)
    g_string_append_printf (rows, "g%u.frequency = %u u16\n", i, i);
  g_assert_null (fixture_profile_parse (rows->str, &error));
  g_assert_cmpstr (error->message, ==, "x.profile:5: [registers]: more than 4096 rows");
  g_clear_error (&error);
  for (guint i = 1; i <= 193; i++)
    g_string_append_printf (choices, "g%u.frequency = %u u16 | 0 u16\n", i, i);
  g_assert_null (fixture_profile_parse (choices->str, &error));
  g_assert_cmpstr (
    error->message, ==,
    "x.profile:5: [registers]: facts and alternatives need 386 requests, at most 384");
}

/* OHM_UPDATE=1 writes the page anew. */
static void
test_profile_reference (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "data", "docs",
                                            "profile-reference.md", NULL);
  g_autofree char *page = ohm_profile_grammar_markdown ();
  g_autofree char *committed = NULL;

  if (g_getenv ("OHM_UPDATE") != NULL)
    g_assert_true (g_file_set_contents (path, page, -1, NULL));
  g_assert_true (g_file_get_contents (path, &committed, NULL, NULL));
  g_assert_cmpstr (page, ==, committed);
}

/* All mistakes of a file are told at once; the first is the one that ohm_profile_parse() tells. */
static void
test_profile_all_faults (void)
{
  static const char text[] = "[profile]\nid = x\nname = X\nrevision = one\n[limit]\n"
                             "[limits]\nregisters = 500\n[repeat]\ncuont = 3\n[facts]\n"
                             "serial = 1 u33\n[registers]\nvoltag.l1-n = 0 f32\n"
                             "voltage.l2-n = 70000 f32\nvoltage.l3-n = 4 f32\n[identify]\n"
                             "kind = 1 u16 score=0\n[clock]\nread = 1 u16\n[write]\nclock = 1\n"
                             "nonsense\n";
  static const char *const told[] = {
    "22: expected 'key = value'*",
    "5: [limit]: *",
    "4: [profile] revision: *",
    "7: [limits] registers: *",
    "9: [repeat] cuont: *",
    "11: [facts] serial: *",
    "14: [registers] voltage.l2-n: *",
    "17: [identify] kind: *",
    "19: [clock] read: *",
    "21: [write] clock: *",
  };
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_profile_parse_all ("x.profile", text, strlen (text), NULL, NULL, faults));
  g_assert_cmpuint (faults->len, ==, G_N_ELEMENTS (told));
  for (guint i = 0; i < faults->len; i++)
    if (!g_pattern_match_simple (told[i], (char *) faults->pdata[i] + strlen ("x.profile:")))
      g_assert_cmpstr (faults->pdata[i], ==, told[i]);
  g_assert_null (ohm_profile_parse ("x.profile", text, strlen (text), NULL, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_assert_cmpstr (error->message, ==, faults->pdata[0]);
}

/* Rows that are written rightly and say something wrong are told together, too. */
static void
test_profile_all_wrong_rows (void)
{
  static const char text[] = "[profile]\nid = x\nname = X\nrevision = 1\n[registers]\n"
                             "voltag.l1-n = 0 f32\nvoltage.l2-n = 70000 f32\n"
                             "current.l9 = 4 f32\ntemperature = 6 f32 scale=@none\n"
                             "frequency = 20 f32\nvoltage.l1-l2 = 21 f32\n";
  static const char *const told[] = { "7: [registers] voltage.l2-n: *",
                                      "6: [registers] voltag.l1-n: *",
                                      "8: [registers] current.l9: *",
                                      "9: [registers] temperature: fact 'none' *",
                                      "11: [registers] voltage.l1-l2: registers 21-22 overlap *" };
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);

  g_assert_null (ohm_profile_parse_all ("x.profile", text, strlen (text), NULL, NULL, faults));
  g_assert_cmpuint (faults->len, ==, G_N_ELEMENTS (told));
  for (guint i = 0; i < faults->len; i++)
    if (!g_pattern_match_simple (told[i], (char *) faults->pdata[i] + strlen ("x.profile:")))
      g_assert_cmpstr (faults->pdata[i], ==, told[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/accessors", test_profile_accessors);
  g_test_add_func ("/profile/all-faults", test_profile_all_faults);
  g_test_add_func ("/profile/all-wrong-rows", test_profile_all_wrong_rows);
  g_test_add_func ("/profile/limits", test_profile_limits);
  g_test_add_func ("/profile/inherit", test_profile_inherit);
  g_test_add_func ("/profile/inherit-errors", test_profile_inherit_errors);
  g_test_add_func ("/profile/family-removed", test_profile_family_removed);
  g_test_add_func ("/profile/writes", test_profile_writes);
  g_test_add_func ("/profile/writes-plain", test_profile_writes_plain);
  g_test_add_func ("/profile/new-empty", test_profile_new_empty);
  g_test_add_func ("/profile/sample", test_profile_sample);
  g_test_add_func ("/profile/foreach", test_profile_foreach);
  g_test_add_func ("/profile/unconfirmed", test_profile_unconfirmed);
  g_test_add_func ("/profile/plan-error", test_profile_plan_error);
  g_test_add_func ("/profile/zoo", test_profile_zoo);
  g_test_add_func ("/profile/cut", test_profile_cut);
  g_test_add_func ("/profile/bounds", test_profile_bounds);
  g_test_add_func ("/profile/reference", test_profile_reference);
  return g_test_run ();
}
