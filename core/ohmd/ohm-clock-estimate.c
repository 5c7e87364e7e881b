/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-clock-estimate.h"

void
ohm_clock_estimate_add (OhmClockEstimate *self,
                        gint64 shown_us,
                        gint64 resolution_us,
                        gint64 sent_us,
                        gint64 received_us)
{
  gint64 low_us = shown_us - received_us;
  gint64 high_us = shown_us + resolution_us - sent_us;

  if (self->n > 0)
    {
      low_us = MAX (self->low_us, low_us);
      high_us = MIN (self->high_us, high_us);
    }
  if (low_us - high_us > resolution_us / 2)
    {
      low_us = shown_us - received_us;
      high_us = shown_us + resolution_us - sent_us;
      self->n = 0;
    }
  self->low_us = MIN (low_us, high_us);
  self->high_us = MAX (low_us, high_us);
  self->n++;
}

gint64
ohm_clock_estimate_get_offset_us (const OhmClockEstimate *self)
{
  return self->low_us + (self->high_us - self->low_us) / 2;
}

gint64
ohm_clock_estimate_get_uncertainty_us (const OhmClockEstimate *self)
{
  return (self->high_us - self->low_us + 1) / 2;
}

gint64
ohm_clock_estimate_get_wait_us (const OhmClockEstimate *self, gint64 resolution_us, gint64 now_us)
{
  gint64 past_us = (now_us + ohm_clock_estimate_get_offset_us (self)) % resolution_us;

  if (past_us < 0)
    past_us += resolution_us;
  return past_us == 0 ? 0 : resolution_us - past_us;
}
