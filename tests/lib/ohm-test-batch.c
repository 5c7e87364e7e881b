/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ohm-test-batch.h"

#define OHM_TEST_BATCH_SLOT_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)
#define OHM_TEST_BATCH_PULSES  G_GINT64_CONSTANT (9007199254740993) /* 2^53 + 1 */

static OhmPointSet *
ohm_test_batch_new_points (void)
{
  static const struct
  {
    const char *name;
    gboolean is_integer;
  } rows[] = {
    { "energy-active-import.total", FALSE },
    { "energy-active-export.total", FALSE },
    { "energy-active-net.total", FALSE },
    { "pulse-count", TRUE },
  };
  OhmPoint points[G_N_ELEMENTS (rows)];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_true (ohm_point_parse (rows[i].name,
                                    /* unit */ NULL, rows[i].is_integer, &points[i],
                                    /* error */ NULL));
  return ohm_point_set_intern (points, G_N_ELEMENTS (points));
}

static OhmRecord *
ohm_test_batch_new_record (OhmPointSet *points, guint place, guint slot, gint64 seq)
{
  g_autofree char *id = g_strdup_printf ("p%u", place);
  OhmRecord *record = ohm_record_new (id, points);

  record->run = place + 1;
  record->seq = seq;
  record->slot_us = OHM_TEST_SLOT_US + slot * OHM_TEST_BATCH_SLOT_US;
  record->read_us = record->slot_us + 412 * 1000;
  record->cells[0].real = 133456784.0 + 1000.0 * (slot + place);
  record->cells[1].real = 0.5 * slot;
  record->cells[2].real = record->cells[0].real - record->cells[1].real;
  record->cells[3].integer = OHM_TEST_BATCH_PULSES + slot;
  for (guint i = 0; i < 4; i++)
    record->qualities[i] = OHM_QUALITY_GOOD;
  return record;
}

/* A run of place number @place; free with ohm_test_batch_clear_run(). */
static OhmBatchRun
ohm_test_batch_make_run (guint place)
{
  return (OhmBatchRun){
    .place = g_strdup_printf ("p%u", place),
    .name = g_strdup_printf ("Place %u", place),
    .medium = g_strdup ("electricity"),
    .meter = g_strdup_printf ("m%u", place),
    .type = g_strdup ("umg96rm"),
    .serial = g_strdup_printf ("%u", 41000000 + place),
    .number = place + 1,
    .opened_us = OHM_TEST_SLOT_US - OHM_TEST_BATCH_SLOT_US,
  };
}

static void
ohm_test_batch_clear_run (OhmBatchRun *run)
{
  g_free (run->place);
  g_free (run->name);
  g_free (run->medium);
  g_free (run->meter);
  g_free (run->type);
  g_free (run->serial);
}

OhmBatch *
ohm_test_batch_new (guint n_places, guint n_slots)
{
  g_autoptr (OhmPointSet) points = ohm_test_batch_new_points ();
  g_autofree OhmBatchItem *items = g_new (OhmBatchItem, n_places * n_slots);
  g_autofree OhmBatchRun *runs = g_new (OhmBatchRun, n_places);
  OhmBatch *batch;
  guint n = 0;

  for (guint p = 0; p < n_places; p++)
    runs[p] = ohm_test_batch_make_run (p);
  for (guint s = 0; s < n_slots; s++)
    for (guint p = 0; p < n_places; p++, n++)
      items[n] = (OhmBatchItem){ .record = ohm_test_batch_new_record (points, p, s, n + 1),
                                 .run = &runs[p],
                                 .since_us = runs[p].opened_us };
  batch = ohm_batch_new (OHM_TEST_GATEWAY, items, n);
  for (guint i = 0; i < n; i++)
    ohm_record_unref (items[i].record);
  for (guint p = 0; p < n_places; p++)
    ohm_test_batch_clear_run (&runs[p]);
  return batch;
}

OhmBatch *
ohm_test_batch_new_gap (void)
{
  g_autoptr (OhmPointSet) points = ohm_test_batch_new_points ();
  g_autoptr (OhmRecord) gap = ohm_test_batch_new_record (points, 0, 0, 1);
  OhmBatchRun run = ohm_test_batch_make_run (0);
  OhmBatchItem item = { .record = gap, .run = &run, .since_us = run.opened_us };
  OhmBatch *batch;

  gap->is_gap = TRUE;
  gap->from_us = OHM_TEST_SLOT_US - 12 * OHM_TEST_BATCH_SLOT_US;
  gap->cause = OHM_GAP_LINK_DOWN;
  batch = ohm_batch_new (OHM_TEST_GATEWAY, &item, 1);
  ohm_test_batch_clear_run (&run);
  return batch;
}

static OhmSample
ohm_test_batch_make_sample (const char *point, gint64 from_us, gint64 time_us, double value)
{
  OhmSample sample = { .place = g_intern_static_string ("p0"),
                       .meter = g_intern_static_string ("m0"),
                       .from_us = from_us,
                       .time_us = time_us,
                       .value = value };

  g_assert_true (ohm_point_parse (point,
                                  /* unit */ NULL,
                                  /* is_integer */ FALSE, &sample.point,
                                  /* error */ NULL));
  return sample;
}

OhmSamples *
ohm_test_samples_new (void)
{
  const gint64 minute = 60 * G_USEC_PER_SEC;
  const gint64 t = OHM_TEST_SLOT_US;
  const OhmSample items[] = {
    ohm_test_batch_make_sample ("power-active.total", 0, t, 4321.5),
    ohm_test_batch_make_sample ("voltage.l1-n", 0, t, 231.25),
    ohm_test_batch_make_sample ("current.l1", 0, t, 6.5),
    ohm_test_batch_make_sample ("power-active.total", t, t + minute, 4300),
    ohm_test_batch_make_sample ("voltage.l1-n", t, t + minute, 230.5),
    ohm_test_batch_make_sample ("current.l1", t, t + minute, 6.25),
  };

  return ohm_samples_new (OHM_TEST_GATEWAY, items, G_N_ELEMENTS (items));
}
