/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-alarms.h"

typedef struct
{
  OhmClock *clock;
  OhmBus *bus;
  OhmAlarms *alarms;
  GObject *owner;
  GString *heard;
} TestAlarmsFixture;

static void
test_alarms_on_alarm (const OhmAlarm *alarm, gpointer owner)
{
  TestAlarmsFixture *f = g_object_get_data (owner, "fixture");
  const char *text = ohm_message_get_argument (alarm->message, "text");

  g_string_append_printf (f->heard, "%" G_GUINT64_FORMAT ":%s:%s%s%s ", alarm->id, alarm->subject,
                          alarm->until_us != 0 ? "-" : "", ohm_message_get_code (alarm->message),
                          text != NULL ? text : "");
}

static void
test_alarms_setup (TestAlarmsFixture *f, gconstpointer data)
{
  f->clock = ohm_clock_new_manual (1000, 0);
  f->bus = ohm_bus_new ();
  f->alarms = ohm_alarms_new (f->bus, f->clock);
  f->owner = g_object_new (G_TYPE_OBJECT, NULL);
  f->heard = g_string_new (NULL);
  g_object_set_data (f->owner, "fixture", f);
  ohm_bus_connect_alarm (f->bus, "test", test_alarms_on_alarm, f->owner);
}

static void
test_alarms_teardown (TestAlarmsFixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->alarms);
  g_object_unref (f->owner);
  g_assert_finalize_object (f->bus);
  g_assert_finalize_object (f->clock);
  g_string_free (f->heard, TRUE);
}

static void
test_alarms_raise (TestAlarmsFixture *f, const char *subject, const char *code, const char *text)
{
  g_autoptr (OhmMessage) message = ohm_message_new (code, text != NULL ? "text" : NULL, text, NULL);

  ohm_alarms_raise (f->alarms, subject, message);
}

static void
test_alarms_assert_heard (TestAlarmsFixture *f, const char *expected)
{
  g_assert_cmpstr (f->heard->str, ==, expected);
  g_string_truncate (f->heard, 0);
}

static const OhmAlarm *
test_alarms_get (TestAlarmsFixture *f, guint index)
{
  return g_ptr_array_index (ohm_alarms_list (f->alarms), index);
}

static void
test_alarms_once (TestAlarmsFixture *f, gconstpointer data)
{
  test_alarms_raise (f, "meters/a", "timeout", NULL);
  test_alarms_raise (f, "meters/a", "timeout", NULL);
  test_alarms_assert_heard (f, "1:meters/a:timeout ");
  ohm_clock_move (f->clock, 2000, 0);
  ohm_alarms_end (f->alarms, "meters/a");
  ohm_alarms_end (f->alarms, "meters/a");
  ohm_alarms_end (f->alarms, "meters/b");
  test_alarms_assert_heard (f, "1:meters/a:-timeout ");
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 1);
  g_assert_cmpint (test_alarms_get (f, 0)->since_us, ==, 1000);
  g_assert_cmpint (test_alarms_get (f, 0)->until_us, ==, 2000);
  /* again: another alarm */
  test_alarms_raise (f, "meters/a", "timeout", NULL);
  test_alarms_assert_heard (f, "2:meters/a:timeout ");
  g_assert_cmpuint (test_alarms_get (f, 0)->id, ==, 2);
  g_assert_cmpuint (test_alarms_get (f, 1)->id, ==, 1);
}

static void
test_alarms_replace (TestAlarmsFixture *f, gconstpointer data)
{
  test_alarms_raise (f, "links/x", "connection-refused", NULL);
  ohm_clock_move (f->clock, 2000, 0);
  test_alarms_raise (f, "links/x", "no-answer", NULL);
  test_alarms_assert_heard (
    f, "1:links/x:connection-refused 1:links/x:-connection-refused 2:links/x:no-answer ");
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 2);
  g_assert_cmpint (test_alarms_get (f, 0)->since_us, ==, 2000);
}

/* The same root cause in other words is no other alarm. */
static void
test_alarms_reword (TestAlarmsFixture *f, gconstpointer data)
{
  test_alarms_raise (f, "links/y", "overloaded", "a");
  test_alarms_raise (f, "links/x", "overloaded", "91 %");
  ohm_clock_move (f->clock, 2000, 0);
  test_alarms_raise (f, "links/x", "overloaded", "95 %");
  test_alarms_assert_heard (
    f, "1:links/y:overloadeda 2:links/x:overloaded91 % 2:links/x:overloaded95 % ");
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 2);
  g_assert_cmpint (test_alarms_get (f, 0)->since_us, ==, 1000);
  ohm_alarms_end (f->alarms, "links/x");
  test_alarms_assert_heard (f, "2:links/x:-overloaded95 % ");
  g_assert_cmpuint (test_alarms_get (f, 0)->id, ==, 1);
}

/* Open ones first, then ended ones, the newest first; of these some hundreds are kept. */
static void
test_alarms_order (TestAlarmsFixture *f, gconstpointer data)
{
  test_alarms_raise (f, "a", "timeout", NULL);
  test_alarms_raise (f, "b", "timeout", NULL);
  test_alarms_raise (f, "c", "timeout", NULL);
  ohm_alarms_end (f->alarms, "b");
  ohm_alarms_end (f->alarms, "a");
  g_assert_cmpstr (test_alarms_get (f, 0)->subject, ==, "c");
  g_assert_cmpstr (test_alarms_get (f, 1)->subject, ==, "a");
  g_assert_cmpstr (test_alarms_get (f, 2)->subject, ==, "b");
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *subject = g_strdup_printf ("m%u", i);

      test_alarms_raise (f, subject, "timeout", NULL);
      ohm_alarms_end (f->alarms, subject);
    }
  g_assert_cmpuint (ohm_alarms_list (f->alarms)->len, ==, 301);
  g_assert_cmpstr (test_alarms_get (f, 0)->subject, ==, "c");
  g_assert_cmpstr (test_alarms_get (f, 1)->subject, ==, "m499");
  g_assert_cmpstr (test_alarms_get (f, 300)->subject, ==, "m200");
}

#define TEST(path, func)                                                                           \
  g_test_add (path, TestAlarmsFixture, NULL, test_alarms_setup, func, test_alarms_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/alarms/once", test_alarms_once);
  TEST ("/alarms/replace", test_alarms_replace);
  TEST ("/alarms/reword", test_alarms_reword);
  TEST ("/alarms/order", test_alarms_order);
  return g_test_run ();
}
