/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a line can do to an answer: none may become a wrong value, and the line goes on. */

#include "modbus-rtu-fixture.h"

#include "ohm-modbus-rtu-find.h"

/* Answers the request that waits with @bytes, and expects it to fail as disturbed. */
static void
test_rtu_expect_disturbed (OhmTestRtu *fixture, const guint8 *bytes, gsize length)
{
  guint64 broken = ohm_transport_get_counters (fixture->transport)->broken;
  OhmTestRtuResult result = { 0 };

  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_send (fixture, bytes, length);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_PROTOCOL, "line-disturbed");
  /* it is not waited for to the bitter end */
  g_assert_cmpint (result.done_us - fixture->heard_us, <, 400 * OHM_TEST_RTU_MS);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, ==, broken + 1);
  g_assert_true (ohm_transport_is_open (fixture->transport));
}

static void
test_rtu_spoilt (OhmTestRtu *fixture, gconstpointer more)
{
  static const struct
  {
    gsize at;
    guint8 bits;
  } rows[] = {
    { 0, 0x02 },              /* unit */
    { 1, 0x07 },              /* function */
    { 2, 0x02 },              /* byte count */
    { 3, 0x10 },              /* data */
    { 6, 0x01 }, { 7, 0x80 }, /* CRC */
    { 8, 0x01 },
  };
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = test_rtu_make_answer (&test_rtu_request, frame);

  g_assert_cmpuint (length, ==, 9);
  test_rtu_open (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      frame[rows[i].at] ^= rows[i].bits;
      test_rtu_expect_disturbed (fixture, frame, length);
      frame[rows[i].at] ^= rows[i].bits;
    }
  test_rtu_assert_usable (fixture);
}

/* Well-formed answers to other questions: of another unit, of another length. */
static void
test_rtu_foreign (OhmTestRtu *fixture, gconstpointer more)
{
  const OhmRequest longer = { .unit = 5, .function = 3, .address = 100, .count = 1 };
  guint8 frame[OHM_MODBUS_TCP_MAX];

  test_rtu_open (fixture);
  test_rtu_expect_disturbed (fixture, frame, test_rtu_make_answer (&test_rtu_other, frame));
  test_rtu_expect_disturbed (fixture, frame, test_rtu_make_answer (&longer, frame));
  test_rtu_assert_usable (fixture);
}

static void
test_rtu_cut (OhmTestRtu *fixture, gconstpointer more)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = test_rtu_make_answer (&test_rtu_request, frame);

  test_rtu_open (fixture);
  for (gsize n = 1; n < length; n++)
    test_rtu_expect_disturbed (fixture, frame, n);
  test_rtu_assert_usable (fixture);
}

/* A driver that is switched to the line makes a byte or two: they cost nothing. */
static void
test_rtu_noise_in_front (OhmTestRtu *fixture, gconstpointer more)
{
  guint8 bytes[OHM_MODBUS_TCP_MAX] = { 0x00, 0xff, 0x05, 0x00, 0xff };
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  for (gsize n = 1; n <= OHM_MODBUS_RTU_NOISE_MAX; n++)
    {
      gsize length;

      test_rtu_ask (fixture, &test_rtu_request, &result);
      test_rtu_serve (fixture);
      length = test_rtu_make_answer (&test_rtu_request, bytes + n);
      test_rtu_send (fixture, bytes, n + length);
      test_rtu_assert_answered (fixture, &result);
    }
  bytes[4] = 0xff;
  test_rtu_expect_disturbed (fixture, bytes,
                             5 + test_rtu_make_answer (&test_rtu_request, bytes + 5));
}

static void
test_rtu_surplus (OhmTestRtu *fixture, gconstpointer more)
{
  guint8 frame[OHM_MODBUS_TCP_MAX];
  gsize length = test_rtu_make_answer (&test_rtu_request, frame);
  OhmTestRtuResult result = { 0 };

  test_rtu_open (fixture);
  frame[length] = 0xee;
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_send (fixture, frame, length + 1);
  test_rtu_assert_answered (fixture, &result);
  test_rtu_pass (fixture, 10 * OHM_TEST_RTU_MS);
  test_rtu_assert_usable (fixture);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, ==, 1);
}

/* Meters that stop in the middle of a frame break the rules; within reason they are understood. */
static void
test_rtu_paused (OhmTestRtu *fixture, gconstpointer more)
{
  OhmSimLineTraits *traits = ohm_sim_line_get_traits (fixture->line);

  traits->pause = 1000000;
  traits->pause_us = 20 * OHM_TEST_RTU_MS;
  test_rtu_open (fixture);
  test_rtu_assert_usable (fixture);
}

/* Another master, swapped wires, a wrong baud rate: the unit is not to blame. */
static void
test_rtu_babble (OhmTestRtu *fixture, gconstpointer more)
{
  g_autofree guint8 *noise = g_malloc (4000);
  OhmTestRtuResult result = { 0 };

  memset (noise, 0x5a, 4000);
  test_rtu_open (fixture);
  test_rtu_send (fixture, noise, 4000);
  test_rtu_pass (fixture, 50 * OHM_TEST_RTU_MS);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_LINK, "line-noisy");
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->requests, ==, 0);
  g_assert_cmpuint (ohm_transport_get_counters (fixture->transport)->broken, ==, 1);
}

/* The same while an answer is awaited. */
static void
test_rtu_endless (OhmTestRtu *fixture, gconstpointer more)
{
  g_autofree guint8 *noise = g_malloc (4000);
  OhmTestRtuResult result = { 0 };

  memset (noise, 0x5a, 4000);
  test_rtu_open (fixture);
  test_rtu_ask (fixture, &test_rtu_request, &result);
  test_rtu_serve (fixture);
  test_rtu_send (fixture, noise, 4000);
  test_rtu_assert_failed (fixture, &result, OHM_ERROR_PROTOCOL, "line-disturbed");
}

/* A meter answers any unit's call, as some do. */
static void
test_rtu_any_unit (OhmTestRtu *fixture, gconstpointer more)
{
  OhmTestRtuResult result = { 0 };
  OhmRequest request;

  test_rtu_open (fixture);
  test_rtu_ask_with (fixture, &test_rtu_request, OHM_MODBUS_ANY_UNIT, &result);
  request = test_rtu_serve (fixture);
  request.unit = 99;
  test_rtu_answer (fixture, &request);
  test_rtu_assert_answered (fixture, &result);
  g_assert_cmpuint (result.reply.unit, ==, 99);
}

/* --- many spoilt answers, by the line itself --- */

static void
test_rtu_storm (OhmTestRtu *fixture, gconstpointer more)
{
  OhmSimLineTraits *traits = ohm_sim_line_get_traits (fixture->line);
  OhmTransportCounters *counters = ohm_transport_get_counters (fixture->transport);
  OhmTestRtuResult result = { 0 };
  guint good = 0;

  test_rtu_open (fixture);
  traits->drop = traits->flip = traits->insert = traits->collide = 10000;
  for (guint i = 0; i < 1000; i++)
    {
      OhmRequest request = test_rtu_request;
      gint64 end_us = ohm_test_time_mono (fixture->time) + 50 * OHM_TEST_RTU_MS;

      test_rtu_ask (fixture, &request, &result);
      while (result.n_done == 0 && ohm_test_time_mono (fixture->time) < end_us)
        test_rtu_pass (fixture, OHM_TEST_RTU_MS);
      if (result.n_done == 0)
        test_rtu_answer (fixture, &request);
      test_rtu_wait (fixture, &result);
      g_byte_array_set_size (fixture->heard, 0);
      if (result.error == NULL)
        {
          g_assert_cmphex (result.first, ==, 0x1234);
          good++;
        }
      g_clear_error (&result.error);
    }
  g_test_message ("%u of 1000 answered, %u bytes disturbed", good,
                  ohm_sim_line_get_counters (fixture->line)->disturbed);
  g_assert_cmpuint (good, >, 500);
  g_assert_cmpuint (good, <, 1000);
  g_assert_cmpuint (counters->broken + counters->timeouts + counters->replies, >=, 1000);
  traits->drop = traits->flip = traits->insert = traits->collide = 0;
  test_rtu_pass (fixture, G_USEC_PER_SEC);
  test_rtu_assert_usable (fixture);
}

/* Seeded, so that a failure comes again. */
static guint
test_rtu_mutate (GRand *dice, guint8 *bytes, guint length)
{
  guint n = (guint) g_rand_int_range (dice, 1, 4);

  while (n-- > 0 && length > 0)
    {
      guint at = (guint) g_rand_int_range (dice, 0, (int) length);

      switch (g_rand_int_range (dice, 0, 4))
        {
        case 0:
          bytes[at] ^= (guint8) (1 << g_rand_int_range (dice, 0, 8));
          break;
        case 1:
          bytes[at] = (guint8) g_rand_int_range (dice, 0, 256);
          break;
        case 2:
          memmove (bytes + at, bytes + at + 1, length - at - 1);
          length--;
          break;
        default:
          memmove (bytes + at + 1, bytes + at, length - at);
          bytes[at] = (guint8) g_rand_int_range (dice, 0, 256);
          length++;
          break;
        }
    }
  return length;
}

/* 100,000 mutated answers: what is accepted is the right answer, byte for byte. */
static void
test_rtu_mutations (void)
{
  g_autoptr (GRand) dice = g_rand_new_with_seed (1);
  guint accepted = 0;

  for (guint i = 0; i < 100000; i++)
    {
      guint8 bytes[OHM_MODBUS_TCP_MAX] = { 0 };
      guint length = (guint) test_rtu_make_answer (&test_rtu_request, bytes);
      OhmReply reply = { 0 };
      gsize used = 0;

      length = test_rtu_mutate (dice, bytes, length);
      if (ohm_modbus_rtu_find (&test_rtu_request, OHM_MODBUS_STRICT, bytes, length, &reply,
                               &used) != OHM_MODBUS_RTU_ANSWER)
        continue;
      accepted++;
      g_assert_cmpuint (used, <=, length);
      if (reply.exception != 0)
        continue;
      g_assert_cmpuint (reply.length, ==, sizeof test_rtu_registers);
      g_assert_true (memcmp (reply.data, test_rtu_registers, sizeof test_rtu_registers) == 0);
    }
  g_test_message ("%u of 100000 mutated answers are whole", accepted);
}

static void
test_rtu_find_parts (void)
{
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = test_rtu_make_answer (&test_rtu_request, bytes);
  OhmReply reply = { 0 };
  gsize used = 0;

  for (gsize n = 0; n < length; n++)
    {
      g_assert_cmpint (ohm_modbus_rtu_find (&test_rtu_request, OHM_MODBUS_STRICT, bytes, n, &reply,
                                            &used),
                       ==, OHM_MODBUS_RTU_WAIT);
      g_assert_cmpuint (ohm_modbus_rtu_find_whole (bytes, n), ==, 0);
    }
  g_assert_cmpint (ohm_modbus_rtu_find (&test_rtu_request, OHM_MODBUS_STRICT, bytes, length, &reply,
                                        &used),
                   ==, OHM_MODBUS_RTU_ANSWER);
  g_assert_cmpuint (used, ==, length);
  g_assert_cmpuint (ohm_modbus_rtu_find_whole (bytes, length), ==, length);
  bytes[length - 1] ^= 1;
  g_assert_cmpuint (ohm_modbus_rtu_find_whole (bytes, length), ==, 0);
}

static void
test_rtu_explain (void)
{
  static const guint8 babble[] = { 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a,
                                   0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a };
  guint8 bytes[OHM_MODBUS_TCP_MAX];
  gsize length = test_rtu_make_answer (&test_rtu_request, bytes);
  g_autoptr (GError) crc = NULL;
  g_autoptr (GError) other = NULL;

  bytes[3] ^= 1;
  ohm_modbus_rtu_find_explain ("/dev/x", &test_rtu_request, OHM_MODBUS_STRICT, bytes, length, &crc);
  g_assert_error (crc, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (crc->message, "/dev/x unit 5: crc is"));
  ohm_modbus_rtu_find_explain ("/dev/x", &test_rtu_request, OHM_MODBUS_STRICT, babble,
                               sizeof babble, &other);
  g_assert_error (other, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (other->message, "no whole answer (5a 5a"));
  g_assert_nonnull (strstr (other->message, "and 4 more)"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_rtu_add ("spoilt", NULL, test_rtu_spoilt);
  test_rtu_add ("foreign", NULL, test_rtu_foreign);
  test_rtu_add ("cut", NULL, test_rtu_cut);
  test_rtu_add ("noise-in-front", NULL, test_rtu_noise_in_front);
  test_rtu_add ("surplus", NULL, test_rtu_surplus);
  test_rtu_add ("paused", NULL, test_rtu_paused);
  test_rtu_add ("babble", NULL, test_rtu_babble);
  test_rtu_add ("endless", NULL, test_rtu_endless);
  test_rtu_add ("any-unit", NULL, test_rtu_any_unit);
  test_rtu_add ("storm", NULL, test_rtu_storm);
  g_test_add_func ("/modbus-rtu/mutations", test_rtu_mutations);
  g_test_add_func ("/modbus-rtu/find-parts", test_rtu_find_parts);
  g_test_add_func ("/modbus-rtu/explain", test_rtu_explain);
  return g_test_run ();
}
