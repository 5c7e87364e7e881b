/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-dbus-history.h"
#include "ohm-dbus-stretches.h"
#include "ohm-dbus-trend.h"

#include <math.h>

#include "ohm-slot.h"

/* An arbitrary slot end: 2026-11-22T10:15:00Z */
#define SLOT_0 (G_GINT64_CONSTANT (1795342500) * G_USEC_PER_SEC)

typedef struct
{
  OhmPointSet *points; /* import (integer), export (real), net (integer, a balance) */
  OhmStorePage page;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  OhmPoint points[3] = { 0 };

  g_assert_true (ohm_point_parse ("energy-active-import.total", NULL, TRUE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("energy-active-export.total", NULL, FALSE, &points[1], NULL));
  g_assert_true (ohm_point_parse ("energy-active-net.total", NULL, TRUE, &points[2], NULL));
  fixture->points = ohm_point_set_intern (points, 3);
  fixture->page.records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  fixture->page.gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->page.previous, ohm_record_unref);
  g_clear_pointer (&fixture->page.exchanges, g_ptr_array_unref);
  g_ptr_array_unref (fixture->page.records);
  g_ptr_array_unref (fixture->page.gaps);
  ohm_point_set_unref (fixture->points);
}

static OhmRecord *
fixture_new_record (Fixture *fixture, gint64 slot, gint64 import, double export)
{
  OhmRecord *record = ohm_record_new ("main", fixture->points);

  record->run = 1;
  record->seq = 100 + slot;
  record->slot_us = SLOT_0 + slot * OHM_SLOT_US;
  record->read_us = record->slot_us + 400000;
  record->origin = OHM_ORIGIN_GATEWAY_SAMPLED;
  record->profile_revision = 3;
  record->cells[0].integer = import;
  record->cells[1].real = export;
  record->cells[2].integer = isfinite (export) ? (gint64) ((double) import - export) : 0;
  for (guint i = 0; i < 3; i++)
    record->qualities[i] = OHM_QUALITY_GOOD;
  return record;
}

static OhmRecord *
fixture_add_record (Fixture *fixture, gint64 slot, gint64 import, double export)
{
  OhmRecord *record = fixture_new_record (fixture, slot, import, export);

  g_ptr_array_add (fixture->page.records, record);
  return record;
}

static void
fixture_add_gap (Fixture *fixture, gint64 from, gint64 to, OhmGapCause cause)
{
  OhmRecord *gap = ohm_record_new ("main", fixture->points);

  gap->is_gap = TRUE;
  gap->run = 1;
  gap->from_us = SLOT_0 + from * OHM_SLOT_US;
  gap->slot_us = SLOT_0 + to * OHM_SLOT_US;
  gap->cause = cause;
  gap->cells[0].integer = 50;
  gap->qualities[0] = OHM_QUALITY_GOOD;
  g_ptr_array_add (fixture->page.gaps, gap);
}

static GVariant *
fixture_end (Fixture *fixture, gboolean is_inverted, double factor)
{
  char id[] = "main";
  char source[] = "";
  const OhmPlace fields = {
    .id = id,
    .name = id,
    .source = source,
    .medium = id,
    .is_inverted = is_inverted,
    .factor = factor,
  };
  g_autoptr (OhmPlace) place = ohm_place_new (&fields);
  g_autoptr (OhmDbusHistory) history = ohm_dbus_history_new (place);

  ohm_dbus_history_add_page (history, &fixture->page);
  return g_variant_ref_sink (ohm_dbus_history_end (history));
}

static GVariant *
fixture_get_row (GVariant *payload, gsize table, gsize row)
{
  g_autoptr (GVariant) rows = g_variant_get_child_value (payload, table);

  return g_variant_get_child_value (rows, row);
}

/* Member @array of a row as integers; reals as they lie there. */
static gint64
fixture_get_cell (GVariant *row, gsize array, guint i)
{
  g_autoptr (GVariant) cells = g_variant_get_child_value (row, array);
  gsize n = 0;
  const gint64 *data = g_variant_get_fixed_array (cells, &n, sizeof (gint64));

  g_assert_cmpuint (i, <, n);
  return data[i];
}

static double
fixture_get_real (GVariant *row, gsize array, guint i)
{
  const OhmCell cell = { .integer = fixture_get_cell (row, array, i) };

  return cell.real;
}

static guint8
fixture_get_quality (GVariant *row, gsize array, guint i)
{
  g_autoptr (GVariant) qualities = g_variant_get_child_value (row, array);
  gsize n = 0;
  const guint8 *data = g_variant_get_fixed_array (qualities, &n, 1);

  g_assert_cmpuint (i, <, n);
  return data[i];
}

enum
{
  CELLS = 8,
  QUALITIES,
  DELTAS,
  DELTA_QUALITIES,
};

static void
test_dbus_history_differences (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;
  g_autoptr (GVariant) after_hole = NULL;

  fixture_add_record (fixture, 1, 1000, 10.5);
  fixture_add_record (fixture, 2, 1032, 11.0);
  fixture_add_record (fixture, 9, 1100, 12.0);
  payload = fixture_end (fixture, FALSE, 1);
  g_assert_cmpstr (g_variant_get_type_string (payload), ==, OHM_DBUS_HISTORY_TYPE);
  first = fixture_get_row (payload, 1, 0);
  second = fixture_get_row (payload, 1, 1);
  after_hole = fixture_get_row (payload, 1, 2);

  g_assert_cmpint (fixture_get_cell (first, CELLS, 0), ==, 1000);
  g_assert_cmpint (fixture_get_quality (first, DELTA_QUALITIES, 0), ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (fixture_get_cell (second, DELTAS, 0), ==, 32);
  g_assert_cmpint (fixture_get_quality (second, DELTA_QUALITIES, 0), ==, OHM_QUALITY_GOOD);
  g_assert_cmpfloat_with_epsilon (fixture_get_real (second, DELTAS, 1), 0.5, 1e-9);
  /* what a hole held belongs to no slot */
  g_assert_cmpint (fixture_get_quality (after_hole, QUALITIES, 0), ==, OHM_QUALITY_GOOD);
  g_assert_cmpint (fixture_get_quality (after_hole, DELTA_QUALITIES, 0), ==, OHM_QUALITY_MISSING);
}

static void
test_dbus_history_previous_page (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) first = NULL;

  fixture->page.previous = fixture_new_record (fixture, 0, 900, 10);
  fixture_add_record (fixture, 1, 1000, 10.5);
  payload = fixture_end (fixture, FALSE, 1);
  first = fixture_get_row (payload, 1, 0);
  g_assert_cmpint (fixture_get_cell (first, DELTAS, 0), ==, 100);
}

/* What two meters have counted for one slot is its difference. */
static void
test_dbus_history_exchange (Fixture *fixture, gconstpointer data)
{
  OhmRecord *difference = fixture_new_record (fixture, 2, 40, 0.5);
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) second = NULL;
  g_autoptr (GVariant) third = NULL;

  fixture->page.exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_ptr_array_add (fixture->page.exchanges, difference);
  fixture_add_record (fixture, 1, 1000, 10.5);
  fixture_add_record (fixture, 2, 12, 1.0)->run = 2;
  fixture_add_record (fixture, 3, 13, 1.0)->run = 2;
  payload = fixture_end (fixture, FALSE, 1);
  second = fixture_get_row (payload, 1, 1);
  third = fixture_get_row (payload, 1, 2);
  g_assert_cmpint (fixture_get_cell (second, CELLS, 0), ==, 12);
  g_assert_cmpint (fixture_get_cell (second, DELTAS, 0), ==, 40);
  g_assert_cmpint (fixture_get_cell (third, DELTAS, 0), ==, 1);
}

static void
test_dbus_history_gaps (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) gap = NULL;
  const char *cause = NULL;
  guint n_slots = 0;

  fixture_add_gap (fixture, 2, 8, OHM_GAP_LINK_DOWN);
  payload = fixture_end (fixture, FALSE, 1);
  gap = fixture_get_row (payload, 2, 0);
  g_variant_get_child (gap, 5, "&s", &cause);
  g_variant_get_child (gap, 6, "u", &n_slots);
  g_assert_cmpstr (cause, ==, "link-down");
  g_assert_cmpuint (n_slots, ==, 6);
  g_assert_cmpint (fixture_get_cell (gap, 8, 0), ==, 50);
  g_assert_cmpint (fixture_get_quality (gap, 9, 1), ==, OHM_QUALITY_MISSING);
}

static char *
fixture_print_sets (GVariant *payload)
{
  g_autoptr (GVariant) sets = g_variant_get_child_value (payload, 0);
  g_autoptr (GVariant) entry = g_variant_get_child_value (sets, 0);
  g_autoptr (GVariant) points = g_variant_get_child_value (entry, 1);

  g_assert_cmpuint (g_variant_n_children (sets), ==, 1);
  return g_variant_print (points, /* type_annotate */ FALSE);
}

static void
test_dbus_history_plain (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autofree char *sets = NULL;

  fixture_add_record (fixture, 1, 1000, 10.5);
  fixture_add_record (fixture, 2, 1000, 10.5);
  payload = fixture_end (fixture, FALSE, 1);
  sets = fixture_print_sets (payload);
  g_assert_cmpstr (sets, ==,
                   "[('energy-active-import.total', 'Wh', 'counter', '1-0:1.8.0', true), "
                   "('energy-active-export.total', 'Wh', 'counter', '1-0:2.8.0', false), "
                   "('energy-active-net.total', 'Wh', 'balance', '1-0:16.8.0', true)]");
}

/* Import and export change sides, net its sign; a whole factor keeps integers. */
static void
test_dbus_history_inverted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autofree char *sets = NULL;

  fixture_add_record (fixture, 1, 1000, 10.5);
  payload = fixture_end (fixture, TRUE, 20);
  sets = fixture_print_sets (payload);
  row = fixture_get_row (payload, 1, 0);
  g_assert_cmpstr (sets, ==,
                   "[('energy-active-export.total', 'Wh', 'counter', '1-0:2.8.0', true), "
                   "('energy-active-import.total', 'Wh', 'counter', '1-0:1.8.0', false), "
                   "('energy-active-net.total', 'Wh', 'balance', '1-0:16.8.0', true)]");
  g_assert_cmpint (fixture_get_cell (row, CELLS, 0), ==, 20000);
  g_assert_cmpfloat_with_epsilon (fixture_get_real (row, CELLS, 1), 210, 1e-9);
  g_assert_cmpint (fixture_get_cell (row, CELLS, 2), ==, -989 * 20);
}

static void
test_dbus_history_broken_factor (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autofree char *sets = NULL;

  fixture_add_record (fixture, 1, 1000, 10.5);
  payload = fixture_end (fixture, FALSE, 2.5);
  sets = fixture_print_sets (payload);
  row = fixture_get_row (payload, 1, 0);
  g_assert_null (strstr (sets, "true"));
  g_assert_cmpfloat_with_epsilon (fixture_get_real (row, CELLS, 0), 2500, 1e-9);
}

static void
test_dbus_history_overflow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) payload = NULL;
  g_autoptr (GVariant) row = NULL;

  fixture_add_record (fixture, 1, G_MAXINT64, INFINITY);
  payload = fixture_end (fixture, FALSE, 2);
  row = fixture_get_row (payload, 1, 0);
  g_assert_cmpint (fixture_get_quality (row, QUALITIES, 0), ==, OHM_QUALITY_MISSING);
  g_assert_cmpint (fixture_get_quality (row, QUALITIES, 1), ==, OHM_QUALITY_MISSING);
}

static char *
fixture_print_stretches (Fixture *fixture, gint64 from, gint64 to)
{
  g_autoptr (OhmDbusStretches) stretches = ohm_dbus_stretches_new (SLOT_0 + from * OHM_SLOT_US,
                                                                   SLOT_0 + to * OHM_SLOT_US);
  g_autoptr (GVariant) rows = NULL;
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  gint64 from_us = 0;
  gint64 to_us = 0;
  const char *state = NULL;
  guint n = 0;

  ohm_dbus_stretches_add_page (stretches, &fixture->page);
  rows = g_variant_ref_sink (ohm_dbus_stretches_end (stretches));
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(xx&su)", &from_us, &to_us, &state, &n))
    g_string_append_printf (text, "%d-%d %s %u; ", (int) ((from_us - SLOT_0) / OHM_SLOT_US),
                            (int) ((to_us - SLOT_0) / OHM_SLOT_US), state, n);
  return g_string_free (text, /* free_segment */ FALSE);
}

static void
test_dbus_history_stretches (Fixture *fixture, gconstpointer data)
{
  g_autofree char *all = NULL;
  g_autofree char *some = NULL;

  for (int i = 1; i <= 3; i++)
    fixture_add_record (fixture, i, 1000, 10);
  fixture_add_gap (fixture, 3, 6, OHM_GAP_LINK_DOWN);
  fixture_add_record (fixture, 7, 1000, 10);
  fixture_add_record (fixture, 8, 1000, 10)->origin = OHM_ORIGIN_IMPORTED;
  fixture_add_record (fixture, 12, 1000, 10);
  fixture_add_gap (fixture, 12, 99, OHM_GAP_METER_SILENT);
  all = fixture_print_stretches (fixture, 0, 20);
  some = fixture_print_stretches (fixture, 2, 5);
  g_assert_cmpstr (all, ==,
                   "0-3 gateway-sampled 3; 3-6 link-down 3; 6-7 gateway-sampled 1; "
                   "7-8 imported 1; 8-11 open 3; 11-12 gateway-sampled 1; 12-20 meter-silent 8; ");
  g_assert_cmpstr (some, ==, "2-3 gateway-sampled 1; 3-5 link-down 2; ");
}

static void
test_dbus_history_no_stretches (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = fixture_print_stretches (fixture, 0, 20);

  g_assert_cmpstr (text, ==, "");
}

/* A point that comes later is a later column; a minute without values is NaN. */
static void
test_dbus_history_trend (void)
{
  g_autoptr (OhmDbusTrend) trend = ohm_dbus_trend_new ();
  g_autoptr (OhmPointSet) few = NULL;
  g_autoptr (OhmPointSet) many = NULL;
  g_autoptr (GVariant) payload = NULL;
  g_autofree char *printed = NULL;
  OhmPoint points[2] = { 0 };
  OhmTrendRow first = { .minute_us = 60, .n = 1 };
  OhmTrendRow second = { .minute_us = 120, .n = 2 };

  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &points[0], NULL));
  few = ohm_point_set_intern (points, 1);
  g_assert_true (ohm_point_parse ("frequency", NULL, FALSE, &points[0], NULL));
  g_assert_true (ohm_point_parse ("voltage.l1-n", NULL, FALSE, &points[1], NULL));
  many = ohm_point_set_intern (points, 2);
  first.points = few;
  first.values[0] = (OhmTrendPoint){ 3, 1, 2, 3 };
  second.points = many;
  second.values[0] = (OhmTrendPoint){ 1, 50, 50, 50 };
  ohm_dbus_trend_add (trend, &first);
  ohm_dbus_trend_add (trend, &second);
  payload = g_variant_ref_sink (ohm_dbus_trend_end (trend));
  printed = g_variant_print (payload, /* type_annotate */ FALSE);
  g_assert_cmpstr (g_variant_get_type_string (payload), ==, OHM_DBUS_TREND_TYPE);
  g_assert_true (g_str_has_prefix (printed, "([('voltage.l1-n', 'V'), ('frequency', 'Hz')], "
                                            "[(60, [2.0], [1.0], [3.0]), (120, [nan, 50.0]"));
}

#define ADD(name)                                                                                  \
  g_test_add ("/dbus-history/" #name, Fixture, NULL, fixture_set_up, test_dbus_history_##name,     \
              fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (differences);
  ADD (previous_page);
  ADD (exchange);
  ADD (gaps);
  ADD (plain);
  ADD (inverted);
  ADD (broken_factor);
  ADD (overflow);
  ADD (stretches);
  ADD (no_stretches);
  g_test_add_func ("/dbus-history/trend", test_dbus_history_trend);
  return g_test_run ();
}
