/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* What a clock was found to show. */
typedef enum
{
  OHM_CLOCK_FIT_NONE, /* nothing that we know */
  OHM_CLOCK_FIT_UTC,
  OHM_CLOCK_FIT_LOCAL,    /* the site's time, summer time included */
  OHM_CLOCK_FIT_STANDARD, /* the site's time without summer time */
} OhmClockFit;

/* `unknown`, `utc`, `local`, `standard` */
const char *ohm_clock_fit_to_string (OhmClockFit fit);

/**
 * ohm_clock_fit:
 * @zone: what the profile says
 * @site: the site's time zone
 * @now_us: our time
 * @ahead_us: how far what it shows is ahead of UTC
 * @ret_offset_us: (out): how far it is ahead of what it should show
 *
 * A clock whose zone nobody documents is compared with UTC and with the site's time, with and
 * without summer time: the nearest counts if it is within half an hour. Where the site's time is
 * UTC, that is what fits.
 *
 * Returns: what it shows
 */
OhmClockFit ohm_clock_fit (OhmClockZone zone,
                           GTimeZone *site,
                           gint64 now_us,
                           gint64 ahead_us,
                           gint64 *ret_offset_us);

G_END_DECLS
