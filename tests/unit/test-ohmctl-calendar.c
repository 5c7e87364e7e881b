/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <string.h>

#include "ohmctl-calendar.h"

#define SLOT_US (15 * G_TIME_SPAN_MINUTE)

/* 2026-11-22 10:15:00 UTC */
#define NOW (G_GINT64_CONSTANT (1795342500) * G_USEC_PER_SEC)

static OhmctlCalendar *
test_month (const char *month)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  g_autoptr (GError) error = NULL;
  OhmctlCalendar *self = ohmctl_calendar_new (month, zone, NOW, &error);

  g_assert_no_error (error);
  return self;
}

static GVariant *
test_cells (guint64 value)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, &value, 1, 8);
}

static GVariant *
test_qualities (OhmQuality quality)
{
  guint8 byte = (guint8) quality;

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, &byte, 1, 1);
}

static void
test_add_slot (GVariantBuilder *slots, gint64 end_us, const char *origin, guint flags, guint delta)
{
  g_variant_builder_add (slots, "(xxxxsuus@at@ay@at@ay)", end_us, end_us + 1, G_GINT64_CONSTANT (1),
                         G_GINT64_CONSTANT (1), origin, flags, 1u, "set", test_cells (100),
                         test_qualities (OHM_QUALITY_GOOD), test_cells (delta),
                         test_qualities (OHM_QUALITY_GOOD));
}

static void
test_add_gap_of (GVariantBuilder *gaps,
                 gint64 from_us,
                 gint64 to_us,
                 const char *cause,
                 guint delta,
                 OhmQuality quality)
{
  g_variant_builder_add (gaps, "(xxxxxsus@at@ay)", from_us, to_us, to_us + SLOT_US,
                         G_GINT64_CONSTANT (1), G_GINT64_CONSTANT (1), cause,
                         (guint) ((to_us - from_us) / SLOT_US), "set", test_cells (delta),
                         test_qualities (quality));
}

static void
test_add_gap (GVariantBuilder *gaps, gint64 from_us, gint64 to_us, const char *cause, guint delta)
{
  test_add_gap_of (gaps, from_us, to_us, cause, delta, OHM_QUALITY_GOOD);
}

static OhmctlHistory *
test_history (GVariantBuilder *slots, GVariantBuilder *gaps)
{
  OhmctlHistory *history = ohmctl_history_new ();
  GVariant *sets = g_variant_new_parsed (
    "{'set': [('energy-active-import.total', 'Wh', 'counter', '', true)]}");
  g_autoptr (GVariant) payload = g_variant_ref_sink (
    g_variant_new ("(@a{sa(ssssb)}a(xxxxsuusatayatay)a(xxxxxsusatay))", sets, slots, gaps));

  ohmctl_history_add (history, payload);
  return history;
}

static const OhmctlPoint test_point = { "energy-active-import.total", "Wh", "counter", "", TRUE };

static void
test_calendar_months (void)
{
  g_autoptr (OhmctlCalendar) now = test_month (NULL);
  g_autoptr (OhmctlCalendar) december = test_month ("2024-12");
  g_autoptr (OhmctlCalendar) leap = test_month ("2024-02");

  g_assert_cmpint (now->year, ==, 2026);
  g_assert_cmpint (now->month, ==, 11);
  g_assert_cmpuint (now->n_days, ==, 30);
  g_assert_cmpint (now->from_us, ==, G_GINT64_CONSTANT (1793487600) * G_USEC_PER_SEC);
  g_assert_cmpuint (december->n_days, ==, 31);
  g_assert_cmpuint (leap->n_days, ==, 29);
  g_assert_cmpuint (leap->days[28].n_slots, ==, 96);
}

static void
test_calendar_wrong_month (void)
{
  static const char *const texts[] = { "",      "2026",       "2026-13", "2026-00",  "2026-1",
                                       "26-11", "2026-11-22", "2026/11", "november", "9999-01" };
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ohmctl_calendar_new (texts[i], zone, NOW, &error));
      g_assert_error (error, OHMCTL_ERROR, OHMCTL_EXIT_USAGE);
    }
}

/* Spring has a day of 92 quarter hours, autumn one of 100. */
static void
test_calendar_summer_time (void)
{
  g_autoptr (OhmctlCalendar) spring = test_month ("2026-03");
  g_autoptr (OhmctlCalendar) autumn = test_month ("2026-10");
  const OhmctlCalendarDay *shorter = &spring->days[28];
  const OhmctlCalendarDay *longer = &autumn->days[24];
  g_autofree char *short_marks = ohmctl_calendar_dup_marks (spring, 28);
  g_autofree char *long_marks = ohmctl_calendar_dup_marks (autumn, 24);

  g_assert_cmpuint (shorter->n_slots, ==, 92);
  g_assert_cmpuint (strlen (short_marks), ==, 92);
  g_assert_cmpint (shorter->marks[7], ==, OHMCTL_MARK_NONE);
  g_assert_cmpint (shorter->marks[8], ==, 0);
  g_assert_cmpint (shorter->marks[11], ==, 0);
  g_assert_cmpint (shorter->marks[12], ==, OHMCTL_MARK_NONE);
  g_assert_false (shorter->has_again);

  g_assert_cmpuint (longer->n_slots, ==, 100);
  g_assert_cmpuint (strlen (long_marks), ==, 100);
  g_assert_true (longer->has_again);
  g_assert_cmpint (longer->again[7], ==, 0);
  g_assert_cmpint (longer->again[8], ==, OHMCTL_MARK_NONE);
  g_assert_cmpint (longer->again[11], ==, OHMCTL_MARK_NONE);
  g_assert_cmpint (longer->again[12], ==, 0);
}

static void
test_calendar_fill (void)
{
  g_autoptr (OhmctlCalendar) month = test_month ("2026-11");
  g_auto (GVariantBuilder) slots = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  g_autoptr (OhmctlHistory) history = NULL;
  gint64 begin_us = month->from_us;

  /* first day: a record, three missing, the record that closes them, one that nobody knows of */
  test_add_slot (&slots, begin_us + SLOT_US, "gateway-sampled", 0, 5);
  test_add_gap (&gaps, begin_us + SLOT_US, begin_us + 4 * SLOT_US, "meter-silent", 40);
  test_add_slot (&slots, begin_us + 5 * SLOT_US, "meter-recorded", 0, 0);
  test_add_slot (&slots, begin_us + 7 * SLOT_US, "imported", OHMCTL_SLOT_RESET, 3);
  /* over midnight of the first to the second day */
  test_add_gap (&gaps, begin_us + 94 * SLOT_US, begin_us + 97 * SLOT_US, "link-down", 7);
  test_add_slot (&slots, begin_us + 98 * SLOT_US, "computed", 0, 0);
  test_add_slot (&slots, begin_us + 99 * SLOT_US, "gateway-sampled", OHMCTL_SLOT_CLOCK_UNSURE, 2);
  history = test_history (&slots, &gaps);
  ohmctl_calendar_fill (month, history, &test_point);

  {
    g_autofree char *first = ohmctl_calendar_dup_marks (month, 0);
    g_autofree char *second = ohmctl_calendar_dup_marks (month, 1);

    g_assert_true (g_str_has_prefix (first, ".SSS:?!??"));
    g_assert_cmpstr (first + 93, ==, "?LL");
    g_assert_true (g_str_has_prefix (second, "L=~   "));
  }
  g_assert_cmpuint (month->days[0].n_recorded, ==, 3);
  g_assert_cmpuint (month->days[0].n_missing, ==, 5);
  g_assert_cmpint (month->days[0].sum.cell.integer, ==, 48);
  g_assert_true (month->days[0].is_incomplete);
  g_assert_cmpint (month->days[1].sum.cell.integer, ==, 2);
  g_assert_true (month->days[1].is_incomplete);
  g_assert_false (month->days[2].is_incomplete);
  g_assert_cmpint (month->sum.cell.integer, ==, 57);
  g_assert_cmpuint (month->gaps->len, ==, 2);
}

/* A gap that began in the month before, without its energy. */
static void
test_calendar_gap_from_before (void)
{
  g_autoptr (OhmctlCalendar) month = test_month ("2026-11");
  g_auto (GVariantBuilder) slots = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  g_autoptr (OhmctlHistory) history = NULL;
  g_autofree char *marks = NULL;

  test_add_gap (&gaps, month->from_us - 8 * SLOT_US, month->from_us + 2 * SLOT_US,
                "part-missing main", 40);
  history = test_history (&slots, &gaps);
  ohmctl_calendar_fill (month, history, &test_point);

  marks = ohmctl_calendar_dup_marks (month, 0);
  g_assert_true (g_str_has_prefix (marks, "PP  "));
  g_assert_cmpuint (month->days[0].n_missing, ==, 2);
  g_assert_false (month->sum.has_value);
  g_assert_true (month->days[0].is_incomplete);
  g_assert_false (month->days[1].is_incomplete);
}

/* What cannot have been counted is in the energy, and said to be. */
static void
test_calendar_suspect (void)
{
  g_autoptr (OhmctlCalendar) month = test_month ("2026-11");
  g_auto (GVariantBuilder) slots = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  g_autoptr (OhmctlHistory) history = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  test_add_slot (&slots, month->from_us + SLOT_US, "gateway-sampled", 0, 5);
  test_add_gap_of (&gaps, month->from_us + 96 * SLOT_US, month->from_us + 98 * SLOT_US,
                   "meter-silent", 900000, OHM_QUALITY_SUSPECT);
  history = test_history (&slots, &gaps);
  ohmctl_calendar_fill (month, history, &test_point);
  g_assert_false (month->days[0].sum.is_suspect);
  g_assert_true (month->days[1].sum.is_suspect);
  text = ohmctl_calendar_render (month, /* has_color */ FALSE);
  lines = g_strsplit (text, "\n", -1);
  g_assert_true (g_str_has_suffix (lines[1], " 0.005 kWh"));
  g_assert_true (g_str_has_suffix (lines[2], "?900.000 kWh"));
  g_assert_true (g_str_has_suffix (lines[31], "?900.005 kWh"));
  g_assert_true (g_str_has_prefix (lines[32], "? with energy that is suspect"));
}

static void
test_calendar_join (void)
{
  g_assert_cmpint (ohmctl_calendar_join ('.', '.'), ==, '.');
  g_assert_cmpint (ohmctl_calendar_join ('S', 'S'), ==, 'S');
  g_assert_cmpint (ohmctl_calendar_join ('S', 'L'), ==, 'S');
  g_assert_cmpint (ohmctl_calendar_join ('S', '.'), ==, 's');
  g_assert_cmpint (ohmctl_calendar_join ('.', 'L'), ==, 'l');
  g_assert_cmpint (ohmctl_calendar_join ('.', ' '), ==, '.');
  g_assert_cmpint (ohmctl_calendar_join ('.', '!'), ==, '!');
  g_assert_cmpint (ohmctl_calendar_join ('?', '.'), ==, '?');
  g_assert_cmpint (ohmctl_calendar_join (0, '.'), ==, '.');
  g_assert_cmpint (ohmctl_calendar_join ('.', 0), ==, '.');
  g_assert_cmpint (ohmctl_calendar_join (0, 0), ==, 0);
  g_assert_true (ohmctl_calendar_is_gap ('S'));
  g_assert_false (ohmctl_calendar_is_gap ('s'));
  g_assert_false (ohmctl_calendar_is_gap ('.'));
}

/* Each cause has a letter and each letter one meaning. */
static void
test_calendar_marks (void)
{
  for (OhmGapCause cause = OHM_GAP_GATEWAY_OFF; cause <= OHM_GAP_VALUES_MISSING; cause++)
    {
      const char *code = ohm_gap_cause_to_string (cause);
      guint n = 0;

      for (const OhmctlMark *row = ohmctl_calendar_marks; row->mark != 0; row++)
        n += g_strcmp0 (row->code, code) == 0 && ohmctl_calendar_is_gap (row->mark);
      g_assert_cmpuint (n, ==, 1);
    }
  for (const OhmctlMark *row = ohmctl_calendar_marks; row->mark != 0; row++)
    for (const OhmctlMark *other = row + 1; other->mark != 0; other++)
      g_assert_cmpint (row->mark, !=, other->mark);
}

/* Every line fits, with a full month of large numbers and a day that has an hour twice. */
static void
test_calendar_render (void)
{
  g_autoptr (OhmctlCalendar) month = test_month ("2026-10");
  g_auto (GVariantBuilder) slots = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxsuusatayatay)"));
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxxxxsusatay)"));
  g_autoptr (OhmctlHistory) history = NULL;
  g_autofree char *text = NULL;
  g_autofree char *colored = NULL;
  g_autofree char *legend = NULL;
  g_auto (GStrv) lines = NULL;

  for (gint64 us = month->from_us + SLOT_US; us <= month->to_us - 2 * SLOT_US; us += SLOT_US)
    test_add_slot (&slots, us, "gateway-sampled", 0, 3000);
  test_add_gap (&gaps, month->to_us - 2 * SLOT_US, month->to_us, "meter-silent", 0);
  history = test_history (&slots, &gaps);
  ohmctl_calendar_fill (month, history, &test_point);
  text = ohmctl_calendar_render (month, /* has_color */ FALSE);
  colored = ohmctl_calendar_render (month, /* has_color */ TRUE);
  legend = ohmctl_calendar_render_legend (month);
  lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (strlen (lines[i]), <=, 80);
  g_assert_cmpuint (g_strv_length (lines), >, 33);
  g_assert_true (g_str_has_prefix (lines[1], "Th  1  ...... ......"));
  g_assert_true (g_str_has_suffix (lines[1], "288.000 kWh"));
  g_assert_true (g_str_has_prefix (lines[26], " again     .."));
  g_assert_nonnull (strstr (text, ".....S    2"));
  g_assert_nonnull (strstr (text, "2978 of 2980 quarter hours recorded"));
  g_assert_null (strchr (text, '\033'));
  g_assert_nonnull (strchr (colored, '\033'));
  g_assert_nonnull (strstr (legend, "S  the meter did not answer\n"));
  g_assert_null (strstr (legend, "no connection"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/calendar/months", test_calendar_months);
  g_test_add_func ("/calendar/wrong-month", test_calendar_wrong_month);
  g_test_add_func ("/calendar/summer-time", test_calendar_summer_time);
  g_test_add_func ("/calendar/fill", test_calendar_fill);
  g_test_add_func ("/calendar/gap-from-before", test_calendar_gap_from_before);
  g_test_add_func ("/calendar/suspect", test_calendar_suspect);
  g_test_add_func ("/calendar/join", test_calendar_join);
  g_test_add_func ("/calendar/marks", test_calendar_marks);
  g_test_add_func ("/calendar/render", test_calendar_render);
  return g_test_run ();
}
