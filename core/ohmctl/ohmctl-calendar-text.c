/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-calendar.h"

#define HALF_HOURS (OHMCTL_CALENDAR_QUARTERS / 2)

/* Half hours between two blanks: three hours. */
#define GROUP 6

#define LABEL_WIDTH 6
#define SUM_TITLE   "ENERGY"

/* More remarkable ones come later. */
static const char ohmctl_calendar_order[] = {
  OHMCTL_MARK_NONE,  OHMCTL_MARK_SAMPLED,  OHMCTL_MARK_COMPUTED,
  OHMCTL_MARK_METER, OHMCTL_MARK_IMPORTED, OHMCTL_MARK_UNSURE,
  OHMCTL_MARK_RESET, OHMCTL_MARK_OPEN,     '\0'
};

static gboolean
ohmctl_calendar_is_more (char mark, char other)
{
  return strchr (ohmctl_calendar_order, mark) > strchr (ohmctl_calendar_order, other);
}

char
ohmctl_calendar_join (char first, char second)
{
  if (first == 0 || second == 0)
    return first == 0 ? second : first;
  if (first == second)
    return first;
  if (ohmctl_calendar_is_gap (first))
    return ohmctl_calendar_is_gap (second) ? first : g_ascii_tolower (first);
  if (ohmctl_calendar_is_gap (second))
    return g_ascii_tolower (second);
  return ohmctl_calendar_is_more (first, second) ? first : second;
}

static OhmctlStyle
ohmctl_calendar_style (char mark)
{
  if (g_ascii_isalpha (mark))
    return OHMCTL_STYLE_BAD;
  if (mark == OHMCTL_MARK_UNSURE || mark == OHMCTL_MARK_RESET || mark == OHMCTL_MARK_OPEN)
    return OHMCTL_STYLE_WARNING;
  return mark == OHMCTL_MARK_NONE ? OHMCTL_STYLE_PLAIN : OHMCTL_STYLE_GOOD;
}

/* One row of half hours; stretches of one style are coloured together. */
static void
ohmctl_calendar_append_cells (GString *out, const char *marks, gboolean has_color)
{
  OhmctlStyle style = OHMCTL_STYLE_PLAIN;

  for (guint i = 0; i < HALF_HOURS; i++)
    {
      char joined = ohmctl_calendar_join (marks[2 * i], marks[2 * i + 1]);
      char mark = joined != 0 ? joined : OHMCTL_MARK_NONE;
      OhmctlStyle wanted = ohmctl_calendar_style (mark);

      if (i > 0 && i % GROUP == 0)
        g_string_append_c (out, ' ');
      if (has_color && wanted != style)
        g_string_append_printf (out, "%s%s", style != OHMCTL_STYLE_PLAIN ? "\033[0m" : "",
                                ohmctl_style_begin (wanted));
      style = wanted;
      g_string_append_c (out, mark);
    }
  if (has_color && style != OHMCTL_STYLE_PLAIN)
    g_string_append (out, "\033[0m");
}

/* (transfer full): `12.345 kWh` */
static char *
ohmctl_calendar_dup_sum (const OhmctlCalendar *self, const OhmctlSum *sum)
{
  return sum->has_value ? ohmctl_format_value (self->point, sum->cell) : g_strdup ("");
}

static guint
ohmctl_calendar_sum_width (const OhmctlCalendar *self)
{
  g_autofree char *all = ohmctl_calendar_dup_sum (self, &self->sum);
  guint width = MAX (ohmctl_format_width (all), (guint) strlen (SUM_TITLE));

  for (guint i = 0; i < self->n_days; i++)
    {
      g_autofree char *text = ohmctl_calendar_dup_sum (self, &self->days[i].sum);

      width = MAX (width, ohmctl_format_width (text));
    }
  return width;
}

static void
ohmctl_calendar_append_header (const OhmctlCalendar *self, GString *out)
{
  g_string_append_printf (out, "%*s ", LABEL_WIDTH, "");
  for (guint i = 0; i < HALF_HOURS; i += GROUP)
    g_string_append_printf (out, "%-*u", GROUP + 1, i / 2);
  g_string_append (out, "MISS");
  if (self->point != NULL)
    g_string_append_printf (out, " %*s", (int) ohmctl_calendar_sum_width (self), SUM_TITLE);
  g_string_append_c (out, '\n');
}

/* Missing slots and sum behind the cells. */
static void
ohmctl_calendar_append_totals (const OhmctlCalendar *self,
                               GString *out,
                               guint n_missing,
                               const OhmctlSum *sum,
                               gboolean is_incomplete)
{
  g_autofree char *text = self->point != NULL ? ohmctl_calendar_dup_sum (self, sum) : NULL;

  if (n_missing > 0)
    g_string_append_printf (out, " %4u", n_missing);
  else
    g_string_append_printf (out, " %4s", "");
  if (text != NULL)
    g_string_append_printf (out, "%c%*s",
                            sum->is_suspect ? '?'
                            : is_incomplete ? '*'
                                            : ' ',
                            (int) ohmctl_calendar_sum_width (self), text);
}

static void
ohmctl_calendar_end_line (GString *out)
{
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

static void
ohmctl_calendar_append_day (const OhmctlCalendar *self, GString *out, guint i, gboolean has_color)
{
  static const char *const names[] = { "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su" };
  const OhmctlCalendarDay *day = &self->days[i];
  g_autoptr (GDateTime) date = g_date_time_new_utc (self->year, self->month, (int) i + 1, 0, 0, 0);

  g_string_append_printf (out, "%s %2u  ", names[g_date_time_get_day_of_week (date) - 1], i + 1);
  ohmctl_calendar_append_cells (out, day->marks, has_color);
  ohmctl_calendar_append_totals (self, out, day->n_missing, &day->sum, day->is_incomplete);
  ohmctl_calendar_end_line (out);
  if (!day->has_again)
    return;
  g_string_append_printf (out, "%-*s ", LABEL_WIDTH, " again");
  ohmctl_calendar_append_cells (out, day->again, has_color);
  ohmctl_calendar_end_line (out);
}

char *
ohmctl_calendar_render (const OhmctlCalendar *self, gboolean has_color)
{
  GString *out = g_string_new (NULL);
  gboolean is_incomplete = FALSE;
  guint n_missing = 0;
  guint n_recorded = 0;

  ohmctl_calendar_append_header (self, out);
  for (guint i = 0; i < self->n_days; i++)
    {
      ohmctl_calendar_append_day (self, out, i, has_color);
      n_missing += self->days[i].n_missing;
      n_recorded += self->days[i].n_recorded;
      is_incomplete = is_incomplete ||
                      (self->days[i].is_incomplete && !self->days[i].sum.is_suspect);
    }
  {
    g_autofree char *text = g_strdup_printf ("%u of %u quarter hours recorded", n_recorded,
                                             self->places->len);

    g_string_append_printf (out, "%-*s", LABEL_WIDTH + HALF_HOURS + HALF_HOURS / GROUP, text);
  }
  ohmctl_calendar_append_totals (self, out, n_missing, &self->sum, /* is_incomplete */ FALSE);
  ohmctl_calendar_end_line (out);
  if (is_incomplete)
    g_string_append (out, "* without what was counted over a gap across midnight\n");
  if (self->sum.is_suspect)
    g_string_append (out, "? with energy that is suspect; 'ohmctl history' shows which\n");
  return g_string_free (out, FALSE);
}

static gboolean
ohmctl_calendar_has_mark (const OhmctlCalendar *self, char mark)
{
  for (guint i = 0; i < self->n_days; i++)
    if (memchr (self->days[i].marks, mark, OHMCTL_CALENDAR_QUARTERS) != NULL ||
        memchr (self->days[i].again, mark, OHMCTL_CALENDAR_QUARTERS) != NULL)
      return TRUE;
  return FALSE;
}

char *
ohmctl_calendar_render_legend (const OhmctlCalendar *self)
{
  GString *out = g_string_new ("One character is a half hour; a small letter: one of its two "
                               "slots is missing.\n");

  for (const OhmctlMark *row = ohmctl_calendar_marks; row->mark != 0; row++)
    if (ohmctl_calendar_has_mark (self, row->mark))
      g_string_append_printf (out, "%c  %s\n", row->mark, row->meaning);
  if (ohmctl_calendar_has_mark (self, OHMCTL_MARK_OPEN))
    g_string_append (out, "?  neither recorded nor known to be missing\n");
  return g_string_free (out, FALSE);
}
