/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a meter says of itself when something cannot be read. */

#include <math.h>

#include "site-fixture.h"

static void
test_state_assert_argument (OhmSiteFixture *f, const char *name, const char *expected)
{
  const OhmState *state = ohm_meter_host_get_state (fixture_site_host (f, "a"));

  g_assert_cmpstr (ohm_message_get_argument (state->cause, name), ==, expected);
}

static void
test_state_nan (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 2 * OHM_S);
  ohm_test_station_set_f32 (f->station, 1, 2, NAN);
  ohm_test_station_set_f32 (f->station, 1, 4, INFINITY);
  fixture_site_run (f, 1 * OHM_S);
  g_assert_cmpint (fixture_site_quality (f, "a", "voltage.l1-n"), ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (fixture_site_quality (f, "a", "voltage.l2-n"), ==, OHM_QUALITY_MISSING);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  /* the meter answers: nothing is wrong with reading it */
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  ohm_test_station_set_f32 (f->station, 1, 2, 229);
  fixture_site_run (f, 1 * OHM_S);
  fixture_site_assert_value (f, "a", "voltage.l1-n", 229);
  fixture_site_free (f);
}

/* A register that the meter does not have costs only itself: found, remembered, shown, and tried
 * again, first soon and in the end daily. */
static void
test_state_refused_register (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmMeterHost *host;
  g_auto (GStrv) learned = NULL;
  guint64 refused;

  fixture_site_make_box (f->station, 1, 41000017);
  ohm_test_station_set_there (f->station, 1, 4, 5, FALSE);
  ohm_test_station_set_there (f->station, 1, 6, 9, FALSE);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 5s");
  ohm_site_start (f->site);
  host = fixture_site_host (f, "a");
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_value (f, "a", "voltage.l1-n", 230);
  fixture_site_assert_value (f, "a", "energy-active-import.total", 123456);
  fixture_site_assert_value (f, "a", "current.l1", 4.5);
  g_assert_cmpint (fixture_site_quality (f, "a", "voltage.l2-n"), ==, OHM_QUALITY_MISSING);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  learned = ohm_meter_host_get_learned (host);
  g_assert_true (
    g_strv_contains ((const char *const *) learned, "registers 4..5: illegal data address"));
  g_assert_cmpuint (g_strv_length (learned), ==, 2);
  /* told once, when all was found */
  fixture_site_assert_text (f->learned, "a ");

  /* not asked again with each poll */
  refused = f->station->units[1].refused;
  fixture_site_run (f, 590 * OHM_S);
  g_assert_cmpuint (f->station->units[1].refused, ==, refused);
  fixture_site_assert_text (f->learned, "");
  /* after 10, 20 and 40 minutes, and no more until 80 have passed */
  fixture_site_run (f, 4200 * OHM_S);
  refused = f->station->units[1].refused;
  fixture_site_run (f, 4000 * OHM_S);
  g_assert_cmpuint (f->station->units[1].refused, ==, refused);

  /* after an update of its firmware it has it */
  ohm_test_station_set_there (f->station, 1, 4, 9, TRUE);
  fixture_site_run (f, 24 * 3600 * OHM_S);
  fixture_site_assert_value (f, "a", "voltage.l2-n", 231);
  g_strfreev (learned);
  learned = ohm_meter_host_get_learned (host);
  g_assert_cmpuint (g_strv_length (learned), ==, 0);
  g_assert_cmpuint (f->station->units[1].refused, ==, refused);
  fixture_site_free (f);
}

/* Still refused the next day: learned anew, and no state flaps for it. */
static void
test_state_refused_daily (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  guint64 refused;

  fixture_site_make_box (f->station, 1, 41000017);
  ohm_test_station_set_there (f->station, 1, 200, 201, FALSE);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 60s");
  ohm_site_start (f->site);
  fixture_site_run (f, 2 * OHM_S);
  refused = f->station->units[1].refused;
  g_assert_cmpuint (refused, >=, 1);
  g_string_truncate (f->changed, 0);
  fixture_site_run (f, 25 * 3600 * OHM_S);
  g_assert_cmpuint (f->station->units[1].refused, >, refused);
  g_assert_cmpuint (f->station->units[1].refused, <=, refused + 8 * 4);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  /* surveys are told, nothing else */
  fixture_site_assert_text (f->changed, "a a a a a a a ");
  fixture_site_free (f);
}

/* A device that starts tells its serial and refuses the rest: it is read again soon after it has
 * its values, and no restart brings back what it does not refuse any more. */
static void
test_state_refused_at_start (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 10s");

  fixture_site_run (f, 15 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  ohm_test_station_set_there (f->station, 1, 0, 61, FALSE);
  ohm_test_station_set_there (f->station, 1, 200, 301, FALSE);
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 90 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "illegal-address");
  ohm_test_station_set_there (f->station, 1, 0, 61, TRUE);
  ohm_test_station_set_there (f->station, 1, 200, 301, TRUE);
  g_string_truncate (f->learned, 0);
  fixture_site_run (f, 600 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_value (f, "a", "energy-active-import.total", 123456);
  fixture_site_assert_text (f->learned, "a ");
  fixture_site_free (f);
}

/* One that is refused from now on takes its whole block along until it is known which it is. */
static void
test_state_refused_later (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 10s");

  fixture_site_run (f, 15 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  ohm_test_station_set_there (f->station, 1, 4, 5, FALSE);
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpint (fixture_site_quality (f, "a", "power-active.total"), ==, OHM_QUALITY_MISSING);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  test_state_assert_argument (f, "exception", "2");
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* What a slow poll learns holds for the live one, whose requests are kept from poll to poll. */
static void
test_state_learned_elsewhere (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  guint64 refused;

  fixture_site_run (f, 10 * OHM_S);
  ohm_test_station_set_there (f->station, 1, 10, 11, FALSE);
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 10 * OHM_S);
  refused = f->station->units[1].refused;
  fixture_site_run (f, 500 * OHM_S);
  g_assert_cmpuint (f->station->units[1].refused, ==, refused);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  g_assert_cmpint (fixture_site_age_us (f, "a", "power-active.total"), <, 2 * OHM_S);
  fixture_site_free (f);
}

/* Every register is refused: it answers, but it is not what its file says. */
static void
test_state_refuses_all (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  ohm_test_station_limit (f->station, 1);
  ohm_test_station_set_u32 (f->station, 1, 100, 1);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "illegal-address");
  fixture_site_run (f, 300 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "illegal-address");
  fixture_site_assert_alarms (f, "meters/a/values:values-missing");
  fixture_site_free (f);
}

static void
test_state_assert_learned (OhmSiteFixture *f, guint n)
{
  g_auto (GStrv) learned = ohm_meter_host_get_learned (fixture_site_host (f, "a"));

  g_assert_cmpuint (g_strv_length (learned), ==, n);
}

/* Refuses everything for @seconds. */
static void
test_state_refuse_for (OhmSiteFixture *f, guint seconds)
{
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 2;
  fixture_site_run (f, seconds * OHM_S);
  test_state_assert_learned (f, 0);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
}

/* A gateway in trouble, or the device itself, says of everything that it is not there: nothing is
 * learned from that, and the next poll finds all there again. */
static void
test_state_refuses_awhile (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 3 * OHM_S);
  fixture_site_expect_warning ("meter 'a' is partial: *");
  test_state_refuse_for (f, 45);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);

  /* its slot, too, and a hole that it really has is still found */
  fixture_site_expect_warning ("meter 'a' is wrong-device: *");
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  test_state_refuse_for (f, 300);
  ohm_test_station_set_there (f->station, 1, 4, 5, FALSE);
  fixture_site_run (f, 30 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  /* and the gap behind it */
  test_state_assert_learned (f, 2);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

/* The same of a device that tells no serial, which is asked for its values alone. */
static void
test_state_refuses_awhile_nameless (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  guint64 requests;

  fixture_site_make_box (f->station, 1, 41000017);
  fixture_site_write_profile (f, "nameless",
                              "[profile]\nid = nameless\nname = Nameless\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\n"
                              "voltage.l1-n = 2 f32\nvoltage.l2-n = 4 f32\n");
  ohm_test_station_set_there (f->station, 1, 4, 5, FALSE);
  fixture_site_write_meter (f, "a", "type = nameless\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  /* split in search of a witness, then with one */
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  test_state_assert_learned (f, 1);
  ohm_meter_host_forget (fixture_site_host (f, "a"));
  ohm_test_station_set_there (f->station, 1, 4, 5, TRUE);
  fixture_site_run (f, 3 * OHM_S);
  requests = f->station->units[1].requests;
  fixture_site_expect_warning ("meter 'a' is partial: *");
  test_state_refuse_for (f, 45);
  g_assert_cmpuint (f->station->units[1].requests - requests, <, 60);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "voltage.l2-n", 231);
  test_state_assert_learned (f, 0);
  fixture_site_free (f);
}

/* It answers each request, and there is nothing in any register. One bad read is not told. */
static void
test_state_no_values (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_write_profile (f, "void",
                              "[profile]\nid = void\nname = Void\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\n"
                              "voltage.l1-n = 2 f32 slow\n");
  ohm_test_station_set_f32 (f->station, 1, 0, NAN);
  ohm_test_station_set_f32 (f->station, 1, 2, NAN);
  fixture_site_write_meter (f, "a", "type = void\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 9 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_expect_warning ("meter 'a' is partial: None of its usual values*");
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "values-missing");
  fixture_site_assert_alarms (f, "meters/a/values:values-missing");
  ohm_test_station_set_f32 (f->station, 1, 0, 230);
  /* it has no counters by its type: nothing is missed */
  fixture_site_run (f, 300 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

/* Its counters are refused, now or before a restart: the rest is fine, but nothing is recorded. */
static void
test_state_no_counters (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 41000017);
  ohm_test_station_set_there (f->station, 1, 10, 11, FALSE);
  ohm_test_station_set_there (f->station, 1, 300, 301, FALSE);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 5s");
  ohm_site_start (f->site);
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_alarms (f, "");
  fixture_site_expect_warning ("meter 'a' is partial: None of its counters*");
  fixture_site_run (f, 30 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "counters-missing");
  fixture_site_assert_alarms (f, "meters/a/values:counters-missing");
  /* while it cannot be read at all, that is what is wrong */
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_alarms (f, "meters/a:timeout");
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_alarms (f, "meters/a/values:counters-missing");
  /* the type was corrected in the device */
  ohm_test_station_set_there (f->station, 1, 10, 11, TRUE);
  ohm_meter_host_forget (fixture_site_host (f, "a"));
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

static void
test_state_exception (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 3 * OHM_S);
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 4;
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "device-failure");
  test_state_assert_argument (f, "points", "power-active.total, voltage.l1-n, voltage.l2-n");
  test_state_assert_argument (f, "more", "2");
  test_state_assert_argument (f, "exception", "4");
  g_assert_cmpint (fixture_site_quality (f, "a", "power-active.total"), ==, OHM_QUALITY_MISSING);
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 3 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (fixture_site_host (f, "a")), ==,
                   OHM_GAP_METER_REFUSED);
  fixture_site_assert_alarms (f, "");
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  /* a refusal is an answer: no identity is in doubt */
  fixture_site_assert_text (f->surveyed, "a ");
  fixture_site_free (f);
}

/* One kind of poll fails while the other does not: partial, steadily. */
static void
test_state_no_flapping (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  guint n;

  fixture_site_make_box (f->station, 1, 41000017);
  fixture_site_make_box (f->station, 2, 41000018);
  fixture_site_write_profile (f, "half",
                              "[profile]\nid = half\nname = Half\nrevision = 1\n"
                              "[limits]\nregisters = 10\n[registers]\n"
                              "power-active.total = 0 f32\n"
                              "frequency = 200 f32 fn=4 slow\n");
  f->station->units[2].function = 3;
  fixture_site_write_meter (f, "a", "type = half\nunit = 2\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 90 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  test_state_assert_argument (f, "points", "frequency");
  test_state_assert_argument (f, "exception", "1");
  test_state_assert_argument (f, "more", NULL);
  n = f->n_alarms;
  g_string_truncate (f->changed, 0);
  fixture_site_run (f, 600 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  fixture_site_assert_text (f->changed, "");
  g_assert_cmpuint (f->n_alarms, ==, n);
  f->station->units[2].function = 0;
  fixture_site_run (f, 61 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* A slow register is refused, and the survey takes longer than the first poll: what it finds out
 * makes nothing whole. */
static void
test_state_lacks_on (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 41000017);
  f->station->units[1].function = 3;
  fixture_site_write_profile (f, "half",
                              "[profile]\nid = half\nname = Half\nrevision = 1\n"
                              "[facts]\nserial = 100 u32\na = 110 u16\nb = 120 u16\nc = 130 u16\n"
                              "d = 140 u16\ne = 150 u16\n[registers]\n"
                              "power-active.total = 0 f32\n"
                              "frequency = 200 f32 fn=4 slow\n");
  fixture_site_write_meter (f, "a", "type = half\nunit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 500 * OHM_MS);
  for (guint i = 0; i < 200; i++)
    {
      fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
      fixture_site_run (f, 500 * OHM_MS);
    }
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_free (f);
}

/* A request without answer leaves the last value, which grows old; the rest is delivered. */
static void
test_state_last_values (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 10s");

  fixture_site_run (f, 15 * OHM_S);
  /* only the second request for live values gets no answer */
  f->station->units[1].is_deaf_to_unknown = TRUE;
  ohm_test_station_set_there (f->station, 1, 60, 61, FALSE);
  ohm_test_station_set_f32 (f->station, 1, 0, 2000);
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_value (f, "a", "power-active.total", 2000);
  fixture_site_assert_value (f, "a", "current.l1", 4.5);
  g_assert_cmpint (fixture_site_age_us (f, "a", "current.l1"), >=, 60 * OHM_S);
  g_assert_cmpint (fixture_site_age_us (f, "a", "power-active.total"), <=, 20 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  test_state_assert_argument (f, "points", "current.l1");
  test_state_assert_argument (f, "exception", NULL);
  test_state_assert_argument (f, "cause", "timeout");
  /* in the reading it is missing, without a time */
  g_assert_nonnull (f->last);
  fixture_site_free (f);
}

static void
test_state_silence (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");
  gint64 took_us;
  guint n;

  fixture_site_make_box (f->station, 2, 2);
  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_expect_warning ("meter 'a' is silent: *unit 1*");
  fixture_site_run (f, 30 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_SILENT, "timeout");
  g_assert_cmpstr (ohm_message_get_argument (ohm_meter_host_get_state (host)->cause, "unit"), ==,
                   "1");
  g_assert_cmpint (ohm_meter_host_get_next_attempt_us (host), >, ohm_test_time_wall (f->time));
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_SILENT);
  g_assert_false (ohm_meter_host_is_confirmed (host));
  g_assert_cmpuint (ohm_meter_host_get_failures (host), >, 0);
  fixture_site_assert_alarms (f, "meters/a:timeout");
  g_assert_cmpuint (f->n_alarms, ==, 1);
  /* what was read stays, and grows old */
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  g_assert_cmpint (fixture_site_age_us (f, "a", "power-active.total"), >=, 30 * OHM_S);
  n = fixture_site_readings (f, "a");

  f->station->units[1].manner = OHM_TEST_ANSWERS;
  took_us = ohm_test_time_mono (f->time);
  while (fixture_site_readings (f, "a") == n)
    fixture_site_run (f, 100 * OHM_MS);
  took_us = ohm_test_time_mono (f->time) - took_us;
  g_assert_cmpint (took_us, <=, 35 * OHM_S);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpint (ohm_meter_host_get_next_attempt_us (host), ==, 0);
  fixture_site_assert_alarms (f, "");
  /* who it is was asked again */
  fixture_site_assert_text (f->surveyed, "a a ");
  g_assert_true (ohm_meter_host_is_confirmed (host));
  fixture_site_free (f);
}

/* One lost frame is no silence: no state, no alarm, no survey. */
static void
test_state_lost_frame (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 5 * OHM_S);
  g_string_truncate (f->changed, 0);
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_run (f, 1 * OHM_S);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_failures (fixture_site_host (f, "a")), >=, 1);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_text (f->changed, "");
  fixture_site_assert_text (f->surveyed, "a ");
  g_assert_cmpuint (f->n_alarms, ==, 0);
  fixture_site_free (f);
}

/* Silent from the first moment on. */
static void
test_state_never_heard (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  f->station->units[1].manner = OHM_TEST_NO_PATH;
  f->station->units[1].latency_us = 500 * OHM_MS;
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 5s");
  fixture_site_expect_warning ("meter 'a' is silent: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_SILENT, "gateway-no-target");
  fixture_site_make_box (f->station, 1, 5);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_free (f);
}

/* A link that is down is told once, on the link; its meters are unreachable for that cause. */
static void
test_state_unreachable (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 1);
  fixture_site_make_box (f->station, 2, 2);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  f->station->door = OHM_TEST_REFUSED;
  ohm_test_station_hang_up (f->station);
  fixture_site_expect_warning ("link 'station:502' is down: *");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_UNREACHABLE, "connection-refused");
  fixture_site_assert_state (f, "b", OHM_STATE_UNREACHABLE, "connection-refused");
  g_assert_cmpint (ohm_meter_host_get_gap_cause (fixture_site_host (f, "a")), ==,
                   OHM_GAP_LINK_DOWN);
  fixture_site_assert_alarms (f, "links/station:502:connection-refused");
  g_assert_cmpuint (f->n_alarms, ==, 1);
  /* the link goes on trying without its meters */
  for (guint i = 0; i < 20; i++)
    {
      fixture_site_run (f, OHM_S);
      g_assert_cmpint (ohm_meter_host_get_next_attempt_us (fixture_site_host (f, "b")), ==,
                       ohm_link_get_state (ohm_site_find_link (f->site, "station:502"))
                         ->next_attempt_us);
    }
  f->station->door = OHM_TEST_OPEN;
  fixture_site_run (f, 40 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_state (f, "b", OHM_STATE_OK, NULL);
  fixture_site_assert_alarms (f, "");
  /* behind a new connection there may be other devices */
  g_assert_cmpuint (f->surveyed->len, ==, strlen ("a b a b "));
  fixture_site_free (f);
}

/* A connection that has to be opened anew once is no news; a device that closes it each time is. */
static void
test_state_closed (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 1);
  fixture_site_make_box (f->station, 2, 2);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  g_string_truncate (f->changed, 0);
  f->station->units[1].manner = OHM_TEST_CLOSES;
  fixture_site_run (f, 1 * OHM_S);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  f->station->units[1].manner = OHM_TEST_CLOSES;
  fixture_site_expect_warning ("meter 'a' is silent: *closed*");
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_SILENT, "connection-closed");
  fixture_site_assert_alarms (f, "meters/a:connection-closed");
  fixture_site_assert_state (f, "b", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* A device that refuses both functions answers, but is not what its file says. */
static void
test_state_survey_refused (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  guint n;

  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 1;
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "device-refused");
  g_assert_false (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  g_string_truncate (f->changed, 0);
  n = f->n_alarms;
  fixture_site_run (f, 100 * OHM_S);
  /* that nothing comes at all is told once */
  fixture_site_assert_text (f->changed, "a ");
  g_assert_cmpuint (f->n_alarms, ==, n + 1);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 30 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_free (f);
}

/* Each poll lacks something else: told, but not with every poll. */
static void
test_state_changing_lack (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].is_deaf_to_unknown = TRUE;
  ohm_test_station_set_there (f->station, 1, 60, 61, FALSE);
  fixture_site_expect_warning ("meter 'a' is partial: *current.l1*timeout*");
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  g_string_truncate (f->changed, 0);
  f->station->units[1].is_deaf_to_unknown = FALSE;
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 6;
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "partial");
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "device-busy");
  fixture_site_assert_text (f->changed, "a ");
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter-state/nan", test_state_nan);
  g_test_add_func ("/meter-state/refused-register", test_state_refused_register);
  g_test_add_func ("/meter-state/refused-daily", test_state_refused_daily);
  g_test_add_func ("/meter-state/refused-at-start", test_state_refused_at_start);
  g_test_add_func ("/meter-state/refused-later", test_state_refused_later);
  g_test_add_func ("/meter-state/learned-elsewhere", test_state_learned_elsewhere);
  g_test_add_func ("/meter-state/refuses-all", test_state_refuses_all);
  g_test_add_func ("/meter-state/refuses-awhile", test_state_refuses_awhile);
  g_test_add_func ("/meter-state/refuses-awhile-nameless", test_state_refuses_awhile_nameless);
  g_test_add_func ("/meter-state/no-values", test_state_no_values);
  g_test_add_func ("/meter-state/no-counters", test_state_no_counters);
  g_test_add_func ("/meter-state/exception", test_state_exception);
  g_test_add_func ("/meter-state/no-flapping", test_state_no_flapping);
  g_test_add_func ("/meter-state/lacks-on", test_state_lacks_on);
  g_test_add_func ("/meter-state/changing-lack", test_state_changing_lack);
  g_test_add_func ("/meter-state/last-values", test_state_last_values);
  g_test_add_func ("/meter-state/silence", test_state_silence);
  g_test_add_func ("/meter-state/lost-frame", test_state_lost_frame);
  g_test_add_func ("/meter-state/never-heard", test_state_never_heard);
  g_test_add_func ("/meter-state/unreachable", test_state_unreachable);
  g_test_add_func ("/meter-state/closed", test_state_closed);
  g_test_add_func ("/meter-state/survey-refused", test_state_survey_refused);
  return g_test_run ();
}
