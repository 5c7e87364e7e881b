/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohm-settings.h"

static const struct
{
  const char *name;
  gint64 us;
} durations[] = {
  { "d", 86400 * G_GINT64_CONSTANT (1000000) },
  { "h", 3600 * G_GINT64_CONSTANT (1000000) },
  { "min", 60 * G_GINT64_CONSTANT (1000000) },
  { "s", 1000000 },
  { "ms", 1000 },
  { "us", 1 },
  { "m", 60 * G_GINT64_CONSTANT (1000000) }, /* as people type it; written as min */
};

/* Digits, perhaps a point and more digits, times @unit_us; FALSE if that is no whole microsecond or
   too much. */
static gboolean
ohm_duration_parse_number (const char *text, gint64 unit_us, gint64 *ret_us)
{
  gint64 us = 0;
  gint64 place_us = 0;
  gboolean is_fraction = FALSE;

  for (; *text != '\0'; text++)
    {
      if (*text == '.' && !is_fraction && g_ascii_isdigit (text[1]))
        {
          is_fraction = TRUE;
          place_us = unit_us;
          continue;
        }
      if (!g_ascii_isdigit (*text))
        return FALSE;
      if (is_fraction && place_us % 10 != 0)
        return FALSE;
      place_us = is_fraction ? place_us / 10 : unit_us;
      if (!is_fraction && us > G_MAXINT64 / 16)
        return FALSE;
      if (!is_fraction)
        us *= 10;
      us += place_us * g_ascii_digit_value (*text);
      if (us < 0 || us > G_MAXINT64 / 2)
        return FALSE;
    }
  *ret_us = us;
  return TRUE;
}

gboolean
ohm_duration_parse (const char *text, gint64 *ret_us)
{
  g_autofree char *number = NULL;
  const char *unit;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (ret_us != NULL, FALSE);

  unit = text + strspn (text, "0123456789.");
  if (unit == text)
    return FALSE;
  number = g_strndup (text, (gsize) (unit - text));
  unit += strspn (unit, " ");
  for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
    if (g_str_equal (unit, durations[i].name))
      return ohm_duration_parse_number (number, durations[i].us, ret_us);
  return FALSE;
}

char *
ohm_duration_to_string (gint64 us)
{
  g_return_val_if_fail (us >= 0, NULL);

  if (us == 0)
    return g_strdup ("0s");
  for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
    if (us % durations[i].us == 0)
      return g_strdup_printf ("%" G_GINT64_FORMAT "%s", us / durations[i].us, durations[i].name);
  return NULL;
}
