/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <glib-unix.h>

#include "ohm-sim-control.h"

typedef struct
{
  char **directories;
  char *host;
  char *test_clock;
  char *control;
  char *journal;
  char **specs;
  int port;
  gint64 seed;
  gboolean lists;
  gboolean is_version;
} OhmSimOptions;

static void
ohm_sim_options_clear (OhmSimOptions *self)
{
  g_strfreev (self->directories);
  g_free (self->host);
  g_free (self->test_clock);
  g_free (self->control);
  g_free (self->journal);
  g_strfreev (self->specs);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmSimOptions, ohm_sim_options_clear)

static const char summary[] =
  "Simulates energy meters on Modbus TCP and serial lines, after their profiles.\n\n"
  "METERSPEC is TYPE|FILE.capture[@UNITS][*COUNT][:KEY=VALUE...]: COUNT endpoints (1), each\n"
  "a TCP port of its own, with a meter of that type for each unit id of UNITS (1): '1,3,5-8',\n"
  "or '*' for one meter that answers to any. A recording is played as it was made. @FILE stands\n"
  "for the specs in FILE, one a line.\n\n"
  "For each endpoint 'listening HOST PORT TYPE UNITS' is printed, then 'ready'. With\n"
  "line=PATH meters are on a serial line, a pseudo-terminal that PATH leads to; PORT is then\n"
  "a number for commands.";

static char *
ohm_sim_make_description (void)
{
  g_autofree char *keys = ohm_sim_spec_help ();
  g_autofree char *faults = ohm_sim_fault_help ();

  return g_strconcat ("Keys of a METERSPEC:\n", keys,
                      "\nFaults, written NAME[=ARGUMENT][@UNITS][%PERCENT of requests]:\n", faults,
                      "\nExample: two gateways with eight meters each, one of them often mute:\n"
                      "  ohm-sim janitza-common@1-8*2:latency=2,fault=silent=500@8%30\n",
                      NULL);
}

static gboolean
ohm_sim_parse_options (OhmSimOptions *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "profile-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->directories,
      "Where profiles are, folders below included; repeatable, a later one wins", "DIR" },
    { "host", 0, 0, G_OPTION_ARG_STRING, &options->host, "Address to listen on (127.0.0.1)",
      "ADDRESS" },
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port,
      "First TCP port, then counted up (0: any free ones)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options->seed, "Another seed, other loads (0)", "N" },
    { "control", 0, 0, G_OPTION_ARG_FILENAME, &options->control,
      "Take commands on this Unix socket; send 'help' for them", "SOCKET" },
    { "journal", 0, 0, G_OPTION_ARG_FILENAME, &options->journal, "Write a line for each request",
      "FILE" },
    { "test-clock", 0, 0, G_OPTION_ARG_FILENAME, &options->test_clock,
      "Let the test that listens there drive the time", "SOCKET" },
    { "list", 0, 0, G_OPTION_ARG_NONE, &options->lists, "List the types that there are", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->is_version, "Show the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->specs, NULL,
      "METERSPEC..." },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autofree char *description = ohm_sim_make_description ();

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, error))
    return FALSE;
  if (options->port >= 0 && options->port <= 65535)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "--port: expected 0 to 65535");
  return FALSE;
}

/* A thousand endpoints and their clients need more descriptors than the usual soft limit. */
static void
ohm_sim_raise_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static void
ohm_sim_print_types (OhmSimProfiles *profiles)
{
  g_autoptr (GPtrArray) ids = ohm_sim_profiles_list (profiles);

  for (guint i = 0; i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      g_autoptr (GError) error = NULL;
      OhmProfile *profile = ohm_sim_profiles_get (profiles, id, &error);

      printf ("%-24s %s\n", id, profile != NULL ? ohm_profile_get_name (profile) : error->message);
    }
}

static void
ohm_sim_print_endpoints (OhmSimServer *server, const char *host)
{
  GPtrArray *endpoints = ohm_sim_server_get_endpoints (server);

  for (guint i = 0; i < endpoints->len; i++)
    {
      OhmSimEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      g_autofree char *units = ohm_sim_units_to_string (ohm_sim_endpoint_get_units (endpoint));

      const char *line = ohm_sim_endpoint_get_line (endpoint);

      printf ("listening %s %u %s %s\n", line != NULL ? line : host,
              ohm_sim_endpoint_get_port (endpoint), ohm_sim_endpoint_get_type (endpoint), units);
    }
  printf ("ready\n");
  fflush (stdout);
}

static gboolean
ohm_sim_add_all (OhmSimServer *server, GPtrArray *specs, int port, GError **error)
{
  int next = port;

  for (guint i = 0; i < specs->len; i++)
    {
      const OhmSimSpec *spec = g_ptr_array_index (specs, i);

      if (!ohm_sim_server_add (server, spec, (guint16) next, error))
        {
          g_prefix_error (error, "%s: ", spec->type);
          return FALSE;
        }
      if (next != 0 && spec->port == 0)
        next = MIN (next + (int) spec->count, 65535);
    }
  return TRUE;
}

static gboolean
ohm_sim_on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
ohm_sim_serve (OhmSimServer *server,
               OhmWatcher *watcher,
               const OhmSimOptions *options,
               GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (OhmSimControl) control = NULL;
  guint on_term;
  guint on_int;

  if (options->control != NULL)
    {
      control = ohm_sim_control_new (server, watcher, options->control, error);
      if (control == NULL)
        return FALSE;
    }
  on_term = g_unix_signal_add (SIGTERM, ohm_sim_on_signal, loop);
  on_int = g_unix_signal_add (SIGINT, ohm_sim_on_signal, loop);
  ohm_sim_print_endpoints (server, options->host != NULL ? options->host : "127.0.0.1");
  g_main_loop_run (loop);
  g_source_remove (on_term);
  g_source_remove (on_int);
  return TRUE;
}

static OhmSimProfiles *
ohm_sim_open_profiles (const OhmSimOptions *options)
{
  static const char *const installed[] = { PROFILE_DIR, NULL };

  if (options->directories == NULL)
    return ohm_sim_profiles_new (installed);
  return ohm_sim_profiles_new ((const char *const *) options->directories);
}

static gboolean
ohm_sim_open_site (OhmSimSite *site, const OhmSimOptions *options, GError **error)
{
  const char *host = options->host != NULL ? options->host : "127.0.0.1";
  g_autoptr (OhmClock) clock = NULL;

  site->host = g_inet_address_new_from_string (host);
  site->seed = (guint64) options->seed;
  if (site->host == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "--host: '%s' is not an IP address", host);
      return FALSE;
    }
  if (options->journal != NULL && (site->journal = fopen (options->journal, "we")) == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "--journal: '%s': %s", options->journal,
                   g_strerror (errno));
      return FALSE;
    }
  if (options->test_clock != NULL)
    clock = ohm_clock_new_remote (options->test_clock, "ohm-sim", error);
  else
    clock = ohm_clock_new ();
  if (clock == NULL)
    return FALSE;
  site->watcher = ohm_watcher_new (clock, NULL);
  return TRUE;
}

static void
ohm_sim_site_clear (OhmSimSite *site)
{
  g_clear_object (&site->watcher);
  g_clear_object (&site->host);
  g_clear_pointer (&site->journal, fclose);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OhmSimSite, ohm_sim_site_clear)

static gboolean
ohm_sim_run (const OhmSimOptions *options, GError **error)
{
  g_autoptr (GPtrArray) specs = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_sim_spec_free);
  g_autoptr (OhmSimProfiles) profiles = ohm_sim_open_profiles (options);
  g_auto (OhmSimSite) site = { 0 };
  g_autoptr (OhmSimServer) server = NULL;

  if (options->lists)
    {
      ohm_sim_print_types (profiles);
      return TRUE;
    }
  for (guint i = 0; options->specs != NULL && options->specs[i] != NULL; i++)
    if (!ohm_sim_specs_add (specs, options->specs[i], error))
      return FALSE;
  if (specs->len == 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "no METERSPEC; see --help");
      return FALSE;
    }
  if (!ohm_sim_open_site (&site, options, error))
    return FALSE;
  server = ohm_sim_server_new (&site, profiles);
  return ohm_sim_add_all (server, specs, options->port, error) &&
         ohm_sim_serve (server, site.watcher, options, error);
}

int
main (int argc, char **argv)
{
  g_auto (OhmSimOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_set_prgname ("ohm-sim");
  ohm_sim_raise_limit ();
  if (!ohm_sim_parse_options (&options, argc, argv, &error))
    {
      fprintf (stderr, "ohm-sim: %s\n", error->message);
      return 2;
    }
  if (options.is_version)
    {
      printf ("ohm-sim %s\n", PACKAGE_VERSION);
      return EXIT_SUCCESS;
    }
  if (ohm_sim_run (&options, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "ohm-sim: %s\n", error->message);
  return EXIT_FAILURE;
}
