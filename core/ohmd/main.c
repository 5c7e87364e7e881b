/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "ohm-check.h"
#include "ohm-daemon.h"
#include "ohm-dbus.h"
#include "ohm-log.h"
#include "ohm-service.h"

/* Everything is committed within this after SIGTERM, or the process ends without (design 5). */
#define STOP_LIMIT_US (1800 * G_TIME_SPAN_MILLISECOND)

typedef struct
{
  char *config_dir;
  char *state_dir;
  char **plugin_dirs;
  char *bus_address;
  char *test_clock;
  gboolean is_session;
  gboolean is_system;
  gboolean checks_config;
  gboolean is_verbose;
  gboolean shows_version;
} OhmMainOptions;

typedef struct
{
  GMainLoop *loop;
  OhmDaemon *daemon;
  OhmDbus *dbus;
  OhmWatcher *watcher;
  guint signal_ids[2];
  gboolean is_stopping;
  OhmWatch *limit;
  gboolean is_on_bus;
  gboolean has_failed;
} OhmMain;

static void
ohm_main_options_clear (OhmMainOptions *self)
{
  g_free (self->config_dir);
  g_free (self->state_dir);
  g_strfreev (self->plugin_dirs);
  g_free (self->bus_address);
  g_free (self->test_clock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmMainOptions, ohm_main_options_clear)

static gboolean
ohm_main_parse (OhmMainOptions *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "system", 0, 0, G_OPTION_ARG_NONE, &options->is_system,
      N_ ("Serve on the system bus (default)"), NULL },
    { "session", 0, 0, G_OPTION_ARG_NONE, &options->is_session, N_ ("Serve on the session bus"),
      NULL },
    { "bus-address", 0, 0, G_OPTION_ARG_STRING, &options->bus_address,
      N_ ("Serve on the bus at this address"), N_ ("ADDRESS") },
    { "config-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->config_dir,
      N_ ("Site configuration (default " CONFIG_DIR ")"), N_ ("DIR") },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir,
      N_ ("Database and runtime configuration (default " STATE_DIR ")"), N_ ("DIR") },
    { "plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->plugin_dirs,
      N_ ("Plugins and profiles, instead of the installed ones; may be repeated, a later one wins "
          "for profiles"),
      N_ ("DIR") },
    { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->checks_config,
      N_ ("Say all that is wrong with the configuration, and exit"), NULL },
    { "test-clock", 0, 0, G_OPTION_ARG_FILENAME, &options->test_clock,
      N_ ("Take the time from a test at this socket"), N_ ("SOCKET") },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &options->is_verbose, N_ ("Log more"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->shows_version,
      N_ ("Show the version, and exit"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
    N_ ("- collects what energy meters measure"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_description (
    context,
    _ ("Meters are files in DIR/meters.d; 'ohmctl add' writes them. SIGHUP reads all files "
       "again, SIGTERM commits and ends, a second one ends at once."));
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "unexpected argument '%s'", (*argv)[1]);
      return FALSE;
    }
  if (options->is_system + options->is_session + (options->bus_address != NULL) > 1)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "give one of --system, --session and --bus-address");
      return FALSE;
    }
  return TRUE;
}

/* The installed directories: what the distribution ships, then what the site adds. */
static void
ohm_main_set_defaults (OhmMainOptions *options)
{
  const char *const dirs[] = { PLUGIN_DIR, PROFILE_DIR, CONFIG_DIR "/plugins", NULL };

  if (options->config_dir == NULL)
    options->config_dir = g_strdup (CONFIG_DIR);
  if (options->state_dir == NULL)
    options->state_dir = g_strdup (
      g_getenv ("STATE_DIRECTORY") != NULL ? g_getenv ("STATE_DIRECTORY") : STATE_DIR);
  if (options->plugin_dirs == NULL)
    options->plugin_dirs = g_boxed_copy (G_TYPE_STRV, dirs);
}

static void
ohm_main_on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmMain *self = user_data;

  ohm_daemon_stop_finish (OHM_DAEMON (source), result);
  ohm_dbus_stop (self->dbus);
  g_main_loop_quit (self->loop);
}

static void
ohm_main_on_stop_limit (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  OhmMain *self = user_data;

  ohm_log_warning ("store", "", "the store did not close in time, ending without it");
  self->has_failed = TRUE;
  g_main_loop_quit (self->loop);
}

static void
ohm_main_stop (OhmMain *self)
{
  if (self->is_stopping)
    return;
  self->is_stopping = TRUE;
  /* A second one ends us at once, from here on: GLib gives a signal back only with its source,
   * which stays until its callback, which we are in, has returned. */
  for (guint i = 0; i < G_N_ELEMENTS (self->signal_ids); i++)
    g_clear_handle_id (&self->signal_ids[i], g_source_remove);
  signal (SIGTERM, SIG_DFL);
  signal (SIGINT, SIG_DFL);
  ohm_service_stopping ();
  ohm_log_message (NULL, NULL, "stopping");
  ohm_watch_set_deadline (self->limit,
                          ohm_clock_get_mono_us (ohm_watcher_get_clock (self->watcher)) +
                            STOP_LIMIT_US);
  ohm_daemon_stop_async (self->daemon, ohm_main_on_stopped, self);
}

static gboolean
ohm_main_on_terminate (gpointer user_data)
{
  ohm_main_stop (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
ohm_main_on_hangup (gpointer user_data)
{
  OhmMain *self = user_data;

  if (self->is_stopping)
    return G_SOURCE_CONTINUE;
  ohm_service_reloading (ohm_watcher_get_clock (self->watcher));
  ohm_site_rescan (ohm_daemon_get_site (self->daemon));
  ohm_service_ready ();
  return G_SOURCE_CONTINUE;
}

/* Ready is who polls and can be asked. */
static void
ohm_main_check_ready (OhmMain *self)
{
  if (!self->is_on_bus || !ohm_daemon_is_started (self->daemon))
    return;
  ohm_service_ready ();
  ohm_log_message (NULL, NULL, "ready with %u meters on %u links",
                   ohm_site_get_meters (ohm_daemon_get_site (self->daemon))->len,
                   ohm_site_get_links (ohm_daemon_get_site (self->daemon))->len);
}

static void
ohm_main_on_started (OhmDaemon *daemon, OhmMain *self)
{
  ohm_main_check_ready (self);
}

static void
ohm_main_on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  OhmMain *self = user_data;
  g_autoptr (GError) error = NULL;

  if (ohm_dbus_start_finish (OHM_DBUS (source), result, &error))
    {
      self->is_on_bus = TRUE;
      ohm_main_check_ready (self);
      return;
    }
  fprintf (stderr, "ohmd: %s\n", error->message);
  self->has_failed = TRUE;
  ohm_main_stop (self);
}

static void
ohm_main_start_bus (OhmMain *self, const OhmMainOptions *options)
{
  OhmDbusParts parts = {
    .site = ohm_daemon_get_site (self->daemon),
    .jobs = ohm_daemon_get_jobs (self->daemon),
    .store = ohm_daemon_get_store (self->daemon),
    .places = ohm_daemon_get_places (self->daemon),
    .recorder = ohm_daemon_get_recorder (self->daemon),
    .clocks = ohm_daemon_get_clocks (self->daemon),
    .follow = ohm_daemon_get_follow (self->daemon),
    .uplinks = ohm_daemon_get_uplinks (self->daemon),
    .state_dir = options->state_dir,
    .plugin_dirs = (const char *const *) options->plugin_dirs,
  };
  OhmDbusBus bus = options->is_session ? OHM_DBUS_SESSION : OHM_DBUS_SYSTEM;

  self->dbus = ohm_dbus_new (&parts);
  if (options->bus_address != NULL)
    bus = OHM_DBUS_ADDRESS;
  ohm_dbus_start_async (self->dbus, bus, options->bus_address, ohm_main_on_bus, self);
}

static int
ohm_main_run (const OhmMainOptions *options, OhmWatcher *watcher)
{
  g_autoptr (OhmBus) bus = ohm_bus_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  OhmSiteOptions site = {
    .config_dir = options->config_dir,
    .state_dir = options->state_dir,
    .plugin_dirs = (const char *const *) options->plugin_dirs,
  };
  g_autoptr (OhmDaemon) daemon = ohm_daemon_new (&site, watcher, bus);
  OhmMain self = { .loop = loop, .daemon = daemon, .watcher = watcher };
  OhmWatch *watchdog;
  guint hangup_id;

  self.signal_ids[0] = g_unix_signal_add (SIGTERM, ohm_main_on_terminate, &self);
  self.signal_ids[1] = g_unix_signal_add (SIGINT, ohm_main_on_terminate, &self);
  hangup_id = g_unix_signal_add (SIGHUP, ohm_main_on_hangup, &self);
  watchdog = ohm_service_feed_watchdog (watcher);
  self.limit = ohm_watcher_add (watcher, -1, 0, ohm_main_on_stop_limit, &self);
  g_signal_connect (daemon, "started", G_CALLBACK (ohm_main_on_started), &self);
  ohm_main_start_bus (&self, options);
  ohm_daemon_start (daemon);
  g_main_loop_run (loop);
  g_source_remove (hangup_id);
  ohm_watch_remove (self.limit);
  g_clear_pointer (&watchdog, ohm_watch_remove);
  g_clear_object (&self.dbus);
  return self.has_failed ? 1 : 0;
}

static OhmClock *
ohm_main_make_clock (const OhmMainOptions *options, GError **error)
{
  if (options->test_clock != NULL)
    return ohm_clock_new_remote (options->test_clock, "ohmd", error);
  return ohm_clock_new ();
}

static gboolean
ohm_main_make_dirs (const OhmMainOptions *options, GError **error)
{
  if (g_mkdir_with_parents (options->state_dir, 0750) == 0)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "cannot make the state directory %s; run as the right user or give --state-dir",
               options->state_dir);
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_auto (OhmMainOptions) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmClock) clock = NULL;
  g_autoptr (OhmWatcher) watcher = NULL;

  /* not only libsecret brings secrets: files of uplinks have some, and D-Bus does */
  ohm_secret_forbid_dumps ();
  setlocale (LC_ALL, "");
  if (!ohm_main_parse (&options, &argc, &argv, &error))
    {
      fprintf (stderr, "ohmd: %s; see --help\n", error->message);
      return 2;
    }
  if (options.shows_version)
    {
      printf ("ohmd %s\n", PACKAGE_VERSION);
      return 0;
    }
  ohm_main_set_defaults (&options);
  if (options.checks_config)
    return ohm_check_config (options.config_dir, options.state_dir,
                             (const char *const *) options.plugin_dirs);
  ohm_log_init (options.is_verbose);
  clock = ohm_main_make_dirs (&options, &error) ? ohm_main_make_clock (&options, &error) : NULL;
  if (clock == NULL)
    {
      fprintf (stderr, "ohmd: %s\n", error->message);
      return 1;
    }
  watcher = ohm_watcher_new (clock, /* context */ NULL);
  return ohm_main_run (&options, watcher);
}
