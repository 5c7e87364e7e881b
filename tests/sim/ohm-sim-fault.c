/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-sim-fault.h"

#include <string.h>

#include "ohm-keyfile.h"

#include "ohm-sim-shape.h"

#define MS_MAX 3600000

/* What an argument may be. Without one, the default holds; no default: it must be given. */
typedef enum
{
  OHM_SIM_ARGUMENT_NONE,
  OHM_SIM_ARGUMENT_OPTIONAL,
  OHM_SIM_ARGUMENT_NEEDED,
  OHM_SIM_ARGUMENT_PAIR,       /* A,B or A-B; B may be left out */
  OHM_SIM_ARGUMENT_WHOLE_PAIR, /* both needed */
} OhmSimArgument;

typedef struct
{
  const char *name;
  const char *metavar;
  OhmSimArgument argument;
  gint64 min;
  gint64 max;
  gint64 standard;
  gint64 second;
  const char *help;
} OhmSimFaultRow;

/* clang-format off */
static const OhmSimFaultRow rows[OHM_SIM_N_FAULTS] = {
  [OHM_SIM_FAULT_SILENT] = { "silent", "MS", OHM_SIM_ARGUMENT_OPTIONAL, 0, MS_MAX, 0, 0,
    "no answer; the line is held for MS (0)" },
  [OHM_SIM_FAULT_SLOW] = { "slow", "MS", OHM_SIM_ARGUMENT_NEEDED, 0, MS_MAX, 0, 0,
    "the answer takes MS longer, the line is held" },
  [OHM_SIM_FAULT_DRIP] = { "drip", "MS", OHM_SIM_ARGUMENT_NEEDED, 0, MS_MAX, 0, 0,
    "the answer comes byte by byte, one each MS" },
  [OHM_SIM_FAULT_LATE] = { "late", "MS", OHM_SIM_ARGUMENT_NEEDED, 0, MS_MAX, 0, 0,
    "the answer comes MS later, others are served meanwhile" },
  [OHM_SIM_FAULT_HOLD] = { "hold", "MS[,CODE]", OHM_SIM_ARGUMENT_PAIR, 0, MS_MAX, 0, 11,
    "the line is held for MS, then comes exception CODE (11)" },
  [OHM_SIM_FAULT_DUPLICATE] = { "duplicate", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "the answer comes twice" },
  [OHM_SIM_FAULT_TRAILING] = { "trailing", "N", OHM_SIM_ARGUMENT_OPTIONAL, 1, 8, 1, 0,
    "N (1) surplus bytes follow the answer" },
  [OHM_SIM_FAULT_WRONG_TID] = { "wrong-tid", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "another transaction id" },
  [OHM_SIM_FAULT_WRONG_UNIT] = { "wrong-unit", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "another unit id" },
  [OHM_SIM_FAULT_WRONG_PROTOCOL_ID] = { "wrong-protocol-id", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0,
    0, 0, "protocol id 1" },
  [OHM_SIM_FAULT_WRONG_LENGTH] = { "wrong-length", "N", OHM_SIM_ARGUMENT_OPTIONAL, -200, 200, 1,
    0, "a length field that is N (1) too high" },
  [OHM_SIM_FAULT_WRONG_FUNCTION] = { "wrong-function", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "another function code" },
  [OHM_SIM_FAULT_WRONG_COUNT] = { "wrong-count", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "a byte count that is 2 too high" },
  [OHM_SIM_FAULT_GARBAGE] = { "garbage", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "random bytes instead of the answer" },
  [OHM_SIM_FAULT_RTU] = { "rtu", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "the answer in RTU framing" },
  [OHM_SIM_FAULT_HTTP] = { "http", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "a web server's answer" },
  [OHM_SIM_FAULT_EXCEPTION] = { "exception", "CODE", OHM_SIM_ARGUMENT_NEEDED, 1, 255, 0, 0,
    "every request is refused with CODE" },
  [OHM_SIM_FAULT_REFUSE_FUNCTION] = { "refuse-function", "FUNCTION", OHM_SIM_ARGUMENT_NEEDED, 1,
    127, 0, 0, "exception 1 to this function" },
  [OHM_SIM_FAULT_HOLE] = { "hole", "FIRST-LAST", OHM_SIM_ARGUMENT_WHOLE_PAIR, 0, 65535, 0, 0,
    "exception 2 if a read touches these registers" },
  [OHM_SIM_FAULT_GAPS] = { "gaps", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "exception 2 if a read touches a register that the profile does not name" },
  [OHM_SIM_FAULT_CLOSE] = { "close", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "closes the connection instead of answering" },
  [OHM_SIM_FAULT_CLOSE_ACCEPT] = { "close-accept", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "closes each new connection at once" },
  [OHM_SIM_FAULT_CLOSE_FRAME] = { "close-frame", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "closes the connection in the middle of the answer" },
  [OHM_SIM_FAULT_REFUSE] = { "refuse", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "stops listening and closes all connections" },
  [OHM_SIM_FAULT_NAN] = { "nan", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "every value that can say so is missing" },
  [OHM_SIM_FAULT_COUNTER_RESET] = { "counter-reset", NULL, OHM_SIM_ARGUMENT_NONE, 0, 0, 0, 0,
    "counters start at 0 when it comes on, and go back when it ends" },
  [OHM_SIM_FAULT_CLOCK_DRIFT] = { "clock-drift", "SECONDS", OHM_SIM_ARGUMENT_NEEDED, -1000000000,
    1000000000, 0, 0, "the meter's own clock is ahead" },
};
/* clang-format on */

static gboolean
ohm_sim_fault_set_error (GError **error, const OhmSimFaultRow *row, const char *text)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "fault '%s': expected %s%s%s, found '%s'",
               row->name, row->metavar != NULL ? row->name : "no argument",
               row->metavar != NULL ? "=" : "", row->metavar != NULL ? row->metavar : "",
               text != NULL ? text : "");
  return FALSE;
}

static gboolean
ohm_sim_fault_parse_pair (const OhmSimFaultRow *row, const char *text, OhmSimFault *fault)
{
  gsize length = strcspn (text, ",-");
  g_autofree char *first = g_strndup (text, length);
  gint64 max = row->argument == OHM_SIM_ARGUMENT_WHOLE_PAIR ? row->max : 255;

  if (!g_ascii_string_to_signed (first, 10, row->min, row->max, &fault->argument, NULL))
    return FALSE;
  if (text[length] == '\0')
    return row->argument == OHM_SIM_ARGUMENT_PAIR;
  return g_ascii_string_to_signed (text + length + 1, 10, 1, max, &fault->second, NULL);
}

static gboolean
ohm_sim_fault_parse_argument (const char *text, OhmSimFault *fault, GError **error)
{
  const OhmSimFaultRow *row = &rows[fault->kind];
  gboolean is_right;

  fault->argument = row->standard;
  fault->second = row->second;
  if (text == NULL)
    is_right = row->argument == OHM_SIM_ARGUMENT_NONE || row->argument == OHM_SIM_ARGUMENT_OPTIONAL;
  else if (row->argument == OHM_SIM_ARGUMENT_NONE)
    is_right = FALSE;
  else if (row->argument >= OHM_SIM_ARGUMENT_PAIR)
    is_right = ohm_sim_fault_parse_pair (row, text, fault);
  else
    is_right = g_ascii_string_to_signed (text, 10, row->min, row->max, &fault->argument, NULL) !=
               FALSE;
  return is_right || ohm_sim_fault_set_error (error, row, text);
}

gboolean
ohm_sim_fault_parse_kind (const char *name, OhmSimFaultKind *ret_kind, GError **error)
{
  const char *names[OHM_SIM_N_FAULTS + 1] = { NULL };
  const char *near;

  for (guint i = 0; i < OHM_SIM_N_FAULTS; i++)
    {
      names[i] = rows[i].name;
      if (g_str_equal (rows[i].name, name))
        {
          *ret_kind = (OhmSimFaultKind) i;
          return TRUE;
        }
    }
  near = ohm_suggest (name, names);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "unknown fault '%s'%s%s%s", name,
               near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
               near != NULL ? "'?" : "");
  return FALSE;
}

/* Cuts "...SEPARATOR REST" into its two halves. */
static char *
ohm_sim_fault_cut (char *text, char separator)
{
  char *at = strchr (text, separator);

  if (at == NULL)
    return NULL;
  *at = '\0';
  return at + 1;
}

static gboolean
ohm_sim_fault_parse_percent (const char *text, OhmSimFault *fault, GError **error)
{
  guint64 percent = 100;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 100, &percent, NULL))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "fault '%s': expected a percentage from 1 to 100, found '%s'",
                   rows[fault->kind].name, text);
      return FALSE;
    }
  fault->percent = (guint) percent;
  return TRUE;
}

gboolean
ohm_sim_fault_parse (const char *text, OhmSimFault *ret_fault, GError **error)
{
  g_autofree char *copy = g_strdup (text);
  char *percent = ohm_sim_fault_cut (copy, '%');
  char *units = ohm_sim_fault_cut (copy, '@');
  char *argument = ohm_sim_fault_cut (copy, '=');
  OhmSimFault fault = { 0 };

  if (!ohm_sim_fault_parse_kind (copy, &fault.kind, error) ||
      !ohm_sim_fault_parse_argument (argument, &fault, error) ||
      !ohm_sim_units_parse (units != NULL ? units : "*", &fault.units, error) ||
      !ohm_sim_fault_parse_percent (percent, &fault, error))
    return FALSE;
  *ret_fault = fault;
  return TRUE;
}

char *
ohm_sim_fault_to_string (const OhmSimFault *self)
{
  const OhmSimFaultRow *row = &rows[self->kind];
  g_autoptr (GString) text = g_string_new (row->name);
  char separator = row->argument == OHM_SIM_ARGUMENT_PAIR ? ',' : '-';

  if (row->argument != OHM_SIM_ARGUMENT_NONE)
    g_string_append_printf (text, "=%" G_GINT64_FORMAT, self->argument);
  if (row->argument >= OHM_SIM_ARGUMENT_PAIR)
    g_string_append_printf (text, "%c%" G_GINT64_FORMAT, separator, self->second);
  if (!ohm_sim_units_is_all (&self->units))
    {
      g_autofree char *units = ohm_sim_units_to_string (&self->units);

      g_string_append_printf (text, "@%s", units);
    }
  if (self->percent < 100)
    g_string_append_printf (text, "%%%u", self->percent);
  return g_strdup (text->str);
}

char *
ohm_sim_fault_help (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < OHM_SIM_N_FAULTS; i++)
    {
      g_autofree char *name = g_strconcat (rows[i].name, rows[i].metavar != NULL ? "=" : NULL,
                                           rows[i].metavar, NULL);

      g_string_append_printf (text, "  %-24s %s\n", name, rows[i].help);
    }
  return g_strdup (text->str);
}

void
ohm_sim_faults_init (OhmSimFaults *self, guint64 seed)
{
  self->array = g_array_new (FALSE, FALSE, sizeof (OhmSimFault));
  self->seed = seed;
  self->rolls = 0;
}

void
ohm_sim_faults_clear (OhmSimFaults *self)
{
  g_clear_pointer (&self->array, g_array_unref);
}

void
ohm_sim_faults_add (OhmSimFaults *self, const OhmSimFault *fault)
{
  if (fault->kind != OHM_SIM_FAULT_HOLE)
    ohm_sim_faults_remove (self, fault->kind, &fault->units);
  g_array_append_val (self->array, *fault);
}

void
ohm_sim_faults_remove (OhmSimFaults *self, OhmSimFaultKind kind, const OhmSimUnits *units)
{
  for (guint i = self->array->len; i-- > 0;)
    {
      OhmSimFault *fault = &g_array_index (self->array, OhmSimFault, i);
      guint32 left = 0;

      if (fault->kind != kind)
        continue;
      for (guint j = 0; j < G_N_ELEMENTS (units->bits); j++)
        {
          fault->units.bits[j] &= ~units->bits[j];
          left |= fault->units.bits[j];
        }
      if (left == 0)
        g_array_remove_index (self->array, i);
    }
}

const OhmSimFault *
ohm_sim_faults_find (const OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit)
{
  for (guint i = 0; i < self->array->len; i++)
    {
      const OhmSimFault *fault = &g_array_index (self->array, OhmSimFault, i);

      if (fault->kind == kind && ohm_sim_units_has (&fault->units, unit))
        return fault;
    }
  return NULL;
}

const OhmSimFault *
ohm_sim_faults_strike (OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit)
{
  const OhmSimFault *fault = ohm_sim_faults_find (self, kind, unit);

  if (fault == NULL || fault->percent == 100)
    return fault;
  return ohm_sim_hash (self->seed, self->rolls++) % 100 < fault->percent ? fault : NULL;
}

/* Several holes may be there at once. */
static gboolean
ohm_sim_faults_touches_hole (OhmSimFaults *self, const OhmRequest *request)
{
  for (guint i = 0; i < self->array->len; i++)
    {
      const OhmSimFault *fault = &g_array_index (self->array, OhmSimFault, i);

      if (fault->kind == OHM_SIM_FAULT_HOLE && ohm_sim_units_has (&fault->units, request->unit) &&
          request->address <= fault->second && request->address + request->count > fault->argument)
        return TRUE;
    }
  return FALSE;
}

guint8
ohm_sim_faults_refuse (OhmSimFaults *self, const OhmRequest *request, gint64 *ret_hold_us)
{
  const OhmSimFault *fault;

  *ret_hold_us = 0;
  fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_HOLD, request->unit);
  if (fault != NULL)
    {
      *ret_hold_us = fault->argument * 1000;
      return (guint8) fault->second;
    }
  fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_EXCEPTION, request->unit);
  if (fault != NULL)
    return (guint8) fault->argument;
  fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_REFUSE_FUNCTION, request->unit);
  if (fault != NULL && fault->argument == request->function)
    return 1;
  return ohm_sim_faults_touches_hole (self, request) ? 2 : 0;
}

static gint64
ohm_sim_faults_strike_us (OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit)
{
  const OhmSimFault *fault = ohm_sim_faults_strike (self, kind, unit);

  return fault != NULL ? fault->argument * 1000 : 0;
}

static gboolean
ohm_sim_faults_is_struck (OhmSimFaults *self, OhmSimFaultKind kind, guint8 unit)
{
  return ohm_sim_faults_strike (self, kind, unit) != NULL;
}

/* MBAP: transaction id 0-1, protocol id 2-3, length 4-5, unit 6, function 7, byte count 8. */
static void
ohm_sim_faults_spoil_header (OhmSimFaults *self, guint8 unit, OhmSimAnswer *answer)
{
  guint8 *bytes = answer->bytes;
  const OhmSimFault *fault;

  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_WRONG_TID, unit))
    bytes[1] ^= 0x55;
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_WRONG_PROTOCOL_ID, unit))
    bytes[3] ^= 0x01;
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_WRONG_UNIT, unit))
    bytes[6] ^= 0x03;
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_WRONG_FUNCTION, unit))
    bytes[7] ^= 0x07;
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_WRONG_COUNT, unit))
    bytes[8] = (guint8) (bytes[8] + 2);
  fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_WRONG_LENGTH, unit);
  if (fault != NULL)
    {
      gint64 length = CLAMP (((bytes[4] << 8) | bytes[5]) + fault->argument, 0, 65535);

      bytes[4] = (guint8) (length >> 8);
      bytes[5] = (guint8) length;
    }
}

void
ohm_sim_answer_to_rtu (OhmSimAnswer *answer)
{
  guint16 crc = ohm_modbus_crc (answer->bytes + 6, answer->length - 6);

  memmove (answer->bytes, answer->bytes + 6, answer->length - 6);
  answer->length -= 6;
  answer->bytes[answer->length++] = (guint8) crc;
  answer->bytes[answer->length++] = (guint8) (crc >> 8);
}

/* What is not a Modbus TCP frame at all. */
static void
ohm_sim_faults_replace (OhmSimFaults *self, guint8 unit, OhmSimAnswer *answer)
{
  static const char page[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n"
                             "Connection: close\r\n\r\n";

  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_GARBAGE, unit))
    for (gsize i = 0; i < answer->length; i++)
      answer->bytes[i] = (guint8) ohm_sim_hash (self->seed, self->rolls++);
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_HTTP, unit))
    {
      memcpy (answer->bytes, page, sizeof page - 1);
      answer->length = sizeof page - 1;
      answer->closes = TRUE;
    }
}

static void
ohm_sim_faults_lengthen (OhmSimFaults *self, guint8 unit, OhmSimAnswer *answer)
{
  const OhmSimFault *fault;

  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_DUPLICATE, unit))
    {
      memcpy (answer->bytes + answer->length, answer->bytes, answer->length);
      answer->length *= 2;
    }
  fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_TRAILING, unit);
  if (fault != NULL)
    {
      memset (answer->bytes + answer->length, 0xee, (gsize) fault->argument);
      answer->length += (gsize) fault->argument;
    }
}

static void
ohm_sim_faults_spoil_time (OhmSimFaults *self, guint8 unit, OhmSimAnswer *answer)
{
  const OhmSimFault *fault = ohm_sim_faults_strike (self, OHM_SIM_FAULT_SILENT, unit);

  answer->hold_us += ohm_sim_faults_strike_us (self, OHM_SIM_FAULT_SLOW, unit);
  answer->delay_us += ohm_sim_faults_strike_us (self, OHM_SIM_FAULT_LATE, unit);
  answer->drip_us = ohm_sim_faults_strike_us (self, OHM_SIM_FAULT_DRIP, unit);
  if (fault != NULL)
    {
      answer->length = 0;
      answer->hold_us += fault->argument * 1000;
    }
}

void
ohm_sim_faults_spoil (OhmSimFaults *self,
                      const OhmRequest *request,
                      OhmFraming framing,
                      OhmSimAnswer *answer)
{
  guint8 unit = request->unit;

  ohm_sim_faults_spoil_header (self, unit, answer);
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_RTU, unit) || framing == OHM_FRAMING_RTU)
    ohm_sim_answer_to_rtu (answer);
  ohm_sim_faults_replace (self, unit, answer);
  ohm_sim_faults_lengthen (self, unit, answer);
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_CLOSE_FRAME, unit))
    {
      answer->length /= 2;
      answer->closes = TRUE;
    }
  if (ohm_sim_faults_is_struck (self, OHM_SIM_FAULT_CLOSE, unit))
    {
      answer->length = 0;
      answer->closes = TRUE;
    }
  ohm_sim_faults_spoil_time (self, unit, answer);
}
