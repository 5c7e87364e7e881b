/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-format.h"

#include <math.h>
#include <string.h>

#include "ohmctl-words.h"

gboolean
ohmctl_point_is_state (const OhmctlPoint *point)
{
  return strcmp (point->kind, "state") == 0;
}

gboolean
ohmctl_point_is_counter (const OhmctlPoint *point)
{
  return strcmp (point->kind, "counter") == 0 || strcmp (point->kind, "balance") == 0;
}

char *
ohmctl_format_real (double value, int digits)
{
  char format[8];
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (fabs (value) < 0.5 * pow (10, -digits))
    value = 0;
  /* nothing that is measured is so large: what a broken device tells must not break tables */
  if (fabs (value) < 1e15)
    g_snprintf (format, sizeof format, "%%.%df", CLAMP (digits, 0, 9));
  else
    g_strlcpy (format, "%.6g", sizeof format);
  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, format, value));
}

char *
ohmctl_format_shortest (double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      double back = g_ascii_strtod (g_ascii_formatd (buffer, sizeof buffer, formats[i], value),
                                    NULL);

      if (back >= value && back <= value)
        break;
    }
  return g_strdup (buffer);
}

static gboolean
ohmctl_format_is_energy (const char *unit)
{
  return strcmp (unit, "Wh") == 0 || strcmp (unit, "varh") == 0 || strcmp (unit, "VAh") == 0;
}

static char *
ohmctl_format_with_unit (double value, int digits, const char *unit)
{
  g_autofree char *number = ohmctl_format_real (value, digits);

  return *unit != '\0' ? g_strdup_printf ("%s %s", number, unit) : g_steal_pointer (&number);
}

/* Exact: a counter of 64 bits has more digits than a double. */
static char *
ohmctl_format_thousands (gint64 value, const char *unit)
{
  guint64 magnitude = value < 0 ? 0 - (guint64) value : (guint64) value;

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%03u k%s", value < 0 ? "-" : "",
                          magnitude / 1000, (guint) (magnitude % 1000), unit);
}

static char *
ohmctl_format_power (double value, const char *unit)
{
  g_autofree char *scaled = NULL;

  if (fabs (value) < 999.95)
    return ohmctl_format_with_unit (value, 1, unit);
  if (fabs (value) < 999999.5)
    {
      scaled = g_strconcat ("k", unit, NULL);
      return ohmctl_format_with_unit (value / 1e3, 3, scaled);
    }
  scaled = g_strconcat ("M", unit, NULL);
  return ohmctl_format_with_unit (value / 1e6, 3, scaled);
}

static int
ohmctl_format_digits (const char *unit, double value)
{
  if (strcmp (unit, "V") == 0 || strcmp (unit, "%") == 0 || strcmp (unit, "degC") == 0)
    return 1;
  if (strcmp (unit, "Hz") == 0)
    return 2;
  if (strcmp (unit, "A") == 0)
    return fabs (value) < 100 ? 3 : 1;
  return 3;
}

static const char *
ohmctl_format_unit (const char *unit)
{
  if (strcmp (unit, "degC") == 0)
    return "°C";
  return strcmp (unit, "m3") == 0 ? "m³" : unit;
}

const char *
ohmctl_format_state (const OhmctlPoint *point, gint64 value)
{
  if (g_str_has_suffix (point->name, "input-state"))
    return value == 0 ? "off" : value == 1 ? "on" : NULL;
  if (g_str_has_suffix (point->name, "battery-state"))
    return value == 0 ? "good" : (value & 1) != 0 ? "empty" : "low";
  if (g_str_has_suffix (point->name, "rotation"))
    return value == 1 ? "right" : value == -1 ? "left" : value == 0 ? "none" : NULL;
  return NULL;
}

static char *
ohmctl_format_integer (const OhmctlPoint *point, gint64 value)
{
  const char *unit = ohmctl_format_unit (point->unit);
  const char *meaning = ohmctl_point_is_state (point) ? ohmctl_format_state (point, value) : NULL;

  if (meaning != NULL)
    return g_strdup_printf ("%" G_GINT64_FORMAT " (%s)", value, meaning);
  if (ohmctl_format_is_energy (unit))
    return ohmctl_format_thousands (value, unit);
  if (*unit == '\0')
    return g_strdup_printf ("%" G_GINT64_FORMAT, value);
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s", value, unit);
}

char *
ohmctl_format_value (const OhmctlPoint *point, OhmCell cell)
{
  const char *unit = point->unit;
  g_autofree char *kilo = NULL;

  if (point->is_integer)
    return ohmctl_format_integer (point, cell.integer);
  if (ohmctl_point_is_state (point) && fabs (cell.real) < 1e9)
    return ohmctl_format_integer (point, (gint64) lround (cell.real));
  if (ohmctl_format_is_energy (unit))
    {
      kilo = g_strconcat ("k", unit, NULL);
      return ohmctl_format_with_unit (cell.real / 1e3, 3, kilo);
    }
  if (strcmp (unit, "W") == 0 || strcmp (unit, "var") == 0 || strcmp (unit, "VA") == 0)
    return ohmctl_format_power (cell.real, unit);
  return ohmctl_format_with_unit (cell.real, ohmctl_format_digits (unit, cell.real),
                                  ohmctl_format_unit (unit));
}

char *
ohmctl_format_count (gint64 n, const char *what)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s%s", n, what, n == 1 ? "" : "s");
}

char *
ohmctl_format_ago (gint64 us)
{
  g_autofree char *span = us >= G_USEC_PER_SEC ? ohmctl_format_span (us) : NULL;

  return span != NULL ? g_strconcat (span, " ago", NULL) : g_strdup ("just now");
}

char *
ohmctl_format_countdown (gint64 us)
{
  int seconds = (int) (CLAMP (us / G_USEC_PER_SEC, 0, 5999));

  return g_strdup_printf ("%d:%02d", seconds / 60, seconds % 60);
}

char *
ohmctl_format_span (gint64 us)
{
  gint64 s = us / G_USEC_PER_SEC;

  if (us < 0)
    return g_strdup ("0 s");
  if (us > 0 && us < G_USEC_PER_SEC)
    return g_strdup_printf ("%d ms", (int) MAX (us / 1000, 1));
  if (s < 60)
    return g_strdup_printf ("%d s", (int) s);
  if (s < 3600)
    return g_strdup_printf ("%d min", (int) (s / 60));
  if (s < 86400)
    return s % 3600 / 60 == 0
             ? g_strdup_printf ("%d h", (int) (s / 3600))
             : g_strdup_printf ("%d h %d min", (int) (s / 3600), (int) (s % 3600 / 60));
  return s % 86400 / 3600 == 0
           ? g_strdup_printf ("%" G_GINT64_FORMAT " d", s / 86400)
           : g_strdup_printf ("%" G_GINT64_FORMAT " d %d h", s / 86400, (int) (s % 86400 / 3600));
}

char *
ohmctl_format_age (gint64 us)
{
  return us < G_USEC_PER_SEC ? g_strdup ("now") : ohmctl_format_span (us);
}

char *
ohmctl_format_latency (gint64 us)
{
  double ms = (double) us / 1e3;

  if (ms < 10)
    return ohmctl_format_with_unit (ms, 2, "ms");
  if (ms < 1000)
    return ohmctl_format_with_unit (ms, ms < 100 ? 1 : 0, "ms");
  return ohmctl_format_with_unit (ms / 1e3, 2, "s");
}

char *
ohmctl_format_bytes (guint64 bytes)
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
  double value = (double) bytes;
  guint i = 0;

  for (; value >= 999.5 && i + 1 < G_N_ELEMENTS (units); i++)
    value /= 1000;
  return ohmctl_format_with_unit (value, i == 0 ? 0 : 1, units[i]);
}

static char *
ohmctl_format_date_time (gint64 us, GTimeZone *zone, const char *format)
{
  gint64 seconds = us / G_USEC_PER_SEC;
  g_autoptr (GDateTime) utc = us != 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  return local != NULL ? g_date_time_format (local, format) : g_strdup ("-");
}

char *
ohmctl_format_time (gint64 us, GTimeZone *zone)
{
  return ohmctl_format_date_time (us, zone, "%Y-%m-%d %H:%M:%S");
}

char *
ohmctl_format_minute (gint64 us, GTimeZone *zone)
{
  return ohmctl_format_date_time (us, zone, "%Y-%m-%d %H:%M");
}

char *
ohmctl_format_zone (gint64 us, GTimeZone *zone)
{
  return ohmctl_format_date_time (us, zone, "%Z");
}

guint
ohmctl_format_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = ohmctl_words_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

char *
ohmctl_format_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = ohmctl_words_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\n' || c == '\t')
        g_string_append_c (clean, ' ');
      else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
        g_string_append_unichar (clean, 0xfffd);
      else
        g_string_append_unichar (clean, c);
    }
  return g_string_free (clean, FALSE);
}

char *
ohmctl_format_argument (const char *text)
{
  static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_./:=,@%+[]";

  return *text != '\0' && text[strspn (text, plain)] == '\0' ? g_strdup (text)
                                                             : g_shell_quote (text);
}
