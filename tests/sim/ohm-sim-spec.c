/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-spec.h"

#include "ohm-replay-device.h"

#include <math.h>
#include <string.h>

#include "ohm-keyfile.h"

#include "ohm-sim-modules.h"

#define COUNT_MAX 10000
#define POWER_W   10000.0

typedef gboolean (*OhmSimSpecSet) (OhmSimSpec *self, const char *value, GError **error);

typedef struct
{
  const char *key;
  const char *metavar;
  OhmSimSpecSet set;
  const char *help;
} OhmSimSpecKey;

static gboolean
ohm_sim_spec_parse_number (const char *text, guint64 min, guint64 max, guint64 *ret, GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, min, max, ret, NULL))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "expected a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", found '%s'",
               min, max, text);
  return FALSE;
}

static gboolean
ohm_sim_spec_set_port (OhmSimSpec *self, const char *value, GError **error)
{
  guint64 number;

  if (!ohm_sim_spec_parse_number (value, 1, 65535, &number, error))
    return FALSE;
  self->port = (guint16) number;
  return TRUE;
}

static gboolean
ohm_sim_spec_set_serial (OhmSimSpec *self, const char *value, GError **error)
{
  return ohm_sim_spec_parse_number (value, 1, G_MAXUINT64 / 2, &self->serial, error);
}

static gboolean
ohm_sim_spec_set_name (OhmSimSpec *self, const char *value, GError **error)
{
  g_free (self->name);
  self->name = g_strdup (value);
  return TRUE;
}

static gboolean
ohm_sim_spec_set_power (OhmSimSpec *self, const char *value, GError **error)
{
  char *end = NULL;
  double power = g_ascii_strtod (value, &end);

  if (end == value || *end != '\0' || !isfinite (power) || power < 0.0 || power > 1e9)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected watts from 0 to 1e9, found '%s'",
                   value);
      return FALSE;
    }
  self->power_w = power;
  return TRUE;
}

static gboolean
ohm_sim_spec_set_load (OhmSimSpec *self, const char *value, GError **error)
{
  if (ohm_sim_load_parse (value, &self->load))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
               "expected office, house, heat-pump, pv, site or constant, found '%s'", value);
  return FALSE;
}

static gboolean
ohm_sim_spec_set_latency (OhmSimSpec *self, const char *value, GError **error)
{
  guint64 number;

  if (!ohm_sim_spec_parse_number (value, 0, 3600000, &number, error))
    return FALSE;
  self->latency_us = (gint64) number * 1000;
  return TRUE;
}

static gboolean
ohm_sim_spec_set_connections (OhmSimSpec *self, const char *value, GError **error)
{
  guint64 number;

  if (!ohm_sim_spec_parse_number (value, 1, 65535, &number, error))
    return FALSE;
  self->connections_max = (guint) number;
  return TRUE;
}

static gboolean
ohm_sim_spec_set_framing (OhmSimSpec *self, const char *value, GError **error)
{
  if (!g_str_equal (value, "tcp") && !g_str_equal (value, "rtu"))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected tcp or rtu, found '%s'", value);
      return FALSE;
    }
  self->framing = g_str_equal (value, "rtu") ? OHM_FRAMING_RTU : OHM_FRAMING_TCP;
  return TRUE;
}

static gboolean
ohm_sim_spec_set_line (OhmSimSpec *self, const char *value, GError **error)
{
  if (value[0] != '/')
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected an absolute path, found '%s'",
                   value);
      return FALSE;
    }
  g_free (self->line);
  self->line = g_strdup (value);
  return TRUE;
}

static gboolean
ohm_sim_spec_set_baud (OhmSimSpec *self, const char *value, GError **error)
{
  return ohm_sim_line_set (&self->traits, "baud", value, error);
}

/* `noise=flip:500` */
static gboolean
ohm_sim_spec_set_noise (OhmSimSpec *self, const char *value, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (value, ":", 2);

  return ohm_sim_line_set (&self->traits, halves[0], halves[1] != NULL ? halves[1] : "", error);
}

static gboolean
ohm_sim_spec_set_fault (OhmSimSpec *self, const char *value, GError **error)
{
  OhmSimFault fault;

  if (!ohm_sim_fault_parse (value, &fault, error))
    return FALSE;
  g_array_append_val (self->faults, fault);
  return TRUE;
}

/* The fact that tells them, checked. */
static gboolean
ohm_sim_spec_set_modules (OhmSimSpec *self, const char *value, GError **error)
{
  OhmSimModules modules;

  if (!ohm_sim_modules_parse (value, &modules, error))
    return FALSE;
  g_hash_table_replace (self->facts, g_strdup ("modules"), g_strdup (value));
  return TRUE;
}

static const OhmSimSpecKey keys[] = {
  { "port", "N", ohm_sim_spec_set_port, "TCP port of the first endpoint (any free one)" },
  { "serial", "N", ohm_sim_spec_set_serial, "serial number of the first meter, then counted up" },
  { "name", "TEXT", ohm_sim_spec_set_name, "what the meter calls itself" },
  { "power", "WATTS", ohm_sim_spec_set_power, "nominal power (10000)" },
  { "load", "LOAD", ohm_sim_spec_set_load, "office, house, heat-pump, pv, site or constant" },
  { "latency", "MS", ohm_sim_spec_set_latency, "time that each answer takes (0)" },
  { "connections", "N", ohm_sim_spec_set_connections, "most connections at a time" },
  { "framing", "FRAMING", ohm_sim_spec_set_framing,
    "tcp, or rtu as a cheap converter passes it on" },
  { "line", "PATH", ohm_sim_spec_set_line, "a serial line there, instead of TCP" },
  { "baud", "N", ohm_sim_spec_set_baud, "speed of the line, or of the one behind a gateway" },
  { "noise", "TRAIT:N", ohm_sim_spec_set_noise,
    "drop, flip, insert, collide, pause: chance per million bytes of the line; repeatable" },
  { "modules", "LIST", ohm_sim_spec_set_modules,
    "UMG 801: what sits in the slots (" OHM_SIM_MODULES_DEFAULT ")" },
  { "fault", "FAULT", ohm_sim_spec_set_fault, "what is wrong from the start; repeatable" },
};

char *
ohm_sim_spec_help (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *name = g_strconcat (keys[i].key, "=", keys[i].metavar, NULL);

      g_string_append_printf (text, "  %-24s %s\n", name, keys[i].help);
    }
  g_string_append_printf (text, "  %-24s %s\n", "fact.NAME=TEXT", "what a fact's registers hold");
  return g_strdup (text->str);
}

static gboolean
ohm_sim_spec_set_unknown (const char *key, GError **error)
{
  const char *names[G_N_ELEMENTS (keys) + 1] = { NULL };
  const char *near;

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    names[i] = keys[i].key;
  near = ohm_suggest (key, names);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "unknown key%s%s%s",
               near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
               near != NULL ? "'?" : "");
  return FALSE;
}

static gboolean
ohm_sim_spec_set (OhmSimSpec *self, const char *key, const char *value, GError **error)
{
  if (g_str_has_prefix (key, "fact.") && key[5] != '\0')
    {
      g_hash_table_replace (self->facts, g_strdup (key + 5), g_strdup (value));
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].key, key))
      return keys[i].set (self, value, error);
  return ohm_sim_spec_set_unknown (key, error);
}

/* Whether a comma at @text begins another KEY=VALUE: in "hold=100,11" and "silent@1,3" it does
 * not. */
static gboolean
ohm_sim_spec_is_key (const char *text)
{
  gsize length = strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789.-");

  return g_ascii_isalpha (text[0]) && text[length] == '=';
}

static gboolean
ohm_sim_spec_parse_pair (OhmSimSpec *self, const char *pair, GError **error)
{
  g_auto (GStrv) halves = g_strsplit (pair, "=", 2);

  if (halves[0] == NULL || halves[1] == NULL || halves[1][0] == '\0')
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "expected KEY=VALUE, found '%s'", pair);
      return FALSE;
    }
  if (ohm_sim_spec_set (self, halves[0], halves[1], error))
    return TRUE;
  g_prefix_error (error, "%s: ", halves[0]);
  return FALSE;
}

static gboolean
ohm_sim_spec_parse_pairs (OhmSimSpec *self, const char *text, GError **error)
{
  const char *from = text;

  for (const char *at = text;; at++)
    {
      if (*at == '\0' || (*at == ',' && ohm_sim_spec_is_key (at + 1)))
        {
          g_autofree char *pair = g_strndup (from, (gsize) (at - from));

          if (!ohm_sim_spec_parse_pair (self, pair, error))
            return FALSE;
          from = at + 1;
        }
      if (*at == '\0')
        return TRUE;
    }
}

static gboolean
ohm_sim_spec_parse_count (OhmSimSpec *self, const char *text, GError **error)
{
  guint64 count = 1;

  if (text != NULL && !ohm_sim_spec_parse_number (text, 1, COUNT_MAX, &count, error))
    {
      g_prefix_error (error, "count: ");
      return FALSE;
    }
  self->count = (guint) count;
  return TRUE;
}

/* Cuts text at a separator, and returns what follows it. */
static char *
ohm_sim_spec_cut (char *text, char separator)
{
  char *at = strchr (text, separator);

  if (at == NULL)
    return NULL;
  *at = '\0';
  return at + 1;
}

/* Cuts off the last "*COUNT": a star may also be the set of units. */
static char *
ohm_sim_spec_cut_count (char *text)
{
  char *at = strrchr (text, '*');

  if (at == NULL || (at > text && at[-1] == '@'))
    return NULL;
  *at = '\0';
  return at + 1;
}

/* A recording says itself which type and unit it is of. */
static gboolean
ohm_sim_spec_load_capture (OhmSimSpec *self, const char *path, GError **error)
{
  g_autoptr (OhmReplayDevice) device = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  self->capture = ohm_capture_parse (text, error);
  if (self->capture == NULL)
    return FALSE;
  device = ohm_replay_device_new (self->capture, error);
  if (device == NULL)
    return FALSE;
  self->type = g_strdup (self->capture->profile);
  return TRUE;
}

static gboolean
ohm_sim_spec_parse_type (OhmSimSpec *self, const char *type, GError **error)
{
  if (type[0] != '\0' && type[strspn (type, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0')
    {
      self->type = g_strdup (type);
      return TRUE;
    }
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "'%s' is not a type id", type);
  return FALSE;
}

/* (transfer full): those of the recording if none are given */
static char *
ohm_sim_spec_dup_units (const OhmSimSpec *self, const char *units)
{
  const OhmCaptureExchange *first = self->capture != NULL
                                      ? g_ptr_array_index (self->capture->exchanges, 0)
                                      : NULL;

  if (units != NULL)
    return g_strdup (units);
  return g_strdup_printf ("%u", first != NULL ? (guint) first->unit : 1);
}

static gboolean
ohm_sim_spec_parse_head (OhmSimSpec *self, char *head, GError **error)
{
  char *count = ohm_sim_spec_cut_count (head);
  char *units = ohm_sim_spec_cut (head, '@');
  g_autofree char *own = NULL;

  if (g_str_has_suffix (head, ".capture") ? !ohm_sim_spec_load_capture (self, head, error)
                                          : !ohm_sim_spec_parse_type (self, head, error))
    return FALSE;
  own = ohm_sim_spec_dup_units (self, units);
  return ohm_sim_units_parse (own, &self->units, error) &&
         ohm_sim_spec_parse_count (self, count, error);
}

static OhmSimSpec *
ohm_sim_spec_new (void)
{
  OhmSimSpec *self = g_new0 (OhmSimSpec, 1);

  self->power_w = POWER_W;
  self->load = OHM_SIM_LOAD_OFFICE;
  self->traits = ohm_sim_line_traits;
  self->faults = g_array_new (FALSE, FALSE, sizeof (OhmSimFault));
  self->facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

OhmSimSpec *
ohm_sim_spec_parse (const char *text, GError **error)
{
  g_autoptr (OhmSimSpec) self = ohm_sim_spec_new ();
  g_autofree char *head = g_strdup (text);
  char *pairs = ohm_sim_spec_cut (head, ':');

  if (ohm_sim_spec_parse_head (self, head, error) &&
      (pairs == NULL || ohm_sim_spec_parse_pairs (self, pairs, error)))
    return g_steal_pointer (&self);
  g_prefix_error (error, "meter '%s': ", text);
  return NULL;
}

void
ohm_sim_spec_free (OhmSimSpec *self)
{
  g_free (self->type);
  g_clear_pointer (&self->capture, ohm_capture_free);
  g_free (self->name);
  g_free (self->line);
  g_array_unref (self->faults);
  g_hash_table_unref (self->facts);
  g_free (self);
}

static gboolean
ohm_sim_specs_add_file (GPtrArray *specs, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);
      OhmSimSpec *spec;

      if (line[0] == '\0' || line[0] == '#')
        continue;
      spec = ohm_sim_spec_parse (line, error);
      if (spec == NULL)
        {
          g_prefix_error (error, "%s:%u: ", path, i + 1);
          return FALSE;
        }
      g_ptr_array_add (specs, spec);
    }
  return TRUE;
}

gboolean
ohm_sim_specs_add (GPtrArray *specs, const char *argument, GError **error)
{
  OhmSimSpec *spec;

  if (argument[0] == '@')
    return ohm_sim_specs_add_file (specs, argument + 1, error);
  spec = ohm_sim_spec_parse (argument, error);
  if (spec == NULL)
    return FALSE;
  g_ptr_array_add (specs, spec);
  return TRUE;
}
