/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-frame-ring.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)

static guint8 bytes[OHM_FRAME_EVENT_BYTES_MAX];

static OhmFrameEvent
test_frame_ring_event (gint64 time_us, gsize length)
{
  return (OhmFrameEvent){
    .time_us = time_us,
    .kind = OHM_FRAME_EVENT_ANSWER,
    .framing = OHM_FRAMING_RTU,
    .length = length,
    .bytes = bytes,
  };
}

/* As the log does it, without a budget. */
static void
test_frame_ring_add (OhmFrameRing *ring, gint64 time_us, gsize length)
{
  const OhmFrameEvent event = test_frame_ring_event (time_us, length);

  if (!ohm_frame_ring_has_room (ring, &event))
    ohm_frame_ring_give (ring, NULL);
  ohm_frame_ring_append (ring, &event);
}

static void
test_frame_ring_on_event (const OhmFrameEvent *event, gpointer user_data)
{
  g_assert_cmpuint (event->kind, ==, OHM_FRAME_EVENT_ANSWER);
  g_assert_cmpuint (event->framing, ==, OHM_FRAMING_RTU);
  g_assert_true (memcmp (event->bytes, bytes, event->length) == 0);
  g_string_append_printf (user_data, "%" G_GINT64_FORMAT ":%" G_GSIZE_FORMAT " ", event->time_us,
                          event->length);
}

static void
test_frame_ring_assert (OhmFrameRing *ring, gint64 from_us, const char *expected)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  ohm_frame_ring_foreach (ring, from_us, test_frame_ring_on_event, seen);
  g_assert_cmpstr (seen->str, ==, expected);
}

static void
test_frame_ring_order (void)
{
  OhmFrameRing *ring = ohm_frame_ring_new ();

  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 0);
  g_assert_cmpint (ohm_frame_ring_get_oldest_us (ring), ==, G_MAXINT64);
  g_assert_null (ohm_frame_ring_take (ring));
  test_frame_ring_assert (ring, 0, "");
  test_frame_ring_add (ring, 10, 8);
  test_frame_ring_add (ring, 20, 0);
  test_frame_ring_add (ring, 30, 260);
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 1);
  g_assert_cmpint (ohm_frame_ring_get_oldest_us (ring), ==, 30);
  test_frame_ring_assert (ring, 0, "10:8 20:0 30:260 ");
  test_frame_ring_assert (ring, 20, "20:0 30:260 ");
  test_frame_ring_assert (ring, 31, "");
  ohm_frame_ring_free (ring);
}

/* The longest events: one to a chunk. */
static void
test_frame_ring_chunks (void)
{
  OhmFrameRing *ring = ohm_frame_ring_new ();
  OhmFrameChunk *chunk;

  for (gint64 i = 1; i <= 4; i++)
    test_frame_ring_add (ring, i, OHM_FRAME_EVENT_BYTES_MAX);
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 4);
  chunk = ohm_frame_ring_take (ring);
  test_frame_ring_assert (ring, 0, "2:1024 3:1024 4:1024 ");
  g_assert_cmpint (ohm_frame_ring_get_oldest_us (ring), ==, 2);
  /* A used one is as good as a new one. */
  ohm_frame_ring_give (ring, chunk);
  test_frame_ring_add (ring, 5, 3);
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 4);
  test_frame_ring_assert (ring, 0, "2:1024 3:1024 4:1024 5:3 ");
  while ((chunk = ohm_frame_ring_take (ring)) != NULL)
    ohm_frame_chunk_free (chunk);
  test_frame_ring_assert (ring, 0, "");
  test_frame_ring_add (ring, 6, 1);
  test_frame_ring_assert (ring, 0, "6:1 ");
  ohm_frame_ring_free (ring);
}

/* A chunk keeps times in 32 bits: what does not fit begins a new one. */
static void
test_frame_ring_times (void)
{
  OhmFrameRing *ring = ohm_frame_ring_new ();

  test_frame_ring_add (ring, 5000 * SECOND_US, 1);
  test_frame_ring_add (ring, 9294 * SECOND_US, 1);
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 1);
  test_frame_ring_add (ring, 9295 * SECOND_US, 1);
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 2);
  test_frame_ring_add (ring, 7 * SECOND_US, 1); /* the clock was set back */
  g_assert_cmpuint (ohm_frame_ring_get_n (ring), ==, 3);
  test_frame_ring_assert (ring, 0, "5000000000:1 9294000000:1 9295000000:1 7000000:1 ");
  ohm_frame_ring_free (ring);
}

int
main (int argc, char **argv)
{
  for (gsize i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (i * 7);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame-ring/order", test_frame_ring_order);
  g_test_add_func ("/frame-ring/chunks", test_frame_ring_chunks);
  g_test_add_func ("/frame-ring/times", test_frame_ring_times);
  return g_test_run ();
}
