/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-rename-note.h"

#include <glib/gstdio.h>

#include "ohm-log.h"

/* The new id; of each file its path, what it holds, and what it is to hold. */
#define NOTE_TYPE "(sa(sss))"

#define NOTE_MODE 0600
#define FILE_MODE 0640

static char *
ohm_rename_note_dup_path (const char *state_dir)
{
  return g_build_filename (state_dir, "place-rename", NULL);
}

static gboolean
ohm_rename_note_put (const char *file, const char *text, gssize length, int mode, GError **error)
{
  return g_file_set_contents_full (file, text, length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   mode, error);
}

gboolean
ohm_rename_note_write (const char *state_dir,
                       OhmSite *site,
                       const char *new_id,
                       GPtrArray *texts,
                       GError **error)
{
  g_autofree char *path = ohm_rename_note_dup_path (state_dir);
  g_auto (GVariantBuilder) files = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  g_autoptr (GVariant) note = NULL;

  for (guint i = 0; i < texts->len; i++)
    {
      const OhmSiteText *text = g_ptr_array_index (texts, i);
      const OhmMeterConfig *meter = ohm_config_find_meter (ohm_site_get_config (site), text->id);
      g_autofree char *earlier = NULL;

      if (meter == NULL || !g_file_get_contents (meter->file, &earlier, NULL, /* error */ NULL))
        continue;
      g_variant_builder_add (&files, "(sss)", meter->file, earlier, text->text);
    }
  note = g_variant_ref_sink (g_variant_new ("(s@a(sss))", new_id, g_variant_builder_end (&files)));
  return ohm_rename_note_put (path, g_variant_get_data (note), (gssize) g_variant_get_size (note),
                              NOTE_MODE, error);
}

void
ohm_rename_note_remove (const char *state_dir)
{
  g_autofree char *path = ohm_rename_note_dup_path (state_dir);

  g_unlink (path);
}

/* (transfer full) (nullable) */
static GVariant *
ohm_rename_note_read (const char *state_dir)
{
  g_autofree char *path = ohm_rename_note_dup_path (state_dir);
  g_autoptr (GVariant) note = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *data = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &data, &length, /* error */ NULL))
    return NULL;
  bytes = g_bytes_new_take (data, length);
  note = g_variant_ref_sink (
    g_variant_new_from_bytes (G_VARIANT_TYPE (NOTE_TYPE), bytes, /* trusted */ FALSE));
  return g_variant_is_normal_form (note) ? g_steal_pointer (&note) : NULL;
}

static gboolean
ohm_rename_note_is_stored (const char *id, const OhmStoreContent *content)
{
  for (guint i = 0; i < content->places->len; i++)
    {
      const OhmStorePlace *stored = g_ptr_array_index (content->places, i);

      if (g_str_equal (stored->place->id, id))
        return TRUE;
    }
  return FALSE;
}

static gboolean
ohm_rename_note_finish_file (const char *file, const char *earlier, const char *text)
{
  g_autofree char *present = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_get_contents (file, &present, NULL, /* error */ NULL) ||
      !g_str_equal (present, earlier) || ohm_rename_note_put (file, text, -1, FILE_MODE, &error))
    return TRUE;
  ohm_log_warning ("config", "", "a place was renamed, but not in %s: %s", file, error->message);
  return FALSE;
}

void
ohm_rename_note_finish (const char *state_dir, const OhmStoreContent *content)
{
  g_autoptr (GVariant) note = ohm_rename_note_read (state_dir);
  g_autoptr (GVariantIter) files = NULL;
  const char *new_id;
  const char *file;
  const char *earlier;
  const char *text;
  gboolean is_done = TRUE;

  if (note == NULL)
    return;
  g_variant_get (note, "(&sa(sss))", &new_id, &files);
  while (ohm_rename_note_is_stored (new_id, content) &&
         g_variant_iter_next (files, "(&s&s&s)", &file, &earlier, &text))
    is_done = ohm_rename_note_finish_file (file, earlier, text) && is_done;
  if (is_done)
    ohm_rename_note_remove (state_dir);
}
