/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-slot.h"

gint64
ohm_slot_at_or_before (gint64 wall_us)
{
  gint64 rest = wall_us % OHM_SLOT_US;

  return wall_us - (rest < 0 ? rest + OHM_SLOT_US : rest);
}

gint64
ohm_slot_after (gint64 wall_us)
{
  return ohm_slot_at_or_before (wall_us) + OHM_SLOT_US;
}

gboolean
ohm_slot_is_boundary (gint64 wall_us)
{
  return wall_us % OHM_SLOT_US == 0;
}

gboolean
ohm_slot_is_within (gint64 slot_us, gint64 wall_us, gint64 window_us)
{
  return wall_us >= slot_us && wall_us - slot_us < window_us;
}

gint64
ohm_slot_count (gint64 from_us, gint64 to_us)
{
  return to_us > from_us ? (to_us - from_us) / OHM_SLOT_US : 0;
}

gint64
ohm_slot_next_us (OhmClock *clock)
{
  return ohm_slot_after (ohm_clock_get_wall_us (clock));
}

gint64
ohm_slot_to_mono_us (OhmClock *clock, gint64 wall_us)
{
  return ohm_clock_get_mono_us (clock) + (wall_us - ohm_clock_get_wall_us (clock));
}
