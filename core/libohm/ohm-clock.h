/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <gio/gio.h>

#include "ohm-macros.h"

G_BEGIN_DECLS

#define OHM_TYPE_CLOCK (ohm_clock_get_type ())

/**
 * OhmClock:
 *
 * Wall and monotonic time, in microseconds. Everything that waits or stamps asks a clock, so
 * that a test can be the clock: months pass in minutes.
 *
 * Reading the time is safe in any thread; everything else belongs to the main thread.
 *
 * Since: 0.1
 */
OHM_API
G_DECLARE_FINAL_TYPE (OhmClock, ohm_clock, OHM, CLOCK, GObject)

/**
 * ohm_clock_new:
 *
 * Emits #OhmClock::moved, too, on the thread-default main context of now, when somebody sets the
 * machine's clock.
 *
 * Returns: (transfer full): the machine's own time
 *
 * Since: 0.1
 */
OHM_API OhmClock *ohm_clock_new (void);

/**
 * ohm_clock_new_manual:
 * @wall_us: UTC in microseconds since 1970
 * @mono_us: monotonic time in microseconds
 *
 * Returns: (transfer full): a clock that stands still until moved, for unit tests
 *
 * Since: 0.1
 */
OHM_API OhmClock *ohm_clock_new_manual (gint64 wall_us, gint64 mono_us);

/**
 * ohm_clock_new_remote:
 * @path: a Unix stream socket on which the test listens
 * @name: how this process announces itself: `ohmd`
 * @error: return location
 *
 * A clock that is driven over a socket (`--test-clock=SOCKET`). Blocks until the first time
 * has arrived; meant for the first lines of main(). The protocol is described in
 * ohm-clock-remote.c.
 *
 * Returns: (transfer full): the clock, or %NULL with %OHM_ERROR_FAILED
 *
 * Since: 0.1
 */
OHM_API OhmClock *ohm_clock_new_remote (const char *path, const char *name, GError **error);

/**
 * ohm_clock_get_wall_us:
 * @self: a clock
 *
 * Returns: UTC, microseconds since 1970
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_clock_get_wall_us (OhmClock *self);

/**
 * ohm_clock_get_mono_us:
 * @self: a clock
 *
 * Returns: monotonic time in microseconds, origin unknown
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_clock_get_mono_us (OhmClock *self);

/**
 * ohm_clock_is_synchronized:
 * @self: a clock
 *
 * Returns: %TRUE if the machine's time is disciplined (adjtimex does not say `STA_UNSYNC`),
 *   or the test says so
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_clock_is_synchronized (OhmClock *self);

/**
 * ohm_clock_is_real:
 * @self: a clock
 *
 * Returns: %TRUE if time passes by itself; a watcher then arms a kernel timer, otherwise it
 *   waits for #OhmClock::moved
 *
 * Since: 0.1
 */
OHM_API gboolean ohm_clock_is_real (OhmClock *self);

/**
 * ohm_clock_move:
 * @self: a manual clock
 * @wall_us: the new UTC; may go back
 * @mono_us: the new monotonic time; never less than before
 *
 * Moves a manual clock and emits #OhmClock::moved.
 *
 * Since: 0.1
 */
OHM_API void ohm_clock_move (OhmClock *self, gint64 wall_us, gint64 mono_us);

/**
 * ohm_clock_hold:
 * @self: a clock
 *
 * Says that work is under way that the main loop does not see (a worker thread): a remote
 * clock does not report this process as idle until ohm_clock_release(). Any thread. Free of
 * cost with other clocks.
 *
 * Since: 0.1
 */
OHM_API void ohm_clock_hold (OhmClock *self);

/**
 * ohm_clock_release:
 * @self: a clock
 *
 * The work that ohm_clock_hold() told of is done. Any thread.
 *
 * Since: 0.1
 */
OHM_API void ohm_clock_release (OhmClock *self);

/**
 * ohm_clock_set_next:
 * @self: a clock
 * @mono_us: the earliest deadline, or -1
 *
 * For watchers: tells a remote clock how far it may jump.
 *
 * Since: 0.1
 */
OHM_API void ohm_clock_set_next (OhmClock *self, gint64 mono_us);

/**
 * ohm_clock_get_next:
 * @self: a clock that is not real
 *
 * How far a manual clock may be moved without passing anything that is waited for.
 *
 * Returns: the earliest deadline of all watchers, as of their last turn in the main loop, or -1
 *
 * Since: 0.1
 */
OHM_API gint64 ohm_clock_get_next (OhmClock *self);

G_END_DECLS
