/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Meters that change places at the worst moments, and what of it reaches the store. */

#include "daemon-fixture.h"

#define N_METERS 8
#define N_SLOTS  48
#define MILLION  1000000

/* Each counter is a request of its own, as is each fact. */
static const char apart[] = "[profile]\n"
                            "id = apart\n"
                            "name = Apart\n"
                            "revision = 1\n"
                            "[limits]\n"
                            "registers = 20\n"
                            "[facts]\n"
                            "serial = 100 u32\n"
                            "firmware = 150 u16\n"
                            "model = 250 u16\n"
                            "[registers]\n"
                            "power-active.total = 0 f32\n"
                            "energy-active-import.total = 10 u32 slot\n"
                            "energy-active-export.total = 60 u32 slot\n";

static GString *records; /* "place slot:import/export " as they came, slots from 10:00 on */

static void
test_swap_on_interval (gpointer user_data, const OhmRecord *record)
{
  gboolean is_whole = record->is_gap || record->qualities[1] == OHM_QUALITY_GOOD;
  gint64 slot = (record->slot_us - OHM_TEST_WALL_US) / OHM_SLOT_US;

  /* gaps are told again when they end */
  if (record->is_gap && record->read_us != 0)
    return;
  if (record->is_gap)
    g_string_append_printf (records, "%s %d:%s ", record->place, (int) slot,
                            ohm_gap_cause_to_string (record->cause));
  else
    g_string_append_printf (records, "%s %d:%d/%d ", record->place, (int) slot,
                            (int) record->cells[0].integer,
                            is_whole ? (int) record->cells[1].integer : -1);
}

/* The device with this serial and these counters is at the unit from now on. */
static void
test_swap_place (OhmDaemonFixture *self,
                 guint8 unit,
                 guint32 serial,
                 guint32 import,
                 guint32 export)
{
  OhmTestStation *station = self->f->station;

  ohm_test_station_set_f32 (station, unit, 0, 1000);
  ohm_test_station_set_u32 (station, unit, 10, import);
  ohm_test_station_set_u32 (station, unit, 60, export);
  ohm_test_station_set_u32 (station, unit, 100, serial);
  ohm_test_station_set_u16 (station, unit, 150, 7);
  ohm_test_station_set_u16 (station, unit, 250, 9);
}

/* Meters m1, m2 with units, serials and counters of their own, at work. */
static OhmDaemonFixture *
test_swap_new (guint n_meters, const char *poll)
{
  OhmDaemonFixture *self = fixture_daemon_new ();

  records = g_string_new (NULL);
  self->on_interval = test_swap_on_interval;
  ohm_test_log_allow ("ohmd", G_LOG_LEVEL_WARNING, "meter 'm?' is *");
  fixture_site_write_profile (self->f, "apart", apart);
  for (guint i = 1; i <= n_meters; i++)
    {
      g_autofree char *id = g_strdup_printf ("m%u", i);
      g_autofree char *more = g_strdup_printf ("type = apart\nunit = %u\npoll = %s", i, poll);

      test_swap_place (self, (guint8) i, i, 1000 * i, 1000 * i + 1);
      fixture_site_write_meter (self->f, id, more);
    }
  fixture_daemon_start (self);
  fixture_site_run (self->f, 20 * OHM_S);
  return self;
}

/* Ends it, and tells what was recorded. */
static void
test_swap_free (OhmDaemonFixture *self, const char *expected)
{
  fixture_daemon_stop (self);
  g_assert_cmpstr (records->str, ==, expected);
  fixture_daemon_free (self);
  g_string_free (records, TRUE);
}

/* Until @unit has been asked @n times more. */
static void
test_swap_wait_for (OhmDaemonFixture *self, guint8 unit, guint n)
{
  guint64 until = self->f->station->units[unit].requests + n;

  while (self->f->station->units[unit].requests < until)
    fixture_site_run (self->f, OHM_MS);
}

static void
test_swap_none (void)
{
  OhmDaemonFixture *self = test_swap_new (2, "5s");

  fixture_daemon_go_to_slot (self, 5 * OHM_S);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/1001 m2 1:2000/2001 m1 2:1000/1001 m2 2:2000/2001 ");
}

/* Nothing got lost, nothing fell: only the serial tells. */
static void
test_swap_before_slot (void)
{
  OhmDaemonFixture *self = test_swap_new (1, "5s");

  fixture_daemon_go_to_slot (self, 5 * OHM_S);
  fixture_site_run (self->f, 800 * OHM_S);
  test_swap_place (self, 1, 9, 5000, 5001);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  fixture_site_assert_state (self->f, "m1", OHM_STATE_WRONG_DEVICE, "wrong-device");
  /* it is back: nothing of the other one is left */
  test_swap_place (self, 1, 1, 1002, 1003);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/1001 m1 2:wrong-device m1 3:1002/1003 ");
}

/* One counter is of one device, the next of another one. */
static void
test_swap_between_reads (void)
{
  OhmDaemonFixture *self = test_swap_new (1, "1h");

  fixture_daemon_go_to_slot (self, 5 * OHM_S);
  fixture_daemon_go_to_slot (self, -10 * OHM_MS);
  test_swap_wait_for (self, 1, 2);
  test_swap_place (self, 1, 9, 5000, 5001);
  fixture_site_run (self->f, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/1001 m1 2:wrong-device ");
}

/* The same, and it is back while the slot can still be read. */
static void
test_swap_and_back (void)
{
  OhmDaemonFixture *self = test_swap_new (1, "5s");

  fixture_daemon_go_to_slot (self, 5 * OHM_S);
  fixture_daemon_go_to_slot (self, -10 * OHM_MS);
  test_swap_place (self, 1, 9, 5000, 5001);
  fixture_site_run (self->f, 20 * OHM_S);
  fixture_site_assert_state (self->f, "m1", OHM_STATE_WRONG_DEVICE, "wrong-device");
  test_swap_place (self, 1, 1, 1002, 1003);
  fixture_site_run (self->f, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/1001 m1 2:1002/1003 ");
}

/* The counter that rises is read long before the one that falls. */
static void
test_swap_pair (void)
{
  OhmDaemonFixture *self = test_swap_new (2, "5s");

  self->f->station->units[2].latency_us = 900 * OHM_MS;
  fixture_daemon_go_to_slot (self, 20 * OHM_S);
  fixture_site_run (self->f, 600 * OHM_S);
  test_swap_place (self, 1, 2, 2002, 2003);
  test_swap_place (self, 2, 1, 1002, 1003);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/1001 m2 1:2000/2001 m2 2:2002/2003 m1 2:1002/1003 ");
}

/* A survey that was interrupted has read the serial of one device, and the rest of another one. */
static void
test_swap_survey (void)
{
  OhmDaemonFixture *self = test_swap_new (1, "1h");
  OhmTestUnit *unit = &self->f->station->units[1];
  OhmMeterHost *host = fixture_site_host (self->f, "m1");

  g_assert_true (ohm_meter_host_is_confirmed (host));
  ohm_meter_host_survey (host);
  test_swap_wait_for (self, 1, 2);
  unit->manner = OHM_TEST_MUTE;
  test_swap_wait_for (self, 1, 1);
  fixture_site_run (self->f, OHM_S);
  test_swap_place (self, 1, 9, 5000, 5001);
  unit->manner = OHM_TEST_ANSWERS;
  for (guint i = 0; i < 600; i++)
    {
      fixture_site_run (self->f, 100 * OHM_MS);
      g_assert_false (ohm_meter_host_is_confirmed (host));
    }
  fixture_site_assert_state (self->f, "m1", OHM_STATE_WRONG_DEVICE, "wrong-device");
  test_swap_free (self, "");
}

/* What came is recorded, and proved, though the rest of it never comes. */
static void
test_swap_half (void)
{
  OhmDaemonFixture *self = test_swap_new (1, "1h");

  ohm_test_station_set_there (self->f->station, 1, 60, 61, FALSE);
  self->f->station->units[1].is_deaf_to_unknown = TRUE;
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_swap_free (self, "m1 1:1000/-1 ");
}

static guint n_wrong;
static guint n_right;

static void
test_swap_on_some_interval (gpointer user_data, const OhmRecord *record)
{
  gint64 meter = g_ascii_digit_value (record->place[1]);

  for (guint i = 0; !record->is_gap && i < ohm_point_set_get_n (record->points); i++)
    n_wrong += record->cells[i].integer / MILLION == meter ? 0 : 1;
  n_right += record->is_gap ? 0 : 1;
}

/* Each device counts seconds. */
static void
test_swap_count (OhmDaemonFixture *self, const guint *serials)
{
  gint64 now_us = ohm_test_time_mono (self->f->time);

  for (guint8 unit = 1; unit <= N_METERS; unit++)
    test_swap_place (self, unit, serials[unit], serials[unit] * MILLION + (guint) (now_us / OHM_S),
                     serials[unit] * MILLION);
}

/* Meters of which three in ten exchanges get lost change places for hours, at any moment of a
 * slot's window. */
static void
test_swap_lossy (void)
{
  OhmDaemonFixture *self = test_swap_new (N_METERS, "5s");
  guint serials[N_METERS + 1] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };

  n_wrong = n_right = 0;
  self->on_interval = test_swap_on_some_interval;
  for (guint i = 1; i <= N_METERS; i++)
    self->f->station->units[i].loss = 30;
  for (guint slot = 0; slot < N_SLOTS; slot++)
    {
      guint a = 1 + slot % N_METERS;
      guint b = 1 + (slot + 1 + slot / N_METERS % (N_METERS - 1)) % N_METERS;
      guint serial = serials[a];

      fixture_daemon_go_to_slot (self, slot % 2 == 0 ? 137 * (gint64) slot * OHM_MS : 70 * OHM_S);
      if (slot % 4 == 0)
        {
          serials[a] = serials[b];
          serials[b] = serial;
        }
      test_swap_count (self, serials);
    }
  fixture_daemon_stop (self);
  g_test_message ("%u records of %d, %u wrong values", n_right, N_SLOTS * N_METERS, n_wrong);
  g_assert_cmpuint (n_wrong, ==, 0);
  g_assert_cmpuint (n_right, >=, N_SLOTS * N_METERS / 2);
  fixture_daemon_free (self);
  g_string_free (records, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/meter-swap/none", test_swap_none);
  g_test_add_func ("/meter-swap/before-slot", test_swap_before_slot);
  g_test_add_func ("/meter-swap/between-reads", test_swap_between_reads);
  g_test_add_func ("/meter-swap/and-back", test_swap_and_back);
  g_test_add_func ("/meter-swap/pair", test_swap_pair);
  g_test_add_func ("/meter-swap/survey", test_swap_survey);
  g_test_add_func ("/meter-swap/half", test_swap_half);
  g_test_add_func ("/meter-swap/lossy", test_swap_lossy);
  return g_test_run ();
}
