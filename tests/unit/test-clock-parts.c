/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-estimate.h"
#include "ohm-clock-history.h"
#include "ohm-clock-judge.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
/* 2026-07-01T12:00:00Z, with summer time in Berlin, and 2026-12-01T12:00:00Z without */
#define SUMMER (G_GINT64_CONSTANT (1782907200) * SECOND)
#define WINTER (G_GINT64_CONSTANT (1796126400) * SECOND)

/* A read of a clock that is @ahead_us ahead and shows whole seconds. */
static void
test_clock_read (OhmClockEstimate *estimate, gint64 ahead_us, gint64 sent_us, gint64 round_trip_us)
{
  gint64 shown_us = sent_us + round_trip_us / 2 + ahead_us;

  shown_us -= shown_us % SECOND;
  ohm_clock_estimate_add (estimate, shown_us, SECOND, sent_us, sent_us + round_trip_us);
}

static void
test_clock_estimate_one_read (void)
{
  OhmClockEstimate estimate = { 0 };

  ohm_clock_estimate_add (&estimate, WINTER, SECOND, WINTER + 200000, WINTER + 300000);
  g_assert_cmpint (estimate.low_us, ==, -300000);
  g_assert_cmpint (estimate.high_us, ==, 800000);
  g_assert_cmpint (ohm_clock_estimate_get_offset_us (&estimate), ==, 250000);
  g_assert_cmpint (ohm_clock_estimate_get_uncertainty_us (&estimate), ==, 550000);
}

/* Each read at its moment halves what is possible, wherever the clock is. */
static void
test_clock_estimate_converges (void)
{
  for (gint64 ahead_us = -3 * SECOND; ahead_us < 3 * SECOND; ahead_us += 170017)
    {
      OhmClockEstimate estimate = { 0 };
      gint64 now_us = WINTER + 123456;

      for (guint i = 0; i < 6; i++)
        {
          test_clock_read (&estimate, ahead_us, now_us, 4000);
          now_us += 4000;
          now_us += ohm_clock_estimate_get_wait_us (&estimate, SECOND, now_us + 2000);
        }
      g_assert_cmpuint (estimate.n, ==, 6);
      g_assert_cmpint (ohm_clock_estimate_get_uncertainty_us (&estimate), <=, 25000);
      g_assert_cmpint (ABS (ohm_clock_estimate_get_offset_us (&estimate) - ahead_us), <=,
                       ohm_clock_estimate_get_uncertainty_us (&estimate));
    }
}

static void
test_clock_estimate_contradictions (void)
{
  OhmClockEstimate estimate = { 0 };

  /* renewed late by the device: 100 ms lie between what both reads say */
  ohm_clock_estimate_add (&estimate, WINTER, SECOND, WINTER, WINTER);
  ohm_clock_estimate_add (&estimate, WINTER, SECOND, WINTER + 1100000, WINTER + 1100000);
  g_assert_cmpuint (estimate.n, ==, 2);
  g_assert_cmpint (estimate.low_us, ==, -100000);
  g_assert_cmpint (estimate.high_us, ==, 0);
  /* set by somebody: only the newest counts */
  ohm_clock_estimate_add (&estimate, WINTER + HOUR, SECOND, WINTER + SECOND, WINTER + SECOND);
  g_assert_cmpuint (estimate.n, ==, 1);
  g_assert_cmpint (estimate.low_us, ==, HOUR - SECOND);
}

static void
test_clock_estimate_wait (void)
{
  OhmClockEstimate estimate = { .low_us = -500000, .high_us = 700000, .n = 1 };

  /* the middle is 0.1 s ahead: the turn comes at .9 */
  g_assert_cmpint (ohm_clock_estimate_get_wait_us (&estimate, SECOND, WINTER), ==, 900000);
  g_assert_cmpint (ohm_clock_estimate_get_wait_us (&estimate, SECOND, WINTER + 900000), ==, 0);
  estimate.low_us = -10 * HOUR;
  estimate.high_us = -10 * HOUR + 200000;
  g_assert_cmpint (ohm_clock_estimate_get_wait_us (&estimate, SECOND, WINTER), ==, 900000);
}

static void
test_clock_zone_fits (void)
{
  static const struct
  {
    OhmClockZone zone;
    gint64 now_us;
    gint64 ahead_us;
    OhmClockFit fit;
    gint64 offset_us;
  } cases[] = {
    { OHM_CLOCK_ZONE_UTC, SUMMER, 2 * HOUR, OHM_CLOCK_FIT_UTC, 2 * HOUR },
    { OHM_CLOCK_ZONE_LOCAL, SUMMER, 2 * HOUR + SECOND, OHM_CLOCK_FIT_LOCAL, SECOND },
    { OHM_CLOCK_ZONE_UNKNOWN, SUMMER, 40 * SECOND, OHM_CLOCK_FIT_UTC, 40 * SECOND },
    { OHM_CLOCK_ZONE_UNKNOWN, SUMMER, 2 * HOUR - 7 * SECOND, OHM_CLOCK_FIT_LOCAL, -7 * SECOND },
    { OHM_CLOCK_ZONE_UNKNOWN, SUMMER, HOUR + SECOND, OHM_CLOCK_FIT_STANDARD, SECOND },
    { OHM_CLOCK_ZONE_UNKNOWN, WINTER, HOUR + SECOND, OHM_CLOCK_FIT_LOCAL, SECOND },
    { OHM_CLOCK_ZONE_UNKNOWN, WINTER, 30 * DAY, OHM_CLOCK_FIT_NONE, 30 * DAY - HOUR },
  };
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");

  g_assert_nonnull (berlin);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 offset_us = 0;

      g_assert_cmpstr (ohm_clock_fit_to_string (ohm_clock_fit (cases[i].zone, berlin,
                                                               cases[i].now_us, cases[i].ahead_us,
                                                               &offset_us)),
                       ==, ohm_clock_fit_to_string (cases[i].fit));
      g_assert_cmpint (offset_us, ==, cases[i].offset_us);
    }
}

static void
test_clock_zone_utc_site (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  gint64 offset_us = 0;

  g_assert_cmpint (ohm_clock_fit (OHM_CLOCK_ZONE_UNKNOWN, utc, SUMMER, SECOND, &offset_us), ==,
                   OHM_CLOCK_FIT_UTC);
}

static void
test_clock_add (GArray *history, gint64 time_us, gint64 offset_us, gboolean was_set)
{
  OhmClockCheckpoint check = { time_us, offset_us, 20000, OHM_CLOCK_FIT_UTC, was_set, FALSE };

  ohm_clock_history_add (history, &check);
}

static void
test_clock_history_drift (void)
{
  g_autoptr (GArray) history = ohm_clock_history_new ();
  double drift = -1;

  g_assert_false (ohm_clock_history_get_drift (history, &drift));
  test_clock_add (history, WINTER, 3 * SECOND, FALSE);
  test_clock_add (history, WINTER + HOUR, 3 * SECOND, FALSE);
  g_assert_false (ohm_clock_history_get_drift (history, &drift));
  test_clock_add (history, WINTER + DAY, 3 * SECOND + 400000, FALSE);
  test_clock_add (history, WINTER + 2 * DAY, 3 * SECOND + 800000, FALSE);
  g_assert_true (ohm_clock_history_get_drift (history, &drift));
  g_assert_cmpfloat_with_epsilon (drift, 0.4, 1e-9);
  /* set by us: it begins anew */
  test_clock_add (history, WINTER + 2 * DAY + HOUR, 0, TRUE);
  g_assert_false (ohm_clock_history_get_drift (history, &drift));
  test_clock_add (history, WINTER + 3 * DAY + HOUR, -SECOND, FALSE);
  g_assert_true (ohm_clock_history_get_drift (history, &drift));
  g_assert_cmpfloat_with_epsilon (drift, -1.0, 1e-9);
  /* a step that no quartz explains was somebody else */
  test_clock_add (history, WINTER + 4 * DAY, 40 * SECOND, FALSE);
  g_assert_false (ohm_clock_history_get_drift (history, &drift));
}

static void
test_clock_history_unsure (void)
{
  g_autoptr (GArray) history = ohm_clock_history_new ();
  OhmClockCheckpoint check = { WINTER, HOUR, 0, OHM_CLOCK_FIT_UTC, FALSE, TRUE };
  double drift = 0;

  test_clock_add (history, WINTER - DAY, 0, FALSE);
  ohm_clock_history_add (history, &check);
  test_clock_add (history, WINTER + DAY, SECOND, FALSE);
  g_assert_true (ohm_clock_history_get_drift (history, &drift));
  g_assert_cmpfloat_with_epsilon (drift, 0.5, 1e-9);
}

static void
test_clock_history_stored (void)
{
  g_autoptr (GArray) history = ohm_clock_history_new ();
  g_autoptr (GArray) loaded = ohm_clock_history_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) rubbish = g_bytes_new_static ("[(1,", 4);

  for (gint64 i = 0; i < OHM_CLOCK_HISTORY_MAX + 5; i++)
    test_clock_add (history, WINTER + i * DAY, i, i == 7);
  g_assert_cmpuint (history->len, ==, OHM_CLOCK_HISTORY_MAX);
  g_assert_cmpint (g_array_index (history, OhmClockCheckpoint, 0).offset_us, ==, 5);
  bytes = ohm_clock_history_save (history);
  ohm_clock_history_load (loaded, rubbish);
  g_assert_cmpuint (loaded->len, ==, 0);
  test_clock_add (loaded, WINTER + 99 * DAY, 99, FALSE);
  ohm_clock_history_load (loaded, bytes);
  g_assert_cmpuint (loaded->len, ==, OHM_CLOCK_HISTORY_MAX);
  g_assert_cmpint (g_array_index (loaded, OhmClockCheckpoint, 0).offset_us, ==, 6);
  g_assert_true (g_array_index (loaded, OhmClockCheckpoint, 1).was_set);
  g_assert_cmpint (g_array_index (loaded, OhmClockCheckpoint, 31).offset_us, ==, 99);
}

static gboolean
test_clock_judge_one (gint64 offset_us, gboolean was_off)
{
  OhmClockCheckpoint check = { WINTER, offset_us, SECOND, OHM_CLOCK_FIT_UTC, FALSE, FALSE };

  return ohm_clock_judge (&check, 30 * SECOND, was_off);
}

/* Fires beyond doubt only, does not flap, clears. */
static void
test_clock_judge (void)
{
  OhmClockCheckpoint unsure = { WINTER, HOUR, 0, OHM_CLOCK_FIT_UTC, FALSE, TRUE };

  g_assert_false (test_clock_judge_one (31 * SECOND, FALSE));
  g_assert_true (test_clock_judge_one (31 * SECOND + 1, FALSE));
  g_assert_true (test_clock_judge_one (-31 * SECOND - 1, FALSE));
  g_assert_true (test_clock_judge_one (24 * SECOND, TRUE));
  g_assert_false (test_clock_judge_one (24 * SECOND - 1, TRUE));
  g_assert_false (ohm_clock_judge (&unsure, 30 * SECOND, FALSE));
  unsure.offset_us = 0;
  g_assert_true (ohm_clock_judge (&unsure, 30 * SECOND, TRUE));
}

static void
test_clock_judge_words (void)
{
  static const struct
  {
    gint64 offset_us;
    const char *span;
  } cases[] = {
    { 400000, "+0 s" },           { -45 * SECOND, "-45 s" },        { 119 * SECOND, "+119 s" },
    { 120 * SECOND, "+2 min" },   { -90 * 60 * SECOND, "-90 min" }, { 3 * HOUR, "+3 h" },
    { -20440 * DAY, "-20440 d" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      OhmClockCheckpoint check = { .offset_us = cases[i].offset_us };
      g_autofree char *span = ohm_clock_judge_dup_span (cases[i].offset_us, /* has_sign */ TRUE);
      g_autoptr (OhmMessage) message = ohm_clock_judge_message (&check, "main");

      g_assert_cmpstr (span, ==, cases[i].span);
      g_assert_cmpstr (ohm_message_get_code (message), ==,
                       cases[i].offset_us < 0 ? "clock-behind" : "clock-ahead");
      g_assert_cmpstr (ohm_message_get_argument (message, "offset"), ==, cases[i].span + 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/estimate/one-read", test_clock_estimate_one_read);
  g_test_add_func ("/clock/estimate/converges", test_clock_estimate_converges);
  g_test_add_func ("/clock/estimate/contradictions", test_clock_estimate_contradictions);
  g_test_add_func ("/clock/estimate/wait", test_clock_estimate_wait);
  g_test_add_func ("/clock/zone/fits", test_clock_zone_fits);
  g_test_add_func ("/clock/zone/utc-site", test_clock_zone_utc_site);
  g_test_add_func ("/clock/history/drift", test_clock_history_drift);
  g_test_add_func ("/clock/history/unsure", test_clock_history_unsure);
  g_test_add_func ("/clock/history/stored", test_clock_history_stored);
  g_test_add_func ("/clock/judge", test_clock_judge);
  g_test_add_func ("/clock/judge/words", test_clock_judge_words);
  return g_test_run ();
}
