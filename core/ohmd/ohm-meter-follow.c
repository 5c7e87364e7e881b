/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same device at another address than its file says (design 4.5). */

#include "ohm-meter-host-private.h"

const char *
ohm_meter_host_get_expected (OhmMeterHost *self)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self), NULL);

  return self->expected;
}

gboolean
ohm_meter_host_is_followed (OhmMeterHost *self)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self), FALSE);

  return self->home != NULL;
}

OhmLink *
ohm_meter_host_get_home (OhmMeterHost *self)
{
  g_return_val_if_fail (OHM_IS_METER_HOST (self), NULL);

  return self->home != NULL ? self->home : self->link;
}

/* Back where its file says, it is not followed any more. */
static void
ohm_meter_host_set_home (OhmMeterHost *self, OhmLink *link, guint8 unit)
{
  if (self->home == NULL)
    {
      self->home = g_object_ref (self->link);
      self->home_unit = self->unit;
    }
  if (self->home == link && self->home_unit == unit)
    g_clear_object (&self->home);
}

void
ohm_meter_host_follow (OhmMeterHost *self, OhmLink *link, guint8 unit)
{
  g_return_if_fail (OHM_IS_METER_HOST (self) && OHM_IS_LINK (link));

  if (!self->is_running)
    return;
  ohm_meter_host_stop (self);
  ohm_meter_host_set_home (self, link, unit);
  g_set_object (&self->link, link);
  self->followed_unit = unit;
  self->is_confirmed = FALSE;
  ohm_meter_host_set_state (self, OHM_STATE_STARTING, /* cause */ NULL);
  ohm_meter_host_begin (self);
  ohm_meter_host_survey (self);
}
