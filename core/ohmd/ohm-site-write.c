/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is set over D-Bus becomes a file, written as a person would write it: the configuration has
 * one form only. A text is tried where it will stand, with all other files around it, because it
 * may be wrong only beside them (a link that others describe differently, a place that another
 * meter has); if anything is wrong that was not before, the earlier file is put back and the
 * running meters never hear of it.
 */

#include "ohm-site-private.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#define FILE_MODE 0640

/* What helps where the daemon may not write: /etc, as the unit file has it. */
static const char *
ohm_site_get_remedy (GFileError code)
{
  gboolean is_kept = code == G_FILE_ERROR_ROFS || code == G_FILE_ERROR_ACCES ||
                     code == G_FILE_ERROR_PERM;

  return is_kept ? "; the daemon may not write there: change the file yourself, it is read again "
                   "within a second"
                 : "";
}

static gboolean
ohm_site_fail (const char *verb, const char *file, const GError *cause, GError **error)
{
  g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "cannot %s %s: %s%s", verb, file, cause->message,
               ohm_site_get_remedy ((GFileError) cause->code));
  return FALSE;
}

static gboolean
ohm_site_put (const char *file, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  int number;

  if (text == NULL)
    {
      if (g_unlink (file) == 0 || errno == ENOENT)
        return TRUE;
      number = errno;
      g_set_error_literal (&cause, G_FILE_ERROR, (int) g_file_error_from_errno (number),
                           g_strerror (number));
      return ohm_site_fail ("remove", file, cause, error);
    }
  return g_file_set_contents_full (file, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   FILE_MODE, &cause) ||
         ohm_site_fail ("write", file, cause, error);
}

/* A file with what it held before and is to hold; %NULL for no file. */
typedef struct
{
  const char *file;
  const char *text;
  char *earlier; /* (owned) (nullable) */
} OhmSiteEdit;

static void
ohm_site_put_back (OhmSiteEdit *edits, guint n)
{
  for (guint i = 0; i < n; i++)
    ohm_site_put (edits[i].file, edits[i].earlier, /* error */ NULL);
}

/* What is wrong, for who gave a text: a file that is not there yet goes by its name alone. */
static char *
ohm_site_dup_reason (const OhmSiteEdit *edits, guint n, const char *wrong)
{
  for (guint i = 0; i < n; i++)
    if (edits[i].earlier == NULL && g_str_has_prefix (wrong, edits[i].file))
      {
        g_autofree char *name = g_path_get_basename (edits[i].file);

        return g_strconcat (name, wrong + strlen (edits[i].file), NULL);
      }
  return g_strdup (wrong);
}

/* Where the part of `file:line: [group] key: reason` begins that goes along when lines move. */
static const char *
ohm_site_find_group (const char *wrong)
{
  const char *group = strstr (wrong, ": [");

  return group != NULL ? group : wrong;
}

/* What was wrong before and stands in another line, or under another name, is nothing new. */
static gboolean
ohm_site_is_same_error (const char *a, const char *b, gboolean has_moved)
{
  const char *group = ohm_site_find_group (a);
  gsize file = (gsize) (group - a);

  if (!g_str_equal (group, ohm_site_find_group (b)))
    return FALSE;
  while (file > 0 && g_ascii_isdigit (a[file - 1]))
    file--;
  return has_moved || strncmp (a, b, file) == 0;
}

static gboolean
ohm_site_was_wrong (const OhmConfig *before, const char *wrong, gboolean has_moved)
{
  for (guint i = 0; i < before->errors->len; i++)
    if (ohm_site_is_same_error (wrong, g_ptr_array_index (before->errors, i), has_moved))
      return TRUE;
  return FALSE;
}

/* (transfer full) (nullable): all that is wrong now and was not before, a line each; without @edits
 * a file has been moved */
static char *
ohm_site_dup_new_errors (const OhmConfig *before,
                         const OhmConfig *after,
                         const OhmSiteEdit *edits,
                         guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < after->errors->len; i++)
    {
      const char *wrong = g_ptr_array_index (after->errors, i);
      g_autofree char *reason = NULL;

      if (ohm_site_was_wrong (before, wrong, /* has_moved */ edits == NULL))
        continue;
      reason = ohm_site_dup_reason (edits, n, wrong);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", reason);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* Tries the files where they stand, and puts all back if something is wrong. Returns: (transfer
 * full) (nullable): the configuration with them */
static OhmConfig *
ohm_site_try_edits (OhmSite *self, OhmSiteEdit *edits, guint n, GError **error)
{
  g_autoptr (OhmConfig) tried = NULL;
  g_autofree char *wrong = NULL;
  gboolean removes = FALSE;

  for (guint i = 0; i < n; i++)
    {
      removes = removes || edits[i].text == NULL;
      g_file_get_contents (edits[i].file, &edits[i].earlier, /* length */ NULL, /* error */ NULL);
      if (!ohm_site_put (edits[i].file, edits[i].text, error))
        {
          ohm_site_put_back (edits, i);
          return NULL;
        }
    }
  tried = ohm_site_load_config (self);
  /* A file that goes away can only do harm to those that name it, and they say so themselves. */
  wrong = removes ? NULL : ohm_site_dup_new_errors (ohm_site_get_config (self), tried, edits, n);
  if (wrong == NULL)
    return g_steal_pointer (&tried);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s", wrong);
  ohm_site_put_back (edits, n);
  return NULL;
}

static gboolean
ohm_site_write_edits (OhmSite *self, OhmSiteEdit *edits, guint n, GError **error)
{
  OhmConfig *tried = ohm_site_try_edits (self, edits, n, error);

  for (guint i = 0; i < n; i++)
    g_free (edits[i].earlier);
  /* What was tried is what is used: one load, and no other file in between. */
  if (tried != NULL)
    ohm_site_take_config (self, tried);
  return tried != NULL;
}

/* @text: (nullable): NULL removes the file */
static gboolean
ohm_site_write_file (OhmSite *self, const char *file, const char *text, GError **error)
{
  OhmSiteEdit edit = { file, text, NULL };

  return ohm_site_write_edits (self, &edit, 1, error);
}

static gboolean
ohm_site_check_overwrite (const char *kind,
                          const char *id,
                          gboolean is_there,
                          gboolean overwrite,
                          GError **error)
{
  if (!ohm_id_is_valid (id))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG,
                   "'%s' is no id; use a-z, 0-9 and -, at most 63", id);
      return FALSE;
    }
  if (is_there == overwrite)
    return TRUE;
  if (is_there)
    g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "%s '%s' exists already", kind, id);
  else
    g_set_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND, "no %s '%s' is configured", kind, id);
  return FALSE;
}

static char *
ohm_site_dup_runtime_file (OhmSite *self, const char *folder, const char *id, const char *suffix)
{
  g_autofree char *dir = g_build_filename (ohm_site_get_runtime_dir (self), folder, NULL);
  g_autofree char *name = g_strconcat (id, suffix, NULL);

  g_mkdir_with_parents (dir, 0750);
  return g_build_filename (dir, name, NULL);
}

/* The file of a meter that is there, or where that of a new one comes to stand. (transfer full)
 * (nullable) */
static char *
ohm_site_dup_meter_file (OhmSite *self, const char *id, gboolean overwrite, GError **error)
{
  const OhmMeterConfig *meter = ohm_config_find_meter (ohm_site_get_config (self), id);

  if (!ohm_site_check_overwrite ("meter", id, meter != NULL, overwrite, error))
    return NULL;
  return meter != NULL ? g_strdup (meter->file)
                       : ohm_site_dup_runtime_file (self, "meters.d", id, OHM_METER_SUFFIX);
}

gboolean
ohm_site_write_meter (OhmSite *self,
                      const char *id,
                      const char *text,
                      gboolean overwrite,
                      GError **error)
{
  g_autofree char *file = NULL;

  g_return_val_if_fail (OHM_IS_SITE (self) && id != NULL, FALSE);

  file = ohm_site_dup_meter_file (self, id, overwrite, error);
  return file != NULL && ohm_site_write_file (self, file, text, error);
}

void
ohm_site_text_free (OhmSiteText *self)
{
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}

static gboolean
ohm_site_check_once (GHashTable *seen, const char *file, const char *id, GError **error)
{
  if (g_hash_table_add (seen, (gpointer) (guintptr) file))
    return TRUE;
  g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "meter '%s' comes twice", id);
  return FALSE;
}

gboolean
ohm_site_write_meters (OhmSite *self, GPtrArray *texts, gboolean overwrite, GError **error)
{
  g_autofree OhmSiteEdit *edits = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  g_return_val_if_fail (OHM_IS_SITE (self) && texts != NULL, FALSE);

  edits = g_new0 (OhmSiteEdit, texts->len + 1);
  for (guint i = 0; i < texts->len; i++)
    {
      const OhmSiteText *text = g_ptr_array_index (texts, i);
      /* the reload forgets the configuration that the path is from */
      char *file = ohm_site_dup_meter_file (self, text->id, overwrite, error);

      if (file == NULL)
        return FALSE;
      g_ptr_array_add (files, file);
      if (!ohm_site_check_once (seen, file, text->id, error))
        return FALSE;
      edits[i] = (OhmSiteEdit){ file, text->text, NULL };
    }
  return ohm_site_write_edits (self, edits, texts->len, error);
}

static gboolean
ohm_site_move_file (const char *from, const char *to, GError **error)
{
  int number;

  if (g_file_test (to, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_EXISTS, "%s is there already", to);
      return FALSE;
    }
  if (g_rename (from, to) == 0)
    return TRUE;
  number = errno;
  g_set_error (error, OHM_ERROR, OHM_ERROR_FAILED, "cannot rename %s to %s: %s%s", from, to,
               g_strerror (number), ohm_site_get_remedy (g_file_error_from_errno (number)));
  return FALSE;
}

/* One step of the file system, so that the meter is there under one id or the other whatever
 * happens. Returns: (transfer full) (nullable): the configuration with it */
static OhmConfig *
ohm_site_try_move (OhmSite *self, const char *from, const char *to, GError **error)
{
  g_autoptr (OhmConfig) tried = NULL;
  g_autofree char *wrong = NULL;

  if (!ohm_site_move_file (from, to, error))
    return NULL;
  tried = ohm_site_load_config (self);
  wrong = ohm_site_dup_new_errors (ohm_site_get_config (self), tried, /* edits */ NULL, 0);
  if (wrong == NULL)
    return g_steal_pointer (&tried);
  g_set_error (error, OHM_ERROR, OHM_ERROR_CONFIG, "%s", wrong);
  ohm_site_move_file (to, from, /* error */ NULL);
  return NULL;
}

/* @text: what @file is to say first, which means the same under its old name. Returns: (transfer
 * full) (nullable): the configuration with it under @name */
static OhmConfig *
ohm_site_rename_file (OhmSite *self,
                      const char *file,
                      const char *name,
                      const char *text,
                      GError **error)
{
  OhmConfig *tried = NULL;
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *new_file = g_build_filename (folder, name, NULL);
  g_autofree char *earlier = NULL;
  OhmSiteEdit edit = { file, text, NULL };

  if (!g_file_get_contents (file, &earlier, /* length */ NULL, error) ||
      !ohm_site_put (file, text, error))
    return NULL;
  tried = ohm_site_try_move (self, file, new_file, error);
  edit.earlier = earlier;
  if (tried == NULL)
    ohm_site_put_back (&edit, 1);
  return tried;
}

gboolean
ohm_site_rename_meter (OhmSite *self,
                       const char *id,
                       const char *new_id,
                       const char *text,
                       GError **error)
{
  OhmConfig *tried = NULL;
  g_autofree char *file = NULL;
  g_autofree char *name = g_strconcat (new_id, OHM_METER_SUFFIX, NULL);
  g_autofree char *unused = NULL;

  g_return_val_if_fail (OHM_IS_SITE (self) && id != NULL && new_id != NULL && text != NULL, FALSE);

  file = ohm_site_dup_meter_file (self, id, /* overwrite */ TRUE, error);
  unused = file != NULL ? ohm_site_dup_meter_file (self, new_id, /* overwrite */ FALSE, error)
                        : NULL;
  tried = unused != NULL ? ohm_site_rename_file (self, file, name, text, error) : NULL;
  if (tried == NULL)
    return FALSE;
  ohm_site_note_renamed (self, id, new_id);
  ohm_site_take_config (self, tried);
  return TRUE;
}

static const char *
ohm_site_find_link_file (OhmSite *self, const char *id)
{
  OhmConfig *config = ohm_site_get_config (self);

  for (guint i = 0; i < config->links->len; i++)
    {
      const OhmLinkConfig *link = g_ptr_array_index (config->links, i);

      if (g_str_equal (link->id, id))
        return link->file;
    }
  return NULL;
}

static const char *
ohm_site_find_user (OhmSite *self, const char *link)
{
  OhmConfig *config = ohm_site_get_config (self);

  for (guint i = 0; i < config->meters->len; i++)
    {
      const OhmMeterConfig *meter = g_ptr_array_index (config->meters, i);

      if (g_strcmp0 (meter->link, link) == 0)
        return meter->id;
    }
  return NULL;
}

gboolean
ohm_site_write_link (OhmSite *self,
                     const char *id,
                     const char *text,
                     gboolean overwrite,
                     GError **error)
{
  const char *present = NULL;
  const char *user = NULL;
  g_autofree char *file = NULL;

  g_return_val_if_fail (OHM_IS_SITE (self) && id != NULL, FALSE);

  present = ohm_site_find_link_file (self, id);
  if (!ohm_site_check_overwrite ("link", id, present != NULL, overwrite, error))
    return FALSE;
  user = text == NULL ? ohm_site_find_user (self, id) : NULL;
  if (user != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_BUSY, "link '%s' is named by meter '%s'", id, user);
      return FALSE;
    }
  file = present != NULL ? g_strdup (present)
                         : ohm_site_dup_runtime_file (self, "links.d", id, OHM_LINK_SUFFIX);
  return ohm_site_write_file (self, file, text, error);
}

gboolean
ohm_site_write_uplink (OhmSite *self,
                       const char *id,
                       const char *text,
                       gboolean overwrite,
                       GError **error)
{
  const OhmUplinkConfig *uplink = NULL;
  g_autofree char *file = NULL;

  g_return_val_if_fail (OHM_IS_SITE (self) && id != NULL, FALSE);

  uplink = ohm_config_find_uplink (ohm_site_get_config (self), id);
  if (!ohm_site_check_overwrite ("uplink", id, uplink != NULL, overwrite, error))
    return FALSE;
  file = uplink != NULL ? g_strdup (uplink->file)
                        : ohm_site_dup_runtime_file (self, "uplinks.d", id, OHM_UPLINK_SUFFIX);
  return ohm_site_write_file (self, file, text, error);
}

gboolean
ohm_site_rename_uplink (OhmSite *self,
                        const char *id,
                        const char *new_id,
                        const char *text,
                        GError **error)
{
  const OhmUplinkConfig *uplink = NULL;
  gboolean is_taken;
  OhmConfig *tried;
  g_autofree char *file = NULL;
  g_autofree char *name = g_strconcat (new_id, OHM_UPLINK_SUFFIX, NULL);

  g_return_val_if_fail (OHM_IS_SITE (self) && id != NULL && new_id != NULL && text != NULL, FALSE);

  uplink = ohm_config_find_uplink (ohm_site_get_config (self), id);
  is_taken = ohm_config_find_uplink (ohm_site_get_config (self), new_id) != NULL;
  if (!ohm_site_check_overwrite ("uplink", id, uplink != NULL, /* overwrite */ TRUE, error) ||
      !ohm_site_check_overwrite ("uplink", new_id, is_taken, /* overwrite */ FALSE, error))
    return FALSE;
  file = g_strdup (uplink->file);
  tried = ohm_site_rename_file (self, file, name, text, error);
  if (tried == NULL)
    return FALSE;
  ohm_site_take_config (self, tried);
  return TRUE;
}

gboolean
ohm_site_write_daemon (OhmSite *self, const char *text, GError **error)
{
  g_autofree char *file = NULL;

  g_return_val_if_fail (OHM_IS_SITE (self), FALSE);

  file = g_build_filename (ohm_site_get_runtime_dir (self), "ohmd.conf", NULL);
  return ohm_site_write_file (self, file, text, error);
}
