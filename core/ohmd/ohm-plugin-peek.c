/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plugin-peek.h"

#include <string.h>

/* With the NUL bytes that stand around a name in a table of strings. */
static gboolean
ohm_plugin_peek_has_name (GMappedFile *file, const char *name)
{
  g_autofree char *needle = g_strconcat ("_", name, NULL);
  gsize length = strlen (name) + 2;

  needle[0] = '\0';
  return memmem (g_mapped_file_get_contents (file), g_mapped_file_get_length (file), needle,
                 length) != NULL;
}

OhmPluginKinds
ohm_plugin_peek (int fd)
{
  static const struct
  {
    const char *name;
    OhmPluginKinds kind;
  } names[] = {
    { "ohm_meter_get_type", OHM_PLUGIN_METER },
    { "ohm_transport_get_type", OHM_PLUGIN_TRANSPORT },
    { "ohm_uplink_get_type", OHM_PLUGIN_UPLINK },
    { "ohm_history_get_type", OHM_PLUGIN_HISTORY },
  };
  g_autoptr (GMappedFile) file = g_mapped_file_new_from_fd (fd, FALSE, /* error */ NULL);
  OhmPluginKinds kinds = 0;

  if (file == NULL || g_mapped_file_get_length (file) == 0)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (ohm_plugin_peek_has_name (file, names[i].name))
      kinds |= names[i].kind;
  return kinds;
}

gboolean
ohm_plugin_kinds_can_wait (OhmPluginKinds kinds)
{
  return kinds != 0 && (kinds & (OHM_PLUGIN_METER | OHM_PLUGIN_TRANSPORT)) == 0;
}
