/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* [clock] of a profile: how the meter's own clock is read. */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

static gboolean
ohm_profile_clock_refuse (OhmKeyfile *keyfile, const char *reason, GError **error)
{
  ohm_keyfile_set_error (keyfile, OHM_ERROR_PROFILE, "clock", "read", error, "%s", reason);
  return FALSE;
}

/* Floats of 32 bits have no room for the seconds since 1970, nor have 16 bits. */
static gboolean
ohm_profile_clock_is_format (const OhmDeviceClock *clock)
{
  OhmFormat format = clock->encoding.format;

  return clock->order != NULL || format == OHM_FORMAT_EPOCH32 || format == OHM_FORMAT_U32 ||
         format == OHM_FORMAT_I32 || format == OHM_FORMAT_U64 || format == OHM_FORMAT_I64 ||
         format == OHM_FORMAT_F64;
}

static gboolean
ohm_profile_clock_check (OhmKeyfile *keyfile, const OhmDeviceClock *clock, GError **error)
{
  if (!ohm_profile_clock_is_format (clock))
    return ohm_profile_clock_refuse (
      keyfile, "a clock is one of epoch32 u32 i32 u64 i64 f64, or date with order=", error);
  if (clock->address + ohm_device_clock_get_registers (clock) > 65536)
    return ohm_profile_clock_refuse (keyfile, "ends past register 65535", error);
  return TRUE;
}

gboolean
ohm_profile_clock_parse (OhmProfile *self, OhmKeyfile *keyfile, GError **error)
{
  g_autoptr (OhmSettings) settings = ohm_profile_read_settings (keyfile, "clock", error);
  g_auto (GStrv) alternatives = NULL;
  const char *value;

  if (settings == NULL)
    return FALSE;
  if (!ohm_settings_is_set (settings, "read"))
    return TRUE;
  g_array_set_size (self->clocks, 0);
  value = ohm_settings_get_string (settings, "read");
  if (value[0] == '\0')
    return TRUE;
  alternatives = g_strsplit (value, "|", OHM_PROFILE_ALTERNATIVES_MAX + 1);
  if (g_strv_length (alternatives) > OHM_PROFILE_ALTERNATIVES_MAX)
    return ohm_profile_clock_refuse (keyfile, "too many alternatives", error);
  for (guint i = 0; alternatives[i] != NULL; i++)
    {
      g_autoptr (GError) local_error = NULL;
      OhmDeviceClock clock = { 0 };

      if (!ohm_profile_row_parse_clock (&clock, alternatives[i], self->texts, &local_error))
        return ohm_profile_clock_refuse (keyfile, local_error->message, error);
      if (!ohm_profile_clock_check (keyfile, &clock, error))
        return FALSE;
      g_array_append_val (self->clocks, clock);
    }
  return TRUE;
}
