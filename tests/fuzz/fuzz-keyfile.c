/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Input: the text of a keyfile. What is accepted is found again by every way of asking. */

#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "ohm-settings.h"

static const OhmSettingSpec specs[] = {
  { "name", OHM_SETTING_STRING, 1, 20, NULL, NULL, "text", FALSE },
  { "poll", OHM_SETTING_DURATION, 1, G_MAXINT64 / 4, "5s", NULL, "duration", FALSE },
  { "unit", OHM_SETTING_INTEGER, 0, 255, NULL, NULL, "integer", FALSE },
  { "factor", OHM_SETTING_REAL, 0, 0, NULL, NULL, "real", FALSE },
  { "enabled", OHM_SETTING_BOOLEAN, 0, 0, NULL, NULL, "boolean", FALSE },
  { "framing", OHM_SETTING_CHOICE, 0, 0, NULL, "tcp|rtu|auto", "choice", FALSE },
  { "tags", OHM_SETTING_LIST, 0, 5, NULL, NULL, "list", FALSE },
  { NULL },
};

static void
fuzz_group (OhmKeyfile *keyfile, const char *group)
{
  guint n = 0;
  const OhmKeyfileEntry *entries = ohm_keyfile_get_entries (keyfile, group, &n);

  g_assert_cmpuint (ohm_keyfile_get_line (keyfile, group, NULL), >, 0);
  for (guint i = 0; i < n; i++)
    {
      g_assert_true (ohm_keyfile_get (keyfile, group, entries[i].key) == entries[i].value);
      g_assert_cmpuint (ohm_keyfile_get_line (keyfile, group, entries[i].key), ==, entries[i].line);
      g_assert_true (g_utf8_validate (entries[i].value, -1, NULL));
      g_assert_null (strpbrk (entries[i].key, " \t\n[]#"));
    }
}

static void
fuzz_settings (OhmKeyfile *keyfile, const char *group)
{
  const OhmSettingSpec *tables[] = { specs, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmSettings) settings = ohm_settings_new (keyfile, group, tables, &error);
  g_autofree char *shown = NULL;
  gint64 again = 0;

  g_assert_true ((settings != NULL) != (error != NULL));
  if (settings == NULL)
    return;
  g_assert_true (ohm_settings_equal (settings, settings));
  g_assert_cmpint (ohm_settings_get_integer (settings, "unit"), <=, 255);
  shown = ohm_duration_to_string (ohm_settings_get_duration_us (settings, "poll"));
  g_assert_true (ohm_duration_parse (shown, &again));
  g_assert_cmpint (again, ==, ohm_settings_get_duration_us (settings, "poll"));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse ("fuzz", (const char *) (gconstpointer) data,
                                                      size, &error);
  const char *const *groups;

  g_assert_true ((keyfile != NULL) != (error != NULL));
  if (keyfile == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "fuzz:"));
      return 0;
    }
  groups = ohm_keyfile_get_groups (keyfile);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      fuzz_group (keyfile, groups[i]);
      fuzz_settings (keyfile, groups[i]);
    }
  return 0;
}
