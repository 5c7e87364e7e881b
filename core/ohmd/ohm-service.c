/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-service.h"

#if HAVE_SYSTEMD

#include <systemd/sd-daemon.h>

void
ohm_service_ready (void)
{
  sd_notify (/* unset_environment */ 0, "READY=1\nSTATUS=Collecting");
}

void
ohm_service_stopping (void)
{
  sd_notify (/* unset_environment */ 0, "STOPPING=1\nSTATUS=Writing what is left");
}

void
ohm_service_reloading (OhmClock *clock)
{
  g_autofree char *text = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
                                           ohm_clock_get_mono_us (clock));

  sd_notify (/* unset_environment */ 0, text);
}

static void
ohm_service_on_watchdog (OhmWatch *watch, OhmWatchEvents events, gpointer user_data)
{
  guint64 period_us = 0;

  sd_notify (/* unset_environment */ 0, "WATCHDOG=1");
  sd_watchdog_enabled (/* unset_environment */ 0, &period_us);
  ohm_watch_set_deadline (watch, ohm_clock_get_mono_us (user_data) + (gint64) period_us / 2);
}

OhmWatch *
ohm_service_feed_watchdog (OhmWatcher *watcher)
{
  OhmClock *clock = ohm_watcher_get_clock (watcher);
  guint64 period_us = 0;
  OhmWatch *watch;

  if (sd_watchdog_enabled (/* unset_environment */ 0, &period_us) <= 0)
    return NULL;
  watch = ohm_watcher_add (watcher, /* fd */ -1, 0, ohm_service_on_watchdog, clock);
  ohm_watch_set_deadline (watch, ohm_clock_get_mono_us (clock));
  return watch;
}

#else

void
ohm_service_ready (void)
{
}

void
ohm_service_stopping (void)
{
}

void
ohm_service_reloading (OhmClock *clock)
{
}

OhmWatch *
ohm_service_feed_watchdog (OhmWatcher *watcher)
{
  return NULL;
}

#endif
