/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include <sqlite3.h>

#include "ohm-store-uplink.h"
#include "ohm-test-batch.h"
#include "store-fixture.h"

#define SLOT(n)    (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)
#define TEXT(text) ((char *) (guintptr) (text))

typedef OhmStoreFixture Fixture;

static void
test_uplink_load (Fixture *self, const char *id, OhmUplinkPosition *position, gint64 *last_seq)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_store_load_uplink_async (self->store, id, NULL, fixture_on_ready, &result);
  ohm_store_load_uplink_finish (self->store, fixture_wait (&result), position, last_seq, &error);
  g_assert_no_error (error);
}

static void
test_uplink_commit (Fixture *self, OhmUplinkCommit *commit_take)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ohm_store_commit_uplink_async (self->store, commit_take, fixture_on_ready, &result);
  g_assert_true (ohm_store_commit_uplink_finish (self->store, fixture_wait (&result), &error));
  g_assert_no_error (error);
}

static void
test_uplink_append (Fixture *self, OhmRecord *record)
{
  g_autoptr (GError) error = NULL;

  fixture_append (self, record, &error);
  g_assert_no_error (error);
}

static OhmUplinkPortion *
test_uplink_read (Fixture *self, OhmUplinkQuery query)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmUplinkPortion *portion;

  query.id = "office";
  query.gateway = OHM_TEST_GATEWAY;
  ohm_store_read_uplink_async (self->store, &query, NULL, fixture_on_ready, &result);
  portion = ohm_store_read_uplink_finish (self->store, fixture_wait (&result), &error);
  g_assert_no_error (error);
  return portion;
}

/* `place:quarter`, of gaps `place:gapquarter` */
static char *
test_uplink_describe (const OhmUplinkPortion *portion)
{
  GString *text = g_string_new (NULL);
  guint n = 0;
  const OhmBatchItem *items = portion->batch != NULL ? ohm_batch_get_items (portion->batch, &n)
                                                     : NULL;

  for (guint i = 0; i < n; i++)
    {
      const OhmRecord *record = items[i].record;

      g_assert_cmpint (items[i].since_us, <, record->slot_us);
      g_assert_cmpstr (items[i].run->place, ==, record->place);
      g_string_append_printf (text, "%s%s:%s%d", i > 0 ? " " : "", record->place,
                              record->is_gap ? "gap" : "",
                              (int) ((record->slot_us - SLOT (0)) / OHM_SLOT_US));
    }
  return g_string_free (text, FALSE);
}

static void
test_uplink_assert_read (Fixture *self, OhmUplinkQuery query, const char *expected)
{
  g_autoptr (OhmUplinkPortion) portion = test_uplink_read (self, query);
  g_autofree char *text = test_uplink_describe (portion);

  g_assert_cmpstr (text, ==, expected);
}

static OhmRefusal *
test_uplink_new_refusal (gint64 seq, gint64 retry_us)
{
  OhmRefusal *refusal = g_new0 (OhmRefusal, 1);

  refusal->seq = seq;
  refusal->place = g_strdup ("main");
  refusal->slot_us = SLOT (seq);
  refusal->n_tries = 1;
  refusal->refused_us = SLOT (9);
  refusal->retry_us = retry_us;
  refusal->status = 400;
  refusal->text = g_strdup ("field type conflict");
  return refusal;
}

static void
test_uplink_position (Fixture *self, gconstpointer data)
{
  g_auto (OhmUplinkPosition) none = { 0 };
  g_auto (OhmUplinkPosition) known = { 0 };
  OhmUplinkPosition position = {
    .is_known = TRUE,
    .fingerprint = TEXT ("there"),
    .acked = 2,
    .settled = 1,
    .created_us = 11,
    .success_us = 12,
    .delivered_us = 13,
    .echo_day = 14,
    .points_max = 15,
    .points_us = 16,
    .n_rejected = 17,
    .n_too_old = 18,
  };
  gint64 last_seq = -1;

  fixture_open (self);
  test_uplink_load (self, "office", &none, &last_seq);
  g_assert_false (none.is_known);
  g_assert_cmpint (last_seq, ==, 0);
  for (guint i = 1; i <= 3; i++)
    test_uplink_append (self, fixture_record ("main", SLOT (i), i, i));
  test_uplink_commit (self, ohm_uplink_commit_new ("office", &position));
  g_assert_true (fixture_close (self));
  fixture_open (self);
  test_uplink_load (self, "office", &known, &last_seq);
  g_assert_true (known.is_known);
  g_assert_cmpstr (known.fingerprint, ==, "there");
  g_assert_cmpint (last_seq, ==, 3);
  g_assert_cmpint (known.acked, ==, 2);
  g_assert_cmpint (known.settled, ==, 1);
  g_assert_cmpint (known.created_us, ==, 11);
  g_assert_cmpint (known.success_us, ==, 12);
  g_assert_cmpint (known.delivered_us, ==, 13);
  g_assert_cmpint (known.echo_day, ==, 14);
  g_assert_cmpuint (known.points_max, ==, 15);
  g_assert_cmpint (known.points_us, ==, 16);
  g_assert_cmpint (known.n_rejected, ==, 17);
  g_assert_cmpint (known.n_too_old, ==, 18);
  /* numbers that were never given out: the database began anew */
  position.acked = position.settled = 1000;
  test_uplink_commit (self, ohm_uplink_commit_new ("office", &position));
  ohm_uplink_position_clear (&known);
  test_uplink_load (self, "office", &known, &last_seq);
  g_assert_cmpint (known.acked, ==, 3);
  g_assert_cmpint (known.settled, ==, 3);
  ohm_store_drop_uplink (self->store, "other");
  ohm_uplink_position_clear (&known);
  test_uplink_load (self, "office", &known, &last_seq);
  g_assert_true (known.is_known);
  ohm_store_drop_uplink (self->store, "office");
  ohm_uplink_position_clear (&known);
  test_uplink_load (self, "office", &known, &last_seq);
  g_assert_false (known.is_known);
}

/* A database took the place of another one between reading and committing. */
static void
test_uplink_other_database (Fixture *self, gconstpointer data)
{
  g_auto (OhmUplinkPosition) position = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  OhmUplinkPosition other = { .fingerprint = TEXT ("there"),
                              .epoch = TEXT ("0123456789abcdef0123456789abcdef"),
                              .acked = 1 };
  gint64 last_seq = -1;

  fixture_open (self);
  test_uplink_append (self, fixture_record ("main", SLOT (1), 1, 1));
  ohm_store_commit_uplink_async (self->store, ohm_uplink_commit_new ("office", &other),
                                 fixture_on_ready, &result);
  g_assert_false (ohm_store_commit_uplink_finish (self->store, fixture_wait (&result), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  test_uplink_load (self, "office", &position, &last_seq);
  g_assert_false (position.is_known);
  g_assert_cmpstr (position.epoch, ==, ohm_store_get_epoch (self->store));
  other.epoch = position.epoch;
  test_uplink_commit (self, ohm_uplink_commit_new ("office", &other));
}

/* A damaged database may have records of a run that is no more: they stop nothing. */
static void
test_uplink_orphan (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 100 };
  g_autoptr (OhmUplinkPortion) portion = NULL;
  OhmStoreStats stats;
  sqlite3 *handle = NULL;

  fixture_open (self);
  test_uplink_append (self, fixture_record ("main", SLOT (1), 1, 1));
  test_uplink_append (self, fixture_gap ("main", SLOT (3), OHM_GAP_LINK_DOWN));
  test_uplink_append (self, fixture_record ("main", SLOT (4), 4, 4));
  g_assert_true (fixture_close (self));
  g_assert_cmpint (sqlite3_open (self->path, &handle), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (handle, "UPDATE gaps SET run = 99", NULL, NULL, NULL), ==,
                   SQLITE_OK);
  sqlite3_close (handle);
  fixture_open (self);
  portion = test_uplink_read (self, query);
  g_assert_cmpint (portion->reached, ==, 4);
  g_assert_cmpuint (portion->n_records, ==, 3);
  test_uplink_assert_read (self, query, "main:1 main:4");
  query.select = OHM_UPLINK_SELECT_SLOTS;
  query.to_us = SLOT (9);
  test_uplink_assert_read (self, query, "main:1 main:4");
  fixture_get_stats (self, &stats);
  g_assert_cmpuint (stats.n_damaged, >, 0);
}

static void
test_uplink_by_number (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 6 };
  g_autoptr (OhmUplinkPortion) portion = NULL;

  fixture_open (self);
  for (guint i = 1; i <= 4; i++)
    test_uplink_append (self, fixture_record ("main", SLOT (i), i, i));
  test_uplink_assert_read (self, query, "main:1 main:2");
  query.after = 1;
  portion = test_uplink_read (self, query);
  g_assert_cmpint (portion->reached, ==, 3);
  g_assert_cmpuint (portion->n_points, ==, 6);
  g_assert_cmpuint (portion->n_records, ==, 2);
  g_assert_true (portion->has_more);
  query.after = 3;
  query.points_max = 1; /* one comes at least */
  test_uplink_assert_read (self, query, "main:4");
  query.after = 4;
  test_uplink_assert_read (self, query, "");
  ohm_uplink_portion_free (portion);
  portion = test_uplink_read (self, query);
  g_assert_false (portion->has_more);
  g_assert_cmpint (portion->reached, ==, 4);
}

static void
test_uplink_gaps (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 100 };

  fixture_open (self);
  test_uplink_append (self, fixture_record ("main", SLOT (1), 1, 1));
  test_uplink_append (self, fixture_gap ("main", SLOT (3), OHM_GAP_LINK_DOWN));
  test_uplink_assert_read (self, query, "main:1");
  query.after = 2;
  test_uplink_assert_read (self, query, "");
  test_uplink_append (self, fixture_record ("main", SLOT (4), 4, 4));
  test_uplink_assert_read (self, query, "main:gap3 main:4");
}

/* What is told with a record: whose counters, and since when they count. */
static void
test_uplink_runs (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 100 };
  g_autoptr (OhmUplinkPortion) portion = NULL;
  const OhmStoreMeter meter = { .id = TEXT ("m1"), .type = TEXT ("umg96rm"), .address = TEXT ("") };
  g_autoptr (OhmPlace) place = ohm_place_new (&(OhmPlace){ .id = TEXT ("main"),
                                                           .name = TEXT ("Main incomer"),
                                                           .source = TEXT (""),
                                                           .medium = TEXT ("electricity"),
                                                           .factor = 1,
                                                           .meter = TEXT ("m1"),
                                                           .serial = TEXT ("4711") });
  const OhmBatchItem *items;
  guint n = 0;

  fixture_open (self);
  ohm_store_save_meter (self->store, &meter);
  ohm_store_save_place (self->store, place);
  test_uplink_append (self, fixture_record ("main", SLOT (1), 10, 10));
  test_uplink_append (self, fixture_record ("main", SLOT (2), 11, 11));
  test_uplink_append (self, fixture_record ("main", SLOT (3), 2, 2));
  test_uplink_append (self, fixture_record ("main", SLOT (4), 3, 3));
  portion = test_uplink_read (self, query);
  items = ohm_batch_get_items (portion->batch, &n);
  g_assert_cmpuint (n, ==, 4);
  g_assert_cmpstr (ohm_batch_get_gateway (portion->batch), ==, OHM_TEST_GATEWAY);
  g_assert_cmpstr (items[0].run->name, ==, "Main incomer");
  g_assert_cmpstr (items[0].run->medium, ==, "electricity");
  g_assert_cmpstr (items[0].run->meter, ==, "m1");
  g_assert_cmpstr (items[0].run->type, ==, "umg96rm");
  g_assert_cmpstr (items[0].run->serial, ==, "4711");
  g_assert_true (items[0].run == items[3].run);
  g_assert_cmpint (items[0].since_us, ==, items[1].since_us);
  g_assert_cmpint (items[0].since_us, <, SLOT (1));
  g_assert_cmpint (items[0].since_us, >=, SLOT (0));
  /* a counter that fell begins anew, one second after the slot before */
  g_assert_cmpint (items[2].since_us, ==, SLOT (2) + G_USEC_PER_SEC);
  g_assert_cmpint (items[3].since_us, ==, items[2].since_us);
}

/* As people see it in `ohmctl history`. */
static void
test_uplink_view (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 100 };
  g_autoptr (OhmUplinkPortion) portion = NULL;
  g_autoptr (OhmPlace) place = ohm_place_new (&(OhmPlace){ .id = TEXT ("main"),
                                                           .name = TEXT ("Main"),
                                                           .source = TEXT (""),
                                                           .medium = TEXT ("electricity"),
                                                           .is_inverted = TRUE,
                                                           .factor = 40 });
  const OhmRecord *record;
  guint i = 0;
  guint n = 0;

  fixture_open (self);
  ohm_store_save_place (self->store, place);
  test_uplink_append (self, fixture_record ("main", SLOT (1), 10, G_GINT64_CONSTANT (1) << 55));
  portion = test_uplink_read (self, query);
  record = ohm_batch_get_items (portion->batch, &n)[0].record;
  g_assert_true (ohm_point_set_find (record->points, "energy-active-export.total", &i));
  g_assert_cmpfloat_with_epsilon (record->cells[i].real, 400, 1e-9);
  g_assert_true (ohm_point_set_find (record->points, "pulse-count", &i));
  g_assert_cmpint (record->cells[i].integer, ==, (G_GINT64_CONSTANT (1) << 55) * 40);
}

static void
test_uplink_by_slots (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = {
    .select = OHM_UPLINK_SELECT_SLOTS, .from_us = SLOT (2), .to_us = SLOT (6), .points_max = 6
  };
  g_autoptr (GString) all = g_string_new (NULL);
  guint n_portions = 0;
  gboolean has_more = TRUE;

  fixture_open (self);
  for (guint i = 1; i <= 8; i++)
    {
      if (i != 4)
        test_uplink_append (self, fixture_record ("a", SLOT (i), i, i));
      test_uplink_append (self, fixture_record ("b", SLOT (i), i, i));
    }
  while (has_more)
    {
      g_autoptr (OhmUplinkPortion) portion = test_uplink_read (self, query);
      g_autofree char *text = test_uplink_describe (portion);

      g_string_append_printf (all, "[%s]", text);
      query.cursor = portion->cursor;
      has_more = portion->has_more;
      g_assert_cmpfloat (portion->progress, >=, 0);
      g_assert_cmpfloat (portion->progress, <=, 1);
      g_assert_cmpuint (++n_portions, <, 9);
    }
  g_assert_cmpstr (all->str, ==, "[a:3 a:5][b:3 a:6][b:4 b:5][a:gap4 b:6]");
}

/* More than one step of the worker. */
static void
test_uplink_many (Fixture *self, gconstpointer data)
{
  OhmUplinkQuery query = { .points_max = 100000 };
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmUplinkPortion) by_number = NULL;
  g_autoptr (OhmUplinkPortion) by_slots = NULL;

  fixture_open (self);
  for (guint i = 1; i <= 1000; i++)
    g_ptr_array_add (records, fixture_record ("main", SLOT (i), i, i));
  ohm_store_append_async (self->store, records, fixture_on_ready, &result);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&result), NULL));
  by_number = test_uplink_read (self, query);
  g_assert_cmpuint (by_number->n_records, ==, 1000);
  g_assert_cmpuint (by_number->n_points, ==, 3000);
  g_assert_false (by_number->has_more);
  query.select = OHM_UPLINK_SELECT_SLOTS;
  query.to_us = SLOT (999);
  by_slots = test_uplink_read (self, query);
  g_assert_cmpuint (by_slots->n_records, ==, 999);
}

/* Refused records: listed, left out of batches, found when they are due, forgotten. */
static void
test_uplink_refused (Fixture *self, gconstpointer data)
{
  OhmUplinkPosition position = { .fingerprint = TEXT ("x") };
  OhmUplinkCommit *commit = ohm_uplink_commit_new ("office", &position);
  OhmUplinkQuery query = { .points_max = 100 };
  const OhmRefusalQuery list_query = { "office", 0, 10 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (OhmUplinkPortion) none = NULL;
  gint64 gone = 2;

  fixture_open (self);
  for (guint i = 1; i <= 3; i++)
    test_uplink_append (self, fixture_record ("main", SLOT (i), i, i));
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (2, SLOT (20)));
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (3, 0));
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (77, SLOT (10)));
  test_uplink_commit (self, commit);
  test_uplink_assert_read (self, query, "main:1");
  query.with_refused = TRUE;
  test_uplink_assert_read (self, query, "main:1 main:2 main:3");
  ohm_store_list_refused_async (self->store, &list_query, NULL, fixture_on_ready, &result);
  list = ohm_store_list_refused_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (list->len, ==, 3);
  g_assert_cmpstr (((OhmRefusal *) list->pdata[1])->text, ==, "field type conflict");
  g_assert_cmpint (((OhmRefusal *) list->pdata[1])->slot_us, ==, SLOT (3));
  query.select = OHM_UPLINK_SELECT_HELD;
  query.to_us = SLOT (9);
  test_uplink_assert_read (self, query, "");
  query.to_us = SLOT (20);
  none = test_uplink_read (self, query);
  g_assert_null (none->batch); /* due longest, and the record is there no more */
  g_assert_cmpint (none->reached, ==, 77);
  g_assert_true (none->has_more);
  commit = ohm_uplink_commit_new ("office", &position);
  g_array_append_val (commit->cleared, none->reached);
  test_uplink_commit (self, commit);
  test_uplink_assert_read (self, query, "main:2");
  commit = ohm_uplink_commit_new ("office", &position);
  g_array_append_val (commit->cleared, gone);
  test_uplink_commit (self, commit);
  test_uplink_assert_read (self, (OhmUplinkQuery){ .points_max = 100 }, "main:1 main:2");
  commit = ohm_uplink_commit_new ("office", &position);
  commit->is_fresh = TRUE;
  test_uplink_commit (self, commit);
  test_uplink_assert_read (self, (OhmUplinkQuery){ .points_max = 100 }, "main:1 main:2 main:3");
}

static void
test_uplink_count_is (Fixture *self, gint64 after, OhmUplinkCount *count)
{
  g_autoptr (GAsyncResult) result = NULL;

  ohm_store_count_uplink_async (self->store, "office", after, NULL, fixture_on_ready, &result);
  g_assert_true (ohm_store_count_uplink_finish (self->store, fixture_wait (&result), count, NULL));
}

/* Bounded: the oldest final ones are listed no more, and counted; what is tried again stays. */
static void
test_uplink_refused_limit (Fixture *self, gconstpointer data)
{
  OhmUplinkPosition position = { .fingerprint = TEXT ("x") };
  OhmUplinkCommit *commit = ohm_uplink_commit_new ("office", &position);
  const OhmRefusalQuery query = { "office", 0, 10 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) list = NULL;
  OhmUplinkCount count;

  fixture_open (self);
  for (gint64 seq = 1; seq <= OHM_REFUSALS_MAX + 3; seq++)
    g_ptr_array_add (commit->refused, test_uplink_new_refusal (seq, seq == 2 ? SLOT (9) : 0));
  test_uplink_commit (self, commit);
  ohm_store_list_refused_async (self->store, &query, NULL, fixture_on_ready, &result);
  list = ohm_store_list_refused_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpint (((OhmRefusal *) list->pdata[0])->seq, ==, 2);
  g_assert_cmpint (((OhmRefusal *) list->pdata[1])->seq, ==, 4);
  test_uplink_count_is (self, 0, &count);
  g_assert_cmpuint (count.n_held, ==, 1);
  g_assert_cmpuint (count.n_dead, ==, OHM_REFUSALS_MAX);
  g_assert_cmpuint (count.n_forgotten, ==, 2);
  commit = ohm_uplink_commit_new ("office", &position);
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (OHM_REFUSALS_MAX + 4, 0));
  test_uplink_commit (self, commit);
  test_uplink_count_is (self, 0, &count);
  g_assert_cmpuint (count.n_forgotten, ==, 3);
  commit = ohm_uplink_commit_new ("office", &position);
  commit->is_fresh = TRUE;
  test_uplink_commit (self, commit);
  test_uplink_count_is (self, 0, &count);
  g_assert_cmpuint (count.n_forgotten, ==, 0);
}

static void
test_uplink_counts (Fixture *self, gconstpointer data)
{
  OhmUplinkPosition position = { .fingerprint = TEXT ("x") };
  OhmUplinkCommit *commit = ohm_uplink_commit_new ("office", &position);
  OhmUplinkCount count;

  fixture_open (self);
  test_uplink_count_is (self, 0, &count);
  g_assert_cmpuint (count.n_pending, ==, 0);
  g_assert_cmpint (count.room_us, ==, -1);
  for (guint i = 1; i <= 4; i++)
    test_uplink_append (self, fixture_record ("main", SLOT (i), i, i));
  test_uplink_append (self, fixture_gap ("main", SLOT (6), OHM_GAP_LINK_DOWN));
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (1, SLOT (20)));
  g_ptr_array_add (commit->refused, test_uplink_new_refusal (2, 0));
  test_uplink_commit (self, commit);
  test_uplink_count_is (self, 1, &count);
  g_assert_cmpuint (count.n_pending, ==, 3);
  g_assert_cmpint (count.first_slot_us, ==, SLOT (2));
  g_assert_cmpuint (count.n_held, ==, 1);
  g_assert_cmpuint (count.n_dead, ==, 1);
  g_assert_cmpint (count.held_us, ==, SLOT (20));
  fixture_pass (self, 2 * 96 * OHM_SLOT_US);
  test_uplink_count_is (self, 5, &count);
  g_assert_cmpuint (count.n_pending, ==, 0);
  g_assert_cmpint (count.room_us, >, 0);
}

/* Nothing can be had from a store that is not open. */
static void
test_uplink_not_open (Fixture *self, gconstpointer data)
{
  const OhmUplinkQuery query = { .id = "office", .gateway = OHM_TEST_GATEWAY };
  const OhmRefusalQuery list_query = { "office", 0, 10 };
  g_autoptr (GAsyncResult) loaded = NULL;
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (GAsyncResult) counted = NULL;
  g_autoptr (GAsyncResult) listed = NULL;
  OhmUplinkPosition position;
  OhmUplinkCount count;
  gint64 last_seq;

  fixture_make_store (self, NULL);
  ohm_store_load_uplink_async (self->store, "office", NULL, fixture_on_ready, &loaded);
  ohm_store_read_uplink_async (self->store, &query, NULL, fixture_on_ready, &read);
  ohm_store_count_uplink_async (self->store, "office", 0, NULL, fixture_on_ready, &counted);
  ohm_store_list_refused_async (self->store, &list_query, NULL, fixture_on_ready, &listed);
  g_assert_false (
    ohm_store_load_uplink_finish (self->store, fixture_wait (&loaded), &position, &last_seq, NULL));
  g_assert_null (ohm_store_read_uplink_finish (self->store, fixture_wait (&read), NULL));
  g_assert_false (
    ohm_store_count_uplink_finish (self->store, fixture_wait (&counted), &count, NULL));
  g_assert_null (ohm_store_list_refused_finish (self->store, fixture_wait (&listed), NULL));
}

static void
test_uplink_add (const char *path, void (*func) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_uplink_add ("/store-uplink/position", test_uplink_position);
  test_uplink_add ("/store-uplink/other-database", test_uplink_other_database);
  test_uplink_add ("/store-uplink/orphan", test_uplink_orphan);
  test_uplink_add ("/store-uplink/by-number", test_uplink_by_number);
  test_uplink_add ("/store-uplink/gaps", test_uplink_gaps);
  test_uplink_add ("/store-uplink/runs", test_uplink_runs);
  test_uplink_add ("/store-uplink/view", test_uplink_view);
  test_uplink_add ("/store-uplink/by-slots", test_uplink_by_slots);
  test_uplink_add ("/store-uplink/many", test_uplink_many);
  test_uplink_add ("/store-uplink/refused", test_uplink_refused);
  test_uplink_add ("/store-uplink/refused-limit", test_uplink_refused_limit);
  test_uplink_add ("/store-uplink/counts", test_uplink_counts);
  test_uplink_add ("/store-uplink/not-open", test_uplink_not_open);

  return g_test_run ();
}
