/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What the service manager hears of us (sd_notify); without one, or built without libsystemd, these
 * do nothing. */

/* We are polling and answer on the bus. */
void ohm_service_ready (void);
void ohm_service_stopping (void);
void ohm_service_reloading (OhmClock *clock);

/* Feeds the watchdog at half its time for as long as the main loop turns. Returns the watch, or
 * NULL if no watchdog is asked for. */
OhmWatch *ohm_service_feed_watchdog (OhmWatcher *watcher);

G_END_DECLS
