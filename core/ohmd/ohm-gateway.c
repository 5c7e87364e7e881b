/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-gateway.h"

#include <ohm.h>

#define FILE_MODE 0644

/* (transfer full) (nullable) */
static char *
ohm_gateway_read (const char *file)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (file, &text, /* length */ NULL, /* error */ NULL))
    return NULL;
  g_strstrip (text);
  return g_uuid_string_is_valid (text) ? g_steal_pointer (&text) : NULL;
}

char *
ohm_gateway_load (const char *state_dir, GError **error)
{
  g_autofree char *file = g_build_filename (state_dir, "gateway", NULL);
  char *gateway = ohm_gateway_read (file);
  g_autofree char *line = NULL;
  g_autoptr (GError) inner = NULL;

  if (gateway != NULL)
    return gateway;
  gateway = g_uuid_string_random ();
  line = g_strconcat (gateway, "\n", NULL);
  if (!g_file_set_contents_full (file, line, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 FILE_MODE, &inner))
    g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "cannot write %s: %s", file, inner->message);
  return gateway;
}
