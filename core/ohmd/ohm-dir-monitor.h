/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define OHM_TYPE_DIR_MONITOR (ohm_dir_monitor_get_type ())

/* Watches directories and calls back once after a burst of changes has settled, at most a second
 * after the first of them. Directories that do not exist yet are watched for coming. */
G_DECLARE_FINAL_TYPE (OhmDirMonitor, ohm_dir_monitor, OHM, DIR_MONITOR, GObject)

typedef void (*OhmDirMonitorFunc) (gpointer user_data);

OhmDirMonitor *
ohm_dir_monitor_new (const char *const *dirs, OhmDirMonitorFunc func, gpointer user_data);

G_END_DECLS
