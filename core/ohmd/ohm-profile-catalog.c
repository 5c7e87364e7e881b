/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-profile-catalog.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <glib/gstdio.h>

#include "ohm-log.h"

struct _OhmProfileCatalog
{
  GObject parent_instance;

  OhmBus *bus;        /* (owned) */
  char **dirs;        /* (owned) */
  GPtrArray *entries; /* (owned) (element-type OhmProfileEntry) */

  /* While a scan runs: files by id, which of them are being parsed (inherits may loop), and which
   * have been compared with what was before. */
  GHashTable *found;  /* (owned) (nullable) (element-type utf8 OhmProfileEntry) */
  GHashTable *parsed; /* (owned) (nullable) (element-type utf8) */
  GHashTable *judged; /* (owned) (nullable) (element-type OhmProfileEntry) */
};

G_DEFINE_FINAL_TYPE (OhmProfileCatalog, ohm_profile_catalog, G_TYPE_OBJECT)

static void
ohm_profile_entry_free (OhmProfileEntry *self)
{
  g_free (self->id);
  g_free (self->file);
  g_free (self->reason);
  g_free (self->more);
  g_free (self->text);
  g_clear_pointer (&self->profile, ohm_profile_unref);
  g_free (self);
}

static OhmProfileEntry *
ohm_profile_catalog_find_entry (OhmProfileCatalog *self, const char *id)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      OhmProfileEntry *entry = g_ptr_array_index (self->entries, i);

      if (g_str_equal (entry->id, id))
        return entry;
    }
  return NULL;
}

static gboolean
ohm_profile_entry_read (OhmProfileEntry *self, GError **error)
{
  GStatBuf info;

  if (g_stat (self->file, &info) != 0)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "%s: %s", self->file, g_strerror (errno));
      return FALSE;
    }
  /* A link to the null device masks the profile of that id, like an empty file. */
  if (S_ISCHR (info.st_mode) && info.st_rdev == makedev (1, 3))
    {
      self->text = g_strdup ("");
      return TRUE;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "%s: not a regular file", self->file);
      return FALSE;
    }
  if (info.st_size > OHM_KEYFILE_BYTES_MAX)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PROFILE, "%s: larger than 1 MiB", self->file);
      return FALSE;
    }
  return g_file_get_contents (self->file, &self->text, &self->length, error);
}

static void
ohm_profile_catalog_see (OhmProfileCatalog *self, const char *dir, const char *name)
{
  OhmProfileEntry *entry = g_new0 (OhmProfileEntry, 1);
  g_autoptr (GError) error = NULL;

  entry->id = g_strndup (name, strlen (name) - strlen (OHM_PROFILE_SUFFIX));
  entry->file = g_build_filename (dir, name, NULL);
  if (!ohm_profile_entry_read (entry, &error))
    entry->reason = g_strdup (error->message);
  g_hash_table_replace (self->found, entry->id, entry);
}

static void
ohm_profile_catalog_list_dir (OhmProfileCatalog *self, const char *dir)
{
  g_autoptr (GDir) handle = g_dir_open (dir, 0, /* error */ NULL);
  const char *name;

  while (handle != NULL && (name = g_dir_read_name (handle)) != NULL)
    if (g_str_has_suffix (name, OHM_PROFILE_SUFFIX) && name[0] != '.')
      ohm_profile_catalog_see (self, dir, name);
}

static void ohm_profile_catalog_parse (OhmProfileCatalog *self, OhmProfileEntry *entry);

static OhmProfile *
ohm_profile_catalog_lookup_parent (const char *id, gpointer user_data)
{
  OhmProfileCatalog *self = user_data;
  OhmProfileEntry *entry = g_hash_table_lookup (self->found, id);

  if (entry == NULL)
    return NULL;
  ohm_profile_catalog_parse (self, entry);
  return entry->profile;
}

static void
ohm_profile_entry_take_faults (OhmProfileEntry *self, GPtrArray *faults)
{
  if (faults->len == 0)
    return;
  self->reason = g_strdup (g_ptr_array_index (faults, 0));
  g_ptr_array_add (faults, NULL);
  self->more = faults->len > 2 ? g_strjoinv ("\n", (char **) faults->pdata + 1) : NULL;
}

/* Parses @entry after the profiles it inherits from; a loop finds its own parent without profile.
 */
static void
ohm_profile_catalog_parse (OhmProfileCatalog *self, OhmProfileEntry *entry)
{
  const OhmProfileEntry *earlier = ohm_profile_catalog_find_entry (self, entry->id);
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);

  if (!g_hash_table_add (self->parsed, entry->id))
    return;
  if (entry->reason == NULL && entry->length == 0)
    return;
  if (entry->reason == NULL)
    {
      entry->profile = ohm_profile_parse_all (entry->file, entry->text, entry->length,
                                              ohm_profile_catalog_lookup_parent, self, faults);
      ohm_profile_entry_take_faults (entry, faults);
    }
  if (entry->profile == NULL && earlier != NULL && earlier->profile != NULL)
    entry->profile = ohm_profile_ref (earlier->profile);
}

static gboolean
ohm_profile_entry_equal (const OhmProfileEntry *a, const OhmProfileEntry *b)
{
  return g_str_equal (a->file, b->file) && g_strcmp0 (a->reason, b->reason) == 0 &&
         a->length == b->length && (a->length == 0 || memcmp (a->text, b->text, a->length) == 0);
}

static void
ohm_profile_catalog_announce (OhmProfileCatalog *self, const char *id, gboolean is_gone)
{
  g_autoptr (OhmChange) change = ohm_change_new (id, is_gone);

  ohm_bus_emit_profile_changed (self->bus, change);
}

/* Whether the type is what it was: the file says the same and so does its parent, or the last good
 * version stays. */
static gboolean
ohm_profile_catalog_is_same (OhmProfileCatalog *self, OhmProfileEntry *entry)
{
  const OhmProfileEntry *earlier = ohm_profile_catalog_find_entry (self, entry->id);
  const char *parent = entry->profile != NULL ? ohm_profile_get_parent (entry->profile) : NULL;
  OhmProfileEntry *parent_entry = parent != NULL ? g_hash_table_lookup (self->found, parent) : NULL;

  /* Last good versions may inherit from each other in a circle. */
  if (!g_hash_table_add (self->judged, entry))
    return entry->is_same;
  entry->is_same = TRUE;
  if (earlier == NULL)
    entry->is_same = FALSE;
  else if (entry->profile == NULL || entry->profile != earlier->profile)
    entry->is_same = ohm_profile_entry_equal (earlier, entry) &&
                     (parent_entry == NULL || ohm_profile_catalog_is_same (self, parent_entry));
  return entry->is_same;
}

static int
ohm_profile_catalog_compare (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(OhmProfileEntry *const *) a)->id, (*(OhmProfileEntry *const *) b)->id);
}

static GPtrArray *
ohm_profile_catalog_collect (OhmProfileCatalog *self, GPtrArray *news)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_profile_entry_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      OhmProfileEntry *entry = value;
      OhmProfileEntry *earlier = ohm_profile_catalog_find_entry (self, entry->id);

      gboolean is_same = ohm_profile_catalog_is_same (self, entry);

      if (!is_same || !ohm_profile_entry_equal (earlier, entry))
        g_ptr_array_add (news, g_strdup (entry->id));
      /* An entry that says the same keeps its old profile object, so that nobody sees a change. */
      if (is_same && earlier->profile != NULL)
        {
          g_clear_pointer (&entry->profile, ohm_profile_unref);
          entry->profile = ohm_profile_ref (earlier->profile);
        }
      g_ptr_array_add (entries, entry);
    }
  g_ptr_array_sort (entries, ohm_profile_catalog_compare);
  g_hash_table_steal_all (self->found);
  return entries;
}

static void
ohm_profile_catalog_log_refusals (OhmProfileCatalog *self, GPtrArray *news)
{
  for (guint i = 0; i < news->len; i++)
    {
      const OhmProfileEntry *entry = ohm_profile_catalog_find_entry (self,
                                                                     g_ptr_array_index (news, i));

      if (entry != NULL && entry->reason != NULL)
        ohm_log_warning ("profile", entry->id, "profile refused: %s, %s", entry->reason,
                         entry->profile != NULL ? "keeping its last good version" : "ignoring");
    }
}

void
ohm_profile_catalog_scan (OhmProfileCatalog *self)
{
  g_autoptr (GPtrArray) news = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) earlier = NULL;
  GHashTableIter iter;
  gpointer value;

  g_return_if_fail (OHM_IS_PROFILE_CATALOG (self));

  self->found = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) ohm_profile_entry_free);
  self->parsed = g_hash_table_new (g_str_hash, g_str_equal);
  self->judged = g_hash_table_new (NULL, NULL);
  for (guint i = 0; self->dirs[i] != NULL; i++)
    ohm_profile_catalog_list_dir (self, self->dirs[i]);
  g_hash_table_iter_init (&iter, self->found);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    ohm_profile_catalog_parse (self, value);
  /* Collecting compares with the entries of before. */
  earlier = self->entries;
  self->entries = ohm_profile_catalog_collect (self, news);
  g_clear_pointer (&self->found, g_hash_table_unref);
  g_clear_pointer (&self->parsed, g_hash_table_unref);
  g_clear_pointer (&self->judged, g_hash_table_unref);

  ohm_profile_catalog_log_refusals (self, news);
  for (guint i = 0; i < news->len; i++)
    ohm_profile_catalog_announce (self, g_ptr_array_index (news, i), FALSE);
  for (guint i = 0; i < earlier->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (earlier, i);

      if (ohm_profile_catalog_find_entry (self, entry->id) == NULL)
        ohm_profile_catalog_announce (self, entry->id, TRUE);
    }
}

OhmProfileCatalog *
ohm_profile_catalog_new (OhmBus *bus, const char *const *dirs)
{
  OhmProfileCatalog *self = g_object_new (OHM_TYPE_PROFILE_CATALOG, NULL);

  self->bus = g_object_ref (bus);
  self->dirs = g_boxed_copy (G_TYPE_STRV, dirs);
  return self;
}

GPtrArray *
ohm_profile_catalog_get_entries (OhmProfileCatalog *self)
{
  return self->entries;
}

OhmProfile *
ohm_profile_catalog_find (OhmProfileCatalog *self, const char *id)
{
  const OhmProfileEntry *entry = ohm_profile_catalog_find_entry (self, id);

  return entry != NULL ? entry->profile : NULL;
}

const char **
ohm_profile_catalog_list_ids (OhmProfileCatalog *self)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      const OhmProfileEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->profile != NULL)
        g_ptr_array_add (ids, entry->id);
    }
  g_ptr_array_add (ids, NULL);
  return (const char **) (gpointer) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

static void
ohm_profile_catalog_dispose (GObject *object)
{
  OhmProfileCatalog *self = OHM_PROFILE_CATALOG (object);

  g_clear_object (&self->bus);
  G_OBJECT_CLASS (ohm_profile_catalog_parent_class)->dispose (object);
}

static void
ohm_profile_catalog_finalize (GObject *object)
{
  OhmProfileCatalog *self = OHM_PROFILE_CATALOG (object);

  g_strfreev (self->dirs);
  g_ptr_array_unref (self->entries);
  G_OBJECT_CLASS (ohm_profile_catalog_parent_class)->finalize (object);
}

static void
ohm_profile_catalog_class_init (OhmProfileCatalogClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_profile_catalog_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_profile_catalog_finalize;
}

static void
ohm_profile_catalog_init (OhmProfileCatalog *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_profile_entry_free);
}
