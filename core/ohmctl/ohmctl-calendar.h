/* SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#include "ohmctl-history.h"

G_BEGIN_DECLS

/* Most days of a month, and quarter hours of a local day in one row. */
#define OHMCTL_CALENDAR_DAYS     31
#define OHMCTL_CALENDAR_QUARTERS 96

/* What became of a quarter hour; gaps have a letter of their own, see ohmctl_calendar_marks. */
#define OHMCTL_MARK_NONE     ' ' /* to come, or before the first record */
#define OHMCTL_MARK_SAMPLED  '.'
#define OHMCTL_MARK_COMPUTED '='
#define OHMCTL_MARK_METER    ':'
#define OHMCTL_MARK_IMPORTED '+'
#define OHMCTL_MARK_UNSURE   '~'
#define OHMCTL_MARK_RESET    '!'
#define OHMCTL_MARK_OPEN     '?' /* neither a record nor a gap */

/* A mark in words. */
typedef struct
{
  char mark;
  const char *code; /* (nullable): origin, or cause of a gap */
  const char *meaning;
} OhmctlMark;

/* All marks but blank and open in the order of the legend; ended by a row without mark. */
extern const OhmctlMark ohmctl_calendar_marks[];

gboolean ohmctl_calendar_is_gap (char mark);

/**
 * OhmctlSum:
 * @cell: sum of differences, integers exactly
 * @has_value: whether there was one
 * @is_suspect: whether one of them cannot be
 */
typedef struct
{
  OhmCell cell;
  gboolean has_value;
  gboolean is_suspect;
} OhmctlSum;

/**
 * OhmctlCalendarDay:
 * @marks: by local quarter hour; 0 where the local day has none
 * @again: the same for those that come twice, when summer time ends
 * @has_again: whether there are any
 * @n_slots: quarter hours of the day: 96, or 92 and 100 when summer time begins and ends
 * @n_recorded: records among them
 * @n_missing: slots in gaps
 * @sum: what was counted
 * @is_incomplete: a gap that reaches over midnight counted something that is not in @sum
 */
typedef struct
{
  char marks[OHMCTL_CALENDAR_QUARTERS];
  char again[OHMCTL_CALENDAR_QUARTERS];
  gboolean has_again;
  guint n_slots;
  guint n_recorded;
  guint n_missing;
  OhmctlSum sum;
  gboolean is_incomplete;
} OhmctlCalendarDay;

/**
 * OhmctlCalendar:
 * @zone: (owned): the site's
 * @from_us: begin of the month, UTC
 * @to_us: end of the month, UTC
 * @n_days: days of the month
 * @point: (nullable): what @sum counts, owned by the history
 * @sum: of the month
 * @gaps: (owned) (element-type gsize): gaps of the history that touch the month
 *
 * A month of a place, quarter hour by quarter hour in local time.
 */
typedef struct
{
  GTimeZone *zone;
  int year;
  int month;
  gint64 from_us;
  gint64 to_us;
  guint n_days;
  const OhmctlPoint *point;
  OhmctlSum sum;
  GArray *gaps;
  OhmctlCalendarDay days[OHMCTL_CALENDAR_DAYS];
  /*< private >*/
  GArray *places; /* (owned): where each slot of the month stands */
} OhmctlCalendar;

/* `2026-11`; %NULL is the month of @now_us. Fails with code %OHMCTL_EXIT_USAGE. */
OhmctlCalendar *
ohmctl_calendar_new (const char *month, GTimeZone *zone, gint64 now_us, GError **error);
void ohmctl_calendar_free (OhmctlCalendar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OhmctlCalendar, ohmctl_calendar_free)

/* Takes in what the history has of the month; once. @point: (nullable): what is summed up */
void ohmctl_calendar_fill (OhmctlCalendar *self, OhmctlHistory *history, const OhmctlPoint *point);

/* Marks of a day in order of time, one per quarter hour. (transfer full) */
char *ohmctl_calendar_dup_marks (const OhmctlCalendar *self, guint day);

/* The mark of a half hour made of two; 0 stands for "no such time". */
char ohmctl_calendar_join (char first, char second);

/* (transfer full): all days for a terminal of 80 columns, each line ended by a newline */
char *ohmctl_calendar_render (const OhmctlCalendar *self, gboolean has_color);

/* (transfer full): the marks that are used, with their meaning */
char *ohmctl_calendar_render_legend (const OhmctlCalendar *self);

G_END_DECLS
