/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* 2026-03-02T10:00:00Z: a quarter hour, later than any clock that is wrong shows. */
#define OHM_TEST_WALL_US (G_GINT64_CONSTANT (1772445600) * G_USEC_PER_SEC)

/* Simulated time: a manual clock and a watcher on the default main context. Hours pass in the time
 * that their events take. */
typedef struct
{
  OhmClock *clock;
  OhmWatcher *watcher;
  gint64 step_us; /* extra wall time that the next move brings: a clock that is set */
} OhmTestTime;

/* Begins at OHM_TEST_WALL_US + @after_us, at a monotonic time of 1000 s. */
OhmTestTime *ohm_test_time_new (gint64 after_us);

/* Frees, and asserts that nobody holds the watcher or the clock any more. */
void ohm_test_time_free (OhmTestTime *self);

/* Lets everything run that is due now. */
void ohm_test_time_spin (OhmTestTime *self);

/* Lets @us pass, from deadline to deadline. */
void ohm_test_time_run (OhmTestTime *self, gint64 us);

/* Goes on until @is_met says so; returns the time that took, or -1 if it is more than @limit_us. */
gint64 ohm_test_time_until (OhmTestTime *self,
                            gboolean (*is_met) (gpointer user_data),
                            gpointer user_data,
                            gint64 limit_us);

gint64 ohm_test_time_mono (OhmTestTime *self);
gint64 ohm_test_time_wall (OhmTestTime *self);

G_END_DECLS
