/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-transport.h"

/* A subclass that writes down what it is asked. */
#define TEST_TYPE_FAKE_TRANSPORT (test_fake_transport_get_type ())
G_DECLARE_FINAL_TYPE (TestFakeTransport, test_fake_transport, TEST, FAKE_TRANSPORT, OhmTransport)

struct _TestFakeTransport
{
  OhmTransport parent_instance;

  GString *calls;
  OhmModbusQuirks quirks;
};

G_DEFINE_FINAL_TYPE (TestFakeTransport, test_fake_transport, OHM_TYPE_TRANSPORT)

static const OhmSettingSpec test_fake_transport_settings[] = {
  { "host", OHM_SETTING_STRING, 0, 0, "nowhere", NULL, "host", FALSE },
  { NULL },
};

static void
test_fake_transport_open (OhmTransport *transport,
                          gint64 deadline_us,
                          OhmTransportOpened done,
                          gpointer user_data)
{
  g_string_append_printf (TEST_FAKE_TRANSPORT (transport)->calls, "open %" G_GINT64_FORMAT ";",
                          deadline_us);
  ohm_transport_set_open (transport, TRUE);
  done (transport, NULL, user_data);
}

static void
test_fake_transport_exchange (OhmTransport *transport,
                              const OhmRequest *request,
                              const OhmTransportOptions *options,
                              gint64 deadline_us,
                              OhmExchangeDone done,
                              gpointer user_data)
{
  const OhmReply reply = { .unit = request->unit };

  g_string_append_printf (TEST_FAKE_TRANSPORT (transport)->calls, "exchange %" G_GINT64_FORMAT ";",
                          deadline_us);
  TEST_FAKE_TRANSPORT (transport)->quirks = options->quirks;
  done (transport, &reply, NULL, user_data);
}

static void
test_fake_transport_cancel (OhmTransport *transport)
{
  g_string_append (TEST_FAKE_TRANSPORT (transport)->calls, "cancel;");
}

static void
test_fake_transport_close (OhmTransport *transport)
{
  g_string_append (TEST_FAKE_TRANSPORT (transport)->calls, "close;");
}

static gint64
test_fake_transport_get_line_us (OhmTransport *transport, const OhmRequest *request)
{
  return 100 * request->count;
}

static guint
test_fake_transport_get_baud (OhmTransport *transport)
{
  return 9600;
}

static void
test_fake_transport_finalize (GObject *object)
{
  g_string_free (TEST_FAKE_TRANSPORT (object)->calls, TRUE);

  G_OBJECT_CLASS (test_fake_transport_parent_class)->finalize (object);
}

static void
test_fake_transport_class_init (TestFakeTransportClass *klass)
{
  OhmTransportClass *transport_class = OHM_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_fake_transport_finalize;
  transport_class->settings_table = test_fake_transport_settings;
  transport_class->open = test_fake_transport_open;
  transport_class->exchange = test_fake_transport_exchange;
  transport_class->cancel = test_fake_transport_cancel;
  transport_class->close = test_fake_transport_close;
  transport_class->get_line_us = test_fake_transport_get_line_us;
  transport_class->get_baud = test_fake_transport_get_baud;
}

static void
test_fake_transport_init (TestFakeTransport *self)
{
  self->calls = g_string_new (NULL);
}

/* One that only listens has neither exchange nor line. */
#define TEST_TYPE_MUTE_TRANSPORT (test_mute_transport_get_type ())
G_DECLARE_FINAL_TYPE (TestMuteTransport, test_mute_transport, TEST, MUTE_TRANSPORT, OhmTransport)

struct _TestMuteTransport
{
  OhmTransport parent_instance;
};

G_DEFINE_FINAL_TYPE (TestMuteTransport, test_mute_transport, OHM_TYPE_TRANSPORT)

static void
test_mute_transport_close (OhmTransport *transport)
{
}

static void
test_mute_transport_class_init (TestMuteTransportClass *klass)
{
  OHM_TRANSPORT_CLASS (klass)->close = test_mute_transport_close;
}

static void
test_mute_transport_init (TestMuteTransport *self)
{
}

typedef struct
{
  OhmTransport *transport;
  OhmSettings *settings;
  OhmWatcher *watcher;
  GString *heard;
} TestTransport;

static TestTransport
test_transport_new (GType type)
{
  const OhmSettingSpec *tables[] = { test_fake_transport_settings, NULL };
  g_autoptr (OhmClock) clock = ohm_clock_new_manual (0, 0);
  TestTransport test;

  test.settings = ohm_settings_new (NULL, "link", tables, NULL);
  test.watcher = ohm_watcher_new (clock, NULL);
  test.transport = ohm_transport_new (type, test.settings, test.watcher);
  test.heard = g_string_new (NULL);
  return test;
}

static void
test_transport_clear (TestTransport *test)
{
  if (test->transport != NULL)
    g_assert_finalize_object (test->transport);
  g_assert_finalize_object (test->watcher);
  ohm_settings_unref (test->settings);
  g_string_free (test->heard, TRUE);
}

static void
test_transport_on_opened (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_string_append (((TestTransport *) user_data)->heard, "opened;");
}

static void
test_transport_on_done (OhmTransport *transport,
                        const OhmReply *reply,
                        const GError *error,
                        gpointer user_data)
{
  g_string_append_printf (((TestTransport *) user_data)->heard, "done %u;", reply->unit);
}

static void
test_transport_on_pushed (OhmTransport *transport, const OhmReply *reply, gpointer user_data)
{
  g_string_append_printf (((TestTransport *) user_data)->heard, "pushed %u %u %" G_GSIZE_FORMAT ";",
                          reply->unit, reply->function, reply->length);
}

static void
test_transport_on_closed (OhmTransport *transport, const GError *error, gpointer user_data)
{
  g_assert_false (ohm_transport_is_open (transport));
  g_string_append_printf (((TestTransport *) user_data)->heard, "closed %s;", error->message);
}

static void
test_transport_properties (void)
{
  TestTransport test = test_transport_new (TEST_TYPE_FAKE_TRANSPORT);
  g_autoptr (OhmSettings) settings = NULL;
  g_autoptr (OhmWatcher) watcher = NULL;

  g_assert_true (ohm_transport_get_settings (test.transport) == test.settings);
  g_assert_true (ohm_transport_get_watcher (test.transport) == test.watcher);
  g_object_get (test.transport, "settings", &settings, "watcher", &watcher, NULL);
  g_assert_true (settings == test.settings);
  g_assert_true (watcher == test.watcher);
  g_clear_object (&watcher);
  g_assert_false (ohm_transport_is_open (test.transport));
  test_transport_clear (&test);
}

static void
test_transport_calls (void)
{
  TestTransport test = test_transport_new (TEST_TYPE_FAKE_TRANSPORT);
  TestFakeTransport *fake = TEST_FAKE_TRANSPORT (test.transport);
  const OhmRequest request = { .unit = 7, .function = 3, .count = 2 };
  const OhmTransportOptions options = { .quirks = OHM_MODBUS_ANY_UNIT };

  ohm_transport_open (test.transport, 50, test_transport_on_opened, &test);
  g_assert_true (ohm_transport_is_open (test.transport));
  g_assert_cmpuint (ohm_transport_get_counters (test.transport)->connects, ==, 1);
  ohm_transport_exchange (test.transport, &request, &options, 60, test_transport_on_done, &test);
  g_assert_cmpuint (fake->quirks, ==, OHM_MODBUS_ANY_UNIT);
  ohm_transport_exchange (test.transport, &request,
                          /* options */ NULL, 70, test_transport_on_done, &test);
  g_assert_cmpuint (fake->quirks, ==, OHM_MODBUS_STRICT);
  ohm_transport_cancel (test.transport);
  ohm_transport_close (test.transport);
  g_assert_false (ohm_transport_is_open (test.transport));
  g_assert_cmpstr (fake->calls->str, ==, "open 50;exchange 60;exchange 70;cancel;close;");
  g_assert_cmpstr (test.heard->str, ==, "opened;done 7;done 7;");
  g_assert_cmpint (ohm_transport_get_line_us (test.transport, &request), ==, 200);
  g_assert_cmpuint (ohm_transport_get_baud (test.transport), ==, 9600);
  test_transport_clear (&test);
}

static void
test_transport_handlers (void)
{
  TestTransport test = test_transport_new (TEST_TYPE_FAKE_TRANSPORT);
  const OhmReply telegram = { .unit = 9, .function = 3, .length = 4 };
  g_autoptr (GError) error = g_error_new_literal (OHM_ERROR, OHM_ERROR_LINK, "cut");

  ohm_transport_push (test.transport, 3, &telegram); /* nobody hears */
  ohm_transport_report_closed (test.transport, error);
  ohm_transport_set_handlers (test.transport, test_transport_on_pushed, test_transport_on_closed,
                              &test);
  ohm_transport_set_open (test.transport, TRUE);
  ohm_transport_set_open (test.transport, TRUE);
  ohm_transport_push (test.transport, 3, &telegram);
  ohm_transport_report_closed (test.transport, error);
  g_assert_cmpstr (test.heard->str, ==, "pushed 3 0 4;closed cut;");
  g_assert_cmpuint (ohm_transport_get_counters (test.transport)->connects, ==, 1);
  g_assert_cmpuint (ohm_transport_get_counters (test.transport)->replies, ==, 2);
  test_transport_clear (&test);
}

static void
test_transport_on_tap (OhmTransport *transport, const OhmFrameEvent *event, gpointer user_data)
{
  g_string_append_printf (((TestTransport *) user_data)->heard,
                          "%u %u %" G_GSIZE_FORMAT " at %" G_GINT64_FORMAT ";", event->kind,
                          event->framing, event->length, event->time_us);
}

static void
test_transport_taps (void)
{
  TestTransport test = test_transport_new (TEST_TYPE_FAKE_TRANSPORT);
  OhmClock *clock = ohm_watcher_get_clock (test.watcher);
  const guint8 frame[2000] = { 1, 3 };

  ohm_transport_tap (test.transport, OHM_FRAME_EVENT_SENT, OHM_FRAMING_RTU, frame, 8);
  ohm_transport_set_tap (test.transport, test_transport_on_tap, &test);
  ohm_transport_set_open (test.transport, TRUE);
  ohm_transport_set_open (test.transport, TRUE);
  ohm_clock_move (clock, 70, 7);
  ohm_transport_tap (test.transport, OHM_FRAME_EVENT_SENT, OHM_FRAMING_RTU, frame, 8);
  ohm_transport_tap (test.transport, OHM_FRAME_EVENT_BROKEN, OHM_FRAMING_TCP, frame, 2000);
  ohm_transport_close (test.transport);
  ohm_transport_close (test.transport);
  ohm_transport_set_tap (test.transport, NULL, NULL);
  ohm_transport_tap (test.transport, OHM_FRAME_EVENT_ANSWER, OHM_FRAMING_RTU, frame, 8);
  g_assert_cmpstr (test.heard->str, ==, "0 0 0 at 0;2 1 8 at 70;5 0 1024 at 70;1 0 0 at 70;");
  test_transport_clear (&test);
}

static void
test_transport_defaults (void)
{
  TestTransport test = test_transport_new (TEST_TYPE_MUTE_TRANSPORT);
  const OhmRequest request = { .unit = 7, .function = 3, .count = 2 };

  g_assert_cmpint (ohm_transport_get_line_us (test.transport, &request), ==, 0);
  g_assert_cmpuint (ohm_transport_get_baud (test.transport), ==, 0);
  ohm_transport_cancel (test.transport);
  test_transport_clear (&test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/properties", test_transport_properties);
  g_test_add_func ("/transport/calls", test_transport_calls);
  g_test_add_func ("/transport/handlers", test_transport_handlers);
  g_test_add_func ("/transport/taps", test_transport_taps);
  g_test_add_func ("/transport/defaults", test_transport_defaults);
  return g_test_run ();
}
