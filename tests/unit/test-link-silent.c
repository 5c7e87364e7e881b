/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What silent units cost the others, and how soon they are heard again (design 4.3 and 5), in
 * simulated hours. */

#include "link-fixture.h"

#include "ohm-test-log.h"

#define N_UNITS 50

typedef struct
{
  OhmLinkFixture *link;
  OhmLinkAsk *asks[N_UNITS];
  guint n;
} TestCrowd;

/* @n units from 1 on that are asked each second. */
static TestCrowd *
test_crowd_new (guint n)
{
  TestCrowd *self = g_new0 (TestCrowd, 1);

  self->link = fixture_link_new (60 * OHM_S);
  self->n = n;
  for (guint i = 0; i < n; i++)
    {
      self->asks[i] = fixture_ask_new (self->link, NULL, (guint8) (i + 1), OHM_PRIORITY_LIVE);
      fixture_ask_repeat (self->asks[i], OHM_S, (gint64) i * OHM_S / n);
    }
  return self;
}

static void
test_crowd_free (TestCrowd *self)
{
  for (guint i = 0; i < self->n; i++)
    fixture_ask_free (self->asks[i]);
  fixture_link_free (self->link);
  g_free (self);
}

static void
test_crowd_behave (TestCrowd *self, guint first, guint n, OhmTestManner manner, gint64 latency_us)
{
  for (guint i = first; i < first + n; i++)
    {
      self->link->station->units[i].manner = manner;
      self->link->station->units[i].latency_us = latency_us;
    }
}

/* Share of the values of units @first.. that came. */
static double
test_crowd_get_share (TestCrowd *self, guint first, guint n)
{
  guint asked = 0;
  guint good = 0;

  for (guint i = first; i < first + n; i++)
    {
      asked += self->asks[i - 1]->n_asked;
      good += self->asks[i - 1]->n_good;
    }
  return (double) good / asked;
}

static void
test_silent_share_mute (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  double share;

  test_crowd_behave (crowd, 1, 5, OHM_TEST_MUTE, 2 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  share = test_crowd_get_share (crowd, 6, 45);
  g_test_message ("5 of 50 mute: %.2f %% of the others' values in 10 min", 100 * share);
  g_assert_cmpfloat (share, >=, 0.99);
  g_assert_cmpuint (ohm_link_get_state (crowd->link->link)->code, ==, OHM_STATE_UP);
  test_crowd_free (crowd);
}

/* They fall silent while all works: nobody waits for what was learned. */
static void
test_silent_share_falling_mute (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  double share;

  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_behave (crowd, 11, 5, OHM_TEST_MUTE, 2 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  share = (test_crowd_get_share (crowd, 1, 10) + test_crowd_get_share (crowd, 16, 35)) / 2;
  g_test_message ("5 of 50 fall mute: %.2f %% of the others' values", 100 * share);
  g_assert_cmpfloat (share, >=, 0.99);
  test_crowd_free (crowd);
}

/* When five connections in a row are closed, that is all that is known: the link rests for a second
 * before it is asked who still answers. */
static void
test_crowd_lose (TestCrowd *self, OhmTestManner manner)
{
  test_crowd_behave (self, 11, 5, manner, 2 * OHM_MS);
  if (manner != OHM_TEST_CLOSES)
    return;
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "link 'station' is down: *");
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_MESSAGE, "link 'station' is up again *");
}

/* Units that cost a connection each time, because their frames are broken or the gateway closes
 * when they are asked: they do not take it from the others, nor keep it busy with new ones. */
static void
test_silent_share_reconnects (gconstpointer manner)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  guint connects;
  double share;

  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_lose (crowd, (OhmTestManner) GPOINTER_TO_INT (manner));
  ohm_test_time_run (crowd->link->time, 30 * OHM_S);
  for (guint i = 0; i < N_UNITS; i++)
    crowd->asks[i]->n_asked = crowd->asks[i]->n_good = 0;
  connects = crowd->link->station->connects;
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  share = (test_crowd_get_share (crowd, 1, 10) + test_crowd_get_share (crowd, 16, 35)) / 2;
  connects = crowd->link->station->connects - connects;
  g_test_message ("5 of 50 cost %u connections in 10 min: %.2f %% of the others' values", connects,
                  100 * share);
  g_assert_cmpfloat (share, >=, 0.99);
  g_assert_cmpuint (connects, <=, 600 / 6);
  fixture_link_assert_state (crowd->link, OHM_STATE_UP, NULL);
  test_crowd_free (crowd);
}

/* The same while a slot asks for them again and again. */
static void
test_silent_slot_reconnects (gconstpointer manner)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  OhmLinkAsk *slots[5];
  guint connects;

  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_lose (crowd, (OhmTestManner) GPOINTER_TO_INT (manner));
  connects = crowd->link->station->connects;
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      slots[i] = fixture_ask_new (crowd->link, NULL, (guint8) (11 + i), OHM_PRIORITY_SLOT);
      fixture_ask_repeat (slots[i], 2 * OHM_S, 0);
    }
  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  connects = crowd->link->station->connects - connects;
  g_test_message ("5 of 50 cost %u connections in the 60 s of a slot", connects);
  g_assert_cmpuint (connects, <=, 30);
  fixture_link_assert_state (crowd->link, OHM_STATE_UP, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    fixture_ask_free (slots[i]);
  test_crowd_free (crowd);
}

/* Of many units that are silent when a slot comes, those whose turn would come last may answer
 * again: each of them is asked before any is asked twice. */
static void
test_silent_slot_turns (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  OhmLinkAsk *slots[16];

  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_behave (crowd, 11, G_N_ELEMENTS (slots), OHM_TEST_MUTE, 2 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 780 * OHM_S);
  test_crowd_behave (crowd, 10 + G_N_ELEMENTS (slots), 1, OHM_TEST_ANSWERS, 2 * OHM_MS);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    {
      slots[i] = fixture_ask_new (crowd->link, NULL, (guint8) (11 + i), OHM_PRIORITY_SLOT);
      fixture_ask_repeat (slots[i], 2 * OHM_S, 10 * OHM_MS);
    }
  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  g_assert_cmpuint (slots[G_N_ELEMENTS (slots) - 1]->n_good, >, 0);
  for (guint i = 0; i < G_N_ELEMENTS (slots); i++)
    fixture_ask_free (slots[i]);
  test_crowd_free (crowd);
}

static void
test_silent_share_held (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  double share;

  test_crowd_behave (crowd, 1, 5, OHM_TEST_NO_PATH, OHM_S);
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  share = test_crowd_get_share (crowd, 6, 45);
  g_test_message ("5 of 50 held for 1 s: %.2f %% of the others' values in 10 min", 100 * share);
  g_assert_cmpfloat (share, >=, 0.95);
  test_crowd_free (crowd);
}

/* A paced line: a frame takes 60 ms of it, and 40 units ask for more than it can carry. */
static void
test_silent_share_paced (void)
{
  TestCrowd *crowd = test_crowd_new (40);
  guint good = 0;
  gint64 limit;

  test_crowd_behave (crowd, 1, 40, OHM_TEST_ANSWERS, 60 * OHM_MS);
  test_crowd_behave (crowd, 1, 5, OHM_TEST_MUTE, 60 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 30 * OHM_S);
  for (guint i = 5; i < 40; i++)
    good -= crowd->asks[i]->n_good;
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  for (guint i = 5; i < 40; i++)
    good += crowd->asks[i]->n_good;
  limit = 600 * OHM_S / (60 * OHM_MS);
  g_test_message ("paced line, 5 of 40 mute: %.1f %% of its limit", 100.0 * good / (double) limit);
  g_assert_cmpint (100 * good, >=, 95 * limit);
  test_crowd_free (crowd);
}

/* The same behind a gateway that waits a second for its mute units, long after we gave them up. */
static void
test_silent_share_waiting (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  guint good = 0;
  gint64 limit = 600 * OHM_S / (30 * OHM_MS);

  test_crowd_behave (crowd, 1, N_UNITS, OHM_TEST_ANSWERS, 30 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_behave (crowd, 1, 5, OHM_TEST_MUTE, 30 * OHM_MS);
  crowd->link->station->hold_us = OHM_S;
  ohm_test_time_run (crowd->link->time, 20 * OHM_S);
  for (guint i = 5; i < N_UNITS; i++)
    good -= crowd->asks[i]->n_good;
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  for (guint i = 5; i < N_UNITS; i++)
    good += crowd->asks[i]->n_good;
  g_test_message ("a gateway that waits, 5 of 50 mute: %.1f %% of the line's limit",
                  100.0 * good / (double) limit);
  g_assert_cmpint (100 * good, >=, 95 * limit);
  test_crowd_free (crowd);
}

/* All probes together take no more than 5 % of the link, whatever the silent units do. */
static void
test_silent_budget (gconstpointer data)
{
  const OhmTestManner manner = (OhmTestManner) GPOINTER_TO_INT (data);
  const gint64 hours = 1;
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[30];
  double share;

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      asks[i] = fixture_ask_new (f, NULL, (guint8) (i + 1), OHM_PRIORITY_LIVE);
      if (i > 0)
        f->station->units[i + 1].manner = manner;
      f->station->units[i + 1].latency_us = i > 0 ? OHM_S : 2 * OHM_MS;
      fixture_ask_repeat (asks[i], 5 * OHM_S, (gint64) i * 100 * OHM_MS);
    }
  ohm_test_time_run (f->time, hours * 3600 * OHM_S);
  share = (double) f->station->lost_us / (double) (hours * 3600 * OHM_S);
  g_test_message ("29 silent units: %.2f %% of the link in %d h", 100 * share, (int) hours);
  /* the first time-out of each, and what may be saved up, come on top */
  g_assert_cmpint (f->station->lost_us, <=,
                   hours * 3600 * OHM_S / 20 + 29 * 1500 * OHM_MS + 5 * OHM_S);
  /* values are lost in the first minute alone, while nobody knows who is silent */
  g_assert_cmpuint (asks[0]->n_good + 6, >=, asks[0]->n_asked);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

/* The budget is shared: nobody is left out because others ask right after it has filled. */
static void
test_silent_turns (void)
{
  const guint n = 40;
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autofree gint64 *last_us = g_new0 (gint64, n + 1);
  g_autofree gint64 *gap_us = g_new0 (gint64, n + 1);
  OhmLinkAsk *asks[40];
  gint64 worst_us = 0;

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  for (guint i = 0; i < n; i++)
    {
      asks[i] = fixture_ask_new (f, NULL, (guint8) (i + 1), OHM_PRIORITY_LIVE);
      f->station->units[i + 1].manner = i > 0 ? OHM_TEST_NO_PATH : OHM_TEST_ANSWERS;
      f->station->units[i + 1].latency_us = i > 0 ? OHM_S : 2 * OHM_MS;
      fixture_ask_repeat (asks[i], 5 * OHM_S, (gint64) i * 10 * OHM_MS);
    }
  ohm_test_time_run (f->time, 90 * 60 * OHM_S);
  for (guint i = 0; i < f->station->log->len; i++)
    {
      const OhmTestSeen *seen = &g_array_index (f->station->log, OhmTestSeen, i);
      gint64 since_us = seen->mono_us - last_us[seen->unit - 1];

      if (last_us[seen->unit - 1] > 0)
        gap_us[seen->unit - 1] = MAX (gap_us[seen->unit - 1], since_us);
      last_us[seen->unit - 1] = seen->mono_us;
    }
  for (guint i = 1; i < n; i++)
    {
      worst_us = MAX (worst_us, gap_us[i]);
      worst_us = MAX (worst_us, ohm_test_time_mono (f->time) - last_us[i]);
    }
  /* 39 units of 1 s each at 5 %: a turn is 780 s */
  g_test_message ("39 held units: at most %.0f s between two probes", (double) worst_us / OHM_S);
  g_assert_cmpint (worst_us, <=, 2 * 780 * OHM_S);
  for (guint i = 0; i < n; i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

/* One silent unit: a time-out for each step of its back-off, no more. */
static void
test_silent_steps (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  gint64 last_us = 0;
  guint n = 0;

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  f->station->units[2].manner = OHM_TEST_MUTE;
  fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (mute, OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 32 * OHM_S);
  for (guint i = 0; i < f->station->log->len; i++)
    {
      static const gint64 steps[] = { 0, 2, 5, 10, 15, 30 };
      const OhmTestSeen *seen = &g_array_index (f->station->log, OhmTestSeen, i);

      if (seen->unit != 2)
        continue;
      if (last_us > 0)
        g_assert_cmpint (seen->mono_us - last_us, >=, steps[n] * OHM_S);
      last_us = seen->mono_us;
      n++;
    }
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (mute->n_timeouts, ==, 4);
  g_assert_cmpuint (mute->n_busy + 4, ==, mute->n_asked);
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  fixture_link_free (f);
}

static gboolean
test_silent_is_heard (gpointer user_data)
{
  OhmLinkAsk *ask = user_data;
  OhmUnitStats stats;

  return ohm_link_get_unit_stats (ask->fixture->link, ask->exchange.request.unit, &stats) &&
         stats.level == 0;
}

/* How soon a unit that was silent for a while is heard again. */
static void
test_silent_recovery (void)
{
  static const struct
  {
    gint64 silent_s;
    gint64 period_s;
    gint64 limit_s;
  } rows[] = {
    { 2, 1, 15 },  { 2, 5, 15 },   { 20, 1, 16 },   { 20, 5, 20 },    { 60, 1, 60 },
    { 1, 30, 60 }, { 2, 60, 120 }, { 600, 5, 300 }, { 7200, 5, 300 }, { 7200, 20, 300 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
      g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
      g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
      gint64 took_us;

      fixture_ask_repeat (good, OHM_S, 0);
      fixture_ask_repeat (mute, rows[i].period_s * OHM_S, 500 * OHM_MS);
      ohm_test_time_run (f->time, 120 * OHM_S);
      f->station->units[2].manner = OHM_TEST_MUTE;
      /* from the first failure on */
      ohm_test_time_run (f->time, rows[i].period_s * OHM_S);
      ohm_test_time_run (f->time, rows[i].silent_s * OHM_S);
      f->station->units[2].manner = OHM_TEST_ANSWERS;
      took_us = ohm_test_time_until (f->time, test_silent_is_heard, mute, 600 * OHM_S);
      g_test_message ("silent for %d s, asked each %d s: heard after %.1f s",
                      (int) rows[i].silent_s, (int) rows[i].period_s, (double) took_us / OHM_S);
      g_assert_cmpint (took_us, >=, 0);
      g_assert_cmpint (took_us, <=, rows[i].limit_s * OHM_S);
      g_clear_pointer (&good, fixture_ask_free);
      g_clear_pointer (&mute, fixture_ask_free);
      fixture_link_free (f);
    }
}

/* One answer lost on a line whose answers take their time: a full time-out is more than what is
 * ever saved up for probes, and the unit is no neighbour of itself. */
/* Units that lose every second frame are heard again soon, and take no more than their own part of
 * the link. Silent ones are no better off for that. */
static void
test_silent_lossy (void)
{
  TestCrowd *crowd = test_crowd_new (N_UNITS);
  OhmUnitStats stats;
  double share;

  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  for (guint i = 1; i <= 5; i++)
    crowd->link->station->units[i].loss = 50;
  ohm_test_time_run (crowd->link->time, 600 * OHM_S);
  share = test_crowd_get_share (crowd, 6, 45);
  g_test_message ("5 of 50 lose half: %.1f %% of their values, %.1f %% of the others'",
                  100 * test_crowd_get_share (crowd, 1, 5), 100 * share);
  g_assert_cmpfloat (share, >=, 0.95);
  g_assert_cmpfloat (test_crowd_get_share (crowd, 1, 5), >=, 0.15);
  g_assert_true (ohm_link_get_unit_stats (crowd->link->link, 1, &stats));
  g_assert_cmpint (stats.lossy_until_us, >, ohm_test_time_mono (crowd->link->time));
  g_assert_true (ohm_link_get_unit_stats (crowd->link->link, 6, &stats));
  g_assert_cmpint (stats.lossy_until_us, ==, 0);
  test_crowd_free (crowd);
}

/* Three lost frames in a row are no reason to open the connection of a lossy line anew. */
static void
test_silent_lossy_connection (void)
{
  TestCrowd *crowd = test_crowd_new (8);

  for (guint i = 1; i <= 8; i++)
    crowd->link->station->units[i].loss = 30;
  ohm_test_time_run (crowd->link->time, 3600 * OHM_S);
  g_test_message ("%u connections in an hour", crowd->link->station->connects);
  g_assert_cmpuint (crowd->link->station->connects, <=, 3);
  test_crowd_behave (crowd, 1, 8, OHM_TEST_MUTE, 2 * OHM_MS);
  crowd->link->station->connects = 0;
  ohm_test_time_run (crowd->link->time, 90 * OHM_S);
  g_assert_cmpuint (crowd->link->station->connects, >=, 1);
  test_crowd_free (crowd);
}

static void
test_silent_one_lost (gconstpointer data)
{
  const gboolean is_alone = GPOINTER_TO_INT (data);
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  gint64 took_us;

  f->station->units[1].latency_us = 80 * OHM_MS;
  f->station->units[2].latency_us = 80 * OHM_MS;
  if (!is_alone)
    fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (mute, OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 120 * OHM_S);
  f->station->units[2].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 2 * OHM_S);
  f->station->units[2].manner = OHM_TEST_ANSWERS;
  took_us = ohm_test_time_until (f->time, test_silent_is_heard, mute, 600 * OHM_S);
  g_test_message ("heard after %.1f s", (double) took_us / OHM_S);
  g_assert_cmpint (took_us, >=, 0);
  g_assert_cmpint (took_us, <=, 15 * OHM_S);
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  fixture_link_free (f);
}

/* A unit that is slower than its neighbours is not lost for the short time-outs of probes. */
static void
test_silent_slow_unit (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) quick = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) slow = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) stranger = fixture_ask_new (f, NULL, 3, OHM_PRIORITY_LIVE);

  f->station->units[2].latency_us = 700 * OHM_MS;
  f->station->units[3].latency_us = 900 * OHM_MS;
  f->station->units[3].manner = OHM_TEST_MUTE;
  fixture_ask_repeat (quick, OHM_S, 0);
  fixture_ask_repeat (slow, 10 * OHM_S, 500 * OHM_MS);
  fixture_ask_repeat (stranger, 10 * OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 60 * OHM_S);
  g_assert_cmpuint (slow->n_timeouts, ==, 0);
  f->station->units[2].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 1800 * OHM_S);
  f->station->units[2].manner = OHM_TEST_ANSWERS;
  f->station->units[3].manner = OHM_TEST_ANSWERS;
  g_assert_cmpint (ohm_test_time_until (f->time, test_silent_is_heard, slow, 3600 * OHM_S), <=,
                   300 * OHM_S);
  /* never heard before: nothing tells that it is slow, so it takes some probes more */
  g_assert_cmpint (ohm_test_time_until (f->time, test_silent_is_heard, stranger, 3600 * OHM_S), >=,
                   0);
  g_clear_pointer (&quick, fixture_ask_free);
  g_clear_pointer (&slow, fixture_ask_free);
  g_clear_pointer (&stranger, fixture_ask_free);
  fixture_link_free (f);
}

/* 0x0A and 0x0B are the unit's silence: it backs off, the link is well. */
static void
test_silent_no_path (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  OhmUnitStats stats;

  f->station->units[2].manner = OHM_TEST_NO_PATH;
  fixture_ask_repeat (ask, OHM_S, 0);
  ohm_test_time_run (f->time, OHM_S - OHM_MS);
  g_assert_cmpuint (ask->n_exceptions, ==, 1);
  g_assert_cmpuint (ask->exception, ==, 0x0B);
  ohm_test_time_run (f->time, OHM_S);
  g_assert_cmpuint (ask->n_busy, ==, 1);
  g_assert_true (ohm_link_get_unit_stats (f->link, 2, &stats));
  g_assert_cmpuint (stats.level, ==, 1);
  g_assert_cmpuint (stats.timeouts, ==, 1);

  f->station->units[2].manner = OHM_TEST_REFUSES;
  f->station->units[2].exception = 0x0A;
  ohm_test_time_run (f->time, 3 * OHM_S);
  g_assert_cmpuint (ask->exception, ==, 0x0A);
  g_assert_true (ohm_link_get_unit_stats (f->link, 2, &stats));
  g_assert_cmpuint (stats.level, ==, 2);

  /* any other exception is an answer */
  f->station->units[2].exception = 4;
  ohm_test_time_run (f->time, 10 * OHM_S);
  g_assert_true (ohm_link_get_unit_stats (f->link, 2, &stats));
  g_assert_cmpuint (stats.level, ==, 0);
  g_assert_cmpuint (f->station->connects, ==, 1);
  fixture_link_assert_state (f, OHM_STATE_UP, NULL);
  g_clear_pointer (&ask, fixture_ask_free);
  fixture_link_free (f);
}

/* The bus behind the gateway was off: all are heard soon after the first one is. */
static void
test_silent_all (void)
{
  TestCrowd *crowd = test_crowd_new (30);
  gint64 took_us = 0;

  test_crowd_behave (crowd, 1, 30, OHM_TEST_ANSWERS, 20 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 60 * OHM_S);
  test_crowd_behave (crowd, 1, 30, OHM_TEST_MUTE, 20 * OHM_MS);
  ohm_test_time_run (crowd->link->time, 1200 * OHM_S);
  test_crowd_behave (crowd, 1, 30, OHM_TEST_ANSWERS, 20 * OHM_MS);
  for (guint i = 0; i < 30; i++)
    {
      gint64 more_us = ohm_test_time_until (crowd->link->time, test_silent_is_heard, crowd->asks[i],
                                            900 * OHM_S);

      g_assert_cmpint (more_us, >=, 0);
      took_us += more_us;
    }
  g_test_message ("a bus of 30 units was off for 20 min: all heard after %.1f s",
                  (double) took_us / OHM_S);
  g_assert_cmpint (took_us, <=, 300 * OHM_S);
  test_crowd_free (crowd);
}

/* Who was asked while nothing had answered yet, as it is when the framing is not known, does not
 * pay for it: it is heard as soon as the others are. */
static void
test_silent_first (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) first = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) second = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);

  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_ask_repeat (first, OHM_S, 0);
  fixture_ask_repeat (second, OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 1600 * OHM_MS);
  g_assert_cmpuint (first->n_timeouts, ==, 1);
  g_assert_cmpuint (second->n_good, ==, 1);
  f->station->units[1].manner = OHM_TEST_ANSWERS;
  g_assert_cmpint (ohm_test_time_until (f->time, test_silent_is_heard, first, 60 * OHM_S), <=,
                   2 * OHM_S);
  g_clear_pointer (&first, fixture_ask_free);
  g_clear_pointer (&second, fixture_ask_free);
  fixture_link_free (f);
}

/* The link was down: nobody's back-off outlasts it. */
static void
test_silent_after_down (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);

  fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (mute, OHM_S, 500 * OHM_MS);
  f->station->units[2].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 1800 * OHM_S);
  f->station->door = OHM_TEST_REFUSED;
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "link 'station' is down*");
  ohm_test_station_hang_up (f->station);
  ohm_test_time_run (f->time, 3 * OHM_S);
  f->station->door = OHM_TEST_OPEN;
  f->station->units[2].manner = OHM_TEST_ANSWERS;
  ohm_test_time_run (f->time, 6 * OHM_S);
  g_assert_true (test_silent_is_heard (mute));
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  fixture_link_free (f);
}

/* A person is answered honestly, with the full patience, whatever the unit did before; it does not
 * put off when the unit is asked next. */
static void
test_silent_operator (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) person = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_OPERATOR);
  OhmUnitStats before;
  OhmUnitStats after;

  fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (mute, OHM_S, 500 * OHM_MS);
  f->station->units[2].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 40 * OHM_S + 700 * OHM_MS);
  g_assert_true (ohm_link_get_unit_stats (f->link, 2, &before));
  g_assert_cmpuint (before.level, >, 0);
  fixture_ask_submit (person);
  ohm_test_time_run (f->time, 1600 * OHM_MS);
  g_assert_error (person->error, OHM_ERROR, OHM_ERROR_TIMEOUT);
  g_assert_true (ohm_link_get_unit_stats (f->link, 2, &after));
  g_assert_cmpuint (after.level, ==, before.level);
  g_assert_cmpint (after.retry_us, ==, before.retry_us);

  /* one that is queued behind the failure of another is sent all the same */
  f->station->units[2].manner = OHM_TEST_ANSWERS;
  f->station->units[2].latency_us = 1200 * OHM_MS;
  fixture_ask_submit (person);
  ohm_test_time_run (f->time, 3 * OHM_S);
  g_assert_cmpuint (person->n_good, ==, 1);
  g_assert_true (test_silent_is_heard (mute));
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  g_clear_pointer (&person, fixture_ask_free);
  fixture_link_free (f);
}

/* A slot read may ask inside the back-off, if the budget pays for it. */
static void
test_silent_slot (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  g_autoptr (OhmLinkAsk) good = fixture_ask_new (f, NULL, 1, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) mute = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_LIVE);
  g_autoptr (OhmLinkAsk) slot = fixture_ask_new (f, NULL, 2, OHM_PRIORITY_SLOT);
  gint64 lost_us;

  fixture_ask_repeat (good, OHM_S, 0);
  fixture_ask_repeat (mute, OHM_S, 500 * OHM_MS);
  ohm_test_time_run (f->time, 10 * OHM_S);
  f->station->units[2].manner = OHM_TEST_MUTE;
  ohm_test_time_run (f->time, 600 * OHM_S);
  fixture_ask_submit (slot);
  ohm_test_time_run (f->time, 500 * OHM_MS);
  g_assert_cmpuint (slot->n_timeouts, ==, 1);
  lost_us = f->station->lost_us;
  for (guint i = 0; i < 600; i++)
    {
      if (!slot->is_waiting)
        fixture_ask_submit (slot);
      ohm_test_time_run (f->time, 100 * OHM_MS);
    }
  g_assert_cmpuint (slot->n_busy, >, 0);
  g_assert_cmpint (f->station->lost_us - lost_us, <=, 3 * OHM_S + 60 * OHM_S / 20 + OHM_S);
  g_clear_pointer (&good, fixture_ask_free);
  g_clear_pointer (&mute, fixture_ask_free);
  g_clear_pointer (&slot, fixture_ask_free);
  fixture_link_free (f);
}

/* Unit 4 answers, but right behind one that the gateway waits for, so that it seems to be silent,
 * too: its slot is read all the same, whatever the probes of silent units have used up. */
static void
test_silent_slot_behind (void)
{
  OhmLinkFixture *f = fixture_link_new (60 * OHM_S);
  OhmLinkAsk *asks[9];

  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      asks[i] = fixture_ask_new (f, NULL, (guint8) (i + 1), OHM_PRIORITY_SLOT);
      fixture_ask_repeat (asks[i], 5 * OHM_S, 0);
    }
  ohm_test_time_run (f->time, 12 * OHM_S);
  f->station->units[1].manner = OHM_TEST_MUTE;
  for (guint i = 3; i <= 9; i += i == 3 ? 2 : 1)
    {
      f->station->units[i].manner = OHM_TEST_NO_PATH;
      f->station->units[i].latency_us = OHM_S;
    }
  ohm_test_time_run (f->time, 30 * OHM_S);
  g_assert_cmpuint (asks[1]->n_good, ==, asks[1]->n_asked);
  g_assert_cmpuint (asks[3]->n_good, >=, asks[3]->n_asked - 1);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    fixture_ask_free (asks[i]);
  fixture_link_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/silent/share-mute", test_silent_share_mute);
  g_test_add_func ("/link/silent/share-falling-mute", test_silent_share_falling_mute);
  g_test_add_data_func ("/link/silent/share-babbling", GINT_TO_POINTER (OHM_TEST_BABBLES),
                        test_silent_share_reconnects);
  g_test_add_data_func ("/link/silent/share-closing", GINT_TO_POINTER (OHM_TEST_CLOSES),
                        test_silent_share_reconnects);
  g_test_add_data_func ("/link/silent/slot-babbling", GINT_TO_POINTER (OHM_TEST_BABBLES),
                        test_silent_slot_reconnects);
  g_test_add_data_func ("/link/silent/slot-closing", GINT_TO_POINTER (OHM_TEST_CLOSES),
                        test_silent_slot_reconnects);
  g_test_add_func ("/link/silent/slot-turns", test_silent_slot_turns);
  g_test_add_func ("/link/silent/share-held", test_silent_share_held);
  g_test_add_func ("/link/silent/share-paced", test_silent_share_paced);
  g_test_add_func ("/link/silent/share-waiting", test_silent_share_waiting);
  g_test_add_data_func ("/link/silent/budget-mute", GINT_TO_POINTER (OHM_TEST_MUTE),
                        test_silent_budget);
  g_test_add_data_func ("/link/silent/budget-held", GINT_TO_POINTER (OHM_TEST_NO_PATH),
                        test_silent_budget);
  g_test_add_func ("/link/silent/turns", test_silent_turns);
  g_test_add_func ("/link/silent/steps", test_silent_steps);
  g_test_add_func ("/link/silent/recovery", test_silent_recovery);
  g_test_add_data_func ("/link/silent/one-lost-alone", GINT_TO_POINTER (TRUE),
                        test_silent_one_lost);
  g_test_add_data_func ("/link/silent/one-lost", GINT_TO_POINTER (FALSE), test_silent_one_lost);
  g_test_add_func ("/link/silent/lossy", test_silent_lossy);
  g_test_add_func ("/link/silent/lossy-connection", test_silent_lossy_connection);
  g_test_add_func ("/link/silent/slow-unit", test_silent_slow_unit);
  g_test_add_func ("/link/silent/no-path", test_silent_no_path);
  g_test_add_func ("/link/silent/all", test_silent_all);
  g_test_add_func ("/link/silent/first", test_silent_first);
  g_test_add_func ("/link/silent/after-down", test_silent_after_down);
  g_test_add_func ("/link/silent/operator", test_silent_operator);
  g_test_add_func ("/link/silent/slot", test_silent_slot);
  g_test_add_func ("/link/silent/slot-behind", test_silent_slot_behind);
  return g_test_run ();
}
