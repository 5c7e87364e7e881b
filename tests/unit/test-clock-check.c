/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fixture-profile.h"
#include "link-fixture.h"

#include "ohm-clock-set.h"

#define READ_AT  4
#define WRITE_AT 20

/* A link, and behind it a device with a clock of whole seconds. */
typedef struct
{
  OhmLinkFixture *link;
  OhmTestUnit *unit;
  OhmWatch *ticks; /* of the device */
  gint64 ahead_us;
  gboolean is_standing;

  OhmProfile *profile;
  OhmClockDevice device;
  OhmClockCheck *check; /* (nullable) */
  OhmClockSet *set;     /* (nullable) */
  guint n_ended;
  OhmClockEstimate estimate;
  GError *error; /* (nullable) */
} Fixture;

static void
test_clock_on_tick (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  Fixture *f = user_data;
  gint64 wall_us = ohm_test_time_wall (f->link->time);

  if (!f->is_standing)
    ohm_test_station_set_u32 (f->link->station, 1, READ_AT,
                              (guint32) ((wall_us + f->ahead_us) / OHM_S));
  ohm_watch_set_deadline (watch, ohm_test_time_mono (f->link->time) + 5 * OHM_MS);
}

static void
test_clock_set_up (Fixture *f, gconstpointer data)
{
  f->link = fixture_link_new (90 * OHM_S);
  f->unit = &f->link->station->units[1];
  f->unit->latency_us = 20 * OHM_MS;
  f->link->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  f->ticks = ohm_watcher_add (f->link->time->watcher, /* fd */ -1, 0, test_clock_on_tick, f);
  f->profile = fixture_profile_new ("[clock]\nread = 4 epoch32\n"
                                    "[write]\nclock = 20 2 1577836800..4294967295\n");
  f->device = (OhmClockDevice){
    .watcher = f->link->time->watcher,
    .link = f->link->link,
    .unit = 1,
    .profile = f->profile,
    .clock = ohm_profile_find_clock (f->profile, NULL),
    .function = 3,
  };
  test_clock_on_tick (f->ticks, 0, f);
  ohm_link_add_unit (f->link->link, 1, NULL, f);
  ohm_test_time_run (f->link->time, 500 * OHM_MS);
}

static void
test_clock_tear_down (Fixture *f, gconstpointer data)
{
  g_clear_pointer (&f->check, ohm_clock_check_free);
  g_clear_pointer (&f->set, ohm_clock_set_free);
  ohm_link_remove_unit (f->link->link, 1, f);
  ohm_watch_remove (f->ticks);
  ohm_profile_unref (f->profile);
  g_clear_error (&f->error);
  fixture_link_free (f->link);
}

static void
test_clock_on_checked (const OhmClockEstimate *estimate, const GError *error, gpointer user_data)
{
  Fixture *f = user_data;

  g_assert_true ((estimate != NULL) != (error != NULL));
  f->n_ended++;
  if (estimate != NULL)
    f->estimate = *estimate;
  else
    f->error = g_error_copy (error);
  /* its owner may let it go at once */
  g_clear_pointer (&f->check, ohm_clock_check_free);
}

static void
test_clock_on_set (const GError *error, gpointer user_data)
{
  Fixture *f = user_data;

  f->n_ended++;
  if (error != NULL)
    f->error = g_error_copy (error);
  g_clear_pointer (&f->set, ohm_clock_set_free);
}

static void
test_clock_run_check (Fixture *f)
{
  f->check = ohm_clock_check_start (&f->device, OHM_PRIORITY_BACKGROUND, test_clock_on_checked, f);
  g_assert_cmpuint (f->n_ended, ==, 0);
  ohm_test_time_run (f->link->time, 8 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 1);
}

static guint32
test_clock_get_written (Fixture *f)
{
  return (guint32) f->unit->registers[WRITE_AT] << 16 | f->unit->registers[WRITE_AT + 1];
}

static void
test_clock_check_offset (Fixture *f, gconstpointer data)
{
  f->ahead_us = *(const gint64 *) data;
  test_clock_run_check (f);
  g_assert_no_error (f->error);
  g_assert_cmpint (ohm_clock_estimate_get_uncertainty_us (&f->estimate), <=, 50 * OHM_MS);
  g_assert_cmpint (ABS (ohm_clock_estimate_get_offset_us (&f->estimate) - f->ahead_us), <=,
                   ohm_clock_estimate_get_uncertainty_us (&f->estimate) + 5 * OHM_MS);
  g_assert_cmpuint (f->link->station->log->len, <=, OHM_CLOCK_CHECK_READS_MAX);
}

static void
test_clock_check_refused (Fixture *f, gconstpointer data)
{
  ohm_test_station_limit (f->link->station, 1);
  ohm_test_station_set_there (f->link->station, 1, READ_AT, READ_AT + 1, FALSE);
  f->is_standing = TRUE;
  test_clock_run_check (f);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_DEVICE);
  g_assert_cmpuint (f->link->station->log->len, ==, 1);
}

static void
test_clock_check_silent (Fixture *f, gconstpointer data)
{
  f->unit->manner = OHM_TEST_MUTE;
  test_clock_run_check (f);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_TIMEOUT);
}

static void
test_clock_check_no_time (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmProfile) profile = fixture_profile_new ("[clock]\nread = 4 epoch32 missing=7\n");
  g_autoptr (OhmMessage) message = NULL;

  f->is_standing = TRUE;
  ohm_test_station_set_u32 (f->link->station, 1, READ_AT, 7);
  f->device.profile = profile;
  f->device.clock = ohm_profile_find_clock (profile, NULL);
  test_clock_run_check (f);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_DEVICE);
  message = ohm_message_new_from_error (f->error);
  g_assert_cmpstr (ohm_message_get_code (message), ==, "clock-no-time");
}

/* Whoever lets it go hears nothing of it. */
static void
test_clock_check_freed (Fixture *f, gconstpointer data)
{
  f->check = ohm_clock_check_start (&f->device, OHM_PRIORITY_OPERATOR, test_clock_on_checked, f);
  ohm_test_time_run (f->link->time, 10 * OHM_MS);
  g_clear_pointer (&f->check, ohm_clock_check_free);
  ohm_test_time_run (f->link->time, 3 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 0);
}

/* The second that is written begins when it arrives. */
static void
test_clock_set_exact (Fixture *f, gconstpointer data)
{
  const OhmTestSeen *seen;
  gint64 arrived_us;

  f->set = ohm_clock_set_start (&f->device, ohm_profile_find_write (f->profile, NULL, "clock"),
                                20 * OHM_MS, test_clock_on_set, f);
  ohm_test_time_run (f->link->time, 2 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->link->station->log->len, ==, 1);
  seen = &g_array_index (f->link->station->log, OhmTestSeen, 0);
  g_assert_cmpuint (seen->function, ==, 16);
  g_assert_cmpuint (seen->address, ==, WRITE_AT);
  g_assert_cmpuint (seen->count, ==, 2);
  arrived_us = seen->wall_us + 10 * OHM_MS;
  g_assert_cmpint (ABS (arrived_us - test_clock_get_written (f) * OHM_S), <=, 2 * OHM_MS);
}

static void
test_clock_set_refused (Fixture *f, gconstpointer data)
{
  f->unit->manner = OHM_TEST_REFUSES;
  f->unit->exception = 2;
  f->set = ohm_clock_set_start (&f->device, ohm_profile_find_write (f->profile, NULL, "clock"), 0,
                                test_clock_on_set, f);
  ohm_test_time_run (f->link->time, 3 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_DEVICE);
}

/* A type that takes other values only: the gate lets nothing through. */
static void
test_clock_set_out_of_range (Fixture *f, gconstpointer data)
{
  const OhmWrite early = {
    .name = "clock", .address = WRITE_AT, .count = 2, .min = 0, .max = 1000
  };

  f->set = ohm_clock_set_start (&f->device, &early, 0, test_clock_on_set, f);
  ohm_test_time_run (f->link->time, 3 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_NOT_SUPPORTED);
  g_assert_cmpuint (f->link->station->log->len, ==, 0);
}

/* A link that is busy past the moment: nothing is sent, for it would be wrong by then. */
static void
test_clock_set_too_late (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmLinkAsk) ask = fixture_ask_new (f->link, "other", 2, OHM_PRIORITY_OPERATOR);

  f->link->station->units[2].latency_us = 10 * OHM_S;
  ask->exchange.timeout_us = 8 * OHM_S;
  ohm_link_add_unit (f->link->link, 2, NULL, ask);
  fixture_ask_submit (ask);
  f->set = ohm_clock_set_start (&f->device, ohm_profile_find_write (f->profile, NULL, "clock"), 0,
                                test_clock_on_set, f);
  ohm_test_time_run (f->link->time, 4 * OHM_S);
  g_assert_cmpuint (f->n_ended, ==, 1);
  g_assert_error (f->error, OHM_ERROR, OHM_ERROR_BUSY);
  ohm_test_time_run (f->link->time, 20 * OHM_S);
  g_assert_cmpuint (test_clock_get_written (f), ==, 0);
  ohm_link_remove_unit (f->link->link, 2, ask);
}

#define TEST(path, data, func)                                                                     \
  g_test_add ("/clock-check/" path, Fixture, data, test_clock_set_up, func, test_clock_tear_down)

int
main (int argc, char **argv)
{
  static const gint64 offsets[] = { 0, 3 * OHM_S + 300 * OHM_MS, -7 * 3600 * OHM_S };

  g_test_init (&argc, &argv, NULL);
  TEST ("right", &offsets[0], test_clock_check_offset);
  TEST ("ahead", &offsets[1], test_clock_check_offset);
  TEST ("behind", &offsets[2], test_clock_check_offset);
  TEST ("refused", NULL, test_clock_check_refused);
  TEST ("silent", NULL, test_clock_check_silent);
  TEST ("no-time", NULL, test_clock_check_no_time);
  TEST ("freed", NULL, test_clock_check_freed);
  TEST ("set/exact", NULL, test_clock_set_exact);
  TEST ("set/refused", NULL, test_clock_set_refused);
  TEST ("set/out-of-range", NULL, test_clock_set_out_of_range);
  TEST ("set/too-late", NULL, test_clock_set_too_late);
  return g_test_run ();
}
