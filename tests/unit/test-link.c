/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "link-fixture.h"

#include "ohm-test-log.h"

#define DOWN "link 'station' is down: *"
#define UP   "link 'station' is up again *"

static void
test_link_expect_down (void)
{
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, DOWN);
}

static void
test_link_expect_up (void)
{
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_MESSAGE, UP);
}

/* Opens with the first unit, and closes with the last. */
static void
test_link_life (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);

  g_assert_cmpstr (ohm_link_get_id (f->link), ==, "station");
  g_assert_cmpstr (ohm_link_get_transport_id (f->link), ==, "test");
  g_assert_cmpstr (ohm_settings_get_string (ohm_link_get_settings (f->link), "host"), ==,
                   "station");
  fixture_link_assert_state (f, OHM_STATE_CONNECTING, NULL);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (f->station->connects, ==, 0);

  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_link_add_unit (f->link, 1, NULL, f->bus);
  ohm_link_add_unit (f->link, 2, NULL, f);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (f->station->connects, ==, 1);
  g_assert_true (ohm_transport_is_open (ohm_link_get_transport (f->link)));
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);

  ohm_link_remove_unit (f->link, 1, f);
  ohm_link_remove_unit (f->link, 2, f);
  g_assert_true (ohm_transport_is_open (ohm_link_get_transport (f->link)));
  ohm_link_remove_unit (f->link, 1, f->bus);
  g_assert_false (ohm_transport_is_open (ohm_link_get_transport (f->link)));
  fixture_link_assert_state (f, OHM_STATE_CONNECTING, NULL);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (f->station->connects, ==, 1);

  /* gone while it is being opened */
  ohm_link_add_unit (f->link, 9, NULL, f);
  ohm_test_time_spin (f->time);
  ohm_link_remove_unit (f->link, 9, f);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_link_free (f);
}

/* An exchange for a unit that nobody registered opens the link, and the end of it closes it. */
static void
test_link_unregistered (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, "a", 7, OHM_PRIORITY_OPERATOR);
  g_autoptr (GArray) list = NULL;

  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_good, ==, 1);
  g_assert_cmpuint (f->station->closes, ==, 1);
  fixture_link_assert_state (f, OHM_STATE_CONNECTING, NULL);
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_good, ==, 2);
  g_assert_cmpuint (f->station->connects, ==, 2);
  list = ohm_link_list_units (f->link);
  g_assert_cmpuint (list->len, ==, 0);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

/* Removed while its answer is on the way: closed after it. */
static void
test_link_remove_in_flight (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, "a", 7, OHM_PRIORITY_LIVE);

  ohm_link_add_unit (f->link, 7, NULL, f);
  ohm_test_time_run (f->time, OHM_S);
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_MS);
  ohm_link_remove_unit (f->link, 7, f);
  g_assert_true (ohm_transport_is_open (ohm_link_get_transport (f->link)));
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_good, ==, 1);
  g_assert_false (ohm_transport_is_open (ohm_link_get_transport (f->link)));
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_order (void)
{
  static const char *const names[] = { "slot", "operator", "live", "slow", "background" };
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[OHM_N_PRIORITIES];

  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_link_add_unit (f->link, 2, NULL, f);
  for (guint p = OHM_N_PRIORITIES; p-- > 0;)
    {
      asks[p] = fixture_ask_new (f, names[p], p % 2 == 0 ? 1 : 2, p);
      fixture_ask_submit (asks[p]);
    }
  ohm_test_time_run (f->time, OHM_S);
  fixture_link_assert_ended (f, "slot operator live slow background");
  for (guint p = 0; p < OHM_N_PRIORITIES; p++)
    fixture_ask_free (asks[p]);
  ohm_link_remove_unit (f->link, 1, f);
  ohm_link_remove_unit (f->link, 2, f);
  fixture_link_free (f);
}

/* A unit with much to ask does not keep the others waiting. */
static void
test_link_fair (void)
{
  static const struct
  {
    const char *name;
    guint8 unit;
  } rows[] = { { "a1", 1 }, { "a2", 1 }, { "a3", 1 }, { "b1", 2 }, { "b2", 2 }, { "c1", 3 } };
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[G_N_ELEMENTS (rows)];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      asks[i] = fixture_ask_new (f, rows[i].name, rows[i].unit, OHM_PRIORITY_LIVE);
      fixture_ask_submit (asks[i]);
    }
  ohm_test_time_run (f->time, OHM_S);
  fixture_link_assert_ended (f, "a1 b1 c1 a2 b2 a3");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

static void
test_link_submit_inside (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) a = fixture_ask_new (f, "a", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) b = fixture_ask_new (f, "b", 2, OHM_PRIORITY_LIVE);

  ohm_link_add_unit (f->link, 1, NULL, f);
  a->again = 3;
  fixture_ask_submit (a);
  fixture_ask_submit (b);
  ohm_test_time_run (f->time, OHM_S);
  fixture_link_assert_ended (f, "a b a a a");

  /* refused ones, too, and never from inside submit */
  f->station->door = OHM_TEST_REFUSED;
  test_link_expect_down ();
  ohm_test_station_hang_up (f->station);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  a->again = 3;
  fixture_ask_submit (a);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  fixture_link_assert_ended (f, "a a a a");
  g_assert_cmpuint (a->n_other, ==, 4);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&a, fixture_ask_free);
  g_clear_pointer (&b, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_withdraw (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) flying = fixture_ask_new (f, "flying", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) queued = fixture_ask_new (f, "queued", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) other = fixture_ask_new (f, "other", 2, OHM_PRIORITY_LIVE);

  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_test_time_run (f->time, OHM_S);
  fixture_ask_submit (flying);
  fixture_ask_submit (queued);
  ohm_test_time_run (f->time, OHM_MS);
  g_assert_cmpuint (f->station->units[1].requests, ==, 1);
  ohm_link_withdraw (f->link, &queued->exchange);
  ohm_link_withdraw (f->link, &queued->exchange);
  ohm_link_withdraw (f->link, &flying->exchange);
  /* free at once, though the answer is still on its way */
  fixture_ask_submit (flying);
  fixture_ask_submit (other);
  ohm_test_time_run (f->time, OHM_S);
  fixture_link_assert_ended (f, "flying other");
  g_assert_cmpuint (flying->n_good, ==, 1);
  g_assert_cmpuint (f->station->units[1].requests, ==, 2);

  /* refused, and withdrawn before it hears so */
  f->station->door = OHM_TEST_REFUSED;
  test_link_expect_down ();
  ohm_test_station_hang_up (f->station);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  fixture_ask_submit (flying);
  fixture_ask_submit (other);
  ohm_link_withdraw (f->link, &flying->exchange);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  fixture_link_assert_ended (f, "other");
  flying->is_waiting = FALSE;
  queued->is_waiting = FALSE;
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&flying, fixture_ask_free);
  g_clear_pointer (&queued, fixture_ask_free);
  g_clear_pointer (&other, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_dispose (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[3];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    asks[i] = fixture_ask_new (f, "a", 1, OHM_PRIORITY_LIVE);
  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_test_time_run (f->time, OHM_S);
  fixture_ask_submit (asks[0]);
  fixture_ask_submit (asks[1]);
  ohm_test_time_run (f->time, OHM_MS);
  g_assert_true (asks[0]->exchange.is_in_flight);
  g_assert_finalize_object (f->link);
  f->link = NULL;
  ohm_test_time_run (f->time, 10 * OHM_S);
  fixture_link_assert_ended (f, "");
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

static void
test_link_on_last (OhmLinkExchange *exchange, const OhmReply *reply, const GError *error)
{
  OhmLinkFixture *f = exchange->user_data;

  ohm_link_remove_unit (f->link, 1, f);
  g_clear_object (&f->link);
}

/* The last reference goes in the middle of a callback. */
static void
test_link_dispose_inside (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkExchange exchange = {
    .request = { .unit = 1, .function = 3, .count = 1 },
    .priority = OHM_PRIORITY_LIVE,
    .func = test_link_on_last,
    .user_data = f,
  };

  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_link_submit (f->link, &exchange);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_null (f->link);
  fixture_link_free (f);
}

static void
test_link_refused (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) early = fixture_ask_new (f, "early", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) late = fixture_ask_new (f, "late", 1, OHM_PRIORITY_LIVE);
  static const gint64 steps[] = { 1, 2, 4, 8, 15, 30, 30 };

  f->station->door = OHM_TEST_REFUSED;
  test_link_expect_down ();
  ohm_link_add_unit (f->link, 1, NULL, f);
  fixture_ask_submit (early);
  ohm_test_time_run (f->time, 500 * OHM_MS);
  fixture_link_assert_ended (f, "early");
  g_assert_error (early->error, OHM_ERROR, OHM_ERROR_LINK);
  g_assert_true (g_str_has_prefix (early->error->message, "link 'station': "));
  fixture_link_assert_state (f, OHM_STATE_DOWN, "connection-refused");
  fixture_ask_submit (late);
  ohm_test_time_spin (f->time);
  fixture_link_assert_ended (f, "late");
  g_assert_error (late->error, OHM_ERROR, OHM_ERROR_LINK);

  /* the pauses between tries: 1 2 4 8 15 30 s and a tenth of spread at most */
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      const OhmState *state = ohm_link_get_state (f->link);
      gint64 wait_us = state->next_attempt_us - ohm_test_time_wall (f->time);

      g_assert_cmpint (wait_us, >, steps[i] * OHM_S - OHM_S);
      g_assert_cmpint (wait_us, <=, steps[i] * OHM_S * 11 / 10);
      ohm_test_time_run (f->time, wait_us + 2 * OHM_MS);
      fixture_link_assert_state (f, OHM_STATE_DOWN, "connection-refused");
    }
  g_assert_cmpuint (f->n_changes, ==, 1);

  f->station->door = OHM_TEST_OPEN;
  test_link_expect_up ();
  ohm_test_time_run (f->time, 34 * OHM_S);
  fixture_ask_submit (late);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (late->n_good, ==, 1);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_assert_cmpint (ohm_link_get_state (f->link)->next_attempt_us, ==, 0);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&early, fixture_ask_free);
  g_clear_pointer (&late, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_no_answer_to_open (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, "a", 1, OHM_PRIORITY_LIVE);

  f->station->door = OHM_TEST_SWALLOWED;
  test_link_expect_down ();
  ohm_link_add_unit (f->link, 1, NULL, f);
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, 4 * OHM_S);
  fixture_link_assert_ended (f, "");
  fixture_link_assert_state (f, OHM_STATE_CONNECTING, NULL);
  ohm_test_time_run (f->time, OHM_S + OHM_MS);
  fixture_link_assert_state (f, OHM_STATE_DOWN, "no-answer");
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_LINK);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_reconnect (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  f->station->door = OHM_TEST_REFUSED;
  test_link_expect_down ();
  ohm_link_add_unit (f->link, 1, NULL, f);
  ohm_test_time_run (f->time, 20 * OHM_S);
  f->station->door = OHM_TEST_OPEN;
  test_link_expect_up ();
  ohm_link_reconnect (f->link);
  ohm_test_time_run (f->time, 10 * OHM_MS);
  /* up once something has come through */
  fixture_link_assert_state (f, OHM_STATE_DOWN, "connection-refused");
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, 10 * OHM_MS);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  ohm_link_reconnect (f->link);
  ohm_test_time_run (f->time, 10 * OHM_MS);
  g_assert_cmpuint (f->station->connects, ==, 2);
  g_assert_cmpuint (f->station->closes, ==, 1);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

/* A device that closes idle connections is no news. */
static void
test_link_closed_idle (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  fixture_ask_repeat (ask, OHM_S, 0);
  ohm_test_time_run (f->time, 500 * OHM_MS);
  f->n_changes = 0;
  for (guint i = 0; i < 10; i++)
    {
      ohm_test_station_hang_up (f->station);
      ohm_test_time_run (f->time, OHM_S);
      fixture_link_assert_state (f, OHM_STATE_UP, NULL);
    }
  g_assert_cmpuint (f->n_changes, ==, 0);
  g_assert_cmpuint (f->station->connects, ==, 11);
  g_assert_cmpuint (ask->n_good, ==, ask->n_asked);

  /* one that closes before it ever answered is down */
  f->station->units[1].manner = OHM_TEST_CLOSES;
  test_link_expect_down ();
  ohm_test_time_run (f->time, 2 * OHM_S);
  fixture_link_assert_state (f, OHM_STATE_DOWN, "connection-closed");
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_LINK);

  /* however long that went on, it is asked at once when it is tried again */
  ohm_test_time_run (f->time, 7200 * OHM_S);
  for (guint connects = f->station->connects; f->station->connects == connects;)
    ohm_test_time_run (f->time, 100 * OHM_MS);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  ask->n_good = 0;
  test_link_expect_up ();
  ohm_test_time_run (f->time, 2 * OHM_S);
  g_assert_cmpuint (ask->n_good, >, 0);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_closed_in_flight (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) a = fixture_ask_new (f, "a", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) b = fixture_ask_new (f, "b", 2, OHM_PRIORITY_LIVE);

  ohm_link_add_unit (f->link, 1, NULL, f);
  fixture_ask_submit (a);
  ohm_test_time_run (f->time, OHM_S);
  fixture_ask_submit (a);
  fixture_ask_submit (b);
  ohm_test_time_run (f->time, OHM_MS);
  ohm_test_station_hang_up (f->station);
  ohm_test_time_run (f->time, OHM_S);
  /* who was asked hears it, who waited is asked over the new connection */
  fixture_link_assert_ended (f, "a a b");
  g_assert_error (a->error, OHM_ERROR, OHM_ERROR_LINK);
  g_assert_cmpuint (b->n_good, ==, 1);
  g_assert_cmpuint (f->station->connects, ==, 2);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&a, fixture_ask_free);
  g_clear_pointer (&b, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_surplus (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  f->station->units[1].manner = OHM_TEST_OVERFLOWS;
  fixture_ask_repeat (ask, OHM_S, 0);
  ohm_test_time_run (f->time, 10 * OHM_S + 500 * OHM_MS);
  g_assert_cmpuint (ask->n_good, ==, 11);
  g_assert_cmpuint (f->station->connects, ==, 12);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

/* What answers is no Modbus: down, with the cause. */
static void
test_link_wrong_protocol (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  f->station->units[1].manner = OHM_TEST_BABBLES;
  test_link_expect_down ();
  fixture_ask_repeat (ask, OHM_S, 0);
  ohm_test_time_run (f->time, 500 * OHM_MS);
  fixture_link_assert_state (f, OHM_STATE_DOWN, "protocol-error");
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  test_link_expect_up ();
  ohm_test_time_run (f->time, 3 * OHM_S);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_assert_cmpuint (ask->n_good, >=, 1);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

/* One unit whose frames are broken must not cost the others a connection a second. */
static void
test_link_one_babbles (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) bad = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);

  f->station->units[2].manner = OHM_TEST_BABBLES;
  fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (bad, OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 300 * OHM_S + 900 * OHM_MS);
  g_assert_cmpuint (good->n_good, ==, good->n_asked);
  g_assert_cmpuint (f->station->connects, <=, 12);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&bad, fixture_ask_free);
  fixture_link_free (f);
}

/* Several whose frames are broken, one after the other, must not take the link from the others. */
static void
test_link_some_babble (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[6];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      asks[i] = fixture_ask_new (f, NULL, (guint8) (i + 1), OHM_PRIORITY_SLOT);
      fixture_ask_repeat (asks[i], 5 * OHM_S, 0);
    }
  ohm_test_time_run (f->time, OHM_S);
  for (guint i = 1; i <= 4; i++)
    f->station->units[i].manner = OHM_TEST_BABBLES;
  ohm_test_time_run (f->time, 300 * OHM_S);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_assert_cmpuint (asks[i]->n_good, ==, i < 4 ? 1 : asks[i]->n_asked);
      fixture_ask_free (asks[i]);
    }
  fixture_link_free (f);
}

/* Everything times out: the connection may be half open, and is opened anew; the link is not
 * called down for it. */
static void
test_link_half_open (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[4];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      asks[i] = fixture_ask_new (f, NULL, (guint8) (i + 1), OHM_PRIORITY_LIVE);
      fixture_ask_repeat (asks[i], OHM_S, i * 10 * OHM_MS);
    }
  ohm_test_time_run (f->time, 10 * OHM_S);
  f->n_changes = 0;
  for (guint i = 1; i <= 4; i++)
    f->station->units[i].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 6 * OHM_S);
  g_assert_cmpuint (f->station->connects, >=, 2);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_assert_cmpuint (f->n_changes, ==, 0);
  for (guint i = 1; i <= 4; i++)
    f->station->units[i].manner = OHM_TEST_ANSWERS;
  ohm_test_time_run (f->time, 20 * OHM_S);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      OhmUnitStats stats;

      g_assert_true (ohm_link_get_unit_stats (f->link, (guint8) (i + 1), &stats));
      g_assert_cmpuint (stats.level, ==, 0);
      fixture_ask_free (asks[i]);
    }
  fixture_link_free (f);
}

static void
test_link_writes (void)
{
  static const OhmWrite list[] = {
    { .name = "clock", .address = 20003, .count = 2, .min = 1000, .max = 0xFFFFFFFF },
    { .name = "mode", .address = 7, .count = 1, .min = 1, .max = 3 },
  };
  static const struct
  {
    OhmRequest request;
    gboolean is_allowed;
  } rows[] = {
    { { 1, 16, 20003, 2, { 0x1234, 0x5678 } }, TRUE },
    { { 1, 6, 7, 1, { 3 } }, TRUE },
    { { 1, 16, 7, 1, { 1 } }, TRUE },
    { { 1, 6, 7, 1, { 4 } }, FALSE },            /* value too large */
    { { 1, 6, 7, 1, { 0 } }, FALSE },            /* too small */
    { { 1, 16, 20003, 2, { 0, 999 } }, FALSE },  /* too small as a whole */
    { { 1, 16, 20003, 1, { 0x1234 } }, FALSE },  /* half of it */
    { { 1, 16, 20002, 2, { 1, 1 } }, FALSE },    /* beside it */
    { { 1, 16, 20003, 3, { 1, 1, 1 } }, FALSE }, /* more than it */
    { { 1, 5, 7, 1, { 1 } }, FALSE },            /* another function */
    { { 1, 22, 7, 1, { 1 } }, FALSE },           /* another function */
    { { 1, 16, 20003, 0, { 0 } }, FALSE },       /* nothing */
  };
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_OPERATOR);
  guint64 sent = 0;

  ohm_link_add_unit (f->link, 1, NULL, f);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      ask->exchange.request = rows[i].request;
      ask->exchange.writes = list;
      ask->exchange.n_writes = G_N_ELEMENTS (list);
      g_clear_error (&ask->error);
      fixture_ask_submit (ask);
      ohm_test_time_run (f->time, 100 * OHM_MS);
      g_assert_false (ask->is_waiting);
      sent += rows[i].is_allowed ? 1 : 0;
      g_assert_cmpuint (f->station->units[1].requests, ==, sent);
      if (rows[i].is_allowed)
        g_assert_no_error (ask->error);
      else
        g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
    }
  /* without a list nothing can be written */
  ask->exchange.request = rows[0].request;
  ask->exchange.n_writes = 0;
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, 100 * OHM_MS);
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (f->station->units[1].requests, ==, sent);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_pauses (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) a = fixture_ask_new (f, "a", 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) b = fixture_ask_new (f, "b", 1, OHM_PRIORITY_LIVE);
  gint64 start_us = ohm_test_time_mono (f->time);

  a->exchange.connect_pause_us = 300 * OHM_MS;
  b->exchange.pause_us = 50 * OHM_MS;
  ohm_link_add_unit (f->link, 1, NULL, f);
  fixture_ask_submit (a);
  fixture_ask_submit (b);
  ohm_test_time_run (f->time, OHM_S);
  /* 1 ms to open, the pause, 2 ms for the answer; then the other pause */
  g_assert_cmpint (a->ended_us - start_us, ==, 303 * OHM_MS);
  g_assert_cmpint (b->ended_us - a->ended_us, ==, 52 * OHM_MS);
  fixture_ask_submit (a);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpint (a->ended_us - start_us, ==, 1002 * OHM_MS);
  ohm_link_remove_unit (f->link, 1, f);
  g_clear_pointer (&a, fixture_ask_free);
  g_clear_pointer (&b, fixture_ask_free);
  fixture_link_free (f);
}

/* Nothing is started that would run across the boundary; the slot reads come first after it. */
static void
test_link_boundary (void)
{
  OhmLinkFixture *f = fixture_link_new (890 * OHM_S);
  g_autoptr (OhmLinkAsk) live = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) slow = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) slot = fixture_ask_new (f, NULL, 3, OHM_PRIORITY_SLOT);
  gint64 boundary_us = OHM_TEST_WALL_US + 900 * OHM_S;
  guint n_before = 0;

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  f->station->units[1].latency_us = 5 * OHM_MS;
  f->station->units[2].latency_us = 120 * OHM_MS;
  fixture_ask_repeat (live, 10 * OHM_MS, 0);
  fixture_ask_repeat (slow, 250 * OHM_MS, 3 * OHM_MS);
  ohm_test_time_run (f->time, 10 * OHM_S);
  g_assert_cmpint (ohm_test_time_wall (f->time), ==, boundary_us);
  fixture_ask_submit (slot);
  ohm_test_time_run (f->time, 10 * OHM_S);
  g_assert_cmpuint (slot->n_good, ==, 1);
  g_assert_cmpint (slot->ended_us, ==, ohm_test_time_mono (f->time) - 10 * OHM_S + 2 * OHM_MS);

  for (guint i = 0; i < f->station->log->len; i++)
    {
      const OhmTestSeen *seen = &g_array_index (f->station->log, OhmTestSeen, i);
      gint64 end_us = seen->wall_us + f->station->units[seen->unit].latency_us;

      if (seen->unit == 3)
        g_assert_cmpint (seen->wall_us, ==, boundary_us);
      else
        g_assert_true (end_us < boundary_us || seen->wall_us >= boundary_us + 20 * OHM_MS);
      /* the quick unit is asked on until shortly before, while the slow one waits */
      n_before += seen->unit == 1 && seen->wall_us > boundary_us - 100 * OHM_MS &&
                  seen->wall_us < boundary_us;
    }
  g_assert_cmpuint (n_before, >=, 8);
  g_clear_pointer (&live, fixture_ask_free);
  g_clear_pointer (&slow, fixture_ask_free);
  g_clear_pointer (&slot, fixture_ask_free);
  fixture_link_free (f);
}

/* A probe that would run across the boundary is left out, and keeps nobody waiting. */
static void
test_link_boundary_probe (void)
{
  OhmLinkFixture *f = fixture_link_new (880 * OHM_S);
  g_autoptr (OhmLinkAsk) live = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  gint64 boundary_us = OHM_TEST_WALL_US + 900 * OHM_S;

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  f->station->units[2].manner = OHM_TEST_MUTE;
  fixture_ask_repeat (live, 100 * OHM_MS, 0);
  fixture_ask_repeat (mute, 10 * OHM_MS, 0);
  ohm_test_time_run (f->time, 30 * OHM_S);
  for (guint i = 0; i < f->station->log->len; i++)
    {
      const OhmTestSeen *seen = &g_array_index (f->station->log, OhmTestSeen, i);

      if (seen->unit == 2)
        g_assert_true (seen->wall_us + seen->wait_us < boundary_us || seen->wall_us >= boundary_us);
    }
  g_assert_cmpuint (live->n_good, >=, live->n_asked - 25);
  g_clear_pointer (&live, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  fixture_link_free (f);
}

static double
test_link_on_planned (OhmLink *link, gpointer user_data)
{
  return *(double *) user_data;
}

static void
test_link_assert_overload (OhmLinkFixture *f, const char *argument, const char *value)
{
  OhmMessage *cause = ohm_link_get_state (f->link)->cause;

  fixture_link_assert_state (f, OHM_STATE_OVERLOADED, "overloaded");
  g_assert_cmpstr (ohm_message_get_argument (cause, argument), ==, value);
}

/* The alarm tells the number that the list of links does, and no other. */
static void
test_link_overload_is_planned (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[10];
  double planned = 1.354;

  g_assert_cmpfloat (ohm_link_get_planned_load (f->link), <=, 0.0);
  ohm_link_set_planned_func (f->link, test_link_on_planned, &planned);
  g_assert_cmpfloat (ohm_link_get_planned_load (f->link), >=, 1.35);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      f->station->units[i].latency_us = 150 * OHM_MS;
      asks[i] = fixture_ask_new (f, NULL, (guint8) i, OHM_PRIORITY_LIVE);
      fixture_ask_repeat (asks[i], OHM_S, 10 * OHM_MS);
    }
  ohm_test_time_run (f->time, 20 * OHM_S);
  test_link_assert_overload (f, "share", "135 %");
  g_assert_null (ohm_message_get_argument (ohm_link_get_state (f->link)->cause, "busy"));

  /* the schedule has changed, and still does not fit */
  planned = 1.2;
  ohm_test_time_run (f->time, 2 * OHM_S);
  test_link_assert_overload (f, "share", "120 %");
  planned = 0.7;
  ohm_test_time_run (f->time, 2 * OHM_S);
  g_assert_null (ohm_message_get_argument (ohm_link_get_state (f->link)->cause, "share"));
  f->n_changes = 0;
  ohm_test_time_run (f->time, 2 * OHM_S);
  g_assert_cmpuint (f->n_changes, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

static void
test_link_load (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[10];

  g_assert_cmpfloat (ohm_link_get_load (f->link), <=, 0.0);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      f->station->units[i].latency_us = 50 * OHM_MS;
      asks[i] = fixture_ask_new (f, NULL, (guint8) i, OHM_PRIORITY_LIVE);
      fixture_ask_repeat (asks[i], OHM_S, 10 * OHM_MS);
    }
  ohm_test_time_run (f->time, 20 * OHM_S);
  g_assert_cmpfloat_with_epsilon (ohm_link_get_load (f->link), 0.5, 0.05);
  g_assert_cmpuint (ohm_link_get_missed (f->link), ==, 0);

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    f->station->units[i].latency_us = 150 * OHM_MS;
  ohm_test_time_run (f->time, 20 * OHM_S);
  g_assert_cmpfloat (ohm_link_get_load (f->link), >, 0.95);
  g_assert_cmpuint (ohm_link_get_missed (f->link), >, 0);
  fixture_link_assert_state (f, OHM_STATE_OVERLOADED, "overloaded");
  g_assert_nonnull (ohm_message_get_argument (ohm_link_get_state (f->link)->cause, "busy"));

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    f->station->units[i].latency_us = 20 * OHM_MS;
  ohm_test_time_run (f->time, 20 * OHM_S);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    fixture_ask_free (asks[i]);
  ohm_test_time_run (f->time, 20 * OHM_S);
  g_assert_cmpfloat (ohm_link_get_load (f->link), <=, 0.0);
  fixture_link_free (f);
}

static void
test_link_stats (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) a = fixture_ask_new (f, NULL, 200, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) b = fixture_ask_new (f, NULL, 3, OHM_PRIORITY_LIVE);
  OhmRequest request = { .unit = 200, .function = 3, .count = 10 };
  g_autoptr (GArray) list = NULL;
  OhmUnitStats stats;

  g_assert_false (ohm_link_get_unit_stats (f->link, 200, &stats));
  g_assert_cmpint (ohm_link_estimate_us (f->link, &request), ==, 20 * OHM_MS);
  f->station->units[200].latency_us = 8 * OHM_MS;
  f->station->units[3].latency_us = 4 * OHM_MS;
  fixture_ask_repeat (a, OHM_S, 0);
  fixture_ask_repeat (b, OHM_S, 0);
  ohm_test_time_run (f->time, 10 * OHM_S + 500 * OHM_MS);
  list = ohm_link_list_units (f->link);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpuint (g_array_index (list, OhmUnitStats, 0).unit, ==, 3);
  g_assert_cmpuint (g_array_index (list, OhmUnitStats, 1).unit, ==, 200);
  g_assert_true (ohm_link_get_unit_stats (f->link, 200, &stats));
  g_assert_cmpuint (stats.requests, ==, 11);
  g_assert_cmpuint (stats.timeouts, ==, 0);
  g_assert_cmpint (stats.latency_us, ==, 8 * OHM_MS);
  g_assert_cmpint (ohm_link_estimate_us (f->link, &request), ==, 8 * OHM_MS);
  request.unit = 99;
  g_assert_cmpint (ohm_link_estimate_us (f->link, &request), <=, 8 * OHM_MS);
  g_assert_cmpuint (ohm_link_get_gap_max (f->link), ==, 125);
  f->station->baud = 9600;
  f->station->line_us = 40 * OHM_MS;
  g_assert_cmpuint (ohm_link_get_gap_max (f->link), <, 30);
  request.unit = 200;
  g_assert_cmpint (ohm_link_estimate_us (f->link, &request), ==, 48 * OHM_MS);
  g_clear_pointer (&a, fixture_ask_free);
  g_clear_pointer (&b, fixture_ask_free);
  fixture_link_free (f);
}

/* A slow line is not mistaken for a silent unit: its own time comes on top. */
static void
test_link_line_time (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);

  f->station->baud = 1200;
  f->station->line_us = 2400 * OHM_MS;
  f->station->units[1].latency_us = 2500 * OHM_MS;
  fixture_ask_repeat (ask, 5 * OHM_S, 0);
  ohm_test_time_run (f->time, 20 * OHM_S);
  g_assert_cmpuint (ask->n_timeouts, ==, 0);
  g_assert_cmpuint (ask->n_good, ==, ask->n_asked - 1);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

static void
test_link_on_telegram (OhmLink *link, const OhmReply *reply, gpointer user_data)
{
  GString *heard = user_data;

  g_string_append_printf (heard, "%u:%.*s ", reply->unit, (int) reply->length,
                          (const char *) reply->data);
}

static void
test_link_pushed (void)
{
  OhmLinkFixture *f = fixture_link_new_of (60 * OHM_S, ohm_test_listener_get_type ());
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, "a", 5, OHM_PRIORITY_LIVE);
  g_autoptr (GString) one = g_string_new (NULL);
  g_autoptr (GString) two = g_string_new (NULL);

  ohm_link_add_unit (f->link, 5, test_link_on_telegram, one);
  ohm_test_time_run (f->time, OHM_S);
  ohm_test_station_push (f->station, 5, "own");
  ohm_test_station_push (f->station, 6, "other");
  ohm_test_station_push (f->station, 0, "only");
  g_assert_cmpstr (one->str, ==, "5:own 0:only ");

  ohm_link_add_unit (f->link, 7, test_link_on_telegram, two);
  ohm_test_station_push (f->station, 7, "x");
  ohm_test_station_push (f->station, 0, "whose");
  g_assert_cmpstr (one->str, ==, "5:own 0:only ");
  g_assert_cmpstr (two->str, ==, "7:x ");

  /* what only listens cannot be asked */
  fixture_ask_submit (ask);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_error (ask->error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  ohm_link_remove_unit (f->link, 7, two);
  ohm_link_remove_unit (f->link, 5, one);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (f->station->closes, ==, 1);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/life", test_link_life);
  g_test_add_func ("/link/unregistered", test_link_unregistered);
  g_test_add_func ("/link/remove-in-flight", test_link_remove_in_flight);
  g_test_add_func ("/link/order", test_link_order);
  g_test_add_func ("/link/fair", test_link_fair);
  g_test_add_func ("/link/submit-inside", test_link_submit_inside);
  g_test_add_func ("/link/withdraw", test_link_withdraw);
  g_test_add_func ("/link/dispose", test_link_dispose);
  g_test_add_func ("/link/dispose-inside", test_link_dispose_inside);
  g_test_add_func ("/link/refused", test_link_refused);
  g_test_add_func ("/link/no-answer-to-open", test_link_no_answer_to_open);
  g_test_add_func ("/link/reconnect", test_link_reconnect);
  g_test_add_func ("/link/closed-idle", test_link_closed_idle);
  g_test_add_func ("/link/closed-in-flight", test_link_closed_in_flight);
  g_test_add_func ("/link/surplus", test_link_surplus);
  g_test_add_func ("/link/wrong-protocol", test_link_wrong_protocol);
  g_test_add_func ("/link/one-babbles", test_link_one_babbles);
  g_test_add_func ("/link/some-babble", test_link_some_babble);
  g_test_add_func ("/link/half-open", test_link_half_open);
  g_test_add_func ("/link/writes", test_link_writes);
  g_test_add_func ("/link/pauses", test_link_pauses);
  g_test_add_func ("/link/boundary", test_link_boundary);
  g_test_add_func ("/link/boundary-probe", test_link_boundary_probe);
  g_test_add_func ("/link/load", test_link_load);
  g_test_add_func ("/link/overload-is-planned", test_link_overload_is_planned);
  g_test_add_func ("/link/stats", test_link_stats);
  g_test_add_func ("/link/line-time", test_link_line_time);
  g_test_add_func ("/link/pushed", test_link_pushed);
  return g_test_run ();
}
