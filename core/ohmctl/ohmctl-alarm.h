/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-context.h"

G_BEGIN_DECLS

/**
 * OhmctlAlarm:
 * @id: number
 * @subject: (owned): `meters/main`
 * @message: (owned): why
 * @since_us: UTC in microseconds
 * @until_us: 0 while it lasts
 */
typedef struct
{
  guint64 id;
  char *subject;
  OhmMessage *message;
  gint64 since_us;
  gint64 until_us;
} OhmctlAlarm;

void ohmctl_alarm_free (OhmctlAlarm *self);

/* (transfer full) (nullable) (element-type OhmctlAlarm): newest first */
GPtrArray *ohmctl_alarm_get (OhmctlContext *context, gboolean is_ended, GError **error);

void ohmctl_alarm_write (OhmctlJson *json, const char *key, GPtrArray *alarms);

G_END_DECLS
