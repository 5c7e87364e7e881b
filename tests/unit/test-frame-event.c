/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-frame-event.h"

static const guint8 request[] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2 };

static GByteArray *
test_frame_event_pack_two (void)
{
  const OhmFrameEvent sent = {
    .time_us = G_GINT64_CONSTANT (1763800000123456),
    .kind = OHM_FRAME_EVENT_SENT,
    .framing = OHM_FRAMING_RTU,
    .lost = 7,
    .length = sizeof request,
    .bytes = request,
  };
  const OhmFrameEvent closed = { .time_us = -1, .kind = OHM_FRAME_EVENT_CLOSED };
  GByteArray *array = g_byte_array_new ();

  ohm_frame_event_pack (&sent, array);
  ohm_frame_event_pack (&closed, array);
  return array;
}

static void
test_frame_event_round_trip (void)
{
  g_autoptr (GByteArray) array = test_frame_event_pack_two ();
  g_autoptr (GError) error = NULL;
  OhmFrameEvent event;
  gsize first;
  gsize second;

  g_assert_true (ohm_frame_event_unpack (array->data, array->len, &event, &first, &error));
  g_assert_cmpuint (first, ==, OHM_FRAME_EVENT_HEADER + sizeof request);
  g_assert_cmpint (event.time_us, ==, G_GINT64_CONSTANT (1763800000123456));
  g_assert_cmpuint (event.kind, ==, OHM_FRAME_EVENT_SENT);
  g_assert_cmpuint (event.framing, ==, OHM_FRAMING_RTU);
  g_assert_cmpuint (event.lost, ==, 7);
  g_assert_cmpuint (event.length, ==, sizeof request);
  g_assert_true (memcmp (event.bytes, request, sizeof request) == 0);
  g_assert_true (
    ohm_frame_event_unpack (array->data + first, array->len - first, &event, &second, &error));
  g_assert_cmpuint (event.kind, ==, OHM_FRAME_EVENT_CLOSED);
  g_assert_cmpint (event.time_us, ==, -1);
  g_assert_cmpuint (event.length, ==, 0);
  g_assert_cmpuint (first + second, ==, array->len);
}

/* What comes through a descriptor comes in pieces. */
static void
test_frame_event_incomplete (void)
{
  g_autoptr (GByteArray) array = test_frame_event_pack_two ();
  g_autoptr (GError) error = NULL;
  OhmFrameEvent event;
  gsize used;

  for (gsize n = 0; n < OHM_FRAME_EVENT_HEADER + sizeof request; n++)
    {
      g_assert_true (ohm_frame_event_unpack (array->data, n, &event, &used, &error));
      g_assert_cmpuint (used, ==, 0);
    }
}

static void
test_frame_event_wrong (void)
{
  /* kind, framing */
  static const gsize places[] = { 8, 9 };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GByteArray) array = test_frame_event_pack_two ();
      g_autoptr (GError) error = NULL;
      OhmFrameEvent event;
      gsize used;

      array->data[places[i]] = 99;
      g_assert_false (ohm_frame_event_unpack (array->data, array->len, &event, &used, &error));
      g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
    }
}

static void
test_frame_event_too_long (void)
{
  g_autoptr (GByteArray) array = test_frame_event_pack_two ();
  g_autoptr (GError) error = NULL;
  const guint16 length = OHM_FRAME_EVENT_BYTES_MAX + 1;
  OhmFrameEvent event;
  gsize used;

  memcpy (array->data + 10, &length, sizeof length);
  g_assert_false (ohm_frame_event_unpack (array->data, array->len, &event, &used, &error));
  g_assert_cmpstr (error->message, ==, "not a frame event: kind 2, framing 1, 1025 bytes");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame-event/round-trip", test_frame_event_round_trip);
  g_test_add_func ("/frame-event/incomplete", test_frame_event_incomplete);
  g_test_add_func ("/frame-event/wrong", test_frame_event_wrong);
  g_test_add_func ("/frame-event/too-long", test_frame_event_too_long);
  return g_test_run ();
}
