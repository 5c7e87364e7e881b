/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-secret-removed.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

static gboolean
ohm_secret_removed_fail (const char *code, const char *path, const char *text, GError **error)
{
  ohm_message_set_error (error, OHM_ERROR_SECRET,
                         ohm_message_new (code, "path", path, "text", text, NULL), "%s: %s", path,
                         text);
  return FALSE;
}

char **
ohm_secret_removed_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (g_file_get_contents (path, &text, /* length */ NULL, &cause))
    return g_strsplit (g_strchomp (text), "\n", -1);
  if (g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return g_new0 (char *, 1);
  ohm_secret_removed_fail ("secret-file-unreadable", path, cause->message, error);
  return NULL;
}

gboolean
ohm_secret_removed_add (const char *path, const char *owner, GError **error)
{
  g_auto (GStrv) owners = ohm_secret_removed_load (path, error);
  g_autofree char *before = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (owners == NULL)
    return FALSE;
  if (g_strv_contains ((const char *const *) owners, owner))
    return TRUE;
  before = g_strjoinv ("\n", owners);
  text = g_strconcat (before, *before != '\0' ? "\n" : "", owner, "\n", NULL);
  if (g_file_set_contents_full (path, text, (gssize) strlen (text),
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &cause))
    return TRUE;
  return ohm_secret_removed_fail ("secret-not-kept", path, cause->message, error);
}

gboolean
ohm_secret_removed_clear (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  return ohm_secret_removed_fail ("secret-not-kept", path, g_strerror (errno), error);
}
