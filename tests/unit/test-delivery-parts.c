/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-delivery-bisect.h"
#include "ohm-delivery-limit.h"
#include "ohm-delivery-schedule.h"
#include "ohm-test-batch.h"

#define S(n) ((gint64) (n) *G_USEC_PER_SEC)
#define DAY  S (86400)

/* Every gateway keeps its time, within the spread; together they fill it evenly. */
static void
test_parts_spread (void)
{
  guint n_in[60] = { 0 };
  gint64 one = ohm_delivery_offset_us (OHM_TEST_GATEWAY, S (60), S (600));

  g_assert_cmpint (one, ==, ohm_delivery_offset_us (OHM_TEST_GATEWAY, S (60), S (600)));
  g_assert_cmpint (ohm_delivery_offset_us (OHM_TEST_GATEWAY, S (60), 0), ==, S (60));
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *gateway = g_strdup_printf ("00000000-0000-4000-8000-%012u", i);
      gint64 offset_us = ohm_delivery_offset_us (gateway, S (60), S (600));

      g_assert_cmpint (offset_us, >=, S (60));
      g_assert_cmpint (offset_us, <, S (660));
      n_in[(offset_us - S (60)) / S (10)]++;
    }
  for (guint i = 0; i < G_N_ELEMENTS (n_in); i++)
    g_assert_cmpuint (n_in[i], <=, 3 * 1000 / G_N_ELEMENTS (n_in));
}

static void
test_parts_slots (void)
{
  const gint64 slot_us = OHM_TEST_SLOT_US;

  g_assert_cmpint (ohm_delivery_due_slot_us (slot_us + S (99), S (100)), ==, slot_us - OHM_SLOT_US);
  g_assert_cmpint (ohm_delivery_due_slot_us (slot_us + S (100), S (100)), ==, slot_us);
  g_assert_cmpint (ohm_delivery_next_slot_us (slot_us + S (99), S (100)), ==, slot_us + S (100));
  g_assert_cmpint (ohm_delivery_next_slot_us (slot_us + S (100), S (100)), ==,
                   slot_us + OHM_SLOT_US + S (100));
  /* a delay longer than a quarter hour */
  g_assert_cmpint (ohm_delivery_due_slot_us (slot_us + S (100), S (1000)), ==,
                   slot_us - OHM_SLOT_US);
}

/* Once a day, at a time that stays; never in the first hour. */
static void
test_parts_days (void)
{
  const gint64 midnight_us = OHM_TEST_SLOT_US / DAY * DAY;
  const gint64 day = midnight_us / DAY;
  gint64 next_us = ohm_delivery_next_day_us (OHM_TEST_GATEWAY, midnight_us);

  g_assert_cmpint (ohm_delivery_day_to_us (day), ==, midnight_us);
  g_assert_cmpint (ohm_delivery_due_day (OHM_TEST_GATEWAY, midnight_us + S (3599)), ==, day - 2);
  g_assert_cmpint (ohm_delivery_due_day (OHM_TEST_GATEWAY, midnight_us + S (23 * 3600)), ==,
                   day - 1);
  g_assert_cmpint (next_us, >=, midnight_us + S (3600));
  g_assert_cmpint (next_us, <=, midnight_us + S (23 * 3600));
  g_assert_cmpint (ohm_delivery_due_day (OHM_TEST_GATEWAY, next_us - 1), ==, day - 2);
  g_assert_cmpint (ohm_delivery_due_day (OHM_TEST_GATEWAY, next_us), ==, day - 1);
  g_assert_cmpint (ohm_delivery_next_day_us (OHM_TEST_GATEWAY, next_us), ==, next_us + DAY);
}

static void
test_parts_back_off (void)
{
  static const int caps[] = { 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900 };
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint n = 1; n <= G_N_ELEMENTS (caps); n++)
    {
      gint64 longest_us = 0;

      for (guint i = 0; i < 300; i++)
        {
          gint64 wait_us = ohm_delivery_back_off_us (random, n, S (60));

          g_assert_cmpint (wait_us, >=, S (1));
          g_assert_cmpint (wait_us, <=, S (caps[n - 1]));
          longest_us = MAX (longest_us, wait_us);
        }
      g_assert_cmpint (longest_us, >, S (caps[n - 1]) * 9 / 10);
    }
}

static void
test_parts_outage (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  gint64 longest_us = 0;

  g_assert_cmpint (ohm_delivery_spread_max_us (S (600)), ==, 0);
  g_assert_cmpint (ohm_delivery_spread_max_us (S (602)), ==, S (301));
  g_assert_cmpint (ohm_delivery_spread_max_us (S (7200)), ==, S (3600));
  g_assert_cmpint (ohm_delivery_spread_max_us (30 * DAY), ==, S (3600));
  g_assert_cmpint (ohm_delivery_random_us (random, 0), ==, 0);
  for (guint i = 0; i < 300; i++)
    {
      gint64 wait_us = ohm_delivery_back_off_us (random, 20, 30 * DAY);

      longest_us = MAX (longest_us, wait_us);
    }
  g_assert_cmpint (longest_us, >, S (3300));
  g_assert_cmpint (longest_us, <=, S (3600));
}

static void
test_parts_asked (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  gint64 sum_us = 0;

  for (guint i = 0; i < 100; i++)
    {
      gint64 wait_us = ohm_delivery_retry_after_us (random, S (100));

      g_assert_cmpint (wait_us, >=, S (100));
      g_assert_cmpint (wait_us, <=, S (120));
      g_assert_cmpint (ohm_delivery_retry_after_us (random, 1), >=, S (1));
      g_assert_cmpint (ohm_delivery_retry_after_us (random, G_MAXINT64), <=, S (6 * 3600 * 6 / 5));
      g_assert_cmpint (ohm_delivery_hold_us (random), >=, S (3600));
      g_assert_cmpint (ohm_delivery_hold_us (random), <=, S (3780));
    }
  /* six attempts take two hours at least */
  for (guint n = 1; n < OHM_DELIVERY_UNCLEAR_MAX; n++)
    sum_us += ohm_delivery_unclear_us (random, n);
  g_assert_cmpint (sum_us, >=, S (7200));
  g_assert_cmpint (sum_us, <=, S (7200 * 6 / 5));
  /* once on each of the next two days */
  g_assert_cmpint (ohm_delivery_retry_refused_us (1, OHM_TEST_SLOT_US), ==, OHM_TEST_SLOT_US + DAY);
  g_assert_cmpint (ohm_delivery_retry_refused_us (2, OHM_TEST_SLOT_US), ==, OHM_TEST_SLOT_US + DAY);
  g_assert_cmpint (ohm_delivery_retry_refused_us (3, OHM_TEST_SLOT_US), ==, 0);
}

/* Sends parts of @n records of which the set bits of @bad are refused. Returns: requests */
static guint
test_parts_bisect (guint n, guint64 bad)
{
  g_autoptr (OhmBisection) parts = ohm_bisection_new (n);
  guint64 refused = 0;
  guint n_requests = 0;
  guint n_passed = 0;
  guint length;

  while ((length = ohm_bisection_get_length (parts)) > 0)
    {
      guint64 mask = (length == 64 ? ~G_GUINT64_CONSTANT (0)
                                   : (G_GUINT64_CONSTANT (1) << length) - 1)
                     << parts->first;

      g_assert_cmpuint (parts->first, ==, n_passed);
      n_requests++;
      if ((bad & mask) != 0 && ohm_bisection_split (parts))
        continue;
      if ((bad & mask) != 0)
        refused |= mask;
      n_passed += length;
      ohm_bisection_pass (parts);
    }
  g_assert_cmpuint (n_passed, ==, n);
  g_assert_cmphex (refused, ==, bad);
  return n_requests;
}

/* Each bad record is found, each good one goes; one bad one of 64 takes 13 requests. */
static void
test_parts_bisection (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  g_assert_cmpuint (test_parts_bisect (0, 0), ==, 0);
  g_assert_cmpuint (test_parts_bisect (1, 0), ==, 1);
  g_assert_cmpuint (test_parts_bisect (1, 1), ==, 1);
  g_assert_cmpuint (test_parts_bisect (64, 0), ==, 1);
  for (guint i = 0; i < 64; i++)
    g_assert_cmpuint (test_parts_bisect (64, G_GUINT64_CONSTANT (1) << i), ==, 13);
  for (guint i = 0; i < 300; i++)
    {
      guint n = (guint) g_rand_int_range (random, 1, 64);
      guint64 mask = (G_GUINT64_CONSTANT (1) << n) - 1;

      test_parts_bisect (n, (((guint64) g_rand_int (random) << 32) | g_rand_int (random)) & mask);
    }
}

static void
test_parts_limit (void)
{
  const OhmDeliverySettings settings = { .points_max = 2000, .bytes_max = 10000 };
  const gint64 now_us = OHM_TEST_SLOT_US;
  OhmDeliveryLimit limit = { 0 };

  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us), ==, 2000);
  ohm_delivery_limit_halve (&limit, 1500, now_us);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us), ==, 750);
  /* the other half of the same batch says nothing new */
  ohm_delivery_limit_halve (&limit, 1500, now_us);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us), ==, 750);
  ohm_delivery_limit_halve (&limit, 750, now_us);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us), ==, 375);
  /* grows after a day, and is forgotten in the end */
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us + DAY - 1), ==, 375);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us + DAY), ==, 750);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us + 3 * DAY), ==, 2000);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us + 999 * DAY), ==, 2000);
  /* a clock that was ahead */
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us - DAY), ==, 375);
  for (guint i = 0; i < 12; i++)
    ohm_delivery_limit_halve (&limit, 1, now_us);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, now_us), ==, 1);
}

static void
test_parts_bytes (void)
{
  const OhmDeliverySettings settings = { .points_max = 2000, .bytes_max = 10000 };
  OhmDeliveryLimit limit = { 0 };

  ohm_delivery_limit_learn (&limit, 10, 1000);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, 0), ==, 2000);
  ohm_delivery_limit_learn (&limit, 190, 3000);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, 0), ==, 500);
  ohm_delivery_limit_learn (&limit, 100, 100000000);
  g_assert_cmpuint (ohm_delivery_limit_get (&limit, &settings, 0), ==, 1);
}

static void
test_parts_guard (void)
{
  g_autoptr (OhmBatch) batch = ohm_test_batch_new (2, 4);
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (OhmBatch) all = NULL;
  g_autoptr (OhmBatch) some = NULL;
  gint64 last_us = OHM_TEST_SLOT_US + 3 * OHM_SLOT_US;
  g_autoptr (GArray) old = g_array_new (FALSE, FALSE, sizeof (gint64));
  guint n = 0;

  all = ohm_delivery_guard_batch (batch, last_us, 0, held, old);
  g_assert_true (all == batch);
  g_assert_cmpuint (old->len, ==, 0);
  /* five minutes early is as far as it goes */
  some = ohm_delivery_guard_batch (batch, last_us - S (301), S (1500), held, old);
  ohm_batch_get_items (some, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpuint (old->len, ==, 2);
  g_assert_cmpuint (held->len, ==, 2);
  g_assert_cmpint (((OhmRecord *) held->pdata[0])->slot_us, ==, last_us);
  g_assert_null (ohm_delivery_guard_batch (batch, last_us + DAY, S (60), held, old));
  g_assert_cmpuint (old->len, ==, 10);
  g_assert_cmpint (ohm_delivery_guard_slot (last_us, last_us - S (300), 0), ==,
                   OHM_DELIVERY_GUARD_SEND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/delivery-parts/spread", test_parts_spread);
  g_test_add_func ("/delivery-parts/slots", test_parts_slots);
  g_test_add_func ("/delivery-parts/days", test_parts_days);
  g_test_add_func ("/delivery-parts/back-off", test_parts_back_off);
  g_test_add_func ("/delivery-parts/outage", test_parts_outage);
  g_test_add_func ("/delivery-parts/asked", test_parts_asked);
  g_test_add_func ("/delivery-parts/bisection", test_parts_bisection);
  g_test_add_func ("/delivery-parts/limit", test_parts_limit);
  g_test_add_func ("/delivery-parts/bytes", test_parts_bytes);
  g_test_add_func ("/delivery-parts/guard", test_parts_guard);

  return g_test_run ();
}
