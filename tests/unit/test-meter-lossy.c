/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line that loses frames: what the meters on it bring all the same, and in time. */

#include "daemon-fixture.h"

#define N_METERS  8
#define N_SLOTS   32
#define WINDOW_US (60 * OHM_S)
/* Three requests for a slot, four for a survey, and one more for the serial at their end. */
static const char wide[] = "[profile]\n"
                           "id = wide\n"
                           "name = Wide\n"
                           "revision = 1\n"
                           "[limits]\n"
                           "registers = 20\n"
                           "[facts]\n"
                           "serial = 100 u32\n"
                           "firmware = 150 u16\n"
                           "name = 200 text8\n"
                           "model = 250 u16\n"
                           "[registers]\n"
                           "power-active.total = 0 f32\n"
                           "energy-active-import.total = 10 u32 slot\n"
                           "energy-active-export.total = 60 u32 slot\n"
                           "energy-reactive.total = 300 u32 slot\n";

static void
test_lossy_add_meter (OhmSiteFixture *f, guint i, const char *poll)
{
  g_autofree char *id = g_strdup_printf ("m%u", i);
  g_autofree char *more = g_strdup_printf ("type = wide\nunit = %u\npoll = %s", i, poll);

  fixture_site_make_box (f->station, (guint8) i, 1000 + i);
  f->station->units[i].latency_us = 40 * OHM_MS;
  fixture_site_write_meter (f, id, more);
}

static OhmSiteFixture *
test_lossy_new (guint n_meters, const char *poll)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  ohm_test_log_allow ("ohmd", G_LOG_LEVEL_WARNING, "meter 'm?' is *");
  fixture_site_write_profile (f, "wide", wide);
  for (guint i = 1; i <= n_meters; i++)
    test_lossy_add_meter (f, i, poll);
  ohm_site_start (f->site);
  fixture_site_run (f, 20 * OHM_S);
  return f;
}

static void
test_lossy_on_interval (gpointer user_data, const OhmRecord *record)
{
  guint *n_kept = user_data;
  gboolean is_whole = !record->is_gap;

  for (guint i = 0; is_whole && i < ohm_point_set_get_n (record->points); i++)
    is_whole = record->qualities[i] == OHM_QUALITY_GOOD;
  *n_kept += is_whole ? 1 : 0;
}

typedef struct
{
  guint loss; /* of a hundred exchanges */
  double least;
} TestLossyShare;

/* For eight hours, eight meters of which three in ten exchanges get lost keep all their slots; and
 * nearly all where it is half of them, as when each frame gets lost three times in ten. */
static void
test_lossy_slots (gconstpointer data)
{
  const TestLossyShare *share = data;
  OhmDaemonFixture *self = fixture_daemon_new ();
  guint n_kept = 0;

  self->on_interval = test_lossy_on_interval;
  self->user_data = &n_kept;
  ohm_test_log_allow ("ohmd", G_LOG_LEVEL_WARNING, "meter 'm?' is *");
  fixture_site_write_profile (self->f, "wide", wide);
  for (guint i = 1; i <= N_METERS; i++)
    test_lossy_add_meter (self->f, i, "5s");
  fixture_daemon_start (self);
  fixture_site_run (self->f, 20 * OHM_S);
  for (guint i = 1; i <= N_METERS; i++)
    self->f->station->units[i].loss = share->loss;
  for (guint i = 0; i < N_SLOTS; i++)
    fixture_daemon_go_to_slot (self, WINDOW_US + OHM_S);
  fixture_daemon_stop (self);
  g_test_message ("%u %% lost: %u of %d slots kept whole", share->loss, n_kept, N_SLOTS * N_METERS);
  g_assert_cmpfloat (n_kept, >=, share->least * N_SLOTS * N_METERS);
  fixture_daemon_free (self);
}

/* A survey that loses a request goes on where it was when the unit is asked again; it does not
 * begin anew. */
static void
test_lossy_survey (void)
{
  OhmSiteFixture *f = test_lossy_new (1, "1h");
  OhmTestUnit *unit = &f->station->units[1];
  OhmMeterHost *host = fixture_site_host (f, "m1");
  const OhmTestSeen *seen;

  fixture_site_assert_text (f->surveyed, "m1 ");
  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  unit->requests = 0;
  ohm_meter_host_survey (host);
  while (unit->requests < 2)
    fixture_site_run (f, 10 * OHM_MS);
  unit->manner = OHM_TEST_MUTE;
  while (unit->requests < 3)
    fixture_site_run (f, 10 * OHM_MS);
  fixture_site_run (f, 1800 * OHM_MS);
  unit->manner = OHM_TEST_ANSWERS;
  g_assert_false (ohm_meter_host_is_confirmed (host));
  fixture_site_run (f, 3 * OHM_S);
  g_assert_true (ohm_meter_host_is_confirmed (host));
  fixture_site_assert_text (f->surveyed, "m1 ");
  seen = (const OhmTestSeen *) (void *) f->station->log->data;
  g_assert_cmpuint (f->station->log->len, ==, 6);
  g_assert_cmpuint (seen[2].address, ==, seen[3].address);
  g_assert_cmpint (seen[3].mono_us - seen[2].mono_us, >=, 2 * OHM_S);
  fixture_site_assert_state (f, "m1", OHM_STATE_OK, NULL);

  /* asked for anew, what it read before does not count */
  ohm_meter_host_survey (host);
  while (unit->requests < 7)
    fixture_site_run (f, 10 * OHM_MS);
  ohm_meter_host_survey (host);
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (unit->requests, >=, 10);
  fixture_site_assert_text (f->surveyed, "m1 ");
  fixture_site_free (f);
}

/* One that was silent before is not asked more often for that, and behind a new connection a survey
 * begins anew. */
static void
test_lossy_silent (void)
{
  OhmSiteFixture *f = test_lossy_new (1, "1h");
  OhmTestUnit *unit = &f->station->units[1];
  OhmMeterHost *host = fixture_site_host (f, "m1");

  unit->manner = OHM_TEST_MUTE;
  ohm_meter_host_survey (host);
  fixture_site_run (f, 120 * OHM_S);
  fixture_site_assert_state (f, "m1", OHM_STATE_SILENT, "timeout");
  unit->requests = 0;
  fixture_site_run (f, 600 * OHM_S);
  g_assert_cmpuint (unit->requests, <=, 600 / 15);
  unit->manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 60 * OHM_S);
  g_assert_true (ohm_meter_host_is_confirmed (host));

  g_string_truncate (f->surveyed, 0);
  unit->requests = 0;
  ohm_meter_host_survey (host);
  while (unit->requests < 2)
    fixture_site_run (f, 10 * OHM_MS);
  unit->manner = OHM_TEST_MUTE;
  while (unit->requests < 3)
    fixture_site_run (f, 10 * OHM_MS);
  fixture_site_run (f, OHM_S);
  ohm_test_station_hang_up (f->station);
  unit->manner = OHM_TEST_ANSWERS;
  unit->requests = 0;
  fixture_site_run (f, 40 * OHM_S);
  g_assert_cmpuint (unit->requests, >=, 4);
  fixture_site_assert_text (f->surveyed, "m1 ");
  g_assert_true (ohm_meter_host_is_confirmed (host));
  fixture_site_free (f);
}

/* What a slot's first read brought is not asked again with the second. */
static void
test_lossy_rest (void)
{
  OhmSiteFixture *f = test_lossy_new (1, "1h");
  OhmTestUnit *unit = &f->station->units[1];
  const OhmTestSeen *seen;

  f->station->log = g_array_new (FALSE, FALSE, sizeof (OhmTestSeen));
  unit->requests = 0;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + WINDOW_US);
  while (unit->requests < 1)
    fixture_site_run (f, 10 * OHM_MS);
  unit->manner = OHM_TEST_MUTE;
  while (unit->requests < 2)
    fixture_site_run (f, 10 * OHM_MS);
  unit->manner = OHM_TEST_ANSWERS;
  f->station->log->len = 0;
  f->station->units[1].manner = OHM_TEST_MUTE;
  fixture_site_run (f, OHM_S);
  unit->manner = OHM_TEST_ANSWERS;
  fixture_site_run (f, 5 * OHM_S);
  seen = (const OhmTestSeen *) (void *) f->station->log->data;
  g_assert_cmpuint (f->station->log->len, ==, 3);
  g_assert_cmpuint (seen[0].address, ==, 60);
  g_assert_cmpuint (seen[1].address, ==, 300);
  g_assert_cmpuint (seen[2].address, ==, 100);

  /* the next slot is read whole */
  f->station->log->len = 0;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + WINDOW_US);
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (f->station->log->len, ==, 4);
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  static const TestLossyShare shares[] = { { 30, 1 }, { 51, 0.99 } };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/meter-lossy/slots", &shares[0], test_lossy_slots);
  g_test_add_data_func ("/meter-lossy/half-of-them", &shares[1], test_lossy_slots);
  g_test_add_func ("/meter-lossy/survey", test_lossy_survey);
  g_test_add_func ("/meter-lossy/silent", test_lossy_silent);
  g_test_add_func ("/meter-lossy/rest", test_lossy_rest);
  return g_test_run ();
}
