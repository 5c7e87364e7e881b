/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "site-fixture.h"
#include "store-fixture.h"

#include "ohm-virtuals.h"

#define IMPORT "energy-active-import.total"
#define POWER  "power-active.total"

/* A site with its places: boxes that are read, and sums of them. */
typedef struct
{
  OhmSiteFixture *site;
  OhmStoreFixture store;
  OhmPlaces *places;
  OhmVirtuals *virtuals;
} Fixture;

static void
fixture_write_sum (Fixture *f, const char *id, const char *sum, const char *poll)
{
  g_autofree char *file = g_strdup_printf ("etc/meters.d/%s.meter", id);
  g_autofree char *text = g_strdup_printf ("[meter]\ntype = virtual\nsum = %s\npoll = %s\n", sum,
                                           poll);

  fixture_dir_write (f->site->dir, file, text);
}

static void
fixture_write_box (Fixture *f, const char *id, guint8 unit, const char *poll)
{
  g_autofree char *more = g_strdup_printf ("type = box\nunit = %u\npoll = %s", unit, poll);

  fixture_site_make_box (f->site->station, unit, 41000000u + unit);
  fixture_site_write_meter (f->site, id, more);
}

/* What the daemon does when a meter is planned. */
static void
fixture_take_plans (Fixture *f)
{
  GPtrArray *hosts = ohm_site_get_meters (f->site->site);

  for (guint i = 0; i < hosts->len; i++)
    {
      OhmMeterHost *host = g_ptr_array_index (hosts, i);
      OhmPlacesMeter meter = { .id = ohm_meter_host_get_id (host),
                               .plan = ohm_meter_host_get_plan (host),
                               .is_virtual = ohm_meter_host_is_virtual (host) };
      g_autoptr (GError) error = NULL;

      if (meter.plan == NULL)
        continue;
      ohm_places_update_meter (f->places, &meter, &error);
      g_assert_no_error (error);
    }
}

static void
fixture_run (Fixture *f, gint64 us)
{
  /* a sum of sums is planned after these */
  for (guint i = 0; i < 3; i++)
    {
      fixture_site_run (f->site, OHM_S);
      fixture_take_plans (f);
    }
  fixture_site_run (f->site, us - 3 * OHM_S);
}

static void
fixture_begin (Fixture *f, gconstpointer data)
{
  g_autoptr (OhmStoreContent) content = NULL;

  f->site = fixture_site_new (60 * OHM_S);
  f->store.path = fixture_dir_dup_path (f->site->dir, "store.db");
  f->store.bus = f->site->bus;
  f->store.watcher = f->site->time->watcher;
  f->store.opened = g_ptr_array_new ();
  fixture_make_store (&f->store, NULL);
  content = fixture_try_open (&f->store, NULL);
  g_assert_nonnull (content);
  f->places = ohm_places_new (f->store.store, f->site->bus);
  ohm_places_load (f->places, content);
  f->virtuals = ohm_virtuals_new (f->site->site, f->places, f->store.store);
}

static void
fixture_end (Fixture *f, gconstpointer data)
{
  ohm_virtuals_stop (f->virtuals);
  g_assert_finalize_object (f->virtuals);
  g_clear_object (&f->places);
  fixture_close (&f->store);
  g_ptr_array_unref (f->store.opened);
  g_free (f->store.path);
  fixture_site_free (f->site);
}

static void
fixture_assert_fresh (Fixture *f, const char *id, const char *point)
{
  gint64 stale_us = ohm_meter_host_get_stale_us (fixture_site_host (f->site, id));

  g_assert_cmpint (fixture_site_age_us (f->site, id, point), <=, stale_us);
}

static gint64
fixture_period (Fixture *f, const char *id)
{
  return ohm_meter_host_get_period_us (fixture_site_host (f->site, id)) / OHM_S;
}

static gboolean
fixture_is_slow (Fixture *f, const char *id, const char *point)
{
  OhmMeterHost *host = fixture_site_host (f->site, id);
  guint index = 0;

  g_assert_true (
    ohm_point_set_find (ohm_plan_get_points (ohm_meter_host_get_plan (host)), point, &index));
  return ohm_meter_host_is_slow (host, index);
}

/* A part that is read every ten minutes makes no sum stale that is read as planned. */
static void
test_pace (Fixture *f, gconstpointer data)
{
  fixture_write_box (f, "quick", 1, "5s");
  fixture_write_box (f, "rare", 2, "10m");
  fixture_write_sum (f, "all", "quick, rare", "5s");
  fixture_write_sum (f, "nested", "all, quick", "5s");
  fixture_write_sum (f, "own", "quick", "20s");
  ohm_site_start (f->site->site);
  fixture_run (f, 30 * OHM_S);
  fixture_site_assert_value (f->site, "all", POWER, 2000);
  fixture_site_assert_value (f->site, "nested", POWER, 3000);
  fixture_site_assert_value (f->site, "nested", IMPORT, 3 * 123456);
  fixture_site_run (f->site, 540 * OHM_S);
  fixture_assert_fresh (f, "rare", POWER);
  fixture_assert_fresh (f, "all", POWER);
  fixture_assert_fresh (f, "nested", POWER);
  g_assert_cmpint (fixture_period (f, "all"), ==, 600);
  g_assert_cmpint (fixture_period (f, "nested"), ==, 600);
  g_assert_cmpint (fixture_period (f, "own"), ==, 20);
  g_assert_false (fixture_is_slow (f, "all", POWER));
}

/* It follows its parts; one that is not read does not count. */
static void
test_pace_changes (Fixture *f, gconstpointer data)
{
  fixture_write_box (f, "quick", 1, "5s");
  fixture_write_box (f, "rare", 2, "30s");
  fixture_write_sum (f, "all", "quick, rare", "5s");
  fixture_write_sum (f, "nested", "all, quick", "5s");
  ohm_site_start (f->site->site);
  fixture_run (f, 60 * OHM_S);
  g_assert_cmpint (fixture_period (f, "nested"), ==, 30);
  g_string_truncate (f->site->changed, 0);
  fixture_write_box (f, "rare", 2, "5m");
  ohm_site_reload (f->site->site);
  fixture_run (f, 60 * OHM_S);
  g_assert_cmpint (fixture_period (f, "all"), ==, 300);
  g_assert_cmpint (fixture_period (f, "nested"), ==, 300);
  g_assert_nonnull (strstr (f->site->changed->str, "nested"));
  fixture_site_expect_warning ("meter 'all' is partial: The part 'rare' brings no values*");
  fixture_write_box (f, "rare", 2, "5m\nenabled = false");
  ohm_site_reload (f->site->site);
  fixture_run (f, 60 * OHM_S);
  g_assert_cmpint (fixture_period (f, "nested"), ==, 5);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/virtual-pace/parts", Fixture, NULL, fixture_begin, test_pace, fixture_end);
  g_test_add ("/virtual-pace/changes", Fixture, NULL, fixture_begin, test_pace_changes,
              fixture_end);
  return g_test_run ();
}
