/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A meter without a link: what it is and reads is said from outside, by OhmVirtual. */

#include "ohm-meter-host-private.h"

#include <string.h>

void
ohm_meter_host_start_virtual (OhmMeterHost *self)
{
  g_autoptr (OhmMessage) cause = NULL;

  self->is_running = ohm_settings_get_boolean (self->config->settings, "enabled");
  if (self->is_running)
    return;
  cause = ohm_message_new ("disabled", NULL);
  ohm_meter_host_set_state (self, OHM_STATE_DISABLED, cause);
}

gboolean
ohm_meter_host_is_virtual (OhmMeterHost *self)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self), FALSE);

  return self->is_running && ohm_meter_config_is_virtual (self->config);
}

void
ohm_meter_host_set_virtual_plan (OhmMeterHost *self, OhmPlan *plan)
{
  g_return_if_fail (OHM_IS_METER_HOST (self) && plan != NULL);

  g_clear_pointer (&self->plan, ohm_plan_unref);
  self->plan = ohm_plan_ref (plan);
  ohm_meter_host_reset_values (self);
  if (self->listener.planned != NULL)
    self->listener.planned (self, self->listener.user_data);
}

static gboolean
ohm_meter_host_has_pace (OhmMeterHost *self, gint64 period_us, GArray *slow)
{
  return self->period_us == period_us && self->virtual_slow != NULL &&
         self->virtual_slow->len == slow->len &&
         (slow->len == 0 ||
          memcmp (self->virtual_slow->data, slow->data, slow->len * sizeof (guint)) == 0);
}

gboolean
ohm_meter_host_set_virtual_pace (OhmMeterHost *self, gint64 period_us, GArray *slow)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self) && slow != NULL, FALSE);

  if (ohm_meter_host_has_pace (self, period_us, slow))
    return FALSE;
  self->period_us = period_us;
  g_clear_pointer (&self->virtual_slow, g_array_unref);
  self->virtual_slow = g_array_ref (slow);
  ohm_meter_host_announce (self);
  return TRUE;
}

static gboolean
ohm_meter_host_is_slow_sum (OhmMeterHost *self, guint point)
{
  for (guint i = 0; self->virtual_slow != NULL && i < self->virtual_slow->len; i++)
    if (g_array_index (self->virtual_slow, guint, i) == point)
      return TRUE;
  return FALSE;
}

gboolean
ohm_meter_host_is_slow (OhmMeterHost *self, guint point)
{
  guint n;
  const OhmEntry *entries;

  g_return_val_if_fail (OHM_IS_METER_HOST (self), FALSE);

  if (ohm_meter_host_is_virtual (self))
    return ohm_meter_host_is_slow_sum (self, point);
  if (self->plan == NULL)
    return FALSE;
  entries = ohm_plan_get_entries (self->plan, &n);
  for (guint i = 0; i < n; i++)
    if (entries[i].point == point)
      return (entries[i].classes & OHM_READ_LIVE) == 0;
  return FALSE;
}

void
ohm_meter_host_set_virtual_state (OhmMeterHost *self, OhmStateCode code, OhmMessage *cause)
{
  g_return_if_fail (OHM_IS_METER_HOST (self));

  ohm_meter_host_set_state (self, code, cause);
}

void
ohm_meter_host_take_virtual (OhmMeterHost *self, OhmReading *reading)
{
  g_return_if_fail (OHM_IS_METER_HOST (self) && reading != NULL);

  /* It is another sum by now, whose plan comes with the next turn. */
  if (self->plan == NULL || ohm_plan_get_points (self->plan) != ohm_reading_get_points (reading))
    return;
  self->polls_done++;
  ohm_meter_host_keep (self, reading);
  ohm_bus_emit_reading (self->bus, reading);
}
