/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-capture.h"

#include <string.h>

typedef struct
{
  OhmCapture *capture;
  guint line;
  guint8 unit;
  gboolean has_version;
} OhmCaptureParser;

static void
ohm_capture_exchange_free (gpointer data)
{
  OhmCaptureExchange *exchange = data;

  g_bytes_unref (exchange->request);
  g_clear_pointer (&exchange->reply, g_bytes_unref);
  g_free (exchange);
}

static void
ohm_capture_expected_free (gpointer data)
{
  OhmCaptureExpected *expected = data;

  g_free (expected->name);
  g_free (expected->text);
  g_free (expected);
}

void
ohm_capture_free (OhmCapture *self)
{
  g_ptr_array_unref (self->exchanges);
  g_ptr_array_unref (self->facts);
  g_ptr_array_unref (self->points);
  g_free (self->profile);
  g_free (self->origin);
  g_free (self);
}

static gboolean
ohm_capture_refuse (OhmCaptureParser *parser, const char *reason, GError **error)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "line %u: %s", parser->line, reason);
  return FALSE;
}

static GBytes *
ohm_capture_parse_hex (const char *text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  while (*text != '\0')
    {
      int high = g_ascii_xdigit_value (text[0]);
      int low = high >= 0 ? g_ascii_xdigit_value (text[1]) : -1;
      guint8 byte = (guint8) (16 * high + low);

      if (low < 0)
        return NULL;
      g_byte_array_append (bytes, &byte, 1);
      text += 2;
      text += strspn (text, " ");
    }
  return bytes->len > 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

static gboolean
ohm_capture_parse_request (OhmCaptureParser *parser, gint64 time_us, GBytes *bytes)
{
  OhmCaptureExchange *exchange = g_new0 (OhmCaptureExchange, 1);

  exchange->unit = parser->unit;
  exchange->time_us = time_us;
  exchange->request = bytes;
  g_ptr_array_add (parser->capture->exchanges, exchange);
  return TRUE;
}

static gboolean
ohm_capture_parse_reply (OhmCaptureParser *parser, GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) owned = bytes;
  GPtrArray *exchanges = parser->capture->exchanges;
  OhmCaptureExchange *exchange = exchanges->len > 0
                                   ? g_ptr_array_index (exchanges, exchanges->len - 1)
                                   : NULL;

  if (exchange == NULL || exchange->reply != NULL)
    return ohm_capture_refuse (parser, "an answer without a request", error);
  exchange->reply = g_steal_pointer (&owned);
  return TRUE;
}

/* TIME > HEX or TIME < HEX */
static gboolean
ohm_capture_parse_frame (OhmCaptureParser *parser, const char *line, GError **error)
{
  char *rest = NULL;
  double seconds = g_ascii_strtod (line, &rest);
  gint64 time_us = (gint64) (seconds * 1e6 + 0.5);
  GBytes *bytes;

  rest += strspn (rest, " ");
  if ((rest[0] != '<' && rest[0] != '>') || seconds < 0 || seconds > 1e9)
    return ohm_capture_refuse (parser, "unknown statement", error);
  bytes = ohm_capture_parse_hex (rest + 1 + strspn (rest + 1, " "));
  if (bytes == NULL)
    return ohm_capture_refuse (parser, "bad bytes", error);
  return rest[0] == '>' ? ohm_capture_parse_request (parser, time_us, bytes)
                        : ohm_capture_parse_reply (parser, bytes, error);
}

static gboolean
ohm_capture_parse_expected (OhmCaptureParser *parser, const char *line, GError **error)
{
  OhmCaptureExpected *expected;
  gsize length;
  const char *name = line + 1 + strspn (line + 1, " ");
  gboolean is_fact = line[0] == '@';

  length = strcspn (name, " ");
  if (length == 0 || (!is_fact && name[length] == '\0'))
    return ohm_capture_refuse (parser, "expected a name and a value", error);
  expected = g_new0 (OhmCaptureExpected, 1);
  expected->name = g_strndup (name, length);
  if (name[length] != '\0')
    expected->text = g_strdup (name + length + strspn (name + length, " "));
  g_ptr_array_add (is_fact ? parser->capture->facts : parser->capture->points, expected);
  return TRUE;
}

static gboolean
ohm_capture_parse_header (OhmCaptureParser *parser, const char *line, GError **error)
{
  guint64 unit = 0;

  if (g_str_equal (line, "capture 1"))
    parser->has_version = TRUE;
  else if (g_str_has_prefix (line, "profile ") && parser->capture->profile == NULL)
    parser->capture->profile = g_strdup (line + strlen ("profile "));
  else if (g_str_has_prefix (line, "origin ") && parser->capture->origin == NULL)
    parser->capture->origin = g_strdup (line + strlen ("origin "));
  else if (g_str_has_prefix (line, "unit ") &&
           g_ascii_string_to_unsigned (line + strlen ("unit "), 10, 0, 255, &unit, NULL))
    parser->unit = (guint8) unit;
  else
    return ohm_capture_refuse (parser, "unknown statement", error);
  return TRUE;
}

static gboolean
ohm_capture_parse_line (OhmCaptureParser *parser, char *line, GError **error)
{
  g_strstrip (line);
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (!parser->has_version && !g_str_equal (line, "capture 1"))
    return ohm_capture_refuse (parser, "expected 'capture 1'", error);
  if (g_ascii_isdigit (line[0]))
    return ohm_capture_parse_frame (parser, line, error);
  if (line[0] == '=' || line[0] == '@')
    return ohm_capture_parse_expected (parser, line, error);
  return ohm_capture_parse_header (parser, line, error);
}

OhmCapture *
ohm_capture_parse (const char *text, GError **error)
{
  g_autoptr (OhmCapture) capture = g_new0 (OhmCapture, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 0);
  OhmCaptureParser parser = { .capture = capture, .unit = 1 };

  capture->exchanges = g_ptr_array_new_with_free_func (ohm_capture_exchange_free);
  capture->facts = g_ptr_array_new_with_free_func (ohm_capture_expected_free);
  capture->points = g_ptr_array_new_with_free_func (ohm_capture_expected_free);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      parser.line = i + 1;
      if (!ohm_capture_parse_line (&parser, lines[i], error))
        return NULL;
    }
  if (capture->profile == NULL || capture->origin == NULL || capture->exchanges->len == 0)
    {
      ohm_capture_refuse (&parser, "expected profile, origin and at least one request", error);
      return NULL;
    }
  return g_steal_pointer (&capture);
}

gboolean
ohm_capture_get_request (const OhmCaptureExchange *exchange, OhmRequest *ret_request)
{
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (exchange->request, &length);

  if (length != 5 || (bytes[0] != 3 && bytes[0] != 4))
    return FALSE;
  *ret_request = (OhmRequest){
    .unit = exchange->unit,
    .function = bytes[0],
    .address = (guint16) (bytes[1] << 8 | bytes[2]),
    .count = (guint16) (bytes[3] << 8 | bytes[4]),
  };
  return ret_request->count >= 1 && ret_request->count <= OHM_READ_REGISTERS_MAX &&
         ret_request->address + ret_request->count <= 65536;
}
