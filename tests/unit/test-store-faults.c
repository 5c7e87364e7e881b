/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"
#include "store-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef OhmStoreFixture Fixture;

#define NOBODY  65534
#define SLOT(n) (OHM_FIXTURE_T0_US + (n) *OHM_SLOT_US)
#define DAY_US  (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

static void
test_assert_failed (Fixture *self, const char *code)
{
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_FAILED);
  g_assert_cmpstr (ohm_message_get_code (ohm_store_get_message (self->store)), ==, code);
  g_assert_cmpint (ohm_store_get_retry_us (self->store), >, 0);
}

static void
test_assert_ok (Fixture *self)
{
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_OK);
  g_assert_null (ohm_store_get_message (self->store));
  g_assert_cmpint (ohm_store_get_retry_us (self->store), ==, -1);
}

static void
test_append (Fixture *self, double import, gint64 quarter)
{
  g_autoptr (GError) error = NULL;

  fixture_append (self, fixture_record ("main", SLOT (quarter), import, 3), &error);
  g_assert_no_error (error);
}

static void
test_append_fails (Fixture *self, double import, gint64 quarter)
{
  g_autoptr (GError) error = NULL;

  fixture_append (self, fixture_record ("main", SLOT (quarter), import, 3), &error);
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
}

/* The directory comes later: what was read meanwhile is written then. */
static void
test_faults_late_directory (Fixture *self, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (self->dir, "later", NULL);
  g_autoptr (GError) error = NULL;

  g_free (self->path);
  self->path = g_build_filename (dir, "store.db", NULL);
  fixture_make_store (self, NULL);
  g_assert_null (fixture_try_open (self, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  test_assert_failed (self, "store-failed");
  test_append_fails (self, 100, 1);
  test_append_fails (self, 110, 2);
  g_assert_cmpuint (self->announced->len, ==, 0);

  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  fixture_pass (self, G_USEC_PER_SEC);
  test_assert_ok (self);
  g_assert_cmpuint (self->opened->len, ==, 1);
  g_assert_cmpuint (self->announced->len, ==, 2);
  fixture_assert_series (self, "main", "1:100 2:110");
  g_assert_true (fixture_close (self));
  g_assert_cmpint (g_remove (self->path), ==, 0);
}

/* The pauses between tries grow to a minute. */
static void
test_faults_back_off (Fixture *self, gconstpointer data)
{
  static const guint pauses_s[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
  g_autoptr (GError) error = NULL;

  g_free (self->path);
  self->path = g_build_filename (self->dir, "never", "store.db", NULL);
  fixture_make_store (self, NULL);
  g_assert_null (fixture_try_open (self, &error));
  for (guint i = 0; i < G_N_ELEMENTS (pauses_s); i++)
    {
      gint64 pause_us = ohm_store_get_retry_us (self->store) - ohm_clock_get_mono_us (self->clock);

      g_assert_cmpint (pause_us, ==, pauses_s[i] * (gint64) G_USEC_PER_SEC);
      fixture_pass (self, pause_us);
    }
  test_append_fails (self, 1, 1);
  /* one last try, then it says that not all was written */
  g_assert_false (fixture_close (self));
}

static void
test_faults_refused (Fixture *self, gconstpointer data)
{
  sqlite3 *handle = NULL;
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  g_assert_true (fixture_close (self));
  g_assert_cmpint (sqlite3_open (self->path, &handle), ==, SQLITE_OK);
  sqlite3_exec (handle,
                "PRAGMA user_version = 99;"
                "UPDATE meta SET value = '99' WHERE key = 'minimum-reader'",
                NULL, NULL, NULL);
  sqlite3_close (handle);

  fixture_make_store (self, NULL);
  g_assert_null (fixture_try_open (self, &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_REFUSED);
  g_assert_cmpstr (ohm_message_get_code (ohm_store_get_message (self->store)), ==, "store-too-new");
  g_assert_cmpint (ohm_store_get_retry_us (self->store), ==, -1);
  test_append_fails (self, 1, 1);
  fixture_pass (self, DAY_US);
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_REFUSED);
}

static void
test_faults_foreign (Fixture *self, gconstpointer data)
{
  sqlite3 *handle = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (sqlite3_open (self->path, &handle), ==, SQLITE_OK);
  sqlite3_exec (handle, "CREATE TABLE photos (id INTEGER)", NULL, NULL, NULL);
  sqlite3_close (handle);
  fixture_make_store (self, NULL);
  g_assert_null (fixture_try_open (self, &error));
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_REFUSED);
  g_assert_cmpstr (ohm_message_get_code (ohm_store_get_message (self->store)), ==, "store-foreign");
}

/* A small limit: records fill the disk; nothing stored is harmed; space brings it back. */
static void
test_faults_full (Fixture *self, gconstpointer data)
{
  OhmStoreLimits limits = ohm_store_limits_default;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (GError) error = NULL;
  gint64 n = 0;

  limits.size_max_bytes = 128 * 1024;
  fixture_make_store (self, &limits);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  while (error == NULL && n < 100000)
    {
      n++;
      fixture_append (self, fixture_record ("main", SLOT (n), (double) n, n), &error);
    }
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  test_assert_failed (self, "store-full");
  g_assert_cmpint (self->announced->len, ==, n - 1);

  /* what is there can be read meanwhile */
  page = fixture_query_range (self, "main", 0, SLOT (n), 1);
  g_assert_cmpuint (page->records->len, ==, 1);

  /* young records are never dropped, so it stays full */
  fixture_pass (self, 61 * G_USEC_PER_SEC);
  test_assert_failed (self, "store-full");
  test_append_fails (self, (double) n + 1, n + 1);
  g_assert_cmpint (self->announced->len, ==, n - 1);

  /* a larger disk */
  g_assert_false (fixture_close (self));
  fixture_set_wall (self, SLOT (n));
  fixture_open (self);
  test_append (self, (double) n + 2, n + 2);
  g_clear_pointer (&page, ohm_store_page_free);
  page = fixture_query_range (self, "main", SLOT (n - 2), SLOT (n + 2), 0);
  g_assert_cmpuint (page->records->len, ==, 2);
  g_assert_cmpuint (page->gaps->len, ==, 1);
  g_assert_cmpint (((OhmRecord *) g_ptr_array_index (page->gaps, 0))->cause, ==,
                   OHM_GAP_STORE_FAILED);
}

/* The medium breaks in the middle of a write. */
static void
test_faults_io_error (Fixture *self, gconstpointer data)
{
  struct rlimit unlimited;
  struct rlimit limit;
  g_autoptr (GError) error = NULL;
  struct stat info;
  gint64 n = 0;

  signal (SIGXFSZ, SIG_IGN);
  fixture_open (self);
  test_append (self, 1, ++n);
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  limit = unlimited;
  limit.rlim_cur = 200000;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  while (error == NULL && n < 1000)
    {
      n++;
      fixture_append (self, fixture_record ("main", SLOT (n), (double) n, n), &error);
    }
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);
  test_assert_failed (self, "store-failed");
  g_assert_cmpint (self->announced->len, ==, n - 1);
  fixture_set_wall (self, SLOT (n));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);

  fixture_pass (self, G_USEC_PER_SEC);
  test_assert_ok (self);
  g_assert_cmpint (self->announced->len, ==, n);
  /* every one of them once, in order */
  for (guint i = 0; i < self->announced->len; i++)
    {
      const OhmRecord *record = g_ptr_array_index (self->announced, i);

      g_assert_false (record->is_gap);
      g_assert_cmpint (record->slot_us, ==, SLOT (i + 1));
    }
}

/* Memory is bounded: what is lost is a gap that says so. */
static void
test_faults_lost (Fixture *self, gconstpointer data)
{
  OhmStoreLimits limits = ohm_store_limits_default;
  g_autofree char *dir = g_build_filename (self->dir, "later", NULL);
  g_autofree char *away = g_build_filename (self->dir, "away", NULL);
  g_autofree char *text = NULL;
  g_autofree char *expected = NULL;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;
  OhmStoreStats stats;

  g_free (self->path);
  self->path = g_build_filename (dir, "store.db", NULL);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  limits.pending_max_bytes = 2000;
  fixture_make_store (self, &limits);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  test_append (self, 1, 1);
  g_assert_true (fixture_close (self));

  g_assert_cmpint (g_rename (dir, away), ==, 0);
  fixture_make_store (self, &limits);
  g_assert_null (fixture_try_open (self, &error));
  for (gint64 n = 2; n <= 40; n++)
    test_append_fails (self, (double) n, n);
  g_assert_cmpint (g_rename (away, dir), ==, 0);
  fixture_pass (self, G_USEC_PER_SEC);
  test_assert_ok (self);
  fixture_get_stats (self, &stats);
  g_assert_cmpuint (stats.n_lost, >, 20);
  g_assert_cmpuint (stats.n_lost, <, 39);
  text = fixture_describe (self, "main");
  expected = g_strdup_printf ("1:1 gap:1-%u:store-failed:%u ", (guint) stats.n_lost + 1,
                              (guint) stats.n_lost + 1);
  g_assert_true (g_str_has_prefix (text, expected));
  g_assert_true (g_str_has_suffix (text, " 39:39 40:40"));
  g_assert_true (fixture_close (self));
  g_assert_cmpint (g_remove (self->path), ==, 0);
}

static void
test_spoil (const char *path, gint64 from, gint64 to)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  guint8 bytes[512];

  memset (bytes, 0xa5, sizeof bytes);
  g_assert_cmpint (fd, >=, 0);
  for (gint64 at = from; at < to; at += (gint64) sizeof bytes)
    g_assert_cmpint (pwrite (fd, bytes, sizeof bytes, at), ==, sizeof bytes);
  close (fd);
}

/* Put aside, never deleted; a fresh one goes on with what is left. */
static void
test_faults_corrupt_at_start (Fixture *self, gconstpointer data)
{
  g_autofree char *aside = g_strconcat (self->path, ".corrupt-1", NULL);
  g_autofree char *epoch = NULL;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GError) error = NULL;
  OhmMessage *quarantine;

  fixture_open (self);
  epoch = g_strdup (ohm_store_get_epoch (self->store));
  test_append (self, 100, 1);
  g_assert_null (ohm_store_get_quarantine (self->store));
  g_assert_true (fixture_close (self));
  test_spoil (self->path, 4096, 16384);

  fixture_make_store (self, NULL);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  test_assert_ok (self);
  /* the place was behind the damage; what the records refer to was not */
  g_assert_cmpuint (content->places->len, ==, 1);
  g_assert_cmpstr (ohm_store_get_epoch (self->store), !=, epoch);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  quarantine = ohm_store_get_quarantine (self->store);
  g_assert_cmpstr (ohm_message_get_code (quarantine), ==, "store-corrupt");
  g_assert_cmpstr (ohm_message_get_argument (quarantine, "text"), ==, aside);
  g_assert_nonnull (ohm_message_get_argument (quarantine, "rows"));
  test_append (self, 110, 2);
  fixture_assert_series (self, "main", "2:110");
}

/* More than the cache holds, so that the pages are read again. */
#define MANY 30000

static void
test_faults_corrupt_while_open (Fixture *self, gconstpointer data)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autofree char *aside = g_strconcat (self->path, ".corrupt-1", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) queried = NULL;
  g_autoptr (GError) error = NULL;
  OhmStoreQuery query = { "main", 0, SLOT (MANY), 0 };
  struct stat info;

  fixture_open (self);
  for (guint i = 1; i <= MANY; i++)
    g_ptr_array_add (records, fixture_record ("main", SLOT (i), i, i));
  ohm_store_append_async (self->store, records, fixture_on_ready, &result);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&result), &error));
  g_clear_object (&result);
  g_assert_true (fixture_close (self));
  fixture_set_wall (self, SLOT (MANY));
  fixture_open (self);
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  test_spoil (self->path, 20 * 4096, info.st_size);

  ohm_store_query_async (self->store, &query, NULL, fixture_on_ready, &queried);
  g_assert_null (ohm_store_query_finish (self->store, fixture_wait (&queried), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_STORE);

  test_append (self, MANY + 1, MANY + 1);
  test_assert_ok (self);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_nonnull (ohm_store_get_quarantine (self->store));
  /* the daemon was told to save again what it knows */
  g_assert_cmpuint (self->opened->len, ==, 1);
  {
    g_autofree char *text = fixture_describe (self, "main");

    g_assert_true (g_str_has_suffix (text, "30001:30001"));
  }
}

/* A page in the middle of the records: all others are kept, under the same identity. */
static void
test_faults_salvage (Fixture *self, gconstpointer data)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (OhmStorePage) page = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *epoch = NULL;
  OhmStoreStats before;
  OhmStoreStats after;
  struct stat info;

  fixture_open (self);
  epoch = g_strdup (ohm_store_get_epoch (self->store));
  for (guint i = 1; i <= 2000; i++)
    g_ptr_array_add (records, fixture_record ("main", SLOT (i), i, i));
  ohm_store_append_async (self->store, records, fixture_on_ready, &result);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&result), &error));
  g_clear_object (&result);
  fixture_get_stats (self, &before);
  g_assert_true (fixture_close (self));
  g_assert_cmpint (stat (self->path, &info), ==, 0);
  /* every other page or so is one of records, the rest of the index: of two one at least */
  test_spoil (self->path, info.st_size / 8192 * 4096 + 4096, info.st_size / 8192 * 4096 + 12288);

  fixture_set_wall (self, SLOT (2000));
  fixture_make_store (self, NULL);
  content = fixture_try_open (self, &error);
  g_assert_no_error (error);
  g_assert_nonnull (ohm_store_get_quarantine (self->store));
  g_assert_cmpuint (content->places->len, ==, 1);
  g_assert_cmpstr (ohm_store_get_epoch (self->store), ==, epoch);
  fixture_get_stats (self, &after);
  g_assert_cmpint (after.last_seq, ==, before.last_seq);
  page = fixture_query (self, "main");
  g_assert_cmpuint (page->records->len, >, 1900);
  g_assert_cmpuint (page->records->len, <, 2000);
  g_assert_cmpint (((OhmRecord *) page->records->pdata[page->records->len - 1])->slot_us, ==,
                   SLOT (2000));
  g_assert_cmpint (((OhmRecord *) page->records->pdata[0])->slot_us, ==, SLOT (1));
}

/* Written while the clock was a year ahead: put aside at the next start, by a clock that is sure.
 */
static void
test_faults_future (Fixture *self, gconstpointer data)
{
  const gint64 year = 365 * 96;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  const OhmStoreEvent *event;

  fixture_open (self);
  for (guint i = 1; i <= 3; i++)
    test_append (self, 100 + i, i);
  for (guint i = 1; i <= 2; i++)
    g_assert_true (
      fixture_append (self, fixture_record ("main", SLOT (year + i), 110 + i, 0), NULL));
  g_assert_true (fixture_close (self));

  fixture_make_store (self, NULL);
  content = fixture_try_open (self, NULL);
  g_assert_cmpint (content->newest_slot_us, ==, SLOT (3));
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 10 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_clear_object (&result);
  event = g_ptr_array_index (events, 0);
  g_assert_cmpstr (ohm_message_get_code (event->message), ==, "slots-aside");
  g_assert_cmpstr (ohm_message_get_argument (event->message, "slots"), ==, "3");
  test_append (self, 120, 6);
  fixture_assert_series (self, "main", "1:101 2:102 3:103 gap:3-5:store-failed:17 6:120");
}

/* A bit fell over in a row that SQLite has nothing against: not shown as a value. */
static void
test_faults_damaged_row (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  double value = 4242.5;
  OhmStoreStats stats;
  gsize length;
  char *at;

  fixture_open (self);
  test_append (self, 100, 1);
  test_append (self, value, 2);
  test_append (self, 5000, 3);
  g_assert_true (fixture_close (self));
  g_assert_true (g_file_get_contents (self->path, &text, &length, NULL));
  at = memmem (text, length, &value, sizeof value);
  g_assert_nonnull (at);
  at[3] ^= 0x10;
  g_assert_true (g_file_set_contents (self->path, text, (gssize) length, NULL));

  fixture_open (self);
  fixture_assert_series (self, "main", "1:100 2:none 3:5000");
  fixture_get_stats (self, &stats);
  g_assert_cmpuint (stats.n_damaged, ==, 1);
}

/* A file that is too large to be checked at opening is read through later, step by step. */
static void
test_faults_check_later (Fixture *self, gconstpointer data)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (OhmStoreContent) content = NULL;
  g_autofree char *text = NULL;
  double value = 777.25;
  OhmStoreStats stats;
  gsize length;
  char *at;

  fixture_open (self);
  for (guint i = 1; i <= 3000; i++)
    g_ptr_array_add (records, fixture_record ("main", SLOT (i), i == 2000 ? value : i, i));
  ohm_store_append_async (self->store, records, NULL, NULL);
  g_assert_true (fixture_close (self));
  g_assert_true (g_file_get_contents (self->path, &text, &length, NULL));
  at = memmem (text, length, &value, sizeof value);
  g_assert_nonnull (at);
  at[2] ^= 1;
  g_assert_true (g_file_set_contents (self->path, text, (gssize) length, NULL));

  fixture_set_wall (self, SLOT (3000));
  fixture_make_store (self, NULL);
  ohm_store_get_backend (self->store)->check_bytes = 0;
  content = fixture_try_open (self, NULL);
  fixture_get_stats (self, &stats);
  g_assert_false (stats.is_checked);
  g_assert_cmpuint (stats.n_damaged, ==, 0);
  fixture_pass (self, 61 * G_USEC_PER_SEC);
  while (!stats.is_checked)
    fixture_get_stats (self, &stats);
  g_assert_cmpuint (stats.n_damaged, ==, 1);
}

static void
test_faults_read_only (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("needs to be root to be somebody else");
      return;
    }
  fixture_open (self);
  test_append (self, 100, 1);
  g_assert_true (fixture_close (self));
  g_assert_cmpint (g_chmod (self->dir, 0755), ==, 0);
  g_assert_cmpint (seteuid (NOBODY), ==, 0);
  fixture_make_store (self, NULL);
  g_assert_null (fixture_try_open (self, &error));
  test_assert_failed (self, "store-read-only");
  test_append_fails (self, 110, 2);
  g_assert_cmpint (seteuid (0), ==, 0);
  fixture_pass (self, 2 * G_USEC_PER_SEC);
  test_assert_ok (self);
  fixture_assert_series (self, "main", "1:100 2:110");
}

/* A write that is wrong by itself fails alone; the others of its transaction do not. */
static void
test_faults_alone (Fixture *self, gconstpointer data)
{
  g_autoptr (GAsyncResult) good = NULL;
  g_autoptr (GAsyncResult) bad = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);

  fixture_open (self);
  test_append (self, 100, 1);
  ohm_store_rename_place_async (self->store, "nowhere", "there", fixture_on_ready, &bad);
  g_ptr_array_add (records, fixture_record ("main", SLOT (2), 110, 1));
  ohm_store_append_async (self->store, records, fixture_on_ready, &good);
  g_assert_false (ohm_store_rename_place_finish (self->store, fixture_wait (&bad), &error));
  g_assert_error (error, OHM_ERROR, OHM_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_true (ohm_store_append_finish (self->store, fixture_wait (&good), &error));
  test_assert_ok (self);
  fixture_assert_series (self, "main", "1:100 2:110");
}

static guint
test_count_trend (Fixture *self)
{
  OhmStoreQuery query = { "main", 0, SLOT (1000000), 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  ohm_store_query_trend_async (self->store, &query, NULL, fixture_on_ready, &result);
  rows = ohm_store_query_trend_finish (self->store, fixture_wait (&result), NULL);
  return rows != NULL ? rows->len : 0;
}

/* Lets time pass until what is too old has been looked for. */
static void
test_drop (Fixture *self, gint64 us)
{
  OhmStoreStats stats;
  guint64 n_sweeps;

  do
    fixture_get_stats (self, &stats);
  while (stats.n_pending > 0);
  n_sweeps = stats.n_sweeps;
  fixture_pass (self, us);
  while (stats.n_sweeps == n_sweeps)
    fixture_get_stats (self, &stats);
}

/* Old minutes go; a clock that jumps ahead costs a day for each hour at most. */
static void
test_faults_retention (Fixture *self, gconstpointer data)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);

  fixture_open (self);
  for (gint64 day = 0; day < 40; day++)
    g_ptr_array_add (rows, fixture_trend_row ("main", OHM_FIXTURE_T0_US - day * DAY_US));
  ohm_store_append_trend (self->store, rows);
  fixture_settle (self);
  g_assert_cmpuint (test_count_trend (self), ==, 40);
  test_drop (self, 61 * G_USEC_PER_SEC);
  g_assert_cmpuint (test_count_trend (self), ==, 35);

  fixture_set_wall (self, OHM_FIXTURE_T0_US + 3650 * DAY_US);
  test_drop (self, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpuint (test_count_trend (self), ==, 34);
  fixture_set_wall (self, OHM_FIXTURE_T0_US + DAY_US / 24);
  test_drop (self, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  g_assert_cmpuint (test_count_trend (self), ==, 34);
}

static void
test_faults_events_bounded (Fixture *self, gconstpointer data)
{
  OhmStoreLimits limits = ohm_store_limits_default;
  g_autoptr (OhmStoreContent) content = NULL;
  g_autoptr (OhmMessage) message = ohm_message_new ("silent", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;

  limits.events_max = 10;
  fixture_make_store (self, &limits);
  content = fixture_try_open (self, NULL);
  for (guint i = 0; i < 700; i++)
    ohm_store_add_event (self->store, "meters/main", message);
  test_drop (self, 61 * G_USEC_PER_SEC);
  ohm_store_query_events_async (self->store, &(OhmStoreEventQuery){ .max = 1000 }, NULL,
                                fixture_on_ready, &result);
  events = ohm_store_query_events_finish (self->store, fixture_wait (&result), NULL);
  g_assert_cmpuint (events->len, ==, 10);
  g_assert_cmpint (((OhmStoreEvent *) g_ptr_array_index (events, 0))->id, ==, 700);
}

/* Too big: trend goes before anything else, then intervals past their age, the oldest first. */
static void
test_faults_size_bounded (Fixture *self, gconstpointer data)
{
  OhmStoreLimits limits = ohm_store_limits_default;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_trend_row_free);
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  g_autoptr (OhmStoreContent) content = NULL;
  OhmStoreStats stats;

  limits.size_max_bytes = 384 * 1024;
  limits.intervals_keep_us = 10 * DAY_US;
  fixture_make_store (self, &limits);
  content = fixture_try_open (self, NULL);
  for (gint64 minute = 0; minute < 300; minute++)
    g_ptr_array_add (rows,
                     fixture_trend_row ("main", OHM_FIXTURE_T0_US - minute * 60 * G_USEC_PER_SEC));
  ohm_store_append_trend (self->store, rows);
  for (gint64 i = -4300; i <= 0; i++)
    g_ptr_array_add (records, fixture_record ("main", SLOT (i), (double) (6000 + i), i));
  ohm_store_append_async (self->store, records, NULL, NULL);
  fixture_settle (self);
  fixture_get_stats (self, &stats);
  g_assert_cmpint (stats.used_bytes, >, limits.size_max_bytes);
  g_assert_cmpint (ohm_store_get_state (self->store), ==, OHM_STORE_OK);

  test_drop (self, 61 * G_USEC_PER_SEC);
  fixture_get_stats (self, &stats);
  g_assert_cmpint (stats.used_bytes, <=, limits.size_max_bytes);
  g_assert_cmpuint (test_count_trend (self), ==, 0);
  g_assert_cmpint (stats.oldest_slot_us, >, SLOT (-4300));
  g_assert_cmpint (stats.oldest_slot_us, <, SLOT (-960));
  g_assert_cmpint (stats.newest_slot_us, ==, SLOT (0));
}

static void
test_faults_add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, fixture_set_up, test, fixture_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  test_faults_add ("/store-faults/late-directory", test_faults_late_directory);
  test_faults_add ("/store-faults/back-off", test_faults_back_off);
  test_faults_add ("/store-faults/refused", test_faults_refused);
  test_faults_add ("/store-faults/foreign", test_faults_foreign);
  test_faults_add ("/store-faults/full", test_faults_full);
  test_faults_add ("/store-faults/io-error", test_faults_io_error);
  test_faults_add ("/store-faults/lost", test_faults_lost);
  test_faults_add ("/store-faults/corrupt-at-start", test_faults_corrupt_at_start);
  test_faults_add ("/store-faults/corrupt-while-open", test_faults_corrupt_while_open);
  test_faults_add ("/store-faults/salvage", test_faults_salvage);
  test_faults_add ("/store-faults/future", test_faults_future);
  test_faults_add ("/store-faults/damaged-row", test_faults_damaged_row);
  test_faults_add ("/store-faults/check-later", test_faults_check_later);
  test_faults_add ("/store-faults/read-only", test_faults_read_only);
  test_faults_add ("/store-faults/alone", test_faults_alone);
  test_faults_add ("/store-faults/retention", test_faults_retention);
  test_faults_add ("/store-faults/events-bounded", test_faults_events_bounded);
  test_faults_add ("/store-faults/size-bounded", test_faults_size_bounded);

  return g_test_run ();
}
