/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-args.h"
#include "ohmctl-context.h"

G_BEGIN_DECLS

/* What `--from` and `--to` understand, for help. */
#define OHMCTL_TIME_HELP                                                                           \
  "Times are '2026-11-22', '2026-11-22 10:15[:30]' and 'today', 'yesterday' or 'now' in the "      \
  "site's time zone, RFC 3339 with a zone ('2026-11-22T10:15:00Z'), or a duration before now "     \
  "('24h', '7d')."

/**
 * ohmctl_time_parse:
 * @text: see %OHMCTL_TIME_HELP
 * @zone: the site's
 * @now_us: UTC in microseconds
 * @ret_us: (out): UTC in microseconds
 * @error: code %OHMCTL_EXIT_USAGE
 *
 * Returns: %TRUE if it was understood
 */
gboolean ohmctl_time_parse (const char *text,
                            GTimeZone *zone,
                            gint64 now_us,
                            gint64 *ret_us,
                            GError **error);

/* The option's time; @ret_us is left alone where it was not given. */
gboolean ohmctl_time_get_option (OhmctlContext *context,
                                 OhmctlArgs *args,
                                 const char *option,
                                 gint64 *ret_us,
                                 GError **error);

/* `--from` and `--to`; without them the last 24 hours. */
gboolean ohmctl_time_get_range (OhmctlContext *context,
                                OhmctlArgs *args,
                                gint64 *ret_from_us,
                                gint64 *ret_to_us,
                                GError **error);

/* The two options, for tables. */
#define OHMCTL_TIME_OPTIONS                                                                        \
  { "from", "TIME", "begin after this time (default: 24 hours before the end)" },                  \
  {                                                                                                \
    "to", "TIME", "end at this time (default: now)"                                                \
  }

G_END_DECLS
