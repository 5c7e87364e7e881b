/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A meter at work: polls, quarter hours, operators, telegrams, and its life. */

#include <math.h>

#include "site-fixture.h"

static void
test_host_first (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 5s\nname = Main");
  OhmMeterHost *host = fixture_site_host (f, "a");
  g_autoptr (GArray) requests = NULL;
  const OhmPlannedRequest *proof;
  g_auto (GStrv) learned = NULL;

  fixture_site_assert_state (f, "a", OHM_STATE_STARTING, NULL);
  g_assert_cmpint (ohm_meter_host_get_state (host)->since_us, ==, ohm_test_time_wall (f->time));
  /* the first poll within 1.5 s (design 5) */
  fixture_site_run (f, 1500 * OHM_MS);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpuint (fixture_site_readings (f, "a"), >=, 1);
  fixture_site_assert_value (f, "a", "power-active.total", 1000);
  fixture_site_assert_value (f, "a", "energy-active-import.total", 123456);
  fixture_site_assert_value (f, "a", "current.l1", 4.5);
  /* slow ones come with the first poll */
  fixture_site_assert_value (f, "a", "frequency", 50);
  fixture_site_assert_value (f, "a", "temperature", 21.5);

  g_assert_cmpstr (ohm_meter_host_get_id (host), ==, "a");
  g_assert_cmpstr (ohm_meter_host_get_name (host), ==, "Main");
  g_assert_cmpstr (ohm_meter_host_get_type_id (host), ==, "box");
  g_assert_cmpuint (ohm_meter_host_get_unit (host), ==, 1);
  g_assert_cmpint (ohm_meter_host_get_period_us (host), ==, 5 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_stale_us (host), ==, 15 * OHM_S);
  g_assert_true (ohm_meter_host_is_confirmed (host));
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "serial"), ==, "41000017");
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "firmware"), ==, "7");
  g_assert_cmpstr (ohm_facts_get (ohm_meter_host_get_facts (host), "unit-id"), ==, "1");
  g_assert_nonnull (ohm_meter_host_get_meter (host));
  g_assert_nonnull (ohm_meter_host_get_plan (host));
  fixture_site_assert_text (f->surveyed, "a ");
  g_assert_true (g_str_has_prefix (f->planned->str, "a "));

  /* two for the live values, two for slow ones, two for the quarter hour and its proof */
  requests = ohm_meter_host_get_requests (host);
  g_assert_cmpuint (requests->len, ==, 7);
  proof = &g_array_index (requests, OhmPlannedRequest, 6);
  g_assert_cmpuint (proof->classes, ==, OHM_READ_SLOT);
  g_assert_cmpuint (proof->address, ==, 100);
  for (guint i = 0; i < requests->len; i++)
    {
      const OhmPlannedRequest *request = &g_array_index (requests, OhmPlannedRequest, i);

      g_assert_cmpuint (request->function, ==, 3);
      g_assert_cmpuint (request->bytes, ==, 12 + 9 + 2u * request->count);
      g_assert_cmpint (request->time_us, >, 0);
      g_assert_true ((request->n_points == 0) == (request == proof));
    }
  learned = ohm_meter_host_get_learned (host);
  g_assert_null (learned[0]);
  fixture_site_free (f);
}

static void
test_host_periods (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");
  guint n_live = 0;
  guint n_slow = 0;

  fixture_site_run (f, 2 * OHM_S);
  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  fixture_site_run (f, 300 * OHM_S);
  for (guint i = 0; i < f->station->log->len; i++)
    {
      const OhmTestSeen *seen = &g_array_index (f->station->log, OhmTestSeen, i);

      n_live += seen->address == 0;
      n_slow += seen->address == 200;
    }
  g_assert_cmpuint (n_live, ==, 300);
  g_assert_cmpuint (n_slow, ==, 5);
  g_assert_cmpuint (fixture_site_readings (f, "a"), >=, 305);
  g_assert_cmpuint (ohm_meter_host_get_missed (host), ==, 0);
  g_assert_cmpuint (ohm_meter_host_get_failures (host), ==, 0);
  g_assert_cmpuint (ohm_meter_host_get_polls (host), >=, 305);
  g_assert_cmpint (ohm_meter_host_get_jitter_us (host), <=, 10 * OHM_MS);
  fixture_site_assert_text (f->surveyed, "a ");
  fixture_site_free (f);
}

/* A link that cannot keep up: what is missed is counted, and the rest stays on its grid. */
static void
test_host_missed (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  OhmMeterHost *host = fixture_site_host (f, "a");

  f->station->units[1].latency_us = 700 * OHM_MS;
  fixture_site_run (f, 100 * OHM_S);
  g_assert_cmpuint (ohm_meter_host_get_missed (host), >, 30);
  g_assert_cmpuint (ohm_meter_host_get_missed (host), <, 60);
  g_assert_cmpuint (ohm_link_get_missed (ohm_meter_host_get_link (host)), ==,
                    ohm_meter_host_get_missed (host));
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  /* not confirmed any later for it */
  g_assert_true (ohm_meter_host_is_confirmed (host));
  fixture_site_free (f);
}

/* After a restart polling starts from what is known, and the survey runs behind it. */
static void
test_host_restart (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  g_autoptr (OhmFactsBuilder) builder = ohm_facts_builder_new (NULL);
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (GVariant) learned = g_variant_parse (NULL,
                                                  "{'refused': <@a(yqqy) [(3, 300, 301, 2)]>}",
                                                  NULL, NULL, NULL);
  OhmSiteMeterMemory memory = { "a", "box", "station:502/3", NULL, learned };
  const OhmTestSeen *seen;

  ohm_facts_builder_set (builder, "serial", "41000017");
  ohm_facts_builder_set (builder, "firmware", "7");
  ohm_facts_builder_set (builder, "function", "3");
  ohm_facts_builder_set (builder, "unit-id", "3");
  facts = ohm_facts_builder_end (g_steal_pointer (&builder));
  memory.facts = facts;
  fixture_site_make_box (f->station, 3, 41000017);
  fixture_site_write_meter (f, "a", "type = box");
  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  ohm_site_remember_meter (f->site, &memory);
  ohm_site_start (f->site);
  g_assert_false (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  fixture_site_run (f, 1500 * OHM_MS);
  seen = &g_array_index (f->station->log, OhmTestSeen, 0);
  g_assert_cmpuint (seen->unit, ==, 3);
  g_assert_cmpuint (seen->address, ==, 0);
  for (guint i = 0; i < f->station->log->len; i++)
    g_assert_cmpuint (g_array_index (f->station->log, OhmTestSeen, i).address, !=, 300);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  /* the same facts: the same instance, planned once */
  fixture_site_assert_text (f->planned, "a ");
  fixture_site_assert_text (f->surveyed, "a ");
  fixture_site_free (f);
}

/* More requests than a reading has times for. */
static void
test_host_many_requests (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  g_autoptr (GString) profile = g_string_new (
    "[profile]\nid = wide\nname = W\nrevision = 1\n[limits]\nregisters = 2\n"
    "[repeat]\ncount = 256\n[registers]\nin{i+1}.pulse-count = 1000+4*i u32\n");

  for (guint i = 0; i < 256; i++)
    ohm_test_station_set_u32 (f->station, 1, (guint16) (1000 + 4 * i), i);
  fixture_site_write_profile (f, "wide", profile->str);
  fixture_site_write_meter (f, "a", "type = wide\nunit = 1\npoll = 10s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "in1.pulse-count", 0);
  fixture_site_assert_value (f, "a", "in256.pulse-count", 255);
  g_assert_cmpint (fixture_site_age_us (f, "a", "in256.pulse-count"), <, 10 * OHM_S);
  fixture_site_free (f);
}

/* At a boundary the slot entries are read at once, and again until the window closes. */
static void
test_host_slot (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1h");
  gint64 start_us;
  guint n;

  fixture_site_run (f, 5 * OHM_S);
  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  start_us = ohm_test_time_mono (f->time);
  ohm_site_read_slots (f->site, start_us + 60 * OHM_S);
  fixture_site_run (f, 1 * OHM_S);
  /* energy and temperature, then whose they are, no more */
  g_assert_cmpuint (f->station->log->len, ==, 3);
  g_assert_cmpint (g_array_index (f->station->log, OhmTestSeen, 0).mono_us, ==, start_us);
  g_assert_cmpuint (g_array_index (f->station->log, OhmTestSeen, 0).address, ==, 10);
  g_assert_cmpuint (g_array_index (f->station->log, OhmTestSeen, 1).address, ==, 300);
  g_assert_cmpuint (g_array_index (f->station->log, OhmTestSeen, 2).address, ==, 100);
  g_assert_cmpint (ohm_reading_get_class (f->last), ==, OHM_READ_SLOT);
  fixture_site_run (f, 90 * OHM_S);
  n = fixture_site_readings (f, "a");

  /* busy for a while: tried again; what came is kept */
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 6;
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 10 * OHM_S);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), >, n + 3);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpint (ohm_reading_get_class (f->last), ==, OHM_READ_SLOT);
  n = fixture_site_readings (f, "a");
  fixture_site_run (f, 40 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), <=, n + 1);

  /* silent: retried within the window, and not after it */
  f->station->units[1].manner = OHM_TEST_MUTE;
  f->station->units[1].requests = 0;
  fixture_site_expect_warning ("meter 'a' is silent: *");
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 61 * OHM_S);
  g_assert_cmpuint (f->station->units[1].requests, >=, 10);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  n = fixture_site_readings (f, "a");
  fixture_site_run (f, 60 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), <=, n + 1);
  fixture_site_free (f);
}

/* A meter that is "ok" when its slot is given up has still not refused it. */
static void
test_host_slot_cause (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1h");
  OhmMeterHost *host = fixture_site_host (f, "a");

  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].manner = OHM_TEST_MUTE;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_SILENT);
  fixture_site_run (f, 1000 * OHM_MS);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_SILENT);
  /* the last read counts */
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 5 * OHM_S);
  g_assert_true (ohm_meter_host_is_confirmed (host));
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_REFUSED);
  /* it answered, but nobody knows who that was */
  ohm_meter_host_survey (host);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_SILENT);
  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].manner = OHM_TEST_REFUSES;
  f->station->units[1].exception = 6;
  fixture_site_expect_warning ("meter 'a' is partial: *");
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 3 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_METER_REFUSED);
  fixture_site_free (f);
}

/* Counters that answer and have no value are asked again until they have, or the window is over. */
static void
test_host_slot_empty (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmMeterHost *host;
  guint64 requests;

  fixture_site_make_box (f->station, 1, 41000017);
  fixture_site_write_profile (f, "void",
                              "[profile]\nid = void\nname = Void\nrevision = 1\n"
                              "[registers]\npower-active.total = 0 f32\n"
                              "energy-active-import.total = 20 f32 slot\n");
  ohm_test_station_set_f32 (f->station, 1, 20, NAN);
  fixture_site_write_meter (f, "a", "type = void\nunit = 1\npoll = 1h");
  ohm_site_start (f->site);
  host = fixture_site_host (f, "a");
  fixture_site_run (f, 5 * OHM_S);
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_VALUES_MISSING);
  ohm_test_station_set_f32 (f->station, 1, 20, 123456);
  fixture_site_run (f, 3 * OHM_S);
  fixture_site_assert_value (f, "a", "energy-active-import.total", 123456);
  /* then no more than to poll */
  requests = f->station->units[1].requests;
  fixture_site_run (f, 60 * OHM_S);
  g_assert_cmpuint (f->station->units[1].requests, <=, requests + 1);

  ohm_test_station_set_f32 (f->station, 1, 20, NAN);
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 60 * OHM_S);
  fixture_site_run (f, 65 * OHM_S);
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_VALUES_MISSING);
  g_assert_cmpuint (f->station->units[1].requests - requests, <=, 30 + 3);
  fixture_site_free (f);
}

/* What a meter without a serial refused is not asked again at the next slot: that is no silence. */
static void
test_host_slot_refused (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  ohm_test_station_limit (f->station, 1);
  ohm_test_station_set_f32 (f->station, 1, 0, 1000);
  ohm_test_station_set_u16 (f->station, 1, 102, 7);
  fixture_site_write_meter (f, "a", "type = box\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 60 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_expect_warning ("meter 'a' is partial: None of its counters*");
  for (guint i = 0; i < 3; i++)
    {
      ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + 10 * OHM_S);
      fixture_site_run (f, 60 * OHM_S);
      g_assert_cmpint (ohm_meter_host_get_gap_cause (fixture_site_host (f, "a")), ==,
                       OHM_GAP_METER_REFUSED);
    }
  fixture_site_assert_state (f, "a", OHM_STATE_PARTIAL, "counters-missing");
  fixture_site_free (f);
}

static void
test_host_stop_on_reading (gpointer fixture, const OhmReading *reading)
{
  OhmSiteFixture *f = fixture;

  f->on_reading = NULL;
  fixture_dir_remove (f->dir, "etc/meters.d/a.meter");
  ohm_site_reload (f->site);
}

/* Telegrams that nobody asked for. */
static void
test_host_pushed (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  /* once in a process: its type can be registered once */
  fixture_dir_install (f->dir, "test-teller", "plugins/test-teller.so");
  fixture_dir_write (f->dir, "etc/meters.d/a.meter",
                     "[meter]\ntransport = test-listen\nhost = station\ntype = test-teller\n"
                     "poll = 1s\n");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_STARTING, NULL);
  ohm_test_station_push (f->station, 0, "4321");
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_assert_value (f, "a", "power-active.total", 4321);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, 1);
  g_assert_cmpint (ohm_reading_get_time_us (f->last), ==, ohm_test_time_wall (f->time));
  ohm_test_station_push (f->station, 1, "rubbish");
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, 1);
  ohm_test_station_push (f->station, 1, "5");
  fixture_site_assert_value (f, "a", "power-active.total", 5);
  g_assert_true (ohm_meter_host_is_confirmed (fixture_site_host (f, "a")));
  /* asked for, nothing happens, and nobody minds */
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + OHM_S);
  ohm_meter_host_survey (fixture_site_host (f, "a"));
  fixture_site_run (f, 100 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  f->on_reading = test_host_stop_on_reading;
  ohm_test_station_push (f->station, 1, "6");
  g_assert_null (ohm_site_find_meter (f->site, "a"));
  fixture_site_free (f);
}

static void
test_host_operator (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1h");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  fixture_site_run (f, 5 * OHM_S);
  ohm_test_station_set_f32 (f->station, 1, 0, 2000);
  ohm_test_station_set_f32 (f->station, 1, 200, 49);
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 1 * OHM_S);
  fixture_site_assert_read (f, NULL, 0);
  fixture_site_assert_value (f, "a", "power-active.total", 2000);
  fixture_site_assert_value (f, "a", "frequency", 49);

  /* two at once are one poll */
  f->station->units[1].requests = 0;
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_read (f, "a", cancellable);
  g_cancellable_cancel (cancellable);
  fixture_site_run (f, 1 * OHM_S);
  g_assert_cmpuint (f->station->units[1].requests, ==, 4);
  fixture_site_assert_read (f, NULL, 0);
  fixture_site_assert_read (f, "*cancelled*", G_IO_ERROR_CANCELLED);

  /* a unit in back-off is asked all the same */
  f->station->units[1].manner = OHM_TEST_MUTE;
  for (guint i = 0; i < 2; i++)
    {
      if (i == 1)
        fixture_site_expect_warning ("meter 'a' is silent: *");
      fixture_site_read (f, "a", /* cancellable */ NULL);
      fixture_site_run (f, 2 * OHM_S);
      fixture_site_assert_read (f, "*no answer*", OHM_ERROR_TIMEOUT);
    }
  f->station->door = OHM_TEST_REFUSED;
  ohm_test_station_hang_up (f->station);
  fixture_site_expect_warning ("link 'station:502' is down: *");
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_read (f, "link 'station:502': *refused*", OHM_ERROR_LINK);
  fixture_site_free (f);
}

/* Who waits for a reading while the meter gets another instance, or is stopped, gets an answer. */
static void
test_host_operator_waiting (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1h");
  OhmMeterHost *host = fixture_site_host (f, "a");

  fixture_site_run (f, 5 * OHM_S);
  f->station->units[1].latency_us = 100 * OHM_MS;
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 50 * OHM_MS);
  ohm_meter_host_forget (host);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_read (f, NULL, 0);

  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 50 * OHM_MS);
  fixture_dir_remove (f->dir, "etc/meters.d/a.meter");
  ohm_site_reload (f->site);
  fixture_site_run (f, 2 * OHM_S);
  fixture_site_assert_read (f, "meter 'a': nothing was read", OHM_ERROR_FAILED);
  fixture_site_free (f);
}

/* A type that has facts alone: nobody can be asked for values, and that is what is said. */
static void
test_host_without_values (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (f->station, 1, 1);
  fixture_site_write_profile (f, "blank",
                              "[profile]\nid = blank\nname = B\nrevision = 1\n"
                              "[facts]\nkind = 104 u16\n");
  fixture_site_write_meter (f, "a", "type = blank\nunit = 1\npoll = 1s");
  ohm_site_start (f->site);
  fixture_site_run (f, 5 * OHM_S);
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 1 * OHM_S);
  fixture_site_assert_read (f, "meter 'a': the type 'blank' names no values; *",
                            OHM_ERROR_NOT_SUPPORTED);
  fixture_site_free (f);
}

static void
test_host_not_running (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmMeterHost *host;
  OhmLastValues last;

  fixture_site_write_meter (f, "a", "type = box\nunit = 7\nenabled = false");
  ohm_site_start (f->site);
  fixture_site_run (f, 10 * OHM_S);
  host = fixture_site_host (f, "a");
  g_assert_cmpuint (ohm_meter_host_get_unit (host), ==, 7);
  fixture_site_assert_state (f, "a", OHM_STATE_DISABLED, "disabled");
  g_assert_cmpint (ohm_meter_host_get_gap_cause (host), ==, OHM_GAP_DISABLED);
  g_assert_cmpuint (f->station->connects, ==, 0);
  ohm_meter_host_get_last (host, &last);
  g_assert_null (last.points);
  fixture_site_read (f, "a", /* cancellable */ NULL);
  fixture_site_run (f, 1 * OHM_S);
  fixture_site_assert_read (f, "meter 'a' is disabled", OHM_ERROR_BUSY);
  ohm_meter_host_survey (host);
  ohm_meter_host_forget (host);
  ohm_meter_host_read_slot (host, ohm_test_time_mono (f->time) + OHM_S);
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (f->station->connects, ==, 0);
  fixture_site_assert_alarms (f, "");
  fixture_site_free (f);
}

static void
test_host_misconfigured (void)
{
  static const struct
  {
    const char *more;
    const char *text; /* glob for the reason */
  } rows[] = {
    { "type = bx", "*/etc/meters.d/a.meter:4: ?meter? type: no type 'bx'; did you mean 'box'?" },
    { "type = something-else", "*/etc/meters.d/a.meter:4: ?meter? type: no type 'something-else'" },
    { "type = orphan", "*: 'orphan' needs the plugin 'no-such-plugin', which is not loaded" },
    { "type = box\nunit = 300", "*/etc/meters.d/a.meter:5: ?meter? unit: '300': expected *" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
      const OhmState *state;

      fixture_site_write_profile (f, "orphan",
                                  "[profile]\nid = orphan\nname = O\nrevision = 1\n"
                                  "family = no-such-plugin\n");
      fixture_site_make_box (f->station, 2, 1);
      fixture_site_write_meter (f, "a", rows[i].more);
      fixture_site_write_meter (f, "b", "type = box\nunit = 2\npoll = 1s");
      fixture_site_expect_warning (i == 3 ? "*unit: '300'*" : "meter 'a' is misconfigured: *");
      ohm_site_start (f->site);
      fixture_site_run (f, 5 * OHM_S);
      fixture_site_assert_state (f, "a", OHM_STATE_MISCONFIGURED, "misconfigured");
      state = ohm_meter_host_get_state (fixture_site_host (f, "a"));
      g_assert_true (
        g_pattern_match_simple (rows[i].text, ohm_message_get_argument (state->cause, "text")));
      fixture_site_assert_alarms (f, "meters/a:misconfigured");
      fixture_site_assert_state (f, "b", OHM_STATE_OK, NULL);
      g_assert_cmpint (ohm_meter_host_get_gap_cause (fixture_site_host (f, "a")), ==,
                       OHM_GAP_DISABLED);
      fixture_site_free (f);
    }
}

static void
test_host_note_state (gpointer fixture, const OhmReading *reading)
{
  OhmSiteFixture *f = fixture;

  /* the reading comes after the state that it leads to */
  g_assert_cmpint (ohm_meter_host_get_state (fixture_site_host (f, "a"))->code, ==, OHM_STATE_OK);
}

/* The first survey may find other points than the first poll had: until one of these has been read,
 * the meter is not ok. */
static void
test_host_new_points (void)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);
  OhmLastValues last;

  fixture_site_write_profile (f, "boxes",
                              "[profile]\nid = boxes\nname = B\nrevision = 1\n"
                              "[facts]\nboxes = 102 u16\n"
                              "[repeat]\nover = @boxes\n"
                              "[registers]\npower-active.total = 0 f32\n"
                              "in{i+1}.pulse-count = 1000+4*i u32\n");
  fixture_site_make_box (f->station, 1, 1);
  fixture_site_write_meter (f, "a", "type = boxes\nunit = 1\npoll = 10s");
  f->on_reading = test_host_note_state;
  ohm_site_start (f->site);
  for (guint i = 0; i < 400; i++)
    {
      fixture_site_run (f, 5 * OHM_MS);
      ohm_meter_host_get_last (fixture_site_host (f, "a"), &last);
      if (ohm_meter_host_get_state (fixture_site_host (f, "a"))->code == OHM_STATE_OK)
        g_assert_cmpint (last.read_us, >, 0);
    }
  fixture_site_assert_state (f, "a", OHM_STATE_OK, NULL);
  g_assert_cmpint (fixture_site_quality (f, "a", "in7.pulse-count"), ==, OHM_QUALITY_GOOD);
  fixture_site_free (f);
}

/* A subscriber of the bus takes the meter away in the middle of its poll. */
static void
test_host_stopped_inside (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  guint n;

  fixture_site_run (f, 5 * OHM_S);
  f->on_reading = test_host_stop_on_reading;
  fixture_site_run (f, 2 * OHM_S);
  g_assert_null (ohm_site_find_meter (f->site, "a"));
  n = fixture_site_readings (f, "a");
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), ==, n);
  fixture_site_assert_text (f->removed, "a ");
  fixture_site_free (f);
}

static void
test_host_forget_on_reading (gpointer fixture, const OhmReading *reading)
{
  OhmSiteFixture *f = fixture;

  f->on_reading = NULL;
  ohm_meter_host_forget (fixture_site_host (f, "a"));
}

/* Or has it begin anew. */
static void
test_host_forgotten_inside (void)
{
  OhmSiteFixture *f = fixture_site_start_box ("type = box\nunit = 1\npoll = 1s");
  guint n;

  fixture_site_run (f, 5 * OHM_S);
  n = fixture_site_readings (f, "a");
  f->on_reading = test_host_forget_on_reading;
  fixture_site_run (f, 10 * OHM_S);
  g_assert_cmpuint (fixture_site_readings (f, "a"), >=, n + 9);
  fixture_site_assert_text (f->surveyed, "a a ");
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter-host/first", test_host_first);
  g_test_add_func ("/meter-host/periods", test_host_periods);
  g_test_add_func ("/meter-host/missed", test_host_missed);
  g_test_add_func ("/meter-host/restart", test_host_restart);
  g_test_add_func ("/meter-host/new-points", test_host_new_points);
  g_test_add_func ("/meter-host/many-requests", test_host_many_requests);
  g_test_add_func ("/meter-host/slot", test_host_slot);
  g_test_add_func ("/meter-host/slot-cause", test_host_slot_cause);
  g_test_add_func ("/meter-host/slot-empty", test_host_slot_empty);
  g_test_add_func ("/meter-host/slot-refused", test_host_slot_refused);
  g_test_add_func ("/meter-host/pushed", test_host_pushed);
  g_test_add_func ("/meter-host/operator", test_host_operator);
  g_test_add_func ("/meter-host/operator-waiting", test_host_operator_waiting);
  g_test_add_func ("/meter-host/not-running", test_host_not_running);
  g_test_add_func ("/meter-host/without-values", test_host_without_values);
  g_test_add_func ("/meter-host/misconfigured", test_host_misconfigured);
  g_test_add_func ("/meter-host/stopped-inside", test_host_stopped_inside);
  g_test_add_func ("/meter-host/forgotten-inside", test_host_forgotten_inside);
  return g_test_run ();
}
