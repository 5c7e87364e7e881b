/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-virtual-slots.h"

#include "ohm-slot.h"
#include "store-fixture.h"

#define SLOT(n) (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)

/* Two places with records, and one that is their sum. */
typedef struct
{
  OhmStoreFixture base;
  OhmPlaces *places;
  OhmVirtualSlots *slots;
} Fixture;

static void
fixture_on_record (const OhmRecord *record, gpointer owner)
{
  OhmVirtualSlots *slots = g_object_get_data (owner, "slots");

  if (slots != NULL)
    ohm_virtual_slots_take (slots, record);
}

static void
fixture_begin (Fixture *self, const char *sum)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) terms = ohm_virtual_sum_parse (sum, &error);

  g_assert_no_error (error);
  self->slots = ohm_virtual_slots_new (self->base.store, self->places, self->base.clock, "sum",
                                       terms);
  g_object_set_data (self->base.listener, "slots", self->slots);
}

static void
fixture_end (Fixture *self)
{
  g_object_set_data (self->base.listener, "slots", NULL);
  ohm_virtual_slots_stop (self->slots);
  g_assert_finalize_object (g_steal_pointer (&self->slots));
}

/* Runs until all that was asked for is computed. */
static void
fixture_compute (Fixture *self)
{
  do
    {
      g_main_context_iteration (NULL, FALSE);
      fixture_settle (&self->base);
    }
  while (!ohm_virtual_slots_is_idle (self->slots));
}

static void
fixture_start (Fixture *self)
{
  fixture_make_store (&self->base, NULL);
  self->places = ohm_places_new (self->base.store, self->base.bus);
  {
    g_autoptr (OhmStoreContent) content = fixture_try_open (&self->base, NULL);

    g_assert_nonnull (content);
    ohm_places_load (self->places, content);
  }
  ohm_bus_connect_interval (self->base.bus, "test sums", fixture_on_record, self->base.listener);
}

static void
fixture_add_place (Fixture *self, const char *id, gboolean is_virtual)
{
  g_autoptr (OhmPlan) plan = ohm_plan_new ();
  OhmPlacesMeter meter = { .id = id, .plan = plan, .is_virtual = is_virtual };
  g_autoptr (GError) error = NULL;

  ohm_plan_add_pushed (plan, "energy-active-import.total", NULL, FALSE, NULL);
  ohm_plan_seal (plan);
  g_assert_true (ohm_places_update_meter (self->places, &meter, &error));
  g_assert_no_error (error);
}

static void
fixture_init (Fixture *self, gconstpointer data)
{
  fixture_set_up (&self->base, data);
  fixture_start (self);
  fixture_add_place (self, "a", FALSE);
  fixture_add_place (self, "b", FALSE);
  fixture_add_place (self, "sum", TRUE);
  fixture_begin (self, "a, b");
}

static void
fixture_clear (Fixture *self, gconstpointer data)
{
  fixture_end (self);
  g_clear_object (&self->places);
  fixture_tear_down (&self->base, data);
}

static void
fixture_put (Fixture *self, const char *place, int slot, double import)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
    fixture_append (&self->base, fixture_record (place, SLOT (slot), import, 0), &error));
}

static void
fixture_put_origin (Fixture *self, const char *place, int slot, double import, OhmOrigin origin)
{
  OhmRecord *record = fixture_record (place, SLOT (slot), import, 0);

  record->origin = origin;
  g_assert_true (fixture_append (&self->base, record, NULL));
}

static void
fixture_put_gap (Fixture *self, const char *place, int slot)
{
  g_assert_true (
    fixture_append (&self->base, fixture_gap (place, SLOT (slot), OHM_GAP_METER_SILENT), NULL));
}

static void
test_slots_sum (Fixture *self, gconstpointer data)
{
  fixture_put (self, "a", 0, 10);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "");
  fixture_put (self, "b", 0, 5);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15");
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_put (self, "b", 1, 6);
  fixture_put (self, "a", 1, 12);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:18");
  {
    g_autoptr (OhmStorePage) page = fixture_query (&self->base, "sum");
    const OhmRecord *record = g_ptr_array_index (page->records, 0);

    g_assert_cmpint (record->origin, ==, OHM_ORIGIN_COMPUTED);
    g_assert_cmpint (record->read_us, >, 0);
  }
}

static void
fixture_assert_value (const OhmRecord *record, double expected)
{
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, expected, 1e-9);
}

/* What was recorded before the sum was thought of, and in more than one pass. */
static void
test_slots_catch_up (Fixture *self, gconstpointer data)
{
  enum
  {
    N = 1500
  };

  g_object_set_data (self->base.listener, "slots", NULL);
  for (int i = -N; i <= 0; i++)
    {
      fixture_put (self, "a", i, 2000 + i);
      if (i > 10 - N)
        fixture_put (self, "b", i, 1);
    }
  ohm_virtual_slots_catch_up (self->slots);
  fixture_compute (self);
  {
    g_autoptr (OhmStorePage) page = fixture_query (&self->base, "sum");

    g_assert_cmpuint (page->records->len, ==, N - 10);
    g_assert_cmpuint (page->gaps->len, ==, 0);
    fixture_assert_value (page->records->pdata[N - 11], 2001);
  }
}

static void
test_slots_missing_part (Fixture *self, gconstpointer data)
{
  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  fixture_compute (self);
  fixture_pass (&self->base, 3 * OHM_SLOT_US);
  for (int i = 1; i <= 3; i++)
    fixture_put (self, "a", i, 10 + i);
  fixture_put_gap (self, "b", 2);
  fixture_compute (self);
  {
    g_autoptr (OhmStorePage) page = fixture_query (&self->base, "sum");
    const OhmRecord *gap = g_ptr_array_index (page->gaps, 0);

    g_assert_cmpuint (page->gaps->len, ==, 1);
    g_assert_cmpint (gap->cause, ==, OHM_GAP_PART_MISSING);
    g_assert_cmpstr (gap->part, ==, "b");
    g_assert_cmpint (gap->slot_us, ==, SLOT (2));
  }
  fixture_put (self, "b", 3, 9);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 gap:0-2:part-missing:7 3:22");
}

/* A better source fills in, or changes, what a part has: under a new number, and once. */
static void
test_slots_part_changes (Fixture *self, gconstpointer data)
{
  guint n;

  test_slots_missing_part (self, data);
  fixture_put_origin (self, "b", 1, 6, OHM_ORIGIN_METER_RECORDED);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:17 gap:1-2:part-missing:5 3:22");
  fixture_put_origin (self, "a", 0, 11, OHM_ORIGIN_IMPORTED);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:16 1:17 gap:1-2:part-missing:5 3:22");
  n = self->base.announced->len;
  /* the same again is no news */
  ohm_virtual_slots_take (self->slots, g_ptr_array_index (self->base.announced, n - 1));
  fixture_compute (self);
  g_assert_cmpuint (self->base.announced->len, ==, n);
}

/* Fills in slots [from, to] of @place at once, as a memory is read. */
static void
fixture_fill (Fixture *self, const char *place, int from, int to, double first)
{
  g_autoptr (GAsyncResult) result = NULL;
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  for (int i = from; i <= to; i++)
    {
      OhmRecord *record = fixture_record (place, SLOT (i), first + i - from, 0);

      record->origin = OHM_ORIGIN_METER_RECORDED;
      g_ptr_array_add (records, record);
    }
  ohm_store_append_async (self->base.store, records, fixture_on_ready, &result);
  g_assert_true (ohm_store_append_finish (self->base.store, fixture_wait (&result), NULL));
}

/* Part b was away from slot 1 to 4. */
static void
fixture_lose_part (Fixture *self)
{
  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  fixture_compute (self);
  fixture_pass (&self->base, 5 * OHM_SLOT_US);
  for (int i = 1; i <= 5; i++)
    fixture_put (self, "a", i, 10 + i);
  fixture_put (self, "b", 5, 10);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 gap:0-4:part-missing:10 5:25");
}

/* All that one append brings is computed, not what the first of its records tells alone; and what
 * comes while the slots before are being computed is not lost either. */
static void
test_slots_part_is_filled (Fixture *self, gconstpointer data)
{
  fixture_lose_part (self);
  fixture_fill (self, "b", 3, 4, 8);
  fixture_fill (self, "b", 1, 2, 6);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:17 2:19 3:21 4:23 5:25");
}

/* (transfer full) (nullable): what is stored of how far the sum is */
static char *
fixture_dup_mark (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) value = NULL;

  ohm_store_get_value_async (self->base.store, "virtual/sum", NULL, fixture_on_ready, &result);
  value = ohm_store_get_value_finish (self->base.store, fixture_wait (&result), NULL);
  return value != NULL ? g_strdup (g_bytes_get_data (value, NULL)) : NULL;
}

/* Restart, with slots as they are started there. */
static void
fixture_restart (Fixture *self)
{
  fixture_end (self);
  ohm_bus_disconnect (self->base.bus, self->base.listener);
  g_clear_object (&self->places);
  fixture_close (&self->base);
  fixture_start (self);
  fixture_begin (self, "a, b");
  ohm_virtual_slots_catch_up (self->slots);
  fixture_compute (self);
}

/* The sum was not there when its part was filled, or we were killed before it was computed. */
static void
test_slots_filled_while_away (Fixture *self, gconstpointer data)
{
  guint n;

  fixture_lose_part (self);
  g_object_set_data (self->base.listener, "slots", NULL);
  fixture_fill (self, "b", 1, 4, 6);
  fixture_restart (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:17 2:19 3:21 4:23 5:25");
  n = self->base.announced->len;
  fixture_restart (self);
  g_assert_cmpuint (self->base.announced->len, ==, n);
}

/* How far the sum is, is written when something was done behind its end, not with each slot. */
static void
test_slots_mark (Fixture *self, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *later = NULL;
  g_autofree char *last = NULL;

  fixture_lose_part (self);
  first = fixture_dup_mark (self);
  g_assert_nonnull (first);
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_put (self, "a", 6, 16);
  fixture_put (self, "b", 6, 11);
  fixture_compute (self);
  later = fixture_dup_mark (self);
  g_assert_cmpstr (later, ==, first);
  fixture_fill (self, "b", 1, 4, 6);
  fixture_compute (self);
  last = fixture_dup_mark (self);
  g_assert_cmpint (g_ascii_strtoll (last, NULL, 10), >, g_ascii_strtoll (first, NULL, 10));
}

/* A part that never says anything more is missing once its slot cannot come any more. */
static void
test_slots_part_is_gone (Fixture *self, gconstpointer data)
{
  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_put (self, "a", 1, 11);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15");
  fixture_pass (&self->base, 2 * OHM_SLOT_WINDOW_US);
  ohm_virtual_slots_catch_up (self->slots);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 open:0-1:part-missing");
}

static guint
test_count_runs (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) runs = NULL;
  g_autoptr (GError) error = NULL;

  ohm_store_list_runs_async (self->base.store, "sum", NULL, fixture_on_ready, &result);
  runs = ohm_store_list_runs_finish (self->base.store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return runs != NULL ? runs->len : 0;
}

/* Another counter in the sum, or one that fell: another run, and no difference across. */
static void
test_slots_runs (Fixture *self, gconstpointer data)
{
  OhmReplacement replacement = { .place = "b" };
  g_autoptr (GAsyncResult) result = NULL;

  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 500);
  fixture_compute (self);
  ohm_store_replace_async (self->base.store, &replacement, 1, fixture_on_ready, &result);
  fixture_wait (&result);
  fixture_pass (&self->base, 2 * OHM_SLOT_US);
  fixture_put (self, "a", 1, 11);
  fixture_put (self, "b", 1, 1);
  fixture_put (self, "a", 2, 12);
  fixture_compute (self);
  g_assert_cmpuint (test_count_runs (self), ==, 2);
  fixture_put (self, "b", 2, 0.5);
  fixture_compute (self);
  g_assert_cmpuint (test_count_runs (self), ==, 3);
  fixture_assert_series (&self->base, "sum", "0:510 1:12 2:12");
  /* a slot that was computed from other counters is left alone */
  fixture_put_origin (self, "b", 0, 499, OHM_ORIGIN_IMPORTED);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:509 1:12 2:12");
}

/* Another formula begins another run and does not rewrite what was. */
static void
test_slots_other_sum (Fixture *self, gconstpointer data)
{
  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  fixture_compute (self);
  fixture_end (self);
  fixture_begin (self, "a");
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_put (self, "a", 1, 12);
  fixture_compute (self);
  fixture_put_origin (self, "a", 0, 11, OHM_ORIGIN_IMPORTED);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:12");
  g_assert_cmpuint (test_count_runs (self), ==, 2);
}

/* After a restart nothing is computed twice and nothing is left out. */
static void
test_slots_restart (Fixture *self, gconstpointer data)
{
  guint n;

  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  fixture_compute (self);
  fixture_end (self);
  fixture_pass (&self->base, OHM_SLOT_US);
  fixture_put (self, "a", 1, 11);
  fixture_put (self, "b", 1, 6);
  ohm_bus_disconnect (self->base.bus, self->base.listener);
  g_clear_object (&self->places);
  fixture_close (&self->base);
  fixture_start (self);
  n = self->base.announced->len;
  fixture_begin (self, "a, b");
  ohm_virtual_slots_catch_up (self->slots);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "0:15 1:17");
  g_assert_cmpuint (self->base.announced->len, ==, n);
}

/* Stopping while answers are on their way is no harm. */
static void
test_slots_stop (Fixture *self, gconstpointer data)
{
  fixture_put (self, "a", 0, 10);
  fixture_put (self, "b", 0, 5);
  ohm_virtual_slots_set_window_us (self->slots, G_USEC_PER_SEC);
  ohm_virtual_slots_catch_up (self->slots);
  ohm_virtual_slots_stop (self->slots);
  fixture_compute (self);
  ohm_virtual_slots_catch_up (self->slots);
  g_assert_true (ohm_virtual_slots_is_idle (self->slots));
}

/* A part that the store does not know yet. */
static void
test_slots_unknown_part (Fixture *self, gconstpointer data)
{
  fixture_end (self);
  fixture_begin (self, "a, nobody");
  fixture_put (self, "a", 0, 10);
  fixture_compute (self);
  fixture_assert_series (&self->base, "sum", "");
}

static void
test_add (const char *path, void (*func) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, fixture_init, func, fixture_clear);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_add ("/virtual-slots/sum", test_slots_sum);
  test_add ("/virtual-slots/catch-up", test_slots_catch_up);
  test_add ("/virtual-slots/missing-part", test_slots_missing_part);
  test_add ("/virtual-slots/part-changes", test_slots_part_changes);
  test_add ("/virtual-slots/part-is-filled", test_slots_part_is_filled);
  test_add ("/virtual-slots/filled-while-away", test_slots_filled_while_away);
  test_add ("/virtual-slots/mark", test_slots_mark);
  test_add ("/virtual-slots/part-is-gone", test_slots_part_is_gone);
  test_add ("/virtual-slots/runs", test_slots_runs);
  test_add ("/virtual-slots/other-sum", test_slots_other_sum);
  test_add ("/virtual-slots/restart", test_slots_restart);
  test_add ("/virtual-slots/stop", test_slots_stop);
  test_add ("/virtual-slots/unknown-part", test_slots_unknown_part);
  return g_test_run ();
}
