/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohmctl-calendar.h"

#include <string.h>

#define QUARTER_US  (15 * G_TIME_SPAN_MINUTE)
#define YEAR_FIRST  1971
#define YEAR_LAST   9998
#define QUARTER_MIN 15

const OhmctlMark ohmctl_calendar_marks[] = {
  { OHMCTL_MARK_SAMPLED, "gateway-sampled", "read at its end" },
  { OHMCTL_MARK_COMPUTED, "computed", "computed from its parts" },
  { OHMCTL_MARK_METER, "meter-recorded", "from the meter's memory" },
  { OHMCTL_MARK_IMPORTED, "imported", "from another system" },
  { OHMCTL_MARK_UNSURE, NULL, "recorded by a clock that was not sure" },
  { OHMCTL_MARK_RESET, NULL, "recorded; a counter fell" },
  { 'G', "gateway-off", "the gateway was off" },
  { 'L', "link-down", "no connection" },
  { 'S', "meter-silent", "the meter did not answer" },
  { 'R', "meter-refused", "the meter refused" },
  { 'W', "wrong-device", "another device answered" },
  { 'C', "clock-unsure", "the clock was set" },
  { 'F', "store-failed", "the store failed" },
  { 'D', "disabled", "the meter was disabled" },
  { 'P', "part-missing", "a part of the sum is missing" },
  { 'N', "values-missing", "the meter had no value" },
  { 'X', NULL, "another cause" },
  { 0 },
};

/* Where a slot of the month stands. */
typedef struct
{
  guint8 day;
  guint8 quarter;
  gboolean is_again;
} OhmctlCalendarPlace;

gboolean
ohmctl_calendar_is_gap (char mark)
{
  return g_ascii_isupper (mark) != 0;
}

static char
ohmctl_calendar_mark_of (const char *code, char fallback)
{
  for (const OhmctlMark *row = ohmctl_calendar_marks; row->mark != 0; row++)
    if (row->code != NULL && g_str_has_prefix (code, row->code))
      return row->mark;
  return fallback;
}

static gint64
ohmctl_calendar_month_begin (int year, int month, GTimeZone *zone)
{
  g_autoptr (GDateTime) begin = g_date_time_new (zone, year, month, 1, 0, 0, 0);

  return g_date_time_to_unix (begin) * G_USEC_PER_SEC;
}

static void
ohmctl_calendar_place_slot (OhmctlCalendar *self, gint64 end_us)
{
  gint64 begin_us = end_us - QUARTER_US;
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (begin_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, self->zone);
  int minute = g_date_time_get_hour (local) * 60 + g_date_time_get_minute (local);
  OhmctlCalendarPlace place = {
    .day = (guint8) (g_date_time_get_day_of_month (local) - 1),
    .quarter = (guint8) (minute / QUARTER_MIN),
  };
  OhmctlCalendarDay *day = &self->days[place.day];

  place.is_again = day->marks[place.quarter] != 0;
  if (place.is_again)
    day->again[place.quarter] = OHMCTL_MARK_NONE;
  else
    day->marks[place.quarter] = OHMCTL_MARK_NONE;
  day->has_again = day->has_again || place.is_again;
  day->n_slots++;
  self->n_days = MAX (self->n_days, place.day + 1u);
  g_array_append_val (self->places, place);
}

static gboolean
ohmctl_calendar_parse_month (const char *text,
                             GTimeZone *zone,
                             gint64 now_us,
                             int *ret_year,
                             int *ret_month)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, zone);
  guint64 year = (guint64) g_date_time_get_year (now);
  guint64 month = (guint64) g_date_time_get_month (now);

  if (text != NULL)
    {
      g_autofree char *head = g_strndup (text, 4);

      if (strlen (text) != 7 || text[4] != '-' ||
          !g_ascii_string_to_unsigned (head, 10, YEAR_FIRST, YEAR_LAST, &year, NULL) ||
          !g_ascii_string_to_unsigned (text + 5, 10, 1, 12, &month, NULL))
        return FALSE;
    }
  *ret_year = (int) year;
  *ret_month = (int) month;
  return TRUE;
}

OhmctlCalendar *
ohmctl_calendar_new (const char *month, GTimeZone *zone, gint64 now_us, GError **error)
{
  OhmctlCalendar *self;
  int year;
  int number;

  if (!ohmctl_calendar_parse_month (month, zone, now_us, &year, &number))
    {
      g_set_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE, "'%s' is not a month; write '2026-11'",
                   month);
      return NULL;
    }
  self = g_new0 (OhmctlCalendar, 1);
  self->zone = g_time_zone_ref (zone);
  self->year = year;
  self->month = number;
  self->from_us = ohmctl_calendar_month_begin (year, number, zone);
  self->to_us = number == 12 ? ohmctl_calendar_month_begin (year + 1, 1, zone)
                             : ohmctl_calendar_month_begin (year, number + 1, zone);
  self->gaps = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->places = g_array_new (FALSE, FALSE, sizeof (OhmctlCalendarPlace));
  for (gint64 end_us = self->from_us + QUARTER_US; end_us <= self->to_us; end_us += QUARTER_US)
    ohmctl_calendar_place_slot (self, end_us);
  return self;
}

void
ohmctl_calendar_free (OhmctlCalendar *self)
{
  g_time_zone_unref (self->zone);
  g_array_unref (self->gaps);
  g_array_unref (self->places);
  g_free (self);
}

/* (nullable): where the slot that ends at @end_us stands */
static const OhmctlCalendarPlace *
ohmctl_calendar_find (const OhmctlCalendar *self, gint64 end_us)
{
  if (end_us <= self->from_us || end_us > self->to_us)
    return NULL;
  return &g_array_index (self->places, OhmctlCalendarPlace,
                         (end_us - self->from_us) / QUARTER_US - 1);
}

static char *
ohmctl_calendar_mark_at (OhmctlCalendar *self, const OhmctlCalendarPlace *place)
{
  OhmctlCalendarDay *day = &self->days[place->day];

  return place->is_again ? &day->again[place->quarter] : &day->marks[place->quarter];
}

static void
ohmctl_calendar_add_to (OhmctlSum *sum, const OhmctlPoint *point, const OhmctlSum *delta)
{
  if (point->is_integer)
    sum->cell.integer += delta->cell.integer;
  else
    sum->cell.real += delta->cell.real;
  sum->has_value = TRUE;
  sum->is_suspect = sum->is_suspect || delta->is_suspect;
}

/* The difference of the point that is summed up. */
static gboolean
ohmctl_calendar_get_delta (const OhmctlCalendar *self, OhmctlReading *deltas, OhmctlSum *ret_delta)
{
  guint index;

  if (self->point == NULL || deltas == NULL ||
      !ohmctl_point_set_find (deltas->set, self->point->name, &index) ||
      !ohmctl_reading_has_value (deltas, index))
    return FALSE;
  *ret_delta = (OhmctlSum){
    .cell = deltas->cells[index],
    .has_value = TRUE,
    .is_suspect = deltas->qualities[index] == OHM_QUALITY_SUSPECT,
  };
  return TRUE;
}

static char
ohmctl_calendar_mark_slot (const OhmctlSlot *slot)
{
  if (slot->flags & OHMCTL_SLOT_RESET)
    return OHMCTL_MARK_RESET;
  if (slot->flags & OHMCTL_SLOT_CLOCK_UNSURE)
    return OHMCTL_MARK_UNSURE;
  return ohmctl_calendar_mark_of (slot->origin, OHMCTL_MARK_SAMPLED);
}

static void
ohmctl_calendar_add_slot (OhmctlCalendar *self, const OhmctlSlot *slot)
{
  const OhmctlCalendarPlace *place = ohmctl_calendar_find (self, slot->end_us);
  OhmctlSum delta;

  if (place == NULL)
    return;
  *ohmctl_calendar_mark_at (self, place) = ohmctl_calendar_mark_slot (slot);
  self->days[place->day].n_recorded++;
  if (!ohmctl_calendar_get_delta (self, slot->deltas, &delta))
    return;
  ohmctl_calendar_add_to (&self->days[place->day].sum, self->point, &delta);
  ohmctl_calendar_add_to (&self->sum, self->point, &delta);
}

/* What was counted over a gap, up to and with the record that closed it, belongs to a day only if
 * all of that lies in it: it is never spread. */
static void
ohmctl_calendar_add_gap_delta (OhmctlCalendar *self, const OhmctlGap *gap)
{
  const OhmctlCalendarPlace *first = ohmctl_calendar_find (self, gap->from_us + QUARTER_US);
  const OhmctlCalendarPlace *last = ohmctl_calendar_find (self, gap->to_us + QUARTER_US);
  OhmctlSum delta;

  if (!ohmctl_calendar_get_delta (self, gap->deltas, &delta))
    return;
  if (first != NULL && last != NULL)
    ohmctl_calendar_add_to (&self->sum, self->point, &delta);
  if (first != NULL && last != NULL && first->day == last->day)
    {
      ohmctl_calendar_add_to (&self->days[first->day].sum, self->point, &delta);
      return;
    }
  for (guint i = first != NULL ? first->day : 0;
       i < self->n_days && i <= (last != NULL ? last->day : self->n_days - 1); i++)
    self->days[i].is_incomplete = TRUE;
}

static void
ohmctl_calendar_add_gap (OhmctlCalendar *self, const OhmctlGap *gap, gsize index)
{
  char mark = ohmctl_calendar_mark_of (gap->cause, 'X');
  gint64 end_us = MAX (gap->from_us, self->from_us) + QUARTER_US;

  if (gap->to_us <= self->from_us || gap->from_us >= self->to_us)
    return;
  g_array_append_val (self->gaps, index);
  for (; end_us <= MIN (gap->to_us, self->to_us); end_us += QUARTER_US)
    {
      const OhmctlCalendarPlace *place = ohmctl_calendar_find (self, end_us);

      if (place == NULL)
        continue;
      *ohmctl_calendar_mark_at (self, place) = mark;
      self->days[place->day].n_missing++;
    }
  ohmctl_calendar_add_gap_delta (self, gap);
}

static char *
ohmctl_calendar_nth_mark (OhmctlCalendar *self, guint n)
{
  return ohmctl_calendar_mark_at (self, &g_array_index (self->places, OhmctlCalendarPlace, n));
}

/* What has a neighbour on both sides in time and is neither recorded nor a gap. */
static void
ohmctl_calendar_mark_open (OhmctlCalendar *self)
{
  guint first = 0;
  guint last = self->places->len;

  while (first < last && *ohmctl_calendar_nth_mark (self, first) == OHMCTL_MARK_NONE)
    first++;
  while (last > first && *ohmctl_calendar_nth_mark (self, last - 1) == OHMCTL_MARK_NONE)
    last--;
  for (guint i = first; i < last; i++)
    if (*ohmctl_calendar_nth_mark (self, i) == OHMCTL_MARK_NONE)
      *ohmctl_calendar_nth_mark (self, i) = OHMCTL_MARK_OPEN;
}

void
ohmctl_calendar_fill (OhmctlCalendar *self, OhmctlHistory *history, const OhmctlPoint *point)
{
  self->point = point;
  for (gsize i = 0; i < ohmctl_history_n_slots (history); i++)
    {
      OhmctlSlot slot = { NULL };

      ohmctl_history_get_slot (history, i, &slot);
      ohmctl_calendar_add_slot (self, &slot);
      ohmctl_slot_clear (&slot);
    }
  for (gsize i = 0; i < ohmctl_history_n_gaps (history); i++)
    {
      OhmctlGap gap = { NULL };

      ohmctl_history_get_gap (history, i, &gap);
      ohmctl_calendar_add_gap (self, &gap, i);
      ohmctl_gap_clear (&gap);
    }
  ohmctl_calendar_mark_open (self);
}

char *
ohmctl_calendar_dup_marks (const OhmctlCalendar *self, guint day)
{
  GString *marks = g_string_new (NULL);

  for (guint i = 0; i < self->places->len; i++)
    {
      const OhmctlCalendarPlace *place = &g_array_index (self->places, OhmctlCalendarPlace, i);

      if (place->day != day)
        continue;
      g_string_append_c (marks, place->is_again ? self->days[day].again[place->quarter]
                                                : self->days[day].marks[place->quarter]);
    }
  return g_string_free (marks, FALSE);
}
