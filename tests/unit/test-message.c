/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-message.h"

#include <errno.h>
#include <gio/gio.h>

static void
test_message_assert_texts (OhmMessage *message, const char *text, const char *remedy)
{
  g_autofree char *actual_text = ohm_message_dup_text (message);
  g_autofree char *actual_remedy = ohm_message_dup_remedy (message);

  g_assert_cmpstr (actual_text, ==, text);
  g_assert_cmpstr (actual_remedy, ==, remedy);
}

static void
test_message_texts (void)
{
  g_autoptr (OhmMessage) ok = ohm_message_new ("ok", NULL);
  g_autoptr (OhmMessage) timeout = ohm_message_new ("timeout", "unit", "5", NULL);
  g_autoptr (OhmMessage) bare = ohm_message_new ("timeout", "unit", NULL, NULL);
  g_autoptr (OhmMessage) other = ohm_message_new ("wrong-device", "found", "2", "expected", "1",
                                                  NULL);

  test_message_assert_texts (ok, "Everything works.", NULL);
  test_message_assert_texts (timeout, "No answer came in time from unit 5.",
                             "Check that the meter is on and that its unit address is right.");
  test_message_assert_texts (bare, "No answer came in time.",
                             "Check that the meter is on and that its unit address is right.");
  test_message_assert_texts (other, "Another device answers: serial 2 instead of 1.",
                             "If the meter was exchanged, run 'ohmctl meter replace METER'; else "
                             "correct its address. 'ohmctl meter find METER' looks for it.");
}

/* Sent by a newer release. */
static void
test_message_unknown_code (void)
{
  g_autoptr (OhmMessage) bare = ohm_message_new ("hologram", NULL);
  g_autoptr (OhmMessage) full = ohm_message_new ("hologram", "b", "2", "a", "1", NULL);

  g_assert_false (ohm_message_code_is_known ("hologram"));
  g_assert_true (ohm_message_code_is_known ("ok"));
  test_message_assert_texts (bare, "hologram", NULL);
  test_message_assert_texts (full, "hologram (a: 1, b: 2)", NULL);
}

static void
test_message_arguments (void)
{
  g_autoptr (OhmMessage) message = ohm_message_new ("failed", "z", "1", "a", "\xff", NULL);
  g_autoptr (GVariant) arguments = g_variant_ref_sink (ohm_message_get_arguments (message));
  g_autofree char *printed = g_variant_print (arguments, FALSE);
  g_autoptr (OhmMessage) again = ohm_message_new_from_variant (ohm_message_get_code (message),
                                                               arguments);
  g_autoptr (OhmMessage) empty = ohm_message_new_from_variant ("failed", NULL);

  g_assert_cmpstr (printed, ==, "{'a': '\xef\xbf\xbd', 'z': '1'}");
  g_assert_cmpstr (ohm_message_get_argument (message, "z"), ==, "1");
  g_assert_null (ohm_message_get_argument (message, "y"));
  g_assert_true (ohm_message_equal (message, again));
  g_assert_false (ohm_message_equal (message, empty));
}

static void
test_message_equality (void)
{
  g_autoptr (OhmMessage) a = ohm_message_new ("failed", "x", "1", "y", "2", NULL);
  g_autoptr (OhmMessage) b = ohm_message_new ("failed", "y", "2", "x", "1", NULL);
  g_autoptr (OhmMessage) c = ohm_message_new ("failed", "x", "1", "y", "3", NULL);
  g_autoptr (OhmMessage) d = ohm_message_new ("busy", "x", "1", "y", "2", NULL);
  g_autoptr (OhmMessage) copy = g_boxed_copy (OHM_TYPE_MESSAGE, a);

  g_assert_true (ohm_message_equal (a, copy));
  g_assert_true (ohm_message_equal (a, b));
  g_assert_false (ohm_message_equal (a, c));
  g_assert_false (ohm_message_equal (a, d));
  g_assert_false (ohm_message_equal (a, NULL));
  g_assert_true (ohm_message_equal (NULL, NULL));
}

static void
test_message_assert_of_error (const GError *error, const char *code, const char *text)
{
  g_autoptr (OhmMessage) message = ohm_message_new_from_error (error);

  g_assert_cmpstr (ohm_message_get_code (message), ==, code);
  g_assert_cmpstr (ohm_message_get_argument (message, "text"), ==, text);
}

/* The cause goes along with an error, however it is handed on. */
static void
test_message_travels (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;
  g_autoptr (OhmMessage) message = NULL;

  ohm_message_set_error (NULL, OHM_ERROR_LINK, ohm_message_new ("rtu-over-tcp", NULL), "unheard");
  ohm_message_set_error (&error, OHM_ERROR_PROTOCOL,
                         ohm_message_new ("rtu-over-tcp", "peer", "192.0.2.10:502", NULL),
                         "byte %d", 0x1f);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_PROTOCOL);
  g_assert_cmpstr (error->message, ==, "byte 31");
  copy = g_error_copy (error);
  g_clear_error (&error);
  g_prefix_error (&copy, "meter 'main': ");
  g_propagate_error (&error, g_steal_pointer (&copy));
  g_assert_cmpstr (error->message, ==, "meter 'main': byte 31");
  message = ohm_message_new_from_error (error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, "rtu-over-tcp");
  g_assert_cmpstr (ohm_message_get_argument (message, "peer"), ==, "192.0.2.10:502");
}

static void
test_message_of_plain_errors (void)
{
  static const char *const codes[] = { "failed",         "misconfigured",  "profile-refused",
                                       "plugin-refused", "plugin-refused", "not-found",
                                       "exists",         "busy",           "not-supported",
                                       "link-down",      "timeout",        "protocol-error",
                                       "device-refused", "store-failed",   "secret-failed" };

  G_STATIC_ASSERT (G_N_ELEMENTS (codes) == OHM_ERROR_LAST + 1);
  for (int code = 0; code <= OHM_ERROR_LAST + 1; code++)
    {
      const char *expected = code <= OHM_ERROR_LAST ? codes[code] : "failed";
      g_autoptr (GError) error = g_error_new_literal (OHM_ERROR, code, "words");
      g_autoptr (GError) copy = g_error_copy (error);

      g_assert_true (ohm_message_code_is_known (expected));
      test_message_assert_of_error (error, expected, "words");
      test_message_assert_of_error (copy, expected, "words");
    }
}

static void
test_message_of_foreign_errors (void)
{
  static const struct
  {
    int code;
    const char *expected;
  } cases[] = {
    { G_IO_ERROR_CANCELLED, "cancelled" },
    { G_IO_ERROR_TIMED_OUT, "no-answer" },
    { G_IO_ERROR_CONNECTION_REFUSED, "connection-refused" },
    { G_IO_ERROR_CONNECTION_CLOSED, "connection-closed" },
    { G_IO_ERROR_HOST_UNREACHABLE, "no-route" },
    { G_IO_ERROR_NETWORK_UNREACHABLE, "no-route" },
    { G_IO_ERROR_HOST_NOT_FOUND, "host-unknown" },
    { G_IO_ERROR_NO_SPACE, "store-full" },
    { G_IO_ERROR_NOT_FOUND, "not-found" },
    { G_IO_ERROR_EXISTS, "exists" },
    { G_IO_ERROR_NOT_SUPPORTED, "not-supported" },
    { G_IO_ERROR_INVALID_DATA, "failed" },
  };
  g_autoptr (GError) resolver = g_error_new_literal (G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
                                                     "words");
  g_autoptr (GError) other = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_IO, "words");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, cases[i].code, "words");

      g_assert_true (ohm_message_code_is_known (cases[i].expected));
      test_message_assert_of_error (error, cases[i].expected, "words");
    }
  test_message_assert_of_error (resolver, "host-unknown", "words");
  test_message_assert_of_error (other, "failed", "words");
}

static void
test_message_of_errno (void)
{
  static const struct
  {
    int code;
    int error;
    const char *expected;
  } cases[] = {
    { ECONNREFUSED, OHM_ERROR_LINK, "connection-refused" },
    { EHOSTUNREACH, OHM_ERROR_LINK, "no-route" },
    { ENETUNREACH, OHM_ERROR_LINK, "no-route" },
    { ECONNRESET, OHM_ERROR_LINK, "connection-closed" },
    { EPIPE, OHM_ERROR_LINK, "connection-closed" },
    { ETIMEDOUT, OHM_ERROR_TIMEOUT, "no-answer" },
    { EMFILE, OHM_ERROR_LINK, "link-down" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      ohm_message_set_error_errno (&error, "192.0.2.10:502", cases[i].code);
      g_assert_error (error, OHM_ERROR, cases[i].error);
      g_assert_true (g_str_has_prefix (error->message, "192.0.2.10:502: "));
      test_message_assert_of_error (error, cases[i].expected, g_strerror (cases[i].code));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/texts", test_message_texts);
  g_test_add_func ("/message/unknown-code", test_message_unknown_code);
  g_test_add_func ("/message/arguments", test_message_arguments);
  g_test_add_func ("/message/equality", test_message_equality);
  g_test_add_func ("/message/travels", test_message_travels);
  g_test_add_func ("/message/of-plain-errors", test_message_of_plain_errors);
  g_test_add_func ("/message/of-foreign-errors", test_message_of_foreign_errors);
  g_test_add_func ("/message/of-errno", test_message_of_errno);
  return g_test_run ();
}
