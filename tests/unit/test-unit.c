/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-unit.h"

#define S  G_USEC_PER_SEC
#define MS (G_USEC_PER_SEC / 1000)

static void
test_unit_new (void)
{
  OhmUnit *unit = ohm_unit_new (17);
  OhmUnitStats stats;

  ohm_unit_get_stats (unit, &stats);
  g_assert_cmpuint (stats.unit, ==, 17);
  g_assert_cmpuint (stats.level, ==, 0);
  g_assert_cmpuint (stats.failures, ==, 0);
  g_assert_cmpuint (stats.requests, ==, 0);
  g_assert_cmpint (stats.retry_us, ==, 0);
  g_assert_cmpint (stats.latency_us, ==, 0);
  g_assert_false (ohm_unit_is_backing_off (unit, 0));
  ohm_unit_free (unit);
}

static void
test_unit_queues (void)
{
  OhmUnit *unit = ohm_unit_new (1);
  OhmLinkExchange first = { .priority = OHM_PRIORITY_LIVE };
  OhmLinkExchange second = { .priority = OHM_PRIORITY_LIVE };
  OhmLinkExchange other = { .priority = OHM_PRIORITY_SLOT };

  g_assert_null (ohm_unit_pop (unit, OHM_PRIORITY_LIVE));
  ohm_unit_push (unit, &first);
  ohm_unit_push (unit, &second);
  ohm_unit_push (unit, &other);
  g_assert_true (first.is_queued);
  g_assert_true (first.unit == unit);
  g_assert_true (ohm_unit_pop (unit, OHM_PRIORITY_LIVE) == &first);
  g_assert_false (first.is_queued);
  ohm_unit_push (unit, &first);
  ohm_unit_remove (unit, &second);
  g_assert_false (second.is_queued);
  g_assert_true (ohm_unit_pop (unit, OHM_PRIORITY_LIVE) == &first);
  g_assert_null (ohm_unit_pop (unit, OHM_PRIORITY_LIVE));
  g_assert_null (ohm_unit_pop (unit, OHM_PRIORITY_SLOW));
  g_assert_true (ohm_unit_pop (unit, OHM_PRIORITY_SLOT) == &other);
  ohm_unit_free (unit);
}

static void
test_unit_latency (void)
{
  OhmUnit *unit = ohm_unit_new (1);
  OhmUnitStats stats;

  ohm_unit_note_answer (unit, 8 * MS);
  ohm_unit_get_stats (unit, &stats);
  g_assert_cmpint (stats.latency_us, ==, 8 * MS);
  g_assert_cmpint (stats.worst_latency_us, ==, 8 * MS);
  ohm_unit_note_answer (unit, 16 * MS);
  ohm_unit_get_stats (unit, &stats);
  g_assert_cmpint (stats.latency_us, ==, 9 * MS);
  g_assert_cmpint (stats.worst_latency_us, ==, 16 * MS);
  for (guint i = 0; i < 200; i++)
    ohm_unit_note_answer (unit, 4 * MS);
  ohm_unit_get_stats (unit, &stats);
  g_assert_cmpint (stats.latency_us, <=, 4 * MS + 10);
  g_assert_cmpint (stats.worst_latency_us, <=, 4 * MS + 10);
  ohm_unit_free (unit);
}

/* The steps of design 4.3: 15 s at the first levels, never more than 5 minutes. */
static void
test_unit_steps (void)
{
  OhmUnit *unit = ohm_unit_new (1);
  gint64 now_us = 1000 * S;

  for (guint i = 0; i < 20; i++)
    {
      gint64 wait_us;

      ohm_unit_note_silence (unit, OHM_UNIT_MUTE, S, now_us);
      wait_us = unit->retry_us - now_us;
      g_assert_cmpuint (unit->level, ==, i + 1);
      g_assert_cmpint (wait_us, >=, 1 * S);
      g_assert_cmpint (wait_us, <=, i < 4 ? 15 * S : 300 * S);
      g_assert_true (ohm_unit_is_backing_off (unit, now_us));
      g_assert_false (ohm_unit_is_backing_off (unit, unit->retry_us));
      now_us = unit->retry_us + S;
    }
  g_assert_cmpuint (unit->failures, ==, 20);
  g_assert_cmpuint (unit->timeouts, ==, 20);

  ohm_unit_note_answer (unit, MS);
  g_assert_cmpuint (unit->level, ==, 0);
  g_assert_cmpuint (unit->failures, ==, 0);
  g_assert_cmpint (unit->retry_us, ==, 0);
  g_assert_cmpint (unit->trouble, ==, OHM_UNIT_ANSWERS);
  g_assert_cmpuint (unit->timeouts, ==, 20);
  ohm_unit_free (unit);
}

/* A slot read or a person's question inside the back-off must not put the next turn off. */
static void
test_unit_out_of_turn (void)
{
  OhmUnit *unit = ohm_unit_new (1);
  gint64 retry_us;

  ohm_unit_note_silence (unit, OHM_UNIT_MUTE, S, 1000 * S);
  retry_us = unit->retry_us;
  ohm_unit_note_silence (unit, OHM_UNIT_NO_PATH, S / 2, 1001 * S);
  g_assert_cmpuint (unit->level, ==, 1);
  g_assert_cmpint (unit->retry_us, ==, retry_us);
  g_assert_cmpuint (unit->failures, ==, 2);
  g_assert_cmpint (unit->trouble, ==, OHM_UNIT_NO_PATH);
  g_assert_cmpint (unit->cost_us, ==, S / 2);
  /* sent in its turn, over after it */
  ohm_unit_note_silence (unit, OHM_UNIT_MUTE, S, retry_us + 2 * S);
  g_assert_cmpuint (unit->level, ==, 2);
  ohm_unit_free (unit);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit/new", test_unit_new);
  g_test_add_func ("/unit/queues", test_unit_queues);
  g_test_add_func ("/unit/latency", test_unit_latency);
  g_test_add_func ("/unit/steps", test_unit_steps);
  g_test_add_func ("/unit/out-of-turn", test_unit_out_of_turn);
  return g_test_run ();
}
