/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-time.h"

#include <string.h>

/* 1970 to 9999: what calendars and the daemon can handle */
#define TIME_MAX_US (G_GINT64_CONSTANT (253402300799) * G_USEC_PER_SEC)

static gboolean
ohmctl_time_take (GDateTime *time, gint64 *ret_us)
{
  g_autoptr (GDateTime) owned = time;

  if (owned == NULL)
    return FALSE;
  *ret_us = g_date_time_to_unix (owned) * G_USEC_PER_SEC + g_date_time_get_microsecond (owned);
  return *ret_us > 0 && *ret_us <= TIME_MAX_US;
}

/* Midnight @days days from today. */
static gboolean
ohmctl_time_parse_day (int days, GTimeZone *zone, gint64 now_us, gint64 *ret_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, zone);
  g_autoptr (GDateTime) day = g_date_time_add_days (now, days);

  return ohmctl_time_take (g_date_time_new (zone, g_date_time_get_year (day),
                                            g_date_time_get_month (day),
                                            g_date_time_get_day_of_month (day), 0, 0, 0),
                           ret_us);
}

/* GDateTime reads ISO 8601 with a `T`, and needs a time of day with seconds. */
static gboolean
ohmctl_time_parse_iso (const char *text, GTimeZone *zone, gint64 *ret_us)
{
  gsize length = strlen (text);
  gboolean has_minute_only = length == 16 || (length > 16 && strchr ("Z+-", text[16]) != NULL);
  g_autofree char *iso = NULL;

  if (length < 10 || length > 40 || !g_ascii_isdigit (*text))
    return FALSE;
  if (has_minute_only)
    iso = g_strdup_printf ("%.16s:00%s", text, text + 16);
  else
    iso = g_strconcat (text, length == 10 ? "T00:00:00" : "", NULL);
  if (iso[10] == ' ')
    iso[10] = 'T';
  return ohmctl_time_take (g_date_time_new_from_iso8601 (iso, zone), ret_us);
}

static gboolean
ohmctl_time_parse_before (const char *text, gint64 now_us, gint64 *ret_us)
{
  gint64 us;

  if (*text == '-')
    text++;
  if (!ohm_duration_parse (text, &us) || us < 0 || us >= now_us)
    return FALSE;
  *ret_us = now_us - us;
  return TRUE;
}

gboolean
ohmctl_time_parse (const char *text, GTimeZone *zone, gint64 now_us, gint64 *ret_us, GError **error)
{
  gint64 us = 0;
  gboolean is_time;

  if (strcmp (text, "now") == 0)
    {
      us = now_us;
      is_time = TRUE;
    }
  else if (strcmp (text, "today") == 0)
    is_time = ohmctl_time_parse_day (0, zone, now_us, &us);
  else if (strcmp (text, "yesterday") == 0)
    is_time = ohmctl_time_parse_day (-1, zone, now_us, &us);
  else
    is_time = ohmctl_time_parse_iso (text, zone, &us) ||
              ohmctl_time_parse_before (text, now_us, &us);
  if (!is_time)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is not a time; write '2026-11-22', '2026-11-22 10:15', 'today', "
                   "'2026-11-22T10:15:00Z', or '24h' for 24 hours ago",
                   text);
      return FALSE;
    }
  *ret_us = us;
  return TRUE;
}

gboolean
ohmctl_time_get_option (OhmctlContext *context,
                        OhmctlArgs *args,
                        const char *option,
                        gint64 *ret_us,
                        GError **error)
{
  const char *text = ohmctl_args_get (args, option);

  return text == NULL || ohmctl_time_parse (text, ohmctl_context_get_zone (context),
                                            ohmctl_context_now_us (), ret_us, error);
}

gboolean
ohmctl_time_get_range (OhmctlContext *context,
                       OhmctlArgs *args,
                       gint64 *ret_from_us,
                       gint64 *ret_to_us,
                       GError **error)
{
  *ret_to_us = ohmctl_context_now_us ();
  if (!ohmctl_time_get_option (context, args, "to", ret_to_us, error))
    return FALSE;
  *ret_from_us = *ret_to_us - G_TIME_SPAN_DAY;
  if (!ohmctl_time_get_option (context, args, "from", ret_from_us, error))
    return FALSE;
  if (*ret_from_us < *ret_to_us)
    return TRUE;
  g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "the time begins after its end");
  return FALSE;
}
