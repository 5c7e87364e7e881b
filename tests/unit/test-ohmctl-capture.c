/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <glib/gstdio.h>

#include "ohmctl-capture-file.h"
#include "ohmctl-capture-line.h"
#include "ohmctl-capture-out.h"
#include "ohmctl-error.h"
#include "ohmctl-exchange.h"
#include "ohmctl-pcap.h"

/* 2026-11-22T10:15:00.250Z */
#define BEGIN_US G_GINT64_CONSTANT (1795342500250000)
#define MS       G_GINT64_CONSTANT (1000)

static const OhmRequest ask = { .unit = 3, .function = 3, .address = 19000, .count = 2 };
static const guint8 registers[4] = { 0x43, 0x66, 0x80, 0x01 };

/* What came of a stream of events, each way of showing it. */
typedef struct
{
  OhmctlContext *context;
  OhmctlExchanges *exchanges;
  GString *lines;
  GString *file;
  OhmctlJson *json;
  gint64 now_us;
  guint8 frame[OHM_MODBUS_TCP_MAX];
} TestCapture;

static void
test_capture_on_exchange (const OhmctlExchange *exchange, gpointer data)
{
  TestCapture *fixture = data;
  g_autofree char *line = ohmctl_capture_line_dup (fixture->context, exchange);

  g_string_append_printf (fixture->lines, "%s\n", line);
  ohmctl_capture_file_add (fixture->file, BEGIN_US, exchange);
  ohmctl_capture_line_write (fixture->json, exchange);
}

static void
test_capture_setup (TestCapture *fixture, gconstpointer more)
{
  fixture->context = ohmctl_context_new ();
  fixture->context->zone = g_time_zone_new_utc ();
  fixture->context->width = 0;
  fixture->context->has_color = FALSE;
  fixture->exchanges = ohmctl_exchanges_new (test_capture_on_exchange, fixture);
  fixture->lines = g_string_new (NULL);
  fixture->file = g_string_new (NULL);
  fixture->json = ohmctl_json_new ();
  fixture->now_us = BEGIN_US;
}

static void
test_capture_teardown (TestCapture *fixture, gconstpointer more)
{
  ohmctl_exchanges_free (fixture->exchanges);
  ohmctl_context_free (fixture->context);
  ohmctl_json_free (fixture->json);
  g_string_free (fixture->lines, TRUE);
  g_string_free (fixture->file, TRUE);
}

static void
test_capture_tell (TestCapture *fixture, OhmFrameEventKind kind, OhmFraming framing, gsize length)
{
  const OhmFrameEvent event = {
    .time_us = fixture->now_us,
    .kind = kind,
    .framing = framing,
    .length = length,
    .bytes = fixture->frame,
  };

  ohmctl_exchanges_take (fixture->exchanges, &event);
}

static void
test_capture_tell_request (TestCapture *fixture,
                           OhmFrameEventKind kind,
                           OhmFraming framing,
                           guint16 tid)
{
  test_capture_tell (fixture, kind, framing,
                     ohm_modbus_encode_request (framing, &ask, tid, fixture->frame));
}

static void
test_capture_tell_answer (TestCapture *fixture, OhmFraming framing, guint16 tid, guint8 exception)
{
  fixture->now_us += 12 * MS;
  test_capture_tell (fixture, OHM_FRAME_EVENT_ANSWER, framing,
                     ohm_modbus_encode_reply (framing, &ask, tid, exception, registers,
                                              fixture->frame));
}

static void
test_capture_assert (TestCapture *fixture, const char *lines, const char *file)
{
  g_assert_cmpstr (fixture->lines->str, ==, lines);
  g_assert_cmpstr (fixture->file->str, ==, file);
  g_string_truncate (fixture->lines, 0);
  g_string_truncate (fixture->file, 0);
}

static void
test_capture_answers (TestCapture *fixture, gconstpointer more)
{
  static const OhmFraming framings[] = { OHM_FRAMING_TCP, OHM_FRAMING_RTU };

  for (guint i = 0; i < 2; i++)
    {
      fixture->now_us = BEGIN_US;
      test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, framings[i], 7);
      test_capture_tell_answer (fixture, framings[i], 7, 0);
      test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, framings[i], 8);
      test_capture_tell_answer (fixture, framings[i], 8, 2);
      test_capture_assert (
        fixture,
        "10:15:00.250    3  3 19000     2  12.0 ms  4366 8001\n"
        "10:15:00.262    3  3 19000     2  12.0 ms  exception 2: illegal data address\n",
        "0.000000 > 03 4a380002\n0.012000 < 03 0443668001\n"
        "0.012000 > 03 4a380002\n0.024000 < 83 02\n");
    }
}

/* Several at a time, answered in any order: the transaction id tells whose answer it is. */
static void
test_capture_order (TestCapture *fixture, gconstpointer more)
{
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 1);
  fixture->now_us += 100 * MS;
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 2);
  test_capture_tell_answer (fixture, OHM_FRAMING_TCP, 2, 0);
  test_capture_tell_answer (fixture, OHM_FRAMING_TCP, 1, 0);
  g_assert_cmpstr (fixture->lines->str, ==,
                   "10:15:00.350    3  3 19000     2  12.0 ms  4366 8001\n"
                   "10:15:00.250    3  3 19000     2   124 ms  4366 8001\n");
}

static void
test_capture_faults (TestCapture *fixture, gconstpointer more)
{
  test_capture_tell (fixture, OHM_FRAME_EVENT_OPENED, OHM_FRAMING_TCP, 0);
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 1);
  fixture->now_us += 1500 * MS;
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_TIMEOUT, OHM_FRAMING_TCP, 1);
  test_capture_tell (fixture, OHM_FRAME_EVENT_LATE, OHM_FRAMING_TCP,
                     ohm_modbus_encode_reply (OHM_FRAMING_TCP, &ask, 1, 2, registers,
                                              fixture->frame));
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 2);
  memcpy (fixture->frame, "HTTP", 4);
  test_capture_tell (fixture, OHM_FRAME_EVENT_BROKEN, OHM_FRAMING_TCP, 4);
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 3);
  test_capture_tell (fixture, OHM_FRAME_EVENT_CLOSED, OHM_FRAMING_TCP, 0);
  test_capture_assert (
    fixture,
    "10:15:00.250                               connection opened\n"
    "10:15:00.250    3  3 19000     2   1.50 s  no answer in time\n"
    "10:15:01.750    3                          late or second answer, dropped: 00 01 00 00 00 03 "
    "03 83 02\n"
    "10:15:01.750    3  3 19000     2  0.00 ms  not accepted: 48 54 54 50\n"
    "10:15:01.750    3  3 19000     2  0.00 ms  closed before an answer came\n"
    "10:15:01.750                               connection closed\n",
    "# 0.000000 opened\n"
    "0.000000 > 03 4a380002\n# 1.500000 timeout\n"
    "# 1.500000 late 000100000003038302\n"
    "1.500000 > 03 4a380002\n# 1.500000 broken 48545450\n"
    "1.500000 > 03 4a380002\n# 1.500000 cut\n"
    "# 1.500000 closed\n");
}

/* The capture began in the middle of an exchange, or frames were lost. */
static void
test_capture_without_request (TestCapture *fixture, gconstpointer more)
{
  test_capture_tell_answer (fixture, OHM_FRAMING_RTU, 0, 2);
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_TIMEOUT, OHM_FRAMING_RTU, 0);
  g_assert_cmpstr (fixture->lines->str, ==,
                   "10:15:00.262    3                          late or second answer, dropped: 03 "
                   "83 02 61 31\n"
                   "10:15:00.262    3                          no answer in time\n");
}

static void
test_capture_json (TestCapture *fixture, gconstpointer more)
{
  const OhmFrameEvent closed = { .time_us = BEGIN_US, .kind = OHM_FRAME_EVENT_CLOSED, .lost = 4 };
  g_autofree char *text = NULL;

  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 1);
  test_capture_tell_answer (fixture, OHM_FRAMING_TCP, 1, 0);
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 2);
  test_capture_tell_answer (fixture, OHM_FRAMING_TCP, 2, 3);
  ohmctl_exchanges_take (fixture->exchanges, &closed);
  text = ohmctl_json_steal (fixture->json);
  g_assert_cmpstr (
    text, ==,
    "{\"time\":\"2026-11-22T10:15:00.250Z\",\"outcome\":\"values\",\"unit\":3,\"function\":3,"
    "\"address\":19000,\"count\":2,\"duration_us\":12000,\"registers\":[17254,32769],"
    "\"frame\":\"00010000000703030443668001\"}\n"
    "{\"time\":\"2026-11-22T10:15:00.262Z\",\"outcome\":\"exception\",\"unit\":3,\"function\":3,"
    "\"address\":19000,\"count\":2,\"duration_us\":12000,\"exception\":3,"
    "\"frame\":\"000200000003038303\"}\n"
    "{\"time\":\"2026-11-22T10:15:00.250Z\",\"outcome\":\"closed\",\"lost\":4}\n");
}

static void
test_capture_width (TestCapture *fixture, gconstpointer more)
{
  fixture->context->width = 50;
  fixture->context->has_color = TRUE;
  test_capture_tell_request (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP, 1);
  test_capture_tell_answer (fixture, OHM_FRAMING_TCP, 1, 2);
  g_assert_true (g_str_has_prefix (fixture->lines->str, "\033["));
  g_assert_nonnull (strstr (fixture->lines->str, " 12.0 ms  except\u2026\033[0m\n"));
}

static void
test_capture_write (TestCapture *fixture, gconstpointer more)
{
  const OhmRequest write = {
    .unit = 1, .function = 16, .address = 500, .count = 2, .values = { 1, 2 }
  };

  test_capture_tell (fixture, OHM_FRAME_EVENT_SENT, OHM_FRAMING_TCP,
                     ohm_modbus_encode_request (OHM_FRAMING_TCP, &write, 1, fixture->frame));
  test_capture_tell (fixture, OHM_FRAME_EVENT_ANSWER, OHM_FRAMING_TCP,
                     ohm_modbus_encode_reply (OHM_FRAMING_TCP, &write, 1, 0, NULL, fixture->frame));
  test_capture_assert (fixture, "10:15:00.250    1 16   500     2  0.00 ms  written\n",
                       "0.000000 > 10 01f400020400010002\n0.000000 < 10 01f40002\n");
}

static void
test_capture_header (void)
{
  const OhmctlCaptureHeader header = { "umg96rm", "a meter\nin two lines", 3 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *head = ohmctl_capture_line_dup_header ();

  ohmctl_capture_file_begin (text, &header);
  g_assert_true (g_str_has_prefix (text->str, "capture 1\nprofile umg96rm\norigin a meter"));
  g_assert_true (g_str_has_suffix (text->str, "in two lines\nunit 3\n"));
  g_assert_cmpuint (strlen (head), ==, 49);
  for (OhmctlOutcome i = OHMCTL_OUTCOME_VALUES; i <= OHMCTL_OUTCOME_CLOSED; i++)
    g_assert_cmpuint (strlen (ohmctl_outcome_to_string (i)), >, 2);
}

static void
test_capture_frames (void)
{
  const guint8 frame[] = { 0, 1, 0, 0, 0, 3, 9, 0x83, 2 };
  gsize length = 0;

  g_assert_cmpint (ohmctl_frame_get_unit (OHM_FRAMING_TCP, frame, 7), ==, 9);
  g_assert_cmpint (ohmctl_frame_get_unit (OHM_FRAMING_TCP, frame, 6), ==, -1);
  g_assert_cmpint (ohmctl_frame_get_unit (OHM_FRAMING_RTU, frame + 6, 1), ==, 9);
  g_assert_cmpint (ohmctl_frame_get_unit (OHM_FRAMING_RTU, frame, 0), ==, -1);
  g_assert_true (ohmctl_frame_get_pdu (OHM_FRAMING_TCP, frame, 9, &length) == frame + 7);
  g_assert_cmpuint (length, ==, 2);
  g_assert_null (ohmctl_frame_get_pdu (OHM_FRAMING_TCP, frame, 8, &length));
  g_assert_null (ohmctl_frame_get_pdu (OHM_FRAMING_RTU, frame, 4, &length));
}

static guint32
test_capture_get32 (const GByteArray *array, gsize at)
{
  guint32 value;

  memcpy (&value, array->data + at, sizeof value);
  return value;
}

static void
test_capture_pcap (void)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  const guint8 frame[] = { 1, 3, 0, 0, 0, 2, 0xc4, 0x0b };
  OhmFrameEvent event = {
    .time_us = BEGIN_US,
    .kind = OHM_FRAME_EVENT_TIMEOUT,
    .framing = OHM_FRAMING_RTU,
    .length = sizeof frame,
    .bytes = frame,
  };

  ohmctl_pcap_begin (array);
  g_assert_cmpuint (array->len, ==, 24);
  g_assert_cmphex (test_capture_get32 (array, 0), ==, 0xa1b2c3d4);
  g_assert_cmpuint (test_capture_get32 (array, 20), ==, 252);
  ohmctl_pcap_add (array, &event);
  g_assert_cmpuint (array->len, ==, 24); /* no frame was sent */
  event.kind = OHM_FRAME_EVENT_SENT;
  ohmctl_pcap_add (array, &event);
  g_assert_cmpuint (test_capture_get32 (array, 24), ==, BEGIN_US / G_USEC_PER_SEC);
  g_assert_cmpuint (test_capture_get32 (array, 28), ==, 250000);
  g_assert_cmpuint (test_capture_get32 (array, 32), ==, array->len - 40);
  g_assert_cmpstr ((const char *) array->data + 44, ==, "mbrtu");
  g_assert_true (memcmp (array->data + array->len - sizeof frame, frame, sizeof frame) == 0);
}

static void
test_capture_assert_file (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_cmpint (g_file_get_contents (path, &text, /* length */ NULL, /* error */ NULL), ==,
                   expected != NULL);
  g_assert_cmpstr (text, ==, expected);
}

/* A capture that does not begin leaves no file, and one that is there as it was. */
static void
test_capture_out (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("ohm-capture-XXXXXX", &error);
  g_autofree char *path = g_build_filename (dir, "a.pcap", NULL);
  OhmctlCaptureOut out = { NULL };

  g_assert_no_error (error);
  g_assert_true (ohmctl_capture_out_flush (&out));
  g_assert_false (ohmctl_capture_out_open (&out, dir, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED);
  ohmctl_capture_out_clear (&out);
  g_assert_true (ohmctl_capture_out_open (&out, path, NULL));
  ohmctl_capture_out_clear (&out);
  test_capture_assert_file (path, NULL);
  g_assert_true (g_file_set_contents (path, "a good one", -1, NULL));
  g_assert_true (ohmctl_capture_out_open (&out, path, NULL));
  ohmctl_capture_out_clear (&out);
  test_capture_assert_file (path, "a good one");
  g_assert_true (ohmctl_capture_out_open (&out, path, NULL));
  ohmctl_capture_out_begin (&out, "head", 4);
  fputs ("er", out.file);
  g_assert_true (ohmctl_capture_out_flush (&out));
  ohmctl_capture_out_clear (&out);
  test_capture_assert_file (path, "header");
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_capture_add (const char *name, void (*func) (TestCapture *fixture, gconstpointer more))
{
  g_autofree char *path = g_strconcat ("/ohmctl-capture/", name, NULL);

  g_test_add (path, TestCapture, NULL, test_capture_setup, func, test_capture_teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_capture_add ("answers", test_capture_answers);
  test_capture_add ("order", test_capture_order);
  test_capture_add ("faults", test_capture_faults);
  test_capture_add ("without-request", test_capture_without_request);
  test_capture_add ("json", test_capture_json);
  test_capture_add ("width", test_capture_width);
  test_capture_add ("write", test_capture_write);
  g_test_add_func ("/ohmctl-capture/header", test_capture_header);
  g_test_add_func ("/ohmctl-capture/frames", test_capture_frames);
  g_test_add_func ("/ohmctl-capture/pcap", test_capture_pcap);
  g_test_add_func ("/ohmctl-capture/out", test_capture_out);
  return g_test_run ();
}
