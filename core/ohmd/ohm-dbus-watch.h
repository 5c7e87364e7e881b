/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-meter-host.h"

G_BEGIN_DECLS

/* Longest pause that a watcher may ask for. */
#define OHM_DBUS_WATCH_PAUSE_MAX_MS 3600000

/**
 * OhmDbusWatchLast:
 * @meter: id, interned
 * @ret_last: (out caller-allocates): its last values
 *
 * Returns: %FALSE if there is no such meter any more
 */
typedef gboolean (*OhmDbusWatchLast) (const char *meter,
                                      OhmLastValues *ret_last,
                                      gpointer user_data);

/**
 * OhmDbusWatchSend:
 * @readings: (transfer floating): arguments of Manager.Readings, `(a(ssxatayax))`
 */
typedef void (*OhmDbusWatchSend) (GVariant *readings, gpointer user_data);

/**
 * OhmDbusWatchOptions:
 * @meters: (nullable) (array zero-terminated=1): ids; empty or %NULL for all, later ones included
 * @pause_us: shortest time between two sendings; 0: one per reading
 * @has_point_times: whether each point's time is sent
 * @last: asks for a meter's last values
 * @send: sends
 * @user_data: for both
 */
typedef struct
{
  const char *const *meters;
  gint64 pause_us;
  gboolean has_point_times;
  OhmDbusWatchLast last;
  OhmDbusWatchSend send;
  gpointer user_data;
} OhmDbusWatchOptions;

/* Coalesces readings for one watcher: a meter that was read is sent once, with its last values at
 * the time of sending. Knows no bus. */
typedef struct _OhmDbusWatch OhmDbusWatch;

OhmDbusWatch *ohm_dbus_watch_new (OhmWatcher *watcher, const OhmDbusWatchOptions *options);
void ohm_dbus_watch_free (OhmDbusWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmDbusWatch, ohm_dbus_watch_free)

/* Says that @meter, an interned id, was read. */
void ohm_dbus_watch_note (OhmDbusWatch *self, const char *meter);

/* As ohm_dbus_watch_note(), but nothing is sent before ohm_dbus_watch_flush(). */
void ohm_dbus_watch_mark (OhmDbusWatch *self, const char *meter);

/* Sends what was noted, now, in signals of about OHM_DBUS_INLINE_MAX bytes. */
void ohm_dbus_watch_flush (OhmDbusWatch *self);

/* (transfer floating): arguments of Meter.GetReading, `(sxatayax)`; also used for the one of
 * Meter.Read */
GVariant *ohm_dbus_reading_new (const OhmLastValues *last);

G_END_DECLS
