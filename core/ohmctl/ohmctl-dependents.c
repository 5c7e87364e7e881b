/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-dependents.h"

#include <string.h>

#include "ohmctl-connection.h"

#define TYPE_VIRTUAL "virtual"

char *
ohmctl_dependents_dup_sum (OhmctlContext *context, OhmctlObject *meter, GError **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (OhmKeyfile) keyfile = NULL;
  const char *text;
  const char *file;

  if (strcmp (ohmctl_object_string (meter, "Type"), TYPE_VIRTUAL) != 0)
    return NULL;
  reply = ohmctl_connection_call (context, ohmctl_object_get_path (meter), "Meter.GetConfig",
                                  /* arguments */ NULL, "(sss)", error);
  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&s&s&s)", &text, &file, NULL);
  keyfile = ohm_keyfile_parse (file, text, strlen (text), error);
  return keyfile != NULL ? g_strdup (ohm_keyfile_get (keyfile, "meter", "sum")) : NULL;
}

/* The first part of @sum that goes. (transfer full) (nullable) */
static char *
ohmctl_dependents_dup_part (const char *sum, GHashTable *gone)
{
  g_auto (GStrv) terms = g_strsplit (sum, ",", /* max_tokens */ -1);

  for (guint i = 0; terms[i] != NULL; i++)
    {
      const char *term = g_strstrip (terms[i]);

      if (*term == '-' || *term == '+')
        term++;
      while (g_ascii_isspace (*term))
        term++;
      if (g_hash_table_contains (gone, term))
        return g_strdup (term);
    }
  return NULL;
}

static gboolean
ohmctl_dependents_add_sums (OhmctlContext *context,
                            GPtrArray *meters,
                            const char *const *ids,
                            GHashTable *gone,
                            GPtrArray *texts,
                            GError **error)
{
  for (guint i = 0; i < meters->len; i++)
    {
      const char *id = ohmctl_object_get_id (meters->pdata[i]);
      g_autoptr (GError) inner = NULL;
      g_autofree char *sum = ohmctl_dependents_dup_sum (context, meters->pdata[i], &inner);
      g_autofree char *part = sum != NULL ? ohmctl_dependents_dup_part (sum, gone) : NULL;

      if (inner != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&inner));
          return FALSE;
        }
      if (part != NULL && !g_strv_contains (ids, id))
        g_ptr_array_add (texts, g_strdup_printf ("place '%s' is a part of meter '%s' (sum = %s)",
                                                 part, id, sum));
    }
  return TRUE;
}

static void
ohmctl_dependents_add_parents (GPtrArray *places, GHashTable *gone, GPtrArray *texts)
{
  for (guint i = 0; i < places->len; i++)
    {
      const char *id = ohmctl_object_get_id (places->pdata[i]);
      const char *parent = ohmctl_object_string (places->pdata[i], "Parent");

      if (g_hash_table_contains (gone, parent) && !g_hash_table_contains (gone, id))
        g_ptr_array_add (texts,
                         g_strdup_printf ("place '%s' is the parent of place '%s'", parent, id));
    }
}

gboolean
ohmctl_dependents_find (OhmctlContext *context,
                        const char *const *ids,
                        GPtrArray **ret_texts,
                        GError **error)
{
  g_autoptr (OhmctlObjects) objects = ohmctl_objects_get (context, error);
  g_autoptr (GHashTable) gone = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *places;

  if (objects == NULL)
    return FALSE;
  places = objects->of[OHMCTL_KIND_PLACE];
  for (guint i = 0; i < places->len; i++)
    if (g_strv_contains (ids, ohmctl_object_string (places->pdata[i], "Meter")))
      g_hash_table_add (gone, (gpointer) (guintptr) ohmctl_object_get_id (places->pdata[i]));
  if (!ohmctl_dependents_add_sums (context, objects->of[OHMCTL_KIND_METER], ids, gone, texts,
                                   error))
    return FALSE;
  ohmctl_dependents_add_parents (places, gone, texts);
  *ret_texts = g_steal_pointer (&texts);
  return TRUE;
}
