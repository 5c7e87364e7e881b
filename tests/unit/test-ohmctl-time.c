/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-connection.h"
#include "ohmctl-json.h"
#include "ohmctl-spec.h"
#include "ohmctl-time.h"

/* 2026-11-22 10:15:00 UTC */
#define NOW (G_GINT64_CONSTANT (1795342500) * G_USEC_PER_SEC)

static void
test_time_assert (const char *text, const char *expected)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  g_autoptr (GError) error = NULL;
  g_autofree char *utc = NULL;
  gint64 us = 0;
  gboolean is_time = ohmctl_time_parse (text, zone, NOW, &us, &error);

  if (expected == NULL)
    {
      g_assert_false (is_time);
      g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
      return;
    }
  g_assert_no_error (error);
  utc = ohmctl_json_format_time (us);
  g_assert_cmpstr (utc, ==, expected);
}

static void
test_time_parse (void)
{
  test_time_assert ("now", "2026-11-22T10:15:00Z");
  test_time_assert ("today", "2026-11-21T23:00:00Z");
  test_time_assert ("yesterday", "2026-11-20T23:00:00Z");
  test_time_assert ("2026-11-22", "2026-11-21T23:00:00Z");
  test_time_assert ("2026-11-22 10:15", "2026-11-22T09:15:00Z");
  test_time_assert ("2026-11-22T10:15", "2026-11-22T09:15:00Z");
  test_time_assert ("2026-11-22 10:15:30.5", "2026-11-22T09:15:30.500Z");
  test_time_assert ("2026-11-22T10:15:00Z", "2026-11-22T10:15:00Z");
  test_time_assert ("2026-11-22T10:15Z", "2026-11-22T10:15:00Z");
  test_time_assert ("2026-11-22T10:15+05:30", "2026-11-22T04:45:00Z");
  test_time_assert ("24h", "2026-11-21T10:15:00Z");
  test_time_assert ("-15min", "2026-11-22T10:00:00Z");
  /* in summer time, and on the day when it ends */
  test_time_assert ("2026-07-01", "2026-06-30T22:00:00Z");
  test_time_assert ("2026-10-25 12:00", "2026-10-25T11:00:00Z");
}

static void
test_time_wrong (void)
{
  static const char *const texts[] = {
    "",           "noon",        "2026-13-01",
    "2026-02-30", "24",          "1969-12-31",
    "tomorrow",   "99999d",      "2026-11-22 25:00",
    "10:15",      "2026-11-22T", "2026-11-22 10:15 and more text"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    test_time_assert (texts[i], NULL);
}

static void
test_time_range (void)
{
  static const OhmctlOption options[] = { OHMCTL_TIME_OPTIONS, { NULL } };
  char *argv[] = { (char[]){ "--from=2026-11-22T10:00:00Z" },
                   (char[]){ "--to=2026-11-22T11:00:00Z" }, (char[]){ "--to=2026-11-22T10:00:00Z" },
                   NULL };
  g_autoptr (OhmctlContext) context = ohmctl_context_new ();
  g_autoptr (OhmctlArgs) args = ohmctl_args_new ();
  g_autoptr (GError) error = NULL;
  gint64 from_us, to_us;
  guint i = 0;

  context->zone = g_time_zone_new_utc ();
  g_assert_true (ohmctl_time_get_range (context, args, &from_us, &to_us, &error));
  g_assert_cmpint (to_us - from_us, ==, G_TIME_SPAN_DAY);
  ohmctl_args_add_table (args, options);
  g_assert_true (ohmctl_args_take_option (args, argv, &i, &error));
  g_assert_true (ohmctl_args_take_option (args, argv, &i, &error));
  g_assert_cmpuint (i, ==, 2);
  g_assert_true (ohmctl_time_get_range (context, args, &from_us, &to_us, &error));
  g_assert_cmpint (to_us - from_us, ==, G_TIME_SPAN_HOUR);
  g_assert_true (ohmctl_args_take_option (args, argv, &i, &error));
  g_assert_false (ohmctl_time_get_range (context, args, &from_us, &to_us, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
}

static void
test_time_exits (void)
{
  static const struct
  {
    int code;
    OhmctlExit exit;
  } ohm[] = {
    { OHM_ERROR_NOT_FOUND, OHMCTL_EXIT_NOT_FOUND }, { OHM_ERROR_TIMEOUT, OHMCTL_EXIT_NO_ANSWER },
    { OHM_ERROR_LINK, OHMCTL_EXIT_NO_ANSWER },      { OHM_ERROR_PROTOCOL, OHMCTL_EXIT_NO_ANSWER },
    { OHM_ERROR_DEVICE, OHMCTL_EXIT_NO_ANSWER },    { OHM_ERROR_CONFIG, OHMCTL_EXIT_FAILED },
    { OHM_ERROR_BUSY, OHMCTL_EXIT_FAILED }
  };
  static const struct
  {
    int code;
    OhmctlExit exit;
  } dbus[] = { { G_DBUS_ERROR_SERVICE_UNKNOWN, OHMCTL_EXIT_NO_DAEMON },
               { G_DBUS_ERROR_NO_REPLY, OHMCTL_EXIT_NO_DAEMON },
               { G_DBUS_ERROR_ACCESS_DENIED, OHMCTL_EXIT_NOT_ALLOWED },
               { G_DBUS_ERROR_UNKNOWN_OBJECT, OHMCTL_EXIT_NOT_FOUND },
               { G_DBUS_ERROR_INVALID_ARGS, OHMCTL_EXIT_FAILED } };
  GError error = { G_IO_ERROR, G_IO_ERROR_TIMED_OUT, (char[]){ "" } };

  g_assert_cmpint (ohmctl_error_get_exit (&error), ==, OHMCTL_EXIT_NO_DAEMON);
  error.code = G_IO_ERROR_NOT_FOUND;
  g_assert_cmpint (ohmctl_error_get_exit (&error), ==, OHMCTL_EXIT_FAILED);
  error.domain = OHMCTL_ERROR;
  error.code = OHMCTL_EXIT_FINDINGS;
  g_assert_cmpint (ohmctl_error_get_exit (&error), ==, OHMCTL_EXIT_FINDINGS);
  error.domain = OHM_ERROR;
  for (guint i = 0; i < G_N_ELEMENTS (ohm); i++)
    {
      error.code = ohm[i].code;
      g_assert_cmpint (ohmctl_error_get_exit (&error), ==, ohm[i].exit);
    }
  error.domain = G_DBUS_ERROR;
  for (guint i = 0; i < G_N_ELEMENTS (dbus); i++)
    {
      error.code = dbus[i].code;
      g_assert_cmpint (ohmctl_error_get_exit (&error), ==, dbus[i].exit);
    }
}

static void
test_time_unknown (void)
{
  static const char *const known[] = { "main", "lift", NULL };
  g_autoptr (GError) near = NULL;
  g_autoptr (GError) far = NULL;

  ohmctl_error_set_unknown (&near, OHMCTL_EXIT_NOT_FOUND, "meter", "mian", known);
  g_assert_error (near, OHMCTL_ERROR, OHMCTL_EXIT_NOT_FOUND);
  g_assert_cmpstr (near->message, ==, "no meter 'mian'; did you mean 'main'?");
  ohmctl_error_set_unknown (&far, OHMCTL_EXIT_USAGE, "verb", "xyz", /* known */ NULL);
  g_assert_cmpstr (far->message, ==, "no verb 'xyz'");
}

static void
test_time_names (void)
{
  g_autofree char *path = ohmctl_connection_dup_path ("links", "192.0.2.10:502");
  g_autofree char *utf8 = ohmctl_connection_dup_path ("meters", "é/..");
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  const char *value = NULL;

  g_assert_cmpstr (path, ==, OHM_DBUS_PATH "/links/192_2e0_2e2_2e10_3a502");
  g_assert_cmpstr (utf8, ==, OHM_DBUS_PATH "/meters/_c3_a9_2f_2e_2e");
  g_assert_true (g_variant_is_object_path (utf8));
  g_assert_true (ohmctl_spec_split (" name =A = B", &key, &value, &error));
  g_assert_cmpstr (key, ==, "name");
  g_assert_cmpstr (value, ==, "A = B");
  g_clear_pointer (&key, g_free);
  g_assert_false (ohmctl_spec_split ("=x", &key, &value, &error));
  g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ohmctl/time/parse", test_time_parse);
  g_test_add_func ("/ohmctl/time/wrong", test_time_wrong);
  g_test_add_func ("/ohmctl/time/range", test_time_range);
  g_test_add_func ("/ohmctl/error/exits", test_time_exits);
  g_test_add_func ("/ohmctl/error/unknown", test_time_unknown);
  g_test_add_func ("/ohmctl/names", test_time_names);
  return g_test_run ();
}
