/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-signals.h"

static void
test_signals_change (void)
{
  g_autoptr (OhmChange) change = ohm_change_new ("main", TRUE);
  g_autoptr (OhmChange) copy = g_boxed_copy (OHM_TYPE_CHANGE, change);

  g_assert_true (copy == change);
  g_assert_cmpstr (change->id, ==, "main");
  g_assert_true (change->is_gone);
}

static void
test_signals_alarm (void)
{
  OhmMessage *message = ohm_message_new ("timeout", NULL);
  g_autoptr (OhmAlarm) alarm = ohm_alarm_new (7, "meters/main", message, 100, 200);
  g_autoptr (OhmAlarm) copy = g_boxed_copy (OHM_TYPE_ALARM, alarm);

  ohm_message_unref (message);
  g_assert_true (copy == alarm);
  g_assert_cmpuint (alarm->id, ==, 7);
  g_assert_cmpstr (alarm->subject, ==, "meters/main");
  g_assert_cmpstr (ohm_message_get_code (alarm->message), ==, "timeout");
  g_assert_cmpint (alarm->since_us, ==, 100);
  g_assert_cmpint (alarm->until_us, ==, 200);
}

static gconstpointer test_signals_heard;

static void
test_signals_on_any (gconstpointer payload, gpointer owner)
{
  test_signals_heard = payload;
}

#define TEST_SIGNALS_CHECK(symbol, text, payload)                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr (ohm_signal_##symbol.name, ==, text);                                          \
    ohm_bus_connect_##symbol (bus, "test", (OhmBusHandler_##symbol) test_signals_on_any, owner);   \
    ohm_bus_post_##symbol (bus, payload);                                                          \
    test_signals_heard = NULL;                                                                     \
    g_main_context_iteration (NULL, FALSE);                                                        \
    g_assert_true (test_signals_heard == payload);                                                 \
  }                                                                                                \
  G_STMT_END

/* Every core signal has its name and hands on what is posted. */
static void
test_signals_core (void)
{
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (OhmPointSet) set = ohm_point_set_intern (NULL, 0);
  g_autoptr (OhmMessage) message = ohm_message_new ("ok", NULL);
  g_autoptr (OhmChange) change = ohm_change_new ("x", FALSE);
  g_autoptr (OhmRecord) record = ohm_record_new ("x", set);
  g_autoptr (OhmAlarm) alarm = ohm_alarm_new (1, "x", message, 0, 0);
  g_autoptr (OhmReading) reading = ohm_reading_builder_end (
    ohm_reading_builder_new ("x", set, OHM_READ_LIVE, 1));

  TEST_SIGNALS_CHECK (reading, "reading", reading);
  TEST_SIGNALS_CHECK (interval, "interval", record);
  TEST_SIGNALS_CHECK (meter_changed, "meter-changed", change);
  TEST_SIGNALS_CHECK (place_changed, "place-changed", change);
  TEST_SIGNALS_CHECK (link_changed, "link-changed", change);
  TEST_SIGNALS_CHECK (plugin_changed, "plugin-changed", change);
  TEST_SIGNALS_CHECK (profile_changed, "profile-changed", change);
  TEST_SIGNALS_CHECK (meter_found, "meter-found", change);
  TEST_SIGNALS_CHECK (uplink_changed, "uplink-changed", change);
  TEST_SIGNALS_CHECK (alarm, "alarm", alarm);
  TEST_SIGNALS_CHECK (config_reloaded, "config-reloaded", change);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signals/change", test_signals_change);
  g_test_add_func ("/signals/alarm", test_signals_alarm);
  g_test_add_func ("/signals/core", test_signals_core);
  return g_test_run ();
}
