/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-state.h"

static void
test_state_names (void)
{
  static const struct
  {
    OhmStateCode code;
    const char *name;
    gboolean is_bad;
  } rows[] = {
    { OHM_STATE_STARTING, "starting", FALSE },
    { OHM_STATE_OK, "ok", FALSE },
    { OHM_STATE_PARTIAL, "partial", TRUE },
    { OHM_STATE_SILENT, "silent", TRUE },
    { OHM_STATE_UNREACHABLE, "unreachable", TRUE },
    { OHM_STATE_WRONG_DEVICE, "wrong-device", TRUE },
    { OHM_STATE_MISCONFIGURED, "misconfigured", TRUE },
    { OHM_STATE_DISABLED, "disabled", FALSE },
    { OHM_STATE_CONNECTING, "connecting", FALSE },
    { OHM_STATE_UP, "up", FALSE },
    { OHM_STATE_OVERLOADED, "overloaded", TRUE },
    { OHM_STATE_DOWN, "down", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_cmpstr (ohm_state_to_string (rows[i].code), ==, rows[i].name);
      g_assert_cmpint (ohm_state_is_bad (rows[i].code), ==, rows[i].is_bad);
    }
  g_assert_cmpstr (ohm_state_to_string ((OhmStateCode) 99), ==, "unknown");
}

static void
test_state_set (void)
{
  g_autoptr (OhmMessage) one = ohm_message_new ("timeout", "unit", "1", NULL);
  g_autoptr (OhmMessage) same = ohm_message_new ("timeout", "unit", "1", NULL);
  g_autoptr (OhmMessage) two = ohm_message_new ("timeout", "unit", "2", NULL);
  OhmState state = { 0 };

  /* the first time is since when, though the code is that of zeros */
  g_assert_false (ohm_state_set (&state, OHM_STATE_STARTING, NULL, 100));
  g_assert_cmpint (state.since_us, ==, 100);
  g_assert_true (ohm_state_set (&state, OHM_STATE_SILENT, one, 200));
  g_assert_cmpint (state.since_us, ==, 200);
  g_assert_true (state.cause == one);
  g_assert_false (ohm_state_set (&state, OHM_STATE_SILENT, same, 300));
  g_assert_cmpint (state.since_us, ==, 200);
  /* another cause is news, but it is not silent since then */
  g_assert_true (ohm_state_set (&state, OHM_STATE_SILENT, two, 400));
  g_assert_cmpint (state.since_us, ==, 200);
  g_assert_true (ohm_state_set (&state, OHM_STATE_SILENT, NULL, 500));
  g_assert_null (state.cause);
  g_assert_true (ohm_state_set (&state, OHM_STATE_OK, NULL, 600));
  g_assert_cmpint (state.since_us, ==, 600);
  g_assert_false (ohm_state_set (&state, OHM_STATE_OK, NULL, 700));

  /* setting a state to its own cause */
  g_assert_true (ohm_state_set (&state, OHM_STATE_DOWN, one, 800));
  g_assert_true (ohm_state_set (&state, OHM_STATE_SILENT, state.cause, 900));
  g_assert_cmpstr (ohm_message_get_argument (state.cause, "unit"), ==, "1");
  ohm_state_clear (&state);
  g_assert_null (state.cause);
  ohm_state_clear (&state);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/state/names", test_state_names);
  g_test_add_func ("/state/set", test_state_set);
  return g_test_run ();
}
