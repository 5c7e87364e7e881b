/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* `ohmctl test`: what answers, how long it takes, what it says and measures; or why not. */

#include "ohm-test-job.h"
#include "site-fixture.h"

typedef struct
{
  OhmSiteFixture *site;
  OhmJobs *jobs;
  OhmJob *job;      /* (nullable) */
  GVariant *result; /* (owned) (nullable) */
} TestJobFixture;

/* The transport of a bare address is modbus-tcp: here it leads to stations. */
static TestJobFixture *
test_test_new (void)
{
  TestJobFixture *f = g_new0 (TestJobFixture, 1);

  f->site = fixture_site_new (60 * OHM_S);
  f->jobs = ohm_jobs_new (f->site->time->clock);
  fixture_dir_install (f->site->dir, "test-modbus-tcp", "plugins/modbus-tcp.so");
  return f;
}

static void
test_test_write_meter (TestJobFixture *f, const char *id, const char *more)
{
  g_autofree char *file = g_strdup_printf ("etc/meters.d/%s.meter", id);
  g_autofree char *text = g_strdup_printf ("[meter]\ntransport = modbus-tcp\nhost = station\n%s\n",
                                           more);

  fixture_dir_write (f->site->dir, file, text);
}

static void
test_test_free (TestJobFixture *f)
{
  g_clear_pointer (&f->result, g_variant_unref);
  g_assert_finalize_object (f->jobs);
  fixture_site_free (f->site);
  g_free (f);
}

static void
test_test_begin (TestJobFixture *f, const char *target, int unit, const char *type)
{
  const OhmTestRequest request = { target, unit, type };

  f->job = ohm_test_job_start (f->jobs, f->site->site, &request);
  g_assert_cmpstr (ohm_job_get_kind (f->job), ==, "test");
}

/* @code: of the message it ends with */
static void
test_test_end (TestJobFixture *f, OhmJobState state, const char *code)
{
  fixture_site_run (f->site, 30 * OHM_S);
  g_assert_cmpstr (ohm_job_state_to_string (ohm_job_get_state (f->job)), ==,
                   ohm_job_state_to_string (state));
  g_assert_cmpstr (ohm_job_get_message (f->job) != NULL
                     ? ohm_message_get_code (ohm_job_get_message (f->job))
                     : NULL,
                   ==, code);
  g_clear_pointer (&f->result, g_variant_unref);
  f->result = g_variant_ref (ohm_job_get_result (f->job));
}

static void
test_test_assert_string (TestJobFixture *f, const char *key, const char *expected)
{
  const char *value = NULL;

  g_variant_lookup (f->result, key, "&s", &value);
  g_assert_cmpstr (value, ==, expected);
}

static void
test_test_assert_number (TestJobFixture *f, const char *key, gint64 expected)
{
  gint64 value = -1;

  g_variant_lookup (f->result, key, "x", &value);
  g_assert_cmpint (value, ==, expected);
}

static void
test_test_assert_unit (TestJobFixture *f, guint8 expected)
{
  guint8 unit = 0;

  g_assert_true (g_variant_lookup (f->result, "unit", "y", &unit));
  g_assert_cmpuint (unit, ==, expected);
}

static void
test_test_assert_fact (TestJobFixture *f, const char *name, const char *expected)
{
  g_autoptr (GVariant) facts = g_variant_lookup_value (f->result, "facts",
                                                       G_VARIANT_TYPE ("a{ss}"));
  const char *value = NULL;

  if (facts != NULL)
    g_variant_lookup (facts, name, "&s", &value);
  g_assert_cmpstr (value, ==, expected);
}

/* `POINT=VALUE UNIT` of all values */
static void
test_test_assert_values (TestJobFixture *f, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GVariant) values = g_variant_lookup_value (f->result, "values",
                                                        G_VARIANT_TYPE ("a(sdsy)"));
  GVariantIter iter;
  const char *point;
  const char *unit;
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double value;
  guint8 quality;

  if (values == NULL)
    {
      g_assert_null (expected);
      return;
    }
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "(&sd&sy)", &point, &value, &unit, &quality))
    g_string_append_printf (text, "%s%s=%s %s%s", text->len > 0 ? ", " : "", point,
                            g_ascii_formatd (number, sizeof number, "%g", value), unit,
                            quality == OHM_QUALITY_GOOD ? "" : "?");
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_test_assert_trouble (TestJobFixture *f, const char *expected)
{
  g_autoptr (GVariant) trouble = g_variant_lookup_value (f->result, "trouble",
                                                         G_VARIANT_TYPE ("(sa{ss})"));
  const char *code = NULL;

  if (trouble != NULL)
    g_variant_get (trouble, "(&s@a{ss})", &code, NULL);
  g_assert_cmpstr (code, ==, expected);
}

#define BOX_VALUES                                                                                 \
  "power-active.total=1000 W, energy-active-import.total=123456 Wh, voltage.l1-n=230 V, "          \
  "voltage.l2-n=231 V, current.l1=4.5 A, frequency=50 Hz"

/* A device that no meter is configured for. */
static void
test_test_address (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_make_box (f->site->station, 1, 41000017);
  ohm_site_start (f->site->site);
  g_string_truncate (f->site->changed, 0);
  test_test_begin (f, "station:1502", -1, NULL);
  g_assert_cmpint (ohm_job_get_state (f->job), ==, OHM_JOB_RUNNING);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_string (f, "address", "station:1502");
  test_test_assert_unit (f, 1);
  test_test_assert_number (f, "latency-us", 2 * OHM_MS);
  /* the connection alone: a station opens its door within a millisecond */
  test_test_assert_number (f, "connect-us", 1 * OHM_MS);
  test_test_assert_string (f, "type", "box");
  test_test_assert_fact (f, "serial", "41000017");
  test_test_assert_fact (f, "firmware", "7");
  test_test_assert_values (f, BOX_VALUES);
  test_test_assert_trouble (f, NULL);
  /* nobody else hears of it, and nothing stays */
  fixture_site_assert_text (f->site->changed, "");
  g_assert_cmpuint (f->site->station->connects, ==, 1);
  g_assert_cmpuint (f->site->station->visitors->len, ==, 0);
  g_assert_cmpuint (ohm_site_get_links (f->site->site)->len, ==, 0);
  test_test_free (f);
}

/* A meter at work: its own link, its facts, and a reading of now. */
static void
test_test_meter (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_make_box (f->site->station, 9, 41000017);
  test_test_write_meter (f, "a", "type = box\nunit = 9\npoll = 1h");
  ohm_site_start (f->site->site);
  fixture_site_run (f->site, 5 * OHM_S);
  ohm_test_station_set_f32 (f->site->station, 9, 0, 2000);
  test_test_begin (f, "a", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_unit (f, 9);
  test_test_assert_string (f, "type", "box");
  test_test_assert_number (f, "connect-us", -1);
  test_test_assert_fact (f, "serial", "41000017");
  test_test_assert_values (f, "power-active.total=2000 W, energy-active-import.total=123456 Wh, "
                              "voltage.l1-n=230 V, voltage.l2-n=231 V, current.l1=4.5 A, "
                              "frequency=50 Hz");
  g_assert_cmpuint (f->site->station->connects, ==, 1);
  fixture_site_assert_value (f->site, "a", "power-active.total", 2000);

  /* by its address: the same connection is used, and the meter goes on */
  test_test_begin (f, "station:502/9", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_number (f, "connect-us", -1);
  test_test_assert_fact (f, "serial", "41000017");
  g_assert_cmpuint (f->site->station->connects, ==, 1);
  fixture_site_assert_state (f->site, "a", OHM_STATE_OK, NULL);
  test_test_free (f);
}

/* Units are tried in turn: 1, then those that types name. */
static void
test_test_units (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (f->site, "unitary",
                              "[profile]\nid = unitary\nname = U\nrevision = 1\n"
                              "[limits]\nunits = 5;7\n[identify]\nkind = 104 u16 4711 score=90\n"
                              "[registers]\nin1.pulse-count = 10 u32\n"
                              "in2.pulse-count = 12 u32\n");
  fixture_site_make_box (f->site->station, 7, 1);
  f->site->station->units[1].manner = OHM_TEST_MUTE;
  f->site->station->units[5].manner = OHM_TEST_MUTE;
  ohm_site_start (f->site->site);
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_string (f, "address", "station:502");
  test_test_assert_unit (f, 7);
  test_test_assert_string (f, "type", "unitary");
  /* none of the usual points: the first ones */
  test_test_assert_values (f, "in1.pulse-count=123456 , in2.pulse-count=0 ");

  /* none of them answers: what is told is of the first */
  f->site->station->units[7].manner = OHM_TEST_MUTE;
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_FAILED, "timeout");
  test_test_assert_unit (f, 1);
  /* RTU frames were tried too, and not answered either */
  test_test_assert_string (f, "settings", "");

  /* a unit that is named is the only one */
  test_test_begin (f, "station", 5, NULL);
  test_test_end (f, OHM_JOB_FAILED, "timeout");
  test_test_assert_unit (f, 5);
  test_test_begin (f, "[station]:502/5", -1, NULL);
  test_test_end (f, OHM_JOB_FAILED, "timeout");
  test_test_free (f);
}

/* Read as what a person says it is. */
static void
test_test_type (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (f->site, "plain",
                              "[profile]\nid = plain\nname = P\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\nfrequency = 700 f32\n");
  ohm_test_station_limit (f->site->station, 1);
  fixture_site_make_box (f->site->station, 1, 41000017);
  test_test_write_meter (f, "a", "type = box\nunit = 1\npoll = 1h");
  ohm_site_start (f->site->site);
  fixture_site_run (f->site, 5 * OHM_S);
  /* registers between its own that are not there */
  fixture_site_assert_text (f->site->learned, "a ");
  test_test_begin (f, "a", -1, "plain");
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_string (f, "type", "plain");
  test_test_assert_fact (f, "serial", NULL);
  /* what it refuses is missing */
  test_test_assert_values (f, "power-active.total=1000 W, frequency=0 Hz?");
  /* the meter itself has learned nothing of it */
  g_assert_cmpstr (ohm_meter_host_get_type_id (fixture_site_host (f->site, "a")), ==, "box");
  fixture_site_assert_text (f->site->learned, "");

  test_test_begin (f, "a", -1, "plane");
  g_assert_cmpint (ohm_job_get_state (f->job), ==, OHM_JOB_FAILED);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (f->job)), ==, "type-unknown");
  test_test_free (f);
}

/* What is wrong with it is said, whoever finds it out. */
static void
test_test_partial (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (f->site, "hasty",
                              "[profile]\nid = hasty\nname = H\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\n"
                              "frequency = 200 f32 fn=4\n");
  fixture_site_make_box (f->site->station, 1, 1);
  f->site->station->units[1].function = 3;
  test_test_write_meter (f, "a", "type = hasty\nunit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_start (f->site->site);
  fixture_site_run (f->site, 5 * OHM_S);
  test_test_begin (f, "a", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_trouble (f, "partial");
  test_test_assert_values (f, "power-active.total=1000 W, frequency=0 Hz?");
  test_test_begin (f, "station:1502", -1, "hasty");
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_trouble (f, "partial");
  test_test_free (f);
}

/* What fits best does not fit well. */
static void
test_test_guess (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (f->site, "perhaps",
                              "[profile]\nid = perhaps\nname = P\nrevision = 1\n"
                              "[identify]\nkind = 104 u16 4712 score=49\n"
                              "[registers]\nfrequency = 200 f32\n");
  ohm_test_station_set_u16 (f->site->station, 1, 104, 4712);
  ohm_site_start (f->site->site);
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "guessed");
  test_test_assert_string (f, "type", "perhaps");
  test_test_free (f);
}

/* A type without values: what answers is told, and that there is nothing to be read. */
static void
test_test_without_values (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (
    f->site, "blank",
    "[profile]\nid = blank\nname = B\nrevision = 1\n"
    "[facts]\nkind = 104 u16\n[identify]\nkind = 104 u16 4712 score=49\n");
  ohm_test_station_set_u16 (f->site->station, 1, 104, 4712);
  test_test_write_meter (f, "a", "type = blank\nunit = 1\npoll = 1h");
  ohm_site_start (f->site->site);
  fixture_site_run (f->site, 5 * OHM_S);
  for (guint i = 0; i < 2; i++)
    {
      test_test_begin (f, i == 0 ? "station:1502" : "a", -1, NULL);
      test_test_end (f, OHM_JOB_DONE, "guessed");
      test_test_assert_string (f, "type", "blank");
      test_test_assert_fact (f, "kind", "4712");
      test_test_assert_number (f, "latency-us", 2 * OHM_MS);
      test_test_assert_trouble (f, "type-has-no-values");
    }
  test_test_free (f);
}

/* It answers, but it is none of ours. */
static void
test_test_unknown (void)
{
  TestJobFixture *f = test_test_new ();

  ohm_site_start (f->site->site);
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "no-type-fits");
  test_test_assert_unit (f, 1);
  test_test_assert_string (f, "type", NULL);
  test_test_assert_values (f, NULL);
  test_test_free (f);
}

/* It tells what it is, and then it cannot be read. */
static void
test_test_trouble (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_write_profile (f->site, "orphan",
                              "[profile]\nid = orphan\nname = O\nrevision = 1\n"
                              "family = no-such-plugin\n"
                              "[identify]\nkind = 104 u16 4711 score=90\n");
  fixture_site_make_box (f->site->station, 1, 1);
  ohm_site_start (f->site->site);
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_string (f, "type", "orphan");
  test_test_assert_trouble (f, "misconfigured");

  /* the line breaks while it is surveyed */
  test_test_begin (f, "station", -1, "box");
  f->site->station->units[1].latency_us = 100 * OHM_MS;
  fixture_site_run (f->site, 150 * OHM_MS);
  f->site->station->units[1].manner = OHM_TEST_MUTE;
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_trouble (f, "timeout");
  test_test_assert_values (f, NULL);
  test_test_free (f);
}

static void
test_test_another_device (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_make_box (f->site->station, 1, 2);
  test_test_write_meter (f, "a", "type = box\nunit = 1\nserial = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is wrong-device: *");
  ohm_site_start (f->site->site);
  fixture_site_run (f->site, 5 * OHM_S);
  test_test_begin (f, "a", -1, NULL);
  test_test_end (f, OHM_JOB_DONE, "identified");
  test_test_assert_trouble (f, "wrong-device");
  test_test_free (f);
}

static void
test_test_no_answer (void)
{
  TestJobFixture *f = test_test_new ();

  f->site->station->door = OHM_TEST_REFUSED;
  ohm_site_start (f->site->site);
  /* nothing in the log: only who asked is concerned */
  test_test_begin (f, "station", -1, NULL);
  test_test_end (f, OHM_JOB_FAILED, "connection-refused");
  test_test_assert_string (f, "address", "station:502");
  test_test_assert_number (f, "connect-us", -1);
  test_test_free (f);
}

/* A gateway that says why it has no answer is understood: nothing else is tried. */
static void
test_test_gateway (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_make_box (f->site->station, 1, 1);
  f->site->station->units[1].manner = OHM_TEST_REFUSES;
  f->site->station->units[1].exception = 0x0B;
  ohm_site_start (f->site->site);
  test_test_begin (f, "station", 1, NULL);
  test_test_end (f, OHM_JOB_FAILED, "gateway-no-target");
  g_assert_cmpstr (ohm_message_get_argument (ohm_job_get_message (f->job), "unit"), ==, "1");
  g_assert_cmpuint (f->site->station->connects, ==, 1);
  f->site->station->units[1].exception = 0x0A;
  test_test_begin (f, "station", 1, NULL);
  test_test_end (f, OHM_JOB_FAILED, "gateway-path");
  test_test_free (f);
}

static void
test_test_wrong_target (void)
{
  TestJobFixture *f = test_test_new ();

  test_test_write_meter (f, "bad", "type = box\nunit = 300");
  fixture_site_expect_warning ("*unit: '300'*");
  ohm_site_start (f->site->site);
  test_test_begin (f, "station:0", -1, NULL);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (f->job)), ==, "address-wrong");
  g_assert_cmpstr (ohm_message_get_argument (ohm_job_get_message (f->job), "text"), ==,
                   "port: '0': expected an integer 1..65535");
  test_test_begin (f, "bad", -1, NULL);
  g_assert_cmpint (ohm_job_get_state (f->job), ==, OHM_JOB_FAILED);
  g_assert_nonnull (
    strstr (ohm_message_get_argument (ohm_job_get_message (f->job), "text"), "unit: '300'"));
  test_test_begin (f, "/dev/ttyUSB7", -1, NULL);
  g_assert_cmpint (ohm_job_get_state (f->job), ==, OHM_JOB_FAILED);
  g_assert_cmpstr (ohm_message_get_code (ohm_job_get_message (f->job)), ==, "plugin-refused");
  test_test_free (f);
}

static void
test_test_cancelled (void)
{
  TestJobFixture *f = test_test_new ();

  fixture_site_make_box (f->site->station, 1, 1);
  f->site->station->units[1].latency_us = 100 * OHM_MS;
  ohm_site_start (f->site->site);
  /* at each step: what it is, survey, reading */
  for (guint i = 0; i < 9; i++)
    {
      test_test_begin (f, "station", -1, NULL);
      fixture_site_run (f->site, (10 + 100 * i) * OHM_MS);
      if (ohm_job_get_state (f->job) != OHM_JOB_RUNNING)
        break;
      ohm_job_cancel (f->job);
      test_test_end (f, OHM_JOB_CANCELLED, NULL);
      g_assert_cmpuint (f->site->station->visitors->len, ==, 0);
    }
  g_assert_cmpint (ohm_job_get_state (f->job), ==, OHM_JOB_DONE);
  test_test_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/test-job/address", test_test_address);
  g_test_add_func ("/test-job/meter", test_test_meter);
  g_test_add_func ("/test-job/units", test_test_units);
  g_test_add_func ("/test-job/type", test_test_type);
  g_test_add_func ("/test-job/partial", test_test_partial);
  g_test_add_func ("/test-job/guess", test_test_guess);
  g_test_add_func ("/test-job/without-values", test_test_without_values);
  g_test_add_func ("/test-job/unknown", test_test_unknown);
  g_test_add_func ("/test-job/trouble", test_test_trouble);
  g_test_add_func ("/test-job/another-device", test_test_another_device);
  g_test_add_func ("/test-job/no-answer", test_test_no_answer);
  g_test_add_func ("/test-job/gateway", test_test_gateway);
  g_test_add_func ("/test-job/wrong-target", test_test_wrong_target);
  g_test_add_func ("/test-job/cancelled", test_test_cancelled);
  return g_test_run ();
}
