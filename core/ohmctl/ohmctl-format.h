/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include <ohm.h>

G_BEGIN_DECLS

/* Texts for people. All of them are owned by the caller. */

/**
 * OhmctlPoint:
 * @name: (not nullable)
 * @unit: (not nullable): `""` for none
 * @kind: (not nullable): `gauge counter balance state`
 * @obis: (not nullable): `""` for none
 * @is_integer: which member of a cell counts
 *
 * A point as the daemon describes it.
 */
typedef struct
{
  const char *name;
  const char *unit;
  const char *kind;
  const char *obis;
  gboolean is_integer;
} OhmctlPoint;

gboolean ohmctl_point_is_state (const OhmctlPoint *point);
gboolean ohmctl_point_is_counter (const OhmctlPoint *point);

/* `4.321 kW`: number and unit for people, `kWh` for energies, with one blank between */
char *ohmctl_format_value (const OhmctlPoint *point, OhmCell cell);

/* (nullable): meaning of a state: `on`, `right` */
const char *ohmctl_format_state (const OhmctlPoint *point, gint64 value);

/* Age of a value: `now` within a second. */
char *ohmctl_format_age (gint64 us);

/* `850 ms`, `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`: how long something lasts or is ago */
char *ohmctl_format_span (gint64 us);

/* `1 record`, `42 records` */
char *ohmctl_format_count (gint64 n, const char *what);

/* `3 min ago`; `just now` within a second */
char *ohmctl_format_ago (gint64 us);

/* What is left: `4:59`, `0:00` if nothing is. (transfer full) */
char *ohmctl_format_countdown (gint64 us);

/* As a shell takes it: quoted only where it has to be. (transfer full) */
char *ohmctl_format_argument (const char *text);

/* `0.21 ms`, `12.3 ms`, `1.20 s`: how long something took */
char *ohmctl_format_latency (gint64 us);

/* `12.3 MB` */
char *ohmctl_format_bytes (guint64 bytes);

/* `2026-11-22 11:15:00`; 0 is `-` */
char *ohmctl_format_time (gint64 us, GTimeZone *zone);
/* without seconds */
char *ohmctl_format_minute (gint64 us, GTimeZone *zone);
/* abbreviation of the zone at that time: `CET` */
char *ohmctl_format_zone (gint64 us, GTimeZone *zone);

/* A number with @digits behind the point, which is always a point; never `-0`. */
char *ohmctl_format_real (double value, int digits);

/* The shortest text that reads back as the same finite number. */
char *ohmctl_format_shortest (double value);

/* Columns that a text takes on a terminal. */
guint ohmctl_format_width (const char *text);

/* One line without control characters: what comes from a device or a file must not steer the
 * terminal. */
char *ohmctl_format_clean (const char *text);

G_END_DECLS
