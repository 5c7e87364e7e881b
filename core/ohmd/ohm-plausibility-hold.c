/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-plausibility-hold.h"

OhmHoldNews
ohm_hold_update (OhmHold *self, gboolean is_bad, gboolean is_good, gint64 now_us, gint64 wait_us)
{
  if (!(self->is_on ? is_good : is_bad))
    {
      self->is_waiting = FALSE;
      return OHM_HOLD_SAME;
    }
  if (!self->is_waiting)
    self->since_us = now_us;
  self->is_waiting = TRUE;
  if (now_us - self->since_us < wait_us)
    return OHM_HOLD_SAME;
  self->is_waiting = FALSE;
  self->is_on = !self->is_on;
  return self->is_on ? OHM_HOLD_RAISED : OHM_HOLD_CLEARED;
}
