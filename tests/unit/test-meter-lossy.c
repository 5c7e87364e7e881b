/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A line that loses frames: what the meters on it bring all the same, and in time. */

#include "site-fixture.h"

#include "ohm-slot.h"

#define N_METERS  8
#define N_SLOTS   24
#define WINDOW_US (60 * OHM_S)
/* Three requests for a slot, four for a survey. */
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

static guint slot_points;
static guint came[N_METERS + 1]; /* of these, by meter */
static gboolean is_open;

static void
test_lossy_on_reading (gpointer fixture, const OhmReading *reading)
{
  guint meter = (guint) g_ascii_digit_value (ohm_reading_get_meter (reading)[1]);
  guint n;
  const guint8 *qualities = ohm_reading_get_qualities (reading, &n);

  if (!is_open || (ohm_reading_get_class (reading) & OHM_READ_SLOT) == 0)
    return;
  for (guint i = 0; i < n; i++)
    if (qualities[i] == OHM_QUALITY_GOOD)
      came[meter] |= 1u << i;
}

static OhmSiteFixture *
test_lossy_new (guint n_meters, const char *poll)
{
  OhmSiteFixture *f = fixture_site_new (60 * OHM_S);

  ohm_test_log_allow ("ohmd", G_LOG_LEVEL_WARNING, "meter 'm?' is *");
  fixture_site_write_profile (f, "wide", wide);
  for (guint i = 1; i <= n_meters; i++)
    {
      g_autofree char *id = g_strdup_printf ("m%u", i);
      g_autofree char *more = g_strdup_printf ("type = wide\nunit = %u\npoll = %s", i, poll);

      fixture_site_make_box (f->station, (guint8) i, 1000 + i);
      f->station->units[i].latency_us = 40 * OHM_MS;
      fixture_site_write_meter (f, id, more);
    }
  f->on_reading = test_lossy_on_reading;
  ohm_site_start (f->site);
  fixture_site_run (f, 20 * OHM_S);
  return f;
}

/* All values that a slot has, in as many readings as it takes, of a meter that is known to be the
 * right one: without that nothing is recorded (design 3). */
static guint
test_lossy_count_kept (OhmSiteFixture *f)
{
  gint64 wall_us = ohm_test_time_wall (f->time);
  gboolean is_kept[N_METERS + 1] = { FALSE };
  guint n = 0;

  fixture_site_run (f, ohm_slot_after (wall_us) - wall_us);
  memset (came, 0, sizeof came);
  is_open = TRUE;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + WINDOW_US);
  for (guint second = 0; second < 60; second++)
    {
      fixture_site_run (f, OHM_S);
      for (guint i = 1; i <= N_METERS; i++)
        {
          g_autofree char *id = g_strdup_printf ("m%u", i);

          is_kept[i] |= came[i] == slot_points &&
                        ohm_meter_host_is_confirmed (fixture_site_host (f, id));
        }
    }
  is_open = FALSE;
  for (guint i = 1; i <= N_METERS; i++)
    n += is_kept[i] ? 1 : 0;
  return n;
}

/* Eight meters, of which three in ten exchanges get lost,
 * keep all their slots. */
static void
test_lossy_slots (void)
{
  OhmSiteFixture *f = test_lossy_new (N_METERS, "5s");
  guint kept = 0;

  for (guint i = 1; i <= N_METERS; i++)
    f->station->units[i].loss = 30;
  slot_points = 2 | 4 | 8;
  for (guint i = 0; i < N_SLOTS; i++)
    kept += test_lossy_count_kept (f);
  g_test_message ("30 %% lost: %u of %d slots kept", kept, N_SLOTS * N_METERS);
  g_assert_cmpuint (kept, ==, N_SLOTS * N_METERS);
  fixture_site_free (f);
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
  g_assert_cmpuint (f->station->log->len, ==, 5);
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
  g_assert_cmpuint (f->station->log->len, ==, 2);
  g_assert_cmpuint (seen[0].address, ==, 60);
  g_assert_cmpuint (seen[1].address, ==, 300);

  /* the next slot is read whole */
  f->station->log->len = 0;
  ohm_site_read_slots (f->site, ohm_test_time_mono (f->time) + WINDOW_US);
  fixture_site_run (f, 5 * OHM_S);
  g_assert_cmpuint (f->station->log->len, ==, 3);
  fixture_site_free (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter-lossy/slots", test_lossy_slots);
  g_test_add_func ("/meter-lossy/survey", test_lossy_survey);
  g_test_add_func ("/meter-lossy/silent", test_lossy_silent);
  g_test_add_func ("/meter-lossy/rest", test_lossy_rest);
  return g_test_run ();
}
