/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dir-monitor.h"

#include <glib/gstdio.h>

#include "ohm-log.h"

/* A file that is copied in raises several events; one scan after the last of them is enough, and
 * none waits longer than the second that is promised (design 4.7). */
#define SETTLE_MS     200
#define SETTLE_MAX_US (700 * G_TIME_SPAN_MILLISECOND)

/* One of the directories; while it does not exist, the nearest above it that does is watched. */
typedef struct
{
  OhmDirMonitor *owner;  /* (not owned) */
  char *dir;             /* (owned) */
  char *watched;         /* (owned) */
  GFileMonitor *monitor; /* (owned) (nullable) */
} OhmDirMonitorEntry;

struct _OhmDirMonitor
{
  GObject parent_instance;

  GPtrArray *entries; /* (owned) (element-type OhmDirMonitorEntry) */
  OhmDirMonitorFunc func;
  gpointer user_data;
  guint settle_id;
  gint64 first_us; /* first event of the burst, monotonic */
};

G_DEFINE_FINAL_TYPE (OhmDirMonitor, ohm_dir_monitor, G_TYPE_OBJECT)

static void ohm_dir_monitor_entry_attach (OhmDirMonitorEntry *self);

static gboolean
ohm_dir_monitor_on_settled (gpointer user_data)
{
  OhmDirMonitor *self = user_data;

  self->settle_id = 0;
  self->func (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
ohm_dir_monitor_settle (OhmDirMonitor *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->settle_id == 0)
    self->first_us = now_us;
  else if (now_us - self->first_us > SETTLE_MAX_US)
    return;
  g_clear_handle_id (&self->settle_id, g_source_remove);
  self->settle_id = g_timeout_add (SETTLE_MS, ohm_dir_monitor_on_settled, self);
}

/* A link is whole as soon as it is there: nothing will be written and closed. */
static gboolean
ohm_dir_monitor_is_link (GFile *file)
{
  g_autofree char *path = g_file_get_path (file);
  GStatBuf info;

  return path != NULL && g_lstat (path, &info) == 0 &&
         (S_ISLNK (info.st_mode) || (S_ISREG (info.st_mode) && info.st_nlink > 1));
}

/* A half-written file says nothing yet: wait for it to be closed or renamed in. Atomic writers
 * leave their temporary name behind with a dot in front. */
static gboolean
ohm_dir_monitor_is_news (GFile *file, GFileMonitorEvent event)
{
  g_autofree char *name = g_file_get_basename (file);

  if (name != NULL && name[0] == '.')
    return FALSE;
  if (event == G_FILE_MONITOR_EVENT_CREATED)
    return ohm_dir_monitor_is_link (file);
  return event != G_FILE_MONITOR_EVENT_CHANGED;
}

static char *
ohm_dir_monitor_find_nearest (const char *dir)
{
  char *path = g_strdup (dir);

  while (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      char *above = g_path_get_dirname (path);

      g_free (path);
      path = above;
    }
  return path;
}

static void
ohm_dir_monitor_on_changed (GFileMonitor *monitor,
                            GFile *file,
                            GFile *other_file,
                            GFileMonitorEvent event,
                            OhmDirMonitorEntry *entry)
{
  OhmDirMonitor *self = entry->owner;
  g_autofree char *nearest = ohm_dir_monitor_find_nearest (entry->dir);

  if (!g_str_equal (nearest, entry->watched) || event == G_FILE_MONITOR_EVENT_UNMOUNTED)
    {
      ohm_dir_monitor_entry_attach (entry);
      ohm_dir_monitor_settle (self);
    }
  /* An atomic rename has a dotted name as its source and the real one as its target. */
  else if (g_str_equal (entry->watched, entry->dir) &&
           ohm_dir_monitor_is_news (other_file != NULL ? other_file : file, event))
    {
      ohm_dir_monitor_settle (self);
    }
}

static void
ohm_dir_monitor_entry_detach (OhmDirMonitorEntry *self)
{
  if (self->monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_clear_object (&self->monitor);
  g_clear_pointer (&self->watched, g_free);
}

static void
ohm_dir_monitor_entry_watch (OhmDirMonitorEntry *self, const char *dir)
{
  g_autoptr (GFile) file = NULL;
  g_autoptr (GError) error = NULL;

  ohm_dir_monitor_entry_detach (self);
  self->watched = g_strdup (dir);
  file = g_file_new_for_path (self->watched);
  self->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES,
                                            /* cancellable */ NULL, &error);
  if (self->monitor == NULL)
    {
      ohm_log_warning ("config", self->dir,
                       "changes of %s will not be noticed: %s; after one, run 'ohmctl config "
                       "reload' or 'ohmctl plugin rescan'",
                       self->dir, error->message);
      return;
    }
  g_file_monitor_set_rate_limit (self->monitor, 0);
  g_signal_connect (self->monitor, "changed", G_CALLBACK (ohm_dir_monitor_on_changed), self);
}

static void
ohm_dir_monitor_entry_attach (OhmDirMonitorEntry *self)
{
  g_autofree char *nearest = ohm_dir_monitor_find_nearest (self->dir);

  /* What is made before the watch begins raises no event. */
  do
    {
      ohm_dir_monitor_entry_watch (self, nearest);
      g_free (nearest);
      nearest = ohm_dir_monitor_find_nearest (self->dir);
    }
  while (!g_str_equal (nearest, self->watched));
}

static void
ohm_dir_monitor_entry_free (OhmDirMonitorEntry *self)
{
  ohm_dir_monitor_entry_detach (self);
  g_free (self->dir);
  g_free (self);
}

OhmDirMonitor *
ohm_dir_monitor_new (const char *const *dirs, OhmDirMonitorFunc func, gpointer user_data)
{
  OhmDirMonitor *self = g_object_new (OHM_TYPE_DIR_MONITOR, NULL);

  self->func = func;
  self->user_data = user_data;
  for (guint i = 0; dirs[i] != NULL; i++)
    {
      OhmDirMonitorEntry *entry = g_new0 (OhmDirMonitorEntry, 1);

      entry->owner = self;
      entry->dir = g_canonicalize_filename (dirs[i], /* relative_to */ NULL);
      ohm_dir_monitor_entry_attach (entry);
      g_ptr_array_add (self->entries, entry);
    }
  return self;
}

static void
ohm_dir_monitor_dispose (GObject *object)
{
  OhmDirMonitor *self = OHM_DIR_MONITOR (object);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  G_OBJECT_CLASS (ohm_dir_monitor_parent_class)->dispose (object);
}

static void
ohm_dir_monitor_class_init (OhmDirMonitorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ohm_dir_monitor_dispose;
}

static void
ohm_dir_monitor_init (OhmDirMonitor *self)
{
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_dir_monitor_entry_free);
}
