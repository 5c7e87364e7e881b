/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plugin umg801: what its recordings cannot show, devices that change or refuse. */

#include <ohm.h>

#include <string.h>

#include "ohm-umg801-modules.h"

extern const OhmPluginInfo ohm_plugin;

#define TYPES "1 CT8-A 2; 2 DI14 0; 3 CT24-LP 6; 4 CT8-LP 2"

/* --- slots and groups --- */

static GArray *
test_umg801_get_types (void)
{
  g_autoptr (GError) error = NULL;
  GArray *types = ohm_umg801_types_parse (TYPES, &error);

  g_assert_no_error (error);
  return types;
}

static void
test_umg801_types (void)
{
  static const char *const wrong[] = { "1 CT8-A", "CT8-A 1 2", "1 CT8-A 21", "1 CT8-A 2 3",
                                       (TYPES ";") };
  g_autoptr (GArray) types = test_umg801_get_types ();

  g_assert_cmpuint (types->len, ==, 4);
  g_assert_cmpstr (g_array_index (types, OhmUmg801Type, 2).name, ==, "CT24-LP");
  g_assert_cmpuint (g_array_index (types, OhmUmg801Type, 2).n_groups, ==, 6);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ohm_umg801_types_parse (wrong[i], &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
    }
}

static void
test_umg801_text (void)
{
  static const char *const texts[] = {
    "none", "1 CT8-A", "2 DI14, 5 type 9",
    "1 CT8-A, 2 DI14 (absent), 4 CT24-LP (inactive), 19 type 7 (absent), 20 CT8-LP"
  };
  static const char *const nothing[] = {
    "", "0 CT8-A", "21 CT8-A", "1 CT9", "CT8-A", "x CT8-A", "1"
  };
  g_autoptr (GArray) types = test_umg801_get_types ();
  OhmUmg801Modules modules;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = NULL;

      ohm_umg801_modules_parse (&modules, texts[i], types);
      text = ohm_umg801_modules_to_text (&modules, types);
      g_assert_cmpstr (text, ==, texts[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (nothing); i++)
    {
      g_autofree char *text = NULL;

      ohm_umg801_modules_parse (&modules, nothing[i], types);
      text = ohm_umg801_modules_to_text (&modules, types);
      g_assert_cmpstr (text, ==, "none");
    }
}

static void
test_umg801_assert_take (const char *before, guint state, guint type, const char *after)
{
  g_autoptr (GArray) types = test_umg801_get_types ();
  g_autofree char *text = NULL;
  OhmUmg801Modules modules;

  ohm_umg801_modules_parse (&modules, before, types);
  ohm_umg801_modules_take (&modules, 3, state, type);
  text = ohm_umg801_modules_to_text (&modules, types);
  g_assert_cmpstr (text, ==, after);
}

static void
test_umg801_take (void)
{
  test_umg801_assert_take ("none", 0, 0, "none");
  test_umg801_assert_take ("none", 1, 3, "3 CT24-LP (inactive)");
  test_umg801_assert_take ("3 CT24-LP (inactive)", 0, 0, "none");
  test_umg801_assert_take ("none", 2, 3, "3 CT24-LP");
  test_umg801_assert_take ("3 CT24-LP", 0, 0, "3 CT24-LP (absent)");
  test_umg801_assert_take ("3 CT24-LP", 1, 3, "3 CT24-LP (absent)");
  test_umg801_assert_take ("3 CT24-LP (absent)", 0, 0, "3 CT24-LP (absent)");
  test_umg801_assert_take ("3 CT24-LP (absent)", 2, 3, "3 CT24-LP");
  test_umg801_assert_take ("3 CT24-LP (absent)", 2, 1, "3 CT8-A");
  test_umg801_assert_take ("2 DI14, 3 CT8-A", 2, 9, "2 DI14, 3 type 9");
}

static void
test_umg801_assert_groups (const char *modules_text, const char *expected)
{
  g_autoptr (GArray) types = test_umg801_get_types ();
  g_autoptr (GArray) groups = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  OhmUmg801Modules modules;

  ohm_umg801_modules_parse (&modules, modules_text, types);
  groups = ohm_umg801_modules_get_groups (&modules, types);
  for (guint i = 0; i < groups->len; i++)
    {
      const OhmUmg801Group *group = &g_array_index (groups, OhmUmg801Group, i);

      g_string_append_printf (text, "%sm%ug%u=%u", i > 0 ? " " : "", group->slot, group->group,
                              group->number);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_umg801_groups (void)
{
  test_umg801_assert_groups ("none", "");
  test_umg801_assert_groups ("2 DI14", "");
  test_umg801_assert_groups ("1 CT8-A, 2 DI14, 3 CT8-LP", "m1g1=4 m1g2=5 m3g1=6 m3g2=7");
  /* only active modules are counted; one that is absent is still known */
  test_umg801_assert_groups ("1 CT8-A (absent), 3 CT8-LP", "m1g1=0 m1g2=0 m3g1=4 m3g2=5");
  test_umg801_assert_groups ("1 CT8-A (inactive), 3 CT8-LP", "m3g1=4 m3g2=5");
  /* behind an unknown one nothing is certain */
  test_umg801_assert_groups ("1 CT8-A, 2 type 9, 3 CT8-LP", "m1g1=4 m1g2=5 m3g1=0 m3g2=0");
  test_umg801_assert_groups ("2 type 9 (absent), 3 CT8-LP", "m3g1=4 m3g2=5");
  /* there are registers for twenty groups */
  test_umg801_assert_groups ("1 CT24-LP, 2 CT24-LP, 3 CT24-LP, 4 CT24-LP",
                             "m1g1=4 m1g2=5 m1g3=6 m1g4=7 m1g5=8 m1g6=9 "
                             "m2g1=10 m2g2=11 m2g3=12 m2g4=13 m2g5=14 m2g6=15 "
                             "m3g1=16 m3g2=17 m3g3=18 m3g4=19 m3g5=20 m3g6=21 "
                             "m4g1=22 m4g2=23");
}

/* --- the survey of a device that is not there --- */

#define DEVICE_FIRST 4100
#define DEVICE_END   (4178 + 80 * 20)

typedef struct
{
  OhmProfile *parent;
  OhmProfile *profile;
  guint8 registers[2 * (DEVICE_END - DEVICE_FIRST)];
  guint end;            /* registers from here on are refused */
  guint registers_max;  /* more are refused */
  guint8 busy_from_now; /* exception of the module table */
  guint n_requests;
} Fixture;

static OhmProfile *
fixture_on_lookup (const char *id, gpointer user_data)
{
  Fixture *f = user_data;

  return g_str_equal (id, "janitza-common") ? f->parent : f->profile;
}

static OhmProfile *
fixture_load (Fixture *f, const char *folder, const char *file)
{
  g_autofree char *path = g_build_filename (g_getenv ("OHM_SOURCE_DIR"), "plugins", folder, file,
                                            NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  OhmProfile *profile;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  profile = ohm_profile_parse (file, text, strlen (text), fixture_on_lookup, f, &error);
  g_assert_no_error (error);
  return profile;
}

static void
fixture_put (Fixture *f, guint address, guint value)
{
  guint8 *at = f->registers + 2 * (gsize) (address - DEVICE_FIRST);

  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static void
fixture_set_module (Fixture *f, guint slot, guint state, guint type)
{
  guint base = 4178 + 80 * (slot - 1);

  fixture_put (f, base, state != 0 ? 'A' << 8 | ('A' + slot) : 0);
  fixture_put (f, base + 68, state);
  fixture_put (f, base + 69, type);
}

static void
fixture_set_up (Fixture *f, gconstpointer data)
{
  f->parent = fixture_load (f, "profiles", "janitza-common.profile");
  f->profile = fixture_load (f, "meters/umg801", "umg801.profile");
  f->end = DEVICE_END;
  f->registers_max = 122;
  fixture_put (f, 4177, 17);
  fixture_put (f, 4132, '1' << 8 | '.');
}

static void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  ohm_profile_unref (f->profile);
  ohm_profile_unref (f->parent);
}

static void
fixture_answer (Fixture *f, const OhmRequest *request, OhmReply *reply)
{
  guint end = (guint) request->address + request->count;

  f->n_requests++;
  *reply = (OhmReply){ .function = request->function, .address = request->address };
  if (request->address >= 19000)
    return;
  g_assert_cmpuint (request->count, <=, 122);
  g_assert_cmpuint (request->address, >=, DEVICE_FIRST);
  g_assert_cmpuint (end, <=, DEVICE_END);
  if (end > f->end || request->count > f->registers_max)
    reply->exception = 2;
  else if (request->address >= 4178)
    reply->exception = f->busy_from_now;
  if (reply->exception != 0)
    return;
  reply->data = f->registers + 2 * (gsize) (request->address - DEVICE_FIRST);
  reply->length = 2 * (gsize) request->count;
}

static OhmMeter *
fixture_new_meter (Fixture *f, OhmFacts *facts)
{
  return ohm_meter_new (ohm_plugin.types[0](), f->profile, facts);
}

/* (transfer full): facts of a survey that starts from @known */
static OhmFacts *
fixture_survey (Fixture *f, OhmFacts *known)
{
  g_autoptr (OhmMeter) meter = fixture_new_meter (f, known);
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (known);
  g_autoptr (GError) error = NULL;
  OhmReply reply = { 0 };
  OhmRequest request = { 0 };
  gboolean is_done = FALSE;

  f->n_requests = 0;
  for (guint step = 0;; step++)
    {
      g_assert_cmpuint (step, <, 100);
      g_assert_true (ohm_meter_survey (meter, step, step > 0 ? &reply : NULL, facts, &request,
                                       &is_done, &error));
      if (is_done)
        return ohm_facts_builder_end (g_steal_pointer (&facts));
      fixture_answer (f, &request, &reply);
    }
}

static void
fixture_assert_fact (OhmFacts *facts, const char *name, const char *text)
{
  g_assert_cmpstr (ohm_facts_get (facts, name), ==, text);
}

static void
test_umg801_survey (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;

  fixture_set_module (f, 1, 2, 1);
  fixture_set_module (f, 20, 2, 3);
  facts = fixture_survey (f, NULL);
  fixture_assert_fact (facts, "modules", "1 CT8-A, 20 CT24-LP");
  fixture_assert_fact (facts, "module-name.1", "AB");
  fixture_assert_fact (facts, "module-name.2", NULL);
  fixture_assert_fact (facts, "module-name.20", "AU");
  fixture_assert_fact (facts, "serial", "17");
  fixture_assert_fact (facts, "model", "UMG 801");
  fixture_assert_fact (facts, "groups", "10");
  fixture_assert_fact (facts, "groups-left-out", NULL);
  fixture_assert_fact (facts, "name.m1g2", "AB 2");
  fixture_assert_fact (facts, "name.m20g6", "AU 6");
  fixture_assert_fact (facts, "@modules", NULL);
  /* five facts, and the table with 122 registers at a time */
  g_assert_cmpuint (f->n_requests, ==, 5 + 14);
}

static void
test_umg801_survey_surplus (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;

  for (guint slot = 1; slot <= 4; slot++)
    fixture_set_module (f, slot, 2, 3);
  facts = fixture_survey (f, NULL);
  fixture_assert_fact (facts, "groups", "22");
  fixture_assert_fact (facts, "groups-left-out", "4");
  fixture_assert_fact (facts, "name.m4g2", "AE 2");
  fixture_assert_fact (facts, "name.m4g3", NULL);
}

static void
test_umg801_survey_in_pieces (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;

  fixture_set_module (f, 2, 2, 1);
  f->registers_max = 32;
  facts = fixture_survey (f, NULL);
  fixture_assert_fact (facts, "modules", "2 CT8-A");
  fixture_assert_fact (facts, "module-name.2", "AC");
  g_assert_cmpuint (f->n_requests, ==, 5 + 1 + 40);
}

static void
test_umg801_survey_short_table (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) none = NULL;
  g_autoptr (OhmFacts) facts = NULL;

  fixture_set_module (f, 2, 2, 1);
  f->end = 4178 + 80 * 3;
  facts = fixture_survey (f, NULL);
  fixture_assert_fact (facts, "modules", "2 CT8-A");
  /* no table at all */
  f->end = 4178;
  none = fixture_survey (f, NULL);
  fixture_assert_fact (none, "modules", NULL);
  fixture_assert_fact (none, "groups", "2");
  g_assert_cmpuint (f->n_requests, <=, 5 + 3);
}

static void
test_umg801_survey_busy (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) again = NULL;

  fixture_set_module (f, 2, 2, 1);
  facts = fixture_survey (f, NULL);
  f->busy_from_now = 6;
  again = fixture_survey (f, facts);
  g_assert_true (ohm_facts_equal (facts, again));
}

static void
test_umg801_survey_changes (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) pulled = NULL;
  g_autoptr (OhmFacts) other = NULL;

  fixture_set_module (f, 2, 2, 1);
  fixture_set_module (f, 3, 2, 4);
  facts = fixture_survey (f, NULL);
  fixture_set_module (f, 2, 0, 0);
  pulled = fixture_survey (f, facts);
  fixture_assert_fact (pulled, "modules", "2 CT8-A (absent), 3 CT8-LP");
  fixture_assert_fact (pulled, "module-name.2", "AC");
  fixture_assert_fact (pulled, "groups", "4");
  /* another device never had it */
  fixture_put (f, 4177, 18);
  other = fixture_survey (f, pulled);
  fixture_assert_fact (other, "modules", "3 CT8-LP");
  fixture_assert_fact (other, "module-name.2", NULL);
  fixture_assert_fact (other, "name.m2g1", NULL);
}

/* --- the plan --- */

static OhmPlan *
fixture_plan (Fixture *f, const char *modules, const char *groups)
{
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmMeter) meter = NULL;
  g_autoptr (GError) error = NULL;
  OhmPlan *plan;

  ohm_facts_builder_set (builder, "modules", modules);
  ohm_facts_builder_set (builder, "groups", groups);
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  meter = fixture_new_meter (f, facts);
  plan = ohm_meter_plan (meter, &error);
  g_assert_no_error (error);
  return plan;
}

static const OhmEntry *
fixture_find_entry (OhmPlan *plan, const char *name)
{
  guint n;
  const OhmEntry *entries = ohm_plan_get_entries (plan, &n);
  guint index;

  if (ohm_point_set_find (ohm_plan_get_points (plan), name, &index))
    for (guint i = 0; i < n; i++)
      if (entries[i].point == index)
        return &entries[i];
  return NULL;
}

/* g_assert_nonnull() may return, and compilers know it. */
static const OhmEntry *
fixture_get_entry (OhmPlan *plan, const char *name)
{
  const OhmEntry *entry = fixture_find_entry (plan, name);

  g_assert (entry != NULL);
  return entry;
}

static void
fixture_assert_address (OhmPlan *plan, const char *name, guint address)
{
  const OhmEntry *entry = fixture_get_entry (plan, name);

  g_assert_cmpuint (entry->address, ==, address);
  g_assert_cmpuint (entry->flags, ==, 0);
}

static void
test_umg801_plan (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmPlan) base = fixture_plan (f, NULL, NULL);
  g_autoptr (OhmPlan) plan = fixture_plan (f, "1 CT8-A, 3 CT8-LP", "6");
  const OhmEntry *counter = fixture_get_entry (plan, "m3g2.energy-active-import.total");

  g_assert_null (fixture_find_entry (base, "g2.current.l1"));
  fixture_assert_address (base, "current.l4", 19018);
  fixture_assert_address (plan, "g3.current.l1", 19300);
  fixture_assert_address (plan, "m1g1.current.l1", 19400);
  fixture_assert_address (plan, "m3g2.energy-active-import.total", 19752);
  g_assert_cmpuint (counter->classes, ==, OHM_READ_SLOW | OHM_READ_SLOT);
  g_assert_null (fixture_find_entry (plan, "current.n-calc"));
  g_assert_null (fixture_find_entry (plan, "g4.current.l1"));
}

/* A module that comes or goes moves the registers of those behind it, and no name. */
static void
test_umg801_plan_moves (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmPlan) before = fixture_plan (f, "3 CT8-LP", "4");
  g_autoptr (OhmPlan) added = fixture_plan (f, "1 CT8-A, 3 CT8-LP", "6");
  g_autoptr (OhmPlan) pulled = fixture_plan (f, "1 CT8-A (absent), 3 CT8-LP", "4");
  const OhmEntry *absent = fixture_get_entry (pulled, "m1g2.energy-active-net.total");

  fixture_assert_address (before, "m3g1.current.l1", 19400);
  fixture_assert_address (added, "m3g1.current.l1", 19600);
  fixture_assert_address (pulled, "m3g1.current.l1", 19400);
  g_assert_cmpuint (absent->flags, ==, OHM_ENTRY_ABSENT);
  g_assert_cmpuint (absent->classes, ==, OHM_READ_SLOW | OHM_READ_SLOT);
  /* what is absent leaves its points, so that nothing else changes */
  g_assert_true (ohm_plan_get_points (added) == ohm_plan_get_points (pulled));
}

static void
test_umg801_assert_guards (Fixture *f, const char *modules, const char *expected)
{
  g_autoptr (OhmPlan) plan = fixture_plan (f, modules, "2");
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;
  const OhmGuard *guards = ohm_plan_get_guards (plan, &n);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%u+%u", i > 0 ? " " : "", guards[i].address, guards[i].count);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Up to the slot where the next module would go. */
static void
test_umg801_guards (Fixture *f, gconstpointer data)
{
  test_umg801_assert_guards (f, NULL, "");
  test_umg801_assert_guards (f, "none", "4246+2");
  test_umg801_assert_guards (f, "1 CT8-A", "4246+82");
  test_umg801_assert_guards (f, "1 CT8-A, 2 DI14", "4246+82 4406+2");
  test_umg801_assert_guards (f, "20 CT8-A",
                             "4246+82 4406+82 4566+82 4726+82 4886+82 "
                             "5046+82 5206+82 5366+82 5526+82 5686+82");
}

static void
test_umg801_assert_check (Fixture *f, OhmMeter *meter, gsize length, gboolean expected)
{
  OhmReply reply = { .function = 3, .address = 4246, .length = length };

  reply.data = f->registers + 2 * (4246 - DEVICE_FIRST);
  g_assert_cmpint (ohm_meter_check (meter, &reply), ==, expected);
}

static void
test_umg801_check (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmMeter) meter = NULL;

  fixture_set_module (f, 1, 2, 1);
  f->registers_max = 32;
  facts = fixture_survey (f, NULL);
  fixture_assert_fact (facts, "module-table", "in pieces");
  meter = fixture_new_meter (f, facts);
  test_umg801_assert_check (f, meter, 164, TRUE);
  fixture_set_module (f, 2, 1, 3);
  test_umg801_assert_check (f, meter, 164, TRUE);
  fixture_set_module (f, 2, 2, 3);
  test_umg801_assert_check (f, meter, 164, FALSE);
  /* an answer that is too short says nothing of it */
  test_umg801_assert_check (f, meter, 163, TRUE);
  fixture_set_module (f, 2, 0, 0);
  fixture_set_module (f, 1, 2, 4);
  test_umg801_assert_check (f, meter, 4, FALSE);
  fixture_set_module (f, 1, 1, 1);
  test_umg801_assert_check (f, meter, 4, FALSE);
  test_umg801_assert_check (f, meter, 0, TRUE);
}

static void
test_umg801_wrong_types (Fixture *f, gconstpointer data)
{
  static const char child[] = "[profile]\nid = x\nname = x\nrevision = 1\ninherits = umg801\n"
                              "family = umg801\n[family]\nmodule-types = 1 CT8-A\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) survey_error = NULL;
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
  g_autoptr (OhmProfile) profile = NULL;
  g_autoptr (OhmMeter) meter = NULL;
  OhmRequest request;
  gboolean is_done;

  profile = ohm_profile_parse ("x.profile", child, strlen (child), fixture_on_lookup, f, &error);
  g_assert_no_error (error);
  meter = ohm_meter_new (ohm_plugin.types[0](), profile, NULL);
  g_assert_null (ohm_meter_plan (meter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
  g_assert_false (ohm_meter_survey (meter, 0, NULL, facts, &request, &is_done, &survey_error));
  g_assert_error (survey_error, OHM_ERROR, OHM_ERROR_PROFILE);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/umg801/survey", test_umg801_survey },
    { "/umg801/survey/surplus", test_umg801_survey_surplus },
    { "/umg801/survey/in-pieces", test_umg801_survey_in_pieces },
    { "/umg801/survey/short-table", test_umg801_survey_short_table },
    { "/umg801/survey/busy", test_umg801_survey_busy },
    { "/umg801/survey/changes", test_umg801_survey_changes },
    { "/umg801/plan", test_umg801_plan },
    { "/umg801/plan/moves", test_umg801_plan_moves },
    { "/umg801/guards", test_umg801_guards },
    { "/umg801/check", test_umg801_check },
    { "/umg801/wrong-types", test_umg801_wrong_types },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/umg801/types", test_umg801_types);
  g_test_add_func ("/umg801/text", test_umg801_text);
  g_test_add_func ("/umg801/take", test_umg801_take);
  g_test_add_func ("/umg801/groups", test_umg801_groups);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].func, fixture_tear_down);
  return g_test_run ();
}
