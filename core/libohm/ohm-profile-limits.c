/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-profile-private.h"

#include <string.h>

#include "ohm-parse-private.h"

OhmSettings *
ohm_profile_read_settings (OhmKeyfile *keyfile, const char *group, GError **error)
{
  const OhmSettingSpec *tables[] = { ohm_profile_grammar_keys (group), NULL };
  g_autoptr (GError) local_error = NULL;
  OhmSettings *settings = ohm_settings_new (keyfile, group, tables, &local_error);

  if (settings == NULL)
    g_set_error_literal (error, OHM_ERROR, OHM_ERROR_PROFILE, local_error->message);
  return settings;
}

static gboolean G_GNUC_PRINTF (4, 5) ohm_profile_limits_refuse (OhmKeyfile *keyfile,
                                                                const char *key,
                                                                GError **error,
                                                                const char *format,
                                                                ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  ohm_keyfile_set_error (keyfile, OHM_ERROR_PROFILE, "limits", key, error, "%s", reason);
  return FALSE;
}

static gboolean
ohm_profile_limits_parse_functions (OhmProfile *self,
                                    OhmKeyfile *keyfile,
                                    OhmSettings *settings,
                                    GError **error)
{
  const char *const *texts = ohm_settings_get_list (settings, "functions");
  guint8 functions[3] = { 0 };

  for (guint i = 0; texts[i] != NULL; i++)
    {
      functions[i] = g_str_equal (texts[i], "3") ? 3 : g_str_equal (texts[i], "4") ? 4 : 0;
      if (functions[i] == 0 || (i == 1 && functions[0] == functions[1]))
        return ohm_profile_limits_refuse (keyfile, "functions", error, "expected 3, 4, 3;4 or 4;3");
    }
  if (functions[0] == 0)
    return ohm_profile_limits_refuse (keyfile, "functions", error, "expected 3, 4, 3;4 or 4;3");
  memcpy (self->limits.functions, functions, sizeof functions);
  return TRUE;
}

static gboolean
ohm_profile_limits_parse_units (OhmProfile *self,
                                OhmKeyfile *keyfile,
                                OhmSettings *settings,
                                GError **error)
{
  const char *const *texts = ohm_settings_get_list (settings, "units");
  guint n = 0;

  for (; texts[n] != NULL; n++)
    {
      guint64 unit = 0;

      if (!ohm_parse_u64 (texts[n], &unit) || unit > 255)
        return ohm_profile_limits_refuse (keyfile, "units", error,
                                          "'%s': expected a unit id 0..255", texts[n]);
      self->limits.units[n] = (guint8) unit;
    }
  self->limits.n_units = n;
  return TRUE;
}

/* `500-505`, `510`, `4:100-110` */
static gboolean
ohm_profile_limits_parse_range (const char *text, OhmRange *ret_range)
{
  g_auto (GStrv) ends = NULL;
  guint64 first = 0;
  guint64 last = 0;
  guint n;

  *ret_range = (OhmRange){ 0 };
  if (g_str_has_prefix (text, "3:") || g_str_has_prefix (text, "4:"))
    {
      ret_range->function = text[0] == '3' ? 3 : 4;
      text += 2;
    }
  ends = g_strsplit (text, "-", /* max tokens */ 3);
  n = g_strv_length (ends);
  if (n < 1 || n > 2 || !ohm_parse_u64 (ends[0], &first) || !ohm_parse_u64 (ends[n - 1], &last) ||
      last < first || last > G_MAXUINT16)
    return FALSE;
  ret_range->first = (guint16) first;
  ret_range->last = (guint16) last;
  return TRUE;
}

static gboolean
ohm_profile_limits_parse_ranges (GArray *ranges,
                                 OhmKeyfile *keyfile,
                                 OhmSettings *settings,
                                 const char *key,
                                 GError **error)
{
  const char *const *texts = ohm_settings_get_list (settings, key);

  g_array_set_size (ranges, 0);
  for (guint i = 0; texts[i] != NULL; i++)
    {
      OhmRange range;

      if (!ohm_profile_limits_parse_range (texts[i], &range))
        return ohm_profile_limits_refuse (keyfile, key, error,
                                          "'%s': expected registers as 500-505", texts[i]);
      g_array_append_val (ranges, range);
    }
  return TRUE;
}

static void
ohm_profile_limits_take_quirk (OhmProfile *self,
                               OhmSettings *settings,
                               const char *key,
                               const char *strict,
                               OhmModbusQuirks quirk)
{
  guint quirks = self->limits.quirks;

  if (!ohm_settings_is_set (settings, key))
    return;
  if (g_str_equal (ohm_settings_get_string (settings, key), strict))
    quirks &= ~(guint) quirk;
  else
    quirks |= quirk;
  self->limits.quirks = (OhmModbusQuirks) quirks;
}

static void
ohm_profile_limits_take_durations (OhmProfile *self, OhmSettings *settings)
{
  if (ohm_settings_is_set (settings, "timeout"))
    self->limits.timeout_us = ohm_settings_get_duration_us (settings, "timeout");
  if (ohm_settings_is_set (settings, "pause"))
    self->limits.pause_us = ohm_settings_get_duration_us (settings, "pause");
  if (ohm_settings_is_set (settings, "connect-pause"))
    self->limits.connect_pause_us = ohm_settings_get_duration_us (settings, "connect-pause");
}

/* Only what the file gives: the rest was set by the parent or is the default. */
gboolean
ohm_profile_limits_parse (OhmProfile *self, OhmKeyfile *keyfile, GError **error)
{
  g_autoptr (OhmSettings) settings = ohm_profile_read_settings (keyfile, "limits", error);

  if (settings == NULL)
    return FALSE;
  if (ohm_settings_is_set (settings, "registers"))
    self->limits.registers_max = (guint) ohm_settings_get_integer (settings, "registers");
  if (ohm_settings_is_set (settings, "outstanding"))
    self->limits.outstanding_max = (guint) ohm_settings_get_integer (settings, "outstanding");
  ohm_profile_limits_take_durations (self, settings);
  ohm_profile_limits_take_quirk (self, settings, "unit-echo", "same", OHM_MODBUS_ANY_UNIT);
  ohm_profile_limits_take_quirk (self, settings, "tid-echo", "yes", OHM_MODBUS_ANY_TID);
  if (ohm_settings_is_set (settings, "functions") &&
      !ohm_profile_limits_parse_functions (self, keyfile, settings, error))
    return FALSE;
  if (ohm_settings_is_set (settings, "units") &&
      !ohm_profile_limits_parse_units (self, keyfile, settings, error))
    return FALSE;
  if (ohm_settings_is_set (settings, "stateful") &&
      !ohm_profile_limits_parse_ranges (self->stateful, keyfile, settings, "stateful", error))
    return FALSE;
  return !ohm_settings_is_set (settings, "holes") ||
         ohm_profile_limits_parse_ranges (self->holes, keyfile, settings, "holes", error);
}

gboolean
ohm_profile_limits_is_stateful (const OhmProfile *self, const OhmProfileRead *read, guint index)
{
  guint first = read->address + read->stride * index;
  guint last = first + ohm_encoding_get_registers (&read->encoding) - 1;

  for (guint i = 0; i < self->stateful->len; i++)
    {
      const OhmRange *range = &g_array_index (self->stateful, OhmRange, i);

      if (read->function != 0 && range->function != 0 && read->function != range->function)
        continue;
      if (first <= range->last && last >= range->first)
        return TRUE;
    }
  return FALSE;
}

gboolean
ohm_profile_limits_parse_condition (const char *word,
                                    GStringChunk *texts,
                                    const char **ret_fact,
                                    const char **ret_values)
{
  const char *equals = strchr (word, '=');
  g_autofree char *fact = NULL;

  if (word[0] != '@' || equals == NULL || equals[1] == '\0')
    return FALSE;
  fact = g_strndup (word + 1, (gsize) (equals - word - 1));
  if (!ohm_id_is_valid (fact))
    return FALSE;
  *ret_fact = g_string_chunk_insert (texts, fact);
  *ret_values = g_string_chunk_insert (texts, equals + 1);
  return TRUE;
}

/* ADDR COUNT MIN..MAX [@FACT=VALUE,VALUE] */
static gboolean
ohm_profile_limits_parse_write (OhmProfile *self, const char *value, OhmWrite *write)
{
  g_auto (GStrv) words = ohm_parse_words (value);
  guint n = g_strv_length (words);
  guint64 address = 0;
  guint64 count = 0;
  gint64 min = 0;
  gint64 max = 0;

  if (n < 3 || n > 4 || !ohm_parse_u64 (words[0], &address) || address > G_MAXUINT16 ||
      !ohm_parse_u64 (words[1], &count) || count < 1 || count > 2 || address + count > 65536 ||
      !ohm_parse_i64_range (words[2], &min, &max) || min < 0 || max >> (16 * count) != 0)
    return FALSE;
  write->address = (guint16) address;
  write->count = (guint16) count;
  write->min = (guint64) min;
  write->max = (guint64) max;
  return n == 3 || ohm_profile_limits_parse_condition (words[3], self->texts, &write->fact,
                                                       &write->fact_values);
}

static void
ohm_profile_limits_remove_write (OhmProfile *self, const char *name)
{
  for (guint i = 0; i < self->writes->len; i++)
    if (g_str_equal (g_array_index (self->writes, OhmWrite, i).name, name))
      g_array_remove_index (self->writes, i--);
}

gboolean
ohm_profile_limits_parse_writes (OhmProfile *self, OhmKeyfile *keyfile, GError **error)
{
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, "write", &n);
  g_autoptr (OhmSettings) settings = ohm_profile_read_settings (keyfile, "write", error);

  if (settings == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      OhmWrite write = { .name = g_intern_string (entries[i].key) };

      ohm_profile_limits_remove_write (self, write.name);
      if (entries[i].value[0] == '\0')
        continue;
      if (!ohm_profile_limits_parse_write (self, entries[i].value, &write))
        {
          ohm_keyfile_set_error (keyfile, OHM_ERROR_PROFILE, "write", entries[i].key, error,
                                 "expected ADDR COUNT MIN..MAX [@FACT=VALUE,VALUE] with 1 or 2 "
                                 "registers");
          return FALSE;
        }
      g_array_append_val (self->writes, write);
    }
  return TRUE;
}
