/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-mqtt-json.h"

#include <math.h>

static void
ohm_mqtt_json_append_quoted (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (json, '"');
  for (const char *p = valid; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_printf (json, "\\%c", *p);
      else if ((guchar) *p < 0x20 || *p == 0x7f)
        g_string_append_printf (json, "\\u%04x", (guint) (guchar) *p);
      else
        g_string_append_c (json, *p);
    }
  g_string_append_c (json, '"');
}

/* What was written last tells whether a comma is due: nothing, or an opening bracket, wants none.
 */
static void
ohm_mqtt_json_begin (GString *json, const char *key)
{
  if (json->len > 0 && strchr ("{[", json->str[json->len - 1]) == NULL)
    g_string_append_c (json, ',');
  if (key == NULL)
    return;
  ohm_mqtt_json_append_quoted (json, key);
  g_string_append_c (json, ':');
}

void
ohm_mqtt_json_open (GString *json, const char *key, char bracket)
{
  ohm_mqtt_json_begin (json, key);
  g_string_append_c (json, bracket);
}

void
ohm_mqtt_json_close (GString *json, char bracket)
{
  g_string_append_c (json, bracket);
}

void
ohm_mqtt_json_add_string (GString *json, const char *key, const char *value)
{
  if (value == NULL)
    return;
  ohm_mqtt_json_begin (json, key);
  ohm_mqtt_json_append_quoted (json, value);
}

void
ohm_mqtt_json_add_integer (GString *json, const char *key, gint64 value)
{
  ohm_mqtt_json_begin (json, key);
  g_string_append_printf (json, "%" G_GINT64_FORMAT, value);
}

void
ohm_mqtt_json_add_real (GString *json, const char *key, double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "null";

  ohm_mqtt_json_begin (json, key);
  for (gsize i = 0; isfinite (value) && i < G_N_ELEMENTS (formats); i++)
    {
      double back;

      g_ascii_formatd (text, sizeof text, formats[i], value);
      back = g_ascii_strtod (text, NULL);
      if (memcmp (&back, &value, sizeof back) == 0)
        break;
    }
  g_string_append (json, text);
}

void
ohm_mqtt_json_add_time (GString *json, const char *key, gint64 us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (us / G_USEC_PER_SEC);
  g_autofree char *date = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;
  guint fraction = us > 0 ? (guint) (us % G_USEC_PER_SEC) : 0;

  ohm_mqtt_json_begin (json, key);
  if (date == NULL)
    g_string_append (json, "null");
  else if (fraction == 0)
    g_string_append_printf (json, "\"%sZ\"", date);
  else if (fraction % 1000 == 0)
    g_string_append_printf (json, "\"%s.%03uZ\"", date, fraction / 1000);
  else
    g_string_append_printf (json, "\"%s.%06uZ\"", date, fraction);
}
