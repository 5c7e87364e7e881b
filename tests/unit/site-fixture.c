/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "site-fixture.h"

#include <math.h>

/* Two requests for live values, as the registers lie apart; `slow` and `slot` ones besides. */
static const char box[] = "[profile]\n"
                          "id = box\n"
                          "name = Test box\n"
                          "revision = 3\n"
                          "[limits]\n"
                          "registers = 20\n"
                          "functions = 3;4\n"
                          "[facts]\n"
                          "serial = 100 u32\n"
                          "firmware = 102 u16\n"
                          "[identify]\n"
                          "kind = 104 u16 4711..4711 score=80\n"
                          "[registers]\n"
                          "power-active.total = 0 f32\n"
                          "voltage.l1-n = 2 f32\n"
                          "voltage.l2-n = 4 f32\n"
                          "energy-active-import.total = 10 u32 live slot\n"
                          "current.l1 = 60 f32\n"
                          "frequency = 200 f32 slow\n"
                          "temperature = 300 f32 slow slot\n";

static OhmSiteFixture *
fixture_site_of (gpointer owner)
{
  return g_object_get_data (owner, "fixture");
}

static void
fixture_site_on_reading (const OhmReading *reading, gpointer owner)
{
  OhmSiteFixture *self = fixture_site_of (owner);
  const char *meter = ohm_reading_get_meter (reading);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->readings, meter));
  OhmReading *kept = ohm_reading_ref ((gpointer) (guintptr) reading);

  g_hash_table_insert (self->readings, (gpointer) (guintptr) meter, GUINT_TO_POINTER (n + 1));
  g_clear_pointer (&self->last, ohm_reading_unref);
  self->last = kept;
  if (self->on_reading != NULL)
    self->on_reading (self, reading);
}

static void
fixture_site_on_meter_changed (const OhmChange *change, gpointer owner)
{
  g_string_append_printf (fixture_site_of (owner)->changed, "%s%s ", change->is_gone ? "-" : "",
                          change->id);
}

static void
fixture_site_on_alarm (const OhmAlarm *alarm, gpointer owner)
{
  fixture_site_of (owner)->n_alarms += alarm->until_us == 0;
}

static void
fixture_site_on_planned (OhmMeterHost *host, gpointer user_data)
{
  OhmSiteFixture *self = user_data;

  g_string_append_printf (self->planned, "%s ", ohm_meter_host_get_id (host));
}

static void
fixture_site_on_surveyed (OhmMeterHost *host, gpointer user_data)
{
  OhmSiteFixture *self = user_data;

  g_string_append_printf (self->surveyed, "%s%s ", ohm_meter_host_get_id (host),
                          ohm_meter_host_is_confirmed (host) ? "" : "?");
}

static void
fixture_site_on_learned (OhmMeterHost *host, gpointer user_data)
{
  OhmSiteFixture *self = user_data;

  g_string_append_printf (self->learned, "%s ", ohm_meter_host_get_id (host));
}

static void
fixture_site_on_renamed (const char *id, const char *new_id, gpointer user_data)
{
  OhmSiteFixture *self = user_data;

  g_string_append_printf (self->removed, "%s>%s ", id, new_id);
}

static void
fixture_site_on_removed (const char *id, gpointer user_data)
{
  OhmSiteFixture *self = user_data;

  g_string_append_printf (self->removed, "%s ", id);
}

static void
fixture_site_make_site (OhmSiteFixture *self)
{
  const OhmSiteListener listener = {
    .planned = fixture_site_on_planned,
    .surveyed = fixture_site_on_surveyed,
    .learned = fixture_site_on_learned,
    .removed = fixture_site_on_removed,
    .renamed = fixture_site_on_renamed,
    .user_data = self,
  };
  g_autofree char *etc = fixture_dir_dup_path (self->dir, "etc");
  g_autofree char *var = fixture_dir_dup_path (self->dir, "var");
  g_autofree char *plugins = fixture_dir_dup_path (self->dir, "plugins");
  const char *const plugin_dirs[] = { plugins, NULL };
  const OhmSiteOptions options = { etc, var, plugin_dirs, &listener };

  self->site = ohm_site_new (&options, self->time->watcher, self->bus);
}

OhmSiteFixture *
fixture_site_new (gint64 after_us)
{
  OhmSiteFixture *self = g_new0 (OhmSiteFixture, 1);

  self->dir = fixture_dir_new ();
  self->time = ohm_test_time_new (after_us);
  self->bus = ohm_bus_new ();
  self->station = ohm_test_station_new ("station");
  self->readings = g_hash_table_new (g_str_hash, g_str_equal);
  self->planned = g_string_new (NULL);
  self->surveyed = g_string_new (NULL);
  self->learned = g_string_new (NULL);
  self->removed = g_string_new (NULL);
  self->changed = g_string_new (NULL);
  self->reads = g_ptr_array_new ();
  fixture_dir_make (self->dir, "etc/meters.d");
  fixture_dir_make (self->dir, "etc/links.d");
  fixture_dir_install (self->dir, "test-net", "plugins/test-net.so");
  fixture_dir_install (self->dir, "test-listen", "plugins/test-listen.so");
  fixture_site_write_profile (self, "box", box);
  fixture_site_make_site (self);
  g_object_set_data (G_OBJECT (self->site), "fixture", self);
  ohm_bus_connect_reading (self->bus, "test", fixture_site_on_reading, self->site);
  ohm_bus_connect_meter_changed (self->bus, "test", fixture_site_on_meter_changed, self->site);
  ohm_bus_connect_alarm (self->bus, "test", fixture_site_on_alarm, self->site);
  return self;
}

void
fixture_site_free (OhmSiteFixture *self)
{
  ohm_site_stop (self->site);
  ohm_test_time_spin (self->time);
  g_assert_finalize_object (self->site);
  ohm_test_station_free (self->station);
  g_assert_finalize_object (self->bus);
  ohm_test_time_free (self->time);
  fixture_dir_free (self->dir);
  g_hash_table_unref (self->readings);
  g_clear_pointer (&self->last, ohm_reading_unref);
  g_string_free (self->planned, TRUE);
  g_string_free (self->surveyed, TRUE);
  g_string_free (self->learned, TRUE);
  g_string_free (self->removed, TRUE);
  g_string_free (self->changed, TRUE);
  g_assert_cmpuint (self->reads->len, ==, 0);
  g_ptr_array_unref (self->reads);
  g_free (self);
}

void
fixture_site_make_box (OhmTestStation *station, guint8 unit, guint32 serial)
{
  ohm_test_station_set_f32 (station, unit, 0, 1000);
  ohm_test_station_set_f32 (station, unit, 2, 230);
  ohm_test_station_set_f32 (station, unit, 4, 231);
  ohm_test_station_set_u32 (station, unit, 10, 123456);
  ohm_test_station_set_f32 (station, unit, 60, 4.5f);
  ohm_test_station_set_u32 (station, unit, 100, serial);
  ohm_test_station_set_u16 (station, unit, 102, 7);
  ohm_test_station_set_u16 (station, unit, 104, 4711);
  ohm_test_station_set_f32 (station, unit, 200, 50);
  ohm_test_station_set_f32 (station, unit, 300, 21.5f);
}

OhmSiteFixture *
fixture_site_start_box (const char *more)
{
  OhmSiteFixture *self = fixture_site_new (60 * OHM_S);

  fixture_site_make_box (self->station, 1, 41000017);
  fixture_site_write_meter (self, "a", more);
  ohm_site_start (self->site);
  return self;
}

void
fixture_site_write_meter (OhmSiteFixture *self, const char *id, const char *more)
{
  g_autofree char *file = g_strdup_printf ("etc/meters.d/%s.meter", id);
  g_autofree char *text = g_strdup_printf ("[meter]\ntransport = test-net\nhost = station\n%s\n",
                                           more);

  fixture_dir_write (self->dir, file, text);
}

void
fixture_site_write_profile (OhmSiteFixture *self, const char *id, const char *text)
{
  g_autofree char *file = g_strdup_printf ("plugins/%s.profile", id);

  fixture_dir_write (self->dir, file, text);
}

void
fixture_site_run (OhmSiteFixture *self, gint64 us)
{
  ohm_test_time_run (self->time, us);
}

OhmMeterHost *
fixture_site_host (OhmSiteFixture *self, const char *id)
{
  OhmMeterHost *host = ohm_site_find_meter (self->site, id);

  g_assert_nonnull (host);
  return host;
}

guint
fixture_site_readings (OhmSiteFixture *self, const char *id)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->readings, id));
}

void
fixture_site_assert_state (OhmSiteFixture *self,
                           const char *id,
                           OhmStateCode code,
                           const char *cause)
{
  const OhmState *state = ohm_meter_host_get_state (fixture_site_host (self, id));

  g_assert_cmpstr (ohm_state_to_string (state->code), ==, ohm_state_to_string (code));
  g_assert_cmpstr (state->cause != NULL ? ohm_message_get_code (state->cause) : NULL, ==, cause);
}

static guint
fixture_site_find_point (OhmSiteFixture *self,
                         const char *id,
                         const char *name,
                         OhmLastValues *ret_last)
{
  guint index = 0;

  ohm_meter_host_get_last (fixture_site_host (self, id), ret_last);
  g_assert_nonnull (ret_last->points);
  g_assert_true (ohm_point_set_find (ret_last->points, name, &index));
  return index;
}

double
fixture_site_value (OhmSiteFixture *self, const char *id, const char *point)
{
  OhmLastValues last;
  guint index = fixture_site_find_point (self, id, point, &last);
  guint n;
  const OhmPoint *points = ohm_point_set_get_points (last.points, &n);

  if (last.qualities[index] != OHM_QUALITY_GOOD)
    return NAN;
  return points[index].is_integer ? (double) last.cells[index].integer : last.cells[index].real;
}

OhmQuality
fixture_site_quality (OhmSiteFixture *self, const char *id, const char *point)
{
  OhmLastValues last;
  guint index = fixture_site_find_point (self, id, point, &last);

  return last.qualities[index];
}

gint64
fixture_site_age_us (OhmSiteFixture *self, const char *id, const char *point)
{
  OhmLastValues last;
  guint index = fixture_site_find_point (self, id, point, &last);

  return ohm_test_time_wall (self->time) - last.times_us[index];
}

void
fixture_site_assert_value (OhmSiteFixture *self, const char *id, const char *point, double expected)
{
  g_assert_cmpfloat_with_epsilon (fixture_site_value (self, id, point), expected, 1e-9);
}

static void
fixture_site_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmSiteFixture *self = user_data;
  GError *error = NULL;
  g_autoptr (OhmReading) reading = ohm_meter_host_read_finish (OHM_METER_HOST (source), result,
                                                               &error);

  g_assert_true ((reading != NULL) != (error != NULL));
  g_ptr_array_add (self->reads, error);
}

void
fixture_site_read (OhmSiteFixture *self, const char *id, GCancellable *cancellable)
{
  ohm_meter_host_read_async (fixture_site_host (self, id), cancellable, fixture_site_on_read, self);
}

void
fixture_site_assert_read (OhmSiteFixture *self, const char *message, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (self->reads->len, >, 0);
  error = g_ptr_array_steal_index (self->reads, 0);
  g_assert_true ((error != NULL) == (message != NULL));
  if (error == NULL)
    return;
  g_assert_true (g_pattern_match_simple (message, error->message));
  g_assert_cmpint (error->code, ==, code);
}

void
fixture_site_assert_alarms (OhmSiteFixture *self, const char *expected)
{
  GPtrArray *alarms = ohm_alarms_list (ohm_site_get_alarms (self->site));
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = alarms->len; i-- > 0;)
    {
      const OhmAlarm *alarm = g_ptr_array_index (alarms, i);

      if (alarm->until_us == 0)
        g_string_append_printf (text, "%s%s:%s", text->len > 0 ? " " : "", alarm->subject,
                                ohm_message_get_code (alarm->message));
    }
  g_assert_cmpstr (text->str, ==, expected);
}

void
fixture_site_assert_text (GString *text, const char *expected)
{
  g_assert_cmpstr (text->str, ==, expected);
  g_string_truncate (text, 0);
}

void
fixture_site_expect_warning (const char *pattern)
{
  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, pattern);
}
