/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "config.h"

#include "ohm-store-private.h"

#include <sys/stat.h>

void
ohm_store_page_free (OhmStorePage *self)
{
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->gaps, g_ptr_array_unref);
  g_clear_pointer (&self->previous, ohm_record_unref);
  g_clear_pointer (&self->exchanges, g_ptr_array_unref);
  g_free (self);
}

/* A query that goes in steps: what is asked, how far it is, what it has. */
typedef struct
{
  char *place;
  gint64 from_us;
  gint64 to_us;
  guint max;
  gint64 place_number;
  gint64 reached_us;  /* records up to and with this slot are there */
  gint64 reached_seq; /* the same by number */
  gboolean has_begun;
  OhmStorePage *page; /* (owned) (nullable) */
} OhmStoreScan;

static void
ohm_store_scan_free (OhmStoreScan *self)
{
  g_free (self->place);
  g_clear_pointer (&self->page, ohm_store_page_free);
  g_free (self);
}

static OhmStoreScan *
ohm_store_scan_new (const OhmStoreQuery *query)
{
  OhmStoreScan *self = g_new0 (OhmStoreScan, 1);

  self->place = g_strdup (query->place);
  self->from_us = MAX (query->from_us, 0);
  self->to_us = query->to_us;
  self->max = query->max == 0 ? OHM_STORE_PAGE_MAX : MIN (query->max, OHM_STORE_PAGE_MAX);
  self->page = g_new0 (OhmStorePage, 1);
  self->page->records = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  self->page->gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  self->page->exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify) ohm_record_unref);
  return self;
}

/* Collects all records of @row into @into. */
static gboolean
ohm_store_collect (OhmStoreBackend *self,
                   OhmStatement *row,
                   gboolean is_gap,
                   GPtrArray *into,
                   GError **error)
{
  g_autoptr (GError) problem = NULL;
  OhmRecord *record;

  while ((record = ohm_store_step_record (self, row, is_gap, &problem)) != NULL)
    g_ptr_array_add (into, record);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
ohm_store_scan_begin (OhmStoreBackend *self, OhmStoreScan *scan, GError **error)
{
  g_autoptr (OhmStoreSite) site = ohm_store_find_site (self, scan->place, error);
  g_autoptr (OhmStatement) row = NULL;
  g_autoptr (GError) problem = NULL;

  if (site == NULL)
    return FALSE;
  scan->place_number = site->number;
  scan->reached_us = scan->from_us;
  scan->has_begun = TRUE;
  row = ohm_database_prepare (self->database, error,
                              "SELECT " OHM_STORE_INTERVAL_COLUMNS
                              " FROM runs AS r JOIN intervals AS i ON i.run = r.number"
                              " JOIN places AS p ON p.number = r.place"
                              " WHERE r.place = ? AND i.slot <= ?"
                              " ORDER BY r.number DESC, i.slot DESC LIMIT 1",
                              "ii", site->number, ohm_store_slot_to_number (scan->from_us));
  if (row == NULL)
    return FALSE;
  scan->page->previous = ohm_store_step_record (self, row, /* is_gap */ FALSE, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Slots of later runs lie behind those of earlier ones: no sorting. */
static gboolean
ohm_store_scan_records (OhmStoreBackend *self,
                        OhmStoreScan *scan,
                        gboolean *ret_more,
                        GError **error)
{
  GPtrArray *records = scan->page->records;
  guint n_before = records->len;
  guint n = MIN (OHM_STORE_STEP, scan->max - n_before);
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_INTERVAL_COLUMNS " FROM runs AS r JOIN intervals AS i ON i.run = r.number"
    " JOIN places AS p ON p.number = r.place"
    " WHERE r.place = ? AND i.slot > ? AND i.slot <= ?"
    " ORDER BY r.number, i.slot LIMIT ?",
    "iiii", scan->place_number, ohm_store_slot_to_number (scan->reached_us),
    ohm_store_slot_to_number (scan->to_us), (gint64) n);

  if (row == NULL || !ohm_store_collect (self, row, /* is_gap */ FALSE, records, error))
    return FALSE;
  if (records->len > n_before)
    scan->reached_us = ((OhmRecord *) g_ptr_array_index (records, records->len - 1))->slot_us;
  *ret_more = records->len == n_before + n;
  if (*ret_more && records->len == scan->max)
    {
      scan->page->next_us = scan->reached_us;
      *ret_more = FALSE;
    }
  return TRUE;
}

/* A gap belongs to the page in which it ends; the last page has also those that go on. */
static gboolean
ohm_store_scan_gaps (OhmStoreBackend *self, OhmStoreScan *scan, GError **error)
{
  gboolean is_last = scan->page->next_us == 0;
  g_autoptr (OhmStatement) row = ohm_database_prepare (
    self->database, error,
    "SELECT " OHM_STORE_GAP_COLUMNS " FROM gaps AS g JOIN places AS p ON p.number = g.place"
    " WHERE g.place = ? AND g.to_slot > ? AND"
    " (g.to_slot <= ? OR (? AND g.from_slot < ?3))"
    " ORDER BY g.from_slot LIMIT ?",
    "iiiii", scan->place_number, ohm_store_slot_to_number (scan->from_us),
    ohm_store_slot_to_number (is_last ? scan->to_us : scan->page->next_us), (gint64) is_last,
    (gint64) OHM_STORE_PAGE_MAX);

  return row != NULL && ohm_store_collect (self, row, /* is_gap */ TRUE, scan->page->gaps, error);
}

/* A meter that was exchanged between two boundaries has counted for the slot, and so has the one
 * before it: what both did is known if somebody read them then. */
static gboolean
ohm_store_scan_exchanges (OhmStoreBackend *self, OhmStorePage *page, GError **error)
{
  OhmRecord *before = page->previous;

  for (guint i = 0; i < page->records->len; i++)
    {
      OhmRecord *record = g_ptr_array_index (page->records, i);
      gboolean is_other = before != NULL && before->run != record->run &&
                          record->slot_us - before->slot_us == OHM_SLOT_US;
      g_autoptr (OhmRecord) difference = NULL;

      if (is_other)
        {
          difference = ohm_record_new (record->place, record->points);
          difference->slot_us = record->slot_us;
          if (!ohm_store_fill_gap (self, difference, before, record, error))
            return FALSE;
          g_ptr_array_add (page->exchanges, g_steal_pointer (&difference));
        }
      before = record;
    }
  return TRUE;
}

static gboolean
ohm_store_scan_step (OhmStoreBackend *self, OhmStoreScan *scan, gboolean *ret_more, GError **error)
{
  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  if (!scan->has_begun && !ohm_store_scan_begin (self, scan, error))
    return FALSE;
  if (!ohm_store_scan_records (self, scan, ret_more, error))
    return FALSE;
  return *ret_more || (ohm_store_scan_gaps (self, scan, error) &&
                       ohm_store_scan_exchanges (self, scan->page, error));
}

static void
ohm_store_query_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  OhmStoreScan *scan = data;
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_store_scan_step (backend, scan, &more, &error))
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
  else if (more)
    ohm_store_run_query (source, task, ohm_store_query_thread);
  else
    g_task_return_pointer (task, g_steal_pointer (&scan->page),
                           (GDestroyNotify) ohm_store_page_free);
}

void
ohm_store_query_async (OhmStore *self,
                       const OhmStoreQuery *query,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self));
  g_return_if_fail (query != NULL && query->place != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_query_async);
  g_task_set_task_data (task, ohm_store_scan_new (query), (GDestroyNotify) ohm_store_scan_free);
  ohm_store_run_query (self, task, ohm_store_query_thread);
}

OhmStorePage *
ohm_store_query_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static int
ohm_store_compare_seq (gconstpointer a, gconstpointer b)
{
  const OhmRecord *x = *(const OhmRecord *const *) a;
  const OhmRecord *y = *(const OhmRecord *const *) b;

  return x->seq < y->seq ? -1 : x->seq > y->seq;
}

GPtrArray *
ohm_store_read_numbered (OhmStoreBackend *self, gint64 after, gint64 n, GError **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (
    (GDestroyNotify) ohm_record_unref);
  g_autoptr (OhmStatement) intervals = NULL;
  g_autoptr (OhmStatement) gaps = NULL;

  intervals = ohm_database_prepare (self->database, error,
                                    "SELECT " OHM_STORE_INTERVAL_COLUMNS
                                    " FROM intervals AS i JOIN runs AS r ON r.number = i.run"
                                    " JOIN places AS p ON p.number = r.place"
                                    " WHERE i.seq > ? AND instr (p.id, '/') = 0"
                                    " ORDER BY i.seq LIMIT ?",
                                    "ii", after, n);
  if (intervals == NULL || !ohm_store_collect (self, intervals, /* is_gap */ FALSE, records, error))
    return NULL;
  gaps = ohm_database_prepare (self->database, error,
                               "SELECT " OHM_STORE_GAP_COLUMNS
                               " FROM gaps AS g JOIN places AS p ON p.number = g.place"
                               " WHERE g.seq > ? AND instr (p.id, '/') = 0"
                               " ORDER BY g.seq LIMIT ?",
                               "ii", after, n);
  if (gaps == NULL || !ohm_store_collect (self, gaps, /* is_gap */ TRUE, records, error))
    return NULL;
  g_ptr_array_sort (records, ohm_store_compare_seq);
  if (records->len > n)
    g_ptr_array_set_size (records, (int) n);
  return g_steal_pointer (&records);
}

static gboolean
ohm_store_read_on (OhmStoreBackend *self, OhmStoreScan *scan, gboolean *ret_more, GError **error)
{
  GPtrArray *records = scan->page->records;
  gint64 n = MIN (OHM_STORE_STEP, scan->max - records->len);
  g_autoptr (GPtrArray) next = NULL;

  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  next = ohm_store_read_numbered (self, scan->reached_seq, n, error);
  if (next == NULL)
    return FALSE;
  *ret_more = next->len == n;
  g_ptr_array_extend_and_steal (records, g_steal_pointer (&next));
  if (records->len > 0)
    scan->reached_seq = ((OhmRecord *) g_ptr_array_index (records, records->len - 1))->seq;
  *ret_more = *ret_more && records->len < scan->max;
  return TRUE;
}

static void
ohm_store_read_after_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  OhmStoreScan *scan = data;
  g_autoptr (GError) error = NULL;
  gboolean more = FALSE;

  if (!ohm_store_read_on (backend, scan, &more, &error))
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
  else if (more)
    ohm_store_run_query (source, task, ohm_store_read_after_thread);
  else
    g_task_return_pointer (task, g_steal_pointer (&scan->page->records),
                           (GDestroyNotify) g_ptr_array_unref);
}

void
ohm_store_read_after_async (OhmStore *self,
                            gint64 after,
                            guint max,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  OhmStoreQuery query = { .max = max };
  g_autoptr (GTask) task = NULL;
  OhmStoreScan *scan;

  g_return_if_fail (OHM_IS_STORE (self));

  scan = ohm_store_scan_new (&query);
  scan->reached_seq = after;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_read_after_async);
  g_task_set_task_data (task, scan, (GDestroyNotify) ohm_store_scan_free);
  ohm_store_run_query (self, task, ohm_store_read_after_thread);
}

GPtrArray *
ohm_store_read_after_finish (OhmStore *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gint64
ohm_store_get_file_bytes (const char *path, const char *suffix)
{
  g_autofree char *name = g_strconcat (path, suffix, NULL);
  struct stat info;

  return stat (name, &info) == 0 ? info.st_size : 0;
}

static gboolean
ohm_store_read_stats (OhmStoreBackend *self, OhmStoreStats *stats, GError **error)
{
  gint64 oldest = 0;
  gint64 newest = 0;

  if (ohm_store_backend_get (self, error) == NULL)
    return FALSE;
  if (!ohm_database_get_integer (self->database, "SELECT last_seq FROM sequence", &stats->last_seq,
                                 error) ||
      !ohm_database_get_integer (self->database,
                                 "SELECT min ((SELECT min (slot) FROM intervals"
                                 " WHERE run = r.number)) FROM runs AS r",
                                 &oldest, error) ||
      !ohm_database_get_integer (self->database,
                                 "SELECT max ((SELECT max (slot) FROM intervals"
                                 " WHERE run = r.number)) FROM runs AS r",
                                 &newest, error))
    return FALSE;
  stats->version = ohm_database_get_version (self->database);
  stats->oldest_slot_us = ohm_store_slot_from_number (oldest);
  stats->newest_slot_us = ohm_store_slot_from_number (newest);
  stats->used_bytes = ohm_database_get_used_bytes (self->database);
  stats->size_bytes = ohm_store_get_file_bytes (self->path, "") +
                      ohm_store_get_file_bytes (self->path, "-wal");
  stats->limit_bytes = self->limits.size_max_bytes;
  stats->n_commits = self->n_commits;
  stats->commit_us = self->commit_us;
  stats->commit_max_us = self->commit_max_us;
  stats->n_sweeps = self->n_sweeps;
  stats->is_checked = self->is_checked;
  stats->n_damaged = self->n_damaged;
  return TRUE;
}

static void
ohm_store_get_stats_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  OhmStoreBackend *backend = ohm_store_get_backend (source);
  g_autoptr (GError) error = NULL;

  if (ohm_store_read_stats (backend, data, &error))
    g_task_return_boolean (task, TRUE);
  else
    ohm_store_return_query_error (backend, task, g_steal_pointer (&error));
}

void
ohm_store_get_stats_async (OhmStore *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (OHM_IS_STORE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, ohm_store_get_stats_async);
  g_task_set_task_data (task, g_new0 (OhmStoreStats, 1), g_free);
  ohm_store_run_query (self, task, ohm_store_get_stats_thread);
}

gboolean
ohm_store_get_stats_finish (OhmStore *self,
                            GAsyncResult *result,
                            OhmStoreStats *ret_stats,
                            GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (ret_stats != NULL, FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *ret_stats = *(const OhmStoreStats *) g_task_get_task_data (G_TASK (result));
  ohm_store_add_pending_stats (self, ret_stats);
  return TRUE;
}
