/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm.h"

#include "fixture-profile.h"

static const OhmRegister registers[] = {
  { "voltage.l1-n", 0x0000, OHM_FORMAT_F32, 1.0 },
  { "energy-active-import.total", 0x0048, OHM_FORMAT_F32, 1000.0 },
};

#define TEST_TYPE_TABLE_METER (test_table_meter_get_type ())
G_DECLARE_FINAL_TYPE (TestTableMeter, test_table_meter, TEST, TABLE_METER, OhmMeter)
OHM_DEFINE_METER (TestTableMeter, test_table_meter)

static void
test_table_meter_class_init (TestTableMeterClass *klass)
{
  static const char *const keys[] = { "mode", NULL };

  ohm_meter_class_set_registers (OHM_METER_CLASS (klass), registers, G_N_ELEMENTS (registers));
  ohm_meter_class_set_extra_keys (OHM_METER_CLASS (klass), keys);
}

#define TEST_TYPE_CODE_METER (test_code_meter_get_type ())
G_DECLARE_FINAL_TYPE (TestCodeMeter, test_code_meter, TEST, CODE_METER, OhmMeter)
OHM_DEFINE_METER (TestCodeMeter, test_code_meter)

static gboolean
test_code_meter_survey (OhmMeter *self,
                        guint step,
                        const OhmReply *last,
                        OhmFactsBuilder *facts,
                        OhmRequest *ret_next,
                        gboolean *ret_done,
                        GError **error)
{
  OhmMeterClass *parent = OHM_METER_CLASS (test_code_meter_parent_class);

  if (!parent->survey (self, step, last, facts, ret_next, ret_done, error))
    return FALSE;
  if (*ret_done)
    ohm_facts_builder_set (facts, "variant", "refined");
  return TRUE;
}

static gboolean
test_code_meter_plan (OhmMeter *self, OhmPlan *plan, GError **error)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "no modules are known");
  return FALSE;
}

static gboolean
test_code_meter_decode (OhmMeter *self,
                        const OhmReply *reply,
                        OhmReadingBuilder *out,
                        GError **error)
{
  ohm_reading_builder_set_real (out, 0, (double) reply->length);
  return TRUE;
}

static gboolean
test_code_meter_check (OhmMeter *self, const OhmReply *reply)
{
  return reply->length != 4;
}

static void
test_code_meter_class_init (TestCodeMeterClass *klass)
{
  OhmMeterClass *meter_class = OHM_METER_CLASS (klass);

  meter_class->survey = test_code_meter_survey;
  meter_class->plan = test_code_meter_plan;
  meter_class->decode = test_code_meter_decode;
  meter_class->check = test_code_meter_check;
}

static void
test_meter_profile_only (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[registers]\nfrequency = 10 f32\n");
  g_autoptr (OhmFacts) facts = fixture_profile_facts ("serial", "7", NULL);
  g_autoptr (OhmMeter) meter = ohm_meter_new (OHM_TYPE_METER, profile, facts);
  g_autoptr (OhmProfile) read_profile = NULL;
  g_autoptr (OhmFacts) read_facts = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmPlan) plan = ohm_meter_plan (meter, &error);

  g_assert_no_error (error);
  g_assert_true (ohm_meter_get_profile (meter) == profile);
  g_assert_true (ohm_meter_get_facts (meter) == facts);
  g_object_get (meter, "profile", &read_profile, "facts", &read_facts, NULL);
  g_assert_true (read_profile == profile);
  g_assert_true (read_facts == facts);
  g_assert_true (fixture_profile_has (plan, "frequency"));
}

static void
test_meter_table (void)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("table", "Table");
  g_autoptr (OhmProfile) more = fixture_profile_new ("[registers]\nfrequency = 10 f32\n");
  g_autoptr (OhmProfile) twice = fixture_profile_new ("[registers]\nvoltage.l1-n = 10 f32\n");
  g_autoptr (OhmMeter) meter = ohm_meter_new (TEST_TYPE_TABLE_METER, profile, NULL);
  g_autoptr (OhmMeter) both = ohm_meter_new (TEST_TYPE_TABLE_METER, more, NULL);
  g_autoptr (OhmMeter) wrong = ohm_meter_new (TEST_TYPE_TABLE_METER, twice, NULL);
  g_autoptr (OhmPlan) plan = ohm_meter_plan (meter, NULL);
  g_autoptr (OhmPlan) plan_both = ohm_meter_plan (both, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (ohm_meter_get_facts (meter));
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan)), ==, 2);
  g_assert_cmpfloat_with_epsilon (
    fixture_profile_entry (plan, "energy-active-import.total").encoding.scale, 1000, 1e-9);
  g_assert_cmpuint (ohm_point_set_get_n (ohm_plan_get_points (plan_both)), ==, 3);
  g_assert_null (ohm_meter_plan (wrong, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
}

static void
test_meter_code (void)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("code", "Code");
  g_autoptr (OhmMeter) meter = ohm_meter_new (TEST_TYPE_CODE_METER, profile, NULL);
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
  g_autoptr (GError) error = NULL;
  OhmRequest next = { 0 };
  gboolean is_done = FALSE;

  g_assert_true (ohm_meter_survey (meter, 0, NULL, facts, &next, &is_done, &error));
  g_assert_no_error (error);
  g_assert_true (is_done);
  g_assert_cmpstr (ohm_facts_builder_get (facts, "variant"), ==, "refined");
  g_assert_null (ohm_meter_plan (meter, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROFILE);
}

static void
test_meter_decode (void)
{
  g_autoptr (OhmProfile) profile = ohm_profile_new_empty ("code", "Code");
  g_autoptr (OhmMeter) code = ohm_meter_new (TEST_TYPE_CODE_METER, profile, NULL);
  g_autoptr (OhmMeter) table = ohm_meter_new (TEST_TYPE_TABLE_METER, profile, NULL);
  g_autoptr (OhmPlan) plan = ohm_meter_plan (table, NULL);
  g_autoptr (OhmReading) reading = NULL;
  g_autoptr (GError) error = NULL;
  OhmReadingBuilder *out = ohm_reading_builder_new ("main", ohm_plan_get_points (plan),
                                                    OHM_READ_LIVE, 1);
  static const guint8 bytes[6] = { 0 };
  OhmReply reply = { .data = bytes, .length = sizeof bytes };

  ohm_reading_builder_begin_request (out, 1);
  g_assert_false (ohm_meter_decode (table, &reply, out, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  g_assert_true (ohm_meter_decode (code, &reply, out, &error));
  g_assert_no_error (error);
  reading = ohm_reading_builder_end (out);
  g_assert_cmpfloat_with_epsilon (ohm_reading_get_real (reading, 0), 6, 1e-12);
}

static void
test_meter_extra_keys (void)
{
  static const struct
  {
    const char *family;
    const char *message;
  } cases[] = {
    { "mode = 1\n", NULL },
    { "mod = 1\n", "profile 'x': [family] mod: unknown key; did you mean 'mode'?" },
    { "zebra = 1\n", "profile 'x': [family] zebra: unknown key" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat ("[profile]\nid = x\nname = X\nrevision = 1\n"
                                           "family = f\n[family]\n",
                                           cases[i].family, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (OhmProfile) profile = fixture_profile_parse (text, NULL);
      g_autoptr (OhmMeter) meter = ohm_meter_new (TEST_TYPE_TABLE_METER, profile, NULL);
      g_autoptr (OhmPlan) plan = ohm_meter_plan (meter, &error);

      g_assert_true ((plan == NULL) == (cases[i].message != NULL));
      g_assert_cmpstr (error != NULL ? error->message : NULL, ==, cases[i].message);
    }
}

/* Without a check of its own a type's device is what it was. */
static void
test_meter_check (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[registers]\nfrequency = 10 f32\n");
  g_autoptr (OhmMeter) plain = ohm_meter_new (OHM_TYPE_METER, profile, NULL);
  g_autoptr (OhmMeter) code = ohm_meter_new (TEST_TYPE_CODE_METER, profile, NULL);
  const OhmReply other = { .length = 4 };
  const OhmReply same = { .length = 6 };

  g_assert_true (ohm_meter_check (plain, &other));
  g_assert_true (ohm_meter_check (code, &same));
  g_assert_false (ohm_meter_check (code, &other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter/profile-only", test_meter_profile_only);
  g_test_add_func ("/meter/table", test_meter_table);
  g_test_add_func ("/meter/code", test_meter_code);
  g_test_add_func ("/meter/extra-keys", test_meter_extra_keys);
  g_test_add_func ("/meter/decode", test_meter_decode);
  g_test_add_func ("/meter/check", test_meter_check);
  return g_test_run ();
}
