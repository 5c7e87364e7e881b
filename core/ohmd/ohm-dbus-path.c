/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-dbus-path.h"

#include <string.h>

#include <ohm.h>

char *
ohm_dbus_path_escape (const char *id)
{
  GString *component = NULL;

  g_return_val_if_fail (id != NULL, NULL);

  if (*id == '\0')
    return g_strdup ("_");
  component = g_string_sized_new (strlen (id) + 8);
  for (const char *at = id; *at != '\0'; at++)
    if (g_ascii_isalnum (*at))
      g_string_append_c (component, *at);
    else
      g_string_append_printf (component, "_%02x", (guint) (guchar) *at);
  return g_string_free (component, /* free_segment */ FALSE);
}

char *
ohm_dbus_path_unescape (const char *component)
{
  g_autoptr (GString) id = NULL;
  g_autofree char *again = NULL;

  g_return_val_if_fail (component != NULL, NULL);

  if (strcmp (component, "_") == 0)
    return g_strdup ("");
  id = g_string_sized_new (strlen (component));
  for (const char *at = component; *at != '\0'; at++)
    if (*at != '_')
      g_string_append_c (id, *at);
    else
      {
        if (!g_ascii_isxdigit (at[1]) || !g_ascii_isxdigit (at[2]))
          return NULL;
        g_string_append_c (id, (char) (g_ascii_xdigit_value (at[1]) * 16 +
                                       g_ascii_xdigit_value (at[2])));
        at += 2;
      }
  again = ohm_dbus_path_escape (id->str);
  if (strcmp (again, component) != 0)
    return NULL;
  return g_strdup (id->str);
}

char *
ohm_dbus_path_build (const char *collection, const char *id)
{
  g_autofree char *component = NULL;

  g_return_val_if_fail (collection != NULL, NULL);

  if (id == NULL)
    return g_strconcat (OHM_DBUS_PATH "/", collection, NULL);
  component = ohm_dbus_path_escape (id);
  return g_strconcat (OHM_DBUS_PATH "/", collection, "/", component, NULL);
}
