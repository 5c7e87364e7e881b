/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who a meter is: its serial, its type, its unit. */

#include "site-fixture.h"

/* Another serial: nothing is recorded, nothing is shown, until the right one is back. */
static void
test_identity_wrong_device (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");
  guint64 requests;
  guint n;

  fixture_site_run (f, 5 * OHM_S);
  f->station->door = OHM_TEST_REFUSED;
  ohm_test_station_hang_up (f->station);
  fixture_site_expect_warning ("link 'station:502' is down: *");
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_make_box (f->station, 1, 41000099);
  ohm_test_station_set_f32 (f->station, 1, 0, 7);
  f->station->door = OHM_TEST_OPEN;
  fixture_site_expect_warning ("meter 'a' is wrong-device: *41000099*41000017*");
  fixture_site_run (f, 20 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_WRONG_DEVICE, "wrong-device");
  g_assert_false (ohm_meter_host_is_confirmed (host));
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_WRONG_DEVICE);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "serial"), ==, "41000017");
  fixture_site_assert_alarms (f, "meters/a:wrong-device");
  n = fixture_site_readings (f, "a");
  ohm_test_station_set_f32 (f->station, 1, 0, 8);
  requests = f->station->units[1].requests;
  fixture_site_run (f, 100 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n);
  g_assert_false (fixture_site_value (f, "a", "power-active.total") > 7.5 &&
                  fixture_site_value (f, "a", "power-active.total") < 8.5);
  /* it is asked who it is now and then, not with every poll */
  g_assert_cmpuint (f->station->units[1].requests - requests, <=, 100 * 2 + 4 + 8 * 3);
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 1 * OHM_S);
  fixture_site_assert_read (f, "meter 'a': Another device answers*", OHM_ERROR_DEVICE);

  ohm_test_station_set_u32 (f->station, 1, 100, 41000017);
  fixture_site_run (f, 20 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 8);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

/* The serial of the file counts from the first contact on. */
static void
test_identity_wrong_serial (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 2);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\nserial = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is wrong-device: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_WRONG_DEVICE, "wrong-device");
  g_assert_cmpint (ohm_meter_host_get_gap_cause (fixture_site_host (f, "a")), ==,
                   OHM_GAP_WRONG_DEVICE);
  fixture_site_assert_text (f->surveyed, "a? ");
  fixture_site_free (f);
}

/* A device that has told its serial and does not any more is not believed. */
static void
test_identity_no_serial (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");

  fixture_site_run (f, 5 * OHM_S);
  ohm_test_station_set_there (f->station, 1, 100, 101, FALSE);
  ohm_meter_host_survey (host);
  fixture_site_expect_warning ("meter 'a' is wrong-device: *");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_WRONG_DEVICE, "identity-unknown");
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_REFUSED);
  ohm_test_station_set_there (f->station, 1, 100, 101, TRUE);
  fixture_site_run (f, 30 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  /* busy is not the same as having none */
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 6;
  ohm_meter_host_survey (host);
  fixture_site_expect_warning ("meter 'a' is partial: *");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "device-busy");
  fixture_site_free (f);
}

/* Types that tell no serial are taken as they are. */
static void
test_identity_without_serial (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 1);
  fixture_site_write_profile (f, "mute",
                              "[profile]\nid = mute\nname = M\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\n");
  fixture_site_write_meter (f, "a", "type = mute\nunit = 1\nserial = 77\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_free (f);
}

static void
test_identity_auto (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("poll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");

  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "auto");
  g_assert_null (ohm_meter_host_get_plan (host));
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "box");
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "serial"), ==, "41000017");
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "type"), ==, "box");
  fixture_site_assert_value (f, "a", "power-active.total", 1000);

  /* forgotten, it is found out again */
  ohm_meter_host_forget (host);
  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "auto");
  fixture_site_run (f, 20 * OHM_S);
  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "box");
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

static void
test_identity_auto_unknown (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  guint64 requests;

  fixture_site_write_meter (f, "a", "unit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is misconfigured: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_MISCONFIGURED, "no-type-fits");
  requests = f->station->units[1].requests;
  fixture_site_run (f, 3600 * OHM_S);
  g_assert_cmpuint (f->station->units[1].requests - requests, <=, 20);
  /* the right device is put there */
  fixture_site_make_box (f->station, 1, 1);
  fixture_site_run (f, 600 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* What is a guess is told with its grade, and how to say that it is right. */
static void
test_identity_auto_guessed (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  g_autofree char *text = NULL;
  g_autofree char *remedy = NULL;
  const OhmState *state;

  fixture_site_write_profile (f, "perhaps",
                              "[profile]\nid = perhaps\nname = P\nrevision = 1\n"
                              "[identify]\nkind = 104 u16 4712 score=49\n"
                              "[registers]\nfrequency = 200 f32\n");
  ohm_test_station_set_u16 (f->station, 1, 104, 4712);
  fixture_site_write_meter (f, "a", "unit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is misconfigured: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_MISCONFIGURED, "type-guessed");
  state = ohm_meter_host_get_state (fixture_site_host (f, "a"));
  text = ohm_message_dup_text (state->cause);
  remedy = ohm_message_dup_remedy (state->cause);
  g_assert_nonnull (strstr (text, "be P (perhaps): 49 points of 100"));
  g_assert_nonnull (strstr (remedy, "'ohmctl meter set a type=perhaps'"));
  fixture_site_write_meter (f, "a", "unit = 1\npoll = 1s\ntype = perhaps");
  ohm_site_reload (f->site);
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* Nothing there to identify; it comes later. */
static void
test_identity_auto_silent (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 1);
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_write_meter (f, "a", "unit = 1\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is silent: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 600 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_SILENT, "timeout");
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 300 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* Stopped while it is being found out. */
static void
test_identity_auto_stopped (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("poll = 1s");
  OhmMeterHost *host = g_object_ref (fixture_site_host (f, "a"));

  f->station->units[1].latency_us = 300 * OHM_MS;
  while (f->station->units[1].requests == 0)
    fixture_site_run (f, 10 * OHM_MS);
  fixture_dir_remove (f->dir, "etc/meters.d/a.meter");
  ohm_site_reload (f->site);
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "auto");
  g_assert_finalize_object (host);
  g_assert_cmpuint (f->station->visitors->len, ==, 0);
  fixture_site_free (f);
}

/* Without a unit in its file the profile's are tried in turn. */
static void
test_identity_units (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmMeterHost *host;

  fixture_site_write_profile (f, "unitary",
                              "[profile]\nid = unitary\nname = U\nrevision = 1\n"
                              "[limits]\nunits = 5;7;9\n[facts]\nserial = 100 u32\n"
                              "[registers]\npower-active.total = 0 f32\n");
  fixture_site_make_box (f->station, 9, 99);
  f->station->units[5].manner = OHM_TEST_MUTE;
  f->station->units[7].manner = OHM_TEST_MUTE;
  fixture_site_write_meter (f, "a", "type = unitary\npoll = 1s");
  /* no warning: that it is silent is not known before all were tried */
  ohm_site_start (f->site);
  host = fixture_site_host (f, "a");
  g_assert_cmpuint (ohm_meter_host_get_unit (host), ==, 5);
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_unit (host), ==, 9);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "unit-id"), ==, "9");
  /* once known it stays, also through silence */
  f->station->units[9].manner = OHM_TEST_MUTE;
  fixture_site_expect_warning ("meter 'a' is silent: *");
  fixture_site_run (f, 100 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_unit (host), ==, 9);
  fixture_site_free (f);
}

/* All units are mute at first: they are tried again, round by round. */
static void
test_identity_units_later (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_write_profile (f, "unitary",
                              "[profile]\nid = unitary\nname = U\nrevision = 1\n"
                              "[limits]\nunits = 5;7\n[facts]\nserial = 100 u32\n"
                              "[registers]\npower-active.total = 0 f32\n");
  fixture_site_make_box (f->station, 7, 99);
  f->station->units[5].manner = OHM_TEST_MUTE;
  f->station->units[7].manner = OHM_TEST_MUTE;
  fixture_site_write_meter (f, "a", "type = unitary\npoll = 1s");
  fixture_site_expect_warning ("meter 'a' is silent: *");
  ohm_site_start (f->site);
  fixture_site_run (f, 10 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_SILENT, "timeout");
  fixture_site_run (f, 890 * OHM_S);
  f->station->units[7].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 600 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_unit (fixture_site_host (f, "a")), ==, 7);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* Only function 4 is known: found by the survey, used by the polls. */
static void
test_identity_function (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  f->station->units[1].function = 4;
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (fixture_site_host (f, "a")),
                                  "function"),
                   ==, "4");
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_free (f);
}

/* Forgetting is for the owner: refusals, facts and the learned serial go. */
static void
test_identity_forget (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmMeterHost *host;
  g_auto (GStrv) learned = NULL;

  fixture_site_make_box (f->station, 1, 1);
  ohm_test_station_set_there (f->station, 1, 4, 5, FALSE);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  host = fixture_site_host (f, "a");
  fixture_site_make_box (f->station, 1, 2);
  ohm_meter_host_survey (host);
  fixture_site_expect_warning ("meter 'a' is wrong-device: *");
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_WRONG_DEVICE, "wrong-device");
  ohm_meter_host_forget (host);
  g_assert_null (ohm_meter_host_get_facts (host));
  learned = ohm_meter_host_get_learned (host);
  g_assert_null (learned[0]);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "serial"), ==, "2");
  fixture_site_assert_value (f, "a", "voltage.l2-n", 231);
  fixture_site_free (f);
}

/* A type of which only clock or memory is known has no values: that is no reason to start for ever.
 */
static void
test_identity_alone (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_write_profile (f, "mute",
                              "[profile]\nid = mute\nname = M\nrevision = 1\n"
                              "[facts]\nserial = 100 u32\n");
  fixture_site_make_box (f->station, 1, 7);
  fixture_site_write_meter (f, "a", "type = mute\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_free (f);
}

/* What is forgotten while the device is away stays so: a changed file starts the meter from what
 * the site keeps, which must not be the old device. */
static void
test_identity_forget_silent (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");

  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_expect_warning ("meter 'a' is silent: *");
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_text (f->learned, "");
  ohm_meter_host_forget (fixture_site_host (f, "a"));
  fixture_site_assert_text (f->learned, "a ");
  fixture_site_make_box (f->station, 1, 2);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 2s\ntimeout = 900ms");
  ohm_site_reload (f->site);
  g_assert_null (ohm_meter_host_get_facts (fixture_site_host (f, "a")));
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (fixture_site_host (f, "a")), "serial"),
                   ==, "2");
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter-identity/wrong-device", test_identity_wrong_device);
  g_test_add_func ("/meter-identity/wrong-serial", test_identity_wrong_serial);
  g_test_add_func ("/meter-identity/no-serial", test_identity_no_serial);
  g_test_add_func ("/meter-identity/without-serial", test_identity_without_serial);
  g_test_add_func ("/meter-identity/auto", test_identity_auto);
  g_test_add_func ("/meter-identity/auto-unknown", test_identity_auto_unknown);
  g_test_add_func ("/meter-identity/auto-guessed", test_identity_auto_guessed);
  g_test_add_func ("/meter-identity/auto-silent", test_identity_auto_silent);
  g_test_add_func ("/meter-identity/auto-stopped", test_identity_auto_stopped);
  g_test_add_func ("/meter-identity/units", test_identity_units);
  g_test_add_func ("/meter-identity/units-later", test_identity_units_later);
  g_test_add_func ("/meter-identity/function", test_identity_function);
  g_test_add_func ("/meter-identity/forget", test_identity_forget);
  g_test_add_func ("/meter-identity/alone", test_identity_alone);
  g_test_add_func ("/meter-identity/forget-silent", test_identity_forget_silent);
  return g_test_run ();
}
