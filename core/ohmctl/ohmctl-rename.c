/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-rename.h"

#include <string.h>

#include "ohmctl-change.h"
#include "ohmctl-connection.h"

/* A place that its file does not name is called after the meter: it gets a group, so that its
 * series stays what it is. */
static gboolean
ohmctl_rename_keep_place (OhmctlContext *context,
                          OhmKeyfile *keyfile,
                          const char *id,
                          GString *text,
                          GError **error)
{
  g_autofree char *group = g_strdup_printf ("place %s", id);
  g_autoptr (OhmctlObject) place = NULL;
  const char *source;

  if (g_strv_contains (ohm_keyfile_get_groups (keyfile), group))
    return TRUE;
  place = ohmctl_object_get (context, OHMCTL_KIND_PLACE, id, error);
  if (place == NULL)
    return FALSE;
  source = ohmctl_object_string (place, "Source");
  g_string_append_printf (text, "\n[%s]\n", group);
  if (*source != '\0')
    g_string_append_printf (text, "source = %s\n", source);
  return TRUE;
}

/* The new file of @meter. (transfer full) (nullable) */
static char *
ohmctl_rename_dup_text (OhmctlContext *context,
                        OhmctlObject *meter,
                        const char *old_text,
                        GError **error)
{
  const char *file = ohmctl_object_string (meter, "File");
  g_autoptr (OhmKeyfile) keyfile = ohm_keyfile_parse (file, old_text, strlen (old_text), error);
  g_autoptr (GVariant) places = ohmctl_object_variant (meter, "Places", "as");
  g_autofree const char **ids = places != NULL ? g_variant_get_strv (places, NULL) : NULL;
  g_autoptr (GString) text = g_string_new (old_text);

  if (keyfile == NULL)
    return NULL;
  if (text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    if (!ohmctl_rename_keep_place (context, keyfile, ids[i], text, error))
      return NULL;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
ohmctl_rename_add (OhmctlContext *context, const char *id, const char *text, GError **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  g_variant_dict_insert (&options, "same-meter", "b", TRUE);
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.AddMeter",
                                  g_variant_new ("(ss@a{sv})", id, text,
                                                 g_variant_dict_end (&options)),
                                  "(o)", error);
  return reply != NULL;
}

/* Two meters cannot measure one place: the old one goes first, and comes back if the new one is
 * refused. */
static gboolean
ohmctl_rename_move (OhmctlContext *context,
                    OhmctlObject *meter,
                    const char *new_id,
                    const char *old_text,
                    GError **error)
{
  const char *id = ohmctl_object_get_id (meter);
  g_autofree char *text = ohmctl_rename_dup_text (context, meter, old_text, error);
  g_autoptr (GVariant) reply = NULL;

  if (text == NULL)
    return FALSE;
  reply = ohmctl_connection_call (context, OHM_DBUS_PATH, "Manager.RemoveMeter",
                                  g_variant_new ("(sa{sv})", id, NULL), "()", error);
  if (reply == NULL)
    return FALSE;
  if (ohmctl_rename_add (context, new_id, text, error))
    return TRUE;
  ohmctl_rename_add (context, id, old_text, /* error */ NULL);
  return FALSE;
}

static gboolean
ohmctl_rename_check (OhmctlContext *context,
                     OhmctlObject *meter,
                     const char *new_id,
                     GError **error)
{
  g_autoptr (GPtrArray) meters = NULL;

  if (strcmp (ohmctl_object_string (meter, "Layer"), "site") == 0)
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED,
                   "meter '%s' is configured by hand: name its places in %s, then rename the file",
                   ohmctl_object_get_id (meter), ohmctl_object_string (meter, "File"));
      return FALSE;
    }
  if (!ohm_id_is_valid (new_id))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE,
                   "'%s' is no id: it has only a-z, 0-9 and '-', at most 63 of them", new_id);
      return FALSE;
    }
  meters = ohmctl_object_list (context, OHMCTL_KIND_METER, error);
  for (guint i = 0; meters != NULL && i < meters->len; i++)
    if (strcmp (ohmctl_object_get_id (meters->pdata[i]), new_id) == 0)
      {
        g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_FAILED, "there is a meter '%s' already",
                     new_id);
        return FALSE;
      }
  return meters != NULL;
}

gboolean
ohmctl_rename_run (OhmctlContext *context, OhmctlArgs *args, GError **error)
{
  g_autoptr (OhmctlObject) meter = ohmctl_change_get_object (context, OHMCTL_KIND_METER, args,
                                                             error);
  const char *new_id = ohmctl_args_word (args, 1);
  g_autoptr (GVariant) config = NULL;
  const char *text;

  if (meter == NULL || !ohmctl_rename_check (context, meter, new_id, error))
    return FALSE;
  config = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetConfig",
                                   /* arguments */ NULL, "(sss)", error);
  if (config == NULL)
    return FALSE;
  g_variant_get (config, "(&s&s&s)", &text, NULL, NULL);
  if (!ohmctl_rename_move (context, meter, new_id, text, error))
    return FALSE;
  ohmctl_change_print (context, "meter", new_id, "meter '%s' is '%s' now",
                       ohmctl_object_get_id (meter), new_id);
  return TRUE;
}
