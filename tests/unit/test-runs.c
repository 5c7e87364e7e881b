/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What begins a run, and what does not: meters that tell no serial, seen from the store. */

#include "daemon-fixture.h"

static const char mute[] = "[profile]\n"
                           "id = mute\n"
                           "name = Mute\n"
                           "revision = 1\n"
                           "[registers]\n"
                           "power-active.total = 0 f32\n"
                           "energy-active-import.total = 10 u32 slot\n";

static GString *records; /* "slot=counter@run " as they came, slots from 10:00 on */

static void
test_runs_on_interval (gpointer user_data, const OhmRecord *record)
{
  int slot = (int) ((record->slot_us - OHM_TEST_WALL_US) / OHM_SLOT_US);
  gboolean has_value = record->qualities != NULL && record->points != NULL &&
                       ohm_point_set_get_n (record->points) > 0 &&
                       record->qualities[0] == OHM_QUALITY_GOOD;
  g_autofree char *value = g_strdup ("-");

  /* gaps are told again when they end */
  if (record->is_gap && record->read_us == 0)
    return;
  if (has_value)
    {
      g_free (value);
      value = g_strdup_printf ("%d", (int) record->cells[0].integer);
    }
  g_string_append_printf (records, "%s%d=%s@%d ", record->is_gap ? "gap-to-" : "", slot, value,
                          (int) record->run);
}

static void
test_runs_count (OhmDaemonFixture *self, guint32 import)
{
  ohm_test_station_set_f32 (self->f->station, 7, 0, 1000);
  ohm_test_station_set_u32 (self->f->station, 7, 10, import);
}

/* Meter m, a mute one at unit 7, one slot after its first record. */
static OhmDaemonFixture *
test_runs_new (void)
{
  OhmDaemonFixture *self = fixture_daemon_new ();

  records = g_string_new (NULL);
  ohm_test_log_allow ("ohmd", G_LOG_LEVEL_WARNING, "meter 'm' is wrong-device*");
  self->on_interval = test_runs_on_interval;
  fixture_site_write_profile (self->f, "mute", mute);
  test_runs_count (self, 1000);
  fixture_site_write_meter (self->f, "m", "type = mute\nunit = 7\npoll = 60s");
  fixture_daemon_start (self);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  return self;
}

static void
test_runs_free (OhmDaemonFixture *self, const char *expected)
{
  fixture_daemon_stop (self);
  g_assert_cmpstr (records->str, ==, expected);
  fixture_daemon_free (self);
  g_string_free (records, TRUE);
}

static void
test_runs_reload (OhmDaemonFixture *self, const char *more)
{
  fixture_site_write_meter (self->f, "m", more);
  ohm_site_reload (self->f->site);
}

static void
test_runs_write_profile (OhmDaemonFixture *self, guint revision, const char *row, const char *more)
{
  g_autofree char *text = g_strdup_printf ("[profile]\nid = mute\nname = Mute\nrevision = %u\n"
                                           "[registers]\npower-active.total = 0 f32\n"
                                           "energy-active-import.total = %s\n%s",
                                           revision, row, more);

  fixture_site_write_profile (self->f, "mute", text);
  ohm_site_rescan (self->f->site);
}

/* A counter that is read with another scale is another counter; rows beside it are none of its
 * business. */
static void
test_runs_revision (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  test_runs_write_profile (self, 2, "10 u32 slot", "energy-reactive.total = 20 u32 slot\n");
  test_runs_count (self, 1001);
  ohm_test_station_set_u32 (self->f->station, 7, 20, 5);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_write_profile (self, 3, "10 u32 words=low-first slot", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_write_profile (self, 4, "10 u32 slot", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_write_profile (self, 5, "20 u32 slot", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1001@1 3=65601536@2 4=1001@3 5=5@4 ");
}

/* What was read for the open slot, and waits, is read anew if that is done otherwise meanwhile;
 * what was recorded already belongs to the run before. */
static void
test_runs_in_slot (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  fixture_daemon_go_to_slot (self, 100 * OHM_MS);
  g_assert_cmpint (ohm_recorder_get_slot_us (ohm_daemon_get_recorder (self->daemon)), !=, 0);
  ohm_test_station_set_u32 (self->f->station, 7, 20, 5);
  test_runs_write_profile (self, 2, "20 u32 slot", "");
  fixture_site_run (self->f, 61 * OHM_S);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 3=5@2 ");
}

/* An alternative is chosen at a survey; another choice is another counter (design 4.2). */
static void
test_runs_alternative (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  ohm_test_station_set_there (self->f->station, 7, 30, 31, FALSE);
  test_runs_write_profile (self, 2, "30 u32 slot | 10 u32", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  ohm_test_station_set_there (self->f->station, 7, 30, 31, TRUE);
  ohm_test_station_set_u32 (self->f->station, 7, 30, 77);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  ohm_meter_host_forget (fixture_site_host (self->f, "m"));
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 3=1000@1 4=77@2 ");
}

/* Another type: what it reads alike goes on, what it reads otherwise does not. */
static void
test_runs_type (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  fixture_site_write_profile (self->f, "deaf",
                              "[profile]\nid = deaf\nname = D\nrevision = 1\n[registers]\n"
                              "energy-active-import.total = 10 u32 slot\n");
  fixture_site_write_profile (self->f, "dumb",
                              "[profile]\nid = dumb\nname = D\nrevision = 1\n[registers]\n"
                              "energy-active-import.total = 10 u16 slot\n");
  ohm_site_rescan (self->f->site);
  test_runs_reload (self, "type = deaf\nunit = 7\npoll = 60s");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_reload (self, "type = dumb\nunit = 7\npoll = 60s");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 3=0@2 ");
}

static void
test_runs_on_replaced (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ohm_places_replace_finish (OHM_PLACES (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_runs_replace (OhmDaemonFixture *self)
{
  gboolean is_done = FALSE;

  ohm_places_replace_async (ohm_daemon_get_places (self->daemon), "m", &(OhmPlacesExchange){ NULL },
                            test_runs_on_replaced, &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
  ohm_meter_host_forget (fixture_site_host (self->f, "m"));
}

/* Another device counts from another number: that is no jump of a counter. */
static void
test_runs_exchange (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  test_runs_write_profile (self, 2, "10 u32 slot", "[facts]\nserial = 100 u32\n");
  ohm_test_station_set_u32 (self->f->station, 7, 100, 1);
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 60s\nmax-power = 10000");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  ohm_test_station_hang_up (self->f->station);
  ohm_test_station_set_u32 (self->f->station, 7, 100, 2);
  test_runs_count (self, 5000000);
  fixture_site_run (self->f, 300 * OHM_S);
  fixture_site_assert_alarms (self->f, "meters/m:wrong-device");
  test_runs_replace (self);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  fixture_site_assert_alarms (self->f, "");
  /* the one that ended is all there was */
  g_assert_cmpuint (ohm_alarms_list (ohm_site_get_alarms (self->f->site))->len, ==, 1);
  test_runs_free (self, "1=1000@1 2=1000@1 3=5000000@2 ");
}

/* What the same meter cannot have counted while the daemon was off is in the record, and suspect.
 */
static void
test_runs_jump_while_off (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  test_runs_write_profile (self, 2, "10 u32 slot", "[facts]\nserial = 100 u32\n");
  ohm_test_station_set_u32 (self->f->station, 7, 100, 1);
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 60s\nmax-power = 10000");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_count (self, 5000000);
  fixture_daemon_restart (self);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 3=1000@1 4=-@1 ");
}

/* Who it is without a serial, its link and unit, is the same after all of these. */
static void
test_runs_go_on (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  test_runs_count (self, 1100);
  fixture_daemon_restart (self);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_count (self, 1200);
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 30s");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_count (self, 1300);
  test_runs_reload (self, "type = mute\nunit = 7\nenabled = false");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_reload (self, "type = mute\nunit = 7\nenabled = true");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1100@1 3=1200@1 gap-to-4=100@1 5=1300@1 ");
}

/* A meter whose file went while nobody looked was removed: who comes under its id at another
 * address is not believed to be it. */
static void
test_runs_gone (void)
{
  OhmDaemonFixture *self = test_runs_new ();

  fixture_dir_remove (self->f->dir, "etc/meters.d/m.meter");
  fixture_daemon_restart (self);
  ohm_test_station_set_u32 (self->f->station, 8, 10, 5000);
  fixture_site_expect_warning ("meter 'm': place 'm' holds what meter 'm' recorded*");
  test_runs_reload (self, "type = mute\nunit = 8\npoll = 60s");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  fixture_site_assert_alarms (self->f, "meters/m/places:place-of-removed");
  test_runs_count (self, 1200);
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 60s");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  fixture_site_assert_alarms (self->f, "");
  test_runs_free (self, "1=1000@1 gap-to-2=200@1 3=1200@1 ");
}

static void
test_runs_assert_owner (OhmDaemonFixture *self, const char *meter, const char *alarms)
{
  g_assert_cmpstr (ohm_places_get (ohm_daemon_get_places (self->daemon), "m")->meter, ==, meter);
  fixture_site_assert_alarms (self->f, alarms);
}

/* A file that names the place of another meter takes it neither now nor at a start, where it comes
 * first; once it is free, it gets it. The same the other way round. */
static void
test_runs_owner (void)
{
  OhmDaemonFixture *self = test_runs_new ();
  const char *taker = "type = mute\nunit = 8\npoll = 60s\n[place m]";

  ohm_test_station_set_u32 (self->f->station, 8, 10, 50);
  fixture_site_expect_warning (
    "meter 'a': */a.meter:7: [place m?: place 'm' belongs to meter 'm'*");
  fixture_site_write_meter (self->f, "a", taker);
  ohm_site_reload (self->f->site);
  test_runs_assert_owner (self, "m", "meters/a/places:misconfigured");
  fixture_site_expect_warning (
    "meter 'a': */a.meter:7: [place m?: place 'm' belongs to meter 'm'*");
  fixture_daemon_restart (self);
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_assert_owner (self, "m", "meters/a/places:misconfigured");

  fixture_dir_remove (self->f->dir, "etc/meters.d/m.meter");
  ohm_site_reload (self->f->site);
  test_runs_assert_owner (self, "a", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);

  fixture_site_expect_warning ("meter 'm': */m.meter:*: [meter?: place 'm' belongs to meter 'a'*");
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 60s");
  fixture_site_expect_warning ("meter 'm': */m.meter:*: [meter?: place 'm' belongs to meter 'a'*");
  fixture_daemon_restart (self);
  test_runs_assert_owner (self, "a", "meters/m/places:misconfigured");
  fixture_dir_remove (self->f->dir, "etc/meters.d/a.meter");
  ohm_site_reload (self->f->site);
  test_runs_assert_owner (self, "m", "");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 3=50@2 4=1000@3 ");
}

/* Under its new id the meter goes on with its run, which is its own from that moment on. */
static void
test_runs_renamed (void)
{
  OhmDaemonFixture *self = test_runs_new ();
  g_autofree char *file = fixture_dir_dup_path (self->f->dir, "etc/meters.d/m.meter");
  g_autofree char *text = NULL;
  g_autofree char *spelled = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (file, &text, NULL, &error);
  g_assert_no_error (error);
  spelled = g_strconcat (text, "\n[place m]\n", NULL);
  ohm_site_rename_meter (self->f->site, "m", "n", spelled, &error);
  g_assert_no_error (error);
  test_runs_assert_owner (self, "n", "");
  fixture_daemon_restart (self);
  g_assert_cmpstr (ohm_places_get (ohm_daemon_get_places (self->daemon), "m")->run->meter, ==, "n");
  fixture_daemon_go_to_slot (self, 61 * OHM_S);
  test_runs_free (self, "1=1000@1 2=1000@1 ");
}

/* Two files that give each other their places in one reload. */
static void
test_runs_crossed (void)
{
  OhmDaemonFixture *self = test_runs_new ();
  OhmPlaces *places = ohm_daemon_get_places (self->daemon);

  fixture_site_write_meter (self->f, "a", "type = mute\nunit = 8\npoll = 60s\n[place b]");
  ohm_site_reload (self->f->site);
  g_assert_cmpstr (ohm_places_get (places, "b")->meter, ==, "a");
  fixture_site_write_meter (self->f, "a", "type = mute\nunit = 8\npoll = 60s\n[place m]");
  test_runs_reload (self, "type = mute\nunit = 7\npoll = 60s\n[place b]");
  test_runs_assert_owner (self, "a", "");
  g_assert_cmpstr (ohm_places_get (places, "b")->meter, ==, "m");
  test_runs_free (self, "1=1000@1 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runs/owner", test_runs_owner);
  g_test_add_func ("/runs/renamed", test_runs_renamed);
  g_test_add_func ("/runs/crossed", test_runs_crossed);
  g_test_add_func ("/runs/jump-while-off", test_runs_jump_while_off);
  g_test_add_func ("/runs/go-on", test_runs_go_on);
  g_test_add_func ("/runs/gone", test_runs_gone);
  g_test_add_func ("/runs/revision", test_runs_revision);
  g_test_add_func ("/runs/in-slot", test_runs_in_slot);
  g_test_add_func ("/runs/alternative", test_runs_alternative);
  g_test_add_func ("/runs/type", test_runs_type);
  g_test_add_func ("/runs/exchange", test_runs_exchange);
  return g_test_run ();
}
