/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <math.h>

#include "ohm-meter.h"
#include "ohm-test-log.h"

static const OhmMergeRules rules = { .registers_max = 125, .function = 3, .gap_max = 125 };

typedef struct
{
  OhmPlan *plan;        /* (owned) */
  OhmRequestList *list; /* (owned) */
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  static const OhmRegister rows[] = {
    { "voltage.l1-n", 1000, OHM_FORMAT_F32 },
    { "energy-active-import.total", 1004, OHM_FORMAT_I64 },
    { "current.l1", 1008, OHM_FORMAT_U16, 0.001 },
    { "power-active.total", 1009, OHM_FORMAT_I32, .flags = OHM_ENTRY_RAW },
    { "frequency", 1011, OHM_FORMAT_F32 },
    { "temperature", 2000, OHM_FORMAT_I16 },
  };

  self->plan = ohm_plan_new ();
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_true (ohm_plan_add_register (self->plan, &rows[i], NULL));
  ohm_plan_seal (self->plan);
  self->list = ohm_merge (self->plan, OHM_READ_LIVE, &rules);
  g_assert_cmpuint (self->list->n_requests, ==, 2);
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->list, ohm_request_list_free);
  g_clear_pointer (&self->plan, ohm_plan_unref);
}

/* 1000..1012, big endian */
static const guint8 answer[26] = {
  0x43, 0x66, 0x80, 0,                /* 230.5 */
  0xde, 0xad, 0xbe, 0xef,             /* nobody asked */
  0,    0,    0,    1,    0, 0, 0, 2, /* 2^32 + 2 */
  0x30, 0x39,                         /* 12345 */
  0,    0,    0,    7,                /* raw */
  0x7f, 0xc0, 0,    0,                /* NaN */
};

static OhmReading *
fixture_decode (Fixture *self, gsize length)
{
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("m",
                                                                   ohm_plan_get_points (self->plan),
                                                                   OHM_READ_LIVE, 2);
  OhmReply reply = { .function = 3, .address = 1000, .data = answer, .length = length };

  ohm_reading_builder_begin_request (builder, 5);
  ohm_decode_reply (self->plan, self->list, &self->list->requests[0], &reply, builder);
  return ohm_reading_builder_end (g_steal_pointer (&builder));
}

static void
test_decode_reply (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmReading) reading = fixture_decode (self, sizeof answer);
  const OhmCell *cells = ohm_reading_get_cells (reading, NULL);
  const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);

  g_assert_cmpint (qualities[0], ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cells[0].real, 230.5, 1e-9);
  g_assert_cmpint (qualities[1], ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (cells[1].integer, ==, 4294967298);
  g_assert_cmpint (qualities[2], ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (cells[2].real, 12.345, 1e-9);
  g_assert_cmpint (qualities[3], ==, OHM_QUALITY_NONE);
  g_assert_cmpint (qualities[4], ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (qualities[5], ==, OHM_QUALITY_NONE);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, 0), ==, 5);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, 4), ==, 5);
  g_assert_cmpint (ohm_reading_get_point_time_us (reading, 5), ==, 0);
}

/* An answer that is too short makes the rest missing, byte by byte. */
static void
test_decode_short (Fixture *self, gconstpointer data)
{
  static const gsize ends[] = { 4, 16, 18, 22, 26 };

  for (gsize length = 0; length <= sizeof answer; length++)
    {
      g_autoptr (OhmReading) reading = fixture_decode (self, length);
      const guint8 *qualities = ohm_reading_get_qualities (reading, NULL);

      for (guint i = 0; i < 3; i++)
        g_assert_cmpint (qualities[i], ==,
                         length >= ends[i] ? OHM_QUALITY_GOOD : OHM_QUALITY_MISSING);
      g_assert_cmpint (qualities[4], ==, OHM_QUALITY_MISSING);
    }
}

static void
test_decode_exception (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmReadingBuilder) builder = ohm_reading_builder_new ("m",
                                                                   ohm_plan_get_points (self->plan),
                                                                   OHM_READ_LIVE, 1);
  OhmReply reply = { .function = 3, .exception = 2 };

  ohm_test_log_expect ("libohm", G_LOG_LEVEL_CRITICAL, "*exception*");
  ohm_decode_reply (self->plan, self->list, &self->list->requests[0], &reply, builder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/decode/reply", Fixture, NULL, fixture_set_up, test_decode_reply, fixture_tear_down);
  g_test_add ("/decode/short", Fixture, NULL, fixture_set_up, test_decode_short, fixture_tear_down);
  g_test_add ("/decode/exception", Fixture, NULL, fixture_set_up, test_decode_exception,
              fixture_tear_down);
  return g_test_run ();
}
