/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dir-monitor.h"

/* A file that is copied in raises several events; one scan after the last of them is enough. */
#define SETTLE_MS 200

struct _OhmDirMonitor
{
  GObject parent_instance;

  GPtrArray *monitors; /* (owned) (element-type GFileMonitor) */
  OhmDirMonitorFunc func;
  gpointer user_data;
  guint settle_id;
};

G_DEFINE_FINAL_TYPE (OhmDirMonitor, ohm_dir_monitor, G_TYPE_OBJECT)

static gboolean
ohm_dir_monitor_on_settled (gpointer user_data)
{
  OhmDirMonitor *self = user_data;

  self->settle_id = 0;
  self->func (self->user_data);
  return G_SOURCE_REMOVE;
}

/* A half-written file says nothing yet: wait for it to be closed or renamed in, but a link is whole
 * once it is there. Atomic writers leave their temporary name behind with a dot in front. */
static gboolean
ohm_dir_monitor_is_news (GFile *file, GFileMonitorEvent event)
{
  g_autofree char *name = g_file_get_basename (file);

  if (event == G_FILE_MONITOR_EVENT_CHANGED)
    return FALSE;
  if (event == G_FILE_MONITOR_EVENT_CREATED &&
      !g_file_test (g_file_peek_path (file), G_FILE_TEST_IS_SYMLINK))
    return FALSE;
  return name == NULL || name[0] != '.';
}

static void
ohm_dir_monitor_on_changed (GFileMonitor *monitor,
                            GFile *file,
                            GFile *other_file,
                            GFileMonitorEvent event,
                            OhmDirMonitor *self)
{
  /* An atomic rename has a dotted name as its source and the real one as its target. */
  if (!ohm_dir_monitor_is_news (other_file != NULL ? other_file : file, event))
    return;
  if (self->settle_id == 0)
    self->settle_id = g_timeout_add (SETTLE_MS, ohm_dir_monitor_on_settled, self);
}

static void
ohm_dir_monitor_add (OhmDirMonitor *self, const char *dir)
{
  g_autoptr (GFile) file = g_file_new_for_path (dir);
  g_autoptr (GFileMonitor) monitor = NULL;

  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, /* cancellable */ NULL,
                                      NULL);
  if (monitor == NULL)
    return;
  g_file_monitor_set_rate_limit (monitor, 0);
  g_signal_connect (monitor, "changed", G_CALLBACK (ohm_dir_monitor_on_changed), self);
  g_ptr_array_add (self->monitors, g_steal_pointer (&monitor));
}

OhmDirMonitor *
ohm_dir_monitor_new (const char *const *dirs, OhmDirMonitorFunc func, gpointer user_data)
{
  OhmDirMonitor *self = g_object_new (OHM_TYPE_DIR_MONITOR, NULL);

  self->func = func;
  self->user_data = user_data;
  for (guint i = 0; dirs[i] != NULL; i++)
    ohm_dir_monitor_add (self, dirs[i]);
  return self;
}

static void
ohm_dir_monitor_dispose (GObject *object)
{
  OhmDirMonitor *self = OHM_DIR_MONITOR (object);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  for (guint i = 0; self->monitors != NULL && i < self->monitors->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->monitors, i), self);
  g_clear_pointer (&self->monitors, g_ptr_array_unref);
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
  self->monitors = g_ptr_array_new_with_free_func (g_object_unref);
}
