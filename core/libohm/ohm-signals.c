/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-signals.h"

G_DEFINE_BOXED_TYPE (OhmChange, ohm_change, ohm_change_ref, ohm_change_unref)
G_DEFINE_BOXED_TYPE (OhmAlarm, ohm_alarm, ohm_alarm_ref, ohm_alarm_unref)

/* The text lies behind the structure: one allocation per change. */
OhmChange *
ohm_change_new (const char *id, gboolean is_gone)
{
  OhmChange *self;
  gsize length;
  char *copy;

  g_return_val_if_fail (id != NULL, NULL);

  length = strlen (id) + 1;
  self = g_atomic_rc_box_alloc0 (sizeof *self + length);
  copy = (char *) (self + 1);
  memcpy (copy, id, length);
  self->id = copy;
  self->is_gone = is_gone;
  return self;
}

OhmChange *
ohm_change_ref (OhmChange *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
ohm_change_unref (OhmChange *self)
{
  g_atomic_rc_box_release (self);
}

OhmAlarm *
ohm_alarm_new (guint64 id,
               const char *subject,
               OhmMessage *message,
               gint64 since_us,
               gint64 until_us)
{
  OhmAlarm *self;
  gsize length;
  char *copy;

  g_return_val_if_fail (subject != NULL && message != NULL, NULL);

  length = strlen (subject) + 1;
  self = g_atomic_rc_box_alloc0 (sizeof *self + length);
  copy = (char *) (self + 1);
  memcpy (copy, subject, length);
  self->id = id;
  self->subject = copy;
  self->message = ohm_message_ref (message);
  self->since_us = since_us;
  self->until_us = until_us;
  return self;
}

OhmAlarm *
ohm_alarm_ref (OhmAlarm *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
ohm_alarm_clear (gpointer data)
{
  ohm_message_unref (((OhmAlarm *) data)->message);
}

void
ohm_alarm_unref (OhmAlarm *self)
{
  g_atomic_rc_box_release_full (self, ohm_alarm_clear);
}

OHM_SIGNAL_DEFINE (reading, "reading", ohm_reading_ref, ohm_reading_unref)
OHM_SIGNAL_DEFINE (interval, "interval", ohm_record_ref, ohm_record_unref)
OHM_SIGNAL_DEFINE (meter_changed, "meter-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (place_changed, "place-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (link_changed, "link-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (plugin_changed, "plugin-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (profile_changed, "profile-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (meter_found, "meter-found", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (uplink_changed, "uplink-changed", ohm_change_ref, ohm_change_unref)
OHM_SIGNAL_DEFINE (alarm, "alarm", ohm_alarm_ref, ohm_alarm_unref)
OHM_SIGNAL_DEFINE (config_reloaded, "config-reloaded", ohm_change_ref, ohm_change_unref)
