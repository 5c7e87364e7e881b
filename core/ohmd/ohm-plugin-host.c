/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plugin-host.h"

#include <dlfcn.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <gmodule.h>

#include "ohm-builtin-plugins.h"
#include "ohm-log.h"
#include "ohm-plugin-check.h"
#include "ohm-plugin-image.h"

struct _OhmPluginHost
{
  GObject parent_instance;

  OhmBus *bus;        /* (owned) */
  char **dirs;        /* (owned) */
  GPtrArray *entries; /* (owned) (element-type OhmPluginEntry) */
};

G_DEFINE_FINAL_TYPE (OhmPluginHost, ohm_plugin_host, G_TYPE_OBJECT)

static void
ohm_plugin_entry_free (OhmPluginEntry *self)
{
  g_free (self->id);
  g_free (self->file);
  g_free (self->reason);
  if (!self->is_resident && self->fd >= 0)
    close (self->fd);
  g_free (self);
}

static OhmPluginEntry *
ohm_plugin_entry_new (const char *id, const char *file)
{
  OhmPluginEntry *self = g_new0 (OhmPluginEntry, 1);

  self->id = g_strdup (id);
  self->file = g_strdup (file);
  self->fd = -1;
  return self;
}

static gboolean
ohm_plugin_entry_is_kind (GType type)
{
  return g_type_is_a (type, OHM_TYPE_METER) || g_type_is_a (type, OHM_TYPE_TRANSPORT) ||
         g_type_is_a (type, OHM_TYPE_UPLINK) || g_type_is_a (type, OHM_TYPE_HISTORY);
}

/* Calling the getters registers the types: from here on the module can never be closed. */
static gboolean
ohm_plugin_entry_register (OhmPluginEntry *self, const OhmPluginInfo *info, GError **error)
{
  GType types[OHM_PLUGIN_TYPES_MAX] = { G_TYPE_INVALID };

  for (guint i = 0; i < OHM_PLUGIN_TYPES_MAX && info->types[i] != NULL; i++)
    {
      types[i] = info->types[i]();
      if (types[i] == G_TYPE_INVALID)
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
                       "registers no type; if an earlier version of it did, restart ohmd");
          return FALSE;
        }
      if (!ohm_plugin_entry_is_kind (types[i]) || G_TYPE_IS_ABSTRACT (types[i]))
        {
          g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN,
                       "its type '%s' is no meter, transport, uplink or history",
                       g_type_name (types[i]));
          return FALSE;
        }
    }
  memcpy (self->types, types, sizeof types);
  self->info = info;
  return TRUE;
}

/* Closes a module of which nothing has run. A loader may keep it all the same (`-z nodelete`). */
static void
ohm_plugin_entry_close (OhmPluginEntry *self, GModule *module, const char *path)
{
  void *handle;

  g_module_close (module);
  handle = dlopen (path, RTLD_NOLOAD | RTLD_LAZY);
  if (handle == NULL)
    return;
  dlclose (handle);
  self->is_resident = TRUE;
}

/* The loader names its file as we did: by a descriptor that means nothing to people. */
static const char *
ohm_plugin_entry_get_loader_reason (const char *path)
{
  const char *reason = g_module_error ();
  gsize length = strlen (path);

  if (reason == NULL)
    return "unknown reason";
  if (g_str_has_prefix (reason, path) && g_str_has_prefix (reason + length, ": "))
    return reason + length + strlen (": ");
  return reason;
}

/* From here on the file may be replaced, overwritten or removed. */
static gboolean
ohm_plugin_entry_take_image (OhmPluginEntry *self, GError **error)
{
  int image = ohm_plugin_image_new (self->fd, self->id, error);

  if (image < 0)
    return FALSE;
  close (self->fd);
  self->fd = image;
  return TRUE;
}

/* Loaders know a module by its path: a /proc/self/fd/N that is used again would return the earlier
 * module, so the descriptor stays open as long as the module is there (design 4.1). */
static gboolean
ohm_plugin_entry_load (OhmPluginEntry *self, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", self->fd);
  GModule *module = g_module_open_full (path, G_MODULE_BIND_LOCAL, /* error */ NULL);
  gpointer symbol = NULL;

  if (module == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "cannot be loaded: %s",
                   ohm_plugin_entry_get_loader_reason (path));
      return FALSE;
    }
  if (!g_module_symbol (module, "ohm_plugin", &symbol) || symbol == NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "has no symbol 'ohm_plugin'");
      ohm_plugin_entry_close (self, module, path);
      return FALSE;
    }
  if (!ohm_plugin_check_symbol (symbol, error) || !ohm_plugin_check_info (symbol, self->id, error))
    {
      ohm_plugin_entry_close (self, module, path);
      return FALSE;
    }
  g_module_make_resident (module);
  self->is_resident = TRUE;
  return ohm_plugin_entry_register (self, symbol, error);
}

static gboolean
ohm_plugin_entry_open (OhmPluginEntry *self, GError **error)
{
  return ohm_plugin_entry_take_image (self, error) && ohm_plugin_entry_load (self, error);
}

static gint64
ohm_plugin_entry_time_us (const struct timespec *time)
{
  return (gint64) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

static void
ohm_plugin_entry_remember_file (OhmPluginEntry *self, const struct stat *info)
{
  self->device = info->st_dev;
  self->inode = info->st_ino;
  self->size = info->st_size;
  self->mtime_us = ohm_plugin_entry_time_us (&info->st_mtim);
  self->ctime_us = ohm_plugin_entry_time_us (&info->st_ctim);
}

/* A refused file may have got another owner or mode, which leaves its content's time alone. */
static gboolean
ohm_plugin_entry_file_changed (OhmPluginEntry *self)
{
  struct stat info;

  if (self->file == NULL || lstat (self->file, &info) != 0)
    return FALSE;
  return self->device != info.st_dev || self->inode != info.st_ino || self->size != info.st_size ||
         self->mtime_us != ohm_plugin_entry_time_us (&info.st_mtim) ||
         (self->state == OHM_PLUGIN_REFUSED &&
          self->ctime_us != ohm_plugin_entry_time_us (&info.st_ctim));
}

/* What is loaded, or will be when it is wanted. */
static OhmPluginEntry *
ohm_plugin_host_find_loaded (OhmPluginHost *self, const char *id)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      OhmPluginEntry *entry = g_ptr_array_index (self->entries, i);

      if ((entry->info != NULL || entry->state == OHM_PLUGIN_WAITING) &&
          g_str_equal (entry->id, id))
        return entry;
    }
  return NULL;
}

static OhmPluginEntry *
ohm_plugin_host_find_file (OhmPluginHost *self, const char *file)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      OhmPluginEntry *entry = g_ptr_array_index (self->entries, i);

      if (g_strcmp0 (entry->file, file) == 0)
        return entry;
    }
  return NULL;
}

static gboolean
ohm_plugin_host_load (OhmPluginHost *self, OhmPluginEntry *entry, GError **error)
{
  const OhmPluginEntry *earlier = ohm_plugin_host_find_loaded (self, entry->id);
  struct stat info;

  if (lstat (entry->file, &info) == 0)
    ohm_plugin_entry_remember_file (entry, &info);
  if (earlier != NULL)
    {
      g_set_error (error, OHM_ERROR, OHM_ERROR_PLUGIN, "a plugin '%s' is loaded already from %s",
                   entry->id, earlier->file != NULL ? earlier->file : "the program itself");
      return FALSE;
    }
  entry->fd = ohm_plugin_check_open (entry->file, &info, error);
  if (entry->fd < 0)
    return FALSE;
  entry->is_checked = TRUE;
  ohm_plugin_entry_remember_file (entry, &info);
  entry->kinds = ohm_plugin_peek (entry->fd);
  return ohm_plugin_kinds_can_wait (entry->kinds) || ohm_plugin_entry_open (entry, error);
}

static void
ohm_plugin_host_announce (OhmPluginHost *self, OhmPluginEntry *entry)
{
  g_autoptr (OhmChange) change = ohm_change_new (entry->id, FALSE);

  ohm_bus_emit_plugin_changed (self->bus, change);
}

/* @former: (nullable): why it was refused before; said once */
static void
ohm_plugin_host_settle (OhmPluginHost *self,
                        OhmPluginEntry *entry,
                        const GError *error,
                        const char *former)
{
  if (error != NULL)
    {
      if (entry->fd >= 0 && !entry->is_resident)
        close (entry->fd);
      entry->fd = -1;
      entry->state = OHM_PLUGIN_REFUSED;
      entry->reason = g_strdup (error->message);
      if (g_strcmp0 (former, entry->reason) == 0)
        return;
      ohm_log_warning ("plugin", entry->id, "plugin %s refused: %s, ignoring", entry->file,
                       entry->reason);
    }
  else if (entry->info != NULL)
    {
      entry->state = OHM_PLUGIN_LOADED;
      ohm_log_info ("plugin", entry->id, "plugin '%s' loaded from %s", entry->id, entry->file);
    }
  else
    {
      entry->state = OHM_PLUGIN_WAITING;
    }
  ohm_plugin_host_announce (self, entry);
}

static void
ohm_plugin_host_try (OhmPluginHost *self, OhmPluginEntry *entry)
{
  g_autofree char *former = g_steal_pointer (&entry->reason);
  g_autoptr (GError) error = NULL;

  entry->is_checked = FALSE;
  entry->is_resident = FALSE;
  /* not to be found as its own duplicate */
  entry->state = OHM_PLUGIN_REFUSED;
  ohm_plugin_host_load (self, entry, &error);
  ohm_plugin_host_settle (self, entry, error, former);
}

/* Through the descriptor that was checked, whatever stands under the name by now. */
static void
ohm_plugin_host_open (OhmPluginHost *self, OhmPluginEntry *entry)
{
  g_autoptr (GError) error = NULL;

  ohm_plugin_entry_open (entry, &error);
  ohm_plugin_host_settle (self, entry, error, /* former */ NULL);
}

/* One that waits and has changed is as good as new. */
static void
ohm_plugin_host_look_again (OhmPluginHost *self, OhmPluginEntry *entry)
{
  close (entry->fd);
  entry->fd = -1;
  ohm_plugin_host_try (self, entry);
}

static void
ohm_plugin_host_see (OhmPluginHost *self, const char *file, const char *id)
{
  OhmPluginEntry *entry = ohm_plugin_host_find_file (self, file);

  if (entry == NULL)
    {
      entry = ohm_plugin_entry_new (id, file);
      g_ptr_array_add (self->entries, entry);
      ohm_plugin_host_try (self, entry);
    }
  else if (entry->state == OHM_PLUGIN_REFUSED &&
           (!entry->is_checked || ohm_plugin_entry_file_changed (entry)))
    {
      /* What the file system says of a file may change with its directory. */
      ohm_plugin_host_try (self, entry);
    }
  else if (entry->state == OHM_PLUGIN_WAITING && ohm_plugin_entry_file_changed (entry))
    {
      ohm_plugin_host_look_again (self, entry);
    }
  else if (entry->state == OHM_PLUGIN_LOADED && ohm_plugin_entry_file_changed (entry))
    {
      entry->state = OHM_PLUGIN_RESTART_NEEDED;
      ohm_log_message ("plugin", entry->id,
                       "plugin '%s' has changed on disk, restart needed to use it", entry->id);
      ohm_plugin_host_announce (self, entry);
    }
}

static int
ohm_plugin_host_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
ohm_plugin_host_scan_dir (OhmPluginHost *self, const char *dir)
{
  g_autoptr (GDir) handle = g_dir_open (dir, 0, /* error */ NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (handle != NULL && (name = g_dir_read_name (handle)) != NULL)
    if (g_str_has_suffix (name, "." G_MODULE_SUFFIX) && name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, ohm_plugin_host_compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = NULL;
      g_autofree char *id = NULL;

      name = g_ptr_array_index (names, i);
      file = g_build_filename (dir, name, NULL);
      id = g_strndup (name, strlen (name) - strlen ("." G_MODULE_SUFFIX));
      ohm_plugin_host_see (self, file, id);
    }
}

/* A file that went away before anything of it ran is forgotten; a loaded module stays whatever
 * becomes of its file. */
static void
ohm_plugin_host_forget_gone (OhmPluginHost *self)
{
  for (guint i = self->entries->len; i-- > 0;)
    {
      OhmPluginEntry *entry = g_ptr_array_index (self->entries, i);
      GStatBuf info;

      if ((entry->state == OHM_PLUGIN_REFUSED || entry->state == OHM_PLUGIN_WAITING) &&
          entry->file != NULL && g_lstat (entry->file, &info) != 0)
        {
          g_autofree char *id = g_strdup (entry->id);
          g_autoptr (OhmChange) change = NULL;

          g_ptr_array_remove_index (self->entries, i);
          change = ohm_change_new (id, ohm_plugin_host_find_loaded (self, id) == NULL);
          ohm_bus_emit_plugin_changed (self->bus, change);
        }
    }
}

static int
ohm_plugin_host_compare_entries (gconstpointer a, gconstpointer b)
{
  const OhmPluginEntry *left = *(OhmPluginEntry *const *) a;
  const OhmPluginEntry *right = *(OhmPluginEntry *const *) b;
  int order = strcmp (left->id, right->id);

  return order != 0 ? order : g_strcmp0 (left->file, right->file);
}

void
ohm_plugin_host_scan (OhmPluginHost *self)
{
  g_return_if_fail (OHM_IS_PLUGIN_HOST (self));

  ohm_plugin_host_forget_gone (self);
  for (guint i = 0; self->dirs[i] != NULL; i++)
    ohm_plugin_host_scan_dir (self, self->dirs[i]);
  g_ptr_array_sort (self->entries, ohm_plugin_host_compare_entries);
}

static void
ohm_plugin_host_add_builtin (OhmPluginHost *self)
{
  for (guint i = 0; ohm_builtin_plugins[i] != NULL; i++)
    {
      const OhmPluginInfo *info = ohm_builtin_plugins[i];
      OhmPluginEntry *entry = ohm_plugin_entry_new (info->id, /* file */ NULL);
      g_autoptr (GError) error = NULL;

      g_ptr_array_add (self->entries, entry);
      if (ohm_plugin_check_info (info, info->id, &error) &&
          ohm_plugin_entry_register (entry, info, &error))
        continue;
      entry->state = OHM_PLUGIN_REFUSED;
      entry->reason = g_strdup (error->message);
    }
}

OhmPluginHost *
ohm_plugin_host_new (OhmBus *bus, const char *const *dirs)
{
  OhmPluginHost *self = g_object_new (OHM_TYPE_PLUGIN_HOST, NULL);

  self->bus = g_object_ref (bus);
  self->dirs = g_boxed_copy (G_TYPE_STRV, dirs);
  ohm_plugin_host_add_builtin (self);
  return self;
}

GPtrArray *
ohm_plugin_host_get_entries (OhmPluginHost *self)
{
  return self->entries;
}

/* What the file's looks promise for @base. */
static OhmPluginKinds
ohm_plugin_entry_get_kind (GType base)
{
  if (base == OHM_TYPE_METER)
    return OHM_PLUGIN_METER;
  if (base == OHM_TYPE_TRANSPORT)
    return OHM_PLUGIN_TRANSPORT;
  return base == OHM_TYPE_UPLINK ? OHM_PLUGIN_UPLINK : OHM_PLUGIN_HISTORY;
}

static gboolean
ohm_plugin_entry_waits_for (const OhmPluginEntry *self, GType base)
{
  return self->state == OHM_PLUGIN_WAITING && (self->kinds & ohm_plugin_entry_get_kind (base)) != 0;
}

static GType
ohm_plugin_entry_find_type (const OhmPluginEntry *self, GType base)
{
  for (guint i = 0; i < OHM_PLUGIN_TYPES_MAX && self->types[i] != G_TYPE_INVALID; i++)
    if (g_type_is_a (self->types[i], base))
      return self->types[i];
  return G_TYPE_INVALID;
}

GType
ohm_plugin_host_find_type (OhmPluginHost *self, const char *id, GType base)
{
  OhmPluginEntry *entry = ohm_plugin_host_find_loaded (self, id);

  if (entry == NULL)
    return G_TYPE_INVALID;
  if (ohm_plugin_entry_waits_for (entry, base))
    ohm_plugin_host_open (self, entry);
  return ohm_plugin_entry_find_type (entry, base);
}

const char **
ohm_plugin_host_list_ids (OhmPluginHost *self, GType base)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    {
      const OhmPluginEntry *entry = g_ptr_array_index (self->entries, i);

      if (ohm_plugin_entry_waits_for (entry, base) ||
          (entry->info != NULL && ohm_plugin_entry_find_type (entry, base) != G_TYPE_INVALID))
        g_ptr_array_add (ids, entry->id);
    }
  g_ptr_array_add (ids, NULL);
  return (const char **) (gpointer) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

static void
ohm_plugin_host_dispose (GObject *object)
{
  OhmPluginHost *self = OHM_PLUGIN_HOST (object);

  g_clear_object (&self->bus);
  G_OBJECT_CLASS (ohm_plugin_host_parent_class)->dispose (object);
}

static void
ohm_plugin_host_finalize (GObject *object)
{
  OhmPluginHost *self = OHM_PLUGIN_HOST (object);

  g_strfreev (self->dirs);
  g_ptr_array_unref (self->entries);
  G_OBJECT_CLASS (ohm_plugin_host_parent_class)->finalize (object);
}

static void
ohm_plugin_host_class_init (OhmPluginHostClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_plugin_host_dispose;
  G_OBJECT_CLASS (klass)->finalize = ohm_plugin_host_finalize;
}

static void
ohm_plugin_host_init (OhmPluginHost *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_plugin_entry_free);
}
