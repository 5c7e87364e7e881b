/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-time.h"

#define OHM_TEST_MONO_US (1000 * G_USEC_PER_SEC)

OhmTestTime *
ohm_test_time_new (gint64 after_us)
{
  OhmTestTime *self = g_new0 (OhmTestTime, 1);

  self->clock = ohm_clock_new_manual (OHM_TEST_WALL_US + after_us, OHM_TEST_MONO_US);
  self->watcher = ohm_watcher_new (self->clock, NULL);
  return self;
}

void
ohm_test_time_free (OhmTestTime *self)
{
  g_assert_finalize_object (self->watcher);
  g_assert_finalize_object (self->clock);
  g_free (self);
}

void
ohm_test_time_spin (OhmTestTime *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

gint64
ohm_test_time_mono (OhmTestTime *self)
{
  return ohm_clock_get_mono_us (self->clock);
}

gint64
ohm_test_time_wall (OhmTestTime *self)
{
  return ohm_clock_get_wall_us (self->clock);
}

/* One move: to the next deadline, or to @end_us if there is none before. */
static void
ohm_test_time_hop (OhmTestTime *self, gint64 end_us)
{
  gint64 now_us = ohm_test_time_mono (self);
  gint64 next_us = ohm_clock_get_next (self->clock);

  next_us = next_us < 0 ? end_us : CLAMP (next_us, now_us, end_us);
  ohm_clock_move (self->clock, ohm_test_time_wall (self) + next_us - now_us + self->step_us,
                  next_us);
  self->step_us = 0;
  ohm_test_time_spin (self);
}

void
ohm_test_time_run (OhmTestTime *self, gint64 us)
{
  gint64 end_us = ohm_test_time_mono (self) + us;

  ohm_test_time_spin (self);
  while (ohm_test_time_mono (self) < end_us)
    ohm_test_time_hop (self, end_us);
}

gint64
ohm_test_time_until (OhmTestTime *self,
                     gboolean (*is_met) (gpointer user_data),
                     gpointer user_data,
                     gint64 limit_us)
{
  gint64 start_us = ohm_test_time_mono (self);

  ohm_test_time_spin (self);
  while (!is_met (user_data))
    {
      if (ohm_test_time_mono (self) - start_us >= limit_us)
        return -1;
      ohm_test_time_hop (self, start_us + limit_us);
    }
  return ohm_test_time_mono (self) - start_us;
}
