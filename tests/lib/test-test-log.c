/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-log.h"

#include <locale.h>

/* Runs the current test case in a process of its own; TRUE in that process. */
static gboolean
test_log_in_child (void)
{
  if (g_test_subprocess ())
    return TRUE;
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  return FALSE;
}

/* Logs as code without G_LOG_USE_STRUCTURED does: libraries of others. */
static void
test_log_warn_plainly (const char *message)
{
  g_log ("other", G_LOG_LEVEL_WARNING, "%s", message);
}

static void
test_log_expected_structured (void)
{
  ohm_test_log_expect (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "meter * is silent");
  ohm_test_log_expect (NULL, G_LOG_LEVEL_CRITICAL, "boom");
  g_assert_cmpuint (ohm_test_log_n_expected (), ==, 2);
  g_critical ("boom");
  g_warning ("meter '%s' is silent", "main");
  g_assert_cmpuint (ohm_test_log_n_expected (), ==, 0);
  ohm_test_log_assert_expected ();
}

static void
test_log_expected_plain (void)
{
  ohm_test_log_expect ("other", G_LOG_LEVEL_WARNING, "plain");
  test_log_warn_plainly ("plain");
  g_assert_cmpuint (ohm_test_log_n_expected (), ==, 0);
}

static void
test_log_expected_programmer_error (void)
{
  ohm_test_log_expect ("GLib", G_LOG_LEVEL_CRITICAL, "*assertion*failed*");
  g_assert_null (g_strsplit (NULL, ",", 0));
}

static void
test_log_expected_debug (void)
{
  ohm_test_log_expect (G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG, "detail");
  g_debug ("detail");
  g_debug ("other detail");
}

static gpointer
test_log_warn_in_thread (gpointer data)
{
  g_warning ("from a thread");
  return NULL;
}

static void
test_log_expected_in_thread (void)
{
  GThread *thread = NULL;

  ohm_test_log_expect (G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "from a thread");
  thread = g_thread_new ("warner", test_log_warn_in_thread, /* data */ NULL);
  g_thread_join (thread);
}

static void
test_log_message_passes (void)
{
  if (test_log_in_child ())
    {
      g_message ("for people");
      return;
    }
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*for people*");
}

static void
test_log_unexpected_structured (void)
{
  if (test_log_in_child ())
    {
      g_warning ("surprise");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*test-test-log.c*unexpected warning: surprise*");
}

static void
test_log_unexpected_plain (void)
{
  if (test_log_in_child ())
    {
      test_log_warn_plainly ("surprise");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*unexpected warning: surprise*");
}

static void
test_log_unexpected_critical (void)
{
  if (test_log_in_child ())
    {
      g_critical ("surprise");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*unexpected critical: surprise*");
}

static void
test_log_second_of_one_expected (void)
{
  if (test_log_in_child ())
    {
      ohm_test_log_expect (NULL, G_LOG_LEVEL_WARNING, "twice");
      g_warning ("twice");
      g_warning ("twice");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*unexpected warning: twice*");
}

static void
test_log_other_domain_or_level (void)
{
  if (test_log_in_child ())
    {
      ohm_test_log_expect ("other", G_LOG_LEVEL_WARNING, "mine");
      ohm_test_log_expect (G_LOG_DOMAIN, G_LOG_LEVEL_CRITICAL, "mine");
      g_warning ("mine");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*unexpected warning: mine*");
}

static void
test_log_never_came (void)
{
  if (test_log_in_child ())
    {
      ohm_test_log_expect (NULL, G_LOG_LEVEL_WARNING, "godot");
      return;
    }
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*expected message never came: godot*");
}

static void
test_log_locale (void)
{
  const char *wanted = g_getenv ("LC_ALL");

  if (wanted == NULL || !g_str_has_prefix (wanted, "de_DE"))
    {
      g_test_skip ("no comma-decimal locale is set");
      return;
    }
  g_assert_cmpstr (localeconv ()->decimal_point, ==, ",");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/test-log/expected/structured", test_log_expected_structured);
  g_test_add_func ("/test-log/expected/plain", test_log_expected_plain);
  g_test_add_func ("/test-log/expected/programmer-error", test_log_expected_programmer_error);
  g_test_add_func ("/test-log/expected/debug", test_log_expected_debug);
  g_test_add_func ("/test-log/expected/in-thread", test_log_expected_in_thread);
  g_test_add_func ("/test-log/message-passes", test_log_message_passes);
  g_test_add_func ("/test-log/unexpected/structured", test_log_unexpected_structured);
  g_test_add_func ("/test-log/unexpected/plain", test_log_unexpected_plain);
  g_test_add_func ("/test-log/unexpected/critical", test_log_unexpected_critical);
  g_test_add_func ("/test-log/unexpected/second-of-one", test_log_second_of_one_expected);
  g_test_add_func ("/test-log/unexpected/other-domain-or-level", test_log_other_domain_or_level);
  g_test_add_func ("/test-log/never-came", test_log_never_came);
  g_test_add_func ("/test-log/locale", test_log_locale);
  return g_test_run ();
}
