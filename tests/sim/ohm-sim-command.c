/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-sim-server.h"

/* Which endpoints and units a command is about. */
typedef struct
{
  OhmSimServer *server;
  guint16 port; /* 0 for all */
  OhmSimUnits units;
} OhmSimTarget;

typedef gboolean (*OhmSimCommandFunc) (OhmSimEndpoint *endpoint,
                                       const OhmSimUnits *units,
                                       gpointer user_data,
                                       GError **error);

/* Calls @func for each endpoint meant; there must be one. */
static gboolean
ohm_sim_target_foreach (const OhmSimTarget *self,
                        OhmSimCommandFunc func,
                        gpointer user_data,
                        GError **error)
{
  GPtrArray *endpoints = ohm_sim_server_get_endpoints (self->server);
  guint n = 0;

  for (guint i = 0; i < endpoints->len; i++)
    {
      OhmSimEndpoint *endpoint = g_ptr_array_index (endpoints, i);

      if (self->port != 0 && ohm_sim_endpoint_get_port (endpoint) != self->port)
        continue;
      if (!func (endpoint, &self->units, user_data, error))
        return FALSE;
      n++;
    }
  if (n > 0)
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no endpoint on port %u", self->port);
  return FALSE;
}

static gboolean
ohm_sim_target_parse (OhmSimTarget *self, const char *port, const char *units, GError **error)
{
  guint64 number = 0;

  if (!g_str_equal (port, "*") && !g_ascii_string_to_unsigned (port, 10, 1, 65535, &number, NULL))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "expected 'list', 'help', or a port or '*', found '%s'", port);
      return FALSE;
    }
  self->port = (guint16) number;
  return ohm_sim_units_parse (units, &self->units, error);
}

typedef struct
{
  OhmSimFault fault;
  gboolean is_on;
} OhmSimSwitch;

static gboolean
ohm_sim_command_on_fault (OhmSimEndpoint *endpoint,
                          const OhmSimUnits *units,
                          gpointer user_data,
                          GError **error)
{
  const OhmSimSwitch *turn = user_data;

  return ohm_sim_endpoint_set_fault (endpoint, &turn->fault, turn->is_on, error);
}

/* fault NAME [ARGUMENT] on|off */
static gboolean
ohm_sim_command_fault (const OhmSimTarget *target, char **words, GError **error)
{
  guint n = g_strv_length (words);
  const char *last = n > 1 ? words[n - 1] : "";
  g_autofree char *text = NULL;
  OhmSimSwitch turn;

  if (n > 3 || (!g_str_equal (last, "on") && !g_str_equal (last, "off")))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected 'fault NAME [ARGUMENT] on|off'");
      return FALSE;
    }
  turn.is_on = g_str_equal (last, "on");
  text = n == 3 ? g_strconcat (words[0], "=", words[1], NULL) : g_strdup (words[0]);
  if (!turn.is_on && ohm_sim_fault_parse_kind (words[0], &turn.fault.kind, NULL))
    turn.fault.percent = 100; /* what ends needs no argument */
  else if (!ohm_sim_fault_parse (text, &turn.fault, error))
    return FALSE;
  turn.fault.units = target->units;
  return ohm_sim_target_foreach (target, ohm_sim_command_on_fault, &turn, error);
}

static gboolean
ohm_sim_command_on_set (OhmSimEndpoint *endpoint,
                        const OhmSimUnits *units,
                        gpointer user_data,
                        GError **error)
{
  char **words = user_data;
  gboolean is_found = FALSE;

  for (guint unit = 0; unit < 256; unit++)
    {
      OhmSimDevice *device = ohm_sim_endpoint_get_device (endpoint, (guint8) unit);

      if (device == NULL || !ohm_sim_units_has (units, (guint8) unit))
        continue;
      if (!ohm_sim_device_set (device, words[0], words[1], error))
        return FALSE;
      is_found = TRUE;
    }
  if (!is_found)
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no such unit");
  return is_found;
}

/* set POINT VALUE */
static gboolean
ohm_sim_command_set (const OhmSimTarget *target, char **words, GError **error)
{
  if (g_strv_length (words) == 2)
    return ohm_sim_target_foreach (target, ohm_sim_command_on_set, words, error);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected 'set POINT VALUE'");
  return FALSE;
}

static gboolean
ohm_sim_command_on_drop (OhmSimEndpoint *endpoint,
                         const OhmSimUnits *units,
                         gpointer user_data,
                         GError **error)
{
  ohm_sim_endpoint_drop_all (endpoint);
  return TRUE;
}

static gboolean
ohm_sim_command_on_dump (OhmSimEndpoint *endpoint,
                         const OhmSimUnits *units,
                         gpointer user_data,
                         GError **error)
{
  OhmClock *clock = ohm_watcher_get_clock (ohm_sim_endpoint_get_watcher (endpoint));
  OhmSimNow now = { ohm_clock_get_wall_us (clock), ohm_clock_get_mono_us (clock) };

  for (guint unit = 0; unit < 256; unit++)
    {
      OhmSimDevice *device = ohm_sim_endpoint_get_device (endpoint, (guint8) unit);

      if (device != NULL && ohm_sim_units_has (units, (guint8) unit))
        ohm_sim_device_dump (device, now, user_data);
    }
  return TRUE;
}

/* What happens to the serial line that leads to an endpoint. */
typedef struct
{
  OhmSimServer *server;
  char **words;
} OhmSimLineCommand;

static gboolean
ohm_sim_command_on_line (OhmSimEndpoint *endpoint,
                         const OhmSimUnits *units,
                         gpointer user_data,
                         GError **error)
{
  const OhmSimLineCommand *command = user_data;
  OhmSimSerial *serial = ohm_sim_server_find_serial (command->server, endpoint);
  OhmSimLine *line = serial != NULL ? ohm_sim_serial_get_line (serial) : NULL;

  if (line == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no serial line leads there");
      return FALSE;
    }
  if (command->words[1] != NULL)
    return ohm_sim_line_set (ohm_sim_line_get_traits (line), command->words[0], command->words[1],
                             error);
  if (g_str_equal (command->words[0], "unplug"))
    ohm_sim_line_unplug (line);
  else
    return ohm_sim_serial_plug (serial, error);
  return TRUE;
}

/* line plug|unplug|TRAIT VALUE */
static gboolean
ohm_sim_command_line (const OhmSimTarget *target, char **words, GError **error)
{
  OhmSimLineCommand command = { target->server, words };
  guint n = g_strv_length (words);

  if (n == 2 || (n == 1 && (g_str_equal (words[0], "plug") || g_str_equal (words[0], "unplug"))))
    return ohm_sim_target_foreach (target, ohm_sim_command_on_line, &command, error);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected 'line plug|unplug|TRAIT VALUE'");
  return FALSE;
}

static gboolean
ohm_sim_command_dispatch (OhmSimServer *server, char **words, GString *out, GError **error)
{
  OhmSimTarget target = { .server = server };
  guint n = g_strv_length (words);

  if (n < 3)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "expected 'PORT UNIT fault|set|line|drop|dump ...'");
      return FALSE;
    }
  if (!ohm_sim_target_parse (&target, words[0], words[1], error))
    return FALSE;
  if (g_str_equal (words[2], "fault"))
    return ohm_sim_command_fault (&target, words + 3, error);
  if (g_str_equal (words[2], "set"))
    return ohm_sim_command_set (&target, words + 3, error);
  if (g_str_equal (words[2], "line"))
    return ohm_sim_command_line (&target, words + 3, error);
  if (g_str_equal (words[2], "drop"))
    return ohm_sim_target_foreach (&target, ohm_sim_command_on_drop, NULL, error);
  if (g_str_equal (words[2], "dump"))
    return ohm_sim_target_foreach (&target, ohm_sim_command_on_dump, out, error);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "expected 'fault', 'set', 'line', 'drop' or 'dump', found '%s'", words[2]);
  return FALSE;
}

static void
ohm_sim_command_list_devices (OhmSimEndpoint *endpoint, GString *text)
{
  const OhmSimDevice *last = NULL;

  for (guint unit = 0; unit < 256; unit++)
    {
      const OhmSimDevice *device = ohm_sim_endpoint_get_device (endpoint, (guint8) unit);

      if (device == NULL || device == last)
        continue;
      g_string_append_printf (text,
                              "unit %u %u serial=%" G_GUINT64_FORMAT " reads=%" G_GUINT64_FORMAT
                              " writes=%" G_GUINT64_FORMAT "\n",
                              ohm_sim_endpoint_get_port (endpoint), unit,
                              ohm_sim_device_get_serial (device), ohm_sim_device_get_reads (device),
                              ohm_sim_device_get_writes (device));
      last = device;
    }
}

static void
ohm_sim_command_list_faults (OhmSimEndpoint *endpoint, GString *text)
{
  const OhmSimFaults *faults = ohm_sim_endpoint_get_faults (endpoint);

  for (guint i = 0; i < faults->array->len; i++)
    {
      g_autofree char *fault = ohm_sim_fault_to_string (
        &g_array_index (faults->array, OhmSimFault, i));

      g_string_append_printf (text, "fault %u %s\n", ohm_sim_endpoint_get_port (endpoint), fault);
    }
}

static char *
ohm_sim_command_list (OhmSimServer *server)
{
  GPtrArray *endpoints = ohm_sim_server_get_endpoints (server);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < endpoints->len; i++)
    {
      OhmSimEndpoint *endpoint = g_ptr_array_index (endpoints, i);
      g_autofree char *units = ohm_sim_units_to_string (ohm_sim_endpoint_get_units (endpoint));

      g_string_append_printf (text, "endpoint %u %s %s connections=%u accepted=%u\n",
                              ohm_sim_endpoint_get_port (endpoint),
                              ohm_sim_endpoint_get_type (endpoint), units,
                              ohm_sim_endpoint_get_n_connections (endpoint),
                              ohm_sim_endpoint_get_n_accepted (endpoint));
      ohm_sim_command_list_devices (endpoint, text);
      ohm_sim_command_list_faults (endpoint, text);
    }
  g_string_append (text, "ok\n");
  return g_strdup (text->str);
}

static char *
ohm_sim_command_help (void)
{
  g_autofree char *faults = ohm_sim_fault_help ();

  return g_strconcat ("  list\n"
                      "  PORT|* UNITS|* fault NAME [ARGUMENT] on|off\n"
                      "  PORT|* UNITS|* set POINT|FACT VALUE|nan|auto\n"
                      "  PORT|* UNITS|* line plug|unplug|TRAIT VALUE\n"
                      "  PORT|* UNITS|* drop\n"
                      "  PORT|* UNITS|* dump\n"
                      "Faults:\n",
                      faults, "ok\n", NULL);
}

char *
ohm_sim_server_command (OhmSimServer *self, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_auto (GStrv) words = NULL;
  int n_words = 0;

  if (!g_shell_parse_argv (line, &n_words, &words, &error))
    return g_strdup_printf ("error %s\n", error->message);
  if (g_str_equal (words[0], "list"))
    return ohm_sim_command_list (self);
  if (g_str_equal (words[0], "help"))
    return ohm_sim_command_help ();
  if (ohm_sim_command_dispatch (self, words, out, &error))
    return g_strconcat (out->str, "ok\n", NULL);
  return g_strdup_printf ("error %s\n", error->message);
}
