/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pauses, time-outs and serial lines: what a link's settings and its line ask for. */

#include "link-fixture.h"
#include "ohm-test-log.h"

static OhmTestSeen *
test_pacing_get_seen (OhmLinkFixture *f, guint index)
{
  g_assert_cmpuint (index, <, f->station->log->len);
  return &g_array_index (f->station->log, OhmTestSeen, index);
}

static OhmLinkFixture *
test_pacing_new (const char *more)
{
  OhmLinkFixture *f = fixture_link_new_with (60 * OHM_S, OHM_TEST_TYPE_TRANSPORT, more);

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  ohm_link_add_unit (f->link, 9, NULL, f); /* the link stays open */
  return f;
}

static void
test_pacing_free (OhmLinkFixture *f)
{
  ohm_link_remove_unit (f->link, 9, f);
  g_clear_pointer (&f->station->log, g_array_unref);
  fixture_link_free (f);
}

static void
test_pacing_pauses (void)
{
  OhmLinkFixture *f = test_pacing_new ("pause=100ms\nconnect-pause=700ms\n");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  gint64 begin_us = ohm_test_time_mono (f->time);

  ask->again = 2;
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, 2 * OHM_S);
  g_assert_cmpuint (ask->n_good, ==, 3);
  g_assert_cmpint (test_pacing_get_seen (f, 0)->mono_us - begin_us, >=, 700 * OHM_MS);
  /* an answer takes 2 ms */
  g_assert_cmpint (test_pacing_get_seen (f, 1)->mono_us - test_pacing_get_seen (f, 0)->mono_us, ==,
                   102 * OHM_MS);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

/* The longer pause counts, whoever asks for it. */
static void
test_pacing_pause_of_type (void)
{
  OhmLinkFixture *f = test_pacing_new ("pause=10ms\n");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  ask->exchange.pause_us = 300 * OHM_MS;
  ask->again = 1;
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpint (test_pacing_get_seen (f, 1)->mono_us - test_pacing_get_seen (f, 0)->mono_us, ==,
                   302 * OHM_MS);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

static void
test_pacing_timeout (void)
{
  OhmLinkFixture *f = test_pacing_new ("timeout=400ms\n");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_OPERATOR);

  f->station->units[1].manner = OHM_TEST_MUTE;
  ask->exchange.timeout_us = 3 * OHM_S; /* of the type; the owner of the link knows better */
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_timeouts, ==, 1);
  g_assert_cmpint (test_pacing_get_seen (f, 0)->wait_us, ==, 400 * OHM_MS);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

/* An answer that was disturbed on the line is asked for again at once, and costs no back-off. */
static void
test_pacing_disturbed (void)
{
  OhmLinkFixture *f = test_pacing_new ("");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) other = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  OhmUnitStats stats;

  f->station->units[1].disturbances = 2;
  fixture_ask_submit (ask);
  fixture_ask_submit (other);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  g_assert_cmpuint (ask->n_good, ==, 1);
  g_assert_cmpuint (other->n_good, ==, 1);
  g_assert_cmpuint (f->station->log->len, ==, 4);
  g_assert_cmpuint (test_pacing_get_seen (f, 2)->unit, ==, 1); /* before the other's turn */
  g_assert_true (ohm_link_get_unit_stats (f->link, 1, &stats));
  g_assert_cmpuint (stats.level, ==, 0);
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_clear_pointer (&ask, fixture_ask_free);
  g_clear_pointer (&other, fixture_ask_free);
  test_pacing_free (f);
}

/* Three times is enough; then it is the unit's failure, and the link stays up. */
static void
test_pacing_always_disturbed (void)
{
  OhmLinkFixture *f = test_pacing_new ("");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  OhmUnitStats stats;

  f->station->units[1].disturbances = 100;
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_cmpuint (f->station->log->len, ==, 3);
  g_assert_true (ohm_link_get_unit_stats (f->link, 1, &stats));
  g_assert_cmpuint (stats.level, ==, 1);
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

/* What has a side effect is not asked twice: reading that register, or writing. */
static void
test_pacing_once (void)
{
  static const OhmWrite writes[] = { { .name = "x", .address = 0, .count = 1, .max = 9 } };
  OhmLinkFixture *f = test_pacing_new ("");
  g_autoptr (OhmLinkAsk) read = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) write = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_OPERATOR);

  f->station->units[1].disturbances = 100;
  f->station->units[2].disturbances = 100;
  read->exchange.is_once = TRUE;
  write->exchange.request.function = 6;
  write->exchange.request.count = 1;
  write->exchange.writes = writes;
  write->exchange.n_writes = G_N_ELEMENTS (writes);
  fixture_ask_submit (read);
  fixture_ask_submit (write);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  g_assert_error (read->error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_error (write->error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_cmpuint (f->station->log->len, ==, 2);
  g_clear_pointer (&read, fixture_ask_free);
  g_clear_pointer (&write, fixture_ask_free);
  test_pacing_free (f);
}

/* What an answer takes on the line is not the meter's latency. */
static void
test_pacing_line_time (void)
{
  OhmLinkFixture *f = test_pacing_new ("");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  OhmUnitStats stats;

  f->station->baud = 9600;
  f->station->line_us = 170 * OHM_MS;
  /* 8 characters of request, 9 of answer: 90 of the 170 ms, and 20 of its own */
  f->station->units[1].latency_us = 110 * OHM_MS;
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_good, ==, 1);
  g_assert_true (ohm_link_get_unit_stats (f->link, 1, &stats));
  g_assert_cmpint (stats.latency_us, ==, 20 * OHM_MS);
  g_assert_cmpint (ohm_link_estimate_us (f->link, &ask->exchange.request), ==, 190 * OHM_MS);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

/* A device that is not there is looked for every two seconds, however long it is away. */
static void
test_pacing_device_back (void)
{
  OhmLinkFixture *f = test_pacing_new ("");
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  f->station->baud = 9600;
  fixture_ask_repeat (ask, OHM_S, 0);
  ohm_test_time_run (f->time, 5 * OHM_S);
  f->station->door = OHM_TEST_REFUSED;
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "link 'station' is down*");
  ohm_test_station_hang_up (f->station);
  ohm_test_time_run (f->time, 300 * OHM_S);
  g_assert_cmpint (ohm_link_get_state (f->link)->code, ==, OHM_STATE_DOWN);
  f->station->door = OHM_TEST_OPEN;
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_MESSAGE, "link 'station' is up again*");
  ohm_test_time_run (f->time, 2500 * OHM_MS);
  g_assert_cmpint (ohm_link_get_state (f->link)->code, ==, OHM_STATE_UP);
  g_clear_pointer (&ask, fixture_ask_free);
  test_pacing_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/pacing/pauses", test_pacing_pauses);
  g_test_add_func ("/link/pacing/pause-of-type", test_pacing_pause_of_type);
  g_test_add_func ("/link/pacing/timeout", test_pacing_timeout);
  g_test_add_func ("/link/pacing/disturbed", test_pacing_disturbed);
  g_test_add_func ("/link/pacing/always-disturbed", test_pacing_always_disturbed);
  g_test_add_func ("/link/pacing/once", test_pacing_once);
  g_test_add_func ("/link/pacing/line-time", test_pacing_line_time);
  g_test_add_func ("/link/pacing/device-back", test_pacing_device_back);
  return g_test_run ();
}
