/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-config.h"
#include "ohm-database.h"
#include "store-fixture.h"

#include <string.h>

typedef OhmStoreFixture Fixture;

#define SLOT(n) (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)

static void
test_append (Fixture *self, double import, gint64 quarter)
{
  g_autoptr (GError) error = NULL;

  fixture_append (self, fixture_record ("main", SLOT (quarter), import, 3), &error);
  g_assert_no_error (error);
}

static void
test_append_gap (Fixture *self, gint64 quarter, OhmGapCause cause)
{
  g_autoptr (GError) error = NULL;

  fixture_append (self, fixture_gap ("main", SLOT (quarter), cause), &error);
  g_assert_no_error (error);
}

static void
test_append_origin (Fixture *self, double import, gint64 quarter, OhmOrigin origin)
{
  OhmRecord *record = fixture_record ("main", SLOT (quarter), import, 3);
  g_autoptr (GError) error = NULL;

  record->origin = origin;
  fixture_append (self, record, &error);
  g_assert_no_error (error);
}

static void
test_store_round_trip (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStorePage) page = NULL;
  const OhmRecord *record;
  OhmRecord *sent = fixture_record ("main", SLOT (1), 1234.5, G_GINT64_CONSTANT (9007199254740993));
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  sent->origin = OHM_ORIGIN_IMPORTED;
  sent->flags = OHM_RECORD_CLOCK_UNSURE;
  sent->qualities[1] = OHM_QUALITY_SUSPECT;
  g_assert_true (fixture_append (self, sent, &error));
  g_assert_no_error (error);

  page = fixture_query (self, "main");
  g_assert_cmpuint (page->records->len, ==, 1);
  g_assert_cmpuint (page->gaps->len, ==, 0);
  g_assert_null (page->previous);
  g_assert_cmpint (page->next_us, ==, 0);
  record = g_ptr_array_index (page->records, 0);
  g_assert_cmpstr (record->place, ==, "main");
  g_assert_cmpint (record->slot_us, ==, SLOT (1));
  g_assert_cmpint (record->read_us, ==, SLOT (1) + 300000);
  g_assert_cmpint (record->seq, ==, 1);
  g_assert_cmpint (record->run, ==, 1);
  g_assert_cmpint (record->origin, ==, OHM_ORIGIN_IMPORTED);
  g_assert_cmpuint (record->flags, ==, OHM_RECORD_CLOCK_UNSURE);
  g_assert_cmpuint (record->profile_revision, ==, 7);
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, 1234.5, 1e-12);
  g_assert_cmpint (record->cells[2].integer, ==, G_GINT64_CONSTANT (9007199254740993));
  g_assert_cmpint (record->qualities[1], ==, OHM_QUALITY_SUSPECT);

  g_assert_cmpuint (self->announced->len, ==, 1);
  record = g_ptr_array_index (self->announced, 0);
  g_assert_cmpint (record->seq, ==, 1);
}

static void
test_store_survives (Fixture *self, gconstpointer data)
{
  g_autofree char *epoch = NULL;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;
  const OhmStorePlace *place;

  fixture_open (self);
  epoch = g_strdup (ohm_store_get_epoch (self->store));
  g_assert_cmpuint (strlen (epoch), ==, 32);
  test_append (self, 100, 1);
  test_append (self, 110, 2);
  test_append_gap (self, 4, OHM_GAP_LINK_DOWN);
  g_assert_true (fixture_close (self));

  fixture_make_store (self, NULL);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ohm_store_get_epoch (self->store), ==, epoch);
  g_assert_cmpint (content->newest_slot_us, ==, SLOT (4));
  g_assert_cmpuint (content->places->len, ==, 1);
  place = g_ptr_array_index (content->places, 0);
  g_assert_cmpstr (place->place->id, ==, "main");
  g_assert_cmpint (place->place->run->number, ==, 1);
  g_assert_cmpint (place->slot_us, ==, SLOT (4));
  g_assert_true (place->is_gap);
  g_assert_cmpint (place->gap_from_us, ==, SLOT (2));
  g_assert_cmpint (place->cause, ==, OHM_GAP_LINK_DOWN);
  g_assert_cmpint (place->last->slot_us, ==, SLOT (2));
  fixture_assert_series (self, "main", "1:100 2:110 open:2-4:link-down");

  test_append (self, 150, 5);
  g_assert_cmpint (((OhmRecord *) g_ptr_array_index (self->announced, 4))->seq, ==, 5);
  fixture_assert_series (self, "main", "1:100 2:110 gap:2-4:link-down:40 5:150");
}

/* A slot has one record: the first sampled one. */
static void
test_store_once (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append (self, 110, 2);
  test_append (self, 999, 1);
  test_append (self, 999, 2);
  fixture_assert_series (self, "main", "1:100 2:110");
  g_assert_cmpuint (self->announced->len, ==, 2);
}

static void
test_store_better_origin (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStorePage) page = NULL;
  const OhmRecord *record;

  fixture_open (self);
  test_append (self, 100, 1);
  test_append (self, 110, 2);
  test_append_origin (self, 101, 1, OHM_ORIGIN_METER_RECORDED);
  /* neither the same nor a worse source replaces it */
  test_append_origin (self, 102, 1, OHM_ORIGIN_IMPORTED);
  test_append (self, 103, 1);
  fixture_assert_series (self, "main", "1:101 2:110");
  page = fixture_query (self, "main");
  record = g_ptr_array_index (page->records, 0);
  g_assert_cmpint (record->seq, ==, 3);
  g_assert_cmpint (record->origin, ==, OHM_ORIGIN_METER_RECORDED);
  g_assert_cmpuint (self->announced->len, ==, 3);
}

static void
test_store_gap_closes (Fixture *self, gconstpointer data)
{
  const OhmRecord *gap;

  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 2, OHM_GAP_METER_SILENT);
  test_append_gap (self, 3, OHM_GAP_LINK_DOWN);
  fixture_assert_series (self, "main", "1:100 open:1-3:meter-silent");
  /* it grew without being announced again */
  g_assert_cmpuint (self->announced->len, ==, 2);
  test_append (self, 130, 4);
  fixture_assert_series (self, "main", "1:100 gap:1-3:meter-silent:30 4:130");
  g_assert_cmpuint (self->announced->len, ==, 4);
  gap = g_ptr_array_index (self->announced, 2);
  g_assert_true (gap->is_gap);
  g_assert_cmpint (gap->seq, ==, 3);
  g_assert_cmpint (gap->read_us, ==, SLOT (4) + 300000);
  g_assert_cmpint (gap->cells[2].integer, ==, 0);
}

static void
test_store_gap_left_out (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  /* nothing is missing where nothing ever was */
  test_append_gap (self, 1, OHM_GAP_GATEWAY_OFF);
  fixture_assert_series (self, "main", "");
  test_append (self, 100, 2);
  test_append_gap (self, 1, OHM_GAP_GATEWAY_OFF);
  test_append_gap (self, 2, OHM_GAP_GATEWAY_OFF);
  fixture_assert_series (self, "main", "2:100");
  g_assert_cmpuint (self->announced->len, ==, 1);
}

/* What nobody explained was lost by us. */
static void
test_store_unexplained (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append (self, 150, 6);
  fixture_assert_series (self, "main", "1:100 gap:1-5:store-failed:50 6:150");
}

static void
test_store_gap_filled (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 4, OHM_GAP_GATEWAY_OFF);
  test_append (self, 150, 5);
  fixture_assert_series (self, "main", "1:100 gap:1-4:gateway-off:50 5:150");
  test_append_origin (self, 120, 3, OHM_ORIGIN_METER_RECORDED);
  fixture_assert_series (self, "main",
                         "1:100 gap:1-2:gateway-off:20 3:120 gap:3-4:gateway-off:30 5:150");
  test_append_origin (self, 110, 2, OHM_ORIGIN_METER_RECORDED);
  fixture_assert_series (self, "main", "1:100 2:110 3:120 gap:3-4:gateway-off:30 5:150");
  test_append_origin (self, 130, 4, OHM_ORIGIN_METER_RECORDED);
  fixture_assert_series (self, "main", "1:100 2:110 3:120 4:130 5:150");
}

/* The memory of the meter fills a gap that is still open; what is behind stays open. */
static void
test_store_open_gap_filled (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 4, OHM_GAP_LINK_DOWN);
  test_append_origin (self, 120, 3, OHM_ORIGIN_METER_RECORDED);
  fixture_assert_series (self, "main", "1:100 gap:1-2:link-down:20 3:120 open:3-4:link-down");
  test_append (self, 160, 6);
  fixture_assert_series (self, "main",
                         "1:100 gap:1-2:link-down:20 3:120 gap:3-5:link-down:40 6:160");
}

/* Replacing a record at its border changes what a gap comes to. */
static void
test_store_gap_border (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 2, OHM_GAP_LINK_DOWN);
  test_append (self, 150, 3);
  test_append_origin (self, 101, 1, OHM_ORIGIN_IMPORTED);
  fixture_assert_series (self, "main", "1:101 gap:1-2:link-down:49 3:150");
  test_append_origin (self, 149, 3, OHM_ORIGIN_IMPORTED);
  fixture_assert_series (self, "main", "1:101 gap:1-2:link-down:48 3:149");
}

/* A memory reaches back before the first record. */
static void
test_store_import_before (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 10);
  test_append_origin (self, 50, 5, OHM_ORIGIN_METER_RECORDED);
  fixture_assert_series (self, "main", "5:50 10:100");
}

static void
test_store_reset (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const OhmStoreEvent *event;

  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 2, OHM_GAP_LINK_DOWN);
  test_append (self, 10, 3);
  test_append (self, 20, 4);
  /* never negative energy */
  fixture_assert_series (self, "main", "1:100 gap:1-2:link-down 3:10 4:20");
  page = fixture_query (self, "main");
  g_assert_cmpuint (((OhmRecord *) g_ptr_array_index (page->records, 0))->flags, ==, 0);
  g_assert_cmpuint (((OhmRecord *) g_ptr_array_index (page->records, 1))->flags, ==,
                    OHM_RECORD_RESET);
  g_assert_cmpuint (((OhmRecord *) g_ptr_array_index (page->records, 2))->flags, ==, 0);

  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 10 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (events->len, ==, 1);
  event = g_ptr_array_index (events, 0);
  g_assert_cmpstr (event->subject, ==, "places/main");
  g_assert_cmpstr (ohm_message_get_code (event->message), ==, "counter-reset");
  g_assert_cmpstr (ohm_message_get_argument (event->message, "point"), ==,
                   "energy-active-import.total");
}

static void
test_assert_resets (Fixture *self, const char *expected, guint n_events)
{
  g_autoptr (OhmStorePage) page = fixture_query (self, "main");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;

  for (guint i = 0; i < page->records->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (page->records, i);

      g_string_append_c (text, (record->flags & OHM_RECORD_RESET) != 0 ? 'R' : '-');
    }
  g_assert_cmpstr (text->str, ==, expected);
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 10 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (events->len, ==, n_events);
}

static void
test_fill (Fixture *self, int slot, double import)
{
  OhmRecord *record = fixture_record ("main", SLOT (slot), import, 3);

  record->origin = OHM_ORIGIN_METER_RECORDED;
  g_assert_true (fixture_append (self, record, NULL));
}

/* A memory that is read later knows when the counter fell: there, and nowhere else, is the mark. */
static void
test_store_reset_filled (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  test_append (self, 100, 1);
  test_append (self, 10, 5);
  test_assert_resets (self, "-R", 1);
  test_fill (self, 4, 8);
  test_assert_resets (self, "-R-", 2);
  test_fill (self, 2, 105);
  test_assert_resets (self, "--R-", 2);
  test_fill (self, 3, 110);
  test_assert_resets (self, "---R-", 2);
  /* the same mark again is no event */
  test_append (self, 20, 6);
  test_fill (self, 5, 11);
  test_fill (self, 6, 21);
  test_assert_resets (self, "---R--", 2);
}

static void
test_store_pages (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStorePage) first = NULL;
  g_autoptr (OhmStorePage) second = NULL;
  g_autoptr (OhmStorePage) inside = NULL;
  const guint n = 700;

  fixture_open (self);
  for (guint i = 1; i <= n; i++)
    if (i < 300 || i > 310)
      test_append (self, i, i);

  first = fixture_query_range (self, "main", SLOT (0), SLOT (n), 400);
  g_assert_cmpuint (first->records->len, ==, 400);
  g_assert_cmpint (first->next_us, ==, SLOT (411));
  g_assert_cmpuint (first->gaps->len, ==, 1);
  second = fixture_query_range (self, "main", first->next_us, SLOT (n), 400);
  g_assert_cmpuint (second->records->len, ==, n - 411);
  g_assert_cmpint (second->next_us, ==, 0);
  g_assert_cmpuint (second->gaps->len, ==, 0);
  g_assert_cmpint (second->previous->slot_us, ==, SLOT (411));

  /* a gap that reaches over either end is part of the range */
  inside = fixture_query_range (self, "main", SLOT (303), SLOT (305), 0);
  g_assert_cmpuint (inside->records->len, ==, 0);
  g_assert_cmpuint (inside->gaps->len, ==, 1);
  g_assert_cmpint (inside->previous->slot_us, ==, SLOT (299));
}

static void
test_store_query_unknown (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmStoreQuery query = { "nowhere", 0, SLOT (1), 0 };

  fixture_open (self);
  ohm_store_query_async (self->store, &query, NULL, fixture_on_ready, &result);
  g_assert_null (ohm_store_query_finish (self->store, fixture_wait (&result), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_OK);
}

static void
test_store_cancelled (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmStoreQuery query = { "main", 0, SLOT (1), 0 };

  fixture_open (self);
  g_cancellable_cancel (cancellable);
  ohm_store_query_async (self->store, &query, cancellable, fixture_on_ready, &result);
  g_assert_null (ohm_store_query_finish (self->store, fixture_wait (&result), &error));
  g_assert_true (ohm_error_is_cancelled (error));
}

static void
test_store_read_after (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) records = NULL;
  gint64 after = 0;
  guint n = 0;

  fixture_open (self);
  for (guint i = 1; i <= 320; i++)
    test_append (self, i, i * 2);
  for (;;)
    {
      ohm_store_read_after_async (self->store, after, 300, NULL, fixture_on_ready, &result);
      records = ohm_store_read_after_finish (self->store, fixture_wait (&result), NULL);
      g_clear_object (&result);
      if (records->len == 0)
        break;
      g_assert_cmpuint (records->len, <=, 300);
      for (guint i = 0; i < records->len; i++)
        {
          const OhmRecord *record = g_ptr_array_index (records, i);

          /* every number once, none left out */
          g_assert_cmpint (record->seq, ==, ++after);
          g_assert_true (record->is_gap == (record->seq % 2 == 0));
        }
      n += records->len;
      g_clear_pointer (&records, g_ptr_array_unref);
    }
  g_assert_cmpuint (n, ==, 320 + 319);
}

/* A number is never given out twice, whatever was replaced or left out. */
static void
test_store_seq_grows (Fixture *self, gconstpointer data)
{
  gint64 last = 0;

  fixture_open (self);
  test_append (self, 100, 1);
  test_append_gap (self, 3, OHM_GAP_LINK_DOWN);
  g_assert_true (fixture_close (self));
  fixture_open (self);
  test_append_origin (self, 101, 2, OHM_ORIGIN_IMPORTED);
  test_append_origin (self, 102, 3, OHM_ORIGIN_IMPORTED);
  g_assert_true (fixture_close (self));
  fixture_open (self);
  test_append (self, 105, 4);
  for (guint i = 0; i < self->announced->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (self->announced, i);

      g_assert_cmpint (record->seq, >, last);
      last = record->seq;
    }
  fixture_assert_series (self, "main", "1:100 2:101 3:102 4:105");
}

static void
test_store_stats (Fixture *self, gconstpointer data)
{
  OhmStoreStats stats;

  fixture_open (self);
  fixture_get_stats (self, &stats);
  g_assert_cmpuint (stats.version, ==, ohm_database_get_newest_version ());
  g_assert_cmpint (stats.last_seq, ==, 0);
  g_assert_cmpint (stats.newest_slot_us, ==, 0);
  test_append (self, 100, 1);
  test_append (self, 110, 2);
  fixture_get_stats (self, &stats);
  g_assert_cmpint (stats.last_seq, ==, 2);
  g_assert_cmpint (stats.oldest_slot_us, ==, SLOT (1));
  g_assert_cmpint (stats.newest_slot_us, ==, SLOT (2));
  g_assert_cmpuint (stats.n_commits, ==, 2);
  g_assert_cmpint (stats.size_bytes, >, 0);
  g_assert_cmpint (stats.used_bytes, >, 0);
  g_assert_cmpint (stats.limit_bytes, ==, ohm_store_limits_default.size_max_bytes);
  g_assert_cmpuint (stats.n_pending, ==, 0);
  g_assert_cmpuint (stats.n_lost, ==, 0);
}

static void
test_store_states (Fixture *self, gconstpointer data)
{
  g_assert_cmpstr (ohm_store_state_to_string (OHM_STORE_CLOSED), ==, "closed");
  g_assert_cmpstr (ohm_store_state_to_string (OHM_STORE_REFUSED), ==, "refused");
  fixture_make_store (self, NULL);
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_CLOSED);
  g_assert_cmpstr (ohm_store_get_path (self->store), ==, self->path);
  g_assert_null (ohm_store_get_message (self->store));
  g_assert_null (ohm_store_get_epoch (self->store));
  g_assert_cmpint (ohm_store_get_retry_us (self->store), ==, -1);
}

/* What is written before the store is open waits for it. */
static void
test_store_write_first (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  fixture_make_store (self, NULL);
  g_ptr_array_add (records, fixture_record ("main", SLOT (1), 100, 1));
  ohm_store_append_async (self->store, records, fixture_on_ready, &result);
  g_assert_null (result);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&result), &error));
  fixture_assert_series (self, "main", "1:100");
}

static void
test_store_open_twice (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  content = fixture_try_open (self, &error);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
}

static void
test_store_after_close (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  ohm_store_close_async (self->store, fixture_on_ready, &result);
  g_assert_false (fixture_append (self, fixture_record ("main", SLOT (1), 1, 1), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  g_clear_error (&error);
  g_assert_true (ohm_store_close_finish (self->store, fixture_wait (&result), &error));
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_CLOSED);
  ohm_store_close_async (self->store, fixture_on_ready, &again);
  g_assert_false (ohm_store_close_finish (self->store, fixture_wait (&again), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_BUSY);
  g_clear_object (&result);
  g_clear_object (&again);
  g_clear_object (&self->store);
}

/* Closing writes all that waits. */
static void
test_store_close_flushes (Fixture *self, gconstpointer data)
{
  fixture_open (self);
  for (guint i = 1; i <= 1000; i++)
    {
      GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

      g_ptr_array_add (records, fixture_record ("main", SLOT (i), i, i));
      ohm_store_append_async (self->store, records, NULL, NULL);
    }
  g_assert_true (fixture_close (self));
  g_assert_cmpuint (self->announced->len, ==, 1000);
}

static void
test_store_values (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) synced = NULL;
  g_autoptr (GBytes) value = g_bytes_new_static ("position 12", 11);
  g_autoptr (GBytes) stored = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) missing = NULL;
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  ohm_store_set_value (self->store, "uplinks/cloud", value);
  ohm_store_sync_async (self->store, fixture_on_ready, &synced);
  g_assert_true (ohm_store_sync_finish (self->store, fixture_wait (&synced), &error));
  ohm_store_get_value_async (self->store, "uplinks/cloud", NULL, fixture_on_ready, &result);
  stored = ohm_store_get_value_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (stored, value));

  ohm_store_set_value (self->store, "uplinks/cloud", NULL);
  fixture_settle (self);
  ohm_store_get_value_async (self->store, "uplinks/cloud", NULL, fixture_on_ready, &missing);
  g_assert_null (ohm_store_get_value_finish (self->store, fixture_wait (&missing), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
}

static void
test_store_meters (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (OhmFacts) facts = NULL;
  g_autoptr (GVariant) limits = g_variant_ref_sink (g_variant_new_parsed ("{'n': <uint16 64>}"));
  g_autoptr (GError) error = NULL;
  OhmFactsBuilder *builder = ohm_facts_builder_new (NULL);
  const OhmStoreMeter *stored;
  OhmStoreMeter meter = { 0 };

  ohm_facts_builder_set (builder, "serial", "41000017");
  ohm_facts_builder_set (builder, "name", "it's 'Küche'");
  facts = ohm_facts_builder_end (builder);
  meter.id = (char *) (guintptr) "main";
  meter.type = (char *) (guintptr) "umg96rm";
  meter.address = (char *) (guintptr) "192.0.2.1:502/1";
  meter.serial = (char *) (guintptr) "41000017";
  meter.facts = facts;
  meter.limits = limits;

  fixture_open (self);
  ohm_store_save_meter (self->store, &meter);
  meter.id = (char *) (guintptr) "other";
  meter.facts = NULL;
  meter.limits = NULL;
  meter.serial = NULL;
  ohm_store_save_meter (self->store, &meter);
  ohm_store_save_meter (self->store, &meter);
  meter.id = (char *) (guintptr) "third";
  ohm_store_save_meter (self->store, &meter);
  ohm_store_forget_meter (self->store, "third");
  ohm_store_rename_meter (self->store, "main", "incomer");
  g_assert_true (fixture_close (self));

  fixture_make_store (self, NULL);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (content->meters->len, ==, 2);
  stored = g_ptr_array_index (content->meters, 0);
  g_assert_cmpstr (stored->id, ==, "incomer");
  g_assert_cmpstr (stored->type, ==, "umg96rm");
  g_assert_cmpstr (stored->address, ==, "192.0.2.1:502/1");
  g_assert_cmpstr (stored->serial, ==, "41000017");
  g_assert_true (ohm_facts_equal (stored->facts, facts));
  g_assert_true (g_variant_equal (stored->limits, limits));
  g_assert_cmpint (stored->updated_us, ==, OHM_FIXTURE_T0_US);
  stored = g_ptr_array_index (content->meters, 1);
  g_assert_null (stored->facts);
  g_assert_null (stored->limits);
  g_assert_null (stored->serial);
}

/* Two places with two point sets do not disturb each other. */
static void
test_store_point_sets (Fixture *self, gconstpointer data)
{
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (OhmPointSet) set = NULL;
  g_autoptr (GError) error = NULL;
  OhmPoint point;
  OhmRecord *record;

  fixture_open (self);
  g_assert_true (ohm_point_parse ("m1g2.volume", "l", FALSE, &point, NULL));
  set = ohm_point_set_intern (&point, 1);
  record = ohm_record_new ("water", set);
  record->slot_us = SLOT (1);
  record->cells[0].real = 12.5;
  record->qualities[0] = OHM_QUALITY_GOOD;
  g_assert_true (fixture_append (self, record, &error));
  test_append (self, 100, 1);
  g_assert_true (fixture_close (self));
  fixture_open (self);
  page = fixture_query (self, "water");
  record = g_ptr_array_index (page->records, 0);
  g_assert_true (record->points == set);
  g_assert_cmpfloat_with_epsilon (record->cells[0].real, 12.5, 1e-12);
}

/* Without limits of its own a store has those that the documentation gives as default. */
static void
test_store_default_limits (Fixture *self, gconstpointer data)
{
  const OhmSettingSpec *row = ohm_config_daemon_table;

  while (!g_str_equal (row->key, "store-limit"))
    row++;
  g_assert_cmpint (ohm_store_limits_default.size_max_bytes, ==,
                   g_ascii_strtoll (row->fallback, NULL, 10) << 20);
}

static void
test_store_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_store_add ("/store/default-limits", test_store_default_limits);
  test_store_add ("/store/round-trip", test_store_round_trip);
  test_store_add ("/store/survives", test_store_survives);
  test_store_add ("/store/once", test_store_once);
  test_store_add ("/store/better-origin", test_store_better_origin);
  test_store_add ("/store/gap/closes", test_store_gap_closes);
  test_store_add ("/store/gap/left-out", test_store_gap_left_out);
  test_store_add ("/store/gap/unexplained", test_store_unexplained);
  test_store_add ("/store/gap/filled", test_store_gap_filled);
  test_store_add ("/store/gap/open-filled", test_store_open_gap_filled);
  test_store_add ("/store/gap/border", test_store_gap_border);
  test_store_add ("/store/import-before", test_store_import_before);
  test_store_add ("/store/reset", test_store_reset);
  test_store_add ("/store/reset-filled", test_store_reset_filled);
  test_store_add ("/store/pages", test_store_pages);
  test_store_add ("/store/query-unknown", test_store_query_unknown);
  test_store_add ("/store/cancelled", test_store_cancelled);
  test_store_add ("/store/read-after", test_store_read_after);
  test_store_add ("/store/seq-grows", test_store_seq_grows);
  test_store_add ("/store/stats", test_store_stats);
  test_store_add ("/store/states", test_store_states);
  test_store_add ("/store/write-first", test_store_write_first);
  test_store_add ("/store/open-twice", test_store_open_twice);
  test_store_add ("/store/after-close", test_store_after_close);
  test_store_add ("/store/close-flushes", test_store_close_flushes);
  test_store_add ("/store/values", test_store_values);
  test_store_add ("/store/meters", test_store_meters);
  test_store_add ("/store/point-sets", test_store_point_sets);

  return g_test_run ();
}
