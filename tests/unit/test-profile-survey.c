/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture-profile.h"

#define ILLEGAL_FUNCTION 1
#define ILLEGAL_ADDRESS  2

/* A device: registers with a value, and the functions it knows. Everything else is refused. */
typedef struct
{
  guint16 registers[65536];
  guint8 is_there[65536];
  gboolean knows[5];
  guint n_requests;
  GString *log;
} TestDevice;

static TestDevice *
test_survey_device_new (gboolean knows_3, gboolean knows_4)
{
  TestDevice *device = g_new0 (TestDevice, 1);

  device->knows[3] = knows_3;
  device->knows[4] = knows_4;
  device->log = g_string_new ("");
  return device;
}

static void
test_survey_device_free (TestDevice *device)
{
  g_string_free (device->log, TRUE);
  g_free (device);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestDevice, test_survey_device_free)

static void
test_survey_device_set (TestDevice *device, guint address, guint16 high, guint16 low)
{
  device->registers[address] = high;
  device->registers[address + 1] = low;
  device->is_there[address] = 1;
  device->is_there[address + 1] = 1;
}

static void
test_survey_device_answer (TestDevice *device,
                           const OhmRequest *request,
                           OhmReply *reply,
                           guint8 *data)
{
  device->n_requests++;
  g_string_append_printf (device->log, "%u:%u+%u ", request->function, request->address,
                          request->count);
  *reply = (OhmReply){ .function = request->function, .address = request->address, .data = data };
  if (request->function > 4 || !device->knows[request->function])
    reply->exception = ILLEGAL_FUNCTION;
  for (guint i = 0; i < request->count; i++)
    {
      guint16 value = device->registers[request->address + i];

      if (reply->exception == 0 && device->is_there[request->address + i] == 0)
        reply->exception = ILLEGAL_ADDRESS;
      data[2 * i] = (guint8) (value >> 8);
      data[2 * i + 1] = (guint8) value;
    }
  reply->length = reply->exception == 0 ? 2 * (gsize) request->count : 0;
}

static OhmFacts *
test_survey_run (OhmProfile *profile, TestDevice *device, OhmFacts *base, GError **error)
{
  OhmFactsBuilder *facts = ohm_facts_builder_new (base);
  OhmRequest request = { 0 };
  OhmReply reply;
  guint8 data[250] = { 0 };
  gboolean is_done = FALSE;

  g_string_truncate (device->log, 0);
  for (guint step = 0; !is_done; step++)
    {
      g_assert_cmpuint (step, <, 2000);
      if (!ohm_profile_survey (profile, step, step > 0 ? &reply : NULL, facts, &request, &is_done,
                               error))
        {
          ohm_facts_builder_free (facts);
          return NULL;
        }
      if (!is_done)
        test_survey_device_answer (device, &request, &reply, data);
    }
  return ohm_facts_builder_end (facts);
}

static OhmFacts *
test_survey_run_ok (OhmProfile *profile, TestDevice *device, OhmFacts *base)
{
  g_autoptr (GError) error = NULL;
  OhmFacts *facts = test_survey_run (profile, device, base, &error);

  g_assert_no_error (error);
  /* nothing of the survey's own stays behind */
  g_assert_null (ohm_facts_get (facts, "@survey"));
  return facts;
}

static void
test_survey_facts (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\n"
                                                        "serial = 754 u32\n"
                                                        "firmware = 750 u16 *0.01\n"
                                                        "name = 100 text2\n"
                                                        "ratio = 10 f32\n"
                                                        "gone = 900 u16\n"
                                                        "empty = 110 text2\n"
                                                        "absent = 120 f32\n");
  g_autoptr (TestDevice) device = test_survey_device_new (TRUE, TRUE);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) base = fixture_profile_facts ("gone", "was here", "other", "stays", NULL);

  test_survey_device_set (device, 754, 0x0001, 0x0002);
  test_survey_device_set (device, 750, 123, 0);
  test_survey_device_set (device, 100, 0x4142, 0x4300);
  test_survey_device_set (device, 10, 0x40a0, 0x0000);
  test_survey_device_set (device, 110, 0, 0);
  test_survey_device_set (device, 120, 0x7fc0, 0);
  facts = test_survey_run_ok (profile, device, base);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 3:750+1 3:100+2 3:10+2 3:900+1 3:110+2 3:120+2 ");
  g_assert_cmpstr (ohm_facts_get (facts, "serial"), ==, "65538");
  g_assert_cmpstr (ohm_facts_get (facts, "firmware"), ==, "1.23");
  g_assert_cmpstr (ohm_facts_get (facts, "name"), ==, "ABC");
  g_assert_cmpstr (ohm_facts_get (facts, "ratio"), ==, "5");
  g_assert_cmpstr (ohm_facts_get (facts, "function"), ==, "3");
  g_assert_cmpstr (ohm_facts_get (facts, "other"), ==, "stays");
  g_assert_null (ohm_facts_get (facts, "gone"));
  g_assert_null (ohm_facts_get (facts, "empty"));
  g_assert_null (ohm_facts_get (facts, "absent"));
}

static void
test_survey_function (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new (
    "[facts]\nserial = 754 u32\nfirmware = 750 u16\n");
  g_autoptr (TestDevice) device = test_survey_device_new (FALSE, TRUE);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) again = NULL;
  g_autoptr (OhmFacts) back = NULL;

  test_survey_device_set (device, 754, 0, 7);
  test_survey_device_set (device, 750, 1, 0);
  facts = test_survey_run_ok (profile, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 4:754+2 4:750+1 ");
  g_assert_cmpstr (ohm_facts_get (facts, "function"), ==, "4");
  g_assert_cmpstr (ohm_facts_get (facts, "serial"), ==, "7");

  /* remembered: asked for first the next time */
  again = test_survey_run_ok (profile, device, facts);
  g_assert_cmpstr (device->log->str, ==, "4:754+2 4:750+1 ");
  g_assert_true (ohm_facts_equal (facts, again));

  /* a firmware that knows only the other one */
  device->knows[3] = TRUE;
  device->knows[4] = FALSE;
  back = test_survey_run_ok (profile, device, facts);
  g_assert_cmpstr (device->log->str, ==, "4:754+2 3:754+2 3:750+1 ");
  g_assert_cmpstr (ohm_facts_get (back, "function"), ==, "3");
}

static void
test_survey_function_refused (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\nserial = 754 u32\n");
  g_autoptr (OhmProfile) single = fixture_profile_new (
    "[limits]\nfunctions = 4\n[facts]\nserial = 754 u32\n");
  g_autoptr (TestDevice) device = test_survey_device_new (FALSE, FALSE);
  g_autoptr (GError) error = NULL;

  g_assert_null (test_survey_run (profile, device, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==,
                   "the device refuses to be read with function 3 as well as 4");
  g_clear_error (&error);
  g_assert_null (test_survey_run (single, device, NULL, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_DEVICE);
  g_assert_cmpstr (error->message, ==, "the device refuses to be read with function 4");
}

/* Once the function is known, exception 1 is about one register only. */
static void
test_survey_function_explicit (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new (
    "[facts]\nserial = 754 u32\nfirmware = 750 u16 fn=4\n");
  g_autoptr (TestDevice) device = test_survey_device_new (TRUE, FALSE);
  g_autoptr (OhmFacts) facts = NULL;

  test_survey_device_set (device, 754, 0, 7);
  facts = test_survey_run_ok (profile, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 4:750+1 ");
  g_assert_null (ohm_facts_get (facts, "firmware"));
  g_assert_cmpstr (ohm_facts_get (facts, "function"), ==, "3");
}

/* Without facts a register tells the function. */
static void
test_survey_function_probe (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[limits]\nstateful = 5\n"
                                                        "[registers]\n"
                                                        "voltage.l1-n = 5 u16\n"
                                                        "voltage.l2-n = 7 u16 fn=3\n"
                                                        "frequency = 10 f32\n");
  g_autoptr (OhmProfile) single = fixture_profile_new (
    "[limits]\nfunctions = 4\n[registers]\nfrequency = 10 f32\n");
  g_autoptr (TestDevice) device = test_survey_device_new (FALSE, TRUE);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) none = NULL;

  facts = test_survey_run_ok (profile, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "3:10+2 4:10+2 ");
  g_assert_cmpstr (ohm_facts_get (facts, "function"), ==, "4");
  none = test_survey_run_ok (single, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "");
}

static void
test_survey_repeat (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\n"
                                                        "input-unit = 440+16*i text2\n"
                                                        "modules = 40 text2\n"
                                                        "[repeat]\n"
                                                        "over = @modules\n"
                                                        "count = 4\n");
  g_autoptr (TestDevice) device = test_survey_device_new (TRUE, TRUE);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (OhmFacts) fewer = NULL;

  test_survey_device_set (device, 40, ('1' << 8) | ';', ('3' << 8) | ';');
  test_survey_device_set (device, 456, ('W' << 8) | 'h', 0);
  test_survey_device_set (device, 488, ('m' << 8) | '3', 0);
  facts = test_survey_run_ok (profile, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "3:40+2 3:456+2 3:488+2 ");
  g_assert_cmpstr (ohm_facts_get (facts, "input-unit.1"), ==, "Wh");
  g_assert_cmpstr (ohm_facts_get (facts, "input-unit.3"), ==, "m3");
  g_assert_null (ohm_facts_get (facts, "input-unit.0"));

  /* a module was taken out: what is known of it goes too */
  test_survey_device_set (device, 40, ('1' << 8) | ';', 0);
  fewer = test_survey_run_ok (profile, device, facts);
  g_assert_cmpstr (ohm_facts_get (fewer, "input-unit.1"), ==, "Wh");
  g_assert_null (ohm_facts_get (fewer, "input-unit.3"));
}

static OhmProfile *
test_survey_alternatives_profile (void)
{
  return fixture_profile_new ("[facts]\n"
                              "serial = 754 u32\n"
                              "[registers]\n"
                              "energy-active-import.total = 5352 f32 | 19068 f32 | 100 u32\n"
                              "frequency = 19050 f32\n");
}

static void
test_survey_alternatives (void)
{
  g_autoptr (OhmProfile) profile = test_survey_alternatives_profile ();
  g_autoptr (TestDevice) device = test_survey_device_new (TRUE, TRUE);
  g_autoptr (OhmFacts) first = NULL;
  g_autoptr (OhmFacts) kept = NULL;
  g_autoptr (OhmFacts) exchanged = NULL;

  /* the first is refused, the second answers with NaN */
  test_survey_device_set (device, 754, 0, 7);
  test_survey_device_set (device, 19068, 0x7fc0, 0);
  test_survey_device_set (device, 100, 0, 5);
  first = test_survey_run_ok (profile, device, NULL);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 3:5352+2 3:19068+2 3:100+2 ");
  g_assert_cmpstr (ohm_facts_get (first, "choice.energy-active-import.total"), ==, "2");

  /* no silent switch between counters, though a better one is there now */
  test_survey_device_set (device, 5352, 0x40a0, 0);
  kept = test_survey_run_ok (profile, device, first);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 ");
  g_assert_true (ohm_facts_equal (first, kept));

  /* but another device is looked at afresh */
  test_survey_device_set (device, 754, 0, 8);
  exchanged = test_survey_run_ok (profile, device, first);
  g_assert_cmpstr (device->log->str, ==, "3:754+2 3:5352+2 ");
  g_assert_cmpstr (ohm_facts_get (exchanged, "choice.energy-active-import.total"), ==, "0");
}

static void
test_survey_alternatives_none (void)
{
  g_autoptr (OhmProfile) profile = test_survey_alternatives_profile ();
  g_autoptr (TestDevice) device = test_survey_device_new (TRUE, TRUE);
  g_autoptr (OhmFacts) facts = test_survey_run_ok (profile, device, NULL);

  g_assert_null (ohm_facts_get (facts, "choice.energy-active-import.total"));
  g_assert_null (ohm_facts_get (facts, "serial"));
}

/* A reply is data from outside: whatever its length, nothing is read beyond it. */
static void
test_survey_short_replies (void)
{
  g_autoptr (OhmProfile) profile = test_survey_alternatives_profile ();
  static const guint8 bytes[] = { 0, 1, 0, 2 };

  for (gsize length = 0; length < sizeof bytes; length++)
    {
      g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
      g_autofree guint8 *exact = g_memdup2 (bytes, length);
      OhmReply reply = { .function = 3, .data = exact, .length = length };
      OhmRequest request = { 0 };
      gboolean is_done = FALSE;
      guint step = 0;

      for (; !is_done; step++)
        g_assert_true (ohm_profile_survey (profile, step, step > 0 ? &reply : NULL, facts, &request,
                                           &is_done, NULL));
      g_assert_cmpuint (step, ==, 5);
      g_assert_null (ohm_facts_builder_get (facts, "serial"));
    }
}

/* No answer at all leaves the fact out; past its end the survey stays done. */
static void
test_survey_silence (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\nserial = 754 u32\n");
  g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
  OhmRequest request = { 0 };
  gboolean is_done = FALSE;

  g_assert_true (ohm_profile_survey (profile, 0, NULL, facts, &request, &is_done, NULL));
  g_assert_false (is_done);
  g_assert_true (ohm_profile_survey (profile, 1, NULL, facts, &request, &is_done, NULL));
  g_assert_true (is_done);
  is_done = FALSE;
  g_assert_true (ohm_profile_survey (profile, 2, NULL, facts, &request, &is_done, NULL));
  g_assert_true (is_done);
  g_assert_null (ohm_facts_builder_get (facts, "serial"));
}

/* A device that is busy at the moment keeps its serial. */
static void
test_survey_busy (void)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[facts]\nserial = 754 u32\n");
  static const struct
  {
    guint8 exception;
    gboolean is_kept;
  } cases[] = { { 2, FALSE }, { 3, FALSE }, { 4, TRUE }, { 5, TRUE }, { 6, TRUE }, { 10, TRUE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
      OhmReply reply = { .function = 3, .exception = cases[i].exception };
      OhmRequest request = { 0 };
      gboolean is_done = FALSE;

      ohm_facts_builder_set (facts, "serial", "7");
      g_assert_true (ohm_profile_survey (profile, 0, NULL, facts, &request, &is_done, NULL));
      g_assert_true (ohm_profile_survey (profile, 1, &reply, facts, &request, &is_done, NULL));
      g_assert_true (is_done);
      g_assert_cmpstr (ohm_facts_builder_get (facts, "serial"), ==, cases[i].is_kept ? "7" : NULL);
    }
}

/* The survey's place is kept among the facts: whatever stands there is survived. */
static void
test_survey_scratch (void)
{
  static const char *const places[] = {
    "", "x", "1", "4294967295 9 9", "0 1 0", "3 1 1", "-1 0 0"
  };
  g_autoptr (OhmProfile) profile = test_survey_alternatives_profile ();

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (OhmFactsBuilder) facts = ohm_facts_builder_new (NULL);
      static const guint8 bytes[] = { 0, 1, 0, 2 };
      OhmReply reply = { .function = 3, .data = bytes, .length = sizeof bytes };
      OhmRequest request = { 0 };
      gboolean is_done = FALSE;

      ohm_facts_builder_set (facts, "@survey", places[i]);
      g_assert_true (ohm_profile_survey (profile, 1, &reply, facts, &request, &is_done, NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile-survey/facts", test_survey_facts);
  g_test_add_func ("/profile-survey/function", test_survey_function);
  g_test_add_func ("/profile-survey/function-refused", test_survey_function_refused);
  g_test_add_func ("/profile-survey/function-explicit", test_survey_function_explicit);
  g_test_add_func ("/profile-survey/function-probe", test_survey_function_probe);
  g_test_add_func ("/profile-survey/repeat", test_survey_repeat);
  g_test_add_func ("/profile-survey/alternatives", test_survey_alternatives);
  g_test_add_func ("/profile-survey/alternatives-none", test_survey_alternatives_none);
  g_test_add_func ("/profile-survey/short-replies", test_survey_short_replies);
  g_test_add_func ("/profile-survey/silence", test_survey_silence);
  g_test_add_func ("/profile-survey/busy", test_survey_busy);
  g_test_add_func ("/profile-survey/scratch", test_survey_scratch);
  return g_test_run ();
}
