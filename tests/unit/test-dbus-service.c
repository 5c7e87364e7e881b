/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ohm-daemon.h"
#include "ohm-test-bus.h"
#include "ohm-test-log.h"

#define MANAGER OHM_DBUS_NAME ".Manager"

/* A daemon without plugins in folders of its own, and a bus. */
typedef struct
{
  OhmTestBus *bus;
  char *dir;
  char *config_dir;
  char *state_dir;
  OhmClock *clock;
  OhmWatcher *watcher;
  OhmBus *signals;
  OhmDaemon *daemon;
  OhmDbus *dbus;
  gboolean is_done;
  GError *error;
} Fixture;

static const char *const no_dirs[] = { NULL };

static OhmDbus *
fixture_new_dbus (Fixture *fixture)
{
  const OhmDbusParts parts = {
    .site = ohm_daemon_get_site (fixture->daemon),
    .jobs = ohm_daemon_get_jobs (fixture->daemon),
    .store = ohm_daemon_get_store (fixture->daemon),
    .places = ohm_daemon_get_places (fixture->daemon),
    .recorder = ohm_daemon_get_recorder (fixture->daemon),
    .clocks = ohm_daemon_get_clocks (fixture->daemon),
    .follow = ohm_daemon_get_follow (fixture->daemon),
    .uplinks = ohm_daemon_get_uplinks (fixture->daemon),
    .state_dir = fixture->state_dir,
    .plugin_dirs = no_dirs,
  };

  return ohm_dbus_new (&parts);
}

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  OhmSiteOptions options = { 0 };

  fixture->bus = ohm_test_bus_new ();
  fixture->dir = g_dir_make_tmp ("ohm-dbus-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->config_dir = g_build_filename (fixture->dir, "config", NULL);
  fixture->state_dir = g_build_filename (fixture->dir, "state", NULL);
  g_assert_cmpint (g_mkdir (fixture->config_dir, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->state_dir, 0700), ==, 0);
  options.config_dir = fixture->config_dir;
  options.state_dir = fixture->state_dir;
  options.plugin_dirs = no_dirs;
  fixture->clock = ohm_clock_new ();
  fixture->watcher = ohm_watcher_new (fixture->clock, NULL);
  fixture->signals = ohm_bus_new ();
  fixture->daemon = ohm_daemon_new (&options, fixture->watcher, fixture->signals);
  fixture->dbus = fixture_new_dbus (fixture);
}

static void
fixture_on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ohm_daemon_stop_finish (OHM_DAEMON (source), result);
  *(gboolean *) user_data = TRUE;
}

static void
fixture_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = NULL;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      fixture_remove (child);
    }
  g_remove (path);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  gboolean is_stopped = FALSE;

  ohm_daemon_stop_async (fixture->daemon, fixture_on_stopped, &is_stopped);
  while (!is_stopped)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&fixture->dbus);
  g_object_unref (fixture->daemon);
  g_object_unref (fixture->signals);
  g_object_unref (fixture->watcher);
  g_object_unref (fixture->clock);
  g_clear_error (&fixture->error);
  ohm_test_bus_free (fixture->bus);
  fixture_remove (fixture->dir);
  g_free (fixture->config_dir);
  g_free (fixture->state_dir);
  g_free (fixture->dir);
}

static void
fixture_write (Fixture *fixture, const char *folder, const char *name, const char *text)
{
  g_autofree char *dir = g_build_filename (fixture->config_dir, folder, NULL);
  g_autofree char *file = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_mkdir (dir, 0700);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

static void
fixture_on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  ohm_dbus_start_finish (OHM_DBUS (source), result, &fixture->error);
  fixture->is_done = TRUE;
}

static void
fixture_begin (Fixture *fixture, OhmDbus *dbus)
{
  fixture->is_done = FALSE;
  g_clear_error (&fixture->error);
  ohm_dbus_start_async (dbus, OHM_DBUS_ADDRESS, g_test_dbus_get_bus_address (fixture->bus->bus),
                        fixture_on_started, fixture);
}

static void
fixture_wait (Fixture *fixture)
{
  while (!fixture->is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
fixture_start (Fixture *fixture)
{
  fixture_begin (fixture, fixture->dbus);
  ohm_daemon_start (fixture->daemon);
  fixture_wait (fixture);
  g_assert_no_error (fixture->error);
}

/* A call to the name's owner, whichever connection that is. */
static GVariant *
fixture_call (Fixture *fixture, const char *method, const char *arguments, GError **error)
{
  GVariant *parsed = arguments != NULL ? g_variant_new_parsed (arguments) : NULL;

  return ohm_test_bus_call_name (fixture->bus, OHM_DBUS_NAME, OHM_DBUS_PATH, method, parsed, error);
}

static gboolean
fixture_has_owner (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ohm_test_bus_call_name (fixture->bus, "org.freedesktop.DBus",
                                                        "/org/freedesktop/DBus",
                                                        "org.freedesktop.DBus.NameHasOwner",
                                                        g_variant_new ("(s)", OHM_DBUS_NAME),
                                                        &error);
  gboolean has_owner = FALSE;

  g_assert_no_error (error);
  g_variant_get (answer, "(b)", &has_owner);
  return has_owner;
}

/* The name comes with the configuration, not before, and goes with the service. */
static void
test_dbus_service_name (Fixture *fixture, gconstpointer data)
{
  fixture_begin (fixture, fixture->dbus);
  for (guint i = 0; i < 20; i++)
    {
      g_assert_false (fixture_has_owner (fixture));
      g_assert_false (fixture->is_done);
    }
  ohm_daemon_start (fixture->daemon);
  fixture_wait (fixture);
  g_assert_no_error (fixture->error);
  g_assert_true (fixture_has_owner (fixture));

  ohm_dbus_stop (fixture->dbus);
  ohm_dbus_stop (fixture->dbus);
  while (fixture_has_owner (fixture))
    g_main_context_iteration (NULL, FALSE);
}

static void
test_dbus_service_second (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmDbus) second = fixture_new_dbus (fixture);

  fixture_start (fixture);
  fixture_begin (fixture, second);
  fixture_wait (fixture);
  g_assert_error (fixture->error, OHM_ERROR, OHM_ERROR_EXISTS);
  g_assert_true (fixture_has_owner (fixture));
}

static void
test_dbus_service_no_bus (Fixture *fixture, gconstpointer data)
{
  ohm_dbus_start_async (fixture->dbus, OHM_DBUS_ADDRESS, "unix:path=/nonexistent",
                        fixture_on_started, fixture);
  fixture_wait (fixture);
  g_assert_error (fixture->error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_nonnull (strstr (fixture->error->message, "/nonexistent"));
}

/* The buses' addresses come from the environment, which the tests point nowhere. */
static void
test_dbus_service_well_known (Fixture *fixture, gconstpointer data)
{
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent-system", TRUE);
  ohm_dbus_start_async (fixture->dbus, OHM_DBUS_SYSTEM, NULL, fixture_on_started, fixture);
  fixture_wait (fixture);
  g_assert_error (fixture->error, OHM_ERROR, OHM_ERROR_FAILED);
  g_assert_nonnull (strstr (fixture->error->message, "/nonexistent-system"));
}

static void
test_dbus_service_stop_while_pending (Fixture *fixture, gconstpointer data)
{
  fixture_begin (fixture, fixture->dbus);
  ohm_dbus_stop (fixture->dbus);
  fixture_wait (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_dbus_service_dispose_while_pending (Fixture *fixture, gconstpointer data)
{
  fixture_begin (fixture, fixture->dbus);
  g_object_run_dispose (G_OBJECT (fixture->dbus));
  fixture_wait (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static char *
fixture_print_call (Fixture *fixture, const char *method, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = fixture_call (fixture, method, arguments, &error);

  g_assert_no_error (error);
  return g_variant_print (answer, /* type_annotate */ FALSE);
}

static void
fixture_assert_refused (Fixture *fixture, const char *method, const char *arguments, OhmError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = fixture_call (fixture, method, arguments, &error);

  g_assert_null (answer);
  g_assert_error (error, OHM_ERROR, (int) code);
}

/* A meter whose transport is not there is listed with its reason. */
static void
test_dbus_service_misconfigured (Fixture *fixture, gconstpointer data)
{
  g_autofree char *refused = NULL;
  g_autofree char *findings = NULL;
  g_autofree char *objects = NULL;

  ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "*main.meter:2:*no transport*");
  fixture_write (fixture, "meters.d", "main.meter", "[meter]\ntransport=modbus-tcp\nhost=x\n");
  fixture_start (fixture);
  refused = fixture_print_call (fixture, MANAGER ".GetRefused", NULL);
  findings = fixture_print_call (fixture, MANAGER ".CheckConfig", NULL);
  objects = fixture_print_call (fixture, "org.freedesktop.DBus.ObjectManager.GetManagedObjects",
                                NULL);
  g_assert_true (g_str_has_prefix (refused, "([('meter', 'main', '"));
  g_assert_nonnull (strstr (findings, "main.meter', 2, 'misconfigured'"));
  g_assert_nonnull (strstr (objects, "'State': <'misconfigured'>"));
  fixture_assert_refused (fixture, MANAGER ".Watch", "(['x'], uint32 0, @a{sv} {})",
                          OHM_ERROR_NOT_FOUND);
}

/* However much is wrong in a file, it is one file; the check tells all, its type too. */
static void
test_dbus_service_many_faults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) refused = NULL;
  g_autofree char *printed = NULL;
  g_autofree char *findings = NULL;
  g_autofree char *objects = NULL;

  for (guint i = 0; i < 6; i++)
    ohm_test_log_expect ("ohmd", G_LOG_LEVEL_WARNING, "*: *");
  fixture_write (fixture, "meters.d", "main.meter",
                 "[meter]\ntype=none-such\nlink=gone\nunit=300\ncolour=red\n");
  fixture_write (fixture, "links.d", "line.link", "[link]\ntransport=none\n[x]\n[y]\n");
  fixture_start (fixture);
  refused = fixture_call (fixture, MANAGER ".GetRefused", NULL, /* error */ NULL);
  printed = g_variant_print (refused, /* type_annotate */ FALSE);
  g_assert_true (g_str_has_prefix (printed, "([('meter', 'main', '"));
  g_assert_nonnull (strstr (printed, "), ('link', 'line', '"));
  findings = fixture_print_call (fixture, MANAGER ".CheckConfig", NULL);
  g_assert_nonnull (strstr (findings, "main.meter', 4, 'misconfigured'"));
  g_assert_nonnull (strstr (findings, "main.meter', 2, 'misconfigured'"));
  objects = fixture_print_call (fixture, "org.freedesktop.DBus.ObjectManager.GetManagedObjects",
                                NULL);
  g_assert_nonnull (strstr (objects, "'Type': <'none-such'>"));
}

/* What a wrong call gets, without a meter that could answer. */
static void
test_dbus_service_refusals (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *method;
    const char *arguments;
    OhmError code;
  } rows[] = {
    { MANAGER ".AddMeter", "('Main', '[meter]', @a{sv} {})", OHM_ERROR_CONFIG },
    { MANAGER ".AddMeter", "('main', '[meter]', @a{sv} {})", OHM_ERROR_CONFIG },
    { MANAGER ".SetMeter", "('main', '[meter]', @a{sv} {})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".RemoveMeter", "('main', @a{sv} {})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".RemoveMeter", "('main', {'purge': <true>})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".ReplaceMeter", "('main', @a{sv} {})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".AddLink", "('.', '[link]', @a{sv} {})", OHM_ERROR_CONFIG },
    { MANAGER ".AddLink", "('a', '[link]', @a{sv} {})", OHM_ERROR_CONFIG },
    { MANAGER ".SetLink", "('a', '[link]', @a{sv} {})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".RemoveLink", "('a', @a{sv} {})", OHM_ERROR_NOT_FOUND },
    { MANAGER ".GetPointSet", "('0123456789abcdef',)", OHM_ERROR_NOT_FOUND },
    { MANAGER ".ExplainConfig", "('colours',)", OHM_ERROR_NOT_FOUND },
    { MANAGER ".Unwatch", "(objectpath '/x',)", OHM_ERROR_NOT_FOUND },
    { MANAGER ".SetConfig", "([('ohmd', 'colour', 'red')], @a(ss) [], @a{sv} {})",
      OHM_ERROR_CONFIG },
    { MANAGER ".SetConfig", "(@a(sss) [], [('ohmd', 'time-zone')], @a{sv} {})", OHM_ERROR_CONFIG },
  };

  fixture_start (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s %s", rows[i].method, rows[i].arguments);
      fixture_assert_refused (fixture, rows[i].method, rows[i].arguments, rows[i].code);
    }
}

/* What was refused left nothing behind. */
static void
test_dbus_service_nothing_left (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->state_dir, "config/meters.d/a.meter", NULL);
  g_autofree char *config = g_build_filename (fixture->state_dir, "config/ohmd.conf", NULL);

  fixture_start (fixture);
  fixture_assert_refused (fixture, MANAGER ".AddMeter",
                          "('a', '[meter]\\ntransport=modbus-tcp', @a{sv} {})", OHM_ERROR_CONFIG);
  fixture_assert_refused (fixture, MANAGER ".SetConfig",
                          "([('ohmd', 'slot-window', '60')], @a(ss) [], @a{sv} {})",
                          OHM_ERROR_CONFIG);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (config, G_FILE_TEST_EXISTS));
}

static void
test_dbus_service_config (Fixture *fixture, gconstpointer data)
{
  g_autofree char *set = NULL;
  g_autofree char *config = NULL;
  g_autofree char *layers = NULL;

  fixture_write (fixture, "conf.d", "10.conf", "[ohmd]\nslot-window = 30s\ntrend-days = 3\n");
  fixture_write (fixture, "conf.d", "20.conf", "[ohmd]\nslot-window = 40s\n");
  fixture_start (fixture);
  set = fixture_print_call (fixture, MANAGER ".SetConfig",
                            "([('ohmd', 'trend-days', '5')], @a(ss) [], @a{sv} {})");
  config = fixture_print_call (fixture, MANAGER ".GetConfig", NULL);
  g_assert_cmpstr (set, ==, "()");
  g_assert_nonnull (strstr (config, "'slot-window', '40s', 'site', '"));
  g_assert_nonnull (strstr (config, "/conf.d/20.conf'"));
  g_assert_nonnull (strstr (config, "'trend-days', '5', 'runtime', '"));
  g_assert_nonnull (strstr (config, "'time-zone', '', 'default', ''"));
}

static void
test_dbus_service_many_jobs (Fixture *fixture, gconstpointer data)
{
  OhmJobs *jobs = ohm_daemon_get_jobs (fixture->daemon);

  fixture_start (fixture);
  for (guint i = 0; i < 16; i++)
    ohm_jobs_start (jobs, "test", "main");
  fixture_assert_refused (fixture, MANAGER ".Test", "('x', @a{sv} {})", OHM_ERROR_BUSY);
  fixture_assert_refused (fixture, MANAGER ".Test", "('x', {'unit': <uint32 256>})",
                          OHM_ERROR_CONFIG);
  ohm_job_end (ohm_jobs_find (jobs, 1), OHM_JOB_DONE, NULL, NULL);
  g_free (fixture_print_call (fixture, MANAGER ".Test", "('x', @a{sv} {})"));
  for (guint i = 2; i <= 16; i++)
    ohm_job_end (ohm_jobs_find (jobs, i), OHM_JOB_FAILED, NULL, NULL);
}

#define EVENTS OHM_DBUS_NAME ".Store.GetEvents"

/* How many events come, and the id of the last. */
static gsize
fixture_count_events (Fixture *fixture, const char *arguments, gint64 *ret_last, gboolean *ret_more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = fixture_call (fixture, EVENTS, arguments, &error);
  g_autoptr (GVariant) events = NULL;
  gsize n;

  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_get_size (answer), <=, 65536);
  g_variant_get (answer, "(@a(xxssa{ss})b)", &events, ret_more);
  n = g_variant_n_children (events);
  if (n > 0)
    g_variant_get_child (events, n - 1, "(xxssa{ss})", ret_last, NULL, NULL, NULL, NULL);
  return n;
}

/* @n events of a place, each with @size bytes of text; returns once the store has the last one,
 * whose id is @last. */
static void
fixture_add_events (Fixture *fixture, guint n, gsize size, gint64 last)
{
  g_autofree char *text = g_strnfill (size, 'x');
  gboolean has_more = FALSE;
  gint64 newest = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (OhmMessage) message = ohm_message_new ("counter-reset", "point", text, NULL);

      ohm_store_add_event (ohm_daemon_get_store (fixture->daemon), "places/main", message);
    }
  while (newest < last)
    fixture_count_events (fixture, "(int64 0, int64 0, {'limit': <uint32 1>})", &newest, &has_more);
}

/* What happened can be asked for, and an answer is never large. */
static void
test_dbus_service_events (Fixture *fixture, gconstpointer data)
{
  g_autoptr (OhmMessage) stepped = ohm_message_new ("clock-stepped", "step", "+4 s", NULL);
  g_autofree char *none = NULL;
  g_autofree char *clock = NULL;
  gint64 last = 0;
  gboolean has_more = FALSE;

  fixture_start (fixture);
  none = fixture_print_call (fixture, EVENTS, "(int64 0, int64 0, @a{sv} {})");
  g_assert_cmpstr (none, ==, "([], false)");
  ohm_store_add_event (ohm_daemon_get_store (fixture->daemon), "clock", stepped);
  fixture_add_events (fixture, 120, 10, 121);
  clock = fixture_print_call (fixture, EVENTS, "(int64 0, int64 0, {'about': <'clock'>})");
  g_assert_true (g_str_has_prefix (clock, "([(1, "));
  g_assert_true (
    g_str_has_suffix (clock, ", 'clock', 'clock-stepped', {'step': '+4 s'})], false)"));
  g_assert_cmpuint (fixture_count_events (fixture, "(int64 0, int64 0, @a{sv} {})", &last,
                                          &has_more),
                    ==, 100);
  g_assert_cmpint (last, ==, 121);
  g_assert_true (has_more);
  g_assert_cmpuint (fixture_count_events (fixture,
                                          "(int64 0, int64 0, {'limit': <uint32 4294967295>, "
                                          "'before': <int64 22>, 'code': <'counter-reset'>})",
                                          &last, &has_more),
                    ==, 20);
  g_assert_cmpint (last, ==, 21);
  g_assert_false (has_more);
  g_assert_cmpuint (fixture_count_events (fixture, "(int64 0, int64 5, @a{sv} {})", &last,
                                          &has_more),
                    ==, 0);
  fixture_add_events (fixture, 20, 20000, 141);
  g_assert_cmpuint (fixture_count_events (fixture, "(int64 0, int64 0, @a{sv} {})", &last,
                                          &has_more),
                    ==, 2);
  g_assert_cmpint (last, ==, 141);
  g_assert_true (has_more);
  fixture_assert_refused (fixture, EVENTS, "(int64 5, int64 5, @a{sv} {})", OHM_ERROR_CONFIG);
  fixture_assert_refused (fixture, EVENTS, "(int64 -1, int64 0, @a{sv} {})", OHM_ERROR_CONFIG);
  fixture_assert_refused (fixture, EVENTS, "(int64 0, int64 -1, @a{sv} {})", OHM_ERROR_CONFIG);
}

#define ADD(name)                                                                                  \
  g_test_add ("/dbus-service/" #name, Fixture, NULL, fixture_set_up, test_dbus_service_##name,     \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (name);
  ADD (second);
  ADD (no_bus);
  ADD (well_known);
  ADD (stop_while_pending);
  ADD (dispose_while_pending);
  ADD (misconfigured);
  ADD (many_faults);
  ADD (refusals);
  ADD (nothing_left);
  ADD (config);
  ADD (many_jobs);
  ADD (events);
  return g_test_run ();
}
