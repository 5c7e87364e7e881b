/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohm-bus.h"
#include "ohm-message.h"
#include "ohm-reading.h"
#include "ohm-record.h"

G_BEGIN_DECLS

#define OHM_TYPE_CHANGE (ohm_change_get_type ())

/**
 * OhmChange:
 * @id: what changed
 * @is_gone: it is no more
 *
 * Payload of the `-changed` signals: who; what it is now is asked of the object itself.
 * Reference counted.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *id;
  gboolean is_gone;
} OhmChange;

OHM_API GType ohm_change_get_type (void);

/**
 * ohm_change_new:
 * @id: of what has changed
 * @is_gone: it is not there any more
 *
 * Returns: (transfer full): the payload of a `-changed` signal
 *
 * Since: 0.1
 */
OHM_API OhmChange *ohm_change_new (const char *id, gboolean is_gone);
OHM_API OhmChange *ohm_change_ref (OhmChange *self);
OHM_API void ohm_change_unref (OhmChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmChange, ohm_change_unref)

#define OHM_TYPE_ALARM (ohm_alarm_get_type ())

/**
 * OhmAlarm:
 * @id: number of the alarm
 * @subject: what it is about: `meters/main`, `links/192.0.2.10:502`
 * @message: what is wrong
 * @since_us: since when, UTC
 * @until_us: when it ended; 0 while it lasts
 *
 * One per root cause. Reference counted.
 *
 * Since: 0.1
 */
typedef struct
{
  guint64 id;
  const char *subject;
  OhmMessage *message;
  gint64 since_us;
  gint64 until_us;
} OhmAlarm;

OHM_API GType ohm_alarm_get_type (void);

/**
 * ohm_alarm_new:
 * @id: its number
 * @subject: what it is about: `meters/main`
 * @message: why
 * @since_us: UTC
 * @until_us: UTC; 0 while it lasts
 *
 * Returns: (transfer full): the payload of the signal `alarm`
 *
 * Since: 0.1
 */
OHM_API OhmAlarm *ohm_alarm_new (guint64 id,
                                 const char *subject,
                                 OhmMessage *message,
                                 gint64 since_us,
                                 gint64 until_us);
OHM_API OhmAlarm *ohm_alarm_ref (OhmAlarm *self);
OHM_API void ohm_alarm_unref (OhmAlarm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmAlarm, ohm_alarm_unref)

/* The core signals (design 3). `interval` is emitted by the store after COMMIT, never before. */
OHM_SIGNAL_DECLARE (reading, OhmReading)
OHM_SIGNAL_DECLARE (interval, OhmRecord)
OHM_SIGNAL_DECLARE (meter_changed, OhmChange)
OHM_SIGNAL_DECLARE (place_changed, OhmChange)
OHM_SIGNAL_DECLARE (link_changed, OhmChange)
OHM_SIGNAL_DECLARE (plugin_changed, OhmChange)
OHM_SIGNAL_DECLARE (profile_changed, OhmChange)
OHM_SIGNAL_DECLARE (meter_found, OhmChange)
OHM_SIGNAL_DECLARE (uplink_changed, OhmChange)
OHM_SIGNAL_DECLARE (alarm, OhmAlarm)
OHM_SIGNAL_DECLARE (config_reloaded, OhmChange)

G_END_DECLS
